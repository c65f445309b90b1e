"""Energies: gradients against differences, known laws, unbiased minibatches, clear errors."""

from itertools import combinations

import numpy as np
import pytest

from sgdphysics import energies


def regression(cases=7, noise=0.6, prior_scale=1.7):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(cases, 3))
    return energies.LinearRegression(x, rng.normal(size=cases), noise=noise, prior_scale=prior_scale)


ENERGIES = {
    "spring": energies.Harmonic(2.5, center=0.3),
    "springs": energies.Harmonic([0.5, 4.0], center=[1.0, -2.0]),
    "double well": energies.DoubleWell(barrier=2.3),
    "Gaussian": energies.Gaussian([1.0, -0.5], [[2.0, 0.9], [0.9, 0.7]]),
    "regression": regression(),
}


@pytest.mark.parametrize("energy", ENERGIES.values(), ids=ENERGIES)
def test_gradient_is_the_derivative_of_the_energy_for_any_number_of_chains(energy):
    q = np.random.default_rng(1).normal(size=(4, 5, energy.dimension))
    h = 1e-5 * np.eye(energy.dimension)
    differences = [(energy.energy(q + e) - energy.energy(q - e)) / 2e-5 for e in h]
    np.testing.assert_allclose(energy.gradient(q), np.stack(differences, axis=-1), rtol=1e-6, atol=1e-7)
    assert energy.energy(q).shape == (4, 5)
    assert energy.energy(q[0, 0]).shape == ()


def test_energies_by_hand():
    assert energies.Harmonic([2.0, 6.0], center=1.0).energy(np.array([2.0, 0.0])) == 4.0
    np.testing.assert_array_equal(
        energies.DoubleWell(barrier=3.0).energy(np.array([[0.0], [1.0], [-1.0], [2.0]])), [3, 0, 0, 27]
    )
    one_case = energies.LinearRegression([[2.0]], [3.0], noise=0.5, prior_scale=2.0)
    assert one_case.energy(np.array([1.0])) == 1.0 / (2 * 0.25) + 1.0 / (2 * 4.0)


def test_an_energy_of_which_no_more_is_said():
    """A spring stands at zero, a barrier and a Laplace prior are one."""
    assert energies.Harmonic(2.0).energy(np.array([3.0])) == 9.0
    assert energies.DoubleWell().energy(np.array([0.0])) == 1.0
    assert energies.DoubleWell.dimension == 1
    plain = energies.LogisticRegression([[1.0]], [1.0])
    assert plain.energy(np.array([2.0])) == pytest.approx(np.log1p(np.exp(-2.0)) + 2.0, rel=1e-14)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[2.0, 0.9], [0.8, 2.0]], "symmetric"),
        ([[1.0, 0.0], [0.0, 0.0]], "positive definite"),
        ([[1.0, 0.0], [0.0, -0.5]], "positive definite"),
    ],
)
def test_a_covariance_is_symmetric_to_rounding_and_positive_definite(covariance, message):
    with pytest.raises(ValueError, match=f"covariance must be {message}, got"):
        energies.Gaussian([0.0, 0.0], covariance)
    energies.Gaussian([0.0, 0.0], [[2.0, 0.9], [0.9 * (1 + 1e-13), 2.0]])


def test_gaussian_energy_is_minus_the_log_density_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    mean, covariance = [1.0, -0.5], [[2.0, 0.9], [0.9, 0.7]]
    law, energy = stats.multivariate_normal(mean, covariance), energies.Gaussian(mean, covariance)
    q = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(energy.energy(q) - energy.energy(q[0]), law.logpdf(q[0]) - law.logpdf(q), atol=1e-12)


def test_evidence_times_posterior_is_likelihood_times_prior():
    stats = pytest.importorskip("scipy.stats")
    energy, q = regression(), np.array([0.4, -0.9, 0.2])
    joint = stats.norm(energy.x @ q, 0.6).logpdf(energy.y).sum() + stats.norm(0.0, 1.7).logpdf(q).sum()
    posterior = stats.multivariate_normal(*energy.posterior()).logpdf(q)
    assert energy.log_evidence() == pytest.approx(joint - posterior, rel=1e-10)


def test_posterior_is_the_energy_around_its_minimum():
    energy = regression()
    mean, covariance = energy.posterior(temperature=0.5)
    np.testing.assert_allclose(energy.gradient(mean), 0.0, atol=1e-10)
    cold_mean, cold = energy.posterior(temperature=0.0)
    assert (cold_mean == mean).all() and not cold.any()
    gaussian = energies.Gaussian(mean, covariance / 0.5)
    q = np.random.default_rng(2).normal(size=(10, 3))
    np.testing.assert_allclose(gaussian.energy(q), energy.energy(q) - energy.energy(mean), rtol=1e-10)


