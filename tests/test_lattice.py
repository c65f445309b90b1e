"""The pot of water: exact laws of the lattice gas, enumeration of small pots, and broken rules that must be caught."""

import itertools

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from sgdphysics import lattice
from sgdphysics.exact import onsager
from sgdphysics.lattice import LatticeGas

Z = 4.5  # standard errors


# Enumeration -----------------------------------------------------------------------------------------------------


def states_of(gas, n_particles):
    """Every arrangement of n_particles, shape (states, height, width)."""
    size = gas.height * gas.width
    rows = list(itertools.combinations(range(size), n_particles))
    n = np.zeros((len(rows), size), np.int8)
    np.put_along_axis(n, np.array(rows), 1, axis=1)
    return n.reshape(-1, gas.height, gas.width)


def boltzmann(gas, states, temperature):
    weight = np.exp(-gas.energy(states) / temperature)
    return weight / weight.sum()


def transition_matrix(gas, states, substep, temperature, exchange=lattice.exchange):
    """Exact matrix of one sub-step, from the package's own rule.

    A uniform number u is compared with seven probabilities only, so all that counts is how many of them are <= u: the
    rule is run on ranks in place of thresholds, once for every combination of ranks that its bonds may draw.
    """
    probability = gas.probabilities(substep.rise, temperature)
    edges = np.concatenate([[0.0], np.sort(probability), [1.0]])
    rank = np.argsort(np.argsort(probability)) + 1
    flat = states.reshape(len(states), -1)
    code = 1 << np.arange(flat.shape[1])
    index = {value: i for i, value in enumerate(flat @ code)}
    threshold = np.repeat(rank[:, np.newaxis], len(states), axis=1).astype(np.uint32)
    matrix = np.zeros((len(states), len(states)))
    for drawn in itertools.product(range(8), repeat=substep.sites.shape[1]):
        after = np.vstack([flat.T, np.zeros((1, len(states)), np.int8)])
        bits = np.repeat(np.array(drawn, np.uint32)[:, np.newaxis], len(states), axis=1)
        exchange(after, substep.sites, threshold, bits)
        to = [index[value] for value in after[:-1].T @ code]
        np.add.at(matrix, (np.arange(len(states)), to), np.prod(np.diff(edges)[list(drawn)]))
    return matrix


def imbalance(gas, n_particles, temperature, substeps=None, exchange=lattice.exchange):
    """Largest |pi P - pi| and largest |pi_i P_ij - pi_j P_ji| over all sub-steps."""
    states = states_of(gas, n_particles)
    pi = boltzmann(gas, states, temperature)
    flows = [
        pi[:, np.newaxis] * transition_matrix(gas, states, substep, temperature, exchange)
        for substep in substeps or gas.substeps
    ]
    return (
        max(np.abs(flow.sum(axis=0) - pi).max() for flow in flows),
        max(np.abs(flow - flow.T).max() for flow in flows),
    )


POTS = [  # height, width, molecules, coupling, gravity, temperature
    (3, 3, 4, 1.0, 0.0, 1.0),
    (3, 3, 4, 1.3, 0.45, 0.6),
    (4, 3, 5, 0.8, -0.3, 0.35),
    (3, 4, 5, 1.2, 0.4, 0.7),
    (3, 5, 3, -1.1, 0.25, 0.5),
]


@pytest.mark.parametrize("height, width, molecules, coupling, gravity, temperature", POTS)
def test_every_substep_leaves_boltzmann_invariant(height, width, molecules, coupling, gravity, temperature):
    gas = LatticeGas(height, width, coupling=coupling, gravity=gravity)
    states = states_of(gas, molecules)
    pi = boltzmann(gas, states, temperature)
    reached = np.zeros((len(states), len(states)))
    there = back = np.eye(len(states))
    for substep in gas.substeps:
        matrix = transition_matrix(gas, states, substep, temperature)
        flow = pi[:, np.newaxis] * matrix
        np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(pi @ matrix, pi, rtol=0, atol=1e-12)
        np.testing.assert_allclose(flow, flow.T, rtol=0, atol=1e-12)
        reached += matrix
        there, back = there @ matrix, matrix @ back
    assert connected_components(reached > 0, connection="strong")[0] == 1
    assert np.all(np.linalg.matrix_power(there, 6) > 0)
    # Any order and its reverse are as likely, and one is the other run backwards in time: a sweep is reversible.
    np.testing.assert_allclose(pi[:, np.newaxis] * there, (pi[:, np.newaxis] * back).T, rtol=0, atol=1e-12)


