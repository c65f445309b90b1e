"""What a figure says is what it shows: its sentence's numbers are those of the state drawn, whatever its reader did."""

import json
from pathlib import Path

import pytest
from node import compare

from sgdphysics import widgets
from sgdphysics.widgets import Slider

SCRIPT = Path(__file__).parent / "truth.test.mjs"


def case(name):
    figure = getattr(widgets, name)()
    sliders = [control for control in figure.controls if isinstance(control, Slider)]
    scales = [[one.name, one.minimum, one.maximum, one.step, one.value] for one in sliders]
    return {"name": name, "data": json.loads(figure._data), "sliders": scales}


# rounds of a setting or a button and some steps, and the most steps: those of the stove are long
@pytest.mark.parametrize(
    ("name", "rounds", "longest"),
    [
        ("stove", 20, 200),
        ("knob", 400, 0),
        ("particle", 40, 3000),
        ("bottle", 40, 700),
        ("trap", 40, 700),
        ("leapfrog", 40, 700),
        ("minibatch", 40, 100),
        ("circle", 60, 1000),
        ("tail", 60, 400),
        ("valley", 200, 2000),
        ("sieve", 60, 0),
        ("landscape", 80, 4000),
        ("targets", 60, 0),
        ("replicas", 30, 0),
        ("average", 60, 0),
        ("staircase", 40, 0),
        ("bumps", 40, 0),
        ("annealing", 30, 0),
        ("losses", 30, 0),
        ("interpolate", 60, 0),
        ("separable", 60, 60),
        ("back", 30, 0),
    ],
)
def test_a_figure_says_what_it_shows(tmp_path, name, rounds, longest):
    cases = {"figures": [case(name)], "rounds": rounds, "longest": longest, "forget": False}
    assert compare(tmp_path, SCRIPT, cases) == 1


@pytest.mark.parametrize(
    "name",
    [
        "stove",
        "trap",
        "leapfrog",
        "bottle",
        "circle",
        "tail",
        "valley",
        "sieve",
        "landscape",
        "targets",
        "replicas",
        "average",
        "staircase",
        "bumps",
        "annealing",
        "losses",
        "interpolate",
        "separable",
        "back",
    ],
)
def test_statistics_of_an_old_setting_are_noticed(tmp_path, name):
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, {"figures": [case(name)], "rounds": 40, "longest": 100, "forget": True})
