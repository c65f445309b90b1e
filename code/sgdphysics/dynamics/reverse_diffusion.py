"""Relaxation run backwards: noise that becomes data, pushed by a score."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.trajectory import Recorder


def reverse_diffusion(score, q0, *, time, n_steps, temperature=1.0, rng, thin=1):
    """From the law at ``time`` of dx = -x dt + √2 dB back to that at time zero, by the Euler-Maruyama rule.

    Update: q' = q + h [q + (1 + T) s(q, t)] + √(2 T h) ξ with ξ ~ N(0, 1), h = time/n_steps, t = time, time - h, …, h,
    and the score s = ∇ ln p_t. Target: p_0 as h → 0, from q0 of the law at ``time``, for every T: the extra force and
    the noise, T s dt + √(2T) dB, are Langevin dynamics in the energy -ln p_t, T times as fast, which keeps p_t.
    T = 1 is the reverse diffusion, T = 0 the probability flow.

    Parameters
    ----------
    score : function (q, t) -> s in the shape of q: exact, or learnt
    q0 : start, shape (..., d); usually drawn from N(0, 1), which p_time tends to
    time : > 0, from which to return
    n_steps : steps, an integer >= 1
    temperature : T >= 0; a scalar or one value a chain
    rng : numpy.random.Generator
    thin : keep every thin-th state

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d), and no energy

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Song and others (2021), reverse-time equation and probability flow; derived here.

    Examples
    --------
    Noise becomes two bumps at ±1, of deviation 0.3:

    >>> from sgdphysics.exact import diffusion
    >>> data, rng = diffusion.mixture([0.5, 0.5], means=[-1, 1], deviations=[0.3, 0.3]), np.random.default_rng(0)
    >>> def score(q, t):
    ...     return diffusion.score(diffusion.relaxed(data, t), q)
    >>> run = reverse_diffusion(score, rng.standard_normal((5000, 1)), time=3.0, n_steps=300, rng=rng, thin=300)
    >>> print(run.q.shape, abs(np.abs(run.q).mean() - 1) < 0.03, abs(np.mean(run.q**2) - 1.09) < 0.06)
    (1, 5000, 1) True True
    """
    q, rng = _checks.finite("q0", q0), _checks.generator(rng)
    if q.ndim == 0 or q.size == 0:
        raise ValueError(f"q0 must have shape (..., d) and hold at least one chain, got shape {q.shape}")
    score, time = _checks.function("score", score), _checks.scalar("time", time, _checks.positive)
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1], zero=True)
    remedy = "take more steps, or look at the score near t = 0"
    with Recorder(None, q, n_steps, thin, remedy=remedy) as recorder:
        h = time / recorder.n_steps
        for k in range(recorder.n_steps):
            s = _score_at(score, q, time - k * h)
            q = q + h * (q + (1 + temperature) * s) + np.sqrt(2 * temperature * h) * rng.standard_normal(q.shape)
            recorder.record(q)
    return recorder.trajectory()


def _score_at(score, q, t):
    s = _checks.real("score(q, t)", score(q, t))
    if s.shape != q.shape:
        raise ValueError(f"score must return the shape of q, {q.shape}, got {s.shape}")
    return s
