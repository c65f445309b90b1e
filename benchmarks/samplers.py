"""The chapters' samplers beside BlackJAX, scikit-learn and loops that a reader would write in numpy."""

import math
from functools import partial

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from blackjax.mcmc import integrators, metrics
from scipy.special import expit
from side_by_side import Row, Side
from sklearn.linear_model import SGDClassifier

from sgdphysics import dynamics, work
from sgdphysics.energies import DoubleWell, Harmonic, LogisticRegression, SoftmaxNetwork, robot_arm

jax.config.update("jax_enable_x64", True)
WELL = DoubleWell(barrier=2.0)
WELL_RUN = {"dt": 0.01, "temperature": 0.5}


def seeds():
    """Generators for run after run, none like another."""
    sequence = np.random.SeedSequence(17)
    while True:
        yield np.random.default_rng(sequence.spawn(1)[0])


SEEDS = seeds()


# --- One particle in a double well -----------------------------------------------------------------------------------


def plain_langevin(q, *, dt, n_steps, temperature, rng):
    for _ in range(n_steps):
        q = q - dt * 4 * WELL.barrier * q * (q**2 - 1) + np.sqrt(2 * temperature * dt) * rng.standard_normal(q.shape)
    return q


def blackjax_langevin():
    """BlackJAX's overdamped Langevin kernel with the whole gradient: its SGLD, whose step size is dt."""
    energy = jax.grad(lambda q: WELL.barrier * jnp.sum((q**2 - 1) ** 2))
    kernel = blackjax.sgld(lambda q, _: -energy(q))

    @partial(jax.jit, static_argnames="n_steps")
    def scan(q, key, dt, temperature, n_steps):
        step = lambda q, key: (kernel.step(key, q, None, dt, temperature), None)  # noqa: E731
        return jax.lax.scan(step, q, jax.random.split(key, n_steps))[0]

    def run(q, *, dt, n_steps, temperature, rng):
        key = jax.random.key(rng.integers(2**31))
        return np.asarray(scan(jnp.asarray(q), key, dt, temperature, n_steps))

    return run


def langevin_sides(chains, n_steps):
    """The three, from one start; without heat their paths are the same."""
    start, few = np.ones((chains, 1)), np.linspace(-1.5, 1.5, 7)[:, np.newaxis]

    def ours(q, *, n_steps, **plan):
        return dynamics.langevin(WELL, q, n_steps=n_steps, thin=n_steps, **plan).q[-1]

    def side(name, method):
        return Side(
            name,
            lambda: method(start, n_steps=n_steps, rng=next(SEEDS), **WELL_RUN),
            lambda: method(few, n_steps=50, rng=next(SEEDS), **WELL_RUN | {"temperature": 0.0}),
        )

    return side("dynamics.langevin", ours), side("numpy loop", plain_langevin), side("BlackJAX", blackjax_langevin())


def langevin(share):
    chains, n_steps = 1000, max(10, int(2000 * share))

    def floor():
        rng, q = next(SEEDS), np.ones((chains, 1))
        for _ in range(n_steps):
            q = rng.standard_normal(q.shape)

    return Row(
        "langevin", "relaxation", f"{chains} particles in a double well", "step of a particle", chains * n_steps,
        langevin_sides(chains, n_steps), 1e-12, floor, "its random numbers", lambda q: q[:, 0],
    )  # fmt: skip


# --- A trap that is dragged ------------------------------------------------------------------------------------------


