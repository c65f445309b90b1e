"""The small classifier's extras: slopes of its logits, forces in single precision."""

import numpy as np
import pytest

from sgdphysics.dynamics import hamiltonian_monte_carlo
from sgdphysics.energies import SoftmaxNetwork

RNG = np.random.default_rng(31)
X, Y = RNG.normal(size=(12, 3)), np.arange(12) % 4
NETWORK = SoftmaxNetwork(X, Y, hidden=5, prior_scale=0.8)
Q = 0.5 * RNG.standard_normal(NETWORK.dimension)


def logits(q, x):
    u, a, v, b = NETWORK.weights(q)
    return (v @ np.tanh(u @ x.T + a) + b).T


def test_jacobian_by_differences():
    steps = 1e-5 * np.eye(NETWORK.dimension)
    expected = np.stack([(logits(Q + h, X) - logits(Q - h, X)) / 2e-5 for h in steps], axis=-1)
    assert expected.shape == (12, 4, NETWORK.dimension)
    np.testing.assert_allclose(NETWORK.jacobian(Q, X), expected, atol=1e-8)


def test_probabilities_of_enormous_weights():
    """The exponentials of logits of thousands would overflow, were the largest not taken away first."""
    p = NETWORK.probabilities(1e3 * Q, X)
    np.testing.assert_allclose(p.sum(axis=-1), 1.0)
    np.testing.assert_array_equal(p.argmax(axis=-1), logits(1e3 * Q, X).argmax(axis=-1))


def test_slopes_along_directions_are_the_jacobian_times_them():
    directions = RNG.standard_normal((2, 3, NETWORK.dimension))
    expected = np.einsum("ckd,abd->abck", NETWORK.jacobian(Q, X), directions)
    np.testing.assert_allclose(NETWORK.along(Q, directions, X), expected, rtol=1e-10, atol=1e-12)


def test_forces_in_float32_are_those_of_float64_to_single_precision():
    cases = np.array([[0, 1, 2, 3, 7], [4, 5, 6, 7, 7]])
    single, double = (SoftmaxNetwork(X, Y, 5, 0.8, cases=cases, force_dtype=kind) for kind in ("float32", None))
    q, rows = np.stack([Q, -Q]), np.array([[0, 4], [3, 3]])
    assert single.gradient(q).dtype == np.float64
    np.testing.assert_allclose(single.gradient(q), double.gradient(q), atol=1e-4)
    np.testing.assert_allclose(single.minibatch_gradient(q, rows), double.minibatch_gradient(q, rows), atol=1e-4)
    np.testing.assert_array_equal(single.energy(q), double.energy(q))


def test_forces_in_float32_sample_the_same_law():
    """The virial theorem ⟨q·∇E⟩ = d T holds with single-precision forces, since they are functions of q alone."""
    single = SoftmaxNetwork(X, Y, 5, 0.8, force_dtype="float32")
    start = 0.5 * np.random.default_rng(1).standard_normal((200, single.dimension))
    plan = {"step_size": 0.25, "n_leapfrog": 5, "n_trajectories": 60, "temperature": 0.7}
    run = hamiltonian_monte_carlo(single, start, **plan, rng=np.random.default_rng(2))
    virial = np.mean([np.sum(q * NETWORK.gradient(q), axis=-1) for q in run.q[20:]], axis=0)
    se = virial.std() / np.sqrt(len(virial))
    assert abs(virial.mean() - 0.7 * single.dimension) < 4.5 * se


@pytest.mark.parametrize("kind", ["float16", int])
def test_another_precision_is_named(kind):
    with pytest.raises(ValueError, match="force_dtype must be None, float32 or float64"):
        SoftmaxNetwork(X, Y, 5, 0.8, force_dtype=kind)
