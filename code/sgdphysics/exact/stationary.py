"""The steady state of stochastic gradient descent at a constant learning rate: its cloud, its currents, its tails.

Weights w follow w' = w - η ĝ(w), where ĝ is unbiased for the gradient of a summed energy with Hessian A. Covariances
are about the minimum. ``learning_rate`` η multiplies the gradient of the sum over cases, as
:func:`sgdphysics.dynamics.sgd` has it.
"""

import numpy as np
from scipy.linalg import eigh, solve_discrete_lyapunov
from scipy.optimize import brentq

from sgdphysics import _checks
from sgdphysics.energies import LinearRegression


def covariance(hessian, noise, *, learning_rate, momentum=0.0):
    """Stationary covariance Σ (d, d) of the weights on a quadratic energy, when the gradient's noise does not move.

    Update: v' = β v - η (A w + ξ), w' = w + v', with ⟨ξξᵀ⟩ = V. Without momentum, w' = (1 - ηA) w - ηξ has the
    covariance (1 - ηA) Σ (1 - ηA) + η²V, which equals Σ if AΣ + ΣA - ηAΣA = ηV: between the eigenvectors i and j of A,
    Σ_ij = η V_ij / (λ_i + λ_j - η λ_i λ_j). With momentum the pair (w, v) obeys a law of the same form, solved as such;
    along one eigenvector var w = η V / ((1 - β) λ (2 - ηλ/(1 + β))). Any law of ξ has this covariance.

    Parameters
    ----------
    hessian : A, shape (d, d), symmetric and positive definite
    noise : V, covariance of the gradient, shape (d, d), symmetric and not negative
    learning_rate : η > 0, below 2 (1 + β)/λ_max
    momentum : β, from 0 up to but without 1

    Raises
    ------
    ValueError for bad input, and at and beyond the limit of stability, which it names.

    Source: Mandt, Hoffman and Blei (2017) for ηAΣA left out; Liu, Ziyin and Ueda (2021) for finite steps.

    Examples
    --------
    On a valley of curvatures 1 and 4, with noise of variance 1: η/(λ (2 - ηλ))

    >>> print(np.round(covariance(np.diag([1.0, 4.0]), np.eye(2), learning_rate=0.1), 4))
    [[0.0526 0.    ]
     [0.     0.0156]]
    >>> covariance(np.diag([1.0, 4.0]), np.eye(2), learning_rate=0.5)
    Traceback (most recent call last):
    ValueError: learning_rate must be below 2 (1 + momentum) / λ_max = 0.5, got 0.5
    """
    hessian, noise = _definite("hessian", hessian), _covariance("noise", noise, np.shape(hessian))
    eta = _checks.scalar("learning_rate", learning_rate, _checks.positive)
    beta = _checks.scalar("momentum", momentum, _checks.positive, zero=True)
    if beta >= 1:
        raise ValueError(f"momentum must be below 1, got {beta}")
    limit = 2 * (1 + beta) / np.linalg.eigvalsh(hessian)[-1]
    if eta >= limit:
        raise ValueError(f"learning_rate must be below 2 (1 + momentum) / λ_max = {limit:.6g}, got {eta}")
    one = np.eye(len(hessian))
    step = np.block([[one - eta * hessian, beta * one], [-eta * hessian, beta * one]])  # of the pair (w, v)
    both = solve_discrete_lyapunov(step, np.kron(np.ones((2, 2)), eta**2 * noise))
    return _symmetric(both[: len(one), : len(one)])


