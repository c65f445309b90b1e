"""The page that gathers the claims of the whole book, each chapter's folded: ``{claims-summary}``."""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from evidence import SUMMARY, html, ledger, places, summary_page
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sgdphysics.claims import ClaimsTable

logger = logging.getLogger(__name__)


class claims_summary(nodes.General, nodes.Element):
    """Where the tables of claims go, once every chapter has run."""


class ClaimsSummary(SphinxDirective):
    """``{claims-summary}``: all claims of this build, chapter by chapter."""

    def run(self):
        self.env.metadata[self.env.docname][SUMMARY] = True
        return [claims_summary()]


def outdated_summary(app, env, added, changed, removed):
    """The page of claims is made anew with any chapter."""
    page = summary_page(env)
    return [page] if page in env.found_docs and added | changed | removed else []


def chapter_ledgers(app):
    """[(docname, ledger)] in the order of the book; a notebook that left no claims is a warning."""
    found = []
    for docname in app.env.collect_relations():
        if record := ledger(app, docname):
            found.append((docname, record))
        elif str(app.env.doc2path(docname)).endswith(".ipynb"):
            logger.warning("this notebook wrote no claims", location=docname)
    return found


def table(title, identifier, header, rows, ids=()):
    """A docutils table of strings (or nodes) with a caption; ``ids`` are those of its rows."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=20) for _ in header), cols=len(header))
    names = iter(ids)
    for part, lines in ((nodes.thead(), [header]), (nodes.tbody(), rows)):
        for line in lines:
            row = nodes.row(ids=[name for name in [next(names, None)] if name] if line is not header else [])
            for cell in line:
                content = cell if isinstance(cell, nodes.Node) else nodes.Text(cell)
                row += nodes.entry("", nodes.paragraph("", "", content))
            part += row
        group += part
    box = nodes.container("", classes=["claims"])
    box += nodes.table("", nodes.title("", title), group, ids=[identifier])
    return box


def closest_call(claims):
    """Of the claims with a bound on abs(z), the one that used the largest share of it, as text."""
    bounds = [(claim, re.match(r"\|z\| < ([\d.]+)", claim["tolerance"])) for claim in claims]
    shares = [(abs(float(claim["z"])) / float(bound[1]), claim, bound[1]) for claim, bound in bounds if bound]
    if not shares:
        return "–"
    _, claim, bound = max(shares, key=lambda entry: entry[0])
    return f"{claim['name']}: |z| = {abs(claim['z']):.2f} of {bound}"


def link(text, address):
    return nodes.reference("", text, internal=True, refuri=address)


def overview_row(app, fromdoc, docname, claims):
    title = link(app.env.titles[docname].astext(), app.builder.get_relative_uri(fromdoc, docname))
    hold = f"{sum(claim['passed'] for claim in claims)} of {len(claims)}"
    return [title, link(hold, f"#claims-{Path(docname).name}"), closest_call(claims)]


def chapter_table(app, docname, record):
    """All figures of a chapter's claims; each sentence leads to where it is made."""
    shown, where = ClaimsTable(record["claims"]), places(app, docname, record, in_chapter=False)
    rows = [[link(name, where[name][1]), *rest] for name, *rest in shown.rows]
    title, identifier = app.env.titles[docname].astext(), f"claims-{Path(docname).name}"
    return table(title, identifier, shown.header, rows, [identifier for identifier, _ in where.values()])


def fill_claims_summary(app, doctree, docname):
    """Notebooks run while pages are read; now, while they are written, the claims of all are there."""
    for place in list(doctree.findall(claims_summary)):
        ledgers = chapter_ledgers(app)
        overview = [overview_row(app, docname, chapter, record["claims"]) for chapter, record in ledgers]
        seeds = ", ".join(sorted({str(record["seed"]) for _, record in ledgers}))
        header = ["chapter", "claims that hold", "closest call"]
        tables = [table(f"All chapters, with BOOK_SEED = {seeds}", "claims-overview", header, overview)]
        for chapter, record in ledgers:
            tables += [html(f"<details class='claims'><summary>{escape(app.env.titles[chapter].astext())}</summary>")]
            tables += [chapter_table(app, chapter, record), html("</details>")]
        place.replace_self(tables)


def setup(app):
    app.add_directive(SUMMARY, ClaimsSummary)
    app.connect("env-get-outdated", outdated_summary)
    app.connect("doctree-resolved", fill_claims_summary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
