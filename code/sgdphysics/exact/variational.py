"""Variational inference where the answer is known: independent weights of a regression, one normal law on two bumps.

Among the laws q of a family the best is taken to be the one of least KL(q ‖ p), which is the one of greatest bound
∫ q ln(p*/q) <= ln Z on a p* = Z p that need not be normalised: the bound and the divergence sum to ln Z. All formulas
are derived here. Bumps are at most 100 widths from the middle: a grid that follows their bend grows with it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from sgdphysics import _checks
from sgdphysics.energies import LinearRegression


class Factorised(NamedTuple):
    """Independent normal weights.

    >>> from sgdphysics.energies import LinearRegression
    >>> law = factorised_posterior(LinearRegression(np.eye(2), [1.0, 3.0], noise=1.0, prior_scale=1.0))
    >>> print(law.mean, law.variance)  # prior and one case, of equal precision
    [0.5 1.5] [0.5 0.5]
    """

    mean: np.ndarray  #: (d,)
    variance: np.ndarray  #: (d,)


def factorised_posterior(regression):
    """The :class:`Factorised` law of least KL(q ‖ posterior) for a LinearRegression, at T = 1.

    With the posterior's precision Λ = xᵀx/σ² + 1/s²: the posterior's own means, and the variances 1/Λ_ii, which are
    those of each weight while all others are held. They are at most the true (Λ⁻¹)_ii.

    Its widths are too small where weights are correlated:

    >>> from sgdphysics.energies import LinearRegression
    >>> model = LinearRegression(x=[[1.0, 0.9], [0.9, 1.0]], y=[1.0, 2.0], noise=0.5, prior_scale=1.0)
    >>> mean, covariance = model.posterior()
    >>> best = factorised_posterior(model)
    >>> print(np.allclose(best.mean, mean), np.round(best.variance, 3), np.round(covariance.diagonal(), 3))
    True [0.121 0.121] [0.513 0.513]
    """
    mean, _ = _regression(regression).posterior()
    return Factorised(mean, 1 / _precision(regression).diagonal())


def coordinate_ascent(regression, mean, *, sweeps):
    """Means (sweeps + 1, d) of the weights from ``mean`` (d,): each in turn takes its best value given the others.

    m_i = [(xᵀy/σ²)_i - Σ_{j≠i} Λ_ij m_j] / Λ_ii, the Gauss-Seidel iteration. With two weights of correlation ρ the
    error of the second shrinks by ρ² a sweep. The variances 1/Λ_ii need no iteration. Errors: ValueError.

    >>> from sgdphysics.energies import LinearRegression
    >>> model = LinearRegression(x=[[1.0, 0.9], [0.9, 1.0]], y=[1.0, 2.0], noise=0.5, prior_scale=1.0)
    >>> mean, covariance = model.posterior()
    >>> error = coordinate_ascent(model, [0.0, 0.0], sweeps=3)[:, 1] - mean[1]
    >>> print(np.round(error[2:] / error[1:-1], 4), np.round(covariance[0, 1] ** 2 / covariance.diagonal().prod(), 4))
    [0.7635 0.7635] 0.7635
    """
    precision = _precision(regression)
    mean = _checks.finite("mean", mean)
    if mean.shape != (regression.dimension,):
        raise ValueError(f"mean must have shape ({regression.dimension},), got {mean.shape}")
    pull = regression.x.T @ regression.y / regression.noise**2
    means = [mean.copy()]
    for _ in range(_checks.integer("sweeps", sweeps, minimum=1)):
        for i in range(len(mean)):
            mean[i] += (pull[i] - precision[i] @ mean) / precision[i, i]
        means.append(mean.copy())
    return np.array(means)


def evidence_bound(regression, mean, variance):
    """⟨ln p(y, w | x)⟩ + entropy for independent normal weights of ``mean`` (d,) and ``variance`` (d,): a float.

    At most ``regression.log_evidence()``; the gap is KL(q ‖ posterior), for the best law
    ½ (Σ ln Λ_ii - ln det Λ): with two weights -½ ln(1 - ρ²). Errors: ValueError.

    >>> from sgdphysics.energies import LinearRegression
    >>> model = LinearRegression(x=[[1.0, 0.9], [0.9, 1.0]], y=[1.0, 2.0], noise=0.5, prior_scale=1.0)
    >>> covariance = model.posterior()[1]
    >>> gap = model.log_evidence() - evidence_bound(model, *factorised_posterior(model))
    >>> print(np.round([gap, -0.5 * np.log(1 - covariance[0, 1] ** 2 / covariance.diagonal().prod())], 6))
    [0.720909 0.720909]
    """
    precision = _precision(regression)
    mean, variance = _checks.finite("mean", mean), _checks.positive("variance", variance)
    if not mean.shape == variance.shape == (regression.dimension,):
        raise ValueError(
            f"mean and variance must have shape ({regression.dimension},), got {mean.shape} and {variance.shape}"
        )
    energy = regression.energy(mean) + 0.5 * precision.diagonal() @ variance
    entropy = 0.5 * np.sum(np.log(2 * np.pi * np.e * variance))
    constants = regression.n_cases * np.log(regression.noise) + regression.dimension * np.log(regression.prior_scale)
    return float(entropy - energy - constants - 0.5 * (regression.n_cases + regression.dimension) * np.log(2 * np.pi))


def many_weights(kappa, *, noise, prior_scale):
    """Limit of p weights and n = p/κ cases, p → ∞, inputs of variance 1/n: a tuple of three floats or arrays.

    The mean posterior variance of a weight, σ² r; that of the best independent weights, 1/(1/σ² + 1/s²); and the gap
    of their bound a weight. With λ = σ²/s², r = lim tr (xᵀx + λ)⁻¹/p solves r = 1/(λ + 1/(1 + κr)) (Marchenko and
    Pastur 1967), and lim ln det(xᵀx + λ)/p = λr - 1 - ln r + ln(1 + κr)/κ, whose derivatives are 0 in r and r in λ.
    Errors: ValueError.

    >>> true, independent, gap = many_weights([0.01, 1.0], noise=1.0, prior_scale=1.0)
    >>> print(np.round(true, 3), np.round(independent, 3), np.round(gap, 4))
    [0.501 0.618] [0.5 0.5] [0.0006 0.0563]
    """
    kappa = _checks.positive("kappa", kappa)
    noise = _checks.scalar("noise", noise, _checks.positive)
    ridge = (noise / _checks.scalar("prior_scale", prior_scale, _checks.positive)) ** 2
    b = 1 - kappa + ridge
    root = np.sqrt(b**2 + 4 * kappa * ridge)
    larger = np.abs(b) + root  # no difference of equal numbers
    r = np.where(b > 0, 2 / larger, larger / (2 * kappa * ridge))
    log_determinant = ridge * r - 1 - np.log(r) + np.log1p(kappa * r) / kappa
    gap = 0.5 * (np.log1p(ridge) - log_determinant)
    return (noise**2 * r)[()], noise**2 / (1 + ridge) + 0 * kappa[()], gap[()]


class Fit(NamedTuple):
    """A normal law fitted to two bumps.

    >>> symmetric_fit(0.0)  # two bumps in one place
    Fit(mean=0.0, width=1.0, divergence=0.0)
    """

    mean: float  #: μ >= 0
    width: float  #: s, its standard deviation
    divergence: float  #: of the kind that was made least


@np.errstate(under="ignore")
def reverse_divergence(mean, width, *, separation):
    """KL(q ‖ p) of q = N(μ, s²) from p = ½ N(-a, 1) + ½ N(a, 1): ½ (μ² + s² + a² - 1) - ln s - E ln cosh a(μ + sZ).

    ``mean`` and ``width`` > 0 are numbers or arrays, a = ``separation`` from 0 to 100 a number. The mean over Z is a
    trapezoidal sum whose step follows the bend of ln cosh: good to rounding, as Gauss and Hermite's nodes are not.

    One normal law on one of two bumps far apart misses half the mass, which costs ln 2:

    >>> print(np.round([reverse_divergence(5.0, 1.0, separation=5.0), np.log(2)], 6))
    [0.693146 0.693147]
    """
    mean, width, a = _checks.finite("mean", mean), _checks.positive("width", width), _separation(separation)
    _checks.together(mean=mean, width=width)
    mean, width = np.broadcast_arrays(mean, width)
    z, weight = _normal(a * width.max(initial=1.0))
    x = np.abs(a * (mean[..., np.newaxis] + width[..., np.newaxis] * z))
    log_cosh = x + np.log1p(np.exp(-2 * x)) - np.log(2)
    return (0.5 * (mean**2 + width**2 + a**2 - 1) - np.log(width) - log_cosh @ weight)[()]


@np.errstate(under="ignore")
def reverse_curvature(mean, width, *, separation):
    """Second derivatives of :func:`reverse_divergence` in (μ, s): an array (2, 2).

    On the symmetric branch it is diagonal, with 1/s² for μ: never zero, so the branch never loses its stability.
    ``mean`` and ``width`` > 0 are numbers. Errors: ValueError.

    >>> fit = symmetric_fit(2.0)
    >>> curvature = reverse_curvature(fit.mean, fit.width, separation=2.0)
    >>> bool(np.isclose(curvature[0, 0], fit.width**-2)), bool(curvature[1, 1] > 0)
    (True, True)
    """
    mean, width = _checks.scalar("mean", mean), _checks.scalar("width", width, _checks.positive)
    a = _separation(separation)
    z, weight = _normal(a * width)
    bend = a**2 / np.cosh(np.clip(a * (mean + width * z), -300, 300)) ** 2 * weight
    mixed = -bend @ z
    return np.array([[1 - bend.sum(), mixed], [mixed, 1 / width**2 + 1 - bend @ z**2]])


@np.errstate(under="ignore")
def symmetric_fit(separation):
    """The :class:`Fit` with μ = 0 that makes KL(q ‖ p) stationary: s⁻² = 1 - a² E sech²(a s Z). It exists at each a.

    >>> [round(symmetric_fit(a).width, 3) for a in (0.0, 1.0, 3.0)]  # less than √(1 + a²), the width of both bumps
    [1.0, 1.394, 2.744]
    """
    a = _separation(separation)
    width = _width(0.0, a, 2 + 2 * a)
    return Fit(0.0, float(width), float(reverse_divergence(0.0, width, separation=a)))


@np.errstate(under="ignore")
def one_bump_fit(separation):
    """The :class:`Fit` with μ > 0 at a minimum of KL(q ‖ p): μ = a E tanh a(μ + sZ) and s⁻² = 1 - a² E sech² a(μ + sZ).

    It exists where a is at least :func:`branch_start`; ValueError below.

    >>> fit = one_bump_fit(4.0)
    >>> print(f"{fit.mean:.3f} {fit.width:.3f} {fit.divergence:.3f}")
    4.000 1.001 0.693
    """
    a, (start, first, _) = _separation(separation), _fold()
    if a < start:
        raise ValueError(f"separation must be at least {start:.6g}, where the fit of one bump begins, got {a}")

    def excess(mu):
        """∂KL/∂μ at the best s: negative towards the ridge that parts the two minima, positive beyond the minimum."""
        return _stationary(mu, _width(mu, a), a)[0]

    low = a - (start - first)  # nowhere is the fit further from its bump than at the fold
    mu = brentq(excess, low, a, xtol=1e-14) if excess(low) < 0 else low  # at the fold itself
    s = _width(mu, a)
    return Fit(float(mu), float(s), float(reverse_divergence(mu, s, separation=a)))


@np.errstate(under="ignore")
def forward_fit(separation):
    """The :class:`Fit` of least KL(p ‖ q), p = ½ N(-a, 1) + ½ N(a, 1): p's own mean 0 and variance 1 + a², at every a.

    KL = ½ ln(1 + a²) + ½ - a² + E ln cosh a(a + Z), which tends to ½ ln(1 + a²) - ln 2.

    >>> fit = forward_fit(3.0)
    >>> print(fit.mean, f"{fit.width**2:.1f}")  # it covers both
    0.0 10.0
    """
    a = _separation(separation)
    z, weight = _normal(a)
    x = np.abs(a * (a + z))
    log_cosh = (x + np.log1p(np.exp(-2 * x)) - np.log(2)) @ weight
    return Fit(0.0, float(np.hypot(1, a)), float(0.5 * np.log1p(a**2) - a**2 + log_cosh))


@np.errstate(under="ignore")
def branch_start():
    """The separation a = 2.4122 from which on a fit of one bump is a minimum of KL(q ‖ p): there it meets the ridge.

    >>> round(branch_start(), 4)
    2.4122
    """
    return _fold()[0]


@np.errstate(under="ignore")
def switch():
    """The separation a* = 2.80008 at which both fits have the same KL(q ‖ p), and the better one jumps.

    >>> round(switch(), 5)
    2.80008
    """

    def lead(a):
        return one_bump_fit(a).divergence - symmetric_fit(a).divergence

    return float(brentq(lead, branch_start() + 0.01, 4.0, xtol=1e-12))


def _stationary(mean, width, a):
    """∂KL/∂μ, and ∂KL/∂s divided by s."""
    z, weight = _normal(a * width)
    t = np.tanh(a * (mean + width * z))
    return mean - a * t @ weight, 1 - a**2 * (1 - t**2) @ weight - width**-2


def _width(mean, a, widest=2.0):
    """s at which KL is stationary in s, at this μ; it is close to 1 for μ near a."""
    return brentq(lambda s: _stationary(mean, s, a)[1], 0.5, widest, xtol=1e-14, rtol=1e-14)


@cache
def _fold():
    """The least a, with its μ and s, at which KL is stationary in both with μ > 0."""

    def separation_at(mean):
        return brentq(lambda a: _stationary(mean, _width(mean, a, 10.0), a)[0], 2.0, 4.0, xtol=1e-14)

    found = minimize_scalar(separation_at, bounds=(1.6, 2.7), method="bounded", options={"xatol": 1e-9})
    return float(found.fun), float(found.x), float(_width(found.x, found.fun))


def _normal(steepness):
    """Places z and weights of the normal law, so close that tanh(steepness z) is smooth between them."""
    step = min(0.1, 0.2 / max(steepness, 1e-9))
    z = step * np.arange(-np.ceil(9 / step), np.ceil(9 / step) + 1)
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()


def _separation(separation):
    a = _checks.scalar("separation", separation, _checks.positive, zero=True)
    if a > 100:
        raise ValueError(f"separation must be at most 100, got {a}")
    return a


def _regression(regression):
    if not isinstance(regression, LinearRegression):
        raise ValueError(f"regression must be an energies.LinearRegression, got {regression!r}")
    return regression


def _precision(regression):
    _regression(regression)
    x = regression.x
    return x.T @ x / regression.noise**2 + np.eye(regression.dimension) / regression.prior_scale**2
