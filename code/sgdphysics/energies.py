"""What is sampled: energies E(q), whose equilibrium at temperature T has density proportional to exp(-E(q)/T).

Positions are arrays ``(..., d)``: any number of chains in front, coordinates last. Energies are known up to a
constant, which no dynamics can feel. With E = -log posterior, T = 1 is Bayes.
"""

from typing import Protocol

import numpy as np

from sgdphysics import _checks


class Energy(Protocol):
    """A differentiable energy of ``dimension`` coordinates."""

    dimension: int

    def energy(self, q):
        """E(q): ``(..., d) -> (...)``."""

    def gradient(self, q):
        """dE/dq: ``(..., d) -> (..., d)``."""


class DataEnergy(Energy, Protocol):
    """An energy that is a sum over ``n_cases`` cases plus a term of the prior."""

    n_cases: int

    def minibatch_gradient(self, q, rows):
        """Gradient of the prior term + N/n times the sum over ``rows``, unbiased for ``gradient(q)``.

        ``rows`` holds case numbers, shape ``(batch,)`` for all chains or ``(chains, batch)`` for one batch a chain.
        """


class Harmonic:
    """E(q) = ½ Σ_i k_i (q_i - c_i)²: independent springs of stiffness k around a centre c.

    Equilibrium at temperature T: independent normal coordinates of mean c_i and variance T/k_i.

    Parameters
    ----------
    stiffness : k, positive; a scalar (one coordinate) or shape (d,)
    center : c, a scalar or shape (d,)
    """

    def __init__(self, stiffness, center=0.0):
        stiffness, center = _checks.finite("stiffness", stiffness), _checks.finite("center", center)
        if max(stiffness.ndim, center.ndim) > 1:
            raise ValueError(
                f"stiffness and center must be scalars or vectors, got shapes {stiffness.shape} and {center.shape}"
            )
        _checks.positive("stiffness", stiffness)
        try:
            self.stiffness, self.center = np.broadcast_arrays(np.atleast_1d(stiffness), np.atleast_1d(center))
        except ValueError as error:
            raise ValueError(
                f"stiffness and center must have the same length, got shapes {stiffness.shape} and {center.shape}"
            ) from error
        self.dimension = self.stiffness.size

    def energy(self, q):
        return 0.5 * np.sum(self.stiffness * (q - self.center) ** 2, axis=-1)

    def gradient(self, q):
        return self.stiffness * (q - self.center)


class DoubleWell:
    """E(q) = b (q² - 1)²: two wells at q = ±1 with a barrier of height b between them; one coordinate."""

    dimension = 1

    def __init__(self, barrier=1.0):
        self.barrier = _checks.scalar("barrier", barrier, _checks.positive)

    def energy(self, q):
        return self.barrier * np.sum((np.square(q) - 1.0) ** 2, axis=-1)

    def gradient(self, q):
        return 4.0 * self.barrier * q * (np.square(q) - 1.0)


class Gaussian:
    """E(q) = ½ (q - μ)ᵀ Σ⁻¹ (q - μ): at temperature T a normal law of mean μ and covariance T Σ.

    Parameters
    ----------
    mean : μ, shape (d,)
    covariance : Σ, shape (d, d), symmetric and positive definite
    """

    def __init__(self, mean, covariance):
        self.mean = _checks.finite("mean", mean, ndim=1)
        self.covariance = _checks.finite("covariance", covariance, ndim=2)
        self.dimension = self.mean.size
        if self.covariance.shape != (self.dimension, self.dimension):
            raise ValueError(
                f"covariance must have shape {(self.dimension, self.dimension)} to fit mean, "
                f"got {self.covariance.shape}"
            )
        if not np.allclose(self.covariance, self.covariance.T, rtol=1e-10, atol=0.0):
            raise ValueError(f"covariance must be symmetric, got {covariance!r}")
        if np.linalg.eigvalsh(self.covariance)[0] <= 0.0:
            raise ValueError(f"covariance must be positive definite, got {covariance!r}")
        self.precision = np.linalg.inv(self.covariance)

    def energy(self, q):
        return 0.5 * np.sum((q - self.mean) * self.gradient(q), axis=-1)

    def gradient(self, q):
        return (q - self.mean) @ self.precision