def test_quantised_probabilities_stay_within_their_resolution():
    gas = LatticeGas(3, 3, coupling=1.3, gravity=0.2)
    temperature = np.geomspace(1e-3, 1e3, 200)
    for rise in (0, 1):
        ideal = gas.probabilities(rise, temperature)
        assert ideal.shape == (7, 200)
        assert np.abs(lattice.thresholds(ideal) / 2.0**32 - ideal).max() < 2.4e-10
    assert lattice.thresholds(np.array([0.0, 0.25, 0.5, 1.0])).tolist() == [0, 2**30, 2**31, 2**32 - 1]


def test_thresholds_are_the_nearest_integers():
    """Of sixty-fourths of 2^-32, which are exact in binary; at one half the upper one."""
    for whole in (0, 5, 2**20, 2**31 + 7):
        parts = np.arange(64)
        expected = [whole if part < 32 else whole + 1 for part in parts]
        # dyadic: nothing is rounded before the thresholds are
        np.testing.assert_array_equal(lattice.thresholds((whole + parts / 64) / 2.0**32), expected)
    nearly = (2**10 + 1023 / 2048) / 2.0**32  # half a thousandth below one half
    assert lattice.thresholds(np.array([nearly]))[0] == 2**10


def test_exchange_probability_is_in_detailed_balance():
    energy_change = np.linspace(-5, 5, 41)
    there = lattice.exchange_probability(energy_change, 0.7)
    back = lattice.exchange_probability(-energy_change, 0.7)
    np.testing.assert_allclose(there / back, np.exp(-energy_change / 0.7), rtol=1e-12)
    np.testing.assert_allclose(there + back, 1.0, rtol=1e-15)
    assert lattice.exchange_probability(1.0, 1e-4) == 0.0


def counting_the_bond_itself(n, sites, threshold, bits):
    """All four neighbours of either end counted, so that the molecule attracts itself."""
    a, b = n[sites[:2]]
    gain = (n[sites[5:]].sum(axis=0) + a) - (n[sites[2:5]].sum(axis=0) + b)
    to_b = bits < np.take_along_axis(threshold, np.clip(gain + 3, 0, 6), axis=0)
    n[sites[:2]] = np.where(a == b, [a, b], [1 - to_b, to_b])


def forgetting_the_bonds_left_behind(n, sites, threshold, bits):
    """Only the neighbours of end b counted."""
    alone = sites.copy()
    alone[2:5] = len(n) - 1
    lattice.exchange(n, alone, threshold, bits)


def without_gravity(gas):
    return [lattice.Substep(sites, 0) for sites, _ in gas.substeps]


def touching(gas):
    """Bonds x, x + 1 and x + 2, x + 3 of a row at once: they share no site, but see each other."""
    return [lattice.Substep(np.hstack([gas.substeps[0].sites, gas.substeps[2].sites]), 0)]


@pytest.mark.parametrize("exchange", [counting_the_bond_itself, forgetting_the_bonds_left_behind])
def test_a_wrong_energy_change_is_caught(exchange):
    assert imbalance(LatticeGas(3, 3, gravity=0.3), 4, 0.8)[0] < 1e-12
    assert imbalance(LatticeGas(3, 3, gravity=0.3), 4, 0.8, exchange=exchange)[0] > 1e-3


@pytest.mark.parametrize("broken", [without_gravity, touching])
def test_wrong_substeps_are_caught(broken):
    gas = LatticeGas(2, 4, gravity=0.3)
    assert imbalance(gas, 4, 0.8)[0] < 1e-12
    assert imbalance(gas, 4, 0.8, substeps=broken(gas))[0] > 1e-3


