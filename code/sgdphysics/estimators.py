"""Error bars of independent replicas, and whether chains have arrived."""

from typing import NamedTuple

import numpy as np

from sgdphysics import _checks


class Convergence(NamedTuple):
    """What several chains say about each quantity, floats or arrays (k...), by ArviZ's definitions.

    >>> found = convergence(np.random.default_rng(0).standard_normal((1000, 4)))
    >>> print(f"{found.r_hat:.1f}", found.ess_tail > 2000)
    1.0 True
    """

    r_hat: float | np.ndarray  #: rank-normalised split R-hat: near 1 if the chains agree; below 1.01 is asked for
    ess_bulk: float | np.ndarray  #: effective sample size for the middle of the distribution
    ess_tail: float | np.ndarray  #: the smaller of those for its 5% and 95% quantiles
    mcse_mean: float | np.ndarray  #: Monte Carlo standard error of the mean


def convergence(x):
    """Whether chains ``x`` (kept, chains) or (kept, chains, k...) have arrived, a :class:`Convergence` of shape (k...).

    The numbers are ArviZ's. They compare the chains with each other, so let these start far apart; and they are of the
    quantity given: ask for those that you will report, such as predictions, and not only for the coordinates.

    Raises
    ------
    ValueError for fewer than four states or two chains, for entries that are not finite, and for a quantity that never
    varies, which has neither.

    Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021).

    Examples
    --------
    Chains that agree, and chains of which one is elsewhere:

    >>> chains = np.random.default_rng(0).standard_normal((1000, 4))  # independent: each state counts
    >>> found = convergence(chains)
    >>> print(found.r_hat < 1.01, 3000 < found.ess_bulk < 5000, 0.014 < found.mcse_mean < 0.018)  # 1/√4000
    True True True
    >>> print(convergence(chains + [0.0, 0.0, 0.0, 3.0]).r_hat > 1.2)
    True
    """
    from arviz_stats.base import array_stats  # half a second, which only those who ask should pay

    x = _checks.finite("x", x)
    if x.ndim < 2 or x.shape[0] < 4 or x.shape[1] < 2 or x.size == 0:
        raise ValueError(
            f"x must have shape (kept, chains, k...) with at least 4 states of at least 2 chains, got {x.shape}"
        )
    still = np.argwhere(np.ptp(x, axis=(0, 1)) == 0.0)
    if len(still):
        which = f" of quantity {tuple(map(int, still[0]))}" if x.ndim > 2 else ""
        raise ValueError(f"x must vary, or nothing can be said of it; all states{which} are equal")
    axes = {"chain_axis": 1, "draw_axis": 0}
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):  # R-hat of chains that all stand still
        each = (
            array_stats.rhat(x, **axes),
            array_stats.ess(x, **axes),
            array_stats.ess(x, method="tail", prob=(0.05, 0.95), **axes),
            array_stats.mcse(x, **axes),
        )
    return Convergence(*(float(value) if x.ndim == 2 else value for value in each))


def replica_mean(x):
    """Mean over independent replicas (first axis) and its standard error, s/√n; the rest of the shape is kept.

    The error is itself uncertain: it has n - 1 degrees of freedom, which a claim takes as ``dof``.

    >>> mean, error = replica_mean([1.0, 2.0, 3.0, 4.0])
    >>> print(mean, np.round(error**2, 6))  # s²/n with s² = 5/3
    2.5 0.416667
    """
    x = _checks.finite("x", x)
    if x.ndim == 0 or x.shape[0] < 4:
        raise ValueError(f"x must hold at least 4 independent replicas along its first axis, got shape {x.shape}")
    return x.mean(axis=0), x.std(axis=0, ddof=1) / np.sqrt(x.shape[0])


def jackknife(statistic, x, *, groups=20):
    """A ``statistic`` of independent replicas ``x`` (replicas, ...) without its bias of order 1/n, and its error.

    The replicas are cut into ``groups``; with θ the statistic of all and θ_g that without group g, the estimate is
    gθ - (g - 1) mean θ_g and the error √((g - 1) mean (θ_g - mean θ_g)²), with g - 1 degrees of freedom (Efron 1982).
    ``statistic`` maps an array like ``x`` to a number or an array.

    The variance with 1/n is too small by 1/n; the jackknife puts that right:

    >>> x = np.random.default_rng(0).standard_normal(20)
    >>> estimate, error = jackknife(np.var, x)
    >>> print(bool(np.isclose(estimate, np.var(x, ddof=1))), 0 < error < 1)
    True True
    """
    statistic, x = _checks.function("statistic", statistic), _checks.finite("x", x)
    groups = _checks.integer("groups", groups, minimum=4)
    if x.ndim == 0 or x.shape[0] < groups:
        raise ValueError(f"x must hold at least groups = {groups} independent replicas, got shape {x.shape}")
    member = np.arange(x.shape[0]) % groups
    without = np.array([statistic(x[member != group]) for group in range(groups)])
    estimate = groups * np.asarray(statistic(x)) - (groups - 1) * without.mean(axis=0)
    return estimate, np.sqrt((groups - 1) * without.var(axis=0))
