"""BlackJAX: fed the same random numbers it takes the same steps, number by number; with its own it finds the same laws.

It knows log densities, here -E/T, and momenta of unit temperature. So its momenta are p/√T and its leapfrog steps ε √T;
its Langevin steps are dt at T = 1, or T dt where it is told no temperature; its friction is a rate.
"""

import numpy as np
import pytest
from scipy.integrate import quad
from scripted import Scripted

from sgdphysics import dynamics, energies, estimators, work
from sgdphysics.energies import robot_arm
from sgdphysics.exact import stationary

T, CHAINS = 0.7, 200
RNG = np.random.default_rng(1700)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=12) + 0.5
SIGN, CLASS = np.where(Y > 0, 1.0, -1.0), RNG.integers(3, size=12)
ANGLES, HAND = robot_arm.robot_arm_cases(RNG, 15)
KINDS = [(a, s) for a in ("tanh", "logistic") for s in robot_arm.SCALE_PRIORS]
ENERGIES = {
    "regression": energies.LinearRegression(X, Y, noise=0.8, prior_scale=1.3),
    "normal": energies.LogisticRegression(X, SIGN, prior="normal", scale=1.6),
    "laplace": energies.LogisticRegression(X, SIGN, scale=0.7),
    "mixture": energies.TiedMixture(Y),
    "classifier": energies.SoftmaxNetwork(X, CLASS, hidden=2, prior_scale=0.8),
    "components": energies.IndependentComponents(X, decay=0.6),
    "well": energies.DoubleWell(barrier=1.4),
} | {f"{a} {s}": energies.RobotArmNetwork(ANGLES, HAND, 3, activation=a, scale_prior=s) for a, s in KINDS}
SAMPLED = ["regression", "well", "tanh normal"]


@pytest.fixture(scope="module")
def jax():
    """In 64 bits, for as long as this file's tests run."""
    jax = pytest.importorskip("jax", reason="the autodiff library jax is not installed")
    with jax.enable_x64(True):
        yield jax


@pytest.fixture(scope="module")
def blackjax(jax):
    return pytest.importorskip("blackjax", reason="the samplers blackjax are not installed")


def log_density(jax, name):
    """-E as its model says it, case by case and up to a constant, from distributions and layers of jax."""
    jnp, norm, laplace = jax.numpy, jax.scipy.stats.norm, jax.scipy.stats.laplace

    def arm(q, activation, scale_prior):
        u, scale = q[:17], jnp.exp(q[17:]) if scale_prior == "lognormal" else q[17:]
        units = {"tanh": jnp.tanh, "logistic": jax.nn.sigmoid}[activation](
            scale[0] * ANGLES @ u[:6].reshape(2, 3) + scale[1] * u[6:9]
        )
        second = scale[2] * u[9:].reshape(2, 4)
        error = jnp.sum((second[:, 0] + units @ second[:, 1:].T - HAND) ** 2)
        spread = {"flat": jnp.inf, "normal": 1.0, "lognormal": 3.0}[scale_prior]
        prior = norm.logpdf(u).sum() - 0.5 * jnp.sum((q[17:] / spread) ** 2)
        return prior - (0.1 + HAND.size) / 2 * jnp.log(0.1 + error)

    def classifier(q):
        u, a, v, b = q[:6].reshape(2, 3), q[6:8], q[8:14].reshape(3, 2), q[14:]
        logits = jnp.tanh(X @ u.T + a) @ v.T + b
        return jnp.sum(jax.nn.log_softmax(logits)[np.arange(12), CLASS]) + norm.logpdf(q, 0, 0.8).sum()

    def components(q):
        w = q.reshape(3, 3)
        sources = -jnp.log(4 * jnp.cosh(X @ w.T / 2) ** 2)
        return 12 * jnp.linalg.slogdet(w)[1] + sources.sum() + norm.logpdf(q, 0, 0.6**-0.5).sum()

    def mixture(q):
        means = jnp.stack([q[0], q[0] + q[1]])
        cases = jax.nn.logsumexp(norm.logpdf(Y[:, None], means, 2**0.5), axis=1)
        return cases.sum() + norm.logpdf(q[0], 0, 10**0.5) + norm.logpdf(q[1], 0, 1)

    return {
        "regression": lambda q: norm.logpdf(Y, X @ q, 0.8).sum() + norm.logpdf(q, 0, 1.3).sum(),
        "normal": lambda q: jax.nn.log_sigmoid(SIGN * (X @ q)).sum() + norm.logpdf(q, 0, 1.6).sum(),
        "laplace": lambda q: jax.nn.log_sigmoid(SIGN * (X @ q)).sum() + laplace.logpdf(q, 0, 0.7).sum(),
        "mixture": mixture,
        "classifier": classifier,
        "components": components,
        "well": lambda q: -1.4 * (q[0] - 1) ** 2 * (q[0] + 1) ** 2,
    }.get(name) or (lambda q: arm(q, *name.split()))


