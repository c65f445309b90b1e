"""The knob in the page against the Python that it mirrors."""

from pathlib import Path

import numpy as np
from node import compare

from sgdphysics.exact import gibbs

SCRIPT = Path(__file__).parent / "knob.test.mjs"


def knob_case(levels, temperature, trial, moved):
    levels = np.array(levels, float)
    p = (1 - moved) * gibbs.boltzmann(levels, trial)
    p[-1] += moved
    equilibrium = gibbs.boltzmann(levels, temperature)
    return {
        "levels": levels,
        "parameters": {"temperature": temperature, "trial": trial, "moved": moved},
        "p": p,
        "equilibrium": equilibrium,
        "least": gibbs.equilibrium_free_energy(levels, temperature),
        "cost": gibbs.free_energy(p, levels, temperature),
        "disorder": gibbs.entropy(p),
        "divergence": gibbs.kullback_leibler(p, equilibrium),
    }


def test_knob_weighs_as_gibbs_does(tmp_path):
    settings = [(0.5, 2.5, 0.0), (0.1, 4.0, 0.9), (2.0, 0.1, 0.35), (0.05, 0.05, 0.0)]
    levels = ([0, 1, 1, 2, 2, 2], [-0.7, 0.4, 3.1], [1e3, 1e3 + 1])
    cases = [knob_case(some, *setting) for some in levels for setting in settings]
    assert compare(tmp_path, SCRIPT, cases) == len(cases)
