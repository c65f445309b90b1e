"""How costs grow: of a step with the number of chains and of cases, of memory with what is kept."""

import time
import tracemalloc
from functools import partial

import numpy as np
from samplers import BATCH, SEEDS, WELL, WELL_RUN, labelled, langevin_sides
from side_by_side import Row, timed

from sgdphysics import dynamics
from sgdphysics.energies import LogisticRegression

SIZE = 10_000  #: numbers in an array, which stays in the cache


def elementary(share):
    """{what: seconds for one number}, by numpy, in an array that stays in the cache."""
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
        repeats = max(1, int(50 * share))
        task()
        rounds = []
        for _ in range(5):
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
        n_steps = max(10, int(share * min(2000, 2_000_000 // n)))
        row = Row("chains", "relaxation", "", "step", n * n_steps, langevin_sides(n, n_steps), 1e-12)
        table.append({"chains": n, **{name: found["median"] for name, found in timed(row, **plan).items()}})
    return table


class Clocked:
    """A regression that notes the processor time whenever it is asked for a gradient."""

    def __init__(self, energy):
        self.within, self.notes = energy, []

    def __getattr__(self, name):
        return getattr(self.within, name)

    def gradient(self, q):
        self.notes.append(time.process_time())
        return self.within.gradient(q)

    def minibatch_gradient(self, q, rows):
        self.notes.append(time.process_time())
        return self.within.minibatch_gradient(q, rows)

    def step(self):
        """From the first step to the last, by their number; the first note was made before the run."""
        return (self.notes[-1] - self.notes[1]) / (len(self.notes) - 2)


def cases(share, *, rounds):
    """[{"cases", "SGLD", "whole gradient": seconds a step of 16 chains}], without what is done once before the run."""
    table, q = [], np.zeros((16, 10))
    for n in (100, 1000, 10_000, 100_000, 1_000_000)[: None if share == 1 else 3]:
        energy = LogisticRegression(*labelled(n, 10), prior="normal")
        steps, few = max(3, int(3000 * share)), max(3, int(share * 200_000 / n))
        plans = {
            "SGLD": partial(dynamics.sgld, step_size=1e-6, batch_size=BATCH, n_steps=steps, thin=steps),
            "whole gradient": partial(dynamics.langevin, dt=1e-7, n_steps=few, thin=few),
        }
        found = {"cases": n, **{name: [] for name in plans}}
        for _ in range(rounds):
            for name, run in plans.items():
                clocked = Clocked(energy)
                run(clocked, q, rng=next(SEEDS))
                found[name].append(clocked.step())
        table.append({"cases": n, **{name: float(np.median(found[name])) for name in plans}})
    return table


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
