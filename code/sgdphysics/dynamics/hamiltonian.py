"""Hamilton's equations: a weight vector with momentum, alone (leapfrog), shaken (stochastic dynamics), or tested.

H(q, p) = E(q) + |p|²/2; dq/dτ = p, dp/dτ = -∇E(q). At temperature T the pair (q, p) has density exp(-H/T): momentum is
N(0, T), and q has the density exp(-E/T) that is wanted.
"""

import warnings
from functools import partial

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.start import start
from sgdphysics.dynamics.trajectory import Recorder

LONG_ENOUGH = 20  #: trajectories after which it is told that no chain accepted one: 0.35^20 is below 1e-9


def leapfrog(energy, q, p, *, step_size, n_steps):
    """Follow Hamilton's equations for ``n_steps`` leapfrog steps; returns new arrays (q, p) of the same shapes.

    One step of size ε (Neal 1992, eq. 15): p' = p - (ε/2) ∇E(q); q' = q + ε p'; p'' = p' - (ε/2) ∇E(q'). The half steps
    that meet are made as one. Reversible (flip p and it goes back), keeps the volume of phase space, and the error of H
    stays bounded, of order ε². For a spring of stiffness k it is stable for ε √k < 2. ``step_size`` is a scalar or one
    value a chain. ValueError for bad input.

    Flip the momentum, and it goes back; the energy's error is small and does not build up:

    >>> from sgdphysics.energies import DoubleWell
    >>> start = np.array([1.2]), np.array([0.5])
    >>> q, p = leapfrog(DoubleWell(), *start, step_size=0.05, n_steps=1000)
    >>> back, _ = leapfrog(DoubleWell(), q, -p, step_size=0.05, n_steps=1000)
    >>> print(np.round(back, 8), abs(total_energy(DoubleWell(), q, p) - total_energy(DoubleWell(), *start)) < 0.01)
    [1.2] True
    """
    return _leapfrog(partial(_checks.gradient_at, energy), *_steps(energy, q, p, step_size, n_steps))


def _leapfrog(gradient, q, p, step_size, n_steps):
    q, p = q.copy(), p.copy()
    p -= 0.5 * step_size * gradient(q)
    for step in range(n_steps):
        q += step_size * p
        p -= (step_size if step < n_steps - 1 else 0.5 * step_size) * gradient(q)
    return q, p


def _steps(energy, q, p, step_size, n_steps):
    """The arguments of :func:`leapfrog`, q and p as float64 arrays of one shape, or ValueError."""
    q, p = _checks.positions(energy, q, name="q"), _checks.finite("p", p)
    if p.shape != q.shape:
        raise ValueError(f"p must have the shape of q, {q.shape}; got {p.shape}")
    first = _checks.gradient_at(energy, q)
    if not np.isfinite(first).all():
        raise ValueError(f"q must have a finite gradient in every chain, got {first[~np.isfinite(first)][0]}")
    step_size = _checks.per_chain("step_size", step_size, q.shape[:-1])
    return q, p, step_size, _checks.integer("n_steps", n_steps, minimum=1)


def wrong_explicit_euler(energy, q, p, *, step_size, n_steps):
    """Hamilton's equations done wrong on purpose: q' = q + ε p, p' = p - ε ∇E(q), both from the old state.

    Kept for the page that shows it fail. In a spring of stiffness k each step multiplies the energy, and the volume of
    phase space, by 1 + ε² k; nothing in it is reversible.

    >>> from sgdphysics.energies import Harmonic
    >>> q, p = wrong_explicit_euler(Harmonic(1.0), [1.0], [0.0], step_size=0.1, n_steps=10)
    >>> print(np.round([total_energy(Harmonic(1.0), q, p) / 0.5, 1.01**10], 6))
    [1.104622 1.104622]
    """
    q, p, step_size, n_steps = _steps(energy, q, p, step_size, n_steps)
    for _ in range(n_steps):
        q, p = q + step_size * p, p - step_size * _checks.gradient_at(energy, q)
    return q, p


