"""Four renderings of a static figure for the built page, wide and narrow, light and dark, from the cell that draws it.

A cell that draws a figure draws it once more for each rendering, in a copy of its namespace: in the style and the
colours of that rendering, with panels that stand side by side stacked where it is narrow. In JupyterLab a figure is
drawn once.
"""

import contextlib
import hashlib
import io
import os
import sys
import textwrap
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.transforms import ScaledTranslation

from sgdphysics import plots

NARROW = 3.75  #: inches, for a screen of 360 pixels: type of 11 points is then 14 pixels high
CONTRAST = 4.5  #: of every letter with what is behind it (WCAG AA)
SMALLEST = 8.5  #: points, of letters in a narrow figure: 11 pixels
DOTS = 200  #: an inch


def begin():
    """From now on, cells that draw are drawn for the page too, if this kernel runs for a build of the book.

    >>> print(begin())  # in a script there is no build to draw for
    None
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not {"BOOK_STATIC", "BOOK_CLAIMS"} <= os.environ.keys():
        return
    folder = Path(os.environ["BOOK_CLAIMS"])

    def draw_again(result):
        if result.success and "plt.show()" in result.info.raw_cell:
            save(result.info.raw_cell, shell.user_ns, folder)

    shell.events.register("post_run_cell", draw_again)


def file_name(source, narrow, dark):
    """Name of the picture of the cell ``source``.

    >>> file_name("plt.show()", narrow=True, dark=False)[16:]
    '-narrow-light.png'
    """
    digest = hashlib.sha256(source.strip().encode()).hexdigest()[:16]
    return f"{digest}-{'narrow' if narrow else 'wide'}-{'dark' if dark else 'light'}.png"


def save(source, namespace, folder):
    """Write the four pictures of the cell ``source`` into ``folder``.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from matplotlib import pyplot as plt
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save("plt.subplots(figsize=(2, 1)); plt.show()", {"plt": plt}, Path(folder))
    ...     print(sorted(path.name[17:] for path in Path(folder).iterdir()))
    ['narrow-dark.png', 'narrow-light.png', 'wide-dark.png', 'wide-light.png']
    """
    folder.mkdir(parents=True, exist_ok=True)
    for narrow, dark in product((False, True), repeat=2):
        with plots.styled(dark):
            figure = drawn(source, namespace, narrow=narrow)
            finish(figure, narrow=narrow)
            figure.savefig(folder / file_name(source, narrow, dark), dpi=DOTS)
            plt.close(figure)


def drawn(source, namespace, *, narrow=False):
    """The one figure that the cell ``source`` draws, in the style in force.

    >>> from matplotlib import pyplot as plt
    >>> figure = drawn("plt.subplots(1, 2); plt.show()", {"plt": plt}, narrow=True)
    >>> float(figure.get_figwidth()), len(figure.axes)
    (3.75, 2)
    """
    before = set(plt.get_fignums())
    layout = {"subplots": stacked(plt.subplots), "subplot_mosaic": column(plt.subplot_mosaic)} if narrow else {}
    with mock.patch.multiple(plt, show=lambda *_, **__: None, **layout), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<figure>", "exec"), namespace | recolored(namespace))
    (number,) = set(plt.get_fignums()) - before
    return plt.figure(number)


def recolored(namespace):
    """The names that stand for one of the book's colours on light paper, with that of the style in force.

    >>> from sgdphysics import plots
    >>> with plots.styled(dark=True):
    ...     print(recolored({"ink": plots.ON_LIGHT["theory"], "other": "#123456"}))
    {'ink': '#F0762B'}
    """
    inks = {light: plots.COLORS[name] for name, light in plots.ON_LIGHT.items()}
    return {name: inks[value] for name, value in namespace.items() if isinstance(value, str) and value in inks}


def stacked(subplots):
    """``plt.subplots`` for a narrow page: panels of one row stand below each other, each as high as it was.

    >>> from matplotlib import pyplot as plt
    >>> figure, (first, second) = stacked(plt.subplots)(1, 2, figsize=(6, 3))
    >>> print(np.round(figure.get_size_inches(), 2), first.get_position().y0 > second.get_position().y0)
    [3.75 4.8 ] True
    """

    def narrow_subplots(nrows=1, ncols=1, *, figsize=None, **options):
        _, height = figsize or plt.rcParams["figure.figsize"]
        if nrows > 1 or ncols == 1:
            return subplots(nrows, ncols, figsize=(NARROW, height * (1.0 if ncols == 1 else 0.75)), **options)
        shared = {key: {"row": "col", "col": "row"}.get(value, value) for key, value in options.items()}
        for key in ("width_ratios", "gridspec_kw"):
            shared.pop(key, None)
        figure, axes = subplots(ncols, 1, figsize=(NARROW, 0.8 * height * ncols), **shared)
        return figure, axes.reshape(1, -1) if options.get("squeeze") is False else axes

    return narrow_subplots


def column(subplot_mosaic):
    """``plt.subplot_mosaic`` for a narrow page: its panels below each other, column by column.

    >>> from matplotlib import pyplot as plt
    >>> figure, panels = column(plt.subplot_mosaic)([["A", "B"], ["C", "B"]], figsize=(6, 4))
    >>> list(panels), float(figure.get_figwidth())
    (['A', 'C', 'B'], 3.75)
    """

    def narrow_mosaic(mosaic, *, figsize=None, **options):
        rows = [list(row) for row in (mosaic.split() if isinstance(mosaic, str) else mosaic)]
        panels = list(dict.fromkeys(panel for column in zip(*rows, strict=True) for panel in column))
        _, height = figsize or plt.rcParams["figure.figsize"]
        kept = {key: value for key, value in options.items() if not key.endswith("_ratios") and key != "gridspec_kw"}
        tall = max(0.85 * height / len(rows), 2.1)
        return subplot_mosaic([[panel] for panel in panels], figsize=(NARROW, tall * len(panels)), **kept)

    return narrow_mosaic


def finish(figure, *, narrow=False):
    """Give letters their contrast and a hem, titles too long for a narrow figure further lines, names their panel.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> title = figure.subplots().set_title("Pale", color="yellow")
    >>> finish(figure)
    >>> contrast("yellow", "white") < CONTRAST <= contrast(title.get_color(), "white")
    True
    """
    for text in figure.findobj(Text):
        if text.get_text().strip():
            text.set_color(readable(text.get_color(), behind(text)))
            text.set_fontsize(max(text.get_fontsize(), SMALLEST))
    for text in [text for ax in figure.axes for text in ax.texts if text.get_bbox_patch() is None]:
        text.set_path_effects([withStroke(linewidth=3, foreground=plt.rcParams["axes.facecolor"])])  # over lines
        text.set_zorder(max(text.get_zorder(), 4))
    if narrow:
        figure.draw_without_rendering()  # now panels have their places
        for text, room in headings(figure):
            text.set_text(wrapped(text, room))
        for text in [text for ax in figure.axes for text in ax.texts]:
            box = text.get_window_extent()
            if box.x0 < 0 or box.x1 > figure.bbox.x1:
                text.set_text(wrapped(text, 0.6 * box.width / figure.bbox.width * NARROW))
        keep_inside(figure)


def keep_inside(figure):
    """Move names that run out of their panel over its left axis or its title back into it.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> ax = figure.subplots()
    >>> word = ax.annotate("out", (0, 0), xytext=(-10, 20), textcoords="offset points")
    >>> keep_inside(figure)
    >>> bool(word.get_window_extent().x0 > ax.get_window_extent().x0)
    True
    """
    figure.draw_without_rendering()
    for text in [text for ax in figure.axes for text in ax.texts]:
        panel, box = text.axes.get_window_extent(), text.get_window_extent()
        right = panel.x0 + 4 - box.x0 if box.x0 < panel.x0 < box.x1 else 0
        up = panel.y1 - 4 - box.y1 if box.y0 < panel.y1 < box.y1 else 0
        if isinstance(text, Annotation):
            text.xyann = np.add(text.xyann, np.array([right, up]) * 72 / figure.dpi)
        else:
            moved = ScaledTranslation(right / figure.dpi, up / figure.dpi, figure.dpi_scale_trans)
            text.set_transform(text.get_transform() + moved)


def headings(figure):
    """[(text, inches)] of titles and axes' names, with the room that each has.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().set(title="Energy", xlabel="time")
    >>> [text.get_text() for text, _ in headings(figure)]
    ['Energy', 'time']
    """
    found = [(figure._suptitle, 0.97 * NARROW)] if figure._suptitle else []
    for ax in figure.axes:
        left, right = ax.get_position().x0, ax.get_position().x1
        middle = (left + right) / 2
        found += [(title, (0.98 - left) * NARROW) for title in (ax.title, ax._left_title)]
        found.append((ax.xaxis.label, 2 * min(middle, 1 - middle) * NARROW))
    return [(text, room) for text, room in found if text.get_text().strip()]


def wrapped(text, room):
    """The words of ``text`` in lines that ``room`` inches can hold; formulas are left whole.

    >>> from matplotlib.text import Text
    >>> wrapped(Text(text="energy against entropy", fontsize=12), room=1.5).split(chr(10))
    ['energy against', 'entropy']
    """
    words = text.get_text()
    columns = max(8, int(room * 72 / (0.56 * text.get_fontsize())))
    if "$" in words and " " in "".join(words.split("$")[1::2]):
        return words
    return "\n".join(textwrap.fill(line, columns, break_long_words=False) for line in words.split("\n"))


def behind(text):
    """The colour on which ``text`` stands: of its box, or of the figure.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> behind(ax.text(0, 0, "boxed", bbox={"facecolor": "black"}))
    (0.0, 0.0, 0.0)
    """
    box = text.get_bbox_patch()
    if box is not None and box.get_facecolor()[3] > 0.5:
        return to_rgb(box.get_facecolor())
    return to_rgb(plt.rcParams["axes.facecolor"])


def luminance(color):
    """Relative luminance of a colour, 0 to 1 (WCAG).

    >>> luminance("black"), round(luminance("white"), 6)
    (0.0, 1.0)
    """
    channel = np.asarray(to_rgb(color))
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """Contrast ratio of two colours, 1 to 21 (WCAG).

    >>> round(contrast("white", "black"), 6)
    21.0
    """
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def readable(color, background):
    """``color``, or the nearest mixture of it with black or white that can be read on ``background``.

    >>> readable("black", "white"), contrast(readable("yellow", "white"), "white") >= CONTRAST
    ('black', True)
    """
    end = np.zeros(3) if luminance(background) > 0.18 else np.ones(3)
    for share in np.linspace(0.0, 1.0, 101):
        mixed = (1 - share) * np.asarray(to_rgb(color)) + share * end
        if contrast(mixed, background) >= CONTRAST:
            return to_hex(mixed) if share else color
    return to_hex(end)
