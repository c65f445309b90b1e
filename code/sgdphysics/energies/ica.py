"""Independent component analysis as in Welling and Teh (2011, section 5.3): the posterior of an unmixing matrix W.

The model is p(x, W) = |det W| Π_i p(w_iᵀx) Π_ij N(W_ij; 0, 1/λ) with p(y) = 1/(4 cosh²(y/2)). Positions are (..., d²),
matrices (..., d, d): any number of chains in front. With M = WᵀW as the preconditioner, the gradient of the log
posterior becomes Amari's natural gradient D_W = (N I - Σ_c tanh(y_c/2) y_cᵀ) W - λ W WᵀW, y = Wx, which needs no
inverse of W.
"""

import numpy as np

from sgdphysics import _checks


def artificial_sources(n_cases, rng):
    """Sources (cases, 6) of unit variance: three of high kurtosis (cubes of normal numbers), three normal.

    >>> sources = artificial_sources(100_000, np.random.default_rng(0))
    >>> kurtosis = np.mean(sources**4, axis=0)  # 3 of a normal number, 10395/225 = 46.2 of its cube
    >>> sources.shape, bool(kurtosis[:3].min() > 20), bool(np.abs(kurtosis[3:] - 3).max() < 0.2)
    ((100000, 6), True, True)
    """
    normal = _checks.generator(rng).standard_normal((_checks.integer("n_cases", n_cases, minimum=1), 6))
    return np.where(np.arange(6) < 3, normal**3 / np.sqrt(15.0), normal)


