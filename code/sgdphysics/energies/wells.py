"""Wells whose equilibria are known: the spring, the double well, the normal law."""

import numpy as np

from sgdphysics import _checks


class Harmonic:
    """E(q) = ½ Σ_i k_i (q_i - c_i)²: independent springs of stiffness k around a centre c.

    Equilibrium at temperature T: independent normal coordinates of mean c_i and variance T/k_i.

    Parameters
    ----------
    stiffness : k, positive; a scalar (one coordinate) or shape (d,)
    center : c, a scalar or shape (d,)

    Examples
    --------
    >>> springs = Harmonic(stiffness=[1.0, 4.0], center=[0.0, 1.0])
    >>> q = np.array([[0.0, 1.0], [1.0, 2.0]])  # two chains
    >>> print(springs.energy(q), springs.gradient(q).tolist())
    [0.  2.5] [[0.0, 0.0], [1.0, 4.0]]
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
    """E(q) = b (q² - 1)²: two wells at q = ±1 with a barrier of height b between them; one coordinate.

    >>> well = DoubleWell(barrier=2.0)
    >>> q = np.array([[-1.0], [0.0], [1.0]])  # left, on top, right
    >>> print(np.abs(well.gradient(q)).max(), well.energy(q))
    0.0 [0. 2. 0.]
    """

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

    Examples
    --------
    >>> cloud = Gaussian(mean=[1.0, 0.0], covariance=[[2.0, 1.0], [1.0, 2.0]])
    >>> q = np.array([2.0, 1.0])
    >>> print(np.round(cloud.energy(q), 6), np.round(cloud.gradient(q), 6))
    0.333333 [0.333333 0.333333]
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
