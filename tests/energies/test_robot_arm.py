"""The robot arm and its network: formulas written out anew, finite differences, and an autodiff library."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sgdphysics import datasets, dynamics, estimators
from sgdphysics.energies import robot_arm

KINDS = [(a, s) for a in ("tanh", "logistic") for s in robot_arm.SCALE_PRIORS]


def cases(n_cases=30, seed=0, sets=()):
    rng = np.random.default_rng(seed)
    drawn = [robot_arm.robot_arm_cases(rng, n_cases) for _ in range(int(np.prod(sets, dtype=int)))]
    return (np.reshape([d[i] for d in drawn], (*sets, n_cases, 2)) for i in (0, 1))


def states(network, chains=(4,), seed=1):
    q = np.random.default_rng(seed).standard_normal((*chains, network.dimension))
    return q


def by_differences(energy, q, h=1e-5):
    """dE/dq by central differences of fourth order."""
    gradient = np.empty(q.shape)
    for i in range(q.shape[-1]):
        e = np.zeros(q.shape[-1])
        e[i] = h
        near = energy(q + e) - energy(q - e)
        far = energy(q + 2 * e) - energy(q - 2 * e)
        gradient[..., i] = (8 * near - far) / (12 * h)
    return gradient


def test_the_arm():
    np.testing.assert_allclose(robot_arm.robot_arm(np.array([0.0, 0.0])), [3.3, 0.0], atol=1e-15)
    np.testing.assert_allclose(robot_arm.robot_arm(np.array([np.pi / 2, -np.pi / 2])), [1.3, 2.0], atol=1e-15)
    hand = robot_arm.robot_arm(np.array([0.7, 1.9]))
    elbow = 2.0 * np.array([np.cos(0.7), np.sin(0.7)])
    assert np.linalg.norm(hand - elbow) == pytest.approx(1.3)
    assert np.linalg.norm(hand) ** 2 == pytest.approx(2.0**2 + 1.3**2 + 2 * 2.0 * 1.3 * np.cos(1.9))


def test_cases_lie_in_their_ranges_with_the_stated_noise():
    n = 40_000
    x, y = robot_arm.robot_arm_cases(np.random.default_rng(3), n)
    assert x.shape == y.shape == (n, 2)
    assert ((0.453 <= np.abs(x[:, 0])) & (np.abs(x[:, 0]) <= 1.932)).all()
    assert ((0.534 <= x[:, 1]) & (x[:, 1] <= 3.142)).all()
    assert abs(np.mean(x[:, 0] < 0) - 0.5) < 4.5 * 0.5 / np.sqrt(n)
    for column, center, width in (
        (np.abs(x[:, 0]), 1.1925, 1.479),
        (x[:, 1], 1.838, 2.608),
    ):
        assert abs(column.mean() - center) < 4.5 * width / np.sqrt(12 * n)
        assert np.var(column) == pytest.approx(width**2 / 12, rel=0.03)
    residual = y - robot_arm.robot_arm(x)
    assert (np.abs(residual.mean(axis=0)) < 4.5 * 0.05 / np.sqrt(n)).all()
    assert (np.abs(np.mean(residual**2, axis=0) - 0.0025) < 4.5 * 0.0025 * np.sqrt(2 / n)).all()
    assert abs(np.mean(residual[:, 0] * residual[:, 1])) < 4.5 * 0.0025 / np.sqrt(n)  # each output has its own noise


def slow_outputs(q, x, activation, scale_prior, hidden):
    """One state and one case at a time, index by index."""
    u, scale = q[:-3], q[-3:]
    if scale_prior == "lognormal":
        scale = [np.exp(s) for s in scale]
    outputs = []
    for a, b in x:
        signals = [scale[0] * (u[j] * a + u[hidden + j] * b) + scale[1] * u[2 * hidden + j] for j in range(hidden)]
        units = [np.tanh(s) if activation == "tanh" else 1 / (1 + np.exp(-s)) for s in signals]
        rows = [
            u[3 * hidden : 4 * hidden + 1],
            u[4 * hidden + 1 :],
        ]
        outputs.append([scale[2] * (row[0] + sum(v * h for v, h in zip(row[1:], units, strict=True))) for row in rows])
    return np.array(outputs)


@pytest.mark.parametrize(("activation", "scale_prior"), KINDS)
def test_outputs_and_energy_are_the_formulas(activation, scale_prior):
    x, y = cases()
    network = robot_arm.RobotArmNetwork(x, y, hidden=5, activation=activation, scale_prior=scale_prior)
    assert network.dimension == 5 * 5 + 2 + 3
    q = states(network)
    for state, outputs, energy in zip(q, network.outputs(q, x), network.energy(q), strict=True):
        expected = slow_outputs(state, x, activation, scale_prior, hidden=5)
        np.testing.assert_allclose(outputs, expected, rtol=1e-12, atol=1e-12)
        prior = {
            "flat": 0.0,
            "normal": np.sum(state[-3:] ** 2) / 2,
            "lognormal": np.sum(state[-3:] ** 2) / 18,
        }
        squared_error = np.sum((y - expected) ** 2)
        misfit = (0.1 + 2 * len(x)) / 2 * np.log(0.1 + squared_error)
        np.testing.assert_allclose(energy, misfit + np.sum(state[:-3] ** 2) / 2 + prior[scale_prior])


def test_neals_network_has_85_coordinates():
    x, y = cases(200)
    network = robot_arm.RobotArmNetwork(x, y)
    assert network.dimension == 85
    q = states(network)
    squared_error = np.sum((network.outputs(q, x) - y) ** 2, axis=(1, 2))
    expected = 200.05 * np.log(0.1 + squared_error) + np.sum(q[:, :82] ** 2, axis=1) / 2
    np.testing.assert_allclose(network.energy(q), expected)
    assert np.bincount(network.network.groups).tolist() == [32, 16, 34]
    assert robot_arm.Perceptron(x, y).n_weights == robot_arm.DecayNetwork(x, y, np.zeros(3)).dimension == 82
    assert np.bincount(robot_arm.Perceptron(x, y, hidden=60).groups).tolist() == [120, 60, 122]


@pytest.mark.parametrize(("activation", "scale_prior"), KINDS)
def test_gradient_is_that_of_the_energy(activation, scale_prior):
    x, y = cases()
    network = robot_arm.RobotArmNetwork(x, y, activation=activation, scale_prior=scale_prior)
    q = states(network)
    np.testing.assert_allclose(network.gradient(q), by_differences(network.energy, q), rtol=2e-7, atol=1e-6)


@pytest.mark.parametrize("chains", [(), (1,), (3,), (2, 3)])
def test_gradient_of_any_shape_of_chains(chains):
    x, y = cases()
    network = robot_arm.RobotArmNetwork(x, y)
    q = states(network, chains)
    expected = [network.gradient(state) for state in q.reshape(-1, 85)]
    np.testing.assert_allclose(network.gradient(q), np.reshape(expected, q.shape), rtol=1e-9, atol=1e-9)
    assert network.energy(q).shape == chains
    assert network.outputs(q, x).shape == (*chains, len(x), 2)


def test_one_data_set_a_chain():
    x, y = cases(sets=(3,))
    together = robot_arm.RobotArmNetwork(x, y)
    q = states(together, (2, 3))
    for i in range(3):
        alone = robot_arm.RobotArmNetwork(x[i], y[i])
        np.testing.assert_allclose(together.energy(q)[:, i], alone.energy(q[:, i]), rtol=1e-12)
        np.testing.assert_allclose(together.gradient(q)[:, i], alone.gradient(q[:, i]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_weight_decay(activation):
    x, y = cases(sets=(4,))
    decay = np.random.default_rng(7).random((4, 3))
    network = robot_arm.DecayNetwork(x, y, decay, activation=activation)
    assert network.dimension == 82
    w = states(network)
    expected = 0.5 * (
        decay[:, 0] * np.sum(w[:, :32] ** 2, axis=1)
        + decay[:, 1] * np.sum(w[:, 32:48] ** 2, axis=1)
        + decay[:, 2] * np.sum(w[:, 48:] ** 2, axis=1)
    )
    free = robot_arm.DecayNetwork(x, y, np.zeros(3), activation=activation)
    np.testing.assert_allclose(network.energy(w) - free.energy(w), expected, rtol=1e-9)
    np.testing.assert_allclose(network.gradient(w), by_differences(network.energy, w), rtol=2e-7, atol=1e-6)


def test_forces_in_float32_differ_by_rounding_alone():
    x, y = cases(200)
    q = states(robot_arm.RobotArmNetwork(x, y))
    exact = robot_arm.RobotArmNetwork(x, y).gradient(q)
    rounded = robot_arm.RobotArmNetwork(x, y, force_dtype=np.float32).gradient(q)
    assert rounded.dtype == np.float64
    error = np.abs(rounded - exact).max()
    assert 0 < error < 1e-5 * np.abs(exact).max()
    same = robot_arm.RobotArmNetwork(x, y, force_dtype=np.float32).energy(q)
    np.testing.assert_array_equal(same, robot_arm.RobotArmNetwork(x, y).energy(q))


def test_leapfrog_is_reversible_with_forces_in_float32():
    x, y = cases(200)
    network = robot_arm.RobotArmNetwork(x, y, force_dtype=np.float32)
    q, p = 0.3 * states(network), states(network, seed=2)
    end_q, end_p = dynamics.leapfrog(network, q, p, step_size=1e-3, n_steps=50)
    back_q, back_p = dynamics.leapfrog(network, end_q, -end_p, step_size=1e-3, n_steps=50)
    assert np.abs(end_q - q).max() > 0.01
    np.testing.assert_allclose(back_q, q, atol=1e-8)
    np.testing.assert_allclose(-back_p, p, atol=1e-5)


def test_forces_in_float32_sample_the_same_law():
    """Mean energies of a small posterior, whose chains mix well, under both precisions."""
    x, y = cases(6)
    means = []
    for seed, dtype in enumerate((None, np.float32)):
        network = robot_arm.RobotArmNetwork(x, y, hidden=2, scale_prior="normal", force_dtype=dtype)
        run = dynamics.hamiltonian_monte_carlo(
            network,
            0.5 * states(network, (300,), seed=10 + seed),
            step_size=0.06,
            n_leapfrog=12,
            n_trajectories=400,
            rng=np.random.default_rng(20 + seed),
        )
        assert 0.5 < run.accepted[100:].mean() < 0.99
        observables = np.stack([run.energy, *np.moveaxis(run.q[..., -3:] ** 2, -1, 0)], -1)
        means.append(estimators.replica_mean(observables[100:].mean(axis=0)))
    (a, a_error), (b, b_error) = means
    assert (np.abs(a - b) < 4.5 * np.hypot(a_error, b_error)).all()


def test_threads_share_a_network_and_processes_a_copy():
    x, y = cases()
    network = robot_arm.RobotArmNetwork(x, y)
    batches = [states(network, (8,), seed) for seed in range(16)]
    expected = [network.gradient(q) for q in batches]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            for found, gradient in zip(pool.map(network.gradient, batches), expected, strict=True):
                np.testing.assert_array_equal(found, gradient)
    copy = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(copy.gradient(batches[0]), expected[0])


def test_a_gradient_is_not_overwritten_by_the_next():
    x, y = cases()
    network = robot_arm.RobotArmNetwork(x, y)
    first = network.gradient(states(network))
    kept = first.copy()
    network.gradient(states(network, seed=5))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((5, 3))}, r"x and y must both have shape \(\.\.\., cases, 2\)"),
        ({"y": np.zeros((4, 2))}, "x and y must both have shape"),
        ({"x": np.zeros(2), "y": np.zeros(2)}, "x and y must both have shape"),  # a case alone, not a list of one
        ({"x": np.zeros((0, 2)), "y": np.zeros((0, 2))}, "x and y must both have shape"),
        ({"y": np.full((5, 2), np.nan)}, "y must be finite, got 10"),
        ({"hidden": 0}, "hidden must be an integer of at least 1"),
        ({"activation": "relu"}, "activation must be one of 'tanh', 'logistic', got 'relu'"),
        ({"scale_prior": "wide"}, "scale_prior must be one of 'flat', 'normal', 'lognormal', got 'wide'"),
        ({"force_dtype": np.float16}, "force_dtype must be None, float32 or float64"),
    ],
)
def test_bad_input_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        robot_arm.RobotArmNetwork(**{"x": np.zeros((5, 2)), "y": np.zeros((5, 2)), **changes})


def test_lists_are_accepted_as_states():
    x, y = cases()
    for network in (robot_arm.RobotArmNetwork(x, y), robot_arm.DecayNetwork(x, y, [0.1, 0.2, 0.3])):
        q = np.linspace(-0.3, 0.3, network.dimension)
        assert network.energy(q.tolist()) == network.energy(q)
        np.testing.assert_array_equal(network.gradient(q.tolist()), network.gradient(q))


def test_a_bad_precision_of_the_network_alone_is_named_as_it_was_given():
    with pytest.raises(ValueError, match="force_dtype must be None, float32 or float64"):
        robot_arm.Perceptron(*cases(), force_dtype="float16")


def test_chains_that_do_not_fit_the_sets_of_cases_are_named():
    network = robot_arm.RobotArmNetwork(*cases(sets=(3,)))
    for chains in ((), (2,), (3, 2)):
        with pytest.raises(ValueError, match="q must have chains of shape"):
            network.gradient(np.zeros((*chains, 85)))


@pytest.mark.parametrize("angles", [0.3, [0.3], [0.1, 0.2, 0.3], [[0.1], [0.2]]])
def test_angles_that_are_not_two_are_named(angles):
    with pytest.raises(ValueError, match=r"angles must have shape \(\.\.\., 2\)"):
        robot_arm.robot_arm(angles)


def test_bad_weight_decay_and_number_of_cases_are_named():
    x, y = cases()
    with pytest.raises(ValueError, match="weight_decay must be zero or more"):
        robot_arm.DecayNetwork(x, y, [-1.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r"weight_decay must have shape \(\.\.\., 3\)"):
        robot_arm.DecayNetwork(x, y, 0.1)
    with pytest.raises(ValueError, match="n_cases must be an integer of at least 1"):
        robot_arm.robot_arm_cases(np.random.default_rng(0), 0)


def test_the_cases_of_mackay_are_looked_for_and_verified(monkeypatch, tmp_path):
    monkeypatch.delenv("BOOK_DATA", raising=False)
    with pytest.raises(datasets.DatasetUnavailableError, match="no file data_6darm.mat is in a folder"):
        datasets.mackay_robot_arm()
    monkeypatch.setenv("BOOK_DATA", str(tmp_path))
    with pytest.raises(datasets.DatasetUnavailableError, match="MacKay's own cases are not at hand"):
        datasets.mackay_robot_arm()
    (tmp_path / datasets.ARM_FILE).write_bytes(b"something else")
    with pytest.raises(ValueError, match="must be data_6darm.mat with SHA-256 .* got .*; remove or replace it"):
        datasets.mackay_robot_arm()


def test_the_cases_of_mackay_are_those_of_an_arm():
    try:
        cases = datasets.mackay_robot_arm()
    except datasets.DatasetUnavailableError as missing:
        pytest.skip(str(missing))
    for x, y in ((cases.x, cases.y), (cases.x_test, cases.y_test)):
        assert x.shape == (200, 2)
        residual = y - robot_arm.robot_arm(x)[:, 0]
        assert abs(np.mean(residual**2) / robot_arm.NOISE**2 - 1) < 4.5 * np.sqrt(2 / 200)
        assert ((0.453 <= np.abs(x[:, 0])) & (np.abs(x[:, 0]) <= 1.932)).all()
        assert ((0.534 <= x[:, 1]) & (x[:, 1] <= 3.142)).all()
