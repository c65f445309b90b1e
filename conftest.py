"""How pytest runs the notebooks, where the tests find the book's files, and a browser to look at the built site."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
CHAPTERS, SITE = ROOT / "chapters", ROOT / "_build" / "html"
#: Chromium's headless shell draws with the same engine and no window around it, in half the time of a processor.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSERS += ("chrome", "msedge")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

#: Times a test waits for an event, and are guards against hanging alone. BOOK_PATIENCE is a factor on all of them.
PATIENCE = float(os.environ.get("BOOK_PATIENCE") or 1)
PARENT = {"msg_id": "replayed"}


def pytest_addoption(parser):
    help = "compare the book's notebooks with what they printed in the build, which has just run them (make test)"
    parser.addoption("--built", action="store_true", help=help)
    help = "run every notebook through a Jupyter server in a new environment, in another folder (make fresh)"
    parser.addoption("--fresh", action="store_true", help=help)


def pytest_configure(config):
    """Settings of nbval that an ini file cannot hold: a path, from wherever pytest was called, and limits of time."""
    if not getattr(config.option, "nbval", False):
        return
    import matplotlib.font_manager  # noqa: F401  (fills its cache: done in a kernel, this may write to stderr)
    from nbval import plugin

    config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(ROOT / "tests/nbval_sanitize.cfg")
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist is handed limits that are multiplied already
        config.option.nbval_cell_timeout *= PATIENCE
        config.option.nbval_kernel_startup_timeout *= PATIENCE
    if config.option.built:
        execute = plugin.IPyNbFile.setup
        plugin.IPyNbFile.setup = lambda file: replay(file) if file.path.parent == CHAPTERS else execute(file)


def pytest_collectstart(collector):
    """Stored notebooks hold no HTML: what is shown beside text, such as the figures of claims, is not compared."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html",)


def pytest_itemcollected(item):
    """How long nbval waits for the output of a cell that is done."""
    if hasattr(item, "output_timeout"):
        item.output_timeout = 60 * PATIENCE


def replay(file):
    """Give nbval, in the place of a kernel, the run of this very notebook that `make book` keeps in jupyter-cache."""
    import executions

    cache = runs()
    if cache is None or not executions.cached(cache, file.nb):
        pytest.fail(f"{file.path.name} was not run as it is now, with the data and variables of now: run  make book")
    _, run = cache.merge_match_into_notebook(file.nb)
    file.kernel = Replay([cell for cell in run.cells if cell.cell_type == "code"])
    file.setup_sanitize_files()


@functools.cache
def runs():
    """The book's jupyter-cache, or None where something changed that all notebooks depend on."""
    import executions
    from jupyter_cache import get_cache

    cache = get_cache(ROOT / "_build" / ".jupyter_cache")
    return cache if executions.is_current(cache, ROOT) else None


class Replay:
    """A kernel to nbval, which answers each cell with the messages that a run of it gave."""

    def __init__(self, cells):
        self.cells, self.messages = iter(cells), []

    def execute_cell_input(self, source, allow_stdin):
        cell = next(self.cells)
        assert cell.source == source
        contents = [(output.output_type, output) for output in cell.outputs] + [("status", {"execution_state": "idle"})]
        self.messages = [{"msg_type": kind, "content": content, "parent_header": PARENT} for kind, content in contents]
        return PARENT["msg_id"]

    def get_message(self, stream, timeout):
        return self.messages.pop(0)

    def await_reply(self, message, timeout):
        """The run is over."""

    await_idle = await_reply

    def is_alive(self):
        return True

    def stop(self):
        """Nothing runs."""


def missing(what):
    """Skip for want of ``what``; where BOOK_BROWSER_REQUIRED is set nothing may be missing, so fail."""
    (pytest.fail if os.environ.get("BOOK_BROWSER_REQUIRED") else pytest.skip)(what)


@pytest.fixture(scope="session")
def site():
    """Address of the built site, served on this machine without caching."""
    if not (SITE / "index.html").exists():
        missing("the site is not built: run  make book")
    handler = functools.partial(QuietHandler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium or Chrome of this machine, for the whole session."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None) or (MAC_CHROME if MAC_CHROME.exists() else None)
    if program is None:
        missing("no Chromium or Chrome on the PATH: the built site is not tested here")
    from playwright.sync_api import sync_playwright

    quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
    flags = ["--no-sandbox", "--no-first-run", *(f"--disable-{feature}" for feature in quiet)]
    with sync_playwright() as playwright:
        limit = 120_000 * PATIENCE
        chromium = playwright.chromium.launch(executable_path=str(program), args=flags, timeout=limit)
        new_context = chromium.new_context

        def patient_context(**options):
            context = new_context(**options)
            context.set_default_timeout(limit)
            return context

        chromium.new_context = patient_context
        yield chromium
        chromium.close()
