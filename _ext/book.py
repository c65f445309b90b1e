"""What the book adds to Sphinx: the repository's address, the page of claims, repairs of the theme's HTML."""

import json
import os
import re
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sgdphysics.claims import ClaimsTable

logger = logging.getLogger(__name__)


def repository_url(source_dir):
    """https://HOST/OWNER/NAME of the repository that the build runs from, or None when it has no public one.

    A build on GitHub names it in GITHUB_REPOSITORY; elsewhere it is git's remote, on GitHub or GitLab.
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
    """[(docname, ledger)] in the order of the book; a notebook that left no claims is a warning."""
    found = []
    for docname in app.env.collect_relations():
        ledger = Path(app.outdir).parent / "claims" / f"{Path(docname).name}.json"
        if ledger.exists():
            found.append((docname, json.loads(ledger.read_text(encoding="utf-8"))))
        elif str(app.env.doc2path(docname)).endswith(".ipynb"):
            logger.warning("this notebook wrote no claims", location=docname)
    return found


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


def closest_call(claims):
    """Of the claims with a bound on abs(z), the one that used the largest share of it, as text."""
    bounds = [(claim, re.match(r"\|z\| < ([\d.]+)", claim["tolerance"])) for claim in claims]
    shares = [(abs(claim["z"]) / float(bound[1]), claim, bound[1]) for claim, bound in bounds if bound]
    if not shares:
        return "–"
    _, claim, bound = max(shares, key=lambda entry: entry[0])
    return f"{claim['name']}: |z| = {abs(claim['z']):.2f} of {bound}"


def overview_row(app, fromdoc, docname, claims):
    link = nodes.reference("", app.env.titles[docname].astext(), internal=True)
    link["refuri"] = app.builder.get_relative_uri(fromdoc, docname)
    return [link, f"{sum(claim['passed'] for claim in claims)} of {len(claims)}", closest_call(claims)]


def fill_claims_summary(app, doctree, docname):
    """Notebooks run while pages are read; now, while they are written, the claims of all are there."""
    for place in list(doctree.findall(claims_summary)):
        ledgers = chapter_claims(app)
        overview = [overview_row(app, docname, chapter, ledger["claims"]) for chapter, ledger in ledgers]
        seeds = ", ".join(sorted({str(ledger["seed"]) for _, ledger in ledgers}))
        header = ["chapter", "claims that hold", "closest call"]
        tables = [table(f"All chapters, with BOOK_SEED = {seeds}", "claims-overview", header, overview)]
        for chapter, ledger in ledgers:
            title, shown = app.env.titles[chapter].astext(), ClaimsTable(ledger["claims"])
            tables.append(table(title, f"claims-{Path(chapter).name}", shown.header, shown.rows))
        place.replace_self(tables)


def repair_body(app, pagename, templatename, context, doctree):
    """Roles that may stand in a list, and pictures that are fetched when the reader comes near them."""
    if "body" not in context:
        return
    # Docutils gives the entries of a role="list" a deprecated role, where only list items are allowed.
    body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    sources = {name: Path(app.srcdir) / source for source, name in app.builder.images.items()}

    def lazy(match):
        # The size is named so that the text does not jump when the picture comes.
        header = sources[match[1]].read_bytes()[:24]
        width, height = (int.from_bytes(header[at : at + 4], "big") for at in (16, 20))
        return f'{match[0]} width="{width}" height="{height}" loading="lazy"'

    context["body"] = re.sub(r'src="[^"]*_images/([^"/]+\.png)"', lazy, body)


def drop_icon_script(app, exception):
    """The theme brings its icons twice, as a font and as a script of half a megabyte: the font is enough."""
    script = re.compile(r"<script[^>]*/fontawesome\.js[^>]*></script>")
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(script.sub("", page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def setup(app):
    # Notebooks inherit it: figures then show their static rendering alone.
    os.environ["BOOK_STATIC"] = "1"
    app.add_directive("claims-summary", ClaimsSummary)
    app.connect("config-inited", set_repository)
    app.connect("doctree-resolved", fill_claims_summary)
    app.connect("html-page-context", repair_body)
    app.connect("build-finished", drop_icon_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
