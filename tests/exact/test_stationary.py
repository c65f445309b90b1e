"""The steady state of SGD against brute force: enumerated batches and orders, sums of series, limits, long runs."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from sgdphysics import dynamics, energies
from sgdphysics.exact import stationary

HESSIAN = np.array([[3.0, 0.8, 0.1], [0.8, 1.5, -0.4], [0.1, -0.4, 0.7]])
NOISE = np.array([[2.0, -0.6, 0.3], [-0.6, 1.1, 0.2], [0.3, 0.2, 0.5]])
LINE = energies.LinearRegression([[1, -0.5], [1, -0.5], [1, 0.5], [1, 0.5]], [1.0, -1.0, 3.0, -3.0], 1.0, 1e150)


def regression(cases=5, noise=0.8, prior_scale=1.7, seed=3):
    """A regression of two weights whose prior pulls."""
    rng = np.random.default_rng(seed)
    return energies.LinearRegression(rng.normal(size=(cases, 2)), rng.normal(size=cases) + 1, noise, prior_scale)


def summed(step, kick, n=4000):
    """Σ_k step^k kick stepᵀ^k, by adding up."""
    total, term = np.zeros_like(kick), kick
    for _ in range(n):
        total, term = total + term, step @ term @ step.T
    return total


@pytest.mark.parametrize("eta", [0.01, 0.2, 0.5])
def test_covariance_is_what_all_kicks_leave(eta):
    expected = summed(np.eye(3) - eta * HESSIAN, eta**2 * NOISE)
    found = stationary.covariance(HESSIAN, NOISE, learning_rate=eta)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    left = HESSIAN @ found + found @ HESSIAN - eta * HESSIAN @ found @ HESSIAN
    np.testing.assert_allclose(left, eta * NOISE, rtol=1e-10)
    without = HESSIAN @ found + found @ HESSIAN
    assert abs(without - eta * NOISE).max() > 0.01 * eta  # the term of second order is seen


def test_covariance_tends_to_that_of_continuous_time():
    continuous = solve_continuous_lyapunov(HESSIAN, NOISE)
    for eta in (1e-3, 1e-4):
        found = stationary.covariance(HESSIAN, NOISE, learning_rate=eta) / eta
        assert abs(found / continuous - 1).max() < 8 * eta


@pytest.mark.parametrize(("eta", "beta"), [(0.3, 0.7), (0.9, 0.9), (0.05, 0.2)])
def test_heavy_ball_of_one_weight_and_of_many(eta, beta):
    step = np.block([[np.eye(3) - eta * HESSIAN, beta * np.eye(3)], [-eta * HESSIAN, beta * np.eye(3)]])
    expected = summed(step, np.kron(np.ones((2, 2)), eta**2 * NOISE))[:3, :3]
    found = stationary.covariance(HESSIAN, NOISE, learning_rate=eta, momentum=beta)
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    stiff, strong = 1.3, 0.6
    one = stationary.covariance([[stiff]], [[strong]], learning_rate=eta, momentum=beta)[0, 0]
    assert one == pytest.approx(eta * strong / ((1 - beta) * stiff * (2 - eta * stiff / (1 + beta))), rel=1e-10)


def test_momentum_tends_to_none():
    without = stationary.covariance(HESSIAN, NOISE, learning_rate=0.2)
    with_little = stationary.covariance(HESSIAN, NOISE, learning_rate=0.2, momentum=1e-9)
    np.testing.assert_allclose(with_little, without, rtol=1e-7)


@pytest.mark.parametrize("beta", [0.0, 0.6])
def test_the_edge_of_stability_is_named(beta):
    edge = 2 * (1 + beta) / np.linalg.eigvalsh(HESSIAN)[-1]
    assert np.isfinite(stationary.covariance(HESSIAN, NOISE, learning_rate=0.999 * edge, momentum=beta)).all()
    with pytest.raises(ValueError, match=rf"learning_rate must be below .* = {edge:.6g}, got"):
        stationary.covariance(HESSIAN, NOISE, learning_rate=edge, momentum=beta)


def second_moment_after(model, second, eta, batch_size):
    """⟨δδᵀ⟩ after one step from ⟨δδᵀ⟩ = second and mean 0, by all batches and by quadrature points of that cloud."""
    mode, spread = model.posterior()[0], np.linalg.cholesky(len(second) * second)
    points = mode + np.concatenate([spread.T, -spread.T])  # they have mean 0 and the given second moment
    rows = np.array(list(product(range(model.n_cases), repeat=batch_size)))
    moved = [points - eta * model.minibatch_gradient(points, np.tile(row, (len(points), 1))) - mode for row in rows]
    return np.einsum("bpi,bpj->ij", moved, moved) / (len(rows) * len(points))


@pytest.mark.parametrize(("batch_size", "prior_scale"), [(1, 1.7), (2, 0.6), (3, 1e150)])
def test_regression_covariance_is_a_fixed_point_over_all_batches(batch_size, prior_scale):
    model = regression(prior_scale=prior_scale)
    for share in (0.1, 0.9):
        eta = share * stationary.mean_square_limit(model, batch_size=batch_size)
        cloud = stationary.regression_covariance(model, learning_rate=eta, batch_size=batch_size)
        assert np.linalg.eigvalsh(cloud)[0] > 0
        np.testing.assert_allclose(second_moment_after(model, cloud, eta, batch_size), cloud, rtol=1e-10)


def test_other_clouds_are_no_fixed_points():
    model, eta = regression(), 0.02
    mode, (data, noise) = model.posterior()[0], (model.x.T @ model.x / model.noise**2, model.noise)
    residuals = (model.x @ mode - model.y) / noise
    frozen = model.n_cases / 2 * (model.x.T / noise * residuals**2) @ model.x / noise
    pull = np.outer(mode, mode) / model.prior_scale**4
    hessian = data + np.eye(2) / model.prior_scale**2
    right = stationary.regression_covariance(model, learning_rate=eta, batch_size=2)
    for name, wrong in {
        "noise frozen": stationary.covariance(hessian, frozen - pull / 2, learning_rate=eta),
        "noise frozen, prior forgotten": stationary.covariance(hessian, frozen, learning_rate=eta),
        "batch of three": stationary.regression_covariance(model, learning_rate=eta, batch_size=3),
    }.items():
        assert abs(second_moment_after(model, wrong, eta, 2) / wrong - 1).max() > 1e-4, name
        assert abs(wrong / right - 1).max() > 1e-3, name


def test_the_moving_noise_is_lost_with_a_small_step_alone():
    model, mode = regression(), regression().posterior()[0]
    residuals = (model.x @ mode - model.y) / model.noise
    frozen = model.n_cases * (model.x.T * residuals**2) @ model.x / model.noise**2
    frozen -= np.outer(mode, mode) / model.prior_scale**4
    hessian = np.linalg.inv(model.posterior()[1])
    for eta in (1e-4, 1e-5):
        moving = stationary.regression_covariance(model, learning_rate=eta, batch_size=1)
        assert abs(moving / stationary.covariance(hessian, frozen, learning_rate=eta) - 1).max() < 100 * eta


@pytest.mark.parametrize("batch_size", [1, 2])
def test_mean_square_limit_is_where_enumeration_stops_contracting(batch_size):
    model = energies.LinearRegression(regression().x, np.zeros(5), 0.8, 1.7)  # no residuals: nothing but contraction
    limit = stationary.mean_square_limit(model, batch_size=batch_size)
    assert limit < 2 / np.linalg.eigvalsh(np.linalg.inv(model.posterior()[1]))[-1]
    for share, grows in ((0.97, False), (1.03, True)):
        second = np.eye(2)
        for _ in range(60):
            before, second = second, second_moment_after(model, second, share * limit, batch_size)
        assert (np.trace(second) > np.trace(before)) == grows


def test_at_the_mean_square_limit_itself_there_is_no_second_moment():
    for model, batch_size in ((LINE, 1), (regression(), 2)):
        limit = stationary.mean_square_limit(model, batch_size=batch_size)
        below = stationary.regression_covariance(model, learning_rate=(1 - 1e-9) * limit, batch_size=batch_size)
        assert np.isfinite(below).all() and np.trace(below) > 1e6
        with pytest.raises(ValueError, match="learning_rate must be below the mean-square limit"):
            stationary.regression_covariance(model, learning_rate=limit, batch_size=batch_size)


def test_a_covariance_may_be_singular_to_rounding():
    noise = np.outer([1.0, 1 / 3, 0.1], [1.0, 1 / 3, 0.1])  # of rank one
    for small in (0.0, 1e-15):  # an eigenvalue that is negative by rounding alone
        found = stationary.covariance(HESSIAN, noise - small * np.eye(3), learning_rate=0.2)
        np.testing.assert_allclose(found, summed(np.eye(3) - 0.2 * HESSIAN, 0.04 * noise), rtol=1e-9)
    with pytest.raises(ValueError, match="noise must not have negative eigenvalues"):
        stationary.covariance(HESSIAN, noise - 1e-6 * np.eye(3), learning_rate=0.2)


def test_a_covariance_may_be_singular_to_rounding_in_any_units():
    noise = np.outer([1.0, 1 / 3, 0.1], [1.0, 1 / 3, 0.1]) - 1e-15 * np.eye(3)
    one = stationary.covariance(HESSIAN, noise, learning_rate=0.2)
    for unit in (1e-6, 1e6):
        np.testing.assert_allclose(
            stationary.covariance(HESSIAN, unit * noise, learning_rate=0.2), unit * one, rtol=1e-9
        )


def test_without_noise_the_weights_rest():
    assert (stationary.covariance(HESSIAN, np.zeros((3, 3)), learning_rate=0.2) == 0).all()
    assert (stationary.epoch_variance(1.4, 0.0, batches=3, learning_rate=0.35) == 0).all()


def test_mean_square_limit_of_one_weight():
    x, n = np.array([0.3, 1.1, -0.7, 2.0]), 3
    model = energies.LinearRegression(x[:, np.newaxis], np.zeros(4), 1.0, 1e150)
    a = x @ x
    assert stationary.mean_square_limit(model, batch_size=n) == pytest.approx(
        2 * a / ((1 - 1 / n) * a**2 + 4 / n * np.sum(x**4)), rel=1e-12
    )


def test_regression_covariance_of_the_samplers_own_run():
    model = regression()
    eta = 0.5 * stationary.mean_square_limit(model, batch_size=2)
    cloud = stationary.regression_covariance(model, learning_rate=eta, batch_size=2)
    mode, chains = model.posterior()[0], 40_000
    settings = {"learning_rate": eta, "n_steps": 120, "batch_size": 2, "thin": 120}
    end = dynamics.sgd(model, np.tile(mode, (chains, 1)), **settings, rng=np.random.default_rng(11)).q[-1] - mode
    products = np.einsum("ci,cj->cij", end, end)
    error = products.std(axis=0, ddof=1) / np.sqrt(chains)
    assert abs((products.mean(axis=0) - cloud) / error).max() < 5


def test_four_points_run_in_circles_at_three_in_115():
    cloud = stationary.regression_covariance(LINE, learning_rate=1 / 20, batch_size=1)
    np.testing.assert_allclose(cloud, [[4 / 7, 8 / 23], [8 / 23, 4 / 7]], rtol=1e-12)
    area = stationary.currents(LINE.x.T @ LINE.x, cloud, learning_rate=1 / 20)
    np.testing.assert_allclose(area, [[0, 3 / 115], [-3 / 115, 0]], rtol=0, atol=1e-14)


def test_area_is_that_of_a_steps_triangle_averaged_over_all_batches():
    model, eta = regression(), 0.02
    cloud = stationary.regression_covariance(model, learning_rate=eta, batch_size=1)
    mode, spread = model.posterior()[0], np.linalg.cholesky(2 * cloud)
    points = np.concatenate([spread.T, -spread.T])
    areas = []
    for case in range(model.n_cases):
        after = points - eta * model.minibatch_gradient(mode + points, np.full((4, 1), case))
        areas.append(np.mean(points[:, 0] * after[:, 1] - points[:, 1] * after[:, 0]) / 2)
    found = stationary.currents(np.linalg.inv(model.posterior()[1]), cloud, learning_rate=eta)[0, 1]
    assert np.mean(areas) == pytest.approx(found, rel=1e-10) and abs(found) > 1e-4  # its sign is part of it


def test_no_current_where_noise_and_hessian_share_their_axes():
    shared = 0.3 * HESSIAN + 0.1 * HESSIAN @ HESSIAN
    cloud = stationary.covariance(HESSIAN, shared, learning_rate=0.3)
    assert abs(stationary.currents(HESSIAN, cloud, learning_rate=0.3)).max() < 1e-15
    assert abs(stationary.entropy_per_step(HESSIAN, shared, learning_rate=0.3)) < 1e-13


def log_transition(w, after, eta, hessian, noise):
    error = after - w + eta * w @ hessian
    return -0.5 * np.einsum("ci,ij,cj->c", error, np.linalg.inv(eta**2 * noise), error)


def test_entropy_is_the_mean_logarithm_of_there_over_back():
    eta, chains, rng = 0.25, 200_000, np.random.default_rng(2)
    cloud = stationary.covariance(HESSIAN, NOISE, learning_rate=eta)
    w = rng.multivariate_normal(np.zeros(3), cloud, chains)
    after = w - eta * w @ HESSIAN + eta * rng.multivariate_normal(np.zeros(3), NOISE, chains)
    change = log_transition(w, after, eta, HESSIAN, NOISE) - log_transition(after, w, eta, HESSIAN, NOISE)
    expected = stationary.entropy_per_step(HESSIAN, NOISE, learning_rate=eta)
    assert abs(change.mean() - expected) < 5 * change.std() / np.sqrt(chains)
    assert change.std() / np.sqrt(chains) < 0.02 * expected


@pytest.mark.parametrize("strength", [0.1, 7.0])
def test_entropy_of_two_weights_knows_the_correlation_alone(strength):
    eta, rho, (one, two) = 0.1, 0.6, (4.0, 1.0)
    scale = np.diag([strength, 1.0])
    noise = scale @ [[1, rho], [rho, 1]] @ scale
    exact = eta * rho**2 / (1 - rho**2) * (one - two) ** 2 / (one + two - eta * one * two)
    assert stationary.entropy_per_step(np.diag([one, two]), noise, learning_rate=eta) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(
    ("factors", "probabilities", "alpha"),
    [
        ([2.0, 0.5], [0.25, 0.75], np.log2(3)),
        ([-2.0, 0.5], [0.25, 0.75], np.log2(3)),
        ([2.0, 0.0], [0.125, 0.875], 3.0),
        ([0.9, -0.2], [0.5, 0.5], np.inf),
        ([1.0, 0.2], [0.5, 0.5], np.inf),
        ([10.0, 0.1], [0.499, 0.501], np.log10(0.501 / 0.499)),
    ],
)
def test_tail_exponents_in_closed_form(factors, probabilities, alpha):
    assert stationary.tail_exponent(factors, probabilities) == pytest.approx(alpha, rel=1e-9)


def test_tail_exponent_of_normal_inputs():
    x, weight = np.polynomial.hermite_e.hermegauss(180)
    weight = weight / weight.sum()
    # one case a step, curvature x²: ⟨(1 - ηx²)²⟩ = 1 - 2η + 3η² is one at η = 2/3, where the variance becomes infinite
    assert stationary.tail_exponent(1 - 2 / 3 * x**2, weight) == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("eta", [0.35, 1.3])  # 1.3: each step overshoots its minimum
@pytest.mark.parametrize("m", [2, 3, 5])
def test_epoch_variance_is_the_mean_over_all_orders(m, eta):
    minima = np.random.default_rng(m).normal(size=m)
    minima -= minima.mean()
    a = 1.4
    c = 1 - eta * a
    found = stationary.epoch_variance(a, minima.std(), batches=m, learning_rate=eta)
    kicks = np.array(list(permutations(minima))) * eta * a
    second = np.empty(m + 1)
    for k in range(m + 1):
        noise = kicks[:, :k] @ c ** np.arange(k)[::-1]
        second[k] = np.mean(noise**2)
    start = second[m] / (1 - c ** (2 * m))
    np.testing.assert_allclose(found, c ** (2 * np.arange(m + 1)) * start + second, rtol=1e-10)
    assert found[0] == pytest.approx(found[-1], rel=1e-12)


def test_an_epoch_of_small_steps_is_a_bridge():
    m, x = 1000, 0.01
    found = stationary.epoch_variance(1.0, 1.0, batches=m, learning_rate=x / m)
    independent = stationary.covariance([[1.0]], [[1.0]], learning_rate=x / m)[0, 0]
    assert found[0] / independent == pytest.approx(x**2 / 12, rel=2 * x)
    assert found.mean() / independent == pytest.approx(x / 3, rel=2 * x)


ONE = np.eye(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stationary.covariance([[1.0, 2.0]], ONE, learning_rate=0.1), "hessian must be a square matrix"),
        (
            lambda: stationary.covariance(np.zeros((0, 0)), np.zeros((0, 0)), learning_rate=0.1),
            "hessian must be a square matrix",
        ),
        (lambda: stationary.covariance([[1.0, 0.3], [0.0, 1.0]], ONE, learning_rate=0.1), "hessian must be symmetric"),
        (
            lambda: stationary.covariance(np.diag([1.0, 0.0]), ONE, learning_rate=0.1),
            "hessian must be positive definite",
        ),
        (
            lambda: stationary.covariance([[1.0, 0.3], [0.2, 1.0]], ONE, learning_rate=0.1),
            "hessian must be symmetric",
        ),
        (lambda: stationary.covariance(ONE, [[1, 0.3], [0.3001, 1]], learning_rate=0.1), "noise must be symmetric"),
        (lambda: stationary.tail_exponent([2.0, 0.5], [0.5, 0.5]), "factors must contract on average"),
        (lambda: stationary.covariance(ONE, np.eye(3), learning_rate=0.1), r"noise must be .* shape \(2, 2\)"),
        (lambda: stationary.covariance(ONE, -ONE, learning_rate=0.1), "noise must not have negative eigenvalues"),
        (lambda: stationary.covariance(ONE, ONE, learning_rate=0.0), "learning_rate must be greater than zero"),
        (lambda: stationary.covariance(ONE, ONE, learning_rate=0.1, momentum=1.0), "momentum must be below 1"),
        (
            lambda: stationary.regression_covariance(LINE, learning_rate=0.41, batch_size=1),
            "mean-square limit 0.4, got 0.41",
        ),
        (lambda: stationary.mean_square_limit(LINE, batch_size=0), "batch_size must be an integer of at least 1"),
        (lambda: stationary.currents(ONE, np.eye(3), learning_rate=0.1), "covariance must be a square matrix"),
        (
            lambda: stationary.entropy_per_step(ONE, np.diag([1.0, 0.0]), learning_rate=0.1),
            "noise must be positive definite",
        ),
        (lambda: stationary.tail_exponent([2.0, 0.5], [0.6, 0.4]), "factors must contract on average"),
        (lambda: stationary.tail_exponent([2.0, 0.5], [0.5, 0.4]), "probabilities must be one for each"),
        (lambda: stationary.tail_exponent([0.5], [0.5, 0.5]), "probabilities must be one for each of the 1 factors"),
        (
            lambda: stationary.epoch_variance(1.0, 1.0, batches=1, learning_rate=0.1),
            "batches must be an integer of at least 2",
        ),
        (
            lambda: stationary.epoch_variance(1.0, 1.0, batches=4, learning_rate=2.0),
            "learning_rate must be below 2/curvature",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
