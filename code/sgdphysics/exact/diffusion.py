"""Relaxation reversed: mixtures of Gaussians on their way to noise and back, in one dimension and without a sample.

Forward, the Ornstein-Uhlenbeck process dx = -x dt + √2 dB turns any law into the standard normal π, the equilibrium of
E = x²/2 at T = 1. Backward, from time t on, the same law of paths is that of

    dy = [y + 2 s(y, t - τ)] dτ + √2 dB,        s(x, t) = ∂ ln p_t(x)/∂x, the score

(Song and others 2021, after Anderson 1982; derived here). A diffusion model runs it with a learnt s. A bound on the
likelihood of such a model is a free energy: what it lies above the entropy of the data is the relative entropy of the
paths. Widths are b, s is the score alone.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import kl_div, logsumexp

from sgdphysics import _checks

RULES = ("broad", "narrow")


class Mixture(NamedTuple):
    """Σ_k weights_k N(means_k, deviations_k²), three arrays (k,); see :func:`mixture`.

    >>> law = mixture([0.25, 0.75], means=[-1, 1], deviations=[0.2, 0.2])
    >>> float(law.weights @ law.means)
    0.5
    """

    weights: np.ndarray
    means: np.ndarray
    deviations: np.ndarray


def mixture(weights, means, deviations):
    """A checked :class:`Mixture`: three arrays (k,), weights positive with sum 1, deviations zero or more.

    >>> mixture([0.5, 0.6], means=[-1, 1], deviations=[0.2, 0.2])
    Traceback (most recent call last):
    ValueError: weights must be positive with sum 1, got [0.5 0.6]
    """
    weights = _checks.finite("weights", weights, ndim=1)
    if weights.size == 0 or (weights <= 0).any() or abs(weights.sum() - 1) > 1e-12:
        raise ValueError(f"weights must be positive with sum 1, got {weights}")
    means = _checks.finite("means", means, ndim=1)
    deviations = _checks.positive("deviations", deviations, zero=True)
    if means.shape != weights.shape or deviations.shape != weights.shape:
        raise ValueError(f"means and deviations must be {weights.size} each, got {means.shape}, {deviations.shape}")
    return Mixture(weights, means, deviations)


def relaxed(start, time):
    """The mixture after ``time`` t >= 0: means μ e^(-t), variances 1 - e^(-2t) (1 - b²).

    >>> law = relaxed(mixture([0.5, 0.5], means=[-2, 2], deviations=[0.5, 0.5]), time=np.log(2))
    >>> print(law.means, np.round(law.deviations**2, 4))  # 1 - (1 - 0.25)/4
    [-1.  1.] [0.8125 0.8125]
    """
    start, t = _mixture("start", start), _checks.scalar("time", time, _checks.positive, zero=True)
    kept = np.exp(-2 * t)
    variances = start.deviations**2 * kept - np.expm1(-2 * t)
    return Mixture(start.weights, start.means * np.exp(-t), np.sqrt(variances))


def log_density(law, x):
    """ln p(x) of a mixture of positive deviations, in the shape of ``x``.

    >>> normal = mixture([1.0], means=[0.0], deviations=[1.0])
    >>> print(np.round(np.exp(log_density(normal, [0.0, 1.0])), 4))
    [0.3989 0.242 ]
    """
    return logsumexp(_log_parts(law, x), axis=-1)


def score(law, x):
    """s(x) = ∂ ln p/∂x = Σ_k P(k|x) (μ_k - x)/b_k²: the force, at T = 1, that would keep p in equilibrium.

    In the shape of ``x``; deviations must be positive.

    >>> normal = mixture([1.0], means=[0.0], deviations=[1.0])
    >>> print(np.round(score(normal, [-1.0, 0.5, 2.0]), 12))  # a spring's force
    [ 1.  -0.5 -2. ]
    """
    parts = _log_parts(law, x)
    share = np.exp(parts - logsumexp(parts, axis=-1, keepdims=True))
    return np.sum(share * (law.means - np.asarray(x, float)[..., np.newaxis]) / law.deviations**2, axis=-1)


def _mixture(name, law):
    if not isinstance(law, Mixture):
        raise ValueError(f"{name} must be a Mixture, as mixture() makes it, got {law!r}")
    return law


def _log_parts(law, x):
    law = _mixture("law", law)
    x = _checks.finite("x", x)[..., np.newaxis]
    if (law.deviations <= 0).any():
        raise ValueError(f"deviations must be greater than zero where a density is asked for, got {law.deviations}")
    z = (x - law.means) / law.deviations
    return np.log(law.weights / law.deviations) - z**2 / 2 - 0.5 * np.log(2 * np.pi)


def relative_entropy(p, q, x):
    """KL(p ‖ q) = ∫ p ln(p/q) - p + q of two densities given at the places ``x`` (n,), evenly spaced: a float.

    p, q : densities (n,), q > 0 where p > 0; the last two terms are zero for all but rounding and what left the grid.
    Trapezia, exact to rounding where both are smooth on the scale of two steps and have died out at the ends;
    ValueError where one of them changes by more than half its height from one place to the next.

    >>> x = np.linspace(-10, 10, 401)
    >>> p, q = (np.exp(log_density(mixture([1.0], [mean], [1.0]), x)) for mean in (1.0, 0.0))
    >>> round(relative_entropy(p, q, x), 6)  # half the distance squared
    0.5
    """
    step = _step(x)
    p, q = _on_grid("p", p, x), _on_grid("q", q, x)
    if ((q == 0) & (p > 0)).any():
        raise ValueError("q must be greater than zero where p is; cut the grid")
    for name, density in (("p", p), ("q", q)):
        if np.abs(np.diff(density)).max() > density.max() / 2:
            raise ValueError(f"{name} must not change by half its height within a step, {step:.3g}; take more places")
    return float(step * np.sum(kl_div(p, q)))


def relative_fisher_information(law, x):
    """I(p ‖ π) = ∫ p (s(x) + x)² of a mixture, by trapezia over ``x`` (n,): the rate at which KL(p ‖ π) falls.

    Deviations must be at least two steps of the grid.

    >>> x = np.linspace(-10, 10, 401)
    >>> round(relative_fisher_information(mixture([1.0], [0.5], [1.0]), x), 6)  # the distance squared
    0.25
    """
    law, step = _mixture("law", law), _step(x)
    if (law.deviations < 2 * step).any():
        raise ValueError(f"deviations must be at least {2 * step:.3g} on this grid, got {law.deviations}")
    return float(step * np.sum(np.exp(log_density(law, x)) * (score(law, x) + x) ** 2))


def pushed(p, x, mean, variance, *, may_leave=1e-3):
    """Density after each y of density ``p`` has moved to N(mean(y), variance): shape (n,), on the same grid.

    p : density (n,); x : its places (n,), evenly spaced; mean : (n,), where y goes; variance : > 0, with a standard
    deviation of at least two steps of the grid; may_leave : share of p that may leave the grid, else ValueError.

    An exact step of the Ornstein-Uhlenbeck process leaves the normal law as it is:

    >>> x = np.linspace(-8, 8, 401)
    >>> p = np.exp(log_density(mixture([1.0], [0.0], [1.0]), x))
    >>> bool(np.abs(pushed(p, x, mean=0.8 * x, variance=1 - 0.8**2) - p).max() < 1e-12)
    True
    """
    step, may_leave = _step(x), _checks.scalar("may_leave", may_leave, _checks.positive, zero=True)
    p, mean = _on_grid("p", p, x), _checks.finite("mean", mean, ndim=1)
    if mean.shape != p.shape:
        raise ValueError(f"mean must have the shape of x, {p.shape}, got {mean.shape}")
    width = np.sqrt(_checks.scalar("variance", variance, _checks.positive))
    if width < 2 * step:
        raise ValueError(
            f"variance must be at least {4 * step**2:.3g} on this grid, got {variance!r}; take more places"
        )
    z = (np.asarray(x)[:, np.newaxis] - mean) / width
    result = step / (width * np.sqrt(2 * np.pi)) * np.exp(-(z**2) / 2) @ p
    return _within(x, p.sum(), result, may_leave)


def reversed_density(target, x, *, time, n_steps, start=None, score_of=None, may_leave=1e-3):
    """What the reverse Euler chain makes of the law at ``time``: density (n,) on ``x``, no sampling.

    Update: y' = y + h [y + 2 s(y, t)] + √(2h) ξ, h = time/n_steps, t = time, time - h, …, h. KL(target ‖ result) is of
    order h², though single paths err in order h.

    Parameters
    ----------
    target : Mixture of positive deviations, the law at t = 0
    x : places (n,), evenly spaced, wide enough for all laws between
    time, n_steps : length of the way and its steps
    start : density (n,) to start from, the exact law at ``time`` unless given
    score_of : function (x, t) -> (n,) in place of the exact score
    may_leave : share that may leave the grid on the way, else ValueError

    Examples
    --------
    Half the step, a quarter of the error:

    >>> x, target = np.linspace(-6, 6, 321), mixture([0.5, 0.5], [-1.0, 1.0], [0.5, 0.5])
    >>> p = np.exp(log_density(target, x))
    >>> coarse, fine = (relative_entropy(p, reversed_density(target, x, time=1.0, n_steps=n), x) for n in (100, 200))
    >>> print(f"{coarse / fine:.1f}")
    3.8
    """
    target, step = _mixture("target", target), _step(x)
    x, time = np.asarray(x, float), _checks.scalar("time", time, _checks.positive)
    h = time / _checks.integer("n_steps", n_steps, minimum=1)
    if score_of is not None:
        _checks.function("score_of", score_of)
    p = np.exp(log_density(relaxed(target, time), x)) if start is None else _on_grid("start", start, x)
    begun = 1 / step if start is None else p.sum()
    for k in range(n_steps):
        t = time - k * h
        s = score(relaxed(target, t), x) if score_of is None else _score_at(score_of, x, t)
        p = _within(x, begun, pushed(p, x, x + h * (x + 2 * s), 2 * h, may_leave=may_leave), may_leave)
    return p


def _score_at(score_of, x, t):
    s = _checks.finite("score_of(x, t)", score_of(x, t))
    if s.shape != np.shape(x):
        raise ValueError(f"score_of must return the shape of x, {np.shape(x)}, got {s.shape}")
    return s


def _within(x, begun, density, may_leave):
    """The density, or ValueError if more of the sum that it has ``begun`` with than ``may_leave`` has left the grid."""
    lost = 1 - density.sum() / begun if begun else 0.0
    if lost > may_leave:
        raise ValueError(f"x must hold the whole density, but {lost:.2g} has left {x[0]:g} to {x[-1]:g}; widen it")
    return density


def bound_gap(variance, times, *, rule):
    """Waste of a diffusion model's finite steps on Gaussian data, in nats a coordinate: a float.

    The bound on the mean of -ln p(data), which training lowers, is the entropy of the data plus a relative entropy of
    paths; the gap is the latter, for the exact force. Data N(0, b²), forward steps x_k = √(1 - β_k) x_(k-1) + √β_k ξ
    with β_k = 1 - e^(-2 Δt_k), so that the variance at t_k is V_k = 1 - e^(-2 t_k)(1 - b²). A backward step has the
    exact mean; its true variance is v_k = β_k V_(k-1)/V_k. The relative entropy of the paths is then
    Σ_k ½ (v_k/σ_k² - 1 - ln v_k/σ_k²), the gap that is returned, plus KL(p_T ‖ π) of the start, which is left
    out. The rule says which variance σ_k² the model takes:

        "broad":   σ_k² = β_k, the best for data N(0, 1),
        "narrow":  σ_k² = β_k (1 - e^(-2 t_(k-1)))/(1 - e^(-2 t_k)), the best for a point; at k = 1 that of k = 2.

    Parameters
    ----------
    variance : b² > 0
    times : t_0 = 0 < t_1 < … < t_N, at least two steps
    rule : "broad" or "narrow" (β and β̃ of Ho, Jain and Abbeel 2020)

    As N grows, N times the gap of "broad" tends to t_N/4 ∫ (V'/V)² dt for equal steps and to ¼ (ln V_N/V_0)² for steps
    equal in ln V, the least at every N: ½ Σ (e^(-u_k) - 1 + u_k) is convex in u_k = ln V_k/V_(k-1), whose sum is given.
    With equal steps the gap of "narrow" tends to γ/2 + (1 - ln 2)/2, whatever b²; with others to another limit.

    Source: derived here.

    Examples
    --------
    More steps help the broad rule, while the narrow one keeps a gap for ever:

    >>> ways = [np.linspace(0, 5, n + 1) for n in (1_000, 10_000, 100_000)]
    >>> print(np.round([[bound_gap(0.04, times, rule=rule) for times in ways] for rule in ("broad", "narrow")], 3))
    [[0.05  0.005 0.001]
     [0.176 0.384 0.433]]
    """
    b2 = _checks.scalar("variance", variance, _checks.positive)
    t = _checks.positive("times", times, zero=True)
    if t.ndim != 1 or t.size < 3 or t[0] != 0 or (np.diff(t) <= 0).any():
        raise ValueError(f"times must rise from 0 in at least two steps, got {times!r}")
    rule = _checks.word("rule", rule, RULES)
    noise = -np.expm1(-2 * t)  # variance of what was added so far
    v = b2 * np.exp(-2 * t) + noise
    beta = -np.expm1(-2 * np.diff(t))
    true = beta * v[:-1] / v[1:]
    model = beta.copy()
    if rule == "narrow":
        model[1:] *= noise[1:-1] / noise[2:]
        model[0] = model[1]
    ratio = true / model
    excess = ratio - 1
    logarithm = np.log1p(np.maximum(excess, -0.5)) + np.log(np.minimum(2 * ratio, 1.0))  # exact near 1 and near 0
    return float(np.sum(excess - logarithm) / 2)


def speciation_time(half_distance, deviation):
    """t* = ½ ln(1 + a² - b²), at which ½ N(-a, b²) + ½ N(a, b²) has lost its dip: 0 if it has none to begin with.

    The force of p_t is [a_t tanh(a_t x/V_t) - x]/V_t with a_t = a e^(-t): zero at m = a_t tanh(a_t x / V_t), the
    mean-field magnet, whose critical point is a_t² = V_t. It is s that turns there; s with other terms, as in the
    backward equation, turns elsewhere. half_distance (a) and deviation (b) may be arrays that broadcast.

    >>> print(np.round(speciation_time([0.1, 1.0, 10.0], 0.1), 4))  # ln a, once bumps are far apart
    [0.     0.3441 2.3075]
    """
    a = _checks.positive("half_distance", half_distance, zero=True)
    b = _checks.positive("deviation", deviation, zero=True)
    _checks.together(half_distance=a, deviation=b)
    return 0.5 * np.log1p(np.maximum(a**2 - b**2, 0.0))


def _on_grid(name, density, x):
    """A density (n,), zero or more at each of the places ``x`` (n,)."""
    density = _checks.positive(name, density, zero=True)
    if density.shape != np.shape(x):
        raise ValueError(f"{name} must have the shape of x, {np.shape(x)}, got {density.shape}")
    return density


def _step(x):
    x = _checks.finite("x", x, ndim=1)
    steps = np.diff(x)
    if x.size < 3 or steps[0] <= 0 or np.abs(steps / steps[0] - 1).max() > 1e-6:
        raise ValueError("x must be at least three places, evenly spaced and rising")
    return steps[0]
