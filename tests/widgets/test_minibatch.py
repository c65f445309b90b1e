"""The live figure of the SGLD chapter: its ES module against the Python that it mirrors, in node."""

import json
from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics import dynamics, energies, widgets

SCRIPT = Path(__file__).parent / "minibatch.test.mjs"
FIGURE = json.loads(widgets.minibatch()._data)
CASES = {name: np.array(FIGURE[name]) for name in ("x", "y")}


def model(x, y):
    return energies.LinearRegression(np.array(x)[:, np.newaxis], y, noise=1.0, prior_scale=1e150)


def run(x, y, epsilon, temperature, batch, runs=30, n_steps=60):
    """A run of the sampler and the numbers that it drew, noise before cases."""
    before = np.linspace(-0.5, 1.5, runs)[:, np.newaxis]
    found = dynamics.sgld(
        model(x, y),
        before,
        step_size=epsilon,
        n_steps=n_steps,
        batch_size=batch,
        temperature=temperature,
        rng=np.random.default_rng(5),
    )
    same = np.random.default_rng(5)
    drawn = [(same.standard_normal(runs), same.integers(len(x), size=(runs, batch))) for _ in range(n_steps)]
    normals, rows = zip(*drawn, strict=True)
    known = {"x": x, "y": y, "epsilon": epsilon, "temperature": temperature, "batch": batch, "before": before[:, 0]}
    return known | {"normals": normals, "rows": rows, "after": found.q[..., 0]}


def law(epsilon, temperature, batch):
    (mode,), ((posterior,),) = model(**CASES).posterior()
    n, pulls = len(CASES["x"]), (mode * CASES["x"] - CASES["y"]) * CASES["x"]
    variance = (temperature + epsilon * n**2 / batch * np.var(pulls) / 4) / ((1 - epsilon / posterior / 4) / posterior)
    known = {"epsilon": epsilon, "temperature": temperature, "batch": batch, "mode": mode, "stiffness": 1 / posterior}
    return CASES | known | {"expected": variance}


def test_minibatch_steps_as_the_sampler_does(tmp_path):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=9), rng.normal(size=9)
    runs = [run(**CASES, epsilon=0.03, temperature=0.7, batch=3), run(x, y, 0.1, 2.0, 1), run(x, y, 0.05, 0.0, 9)]
    cases = {"runs": runs, "laws": [law(0.03, 1.0, 4), law(0.005, 0.0, 40)], "figure": FIGURE}
    assert compare(tmp_path, SCRIPT, cases) == 5


def test_the_cases_make_the_formula_exact():
    """All x² are equal, so that the noise of the gradient does not depend on the slope."""
    assert len(CASES["x"]) == 40
    np.testing.assert_array_equal(CASES["x"] ** 2, 1.0)
    assert model(**CASES).posterior()[0] == pytest.approx(0.8)


def test_minibatch_shows_where_its_sliders_start():
    figure = widgets.minibatch()
    assert figure.parameters == {"batch": 4, "step": 0.1, "temperature": 1.0}
    with pytest.raises(ValueError, match="batch must be from 1 to 40, got 41"):
        figure.set(batch=41)
