"""SGD with momentum and in epochs, and SGHMC, against exact laws of a weight whose minibatch noise does not move."""

import numpy as np
import pytest

from sgdphysics import dynamics, energies
from sgdphysics.exact import stationary

# At x = ±1 every case has the same curvature, so the gradient's noise is the same at every weight.
SIDES, TARGETS = np.array([1.0, -1, 1, -1, 1, -1]), np.array([0.4, -2.0, 1.1, 0.3, -0.7, -0.2])
MODEL = energies.LinearRegression(SIDES[:, np.newaxis], TARGETS, noise=0.8, prior_scale=1.4)
((VARIANCE,),) = MODEL.posterior()[1]
CURVATURE, MODE = 1 / VARIANCE, MODEL.posterior()[0]
CHAINS = 20_000


def noise(batch_size):
    """Variance of the minibatch gradient, with replacement."""
    every = np.array([MODEL.minibatch_gradient(MODE, np.array([case]))[0] for case in range(6)])
    return np.var(every) / batch_size


def z_of_variance(states, center, exact):
    """How many standard errors the mean square about ``center`` is from ``exact``."""
    squares = (states[..., 0] - center) ** 2
    return (squares.mean() - exact) / (squares.std(ddof=1) / np.sqrt(squares.size))


def run(sampler=dynamics.sgd, n_steps=300, seed=0, start=MODE, **settings):
    q0 = np.tile(start, (CHAINS, 1))
    return sampler(MODEL, q0, n_steps=n_steps, thin=n_steps, rng=np.random.default_rng(seed), **settings)


@pytest.mark.parametrize(("momentum", "rate"), [(0.6, 0.05), (0.9, 0.02), (0.3, 0.22)])
def test_heavy_ball_has_its_exact_law(momentum, rate):
    found = run(learning_rate=rate, batch_size=2, momentum=momentum)
    (exact,) = stationary.covariance([[CURVATURE]], [[noise(2)]], learning_rate=rate, momentum=momentum)[0]
    assert abs(z_of_variance(found.q[-1], MODE, exact)) < 4.5
    speed = 2 * rate**2 * noise(2) / ((1 - momentum) * (2 * (1 + momentum) - rate * CURVATURE))
    assert abs(z_of_variance(found.momentum[-1], 0.0, speed)) < 4.5
    for wrong in (momentum - 0.1, momentum + 0.05):
        (other,) = stationary.covariance([[CURVATURE]], [[noise(2)]], learning_rate=rate, momentum=wrong)[0]
        assert abs(z_of_variance(found.q[-1], MODE, other)) > 4.5


def test_heavy_ball_step_by_step():
    rows = np.random.default_rng(3).integers(6, size=(4, 2, 3))
    q, v, rng = np.array([[0.3], [-1.0]]), np.zeros((2, 1)), np.random.default_rng(3)
    found = dynamics.sgd(MODEL, q, learning_rate=0.07, n_steps=4, batch_size=3, momentum=0.8, rng=rng)
    for step in range(4):
        v = 0.8 * v - 0.07 * MODEL.minibatch_gradient(q, rows[step])
        q = q + v
        np.testing.assert_allclose(found.q[step], q, rtol=1e-14)
        np.testing.assert_allclose(found.momentum[step], v, rtol=1e-14)


def test_learning_rate_follows_its_schedule():
    rows = np.random.default_rng(3).integers(6, size=(4, 2, 3))
    q, v, rng = np.array([[0.3], [-1.0]]), np.zeros((2, 1)), np.random.default_rng(3)
    settings = {"learning_rate": lambda t: 0.07 / (1 + t), "n_steps": 4, "batch_size": 3, "momentum": 0.8}
    found = dynamics.sgd(MODEL, q, **settings, rng=rng)
    for step in range(4):
        v = 0.8 * v - 0.07 / (1 + step) * MODEL.minibatch_gradient(q, rows[step])
        q = q + v
        np.testing.assert_allclose(found.q[step], q, rtol=1e-14)


def test_stochastic_gradient_hmc_step_by_step():
    """The same numbers, one after the other: the velocities at the start, then a batch and the heat of each step."""
    settings = {"learning_rate": 0.07, "friction": 0.3, "temperature": 1.7, "noise_estimate": 0.2, "thin": 2}
    q, rng, again = np.array([[0.3], [-1.0], [2.0]]), np.random.default_rng(3), np.random.default_rng(3)
    found = dynamics.stochastic_gradient_hmc(MODEL, q, n_steps=4, batch_size=2, rng=rng, **settings)
    v, states = again.normal(0.0, np.sqrt(0.07 * 1.7), (3, 1)), []
    for _ in range(4):
        gradient = MODEL.minibatch_gradient(q, again.integers(6, size=(3, 2)))
        v = 0.7 * v - 0.07 * gradient + again.normal(0.0, np.sqrt(2 * (0.3 * 1.7 - 0.2) * 0.07), (3, 1))
        q = q + v
        states.append((q, v))
    np.testing.assert_allclose(np.stack([found.q, found.momentum], axis=1), states[1::2], rtol=1e-12)


