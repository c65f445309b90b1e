"""Code in proportion: folds that say what is inside, and the switch between ways to read, in a real browser."""

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, SITE
from test_evidence import build, soup, words, write_book
from test_site import PHONE, violations

DESKTOP = {"width": 1440, "height": 900}
DRAW = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.show()"
FIGURE = {"figure": {"name": "fig-one", "caption": "A figure of nothing."}, "image": {"alt": "An empty frame, alone."}}
LONG = "wide = [" + "1234567, " * 30 + "]  # fmt: skip"
SOLUTION = "**2.** Why?\n\n```{admonition} Solution\n:class: dropdown\nBecause of $x$.\n```"
CHAPTERS = {
    "first": [
        ("# First chapter", None),
        ('from sgdphysics.claims import Claims\nclaims = Claims("first")', ["hide-input"]),
        ("## Section", None),
        ("def step(q):\n    return q / 2\n\n\nstep(4)", ["algorithm"]),
        ("def other(q):\n    return q\n\n\nprint('printed beside')", []),
        (LONG, []),
        (DRAW, ["hide-input"]),
        ("print('a  table')", ["hide-input"]),
        ('claims.close("Balance", 1, 1, atol=1e-9, source="identity")', ["claims"]),
        ("## What was checked", None),
        ("claims.table()", ["hide-input", "nbval-ignore-output"]),
        (SOLUTION, None),
        ("print('worked out')", ["hide-cell"]),
        ("Afterwards.", None),
    ],
    "second": [("# Second chapter", None), ("x = 1\nx", [])],
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    source = tmp_path_factory.mktemp("reading")
    write_book(source, {**CHAPTERS, "second": [*CHAPTERS["second"], *CLAIM]})
    draws = nbformat.read(source / "first.ipynb", 4)
    next(cell for cell in draws.cells if cell.source == DRAW).metadata["mystnb"] = FIGURE
    nbformat.write(draws, source / "first.ipynb")
    code, text = build(source)
    assert code == 0, text
    return source / "_build"


CLAIM = [
    ('from sgdphysics.claims import Claims\nclaims = Claims("second")', ["hide-input"]),
    ('claims.close("Same", 1, 1, atol=1e-9, source="identity")', ["claims"]),
    ("claims.table()", []),
]


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def address(small, name="first"):
    return (small / "html" / f"{name}.html").as_uri()


# What is seen of the first chapter: (the algorithm, other code, the table that is printed, figures of claims).
SEEN = {"story": (True, False, True, False), "code": (True, True, True, False), "checks": (True, True, True, True)}
PLACES = ("text=def step", "text=def other", ".output >> text=a table", "details.evidence li >> nth=0")


def seen(tab):
    return tuple(tab.locator(place).first.is_visible() for place in PLACES)


def choose(tab, mode):
    tab.locator(f".reading input[value={mode}]").check(force=True)


def test_folds_say_what_is_inside(small):
    page = soup(small, "first")
    assert [words(fold.summary) for fold in page.select("details.code")] == [
        "Code: what is imported",
        "Code: other",
        "Code: wide",
        "How figure 1 is drawn",
        "How this table is made",
    ]
    assert words(page.select_one(".caption-number")).endswith("1")
    assert "Show code cell" not in page.get_text() and not page.select("[aria-label='Toggle hidden content']")


def test_a_solution_and_its_code_are_one_fold(small):
    (solution,) = soup(small, "first").select("details.solution")
    assert words(solution.summary) == "Solution 2"
    assert "Because of" in solution.get_text() and "worked out" in solution.get_text()
    assert not solution.select("details") and "Afterwards" not in solution.get_text()


@pytest.mark.parametrize("mode", SEEN)
def test_each_way_to_read_shows_what_it_says(small, tab, mode):
    tab.goto(address(small))
    assert seen(tab) == SEEN["code"]  # the usual one
    choose(tab, mode)
    assert seen(tab) == SEEN[mode]
    tab.reload()
    assert seen(tab) == SEEN[mode]
    tab.goto(address(small, "second"))
    assert tab.locator(f".reading input[value={mode}]").is_checked()
    assert tab.locator("details.evidence li").first.is_visible() == (mode == "checks")


def test_the_switch_obeys_the_keyboard(small, tab):
    tab.goto(address(small))
    tab.locator(".reading input:checked").focus()
    tab.keyboard.press("ArrowLeft")
    assert seen(tab) == SEEN["story"]
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert seen(tab) == SEEN["checks"]


def test_a_fold_opens_by_itself_in_the_story(small, tab):
    tab.goto(address(small))
    choose(tab, "story")
    fold = tab.locator("details.code", has_text="def other")
    fold.locator("summary").press("Enter")
    assert tab.locator("text=def other").is_visible() and tab.locator("text=printed beside").last.is_visible()
    fold.locator("summary").press("Enter")
    assert seen(tab) == SEEN["story"]


def test_without_scripts_all_unfolds_and_no_switch_is_shown(small, browser):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto(address(small))
    assert not tab.locator(".reading").is_visible()
    assert seen(tab) == SEEN["code"]
    closed = tab.locator("details:is(.code, .solution):not([open]) > summary")
    while closed.count():
        closed.first.press("Enter")
    assert tab.locator("text=plt.subplots").is_visible() and tab.locator("text=worked out").last.is_visible()
    context.close()


def test_a_browser_that_remembers_nothing_can_still_choose(small, tab):
    tab.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } });")
    errors = []
    tab.on("pageerror", lambda error: "reading.js" in (error.stack or "") and errors.append(str(error)))
    tab.goto(address(small))
    choose(tab, "story")
    assert seen(tab) == SEEN["story"] and errors == []


