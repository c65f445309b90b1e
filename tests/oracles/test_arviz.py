"""ArviZ: whether chains have arrived. Ours hands on its numbers; here they are held to definitions and theory."""

import numpy as np
import pytest
from scipy.special import gamma
from scipy.stats import norm, rankdata

from sgdphysics import estimators


def ar1(phi, length, chains, seed):
    """x' = φ x + √(1 - φ²) ξ from equilibrium: unit variance, ρ(t) = φ^t, and τ = (1 + φ)/(1 - φ) states for one."""
    rng = np.random.default_rng(seed)
    x = np.empty((length, chains))
    x[0] = rng.standard_normal(chains)
    for t in range(1, length):
        x[t] = phi * x[t - 1] + np.sqrt(1 - phi**2) * rng.standard_normal(chains)
    return x


def r_hat(halves):
    """The variance of all states against the mean variance of half a chain (Gelman and Rubin 1992)."""
    n, within = len(halves), halves.var(axis=0, ddof=1).mean()
    return np.sqrt((n - 1) / n + halves.mean(axis=0).var(ddof=1) / within)


def ranked(x):
    """Normal scores of the ranks among all states of all chains (Vehtari and others 2021, eq. 14)."""
    return norm.ppf((rankdata(x).reshape(x.shape) - 0.375) / (x.size + 0.25))


def test_convergence_names_arviz_s_numbers():
    """Each of the four is the one of its name, on chains whose tails are slower than their middle."""
    array_stats = pytest.importorskip("arviz_stats.base").array_stats
    x = ar1(0.9, 4000, 6, seed=5) ** 3
    axes = {"chain_axis": 1, "draw_axis": 0}
    tails = [array_stats.ess(x, method="quantile", prob=prob, **axes) for prob in (0.05, 0.95)]
    theirs = (
        array_stats.rhat(x, **axes),
        array_stats.ess(x, method="bulk", **axes),
        min(tails),
        array_stats.mcse(x, **axes),
    )
    np.testing.assert_allclose(estimators.convergence(x), theirs, rtol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0])
def test_r_hat_is_the_formula_of_the_paper(shift):
    """The larger of that of the ranks and that of the ranks' distances from the median.

    Rejects: chains that are not split, states that are not ranked, the distances left out, axes exchanged.
    """
    x = ar1(0.8, 501, 4, seed=6) ** 3
    x[:, 0] += shift
    x[:, 1] *= 1 + shift  # seen by the distances alone
    halves = np.concatenate([x[:250], x[-250:]], axis=1)
    folded = np.abs(halves - np.median(halves))
    expected = max(r_hat(ranked(halves)), r_hat(ranked(folded)))
    assert estimators.convergence(x).r_hat == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.6, 0.9])
def test_effective_sizes_of_autoregressive_chains_are_those_of_theory(phi):
    """n/τ in the middle; at the 5% quantile n/τ' with the autocorrelation of the indicator, by Mehler's series.

    On sixteen other seeds they scattered by at most 3.5% and 5%; nearly six times that is allowed.

    Rejects: the states of one chain for those of all, the middle's size for that of the tails.
    """
    x = ar1(phi, 10_000, 8, seed=8)
    found = estimators.convergence(x)
    assert found.ess_bulk == pytest.approx(x.size * (1 - phi) / (1 + phi), rel=0.2)
    edge, k = norm.ppf(0.05), np.arange(1, 60)
    hermite = np.array([np.polynomial.hermite_e.hermeval(edge, np.eye(n)[n - 1]) for n in k])  # He_{k-1}
    share = (norm.pdf(edge) * hermite) ** 2 / gamma(k + 1.0) / (0.05 * 0.95)  # of the indicator's variance, in order k
    tau = 1 + np.sum(share * 2 * phi**k / (1 - phi**k))
    assert found.ess_tail == pytest.approx(x.size / tau, rel=0.28)


@pytest.mark.parametrize("fault", ["one elsewhere", "one wider", "all drift"])
def test_chains_that_disagree_are_noticed_by_the_paper_s_bounds(fault):
    """R-hat above 1.01, and fewer than a hundred states a chain that count.

    Rejects: R-hat without folding (one wider), without splitting (all drift).
    """
    x = ar1(0.3, 1000, 4, seed=9)
    assert estimators.convergence(x).r_hat < 1.01
    if fault == "one elsewhere":
        x[:, 0] += 1.0
    elif fault == "one wider":
        x[:, 0] *= 3.0
    else:
        x += np.linspace(-1.0, 1.0, 1000)[:, np.newaxis]
    found = estimators.convergence(x)
    assert found.r_hat > 1.01
    assert min(found.ess_bulk, found.ess_tail) < 400
