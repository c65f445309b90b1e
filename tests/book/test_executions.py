"""A notebook runs when its code, or what all of them depend on, changed, and never else; nothing wrong is kept."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import executions
import nbformat
import pytest
from conftest import PATIENCE, ROOT
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.config import NbParserConfig
from myst_parser.config.main import MdParserConfig
from sphinx.errors import ExtensionError

LEAVE = """import os
from pathlib import Path
folder = Path(os.environ["BOOK_CLAIMS"])
folder.mkdir(parents=True, exist_ok=True)
"""


class Book:
    """Two notebooks, each of which counts its runs and leaves a ledger, and as much of Sphinx as is needed."""

    def __init__(self, folder):
        self.folder, self.found_docs = folder, {"a", "b"}
        self.myst_config, self.mystnb_config = (
            MdParserConfig(),
            NbParserConfig(execution_cache_path=str(folder / "runs")),
        )
        self.app = SimpleNamespace(srcdir=folder, outdir=folder / "_build/html")
        for name in "ab":
            self.write(name)

    def doc2path(self, name):
        return str(self.folder / f"{name}.ipynb")

    def write(self, name, sentence="As before.", code="print(6 * 7)", chapter=None):
        count = f"print('run', file=open('{name}.count', 'a'))"
        leave = f"{LEAVE}_ = (folder / '{chapter or name}.json').write_text({code!r})"
        cells = [nbformat.v4.new_markdown_cell(sentence), *map(nbformat.v4.new_code_cell, (count, leave, code))]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), self.doc2path(name))

    def build(self):
        """Names of the notebooks that this build ran."""
        before = self.runs()
        executions.fill_cache(self.app, self, self.found_docs)
        after = self.runs()
        return "".join(name for name in "ab" if after[name] > before[name])

    def runs(self):
        paths = {name: self.folder / f"{name}.count" for name in "ab"}
        return {name: len(path.read_text().splitlines()) if path.exists() else 0 for name, path in paths.items()}

    def ledgers(self):
        return [(self.folder / "_build/claims" / f"{name}.json").read_text() for name in "ab"]


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setattr(executions.ensembles, "processes", executions.ensembles.OneAfterAnother)
    monkeypatch.delenv("BOOK_CLAIMS", raising=False)
    return Book(tmp_path)


def test_only_what_changed_runs_and_its_ledger_goes_with_it(book, monkeypatch):
    assert book.build() == "ab"
    book.write("a", sentence="A sentence changed.")
    for name in ("a", "gone"):
        (book.folder / f"_build/claims/{name}.json").write_text("written in JupyterLab")
    assert book.build() == ""
    assert book.ledgers() == ["print(6 * 7)", "print(6 * 7)"] and len(list(book.folder.glob("_build/claims/*"))) == 2
    book.write("a", code="print(6 * 8)")
    assert book.build() == "a"
    assert book.ledgers() == ["print(6 * 8)", "print(6 * 7)"]
    book.write("a")
    assert book.build() == ""
    assert book.ledgers() == ["print(6 * 7)", "print(6 * 7)"], "the ledgers are those of the runs that the pages show"
    monkeypatch.setenv("BOOK_SEED", "1")
    assert book.build() == "ab"


def test_what_failed_or_wrote_to_stderr_runs_again(book, monkeypatch):
    said = []
    monkeypatch.setattr(executions.logger, "error", lambda text, *values, **where: said.append(text % values))
    book.write("b", code="print('it said this')\nraise RuntimeError('and fell')")
    for _ in range(2):
        with pytest.raises(ExtensionError, match="these pages failed: b"):
            book.build()
    assert book.runs() == {"a": 1, "b": 2}
    assert "it said this" in said[0] and "and fell" in said[0]
    book.write("b", code="import sys; print('fonts!', file=sys.stderr)")
    assert [book.build(), book.build()] == ["b", "b"]
    book.write("b")
    assert [book.build(), book.build()] == ["b", ""]


def test_a_copy_that_names_another_chapter_s_ledger_fails_and_spoils_nothing(book, monkeypatch):
    said = []
    monkeypatch.setattr(executions.logger, "error", lambda text, *values, **where: said.append(text % values))
    book.build()
    book.write("b", code="print(1)", chapter="a")
    for _ in range(2):
        with pytest.raises(ExtensionError, match="these pages failed: b"):
            book.build()
    assert "Claims('b'), not ['a']" in said[0]
    book.write("b")
    assert book.build() == "" and book.ledgers() == ["print(6 * 7)", "print(6 * 7)"]
    assert "BOOK_CLAIMS" not in os.environ


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_that_lost_its_ledger_is_made_again(book, kept):
    book.write("a", code="print('PASS  Less is less')")
    assert book.build() == "ab"
    if not kept:
        for ledger in (book.folder / "runs").rglob("a.json"):
            ledger.unlink()
    assert book.build() == ("" if kept else "a")
    assert book.ledgers()[0] == "print('PASS  Less is less')"


def test_pages_of_notebooks_are_read_again_where_sphinx_would_keep_them(book):
    """`jupyter-book build` keeps pages whose source is as before; their runs, and ledgers, may be others."""
    book.found_docs = {"a", "b", "intro"}
    book.doc2path = lambda name: f"{name}.md" if name == "intro" else f"{name}.ipynb"
    assert executions.read_again(None, book, set(), set(), {"b"}) == {"a"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in the place of the book's, no data, and no variable of the book's."""
    for name in [name for name in os.environ if name.startswith("BOOK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(executions.sgdphysics, "__file__", str(tmp_path / "package/__init__.py"))
    (tmp_path / "package/widgets/__pycache__").mkdir(parents=True)
    (tmp_path / "package/widgets/stove.js").write_text("1")
    return tmp_path / "package"


def change_script(package, monkeypatch):
    (package / "widgets/stove.js").write_text("2")


def rename_script(package, monkeypatch):
    (package / "widgets/stove.js").rename(package / "widgets/oven.js")


def change_seed(package, monkeypatch):
    monkeypatch.setenv("BOOK_SEED", "1")


def fetch_data(package, monkeypatch):
    data = package.parent / "cache/sgdphysics/a9a"
    data.parent.mkdir(parents=True)
    data.write_text("+1 1:1")


def bring_data(package, monkeypatch):
    (package.parent / "data").mkdir()
    (package.parent / "data/a9a").write_text("+1 1:1")
    monkeypatch.setenv("BOOK_DATA", str(package.parent / "data"))


def another_version(package, monkeypatch):
    monkeypatch.setattr(executions.metadata, "distributions", lambda: [])


def another_python(package, monkeypatch):
    monkeypatch.setattr(executions.sys, "version", "3.99")


def wait_longer(package, monkeypatch):
    monkeypatch.setenv("BOOK_PATIENCE", "10")


def compile_script(package, monkeypatch):
    (package / "widgets/__pycache__/x.pyc").write_text("")


CHANGES = [change_script, rename_script, change_seed, fetch_data, bring_data, another_version, another_python]


def noted(package):
    return executions.noted(executions.dependencies(), package.parent)


def test_what_changes_during_the_runs_is_not_taken_for_what_they_used(package, monkeypatch, tmp_path):
    cache, known = get_cache(tmp_path / "cache"), executions.dependencies()
    change_script(package, monkeypatch)
    executions.note_dependencies(cache, package.parent, known)
    assert not executions.is_current(cache, package.parent)
    executions.note_dependencies(cache, package.parent, executions.dependencies())
    assert executions.is_current(cache, package.parent)


@pytest.mark.parametrize("change", [*CHANGES, wait_longer, compile_script])
def test_what_all_notebooks_depend_on(package, monkeypatch, change):
    before = noted(package)
    assert noted(package) == before
    change(package, monkeypatch)
    assert (noted(package) != before) == (change in CHANGES)


def test_data_that_changed_in_its_place(package, monkeypatch):
    bring_data(package, monkeypatch)
    before = noted(package)
    (package.parent / "data/a9a").write_text("+1 2:1\n")
    assert noted(package) != before


@pytest.mark.parametrize(("printed", "verdict"), [("42\n", "1 passed"), ("43\n", "1 failed"), (None, "1 error")])
def test_the_build_s_run_serves_nbval(tmp_path, printed, verdict):
    """A digit that the build printed otherwise is noticed; and without a run of this very notebook there is no test."""
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "_ext", tmp_path / "_ext")
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=lambda folder, names: {n for n in names if "." not in n})
    stored = tmp_path / "chapters/example.ipynb"
    stored.parent.mkdir()

    def notebook(text, source="print(6 * 7)"):
        output = nbformat.v4.new_output("stream", text=text)
        return nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source, execution_count=1, outputs=[output])],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )

    nbformat.write(notebook("42\n"), stored)
    cache = get_cache(tmp_path / "_build/.jupyter_cache")
    run = notebook(printed) if printed else notebook("42\n", "print(5 * 7)")
    cache.cache_notebook_bundle(CacheBundleIn(run, str(stored)))
    executions.note_dependencies(cache, tmp_path, executions.dependencies())
    command = [sys.executable, "-m", "pytest", "--built", "-q", "-p", "no:cacheprovider", stored.name]
    done = subprocess.run(command, cwd=stored.parent, capture_output=True, text=True, timeout=120 * PATIENCE)
    assert verdict in done.stdout, done.stdout + done.stderr


def test_patience_is_a_factor(monkeypatch):
    monkeypatch.delenv("BOOK_PATIENCE", raising=False)
    assert executions.patience() == 1
    monkeypatch.setenv("BOOK_PATIENCE", "2.5")
    assert executions.patience() == 2.5


@pytest.mark.parametrize("writable", [True, False])
def test_kernels_find_matplotlib_s_fonts_scanned_already(tmp_path, writable):
    """In a notebook the scan may write to stderr, as does a home that cannot be written: both would stop the build."""
    (tmp_path / "a file").touch()
    home = tmp_path if writable else tmp_path / "a file"
    found = "import os, executions, matplotlib as m; print(os.listdir(m.get_cachedir()), os.getenv('MPLCONFIGDIR'))"
    other = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in other}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(ROOT / "_ext")}
    done = subprocess.run([sys.executable, "-c", found], env=environment, capture_output=True, text=True, check=True)
    assert "fontlist" in done.stdout
    assert ("None" in done.stdout) == writable, "kernels inherit the folder that matplotlib made in place of a home's"
