"""The landscape in the page against scipy's minima of the same free energy, and what happens up and down a slope."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.optimize import brentq, minimize_scalar
from scipy.special import xlogy

from sgdphysics.exact import perceptron

SCRIPT = Path(__file__).parent / "landscape.test.mjs"


def free_energy(r, alpha, weights, output):
    error = np.arccos(r) / np.pi if output == "sign" else 1 - r
    ising = -xlogy((1 + r) / 2, (1 + r) / 2) - xlogy((1 - r) / 2, (1 - r) / 2)
    return alpha * error - (ising if weights == "ising" else np.log1p(-(r**2)) / 2)


def first_minimum(alpha, weights, output):
    """Where a ball from R = 0 comes to rest: the first place on its way from which it only goes up."""
    r = np.append(np.linspace(0, 0.999, 4000), 1 - 1e-12)
    f = free_energy(r, alpha, weights, output)
    first = np.argmax(np.diff(f) > 0) if (np.diff(f) > 0).any() else len(r) - 1
    if first in (0, len(r) - 1):
        return r[first] if first else 0.0
    options = {"bounds": (r[first - 1], r[first + 1]), "method": "bounded", "options": {"xatol": 1e-10}}
    return minimize_scalar(lambda one: free_energy(one, alpha, weights, output), **options).x


def thresholds():
    """(transition, spinodal) of Ising weights and a sign: where the minimum's f passes 0, and where it is gone."""
    load = lambda r: np.pi * np.sqrt(1 - r**2) * np.arctanh(r)  # noqa: E731
    end = minimize_scalar(lambda r: -load(r), bounds=(0.3, 0.99), method="bounded", options={"xatol": 1e-11})
    tips = brentq(lambda r: free_energy(r, load(r), "ising", "sign"), 0.1, end.x, xtol=1e-14)
    return load(tips), -end.fun


def test_the_ball_comes_to_rest_where_the_free_energy_is_least_on_its_way(tmp_path):
    kinds = [(weights, output) for weights in ("ising", "sphere") for output in ("sign", "linear")]
    cases = [
        {"weights": i // 2, "output": i % 2, "alpha": alpha, "rest": first_minimum(alpha, *kind)}
        for i, kind in enumerate(kinds)
        for alpha in (0.0, 0.3, 1.0, 1.68, 1.72, 2.0, 2.3, 3.7)
    ]
    heights = [[r, free_energy(r, 1.3, *kind)] for kind in kinds for r in (-0.9, 0.0, 0.4, 0.97)]
    tips, falls = thresholds()
    assert tips == pytest.approx(perceptron.high_temperature_transition(), abs=1e-9)
    assert falls == pytest.approx(perceptron.high_temperature_spinodal(), abs=1e-9)
    known = {"cases": cases, "heights": heights, "tips": tips, "falls": falls}
    assert compare(tmp_path, SCRIPT, known) == len(cases)


def test_near_the_teacher_the_slope_leads_to_it_at_any_load():
    """The answer to what the figure asks; it comes from √δ against δ ln δ, for an overlap 1 - δ."""
    for alpha in (0.02, 0.1, 0.5):
        delta = (alpha / 40) ** 2
        assert free_energy(1 - delta, alpha, "ising", "sign") > free_energy(1.0, alpha, "ising", "sign") == 0
    assert free_energy(1 - 1e-4, 0.5, "ising", "linear") < free_energy(1.0, 0.5, "ising", "linear")