@pytest.mark.parametrize("height, width", list(itertools.product((1, 2, 3, 6, 9), (3, 4, 5, 6, 7, 8, 13))))
def test_substeps_hold_every_bond_once_and_none_sees_another(height, width):
    gas = LatticeGas(height, width)
    sites = np.arange(height * width).reshape(height, width)
    bonds = {frozenset((site, right)) for site, right in zip(sites.flat, np.roll(sites, -1, axis=1).flat, strict=True)}
    bonds |= {frozenset(pair) for pair in zip(sites[:-1].flat, sites[1:].flat, strict=True)}
    near = {site: {other for bond in bonds if site in bond for other in bond} for site in sites.flat}
    found = []
    for substep in gas.substeps:
        pairs = [frozenset(ends) for ends in substep.sites[:2].T.tolist()]
        found += pairs
        for one, other in itertools.combinations(pairs, 2):
            assert not set().union(*(near[site] for site in one)) & other
    assert sorted(map(sorted, found)) == sorted(map(sorted, bonds))
    assert gas.n_bonds == len(bonds)
    assert len(gas.substeps) == 8 or width % 4 or height < 5
    assert all(len(substep.sites[0]) for substep in gas.substeps)
    assert len(gas.substeps) <= 4 + 2 * (width % 4) + 4 + 3 * (width % 2)  # however high the pot


@pytest.mark.parametrize("height, width", [(2, 3), (4, 5), (5, 8)])
def test_a_bond_goes_from_its_left_or_lower_end_to_the_other(height, width):
    for substep in LatticeGas(height, width).substeps:
        (y, x), (y_other, x_other) = (np.divmod(ends, width) for ends in substep.sites[:2])
        np.testing.assert_array_equal(y_other, y + substep.rise)
        np.testing.assert_array_equal(x_other, (x + 1 - substep.rise) % width)


# Bookkeeping -----------------------------------------------------------------------------------------------------


def energy_by_hand(n, coupling, gravity):
    height, width = n.shape
    total = 0.0
    for y, x in itertools.product(range(height), range(width)):
        above = n[y + 1, x] if y + 1 < height else 0
        total += n[y, x] * (gravity * y - coupling * (float(n[y, (x + 1) % width]) + float(above)))
    return total


def test_energy_and_profiles_against_loops():
    rng = np.random.default_rng(2)
    gas = LatticeGas(5, 6, coupling=1.7, gravity=-0.3)
    n = gas.scattered(13, pots=(2, 3), rng=rng)
    assert n.shape == (2, 3, 5, 6) and gas.energy(n).shape == (2, 3)
    for pot in np.ndindex(2, 3):
        assert gas.energy(n)[pot] == pytest.approx(energy_by_hand(n[pot], 1.7, -0.3), rel=1e-13)
        y, _ = np.nonzero(n[pot])
        assert gas.mean_height(n)[pot] == pytest.approx(y.mean(), rel=1e-13)
        np.testing.assert_allclose(gas.density_profile(n)[pot], [np.mean(row) for row in n[pot]], rtol=1e-13)


def test_profile_about_the_middle_takes_the_nearest_row():
    """Mean heights of 2.6 and 2.4 in pots of seven rows: the rows around 3 and around 2."""
    gas, n = LatticeGas(7, 5), np.zeros((2, 7, 5), np.int8)
    n[0, 1, :2] = n[0, 3, :1] = n[0, 4, :2] = 1
    n[1, 1, :2] = n[1, 3, :2] = n[1, 4, :1] = 1
    np.testing.assert_allclose(gas.mean_height(n), [2.6, 2.4], rtol=1e-14)
    np.testing.assert_allclose(gas.centred_profile(n, 1), [[0.0, 0.2, 0.4], [0.4, 0.0, 0.4]], rtol=1e-14)
    np.testing.assert_allclose(gas.centred_profile(n, 2)[:, [0, 4]], [[0.4, 0.0], [0.0, 0.2]], rtol=1e-14)
    np.testing.assert_allclose(gas.centred_profile(n, 0), [[0.2], [0.0]], rtol=1e-14)


