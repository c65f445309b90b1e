"""Leapfrog, and the test of hybrid Monte Carlo."""

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, energies, plots
from sgdphysics.widgets.live import Button, Live, Slider


def leapfrog():
    """Leapfrog and hybrid Monte Carlo in a valley: step size, number of steps and memory of the momentum to choose.

    >>> figure = leapfrog()
    >>> figure.set(stepSize=0.78)  # beyond the limit, twice the valley's width: 0.775
    >>> figure
    <Live figure leapfrog: stepSize=0.78, leaps=8, alpha=0>
    """
    covariance, step_size, leaps = [[1.0, 0.85], [0.85, 1.0]], 0.62, 8
    return Live(
        "leapfrog",
        controls=[
            Slider("stepSize", "Step size <i>ε</i>", 0.05, 0.9, 0.01, step_size),
            Slider("leaps", "Leapfrog steps <i>L</i>", 1, 40, 1, leaps),
            Slider("alpha", "Momentum kept, <i>α</i>", 0.0, 0.99, 0.01, 0.0),
            Button("hurry", "500 at once"),
            Button("restart", "Start again"),
        ],
        picture=_leapfrog_picture(covariance, step_size, leaps),
        alt="Left: a long diagonal valley seen from above, with many small dots that fill it and one trajectory that "
        "runs along it. Right: along that trajectory the total energy rises and falls a little around zero, and the "
        "histogram of the places where trajectories ended lies on the exact normal curve.",
        caption="<b>Leapfrog and the test.</b> A trajectory gets a momentum, makes <i>L</i> leapfrog steps of size "
        "<i>ε</i>, and is accepted by what they did to the total energy <i>H</i>. Short steps keep <i>H</i> and get "
        "nowhere; beyond a limit set by the valley's width <i>H</i> explodes. The histogram is right in any case.",
        data={"covariance": covariance},
        tall=420,
        guess=(
            "Raise the step size past 0.77, the limit that the valley's width sets. Will the histogram become wrong?",
            "No: the test rejects what the step got wrong, and the histogram stays right; but nearly every trajectory "
            "is rejected, so that it takes far longer.",
        ),
    )


def _leapfrog_picture(covariance, step_size, leaps):
    well, rng = energies.Gaussian([0.0, 0.0], covariance), np.random.default_rng(1)
    run = dynamics.hamiltonian_monte_carlo(
        well, [0.0, 0.0], step_size=step_size, n_leapfrog=leaps, n_trajectories=2000, rng=rng
    )
    states = [(run.q[-1], rng.standard_normal(2))]
    for _ in range(leaps):
        states.append(dynamics.leapfrog(well, *states[-1], step_size=step_size, n_steps=1))
    path, rises = np.array([q for q, _ in states]), [dynamics.total_energy(well, q, p) for q, p in states]
    turn, places = np.linspace(0, 2 * np.pi, 120), np.linspace(-3.6, 3.6, 121)
    ellipse = np.linalg.cholesky(covariance) @ [np.cos(turn), np.sin(turn)]
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["plane", "rise"], ["plane", "places"]], width_ratios=[1.25, 1])
        for radius in (1, 2):
            plots.theory(axes["plane"], *(radius * ellipse), lw=1.5)
        axes["plane"].plot(*run.q[-400:].T, ".", color=plots.COLORS["simulation"], alpha=0.45, ms=4)
        axes["plane"].plot(*path.T, ".-", color="black", lw=1.2)
        axes["plane"].plot(*path[0], "o", color=plots.COLORS["simulation"], ms=8)
        axes["plane"].set(title="The valley, seen from above", xlabel="$q_1$", xlim=(-3.6, 3.6), ylim=(-3.6, 3.6))
        plots.theory(axes["rise"], range(leaps + 1), np.zeros(leaps + 1), lw=1.5)
        plots.theory(axes["rise"], range(leaps + 1), np.array(rises) - rises[0], color=plots.COLORS["energy"])
        axes["rise"].set(
            title="Rise of the total energy H", xlabel="leapfrog steps", ylim=(-1.2, 1.2), yticks=(-1, 0, 1)
        )
        axes["places"].hist(run.q[:, 0], bins=36, range=(-3.6, 3.6), density=True, color=plots.COLORS["simulation"])
        plots.theory(axes["places"], places, np.exp(-(places**2) / (2 * covariance[0][0])) / np.sqrt(2 * np.pi))
        axes["places"].set(title="Where they ended", xlabel="$q_1$", yticks=())
    return figure
