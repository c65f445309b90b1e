"""Learning curves, each against a second way to it: sums over students, slopes along the branch, integrals, limits."""

from functools import partial

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import logsumexp, ndtr
from scipy.stats import chi2

from sgdphysics.exact import perceptron

KINDS = [(weights, output) for weights in perceptron.WEIGHTS for output in perceptron.OUTPUTS]


def g(u):
    return np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)


def log_tail(u):
    return np.log(ndtr(-u)) if u < 8 else -(u**2) / 2 - np.log(u * np.sqrt(2 * np.pi))


def over_eigenvalues(f, alpha):
    """(1/N) Σ f(λ) over the eigenvalues of X'X/N for many weights: Marchenko and Pastur's law, zeros included."""

    def inner(angle):
        eigenvalue = 1 + alpha + 2 * np.sqrt(alpha) * np.cos(angle)
        return f(eigenvalue) * 2 * alpha * np.sin(angle) ** 2 / (np.pi * eigenvalue)

    return quad(inner, 0, np.pi, epsabs=1e-13, epsrel=1e-12)[0] + (max(0.0, 1 - alpha) * f(0.0) if alpha < 1 else 0.0)


# --- High temperature ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("weights", "output"), KINDS)
@pytest.mark.parametrize("alpha", [0.3, 1.2, 3.0])
def test_the_error_is_where_the_free_energy_is_least(weights, output, alpha):
    r = np.linspace(-1, 1, 400_001)[:-1] + 0.0
    r = np.append(r, 1.0 if weights == "ising" else 1 - 1e-9)
    f = perceptron.high_temperature_free_energy(r, alpha, weights=weights, output=output)
    least = perceptron.generalisation_error(r[np.argmin(f)], output=output)
    assert perceptron.high_temperature(alpha, weights=weights, output=output) == pytest.approx(least, abs=1e-5)


@pytest.mark.parametrize("alpha", [0.8, 1.5, 1.9])
def test_ising_high_temperature_is_the_limit_of_the_exact_sum(alpha):
    means = []
    for n in (1000, 2000):  # the error of order 1/n goes when two sizes are extrapolated
        errors, ways = perceptron.ising_shells(n)
        weight = ways - n * alpha * errors
        means.append(np.exp(weight - logsumexp(weight)) @ errors)
    limit = 2 * means[1] - means[0]
    assert perceptron.high_temperature(alpha, weights="ising", output="sign") == pytest.approx(limit, abs=2e-5)


def test_transition_and_spinodal_at_high_temperature():
    transition, spinodal = perceptron.high_temperature_transition(), perceptron.high_temperature_spinodal()
    assert transition == pytest.approx(1.695933, abs=5e-7)
    assert spinodal == pytest.approx(2.082070, abs=5e-7)
    r = np.linspace(0, 1, 200_001)[:-1]
    for alpha, barrier in ((spinodal * 0.999, True), (spinodal * 1.001, False)):
        f = perceptron.high_temperature_free_energy(r, alpha, weights="ising", output="sign")
        assert (np.diff(f) > 0).any() == barrier
    ours = perceptron.high_temperature([transition - 1e-6, transition + 1e-6], weights="ising", output="sign")
    assert ours == pytest.approx([0.30296, 0.0], abs=1e-5)


def test_shells_count_all_students_and_their_errors():
    errors, ways = perceptron.ising_shells(6)
    assert np.exp(ways) == pytest.approx([1, 6, 15, 20, 15, 6, 1])
    assert errors[[0, 3, 6]] == pytest.approx([0, 0.5, 1])
    errors, ways = perceptron.ising_shells(1)  # the teacher and its opposite
    assert (errors.tolist(), ways.tolist()) == ([0, 1], [0, 0])


