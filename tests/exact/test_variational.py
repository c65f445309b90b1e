"""Variational fits against minimisers that know no formula of theirs, adaptive quadrature, limits, drawn matrices."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from sgdphysics.energies import LinearRegression
from sgdphysics.exact import variational


def line(seed=4, cases=30, noise=0.6, prior_scale=1.7, center=1.0, d=2):
    """A regression on 1, x, x², …, x from a uniform law around ``center``."""
    rng = np.random.default_rng(seed)
    x = np.vander(rng.uniform(center - 1, center + 1, cases), d, increasing=True)
    return LinearRegression(x, x @ rng.normal(size=d) + noise * rng.normal(size=cases), noise, prior_scale)


def correlation(covariance):
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def divergence(first, second, reach):
    """KL of two densities given by their logarithms, adaptively."""
    return quad(lambda x: np.exp(first(x)) * (first(x) - second(x)), -reach, reach, limit=400, epsabs=1e-12)[0]


def log_normal(mean, width):
    return lambda x: -(((x - mean) / width) ** 2) / 2 - np.log(width) - 0.5 * np.log(2 * np.pi)


def log_bumps(a):
    left, right = log_normal(-a, 1), log_normal(a, 1)
    return lambda x: np.logaddexp(left(x), right(x)) - np.log(2)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_bound_is_greatest_at_the_posterior_means_and_held_variances(d):
    regression = line(d=d)
    mean, variance = variational.factorised_posterior(regression)

    def cost(both):
        return -variational.evidence_bound(regression, both[:d], np.exp(both[d:]))

    found = minimize(cost, np.zeros(2 * d), method="BFGS", options={"gtol": 1e-6, "maxiter": 2000})
    assert found.x[:d] == pytest.approx(mean, abs=1e-4)
    assert np.exp(found.x[d:]) == pytest.approx(variance, rel=1e-4)
    true_mean, covariance = regression.posterior()
    assert mean == pytest.approx(true_mean, abs=1e-12)
    assert (variance <= covariance.diagonal() * (1 + 1e-12)).all()


@pytest.mark.parametrize("d", [1, 2, 5])
def test_bound_and_divergence_sum_to_the_evidence(d):
    """For any factorised law, with the divergence of two normal laws written out."""
    regression = line(d=d)
    rng = np.random.default_rng(d)
    true_mean, covariance = regression.posterior()
    mean, variance = rng.normal(size=d), rng.uniform(0.01, 2.0, d)
    off = mean - true_mean
    precision = np.linalg.inv(covariance)
    kl = 0.5 * (precision.diagonal() @ variance + off @ precision @ off - d)
    kl += 0.5 * (np.linalg.slogdet(covariance)[1] - np.log(variance).sum())
    assert variational.evidence_bound(regression, mean, variance) + kl == pytest.approx(
        regression.log_evidence(), rel=1e-9
    )


def test_two_weights_lose_by_their_correlation():
    regression = line()
    best = variational.factorised_posterior(regression)
    covariance = regression.posterior()[1]
    left = 1 - correlation(covariance) ** 2
    assert best.variance / covariance.diagonal() == pytest.approx([left, left], rel=1e-10)
    gap = regression.log_evidence() - variational.evidence_bound(regression, *best)
    assert gap == pytest.approx(-0.5 * np.log(left), abs=1e-10)


def test_a_sweep_shrinks_the_error_by_the_squared_correlation():
    regression = line()
    mean, covariance = regression.posterior()
    error = np.abs(variational.coordinate_ascent(regression, [3.0, -2.0], sweeps=12) - mean)
    assert error[2:, 1] / error[1:-1, 1] == pytest.approx(correlation(covariance) ** 2, rel=1e-8)
    assert error[2, 0] / error[1, 0] == pytest.approx(correlation(covariance) ** 2, rel=1e-8)
    long = variational.coordinate_ascent(line(d=4), np.zeros(4), sweeps=20_000)[-1]
    assert long == pytest.approx(line(d=4).posterior()[0], abs=1e-9)


def test_the_bound_rises_with_every_sweep():
    regression = line(d=3)
    variance = variational.factorised_posterior(regression).variance
    path = variational.coordinate_ascent(regression, np.array([3.0, -2.0, 1.0]), sweeps=30)
    assert (np.diff([variational.evidence_bound(regression, m, variance) for m in path]) > 0).all()


def test_the_caller_s_mean_is_left_alone():
    start = np.array([3.0, -2.0])
    variational.coordinate_ascent(line(), start, sweeps=2)
    assert (start == [3.0, -2.0]).all()


@pytest.mark.parametrize("d", [2, 4])
def test_predictions_are_too_wide_on_the_training_inputs(d):
    """mean_i x_i·(D - Σ)x_i = σ²/(n s²) Σ_j (Σ_jj - 1/Λ_jj), whatever the data."""
    regression = line(d=d)
    covariance = regression.posterior()[1]
    variance = variational.factorised_posterior(regression).variance
    x, noise, prior_scale = regression.x, regression.noise, regression.prior_scale
    surplus = np.mean(x**2 @ variance - np.sum(x @ covariance * x, axis=1))
    law = noise**2 / prior_scale**2 * np.mean(covariance.diagonal() - variance) * d / len(x)
    assert surplus == pytest.approx(law, rel=1e-6)
    assert surplus > 0


@pytest.mark.parametrize("kappa", [0.3, 1.0, 3.0])
@pytest.mark.parametrize(("noise", "prior_scale"), [(0.5, 1.2), (1.3, 0.8)])
def test_many_weights_drawn(kappa, noise, prior_scale):
    n = int(360 / np.sqrt(kappa))
    p = round(kappa * n)
    rng = np.random.default_rng(8)
    exact, held, gap = [], [], []
    for _ in range(4):
        x = rng.normal(scale=n**-0.5, size=(n, p))
        precision = x.T @ x / noise**2 + np.eye(p) / prior_scale**2
        exact.append(np.linalg.inv(precision).trace() / p)
        held.append(np.mean(1 / precision.diagonal()))
        gap.append((np.log(precision.diagonal()).sum() - np.linalg.slogdet(precision)[1]) / (2 * p))
    law = variational.many_weights(p / n, noise=noise, prior_scale=prior_scale)
    assert np.mean([exact, held, gap], axis=1) == pytest.approx(law, rel=0.01)


@pytest.mark.parametrize("kappa", [0.2, 0.7, 1.0, 1.6, 4.0])
@pytest.mark.parametrize(("noise", "prior_scale"), [(0.9, 1.2), (1.3, 0.8)])
def test_many_weights_by_the_density_of_eigenvalues(kappa, noise, prior_scale):
    """Marchenko and Pastur's: √((x₊ - x)(x - x₋))/(2πκx), x = 1 + κ + 2√κ cos θ, and a part 1 - 1/κ at zero."""
    angle = (np.arange(2000) + 0.5) * np.pi / 2000  # the integrand is periodic, its sum good to rounding
    x = np.append(1 + kappa + 2 * np.sqrt(kappa) * np.cos(angle), 0.0)
    weight = np.append(2 * np.sin(angle) ** 2 / x[:-1] / 2000, max(1 - 1 / kappa, 0.0))
    assert weight.sum() == pytest.approx(1.0, rel=1e-12)
    precision = x / noise**2 + 1 / prior_scale**2
    held = 1 / noise**2 + 1 / prior_scale**2
    law = weight @ (1 / precision), 1 / held, 0.5 * (np.log(held) - weight @ np.log(precision))
    found = variational.many_weights(kappa, noise=noise, prior_scale=prior_scale)
    assert found == pytest.approx(law, rel=1e-11)


