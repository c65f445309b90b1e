"""A few states with rates between them: how probability flows, and how much entropy the flow produces.

Rates are matrices R (n, n): R[i, j] is the rate of jumps from state i to state j, and the diagonal is ignored.
Probabilities are rows p (..., n) of sum 1, which obey dp_j/dt = Σ_i (p_i R_ij - p_j R_ji).
"""

import numpy as np

from sgdphysics import _checks


def checked_rates(rates):
    """``rates`` as a float64 matrix with an empty diagonal, or ValueError.

    >>> checked_rates([[-2, 2], [1, -1]]).tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    rates = _checks.finite("rates", rates, ndim=2)
    if rates.shape[0] != rates.shape[1] or rates.shape[0] < 2:
        raise ValueError(f"rates must be a square matrix of at least two states, got shape {rates.shape}")
    np.fill_diagonal(rates, 0.0)
    return _checks.positive("rates", rates, zero=True)


def probabilities(name, p, n):
    """``p`` as float64 (..., n), or ValueError unless its rows are probabilities of n states.

    >>> probabilities("p", [0.5, 0.6], 2)
    Traceback (most recent call last):
    ValueError: p must sum to 1, got a sum of 1.1
    """
    p = _checks.positive(name, p, zero=True)
    if p.ndim == 0 or p.shape[-1] != n:
        raise ValueError(f"{name} must hold {n} states along its last axis, got shape {p.shape}")
    if not np.allclose(p.sum(axis=-1), 1.0, rtol=0.0, atol=1e-9):
        raise ValueError(f"{name} must sum to 1, got a sum of {p.sum(axis=-1)}")
    return p


@np.errstate(under="ignore")
def transition_matrix(rates, duration):
    """P = exp(G t), with G the generator of ``rates``: P[i, j] is the probability to go from i to j in ``duration``.

    By uniformisation and squaring: with Λ the largest exit rate and s = t/2^m such that Λs <= 1,
    exp(G s) = Σ_k e^{-Λs} (Λs)^k/k! (1 + G/Λ)^k, squared m times. No term is negative, so no entry is, at any
    duration, and rows sum to 1. Errors: ValueError for bad input.

    Source: Jensen (1953), uniformisation; Moler and Van Loan (2003), scaling and squaring.

    >>> print(np.round(transition_matrix([[0, 1], [1, 0]], np.log(2) / 2), 6))  # (1 ± e^(-2t))/2
    [[0.75 0.25]
     [0.25 0.75]]
    """
    rates, duration = checked_rates(rates), _checks.scalar("duration", duration, _checks.positive, zero=True)
    exits = rates.sum(axis=1)
    fastest = max(exits.max(), np.finfo(float).tiny)
    squarings = int(np.ceil(np.log2(max(fastest * duration, 1.0))))
    small = fastest * duration / 2.0**squarings
    jump = rates / fastest + np.diag(1.0 - exits / fastest)
    term = np.exp(-small) * np.eye(len(rates))
    total = term.copy()
    for k in range(1, 22):  # 1/22! is below the last digit
        term = term @ jump * (small / k)
        total += term
    for _ in range(squarings):
        total /= total.sum(axis=1, keepdims=True)
        total = total @ total
    return total / total.sum(axis=1, keepdims=True)


def steady_state(rates):
    """The probabilities p (n,) that the rates leave as they are: Σ_i p_i R_ij = p_j Σ_k R_jk.

    ValueError for bad input, and for rates that leave more than one such p: no state is reached from all others.

    >>> print(np.round(steady_state([[0, 2], [1, 0]]), 6))
    [0.333333 0.666667]
    """
    rates = checked_rates(rates)
    reached = (rates > 0) | np.eye(len(rates), dtype=bool)  # [i, j]: from i to j in at most 1, 2, 4, … jumps
    for _ in range(int(np.ceil(np.log2(len(rates))))):
        reached = reached @ reached
    if not reached.all(axis=0).any():
        raise ValueError(f"rates must lead from all states to a common one, or no steady state is unique; got {rates}")
    balance = rates.T - np.diag(rates.sum(axis=1))
    balance[-1] = 1.0  # one balance follows from the others; the sum takes its place
    p = np.clip(np.linalg.solve(balance, np.append(np.zeros(len(rates) - 1), 1.0)), 0.0, None)
    return p / p.sum()


def entropy_production(p, rates):
    """σ[p] = Σ_{i<j} (p_i R_ij - p_j R_ji) ln(p_i R_ij / (p_j R_ji)): entropy produced per time, shape (...).

    It counts the entropy of p and that of the heat bath together, is never negative, and vanishes only in detailed
    balance. Between two states of probability 0 it is 0; from one of them to a state that has some it is infinite.
    Every jump must have its reverse (ValueError). Source: Schnakenberg (1976); Seifert (2012).

    A force f round a ring of n equal states makes the current 2 sinh(f/2)/n, and n f of entropy a turn:

    >>> rates = driven_ring(np.zeros(3), force=0.5)
    >>> print(np.round([entropy_production(steady_state(rates), rates), 0.5 * 2 * np.sinh(0.25)], 6))
    [0.252612 0.252612]
    """
    rates = checked_rates(rates)
    p = probabilities("p", p, len(rates))
    i, j = _bonds(rates)
    there, back = p[..., i] * rates[i, j], p[..., j] * rates[j, i]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(there == back, 0.0, (there - back) * np.log(there / back))
    return np.sum(each, axis=-1)


def _bonds(rates):
    """Pairs i < j between which jumps happen, or ValueError if one of them cannot be reversed."""
    if ((rates > 0) != (rates.T > 0)).any():
        raise ValueError("rates must allow the reverse of every jump, or the entropy produced is infinite")
    return np.nonzero(np.triu(rates) > 0)


def least_entropy_production(rates):
    """The probabilities p (n,) that minimise :func:`entropy_production` for these rates.

    σ is convex, so Newton's method on Σp = 1 with steps cut to stay positive finds the minimum. Errors: ValueError for
    bad input, as in :func:`steady_state`; ArithmeticError if it does not converge.

    Close to equilibrium the steady state produces the least entropy; far from it another distribution does:

    >>> for force in (0.01, 10.0):
    ...     rates = driven_ring([0.0, 1.0, 0.5], force)
    ...     print(np.round(np.abs(steady_state(rates) - least_entropy_production(rates)).max(), 3))
    0.0
    0.388
    """
    rates = checked_rates(rates)
    i, j = _bonds(rates)
    n = len(rates)
    p = steady_state(rates)
    border = np.ones((n + 1, n + 1))
    border[-1, -1] = 0.0
    for _ in range(100):
        there, back = p[i] * rates[i, j], p[j] * rates[j, i]
        force = np.log(there / back)
        gradient, curvature = np.zeros(n), np.zeros((n, n))
        np.add.at(gradient, i, rates[i, j] * (force + 1 - back / there))
        np.add.at(gradient, j, rates[j, i] * (-force + 1 - there / back))
        np.add.at(curvature, (i, i), rates[i, j] ** 2 * (1 + back / there) / there)
        np.add.at(curvature, (j, j), rates[j, i] ** 2 * (1 + there / back) / back)
        np.add.at(curvature, (i, j), -rates[i, j] * rates[j, i] * (1 / there + 1 / back))
        np.add.at(curvature, (j, i), -rates[i, j] * rates[j, i] * (1 / there + 1 / back))
        border[:n, :n] = curvature
        step = np.linalg.solve(border, np.append(-gradient, 0.0))[:n]
        p = p + step * (0.9 / max(np.max(-step / p), 0.9))
        if np.max(np.abs(step)) < 1e-12:
            break
    else:
        raise ArithmeticError(f"least entropy production did not converge for rates {rates}")
    return p / p.sum()


def driven_ring(energies, force, *, temperature=1.0):
    """Rates (n, n) of a ring of n >= 3 states of given ``energies`` with a ``force`` f that drives it round.

    R_{i,i+1} = exp(-(E_{i+1} - E_i - f)/(2T)) and R_{i+1,i} = exp((E_{i+1} - E_i - f)/(2T)): each jump forward takes
    the work f from the drive and leaves the heat f - (E_{i+1} - E_i) (local detailed balance). At f = 0 the steady
    state is exp(-E/T), else a current flows.

    >>> p = steady_state(driven_ring([0.0, 1.0, 2.0], force=0.0))
    >>> print(np.round(p / p[0], 4), np.round(np.exp([-1.0, -2.0]), 4))  # without a force: Boltzmann's law
    [1.     0.3679 0.1353] [0.3679 0.1353]
    """
    energies = _checks.finite("energies", energies, ndim=1)
    force = _checks.scalar("force", force)
    temperature = _checks.scalar("temperature", temperature, _checks.positive)
    n = energies.size
    if n < 3:
        raise ValueError(f"energies must hold at least 3 states to make a ring, got {n}")
    here, there = np.arange(n), np.roll(np.arange(n), -1)
    gain = (force - energies[there] + energies[here]) / (2 * temperature)
    rates = np.zeros((n, n))
    rates[here, there], rates[there, here] = np.exp(gain), np.exp(-gain)
    return rates
