"""Regressions: minus the log posterior of the weights of a line, and of a linear classifier."""

import numpy as np
from scipy.special import expit

from sgdphysics import _checks


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

    Examples
    --------
    >>> line = LinearRegression(x=[[1.0], [2.0]], y=[1.0, 3.0], noise=1.0, prior_scale=1.0)
    >>> mean, covariance = line.posterior()
    >>> print(np.round(mean, 4), np.round(covariance, 4), np.abs(line.gradient(mean)) < 1e-12)  # 7/6 and 1/6
    [1.1667] [[0.1667]] [ True]
    >>> print(line.energy(np.zeros(1)), line.minibatch_gradient(np.zeros(1), rows=np.array([1])))
    5.0 [-12.]
    >>> print(np.round([line.log_evidence(), -0.5 * (np.log((2 * np.pi) ** 2 * 6) + 10 - 49 / 6)], 6))
    [-3.650423 -3.650423]
    """

    def __init__(self, x, y, noise, prior_scale):
        self.x, self.y = design_and_targets(x, y)
        self.noise = _checks.scalar("noise", noise, _checks.positive)
        self.prior_scale = _checks.scalar("prior_scale", prior_scale, _checks.positive)
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

    Examples
    --------
    Weights of zero know nothing: a bit, ln 2, of energy a case.

    >>> classes = LogisticRegression(x=[[1.0], [2.0], [-1.0]], y=[1, 1, -1], prior="normal", scale=10.0)
    >>> print(classes.margins(np.array([2.0])), np.round(classes.energy(np.zeros(1)) / np.log(2), 6))
    [2. 4. 2.] 3.0
    >>> print(classes.gradient(np.zeros(1)), classes.minibatch_gradient(np.zeros(1), rows=np.array([0, 1, 2])))
    [-2.] [-2.]
    """

    def __init__(self, x, y, prior="laplace", scale=1.0, cases=None):
        self.x, self.y = design_and_targets(x, y)
        if not np.isin(self.y, (-1.0, 1.0)).all():
            raise ValueError(f"y must hold the labels -1 and +1 alone, got {np.unique(self.y)[:5]}")
        self.prior = _checks.word("prior", prior, ("laplace", "normal"))
        self.scale = _checks.scalar("scale", scale, _checks.positive)
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

    @np.errstate(under="ignore")
    def energy(self, q):
        return np.sum(self.counted * np.logaddexp(0.0, -self.margins(q)), axis=-1) + self._prior_energy(q)

    def gradient(self, q):
        pull = -self.y * self.counted * expit(-self.margins(q))
        return pull @ self.x + self._prior_gradient(q)

    def minibatch_gradient(self, q, rows):
        if self.cases is not None:
            rows = rows_of_chains(self.cases, rows)
        x, y = self.x[rows], self.y[rows]
        pull = -y * expit(-y * np.matmul(x, q[..., np.newaxis])[..., 0])
        misfit = np.matmul(pull[..., np.newaxis, :], x)[..., 0, :]
        return self.n_cases / x.shape[-2] * misfit + self._prior_gradient(q)

    def _prior_energy(self, q):
        if self.prior == "laplace":
            return np.sum(np.abs(q), axis=-1) / self.scale
        return np.sum(np.square(q), axis=-1) / (2.0 * self.scale**2)

    def _prior_gradient(self, q):
        return np.sign(q) / self.scale if self.prior == "laplace" else q / self.scale**2


def design_and_targets(x, y):
    """Return ``x`` (cases, d) and ``y`` (cases,) as float64, or raise ValueError unless they fit each other.

    >>> design_and_targets([[1.0], [2.0]], [1.0])
    Traceback (most recent call last):
    ValueError: x must have shape (cases, d) with one row for each y, got (2, 1) and (1,)
    """
    x, y = _checks.finite("x", x, ndim=2), _checks.finite("y", y, ndim=1)
    if x.shape[0] != y.size or x.size == 0:
        raise ValueError(f"x must have shape (cases, d) with one row for each y, got {x.shape} and {y.shape}")
    return x, y


def rows_of_chains(cases, rows):
    """Rows (batch,) or (chains, batch) within the training sets ``cases`` (chains, n), as rows of the whole data.

    >>> print(rows_of_chains(np.array([[7, 8, 9], [4, 5, 6]]), np.array([0, 2])).tolist())
    [[7, 9], [4, 6]]
    """
    if np.ndim(rows) > 1 and np.shape(rows)[:-1] != (len(cases),):
        raise ValueError(f"rows must be one batch for each of the {len(cases)} training sets, got {np.shape(rows)}")
    return np.take_along_axis(cases, np.broadcast_to(rows, (len(cases), np.shape(rows)[-1])), axis=-1)
