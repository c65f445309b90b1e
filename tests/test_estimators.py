"""Error bars of replicas, and ArviZ's verdict on autoregressive chains, whose autocorrelation time is known."""

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


def test_replica_mean_and_jackknife_are_the_formulas():
    x = np.random.default_rng(7).standard_normal((11, 2))
    mean, se = estimators.replica_mean(x)
    np.testing.assert_allclose(mean, x.sum(axis=0) / 11, rtol=1e-14)
    np.testing.assert_allclose(se, np.sqrt(np.sum((x - mean) ** 2, axis=0) / 10 / 11), rtol=1e-12)
    x, groups = np.random.default_rng(8).exponential(size=10), 4
    without = [np.log(x[[i for i in range(10) if i % groups != g]].mean()) for g in range(groups)]
    value, error = estimators.jackknife(lambda x: np.log(x.mean()), x, groups=groups)
    assert value == pytest.approx(groups * np.log(x.mean()) - (groups - 1) * np.mean(without), rel=1e-12)
    assert error == pytest.approx(np.sqrt((groups - 1) * np.mean((without - np.mean(without)) ** 2)), rel=1e-12)


def test_the_least_number_is_enough():
    few = np.random.default_rng(9).standard_normal((4, 2))
    assert np.isfinite(estimators.replica_mean(few)).all()
    assert estimators.convergence(few).mcse_mean > 0


def test_replica_mean_keeps_the_rest_of_the_shape():
    x = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 2, 5))
    mean, se = estimators.replica_mean(x)
    assert mean.shape == se.shape == (2, 5)
    np.testing.assert_allclose(se, 2.0 / np.sqrt(4000), rtol=0.06)
    assert (np.abs(mean - 3.0) < 5 * se).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimators.replica_mean(np.ma.masked_greater(np.arange(9.0), 5.0)), "x must not be masked"),
        (lambda: estimators.replica_mean(1j * np.arange(9.0)), "x must be an array of real numbers"),
        (lambda: estimators.convergence(np.ma.masked_greater(np.eye(9), 0.5)), "x must not be masked"),
        (lambda: estimators.replica_mean([1.0, 2.0, 4.0]), "at least 4 independent replicas"),
        (lambda: estimators.replica_mean(3.0), "replicas"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_jackknife_removes_the_bias_of_a_square_and_has_the_right_error():
    rng = np.random.default_rng(12)
    values, errors = np.transpose(
        [estimators.jackknife(lambda x: x.mean() ** 2, rng.normal(0.3, 2.0, 100)) for _ in range(2000)]
    )
    scatter = values.std() / np.sqrt(values.size)
    assert abs(values.mean() - 0.09) < 4.5 * scatter  # the plain square is 4/100 too large
    assert 0.04 > 9 * scatter
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(), rel=0.1)


def test_jackknife_takes_twenty_groups_where_none_are_asked_for():
    x = np.random.default_rng(3).normal(size=60)
    assert estimators.jackknife(np.var, x) == estimators.jackknife(np.var, x, groups=20)
    with pytest.raises(ValueError, match="20"):
        estimators.jackknife(np.var, x[:19])


def test_jackknife_of_a_mean_is_the_mean():
    x = np.random.default_rng(13).standard_normal((60, 3))
    value, error = estimators.jackknife(lambda x: x.mean(axis=0), x, groups=60)
    mean, se = estimators.replica_mean(x)
    np.testing.assert_allclose(value, mean, atol=1e-12)
    np.testing.assert_allclose(error, se)


@pytest.mark.parametrize(
    ("x", "groups", "message"),
    [(np.ones(9), 10, "at least groups = 10"), (np.ones(9), 3, "groups must be an integer of at least 4")],
)
def test_jackknife_names_bad_input(x, groups, message):
    with pytest.raises(ValueError, match=message):
        estimators.jackknife(np.mean, x, groups=groups)


@pytest.mark.parametrize("phi", [-0.5, 0.0, 0.6, 0.9])
def test_the_error_of_a_mean_counts_the_correlations(phi):
    x = ar1(phi, 20000, 20, seed=3)
    exact = np.sqrt((1 + phi) / (1 - phi) / x.size)
    assert estimators.convergence(x).mcse_mean == pytest.approx(exact, rel=0.08)  # twice the scatter of the size's root


def test_convergence_of_chains_that_agree():
    x = ar1(0.6, 5000, 8, seed=4)
    found = estimators.convergence(x)
    assert 0.999 < found.r_hat < 1.01
    assert found.ess_bulk == pytest.approx(x.size / 4, rel=0.15)
    assert all(isinstance(value, float) for value in found)
    warped = estimators.convergence(np.exp(3 * x))  # ranks alone count for the bulk, order alone for the tails
    assert warped.ess_bulk == pytest.approx(found.ess_bulk, rel=1e-12)
    assert warped.ess_tail == pytest.approx(found.ess_tail, rel=1e-12)
    several = estimators.convergence(np.stack([x, x**2, -x], axis=-1).reshape(5000, 8, 3, 1))
    assert all(value.shape == (3, 1) for value in several)
    assert several.r_hat[0, 0] == found.r_hat
    assert several.ess_tail[2, 0] == pytest.approx(found.ess_tail, rel=0.01)  # both tails, whichever the sign


def _moved(x):
    x[:, 0] += 1.0


def _widened(x):
    x[:, 0] *= 3.0


def _stuck(x):
    x[:, 0] = 0.1


def _drifting(x):
    x += np.linspace(-1.0, 1.0, len(x))[:, np.newaxis]


@pytest.mark.parametrize("fault", [_moved, _widened, _stuck, _drifting])
def test_convergence_sees_chains_that_disagree(fault):
    x = ar1(0.6, 4000, 4, seed=5)
    agreeing = estimators.convergence(x)
    assert agreeing.r_hat < 1.01
    fault(x)
    assert estimators.convergence(x).r_hat > 1.05
    if fault is _widened:  # the means agree, and the tails do not
        assert estimators.convergence(x).ess_tail < 0.1 * agreeing.ess_tail


def test_convergence_of_chains_that_all_stand_still_apart():
    found = estimators.convergence(np.tile([0.0, 0.1, 0.2, 0.3], (1000, 1)))
    assert found.r_hat > 100.0
    assert found.ess_bulk < 5.0


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(100), r"at least 4 states of at least 2 chains, got \(100,\)"),
        (np.zeros((3, 4)), r"got \(3, 4\)"),
        (np.zeros((100, 1)), r"got \(100, 1\)"),
        (np.zeros((100, 4, 0)), r"got \(100, 4, 0\)"),
        (np.full((100, 4), np.nan), "x must be finite, got 400 NaN"),
        (np.full((100, 4), 0.1), "x must vary, or nothing can be said of it; all states are equal"),
        (np.stack([ar1(0, 100, 4), np.full((100, 4), 0.1)], axis=-1), r"all states of quantity \(1,\) are equal"),
    ],
)
def test_convergence_names_bad_input(x, message):
    with pytest.raises(ValueError, match=message):
        estimators.convergence(x)
