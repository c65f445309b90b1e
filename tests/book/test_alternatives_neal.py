"""Claims of the chapter on Neal refuse what they say that they reject: its own cells, each with one line broken.

Only the part before the long runs: those are put to wrong answers on the page itself.
"""

import io
from contextlib import redirect_stdout

import nbformat
import numpy as np
import pytest
from alternatives import holds
from conftest import ROOT

from sgdphysics import estimators
from sgdphysics.claims import Claims
from sgdphysics.energies import robot_arm

SLIP = "alpha=np.repeat(alphas[:, None], chains, 1),"
ALTERNATIVES = {
    "The robot hand's distance": (
        "hand = robot_arm.robot_arm(x)",
        "both = x[:, 0] + np.cos(x[:, 1])\n"
        "hand = np.stack([2 * np.cos(x[:, 0]) + 1.3 * np.cos(both), 2 * np.sin(x[:, 0]) + 1.3 * np.sin(both)], -1)",
    ),
    "The robot arm's angles lie": (
        "hand = robot_arm",
        "x = rng('none').uniform(0.6, 1.9, x.shape) - [1, 0]\nhand = robot_arm",
    ),
    "Leapfrog written out": (
        "    q = q + step_size * p\n    p = p - step_size / 2 * energy.gradient(q)",
        "    force = energy.gradient(q)\n    q = q + step_size * p\n    p = p - step_size / 2 * force",
    ),
    "Leapfrog is reversible": (
        "frog = partial(dynamics.leapfrog, step_size=0.05, n_steps=200)",
        "frog = partial(dynamics.wrong_explicit_euler, step_size=0.05, n_steps=20)",  # before it explodes
    ),
    "Explicit Euler is not reversible": (
        "euler = partial(dynamics.wrong_explicit_euler,",
        "euler = partial(dynamics.leapfrog,",
    ),
    "Half the leapfrog step": ("end = dynamics.leapfrog(double", "end = dynamics.wrong_explicit_euler(double"),
    "Leapfrog keeps the volume": ("volume(dynamics.leapfrog,", "volume(dynamics.wrong_explicit_euler,"),
    "Explicit Euler swells": ("volume(dynamics.wrong_explicit_euler,", "volume(dynamics.leapfrog,"),
    "Leapfrog in a spring keeps": ("valley.stiffness / 4) *", "valley.stiffness * 0) *"),
    "Autocorrelation time along a valley: the exact": (
        SLIP,
        SLIP + "\n    temperature=1 / (1 + np.repeat(alphas[:, None], chains, 1)),",
    ),
    "Autocorrelation time along a valley: at the best": ("    5 * times[best],", "    5 * times[1],"),
    "Autocorrelation time along a valley: longer": (
        "best = np.argmin(exact_times)",
        "best = np.argmin(exact_times)\n"
        "swings = run.q[..., 0] / np.sqrt(variance)\n"
        "total = np.cumsum(swings, axis=0)\n"
        "each = 1 + 2 * np.mean(swings[:-lags] * (total[lags:] - total[:-lags]), axis=0)\n"
        "times, times_se = estimators.replica_mean(each.T)",
    ),
    "Hybrid Monte Carlo in a spring: share": ('"n_steps": n_leapfrog}', '"n_steps": n_leapfrog + 1}'),
    "Stochastic dynamics in a spring": ("    1 / (1 - sizes**2 / 4),", "    1.0,"),
    "Hybrid Monte Carlo in a spring: variance": ("    tested,\n", "    biased,\n"),
    "Hybrid Monte Carlo has the exact law": ("    with_test[0],", "    without_test[0],"),
    "Stochastic dynamics has another law": ("    without_test[0],", "    with_test[0],"),
}


def cells_before_the_runs():
    """Code of the cells up to the section on the runs, without those that draw."""
    cells = []
    for cell in nbformat.read(ROOT / "chapters" / "neal-1992.ipynb", as_version=4).cells:
        if cell.source.startswith("## The runs"):
            return cells
        if cell.cell_type == "code" and "figure" not in cell.metadata.get("mystnb", {}):
            cells.append(cell.source)


CELLS = cells_before_the_runs()


def run(cells, names):
    names = names | {"claims": Claims("alternatives")} if "claims" in names else dict(names)
    for cell in cells:
        yield dict(names)
        with redirect_stdout(io.StringIO()):
            exec(cell, names)


@pytest.fixture(scope="module")
def names_before():
    """What is defined before each cell, in a run of the page as it stands."""
    return list(run(CELLS, {"__name__": "chapter"}))


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # what explicit Euler does
@pytest.mark.parametrize("claim", ALTERNATIVES)
def test_the_alternative_is_refused(claim, names_before):
    right, wrong = ALTERNATIVES[claim]
    (place,) = (i for i, cell in enumerate(CELLS) if right in cell)
    assert CELLS[place].count(right) == 1
    cells = [CELLS[place].replace(right, wrong), *CELLS[place + 1 :]]
    with pytest.raises(AssertionError, match=f"^{claim}"):
        list(run(cells, names_before[place]))


def test_every_claim_of_these_cells_is_put_to_an_alternative():
    said = "\n".join(cell for cell in CELLS if "claims." in cell)
    assert said.count("rejects=") == len(ALTERNATIVES)


def test_a_linear_model_is_surest_in_the_gap():
    """Its error bar √(aᵀ(XᵀX)⁻¹a) is least in the middle of the cases: the claim on the gap refuses it."""
    generator, ratios = np.random.default_rng(1), []
    for _ in range(8):
        x, _ = robot_arm.robot_arm_cases(generator, 200)
        inside, _ = robot_arm.robot_arm_cases(generator, 200)
        gap = np.stack([generator.uniform(-0.35, 0.35, 200), inside[:, 1]], axis=-1)
        x, inside, gap = (np.column_stack([np.ones(200), angles]) for angles in (x, inside, gap))
        inverse = np.linalg.inv(x.T @ x)
        spreads = [np.sqrt(np.sum(a @ inverse * a, axis=1)).mean() for a in (gap, inside)]
        ratios.append(np.log(spreads[0] / spreads[1]))
    more, more_se = estimators.replica_mean(ratios)
    assert not holds("less", 0.0, more, se=more_se)
