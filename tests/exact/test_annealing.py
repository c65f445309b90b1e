"""The pushed probabilities against transition matrices, against all paths, and against identities and limits."""

from itertools import product

import numpy as np
import pytest
from scipy.special import logsumexp

from sgdphysics.exact import annealing

SPINS = 4


def two_laws(seed=3, n_spins=SPINS, spread=1.5):
    """Logarithms of two laws on all states of some spins, neither normalised."""
    return np.random.default_rng(seed).normal(scale=spread, size=(2, 2**n_spins))


def sweep_matrix(log_p):
    """P[s, s'] of one heat-bath sweep, spin 0 first, spin i in bit i: written state by state."""
    n_states = len(log_p)
    total = np.eye(n_states)
    for spin in range(n_states.bit_length() - 1):
        one = np.zeros((n_states, n_states))
        for state in range(n_states):
            other = state ^ (1 << spin)
            one[state, state] = 1 / (1 + np.exp(log_p[other] - log_p[state]))
            one[state, other] = 1 - one[state, state]
        total = total @ one
    return total


def normalised(log_p):
    return np.exp(log_p - logsumexp(log_p))


def by_matrices(log_start, log_end, n_steps, before=0):
    """E ln w and ln E w, with dense matrices; ``before`` = 1 sweeps, wrongly, at the temperature before the jump."""
    rise = (log_end - log_start) / n_steps
    law, weighted, mean = normalised(log_start), normalised(log_start), 0.0
    for step in range(n_steps):
        if step:
            matrix = sweep_matrix(log_start + (step - before) * rise)
            law, weighted = law @ matrix, weighted @ matrix
        mean += law @ rise
        weighted = weighted * np.exp(rise)
    return mean, np.log(weighted.sum())


@pytest.mark.parametrize("n_steps", [1, 2, 3, 7])
@pytest.mark.parametrize("n_spins", [1, 4, 6])
def test_transition_matrices(n_steps, n_spins):
    laws = two_laws(n_spins=n_spins)
    mean, log_mean = by_matrices(*laws, n_steps)
    assert annealing.mean_log_weight(*laws, n_steps) == pytest.approx(mean, abs=1e-12)
    assert annealing.log_weight_moment(*laws, n_steps) == pytest.approx(log_mean, abs=1e-12)


def test_all_paths_of_two_spins():
    """The law of ln w itself, path by path: three states visited, two sweeps."""
    log_start, log_end = two_laws(n_spins=2)
    rise = (log_end - log_start) / 3
    first, second = (sweep_matrix(log_start + step * rise) for step in (1, 2))
    start = normalised(log_start)
    chance, log_w = np.transpose(
        [
            (start[a] * first[a, b] * second[b, c], rise[a] + rise[b] + rise[c])
            for a, b, c in product(range(4), repeat=3)
        ]
    )
    assert chance.sum() == pytest.approx(1, abs=1e-12)
    assert annealing.mean_log_weight(log_start, log_end, 3) == pytest.approx(chance @ log_w, abs=1e-12)
    for power in (-1.0, 0.0, 1.0, 2.0):
        moment = np.log(chance @ np.exp(power * log_w))
        assert annealing.log_weight_moment(log_start, log_end, 3, power=power) == pytest.approx(moment, abs=1e-12)


@pytest.mark.parametrize("n_steps", [1, 2, 5, 40])
def test_the_mean_weight_is_the_ratio_of_partition_functions(n_steps):
    laws = two_laws(n_spins=8)
    ratio = logsumexp(laws[1]) - logsumexp(laws[0])
    assert annealing.log_weight_moment(*laws, n_steps) == pytest.approx(ratio, abs=1e-11)
    assert annealing.mean_log_weight(*laws, n_steps) < ratio


def test_sweeps_at_the_temperature_before_the_jump_break_the_identity():
    laws = two_laws()
    ratio = logsumexp(laws[1]) - logsumexp(laws[0])
    assert by_matrices(*laws, 3)[1] == pytest.approx(ratio, abs=1e-12)
    assert abs(by_matrices(*laws, 3, before=1)[1] - ratio) > 1e-3


def test_one_jump_is_the_variational_bound():
    log_start, log_end = two_laws(n_spins=6)
    q, p = normalised(log_start), normalised(log_end)
    gap = logsumexp(log_end) - logsumexp(log_start) - annealing.mean_log_weight(log_start, log_end, 1)
    assert gap == pytest.approx(q @ np.log(q / p), abs=1e-12)
    assert annealing.equilibrated_mean_log_weight(log_start, log_end, 1) == pytest.approx(
        annealing.mean_log_weight(log_start, log_end, 1), abs=1e-12
    )


def test_independent_spins_are_in_equilibrium_after_every_sweep():
    """One heat-bath sweep of spins without bonds forgets everything, so both functions agree at any number of steps."""
    bits = (np.arange(64)[:, np.newaxis] >> np.arange(6)) & 1
    laws = [bits @ field for field in np.random.default_rng(1).normal(size=(2, 6))]
    for n_steps in (2, 9):
        assert annealing.mean_log_weight(*laws, n_steps) == pytest.approx(
            annealing.equilibrated_mean_log_weight(*laws, n_steps), abs=1e-12
        )


def test_many_equilibrated_steps_leave_half_of_both_divergences():
    log_start, log_end = two_laws(n_spins=6)
    q, p = normalised(log_start), normalised(log_end)
    both = q @ np.log(q / p) + p @ np.log(p / q)
    ratio = logsumexp(log_end) - logsumexp(log_start)
    left = 4000 * (ratio - annealing.equilibrated_mean_log_weight(log_start, log_end, 4000))
    assert left == pytest.approx(both / 2, rel=1e-3)


