"""scipy: its solvers on the same physics, and the stationary law that the very steps of our dynamics imply.

The steps are fed unit vectors in place of positions and of noise, which gives their matrices; solve_discrete_lyapunov
then says what covariance they settle at. No sampling, no error bar.
"""

import numpy as np
import pytest
from scipy import integrate, linalg, optimize, sparse, special, stats
from scripted import Scripted

from sgdphysics import dynamics, energies
from sgdphysics.exact import fokker_planck, gibbs, master_equation, mean_field, onsager, stationary

T, K = 0.7, np.array([0.6, 2.3])
COVARIANCE = np.array([[1.2, -0.5], [-0.5, 0.4]])
WELL = energies.DoubleWell(barrier=1.4)
RATES = np.array([[0.0, 2.0, 0.3, 0.0], [0.7, 0.0, 1.1, 0.2], [0.5, 0.1, 0.0, 0.9], [0.0, 0.4, 3.0, 0.0]])


def settled(step, size, draws):
    """Covariance (size, size) where state' = step(state, noise) settles, of independent normal ``noise`` (draws,)."""
    keep = np.array([step(state, np.zeros(draws)) for state in np.eye(size)]).T
    kick = np.array([step(np.zeros(size), noise) for noise in np.eye(draws)]).T
    return linalg.solve_discrete_lyapunov(keep, kick @ kick.T)


@pytest.mark.parametrize("dt", [0.1, 0.7])
def test_langevin_s_steps_settle_where_its_docstring_says(dt):
    """Rejects: a factor 2 of dt in the noise or the drift, T for √T."""

    def step(q, noise):
        rng = Scripted(normal=[noise])
        return dynamics.langevin(energies.Harmonic(K), q, dt=dt, n_steps=1, temperature=T, rng=rng).q[0]

    np.testing.assert_allclose(settled(step, 2, 2), np.diag(T / (K * (1 - K * dt / 2))), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("dt", "friction", "mass"), [(0.2, 0.5, 1.0), (0.9, 2.0, 1.7)])
def test_underdamped_steps_settle_where_its_docstring_says(dt, friction, mass):
    """The start's momentum is √(mT) times its noise, and so can be chosen.

    Rejects: a mass left out of the heat, noise of 1 - c for 1 - c².
    """

    def step(state, noise):
        rng = Scripted(normal=[state[2:] / np.sqrt(mass * T), noise])
        settings = {"dt": dt, "n_steps": 1, "friction": friction, "mass": mass, "temperature": T, "rng": rng}
        end = dynamics.underdamped_langevin(energies.Harmonic(K), state[:2], **settings)
        return np.append(end.q[0], end.momentum[0])

    exact = np.append(T / K, mass * T * (1 - dt**2 * K / (4 * mass)))
    np.testing.assert_allclose(settled(step, 4, 2), np.diag(exact), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 0.95])
