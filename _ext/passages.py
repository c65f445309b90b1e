"""The search: each section of the book with its prose, in one script that also works from a file.

Sphinx's own index leads to whole pages, its excerpts are contents lists, code and LaTeX, and each page loads it.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

SCRIPT = Path(__file__).with_name("passages.js")
NOT_PROSE = (
    "script, style, noscript, pre, table, details.evidence, .headerlink, .section-number, .hide, .toctree-wrapper,"
    " .live-controls, .live-tabs, .live-says, .live-spoken, .reading-time, .cited-in"
)
#: Formulas that can be read as they are typed: q, T = 1, w_k.
PLAIN = re.compile(r"[\w\s=<>+\-.,()/']*")


def readable(formula):
    """A formula of the text as an excerpt shows it: a plain one as it is typed, any other as an ellipsis."""
    tex = re.sub(r"^\\\(|\\\)$", "", formula)
    return tex if PLAIN.fullmatch(tex) else "…"


def passages(html):
    """[(anchor, title, prose)] of the sections of a page, in its order; the page's own beginning has no anchor."""
    article = BeautifulSoup(html, "html.parser").select_one("article.bd-article")
    for element in article.select(NOT_PROSE):
        element.decompose()
    for formula in article.select(".math"):
        formula.replace_with(readable(formula.get_text()) if formula.name == "span" else " … ")
    found = []
    for section in reversed(article.select("section")):  # the inner ones first: a section's prose is its own alone
        heading = section.find(re.compile("h[1-6]"), recursive=False)
        if heading is None:
            continue
        title = " ".join(heading.extract().get_text().split())
        anchor = "" if section.parent is article else section["id"]
        found.append((anchor, title, " ".join(section.extract().get_text(" ").split())))
    return [(anchor, title, re.sub(r" (?=[.,:;!?)])", "", text)) for anchor, title, text in reversed(found)]


def write(app, exception):
    """Write the search's script, with the sections of all pages."""
    if exception or app.builder.format != "html":
        return
    pages = []
    for docname in app.env.collect_relations():
        address = app.builder.get_target_uri(docname)
        html = (Path(app.outdir) / address).read_text(encoding="utf-8")
        pages.append([address, app.env.titles[docname].astext(), passages(html)])
    data = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    script = f"const PAGES = {data};\n{SCRIPT.read_text(encoding='utf-8')}"
    (Path(app.outdir) / "passages.js").write_text(script, encoding="utf-8", newline="\n")
    for unused in ("searchindex.js", "_static/searchtools.js", "_static/language_data.js"):
        (Path(app.outdir) / unused).unlink(missing_ok=True)


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
