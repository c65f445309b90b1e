"""Many weights, few data: the errors of M-estimators when the number p of weights is a finite share of n cases.

Two settings. *Losses*: y = Xβ + ε with entries of X standard normal, β̂ = argmin Σ ρ(y - Xβ) without a prior,
κ = p/n < 1; r² is the limit of |β̂ - β|². Far out, a residual with its own case left out is ẑ = ε + rZ, the residual
itself prox_c(ẑ) = argmin_u ρ(u) + (u - ẑ)²/2c, and r and c solve

    E prox_c'(ẑ) = 1 - κ,        κ r² = E (ẑ - prox_c(ẑ))²

(El Karoui and others 2013). *Priors*: entries of X of variance 1/n, weights drawn from a law of their own, κ any; every
estimator is then a denoiser of β + τZ, and τ² = σ² + κ times its mean squared error (state evolution).
"""

from math import comb
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar, root
from scipy.special import erfcx, expit, log_ndtr, ndtr

from sgdphysics import _checks

NOISES = ("laplace", "normal")
_Z, _STEP = np.linspace(-8.5, 8.5, 341, retstep=True)  # trapezia on a whole Gaussian: exact to rounding
_NORMAL = _STEP * np.exp(-(_Z**2) / 2) / np.sqrt(2 * np.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


class Loss(NamedTuple):
    """A loss's asymptotic error and its own constant.

    >>> least_squares(0.5, noise="normal")
    Loss(error=1.0, scale=1.0)
    """

    error: float  #: r², the limit of |β̂ - β|²
    scale: float  #: c of its proximal map


# --- Losses: noise of unit scale, Laplace (variance 2) or normal (variance 1) ----------------------------------------


def log_density(noise, z, spread=0.0):
    """ln f(z) of ε + rZ, r = ``spread`` >= 0, for ε of density ½ e^(-|ε|) ("laplace") or standard normal ("normal").

    >>> print(np.round(np.exp(log_density("laplace", [0.0, 1.0])), 4), np.round(np.exp(log_density("normal", 0.0)), 4))
    [0.5    0.1839] 0.3989
    """
    z, r = _checks.finite("z", z), _checks.scalar("spread", spread, _checks.positive, zero=True)
    if _checks.word("noise", noise, NOISES) == "normal":
        return -(z**2) / (2 * (1 + r**2)) - 0.5 * np.log(2 * np.pi * (1 + r**2))
    if r == 0:
        return -np.abs(z) - np.log(2)
    return np.logaddexp(_half(z, r), _half(-z, r)) - np.log(2)


def log_slope(noise, z, spread):
    """Derivative of :func:`log_density` in z, at r = ``spread`` > 0, in the shape of ``z``: the blurred noise's score.

    >>> print(log_slope("normal", [-2.0, 1.0], spread=1.0))  # -z/(1 + r²)
    [ 1.  -0.5]
    """
    z, r = _checks.finite("z", z), _checks.scalar("spread", spread, _checks.positive)
    if _checks.word("noise", noise, NOISES) == "normal":
        return -z / (1 + r**2)
    return np.tanh((_half(-z, r) - _half(z, r)) / 2)  # the two Gaussian factors' derivatives cancel


def _half(z, r):
    """ln of e^(r²/2 - z) Φ(z/r - r), what ε > 0 gives to twice the density, without differences of large numbers."""
    a = z / r - r
    near = np.log(erfcx(np.maximum(-a, 0.0) / np.sqrt(2)) / 2) - z**2 / (2 * r**2)
    return np.where(a < 0, near, log_ndtr(a) - z + r**2 / 2)


def fisher_information(noise, spread):
    """I_r = E (ln f_r)'² of ε + rZ, r = ``spread`` >= 0: 1/(1 + r²) for normal noise, 1 at r = 0 for both.

    >>> print(fisher_information("normal", 1.0), fisher_information("laplace", 0.0))
    0.5 1.0
    """
    r = _checks.scalar("spread", spread, _checks.positive, zero=True)
    if _checks.word("noise", noise, NOISES) == "normal" or r == 0:
        return 1 / (1 + r**2)
    z, mass = _side(noise, r)
    return float(mass @ log_slope(noise, z, r) ** 2)


def least_squares(kappa, *, noise):
    """r² = κ σ²/(1 - κ) of ρ = u²/2, 0 < κ < 1: a :class:`Loss`, its scale κ/(1 - κ). Finite p, n: σ² p/(n - p - 1).

    >>> least_squares(0.2, noise="normal").error, least_squares(0.2, noise="laplace").error
    (0.25, 0.5)
    """
    kappa = _share(kappa)
    variance = 2.0 if _checks.word("noise", noise, NOISES) == "laplace" else 1.0
    return Loss(kappa * variance / (1 - kappa), kappa / (1 - kappa))


def least_absolute_deviations(kappa, *, noise):
    """r² and c of ρ = |u|, whose map takes c off: P(|ẑ| < c) = κ and κ r² = E min(ẑ², c²); a :class:`Loss`.

    For 1e-7 <= κ <= 0.999, as :func:`optimal`.

    With few weights the median beats the mean under Laplace noise, by a factor 2; with many it loses:

    >>> for kappa in (1e-4, 0.5):
    ...     absolute, square = (loss(kappa, noise="laplace") for loss in (least_absolute_deviations, least_squares))
    ...     print(np.round(absolute.error / square.error, 2))
    0.51
    1.16
    """
    kappa, noise = _resolved(kappa), _checks.word("noise", noise, NOISES)

    def threshold(r):
        return brentq(lambda c: _inside(noise, r, c)[0] - kappa, 1e-12, 60 + 20 * r, xtol=1e-14)

    def excess(log_r):
        r = np.exp(log_r)
        c = threshold(r)
        share, square = _inside(noise, r, c)
        return (square + c**2 * (1 - share)) / (kappa * r**2) - 1

    r = np.exp(brentq(excess, np.log(kappa) / 2 - 1, np.log(kappa / (1 - kappa)) / 2 + 2, xtol=1e-13))
    return Loss(r**2, threshold(r))


def optimal(kappa, *, noise):
    """The least r² that any loss reaches, r² I_r = κ; a :class:`Loss`, its loss given by :func:`optimal_loss`.

    From κ r² = E (ẑ - prox)² and 1 - E prox' = κ, with (E ψ f'/f)² <= E ψ² · I_r for ψ = ẑ - prox. Stam's inequality
    makes it at least κ/(I_0 (1 - κ)). Reached where -ln f_r is convex (Bean and others 2013).

    >>> losses = least_squares, least_absolute_deviations, optimal
    >>> print(np.round([loss(0.3, noise="laplace").error for loss in losses], 3))
    [0.857 0.861 0.705]
    """
    kappa = _resolved(kappa)
    square = least_squares(kappa, noise=noise).error
    if noise == "normal":
        return Loss(square, 1.0)

    def excess(log_r):
        r = np.exp(log_r)
        return r**2 * fisher_information(noise, r) - kappa

    r = np.exp(brentq(excess, np.log(square / 2) / 2 - 0.01, np.log(square) / 2 + 0.01, xtol=1e-13))  # Stam, the square
    return Loss(r**2, 1.0)


def optimal_loss(kappa, residuals, *, noise):
    """ρ and ρ' of the best loss at ``residuals``, in their shape, ρ(0) = 0 and c = 1.

    Its map is prox(ẑ) = ẑ + r² (ln f_r)'(ẑ), the mean of ε given ẑ (Tweedie), so ρ' at prox(ẑ) is v = -r² (ln f_r)'(ẑ).
    Each residual u is inverted by bisection, v = -r² (ln f_r)'(u + v); Moreau's envelope r² ln f_r(0)/f_r(ẑ) less v²/2
    is ρ.

    For normal noise the best loss is the square; for Laplace noise it is round at the bottom and straight far out:

    >>> loss, slope = optimal_loss(0.5, [0.0, 1.0, 2.0], noise="normal")
    >>> print(np.round(loss, 6), np.round(slope, 6))
    [0.  0.5 2. ] [0. 1. 2.]
    >>> print(np.round(optimal_loss(0.3, [0.1, 10.0, 11.0], noise="laplace")[1], 3))
    [0.088 0.705 0.705]
    """
    u = _checks.finite("residuals", residuals)
    error = optimal(kappa, noise=noise).error
    size, r = np.abs(u), np.sqrt(error)
    low, high = (
        np.zeros_like(size),
        error * np.maximum(size, 1.0),
    )  # Laplace noise: r² at most, normal r²u
    for _ in range(60):
        v = (low + high) / 2
        more = v < -error * log_slope(noise, size + v, r)
        low, high = np.where(more, v, low), np.where(more, high, v)
    v = np.where(size > 0, (low + high) / 2, 0.0)
    loss = error * (log_density(noise, 0.0, r) - log_density(noise, size + v, r)) - v**2 / 2
    return loss, np.sign(u) * v


def _side(noise, r, end=np.inf):
    """Values z of ẑ = ε + rZ between 0 and ``end``, and the mass of each, with that of -z: Gauss' rule on panels."""
    edges = np.unique(np.minimum([*np.linspace(0, 12 * r, 7), *(12 * r + np.linspace(0, 40 + r**2, 6))], end))
    half = np.diff(edges)[:, np.newaxis] / 2
    z = (edges[:-1, np.newaxis] + half * (1 + _NODES)).ravel()
    return z, 2 * (half * _WEIGHTS).ravel() * np.exp(log_density(noise, z, r))


def _inside(noise, r, c):
    """P(|ẑ| < c), and E ẑ² over there."""
    z, mass = _side(noise, r, c)
    return mass.sum(), mass @ z**2


# --- Priors: weights of density ½ e^(-|β|), entries of X of variance 1/n ---------------------------------------------


def ridge(kappa, noise_variance, *, prior_variance=2.0):
    """Mean squared error a weight of the best ridge, penalty σ²/s²: s²τ²/(s² + τ²), τ² = σ² + κ times it.

    ``kappa`` κ = p/n > 0, ``noise_variance`` σ² > 0, ``prior_variance`` s² > 0 of a weight; a float is returned.

    >>> print(round(ridge(1e-9, 0.5), 4), round(2 * 0.5 / 2.5, 4))  # κ → 0: s²σ²/(s² + σ²)
    0.4 0.4
    """
    kappa, noise_variance = _load(kappa, noise_variance)
    s2 = _checks.scalar("prior_variance", prior_variance, _checks.positive)
    return _evolved(kappa, noise_variance, lambda tau: s2 * tau**2 / (s2 + tau**2), noise_variance + kappa * s2)


def lasso(kappa, noise_variance, penalty):
    """Mean squared error a weight of argmin ½|y - Xβ|² + λ Σ|β|, λ = ``penalty`` > 0; λ = σ² is MAP.

    Its denoiser is the soft threshold at θ, with λ = θ [1 - κ P(|β + τZ| > θ)].

    >>> print(np.round([ridge(1.0, 0.2), lasso(1.0, 0.2, penalty=0.2), bayes(1.0, 0.2)], 3))
    [0.54  0.537 0.481]
    """
    kappa, noise_variance = _load(kappa, noise_variance)
    penalty = _checks.scalar("penalty", penalty, _checks.positive)

    most = 1.1e4 * (noise_variance + 2 * kappa)  # the error is at most 2 + τ² · what ``grown`` holds

    def at(a):
        error = _evolved(kappa, noise_variance, lambda tau: _soft_error(tau, a * tau), most)
        return np.sqrt(noise_variance + kappa * error)

    def excess(a):
        tau = at(a)
        return a * tau * (1 - kappa * (1 - _inside("laplace", tau, a * tau)[0])) - penalty

    def grown(a):  # κ mse/τ² at τ → ∞: thresholds aτ of lesser a leave no finite error
        return kappa * 2 * ((1 + a**2) * ndtr(-a) - a * np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)) - 0.9999

    least = brentq(grown, 0.0, 30.0) if kappa > 0.9999 else 0.0
    if excess(least) > 0:
        raise ValueError(f"penalty must be larger here: at 0 the error has no bound as kappa -> 1, got {penalty}")
    a = brentq(excess, least, 10 + 10 * penalty / np.sqrt(noise_variance), xtol=1e-13)
    return float(_soft_error(at(a), a * at(a)))


