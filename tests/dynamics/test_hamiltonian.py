"""Leapfrog, stochastic dynamics, hybrid Monte Carlo: exact laws at T ≠ 1 and large steps; broken copies."""

import pickle
import warnings

import numpy as np
import pytest

from sgdphysics import dynamics, energies, estimators
from sgdphysics.dynamics import hamiltonian

TEMPERATURE, STEP, ALPHA = 0.7, 0.6, 0.8
GAUSSIAN = energies.Gaussian([1.0, -2.0], [[1.0, 0.6], [0.6, 0.5]])
CHAINS, TRAJECTORIES, BURN_IN = 800, 500, 100


def monte_carlo(
    energy,
    q,
    *,
    rng,
    step_size=STEP,
    n_leapfrog=3,
    alpha=0.0,
    leapfrog=dynamics.leapfrog,
    refresh=dynamics.refresh_momentum,
    flip=True,
):
    """Hybrid Monte Carlo once more, on one screen, so that its parts can be broken one at a time."""
    q, p = np.array(q), np.sqrt(TEMPERATURE) * rng.standard_normal(q.shape)
    states, accepted = [], []
    for _ in range(TRAJECTORIES):
        p = refresh(p, alpha, TEMPERATURE, rng.standard_normal(q.shape))
        new_q, new_p = leapfrog(energy, q, p, step_size=step_size, n_steps=n_leapfrog)
        before = energy.energy(q) + np.sum(p * p, axis=-1) / 2
        after = energy.energy(new_q) + np.sum(new_p * new_p, axis=-1) / 2
        yes = rng.random((len(q), 1)) < np.exp((before - after) / TEMPERATURE)[:, None]
        q, p = np.where(yes, new_q, q), np.where(yes, new_p, -p if flip else p)
        states.append(q)
        accepted.append(yes[:, 0])
    return np.array(states), np.array(accepted)


def without_last_half_step(energy, q, p, *, step_size, n_steps):
    p = p - 0.5 * step_size * energy.gradient(q)
    for step in range(n_steps):
        q = q + step_size * p
        if step < n_steps - 1:
            p = p - step_size * energy.gradient(q)
    return q, p


def noise_of_wrong_size(p, alpha, temperature, noise):
    return alpha * p + np.sqrt((1 - alpha) * temperature) * noise


def z_of_covariance(q, energy=GAUSSIAN, temperature=TEMPERATURE):
    """Deviations of three second moments from T Σ in standard errors over independent chains."""
    d = q[BURN_IN:] - energy.mean
    moments = np.stack([d[..., 0] ** 2, d[..., 0] * d[..., 1], d[..., 1] ** 2], -1).mean(axis=0)
    mean, se = estimators.replica_mean(moments)
    return (mean - temperature * energy.covariance[[0, 0, 1], [0, 1, 1]]) / se


def start():
    return np.tile(GAUSSIAN.mean, (CHAINS, 1))


@pytest.mark.parametrize("alpha", [0.0, ALPHA])
def test_monte_carlo_has_the_exact_law_at_a_large_step(alpha):
    run = dynamics.hamiltonian_monte_carlo(
        GAUSSIAN,
        start(),
        step_size=STEP,
        n_leapfrog=3,
        n_trajectories=TRAJECTORIES,
        alpha=alpha,
        temperature=TEMPERATURE,
        rng=np.random.default_rng(11),
    )
    assert run.q.shape == run.momentum.shape == (TRAJECTORIES, CHAINS, 2)
    assert 0.3 < run.accepted.mean() < 0.9  # the step is large enough for the test to matter
    assert np.abs(z_of_covariance(run.q)).max() < 4.5
    np.testing.assert_allclose(run.energy, GAUSSIAN.energy(run.q))
    mean, se = estimators.replica_mean(np.mean(run.momentum[BURN_IN:, :, 0] ** 2, axis=0))
    assert abs(mean - TEMPERATURE) < 4.5 * se
    mean, se = estimators.replica_mean(np.mean(run.momentum[BURN_IN:] * (run.q[BURN_IN:] - GAUSSIAN.mean), axis=0))
    assert (np.abs(mean) < 4.5 * se).all()  # momentum and position are independent