def test_annealed_transition_is_where_the_mean_number_of_others_falls_to_one():
    alpha = perceptron.annealed_transition()
    assert alpha == pytest.approx(1.447966, abs=5e-7)
    errors, ways = perceptron.ising_shells(20_000)
    others = (errors > 0.1) & (errors < 0.5)
    errors, ways = errors[others], ways[others]
    grown = [np.max(ways + a * 20_000 * np.log1p(-errors)) for a in (alpha - 0.01, alpha + 0.01)]
    assert grown[0] > 0 > grown[1]


# --- Quenched ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "loads"), [("ising", (0.0, 0.4, 0.9, 1.3, 1.45)), ("sphere", (0.0, 0.5, 2, 8, 30))]
)
def test_free_entropy_is_the_integral_along_the_branch(weights, loads):
    """dφ/dα = 2 ∫Dt H ln H on the branch, whatever the other terms of φ are."""

    def slope_at(alpha):
        r = float(perceptron.quenched(alpha, weights=weights).overlap)
        k = np.sqrt(r / (1 - r))
        return 2 * quad(lambda t: g(t) * ndtr(-k * t) * log_tail(k * t), -9, 9, limit=200, epsabs=1e-12)[0]

    found = perceptron.quenched(loads, weights=weights).free_entropy
    for low, high, before, after in zip(loads, loads[1:], found, found[1:], strict=False):
        x, w = np.polynomial.legendre.leggauss(20)
        a = (low + high) / 2 + (high - low) / 2 * x
        assert after - before == pytest.approx((high - low) / 2 * w @ [slope_at(one) for one in a], abs=3e-6)


def free_entropy(r, alpha, weights, tail=lambda u: ndtr(-u)):
    """φ(R) by adaptive quadrature; for Ising weights at the least over R̂, whatever it is."""
    k = np.sqrt(r / (1 - r))
    data = 2 * alpha * quad(lambda t: g(t) * tail(k * t) * log_tail(k * t), -9, 9, epsabs=1e-13)[0]
    if weights == "sphere":
        return 0.5 * np.log(1 - r) + r / 2 + data
    z, w = np.polynomial.hermite_e.hermegauss(80)

    def flat(field):
        at = np.sqrt(field) * z + field
        return -field * (1 + r) / 2 + w @ np.logaddexp(at, -at) / np.sqrt(2 * np.pi)

    return minimize_scalar(flat, bounds=(1e-9, 30), method="bounded", options={"xatol": 1e-9}).fun + data


def slope(r, alpha, weights, **wrong):
    step = 1e-3
    return np.diff([free_entropy(r + d, alpha, weights, **wrong) for d in (-step, step)])[0] / (2 * step)


@pytest.mark.parametrize("weights", perceptron.WEIGHTS)
@pytest.mark.parametrize("alpha", [0.3, 0.9, 1.35])
def test_the_overlap_makes_the_free_entropy_stationary(weights, alpha):
    found = perceptron.quenched(alpha, weights=weights)
    r = float(found.overlap)
    assert found.free_entropy == pytest.approx(free_entropy(r, alpha, weights), abs=1e-6)
    assert abs(slope(r, alpha, weights)) < 1e-4
    assert abs(slope(r, alpha / 2, weights)) > 0.05  # the factor 2 of α left out
    assert abs(slope(r**2, alpha, weights)) > 0.01  # q ≠ R: a student unlike the teacher
    assert abs(slope(r, alpha, weights, tail=lambda u: g(u))) > 0.01  # g = -H' in place of H


def test_the_other_branch_is_not_returned():
    """Between 0 and the spinodal φ(R) has a second stationary point, nearer the teacher: a least one, not a largest."""
    upper = brentq(lambda f: perceptron._ising_state(f)[1] - 1.4, perceptron._ising_end()[0], 12.0)
    r = float(perceptron.quenched(1.4, weights="ising").overlap)
    other = perceptron._ising_state(upper)[0]
    assert abs(slope(other, 1.4, "ising")) < 1e-4
    assert r < 0.893 < other
    bend = [slope(at + 0.005, 1.4, "ising") - slope(at - 0.005, 1.4, "ising") for at in (r, other)]
    assert bend[0] < 0 < bend[1]


