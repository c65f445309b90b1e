"""Independent component analysis as in Welling and Teh (2011, section 5.3): the posterior of an unmixing matrix W.

The model is p(x, W) = |det W| Π_i p(w_iᵀx) Π_ij N(W_ij; 0, 1/λ) with p(y) = 1/(4 cosh²(y/2)). Matrices are (..., d, d):
any number of chains in front. With M = WᵀW as the preconditioner, the gradient of the log posterior becomes Amari's
natural gradient D_W = (N I - Σ_c tanh(y_c/2) y_cᵀ) W - λ W WᵀW, y = Wx, which needs no inverse of W.
"""

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics.trajectory import DivergedError


def artificial_sources(n_cases, rng):
    """Sources (cases, 6) of unit variance: three of high kurtosis (cubes of normal numbers), three normal."""
    normal = _checks.generator(rng).standard_normal((_checks.integer("n_cases", n_cases, minimum=1), 6))
    return np.where(np.arange(6) < 3, normal**3 / np.sqrt(15.0), normal)


class IndependentComponents:
    """E(W) = -N ln|det W| + Σ_c Σ_i 2 ln cosh(y_ci/2) + (λ/2) Σ W_ij², with y_c = W x_c: minus the log posterior.

    Parameters
    ----------
    x : data, shape (cases, d)
    decay : λ > 0, one over the prior variance of each W_ij
    """

    def __init__(self, x, decay=1.0):
        self.x = _checks.finite("x", x, ndim=2)
        self.decay = float(_checks.positive("decay", decay))
        self.n_cases, self.size = self.x.shape

    def energy(self, w):
        """(..., d, d) -> (...)"""
        return self.energy_and_natural_gradient(w)[0]

    def energy_and_natural_gradient(self, w):
        """E and D_W = -(dE/dW) WᵀW from all cases, (...) and (..., d, d), for little more than the price of one."""
        half = np.matmul(0.5 * w, self.x.T)  # y/2, (..., d, cases): the long axis last
        slope = np.tanh(half)
        natural = self._natural(w, 2.0 * np.matmul(slope, np.swapaxes(half, -1, -2)))
        # ln cosh(y/2) = |y/2| - ln(1 + |tanh(y/2)|); the product first saves d - 1 logarithms of d
        size, tail = np.abs(half, out=half), np.abs(slope, out=slope)
        tail += 1.0
        misfit = 2.0 * (np.sum(size, axis=(-2, -1)) - np.sum(np.log(np.prod(tail, axis=-2)), axis=-1))
        volume = self.n_cases * np.linalg.slogdet(w)[1]
        return misfit - volume + 0.5 * self.decay * np.sum(np.square(w), axis=(-2, -1)), natural

    def natural_gradient(self, w, rows):
        """The unbiased estimate of D_W from a minibatch, ``rows`` (..., n)."""
        y = np.matmul(w, np.swapaxes(self.x[rows], -1, -2))
        return self._natural(w, self.n_cases / y.shape[-1] * np.matmul(np.tanh(0.5 * y), np.swapaxes(y, -1, -2)))

    def _natural(self, w, correlation):
        """(N I - correlation) W - λ W WᵀW, with correlation = Σ_c tanh(y_c/2) y_cᵀ."""
        prior = self.decay * np.matmul(w, np.swapaxes(w, -1, -2))
        return np.matmul(self.n_cases * np.eye(self.size) - correlation - prior, w)


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


def amari_distance(w, mixing):
    """How far W is from undoing the ``mixing`` A, (..., d, d) -> (...): 0 if P = WA permutes and scales, at most 1.

    Σ_i (Σ_j |P_ij| / max_k |P_ik| - 1) + Σ_j (Σ_i |P_ij| / max_k |P_kj| - 1), over 2 d (d - 1). Amari, Cichocki and
    Yang (1996).
    """
    p = np.abs(np.matmul(w, mixing))
    d = p.shape[-1]
    rows = np.sum(p / p.max(axis=-1, keepdims=True), axis=(-2, -1)) - d
    columns = np.sum(p / p.max(axis=-2, keepdims=True), axis=(-2, -1)) - d
    return (rows + columns) / (2 * d * (d - 1))


def instability(w, x):
    """I_i = Σ_j var(W_ij) var(x_j), the variances over the states ``w`` (kept, ..., d, d); (..., d)."""
    return np.sum(np.var(w, axis=0) * np.var(x, axis=0), axis=-1)