@pytest.mark.parametrize("alpha", [0.0, ALPHA])
def test_the_copy_to_be_broken_is_the_sampler(alpha):
    states, accepted = monte_carlo(GAUSSIAN, start(), alpha=alpha, rng=np.random.default_rng(11))
    run = dynamics.hamiltonian_monte_carlo(
        GAUSSIAN,
        start(),
        step_size=STEP,
        n_leapfrog=3,
        n_trajectories=TRAJECTORIES,
        alpha=alpha,
        temperature=TEMPERATURE,
        rng=np.random.default_rng(11),
    )
    np.testing.assert_allclose(run.q, states, rtol=1e-12)
    np.testing.assert_array_equal(run.accepted, accepted)


@pytest.mark.parametrize(
    "broken",
    [
        {"leapfrog": without_last_half_step},
        {"alpha": ALPHA, "refresh": noise_of_wrong_size},
        {"alpha": ALPHA, "flip": False, "step_size": 0.5, "n_leapfrog": 2},
    ],
    ids=["no last half step", "√(1 - α) for √(1 - α²)", "momentum not flipped"],
)
def test_broken_monte_carlo_is_rejected(broken):
    states, _ = monte_carlo(GAUSSIAN, start(), rng=np.random.default_rng(11), **broken)
    assert np.abs(z_of_covariance(states)).max() > 9


def test_leaving_out_the_repeated_states_is_rejected():
    states, accepted = monte_carlo(GAUSSIAN, start(), rng=np.random.default_rng(11))
    counted = np.where(accepted[..., None], (states - GAUSSIAN.mean) ** 2, np.nan)
    moments = np.nanmean(counted[BURN_IN:], axis=0)
    mean, se = estimators.replica_mean(moments)
    assert (np.abs(mean - TEMPERATURE * np.diag(GAUSSIAN.covariance)) > 9 * se).any()


def test_without_partial_refreshment_the_flip_does_not_matter():
    states, _ = monte_carlo(GAUSSIAN, start(), flip=False, rng=np.random.default_rng(11))
    assert np.abs(z_of_covariance(states)).max() < 4.5


def exact_acceptance(stiffness, step_size, n_leapfrog):
    """Equilibrium acceptance in a spring: (4/π) arctan(1/√λ), λ >= 1 and 1/λ the eigenvalues of MᵀM.

    M is the leapfrog map on (√k q, p), whose equilibrium is round. The mean of min(1, exp(-ΔH/T)) is twice
    the probability of ΔH < 0 for any reversible map that keeps volume, and ΔH is the form zᵀ(MᵀM - 1)z/2.
    """
    root = np.sqrt(stiffness)
    columns = [
        dynamics.leapfrog(energies.Harmonic(stiffness), [z[0] / root], [z[1]], step_size=step_size, n_steps=n_leapfrog)
        for z in np.eye(2)
    ]
    m = np.array([[root * q[0], p[0]] for q, p in columns]).T
    return 4 / np.pi * np.arctan(1 / np.linalg.norm(m, 2))


