"""`make claims`: what is done is neither lost nor repeated, here or on a cluster; the table finds a wrong error bar."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import dask
import distributed
import hashes
import nbformat
import numpy as np
import pytest
import seeds
import seeds_table
from conftest import PATIENCE, ROOT

from sgdphysics import claims, ensembles

signals = pytest.mark.skipif(sys.platform == "win32", reason="signals")

# Its first cell notes that it runs, and for one seed waits for ever when it does so for the first time.
BEGIN = """
import os, time
from pathlib import Path
import numpy as np
from sgdphysics.claims import Claims, rng, seed
claims = Claims("trial")
with open(f"{folder}/runs", "a") as runs:
    runs.write(f"{{seed()}}\\n")
if seed() == {stuck}:
    held = Path("{folder}/held")
    if not held.exists():
        held.with_name("new").write_text(f"{{os.getppid()}} {{os.getpid()}}")
        held.with_name("new").replace(held)
        time.sleep(3600)
"""
CLAIMS = """
claims.agrees("The mean is zero", rng("trial").normal(size=3), 0, se=1, source="exact")
claims.close("Seed 1 fails", float(seed() == 1), 0, atol=0.5, source="trial")
claims.close("It was tried", 0, 0, atol=0.5, source="trial")
"""
CELLS = [CLAIMS, "if seed() == 2:\n    1 / 0", 'claims.close("The last", 0, 0, atol=1, source="s")', "claims.table()"]


@pytest.fixture(autouse=True)
def environment():
    """The program sets BOOK_DATA for its kernels: what comes after these tests must not see it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def trial(tmp_path):
    """Starts the program that runs a notebook, which waits at the seed ``stuck``."""
    started = []

    def start(*options, stuck):
        cells = [BEGIN.format(folder=tmp_path.as_posix(), stuck=stuck), *CELLS]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, tmp_path / "trial.ipynb")
        command = [sys.executable, ROOT / "tests/seeds.py", "--folder", tmp_path / "out", *options]
        paths = os.pathsep.join(str(ROOT / folder) for folder in ("_ext", "code"))
        environment = os.environ | {"PYTHONPATH": paths, "PYTHONUTF8": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
        command += ["--", tmp_path / "trial.ipynb"]
        # Where tests run in the background Ctrl-C is ignored, and would be by the program, too.
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen(command, env=environment, **pipes)
        signal.signal(signal.SIGINT, before)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


def ended(process):
    """Exit code and output of the program, once it has ended."""
    output, _ = process.communicate(timeout=300 * PATIENCE)
    return process.returncode, output


def stuck_at(folder, process):
    """The ids of the process and of the kernel that wait, once they do."""
    while not (folder / "held").exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    return map(int, (folder / "held").read_text().split())


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text()


def kept(folder):
    """{seed: record} of what is kept, and nothing else is there."""
    paths = [path for path in (folder / "out" / "trial").rglob("*") if path.is_file()]
    return {int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in paths}


def runs(folder):
    """The seeds with which the notebook was begun."""
    return sorted(map(int, (folder / "runs").read_text().split()))


@pytest.fixture(params=["here", "on a cluster"])
def place(request):
    """The options that name two processes of this machine, or a Dask cluster of two that repeats nothing by itself."""
    if request.param == "here":
        yield ["--workers", "2"]
        return
    failures = {"distributed.scheduler.allowed-failures": 0}
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with dask.config.set(failures), distributed.LocalCluster(2, **options) as cluster:
        yield ["--scheduler", cluster.scheduler_address]


@signals
def test_a_killed_worker_loses_one_run_which_is_repeated(trial, place, tmp_path, monkeypatch):
    process = trial(*place, "--seeds", "3", stuck=0)
    worker, kernel = stuck_at(tmp_path, process)
    os.kill(worker, signal.SIGKILL)
    code, output = ended(process)
    assert runs(tmp_path) == [0, 0, 1, 2], output
    found = kept(tmp_path)
    assert sorted(found) == [0, 1, 2]
    for seed, record in found.items():
        monkeypatch.setenv("BOOK_SEED", str(seed))
        expected = claims.rng("trial").normal(size=3)
        np.testing.assert_allclose(record["scores"]["The mean is zero"], expected, atol=6e-5)
        assert record["seed"] == seed
        held = [claim["passed"] for claim in record["claims"]]
        assert held == ([True, False, True] if seed == 1 else [True] * 4), "one that fails ends its cell, and no more"
    assert found[0]["errors"] == []
    assert found[1]["errors"][0].startswith("AssertionError: Seed 1 fails: value 1.0")
    assert found[2]["errors"] == ["ZeroDivisionError: division by zero"]
    assert code == 1, "claims failed"
    for line in ("seed 0: 4 claims held, 0 failed, 0 other", "seed 1: 2 claims held, 1 failed, 0 other errors"):
        assert line in output
    assert "seed 2: 4 claims held, 0 failed, 1 other errors" in output
    assert "trial, seed 0: lost, and repeated" in output
    assert any(line.split() == "2 of 3, FAILS Seed 1 fails".split() for line in output.splitlines())
    while not is_gone(kernel):
        time.sleep(0.05)


@signals
def test_what_is_done_before_an_interruption_is_not_repeated(trial, tmp_path):
    options = ["--seeds", "2", "--workers", "1"]
    process = trial(*options, stuck=1)
    while not next(iter(process.stdout)).startswith("trial, seed 0: "):
        pass
    stuck_at(tmp_path, process)
    before = kept(tmp_path)
    assert list(before) == [0]
    process.send_signal(signal.SIGINT)
    code, output = ended(process)
    assert code == 130 and "the same command goes on from there" in output
    assert kept(tmp_path) == before
    code, output = ended(trial(*options, stuck=1))
    assert output.startswith("1 of 2 runs were done before\n")
    assert runs(tmp_path) == [0, 1, 1] and sorted(kept(tmp_path)) == [0, 1]
    assert kept(tmp_path)[0] == before[0]


def test_workers_with_another_package_are_refused(tmp_path, monkeypatch):
    def elsewhere(text, chapter, seed):
        return {"claims": [], "errors": [], "seconds": 0, "package": "another"}

    monkeypatch.setattr(seeds, "run", elsewhere)
    with pytest.raises(ValueError, match="workers must have the package of this folder"):
        seeds.run_missing({(ROOT / "tests/template.ipynb", 0): tmp_path / "0.json"}, ensembles.OneAfterAnother())
    assert not list(tmp_path.iterdir())
    tried = []

    def edited(*key):
        tried.append(key[2])
        return elsewhere(*key) | ({} if len(tried) == 2 else {"package": seeds.package_hash()})

    def in_order(tasks, executor):
        yield from ((name, executor.submit(task)) for name, task in tasks.items())

    monkeypatch.setattr(seeds, "run", edited)
    monkeypatch.setattr(ensembles, "as_done", in_order)
    places = {(ROOT / "tests/template.ipynb", seed): tmp_path / f"{seed}.json" for seed in range(3)}
    lost = seeds.run_missing(places, ensembles.OneAfterAnother())
    assert lost == [f"template, seed {tried[1]}"], "an edit that was undone costs what ran meanwhile"
    assert sorted(int(path.stem) for path in tmp_path.iterdir()) == sorted((tried[0], tried[2]))


def test_a_package_that_changes_while_it_runs_costs_the_runs_from_then_on_and_no_others(chapters, monkeypatch, capsys):
    before, now = seeds.package_hash, []

    def answer(chapter, seed):
        now.extend(["edited"] * ((chapter, seed) == ("a", 1)))
        return book({"x": [[0.5]]})[0]

    chapters.run.answer = answer
    monkeypatch.setattr(seeds, "package_hash", lambda code=None: before(code) + "".join(now[:1]))
    monkeypatch.setattr(seeds, "run", lambda *key: chapters.run(*key) | {"package": seeds.package_hash()})
    assert seeds.main([*chapters.out, "2"]) == 1
    told = capsys.readouterr().out
    assert "a, seed 0: 1 claims held" in told and "a, seed 1: not kept: it ran with another package" in told
    assert "Changed meanwhile: a, b. Run this again." in told
    assert [path.name for path in runs_in(chapters.folder / "out")] == ["0.json"]


def test_claims_of_another_name_are_told():
    code = 'from sgdphysics.claims import Claims\nclaims = Claims("{}")\nclaims.close("X", 0, 0, atol=1, source="s")'
    cells = [nbformat.v4.new_code_cell(f"{code.format(name)}\nclaims.table()") for name in ("trial", "again")]
    record = seeds.run(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "trial", 0)
    assert record["errors"] == ["claims of other names, which are not counted: Claims('again')"]


def test_the_table_of_the_whole_book_is_kept_and_of_a_chapter_alone_is_not(tmp_path, monkeypatch):
    def quick(text, chapter, seed):
        record = book({"x": [[seed / 10]]})[0]
        return record | {"seed": seed, "seconds": 0, "package": hashes.package_hash()}

    monkeypatch.setattr(seeds, "ROOT", tmp_path)
    monkeypatch.setattr(seeds, "run", quick)
    monkeypatch.setattr(seeds, "local_or_cluster", lambda *_: ensembles.OneAfterAnother())
    notebook, stored, out = tmp_path / "chapters" / "x.ipynb", tmp_path / seeds.STORED, tmp_path / "out"
    notebook.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    assert seeds.main(["--folder", str(out), "--seeds", "3", "5", "--", str(notebook)]) == 0
    assert json.loads((out / "table.json").read_text(encoding="utf-8"))["seeds"] == [3, 5] and not stored.exists()
    assert seeds.main(["--folder", str(out), "--seeds", "2"]) == 0
    assert json.loads(stored.read_text(encoding="utf-8"))["seeds"] == [0, 1]
    assert seeds.main(["--folder", str(out), "--seeds", "4", "90"]) == 1, "a claim is given a mark"


@pytest.fixture
def chapters(tmp_path, monkeypatch):
    """A book of empty chapters a and b, whose runs come to what ``answer`` says of them; the runs that were made."""
    made = []

    def quick(text, chapter, seed):
        made.append((chapter, seed))
        return quick.answer(chapter, seed) | {"chapter": chapter, "seed": seed, "seconds": 1, "package": whole}

    quick.answer, whole = lambda chapter, seed: book({"x": [[0.5]]})[0], hashes.package_hash()
    monkeypatch.setattr(seeds, "ROOT", tmp_path)
    monkeypatch.setattr(seeds, "run", quick)
    monkeypatch.setattr(seeds, "local_or_cluster", lambda *_: ensembles.OneAfterAnother())
    (tmp_path / "chapters").mkdir()
    for name in "ab":
        nbformat.write(nbformat.v4.new_notebook(), tmp_path / "chapters" / f"{name}.ipynb")
    return SimpleNamespace(made=made, run=quick, folder=tmp_path, out=["--folder", str(tmp_path / "out"), "--seeds"])


def test_another_machine_goes_on_from_what_is_kept(chapters, monkeypatch):
    tmp_path, made, told = chapters.folder, chapters.made, []

    def answer(chapter, seed):
        records = book({"x": [[0.5, "nan"]] * 3, "y": [[seed / 10]] * 3}, z=0.123456)
        del records[2]["claims"][1], records[2]["scores"]["x"], records[2]["scores"]["y"]
        return records[seed]

    def interrupted(record):
        told.append((record["chapter"], record["seed"]))
        if len(told) == 4:
            raise KeyboardInterrupt
        return ""

    chapters.run.answer = answer
    monkeypatch.setattr(seeds, "summary", interrupted)
    everything = [(chapter, seed) for chapter in "ab" for seed in range(3)]
    assert seeds.main(["--folder", str(tmp_path / "here"), "--seeds", "3"]) == 130
    done = told.copy()
    made.clear()
    assert seeds.main(["--folder", str(tmp_path / "there"), "--seeds", "3"]) == 1, "y is not always tried"
    assert sorted(made) == [one for one in everything if one not in done]
    here, there = (
        {
            path.relative_to(tmp_path / folder): json.loads(path.read_text("utf-8"))
            for path in runs_in(tmp_path / folder)
        }
        for folder in ("here", "there")
    )
    assert len(here) == 4
    for path, record in here.items():
        record["claims"] = [claim | {"z": 0.1235} for claim in record["claims"]]
        assert there[path] == {word: record[word] for word in there[path]}
    made.clear()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("2")]), tmp_path / "chapters" / "a.ipynb")
    seeds.main(["--folder", str(tmp_path / "elsewhere"), "--seeds", "1", "2"])
    assert sorted(made) == everything[1:3], "the code of a has changed"
    seeds.main(["--folder", str(tmp_path / "at last"), "--seeds", "3"])
    assert sorted(made) == everything[:3], "of b all three seeds were still kept"


