"""Attempted exchanges per second of the lattice gas on one core, beside a straightforward numpy version.

python benchmarks/lattice.py
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # must stand before numpy is imported

import time  # noqa: E402

import numpy as np  # noqa: E402

from sgdphysics.lattice import LatticeGas, exchange_probability  # noqa: E402

SIZES = ((1, 16, 16), (1, 48, 48), (16, 16, 16), (16, 48, 48), (64, 48, 48), (16, 96, 96))  # pots, height, width


def straightforward_sweep(gas, n, n_sweeps, *, temperature, rng):
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
            to_b = rng.random(n.shape) < exchange_probability(change, temperature[:, None, None])
            swap = mask & (n != partner) & (to_b != partner)
            n ^= swap | shift[rise](swap, 1)
    return n.astype(np.int8)


def rolled_between_floor_and_lid(m, by):
    rolled = np.roll(m, by, axis=1)
    rolled[:, 0 if by == 1 else -1] = 0
    return rolled


def exchanges_per_second(sweep, gas, n, seconds=0.2):
    """Best of five stretches of sweeps that take about so many seconds each.

    The clock counts this process's own time on the processor, so that a busy machine does not spoil the figure.
    """
    rng, temperature = np.random.default_rng(1), np.linspace(0.3, 1.0, len(n))
    n_sweeps, best = 1, []
    while len(best) < 5:
        start = time.process_time()
        n = sweep(n, n_sweeps, temperature=temperature, rng=rng)
        took = time.process_time() - start
        if took > seconds / 2:
            best.append(took / n_sweeps)
        else:
            n_sweeps *= 2
    return len(n) * gas.n_bonds / min(best)


if __name__ == "__main__":
    print(f"million attempted exchanges a second, one core; numpy {np.__version__}")
    print(f"{'pots':>5} {'height':>7} {'width':>6} {'LatticeGas':>11} {'straightforward':>16} {'ratio':>6}")
    for pots, height, width in SIZES:
        gas = LatticeGas(height, width, gravity=0.02)
        n = gas.scattered(height * width // 3, pots=pots, rng=np.random.default_rng(0))
        ours = exchanges_per_second(gas.sweep, gas, n) / 1e6
        plain = exchanges_per_second(lambda *a, gas=gas, **k: straightforward_sweep(gas, *a, **k), gas, n) / 1e6
        print(f"{pots:5} {height:7} {width:6} {ours:11.1f} {plain:16.1f} {ours / plain:6.1f}")
