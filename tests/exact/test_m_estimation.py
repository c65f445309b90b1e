"""Errors of losses, priors and likelihoods for many weights, against their equations, closed forms, limits and fits."""

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import OptimizeResult, linprog, minimize_scalar
from scipy.special import expit
from scipy.stats import norm

from sgdphysics.exact import m_estimation

SHARES = [0.02, 0.3, 0.8]
NOISES = {"laplace": (lambda e: 0.5 * np.exp(-abs(e)), 2.0), "normal": (norm.pdf, 1.0)}


def integral(function, spread):
    """Over the whole line, panel by panel."""
    ends = np.array([0, 1, 3, 6, 10, 16, 16 + 60 / (1 + spread)]) * (1 + spread)
    return sum(
        quad(function, *pair, epsabs=1e-12)[0] for e in (ends, -ends[::-1]) for pair in zip(e, e[1:], strict=False)
    )


def blurred(noise, z, spread):
    """Density of ε + rZ, by convolution, cut where ε has its kink."""
    density = NOISES[noise][0]
    sides = ((-60.0, -1.0), (-1.0, 0.0), (0.0, 1.0), (1.0, 60.0))
    breaks = [z - 3 * spread, z, z + 3 * spread]
    return sum(
        quad(
            lambda e: density(e) * norm.pdf(z - e, scale=spread), a, b, points=[x for x in breaks if a < x < b] or None
        )[0]
        for a, b in sides
    )


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("spread", [0.3, 1.0, 4.0])
def test_blurred_noise_is_the_convolution(noise, spread):
    z = np.array([-9.0, -0.4, 0.0, 0.7, 3.0])
    expected = [blurred(noise, x, spread) for x in z]
    assert np.exp(m_estimation.log_density(noise, z, spread)) == pytest.approx(expected, rel=1e-7)
    h = 1e-4
    slope = (m_estimation.log_density(noise, z + h, spread) - m_estimation.log_density(noise, z - h, spread)) / (2 * h)
    assert m_estimation.log_slope(noise, z, spread) == pytest.approx(slope, abs=1e-6)


def test_blurred_noise_far_out_and_without_blur():
    assert m_estimation.log_slope("laplace", 1e6, 2.0) == pytest.approx(-1.0)
    assert m_estimation.log_density("laplace", 1e4, 2.0) == pytest.approx(-1e4 + 2 - np.log(2))
    for noise, (density, _) in NOISES.items():
        z = np.array([-2.0, 0.0, 1.3])
        assert np.exp(m_estimation.log_density(noise, z)) == pytest.approx(density(z))


@pytest.mark.parametrize("spread", [0.02, 0.5, 3.0])
def test_fisher_information(spread):
    def inside(z):
        return (
            np.exp(m_estimation.log_density("laplace", z, spread)) * m_estimation.log_slope("laplace", z, spread) ** 2
        )

    assert m_estimation.fisher_information("laplace", spread) == pytest.approx(integral(inside, spread), rel=1e-8)
    assert m_estimation.fisher_information("normal", spread) == 1 / (1 + spread**2)
    assert (
        1 / (2 + spread**2) < m_estimation.fisher_information("laplace", spread) < 1 / (1 + spread**2)
    )  # Cramér, Stam


def test_fisher_information_at_the_ends():
    assert m_estimation.fisher_information("laplace", 0.0) == m_estimation.fisher_information("normal", 0.0) == 1.0
    assert m_estimation.fisher_information("laplace", 1e-4) == pytest.approx(1.0, abs=1e-3)
    assert 1e4 * m_estimation.fisher_information("laplace", 100.0) == pytest.approx(1 - 2e-4, abs=1e-6)


def equations(kappa, loss, prox, noise):
    """What is left of 1 - κ - E prox' and κ r² - E (ẑ - prox)², each over its size."""
    r = np.sqrt(loss.error)

    def mean(function):
        return integral(lambda z: np.exp(m_estimation.log_density(noise, z, r)) * function(z), r)

    push = mean(lambda z: (z - prox(z, loss)) ** 2)
    slope = mean(lambda z: -prox(z, loss) * m_estimation.log_slope(noise, z, r))  # E prox', by parts
    return [slope / (1 - kappa) - 1, push / (kappa * loss.error) - 1]


