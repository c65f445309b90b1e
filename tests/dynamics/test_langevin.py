"""Langevin dynamics against its exact law at finite steps, T, k and dt away from 1, and against broken copies."""

import pickle

import numpy as np
import pytest

from sgdphysics import dynamics, energies, estimators

STIFFNESS, DT, TEMPERATURE = np.array([0.5, 2.0, 6.0]), 0.25, 0.7
CHAINS, STEPS = 400, 600


def exact_variance(stiffness, dt, temperature):
    """Stationary variance of the Euler-Maruyama chain in a spring, not the continuum's T/k."""
    return temperature / (stiffness * (1 - stiffness * dt / 2))


def stationary(step):
    """The last states of independent chains that ``step(q, noise)`` moves from the middle of the springs."""
    rng = np.random.default_rng(20260)
    q = np.zeros((CHAINS, 3))
    tail = []
    for i in range(STEPS):
        q = step(q, rng.standard_normal(q.shape))
        if i >= 100:
            tail.append(q)
    return np.array(tail)


def z_of_variance(q, expected):
    """Deviation of the measured variance from ``expected`` in standard errors over independent chains."""
    mean, se = estimators.replica_mean(np.mean(q**2, axis=0))
    return (mean - expected) / se


def correct(q, noise):
    return dynamics.langevin_step(q, STIFFNESS * q, DT, TEMPERATURE, noise)


BROKEN = {
    "noise √2 too large": lambda q, noise: q - STIFFNESS * q * DT + np.sqrt(4 * TEMPERATURE * DT) * noise,
    "noise √2 too small": lambda q, noise: q - STIFFNESS * q * DT + np.sqrt(TEMPERATURE * DT) * noise,
    "temperature in place of its root": lambda q, noise: q - STIFFNESS * q * DT + TEMPERATURE * np.sqrt(2 * DT) * noise,
    "dt in place of its root": lambda q, noise: q - STIFFNESS * q * DT + np.sqrt(2 * TEMPERATURE) * DT * noise,
    "half the drift": lambda q, noise: q - STIFFNESS * q * DT / 2 + np.sqrt(2 * TEMPERATURE * DT) * noise,
}


def test_stationary_variance_of_the_step():
    z = z_of_variance(stationary(correct), exact_variance(STIFFNESS, DT, TEMPERATURE))
    assert np.abs(z).max() < 4.5
    continuum = z_of_variance(stationary(correct), TEMPERATURE / STIFFNESS)
    assert np.abs(continuum).max() > 9  # the test can tell the discrete law from the continuum's


@pytest.mark.parametrize("step", BROKEN.values(), ids=BROKEN)
def test_broken_steps_are_rejected(step):
    z = z_of_variance(stationary(step), exact_variance(STIFFNESS, DT, TEMPERATURE))
    assert np.abs(z).max() > 9


