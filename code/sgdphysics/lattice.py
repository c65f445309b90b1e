"""The pot of water: a lattice gas whose molecules hop between neighbouring sites.

    H(n) = -J sum_<ij> n_i n_j + g sum_i y_i n_i,        n_i in {0, 1},  sum_i n_i fixed

Row y = 0 is the floor. Columns are periodic; floor and lid are closed, which for the energy is the same as
empty sites beyond them. With n = (1 + s)/2 this is the Ising model with coupling J/4, so
T_c = J / (2 ln(1 + sqrt 2)).

Kawasaki exchange (Phys. Rev. 145, 224, 1966), one sub-lattice of bonds at a time. The bonds of a sub-step
share no site and touch none of each other's sites, so their energy changes add exactly and all can be
decided at once.
"""

from typing import NamedTuple

import numpy as np

from sgdphysics import _checks

# Offsets (y, x) of a bond's left or lower end a, its other end b, then three more neighbours of a and of b.
_HORIZONTAL = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 2), (1, 1), (-1, 1))
_VERTICAL = tuple((x, y) for y, x in _HORIZONTAL)


class Substep(NamedTuple):
    """Bonds that are exchanged at once.

    sites (8, bonds): a, b, the other three neighbours of a, the other three of b, as y * width + x;
    height * width stands for a place beyond floor or lid. rise: y_b - y_a, 0 or 1.

    >>> substep = LatticeGas(4, 4).substeps[0]  # horizontal bonds, each of two sites with three more neighbours apiece
    >>> substep.sites.shape, substep.rise
    ((8, 4), 0)
    """

    sites: np.ndarray
    rise: int


def exchange_probability(energy_change, temperature):
    """Heat-bath probability 1 / (1 + exp(dE/T)) that the molecule of a bond ends where its energy is dE higher.

    It does not depend on the end where the molecule was: each sub-step draws its bonds anew from Boltzmann's
    distribution given all other sites, which is detailed balance bond by bond. Broadcasts. ValueError unless T > 0.

    >>> print(np.round(exchange_probability([0.0, np.log(3)], 1.0), 6))
    [0.5  0.25]
    """
    energy_change = _checks.finite("energy_change", energy_change)
    temperature = _checks.positive("temperature", temperature)
    _checks.together(energy_change=energy_change, temperature=temperature)
    with np.errstate(over="ignore", under="ignore"):  # exp may be infinity or 0, and the probability 0 or 1
        return 1 / (1 + np.exp(energy_change / temperature))


def thresholds(probability):
    """Integers t = round(2^32 p), at most 2^32 - 1: a random 32-bit integer is below t with probability t / 2^32.

    |t / 2^32 - p| < 2.4e-10, so a molecule never climbs by more than 22.9 T in one hop (p < 1.2e-10).

    >>> thresholds(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 2147483648, 4294967295]
    """
    probability = _checks.positive("probability", probability, zero=True)
    if (probability > 1).any():
        raise ValueError(f"probability must be at most 1, got {probability}")
    return np.minimum(np.floor(probability * 2.0**32 + 0.5), 2.0**32 - 1).astype(np.uint32)


def exchange(n, sites, threshold, bits):
    """One sub-step, in place: a bond's molecule goes to b if bits < threshold, else to a (if one end is empty).

    n (height * width + 1, pots) int8, the last row zero; sites as in `Substep`; threshold (7, pots) uint32,
    used in row 3 + S_b - S_a, where S counts the occupied among an end's other three neighbours;
    bits (bonds, pots) uint32.

    >>> pot = LatticeGas(1, 4)
    >>> n = np.append(pot.slab(1).ravel(), 0).astype(np.int8)[:, np.newaxis]  # one pot: a molecule at site 0
    >>> a, b = (pot.substeps[0].sites[end][0] for end in (0, 1))
    >>> always = np.full((7, 1), 2**32 - 1, np.uint32)  # to b, whatever the neighbours
    >>> exchange(n, pot.substeps[0].sites[:, :1], always, bits=np.zeros((1, 1), np.uint32))
    >>> int(a), int(b), n[:, 0].tolist()
    (0, 1, [0, 1, 0, 0, 0])
    """
    a, b, a1, a2, a3, b1, b2, b3 = n.take(sites, axis=0)
    row = (b1 + b2 + b3 - a1 - a2 - a3 + 3).astype(np.intp)
    pots = n.shape[1]
    to_b = bits < threshold.ravel().take(row * pots + np.arange(pots))
    flip = (a ^ b) & (b ^ to_b)
    n[sites[0]] = a ^ flip
    n[sites[1]] = b ^ flip


