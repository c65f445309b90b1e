"""The random energy model against drawn levels, sums over few levels, closed forms and limits."""

import numpy as np
import pytest
from scipy.special import gammaln

from sgdphysics.exact import random_energy

POWERS = np.array([-1.5, -0.4, 0.3, 0.7])


def two_levels(function, beta, points=160):
    """Mean of a function of the two levels' weights e^(-βE) for N = 1, by the rule of Gauss and Hermite."""
    at, weight = np.polynomial.hermite_e.hermegauss(points)
    z = np.exp(beta * np.sqrt(0.5) * at)
    return weight @ function(z[:, None], z[None, :]) @ weight / (2 * np.pi)


def drawn(levels_log2, beta, samples=20_000, seed=5):
    """Z of many tables of levels, and Σ p²."""
    rng = np.random.default_rng(seed)
    weight = np.exp(beta * np.sqrt(levels_log2 / 2) * rng.standard_normal((samples, 2**levels_log2)))
    return weight.sum(axis=1), (weight**2).sum(axis=1) / weight.sum(axis=1) ** 2


@pytest.mark.parametrize("beta", [0.3, 1.0, 2.5])
def test_two_levels_summed(beta):
    for n in POWERS:
        expected = np.log(two_levels(lambda a, b, n=n: (a + b) ** n, beta))
        assert random_energy.replicated_moment(n, levels_log2=1, beta=beta) == pytest.approx(expected, abs=1e-9)
    mean_log = two_levels(lambda a, b: np.log(a + b), beta)
    assert random_energy.mean_log_partition(levels_log2=1, beta=beta) == pytest.approx(mean_log, abs=1e-9)
    pairs = two_levels(lambda a, b: (a**2 + b**2) / (a + b) ** 2, beta)
    assert random_energy.participation(levels_log2=1, beta=beta) == pytest.approx(pairs, abs=1e-9)


@pytest.mark.parametrize("beta", [0.2, 4.0, 8.0])
def test_two_levels_are_their_mean_and_their_distance(beta):
    """E₁ + E₂ and d = β (E₁ - E₂) are independent: Z = e^(-β (E₁ + E₂)/2) 2 cosh(d/2) leaves an integral over d.

    Far powers are ruled by rare tables, whose mean and distance lie many standard deviations out.
    """
    laws, n = {"levels_log2": 1, "beta": beta}, np.array([-4.0, -1.5, -0.4, 0.3, 0.7, 0.95])
    d, step = np.linspace(-25 * beta, 25 * beta, 20_001, retstep=True)
    weight = step * np.exp(-(d**2) / (2 * beta**2)) / (beta * np.sqrt(2 * np.pi))
    log_cosh = np.logaddexp(d / 2, -d / 2)
    expected = (n * beta) ** 2 / 8 + np.log(np.exp(n[:, np.newaxis] * log_cosh) @ weight)
    np.testing.assert_allclose(random_energy.replicated_moment(n, **laws), expected, rtol=1e-12, atol=1e-12)
    for which in (0, 3):
        alone = random_energy.replicated_moment(n[which], **laws)
        assert alone == pytest.approx(expected[which], rel=1e-12, abs=1e-12)
    assert random_energy.mean_log_partition(**laws) == pytest.approx(weight @ log_cosh, rel=1e-12)
    pairs = weight @ (1 + np.tanh(d / 2) ** 2) / 2
    assert random_energy.participation(**laws) == pytest.approx(pairs, rel=1e-12)


@pytest.mark.parametrize(("levels_log2", "beta"), [(4, 0.7), (8, 1.3), (8, 2.4)])
def test_many_levels_drawn(levels_log2, beta):
    z, pairs = drawn(levels_log2, beta)

    def score(values, expected):
        return (values.mean() - expected) / (values.std() / np.sqrt(len(values)))

    laws = {"levels_log2": levels_log2, "beta": beta}
    assert abs(score(np.log(z), random_energy.mean_log_partition(**laws))) < 4.5
    assert abs(score(pairs, random_energy.participation(**laws))) < 4.5
    for n in (-2.0, -0.5, 0.2, 0.45):
        expected = np.exp(random_energy.replicated_moment(n, **laws))
        assert abs(score(z**n, expected)) < 4.5
    annealed = levels_log2 * (np.log(2) + beta**2 / 4)
    assert abs(score(np.log(z), annealed)) > 4.5


def test_one_level_without_width():
    assert random_energy.mean_log_partition(levels_log2=0, beta=2.0) == pytest.approx(0.0, abs=1e-12)
    assert random_energy.participation(levels_log2=0, beta=2.0) == pytest.approx(1.0, abs=1e-12)
    assert random_energy.replicated_moment(POWERS, levels_log2=0, beta=2.0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("levels_log2", "beta"), [(5, 0.5), (10, 1.0), (30, 2.5)])
