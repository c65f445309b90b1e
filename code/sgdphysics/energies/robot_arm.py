"""Neal's network for the robot arm: two joint angles in, the position of the hand out, and the weights' energy.

A network has two inputs, ``hidden`` sigmoidal units and two linear outputs; its weights w lie in three groups: input to
hidden (2 hidden), bias to hidden (hidden), bias and hidden to output (2 hidden + 2, each output's bias first).
"""

import numpy as np

from sgdphysics import _checks

NOISE = 0.05  #: standard deviation of the noise on each output of the arm
ELBOW = (0.534, 3.142)  #: range of the second angle in the data
SHOULDER = ((-1.932, -0.453), (0.453, 1.932))  #: the two ranges of the first angle
SCALE_PRIORS = {
    "flat": 0.0,
    "normal": 1.0,
    "lognormal": 1.0 / 9.0,
}  #: precision of a scale, or of its logarithm


def robot_arm(angles):
    """Where the hand is: (..., 2) joint angles -> (..., 2), from arms of lengths 2.0 and 1.3.

    y₁ = 2.0 cos x₁ + 1.3 cos(x₁ + x₂), y₂ = 2.0 sin x₁ + 1.3 sin(x₁ + x₂) (MacKay 1992; Neal 1992).

    >>> print(robot_arm(np.array([0.0, 0.0])))  # stretched out
    [3.3 0. ]
    """
    angles = _checks.finite("angles", angles)
    if angles.ndim == 0 or angles.shape[-1] != 2:
        raise ValueError(f"angles must have shape (..., 2), got {angles.shape}")
    shoulder, both = angles[..., 0], angles[..., 0] + angles[..., 1]
    return np.stack([2.0 * np.cos(shoulder) + 1.3 * np.cos(both), 2.0 * np.sin(shoulder) + 1.3 * np.sin(both)], -1)


def robot_arm_cases(rng, n_cases):
    """Draw cases x (n_cases, 2) and y (n_cases, 2) = hand + noise of standard deviation 0.05.

    Each angle is uniform in its range; the two ranges of the first angle are equally likely.

    >>> x, y = robot_arm_cases(np.random.default_rng(0), 10_000)
    >>> x.shape, round(float(np.std(y - robot_arm(x))), 2)
    ((10000, 2), 0.05)
    """
    n_cases = _checks.integer("n_cases", n_cases, minimum=1)
    sides = np.asarray(SHOULDER)[_checks.generator(rng).integers(2, size=n_cases)]
    x = np.stack([rng.uniform(sides[:, 0], sides[:, 1]), rng.uniform(*ELBOW, n_cases)], -1)
    return x, robot_arm(x) + NOISE * rng.standard_normal((n_cases, 2))


