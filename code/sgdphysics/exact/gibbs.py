"""The knob: energy against entropy for a system of a few states, at a temperature T (k_B = 1).

States i have energies E_i (``levels``, last axis) and probabilities p_i (shape of ``levels``, or any number in front).
"""

import numpy as np

from sgdphysics import _checks


@np.errstate(under="ignore")
def boltzmann(levels, temperature):
    """p_i = exp(-E_i/T) / Σ_j exp(-E_j/T), T > 0, shape (..., states) for T of shape (...); the softmax of -E at T.

    Two levels apart by T ln 3 are occupied three to one:

    >>> print(np.round(boltzmann([0.0, np.log(3)], temperature=1.0), 12))
    [0.75 0.25]
    """
    levels, temperature = _levels(levels), _column(temperature)
    _checks.together(levels=levels, temperature=temperature)
    weights = np.exp(-(levels - levels.min(axis=-1, keepdims=True)) / temperature)  # at most 1: no overflow
    return weights / weights.sum(axis=-1, keepdims=True)


@np.errstate(under="ignore")
def equilibrium_free_energy(levels, temperature):
    """F = -T ln Σ_i exp(-E_i/T), T > 0: the least value of F[p]; finite also where exp(-E/T) is not.

    >>> print(np.round(equilibrium_free_energy([0.0, 0.0], [1.0, 2.0]), 4))  # -T ln 2
    [-0.6931 -1.3863]
    """
    levels, temperature = _levels(levels), _column(temperature)
    _checks.together(levels=levels, temperature=temperature)
    lowest = levels.min(axis=-1, keepdims=True)
    return lowest[..., 0] - temperature[..., 0] * np.log(np.exp(-(levels - lowest) / temperature).sum(axis=-1))


def entropy(p):
    """S = -Σ_i p_i ln p_i in nats, with 0 ln 0 = 0: (..., states) -> (...).

    >>> print(np.round(entropy([[0.5, 0.5], [0.9, 0.1]]), 4))
    [0.6931 0.3251]
    """
    p = _distribution("p", p)
    return -np.sum(p * _log_ratio(p, 1.0), axis=-1)


def free_energy(p, levels, temperature):
    """F[p] = ⟨E⟩ - T S[p]: what a distribution p costs at temperature T >= 0. F[p] - F = T · KL(p ‖ Boltzmann).

    No distribution costs less than Boltzmann's:

    >>> levels, T = np.array([0.0, 1.0, 3.0]), 0.7
    >>> p, equilibrium = np.array([0.6, 0.3, 0.1]), boltzmann(levels, T)
    >>> excess = free_energy(p, levels, T) - equilibrium_free_energy(levels, T)
    >>> bool(np.isclose(excess, T * kullback_leibler(p, equilibrium)))
    True
    """
    temperature = _checks.positive("temperature", temperature, zero=True)
    p, levels = _distribution("p", p), _levels(levels)
    _same_states(p=p, levels=levels)
    energy = np.sum(p * levels, axis=-1)
    _checks.together(p=energy, temperature=temperature)
    return energy - temperature * entropy(p)


@np.errstate(under="ignore")
def tilted(p, levels, mean_energy):
    """Of all distributions of the given ⟨E⟩ the one closest to p in KL: p_i exp(-b E_i), normalised (Jaynes 1957).

    p (..., states), mean_energy a scalar or (...), strictly between the least and the greatest energy that p allows. b
    of either sign is found by bisection, to rounding. ValueError where no such distribution exists.

    A die that shows 4.5 on average (Jaynes):

    >>> die = tilted(np.full(6, 1 / 6), np.arange(1, 7), mean_energy=4.5)
    >>> print(np.round(die, 3))
    [0.054 0.079 0.114 0.165 0.24  0.347]
    """
    p, levels = _distribution("p", p), _levels(levels)
    _same_states(p=p, levels=levels)
    p, levels = np.broadcast_arrays(p, levels)
    mean_energy = _checks.finite("mean_energy", mean_energy)
    if mean_energy.shape not in ((), p.shape[:-1]):
        raise ValueError(f"mean_energy must be a scalar or have shape {p.shape[:-1]}, got shape {mean_energy.shape}")
    mean_energy = np.broadcast_to(mean_energy, p.shape[:-1])[..., np.newaxis]
    lowest = np.where(p > 0, levels, np.inf).min(axis=-1, keepdims=True)
    highest = np.where(p > 0, levels, -np.inf).max(axis=-1, keepdims=True)
    if not ((lowest < mean_energy) & (mean_energy < highest)).all():
        raise ValueError(f"mean_energy must lie between the energies that p allows, got {mean_energy[..., 0]}")
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    # Above the nearer edge, in units of the range: shares are small near the edges, and p may allow less than there is.
    upper, width = mean_energy - lowest > highest - mean_energy, highest - lowest
    levels = np.where(p > 0, levels, lowest)
    levels = np.where(upper, highest - levels, levels - lowest) / width
    mean = np.where(upper, highest - mean_energy, mean_energy - lowest) / width

    def law(b):  # and whether it is too hot
        exponent = log_p - b * levels
        q = np.exp(exponent - exponent.max(axis=-1, keepdims=True))
        q /= q.sum(axis=-1, keepdims=True)
        return q, np.sum(q * levels, axis=-1, keepdims=True) > mean

    least, most = -np.ones_like(mean), np.ones_like(mean)
    while (hot := law(most)[1]).any():
        least, most = np.where(hot, most, least), np.where(hot, 2 * most, most)
    while (cold := ~law(least)[1]).any():
        least, most = np.where(cold, 2 * least, least), np.where(cold, least, most)
    for _ in range(60):
        b = (least + most) / 2
        q, hot = law(b)
        least, most = np.where(hot, b, least), np.where(hot, most, b)
    return q


