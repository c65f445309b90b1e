"""Annealing in the page against the package's, and a law that is pushed by transition matrices of single spins."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics.exact import ising, mean_field
from sgdphysics.widgets.annealing import STEPS, gaps

SCRIPT = Path(__file__).parent / "annealing.test.mjs"


def spins_up(temperature, own, steps):
    """Law of the number of spins up before the last jump: each conditional from the two states' own probabilities."""
    states, log_p = ising.states(12), -ising.energies(3, 4) / temperature
    log_q, law = own * states.sum(axis=1, dtype=float), np.exp(own * states.sum(axis=1, dtype=float))
    law /= law.sum()
    for step in range(1, steps):
        log = (1 - step / steps) * log_q + step / steps * log_p
        for spin in range(12):
            other = np.arange(4096) ^ (1 << spin)
            law = (law + law[other]) * np.exp(log) / (np.exp(log) + np.exp(log[other]))
    return np.bincount((states == 1).sum(axis=1), weights=law)


def case(temperature):
    field = np.arctanh(mean_field.naive(temperature).order_parameter)
    return {
        "temperature": temperature,
        "ln": ising.closed_form(3, 4, temperature),
        "gaps": gaps(temperature),
        "up": [spins_up(temperature, own, 8) for own in (field, 0.0)],
    }


def test_the_page_anneals_as_the_package_does(tmp_path):
    assert compare(tmp_path, SCRIPT, [case(temperature) for temperature in (0.25, 0.375, 0.75, 1.25)]) == 4


def test_one_step_is_the_variational_bound():
    for temperature in (0.375, 0.75):
        bound = 12 * mean_field.naive(temperature).log_partition
        gap = ising.closed_form(3, 4, temperature) - bound
        assert gaps(temperature)[0, 0] == pytest.approx(gap, abs=1e-10)


def test_the_answer_to_what_the_figure_asks():
    """At T = 0.375 the mean field stays within 0.011 of ln 2, and the gap of coins falls as 1/n below it."""
    mean, coins = gaps(0.375)
    assert np.abs(mean - np.log(2)).max() < 0.011
    assert coins[0] > 10 * mean[0] and (coins < mean).tolist() == 5 * [False] + 3 * [True]
    assert coins[-1] / coins[-2] == pytest.approx(STEPS[-2] / STEPS[-1], rel=0.02)
