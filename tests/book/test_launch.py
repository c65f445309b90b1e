"""The chapters in a real Jupyter server, as Binder or a reader starts it; with ``--fresh`` all, in a new environment.

``make fresh`` clones the book into another folder, installs ``requirements.txt`` alone, and runs every notebook there
through the server, from the book's folder and from the chapters' own. ``make test`` runs one, in its own environment.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import CHAPTERS, PATIENCE, ROOT
from server import Server

PLACES = {"from the book's folder": ".", "from the chapters' folder": "chapters"}
QUICK = [("work", place) for place in PLACES]
VIEW = "from sgdphysics import widgets\n\nwidgets.stove().view"


@pytest.mark.skipif(os.name == "nt", reason="repo2docker does not run on Windows")
def test_binder_would_make_an_image_with_the_book_s_python():
    program = Path(sys.executable).with_name("jupyter-repo2docker")
    command = [program, "--no-build", "--debug", "--user-id", "1000", "--user-name", "reader", ROOT]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120 * PATIENCE)
    image = run.stdout + run.stderr
    python = (ROOT / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert run.returncode == 0, image
    assert f"python={python}" in image
    # The book's own package is installed from its folder, so that has to be there first.
    assert image.index("COPY --chown=1000:1000 src/ ") < image.index('pip install --no-cache-dir -r "requirements.txt"')


@pytest.fixture(scope="session")
def book(request, tmp_path_factory):
    """(folder, its programs) of the book that is tried: this one, or a clone with nothing but ``requirements.txt``."""
    if not request.config.option.fresh:
        return ROOT, Path(sys.executable).parent
    folder = tmp_path_factory.mktemp("elsewhere") / "a book"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    programs = folder / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    install = [programs / "python", "-m", "pip", "install", "-q", "-r", "requirements.txt"]
    subprocess.run(install, cwd=folder, check=True)
    return folder, programs


@pytest.fixture(scope="session")
def servers(book, tmp_path_factory):
    """{place: server}, started when first asked for."""
    folder, programs = book

    class Started(dict):
        def __missing__(self, place):
            self[place] = Server(folder / PLACES[place], programs, tmp_path_factory.mktemp("home"))
            return self[place]

    started = Started()
    yield started
    for server in started.values():
        server.stop()


def texts(outputs):
    """The lines of claims among a cell's outputs."""
    text = "".join(output.get("text", "") for output in outputs)
    return re.findall(r"^(?:PASS|FAIL) .*$", text, flags=re.MULTILINE)


def pytest_generate_tests(metafunc):
    if {"chapter", "place"} <= set(metafunc.fixturenames):
        every = [(path.stem, place) for path in sorted(CHAPTERS.glob("*.ipynb")) for place in PLACES]
        metafunc.parametrize(("chapter", "place"), every if metafunc.config.option.fresh else QUICK)


def test_chapter_runs_through_a_server(servers, chapter, place):
    """Every cell, with the claims that are stored, the pictures and the live figures as a browser is sent them."""
    cells = [one for one in nbformat.read(CHAPTERS / f"{chapter}.ipynb", 4).cells if one.cell_type == "code"]
    path = f"chapters/{chapter}.ipynb" if PLACES[place] == "." else f"{chapter}.ipynb"
    assert servers[place].ask("GET", f"api/contents/{path}?content=0")["type"] == "notebook"
    for cell, messages in zip(cells, servers[place].run(path, [cell.source for cell in cells]), strict=True):
        sent = [message["content"] for message in messages]
        errors = [content for content in sent if "traceback" in content or content.get("name") == "stderr"]
        assert not errors, f"{cell.id}: {errors}"
        assert texts(sent) == texts(cell.outputs), cell.id
        shown = [content["data"] for content in sent if "data" in content]
        stored = "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        assert sum("image/png" in data for data in shown) == stored.count("<Figure size"), cell.id
        live = [data["text/html"] for data in shown if "<Live figure" in data.get("text/plain", "")]
        assert len(live) == stored.count("<Live figure") and all('<figure class="live"' in one for one in live), cell.id


@pytest.mark.parametrize("place", PLACES)
def test_live_figure_opens_its_line_to_the_kernel(servers, place):
    """The figure as a widget: its state comes through a comm, then the view of it."""
    (messages,) = servers[place].run("tried.ipynb", [VIEW])
    opened = [one["content"] for one in messages if one["msg_type"] == "comm_open"]
    view = next(one["content"]["data"] for one in messages if one["msg_type"] in ("display_data", "execute_result"))
    identifier = view["application/vnd.jupyter.widget-view+json"]["model_id"]
    state = next(one["data"]["state"] for one in opened if one["comm_id"] == identifier)
    assert "export default liveFigure" in state["_esm"] and '<figure class="live"' in state["markup"]
    assert state["parameters"]["temperature"] > 0
