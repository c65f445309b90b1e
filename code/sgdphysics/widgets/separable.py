"""Separable: points with coins for labels, one by one, until no plane through the origin cuts them; Cover's law."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import m_estimation
from sgdphysics.widgets.live import Button, Live, Slider


def separable():
    """Separable: whether a plane cuts n points in p dimensions as their coins say, and how often it does.

    >>> figure = separable()
    >>> figure.set(p=10)  # a half is cut at 20 points
    >>> figure
    <Live figure separable: p=10>
    """
    p = 2
    return Live(
        "separable",
        controls=[Slider("p", "Dimensions <i>p</i>", 2, 10, 1, p), Button("many", "100 draws more")],
        picture=_separable_picture(p),
        alt="Left: discs and rings on a circle, a line through its centre with all discs on one side and all rings on "
        "the other. Right: the share of draws that such a line cuts falls with the number of points, from one to zero, "
        "through one half at four points; points with error bars lie on the curve.",
        caption="<b>Separable?</b> Each point gets its label, disc or ring, from a coin: there is nothing to learn. As "
        "long as a plane through the origin cuts them, logistic regression has no largest likelihood and its weights "
        "run away. Up to 2<i>p</i> points that is more likely than not. Whether a plane exists is decided exactly, "
        "point by point.",
        data=None,
        tall=400,
        guess=(
            "At <i>n</i> = 2<i>p</i> every second draw can be cut. Raise <i>p</i>: at <i>n</i> = 1.5<i>p</i>, will it "
            "be more often or less?",
            f"More often: {cover_at(3, 2):.0%} of 3 points in 2 dimensions, {cover_at(15, 10):.0%} of 15 in 10. The "
            "more dimensions, the sharper the fall at 2<i>p</i>.",
        ),
    )


def cover_at(n, p):
    """Cover's probability that a plane through 0 cuts n points in p dimensions as their coins say, a float.

    >>> cover_at(20, 10)
    0.5
    """
    return float(m_estimation.separable_probability(n, p))


def capacities(p, draws, rng):
    """Of ``draws`` draws of points on a circle (p = 2): how many points were separable, integers (draws,).

    Points can be cut by a line through the centre while their directions, turned round where the coin says so, lie
    within half a turn.

    >>> found = capacities(2, 5000, np.random.default_rng(0))
    >>> print(found.min() >= 2, abs(found.mean() - 4) < 0.15)  # 2p on average
    True True
    """
    found = np.empty(draws, int)
    for k in range(draws):
        angles = []
        while True:
            angles.append(rng.uniform(0, 2 * np.pi))
            ordered = np.sort(angles)
            gaps = np.diff(np.append(ordered, ordered[0] + 2 * np.pi))
            if gaps.max() < np.pi:
                break
        found[k] = len(angles) - 1
    return found


def _separable_picture(p):
    rng, n = np.random.default_rng(2), np.arange(1, 4 * p + 1)
    shares = (capacities(p, 200, rng)[:, np.newaxis] >= n).mean(axis=0)
    turned = np.array([0.5, 0.9, 1.4, 2.1, 2.8])  # all above a line, then turned round by coins
    coins = np.array([1, -1, 1, 1, -1])
    x, y = coins * np.cos(turned + 0.5), coins * np.sin(turned + 0.5)
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        circle, law = figure.subplots(1, 2, width_ratios=[0.9, 1])
        around = np.linspace(0, 2 * np.pi, 200)
        circle.plot(np.cos(around), np.sin(around), color="#E5E7EB")
        circle.plot([-np.cos(0.5), np.cos(0.5)], [-np.sin(0.5), np.sin(0.5)], color="black")
        for face, some in ((plots.COLORS["simulation"], coins > 0), ("white", coins < 0)):
            circle.plot(x[some], y[some], "o", ms=10, mfc=face, mec=plots.COLORS["simulation"], mew=3)
        circle.set(title="Points on a circle, a line through its centre", aspect="equal")
        circle.set_axis_off()
        plots.theory(law, n, [cover_at(one, p) for one in n])
        plots.simulation(law, n, shares, np.sqrt(shares * (1 - shares) / 200))
        law.axvline(2 * p, color=plots.COLORS["neutral"], ls=":")
        law.set(title="Share of draws that a plane cuts", xlabel="points n")
        plots.name(law, 5, 0.9, "Cover's law", color=plots.COLORS["theory"])
        plots.name(law, 5, 0.8, "200 draws", color=plots.COLORS["simulation"])
    return figure
