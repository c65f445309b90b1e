"""Rates between a few states: exact flows, the entropy they produce, and where least entropy production fails."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import minimize
from scipy.special import softmax

from sgdphysics import dynamics
from sgdphysics.exact import gibbs
from sgdphysics.exact import master_equation as me

ENERGIES, TEMPERATURE = np.array([0.0, 1.1, 0.3, -0.4]), 0.7


TWO_PAIRS = np.kron(np.eye(2), [[0.0, 1.0], [2.0, 0.0]])


def ring(force):
    return me.driven_ring(ENERGIES, force, temperature=TEMPERATURE)


def random_rates(rng, n=5):
    return rng.exponential(size=(n, n))


def test_transition_matrix_is_the_exponential_of_the_generator():
    rates = random_rates(np.random.default_rng(1))
    np.fill_diagonal(rates, 7.0)  # the diagonal is ignored
    off = rates - np.diag(np.diag(rates))
    generator = off - np.diag(off.sum(axis=1))
    for duration in (0.0, 1e-4, 0.3, 20.0):
        np.testing.assert_allclose(me.transition_matrix(rates, duration), expm(duration * generator), atol=1e-13)
    np.testing.assert_array_equal(me.transition_matrix(np.zeros((3, 3)), 5.0), np.eye(3))
    np.testing.assert_allclose(me.transition_matrix(rates, 1e25), np.tile(me.steady_state(rates), (5, 1)), rtol=1e-10)


def test_a_counter_counts_as_poisson_says():
    """To each entry's own digits, however small: states that count events of rate one; the last holds all the rest."""
    p = me.transition_matrix(np.eye(22, k=1), 1.0)
    counted = np.exp(-1) / np.cumprod([1.0, *range(1, 21)])
    np.testing.assert_allclose(p[0, :21], counted, rtol=1e-12)


def test_steady_state_is_left_as_it_is():
    rates = random_rates(np.random.default_rng(2))
    np.fill_diagonal(rates, 0.0)
    p = me.steady_state(rates)
    np.testing.assert_allclose(p @ rates, p * rates.sum(axis=1), rtol=1e-12)


def test_states_that_lead_to_one_common_state_have_a_steady_state():
    one_way = np.diag([1.0, 2.0, 0.5, 3.0], k=1)  # 0 -> 1 -> 2 -> 3 -> 4
    np.testing.assert_allclose(me.steady_state(one_way), [0, 0, 0, 0, 1], atol=1e-15)


def test_states_that_are_left_for_good_have_no_probability_and_never_less():
    for seed in range(20):
        rates = random_rates(np.random.default_rng(seed))
        rates[2:, :2] = 0.0
        p = me.steady_state(rates)
        assert p.min() >= 0 and p[:2].max() < 1e-15