def bayes(kappa, noise_variance):
    """Mean squared error a weight of the posterior mean, the least there is: τ² = σ² + κ mmse(τ).

    >>> best_lasso = min(lasso(1.0, 0.2, penalty) for penalty in (0.1, 0.2, 0.4, 0.8))
    >>> print(bayes(1.0, 0.2) < min(best_lasso, ridge(1.0, 0.2)))
    True
    """
    kappa, noise_variance = _load(kappa, noise_variance)

    def mmse(tau):
        return tau**2 * (1 - tau**2 * fisher_information("laplace", tau))

    return _evolved(kappa, noise_variance, mmse, noise_variance + 2 * kappa)


def _evolved(kappa, noise_variance, mse, most):
    """The error at the fixed point τ² = σ² + κ mse(τ) that is reached from τ² = ``most``, above which there is none."""

    def excess(log_tau2):
        tau2 = np.exp(log_tau2)
        return (noise_variance + kappa * mse(np.sqrt(tau2))) / tau2 - 1

    tau2 = np.exp(brentq(excess, np.log(noise_variance) - 1e-9, np.log(most) + 1e-9, xtol=1e-13))
    return float(mse(np.sqrt(tau2)))


def _soft_error(tau, theta):
    """E (soft(β + τZ, θ) - β)² = τ² - 2τ² P(|x| < θ) + E min(x², θ²), by Stein's identity (unbiased risk)."""
    share, square = _inside("laplace", tau, theta)
    return tau**2 * (1 - 2 * share) + square + theta**2 * (1 - share)


