"""Finding one's way through the built site, sharing it, citing it, printing it: in a real browser."""

import re
from functools import lru_cache

import frame
import passages
import pytest
import terms
from bs4 import BeautifulSoup
from conftest import ROOT, SITE
from test_site import DESKTOP, PHONE, pages

CHAPTERS = [page for page in pages() if page.startswith("chapters/")]
LONG, PAPER = "chapters/sgd.html", "chapters/thermodynamics.html"
SHEETS = 20  # of A4, for the first chapter


@lru_cache(maxsize=2)  # a page in memory is large
def soup(page):
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce", permissions=["clipboard-read"])
    yield context.new_page()
    context.close()


# Where the reader is, found without the page's script: the last heading in the upper third of the screen.
HERE = """(y) => new Promise((done) => {
  scrollTo(0, y);
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => {
    const links = [...document.querySelectorAll(".bd-sidebar-secondary nav a")];
    const above = links.filter((link) =>
      document.getElementById(link.hash.slice(1)).getBoundingClientRect().top <= innerHeight / 3);
    const active = links.filter((link) => link.getAttribute("aria-current"));
    done([above.at(-1)?.hash ?? null, active.length < 2 ? active[0]?.hash ?? null : "several"]);
  })));
})"""


def test_contents_follow_the_reader(site, tab):
    tab.goto(f"{site}/{LONG}", wait_until="networkidle")
    end = tab.evaluate("document.documentElement.scrollHeight - 2 * innerHeight")
    places = [*range(0, end, 700), *range(end, 0, -1300)]
    lost = [(y, *found) for y in places if len(set(found := tab.evaluate(HERE, y))) > 1]
    assert lost == []


def test_a_tap_in_the_drawer_closes_it(site, tab):
    tab.set_viewport_size(PHONE)
    tab.goto(f"{site}/{LONG}", wait_until="networkidle")
    tab.locator(".secondary-toggle:visible").click()
    link = tab.locator("dialog[open] nav a").nth(3)
    target = link.get_attribute("href")
    link.click()
    tab.wait_for_function("!document.querySelector('dialog[open]')")
    top = tab.locator(target).bounding_box()["y"]
    assert 0 <= top < PHONE["height"] / 2


NEEDLESS_STOPS = """[...document.querySelectorAll("mjx-container")].filter(
  (formula) => formula.tabIndex >= 0 && formula.scrollWidth <= formula.clientWidth).length"""


@pytest.mark.parametrize("page", CHAPTERS)
def test_formulas_are_no_stops_of_the_keyboard(site, tab, page):
    tab.goto(f"{site}/{page}", wait_until="networkidle")
    if soup(page).select(".math"):
        tab.wait_for_selector("mjx-container", state="attached")
    assert tab.evaluate(NEEDLESS_STOPS) == 0


@pytest.mark.parametrize("page", [page for page in CHAPTERS if (ROOT / page).with_suffix(".ipynb").exists()])
def test_each_chapter_names_a_short_path(page):
    box = soup(page).select_one(".admonition:-soup-contains('What you will see')")
    (path,) = [line for line in box.select("p") if line.get_text().startswith(frame.SHORT_PATH)]
    targets = [link["href"] for link in path.select("a")]
    assert 3 <= len(targets) <= 5 and all(soup(page).select_one(f"section{target}") for target in targets)
    found, whole = re.search(r"\(about (\d+) minutes\)", path.get_text()), soup(page).select_one("p.reading-time")
    assert 2 <= int(found[1]) <= min(10, int(re.search(r"about (\d+)", whole.get_text())[1]))


# The search.

