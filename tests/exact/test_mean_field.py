"""Averages in place of neighbours: each approximation by a second way, in its limits, and with one line broken."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar, root
from scipy.special import lambertw

from sgdphysics.exact import gibbs, ising, mean_field, onsager

TEMPERATURES = np.array([0.15, 0.3, 0.5, 0.65, 0.8, 0.95, 1.2, 3.0])
RIGHT = {
    "naive": mean_field.naive,
    "row": lambda t: mean_field.strip(t, width=1),
    "three rows": lambda t: mean_field.strip(t, width=3),
    "bethe": mean_field.bethe,
    "plaquette": mean_field.plaquette,
    "tap": mean_field.tap,
}
each_approximation = pytest.mark.parametrize("solve", RIGHT.values(), ids=RIGHT)


@each_approximation
def test_hot_nothing_couples(solve):
    m, log_z = solve(1e6)
    assert m == pytest.approx(0.0, abs=1e-12)
    assert log_z == pytest.approx(np.log(2), abs=1e-9)


@each_approximation
def test_cold_all_are_alike(solve):
    t = 0.165 if solve is mean_field.tap else 0.12
    m, log_z = solve(t)
    assert m == pytest.approx(1.0, abs=1e-4)
    assert log_z == pytest.approx(0.5 / t, abs=1e-4)


@each_approximation
def test_order_is_the_slope_of_ln_z_where_it_counts(solve):
    """d ln Z/dK = 2⟨s s'⟩ a site: the slope in 1/T is half the correlation of neighbours, between m² and 1."""
    for t in (0.3, 0.5, 1.5):
        step = 1e-5 / t
        up, down = (solve(1 / (1 / t + sign * step)) for sign in (1, -1))
        correlation = (up.log_partition - down.log_partition) / step
        m = solve(t).order_parameter
        assert m**2 - 1e-6 <= correlation <= 1.0
        if solve is mean_field.naive:
            assert correlation == pytest.approx(m**2, abs=1e-7)


@each_approximation
def test_shapes(solve):
    t = np.array([[0.5, 0.7, 0.9]])
    assert solve(t).order_parameter.shape == solve(t).log_partition.shape == t.shape
    assert np.ndim(solve(0.5).order_parameter) == np.ndim(solve(0.5).log_partition) == 0
    np.testing.assert_allclose(solve(t).log_partition[0], [solve(x).log_partition for x in t[0]], rtol=1e-14)


@each_approximation
def test_bad_temperatures(solve):
    for bad in (0.0, -1.0, np.nan, [0.5, -0.5]):
        with pytest.raises(ValueError, match="temperature"):
            solve(bad)


@pytest.mark.parametrize(
    ("solve", "critical"),
    [
        (mean_field.naive, mean_field.NAIVE_CRITICAL_TEMPERATURE),
        (mean_field.bethe, mean_field.BETHE_CRITICAL_TEMPERATURE),
        (mean_field.plaquette, mean_field.PLAQUETTE_CRITICAL_TEMPERATURE),
    ],
)
def test_at_the_critical_temperature_itself_there_is_no_order(solve, critical):
    assert solve(critical).order_parameter == 0.0
    assert solve(np.nextafter(critical, 2)).order_parameter == 0.0


# Naive mean field


def test_naive_order_solves_its_equation():
    m, _ = mean_field.naive(TEMPERATURES)
    np.testing.assert_allclose(np.tanh(m / TEMPERATURES), m, atol=1e-14)
    assert (m[TEMPERATURES < 1] > 0.1).all()
    assert (m[TEMPERATURES > 1] == 0).all()


@pytest.mark.parametrize("t", [0.4, 0.7, 0.9, 0.99])
def test_naive_order_to_the_last_digits(t):
    x = brentq(lambda x: np.tanh(x) - t * x, 1e-3, 1 / t, xtol=1e-16, rtol=1e-15)
    assert mean_field.naive(t).order_parameter == pytest.approx(np.tanh(x), abs=4e-15)


def test_naive_near_its_critical_temperature():
    assert mean_field.naive(1 - 1e-6).order_parameter == pytest.approx(np.sqrt(3e-6), rel=1e-5)


