"""The tail: SGD on four data points, whose rare steps go as far as you wait."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import energies, plots
from sgdphysics.exact import stationary
from sgdphysics.widgets.live import Button, Live, Slider


def tail():
    """The tail: 20,000 runs of SGD with one weight and four points; who is beyond u, and Kesten's exact exponent.

    >>> figure = tail()
    >>> figure.set(odd=2.0)  # no step expands beyond 1: no power law
    >>> figure
    <Live figure tail: odd=2, others=0.5, rate=1>
    """
    data, odd, others, rate = {"runs": 20_000}, 3.0, 0.5, 1.0
    return Live(
        "tail",
        controls=[
            Slider("odd", "Odd point, <i>x</i>²", 0.1, 6.0, 0.1, odd),
            Slider("others", "The other three, <i>x</i>²", 0.1, 3.0, 0.1, others),
            Slider("rate", "Learning rate <i>η</i>", 0.1, 1.5, 0.05, rate),
            Button("jump", "Run until it jumps"),
        ],
        picture=_tail_picture(odd, others, rate, **data),
        alt="Left: four points, three of them close to the origin and one farther out on the answer's own line; below, "
        "one run, whose weight stays near zero but for a few large excursions. Right: on doubly logarithmic axes the "
        "share of runs beyond a distance falls along the straight line of the exact exponent, over two decades.",
        caption="<b>The tail.</b> A step with one case multiplies the weight by 1 − <i>ηx</i>². If one of the four "
        "factors (its point is orange) is beyond ±1, several such steps in a row carry a run far away, and the share "
        "beyond <i>u</i> falls only as a power of <i>u</i>. The line has the exact exponent; its height is fitted. "
        "Drag the points sideways.",
        data=data,
        tall=420,
        guess=(
            "Lower the learning rate until the variance is finite; then until no tail is left. At what factor of the "
            "odd point does each happen?",
            "With three factors near ½ the exponent passes two when the odd factor is still −1.8 or so: a case may "
            "expand, and the variance is finite. The tail is gone only at −1, when no case expands.",
        ),
    )


def _tail_picture(odd, others, rate, *, runs, steps=300):
    x, residuals = np.sqrt([odd, others, others, others]), np.array([0.0, 1.0, -1.0, 0.0])
    model = energies.LinearRegression(x[:, np.newaxis], residuals, noise=1.0, prior_scale=1e150)
    alpha = stationary.tail_exponent(1 - rate * x**2, np.full(4, 0.25))
    rng, q, run = np.random.default_rng(0), np.zeros((runs, 1)), [0.0]
    for _ in range(steps):
        q = q - rate / 4 * model.minibatch_gradient(q, rng.integers(4, size=(runs, 1)))
        run.append(q[0, 0])
    far = np.sort(np.abs(q[:, 0]))[::-1]
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        axes = figure.subplot_mosaic([["points", "tail"], ["run", "tail"]], width_ratios=[1, 1.4])
        axes["points"].plot(x[1:], residuals[1:], "o", color="black")
        axes["points"].plot(x[0], residuals[0], "o", color=plots.COLORS["theory"])
        axes["points"].set(title="Four points", xlabel="input x", xlim=(0, 2.6), ylim=(-1.8, 1.8))
        axes["run"].plot(run, color=plots.COLORS["simulation"], lw=1)
        axes["run"].set(title="One run: its weight", xlabel="steps")
        axes["tail"].loglog(far, np.arange(1, runs + 1) / runs, color=plots.COLORS["simulation"], lw=2.5)
        anchor = far[runs // 50]
        u = anchor * np.array([0.2, 500])
        plots.theory(axes["tail"], u, 0.02 * (u / anchor) ** -alpha, ls="--")
        axes["tail"].set(
            title=f"Share of runs beyond u; exponent {alpha:.3f}",
            xlabel="distance u from the answer",
            xlim=(0.1, 1e4),
            ylim=(10**-4.6, 1.5),
        )
    return figure
