"""Onsager's formulas against independent ways to the same numbers."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ellipk

from sgdphysics.exact import onsager

BELOW = np.array([0.1, 0.3, 0.45, 0.55])
ABOVE = np.array([0.6, 1.0, 7.0])


def ring_correlation(temperature, length=8):
    """⟨s s'⟩ along the ring from the largest eigenvalue of the transfer matrix: an endless strip ``length`` wide."""
    states = 1 - 2 * ((np.arange(2**length)[:, None] >> np.arange(length)) & 1)

    def logarithm(k_along, k_across):
        within = np.exp(0.5 * k_along * np.sum(states * np.roll(states, 1, axis=1), axis=1))
        matrix = within[:, None] * np.exp(k_across * (states @ states.T)) * within
        return np.log(np.linalg.eigvalsh(matrix)[-1]) / length

    k, step = 1 / (4 * temperature), 1e-5
    return (logarithm(k + step, k) - logarithm(k - step, k)) / (2 * step)


@pytest.mark.parametrize("temperature", [0.3, 1.5, 3.0])  # where the strip is at least 12 correlation lengths wide
def test_correlation_is_that_of_a_strip_far_from_the_critical_point(temperature):
    assert onsager.spin_correlation(temperature) == pytest.approx(ring_correlation(temperature), abs=2e-4)


def test_correlation_is_the_derivative_of_onsagers_free_energy():
    def free_energy(k):  # per site, in units of T (Onsager 1944, eq. 106b)
        modulus = 2 * np.sinh(2 * k) / np.cosh(2 * k) ** 2
        inner = quad(lambda w: np.log((1 + np.sqrt(1 - (modulus * np.sin(w)) ** 2)) / 2), 0, np.pi / 2, epsabs=1e-13)[0]
        return np.log(2 * np.cosh(2 * k)) + inner / np.pi

    for temperature in (0.3, 0.5, 0.7, 2.0):
        k, step = 1 / (4 * temperature), 1e-5
        slope = (free_energy(k + step) - free_energy(k - step)) / (2 * step)
        assert onsager.spin_correlation(temperature) == pytest.approx(slope / 2, abs=1e-8)


def test_elliptic_integral_agrees_with_scipy():
    temperature = np.concatenate([BELOW, ABOVE])
    two_k = 0.5 / temperature
    modulus = 2 * np.sinh(two_k) / np.cosh(two_k) ** 2
    factor = 1 + 2 / np.pi * (2 * np.tanh(two_k) ** 2 - 1) * ellipk(modulus**2)
    np.testing.assert_allclose(onsager.spin_correlation(temperature), 0.5 / np.tanh(two_k) * factor, rtol=1e-12)


def test_critical_point():
    assert pytest.approx(0.56729633, abs=1e-8) == onsager.CRITICAL_TEMPERATURE
    assert np.sinh(0.5 / onsager.CRITICAL_TEMPERATURE) == pytest.approx(1.0, rel=1e-14)
    assert onsager.spin_correlation(onsager.CRITICAL_TEMPERATURE) == pytest.approx(np.sqrt(0.5), abs=1e-12)


@pytest.mark.parametrize("temperature", [0.15, 0.25, 0.3])
def test_order_parameter_is_its_low_temperature_series(temperature):
    rtol = 1e-15 + 1.5e5 * np.exp(-9 / temperature)  # each coefficient is some five times the one before
    m = onsager.order_parameter(temperature)
    assert m == pytest.approx(onsager.low_temperature_series(temperature), rel=rtol)
    x = np.sinh(0.5 / temperature) ** -4.0
    for wrong in ((1 - x) ** 0.130, (1 - np.sinh(0.5 / temperature * 1.01) ** -4.0) ** 0.125, (1 - x**1.05) ** 0.125):
        assert wrong != pytest.approx(onsager.low_temperature_series(temperature), rel=rtol)


def test_series_begins_with_the_clusters_that_can_be_counted():
    """Vapour of single molecules, pairs, then threes, fours in a square, less singles in each other's way."""
    x = np.exp(-1 / 0.2)
    vapour = x**2 + 2 * 2 * x**3 + (6 * 3 + 4 - 5) * x**4
    assert (1 - onsager.low_temperature_series(0.2, order=4)) / 2 == pytest.approx(vapour, rel=1e-12)


def test_two_phases_below_and_one_above():
    vapour, liquid = onsager.coexisting_densities(BELOW)
    assert (np.diff(vapour) > 0).all() and (vapour < 0.5).all()
    np.testing.assert_allclose(vapour + liquid, 1.0, rtol=1e-15)
    assert (onsager.order_parameter(ABOVE) == 0).all()
    assert onsager.order_parameter(0.01) == 1.0