class LinearRegression:
    """E(w) = Σ_c (y_c - x_c·w)² / (2σ²) + |w|² / (2s²): minus the log posterior of the weights w.

    The likelihood is y ~ N(x·w, σ²), the prior w ~ N(0, s²). Equilibrium at T = 1 is the Bayesian posterior, a normal
    law (see :meth:`posterior`); at temperature T its covariance is T times as large (Bishop 2006, eqs 3.53-3.54).

    Parameters
    ----------
    x : design matrix, shape (cases, d); no intercept is added
    y : targets, shape (cases,)
    noise : σ, standard deviation of the targets around the line
    prior_scale : s, standard deviation of the prior of each weight
    """

    def __init__(self, x, y, noise, prior_scale):
        self.x, self.y = design_and_targets(x, y)
        self.noise = float(_checks.positive("noise", noise))
        self.prior_scale = float(_checks.positive("prior_scale", prior_scale))
        self.n_cases, self.dimension = self.x.shape

    def energy(self, q):
        residuals = self.y - q @ self.x.T
        misfit = np.sum(residuals**2, axis=-1) / (2 * self.noise**2)
        return misfit + np.sum(np.square(q), axis=-1) / (2 * self.prior_scale**2)

    def gradient(self, q):
        return (q @ self.x.T - self.y) @ self.x / self.noise**2 + q / self.prior_scale**2

    def minibatch_gradient(self, q, rows):
        x, y = self.x[rows], self.y[rows]
        residuals = np.einsum("...nd,...d->...n", x, q) - y
        misfit = np.einsum("...n,...nd->...d", residuals, x) / self.noise**2
        return self.n_cases / x.shape[-2] * misfit + q / self.prior_scale**2

    def posterior(self, temperature=1.0):
        """Mean (d,) and covariance (d, d) of the weights in equilibrium at ``temperature``."""
        temperature = _checks.scalar("temperature", temperature, _checks.positive, zero=True)
        precision = self.x.T @ self.x / self.noise**2 + np.eye(self.dimension) / self.prior_scale**2
        mean = np.linalg.solve(precision, self.x.T @ self.y / self.noise**2)
        return mean, temperature * np.linalg.inv(precision)

    def log_evidence(self):
        """ln p(y | x) = ln N(y; 0, σ² 1 + s² x xᵀ), all constants kept (Bishop 2006, eq. 3.86 in another form).

        The energy drops the constants of likelihood and prior: ln ∫ exp(-E(w)) dw = ln p(y | x) + (n/2) ln(2πσ²) +
        (d/2) ln(2πs²), with n cases and d weights.
        """
        covariance = self.noise**2 * np.eye(self.n_cases) + self.prior_scale**2 * self.x @ self.x.T
        log_determinant = np.linalg.slogdet(2 * np.pi * covariance)[1]
        return float(-0.5 * (self.y @ np.linalg.solve(covariance, self.y) + log_determinant))


def design_and_targets(x, y):
    """Return ``x`` (cases, d) and ``y`` (cases,) as float64, or raise ValueError unless they fit each other."""
    x, y = _checks.finite("x", x, ndim=2), _checks.finite("y", y, ndim=1)
    if x.shape[0] != y.size or x.size == 0:
        raise ValueError(f"x must have shape (cases, d) with one row for each y, got {x.shape} and {y.shape}")
    return x, y


class LogisticRegression:
    """E(w) = Σ_c ln(1 + exp(-y_c x_c·w)) + prior(w): minus the log posterior of the weights of a linear classifier.

    The likelihood is p(y|x) = 1/(1 + exp(-y x·w)) for labels y = ±1. Minus the log prior is Σ|w_i|/s for "laplace" and
    Σ w_i²/(2s²) for "normal". Welling and Teh (2011), section 5.2, take the Laplace prior of scale s = 1.

    Parameters
    ----------
    x : design matrix, shape (cases, d); no intercept is added
    y : labels, shape (cases,), all of them -1 or +1
    prior : "laplace" or "normal"
    scale : s > 0
    cases : None, or integers (chains, n): the cases that each chain learns from, for many training sets at once. Every
        ``q`` is then (chains, d), ``n_cases`` is n, and ``rows`` count within the training set of each chain
    """

    def __init__(self, x, y, prior="laplace", scale=1.0, cases=None):
        self.x, self.y = design_and_targets(x, y)
        if not np.isin(self.y, (-1.0, 1.0)).all():
            raise ValueError(f"y must hold the labels -1 and +1 alone, got {np.unique(self.y)[:5]}")
        if prior not in ("laplace", "normal"):
            raise ValueError(f'prior must be "laplace" or "normal", got {prior!r}')
        self.prior, self.scale = prior, float(_checks.positive("scale", scale))
        self.n_cases, self.dimension = self.x.shape
        self.cases, self.counted = None, 1.0
        if cases is not None:
            self.cases = _checks.rows("cases", cases, self.n_cases)
            self.n_cases = self.cases.shape[-1]
            self.counted = np.zeros((len(self.cases), len(self.y)))
            np.add.at(self.counted, (np.arange(len(self.cases))[:, np.newaxis], self.cases), 1.0)

    def margins(self, q):
        """y_c x_c·w for every case of ``x``, (..., d) -> (..., cases): positive where the classifier is right."""
        return self.y * (q @ self.x.T)

    def energy(self, q):
        return np.sum(self.counted * np.logaddexp(0.0, -self.margins(q)), axis=-1) + self._prior_energy(q)

    def gradient(self, q):
        pull = -self.y * self.counted * logistic(-self.margins(q))
        return pull @ self.x + self._prior_gradient(q)

    def minibatch_gradient(self, q, rows):
        if self.cases is not None:
            rows = rows_of_chains(self.cases, rows)
        x, y = self.x[rows], self.y[rows]
        pull = -y * logistic(-y * np.matmul(x, q[..., np.newaxis])[..., 0])
        misfit = np.matmul(pull[..., np.newaxis, :], x)[..., 0, :]
        return self.n_cases / x.shape[-2] * misfit + self._prior_gradient(q)

    def _prior_energy(self, q):
        if self.prior == "laplace":
            return np.sum(np.abs(q), axis=-1) / self.scale
        return np.sum(np.square(q), axis=-1) / (2.0 * self.scale**2)

    def _prior_gradient(self, q):
        return np.sign(q) / self.scale if self.prior == "laplace" else q / self.scale**2


