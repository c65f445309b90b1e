"""Welling and Teh's mixture, whose two means share a coordinate."""

import numpy as np

from sgdphysics import _checks


class TiedMixture:
    """Minus the log posterior of two means that share a coordinate: x ~ ½ N(θ1, 2) + ½ N(θ1 + θ2, 2).

    The priors are θ1 ~ N(0, 10) and θ2 ~ N(0, 1); the second argument of N is a variance (Welling and Teh 2011, section
    5.1). Two coordinates. Exchanging the two means, (θ1, θ2) → (θ1 + θ2, -θ2), changes the prior of θ1 alone, so that
    p(θ1 + θ2, -θ2)/p(θ1, θ2) = exp(-[(θ1 + θ2)² - θ1²]/20): the two modes carry nearly equal mass.

    Parameters
    ----------
    x : data, shape (cases,)

    Examples
    --------
    Exchanging the two means changes the prior alone, here by [(θ1 + θ2)² - θ1²]/20 = 0.05:

    >>> mixture = TiedMixture(x=[-1.0, 0.5, 2.0])
    >>> print(np.round(mixture.energy(np.array([[1.0, -1.0], [0.0, 1.0]])), 2))
    [-0.35 -0.4 ]
    >>> q = np.array([0.0, 1.0])
    >>> bool(np.allclose(mixture.scores(q).sum(axis=0), -mixture.gradient(q)))
    True
    >>> bool(np.allclose(mixture.minibatch_gradient(q, rows=np.arange(3)), mixture.gradient(q)))
    True
    """

    dimension = 2
    prior_variance = np.array([10.0, 1.0])
    noise_variance = 2.0

    def __init__(self, x):
        self.x = _checks.finite("x", x, ndim=1)
        if not self.x.size:
            raise ValueError("x must hold at least one case, got none")
        self.n_cases = self.x.size

    @np.errstate(under="ignore")
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