@pytest.mark.parametrize("t", [0.375, 0.5, 0.75, 0.95, 1.25])
def test_naive_bound_is_that_of_the_product_law_on_a_torus(t):
    levels, spins = ising.energies(3, 3), ising.states(9)
    m, per_site = mean_field.naive(t)
    q = np.prod((1 + m * spins) / 2, axis=1)
    bound = -gibbs.free_energy(q, levels, t) / t
    assert 9 * per_site == pytest.approx(bound, abs=1e-12)
    assert bound + gibbs.kullback_leibler(q, gibbs.boltzmann(levels, t)) == pytest.approx(
        ising.enumerated(3, 3, t), abs=1e-12
    )
    for other in (m - 0.05, min(m + 0.05, 0.999)):  # and the best of them
        q = np.prod((1 + other * spins) / 2, axis=1)
        assert -gibbs.free_energy(q, levels, t) / t < bound


@pytest.mark.parametrize("broken", ["bonds counted twice", "the constant missing", "T left out of the field"])
def test_a_broken_bound_is_noticed(broken):
    t = 0.5
    m, right = mean_field.naive(t)
    if broken == "bonds counted twice":
        wrong = mean_field.entropy(m) + m**2 / t
    elif broken == "the constant missing":  # -T ln Z of the fields alone: ln 2 cosh(m/T), which lacks -m²/2T
        wrong = np.log(2 * np.cosh(m / t))
        assert wrong - m**2 / (2 * t) == pytest.approx(right, abs=1e-12)
    else:
        m = 0.0  # the one solution of m = tanh m
        wrong = mean_field.entropy(m) + m**2 / (2 * t)
    assert wrong > onsager.log_partition_per_site(t) or wrong < right - 1e-3


# Strips


def product_of_strips(width, length, t, m_edge):
    """ELBO a site, ⟨s⟩ at the edges and in all, of independent rings of ``length`` columns, counted: fields K m."""
    k, n = 0.25 / t, width * length
    s = ising.states(n).astype(float).reshape(-1, width, length)
    inside = k * (np.sum(s * np.roll(s, 1, axis=2), axis=(1, 2)) + np.sum(s[:, 1:] * s[:, :-1], axis=(1, 2)))
    exponent = inside + k * m_edge * (s[:, 0].sum(axis=1) + s[:, -1].sum(axis=1))
    q = np.exp(exponent - np.logaddexp.reduce(exponent))
    edge = q @ s[:, 0].mean(axis=1)
    return (q @ inside + gibbs.entropy(q) + length * k * edge**2) / n, edge, q @ s.mean(axis=(1, 2))


@pytest.mark.parametrize(("width", "length"), [(1, 14), (2, 7), (3, 5)])
def test_strip_is_the_best_law_of_independent_strips_counted(width, length):
    """Short rings at a temperature at which they are as good as endless."""
    t = 0.3
    edge = 1.0
    for _ in range(25):
        bound, edge, mean = product_of_strips(width, length, t, edge)
    found = mean_field.strip(t, width=width)
    assert found.log_partition == pytest.approx(bound, abs=1e-5)
    assert found.order_parameter == pytest.approx(mean, abs=5e-6)
    assert (abs(mean - edge) > 2e-5) == (width > 2)  # the rows within are less ordered than the edges
    for other in (0.8 * edge, 1.2 * edge):
        assert product_of_strips(width, length, t, other)[0] < bound


def test_row_has_the_field_of_a_chain():
    """⟨s⟩ = sinh h / √(sinh² h + e^(-4K)) of the chain in a field h = 2Km, and its largest eigenvalue."""
    for t in (0.3, 0.6, 0.8, 0.88):
        k = 0.25 / t

        def order(m, k=k):
            return np.sinh(2 * k * m) / np.sqrt(np.sinh(2 * k * m) ** 2 + np.exp(-4 * k))

        m = brentq(lambda m: order(m) - m, 1e-6, 1)
        h = 2 * k * m
        value = np.log(np.exp(k) * np.cosh(h) + np.sqrt(np.exp(2 * k) * np.sinh(h) ** 2 + np.exp(-2 * k))) - k * m**2
        found = mean_field.strip(t, width=1)
        assert found.order_parameter == pytest.approx(m, abs=1e-12)
        assert found.log_partition == pytest.approx(value, abs=1e-13)


