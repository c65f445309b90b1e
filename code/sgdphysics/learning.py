"""Learning from a teacher's examples, as it runs: all students at once, message passing, one example at a time.

What :mod:`sgdphysics.exact.perceptron` says of very many weights, these do with a number of them. A teacher w₀ and
students have n weights; inputs are standard normal, labels are y = sgn(w₀·x). Beside them a decoder that peels an
erasure code, the same kind of inference where messages are certain or say nothing.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from sgdphysics import _checks

MOST_WEIGHTS = 16  #: of students that are enumerated: 65,536 of them
LEAST_SPREAD = 1e-3  #: of the variance of an example's field, in message passing for Ising weights
WEIGHTS = ("ising", "sphere")
RULES = ("hebb", "perceptron", "adatron", "optimal")


class Examples(NamedTuple):
    """A teacher and what it taught.

    >>> taught = teach(4, 3, weights="ising", rng=np.random.default_rng(0))
    >>> bool((np.sign(taught.inputs @ taught.teacher) == taught.labels).all())
    True
    """

    teacher: np.ndarray  #: w₀ (n,): ±1, or of length √n
    inputs: np.ndarray  #: (cases, n)
    labels: np.ndarray  #: ±1 (cases,)


class Messages(NamedTuple):
    """What approximate message passing ends with.

    >>> _, inputs, labels = teach(100, 50, weights="sphere", rng=np.random.default_rng(0))
    >>> said = message_passing(inputs, labels, weights="sphere")
    >>> said.mean.shape, said.variance.shape, said.converged
    ((100,), (100,), True)
    """

    mean: np.ndarray  #: posterior mean of each weight (n,)
    variance: np.ndarray  #: and its variance (n,)
    rounds: int  #: rounds until no mean moved by more than the tolerance, or the most allowed
    converged: bool


def teach(n, cases, *, weights, noise=0.0, rng):
    """Draw a teacher and its examples, inputs N(0, 1), labels sgn(w₀·x/√n + noise): an :class:`Examples`.

    Parameters
    ----------
    n, cases : number of weights, at least one, and of examples, zero or more
    weights : "ising", each ±1, or "sphere", uniform on |w|² = n
    noise : standard deviation >= 0 of what is added to the field w₀·x/√n before its sign is taken
    rng : numpy.random.Generator

    Examples
    --------
    >>> taught = teach(50, 20, weights="sphere", noise=0.1, rng=np.random.default_rng(0))
    >>> print(np.round(taught.teacher @ taught.teacher, 6), taught.inputs.shape, taught.labels.shape)
    50.0 (20, 50) (20,)
    """
    n, cases = _checks.integer("n", n, minimum=1), _checks.integer("cases", cases, minimum=0)
    noise, rng = _checks.scalar("noise", noise, _checks.positive, zero=True), _checks.generator(rng)
    teacher = rng.standard_normal(n)
    teacher = np.sign(teacher) if _checks.word("weights", weights, WEIGHTS) == "ising" else _to_sphere(teacher)
    inputs = rng.standard_normal((cases, n))
    field = inputs @ teacher / np.sqrt(n)
    if noise:
        field = field + noise * rng.standard_normal(cases)
    return Examples(teacher, inputs, np.where(field >= 0, 1.0, -1.0))


def ising_students(n):
    """All students with weights ±1, shape (2^n, n): bit i of a student's number says whether its weight i is +1.

    >>> ising_students(2).tolist()
    [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    n = _few_weights(n)
    return 2.0 * (np.arange(2**n)[:, None] >> np.arange(n) & 1) - 1


def ising_fields(inputs):
    """w·x of every Ising student, in the order of :func:`ising_students`: (..., n) to (..., 2^n).

    Weight by weight the list doubles, -x_i added to one half and +x_i to the other: 2^(n+1) additions instead of n 2^n.

    >>> print(ising_fields([1.0, 2.0]))
    [-3. -1.  1.  3.]
    """
    inputs = _checks.finite("inputs", inputs)
    _few_weights(inputs.shape[-1] if inputs.ndim else 0)
    fields = np.zeros((*inputs.shape[:-1], 2 ** inputs.shape[-1]))
    for i in range(inputs.shape[-1]):
        x, half = inputs[..., i, None], 2**i
        np.add(fields[..., :half], x, out=fields[..., half : 2 * half])
        fields[..., :half] -= x
    return fields


def sieve(inputs, labels):
    """Which Ising students have made no error so far: booleans (cases + 1, 2^n), all true in the first row.

    Parameters
    ----------
    inputs : (cases, n), n up to 16
    labels : ±1 (cases,)

    Examples
    --------
    Of all students fewer remain after each example; the teacher always does:

    >>> teacher, inputs, labels = teach(10, 40, weights="ising", rng=np.random.default_rng(0))
    >>> left = sieve(inputs, labels)
    >>> print(left.shape, left[0].sum(), left[-1].sum(), left[-1, (ising_students(10) == teacher).all(axis=1)])
    (41, 1024) 1024 1 [ True]
    """
    inputs, labels = _examples(inputs, labels)
    right = ising_fields(inputs) * labels[:, None] > 0
    alive = np.concatenate([np.ones((1, right.shape[1]), bool), right])
    for before, after in pairwise(alive):  # logical_and.accumulate goes one by one
        after &= before
    return alive


def message_passing(inputs, labels, *, weights, noise=0.0, most_rounds=200, tolerance=1e-7):
    """Approximate message passing for the posterior means of a student's weights: a :class:`Messages`.

    For labels sgn(w·x/√n + noise) and flat weights, ±1 or N(0, 1) (the sphere for large n), with V the mean variance,

        ω_μ = x_μ·m/√n - V f_μ,    u = yω/√(V + σ²),    f = y g(u)/(Φ(u) √(V + σ²)),
        A = Σ_μ f(f + ω/(V + σ²))/n,    h_i = Σ_μ x_μi f_μ/√n + A m_i,
        m = tanh h (Ising), h/(1 + A) (sphere),    v = 1 - m², 1/(1 + A).

    Without the term -V f (Onsager's, with f of the round before) it would count each example's own echo. A round costs
    two products with the inputs; for many weights it finds the branch of :func:`sgdphysics.exact.perceptron.quenched`.
    For Ising weights V is kept above :data:`LEAST_SPREAD`: as the last doubt goes, messages of finitely many weights
    would grow without bound.

    Parameters
    ----------
    inputs : (cases, n), at least one case; of zero mean and unit variance (from 100 entries on, a mean square that
        is not between ¼ and 4 is refused)
    labels : ±1 (cases,)
    weights : "ising" or "sphere"
    noise : σ >= 0
    most_rounds, tolerance : when to stop: see :class:`Messages`

    Source: Donoho, Maleki and Montanari (2009); Rangan (2011) for this output.

    Examples
    --------
    Twice the load of the spinodal, 1.49, and every weight is known:

    >>> teacher, inputs, labels = teach(300, 900, weights="ising", rng=np.random.default_rng(0))
    >>> said = message_passing(inputs, labels, weights="ising")
    >>> said.converged, bool((np.sign(said.mean) == teacher).all())
    (True, True)
    """
    inputs, labels = _examples(inputs, labels, minimum=1)
    if inputs.shape[1] == 0:
        raise ValueError("inputs must have at least one number each, got none")
    square = np.mean(inputs**2)
    if inputs.size >= 100 and not 0.25 < square < 4:
        raise ValueError(f"inputs must have unit variance, got a mean square of {square:.3g}: divide by its root")
    weights = _checks.word("weights", weights, WEIGHTS)
    noise = _checks.scalar("noise", noise, _checks.positive, zero=True)
    most_rounds = _checks.integer("most_rounds", most_rounds, minimum=1)
    tolerance = _checks.scalar("tolerance", tolerance, _checks.positive)
    cases, n = inputs.shape
    least = LEAST_SPREAD if weights == "ising" else 1e-12
    mean, variance, force = np.zeros(n), np.ones(n), np.zeros(cases)
    rounds, converged = 0, False
    while rounds < most_rounds and not converged:
        rounds += 1
        spread = variance.mean()
        total = max(spread, least) + noise**2
        field = inputs @ mean / np.sqrt(n) - spread * force
        u = labels * field / np.sqrt(total)
        force = labels * np.exp(-(u**2) / 2 - log_ndtr(u)) / np.sqrt(2 * np.pi * total)
        precision = np.sum(force * (force + field / total)) / n
        pull = force @ inputs / np.sqrt(n) + precision * mean
        before = mean
        if weights == "ising":
            mean = np.tanh(pull)
            variance = 1 - mean**2
        else:
            mean, variance = pull / (1 + precision), np.full(n, 1 / (1 + precision))
        converged = bool(np.abs(mean - before).max() < tolerance)
    return Messages(mean, variance, rounds, converged)


def online(rule, alphas, *, n, students, rng):
    """Run a rule that sees each example once, J' = J + f x sgn(v): overlaps R, shape (alphas, students).

    Each student has a teacher and examples of its own. Rules are those of :func:`sgdphysics.exact.perceptron.online`;
    "optimal" is told R. Start: J = 0, for "adatron" a random J.

    Parameters
    ----------
    rule : "hebb", "perceptron", "adatron" or "optimal"
    alphas : increasing numbers of examples per weight at which R is noted, > 0
    n, students : number of weights, of independent runs
    rng : numpy.random.Generator

    Examples
    --------
    >>> from sgdphysics.exact import perceptron
    >>> overlaps = online("hebb", [1.0, 4.0], n=100, students=400, rng=np.random.default_rng(0))
    >>> errors = perceptron.generalisation_error(overlaps).mean(axis=1)
    >>> print(overlaps.shape, np.abs(errors - perceptron.hebb([1.0, 4.0])).max() < 0.01)
    (2, 400) True
    """
    rule, rng = _checks.word("rule", rule, RULES), _checks.generator(rng)
    alphas = np.atleast_1d(_checks.positive("alphas", alphas))
    if alphas.ndim != 1 or (np.diff(alphas) <= 0).any():
        raise ValueError(f"alphas must be a list of increasing numbers, got {alphas!r}")
    n, students = _checks.integer("n", n, minimum=2), _checks.integer("students", students, minimum=1)
    stops = np.maximum(1, np.rint(alphas * n).astype(int))
    teacher = np.sqrt(n) * np.eye(1, n)[0]  # inputs have no direction of their own, so the first axis serves
    J = rng.standard_normal((students, n)) if rule == "adatron" else np.zeros((students, n))
    noted = {}
    for step in range(1, stops.max(initial=0) + 1):
        x = rng.standard_normal((students, n))
        right = np.where(x @ teacher >= 0, 1.0, -1.0)
        length = np.sqrt(np.einsum("sn,sn->s", J, J))
        u = right * np.einsum("sn,sn->s", J, x)  # the stability: negative where the student errs
        if rule in ("hebb", "perceptron"):
            strength = np.ones(students) if rule == "hebb" else (u <= 0) * 1.0
        else:
            r = J[:, 0] / np.where(length > 0, length, 1.0)
            strength = -np.minimum(u, 0) if rule == "adatron" else _best_strength(u, length, r)
        J += (strength * right / (np.sqrt(n) if rule in ("hebb", "perceptron") else n))[:, None] * x
        if step in stops:
            noted[step] = J[:, 0] / np.sqrt(np.einsum("sn,sn->s", J, J))
    return np.reshape([noted[stop] for stop in stops], (len(stops), students))


def _best_strength(u, length, r):
    """|J| s g(x)/(R Φ(x)), or 1 for a student that knows nothing yet."""
    known = (length > 0) & (r > 0)
    r, size = np.where(known, np.clip(r, 1e-6, 1 - 1e-12), 0.5), np.where(known, length, 1.0)
    s = np.sqrt(1 - r**2)
    x = r * u / (size * s)
    best = size * s / r * np.exp(-(x**2) / 2 - log_ndtr(x)) / np.sqrt(2 * np.pi)
    return np.where(known, best, 1.0)


def regular_code(n, *, variable_degree=3, check_degree=6, rng):
    """A random code, every one of n bits in 3 checks of 6 bits each: which bits each check adds up, (n/2, 6).

    The 3n sockets of bits are plugged into those of checks at random (a bit may meet a check twice).

    Parameters
    ----------
    n : number of bits; n times ``variable_degree`` must be a multiple of ``check_degree``
    rng : numpy.random.Generator

    Source: Gallager (1962).

    Examples
    --------
    >>> code = regular_code(12, rng=np.random.default_rng(0))
    >>> code.shape, np.bincount(code.ravel()).tolist()
    ((6, 6), [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3])
    """
    n, rng = _checks.integer("n", n, minimum=1), _checks.generator(rng)
    left = _checks.integer("variable_degree", variable_degree, minimum=1)
    right = _checks.integer("check_degree", check_degree, minimum=2)
    if n * left % right:
        raise ValueError(f"n must make n * {left} a multiple of check_degree = {right}, got {n}")
    return rng.permutation(np.repeat(np.arange(n), left)).reshape(-1, right)


def peel(checks, erased):
    """Decode an erasure code by peeling: the bits that are still unknown at the end, booleans (n,).

    A check with one unknown bit gives that bit away; so on until no check has just one.

    Parameters
    ----------
    checks : (number of checks, bits a check), bits numbered from 0 to n - 1, as of :func:`regular_code`
    erased : which bits the channel has erased, booleans (n,)

    Examples
    --------
    Bits in 3 checks of 6 are all found up to a share 0.4294 of erased ones, for long codes:

    >>> rng = np.random.default_rng(0)
    >>> code = regular_code(20_000, rng=rng)
    >>> [bool(peel(code, rng.random(20_000) < erased).mean() > 0.05) for erased in (0.40, 0.46)]
    [False, True]
    """
    unknown = np.array(erased)
    if unknown.dtype != bool or unknown.ndim != 1:
        raise ValueError(f"erased must be booleans of shape (n,), got {unknown.dtype} of shape {unknown.shape}")
    checks = _checks.rows("checks", checks, len(unknown))
    while True:
        open_sockets = unknown[checks]
        ready = open_sockets.sum(axis=1) == 1
        if not ready.any():
            return unknown
        unknown[checks[ready][open_sockets[ready]]] = False


def _to_sphere(w):
    return w * np.sqrt(w.shape[-1] / np.sum(w**2, axis=-1, keepdims=True))


def _few_weights(n):
    n = _checks.integer("n", n, minimum=1)
    if n > MOST_WEIGHTS:
        raise ValueError(f"n must be at most {MOST_WEIGHTS}, or there are more than 65,536 students to list, got {n}")
    return n


def _examples(inputs, labels, minimum=0):
    inputs, labels = _checks.finite("inputs", inputs, ndim=2), _checks.finite("labels", labels, ndim=1)
    if len(inputs) != len(labels) or len(inputs) < minimum:
        raise ValueError(
            f"labels must be one for each of the inputs, at least {minimum}, got {len(labels)} and {len(inputs)}"
        )
    if (np.abs(labels) != 1).any():
        raise ValueError(f"labels must be +1 or -1, got {np.unique(labels)}")
    return inputs, labels
