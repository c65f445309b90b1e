"""One for all in the page against the package's finite tori and its mean fields."""

from pathlib import Path

import numpy as np
import pytest
from node import compare

from sgdphysics.exact import ising, mean_field

SCRIPT = Path(__file__).parent / "average.test.mjs"
TEMPERATURES = (0.05, 0.3, 0.5673, 0.75, 1.0, 1.4, 5.0)


def torus(rows, columns):
    """ln Z by Kaufman's closed form, which counts no state, and the mean of |m| over all of them."""
    energies = ising.energies(rows, columns)
    order = np.abs(ising.states(rows * columns).mean(axis=1))

    def at(temperature):
        weights = np.exp(-(energies - energies.min()) / temperature)
        return temperature, ising.closed_form(rows, columns, temperature), weights @ order / weights.sum()

    return {"rows": rows, "columns": columns, "values": [at(temperature) for temperature in TEMPERATURES]}


def averages(temperature):
    naive, bethe = mean_field.naive(temperature), mean_field.bethe(temperature)
    return temperature, *naive, *bethe


def test_the_page_counts_and_averages_as_the_package_does(tmp_path):
    cases = {
        "tori": [torus(3, 3), torus(3, 4), torus(4, 4)],
        "averages": [averages(t) for t in (0.1, 0.3, 0.6, 0.72, 0.75, 0.95, 1.1, 5.0)],
        "bethe": mean_field.BETHE_CRITICAL_TEMPERATURE,
    }
    assert compare(tmp_path, SCRIPT, cases) == 3


def test_the_answer_to_what_the_figure_asks():
    """In the cold the order is right and the gap is ln 2; it is largest between the exact T_c and the mean field's."""
    temperatures = np.linspace(0.2, 1.4, 121)
    gap = ising.closed_form(4, 4, temperatures) - 16 * mean_field.naive(temperatures).log_partition
    assert gap[0] == pytest.approx(np.log(2), abs=1e-4)
    assert 0.5673 < temperatures[gap.argmax()] < 1 and gap.max() > 1.25
