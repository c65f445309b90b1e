"""Logistic regression, the tied mixture, the small classifier: gradients, all minibatches, oracles, symmetry."""

from itertools import product

import numpy as np
import pytest

from sgdphysics import energies
from sgdphysics.energies import softmax

RNG = np.random.default_rng(21)
X, Y = RNG.normal(size=(5, 3)), np.array([1.0, -1.0, -1.0, 1.0, 1.0])
CASES = np.array([[0, 1, 2], [4, 3, 0]])
ENERGIES = {
    "laplace": energies.LogisticRegression(X, Y, scale=0.7),
    "normal": energies.LogisticRegression(X, Y, prior="normal", scale=1.6),
    "mixture": energies.TiedMixture(RNG.normal(size=5)),
    "classifier": softmax.SoftmaxNetwork(X, [0, 2, 1, 2, 0], hidden=4, prior_scale=0.8),
}
OPTIONS = {
    energies.LogisticRegression: {"scale": 0.7},
    softmax.SoftmaxNetwork: {"hidden": 4, "prior_scale": 0.8},
}
SPLIT = {
    "laplace": energies.LogisticRegression(X, Y, scale=0.7, cases=CASES),
    "classifier": softmax.SoftmaxNetwork(X, [0, 2, 1, 2, 0], hidden=4, prior_scale=0.8, cases=CASES),
}