class IndependentComponents:
    """E(W) = -N ln|det W| + Σ_c Σ_i 2 ln cosh(y_ci/2) + (λ/2) Σ W_ij², with y_c = W x_c: minus the log posterior.

    Coordinates are the rows of W, one after the other: dimension = d².

    Parameters
    ----------
    x : data, shape (cases, d)
    decay : λ > 0, one over the prior variance of each W_ij

    Examples
    --------
    >>> model = IndependentComponents(artificial_sources(100, np.random.default_rng(0)))
    >>> q = 2 * np.eye(6).ravel()
    >>> energy, natural = model.energy_and_natural_gradient(q)
    >>> bool(np.allclose(natural, -4 * model.gradient(q))), bool(np.isclose(energy, model.energy(q)))  # WᵀW = 4
    (True, True)
    >>> every = np.arange(100)
    >>> bool(np.allclose(model.natural_gradient(q, every), natural)), model.minibatch_gradient(q, every[:10]).shape
    (True, (36,))
    >>> model.matrices(q)[0].tolist()
    [2.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    def __init__(self, x, decay=1.0):
        self.x = _checks.finite("x", x, ndim=2)
        if self.x.size == 0:
            raise ValueError(f"x must hold at least one case of at least one number, got shape {self.x.shape}")
        self.decay = _checks.scalar("decay", decay, _checks.positive)
        self.n_cases, self.size = self.x.shape
        self.dimension = self.size**2

    def matrices(self, q):
        """W (..., d, d) of positions q (..., d²): a view."""
        return np.reshape(q, (*np.shape(q)[:-1], self.size, self.size))

    def energy(self, q):
        return self.energy_and_natural_gradient(q)[0]

    def gradient(self, q):
        return self.minibatch_gradient(q, np.arange(self.n_cases))

    def minibatch_gradient(self, q, rows):
        w, x = self.matrices(q), self.x[rows]
        pull = np.tanh(0.5 * np.matmul(x, np.swapaxes(w, -1, -2)))  # tanh(y/2), (..., n, d)
        misfit = self.n_cases / x.shape[-2] * np.matmul(np.swapaxes(pull, -1, -2), x)
        volume = self.n_cases * np.swapaxes(np.linalg.inv(w), -1, -2)
        return (misfit - volume + self.decay * w).reshape(np.shape(q))

    def natural_gradient(self, q, rows):
        """D_W = -(dE/dW) WᵀW from a minibatch, unbiased: (..., d²) and ``rows`` (..., n) -> (..., d²)."""
        w = self.matrices(q)
        y = np.matmul(w, np.swapaxes(self.x[rows], -1, -2))
        natural = self._natural(w, self.n_cases / y.shape[-1] * np.matmul(np.tanh(0.5 * y), np.swapaxes(y, -1, -2)))
        return natural.reshape(np.shape(q))

    def energy_and_natural_gradient(self, q):
        """E and D_W from all cases, (...) and (..., d²), for little more than the price of one."""
        w = self.matrices(q)
        half = np.matmul(0.5 * w, self.x.T)  # y/2, (..., d, cases): the long axis last
        slope = np.tanh(half)
        natural = self._natural(w, 2.0 * np.matmul(slope, np.swapaxes(half, -1, -2)))
        # ln cosh(y/2) = |y/2| - ln(1 + |tanh(y/2)|); the product first saves d - 1 logarithms of d
        size, tail = np.abs(half, out=half), np.abs(slope, out=slope)
        tail += 1.0
        misfit = 2.0 * (np.sum(size, axis=(-2, -1)) - np.sum(np.log(np.prod(tail, axis=-2)), axis=-1))
        volume = self.n_cases * np.linalg.slogdet(w)[1]
        energy = misfit - volume + 0.5 * self.decay * np.sum(np.square(w), axis=(-2, -1))
        return energy, natural.reshape(np.shape(q))

    def _natural(self, w, correlation):
        """(N I - correlation) W - λ W WᵀW, with correlation = Σ_c tanh(y_c/2) y_cᵀ."""
        prior = self.decay * np.matmul(w, np.swapaxes(w, -1, -2))
        return np.matmul(self.n_cases * np.eye(self.size) - correlation - prior, w)


def amari_distance(w, mixing):
    """How far W is from undoing the ``mixing`` A, (..., d, d) -> (...): 0 if P = WA permutes and scales, at most 1.

    Σ_i (Σ_j |P_ij| / max_k |P_ik| - 1) + Σ_j (Σ_i |P_ij| / max_k |P_kj| - 1), over 2 d (d - 1). Amari, Cichocki and
    Yang (1996).

    >>> mixing = np.array([[1.0, 1.0], [0.0, 2.0]])
    >>> undone = np.array([[0.0, -3.0], [5.0, 0.0]]) @ np.linalg.inv(mixing)  # up to order, sign and scale
    >>> print(np.round([amari_distance(undone, mixing), amari_distance(np.ones((2, 2)), np.eye(2))], 6))
    [0. 1.]
    """
    w, mixing = _checks.finite("w", w), _checks.finite("mixing", mixing)
    d = w.shape[-1] if w.ndim else 0
    if d < 2 or w.shape[-2:] != (d, d) or mixing.shape[-2:] != (d, d):
        raise ValueError(f"w and mixing must have shape (..., d, d), d at least 2, got {w.shape} and {mixing.shape}")
    p = np.abs(np.matmul(w, mixing))
    for each, axis in (("row", -1), ("column", -2)):
        if not p.max(axis=axis).all():
            raise ValueError(f"w and mixing must leave no {each} of their product zero")
    rows = np.sum(p / p.max(axis=-1, keepdims=True), axis=(-2, -1)) - d
    columns = np.sum(p / p.max(axis=-2, keepdims=True), axis=(-2, -1)) - d
    return (rows + columns) / (2 * d * (d - 1))


def instability(w, x):
    """I_i = Σ_j var(W_ij) var(x_j), shape (..., d): over the states ``w`` (kept, ..., d, d) and the cases of ``x``.

    ``x`` has shape (cases, d). A row that has found no source moves freely. Welling and Teh (2011), section 5.3.

    >>> w = np.array([[[1.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 1.0]]])  # two states: one entry of variance 1
    >>> print(instability(w, x=np.array([[-2.0, 1.0], [2.0, -1.0]])))  # times var x_0 = 4
    [4. 0.]
    """
    w, x = _checks.finite("w", w), _checks.finite("x", x, ndim=2)
    if w.size == 0 or x.size == 0 or w.ndim < 3 or w.shape[-2:] != 2 * x.shape[1:]:
        raise ValueError(f"w must have shape (kept, ..., d, d) for x of shape (cases, d), got {w.shape} and {x.shape}")
    return np.sum(np.var(w, axis=0) * np.var(x, axis=0), axis=-1)