def test_stochastic_dynamics_steps_settle_where_its_docstring_says(alpha):
    """Rejects: √(1 - α) for √(1 - α²), T for √T."""

    def step(state, noise):
        rng = Scripted(normal=[state[2:] / np.sqrt(T), noise])
        settings = {"step_size": 0.8, "n_steps": 1, "alpha": alpha, "temperature": T, "rng": rng}
        end = dynamics.stochastic_dynamics(energies.Harmonic(K), state[:2], **settings)
        return np.append(end.q[0], end.momentum[0])

    variance = T / (K * (1 - 0.8**2 * K / 4))
    np.testing.assert_allclose(settled(step, 4, 2)[:2, :2], np.diag(variance), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("friction", [0.1, 1.0])
def test_stochastic_gradient_hmc_settles_where_its_docstring_says(friction):
    """With all cases in each batch. Rejects: α for 2α in the noise, η for √η."""
    eta, line = 0.05, energies.LinearRegression(np.sqrt(K[:1, None]), [0.0], 1.0, 1e150)

    def step(state, noise):
        rng = Scripted(normal=[state[1:] / np.sqrt(eta * T), noise], rows=[np.zeros(1, int)])
        settings = {"learning_rate": eta, "n_steps": 1, "batch_size": 1, "friction": friction, "temperature": T}
        end = dynamics.stochastic_gradient_hmc(line, state[:1], **settings, rng=rng)
        return np.append(end.q[0], end.momentum[0])

    expected = T / (K[0] * (1 - eta * K[0] / (2 * (2 - friction))))
    assert settled(step, 2, 1)[0, 0] == pytest.approx(expected, rel=1e-12)


def test_sgd_in_continuous_time_obeys_the_continuous_lyapunov_equation():
    """AΣ + ΣA = ηV as η → 0, with an error in proportion to η. Rejects: η for η² in the kicks."""
    hessian, noise = linalg.inv(COVARIANCE), np.array([[2.0, 0.5], [0.5, 0.9]])
    limit = linalg.solve_continuous_lyapunov(hessian, noise)
    off = [abs(stationary.covariance(hessian, noise, learning_rate=eta) / eta - limit).max() for eta in (1e-3, 1e-4)]
    assert off[0] < 0.02 * abs(limit).max()
    assert off[0] / off[1] == pytest.approx(10.0, rel=0.05)


def test_a_gaussian_energy_is_their_log_density_and_kl_is_their_integral():
    """Rejects: the covariance for its inverse, KL the other way round."""
    law, energy = stats.multivariate_normal([0.3, -1.0], T * COVARIANCE), energies.Gaussian([0.3, -1.0], COVARIANCE)
    q = np.random.default_rng(1).normal(size=(5, 2))
    change = energy.energy(q) - energy.energy(q[0])
    np.testing.assert_allclose(change / T, law.logpdf(q[0]) - law.logpdf(q), rtol=1e-10, atol=1e-12)
    p, other = stats.norm(0.2, 0.8), stats.norm(-0.4, 1.5)
    expected = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - other.logpdf(x)), -9, 9)[0]
    found = gibbs.kullback_leibler_normal([0.2], [[0.64]], [-0.4], [[2.25]])
    assert found == pytest.approx(expected, rel=1e-9)


def test_the_knob_is_their_integral_entropy_and_minimum():
    """Boltzmann's law of many levels: ∫ exp(-E/T), their entropy, and what their minimiser makes of F[p].

    Rejects: E·T for E/T, bits for nats.
    """
    x = np.linspace(-3, 3, 2001)
    levels = WELL.energy(x[:, None])
    weight = integrate.quad(lambda q: np.exp(-WELL.energy(np.array([q])) / T), -3, 3, epsabs=1e-12)[0]
    found = gibbs.equilibrium_free_energy(levels, T) - T * np.log(x[1] - x[0])
    assert found == pytest.approx(-T * np.log(weight), rel=1e-8)
    p = gibbs.boltzmann(levels, T)
    assert gibbs.entropy(p) == pytest.approx(stats.entropy(p), rel=1e-12)
    few = np.array([0.0, 0.4, 1.1])
    found = optimize.minimize(lambda z: gibbs.free_energy(special.softmax(z), few, T), np.zeros(3), tol=1e-12)
    assert found.fun == pytest.approx(gibbs.equilibrium_free_energy(few, T), rel=1e-9)
    np.testing.assert_allclose(special.softmax(found.x), gibbs.boltzmann(few, T), atol=1e-5)


def test_a_master_equation_is_their_exponential_their_flow_and_their_null_space():
    """Rejects: rates from j to i for those from i to j, twice the time."""
    generator = RATES - np.diag(RATES.sum(axis=1))
    p0 = np.array([0.1, 0.6, 0.3, 0.0])
    found = p0 @ master_equation.transition_matrix(RATES, 0.8)
    np.testing.assert_allclose(found, p0 @ linalg.expm(0.8 * generator), rtol=1e-12)
    flow = integrate.solve_ivp(lambda _, p: p @ generator, (0, 0.8), p0, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found, flow.y[:, -1], rtol=1e-8)
    still = linalg.null_space(generator.T)[:, 0]
    np.testing.assert_allclose(master_equation.steady_state(RATES), still / still.sum(), rtol=1e-12)