class Perceptron:
    """The network itself, and how badly weights w fit the cases: minus a log likelihood without its noise level.

    M(w) = ((m₀ + n)/2) ln(s₀ + Σ_c |y_c - f(x_c, w)|²), with n numbers in y and s₀ = m₀ = 0.1: the noise's precision
    has a gamma prior and is integrated out (Neal 1992). f(x) = b₂ + W₂ σ(b₁ + W₁ x), with σ = tanh or the logistic
    function. Given w, the precision 1/σ² has a gamma law of shape (m₀ + n)/2 and rate (s₀ + squared error)/2.

    Parameters
    ----------
    x, y : cases (n_cases, 2) and (n_cases, 2); axes in front hold other data for each of the last axes of chains
    hidden : number of hidden units
    activation : "tanh" or "logistic"
    force_dtype : precision of :meth:`misfit_gradient`, None for float64; everything else is float64

    Examples
    --------
    >>> x, y = robot_arm_cases(np.random.default_rng(0), 200)
    >>> network = Perceptron(x, y)
    >>> w = np.zeros((7, network.n_weights))  # seven networks that always say (0, 0)
    >>> network.outputs(w, x).shape, bool(np.allclose(network.squared_error(w), np.sum(y**2)))
    ((7, 200, 2), True)
    >>> bool(np.allclose(network.misfit(w), 200.05 * np.log(0.1 + np.sum(y**2))))  # (m₀ + n)/2 = (0.1 + 400)/2
    True
    >>> first, second = network.layers(network.misfit_gradient(w))
    >>> first.shape, second.shape
    ((7, 3, 16), (7, 2, 17))
    """

    prior_cases = prior_error = 0.1

    def __init__(self, x, y, hidden=16, activation="tanh", force_dtype=None):
        self.x, self.y = _checks.finite("x", x), _checks.finite("y", y)
        if self.x.ndim < 2 or self.x.shape[-1] != 2 or self.x.shape != self.y.shape or self.x.size == 0:
            raise ValueError(f"x and y must both have shape (..., cases, 2), got {self.x.shape} and {self.y.shape}")
        self.activation = _checks.word("activation", activation, ("tanh", "logistic"))
        self.hidden = _checks.integer("hidden", hidden, minimum=1)
        self.dtype = _checks.precision("force_dtype", force_dtype)
        self.n_weights = 5 * self.hidden + 2
        self.groups = np.repeat([0, 1, 2], [2 * self.hidden, self.hidden, 2 * self.hidden + 2])
        self.power = (self.prior_cases + self.y[..., 0].shape[-1] * 2) / 2
        self._free = {}

    def layers(self, w):
        """First layer (..., 3, hidden), bias last, and second layer (..., 2, 1 + hidden), bias first."""
        first, second = w[..., : 3 * self.hidden], w[..., 3 * self.hidden :]
        return first.reshape(*w.shape[:-1], 3, self.hidden), second.reshape(*w.shape[:-1], 2, 1 + self.hidden)

    def outputs(self, w, x):
        """f(x, w): weights (..., n_weights) and inputs (cases, 2) -> (..., cases, 2).

        Axes in front of the inputs hold other inputs for each of the last axes of chains, as for the cases.
        """
        first, second = self.layers(np.asarray(w, np.float64))
        signal = np.asarray(x) @ first[..., :2, :] + first[..., 2:, :]
        signal = np.tanh(signal) if self.activation == "tanh" else 0.5 + 0.5 * np.tanh(0.5 * signal)
        return signal @ second[..., 1:].swapaxes(-1, -2) + second[..., None, :, 0]

    def squared_error(self, w):
        """Σ_c |y_c - f(x_c, w)|² over the training cases and both outputs: (..., n_weights) -> (...)."""
        return np.sum((self.outputs(w, self.x) - self.y) ** 2, axis=(-1, -2))

    def misfit(self, w):
        """M(w): (..., n_weights) -> (...)."""
        return self.power * np.log(self.prior_error + self.squared_error(w))

    def misfit_gradient(self, w):
        """dM/dw: (..., n_weights) -> (..., n_weights), computed in ``force_dtype``, returned in float64."""
        chains = w.shape[:-1]
        buffers = self._borrow(chains)
        first, second = self.layers(w.reshape(-1, self.n_weights))
        buffers.first[...], buffers.second[..., : 1 + self.hidden] = first, second
        if self.activation == "logistic":
            _logistic_as_tanh(buffers.first, buffers.second[..., : 1 + self.hidden])
        error = buffers.backpropagate()
        gradient = buffers.gradient * (2.0 * self.power / (self.prior_error + error))[:, None]
        self._free[chains].append(buffers)
        if self.activation == "logistic":
            _gradient_of_logistic(*self.layers(gradient))
        return gradient.reshape(w.shape)

    def _borrow(self, chains):
        """Buffers for this shape of chains; each thread gets its own, and the next call uses them again."""
        try:
            return self._free.setdefault(chains, []).pop()
        except IndexError:
            return _Buffers(self, chains)

    def __getstate__(self):
        return self.__dict__ | {"_free": {}}


