"""Back in time in the page against ``exact.diffusion`` and ``dynamics.reverse_diffusion``."""

from pathlib import Path

import numpy as np
import pytest
from node import compare
from scipy.special import log_ndtr, ndtr

from sgdphysics import dynamics
from sgdphysics.exact import diffusion
from sgdphysics.widgets.back import DATA

SCRIPT = Path(__file__).parent / "back.test.mjs"
EDGES = np.linspace(-4, 4, 41)


def below(law, x):
    return ndtr((np.asarray(x)[:, np.newaxis] - law.means) / law.deviations) @ law.weights


def law_case(data, t):
    law, places = diffusion.relaxed(DATA[data], t), np.linspace(-5, 5, 41)
    inner = np.concatenate([[0.0], below(law, EDGES[1:-1]), [1.0]])
    return {
        "data": data,
        "t": t,
        "places": places,
        "density": np.exp(diffusion.log_density(law, places)),
        "score": diffusion.score(law, places),
        "below": below(law, places),
        "shares": np.diff(inner),
    }


def run_case(data, *, pull, heat, h=0.05, steps=40):
    """Backward by q + ``pull`` s and noise of temperature ``heat``; the sampler's own pull is 1 + T."""
    start = np.linspace(-1.8, 1.7, 30)[:, np.newaxis]

    def force(q, t):
        return pull / (1 + heat) * diffusion.score(diffusion.relaxed(DATA[data], t), q)

    run = dynamics.reverse_diffusion(
        force, start, time=h * steps, n_steps=steps, temperature=heat, rng=np.random.default_rng(5)
    )
    normals = np.random.default_rng(5).standard_normal((steps, 30))
    known = {"data": data, "pull": pull, "heat": heat, "h": h, "steps": steps, "start": start[:, 0]}
    return known | {"normals": normals, "after": run.q[..., 0]}


def cases():
    rng = np.random.default_rng(2)
    uniforms, normals = rng.uniform(size=50), rng.standard_normal(50)
    bump = (uniforms >= DATA[0].weights[0]).astype(int)
    kept = np.exp(-0.3)
    return {
        "laws": [law_case(data, t) for data in (0, 1) for t in (0.0, 0.05, 0.8, 3.0)],
        "runs": [
            run_case(data, pull=pull, heat=heat)
            for data in (0, 1)
            for pull, heat in ((2, 1), (1, 0), (1, 1), (2, 0), (1.5, 0.5))
        ],
        "drawn": {
            "uniforms": uniforms,
            "normals": normals,
            "places": DATA[0].means[bump] + DATA[0].deviations[bump] * normals,
        },
        "forth": {
            "before": uniforms,
            "normals": normals,
            "time": 0.3,
            "after": kept * uniforms + np.sqrt(1 - kept**2) * normals,
        },
        "normal": [(x, log_ndtr(x)) for x in (-38.0, -9.0, -2.6, -2.5, -2.4, -0.3, 1e-9, 0.7, 2.4, 2.6, 7.0)],
        "speciation": float(diffusion.speciation_time(2.0, 0.5)),
    }


def test_the_page_goes_back_as_the_package_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 18


@pytest.mark.parametrize(("kind", "key"), [("laws", "density"), ("laws", "shares"), ("runs", "after")])
def test_a_wrong_digit_is_noticed(tmp_path, kind, key):
    some = cases()
    some[kind][3][key] = some[kind][3][key] + 1e-8
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)


@pytest.mark.parametrize("data", [0, 1])
def test_the_answer_to_what_the_figure_asks(data):
    """On a grid, without a sample: the right chain and the flow return, the two slips do not, however many steps."""
    x = np.linspace(-10, 10, 501)
    target = np.exp(diffusion.log_density(DATA[data], x))
    exact = lambda y, t: diffusion.score(diffusion.relaxed(DATA[data], t), y)  # noqa: E731
    back = diffusion.reversed_density(DATA[data], x, time=3.0, n_steps=300)
    once = diffusion.reversed_density(DATA[data], x, time=3.0, n_steps=300, score_of=lambda y, t: exact(y, t) / 2)
    assert diffusion.relative_entropy(target, back, x) < 2e-3
    assert diffusion.relative_entropy(target, once, x) > 0.1
    levels = (np.arange(400) + 0.5) / 400
    order = np.interp(levels, ndtr(x), x)[:, np.newaxis]
    flow = {}
    for pull in (1, 2):
        pulled = dynamics.reverse_diffusion(
            lambda y, t, pull=pull: pull * exact(y, t),
            order,
            time=3.0,
            n_steps=600,
            temperature=0.0,
            rng=np.random.default_rng(0),
            thin=600,
        )
        flow[pull] = pulled.q[-1, :, 0]
    assert np.abs(below(DATA[data], flow[1]) - levels).max() < 0.02
    assert np.abs(below(DATA[data], flow[2]) - levels).max() > 0.25