class TiedMixture:
    """Minus the log posterior of two means that share a coordinate: x ~ ½ N(θ1, 2) + ½ N(θ1 + θ2, 2).

    The priors are θ1 ~ N(0, 10) and θ2 ~ N(0, 1); the second argument of N is a variance (Welling and Teh 2011, section
    5.1). Two coordinates. Exchanging the two means, (θ1, θ2) → (θ1 + θ2, -θ2), changes the prior of θ1 alone, so that
    p(θ1 + θ2, -θ2)/p(θ1, θ2) = exp(-[(θ1 + θ2)² - θ1²]/20): the two modes carry nearly equal mass.

    Parameters
    ----------
    x : data, shape (cases,)
    """

    dimension = 2
    prior_variance = np.array([10.0, 1.0])
    noise_variance = 2.0

    def __init__(self, x):
        self.x = _checks.finite("x", x, ndim=1)
        if not self.x.size:
            raise ValueError("x must hold at least one case, got none")
        self.n_cases = self.x.size

    def energy(self, q):
        first = self.x - np.asarray(q)[..., :1]
        second = first - np.asarray(q)[..., 1:]
        misfit = -np.logaddexp(-(first**2) / (2 * self.noise_variance), -(second**2) / (2 * self.noise_variance))
        return misfit.sum(axis=-1) + np.sum(np.square(q) / (2 * self.prior_variance), axis=-1)

    def gradient(self, q):
        return self._gradient(np.asarray(q), self.x, 1.0)

    def minibatch_gradient(self, q, rows):
        return self._gradient(np.asarray(q), self.x[rows], self.n_cases / np.shape(rows)[-1])

    def scores(self, q):
        """∇ ln p(x_c|θ) + ∇ ln p(θ)/N, case by case: (..., 2) -> (..., cases, 2); V_s is their covariance."""
        every = np.repeat(np.asarray(q)[..., np.newaxis, :], self.n_cases, axis=-2)
        return -self.minibatch_gradient(every, np.arange(self.n_cases)[:, np.newaxis]) / self.n_cases

    def _gradient(self, q, x, scale):
        """Gradient of the prior + ``scale`` times the sum over ``x`` (..., n)."""
        gradient = q / self.prior_variance
        shift = q[..., 1:]
        first = x - q[..., :1]
        # how much the second component is responsible for each case; tanh cannot overflow
        share = 0.5 + 0.5 * np.tanh(shift * (first - 0.5 * shift) / (2 * self.noise_variance))
        gradient[..., 0] -= scale / self.noise_variance * np.sum(first - share * shift, axis=-1)
        gradient[..., 1] -= scale / self.noise_variance * np.sum(share * (first - shift), axis=-1)
        return gradient


def rows_of_chains(cases, rows):
    """Rows (batch,) or (chains, batch) within the training sets ``cases`` (chains, n), as rows of the whole data."""
    if np.ndim(rows) > 1 and np.shape(rows)[:-1] != (len(cases),):
        raise ValueError(f"rows must be one batch for each of the {len(cases)} training sets, got {np.shape(rows)}")
    return np.take_along_axis(cases, np.broadcast_to(rows, (len(cases), np.shape(rows)[-1])), axis=-1)


def logistic(z):
    """1/(1 + exp(-z)), by tanh, which cannot overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)
