"""A chapter run in the reader's own browser: the button, the page that fetches Python, the notebook, its claims."""

import json
import os
import re
import time
from math import isclose

import pytest
from conftest import PATIENCE, ROOT, SITE

LITE = SITE / "lite"
MINUTE = 60_000 * PATIENCE
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
QUICK = ["work"]  # the others by  make lite-run  and every week
#: Runs of chains side by side take an hour or more there: their chapters are run up to the first of them.
LONG = "ensembles.run_all("
TOGETHER = 5  # standard errors between the browser's number and the book's
#: Chapters that take data from BOOK_DATA, which the browser has not: a book that was built with them has other numbers.
WITH_DATA = [] if "BOOK_DATA" not in os.environ else ["neal-1992", "sgld"]

pytestmark = pytest.mark.skipif(
    not LITE.exists(), reason="the book was built without its kernel for the browser: run  make lite"
)
OPEN = """() => Boolean(globalThis.jupyterapp?.shell?.currentWidget?.content?.model?.cells?.length)"""
RUN = """(long) => {
  globalThis.over = null;
  const ended = (error) => { globalThis.over = String(error ?? "done"); };
  const { content } = jupyterapp.shell.currentWidget;
  const holds = ({ model }) => model.type === "code" && model.sharedModel.source.includes(long);
  const last = content.widgets.findIndex(holds);
  if (last >= 0) content.activeCellIndex = last;
  jupyterapp.commands.execute(`notebook:run-all-${last < 0 ? "cells" : "above"}`).then(() => ended(), ended);
  return last;
}"""
AWAKE = '() => ["idle", "busy"].includes(jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status)'
CELLS = "() => jupyterapp.shell.currentWidget.context.model.toJSON().cells"
ASK = """(code) => new Promise((done) => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code, store_history: false });
  let text = "";
  future.onIOPub = ({ content }) => { text += content.text ?? content.evalue ?? ""; };
  future.done.then(() => done(text));
})"""


def note():
    return json.loads((LITE / "parts.json").read_text(encoding="utf-8"))


class Tab:
    """A tab of its own, all that it asked for, and every complaint."""

    def __init__(self, browser):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page, self.asked, self.refused = self.context.new_page(), [], []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("response", lambda answer: answer.status >= 400 and self.refused.append(answer.url))

    def outside(self, site):
        return [url for url in self.asked if not url.startswith((site, "blob:", "data:"))]


@pytest.fixture
def tab(browser):
    tab = Tab(browser)
    yield tab
    tab.context.close()


def start(chapter):
    return f"/lite/start.html?path=chapters/{chapter}.ipynb"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_menu_says_what_it_costs_and_the_page_fetches_nothing_before(tab, site, chapter):
    tab.page.goto(f"{site}/chapters/{chapter}.html", wait_until="networkidle")
    assert not [url for url in tab.asked if "/lite/" in url]
    tab.page.get_by_role("button", name="Launch").click()
    first = tab.page.locator(".dropdown-launch-buttons li a").first
    size = note()["chapters"][f"chapters/{chapter}.ipynb"]["size"]
    assert first.inner_text().strip() == f"In this browser ({size / 1e6:.0f} MB, half a minute)"
    assert first.evaluate("a => a.href") == f"{site}{start(chapter)}"


def test_a_part_that_does_not_come_is_named_and_can_be_asked_for_again(tab, site):
    tab.page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(status=404))
    tab.page.goto(f"{site}{start('work')}")
    state = tab.page.locator("#state.failed")
    state.wait_for()
    assert "pyodide.asm.wasm could not be fetched: the server answered 404" in state.inner_text()
    assert "try again" in state.inner_text()
    assert tab.page.locator("#back").evaluate("a => a.href") == f"{site}/chapters/work.html"
    tab.page.unroute("**/pyodide.asm.wasm")
    tab.page.route("**/notebooks/**", lambda route: route.fulfill(body="the notebook"))
    tab.page.get_by_role("button", name="Try again").click()
    tab.page.wait_for_url("**/notebooks/index.html?path=chapters%2Fwork.ipynb")


@pytest.mark.parametrize("how", ["failed", "aborted"])
def test_a_network_that_is_gone_is_said(tab, site, how):
    tab.page.route("**/numpy*.whl", lambda route: route.abort(how))
    tab.page.goto(f"{site}{start('work')}")
    tab.page.locator("#state.failed").wait_for()
    assert "Is the network there?" in tab.page.locator("#state").inner_text()


@pytest.mark.parametrize("path", ["", "?path=chapters/nothing.ipynb", "?path=https://example.org/x.ipynb"])
def test_no_other_notebook_is_opened(tab, site, path):
    tab.page.goto(f"{site}/lite/start.html{path}")
    tab.page.locator("#state.failed").wait_for()
    assert "There is no notebook" in tab.page.locator("#state").inner_text()


def test_a_python_that_does_not_wake_up_is_said(tab, site):
    tab.page.clock.install()
    tab.context.route("**/static/pyodide/**", lambda route: route.abort())
    tab.page.goto(f"{site}/lite/notebooks/index.html?path=chapters/work.ipynb")
    tab.page.wait_for_function("() => globalThis.jupyterapp")
    tab.page.clock.fast_forward(100_000)
    told = tab.page.get_by_role("alert").filter(has_text="Python has not started")
    told.wait_for()
    assert "Reload this page" in told.inner_text()