@pytest.mark.parametrize("n_leapfrog", [1, 4])
def test_acceptance_in_a_spring_is_the_exact_one_for_each_chain_of_a_sweep(n_leapfrog):
    stiffness, chains = 2.5, 3000
    step_size = np.repeat([0.3, 0.8, 1.1], chains // 3)
    temperature = np.tile([0.4, 3.0], chains // 2)
    run = dynamics.hamiltonian_monte_carlo(
        energies.Harmonic(stiffness),
        np.sqrt(temperature / stiffness)[:, None]
        * np.random.default_rng(3).standard_normal((chains, 1)),  # in equilibrium from the start
        step_size=step_size,
        n_leapfrog=n_leapfrog,
        n_trajectories=200,
        temperature=temperature,
        rng=np.random.default_rng(12),
    )
    for size in np.unique(step_size):
        for t in np.unique(temperature):
            mean, se = estimators.replica_mean(run.accepted[:, (step_size == size) & (temperature == t)].mean(axis=0))
            assert abs(mean - exact_acceptance(stiffness, size, n_leapfrog)) < 4.5 * se


def test_mala_is_one_leapfrog_step():
    """n_leapfrog = 1: the proposal is a Langevin step of dt = ε²/2, and so is α = 0 without the test."""
    dt, q0 = 0.08, np.full((5000, 1), 1.3)
    energy = energies.DoubleWell(barrier=0.5)
    run = dynamics.stochastic_dynamics(
        energy,
        q0,
        step_size=np.sqrt(2 * dt),
        alpha=0.0,
        n_steps=20,
        temperature=0.6,
        rng=np.random.default_rng(4),
    )
    rng = np.random.default_rng(4)
    rng.standard_normal(q0.shape)  # the momentum at the start, which α = 0 forgets
    expected = dynamics.langevin(energy, q0, dt=dt, n_steps=20, temperature=0.6, rng=rng)
    np.testing.assert_allclose(run.q, expected.q, rtol=1e-10)


def test_zero_temperature_is_gradient_descent_with_momentum():
    """Momentum α and learning rate ε² (1 + α)/2, which is ε² where α is close to one."""
    energy, q, alpha, step_size = energies.DoubleWell(barrier=0.7), np.array([[0.4], [-2.0]]), 0.9, 0.15
    run = dynamics.stochastic_dynamics(
        energy,
        q,
        step_size=step_size,
        alpha=alpha,
        n_steps=50,
        temperature=0.0,
        rng=np.random.default_rng(0),
    )
    change = -(step_size**2) / 2 * energy.gradient(q)
    for state in run.q:
        q = q + change
        np.testing.assert_allclose(state, q, rtol=1e-10)
        change = alpha * change - step_size**2 * (1 + alpha) / 2 * energy.gradient(q)


def test_stochastic_dynamics_in_a_spring_has_the_known_wrong_variance():
    stiffness, temperature, chains = 3.0, 1.7, 4000
    alpha = np.repeat([0.0, 0.5, 0.9, 0.98], chains // 4)
    step_size = np.tile([0.3, 0.9], chains // 2)
    run = dynamics.stochastic_dynamics(
        energies.Harmonic(stiffness),
        np.zeros((chains, 1)),
        step_size=step_size,
        alpha=alpha,
        temperature=temperature,
        n_steps=3000,
        thin=10,
        rng=np.random.default_rng(13),
    )
    for a in np.unique(alpha):
        for h in np.unique(step_size):
            chosen = (alpha == a) & (step_size == h)
            mean, se = estimators.replica_mean(np.mean(run.q[100:, chosen, 0] ** 2, axis=0))
            assert abs(mean - temperature / (stiffness * (1 - h**2 * stiffness / 4))) < 4.5 * se
            mean, se = estimators.replica_mean(np.mean(run.momentum[100:, chosen, 0] ** 2, axis=0))
            assert abs(mean - temperature) < 4.5 * se


def test_stochastic_dynamics_with_noise_of_wrong_size_is_rejected(monkeypatch):
    monkeypatch.setattr(hamiltonian, "refresh_momentum", noise_of_wrong_size)
    run = dynamics.stochastic_dynamics(
        energies.Harmonic(3.0),
        np.zeros((500, 1)),
        step_size=0.3,
        alpha=0.9,
        n_steps=2000,
        thin=10,
        rng=np.random.default_rng(1),
    )
    mean, se = estimators.replica_mean(np.mean(run.q[100:, :, 0] ** 2, axis=0))
    assert abs(mean - 1 / (3.0 * (1 - 0.3**2 * 3.0 / 4))) > 9 * se


def test_refreshment_leaves_the_momentum_normal():
    rng = np.random.default_rng(2)
    p = np.sqrt(2.5) * rng.standard_normal(400_000)
    p = dynamics.refresh_momentum(p, 0.3, 2.5, rng.standard_normal(p.shape))
    for power, moment in ((2, 2.5), (4, 3 * 2.5**2)):
        mean, se = estimators.replica_mean(p**power)
        assert abs(mean - moment) < 4.5 * se


class Flat(energies.Gaussian):
    """The slip of a gradient that is the mean over the chains."""

    def __init__(self):
        super().__init__(GAUSSIAN.mean, GAUSSIAN.covariance)

    def gradient(self, q):
        return super().gradient(q).mean(axis=0)


class Rounded(energies.Gaussian):
    """A Gaussian whose force is rounded as coarsely as float16 does: still a function of q alone."""

    def gradient(self, q):
        return super().gradient(q).astype(np.float16).astype(np.float64)


def test_monte_carlo_is_exact_under_rounded_forces():
    coarse = Rounded(GAUSSIAN.mean, GAUSSIAN.covariance)
    states, _ = monte_carlo(coarse, start(), rng=np.random.default_rng(11))
    assert np.abs(z_of_covariance(states)).max() < 4.5


def anharmonic_start():
    rng = np.random.default_rng(5)
    return energies.DoubleWell(barrier=1.3), rng.standard_normal((20, 1)), 1.5 * rng.standard_normal((20, 1))


def test_leapfrog_is_reversible_and_euler_is_not():
    energy, q, p = anharmonic_start()
    for move, back in ((dynamics.leapfrog, True), (dynamics.wrong_explicit_euler, False)):
        new_q, new_p = move(energy, q, p, step_size=0.02, n_steps=60)
        old_q, old_p = move(energy, new_q, -new_p, step_size=0.02, n_steps=60)
        assert np.allclose(old_q, q, atol=1e-10) == np.allclose(old_p, -p, atol=1e-10) == back


def volume_factor(move, energy, q, p, **steps):
    """Determinant of d(q', p')/d(q, p) in one coordinate, by central differences."""
    h = 1e-5
    columns = []
    for dq, dp in ((h, 0.0), (0.0, h)):
        ahead, behind = move(energy, q + dq, p + dp, **steps), move(energy, q - dq, p - dp, **steps)
        columns.append([(a - b)[..., 0] / (2 * h) for a, b in zip(ahead, behind, strict=True)])
    return columns[0][0] * columns[1][1] - columns[0][1] * columns[1][0]


def test_leapfrog_keeps_volume_and_euler_swells_it():
    energy, q, p = anharmonic_start()
    leapfrog = volume_factor(dynamics.leapfrog, energy, q, p, step_size=0.1, n_steps=7)
    np.testing.assert_allclose(leapfrog, 1.0, atol=1e-6)
    euler = volume_factor(dynamics.wrong_explicit_euler, energies.Harmonic(2.0), q, p, step_size=0.1, n_steps=7)
    np.testing.assert_allclose(euler, (1 + 0.1**2 * 2.0) ** 7, rtol=1e-6)


def test_leapfrog_energy_error_is_of_second_order():
    energy, q, p = anharmonic_start()
    errors = []
    for n_steps in (50, 100, 200):
        end = dynamics.leapfrog(energy, q, p, step_size=2.0 / n_steps, n_steps=n_steps)
        rise = dynamics.total_energy(energy, *end) - dynamics.total_energy(energy, q, p)
        errors.append(np.sqrt(np.mean(rise**2)))
    np.testing.assert_allclose(errors[0] / errors[1], 4.0, rtol=0.1)
    np.testing.assert_allclose(errors[1] / errors[2], 4.0, rtol=0.03)


def test_a_trajectory_that_leaves_the_finite_numbers_is_rejected():
    run = dynamics.hamiltonian_monte_carlo(
        energies.DoubleWell(),
        np.array([[1.0], [5.0]]),
        step_size=np.array([0.1, 5.0]),
        n_leapfrog=20,
        n_trajectories=30,
        rng=np.random.default_rng(6),
    )
    assert np.isfinite(run.q).all()
    assert run.accepted[:, 0].mean() > 0.8
    assert not run.accepted[:, 1].any()
    np.testing.assert_array_equal(run.q[:, 1], 5.0)


def test_divergence_is_raised_or_recorded():
    arguments = {"step_size": 0.2, "alpha": 0.5, "n_steps": 100}
    energy, q0 = energies.DoubleWell(), np.array([[1.0], [50.0]])
    with pytest.raises(dynamics.DivergedError, match=r"step \d+ in chain \(1,\): lower step_size") as caught:
        dynamics.stochastic_dynamics(energy, q0, rng=np.random.default_rng(0), **arguments)
    assert np.isfinite(caught.value.trajectory.q).all()
    run = dynamics.stochastic_dynamics(energy, q0, rng=np.random.default_rng(0), on_divergence="record", **arguments)
    assert np.isfinite(run.q[:, 0]).all()
    assert not np.isfinite(run.q[-1, 1]).any()
    np.testing.assert_array_equal(run.q[: caught.value.step - 1], caught.value.trajectory.q)


def test_chains_of_any_shape_thinned_and_repeatable():
    arguments = {
        "step_size": 0.4,
        "n_leapfrog": 2,
        "n_trajectories": 10,
        "thin": 3,
        "temperature": np.array([[0.5], [1.0], [2.0], [4.0], [8.0]]),
    }
    q0 = np.zeros((5, 1, 2))
    first, second = (
        dynamics.hamiltonian_monte_carlo(GAUSSIAN, q0, rng=np.random.default_rng(1), **arguments) for _ in range(2)
    )
    assert first.q.shape == (3, 5, 1, 2)
    assert first.accepted.shape == first.energy.shape == (3, 5, 1)
    np.testing.assert_array_equal(first.q, second.q)
    np.testing.assert_array_equal(q0, 0.0)
    single = dynamics.stochastic_dynamics(
        GAUSSIAN, [0.0, 0.0], step_size=0.1, alpha=0.5, n_steps=7, thin=7, rng=np.random.default_rng(1)
    )
    assert single.q.shape == (1, 2)
    assert single.energy.shape == (1,)


def test_an_interrupted_run_keeps_its_states():
    class Tiring(energies.DoubleWell):
        calls = 0

        def gradient(self, q):
            self.calls += 1
            if self.calls == 20:
                raise KeyboardInterrupt
            return super().gradient(q)

    with pytest.raises(dynamics.InterruptedRun) as caught:
        dynamics.hamiltonian_monte_carlo(
            Tiring(),
            [[1.0]],
            step_size=0.1,
            n_leapfrog=4,
            n_trajectories=100,
            rng=np.random.default_rng(0),
        )
    assert caught.value.trajectory.accepted.shape == (3, 1)
    copy = pickle.loads(pickle.dumps(caught.value))
    np.testing.assert_array_equal(copy.trajectory.q, caught.value.trajectory.q)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step_size": 0.0}, "step_size must be greater than zero"),
        ({"step_size": [0.1, 0.1]}, "step_size must be a scalar or one value a chain"),
        ({"alpha": 1.5}, r"alpha must be in \[0, 1"),
        ({"alpha": -0.1}, "alpha must be in"),
        ({"alpha": np.nan}, "alpha must be finite"),
        ({"alpha": np.full(4, 0.5)}, "alpha must be a scalar or one value a chain"),
        ({"temperature": -1.0}, "temperature"),
        ({"q0": np.zeros((3, 1))}, r"q0 must have shape \(\.\.\., 2\)"),
        ({"q0": np.full((3, 2), np.nan)}, "q0 must be finite"),
        ({"thin": 1000}, "thin must be at most"),
        ({"rng": 3}, "rng must be a numpy.random.Generator"),
    ],
)
def test_bad_input_is_named(changes, message):
    good = {"q0": np.zeros((3, 2)), "step_size": 0.1, "alpha": 0.5, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        dynamics.stochastic_dynamics(GAUSSIAN, **{**good, "n_steps": 10, **changes})
    with pytest.raises(ValueError, match=message):
        dynamics.hamiltonian_monte_carlo(GAUSSIAN, **{**good, "n_leapfrog": 2, "n_trajectories": 10, **changes})


class Hole(energies.Harmonic):
    """A spring that has no energy at the right of 1."""

    def energy(self, q):
        return np.where(q[..., 0] < 1.0, super().energy(q), np.nan)


def test_a_start_without_energy_is_named():
    q0 = np.array([[0.0], [2.0]])
    with pytest.raises(ValueError, match="q0 must have a finite energy in every chain, got nan"):
        dynamics.hamiltonian_monte_carlo(
            Hole(1.0), q0, step_size=0.3, n_leapfrog=3, n_trajectories=2, rng=np.random.default_rng(1)
        )


def test_bad_input_of_one_sampler_alone_is_named():
    q0, rng = np.zeros((3, 2)), np.random.default_rng(0)
    good = {"step_size": 0.1, "n_leapfrog": 2, "n_trajectories": 10, "rng": rng}
    for changes, message in (
        ({"n_leapfrog": 0}, "n_leapfrog must be an integer of at least 1"),
        ({"n_trajectories": 2.5}, "n_trajectories must be an integer"),
        ({"n_trajectories": 0}, "n_trajectories must be an integer of at least 1, got 0"),
        ({"temperature": 0.0}, "temperature must be greater than zero"),
        ({"alpha": 1.0}, r"alpha must be in \[0, 1\)"),
    ):
        with pytest.raises(ValueError, match=message):
            dynamics.hamiltonian_monte_carlo(GAUSSIAN, q0, **{**good, **changes})
    with pytest.raises(ValueError, match="on_divergence must be one of 'raise', 'record', got 'ignore'"):
        dynamics.stochastic_dynamics(
            GAUSSIAN, q0, step_size=0.1, alpha=0.5, n_steps=10, rng=rng, on_divergence="ignore"
        )


def test_a_chain_that_stands_still_is_told_and_one_that_moves_once_is_not():
    arguments = {"n_leapfrog": 4, "step_size": 0.5}
    with pytest.warns(RuntimeWarning, match="none of 50 trajectories was accepted in any chain: lower step_size"):
        run = dynamics.hamiltonian_monte_carlo(
            energies.Harmonic(1e4), [0.01], n_trajectories=50, rng=np.random.default_rng(0), **arguments
        )
    assert not run.accepted.any()
    with pytest.warns(RuntimeWarning, match="none of 20 trajectories") as told:  # the fewest that are judged
        dynamics.hamiltonian_monte_carlo(
            energies.Harmonic(1e4), [0.01], n_trajectories=20, rng=np.random.default_rng(0), **arguments
        )
    assert [warning.filename for warning in told] == [__file__]  # it points at the call
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for stiffness, trajectories in ((1e4, 19), (1.0, 50)):  # too few to judge; a good step
            dynamics.hamiltonian_monte_carlo(
                energies.Harmonic(stiffness),
                [0.01],
                n_trajectories=trajectories,
                thin=trajectories,  # what is not kept counts too
                rng=np.random.default_rng(0),
                **arguments,
            )
        run = dynamics.hamiltonian_monte_carlo(
            GAUSSIAN, start()[:50], step_size=STEP, n_leapfrog=3, n_trajectories=50, rng=np.random.default_rng(0)
        )
    assert not run.accepted[-1].all()  # the last one alone would be blamed
    assert run.accepted.any(axis=0).all()


@pytest.mark.parametrize("move", [dynamics.leapfrog, dynamics.wrong_explicit_euler])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_steps": 0}, "n_steps must be an integer of at least 1, got 0"),
        ({"n_steps": 2.0}, "n_steps must be an integer"),
        ({"step_size": 0.0}, "step_size must be greater than zero"),
        ({"step_size": np.ones((3, 1))}, r"step_size must be a scalar or one value a chain, shape \(3,\)"),
        ({"step_size": np.nan}, "step_size must be finite"),
        ({"q": np.zeros((3, 1))}, r"q must have shape \(\.\.\., 2\)"),
        ({"p": np.zeros(2)}, r"p must have the shape of q, \(3, 2\); got \(2,\)"),
        ({"p": np.full((3, 2), np.inf)}, "p must be finite"),
        ({"energy": Flat()}, r"energy.gradient must return shape \(3, 2\) for q of shape \(3, 2\), got \(2,\)"),
    ],
)
def test_bad_input_of_a_single_move_is_named(move, changes, message):
    good = {"energy": GAUSSIAN, "q": np.zeros((3, 2)), "p": np.zeros((3, 2)), "step_size": 0.1, "n_steps": 3}
    with pytest.raises(ValueError, match=message):
        move(**good | changes)


def test_a_leapfrog_step_is_the_formula_for_each_chain():
    q, p, size = np.array([[0.3, 1.0], [-2.0, 0.5]]), np.array([[1.0, 0.0], [0.2, -0.7]]), np.array([[0.3], [0.1]])
    half = p - size / 2 * GAUSSIAN.gradient(q)
    new_q = q + size * half
    new = dynamics.leapfrog(GAUSSIAN, q, p, step_size=size[:, 0], n_steps=1)
    np.testing.assert_allclose(new[0], new_q, rtol=1e-14)
    np.testing.assert_allclose(new[1], half - size / 2 * GAUSSIAN.gradient(new_q), rtol=1e-14)
    wrong = dynamics.wrong_explicit_euler(GAUSSIAN, q, p, step_size=size[:, 0], n_steps=1)
    np.testing.assert_allclose(wrong, [q + size * p, p - size * GAUSSIAN.gradient(q)], rtol=1e-14)
    twice = dynamics.leapfrog(GAUSSIAN, *new, step_size=size[:, 0], n_steps=1)
    np.testing.assert_allclose(dynamics.leapfrog(GAUSSIAN, q, p, step_size=size[:, 0], n_steps=2), twice, rtol=1e-12)


@pytest.mark.parametrize("move", [dynamics.leapfrog, dynamics.wrong_explicit_euler])
def test_chains_in_two_rows_are_the_same_chains_in_one(move):
    q, p, size = np.arange(12.0).reshape(6, 2) / 5, np.linspace(-1.0, 1.0, 12).reshape(6, 2), np.linspace(0.1, 0.6, 6)
    one_row = move(GAUSSIAN, q, p, step_size=size, n_steps=3)
    rows = (2, 3, 2)
    two_rows = move(GAUSSIAN, q.reshape(rows), p.reshape(rows), step_size=size.reshape(2, 3), n_steps=3)
    np.testing.assert_allclose(np.reshape(two_rows, (2, 6, 2)), one_row, rtol=1e-13, atol=1e-14)


def test_monte_carlo_is_the_formula_from_its_first_momentum_on():
    q0 = np.array([[0.3, 1.0], [-2.0, 0.5], [1.0, 1.0]])
    temperature, alpha, size = np.array([0.5, 2.0, 1.3])[:, None], np.array([0.0, 0.6, 0.9])[:, None], STEP
    run = dynamics.hamiltonian_monte_carlo(
        GAUSSIAN,
        q0,
        step_size=size,
        n_leapfrog=2,
        n_trajectories=40,
        alpha=alpha[:, 0],
        temperature=temperature[:, 0],
        thin=3,
        rng=np.random.default_rng(21),
    )
    rng, q = np.random.default_rng(21), q0
    p = np.sqrt(temperature) * rng.standard_normal(q.shape)
    states = []
    for _ in range(40):
        p = alpha * p + np.sqrt((1 - alpha**2) * temperature) * rng.standard_normal(q.shape)
        there = dynamics.leapfrog(GAUSSIAN, q, p, step_size=size, n_steps=2)
        rise = GAUSSIAN.energy(there[0]) - GAUSSIAN.energy(q) + np.sum(there[1] ** 2 - p**2, axis=-1) / 2
        yes = rng.random((3, 1)) < np.exp(-rise[:, None] / temperature)
        q, p = np.where(yes, there[0], q), np.where(yes, there[1], -p)
        states.append((q, p, yes[:, 0]))
    q, p, accepted = (np.array(kept)[2::3] for kept in zip(*states, strict=True))
    np.testing.assert_allclose(run.q, q, rtol=1e-12)
    np.testing.assert_allclose(run.momentum, p, rtol=1e-12)
    np.testing.assert_array_equal(run.accepted, accepted)
    assert 0 < accepted.mean() < 1
    np.testing.assert_allclose(run.energy, GAUSSIAN.energy(q), rtol=1e-12)


def test_stochastic_dynamics_is_the_formula_from_its_first_momentum_on():
    q0 = np.array([[0.3, 1.0], [-2.0, 0.5], [1.0, 1.0]])
    temperature, alpha, size = np.array([0.5, 2.0, 0.0])[:, None], np.array([0.0, 0.6, 1.0])[:, None], 0.3
    run = dynamics.stochastic_dynamics(
        GAUSSIAN,
        q0,
        step_size=size,
        n_steps=10,
        alpha=alpha[:, 0],
        temperature=temperature[:, 0],
        thin=3,
        rng=np.random.default_rng(22),
    )
    rng, q = np.random.default_rng(22), q0
    p = np.sqrt(temperature) * rng.standard_normal(q.shape)
    states = []
    for _ in range(10):
        p = alpha * p + np.sqrt((1 - alpha**2) * temperature) * rng.standard_normal(q.shape)
        q, p = dynamics.leapfrog(GAUSSIAN, q, p, step_size=size, n_steps=1)
        states.append((q, p))
    q, p = (np.array(kept)[2::3] for kept in zip(*states, strict=True))
    np.testing.assert_allclose(run.q, q, rtol=1e-12)
    np.testing.assert_allclose(run.momentum, p, rtol=1e-12)
    np.testing.assert_allclose(run.energy, GAUSSIAN.energy(q), rtol=1e-12)


def test_refreshment_is_the_formula():
    assert dynamics.refresh_momentum(2.0, 0.6, 2.25, 3.0) == pytest.approx(0.6 * 2.0 + 0.8 * 1.5 * 3.0, rel=1e-14)
    assert dynamics.total_energy(GAUSSIAN, np.array([1.0, -2.0]), np.array([3.0, 4.0])) == 12.5
