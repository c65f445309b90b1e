"""The chapters in a real Jupyter server, as Binder or a reader starts it; with ``--fresh`` all, in a new environment.

``make fresh`` clones the book into another folder, installs ``requirements.txt`` alone, and runs every notebook there
through the server, from the book's folder and from the chapters' own. ``make test`` runs one, in its own environment.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import nbformat
import pytest
import websocket
from conftest import CHAPTERS, PATIENCE, ROOT

LIMIT = 1800 * PATIENCE  # seconds that a cell may take
PLACES = {"from the book's folder": ".", "from the chapters' folder": "chapters"}
QUICK = [("work", place) for place in PLACES]
VIEW = "from sgdphysics import widgets\n\nwidgets.stove().view"


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


class Server:
    """A Jupyter server in a folder of the book, spoken to as a browser does."""

    def __init__(self, folder, programs, home):
        free = {key: value for key, value in os.environ.items() if not key.startswith(("BOOK_", "JUPYTER", "PYTEST"))}
        free |= {key: os.environ[key] for key in ("BOOK_DATA", "BOOK_SEED") if key in os.environ}
        free |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "BOOK_CLAIMS": str(home / "claims")}
        options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
        command = [programs / "python", "-m", "jupyterlab", *options]
        self.log = (home / "log").open("w")
        self.process = subprocess.Popen(command, cwd=folder, env=free, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 120 * PATIENCE
        while not (found := list((home / "runtime").glob("jpserver-*.json"))):
            assert self.process.poll() is None and time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.1)
        known = json.loads(found[0].read_text())
        self.address, self.token = known["url"], known["token"]

    def ask(self, method, path, content=None):
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120 * PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def run(self, path, sources):
        """The messages that the cells of a notebook at ``path`` send, a list for each; a kernel of its own."""
        content = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.ask("POST", "api/sessions", content)
        address = f"{self.address.replace('http', 'ws', 1)}api/kernels/{session['kernel']['id']}/channels"
        line = websocket.create_connection(f"{address}?token={self.token}", timeout=LIMIT)
        try:
            return [execute(line, source) for source in sources]
        finally:
            line.close()
            self.ask("DELETE", f"api/sessions/{session['id']}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60 * PATIENCE)
        self.log.close()


def execute(line, source):
    """Run a cell; its messages up to the one that says that the kernel is idle again."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "s", "username": "u"}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}, "content": content}
    line.send(json.dumps(message | {"channel": "shell"}))
    messages = []
    while True:
        answer = line.recv()
        if isinstance(answer, bytes):  # with buffers behind it: where they begin stands first
            starts = [int.from_bytes(answer[at : at + 4], "big") for at in range(4, 12, 4)]
            answer = answer[starts[0] : starts[1] if int.from_bytes(answer[:4], "big") > 1 else None]
        message = json.loads(answer)
        if message["parent_header"].get("msg_id") != header["msg_id"] or message["channel"] != "iopub":
            continue
        messages.append(message)
        if message["content"].get("execution_state") == "idle":
            return messages


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
