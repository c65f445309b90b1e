"""The book's style and its recurring drawings: theory is a line, simulation is points with error bars.

The same thing has the same colour through the whole book (Okabe and Ito's palette, safe for colour-blind readers).
"""

from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap

ON_LIGHT = {
    "simulation": "#0072B2",
    "theory": "#D55E00",
    "energy": "#E69F00",
    "entropy": "#009E73",
    "free_energy": "#CC79A7",
    "water": "#56B4E9",
    "neutral": "#6B7280",
}
ON_DARK = ON_LIGHT | {"simulation": "#3A9AD9", "theory": "#F0762B", "entropy": "#1FB88B", "neutral": "#9CA3AF"}
#: what is what: the colours of the style in force
COLORS = dict(ON_LIGHT)
#: inches; at this width the type is still readable on a phone
WIDTH = 6.4

_LIGHT = {"text": "#1F2937", "grid": "#E5E7EB", "background": "#FFFFFF"}
_DARK = {"text": "#E5E7EB", "grid": "#374151", "background": "#14181E"}


def style(dark=False):
    """The book's style as matplotlib parameters, for ``plt.rcParams.update`` or ``plt.rc_context``.

    >>> style()["figure.facecolor"], style(dark=True)["figure.facecolor"]
    ('#FFFFFF', '#14181E')
    """
    shade, colors = (_DARK, ON_DARK) if dark else (_LIGHT, ON_LIGHT)
    return {
        "figure.figsize": (WIDTH, 3.6),
        "figure.dpi": 150,
        "figure.constrained_layout.use": True,
        "figure.facecolor": shade["background"],
        "savefig.facecolor": shade["background"],
        "axes.facecolor": shade["background"],
        "axes.edgecolor": colors["neutral"],
        "axes.labelcolor": shade["text"],
        "axes.titlecolor": shade["text"],
        "axes.titlelocation": "left",
        "axes.titlesize": 12,
        "axes.titlepad": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": mpl.cycler(color=list(colors.values())),
        "grid.color": shade["grid"],
        "grid.linewidth": 0.8,
        "text.color": shade["text"],
        "xtick.color": shade["text"],
        "ytick.color": shade["text"],
        "font.size": 11,
        "lines.linewidth": 2,
        "lines.markersize": 5,
        "legend.frameon": False,
    }


def use_style(dark=False):
    """Draw everything that follows in the book's style, light or dark; where a build runs, for its pages too.

    >>> use_style(dark=True)
    >>> COLORS["simulation"]
    '#3A9AD9'
    >>> use_style()
    >>> COLORS["simulation"]
    '#0072B2'
    """
    from sgdphysics import renderings

    plt.rcParams.update(style(dark))
    COLORS.update(ON_DARK if dark else ON_LIGHT)
    renderings.begin()


@contextmanager
def styled(dark=False):
    """The book's style inside a ``with`` block, the former one after it.

    >>> with styled(dark=True):
    ...     print(COLORS["theory"])
    #F0762B
    >>> COLORS["theory"]
    '#D55E00'
    """
    former = dict(COLORS)
    COLORS.update(ON_DARK if dark else ON_LIGHT)
    try:
        with plt.rc_context(style(dark)):
            yield
    finally:
        COLORS.update(former)


def theory(ax, x, y, label=None, *, color=None, **line):
    """A line, named at its right end; returns it.

    >>> from matplotlib.figure import Figure
    >>> x, ax = np.linspace(0, 1, 50), Figure().subplots()
    >>> line = theory(ax, x, x**2, "x²")
    >>> line.get_color() == COLORS["theory"], ax.texts[0].get_text()
    (True, 'x²')
    """
    (drawn,) = ax.plot(x, y, color=color or COLORS["theory"], **line)
    if label:
        name(ax, x[-1], y[-1], label, color=drawn.get_color())
    return drawn


def simulation(ax, x, y, se=None, *, color=None, marker="o", **points):
    """Points with error bars of one standard error ``se``, in front of the lines.

    >>> from matplotlib.figure import Figure
    >>> points = simulation(Figure().subplots(), [1, 2, 3], [1.1, 3.9, 9.2], se=0.1)
    >>> points.has_yerr, points.lines[0].get_color() == COLORS["simulation"]
    (True, True)
    """
    color = color or COLORS["simulation"]
    return ax.errorbar(x, y, yerr=se, fmt=marker, color=color, capsize=2.5, elinewidth=1.5, zorder=3, **points)


def name(ax, x, y, text, *, color=None, offset=(6, 0), **font):
    """Write ``text`` beside the data point (x, y), ``offset`` in points: a direct label in place of a legend.

    >>> from matplotlib.figure import Figure
    >>> name(Figure().subplots(), 1.0, 2.0, "critical point").xy
    (1.0, 2.0)
    """
    font = {"va": "center", "annotation_clip": False} | font
    return ax.annotate(
        text, (x, y), xytext=offset, textcoords="offset points", color=color or COLORS["neutral"], **font
    )


def shades(name="simulation"):
    """Colour map from the paper, where there is nothing, to one of ``COLORS``.

    >>> with styled():
    ...     print(np.round(shades("theory")([0.0, 1.0])[:, :3], 2).tolist())
    [[1.0, 1.0, 1.0], [0.84, 0.37, 0.0]]
    """
    return LinearSegmentedColormap.from_list(name, [plt.rcParams["axes.facecolor"], COLORS[name]])


def pot(ax, n, *, title=None):
    """A lattice gas n (height, width), occupancies or densities in [0, 1]: water is blue, row 0 at the bottom.

    >>> from matplotlib.figure import Figure
    >>> from sgdphysics.lattice import LatticeGas
    >>> ax = Figure().subplots()
    >>> pot(ax, LatticeGas(8, 12).slab(40), title="Cold")
    >>> print(*ax.get_xlim(), ax.get_title())
    -0.5 11.5 Cold
    """
    n = np.asarray(n)
    if n.ndim != 2:
        raise ValueError(f"n must have shape (height, width), one pot; got shape {n.shape}")
    height, width = n.shape
    ax.imshow(n, origin="lower", cmap=shades("water"), vmin=0, vmax=1, interpolation="nearest")
    floor = left = -0.5
    lid, right = height - 0.5, width - 0.5
    walls = [left, right, right, left, left], [floor, floor, lid, lid, floor]
    ax.plot(*walls, color=COLORS["neutral"], lw=2.5, clip_on=False)
    ax.set(xlim=(left, right), ylim=(floor, lid))
    ax.set_axis_off()
    if title:
        ax.set_title(title, loc="center")