def test_many_weights_of_precise_data():
    """Directions that no case knows, 1 - 1/κ of them, keep the prior's variance, and the others have none."""
    for kappa in (1.25, 1.5, 2.0, 50.0):
        variance, _, _ = variational.many_weights(kappa, noise=1e-8, prior_scale=1.3)
        assert variance == pytest.approx(1.69 * (1 - 1 / kappa), rel=1e-12)
    with np.errstate(all="raise"):
        variance, _, _ = variational.many_weights([1e-12, 1e12], noise=1.0, prior_scale=1.0)
    assert variance == pytest.approx([0.5, 1.0], rel=1e-11)


def test_few_weights_a_case_are_learnt_one_by_one():
    variance, held, gap = variational.many_weights(np.array([1e-7, 1.0]), noise=0.7, prior_scale=1.1)
    assert variance[0] == pytest.approx(1 / (1 / 0.49 + 1 / 1.21), rel=1e-6)
    assert held == pytest.approx([1 / (1 / 0.49 + 1 / 1.21)] * 2, rel=1e-12)
    assert 0 <= gap[0] < 1e-6
    many, _, _ = variational.many_weights(1e7, noise=0.7, prior_scale=1.1)
    assert many == pytest.approx(1.21, rel=1e-5)  # nothing learnt: the prior


