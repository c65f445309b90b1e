"""What theory knows, beside summing over all states, adaptive quadrature, or drawing."""

from itertools import product

import numpy as np
from samplers import SEEDS
from scipy.integrate import quad
from scipy.optimize import brentq, root
from scipy.special import log_ndtr, ndtr
from scipy.stats import norm
from side_by_side import Row, Side

from sgdphysics import learning
from sgdphysics.exact import diffusion, ising, m_estimation, perceptron, random_energy


def law(name, chapter, work, ours, theirs, *, tolerance, unit="value", count=1, **floor):
    """A row of two functions without noise: [(name, function)]."""
    sides = [Side(name_, function, function) for name_, function in (ours, theirs)]
    return Row(name, chapter, work, unit, count, tuple(sides), tolerance, **floor)


def magnet(share):
    """ln Z of a small magnet at several temperatures: by transfer matrices, and by going through all states."""
    temperatures = np.linspace(0.3, 1.5, 5)
    sides = 3 if share < 1 else 4
    pairs = [tuple(pair) for pair in ising.bonds(sides, sides).tolist()]

    def states():
        energies = [-0.25 * sum(s[i] * s[j] for i, j in pairs) for s in product((-1, 1), repeat=sides**2)]
        return [np.log(np.sum(np.exp(-np.array(energies) / t))) for t in temperatures]

    return law(
        "magnet", "mean-field", f"ln Z of {sides} × {sides} spins",
        ("ising.transferred", lambda: ising.transferred(sides, sides, temperatures)),
        ("loop over all states", states), tolerance=1e-12, unit="temperature", count=temperatures.size,
    )  # fmt: skip


def by_quadrature(kappa):
    """Error and scale of least absolute deviations, with Laplace noise: both equations by adaptive quadrature."""

    def density(z, r):
        parts = r**2 / 2 - z + log_ndtr(z / r - r), r**2 / 2 + z + log_ndtr(-z / r - r)
        return 0.5 * (np.exp(parts[0]) + np.exp(parts[1]))

    def equations(logs):
        r, c = np.exp(logs)
        accurate = {"epsabs": 1e-13, "epsrel": 1e-12}
        inside = 2 * quad(density, 0, c, (r,), **accurate)[0]
        square = 2 * quad(lambda z: z**2 * density(z, r), 0, c, **accurate)[0]
        return inside - kappa, (square + c**2 * (1 - inside)) / (kappa * r**2) - 1

    r, c = np.exp(root(equations, [0.0, 0.0], tol=1e-12).x)
    return np.array([r**2, c])


def high_dimensions(share):
    kappas = (0.5,) if share < 1 else (0.2, 0.5, 0.7)

    def ours():
        return np.array([m_estimation.least_absolute_deviations(k, noise="laplace") for k in kappas])

    return law(
        "m-estimation", "high-dimensions", "error of least absolute deviations, state evolution",
        ("m_estimation.least_absolute_deviations", ours),
        ("scipy quad", lambda: np.array([by_quadrature(k) for k in kappas])), tolerance=1e-8, count=len(kappas),
    )  # fmt: skip


def quenched_by_quadrature(alpha):
    """Overlap of a typical Ising student: the saddle point of the replica-symmetric law, each integral by quad."""

    def gaussian(f):
        return quad(lambda t: norm.pdf(t) * f(t), -9, 9, epsabs=1e-13, epsrel=1e-11, limit=200)[0]

    def excess(field):
        r = gaussian(lambda z: np.tanh(np.sqrt(field) * z + field))
        k = np.sqrt(r / (1 - r))
        tails = quad(
            lambda t: norm.pdf(t) * norm.pdf(k * t) ** 2 / ndtr(-k * t), -9, 9, epsabs=1e-13, epsrel=1e-11, limit=200
        )[0]
        return field * (1 - r) / (2 * tails) - alpha, r

    field = brentq(lambda f: excess(f)[0], 1e-3, 3.0, xtol=1e-12)
    return excess(field)[1]


