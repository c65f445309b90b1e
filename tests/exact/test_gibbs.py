"""The knob's arithmetic: F[p] is least at Boltzmann's distribution, and the excess is T times the KL divergence."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import entropy as scipy_entropy

from sgdphysics.exact import gibbs

LEVELS = np.array([-0.3, 0.0, 1.2, 1.2, 4.0])
TEMPERATURES = np.array([0.03, 0.4, 1.7, 25.0])


def distributions(count=200):
    return np.random.default_rng(11).dirichlet(np.full(LEVELS.size, 0.5), count)


def test_boltzmann_is_the_softmax_at_a_temperature():
    expected = softmax(-LEVELS / TEMPERATURES[:, None], axis=-1)
    np.testing.assert_allclose(gibbs.boltzmann(LEVELS, TEMPERATURES), expected, rtol=1e-12)


def test_a_tiny_temperature_leaves_the_lowest_state_alone():
    assert gibbs.boltzmann([5.0, 5.0, 7.0], 1e-300).tolist() == [0.5, 0.5, 0.0]
    assert gibbs.equilibrium_free_energy([-2000.0, 1.0], 1e-3) == -2000.0


def test_entropy_and_divergence_agree_with_scipy():
    p, q = distributions(), gibbs.boltzmann(LEVELS, 0.7)
    np.testing.assert_allclose(gibbs.entropy(p), scipy_entropy(p, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(gibbs.kullback_leibler(p, q), scipy_entropy(p, q[None], axis=-1), rtol=1e-9, atol=1e-14)


def test_what_never_happens_costs_nothing_and_what_is_forbidden_costs_everything():
    assert gibbs.entropy([0.0, 1.0]) == 0.0
    assert gibbs.kullback_leibler([0.0, 1.0], [0.5, 0.5]) == pytest.approx(np.log(2), rel=1e-15)
    assert gibbs.kullback_leibler([0.5, 0.5], [0.0, 1.0]) == np.inf


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_excess_free_energy_is_temperature_times_divergence(temperature):
    p = distributions()
    equilibrium = gibbs.boltzmann(LEVELS, temperature)
    excess = gibbs.free_energy(p, LEVELS, temperature) - gibbs.equilibrium_free_energy(LEVELS, temperature)
    np.testing.assert_allclose(excess, temperature * gibbs.kullback_leibler(p, equilibrium), rtol=1e-10, atol=1e-12)
    assert (excess > 0).all()
    least = gibbs.free_energy(equilibrium, LEVELS, temperature)
    assert least == pytest.approx(gibbs.equilibrium_free_energy(LEVELS, temperature), rel=1e-12)


def log_normal(x, mean, covariance):
    """ln N(x; m, C) in two coordinates, with the inverse written out."""
    (a, b), (_, c) = covariance
    u, v = np.moveaxis(x - mean, -1, 0)
    determinant = a * c - b * b
    return -(c * u * u - 2 * b * u * v + a * v * v) / (2 * determinant) - np.log(2 * np.pi * np.sqrt(determinant))


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.8])
def test_divergence_of_normal_laws_is_the_integral(correlation):
    """The trapezoidal rule on a wide grid, which is exact to rounding for such functions; each term counts."""
    spread = np.array([0.7, 1.9])
    covariance = np.outer(spread, spread) * [[1.0, correlation], [correlation, 1.0]]
    mean, mean_q, covariance_q = np.array([0.4, -1.1]), np.array([-0.3, 0.5]), np.array([[1.3, 0.5], [0.5, 2.1]])
    axes = [m + s * np.linspace(-9, 9, 361) for m, s in zip(mean, spread, strict=True)]
    x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    log_p = log_normal(x, mean, covariance)
    integral = np.sum(np.exp(log_p) * (log_p - log_normal(x, mean_q, covariance_q))) * np.prod(spread / 20)
    found = gibbs.kullback_leibler_normal(mean, covariance, mean_q, covariance_q)
    assert found == pytest.approx(integral, abs=1e-10)


def test_divergence_of_normal_laws_row_by_row():
    rng = np.random.default_rng(4)
    mean, mean_q, factors = rng.normal(size=(3, 2)), rng.normal(size=(4, 3, 2)), rng.normal(size=(2, 3, 2, 2))
    covariance, covariance_q = factors @ np.swapaxes(factors, -1, -2) + np.eye(2)
    found = gibbs.kullback_leibler_normal(mean, covariance, mean_q, covariance_q)
    assert found.shape == (4, 3)
    one = gibbs.kullback_leibler_normal(mean[2], covariance[2], mean_q[1, 2], covariance_q[2])
    assert found[1, 2] == pytest.approx(one, rel=1e-13)


def test_divergence_of_normal_laws_in_one_coordinate_is_the_closed_form():
    found = gibbs.kullback_leibler_normal([1.5], [[0.49]], [0.2], [[2.3]])
    assert found == pytest.approx(0.5 * (0.49 / 2.3 - 1 + 1.3**2 / 2.3 + np.log(2.3 / 0.49)), rel=1e-13)


def test_the_knob_s_formulas_written_out():
    p, q, t = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.3, 0.1]), 0.7
    levels = np.array([0.3, -1.0, 2.0])
    entropy = -sum(x * np.log(x) for x in p)
    assert gibbs.entropy(p) == pytest.approx(entropy, rel=1e-14)
    assert gibbs.free_energy(p, levels, t) == pytest.approx(p @ levels - t * entropy, rel=1e-14)
    divergence = sum(x * np.log(x / y) for x, y in zip(p, q, strict=True))
    assert gibbs.kullback_leibler(p, q) == pytest.approx(divergence, rel=1e-13)
    z = sum(np.exp(-e / t) for e in levels)
    assert gibbs.equilibrium_free_energy(levels, t) == pytest.approx(-t * np.log(z), rel=1e-14)
    np.testing.assert_allclose(gibbs.boltzmann(levels, t), np.exp(-levels / t) / z, rtol=1e-14)


def test_tilting_keeps_the_energy_asked_for_and_boltzmann_has_the_most_entropy():
    p_T = gibbs.boltzmann(LEVELS, 0.8)
    mean = p_T @ LEVELS
    q = gibbs.tilted(distributions(), LEVELS, mean)
    np.testing.assert_allclose(q @ LEVELS, mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(gibbs.entropy(p_T) - gibbs.entropy(q), gibbs.kullback_leibler(q, p_T), atol=1e-12)
    np.testing.assert_allclose(gibbs.tilted(np.full(LEVELS.size, 0.2), LEVELS, mean), p_T, atol=1e-12)
    np.testing.assert_allclose(gibbs.tilted(p_T, LEVELS, mean), p_T, atol=1e-12)
    hotter_than_uniform = gibbs.tilted(np.full(LEVELS.size, 0.2), LEVELS, 3.0)
    assert hotter_than_uniform @ LEVELS == pytest.approx(3.0, abs=1e-12)


def test_systems_side_by_side_each_at_its_temperature():
    levels = np.array([[0.3, -1.0, 2.0], [700.0, 650.0, 705.0]])
    temperatures = np.array([[0.7], [5.0]])
    expected = -temperatures * logsumexp(-levels / temperatures[..., None], axis=-1)
    np.testing.assert_allclose(gibbs.equilibrium_free_energy(levels, temperatures), expected, rtol=1e-13)


def test_one_state_is_certain_and_without_temperature_the_energy_is_free():
    assert gibbs.boltzmann([3.0], 2.0).tolist() == [1.0] and gibbs.equilibrium_free_energy([3.0], 2.0) == 3.0
    assert gibbs.free_energy([0.25, 0.75], [1.0, 3.0], 0.0) == 2.5


def test_tilting_row_by_row():
    p, means = distributions(6).reshape(2, 3, -1), np.array([[0.1, 0.7, 1.0], [1.2, 2.0, 3.0]])
    q = gibbs.tilted(p, LEVELS, means)
    np.testing.assert_allclose(q @ LEVELS, means, atol=1e-12)
    np.testing.assert_allclose(q[1, 0], gibbs.tilted(p[1, 0], LEVELS, 1.2), atol=1e-14)
    with pytest.raises(ValueError, match="mean_energy must be a scalar or have shape"):
        gibbs.tilted(p, LEVELS, means[0])


@pytest.mark.parametrize(("unit", "zero"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e5)])
@pytest.mark.parametrize("mean", [0.5, 3.0])
def test_tilting_knows_no_unit_and_no_zero_of_energy(unit, zero, mean):
    p = [0.1, 0.3, 0.2, 0.1, 0.3]
    moved = gibbs.tilted(p, zero + unit * LEVELS, zero + unit * mean)
    np.testing.assert_allclose(moved, gibbs.tilted(p, LEVELS, mean), atol=1e-9)


@pytest.mark.parametrize("share", [1e-6, 1e-2, 0.99, 1 - 1e-6])
def test_tilting_reaches_energies_close_to_the_least_and_the_greatest(share):
    """Two levels, where the weights are known: the share of the upper one, however steep the tilt."""
    np.testing.assert_allclose(gibbs.tilted([0.5, 0.5], [1.0, 4.0], 1 + 3 * share), [1 - share, share], rtol=1e-9)


@pytest.mark.parametrize(
    ("near", "mean"), [(1e-3, 1e-4), (0.1, 0.003), (1e-9, 3e-12), (1e-22, 1e-23), (1e-290, 4e-291)]
)
def test_tilted_law_tells_two_levels_that_are_near_each_other(near, mean):
    """The third, at a thousand, has no share: of levels 0 and ``near`` the second has mean/near."""
    p, levels, share = np.full(3, 1 / 3), np.array([0.0, near, 1000.0]), np.array([1 - mean / near, mean / near, 0.0])
    for sign in (1, -1):
        np.testing.assert_allclose(gibbs.tilted(p, sign * levels, sign * mean), share, rtol=1e-12, atol=1e-12)
    for sign, zero in [(-1, 500.0), (1, -1000.0)] if near > 1e-6 else []:  # else lost to rounding
        np.testing.assert_allclose(gibbs.tilted(p, zero + sign * levels, zero + sign * mean), share, atol=1e-8)


@pytest.mark.parametrize("other", [0.0, 1000.0])
def test_tilted_law_counts_from_the_edge_that_is_nearer(other):
    """From the ``other`` the difference of the two levels, which are near each other, is lost to rounding."""
    levels, mean, share = np.array([-other, 1 - 2.0**-50, 1.0]), 1 - 2.0**-53, [0, 1 / 8, 7 / 8]
    for sign in (1, -1):
        q = gibbs.tilted(np.full(3, 1 / 3), sign * levels, sign * mean)
        np.testing.assert_allclose(q, share, rtol=1e-12, atol=1e-12)


def test_tilted_law_finds_each_row_by_itself():
    """One row's levels lie far nearer to each other, or far wider apart, than the other's; one bad row is refused."""
    q = gibbs.tilted([[0.3, 0.3, 0.4]] * 2, [[0.0, 1e-20, 1000.0], [0.0, 1.0, 2.0]], [1e-21, 1.5])
    np.testing.assert_allclose(q[0], [0.9, 0.1, 0.0], rtol=1e-12)
    np.testing.assert_allclose(q[1], gibbs.tilted([0.3, 0.3, 0.4], [0.0, 1.0, 2.0], 1.5), rtol=1e-12)
    q = gibbs.tilted([[0.5, 0.5]] * 2, [[0.0, 1e-200], [0.0, 1e200]], [3e-201, 3e199])
    np.testing.assert_allclose(q, [[0.7, 0.3]] * 2, rtol=1e-12)
    with pytest.raises(ValueError, match="mean_energy must lie between"):
        gibbs.tilted([[0.5, 0.5]] * 2, [0.0, 1.0], [0.5, 2.0])


@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e200])
def test_tilted_law_is_p_but_for_a_factor_that_is_exponential_in_the_energy(unit):
    """By the definition, whatever p: rows of other ranges, with shares down to 1e-200, at hot and cold means."""
    rng = np.random.default_rng(5)
    levels = unit * rng.normal(size=(40, 6)) * 10 ** rng.uniform(-3, 3, size=(40, 1))
    p = 10 ** rng.uniform(-200, 0, size=(40, 6)) * rng.integers(0, 2, size=(40, 6))
    p[:, :3] = 10 ** rng.uniform(-20, 0, size=(40, 3))
    p /= p.sum(axis=1, keepdims=True)
    allowed = np.where(p > 0, levels, np.nan)
    low, high = np.nanmin(allowed, axis=1), np.nanmax(allowed, axis=1)
    mean = low + rng.uniform(0.05, 0.95, size=40) * (high - low)
    q = gibbs.tilted(p, levels, mean)
    np.testing.assert_allclose((np.sum(q * levels, axis=1) - mean) / (high - low), 0.0, atol=1e-13)
    for one_q, one_p, one_levels, width in zip(q, p, levels, high - low, strict=True):
        seen = one_q > 1e-250
        assert seen.sum() > 2 and not one_q[one_p == 0].any()
        x, y = one_levels[seen] / width, np.log(one_q[seen]) - np.log(one_p[seen])
        np.testing.assert_allclose(np.polyval(np.polyfit(x, y, 1), x), y, rtol=0, atol=1e-9)


@pytest.mark.parametrize("far", [1e3, -1e3, 1e300, -1.7e308])
def test_tilting_does_not_ask_for_levels_that_p_forbids(far):
    for near in (1.0, 1e-9):
        np.testing.assert_allclose(
            gibbs.tilted([0.5, 0.5, 0.0], [0.0, near, far], 0.1 * near), [0.9, 0.1, 0.0], rtol=1e-12
        )


def normal_divergence(**changes):
    good = {"mean": [0.0, 1.0], "covariance": np.eye(2), "mean_q": [1.0, 0.0], "covariance_q": np.eye(2)}
    return gibbs.kullback_leibler_normal(**good | changes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gibbs.boltzmann(LEVELS, 0.0), "temperature must be greater than zero"),
        (lambda: gibbs.boltzmann(1.0, 1.0), "levels must hold at least one energy"),
        (lambda: gibbs.entropy([0.5, 0.6]), "p must hold probabilities"),
        (lambda: gibbs.entropy([1.5, -0.5]), "p must hold probabilities"),
        (lambda: gibbs.kullback_leibler([0.5, 0.5], [0.7, 0.7]), "q must hold probabilities"),
        (lambda: gibbs.tilted([0.5, 0.5], [0.0, 1.0], 0.0), "mean_energy must lie between"),
        (lambda: gibbs.tilted([0.5, 0.5], [0.0, 1.0], 1.0), "mean_energy must lie between"),
        (lambda: gibbs.tilted([0.0, 0.5, 0.5], [0.0, 1.0, 2.0], 0.5), "mean_energy must lie between"),
        (lambda: gibbs.tilted([0.5, 0.5, 0.0], [0.0, 1.0, 2.0], 1.5), "mean_energy must lie between"),
        (lambda: gibbs.free_energy([np.nan, 1.0], [0.0, 1.0], 1.0), "p must be finite"),
        (lambda: gibbs.free_energy([0.5, 0.5], np.ones((2, 2)), np.ones(3)), "p and temperature must broadcast"),
        (lambda: gibbs.free_energy(np.eye(2), np.ones((3, 2)), 1.0), "p and levels must broadcast"),
        (lambda: gibbs.equilibrium_free_energy(np.ones((2, 0)), 1.0), "levels must hold at least one energy"),
        (lambda: gibbs.entropy(1.0), "p must hold probabilities"),
        (lambda: normal_divergence(mean=np.ones((2, 0)), mean_q=np.ones((2, 0))), "must have the same d"),
        (lambda: normal_divergence(mean=np.ones((3, 2)), mean_q=np.ones((4, 2))), "mean and mean_q .* must broadcast"),
        (lambda: normal_divergence(covariance=[np.eye(2), [[1.0, 0.3], [0.2, 1.0]]]), "covariance must be symmetric"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