def test_ising_transition_and_spinodal():
    transition, spinodal = perceptron.ising_transition(), perceptron.ising_spinodal()
    assert transition == pytest.approx(1.24468, abs=5e-6)
    assert spinodal == pytest.approx(1.49263, abs=5e-6)
    at = perceptron.quenched([transition, 1.249, spinodal - 1e-6, spinodal + 1e-6], weights="ising")
    assert at.overlap == pytest.approx([0.69376, 0.6968, 0.8937, 1.0], abs=1e-3)
    assert at.free_entropy[0] == pytest.approx(0.0, abs=1e-10)
    assert at.free_entropy[1] == pytest.approx(-1.7e-3, abs=1e-4)
    assert at.gibbs[3] == at.bayes[3] == at.free_entropy[3] == 0
    assert at.transition == transition
    assert perceptron.quenched(1.0, weights="sphere").transition == np.inf


def test_quenched_branch_begins_with_all_students():
    start = perceptron.quenched(0.0, weights="ising")
    assert start.free_entropy == pytest.approx(np.log(2), abs=1e-12)
    assert (start.overlap, start.gibbs, start.bayes) == (0.0, 0.5, 0.5)
    first = perceptron.quenched(1e-6, weights="sphere")
    assert first.overlap == pytest.approx(2e-6 / np.pi, rel=1e-4)


def test_quenched_lies_below_annealed():
    """E ln V <= ln E V, and the first examples cost one bit each: φ >= ln 2 - α ln 2."""
    alphas = np.linspace(0.1, 1.2, 12)
    r = np.linspace(0, 0.999, 4000)[:, None]
    s = perceptron.entropy(r, weights="ising")
    annealed = np.max(s + alphas * np.log1p(-perceptron.generalisation_error(r)), axis=0)
    phi = perceptron.quenched(alphas, weights="ising").free_entropy
    assert (phi < annealed).all()
    assert (phi > (1 - alphas) * np.log(2)).all()


def test_constants_of_many_examples():
    alpha = 1e5
    i = quad(lambda u: g(u) ** 2 / ndtr(-u) / np.sqrt(2 * np.pi), -30, 8)[0]
    i += quad(lambda u: g(u) * u / np.sqrt(2 * np.pi), 8, 30)[0]
    found = perceptron.quenched(alpha, weights="sphere")
    assert alpha * found.gibbs == pytest.approx(1 / (np.sqrt(2) * np.pi * i), rel=1e-4)
    assert alpha * found.bayes == pytest.approx(1 / (2 * np.pi * i), rel=1e-4)
    assert alpha * perceptron.maximal_stability(alpha) == pytest.approx(0.500489, rel=1e-4)


def test_power_laws_keep_their_digits_at_any_load():
    first = perceptron.quenched(1e7, weights="sphere")
    for alpha in (1e8, 1e9, 1e14, 1e30, 1e100):
        later = perceptron.quenched(alpha, weights="sphere")
        assert alpha * later.gibbs == pytest.approx(1e7 * first.gibbs, rel=1e-10)
        assert alpha * later.bayes == pytest.approx(1e7 * first.bayes, rel=1e-10)
        assert later.free_entropy + np.log(alpha) == pytest.approx(first.free_entropy + np.log(1e7), abs=1e-9)
    some = perceptron.quenched([0.3, 2.0], weights="sphere")
    assert some.gibbs == pytest.approx(np.arccos(some.overlap) / np.pi, rel=1e-12)
    assert some.bayes == pytest.approx(np.arccos(np.sqrt(some.overlap)) / np.pi, rel=1e-12)


