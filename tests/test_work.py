"""Work along driven paths: exact identities at T ≠ 1, and broken records rejected."""

import warnings
from collections import deque

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, ndtri
from scipy.stats import multivariate_normal

from sgdphysics import dynamics, energies, estimators, work

T, K0, K1 = 0.7, 0.8, 4.5
DELTA_F = T / 2 * np.log(K1 / K0)
STIFFENING = [energies.Harmonic(k) for k in np.linspace(K0, K1, 9)]
DRAG = [energies.Harmonic(K1, center) for center in np.linspace(0.0, 1.2, 13)]


class Tilted(energies.DoubleWell):
    """A double well with a constant force."""

    def __init__(self, tilt, barrier=0.8):
        super().__init__(barrier)
        self.tilt = tilt

    def energy(self, q):
        return super().energy(q) - self.tilt * q[..., 0]

    def gradient(self, q):
        return super().gradient(q) - self.tilt


def spring_start(spring, n, rng):
    return spring.center + np.sqrt(T / spring.stiffness) * rng.standard_normal((n, spring.dimension))


def well_start(well, n, rng):
    """Equilibrium of a Tilted well by rejection from the uniform law on [-2.5, 2.5]."""
    q = rng.uniform(-2.5, 2.5, (40 * n, 1))
    lowest = well.energy(np.linspace(-2.5, 2.5, 1001)[:, None]).min()
    return q[rng.random(len(q)) < np.exp(-(well.energy(q) - lowest) / T)][:n]


def well_free_energy(well):
    return -T * np.log(quad(lambda x: np.exp(-well.energy(np.array([x])) / T), -4, 4)[0])


def z_of_jarzynski(works, delta_f, least=-np.inf):
    """⟨exp(-(W - ΔF)/T)⟩ - 1 in standard errors, with W cut off at its ``least`` possible value."""
    mean, se = estimators.replica_mean(np.exp(-(np.maximum(works, least) - delta_f) / T))
    return (mean - 1) / max(se, 1e-12)


def recorded(record, move, n=60000):
    """Works of the stiffened trap by a loop of its own: ``record(before, after, q, moved)`` is the work of a step."""
    rng = np.random.default_rng(11)
    q = spring_start(STIFFENING[0], n, rng)
    total = np.zeros(n)
    for before, after in zip(STIFFENING[:-1], STIFFENING[1:], strict=True):
        moved = move(after, q, rng)
        total += record(before, after, q, moved)
        q = moved
    return total


def switch_then_move(before, after, q, moved):
    return after.energy(q) - before.energy(q)


EXACT = work.exact_move(dt=0.1, temperature=T)


def test_the_loop_of_the_tests_is_the_drive_of_the_package():
    rng = np.random.default_rng(11)
    driven = work.drive(STIFFENING, spring_start(STIFFENING[0], 60000, rng), move=EXACT, rng=rng)
    np.testing.assert_allclose(driven.work, recorded(switch_then_move, EXACT), rtol=1e-12)
    assert driven.work.min() >= 0  # a spring that stiffens never pays
    assert abs(z_of_jarzynski(driven.work, DELTA_F, least=0.0)) < 4.5


def no_root(energy, q, rng):
    decay = np.exp(-energy.stiffness * 0.1)
    return decay * q + T / energy.stiffness * (1 - decay**2) * rng.standard_normal(q.shape)


def noise_of_one_dt(energy, q, rng):
    return q - energy.gradient(q) * 0.1 + np.sqrt(T * 0.1) * rng.standard_normal(q.shape)


BROKEN = {
    "wrong sign of work": (lambda b, a, q, moved: b.energy(q) - a.energy(q), EXACT),
    "work recorded after the move": (lambda b, a, q, moved: a.energy(moved) - b.energy(moved), EXACT),
    "heat counted as work": (lambda b, a, q, moved: a.energy(moved) - b.energy(q), EXACT),
    "missing root of the noise": (switch_then_move, no_root),
    "noise √2 too small": (switch_then_move, noise_of_one_dt),
    "plain Euler steps": (switch_then_move, work.euler_move(dt=0.1, temperature=T)),
}


@pytest.mark.parametrize(("record", "move"), BROKEN.values(), ids=BROKEN)
def test_broken_records_and_moves_are_rejected(record, move):
    """Where a broken record gives works below 0 they are cut off, or exp(-W/T) would have no error bar."""
    assert abs(z_of_jarzynski(recorded(record, move), DELTA_F, least=0.0)) > 9


@pytest.mark.parametrize("n_steps", [1, 2, 30])
@pytest.mark.parametrize("move", [EXACT, work.metropolis_move(dt=0.25, temperature=T)], ids=["exact", "Metropolis"])
def test_jarzynski_holds_for_any_number_of_steps(n_steps, move):
    rng = np.random.default_rng(n_steps)
    protocol = [energies.Harmonic([K0, 2.0], [c, 0.0]) for c in np.linspace(0, 0.9, n_steps + 1)]
    driven = work.drive(protocol, spring_start(protocol[0], 40000, rng), move=move, rng=rng)
    assert driven.q.shape == (40000, 2)
    assert abs(z_of_jarzynski(driven.work, 0.0)) < 4.5