def perceptron_row(share):
    loads = (0.8,) if share < 1 else (0.4, 1.2)
    return law(
        "perceptron", "learning", "overlap of a typical student, replica method",
        ("perceptron.quenched", lambda: perceptron.quenched(np.array(loads), weights="ising").overlap),
        ("scipy quad", lambda: np.array([quenched_by_quadrature(a) for a in loads])), tolerance=1e-8, count=len(loads),
    )  # fmt: skip


def sieve(share):
    """Which of all students agree with the examples: by doubling, and by the product with the list of students."""
    n, cases = (8 if share < 1 else 14), 20
    lesson = learning.teach(n, cases, weights="ising", rng=np.random.default_rng(8))

    def product_with_all():
        right = lesson.labels[:, None] * (lesson.inputs @ learning.ising_students(n).T) > 0
        alive = np.ones((cases + 1, 2**n), bool)
        for case in range(cases):
            alive[case + 1] = alive[case] & right[case]
        return alive

    def floor():
        np.zeros((cases, 2**n)).copy()

    return law(
        "sieve", "learning", f"which of 2^{n} students agree with {cases} examples",
        ("learning.sieve", lambda: learning.sieve(lesson.inputs, lesson.labels)),
        ("numpy matrix product", product_with_all),
        tolerance=0.0, unit="student and example", count=cases * 2**n, floor=floor,
        floor_of="writing and reading all fields once",
    )  # fmt: skip


def levels(share):
    """E ln Z of the random energy model: by quadrature, and as the mean of samples, to about a hundredth."""
    n, beta = 10, 1.2
    samples = 400 if share < 1 else 4000

    def exact():
        return np.full(samples, random_energy.mean_log_partition(levels_log2=n, beta=beta))

    def drawn():
        e = np.sqrt(n / 2) * next(SEEDS).standard_normal((samples, 2**n))
        return np.log(np.sum(np.exp(-beta * e), axis=1))

    def within_noise():
        """The law, where the samples' mean lies within MOST_Z standard errors of it; else that mean."""
        values, expected = drawn(), exact()[0]
        z = (values.mean() - expected) / (values.std(ddof=1) / np.sqrt(samples))
        return [expected if abs(z) < 6.0 else values.mean()]

    sides = (
        Side("random_energy.mean_log_partition", exact, lambda: exact()[:1]),
        Side(f"mean of {samples} samples", drawn, within_noise),
    )
    return Row("levels", "bounds-and-replicas", f"E ln Z of 2^{n} random levels", "value", 1, sides, 0.0)


def back(share):
    """The law of the reverse chain on a grid: by the package, and by the dense matrix of scipy's normal density."""
    data = diffusion.mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
    x, time = np.linspace(-10, 10, 401), 3.0
    n_steps = 25
    h, dx = time / n_steps, x[1] - x[0]

    def dense():
        p = np.exp(diffusion.log_density(diffusion.relaxed(data, time), x))
        for k in range(n_steps):
            weights, means, deviations = diffusion.relaxed(data, time - k * h)
            parts = weights * norm.pdf(x[:, None], means, deviations)
            s = (parts * (means - x[:, None]) / deviations**2).sum(axis=1) / parts.sum(axis=1)
            p = dx * norm.pdf(x[:, None], x + h * (x + 2 * s), np.sqrt(2 * h)) @ p
        return p

    matrix = np.full((x.size, x.size), -1.0)

    def floor():
        for _ in range(n_steps):
            np.exp(matrix) @ x

    return law(
        "reverse-chain", "diffusion", f"law of the reverse chain on {x.size} places",
        ("diffusion.reversed_density", lambda: diffusion.reversed_density(data, x, time=time, n_steps=n_steps)),
        ("numpy and scipy.stats, dense matrix", dense), tolerance=1e-9, unit="step", count=n_steps, floor=floor,
        floor_of="exp of the matrix and its product",
    )  # fmt: skip
