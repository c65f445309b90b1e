"""The package's own tests on the oldest versions that it declares, and on the newest, with each Python at hand.

    nox                                       # every session; a Python that is not at hand is skipped
    nox -s "newest-3.13" -- tests/exact       # one of them, some of the tests

The book, its figures and its browsers are tested with the pinned versions alone, by `make test`.
"""

import re
import tomllib
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROJECT = tomllib.loads(Path("code/pyproject.toml").read_text(encoding="utf-8"))["project"]
TOOLS = ("pytest", "hypothesis", "hatchling", "ipykernel", "nbclient")
ELSEWHERE = ("book", "oracles", "widgets")  # what needs a built book, other libraries, a node or a browser
TESTS = ("tests", *(f"--ignore=tests/{folder}" for folder in ELSEWHERE))


def oldest(requirement):
    """``numpy>=2`` as ``numpy==2``."""
    name, version = re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement).groups()
    return f"{name}=={version}"


def check(session, *versions):
    session.install(*versions, *TOOLS)
    session.install("--no-deps", "./code")
    session.run("python", "-m", "pip", "list", "--format=freeze")
    single = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    session.run("python", "-m", "pytest", "-o", "addopts=", "-q", *(session.posargs or TESTS), env=single)


@nox.session(python=PYTHONS[0], name="oldest")
def on_the_oldest(session):
    check(session, *map(oldest, PROJECT["dependencies"]))


@nox.session(python=PYTHONS, name="newest")
def on_the_newest(session):
    check(session, "--upgrade", *PROJECT["dependencies"])