def driven(share):
    paths, n_steps, dt, stiffness = 2000, max(10, int(500 * share)), 0.02, 2.0
    centers = np.linspace(0, 3, n_steps + 1)
    decay = np.exp(-stiffness * dt)
    spread = np.sqrt((1 - decay**2) / stiffness)

    def ours(rng):
        start = rng.standard_normal((paths, 1)) / np.sqrt(stiffness)
        traps = [Harmonic(stiffness, center) for center in centers]
        return work.drive(traps, start, move=work.exact_move(dt=dt), rng=rng).work

    def plain(rng):
        q = rng.standard_normal(paths) / np.sqrt(stiffness)
        done = np.zeros(paths)
        for before, after in zip(centers[:-1], centers[1:], strict=True):
            done += stiffness / 2 * ((q - after) ** 2 - (q - before) ** 2)
            q = after + decay * (q - after) + spread * rng.standard_normal(paths)
        return done

    def floor():
        rng = next(SEEDS)
        for _ in range(n_steps):
            rng.standard_normal(paths)

    def side(name, method):
        return Side(name, lambda: method(next(SEEDS)), lambda: method(np.random.default_rng(5)))

    return Row(
        "driven", "work", f"{paths} paths in a trap that moves", "step of a path", paths * n_steps,
        (side("work.drive", ours), side("numpy loop", plain)), 1e-11, floor, "its random numbers", lambda w: w,
    )  # fmt: skip


# --- Hamiltonian Monte Carlo on networks -----------------------------------------------------------------------------


def arm_energy(x, y, dtype):
    """Neal's energy with a flat prior of the scales, in jax, the layout of the package: q (85,) -> ()."""
    inputs, targets = jnp.asarray(x.T, dtype), jnp.asarray(y.T, dtype)

    def energy(q):
        u, scale = q[:82], q[82:]
        signals = scale[0] * u[:32].reshape(2, 16).T @ inputs + scale[1] * u[32:48, None]
        second = scale[2] * u[48:].reshape(2, 17)
        residuals = second[:, 1:] @ jnp.tanh(signals) + second[:, :1] - targets
        return 200.05 * jnp.log(0.1 + jnp.sum(residuals**2)) + jnp.sum(u**2) / 2

    return energy


def softmax_energy(x, y, hidden, classes, prior_scale):
    """That of ``energies.SoftmaxNetwork``, in jax: q (d,) -> ()."""
    inputs, targets = jnp.asarray(x.T), jnp.asarray(y == np.arange(classes)[:, None], float)
    cuts = np.cumsum([hidden * x.shape[1], hidden, classes * hidden])

    def energy(q):
        u, a, v, b = jnp.split(q, cuts)
        units = jnp.tanh(u.reshape(hidden, -1) @ inputs + a[:, None])
        logs = jax.nn.log_softmax(v.reshape(classes, hidden) @ units + b[:, None], axis=0)
        return -jnp.sum(targets * logs) + jnp.sum(q**2) / (2 * prior_scale**2)

    return energy


def our_hmc(name, energy, q, plan):
    """Side by the package: q (chains, d); its answer is a trajectory without test from a given momentum."""

    def run():
        return dynamics.hamiltonian_monte_carlo(energy, q, **plan, rng=next(SEEDS)).q[-1]

    def answer():
        momentum = np.random.default_rng(3).standard_normal(q.shape)
        return np.concatenate(dynamics.leapfrog(energy, q, momentum, step_size=plan["step_size"], n_steps=10))

    return Side(name, run, answer)


def blackjax_hmc(name, energy, q, plan, dtype=np.float64):
    """The same by BlackJAX: chains through vmap, trajectories through scan, all compiled."""
    step_size, d = plan["step_size"], q.shape[1]
    log_density, ones = lambda q: -energy(q), jnp.ones(d, dtype)
    sampler = blackjax.hmc(log_density, step_size, ones, plan["n_leapfrog"])
    start = jnp.asarray(q, dtype)

    @jax.jit
    def scan(q, keys):
        def trajectory(states, key):
            return jax.vmap(sampler.step)(jax.random.split(key, len(states.position)), states)[0], None

        return jax.lax.scan(trajectory, jax.vmap(sampler.init)(q), keys)[0].position

    def run():
        return np.asarray(
            scan(start, jax.random.split(jax.random.key(next(SEEDS).integers(2**31)), plan["n_trajectories"]))
        )

    @jax.jit
    @jax.vmap
    def followed(q, p):
        verlet = integrators.velocity_verlet(log_density, metrics.default_metric(ones).kinetic_energy)
        state = integrators.new_integrator_state(log_density, q, p)
        state = jax.lax.fori_loop(0, 10, lambda _, state: verlet(state, step_size), state)
        return state.position, state.momentum

    def answer():
        momentum = np.random.default_rng(3).standard_normal(q.shape)
        return np.concatenate(followed(start, jnp.asarray(momentum, dtype)))

    return Side(name, run, answer)


