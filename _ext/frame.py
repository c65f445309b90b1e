"""What stands around a chapter: how it is announced elsewhere, how long it takes, and a footer that says what it is."""

import os
import platform
import re
from datetime import date
from pathlib import Path

import numpy
import yaml
from book import git, repository_url
from bs4 import BeautifulSoup
from docutils import nodes
from evidence import ledger

TEMPLATES = Path(__file__).with_name("templates")
WORDS_PER_MINUTE = 200  # of a text with formulas and figures
SHORT_PATH = "Short of time?"  # how the line in a chapter's opening box begins
DESCRIPTION = 200  # characters: what previews show of a description


def published_at(source_dir):
    """The address of the book's pages on GitHub or GitLab, or "" where it has no public repository."""
    url = repository_url(source_dir) or ""
    match = re.fullmatch(r"https://(github|gitlab)\.com/([^/]+)/([^/]+)", url)
    return f"https://{match[2].lower()}.{match[1]}.io/{match[3]}/" if match else ""


def set_frame(app, config):
    config.templates_path.append(str(TEMPLATES))
    config.html_baseurl = config.html_baseurl or published_at(app.srcdir)
    citation = Path(app.srcdir) / "CITATION.cff"
    record = yaml.safe_load(citation.read_text(encoding="utf-8")) if citation.exists() else {}
    config.release = config.version = str(record.get("version", ""))


def prose(doctree):
    """The paragraphs of a page, formulas and all, without what is folded, printed or computed."""
    for paragraph in doctree.findall(nodes.paragraph):
        above, inside = paragraph.parent, True
        while above is not None and inside:
            folded = {"dropdown", "toggle", "sd-card", "claims"} & set(above.get("classes", []))
            inside = not (folded or isinstance(above, (nodes.table, nodes.citation)))
            above = above.parent
        if inside:
            yield paragraph


def minutes(paragraphs):
    words = sum(len(paragraph.astext().split()) for paragraph in paragraphs)
    return max(1, round(words / WORDS_PER_MINUTE))


def section(node):
    """The section that a node stands in, without those around it."""
    while not isinstance(node, nodes.section):
        node = node.parent
    return node


def time_short_path(doctree):
    """Say after the short path through a chapter how long its sections take."""
    for path in doctree.findall(nodes.paragraph):
        if path.astext().startswith(SHORT_PATH):
            chosen = {link["refid"] for link in path.findall(nodes.reference)}
            parts = [one for one in prose(doctree) if chosen & set(section(one)["ids"])]
            path += nodes.Text(f" (about {minutes(parts)} minutes)")


def say_reading_time(app, doctree, docname):
    """Under a chapter's title: how long its prose takes, and what else there is to look at."""
    if app.builder.format != "html" or not docname.startswith("chapters/"):
        return
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    figures = len(list(doctree.findall(nodes.figure)))
    live = sum('class="live"' in raw.astext() for raw in doctree.findall(nodes.raw))
    time_short_path(doctree)
    parts = [f"about {minutes(prose(doctree))} minutes to read", f"{figures} figures" if figures else ""]
    parts.append(f"{live} that move" if live else "")
    line = nodes.paragraph("", " · ".join(filter(None, parts)), classes=["reading-time"])
    title = next(doctree.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1, line)


def description(doctree):
    """A page's first sentences, as many as a preview shows."""
    text = ""
    for paragraph in prose(doctree):
        if "reading-time" in paragraph["classes"] or paragraph.parent.tagname == "list_item":
            continue
        if any(paragraph.findall(nodes.math)):
            continue
        text = " ".join(paragraph.astext().split())
        break
    if len(text) <= DESCRIPTION:
        return text
    sentences = text[: DESCRIPTION + 1].rpartition(". ")[0]
    return f"{sentences}." if sentences else text[:DESCRIPTION].rpartition(" ")[0] + " …"


def picture(app, docname, body):
    """(file, alt text) of a page's picture: the first that it shows, on the landing page the one of the README."""
    if docname == app.config.root_doc:
        return "_static/readme.png", "A pot of water that is heated, and beside it the curves measured in it."
    found = BeautifulSoup(body, "html.parser").select_one('img[src*="_images/"]')
    return (f"_images/{Path(found['src']).name}", found.get("alt", "")) if found else ("", "")


def announce(app, pagename, templatename, context, doctree):
    """Description and social card; addresses in them must be whole, so the picture needs a published book."""
    context["card"], context["colophon"] = [], colophon(app)
    if doctree is None:
        return
    title, text = re.sub("<[^>]*>", "", context["title"]), description(doctree)
    kind = "book" if pagename == app.config.root_doc else "article"
    card = {"description": text, "og:title": title, "og:description": text, "og:type": kind}
    card["og:site_name"] = app.config.html_title or app.config.project
    card["twitter:card"] = "summary_large_image"
    if base := app.config.html_baseurl:
        card["og:url"] = context["pageurl"]
        source, alt = picture(app, pagename, context["body"])
        if source:
            card |= {"og:image": base + source, "og:image:alt": alt}
    context["card"] = [(name, value) for name, value in card.items() if value]


def colophon(app):
    """What this build of the book is, for its footer."""
    claims = [claim for docname in app.env.found_docs for claim in (ledger(app, docname) or {"claims": []})["claims"]]
    # A build from the same commit is the same: SOURCE_DATE_EPOCH or the commit's day, today's only without both.
    day = git(app.srcdir, "show", "-s", "--format=%cs") or date.today().isoformat()
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    day = date.fromtimestamp(int(epoch)).isoformat() if epoch else day
    commit = git(app.srcdir, "rev-parse", "--short", "HEAD")
    return {
        "date": day,
        "commit": commit,
        "repository": repository_url(app.srcdir),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "passed": sum(claim["passed"] for claim in claims),
        "claims": len(claims),
        "address": app.config.html_baseurl,
        "year": day[:4],
    }


def setup(app):
    app.connect("config-inited", set_frame)
    app.connect("doctree-resolved", say_reading_time)
    app.connect("html-page-context", announce)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
