"""How the notebooks are stored and what every chapter has. (That they run and print what is stored is nbval's part.)"""

import copy
import os
import re
import subprocess
import sys

import nbformat
import pytest
import strip_notebooks
import yaml
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb")) + [ROOT / "tests" / "template.ipynb"]
LAST_SECTIONS = ["What was checked", "Exercises", "Read next"]
VISIBLE_LINES = 16
LINE = 84
CLAIM = re.compile(r"^\s*claims\.(agrees|close|between|less)\(", flags=re.MULTILINE)
FORBIDDEN = {
    "{toggle}": "use an admonition of class dropdown",
    "glue(": "a claim or a figure shows the number",
    "{glue": "a claim or a figure shows the number",
    "set_matplotlib_formats": "figures are inline PNG",
    "figure_format": "figures are inline PNG",
    "{numref}": "JupyterLab knows no numbers of figures: write [what it shows](#fig-name), which the page numbers",
    "{term}": "JupyterLab knows no glossary; the page links terms by itself",
    "{doc}": "write [text](file.md)",
    "{ref}": "write [text](#name-of-a-section)",
    "# fmt:": "the formatter decides; name the intermediate thing, or move code to the package",
}

GUARD = 'if not find_spec("sgdphysics"):\n'
LABEL, EQUATION = re.compile(r"\$\$ \(([\w-]+)\)"), re.compile(r"\{eq\}`([^`]+)`")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def tags(cell):
    return cell.metadata.get("tags", [])


def printed(cell):
    """All text that is stored under a cell."""
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])
    )


def shows_figure(cell):
    return "<Figure size" in printed(cell)


def is_strict(cell):
    """Whether nbval compares a text of this cell, more than the size of a figure."""
    text = re.sub(r"<Figure size .*?>", "", printed(cell)).strip()
    return bool(text) and strip_notebooks.IGNORED not in tags(cell)


