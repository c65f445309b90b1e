"""Underdamped Langevin dynamics against its exact law, with T, mass, friction, stiffness off 1 and steps large."""

import itertools

import numpy as np
import pytest

from sgdphysics import dynamics, energies, estimators

STIFFNESS = 2.3
# dt, friction, mass, temperature: up to 0.95 of the stability limit dt √(k/m) = 2
SETTINGS = [
    (dt * np.sqrt(mass / STIFFNESS), friction, mass, temperature)
    for (dt, friction), (mass, temperature) in itertools.product(
        [(0.3, 0.4), (1.2, 3.0), (1.9, 0.8)], [(0.5, 1.7), (4.0, 0.6)]
    )
]
CHAINS = 5000


def maps(dt, friction, mass, temperature, stiffness=STIFFNESS):
    """One BAOAB step on a spring as (q, p) -> matrix (q, p) + noise, multiplied out from its five pieces."""
    kick, drift = np.array([[1, 0], [-stiffness * dt / 2, 1]]), np.array([[1, dt / 2 / mass], [0, 1]])
    fade = np.diag([1.0, np.exp(-friction * dt)])
    noise = kick @ drift @ np.array([0.0, np.sqrt(mass * temperature * (1 - np.exp(-2 * friction * dt)))])
    return kick @ drift @ fade @ drift @ kick, np.outer(noise, noise)


def stationary_covariance(matrix, noise):
    """C = M C Mᵀ + N, as a linear system."""
    return np.linalg.solve(np.eye(4) - np.kron(matrix, matrix), noise.ravel()).reshape(2, 2)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_law_named_in_the_docstring_is_that_of_the_step(setting):
    dt, _, mass, temperature = setting
    covariance = stationary_covariance(*maps(*setting))
    expected = [temperature / STIFFNESS, mass * temperature * (1 - dt**2 * STIFFNESS / (4 * mass))]
    np.testing.assert_allclose(covariance, np.diag(expected), atol=1e-12)


def sampled(sampler=dynamics.underdamped_langevin):
    """(settings, CHAINS, 2): the last q and p of independent chains, all settings in one batch."""
    dt, friction, mass, temperature = (np.repeat(x, CHAINS) for x in np.transpose(SETTINGS))
    run = sampler(
        energies.Harmonic(STIFFNESS, center=0.8),
        np.full((len(SETTINGS) * CHAINS, 1), 0.8),
        dt=dt,
        n_steps=80,
        thin=80,
        friction=friction,
        mass=mass,
        temperature=temperature,
        rng=np.random.default_rng(31),
    )
    return np.stack([run.q[-1] - 0.8, run.momentum[-1]], axis=-1).reshape(len(SETTINGS), CHAINS, 2)


def worst_z(states):
    """Largest deviation of the second moments from the exact ones in standard errors."""
    z = []
    for setting, state in zip(SETTINGS, states, strict=True):
        exact = stationary_covariance(*maps(*setting))
        for i, j in [(0, 0), (0, 1), (1, 1)]:
            mean, se = estimators.replica_mean(state[:, i] * state[:, j])
            z.append((mean - exact[i, j]) / se)
    return np.abs(z).max()


def test_stationary_law_at_any_stable_step():
    assert worst_z(sampled()) < 4.5


def copy_of_baoab(first=0.5, fade=1.0, shake=np.sqrt, inertia=lambda m: m):
    """The five pieces once more, with places to break them."""

    def sampler(energy, q, *, dt, n_steps, thin, friction, mass, temperature, rng):
        dt, friction, mass, temperature = (x[:, None] for x in (dt, friction, mass, temperature))
        c = np.exp(-friction * dt * fade)
        p = np.sqrt(mass * temperature) * rng.standard_normal(q.shape)
        for _ in range(n_steps):
            p = p - energy.gradient(q) * dt * first
            q = q + p * dt / 2 / inertia(mass)
            p = c * p + shake((1 - np.exp(-2 * friction * dt)) * mass * temperature) * rng.standard_normal(q.shape)
            q = q + p * dt / 2 / inertia(mass)
            p = p - energy.gradient(q) * dt / 2
        return dynamics.Trajectory(q[None], None, momentum=p[None])

    return sampler


def test_the_copy_is_the_sampler():
    np.testing.assert_allclose(sampled(copy_of_baoab()), sampled(), rtol=1e-9, atol=1e-12)


BROKEN = {
    "missing root of the noise": copy_of_baoab(shake=lambda x: x),
    "noise √2 too large": copy_of_baoab(shake=lambda x: np.sqrt(2 * x)),
    "mass forgotten in the drift": copy_of_baoab(inertia=lambda m: 1.2),
    "friction twice as strong as its noise": copy_of_baoab(fade=2.0),
    "first half kick too small": copy_of_baoab(first=0.45),
}


@pytest.mark.parametrize("sampler", BROKEN.values(), ids=BROKEN)
def test_broken_steps_are_rejected(sampler):
    assert not worst_z(sampled(sampler)) < 9


def test_transient_from_a_cold_start_follows_the_linear_recursion():
    setting = dt, friction, mass, temperature = 0.5, 0.9, 1.8, 0.4
    matrix, noise = maps(*setting)
    run = dynamics.underdamped_langevin(
        energies.Harmonic(STIFFNESS),
        np.full((40000, 1), 3.0),
        dt=dt,
        n_steps=6,
        friction=friction,
        mass=mass,
        temperature=temperature,
        rng=np.random.default_rng(2),
    )
    mean, covariance = np.array([3.0, 0.0]), np.diag([0.0, mass * temperature])
    for q, p in zip(run.q[..., 0], run.momentum[..., 0], strict=True):
        mean, covariance = matrix @ mean, matrix @ covariance @ matrix.T + noise
        state = np.stack([q, p], axis=-1)
        measured, se = estimators.replica_mean(state)
        assert (np.abs(measured - mean) < 4.5 * se).all()
        centred = state - mean
        for i, j in [(0, 0), (0, 1), (1, 1)]:
            measured, se = estimators.replica_mean(centred[:, i] * centred[:, j])
            assert abs(measured - covariance[i, j]) < 4.5 * se


