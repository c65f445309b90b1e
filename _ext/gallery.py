"""The gallery: each live figure as its chapter shows it, on a page of its own, ``figures/NAME.html``.

``{live-figure} NAME`` stands in a section, whose title is the figure's, and holds what to ask a class. It becomes a
card: the picture, the question, the ways to the figure's page and to its chapter, and the lines that embed the page
elsewhere. The page is one file, which fetches nothing and works wherever it lies.
"""

import base64
import posixpath
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.parsers.rst import directives
from evidence import html
from frame import section
from paper import PICTURE
from PIL import Image
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {chapter}</title><link rel="icon" href="data:,"></head>
<body class="live-alone"><main>{figure}</main></body>
</html>
"""
FOOT = """<div class="live-from"><p><b>{title}</b>, from <a href="{address}#{anchor}" target="_blank">{chapter}</a></p>
<div class="live-keep"></div></div></figure>"""
CARD = """<div class="live-card"><a href="{own}"><img class="dark-light" src="{picture}" alt="{alt}"
width="{width}" height="{height}" loading="lazy"></a><div>"""
WAYS = """<p><a href="{own}">Its own page</a> · <a href="{address}#{anchor}">{chapter}</a></p>
<details><summary>For a page of yours</summary>"""
FRAME = """<iframe src="{address}" title="{title}"
  width="640" height="560" allowfullscreen
  style="border: 0; max-width: 100%;
    height: clamp(560px, 1500px - 100vw, 860px)"></iframe>"""
RELATIVE = """<p>This copy of the book does not know where it is published: put its address before
<code>figures</code>.</p>"""


class live_card(nodes.General, nodes.Element):
    """Where a card goes, once the chapters are read."""


class LiveFigure(SphinxDirective):
    """``{live-figure} NAME``: the first figure of that name on the page ``chapter`` of the same folder.

    Figures that share their script are told apart by ``script``, the name of it, and their chapters.
    """

    required_arguments = 1
    has_content = True
    option_spec = {"chapter": directives.unchanged_required, "script": directives.unchanged_required}

    def run(self):
        (name,) = self.arguments
        chapter = posixpath.join(posixpath.dirname(self.env.docname), self.options["chapter"])
        card = live_card(name=name, chapter=chapter, script=self.options.get("script", name))
        self.set_source_info(card)
        self.state.nested_parse(self.content, self.content_offset, card)
        return [card]


def fill_cards(app, doctree, docname):
    """Put each card into its place; builders other than HTML's keep the question alone."""
    for card in list(doctree.findall(live_card)):
        figure = find_figure(app, card) if app.builder.format == "html" else None
        card.replace_self(make_card(app, docname, card, figure) if figure else card.children)


def find_figure(app, card):
    """The node of the figure's HTML in its chapter, or None, which is a warning."""
    raws = app.env.get_doctree(card["chapter"]).findall(nodes.raw)
    figure = next((raw for raw in raws if f'data-live="{card["script"]}"' in raw.astext()), None)
    if figure is None:
        logger.warning("%s shows no live figure %s", card["chapter"], card["script"], location=card)
    return figure


def make_card(app, docname, card, figure):
    """The nodes of a card, its figure's page being written beside the book's."""
    page, base = f"figures/{card['name']}", app.config.html_baseurl
    uri, relative = app.builder.get_target_uri, app.builder.get_relative_uri
    words = {
        "title": escape(next(section(card).findall(nodes.title)).astext()),
        "chapter": escape(app.env.titles[card["chapter"]].astext()),
        "anchor": section(figure)["ids"][0],
    }
    # A page that is carried elsewhere still finds its chapter, where the book knows its own address.
    back = base + uri(card["chapter"]) if base else relative(page, card["chapter"])
    write_page(Path(app.outdir) / uri(page), figure.astext(), address=back, **words)
    img, own = BeautifulSoup(figure.astext(), "html.parser").img, relative(docname, page)
    width, height = write_picture(Path(app.outdir) / f"{page}.webp", img["src"])
    picture = CARD.format(
        own=own, picture=own.replace(".html", ".webp"), alt=escape(img["alt"]), width=width, height=height
    )
    ways = WAYS.format(own=own, address=relative(docname, card["chapter"]), **words)
    frame = FRAME.format(address=base + uri(page), **words)
    lines = nodes.literal_block(frame, frame, language="html")
    return [html(picture), *card.children, html(ways), lines, html(f"{'' if base else RELATIVE}</details></div></div>")]


def write_page(path, figure, **words):
    """The figure alone, with the way back to its chapter and a place for what its script lets a reader save."""
    path.parent.mkdir(exist_ok=True)
    figure = figure.replace("</figure>", FOOT.format(**words))
    path.write_text(PAGE.format(figure=figure, **words), encoding="utf-8", newline="\n")


def write_picture(path, source):
    """The picture that stood in a page, as a file; its width and height."""
    path.write_bytes(base64.b64decode(PICTURE.fullmatch(source)[1]))
    with Image.open(path) as image:
        return image.size


def setup(app):
    app.add_directive("live-figure", LiveFigure)
    app.connect("doctree-resolved", fill_cards)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
