"""The random energy model: 2^N levels drawn once, from a normal law of variance N/2, and real powers of their sum.

Z = Σ_j e^(-β E_j). For a positive number Z and any reference Z₀ > 0, with t = e^x / Z₀,

    ln Z = ln Z₀ + ∫ (e^(-t Z₀) - e^(-t Z)) dx,
    Zⁿ = Z₀ⁿ [1 + n/Γ(1-n) ∫ e^(-nx) (e^(-t Z₀) - e^(-t Z)) dx]      for every real n < 1

(the first is Frullani's integral, the second the integral of the gamma function, by parts). Levels are independent, so
the mean of e^(-tZ) is a power, G(t)^(2^N) with G(t) = E exp(-t e^(-βE)): both means are one quadrature over x, of an
integrand that is itself a smooth integral over one level. The trapezoidal rule converges exponentially for both.

Source: Derrida (1981) for the model; the quadrature is derived here.
"""

import numpy as np
from scipy.special import gammaln, logsumexp, wrightomega

from sgdphysics import _checks

_STEP = 0.2  # of x, and at most of ln t + ln z: the rule's error is of order e^(-π²/step)
_FAR = 38.0  # e^(-_FAR) is nothing beside one
_MOST = 690.0  # whose exponential is still a number
_WIDEST = 100.0  # standard deviation of βE up to which a table takes seconds; time grows with its cube
_ROWS = 256  # places x that are looked at together


def replicated_moment(n, *, levels_log2, beta):
    """ln E Zⁿ of the random energy model, for any real n < 1, negative ones too; its slope at n = 0 is E ln Z.

    Parameters
    ----------
    n : number of replicas, a number or an array, below 1 (at n = 1 it tends to N ln 2 + β²N/4)
    levels_log2 : N >= 0; there are 2^N levels of variance N/2
    beta : β > 0, the inverse temperature, such that β√(N/2) is at most 100

    Returns
    -------
    ln E Zⁿ in the shape of ``n``, to about ten digits. Time grows with (β²N)^(3/2): seconds at the widest.

    Raises
    ------
    ValueError for bad input.

    Examples
    --------
    >>> print(np.round(replicated_moment([-1.0, 0.0, 0.999999], levels_log2=4, beta=1.0), 3))
    [-3.525  0.     3.773]
    >>> print(np.round(4 * np.log(2) + 1.0**2 * 4 / 4, 3))  # ln E Z
    3.773
    """
    n = _checks.finite("n", n)
    if (n >= 1).any():
        raise ValueError(f"n must be below 1, got {n.max():g}; positive integer moments are finite sums")
    table = _Table(levels_log2, beta)
    low, high = n.min(initial=0.0), n.max(initial=0.0)
    x = np.arange(table.left_end(high), table.right_end(low), _STEP)
    size, sign = table.difference(x)
    n_ = n[..., np.newaxis]
    beyond = table.log_tail(x[0]) + (1 - n_) * x[0] + np.log(_STEP / np.expm1((1 - n_) * _STEP))  # all steps left of x
    terms = np.concatenate([size + np.log(_STEP) - n_ * x, beyond], axis=-1) - gammaln(1 - n_)
    weights = n_ * np.append(sign, 1.0)
    terms, weights = (np.insert(part, 0, first, axis=-1) for part, first in ((terms, 0.0), (weights, 1.0)))
    return (n * table.log_z0 + logsumexp(terms, b=weights, axis=-1))[()]


def mean_log_partition(*, levels_log2, beta):
    """E ln Z of the random energy model, the quenched average: a float, to about ten digits.

    Below β_c = 2 √ln 2 it tends to N (ln 2 + β²/4), above to N β √ln 2, from below in both cases.

    Parameters and errors are those of :func:`replicated_moment`.

    >>> beta = np.array([1.0, 3.0])  # above and below the temperature of the transition, β_c = 1.665
    >>> print(np.round([mean_log_partition(levels_log2=60, beta=b) / 60 for b in beta], 3))
    [0.943 2.43 ]
    >>> print(np.round([np.log(2) + 1 / 4, 3 * np.sqrt(np.log(2))], 3))  # N → ∞
    [0.943 2.498]
    """
    table = _Table(levels_log2, beta)
    x = np.arange(table.left_end(0.0), table.right_end(0.0), _STEP)
    size, sign = table.difference(x)
    return float(table.log_z0 + _STEP * (sign @ np.exp(size)))


def participation(*, levels_log2, beta):
    """E Σ_j p_j² of the random energy model, p_j = e^(-βE_j)/Z: the chance that two draws are of the same level.

    Its inverse is about the number of levels that count. As N grows it tends to 0 below β_c and to 1 - β_c/β above:
    condensation. With 1/Z² = ∫ t e^(-tZ) dt it is 2^N ∫ t² E[z² e^(-tz)] G(t)^(2^N - 1) d ln t.

    Parameters and errors are those of :func:`replicated_moment`.

    >>> limit = 1 - 2 * np.sqrt(np.log(2)) / 3  # of N → ∞, at β = 3
    >>> print([round(participation(levels_log2=40, beta=beta), 2) for beta in (0.5, 3.0)], round(limit, 2))
    [0.0, 0.47] 0.44
    """
    table = _Table(levels_log2, beta)
    s = np.arange(table.left_end(0.0), table.right_end(0.0) + 1, _STEP) - table.log_z0
    lift = 2 * table.width**2
    pair = _log_mean(lambda u: 2 * u - np.exp(u), lift + table.drop(s + lift), s, table.width)
    others = np.exp(table.log_exponent(s)) * -np.expm1(-table.log_levels)
    return float(_STEP * np.exp(table.log_levels + pair - others).sum())