def test_a_run_is_the_formula_from_its_first_momentum_on():
    q, well = np.array([[0.4], [-1.3], [2.0]]), energies.DoubleWell(barrier=0.9)
    dt, mass = np.array([[0.02], [0.05], [0.01]]), np.array([[0.5], [1.7], [3.0]])
    friction, temperature = np.array([[0.0], [2.0], [30.0]]), np.array([[0.6], [1.4], [0.0]])
    run = dynamics.underdamped_langevin(
        well,
        q,
        dt=dt[:, 0],
        friction=friction[:, 0],
        mass=mass[:, 0],
        temperature=temperature[:, 0],
        n_steps=10,
        thin=3,
        rng=np.random.default_rng(2),
    )
    rng, states = np.random.default_rng(2), []
    p = np.sqrt(mass * temperature) * rng.standard_normal(q.shape)
    c = np.exp(-friction * dt)
    for _ in range(10):
        p = p - well.gradient(q) * dt / 2
        q = q + p / mass * dt / 2
        p = c * p + np.sqrt((1 - c**2) * mass * temperature) * rng.standard_normal(q.shape)
        q = q + p / mass * dt / 2
        p = p - well.gradient(q) * dt / 2
        states.append((q, p))
    q, p = (np.array(kept)[2::3] for kept in zip(*states, strict=True))
    np.testing.assert_allclose(run.q, q, rtol=1e-12)
    np.testing.assert_allclose(run.momentum, p, rtol=1e-11)
    np.testing.assert_allclose(run.energy, well.energy(q), rtol=1e-11)


def test_without_friction_it_is_leapfrog():
    energy, dt, mass = energies.DoubleWell(0.9), 0.05, 2.5
    q, p = np.array([[-1.7], [0.3]]), np.zeros((2, 1))
    run = dynamics.underdamped_langevin(
        energy, q, dt=dt, n_steps=200, friction=0.0, mass=mass, temperature=0.0, rng=np.random.default_rng(0)
    )
    for _ in range(200):
        p = p - dt / 2 * energy.gradient(q)
        q = q + dt * p / mass
        p = p - dt / 2 * energy.gradient(q)
    np.testing.assert_allclose(run.q[-1], q, rtol=1e-10)
    total = run.energy + np.sum(run.momentum**2, axis=-1) / (2 * mass)
    assert np.ptp(total, axis=0).max() < 0.02


def test_a_free_particle_flies_then_diffuses():
    """Ornstein and Fürth: ⟨q²⟩ = 2T/(mγ) [t - (1 - e^{-γt})/γ], from ballistic to diffusion of mobility 1/(mγ)."""
    friction, mass, temperature, t = 4.0, 1.5, 0.7, 0.02 * np.array([5, 50, 150])
    run = dynamics.underdamped_langevin(
        energies.Harmonic(1e-9),
        np.zeros((20000, 1)),
        dt=0.02,
        n_steps=150,
        friction=friction,
        mass=mass,
        temperature=temperature,
        rng=np.random.default_rng(4),
    )
    mean, se = estimators.replica_mean(run.q[[4, 49, 149], :, 0].T ** 2)
    exact = 2 * temperature / (mass * friction) * (t + np.expm1(-friction * t) / friction)
    assert (np.abs(mean - exact) < 4.5 * se).all()


def test_thinning_shapes_and_a_start_left_alone():
    q0 = np.ones((2, 3, 1))
    run = dynamics.underdamped_langevin(
        energies.DoubleWell(), q0, dt=0.01, n_steps=9, thin=4, friction=1.0, rng=np.random.default_rng(1)
    )
    full = dynamics.underdamped_langevin(
        energies.DoubleWell(), q0, dt=0.01, n_steps=9, friction=1.0, rng=np.random.default_rng(1)
    )
    assert run.q.shape == run.momentum.shape == (2, 2, 3, 1)
    np.testing.assert_array_equal(run.momentum, full.momentum[3::4])
    np.testing.assert_array_equal(run.energy, full.energy[3::4])
    np.testing.assert_array_equal(q0, 1.0)


def test_an_unstable_step_says_so():
    with pytest.raises(dynamics.DivergedError, match=r"step \d+ in chain \(1,\): lower dt") as caught:
        dynamics.underdamped_langevin(
            energies.Harmonic(STIFFNESS),
            np.ones((2, 1)),
            dt=[0.1, 1.5],
            n_steps=5000,
            friction=0.01,
            rng=np.random.default_rng(0),
        )
    assert np.isfinite(caught.value.trajectory.momentum).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt": 0.0}, "dt must be greater than zero"),
        ({"friction": -1.0}, "friction must be zero or more"),
        ({"friction": [1.0, 2.0]}, "friction must be a scalar or one value a chain"),
        ({"mass": 0.0}, "mass must be greater than zero"),
        ({"mass": np.inf}, "mass must be finite"),
        ({"temperature": -0.1}, "temperature must be zero or more"),
        ({"n_steps": 1.5}, "n_steps must be an integer"),
        ({"thin": 0}, "thin must be an integer"),
        ({"q0": np.zeros((3, 2))}, "q0 must have shape"),
        ({"rng": 7}, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(changes, message):
    good = {"q0": np.zeros((3, 1)), "dt": 0.1, "n_steps": 10, "friction": 1.0, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        dynamics.underdamped_langevin(energies.DoubleWell(), **{**good, **changes})
