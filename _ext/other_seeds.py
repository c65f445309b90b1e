"""What the claims came to with other random numbers, from the file that ``make claims`` keeps: ``{other-seeds}``."""

import json
from pathlib import Path

from checked import link, table
from docutils import nodes
from evidence import html, ledger, places
from hashes import state_hash
from seeds_table import STORED, headline, in_a_line, largest, other_errors
from sphinx.util.docutils import SphinxDirective

OUTDATED = "run before the last change of this chapter's code, or of the package's that it needs"


class other_seeds(nodes.General, nodes.Element):
    """Where these tables go."""


class OtherSeeds(SphinxDirective):
    """``{other-seeds}``: a sentence, a table of chapters, one of the claims given a mark, and all others folded."""

    def run(self):
        self.env.note_dependency(str(STORED))
        return [other_seeds()]


def claim_row(app, docname, row):
    """A claim, with a link where this build makes it too."""
    record = ledger(app, docname)
    known = record and row["name"] in {claim["name"] for claim in record["claims"]}
    address = places(app, docname, record, in_chapter=False)[row["name"]][1] if known else None
    return [link(row["name"], address) if address else row["name"], in_a_line(row)]


def overview_row(app, fromdoc, docname, chapter):
    """A chapter: how many of its claims hold, the largest abs(z), how many were given a mark."""
    title = link(app.env.titles[docname].astext(), app.builder.get_relative_uri(fromdoc, docname))
    if chapter is None:
        return [title, "not run", "", ""]
    claims = chapter["claims"]
    held, tried = (sum(row[word] for row in claims) for word in ("held", "tried"))
    worst = largest(claims)
    marked = sum(bool(row["marks"]) for row in claims)
    current = chapter["code"] == state_hash(app.env.doc2path(docname))
    hold = ", ".join([f"{held} of {tried}", f"{len(chapter['seeds'])} seeds", *other_errors(chapter["errors"])])
    hold += "" if current else f" ({OUTDATED})"
    return [title, hold, f"{worst:.2f}" if worst else "–", str(marked or "–")]


def tables(app, fromdoc):
    """The nodes for a page, or a sentence where there is no such file."""
    path = Path(app.srcdir, STORED)
    if not path.exists():
        return [nodes.paragraph("", "The chapters were not yet run with other seeds.")]
    result = json.loads(path.read_text(encoding="utf-8"))
    notebooks = [name for name in app.env.collect_relations() if str(app.env.doc2path(name)).endswith(".ipynb")]
    chapters = {docname: result["chapters"].get(Path(docname).name) for docname in notebooks}
    overview = [overview_row(app, fromdoc, *chapter) for chapter in chapters.items()]

    def lines(docname, rows):
        return [claim_row(app, docname, row) for row in rows]

    run = {docname: chapter["claims"] for docname, chapter in chapters.items() if chapter}
    marked = [line for docname, rows in run.items() for line in lines(docname, [row for row in rows if row["marks"]])]
    header = ["claim", "how often it held, and z over the seeds: mean ± spread, and the largest"]
    found = [nodes.paragraph("", headline(result))]
    heads = ["chapter", "claims that hold", "largest |z|", "given a mark"]
    found += [table("All chapters with other seeds", "seeds-overview", heads, overview)]
    found += [table("Claims given a mark", "seeds-marked", header, marked)] if marked else []
    found += [html("<details class='claims'><summary>Every claim with other seeds</summary>")]
    for docname, rows in run.items():
        title, name = app.env.titles[docname].astext(), f"seeds-{Path(docname).name}"
        found.append(table(title, name, header, lines(docname, rows)))
    return [*found, html("</details>")]


def fill(app, doctree, docname):
    """Links need the ledgers of all chapters, which are there when pages are written."""
    for place in list(doctree.findall(other_seeds)):
        place.replace_self(tables(app, docname))


def setup(app):
    app.add_directive("other-seeds", OtherSeeds)
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
