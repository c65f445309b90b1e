"""Leapfrog in the page against the sampler that it mirrors."""

from pathlib import Path

import numpy as np
from node import compare

from sgdphysics import dynamics, energies

SCRIPT = Path(__file__).parent / "leapfrog.test.mjs"


def run(covariance, step_size, leaps, alpha, n=60):
    """A run of the sampler and the numbers that it drew."""
    well, rng = energies.Gaussian([0.0, 0.0], covariance), np.random.default_rng(5)
    settings = {"step_size": step_size, "n_leapfrog": leaps, "alpha": alpha, "n_trajectories": n}
    found = dynamics.hamiltonian_monte_carlo(well, [0.0, 0.0], rng=np.random.default_rng(5), **settings)
    first = rng.standard_normal(2)
    drawn = [(rng.standard_normal(2), rng.random(1)[0]) for _ in range(n)]
    normals, uniforms = zip(*drawn, strict=True)
    numbers = {"first": first, "normals": normals, "uniforms": uniforms, "covariance": covariance}
    outcome = {"q": found.q, "p": found.momentum, "accepted": found.accepted}
    return numbers | outcome | {"stepSize": step_size, "leaps": leaps, "alpha": alpha}


def test_leapfrog_moves_as_the_sampler_does(tmp_path):
    valley = [[1.0, 0.85], [0.85, 1.0]]
    runs = [run(valley, 0.6, 5, 0.0), run([[1.0, -0.3], [-0.3, 0.5]], 1.0, 3, 0.7), run(valley, 0.65, 1, 0.9)]
    assert compare(tmp_path, SCRIPT, runs) == 3