def test_states_without_probability_produce_nothing_between_them_and_infinitely_much_beside_others():
    rates = TWO_PAIRS
    p = np.array([[0.3, 0.7, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    alone = me.entropy_production([0.3, 0.7], rates[:2, :2])
    np.testing.assert_allclose(me.entropy_production(p, rates), [alone, np.inf])


def test_undriven_ring_rests_in_boltzmanns_law_and_produces_nothing():
    boltzmann = softmax(-ENERGIES / TEMPERATURE)
    np.testing.assert_allclose(me.steady_state(ring(0.0)), boltzmann, rtol=1e-12)
    np.testing.assert_allclose(me.least_entropy_production(ring(0.0)), boltzmann, rtol=1e-7)
    assert me.entropy_production(boltzmann, ring(0.0)) == pytest.approx(0.0, abs=1e-15)
    assert (me.entropy_production(np.random.default_rng(0).dirichlet(np.ones(4), 50), ring(0.0)) > 0).all()


def test_entropy_of_the_steady_ring_is_force_times_current_over_temperature():
    rates = ring(0.9)
    p = me.steady_state(rates)
    current = p[0] * rates[0, 1] - p[1] * rates[1, 0]
    assert me.entropy_production(p, rates) == pytest.approx(4 * 0.9 * current / TEMPERATURE, rel=1e-12)


def test_relaxation_without_drive_produces_minus_the_change_of_the_divergence():
    """σ = -d/dt KL(p_t ‖ p_eq) in detailed balance: the H-theorem's rate."""
    rates, p = ring(0.0), np.array([0.7, 0.1, 0.1, 0.1])
    equilibrium, dt = softmax(-ENERGIES / TEMPERATURE), 1e-5
    before, after = (
        gibbs.kullback_leibler(p @ me.transition_matrix(rates, t), equilibrium) for t in (0.1 - dt, 0.1 + dt)
    )
    sigma = me.entropy_production(p @ me.transition_matrix(rates, 0.1), rates)
    assert sigma == pytest.approx((before - after) / (2 * dt), rel=1e-6)


@pytest.mark.parametrize("force", [0.01, 0.5, 3.0, 8.0])
def test_least_entropy_production_is_a_minimum_that_scipy_finds_too(force):
    rates = ring(force)
    p = me.least_entropy_production(rates)
    least = me.entropy_production(p, rates)
    found = minimize(lambda u: me.entropy_production(softmax(u), rates), np.log(p) + 0.3, method="BFGS", tol=1e-10)
    assert p.sum() == pytest.approx(1.0)
    assert least == pytest.approx(found.fun, rel=1e-7)
    for other in np.random.default_rng(3).dirichlet(np.ones(4), 200):
        assert me.entropy_production(0.99 * p + 0.01 * other, rates) > least


def test_least_entropy_production_of_very_unequal_rates():
    rates = random_rates(np.random.default_rng(2), n=10) ** 4
    p = me.least_entropy_production(rates)
    least = me.entropy_production(p, rates)
    for other in np.random.default_rng(3).dirichlet(np.ones(10), 50):
        assert me.entropy_production(0.999 * p + 0.001 * other, rates) > least


FAR = [*(([0.0, 1.0, 0.5], force) for force in (20.0, 40.0, 60.0, 80.0)), (2 * np.sin(2 * np.arange(8.0)), 3.0)]


@pytest.mark.parametrize(("energies", "force"), FAR)
def test_least_entropy_production_is_found_far_from_equilibrium(energies, force):
    """Newton's way to it is long, and only the true curvature leads there in time."""
    rates = me.driven_ring(energies, force, temperature=1.0)
    p, steady = me.least_entropy_production(rates), me.steady_state(rates)
    least = me.entropy_production(p, rates)
    for share in (0.5, 1e-3):
        assert least <= me.entropy_production((1 - share) * p + share * steady, rates)
        assert least <= me.entropy_production((1 - share) * p + share / len(p), rates)


def test_least_entropy_production_holds_to_first_order_in_the_force_only():
    forces = np.array([0.02, 0.04])
    boltzmann = softmax(-ENERGIES / TEMPERATURE)
    steady = np.array([me.steady_state(ring(f)) for f in forces])
    least = np.array([me.least_entropy_production(ring(f)) for f in forces])
    response, failure = (np.linalg.norm(x, axis=1) for x in (steady - boltzmann, steady - least))
    assert np.log2(response[1] / response[0]) == pytest.approx(1.0, abs=0.05)
    assert np.log2(failure[1] / failure[0]) == pytest.approx(2.0, abs=0.05)
    strong = ring(3.0)
    ratio = me.entropy_production(me.steady_state(strong), strong) / me.entropy_production(
        me.least_entropy_production(strong), strong
    )
    assert ratio > 1.05


def test_rates_of_the_driven_ring_are_the_formula():
    """Entry by entry: other rates of the same ratios would rest in the same laws."""
    force, n = 0.9, len(ENERGIES)
    expected = np.zeros((n, n))
    for i in range(n):
        j = (i + 1) % n
        climb = ENERGIES[j] - ENERGIES[i] - force
        expected[i, j], expected[j, i] = np.exp(-climb / (2 * TEMPERATURE)), np.exp(climb / (2 * TEMPERATURE))
    np.testing.assert_allclose(ring(force), expected, rtol=1e-14)
    triangle = me.driven_ring(np.zeros(3), 1.0)
    np.testing.assert_allclose(triangle, np.exp(0.5 * np.array([[-np.inf, 1, -1], [-1, -np.inf, 1], [1, -1, -np.inf]])))


def test_entropy_production_is_the_sum_over_bonds():
    rates, p = random_rates(np.random.default_rng(3)), np.random.default_rng(4).dirichlet(np.ones(5))
    sigma = 0.0
    for i in range(5):
        for j in range(i):
            there, back = p[i] * rates[i, j], p[j] * rates[j, i]
            sigma += (there - back) * np.log(there / back)
    assert me.entropy_production(p, rates) == pytest.approx(sigma, rel=1e-13)


def test_a_jumper_waits_and_jumps_as_the_formula_says():
    rates, duration = random_rates(np.random.default_rng(8), n=4), 6.0
    np.fill_diagonal(rates, 0.0)
    counts, last = dynamics.jump_counts(rates, [2], duration, rng=np.random.default_rng(3))
    rng, state, clock, expected = np.random.default_rng(3), 2, 0.0, np.zeros((4, 4), int)
    while True:
        clock += rng.exponential() / rates[state].sum()
        if clock >= duration:
            break
        there = int(np.searchsorted(np.cumsum(rates[state]), rng.random() * rates[state].sum()))
        expected[state, there] += 1
        state = there
    assert expected.sum() > 10
    np.testing.assert_array_equal(counts[0], expected)
    assert last.tolist() == [state]


def test_simulated_jumpers_have_the_steady_currents():
    rates, duration, n = ring(1.2), 3.0, 20000
    p = me.steady_state(rates)
    rng = np.random.default_rng(6)
    counts, last = dynamics.jump_counts(rates, rng.choice(4, size=n, p=p), duration, rng=rng)
    mean, se = counts.mean(axis=0), counts.std(axis=0) / np.sqrt(n)
    jumps = rates > 0
    assert (np.abs(mean - duration * p[:, None] * rates)[jumps] < 4.5 * se[jumps]).all()
    assert (mean[~jumps] == 0).all()
    occupied = np.bincount(last, minlength=4) / n
    assert (np.abs(occupied - p) < 4.5 * np.sqrt(p * (1 - p) / n)).all()


def test_jumpers_leave_a_start_as_the_transition_matrix_says():
    rates, n = random_rates(np.random.default_rng(8)), 20000
    _, last = dynamics.jump_counts(rates, np.full(n, 2), 0.2, rng=np.random.default_rng(9))
    p = me.transition_matrix(rates, 0.2)[2]
    assert (np.abs(np.bincount(last, minlength=5) / n - p) < 4.5 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: me.steady_state(np.ones((2, 3))), "rates must be a square matrix"),
        (lambda: me.steady_state(np.ones(3)), "rates must have 2 axes"),
        (lambda: me.steady_state(-np.ones((3, 3))), "rates must be zero or more"),
        (lambda: me.steady_state(np.zeros((2, 2))), "rates must lead from all states to a common one"),
        (lambda: me.steady_state([[0, 1, 1], [0, 0, 0], [0, 0, 0]]), "rates must lead from all states to a common one"),
        (lambda: me.least_entropy_production(TWO_PAIRS), "rates must lead from all states to a common one"),
        (lambda: me.transition_matrix(np.ones((3, 3)), [1.0, 2.0]), "duration must be a scalar"),
        (lambda: me.driven_ring(ENERGIES, [0.1, 0.2]), "force must be a scalar"),
        (lambda: me.driven_ring(ENERGIES, 0.1, temperature=[1.0]), "temperature must be a scalar"),
        (
            lambda: dynamics.jump_counts(ring(1.0), [0], [1.0], rng=np.random.default_rng(0)),
            "duration must be a scalar",
        ),
        (lambda: me.transition_matrix(np.ones((3, 3)), -1.0), "duration must be zero or more"),
        (lambda: me.entropy_production([0.5, 0.5, 0.0], np.triu(np.ones((3, 3)))), "reverse of every jump"),
        (lambda: me.entropy_production([0.5, 0.4, 0.0], np.ones((3, 3))), "p must sum to 1"),
        (lambda: me.driven_ring([0.0, 1.0], 0.1), "energies must hold at least 3 states"),
        (lambda: me.driven_ring(ENERGIES, np.nan), "force must be finite"),
        (lambda: me.driven_ring(ENERGIES, 0.1, temperature=0.0), "temperature must be greater than zero"),
        (
            lambda: dynamics.jump_counts(ring(1.0), [4], 1.0, rng=np.random.default_rng(0)),
            "start must be state numbers",
        ),
        (
            lambda: dynamics.jump_counts(ring(1.0), [0.0], 1.0, rng=np.random.default_rng(0)),
            "start must be state numbers",
        ),
        (
            lambda: dynamics.jump_counts(ring(1.0), np.ma.masked_equal([0, 1], 1), 1.0, rng=np.random.default_rng(0)),
            "start must not be masked",
        ),
        (lambda: dynamics.jump_counts(ring(1.0), [0], 1.0, rng=0), "rng must be a numpy.random.Generator"),
        (lambda: gibbs.kullback_leibler_normal([0.0], [[-1.0]], [0.0], [[1.0]]), "positive definite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_divergence_of_normal_laws():
    """Against the average of ln(p/q) over draws, in three dimensions, and zero between equals."""
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 3, 3))
    mean, mean_q, covariance, covariance_q = np.ones(3), np.zeros(3), a @ a.T + np.eye(3), b @ b.T + np.eye(3)
    draws = rng.multivariate_normal(mean, covariance, size=40000)

    def log_density(x, mean, covariance):
        x = x - mean
        return -0.5 * (np.einsum("ni,ij,nj->n", x, np.linalg.inv(covariance), x) + np.log(np.linalg.det(covariance)))

    ratios = log_density(draws, mean, covariance) - log_density(draws, mean_q, covariance_q)
    exact = gibbs.kullback_leibler_normal(mean, covariance, mean_q, covariance_q)
    assert abs(ratios.mean() - exact) < 4.5 * ratios.std() / np.sqrt(ratios.size)
    assert gibbs.kullback_leibler_normal(mean, covariance, mean, covariance) == pytest.approx(0.0, abs=1e-12)
    both = gibbs.kullback_leibler_normal(
        np.stack([mean, mean_q]), np.stack([covariance, covariance_q]), mean_q, covariance_q
    )
    np.testing.assert_allclose(both, [exact, 0.0], atol=1e-12)
