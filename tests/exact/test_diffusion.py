"""Relaxation reversed: closed forms for normal laws, the equation of motion, enumerated paths, and what must fail."""

import numpy as np
import pytest
from scipy.special import ndtr

from sgdphysics.exact import diffusion

X = np.linspace(-8, 8, 801)
TWO = diffusion.mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
NORMAL = diffusion.mixture([1.0], [0.0], [1.0])


def density(law, x=X):
    return np.exp(diffusion.log_density(law, x))


def normal(mean, variance):
    return diffusion.mixture([1.0], [mean], [np.sqrt(variance)])


def entropy_of_normals(mean, variance, mean_q=0.0, variance_q=1.0):
    ratio = variance / variance_q
    return (ratio - 1 - np.log(ratio) + (mean - mean_q) ** 2 / variance_q) / 2


def test_relaxed_moments_and_two_ways_in_one():
    law = diffusion.relaxed(normal(1.7, 0.2), 0.4)
    assert law.means[0] == pytest.approx(1.7 * np.exp(-0.4), abs=1e-14)
    assert law.deviations[0] ** 2 == pytest.approx(1 - 0.8 * np.exp(-0.8), abs=1e-14)
    once, twice = diffusion.relaxed(TWO, 0.9), diffusion.relaxed(diffusion.relaxed(TWO, 0.5), 0.4)
    for a, b in zip(once, twice, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)
    point = diffusion.relaxed(diffusion.mixture([1.0], [2.0], [0.0]), 1e-9)
    assert point.deviations[0] ** 2 == pytest.approx(2e-9, rel=1e-8)


def test_density_obeys_the_equation_of_motion():
    """∂p/∂t = ∂(x p + ∂p)/∂x = ∂[p (x + s)]/∂x."""
    h, t = 1e-3, 0.6
    change = (density(diffusion.relaxed(TWO, t + h)) - density(diffusion.relaxed(TWO, t - h))) / (2 * h)
    law = diffusion.relaxed(TWO, t)

    def current(x):
        return density(law, x) * (x + diffusion.score(law, x))

    np.testing.assert_allclose(change, (current(X + h) - current(X - h)) / (2 * h), atol=1e-5)
    assert np.abs(change - (current(X + h) - current(X - h)) / h).max() > 0.01


def test_score_is_the_slope_of_the_logarithm_also_far_away():
    x, h = np.array([[-40.0, -1.0], [0.3, 9.0]]), 1e-5
    slope = (diffusion.log_density(TWO, x + h) - diffusion.log_density(TWO, x - h)) / (2 * h)
    np.testing.assert_allclose(diffusion.score(TWO, x), slope, rtol=1e-6)
    assert diffusion.score(TWO, 0.3).shape == ()


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 0.25), (1.3, 0.5), (-0.4, 1.6)])
def test_entropy_and_fisher_information_of_a_normal(mean, variance):
    law, wide = normal(mean, variance), np.linspace(-12, 12, 801)
    entropy = diffusion.relative_entropy(density(law, wide), density(NORMAL, wide), wide)
    assert entropy == pytest.approx(entropy_of_normals(mean, variance), abs=1e-9)
    fisher = diffusion.relative_fisher_information(law, wide)
    assert fisher == pytest.approx((1 - variance) ** 2 / variance + mean**2, abs=1e-8)


def test_entropy_is_zero_for_equals_and_counts_what_is_missing():
    p = density(TWO)
    assert diffusion.relative_entropy(p, p, X) == 0.0
    assert diffusion.relative_entropy(0 * p, p, X) == pytest.approx(1.0, abs=1e-9)


def test_entropy_takes_zeros_that_both_share():
    p = density(TWO) * (np.abs(X) < 5)
    assert diffusion.relative_entropy(p, p, X) == 0.0


@pytest.mark.parametrize("centre", [0.0, 0.005, 0.01])
def test_what_is_narrower_than_the_grid_is_refused(centre):
    sharp = normal(centre, 0.01**2)  # half a step wide
    for p, q, name in ((sharp, NORMAL, "p"), (NORMAL, sharp, "q")):
        with pytest.raises(ValueError, match=f"{name} must not change by half its height|greater than zero where p"):
            diffusion.relative_entropy(density(p) + 1e-9, density(q) + 1e-9, X)
    with pytest.raises(ValueError, match=r"deviations must be at least 0\.04 on this grid"):
        diffusion.relative_fisher_information(sharp, X)
    assert diffusion.relative_fisher_information(normal(0.0, 0.04**2), X) == pytest.approx((1 - 0.0016) ** 2 / 0.0016)
    fine = diffusion.relative_entropy(density(normal(0.0, 0.04**2)), density(NORMAL), X)
    assert fine == pytest.approx(entropy_of_normals(0.0, 0.04**2), abs=1e-9)


