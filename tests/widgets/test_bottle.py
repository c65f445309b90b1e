"""The bottle in the page against the Python that it mirrors: particles, density, divergence."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics import dynamics, energies
from sgdphysics.exact import gibbs
from sgdphysics.exact.fokker_planck import FokkerPlanck
from sgdphysics.widgets.bottle import shaken_density

SCRIPT = Path(__file__).parent / "bottle.test.mjs"


def density_case(barrier, temperature, strength, dt):
    grid = FokkerPlanck(energies.DoubleWell(barrier), -3.0, 3.0, 120, temperature=temperature)
    history = grid.evolve(shaken_density(grid, strength), dt=dt, n_steps=40)
    in_bars = (p.reshape(30, 4).sum(axis=1) for p in (history[-1], grid.equilibrium))
    return {
        "barrier": barrier,
        "temperature": temperature,
        "strength": strength,
        "centers": grid.centers,
        "energies": grid.energies,
        "width": grid.width,
        "dt": dt,
        "before": history[0],
        "history": history[1:],
        "equilibrium": grid.equilibrium,
        "divergence": gibbs.kullback_leibler(*in_bars),
    }


def run_case(barrier, dt, temperature):
    start = np.linspace(-1.6, 1.4, 40)[:, None]
    run = dynamics.langevin(
        energies.DoubleWell(barrier),
        start,
        dt=dt,
        n_steps=200,
        temperature=temperature,
        rng=np.random.default_rng(5),
    )
    grid = FokkerPlanck(energies.DoubleWell(barrier), -3.0, 3.0, 120)
    return {
        "barrier": barrier,
        "dt": dt,
        "temperature": temperature,
        "before": start[:, 0],
        "normals": np.random.default_rng(5).standard_normal((200, 40)),
        "after": run.q[..., 0],
        "fractions": grid.histogram(run.q[-1]).reshape(30, 4).sum(axis=1),
    }


def cases():
    settings = ((1.0, 0.4, 0.5, 0.02), (1.3, 0.15, 0.1, 0.05), (0.7, 1.2, 1.0, 0.3))
    densities = [density_case(*some) for some in settings]
    return {"densities": densities, "runs": [run_case(1.0, 0.004, 0.4), run_case(1.3, 0.02, 0.9)]}


def test_bottle_relaxes_as_python_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 5


@pytest.mark.parametrize(("kind", "key"), [("densities", "history"), ("runs", "after")])
def test_a_wrong_digit_is_noticed(tmp_path, kind, key):
    some = cases()
    some[kind][0][key] = some[kind][0][key] + 1e-9
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)