def test_a_profile_about_the_middle_reaches_to_floor_and_lid_and_no_further():
    """A row of molecules in row 2, and one in row 3, of six: two rows below the one, two above the other."""
    gas = LatticeGas(6, 4)
    n = np.stack([gas.slab(4, bottom=2), gas.slab(4, bottom=3)])
    np.testing.assert_array_equal(gas.centred_profile(n, 2), [[0, 0, 1, 0, 0]] * 2)
    for pots in (n, n[:1], n[1:]):
        with pytest.raises(ValueError, match="reach must stay within floor and lid"):
            gas.centred_profile(pots, 3)
    assert gas.centred_profile(gas.slab(4, bottom=5), 0) == [1.0]
    with pytest.raises(ValueError, match="reach must stay within floor and lid"):
        gas.centred_profile(gas.slab(4, bottom=5), 1)


def test_pots_without_molecules_stay_empty():
    gas, rng = LatticeGas(3, 4, gravity=0.2), np.random.default_rng(0)
    for n in (gas.slab(0, pots=2), gas.scattered(0, pots=2, rng=rng)):
        assert not n.any()
        assert not gas.sweep(n, 3, temperature=1.0, rng=rng).any()
        np.testing.assert_array_equal(gas.energy(n), 0.0)


def test_a_sweep_of_a_pot_of_any_size_moves_molecules_and_keeps_them():
    """Ten thousand bonds of a sub-step, and more, in more than one pot."""
    for width in (40_000, 40_004):
        gas = LatticeGas(1, width)
        n = gas.scattered(width // 2, pots=2, rng=np.random.default_rng(0))
        after = gas.sweep(n, 1, temperature=1.0, rng=np.random.default_rng(1))
        np.testing.assert_array_equal(after.sum(axis=(1, 2)), width // 2)
        assert (after != n).any(axis=(1, 2)).all()


@pytest.mark.parametrize(("height", "width"), [(4, 5), (5, 4)])
def test_a_sweep_is_the_rule_of_the_docstring_bond_by_bond(height, width):
    """In an order drawn anew for each sweep; each bond's molecule ends at b with probability 1/(1 + exp(dE/T))."""
    gas = LatticeGas(height, width, coupling=1.3, gravity=0.4)
    temperature = np.array([0.5, 1.2])
    start = gas.scattered(9, pots=2, rng=np.random.default_rng(3))
    after = gas.sweep(start, 4, temperature=temperature, rng=np.random.default_rng(4))
    rng, n = np.random.default_rng(4), start.copy()
    for _ in range(4):
        for k in rng.permutation(len(gas.substeps)):
            a, b = gas.substeps[k].sites[:2]
            bits = rng.integers(2**32, size=(a.size, 2), dtype=np.uint32)
            for pot, t in enumerate(temperature):
                flat = n[pot].reshape(-1)  # a view
                for i, (left, right) in enumerate(zip(a, b, strict=True)):
                    if flat[left] == flat[right]:
                        continue
                    ends = []
                    for pair in ((1, 0), (0, 1)):
                        flat[[left, right]] = pair
                        ends.append(energy_by_hand(n[pot], 1.3, 0.4))
                    to_b = bits[i, pot] < round(2.0**32 / (1 + np.exp((ends[1] - ends[0]) / t)))
                    flat[[left, right]] = (0, 1) if to_b else (1, 0)
    np.testing.assert_array_equal(after, n)
    assert (after != start).any()


def test_large_counts_do_not_overflow():
    gas = LatticeGas(200, 200, gravity=1.0)
    full = gas.slab(40_000)
    assert gas.energy(full) == -(200 * 200 + 199 * 200) + 200 * 199 * 200 / 2


def test_molecules_and_energy_are_booked_exactly():
    """The energy changes by which the rule decides add up to the change of H: no bond saw another one."""
    rng = np.random.default_rng(3)
    gas = LatticeGas(12, 10, coupling=3.0, gravity=5.0)  # whole numbers, so that sums are exact
    state = np.concatenate([gas.scattered(50, pots=7, rng=rng).reshape(7, -1).T, np.zeros((1, 7), np.int8)])
    temperature = np.linspace(2.0, 20.0, 7)
    booked = gas.energy(state[:-1].T.reshape(7, 12, 10))
    for _ in range(20):
        for sites, rise in gas.substeps:
            before = state[sites]
            bits = rng.integers(2**32, size=before.shape[1:], dtype=np.uint32)
            lattice.exchange(state, sites, lattice.thresholds(gas.probabilities(rise, temperature)), bits)
            moved = state[sites[1]] - before[1]  # +1 to b, -1 to a
            gain = before[5:8].sum(axis=0) - before[2:5].sum(axis=0)
            booked += np.sum(moved * (5.0 * rise - 3.0 * gain), axis=0)
            assert not state[-1].any()
    n = np.ascontiguousarray(state[:-1].T).reshape(7, 12, 10)
    assert np.array_equal(booked, gas.energy(n))
    assert np.all(n.sum(axis=(1, 2)) == 50)


@pytest.mark.parametrize("height, width", [(1, 3), (3, 3), (4, 7), (48, 48)])
def test_sweeps_keep_the_number_of_molecules_and_the_input(height, width):
    rng = np.random.default_rng(4)
    gas = LatticeGas(height, width, gravity=0.1)
    n = gas.scattered(height * width // 2, pots=(5, 4), rng=rng)
    kept = n.copy()
    after = gas.sweep(n, 30, temperature=rng.uniform(0.3, 2.0, (5, 4)), rng=rng)
    assert np.array_equal(n, kept) and not np.shares_memory(n, after)
    assert after.shape == n.shape and after.dtype == np.int8 and set(np.unique(after)) <= {0, 1}
    assert np.all(after.sum(axis=(-2, -1)) == height * width // 2)
    assert not np.array_equal(after, n)


def test_sweep_repeats_itself_and_takes_any_memory_layout():
    gas = LatticeGas(6, 8)
    n = gas.scattered(20, pots=3, rng=np.random.default_rng(5))
    turned = np.asfortranarray(n)
    runs = [gas.sweep(m, 10, temperature=0.6, rng=np.random.default_rng(6)) for m in (n, n, turned)]
    assert np.array_equal(runs[0], runs[1]) and np.array_equal(runs[0], runs[2])
    nothing = gas.sweep(n, 0, temperature=0.6, rng=np.random.default_rng(6))
    assert np.array_equal(nothing, n) and not np.shares_memory(nothing, n)


def test_initial_states():
    gas = LatticeGas(6, 8)
    slab = gas.slab(20, bottom=2)
    assert slab.sum(axis=1).tolist() == [0, 0, 8, 8, 4, 0]
    n = gas.scattered(12, pots=20_000, rng=np.random.default_rng(7))
    assert np.all(n.sum(axis=(1, 2)) == 12)
    se = np.sqrt(0.25 * 0.75 / len(n))
    assert np.abs(n.mean(axis=0) - 0.25).max() < Z * se


# Exact laws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("height, width, molecules, coupling, gravity", [(3, 3, 4, 1.2, 0.3), (4, 3, 3, 0.8, 0.4)])
def test_frequencies_are_boltzmann(height, width, molecules, coupling, gravity):
    """Pots at two temperatures in one batch, each an independent draw: multinomial counts."""
    rng = np.random.default_rng(8)
    gas = LatticeGas(height, width, coupling=coupling, gravity=gravity)
    states = states_of(gas, molecules)
    code = 1 << np.arange(height * width)
    order = np.argsort(states.reshape(len(states), -1) @ code)
    pots, temperature = 40_000, np.array([0.7, 1.4])
    n = gas.scattered(molecules, pots=(pots, 2), rng=rng)
    n = gas.sweep(n, 60, temperature=np.tile(temperature, (pots, 1)), rng=rng)
    for k in (0, 1):
        pi = boltzmann(gas, states, temperature[k])[order]
        values, found = np.unique(n[:, k].reshape(pots, -1) @ code, return_counts=True)
        counts = np.zeros(len(states))
        counts[np.searchsorted((states.reshape(len(states), -1) @ code)[order], values)] = found
        chi_squared = np.sum((counts - pots * pi) ** 2 / (pots * pi))
        freedom = len(states) - 1
        # The variance of the sum is 2 freedom + (sum 1/pi - states^2 - 2 freedom) / pots: rare states have long tails.
        variance = 2 * freedom + (np.sum(1 / pi) - len(states) ** 2 - 2 * freedom) / pots
        assert abs(chi_squared - freedom) < Z * np.sqrt(variance)
        energies = gas.energy(states[order])
        mean, variance = pi @ energies, pi @ energies**2 - (pi @ energies) ** 2
        assert abs(counts @ energies / pots - mean) < Z * np.sqrt(variance / pots)


def canonical_profile(gas, n_particles, temperature):
    """Exact density of each row at J = 0 and fixed number: w_y e_{N-1}(all sites but one of row y) / e_N(all sites)."""
    weights = np.repeat(np.exp(-gas.gravity * np.arange(gas.height) / temperature), gas.width)

    def symmetric(weights):
        polynomial = np.ones(1)
        for weight in weights:
            polynomial = np.convolve(polynomial, [1.0, weight])
        return polynomial

    total = symmetric(weights)[n_particles]
    return np.array(
        [
            weights[y * gas.width] * symmetric(np.delete(weights, y * gas.width))[n_particles - 1] / total
            for y in range(gas.height)
        ]
    )


def fermi_profile(gas, n_particles, temperature):
    """n(y) = 1 / (exp((g y - mu)/T) + 1) with mu from the number of molecules, by bisection."""
    y = np.arange(gas.height)
    low, high = -100.0, 100.0
    for _ in range(100):
        mu = (low + high) / 2
        profile = 1 / (np.exp((gas.gravity * y - mu) / temperature) + 1)
        low, high = (mu, high) if gas.width * profile.sum() < n_particles else (low, mu)
    return profile


def test_barometric_law_with_exclusion():
    rng = np.random.default_rng(9)
    gas = LatticeGas(10, 6, coupling=0.0, gravity=0.4)
    exact = canonical_profile(gas, 20, 1.3)
    assert exact.sum() * 6 == pytest.approx(20, rel=1e-12)
    n = gas.sweep(gas.slab(20, pots=4000), 400, temperature=1.3, rng=rng)
    profile = gas.density_profile(n)
    se = profile.std(axis=0, ddof=1) / np.sqrt(len(n))
    assert np.abs((profile.mean(axis=0) - exact) / se).max() < Z


def test_fixed_number_is_a_correction_of_order_one_over_the_sites():
    difference = []
    for width in (6, 12, 24):
        gas = LatticeGas(10, width, coupling=0.0, gravity=0.4)
        exact = canonical_profile(gas, 10 * width // 3, 1.3)
        difference.append(np.abs(exact - fermi_profile(gas, 10 * width // 3, 1.3)).max())
    np.testing.assert_allclose(np.divide(difference[:2], difference[1:]), 2.0, rtol=0.05)


def test_heat_capacity_from_fluctuations_is_the_derivative():
    """Var(E)/T^2 against dE/dT; Simpson's weights make the two agree to fourth order in the step."""
    rng = np.random.default_rng(10)
    gas = LatticeGas(12, 12, coupling=1.0, gravity=0.1)
    step, pots = 0.05, 32
    temperature = np.tile(0.8 + step * np.array([-1, 0, 1]), (pots, 1))
    n = gas.sweep(gas.scattered(48, pots=(pots, 3), rng=rng), 1000, temperature=temperature, rng=rng)
    energies = []
    for _ in range(400):
        n = gas.sweep(n, 10, temperature=temperature, rng=rng)
        energies.append(gas.energy(n))
    energies = np.array(energies)
    mean = energies.mean(axis=0)
    capacity = np.mean((energies - mean.mean(axis=0)) ** 2, axis=0) / temperature**2
    fluctuations = capacity @ [1 / 6, 4 / 6, 1 / 6]
    slope = (mean[:, 2] - mean[:, 0]) / (2 * step)
    se = np.hypot(fluctuations.std(ddof=1), slope.std(ddof=1)) / np.sqrt(pots)
    assert se < 0.05 * slope.mean()
    assert abs(fluctuations.mean() - slope.mean()) < Z * se


def test_coexisting_densities_are_onsager():
    """A slab of liquid floats between floor and lid, which repel it, and fills the pot with its vapour (g = 0).

    Its surfaces are flat on average, so that no curvature shifts the densities, and molecules and holes mirror each
    other, so that the fixed number does not either. Width 24 is many correlation lengths (0.9 and 1.3) and makes a
    second slab rare (its two surfaces cost exp(-2 * 24 * 0.385) at T = 0.46), yet damps the slow, long waves of a
    wide surface. Rows closer than eight to the surface or five to a wall are left out. From T = 0 the densities
    settle within about 4000 sweeps.
    """
    rng = np.random.default_rng(11)
    gas = LatticeGas(66, 24)
    pots, temperature = 16, np.array([[0.42], [0.46]])
    heat = np.tile(temperature, pots)
    n = gas.sweep(gas.slab(26 * 24, pots=(2, pots), bottom=20), 6000, temperature=heat, rng=rng)
    profile = 0.0
    for _ in range(100):
        n = gas.sweep(n, 50, temperature=heat, rng=rng)
        profile += gas.centred_profile(n, 24) / 100
    distance = np.abs(np.arange(-24, 25))
    exact = onsager.coexisting_densities(temperature[:, 0])
    for rows, density in zip((distance >= 21, distance <= 4), exact, strict=True):
        measured = profile[..., rows].mean(axis=-1)
        se = measured.std(axis=1, ddof=1) / np.sqrt(pots)
        assert np.all(se < 0.1 * np.minimum(density, 1 - density))
        assert np.abs((measured.mean(axis=1) - density) / se).max() < Z


# Bad input -------------------------------------------------------------------------------------------------------

GAS = LatticeGas(4, 5)
N = GAS.slab(7, pots=3)
RNG = np.random.default_rng(0)


def run(n=N, n_sweeps=1, temperature=1.0, rng=RNG):
    return GAS.sweep(n, n_sweeps, temperature=temperature, rng=rng)


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: LatticeGas(0, 4), "height"),
        (lambda: LatticeGas(4, 2), "width"),
        (lambda: LatticeGas(4.0, 4), "height"),
        (lambda: LatticeGas(4, 4, coupling=np.nan), "coupling"),
        (lambda: LatticeGas(4, 4, gravity=[0.1]), "gravity"),
        (lambda: GAS.slab(21), "n_particles"),
        (lambda: GAS.slab(5, bottom=4), "n_particles"),
        (lambda: GAS.slab(5, bottom=-1), "bottom"),
        (lambda: GAS.slab(5, pots=0), "pots"),
        (lambda: GAS.scattered(-1, rng=RNG), "n_particles"),
        (lambda: GAS.scattered(3, rng=3), "rng"),
        (lambda: GAS.energy(N.astype(float)), "float64"),
        (lambda: GAS.energy(N.tolist()), "list"),
        (lambda: GAS.energy(N[..., :4]), "shape"),
        (lambda: GAS.energy(2 * N), "from 0 to 2"),
        (lambda: GAS.energy(-N), "from -1 to 0"),
        (lambda: GAS.energy(np.ma.masked_equal(N, 1)), "n must not be masked"),
        (lambda: run(temperature=1.0 + 1j), "temperature must be an array of real numbers"),
        (lambda: GAS.mean_height(0 * N), "empty pot"),
        (lambda: GAS.centred_profile(N, 3), "reach"),
        (lambda: lattice.exchange_probability(1.0, -0.5), "temperature"),
        (lambda: run(n_sweeps=-1), "n_sweeps"),
        (lambda: run(n_sweeps=1.0), "n_sweeps"),
        (lambda: run(n_sweeps=True), "n_sweeps"),
        (lambda: run(temperature=0.0), "temperature"),
        (lambda: run(temperature=[1.0, -1.0, 1.0]), "temperature"),
        (lambda: run(temperature=np.inf), "temperature"),
        (lambda: run(temperature=[1.0, 1.0]), "temperature"),
        (lambda: run(rng=None), "rng"),
        (lambda: run(rng=np.random.RandomState(0)), "rng"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
