"""The magnet of a finite torus: three ways to ln Z, its limits, and formulas with one term wrong that these reject."""

import itertools
from math import comb

import numpy as np
import pytest

from sgdphysics.exact import gibbs, ising, onsager
from sgdphysics.lattice import LatticeGas

TEMPERATURES = np.array([0.2, 0.375, onsager.CRITICAL_TEMPERATURE, 0.9, 3.0, 100.0])
SIDES = [(2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3), (2, 7), (4, 4)]


def by_hand(rows, columns):
    """Energies by loops over every site, from the definition: right and lower neighbour of each."""
    found = []
    for state in range(2 ** (rows * columns)):
        s = [[2 * (state >> (r * columns + c) & 1) - 1 for c in range(columns)] for r in range(rows)]
        found.append(
            -0.25
            * sum(
                s[r][c] * (s[r][(c + 1) % columns] + s[(r + 1) % rows][c])
                for r, c in itertools.product(range(rows), range(columns))
            )
        )
    return np.array(found)


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 3), (3, 2), (3, 3), (4, 2)])
def test_energies_are_those_of_the_definition(rows, columns):
    np.testing.assert_array_equal(ising.energies(rows, columns), by_hand(rows, columns))


def test_energies_are_those_of_the_pot_without_its_lid():
    """Half full, H = -Σ n n' is ours less half a unit a site."""
    pot = LatticeGas(height=4, width=4, coupling=1.0, gravity=0.0)
    n = (ising.states(16) + 1) // 2
    half = n.sum(axis=1) == 8
    grids = n[half].reshape(-1, 4, 4).astype(np.int8)
    around = np.sum(grids[:, 0] & grids[:, -1], axis=1)  # the bonds from floor to lid, which the pot has not
    np.testing.assert_allclose(pot.energy(grids) - around, ising.energies(4, 4)[half] - 8.0, atol=1e-12)


@pytest.mark.parametrize(("rows", "columns"), SIDES)
def test_three_ways_agree(rows, columns):
    counted = ising.enumerated(rows, columns, TEMPERATURES)
    np.testing.assert_allclose(ising.transferred(rows, columns, TEMPERATURES), counted, rtol=0, atol=1e-11)
    np.testing.assert_allclose(ising.closed_form(rows, columns, TEMPERATURES), counted, rtol=0, atol=1e-11)


def test_bonds_lead_to_the_right_and_down():
    assert ising.bonds(2, 3).tolist()[:4] == [[0, 1], [1, 2], [2, 0], [3, 4]]
    assert ising.bonds(3, 2).tolist()[6:10] == [[0, 2], [1, 3], [2, 4], [3, 5]]


def test_twenty_sites_are_not_too_many():
    assert ising.states(20).shape == (2**20, 20)


