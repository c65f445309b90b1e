"""The particle in the page against the Python that it mirrors."""

from pathlib import Path

import numpy as np
from node import compare
from scipy.integrate import quad

from sgdphysics import dynamics, energies

SCRIPT = Path(__file__).parent / "particle.test.mjs"


def langevin_run(barrier, dt, temperature, particles=40, n_steps=200):
    """A run of the sampler and the normal numbers that it drew."""
    well, start = energies.DoubleWell(barrier), np.linspace(-1.6, 1.4, particles)[:, None]
    settings = {"dt": dt, "n_steps": n_steps, "temperature": temperature}
    run = dynamics.langevin(well, start, **settings, rng=np.random.default_rng(5))
    normals = np.random.default_rng(5).standard_normal((n_steps, particles))
    known = {"barrier": barrier, "dt": dt, "temperature": temperature, "before": start[:, 0], "normals": normals}
    return known | {"after": run.q[..., 0], "energies": run.energy[-1]}


def exact_density(barrier, temperature):
    """exp(-E/T)/Z of the double well, Z by adaptive quadrature."""
    well = energies.DoubleWell(barrier)

    def weight(q):
        return np.exp(-well.energy(np.asarray(q)[..., None]) / temperature)

    z = quad(weight, -5, 5, points=(-1, 0, 1), epsabs=1e-13, limit=200)[0]
    return lambda q: weight(q) / z


def exact_sample(barrier, temperature, particles):
    """Independent draws from exp(-E/T)/Z by rejection from a uniform proposal."""
    rng, density = np.random.default_rng(3), exact_density(barrier, temperature)
    q = rng.uniform(-2.2, 2.2, 100 * particles)
    return q[rng.uniform(0, 1.3, q.size) < density(q)][:particles]


def test_particle_steps_as_the_sampler_does(tmp_path):
    runs = [langevin_run(*setting) for setting in ((1.0, 0.004, 0.35), (1.3, 0.02, 0.8), (0.4, 0.05, 2.5))]
    places = np.linspace(-2, 2, 41)
    densities = [
        {"barrier": b, "temperature": t, "places": places, "values": exact_density(b, t)(places)}
        for b, t in ((1.0, 0.1), (1.0, 1.2), (1.7, 0.5))
    ]
    samples = [{"barrier": 1.2, "temperature": 0.5, "q": exact_sample(1.2, 0.5, 600)}]
    assert compare(tmp_path, SCRIPT, {"runs": runs, "densities": densities, "samples": samples}) == 3
