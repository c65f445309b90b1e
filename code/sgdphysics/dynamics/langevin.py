"""Langevin dynamics: a particle pushed by the force -dE/dq and shaken by heat at temperature T."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.start import start
from sgdphysics.dynamics.trajectory import Recorder


def langevin_step(q, gradient, dt, temperature, noise):
    """q - dE/dq dt + √(2 T dt) ξ, with standard normal ``noise`` ξ of the shape of ``q``.

    >>> print(langevin_step(1.0, gradient=2.0, dt=0.25, temperature=0.0, noise=0.0))  # T = 0: a step downhill
    0.5
    """
    return q - gradient * dt + np.sqrt(2.0 * temperature * dt) * noise


def langevin(energy, q0, *, dt, n_steps, temperature=1.0, rng, thin=1):
    """Overdamped Langevin dynamics by the Euler-Maruyama rule.

    Update: q' = q - ∇E(q) dt + √(2 T dt) ξ, with ξ ~ N(0, 1), mobility 1. Target: exp(-E(q)/T) as dt → 0. For a spring
    of stiffness k the law at a finite step is known: variance T / (k (1 - k dt/2)), stable for k dt < 2.

    Parameters
    ----------
    energy : an Energy
    q0 : start, shape (..., d)
    dt : time step, > 0; a scalar or one value a chain. Welling and Teh (2011, eq. 4) write epsilon = 2 dt
    n_steps : steps, an integer >= 1
    temperature : T >= 0 (k_B = 1); a scalar or one value a chain. T = 0 is gradient descent
    rng : numpy.random.Generator
    thin : keep every thin-th state

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d) and energy (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Ermak (1975), Brownian dynamics; Roberts and Tweedie (1996), the unadjusted Langevin algorithm.

    Examples
    --------
    A spring has the variance T/k only as dt → 0; at this step it is a third larger:

    >>> from sgdphysics.energies import Harmonic
    >>> cloud, rng = np.zeros((40_000, 1)), np.random.default_rng(0)
    >>> run = langevin(Harmonic(2.0), cloud, dt=0.25, n_steps=40, temperature=3.0, rng=rng, thin=40)
    >>> print(run.q.shape, abs(np.var(run.q) / (3 / (2 * (1 - 2 * 0.25 / 2))) - 1) < 0.05)
    (1, 40000, 1) True
    """
    energy, q, rng = start(energy, q0, rng)
    dt = _checks.per_chain("dt", dt, q.shape[:-1])
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1], zero=True)
    with Recorder(energy, q, n_steps, thin, remedy="lower dt") as recorder:
        for _ in range(recorder.n_steps):
            q = langevin_step(q, energy.gradient(q), dt, temperature, rng.standard_normal(q.shape))
            recorder.record(q)
    return recorder.trajectory()