PROX = {
    "least_squares": lambda z, loss: z / (1 + loss.scale),
    "least_absolute_deviations": lambda z, loss: np.sign(z) * max(abs(z) - loss.scale, 0.0),
}


@pytest.mark.parametrize(("kappa", "noise", "name"), list(product(SHARES, NOISES, [*PROX, "optimal"])))
def test_losses_solve_the_two_equations(kappa, noise, name):
    loss = getattr(m_estimation, name)(kappa, noise=noise)

    def tweedie(z, loss):
        return z + loss.error * m_estimation.log_slope(noise, z, np.sqrt(loss.error))

    prox = PROX.get(name, tweedie)
    assert equations(kappa, loss, prox, noise) == pytest.approx([0.0, 0.0], abs=1e-6)
    for wrong in (loss._replace(error=1.1 * loss.error), loss._replace(scale=1.1 * loss.scale)):
        if name != "optimal" or wrong.scale == loss.scale:
            assert np.abs(equations(kappa, wrong, prox, noise)).max() > 1e-3


@pytest.mark.parametrize("kappa", [1e-7, 0.01, 0.5, 0.9, 0.999])
def test_least_absolute_deviations_in_closed_form(kappa):
    """A normal ẑ has c at a quantile t; Laplace noise of variance 2 is as good as normal where r is large."""
    t = norm.isf((1 - kappa) / 2)
    square = 2 * quad(lambda z: norm.pdf(z) * z**2, 0, t)[0] + t**2 * (1 - kappa)  # E min(Z², t²)
    error, scale = m_estimation.least_absolute_deviations(kappa, noise="normal")
    assert error == pytest.approx(square / (kappa - square), rel=1e-6)
    assert scale == pytest.approx(t * np.sqrt(1 + error), rel=1e-6)
    if kappa > 0.99:
        error, scale = m_estimation.least_absolute_deviations(kappa, noise="laplace")
        assert [error, scale] == pytest.approx([2 * square / (kappa - square), t * np.sqrt(2 + error)], rel=1e-3)


@pytest.mark.parametrize("kappa", SHARES)
def test_no_loss_beats_the_optimal_one(kappa):
    best = m_estimation.optimal(kappa, noise="laplace").error
    assert best < m_estimation.least_squares(kappa, noise="laplace").error
    assert best < m_estimation.least_absolute_deviations(kappa, noise="laplace").error
    assert best > kappa / (1 - kappa)  # Stam
    squares = m_estimation.least_squares(kappa, noise="normal").error
    assert m_estimation.optimal(kappa, noise="normal").error == pytest.approx(squares, rel=1e-10)
    assert m_estimation.least_absolute_deviations(kappa, noise="normal").error > squares


@pytest.mark.parametrize(("noise", "classical"), [("laplace", 1.0), ("normal", np.pi / 2)])
def test_few_weights_are_classical(noise, classical):
    """r²/κ → 1/(4 f(0)²) for least absolute deviations."""
    error = m_estimation.least_absolute_deviations(1e-6, noise=noise).error
    assert error / 1e-6 == pytest.approx(classical, rel=3e-3)
    assert m_estimation.optimal(1e-6, noise=noise).error / 1e-6 == pytest.approx(1.0, rel=3e-3)


@pytest.mark.parametrize("kappa", SHARES)
def test_the_optimal_loss(kappa):
    u = np.linspace(-7.0, 7.0, 29)
    loss, slope = m_estimation.optimal_loss(kappa, u, noise="laplace")
    h = 1e-3
    up, down = (m_estimation.optimal_loss(kappa, u + s * h, noise="laplace")[0] for s in (1, -1))
    smooth = np.abs(u) > 0.3
    assert slope[smooth] == pytest.approx(((up - down) / (2 * h))[smooth], rel=2e-3)
    assert loss[14] == slope[14] == 0.0 and (np.diff(slope) > -1e-12).all()
    error = m_estimation.optimal(kappa, noise="laplace").error
    pushed = u + slope  # the argument whose map is u
    assert slope == pytest.approx(-error * m_estimation.log_slope("laplace", pushed, np.sqrt(error)), abs=1e-6)


