"""What theory knows, beside summing over all states and adaptive quadrature."""

import math

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, root
from scipy.special import log_ndtr
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
        numbers = np.arange(2**sides**2)
        spins = [(2 * (numbers >> i & 1) - 1).astype(np.int8) for i in range(sides**2)]
        counts = np.bincount(sum(spins[i] * spins[j] for i, j in pairs) + len(pairs))
        bonds = np.arange(-len(pairs), counts.size - len(pairs))  # the sum of products of neighbours, -4 E
        return [np.log(counts @ np.exp(bonds / (4 * t))) for t in temperatures]

    return law(
        "magnet", "mean-field", f"ln Z of {sides} × {sides} spins",
        ("ising.transferred", lambda: ising.transferred(sides, sides, temperatures)),
        ("numpy, all states", states), tolerance=1e-12, unit="temperature", count=temperatures.size,
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

    def normal(t):
        return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    def gaussian(f):
        return quad(lambda t: normal(t) * f(t), -9, 9, epsabs=1e-13, epsrel=1e-11, limit=200)[0]

    def excess(field):
        root = math.sqrt(field)
        r = gaussian(lambda z: math.tanh(root * z + field))
        k = math.sqrt(r / (1 - r))
        tails = gaussian(lambda t: normal(k * t) ** 2 / (math.erfc(k * t / math.sqrt(2)) / 2))
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


def log_partition_by_quadrature(n, beta):
    """E ln Z of the random energy model, ln Z = ∫ dx [exp(-e^x) - exp(-e^x Z)]; the mean over a level by quad too."""
    width = beta * math.sqrt(n / 2)

    def felt(x):
        """1 - E exp(-e^(x - βE)) of one level."""
        weight = lambda g: -math.exp(-g * g / 2) * math.expm1(-math.exp(x - width * g))  # noqa: E731
        return quad(weight, -9, 9, epsabs=0, epsrel=1e-10, limit=200)[0] / math.sqrt(2 * math.pi)

    def difference(x):
        return math.exp(-math.exp(x)) - (1 - felt(x)) ** 2**n

    return quad(difference, -40, 6, epsabs=1e-10, epsrel=1e-10, limit=200)[0]


def levels(share):
    n, beta = (4 if share < 1 else 10), 1.2
    return law(
        "levels", "bounds-and-replicas", f"E ln Z of 2^{n} random levels",
        ("random_energy.mean_log_partition", lambda: [random_energy.mean_log_partition(levels_log2=n, beta=beta)]),
        ("scipy quad", lambda: [log_partition_by_quadrature(n, beta)]), tolerance=1e-9,
    )  # fmt: skip


def back(share):
    """The law of the reverse chain on a grid: by the package, and by a dense matrix of normal densities."""
    data = diffusion.mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
    x, time = np.linspace(-10, 10, 401), 3.0
    n_steps = 25
    h, dx = time / n_steps, x[1] - x[0]

    def normal(y, mean, deviation):
        return np.exp(-(((y - mean) / deviation) ** 2) / 2) / (np.sqrt(2 * np.pi) * deviation)

    def dense():
        p = np.exp(diffusion.log_density(diffusion.relaxed(data, time), x))
        for k in range(n_steps):
            weights, means, deviations = diffusion.relaxed(data, time - k * h)
            parts = weights * normal(x[:, None], means, deviations)
            s = (parts * (means - x[:, None]) / deviations**2).sum(axis=1) / parts.sum(axis=1)
            p = dx * normal(x[:, None], x + h * (x + 2 * s), np.sqrt(2 * h)) @ p
        return p

    matrix = np.full((x.size, x.size), -1.0)

    def floor():
        for _ in range(n_steps):
            np.exp(matrix) @ x

    return law(
        "reverse-chain", "diffusion", f"law of the reverse chain on {x.size} places",
        ("diffusion.reversed_density", lambda: diffusion.reversed_density(data, x, time=time, n_steps=n_steps)),
        ("numpy, dense matrix", dense), tolerance=1e-9, unit="step", count=n_steps, floor=floor,
        floor_of="exp of the matrix and its product",
    )  # fmt: skip