FIRST_FRAME = """addEventListener("DOMContentLoaded", () => {
  window.atFirst = [...document.querySelectorAll("details.code, details.evidence")].map((fold) => fold.open);
}, { capture: true });
new PerformanceObserver((list) => {
  window.shift = (window.shift ?? 0) + list.getEntries().reduce((sum, entry) => sum + entry.value, 0);
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("mode", SEEN)
def test_a_remembered_way_is_there_before_the_first_paint(small, tab, mode):
    tab.goto(address(small))
    choose(tab, mode)
    tab.add_init_script(FIRST_FRAME)
    tab.goto(address(small, "first"))
    last = tab.evaluate("[...document.querySelectorAll('details.code, details.evidence')].map((fold) => fold.open)")
    assert tab.evaluate("atFirst") == last
    assert tab.evaluate("window.shift ?? 0") < 0.02


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mode", SEEN)
def test_each_way_can_be_read_by_everyone(small, tab, mode, scheme):
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto(address(small))
    tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    choose(tab, mode)
    assert violations(tab) == []
    assert tab.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0


def test_what_is_wider_than_its_box_ends_in_a_shade(small, tab):
    tab.goto(address(small))
    code = tab.locator("pre", has_text="wide").first
    assert (
        code.evaluate("box => box.scrollWidth > box.clientWidth && getComputedStyle(box).backgroundImage").count(
            "gradient"
        )
        == 4
    )
    before = code.screenshot()
    code.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    assert code.screenshot() != before


# The chapters of the book.

SHARES = """() => {
  const article = document.querySelector("article.bd-article"), all = article.getBoundingClientRect().height;
  const found = { prose: 0, pictures: 0, code: 0, output: 0, evidence: 0 };
  const kind = (box) => {
    if (box.matches("details.evidence")) return "evidence";
    if (box.matches("details.code, details.hide, .cell_input")) return "code";
    if (box.matches("figure, img")) return "pictures";
    if (box.matches(".cell_output") && !box.querySelector("figure, img")) return "output";
    if (box.matches("section, details.solution, div.cell, div.cell *")) return null;
    return "prose";
  };
  const walk = (box) => {
    for (const child of box.children) {
      const what = kind(child);
      if (what) found[what] += child.getBoundingClientRect().height / all;
      else walk(child);
    }
  };
  walk(article);
  return found;
}"""


def chapters():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [file for file in files if (ROOT / f"{file}.ipynb").exists()]


def visit(browser, page, view, mode):
    """The page of a chapter, as one reads it who has chosen ``mode``."""
    context = browser.new_context(viewport=view, reduced_motion="reduce")
    context.add_init_script(f"localStorage.setItem('reading', '{mode}')")
    tab = context.new_page()
    tab.goto(page)
    tab.wait_for_function("!window.MathJax || MathJax.startup?.promise")
    return tab


def shares(browser, page, view, mode):
    """{kind: part of a chapter's height}, of prose, pictures, code, output and evidence; the rest is between them."""
    tab = visit(browser, page, view, mode)
    found = tab.evaluate(SHARES)
    tab.context.close()
    return found


#: Chapters whose code, as they come, leaves prose and pictures less than half of a desktop page: 48 % and 45 %.
MUCH_CODE = {"chapters/sgd", "chapters/does-it-know"}


@pytest.mark.parametrize("view", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("chapter", chapters())
def test_a_story_is_mostly_prose_and_pictures(browser, site, chapter, view):
    story, usual = (shares(browser, f"{site}/{chapter}.html", view, mode) for mode in ("story", "code"))
    assert story["prose"] + story["pictures"] > 0.5, story
    if view is PHONE or chapter not in MUCH_CODE:
        assert usual["prose"] + usual["pictures"] > 0.5, usual


@pytest.mark.parametrize("chapter", chapters())
def test_code_is_uncut_on_a_desktop(browser, site, chapter):
    tab = visit(browser, f"{site}/{chapter}.html", DESKTOP, "code")
    cut = "[...document.querySelectorAll('.cell_input pre')].filter((box) => box.scrollWidth > box.clientWidth + 1)"
    assert tab.evaluate(f"{cut}.map((box) => box.textContent.slice(0, 60))") == []
    tab.context.close()


@pytest.mark.parametrize("chapter", chapters())
def test_each_chapter_shows_its_algorithm_and_numbers_its_figures(site, chapter):
    page = BeautifulSoup((SITE / f"{chapter}.html").read_text(encoding="utf-8"), "html.parser")
    assert 1 <= len(page.select("div.cell.tag_algorithm")) <= 2
    assert not page.select(".tag_algorithm details") and len(page.select("fieldset.reading")) == 1
    for fold in page.select("div.cell:has(figcaption .caption-number) > details.code"):
        number = words(fold.parent.select_one(".caption-number")).split()[-1]
        assert words(fold.summary) == f"How figure {number} is drawn"