def test_jarzynski_and_crooks_in_a_double_well_by_metropolis_steps():
    rng = np.random.default_rng(17)
    protocol = [Tilted(tilt) for tilt in np.linspace(-0.3, 0.9, 13)]
    move = work.metropolis_move(dt=0.12, temperature=T)
    forward = work.drive(protocol, well_start(protocol[0], 20000, rng), move=move, rng=rng).work
    reverse = work.drive(protocol[::-1], well_start(protocol[-1], 20000, rng), move=move, rng=rng).work
    delta_f = well_free_energy(protocol[-1]) - well_free_energy(protocol[0])
    assert abs(z_of_jarzynski(forward, delta_f)) < 4.5
    assert abs(z_of_jarzynski(reverse, -delta_f)) < 4.5
    estimate, se = work.bar(forward, reverse, temperature=T)
    assert abs(estimate - delta_f) < 4.5 * se
    (slope, crossing), (slope_se, crossing_se) = work.crooks_fit(forward, reverse)
    assert abs(slope - 1 / T) < 4.5 * slope_se
    assert abs(crossing - delta_f) < 4.5 * crossing_se
    for threshold in np.quantile(forward, [0.1, 0.3, 0.6, 0.9]):  # Crooks, bin by bin and without a fit
        there, se = estimators.replica_mean((forward < threshold) * np.exp(-(forward - delta_f) / T))
        back, se_back = estimators.replica_mean(1.0 * (-reverse < threshold))
        assert abs(there - back) < 4.5 * np.hypot(se, se_back)


def drag_law(move_decay, move_variance):
    """Exact mean and variance of the work of DRAG for moves x' = a x + noise of given variance about the centre."""
    k, delta = K1, DRAG[1].center[0] - DRAG[0].center[0]
    n = len(DRAG) - 1
    mean, lag = 0.0, 0.0
    spread = np.zeros((n, n))  # covariance of the positions before each switch
    variances = [T / k]
    for _ in range(n):
        mean += k * delta * (delta / 2 + lag)
        lag = move_decay * (lag + delta)
        variances.append(move_decay**2 * variances[-1] + move_variance)
    for i in range(n):
        for j in range(n):
            spread[i, j] = move_decay ** abs(i - j) * variances[min(i, j)]
    return mean, (k * delta) ** 2 * spread.sum()


@pytest.mark.parametrize("kind", ["exact", "euler"])
def test_work_of_the_dragged_trap_is_normal_with_the_exact_moments(kind):
    dt, rng = 0.06, np.random.default_rng(23)
    decay = np.exp(-K1 * dt) if kind == "exact" else 1 - K1 * dt
    noise = T / K1 * (1 - decay**2) if kind == "exact" else 2 * T * dt
    move = {"exact": work.exact_move, "euler": work.euler_move}[kind](dt=dt, temperature=T)
    works = work.drive(DRAG, spring_start(DRAG[0], 40000, rng), move=move, rng=rng).work
    mean, variance = drag_law(decay, noise)
    z = (works - mean) / np.sqrt(variance)
    for power, moment in enumerate([0.0, 1.0, 0.0, 3.0], start=1):
        measured, se = estimators.replica_mean(z**power)
        assert abs(measured - moment) < 4.5 * se
    if kind == "exact":
        assert mean == pytest.approx(variance / (2 * T), rel=1e-12)
        assert mean == pytest.approx(work.dragging_dissipation(1.2, 12 * dt, K1), rel=(K1 * dt) ** 2 / 6)
    else:
        value, se = work.jarzynski(works, temperature=T)
        assert abs(value - (mean - variance / (2 * T))) < 4.5 * se
        assert mean - variance / (2 * T) < -0.1  # ΔF = 0: the bias of Euler's steps


TRAP = energies.Harmonic([0.8, 2.0], [0.3, 0.0])
LEFT_OUT = {
    "exact_move": lambda **heat: work.exact_move(dt=0.1, **heat)(TRAP, np.ones((5, 2)), np.random.default_rng(0)),
    "euler_move": lambda **heat: work.euler_move(dt=0.1, **heat)(TRAP, np.ones((5, 2)), np.random.default_rng(0)),
    "metropolis_move": lambda **heat: work.metropolis_move(dt=0.1, **heat)(
        TRAP, np.ones((50, 2)), np.random.default_rng(0)
    ),
    "jarzynski": lambda **heat: work.jarzynski([0.3, 1.0, 2.0], **heat),
    "bar": lambda **heat: work.bar([0.3, 1.0, 2.0], [0.1, -1.0], **heat),
    "annealed_importance_sampling": lambda **heat: work.annealed_importance_sampling(
        *(TRAP, energies.Harmonic([1.0, 3.0]), np.ones((5, 2))),
        betas=[0.0, 1.0],
        move=lambda energy, q, rng: q,
        rng=np.random.default_rng(0),
        **heat,
    )[0],
    "mean_harmonic_work": lambda **heat: work.mean_harmonic_work(STIFFENING, [0.1], [0.5], dt=0.1, **heat),
    "log_work_moment": lambda **heat: work.log_work_moment(DRAG, 2.0, dt=0.1, **heat),
}


