"""Runs side by side give what they give alone, and an error comes back whole from another process."""

import multiprocessing
import os
import subprocess
import sys
import time
import types
from concurrent.futures import BrokenExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np
import pytest
from conftest import PATIENCE

from sgdphysics import dynamics, energies, ensembles, work


def task(seed, **changes):
    arguments = {"step_size": 0.3, "alpha": 0.5, "n_steps": 20, "rng": np.random.default_rng(seed)} | changes
    return partial(dynamics.stochastic_dynamics, energies.DoubleWell(), np.full((3, 1), 0.5), **arguments)


def executors():
    return ensembles.OneAfterAnother(), ensembles.processes(2), ensembles.EachInAProcess(2)


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
    for executor in executors()[1:]:
        with executor, pytest.raises(dynamics.DivergedError):
            ensembles.run_all({"endless": endless, "bad": task(1, step_size=3.0), "also endless": endless}, executor)
        while multiprocessing.active_children():  # an ended process counts until the executor's thread has noted it
            assert time.perf_counter() - before < 60 * PATIENCE
            time.sleep(0.02)


def note(path):
    """The number of times that the task was run, by a file that grows."""
    with path.open("a") as file:
        file.write("x")
    return path.stat().st_size


def dies_once(path):
    """A task whose process is killed half way of its first run, as by a machine that wants its memory back."""
    if note(path) == 1:
        os.kill(os.getpid(), 9)
    return path.name


def test_a_run_whose_process_is_killed_is_repeated_and_no_other(tmp_path, capsys):
    tasks = {"sound": partial(note, tmp_path / "sound"), "hit": partial(dies_once, tmp_path / "hit")}
    found = {name: future.result() for name, future in ensembles.as_done(tasks, ensembles.EachInAProcess(2))}
    assert found == {"sound": 1, "hit": "hit"}
    assert (tmp_path / "hit").stat().st_size == 2
    assert "hit: lost, and repeated: BrokenExecutor('its process ended with exit code " in capsys.readouterr().out


def always_dies(path):
    note(path)
    os._exit(3)


def test_a_run_that_is_lost_again_and_again_stops_no_other(tmp_path):
    tasks = {"hit": partial(always_dies, tmp_path / "hit"), "bad": task(1, step_size=3.0), "sound": task(0)}
    found = dict(ensembles.as_done(tasks, ensembles.EachInAProcess(1), attempts=2))
    assert found["sound"].exception() is None
    assert isinstance(found["bad"].exception(), dynamics.DivergedError)
    with pytest.raises(BrokenExecutor, match="ended with exit code 3"):
        found["hit"].result()
    assert (tmp_path / "hit").stat().st_size == 2


def test_what_runs_ends_when_nobody_waits_for_it_any_more():
    tasks = {"endless": task(0, n_steps=10**9, thin=10**8), "short": task(0), "never begun": task(1)}
    executor = ensembles.EachInAProcess(2)
    runs = ensembles.as_done(tasks, executor)
    assert next(runs)[0] == "short"
    runs.close()
    before = time.perf_counter()
    while multiprocessing.active_children():
        assert time.perf_counter() - before < 60 * PATIENCE
        time.sleep(0.02)


@pytest.mark.parametrize(("affinity", "workers"), [(1, 1), (3, 3), (61, 61), (64, 61), (500, 61)])
def test_as_many_workers_as_processors_may_be_used_and_windows_can_wait_for(monkeypatch, affinity, workers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(affinity)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1024)
    with ensembles.processes() as executor:
        assert executor._max_workers == workers
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "process_cpu_count", lambda: affinity, raising=False)
    assert ensembles.available_processors() == affinity
    monkeypatch.delattr(os, "process_cpu_count")
    assert ensembles.available_processors() == 1024


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_a_number_of_workers_that_is_none_is_named(workers):
    for kind in (ensembles.processes, ensembles.EachInAProcess):
        with pytest.raises(ValueError, match="workers must be an integer of at least 1"):
            kind(workers)


def nothing(argument):
    return argument


def test_a_task_that_no_process_can_be_given_is_named_before_any_is_started(monkeypatch):
    notebook = types.ModuleType("__main__")  # as in Jupyter: no file, so nothing that another process could import
    exec("class Mine:\n    pass\ndef mine(): pass", notebook.__dict__)
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    move = work.exact_move(dt=0.1)
    for unfit, why in (
        (partial(nothing, notebook.Mine()), "Mine is defined in the notebook"),
        (notebook.mine, "mine is defined in the notebook"),
        (partial(nothing, move), "local object"),
        (partial(nothing, (x for x in [])), "generator"),
    ):
        tasks = {"good": partial(nothing, 1), "mine": unfit}
        with ensembles.processes(1) as executor:
            with pytest.raises(
                ValueError, match=f"task 'mine' must be made of what .* import .*{why}.*OneAfterAnother"
            ):
                ensembles.run_all(tasks, executor)
            assert not executor._processes
        with ensembles.OneAfterAnother() as executor:
            assert ensembles.run_all({"good": partial(nothing, 1)}, executor) == {"good": 1}


def test_a_script_without_its_guard_is_told_of_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from functools import partial\n"
        "from sgdphysics import ensembles\n"
        "with ensembles.processes(1) as executor:\n"
        "    ensembles.run_all({'one': partial(abs, -1)}, executor)\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert BrokenProcessPool.__name__ in run.stderr
    assert "stand under  if __name__ == '__main__':" in run.stderr
    script.write_text(script.read_text().replace("with ", "if __name__ == '__main__':\n  with "))
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr


ORPHANS = """
import os, sys, time
from functools import partial
from sgdphysics import ensembles
if __name__ == "__main__":
    pool = ensembles.processes(1)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(partial(time.sleep, 600))
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)  # it is there
    finally:
        parent.kill()
    assert parent.stdout.read() == ""  # ends only when the worker, which holds the pipe too, has ended
    parent.stdout.close()
    parent.wait()


def test_a_browser_has_no_processes_and_says_what_that_means(monkeypatch, capsys):
    monkeypatch.setattr(ensembles, "IN_BROWSER", True)
    executor = ensembles.processes(2)
    assert isinstance(executor, ensembles.OneAfterAnother)
    assert ensembles.run_all({"one": dict}, executor) == {"one": {}}
    assert capsys.readouterr().out.startswith("In the browser these runs follow one another")
