"""The trap: work without equilibrium, and Jarzynski's average."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import energies, estimators, plots, work
from sgdphysics.widgets.live import Button, Live, Slider


def trap():
    """The trap: 200 particles dragged at a chosen speed, again and again; their works, and what Jarzynski finds.

    >>> figure = trap()
    >>> figure.set(duration=0.1)  # faster: more work is wasted, and ΔF = 0 still
    >>> figure
    <Live figure trap: duration=0.1, temperature=1.4>
    """
    data = {"stiffness": 4.0, "distance": 1.0, "dt": 0.02, "particles": 200}
    temperature, duration = 1.4, 1.0
    return Live(
        "trap",
        controls=[
            Slider("duration", "Time of the pull", 0.1, 8.0, 0.1, duration),
            Slider("temperature", "Temperature <i>T</i>", 0.4, 2.0, 0.05, temperature),
            Button("pull", "Pull"),
            Button("clear", "Empty"),
        ],
        picture=_trap_picture(temperature, duration, pulls=20, **data),
        alt="Left: particles in a parabolic trap, lagging behind its middle. Right: the histogram of the work of many "
        "pulls lies on a bell curve. Its mean is well above zero, the change of the free energy; Jarzynski's average "
        "is at zero within its error bar.",
        caption="<b>The trap.</b> Two hundred particles are dragged from 0 to 1, again and again. The faster, the more "
        "work is wasted and the wider it spreads; yet Jarzynski's average keeps finding &Delta;<i>F</i> = 0. Cold and "
        "fast, it hangs on paths that hardly ever come.",
        data=data,
        tall=380,
        guess=(
            "Pull ten times as fast. The mean work grows; does Jarzynski's average grow with it?",
            "No: it stays at &Delta;<i>F</i> = 0, but its error bar grows, since the paths that decide, those that "
            "give work back, become rare. Drag the trap: a pull by hand shows the same.",
        ),
    )


def _trap_picture(temperature, duration, *, stiffness, distance, dt, particles, pulls):
    rng, n_steps = np.random.default_rng(0), round(duration / dt)
    protocol = [energies.Harmonic(stiffness, center) for center in np.linspace(0, distance, n_steps + 1)]
    start = np.sqrt(temperature / stiffness) * rng.standard_normal((particles * pulls, 1))
    driven = work.drive(protocol, start, move=work.exact_move(dt=dt, temperature=temperature), rng=rng)
    exact = work.dragging_dissipation(distance, duration, stiffness)
    estimate, error = work.jarzynski(driven.work, temperature=temperature)
    mean, mean_error = estimators.replica_mean(driven.work)
    with plots.styled():
        figure = Figure(figsize=(7, 3.4))
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.2])
        places, q = np.linspace(-1.6, 1.6 + distance, 121), driven.q[:particles, 0]
        plots.theory(left, places, stiffness / 2 * (places - distance) ** 2, color=plots.COLORS["energy"])
        lift = 0.15 + 0.08 * (np.arange(particles) % 7)
        left.plot(q, stiffness / 2 * (q - distance) ** 2 + lift, ".", color=plots.COLORS["simulation"], alpha=0.5)
        left.set(title="The trap, and the particles", xlabel="position q", ylim=(-0.2, 5), xticks=(0, distance))
        right.hist(driven.work, bins=48, range=(-4, 8), density=True, rwidth=0.88, color=plots.COLORS["simulation"])
        works, width = np.linspace(-4, 8, 241), 4 * temperature * exact
        plots.theory(right, works, np.exp(-((works - exact) ** 2) / width) / np.sqrt(np.pi * width))
        right.axvline(0, color=plots.COLORS["neutral"], ls="--", lw=1.5)
        top = 1 / np.sqrt(np.pi * width)
        for value, se, color, words, at in (
            (estimate, error, "free_energy", "Jarzynski", 1.25 * top),
            (mean, mean_error, "energy", "mean work", 1.1 * top),
        ):
            right.errorbar(value, at, xerr=se, fmt="o", color=plots.COLORS[color], ms=8, capsize=3)
            plots.name(right, value, at, f"{words}: {value:.2f}".replace("-", "−"), color="black", offset=(14, 0))
        right.set(title=f"Work of {particles * pulls:,} paths", xlabel="work W", ylim=(0, 1.45 * top), yticks=())
    return figure
