"""The magnet on a finite torus, solved three ways: every state counted, row by row, and in closed form.

H(s) = -¼ Σ s_i s_j over the 2N bonds of a periodic square lattice of N = rows × columns sites, s = ±1, k_B = 1. This
is the book's lattice gas H = -Σ n_i n_j, n = (1 + s)/2, without its constant and its field, which half a pot full does
not feel. Its coupling is K = 1/(4T): the magnet's own temperature, of H = -Σ s_i s_j, is four times this one. A side of
two sites has two bonds between the same neighbours. All functions take T > 0, a scalar or an array, and return its
shape.
"""

import numpy as np

from sgdphysics import _checks
from sgdphysics.exact import onsager

_MOST_SITES = 20  # a million states
_COLDEST = 1e-3  # below it sinh 2K is no number


def bonds(rows, columns):
    """The pairs of neighbours, shape (2N, 2): each site with the one to its right, then each with the one below it.

    Sites are numbered along the rows. Both sides must be at least 2, or ValueError.

    >>> bonds(3, 4).shape, bonds(2, 2).tolist()[:2]
    ((24, 2), [[0, 1], [1, 0]])
    """
    rows, columns = _sides(rows, columns)
    site = np.arange(rows * columns).reshape(rows, columns)
    return np.concatenate([np.stack([site, np.roll(site, -1, axis)], axis=-1).reshape(-1, 2) for axis in (1, 0)])


def states(n_sites):
    """All states of ``n_sites`` spins (1 to 20), shape (2^N, N), int8: spin i of state k is +1 if its bit i is 1.

    >>> states(2).tolist()
    [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    """
    n_sites = _checks.integer("n_sites", n_sites, minimum=1)
    if n_sites > _MOST_SITES:
        raise ValueError(f"n_sites must be at most {_MOST_SITES}, or all states do not fit; got {n_sites}")
    return (2 * ((np.arange(2**n_sites)[:, np.newaxis] >> np.arange(n_sites)) & 1) - 1).astype(np.int8)


