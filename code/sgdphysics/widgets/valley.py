"""The valley: a ball on uv = 1, which noise in the labels pushes to the flat."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.widgets.live import Button, Live, Slider


def valley():
    """The valley: SGD on (uv - 1 - sξ)²/2 in steps η, its path on the floor, its sharpness, and its exact imbalance.

    >>> figure = valley()
    >>> figure.set(noise=0.0, start=4.0, rate=0.15)  # too steep for this rate: it is thrown to where it is flatter
    >>> figure
    <Live figure valley: noise=0, rate=0.15, start=4>
    """
    noise, rate, start = 0.5, 0.1, 3.0
    return Live(
        "valley",
        controls=[
            Slider("noise", "Label noise <i>s</i>", 0.0, 1.0, 0.05, noise),
            Slider("rate", "Learning rate <i>η</i>", 0.02, 0.25, 0.01, rate),
            Slider("start", "Start at <i>u</i>", 1.0, 4.0, 0.1, start),
            Button("restart", "Start again"),
        ],
        picture=_valley_picture(noise, rate, start),
        alt="Left: a valley whose floor is the curve uv = 1; the path of a ball begins far out on it, where it is "
        "narrow, and ends near u = v = 1, where it is flattest. Right: the sharpness falls from nine to about two, far "
        "below 2/η; the imbalance falls towards zero, and the product of the exact factors lies on it.",
        caption="<b>The valley.</b> A ball runs down the loss, with labels that are wrong by ±<i>s</i>. Along the "
        "floor the loss is level, and still it drifts: each step with error <i>e</i> multiplies <i>u</i>² − "
        "<i>v</i>² by exactly 1 − <i>η</i>²<i>e</i>². Drag the ball along the floor.",
        data=None,
        tall=420,
        guess=(
            "Without noise the ball stays where it is. Is there a learning rate at which it leaves all the same?",
            "Yes: where the floor is steeper than 2/<i>η</i> it cannot stay. Set <i>s</i> to 0, start at <i>u</i> = 4 "
            "and take <i>η</i> = 0.15: it bounces from wall to wall until it has been thrown to where it is flatter.",
        ),
    )


def _valley_picture(noise, rate, start, steps=600):
    rng, path, product = np.random.default_rng(0), [(start, 1.01 / start)], [start**2 - (1.01 / start) ** 2]
    for sign in rng.choice([-1.0, 1.0], steps):
        u, v = path[-1]
        error = u * v - 1 - noise * sign
        path.append((u - rate * error * v, v - rate * error * u))
        product.append(product[-1] * (1 - (rate * error) ** 2))
    u, v = np.transpose(path)
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        axes = figure.subplot_mosaic([["map", "sharpness"], ["map", "imbalance"]])
        us, vs = np.meshgrid(np.linspace(0.02, 4.6, 200), np.linspace(-1.4, 3.2, 200))
        axes["map"].contourf(us, vs, np.abs(us * vs - 1), levels=[0, 0.3, 0.6, 1, 1.5, 2], cmap="Blues_r", alpha=0.5)
        plots.theory(axes["map"], us[0, 12:], 1 / us[0, 12:])
        axes["map"].plot(u, v, color=plots.COLORS["simulation"], lw=0.8)
        axes["map"].plot(u[-1], v[-1], "o", color=plots.COLORS["simulation"], ms=9)
        axes["map"].set(title="Loss ½(uv − 1)², and the ball", xlabel="u", ylabel="v", xlim=(0, 4.6), ylim=(-1.4, 3.2))
        axes["sharpness"].plot(u**2 + v**2, color=plots.COLORS["simulation"])
        axes["sharpness"].axhline(2 / rate, color=plots.COLORS["neutral"], ls=":")
        plots.name(axes["sharpness"], 0.8 * steps, 2 / rate, "2/η", color=plots.COLORS["neutral"], offset=(0, -12))
        axes["sharpness"].set(title="Sharpness u² + v²", ylim=(0, 2.2 / rate))
        axes["imbalance"].plot(u**2 - v**2, color=plots.COLORS["simulation"], lw=4)
        plots.theory(axes["imbalance"], np.arange(steps + 1), product, ls="--")
        axes["imbalance"].set(title="Imbalance u² − v², and its law", xlabel="steps")
    return figure
