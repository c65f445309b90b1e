"""What `make` notices and in which order it works, tried with a Makefile among stub tools that note their calls."""

import os
import shutil
import subprocess
import sys
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from conftest import PATIENCE, ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="no make here")

# Makes an environment of copies of itself, says which Python it is, prints what is asked of it, or works for a while.
STUB = """#!/bin/sh
call="$(basename "$0") $*"
case "$call" in
*base_prefix*) echo "{name}"; exit ;;
*as_uri*) exec "{python}" "$@" ;;
*version_info*) exit ;;
esac
echo "begin $call" >> "{log}"
case "$call" in
*"-m venv"*) mkdir -p .venv/bin; for tool in python jupyter-book ruff; do cp "$0" .venv/bin/$tool; done ;;
*build*) sleep 0.3 ;;
esac
echo "end $call" >> "{log}"
"""


class Tree:
    """A folder with the book's Makefile and little else."""

    def __init__(self, folder, tools):
        self.folder, self.tools, self.log = folder, tools, tools / "calls"
        (folder / "code").mkdir(parents=True)
        (folder / "chapters").mkdir()
        tools.mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        for name in ("code/pyproject.toml", "requirements-dev.txt", "requirements-dev.in", "chapters/a chapter.ipynb"):
            (folder / name).touch()
        for name in ("python3", "python3.99"):
            (tools / name).write_text(STUB.format(name=name, python=sys.executable, log=self.log))
            (tools / name).chmod(0o755)

    def make(self, *arguments):
        """What make prints; the calls of the tools since the last one are in ``calls``."""
        self.log.write_text("")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        environment = inherited | {"PATH": f"{self.tools}:{os.environ['PATH']}"}
        for name in ("PYTHON", "REQUIREMENTS", "WANTED", "FORCE"):
            environment.pop(name, None)
        command = ["make", "-C", self.folder, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120 * PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        self.calls = self.log.read_text().splitlines()
        return done.stdout

    def has_set_up(self):
        return any("-m venv --clear" in call for call in self.calls)


@pytest.fixture
def tree(tmp_path):
    tree = Tree(tmp_path / "Anna's book, #1", tmp_path / "tools")
    tree.make("setup")
    assert tree.has_set_up()
    return tree


def test_set_up_once_is_enough(tree):
    for arguments in (["setup"], ["setup", "PYTHON=python3"], ["setup", "REQUIREMENTS=requirements-dev.txt"]):
        tree.make(*arguments)
        assert tree.calls == []


def test_through_a_link_it_is_the_same_folder(tree, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tree.folder)
    tree.folder = link
    tree.make("setup")
    assert tree.calls == []


@pytest.mark.parametrize("carry", [shutil.copytree, shutil.move])
def test_a_copied_or_moved_folder_is_set_up_anew(tree, tmp_path, carry):
    tree.folder = carry(tree.folder, tmp_path / "another book")
    tree.make("setup")
    assert tree.has_set_up()
    tree.make("setup")
    assert tree.calls == []


def test_another_python_is_noticed_where_it_is_named(tree):
    tree.make("setup", "PYTHON=python3.99")
    assert tree.has_set_up()
    tree.make("setup")
    assert tree.calls == [], "the environment keeps its Python"
    tree.make("setup", "PYTHON=python3")
    assert tree.has_set_up()


def test_another_list_of_packages_is_noticed(tree):
    tree.make("setup", "REQUIREMENTS=requirements-dev.in")
    assert tree.has_set_up() and any("-r requirements-dev.in" in call for call in tree.calls)
    tree.make("setup")
    assert tree.has_set_up() and any("-r requirements-dev.txt" in call for call in tree.calls)


def test_an_environment_whose_python_is_gone_is_made_anew(tree):
    (tree.folder / ".venv/bin/python").unlink()
    tree.make("setup")
    assert tree.has_set_up()


def test_changed_pins_are_installed(tree):
    newer = (tree.folder / ".venv/.ready").stat().st_mtime + 10
    os.utime(tree.folder / "requirements-dev.txt", (newer, newer))
    tree.make("setup")
    assert not tree.has_set_up() and any("pip install" in call for call in tree.calls)


def test_any_change_reaches_the_site(tree):
    """The build itself knows what changed: make needs no list of sources, with names with blanks, or files gone."""
    for change in (lambda: None, (tree.folder / "chapters/a chapter.ipynb").unlink):
        change()
        tree.make("test")
        assert [call for call in tree.calls if call.startswith("begin jupyter-book build")]


def test_goals_are_made_one_after_another(tree):
    tree.make("-j4", "book", "test", "setup")
    begun, ended = tree.calls[::2], tree.calls[1::2]
    assert [call.removeprefix("begin") for call in begun] == [call.removeprefix("end") for call in ended]
    assert sum("jupyter-book build" in call for call in begun) == 1


def test_links_are_asked_for_without_a_build_of_the_site(tree):
    tree.make("links")
    assert [call for call in tree.calls if "build" in call and call.startswith("begin")] == [
        "begin jupyter-book build . --builder linkcheck"
    ]


def test_printed_address_can_be_opened(tree):
    printed = next(word for word in tree.make("book").split() if word.startswith("file://"))
    assert url2pathname(urlparse(printed).path) == str(tree.folder / "_build/html/index.html")


def test_force_forgets_what_was_run(tree):
    kept = tree.folder / "_build/.jupyter_cache/run"
    kept.parent.mkdir(parents=True)
    kept.touch()
    tree.make("book")
    assert kept.exists()
    tree.make("book", "FORCE=1")
    assert not kept.exists()