# --- Logistic regression without a prior -----------------------------------------------------------------------------


def separable_probability(n, p):
    """2^(1-n) Σ_{k<p} C(n-1, k): a plane through 0 cuts n points in p dimensions, labelled by coin, as the labels say.

    Source: Cover (1965), for points in general position.

    >>> separable_probability(20, 10), separable_probability(10, 10)  # a half at n = 2p
    (0.5, 1.0)
    """
    n, p = _checks.integer("n", n, minimum=1), _checks.integer("p", p, minimum=1)
    return sum(comb(n - 1, k) for k in range(min(p, n))) / 2 ** (n - 1)


def existence_threshold(strength):
    """h(γ): for κ = p/n below it logistic regression has a maximum of its likelihood, above it none.

    Each with a probability that tends to one as n grows. h = min_t E (tV + Z)₊², V = yx, x ~ N(0, 1), y = ±1 with
    P(y = 1) = 1/(1 + e^(-γx)); γ = ``strength`` >= 0, the standard deviation of the true field. h(0) = ½, Cover's.

    Source: Candès and Sur (2020) for the definition.

    >>> print([round(existence_threshold(strength), 3) for strength in (0.0, 1.0, 5.0)])
    [0.5, 0.439, 0.185]
    """
    gamma = _checks.scalar("strength", strength, _checks.positive, zero=True)
    narrow, end = 1 / (1 + gamma), np.arcsinh(12 * (1 + gamma))
    w, step = np.linspace(-end, end, 1201, retstep=True)
    v = narrow * np.sinh(w)  # dense where the labels' law bends
    weights = 2 * step * narrow * np.cosh(w) * np.exp(-(v**2) / 2) / np.sqrt(2 * np.pi) * expit(gamma * v)

    def share(log_t):
        m = -np.exp(log_t) * v  # E (m + Z)₊² = (1 + m²) Φ(m) + m φ(m)
        return weights @ ((1 + m**2) * ndtr(m) + m * np.exp(-(m**2) / 2) / np.sqrt(2 * np.pi))

    ends = -20.0, np.log(50 * (1 + gamma))
    return float(minimize_scalar(share, bounds=ends, method="bounded", options={"xatol": 1e-9}).fun)


