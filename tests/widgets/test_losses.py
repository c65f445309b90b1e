"""How many data in the page against ``exact.m_estimation`` and direct integrals."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.integrate import quad

from sgdphysics.exact import m_estimation

SCRIPT = Path(__file__).parent / "losses.test.mjs"


def error_case(noise, kappa):
    name = m_estimation.NOISES[noise]
    kinds = (m_estimation.least_squares, m_estimation.least_absolute_deviations, m_estimation.optimal)
    squares, lad, best = (kind(kappa, noise=name).error for kind in kinds)
    return {"noise": noise, "kappa": kappa, "squares": squares, "lad": lad, "best": best}


def blurred_case(noise, r):
    """The blurred noise, and P(|z| > c) and E min(z², c²) by adaptive quadrature."""
    name, places, c = m_estimation.NOISES[noise], np.linspace(-9, 9, 31), np.array([0.1, 0.8, 3.0, 7.0])
    density = lambda z: np.exp(m_estimation.log_density(name, z, r))  # noqa: E731
    inside = [2 * quad(density, 0, one, epsabs=1e-13)[0] for one in c]
    square = [2 * quad(lambda z: z**2 * density(z), 0, one, epsabs=1e-13)[0] for one in c]
    return {
        "noise": noise,
        "r": r,
        "places": places,
        "density": m_estimation.log_density(name, places, r),
        "slope": m_estimation.log_slope(name, places, r),
        "c": c,
        "out": 1 - np.array(inside),
        "capped": np.array(square) + c**2 * (1 - np.array(inside)),
    }


def shape_case(noise, kappa):
    """The best loss in units of r², by ``optimal_loss``, which integrates it on a grid."""
    name, places = m_estimation.NOISES[noise], np.linspace(-6, 6, 25)
    square = m_estimation.optimal(kappa, noise=name).error
    residuals = places + square * m_estimation.log_slope(name, places, np.sqrt(square))
    rho, slope = m_estimation.optimal_loss(kappa, residuals, noise=name)
    known = {"noise": noise, "r": np.sqrt(square), "places": places, "residuals": residuals}
    return known | {"rho": rho / square, "slope": slope / square}


def cases():
    return {
        "errors": [error_case(noise, kappa) for noise in (0, 1) for kappa in (0.02, 0.1, 0.29503, 0.5, 0.9)],
        "blurred": [blurred_case(noise, r) for noise in (0, 1) for r in (0.2, 1.0, 3.5)],
        "shapes": [shape_case(noise, kappa) for noise in (0, 1) for kappa in (0.05, 0.5, 0.85)],
    }


def test_the_page_solves_as_the_package_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 22


@pytest.mark.parametrize(
    ("kind", "key", "off"), [("errors", "lad", 1e-6), ("errors", "best", 1e-6), ("shapes", "rho", 1e-4)]
)
def test_a_wrong_digit_is_noticed(tmp_path, kind, key, off):
    some = cases()
    some[kind][1][key] = some[kind][1][key] + off
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)


def test_the_answer_to_what_the_figure_asks():
    """Absolute values beat squares below κ = 0.295 alone, which is 3.39 cases a weight."""

    def better(kappa):
        both = (m_estimation.least_absolute_deviations, m_estimation.least_squares)
        lad, squares = (kind(kappa, noise="laplace").error for kind in both)
        return lad < squares

    assert [better(kappa) for kappa in (0.05, 0.2, 0.295, 0.2951, 0.5, 0.9)] == [True] * 3 + [False] * 3
    assert better(1 / 3.395) and not better(1 / 3.385)