def test_critical_temperature_of_a_row_is_lamberts():
    t = mean_field.strip_critical_temperature(1)
    assert t == pytest.approx(1 / (2 * lambertw(1).real), abs=1e-13)
    assert 4 * t == pytest.approx(3.526446, abs=1e-6)


@pytest.mark.parametrize(("width", "magnets"), [(2, 3.15592), (3, 3.0001), (4, 2.912), (8, 2.767)])
def test_critical_temperatures_of_strips(width, magnets):
    t = mean_field.strip_critical_temperature(width)
    assert 4 * t == pytest.approx(magnets, abs=1e-5)
    assert mean_field.strip(t * 1.0001, width=width).order_parameter == 0.0
    assert 0.0 < mean_field.strip(t * 0.9999, width=width).order_parameter < 0.05


@pytest.mark.parametrize("width", [1, 2, 5])
def test_strips_order_as_a_square_root(width):
    """On both sides of the place from which on it is taken for one."""
    t = mean_field.strip_critical_temperature(width)
    below = np.array([4e-5, 1e-5, 1.01e-6, 0.99e-6, 1e-9, 1e-13])
    m = mean_field.strip(t * (1 - below), width=width).order_parameter
    ratio = m / np.sqrt(below) / (m[2] / np.sqrt(below[2]))
    assert (np.abs(ratio - 1) < [1e-3, 1e-3, 1e-5, 1e-5, 1e-5, 0.01]).all()
    assert mean_field.strip(t, width=width).order_parameter == 0.0
    if width == 1:
        assert m[4] == pytest.approx(5.9e-5, rel=0.01)  # of a chain's formula, as in the test of a row


@pytest.mark.parametrize("width", [1, 2, 8])
def test_the_coldest_strips(width):
    m, log_z = mean_field.strip(np.array([0.001, 0.01, 0.03]), width=width)
    np.testing.assert_allclose(m, 1.0, atol=1e-12)
    np.testing.assert_allclose(log_z, [500, 50, 50 / 3], rtol=1e-12)


def test_variance_at_the_edges_is_the_second_derivative():
    for width in (1, 2, 4):
        chain, h = mean_field._Strip(width), 1e-4
        up, zero, down = (chain.means(0.4, x)[0] for x in (h, 0.0, -h))
        assert chain.edge_variance(0.4) == pytest.approx((up - 2 * zero + down) / h**2, rel=1e-5)


def test_bounds_are_nested_where_laws_are():
    t = np.array([0.2, 0.5, 0.6, 0.75, 0.9, 2.0])
    chain = [mean_field.naive(t), *(mean_field.strip(t, width=w) for w in (1, 2, 4, 8))]
    values = [law.log_partition for law in chain] + [onsager.log_partition_per_site(t)]
    assert (np.diff(values, axis=0) >= -1e-14).all()
    assert (np.diff(values, axis=0)[:, 1:] > 0).all()


# Bethe


def test_bethe_solves_its_equation():
    m, _ = mean_field.bethe(TEMPERATURES)
    u = np.arctanh(np.minimum(m, 1 - 1e-16)) / 4
    warm = TEMPERATURES > 0.25
    heard = np.arctanh(np.tanh(0.25 / TEMPERATURES) * np.tanh(3 * u))
    np.testing.assert_allclose(heard[warm], u[warm], atol=1e-10)


def test_bethe_value_is_that_of_its_pair_law():
    """ln Z a site as energy and entropy: 2K⟨ss'⟩ + 2 S(bond) - 3 S(site), of the pair's law."""
    for t in (0.3, 0.5, 0.7, 0.8, 2.0):
        k, (m, value) = 0.25 / t, mean_field.bethe(t)
        field = 3 * np.arctanh(m) / 4
        p = np.array([[np.exp(k * a * b + field * (a + b)) for b in (1, -1)] for a in (1, -1)])
        p /= p.sum()
        assert p.sum(axis=1)[0] == pytest.approx((1 + m) / 2, abs=1e-12)
        energy = 2 * k * (p[0, 0] + p[1, 1] - 2 * p[0, 1])
        total = energy + 2 * gibbs.entropy(p.ravel()) - 3 * mean_field.entropy(m)
        assert value == pytest.approx(total, abs=1e-12)


