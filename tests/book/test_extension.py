"""The book's Sphinx extension: no button leads to a repository that is not the one being built."""

import os
import subprocess
from types import SimpleNamespace

import book
import pytest


@pytest.fixture
def in_a_hook(tmp_path_factory, monkeypatch):
    """A repository, and the environment that git gives to its hooks."""
    folder = tmp_path_factory.mktemp("real")
    free = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    subprocess.run(["git", "init", "-q", folder], check=True, env=free)
    monkeypatch.setenv("GIT_DIR", str(folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(folder / ".git" / "index"))
    return folder


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A function that makes an empty repository with the given remote, whatever the environment says of others."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_"))]:
        monkeypatch.delenv(name)

    def with_remote(address):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        if address:
            subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", address], check=True)
        return tmp_path

    return with_remote


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/the-book",
        "https://github.com/owner/the-book.git",
        "https://user:secret@github.com/owner/the-book.git",
        "git@github.com:owner/the-book.git",
        "ssh://git@github.com/owner/the-book",
    ],
)
def test_address_comes_from_the_remote_without_its_credentials(clone, remote):
    assert book.repository_url(clone(remote)) == "https://github.com/owner/the-book"


@pytest.mark.parametrize(
    "remote", [None, "/srv/git/book", "https://git.example.org/owner/book", "https://evilgithub.com/a/b"]
)
def test_no_address_where_there_is_no_public_repository(clone, remote):
    assert book.repository_url(clone(remote)) is None


def test_github_names_the_repository_that_its_workflow_builds(clone, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/book")
    assert book.repository_url(clone("git@github.com:owner/the-book.git")) == "https://github.com/fork/book"


def test_a_book_inside_another_repository_leads_to_none_of_its_pages(clone, monkeypatch):
    inside = clone("https://github.com/teacher/course") / "week-1"
    inside.mkdir()
    assert book.repository_url(inside) is None
    monkeypatch.setenv("GITHUB_REPOSITORY", "teacher/course")
    assert book.repository_url(inside) is None


def test_a_folder_without_a_repository_has_no_address(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert book.repository_url(tmp_path) is None


def test_the_fixture_writes_to_its_own_repository_in_a_git_hook(in_a_hook, clone):
    """Git tells hooks of the repository that they run in, and would tell it to every git that these tests start."""
    before = (in_a_hook / ".git" / "config").read_bytes()
    assert book.repository_url(clone("https://github.com/owner/the-book")) == "https://github.com/owner/the-book"
    assert (in_a_hook / ".git" / "config").read_bytes() == before


def test_formulas_that_matplotlib_cannot_set_have_room_too():
    found = book.FORMULA.sub(book.room, r'<span class="math notranslate nohighlight">\(\oops x\)</span>')
    assert found == r'<span class="math notranslate nohighlight" style="--set:2.19em">\(\oops x\)</span>'


@pytest.mark.parametrize(
    ("remote", "ways"),
    [
        (None, set()),
        ("https://gitlab.com/owner/book", {"binder"}),
        ("https://github.com/owner/book", {"binder", "colab"}),
    ],
)
def test_launch_buttons_are_those_that_the_repository_can_have(clone, remote, ways):
    """Colab reads repositories on GitHub alone; a page speaks of what has a button, by tags."""
    buttons = {"binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com"}
    app = SimpleNamespace(srcdir=clone(remote), tags=set())
    config = SimpleNamespace(html_theme_options={"launch_buttons": buttons})
    book.set_repository(app, config)
    assert app.tags == ways
    assert {name.split("hub")[0].split("_")[0] for name in config.html_theme_options["launch_buttons"]} == ways
