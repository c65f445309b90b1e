"""Averages in place of neighbours: five approximations of the square lattice, and three of them on any graph.

Units are the book's lattice gas, as in ``ising``: H = -¼ Σ s s', coupling K = 1/(4T), four neighbours each, so that
neighbours of mean m make the field m/T. The magnet's own temperature is four times as high. ``naive`` and ``strip``
are lower bounds of ln Z: the best law of their family, at a cost of T times its KL divergence from Boltzmann's. The
others are not bounds in general. On a graph the arguments carry the factor 1/T: K_ij = J_ij/T and h_i = H_i/T.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp, xlogy

from sgdphysics import _checks
from sgdphysics.exact import ising

#: m = tanh(m/T) has a solution beside 0 below it; 4 in the magnet's units
NAIVE_CRITICAL_TEMPERATURE = 1.0
#: tanh K = 1/3 (Bethe 1935): 0.7213, and 2.8854 in the magnet's units
BETHE_CRITICAL_TEMPERATURE = 0.5 / np.log(2.0)
#: e^(2K) = (5 + √17)/4, see :func:`plaquette`: 0.6064, and 2.4257 in the magnet's units
PLAQUETTE_CRITICAL_TEMPERATURE = 0.5 / np.log((5 + np.sqrt(17.0)) / 4)


class Solution(NamedTuple):
    """What an approximation says of the infinite lattice: m = ⟨s⟩ >= 0, and ln Z per site; shapes of T.

    >>> cold = naive(0.5)
    >>> print(np.round([cold.order_parameter, np.tanh(cold.order_parameter / 0.5)], 4))
    [0.9575 0.9575]
    """

    order_parameter: np.ndarray
    log_partition: np.ndarray


class GraphSolution(NamedTuple):
    """What it says of a graph: ⟨s_i⟩, shape (N,), and ln Z, a float.

    >>> alone = plefka([[0.0]], [1.0], order=1)
    >>> print(np.round(alone.means, 4), round(alone.log_partition, 4))  # tanh 1 and ln 2 cosh 1
    [0.7616] 1.1269
    """

    means: np.ndarray
    log_partition: float


def entropy(m):
    """Entropy of a spin of mean m from -1 to 1, in nats and in the shape of m: -Σ p ln p with p = (1 ± m)/2.

    >>> print(np.round(entropy(np.array([0.0, 1.0])) + 0.0, 4))  # ln 2, and nothing left to know
    [0.6931 0.    ]
    """
    m = _checks.finite("m", m)
    if (np.abs(m) > 1).any():
        raise ValueError(f"m must lie between -1 and 1, got {m}")
    return -xlogy((1 + m) / 2, (1 + m) / 2) - xlogy((1 - m) / 2, (1 - m) / 2)


def naive(temperature):
    """All spins independent: m = tanh(m/T), and ln Z/N >= s(m) + m²/(2T), for two bonds a site are ½m²/T, not m²/T.

    Order that is not there, at T between the exact 0.5673 and 1:

    >>> from sgdphysics.exact import onsager
    >>> print(np.round(naive([0.8, 1.2]).order_parameter, 4), onsager.order_parameter(0.8))
    [0.7104 0.    ] 0.0
    """
    temperature = _checks.positive("temperature", temperature)
    field = _largest_root(lambda x: np.tanh(x) - temperature * x, 1 / temperature)
    m = np.where(temperature < NAIVE_CRITICAL_TEMPERATURE, np.tanh(field), 0.0)[()]
    return Solution(m, entropy(m) + m**2 / (2 * temperature))


def strip(temperature, *, width):
    """Strips of ``width`` rows (1 to 8) kept exact, independent of each other: still a lower bound of ln Z.

    The rows at the edges feel the field K m of the next strip's edge, m = ⟨s⟩ there. With λ the largest eigenvalue of
    the strip's transfer matrix, ln Z/N >= (ln λ - K m²)/width. Time grows as 8^width. The order parameter is the mean
    over the strip's rows; in the last millionth below the critical temperature it follows its square root.

    Wider strips raise the bound towards the exact ln Z:

    >>> from sgdphysics.exact import onsager
    >>> print(np.round([strip(0.6, width=width).log_partition for width in (1, 2, 4)], 4))
    [0.879  0.8838 0.8881]
    >>> print(np.round(onsager.log_partition_per_site(0.6), 4))
    0.8986
    """
    temperature, chain = _checks.positive("temperature", temperature), _Strip(width)
    critical = strip_critical_temperature(width)
    near = critical * (1 - 1e-6)  # beyond it the equation of m is lost in rounding

    def edge(t):
        if t > near:
            return edge(near) * np.sqrt(max(critical - t, 0.0) / (critical - near))
        k = 0.25 / t
        return brentq(lambda m: chain.means(k, k * m)[2] - m, 1e-4, 1.0 + 1e-9, xtol=1e-15)

    def one(t):
        k, m = 0.25 / t, edge(t)
        log_eigenvalue, mean, _ = chain.means(k, k * m)
        return (mean if m else 0.0), (log_eigenvalue - k * m**2) / chain.width

    return Solution(*(part[()] for part in np.vectorize(one, otypes=[float, float])(temperature)))


def strip_critical_temperature(width):
    """T at which K times half the variance per column of the spins at the edges is 1 in a strip without a field.

    Width 1 has 2K e^(2K) = 1, T = 1/(2 W(1)) = 0.8816 with Lambert's W: 3.5264 in the magnet's units.

    >>> [round(strip_critical_temperature(width), 4) for width in (1, 2, 4)]  # slowly towards 0.5673
    [0.8816, 0.789, 0.728]
    """
    return _strip_critical_temperature(_checks.integer("width", width, minimum=1))


@cache
def _strip_critical_temperature(width):
    chain = _Strip(width)
    return brentq(lambda t: chain.edge_variance(0.25 / t) / (8 * t) - 1.0, 0.5, 1.0, xtol=1e-14)


class _Strip:
    """Transfer matrix along a strip of rows, column by column, with a field on its two edges (one row has both)."""

    def __init__(self, width):
        self.width = _checks.integer("width", width, minimum=1)
        if width > 8:
            raise ValueError(f"width must be at most 8, for a column has 2^width states; got {width}")
        s = ising.states(width).astype(float)
        self.along, self.across = s @ s.T, np.sum(s[:, 1:] * s[:, :-1], axis=1)
        self.mean, self.edges = s.mean(axis=1), s[:, 0] + s[:, -1]

    def leading(self, k, field):
        """ln λ, its vector, and the matrix over λ."""
        half = (k * self.across + field * self.edges) / 2
        exponent = k * self.along + half[:, np.newaxis] + half
        top = exponent.max()
        matrix = np.exp(exponent - top)
        last = len(matrix) - 1
        (value,), vector = eigh(matrix, subset_by_index=(last, last), check_finite=False)
        return top + np.log(value), vector[:, 0], matrix / value

    def means(self, k, field):
        """ln λ, the mean spin of the strip and that of its edges."""
        log_eigenvalue, vector, _ = self.leading(k, field)
        return log_eigenvalue, vector**2 @ self.mean, vector**2 @ self.edges / 2

    def edge_variance(self, k):
        """Variance of the sum of all spins at the edges, per column: ⟨M (1 + V/λ)/(1 - V/λ) M⟩, all distances."""
        _, vector, matrix = self.leading(k, 0.0)
        edges = self.edges * vector
        return edges @ (2 * np.linalg.solve(np.eye(len(matrix)) - matrix + np.outer(vector, vector), edges) - edges)


def bethe(temperature):
    """Bonds kept exact: every neighbour sends the field u = artanh(tanh K tanh 3u), and m = tanh 4u (Bethe 1935).

    This is belief propagation's fixed point on the lattice, and exact where there are no loops. ln Z/N is that of a
    site among its neighbours less that of two bonds; it is no bound in general.

    >>> print(round(BETHE_CRITICAL_TEMPERATURE, 4), np.round(bethe([0.5, 0.71, 0.73]).order_parameter, 4))
    0.7213 [0.9286 0.2897 0.    ]
    """
    temperature = _checks.positive("temperature", temperature)
    k = 0.25 / temperature

    def surplus(u):  # artanh(tanh K tanh 3u) - u, without loss of digits where it is large
        return (np.logaddexp(k + 3 * u, -k - 3 * u) - np.logaddexp(k - 3 * u, 3 * u - k)) / 2 - u

    u = np.where(temperature < BETHE_CRITICAL_TEMPERATURE, _largest_root(surplus, k), 0.0)
    w, t = np.tanh(k), np.tanh(3 * u)
    log_cosh = np.logaddexp(k, -k) - np.log(2.0)
    site, bond = np.log((1 + w * t) ** 4 + (1 - w * t) ** 4), np.log1p(w * t**2)
    return Solution(np.tanh(4 * u)[()], (site - 2 * bond + 2 * log_cosh)[()])


def plaquette(temperature):
    """Squares of four spins kept exact, with the bonds and sites counted right: Kikuchi's approximation (1951).

    Entropy per site is that of a square, less two bonds, plus a site. The best law of a square is a fixed point of the
    natural iteration p ∝ exp(½K Σ s s') Π bonds^½ Π sites^(-¼), found from the naive order by its steps and Newton's.
    T at least 0.1; closer than 1e-8 below the critical temperature m is good to 1e-4. No bound in general.

    The best square is a ring of coupling a in a field b, with K = 2a - artanh c for its neighbours' correlation c. To
    first order m = b χ, χ = ⟨s_0 Σ s⟩, and b = m/(1 + c) - m/4: order begins where (3 - c) χ = 4 (1 + c), which is
    x² = 8x + 1 for x = e^(4a).

    >>> from sgdphysics.exact import onsager
    >>> print(np.round([plaquette(0.5).order_parameter, onsager.order_parameter(0.5)], 4))
    [0.9135 0.9113]
    """
    temperature = _checks.positive("temperature", temperature)
    if (temperature < 0.1).any():
        raise ValueError(f"temperature must be at least 0.1, got {temperature}")

    def one(t):
        k, ordered = 0.25 / t, t < PLAQUETTE_CRITICAL_TEMPERATURE
        p = np.prod(1 + (naive(t).order_parameter if ordered else 0.0) * _SQUARE, axis=1) / 16
        for _ in range(200):
            for _ in range(20):
                before = p
                p, log_z = _natural_step(p, k)
            if np.abs(p - before).max() < 1e-15 + 1e-14 * ordered:
                return (p @ _SQUARE[:, 0] if ordered else 0.0), log_z
            if ordered:
                gain = np.eye(5) - _slope(p, k)
                p = p + _MOMENTS @ np.linalg.solve(gain, _coordinates(_natural_step(p, k)[0] - p))
        raise ValueError(f"temperature must be further from the critical one for the iteration to settle, got {t}")

    return Solution(*(part[()] for part in np.vectorize(one, otypes=[float, float])(temperature)))


_SQUARE = ising.states(4).astype(float)  # spins around a square
_NEXT = np.roll(_SQUARE, -1, axis=1)
_BOND_SUM = np.sum(_SQUARE * _NEXT, axis=1)
_UP, _UP_NEXT = (_SQUARE > 0).astype(int), (_NEXT > 0).astype(int)


_ONE, _ALL = _SQUARE.sum(axis=1), _SQUARE.prod(axis=1)
_DIAGONALS = _SQUARE[:, 0] * _SQUARE[:, 2] + _SQUARE[:, 1] * _SQUARE[:, 3]
_MOMENTS = np.stack([_ONE, _ALL * _ONE, _BOND_SUM, _DIAGONALS, _ALL], axis=1)  # odd, odd, even, even, even


def _coordinates(change):
    """Of a change of a symmetric law of a square, in terms of its five moments, which are orthogonal."""
    return change @ _MOMENTS / np.sum(_MOMENTS**2, axis=0)


def _slope(p, k):
    """Derivative of the natural step at p, in the five coordinates: (5, 5)."""
    h = 1e-4 * p.min() * np.array([1.0, -1.0])
    ends = [[_coordinates(_natural_step(p + step * along, k)[0]) for step in h] for along in _MOMENTS.T]
    return np.transpose([(up - down) / (h[0] - h[1]) for up, down in ends])


def _natural_step(p, k):
    """The next law of the 16 states of a square, and the logarithm of its norm, which at the end is ln Z/N."""
    square = p.reshape(2, 2, 2, 2)  # its last axis is spin 0
    log_bond, log_site = np.log(square.sum(axis=(0, 1))), np.log(square.sum(axis=(0, 1, 2)))
    exponent = k / 2 * _BOND_SUM + log_bond[_UP, _UP_NEXT].sum(axis=1) / 2 - log_site[_UP].sum(axis=1) / 4
    weights = np.exp(exponent - exponent.max())
    return weights / weights.sum(), exponent.max() + np.log(weights.sum())


def tap(temperature):
    """The mean field and what a spin's own mark on its neighbours takes back: ln Z/N = s(m) + 2K m² + K² (1 - m²)².

    The next order of Plefka's expansion in K (Thouless, Anderson and Palmer 1977; Plefka 1982); the value is no bound.
    Of its maxima the greater is returned. The disordered one is unstable at no temperature but T = ½, where it is
    touched: the coefficient of ½m² is 4K - 4K² - 1 = -(1 - 2K)², and that of m⁴ is K² - 1/12 > 0 there. The order
    parameter jumps at :func:`tap_transition`. Below T = 0.161, where K² + ln 2 > 2K once more, the expansion is of no
    use and m is 0.

    >>> print(np.round(tap([0.6, 0.65]).order_parameter, 4))  # it jumps at 0.639
    [0.847 0.   ]
    """
    temperature = _checks.positive("temperature", temperature)
    k = 0.25 / temperature
    m, gain = _tap_ordered(k)
    m = np.where(gain > 0, m, 0.0)
    return Solution(m[()], _tap_value(m, k)[()])


def tap_transition():
    """T at which the maximum of order becomes the greater one, and its m there: 0.6390 and 0.7496.

    >>> print(np.round(tap_transition(), 4))
    [0.639  0.7496]
    """
    transition = brentq(lambda t: _tap_ordered(0.25 / np.array(t))[1], 0.5, 0.64, xtol=1e-14)
    return transition, float(_tap_ordered(0.25 / np.array(transition))[0])


def _tap_value(m, k):
    return entropy(m) + 2 * k * m**2 + k**2 * (1 - m**2) ** 2


def _tap_ordered(k):
    """The maximum of largest m, and by how much it lies above m = 0 (negative where there is none)."""

    def slope(x):  # of ln Z/N, over m, at m = tanh x > 0: concave in m²
        return 4 * k - (4 * k * np.exp(-x) / (1 + np.exp(-2 * x))) ** 2 - x / np.tanh(x)

    low, high = np.full_like(k, 1e-12), np.full_like(k, 1 - 1e-12)  # of m²
    for _ in range(120):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        rising = slope(np.arctanh(np.sqrt(a))) < slope(np.arctanh(np.sqrt(b)))
        low, high = np.where(rising, a, low), np.where(rising, high, b)
    top = np.arctanh(np.sqrt(low))
    m = np.tanh(_largest_root(slope, np.maximum(4 * k, top), top))
    return m, _tap_value(m, k) - _tap_value(0 * m, k)


def plefka(couplings, fields, *, order):
    """Plefka's expansion on any graph, of order 1 (naive mean field, a bound of ln Z) or 2 (TAP).

    m_i = tanh(h_i + Σ_j K_ij m_j - [order 2] m_i Σ_j K_ij² (1 - m_j²)), from m = tanh h by half steps.
    couplings : K, symmetric (N, N), zero diagonal; fields : h, (N,). Returns a GraphSolution; ValueError for bad input
    or where the iteration does not settle.

    On two spins in a field the naive value is a bound, and the second order closer to the truth:

    >>> from sgdphysics.exact import ising
    >>> couplings, fields = [[0.0, 0.4], [0.4, 0.0]], [0.5, 0.0]
    >>> first, second = (plefka(couplings, fields, order=order).log_partition for order in (1, 2))
    >>> print(np.round([first, second, ising.enumerated_graph(couplings, fields)[1]], 4))
    [1.5257 1.5845 1.5844]
    """
    k, h = ising.graph(couplings, fields)
    if _checks.integer("order", order, minimum=1) > 2:
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    back = k**2 if order == 2 else np.zeros_like(k)
    m = _settled(lambda m: np.tanh(h + k @ m - m * (back @ (1 - m**2))), np.tanh(h))
    v = 1 - m**2
    return GraphSolution(m, float(entropy(m).sum() + h @ m + m @ k @ m / 2 + v @ back @ v / 4))


def belief_propagation(couplings, fields):
    """Messages along the bonds of any graph: u_ij = artanh(tanh K_ij tanh(h_i + Σ_{k≠j} u_ki)), by half steps from 0.

    Means and ln Z (Bethe's) are exact on a tree. Arguments, result and errors as in :func:`plefka`.

    Exact on a chain, a tree:

    >>> from sgdphysics.exact import ising
    >>> chain, fields = np.diag([0.5, -0.8], 1) + np.diag([0.5, -0.8], -1), [1.0, 0.0, 0.3]
    >>> ours, (means, log_z) = belief_propagation(chain, fields), ising.enumerated_graph(chain, fields)
    >>> bool(np.allclose(ours.means, means)), bool(np.isclose(ours.log_partition, log_z))
    (True, True)
    """
    k, h = ising.graph(couplings, fields)
    w = np.tanh(k)

    def cavity(u):
        return (h + u.sum(axis=0))[:, np.newaxis] - u.T

    u = _settled(lambda u: np.arctanh(w * np.tanh(cavity(u))), np.zeros_like(k))
    reach = w * np.tanh(cavity(u))  # [i, j]: what i tells j
    site = np.logaddexp(h + np.log1p(reach).sum(axis=0), -h + np.log1p(-reach).sum(axis=0)).sum()
    bond = (np.log1p(reach * np.tanh(cavity(u)).T) - np.logaddexp(k, -k) + np.log(2.0)).sum() / 2
    return GraphSolution(np.tanh(h + u.sum(axis=0)), float(site - bond))


def curie_weiss(n_spins, temperature):
    """ln Z of N spins that all meet, H = -(1/N) Σ_{i<j} s_i s_j, and its best product law's bound: two arrays like T.

    The sum over the N + 1 magnetisations is exact. The bound is N s(m) + (N - 1) m²/(2T), m = tanh((1 - 1/N) m/T).

    Here the mean field becomes exact: what its bound misses, a spin, vanishes as N grows.

    >>> for n in (10, 100, 1000):
    ...     log_z, bound = curie_weiss(n, 0.5)
    ...     print(np.round((log_z - bound) / n, 4))
    0.0725
    0.007
    0.0007
    """
    n = _checks.integer("n_spins", n_spins, minimum=2)
    temperature = _checks.positive("temperature", temperature)
    up = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
    pairs = ((2 * up - n) ** 2 / n - 1) / 2
    log_z = logsumexp(ways + pairs / temperature[..., np.newaxis], axis=-1)
    return log_z, n * naive(temperature / (1 - 1 / n)).log_partition


def _largest_root(f, upper, lower=0.0):
    """The root of f, positive below and negative above it, between the two ends: arrays, by bisection."""
    low, high = np.zeros_like(upper) + lower, np.zeros_like(lower) + upper
    for _ in range(110):
        middle = (low + high) / 2
        above = f(middle) <= 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _settled(step, start):
    x = start
    for _ in range(20_000):
        x, before = (x + step(x)) / 2, x
        if np.abs(x - before).max() < 1e-16 + 1e-15 * np.abs(x).max():
            return x
    raise ValueError("couplings must be weaker for the iteration to settle")
