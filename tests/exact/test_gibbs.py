"""The knob's arithmetic: F[p] is least at Boltzmann's distribution, and the excess is T times the KL divergence."""

import numpy as np
import pytest
from scipy.special import softmax
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


@pytest.mark.parametrize("share", [1e-6, 1e-2, 0.99, 1 - 1e-6])
def test_tilting_reaches_energies_close_to_the_least_and_the_greatest(share):
    """Two levels, where the weights are known: the share of the upper one, however steep the tilt."""
    np.testing.assert_allclose(gibbs.tilted([0.5, 0.5], [1.0, 4.0], 1 + 3 * share), [1 - share, share], rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gibbs.boltzmann(LEVELS, 0.0), "temperature must be greater than zero"),
        (lambda: gibbs.boltzmann(1.0, 1.0), "levels must hold at least one energy"),
        (lambda: gibbs.entropy([0.5, 0.6]), "p must hold probabilities"),
        (lambda: gibbs.entropy([1.5, -0.5]), "p must hold probabilities"),
        (lambda: gibbs.kullback_leibler([0.5, 0.5], [0.7, 0.7]), "q must hold probabilities"),
        (lambda: gibbs.tilted([0.5, 0.5], [0.0, 1.0], 1.0), "mean_energy must lie between"),
        (lambda: gibbs.tilted([0.0, 0.5, 0.5], [0.0, 1.0, 2.0], 0.5), "mean_energy must lie between"),
        (lambda: gibbs.free_energy([np.nan, 1.0], [0.0, 1.0], 1.0), "p must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
