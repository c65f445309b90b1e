"""The landscape: a student's free energy against its overlap with the teacher, and a ball that rolls in it."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.widgets.live import Button, Choice, Live, Slider


def landscape():
    """The landscape: f(R) = (α/T) ε(R) - s(R) at high temperature, for Ising or spherical weights, sign or linear."""
    alpha = 1.9
    return Live(
        "landscape",
        controls=[
            Slider("alpha", "Load <i>α</i>/<i>T</i>", 0.0, 4.0, 0.02, alpha),
            Choice("weights", "Weights", ["Ising, ±1", "sphere"]),
            Choice("output", "Output", ["sign", "linear"]),
            Button("forget", "To R = 0"),
            Button("teach", "To the teacher"),
        ],
        picture=_landscape_picture(alpha),
        alt="Left: a curve with two minima, a broad one at an overlap of about one half and a lower one at its right "
        "end, where the student is the teacher; a ball lies in the broad one. Right: the error in equilibrium falls "
        "gently with the number of examples and then jumps to zero; the ball follows a dashed curve beyond the jump.",
        caption="<b>The landscape.</b> Few students are close to the teacher, and those err less: <i>f</i> weighs the "
        "one against the other. The ball rolls downhill and nowhere else. For signs of Ising weights the teacher has a "
        "minimum of its own at the end, and the ball finds it late. Drag the ball, or <i>α</i>/<i>T</i> along the "
        "curve.",
        data=None,
        tall=400,
        guess=(
            "Raise <i>α</i>/<i>T</i> until the ball falls to the teacher. Then lower it again. Where does the ball "
            "come back?",
            "Nowhere but at zero. One wrong weight of <i>N</i> costs about √<i>N</i> and gains an entropy of "
            "ln <i>N</i> only, so that near the teacher the slope always leads back to it.",
        ),
    )


def _landscape_picture(alpha):
    r = np.tanh(np.linspace(-0.42, 7, 600))
    error, load = np.arccos(r) / np.pi, np.pi * np.sqrt(1 - r**2) * np.arctanh(r)
    up, down = (1 + r) / 2, (1 - r) / 2
    entropy = -up * np.log(up) - down * np.log(down)
    on_branch = load * error - entropy  # f where R is stationary; at the teacher it is 0
    end = np.argmax(load)
    tips = np.argmax((on_branch > 0) & (r > 0.1))
    ball = np.argmax((load > alpha) & (r > 0))
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        left, right = figure.subplots(1, 2)
        f = alpha * error - entropy
        plots.theory(left, r, f, color=plots.COLORS["free_energy"], lw=3)
        plots.simulation(left, [r[ball]], [f[ball] + 0.012], ms=12)
        left.set(title="f(R) = α/T × error - entropy", xlabel="overlap R with the teacher", ylim=(-0.1, 0.45))
        start = np.argmax(r >= 0)
        plots.theory(right, load[start:tips], error[start:tips])
        plots.theory(right, load[tips:end], error[tips:end], ls="--")
        plots.theory(right, [load[tips], 4], [0, 0])
        right.plot(load[end:], error[end:], color=plots.COLORS["neutral"], ls=":")
        right.axvline(load[tips], color=plots.COLORS["neutral"], ls=":")
        plots.name(right, load[tips], 0.48, f"balance tips, {load[tips]:.3f}", color="black")
        plots.simulation(right, [alpha], [error[ball]], ms=9)
        right.set(title="Error: share of signs wrong", xlabel="α/T", xlim=(0, 4), ylim=(-0.01, 0.52))
    return figure
