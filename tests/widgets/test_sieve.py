"""The sieve in the page against brute force: who is left of all students, and the annealed count."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics.widgets.sieve import annealed_entropy, left_after, lesson

SCRIPT = Path(__file__).parent / "sieve.test.mjs"


def case(weights, teacher):
    signs, inputs = lesson(weights, teacher)
    wrong, left = left_after(weights, teacher)
    rows = [np.bincount(wrong[one], minlength=weights + 1) for one in left]
    known = {"weights": weights, "teacher": teacher, "signs": signs, "inputs": inputs.ravel(), "rows": rows}
    return known | {"annealed": annealed_entropy(weights)}


def test_the_page_counts_as_brute_force_does(tmp_path):
    cases = [case(weights, teacher) for weights in (5, 9, 13) for teacher in (1, 2, 40)]
    assert compare(tmp_path, SCRIPT, cases) == len(cases)


def test_the_mean_number_of_students_left_is_the_annealed_one():
    """E V by direct counting, over teachers that the figure does not show as well."""
    left = np.array([left_after(5, teacher)[1].sum(axis=1) for teacher in range(1, 2001)])
    for p in (2, 3, 5, 8):
        se = left[:, p].std(ddof=1) / np.sqrt(len(left))
        assert abs(left[:, p].mean() - np.exp(5 * annealed_entropy(5)[p])) < 4.5 * se
        assert np.log(left[:, p]).mean() / 5 < annealed_entropy(5)[p]


def test_the_answer_to_what_the_figure_asks():
    """About one and a half examples a weight until the teacher stands alone, with 5 weights as with 13."""
    alone = {}
    for weights in (5, 13):
        left = [left_after(weights, teacher)[1].sum(axis=1) for teacher in range(1, 41)]
        assert all(1 in one for one in left)  # within the forty examples there are
        alone[weights] = np.mean([np.argmax(one == 1) for one in left])
    assert alone[13] / alone[5] == pytest.approx(2.5, abs=0.6)
