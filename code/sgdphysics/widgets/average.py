"""One for all: a torus of spins counted state by state, against spins that each see only an average."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import ising, mean_field, onsager
from sgdphysics.widgets.live import Button, Choice, Live, Slider


def average():
    """One for all: the bound of a trial mean m on a torus that is counted exactly, with Bethe's value beside it.

    >>> figure = average()
    >>> figure.set(temperature=1.0, trial=0.0)  # from here on no order is best
    >>> figure
    <Live figure average: temperature=1, trial=0, lattice=2>
    """
    temperature, trial = 0.75, 0.78
    return Live(
        "average",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.3, 1.4, 0.01, temperature),
            Slider("trial", "Trial mean <i>m</i>", 0.0, 1.0, 0.01, trial),
            Choice("lattice", "Torus", ["3 × 3", "3 × 4", "4 × 4"], 2),
            Button("best", "Best m"),
        ],
        picture=_average_picture(temperature, trial),
        alt="Left: the trial's free energy against its mean has a minimum at 0.78, above a dashed line, the exact one; "
        "a bar between the two is the divergence, 1.247. Right, above: mean field's order vanishes at temperature 1, "
        "Bethe's at 0.72, and the exact order of the infinite lattice at 0.57. Right, below: the gap is largest "
        "between these and tends to ln 2 in the cold.",
        caption="<b>One for all.</b> A law <i>q</i> of independent spins, all of mean <i>m</i>, knows no neighbours "
        "but their average. Its free energy lies above the exact one by <i>T</i> times its KL from Boltzmann's law, "
        "shared among all sites. Bethe's approximation keeps each pair of neighbours exact, and is no bound. "
        "The exact side counts all states in this page, 65,536 on 4 × 4. Drag the dot, or <i>T</i> along a curve.",
        data=None,
        tall=460,
        moves=False,
        lines=2,
        guess=(
            "In the cold, mean field has the order almost right. Does the gap then go to zero?",
            "No, to ln 2: the torus is in one of two states, all up or all down, and a law of independent spins must "
            "choose one of them.",
        ),
    )


def _average_picture(temperature, trial):
    m, temperatures = np.linspace(0, 0.999, 150), np.linspace(0.3, 1.4, 111)
    levels, counts = np.unique(ising.energies(4, 4), return_counts=True)
    log_z = ising.closed_form(4, 4, temperatures)
    with plots.styled():
        figure = Figure(figsize=(8, 4.6))
        axes = figure.subplot_mosaic([["trial", "order"], ["trial", "gap"]], width_ratios=[1, 1.1])
        left, order, gap = axes["trial"], axes["order"], axes["gap"]
        cost = -0.5 * m**2 - temperature * mean_field.entropy(m)
        own = -0.5 * trial**2 - temperature * mean_field.entropy(trial)
        exact = -temperature * ising.closed_form(4, 4, temperature) / 16
        left.plot(m, cost, color=plots.COLORS["free_energy"], lw=3)
        left.axhline(exact, color=plots.COLORS["theory"], ls="--")
        left.plot([trial, trial], [exact, own], color=plots.COLORS["simulation"], lw=3)
        plots.simulation(left, [trial], [own], ms=11)
        kl = (own - exact) * 16 / temperature
        plots.name(left, trial, (own + exact) / 2, f"KL = {kl:.3f}", color="black", offset=(-6, 0), ha="right")
        plots.name(left, 0, exact, "exact", color="black", offset=(4, -9))
        left.set(title="Free energy a site", xlabel="mean m of each spin")
        naive, bethe = mean_field.naive(temperatures), mean_field.bethe(temperatures)
        absolute = np.abs(ising.states(16).sum(axis=1, dtype=float)) / 16
        energies = ising.energies(4, 4)
        order_of_level = np.array([absolute[energies == level].mean() for level in levels])
        weights = counts * np.exp(-(levels - levels[0]) / temperatures[:, np.newaxis])
        plots.theory(order, temperatures, weights @ order_of_level / weights.sum(axis=1))
        order.plot(temperatures, naive.order_parameter, color=plots.COLORS["free_energy"], lw=2.5)
        order.plot(temperatures, bethe.order_parameter, color=plots.COLORS["energy"], lw=2)
        order.plot(temperatures, onsager.order_parameter(temperatures), color=plots.COLORS["neutral"], lw=1.5)
        plots.name(order, 1.05, 0.45, "exact, mean |m|", color="black", offset=(0, 6))
        plots.name(order, 0.72, 0.85, "mean field", color="black", offset=(4, 6))
        order.set(title="Order m", xticklabels=[], ylim=(0, 1.06))
        gap.plot(temperatures, log_z - 16 * naive.log_partition, color=plots.COLORS["free_energy"], lw=2.5)
        gap.plot(temperatures, log_z - 16 * bethe.log_partition, color=plots.COLORS["energy"], lw=2)
        gap.axhline(np.log(2), color=plots.COLORS["neutral"], ls=":")
        plots.name(gap, 1.4, np.log(2), "ln 2", color="black", offset=(-4, 8), ha="right")
        gap.set(title="Gap to the exact ln Z", xlabel="temperature T", ylim=(0, 1.6))
    return figure