class _Buffers:
    """Arrays of one batch of chains: features first, then chains, cases last.

    So each element-by-element step is one run through memory, and each sum over cases a matrix product.
    """

    def __init__(self, network, chains):
        hidden, cases, kind = network.hidden, network.x.shape[-2], network.dtype
        sets = network.x.shape[:-2]
        if sets != chains[len(chains) - len(sets) :]:
            raise ValueError(
                f"q must have chains of shape {sets}, or more in front, to fit the sets of cases; got {chains}"
            )
        n = int(np.prod(chains, dtype=int))
        rows = np.ones((3 + hidden + 2, n, cases), kind)  # x₁, x₂, 1, hidden units, y₁, y₂
        for part, data in ((rows[:2], network.x), (rows[-2:], network.y)):
            in_chains = np.broadcast_to(data, (*chains, cases, 2)).reshape(n, cases, 2)
            part[...] = np.moveaxis(in_chains, -1, 0)
        self.same_inputs = network.x.ndim == 2  # then the first layer of all chains is one matrix product
        self.first = np.empty((n, 3, hidden), kind)
        if self.same_inputs:
            self.first = np.empty((3, hidden, n), kind).transpose(2, 0, 1)
            self.all_first, self.all_inputs = self.first.transpose(1, 2, 0).reshape(3, -1), rows[:3, 0].copy()
        self.second = np.zeros((n, 2, 3 + hidden), kind)
        self.second[:, :, -2:] = -np.eye(2)  # takes the targets away, so that the outputs are residuals
        self.gradient = np.empty((n, network.n_weights))
        self.first_gradient, self.second_gradient = network.layers(self.gradient)
        self.inputs, self.units = rows[:2, None], rows[3:-2]
        self.all_units = self.units.reshape(hidden * n, cases)
        self.products = np.empty((3, 2, n, cases), kind)  # (x₁, x₂, 1) × residuals; the last are the residuals
        self.by_row, self.by_square = np.empty((2, n, 3 + hidden), kind), np.empty((3, 2, n, hidden), kind)
        # The same memory, a matrix a chain.
        self.chain_rows, self.chain_units = rows.transpose(1, 0, 2), self.units.transpose(1, 0, 2)
        self.chain_residuals = self.products[2].transpose(1, 0, 2)
        self.chain_products = self.products.reshape(6, n, cases).transpose(1, 0, 2)
        self.chain_by_square = self.by_square.reshape(6, n, hidden).transpose(1, 0, 2)

    def backpropagate(self):
        """Squared error (n,) of a tanh network; half its gradient goes to ``gradient``.

        The first layer's gradient Σ_c x (1 - h²) W₂ᵀr is taken apart into W₂ᵀ(Σ_c x r - Σ_c h² x r): of the long arrays
        (hidden, cases) only tanh and the square are then element by element.
        """
        residuals, by_square = self.products[2], self.by_square
        if self.same_inputs:
            np.matmul(self.all_first.T, self.all_inputs, out=self.all_units)
        else:
            np.matmul(self.first.swapaxes(1, 2), self.chain_rows[:, :3], out=self.chain_units)
        np.tanh(self.units, out=self.units)
        np.matmul(self.second, self.chain_rows[:, 2:], out=self.chain_residuals)
        by_row = self.by_row.transpose(1, 0, 2)
        np.matmul(self.chain_residuals, self.chain_rows[:, :-2].swapaxes(1, 2), out=by_row)
        np.multiply(self.units, self.units, out=self.units)
        np.multiply(self.inputs, residuals, out=self.products[:2])
        np.matmul(self.chain_products, self.chain_units.swapaxes(1, 2), out=self.chain_by_square)
        np.subtract(self.by_row[..., :3].transpose(2, 0, 1)[..., None], by_square, out=by_square)
        np.multiply(by_square, self.second[:, :, 1:-2].transpose(1, 0, 2), out=by_square)
        np.add(by_square[:, 0], by_square[:, 1], out=self.first_gradient.transpose(1, 0, 2))
        self.second_gradient[...] = by_row[..., 2:]
        return np.add(*np.vecdot(residuals, residuals))


class RobotArmNetwork:
    """E(q) = M(w) + |u|²/2 - ln prior(scales): minus the log posterior of Neal's network for the robot arm.

    q = 82 unscaled weights u with prior N(0, 1), then one scale for each group of weights; the weights used are w =
    scale × u, in the order of :class:`Perceptron`, which also defines the misfit M (Neal 1992). The paper leaves the
    prior of the scales open. Equilibrium at T = 1 is the Bayesian posterior.

    Parameters
    ----------
    x, y : cases, both (n_cases, 2); axes in front hold other data for each of the last axes of chains
    hidden : number of hidden units; 16 gives ``dimension`` 85
    activation : "tanh" or "logistic"
    scale_prior : "flat" (none), "normal" (scale ~ N(0, 1)) or "lognormal" (ln scale ~ N(0, 3²), and ln scale is the
        coordinate). Flat is improper: at enormous scales every unit is a step, and the posterior no longer falls
    force_dtype : precision of :meth:`gradient`, None for float64. With float32 a leapfrog step is still reversible and
        keeps volume, as for any force that depends on q alone; so hamiltonian_monte_carlo still has exp(-E/T) as target

    Examples
    --------
    >>> x, y = robot_arm_cases(np.random.default_rng(0), 200)
    >>> network = RobotArmNetwork(x, y)
    >>> q = np.ones((3, network.dimension))  # three chains: 82 weights, 3 scales
    >>> q[:, -3:] = 0.5
    >>> print(network.dimension, network.scales(q)[0], network.weights(q)[0, :2], network.outputs(q, x).shape)
    85 [0.5 0.5 0.5] [0.5 0.5] (3, 200, 2)
    >>> print(np.round(network.energy(q) - network.network.misfit(network.weights(q)), 6))  # |u|²/2
    [41. 41. 41.]
    >>> h = 1e-6 * np.eye(network.dimension)[-1]  # along the last scale
    >>> slope = (network.energy(q + h) - network.energy(q - h)) / 2e-6
    >>> bool(np.allclose(slope, network.gradient(q)[:, -1], rtol=1e-5))
    True
    """

    def __init__(self, x, y, hidden=16, activation="tanh", scale_prior="flat", force_dtype=None):
        self.network = Perceptron(x, y, hidden, activation, force_dtype)
        self.scale_prior = _checks.word("scale_prior", scale_prior, SCALE_PRIORS)
        self.scale_precision = SCALE_PRIORS[scale_prior]
        self.dimension = self.network.n_weights + 3
        self._scale_of = self.network.groups + self.network.n_weights
        self._first_of_group = np.flatnonzero(np.diff(self.network.groups, prepend=-1))

    def scales(self, q):
        """The scale of each group: (..., dimension) -> (..., 3)."""
        coordinate = q[..., self.network.n_weights :]
        return np.exp(coordinate) if self.scale_prior == "lognormal" else coordinate

    def weights(self, q):
        """w = scale × u: (..., dimension) -> (..., n_weights)."""
        q = np.asarray(q, np.float64)
        return q[..., : self.network.n_weights] * self.scales(q)[..., self.network.groups]

    def outputs(self, q, x):
        """f(x, w): states (..., dimension) and inputs (cases, 2) -> (..., cases, 2), as :meth:`Perceptron.outputs`."""
        return self.network.outputs(self.weights(q), x)

    def energy(self, q):
        unscaled, scale = np.split(np.asarray(q, np.float64), [self.network.n_weights], axis=-1)
        prior = np.sum(unscaled**2, axis=-1) + self.scale_precision * np.sum(scale**2, axis=-1)
        return self.network.misfit(self.weights(q)) + prior / 2

    def gradient(self, q):
        q, n = np.asarray(q, np.float64), self.network.n_weights
        unscaled = q[..., :n]
        scale = q.take(self._scale_of, axis=-1)
        if self.scale_prior == "lognormal":
            np.exp(scale, out=scale)
        by_weight = self.network.misfit_gradient(unscaled * scale)
        gradient = np.empty(q.shape)
        scale *= by_weight
        np.add(scale, unscaled, out=gradient[..., :n])
        by_weight = scale if self.scale_prior == "lognormal" else by_weight
        np.multiply(by_weight, unscaled, out=by_weight)
        np.add.reduceat(by_weight, self._first_of_group, axis=-1, out=gradient[..., n:])
        if self.scale_precision:
            gradient[..., n:] += self.scale_precision * q[..., n:]
        return gradient