def test_the_optimal_loss_of_normal_noise_is_the_square():
    u = np.array([[-3.0, 0.0], [0.5, 20.0]])
    loss, slope = m_estimation.optimal_loss(0.4, u, noise="normal")
    assert loss == pytest.approx(u**2 / 3, abs=1e-5)
    assert slope == pytest.approx(2 * u / 3, abs=1e-6)


@pytest.mark.parametrize("kappa", [1e-7, 0.5, 0.999])
def test_a_value_of_the_optimal_loss_is_its_own(kappa):
    """Not the residuals' beside it, of any shape; far out the slope is r²."""
    law, u = m_estimation.optimal(kappa, noise="laplace"), np.array([0.0, 1e-4, -1.0, 5.0, 1e5])
    loss, slope = m_estimation.optimal_loss(kappa, u, noise="laplace")
    assert law.scale == m_estimation.optimal(kappa, noise="normal").scale == 1.0
    assert slope[-1] == pytest.approx(law.error, rel=1e-9) and loss[0] == slope[0] == 0
    for k, one in enumerate(u):
        alone = m_estimation.optimal_loss(kappa, one, noise="laplace")
        assert np.shape(alone[0]) == np.shape(alone[1]) == ()
        assert [*alone] == pytest.approx([loss[k], slope[k]], rel=1e-12)
    assert [part.shape for part in m_estimation.optimal_loss(kappa, np.zeros((0, 3)), noise="laplace")] == [(0, 3)] * 2
    assert slope[1] * 5e-5 == pytest.approx(loss[1], rel=0.2)  # nearly a square so near to zero


@pytest.mark.parametrize("spread", [0.01, 0.3, 1.0, 4.0, 30.0])
def test_the_rules_of_integration(spread):
    z, mass = m_estimation._side("laplace", spread)
    fourth = 24 + 12 * spread**2 + 3 * spread**4
    assert [mass.sum(), mass @ z**2, mass @ z**4] == pytest.approx([1, 2 + spread**2, fourth], rel=1e-11)
    c, r = 1.3, spread
    tails = [np.exp(r**2 / 2 - sign * c) * norm.cdf(sign * c / r - r) for sign in (1, -1)]
    inside = 2 * norm.cdf(c / r) - 1 - tails[0] + tails[1]
    assert m_estimation._inside("laplace", r, c)[0] == pytest.approx(inside, rel=1e-9)
    assert m_estimation._NORMAL.sum() == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("kappa", [0.9, 0.99, 0.999])
def test_stams_bound_up_to_the_end(kappa):
    assert 1 < m_estimation.optimal(kappa, noise="laplace").error * (1 - kappa) / kappa < 2


@pytest.mark.parametrize(
    ("kappa", "noise_variance", "prior_variance"),
    [(0.5, 0.5, 2.0), (1.0, 0.3, 0.7), (3.0, 2.0, 1.5), (2.0, 0.5, 1e8), (2.0, 0.5, 1e-9)],
)
def test_ridge_is_marchenko_and_pasturs(kappa, noise_variance, prior_variance):
    penalty = noise_variance / prior_variance
    b = 1 - kappa + penalty
    expected = noise_variance * (np.hypot(b, 2 * np.sqrt(kappa * penalty)) - b) / (2 * kappa * penalty)
    found = m_estimation.ridge(kappa, noise_variance, prior_variance=prior_variance)
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("kappa", "noise_variance"), [(0.5, 0.5), (1.0, 0.5), (1.5, 0.2)])
def test_the_posterior_mean_is_best_and_the_mode_is_not(kappa, noise_variance):
    best = minimize_scalar(
        lambda penalty: m_estimation.lasso(kappa, noise_variance, penalty), bounds=(0.02, 2.0), method="bounded"
    ).fun
    bayes, mode = m_estimation.bayes(kappa, noise_variance), m_estimation.lasso(kappa, noise_variance, noise_variance)
    assert bayes < min(best, m_estimation.ridge(kappa, noise_variance)) and best <= mode


