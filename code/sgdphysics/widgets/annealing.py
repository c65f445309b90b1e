"""Annealing: from one step, which is the variational bound, to many, with every probability pushed through exactly."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.exact import annealing as exact
from sgdphysics.exact import ising, mean_field
from sgdphysics.widgets.live import Choice, Live, Slider

STEPS = (1, 2, 4, 8, 16, 32, 64, 128)


def annealing():
    """Annealing: ln Z - E ln w of a 3 × 4 torus in n steps, from the mean field and from coins.

    >>> figure = annealing()
    >>> figure.set(steps=0)  # one step: the variational bounds
    >>> figure
    <Live figure annealing: steps=0, temperature=0.375>
    """
    temperature, steps = 0.375, 5
    return Live(
        "annealing",
        controls=[
            Choice("steps", "Steps <i>n</i>", STEPS, steps),
            Slider("temperature", "Temperature <i>T</i>", 0.25, 1.25, 0.025, temperature),
        ],
        picture=_annealing_picture(temperature, steps),
        alt="Left: against the number of steps, the gap from the mean field starts low and stays at ln 2; that from "
        "coins starts ten times higher and falls in proportion to 1/n, below it from 32 steps on. Right: the exact law "
        "of the number of spins up has two equal peaks; the mean field's has only the upper one, that of coins both.",
        caption="<b>Annealing.</b> All 4,096 states of a 3 × 4 torus go from a start of independent spins to "
        "Boltzmann's law in <i>n</i> jumps, with a sweep of heat bath between two; no sampling. One step is the "
        "variational bound. Below the critical temperature the good start knows one of the two orders and stays "
        "with it: ln 2. Drag <i>n</i> along the curve.",
        data=None,
        tall=420,
        moves=False,
        lines=2,
        guess=(
            "With one step the mean field is far better than coins. Which of the two wants many steps?",
            "Coins: they reach both orders, and their gap falls as 1/<i>n</i>. The mean field has lost the other order "
            "and pays ln 2 until the sweeps carry some of it over, in thousands of steps.",
        ),
    )


def gaps(temperature):
    """ln Z - E ln w of the 3 × 4 torus for each of STEPS: shape (2, 8), from the mean field and from coins.

    >>> from_field, from_coins = gaps(0.375)  # the one stays at ln 2, the other falls as 1/n
    >>> print(np.round(from_field[-1] / np.log(2), 1), np.round(from_coins[-2] / from_coins[-1], 1))
    1.0 2.0
    """
    log_p, total = -ising.energies(3, 4) / temperature, ising.states(12).sum(axis=1, dtype=float)
    field = np.arctanh(mean_field.naive(temperature).order_parameter)
    log_z = ising.closed_form(3, 4, temperature)
    starts = [own * total - 12 * np.logaddexp(own, -own) for own in (field, 0.0)]
    return np.array([[log_z - exact.mean_log_weight(start, log_p, n) for n in STEPS] for start in starts])


def spins_up(temperature, field, steps):
    """Law (13,) of the number of spins up before the last jump, from spins in a ``field``: the exact one for no field
    and many steps. Each spin is drawn by the probabilities of the two states that differ in it.

    >>> law = spins_up(0.375, field=0.0, steps=1)  # twelve coins
    >>> print(law.shape, np.round(law[6] * 2**12))
    (13,) 924.0
    """
    states, log_p = ising.states(12), -ising.energies(3, 4) / temperature
    log_q = field * states.sum(axis=1, dtype=float)
    law = np.exp(log_q - np.logaddexp.reduce(log_q))
    for step in range(1, steps):
        log = (1 - step / steps) * log_q + step / steps * log_p
        for spin in range(12):
            other = np.arange(4096) ^ (1 << spin)
            law = (law + law[other]) / (1 + np.exp(log[other] - log))
    return np.bincount((states == 1).sum(axis=1), weights=law)


def _annealing_picture(temperature, steps):
    ups, log_p = (ising.states(12) == 1).sum(axis=1), -ising.energies(3, 4) / temperature
    field = np.arctanh(mean_field.naive(temperature).order_parameter)
    up = np.bincount(ups, weights=np.exp(log_p - ising.closed_form(3, 4, temperature)))
    hues = (plots.COLORS["free_energy"], plots.COLORS["simulation"])
    with plots.styled():
        figure = Figure(figsize=(8, 4.2))
        left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
        for one, words, hue in zip(gaps(temperature), ("mean field", "coins"), hues, strict=True):
            left.loglog(STEPS, one, "o-", ms=4, color=hue)
            left.plot([STEPS[steps]], [one[steps]], "o", ms=9, color=hue)
            plots.name(left, STEPS[-1], one[-1], words, color="black", offset=(6, 4))
        left.axhline(np.log(2), color=plots.COLORS["neutral"], ls=":", zorder=0)
        plots.name(left, 1, np.log(2), "ln 2", color="black", offset=(0, -10))
        left.set(title="Gap: ln Z − mean of ln w", xlabel="steps n", xticks=STEPS, xticklabels=STEPS)
        left.minorticks_off()
        right.hlines(up, np.arange(13) - 0.42, np.arange(13) + 0.42, plots.COLORS["theory"], lw=3)
        for own, hue in zip((field, 0.0), hues, strict=True):
            right.plot(spins_up(temperature, own, STEPS[steps]), "o-", ms=4, color=hue)
        plots.name(right, 12, 0.9, "from the mean field", color="black", offset=(-8, 0), ha="right")
        plots.name(right, 0.5, 0.47, "exact, and from coins", color="black", offset=(6, 0))
        right.set(title="Probability at the last jump", xlabel="spins up, of 12", xticks=[0, 3, 6, 9, 12])
    return figure