def test_bethe_critical_temperature():
    t = mean_field.BETHE_CRITICAL_TEMPERATURE
    assert np.tanh(0.25 / t) == pytest.approx(1 / 3, abs=1e-15)
    assert mean_field.bethe(t * 1.0001).order_parameter == 0.0
    assert 0.0 < mean_field.bethe(t * 0.9999).order_parameter < 0.05


def tree(n, random):
    k = np.zeros((n, n))
    for i in range(1, n):
        k[i, random.integers(i)] = random.normal(scale=1.5)
    return k + k.T


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_messages_are_exact_on_trees(n):
    random = np.random.default_rng(n)
    for _ in range(5):
        k, h = tree(n, random), random.normal(size=n)
        means, log_z = ising.enumerated_graph(k, h)
        found = mean_field.belief_propagation(k, h)
        np.testing.assert_allclose(found.means, means, atol=1e-12)
        assert found.log_partition == pytest.approx(log_z, abs=1e-12)


@pytest.mark.parametrize("broken", ["a loop", "the echo kept", "bonds not subtracted"])
def test_broken_messages_are_noticed(broken):
    random = np.random.default_rng(3)
    k, h = tree(8, random), random.normal(size=8)
    found = mean_field.belief_propagation(k, h)
    if broken == "a loop":
        i, j = np.argwhere(np.triu(k == 0, 1))[0]
        k[i, j] = k[j, i] = 0.8
        found = mean_field.belief_propagation(k, h)
    elif broken == "the echo kept":
        u = np.zeros_like(k)
        for _ in range(500):
            u = np.arctanh(np.tanh(k) * np.tanh((h + u.sum(axis=0))[:, None])) / 2 + u / 2
        found = found._replace(means=np.tanh(h + u.sum(axis=0)))
    else:
        found = found._replace(log_partition=found.log_partition + np.log(np.cosh(k)).sum() / 2)
    means, log_z = ising.enumerated_graph(k, h)
    assert max(np.abs(found.means - means).max(), abs(found.log_partition - log_z)) > 1e-3


def test_messages_on_a_torus_are_the_lattices():
    k = np.zeros((9, 9))
    np.add.at(k, (*ising.bonds(3, 3).T,), 0.25 / 0.65)
    found = mean_field.belief_propagation(k + k.T, np.full(9, 1e-9))
    m, log_z = mean_field.bethe(0.65)
    np.testing.assert_allclose(found.means, m, atol=1e-6)
    assert found.log_partition == pytest.approx(9 * log_z, abs=1e-6)


# Kikuchi


def square_value(x, k):
    """ln Z a site as a function of a square's five moments: energy, S(square) - 2 S(bond) + S(site)."""
    p = (1 + mean_field._MOMENTS @ x) / 16
    s = mean_field._SQUARE
    m, c = p @ s[:, 0], p @ (s[:, 0] * s[:, 1])
    bond = np.array([1 + 2 * m + c, 1 - c, 1 - c, 1 - 2 * m + c]) / 4
    return 2 * k * c + gibbs.entropy(p) - 2 * gibbs.entropy(bond) + mean_field.entropy(m)


def gradient(x, k, h=1e-4):
    ends = [[square_value(x + step * e, k) for step in (h, -h, 2 * h, -2 * h)] for e in np.eye(5)]
    return np.array([(8 * (a - b) - (c - d)) / (12 * h) for a, b, c, d in ends])


def disordered(t):
    """The stationary disordered square, by a root of the gradient from the cluster's own start."""
    k, p = 0.25 / t, np.full(16, 1 / 16)
    for _ in range(30):
        p, _ = mean_field._natural_step(p, k)
    start = mean_field._coordinates(16 * p - 1)
    solved = root(lambda e: gradient(np.array([0, 0, *e]), k)[2:], start[2:], tol=1e-12).x
    return np.array([0, 0, *solved])