@pytest.mark.parametrize(("rows", "columns"), [(9, 6), (6, 8), (200, 7), (4, 5)])
def test_larger_tori_by_matrices_and_by_formula(rows, columns):
    temperatures = np.array([0.1, 0.5, onsager.CRITICAL_TEMPERATURE, 0.6, 2.0, 50.0])
    one = ising.transferred(rows, columns, temperatures)
    np.testing.assert_allclose(one, ising.closed_form(rows, columns, temperatures), rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(one, ising.closed_form(columns, rows, temperatures), rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("broken", ["the sign of γ_0", "the factor ½", "odd and even exchanged"])
def test_a_broken_closed_form_is_noticed(broken, monkeypatch):
    if broken == "the sign of γ_0":
        monkeypatch.setattr(np, "sign", np.ones_like)
        wrong = ising.closed_form(4, 4, 0.9)
    elif broken == "the factor ½":
        wrong = ising.closed_form(4, 4, 0.9) + np.log(2)
    else:
        right = onsager.rapidity
        monkeypatch.setattr(onsager, "rapidity", lambda k, angle: right(k, angle + np.pi / 4))
        wrong = ising.closed_form(4, 4, 0.9)
    assert abs(wrong - ising.enumerated(4, 4, 0.9)) > 1e-4


def test_enumeration_is_gibbs():
    levels = ising.energies(3, 4)
    expected = [-gibbs.equilibrium_free_energy(levels, t) / t for t in TEMPERATURES]
    np.testing.assert_allclose(ising.enumerated(3, 4, TEMPERATURES), expected, rtol=1e-13)


def test_hot_it_is_free_and_cold_one_of_two():
    n = 12
    assert ising.enumerated(3, 4, 1e9) == pytest.approx(n * np.log(2), abs=1e-7)
    assert ising.enumerated(3, 4, 0.02) == pytest.approx(n / 2 / 0.02 + np.log(2), abs=1e-12)
    # at high temperature the variance of H is 2N/16
    assert ising.enumerated(3, 4, 50.0) == pytest.approx(n * np.log(2) + 24 / 16 / 2 / 2500, rel=1e-6)


def test_limits_are_within():
    assert ising.transferred(2, 10, 0.6) == pytest.approx(ising.closed_form(2, 10, 0.6), abs=1e-11)
    assert ising.closed_form(2, 2, 1e-3) == pytest.approx(2000 + np.log(2), abs=1e-11)


def test_large_torus_tends_to_onsager_and_has_two_phases_below():
    for t in (0.45, 0.8):
        n = 64 * 64
        surplus = ising.closed_form(64, 64, t) - n * onsager.log_partition_per_site(t)
        assert surplus == pytest.approx(np.log(2) if t < onsager.CRITICAL_TEMPERATURE else 0.0, abs=1e-6)


def test_onsagers_free_energy_at_the_critical_point():
    catalan = 0.915965594177219015
    value = onsager.log_partition_per_site(onsager.CRITICAL_TEMPERATURE)
    assert value == pytest.approx(np.log(2) / 2 + 2 * catalan / np.pi, abs=1e-13)


def test_onsagers_free_energy_has_the_energy_as_its_slope():
    for t in (0.2, 0.4, 0.56, 0.58, 1.0, 5.0):
        step = 1e-5 / t
        up, down = (onsager.log_partition_per_site(1 / (1 / t + sign * step)) for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(onsager.spin_correlation(t) / 2, rel=1e-6)


def test_onsagers_free_energy_by_another_integral():
    """The double integral of ln[cosh² 2K - sinh 2K (cos a + cos b)] (Onsager 1944, eq. 107), on a grid: exact to
    exponentially small terms away from the critical point."""
    a = (np.arange(400) + 0.5) * 2 * np.pi / 400
    for t in (0.3, 0.45, 0.8, 2.0):
        k = 0.25 / t
        inside = np.cosh(2 * k) ** 2 - np.sinh(2 * k) * (np.cos(a)[:, None] + np.cos(a))
        assert onsager.log_partition_per_site(t) == pytest.approx(np.log(2) + np.log(inside).mean() / 2, abs=1e-12)


def test_onsagers_free_energy_is_smooth_to_rounding_at_the_critical_point():
    near = onsager.log_partition_per_site(onsager.CRITICAL_TEMPERATURE * (1 + np.array([-1e-9, 0.0, 1e-9])))
    assert abs(near[0] - 2 * near[1] + near[2]) < 1e-13


def test_duality():
    """Kramers and Wannier: ln Z(K) - ½ ln sinh 2K is the same at K and at K*, sinh 2K sinh 2K* = 1."""
    for t in (0.3, 0.5):
        k = 0.25 / t
        dual = np.arcsinh(1 / np.sinh(2 * k)) / 2
        left = onsager.log_partition_per_site(t) - np.log(np.sinh(2 * k)) / 2
        right = onsager.log_partition_per_site(0.25 / dual) - np.log(np.sinh(2 * dual)) / 2
        assert left == pytest.approx(right, abs=1e-13)


def test_shapes():
    t = np.array([[0.5, 0.7, 0.9]])
    for value in (
        ising.enumerated(2, 3, t),
        ising.transferred(2, 3, t),
        ising.closed_form(2, 3, t),
        onsager.log_partition_per_site(t),
    ):
        assert value.shape == t.shape
    assert np.ndim(ising.enumerated(2, 3, 0.5)) == np.ndim(ising.transferred(2, 3, 0.5)) == 0
    assert np.ndim(ising.closed_form(2, 3, 0.5)) == np.ndim(onsager.log_partition_per_site(0.5)) == 0
    assert ising.bonds(3, 5).shape == (30, 2)
    assert ising.states(5).shape == (32, 5)


def test_bonds_are_met_once():
    pairs = {frozenset(map(int, pair)) for pair in ising.bonds(3, 4)}
    assert len(pairs) == 24
    degree = np.bincount(ising.bonds(4, 4).ravel())
    assert (degree == 4).all()


def test_states_are_all_states():
    s = ising.states(6)
    assert len(np.unique(s, axis=0)) == 64
    assert set(np.unique(s)) == {-1, 1}
    assert [np.sum(s.sum(axis=1) == 6 - 2 * k) for k in range(7)] == [comb(6, k) for k in range(7)]


def test_any_graph_is_the_torus_and_a_pair():
    k = np.zeros((12, 12))
    np.add.at(k, (*ising.bonds(3, 4).T,), 0.25 / 0.6)
    means, log_z = ising.enumerated_graph(k + k.T, np.zeros(12))
    assert log_z == pytest.approx(ising.enumerated(3, 4, 0.6), abs=1e-12)
    np.testing.assert_allclose(means, 0, atol=1e-12)
    means, log_z = ising.enumerated_graph([[0, 0.7], [0.7, 0]], [0.3, -0.2])
    weights = {(a, b): np.exp(0.7 * a * b + 0.3 * a - 0.2 * b) for a in (1, -1) for b in (1, -1)}
    assert log_z == pytest.approx(np.log(sum(weights.values())), abs=1e-14)
    assert means[1] == pytest.approx(sum(b * w for (_, b), w in weights.items()) / sum(weights.values()), abs=1e-14)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (ising.energies, (1, 4), "rows must be an integer of at least 2"),
        (ising.energies, (4, 2.5), "columns must be an integer"),
        (ising.energies, (5, 5), "n_sites must be at most 20"),
        (ising.states, (0,), "n_sites must be an integer of at least 1"),
        (ising.enumerated, (3, 3, 0.0), "temperature must be greater than zero"),
        (ising.transferred, (3, 11, 1.0), "columns must be at most 10"),
        (ising.transferred, (3, 3, -1.0), "temperature must be greater than zero"),
        (ising.closed_form, (3, 3, 1e-4), "temperature must be at least 0.001"),
        (ising.closed_form, (3, 1, 0.5), "columns must be an integer of at least 2"),
        (ising.closed_form, (3, 3, [0.5, np.nan]), "temperature must be finite"),
        (onsager.log_partition_per_site, (1e-4,), "temperature must be at least 0.001"),
        (ising.enumerated_graph, ([[0, 1], [2, 0]], [0, 0]), "symmetric"),
        (ising.enumerated_graph, ([[1, 1], [1, 0]], [0, 0]), "zero diagonal"),
        (ising.enumerated_graph, ([[0, 1], [1, 0]], [0, 0, 0]), "shape"),
        (ising.enumerated_graph, (np.zeros((0, 0)), []), "shape"),
        (ising.graph, (np.zeros((0, 0)), []), "shape"),
    ],
)
def test_bad_input(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