@pytest.mark.parametrize("x", [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
def test_a_grid_with_a_place_twice_is_refused(x):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="evenly spaced"):
        diffusion.relative_entropy(np.ones(len(x)), 2 * np.ones(len(x)), np.array(x))


def test_two_steps_of_the_grid_are_enough_and_less_is_not():
    x = np.arange(-256, 257) / 32  # the steps are exact
    broad, sharp = normal(0.0, 1 / 256), normal(0.0, 0.9 / 256)
    assert diffusion.relative_fisher_information(broad, x) == pytest.approx((1 - 1 / 256) ** 2 * 256)
    assert diffusion.pushed(density(NORMAL, x), x, x, 1 / 256).sum() == pytest.approx(32)
    with pytest.raises(ValueError, match="deviations must be at least"):
        diffusion.relative_fisher_information(sharp, x)
    with pytest.raises(ValueError, match="variance must be at least"):
        diffusion.pushed(density(NORMAL, x), x, x, 0.9 / 256)
    steep = np.array([0.25, 0.5, 1.0, 0.5])  # half its height within a step, which is allowed
    assert diffusion.relative_entropy(steep, steep, np.arange(4.0)) == 0.0
    assert diffusion.relative_entropy(steep[1:], steep[1:], np.arange(3.0)) == 0.0


def test_one_push_of_a_normal():
    np.testing.assert_array_equal(diffusion.pushed(0 * X, X, X, 0.15), 0 * X)
    np.testing.assert_array_equal(diffusion.pushed(0 * X, X, X, 0.15, may_leave=0.0), 0 * X)  # none has left
    p = diffusion.pushed(density(normal(0.5, 0.3)), X, 0.2 + 0.8 * X, 0.15)
    np.testing.assert_allclose(p, density(normal(0.6, 0.64 * 0.3 + 0.15)), atol=1e-10)


def test_what_leaves_the_grid_is_let_go_when_that_is_allowed():
    left = diffusion.pushed(density(NORMAL), X, X + 6, 1.0, may_leave=0.1)
    assert np.trapezoid(left, X) == pytest.approx(ndtr(np.sqrt(2)), abs=1e-4)
    assert chain(2, score_of=lambda x, t: 2 * x, may_leave=1.0).sum() < 0.9 * 100


def reversed_normal(mean, variance, time, n_steps, factor=2.0):
    """Mean and variance at the end of the Euler chain for data N(mean, variance): it is linear."""
    h = time / n_steps
    m, v = mean * np.exp(-time), 1 - np.exp(-2 * time) * (1 - variance)
    for k in range(n_steps):
        t = time - k * h
        m_t, v_t = mean * np.exp(-t), 1 - np.exp(-2 * t) * (1 - variance)
        slope = 1 + h * (1 - factor / v_t)
        m, v = slope * m + h * factor * m_t / v_t, slope**2 * v + 2 * h
    return m, v


def chain(n_steps, **settings):
    return diffusion.reversed_density(normal(0.7, 0.3), X, time=1.5, n_steps=n_steps, **settings)


@pytest.mark.parametrize("n_steps", [5, 30])
def test_reverse_chain_of_a_normal(n_steps):
    np.testing.assert_allclose(chain(n_steps), density(normal(*reversed_normal(0.7, 0.3, 1.5, n_steps))), atol=1e-9)
    slip = density(normal(*reversed_normal(0.7, 0.3, 1.5, n_steps, factor=1.0)))
    assert np.abs(chain(n_steps) - slip).max() > 0.05


def test_reverse_chain_takes_another_start_and_another_score():
    law = diffusion.relaxed(normal(0.7, 0.3), 1.5)
    given = chain(
        8, start=density(law), score_of=lambda x, t: diffusion.score(diffusion.relaxed(normal(0.7, 0.3), t), x)
    )
    np.testing.assert_allclose(given, chain(8), atol=1e-14)
    assert np.abs(chain(8, start=density(NORMAL)) - chain(8)).max() > 1e-3
    half = chain(8, start=density(NORMAL) / 2)  # the chain is linear
    np.testing.assert_allclose(half, chain(8, start=density(NORMAL)) / 2, atol=1e-14)
    at_rest = chain(40, start=density(NORMAL), score_of=lambda x, t: -x)
    np.testing.assert_allclose(at_rest, density(normal(0.0, 1 / (1 - 1.5 / 80))), atol=1e-3)


def test_error_of_the_reverse_chain_is_of_second_order():
    errors = [diffusion.relative_entropy(density(normal(0.7, 0.3)), chain(n), X) for n in (40, 80)]
    assert 3.6 < errors[0] / errors[1] < 4.4


def entropy_of_paths(variance, times, rule):
    """KL of the joint laws of x_0 … x_N, forward and model from p_T, as normal laws of N + 1 variables."""
    beta = -np.expm1(-2 * np.diff(times))
    v = [variance]
    for b in beta:
        v.append((1 - b) * v[-1] + b)
    forward = np.zeros((len(v), len(v)))
    for i in range(len(v)):
        for j in range(i, len(v)):
            forward[i, j] = forward[j, i] = v[i] * np.prod(np.sqrt(1 - beta[i:j]))
    kept = np.exp(-2 * times)
    sigma = beta.copy()
    if rule == "narrow":
        sigma[1:] = beta[1:] * (1 - kept[1:-1]) / (1 - kept[2:])
        sigma[0] = sigma[1]
    precision = np.zeros_like(forward)
    precision[-1, -1] = 1 / v[-1]
    for k, b in enumerate(beta):
        row = np.zeros(len(v))
        row[k], row[k + 1] = 1.0, -np.sqrt(1 - b) * v[k] / v[k + 1]
        precision += np.outer(row, row) / sigma[k]
    product = precision @ forward
    return (np.trace(product) - len(v) - np.linalg.slogdet(product)[1]) / 2


@pytest.mark.parametrize("rule", diffusion.RULES)
@pytest.mark.parametrize("variance", [0.1, 2.5])
def test_gap_is_the_entropy_of_the_paths(rule, variance):
    times = np.array([0.0, 0.1, 0.35, 0.5, 1.1, 2.0])
    gap = diffusion.bound_gap(variance, times, rule=rule)
    assert gap == pytest.approx(entropy_of_paths(variance, times, rule), rel=1e-10)
    other = [name for name in diffusion.RULES if name != rule][0]
    assert gap != pytest.approx(entropy_of_paths(variance, times, other), rel=0.01)


def test_gap_vanishes_for_broad_steps_of_noise_and_narrow_steps_of_a_point():
    times = np.linspace(0, 2, 9)
    assert diffusion.bound_gap(1.0, times, rule="broad") == pytest.approx(0.0, abs=1e-14)
    beta = -np.expm1(-0.5)
    first = beta * 1e-8 / (beta + 1e-8 * np.exp(-0.5))  # the clipped step is all that is wrong
    second = beta * beta / -np.expm1(-1.0)
    left = (first / second - 1 - np.log(first / second)) / 2
    assert diffusion.bound_gap(1e-8, times, rule="narrow") == pytest.approx(left, abs=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rule", diffusion.RULES)
def test_gap_of_nearly_a_point_is_finite(rule):
    times = np.array([0.0, 0.1, 0.3])
    change = diffusion.bound_gap(1e-17, times, rule=rule) - diffusion.bound_gap(1e-13, times, rule=rule)
    assert change == pytest.approx(np.log(1e4) / 2, abs=1e-9)  # the first step's ½ ln of a ratio that is nearly zero


@pytest.mark.parametrize("variance", [0.25, 4.0])
def test_limits_of_the_gap(variance):
    total, n = 3.0, 20_000
    t = np.linspace(0, total, n + 1)
    v = 1 - np.exp(-2 * t) * (1 - variance)
    rate = 2 * np.exp(-2 * t) * (1 - variance) / v
    limit = total / 4 * np.trapezoid(rate**2, t)
    assert n * diffusion.bound_gap(variance, t, rule="broad") == pytest.approx(limit, rel=1e-3)
    equal = np.exp(np.linspace(np.log(v[0]), np.log(v[-1]), 2001))
    times = -np.log((1 - equal) / (1 - variance)) / 2
    times[0] = 0.0
    least = np.log(v[-1] / v[0]) ** 2 / 4
    assert 2000 * diffusion.bound_gap(variance, times, rule="broad") == pytest.approx(least, rel=2e-3)
    assert least < limit
    stays = np.euler_gamma / 2 + (1 - np.log(2)) / 2
    assert diffusion.bound_gap(variance, np.linspace(0, 3, 10**6 + 1), rule="narrow") == pytest.approx(stays, abs=2e-4)


@pytest.mark.parametrize(("a", "s"), [(2.0, 0.5), (1.2, 0.9), (5.0, 0.0)])
def test_dip_vanishes_at_the_speciation_time(a, s):
    t = diffusion.speciation_time(a, s)
    pair = diffusion.mixture([0.5, 0.5], [-a, a], [s, s])

    def bends_up(time):
        at = np.exp(diffusion.log_density(diffusion.relaxed(pair, time), np.array([-1e-3, 0.0, 1e-3])))
        return at[0] - 2 * at[1] + at[2] > 0

    assert bends_up(t * (1 - 1e-3))
    assert not bends_up(t * (1 + 1e-3))


def test_no_dip_no_speciation():
    np.testing.assert_allclose(diffusion.speciation_time([0.5, 2.0], 0.8), [0.0, np.log1p(4 - 0.64) / 2], atol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diffusion.mixture([], [], []), "weights must be positive with sum 1"),
        (lambda: diffusion.mixture([0.5, 0.6], [0, 1], [1, 1]), "weights must be positive with sum 1"),
        (lambda: diffusion.mixture([0.0, 1.0], [0, 1], [1, 1]), "weights must be positive with sum 1"),
        (lambda: diffusion.mixture([0.5, 0.5 + 1e-9], [0, 1], [1, 1]), "weights must be positive with sum 1"),
        (lambda: diffusion.mixture([1.0], [0, 1], [1]), "means and deviations must be 1 each"),
        (lambda: diffusion.mixture([1.0], [0], [1, 1]), "means and deviations must be 1 each"),
        (lambda: diffusion.mixture([1.0], [0], [-1]), "deviations must be zero or more"),
        (lambda: diffusion.relaxed(TWO, -1), "time must be zero or more"),
        (lambda: diffusion.score(diffusion.mixture([1.0], [0], [0]), 1.0), "deviations must be greater than zero"),
        (lambda: diffusion.log_density(TWO, np.nan), "x must be finite"),
        (lambda: diffusion.relative_entropy(X, X, X), "p must be zero or more"),
        (lambda: diffusion.relative_entropy(X[1:] ** 2, X**2, X), "p must have the shape of x"),
        (lambda: diffusion.relative_entropy(1 + 0 * X, X**2 / 99, X), "q must be greater than zero where p is"),
        (lambda: diffusion.relative_entropy(X**2, X**2, X**3), "x must be at least three places, evenly spaced"),
        (lambda: diffusion.relative_entropy(np.ones(2), np.ones(2), np.arange(2.0)), "x must be at least three places"),
        (lambda: diffusion.relative_entropy(X**2, X**2, 1 + 0 * X), "x must be at least three places"),
        (lambda: diffusion.relative_fisher_information(TWO, X[::-1]), "x must be at least three places"),
        (lambda: diffusion.pushed(X**2, X, X, 1e-4), "variance must be at least 0.0016 on this grid"),
        (lambda: diffusion.pushed(X**2, X, X[1:], 1.0), "mean must have the shape of x"),
        (lambda: chain(0), "n_steps must be an integer of at least 1"),
        (
            lambda: diffusion.pushed(density(NORMAL), X, X + 6, 1.0),
            "x must hold the whole density, but 0.078 has left -8 to 8",
        ),
        (lambda: chain(2, start=-density(TWO)), "start must be zero or more"),
        (lambda: chain(2, score_of=lambda x, t: None), r"score_of\(x, t\) must be an array of real numbers"),
        (lambda: chain(2, score_of=lambda x, t: x[1:]), "score_of must return the shape of x"),
        (lambda: chain(2, score_of=lambda x, t: 2 * x), "x must hold the whole density"),
        (lambda: chain(400, score_of=lambda x, t: -x / 5), "x must hold the whole density"),
        (lambda: diffusion.bound_gap(0.0, [0, 1, 2], rule="broad"), "variance must be greater than zero"),
        (lambda: diffusion.bound_gap(1.0, [0, 1], rule="broad"), "times must rise from 0 in at least two steps"),
        (lambda: diffusion.bound_gap(1.0, [0, 2, 1], rule="broad"), "times must rise from 0"),
        (lambda: diffusion.bound_gap(1.0, [0, 1, 1], rule="broad"), "times must rise from 0"),
        (lambda: diffusion.bound_gap(1.0, [0.1, 1, 2], rule="broad"), "times must rise from 0"),
        (lambda: diffusion.bound_gap(1.0, [0, 1, 2], rule=np.array(["broad"])), "rule must be one of"),
        (lambda: diffusion.bound_gap(1.0, [0, 1, 2], rule="wide"), "rule must be one of 'broad', 'narrow', got 'wide'"),
        (lambda: diffusion.speciation_time(-1.0, 0.5), "half_distance must be zero or more"),
        (lambda: diffusion.speciation_time([1.0, 2.0], [0.1] * 3), r"must broadcast, got shapes \(2,\) and \(3,\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