def test_minibatch_gradient_is_unbiased_over_all_batches():
    energy = regression()
    q = np.random.default_rng(4).normal(size=(2, 3))
    batches = np.array(list(combinations(range(energy.n_cases), 2)))  # not as many as there are coefficients
    mean = np.mean([energy.minibatch_gradient(q, rows) for rows in batches], axis=0)
    np.testing.assert_allclose(mean, energy.gradient(q), rtol=1e-10)
    each = energy.minibatch_gradient(q, batches[:2])  # one batch a chain
    np.testing.assert_allclose(each[1], energy.minibatch_gradient(q[1], batches[1]), rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: energies.Harmonic(0.0), "stiffness"),
        (lambda: energies.Harmonic([1.0, np.nan]), "stiffness"),
        (lambda: energies.Harmonic([1.0, 2.0], center=[0.0, 0.0, 0.0]), "same length"),
        (lambda: energies.Harmonic(np.eye(2)), "scalars or vectors"),
        (lambda: energies.DoubleWell(barrier=-1.0), "barrier"),
        (lambda: energies.DoubleWell(barrier=[1.0, 2.0]), "barrier"),
        (lambda: energies.Gaussian([0.0, 0.0], np.eye(3)), "covariance"),
        (lambda: energies.Gaussian([0.0, 0.0], [[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
        (lambda: energies.Gaussian([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (lambda: energies.LinearRegression(np.ones((3, 2)), np.ones(4), 1.0, 1.0), "one row for each y"),
        (lambda: energies.LinearRegression(np.ones((0, 2)), np.ones(0), 1.0, 1.0), "one row for each y"),
        (
            lambda: energies.LinearRegression(np.full((3, 2), np.nan), np.ones(3), 1.0, 1.0),
            "x must be finite",
        ),
        (lambda: energies.LinearRegression(np.ones((3, 2)), np.ones(3), 0.0, 1.0), "noise"),
        (lambda: energies.LinearRegression(np.ones((3, 2)), np.ones(3), [1.0, 2.0], 1.0), "noise must be a scalar"),
        (lambda: energies.LinearRegression(np.ones((3, 2)), np.ones(3), 1.0, [1.0]), "prior_scale must be a scalar"),
        (lambda: energies.Harmonic(1.0 + 0j), "stiffness must be an array of real numbers"),
        (lambda: energies.Harmonic([1.0, None]), "stiffness must be finite, got 1 NaN"),
        (lambda: energies.Harmonic(None), "stiffness must be an array of real numbers, got None"),
        (lambda: energies.Harmonic(["1.0"]), "stiffness must be an array of real numbers"),
        (lambda: energies.Harmonic(np.ma.masked_equal([1.0, 2.0], 2.0)), "stiffness must not be masked"),
        (lambda: energies.Harmonic([1.0, np.ma.masked]), "stiffness must not be masked"),
        (lambda: energies.Gaussian(np.ma.masked_equal([0.0, 1.0], 1.0), np.eye(2)), "mean must not be masked"),
        (lambda: energies.Gaussian(np.zeros(2), [np.ma.masked_equal([1.0, 0.0], 0.0), [0.0, 1.0]]), "not be masked"),
        (lambda: energies.LinearRegression("data", np.ones(3), 1.0, 1.0), "x must be an array of real numbers"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_arrays_with_a_mask_that_hides_nothing_and_other_kinds_of_numbers_are_taken():
    for stiffness in (np.ma.array([1.0, 2.0]), [1, 2], (True, 2), np.float32([1, 2]), np.array([1.0, 2], object)):
        np.testing.assert_array_equal(energies.Harmonic(stiffness).stiffness, [1.0, 2.0])


def test_wells_are_the_formulas():
    q = np.array([[0.3, -1.2], [2.0, 0.7]])
    springs = energies.Harmonic([0.5, 4.0], center=[1.0, -2.0])
    for chain in q:
        by_hand = 0.5 * (0.5 * (chain[0] - 1) ** 2 + 4.0 * (chain[1] + 2) ** 2)
        assert springs.energy(chain) == pytest.approx(by_hand, rel=1e-14)
        np.testing.assert_allclose(springs.gradient(chain), [0.5 * (chain[0] - 1), 4.0 * (chain[1] + 2)], rtol=1e-14)
    well = energies.DoubleWell(barrier=2.3)
    np.testing.assert_allclose(well.gradient(q[:, :1]), 4 * 2.3 * q[:, :1] * (q[:, :1] ** 2 - 1), rtol=1e-14)
    a, b, c = 2.0, 0.9, 0.7  # the inverse of [[a, b], [b, c]], by hand
    inverse = np.array([[c, -b], [-b, a]]) / (a * c - b * b)
    gaussian, d = energies.Gaussian([1.0, -0.5], [[a, b], [b, c]]), q - [1.0, -0.5]
    np.testing.assert_allclose(gaussian.gradient(q), d @ inverse, rtol=1e-12)
    np.testing.assert_allclose(gaussian.energy(q), [0.5 * x @ inverse @ x for x in d], rtol=1e-12)