def test_laws_alike_give_certain_weights():
    log_p = two_laws()[0]
    assert annealing.mean_log_weight(log_p, log_p + 2.5, 6) == pytest.approx(2.5, abs=1e-12)
    assert annealing.log_weight_moment(log_p, log_p + 2.5, 6, power=2) == pytest.approx(5.0, abs=1e-12)


def test_what_is_constant_does_not_matter_and_nothing_overflows():
    log_start, log_end = two_laws()
    shifted = annealing.mean_log_weight(log_start + 900, log_end - 2000, 5)
    assert shifted + 2900 == pytest.approx(annealing.mean_log_weight(log_start, log_end, 5), abs=1e-9)
    cold = annealing.log_weight_moment(log_start, 500 * log_end, 5)
    assert cold == pytest.approx(logsumexp(500 * log_end) - logsumexp(log_start), rel=1e-9)


@pytest.mark.parametrize("height", [650.0, 750.0, 1500.0, 1e5])
def test_paths_rarer_than_any_float_count(height):
    """A law on one side, the other's on the other: all of E w is from paths of probability exp(-height)."""
    one_spin = ([0.0, -height], [-height, 0.0])
    for n_steps in (1, 2, 3):
        assert annealing.log_weight_moment(*one_spin, n_steps) == pytest.approx(0.0, abs=1e-9)
        assert annealing.log_weight_moment([0.0, 0.0], [0.0, height], n_steps) == pytest.approx(
            height - np.log(2), rel=1e-14
        )
    # of w², by hand: two paths of one jump, and of probabilities 1 and exp(-height)
    assert annealing.log_weight_moment(*one_spin, 1, power=2) == pytest.approx(height, rel=1e-14)
    # such paths do not count for E ln w: the first jump costs all of the height, the second meets equilibrium
    assert annealing.mean_log_weight(*one_spin, 1) == pytest.approx(-height, rel=1e-14)
    assert annealing.mean_log_weight(*one_spin, 2) == pytest.approx(-height / 2, rel=1e-14)
    assert annealing.equilibrated_mean_log_weight(*one_spin, 2) == pytest.approx(-height / 2, rel=1e-14)


@pytest.mark.parametrize("height", [25.0, 35.0, 300.0, 690.0])
def test_what_is_rare_counts_where_it_is_heavy(height):
    """E ln w = Σ p_0 rise, with a rise of about exp(height) at a state of probability exp(-height)."""
    log_start, log_end = [0.0, -height], [0.0, np.exp(height)]
    expected = (1 + height * np.exp(-height)) / (1 + np.exp(-height))
    assert annealing.mean_log_weight(log_start, log_end, 1) == pytest.approx(expected, rel=1e-12)
    assert annealing.equilibrated_mean_log_weight(log_start, log_end, 1) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("height", [25.0, 35.0, 300.0, 690.0])
def test_a_redrawn_law_keeps_its_rare_state(height):
    for sign in (1, -1):
        down, up = np.array([0.25]), np.array([0.75])
        annealing._redraw(down, up, np.array([sign * height]))
        assert [down, up][::sign] == [pytest.approx(np.exp(-height), rel=1e-10), pytest.approx(1.0, rel=1e-10)]


@pytest.mark.parametrize("height", [25.0, 35.0, 300.0])
def test_a_spin_drawn_anew_is_as_rare_as_it_should_be(height):
    """Two jumps from even odds: at λ = ½ the spin is up with exp(-height), which a moment of w makes heavy."""
    log_end = np.array([0.0, -2 * height])
    for power in (-1.0, -3.0):
        # by hand: start ½ each, w^power is 1 or exp(-power height) a jump, and 1/(1 + e^±height) the state between
        rise = np.array([0.0, -power * height])
        between = -np.logaddexp(0.0, [-height, height])
        expected = logsumexp(rise) - np.log(2) + logsumexp(between + rise)
        assert annealing.log_weight_moment([0.0, 0.0], log_end, 2, power=power) == pytest.approx(expected, rel=1e-13)


def test_the_arguments_are_left_alone():
    laws = two_laws()
    before = laws.copy()
    annealing.log_weight_moment(*laws, 3)
    annealing.mean_log_weight(*laws, 3)
    assert (laws == before).all()


BAD = [
    (np.zeros(6), np.zeros(6), 2, "must have one shape"),
    (np.zeros(8), np.zeros(4), 2, "must have one shape"),
    (np.zeros(1), np.zeros(1), 2, "must have one shape"),
    (np.zeros((2, 2)), np.zeros(4), 2, "log_start must have 1 axes"),
    (np.zeros(4), np.full(4, np.nan), 2, "log_end must be finite"),
    (np.zeros(4), np.zeros(4), 0, "n_steps"),
    (np.zeros(4), np.zeros(4), 2.5, "n_steps"),
]


@pytest.mark.parametrize(("log_start", "log_end", "n_steps", "words"), BAD)
@pytest.mark.parametrize(
    "function",
    [annealing.mean_log_weight, annealing.log_weight_moment, annealing.equilibrated_mean_log_weight],
)
def test_bad_input(function, log_start, log_end, n_steps, words):
    with pytest.raises(ValueError, match=words):
        function(log_start, log_end, n_steps)
    with pytest.raises(ValueError, match="power"):
        annealing.log_weight_moment(np.zeros(4), np.zeros(4), 2, power=np.inf)
