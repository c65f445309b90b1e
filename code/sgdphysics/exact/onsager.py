"""Onsager's exact solution, in the words of the lattice gas: the infinite pot without gravity, coupling J = 1, k_B = 1.

With n = (1 + s)/2 the lattice gas H = -Σ n_i n_j is the Ising model of coupling K = 1/(4T). All functions take a
temperature T > 0, a scalar or an array, and return the same shape.
"""

import numpy as np

from sgdphysics import _checks

#: T_c = 1 / (2 ln(1 + √2)) = 0.5673, above which water and vapour are one (Kramers and Wannier 1941)
CRITICAL_TEMPERATURE = 1.0 / (2.0 * np.log1p(np.sqrt(2.0)))


def order_parameter(temperature):
    """m = (1 - sinh(1/(2T))⁻⁴)^(1/8) below T_c and 0 above it (Onsager 1949; Yang 1952, eq. 96).

    >>> print(round(CRITICAL_TEMPERATURE, 4), np.round(order_parameter([0.3, 0.5, 0.6]), 4))
    0.5673 [0.997  0.9113 0.    ]
    """
    temperature = _checks.positive("temperature", temperature)
    with np.errstate(over="ignore", under="ignore"):
        inside = 1.0 - np.sinh(0.5 / temperature) ** -4.0
    return np.maximum(inside, 0.0) ** 0.125


def coexisting_densities(temperature):
    """Densities of vapour and liquid that live side by side: (1 - m)/2 and (1 + m)/2, both 1/2 above T_c.

    >>> vapour, liquid = coexisting_densities([0.5, 0.6])
    >>> print(np.round(vapour, 4), np.round(liquid, 4))
    [0.0443 0.5   ] [0.9557 0.5   ]
    """
    m = order_parameter(temperature)
    return (1.0 - m) / 2.0, (1.0 + m) / 2.0


def spin_correlation(temperature):
    """⟨s s'⟩ of neighbours: ½ coth 2K [1 + (2/π) κ K₁], κ = 2 tanh² 2K - 1, K₁ the complete elliptic integral of
    modulus √(1 - κ²) (Onsager 1944, eqs 111-116).

    >>> print(np.round([spin_correlation(CRITICAL_TEMPERATURE), np.sqrt(0.5)], 4))  # 1/√2 at the critical temperature
    [0.7071 0.7071]
    """
    two_k = 0.5 / _checks.positive("temperature", temperature)
    kappa = 2.0 * np.tanh(two_k) ** 2 - 1.0
    # K₁ = π / (2 agm(1, |κ|)); at T_c it diverges only as a logarithm, and the factor κ takes the product to 0
    return 0.5 / np.tanh(two_k) * (1.0 + kappa / _arithmetic_geometric_mean(np.maximum(np.abs(kappa), 1e-100)))


def _arithmetic_geometric_mean(b):
    """agm(1, b) of 0 < b <= 1, which doubles its correct digits with each step (Gauss)."""
    a = np.ones_like(b)
    for _ in range(14):
        a, b = (a + b) / 2.0, np.sqrt(a * b)
    return a


def log_partition_per_site(temperature):
    """ln Z/N of the spins s = ±1 without a field, H = -¼ Σ s s': ½ ln(2 sinh 2K) + (1/2π) ∫₀^π γ(θ) dθ with
    :func:`rapidity` γ (Onsager 1944, eq. 106); T at least 0.001.

    The gas without gravity at half filling has 1/(2T) a site more, since n n' = ¼ (1 + s + s' + s s') and Σ s = 0.

    >>> at_critical = 0.5 * np.log(2) + 2 / np.pi * 0.915965594177  # Onsager's value: Catalan's constant
    >>> print(np.round([log_partition_per_site(CRITICAL_TEMPERATURE), at_critical], 6))
    [0.929695 0.929695]
    """
    temperature = _checks.positive("temperature", temperature)
    if (temperature < 1e-3).any():
        raise ValueError(f"temperature must be at least 0.001, got {temperature}")
    k = 0.25 / temperature[..., np.newaxis]
    # tanh-sinh quadrature, which does not mind that γ bends sharply at θ = 0 near the critical temperature
    u = np.linspace(-3.4, 3.4, 273)
    angle = np.pi / (1 + np.exp(-np.pi * np.sinh(u)))
    weight = angle * (1 - angle / np.pi) * np.cosh(u) * (u[1] - u[0])
    return (0.5 * np.log(2 * np.sinh(2 * k))[..., 0] + rapidity(k, angle) @ weight * 0.5)[()]


def rapidity(coupling, angle):
    """γ >= 0 with cosh γ = cosh 2K coth 2K - cos θ, for a coupling K > 0: how fast a row's wave of angle θ decays.

    ``coupling`` and ``angle``, in radians, are numbers or arrays that broadcast (Onsager 1944).

    Long waves decay ever more slowly as the critical coupling is reached:

    >>> print(np.round(rapidity(np.array([0.3, 0.4, 0.25 / CRITICAL_TEMPERATURE]), 0.0), 4))
    [0.6334 0.1677 0.    ]
    """
    coupling, angle = _checks.positive("coupling", coupling), _checks.finite("angle", angle)
    _checks.together(coupling=coupling, angle=angle)
    s = np.sinh(2.0 * coupling)
    # (cosh γ - 1)/2 = ½ (√s - 1/√s)² + sin² θ/2: no loss of digits where γ is small
    return 2.0 * np.arcsinh(np.sqrt((np.sqrt(s) - 1.0 / np.sqrt(s)) ** 2 / 2.0 + np.sin(angle / 2.0) ** 2))


def liquid_energy(temperature):
    """Energy of a molecule in the liquid, two bonds of ⟨n n'⟩ a site: -(1 + 2m + ⟨s s'⟩) / (1 + m).

    >>> print(np.round(liquid_energy([0.1, 0.5]), 4))  # cold: two bonds a molecule
    [-2.     -1.9334]
    """
    m = order_parameter(temperature)
    return -(1.0 + 2.0 * m + spin_correlation(temperature)) / (1.0 + m)


#: Coefficients of m = Σ c_k x^k, x = exp(-1/T): OEIS A002928 with the signs of the lattice gas's low temperatures
LOW_TEMPERATURE_SERIES = (1, 0, -2, -8, -34, -152, -714, -3472, -17318)


def low_temperature_series(temperature, order=8):
    """m to the given order (2 to 8) in x = exp(-1/T): 1 - 2x² - 8x³ - 34x⁴ - 152x⁵ - … (OEIS A002928).

    (1 - m)/2 counts the vapour: x² single molecules, each torn from two bonds' worth of company, then 4x³ in pairs, ….

    >>> print(np.round([low_temperature_series(0.3), order_parameter(0.3)], 6))
    [0.997026 0.997026]
    """
    order = _checks.integer("order", order, minimum=2)
    if order >= len(LOW_TEMPERATURE_SERIES):
        raise ValueError(f"order must be at most {len(LOW_TEMPERATURE_SERIES) - 1}, got {order}")
    x = np.exp(-1.0 / _checks.positive("temperature", temperature))
    return np.polynomial.polynomial.polyval(x, LOW_TEMPERATURE_SERIES[: order + 1])
