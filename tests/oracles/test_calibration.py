"""Simulation-based calibration: weights from the prior, data from the weights, and where these lie in the posterior.

If the sampler is right, the rank of what made the data among draws from its posterior is uniform, whatever is asked of
the weights (Cook, Gelman and Rubin 2006; Talts and others 2018). Coordinates alone would pass a sampler that has never
seen the data, so the energy, which knows them, is ranked as well (Modrák and others 2023). Short in `make test`; with
ORACLES_ALL=1, `make oracles`, ten times as many data sets and more ways to be wrong.
"""

import os

import numpy as np
import pytest
from scipy.stats import chi2

from sgdphysics import dynamics, energies
from sgdphysics.dynamics import hamiltonian

LONG = bool(os.environ.get("ORACLES_ALL"))
WHY = "make oracles  runs it"
DRAWS, BINS = 31, 16
LEVEL = 1e-5 / 16  # of one histogram: four quantities of two models, at two settings each


class Regression:
    """Three weights of which eight noisy cases tell about as much as the prior."""

    sets, burn_in, thin = 20_000, 30, 4
    settings = {"step_size": 0.28, "n_leapfrog": 5}
    large = {"step_size": 0.8, "n_leapfrog": 2}
    scale = 1.3

    def __init__(self, rng, sets):
        x = np.random.default_rng(1).normal(size=(8, 3))
        self.truth = self.scale * rng.standard_normal((sets, 3))
        self.data = x, self.truth @ x.T + 2.0 * rng.standard_normal((sets, 8))

    def energy(self, scale):
        x, y = self.data
        energy = energies.LinearRegression(x, y[0], 2.0, scale)
        energy.y = y  # one data set a chain
        return energy

    def asked(self, q):
        return q


class Network:
    """Two tanh units and two classes: ten weights of which eight cases tell little; asked are its predictions."""

    sets, burn_in, thin = 4_000, 40, 5
    settings = {"step_size": 0.4, "n_leapfrog": 4}
    large = {"step_size": 0.8, "n_leapfrog": 2}
    scale = 1.2
    inputs = np.linspace(-2.0, 2.0, 8)[:, np.newaxis]

    def __init__(self, rng, sets):
        self.data = np.repeat(self.inputs, 2, axis=0), np.tile([0, 1], 8)  # a case for each input and class
        model = energies.SoftmaxNetwork(*self.data, 2, self.scale)
        self.truth = self.scale * rng.standard_normal((sets, model.dimension))
        second = rng.random((sets, 8)) < model.probabilities(self.truth, self.inputs)[..., 1]
        self.cases, self.model = 2 * np.arange(8) + second, model

    def energy(self, scale):
        return energies.SoftmaxNetwork(*self.data, 2, scale, cases=self.cases)

    def asked(self, q):
        return self.model.probabilities(q, [[-1.0], [0.3], [3.0]])[..., 1]


def histograms(kind, rng, *, scale=1.0, **settings):
    """Ranks of the truth, counts (BINS, quantities), and the largest autocorrelation of draws that follow each other.

    ``scale`` is the share of the prior's scale that the sampler is told.
    """
    model, thin = kind(rng, kind.sets * (10 if LONG else 1)), kind.thin * (2 if LONG else 1)
    q = dynamics.hamiltonian_monte_carlo(
        model.energy(scale * model.scale),
        1.5 * model.scale * rng.standard_normal(model.truth.shape),
        n_trajectories=kind.burn_in + DRAWS * thin,
        thin=thin,
        rng=rng,
        **{**kind.settings, **settings},
    ).q[-DRAWS:]
    right = model.energy(model.scale)

    def quantities(q):
        return np.concatenate([model.asked(q), right.energy(q)[..., np.newaxis]], axis=-1)

    draws = np.array([quantities(state) for state in q])
    ranks = np.sum(draws < quantities(model.truth), axis=0)
    counts = [np.bincount(rank * BINS // (DRAWS + 1), minlength=BINS) for rank in ranks.T]
    apart = draws - draws.mean(axis=0)
    left = np.mean(apart[1:] * apart[:-1], axis=(0, 1)) / np.mean(apart**2, axis=(0, 1)) + 1 / DRAWS
    return np.transpose(counts), left.max()


def p_values(counts):
    """Of each histogram, that a uniform one is as uneven."""
    even = counts.sum(axis=0) / BINS
    return chi2.sf(np.sum((counts - even) ** 2 / even, axis=0), BINS - 1)


@pytest.mark.parametrize("kind", [Regression, Network])
def test_what_made_the_data_is_anywhere_in_its_posterior(kind):
    """Rejects: those below, each of them tried."""
    counts, left = histograms(kind, np.random.default_rng(5))
    assert left < 0.1  # the draws of one data set are nearly independent
    assert p_values(counts).min() > LEVEL


def test_the_step_is_no_matter_where_trajectories_are_tested():
    counts, left = histograms(Regression, np.random.default_rng(6), **Regression.large)
    assert left < 0.1
    assert p_values(counts).min() > LEVEL


class Accepting(np.random.Generator):
    """Accepts every trajectory."""

    def random(self, size):
        return np.zeros(size)


WRONG = {
    "temperature": {"temperature": 1.2},
    "prior too wide": {"scale": 1.2},
    "prior too narrow": {"scale": 1 / 1.2},
    "no test": {},
    "momentum never drawn anew": {},
    "half of the noise": {},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("kind", [Regression, pytest.param(Network, marks=pytest.mark.skipif(not LONG, reason=WHY))])
def test_a_sampler_that_is_wrong_is_noticed(kind, wrong, monkeypatch):
    rng, settings = np.random.default_rng(7), WRONG[wrong]
    if wrong == "no test":
        rng, settings = Accepting(np.random.PCG64(7)), kind.large
    refresh = {"momentum never drawn anew": lambda p, *_: p, "half of the noise": lambda p, a, t, noise: noise / 2**0.5}
    monkeypatch.setattr(hamiltonian, "refresh_momentum", refresh.get(wrong, hamiltonian.refresh_momentum))
    assert p_values(histograms(kind, rng, **settings)[0]).min() < LEVEL
