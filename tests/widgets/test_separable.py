"""Separable in the page against a linear program, a quadratic one, and Cover's law."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.optimize import linprog, nnls

from sgdphysics.exact import m_estimation
from sgdphysics.widgets.separable import capacities, cover_at

SCRIPT = Path(__file__).parent / "separable.test.mjs"


def in_front(points):
    """Whether some w has w·z >= 1 for each row z: a linear program."""
    found = linprog(np.zeros(points.shape[1]), A_ub=-points, b_ub=-np.ones(len(points)), bounds=(None, None))
    return found.status == 0


def turned(p, n, rng):
    points = rng.standard_normal((n, p))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def draw_case(p, rng):
    points = turned(p, 3 * p, rng)
    return {"points": points, "separable": [in_front(points[: k + 1]) for k in range(3 * p)]}


def distance_case(p, n, rng):
    """Points all in front of a plane, and how far their hull is from the origin, by least squares with weights >= 0."""
    points = turned(p, n, rng)
    points[:, 0] = np.abs(points[:, 0]) + 0.05
    far = 1e4  # the weights' sum of one, as a heavy equation
    weights = nnls(np.vstack([points.T, far * np.ones(n)]), np.append(np.zeros(p), far))[0]
    return {"points": points, "distance": np.linalg.norm(points.T @ weights / weights.sum())}


def cases():
    rng = np.random.default_rng(4)
    return {
        "draws": [draw_case(p, rng) for p in (2, 2, 2, 3, 3, 4, 6, 9, 12)],
        "distances": [distance_case(p, n, rng) for p, n in ((2, 5), (3, 10), (6, 20), (12, 30))],
        "law": [(n, p, m_estimation.separable_probability(n, p)) for p in (2, 5, 12) for n in (1, p, p + 1, 2 * p, 48)],
    }


def test_the_page_decides_as_a_linear_program_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 9


def test_wrong_answers_are_noticed(tmp_path):
    some = cases()
    flags = some["draws"][3]["separable"]
    flags[flags.index(False)] = True
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)
    some = cases()
    some["distances"][2]["distance"] += 1e-5
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)


def test_the_points_of_the_picture_follow_cover():
    """In standard errors, and not the law of three dimensions."""
    found, draws = capacities(2, 20_000, np.random.default_rng(6)), 20_000
    for n in (3, 4, 5, 6, 8):
        law = cover_at(n, 2)
        assert abs((found >= n).mean() - law) < 4.5 * np.sqrt(law * (1 - law) / draws)
        assert abs((found >= n).mean() - cover_at(n, 3)) > 0.02


def test_the_answer_to_what_the_figure_asks():
    assert [cover_at(2 * p, p) for p in (2, 5, 12)] == [0.5] * 3
    rising = [cover_at(3 * half, 2 * half) for half in (1, 2, 3, 5)]
    assert rising == sorted(rising) and rising[0] == 0.75 and rising[-1] > 0.9