def products(parts, dtype, n_steps):
    """Numpy alone: for each step functions of arrays, and the products of pairs of matrices, of these shapes."""
    arrays = {shape: np.ones(shape, dtype) for _, *shapes in parts for shape in shapes}
    methods = {part: np.matmul if part[0] == "product" else getattr(np, part[0]) for part in parts}
    outputs = {part: method(*(arrays[shape] for shape in part[1:])) for part, method in methods.items()}

    def floor():
        for _ in range(n_steps):
            for part, method in methods.items():
                method(*(arrays[shape] for shape in part[1:]), out=outputs[part])

    return floor


def robot_arm_row(share, dtype):
    chains, n_leapfrog = 16, 200
    plan = {"step_size": 0.00012, "n_leapfrog": n_leapfrog, "n_trajectories": max(1, int(5 * share))}
    rng = np.random.default_rng(0)
    x, y = robot_arm.robot_arm_cases(rng, 200)
    q = 0.1 * rng.standard_normal((chains, 85))
    q[:, 82:] = 1.0
    short = np.dtype(dtype).name
    network = robot_arm.RobotArmNetwork(x, y, force_dtype=dtype)
    sides = [our_hmc("dynamics.hamiltonian_monte_carlo", network, q, plan)]
    sides.append(blackjax_hmc("BlackJAX", arm_energy(x, y, dtype), q, plan, dtype))
    precision = short if dtype == np.float64 else "forces in float32, energies in float64, in BlackJAX float32"
    steps = n_leapfrog * plan["n_trajectories"]
    forward_and_back = [
        ("product", (16 * chains, 3), (3, 200)), ("tanh", (16 * chains, 200)),
        ("product", (chains, 2, 17), (chains, 17, 200)), ("product", (chains, 2, 200), (chains, 200, 17)),
        ("product", (chains, 16, 2), (chains, 2, 200)), ("product", (16 * chains, 200), (200, 3)),
    ]  # fmt: skip
    return Row(
        f"robot-arm-{short}", "neal-1992", f"HMC of {chains} chains on the robot arm, {precision}",
        "leapfrog step of a chain", chains * steps, tuple(sides), 1e-9 if dtype == np.float64 else 1e-3,
        products(forward_and_back, dtype, steps), "its tanh and products of matrices",
        lambda q: network.energy(q.astype(float)),
    )  # fmt: skip


def softmax(share):
    chains, n_leapfrog, cases, hidden, classes = 16, 50, 150, 10, 3
    plan = {"step_size": 0.05, "n_leapfrog": n_leapfrog, "n_trajectories": max(1, int(10 * share))}
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((cases, 2)), rng.integers(classes, size=cases)
    network = SoftmaxNetwork(x, y, hidden, 2.0)
    q = 0.5 * rng.standard_normal((chains, network.dimension))
    steps = n_leapfrog * plan["n_trajectories"]
    forward_and_back = [
        ("product", (chains, hidden, 2), (2, cases)), ("tanh", (chains, hidden, cases)),
        ("product", (chains, classes, hidden), (chains, hidden, cases)), ("exp", (chains, classes, cases)),
        ("product", (chains, hidden, classes), (chains, classes, cases)),
        ("product", (chains, hidden, cases), (cases, 2)),
        ("product", (chains, classes, cases), (chains, cases, hidden)),
    ]  # fmt: skip
    sides = (
        our_hmc("dynamics.hamiltonian_monte_carlo", network, q, plan),
        blackjax_hmc("BlackJAX", softmax_energy(x, y, hidden, classes, 2.0), q, plan),
    )
    return Row(
        "softmax", "does-it-know", f"HMC of {chains} chains on a small classifier", "leapfrog step of a chain",
        chains * steps, sides, 1e-9, products(forward_and_back, np.float64, steps),
        "its tanh, exp and products of matrices", network.energy,
    )  # fmt: skip


