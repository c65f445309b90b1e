"""The staircase: critical temperatures of ever larger clusters that are kept exact among averages."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import mean_field, onsager
from sgdphysics.widgets.live import Choice, Live, Slider

NAMES = ("one site", "one row", "2 rows", "4 rows", "8 rows", "Bethe", "Kikuchi")


def staircase():
    """The staircase: T_c and m(T) of one site, of 1 to 8 rows, of Bethe's bond and of Kikuchi's square.

    >>> figure = staircase()
    >>> figure.set(temperature=0.57)  # the exact critical temperature is 0.5673: all of them order too early
    >>> figure
    <Live figure staircase: cluster=5, temperature=0.57>
    """
    cluster, temperature = 5, 0.6
    return Live(
        "staircase",
        controls=[
            Choice("cluster", "Kept exact", NAMES, cluster),
            Slider("temperature", "Temperature <i>T</i>", 0.3, 1.1, 0.01, temperature),
        ],
        picture=_staircase_picture(temperature),
        alt="Left: bars from the exact critical temperature, 0.5673, to those of seven clusters, ever shorter from one "
        "site, at 1, over one, two, four and eight rows, to 0.69; Bethe's ends at 0.72 and Kikuchi's at 0.61. Right: "
        "Bethe's order falls to zero beyond the exact one, and that of one site much later.",
        caption="<b>The staircase.</b> What is named is kept exact, and all beyond it is an average: a site, rows "
        "without end, each bond (Bethe), each square (Kikuchi). Everyone orders too early on cooling, since an average "
        "does not waver. Each doubling of the rows tightens the bound on ln <i>Z</i>, slowly. The magnet's "
        "temperatures are four times these. Choose a row, or drag <i>T</i> along the curve.",
        data=None,
        tall=420,
        moves=False,
        lines=2,
        guess=(
            "Two rows are kept exact, or eight. Does eight bring the critical temperature four times as close?",
            "No: 22 % too high against 39 %. The last rows have to wait for fluctuations of all lengths, and those an "
            "average beyond the edge cuts off. Kikuchi's small square does better, but is no bound.",
        ),
    )


def _staircase_picture(temperature):
    widths = [mean_field.strip_critical_temperature(width) for width in (1, 2, 4, 8)]
    others = [mean_field.BETHE_CRITICAL_TEMPERATURE, mean_field.PLAQUETTE_CRITICAL_TEMPERATURE]
    critical = [mean_field.NAIVE_CRITICAL_TEMPERATURE, *widths, *others]
    exact, temperatures = onsager.CRITICAL_TEMPERATURE, np.linspace(0.3, 1.1, 401)
    with plots.styled():
        figure = Figure(figsize=(8, 4.2))
        left, right = figure.subplots(1, 2)
        hues = 5 * [plots.COLORS["free_energy"]] + 2 * [plots.COLORS["energy"]]
        left.barh(NAMES, np.subtract(critical, exact), left=exact, color=hues, height=0.35)
        left.axvline(exact, color=plots.COLORS["theory"])
        for place, value in enumerate(critical):
            plots.name(left, value, place, f"{value:.4f}", color="black", offset=(5, 0))
        left.invert_yaxis()
        left.set(title="Kept exact, and its critical T", xlabel="temperature T", xlim=(0.5, 1.12))
        bethe = mean_field.bethe(temperatures).order_parameter
        naive = mean_field.naive(temperatures).order_parameter
        right.plot(temperatures, naive, color=plots.COLORS["free_energy"], lw=1.2)
        plots.theory(right, temperatures, onsager.order_parameter(temperatures))
        right.plot(temperatures, bethe, color=plots.COLORS["energy"], lw=3)
        right.axvline(temperature, color=plots.COLORS["neutral"], ls=":")
        for at, m, words in ((0.43, 0.6, "exact"), (0.71, 0.3, "Bethe"), (0.9, 0.5, "one site")):
            plots.name(right, at, m, words, color="black", offset=(6, 4))
        right.set(title="Order m", xlabel="temperature T", ylim=(0, 1.06))
    return figure
