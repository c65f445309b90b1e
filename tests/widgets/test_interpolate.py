"""Interpolate in the page against numpy's least squares; its exact laws against the package's mean and many draws."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics.exact import perceptron
from sgdphysics.widgets.interpolate import (
    CASES,
    LEVELS,
    MOST,
    NOISES,
    TRUTH,
    features_at,
    mean,
    missed,
    quantiles,
)

SCRIPT = Path(__file__).parent / "interpolate.test.mjs"


def fit_case(p, rng):
    rows = rng.standard_normal((CASES, p))
    y = rng.standard_normal(CASES)
    w = np.linalg.lstsq(rows, y, rcond=None)[0]
    return {"rows": rows, "y": y, "w": w, "error": missed(p) + np.sum((w - TRUTH[:p]) ** 2)}


def cases():
    rng = np.random.default_rng(3)
    places = np.linspace(0.5, 12.5, 97)
    knots = rng.standard_normal((2, 2 * CASES + 1))
    means = [(p, noise, missed(p), mean(p, noise)) for p in range(1, MOST + 1) for noise in NOISES]
    return {
        "fits": [fit_case(p, rng) for p in (1, 2, 6, 11, 12, 13, 20, 40)],
        "truth": TRUTH,
        "features": [
            {"knots": one, "places": places, "values": features_at(one[np.newaxis], places)[0]} for one in knots
        ],
        "means": [(p, noise, lost, value if np.isfinite(value) else None) for p, noise, lost, value in means],
        "data": {"noises": NOISES, "laws": [[quantiles(p, one) for p in range(1, MOST + 1)] for one in NOISES]},
    }


def test_the_page_fits_as_numpy_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 8


def test_wrong_digits_are_noticed(tmp_path):
    some = cases()
    some["fits"][4]["w"] = some["fits"][4]["w"] + 1e-6
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)
    some = cases()
    some["data"]["laws"][1][11][1] *= 2
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)


@pytest.mark.parametrize("noise", NOISES)
def test_the_mean_is_the_packages(noise):
    """The package's error is that of a truth of norm √p: A = 1 - B of it, and the rest acts as noise."""
    for p in range(1, MOST + 1):
        lost = missed(p)
        found = perceptron.least_norm(CASES, p, noise=(noise + lost) / (1 - lost))
        assert mean(p, noise) == pytest.approx(lost + 2 * (1 - lost) * found)


@pytest.mark.parametrize("p", [1, 7, 11, 12, 13, 14, 25, 40])
def test_the_law_of_the_error_is_exact(p):
    """At the peak, too, where there is no mean: shares of 3,000 draws below each quantile, in standard errors."""
    rng, noise, draws = np.random.default_rng(p), 0.1, 3000
    rows = rng.standard_normal((draws, CASES, MOST))
    y = rows @ TRUTH + np.sqrt(noise) * rng.standard_normal((draws, CASES))
    w = np.einsum("dpn,dn->dp", np.linalg.pinv(rows[..., :p]), y)
    errors = missed(p) + ((w - TRUTH[:p]) ** 2).sum(axis=1)
    for level, value in zip(LEVELS, quantiles(p, noise), strict=True):
        assert abs((errors < value).mean() - level) < 4.5 * np.sqrt(level * (1 - level) / draws)
        assert abs((errors < 1.15 * value).mean() - level) > 0.01


def test_features_are_independent_normal_numbers_at_the_points():
    knots = np.random.default_rng(1).standard_normal((40_000, 2 * CASES + 1))
    values = features_at(knots, np.array([3.0, 3.2, 3.5, 4.0]))
    assert np.abs(values.var(axis=0) - 1).max() < 4.5 * np.sqrt(2 / 40_000)
    assert abs(np.corrcoef(values.T)[0, 3]) < 4.5 / np.sqrt(40_000)
    assert np.corrcoef(values.T)[0, 1] > 0.5
    assert features_at(knots[:1], np.array([12.5]))[0, 0] == pytest.approx(knots[0, -1])


def test_the_answer_to_what_the_figure_asks():
    """Without noise the median peaks at p = n all the same; the second descent ends below the first least."""
    for noise in NOISES:
        medians = np.array([quantiles(p, noise)[1] for p in range(1, MOST + 1)])
        assert medians.argmax() + 1 == CASES and medians.max() > 3
    means = np.array([mean(p, 0.1) for p in range(1, MOST + 1)])
    assert means.argmin() + 1 > 30 and means[: CASES - 2].argmin() + 1 in (2, 3)
    assert means[MOST - 1] < means[: CASES - 2].min()
    assert missed(MOST) == 0
