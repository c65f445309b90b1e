"""Claims on pages: a small book of two notebooks, built by the book's extension and looked at in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys

import checked
import nbformat
import other_seeds
import pytest
import seeds_table
import strip_notebooks
import yaml
from bs4 import BeautifulSoup
from conftest import PATIENCE, ROOT
from evidence import anchors
from test_site import PHONE, violations

CLAIMS = """\
claims.agrees(
    "The variance is <that> of the discrete chain",
    0.13693,
    0.138889,
    se=0.0011,
    source="exact & known",
    rejects="the law of continuous time",
)
claims.close("Balance holds", [0.1, 0.7], [0.1, 0.7], atol=1e-12, source="identity")
claims.between("One in ten is rejected", 0.11, 0.03, 0.2, source="paper", after_look="six seeds")"""
CHAPTERS = {
    "first": [
        ("# First chapter", None),
        ('from sgdphysics.claims import Claims\nclaims = Claims("first")', ["hide-input"]),
        ("## Section", None),
        (CLAIMS, ["claims"]),
        ('print("before")\nclaims.less("Less is less", 1.0, 2.0)\nprint("after")', []),
        ("## What was checked", None),
        ("claims.table()", ["hide-input", "nbval-ignore-output"]),
    ],
    "second": [
        ("# Second chapter", None),
        ('from sgdphysics.claims import Claims\nclaims = Claims("second")', []),
        ('claims.close("Δ = 0", 0, 0, atol=1e-9, source="symmetry")', ["claims"]),
        ('claims.close("Ω = 0", 0, 0, atol=1e-9, source="symmetry")', ["claims", "hide-input"]),
        ("claims.table()", ["hide-input"]),
    ],
}


def notebook(cells):
    new = nbformat.v4
    made = [
        new.new_markdown_cell(source)
        if tags is None
        else new.new_code_cell(source, metadata={"tags": tags}, execution_count=1)
        for source, tags in cells
    ]
    return strip_notebooks.strip(new.new_notebook(cells=made), "small")


def write_book(folder, chapters=CHAPTERS):
    """The book's own configuration, with the small chapters and without the bibliography."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    del config["bibtex_bibfiles"], config["html"]["favicon"]
    sphinx = config["sphinx"]
    sphinx["local_extensions"] = {"book": str(ROOT / "_ext")}
    options = sphinx["config"]
    options["extensions"] = [
        name for name in options["extensions"] if name not in ("sphinxcontrib.bibtex", "annotated")
    ]
    sphinx["config"] = {key: value for key, value in options.items() if not key.startswith("bibtex")}
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    pages = [{"file": name} for name in (*chapters, "checked")]
    toc = {"format": "jb-book", "root": "intro", "chapters": pages}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (folder / "intro.md").write_text("# Small book\n", encoding="utf-8")
    page = "# All that was checked\n\n```{other-seeds}\n```\n\n```{claims-summary}\n```\n"
    (folder / "checked.md").write_text(page, encoding="utf-8")
    shutil.copytree(ROOT / "_static", folder / "_static")
    for name, cells in chapters.items():
        nbformat.write(notebook(cells), folder / f"{name}.ipynb")


def build(folder, *options):
    """Exit code and text of a strict build in a process of its own."""
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", ".", "-W", "-n", "--keep-going", *options]
    environment = {key: value for key, value in os.environ.items() if key not in ("BOOK_SEED", "BOOK_CLAIMS")}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600 * PATIENCE)
    return run.returncode, re.sub(r"\x1b\[[\d;]*m", "", run.stdout + run.stderr)


