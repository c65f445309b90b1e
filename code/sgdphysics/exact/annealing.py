"""Annealed importance sampling without samples: every probability of a small system of spins, pushed along the path.

ln p_λ = (1 - λ) ln p_0 + λ ln p_1 up to a constant, λ = 0, 1/n, …, 1. A path starts from p_0, normalised or not; n
times λ jumps, which multiplies the path's weight w by p_λ'(s)/p_λ(s) at its state s, and between two jumps each spin in
turn is drawn anew given all others under the p_λ of the moment: one heat-bath sweep. Then E w = Z_1/Z_0 whatever n, and
E ln w is a bound on ln Z_1/Z_0 from below: with n = 1 the variational one. The gap is the dissipated work over T.

Logarithms of p_0 and p_1 are arrays of shape (2^N,), with spin i in bit i of the index, N >= 1. Source: Neal (2001) for
the weights; the exact push is ours.
"""

import numpy as np
from scipy.special import expit, logsumexp

from sgdphysics import _checks


@np.errstate(under="ignore")
def mean_log_weight(log_start, log_end, n_steps):
    """E ln w of ``n_steps`` >= 1 equal jumps: a float, at most ln Z_1/Z_0. Takes some milliseconds a jump for N = 16.

    E ln w = (1/n) Σ_k ⟨ln p_1 - ln p_0⟩ over the law of the state at jump k = 1 … n, which is p_0 at the first.

    Errors: ValueError for bad input, also in the other functions.

    A bound of ln Z_1/Z_0 from below, the tighter the more jumps:

    >>> log_start, log_end = np.zeros(8), np.log(np.arange(1.0, 9.0))  # three spins, Z_1/Z_0 = 36/8
    >>> print([round(mean_log_weight(log_start, log_end, n), 3) for n in (1, 10, 100)], round(np.log(36 / 8), 3))
    [1.326, 1.489, 1.503] 1.504
    """
    log_start, log_end, n_steps = _path(log_start, log_end, n_steps)
    rise = log_end - log_start
    law, sweep = _normalised(log_start), _sweeper(log_start, log_end, _redraw)
    total = law @ rise
    for step in range(1, n_steps):
        sweep(law, step / n_steps)
        total += law @ rise
    return float(total / n_steps)


@np.errstate(under="ignore")
def log_weight_moment(log_start, log_end, n_steps, *, power=1):
    """ln E w^power: ln Z_1/Z_0 at power 1, for every number of steps; power 2 gives the variance of the weights.

    The law of the state is pushed with each path counted w^power times, and as logarithms: the paths that count may be
    rarer than any float64. That takes about four times as long as the mean.

    >>> log_start, log_end = np.zeros(8), np.log(np.arange(1.0, 9.0))  # three spins, Z_1/Z_0 = 36/8
    >>> print(np.round(np.exp([log_weight_moment(log_start, log_end, n) for n in (1, 10, 100)]), 6))
    [4.5 4.5 4.5]
    """
    log_start, log_end, n_steps = _path(log_start, log_end, n_steps)
    power = _checks.scalar("power", power)
    jump = power * (log_end - log_start) / n_steps
    log_law, sweep = log_start - logsumexp(log_start) + jump, _sweeper(log_start, log_end, _redraw_logarithms)
    for step in range(1, n_steps):
        sweep(log_law, step / n_steps)
        log_law += jump
    return float(logsumexp(log_law))


@np.errstate(under="ignore")
def equilibrated_mean_log_weight(log_start, log_end, n_steps):
    """E ln w if the state reached equilibrium between jumps: for large n the gap is ½ [KL(p_0‖p_1) + KL(p_1‖p_0)]/n.

    E ln w is then the left-hand sum of ∫ ⟨ln p_1 - ln p_0⟩_λ dλ = ln Z_1/Z_0 (thermodynamic integration).

    >>> log_start, log_end = np.zeros(8), np.log(np.arange(1.0, 9.0))  # three spins, Z_1/Z_0 = 36/8
    >>> gap = np.log(36 / 8) - equilibrated_mean_log_weight(log_start, log_end, 1000)
    >>> p_0, p_1 = np.full(8, 1 / 8), np.arange(1, 9) / 36
    >>> print(f"{1000 * gap:.3f} {0.5 * (p_1 - p_0) @ np.log(p_1 / p_0):.3f}")
    0.161 0.161
    """
    log_start, log_end, n_steps = _path(log_start, log_end, n_steps)
    rise = log_end - log_start
    laws = (_normalised(log_start + step / n_steps * rise) for step in range(n_steps))
    return float(sum(law @ rise for law in laws) / n_steps)


def _sweeper(log_start, log_end, redraw):
    """A function (law, λ) that draws each spin anew under p_λ, spin 0 first, in the memory of ``law``."""
    n_spins = len(log_start).bit_length() - 1
    shapes = [(-1, 2, 2**spin) for spin in range(n_spins)]
    odds = [np.diff(np.reshape([log_start, log_end], (2, *shape)), axis=2)[:, :, 0] for shape in shapes]

    def sweep(law, lam):
        for shape, (start, end) in zip(shapes, odds, strict=True):
            pairs = law.reshape(shape)  # the two states that differ in this spin
            redraw(pairs[:, 0], pairs[:, 1], start + lam * (end - start))

    return sweep


def _redraw(down, up, log_odds):
    both = down + up
    down[:], up[:] = both * expit(-log_odds), both * expit(log_odds)


def _redraw_logarithms(down, up, log_odds):
    both = np.logaddexp(down, up)
    up[:] = both - np.logaddexp(0.0, -log_odds)
    down[:] = up - log_odds


def _normalised(log_p):
    return np.exp(log_p - logsumexp(log_p))


def _path(log_start, log_end, n_steps):
    log_start, log_end = (
        _checks.finite(name, log_p, ndim=1) for name, log_p in (("log_start", log_start), ("log_end", log_end))
    )
    n = len(log_start)
    if len(log_end) != n or n < 2 or n & (n - 1):
        raise ValueError(f"log_start and log_end must have one shape (2^N,), got {log_start.shape} and {log_end.shape}")
    return log_start, log_end, _checks.integer("n_steps", n_steps, minimum=1)
