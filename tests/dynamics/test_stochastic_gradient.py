"""SGLD and SGD against exact stationary laws at T != 1, small batches and large steps, and against broken copies."""

from itertools import product

import numpy as np
import pytest

from sgdphysics import dynamics, energies, estimators

CHAINS, BATCH = 4000, 2


def line(cases=6, noise=0.7, prior_scale=1.3):
    """A straight line through a few points: two weights, so every minibatch can be listed."""
    rng = np.random.default_rng(11)
    x = np.column_stack([np.ones(cases), rng.normal(size=cases)])
    return energies.LinearRegression(x, rng.normal(size=cases), noise=noise, prior_scale=prior_scale)


LINE = line()


def stationary_law(energy, epsilon, temperature, batch, control_variate=None):
    """Exact mean and covariance of SGLD on a quadratic energy, from a list of all batches drawn with replacement.

    In a batch the gradient is A q - b, so that q' = (1 - ε A/2) q + ε b/2 + √(ε T) ξ; the first two moments of the
    stationary law solve linear equations.
    """
    d, eye = energy.dimension, np.eye(energy.dimension)
    maps, shifts = [], []
    for rows in product(range(energy.n_cases), repeat=batch):
        at_zero = energy.minibatch_gradient(np.zeros(d), np.array(rows))
        slope = (energy.minibatch_gradient(eye, np.array(rows)) - at_zero).T
        if control_variate is not None:
            at_zero = energy.gradient(control_variate) - slope @ control_variate
        maps.append(eye - epsilon * slope / 2)
        shifts.append(-epsilon * at_zero / 2)
    maps, shifts = np.array(maps), np.array(shifts)
    mean = np.linalg.solve(eye - maps.mean(axis=0), shifts.mean(axis=0))
    cross = np.einsum("bij,j,bk->ik", maps, mean, shifts) / len(maps)
    source = cross + cross.T + shifts.T @ shifts / len(maps) + epsilon * temperature * eye
    squared = np.einsum("bij,bkl->ikjl", maps, maps).reshape(d * d, d * d) / len(maps)
    second = np.linalg.solve(np.eye(d * d) - squared, source.ravel()).reshape(d, d)
    return mean, second - np.outer(mean, mean)


def worst_z(q, mean, covariance):
    """The largest deviation of mean, variances and covariance in standard errors; q (kept, chains, 2)."""
    deviation = q - mean
    first, second, third = deviation, deviation**2, deviation[..., :1] * deviation[..., 1:]
    expected = np.concatenate([np.zeros(2), np.diag(covariance), covariance[0, 1:]])
    moments = np.concatenate([first, second, third], axis=-1).mean(axis=0)
    measured, se = estimators.replica_mean(moments)
    return np.abs((measured - expected) / se).max()


def run(energy=LINE, epsilon=0.12, temperature=0.4, batch=BATCH, **options):
    q0 = np.zeros((CHAINS, 2))
    trajectory = dynamics.sgld(
        energy,
        q0,
        step_size=epsilon,
        temperature=temperature,
        batch_size=batch,
        n_steps=400,
        thin=10,
        rng=np.random.default_rng(7),
        **options,
    )
    return trajectory.q[10:]


def test_the_oracle_itself_without_minibatch_noise():
    """At the mode as control variate, slopes still differ from batch to batch; with equal cases nothing does."""
    energy = energies.LinearRegression(np.ones((3, 1)), [0.5, 0.5, 0.5], noise=0.7, prior_scale=1.3)
    stiffness = 3 / 0.49 + 1 / 1.69
    mean, covariance = stationary_law(energy, 0.1, 0.4, 2)
    np.testing.assert_allclose(mean, energy.posterior()[0])
    np.testing.assert_allclose(covariance, 0.4 / (stiffness * (1 - 0.1 * stiffness / 4)))