@pytest.mark.parametrize("energy", [*ENERGIES.values(), *SPLIT.values()], ids=[*ENERGIES, "split", "split classifier"])
def test_gradient_is_the_derivative_of_the_energy(energy):
    q = np.random.default_rng(1).normal(size=(2, energy.dimension))
    h = 1e-5 * np.eye(energy.dimension)
    differences = [(energy.energy(q + e) - energy.energy(q - e)) / 2e-5 for e in h]
    np.testing.assert_allclose(energy.gradient(q), np.stack(differences, axis=-1), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("energy", ENERGIES.values(), ids=ENERGIES)
def test_many_chains_are_as_many_single_ones(energy):
    q = np.random.default_rng(1).normal(size=(3, 2, energy.dimension))
    rows = np.random.default_rng(2).integers(5, size=(3, 2, 4))
    for index in np.ndindex(3, 2):
        np.testing.assert_allclose(energy.energy(q)[index], energy.energy(q[index]))
        np.testing.assert_allclose(energy.gradient(q)[index], energy.gradient(q[index]))
        one = energy.minibatch_gradient(q[index], rows[index])
        np.testing.assert_allclose(energy.minibatch_gradient(q, rows)[index], one)


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("energy", ENERGIES.values(), ids=ENERGIES)
def test_minibatch_gradient_is_unbiased_over_all_batches(energy, batch):
    q = np.random.default_rng(3).normal(size=energy.dimension)
    estimates = [energy.minibatch_gradient(q, np.array(rows)) for rows in product(range(5), repeat=batch)]
    np.testing.assert_allclose(np.mean(estimates, axis=0), energy.gradient(q), rtol=1e-11, atol=1e-12)
    assert np.var(estimates, axis=0).max() > 0.0


@pytest.mark.parametrize("energy", SPLIT.values(), ids=SPLIT)
def test_each_chain_learns_from_its_own_cases(energy):
    q = np.random.default_rng(4).normal(size=(2, energy.dimension))
    estimates = [energy.minibatch_gradient(q, np.array([rows, rows])) for rows in product(range(3), repeat=2)]
    np.testing.assert_allclose(np.mean(estimates, axis=0), energy.gradient(q), rtol=1e-11, atol=1e-12)
    assert energy.n_cases == 3
    for chain, cases in enumerate(CASES):
        alone = type(energy)(X, energy.y, **OPTIONS[type(energy)], cases=cases[np.newaxis])
        np.testing.assert_allclose(energy.energy(q)[chain], alone.energy(q[chain : chain + 1])[0])


@pytest.mark.parametrize("energy", SPLIT.values(), ids=SPLIT)
@pytest.mark.parametrize("shape", [(2, 1, 3), (1, 2, 3), (3, 2)])
def test_batches_are_one_for_each_training_set(energy, shape):
    with pytest.raises(ValueError, match="rows must be one batch for each of the 2 training sets"):
        energy.minibatch_gradient(np.zeros((2, energy.dimension)), np.zeros(shape, int))


@pytest.mark.parametrize("energy", [*ENERGIES.values(), *SPLIT.values()], ids=[*ENERGIES, "split", "split classifier"])
def test_one_batch_for_all_chains(energy):
    q = np.random.default_rng(4).normal(size=(2, energy.dimension))
    rows = np.array([2, 0, 2])
    np.testing.assert_allclose(energy.minibatch_gradient(q, rows), energy.minibatch_gradient(q, np.array([rows, rows])))


@pytest.mark.parametrize("energy", SPLIT.values(), ids=SPLIT)
def test_chains_that_do_not_fit_the_training_sets_are_named(energy):
    with pytest.raises(ValueError, match=r"rows must be one batch for each of the 2 training sets, got \(3, 1\)"):
        energy.minibatch_gradient(np.zeros((3, energy.dimension)), np.zeros((3, 1), int))


def test_a_training_set_is_the_data_set_of_its_cases():
    q = np.random.default_rng(4).normal(size=(2, 3))
    for chain, cases in enumerate(CASES):
        alone = energies.LogisticRegression(X[cases], Y[cases], scale=0.7)
        np.testing.assert_allclose(SPLIT["laplace"].energy(q)[chain], alone.energy(q[chain]))
        np.testing.assert_allclose(SPLIT["laplace"].gradient(q)[chain], alone.gradient(q[chain]))


def test_logistic_energy_by_hand_and_without_overflow():
    energy = energies.LogisticRegression([[2.0], [1.0]], [1.0, -1.0], scale=0.5)
    expected = np.log(1 + np.exp(-1.0)) + np.log(1 + np.exp(0.5)) + 1.0
    assert energy.energy(np.array([0.5])) == pytest.approx(expected)
    with np.errstate(over="raise", invalid="raise"):
        assert energy.energy(np.array([1e3])) == pytest.approx(1e3 + 2e3)
        np.testing.assert_allclose(energy.gradient(np.array([1e3])), [1.0 + 2.0])


def test_tied_mixture_is_minus_the_log_posterior_of_scipy():
    norm = pytest.importorskip("scipy.stats").norm
    energy, q = ENERGIES["mixture"], np.random.default_rng(5).normal(size=(6, 2))
    logs = []
    for first, shift in q:
        likelihood = 0.5 * norm.pdf(energy.x, first, 2**0.5) + 0.5 * norm.pdf(energy.x, first + shift, 2**0.5)
        logs.append(np.log(likelihood).sum() + norm.logpdf(first, 0, 10**0.5) + norm.logpdf(shift, 0, 1))
    np.testing.assert_allclose(energy.energy(q) - energy.energy(q[0]), logs[0] - np.array(logs), atol=1e-10)


def test_exchange_of_the_two_means():
    energy, q = ENERGIES["mixture"], np.random.default_rng(6).normal(size=(20, 2))
    partner = np.stack([q.sum(axis=1), -q[:, 1]], axis=1)
    expected = -(q.sum(axis=1) ** 2 - q[:, 0] ** 2) / 20
    np.testing.assert_allclose(energy.energy(q) - energy.energy(partner), expected, atol=1e-12)


def test_scores_add_up_to_the_gradient():
    energy, q = ENERGIES["mixture"], np.array([0.3, -0.8])
    np.testing.assert_allclose(energy.scores(q).sum(axis=0), -energy.gradient(q))
    assert energy.scores(np.stack([q, q])).shape == (2, 5, 2)
    one = [-energy.minibatch_gradient(q, np.array([c])) / 5 for c in range(5)]
    np.testing.assert_allclose(energy.scores(q), one)


def test_classifier_probabilities_are_those_of_its_energy():
    energy = ENERGIES["classifier"]
    q = np.random.default_rng(7).normal(size=(3, energy.dimension))
    p = energy.probabilities(q, X)
    assert p.shape == (3, 5, 3)
    np.testing.assert_allclose(p.sum(axis=-1), 1.0)
    misfit = -np.log(p[:, np.arange(5), energy.y]).sum(axis=1)
    np.testing.assert_allclose(energy.energy(q), misfit + np.sum(q**2, axis=1) / (2 * 0.64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: energies.LogisticRegression(X, Y > 0), r"y must hold the labels -1 and \+1 alone"),
        (lambda: energies.LogisticRegression(X, Y, prior="gauss"), "prior must be"),
        (lambda: energies.LogisticRegression(X, Y, scale=0.0), "scale must be greater than zero, got 0.0"),
        (lambda: energies.LogisticRegression(X, Y, scale=[0.5, 1.0]), r"scale must be a scalar, got shape \(2,\)"),
        (
            lambda: softmax.SoftmaxNetwork(X, [0, 1, 0, 1, 0], 4, [1.0]),
            r"prior_scale must be a scalar, got shape \(1,\)",
        ),
        (lambda: energies.LogisticRegression(X, Y, cases=np.ma.masked_equal([[0, 1]], 1)), "cases must not be masked"),
        (lambda: energies.LogisticRegression(X, Y[:4]), "one row for each y"),
        (lambda: energies.LogisticRegression(X, Y, cases=[[0, 5]]), "cases must lie between 0 and 4, got 0 to 5"),
        (lambda: energies.LogisticRegression(X, Y, cases=[0, 1]), r"cases must be integers of shape \(chains, n\)"),
        (lambda: energies.TiedMixture([np.nan]), "x must be finite"),
        (lambda: energies.TiedMixture([]), "x must hold at least one case"),
        (lambda: softmax.SoftmaxNetwork(X, Y, 4, 1.0), "y must hold classes 0, 1"),
        (lambda: softmax.SoftmaxNetwork(X, [0, 1, 0, 1, 0], 0, 1.0), "hidden must be an integer of at least 1"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


REPEATED = np.array([[0, 1, 1], [4, 4, 4], [2, 0, 2]])


@pytest.mark.parametrize(
    "make",
    [
        lambda cases: energies.LogisticRegression(X, Y, scale=0.7, cases=cases),
        lambda cases: energies.LogisticRegression(X, Y, prior="normal", scale=0.7, cases=cases),
        lambda cases: softmax.SoftmaxNetwork(X, [0, 2, 1, 2, 0], hidden=4, prior_scale=0.8, cases=cases),
    ],
)
def test_a_case_that_was_drawn_twice_counts_twice(make):
    """As in a bootstrap: energy, gradient and the mean of all minibatches are those of the written-out training set."""
    energy, whole = make(REPEATED), make(None)
    q = np.random.default_rng(4).normal(size=(3, energy.dimension))
    estimates = [energy.minibatch_gradient(q, np.array(3 * [rows])) for rows in product(range(3), repeat=2)]
    np.testing.assert_allclose(np.mean(estimates, axis=0), energy.gradient(q), rtol=1e-11, atol=1e-12)
    prior = whole.energy(q) - sum(case_energy(whole, q, c) for c in range(5))
    for chain, cases in enumerate(REPEATED):
        by_hand = prior[chain] + sum(case_energy(whole, q, c)[chain] for c in cases)
        assert energy.energy(q)[chain] == pytest.approx(by_hand, rel=1e-12)


def case_energy(energy, q, case):
    """What one case adds to the energy, from what the model says of it."""
    if isinstance(energy, energies.LogisticRegression):
        return np.log1p(np.exp(-energy.y[case] * q @ energy.x[case]))
    return -np.log(energy.probabilities(q, X)[:, case, energy.y[case]])


def test_the_classifier_s_probabilities_are_the_formula():
    energy, q = ENERGIES["classifier"], np.random.default_rng(7).normal(size=27 + 4)
    u, a, v, b = q[:12].reshape(4, 3), q[12:16], q[16:28].reshape(3, 4), q[28:]
    for x, found in zip(X, energy.probabilities(q, X), strict=True):
        odds = np.exp(b + v @ np.tanh(a + u @ x))
        np.testing.assert_allclose(found, odds / odds.sum(), rtol=1e-12)


def test_a_minibatch_of_the_line_is_the_formula():
    model = energies.LinearRegression(X, Y, noise=0.6, prior_scale=1.7)
    q, rows = np.array([0.3, -1.0, 0.5]), np.array([3, 3, 1])
    misfit = sum((X[c] @ q - Y[c]) * X[c] for c in rows) * 5 / 3 / 0.6**2
    np.testing.assert_allclose(model.minibatch_gradient(q, rows), misfit + q / 1.7**2, rtol=1e-12)
    squares = sum((Y[c] - X[c] @ q) ** 2 for c in range(5))
    assert model.energy(q) == pytest.approx(squares / (2 * 0.6**2) + q @ q / (2 * 1.7**2), rel=1e-12)
