"""Under np.seterr(all="raise"), as some set it to find their own slips: what vanishes beside something larger is none.

Whatever takes exponentials lets them underflow to 0, which is their value; no call below may warn either.
"""

import warnings

import numpy as np
import pytest

from sgdphysics import dynamics, energies, estimators, lattice, work
from sgdphysics.exact import annealing, gibbs, master_equation, onsager, transfer_matrix, variational
from sgdphysics.exact.fokker_planck import FokkerPlanck

X = np.random.default_rng(1).normal(size=(20, 2))
Y = np.sign(X[:, 0])
FAR = np.full((3, 2), 900.0)


def rng():
    return np.random.default_rng(2)


def answers(energy, q):
    every = energy.energy(q), energy.gradient(q)
    return (*every, energy.minibatch_gradient(q, np.arange(3))) if hasattr(energy, "minibatch_gradient") else every


def density_s_equation():
    equation = FokkerPlanck(energies.DoubleWell(30.0), -4.0, 4.0, 100, temperature=0.05)
    history = equation.evolve(np.eye(100)[30], dt=0.01, n_steps=3)
    return history, equation.free_energy(equation.equilibrium), equation.relaxation_rates(2)


def sampled(function, energy=None, q0=((1.0,), (2.0,)), **options):
    energy = energies.Harmonic(1.0) if energy is None else energy
    return lambda: function(energy, np.array(q0), rng=rng(), **options)


def pot():
    return lattice.LatticeGas(4, 4, gravity=3.0)


LOGISTIC = energies.LogisticRegression(X, Y)
NETWORK = energies.SoftmaxNetwork(X, (Y > 0).astype(int), hidden=3, prior_scale=10.0)
ROBOT = energies.RobotArmNetwork(X, X, scale_prior="lognormal")
CALLS = {
    "annealing": lambda: [
        (annealing.mean_log_weight(cold, -cold, 3), annealing.log_weight_moment(cold, -cold, 3))
        for cold in [np.array([0.0, 900.0, -900.0, 30.0])]
    ],
    "bumps": lambda: (variational.symmetric_fit(9.0), variational.one_bump_fit(9.0), variational.forward_fit(9.0)),
    "bumps' curvature": lambda: variational.reverse_curvature(3.0, 1.0, separation=9.0),
    "logistic regression": lambda: [answers(LOGISTIC, q) for q in (FAR, -FAR)],
    "normal prior": lambda: answers(energies.LogisticRegression(X, Y, prior="normal"), FAR),
    "mixture": lambda: [answers(energies.TiedMixture(X[:, 0]), q) for q in (FAR, -FAR)],
    "softmax": lambda: answers(NETWORK, 900.0 * rng().normal(size=(2, NETWORK.dimension))),
    "probabilities": lambda: NETWORK.probabilities(900.0 * rng().normal(size=(2, NETWORK.dimension)), X),
    "robot arm": lambda: answers(ROBOT, rng().normal(size=(2, ROBOT.dimension))),
    "langevin": sampled(dynamics.langevin, dt=0.9, n_steps=900, temperature=0.0),
    "underdamped": sampled(dynamics.underdamped_langevin, dt=0.5, n_steps=900, friction=2000.0, temperature=0.0),
    "stochastic dynamics": sampled(
        dynamics.stochastic_dynamics, step_size=0.9, alpha=0.0, n_steps=2000, temperature=0.0
    ),
    "Monte Carlo": sampled(
        dynamics.hamiltonian_monte_carlo, energies.DoubleWell(), step_size=[0.1, 5.0], n_leapfrog=9, n_trajectories=9
    ),
    "a classifier's Monte Carlo": sampled(
        dynamics.hamiltonian_monte_carlo, LOGISTIC, FAR, step_size=0.1, n_leapfrog=9, n_trajectories=9
    ),
    "sgd": sampled(dynamics.sgd, LOGISTIC, FAR, learning_rate=0.1, n_steps=50, batch_size=2),
    "Jarzynski": lambda: work.jarzynski([0.0, 2000.0, 1.0]),
    "Bennett": lambda: work.bar([-3000.0, 5000.0, 1.0], [0.0, -5000.0]),
    "Bennett of many and few": lambda: work.bar(np.linspace(-1.0, 3.0, 200), [0.1, -0.4]),
    "Crooks": lambda: work.crooks_fit([-3000.0, 5000.0, 1.0], [0.0, -4000.0, 2000.0]),
    "drive": sampled(
        lambda energy, q0, **options: work.drive([energy, energies.Harmonic(2000.0)], q0, **options),
        move=work.exact_move(dt=1.0),
    ),
    "the density's equation": density_s_equation,
    "Boltzmann": lambda: (gibbs.boltzmann([0.0, 2000.0], 1.0), gibbs.equilibrium_free_energy([0.0, 2000.0], 1.0)),
    "tilted": lambda: gibbs.tilted([0.5, 0.5], [0.0, 1.0], 1e-305),
    "transfer matrix": lambda: transfer_matrix.mean_energy(pot(), 5, np.array([0.1, 0.5])),
    "entropy": lambda: (gibbs.entropy([1.0, 0.0]), gibbs.kullback_leibler([0.5, 0.5], [1.0, 0.0])),
    "master equation": lambda: [
        master_equation.transition_matrix([[0, slow], [1e3, 0]], t) for slow in (0.0, 1e-300) for t in (0.0, 5.0)
    ],
    "Onsager": lambda: onsager.liquid_energy(np.array([1e-3, 0.1, onsager.CRITICAL_TEMPERATURE, 1e6])),
    "pot": lambda: pot().sweep(pot().slab(5), 3, temperature=1e-4, rng=rng()),
    "convergence": lambda: estimators.convergence(rng().normal(size=(100, 2))),
    "convergence of stuck chains": lambda: estimators.convergence(np.tile([0.0, 1.0], (100, 1))),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_that_vanishes_is_an_error(call):
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        raised = call()
    with np.errstate(all="ignore"):
        quiet = call()
    for one, other in zip(_arrays(raised), _arrays(quiet), strict=True):
        np.testing.assert_array_equal(one, other)


def _arrays(result):
    if isinstance(result, tuple | list):
        return [array for part in result for array in _arrays(part)]
    return [] if result is None else [result]