def _substeps(height, width):
    """Every bond once, in sub-steps whose bonds lie at least two hops apart.

    They are (x + 2y) mod 4 = const for horizontal bonds and (y + 2x) mod 4 = const for vertical ones.
    Columns that do not fit round the ring get their own: the last width mod 4 for horizontal, an odd last
    one for vertical bonds.
    """
    y, x = np.indices((height, width)).reshape(2, -1)
    left_over = x - width // 4 * 4
    horizontal = np.where(left_over < 0, (x + 2 * y) % 4, 4 + 2 * left_over + y % 2)
    vertical = np.where((width % 2 == 1) & (x == width - 1), 4 + y % 3, (y + 2 * x) % 4)
    vertical[y == height - 1] = -1
    return tuple(
        Substep(_sites(y[label == k], x[label == k], offsets, height, width), rise)
        for rise, offsets, label in ((0, _HORIZONTAL, horizontal), (1, _VERTICAL, vertical))
        for k in range(label.max() + 1)
        if np.any(label == k)
    )


def _sites(y, x, offsets, height, width):
    dy, dx = np.array(offsets).T[:, :, np.newaxis]
    inside = (y + dy >= 0) & (y + dy < height)
    return np.where(inside, (y + dy) * width + (x + dx) % width, height * width)