def kullback_leibler(p, q):
    """KL(p ‖ q) = Σ_i p_i ln(p_i/q_i) in nats: (..., states) twice -> (...); infinite where q forbids what p does.

    Source: Kullback and Leibler (1951).

    >>> print(np.round(kullback_leibler([1.0, 0.0], [0.5, 0.5]), 4), kullback_leibler([0.5, 0.5], [1.0, 0.0]))
    0.6931 inf
    """
    p, q = _distribution("p", p), _distribution("q", q)
    _same_states(p=p, q=q)
    return np.sum(p * _log_ratio(p, q), axis=-1)


def kullback_leibler_normal(mean, covariance, mean_q, covariance_q):
    """KL(N(m, C) ‖ N(m', C')) = ½ [tr(C'⁻¹C) - d + (m - m')ᵀ C'⁻¹ (m - m') + ln(det C'/det C)].

    In nats, shape (...), for means (..., d) and covariances (..., d, d), positive definite.

    >>> one = np.eye(2)
    >>> print(np.round(kullback_leibler_normal([3.0, 4.0], one, [0.0, 0.0], one), 4))  # ½ 5²
    12.5
    """
    mean, mean_q = _checks.finite("mean", mean), _checks.finite("mean_q", mean_q)
    if mean.ndim == 0 or mean.shape[-1] == 0 or mean_q.shape[-1:] != mean.shape[-1:]:
        raise ValueError(
            f"mean and mean_q must have the same d along their last axis, got {mean.shape}, {mean_q.shape}"
        )
    covariance = _definite("covariance", covariance, mean.shape[-1])
    covariance_q = _definite("covariance_q", covariance_q, mean.shape[-1])
    _checks.together(
        mean=mean[..., 0], mean_q=mean_q[..., 0], covariance=covariance[..., 0, 0], covariance_q=covariance_q[..., 0, 0]
    )
    difference, inverse = mean - mean_q, np.linalg.inv(covariance_q)
    ratio = inverse @ covariance
    log_determinant = np.linalg.slogdet(ratio)[1]
    distance = np.einsum("...i,...ij,...j->...", difference, inverse, difference)
    return 0.5 * (np.trace(ratio, axis1=-2, axis2=-1) - mean.shape[-1] + distance - log_determinant)


def _log_ratio(p, q):
    """ln(p/q) where p > 0, and 0 elsewhere, so that 0 ln 0 = 0."""
    with np.errstate(divide="ignore"):
        return np.where(p > 0, np.log(np.where(p > 0, p, 1.0)) - np.log(np.where(p > 0, q, 1.0)), 0.0)


def _definite(name, value, d):
    """``value`` as symmetric, positive definite matrices (..., d, d), or ValueError."""
    matrix = _checks.finite(name, value)
    if matrix.shape[-2:] != (d, d):
        raise ValueError(f"{name} must have shape (..., {d}, {d}), got {matrix.shape}")
    if not np.allclose(matrix, np.swapaxes(matrix, -1, -2), rtol=1e-9, atol=0.0):
        raise ValueError(f"{name} must be symmetric, got {matrix}")
    if (np.linalg.eigvalsh(matrix) <= 0).any():
        raise ValueError(f"{name} must be positive definite, got {matrix}")
    return matrix


def _same_states(**arrays):
    """Raise ValueError unless these arrays (..., states) are of the same states and broadcast."""
    if len({array.shape[-1] for array in arrays.values()}) > 1:
        shapes = " and ".join(str(array.shape) for array in arrays.values())
        raise ValueError(f"{' and '.join(arrays)} must have the same states along their last axis, got shapes {shapes}")
    _checks.together(**arrays)


def _column(temperature):
    return _checks.positive("temperature", temperature)[..., np.newaxis]


def _levels(levels):
    levels = _checks.finite("levels", levels)
    if levels.ndim == 0 or levels.shape[-1] == 0:
        raise ValueError(f"levels must hold at least one energy, got shape {levels.shape}")
    return levels


def _distribution(name, p):
    p = _checks.finite(name, p)
    if p.ndim == 0 or (p < 0).any() or not np.allclose(p.sum(axis=-1), 1.0, rtol=0.0, atol=1e-9):
        raise ValueError(f"{name} must hold probabilities, >= 0 and of sum 1, got {p!r}")
    return p
