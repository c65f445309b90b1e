"""Two bumps: one normal law fitted to two, by either divergence, and the first-order switch between its fits."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import variational
from sgdphysics.widgets.live import Choice, Live, Slider


def bumps():
    """Two bumps: fits of N(μ, s²) to ½ N(-a, 1) + ½ N(a, 1), the landscape of KL(q ‖ p), and its jump.

    >>> figure = bumps()
    >>> figure.set(distance=2.8, start=1)  # where the two fits are equally good
    >>> figure
    <Live figure bumps: distance=2.8, start=1>
    """
    distance = 3.0
    return Live(
        "bumps",
        controls=[
            Slider("distance", "Distance <i>a</i>", 1.0, 4.0, 0.05, distance),
            Choice("start", "Search from", ["the middle", "a bump"]),
        ],
        picture=_bumps_picture(distance),
        alt="Left: two bumps; a wide law over both is what a search from the middle finds, and a dashed one is wider "
        "still. Right, above: the divergence against the mean has three minima, the outer two lower than the one in "
        "the middle, where the search stays. Right, below: two curves cross at 2.8001, beyond which one bump is less.",
        caption="<b>Two bumps.</b> <i>q</i> is one normal law, <i>p</i> two, at −<i>a</i> and <i>a</i>. Of KL(q‖p), "
        "the middle and either bump are minima of their own: the better one jumps, and a search downhill does not "
        "notice. KL(p‖q) always covers both. Drag <i>a</i> along a curve, or choose a valley.",
        data=None,
        tall=460,
        moves=False,
        lines=2,
        guess=(
            "Pull the bumps apart while the search begins in the middle. At which distance does it leave for a bump?",
            "At none: the middle stays a minimum at every <i>a</i>, though beyond 2.8001 it is the worse one. The "
            "switch is first order, as when water boils late.",
        ),
    )


def _bumps_picture(distance):
    x, mu = np.linspace(-6.2, 6.2, 300), np.linspace(-4.5, 4.5, 91)
    found, one = variational.symmetric_fit(distance), variational.one_bump_fit(distance)
    both = variational.forward_fit(distance)
    widths = np.geomspace(0.8, 5, 150)
    landscape = variational.reverse_divergence(mu[:, np.newaxis], widths, separation=distance).min(axis=1)
    places, later = np.linspace(1, 4, 31), (2.45, 2.8, 3.4, 4.0)
    pink, amber = plots.COLORS["free_energy"], plots.COLORS["energy"]
    with plots.styled():
        figure = Figure(figsize=(8, 4.6))
        axes = figure.subplot_mosaic([["laws", "valleys"], ["laws", "distance"]])
        laws, valleys, against = axes["laws"], axes["valleys"], axes["distance"]
        plots.theory(laws, x, (_bell(x, -distance, 1) + _bell(x, distance, 1)) / 2)
        laws.plot(x, _bell(x, 0, both.width), color=amber, ls="--")
        laws.plot(x, _bell(x, 0, found.width), color=plots.COLORS["simulation"], lw=2.5)
        plots.name(laws, distance, 0.2, "p", color="black", offset=(0, 8), ha="center")
        plots.name(laws, 0, _bell(0, 0, found.width), "q found", color="black", offset=(0, 10), ha="center")
        laws.set(title="Density", xlabel="x", ylim=(0, 0.3))
        valleys.plot(mu, landscape, color=pink, lw=2.5)
        plots.simulation(valleys, [0], [found.divergence], ms=10)
        valleys.plot([-one.mean, one.mean], 2 * [one.divergence], "o", color=pink)
        plots.name(valleys, one.mean, one.divergence, "least", color="black", offset=(0, -12), ha="center")
        valleys.set(title="KL(q‖p) at the best width", xlabel="mean μ of q", ylim=(0.55, 1.45))
        against.plot(places, [variational.symmetric_fit(a).divergence for a in places], color=pink)
        against.plot(later, [variational.one_bump_fit(a).divergence for a in later], color=pink)
        against.plot(places, [variational.forward_fit(a).divergence for a in places], color=amber, ls="--")
        for words, value in (("middle", 1.87), ("one bump", 0.76), ("KL(p‖q)", 0.52)):
            plots.name(against, 4, value, words, color="black", offset=(5, 0))
        against.set(title="KL of each fit", xlabel="distance a", ylim=(0, 2))
    return figure


def _bell(x, mean, width):
    return np.exp(-(((x - mean) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
