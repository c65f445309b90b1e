"""The tail in the page against the Python that it mirrors."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics import energies
from sgdphysics.exact import stationary

SCRIPT = Path(__file__).parent / "tail.test.mjs"
QUARTERS = np.full(4, 0.25)


def law(odd, others, rate):
    factors = 1 - rate * np.array([odd, others, others, others])
    known = {"parameters": {"odd": odd, "others": others, "rate": rate}}
    try:
        alpha = stationary.tail_exponent(factors, QUARTERS)
    except ValueError:
        return known | {"state": "none"}
    return known | ({"state": "contracts"} if np.isinf(alpha) else {"state": "tail", "alpha": alpha})


def run(odd, others, rate, runs=40, n_steps=60):
    """Runs of the regression on the four points, and the uniform numbers that chose their cases."""
    x = np.sqrt([odd, others, others, others])
    model = energies.LinearRegression(x[:, np.newaxis], np.array([0.0, 1.0, -1.0, 0.0]), 1.0, 1e150)
    np.testing.assert_allclose(model.posterior()[0], 0.0, atol=1e-15)  # the answer is zero wherever the points stand
    uniform, q, after = np.random.default_rng(4).random((n_steps, runs)), np.linspace(-1, 1, runs)[:, np.newaxis], []
    known = {"parameters": {"odd": odd, "others": others, "rate": rate}, "before": q[:, 0], "uniform": uniform}
    for rows in (4 * uniform).astype(int)[..., np.newaxis]:
        q = q - rate / 4 * model.minibatch_gradient(q, rows)
        after.append(q[:, 0])
    return known | {"after": after}


def test_tail_runs_as_sgd_does_and_knows_kestens_exponent(tmp_path):
    laws = [law(*setting) for setting in np.random.default_rng(8).uniform((0.1, 0.1, 0.1), (6, 3, 1.5), (60, 3))]
    laws += [law(3.0, 0.5, 1.0), law(3.0, 0.5, 0.6), law(6.0, 3.0, 1.5), law(2.0, 0.5, 1.1), law(1.0, 0.5, 1.0)]
    assert {one["state"] for one in laws} == {"none", "contracts", "tail"}
    assert laws[60]["alpha"] == pytest.approx(np.log2(3), rel=1e-12)
    runs = [run(3.0, 0.5, 1.0), run(1.2, 0.9, 0.35)]
    assert compare(tmp_path, SCRIPT, {"laws": laws, "runs": runs}) == len(laws)


def test_the_answer_to_what_the_figure_asks():
    """Three factors near one half: the variance is finite below an odd factor of -1.8 or so, the tail gone at -1."""
    squares = np.array([3, 0.5, 0.5, 0.5])
    exponent = [stationary.tail_exponent(1 - rate * squares, QUARTERS) for rate in (0.95, 0.9, 0.7, 0.65)]
    assert exponent[0] < 2 < exponent[1] < exponent[2] < exponent[3] == np.inf