class DecayNetwork:
    """E(w) = M(w) + Σ_g λ_g |w_g|²/2: what backpropagation lowers, with a weight decay λ for each group of weights.

    Coordinates are the weights of :class:`Perceptron` themselves. λ = 0 is training without weight decay; λ = 1/scale²
    is the posterior of the weights under scales that are held fast.

    Parameters
    ----------
    x, y, hidden, activation, force_dtype : as for RobotArmNetwork
    weight_decay : λ >= 0, shape (3,), or (..., 3) for one set of constants a chain

    Examples
    --------
    >>> x, y = robot_arm_cases(np.random.default_rng(0), 200)
    >>> plain, decaying = (DecayNetwork(x, y, weight_decay=[decay] * 3) for decay in (0.0, 0.1))
    >>> w = np.ones(plain.dimension)
    >>> print(plain.outputs(w, x).shape, np.round(decaying.energy(w) - plain.energy(w), 6))  # λ |w|²/2, 82 weights
    (200, 2) 4.1
    >>> bool(np.allclose(decaying.gradient(w) - plain.gradient(w), 0.1 * w))
    True
    """

    def __init__(self, x, y, weight_decay, hidden=16, activation="tanh", force_dtype=None):
        self.network = Perceptron(x, y, hidden, activation, force_dtype)
        decay = _checks.positive("weight_decay", weight_decay, zero=True)
        if decay.ndim == 0 or decay.shape[-1] != 3:
            raise ValueError(f"weight_decay must have shape (..., 3), one a group, got shape {decay.shape}")
        self.decay = decay[..., self.network.groups]
        self.dimension = self.network.n_weights

    def outputs(self, q, x):
        """f(x, w): weights (..., dimension) and inputs (cases, 2) -> (..., cases, 2), as :meth:`Perceptron.outputs`."""
        return self.network.outputs(q, x)

    def energy(self, q):
        q = np.asarray(q, np.float64)
        return self.network.misfit(q) + np.sum(self.decay * q**2, axis=-1) / 2

    def gradient(self, q):
        q = np.asarray(q, np.float64)
        return self.network.misfit_gradient(q) + self.decay * q


def _logistic_as_tanh(first, second):
    """Turn a logistic network's layers, in place, into those of a tanh network: σ(a) = (1 + tanh(a/2))/2."""
    first *= 0.5
    second[..., 1:] *= 0.5
    second[..., 0] += second[..., 1:].sum(axis=-1)


def _gradient_of_logistic(first, second):
    """The chain rule through :func:`_logistic_as_tanh`, in place."""
    first *= 0.5
    second[..., 1:] += second[..., :1]
    second[..., 1:] *= 0.5