def energies(rows, columns):
    """H of every state of :func:`states`, shape (2^N,), at most 20 sites; the first and the last are least, -N/2.

    >>> levels, counts = np.unique(energies(2, 2), return_counts=True)
    >>> levels.tolist(), counts.tolist()
    ([-2.0, 0.0, 2.0], [2, 12, 2])
    """
    pairs = bonds(rows, columns)
    s = states(len(pairs) // 2)
    return 0.0 - 0.25 * sum(s[:, i] * s[:, j] for i, j in pairs)


def enumerated(rows, columns, temperature):
    """ln Z = ln Σ exp(-H/T) as the sum over all 2^N states, at most 20 sites.

    >>> print(np.round([enumerated(2, 2, 1.0), np.log(12 + 4 * np.cosh(2.0))], 6))
    [3.297642 3.297642]
    """
    temperature = _checks.positive("temperature", temperature)
    levels, counts = np.unique(energies(rows, columns), return_counts=True)  # exact: multiples of ½
    ground = levels[0] / temperature
    boltzmann = np.exp(-(levels - levels[0]) / temperature[..., np.newaxis])
    return np.log(boltzmann @ counts) - ground


def transferred(rows, columns, temperature):
    """ln Z as the trace of a product of transfer matrices, one for each row (Kramers and Wannier 1941); ``columns`` at
    most 10, any number of rows.

    >>> bool(np.isclose(transferred(3, 4, 0.5), enumerated(3, 4, 0.5), rtol=1e-12))
    True
    """
    rows, columns = _sides(rows, columns)
    if columns > 10:
        raise ValueError(f"columns must be at most 10, for a row has 2^columns states; got {columns}")
    temperature = _checks.positive("temperature", temperature)
    s = states(columns).astype(float)
    along, across = np.sum(s * np.roll(s, 1, axis=1), axis=1), s @ s.T
    exponent = (along[:, np.newaxis] + along) / 2 + across - 2 * columns  # zero for rows all alike

    def one(k):
        eigenvalues = np.maximum(np.linalg.eigvalsh(np.exp(k * exponent)), 0.0)
        largest = eigenvalues[-1]
        return rows * (2 * k * columns + np.log(largest)) + np.log(np.sum((eigenvalues / largest) ** rows))

    return np.vectorize(one, otypes=[float])(0.25 / temperature)[()]


def closed_form(rows, columns, temperature):
    """ln Z by Kaufman's formula, a sum of four products; T at least 0.001, any sides of at least 2.

    Z = ½ (2 sinh 2K)^(N/2) [Π 2 cosh(mγ/2) + Π 2 sinh(mγ/2) over odd r, and the same over even r], r = 0 … 2n - 1,
    of m rows and n columns, with cosh γ_r = cosh 2K coth 2K - cos(πr/n), and γ_0 = 2K + ln tanh K, which is negative
    above the critical temperature (Kaufman 1949).

    >>> from sgdphysics.exact import onsager
    >>> bool(np.isclose(closed_form(3, 4, 0.5), enumerated(3, 4, 0.5), rtol=1e-12))
    True
    >>> print(np.round([closed_form(64, 64, 0.7) / 64**2, onsager.log_partition_per_site(0.7)], 6))
    [0.836404 0.836404]
    """
    rows, columns = _sides(rows, columns)
    temperature = _checks.positive("temperature", temperature)
    if (temperature < _COLDEST).any():
        raise ValueError(f"temperature must be at least {_COLDEST}, got {temperature}")
    k = 0.25 / temperature[..., np.newaxis]
    gamma = onsager.rapidity(k, np.pi * np.arange(2 * columns) / columns)
    gamma[..., 0] = (2 * k + np.log(np.tanh(k)))[..., 0]
    x = rows * np.abs(gamma) / 2
    with np.errstate(divide="ignore"):  # at the critical temperature one of the four products is zero
        log_cosh, log_sinh = x + np.log1p(np.exp(-2 * x)), x + np.log(-np.expm1(-2 * x))
    terms = np.stack([part[..., r::2].sum(axis=-1) for r in (1, 0) for part in (log_cosh, log_sinh)], axis=-1)
    top = terms.max(axis=-1, keepdims=True)
    signs = np.stack(np.broadcast_arrays(1.0, 1.0, 1.0, np.sign(gamma[..., 0])), axis=-1)
    four = np.log(np.sum(signs * np.exp(terms - top), axis=-1)) + top[..., 0]
    return (0.5 * rows * columns * np.log(2 * np.sinh(2 * k))[..., 0] + four - np.log(2.0))[()]


def enumerated_graph(couplings, fields):
    """⟨s_i⟩, shape (N,), and ln Z of p(s) ∝ exp(½ Σ K_ij s_i s_j + Σ h_i s_i) on any graph of at most 20 spins.

    couplings : K, symmetric (N, N) with a zero diagonal, and fields : h, (N,), both with 1/T within.

    Two spins, of which one alone feels a field, pulled along by the bond:

    >>> means, log_z = enumerated_graph([[0, 0.5], [0.5, 0]], [1.0, 0.0])
    >>> print(np.round(means, 4), np.round([np.tanh(1.0), np.tanh(0.5) * np.tanh(1.0)], 4))
    [0.7616 0.3519] [0.7616 0.3519]
    >>> print(round(log_z, 6), round(np.log(4 * np.cosh(0.5) * np.cosh(1.0)), 6))
    1.94019 1.94019
    """
    k, h = graph(couplings, fields)
    s = states(len(h)).astype(float)
    exponent = np.sum(s @ k * s, axis=1) / 2 + s @ h
    weights = np.exp(exponent - exponent.max())
    return weights @ s / weights.sum(), float(exponent.max() + np.log(weights.sum()))


def graph(couplings, fields):
    """K and h as float64 arrays, or ValueError unless K is symmetric with a zero diagonal and h fits it.

    >>> graph([[0, 1], [2, 0]], [0, 0])
    Traceback (most recent call last):
    ValueError: couplings must be symmetric with a zero diagonal
    """
    k, h = _checks.finite("couplings", couplings, ndim=2), _checks.finite("fields", fields, ndim=1)
    if k.shape != (len(h), len(h)) or len(h) == 0:
        raise ValueError(f"couplings must have shape (N, N) for N fields, got {k.shape} for {len(h)}")
    if (k != k.T).any() or k.diagonal().any():
        raise ValueError("couplings must be symmetric with a zero diagonal")
    return k, h


def _sides(rows, columns):
    return _checks.integer("rows", rows, minimum=2), _checks.integer("columns", columns, minimum=2)