class LogisticBias(NamedTuple):
    """What maximum likelihood makes of a true coefficient b when κ = p/n is not small: normal about αb.

    >>> bias = logistic_bias(1e-4, 1.0)  # few weights for the cases: no bias, and Fisher's standard error
    >>> print(f"{bias.slope:.3f} {bias.scale:.1g}")
    1.000 0.0005
    """

    slope: float  #: α*, by which coefficients come out too large
    spread: float  #: σ*, of √n β̂_j about α* √n β_j (entries of X of variance 1/n: of β̂_j itself)
    scale: float  #: λ*, of the proximal map


def logistic_bias(kappa, strength):
    """α*, σ*, λ* of logistic regression: a :class:`LogisticBias`, for κ up to 0.95 :func:`existence_threshold`.

    With ρ(t) = ln(1 + e^t), (Q1, Q2) normal, Var Q1 = γ², Cov = -αγ², Var Q2 = α²γ² + κσ², and m = prox_λρ(Q2),

        κ² σ² = E 2ρ'(Q1) λ² ρ'(m)²,  0 = E ρ'(Q1) Q1 ρ'(m),  1 - κ = E 2ρ'(Q1)/(1 + λ ρ''(m)).

    Parameters
    ----------
    kappa : p/n > 0
    strength : γ > 0, at most 10, standard deviation of the true field x·β

    Nearer the threshold, and for stronger fields, the rule of integration is too coarse: refused.

    Source: Sur and Candès (2019); their equations recalled and tested here by simulation, the text not seen.

    Examples
    --------
    One weight in five cases, and maximum likelihood makes coefficients half as large again:

    >>> bias = logistic_bias(0.2, np.sqrt(5.0))
    >>> print(f"{bias.slope:.2f} {bias.spread:.2f} {bias.scale:.2f}")
    1.50 4.74 3.03
    """
    kappa, gamma = _share(kappa), _checks.scalar("strength", strength, _checks.positive)
    if gamma > 10:
        raise ValueError(f"strength must be at most 10, got {gamma}")
    most = 0.95 * existence_threshold(gamma)
    if kappa > most:
        raise ValueError(f"kappa must be at most {most:.4f} at this strength, 0.95 of the threshold, got {kappa}")

    def excess(state, kappa):
        alpha, sigma, lam = np.exp(state)
        q2_spread = np.sqrt(alpha**2 * gamma**2 + kappa * sigma**2)
        q2 = q2_spread * _Z
        slope = -alpha * gamma**2 / q2_spread**2  # E(Q1|Q2) and what is left of Q1
        left = np.sqrt(gamma**2 - slope**2 * q2_spread**2)
        q1 = slope * q2 + left * _Z[:, np.newaxis]
        sure, drawn = _NORMAL @ expit(q1), _NORMAL @ (q1 * expit(q1))
        m = _prox_logistic(q2, lam)
        pull = expit(m)
        return [
            _NORMAL @ (2 * sure * (lam * pull) ** 2) / (kappa * sigma) ** 2 - 1,
            _NORMAL @ (drawn * pull),
            _NORMAL @ (2 * sure / (1 + lam * pull * (1 - pull))) - (1 - kappa),
        ]

    state = np.log([1.0, 2.0, 0.8 * kappa])
    for share in np.linspace(0.2, 1.0, 9):  # from few weights, where it is classical, to those asked for
        found = root(excess, state, args=(share * kappa,), tol=1e-12)
        state = found.x
    if not found.success:
        raise ValueError(f"kappa and strength too near the threshold for the equations to be solved, got {kappa}")
    return LogisticBias(*map(float, np.exp(state)))


def _prox_logistic(x, lam):
    """m with m + λ/(1 + e^(-m)) = x, by Newton's steps kept within the bracket."""
    m, low, high = x - lam / 2, x - lam, x
    for _ in range(80):
        pull = expit(m)
        value = m + lam * pull - x
        low, high = np.where(value < 0, m, low), np.where(value > 0, m, high)
        step = m - value / (1 + lam * pull * (1 - pull))
        m = np.where((step > low) & (step < high), step, (low + high) / 2)
    return m


def _share(kappa):
    kappa = _checks.scalar("kappa", kappa, _checks.positive)
    if kappa >= 1:
        raise ValueError(f"kappa must be below one, got {kappa}; for more weights see perceptron.least_norm")
    return kappa


def _resolved(kappa):
    """A share at which the integrals have their digits."""
    kappa = _share(kappa)
    if not 1e-7 <= kappa <= 0.999:
        raise ValueError(f"kappa must be between 1e-7 and 0.999, got {kappa}")
    return kappa


def _load(kappa, noise_variance):
    positive = _checks.positive
    return _checks.scalar("kappa", kappa, positive), _checks.scalar("noise_variance", noise_variance, positive)
