"""What runs in the chapter on learning, against enumeration and against the laws for many weights."""

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr

from sgdphysics import learning
from sgdphysics.exact import perceptron


def test_examples_are_the_teachers():
    rng = np.random.default_rng(1)
    for weights in learning.WEIGHTS:
        teacher, inputs, labels = learning.teach(30, 2000, weights=weights, rng=rng)
        assert teacher @ teacher == pytest.approx(30)
        assert (labels == np.sign(inputs @ teacher)).all()
    teacher, inputs, labels = learning.teach(30, 20_000, weights="ising", noise=1.0, rng=rng)
    wrong = (labels != np.sign(inputs @ teacher)).mean()
    assert wrong == pytest.approx(0.25, abs=4.5 * np.sqrt(0.25 * 0.75 / 20_000))  # arctan(σ)/π
    assert learning.teach(3, 0, weights="ising", rng=rng).inputs.shape == (0, 3)


def test_all_students_and_their_fields():
    students = learning.ising_students(5)
    assert len(np.unique(students, axis=0)) == 32
    inputs = np.random.default_rng(2).standard_normal((7, 3, 5))
    assert learning.ising_fields(inputs) == pytest.approx(inputs @ students.T)


def test_the_sieve_keeps_who_made_no_error_so_far():
    teacher, inputs, labels = learning.teach(6, 12, weights="ising", rng=np.random.default_rng(3))
    students, kept = learning.ising_students(6), learning.sieve(inputs, labels)
    assert kept[0].all()
    for p in range(13):
        assert (kept[p] == [(np.sign(inputs[:p] @ w) == labels[:p]).all() for w in students]).all()
    assert kept[:, (students == teacher).all(axis=1)].all()


def test_who_cannot_decide_has_erred():
    assert learning.sieve([[1.0, 1.0]], [1.0]).tolist() == [[True] * 4, [False, False, False, True]]


def exact_means(inputs, labels, noise):
    """Posterior means of Ising weights, by the sum over all of them."""
    students = learning.ising_students(inputs.shape[1])
    log = log_ndtr(labels * (students @ inputs.T) / np.sqrt(inputs.shape[1]) / noise).sum(axis=1)
    weight = np.exp(log - log.max())
    return weight @ students / weight.sum()


def test_messages_are_the_exact_means_where_noise_is_high():
    noise, off, scale, echo = 3.0, [], [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        _, inputs, labels = learning.teach(12, 30, weights="ising", noise=noise, rng=rng)
        exact = exact_means(inputs, labels, noise)
        found = learning.message_passing(inputs, labels, weights="ising", noise=noise)
        assert found.converged
        assert found.variance == pytest.approx(1 - found.mean**2)
        off.append(np.abs(found.mean - exact).max())
        scale.append(np.abs(exact).max())
        echo.append(np.abs(without_onsager(inputs, labels, noise) - exact).max())
    assert max(off) < 0.05 < min(scale)
    assert np.mean(off) < np.mean(echo) / 3


def without_onsager(inputs, labels, noise):
    """The same rounds with each example's echo counted."""
    cases, n = inputs.shape
    m = np.zeros(n)
    for _ in range(200):
        total = np.mean(1 - m**2) + noise**2
        u = labels * (inputs @ m) / np.sqrt(n * total)
        f = labels * np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi * total) / ndtr(u)
        m = np.tanh(f @ inputs / np.sqrt(n))
    return m


@pytest.mark.parametrize(("weights", "alpha"), [("ising", 0.5), ("ising", 1.0), ("sphere", 1.0), ("sphere", 3.0)])
def test_messages_find_the_quenched_overlap(weights, alpha):
    n, rng, found = 1000, np.random.default_rng(4), []
    for _ in range(8):
        teacher, inputs, labels = learning.teach(n, int(alpha * n), weights=weights, rng=rng)
        run = learning.message_passing(inputs, labels, weights=weights)
        assert run.converged
        found.append((run.mean @ teacher / n, run.mean @ run.mean / n))
    exact = float(perceptron.quenched(alpha, weights=weights).overlap)
    for overlap in np.transpose(found):
        assert overlap.mean() == pytest.approx(exact, abs=0.02)
    assert abs(float(perceptron.quenched(alpha / 2, weights=weights).overlap) - exact) > 0.06


def test_messages_find_the_teacher_beyond_the_spinodal():
    rng = np.random.default_rng(5)
    for _ in range(3):
        teacher, inputs, labels = learning.teach(1500, 2700, weights="ising", rng=rng)
        run = learning.message_passing(inputs, labels, weights="ising")
        assert run.converged
        assert (np.sign(run.mean) == teacher).all()


def test_messages_say_when_they_have_not_arrived():
    _, inputs, labels = learning.teach(200, 240, weights="ising", rng=np.random.default_rng(6))
    run = learning.message_passing(inputs, labels, weights="ising", most_rounds=3)
    assert (run.rounds, run.converged) == (3, False)


