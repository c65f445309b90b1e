"""Gradients from minibatches: SGD, and SGLD, which shakes it with heat on top."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.start import start
from sgdphysics.dynamics.trajectory import Recorder


def sgld(energy, q0, *, step_size, n_steps, batch_size, control_variate=None, temperature=1.0, rng, thin=1):
    """Stochastic gradient Langevin dynamics, in Welling and Teh's convention of the step size.

    Update: q' = q - (ε_t/2) ĝ(q) + √(ε_t T) ξ, with ξ ~ N(0, 1): drift ε/2, noise variance ε T, that is
    :func:`langevin` with dt = ε/2. The gradient ĝ = ∇prior(q) + (N/n) Σ_{c in batch} ∇E_c(q) is unbiased; each step
    draws a fresh batch for each chain, its n cases independently and with replacement. With ``control_variate`` q*,
    ĝ = ∇E(q*) + [minibatch gradient at q - the same at q*], which has no noise at q = q*.

    Target: exp(-E(q)/T) as ε_t → 0 with Σ ε_t = ∞ and Σ ε_t² < ∞ (averages weighted by ε_t), whatever the batch. At a
    constant step and a Gaussian target of precision A, the variance is (T + ε V/4) / (A (1 - ε A/4)), with V the
    variance of ĝ at fixed q.

    Parameters
    ----------
    energy : a DataEnergy
    q0 : start, shape (..., d), any number of chains
    step_size : ε > 0, a scalar or one value a chain; or a callable of the step t = 0, …, n_steps - 1 that returns one
    n_steps : steps, an integer >= 1
    batch_size : n cases a step, at most as many as there are
    control_variate : q*, shape (d,), best near the mode; None for the plain minibatch gradient
    temperature : T >= 0 (k_B = 1); a scalar or one value a chain
    rng : numpy.random.Generator
    thin : keep every thin-th state

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d), energy (n_steps // thin, ...) and weights, the step size ε_t that led
    to each kept state, (n_steps // thin,) or (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Welling and Teh (2011), eq. 4; control variates: Baker et al. (2019), Brosse et al. (2018).

    Examples
    --------
    Small steps, and the weights' law is the posterior, though each step sees half the cases:

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=[[1.0], [2.0], [3.0], [-1.0]], y=[1.0, 1.0, 4.0, 0.0], noise=1.0, prior_scale=1.0)
    >>> mean, covariance = line.posterior()
    >>> cloud, rng = np.tile(mean, (20_000, 1)), np.random.default_rng(0)
    >>> run = sgld(line, cloud, step_size=0.005, n_steps=200, batch_size=2, control_variate=mean, rng=rng, thin=200)
    >>> print(abs(np.var(run.q) / covariance[0, 0] - 1) < 0.1, run.weights)
    True [0.005]
    """
    energy, q, rng = start(energy, q0, rng, batch_size=_batch_size(energy, batch_size))
    chains = q.shape[:-1]
    step_at = _checks.schedule("step_size", step_size, chains)
    temperature = _checks.per_chain("temperature", temperature, chains, zero=True)
    estimate = _gradient_estimate(energy, batch_size, chains, control_variate, rng)
    with Recorder(energy, q, n_steps, thin, remedy="lower step_size or raise batch_size") as recorder:
        for t in range(recorder.n_steps):
            epsilon = step_at(t)
            noise = np.sqrt(epsilon * temperature) * rng.standard_normal(q.shape)
            q = q - 0.5 * epsilon * estimate(q) + noise
            recorder.record(q, weights=_one_a_chain(epsilon))
    return recorder.trajectory()


def sgd(energy, q0, *, learning_rate, n_steps, batch_size, momentum=0.0, replacement=True, rng, thin=1):
    """Stochastic gradient descent: the gradient's own noise, and no heat.

    Update: v' = β v - η_t ĝ(q), q' = q + v', from v = 0, with the minibatch gradient ĝ of :func:`sgld`, an unbiased
    estimate of the gradient of the whole energy (a sum over cases, not their mean); without momentum β it is
    q' = q - η_t ĝ(q). Target: none; at a constant η it hovers around a minimum. With a Gaussian energy of precision A
    and gradient noise of variance V, its variance is η V / ((1 - β) A (2 - η A/(1 + β))); see
    :mod:`sgdphysics.exact.stationary`.

    Parameters
    ----------
    learning_rate : η > 0, a scalar or one value a chain; or a callable of the step t = 0, 1, …, n_steps - 1. In SGLD's
        convention η = ε/2
    momentum : β, from 0 up to but without 1: the heavy ball
    replacement : True draws each case of a batch on its own. False goes once through all cases in an epoch, in an order
        shuffled anew for each epoch and chain; the batch size then has to divide the number of cases. Within an epoch
        ĝ is then not unbiased given the weights, which know what was drawn, and the variance above does not hold
    others : as in :func:`sgld`

    Returns
    -------
    Trajectory with q (n_steps // thin, ..., d), energy (n_steps // thin, ...) and, with momentum, the velocity v as
    momentum (n_steps // thin, ..., d)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Robbins and Monro (1951); Polyak (1964) for the heavy ball.

    Examples
    --------
    All cases in each step: gradient descent, whose distance to the minimum falls by 1 - ηA a step.

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=[[1.0], [2.0]], y=[1.0, 3.0], noise=1.0, prior_scale=1.0)  # A = 6
    >>> mean, rng = line.posterior()[0], np.random.default_rng(0)
    >>> run = sgd(line, mean + 1, learning_rate=0.1, n_steps=3, batch_size=2, replacement=False, rng=rng)
    >>> print(np.round(run.q[:, 0] - mean, 6))
    [0.4   0.16  0.064]
    """
    energy, q, rng = start(energy, q0, rng, batch_size=_batch_size(energy, batch_size))
    rate_at = _checks.schedule("learning_rate", learning_rate, q.shape[:-1])
    estimate = _gradient_estimate(energy, batch_size, q.shape[:-1], None, rng, replacement=replacement)
    beta = _checks.scalar("momentum", momentum, _checks.positive, zero=True)
    if beta >= 1:
        raise ValueError(f"momentum must be below 1, got {momentum}")
    v = np.zeros_like(q)
    with Recorder(energy, q, n_steps, thin, remedy="lower learning_rate or raise batch_size") as recorder:
        for t in range(recorder.n_steps):
            v = beta * v - rate_at(t) * estimate(q)
            q = q + v
            recorder.record(q, **({"momentum": v} if beta else {}))
    return recorder.trajectory()


def stochastic_gradient_hmc(
    energy, q0, *, learning_rate, n_steps, batch_size, friction, noise_estimate=0.0, temperature=1.0, rng, thin=1
):
    """Stochastic gradient Hamiltonian Monte Carlo: the heavy ball of :func:`sgd`, with friction and heat in balance.

    Update: v' = (1 - α) v - η ĝ(q) + √(2 (α T - β̂) η) ξ, q' = q + v', with ξ ~ N(0, 1), from v ~ N(0, η T). What the
    minibatches heat already, β̂ = η V/2 for a gradient noise of variance V, is left out of the heat. On a spring of
    stiffness λ, variance (T + (ηV/2 - β̂)/α) / (λ (1 - ηλ/(2 (2 - α)))). Target: exp(-E(q)/T) as η → 0.

    Parameters
    ----------
    learning_rate : η > 0
    friction : α, the share of its velocity that a particle loses in a step, 0 < α <= 1
    noise_estimate : β̂, from 0 up to α T; an estimate of η V/2
    others : as in :func:`sgld`

    Returns
    -------
    Trajectory with q and momentum, the velocity v, (n_steps // thin, ..., d), and energy (n_steps // thin, ...)

    Raises
    ------
    ValueError for bad input; DivergedError when a chain leaves the finite numbers; InterruptedRun on Ctrl-C.

    Source: Chen, Fox and Guestrin (2014).

    Examples
    --------
    Cases that are all alike make no noise, and a spring of stiffness λ the variance T/(λ (1 - ηλ/(2 (2 - α)))):

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=np.ones((3, 1)), y=np.zeros(3), noise=1.0, prior_scale=1.0)  # λ = 4
    >>> cloud, rng = np.zeros((40_000, 1)), np.random.default_rng(0)
    >>> run = stochastic_gradient_hmc(line, cloud, learning_rate=0.2, n_steps=60, batch_size=1, friction=0.5, rng=rng)
    >>> print(abs(np.var(run.q[-1]) / (1 / (4 * (1 - 0.2 * 4 / (2 * 1.5)))) - 1) < 0.05)
    True
    """
    energy, q, rng = start(energy, q0, rng, batch_size=_batch_size(energy, batch_size))
    eta = _checks.scalar("learning_rate", learning_rate, _checks.positive)
    alpha = _checks.scalar("friction", friction, _checks.positive)
    heat = _checks.scalar("temperature", temperature, _checks.positive, zero=True)
    known = _checks.scalar("noise_estimate", noise_estimate, _checks.positive, zero=True)
    if alpha > 1:
        raise ValueError(f"friction must be at most 1, the whole velocity, got {friction}")
    if known > alpha * heat:
        raise ValueError(f"noise_estimate must be at most friction times temperature, {alpha * heat:.6g}, got {known}")
    estimate = _gradient_estimate(energy, batch_size, q.shape[:-1], None, rng)
    shake, v = np.sqrt(2 * (alpha * heat - known) * eta), np.sqrt(eta * heat) * rng.standard_normal(q.shape)
    with Recorder(energy, q, n_steps, thin, remedy="lower learning_rate or raise batch_size") as recorder:
        for _ in range(recorder.n_steps):
            v = (1 - alpha) * v - eta * estimate(q) + shake * rng.standard_normal(q.shape)
            q = q + v
            recorder.record(q, momentum=v)
    return recorder.trajectory()


def _batch_size(energy, batch_size):
    """``batch_size`` as an int that fits the energy's cases, or ValueError."""
    if not hasattr(energy, "minibatch_gradient"):
        raise ValueError(f"energy must be a sum over cases, with a minibatch_gradient; got {type(energy).__name__}")
    batch_size = _checks.integer("batch_size", batch_size, minimum=1)
    if batch_size > _checks.integer("energy.n_cases", getattr(energy, "n_cases", None), minimum=1):
        raise ValueError(f"batch_size must be at most the number of cases, {energy.n_cases}; got {batch_size}")
    return batch_size


def _gradient_estimate(energy, batch_size, chains, control_variate, rng, *, replacement=True):
    """A function of q that draws a batch for each chain and returns the minibatch gradient, (..., d) -> (..., d)."""
    n_cases, shape = energy.n_cases, (*chains, batch_size)
    if not replacement:
        epochs = _epochs(n_cases, batch_size, chains, rng)
        return lambda q: energy.minibatch_gradient(q, next(epochs))
    if control_variate is None:
        return lambda q: energy.minibatch_gradient(q, rng.integers(n_cases, size=shape))
    center = _checks.finite("control_variate", control_variate)
    if center.shape != (energy.dimension,):
        raise ValueError(f"control_variate must have shape {(energy.dimension,)}, got {center.shape}")
    with np.errstate(all="ignore"):
        whole = _checks.finite("energy.gradient(control_variate)", energy.gradient(center))
    center = np.broadcast_to(center, (*chains, energy.dimension))
    if whole.shape not in ((energy.dimension,), center.shape):
        raise ValueError(f"energy.gradient must return shape {(energy.dimension,)} for one q, got {whole.shape}")

    def estimate(q):
        rows = rng.integers(n_cases, size=shape)
        return whole + energy.minibatch_gradient(q, rows) - energy.minibatch_gradient(center, rows)

    return estimate


def _epochs(n_cases, batch_size, chains, rng):
    """Batches (*chains, batch_size) without end: each epoch all cases once, in an order of its own for each chain."""
    if n_cases % batch_size:
        raise ValueError(f"batch_size must divide the {n_cases} cases to go through them in epochs, got {batch_size}")

    def batches():
        every = np.broadcast_to(np.arange(n_cases), (*chains, n_cases))
        while True:
            order = rng.permuted(every, axis=-1)
            yield from np.moveaxis(order.reshape(*chains, -1, batch_size), -2, 0)

    return batches()


def _one_a_chain(step):
    """A step size without the axis that was added for the coordinates."""
    return step if np.ndim(step) == 0 else step[..., 0]
