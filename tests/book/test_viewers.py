"""Away from its page a notebook reads as words, which the page turns into its roles."""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import notebooks
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, SITE, missing

ROLES = "As {cite:t}`neal1992` says {cite}`crooks2000,shirts2003`, {cite:t}`maes2007` asks."
WORDS = (
    "As [Neal (1993)](bibliography.md#neal1992) says [[Crooks, 2000](bibliography.md#crooks2000); "
    "[Shirts et al., 2003](bibliography.md#shirts2003)], [Maes and Netočný (2007)](bibliography.md#maes2007) asks."
)


def test_citations_are_stored_as_words_and_come_back():
    assert notebooks.in_words(ROLES) == WORDS == notebooks.in_words(WORDS)
    assert notebooks.in_roles(WORDS) == ROLES


def test_words_follow_the_bibliography():
    assert (
        notebooks.in_words("[Somebody (1066)](bibliography.md#neal1992)") == "[Neal (1993)](bibliography.md#neal1992)"
    )
    with pytest.raises(KeyError):
        notebooks.in_words("{cite}`nobody1066`")


def test_links_to_other_places_stay():
    text = "[All works](bibliography.md), [a section](#rare-paths), [a [bracket] here](sgd.ipynb#x), $[a](b)$"
    assert notebooks.in_words(text) == notebooks.in_roles(text) == text


def test_links_name_the_section_that_they_lead_to():
    titles = notebooks.sections(["# A\n\n## Step 3: `b`, it's so\n", "Text.\n\n### Why?\n\n#### Deeper"])
    assert titles == {"step-3-b-its-so": "Step 3: `b`, it's so", "why": "Why?"}
    text = notebooks.with_titles("[](#step-3-b-its-so) · [so](#why) · [](#why) · [](#who)", titles)
    assert text == "[Step 3: `b`, it's so](#step-3-b-its-so) · [so](#why) · [Why?](#why) · [](#who)"


def test_a_line_under_the_title_says_how_to_run_and_where_the_page_is():
    once = notebooks.with_line("# Title\n\nText.", "work")
    assert once.startswith("# Title\n\n*This notebook draws its figures when it is run")
    assert "_build/html/chapters/work.html" in once
    assert notebooks.with_line(once, "work") == once
    assert notebooks.in_roles(once) == "# Title\n\nText."


@pytest.mark.parametrize("path", sorted((ROOT / "chapters").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_alone_says_how_to_get_the_package(path, monkeypatch):
    first = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="needs the book's package. Get it by: pip install -r requirements.txt"):
        exec(first.source, {})


def as_page(*sources):
    cells = [nbformat.v4.new_markdown_cell(source) for source in sources] + [nbformat.v4.new_code_cell("'[a](#fig-a)'")]
    source = [nbformat.writes(nbformat.v4.new_notebook(cells=cells))]
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda docname: Path(docname + ".ipynb")))
    notebooks.read_as_page(app, "chapters/x", source)
    return ["".join(cell["source"]) for cell in json.loads(source[0])["cells"]]


def test_page_cites_numbers_figures_and_has_no_such_line():
    first = notebooks.with_line("# Title\n\nSee [the pots](#fig-pots).", "x")
    assert as_page(first, WORDS) == ["# Title\n\nSee {numref}`fig-pots`.", ROLES, "'[a](#fig-a)'"]


@pytest.mark.parametrize("published", [False, True])
def test_notebooks_that_pages_hand_out_name_addresses_where_there_are_any(tmp_path, published):
    path = tmp_path / "_sources" / "chapters" / "x.ipynb"
    path.parent.mkdir(parents=True)
    stored = notebooks.with_line("# Title\n", "x") + "in a clone of the book's repository"
    path.write_text(stored, encoding="utf-8")
    theme = {"repository_url": "https://github.com/owner/book" if published else ""}
    config = SimpleNamespace(
        html_baseurl="https://owner.github.io/book/" if published else "", html_theme_options=theme
    )
    notebooks.name_addresses(SimpleNamespace(config=config, outdir=tmp_path), None)
    text = path.read_text(encoding="utf-8")
    assert ("Its page is [https://owner.github.io/book/chapters/x.html]" in text) == published
    assert text.endswith("clone of https://github.com/owner/book") == published
    assert (text == stored) != published


def test_built_pages_have_no_line_for_notebooks_and_cite():
    if not (SITE / "index.html").exists():
        missing("the site is not built: run  make book")
    for path in (ROOT / "chapters").glob("*.ipynb"):
        page = BeautifulSoup((SITE / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("article")
        assert "This notebook draws" not in article.text
        assert article.select('a[href^="bibliography.html#"]') and not article.select('a[href*=".md"]')