@pytest.mark.parametrize("friction", [0.3, 1.0])
def test_stochastic_gradient_hmc_first_step(friction):
    """At the noise estimate that leaves no heat: from v ~ N(0, η T), and the velocity is the way that was gone."""
    rate, temperature = 0.05, 2.0
    settings = {"friction": friction, "temperature": temperature, "noise_estimate": friction * temperature}
    found = run(dynamics.stochastic_gradient_hmc, 1, learning_rate=rate, batch_size=6, **settings)
    np.testing.assert_allclose(found.momentum[0], found.q[0] - MODE, rtol=1e-12, atol=1e-14)
    exact = (1 - friction) ** 2 * rate * temperature + rate**2 * noise(6)
    assert abs(z_of_variance(found.q[-1], MODE, exact)) < 4.5


def test_without_momentum_there_is_no_velocity():
    assert run(learning_rate=0.05, batch_size=2, n_steps=2).momentum is None


def test_a_full_batch_without_replacement_has_no_noise():
    found = dynamics.sgd(
        MODEL,
        np.zeros((5, 1)),
        learning_rate=0.03,
        n_steps=50,
        batch_size=6,
        replacement=False,
        rng=np.random.default_rng(0),
    )
    descent = dynamics.langevin(MODEL, [0.0], dt=0.03, n_steps=50, temperature=0.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.q, np.repeat(descent.q[:, np.newaxis], 5, axis=1), rtol=1e-12)


@pytest.mark.parametrize(("batch_size", "chains"), [(1, (50,)), (2, (50,)), (3, (5, 10))])
def test_an_epoch_takes_every_case_once_in_an_order_of_its_own(batch_size, chains):
    class Watching:
        dimension, n_cases, taken = 1, 6, []

        def energy(self, q):
            return 0 * q[..., 0]

        def gradient(self, q):
            return 0 * q

        def minibatch_gradient(self, q, rows):
            self.taken.append(np.array(rows))
            return 0 * q

    energy, steps = Watching(), 4 * 6 // batch_size
    dynamics.sgd(
        energy,
        np.zeros((*chains, 1)),
        learning_rate=1.0,
        n_steps=steps,
        batch_size=batch_size,
        replacement=False,
        rng=np.random.default_rng(1),
    )
    taken = energy.taken[-steps:]  # a sampler may look at the energy before it starts
    epochs = np.concatenate(taken, axis=-1).reshape(50, 4, 6)
    np.testing.assert_array_equal(np.sort(epochs, axis=-1), np.broadcast_to(np.arange(6), epochs.shape))
    assert len(np.unique(epochs.reshape(200, 6), axis=0)) > 150  # of 720 orders


def test_an_epochs_variance_is_the_bridges_at_every_phase():
    rate, m = 0.05, 6
    minima = np.array([MODEL.minibatch_gradient(MODE, np.array([case]))[0] for case in range(6)]) / CURVATURE
    exact = stationary.epoch_variance(CURVATURE, minima.std(), batches=m, learning_rate=rate)
    q0, rng = np.tile(MODE, (CHAINS, 1)), np.random.default_rng(4)
    found = dynamics.sgd(MODEL, q0, learning_rate=rate, n_steps=31 * m, batch_size=1, replacement=False, rng=rng).q[-m:]
    walk = stationary.covariance([[CURVATURE]], [[noise(1)]], learning_rate=rate)[0, 0]
    for phase in range(m):
        assert abs(z_of_variance(found[phase], MODE, exact[phase + 1])) < 4.8
        assert abs(z_of_variance(found[phase], MODE, walk)) > 10  # as if cases were drawn with replacement


@pytest.mark.parametrize(
    ("friction", "rate", "estimate", "temperature"),
    [(0.3, 0.05, 0.0, 1.0), (0.3, 0.05, 0.2, 0.9), (0.9, 0.1, 0.5, 2.0)],
)
def test_stochastic_gradient_hmc_has_its_exact_law(friction, rate, estimate, temperature):
    settings = {"learning_rate": rate, "batch_size": 2, "friction": friction, "noise_estimate": estimate}
    found = run(dynamics.stochastic_gradient_hmc, temperature=temperature, seed=5, **settings)
    heat = temperature + (rate * noise(2) / 2 - estimate) / friction
    exact = heat / (CURVATURE * (1 - rate * CURVATURE / (2 * (2 - friction))))
    assert abs(z_of_variance(found.q[-1], MODE, exact)) < 4.5
    kinetic = 2 / (2 - friction) * rate * CURVATURE * exact  # η times the kinetic temperature
    assert abs(z_of_variance(found.momentum[-1], 0.0, kinetic)) < 4.5
    assert abs(z_of_variance(found.q[-1], MODE, exact * temperature / heat)) > 4.5  # the minibatches' heat forgotten


@pytest.mark.parametrize(
    ("sampler", "changes", "message"),
    [
        (dynamics.sgd, {"momentum": 1.0}, "momentum must be below 1"),
        (dynamics.sgd, {"momentum": -0.1}, "momentum must be zero or more"),
        (dynamics.sgd, {"replacement": False, "batch_size": 4}, "batch_size must divide the 6 cases"),
        (dynamics.stochastic_gradient_hmc, {"friction": 1.2}, "friction must be at most 1"),
        (dynamics.stochastic_gradient_hmc, {"friction": 0.1, "noise_estimate": 0.2}, "noise_estimate must be at most"),
    ],
)
def test_bad_input_is_named(sampler, changes, message):
    with pytest.raises(ValueError, match=message):
        run(sampler, **{"learning_rate": 0.05, "batch_size": 2, "n_steps": 5} | changes)