def test_linear_errors_keep_their_digits_at_both_ends():
    few, many = np.array([1e-12, 1e-6]), np.array([1e6, 1e12, 1e200])
    hot = partial(perceptron.high_temperature, output="linear")
    assert hot(few, weights="sphere") == pytest.approx(1 - few, abs=1e-11)
    assert 2 * many * hot(many, weights="sphere") == pytest.approx(1.0, rel=1e-6)
    assert np.exp(600) * hot(300.0, weights="ising") == pytest.approx(2.0, rel=1e-11)


def test_nothing_asked_gives_nothing():
    for weights in perceptron.WEIGHTS:
        assert perceptron.quenched([], weights=weights).gibbs.shape == (0,)
        assert perceptron.high_temperature([], weights=weights, output="sign").shape == (0,)
    for rule in perceptron.RULES:
        assert perceptron.online(rule, np.empty((0, 2))).shape == (0, 2)
    assert perceptron.maximal_stability([]).shape == (0,)


def test_without_examples_half_of_the_answers_are_wrong():
    for rule in (perceptron.hebb, perceptron.pseudo_inverse):
        assert rule(0.0) == 0.5
    for weights in perceptron.WEIGHTS:
        assert perceptron.high_temperature(0.0, weights=weights, output="sign") == 0.5
        assert perceptron.high_temperature(0.0, weights=weights, output="linear") == 1.0
        assert perceptron.quenched(0.0, weights=weights).gibbs == pytest.approx(0.5, abs=1e-15)


# --- Rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [1e-4, 0.05, 1.0, 2.0, 3.0, 40.0])
def test_maximal_stability_obeys_both_equations(alpha):
    angle = np.pi * perceptron.maximal_stability(alpha)
    r, s = np.cos(angle), np.sin(angle)
    kappa, load = perceptron._widest_margin(angle)
    assert load == pytest.approx(alpha, rel=1e-8)
    second = quad(lambda z: np.exp(-(z**2) / (2 * s**2)) * (kappa - z), -12 * s, min(kappa, 12 * s), limit=200)[0]
    assert r == pytest.approx(alpha / (np.pi * s) * second, rel=1e-6)
    first = quad(lambda z: g(z) * ndtr(r * z / s) * (kappa - z) ** 2, -12, min(kappa, 12), points=[0], limit=300)[0]
    assert s**2 == pytest.approx(2 * alpha * first, rel=1e-6)


def test_maximal_stability_as_printed():
    assert perceptron.maximal_stability([1.0, 2.0, 3.0]) == pytest.approx([0.26571, 0.18848, 0.14284], abs=5e-6)


def test_pseudo_inverse_by_a_large_one():
    rng, n = np.random.default_rng(4), 400
    for alpha in (0.4, 2.5):
        x, teacher = rng.standard_normal((int(alpha * n), n)), np.ones(n)
        w = np.linalg.lstsq(x, np.sign(x @ teacher))[0]
        measured = np.arccos(w @ teacher / np.linalg.norm(w) / np.sqrt(n)) / np.pi
        assert perceptron.pseudo_inverse(alpha) == pytest.approx(measured, abs=0.02)
    assert perceptron.pseudo_inverse([0.0, 1.0, 1 - 1e-13, 1 + 1e-13]) == pytest.approx(0.5, abs=1e-6)
    assert perceptron.pseudo_inverse(1e8) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("alpha", [0.02, 0.4, 0.97, 1.1, 2.5, 60.0])
def test_pseudo_inverse_is_the_mean_over_the_eigenvalues(alpha):
    """Labels are √c w₀·x/√N and noise of variance 1 - c, which the fit divides by the eigenvalues that are not zero."""
    c = quad(lambda v: 2 * v * g(v), 0, 40)[0] ** 2
    seen = over_eigenvalues(lambda eigenvalue: float(eigenvalue > 0), alpha)
    noise = (1 - c) * over_eigenvalues(lambda eigenvalue: 1 / eigenvalue if eigenvalue else 0.0, alpha)
    angle = np.arctan2(np.sqrt(c * seen * (1 - seen) + noise), np.sqrt(c) * seen)
    assert perceptron.pseudo_inverse(alpha) == pytest.approx(angle / np.pi, rel=1e-9)


