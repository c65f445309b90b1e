"""Independent component analysis: the energy and its three gradients, Amari's distance, instability, the sources."""

from itertools import product

import numpy as np
import pytest

from sgdphysics.energies import IndependentComponents, ica

NUMBERS = np.random.default_rng(4).normal(size=33)
MODEL = IndependentComponents(NUMBERS[:15].reshape(5, 3), decay=0.7)
Q = (np.eye(3) + 0.3 * NUMBERS[15:].reshape(2, 3, 3)).reshape(2, 9)


def test_positions_are_the_rows_of_the_matrix():
    assert (MODEL.size, MODEL.dimension, MODEL.n_cases) == (3, 9, 5)
    np.testing.assert_array_equal(MODEL.matrices(Q)[1, 2], Q[1, 6:])
    assert MODEL.matrices(Q[0]).shape == (3, 3)


def test_energy_is_minus_the_log_posterior():
    for q in Q:
        w = q.reshape(3, 3)
        y = MODEL.x @ w.T
        log = 5 * np.log(abs(np.linalg.det(w))) - np.sum(np.log(4 * np.cosh(y / 2) ** 2)) - 0.35 * np.sum(w**2)
        assert MODEL.energy(q) == pytest.approx(-log - 15 * np.log(4))  # the factor 1/4 of each density
    np.testing.assert_allclose(MODEL.energy(Q), [MODEL.energy(q) for q in Q])


def test_energy_of_many_cases_is_finite_and_the_sum_of_theirs():
    """ln cosh of thousands of cases, each by itself: the product of their 1 + |tanh|, near 2 each, would overflow."""
    x = np.random.default_rng(6).normal(scale=5.0, size=(3000, 3))
    w = Q[0].reshape(3, 3)
    y = x @ w.T
    misfit = np.sum(np.logaddexp(y / 2, -y / 2) - np.log(2)) * 2
    expected = misfit - 3000 * np.log(abs(np.linalg.det(w))) + 0.35 * np.sum(w**2)
    assert IndependentComponents(x, decay=0.7).energy(Q[0]) == pytest.approx(expected, rel=1e-12)


def test_without_a_decay_each_entry_has_a_prior_of_unit_variance():
    """Beyond the energy of a nearly flat prior lies |W|²/2."""
    unit, flat = IndependentComponents(MODEL.x), IndependentComponents(MODEL.x, decay=1e-12)
    np.testing.assert_allclose(unit.energy(Q) - flat.energy(Q), np.sum(Q**2, axis=-1) / 2, rtol=1e-10)


def differences(q):
    steps = 1e-5 * np.eye(9)
    return np.array([(MODEL.energy(q + h) - MODEL.energy(q - h)) / 2e-5 for h in steps])


def test_gradient_is_that_of_the_energy():
    expected = [differences(q) for q in Q]
    np.testing.assert_allclose(MODEL.gradient(Q), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(MODEL.gradient(Q[1]), expected[1], rtol=1e-6, atol=1e-6)


def test_natural_gradient_is_the_gradient_times_the_preconditioner():
    for q in Q:
        w = q.reshape(3, 3)
        expected = -(MODEL.gradient(q).reshape(3, 3) @ w.T @ w).ravel()
        np.testing.assert_allclose(MODEL.energy_and_natural_gradient(q)[1], expected, rtol=1e-11)
    one_batch_a_chain = MODEL.natural_gradient(Q, np.array([[0, 4], [2, 2]]))
    batches = [-MODEL.minibatch_gradient(q, np.array(rows)) for q, rows in zip(Q, ([0, 4], [2, 2]), strict=True)]
    for natural, batch, q in zip(one_batch_a_chain, batches, Q, strict=True):
        w = q.reshape(3, 3)
        np.testing.assert_allclose(natural, (batch.reshape(3, 3) @ w.T @ w).ravel(), rtol=1e-11)


@pytest.mark.parametrize("kind", ["gradient", "natural"])
def test_minibatches_are_unbiased_over_all_batches(kind):
    estimate = MODEL.minibatch_gradient if kind == "gradient" else MODEL.natural_gradient
    whole = MODEL.gradient(Q[0]) if kind == "gradient" else MODEL.energy_and_natural_gradient(Q[0])[1]
    estimates = [estimate(Q[0], np.array(rows)) for rows in product(range(5), repeat=2)]
    np.testing.assert_allclose(np.mean(estimates, axis=0), whole, rtol=1e-11)


def test_amari_distance():
    mixing = np.random.default_rng(0).normal(size=(4, 4))
    shuffled = np.diag([2.0, -0.1, 5.0, 1.0])[[2, 0, 3, 1]] @ np.linalg.inv(mixing)
    assert ica.amari_distance(shuffled, mixing) == pytest.approx(0.0, abs=1e-12)
    assert ica.amari_distance(np.ones((4, 4)), np.eye(4)) == pytest.approx(1.0)
    both = ica.amari_distance(np.stack([np.eye(4), mixing]), mixing)
    assert both.shape == (2,)
    assert np.all((both > 0) & (both < 1))


def test_amari_distance_counts_rows_and_columns_by_hand():
    """P = [[1, 1], [0, 1]]: one row and one column have a second entry as large as the largest; of four, two."""
    assert ica.amari_distance(np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2)) == pytest.approx(0.5)
    assert ica.amari_distance(np.array([[1.0, 0.5], [0.0, 2.0]]), np.eye(2)) == pytest.approx((0.5 + 0.25) / 4)