def test_slope_at_zero_is_the_mean_of_the_logarithm(levels_log2, beta):
    laws = {"levels_log2": levels_log2, "beta": beta}
    n = 1e-3 * np.array([-2, -1, 1, 2])
    slope = np.array([1, -8, 8, -1]) @ random_energy.replicated_moment(n, **laws) / 12e-3
    assert slope == pytest.approx(random_energy.mean_log_partition(**laws), rel=1e-7)
    assert random_energy.replicated_moment(0.0, **laws) == 0.0


@pytest.mark.parametrize(("levels_log2", "beta"), [(5, 0.5), (10, 2.5), (60, 2.0)])
def test_near_one_replica_it_is_the_annealed_average(levels_log2, beta):
    one = levels_log2 * (np.log(2) + beta**2 / 4)
    found = random_energy.replicated_moment(1 - 1e-9, levels_log2=levels_log2, beta=beta)
    assert found == pytest.approx(one, rel=1e-8)


def test_high_temperature_is_annealed_up_to_the_variance_of_z():
    """E ln Z = ln EZ - var Z/(2 (EZ)²) + …, with var Z/(EZ)² = (e^(β²N/2) - 1)/2^N."""
    found = random_energy.mean_log_partition(levels_log2=12, beta=0.2)
    annealed = 12 * (np.log(2) + 0.2**2 / 4)
    assert found - annealed == pytest.approx(-np.expm1(0.2**2 * 6) / 2**13, rel=1e-3)


@pytest.mark.parametrize(("levels_log2", "beta"), [(1, 1e-4), (10, 1e-9), (10, 1e-3), (10, 1e-2), (1000, 1e-6)])
def test_small_inverse_temperatures_take_no_longer(levels_log2, beta):
    """With w² = β²N/2 → 0: ln Z, its variance w²/2^N and Σ p² = 2^-N [1 + w² (1 - 2^-N)], to first order in w²."""
    laws, ways, w = {"levels_log2": levels_log2, "beta": beta}, 2.0**-levels_log2, beta**2 * levels_log2 / 2
    mean = random_energy.mean_log_partition(**laws)
    assert mean == pytest.approx(levels_log2 * np.log(2) + w / 2 * (1 - ways), rel=1e-14, abs=w**2 + 1e-12)
    assert random_energy.participation(**laws) / ways - 1 == pytest.approx(w * (1 - ways), abs=3 * w**2 + 1e-11)
    n = np.array([-2.0, 0.5])
    found = random_energy.replicated_moment(n, **laws)
    assert found == pytest.approx(n * mean + n**2 * w * ways / 2, rel=1e-14, abs=3 * w**2 * ways + 1e-12)


@pytest.mark.parametrize(("levels_log2", "beta"), [(1000, 0.6), (1800, 0.8)])
def test_pairs_at_high_temperature_are_annealed(levels_log2, beta):
    """E Σ p² = 2^N E e^(-2βE)/(E Z)² = 2^-N e^(β²N/2), in digits of its own though it is tiny."""
    found = random_energy.participation(levels_log2=levels_log2, beta=beta)
    assert np.log(found) == pytest.approx(levels_log2 * (beta**2 / 2 - np.log(2)), abs=2e-11)


def test_frozen_levels_are_a_poisson_process():
    """Far below the transition only the lowest levels count: E Zⁿ is that of a stable law of index m = β_c/β."""
    bits, beta, n = 1000, 4.0, np.array([-0.5, 0.1, 0.3])
    m = 2 * np.sqrt(np.log(2)) / beta
    scale = (gammaln(1 - m) - np.log(m * beta * np.sqrt(np.pi * bits))) / m
    expected = n * (bits * beta * np.sqrt(np.log(2)) + scale) + gammaln(1 - n / m) - gammaln(1 - n)
    found = random_energy.replicated_moment(n, levels_log2=bits, beta=beta)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.01)
    assert random_energy.participation(levels_log2=bits, beta=beta) == pytest.approx(1 - m, abs=0.005)
    stirling = gammaln(1 - n / m)  # without the denominator it is another law
    assert abs(found - (expected - stirling)).max() > 0.02


def test_above_the_kink_one_level_rules():
    """Between n = β_c/β and 1 rare tables with one very low level rule: E Zⁿ = 2^N E e^(-nβE), up to small terms."""
    n, beta = np.array([0.8, 0.95]), 2.5
    for bits in (60, 400):
        found = random_energy.replicated_moment(n, levels_log2=bits, beta=beta)
        np.testing.assert_allclose(found, bits * (np.log(2) + (n * beta) ** 2 / 4), rtol=0, atol=0.02)