def runs_in(folder):
    """The files of the runs in a folder of records."""
    return sorted(folder.rglob("[0-9].json"))


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    seeds.write(tmp_path / "x", "old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        seeds.write(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text() == "old"


def test_what_a_run_depends_on_is_another_run(tmp_path, monkeypatch):
    path = tmp_path / "x.ipynb"

    def named(text, *codes):
        cells = [nbformat.v4.new_markdown_cell(text), *map(nbformat.v4.new_code_cell, codes)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return seeds.fingerprint(path)

    split = named("Text.", "1", "1")
    assert split != named("Text.", "1\n\n1"), "a claim that fails ends its cell"
    first = named("Text.", "1 + 1")
    assert named("Another text.", "1 + 1") == first != named("Text.", "1 + 2")
    named("Text.", "1 + 1")
    versions = {name: seeds.importlib.metadata.version(name) for name in ("numpy", "scipy", "scikit-learn")}
    for name in versions:
        monkeypatch.setattr(seeds.importlib.metadata, "version", (versions | {name: "another"}).get)
        assert seeds.fingerprint(path) != first


def test_the_data_at_hand_count_and_not_where_they_lie(tmp_path, monkeypatch):
    def with_data(*names):
        folder = tmp_path / " ".join(names)
        folder.mkdir()
        for name in names:
            (folder / name).touch()
        monkeypatch.setenv("BOOK_DATA", str(folder))
        return seeds.fingerprint(ROOT / "tests/template.ipynb")

    monkeypatch.delenv("BOOK_DATA", raising=False)
    nothing = seeds.fingerprint(ROOT / "tests/template.ipynb")
    packed, plain = with_data("a9a.gz"), with_data("a9a")
    assert packed == plain and nothing == with_data("another file")
    monkeypatch.setenv("BOOK_DATA", str(tmp_path / "a9a" / "a9a"))
    assert seeds.fingerprint(ROOT / "tests/template.ipynb") == plain, "the file itself may be named"
    assert len({nothing, plain, with_data("a9a.t.gz"), with_data("a9a.gz", "a9a.t"), with_data("data_6darm.mat")}) == 5


def test_a_chapters_claims_depend_on_the_modules_that_it_needs_and_no_others(tmp_path, monkeypatch):
    files = {
        "__init__": "",
        "checks": "x = 1",
        "kernel": "from . import checks",
        "room/__init__": "from trial.room.table import f",
        "room/table": "def f():\n    import trial.late\n",
        "room/chair": "y = 2",
        "late": "",
        "other": "from trial import room",
        "widgets/__init__": "from trial import other",
        "widgets/pot": "from trial import other",
    }
    for name, text in files.items():
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(hashes, "sgdphysics", SimpleNamespace(__name__="trial", __file__=str(tmp_path / "__init__.py")))

    def needed(code):
        names = hashes.needed(code, hashes.modules())
        assert "trial" in names or not names
        return {name.removeprefix("trial.") for name in names - {"trial"}}

    assert needed("import numpy as np\nfrom numpy import room") == set()
    assert needed("from trial import kernel, widgets") == {"kernel", "checks"}
    assert needed("import trial.widgets.pot") == set()
    assert needed("if True:\n    from trial.room import f") == {"room", "room.table", "late"}
    assert needed("from trial.room import chair") == {"room", "room.table", "room.chair", "late"}
    assert needed("import trial.other as o") == {"other", "room", "room.table", "late"}

    def hashed(name, text):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return hashes.package_hash("from trial import kernel"), hashes.package_hash("import trial.other")

    first = hashed("late", "")
    assert [new == old for new, old in zip(hashed("late", "z = 3"), first, strict=True)] == [True, False]
    hashed("late", "")
    assert [new == old for new, old in zip(hashed("checks", "x = 2"), first, strict=True)] == [False, True]
    assert hashes.package_hash("import trial.other") != hashes.package_hash("from trial import kernel")

    def stored(cell, checks, chair):
        (tmp_path / "checks.py").write_text(checks, encoding="utf-8")
        (tmp_path / "room" / "chair.py").write_text(chair, encoding="utf-8")
        cells = [nbformat.v4.new_code_cell("from trial import kernel"), nbformat.v4.new_code_cell(cell)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "x.ipynb")
        return hashes.state_hash(tmp_path / "x.ipynb")

    now = stored("1", "x = 1", "y = 2")
    assert now == stored("1", "x = 1  # one", "y = 3") and now not in (
        stored("2", "x = 1", ""),
        stored("1", "x = 2", ""),
    )


def test_live_figures_of_the_chapters_show_and_claim_nothing():
    """They are left out of what a chapter's claims need: each call stands for itself or is handed to another."""
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        for statement in ast.parse(hashes.code_of(path)).body:
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            assert "widgets" not in names or isinstance(statement, ast.Expr), ast.unparse(statement)
            assert not {"widgets", "claims"} <= names, ast.unparse(statement)


def test_a_run_that_was_disturbed_is_repeated_and_one_whose_claim_fails_is_not(chapters):
    failing = book({"x": [[0.5]]}, passed=False)[0] | {"errors": ["AssertionError: x: value 1.0"]}
    chapters.run.answer = lambda chapter, seed: (
        failing
        | ({"errors": ["MemoryError: none left"]} if (chapter, seed) == ("b", 1) else {})
        | ({"claims": [], "scores": {}} if (chapter, seed) == ("b", 1) else {})
    )
    assert seeds.main([*chapters.out, "2"]) == 1
    chapters.made.clear()
    seeds.main([*chapters.out, "2"])
    assert chapters.made == [("b", 1)]
    chapters.made.clear()
    seeds.main(["--folder", str(chapters.folder / "there"), "--seeds", "2"])
    assert chapters.made == [("b", 1)]


def test_a_good_record_that_is_kept_is_not_lost_to_a_disturbed_one(chapters):
    """Here a run was disturbed, elsewhere it was not."""
    assert seeds.main([*chapters.out, "1"]) == 0
    stored, good = chapters.folder / seeds.RECORDS, chapters.run.answer
    before = stored.read_text()
    chapters.run.answer = lambda chapter, seed: good(chapter, seed) | {"errors": ["MemoryError: none left"]}
    stored.unlink()
    here = ["--folder", str(chapters.folder / "here"), "--seeds", "1"]
    assert seeds.main(here) == 1
    stored.write_text(before)
    chapters.made.clear()
    assert seeds.main(here) == 0 and not chapters.made
    assert all(record[0] == [] for record in (one["errors"] for one in json.loads(stored.read_text()).values()))


def test_errors_that_kept_claims_from_being_tried_are_told(chapters, capsys):
    chapters.run.answer = lambda chapter, seed: (
        book({"x": [[0.5]]}, passed=chapter == "b")[0]
        | {"errors": {"a": ["AssertionError: x: value 1.0", "ZeroDivisionError: by zero"], "b": []}[chapter]}
    )
    assert seeds.main([*chapters.out, "2"]) == 1
    assert "2 of 4 claims hold over 2 seeds. 2 OTHER ERRORS." in capsys.readouterr().out
    result = json.loads((chapters.folder / seeds.STORED).read_text())
    assert [result["chapters"][name]["errors"] for name in "ab"] == [2, 0]
    assert seeds_table.in_short(result["chapters"]["a"]) == "0 of 2 hold over 2 seeds, 1 marked, 2 OTHER ERRORS"


def test_a_failed_claim_that_is_caught_is_no_error(chapters):
    record = book({"x": [[0.5]]}, passed=False)[0] | {"errors": ["ZeroDivisionError: by zero"]}
    assert seeds.counts(record) == (0, 1, 1) and seeds.counts(record | {"errors": []}) == (0, 1, 0)


def test_notebooks_of_one_name_are_refused_and_no_run_at_all_is_told(chapters, capsys):
    with pytest.raises(SystemExit, match="names of their own"):
        seeds.main([*chapters.out, "1", "--", "p/x.ipynb", "q/x.ipynb"])

    def lost(chapter, seed):
        raise OSError("no kernel")

    chapters.run.answer = lost
    assert seeds.main([*chapters.out, "1"]) == 1
    assert "No run came to an end." in capsys.readouterr().out


def test_what_changes_while_it_runs_is_not_taken_for_what_ran(chapters, capsys):
    assert seeds.main([*chapters.out, "1"]) == 0
    before = (chapters.folder / seeds.RECORDS).read_text(), (chapters.folder / seeds.STORED).read_text()

    def edited(chapter, seed):
        cells = [nbformat.v4.new_code_cell("1")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), chapters.folder / "chapters" / "b.ipynb")
        return book({"x": [[0.7]]})[0]

    chapters.run.answer = edited
    assert seeds.main([*chapters.out, "2"]) == 1
    assert "Changed meanwhile: b. Run this again." in capsys.readouterr().out
    assert ((chapters.folder / seeds.RECORDS).read_text(), (chapters.folder / seeds.STORED).read_text()) == before


def test_records_of_another_version_stay_until_there_are_newer_ones(chapters, monkeypatch):
    seeds.main([*chapters.out, "2"])
    before = json.loads((chapters.folder / seeds.RECORDS).read_text())
    (chapters.folder / "a9a").touch()
    monkeypatch.setenv("BOOK_DATA", str(chapters.folder))
    told = []

    def interrupted(record):
        told.append(record["chapter"])
        raise KeyboardInterrupt

    monkeypatch.setattr(seeds, "summary", interrupted)
    assert seeds.main(["--folder", str(chapters.folder / "there"), "--seeds", "1"]) == 130
    after = json.loads((chapters.folder / seeds.RECORDS).read_text())
    newer, older = told[0], "ab".replace(told[0], "")
    assert after[older] == before[older]
    assert after[newer]["hash"] != before[newer]["hash"] and after[newer]["seed"] == [0]


@pytest.mark.parametrize("which", [["0"], ["-3"], ["-1", "2"]])
def test_seeds_that_are_none_are_named(chapters, which):
    with pytest.raises(SystemExit, match="--seeds must be how many, 1 or more"):
        seeds.main(["--folder", str(chapters.folder), "--seeds", *which])
    assert not chapters.made


def test_the_data_are_found_from_the_folder_of_a_run(chapters, monkeypatch):
    monkeypatch.chdir(chapters.folder)
    monkeypatch.setenv("BOOK_DATA", "data")
    seeds.main([*chapters.out, "1"])
    assert seeds.os.environ["BOOK_DATA"] == str(chapters.folder / "data")


def test_a_notebook_without_a_record_of_its_claims_is_an_error():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    record = seeds.run(nbformat.writes(notebook), "trial", 0)
    assert len(record["errors"]) == 1 and record["errors"][0].startswith("no record of the claims")


def book(scores, **entries):
    """Records of one notebook whose claims have the ``scores`` {name: (seeds, components)}."""
    entry = {"passed": True, "z": 0.0} | entries
    return [
        {
            "seed": seed,
            "errors": [],
            "claims": [{"name": name, **entry} for name in scores],
            "scores": {name: list(values[seed]) for name, values in scores.items()},
        }
        for seed in range(len(next(iter(scores.values()))))
    ]


def rows_of(records):
    result = seeds_table.table({ROOT / "tests/template.ipynb": records})
    return result, {row["name"]: row for row in result["chapters"]["template"]["claims"]}


def test_the_table_finds_each_way_to_be_wrong():
    random = np.random.default_rng(17)
    right = {f"right {i}": random.normal(size=(20, n)) for i, n in enumerate(range(1, 101))}
    together = np.repeat(random.normal(size=(20, 1)), 50, axis=1)
    wrong = {
        "wide": 2.2 * random.normal(size=(20, 1)),  # a standard error that is half of what it should be, or less
        "narrow": random.normal(size=(20, 4)) * [1, 1, 1, 0.2],  # one of four five times too large
        "off": random.normal(size=(20, 1)) + 2,
        "far": np.where(np.arange(20)[:, None] == 7, 6.2, 0.7 * random.normal(size=(20, 1))),
    }
    partly = np.hstack([random.normal(size=(20, 1)), np.full((20, 1), 0.3)])  # one component is not random
    scores = right | wrong | {"together": together, "partly": partly, "same": np.full((20, 2), [1.5, -0.5])}
    result, rows = rows_of(book(scores))
    assert {name: row["marks"][0] for name, row in rows.items() if row["marks"]} == {name: name for name in wrong}
    assert rows["same"]["same"] and "z = +0.50 at every seed" in seeds_table.as_text(result)
    assert rows["together"]["spread"] == round(together[:, 0].std(ddof=1), 2)
    assert result["judged"] == len(scores) - 1
    assert result["scores"] == 20 * (sum(range(1, 101)) + 1 + 4 + 1 + 1 + 50 + 1)


def test_a_claim_with_more_numbers_at_some_seeds_is_judged():
    random = np.random.default_rng(19)
    scores = {"right": random.normal(size=(20, 6)), "wide": 3 * random.normal(size=(20, 6))}
    records = book(scores)
    for record in records[::2]:
        for numbers in record["scores"].values():
            del numbers[2]
    result, rows = rows_of(records)
    assert (result["judged"], result["scores"], rows["right"]["n"], rows["right"]["marks"]) == (2, 220, 6, [])
    assert "wide" in rows["wide"]["marks"]
    records[3]["scores"]["right"].append(99.0)
    result, rows = rows_of(records)
    assert (result["scores"], rows["right"]["largest"], rows["right"]["marks"]) == (221, 99, ["far"])


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_is_no_number_at_one_seed_is_given_marks(number):
    records = book({"x": np.full((3, 2), 0.5), "y": np.linspace(-1, 1, 6).reshape(3, 2)})
    records[1]["scores"]["x"][1] = records[2]["scores"]["y"][0] = number
    result, rows = rows_of(records)
    for row in rows.values():
        assert {"wide", "off", "far"} <= set(row["marks"]) and "same" not in row
    assert number.strip("-") in seeds_table.headline(result)


def test_a_book_without_fault_is_given_a_mark_about_as_often_as_it_says(monkeypatch):
    """Here 0.3, to be seen; a little less, since what is far is often wide too."""
    monkeypatch.setattr(seeds_table, "LEVEL", 0.3)
    monkeypatch.setattr(seeds_table, "state_hash", lambda path: "")
    random, books, marked = np.random.default_rng(18), 1000, 0
    for _ in range(books):
        records = book({str(n): random.normal(size=(10, n)) for n in (1, 3, 5)})
        marked += any(row["marks"] for row in rows_of(records)[1].values())
    assert abs(marked / books - 0.25) < 0.07


def test_claims_without_scores_and_claims_not_tried_are_counted():
    records = book({"x": np.zeros((3, 1))})
    for record, z in zip(records, (-5.0, -6.0, -7.0), strict=True):
        record["claims"] += [{"name": "less", "passed": True, "z": z}, {"name": "close", "passed": True, "z": None}]
    records[1]["claims"][2]["passed"] = False
    del records[2]["claims"][2]
    result, rows = rows_of(records)
    assert (rows["less"]["mean"], rows["less"]["spread"], rows["less"]["marks"]) == (-6.0, 1.0, [])
    assert (rows["close"]["held"], rows["close"]["tried"], rows["close"]["runs"]) == (1, 2, 3)
    assert "mean" not in rows["close"] and rows["close"]["marks"] == ["fails", "not always tried"]
    assert "7 of 8 hold" in seeds_table.as_text(result)


def test_code_is_hashed_as_the_same_text_in_each_python():
    """Newer ones give their trees more fields, which are empty here, or leave out what is empty."""
    expected = "Module(body=[FunctionDef(name='f', args=arguments(args=[arg(arg='x')]), body=[{}])])"
    body = "Return(value=BinOp(left=Name(id='x', ctx=Load()), op=Add(), right=Constant(value=0)))"
    assert hashes.dumped(ast.parse("def f(x):\n    return x + 0")) == expected.format(body)


def test_magics_are_code(tmp_path):
    cells = ["%matplotlib inline", "%%time\nx = 1", "from sgdphysics import work"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "x.ipynb")
    assert "sgdphysics.work" in hashes.needed(hashes.code_of(tmp_path / "x.ipynb"), hashes.modules())


def test_docstrings_and_comments_of_the_package_may_change(tmp_path, monkeypatch):
    module = tmp_path / "__init__.py"
    monkeypatch.setattr(hashes.sgdphysics, "__file__", str(module))

    def hashed(text):
        module.write_text(text, encoding="utf-8")
        return hashes.package_hash()

    plain = hashed('def f():\n    """One."""\n    return 1\n')
    assert hashed('# A comment.\ndef f():\n    """Another one.\n\n    >>> f()\n    1\n    """\n    return 1\n') == plain
    assert hashed('def f():\n    """One."""\n    return 2\n') != plain