def test_amari_distance_of_stacks_is_that_of_each_pair():
    w, mixing = np.random.default_rng(7).normal(size=(2, 2, 4, 3, 3))
    found = ica.amari_distance(w, mixing)
    assert found.shape == (2, 4)
    for index in np.ndindex(2, 4):
        p, total = np.abs(w[index] @ mixing[index]), 0.0
        for line in (*p, *p.T):
            total += sum(line) / max(line) - 1
        assert found[index] == pytest.approx(total / 12, rel=1e-12)
    np.testing.assert_allclose(ica.amari_distance(w[0], mixing[0]), found[0], rtol=1e-14)


def test_amari_distance_refuses_a_row_or_column_of_zeros():
    """In each of a stack: of a line that is zero there is no largest entry."""
    for shape in [(3, 3), (2, 3, 3), (2, 2, 3, 3)]:
        row, column = np.ones(shape), np.ones(shape)
        row[..., 1, :] = column[..., :, 1] = 0.0
        with pytest.raises(ValueError, match="no row of their product"):
            ica.amari_distance(row, np.eye(3))
        with pytest.raises(ValueError, match="no column of their product"):
            ica.amari_distance(column, np.eye(3))


@pytest.mark.parametrize(
    ("w", "mixing"), [((), ()), ((1, 1), (1, 1)), ((2, 3), (3, 3)), ((3, 3), (3, 2)), ((3, 3), (3,)), ((3,), (3, 3))]
)
def test_amari_distance_is_of_square_matrices_of_at_least_two_rows(w, mixing):
    with pytest.raises(ValueError, match="d at least 2"):
        ica.amari_distance(np.ones(w), np.ones(mixing))


def test_instability_of_chains_is_the_sum_of_variances_entry_by_entry():
    rng = np.random.default_rng(8)
    w, x = rng.normal(size=(6, 2, 4, 3, 3)), rng.normal(size=(7, 3)) * [0.5, 1.0, 3.0]
    found = ica.instability(w, x)
    assert found.shape == (2, 4, 3)
    for index in np.ndindex(2, 4, 3):
        entries = [w[(slice(None), *index, j)] for j in range(3)]
        expected = sum(np.mean((entry - entry.mean()) ** 2) * x[:, j].var() for j, entry in enumerate(entries))
        assert found[index] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(ica.instability(np.ones((1, 1, 1)), np.ones((1, 1))), [0.0])


@pytest.mark.parametrize(
    ("w", "x"),
    [
        ((0, 2, 2), (3, 2)),
        ((4, 2, 2), (0, 2)),
        ((2, 2), (3, 2)),
        ((2,), (3, 2)),
        ((4, 2, 3), (3, 2)),
        ((4, 3, 3), (3, 2)),
    ],
)
def test_instability_is_of_states_and_cases_that_fit(w, x):
    with pytest.raises(ValueError, match="w must have shape"):
        ica.instability(np.ones(w), np.ones(x))


def test_instability_by_hand():
    w = np.array([[[0.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, 5.0]]])
    x = np.array([[0.0, 0.0], [4.0, 6.0]])
    np.testing.assert_allclose(ica.instability(w, x), [1 * 4.0, 4 * 9.0])


def test_artificial_sources_are_three_of_high_kurtosis_and_three_normal():
    s = ica.artificial_sources(200_000, np.random.default_rng(1))
    assert s.shape == (200_000, 6)
    np.testing.assert_allclose(s.var(axis=0), 1.0, atol=0.05)
    kurtosis = np.mean(s**4, axis=0)
    assert np.all(kurtosis[:3] > 20)
    np.testing.assert_allclose(kurtosis[3:], 3.0, atol=0.1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="x must have 2 axes"):
        IndependentComponents(np.ones(3))
    with pytest.raises(ValueError, match="decay must be a scalar"):
        IndependentComponents(np.ones((3, 2)), decay=[1.0, 2.0])
    with pytest.raises(ValueError, match="decay must be greater than zero"):
        IndependentComponents(np.ones((3, 2)), decay=0.0)
    for shape in [(0, 3), (3, 0)]:
        with pytest.raises(ValueError, match="x must hold at least one case"):
            IndependentComponents(np.ones(shape))
    with pytest.raises(ValueError, match="n_cases must be an integer of at least 1"):
        ica.artificial_sources(0, np.random.default_rng(0))
