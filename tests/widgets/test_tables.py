"""What a figure saves is what it measured: its CSV, against a second count of every step."""

from pathlib import Path

import pytest
from node import compare
from test_truth import case

SCRIPT = Path(__file__).parent / "tables.test.mjs"
#: steps between two changes of a slider: enough that the traces forget, or are thinned
STEPS = {
    "stove": 200,
    "knob": 0,
    "particle": 11000,
    "bottle": 8000,
    "trap": 700,
    "leapfrog": 3000,
    "minibatch": 50,
    "circle": 1000,
    "tail": 200,
    "valley": 1300,
    "sieve": 0,
    "landscape": 300,
    "targets": 0,
    "replicas": 0,
    "average": 0,
    "staircase": 0,
    "bumps": 0,
    "annealing": 0,
    "losses": 0,
    "interpolate": 0,
    "separable": 60,
    "back": 0,
}


def cases(name, spoil):
    return {"figures": [case(name)], "steps": STEPS[name], "spoil": spoil}


@pytest.mark.parametrize("name", STEPS)
def test_a_figure_saves_what_it_measured(tmp_path, name):
    assert compare(tmp_path, SCRIPT, cases(name, spoil=False)) == 1


@pytest.mark.parametrize("name", STEPS)
def test_a_number_that_is_off_is_noticed(tmp_path, name):
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, cases(name, spoil=True))
