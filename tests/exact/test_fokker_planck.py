"""The density's equation against exact densities and eigenvalues, T and stiffness off 1, and against broken schemes."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.special import ndtr

from sgdphysics import energies
from sgdphysics.exact.fokker_planck import FokkerPlanck, bernoulli
from sgdphysics.exact.gibbs import kullback_leibler
from sgdphysics.exact.master_equation import steady_state, transition_matrix

STIFFNESS, CENTER, TEMPERATURE, START, SPREAD, TIME = 1.7, 0.2, 0.6, -0.9, 0.35, 0.4
WELL = energies.Harmonic(STIFFNESS, CENTER)


def exact_cells(edges, time):
    """The Ornstein-Uhlenbeck density from N(START, SPREAD²) after ``time``, integrated over the cells."""
    decay = np.exp(-STIFFNESS * time)
    mean = CENTER + (START - CENTER) * decay
    variance = TEMPERATURE / STIFFNESS + (SPREAD**2 - TEMPERATURE / STIFFNESS) * decay**2
    return np.diff(ndtr((edges - mean) / np.sqrt(variance)))


def error_of(rates, grid):
    """Total variation distance from the exact density after TIME."""
    p0 = exact_cells(grid.edges, 0.0)
    return 0.5 * np.abs(p0 / p0.sum() @ transition_matrix(rates, TIME) - exact_cells(grid.edges, TIME)).sum()


def grid_of(n_cells):
    return FokkerPlanck(WELL, -4.5, 4.5, n_cells, temperature=TEMPERATURE)


def test_ornstein_uhlenbeck_density_to_second_order():
    errors = [error_of(grid.rates, grid) for grid in map(grid_of, (50, 100, 200, 400))]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert errors[-1] < 1e-4
    np.testing.assert_allclose(orders, 2.0, atol=0.06)


def test_relaxation_rates_of_the_spring_are_multiples_of_its_stiffness():
    errors = np.array([grid_of(n).relaxation_rates(4) - STIFFNESS * np.arange(1, 5) for n in (100, 200, 400)])
    assert np.abs(errors[-1]).max() < 0.01
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2.0, atol=0.06)


BROKEN = {
    "uphill": lambda grid: grid.rates.T,
    "temperature forgotten in the noise": lambda grid: grid.rates / TEMPERATURE,
    "temperature squared": lambda grid: grid.rates * TEMPERATURE,
    "width in place of its square": lambda grid: grid.rates * grid.width,
    "equilibrium kept, mobility wrong": lambda grid: 1.1 * grid.rates,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_schemes_are_rejected(broken):
    grid = grid_of(400)
    assert error_of(broken(grid), grid) > 5e-3


@pytest.mark.parametrize("temperature", [0.05, 0.4, 3.0])
def test_boltzmann_weights_are_the_steady_state_to_the_last_digits(temperature):
    energy = energies.DoubleWell(1.3)
    grid = FokkerPlanck(energy, -2.0, 2.5, 150, temperature=temperature)
    weights = np.exp(-energy.energy(grid.centers[:, None]) / temperature)
    np.testing.assert_allclose(grid.equilibrium, weights / weights.sum(), rtol=1e-12)
    flow = grid.equilibrium[:, None] * grid.rates
    np.testing.assert_allclose(flow, flow.T, rtol=1e-10, atol=0)
    np.testing.assert_allclose(grid.equilibrium @ transition_matrix(grid.rates, 0.7), grid.equilibrium, rtol=1e-9)
    if temperature > 0.1:
        np.testing.assert_allclose(steady_state(grid.rates), grid.equilibrium, atol=1e-12)


@pytest.mark.parametrize("dt", [1e-7, 1e-3, 1.0, 1e3, 1e8])
def test_mass_is_kept_and_nothing_turns_negative_at_any_step(dt):
    grid = FokkerPlanck(energies.DoubleWell(2.0), -2.2, 2.2, 120, temperature=0.3)
    history = grid.evolve(np.eye(120)[[0, 40, 119]], dt=dt, n_steps=5)
    assert history.shape == (6, 3, 120)
    assert np.abs(history.sum(axis=-1) - 1).max() < 1e-12
    assert history.min() >= 0
    if dt == 1e8:
        np.testing.assert_allclose(history[-1], np.broadcast_to(grid.equilibrium, (3, 120)), rtol=1e-6)


def test_many_small_steps_are_one_large_one_and_scipy_agrees():
    grid = FokkerPlanck(energies.DoubleWell(0.8), -2.0, 2.0, 60, temperature=0.7)
    p0 = np.eye(60)[12]
    large = grid.evolve(p0, dt=0.32, n_steps=1)[-1]
    np.testing.assert_allclose(grid.evolve(p0, dt=0.01, n_steps=32)[-1], large, rtol=1e-11)
    generator = grid.rates - np.diag(grid.rates.sum(axis=1))
    np.testing.assert_allclose(p0 @ expm(0.32 * generator), large, atol=1e-12)


def test_free_energy_falls_by_t_times_the_divergence():
    grid = FokkerPlanck(energies.DoubleWell(1.1), -2.4, 2.4, 160, temperature=0.45)
    history = grid.evolve(np.eye(160)[10], dt=0.02, n_steps=200)
    divergence = kullback_leibler(history, grid.equilibrium)
    assert (np.diff(divergence) < 0).all()
    excess = grid.free_energy(history) - grid.equilibrium_free_energy
    np.testing.assert_allclose(excess, grid.temperature * divergence, atol=1e-12)


def test_free_energy_of_the_spring_is_that_of_the_integral():
    exact = -TEMPERATURE / 2 * np.log(2 * np.pi * TEMPERATURE / STIFFNESS)
    assert grid_of(400).equilibrium_free_energy == pytest.approx(exact, abs=1e-9)
    grid = grid_of(400)
    assert grid.free_energy(grid.equilibrium) == pytest.approx(exact, abs=1e-9)
    assert grid.entropy(grid.equilibrium) == pytest.approx(
        0.5 * np.log(2 * np.pi * np.e * TEMPERATURE / STIFFNESS), abs=1e-8
    )


def test_rates_entropy_and_free_energy_are_the_formulas():
    energy, t = energies.DoubleWell(1.3), 0.4
    grid = FokkerPlanck(energy, -1.4, 2.1, 7, temperature=t)
    h = 3.5 / 7
    centers = [-1.4 + h * (i + 0.5) for i in range(7)]
    heights = [1.3 * (x * x - 1) ** 2 for x in centers]
    expected = np.zeros((7, 7))
    for i in range(6):
        x = (heights[i + 1] - heights[i]) / t
        expected[i, i + 1], expected[i + 1, i] = t / h**2 * x / np.expm1(x), t / h**2 * -x / np.expm1(-x)
    np.testing.assert_allclose(grid.rates, expected, rtol=1e-11)
    np.testing.assert_allclose(grid.edges, -1.4 + h * np.arange(8), rtol=1e-14)
    p = np.random.default_rng(5).dirichlet(np.ones(7))
    entropy = -sum(x * np.log(x / h) for x in p)
    assert grid.entropy(p) == pytest.approx(entropy, rel=1e-13)
    assert grid.free_energy(p) == pytest.approx(p @ heights - t * entropy, rel=1e-13)
    z = sum(h * np.exp(-e / t) for e in heights)
    assert grid.equilibrium_free_energy == pytest.approx(-t * np.log(z), rel=1e-13)
    generator = expected - np.diag(expected.sum(axis=1))
    slowest = np.sort(-np.linalg.eigvals(generator).real)[1:4]
    np.testing.assert_allclose(grid.relaxation_rates(3), slowest, rtol=1e-10)


def test_spectral_gap_tends_to_kramers_rate():
    """gap → 2 √(E''(1)|E''(0)|)/(2π) e^{-b/T} as T → 0, with E'' = 8b and -4b; the correction is linear in T."""
    barrier, temperatures = 1.4, np.array([0.16, 0.08])
    ratios = []
    for temperature in temperatures:
        grid = FokkerPlanck(energies.DoubleWell(barrier), -1.8, 1.8, 500, temperature=temperature)
        kramers = barrier * np.sqrt(32) / np.pi * np.exp(-barrier / temperature)
        ratios.append(grid.relaxation_rates(1)[0] / kramers)
    assert abs(2 * ratios[1] - ratios[0] - 1) < 0.01
    assert abs(ratios[1] - 1) < abs(ratios[0] - 1) < 0.2


def test_late_decay_has_the_rate_of_the_gap():
    grid = FokkerPlanck(energies.DoubleWell(0.9), -2.4, 2.4, 100, temperature=0.5)
    p = grid.evolve(np.eye(100)[20], dt=1.0, n_steps=30)
    decay = np.log(np.diff(p @ grid.centers)[20] / np.diff(p @ grid.centers)[21])
    assert decay == pytest.approx(grid.relaxation_rates(1)[0], rel=1e-6)


def test_the_temperature_is_one_unless_given():
    assert (
        FokkerPlanck(WELL, -4.0, 4.0, 50).rates.tolist() == FokkerPlanck(WELL, -4, 4, 50, temperature=1).rates.tolist()
    )


def test_histogram_counts_every_particle():
    grid = FokkerPlanck(WELL, -1.0, 1.0, 4)
    np.testing.assert_allclose(grid.histogram([-0.9, -3.0, 0.1, 0.2, 7.0]), [0.4, 0.0, 0.4, 0.2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda grid: grid.histogram([]), "q must hold at least one particle"),
        (lambda grid: grid.free_energy([0.5, 0.5]), "p must hold 8 states"),
        (lambda grid: grid.entropy(np.ones(8)), "p must sum to 1"),
    ],
)
def test_bad_crowds_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(FokkerPlanck(energies.Harmonic(1.0), -2.0, 2.0, 8))


def test_bernoulli_function():
    x = np.array([-800.0, -1e-9, 0.0, 1e-9, 0.5, 1.0, 800.0])
    expected = [800.0, 1 + 5e-10, 1.0, 1 - 5e-10, 0.5 / (np.sqrt(np.e) - 1), 1 / (np.e - 1), 0.0]
    with np.errstate(all="raise"):
        np.testing.assert_allclose(bernoulli(x), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"energy": energies.Harmonic([1.0, 2.0])}, "energy must have one coordinate"),
        ({"low": 1.0}, "low must be below high"),
        ({"high": np.nan}, "high must be finite"),
        ({"n_cells": 1}, "n_cells must be an integer of at least 2"),
        ({"n_cells": 10.0}, "n_cells"),
        ({"temperature": 0.0}, "temperature must be greater than zero"),
    ],
)
def test_bad_grids_are_named(changes, message):
    good = {"energy": WELL, "low": -1.0, "high": 1.0, "n_cells": 10, "temperature": 1.0}
    with pytest.raises(ValueError, match=message):
        FokkerPlanck(**{**good, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"p0": np.ones(10)}, "p0 must sum to 1"),
        ({"p0": np.ones(9) / 9}, "p0 must hold 10 states"),
        ({"p0": [1.5, -0.5] + 8 * [0.0]}, "p0 must be zero or more"),
        ({"dt": 0.0}, "dt must be greater than zero"),
        ({"n_steps": 0}, "n_steps must be an integer"),
    ],
)
def test_bad_evolutions_are_named(changes, message):
    grid = FokkerPlanck(WELL, -1.0, 1.0, 10)
    with pytest.raises(ValueError, match=message):
        grid.evolve(**{**{"p0": np.full(10, 0.1), "dt": 0.1, "n_steps": 3}, **changes})
    with pytest.raises(ValueError, match="count must be less than n_cells"):
        grid.relaxation_rates(10)