def refresh_momentum(p, alpha, temperature, noise):
    """α p + √(1 - α²) √T n, with standard normal ``noise`` n: leaves N(0, T) as it is (Neal 1992, eq. 16).

    ``p`` and ``noise`` are (..., d); ``alpha`` and ``temperature`` broadcast with them.

    >>> print(np.round(refresh_momentum(2.0, alpha=0.6, temperature=4.0, noise=1.0), 6))  # 0.6 · 2 + 0.8 · 2
    2.8
    """
    return alpha * p + np.sqrt((1.0 - alpha**2) * temperature) * noise


def hamiltonian_monte_carlo(
    energy, q0, *, step_size, n_leapfrog, n_trajectories, alpha=0.0, temperature=1.0, rng, thin=1
):
    """Hybrid (Hamiltonian) Monte Carlo: trajectories of leapfrog steps, each accepted or rejected as a whole.

    Update: p ← α p + √(1 - α²) √T n; (q*, p*) = ``n_leapfrog`` leapfrog steps from (q, p); with probability min(1,
    exp(-(H(q*, p*) - H(q, p))/T)) the new state is (q*, p*), else (q, -p), and the old q counts again. Target:
    exp(-E(q)/T), exactly, at any step size. A trajectory that leaves the finite numbers is rejected. A chain that has
    rejected all of 20 or more trajectories, because the step is far too large, stands still: a RuntimeWarning says so.

    Parameters
    ----------
    energy : an Energy
    q0 : start, shape (..., d), where the energy is finite
    step_size : ε > 0; a scalar or one value a chain
    n_leapfrog : leapfrog steps a trajectory, an integer >= 1. One is MALA, with dt = ε²/2
    n_trajectories : an integer >= 1
    alpha : part of the momentum that is kept between trajectories, in [0, 1); 0 draws it afresh, as the paper does
    temperature : T > 0 (k_B = 1); a scalar or one value a chain
    rng : numpy.random.Generator
    thin : keep every thin-th trajectory's end

    Returns
    -------
    Trajectory with q and momentum (n_trajectories // thin, ..., d), energy and accepted (n_trajectories // thin, ...)

    Raises
    ------
    ValueError for bad input; InterruptedRun on Ctrl-C.

    Source: Duane, Kennedy, Pendleton and Roweth (1987); Neal (1992), section 2.4; for alpha > 0 Horowitz (1991).

    Examples
    --------
    The variance T/k is exact at any step size, here one at which leapfrog alone is off by a third:

    >>> from sgdphysics.energies import Harmonic
    >>> cloud, rng = np.zeros((40_000, 1)), np.random.default_rng(0)
    >>> run = hamiltonian_monte_carlo(Harmonic(1.0), cloud, step_size=1.0, n_leapfrog=2, n_trajectories=20, rng=rng)
    >>> print(run.q.shape, abs(np.var(run.q[-1]) - 1) < 0.05, 0.6 < run.accepted.mean() < 1)
    (20, 40000, 1) True True
    """
    energy, q, rng = start(energy, q0, rng)
    step_size = _checks.per_chain("step_size", step_size, q.shape[:-1])
    n_leapfrog = _checks.integer("n_leapfrog", n_leapfrog, minimum=1)
    _checks.integer("n_trajectories", n_trajectories, minimum=1)
    alpha = _fraction("alpha", alpha, q.shape[:-1], one=False)
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1])
    with np.errstate(all="ignore"):
        at_start = _checks.energy_at(energy, q)
    if not np.isfinite(at_start).all():  # every trajectory from there would be rejected, without a word
        raise ValueError(f"q0 must have a finite energy in every chain, got {at_start[~np.isfinite(at_start)][0]}")
    p = np.sqrt(temperature) * rng.standard_normal(q.shape)
    moved = np.zeros((*q.shape[:-1], 1), bool)
    with Recorder(energy, q, n_trajectories, thin, remedy="lower step_size") as recorder:
        for _ in range(n_trajectories):
            p = refresh_momentum(p, alpha, temperature, rng.standard_normal(q.shape))
            proposed = _leapfrog(energy.gradient, q, p, step_size, n_leapfrog)
            rise = total_energy(energy, *proposed) - total_energy(energy, q, p)
            accepted = rng.random((*rise.shape, 1)) < np.exp(-rise[..., np.newaxis] / temperature)  # not if NaN
            q, p = np.where(accepted, proposed[0], q), np.where(accepted, proposed[1], -p)
            moved |= accepted
            recorder.record(q, accepted=accepted[..., 0], momentum=p)
    if n_trajectories >= LONG_ENOUGH and not moved.any():
        still = f"none of {n_trajectories} trajectories was accepted in any chain: lower step_size"
        warnings.warn(still, RuntimeWarning, stacklevel=2)
    return recorder.trajectory()