class LatticeGas:
    """Pots with H(n) = -J sum_<ij> n_i n_j + g sum_i y_i n_i, J = coupling, g = gravity (any finite numbers).

    Occupancies n are int8 arrays (..., height, width): any number of pots in front, row index = height y,
    row 0 the floor. height >= 1 and width >= 3 (a narrower ring would join two sites twice). ValueError for
    other input.

    Sixteen molecules on the floor, heated without gravity until they are anywhere:

    >>> pot, rng = LatticeGas(8, 8, gravity=0.0), np.random.default_rng(0)
    >>> cold = pot.slab(16, pots=(500,))
    >>> print(pot.n_bonds, pot.energy(cold)[0], pot.mean_height(cold)[0], pot.density_profile(cold)[0])
    120 -24.0 0.5 [1. 1. 0. 0. 0. 0. 0. 0.]
    >>> hot = pot.sweep(cold, 300, temperature=100.0, rng=rng)
    >>> print(hot.shape, hot.sum(axis=(1, 2)).max(), abs(pot.mean_height(hot).mean() - 3.5) < 0.2)
    (500, 8, 8) 16 True
    >>> shaken = pot.scattered(16, pots=(500,), rng=rng)
    >>> print(abs(pot.energy(hot).mean() - pot.energy(shaken).mean()) < 0.5)
    True
    >>> print(pot.centred_profile(pot.slab(16, bottom=3), reach=1), np.round(pot.probabilities(0, 1.0)[[0, 3]], 4))
    [1. 1. 0.] [0.0474 0.5   ]
    """

    def __init__(self, height, width, *, coupling=1.0, gravity=0.0):
        self.height = _checks.integer("height", height, minimum=1)
        self.width = _checks.integer("width", width, minimum=3)
        self.coupling = _checks.scalar("coupling", coupling)
        self.gravity = _checks.scalar("gravity", gravity)
        self.substeps = _substeps(self.height, self.width)

    @property
    def n_bonds(self):
        """Attempted exchanges of one sweep of one pot."""
        return sum(sites.shape[1] for sites, _ in self.substeps)

    def slab(self, n_particles, *, pots=(), bottom=0):
        """Rows filled from row `bottom` upwards, the last one perhaps in part: (*pots, height, width)."""
        start = self.width * _checks.integer("bottom", bottom, minimum=0)
        count = self._count(n_particles, self.height * self.width - start)
        site = np.arange(self.height * self.width)
        return self._copies((site >= start) & (site < start + count), pots)

    def scattered(self, n_particles, *, pots=(), rng):
        """Every arrangement equally likely, each pot drawn on its own: (*pots, height, width)."""
        size = self.height * self.width
        n = self._copies(np.arange(size) < self._count(n_particles, size), pots)
        return _checks.generator(rng).permuted(n.reshape(-1, size), axis=1).reshape(n.shape)

    def energy(self, n):
        """H(n), shape (...). Pairs and heights are counted in integers, so that no rounding builds up."""
        n = self._checked(n)
        pairs = np.sum(n & np.roll(n, 1, axis=-1), axis=(-2, -1), dtype=np.int64)
        pairs += np.sum(n[..., 1:, :] & n[..., :-1, :], axis=(-2, -1), dtype=np.int64)
        return -self.coupling * pairs + self.gravity * self._heights(n)

    def mean_height(self, n):
        """sum_i y_i n_i / sum_i n_i, shape (...)."""
        n = self._checked(n)
        count = n.sum(axis=(-2, -1), dtype=np.int64)
        if not np.all(count):
            raise ValueError("n must hold a molecule in every pot to have a mean height, got an empty pot")
        return self._heights(n) / count

    def density_profile(self, n):
        """Occupied fraction of every row, shape (..., height)."""
        return self._checked(n).mean(axis=-1)

    def centred_profile(self, n, reach):
        """Occupied fraction of the rows from reach below to reach above the row of the centre of mass (rounded).

        Shape (..., 2 reach + 1). A slab of liquid wanders as a whole; seen from its middle it stands still.
        """
        reach = _checks.integer("reach", reach, minimum=0)
        middle = np.rint(self.mean_height(n)).astype(int)
        if reach > middle.min() or reach >= self.height - int(middle.max()):
            raise ValueError(f"reach must stay within floor and lid around each centre of mass, got {reach}")
        row = middle[..., np.newaxis] + np.arange(-reach, reach + 1)
        return np.take_along_axis(self.density_profile(n), row, axis=-1)

    def probabilities(self, rise, temperature):
        """`exchange_probability` of going to b, where dE = -J (S_b - S_a) + g rise.

        Shape (7, *temperature.shape), row 3 + S_b - S_a with S as in `exchange`.
        """
        temperature = _checks.positive("temperature", temperature)
        more_neighbours = np.arange(-3, 4).reshape(-1, *[1] * temperature.ndim)
        return exchange_probability(self.gravity * rise - self.coupling * more_neighbours, temperature)

    def sweep(self, n, n_sweeps, *, temperature, rng):
        """Occupancies after n_sweeps sweeps, a new array.

        One sweep attempts every bond exactly once, sub-step after sub-step, in an order drawn anew for each
        sweep. Every sub-step leaves p(n) ~ exp(-H(n)/T) at the given number of molecules invariant, so the sweep
        does, in any order; as each order is as likely as its reverse, the sweep is reversible too.

        temperature > 0 is a scalar or one value a pot, shape n.shape[:-2]; rng a numpy.random.Generator. The
        probabilities are resolved to 2^-32 (see `thresholds`). ValueError for other input.
        """
        n = self._checked(n)
        n_sweeps = _checks.integer("n_sweeps", n_sweeps, minimum=0)
        temperature = self._temperatures(temperature, n.shape[:-2])
        _checks.generator(rng)
        pots = n.reshape(-1, self.height * self.width)
        after = np.empty_like(pots)
        together = max(1, 10_000 // max(sites.shape[1] for sites, _ in self.substeps))  # so many fit in the cache
        for start in range(0, len(pots), together):
            some = slice(start, start + together)
            after[some] = self._advance(pots[some], n_sweeps, temperature[some], rng)
        return after.reshape(n.shape)

    def _advance(self, pots, n_sweeps, temperature, rng):
        state = np.concatenate([pots.T, np.zeros((1, len(pots)), np.int8)])
        table = [thresholds(self.probabilities(rise, temperature)) for rise in (0, 1)]
        for _ in range(n_sweeps):
            for k in rng.permutation(len(self.substeps)):
                sites, rise = self.substeps[k]
                bits = rng.integers(2**32, size=(sites.shape[1], len(pots)), dtype=np.uint32)
                exchange(state, sites, table[rise], bits)
        return state[:-1].T

    def _heights(self, n):
        return n.sum(axis=-1, dtype=np.int64) @ np.arange(self.height)

    def _count(self, n_particles, most):
        count = _checks.integer("n_particles", n_particles, minimum=0)
        if count > most:
            raise ValueError(f"n_particles must be at most the {max(most, 0)} sites to fill, got {count}")
        return count

    def _copies(self, occupied, pots):
        shape = pots if isinstance(pots, tuple) else (pots,)
        shape = tuple(_checks.integer("pots", size, minimum=1) for size in shape)
        return np.tile(occupied.astype(np.int8).reshape(self.height, self.width), (*shape, 1, 1))

    def _checked(self, n):
        shape = self.height, self.width
        if not isinstance(n, np.ndarray) or n.dtype != np.int8 or n.shape[-2:] != shape:
            found = f"{n.dtype} of shape {n.shape}" if isinstance(n, np.ndarray) else type(n).__name__
            raise ValueError(f"n must be an int8 array of shape (..., {shape[0]}, {shape[1]}), got {found}")
        _checks.unmasked("n", n)
        if np.any(n.view(np.uint8) > 1):
            raise ValueError(f"n must hold occupancies 0 or 1, got values from {n.min()} to {n.max()}")
        return n

    def _temperatures(self, temperature, pots):
        array = _checks.positive("temperature", temperature)
        if array.ndim and array.shape != pots:
            raise ValueError(f"temperature must be a scalar or one a pot, shape {pots}; got shape {array.shape}")
        return np.broadcast_to(array, pots).ravel()
