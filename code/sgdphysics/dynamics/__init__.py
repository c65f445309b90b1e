"""How it moves: the dynamics whose equilibrium is exp(-E(q)/T).

Every sampler takes ``(energy, q0, *, ..., temperature=1.0, rng, thin=1)`` and returns a :class:`Trajectory`. Positions
``q0`` are ``(..., d)``: any number of chains at once. Step sizes and temperatures are scalars or one value a chain. A
new sampler gets a file here and a line below; ``start.py`` looks at what it is given, and ``trajectory.py`` keeps its
states and guards the run. What is sampled lives in ``energies``, and what the run should have found in ``exact``. One,
``reverse_diffusion``, has no equilibrium: in place of an energy it takes a force that changes in time.
"""

from sgdphysics.dynamics.hamiltonian import (
    hamiltonian_monte_carlo,
    leapfrog,
    refresh_momentum,
    stochastic_dynamics,
    total_energy,
    wrong_explicit_euler,
)
from sgdphysics.dynamics.jump_process import jump_counts
from sgdphysics.dynamics.langevin import langevin, langevin_step
from sgdphysics.dynamics.natural_gradient import natural_mala, natural_sgld
from sgdphysics.dynamics.reverse_diffusion import reverse_diffusion
from sgdphysics.dynamics.stochastic_gradient import sgd, sgld, stochastic_gradient_hmc
from sgdphysics.dynamics.trajectory import DivergedError, InterruptedRun, Trajectory
from sgdphysics.dynamics.underdamped import underdamped_langevin

__all__ = [
    "DivergedError",
    "InterruptedRun",
    "Trajectory",
    "hamiltonian_monte_carlo",
    "jump_counts",
    "langevin",
    "langevin_step",
    "leapfrog",
    "natural_mala",
    "natural_sgld",
    "refresh_momentum",
    "reverse_diffusion",
    "sgd",
    "sgld",
    "stochastic_dynamics",
    "stochastic_gradient_hmc",
    "total_energy",
    "underdamped_langevin",
    "wrong_explicit_euler",
]