@pytest.mark.parametrize(("mean", "width", "a"), [(0.0, 1.0, 0.4), (1.3, 0.7, 2.0), (2.9, 1.1, 3.0), (0.3, 4.0, 5.0)])
def test_reverse_divergence_by_adaptive_quadrature(mean, width, a):
    found = variational.reverse_divergence(mean, width, separation=a)
    assert found == pytest.approx(divergence(log_normal(mean, width), log_bumps(a), 40), abs=1e-8)


@pytest.mark.parametrize("a", [0.02, 0.1, 0.19])
def test_bumps_close_together_blur_into_one(a):
    """The mean of ln cosh x = x²/2 - x⁴/12 + x⁶/45 - 17x⁸/2520 + …, whose terms are a normal law's moments."""
    mean, width = 0.6, 0.9
    moments = [1.0, mean]
    for power in range(2, 15):
        moments.append(mean * moments[-1] + (power - 1) * width**2 * moments[-2])
    series = {2: 1 / 2, 4: -1 / 12, 6: 1 / 45, 8: -17 / 2520, 10: 31 / 14175, 12: -691 / 935550}
    log_cosh = sum(factor * a**power * moments[power] for power, factor in series.items())
    law = 0.5 * (mean**2 + width**2 + a**2 - 1) - np.log(width) - log_cosh
    next_term = 10922 / 42567525 * a**14 * moments[14]
    assert variational.reverse_divergence(mean, width, separation=a) == pytest.approx(law, abs=1e-14 + 2 * next_term)


@pytest.mark.parametrize("a", [0.0, 0.5, 2.0, 5.0])
def test_forward_fit_by_adaptive_quadrature_and_by_minimisation(a):
    fit = variational.forward_fit(a)
    p = log_bumps(a)
    assert fit.divergence == pytest.approx(divergence(p, log_normal(fit.mean, fit.width), 40), abs=1e-8)
    for mean, width in ((0.1, 1.0), (-0.1, 1.0), (0.0, 1.01), (0.0, 0.99)):
        assert divergence(p, log_normal(mean, width * fit.width), 40) > fit.divergence + 1e-5


@pytest.mark.parametrize("a", [2.5, 2.80008, 3.0, 4.0, 6.0, 10.0])
def test_both_fits_are_minima(a):
    for fit, start in ((variational.symmetric_fit(a), (0.0, 0.9 * a)), (variational.one_bump_fit(a), (a, 1.0))):
        found = minimize(
            lambda both: variational.reverse_divergence(both[0], np.exp(both[1]), separation=a),
            (start[0], np.log(start[1])),
            method="BFGS",
            options={"gtol": 1e-8},
        )
        assert found.fun == pytest.approx(fit.divergence, abs=1e-10)
        assert [found.x[0], np.exp(found.x[1])] == pytest.approx([fit.mean, fit.width], abs=1e-5)
        assert (np.linalg.eigvalsh(variational.reverse_curvature(fit.mean, fit.width, separation=a)) > 0).all()


def test_curvature_by_differences():
    a, mean, width, h = 2.6, 0.8, 1.4, 1e-4

    def kl(i, j):
        return variational.reverse_divergence(mean + i * h, width + j * h, separation=a)

    by_mean, by_width = kl(1, 0) - 2 * kl(0, 0) + kl(-1, 0), kl(0, 1) - 2 * kl(0, 0) + kl(0, -1)
    mixed = (kl(1, 1) - kl(1, -1) - kl(-1, 1) + kl(-1, -1)) / 4
    found = variational.reverse_curvature(mean, width, separation=a)
    assert found == pytest.approx(np.array([[by_mean, mixed], [mixed, by_width]]) / h**2, abs=1e-5)


def test_the_symmetric_fit_never_loses_its_stability():
    for a in np.linspace(0.0, 12.0, 25):
        fit = variational.symmetric_fit(a)
        curvature = variational.reverse_curvature(0.0, fit.width, separation=a)
        assert curvature[0, 0] == pytest.approx(fit.width**-2, rel=1e-6)
        assert curvature[0, 1] == pytest.approx(0.0, abs=1e-12)
        assert curvature[1, 1] > 0


