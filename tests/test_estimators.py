"""Estimators on autoregressive chains, whose autocorrelation time is known."""

import pickle

import numpy as np
import pytest

from sgdphysics import estimators


def ar1(phi, length, chains, seed=0):
    """x' = φ x + √(1 - φ²) ξ, stationary from the start: unit variance, ρ(t) = φ^t, τ = (1 + φ)/(1 - φ)."""
    rng = np.random.default_rng(seed)
    x = np.empty((length, chains))
    x[0] = rng.standard_normal(chains)
    for t in range(1, length):
        x[t] = phi * x[t - 1] + np.sqrt(1 - phi**2) * rng.standard_normal(chains)
    return x


@pytest.mark.parametrize("phi", [-0.8, -0.5, 0.0, 0.6, 0.9])
def test_autocorrelation_time_of_ar1(phi):
    times = [estimators.autocorrelation_time(ar1(phi, 40000, 1, seed)) for seed in range(20)]
    mean, se = estimators.replica_mean(np.array(times))
    exact = (1 + phi) / (1 - phi)
    cut = exact * 2 * 0.95 * abs(phi) ** (5 * exact)  # what the window leaves out
    assert abs(mean - exact) < 5.7 * se + cut + 0.01 * exact  # 5.7: Student's bound for 20 replicas; 1%: the known bias
    together = estimators.autocorrelation_time(ar1(phi, 20000, 10))
    assert abs(together / exact - 1) < 0.1


def test_autocorrelation_function_of_ar1():
    rho = estimators.autocorrelation(ar1(0.8, 20000, 50))
    assert rho[0] == 1.0
    np.testing.assert_allclose(rho[:15], 0.8 ** np.arange(15), atol=0.02)


def test_the_error_bar_is_as_wide_as_the_scatter_of_the_means():
    runs = [ar1(0.9, 5000, 4, seed) for seed in range(300)]
    means, errors = np.transpose([estimators.mean_and_error(x) for x in runs])
    scaled = means / errors
    assert abs(np.mean(scaled)) < 4.5 / np.sqrt(300)
    assert abs(np.std(scaled) - 1) < 4.5 / np.sqrt(2 * 300) + 0.02  # 0.02: the error bar's own scatter
    naive = means / (np.std(runs[0]) / np.sqrt(runs[0].size))
    assert np.std(naive) > 3  # an error bar that forgets the correlation is rejected


def test_effective_sample_size_counts_all_chains():
    assert abs(estimators.effective_sample_size(ar1(0.6, 20000, 5)) / (100000 / 4) - 1) < 0.1


def test_a_short_chain_is_refused_with_the_estimate():
    with pytest.raises(estimators.ChainTooShortError, match="fewer than 50 autocorrelation times") as caught:
        estimators.autocorrelation_time(ar1(0.99, 2000, 1))
    assert caught.value.estimate > 40
    copy = pickle.loads(pickle.dumps(caught.value))  # as from another process
    assert (str(copy), copy.estimate) == (str(caught.value), caught.value.estimate)
    with pytest.raises(estimators.ChainTooShortError):
        estimators.mean_and_error(np.linspace(0.0, 1.0, 500))  # a drift is no stationary run


def test_replica_mean_keeps_the_rest_of_the_shape():
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 2, 5))
    mean, se = estimators.replica_mean(x)
    assert mean.shape == se.shape == (2, 5)
    np.testing.assert_allclose(se, 2.0 / np.sqrt(4000), rtol=0.06)
    assert (np.abs(mean - 3.0) < 5 * se).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimators.autocorrelation_time([1.0, 2.0, 3.0]), "at least 4 states"),
        (lambda: estimators.autocorrelation_time(np.ones(1000)), "must vary"),
        (lambda: estimators.autocorrelation_time([0.0, 1.0, np.nan, 0.0]), "must be finite"),
        (lambda: estimators.replica_mean([1.0, 2.0]), "at least 4 independent replicas"),
        (lambda: estimators.replica_mean(3.0), "replicas"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
