"""How the notebooks are stored and what every chapter has. (That they run and print what is stored is nbval's part.)"""

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
VISIBLE_LINES = 25
FORBIDDEN = {
    "{toggle}": "use an admonition of class dropdown",
    "glue(": "a claim or a figure shows the number",
    "{glue": "a claim or a figure shows the number",
    "set_matplotlib_formats": "figures are inline PNG",
    "figure_format": "figures are inline PNG",
}

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
        if cell.source.rstrip().endswith(";"):
            yield f"{cell.id} ends in a semicolon, at which nbval does not look"
        if (
            not {"hide-input", "hide-cell", "remove-input"} & set(tags(cell))
            and cell.source.count("\n") >= VISIBLE_LINES
        ):
            yield f"{cell.id} shows more than {VISIBLE_LINES} lines: hide it or move code to the package"


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


def claim_faults(notebook):
    """Each claim that was made must stand in the chapter's table, which is made in the section for it."""
    table = "".join(
        printed(cell) for heading, cells in sections(notebook) if heading == LAST_SECTIONS[0] for cell in cells
    )
    claims = [line[6:] for cell in notebook.cells for line in printed(cell).splitlines() if line.startswith("PASS  ")]
    if not claims:
        yield "a chapter makes claims"
    yield from (f"the claim {claim!r} is not in the table" for claim in claims if claim not in table)


def faults(notebook):
    checks = (code_faults, figure_faults, structure_faults, claim_faults)
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


BREAKS = {
    "alt text removed": lambda book: figure_cell(book).metadata.mystnb.pop("image"),
    "alt text that says nothing": lambda book: figure_cell(book).metadata.mystnb.image.update(
        alt="A plot of the data."
    ),
    "caption removed": lambda book: figure_cell(book).metadata.mystnb.figure.pop("caption"),
    "figure without metadata": lambda book: figure_cell(book).metadata.pop("mystnb"),
    "cell not run": lambda book: code_cell(book).update(execution_count=None),
    "warning stored": lambda book: code_cell(book).outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text="!")
    ),
    "semicolon": lambda book: code_cell(book).update(source="plt.show();"),
    "long visible cell": lambda book: code_cell(book).update(source="x = 1\n" * 30),
    "nothing compared": lambda book: [cell.metadata.update(tags=[strip_notebooks.IGNORED]) for cell in book.cells],
    "claim not in the table": lambda book: code_cell(book).outputs[0].update(text="PASS  Water is wet\n"),
    "last section missing": lambda book: book.cells.pop(),
    "no opening box": lambda book: book.cells.pop(0),
    "toggle": lambda book: book.cells[0].update(source=book.cells[0].source + "\n```{toggle}\n```"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_noticed(name):
    notebook = nbformat.read(ROOT / "tests" / "template.ipynb", as_version=4)
    BREAKS[name](notebook)
    assert len(faults(notebook)) >= 1


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