def test_square_is_a_stationary_point_of_its_functional():
    for t in (0.65, 0.75, 1.5):
        assert mean_field.plaquette(t).log_partition == pytest.approx(square_value(disordered(t), 0.25 / t), abs=1e-10)
    for t in (0.4, 0.5, 0.58):
        m, value = mean_field.plaquette(t)
        p = np.full(16, 1 / 16) * np.prod(1 + 0.9 * mean_field._SQUARE, axis=1)
        for _ in range(3000):
            p, _ = mean_field._natural_step(p, 0.25 / t)
        assert p @ mean_field._SQUARE[:, 0] == pytest.approx(m, abs=1e-10)
        x = mean_field._coordinates(16 * p - 1)
        assert square_value(x, 0.25 / t) == pytest.approx(value, abs=1e-11)
        np.testing.assert_allclose(gradient(x, 0.25 / t, h=1e-5), 0, atol=1e-6)


def test_squares_critical_temperature_is_where_disorder_becomes_unstable():
    def curvature(t):
        x, k, h = disordered(t), 0.25 / t, 1e-3
        rows = [(gradient(x + h * e, k) - gradient(x - h * e, k))[:2] / (2 * h) for e in np.eye(5)[:2]]
        return np.linalg.det(rows)

    t = brentq(curvature, 0.6, 0.62, xtol=1e-9)
    assert mean_field.PLAQUETTE_CRITICAL_TEMPERATURE == pytest.approx(t, abs=1e-6)
    assert 4 * t == pytest.approx(2.42567, abs=1e-5)


def test_square_orders_continuously():
    t = mean_field.PLAQUETTE_CRITICAL_TEMPERATURE
    m = [mean_field.plaquette(t * (1 - step)).order_parameter for step in (2e-4, 1e-4)]
    assert m[0] ** 2 / m[1] ** 2 == pytest.approx(2.0, rel=0.01)
    below = np.geomspace(1e-8, 1e-5, 16)
    m = mean_field.plaquette(t * (1 - below)).order_parameter
    np.testing.assert_allclose(m / np.sqrt(below), m[-1] / np.sqrt(below[-1]), rtol=2e-3)
    for above in (1.0001, 1.001, 1.01):
        assert mean_field.plaquette(t * above).order_parameter == 0.0


def test_cold_squares_turn_one_spin():
    """Or two, neighbours, of which there are two pairs a site; and no step of the search leaves the laws."""
    t = np.linspace(0.1, 0.12, 20)
    with np.errstate(invalid="raise", divide="raise", over="raise"):
        m, log_z = mean_field.plaquette(t)
    np.testing.assert_allclose((1 - m) / 2, np.exp(-2 / t) + 4 * np.exp(-3 / t), rtol=1e-5)
    np.testing.assert_allclose(log_z - 0.5 / t, np.exp(-2 / t) + 2 * np.exp(-3 / t), rtol=1e-5, atol=1e-14)


@pytest.mark.parametrize("t", [0.12, 0.2, 0.3, 0.45, 0.75, 1.5])
def test_square_is_close_to_the_pot_away_from_the_critical_point(t):
    assert mean_field.plaquette(t).log_partition == pytest.approx(onsager.log_partition_per_site(t), abs=3e-4)
    if t < 0.5:
        assert mean_field.plaquette(t).order_parameter == pytest.approx(onsager.order_parameter(t), abs=3e-4)


def test_a_square_without_its_overlaps_is_noticed():
    k = 0.25 / 0.75
    pair = mean_field._BOND_SUM
    assert abs(np.logaddexp.reduce(k / 2 * pair) - onsager.log_partition_per_site(0.75)) > 0.1


# TAP and Plefka


def test_tap_on_the_pot_is_plefka_on_a_torus():
    """Sites of a torus that have four neighbours each do not know how large it is."""
    t, field = 0.7, 0.3
    k = np.zeros((9, 9))
    np.add.at(k, (*ising.bonds(3, 3).T,), 0.25 / t)
    found = mean_field.plefka(k + k.T, np.full(9, field), order=2)

    def value(m):
        return mean_field._tap_value(m, 0.25 / t) + field * m

    m = minimize_scalar(lambda m: -value(m), bounds=(0, 1), method="bounded", options={"xatol": 1e-10}).x
    np.testing.assert_allclose(found.means, m, atol=1e-7)
    assert found.log_partition == pytest.approx(9 * value(m), abs=1e-12)