ICON = """() => [...document.querySelectorAll("form.bd-search")].filter((it) => it.checkVisibility()).map((form) => {
  const icon = form.querySelector("i, svg").getBoundingClientRect(), input = form.querySelector("input");
  return input.getBoundingClientRect().left + parseFloat(getComputedStyle(input).paddingLeft) - icon.right;
})"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_search_field_shows_its_text_beside_the_icon(site, tab, size):
    tab.set_viewport_size(size)
    tab.goto(f"{site}/search.html?q=batch", wait_until="load")
    tab.keyboard.press("Control+k")
    gaps = tab.evaluate(ICON)
    assert gaps and min(gaps) >= 2


@pytest.mark.parametrize("question", ["batch size", "free energy", "leapfrog"])
def test_search_finds_sections_and_shows_their_prose_from_a_file_too(tab, question):
    tab.goto(f"{(SITE / 'search.html').as_uri()}?q={question.replace(' ', '+')}", wait_until="load")
    entries = tab.locator("#search-results li").all()
    assert len(entries) > 3
    for entry in entries:
        text, address = entry.locator("p").inner_text(), entry.locator("a").get_attribute("href")
        assert not re.search(r"\\|figsize|np\.|def |\{", text), text
        assert entry.locator("mark").count() or question.split()[0] in entry.inner_text().lower()
        page, _, anchor = address.partition("#")
        assert not anchor or soup(page).find(id=anchor), address
    assert sum("#" in entry.locator("a").get_attribute("href") for entry in entries) > len(entries) / 2


def test_a_search_that_no_section_answers_whole_shows_what_answers_in_part(tab):
    tab.goto(f"{(SITE / 'search.html').as_uri()}?q=entropy+zebra", wait_until="load")
    assert "with some of the words" in tab.locator("#search-results p[role=status]").inner_text()
    assert tab.locator("#search-results li").count() > 3
    tab.goto(f"{(SITE / 'search.html').as_uri()}?q=zebra", wait_until="load")
    assert tab.locator("#search-results p[role=status]").inner_text() == "No sections found."


def test_passages_are_the_prose_of_a_section_alone():
    page = r"""<article class="bd-article"><section id="a"><h1>1. A<a class="headerlink">#</a></h1><p>Before.</p>
      <section id="b"><h2>B</h2><p>With <span class="math">\(\epsilon^2\)</span>,
      <span class="math">\(\sum_i\)</span>.</p>
      <pre>code()</pre><details class="hide">folded</details></section></section></article>"""
    assert passages.passages(page) == [("", "1. A", "Before."), ("b", "B", "With ε², ….")]


# Terms and works.


def test_terms_have_anchors_and_chapters_lead_to_them():
    dictionary = soup("chapters/dictionary.html")
    anchors = [term.get("id") for term in dictionary.select("dt")]
    assert len(anchors) > 40 and None not in anchors and len(set(anchors)) == len(anchors)
    for page in CHAPTERS:
        links = [link["href"] for link in soup(page).select("article a.term")]
        assert len(links) == len(set(links))
        assert {link.partition("#")[2] for link in links} <= set(anchors)
        assert links or not (ROOT / page).with_suffix(".ipynb").exists()


def test_words_with_an_everyday_meaning_are_no_terms():
    assert terms.names("work ⟷ log weight") == ["log weight"]
    assert terms.names("partition function ⟷ evidence") == ["partition function"]
    assert terms.names("entropy production ⟷ (no common word)") == ["entropy production"]
    assert not re.search(terms.pattern({"entropy": 0}), "entropy-driven") and re.search(
        terms.pattern({"entropy": 0, "ensemble": 0}), "two ensembles."
    )


def test_works_lead_back_to_where_they_are_cited():
    works = soup("chapters/bibliography.html").select("div.citation")
    links = [link["href"] for work in works for link in work.select(".cited-in a")]
    assert len(links) > 50
    targets = {
        page: {tag["id"] for tag in soup(f"chapters/{page}").select("[id]")}
        for page in {a.split("#")[0] for a in links}
    }
    assert [link for link in links if link.split("#")[1] not in targets[link.split("#")[0]]] == []


# Sharing and citing.


@pytest.mark.parametrize("page", [page for page in pages() if page not in ("search.html", "genindex.html")])
def test_page_describes_itself(page):
    head = soup(page).head
    content = {tag.get("name") or tag.get("property"): tag["content"] for tag in head.select("meta[content]")}
    assert 30 <= len(content["description"]) <= 300 and content["og:description"] == content["description"]
    assert head.title.get_text().count("physicist's perspective") == 1
    addresses = [tag["href"] for tag in head.select("link[rel=canonical]")] + [content.get("og:image", "")]
    assert all(address.startswith("https://") for address in addresses if address)


def test_addresses_are_known_from_the_repository_alone(monkeypatch, tmp_path):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert frame.published_at(tmp_path) == ""
    monkeypatch.setenv("GITHUB_REPOSITORY", "Someone/book")
    assert frame.published_at(tmp_path) == "https://someone.github.io/book/"


def test_footer_says_what_was_built_and_how_to_cite_it(site, tab):
    tab.goto(f"{site}/{LONG}", wait_until="networkidle")
    footer = tab.locator(".colophon")
    assert re.search(r"version \d.*\d{4}-\d\d-\d\d.*Python 3\.\d+.*numpy \d", footer.inner_text(), re.DOTALL)
    held, made = map(int, re.search(r"(\d+) of (\d+) claims hold", footer.inner_text()).groups())
    assert held == made > 100
    footer.locator("summary").click()
    entry = footer.locator("pre").inner_text()
    assert entry.startswith("@misc{") and entry.count("{") == entry.count("}")
    footer.locator(".highlight").hover()
    footer.locator("button.copybtn").click()
    tab.wait_for_function(
        "(text) => navigator.clipboard.readText().then((copied) => copied.trim() === text)", arg=entry.strip()
    )


# Paper.


def sheets(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_first_chapter_is_printed_white_on_few_sheets(site, tab, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.goto(f"{site}/{PAPER}", wait_until="networkidle")
    tab.evaluate("addEventListener('beforeprint', () => { window.printed = getComputedStyle(document.body).color; })")
    tab.evaluate(
        "Promise.all([...document.images].map((i) => { i.loading = 'eager'; return i.decode().catch(() => {}); }))"
    )
    assert sheets(tab.pdf(format="A4")) <= SHEETS
    assert max(map(int, re.findall(r"\d+", tab.evaluate("window.printed"))[:3])) < 100, "pale letters"


PRESSED = """[...document.querySelectorAll(
    "button, input, summary, .bd-sidebar, .bd-header-article, .prev-next-footer")]
  .filter((e) => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })
    && e.getBoundingClientRect().height > 1
    && !e.closest("details:is(.evidence, .solution)")).map((e) => e.outerHTML.slice(0, 90))"""
CUT = """[...document.querySelectorAll(".bd-article pre")].filter(
  (e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).length"""


def test_paper_has_nothing_to_press_and_no_cut_code(site, tab):
    tab.set_viewport_size({"width": 680, "height": 960})
    tab.emulate_media(media="print")
    tab.goto(f"{site}/{PAPER}", wait_until="networkidle")
    assert tab.evaluate(PRESSED) == []
    assert tab.evaluate(CUT) == 0
