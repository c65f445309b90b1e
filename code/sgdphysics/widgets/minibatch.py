"""Two noises: that of minibatches, and heat."""

from statistics import NormalDist

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, energies, plots
from sgdphysics.widgets.live import Live, Slider


def minibatch():
    """One slope under SGD and SGLD, as the reader sets batch, step and temperature; with the exact laws.

    >>> figure = minibatch()
    >>> figure.set(batch=40)  # as many as there are cases, and still some noise: they are drawn with replacement
    >>> figure
    <Live figure minibatch: batch=40, step=0.1, temperature=1>
    """
    x, y = _cases_on_two_sides()
    start = {"batch": 4, "step": 0.1, "temperature": 1.0}
    return Live(
        "minibatch",
        controls=[
            Slider("batch", "Batch <i>n</i>", 1, len(x), 1, start["batch"]),
            Slider("step", "Step size <i>&epsilon;A</i>", 0.02, 1.5, 0.02, start["step"]),
            Slider("temperature", "Temperature <i>T</i>", 0, 2, 0.1, start["temperature"]),
        ],
        picture=_minibatch_picture(x, y, runs=300, **start),
        alt="Left, cases at two places and straight lines through them. Right, the histograms of the slope under SGD "
        "and SGLD lie on their bell curves, that of SGLD close to the posterior and that of SGD half as wide.",
        caption="<b>Two noises.</b> The slope of a line through 40 cases, in 300 runs of SGD and 300 of SGLD. Solid "
        "lines are normal laws of the exact variance, dashed is what SGLD should sample, <i>exp(&minus;E/T)/Z</i>. "
        "Small steps let the heat win; large ones, and small batches, let the minibatches heat both alike.",
        tall=350,
        guess=(
            "Set the batch to its largest, 40 cases. Does SGD stop spreading?",
            "Nearly: cases are drawn with replacement, so that even 40 of 40 leave some noise. Ten times the batch "
            "divides SGD's spread by the root of ten; SGLD keeps its heat, and with it the width of the posterior. "
            "Drag a case to see the lines follow.",
        ),
        data={"x": x.tolist(), "y": y.tolist(), "runs": 300},
    )


def _cases_on_two_sides(slope=0.8, each=20):
    """Cases at x = ±1, targets spread like a normal law: the gradient's noise is then the same at every slope."""
    spread = np.array([NormalDist().inv_cdf((i + 0.5) / each) for i in range(each)])
    x = np.repeat([-1.0, 1.0], each)
    return x, slope * x + np.tile(spread / np.std(spread), 2)


def _minibatch_picture(x, y, *, batch, step, temperature, runs):
    model = energies.LinearRegression(x[:, np.newaxis], y, noise=1.0, prior_scale=1e150)
    (mode,), ((posterior,),) = model.posterior()
    epsilon, noise = step * posterior, len(x) ** 2 / batch * np.var((mode * x - y) * x)
    q = np.linspace(-8, 8, 300)
    with plots.styled():
        figure = Figure(figsize=(7, 3.2))
        data, law = figure.subplots(1, 2, width_ratios=[1, 1.6])
        law.plot(q, _bell(q, temperature), "--", color=plots.COLORS["theory"])
        for name, heat, color in (("SGD", 0.0, "energy"), ("SGLD", temperature, "simulation")):
            run = dynamics.sgld(
                model,
                np.full((runs, 1), mode),
                step_size=epsilon,
                n_steps=400,
                batch_size=batch,
                temperature=heat,
                rng=np.random.default_rng(0),
                thin=10,
            ).q[10:, :, 0]
            color, variance = plots.COLORS[color], (heat + epsilon * noise / 4) / (1 - step / 4)
            places, look = (run.ravel() - mode) / np.sqrt(posterior), {"color": color, "alpha": 0.45}
            law.hist(places, bins=56, range=(-8, 8), density=True, **look)
            law.plot(q, _bell(q, variance), color=color, label=name)
            data.plot([-1.6, 1.6], np.outer([-1.6, 1.6], run[-1, :14]), color=color, lw=0.8, alpha=0.55)
        data.plot(x, y, "o", color=plots.COLORS["neutral"], ms=4)
        data.set(title="Cases, slopes of some runs", xlabel="x", ylim=(-3.6, 3.6))
        law.set(title="Law of the slope", xlabel="slope, in posterior standard deviations", yticks=[])
        law.legend()
    return figure


def _bell(q, variance):
    return np.exp(-(q**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
