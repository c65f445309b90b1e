"""Speed on Neal's robot-arm network, beside BlackJAX, in one run and one thread each.

    python benchmarks/robot_arm.py [--rounds 7] [--trajectories 500] [--plot robot_arm.png]

Both sides follow trajectories of 1000 leapfrog steps on the same posterior. Times are processor times of one thread on
one processor: on a quiet machine the clock's, on a busy one still comparable. The rounds take turns, and the best one
counts. Needs jax and blackjax (requirements-dev.txt).
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if hasattr(os, "sched_setaffinity"):  # one processor for both sides, before a library starts its threads
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import platform
import time
from functools import partial

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import threadpoolctl

from sgdphysics import dynamics
from sgdphysics.energies import robot_arm

jax.config.update("jax_enable_x64", True)
STEP_SIZE, N_LEAPFROG, CHAINS = 0.00012, 1000, (1, 8, 16, 64)
SIDES = {
    "numpy, float32 forces": ("numpy", np.float32),
    "numpy, float64": ("numpy", np.float64),
    "BlackJAX, float64": ("blackjax", np.float64),
    "BlackJAX, float32": ("blackjax", np.float32),
}


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


def numpy_runner(x, y, dtype):
    """run(q, n_trajectories, seed) -> (states, accepted), by the package."""
    network = robot_arm.RobotArmNetwork(x, y, force_dtype=dtype)

    def run(q, n_trajectories, seed):
        result = dynamics.hamiltonian_monte_carlo(
            network,
            q,
            step_size=STEP_SIZE,
            n_leapfrog=N_LEAPFROG,
            n_trajectories=n_trajectories,
            rng=np.random.default_rng(seed),
        )
        return result.q, result.accepted

    return run


def blackjax_runner(x, y, dtype):
    """The same, by BlackJAX: chains through vmap, trajectories through scan, all compiled."""
    energy = arm_energy(x, y, dtype)
    sampler = blackjax.hmc(
        lambda q: -energy(q),
        STEP_SIZE,
        inverse_mass_matrix=jnp.ones(85, dtype),
        num_integration_steps=N_LEAPFROG,
    )

    @jax.jit
    def scan(states, keys):
        def trajectory(states, key):
            states, info = jax.vmap(sampler.step)(jax.random.split(key, len(states.position)), states)
            return states, (states.position, info.is_accepted)

        return jax.lax.scan(trajectory, states, keys)[1]

    def run(q, n_trajectories, seed):
        states = jax.vmap(sampler.init)(jnp.asarray(q, dtype))
        keys = jax.random.split(jax.random.key(seed), n_trajectories)
        return [np.asarray(part) for part in jax.block_until_ready(scan(states, keys))]

    return run


RUNNERS = {"numpy": numpy_runner, "blackjax": blackjax_runner}


def seconds(task):
    start = time.process_time()
    task()
    return time.process_time() - start


def leapfrog_rates(x, y, q, rounds):
    """{side: {chains: (leapfrog steps a second, all chains together; set-up time)}}."""
    table = {side: {} for side in SIDES}
    for chains in CHAINS:
        n = max(1, 32 // chains)  # trajectories a round
        tasks, first = {}, {}
        for side, (library, dtype) in SIDES.items():
            made = time.process_time()
            tasks[side] = partial(RUNNERS[library](x, y, dtype), q[:chains], n, 0)
            tasks[side]()
            first[side] = time.process_time() - made
        best = dict.fromkeys(SIDES, np.inf)
        for _ in range(rounds):
            for side, task in tasks.items():
                best[side] = min(best[side], seconds(task))
        for side in SIDES:
            table[side][chains] = (n * N_LEAPFROG * chains / best[side], first[side] - best[side])
    return table


def effective_rates(x, y, q, n_trajectories):
    """{side: (trajectories of 16 chains a second, autocorrelation time of the test prediction, acceptance)}.

    The autocorrelation time is trajectories × variance of the chains' means / variance, mean over the outputs.
    """
    network = robot_arm.RobotArmNetwork(x, y)
    inputs = robot_arm.robot_arm_cases(np.random.default_rng(3), 10)[0]
    table = {}
    for side, (library, dtype) in SIDES.items():
        run = RUNNERS[library](x, y, dtype)
        run(q[:16], n_trajectories, 1)  # compiles
        kept = []
        took = seconds(lambda run=run, kept=kept: kept.extend(run(q[:16], n_trajectories, 2)))
        outputs = network.outputs(kept[0], inputs).reshape(n_trajectories, 16, -1)
        tau = np.mean(n_trajectories * outputs.mean(axis=0).var(axis=0, ddof=1) / outputs.var(axis=(0, 1)))
        table[side] = (16 * n_trajectories / took, tau, kept[1].mean())
    return table


def plot(rates, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    styles = zip(rates.items(), ("#0072B2", "#0072B2", "#D55E00", "#D55E00"), ("o-", "o--", "s--", "s-"), strict=True)
    for (side, row), color, style in styles:
        axes.loglog(CHAINS, [row[c][0] for c in CHAINS], style, color=color, label=side)
    axes.set(
        xlabel="chains",
        ylabel="leapfrog steps a second, all chains",
        title="More chains at once, more steps a second",
        xticks=CHAINS,
        xticklabels=CHAINS,
    )
    axes.legend()
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--trajectories", type=int, default=500, help="of each chain, for the effective samples")
    parser.add_argument("--plot", help="write a plot here")
    options = parser.parse_args()
    for library in threadpoolctl.threadpool_info():
        print(f"{library['internal_api']} {library['version']}: {library.get('architecture')} kernel, "
              f"{library['num_threads']} thread")  # fmt: skip
    print(f"Python {platform.python_version()}, numpy {np.__version__}, jax {jax.__version__}, "
          f"blackjax {blackjax.__version__}\n")  # fmt: skip

    rng = np.random.default_rng(0)
    x, y = robot_arm.robot_arm_cases(rng, 200)
    q = 0.1 * rng.standard_normal((max(CHAINS), 85))
    q[:, 82:] = 1.0
    q = numpy_runner(x, y, np.float32)(q, 200, 0)[0][-1]  # towards equilibrium

    rates = leapfrog_rates(x, y, q, options.rounds)
    print("Leapfrog steps (one gradient each) a second, all chains; in brackets µs a step and chain")
    print(f"{'':24}" + "".join(f"{c:>18}" for c in CHAINS) + f"{'set-up, s':>12}")
    for side, row in rates.items():
        cells = "".join(f"{rate:>11,.0f} ({1e6 / rate:.2f})" for c, (rate, _) in row.items())
        print(f"{side:24}{cells}{max(extra for _, extra in row.values()):>12.2f}")
    for ours, theirs in (("numpy, float32 forces", "BlackJAX, float64"), ("numpy, float64", "BlackJAX, float64"),
                         ("numpy, float32 forces", "BlackJAX, float32")):  # fmt: skip
        ratios = "".join(f"{rates[ours][c][0] / rates[theirs][c][0]:>10.2f}" for c in CHAINS)
        print(f"{ours} / {theirs}:{ratios}")

    # All sides run the same chain, so that their autocorrelation times, each from 16 chains, are estimates of one.
    effective = effective_rates(x, y, q, options.trajectories)
    tau = np.mean([row[1] for row in effective.values()])
    tau_se = np.std([row[1] for row in effective.values()], ddof=1) / np.sqrt(len(effective))
    print(f"\nTest prediction (mean over 20 outputs): autocorrelation time {tau:.1f} ± {tau_se:.1f} trajectories")
    for side, (rate, own, accepted) in effective.items():
        print(f"{side:24}{rate / tau:>8.1f} effective samples a second, 16 chains "
              f"(autocorrelation time from this side alone {own:.1f}; accepted {accepted:.3f})")  # fmt: skip
    if options.plot:
        plot(rates, options.plot)


if __name__ == "__main__":
    main()