@pytest.mark.parametrize("path", ["", "?path=chapters/nothing.ipynb", "?path=chapters"])
def test_a_notebook_that_is_not_there_is_said(tab, site, path):
    tab.page.goto(f"{site}/lite/notebooks/index.html{path}")
    told = tab.page.get_by_role("alert").filter(has_text="There is no notebook")
    told.get_by_role("link", name="Back to the book").wait_for()
    assert told.get_by_role("link").evaluate("a => a.href") == f"{site}/index.html"
    assert tab.refused == []


def test_the_folder_s_own_address_leads_back(tab, site):
    tab.page.goto(f"{site}/lite/")
    tab.page.locator("#state.failed").wait_for()
    assert "There is no notebook" in tab.page.locator("#state").inner_text() and tab.refused == []


def opened(tab, site, chapter):
    """Through the start page into the notebook, as a reader goes."""
    tab.page.goto(f"{site}{start(chapter)}")
    tab.page.wait_for_url("**/notebooks/index.html?**", timeout=2 * MINUTE)
    tab.page.wait_for_function(OPEN, timeout=2 * MINUTE)
    tab.page.wait_for_function(AWAKE, timeout=2 * MINUTE)


def agree(ours, theirs):
    """What differs between a claim in the browser and the same in the book, or None.

    Numbers with an error must agree within it. Of many a ledger keeps the worst: where another is the worst in the
    browser, both must lie as far from what is expected of them. Numbers without an error lie in the claim's own
    bounds: a logarithm that is rounded otherwise sends a long chain another way.
    """
    if not ours["passed"]:
        return "fails"
    if not ours["se"] or not theirs["se"]:
        return None
    error = TOGETHER * (ours["se"] ** 2 + theirs["se"] ** 2) ** 0.5
    here, there = ours["value"], theirs["value"]
    if "worst of" in ours["tolerance"] and not isclose(ours["expected"], theirs["expected"], rel_tol=1e-6):
        here, there = here - ours["expected"], there - theirs["expected"]
    if abs(here - there) <= error:
        return None
    return f"{ours['value']} here, {theirs['value']} in the book, errors {ours['se']}, {theirs['se']}"


@pytest.mark.parametrize(
    ("value", "expected", "tolerance", "off"),
    [
        (1.1, 1.0, "|z| < 4.5", False),
        (2.0, 2.0, "|z| < 4.5", True),  # another result, though it agrees with another expectation
        (1.8, 1.0, "|z| < 4.5, worst of 3", True),
        (2.1, 2.0, "|z| < 4.5, worst of 3", False),
        (2.8, 2.0, "|z| < 4.5, worst of 3", True),  # of another number, but too far from what is expected
    ],
)
def test_a_number_that_is_off_is_noticed(value, expected, tolerance, off):
    book = {"value": 1.0, "expected": 1.0, "se": 0.1, "passed": True, "tolerance": tolerance}
    assert bool(agree(book | {"value": value, "expected": expected}, book)) == off
    assert agree(book | {"passed": False}, book) == "fails"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_runs_there_and_its_claims_are_those_of_the_book(tab, site, chapter):
    if chapter not in QUICK and "LITE_ALL" not in os.environ:
        pytest.skip("make lite-run  runs it")
    clock = [time.monotonic()]
    opened(tab, site, chapter)
    clock.append(time.monotonic())
    last = tab.page.evaluate(RUN, LONG)
    tab.page.wait_for_function("() => globalThis.over", timeout=25 * MINUTE)
    clock.append(time.monotonic())
    cells = tab.page.evaluate(CELLS)[: None if last < 0 else last]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    errors = [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert errors == []
    assert all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]))
    assert tab.page.locator(".jp-mod-outputsScrolled").count() == 0
    less = re.findall("In the browser: ", json.dumps(outputs))
    ledger = json.loads(tab.page.evaluate(ASK, "import json; print(json.dumps(claims.ledger, default=str))"))
    book = json.loads((ROOT / "_build" / "claims" / f"{chapter}.json").read_text(encoding="utf-8"))["claims"]
    if last >= 0:
        assert ledger or chapter == "does-it-know"  # whose claims all need its long runs
        book = book[: len(ledger)]
    assert [claim["name"] for claim in ledger] == [claim["name"] for claim in book]
    if chapter in WITH_DATA:
        book = [claim | {"se": None} for claim in book]
    off = {ours["name"]: agree(ours, theirs) for ours, theirs in zip(ledger, book, strict=True)}
    assert {name: why for name, why in off.items() if why} == {}
    assert tab.outside(site) == []
    assert tab.refused == []
    size = note()["chapters"][f"chapters/{chapter}.ipynb"]["size"]
    until = " up to the long runs" if last >= 0 else ""
    print(f"{chapter}: {size / 1e6:.0f} MB, {clock[1] - clock[0]:.0f} s to Python, {clock[2] - clock[0]:.0f} s in all")
    print(f"{chapter}: {len(ledger)} claims hold{until}, {len(less)} cells with less")
