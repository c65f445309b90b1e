"""Runs side by side give what they give alone, and an error comes back whole from another process."""

import multiprocessing
import time
from functools import partial

import numpy as np
import pytest

from sgdphysics import dynamics, energies, ensembles


def task(seed, **changes):
    arguments = {"step_size": 0.3, "alpha": 0.5, "n_steps": 20, "rng": np.random.default_rng(seed)} | changes
    return partial(dynamics.stochastic_dynamics, energies.DoubleWell(), np.full((3, 1), 0.5), **arguments)


def executors():
    return ensembles.OneAfterAnother(), ensembles.processes(2)


def test_results_do_not_depend_on_the_executor(capsys):
    expected = [task(seed)() for seed in range(3)]
    for executor in executors():
        with executor:
            results = ensembles.run_all({f"run {seed}": task(seed) for seed in range(3)}, executor)
        assert list(results) == ["run 0", "run 1", "run 2"]
        for run, alone in zip(results.values(), expected, strict=True):
            np.testing.assert_array_equal(run.q, alone.q)
        assert capsys.readouterr().out.count(": done after") == 3


def test_an_error_keeps_its_trajectory_on_the_way_back():
    for executor in executors():
        with executor, pytest.raises(dynamics.DivergedError, match="lower step_size") as caught:
            ensembles.run_all({"good": task(0), "bad": task(1, step_size=3.0)}, executor)
        assert caught.value.trajectory.q.shape == (caught.value.step - 1, 3, 1)


def test_an_error_stops_what_is_still_running():
    before = time.perf_counter()
    endless = task(0, n_steps=10**9, thin=10**8)
    with ensembles.processes(2) as executor, pytest.raises(dynamics.DivergedError):
        ensembles.run_all({"endless": endless, "bad": task(1, step_size=3.0), "also endless": endless}, executor)
    assert time.perf_counter() - before < 60
    assert multiprocessing.active_children() == []
