"""The stove in the page against the Python that it mirrors: the lattice bit for bit, its traces, Onsager's lines."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics.exact import onsager
from sgdphysics.lattice import LatticeGas, exchange, thresholds
from sgdphysics.widgets.stove import water_vapour_energy

HERE = Path(__file__).parent
POTS = [  # height, width, coupling, gravity, temperature
    (3, 3, 1.0, 0.0, 0.5),
    (4, 3, 0.7, 0.3, 1.3),
    (1, 8, -0.8, 0.0, 0.4),
    (9, 5, 1.0, -0.2, 0.25),
    (7, 6, 1.3, 0.05, 0.8),
    (10, 7, 0.0, 0.11, 0.6),
    (16, 16, 1.0, 0.02, 0.05),
    (64, 48, 1.0, 0.01, 0.5673),
]


def case(height, width, coupling, gravity, temperature, n_sweeps=5):
    """The occupancies after each of n_sweeps sweeps, and all that is needed to repeat them."""
    rng = np.random.default_rng(7)
    gas = LatticeGas(height, width, coupling=coupling, gravity=gravity)
    table = [thresholds(gas.probabilities(rise, np.array([temperature]))) for rise in (0, 1)]
    before = gas.scattered(height * width // 3, rng=rng)
    state = np.append(before.ravel(), np.int8(0))[:, np.newaxis]
    sweeps = []
    for _ in range(n_sweeps):
        order = rng.permutation(len(gas.substeps))
        bits = [rng.integers(2**32, size=(gas.substeps[k].sites.shape[1], 1), dtype=np.uint32) for k in order]
        for k, numbers in zip(order, bits, strict=True):
            exchange(state, gas.substeps[k].sites, table[gas.substeps[k].rise], numbers)
        after = state[:-1].reshape(height, width)
        sweeps.append(
            dict(
                order=order.tolist(),
                bits=np.concatenate(bits)[:, 0].tolist(),
                after=after.ravel().tolist(),
                energy=float(gas.energy(after)),
                profile=gas.density_profile(after).tolist(),
            )
        )
    return dict(
        height=height,
        width=width,
        coupling=coupling,
        gravity=gravity,
        temperature=temperature,
        thresholds=[values[:, 0].tolist() for values in table],
        before=before.ravel().tolist(),
        sweeps=sweeps,
    )


def test_javascript_repeats_the_sweep_bit_for_bit(tmp_path):
    assert compare(tmp_path, HERE / "lattice.test.mjs", [case(*pot) for pot in POTS]) == len(POTS)


def test_a_wrong_bit_is_noticed(tmp_path):
    """The comparison in node has teeth: one molecule put elsewhere makes it fail."""
    wrong = case(*POTS[-1])
    after = wrong["sweeps"][-1]["after"]
    after[after.index(1)], after[after.index(0)] = 0, 1
    with pytest.raises(AssertionError):
        compare(tmp_path, HERE / "lattice.test.mjs", [wrong])


def test_stove_measures_as_python_does_and_draws_onsagers_lines(tmp_path):
    temperatures = [0.05, 0.2, 0.45, 0.56, onsager.CRITICAL_TEMPERATURE, 0.6, 1.2, 4.0]
    lines = [
        {
            "temperature": t,
            "order": onsager.order_parameter(t),
            "correlation": onsager.spin_correlation(t),
            "energy": onsager.liquid_energy(t),
        }
        for t in temperatures
    ]
    rng, pots = np.random.default_rng(8), []
    for height, width, share in ((40, 56, 0.5), (24, 7, 0.8), (30, 12, 0.1)):
        n = (rng.random((height, width)) < share).astype(np.int8)
        expected = water_vapour_energy(n)
        pots.append({"height": height, "width": width, "n": n.ravel(), "expected": expected})
    cases = {"critical": onsager.CRITICAL_TEMPERATURE, "lines": lines, "pots": pots}
    assert compare(tmp_path, HERE / "stove.test.mjs", cases) == len(lines) + len(pots)


def test_energy_of_a_molecule_in_the_water_counts_each_bond_once():
    n = np.zeros((30, 8), np.int8)
    n[:20] = 1
    assert water_vapour_energy(n) == (1.0, 0.0, -2.0)
    n[::2] = 0  # full rows without a neighbour above
    assert water_vapour_energy(n)[2] == -1.0
