"""Many weights, few data: the errors of M-estimators when the number p of weights is a finite share of n cases.

Two settings. *Losses*: y = Xβ + ε with entries of X standard normal, β̂ = argmin Σ ρ(y - Xβ) without a prior,
κ = p/n < 1; r² is the limit of |β̂ - β|². Far out, a residual with its own case left out is ẑ = ε + rZ, the residual
itself prox_c(ẑ) = argmin_u ρ(u) + (u - ẑ)²/2c, and r and c solve

    E prox_c'(ẑ) = 1 - κ,        κ r² = E (ẑ - prox_c(ẑ))²

(El Karoui and others 2011). *Priors*: entries of X of variance 1/n, weights drawn from a law of their own, κ any; every
estimator is then a denoiser of β + τZ, and τ² = σ² + κ times its mean squared error (state evolution).
"""

from math import comb
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar, root
from scipy.special import expit, log_ndtr, ndtr

from sgdphysics import _checks

NOISES = ("laplace", "normal")
_Z, _STEP = np.linspace(-12.0, 12.0, 481, retstep=True)  # trapezia on a whole Gaussian: exact to rounding
_NORMAL = _STEP * np.exp(-(_Z**2) / 2) / np.sqrt(2 * np.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


class Loss(NamedTuple):
    """A loss's asymptotic error and its own constant."""

    error: float  #: r², the limit of |β̂ - β|²
    scale: float  #: c of its proximal map


# --- Losses: noise of unit scale, Laplace (variance 2) or normal (variance 1) ----------------------------------------


def log_density(noise, z, spread=0.0):
    """ln f(z) of ε + rZ, r = ``spread`` >= 0, for ε of density ½ e^(-|ε|) ("laplace") or standard normal ("normal")."""
    z, r = _checks.finite("z", z), _checks.scalar("spread", spread, _checks.positive, zero=True)
    if _word("noise", noise, NOISES) == "normal":
        return -(z**2) / (2 * (1 + r**2)) - 0.5 * np.log(2 * np.pi * (1 + r**2))
    if r == 0:
        return -np.abs(z) - np.log(2)
    sides = [log_ndtr(sign * z / r - r) - sign * z for sign in (1, -1)]
    return np.logaddexp(*sides) + r**2 / 2 - np.log(2)


def log_slope(noise, z, spread):
    """Derivative of :func:`log_density` in z, at r > 0: the score of the blurred noise."""
    z, r = _checks.finite("z", z), _checks.scalar("spread", spread, _checks.positive)
    if _word("noise", noise, NOISES) == "normal":
        return -z / (1 + r**2)
    right, left = (log_ndtr(sign * z / r - r) - sign * z for sign in (1, -1))
    return np.tanh((left - right) / 2)  # the two Gaussian factors' derivatives cancel


def fisher_information(noise, spread):
    """I_r = E (ln f_r)'² of ε + rZ, r = ``spread`` >= 0: 1/(1 + r²) for normal noise, 1 at r = 0 for both."""
    r = _checks.scalar("spread", spread, _checks.positive, zero=True)
    if _word("noise", noise, NOISES) == "normal" or r == 0:
        return 1 / (1 + r**2)
    z, mass = _side(noise, r)
    return float(mass @ log_slope(noise, z, r) ** 2)


def least_squares(kappa, *, noise):
    """r² = κ σ²/(1 - κ) of ρ = u²/2, 0 < κ < 1: a :class:`Loss`, its scale κ/(1 - κ). Finite p, n: σ² p/(n - p - 1)."""
    kappa = _share(kappa)
    variance = 2.0 if _word("noise", noise, NOISES) == "laplace" else 1.0
    return Loss(kappa * variance / (1 - kappa), kappa / (1 - kappa))


def least_absolute_deviations(kappa, *, noise):
    """r² and c of ρ = |u|, whose map takes c off: P(|ẑ| < c) = κ and κ r² = E min(ẑ², c²); a :class:`Loss`."""
    kappa, noise = _share(kappa), _word("noise", noise, NOISES)

    def threshold(r):
        return brentq(lambda c: _inside(noise, r, c)[0] - kappa, 1e-12, 60 + 20 * r, xtol=1e-14)

    def excess(log_r):
        r = np.exp(log_r)
        c = threshold(r)
        share, square = _inside(noise, r, c)
        return (square + c**2 * (1 - share)) / (kappa * r**2) - 1

    r = np.exp(brentq(excess, -12.0, 8.0, xtol=1e-13))
    return Loss(r**2, threshold(r))


def optimal(kappa, *, noise):
    """The least r² that any loss reaches, r² I_r = κ; a :class:`Loss`, its loss given by :func:`optimal_loss`.

    From κ r² = E (ẑ - prox)² and 1 - E prox' = κ, with (E ψ f'/f)² <= E ψ² · I_r for ψ = ẑ - prox. Stam's inequality
    makes it at least κ/(I_0 (1 - κ)). Reached where -ln f_r is convex (Bean and others 2013).
    """
    kappa = _share(kappa)

    def excess(log_r):
        r = np.exp(log_r)
        return r**2 * fisher_information(noise, r) - kappa

    r = np.exp(brentq(excess, -12.0, 8.0, xtol=1e-13))
    return Loss(r**2, 1.0)


def optimal_loss(kappa, residuals, *, noise):
    """ρ and ρ' of the best loss at ``residuals``, in their shape, ρ(0) = 0 and c = 1.

    Its map is prox(ẑ) = ẑ + r² (ln f_r)'(ẑ), the mean of ε given ẑ (Tweedie), so ρ'(prox(ẑ)) = -r² (ln f_r)'(ẑ): the
    map is inverted, and ρ integrated, on a fine grid.
    """
    u = _checks.finite("residuals", residuals)
    r = np.sqrt(optimal(kappa, noise=noise).error)
    far = most = np.abs(u).max(initial=1.0)
    while far + r**2 * log_slope(noise, far, r) < most:
        far *= 1.5
    z = np.linspace(0.0, far, 20_001)
    slope = -(r**2) * log_slope(noise, z, r)
    at = z - slope
    loss = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(at))])
    size = np.abs(u)
    return np.interp(size, at, loss), np.sign(u) * np.interp(size, at, slope)


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
    """Mean squared error a weight of the best ridge, penalty σ²/s²: s²τ²/(s² + τ²), τ² = σ² + κ times it."""
    kappa, noise_variance = _load(kappa, noise_variance)
    s2 = _checks.scalar("prior_variance", prior_variance, _checks.positive)
    return _evolved(kappa, noise_variance, lambda tau: s2 * tau**2 / (s2 + tau**2))