def regression_covariance(model, *, learning_rate, batch_size):
    """Second moment Σ (d, d) about the minimum, of SGD on a regression with the noise that its minibatches make.

    With u_c = x_c/σ, residuals r_c = (x_c·w* - y_c)/σ at the minimum w*, the prior's part P of the Hessian A = A_D + P,
    and batches of n cases drawn with replacement, a gradient at w* + δ is ĝ = Pδ + Pw* + (N/n) Σ u_c (u_c·δ + r_c). Its
    mean is Aδ, so the chain's mean stays at w*; averaging its covariance over the cloud gives

        AΣ + ΣA - ηAΣA = η [(N/n) Σ_c (u_cᵀΣu_c + r_c²) u_c u_cᵀ - (A_D Σ A_D + Pw*(Pw*)ᵀ)/n],

    linear in Σ. The noise grows with the cloud: frozen at w* it would lack the term u_cᵀΣu_c.

    Parameters
    ----------
    model : an energies.LinearRegression
    learning_rate : η > 0, below :func:`mean_square_limit`
    batch_size : n >= 1

    Raises
    ------
    ValueError for bad input, and at and beyond the limit, where the second moment is infinite.

    Examples
    --------
    The cloud shrinks in proportion to η/n, while both are such that it is small:

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=[[1.0], [2.0], [3.0]], y=[1.0, 1.0, 4.0], noise=1.0, prior_scale=1.0)
    >>> cloud = [regression_covariance(line, learning_rate=1e-4, batch_size=n)[0, 0] for n in (1, 10)]
    >>> print(round(cloud[0] / cloud[1], 1))
    10.0
    """
    eta = _checks.scalar("learning_rate", learning_rate, _checks.positive)
    limit = mean_square_limit(model, batch_size=batch_size)
    if eta >= limit:
        raise ValueError(f"learning_rate must be below the mean-square limit {limit:.6g}, got {eta}")
    decay, growth = _second_moment_maps(model, batch_size)
    mode = model.posterior()[0]
    inputs, pull = model.x / model.noise, mode / model.prior_scale**2
    residuals = (model.x @ mode - model.y) / model.noise
    source = model.n_cases * (inputs.T * residuals**2) @ inputs - np.outer(pull, pull)
    flat = np.linalg.solve(decay - eta * growth, eta / batch_size * source.ravel())
    return _symmetric(flat.reshape(source.shape))


def mean_square_limit(model, *, batch_size):
    """The learning rate at which the second moment of SGD on ``model``, a LinearRegression, ceases to exist.

    In one step Σ becomes Σ - ηL₁Σ + η²L₂Σ + const., with L₁Σ = AΣ + ΣA and L₂ the terms of second order of
    :func:`regression_covariance`. That map keeps covariances covariances, so its largest eigenvalue is real and
    positive (Perron and Frobenius), and as η grows it first reaches 1 where L₁ - ηL₂ becomes singular. It is at most
    2/λ_max.

    Large batches come near to the limit of gradient descent, 2/λ_max = 2/15:

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=[[1.0], [2.0], [3.0]], y=[1.0, 1.0, 4.0], noise=1.0, prior_scale=1.0)
    >>> [round(mean_square_limit(line, batch_size=n), 4) for n in (1, 10, 10_000)]
    [0.0929, 0.1278, 0.1333]
    """
    decay, growth = _second_moment_maps(model, batch_size)
    return float(1.0 / eigh(growth, decay, eigvals_only=True)[-1])


def _second_moment_maps(model, batch_size):
    """L₁ and L₂ of :func:`mean_square_limit` as symmetric matrices (d², d²) on flattened Σ."""
    if not isinstance(model, LinearRegression):
        raise ValueError(f"model must be an energies.LinearRegression, got {model!r}")
    batch_size = _checks.integer("batch_size", batch_size, minimum=1)
    inputs, one = model.x / model.noise, np.eye(model.dimension)
    squares = np.einsum("ci,cj->cij", inputs, inputs).reshape(len(inputs), -1)
    data = inputs.T @ inputs
    hessian = data + one / model.prior_scale**2
    noise = (model.n_cases * squares.T @ squares - np.kron(data, data)) / batch_size
    return np.kron(hessian, one) + np.kron(one, hessian), np.kron(hessian, hessian) + noise


