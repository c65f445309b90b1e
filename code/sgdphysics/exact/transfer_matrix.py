"""The pot of water solved exactly: a pot that is narrow, row by row, with its number of molecules fixed.

H(n) = -J Σ n_i n_j + g Σ y_i n_i as in ``lattice``: columns periodic, floor and lid closed. A row has 2^width states,
so all arrangements of a pot of any height are summed at a cost of 4^width for each row and number of molecules (Kramers
and Wannier 1941).
"""

import numpy as np

from sgdphysics import _checks
from sgdphysics.lattice import LatticeGas


@np.errstate(under="ignore")
def log_weights_above(pot, n_particles, temperature, *, row):
    """ln of the summed exp(-H/T) of all arrangements with k of the n_particles in the rows from ``row`` upwards.

    pot : a LatticeGas of width <= 12; n_particles : at most its sites; temperature : T > 0, a scalar; row : 1 to
    height - 1.
    Returns shape (n_particles + 1,), one number for each k, -inf where there is no such arrangement. exp of it over its
    sum is the probability of k; -T times it the free energy of k. Rounding: about 1e-12. ValueError for bad input, and
    for temperatures so low that weights of the arrangements could differ by more than a float can hold.

    One molecule in two rows of three sites, above at the price of the gravity 1:

    >>> from sgdphysics.lattice import LatticeGas
    >>> weights = np.exp(log_weights_above(LatticeGas(2, 3, gravity=1.0), 1, 1.0, row=1))
    >>> print(np.round(weights, 4))  # 3 and 3/e
    [3.     1.1036]
    """
    pot, temperature = _pot(pot), _checks.scalar("temperature", temperature, _checks.positive)
    n_particles, row = _checks.integer("n_particles", n_particles, minimum=1), _checks.integer("row", row, minimum=1)
    if pot.width > 12 or n_particles > pot.height * pot.width or row >= pot.height:
        raise ValueError(
            f"pot must be at most 12 wide, hold n_particles and have a row {row}; got {n_particles} molecules in "
            f"{pot.height} rows of {pot.width}"
        )
    reach = (2 * abs(pot.coupling) + abs(pot.gravity) * (pot.height - 1)) * max(n_particles, pot.width)
    if reach > 600.0 * temperature:  # exp(±700) is about what a float holds
        raise ValueError(f"temperature must be at least {reach / 600:.3g} for this pot, got {temperature}")
    states = (np.arange(2**pot.width)[:, None] >> np.arange(pot.width)) & 1
    meet = np.exp(pot.coupling / temperature * (states @ states.T))
    below, scale_below = _half(pot, states, meet, range(row), n_particles, temperature)
    above, scale_above = _half(pot, states, meet, range(pot.height - 1, row - 1, -1), n_particles, temperature)
    k = np.arange(n_particles + 1)
    with np.errstate(divide="ignore"):
        return np.log(np.sum((meet @ below)[:, n_particles - k] * above, axis=0)) + scale_below + scale_above


def log_partition(pot, n_particles, temperature):
    """ln Z = ln Σ exp(-H/T) over all arrangements of n_particles molecules; arguments as in `log_weights_above`.

    >>> from sgdphysics.lattice import LatticeGas
    >>> print(np.round(np.exp(log_partition(LatticeGas(4, 4, coupling=0.0), 8, 1.0))))  # ways to choose 8 sites of 16
    12870.0
    """
    return np.logaddexp.reduce(log_weights_above(pot, n_particles, temperature, row=_pot(pot).height // 2))


def _pot(pot):
    if not isinstance(pot, LatticeGas):
        raise ValueError(f"pot must be a LatticeGas, got {pot!r}")
    return pot


def mean_energy(pot, n_particles, temperature):
    """⟨H⟩ = T² d ln Z/dT, by a central difference: shape of ``temperature``, relative error about 1e-7.

    >>> from sgdphysics.lattice import LatticeGas
    >>> print(np.round(mean_energy(LatticeGas(4, 4), 8, [0.05, 100.0]), 2))  # cold: two full rows with 12 bonds
    [-12.    -6.55]
    """
    temperature = _checks.positive("temperature", temperature)
    beta, step = 1.0 / temperature, 1e-4

    def slope(b):
        up, down = (log_partition(pot, n_particles, 1.0 / (b * (1.0 + sign * step))) for sign in (1, -1))
        return (down - up) / (2.0 * step * b)

    return np.vectorize(slope, otypes=[float])(beta)


def _half(pot, states, meet, rows, n_particles, temperature):
    """Summed weights of ``rows``, added one after another, by the last one's state and the molecules so far: an array
    (states, n_particles + 1), and the logarithm of the factor that was taken out of it."""
    count = states.sum(axis=1)
    pairs = np.sum(states & np.roll(states, 1, axis=1), axis=1)
    so_far, scale = None, 0.0
    for y in rows:
        row = np.exp((pot.coupling * pairs - pot.gravity * y * count) / temperature)
        before = np.eye(1, n_particles + 1).repeat(len(states), axis=0) if so_far is None else meet @ so_far
        k = np.arange(n_particles + 1) - count[:, None]
        so_far = np.where(k >= 0, np.take_along_axis(before, np.maximum(k, 0), axis=1), 0.0) * row[:, None]
        scale, so_far = scale + np.log(so_far.max()), so_far / so_far.max()
    return so_far, scale
