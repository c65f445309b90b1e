"""The replicas in the page against the package's quadrature, direct integrals of two levels, and Monte Carlo."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.special import loggamma

from sgdphysics.exact import random_energy
from sgdphysics.widgets.replicas import limit

SCRIPT = Path(__file__).parent / "replicas.test.mjs"
BETAS = (0.5, 1.2, 2.5, 3.0)


def known(levels, beta):
    """(ln E Zⁿ)/nN by ``exact.random_energy``, E ln Z/N at n = 0, and the finite sums at n = 1 and 2."""
    n, w = np.array([-0.5, -0.05, 0.05, 0.5, 0.8, 0.95]), beta * np.sqrt(levels / 2)
    values = random_energy.replicated_moment(n, levels_log2=levels, beta=beta) / (n * levels)
    square = np.logaddexp(levels * np.log(2) + 2 * w**2, np.log(2.0**levels) + np.log(2.0**levels - 1) + w**2)
    pairs = [*zip(n, values, strict=True), (1.0, np.log(2) + beta**2 / 4), (2.0, square / (2 * levels))]
    mean = random_energy.mean_log_partition(levels_log2=levels, beta=beta) / levels
    return {"levels": levels, "beta": beta, "values": [*pairs, (0.0, mean)]}


def two_levels(n, beta):
    """The same for N = 1, by Gauss–Hermite over the plane of both levels."""
    x, weight = np.polynomial.hermite_e.hermegauss(120)
    log_z = np.logaddexp(-beta * x[:, np.newaxis] / np.sqrt(2), -beta * x / np.sqrt(2))
    mean = lambda of: (np.outer(weight, weight) * of).sum() / (2 * np.pi)  # noqa: E731
    return np.log(mean(np.exp(n * log_z))) / n if n else mean(log_z)


def sampled(n, beta, levels=3, draws=200_000):
    """E Zⁿ and its standard error, of 2^N levels drawn at random."""
    rng = np.random.default_rng(11)
    powers = np.exp(-beta * rng.normal(0, np.sqrt(levels / 2), (draws, 2**levels))).sum(axis=1) ** n
    return {"n": n, "beta": beta, "levels": levels, "mean": powers.mean(), "se": powers.std() / np.sqrt(draws)}


def test_the_page_integrates_as_the_package_does(tmp_path):
    few = [(n, beta, two_levels(n, beta)) for n in (0.0, 0.4, 0.9, 1.3, 1.9) for beta in (0.7, 1.5)]
    cases = {
        "sizes": [known(levels, beta) for levels in (10, 20, 60) for beta in BETAS],
        "few": few,
        "sampled": [sampled(n, beta) for n, beta in ((0.5, 0.8), (1.5, 0.8), (1.4, 0.5))],
        "limits": [(n, beta, limit(n, beta)) for n in (-0.5, 0.0, 0.3, 0.9, 1.1, 1.5, 2.0) for beta in BETAS],
        "gamma": [(x, loggamma(x)) for x in (0.05, 0.3, 0.9, 1.0, 1.7, 2.5)],
    }
    assert compare(tmp_path, SCRIPT, cases) == 12


@pytest.mark.parametrize("beta", BETAS)
def test_the_limit_is_what_large_systems_tend_to(beta):
    """By no less than the root of N: at the kink, where it is slowest, and everywhere else."""
    n = np.array([-0.5, -0.2, 0.2, 0.6, 0.9])
    wanted = np.array([limit(one, beta) for one in n])
    gaps = [
        np.sqrt(size) * np.abs(random_energy.replicated_moment(n, levels_log2=size, beta=beta) / (n * size) - wanted)
        for size in (15, 60, 120)
    ]
    assert (gaps[1] <= 1.02 * gaps[0] + 1e-6).all() and (gaps[2] <= 1.02 * gaps[1] + 1e-6).all()
    w2 = beta**2 * 60 / 2
    square = np.logaddexp(60 * np.log(2) + 2 * w2, 120 * np.log(2) + w2) / 120
    assert square == pytest.approx(limit(2.0, beta), abs=1e-2)


def test_the_answer_to_what_the_figure_asks():
    """Symmetric replicas are right at n = 0 up to β = 1.665, at n = 2 up to 1.177."""
    apart = lambda beta: np.log(2) + beta**2 / 4  # noqa: E731
    right = {(n, beta): limit(n, beta) == apart(beta) for n in (0.0, 2.0) for beta in (1.17, 1.18, 1.66, 1.67)}
    assert [right[0.0, beta] for beta in (1.17, 1.18, 1.66, 1.67)] == [True, True, True, False]
    assert [right[2.0, beta] for beta in (1.17, 1.18, 1.66, 1.67)] == [True, False, False, False]