def test_logarithm_of_the_moment_is_convex_and_above_its_tangent():
    n = np.linspace(-2, 0.98, 60)
    for beta in (0.5, 1.6, 3.0):
        curve = random_energy.replicated_moment(n, levels_log2=12, beta=beta)
        assert (np.diff(curve, 2) > 0).all()
        assert (curve > n * random_energy.mean_log_partition(levels_log2=12, beta=beta)).all()


def test_shape_is_that_of_n():
    assert np.shape(random_energy.replicated_moment(0.5, levels_log2=3, beta=1.0)) == ()
    both = random_energy.replicated_moment([[0.5, -0.5]], levels_log2=3, beta=1.0)
    assert both.shape == (1, 2)
    assert both[0, 0] == pytest.approx(random_energy.replicated_moment(0.5, levels_log2=3, beta=1.0), abs=1e-12)


def test_the_widest_table_is_not_refused_and_a_wider_one_is():
    laws = {"levels_log2": 2, "beta": 100.0}
    assert random_energy._Table(**laws).width == 100
    with pytest.raises(ValueError, match="beta must be at most 100 at levels_log2 = 2"):
        random_energy._Table(**laws | {"beta": np.nextafter(100.0, 200.0)})


@pytest.mark.parametrize("width", [60.0, 100.0])
def test_the_tail_of_the_widest_tables_is_the_mean_of_their_first_order(width):
    """Far down ln of the exponent is ln E Σ e^(s - βE) = N ln 2 + s + w²/2, and levels near -w² make up the mean."""
    table = random_energy._Table(levels_log2=2, beta=width)
    s = np.array([-1.12, -1.3]) * width**2
    assert table.width == width
    np.testing.assert_allclose(table.log_exponent(s), 2 * np.log(2) + s + width**2 / 2, rtol=0, atol=1e-9)


@pytest.mark.parametrize("levels_log2", [0, 1, 6])
def test_nothing_is_divided_by_zero_on_the_way(levels_log2):
    laws = {"levels_log2": levels_log2, "beta": 1.5}
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        assert random_energy.participation(**laws) <= 1 + 1e-12
        mean = random_energy.mean_log_partition(**laws)
        assert random_energy.replicated_moment(-0.5, **laws) >= -0.5 * mean - 1e-12  # Jensen


@pytest.mark.parametrize(
    ("n", "settings", "message"),
    [
        (1.0, {}, "n must be below 1, got 1"),
        ([0.5, 2.0], {}, "n must be below 1, got 2"),
        (np.nan, {}, "n must be finite"),
        (0.5, {"levels_log2": 2.5}, "levels_log2 must be an integer of at least 0, got 2.5"),
        (0.5, {"levels_log2": -1}, "levels_log2 must be an integer of at least 0"),
        (0.5, {"beta": 0.0}, "beta must be greater than zero"),
        (0.5, {"beta": 45.0, "levels_log2": 10}, "beta must be at most 44.7. at levels_log2 = 10, got .*take fewer"),
        (0.5, {"beta": [1.0, 2.0]}, "beta must be a scalar"),
    ],
)
def test_bad_input_is_named(n, settings, message):
    laws = {"levels_log2": 4, "beta": 1.0} | settings
    with pytest.raises(ValueError, match=message):
        random_energy.replicated_moment(n, **laws)
    if settings:
        for law in (random_energy.mean_log_partition, random_energy.participation):
            with pytest.raises(ValueError, match=message):
                law(**laws)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("left_end", lambda self, n: -6.0),
        ("right_end", lambda self, n: 2.0),
        ("log_tail", lambda self, x: -np.inf),
        ("log_exponent", lambda self, s, whole=random_energy._Table.log_exponent: whole(self, s) - 2.0**-10),
    ],
)
def test_a_broken_quadrature_is_noticed(monkeypatch, name, broken):
    monkeypatch.setattr(random_energy._Table, name, broken)
    with pytest.raises(AssertionError):
        test_two_levels_summed(2.5)
        test_near_one_replica_it_is_the_annealed_average(10, 2.5)


def test_levels_of_twice_the_variance_are_noticed():
    z, _ = drawn(8, 1.3)
    wrong = random_energy.mean_log_partition(levels_log2=8, beta=1.3 * np.sqrt(2))
    assert abs(np.log(z).mean() - wrong) > 100 * np.log(z).std() / np.sqrt(len(z))