@pytest.mark.parametrize("rule", learning.RULES)
def test_online_runs_follow_their_law(rule):
    alphas, rng = [1.0, 4.0], np.random.default_rng(7)
    overlap = learning.online(rule, alphas, n=300, students=40, rng=rng)
    error = np.arccos(overlap) / np.pi
    se = error.std(axis=1, ddof=1) / np.sqrt(40)
    law = perceptron.online(rule, alphas)
    assert (np.abs(error.mean(axis=1) - law) < 5 * se + 1.5 / 300).all()
    other = {"hebb": "perceptron", "perceptron": "adatron", "adatron": "optimal", "optimal": "hebb"}[rule]
    assert (np.abs(error.mean(axis=1) - perceptron.online(other, alphas)) > 5 * se + 1.5 / 300).any()


def test_online_runs_without_a_load_note_nothing():
    assert learning.online("adatron", [], n=5, students=3, rng=np.random.default_rng(1)).shape == (0, 3)


def test_online_notes_each_load_after_as_many_examples():
    found = learning.online("hebb", [0.5, 1.0], n=2, students=4, rng=np.random.default_rng(11))
    x = np.random.default_rng(11).standard_normal((2, 4, 2))
    J = np.cumsum(x * np.sign(x[..., :1]), axis=0)
    assert found == pytest.approx(J[..., 0] / np.linalg.norm(J, axis=-1))


def test_the_best_rule_starts_as_hebb():
    """Who knows nothing, or less, takes the example as it is; for others it is |J| s g(x)/(R Φ(x)), x = R u/(|J| s)."""
    u, length, r = np.array([0.5, 0.5, 1.2]), np.array([0.0, 2.0, 2.0]), np.array([0.0, -0.1, 0.6])
    x = 0.6 * 1.2 / (2 * 0.8)
    best = 2 * 0.8 / 0.6 * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / ndtr(x)
    assert learning._best_strength(u, length, r) == pytest.approx([1, 1, best])


def test_a_code_has_its_degrees():
    checks = learning.regular_code(60, rng=np.random.default_rng(8))
    assert checks.shape == (30, 6)
    assert (np.bincount(checks.ravel(), minlength=60) == 3).all()


def test_peeling_by_hand():
    checks = np.array([[0, 1, 2], [2, 3, 4], [3, 4, 5], [5, 5, 0]])
    left = learning.peel(checks, np.array([0, 0, 1, 1, 0, 0], bool))
    assert not left.any()
    erased = np.array([0, 0, 1, 1, 0, 0], bool)
    learning.peel(checks, erased)
    assert erased.sum() == 2  # the caller's own is left as it was
    stuck = learning.peel(checks, np.array([0, 0, 0, 1, 1, 0], bool))
    assert stuck.tolist() == [False, False, False, True, True, False]
    twice = learning.peel(np.array([[0, 0, 1]]), np.array([True, False]))
    assert twice.tolist() == [True, False]  # a bit that a check adds twice cancels


def test_peeling_leaves_what_density_evolution_says():
    rng, x = np.random.default_rng(9), 1.0
    for _ in range(2000):
        x = 0.45 * (1 - (1 - x) ** 5) ** 2
    expected = 0.45 * (1 - (1 - x) ** 5) ** 3
    left = [learning.peel(learning.regular_code(12_000, rng=rng), rng.random(12_000) < 0.45).mean() for _ in range(6)]
    assert np.mean(left) == pytest.approx(expected, abs=0.012)
    easy = learning.peel(learning.regular_code(12_000, rng=rng), rng.random(12_000) < 0.40)
    assert not easy.any()


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learning.teach(5, -1, weights="ising", rng=RNG), "cases must be an integer of at least 0"),
        (lambda: learning.teach(5, 1, weights="binary", rng=RNG), "weights must be one of 'ising', 'sphere'"),
        (lambda: learning.teach(5, 1, weights="ising", rng=3), "rng must be a numpy.random.Generator"),
        (lambda: learning.ising_students(17), "n must be at most 16"),
        (lambda: learning.ising_fields(np.zeros((2, 20))), "n must be at most 16"),
        (lambda: learning.sieve(np.zeros((2, 3)), [1.0]), "labels must be one for each"),
        (lambda: learning.sieve(np.zeros((2, 3)), [1.0, 0.0]), r"labels must be \+1 or -1"),
        (lambda: learning.message_passing(np.zeros((0, 3)), [], weights="ising"), "labels must be one for each"),
        (
            lambda: learning.message_passing(np.ones((1, 3)), [1.0], weights="ising", noise=-1.0),
            "noise must be zero or",
        ),
        (
            lambda: learning.message_passing(1e3 * RNG.standard_normal((20, 10)), np.ones(20), weights="sphere"),
            r"inputs must have unit variance, got a mean square of .*e\+0[56]: divide by its root",
        ),
        (
            lambda: learning.message_passing(RNG.random((20, 10)) / 3, np.ones(20), weights="ising"),
            "inputs must have unit variance",
        ),
        (lambda: learning.online("newton", 1.0, n=5, students=1, rng=RNG), "rule must be one of 'hebb'"),
        (lambda: learning.online("hebb", [2.0, 1.0], n=5, students=1, rng=RNG), "alphas must be a list of increasing"),
        (lambda: learning.regular_code(5, rng=RNG), "n must make"),
        (lambda: learning.peel(np.array([[0, 9]]), np.array([True, False])), "checks must lie between 0 and 1"),
        (lambda: learning.peel(np.array([[0, 1]]), np.array([1, 0])), "erased must be booleans"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
