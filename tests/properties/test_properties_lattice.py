"""Properties of the pot of water: units of energy, where a pot begins, left and right, up and down."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    ANYTHING,
    RNG,
    Call,
    array,
    arrays,
    close,
    each,
    examples,
    factors,
    generator,
    intact_test,
    integer,
    law,
    number,
    random,
    refusal_test,
    seeds,
    temperatures,
)

from sgdphysics import lattice

POT = lattice.LatticeGas(4, 5, coupling=1.5, gravity=0.3)
N = POT.scattered(8, pots=(2,), rng=random(0))


def occupancies(good):
    """Not int8 occupancies 0 or 1 of this pot."""
    bad = [
        None,
        good.tolist(),
        good.astype(int),
        good.astype(float),
        good[..., :-1],
        good[0, 0],
        good + np.int8(1),
        -good,
    ]
    return st.sampled_from(
        [*bad, np.ma.masked_array(good, mask=True), np.zeros((2, 4, 5), bool), "n", good.astype("i1")[0].T]
    )


def pots(good):
    return st.sampled_from([None, 1.5, 0, -1, "2", (2, 0), (1.5,), True, [2], (None,)])


CALLS = [
    Call(
        lattice.LatticeGas,
        {"height": 4, "width": 5, "coupling": 1.5, "gravity": 0.3},
        {
            "height": integer(1),
            "width": integer(3),
            "coupling": number(negative=True),
            "gravity": number(negative=True),
        },
    ),
    Call(
        POT.slab,
        {"n_particles": 7, "pots": (2,), "bottom": 1},
        {"n_particles": integer(0, most=15), "pots": pots, "bottom": integer(0, most=4)},
        {"bottom": "bottom|n_particles"},
    ),
    Call(
        POT.scattered,
        {"n_particles": 7, "pots": (2,), "rng": RNG},
        {"n_particles": integer(0, most=20), "pots": pots, "rng": generator},
    ),
    Call(POT.energy, {"n": N}, {"n": occupancies}),
    Call(POT.mean_height, {"n": N}, {"n": lambda good: occupancies(good) | st.just(0 * good)}),
    Call(POT.density_profile, {"n": N}, {"n": occupancies}),
    Call(POT.centred_profile, {"n": N, "reach": 1}, {"n": occupancies, "reach": integer(0, most=3)}),
    Call(POT.probabilities, {"rise": 1, "temperature": [1.0, 2.0]}, {"rise": ANYTHING, "temperature": each()}),
    Call(
        POT.sweep,
        {"n": N, "n_sweeps": 2, "temperature": [0.5, 1.0], "rng": RNG},
        {
            "n": occupancies,
            "n_sweeps": integer(0),
            "temperature": each(more=[np.ones(3), np.ones((2, 1))]),
            "rng": generator,
        },
    ),
    Call(
        lattice.exchange_probability,
        {"energy_change": [0.5, -1.0], "temperature": 2.0},
        {"energy_change": array(empty=False), "temperature": each(more=[np.ones(3)])},
    ),
    Call(lattice.thresholds, {"probability": [0.5, 1.0]}, {"probability": each(zero=True, above=1.0)}),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(CALLS)


@law(lattice.exchange_probability, lattice.thresholds)
@given(change=arrays((4,), -9.0, 9.0), t=temperatures, c=factors)
def test_the_odds_of_an_exchange(change, t, c):
    p = lattice.exchange_probability(change, t)
    assert ((p >= 0) & (p <= 1)).all()
    close(lattice.exchange_probability(c * change, c * t), p)
    close(p + lattice.exchange_probability(-change, t), np.ones(4))
    close(np.log(p / lattice.exchange_probability(-change, t)), -change / t)
    whole = lattice.thresholds(p)
    assert whole.dtype == np.uint32
    np.testing.assert_allclose(whole / 2.0**32, p, atol=2.5e-10)
    assert lattice.thresholds(1.0) == 2**32 - 1


@st.composite
def any_pot(draw):
    height, width = draw(st.integers(1, 6)), draw(st.integers(3, 9))
    j, g = (draw(st.sampled_from([0.0, 1.0, -0.5, 2.0])) for _ in range(2))
    pot = lattice.LatticeGas(height, width, coupling=j, gravity=g)
    return pot, draw(st.integers(1, height * width))


@law(lattice.LatticeGas, lattice.exchange)
@examples(3)
@given(made=any_pot(), t=temperatures, c=factors, seed=seeds, shape=st.sampled_from([(), (1,), (2, 3)]))
def test_a_pot_of_water_in_other_units_and_turned(made, t, c, seed, shape):
    pot, count = made
    n = pot.scattered(count, pots=shape, rng=random(seed))
    assert (n.shape, n.dtype) == ((*shape, pot.height, pot.width), np.int8)
    other = lattice.LatticeGas(pot.height, pot.width, coupling=c * pot.coupling, gravity=c * pot.gravity)
    energy = pot.energy(n)
    assert np.shape(energy) == shape
    close(other.energy(n), c * energy)
    for same in (np.roll(n, 2, axis=-1), np.ascontiguousarray(n[..., ::-1])):
        close(pot.energy(same), energy)
    turned = lattice.LatticeGas(pot.height, pot.width, coupling=pot.coupling, gravity=-pot.gravity)
    upside = np.ascontiguousarray(n[..., ::-1, :])
    close(turned.energy(upside) + (pot.height - 1) * pot.gravity * count, energy)
    close(turned.mean_height(upside), pot.height - 1 - pot.mean_height(n))
    close(pot.density_profile(upside), pot.density_profile(n)[..., ::-1])
    close(pot.density_profile(n).sum(axis=-1) * pot.width, np.full(shape, count))
    after = pot.sweep(n, 3, temperature=t, rng=random(seed))
    assert (after.shape, after.dtype) == (n.shape, np.int8)
    np.testing.assert_array_equal(after.sum(axis=(-2, -1)), n.sum(axis=(-2, -1)))
    np.testing.assert_array_equal(other.sweep(n, 3, temperature=c * t, rng=random(seed)), after)
    own = pot.sweep(n, 3, temperature=np.full(shape, t), rng=random(seed))
    np.testing.assert_array_equal(own, after)
    np.testing.assert_array_equal(pot.sweep(n, 0, temperature=t, rng=random(seed)), n)
    for chain in np.ndindex(*shape):
        close(np.asarray(energy)[chain], pot.energy(n[chain]))
    whole = pot.centred_profile(n, 0)
    middle = np.rint(pot.mean_height(n)).astype(int)[..., np.newaxis]
    np.testing.assert_array_equal(whole, np.take_along_axis(pot.density_profile(n), middle, axis=-1))
    assert pot.probabilities(1, np.full(shape, t)).shape == (7, *shape)


@law(lattice.LatticeGas)
@examples(3)
@given(made=any_pot())
def test_every_bond_is_there_once_and_bonds_of_a_substep_do_not_touch(made):
    pot, _ = made
    bonds = [frozenset(pair) for sites, _ in pot.substeps for pair in sites[:2].T.tolist()]
    assert len(bonds) == len(set(bonds)) == pot.n_bonds == pot.height * pot.width + (pot.height - 1) * pot.width
    for sites, rise in pot.substeps:
        ends = sites[:2].ravel()
        assert len(set(ends)) == ends.size
        touched = sites[2:][sites[2:] < pot.height * pot.width]
        assert set(ends).isdisjoint(touched)
        np.testing.assert_array_equal(sites[1] // pot.width - sites[0] // pot.width, rise)


@law(lattice.LatticeGas)
@given(made=any_pot(), bottom=st.integers(0, 3))
def test_a_slab_is_filled_from_its_bottom(made, bottom):
    pot, count = made
    room = (pot.height - bottom) * pot.width
    if 0 < count <= room:
        n = pot.slab(count, bottom=bottom, pots=2)
        assert n.shape == (2, pot.height, pot.width)
        assert n.sum() == 2 * count
        assert not n[:, :bottom].any()
        profile = pot.density_profile(n)[0, bottom:]
        assert (np.diff(profile) <= 0).all()


@law(lattice.LatticeGas)
@given(width=st.integers(3, 9), bottom=st.integers(1, 5), reach=st.integers(0, 2))
def test_a_slab_looks_the_same_from_its_middle_wherever_it_is(width, bottom, reach):
    pot = lattice.LatticeGas(9, width)
    seen = pot.centred_profile(pot.slab(3 * width, bottom=bottom), reach)
    np.testing.assert_array_equal(seen, [0.0, 1.0, 1.0, 1.0, 0.0][2 - reach : 3 + reach])


@law(lattice.exchange)
@given(seed=seeds, bits=st.integers(0, 2**32 - 1))
def test_an_exchange_moves_a_lone_molecule_and_nothing_else(seed, bits):
    state = np.concatenate([N.reshape(2, -1).T, np.zeros((1, 2), np.int8)])
    sites, rise = POT.substeps[seed % len(POT.substeps)]
    before, threshold = state.copy(), lattice.thresholds(POT.probabilities(rise, np.array([0.5, 1.0])))
    lattice.exchange(state, sites, threshold, np.full((sites.shape[1], 2), bits, np.uint32))
    a, b = before[sites[0]], before[sites[1]]
    np.testing.assert_array_equal(state[sites[0]] + state[sites[1]], a + b)
    rest = np.setdiff1d(np.arange(len(state)), sites[:2])
    np.testing.assert_array_equal(state[rest], before[rest])
    never = before.copy()
    lattice.exchange(never, sites, np.zeros_like(threshold), np.zeros((sites.shape[1], 2), np.uint32))
    assert not (never[sites[1]] > (a & b)).any()  # no threshold lets any go to b


@law(lattice.exchange)
@examples(2)
@given(seed=seeds, hot=temperatures, cold=temperatures)
def test_pots_exchange_by_their_own_temperatures(seed, hot, cold):
    both = np.concatenate([N.reshape(2, -1).T, np.zeros((1, 2), np.int8)])
    sites, rise = POT.substeps[seed % len(POT.substeps)]
    bits = random(seed).integers(2**32, size=(sites.shape[1], 2), dtype=np.uint32)
    each_ = [np.ascontiguousarray(both[:, [pot]]) for pot in (0, 1)]
    lattice.exchange(both, sites, lattice.thresholds(POT.probabilities(rise, np.array([hot, cold]))), bits)
    for pot, (alone, t) in enumerate(zip(each_, (hot, cold), strict=True)):
        lattice.exchange(alone, sites, lattice.thresholds(POT.probabilities(rise, [t])), bits[:, [pot]])
        np.testing.assert_array_equal(both[:, [pot]], alone)


@law(lattice.LatticeGas)
@given(seed=seeds)
def test_a_pot_at_a_frozen_temperature_stays_while_others_are_shaken(seed):
    """Each pot is swept at the temperature in its place."""
    pot = lattice.LatticeGas(4, 5, gravity=1.0)
    floor = pot.slab(10, pots=(3, 2))
    heat = np.where(random(seed).permutation(6).reshape(3, 2) < 3, 1e-3, 1e3)
    moved = (pot.sweep(floor, 5, temperature=heat, rng=random(seed)) != floor).any(axis=(-2, -1))
    np.testing.assert_array_equal(moved, heat > 1)


@law(lattice.exchange)
@examples(2)
@given(seed=seeds, t=temperatures)
def test_an_exchange_goes_by_the_energy_that_the_pot_would_have(seed, t):
    state = np.concatenate([N[:1].reshape(1, -1).T, np.zeros((1, 1), np.int8)])
    sites, rise = POT.substeps[seed % len(POT.substeps)]
    bits = random(seed).integers(2**32, size=(sites.shape[1], 1), dtype=np.uint32)
    after = state.copy()
    lattice.exchange(after, sites, lattice.thresholds(POT.probabilities(rise, [t])), bits)
    for bond, (a, b) in enumerate(sites[:2].T):
        if state[a, 0] != state[b, 0]:
            ends = np.repeat(state[:-1].T, 2, axis=0)
            ends[:, [a, b]] = [[1, 0], [0, 1]]
            at_a, at_b = POT.energy(ends.reshape(2, 4, 5))
            threshold = lattice.thresholds(lattice.exchange_probability(at_b - at_a, t))
            if abs(int(bits[bond, 0]) - int(threshold)) > 1:  # else rounding of the energy decides
                assert after[b, 0] == (bits[bond, 0] < threshold)