# --- Minibatches -----------------------------------------------------------------------------------------------------

D, BATCH = 100, 10


def labelled(n_cases, d=D):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((n_cases, d)) / np.sqrt(d)
    return x, np.where(rng.random(n_cases) < expit(x @ rng.standard_normal(d) * 3), 1.0, -1.0)


def plain_sgld(x, y, q, *, step_size, n_steps, temperature, rng, center=None):
    n_cases, batch = len(x), (len(q), BATCH)

    def gradient(q, rows):
        pull = -y[rows] * expit(-y[rows] * np.einsum("cnd,cd->cn", x[rows], q))
        return n_cases / BATCH * np.einsum("cn,cnd->cd", pull, x[rows]) + q

    if center is not None:
        whole = (-y * expit(-y * (x @ center))) @ x + center
        center = np.broadcast_to(center, q.shape)
    for _ in range(n_steps):
        noise = rng.standard_normal(q.shape)
        rows = rng.integers(n_cases, size=batch)
        g = gradient(q, rows)
        if center is not None:
            g = whole + g - gradient(center, rows)
        q = q - step_size / 2 * g + np.sqrt(step_size * temperature) * noise
    return q


def blackjax_sgld(x, y, center=None):
    """BlackJAX's SGLD and estimators of the gradient: chains through vmap, steps and batches through scan."""
    estimator = blackjax.sgmcmc.gradients.grad_estimator(
        lambda q: -jnp.sum(q**2) / 2, lambda q, case: -jnp.logaddexp(0.0, -case[1] * (case[0] @ q)), len(x)
    )
    data = jnp.asarray(x), jnp.asarray(y)
    if center is not None:
        estimator = blackjax.sgmcmc.gradients.control_variates(estimator, jnp.asarray(center), data)
    kernel = blackjax.sgld(estimator)

    @jax.jit
    def step(q, key, rows, dt, temperature):
        batch = data[0][rows], data[1][rows]
        keys = jax.random.split(key, len(q))
        return jax.vmap(kernel.step, (0, 0, 0, None, None))(keys, q, batch, dt, temperature)

    @partial(jax.jit, static_argnames="n_steps")
    def scan(q, key, dt, temperature, n_steps):
        def one(q, key):
            for_rows, for_noise = jax.random.split(key)
            rows = jax.random.randint(for_rows, (len(q), BATCH), 0, len(x))
            return step(q, for_noise, rows, dt, temperature), None

        return jax.lax.scan(one, q, jax.random.split(key, n_steps))[0]

    def run(q, *, step_size, n_steps, temperature, rng):
        key = jax.random.key(rng.integers(2**31))
        return np.asarray(scan(jnp.asarray(q), key, step_size / 2, temperature, n_steps))

    def with_rows(q, *, step_size, n_steps, temperature, rng):
        """On the batches that numpy draws, for the comparison without heat."""
        q = jnp.asarray(q)
        for _ in range(n_steps):
            rng.standard_normal(q.shape)
            rows = rng.integers(len(x), size=(len(q), BATCH))
            q = step(q, jax.random.key(0), rows, step_size / 2, temperature)
        return np.asarray(q)

    return run, with_rows