def states(name, chains=CHAINS, seed=1):
    return np.random.default_rng(seed).normal(size=(chains, ENERGIES[name].dimension))


@pytest.mark.parametrize("name", ENERGIES)
def test_energies_and_gradients_are_those_of_automatic_differentiation(jax, name):
    """Rejects: a gradient that lost a factor, a prior of another scale."""
    q = states(name, 6)
    value, gradient = jax.jit(jax.vmap(jax.value_and_grad(log_density(jax, name))))(q)
    energy = ENERGIES[name].energy(q)
    np.testing.assert_allclose(energy - energy[0], value[0] - value, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(ENERGIES[name].gradient(q), -gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "n_leapfrog"), [("regression", 7), ("well", 1), ("tanh normal", 3)])
def test_hamiltonian_monte_carlo_makes_the_same_trajectories_and_accepts_with_the_same_probability(
    jax, blackjax, name, n_leapfrog
):
    """From its states and its momenta; uniform numbers just below and above its probability then decide ours.

    Rejects: T for √T in the momenta, T left out of the test, one leapfrog step more, no test at all.
    """
    density, step = log_density(jax, name), {"well": 0.25, "regression": 0.3}.get(name, 0.2)
    hmc = blackjax.hmc(lambda q: density(q) / T, step * T**0.5, np.ones(ENERGIES[name].dimension), n_leapfrog)
    q, keys = states(name), jax.random.split(jax.random.key(3), CHAINS)
    _, info = jax.jit(jax.vmap(lambda key, q: hmc.step(key, hmc.init(q))))(keys, q)
    probability, noise = np.asarray(info.acceptance_rate), np.asarray(info.momentum)
    assert 0.2 < probability.mean() < 0.99

    def ours(uniform):
        rng = Scripted(normal=[noise, noise], uniform=[uniform[:, None]])
        return dynamics.hamiltonian_monte_carlo(
            ENERGIES[name], q, step_size=step, n_leapfrog=n_leapfrog, n_trajectories=1, temperature=T, rng=rng
        )

    moved, stayed = ours(probability * (1 - 1e-8)), ours(np.minimum(probability * (1 + 1e-8), 1.0))
    likely = probability > 1e-6  # below, rounding of H decides
    assert moved.accepted[0][likely].all()
    np.testing.assert_allclose(moved.q[0][likely], info.proposal.position[likely], rtol=1e-9, atol=1e-9)
    flipped = -np.asarray(info.proposal.momentum) * T**0.5
    np.testing.assert_allclose(moved.momentum[0][likely], flipped[likely], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(stayed.accepted[0], probability == 1.0)
    np.testing.assert_array_equal(stayed.q[0][probability < 1], q[probability < 1])


@pytest.mark.parametrize("name", SAMPLED)
def test_metropolis_move_is_their_mala(jax, blackjax, name):
    """Rejects: dt for 2 dt in the noise or in the ratio of proposals, T for √T, that ratio left out."""
    density, dt = log_density(jax, name), {"well": 0.06, "regression": 0.08}.get(name, 0.03)
    q, keys = states(name), jax.random.split(jax.random.key(4), CHAINS)

    def theirs(log_density):
        mala = blackjax.mala(log_density, T * dt)
        return jax.jit(jax.vmap(lambda key, q: mala.step(key, mala.init(q))))(keys, q)

    flat, _ = theirs(lambda q: 0.0 * q.sum())  # where nothing pulls, the same keys show the noise itself
    noise = np.asarray(flat.position - q) / np.sqrt(2 * T * dt)
    state, info = theirs(lambda q: density(q) / T)
    probability, accepted = np.asarray(info.acceptance_rate), np.asarray(info.is_accepted)
    assert 0.2 < probability.mean() < 0.99
    assert 10 < accepted.sum() < CHAINS

    def ours(uniform):
        rng = Scripted(normal=[noise], uniform=[np.minimum(1 - uniform, np.nextafter(1, 0))])
        return work.metropolis_move(dt=dt, temperature=T)(ENERGIES[name], q, rng)

    np.testing.assert_allclose(ours(probability * (1 - 1e-8))[accepted], state.position[accepted], atol=1e-9)
    unsure = (probability > 1e-6) & (probability < 1 - 1e-6)
    assert (ours(probability * (1 - 1e-8)) != q).any(axis=1)[unsure].all()
    assert (ours(probability * (1 + 1e-8)) == q)[unsure].all()


@pytest.mark.parametrize("center", [None, [0.2, -0.1, 0.3]])
def test_sgld_takes_the_same_steps_on_the_same_minibatches(jax, blackjax, center):
    """Rejects: ε for ε/2, T for √T, a batch not scaled to N, a prior that is, a variate of another batch."""
    norm, steps, epsilon = jax.scipy.stats.norm, 30, 0.02
    rng = np.random.default_rng(5)
    rows, noise = rng.integers(12, size=(steps, CHAINS, 4)), rng.normal(size=(steps, CHAINS, 3))
    gradient = blackjax.sgmcmc.gradients.grad_estimator(
        lambda q: norm.logpdf(q, 0, 1.3).sum(), lambda q, case: norm.logpdf(case[1], case[0] @ q, 0.8), 12
    )
    if center:
        gradient = blackjax.sgmcmc.gradients.control_variates(gradient, np.array(center), (X, Y))
    step = jax.jit(jax.vmap(blackjax.sgld(gradient).step, in_axes=(0, 0, 0, None, None)))
    silent = jax.random.split(jax.random.key(6), CHAINS)
    q = theirs = states("regression")
    for t in range(steps):  # at T = 0 it draws no noise of its own: ours is added
        kick = np.sqrt(2 * (epsilon / 2) * T) * noise[t]
        theirs = step(silent, theirs, (X[rows[t]], Y[rows[t]]), epsilon / 2, 0.0) + kick
    found = dynamics.sgld(
        ENERGIES["regression"],
        q,
        step_size=epsilon,
        n_steps=steps,
        batch_size=4,
        control_variate=center,
        temperature=T,
        rng=Scripted(normal=noise, rows=rows),
    )
    np.testing.assert_allclose(found.q[-1], theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["classifier", "well"])
def test_langevin_steps_are_theirs_with_their_noise(jax, blackjax, name):
    """Rejects: a factor 2 of dt in the noise or in the drift, T for √T."""
    density, q, dt = log_density(jax, name), states(name), 0.05
    keys = jax.random.split(jax.random.key(7), CHAINS)

    def theirs(gradient, *settings):
        kernel = blackjax.sgld(lambda q, batch: gradient(q))
        return jax.jit(jax.vmap(lambda key, q: kernel.step(key, q, None, *settings)))(keys, q)

    noise = np.asarray(theirs(jax.numpy.zeros_like, 0.5, 1.0)) - q
    ours = dynamics.langevin(ENERGIES[name], q, dt=dt, n_steps=1, temperature=T, rng=Scripted(normal=[noise]))
    np.testing.assert_allclose(ours.q[0], theirs(jax.grad(density), dt, T), rtol=1e-10, atol=1e-10)


def test_heavy_ball_with_heat_gets_their_velocity(jax, blackjax):
    """With v = h p: a learning rate h², a friction α h. They move q by the old velocity, so that v alone is compared.

    Rejects: friction as a rate, α for 2α in the noise.
    """
    h, rate, energy = 0.1, 1.7, ENERGIES["regression"]
    rng = np.random.default_rng(8)
    start, noise, q = rng.normal(size=(1, 3)), rng.normal(size=(1, 3)), states("regression", 1)
    step, key = blackjax.sgmcmc.diffusions.sghmc(alpha=rate), jax.random.key(9)
    zero = np.zeros((1, 3))
    _, shaken = step(key, zero, zero, zero, 0.5, 1 / rate)
    noise = np.asarray(shaken)  # where nothing else pushes, of variance 2 α T h = 1
    _, momentum = step(key, q, T**0.5 * start, -energy.gradient(q), h, T)
    rows = [np.arange(12)[None]]
    ours = dynamics.stochastic_gradient_hmc(
        energy,
        q,
        learning_rate=h**2,
        n_steps=1,
        batch_size=12,
        friction=rate * h,
        temperature=T,
        rng=Scripted(normal=[start, noise], rows=rows),
    )
    np.testing.assert_allclose(ours.momentum[0], h * momentum, rtol=1e-10)


@pytest.mark.parametrize("mass", [0.4, 3.0])
def test_without_friction_a_heavy_particle_moves_as_theirs(jax, blackjax, mass):
    """Rejects: the mass for its inverse, a momentum of variance T instead of m T."""
    density, dt, steps = log_density(jax, "classifier"), 0.15, 20
    metric = blackjax.mcmc.metrics.default_metric(np.full(17, 1 / mass))
    verlet = blackjax.mcmc.integrators.velocity_verlet(density, metric.kinetic_energy)
    q, keys = states("classifier"), jax.random.split(jax.random.key(10), CHAINS)
    p = jax.vmap(metric.sample_momentum)(keys, q)  # of variance m

    def theirs(q, p):
        state = blackjax.mcmc.integrators.new_integrator_state(density, q, p)
        return jax.lax.fori_loop(0, steps, lambda _, state: verlet(state, dt), state)

    end = jax.jit(jax.vmap(theirs))(q, T**0.5 * p)
    script = [np.asarray(p) / mass**0.5, *np.zeros((steps, *q.shape))]
    ours = dynamics.underdamped_langevin(
        ENERGIES["classifier"],
        q,
        dt=dt,
        n_steps=steps,
        friction=0.0,
        mass=mass,
        temperature=T,
        rng=Scripted(normal=script),
    )
    np.testing.assert_allclose(ours.q[-1], end.position, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.momentum[-1], end.momentum, rtol=1e-8, atol=1e-8)


def run_both(jax, blackjax, name, step, n_leapfrog, trajectories=60, chains=1000):
    """Chains of both after ``trajectories``: their last states, and how often each chain accepted."""
    density = log_density(jax, name)
    hmc = blackjax.hmc(lambda q: density(q) / T, step * T**0.5, np.ones(ENERGIES[name].dimension), n_leapfrog)

    def chain(key, q):
        def move(state, key):
            state, info = hmc.step(key, state)
            return state, info.is_accepted

        state, accepted = jax.lax.scan(move, hmc.init(q), jax.random.split(key, trajectories))
        return state.position, accepted.mean()

    start = states(name, chains, seed=11) / (2 if name == "well" else 0.5)
    theirs = jax.jit(jax.vmap(chain))(jax.random.split(jax.random.key(12), chains), start)
    ours = dynamics.hamiltonian_monte_carlo(
        ENERGIES[name],
        start,
        step_size=step,
        n_leapfrog=n_leapfrog,
        n_trajectories=trajectories,
        temperature=T,
        rng=np.random.default_rng(13),
    )
    return [(ours.q[-1], ours.accepted.mean(axis=0)), tuple(map(np.asarray, theirs))]


def moments(q):
    """Coordinates and their products, a row a chain."""
    return np.concatenate([q, (q[:, :, None] * q[:, None, :]).reshape(len(q), -1)], axis=1)


def apart(a, b):
    """How many standard errors the means of two ensembles of independent chains lie apart, the largest."""
    (a, se_a), (b, se_b) = map(estimators.replica_mean, (a, b))
    return np.max(np.abs(a - b) / np.hypot(se_a, se_b))


@pytest.mark.parametrize(
    ("name", "step", "n_leapfrog"),
    [("regression", 0.12, 3), ("regression", 0.22, 2), ("regression", 0.32, 1), ("normal", 0.6, 3), ("well", 0.35, 4)],
)
def test_both_find_one_law_at_the_same_price(jax, blackjax, name, step, n_leapfrog):
    """Means, second moments and rates of acceptance, at most 5.5 errors apart, also from the exact law where known.

    Rejects: T for √T in the momenta, no test at the large steps.
    """
    (ours, our_rate), (theirs, their_rate) = run_both(jax, blackjax, name, step, n_leapfrog)
    assert apart(moments(ours), moments(theirs)) < 5.5
    assert apart(our_rate, their_rate) < 5.5
    for q in (ours, theirs):
        if name != "normal":
            mean, se = estimators.replica_mean(moments(q))
            assert np.max(np.abs(mean - exact_moments(name)) / se) < 5.5


def exact_moments(name):
    if name == "regression":
        mean, covariance = ENERGIES[name].posterior(T)
        return np.append(mean, covariance + np.outer(mean, mean))
    if name == "well":
        weight = [quad(lambda q, n=n: q**n * np.exp(-1.4 * (q * q - 1) ** 2 / T), -4, 4)[0] for n in (0, 2)]
        return np.array([0.0, weight[1] / weight[0]])


@pytest.mark.parametrize("eta", [0.004, 0.024])
def test_their_minibatches_at_a_finite_step_leave_the_cloud_that_we_compute(jax, blackjax, eta):
    """Without heat, their SGLD is SGD: its cloud about the minimum is exact.stationary's, wider than any posterior's.

    Rejects: the noise of one case for that of a batch, ε for η = ε/2, and at the larger step the terms of second order
    left out.
    """
    norm, model, chains, steps = jax.scipy.stats.norm, ENERGIES["regression"], 2000, 150
    gradient = blackjax.sgmcmc.gradients.grad_estimator(
        lambda q: norm.logpdf(q, 0, 1.3).sum(), lambda q, case: norm.logpdf(case[1], case[0] @ q, 0.8), 12
    )
    sgld, minimum = blackjax.sgld(gradient), model.posterior()[0]

    def move(q, key):
        rows = jax.random.randint(key, (2,), 0, 12)
        return sgld.step(key, q, (jax.numpy.asarray(X)[rows], jax.numpy.asarray(Y)[rows]), eta, 0.0), None

    def chain(key):
        return jax.lax.scan(move, jax.numpy.asarray(minimum), jax.random.split(key, steps))[0]

    end = np.asarray(jax.jit(jax.vmap(chain))(jax.random.split(jax.random.key(14), chains))) - minimum
    mean, se = estimators.replica_mean((end[:, :, None] * end[:, None, :]).reshape(chains, -1))
    exact = stationary.regression_covariance(model, learning_rate=eta, batch_size=2)
    assert np.max(np.abs(mean - exact.ravel()) / se) < 5.5
