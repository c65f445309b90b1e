"""Where the tests find the book's files, and the browser that looks at the built site."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


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
        chromium = playwright.chromium.launch(executable_path=str(program), args=flags)
        yield chromium
        chromium.close()
