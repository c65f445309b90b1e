"""Static figures on pages: of the four pictures that a cell drew, the browser takes the one for its width and theme.

Each leads to its wide picture, larger; where scripts run, over the page (_static/way.js).

Kernels leave them beside the ledger of claims (:mod:`sgdphysics.renderings`). Builders other than HTML's show the
picture that the notebook shows.
"""

import re
import shutil
from html import escape
from pathlib import Path

from book import size
from docutils import nodes
from evidence import folder, part

from sgdphysics.renderings import file_name

WIDE = 600  #: pixels from which on the wide picture is shown


def picture(address, found, alt, dark):
    """The element of one theme. Sizes are named, so that nothing jumps when the picture comes."""
    narrow, wide = found[True, dark], found[False, dark]
    shape = 'width="{}" height="{}"'
    return (
        f'<a class="enlarge figure-{"dark" if dark else "light"}" href="{address}{wide.name}"><picture>'
        f'<source media="(max-width: {WIDE - 1}px)" srcset="{address}{narrow.name}" {shape.format(*size(narrow))}>'
        f'<img class="dark-light" src="{address}{wide.name}" alt="{escape(alt)}" {shape.format(*size(wide))} '
        f'loading="lazy"></picture></a>'
    )


STACKED = re.compile(r"subplots\(\s*1,\s*(\d)|subplot_mosaic\(")
PLACE = re.compile(r"(?<=\()(left|middle|right)\b|\b(Left|Middle|Right)(?=[:,])")


def name_places(caption, panels):
    """Where panels are stacked, what stands left is on top: have a caption say so where the narrow picture is shown."""
    for text in list(caption.findall(nodes.Text)):
        parts, end = [], 0
        for found in PLACE.finditer(text):
            narrow = {"left": "top", "middle": "middle", "right": "below" if panels < 3 else "bottom"}[found[0].lower()]
            narrow = narrow.capitalize() if found[0].istitle() else narrow
            words = f'<span class="where-wide">{found[0]}</span><span class="where-narrow">{narrow}</span>'
            parts += [nodes.Text(text[end : found.start()]), nodes.raw("", words, format="html")]
            end = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def show_renderings(app, doctree, docname):
    """Put the four pictures in the place of each figure's image."""
    if app.builder.format != "html" or not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    place = folder(app) / Path(docname).name
    address = app.builder.get_relative_uri(docname, "_images/x").rpartition("_images")[0] + "_images/"
    for cell in list(doctree.findall(nodes.container)):
        source = part(cell, "cell_code_source") if cell.get("nb_element") == "cell_code" else None
        images = list(cell.findall(nodes.image)) if source else []
        modes = [(narrow, dark) for narrow in (False, True) for dark in (False, True)]
        found = {mode: place / file_name(source.astext(), *mode) for mode in modes} if images else {}
        if found and all(path.exists() for path in found.values()):
            for path in found.values():
                target = Path(app.outdir) / "_images" / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            html = "".join(picture(address, found, images[0].get("alt", ""), dark) for dark in (False, True))
            images[0].replace_self(nodes.raw("", html, format="html"))
            if stacked := STACKED.search(source.astext()):
                for caption in cell.findall(nodes.caption):
                    name_places(caption, int(stacked[1] or 2))


def setup(app):
    app.connect("doctree-resolved", show_renderings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