def write_seeds(folder):
    """The table of three seeds: a claim of the first chapter fails once, and another was reworded since; the second
    chapter's code has changed since, and one of its runs had an error of another kind."""
    claims = ["The variance is <that> of the discrete chain", "Balance holds", "Reworded since"]
    records = [
        {
            "seed": seed,
            "errors": [],
            "claims": [{"name": name, "passed": (name, seed) != ("Balance holds", 1), "z": None} for name in claims],
            "scores": {claims[0]: [seed - 1.0]},
        }
        for seed in range(3)
    ]
    result = seeds_table.table({folder / f"{name}.ipynb": records for name in CHAPTERS})
    result["chapters"]["second"] |= {"code": "another", "errors": 1}
    (folder / "chapters").mkdir()
    (folder / seeds_table.STORED).write_text(json.dumps(result), encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The built pages, written elsewhere than beside the sources."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("output")
    write_book(source)
    write_seeds(source)
    code, text = build(source, "--path-output", str(output))
    assert code == 0, text
    assert not (source / "_build").exists()
    return output / "_build"


def soup(small, page):
    return BeautifulSoup((small / "html" / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ", strip=True).split())


def test_ledgers_lie_beside_the_pages(small):
    assert sorted(path.name for path in (small / "claims").iterdir()) == ["first.json", "second.json"]


def test_a_cell_of_claims_is_one_line_that_opens(small):
    page = soup(small, "first")
    checks, other, chapter = page.select("details.evidence")
    assert words(checks.summary) == "✓ 3 checks"
    assert not checks.has_attr("open")
    items = checks.select("li")
    assert [words(item.a) for item in items] == [
        "The variance is <that> of the discrete chain",
        "Balance holds",
        "One in ten is rejected",
    ]
    assert [words(item.summary) for item in items] == [
        "ours 0.1369 ± 0.0011 · expected 0.13889 · exact & known",
        "closest to its bound, of 2: ours 0.1 · expected 0.1 within 1e-12 · identity",
        "ours 0.11 · expected within [0.03, 0.2] · paper",
    ]
    assert words(items[0].dl) == "allowed |z| < 4.5 z -1.78 seed 0 would fail the law of continuous time"
    assert words(items[2].dl) == "allowed [0.03, 0.2] seed 0 after a look six seeds"
    code = checks.find_all("details", recursive=False)[-1]
    assert "claims.agrees(" in code.get_text()
    cell = checks.parent
    assert "PASS" not in cell.get_text() and not cell.select(".cell_output")
    assert words(other.summary) == "✓ 1 check" and "code" not in words(other)
    assert words(chapter.summary) == "✓ 4 checks in this chapter"


def test_what_a_cell_prints_beside_its_claims_stays(small):
    cell = soup(small, "first").select("details.evidence")[1].parent
    assert cell.select_one(".cell_input") is not None
    assert cell.select_one(".cell_output").get_text().split() == ["before", "after"]


def test_code_that_was_hidden_is_hidden_once(small):
    for evidence in soup(small, "second").select("details.evidence"):
        assert len(evidence.select("div.cell_input")) == 1
        assert evidence.parent.select("details.hide") == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_claim_is_linked_there_and_back(small, name):
    chapter, table = soup(small, name), soup(small, "checked")
    ledger = json.loads((small / "claims" / f"{name}.json").read_text(encoding="utf-8"))
    places = anchors(f"claim-{name}", ledger["claims"])
    assert len(set(places.values())) == len(ledger["claims"])
    for claim, identifier in places.items():
        (item,) = chapter.select(f'[id="{identifier}"]')
        page, _, row = item.a["href"].partition("#")
        assert page == "checked.html"
        (row,) = table.select(f'tr[id="{row}"]')
        assert words(row.a) == words(item.a) == claim
        assert row.a["href"] == f"{name}.html#{identifier}"
    links = [link["href"] for link in chapter.select("details.evidence")[-1].select("li a")]
    assert links == [f"#{identifier}" for identifier in places.values()]


def test_the_page_says_what_other_seeds_gave(small):
    page = soup(small, "checked")
    assert "6 claims were tried with 3 seeds: 16 of 18 hold." in words(page)
    first, second = page.select("#seeds-overview tbody tr")
    assert [words(cell) for cell in first.select("td")] == ["First chapter", "8 of 9, 3 seeds", "1.00", "1"]
    assert f"8 of 9, 3 seeds, 1 OTHER ERROR ({other_seeds.OUTDATED})" in words(second)
    assert "1 OTHER ERROR." in words(page.select_one("article"))
    marked = page.select("#seeds-marked tbody tr")
    assert [words(row) for row in marked] == ["Balance holds 2 of 3, FAILS"] * 2
    assert marked[0].a["href"] == "first.html#claim-first-balance-holds"
    figures, _, reworded = page.select("#seeds-first tbody tr")
    assert words(figures) == "The variance is <that> of the discrete chain 3 of 3, z = +0.00 ± 1.00, largest 1.00"
    assert words(reworded) == "Reworded since 3 of 3" and not reworded.select("a")
    assert page.select_one("#seeds-first").find_parent("details") and not first.find_parent("details")


def test_sentences_that_differ_in_signs_alone_have_anchors_of_their_own():
    assert anchors("claim-x", [{"name": name} for name in ("a > b", "a < b", "Ω", "a b 2")]) == {
        "a > b": "claim-x-a-b",
        "a < b": "claim-x-a-b-2",
        "Ω": "claim-x",
        "a b 2": "claim-x-a-b-2-2",
    }


@pytest.fixture
def tab(small, browser):
    """A page of the small book on a phone, in light and dark."""
    context = browser.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


OPEN = "document.querySelectorAll('details.evidence, details.evidence details').forEach((d) => { d.open = true; })"
WIDER = "document.scrollingElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_evidence_can_be_read_by_everyone_on_a_phone(small, tab, scheme):
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto((small / "html" / "first.html").as_uri())
    tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    assert tab.evaluate(WIDER) <= 0
    assert violations(tab) == []
    tab.evaluate(OPEN)
    assert tab.locator("details.evidence dl").first.is_visible()
    assert tab.evaluate(WIDER) <= 0
    assert violations(tab) == []


def test_evidence_opens_by_keyboard_without_scripts(small, browser):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    tab = context.new_page()
    tab.goto((small / "html" / "first.html").as_uri())
    sentence = tab.locator("details.evidence li").first
    assert not sentence.is_visible()
    tab.locator("details.evidence > summary").first.press("Enter")
    assert sentence.is_visible() and not sentence.locator("dl").is_visible()
    sentence.locator("summary").press("Enter")
    assert sentence.locator("dl").is_visible()
    context.close()


def test_a_link_to_a_claim_opens_its_evidence(small, tab):
    tab.goto((small / "html" / "checked.html").as_uri())
    tab.locator("summary", has_text="First chapter").click()
    tab.locator("tr a", has_text="One in ten is rejected").click()
    item = tab.locator("li:target")
    item.wait_for(state="visible")
    assert "ours 0.11" in item.inner_text()
    assert item.bounding_box()["y"] > tab.locator(".bd-header-article").bounding_box()["height"]


@pytest.mark.parametrize("address", ["", "#claims-overview"])
def test_a_link_to_a_chapters_claims_unfolds_them(small, tab, address):
    tab.goto((small / "html" / "checked.html").as_uri() + address)
    first, second = tab.locator("details:has(> .claims #claims-first)"), tab.locator("#claims-second")
    assert first.locator("summary").is_visible() and not first.locator("table").is_visible()
    tab.get_by_role("link", name="4 of 4").first.click()
    first.locator("table").wait_for(state="visible")
    assert not second.is_visible()
    row = first.locator("tbody tr").last.get_attribute("id")
    tab.goto((small / "html" / "first.html").as_uri())
    tab.goto((small / "html" / "checked.html").as_uri() + f"#{row}")
    tab.locator("tr:target").wait_for(state="visible")
    first.evaluate("(fold) => { fold.open = false; dispatchEvent(new Event('hashchange')); }")  # as older browsers do
    assert tab.locator("tr:target").is_visible() and not second.is_visible()


def test_claims_are_printed_with_their_figures_in_one_line(small, tab):
    tab.goto((small / "html" / "first.html").as_uri())
    lines = tab.locator("details.evidence:has(dl) li summary").all()
    assert lines and not lines[0].is_visible()
    tab.emulate_media(media="print")
    assert all(line.is_visible() and line.bounding_box()["height"] > 5 for line in lines)


@pytest.mark.parametrize("table", ["#claims-first", "#seeds-first"])
def test_tables_of_claims_are_printed_though_folded(small, tab, table):
    tab.goto((small / "html" / "checked.html").as_uri())
    row = tab.locator(f"{table} tbody tr").first
    assert not row.is_visible()
    tab.emulate_media(media="print")
    assert row.is_visible() and row.bounding_box()["height"] > 5


# What the build must not pass over.

BEGIN = ('from sgdphysics.claims import Claims\nclaims = Claims("only")', [])
HOLDS = 'claims.close("a", 1, 1, atol=1, source="s")'
FAULTS = {
    "this notebook wrote no claims": [(HOLDS, ["claims"])],
    "the page prints claims that its ledger does not hold: ['b']": [
        (HOLDS, ["claims"]),
        ("claims.table()", []),
        ('claims.close("b", 1, 1, atol=1, source="s")', ["claims"]),
    ],
    "the ledger holds claims that the page does not print: ['a']": [
        (HOLDS, ["claims", "remove-output"]),
        ("claims.table()", []),
    ],
    "claims that fail: ['wrong']": [
        ('try:\n    claims.close("wrong", 2, 1, atol=1e-9, source="s")\nexcept AssertionError:\n    pass', ["claims"]),
        ("claims.table()", []),
    ],
    "claimed in two cells: ['a']": [
        (HOLDS, ["claims"]),
        ('claims = Claims("only")\n' + HOLDS, ["claims"]),
        ("claims.table()", []),
    ],
}


def test_faults_of_ledgers_stop_the_build(tmp_path):
    chapters = {
        f"chapter-{number}": [
            ("# Chapter", None),
            *[(source.replace("only", f"chapter-{number}"), tags) for source, tags in [BEGIN, *cells]],
        ]
        for number, cells in enumerate(FAULTS.values())
    }
    write_book(tmp_path, chapters)
    code, text = build(tmp_path)
    assert code != 0
    for number, fault in enumerate(FAULTS):
        assert re.search(rf"chapter-{number}.*WARNING: {re.escape(fault)}", text), text


def test_the_page_of_claims_follows_a_chapter_that_changed(tmp_path):
    write_book(tmp_path)
    assert build(tmp_path)[0] == 0
    changed = [(source.replace("Ω", "Ψ"), tags) for source, tags in CHAPTERS["second"]]
    nbformat.write(notebook(changed), tmp_path / "second.ipynb")
    code, text = build(tmp_path)
    assert code == 0, text
    assert "executing 1 of 2 notebooks: second" in text
    page = words(soup(tmp_path / "_build", "checked"))
    assert "The chapters were not yet run with other seeds." in page
    assert "Ψ = 0" in page and "Ω = 0" not in page and "Balance holds" in page


def test_other_builders_show_the_lines_that_claims_print(tmp_path):
    write_book(tmp_path)
    code, text = build(tmp_path, "--builder", "custom", "--custom-builder", "text")
    assert code == 0, text
    page = (tmp_path / "_build" / "text" / "first.txt").read_text(encoding="utf-8")
    assert "PASS  Balance holds" in page and "details" not in page


def test_closest_call_is_the_claim_that_used_most_of_its_bound():
    def claim(name, z, tolerance):
        return {"name": name, "z": z, "tolerance": tolerance}

    claims = [
        claim("far", -4, "|z| < 8, worst of 3"),
        claim("near", -3, "|z| < 4.5"),
        claim("less", -30, "less by 3 se"),
    ]
    assert checked.closest_call(claims) == "near: |z| = 3.00 of 4.5"
    assert checked.closest_call(claims[2:]) == "–"
