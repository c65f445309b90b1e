"""Langevin dynamics with inertia: a heavy particle that is pushed, rubbed and shaken."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.start import start
from sgdphysics.dynamics.trajectory import Recorder


def underdamped_langevin(energy, q0, *, dt, n_steps, friction, mass=1.0, temperature=1.0, rng, thin=1):
    """Underdamped Langevin dynamics by the BAOAB splitting; momenta start from their equilibrium, N(0, m T).

    Update, with c = exp(-γ dt) and ξ ~ N(0, 1):
    B: p -= ∇E(q) dt/2;  A: q += p/m dt/2;  O: p' = c p + √((1 - c²) m T) ξ;  A again;  B again.
    Target: exp(-(E(q) + p²/(2m))/T) as dt → 0. For a spring of stiffness k and γ > 0 the equilibrium of q is exact,
    variance T/k, at every stable step (dt² k/m < 4), and p has variance m T (1 - dt² k/(4m)).

    Parameters
    ----------
    energy : an Energy
    q0 : start, shape (..., d)
    dt : time step, > 0
    n_steps : steps, an integer >= 1
    friction : γ >= 0, a rate; 0 is Hamilton's dynamics (leapfrog), large γ is overdamped with mobility 1/(mγ)
    mass : m > 0
    temperature : T >= 0 (k_B = 1)
    rng : numpy.random.Generator
    thin : keep every thin-th state

    ``dt``, ``friction``, ``mass`` and ``temperature`` are scalars or one value a chain.

    Returns
    -------
    Trajectory with q and momentum (n_steps // thin, ..., d) and energy E(q) (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Leimkuhler and Matthews (2013), BAOAB and its exact law for springs.

    Examples
    --------
    For a spring the variance T/k is exact, however coarse the stable step:

    >>> from sgdphysics.energies import Harmonic
    >>> cloud, rng = np.zeros((40_000, 1)), np.random.default_rng(0)
    >>> run = underdamped_langevin(Harmonic(2.0), cloud, dt=1.0, n_steps=40, friction=1.0, rng=rng, thin=40)
    >>> print(abs(np.var(run.q) / (1 / 2) - 1) < 0.05, abs(np.var(run.momentum) / (1 - 2 / 4) - 1) < 0.05)
    True True
    """
    energy, q, rng = start(energy, q0, rng)
    chains = q.shape[:-1]
    dt, mass = _checks.per_chain("dt", dt, chains), _checks.per_chain("mass", mass, chains)
    friction = _checks.per_chain("friction", friction, chains, zero=True)
    temperature = _checks.per_chain("temperature", temperature, chains, zero=True)
    with np.errstate(under="ignore"):
        keep = np.exp(-friction * dt)
    shake = np.sqrt(-np.expm1(-2 * friction * dt) * mass * temperature)
    p = np.sqrt(mass * temperature) * rng.standard_normal(q.shape)
    with Recorder(energy, q, n_steps, thin, remedy="lower dt") as recorder:
        push = energy.gradient(q) * (dt / 2)
        for _ in range(recorder.n_steps):
            p = p - push
            q = q + p * (dt / 2 / mass)
            p = keep * p + shake * rng.standard_normal(q.shape)
            q = q + p * (dt / 2 / mass)
            push = energy.gradient(q) * (dt / 2)
            p = p - push
            recorder.record(q, momentum=p)
    return recorder.trajectory()
