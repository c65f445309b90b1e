"""Code in proportion: what folds in a chapter, what its lines say is inside, and the switch between ways to read.

A cell tagged ``algorithm`` is never folded: it is what the chapter is about. Every other cell of code is a
``<details class="code">``, open as the page comes; one that its notebook hides comes closed. A solution and its code
are one fold. Which folds are open is then the reader's choice (_static/reading.js): without scripts each opens and
closes by itself, and the switch is not shown.
"""

import ast
from html import escape

from docutils import nodes
from evidence import html, part
from myst_nb.sphinx_ import HideCodeCellNode

SWITCH = """<fieldset class="reading"><legend>Read</legend>
<label><input type="radio" name="reading" value="story" autocomplete="off"><span>story</span></label>
<label><input type="radio" name="reading" value="code" autocomplete="off" checked><span>with code</span></label>
<label><input type="radio" name="reading" value="checks" autocomplete="off"><span>with checks</span></label>
</fieldset>"""


def fold_code(app, doctree, docname):
    """Give each chapter its folds and its switch."""
    if app.builder.format != "html" or not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    cells = [cell for cell in doctree.findall(nodes.container) if cell.get("nb_element") == "cell_code"]
    numbers = app.env.toc_fignumbers.get(docname, {}).get("figure", {})
    for cell in cells:
        unwrap(cell)
    solved = [cell for solution in list(doctree.findall(nodes.admonition)) for cell in fold_solution(solution)]
    for cell in cells:
        if cell not in solved and "algorithm" not in tags(cell):
            fold_cell(cell, numbers)
    if any(part(cell, "cell_code_source") for cell in cells):
        doctree.next_node(nodes.title).parent.insert(1, html(SWITCH))


def tags(cell):
    return cell["cell_metadata"].get("tags", [])


def unwrap(cell):
    """Take the contents of a cell out of the theme's folds, which say "Show code cell source" of all."""
    folds = [child.children if isinstance(child, HideCodeCellNode) else [child] for child in cell.children]
    cell[:] = [child for fold in folds for child in fold]


def fold_cell(cell, numbers):
    """Fold a cell's source, and what it printed unless its notebook hides the source to show just that."""
    if not cell.children or cell[0].get("nb_element") != "cell_code_source":
        return  # nothing but a picture, or claims
    hidden = {"hide-input", "hide-cell"} & set(tags(cell))
    prints = len(cell) > 1 and cell[1].get("nb_element") == "cell_code_output" and not shown(cell[1])
    end = 2 if prints and "hide-input" not in hidden else 1
    state = "" if hidden else " data-shown open"
    begin = f'<details class="code"{state}><summary>{escape(inside(cell, numbers))}</summary>'
    cell[:end] = [html(begin), *cell[:end], html("</details>")]


def fold_solution(solution):
    """Make a native fold of a solution and of the hidden cells that follow it; return these."""
    if "dropdown" not in solution["classes"]:
        return []
    siblings = solution.parent[solution.parent.index(solution) :]
    cells = []
    for cell in siblings[1:]:
        if not isinstance(cell, nodes.container) or "hide-cell" not in cell.get("cell_metadata", {}).get("tags", []):
            break
        cells.append(cell)
    title, *text = solution.children
    exercise = siblings[0].previous_sibling()
    number = exercise.astext().split(".")[0] if exercise else ""
    summary = f"{title.astext()} {number}" if number.isdigit() else title.astext()
    for cell in cells:
        cell.parent.remove(cell)
    begin = f'<details class="solution"><summary>{escape(summary)}</summary>'
    solution.parent.replace(solution, [html(begin), *text, *cells, html("</details>")])
    return cells


def shown(output):
    """Whether an output is more than printed text: a picture, a table, a live figure."""
    return any(isinstance(node, nodes.image) or is_html(node) for node in output.findall())


def is_html(node):
    return isinstance(node, nodes.raw) and node.get("format") == "html"


def inside(cell, numbers):
    """What the fold of a cell holds, in a few words."""
    for figure in cell.findall(nodes.figure):
        for identifier in figure["ids"]:
            if number := numbers.get(identifier):
                return f"How figure {'.'.join(map(str, number))} is drawn"
    if "hide-input" in tags(cell) and (output := part(cell, "cell_code_output")):
        pictures = any(isinstance(node, nodes.image) or "<figure" in node.astext() for node in output.findall())
        return "How this figure is made" if pictures else "How this table is made"
    tree = ast.parse(part(cell, "cell_code_source").astext())
    if isinstance(tree.body[0], ast.Import | ast.ImportFrom) and "hide-input" in tags(cell):
        return "Code: what is imported"
    names = [node.name for node in tree.body if hasattr(node, "name")] or assigned(tree)
    return "Code: " + ", ".join(names[:3]) if names else "Code"


def assigned(tree):
    """Names that the statements of a cell assign, in order, each once."""
    stores = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return list(dict.fromkeys(stores))


def setup(app):
    app.connect("doctree-resolved", fold_code, priority=600)  # after the evidence has taken its place
    return {"parallel_read_safe": True, "parallel_write_safe": True}
