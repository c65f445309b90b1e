"""The circle in the page against the Python that it mirrors."""

from pathlib import Path

import numpy as np
from node import compare

from sgdphysics import energies
from sgdphysics.exact import stationary

SCRIPT = Path(__file__).parent / "circle.test.mjs"


def law(x, y, rate):
    """A fit of two weights, one case a step: its residuals at the best line, its cloud and its current."""
    model = energies.LinearRegression(x, y, noise=1.0, prior_scale=1e150)
    cloud = stationary.regression_covariance(model, learning_rate=rate, batch_size=1)
    area = stationary.currents(model.x.T @ model.x, cloud, learning_rate=rate)[0, 1]
    residuals = y - x @ model.posterior()[0]
    return {"cases": x, "residuals": residuals, "rate": rate, "cloud": cloud[np.triu_indices(2)], "area": area}


def run(half, left, right, rate, chains=30, n_steps=120):
    """Chains of the four points, the uniform numbers that chose their cases, and the area that each enclosed."""
    x = np.column_stack([np.ones(4), half * np.array([-1, -1, 1, 1])])
    model = energies.LinearRegression(x, np.array([left, -left, right, -right]), noise=1.0, prior_scale=1e150)
    uniform = np.random.default_rng(4).random((n_steps, chains))
    q, area, after = np.random.default_rng(5).standard_normal((chains, 2)), np.zeros(chains), []
    known = {"parameters": {"half": half, "left": left, "right": right}, "rate": rate, "before": q.ravel()}
    for rows in (4 * uniform).astype(int)[..., np.newaxis]:
        here, q = q, q - rate * model.minibatch_gradient(q, rows)
        area += (here[:, 0] * q[:, 1] - here[:, 1] * q[:, 0]) / 2
        after.append(q.ravel())
    return known | {"uniform": uniform, "after": after, "area": area}


def test_circle_runs_as_sgd_does_and_knows_its_exact_current(tmp_path):
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(4), [-0.5, -0.5, 0.5, 0.5]])
    laws = [law(x, np.array([1.0, -1.0, 3.0, -3.0]), 0.05)]
    np.testing.assert_allclose(laws[0]["area"], 3 / 115, rtol=1e-12)
    for cases in (3, 5, 9):  # oblique axes of the Hessian too, up to a third of the limit or so
        x, y = rng.standard_normal((cases, 2)), rng.standard_normal(cases)
        model = energies.LinearRegression(x, y, noise=1.0, prior_scale=1e150)
        laws += [law(x, y, share * stationary.mean_square_limit(model, batch_size=1)) for share in (0.02, 0.35)]
    runs = [run(*setting) for setting in ((0.5, 1.0, 3.0, 0.05), (1.7, 4.0, 0.3, 0.02))]
    assert compare(tmp_path, SCRIPT, {"laws": laws, "runs": runs}) == len(laws)