def sections(notebook):
    """[(heading of level 2, code cells under it)]; what comes before the first one has the heading None."""
    found = [(None, [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[-1][1].append(cell)
        else:
            found += [(heading, []) for heading in re.findall(r"^## (.+)$", cell.source, flags=re.MULTILINE)]
    return found


def code_faults(notebook):
    for cell in notebook.cells:
        yield from (f"{cell.id}: {word}: {why}" for word, why in FORBIDDEN.items() if word in cell.source)
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            yield f"{cell.id} was not run"
        if any(output.output_type == "error" or output.get("name") == "stderr" for output in cell.outputs):
            yield f"{cell.id} stores an error or a warning"
        if "raises-exception" in tags(cell) or any(line.startswith("FAIL  ") for line in printed(cell).splitlines()):
            yield f"{cell.id} goes on after a failure"
        if cell.source.rstrip().endswith(";"):
            yield f"{cell.id} ends in a semicolon, at which nbval does not look"
        if not strip_notebooks.FOLDED & set(tags(cell)) and cell.source.count("\n") >= VISIBLE_LINES:
            yield f"{cell.id} shows more than {VISIBLE_LINES} lines: hide it or move code to the package"
        for line in cell.source.splitlines():
            if len(line) > LINE:
                yield f"{cell.id} has a line of {len(line)} columns, of {LINE}: {line.strip()[:60]} …"


def viewer_faults(notebook):
    """What would not read well, or not run, where there is nothing but the notebook."""
    first = first_code(notebook)
    if GUARD not in first.source:
        yield f"{first.id} must say how to get the package where there is none, as in tests/template.ipynb"
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for label in set(EQUATION.findall(text)) - set(LABEL.findall(text)):
        yield f"JupyterLab knows no equation of another chapter: write [words](file.ipynb#section), not {{eq}}`{label}`"


def figure_faults(notebook):
    for cell in notebook.cells:
        options = cell.metadata.get("mystnb", {})
        if not shows_figure(cell) and not options:
            continue
        alt, figure = options.get("image", {}).get("alt", ""), options.get("figure", {})
        if len(alt) < 30 or re.match(r"(an? |the )?(plot|figure|graph|image)\b", alt, flags=re.IGNORECASE):
            yield f"{cell.id}: the alt text must say what is seen, not that it is a plot: {alt!r}"
        if not figure.get("name") or len(figure.get("caption", "")) < 30:
            yield f"{cell.id}: a figure has a name and a caption: {figure}"
        if printed(cell).count("<Figure size") > 1:
            yield f"{cell.id} shows several figures: one cell, one figure"


def structure_faults(notebook):
    headings = [heading for heading, _ in sections(notebook) if heading]
    if "What you will see" not in notebook.cells[0].source:
        yield 'the first cell must hold the box "What you will see"'
    if headings[-3:] != LAST_SECTIONS:
        yield f"the last sections must be {LAST_SECTIONS}, not {headings[-3:]}"
    for heading, cells in sections(notebook):
        if heading and heading != LAST_SECTIONS[0] and cells and not any(map(is_strict, cells)):
            yield f"section {heading!r} has no output that nbval compares"


def claims_made(cell):
    """The sentences of the claims that a cell printed."""
    return [line[6:] for line in printed(cell).splitlines() if line.startswith("PASS  ")]


def claim_faults(notebook):
    """Claims are made in cells for them, whose code is folded, each once; all stand in the last section's table."""
    table = "".join(
        printed(cell) for heading, cells in sections(notebook) if heading == LAST_SECTIONS[0] for cell in cells
    )
    claims = [claim for cell in notebook.cells for claim in claims_made(cell)]
    if not claims:
        yield "a chapter makes claims"
    yield from (f"the claim {claim!r} is made twice" for claim in set(claims) if claims.count(claim) > 1)
    for cell in notebook.cells:
        makes = bool(claims_made(cell) or CLAIM.search(cell.source)) and cell.cell_type == "code"
        if makes and strip_notebooks.CLAIMS not in tags(cell):
            yield f"{cell.id} makes claims: these stand in a cell of their own, tagged {strip_notebooks.CLAIMS}"
        if strip_notebooks.CLAIMS in tags(cell) and not makes:
            yield f"{cell.id} is tagged {strip_notebooks.CLAIMS}, and makes none"
        if makes and not cell.metadata.get("jupyter", {}).get("source_hidden"):
            yield f"{cell.id} shows the code of claims: run  python tests/strip_notebooks.py"
    yield from (f"the claim {claim!r} is not in the table" for claim in claims if claim not in table)


def faults(notebook):
    checks = (code_faults, viewer_faults, figure_faults, structure_faults, claim_faults)
    return [fault for check in checks for fault in check(notebook)]


@each_notebook
def test_notebook_is_stored_stripped(path):
    assert path.read_text(encoding="utf-8") == strip_notebooks.stripped_text(path)


@each_notebook
def test_notebook_keeps_the_rules_of_the_book(path):
    assert faults(nbformat.read(path, as_version=4)) == []


def test_cell_ids_are_unique_across_the_book():
    ids = [cell.id for path in NOTEBOOKS for cell in nbformat.read(path, as_version=4).cells]
    assert len(ids) == len(set(ids))


def test_every_chapter_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert listed == {
        f"chapters/{path.stem}" for path in (ROOT / "chapters").iterdir() if path.suffix in (".md", ".ipynb")
    }


def figure_cell(notebook):
    return next(cell for cell in notebook.cells if shows_figure(cell))


def code_cell(notebook):
    return next(cell for cell in notebook.cells if is_strict(cell))


def first_code(notebook):
    return next(cell for cell in notebook.cells if cell.cell_type == "code")


def claims_cell(notebook):
    return next(cell for cell in notebook.cells if strip_notebooks.CLAIMS in tags(cell))


def claim_the_same_again(notebook):
    notebook.cells.append(copy.deepcopy(claims_cell(notebook)))


BREAKS = [  # what is said of it, and what breaks it
    ("the alt text must say", lambda book: figure_cell(book).metadata.mystnb.pop("image")),
    ("the alt text must say", lambda book: figure_cell(book).metadata.mystnb.image.update(alt="A plot of the data.")),
    ("a name and a caption", lambda book: figure_cell(book).metadata.mystnb.figure.pop("caption")),
    ("a name and a caption", lambda book: figure_cell(book).metadata.pop("mystnb")),
    ("was not run", lambda book: code_cell(book).update(execution_count=None)),
    (
        "stores an error or a warning",
        lambda book: code_cell(book).outputs.append(nbformat.v4.new_output("stream", name="stderr", text="!")),
    ),
    ("goes on after a failure", lambda book: claims_cell(book).outputs[0].update(text="FAIL  Water is wet\n")),
    ("goes on after a failure", lambda book: code_cell(book).metadata.update(tags=["raises-exception"])),
    ("ends in a semicolon", lambda book: code_cell(book).update(source="plt.show();")),
    ("shows more than 16 lines", lambda book: code_cell(book).update(source="x = 1\n" * 16 + "x")),
    ("a line of 85 columns", lambda book: claims_cell(book).update(source="x" * 85)),
    ("the formatter decides", lambda book: code_cell(book).update(source="x = [1,2]  # fmt: skip")),
    (
        "has no output that nbval compares",
        lambda book: [cell.metadata.update(tags=[strip_notebooks.IGNORED]) for cell in book.cells],
    ),
    ("is not in the table", lambda book: claims_cell(book).outputs[0].update(text="PASS  Water is wet\n")),
    ("a chapter makes claims", lambda book: claims_cell(book).update(outputs=[])),
    ("is made twice", claim_the_same_again),
    ("stand in a cell of their own", lambda book: claims_cell(book).metadata.update(tags=["hide-input"])),
    ("stand in a cell of their own", lambda book: code_cell(book).update(source='claims.less("a", 0, 1)')),
    ("and makes none", lambda book: code_cell(book).metadata.update(tags=[strip_notebooks.CLAIMS])),
    ("shows the code of claims", lambda book: claims_cell(book).metadata.pop("jupyter")),
    ("the last sections must be", lambda book: book.cells.pop()),
    ("the first cell must hold", lambda book: book.cells.pop(0)),
    ("how to get the package", lambda book: first_code(book).update(source="import numpy as np")),
    ("no equation of another chapter", lambda book: book.cells[0].update(source=book.cells[0].source + "{eq}`ou`")),
    ("JupyterLab knows no numbers", lambda book: book.cells[0].update(source=book.cells[0].source + "{numref}`fig-x`")),
    ("dropdown", lambda book: book.cells[0].update(source=book.cells[0].source + "\n```{toggle}\n```")),
]


@pytest.mark.parametrize(("message", "damage"), BREAKS, ids=[message for message, _ in BREAKS])
def test_a_broken_rule_is_noticed(message, damage):
    notebook = nbformat.read(ROOT / "tests" / "template.ipynb", as_version=4)
    assert faults(notebook) == []
    damage(notebook)
    assert any(message in fault for fault in faults(notebook)), faults(notebook)


@pytest.mark.parametrize("lines", [16, 17])
def test_sixteen_lines_may_be_seen(lines):
    notebook = nbformat.read(ROOT / "tests" / "template.ipynb", as_version=4)
    code_cell(notebook).source = "\n".join(["x = 1"] * lines)
    assert len(faults(notebook)) == (lines > 16)


def notebook_with_all_outputs(number):
    """A notebook as a kernel leaves it: a figure, a widget's HTML, a printed number, odd counts and ids."""
    new, display = nbformat.v4.new_code_cell, "display_data"
    figure = {"image/png": "aGVsbG8=", "text/plain": "<Figure size 480x360 with 1 Axes>"}
    widget = {"text/html": "<b>long</b>", "application/vnd.jupyter.widget-view+json": {}, "text/plain": "Live()"}
    plot = "from matplotlib import pyplot as plt\nplt.figure(figsize=(4.8, 3.6), dpi=100).add_subplot()\nplt.show()"
    cells = [
        new(plot, execution_count=7, outputs=[nbformat.v4.new_output(display, figure)]),
        new("print(6 * 7)  ", execution_count=9, outputs=[nbformat.v4.new_output("stream", text=f"{number}\n")]),
        new("x = 'Live()'", execution_count=11, metadata={"trusted": True, "tags": [strip_notebooks.IGNORED]}),
    ]
    cells[2].outputs = [nbformat.v4.new_output(display, widget)]
    return nbformat.v4.new_notebook(
        cells=cells, metadata={"widgets": {"state": {}}, "kernelspec": {"name": "other", "display_name": "Other"}}
    )


def test_strip_keeps_text_alone_and_is_stable(tmp_path):
    path = tmp_path / "example.ipynb"
    nbformat.write(notebook_with_all_outputs(42), path)
    assert strip_notebooks.main(["--check", str(path)]) == 1
    assert strip_notebooks.main([str(path)]) == 0
    assert strip_notebooks.main(["--check", str(path)]) == 0
    stored = nbformat.read(path, as_version=4)
    assert [cell.id for cell in stored.cells] == ["example-001", "example-002", "example-003"]
    assert [cell.execution_count for cell in stored.cells] == [1, 2, 3]
    assert [printed(cell) for cell in stored.cells] == ["<Figure size 480x360 with 1 Axes>", "42\n", "Live()"]
    assert not any(
        word in path.read_text(encoding="utf-8") for word in ("image/png", "html", "widget", "trusted", "other")
    )


@pytest.mark.parametrize(("number", "verdict"), [(42, "3 passed"), (43, "1 failed, 2 passed")])
def test_strict_comparison_fails_on_one_changed_digit(tmp_path, number, verdict):
    path = tmp_path / "example.ipynb"
    nbformat.write(strip_notebooks.strip(notebook_with_all_outputs(number), "example"), path)
    settings = ["-c", ROOT / "pytest.ini", "--rootdir", ROOT, "-q", "-p", "no:cacheprovider"]
    run = subprocess.run([sys.executable, "-m", "pytest", *settings, path], cwd=ROOT, capture_output=True, text=True)
    assert verdict in run.stdout


def compared(path, plugin):
    """What nbval says of a notebook that lies outside the book, with or without the book's plugin."""
    settings = ["-c", ROOT / "pytest.ini", "--rootdir", path.parent, "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *settings, *(["-p", "conftest"] if plugin else []), path]
    environment = {key: value for key, value in os.environ.items() if key != "BOOK_STATIC"}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("stored", "plugin", "verdict"),
    [
        ("PASS  a\nPASS  b\n", True, "2 passed"),
        ("PASS  a\nPASS  c\n", True, "1 failed, 1 passed"),
        ("PASS  a\n", True, "1 failed, 1 passed"),
        ("PASS  a\nPASS  b\n", False, "Unexpected output fields from running code: {'text/html'}"),
    ],
)
def test_figures_of_claims_are_shown_but_not_compared(tmp_path, stored, plugin, verdict):
    """A kernel shows them as HTML; the lines that claims print are compared to the letter."""
    path, new = tmp_path / "c.ipynb", nbformat.v4.new_code_cell
    first = new("from sgdphysics.claims import Claims\nclaims = Claims('c')", execution_count=1)
    source = "\n".join(f'claims.close("{name}", 1.0, 1.0, atol=1e-9, source="s")' for name in "ab")
    second = new(source, execution_count=2, outputs=[nbformat.v4.new_output("stream", text=stored)])
    nbformat.write(strip_notebooks.strip(nbformat.v4.new_notebook(cells=[first, second]), "c"), path)
    assert verdict in compared(path, plugin)
