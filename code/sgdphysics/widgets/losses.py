"""How many data: the errors of three losses when weights are a finite share of the cases, and the best loss itself."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import m_estimation
from sgdphysics.widgets.live import Choice, Live, Slider


def losses():
    """How many data: r² of least squares, least absolute deviations and the best loss against κ = p/n.

    >>> figure = losses()
    >>> figure.set(kappa=0.29)  # just below 0.295 absolute values still beat squares
    >>> figure
    <Live figure losses: kappa=0.29, noise=0>
    """
    kappa = 0.5
    return Live(
        "losses",
        controls=[
            Slider("kappa", "Weights a case, <i>κ</i> = <i>p</i>/<i>n</i>", 0.02, 0.9, 0.01, kappa),
            Choice("noise", "Noise", ["Laplace", "normal"]),
        ],
        picture=_losses_picture(kappa),
        alt="Left: over the error of least squares, that of absolute values rises from one half, crosses one at "
        "κ = 0.295 and stays above; that of the best loss rises from one half to one and is the lowest everywhere. "
        "Right: the best loss is round where absolute values have a kink, between them and the parabola of squares.",
        caption="<b>How many data.</b> With Laplace's noise, absolute values are what maximum likelihood takes, and "
        "for many cases a weight nothing is better. With few, each residual is also blurred by the other weights' "
        "errors, and the best loss is made for the blurred noise: an edge for many data, a parabola for few. All are "
        "drawn on the scale of the noise's own loss, −ln <i>f</i>.",
        data=None,
        tall=420,
        moves=False,
        guess=(
            "The noise is Laplace's, so that absolute values are its maximum likelihood. How many cases does a weight "
            "need before they beat squares?",
            "3.39, at <i>κ</i> = 0.295. Maximum likelihood is best for many data alone; with fewer it is not even as "
            "good as the wrong loss.",
        ),
    )


def _losses_picture(kappa, noise="laplace"):
    kappas, u = np.linspace(0.01, 0.9, 25), np.linspace(-5, 5, 101)
    kinds = (
        ("squares", m_estimation.least_squares, "free_energy"),
        ("absolute", m_estimation.least_absolute_deviations, "energy"),
        ("best loss", m_estimation.optimal, "entropy"),
    )
    least = np.array([m_estimation.least_squares(one, noise=noise).error for one in kappas])
    loss, slope = m_estimation.optimal_loss(kappa, u, noise=noise)
    scale = m_estimation.optimal(kappa, noise=noise).error
    with plots.styled():
        figure = Figure(figsize=(8, 4.2))
        axes = figure.subplot_mosaic([["errors", "loss"], ["errors", "pull"]], width_ratios=[1.15, 1])
        for words, error, hue in kinds:
            ratio = np.array([error(one, noise=noise).error for one in kappas]) / least
            axes["errors"].plot(kappas, ratio, color=plots.COLORS[hue])
            now = error(kappa, noise=noise).error / m_estimation.least_squares(kappa, noise=noise).error
            axes["errors"].plot([kappa], [now], "o", ms=8, color=plots.COLORS[hue])
            offset = (6, 5) if words == "squares" else (6, -5) if words == "best loss" else (6, 0)
            plots.name(axes["errors"], 0.9, ratio[-1], words, color="black", offset=offset)
        axes["errors"].axhline(0.5, color=plots.COLORS["neutral"], ls=":")
        plots.name(axes["errors"], 0.9, 0.5, "bound", color="black", offset=(6, 0))
        axes["errors"].set(title="Error r², over that of least squares", xlabel="κ: weights a case, p/n")
        axes["errors"].set(xlim=(0, 0.9), ylim=(0.4, 1.45))
        shapes = {"loss": (u**2 / 4, np.abs(u), loss / scale), "pull": (u / 2, np.sign(u), slope / scale)}
        for panel, curves in shapes.items():
            for curve, (_, _, hue), width in zip(curves, kinds, (1.5, 1.5, 3), strict=True):
                axes[panel].plot(u, curve, color=plots.COLORS[hue], lw=width)
        axes["loss"].set(title="The loss", ylim=(0, 5))
        axes["pull"].set(title="Its slope: how hard a residual pulls", xlabel="residual", ylim=(-1.6, 1.6))
    return figure
