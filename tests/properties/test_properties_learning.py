"""Properties of students and decoders: names of weights and of examples, signs that cancel, what never comes back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    RNG,
    Call,
    array,
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
    word,
)

from sgdphysics import learning

TAUGHT = learning.teach(4, 9, weights="ising", rng=random(1))
INPUTS, LABELS = (
    array(shapes=[(), (9,), (8, 4)], empty=False),
    array(shapes=[(), (8,), (9, 1)], wrong=[0.0, 2.0], empty=False),
)
CHECKS = learning.regular_code(12, rng=random(2))
ERASED = np.arange(12) % 3 == 0

CALLS = [
    Call(
        learning.teach,
        {"n": 4, "cases": 9, "weights": "sphere", "noise": 0.5, "rng": RNG},
        {"n": integer(1), "cases": integer(0), "weights": word, "noise": number(zero=True), "rng": generator},
    ),
    Call(learning.ising_students, {"n": 3}, {"n": integer(1, most=16)}),
    Call(
        learning.ising_fields,
        {"inputs": TAUGHT.inputs},
        {"inputs": array(shapes=[(), (2, 0), (1, 17)], empty=False)},
        {"inputs": "inputs|n"},
    ),
    Call(
        learning.sieve,
        {"inputs": TAUGHT.inputs, "labels": TAUGHT.labels},
        {"inputs": INPUTS, "labels": LABELS},
        {"inputs": "inputs|labels"},
    ),
    Call(
        learning.message_passing,
        {"inputs": TAUGHT.inputs, "labels": TAUGHT.labels, "weights": "ising"}
        | {"noise": 0.2, "most_rounds": 5, "tolerance": 1e-3},
        {
            "inputs": lambda good: INPUTS(good) | st.sampled_from([np.zeros((9, 0)), np.ones((9, 40)) * 9]),
            "labels": LABELS,
            "weights": word,
            "noise": number(zero=True),
            "most_rounds": integer(1),
            "tolerance": number(),
        },
        {"inputs": "inputs|labels"},
    ),
    Call(
        learning.online,
        {"rule": "optimal", "alphas": [0.5, 1.0], "n": 5, "students": 2, "rng": RNG},
        {
            "rule": word,
            "alphas": each(more=[[1.0, 0.5], [[0.5, 1.0]], []]),
            "n": integer(2),
            "students": integer(1),
            "rng": generator,
        },
    ),
    Call(
        learning.regular_code,
        {"n": 12, "variable_degree": 3, "check_degree": 6, "rng": RNG},
        {
            "n": integer(1, more=[7]),
            "variable_degree": integer(1),
            "check_degree": integer(2),
            "rng": generator,
        },
        {"check_degree": "check_degree"},
    ),
    Call(
        learning.peel,
        {"checks": CHECKS, "erased": ERASED},
        {
            "checks": lambda good: st.sampled_from(
                [None, good * 1.0, good[0], good - 1, good + 1, [], "c", good * 1j, [[True]]]
            ),
            "erased": lambda good: st.sampled_from(
                [None, good * 1, good * 1.0, good[:, np.newaxis], "e", True, good.tolist() * 0]
            ),
        },
        {"erased": "erased|checks"},
    ),
]
test_a_bad_argument_is_refused_by_its_name = refusal_test(CALLS)
test_a_call_repeats_and_changes_no_argument = intact_test(CALLS)


@law(learning.teach)
@given(
    seed=seeds,
    n=st.integers(1, 9),
    cases=st.integers(0, 9),
    kind=st.sampled_from(learning.WEIGHTS),
    noise=st.sampled_from([0.0, 0.7]),
)
def test_a_teacher_lies_on_its_sphere_and_answers_with_signs(seed, n, cases, kind, noise):
    teacher, inputs, labels = learning.teach(n, cases, weights=kind, noise=noise, rng=random(seed))
    assert (teacher.shape, inputs.shape, labels.shape) == ((n,), (cases, n), (cases,))
    close(teacher @ teacher, n)
    assert set(labels) <= {-1.0, 1.0}
    if kind == "ising":
        assert (np.abs(teacher) == 1).all()
    if not noise:
        np.testing.assert_array_equal(labels, np.where(inputs @ teacher >= 0, 1.0, -1.0))


@law(learning.ising_students, learning.ising_fields, learning.sieve)
@given(seed=seeds, n=st.integers(1, 6), cases=st.integers(0, 6), scale=factors)
def test_students_are_listed_once_and_sieved(seed, n, cases, scale):
    teacher, inputs, labels = learning.teach(n, cases, weights="ising", rng=random(seed))
    students, fields = learning.ising_students(n), learning.ising_fields(inputs)
    assert len(np.unique(students, axis=0)) == 2**n == len(students)
    close(fields, inputs @ students.T)
    close(learning.ising_fields(scale * inputs), scale * fields)
    close(learning.ising_fields(np.stack([inputs, -inputs]))[1], -fields)
    np.testing.assert_array_equal(students[::-1], -students)
    kept = learning.sieve(inputs, labels)
    assert kept.shape == (cases + 1, 2**n)
    assert kept[0].all()
    assert (kept[1:] <= kept[:-1]).all()
    assert kept[:, (students == teacher).all(axis=1)].all()
    order = random(seed).permutation(cases)
    np.testing.assert_array_equal(learning.sieve(inputs[order], labels[order])[-1], kept[-1])
    np.testing.assert_array_equal(learning.sieve(scale * inputs, labels), kept)
    np.testing.assert_array_equal(learning.sieve(-inputs, -labels), kept)


@law(learning.message_passing)
@examples(3)
@given(seed=seeds, kind=st.sampled_from(learning.WEIGHTS), noise=st.sampled_from([0.0, 0.5]))
def test_messages_know_no_names(seed, kind, noise):
    rng = random(seed)
    _, inputs, labels = learning.teach(12, 20, weights=kind, noise=noise, rng=rng)
    run = {"weights": kind, "noise": noise, "most_rounds": 15}
    found = learning.message_passing(inputs, labels, **run)
    assert found.mean.shape == found.variance.shape == (12,)
    assert ((found.variance >= 0) & (found.variance <= 1)).all()
    cases, weights, signs = rng.permutation(20), rng.permutation(12), rng.choice([-1.0, 1.0], 12)
    for other, mean in (
        (learning.message_passing(inputs[cases], labels[cases], **run), found.mean),
        (learning.message_passing(inputs[:, weights], labels, **run), found.mean[weights]),
        (learning.message_passing(inputs * signs, labels, **run), found.mean * signs),
        (learning.message_passing(inputs, -labels, **run), -found.mean),
    ):
        np.testing.assert_allclose(other.mean, mean, atol=1e-5)
    if found.converged:
        assert found.rounds <= 15


@law(learning.online)
@given(seed=seeds, rule=st.sampled_from(learning.RULES), n=st.integers(2, 9), students=st.integers(1, 4))
def test_an_overlap_is_a_cosine_and_looking_changes_nothing(seed, rule, n, students):
    often, once = (
        learning.online(rule, alphas, n=n, students=students, rng=random(seed)) for alphas in ([0.5, 1.0, 2.0], 2.0)
    )
    assert often.shape == (3, students)
    assert (np.abs(often) <= 1 + 1e-12).all()
    np.testing.assert_array_equal(often[-1:], once)


@law(learning.regular_code, learning.peel)
@examples(2)
@given(seed=seeds, m=st.integers(1, 8), left=st.integers(1, 4), share=st.floats(0.0, 1.0))
def test_a_code_is_regular_and_peeling_only_takes_away(seed, m, left, share):
    rng = random(seed)
    checks = learning.regular_code(2 * m, variable_degree=left, check_degree=2, rng=rng)
    np.testing.assert_array_equal(np.bincount(checks.ravel(), minlength=2 * m), left)
    assert checks.shape == (m * left, 2)
    erased = rng.random(2 * m) < share
    rest = learning.peel(checks, erased)
    assert (rest <= erased).all()
    np.testing.assert_array_equal(learning.peel(checks, rest), rest)
    np.testing.assert_array_equal(learning.peel(checks[rng.permutation(len(checks))][:, ::-1], erased), rest)
    names = rng.permutation(2 * m)
    renamed = np.zeros(2 * m, bool)
    renamed[names] = erased
    np.testing.assert_array_equal(learning.peel(names[checks], renamed)[names], rest)
    fewer = erased & (rng.random(2 * m) < 0.5)
    assert (learning.peel(checks, fewer) <= rest).all()
    assert (rest[checks].sum(axis=1) != 1).all()
