"""pymbar: free energies and their errors, from the same works number by number, from equilibria within errors.

It knows reduced works W/T and energies E/T, and gives ΔF/T in nats; ours are energies.
"""

import warnings

import numpy as np
import pytest

from sgdphysics import energies, work

T, K0, K1 = 0.7, 0.8, 4.5
DELTA_F = T / 2 * np.log(K1 / K0)
STIFFENING = [energies.Harmonic(k, center) for k, center in zip(*np.linspace((K0, 0.0), (K1, 0.6), 5).T, strict=True)]


@pytest.fixture(scope="module")
def pymbar():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pymbar", reason="the free energies of pymbar are not installed")


def equilibrium(energy, n, rng):
    return energy.center + np.sqrt(T / energy.stiffness) * rng.standard_normal((n, 1))


def works(n_forward, n_reverse, seed):
    """Of the trap that is stiffened and moved, and of its reverse, from equilibrium."""
    rng, move = np.random.default_rng(seed), work.exact_move(dt=0.15, temperature=T)
    forward = work.drive(STIFFENING, equilibrium(STIFFENING[0], n_forward, rng), move=move, rng=rng)
    reverse = work.drive(STIFFENING[::-1], equilibrium(STIFFENING[-1], n_reverse, rng), move=move, rng=rng)
    return forward.work, reverse.work


@pytest.mark.parametrize(("n_forward", "n_reverse"), [(1000, 1000), (3000, 400), (2, 50)])
def test_bar_and_jarzynski_agree_number_by_number(pymbar, n_forward, n_reverse):
    """Their error of EXP takes the variance by n, ours by n - 1.

    Rejects: W for W/T, the sign of the reverse work, ln(n_F/n_R) left out, the error of ΔF/T for that of ΔF.
    """
    forward, reverse = works(n_forward, n_reverse, n_forward)
    value, se = work.bar(forward, reverse, temperature=T)
    other = pymbar.bar(forward / T, reverse / T)
    assert value / T == pytest.approx(other["Delta_f"], abs=1e-9)
    assert se / T == pytest.approx(other["dDelta_f"], rel=1e-6)
    value, se = work.jarzynski(forward, temperature=T)
    other = pymbar.exp(forward / T)
    assert value / T == pytest.approx(other["Delta_f"], abs=1e-10)
    assert se / T == pytest.approx(other["dDelta_f"] * np.sqrt(n_forward / (n_forward - 1)), rel=1e-6)


@pytest.mark.parametrize("gap", [10.0, 36.0, 50.0])
def test_bar_of_works_that_hardly_overlap(pymbar, gap):
    """Rejects: the sign of the reverse work, the error of ΔF/T for that of ΔF."""
    reverse = np.array([gap, gap + 1.0])
    value, se = work.bar(T * (reverse + 3.0), T * (reverse - 3.0), temperature=T)
    other = pymbar.bar(reverse, reverse)
    assert value / T - 3.0 == pytest.approx(other["Delta_f"], abs=1e-9)
    assert se / T == pytest.approx(other["dDelta_f"], rel=1e-6)


def test_bar_of_sudden_switches_is_mbar_of_two_states(pymbar):
    """Two equilibria alone: the work is the difference of the two energies, and MBAR the same maximum of likelihood.

    Rejects: the sign of the reverse work, ln(n_F/n_R) left out.
    """
    rng, (start, end) = np.random.default_rng(12), (STIFFENING[0], STIFFENING[-1])
    q = [equilibrium(start, 900, rng), equilibrium(end, 500, rng)]
    forward, reverse = end.energy(q[0]) - start.energy(q[0]), start.energy(q[1]) - end.energy(q[1])
    both = np.concatenate(q)
    mbar = pymbar.MBAR(np.array([start.energy(both), end.energy(both)]) / T, [900, 500], solver_protocol="robust")
    theirs = mbar.compute_free_energy_differences()
    value, se = work.bar(forward, reverse, temperature=T)
    assert value / T == pytest.approx(theirs["Delta_f"][0, 1], abs=1e-7)
    assert se / T == pytest.approx(theirs["dDelta_f"][0, 1], rel=1e-4)


def test_driven_works_and_equilibria_along_the_way_tell_one_free_energy(pymbar):
    """MBAR from equilibrium at each energy of the protocol, and BAR and Jarzynski from works: all ΔF = (T/2) ln(k1/k0).

    Rejects: the sign of work, its energies taken after the move, a move at T = 1.
    """
    rng, n = np.random.default_rng(13), 2000
    forward, reverse = works(n, n, 14)
    both = np.concatenate([equilibrium(energy, n, rng) for energy in STIFFENING])
    reduced = np.array([energy.energy(both) for energy in STIFFENING]) / T
    theirs = pymbar.MBAR(reduced, [n] * 5, solver_protocol="robust").compute_free_energy_differences()
    found = [
        work.bar(forward, reverse, temperature=T),
        work.jarzynski(forward, temperature=T),
        (T * theirs["Delta_f"][0, -1], T * theirs["dDelta_f"][0, -1]),
    ]
    for value, se in found:
        assert abs(value - DELTA_F) < 5 * se
        assert se < 0.05 * DELTA_F
