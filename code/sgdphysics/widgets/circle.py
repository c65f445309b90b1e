"""The circle: a line fit whose weights run round, and how the unit of the abscissa turns them."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import energies, plots
from sgdphysics.exact import stationary
from sgdphysics.widgets.live import Live, Slider


def circle():
    """The circle: 300 runs of SGD on four points, their cloud, its current, and the area that they enclose a step.

    >>> figure = circle()
    >>> figure.set(half=1.0)  # the abscissa standardised: no current
    >>> figure
    <Live figure circle: half=1, left=1, right=3>
    """
    data, half, left, right = {"rate": 0.05, "runs": 300}, 0.5, 1.0, 3.0
    return Live(
        "circle",
        controls=[
            Slider("half", "Points at <i>t</i> = ±", 0.25, 2.0, 0.05, half),
            Slider("left", "Noise on the left", 0.2, 4.5, 0.1, left),
            Slider("right", "Noise on the right", 0.2, 4.5, 0.1, right),
        ],
        picture=_circle_picture(half, left, right, **data),
        alt="Left: two points near zero at negative t, two farther from it at positive t, and many fitted lines. "
        "Middle: the cloud of intercepts and slopes, tilted to the upper right, with arrows that run round it "
        "counterclockwise. Right: the area that the runs enclose grows in a straight line with the steps, along the "
        "exact one.",
        caption="<b>The circle.</b> SGD fits a line to four points, one case a step. Each dot is one run; the arrows "
        "are their exact mean motion, the meter adds up the area that they enclose. Drag the points: the farther out, "
        "the more a run is kicked; sideways you only choose the unit of <i>t</i>.",
        data=data,
        tall=360,
        guess=(
            "Pull the points sideways, from <i>t</i> = ±0.5 to ±2: the same data in another unit. What becomes of the "
            "circle?",
            "It slows down, stands still at ±1, where <i>t</i> is standardised, and turns the other way beyond. With "
            "as much noise on the left as on the right it stands still in every unit.",
        ),
    )


def _circle_picture(half, left, right, *, rate, runs, steps=200):
    t, y = half * np.array([-1, -1, 1, 1]), np.array([left, -left, right, -right])
    model = energies.LinearRegression(np.column_stack([np.ones(4), t]), y, noise=1.0, prior_scale=1e150)
    cloud = stationary.regression_covariance(model, learning_rate=rate, batch_size=1)
    exact = stationary.currents(model.x.T @ model.x, cloud, learning_rate=rate)[0, 1]
    rng, q, swept = np.random.default_rng(0), np.zeros((runs, 2)), []
    for _ in range(200 + steps):
        before = q
        q = q - rate * model.minibatch_gradient(q, rng.integers(4, size=(runs, 1)))
        swept.append(np.mean(before[:, 0] * q[:, 1] - before[:, 1] * q[:, 0]) / 2)
    with plots.styled():
        figure = Figure(figsize=(8, 3.2))
        points, weights, meter = figure.subplots(1, 3)
        for a, b in q[:25]:
            points.axline((0, a), slope=b, color=plots.COLORS["simulation"], lw=0.8, alpha=0.4)
        points.plot(t, y, "o", color="black", zorder=3)
        points.set(title="Four points", xlabel="t", xlim=(-2.4, 2.4), ylim=(-5, 5))
        sd = np.sqrt(np.diag(cloud))
        weights.plot(*(q / sd).T, ".", color=plots.COLORS["simulation"], alpha=0.4)
        phase, tilt = np.linspace(0, 2 * np.pi, 11)[1:], cloud[0, 1] / sd.prod()
        for radius in (1, 1.9):
            a, b = radius * np.cos([phase, phase + 0.4]), radius * np.sin([phase, phase + 0.4])
            up = tilt * a + np.sqrt(1 - tilt**2) * b
            weights.quiver(
                a[0],
                up[0],
                np.diff(a, axis=0)[0],
                np.diff(up, axis=0)[0],
                color=plots.COLORS["theory"],
                angles="xy",
                scale_units="xy",
                scale=1,
                width=0.012,
                zorder=3,
            )
        weights.set(
            title="Weights, in sd", xlabel="intercept", ylabel="slope", xlim=(-3, 3), ylim=(-3, 3), aspect="equal"
        )
        meter.plot(np.cumsum(swept[200:]), color=plots.COLORS["simulation"], lw=3)
        plots.theory(meter, [0, steps], [0, exact * steps], ls="--")
        meter.set(title="Area enclosed", xlabel="steps")
    return figure