def averages(r, f):
    """⟨f|v|⟩ and ⟨f² + 2fu sgn v⟩ over the fields u, v of correlation r, by a double integral."""
    s = np.sqrt(1 - r**2)

    def density(u, v):  # for v > 0; the other half is its mirror image
        return 2 * g(v) * g((u - r * v) / s) / s

    def over(weight):
        halves = ((-9, 0), (0, 9))
        return sum(dblquad(lambda u, v: density(u, v) * weight(u, v), 0, 9, *half, epsabs=1e-9)[0] for half in halves)

    return over(lambda u, v: f(u) * v), over(lambda u, v: f(u) ** 2 + 2 * f(u) * u)


@pytest.mark.parametrize("r", [0.2, 0.8])
def test_online_speeds_are_the_averages_that_define_them(r):
    s, angle = np.sqrt(1 - r**2), np.arccos(r)
    for rule, f in (("hebb", lambda u: 1.0), ("perceptron", lambda u: float(u < 0))):
        assert perceptron._ONLINE[rule][0](r, 1.0) == pytest.approx(averages(r, f), abs=1e-6)
    best = {
        "adatron": lambda u: -min(u, 0.0),
        "optimal": lambda u: s * g(r * u / s) / (r * ndtr(r * u / s)) if r * u / s > -8 else s / r * -(r * u / s),
    }
    for rule, f in best.items():
        push, growth = averages(r, f)
        assert -s * perceptron._ONLINE[rule][0](angle)[0] == pytest.approx(push - r * growth / 2, abs=1e-6)


def test_online_hebb_is_the_closed_form():
    alphas = np.array([0.01, 0.5, 3.0, 200.0])
    assert perceptron.online("hebb", alphas) == pytest.approx(perceptron.hebb(alphas), rel=1e-6)


def test_online_powers_and_constants():
    alpha = 1e5
    known = {"perceptron": (1 / 3, 0.27807), "adatron": (1, 1.5), "optimal": (1, 0.88340)}
    for rule, (power, constant) in known.items():
        assert alpha**power * perceptron.online(rule, alpha) == pytest.approx(constant, rel=2e-3)
    assert perceptron.online("perceptron", [1, 10]) == pytest.approx([0.31922, 0.13758], abs=5e-6)
    assert perceptron.online("optimal", [1, 10]) == pytest.approx([0.27115, 0.07117], abs=6e-6)


@pytest.mark.parametrize(
    ("rule", "power", "constant"),
    [("hebb", 0.5, 2), ("perceptron", 0.5, 1), ("optimal", 0.5, 2), ("adatron", 1, 1)],
)
def test_online_begins_as_the_first_examples_say(rule, power, constant):
    """π(½ - ε) → R: √(2α/π) for a sum of examples, √(α/π) where half of them count, α/π for the scale-free one."""
    for alpha in (1e-14 if power < 1 else 1e-13, 1e-9):  # the first is where the integration starts, or near it
        overlap = np.pi * (0.5 - perceptron.online(rule, alpha))
        first = (constant * alpha / np.pi) ** power
        assert overlap == pytest.approx(first, rel=3 * np.sqrt(alpha), abs=2e-15)  # the next term; what ½ - ε rounds to


def test_online_reaches_the_largest_load_that_it_takes():
    assert perceptron.online("hebb", 1e6) == pytest.approx(perceptron.hebb(1e6), rel=1e-4)  # of 1 - R = 3e-6


def test_online_takes_loads_in_any_order_and_shape():
    both = perceptron.online("adatron", [[2.0], [0.5]])
    assert both.shape == (2, 1)
    assert both[:, 0] == pytest.approx([perceptron.online("adatron", 2.0), perceptron.online("adatron", 0.5)])


