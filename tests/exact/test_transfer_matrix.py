"""The exact pot against pots whose arrangements can all be listed."""

import numpy as np
import pytest

from sgdphysics.exact import transfer_matrix
from sgdphysics.lattice import LatticeGas

POT = LatticeGas(3, 4, coupling=1.3, gravity=0.3)
STATES = np.array([n for n in np.ndindex(*[2] * 12) if sum(n) == 4], dtype=np.int8).reshape(-1, 3, 4)


@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.parametrize("temperature", [0.2, 0.7, 5.0])
def test_weights_are_those_of_the_arrangements_one_by_one(row, temperature):
    weight, above = np.exp(-POT.energy(STATES) / temperature), STATES[:, row:].sum(axis=(1, 2))
    listed = np.log([weight[above == k].sum() for k in range(5)])
    found = transfer_matrix.log_weights_above(POT, 4, temperature, row=row)
    np.testing.assert_allclose(found, listed, rtol=0, atol=1e-12)


def test_mean_energy_is_that_of_the_arrangements():
    temperature = np.array([0.2, 0.7, 5.0])
    energy = POT.energy(STATES)
    weight = np.exp(-(energy - energy.min()) / temperature[:, None])
    listed = weight @ energy / weight.sum(axis=1)
    np.testing.assert_allclose(transfer_matrix.mean_energy(POT, 4, temperature), listed, rtol=1e-7)


def test_the_coldest_pot_that_is_taken_still_has_all_its_weights():
    coldest = (2 * 1.3 + 0.3 * 2) * 4 / 600 * 1.001
    above, energy = STATES[:, 1:].sum(axis=(1, 2)), POT.energy(STATES)
    least = np.array([energy[above == k].min() for k in range(5)])
    found = transfer_matrix.log_weights_above(POT, 4, coldest, row=1)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(-coldest * found, least, rtol=0, atol=coldest * np.log(STATES.shape[0]))
    assert transfer_matrix.mean_energy(POT, 4, 1.01 * coldest) == pytest.approx(energy.min(), abs=1e-3)


def test_a_place_that_cannot_hold_them_has_no_weight():
    full = LatticeGas(2, 3)
    found = transfer_matrix.log_weights_above(full, 5, 1.0, row=1)
    assert np.isneginf(found[[0, 1, 4, 5]]).all() and np.isfinite(found[2:4]).all()


@pytest.mark.parametrize("height", [2, 3, 4])
def test_a_full_pot_has_one_arrangement(height):
    pot = LatticeGas(height, 3, coupling=1.3, gravity=0.3)
    energy = pot.energy(np.ones((1, height, 3), dtype=np.int8))[0]
    assert transfer_matrix.log_partition(pot, 3 * height, 0.7) == pytest.approx(-energy / 0.7, abs=1e-12)


def test_the_coldest_temperature_is_taken_and_what_is_below_is_not():
    """The reach (2 J + g (height - 1)) times three molecules is 9, and 600 T may not be less."""
    pot = LatticeGas(3, 3, coupling=1.0, gravity=0.5)
    assert np.isfinite(transfer_matrix.log_partition(pot, 3, 0.015))
    with pytest.raises(ValueError, match=r"temperature must be at least 0.015 "):
        transfer_matrix.log_partition(pot, 3, 0.01499)


@pytest.mark.parametrize(
    ("pot", "n_particles", "temperature", "row", "message"),
    [
        (POT, 13, 1.0, 1, "pot must be at most 12 wide"),
        (POT, 4, 1.0, 3, "pot must be at most 12 wide"),
        (LatticeGas(3, 13), 4, 1.0, 1, "pot must be at most 12 wide"),
        (LatticeGas(3, 12), 4, 1e-3, 1, "temperature must be at least"),  # it is not its width that is refused
        (POT, 4, 0.0, 1, "temperature must be greater than zero"),
        (POT, 0, 1.0, 1, "n_particles must be an integer"),
        (POT, 4, 0.02, 1, "temperature must be at least 0.0213"),
    ],
)
def test_bad_input_is_named(pot, n_particles, temperature, row, message):
    with pytest.raises(ValueError, match=message):
        transfer_matrix.log_weights_above(pot, n_particles, temperature, row=row)