def test_a_molecule_in_cold_water_has_two_bonds_and_in_hot_gas_one():
    assert onsager.liquid_energy(0.01) == pytest.approx(-2.0, abs=1e-12)
    assert onsager.liquid_energy(1e4) == pytest.approx(-1.0, abs=1e-3)


#: m in powers of x = exp(-1/T), found by counting the surfaces of flipped islands: sequence A002928 of the OEIS
LOW_TEMPERATURE_SERIES = (1, 0, -2, -8, -34, -152, -714, -3472, -17318)


@pytest.mark.parametrize("temperature", [0.16, 0.2, 0.25])
def test_order_parameter_is_that_of_islands_counted_elsewhere(temperature):
    """Good to the first term that is left out, about -5 × 17318 x⁹; what single and double islands do is seen in it."""
    x = np.exp(-1 / temperature)
    terms = LOW_TEMPERATURE_SERIES * x ** np.arange(9)
    rest = 1e5 * x**9 + 4e-16
    assert onsager.order_parameter(temperature) == pytest.approx(terms.sum(), abs=rest)
    assert rest < abs(terms[6])  # so that six orders are seen
    vapour, liquid = onsager.coexisting_densities(temperature)
    assert vapour == pytest.approx(x**2 + 4 * x**3 + 17 * x**4 + 76 * x**5 + 357 * x**6, abs=2e4 * x**7)
    assert liquid == 1 - vapour


def test_order_parameter_vanishes_with_the_exponent_of_one_eighth():
    """m⁸ is smooth: 1 - sinh⁻⁴(1/2T), with the slope -4 √2 · (-1/(2T_c²)) … of the text, at any distance from T_c."""
    t_c = onsager.CRITICAL_TEMPERATURE
    for distance in (1e-2, 1e-4, 1e-6):
        inside = onsager.order_parameter(t_c * (1 - distance)) ** 8
        slope = 4 * np.sqrt(2) / (2 * t_c)  # of sinh⁻⁴(1/2T) against ln T at T_c, where sinh = 1 and cosh = √2
        assert inside == pytest.approx(slope * distance, rel=5 * distance)


def test_liquid_energy_is_that_of_two_bonds_a_molecule():
    """⟨n n'⟩ = (1 + 2m + ⟨s s'⟩)/4 for n = (1 + s)/2, two bonds a site, (1 + m)/2 molecules a site."""
    temperature = 0.2
    x = np.exp(-1 / temperature)
    m, pairs = LOW_TEMPERATURE_SERIES * x ** np.arange(9) @ np.ones(9), onsager.spin_correlation(temperature)
    assert onsager.liquid_energy(temperature) == pytest.approx(-2 * (1 + 2 * m + pairs) / 4 / ((1 + m) / 2), rel=1e-12)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="temperature"):
        onsager.liquid_energy(temperature)


@pytest.mark.parametrize("order", range(2, 9))
def test_low_temperature_series_expands_yangs_root(order):
    """sinh⁻⁴(1/2T) is 16 x²/(1 - x)⁴; the eighth root of 1 less this, by the binomial series in exact fractions."""
    exact, root = [Fraction(0)] * 9, Fraction(1)
    for j in range(5):  # (1 - u)^(1/8) = Σ root_j u^j, and (1 - x)^(-4j) by its own coefficients
        for more in range(9 - 2 * j):
            exact[2 * j + more] += root * 16**j * (comb(4 * j + more - 1, more) if j else more == 0)
        root *= (j - Fraction(1, 8)) / (j + 1)
    x = np.exp(-1 / 0.9)
    expected = sum(float(c) * x**k for k, c in enumerate(exact[: order + 1]))
    assert onsager.low_temperature_series(0.9, order=order) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("order", "message"), [(1, "order must be an integer of at least 2"), (9, "order must be at most 8, got 9")]
)
def test_an_order_without_coefficients_is_named(order, message):
    with pytest.raises(ValueError, match=message):
        onsager.low_temperature_series(0.3, order=order)


def test_the_coldest_spins_all_agree():
    """Two bonds of -1/4 a site, and two such states of all sites: ln Z/N is 1/(2T) to rounding."""
    assert onsager.log_partition_per_site(0.001) == pytest.approx(500.0, rel=1e-12)


def test_couplings_and_angles_must_broadcast():
    with pytest.raises(ValueError, match="coupling and angle must broadcast"):
        onsager.rapidity([0.3, 0.4], [0.1, 0.2, 0.3])
