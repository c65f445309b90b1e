"""How costs grow: of a step with the number of chains and of cases, of memory with what is kept."""

import time
import tracemalloc

import numpy as np
from samplers import BATCH, SEEDS, WELL, WELL_RUN, labelled, langevin_sides
from side_by_side import Row, timed

from sgdphysics import dynamics
from sgdphysics.energies import LogisticRegression

SIZE = 10_000  #: numbers in an array, which stays in the cache


def elementary(share):
    """{what: seconds for one number}, by numpy: what no loop over arrays can beat."""
    rng, x, y = next(SEEDS), np.linspace(-2, 2, SIZE), np.empty(SIZE)
    x32, y32 = x.astype(np.float32), y.astype(np.float32)
    tasks = {
        "tanh": lambda: np.tanh(x, out=y),
        "tanh, float32": lambda: np.tanh(x32, out=y32),
        "exp": lambda: np.exp(x, out=y),
        "a normal random number": lambda: rng.standard_normal(out=y),
        "32 random bits": lambda: rng.integers(2**32, size=SIZE, dtype=np.uint32),
        "a copy": lambda: np.copyto(y, x),
    }
    found = {}
    for name, task in tasks.items():
        repeats = max(1, int(200 * share))
        task()
        rounds = []
        for _ in range(9):
            start = time.process_time()
            for _ in range(repeats):
                task()
            rounds.append(time.process_time() - start)
        found[name] = float(np.median(rounds)) / repeats / SIZE
    return found


def chains(share, **plan):
    """[{"chains", side: seconds a step and chain}] of Langevin dynamics in a double well."""
    table = []
    for n in (1, 10, 100, 1000, 10_000):
        n_steps = max(10, int(share * min(5000, 5_000_000 // n)))
        row = Row("chains", "relaxation", "", "step", n * n_steps, langevin_sides(n, n_steps), 1e-12)
        table.append({"chains": n, **{name: found["median"] for name, found in timed(row, **plan).items()}})
    return table


def cases(share, *, rounds):
    """[{"cases", "SGLD", "whole gradient": seconds a step of 16 chains}], from two lengths of run, set-up left out."""
    table, q = [], np.zeros((16, 10))
    for n in (100, 1000, 10_000, 100_000, 1_000_000)[: None if share == 1 else 3]:
        energy = LogisticRegression(*labelled(n, 10), prior="normal")

        def sgld(n_steps, energy=energy):
            plan = {"step_size": 1e-6, "batch_size": BATCH, "n_steps": n_steps, "thin": n_steps}
            dynamics.sgld(energy, q, **plan, rng=next(SEEDS))

        def whole(n_steps, energy=energy):
            dynamics.langevin(energy, q, dt=1e-7, n_steps=n_steps, thin=n_steps, rng=next(SEEDS))

        found = {"cases": n, "SGLD": slope(sgld, max(3, int(2000 * share)), rounds)}
        if n <= 100_000:
            found["whole gradient"] = slope(whole, max(1, int(share * 200_000 / n)), rounds)
        table.append(found)
    return table


def slope(run, n_steps, rounds):
    """Median over rounds of the processor time of a further step."""
    further = []
    for _ in range(rounds):
        taken = []
        for steps in (n_steps, 3 * n_steps):
            start = time.process_time()
            run(steps)
            taken.append(time.process_time() - start)
        further.append((taken[1] - taken[0]) / (2 * n_steps))
    return float(np.median(further))


def memory(share):
    """[{"steps", "thin", "peak": bytes, "kept": bytes of the trajectory}] of Langevin dynamics, 100 chains."""
    table = []
    for steps in (1000, 10_000):
        steps = max(100, int(share * steps))
        for thin in (1, 10, 100):
            tracemalloc.start()
            run = dynamics.langevin(WELL, np.ones((100, 1)), n_steps=steps, thin=thin, rng=next(SEEDS), **WELL_RUN)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            table.append({"steps": steps, "thin": thin, "peak": peak, "kept": run.q.nbytes + run.energy.nbytes})
    return table
