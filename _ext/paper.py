"""The book as one PDF, by TeX: the prose, the pictures, the code that is the point, and the lines that claims print.

What pages hide or fold stays out, and what they show as HTML becomes a picture, a table or a paragraph.
"""

import base64
import hashlib
import io
import re
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from evidence import part

HIDDEN = {"hide-input", "hide-cell", "remove-input", "claims"}
PICTURE = re.compile(r"data:image/webp;base64,(.+)")


def put_on_paper(app, doctree, docname):
    """Take hidden code out of a page, and turn its HTML into what TeX can set."""
    if app.builder.format != "latex":
        return
    for cell in list(doctree.findall(nodes.container)):
        source = part(cell, "cell_code_source") if cell.get("nb_element") == "cell_code" else None
        if source and HIDDEN & set(cell["cell_metadata"].get("tags", [])):
            source.parent.remove(source)
    for raw in list(doctree.findall(nodes.raw)):
        if raw.get("format") == "html":
            raw.replace_self(list(set_in_type(raw.astext(), Path(app.outdir))))
    for one in doctree.findall(nodes.table):
        share_width(one)


def set_in_type(html, folder):
    """The nodes for a piece of HTML; pictures in it are written into ``folder``."""
    soup = BeautifulSoup(html, "html.parser")
    if soup.select_one("figure.live"):
        # "?": a picture that Sphinx need not look for
        yield nodes.image(uri=picture(soup.img["src"], folder), candidates={"?": ""}, width="100%")
        yield nodes.paragraph("", words(soup.figcaption))
    elif soup.table:
        yield table([[words(cell) for cell in row.select("th, td")] for row in soup.select("tr")])
    elif text := words(soup):
        yield nodes.paragraph("", text)


def words(tag):
    return " ".join(tag.get_text(" ").split())


def picture(source, folder):
    """The file name of a picture that stood in its page, as a PNG."""
    from PIL import Image

    webp = base64.b64decode(PICTURE.fullmatch(source)[1])
    name = f"{hashlib.sha256(webp).hexdigest()[:16]}.png"
    Image.open(io.BytesIO(webp)).save(folder / name)
    return name


def table(rows):
    """A table whose first row is its head."""
    width = max(map(len, rows))
    columns = [nodes.colspec(colwidth=1) for _ in range(width)]
    lines = [nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row)) for row in rows]
    group = nodes.tgroup("", *columns, nodes.thead("", lines[0]), nodes.tbody("", *lines[1:]), cols=width)
    return nodes.table("", group)


def share_width(table):
    """Give each column a share of the line by its longest text, so that a wide table stays on its sheet."""
    columns = list(table.findall(nodes.colspec))
    lengths = [1] * len(columns)
    for row in table.findall(nodes.row):
        lengths = [max(length, min(len(cell.astext()), 40)) for length, cell in zip(lengths, row, strict=False)]
    for column, length in zip(columns, lengths, strict=False):
        column["colwidth"] = 4 + length
    table["classes"].append("colwidths-given")


def setup(app):
    app.connect("doctree-resolved", put_on_paper)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
