"""A small classifier whose weights are a particle: one hidden layer of tanh units and a softmax."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.energies.regression import design_and_targets, rows_of_chains


class SoftmaxNetwork:
    """E(w) = -Σ_c ln p(y_c|x_c, w) + |w|²/(2s²), with p(k|x) ∝ exp(b_k + Σ_j V_kj tanh(a_j + Σ_i U_ji x_i)).

    Minus the log posterior for the prior w ~ N(0, s²). Coordinates are U (hidden, inputs), a, V (classes, hidden), b,
    in this order, flattened: dimension = hidden (inputs + 1) + classes (hidden + 1).

    Parameters
    ----------
    x : inputs, shape (cases, inputs)
    y : classes, integers from 0, shape (cases,)
    hidden : number of hidden units
    prior_scale : s > 0
    cases : None, or integers (chains, n): the cases that each chain learns from (see :class:`LogisticRegression`)
    force_dtype : precision of the gradients, None for float64; everything else is float64

    Examples
    --------
    Weights of zero know nothing: ln 3 of energy a case, for three classes.

    >>> rng = np.random.default_rng(0)
    >>> network = SoftmaxNetwork(rng.standard_normal((5, 2)), y=[0, 1, 2, 1, 0], hidden=4, prior_scale=1.0)
    >>> zero, q = np.zeros(network.dimension), rng.standard_normal(network.dimension)
    >>> print(np.round(network.energy(zero) / np.log(3), 6), np.round(network.probabilities(zero, network.x)[0], 4))
    5.0 [0.3333 0.3333 0.3333]
    >>> whole = network.minibatch_gradient(q, rows=np.arange(5))
    >>> bool(np.allclose(whole, network.gradient(q))), [part.shape for part in network.weights(q)]
    (True, [(4, 2), (4, 1), (3, 4), (3, 1)])
    >>> slopes = network.jacobian(q, network.x)
    >>> slopes.shape, bool(np.allclose(network.along(q, whole, network.x), slopes @ whole))
    ((5, 3, 27), True)
    """

    def __init__(self, x, y, hidden, prior_scale, cases=None, force_dtype=None):
        self.x, labels = design_and_targets(x, y)
        if (labels < 0).any() or (labels != np.round(labels)).any():
            raise ValueError(f"y must hold classes 0, 1, …, got {np.unique(labels)[:5]}")
        self.y = labels.astype(int)
        self.hidden = _checks.integer("hidden", hidden, minimum=1)
        self.prior_scale = _checks.scalar("prior_scale", prior_scale, _checks.positive)
        self.n_cases, self.inputs = self.x.shape
        self.classes = int(self.y.max()) + 1
        self.dimension = self.hidden * (self.inputs + 1) + self.classes * (self.hidden + 1)
        self.cases = None if cases is None else _checks.rows("cases", cases, self.n_cases)
        if self.cases is not None:
            self.n_cases = self.cases.shape[-1]
        self.inputs_of_forces = self.x.astype(_checks.precision("force_dtype", force_dtype))
        self.whole = self._inputs_and_targets(slice(None) if self.cases is None else self.cases)

    def weights(self, q):
        """U (..., hidden, inputs), a (..., hidden, 1), V (..., classes, hidden), b (..., classes, 1): views of q."""
        h, i, k = self.hidden, self.inputs, self.classes
        parts = np.split(q, np.cumsum([h * i, h, k * h]), axis=-1)
        shapes = ((h, i), (h, 1), (k, h), (k, 1))
        return [part.reshape(*np.shape(q)[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)]

    @np.errstate(under="ignore")
    def probabilities(self, q, x):
        """p(k|x, w) for inputs ``x`` (cases, inputs), one set of probabilities a chain: (..., cases, classes)."""
        return np.exp(np.swapaxes(self._forward(self.weights(q), np.asarray(x, float).T)[1], -1, -2))

    def jacobian(self, q, x):
        """Slopes of the logits b + V tanh(a + U x) of one network in its weights: q (d,) -> (cases, classes, d)."""
        u, a, v, _ = self.weights(q)
        hidden = np.tanh(x @ u.T + a.T)
        below = v * (1.0 - hidden[:, np.newaxis, :] ** 2)  # (cases, classes, hidden): slopes in a
        one = np.eye(self.classes, dtype=hidden.dtype)
        parts = (
            below[..., np.newaxis] * x[:, np.newaxis, np.newaxis, :],
            below,
            one[:, :, np.newaxis] * hidden[:, np.newaxis, np.newaxis, :],
            np.broadcast_to(one, (len(x), *one.shape)),
        )
        return np.concatenate([part.reshape(len(x), self.classes, -1) for part in parts], axis=-1)

    def along(self, q, direction, x):
        """The same slopes times a ``direction`` (..., d), without making them: (..., cases, classes)."""
        u, a, v, _ = self.weights(q)
        du, da, dv, db = self.weights(direction)
        hidden = np.tanh(u @ x.T + a)
        change = (1.0 - hidden**2) * (du @ x.T + da)
        return np.swapaxes(dv @ hidden + db + v @ change, -1, -2)

    def energy(self, q):
        rows = slice(None) if self.cases is None else self.cases
        log_probabilities = self._forward(self.weights(q), np.swapaxes(self.x[rows], -1, -2))[1]
        return self._misfit(log_probabilities, self.y[rows]) + self._prior(q)

    def gradient(self, q):
        return self._gradient(q, *self.whole, 1.0)

    def minibatch_gradient(self, q, rows):
        if self.cases is not None:
            rows = rows_of_chains(self.cases, rows)
        return self._gradient(q, *self._inputs_and_targets(rows), self.n_cases / np.shape(rows)[-1])

    def _inputs_and_targets(self, rows):
        """What a force needs of the cases: inputs (..., n, inputs), and classes as 0 and 1 (..., classes, n)."""
        inputs = self.inputs_of_forces[rows]
        targets = self.y[rows][..., np.newaxis, :] == np.arange(self.classes)[:, np.newaxis]
        return inputs, targets.astype(inputs.dtype)

    @np.errstate(under="ignore")
    def _forward(self, weights, x):
        """Hidden units (..., hidden, n) and log probabilities (..., classes, n) for inputs (..., inputs, n)."""
        u, a, v, b = weights
        hidden = np.matmul(u, x)
        hidden += a
        np.tanh(hidden, out=hidden)
        logits = np.matmul(v, hidden) + b
        logits -= logits.max(axis=-2, keepdims=True)
        return hidden, logits - np.log(np.sum(np.exp(logits), axis=-2, keepdims=True))

    def _misfit(self, log_probabilities, y):
        y = np.broadcast_to(y, (*log_probabilities.shape[:-2], y.shape[-1]))[..., np.newaxis, :]
        return -np.sum(np.take_along_axis(log_probabilities, y, axis=-2), axis=(-2, -1))

    def _prior(self, q):
        return np.sum(np.square(q), axis=-1) / (2.0 * self.prior_scale**2)

    @np.errstate(under="ignore")
    def _gradient(self, q, x, targets, scale):
        """Gradient of the prior + ``scale`` times the sum over cases, by going backwards through the network."""
        weights = self.weights(np.asarray(q, x.dtype))
        hidden, log_probabilities = self._forward(weights, np.swapaxes(x, -1, -2))
        back = np.exp(log_probabilities, out=log_probabilities)
        back -= targets
        below = np.matmul(np.swapaxes(weights[2], -1, -2), back)
        below *= 1.0 - hidden**2
        parts = (
            np.matmul(below, x),
            below.sum(axis=-1),
            np.matmul(back, np.swapaxes(hidden, -1, -2)),
            back.sum(axis=-1),
        )
        flat = [part.reshape(*np.shape(q)[:-1], -1) for part in parts]
        return scale * np.concatenate(flat, axis=-1) + q / self.prior_scale**2