# --- Linear unit ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.5, 1.2, 3.0])
def test_linear_unit_against_the_eigenvalues_of_a_large_matrix(alpha):
    n, t, noise = 1500, 0.3, 0.25
    x = np.random.default_rng(5).standard_normal((int(alpha * n), n))
    eigenvalues = np.linalg.eigvalsh(x.T @ x / n)
    mean = np.mean((t / (t + eigenvalues)) ** 2 + noise * eigenvalues / (t + eigenvalues) ** 2) / 2
    found = perceptron.linear_unit(alpha, temperature=t, noise=noise)
    assert found.mean == pytest.approx(mean, rel=5e-3)
    assert found.student - found.mean == pytest.approx(np.mean(t / (t + eigenvalues)) / 2, rel=5e-3)


@pytest.mark.parametrize(
    ("alpha", "t", "noise"), [(0.4, 0.13, 0.7), (0.9, 0.6, 0.0), (1.3, 0.05, 0.3), (4.0, 3.0, 5.0)]
)
def test_linear_unit_is_the_mean_over_the_eigenvalues(alpha, t, noise):
    found = perceptron.linear_unit(alpha, temperature=t, noise=noise)
    mean = over_eigenvalues(lambda eigenvalue: (t**2 + noise * eigenvalue) / (t + eigenvalue) ** 2, alpha) / 2
    assert found.mean == pytest.approx(mean, rel=1e-9)
    scatter = over_eigenvalues(lambda eigenvalue: t / (t + eigenvalue), alpha) / 2
    assert found.student == pytest.approx(mean + scatter, rel=1e-9)


def test_linear_unit_is_best_away_from_zero_temperature():
    t = np.linspace(1e-3, 1, 10_000)
    student, mean = perceptron.linear_unit(1.2, temperature=t, noise=0.25)
    assert (t[student.argmin()], student.min()) == pytest.approx((0.0942, 0.28558), abs=1e-4)
    assert t[mean.argmin()] == pytest.approx(0.25, abs=2e-4)
    assert perceptron.linear_unit(1.2, temperature=1e-9, noise=0.25).student == pytest.approx(0.625, abs=1e-5)
    assert (np.diff(perceptron.linear_unit(1.2, temperature=t, noise=0.0).student) > 0).all()


def test_linear_unit_keeps_the_digits_of_a_cold_one():
    """ρ → T/(α - 1) above α = 1, without noise all that a student errs by: here root and b are alike in 12 digits."""
    student = perceptron.linear_unit(1.01, temperature=1e-14, noise=0.0).student
    assert student / 1e-14 == pytest.approx(1 / (2 * 0.01), rel=1e-9)


@pytest.mark.parametrize("cases", [8, 13, 27, 40])
def test_least_norm_against_many_fits(cases):
    rng, n, noise, runs = np.random.default_rng(6), 20, 0.5, 4000
    x = rng.standard_normal((runs, cases, n))
    w = np.einsum("rnc,rc->rn", np.linalg.pinv(x), x.sum(-1) + np.sqrt(noise * n) * rng.standard_normal((runs, cases)))
    off = np.mean((w - 1) ** 2, axis=1) / 2
    exact = perceptron.least_norm(cases, n, noise=noise)
    assert abs(off.mean() - exact) < 4.5 * off.std() / np.sqrt(runs)
    assert perceptron.least_norm(19, n, noise=noise) == perceptron.least_norm(21, n, noise=noise) == np.inf
    assert perceptron.least_norm(10, n, noise=0.0) == 0.25


