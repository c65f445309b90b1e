"""The replicas: moments of the random energy model's partition function for any real number of copies."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import random_energy
from sgdphysics.widgets.live import Live, Slider


def replicas():
    """The replicas: (ln E Zⁿ)/nN of the random energy model from n = 2 to below 0, exact and in the limit.

    >>> figure = replicas()
    >>> figure.set(beta=1.7)  # just beyond 1.665, where the glass freezes
    >>> figure
    <Live figure replicas: n=0, beta=1.7>
    """
    n, beta = 0.0, 2.5
    return Live(
        "replicas",
        controls=[
            Slider("n", "Replicas <i>n</i>", -0.5, 2.0, 0.05, n),
            Slider("beta", "Inverse temperature <i>β</i>", 0.5, 3.0, 0.1, beta),
        ],
        picture=_replicas_picture(n, beta),
        alt="Left: exact curves for three sizes rise with the number of replicas and come together where it is large; "
        "below a kink their limit is flat, and a dashed line from the value at one replica runs above it. A dotted "
        "curve has its minimum at the kink. Right: at zero replicas, the limit is a parabola up to a critical inverse "
        "temperature and straight beyond, below the dashed parabola.",
        caption="<b>The replicas.</b> What one wants is the mean of ln <i>Z</i>, the limit of no replicas; what one "
        "can compute by hand are <i>n</i> = 1, 2, … In this model every real <i>n</i> is exact, by one integral. "
        "Replicas apart, each in a level of its own, give the dashed line. In groups of <i>m</i> in one level they "
        "give the dotted curve, whose <i>minimum</i> is right where the glass has frozen.",
        data=None,
        tall=420,
        moves=False,
        guess=(
            "Lower <i>β</i> until the dashed line is right at <i>n</i> = 0. Is it then right for two replicas too?",
            "Not between 1.18 and 1.67: there the typical sum is that of many levels, but the mean of its square is "
            "made by rare draws in which one level has all the weight.",
        ),
    )


def limit(n, beta):
    """What (ln E Zⁿ)/nN tends to as N grows.

    >>> print(np.round([limit(0.0, 1.0), limit(0.0, 3.0), limit(1.0, 3.0)], 4))
    [0.9431 2.4977 2.9431]
    >>> print(np.round([np.log(2) + 1 / 4, 3 * np.sqrt(np.log(2)), np.log(2) + 9 / 4], 4))
    [0.9431 2.4977 2.9431]
    """
    critical = 2 * np.sqrt(np.log(2))
    alone, together = np.log(2) + beta**2 / 4, lambda m: np.log(2) / m + m * beta**2 / 4
    if beta <= critical:
        return alone if n <= (critical / beta) ** 2 else together(n)
    return together(max(n, critical / beta))


def _replicas_picture(n, beta):
    below, betas = np.arange(-0.5, 1, 0.1), np.arange(0.5, 3.01, 0.25)
    everywhere, kink = np.linspace(-0.5, 2, 200), 2 * np.sqrt(np.log(2)) / beta
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        for size, width in ((10, 1.2), (60, 2.5)):
            exact = random_energy.replicated_moment(below, levels_log2=size, beta=beta) / (below * size)
            left.plot(below, exact, color=plots.COLORS["simulation"], lw=width)
            means = [random_energy.mean_log_partition(levels_log2=size, beta=one) / size for one in betas]
            right.plot(betas, means, color=plots.COLORS["simulation"], lw=width)
        plots.theory(left, everywhere, [limit(one, beta) for one in everywhere])
        groups = np.linspace(0.15, kink, 60)
        plots.theory(left, groups, np.log(2) / groups + groups * beta**2 / 4, ls=":", lw=1.2)
        left.axhline(np.log(2) + beta**2 / 4, color=plots.COLORS["energy"], ls="--")
        plots.name(left, 2, np.log(2) + beta**2 / 4, "apart", color="black", offset=(-4, -9), ha="right")
        plots.name(left, 1.75, limit(1.75, beta), "limit", color="black", offset=(-8, 8), ha="right")
        left.set(title="ln E Zⁿ / (nN)", xlabel="number of replicas n", ylim=(1.7, 3.6))
        plots.theory(right, betas, [limit(0.0, one) for one in betas])
        right.plot(betas, np.log(2) + betas**2 / 4, color=plots.COLORS["energy"], ls="--")
        plots.name(right, 3, means[-1], "N = 10, 60", color="black", offset=(-2, -74), ha="right")
        right.set(title="n → 0: E ln Z / N", xlabel="inverse temperature β")
    return figure