def test_fokker_planck_is_a_plain_finite_difference_solved_by_sparse_matrices():
    """∂p/∂t = ∂(E' p + T ∂p)/∂x on the same cells, by central differences: what both tend to as cells shrink.

    Rejects: rates half as fast, the force's sign.
    """
    off = []
    for n in (150, 300):
        solver = fokker_planck.FokkerPlanck(WELL, -2.2, 2.2, n, temperature=T)
        h, x = 4.4 / n, -2.2 + (np.arange(n) + 0.5) * 4.4 / n
        force = -WELL.gradient((x[:-1] + h / 2)[:, None])[:, 0]  # at the edges between cells
        to_right, to_left = T / h**2 + force / (2 * h), T / h**2 - force / (2 * h)
        out = np.append(to_right, 0.0) + np.append(0.0, to_left)
        plain = sparse.diags_array([to_right, -out, to_left], offsets=[-1, 0, 1], format="csc")
        p0 = np.exp(-((x + 0.8) ** 2) / 0.02)
        p0 /= p0.sum()
        ours = solver.evolve(p0, dt=0.01, n_steps=40)[-1]
        off.append(abs(ours - sparse.linalg.expm_multiply(0.4 * plain, p0)).sum())
        slowest = sparse.linalg.eigs(plain, k=2, sigma=1e-3, return_eigenvectors=False).real
        assert solver.relaxation_rates(1)[0] == pytest.approx(-slowest.min(), rel=40 * h**2)
    assert off[0] < 0.02
    assert off[1] < 0.6 * off[0]


def test_onsager_is_their_double_integral():
    """ln Z/N = ln 2 + (1/2π²) ∫∫ ln(cosh²2K - sinh 2K (cos a + cos b)) over a square of π, K = 1/(4T).

    Rejects: K = 1/T, twice the integral.
    """

    def inside(a, b, k):
        return np.log(np.cosh(2 * k) ** 2 - np.sinh(2 * k) * (np.cos(a) + np.cos(b)))

    for temperature in (0.45, 0.8):
        double = integrate.dblquad(inside, 0, np.pi, 0, np.pi, args=(0.25 / temperature,), epsabs=1e-8)[0]
        expected = np.log(2) + double / (2 * np.pi**2)
        assert onsager.log_partition_per_site(temperature) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("order", [1, 2])
def test_mean_fields_are_the_points_where_their_solvers_stop(order):
    """Of order 1 the means are where the bound is highest; of order 2 a root of Thouless, Anderson and Palmer's.

    Rejects: the correction's sign, twice its energy.
    """
    rng = np.random.default_rng(2)
    couplings = np.triu(0.25 * rng.normal(size=(6, 6)), 1)
    couplings, fields = couplings + couplings.T, 0.4 * rng.normal(size=6)

    def field_energy(m):  # of log Z all but the entropy
        total = fields @ m + m @ couplings @ m / 2
        return total + (order == 2) * np.sum(couplings**2 * np.outer(1 - m**2, 1 - m**2)) / 4

    def value(x):  # at m = tanh x
        m = np.tanh(x)
        return stats.entropy(np.stack([1 + m, 1 - m]) / 2).sum() + field_energy(m)

    def slope(x):  # along m: of the entropy it is -x; of the rest by complex steps, which lose no digit
        return [field_energy(np.tanh(x) + 1e-20j * along).imag / 1e-20 for along in np.eye(6)] - x

    found = mean_field.plefka(couplings, fields, order=order)
    if order == 1:
        best = optimize.minimize(lambda x: -value(x), fields, tol=1e-12)
        at, means = -best.fun, np.tanh(best.x)
    else:
        root = optimize.root(slope, fields, tol=1e-12)
        assert root.success, root.message
        at, means = value(root.x), np.tanh(root.x)
    assert found.log_partition == pytest.approx(at, rel=1e-8)
    np.testing.assert_allclose(found.means, means, atol=1e-5)
