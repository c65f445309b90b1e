"""The benchmarks compare their sides before they time them, and refuse what does not compute the same."""

import json
import re
import socket
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from conftest import PATIENCE, ROOT

FOLDER = ROOT / "benchmarks"
pytest.importorskip("blackjax")


@pytest.fixture(autouse=True)
def beside_the_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """What the short form writes."""
    path = tmp_path_factory.mktemp("bench") / "results.json"
    command = [sys.executable, FOLDER / "bench.py", "--quick", "--write", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stored():
    """What the page shows."""
    return json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))


def test_both_sides_of_every_row_compute_the_same(quick):
    assert len(quick["rows"]) > 15
    for row in quick["rows"].values():
        assert set(row["agreement"]) == set(row["sides"][1:])
        for peer in row["agreement"].values():
            assert peer["difference"] <= row["tolerance"]
            assert abs(peer.get("z", 0.0)) < 6


def test_the_page_shows_all_that_is_measured(quick, stored):
    sides = [{name: row["sides"] for name, row in results["rows"].items()} for results in (stored, quick)]
    assert sides[0] == sides[1]
    assert stored.keys() == quick.keys()
    for row in stored["rows"].values():
        assert all(0 < time["low"] <= time["median"] <= time["high"] for time in row["times"].values())


def test_the_results_name_neither_host_nor_path(stored):
    text = json.dumps(stored)
    assert socket.gethostname() not in text
    assert not re.search(r"/(home|tmp|usr|work|root|Users)/", text)


def row_of(*answers, statistic=None, runs=None):
    from side_by_side import Row, Side

    runs = runs or [None] * len(answers)
    pairs = zip(answers, runs, strict=True)
    sides = tuple(Side(str(i), lambda r=run: r, lambda a=answer: a) for i, (answer, run) in enumerate(pairs))
    return Row("row", "", "", "", 1, sides, 1e-9, statistic=statistic)


@pytest.mark.parametrize("other", [[1.0, 2.00001], [1.0], [1.0, np.nan]], ids=["value", "shape", "NaN"])
def test_another_answer_is_refused(other):
    from side_by_side import compare

    compare(row_of([1.0, 2.0], [1.0, 2.0]))
    with pytest.raises(ArithmeticError, match="row: 1"):
        compare(row_of([1.0, 2.0], other))


def test_another_mean_of_runs_with_noise_is_refused():
    from side_by_side import compare

    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 1000))
    compare(row_of([1.0], [1.0], statistic=np.asarray, runs=[one, other]))
    with pytest.raises(ArithmeticError, match="standard errors"):
        compare(row_of([1.0], [1.0], statistic=np.asarray, runs=[one, other + 0.5]))


def broken(row, peer, **parts):
    """The row with another ``run`` or ``answer`` of one of its sides."""
    sides = list(row.sides)
    for name, part in parts.items():
        setattr(sides[peer], name, part)
    return row._replace(sides=tuple(sides))


def test_heat_without_the_factor_two_is_refused():
    import samplers
    from side_by_side import compare

    row = samplers.langevin(0.2)
    start, plan = np.ones((1000, 1)), {"dt": 0.01, "n_steps": 400, "temperature": 0.25}  # half of the row's
    half = partial(samplers.plain_langevin, start, **plan, rng=np.random.default_rng(1))
    with pytest.raises(ArithmeticError, match="numpy loop is .* standard errors"):
        compare(broken(row, 1, run=half))


def test_a_step_twice_as_long_is_refused():
    import samplers
    from side_by_side import compare

    x, y = samplers.labelled(10_000)
    plan = {"step_size": 2e-3, "n_steps": 20, "temperature": 0.0}  # dt in the place of epsilon
    long = partial(samplers.plain_sgld, x, y, np.zeros((16, 100)), **plan, rng=np.random.default_rng(7))
    with pytest.raises(ArithmeticError, match="numpy loop differs"):
        compare(broken(samplers.sgld_row(0.01, control_variate=False), 1, answer=long))


def test_a_lid_that_lets_through_is_refused(monkeypatch):
    import pots
    from side_by_side import compare

    monkeypatch.setattr(pots, "rolled_between_floor_and_lid", lambda m, by: np.roll(m, by, axis=1))
    with pytest.raises(ArithmeticError, match="numpy differs"):
        compare(pots.thermodynamics(0.01))
