"""Langevin dynamics along the natural gradient of an unmixing matrix W, whose preconditioner WᵀW moves with it."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.trajectory import DivergedError


def stochastic_langevin(model, w0, *, step_size, n_steps, batch_size, rng, thin):
    """SGLD with the natural gradient: W' = W + (ε_t/2) D_W + √ε_t ξ W, with ξ (d, d) standard normal.

    ξ W has the law of ξ (WᵀW)^½, the noise of the paper: both have rows of covariance WᵀW. Target: the posterior of W
    as ε_t → 0, up to the term that is left out, as published: a preconditioner which moves with W asks for
    Γ = (d + 1) W, which adds ½ ε_t Γ to the step. Each step draws a fresh batch for each chain, with replacement.

    Parameters
    ----------
    model : an IndependentComponents
    w0 : starts, shape (chains, d, d)
    step_size : ε > 0, a scalar; or a callable of the step t = 0, …, n_steps - 1 that returns one
    n_steps : steps, an integer >= 1
    batch_size : n cases a step, at most as many as there are
    rng : numpy.random.Generator
    thin : keep every thin-th state

    Returns
    -------
    W, shape (n_steps // thin, chains, d, d)

    Raises
    ------
    ValueError for bad input; DivergedError, with the W kept before as its ``trajectory``, for the first step after
    which a chain has left the finite numbers.

    Source: Welling and Teh (2011), section 5.3.
    """
    w, kept = _start(model, w0, n_steps, rng, thin)
    step_at = _checks.schedule("step_size", step_size, ())
    if _checks.integer("batch_size", batch_size, minimum=1) > model.n_cases:
        raise ValueError(f"batch_size must be at most the number of cases, {model.n_cases}; got {batch_size}")
    with np.errstate(over="ignore", invalid="ignore"):  # a run that blows up is told below
        for t in range(n_steps):
            epsilon = step_at(t)
            drift = model.natural_gradient(w, rng.integers(model.n_cases, size=(len(w), batch_size)))
            w = w + 0.5 * epsilon * drift + np.sqrt(epsilon) * np.matmul(rng.standard_normal(w.shape), w)
            flat = w.reshape(-1)
            if not np.isfinite(flat @ flat):  # one dot product is the cheapest look at all entries
                bad = np.flatnonzero(~np.isfinite(np.sum(w * w, axis=(1, 2))))
                raise DivergedError(t + 1, tuple(map(int, bad[:1])), "lower step_size", kept[: t // thin])
            if (t + 1) % thin == 0:
                kept[t // thin] = w
    return kept


def corrected_langevin(model, w0, *, step_size, n_steps, rng, thin):
    """The same step with all data and a constant ε, accepted or rejected by the rule of Metropolis and Hastings.

    The proposal is normal with mean W + (ε/2) D_W and rows of covariance ε WᵀW. Since that depends on the state, the
    ratio of the densities there and back enters the acceptance: ln q(W'|W) = -|(W' - mean) W⁻¹|²/(2ε) - d ln|det W|.
    Target: the posterior itself, at any ε, with or without Γ in the proposal.

    Parameters are those of :func:`stochastic_langevin`, with a scalar ``step_size``.

    Returns
    -------
    W, shape (n_steps // thin, chains, d, d), and the fraction of accepted proposals of each chain, (chains,)

    Raises
    ------
    ValueError for bad input; numpy.linalg.LinAlgError for a start without an inverse.

    Source: Roberts and Tweedie (1996).
    """
    w, kept = _start(model, w0, n_steps, rng, thin)
    epsilon, accepted = _checks.positive("step_size", step_size), np.zeros(len(w))
    if epsilon.ndim:
        raise ValueError(f"step_size must be a scalar, got shape {epsilon.shape}")
    here = _proposal(model, w, epsilon)
    for t in range(n_steps):
        new = here["mean"] + np.sqrt(epsilon) * np.matmul(rng.standard_normal(w.shape), w)
        there = _proposal(model, new, epsilon)
        ratio = here["energy"] - there["energy"] + _log_density(w, there, epsilon) - _log_density(new, here, epsilon)
        accept = np.log(rng.random(len(w))) < ratio
        accepted += accept
        w = np.where(accept[:, np.newaxis, np.newaxis], new, w)
        here = {k: np.where(accept.reshape(-1, *[1] * (v.ndim - 1)), there[k], v) for k, v in here.items()}
        if (t + 1) % thin == 0:
            kept[t // thin] = w
    return kept, accepted / n_steps


def _start(model, w0, n_steps, rng, thin):
    """The starts as a new array, and an empty one for the states to keep, or ValueError."""
    w = _checks.finite("w0", w0, ndim=3)
    if w.shape[1:] != (model.size, model.size) or not len(w):
        raise ValueError(f"w0 must have shape (chains, {model.size}, {model.size}), got {w.shape}")
    _checks.generator(rng)
    n_steps, thin = _checks.integer("n_steps", n_steps, minimum=1), _checks.integer("thin", thin, minimum=1)
    if thin > n_steps:
        raise ValueError(f"thin must be at most n_steps = {n_steps}, or no state is kept; got {thin}")
    return w, np.empty((n_steps // thin, *w.shape))


def _proposal(model, w, epsilon):
    """What the normal proposal from ``w`` is made of, one of each a chain."""
    energy, drift = model.energy_and_natural_gradient(w)
    volume = np.linalg.slogdet(w)[1]
    return {"mean": w + 0.5 * epsilon * drift, "energy": energy, "inverse": np.linalg.inv(w), "volume": volume}


def _log_density(w, proposal, epsilon):
    """ln q(w | proposal), up to a constant."""
    distance = np.sum(np.matmul(w - proposal["mean"], proposal["inverse"]) ** 2, axis=(-2, -1))
    return -distance / (2.0 * epsilon) - w.shape[-1] * proposal["volume"]