def sgld_row(share, *, control_variate):
    chains, n_cases, n_steps = 16, 10_000, max(10, int(300 * share))
    x, y = labelled(n_cases)
    energy, q = LogisticRegression(x, y, prior="normal"), np.zeros((chains, D))
    center = 0.1 * np.random.default_rng(4).standard_normal(D) if control_variate else None
    plan = {"step_size": 1e-3, "n_steps": n_steps, "temperature": 1.0}
    cold = {"step_size": 1e-3, "n_steps": 20, "temperature": 0.0}

    def ours(q, *, n_steps, **plan):
        settings = {"batch_size": BATCH, "control_variate": center, "n_steps": n_steps, "thin": n_steps}
        return dynamics.sgld(energy, q, **settings, **plan).q[-1]

    def floor():
        rng, rows = next(SEEDS), None
        for _ in range(n_steps):
            rng.standard_normal(q.shape)
            rows = rng.integers(n_cases, size=(chains, BATCH))
            x.take(rows, axis=0)

    def side(name, run, fixed):
        return Side(
            name,
            lambda: run(q, rng=next(SEEDS), **plan),
            lambda: fixed(q, rng=np.random.default_rng(7), **cold),
        )

    plain = partial(plain_sgld, x, y, center=center)
    compiled = blackjax_sgld(x, y, center)
    sides = side("dynamics.sgld", ours, ours), side("numpy loop", plain, plain), side("BlackJAX", *compiled)
    chapter, word = ("sgld-after", ", with control variates") if control_variate else ("sgld", "")
    return Row(
        f"{chapter}", chapter, f"SGLD of {chains} chains on a logistic regression{word}", "step of a chain",
        chains * n_steps, sides, 1e-9, floor, "its random numbers and fetching its batches", energy.energy,
    )  # fmt: skip


def sgd(share, *, chains):
    """One pass of single cases: the book's runs all at once, scikit-learn's classifier one after another."""
    n_cases, d, eta = max(50, int(10_000 * share)), 20, 0.05
    x, y = labelled(n_cases, d)
    energy, start = LogisticRegression(x, y, prior="normal", scale=1e8), np.zeros((chains, d))

    def ours(rng):
        plan = {"n_steps": n_cases, "batch_size": 1, "thin": n_cases, "replacement": False}
        return dynamics.sgd(energy, start, learning_rate=eta / n_cases, **plan, rng=rng).q[-1]

    def orders(rng):
        return rng.permuted(np.broadcast_to(np.arange(n_cases), (chains, n_cases)), axis=-1)

    def one(rng):
        """A loop for a single run."""
        q = start[0]
        for case in orders(rng)[0].tolist():
            q = q + eta * y[case] / (1 + math.exp(y[case] * (x[case] @ q))) * x[case]
        return q[None]

    def plain(rng):
        q = start
        for rows in orders(rng).T:
            q = q + (eta * y[rows] * expit(-y[rows] * np.sum(x[rows] * q, axis=1)))[:, None] * x[rows]
        return q

    settings = {"penalty": None, "learning_rate": "constant", "eta0": eta, "max_iter": 1, "tol": None}
    classifier = partial(SGDClassifier, "log_loss", fit_intercept=False, **settings)

    def shuffled(rng):
        """As one uses it: it shuffles the cases itself."""
        seeds = rng.integers(2**31, size=chains)
        return np.array([classifier(random_state=int(seed)).fit(x, y).coef_[0] for seed in seeds])

    def in_order(rng):
        return np.array([classifier(shuffle=False).fit(x[order], y[order]).coef_[0] for order in orders(rng)])

    def floor():
        rng = next(SEEDS)
        for rows in orders(rng).T:
            x.take(rows, axis=0)

    def side(name, method, fixed=None):
        return Side(name, lambda: method(next(SEEDS)), lambda: (fixed or method)(np.random.default_rng(9)))

    loop = side("numpy loop", one if chains == 1 else plain)
    sides = side("dynamics.sgd", ours), loop, side("scikit-learn", shuffled, in_order)
    many = "one run" if chains == 1 else f"{chains} runs"
    return Row(
        f"sgd-{chains}", "sgd", f"SGD, one case a step, {many} through {n_cases:,} cases", "step of a run",
        chains * n_cases, sides, 1e-9, floor, "its order and fetching its cases",
        (lambda q: q[:, 0]) if chains > 1 else None,
    )  # fmt: skip
