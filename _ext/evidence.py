"""The evidence of claims: in each cell that makes some, one line that opens.

Kernels write each chapter's ledger into the folder that BOOK_CLAIMS names, while its page is read. When pages are
written the ledgers are all there. Builders other than HTML's show the lines that claims print.
"""

import json
import os
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from sgdphysics.evidence import headline, items, tick

logger = logging.getLogger(__name__)

PRINTED = re.compile(r"(?:PASS|FAIL)  (.+)")
SUMMARY = "claims-summary"


def folder(app):
    """Where the ledgers of this build lie: beside its pages, wherever these are written."""
    return Path(app.outdir).parent / "claims"


def tell_kernels(app, config):
    """Notebooks inherit it."""
    os.environ["BOOK_CLAIMS"] = str(folder(app))


def ledger(app, docname):
    """The ledger that a chapter left, or None."""
    path = folder(app) / f"{Path(docname).name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def anchors(prefix, claims):
    """{name: id} of claims: the prefix and the words of the sentence."""
    found = {}
    for claim in claims:
        slug = identifier = nodes.make_id(f"{prefix}-{claim['name']}")
        number = 1
        while identifier in found.values():
            number += 1
            identifier = f"{slug}-{number}"
        found[claim["name"]] = identifier
    return found


def summary_page(env):
    """The page with the directive, or None."""
    return next((docname for docname, metadata in env.metadata.items() if SUMMARY in metadata), None)


def places(app, docname, record, *, in_chapter):
    """{name: (id, link)} of each claim in its chapter, with the link to the page of all claims; or the reverse."""
    stem = Path(docname).name
    chapter, table = (anchors(f"{word}-{stem}", record["claims"]) for word in ("claim", "checked"))
    page = summary_page(app.env)
    if not in_chapter:
        base = app.builder.get_relative_uri(page, docname)
        return {name: (table[name], f"{base}#{chapter[name]}") for name in chapter}
    base = page and app.builder.get_relative_uri(docname, page)
    return {name: (chapter[name], page and f"{base}#{table[name]}") for name in chapter}


def show_evidence(app, doctree, docname):
    """Give each cell with claims its evidence, in the place of the lines that they print."""
    if app.builder.format != "html" or not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    record, printed = ledger(app, docname) or {"claims": [], "seed": None}, []
    where = places(app, docname, record, in_chapter=True)
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        source, output = part(cell, "cell_code_source"), part(cell, "cell_code_output")
        if source and source.astext().strip() == "claims.table()":
            cell.clear()
            fold(cell, source, *whole_chapter(app, docname, record, where))
        elif output and (names := take_printed(output)):
            printed += names
            claims = [claim for claim in record["claims"] if claim["name"] in names]
            if source and "claims" in cell["cell_metadata"].get("tags", []):
                cell.remove(source if source.parent is cell else source.parent)
            else:
                source = None
            fold(cell, source, headline(claims), items(claims, record["seed"], where))
    warn_of_mismatch(docname, record, printed)


def part(cell, name):
    """The container of a cell's source or of its output, or None."""
    return next((node for node in cell.findall(nodes.container) if node.get("nb_element") == name), None)


def take_printed(output):
    """Remove the lines of claims from what a cell printed, and what is empty then; return the claims' names."""
    names = []
    for text in list(output.findall(nodes.literal_block)):
        lines = text.astext().splitlines()
        rest = "\n".join(line for line in lines if not PRINTED.fullmatch(line))
        names += [match[1] for match in map(PRINTED.fullmatch, lines) if match]
        if rest.strip():
            text.rawsource, text[:] = rest, [nodes.Text(rest)]
        elif lines:
            text.parent.remove(text)
    if not output.children:
        output.parent.remove(output)
    return names


def fold(cell, source, summary, content):
    """Put one line into a cell that opens into ``content``, and into the code if it shows nothing but claims."""
    cell += html(f'<details class="evidence"><summary>{summary}</summary>\n{content}')
    if source:
        cell += [html("<details><summary>code</summary>"), source, html("</details>")]
    cell += html("</details>")


def html(text):
    return nodes.raw("", text, format="html")


def whole_chapter(app, docname, record, where):
    """The line of a chapter's last section: its sentences, each with a link to where it is made."""
    lines = [
        f'<li>{tick(claim)} <a href="#{where[claim["name"]][0]}">{escape(claim["name"])}</a></li>'
        for claim in record["claims"]
    ]
    content = "<ul>\n" + "\n".join(lines) + "\n</ul>"
    if page := summary_page(app.env):
        address = f"{app.builder.get_relative_uri(docname, page)}#claims-{Path(docname).name}"
        title = escape(app.env.titles[page].astext())
        content += f'\n<p>The figures of all in one table: <a href="{address}">{title}</a>.</p>'
    return f"{headline(record['claims'])} in this chapter", content


def warn_of_mismatch(docname, record, printed):
    """The page and its ledger must come from one run, and hold the same claims, each once."""
    known = [claim["name"] for claim in record["claims"]]
    faults = {
        "the page prints claims that its ledger does not hold": set(printed) - set(known),
        "the ledger holds claims that the page does not print": set(known) - set(printed),
        "claims that fail": {claim["name"] for claim in record["claims"] if not claim["passed"]},
        "claimed in two cells": {name for name in printed if printed.count(name) > 1},
    }
    for fault, names in faults.items():
        if names:
            logger.warning("%s: %s", fault, sorted(names), location=docname)
    seed = os.environ.get("BOOK_SEED", "0")
    if known and str(record["seed"]) != seed:
        logger.warning("BOOK_SEED is %s, and the ledger was written with %s", seed, record["seed"], location=docname)


def setup(app):
    app.connect("config-inited", tell_kernels)
    app.connect("doctree-resolved", show_evidence)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
