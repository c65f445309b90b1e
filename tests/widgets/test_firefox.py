"""The live figures in a second browser: Debian's firefox-esr or another Firefox, driven by its own WebDriver BiDi."""

import itertools
import json
import re
import shutil
import subprocess

import pytest
import websocket
from conftest import PATIENCE, SITE, missing
from pages import written

from sgdphysics import widgets

PROGRAMS = ("firefox-esr", "firefox")
FIGURES = [name for name in widgets.__all__ if name.islower()]
FIGURE = "document.querySelector('figure.live')"
SEEN = f"{FIGURE}.querySelector('canvas').toDataURL()"
SAYS = f"{FIGURE}.querySelector('.live-says').textContent"
RIGHT, LEFT = "\ue014", "\ue012"  # the arrows on the keyboard, as WebDriver names them
LIMIT = 120 * PATIENCE


class Firefox:
    """A headless Firefox with a profile in ``folder``; ``complaints`` are its errors, warnings and requests."""

    def __init__(self, program, folder):
        command = [program, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        printed = []
        for line in self.process.stderr:
            printed.append(line)
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                break
        else:
            raise RuntimeError("".join(printed))
        self.numbers, self.complaints = itertools.count(), []
        self.line = websocket.create_connection(f"{found[1]}/session", timeout=LIMIT, suppress_origin=True)
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method, **parameters):
        number = next(self.numbers)
        self.line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := json.loads(self.line.recv())).get("id") != number:
            self.note(message)
        assert message["type"] == "success", message
        return message["result"]

    def note(self, message):
        about = message.get("params", {})
        if message.get("method") == "log.entryAdded" and about["level"] in ("error", "warn"):
            self.complaints.append(about["text"])
        address = about.get("request", {}).get("url", "file:")
        if not address.startswith(("file:", "data:", "blob:")):
            self.complaints.append(address)

    def open(self, address):
        self.tab = self.ask("browsingContext.create", type="tab")["context"]
        self.complaints.clear()
        self.ask("browsingContext.setViewport", context=self.tab, viewport={"width": 1280, "height": 900})
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def close(self):
        self.ask("browsingContext.close", context=self.tab)

    def value(self, expression):
        """What a script gives, awaited; a string, number or truth value."""
        target = {"context": self.tab}
        answer = self.ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait(self, condition):
        again = f"new Promise(yes => {{ const ask = () => ({condition}) ? yes(true) : setTimeout(ask, 50); ask(); }})"
        assert self.value(again)

    def press(self, key):
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": keys}])

    def stop(self):
        self.line.close()
        self.process.terminate()
        self.process.wait(LIMIT)


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("no Firefox on the PATH: live figures are not tried in a second browser here")
    firefox = Firefox(program, tmp_path_factory.mktemp("profile"))
    yield firefox
    firefox.stop()


def move(firefox, control):
    """Move a slider by the arrow keys, to where there is room; its value must change."""
    firefox.value(f"({control}).focus()")
    before = firefox.value(f"Number(({control}).value)")
    firefox.press(RIGHT if firefox.value(f"{before} < Number(({control}).max)") else LEFT)
    firefox.wait(f"Number(({control}).value) !== {before}")


def test_errors_and_requests_are_noticed(firefox, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<script>fetch('http://127.0.0.1:65000/x').catch(() => 0); console.error('no'); nothing()</script>")
    firefox.open(page.as_uri())
    firefox.wait("document.readyState === 'complete'")
    firefox.close()
    assert {"http://127.0.0.1:65000/x", "no"} <= set(firefox.complaints)
    assert any("nothing is not defined" in text for text in firefox.complaints)


def draws_moves_and_says_its_sentence(firefox, address):
    firefox.open(address)
    firefox.value(f"{FIGURE}.scrollIntoView()")
    firefox.wait(f"{FIGURE}.dataset.ready === 'true' && {SAYS}.length > 20")
    pause = f"[...{FIGURE}.querySelectorAll('button')].find(one => one.textContent === 'Pause')"
    firefox.value(f"void {pause}?.click()")
    firefox.wait(f"!{pause}")
    sliders = firefox.value(f"{FIGURE}.querySelectorAll('input[type=range]').length")
    assert sliders > 0
    for number in range(sliders):
        firefox.value(f"window.before = {SEEN} + {SAYS}; 0")
        move(firefox, f"{FIGURE}.querySelectorAll('input[type=range]')[{number}]")
        firefox.wait(f"{SEEN} + {SAYS} !== window.before")
    firefox.close()
    assert firefox.complaints == []


@pytest.mark.parametrize("name", FIGURES)
def test_figure_lives(firefox, tmp_path, name):
    draws_moves_and_says_its_sentence(firefox, written(tmp_path, [getattr(widgets, name)()]))


def test_figures_live_on_their_own_pages(firefox):
    """Those of the gallery, frames among them, opened from the disk."""
    pages = sorted((SITE / "figures").glob("*.html"))
    if not pages:
        missing("the site is not built: run  make book")
    for page in pages:
        draws_moves_and_says_its_sentence(firefox, page.as_uri())