class _Table:
    """2^N weights e^(-βE): ln 2^N, the standard deviation of βE, and a typical ln Z₀, with E e^(-Z/Z₀) = 1/e.

    e^(-tZ) and 1 - e^(-tZ) have means whose logarithms are concave in s = ln t, so that an integrand which has become
    nothing on its way outwards stays nothing.
    """

    def __init__(self, levels_log2, beta):
        n_bits = _checks.integer("levels_log2", levels_log2, minimum=0)
        self.log_levels = n_bits * np.log(2.0)
        self.width = _checks.scalar("beta", beta, _checks.positive) * np.sqrt(n_bits / 2)
        if self.width > _WIDEST:
            most = _WIDEST / np.sqrt(n_bits / 2)
            raise ValueError(
                f"beta must be at most {most:.4g} at levels_log2 = {n_bits}, got {beta!r}; "
                "the lowest level alone counts beyond, or take fewer levels"
            )
        self.log_mean = self.log_levels + self.width**2 / 2  # ln E Z
        low, high = self.log_levels - 9 * self.width - 9, self.log_mean + 9
        for _ in range(60):
            self.log_z0 = (low + high) / 2
            low, high = (low, self.log_z0) if self._log_exponent_at(0.0) < 0 else (self.log_z0, high)

    def log_exponent(self, s):
        """ln(-ln E e^(-tZ)) = ln(-2^N ln G) at t = e^s, without loss of digits where G is near one or near zero."""
        log_rest = _log_mean(_log_one_minus, np.clip(-s, 0.0, self.width**2), s, self.width)  # ln(1 - G)
        rest = np.exp(np.clip(log_rest, -_FAR, -0.5))
        log_log = log_rest + np.log(-np.log1p(-rest) / rest)  # ln(-ln G), and where G is small:
        low = log_rest > -0.5
        log_log[low] = np.log(-_log_mean(lambda u: -np.exp(u), self.drop(s[low]), s[low], self.width))
        return np.minimum(self.log_levels + log_log, _MOST)

    def drop(self, s):
        """Where e^(-e^(s + v)) has its mass over v, normal of this width: v = -width² e^(s + v)."""
        return -wrightomega(s + 2 * np.log(max(self.width, 1e-150)))

    def difference(self, x):
        """E (e^(-t Z₀) - e^(-t Z)) at t = e^x / Z₀: logarithm of its size, and its sign."""
        ours, plain = self.log_exponent(x - self.log_z0), np.minimum(x, _MOST)
        a, b = np.where(x > 0, [-np.exp(plain), -np.exp(ours)], [_log_one_minus(ours), _log_one_minus(plain)])
        apart = np.maximum(np.abs(a - b), 1e-300)
        return np.maximum(a, b) + np.log(-np.expm1(-apart)), np.sign(a - b)

    def left_end(self, n):
        """x below which e^(-nx) (1 - E e^(-tZ)) is nothing, or from which on the rest is a geometric series."""
        x = -8.0
        while x > self._linear() and self._log_exponent_at(x) - n * x > -_FAR - 5:
            x *= 1.25
        return max(x, self._linear())

    def right_end(self, n):
        """x above which e^(-nx) E e^(-tZ) is nothing."""
        x = 8.0
        while np.exp(self._log_exponent_at(x)) + n * x < _FAR + 5:
            x *= 1.25
        return x

    def _log_exponent_at(self, x):
        return self.log_exponent(np.array([x - self.log_z0]))[0]

    def log_tail(self, x):
        """ln (E Z/Z₀ - 1), the slope of the difference in e^x, where x is so low that it is linear; else nothing."""
        surplus = -np.expm1(self.log_z0 - self.log_mean)
        return self.log_mean - self.log_z0 + np.log(max(surplus, 1e-300)) if x <= self._linear() else -np.inf

    def _linear(self):
        """x below which 1 - E e^(-tZ) is t E Z: t E Z² / E Z is then nothing beside one."""
        log_square = np.logaddexp(self.log_levels + 2 * self.width**2, 2 * self.log_levels + self.width**2)
        return self.log_mean - log_square - _FAR + self.log_z0


def _log_mean(log_function, center, s, width):
    """ln of the mean of e^log_function(s + v) over v, normal of standard deviation ``width``.

    The mass, no wider than the normal law, lies within width² of ``center``, and within 9.
    """
    if width == 0:
        return log_function(s)
    step = min(_STEP, width / 4)
    far = 9 * width + min(9.0, width**2)
    reach = np.arange(-far, far + step, step)
    parts = []
    for first in range(0, len(s), _ROWS):
        rows = slice(first, first + _ROWS)
        v = center[rows, np.newaxis] + reach
        u = np.minimum(s[rows, np.newaxis] + v, _MOST)
        parts.append(logsumexp(log_function(u) - v**2 / (2 * width**2), axis=1))
    return np.concatenate([np.empty(0), *parts]) + np.log(step / width) - 0.5 * np.log(2 * np.pi)


def _log_one_minus(u):
    """ln(1 - exp(-e^u))."""
    y = np.exp(np.maximum(u, -_FAR))
    return np.where(u < -_FAR, u, np.log(-np.expm1(-y)))
