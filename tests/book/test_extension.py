"""The book's Sphinx extension: no button leads to a repository that is not the one being built."""

import subprocess

import book
import pytest


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A function that makes an empty repository with the given remote."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)

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


def test_closest_call_is_the_claim_that_used_most_of_its_bound():
    def claim(name, z, tolerance):
        return {"name": name, "z": z, "tolerance": tolerance}

    claims = [
        claim("far", -4, "|z| < 8, worst of 3"),
        claim("near", -3, "|z| < 4.5"),
        claim("less", -30, "less by 3 se"),
    ]
    assert book.closest_call(claims) == "near: |z| = 3.00 of 4.5"
    assert book.closest_call(claims[2:]) == "–"