@pytest.mark.parametrize("answer", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_temperature_that_is_left_out_is_one(answer):
    np.testing.assert_array_equal(answer(), answer(temperature=1.0))
    assert np.any(np.not_equal(answer(), answer(temperature=1.5)))


def test_dragging_dissipation_is_stokes_friction_when_slow_and_a_sudden_switch_when_fast():
    assert work.dragging_dissipation(2.0, 1e5, 3.0) == pytest.approx(2.0**2 / 1e5, rel=1e-4)
    assert work.dragging_dissipation(2.0, 1e-6, 3.0) == pytest.approx(3.0 * 2.0**2 / 2, rel=1e-3)
    assert work.dragging_dissipation(2.0, [1.0, 2.0]).shape == (2,)
    assert work.dragging_dissipation(2.0, 1e-6) == pytest.approx(1.0 * 2.0**2 / 2, rel=1e-3)  # a stiffness of one


def test_metropolis_move_keeps_equilibrium_with_detailed_balance_at_a_large_step():
    well, rng = Tilted(0.4), np.random.default_rng(29)
    start = well_start(well, 40000, rng)
    end = work.metropolis_move(dt=0.3, temperature=T)(well, start, rng)
    x, y = start[:, 0], end[:, 0]
    moved, se = estimators.replica_mean(1.0 * (x != y))
    assert 0.3 < moved < 0.95  # the step is large enough for the test of Metropolis to matter
    for f, g in [(np.sin, np.cos), (np.sign, np.square), (np.tanh, np.exp)]:
        mean, se = estimators.replica_mean(f(x) * g(y) - g(x) * f(y))
        assert abs(mean) < 4.5 * se
    without_proposal_ratio = x - well.gradient(start)[:, 0] * 0.3 + np.sqrt(2 * T * 0.3) * rng.standard_normal(40000)
    rise = well.energy(without_proposal_ratio[:, None]) - well.energy(start)
    y = np.where(rng.random(40000) < np.exp(-rise / T), without_proposal_ratio, x)
    mean, se = estimators.replica_mean(np.sign(x) * y**2 - x**2 * np.sign(y))
    assert abs(mean) > 9 * se


def gaussian_works(rng, n_forward, n_reverse, delta_f=0.4, dissipation=1.1):
    spread = np.sqrt(2 * T * dissipation)
    forward = delta_f + dissipation + spread * rng.standard_normal(n_forward)
    return forward, -delta_f + dissipation + spread * rng.standard_normal(n_reverse)


@pytest.mark.parametrize("gap", [10.0, 36.0, 50.0, 500.0, 5000.0])
def test_bar_of_works_that_hardly_overlap(gap):
    """Works that mirror each other give 0 by symmetry, and a shift moves it; the odds f are as small as exp(-gap)."""
    works = np.array([gap, gap + 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, se = work.bar(works, works)
        shifted, shifted_se = work.bar(works + 3.0, works - 3.0)
        scaled, scaled_se = work.bar(T * (works + 3.0), T * (works - 3.0), temperature=T)
    np.testing.assert_allclose([value, shifted, scaled], [0.0, 3.0, 3.0 * T], atol=1e-12 * gap)
    if gap > 30.0:  # then f is exp(-x), and the error √(var(f)/⟨f⟩²) of the two weights 1 and 1/e
        np.testing.assert_allclose([se, shifted_se, scaled_se / T], np.tanh(0.5), rtol=1e-10)


def test_bar_of_unequal_numbers_that_hardly_overlap():
    """Where f(x) = exp(-x), Bennett's condition is solved by ΔF/T = [ln(n_F/n_R) + ln⟨e^{-W_R}⟩ - ln⟨e^{-W_F}⟩]/2."""
    forward, reverse = np.array([300.0, 302.0, 301.0]), np.array([250.0, 253.0])
    value, se = work.bar(T * forward, T * reverse, temperature=T)
    weights = [np.exp(-(w - w.min())) for w in (forward, reverse)]
    log_means = [np.log(x.mean()) - w.min() for x, w in zip(weights, (forward, reverse), strict=True)]
    assert value / T == pytest.approx((np.log(3 / 2) + log_means[1] - log_means[0]) / 2, abs=1e-10)
    assert se / T == pytest.approx(np.sqrt(sum(x.var() / x.mean() ** 2 / x.size for x in weights)), rel=1e-9)


def test_error_bars_are_as_wide_as_the_scatter_and_bar_beats_jarzynski():
    rng = np.random.default_rng(37)
    rows = []
    for _ in range(300):
        forward, reverse = gaussian_works(rng, 1500, 700)
        (slope, crossing), (slope_se, crossing_se) = work.crooks_fit(forward, reverse)
        rows.append([*work.bar(forward, reverse, temperature=T), slope, slope_se, crossing, crossing_se])
        rows[-1] += work.jarzynski(forward, temperature=T)
    rows = np.array(rows)
    for value, exact in [(0, 0.4), (2, 1 / T), (4, 0.4)]:
        z = (rows[:, value] - exact) / rows[:, value + 1]
        assert abs(z.mean()) < 4.5 / np.sqrt(300)
        assert abs(z.std() - 1) < 4.5 / np.sqrt(600)
    assert rows[:, 0].std() < 0.8 * rows[:, 6].std()


@pytest.mark.parametrize("dissipation", [0.1, 3.0, 5.0])
def test_crooks_fit_is_the_maximum_of_its_likelihood_also_from_a_far_start(dissipation):
    forward, reverse = gaussian_works(np.random.default_rng(4), 2000, 300, dissipation=dissipation)
    (slope, crossing), _ = work.crooks_fit(forward, reverse)
    odds = np.log(forward.size / reverse.size)
    miss_forward = 1 / (1 + np.exp(odds + slope * (forward - crossing)))
    miss_reverse = 1 / (1 + np.exp(-odds + slope * (reverse + crossing)))
    assert miss_forward.sum() == pytest.approx(miss_reverse.sum(), rel=1e-7)
    assert miss_forward @ forward == pytest.approx(-miss_reverse @ reverse, rel=1e-7)


def test_crooks_fit_comes_home_from_far_works():
    """Works that mirror themselves cross at zero; a few far ones make the way to the slope long."""
    works = np.array([-0.2, 0.1, 0.5] + [20.0] * 5)
    (slope, crossing), _ = work.crooks_fit(works, works)
    assert crossing == pytest.approx(0.0, abs=1e-9)
    score = np.sum(works / (1 + np.exp(slope * works)))  # of the likelihood's derivative along the slope
    assert slope == pytest.approx(3.0960, abs=1e-4) and score == pytest.approx(0.0, abs=1e-9)


def test_crooks_fit_says_when_it_finds_no_slope():
    hardly = np.append(np.linspace(1.0, 2.0, 50), -1e-42)  # as reverse works, only the last overlaps
    with pytest.raises(ArithmeticError, match="did not converge"):
        work.crooks_fit(hardly, hardly)


def test_jarzynski_of_many_columns_and_of_works_beyond_exp():
    works = np.random.default_rng(0).normal(1.0, 0.3, (500, 3)) + [0.0, 3000.0, -3000.0]
    value, se = work.jarzynski(works, temperature=T)
    np.testing.assert_allclose(value[1:], value[0] + [3000.0, -3000.0], atol=0.1)
    one = work.jarzynski(works[:, 1], temperature=T)
    np.testing.assert_allclose([value[1], se[1]], one, rtol=1e-12)


def regression():
    rng = np.random.default_rng(41)
    x = np.stack([np.ones(15), np.linspace(-1, 2, 15)], axis=1)
    return energies.LinearRegression(x, x @ [0.4, -0.9] + 0.5 * rng.standard_normal(15), noise=0.5, prior_scale=1.3)


def test_log_evidence_of_the_regression_is_that_of_the_normal_law_and_of_the_integral():
    model = regression()
    covariance = 0.25 * np.eye(15) + 1.69 * model.x @ model.x.T
    assert model.log_evidence() == pytest.approx(multivariate_normal(np.zeros(15), covariance).logpdf(model.y))
    mean, covariance = model.posterior()
    integral = np.log(2 * np.pi) + 0.5 * np.log(np.linalg.det(covariance)) - model.energy(mean)
    constants = 15 / 2 * np.log(2 * np.pi * 0.25) + 2 / 2 * np.log(2 * np.pi * 1.69)
    assert model.log_evidence() + constants == pytest.approx(integral)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_annealed_importance_sampling_finds_the_ratio_of_the_integrals_and_the_posterior(temperature):
    model, rng = regression(), np.random.default_rng(43)
    prior = energies.Harmonic(np.full(2, 1 / 1.3**2))
    log_weights, q = work.annealed_importance_sampling(
        prior,
        model,
        1.3 * np.sqrt(temperature) * rng.standard_normal((20000, 2)),
        betas=np.linspace(0, 1, 60) ** 2,
        move=work.metropolis_move(dt=0.02, temperature=temperature),
        temperature=temperature,
        rng=rng,
    )
    mean, covariance = model.posterior(temperature)
    exact = 0.5 * np.log(np.linalg.det(covariance / (1.69 * temperature))) - model.energy(mean) / temperature
    weights = np.exp(log_weights - exact)
    average, se = estimators.replica_mean(weights)
    assert abs(average - 1) < 4.5 * se
    if temperature == 1.0:
        constants = 15 / 2 * np.log(2 * np.pi * 0.25)
        assert exact - constants == pytest.approx(model.log_evidence())
    for i in range(2):
        deviation, se = estimators.replica_mean(weights * (q[:, i] - mean[i]))
        assert abs(deviation) < 4.5 * se
        deviation, se = estimators.replica_mean(weights * ((q[:, i] - mean[i]) ** 2 - covariance[i, i]))
        assert abs(deviation) < 4.5 * se


def test_blend_goes_from_one_energy_to_the_other():
    start, end, q = energies.Harmonic(2.0, 1.0), energies.DoubleWell(0.7), np.array([[0.3], [-1.2]])
    for beta, energy in [(0, start), (1, end)]:
        np.testing.assert_array_equal(work.Blend(start, end, beta).energy(q), energy.energy(q))
    middle, h = work.Blend(start, end, 0.3), 1e-6
    slope = (middle.energy(q + h) - middle.energy(q - h)) / (2 * h)
    np.testing.assert_allclose(middle.gradient(q)[:, 0], slope, rtol=1e-8)


def test_moves_are_the_formulas():
    """To rounding, which two per cent more heat is not; of the Metropolis step both answers are seen."""
    dt, q = 0.3, np.array([[0.3], [-1.2], [2.0], [0.9], [1.4], [-0.2]])
    spring, noise = energies.Harmonic(1.7, center=0.4), np.random.default_rng(5).standard_normal(q.shape)
    a = np.exp(-1.7 * dt)
    moved = work.exact_move(dt=dt, temperature=T)(spring, q, np.random.default_rng(5))
    np.testing.assert_allclose(moved, 0.4 + a * (q - 0.4) + np.sqrt(T * (1 - a * a) / 1.7) * noise, rtol=1e-13)
    well, q = Tilted(0.4), np.linspace(-1.8, 1.9, 3000)[:, None]
    noise = np.random.default_rng(5).standard_normal(q.shape)
    proposed = q - (4 * 0.8 * q * (q * q - 1) - 0.4) * dt + np.sqrt(2 * T * dt) * noise
    moved = work.euler_move(dt=dt, temperature=T)(well, q, np.random.default_rng(5))
    np.testing.assert_allclose(moved, proposed, rtol=1e-12, atol=1e-13)
    moved = work.metropolis_move(dt=dt, temperature=T)(well, q, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    rng.standard_normal(q.shape)
    chance = 1 - rng.random(len(q))

    def weight(x, y):
        """exp(-E(x)/T) times the density of proposing y from x."""
        away = y - x + (4 * 0.8 * x * (x * x - 1) - 0.4) * dt
        return np.exp(-(0.8 * (x * x - 1) ** 2 - 0.4 * x) / T - away**2 / (4 * T * dt))

    taken = chance < (weight(proposed, q) / weight(q, proposed))[:, 0]
    np.testing.assert_allclose(moved[:, 0], np.where(taken, proposed[:, 0], q[:, 0]), rtol=1e-12, atol=1e-13)
    assert 0.3 < taken.mean() < 0.9


def test_works_and_estimates_are_the_formulas():
    q0 = np.array([[0.3, 1.0], [-2.0, 0.5]])
    protocol = [energies.Harmonic([1.0, 2.0]), energies.Harmonic([1.5, 2.5], 0.3), energies.Harmonic([4.0, 1.0])]
    driven = work.drive(protocol, q0, move=lambda energy, q, rng: q + 1.0, rng=np.random.default_rng(0))
    expected = [
        protocol[1].energy(q) - protocol[0].energy(q) + protocol[2].energy(q + 1) - protocol[1].energy(q + 1)
        for q in q0
    ]
    np.testing.assert_allclose(driven.work, expected, rtol=1e-13)
    np.testing.assert_array_equal(driven.q, q0 + 2.0)
    works = np.array([0.3, 1.2, 0.7, 2.0])
    x = np.exp(-works / T)
    value, se = work.jarzynski(works, temperature=T)
    assert value == pytest.approx(-T * np.log(x.mean()), rel=1e-13)
    assert se == pytest.approx(T * x.std(ddof=1) / x.mean() / 2, rel=1e-13)
    assert work.dragging_dissipation(1.3, 0.8, 2.1) == pytest.approx(
        (1.3 / 0.8) ** 2 * (0.8 - (1 - np.exp(-2.1 * 0.8)) / 2.1), rel=1e-13
    )
    log_weights, q = work.annealed_importance_sampling(
        protocol[0],
        protocol[2],
        q0,
        betas=[0.0, 0.3, 1.0],
        move=lambda energy, q, rng: q + 1.0,
        temperature=T,
        rng=np.random.default_rng(0),
    )
    gain = [protocol[2].energy(x) - protocol[0].energy(x) for x in (q0, q0 + 1)]
    np.testing.assert_allclose(log_weights, -(0.3 * gain[0] + 0.7 * gain[1]) / T, rtol=1e-12)
    np.testing.assert_array_equal(q, q0 + 2.0)


def test_bennett_and_the_fit_of_crooks_solve_their_equations():
    forward, reverse = gaussian_works(np.random.default_rng(3), 60, 25)
    delta_f, se = work.bar(forward, reverse, temperature=T)
    m = np.log(60 / 25)
    ahead = 1 / (1 + np.exp(m + (forward - delta_f) / T))
    back = 1 / (1 + np.exp(-m + (reverse + delta_f) / T))
    assert ahead.sum() == pytest.approx(back.sum(), rel=1e-10)
    variance = ahead.var() / ahead.mean() ** 2 / 60 + back.var() / back.mean() ** 2 / 25
    assert se == pytest.approx(T * np.sqrt(variance), rel=1e-9)


def test_steps_of_the_drive_are_seen_one_by_one_and_the_start_is_left_alone():
    q0 = np.ones((4, 1))
    states = list(work.drive_steps(DRAG, q0, move=EXACT, rng=np.random.default_rng(0)))
    assert len(states) == len(DRAG)
    np.testing.assert_array_equal(states[0].work, 0.0)
    np.testing.assert_array_equal(states[1].work, DRAG[1].energy(q0) - DRAG[0].energy(q0))
    np.testing.assert_array_equal(q0, 1.0)
    last = work.drive(DRAG, q0, move=EXACT, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(last.work, states[-1].work)


@pytest.mark.parametrize("done", [0, 1, 3])
def test_an_error_of_a_move_carries_the_steps_that_were_done(done):
    calls = []

    def move(energy, q, rng):
        calls.append(q)
        if len(calls) > done:
            raise RuntimeError("the move broke")
        return q + 0.5

    with pytest.raises(RuntimeError, match="the move broke") as caught:
        work.drive(DRAG, np.zeros((2, 1)), move=move, rng=np.random.default_rng(0))
    assert f"raised after step {done};" in caught.value.__notes__[0]
    np.testing.assert_array_equal(caught.value.trajectory.q, np.full((2, 1), 0.5 * done))


@pytest.mark.parametrize("size", [4e-21, 1e-3, 1.0, 1e3])  # the first is of joules
def test_bennett_is_of_one_unit_of_energy_as_of_another(size):
    """ΔF and its error are of the dimension of the works; one side has a hundred paths to the other's two."""
    forward, reverse = np.linspace(-1.0, 3.0, 200), np.array([0.1, -0.4])
    value, se = work.bar(forward, reverse)
    scaled, scaled_se = work.bar(size * forward, size * reverse, temperature=size)
    assert scaled == pytest.approx(size * value, abs=1e-12 * size)
    assert scaled_se == pytest.approx(size * se, rel=1e-9)
    odds = np.log(100.0)
    ahead, back = 1 / (1 + np.exp(odds + forward - value)), 1 / (1 + np.exp(-odds + reverse + value))
    assert ahead.sum() == pytest.approx(back.sum(), rel=1e-10)


def test_bennett_of_works_that_lie_far_apart_or_of_one_value():
    """The reverse works bound the root from above, also where each forward work lies far below them; and at T → 0."""
    value, error = work.bar([0.0, 0.1], [-100.0, -100.1, -100.2])
    assert value == pytest.approx(99.000277, abs=1e-5) and error == pytest.approx(0.0157, abs=1e-4)
    odds = np.log(2 / 3)
    ahead = np.log(1 / (1 + np.exp(odds + np.array([0.0, 0.1]) - value))).tolist()
    back = np.logaddexp.reduce(-np.logaddexp(0.0, -odds + np.array([-100.0, -100.1, -100.2]) + value))
    assert np.logaddexp.reduce(ahead) == pytest.approx(back, abs=1e-9)
    assert work.bar([0.0, 0.1, 0.2], [-100.0, -100.1])[0] == pytest.approx(1.1997233, abs=1e-6)
    for temperature in (1e-20, 1e-16, 1.26e-15, 2e-15, 1e-3):
        assert work.bar([1.0, 1.0], [-1.0, -1.0], temperature=temperature) == pytest.approx((1.0, 0.0), abs=1e-12)
    assert work.bar([5e-324, 0.0], [0.0, 0.0], temperature=5e-324)[0] == 0


def test_bennett_of_equal_numbers_that_lie_far_apart_is_their_middle():
    """Each way round; all terms are then 1, or exp(-100), and their differences rounding."""
    assert work.bar([0.0, 0.0], [-100.0, -100.0]) == pytest.approx((50.0, 0.0), abs=1e-12)
    assert work.bar([100.0, 100.0], [0.0, 0.0]) == pytest.approx((50.0, 0.0), abs=1e-12)
    assert work.bar([0.0, 1.0], [-1000.0, -1001.0])[0] == pytest.approx(500.5, abs=1e-9)
    assert work.bar([0.0, 0.0, 0.0], [-100.0, -101.0, -101.0])[0] == pytest.approx(
        50 + np.log(3 / (1 + 2 / np.e)) / 2, abs=1e-9
    )


#: Roots of Bennett's condition by bisection with mpmath, 120 digits and more: works that break Crooks' theorem, where
#: as many forward works lie below ΔF as minus reverse works above it.
BOTH_ONES = [
    ([0.0, 0.0, 1000.0], [-500.0, -500.0, 1000.0], 1.0, 250.0),
    ([0.0, 0.0, 1000.0], [-500.0, -500.0], 1.0, 250.40546510810816),
    ([0.3, 1.0, 2.0], [0.1, -1.0], 0.005, 0.650294457589141),
    ([0.3, 1.0, 2.0], [0.1, -1.0], 0.009, 0.6505300236604538),
    ([0.0, 0.1], [-100.0, -100.1, -100.2, 0.0], 1.0, 98.71259463098832),
    ([300.0, 150.0, 0.5, 0.0], [-300.0, -150.0], 1.0, 75.83361208237002),
]


@pytest.mark.parametrize(("forward", "reverse", "temperature", "expected"), BOTH_ONES)
def test_bennett_where_ones_on_both_sides_cancel(forward, reverse, temperature, expected):
    found = work.bar(forward, reverse, temperature=temperature)
    assert found[0] == pytest.approx(expected, rel=1e-14)
    mirrored = work.bar(reverse, forward, temperature=temperature)
    assert mirrored == pytest.approx((-found[0], found[1]), rel=1e-13)


def test_bennett_where_the_search_meets_a_work():
    """The first middle is 0, one of the works on either side: there f is a half, and neither a one nor a part."""
    forward, reverse = np.array([-1.0, 0.0, 1.0]), np.array([-1.0, 0.1, 1.0])
    value = work.bar(forward, reverse)[0]
    assert -0.1 < value < 0
    assert expit(value - forward).sum() == pytest.approx(expit(-value - reverse).sum(), rel=1e-14)
    assert work.bar(reverse, forward)[0] == pytest.approx(-value, rel=1e-13)


def test_bennett_beside_works_of_any_size():
    """One work far away takes no part; nor do works near the largest number overflow the middle of them all."""
    alone = work.bar([1e6, 0.0, 1.0], [0.0, 1.0, 2.0])
    for far in (1e40, 1e100, 1e300):
        assert work.bar([far, 0.0, 1.0], [0.0, 1.0, 2.0]) == pytest.approx(alone, rel=1e-14)
    assert work.bar([1e308, 1e308], [-1e308, -1e308]) == (1e308, 0.0)
    assert work.bar([-1e308, -1e308], [1e308, 1e308]) == (-1e308, 0.0)


def test_bennetts_error_ends_at_root_two_however_large_the_gap():
    """Of a thousand paths each way one decides: each side gives 999/1000."""
    works = np.append(0.0, np.full(999, 200.0))
    assert work.bar(works, works, temperature=0.5)[1] == pytest.approx(0.5 * np.sqrt(2 * 0.999), rel=1e-9)


def test_bennett_in_heat_that_is_large_or_small_beside_the_works():
    """At T → ∞ all terms are linear: ΔF is the mean of both ways' mean works; at T → 0 it keeps the digits of T."""
    assert work.bar([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], temperature=1e9)[0] == pytest.approx(0.5, abs=1e-6)
    assert work.bar([1e17, 0.0, 1.0], [0.0, 1.0, 2.0])[0] == pytest.approx(0.1201, abs=1e-4)
    unit = 2.0**-47
    of_one = work.bar([0.0, 1.0, 2.0], [0.0, 1.0, 3.0])[0]
    shifted = work.bar(1 + unit * np.array([0.0, 1.0, 2.0]), -1 + unit * np.array([0.0, 1.0, 3.0]), temperature=unit)[0]
    assert (shifted - 1) / unit == pytest.approx(of_one, abs=2.0**-5)


def test_paths_that_blow_up_say_so():
    protocol = [energies.Harmonic(k) for k in np.linspace(1.0, 1e6, 200)]
    with pytest.raises(dynamics.DivergedError, match="lower dt of the move"):
        work.drive(protocol, np.ones((3, 1)), move=work.euler_move(dt=1.0), rng=np.random.default_rng(0))


def test_the_first_path_that_is_lost_is_named_whether_its_work_is_lost_or_its_place():
    class Overflowing(energies.Harmonic):
        """Its energy is no number beyond q = 2."""

        def energy(self, q):
            return np.where(q[..., 0] > 2.0, np.inf, super().energy(q))

    q0, still = np.array([[[0.0], [1.0], [3.0]], [[4.0], [0.5], [1.5]]]), lambda energy, q, rng: q
    with pytest.raises(dynamics.DivergedError, match=r"step 2 in chain \(0, 2\)") as caught:
        work.drive([DRAG[0], DRAG[1], Overflowing(1.0)], q0, move=still, rng=np.random.default_rng(0))
    assert caught.value.trajectory.work.shape == (2, 3)

    def away(energy, q, rng):
        return np.where(q == 1.0, np.inf, q)

    with pytest.raises(dynamics.DivergedError, match=r"step 1 in chain \(0, 1\)"):
        work.drive(DRAG[:2], q0, move=away, rng=np.random.default_rng(0))


@pytest.mark.parametrize("paths", [(), (3,), (2, 3)])
def test_before_the_first_step_no_path_has_done_work(paths):
    first = next(work.drive_steps(DRAG, np.zeros((*paths, 1)), move=EXACT, rng=np.random.default_rng(0)))
    assert first.work.shape == paths and not first.work.any()


def test_mean_work_of_one_switch_and_from_a_point():
    """Of a switch that is all there is: ½ (k' - k) ⟨q²⟩, also where all paths start at one place."""
    for mean, variance in ((0.0, 0.6), (1.5, 0.0)):
        switch = [energies.Harmonic(K0), energies.Harmonic(K1)]
        found = work.mean_harmonic_work(switch, [mean], [variance], dt=0.1)
        assert found == pytest.approx((K1 - K0) / 2 * (mean**2 + variance), rel=1e-14)


@pytest.mark.parametrize(("stiffness", "power"), [(0.5, 2.0), (0.25, 2.0), (0.75, 4.0), (0.4, 5.0)])
def test_weights_of_a_spring_let_go_too_far_have_no_moment(stiffness, power):
    """⟨exp(-λ ½ (k' - k) q²)⟩ over a normal q of variance 1/k is finite where 1 + λ (k' - k)/k > 0 alone."""
    assert 1 + power * (stiffness - 1) <= 0
    slack = [energies.Harmonic(1.0), energies.Harmonic(stiffness)]
    with np.errstate(all="raise"):
        assert work.log_work_moment(slack, power, dt=0.1) == np.inf
        most = 0.99 / (1 - stiffness)
        expected = -0.5 * np.log(1 + most * (stiffness - 1))
        assert work.log_work_moment(slack, most, dt=0.1) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("numbers", [(4000, 4000), (6000, 2000), (2000, 6000)])
def test_the_error_of_the_crossing_is_that_of_the_midpoint_of_two_narrow_laws(numbers):
    """Where both laws are much narrower than T, of width σ, they cross half way between their means.

    Its variance is σ² (1/n_F + 1/n_R)/4, to a relative order σ², for works that stand at the quantiles of the laws.
    """
    sigma = 0.1
    forward, reverse = (sigma**2 / 2 + sigma * ndtri((np.arange(n) + 0.5) / n) for n in numbers)
    (slope, crossing), (_, error) = work.crooks_fit(forward, reverse)
    assert [slope, crossing] == pytest.approx([1.0, 0.0], abs=0.02)
    assert error == pytest.approx(sigma / 2 * np.sqrt(1 / numbers[0] + 1 / numbers[1]), rel=3 * sigma**2)


def steps(protocol=DRAG, q0=((0.0,),), move=EXACT, rng=None):
    return deque(work.drive_steps(protocol, q0, move=move, rng=rng or np.random.default_rng(0)), maxlen=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: steps(protocol=DRAG[:1]), "protocol must hold at least two energies"),
        (lambda: steps(protocol=[energies.Harmonic(1.0), energies.Harmonic([1.0, 2.0])]), "of one dimension"),
        (lambda: steps(q0=np.zeros((3, 2))), "q0 must have shape"),
        (lambda: steps(move=0.1), "move must be a function"),
        (lambda: steps(protocol=[energies.DoubleWell(), energies.DoubleWell(2.0)]), "energy must be Harmonic"),
        (lambda: steps(rng=5), "rng must be a numpy.random.Generator"),
        (lambda: work.exact_move(dt=0.0), "dt must be greater than zero"),
        (lambda: work.metropolis_move(dt=0.1, temperature=0.0), "temperature must be greater than zero"),
        (lambda: work.euler_move(dt=np.nan), "dt must be finite"),
        (lambda: work.exact_move(dt=[0.1, 0.2]), "dt must be a scalar"),
        (lambda: work.metropolis_move(dt=0.1, temperature=[1.0, 2.0]), "temperature must be a scalar"),
        (lambda: work.jarzynski([1.0, 2.0], temperature=[1.0, 2.0]), "temperature must be a scalar"),
        (lambda: work.bar([1.0, 2.0], [1.0, 2.0], temperature=[1.0]), "temperature must be a scalar"),
        (lambda: work.Blend(DRAG[0], DRAG[1], [0.1, 0.2]), "beta must be a scalar"),
        (lambda: work.dragging_dissipation(1.0, 0.0), "duration must be greater than zero"),
        (lambda: work.jarzynski([1.0]), "work must hold the works of at least two paths"),
        (lambda: work.jarzynski([1.0, np.nan]), "work must be finite"),
        (lambda: work.jarzynski([1.0, 2.0], temperature=-1.0), "temperature"),
        (lambda: work.bar([1.0, 2.0], [[1.0, 2.0]]), "reverse must have 1 axes"),
        (lambda: work.crooks_fit([5.0, 6.0], [-1.0, -2.0]), "must overlap"),
        (lambda: work.crooks_fit([0.0, 1.0], [-1.0, -2.0]), "must overlap"),
        (lambda: work.crooks_fit([1.0, 2.0], [-1.0, 0.0]), "must overlap"),
        (lambda: work.crooks_fit([1.0, 1.0], [-1.0, -1.0]), "must overlap"),
        (lambda: work.jarzynski(np.ma.masked_greater([1.0, 2.0, 9.0], 5.0)), "work must not be masked"),
        (lambda: work.bar([1.0, 2.0], [1.0 + 1j, 2.0]), "reverse must be an array of real numbers"),
        (lambda: work.Blend(DRAG[0], None, 0.5), "end.dimension must be an integer of at least 1, got None"),
        (lambda: work.Blend(DRAG[0], DRAG[1], 1.5), r"beta must be in \[0, 1\]"),
        (lambda: work.Blend(DRAG[0], energies.Harmonic([1.0, 2.0]), 0.5), "start and end of one dimension"),
        (lambda: work.Blend(DRAG[0], DRAG[1], -0.1), "beta"),
        (lambda: work.jarzynski(1.0), "work must hold the works of at least two paths"),
        (lambda: work.mean_harmonic_work(DRAG[:1], [0.0], [1.0], dt=0.1), "at least two Harmonic energies"),
        (lambda: work.mean_harmonic_work(DRAG, [0.0, 0.0], [1.0, 1.0], dt=0.1), "must have shape"),
        (lambda: work.mean_harmonic_work(DRAG, [0.0], [1.0, 1.0], dt=0.1), "must have shape"),
        (lambda: work.log_work_moment([DRAG[0], energies.DoubleWell()], 1.0, dt=0.1), "two Harmonic energies"),
        (lambda: work.log_work_moment([DRAG[0], TRAP], 1.0, dt=0.1), "energies of one dimension"),
        (lambda: anneal([0.1, 1.0]), "betas must rise from 0 to 1"),
        (lambda: anneal([1.0]), "betas must rise from 0 to 1"),
        (lambda: anneal([]), "betas must rise from 0 to 1"),
        (lambda: anneal([0.0, 0.5]), "betas must rise from 0 to 1"),
        (lambda: anneal([0.0, 0.5, 0.5, 1.0]), "betas must rise from 0 to 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def anneal(betas):
    return work.annealed_importance_sampling(
        DRAG[0], DRAG[1], [[0.0]], betas=betas, move=EXACT, rng=np.random.default_rng(0)
    )
