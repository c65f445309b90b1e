"""How it moves: the dynamics whose equilibrium is exp(-E(q)/T).

Every sampler takes ``(energy, q0, *, ..., temperature=1.0, rng, thin=1)`` and returns a :class:`Trajectory`. Positions
``q0`` are ``(..., d)``: any number of chains at once. Step sizes and temperatures are scalars or one value a chain.
"""

from sgdphysics.dynamics.langevin import langevin, langevin_step
from sgdphysics.dynamics.stochastic_gradient import sgd, sgld
from sgdphysics.dynamics.trajectory import DivergedError, InterruptedRun, Trajectory
from sgdphysics.dynamics.underdamped import underdamped_langevin

__all__ = [
    "DivergedError",
    "InterruptedRun",
    "Trajectory",
    "langevin",
    "langevin_step",
    "sgd",
    "sgld",
    "underdamped_langevin",
]
