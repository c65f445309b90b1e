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


def test_divergence_of_normals_is_that_of_the_integral():
    q = np.linspace(-12, 12, 20001)
    for mean, variance, other_mean, other_variance in [(0.3, 0.7, -0.4, 1.9), (1.0, 2.0, 1.0, 0.5)]:
        log_p = -((q - mean) ** 2) / (2 * variance) - np.log(2 * np.pi * variance) / 2
        log_q = -((q - other_mean) ** 2) / (2 * other_variance) - np.log(2 * np.pi * other_variance) / 2
        integral = np.sum(np.exp(log_p) * (log_p - log_q)) * (q[1] - q[0])
        found = gibbs.kullback_leibler_normal([mean], [[variance]], [other_mean], [[other_variance]])
        assert found == pytest.approx(integral, rel=1e-9)


def test_divergence_of_normals_knows_correlations():
    """Seen in the coordinates in which both laws are independent, it is the sum over these coordinates."""
    turn = np.array([[1.0, 0.4], [-0.3, 2.0]])
    mean, variance, other = np.array([0.5, -1.0]), np.array([0.6, 1.7]), np.array([1.1, 0.8])
    apart = 0.5 * np.sum(variance / other - 1 + mean**2 / other + np.log(other / variance))
    covariances = [turn @ np.diag(v) @ turn.T for v in (variance, other)]
    found = gibbs.kullback_leibler_normal(turn @ mean, covariances[0], np.zeros(2), covariances[1])
    assert found == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gibbs.boltzmann(LEVELS, 0.0), "temperature must be greater than zero"),
        (lambda: gibbs.boltzmann(1.0, 1.0), "levels must hold at least one energy"),
        (lambda: gibbs.entropy([0.5, 0.6]), "p must hold probabilities"),
        (lambda: gibbs.entropy([1.5, -0.5]), "p must hold probabilities"),
        (lambda: gibbs.kullback_leibler([0.5, 0.5], [0.7, 0.7]), "q must hold probabilities"),
        (lambda: gibbs.tilted([0.5, 0.5], [0.0, 1.0], 1.0), "mean_energy must lie between"),
        (lambda: gibbs.free_energy([np.nan, 1.0], [0.0, 1.0], 1.0), "p must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