def stochastic_dynamics(energy, q0, *, step_size, n_steps, alpha, temperature=1.0, rng, thin=1, on_divergence="raise"):
    """Neal's stochastic dynamics: eq. 16 and one leapfrog step, turn by turn, without a rejection test.

    Update: p ← α p + √(1 - α²) √T n, then one leapfrog step of size ε. Target: exp(-E(q)/T) up to an error of order ε².
    For a spring of stiffness k the law is known: q is normal of variance T / (k (1 - ε² k/4)), at every α < 1.

    α = 0 is Langevin dynamics with dt = ε²/2. T = 0 leaves out the noise, which is batch backpropagation with momentum
    α and learning rate ε² (1 + α)/2, nearly ε².

    Parameters
    ----------
    energy : an Energy
    q0 : start, shape (..., d); the momentum starts from N(0, T)
    step_size : ε > 0; a scalar or one value a chain
    n_steps : leapfrog steps, an integer >= 1
    alpha : part of the momentum that is kept between two steps, in [0, 1]; a scalar or one value a chain
    temperature : T >= 0 (k_B = 1); a scalar or one value a chain
    rng : numpy.random.Generator
    thin : keep every thin-th state
    on_divergence : "raise", or "record" to go on with the other chains: one that has left the finite numbers then stays
        there, for all to see in the trajectory

    Returns
    -------
    Trajectory with q and momentum (n_steps // thin, ..., d) and energy (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Neal (1992), eqs 15 and 16.

    Examples
    --------
    >>> from sgdphysics.energies import Harmonic
    >>> cloud, rng = np.zeros((40_000, 1)), np.random.default_rng(0)
    >>> run = stochastic_dynamics(Harmonic(1.0), cloud, step_size=1.0, n_steps=40, alpha=0.5, rng=rng, thin=40)
    >>> print(abs(np.var(run.q) / (1 / (1 - 1 / 4)) - 1) < 0.05)  # not T/k: no step is rejected
    True
    """
    energy, q, rng = start(energy, q0, rng)
    step_size = _checks.per_chain("step_size", step_size, q.shape[:-1])
    alpha = _fraction("alpha", alpha, q.shape[:-1], one=True)
    temperature = _checks.per_chain("temperature", temperature, q.shape[:-1], zero=True)
    p = np.sqrt(temperature) * rng.standard_normal(q.shape)
    half_step, shaken = 0.5 * step_size, np.any(temperature)
    with Recorder(energy, q, n_steps, thin, remedy="lower step_size", on_divergence=on_divergence) as recorder:
        half_kick = half_step * energy.gradient(q)
        for _ in range(recorder.n_steps):
            p = refresh_momentum(p, alpha, temperature, rng.standard_normal(q.shape)) if shaken else alpha * p
            p -= half_kick
            q += step_size * p
            half_kick = half_step * energy.gradient(q)
            p -= half_kick
            recorder.record(q, momentum=p)
    return recorder.trajectory()


def total_energy(energy, q, p):
    """H(q, p) = E(q) + |p|²/2: (..., d) -> (...).

    >>> from sgdphysics.energies import Harmonic
    >>> print(total_energy(Harmonic(2.0), np.array([3.0]), np.array([4.0])))
    17.0
    """
    return energy.energy(q) + 0.5 * np.sum(p * p, axis=-1)


def _fraction(name, value, chains, *, one):
    """Return ``value``, in [0, 1] (without ``one`` below 1), as a scalar or with an axis for coordinates."""
    array = _checks.finite(name, value)
    if (array < 0.0).any() or (array > 1.0).any() or (not one and (array == 1.0).any()):
        raise ValueError(f"{name} must be in {'[0, 1]' if one else '[0, 1)'}, got {value!r}")
    return _checks.per_chain(name, value, chains, zero=True)