def denoising_error(denoise, tau):
    """E (denoise(β + τZ) - β)² of a Laplace weight, by the rules of Laguerre and Hermite."""
    beta, mass = np.polynomial.laguerre.laggauss(60)
    z = np.linspace(-9, 9, 3601)
    x = beta[:, np.newaxis] + tau * z
    return mass @ ((denoise(x) - beta[:, np.newaxis]) ** 2 @ norm.pdf(z)) * (z[1] - z[0])


def test_one_weight_alone():
    """κ → 0: every weight is seen in noise σ² by itself."""
    tau, penalty = np.sqrt(0.5), 0.4

    def soft(x):
        return np.sign(x) * np.maximum(np.abs(x) - penalty, 0)

    def posterior_mean(x):
        return x + tau**2 * m_estimation.log_slope("laplace", x, tau)

    assert m_estimation.lasso(1e-9, 0.5, penalty) == pytest.approx(denoising_error(soft, tau), rel=1e-4)
    assert m_estimation.bayes(1e-9, 0.5) == pytest.approx(denoising_error(posterior_mean, tau), rel=1e-6)
    assert m_estimation.ridge(1e-9, 0.5, prior_variance=3.0) == pytest.approx(1.5 / 3.5, rel=1e-6)


@pytest.mark.parametrize(
    ("kappa", "noise_variance", "penalty"),
    [
        (1.0, 0.5, 0.5),
        (0.9999, 0.5, 1e-3),
        (0.99991, 0.5, 30.0),
        (100.0, 0.5, 0.5),
        (3.0, 0.5, 1e-3),
        (1.0, 1e-4, 1.0),
        (1.0, 100.0, 0.01),
        (1e-6, 1e-4, 1.0),
    ],
)
def test_the_lasso_solves_its_equations(kappa, noise_variance, penalty):
    error = m_estimation.lasso(kappa, noise_variance, penalty)
    tau = np.sqrt(noise_variance + kappa * error)
    beta, mass = np.polynomial.laguerre.laggauss(60)
    theta = np.geomspace(1e-3 * tau, 200 + 20 * tau, 20_001)  # P(|β + τZ| > θ), weight by weight
    beyond = sum(m * (norm.sf((theta - b) / tau) + norm.sf((theta + b) / tau)) for b, m in zip(beta, mass, strict=True))
    left = theta * (1 - kappa * beyond) - penalty
    at = np.max(np.flatnonzero(left < 0))
    theta = np.interp(0.0, left[at : at + 2], theta[at : at + 2])
    again = denoising_error(lambda x: np.sign(x) * np.maximum(np.abs(x) - theta, 0), tau)
    assert again == pytest.approx(error, rel=5e-3)


def test_the_lasso_of_weights_lost_in_noise_knows_the_noise_alone():
    small, large = (m_estimation.lasso(1.0, s**2, 1e-5 * s) / s**2 for s in (1e3, 1e5))
    assert small == pytest.approx(large, rel=1e-2)


@pytest.mark.parametrize(("n", "p"), [(1, 1), (5, 2), (6, 3), (7, 9)])
def test_separable_by_counting(n, p):
    x = np.random.default_rng(n).standard_normal((n, p))
    cut = 0
    for labels in product((1, -1), repeat=n):
        found = linprog(np.zeros(p), A_ub=-np.array(labels)[:, None] * x, b_ub=-np.ones(n), bounds=[(None, None)] * p)
        cut += found.status == 0
    assert m_estimation.separable_probability(n, p) == cut / 2**n