@pytest.mark.parametrize("epsilon", [0.02, 0.12])
def test_stationary_law_of_sgld_with_minibatches(epsilon):
    mean, covariance = stationary_law(LINE, epsilon, 0.4, BATCH)
    q = run(epsilon=epsilon)
    assert worst_z(q, mean, covariance) < 4.5
    assert worst_z(q, *LINE.posterior(temperature=0.4)) > 9  # the law of the chain is not the posterior


def test_the_formula_for_a_constant_step():
    """A Gaussian mean: variance (T + ε V/4) / (A (1 - ε A/4)); N var = (2 + η N/p)/(2 - η) at T = 1, η = ε N/2."""
    n, batch, temperature = 60, 3, 2.3
    y = np.random.default_rng(2).normal(size=n)
    y = (y - y.mean()) / y.std()
    energy = energies.LinearRegression(np.ones((n, 1)), y, noise=1.0, prior_scale=1e9)
    epsilon = np.repeat([0.2 / n, 1.4 / n], 3000)
    trajectory = dynamics.sgld(
        energy,
        np.zeros((6000, 1)),
        step_size=epsilon,
        temperature=temperature,
        thin=10,
        batch_size=batch,
        n_steps=300,
        rng=np.random.default_rng(3),
    )
    squares = np.mean(trajectory.q[10:, :, 0] ** 2, axis=0)
    for value in np.unique(epsilon):
        measured, se = estimators.replica_mean(squares[epsilon == value])
        expected = (temperature + value * n**2 / batch / 4) / (n * (1 - value * n / 4))
        assert abs(measured - expected) < 4.5 * se
        eta = value * n / 2
        assert expected * n == pytest.approx((2 * temperature + eta * n / batch) / (2 - eta))


class NoFactor(energies.LinearRegression):
    """The slip of summing the batch without N/n."""

    def minibatch_gradient(self, q, rows):
        prior = q / self.prior_scale**2
        return (super().minibatch_gradient(q, rows) - prior) * np.shape(rows)[-1] / self.n_cases + prior


class DividedTwice(energies.LinearRegression):
    """The slip of taking the batch's mean, and then dividing by its size again."""

    def minibatch_gradient(self, q, rows):
        prior = q / self.prior_scale**2
        return (super().minibatch_gradient(q, rows) - prior) / np.shape(rows)[-1] + prior


def broken(kind):
    return kind(LINE.x, LINE.y, noise=LINE.noise, prior_scale=LINE.prior_scale)


