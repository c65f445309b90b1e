"""Two bumps in the page against the package's fits and direct integrals of q ln(q/p)."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.stats import norm

from sgdphysics.exact import variational

SCRIPT = Path(__file__).parent / "bumps.test.mjs"
PLACES = ((0.0, 2.6, 2.8), (1.2, 0.7, 2.0), (2.9, 1.05, 3.0), (-3.9, 1.0, 4.0), (0.3, 4.5, 4.0), (5.5, 0.5, 1.0))


def direct(mean, width, a):
    """∫ q ln(q/p) dx on a grid, without any formula of the page's."""
    x = mean + width * np.linspace(-9, 9, 20_001)
    log_p = np.logaddexp(norm.logpdf(x, -a), norm.logpdf(x, a)) - np.log(2)
    log_q = norm.logpdf(x, mean, width)
    return np.exp(log_q) @ (log_q - log_p) * (x[1] - x[0])


def fit(a):
    one = variational.one_bump_fit(a) if a > variational.branch_start() else None
    return {"a": a, "middle": variational.symmetric_fit(a), "one": one, "both": variational.forward_fit(a)}


def test_the_page_fits_as_the_package_does(tmp_path):
    cases = {
        "integrals": [(*place, direct(*place)) for place in PLACES],
        "fits": [fit(a) for a in (1.0, 2.0, 2.35, 2.45, 2.8, 3.0, 4.0)],
        "begins": variational.branch_start(),
        "jumps": variational.switch(),
    }
    assert compare(tmp_path, SCRIPT, cases) == 7


def test_the_answer_to_what_the_figure_asks():
    """The middle stays a minimum: its curvature is positive at every distance, beyond the switch as before it."""
    for a in (1.0, 2.8, 4.0, 8.0):
        middle = variational.symmetric_fit(a)
        curvature = variational.reverse_curvature(0.0, middle.width, separation=a)
        assert np.linalg.eigvalsh(curvature).min() > 0
    assert variational.switch() == pytest.approx(2.8001, abs=5e-5)
