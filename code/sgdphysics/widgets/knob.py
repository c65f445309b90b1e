"""The knob: energy against entropy, weighed by temperature."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import gibbs
from sgdphysics.widgets.live import Live, Slider


def knob():
    """The knob: F[p] = ⟨E⟩ - T S[p] of six states at a chosen T, for a p that the reader pulls off Boltzmann's.

    >>> figure = knob()
    >>> figure.set(trial=0.5)  # p is Boltzmann's distribution at T: nothing costs less
    >>> figure
    <Live figure knob: temperature=0.5, trial=0.5, moved=0>
    """
    levels, temperature, trial = [0, 1, 1, 2, 2, 2], 0.5, 2.5
    return Live(
        "knob",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.1, 2.0, 0.05, temperature),
            Slider("trial", "Trial temperature of <i>p</i>", 0.1, 4.0, 0.05, trial),
            Slider("moved", "Put in the last state", 0.0, 0.9, 0.05, 0.0),
        ],
        picture=_knob_picture(levels, temperature, trial),
        alt="Left: the shares of six states, of energy 0, 1, 1, 2, 2, 2; too many are in the states of high energy, "
        "compared with Boltzmann's distribution. Right: along a family of distributions energy rises, minus T times "
        "entropy falls, and their sum F has its minimum at Boltzmann's distribution. The chosen one lies above it "
        "by T times the KL divergence.",
        caption="<b>The knob.</b> Pull the distribution <i>p</i> and watch what it costs. Energy alone would put "
        "everything into the lowest state, entropy alone would treat all states alike; <i>F</i> weighs them "
        "by <i>T</i>, and Boltzmann's distribution costs least.",
        data={"levels": levels},
        tall=340,
        moves=False,
        guess=(
            "Move the trial temperature until <i>F</i> is as small as it gets. Where will that be?",
            "At <i>T</i> itself, where <i>p</i> is Boltzmann's distribution; the KL distance is zero there. Drag the "
            "dot to see that it costs more everywhere else.",
        ),
    )


def _knob_picture(levels, temperature, trial):
    levels, trials = np.array(levels, float), np.linspace(0.05, 4.0, 160)
    family, mine = gibbs.boltzmann(levels, trials), gibbs.boltzmann(levels, trial)
    costs = gibbs.free_energy(family, levels, temperature)
    least, cost = (gibbs.free_energy(p, levels, temperature) for p in (gibbs.boltzmann(levels, temperature), mine))
    with plots.styled():
        figure = Figure(figsize=(7, 3.4))
        left, right = figure.subplots(1, 2)
        states = np.arange(levels.size)
        left.bar(states, mine, width=0.68, color=plots.COLORS["simulation"])
        left.hlines(gibbs.boltzmann(levels, temperature), states - 0.44, states + 0.44, plots.COLORS["theory"], lw=2.5)
        left.set(title="Share p of each state", xlabel="energy of the state", xticks=states)
        left.set_xticklabels([f"{level:g}" for level in levels])
        plots.name(left, 0.5, gibbs.boltzmann(levels, temperature)[0], "Boltzmann", color=plots.COLORS["theory"])
        plots.theory(right, trials, family @ levels, "⟨E⟩", color=plots.COLORS["energy"], lw=1.5)
        plots.theory(right, trials, costs - family @ levels, "−TS", color=plots.COLORS["entropy"], lw=1.5)
        plots.theory(right, trials, costs, "F[p]", color=plots.COLORS["free_energy"], lw=3)
        right.axhline(least, color=plots.COLORS["theory"], ls="--", lw=1.5)
        right.plot([trial, trial], [least, cost], color=plots.COLORS["simulation"], lw=3)
        plots.simulation(right, [trial], [cost], ms=9)
        plots.name(right, trial, cost, f"T·KL = {cost - least:.2f}", color="black", offset=(-8, 14), ha="right")
        right.set(title="Energy, entropy and their sum F", xlabel="trial temperature of p")
    return figure
