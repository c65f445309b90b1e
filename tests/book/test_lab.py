"""A chapter in JupyterLab, in a browser: it reads like its page, and shows its pictures again when it is reopened."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import CHAPTERS
from server import Server

CHAPTER, BEFORE = "work", "Rare paths decide"  # a part that runs within seconds
ALIVE = "document.querySelectorAll('figure.live[data-ready=true] canvas').length"
PICTURES = "[...document.querySelectorAll('.jp-RenderedImage img')].filter(one => one.naturalWidth > 300).length"


def part_of_chapter():
    """The first sections, and the exercises, without their code."""
    notebook = nbformat.read(CHAPTERS / f"{CHAPTER}.ipynb", 4)
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in notebook.cells]
    begin = next(at for at, text in enumerate(texts) if f"## {BEFORE}" in text)
    exercises = next(at for at, text in enumerate(texts) if "## Exercises" in text)
    rest = [cell for cell in notebook.cells[exercises:] if cell.cell_type == "markdown"]
    notebook.cells = notebook.cells[:begin] + rest
    return notebook


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of the notebook in a JupyterLab that has nothing else."""
    folder = tmp_path_factory.mktemp("notebooks")
    nbformat.write(part_of_chapter(), folder / "part.ipynb")
    server = Server(folder, Path(sys.executable).parent, tmp_path_factory.mktemp("home"))
    yield f"{server.address}lab/tree/part.ipynb?reset&token={server.token}"
    server.stop()


@pytest.fixture(scope="module")
def tab(browser, lab):
    context = browser.new_context(viewport={"width": 1200, "height": 6000})
    tab = context.new_page()
    tab.goto(lab)
    yield tab
    context.close()


def test_reads_like_the_page(tab):
    text = tab.locator(".jp-Notebook")
    tab.wait_for_function("document.querySelector('.jp-Notebook')?.innerText.includes('Read next')")
    tab.get_by_text("What you will see", exact=True).wait_for()
    assert "This notebook draws its figures when it is run" in text.inner_text()
    for words in ("Jarzynski (1997)", "Seifert (2012)"):
        text.get_by_role("link", name=words, exact=True).first.wait_for()
    tab.wait_for_function("[...document.querySelectorAll('.jp-MarkdownCell a')].some(a => a.innerText === '(1)')")
    read = "\n".join(tab.locator(".jp-MarkdownCell .jp-RenderedMarkdown").all_inner_texts())
    assert not re.search(r"\{[\w:-]+\}`|:class:|```|\[\]\(|\$\$", read)
    solutions = tab.locator(".jp-MarkdownCell details")
    assert solutions.count() >= 3 and not any(solutions.nth(n).get_attribute("open") for n in range(solutions.count()))
    # The code that the page folds is folded, the algorithm is not.
    shown = [cell for cell in part_of_chapter().cells if cell.cell_type == "code" and "jupyter" not in cell.metadata]
    assert tab.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == len(shown) > 0
    assert "def pull" in "".join(tab.locator(".jp-CodeCell .jp-InputArea-editor:visible").all_inner_texts())


def test_shows_its_pictures_again_when_it_was_saved(tab):
    tab.locator(".jp-Notebook").click()
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.locator(".lm-Menu-itemLabel:text-is('Run All Cells')").click()
    tab.wait_for_function(f"{ALIVE} === 1 && {PICTURES} === 1")
    marks = "[...document.querySelectorAll('.jp-OutputArea summary')].map(one => getComputedStyle(one).listStyleType)"
    assert set(tab.evaluate(marks)) == {"disclosure-open", "disclosure-closed"}
    tab.keyboard.press("Control+s")
    tab.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    tab.reload()
    tab.wait_for_function(f"{ALIVE} === 1 && {PICTURES} === 1")


def test_an_exported_chapter_lives_offline(browser, tmp_path):
    """By the one command of the README; what the export takes from elsewhere is not needed for the figures."""
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "html", "--output-dir", tmp_path]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOK_")}
    environment["BOOK_CLAIMS"] = str(tmp_path)
    run = subprocess.run([*command, CHAPTERS / f"{CHAPTER}.ipynb"], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    tab.goto((tmp_path / f"{CHAPTER}.html").as_uri(), wait_until="commit")
    tab.locator("figure.live").scroll_into_view_if_needed()
    tab.wait_for_function(f"{ALIVE} === 1")
    before = tab.locator("figure.live .live-says").inner_text()
    tab.locator("figure.live input[type=range]").first.press("ArrowRight")
    tab.wait_for_function("before => document.querySelector('figure.live .live-says').innerText !== before", arg=before)
    stored = "".join(str(cell.get("outputs")) for cell in nbformat.read(CHAPTERS / f"{CHAPTER}.ipynb", 4).cells)
    assert tab.locator("img[src^='data:image/png']").count() == stored.count("<Figure size")
    context.close()
