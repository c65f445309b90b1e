"""The targets in the page against an enumeration in integers, and what is known of it by other ways."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.optimize import linprog

from sgdphysics.widgets import targets as figure
from sgdphysics.widgets.targets import INPUTS, LEARNERS, VALUES, mean_error, mistakes, priors

SCRIPT = Path(__file__).parent / "targets.test.mjs"


def test_the_page_enumerates_as_python_does(tmp_path):
    cases = [
        {
            "prior": place,
            "targets": prior,
            "halves": {learner: [mistakes(learner, prior, m) for m in range(8)] for learner in LEARNERS},
            "means": [[str(mean_error(learner, prior, m)) for m in range(8)] for learner in LEARNERS],
        }
        for place, prior in enumerate(priors())
    ]
    assert compare(tmp_path, SCRIPT, cases) == 4


def test_over_all_targets_every_learner_errs_on_one_half_exactly():
    for learner in LEARNERS:
        assert all(mean_error(learner, priors()[0], m) == Fraction(1, 2) for m in range(8))


def test_bayes_on_threshold_functions_errs_as_the_table_says():
    threshold = priors()[1]
    assert mean_error("bayes", threshold, 3) == Fraction(162, 455)
    assert mean_error("bayes", threshold, 7) == Fraction(4, 13)


def test_threshold_functions_are_those_that_a_plane_can_cut_off():
    def separable(values):
        signs = 2 * values - 1
        planes = -signs[:, np.newaxis] * np.column_stack([INPUTS, np.ones(8)])
        return linprog(np.zeros(4), A_ub=planes, b_ub=-np.ones(8), bounds=(None, None)).status == 0

    assert [f for f in range(256) if separable(VALUES[f])] == priors()[1]


@pytest.mark.parametrize("place", range(4))
def test_no_learner_beats_bayes_with_its_own_prior(place):
    prior = priors()[place]
    for m in range(8):
        best = mean_error("bayes", prior, m)
        assert all(mean_error(learner, prior, m) >= best for learner in LEARNERS)


def test_the_answer_to_what_the_figure_asks():
    """Of targets with four ones anti-majority is as good as Bayes, and better than the others once one is seen."""
    four = priors()[2]
    for m in range(1, 8):
        anti = mean_error("anti", four, m)
        assert anti == mean_error("bayes", four, m)
        assert all(mean_error(one, four, m) > anti for one in ("nearest", "majority", "constant"))
    assert figure().parameters == {"learner": 0, "prior": 1, "examples": 3}
