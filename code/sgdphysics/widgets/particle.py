"""The particle: Brownian motion in a double well."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, energies, plots
from sgdphysics.widgets.live import Button, Live, Slider


def particle():
    """The particle: 600 of them in a double well, from all in the left one to exp(-E/T)/Z, at a T to choose.

    >>> figure = particle()
    >>> figure.set(temperature=0.2)  # over the barrier once in some e^5 units of time
    >>> figure
    <Live figure particle: temperature=0.2>
    """
    data = {"barrier": 1.0, "dt": 0.004, "particles": 600}
    temperature = 0.35
    return Live(
        "particle",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.1, 1.2, 0.01, temperature),
            Button("restart", "Start again"),
        ],
        picture=_particle_picture(temperature, **data),
        alt="Two wells with a barrier between them and particles in both. Below, the histogram of their positions lies "
        "on the exact density, two humps of equal height. Beside it, the share of particles in the right well rises "
        "from none to one half.",
        caption="<b>The particle.</b> All start in the left well. Heat kicks them over the barrier, the colder the "
        "more rarely, and their histogram becomes Boltzmann's density <i>exp(&minus;E/T)/Z</i>: for a learner, the "
        "posterior.",
        data=data,
        tall=400,
        guess=(
            "Set <i>T</i> to 0.20 and start again. Does the histogram within the first well settle sooner or later "
            "than the shares of the two wells?",
            "Sooner, and by far: within a well it is a matter of a few units of time, over the barrier of "
            "<i>exp(1/T)</i> times that. You can also drag the particles to another place and let go.",
        ),
    )


def _particle_picture(temperature, *, barrier, dt, particles):
    well, places = energies.DoubleWell(barrier), np.linspace(-2.2, 2.2, 221)
    run = dynamics.langevin(
        well,
        np.full((particles, 1), -1.0),
        dt=dt,
        n_steps=10_000,
        temperature=temperature,
        rng=np.random.default_rng(0),
        thin=20,
    )
    weight = np.exp(-well.energy(places[:, None]) / temperature)
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["energy", "share"], ["density", "share"]], width_ratios=[1.3, 1])
        plots.theory(axes["energy"], places, well.energy(places[:, None]), color=plots.COLORS["energy"])
        q = run.q[-1, :, 0]
        lift = 0.08 + 0.04 * (np.arange(particles) % 9)
        axes["energy"].plot(q, well.energy(q[:, None]) + lift, ".", color=plots.COLORS["simulation"], alpha=0.4, ms=4)
        axes["energy"].set(title="Energy E(q), and the particles", xlim=(-2.2, 2.2), ylim=(-0.1, 2.6), yticks=(0, 1, 2))
        axes["density"].hist(q, bins=44, range=(-2.2, 2.2), density=True, rwidth=0.8, color=plots.COLORS["simulation"])
        plots.theory(axes["density"], places, weight / np.trapezoid(weight, places))
        axes["density"].set(
            title="Where they are, and exp(−E/T)/Z", xlabel="position q", xlim=(-2.2, 2.2), yticks=(0, 1)
        )
        times = 20 * dt * np.arange(1, len(run.q) + 1)
        plots.theory(axes["share"], times, np.mean(run.q[..., 0] > 0, axis=1), color=plots.COLORS["simulation"])
        axes["share"].axhline(0.5, color=plots.COLORS["theory"], ls="--")
        axes["share"].set(title="Share in the right well", xlabel="time", ylim=(0, 0.7), yticks=(0, 0.25, 0.5))
    return figure
