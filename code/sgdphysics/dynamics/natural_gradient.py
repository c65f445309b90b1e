"""Langevin dynamics along the natural gradient of an unmixing matrix W, whose preconditioner WᵀW moves with it."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.start import start
from sgdphysics.dynamics.trajectory import Recorder


def natural_sgld(energy, q0, *, step_size, n_steps, batch_size, temperature=1.0, rng, thin=1):
    """SGLD with the natural gradient: W' = W + (ε_t/2) D_W + √(ε_t T) ξ W, with ξ (d, d) standard normal.

    ξ W has the law of ξ (WᵀW)^½, the noise of the paper: both have rows of covariance WᵀW. Each step draws a fresh
    batch for each chain, with replacement.

    Target: exp(-E/T) |det W|^-(d+1) as ε_t → 0, that is the posterior up to a term left out, as published: a
    preconditioner which moves with W asks for Γ = (d + 1) W, which adds ½ ε_t T Γ to the step.

    Parameters
    ----------
    energy : an IndependentComponents
    q0 : starts, the rows of W one after the other, shape (..., d²)
    step_size : ε > 0, a scalar or one value a chain; or a callable of the step t = 0, …, n_steps - 1 that returns one
    n_steps : steps, an integer >= 1
    batch_size : n cases a step, at most as many as there are
    temperature : T >= 0 (k_B = 1); a scalar or one value a chain
    rng : numpy.random.Generator
    thin : keep every thin-th state

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d²) and energy (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Welling and Teh (2011), section 5.3.

    Examples
    --------
    >>> from sgdphysics.energies.ica import IndependentComponents, artificial_sources
    >>> rng = np.random.default_rng(0)
    >>> model = IndependentComponents(artificial_sources(1000, rng))
    >>> starts = np.tile(np.eye(6).ravel(), (4, 1))  # four chains
    >>> run = natural_sgld(model, starts, step_size=1e-4, n_steps=200, batch_size=50, rng=rng, thin=20)
    >>> run.q.shape, bool((run.energy[-1] < model.energy(starts)).all())
    ((10, 4, 36), True)
    """
    energy, q, rng = start(energy, q0, rng)
    step_at = _checks.schedule("step_size", step_size, q.shape[:-1])
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1], zero=True)
    if _checks.integer("batch_size", batch_size, minimum=1) > energy.n_cases:
        raise ValueError(f"batch_size must be at most the number of cases, {energy.n_cases}; got {batch_size}")
    with Recorder(energy, q, n_steps, thin, remedy="lower step_size") as recorder:
        for t in range(recorder.n_steps):
            epsilon = step_at(t)
            drift = energy.natural_gradient(q, rng.integers(energy.n_cases, size=(*q.shape[:-1], batch_size)))
            q = q + 0.5 * epsilon * drift + np.sqrt(epsilon * temperature) * _shaken(energy, q, rng)
            recorder.record(q)
    return recorder.trajectory()


def natural_mala(energy, q0, *, step_size, n_steps, temperature=1.0, rng, thin=1):
    """The same step with all data and a constant ε, accepted or rejected by the rule of Metropolis and Hastings.

    The proposal is normal with mean W + (ε/2) D_W and rows of covariance ε T WᵀW. Since that depends on the state, the
    ratio of the densities there and back enters the acceptance: ln q(W'|W) = -|(W' - mean) W⁻¹|²/(2εT) - d ln|det W|.
    Target: exp(-E/T) itself, at any ε, with or without Γ in the proposal.

    Parameters are those of :func:`natural_sgld`, with T > 0, and a ``step_size`` that does not change in time.

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d²), energy and accepted (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; numpy.linalg.LinAlgError for a start without an inverse; InterruptedRun on Ctrl-C.

    Source: Roberts and Tweedie (1996).

    Examples
    --------
    One weight, whose law can be summed on a grid:

    >>> from sgdphysics.energies import IndependentComponents
    >>> from sgdphysics.exact import gibbs
    >>> rng, grid = np.random.default_rng(0), np.linspace(0.01, 5, 1000)[:, np.newaxis]
    >>> model = IndependentComponents(rng.standard_normal((20, 1)))
    >>> run = natural_mala(model, np.ones((2000, 1)), step_size=0.02, n_steps=100, rng=rng)
    >>> expected = gibbs.boltzmann(model.energy(grid), temperature=1.0) @ grid[:, 0]
    >>> print(abs(np.abs(run.q[50:]).mean() - expected) < 0.05, run.accepted.shape)
    True (100, 2000)
    """
    energy, q, rng = start(energy, q0, rng)
    epsilon = _checks.per_chain("step_size", step_size, q.shape[:-1])
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1])
    variance = epsilon * temperature
    with Recorder(energy, q, n_steps, thin, remedy="lower step_size") as recorder:
        here = _proposal(energy, q, epsilon)
        for _ in range(recorder.n_steps):
            new = here["mean"] + np.sqrt(variance) * _shaken(energy, q, rng)
            there = _proposal(energy, new, epsilon)
            ratio = (here["energy"] - there["energy"]) / temperature
            ratio += _log_density(energy, q, there, variance) - _log_density(energy, new, here, variance)
            accepted = np.log(rng.random(ratio.shape)) < ratio
            q = np.where(accepted, new, q)
            here = {name: np.where(accepted, there[name], here[name]) for name in here}
            recorder.record(q, accepted=accepted[..., 0])
    return recorder.trajectory()


def _shaken(energy, q, rng):
    """ξ W for a fresh ξ, (..., d²)."""
    w = energy.matrices(q)
    return np.matmul(rng.standard_normal(w.shape), w).reshape(q.shape)


def _proposal(energy, q, epsilon):
    """What the normal proposal from ``q`` is made of, each with one axis behind the chains."""
    w = energy.matrices(q)
    here, drift = energy.energy_and_natural_gradient(q)
    return {
        "mean": q + 0.5 * epsilon * drift,
        "energy": here[..., np.newaxis],
        "inverse": np.linalg.inv(w).reshape(q.shape),
        "volume": np.linalg.slogdet(w)[1][..., np.newaxis],
    }


def _log_density(energy, q, proposal, variance):
    """ln q(q | proposal), up to a constant: (..., 1)."""
    away = np.matmul(energy.matrices(q - proposal["mean"]), energy.matrices(proposal["inverse"]))
    distance = np.sum(away**2, axis=(-2, -1))[..., np.newaxis]
    return -distance / (2.0 * variance) - energy.size * proposal["volume"]
