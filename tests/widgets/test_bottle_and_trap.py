"""The bottle and the trap in the page, against the Python that they mirror."""

import json
from pathlib import Path

import numpy as np
import pytest
from node import run_node

from sgdphysics import dynamics, energies, widgets, work
from sgdphysics.exact import gibbs
from sgdphysics.exact.fokker_planck import FokkerPlanck
from sgdphysics.widgets import live
from sgdphysics.widgets.bottle import shaken_density

SCRIPT = Path(__file__).parent / "relaxation.test.mjs"


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


def pull_case(stiffness, distance, duration, temperature, n_steps=50, paths=60):
    protocol = [energies.Harmonic(stiffness, center) for center in np.linspace(0.0, distance, n_steps + 1)]
    start = np.sqrt(temperature / stiffness) * np.random.default_rng(2).standard_normal((paths, 1))
    move = work.exact_move(dt=duration / n_steps, temperature=temperature)
    driven = work.drive(protocol, start, move=move, rng=np.random.default_rng(3))
    estimate, error = work.jarzynski(driven.work, temperature=temperature)
    return {
        "stiffness": stiffness,
        "distance": distance,
        "duration": duration,
        "temperature": temperature,
        "start": start[:, 0],
        "normals": np.random.default_rng(3).standard_normal((n_steps, paths)),
        "work": driven.work,
        "end": driven.q[:, 0],
        "wasted": work.dragging_dissipation(distance, duration, stiffness),
        "estimate": estimate,
        "error": error,
    }


def cases():
    return {
        "densities": [
            density_case(*some) for some in ((1.0, 0.4, 0.5, 0.02), (1.3, 0.15, 0.1, 0.05), (0.7, 1.2, 1.0, 0.3))
        ],
        "runs": [run_case(1.0, 0.004, 0.4), run_case(1.3, 0.02, 0.9)],
        "pulls": [pull_case(4.0, 1.0, 1.0, 1.4), pull_case(0.7, 2.5, 0.3, 0.6)],
    }


def compare(tmp_path, some):
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(some, default=lambda value: np.asarray(value).tolist()), encoding="utf-8")
    return json.loads(run_node(SCRIPT, file))


def test_bottle_and_trap_compute_as_python_does(tmp_path):
    assert compare(tmp_path, cases()) == 7


@pytest.mark.parametrize("wrong", ["densities", "runs", "pulls"])
def test_a_wrong_digit_is_noticed(tmp_path, wrong):
    some = cases()
    key = {"densities": "history", "runs": "after", "pulls": "work"}[wrong]
    some[wrong][0][key] = some[wrong][0][key] + 1e-9
    with pytest.raises(AssertionError):
        compare(tmp_path, some)


@pytest.mark.parametrize("name", ["bottle", "trap"])
def test_figures_are_complete(name):
    figure = getattr(widgets, name)()
    assert figure.module == name
    assert "const liveFigure = " in live.bundle(name)
    figure.set(temperature=1.0)
    assert figure.parameters["temperature"] == 1.0