def test_tap_where_it_is_of_no_use_says_so_without_a_warning():
    t = np.array([1e-4, 1e-3, 2e-3, 0.1])
    with np.errstate(invalid="raise", divide="raise", over="raise"):
        m, log_z = mean_field.tap(t)
    assert (m == 0).all()
    np.testing.assert_allclose(log_z, np.log(2) + (0.25 / t) ** 2, rtol=1e-14)


def test_tap_touches_disorder_at_one_half():
    """Value of a small m less that of none: no term of m², and (K² - 1/12) m⁴."""
    m = 0.02
    rise = mean_field._tap_value(m, 0.5) - mean_field._tap_value(0.0, 0.5)
    assert rise == pytest.approx(m**4 / 6, rel=1e-3)


def test_taps_jump():
    t, m = mean_field.tap_transition()
    assert 4 * t == pytest.approx(2.55594, abs=1e-5)
    assert m == pytest.approx(0.7496, abs=1e-4)
    above, below = mean_field.tap(t + 1e-6), mean_field.tap(t - 1e-6)
    assert above.order_parameter == 0.0
    assert below.order_parameter == pytest.approx(m, abs=1e-3)
    assert above.log_partition == pytest.approx(below.log_partition, abs=1e-5)
    last = 1 / (4 + 4 * np.sqrt(1 - np.log(2)))
    assert mean_field.tap(last * 0.999).order_parameter == 0.0
    assert mean_field.tap(last * 1.001).order_parameter > 0.99


def test_tap_values_are_the_greatest_of_a_grid():
    m = np.tanh(np.linspace(0, 12, 20_001))
    for t in (0.12, 0.2, 0.4, 0.6, 0.63, 0.65, 1.0):
        highest = mean_field._tap_value(m, 0.25 / t).max()
        assert mean_field.tap(t).log_partition == pytest.approx(highest, abs=1e-7)


def random_graph(n, random):
    j = np.triu(random.normal(size=(n, n)) / np.sqrt(n), 1)
    return j + j.T, random.normal(size=n)


@pytest.mark.parametrize("order", [1, 2])
def test_order_of_the_expansion(order):
    errors = []
    for seed in range(10):
        j, h = random_graph(8, np.random.default_rng(seed))
        for b in (0.02, 0.04):
            means, _ = ising.enumerated_graph(b * j, h)
            errors.append(np.abs(mean_field.plefka(b * j, h, order=order).means - means).max())
    slope = np.diff(np.log2(np.reshape(errors, (10, 2))), axis=1)
    assert slope.mean() == pytest.approx(order + 1, abs=0.15)


@pytest.mark.parametrize("factor", [0.5, -1.0, 2.0])
def test_another_echo_is_of_lower_order(factor):
    j, h = random_graph(8, np.random.default_rng(1))
    errors = []
    for b in (0.02, 0.04):
        k, m = b * j, np.tanh(h)
        for _ in range(300):
            m = np.tanh(h + k @ m - factor * m * (k**2 @ (1 - m**2)))
        errors.append(np.abs(m - ising.enumerated_graph(k, h)[0]).max())
    assert np.log2(errors[1] / errors[0]) < 2.4


def test_plefka_of_order_one_is_a_bound_and_stationary():
    random = np.random.default_rng(7)
    for _ in range(10):
        j, h = random_graph(8, random)
        found = mean_field.plefka(j, h, order=1)
        _, log_z = ising.enumerated_graph(j, h)
        assert found.log_partition < log_z
        np.testing.assert_allclose(found.means, np.tanh(h + j @ found.means), atol=1e-12)
        spins = ising.states(8).astype(float)
        q = np.prod((1 + found.means * spins) / 2, axis=1)
        exponent = np.sum(spins @ j * spins, axis=1) / 2 + spins @ h
        assert found.log_partition == pytest.approx(q @ exponent + gibbs.entropy(q), abs=1e-12)


