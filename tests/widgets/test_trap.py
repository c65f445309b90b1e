"""The trap in the page against the Python that it mirrors: work, and Jarzynski's average."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics import energies, work

SCRIPT = Path(__file__).parent / "trap.test.mjs"


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
    return [pull_case(4.0, 1.0, 1.0, 1.4), pull_case(0.7, 2.5, 0.3, 0.6)]


def test_trap_works_as_python_does(tmp_path):
    assert compare(tmp_path, SCRIPT, cases()) == 2


def test_a_wrong_digit_is_noticed(tmp_path):
    some = cases()
    some[0]["work"] = some[0]["work"] + 1e-9
    with pytest.raises(AssertionError):
        compare(tmp_path, SCRIPT, some)