def lasso(kappa, noise_variance, penalty):
    """That of argmin ½|y - Xβ|² + λ Σ|β|: soft thresholds at θ, λ = θ [1 - κ P(|β + τZ| > θ)]; λ = σ² is MAP."""
    kappa, noise_variance = _load(kappa, noise_variance)
    penalty = _checks.scalar("penalty", penalty, _checks.positive)

    def at(a):
        return np.sqrt(noise_variance + kappa * _evolved(kappa, noise_variance, lambda tau: _soft_error(tau, a * tau)))

    def excess(a):
        tau = at(a)
        return a * tau * (1 - kappa * (1 - _inside("laplace", tau, a * tau)[0])) - penalty

    def grown(a):  # κ mse/τ² at τ → ∞: thresholds aτ of lesser a leave no finite error
        return kappa * 2 * ((1 + a**2) * ndtr(-a) - a * np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)) - 0.9999

    least = brentq(grown, 0.0, 30.0) if kappa > 0.9999 else 0.0
    a = brentq(excess, least, 10 + 10 * penalty / np.sqrt(noise_variance), xtol=1e-13)
    return _soft_error(at(a), a * at(a))


def bayes(kappa, noise_variance):
    """That of the posterior mean, the least there is: τ² = σ² + κ mmse(τ)."""
    kappa, noise_variance = _load(kappa, noise_variance)

    def mmse(tau):
        return tau**2 * (1 - tau**2 * fisher_information("laplace", tau))

    return _evolved(kappa, noise_variance, mmse)


def _evolved(kappa, noise_variance, mse):
    """The error at the fixed point τ² = σ² + κ mse(τ) that is reached from far away."""
    most = 1e6 * (1 + noise_variance)

    def excess(log_tau2):
        tau2 = np.exp(log_tau2)
        return (noise_variance + kappa * mse(np.sqrt(tau2))) / tau2 - 1

    if excess(np.log(most)) >= 0:
        raise ValueError(f"kappa and the penalty leave no finite error, got kappa = {kappa}")
    tau2 = np.exp(brentq(excess, np.log(noise_variance), np.log(most), xtol=1e-13))
    return float(mse(np.sqrt(tau2)))


