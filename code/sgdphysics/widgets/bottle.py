"""The bottle: a shaken ensemble that relaxes."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, energies, plots
from sgdphysics.exact import gibbs
from sgdphysics.exact.fokker_planck import FokkerPlanck
from sgdphysics.widgets.live import Button, Live, Slider


def bottle():
    """The bottle: 600 particles shaken in one hollow of a double well, their density, and its divergence.

    >>> figure = bottle()
    >>> figure.set(temperature=0.2)  # the second hollow fills slowly
    >>> figure
    <Live figure bottle: temperature=0.2, shake=0.5>
    """
    data = {"barrier": 1.0, "dt": 0.004, "particles": 600}
    temperature, shake = 0.4, 0.5
    return Live(
        "bottle",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.15, 1.2, 0.01, temperature),
            Slider("shake", "Strength of the shake", 0.1, 1.0, 0.05, shake),
            Button("again", "Shake again"),
        ],
        picture=_bottle_picture(temperature, shake, **data),
        alt="Two hollows with a barrier between them and particles in both, more in the left one. Below, the histogram "
        "of their positions lies on the solution of the Fokker-Planck equation, not yet on the symmetric equilibrium. "
        "Beside it, the divergence from equilibrium falls steeply at first and then along a straight line on a "
        "logarithmic scale.",
        caption="<b>The bottle.</b> A shake throws each particle about in the left hollow. Each hollow settles at "
        "once; to share the two takes far longer, and exponentially so when it is cold. At a fixed temperature the "
        "divergence from equilibrium only falls: for the equation exactly, for 600 particles up to noise.",
        data=data,
        tall=400,
        guess=(
            "Halve the temperature, to 0.20, and shake again. How many times longer will the last stage take, the "
            "sharing between the hollows?",
            "About <i>exp(1/0.2 &minus; 1/0.4)</i> = 12 times, the ratio of Kramers' rates for a barrier of one; the "
            "first stage, within a hollow, takes as long as before.",
        ),
    )


def shaken_density(grid, strength):
    """Probabilities of the cells of ``grid``: all particles at -1, thrown by normal numbers times ``strength``.

    >>> from sgdphysics import energies
    >>> from sgdphysics.exact.fokker_planck import FokkerPlanck
    >>> grid = FokkerPlanck(energies.DoubleWell(), -3.0, 3.0, 120)
    >>> p = shaken_density(grid, strength=0.25)
    >>> print(np.round([p.sum(), p @ grid.centers, p @ (grid.centers + 1) ** 2], 4))
    [ 1.     -1.      0.0625]
    """
    weights = np.exp(-(((grid.centers + 1.0) / strength) ** 2) / 2)
    return weights / weights.sum()


def _bottle_picture(temperature, shake, *, barrier, dt, particles, looks=60):
    well, rng = energies.DoubleWell(barrier), np.random.default_rng(0)
    grid = FokkerPlanck(well, -3.0, 3.0, 120, temperature=temperature)
    density = grid.evolve(shaken_density(grid, shake), dt=25 * dt, n_steps=looks)
    start = np.clip(-1.0 + shake * rng.standard_normal((particles, 1)), -3.0, 3.0)
    run = dynamics.langevin(well, start, dt=dt, n_steps=25 * looks, temperature=temperature, rng=rng, thin=25)
    expected = grid.equilibrium.reshape(30, 4).sum(axis=1)
    counted = np.array([grid.histogram(q).reshape(30, 4).sum(axis=1) for q in run.q])
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["energy", "kl"], ["density", "kl"]], width_ratios=[1.15, 1])
        q, places = run.q[-1, :, 0], np.linspace(-2.2, 2.2, 161)
        plots.theory(axes["energy"], places, well.energy(places[:, None]), color=plots.COLORS["energy"])
        lift = 0.08 + 0.04 * (np.arange(particles) % 9)
        axes["energy"].plot(q, well.energy(q[:, None]) + lift, ".", color=plots.COLORS["simulation"], alpha=0.4, ms=4)
        axes["energy"].set(title="Energy E(q), and the particles", xlim=(-2.2, 2.2), ylim=(-0.1, 2.6), yticks=(0, 1, 2))
        axes["density"].bar(grid.edges[2::4], counted[-1] / 0.2, width=0.17, color=plots.COLORS["simulation"])
        axes["density"].plot(grid.centers, grid.equilibrium / grid.width, "--", color=plots.COLORS["neutral"])
        plots.theory(axes["density"], grid.centers, density[-1] / grid.width)
        axes["density"].set(title="Where they are", xlabel="position q", xlim=(-2.2, 2.2), yticks=(0, 1))
        times = 25 * dt * np.arange(looks + 1)
        grouped = density.reshape(looks + 1, 30, 4).sum(axis=2)
        filled = np.sum(expected * particles > 0.5)
        counting = (filled - 1) / (2 * particles)  # what counting adds to the divergence, as in bottle.js
        plots.simulation(axes["kl"], times[1:], gibbs.kullback_leibler(counted, expected) - counting, ms=2)
        plots.theory(axes["kl"], times, gibbs.kullback_leibler(grouped, expected))
        axes["kl"].set(title="Divergence from equilibrium (KL)", xlabel="time", yscale="log", ylim=(0.05, 10))
    return figure