def test_existence_of_a_likelihoods_maximum():
    assert m_estimation.existence_threshold(0.0) == pytest.approx(0.5, abs=1e-13)
    strengths = np.array([0.0, 0.5, 1.0, 3.0, 10.0, 30.0])
    h = [m_estimation.existence_threshold(g) for g in strengths]
    assert (np.diff(h) < 0).all() and h[-1] > 0
    x, z = np.meshgrid(np.linspace(-8, 8, 401), np.linspace(-8, 8, 401))  # both variables on a grid, no formula between
    mass = 2 * norm.pdf(x) * norm.pdf(z) * expit(3.0 * x) * 0.04**2
    fine = min(np.sum(mass * np.maximum(t * x + z, 0) ** 2) for t in np.linspace(-2.0, 0.0, 201))
    assert h[3] == pytest.approx(fine, abs=2e-4)


@pytest.mark.parametrize("strength", [10.0, 50.0, 1000.0])
def test_existence_of_a_maximum_with_nearly_certain_labels(strength):
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 12 * strength, 40)]) / strength

    def share(log_t):
        def inside(v):
            m = -np.exp(log_t) * v
            return 2 * norm.pdf(v) * expit(strength * v) * ((1 + m**2) * norm.cdf(m) + m * norm.pdf(m))

        nodes, weights = np.polynomial.legendre.leggauss(20)
        half = np.diff(edges)[:, np.newaxis] / 2
        v = edges[:-1, np.newaxis] + half * (1 + nodes)
        return np.sum(half * weights * (inside(v) + inside(-v)))

    expected = minimize_scalar(share, bounds=(-3, 3 + np.log(strength)), method="bounded").fun
    assert m_estimation.existence_threshold(strength) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("share", "strength"), [(0.94, 1.0), (0.94, 10.0)])
def test_logistic_bias_on_a_grid_twice_as_fine(share, strength, monkeypatch):
    kappa = share * m_estimation.existence_threshold(strength)
    found = m_estimation.logistic_bias(kappa, strength)
    fine, step = np.linspace(-9, 9, 721, retstep=True)
    monkeypatch.setattr(m_estimation, "_Z", fine)
    monkeypatch.setattr(m_estimation, "_NORMAL", step * norm.pdf(fine))
    assert found == pytest.approx(m_estimation.logistic_bias(kappa, strength), rel=1e-4)


def test_logistic_bias_that_is_not_found_is_an_error(monkeypatch):
    def lost(function, state, **options):
        return OptimizeResult(x=state, success=False)

    monkeypatch.setattr(m_estimation, "root", lost)
    with pytest.raises(ValueError, match="too near the threshold"):
        m_estimation.logistic_bias(0.1, 1.0)


@pytest.mark.parametrize("lam", [0.01, 1.0, 30.0, 1000.0])
def test_the_proximal_map_of_the_logistic_loss(lam):
    x = np.linspace(-50.0, 50.0 + lam, 301)
    m = m_estimation._prox_logistic(x, lam)
    assert m + lam * expit(m) == pytest.approx(x, abs=1e-9)


def fitted(x, y):
    """Maximum likelihood by Newton's steps."""
    b = np.zeros(x.shape[1])
    for _ in range(30):
        share = expit(x @ b)
        b += np.linalg.solve((x * (share * (1 - share))[:, None]).T @ x, x.T @ ((y > 0) - share))
    return b


def test_logistic_bias_against_fits():
    """Slope and spread over draws; σ² for σ, the classical values, or κ and γ exchanged are rejected."""
    n, p, gamma = 400, 60, 1.5
    law, rng, found = m_estimation.logistic_bias(p / n, gamma), np.random.default_rng(3), []
    truth = np.full(p, gamma * np.sqrt(n / p))  # entries of X of variance 1/n
    for _ in range(60):
        x = rng.standard_normal((n, p)) / np.sqrt(n)
        y = np.where(rng.random(n) < expit(x @ truth), 1, -1)
        b = fitted(x, y)
        slope = b @ truth / (truth @ truth)
        found.append([slope, np.sqrt(np.mean((b - slope * truth) ** 2) * p / (p - 1))])
    mean, se = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    classical = 1 / np.sqrt(quad(lambda q: norm.pdf(q) * expit(gamma * q) * expit(-gamma * q), -12, 12)[0])
    assert (np.abs(mean - law[:2]) < 4.5 * se).all()
    assert abs(mean[0] - 1) > 4.5 * se[0] and abs(mean[1] - classical) > 4.5 * se[1]
    for wrong in (law.spread**2, law.spread * np.sqrt(p / n)):
        assert abs(mean[1] - wrong) > 4.5 * se[1]