def currents(hessian, covariance, *, learning_rate):
    """Area that the weights enclose per step in each plane, an antisymmetric matrix (d, d): positive from i to j.

    ½⟨w_i w'_j - w_j w'_i⟩ with ⟨w'|w⟩ = (1 - ηA) w is (η/2) [AΣ - ΣA]_ij, whatever the noise, also where it moves with
    the weights. In equilibrium, and wherever Σ shares the axes of A, it is zero.

    Parameters
    ----------
    hessian : A, shape (d, d)
    covariance : Σ, shape (d, d), such as :func:`covariance` or :func:`regression_covariance` returns
    learning_rate : η > 0

    Examples
    --------
    Noise aslant to a valley drives a current; noise along its axes does not:

    >>> valley = np.diag([1.0, 4.0])
    >>> for noise in (np.array([[1.0, 0.5], [0.5, 1.0]]), np.eye(2)):
    ...     cloud = covariance(valley, noise, learning_rate=0.1)
    ...     print(f"{abs(currents(valley, cloud, learning_rate=0.1)[0, 1]):.5f}")
    0.00163
    0.00000
    """
    hessian = _definite("hessian", hessian)
    covariance = _covariance("covariance", covariance, hessian.shape)
    eta = _checks.scalar("learning_rate", learning_rate, _checks.positive)
    return eta / 2 * (hessian @ covariance - covariance @ hessian)


def entropy_per_step(hessian, noise, *, learning_rate):
    """Mean entropy that the chain of :func:`covariance` with *normal* noise produces in a step, ⟨ln P(w'|w)/P(w|w')⟩.

    With M = 1 - ηA and Q = η²V = Σ - MΣM, both Gaussians are averaged over the pair of covariances Σ and ⟨ww'ᵀ⟩ = ΣM:
    σ = -½ tr Q⁻¹[M, [M, Σ]] = -½ tr V⁻¹[A, [A, Σ]], in units of k_B. It vanishes where A and V share their axes. For
    two weights with the noise's correlation ρ in the axes of A it is η ρ²/(1 - ρ²) (λ₁ - λ₂)²/(λ₁ + λ₂ - ηλ₁λ₂): the
    strength of the noise drops out. A chain fed by finitely many minibatches has no such number: hardly a step of it
    can be undone.

    Parameters are those of :func:`covariance`, with ``noise`` positive definite. Raises ValueError as it does.

    >>> valley, noise = np.diag([1.0, 4.0]), np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> formula = 0.1 * 0.25 / 0.75 * 9 / (5 - 0.1 * 4)  # η ρ²/(1 - ρ²) (λ₁ - λ₂)²/(λ₁ + λ₂ - ηλ₁λ₂)
    >>> print(np.round([entropy_per_step(valley, noise, learning_rate=0.1), formula], 6))
    [0.065217 0.065217]
    """
    hessian, noise = _definite("hessian", hessian), _definite("noise", noise)
    cloud = covariance(hessian, noise, learning_rate=learning_rate)
    inner = hessian @ cloud - cloud @ hessian
    return float(-0.5 * np.trace(np.linalg.solve(noise, hessian @ inner - inner @ hessian)))


def tail_exponent(factors, probabilities):
    """Kesten's exponent α > 0 of w' = f w + b: P(|w| > u) falls as u^-α, up to a periodic function of ln u.

    α solves Σ p |f|^α = 1. Moments of order α and above are infinite, the variance for α <= 2. ``inf`` where no factor
    expands: all moments are then finite, and where every factor contracts the support is bounded. Kicks b that leave
    one and the same w where it is, as when all cases agree, make no tail: w rests there.

    Parameters
    ----------
    factors : f, shape (k,), such as 1 - η h_c for each case or batch
    probabilities : p > 0, shape (k,), of sum 1

    Raises
    ------
    ValueError for bad input, and where the chain has no stationary law, ⟨ln|f|⟩ >= 0.

    Source: Kesten (1973).

    Examples
    --------
    Halved or doubled, the latter with chance 1/3: ½ 2^α · … = 1 at α = 1, a tail without a mean

    >>> print(round(tail_exponent([0.5, 2.0], [2 / 3, 1 / 3]), 6), tail_exponent([0.5, 0.9], [0.5, 0.5]))
    1.0 inf
    """
    size = np.abs(_checks.finite("factors", factors, ndim=1))
    p = _checks.positive("probabilities", probabilities)
    if p.shape != size.shape or not np.isclose(p.sum(), 1.0, rtol=0, atol=1e-9):
        raise ValueError(
            f"probabilities must be one for each of the {size.size} factors, of sum 1, got {probabilities!r}"
        )
    p, log = p[size > 0], np.log(size[size > 0])  # a factor of zero forgets everything
    drift = p @ log if len(p) == size.size else -np.inf
    if drift >= 0:
        raise ValueError(f"factors must contract on average, mean ln|f| < 0, got {drift:.6g}")
    if not (log > 0).any():
        return np.inf

    def excess(alpha):
        return np.log(p @ np.exp(alpha * log - alpha * log.max())) + alpha * log.max()

    high = 1.0
    while excess(high) <= 0:
        high *= 2
    low = high / 2
    while excess(low) >= 0:
        low /= 2
    return float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))


