"""The rooms of the package: what each may import, that each says what it is for, and that all of it is packed."""

import ast
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import sgdphysics

PACKAGE = Path(sgdphysics.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
SHOWN = {"glyphs", "plots", "renderings", "widgets"}
DRAWING = {"matplotlib", "PIL", "ipywidgets", "anywidget"}
PHYSICS = {"energies", "dynamics", "exact", "lattice", "work", "learning", "estimators", "ensembles", "datasets"}
MAY_NOT = {"exact": {"dynamics"}, "energies": {"dynamics", "exact", "work"}, "claims": PHYSICS}


def imported(source):
    """Every word of the names that ``source`` imports, at the top or within a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            yield from (word for name in names for word in name.split("."))


def room(path):
    """The room, or single module, in which a file of the package lies."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def forbidden(where):
    """Words that a file of the room ``where`` may not import: what is shown imports the physics, never the reverse."""
    return MAY_NOT.get(where, set()) | (set() if where in SHOWN else SHOWN | DRAWING)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_what_it_may(path):
    assert forbidden(room(path)).isdisjoint(imported(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("datasets", "from sgdphysics import glyphs"),
        ("dynamics", "from sgdphysics.glyphs import glyph"),
        ("energies", "def f():\n    import matplotlib.pyplot"),
        ("exact", "from sgdphysics.dynamics import langevin"),
        ("claims", "from sgdphysics import estimators"),
    ],
)
def test_a_wrong_import_is_noticed(where, source):
    assert not forbidden(where).isdisjoint(imported(source))


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_a_door_says_what_lives_there(path):
    assert len(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split()) >= 30


def test_a_live_figure_is_a_pair_of_files():
    scripts = {path.stem for path in (PACKAGE / "widgets").glob("*.js")}
    assert scripts - {"frames"} == {path.stem for path in (PACKAGE / "widgets").glob("*.py")} - {"__init__", "live"}


BUILD = """import os, sys
from hatchling import build
source, kind, folder = sys.argv[1:]
os.chdir(source)
print(getattr(build, f"build_{kind}")(folder))"""


def test_the_package_is_built_from_its_own_sdist_with_every_script(tmp_path):
    def built(source, kind):
        command = [sys.executable, "-c", BUILD, str(source), kind, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return tmp_path / done.stdout.split()[-1]

    with tarfile.open(built(ROOT / "code", "sdist")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    with zipfile.ZipFile(built(source, "wheel")) as wheel:
        packed = {name for name in wheel.namelist() if name.endswith((".js", ".css", ".py"))}
    kept = [path for path in PACKAGE.rglob("*") if path.suffix in (".js", ".css", ".py")]
    assert packed == {path.relative_to(PACKAGE.parent).as_posix() for path in kept}
