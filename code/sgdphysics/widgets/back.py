"""Back in time: a crowd that forgets where it came from, and a force that leads fresh noise back to there."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, plots
from sgdphysics.exact import diffusion
from sgdphysics.widgets.live import Button, Choice, Live, Slider

#: the data of the first slider's places
DATA = (
    diffusion.mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6]),
    diffusion.mixture([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5]),
)
TURN = 3.0  # time on either way


def back():
    """Back in time: 1,000 particles relax to noise, and fresh noise is led back by the score, or wrongly.

    >>> figure = back()
    >>> figure.set(way=3)  # the full score without noise: a wrong way
    >>> figure
    <Live figure back: clock=6, way=3, data=0>
    """
    return Live(
        "back",
        controls=[
            Slider("clock", "Time gone by", 0.0, 2 * TURN, 0.05, 2 * TURN),
            Choice("way", "The way back", ["2s and noise", "s, no noise", "s and noise", "2s, no noise"]),
            Choice("data", "Data", ["3 : 7", "even pair"]),
            Button("again", "New noise"),
        ],
        picture=_back_picture(),
        alt="A band with two branches merges into one in the middle, which is noise, and splits into the same two at "
        "the right end; thin paths follow it both ways. Beside it, a histogram of particles lies on a curve with two "
        "hills, and below that the force that acts on them: falling, with a steep rise between the hills.",
        caption="<b>Back in time.</b> On the way to noise each particle feels −<i>x</i> and is jostled. On the way "
        "back it feels <i>x</i> + 2<i>s</i>, where <i>s</i> = ∂ ln <i>p</i>/∂<i>x</i> is the score of the density that "
        "the crowd should have at that time, and is jostled as much. The right half begins with other noise: all that "
        "is known of the data there lies in the force. Particles beyond ±4 stand in the outer bars. Drag the "
        "time along the film.",
        data=None,
        tall=440,
        guess=(
            "Leave the noise out on the way back, or take the score once only. Which of the two brings back the data?",
            "Neither by itself, both together: <i>x</i> + <i>s</i> without noise carries the density back. Twice the "
            "score without noise gathers the crowd at a point or two; once with noise spreads it too far.",
        ),
    )


def _back_picture(particles=1000, drawn=12):
    data, rng, steps = DATA[0], np.random.default_rng(0), 300
    bump = rng.choice(2, size=particles, p=data.weights)
    times = TURN * np.arange(steps + 1) / steps
    ahead = [data.means[bump] + data.deviations[bump] * rng.standard_normal(particles)]
    kept = np.exp(-TURN / steps)
    for _ in range(steps):
        ahead.append(kept * ahead[-1] + np.sqrt(1 - kept**2) * rng.standard_normal(particles))
    start = rng.standard_normal((particles, 1))
    run = dynamics.reverse_diffusion(
        lambda q, t: diffusion.score(diffusion.relaxed(data, t), q), start, time=TURN, n_steps=steps, rng=rng
    )
    again = np.concatenate([start[np.newaxis], run.q])[..., 0]
    x, clock = np.linspace(-4, 4, 160), np.linspace(0, 2 * TURN, 120)
    laws = [diffusion.relaxed(data, min(one, 2 * TURN - one)) for one in clock]
    shade = np.array([np.exp(diffusion.log_density(law, x)) for law in laws]).T
    with plots.styled():
        figure = Figure(figsize=(8, 4.4))
        axes = figure.subplot_mosaic([["density", "film"], ["force", "film"]])
        axes["density"].hist(again[-1], np.linspace(-4, 4, 41), density=True, rwidth=0.84)
        plots.theory(axes["density"], x, np.exp(diffusion.log_density(data, x)))
        axes["density"].set(title="Where they are, 0.00 from the data", xlim=(-4, 4))
        plots.theory(axes["force"], x, x + 2 * diffusion.score(data, x), color=plots.COLORS["free_energy"])
        axes["force"].plot(x, -x, "--", color=plots.COLORS["energy"])
        axes["force"].set(title="Force", xlabel="position x", xlim=(-4, 4), ylim=(-9, 9))
        axes["film"].pcolormesh(clock, x, shade**0.6, cmap=plots.shades("water"), shading="gouraud")
        for k in range(drawn):
            axes["film"].plot(times, [q[k] for q in ahead], color=plots.COLORS["entropy"], lw=0.7)
            axes["film"].plot(TURN + times, again[:, k], color=plots.COLORS["simulation"], lw=0.7)
        axes["film"].set(title="To noise, and back from fresh noise", xlabel="time t from the data")
        axes["film"].set(xticks=range(7), xticklabels=[0, 1, 2, 3, 2, 1, 0])
        axes["film"].grid(visible=False)
    return figure
