"""The landscape: a student's free energy against its overlap with the teacher, and a ball that rolls in it."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import perceptron
from sgdphysics.widgets.live import Button, Choice, Live, Slider


def landscape():
    """The landscape: f(R) = (α/T) ε(R) - s(R) at high temperature, for Ising or spherical weights, sign or linear.

    >>> figure = landscape()
    >>> figure.set(alpha=1.7)  # just beyond 1.696, where the balance tips
    >>> figure
    <Live figure landscape: alpha=1.7, weights=0, output=0>
    """
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
    r, kind = np.tanh(np.linspace(-0.42, 7, 1500)), {"weights": "ising", "output": "sign"}
    error, load = perceptron.generalisation_error(r), np.pi * np.sqrt(1 - r**2) * np.arctanh(r)
    f = perceptron.high_temperature_free_energy(r, alpha, **kind)
    tips, end = perceptron.high_temperature_transition(), np.argmax(load)
    ball = np.argmax((load > alpha) & (r > 0))
    alphas, held = np.linspace(0, 4, 800), (load > tips) & (np.arange(r.size) < end)
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        left, right = figure.subplots(1, 2)
        plots.theory(left, r, f, color=plots.COLORS["free_energy"], lw=3)
        plots.simulation(left, [r[ball]], [f[ball] + 0.012], ms=12)
        left.set(title="f(R) = α/T × error − entropy", xlabel="overlap R with the teacher", ylim=(-0.1, 0.45))
        for part in (alphas[alphas < tips], alphas[alphas > tips]):
            plots.theory(right, part, perceptron.high_temperature(part, **kind))
        plots.theory(right, load[held], error[held], ls="--")
        right.plot(load[end:], error[end:], color=plots.COLORS["neutral"], ls=":")
        right.axvline(tips, color=plots.COLORS["neutral"], ls=":")
        plots.name(right, tips, 0.48, f"balance tips, {tips:.3f}", color="black")
        plots.simulation(right, [alpha], [error[ball]], ms=9)
        right.set(title="Error: share of signs wrong", xlabel="α/T", xlim=(0, 4), ylim=(-0.01, 0.52))
    return figure
