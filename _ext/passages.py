"""The search: each section of the book with its prose, in one script that also works from a file.

Sphinx's own index leads to whole pages, its excerpts are contents lists, code and LaTeX, and each page loads it.
"""

import json
import re
import unicodedata
from pathlib import Path

from bs4 import BeautifulSoup

SCRIPT = Path(__file__).with_name("passages.js")
NOT_PROSE = (
    "script, style, noscript, pre, table, details.evidence, .headerlink, .section-number, .hide, .toctree-wrapper,"
    " .where-narrow, .live-card details, .live-controls, .live-tabs, .live-says, .live-spoken, .reading-time, .cited-in"
)
GREEK = "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
PLAIN = re.compile(r"[\w\s=<>+\-.,()/'²³]*")


def letter(match):
    """The letter that a TeX name of one stands for; other names are left."""
    name = match[1].lower()
    size = "SMALL" if match[1].islower() else "CAPITAL"
    return unicodedata.lookup(f"GREEK {size} LETTER {name.replace('lambda', 'lamda')}") if name in GREEK else match[0]


def readable(formula):
    """A formula of the text as an excerpt shows it: a plain one, such as T = 1, as it is; any other as an ellipsis."""
    tex = re.sub(r"\\([A-Za-z]+)\b", letter, re.sub(r"^\\\(|\\\)$", "", formula))
    tex = tex.replace("^2", "²").replace("^3", "³").replace("_", "").replace(r"\,", " ")
    return " ".join(tex.split()) if PLAIN.fullmatch(tex) else "…"


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