def test_logistic_bias_of_few_weights_is_classical():
    gamma = np.sqrt(5)
    law = m_estimation.logistic_bias(1e-4, gamma)
    information = quad(lambda q: norm.pdf(q) * expit(gamma * q) * expit(-gamma * q), -12, 12)[0]
    assert law.slope == pytest.approx(1.0, abs=1e-3)
    assert law.spread == pytest.approx(1 / np.sqrt(information), rel=1e-3)
    assert law.scale / 1e-4 == pytest.approx(1 / information, rel=1e-2)


def test_logistic_bias_reaches_the_largest_kappa_that_it_takes():
    most = 0.95 * m_estimation.existence_threshold(1.0)
    assert m_estimation.logistic_bias(most, 1.0).slope > m_estimation.logistic_bias(0.999 * most, 1.0).slope > 3
    with pytest.raises(ValueError, match="kappa must be at most"):
        m_estimation.logistic_bias(np.nextafter(most, 1.0), 1.0)


def test_logistic_bias_grows_towards_the_threshold():
    slopes = [
        m_estimation.logistic_bias(share * m_estimation.existence_threshold(2.0), 2.0).slope
        for share in (0.3, 0.6, 0.9)
    ]
    assert 1 < slopes[0] < slopes[1] < slopes[2] and slopes[2] > 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: m_estimation.log_density("cauchy", 0.0), "noise must be one of 'laplace', 'normal'"),
        (lambda: m_estimation.log_density("normal", 0.0, -1.0), "spread must be zero or more"),
        (lambda: m_estimation.log_slope("laplace", 0.0, 0.0), "spread must be greater than zero"),
        (lambda: m_estimation.fisher_information("laplace", [1.0]), "spread must be a scalar"),
        (lambda: m_estimation.least_squares(1.0, noise="normal"), "kappa must be below one"),
        (lambda: m_estimation.least_absolute_deviations(0.0, noise="normal"), "kappa must be greater than zero"),
        (lambda: m_estimation.optimal(0.5, noise=None), "noise must be one of"),
        (lambda: m_estimation.optimal_loss(0.5, np.nan, noise="laplace"), "residuals must be finite"),
        (lambda: m_estimation.ridge(-1.0, 0.5), "kappa must be greater than zero"),
        (lambda: m_estimation.ridge(1.0, 0.5, prior_variance=0.0), "prior_variance must be greater than zero"),
        (lambda: m_estimation.lasso(1.0, 0.5, 0.0), "penalty must be greater than zero"),
        (lambda: m_estimation.lasso(1.0, 1.0, 1e-7), "penalty must be larger here"),
        (lambda: m_estimation.bayes(1.0, 0.0), "noise_variance must be greater than zero"),
        (lambda: m_estimation.separable_probability(0, 3), "n must be an integer of at least 1"),
        (lambda: m_estimation.separable_probability(3, 1.5), "p must be an integer"),
        (lambda: m_estimation.separable_probability(3, 0), "p must be an integer of at least 1"),
        (lambda: m_estimation.existence_threshold(-1.0), "strength must be zero or more"),
        (lambda: m_estimation.logistic_bias(0.5, 1.0), "kappa must be at most 0.4170"),
        (lambda: m_estimation.logistic_bias(0.01, 10.5), "strength must be at most 10"),
        (lambda: m_estimation.optimal(0.99999, noise="laplace"), "kappa must be between 1e-7 and 0.999"),
        (lambda: m_estimation.optimal_loss(1e-12, 1.0, noise="normal"), "kappa must be between"),
        (lambda: m_estimation.least_absolute_deviations(1e-12, noise="normal"), "kappa must be between"),
        (lambda: m_estimation.logistic_bias(0.1, 0.0), "strength must be greater than zero"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
