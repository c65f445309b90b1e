"""The Kullback-Leibler divergence: how far one law is from another, in nats."""

import numpy as np

from sgdphysics import _checks


def kl(p, q):
    """KL(p ‖ q) = Σ_i p_i ln(p_i/q_i) of probabilities along the last axis, shape (...); infinite where q = 0 < p."""
    p, q = _checks.positive("p", p, zero=True), _checks.positive("q", q, zero=True)
    if p.shape[-1:] != q.shape[-1:]:
        raise ValueError(f"p and q must have the same number of states, got shapes {p.shape} and {q.shape}")
    for name, law in (("p", p), ("q", q)):
        if not np.allclose(law.sum(axis=-1), 1.0, rtol=0.0, atol=1e-9):
            raise ValueError(f"{name} must sum to 1, got a sum of {law.sum(axis=-1)}")
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * (np.log(p) - np.log(q)), 0.0)
    return terms.sum(axis=-1)


def kl_normal(mean, covariance, mean_q, covariance_q):
    """KL(N(m, C) ‖ N(m', C')) = ½ [tr(C'⁻¹C) - d + (m - m')ᵀ C'⁻¹ (m - m') + ln(det C'/det C)].

    Means (..., d) and covariances (..., d, d), positive definite.
    """
    mean, covariance = _checks.finite("mean", mean), _checks.finite("covariance", covariance)
    difference = mean - _checks.finite("mean_q", mean_q)
    inverse = np.linalg.inv(_checks.finite("covariance_q", covariance_q))
    ratio = inverse @ covariance
    sign, log_determinant = np.linalg.slogdet(ratio)
    if (sign <= 0).any():
        raise ValueError("covariance and covariance_q must be positive definite")
    distance = np.einsum("...i,...ij,...j->...", difference, inverse, difference)
    return 0.5 * (np.trace(ratio, axis1=-2, axis2=-1) - mean.shape[-1] + distance - log_determinant)
