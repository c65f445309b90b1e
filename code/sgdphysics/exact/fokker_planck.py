"""The density's own equation: ∂p/∂t = ∂/∂q (E'(q) p + T ∂p/∂q), which a cloud of Langevin particles obeys."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.exact import gibbs
from sgdphysics.exact.master_equation import probabilities, transition_matrix


class FokkerPlanck:
    """Conservative finite volumes in one dimension between walls, with the Boltzmann weights as exact steady state.

    The flux from cell i to i+1 is that of a constant force between the two centres (Scharfetter and Gummel):
    J = (T/h²) [B(ΔE/T) p_i - B(-ΔE/T) p_{i+1}], with B(x) = x/(eˣ - 1) and ΔE = E_{i+1} - E_i. As B(-x) = eˣ B(x), it
    vanishes at p_i ∝ exp(-E_i/T). Both rates are positive: the cells are a master equation, advanced in time exactly
    (:func:`sgdphysics.exact.master_equation.transition_matrix`), so mass is kept and no probability turns negative at
    any step. Second order in the cell's width h.

    Parameters
    ----------
    energy : an Energy of one coordinate
    low, high : the walls, where no probability leaves
    n_cells : cells, an integer >= 2
    temperature : T > 0; mobility 1, as in :func:`sgdphysics.dynamics.langevin`

    Attributes
    ----------
    edges (n + 1,), centers (n,), width h; energies E(centers); equilibrium: Boltzmann's probability of each cell;
    rates (n, n)

    Source: Scharfetter and Gummel (1969); Chang and Cooper (1970).

    Examples
    --------
    A spring of stiffness 2 at T = 1 has the variance T/k, and its mean decays at the rate k, the spectral gap:

    >>> from sgdphysics.energies import Harmonic
    >>> cells = FokkerPlanck(Harmonic(2.0), -6, 6, 200)
    >>> print(round(cells.equilibrium @ cells.centers**2, 4), np.round(cells.relaxation_rates(2), 1))
    0.5 [2. 4.]
    >>> history = cells.evolve(cells.histogram([1.0, 1.1]), dt=0.5, n_steps=2)
    >>> print(np.round(history @ cells.centers, 2))
    [1.05 0.39 0.14]
    >>> print(np.round(cells.free_energy(history) - cells.equilibrium_free_energy, 2))  # can only fall
    [3.8  0.15 0.02]
    >>> print(np.round(cells.entropy(cells.equilibrium), 4), np.round(0.5 * np.log(np.pi * np.e), 4))
    1.0724 1.0724
    """

    def __init__(self, energy, low, high, n_cells, *, temperature=1.0):
        if getattr(energy, "dimension", None) != 1:
            found = getattr(energy, "dimension", "none")
            raise ValueError(f"energy must have one coordinate, got dimension {found}")
        low, high = _checks.scalar("low", low), _checks.scalar("high", high)
        if not low < high:
            raise ValueError(f"low must be below high, got {low} and {high}")
        n = _checks.integer("n_cells", n_cells, minimum=2)
        self.temperature = _checks.scalar("temperature", temperature, _checks.positive)
        self.edges = np.linspace(low, high, n + 1)
        self.centers, self.width = (self.edges[1:] + self.edges[:-1]) / 2, (high - low) / n
        at_centers = _checks.energy_at(energy, self.centers[:, np.newaxis])
        self.energies = _checks.finite("energy.energy(centers)", at_centers)
        self.equilibrium = gibbs.boltzmann(self.energies, self.temperature)
        rise = np.diff(self.energies) / self.temperature
        self.rates = np.zeros((n, n))
        cells = np.arange(n - 1)
        self.rates[cells, cells + 1] = bernoulli(rise) * self.temperature / self.width**2
        self.rates[cells + 1, cells] = bernoulli(-rise) * self.temperature / self.width**2

    @np.errstate(under="ignore")
    def evolve(self, p0, *, dt, n_steps):
        """Probabilities of the cells after 0, dt, …, n_steps dt from ``p0`` (..., n): shape (n_steps + 1, ..., n)."""
        p = probabilities("p0", p0, self.centers.size)
        n_steps = _checks.integer("n_steps", n_steps, minimum=1)
        step = transition_matrix(self.rates, _checks.scalar("dt", dt, _checks.positive))
        history = np.empty((n_steps + 1, *p.shape))
        history[0] = p
        for t in range(n_steps):
            history[t + 1] = history[t] @ step
        return history

    def relaxation_rates(self, count):
        """The ``count`` slowest rates at which a disturbance dies, ascending; the first is the spectral gap.

        The generator is symmetric in the variables p/√p_eq; its largest eigenvalue, 0, belongs to equilibrium. Rates
        are good to about 1e-15 of the largest, 4T/h²: a barrier of more than 20 T needs another method.
        """
        count = _checks.integer("count", count, minimum=1)
        if count >= self.centers.size:
            raise ValueError(f"count must be less than n_cells = {self.centers.size}, got {count}")
        symmetric = np.diag(self.rates.sum(axis=1)) - np.sqrt(self.rates * self.rates.T)
        return np.linalg.eigvalsh(symmetric)[1 : count + 1]

    def histogram(self, q):
        """Fractions (n,) of the particles ``q`` in the cells; particles beyond the walls count in the last cells."""
        q = np.clip(_checks.finite("q", q), self.edges[0], self.edges[-1])
        if q.size == 0:
            raise ValueError(f"q must hold at least one particle, got shape {q.shape}")
        return np.histogram(q, self.edges)[0] / q.size

    def entropy(self, p):
        """S[p] = -Σ_i p_i ln(p_i/h), the entropy of the density p/h in nats; shape (...)."""
        return gibbs.entropy(probabilities("p", p, self.centers.size)) + np.log(self.width)

    def free_energy(self, p):
        """F[p] = ⟨E⟩ - T S[p] of probabilities (..., n); shape (...). F[p] - F = T · KL(p ‖ equilibrium)."""
        p = probabilities("p", p, self.centers.size)
        return np.sum(p * self.energies, axis=-1) - self.temperature * self.entropy(p)

    @property
    def equilibrium_free_energy(self):
        """F = -T ln Σ_i h exp(-E_i/T)."""
        least = gibbs.equilibrium_free_energy(self.energies, self.temperature)
        return float(least - self.temperature * np.log(self.width))


def bernoulli(x):
    """Bernoulli's function B(x) = x/(eˣ - 1), with B(0) = 1.

    >>> print(np.round(bernoulli([-1.0, 0.0, 1.0]), 4))  # B(-x) = eˣ B(x)
    [1.582 1.    0.582]
    """
    x = _checks.finite("x", x)
    with np.errstate(over="ignore"):
        return np.where(x == 0, 1.0, x / np.where(x == 0, 1.0, np.expm1(x)))