@pytest.mark.parametrize("n", [3, 4, 11])
def test_least_norm_of_one_case_or_of_one_weight_by_the_length_of_the_inputs(n):
    """The noise of one case moves the student by ν/|x| along x, that of many cases one weight by x·ν/|x|²."""
    noise = 1.0
    inverse = quad(lambda u: chi2.pdf(u**2, n) * 2 / u, 0, 15, epsabs=1e-12)[0]  # E 1/|x|², in u = |x|
    one_case = (1 - 1 / n + noise * inverse) / 2
    assert perceptron.least_norm(1, n, noise=noise) == pytest.approx(one_case, rel=1e-9)
    assert perceptron.least_norm(n, 1, noise=noise) == pytest.approx(noise * inverse / 2, rel=1e-9)


def test_least_norm_without_noise_finds_the_teacher_as_soon_as_there_are_as_many_cases():
    assert perceptron.least_norm(1, 1, noise=0.0) == perceptron.least_norm(5, 5, noise=0.0) == 0
    assert perceptron.least_norm(4, 5, noise=0.0) == pytest.approx(0.1)
    assert perceptron.least_norm(1, 2, noise=0.5) == perceptron.least_norm(2, 1, noise=0.5) == np.inf


# --- Arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: perceptron.high_temperature(-1.0, weights="ising", output="sign"), "alpha must be zero or more"),
        (
            lambda: perceptron.high_temperature_free_energy(
                [0.1, 0.2], [1.0, 2.0, 3.0], weights="ising", output="sign"
            ),
            "overlap and alpha must broadcast",
        ),
        (
            lambda: perceptron.high_temperature(1.0, weights="binary", output="sign"),
            "weights must be one of 'ising",
        ),
        (
            lambda: perceptron.high_temperature(1.0, weights="ising", output="relu"),
            "output must be one of 'sign",
        ),
        (lambda: perceptron.quenched(np.nan, weights="ising"), "alpha must be finite"),
        (lambda: perceptron.quenched(1.0, weights=None), "weights must be one of"),
        (lambda: perceptron.generalisation_error(1.1), "overlap must lie between -1 and 1"),
        (lambda: perceptron.entropy(1.5, weights="sphere"), "overlap must lie between -1 and 1, got .*1.5"),
        (lambda: perceptron.entropy([0.5, -1.5], weights="ising"), "overlap must lie between -1 and 1"),
        (lambda: perceptron.quenched(1e101, weights="sphere"), r"alpha must be at most 1e\+100, got .*a power law"),
        (lambda: perceptron.maximal_stability(1e6), r"alpha must be at most 100000, got 1e\+06; beyond, .* power law"),
        (
            lambda: perceptron.maximal_stability([1.0, 1e-6]),
            "alpha must be at least 0.0001, got 1e-06; beyond, .* power",
        ),
        (
            lambda: perceptron.online("adatron", [1e9]),
            r"alphas must be at most 1e\+06, got 1e\+09; beyond, .* power law",
        ),
        (lambda: perceptron.maximal_stability(0.0), "alpha must be greater than zero"),
        (lambda: perceptron.online("backprop", 1.0), "rule must be one of 'hebb'"),
        (lambda: perceptron.online("hebb", [1.0, 0.0]), "alphas must be greater than zero"),
        (lambda: perceptron.linear_unit(1.0, temperature=0.0, noise=0.1), "temperature must be greater than zero"),
        (lambda: perceptron.least_norm(1.5, 10, noise=0.1), "cases must be an integer"),
        (lambda: perceptron.least_norm(0, 10, noise=0.1), "cases must be an integer of at least 1"),
        (lambda: perceptron.least_norm(10, 0, noise=0.1), "n must be an integer of at least 1"),
        (lambda: perceptron.maximal_stability(np.nextafter(1e5, np.inf)), "alpha must be at most 100000"),
        (lambda: perceptron.maximal_stability(np.nextafter(1e-4, 0)), "alpha must be at least 0.0001"),
        (lambda: perceptron.online("adatron", np.nextafter(1e6, np.inf)), r"alphas must be at most 1e\+06"),
        (lambda: perceptron.ising_shells(0), "n must be an integer of at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