def test_two_spins_by_hand():
    found = mean_field.plefka([[0, 0.3], [0.3, 0]], [0.5, 0.5], order=2)
    m = found.means[0]
    assert m == pytest.approx(np.tanh(0.5 + 0.3 * m - 0.09 * m * (1 - m**2)), abs=1e-14)
    value = 2 * mean_field.entropy(m) + m + 0.3 * m**2 + 0.09 / 2 * (1 - m**2) ** 2
    assert found.log_partition == pytest.approx(value, abs=1e-14)


# Everyone meets everyone


def test_crowd_is_counted():
    n = 10
    s = ising.states(n).sum(axis=1).astype(float)
    for t in (0.5, 1.0, 3.0):
        levels = -(s**2 - n) / (2 * n)
        log_z, bound = mean_field.curie_weiss(n, t)
        assert log_z == pytest.approx(-gibbs.equilibrium_free_energy(levels, t) / t, abs=1e-11)
        k = (np.ones((n, n)) - np.eye(n)) / (n * t)
        assert bound == pytest.approx(mean_field.plefka(k, np.full(n, 1e-12), order=1).log_partition, abs=1e-6)


def test_crowd_pays_a_number():
    log_z, bound = mean_field.curie_weiss(10_000, np.array([0.7, 1.5, 2.0]))
    x = np.array([(1 - mean_field.naive(0.7).order_parameter ** 2) / 0.7, 1 / 1.5, 0.5])
    limit = np.array([np.log(2), 0, 0]) - np.log(1 - x) / 2 - x / 2
    np.testing.assert_allclose(log_z - bound, limit, atol=5e-4)
    assert limit[2] == pytest.approx(0.0965736, abs=1e-7)
    assert limit[0] == pytest.approx(0.766114, abs=1e-6)


def test_curie_weiss_at_the_least_temperatures_is_its_ground_state():
    """ln Z T is half of n - 1 pairs' mean, ½ (n - 1), also where 1/T is next to overflow."""
    for n, temperature in ((2, 1e-308), (10, 3e-308)):
        assert mean_field.curie_weiss(n, temperature)[0] == pytest.approx((n - 1) / 2 / temperature, rel=1e-12)


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_field.strip(0.5, width=0), "width must be an integer of at least 1"),
        (lambda: mean_field.strip(0.5, width=9), "width must be at most 8"),
        (lambda: mean_field.strip_critical_temperature([1]), "width must be an integer of at least 1"),
        (lambda: mean_field.strip_critical_temperature(True), "width must be an integer of at least 1"),
        (lambda: mean_field.strip_critical_temperature(9), "width must be at most 8"),
        (lambda: mean_field.plefka(np.zeros((2, 2)), np.zeros(2), order=True), "order must be an integer"),
        (lambda: mean_field.plaquette(0.05), "temperature must be at least 0.1"),
        (lambda: mean_field.plefka(np.zeros((2, 2)), np.zeros(2), order=3), "order must be 1 or 2"),
        (lambda: mean_field.plefka(np.ones((2, 2)), np.zeros(2), order=1), "zero diagonal"),
        (lambda: mean_field.belief_propagation(np.zeros((2, 3)), np.zeros(2)), "shape"),
        (lambda: mean_field.curie_weiss(1, 0.5), "n_spins must be an integer of at least 2"),
        (lambda: mean_field.curie_weiss(5, 0.0), "temperature must be greater than zero"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_half_steps_settle_where_full_ones_swing():
    """Three spins that would each be unlike the others: a full step has the slope -1.6 (1 - m²)."""
    k, h = -0.8 * (np.ones((3, 3)) - np.eye(3)), np.full(3, 0.1)
    m = brentq(lambda m: np.tanh(0.1 - 1.6 * m) - m, 0, 1, xtol=1e-15)
    np.testing.assert_allclose(mean_field.plefka(k, h, order=1).means, m, atol=1e-14)


def test_an_iteration_that_does_not_settle_says_so():
    k = 3.0 * (1 - np.eye(3)) * np.array([[0, 1, -1], [1, 0, 1], [-1, 1, 0]])
    with pytest.raises(ValueError, match="settle"):
        mean_field._settled(lambda x: -3 * x, np.ones(2))
    assert np.isfinite(mean_field.belief_propagation(0.1 * k, np.zeros(3)).log_partition)
