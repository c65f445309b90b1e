"""How a notebook is stored: text outputs only, in one form. Run as ``python tests/strip_notebooks.py [--check] FILES``.

nbval compares text outputs with those of a fresh run, no image. So images, widget views and HTML go, the text stays,
and the same notebook always gives the same bytes. What the page folds is folded in JupyterLab, and what the page makes
of roles is written in words (``_ext/notebooks.py``).
"""

import argparse
import sys
from pathlib import Path

import nbformat

sys.path.append(str(Path(__file__).parents[1] / "_ext"))
import notebooks

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_CELL_METADATA = ("mystnb", "tags")
IGNORED = "nbval-ignore-output"
CLAIMS = "claims"
FOLDED = {CLAIMS, "hide-input", "hide-cell", "remove-input"}


def strip(notebook, stem):
    """Bring a notebook into the form in which it is stored; ``stem`` begins the ids of its cells."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    titles = notebooks.sections(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    count = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"{stem}-{number:03d}"
        cell.source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in KEPT_CELL_METADATA if cell.metadata.get(key)}
        )
        if folds := folded(cell):
            cell.metadata["jupyter"] = folds
        if cell.cell_type == "markdown":
            cell.source = notebooks.with_titles(notebooks.in_words(cell.source), titles)
            cell.source = notebooks.with_line(cell.source, stem) if number == 1 else cell.source
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = None if cell.execution_count is None else count
            cell.outputs = strip_outputs(cell.outputs, cell.execution_count)
    return notebook


def folded(cell):
    """What JupyterLab folds of a cell: what the page does."""
    tags = set(cell.metadata.get("tags", []))
    return {"source_hidden": True} | ({"outputs_hidden": True} if "hide-cell" in tags else {}) if tags & FOLDED else {}


def strip_outputs(outputs, execution_count):
    """Streams, joined; errors without their traceback; of what was displayed the text/plain."""
    stored = []
    for output in outputs:
        if output.output_type == "stream":
            if stored and stored[-1].output_type == "stream" and stored[-1].name == output.name:
                stored[-1].text += output.text
            else:
                stored.append(output)
        elif output.output_type == "error":
            output.traceback = []
            stored.append(output)
        elif "text/plain" in output.data:
            output.data, output.metadata = {"text/plain": output.data["text/plain"]}, {}
            if output.output_type == "execute_result":
                output.execution_count = execution_count
            stored.append(output)
    return stored


def stripped_text(path):
    """The text that the notebook at ``path`` should be stored as."""
    path = Path(path)
    notebook = strip(nbformat.read(path, as_version=4), path.stem)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a file would change")
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    changed = [path for path in options.files if path.read_text(encoding="utf-8") != stripped_text(path)]
    for path in changed:
        if options.check:
            print(f"{path} is not stored stripped: run  python tests/strip_notebooks.py {path}")
        else:
            path.write_text(stripped_text(path), encoding="utf-8", newline="\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