def _soft_error(tau, theta):
    """E (soft(β + τZ, θ) - β)² = τ² - 2τ² P(|x| < θ) + E min(x², θ²), by Stein's identity (unbiased risk)."""
    share, square = _inside("laplace", tau, theta)
    return tau**2 * (1 - 2 * share) + square + theta**2 * (1 - share)


# --- Logistic regression without a prior -----------------------------------------------------------------------------


def separable_probability(n, p):
    """2^(1-n) Σ_{k<p} C(n-1, k): a plane through 0 cuts n points in p dimensions, labelled by coin, as the labels say.

    Source: Cover (1965), for points in general position.
    """
    n, p = _checks.integer("n", n, minimum=1), _checks.integer("p", p, minimum=1)
    return sum(comb(n - 1, k) for k in range(min(p, n))) / 2 ** (n - 1)


def existence_threshold(strength):
    """h(γ): for κ = p/n below it logistic regression has a maximum of its likelihood, above it (almost surely) none.

    h = min_t E (tV + Z)₊², V = yx, x ~ N(0, 1), y = ±1 with P(y = 1) = 1/(1 + e^(-γx)); γ = ``strength`` >= 0, the
    standard deviation of the true field. h(0) = ½, Cover's.

    Source: Candès and Sur (2020) for the definition.
    """
    gamma = _checks.scalar("strength", strength, _checks.positive, zero=True)
    weights = 2 * _NORMAL * expit(gamma * _Z)  # of V: the density 2 φ(v)/(1 + e^(-γv))

    def share(t):
        m = t * _Z  # E (m + Z)₊² = (1 + m²) Φ(m) + m φ(m)
        return weights @ ((1 + m**2) * ndtr(m) + m * np.exp(-(m**2) / 2) / np.sqrt(2 * np.pi))

    return float(minimize_scalar(share, bounds=(-50.0, 0.0), method="bounded", options={"xatol": 1e-10}).fun)


class LogisticBias(NamedTuple):
    """What maximum likelihood makes of a true coefficient b when κ = p/n is not small: normal about αb."""

    slope: float  #: α*, by which coefficients come out too large
    spread: float  #: σ*, of √n β̂_j about α* √n β_j (entries of X of variance 1/n: of β̂_j itself)
    scale: float  #: λ*, of the proximal map


def logistic_bias(kappa, strength):
    """α*, σ*, λ* of logistic regression: a :class:`LogisticBias`, for κ below :func:`existence_threshold`.

    With ρ(t) = ln(1 + e^t), (Q1, Q2) normal, Var Q1 = γ², Cov = -αγ², Var Q2 = α²γ² + κσ², and m = prox_λρ(Q2),

        κ² σ² = E 2ρ'(Q1) λ² ρ'(m)²,  0 = E ρ'(Q1) Q1 ρ'(m),  1 - κ = E 2ρ'(Q1)/(1 + λ ρ''(m)).

    Parameters
    ----------
    kappa : p/n > 0
    strength : γ > 0, standard deviation of the true field x·β

    Source: Sur and Candès (2019); their equations recalled and tested here by simulation, the text not seen.
    """
    kappa, gamma = _share(kappa), _checks.scalar("strength", strength, _checks.positive)
    if kappa >= existence_threshold(gamma):
        raise ValueError(f"kappa must be below {existence_threshold(gamma):.4f} at this strength, got {kappa}")
    nodes, weights = _Z[::2], 2 * _NORMAL[::2]

    def excess(state, kappa):
        alpha, sigma, lam = np.exp(state)
        q2_spread = np.sqrt(alpha**2 * gamma**2 + kappa * sigma**2)
        q2 = q2_spread * nodes
        slope = -alpha * gamma**2 / q2_spread**2  # E(Q1|Q2) and what is left of Q1
        left = np.sqrt(gamma**2 - slope**2 * q2_spread**2)
        q1 = slope * q2 + left * nodes[:, np.newaxis]
        sure, drawn = weights @ expit(q1), weights @ (q1 * expit(q1))
        m = _prox_logistic(q2, lam)
        pull = expit(m)
        return [
            weights @ (2 * sure * (lam * pull) ** 2) / (kappa * sigma) ** 2 - 1,
            weights @ (drawn * pull),
            weights @ (2 * sure / (1 + lam * pull * (1 - pull))) - (1 - kappa),
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


def _load(kappa, noise_variance):
    positive = _checks.positive
    return _checks.scalar("kappa", kappa, positive), _checks.scalar("noise_variance", noise_variance, positive)


def _word(name, value, allowed):
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value
