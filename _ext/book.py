"""What the book adds to Sphinx: the repository's address, the page of claims, and repairs of the theme's HTML."""

import json
import os
import re
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


def repository_url(source_dir):
    """https://HOST/OWNER/NAME of the repository that the build runs from, or None when it has no public one.

    A build on GitHub names it in GITHUB_REPOSITORY; elsewhere it is git's remote, if that is on GitHub or GitLab.
    """
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
    command = ["git", "-C", str(source_dir), "remote", "get-url", "origin"]
    try:
        remote = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(?:@|//)(?:[^@/]*@)?(github\.com|gitlab\.com)[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", remote)
    return f"https://{match[1]}/{match[2]}" if match else None


def set_repository(app, config):
    """Give the theme the repository's address; without one, leave out the buttons that would need it."""
    options = config.html_theme_options
    if url := repository_url(app.srcdir):
        options.update(repository_url=url, use_repository_button=True, use_issues_button=True)
    else:
        options.update(repository_url="", launch_buttons={})


class claims_summary(nodes.General, nodes.Element):
    """Where the tables of claims go, once every chapter has run."""


class ClaimsSummary(SphinxDirective):
    """``{claims-summary}``: all claims of this build, chapter by chapter."""

    def run(self):
        return [claims_summary()]


def chapter_claims(app):
    """[(docname, claims)] in the order of the book; a notebook that left no claims is a warning."""
    found = []
    for docname in app.env.collect_relations():
        ledger = Path(app.outdir).parent / "claims" / f"{Path(docname).name}.json"
        if ledger.exists():
            found.append((docname, json.loads(ledger.read_text(encoding="utf-8"))["claims"]))
        elif str(app.env.doc2path(docname)).endswith(".ipynb"):
            logger.warning("this notebook wrote no claims", location=docname)
    return found


def figure(value):
    """A number, an interval or a text as the table prints it."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return " to ".join(figure(part) for part in value)
    return value if isinstance(value, str) else f"{value:.4g}"


def table(title, identifier, header, rows):
    """A docutils table of strings (or nodes) with a caption."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in header), cols=len(header))
    for part, lines in ((nodes.thead(), [header]), (nodes.tbody(), rows)):
        for line in lines:
            row = nodes.row()
            for cell in line:
                content = cell if isinstance(cell, nodes.Node) else nodes.Text(cell)
                row += nodes.entry("", nodes.paragraph("", "", content))
            part += row
        group += part
    box = nodes.container("", classes=["claims"])
    box += nodes.table("", nodes.title("", title), group, ids=[identifier])
    return box


def claim_row(claim):
    ours = figure(claim["value"]) + (f" ± {figure(claim['se'])}" if claim["se"] is not None else "")
    verdict = "pass" if claim["passed"] else "FAIL"
    return [claim["name"], figure(claim["expected"]), ours, figure(claim["z"]), figure(claim["tolerance"]),
            claim["source"], verdict]  # fmt: skip


def overview_row(app, fromdoc, docname, claims):
    link = nodes.reference("", app.env.titles[docname].astext(), internal=True)
    link["refuri"] = app.builder.get_relative_uri(fromdoc, docname)
    farthest = max((abs(claim["z"]) for claim in claims if claim["z"] is not None), default=None)
    return [link, f"{sum(claim['passed'] for claim in claims)} of {len(claims)}", figure(farthest)]


def fill_claims_summary(app, doctree, docname):
    """Every notebook was run while the pages were read, so that now, while they are written, all claims are there."""
    for place in list(doctree.findall(claims_summary)):
        chapters = chapter_claims(app)
        overview = [overview_row(app, docname, chapter, claims) for chapter, claims in chapters]
        tables = [table("All chapters", "claims-overview", ["Chapter", "Claims that hold", "Largest |z|"], overview)]
        header = ["Claim", "Paper or exact", "Ours", "z", "Tolerance", "Source", "Verdict"]
        for chapter, claims in chapters:
            title, name = app.env.titles[chapter].astext(), Path(chapter).name
            tables.append(table(title, f"claims-{name}", header, [claim_row(claim) for claim in claims]))
        place.replace_self(tables)


def setup(app):
    # Notebooks inherit it: figures then show their static rendering alone.
    os.environ["BOOK_STATIC"] = "1"
    app.add_directive("claims-summary", ClaimsSummary)
    app.connect("config-inited", set_repository)
    app.connect("doctree-resolved", fill_claims_summary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