def test_sampler_with_one_step_and_one_temperature_a_chain():
    stiffness, chains = 3.0, 6000
    dt = np.repeat([0.05, 0.2, 0.4], chains // 3)
    temperature = np.tile([0.3, 2.5], chains // 2)
    run = dynamics.langevin(
        energies.Harmonic(stiffness, center=-1.0),
        np.full((chains, 1), -1.0),
        dt=dt,
        temperature=temperature,
        n_steps=400,
        thin=20,
        rng=np.random.default_rng(5),
    )
    assert run.q.shape == (20, chains, 1)
    assert run.energy.shape == (20, chains)
    assert run.weights is run.accepted is run.momentum is None
    deviation = run.q[5:, :, 0] + 1.0
    np.testing.assert_allclose(run.energy[5:], stiffness * deviation**2 / 2)
    for h in np.unique(dt):
        for t in np.unique(temperature):
            chosen = np.mean(deviation[:, (dt == h) & (temperature == t)] ** 2, axis=0)
            mean, se = estimators.replica_mean(chosen)
            assert abs(mean - exact_variance(stiffness, h, t)) < 4.5 * se


def test_relaxation_of_the_mean_is_geometric():
    stiffness, dt, n_steps, chains = 1.5, 0.2, 6, 20000
    run = dynamics.langevin(
        energies.Harmonic(stiffness),
        np.full((chains, 1), 4.0),
        dt=dt,
        n_steps=n_steps,
        temperature=0.4,
        rng=np.random.default_rng(8),
    )
    mean, se = estimators.replica_mean(run.q[..., 0].T)
    assert (np.abs(mean - 4.0 * (1 - stiffness * dt) ** np.arange(1, n_steps + 1)) < 4.5 * se).all()


def test_error_of_the_variance_is_of_first_order_in_the_step():
    dt = np.array([0.4, 0.2, 0.1])
    run = dynamics.langevin(
        energies.Gaussian([0.0, 0.0], [[1.0, 0.6], [0.6, 2.0]]),
        np.zeros((3, 4000, 2)),
        dt=np.broadcast_to(dt[:, None], (3, 4000)),
        n_steps=1000,
        thin=10,
        temperature=1.3,
        rng=np.random.default_rng(9),
    )
    measured = np.einsum("tcni,tcnj->cij", run.q[10:], run.q[10:]) / run.q[10:, 0, :, 0].size
    covariance = np.array([[1.0, 0.6], [0.6, 2.0]])
    for h, matrix in zip(dt, measured, strict=True):
        exact = 1.3 * covariance @ np.linalg.inv(np.eye(2) - h / 2 * np.linalg.inv(covariance))
        np.testing.assert_allclose(matrix, exact, rtol=0.03)


def test_zero_temperature_is_gradient_descent():
    energy, q = energies.DoubleWell(barrier=0.7), np.array([[0.4], [-2.0]])
    run = dynamics.langevin(energy, q, dt=0.03, n_steps=50, temperature=0.0, rng=np.random.default_rng(0))
    for _ in range(50):
        q = q - 0.03 * energy.gradient(q)
    np.testing.assert_array_equal(run.q[-1], q)


def test_a_step_and_a_run_are_the_formula():
    """To rounding, which one per cent more heat or drift is not."""
    step = dynamics.langevin_step(1.5, gradient=-2.0, dt=0.03, temperature=0.7, noise=1.1)
    assert step == pytest.approx(1.5 + 2.0 * 0.03 + (2 * 0.7 * 0.03) ** 0.5 * 1.1, rel=1e-14)
    energy, q = energies.DoubleWell(barrier=0.9), np.array([[0.4], [-1.3], [2.0]])
    dt, temperature = np.array([[0.02], [0.05], [0.01]]), np.array([[0.5], [0.0], [2.0]])
    run = dynamics.langevin(
        energy, q, dt=dt[:, 0], temperature=temperature[:, 0], n_steps=10, thin=3, rng=np.random.default_rng(2)
    )
    rng, states = np.random.default_rng(2), []
    for _ in range(10):
        q = q - 4 * 0.9 * q * (q**2 - 1) * dt + np.sqrt(2 * temperature * dt) * rng.standard_normal(q.shape)
        states.append(q)
    np.testing.assert_allclose(run.q, states[2::3], rtol=1e-12)
    np.testing.assert_allclose(run.energy, 0.9 * (np.array(states[2::3])[..., 0] ** 2 - 1) ** 2, rtol=1e-11)


def test_same_generator_same_run_and_the_start_is_left_alone():
    q0 = np.ones((3, 1))
    runs = [
        dynamics.langevin(energies.DoubleWell(), q0, dt=0.01, n_steps=9, thin=2, rng=np.random.default_rng(1))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(runs[0].q, runs[1].q)
    assert runs[0].q.shape == (4, 3, 1)
    np.testing.assert_array_equal(q0, 1.0)


def test_divergence_says_where_and_keeps_what_was_there():
    q0 = np.array([[0.1], [50.0], [0.2]])
    with pytest.raises(dynamics.DivergedError, match=r"step \d+ in chain \(1,\): lower dt") as caught:
        dynamics.langevin(energies.DoubleWell(), q0, dt=0.1, n_steps=100, rng=np.random.default_rng(0))
    assert caught.value.chain == (1,)
    assert caught.value.trajectory.q.shape == (caught.value.step - 1, 3, 1)
    assert np.isfinite(caught.value.trajectory.q).all()
    assert not hasattr(caught.value, "__notes__")  # all is in its message, and the step is the one that went wrong


def test_of_chains_that_diverge_together_the_first_is_named():
    q0 = np.array([[0.1, 0.2, 1e90], [1e90, 0.1, 1e90]])[..., np.newaxis]
    with pytest.raises(dynamics.DivergedError, match=r"step 1 in chain \(0, 2\): lower dt") as caught:
        dynamics.langevin(energies.DoubleWell(), q0, dt=0.1, n_steps=9, rng=np.random.default_rng(0))
    assert caught.value.chain == (0, 2)


@pytest.mark.parametrize("start", [0.1, 1e90], ids=["a run that ends", "a run that diverges"])
def test_a_run_leaves_the_floating_point_errors_as_they_were(start):
    with np.errstate(over="raise", invalid="print", under="warn", divide="call"):
        before = np.geterr()
        try:
            dynamics.langevin(energies.DoubleWell(), [start], dt=0.1, n_steps=9, rng=np.random.default_rng(0))
        except dynamics.DivergedError:
            assert start == 1e90
        assert np.geterr() == before


def test_a_thinned_run_takes_no_more_room_than_what_it_keeps():
    run = dynamics.hamiltonian_monte_carlo(
        energies.DoubleWell(),
        np.ones((3, 1)),
        step_size=0.1,
        n_leapfrog=2,
        n_trajectories=20,
        thin=5,
        rng=np.random.default_rng(0),
    )
    for kept in (run.q, run.energy, run.accepted, run.momentum):
        assert len(kept) == 4
        assert kept.base.nbytes == kept.nbytes


def test_divergence_before_the_first_kept_state_leaves_an_empty_trajectory():
    with pytest.raises(dynamics.DivergedError) as caught:
        dynamics.langevin(energies.DoubleWell(), [1e80], dt=0.1, n_steps=100, thin=50, rng=np.random.default_rng(0))
    assert caught.value.trajectory.q.shape == (0, 1)


def test_an_interrupted_run_keeps_its_states():
    class Tiring(energies.DoubleWell):
        calls = 0

        def gradient(self, q):
            self.calls += 1
            if self.calls == 9:  # one call looks at the start, eight make steps
                raise KeyboardInterrupt
            return super().gradient(q)

    with pytest.raises(KeyboardInterrupt) as caught:
        dynamics.langevin(Tiring(), [[1.0]], dt=0.01, n_steps=100, rng=np.random.default_rng(0))
    assert isinstance(caught.value, dynamics.InterruptedRun)
    assert caught.value.trajectory.q.shape == (7, 1, 1)
    assert str(caught.value).startswith("interrupted at step 7; ")


def test_errors_come_back_whole_from_another_process():
    run = dynamics.langevin(energies.DoubleWell(), [[1.0]], dt=0.01, n_steps=3, rng=np.random.default_rng(0))
    for error in (dynamics.DivergedError(4, (1,), "lower dt", run), dynamics.InterruptedRun(4, run)):
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.step) == (str(error), 4)
        np.testing.assert_array_equal(copy.trajectory.q, run.q)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt": 0.0}, "dt must be greater than zero"),
        ({"dt": -0.1}, "dt"),
        ({"dt": np.nan}, "dt must be finite"),
        ({"dt": [0.1, 0.1]}, "dt must be a scalar or one value a chain"),
        ({"temperature": -1.0}, "temperature must be zero or more"),
        ({"temperature": np.ones((3, 1))}, "temperature must be a scalar or one value a chain"),
        ({"n_steps": 0}, "n_steps must be an integer of at least 1"),
        ({"n_steps": 2.5}, "n_steps"),
        ({"n_steps": True}, "n_steps"),
        ({"thin": 0}, "thin"),
        ({"thin": 11}, "thin must be at most n_steps"),
        ({"q0": np.zeros((3, 2))}, r"q0 must have shape \(\.\.\., 1\)"),
        ({"q0": 0.0}, "q0 must have shape"),
        ({"q0": np.zeros((0, 1))}, "at least one chain"),
        ({"q0": [[np.inf]]}, "q0 must be finite"),
        ({"q0": [[1.0 + 2.0j]]}, "q0 must be an array of real numbers"),
        ({"q0": np.ma.masked_greater(np.ones((3, 1)), 0.0)}, "q0 must not be masked"),
        ({"dt": np.ma.masked_greater(np.ones(3), 0.0)}, "dt must not be masked"),
        ({"rng": 3}, "rng must be a numpy.random.Generator"),
        ({"rng": np.random}, "rng"),
    ],
)
def test_bad_input_is_named(changes, message):
    good = {"q0": np.zeros((3, 1)), "dt": 0.1, "n_steps": 10, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        dynamics.langevin(energies.DoubleWell(), **{**good, **changes})