def test_where_the_other_fit_begins_and_where_it_wins():
    start, switch = variational.branch_start(), variational.switch()
    assert start == pytest.approx(2.4122, abs=5e-5)
    assert switch == pytest.approx(2.80008, abs=5e-6)
    assert variational.one_bump_fit(start).mean == pytest.approx(2.1457, abs=2e-3)  # flat at the fold
    with pytest.raises(ValueError, match=r"separation must be at least 2.412"):
        variational.one_bump_fit(start - 1e-6)
    for a, sign in ((switch - 1e-3, 1), (switch + 1e-3, -1)):
        lead = variational.one_bump_fit(a).divergence - variational.symmetric_fit(a).divergence
        assert sign * lead > 1e-5


def test_just_beyond_the_fold_the_mean_leaves_as_a_square_root():
    start, first = variational.branch_start(), variational.one_bump_fit(variational.branch_start()).mean
    moved = [variational.one_bump_fit(start + more).mean - first for more in (1e-12, 1e-9, 1e-6, 4e-6)]
    assert moved[0] >= -1e-7
    assert moved[2] / moved[1] == pytest.approx(np.sqrt(1e3), rel=0.02)
    assert moved[3] / moved[2] == pytest.approx(2.0, rel=0.01)
    assert variational.reverse_curvature(*variational.one_bump_fit(start + 1e-6)[:2], separation=start)[0, 0] > 0


def test_a_fit_of_one_bump_costs_little():
    """Points of the grid, not seconds: the search for a width stays near 1."""
    most, grid = [0.0], variational._normal
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(variational, "_normal", lambda steepness: (most.append(steepness), grid(steepness))[1])
        variational.one_bump_fit(30.0)
    assert max(most) <= 60.0


def test_below_the_fold_every_start_ends_in_the_middle_and_above_not():
    def end(a):
        found = minimize(
            lambda both: variational.reverse_divergence(both[0], np.exp(both[1]), separation=a),
            (a, 0.0),
            method="BFGS",
        )
        return abs(found.x[0])

    assert end(2.40) < 1e-3
    assert end(2.43) > 2


def test_bumps_that_coincide_or_are_far_apart():
    for fit in (variational.symmetric_fit(0.0), variational.forward_fit(0.0)):
        assert fit == pytest.approx((0.0, 1.0, 0.0), abs=1e-10)
    for a in (9.0, 40.0, 100.0):
        assert variational.one_bump_fit(a) == pytest.approx((a, 1.0, np.log(2)), abs=1e-10)
    assert variational.forward_fit(9.0).divergence == pytest.approx(0.5 * np.log(82) - np.log(2), abs=1e-10)


BAD = [
    (lambda: variational.factorised_posterior(3), "regression must be"),
    (lambda: variational.coordinate_ascent(line(), [0.0], sweeps=2), r"mean must have shape \(2,\)"),
    (lambda: variational.coordinate_ascent(line(), [0.0, np.nan], sweeps=2), "mean must be finite"),
    (lambda: variational.coordinate_ascent(line(), [0.0, 0.0], sweeps=0), "sweeps"),
    (lambda: variational.evidence_bound(line(), [0.0, 0.0], [1.0, 0.0]), "variance must be greater than zero"),
    (lambda: variational.evidence_bound(line(), [0.0, 0.0], [1.0]), "mean and variance must have shape"),
    (lambda: variational.many_weights(0.0, noise=1.0, prior_scale=1.0), "kappa"),
    (lambda: variational.many_weights(1.0, noise=-1.0, prior_scale=1.0), "noise"),
    (lambda: variational.reverse_divergence(0.0, 0.0, separation=1.0), "width"),
    (lambda: variational.reverse_curvature(0.0, 0.0, separation=1.0), "width must be greater than zero"),
    (lambda: variational.reverse_curvature(0.0, -1.0, separation=1.0), "width must be greater than zero"),
    (lambda: variational.reverse_curvature(np.nan, 1.0, separation=1.0), "mean must be finite"),
    (lambda: variational.reverse_curvature(0.0, [1.0], separation=1.0), "width must be a scalar"),
    (lambda: variational.symmetric_fit(-1.0), "separation"),
    (lambda: variational.one_bump_fit(100.1), "separation must be at most 100"),
    (lambda: variational.forward_fit([1.0, 2.0]), "separation must be a scalar"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