def epoch_variance(curvature, spread, *, batches, learning_rate):
    """Variance of a weight after 0, 1, …, m steps of an epoch that goes once through its m batches in random order.

    Each batch's gradient is that of (a/2)(w - c_k)², whose mean over the batches is the whole energy. Cases drawn
    without replacement repel each other: an epoch's noise is a bridge that nearly returns to where it began, not a
    walk. With c = 1 - ηa the noise of k steps is η²a²s²/(m - 1) [m (1 - c^2k)/(1 - c²) - ((1 - c^k)/(1 - c))²], and the
    variance at the start is its fixed point over k = m.

    Parameters
    ----------
    curvature : a > 0
    spread : s >= 0, standard deviation of the m minima c_k about their mean
    batches : m >= 2
    learning_rate : η > 0, below 2/a

    Returns
    -------
    Variance at phases 0 … m, shape (m + 1,); the first and the last agree

    Examples
    --------
    >>> bridge = epoch_variance(1.0, 1.0, batches=4, learning_rate=0.01)
    >>> print(np.round(bridge / bridge.max(), 2))  # least where an epoch ends, most in its middle
    [0.01 0.76 1.   0.74 0.01]
    >>> independent = covariance([[1.0]], [[1.0]], learning_rate=0.01)[0, 0]
    >>> print(np.round(bridge.max() / independent, 2))
    0.03
    """
    a = _checks.scalar("curvature", curvature, _checks.positive)
    s = _checks.scalar("spread", spread, _checks.positive, zero=True)
    m, eta = (
        _checks.integer("batches", batches, minimum=2),
        _checks.scalar("learning_rate", learning_rate, _checks.positive),
    )
    if eta >= 2 / a:
        raise ValueError(f"learning_rate must be below 2/curvature = {2 / a:.6g}, got {eta}")
    c = 1 - eta * a
    powers = np.cumsum(np.vander([c, c**2], m, increasing=True), axis=1)  # Σ c^j and Σ c^2j, without 0/0
    once, squares = np.hstack([np.zeros((2, 1)), powers])
    noise = (eta * a * s) ** 2 / (m - 1) * (m * squares - once**2)
    fade = c ** (2 * np.arange(m + 1))
    return fade * noise[-1] / (1 - fade[-1]) + noise


def _symmetric(matrix):
    return (matrix + matrix.T) / 2


def _covariance(name, value, shape=None):
    """``value`` as a symmetric matrix without negative eigenvalues, or ValueError."""
    matrix = _checks.finite(name, value, ndim=2)
    if matrix.size == 0 or len(set(matrix.shape)) > 1 or matrix.shape != (shape or matrix.shape):
        raise ValueError(
            f"{name} must be a square matrix{f' of shape {shape}' if shape else ''}, got shape {matrix.shape}"
        )
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
        raise ValueError(f"{name} must be symmetric, got {matrix}")
    lowest, largest = np.linalg.eigvalsh(matrix)[[0, -1]]
    if lowest < -1e-9 * max(abs(largest), abs(lowest)):
        raise ValueError(f"{name} must not have negative eigenvalues, got {lowest:.6g}")
    return matrix


def _definite(name, value):
    """``value`` as a symmetric, positive definite matrix, or ValueError."""
    matrix = _covariance(name, value)
    if (lowest := np.linalg.eigvalsh(matrix)[0]) <= 0:
        raise ValueError(f"{name} must be positive definite, got the eigenvalue {lowest:.6g}")
    return matrix