SLIPS = {
    "no N/n": lambda e, t: run(broken(NoFactor), e, t),
    "divided by n twice": lambda e, t: run(broken(DividedTwice), e, t),
    "temperature in place of its root": lambda e, t: run(LINE, e, t**2),
    "noise of standard deviation ε": lambda e, t: run(LINE, e, e * t),
    "noise variance 2 ε with drift ε/2": lambda e, t: run(LINE, e, 2 * t),
    "noise variance ε with drift ε": lambda e, t: run(LINE, 2 * e, t / 2),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_the_classic_slips_are_rejected(slip):
    epsilon, temperature = 0.06, 0.4
    assert worst_z(slip(epsilon, temperature), *stationary_law(LINE, epsilon, temperature, BATCH)) > 9


def test_drift_epsilon_with_noise_variance_epsilon_samples_half_the_temperature():
    energy, epsilon, stiffness = energies.LinearRegression([[1.0]], [0.0], noise=0.5, prior_scale=1e9), 0.05, 4.0
    rng, q, kept = np.random.default_rng(6), np.zeros((CHAINS, 1)), []
    for step in range(300):
        q = q - epsilon * energy.gradient(q) + np.sqrt(epsilon) * rng.standard_normal(q.shape)
        if step >= 100:
            kept.append(q[:, 0])
    measured, se = estimators.replica_mean(np.mean(np.square(kept), axis=0))
    assert abs(measured - 0.5 / (stiffness * (1 - stiffness * epsilon / 2))) < 4.5 * se
    assert abs(measured - 1.0 / stiffness) > 9 * se


def test_control_variate_leaves_the_noise_of_the_slopes_alone():
    mode = LINE.posterior()[0]
    mean, covariance = stationary_law(LINE, 0.06, 0.4, BATCH, control_variate=mode)
    q = run(epsilon=0.06, control_variate=mode)
    assert worst_z(q, mean, covariance) < 4.5
    assert worst_z(q, *stationary_law(LINE, 0.06, 0.4, BATCH)) > 9


def test_control_variate_has_no_noise_at_the_mode():
    mode, rng = LINE.posterior()[0], np.random.default_rng(0)
    steps = dynamics.sgld(
        LINE,
        np.tile(mode, (50, 1)),
        step_size=0.1,
        temperature=0.0,
        batch_size=1,
        n_steps=1,
        control_variate=mode,
        rng=rng,
    )
    np.testing.assert_allclose(steps.q[0], np.tile(mode, (50, 1)), atol=1e-12)
    plain = dynamics.sgld(
        LINE, np.tile(mode, (50, 1)), step_size=0.1, temperature=0.0, batch_size=1, n_steps=1, rng=rng
    )
    assert np.ptp(plain.q[0]) > 0.1


@pytest.mark.parametrize("center", [[0.0, 0.0], [1.0, -2.0]])
def test_control_variate_away_from_the_mode(center):
    """Its gradient is not 0 there, and leaving it out moves the mean."""
    center = np.array(center)
    mean, covariance = stationary_law(LINE, 0.06, 0.4, BATCH, control_variate=center)
    q = run(epsilon=0.06, control_variate=center)
    assert worst_z(q, mean, covariance) < 4.5
    np.testing.assert_allclose(mean, LINE.posterior()[0], rtol=1e-9)  # it adds noise and no bias
    without = run(epsilon=0.06, energy=WithoutItsGradient(), control_variate=center)
    assert worst_z(without, mean, covariance) > 9


class WithoutItsGradient(energies.LinearRegression):
    """The line with a whole gradient of 0, so that a control variate forgets its own."""

    def __init__(self):
        super().__init__(LINE.x, LINE.y, noise=LINE.noise, prior_scale=LINE.prior_scale)

    def gradient(self, q):
        return 0.0 * super().gradient(q)


def batch_gradient(q, rows):
    """The minibatch gradient of one chain, written out."""
    x, y = LINE.x[rows], LINE.y[rows]
    return LINE.n_cases / len(rows) * (x @ q - y) @ x / LINE.noise**2 + q / LINE.prior_scale**2


@pytest.mark.parametrize("center", [None, np.array([1.0, -2.0])], ids=["plain", "control variate"])
def test_a_run_of_sgld_is_the_formula_with_a_batch_for_each_chain(center):
    q, thin, chains, batch = np.array([[0.2, -0.3], [1.0, 0.5], [0.0, 2.0]]), 3, 3, 2
    temperature, scales = np.array([0.5, 2.0, 0.0]), np.array([0.05, 0.1, 0.02])
    run = dynamics.sgld(
        LINE,
        q,
        step_size=lambda t: scales / (1 + t),
        temperature=temperature,
        n_steps=10,
        thin=thin,
        batch_size=batch,
        control_variate=center,
        rng=np.random.default_rng(9),
    )
    rng, states, weights = np.random.default_rng(9), [], []
    for t in range(10):
        noise, rows = rng.standard_normal(q.shape), rng.integers(LINE.n_cases, size=(chains, batch))
        new = []
        for chain, epsilon in enumerate(scales / (1 + t)):
            gradient = batch_gradient(q[chain], rows[chain])
            if center is not None:
                whole = (LINE.x @ center - LINE.y) @ LINE.x / LINE.noise**2 + center / LINE.prior_scale**2
                gradient += whole - batch_gradient(center, rows[chain])
            shake = np.sqrt(epsilon * temperature[chain]) * noise[chain]
            new.append(q[chain] - epsilon / 2 * gradient + shake)
        q = np.array(new)
        states.append(q)
        weights.append(scales / (1 + t))
    np.testing.assert_allclose(run.q, states[2::3], rtol=1e-11)
    np.testing.assert_allclose(run.weights, weights[2::3], rtol=1e-14)
    np.testing.assert_allclose(run.energy, LINE.energy(np.array(states[2::3])), rtol=1e-11)


def test_a_run_of_sgd_is_the_formula_with_a_batch_for_each_chain():
    q, rates = np.array([[0.2, -0.3], [1.0, 0.5]]), np.array([0.02, 0.05])
    run = dynamics.sgd(
        LINE,
        q,
        learning_rate=lambda t: rates / (1 + t),
        n_steps=10,
        thin=3,
        batch_size=2,
        rng=np.random.default_rng(9),
    )
    rng, states = np.random.default_rng(9), []
    for t in range(10):
        rows = rng.integers(LINE.n_cases, size=(2, 2))
        q = np.array([q[c] - rates[c] / (1 + t) * batch_gradient(q[c], rows[c]) for c in range(2)])
        states.append(q)
    np.testing.assert_allclose(run.q, states[2::3], rtol=1e-11)
    assert run.weights is None


def test_sgd_hovers_with_the_variance_of_its_gradient_noise():
    n, batch = 50, 5
    y = np.random.default_rng(2).normal(size=n)
    energy = energies.LinearRegression(np.ones((n, 1)), (y - y.mean()) / y.std(), noise=1.0, prior_scale=1e9)
    rate = np.repeat([0.1 / n, 1.2 / n], 3000)
    trajectory = dynamics.sgd(
        energy,
        np.zeros((6000, 1)),
        learning_rate=rate,
        batch_size=batch,
        n_steps=300,
        thin=10,
        rng=np.random.default_rng(3),
    )
    squares = np.mean(trajectory.q[10:, :, 0] ** 2, axis=0)
    for value in np.unique(rate):
        measured, se = estimators.replica_mean(squares[rate == value])
        eta = value * n
        assert abs(n * measured - eta * n / batch / (2 - eta)) < 4.5 * n * se


def test_sgld_without_heat_is_sgd_and_with_all_noise_is_langevin():
    q0 = np.random.default_rng(1).normal(size=(3, 2))
    cold = dynamics.sgld(LINE, q0, step_size=0.1, n_steps=5, batch_size=2, temperature=0.0, rng=DrawsRowsOnly(4))
    plain = dynamics.sgd(LINE, q0, learning_rate=0.05, n_steps=5, batch_size=2, rng=np.random.default_rng(4))
    np.testing.assert_allclose(cold.q, plain.q, rtol=1e-13)
    one_case = energies.LinearRegression([[1.0, 2.0]], [0.5], noise=0.7, prior_scale=1.3)
    stochastic = dynamics.sgld(
        one_case, q0, step_size=0.1, n_steps=20, batch_size=1, temperature=0.6, rng=OneCase(np.random.PCG64(5))
    )
    whole = dynamics.langevin(one_case, q0, dt=0.05, n_steps=20, temperature=0.6, rng=np.random.default_rng(5))
    np.testing.assert_allclose(stochastic.q, whole.q, rtol=1e-12)


class OneCase(np.random.Generator):
    """A generator whose case numbers cost no random number."""

    def integers(self, high, size):
        return np.zeros(size, int)


class DrawsRowsOnly(np.random.Generator):
    """A generator whose normal numbers cost no random number."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(seed))

    def standard_normal(self, size):
        return np.zeros(size)


def test_callable_steps_and_weights():
    times = []

    def step(t):
        times.append(t)
        return 0.1 * (1.0 + t) ** -0.55

    trajectory = dynamics.sgld(
        LINE, np.zeros((4, 2)), step_size=step, n_steps=12, batch_size=1, thin=3, rng=np.random.default_rng(0)
    )
    assert times == list(range(12))
    np.testing.assert_allclose(trajectory.weights, [0.1 * (1 + t) ** -0.55 for t in (2, 5, 8, 11)])
    assert trajectory.energy.shape == (4, 4)
    np.testing.assert_allclose(trajectory.energy, LINE.energy(trajectory.q))
    scales = np.array([0.1, 0.2, 0.3])
    each = dynamics.sgld(
        LINE,
        np.zeros((3, 2)),
        step_size=lambda t: scales / (1 + t),
        n_steps=4,
        batch_size=1,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(each.weights, scales / np.arange(1, 5)[:, np.newaxis])
    constant = dynamics.sgld(LINE, np.zeros(2), step_size=0.1, n_steps=4, batch_size=1, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(constant.weights, np.full(4, 0.1))


def test_a_step_is_the_formula():
    q0, rng = np.array([[0.2, -0.3], [1.0, 0.5]]), np.random.default_rng(9)
    step = dynamics.sgld(
        LINE, q0, step_size=np.array([0.1, 0.3]), temperature=np.array([0.5, 2.0]), n_steps=1, batch_size=2, rng=rng
    )
    same = np.random.default_rng(9)
    draws = {"noise": same.standard_normal((2, 2)), "rows": same.integers(6, size=(2, 2))}
    for chain, (epsilon, t) in enumerate(((0.1, 0.5), (0.3, 2.0))):
        x, y = LINE.x[draws["rows"][chain]], LINE.y[draws["rows"][chain]]
        gradient = 3 * (x @ q0[chain] - y) @ x / LINE.noise**2 + q0[chain] / LINE.prior_scale**2
        expected = q0[chain] - epsilon / 2 * gradient + np.sqrt(epsilon * t) * draws["noise"][chain]
        np.testing.assert_allclose(step.q[0, chain], expected, rtol=1e-12)


def test_a_run_that_blows_up_says_so():
    for sampler, name in ((dynamics.sgld, "step_size"), (dynamics.sgd, "learning_rate")):
        with pytest.raises(dynamics.DivergedError, match=f"lower {name}"):
            sampler(LINE, np.zeros((3, 2)), n_steps=2000, batch_size=1, rng=np.random.default_rng(0), **{name: 5.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step_size": 0.0}, "step_size must be greater than zero, got 0.0"),
        ({"step_size": lambda t: 1.0 - t}, r"step_size\(1\) must be greater than zero"),
        ({"step_size": np.ones(3)}, "step_size must be a scalar or one value a chain"),
        ({"step_size": lambda t: float("nan")}, r"step_size\(0\) must be finite"),
        ({"temperature": -1.0}, "temperature must be zero or more, got -1.0"),
        ({"batch_size": 7}, "batch_size must be at most the number of cases, 6; got 7"),
        ({"batch_size": 1.5}, "batch_size must be an integer of at least 1, got 1.5"),
        ({"n_steps": 0}, "n_steps must be an integer of at least 1, got 0"),
        ({"control_variate": np.zeros(3)}, r"control_variate must have shape \(2,\), got \(3,\)"),
        ({"rng": 5}, "rng must be a numpy.random.Generator"),
        ({"q0": np.zeros(3)}, r"q0 must have shape \(..., 2\)"),
        ({"energy": energies.Harmonic([1.0, 1.0])}, "energy must be a sum over cases"),
    ],
)
def test_bad_input_is_named(change, message):
    options = {"energy": LINE, "q0": np.zeros((2, 2)), "step_size": 0.1, "n_steps": 5, "batch_size": 1}
    options |= {"rng": np.random.default_rng(0), **change}
    with pytest.raises(ValueError, match=message):
        dynamics.sgld(options.pop("energy"), options.pop("q0"), **options)
