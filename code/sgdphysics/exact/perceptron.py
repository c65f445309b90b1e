"""A student perceptron that learns from a teacher's examples: learning curves for many weights, exact at any number.

A teacher w₀ and a student w have N weights each, on the sphere |w|² = N or at its corners ±1 ("Ising"); inputs x are
standard normal, a label is sgn(w₀·x), the load is α = P/N for P examples. The overlap R = w·w₀/N alone decides the
generalisation error, the probability that the student errs on a new input: ε = arccos(R)/π for a sign output at every
N, and ε = 1 - R, half the mean squared difference, for a linear one. Below Dt is the standard normal measure, g its
density, H(u) its tail above u.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, gammaln, log_ndtr, ndtr, xlogy

from sgdphysics import _checks

WEIGHTS, OUTPUTS = ("ising", "sphere"), ("sign", "linear")
RULES = ("hebb", "perceptron", "adatron", "optimal")
_NORMAL, _STEP = np.linspace(-13.0, 13.0, 1301, retstep=True)  # trapezia on a whole Gaussian: exact to rounding
_LEGENDRE = np.polynomial.legendre.leggauss(60)


class Quenched(NamedTuple):
    """The typical student without training error, at each load; fields have the shape of α, save ``transition``.

    >>> students = quenched(1.0, weights="ising")
    >>> print(f"{students.overlap:.3f} {students.gibbs:.3f} {students.bayes:.3f} {students.transition:.3f}")
    0.561 0.311 0.231 1.245
    """

    overlap: np.ndarray  #: R, with the teacher, and just so between two students
    free_entropy: np.ndarray  #: φ = lim (1/N) E ln V, with V the number, or the share of the sphere, of such students
    gibbs: np.ndarray  #: generalisation error of one of them drawn at random, arccos(R)/π
    bayes: np.ndarray  #: that of their majority's vote, arccos(√R)/π
    transition: float  #: load beyond which the teacher alone is left in equilibrium (and φ < 0 on the branch), or inf


def generalisation_error(overlap, *, output="sign"):
    """arccos(R)/π for the ``output`` "sign", 1 - R for "linear"; R between -1 and 1, of any shape.

    >>> print(np.round(generalisation_error([0.0, 0.5, 1.0]), 4), generalisation_error(0.5, output="linear"))
    [0.5    0.3333 0.    ] 0.5
    """
    overlap = _cosine(overlap)
    return np.arccos(overlap) / np.pi if _checks.word("output", output, OUTPUTS) == "sign" else 1 - overlap


def entropy(overlap, *, weights):
    """s(R), in nats a weight, of the students at overlap R: ½ ln(1 - R²) on the sphere, relative to all of it;
    -Σ_± (1 ± R)/2 ln (1 ± R)/2 for "ising"; R between -1 and 1, of any shape.

    >>> print(np.round([entropy(0.0, weights="ising"), entropy(0.5, weights="sphere")], 4))  # ln 2 and ½ ln ¾
    [ 0.6931 -0.1438]
    """
    overlap, weights = _cosine(overlap), _checks.word("weights", weights, WEIGHTS)
    if weights == "sphere":
        with np.errstate(divide="ignore"):
            return 0.5 * np.log1p(-(overlap**2))
    up, down = (1 + overlap) / 2, (1 - overlap) / 2
    return -xlogy(up, up) - xlogy(down, down)


def ising_shells(n):
    """The 2^n Ising students by how many weights are wrong: (errors ε_k, ln C(n, k)), each of shape (n + 1,).

    Averages over the examples of any sum over students become sums over k, exact at every n: each student at k errs on
    a new input with the same probability ε_k = arccos(1 - 2k/n)/π.

    >>> errors, log_counts = ising_shells(2)
    >>> print(errors, np.round(np.exp(log_counts), 12))
    [0.  0.5 1. ] [1. 2. 1.]
    """
    n = _checks.integer("n", n, minimum=1)
    k = np.arange(n + 1)
    return np.arccos(1 - 2 * k / n) / np.pi, gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


# --- High temperature ------------------------------------------------------------------------------------------------


def high_temperature_free_energy(overlap, alpha, *, weights, output):
    """f(R) = α ε(R) - s(R), a weight and in units of T: energy against entropy when T and P/N are both large.

    Training errors then are what they are on average, so the weight of a student is exp(-N α ε).

    Parameters
    ----------
    overlap : R, between -1 and 1
    alpha : P/(N T) >= 0, the load over the temperature; broadcast with ``overlap``
    weights : "ising" or "sphere"
    output : "sign" or "linear"

    Examples
    --------
    At α/T = 2 the teacher, R = 1, already costs less than any student that knows little:

    >>> kind = dict(weights="ising", output="sign")
    >>> knowing_little = high_temperature_free_energy(np.linspace(0, 0.9, 1000), 2.0, **kind).min()
    >>> print(np.round(knowing_little, 3), np.round(high_temperature_free_energy(1.0, 2.0, **kind) + 0.0, 3))
    0.083 0.0
    """
    alpha = _checks.positive("alpha", alpha, zero=True)
    _checks.together(overlap=_cosine(overlap), alpha=alpha)
    return alpha * generalisation_error(overlap, output=output) - entropy(overlap, weights=weights)


def high_temperature(alpha, *, weights, output):
    """Generalisation error in equilibrium at high temperature, where f(R) is least; of the shape of α.

    Sphere and sign: arctan(π/α)/π. Sphere and linear: 1 - (√(1 + 4α²) - 1)/2α. Ising and linear: 1 - tanh α. Ising and
    sign: artanh R = α/(π √(1 - R²)) up to :func:`high_temperature_transition`, zero beyond.

    Parameters
    ----------
    alpha : P/(N T) >= 0, the load over the temperature: a number or an array
    weights : "ising" or "sphere"
    output : "sign" or "linear"

    Source: derived here; the limit is that of Seung, Sompolinsky and Tishby (1992).

    Examples
    --------
    >>> print(np.round(high_temperature([0.0, np.pi], weights="sphere", output="sign"), 6))
    [0.5  0.25]
    >>> print(np.round(high_temperature([1.6, 1.7], weights="ising", output="sign"), 3))  # a jump, at 1.696
    [0.318 0.   ]
    """
    alpha = _checks.positive("alpha", alpha, zero=True)
    kind = _checks.word("weights", weights, WEIGHTS), _checks.word("output", output, OUTPUTS)
    if kind == ("sphere", "sign"):
        return np.arctan2(np.pi, alpha) / np.pi
    if kind == ("sphere", "linear"):
        root = np.hypot(1, 2 * alpha)
        return (1 + 1 / (root + 2 * alpha)) / (1 + root)  # no difference is left that could lose its digits
    if kind == ("ising", "linear"):
        return 2 * expit(-2 * alpha)
    return _each(alpha, _hot_ising)


def _hot_load(overlap):
    """α at which R is stationary, for Ising weights and a sign: π √(1 - R²) artanh R."""
    return np.pi * np.sqrt(1 - overlap**2) * np.arctanh(overlap)


@cache
def _hot_spinodal():
    """Overlap and load at which the branch of students that know little ends."""
    end = minimize_scalar(lambda r: -_hot_load(r), bounds=(0.5, 0.99), method="bounded", options={"xatol": 1e-9})
    return end.x, -end.fun


def _hot_ising(alpha):
    if alpha >= high_temperature_transition():
        return 0.0
    return np.arccos(brentq(lambda r: _hot_load(r) - alpha, 0.0, _hot_spinodal()[0], xtol=1e-14)) / np.pi


@cache
def high_temperature_transition():
    """α/T = 1.695933 at which the Ising student with a sign output jumps to the teacher: f(R) = f(1) = 0.

    >>> round(high_temperature_transition(), 6)
    1.695933
    """

    def balance(r):
        return high_temperature_free_energy(r, _hot_load(r), weights="ising", output="sign")

    return float(_hot_load(brentq(balance, 0.1, _hot_spinodal()[0], xtol=1e-14)))


def high_temperature_spinodal():
    """α/T = 2.082070 up to which f(R) keeps its second minimum: beyond, nothing holds the student back.

    >>> round(high_temperature_spinodal(), 5)
    2.08207
    """
    return float(_hot_spinodal()[1])


@cache
def annealed_transition():
    """α = 1.447966: the load at which (1/N) ln E V of Ising students falls to zero, in the average over the *number* V.

    E V counts students at ε by e^{N s(ε)}, each consistent with P = αN examples with probability (1 - ε)^P: the load is
    the largest s(ε)/(-ln(1 - ε)). No student but the teacher is left beyond it, since P(V > 1) <= E V - 1; how far
    below that happens already, it does not say: see :func:`ising_transition`.

    >>> round(annealed_transition(), 5)
    1.44797
    """

    def load(r):
        return entropy(r, weights="ising") / -np.log1p(-generalisation_error(r))

    best = minimize_scalar(lambda r: -load(r), bounds=(0.1, 0.95), method="bounded", options={"xatol": 1e-9})
    return float(-best.fun)


# --- Zero temperature, typical examples ------------------------------------------------------------------------------


def quenched(alpha, *, weights):
    """The typical student without training error, T = 0, for many weights: a :class:`Quenched`.

    Teacher and students are exchangeable, so that their overlap R is also that of two students, and with k = √(R/(1-R))

        Ising:  φ = -½ R̂ (1 + R) + ∫Dz ln 2cosh(√R̂ z + R̂) + 2α ∫Dt H(kt) ln H(kt)
        sphere: φ = ½ ln(1 - R) + ½ R + 2α ∫Dt H(kt) ln H(kt)

    where φ is stationary. R is found along the branch that starts with α = 0. On the sphere it goes on for ever; for
    Ising weights up to :func:`ising_spinodal`, beyond which the teacher, R = 1 and φ = 0, is returned. Between the
    field ``transition`` and the spinodal the branch is metastable: φ < 0.

    Parameters
    ----------
    alpha : P/N from 0 to 1e100, a number or an array
    weights : "ising" or "sphere"

    Source: derived here; replica symmetry is exact for this problem (Barbier and others, 2019).

    Examples
    --------
    On the sphere, with many examples, the Gibbs student errs as 0.62/α and the vote √2 times less:

    >>> students = quenched(1e4, weights="sphere")
    >>> print(np.round(1e4 * students.gibbs, 3), np.round(students.gibbs / students.bayes, 3))
    0.625 1.414
    """
    alpha, weights = _loads("alpha", alpha, most=1e100, zero=True), _checks.word("weights", weights, WEIGHTS)
    along = _ising_branch if weights == "ising" else _sphere_branch
    r, gap, phi = (found[()] for found in np.vectorize(along, otypes="ddd")(alpha))
    transition = ising_transition() if weights == "ising" else np.inf
    return Quenched(r, phi, _angle(gap) / np.pi, _angle(gap / (1 + np.sqrt(r))) / np.pi, transition)


def _angle(gap):
    """arccos(1 - gap), with the digits of a small gap."""
    return 2 * np.arctan2(np.sqrt(gap), np.sqrt(2 - gap))


def _tails(overlap, gap):
    """∫Dt g(kt)²/H(kt) and ∫Dt H(kt) ln H(kt) with k² = R/(1 - R), R and 1 - R given, on a grid as narrow as k."""
    narrow = np.sqrt(gap)  # 1/√(1 + k²)
    t = narrow * _NORMAL
    u = np.sqrt(overlap) * _NORMAL  # kt
    log_tail = log_ndtr(-u)
    measure = narrow * _STEP * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
    return measure @ np.exp(-(u**2) - log_tail) / (2 * np.pi), measure @ (np.exp(log_tail) * log_tail)


def _ising_state(field):
    """R, α and φ at the conjugate field R̂: both saddle-point equations read as definitions."""
    z = np.sqrt(field) * _NORMAL + field
    measure = _STEP * np.exp(-(_NORMAL**2) / 2) / np.sqrt(2 * np.pi)
    r = measure @ np.tanh(z)
    force, log_tail = _tails(r, 1 - r)
    alpha = field * (1 - r) / (2 * force)
    phi = -field * (1 + r) / 2 + measure @ np.logaddexp(z, -z) + 2 * alpha * log_tail
    return r, alpha, phi


@cache
def _ising_end():
    """R̂ and α at the spinodal."""
    best = minimize_scalar(lambda f: -_ising_state(f)[1], bounds=(1.0, 8.0), method="bounded", options={"xatol": 1e-9})
    return best.x, -best.fun


def _ising_branch(alpha):
    field, end = _ising_end()
    if alpha >= end:
        return 1.0, 0.0, 0.0
    r, _, phi = _ising_state(brentq(lambda f: _ising_state(f)[1] - alpha, 0.0, field, xtol=1e-13))
    return r, 1 - r, phi


def _sphere_branch(alpha):
    """R = 2α ∫Dt g²/H, solved in ln(1 - R), so that R → 1 keeps its digits."""

    def state(log_gap):
        return -np.expm1(log_gap), np.exp(log_gap)

    def excess(log_gap):
        r, gap = state(log_gap)
        return r / 2 - alpha * _tails(r, gap)[0]

    log_gap = brentq(excess, -690.0, 0.0, xtol=1e-14)
    r, gap = state(log_gap)
    return r, gap, log_gap / 2 + r / 2 + 2 * alpha * _tails(r, gap)[1]


@cache
def ising_transition():
    """α = 1.24468 beyond which the teacher alone is left of all typical Ising students: φ = 0 on the branch.

    Source: derived here; 1.245 in Györgyi (1990).

    >>> load = ising_transition()
    >>> print(round(load, 4), np.round(abs(quenched(load, weights="ising").free_entropy), 9))
    1.2447 0.0
    """
    return float(_ising_state(brentq(lambda f: _ising_state(f)[2], 0.5, _ising_end()[0], xtol=1e-13))[1])


def ising_spinodal():
    """α = 1.49263 at which the branch that knows little ends: from here on message passing finds the teacher.

    >>> round(ising_spinodal(), 4)
    1.4926
    """
    return float(_ising_end()[1])


# --- Learning rules --------------------------------------------------------------------------------------------------


def hebb(alpha):
    """Generalisation error of w = Σ x sgn(w₀·x): arctan(√(π/2α))/π, taught at once or one example at a time.

    >>> print(np.round(hebb([0.0, np.pi / 2]), 6))
    [0.5  0.25]
    """
    return np.arctan2(np.sqrt(np.pi / 2), np.sqrt(_checks.positive("alpha", alpha, zero=True))) / np.pi


def pseudo_inverse(alpha):
    """Generalisation error of the least squares fit to the labels ±1, of least norm where there are several.

    With c = 2/π, R = √(cα/(c + (1-c)/(1-α))) below α = 1, and R = [1 + (1/c - 1)/(α - 1)]^(-½) above. At α = 1, where
    fitting the labels exactly takes all freedom there is, the student knows nothing: ε = ½.

    >>> print(np.round(pseudo_inverse([0.5, 1.0, 5.0]), 3))  # double descent: it knows nothing at α = 1
    [0.339 0.5   0.115]
    """
    alpha = _checks.positive("alpha", alpha, zero=True)
    c = 2 / np.pi
    with np.errstate(divide="ignore", invalid="ignore"):
        few = np.sqrt(c * alpha / (c + (1 - c) / (1 - alpha)))
        many = np.sqrt((alpha - 1) / (alpha - 1 + 1 / c - 1))
    r = np.select([alpha < 1, alpha > 1], [few, many], 0.0)
    return np.arccos(np.clip(r, 0, 1)) / np.pi


def maximal_stability(alpha):
    """Generalisation error of the perceptron of widest margin κ, the support vector machine; α from 1e-4 to 1e5.

    With s² = 1 - R²: s² = 2α ∫_{-∞}^κ Dz Φ(Rz/s) (κ - z)², R = (α/πs) ∫_{-∞}^κ dz e^{-z²/2s²} (κ - z).
    At given R their ratio fixes κ, then α; R is found so that α is as asked, in the shape of α.

    Source: derived here; Opper, Kinzel, Kleinz and Nehl (1990).

    >>> print(np.round([maximal_stability(5.0), hebb(5.0), quenched(5.0, weights="sphere").bayes], 3))
    [0.094 0.163 0.084]
    """
    alpha = _loads("alpha", alpha, least=1e-4, most=1e5)

    def one(load):
        def excess(log_tan):
            return np.log(_widest_margin(np.arctan(np.exp(log_tan)))[1]) - np.log(load)

        return np.arctan(np.exp(brentq(excess, -12.0, 5.0, xtol=1e-12))) / np.pi

    return _each(alpha, one)


def _widest_margin(angle):
    """κ and α of the widest margin where the student is at this angle to the teacher."""
    r, s = np.cos(angle), np.sin(angle)

    def missed(kappa):  # ∫ Dz Φ(Rz/s) (κ - z)² below κ, by pieces between which Φ(Rz/s) turns from 0 to 1
        ends = np.unique(np.clip([-13 * s, 0.0, 13 * s, 13.0], None, kappa))
        nodes, weights = _LEGENDRE
        middle, half = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
        z = middle[:, None] + half[:, None] * nodes
        value = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * ndtr(r * z / s) * (kappa - z) ** 2
        return half @ value @ weights

    def pulled(kappa):
        return s**2 * np.exp(-(kappa**2) / (2 * s**2)) + kappa * s * np.sqrt(2 * np.pi) * ndtr(kappa / s)

    def difference(log_kappa):
        kappa = np.exp(log_kappa)
        return np.log(2 * missed(kappa) / s**2) - np.log(pulled(kappa) / (np.pi * s * r))

    kappa = np.exp(brentq(difference, -30.0, 12.0, xtol=1e-13))
    return kappa, s**2 / (2 * missed(kappa))


def online(rule, alphas):
    """Generalisation error of a rule that sees each example once, J' = J + f x sgn(v), for many weights.

    With u, v the fields of student and teacher (u in units of |J|/√N for the last two), θ the angle between them and
    s = sin θ, the rule "hebb" has f = 1, "perceptron" f = Θ(-uv), "adatron" f = |u| Θ(-uv), "optimal" the f(u, sgn v)
    that raises R most, f = s g(x)/(R Φ(x)) with x = R u sgn(v)/s. Their laws, exact for N → ∞, are integrated from
    J = 0 (adatron: from a random J): for M = J·w₀/N and Q = |J|²/N

        dM = ⟨f|v|⟩ dα,  dQ = ⟨f² + 2fu sgn v⟩ dα,  R = M/√Q.

    Parameters
    ----------
    rule : one of "hebb", "perceptron", "adatron", "optimal"
    alphas : examples per weight, each greater than zero, at most 1e6: a number or an array

    Source: derived here; Biehl and Riegler (1994) for the perceptron, Kinouchi and Caticha (1992) for the optimum.

    Examples
    --------
    >>> for rule in ("hebb", "perceptron", "adatron", "optimal"):
    ...     print(rule, np.round(online(rule, [1.0, 20.0]), 3))
    hebb [0.286 0.087]
    perceptron [0.319 0.106]
    adatron [0.41 0.07]
    optimal [0.271 0.039]
    """
    speed, start = _ONLINE[_checks.word("rule", rule, RULES)]
    alphas = _loads("alphas", alphas, most=1e6)
    if alphas.size == 0:
        return alphas
    root, first = np.sqrt(alphas.ravel()), 1e-7  # in √α, in which R begins as a straight line

    def change(x, state):
        return 2 * x * np.array(speed(*state))

    span, begun = (first, max(root.max(), 2 * first)), start(first**2)
    path = solve_ivp(change, span, begun, method="DOP853", rtol=1e-10, atol=1e-14, dense_output=True)
    state = path.sol(np.maximum(root, first))
    angle = state[0] if len(state) == 1 else np.arccos(np.clip(state[0] / np.sqrt(state[1]), -1, 1))
    return angle.reshape(alphas.shape)[()] / np.pi


def _hebb_speed(m, q):
    return np.sqrt(2 / np.pi), 1 + 2 * m * np.sqrt(2 / np.pi)


def _perceptron_speed(m, q):
    r = m / np.sqrt(q)
    push = (1 - r) / np.sqrt(2 * np.pi)
    return push, -2 * np.sqrt(q) * push + np.arccos(min(r, 1.0)) / np.pi


def _adatron_speed(angle):
    r, s = np.cos(angle), np.sin(angle)
    return (-((s - r * angle) + r / 2 * (angle - r * s)) / (np.pi * s),)


def _optimal_speed(angle):
    r, s = np.cos(angle), np.sin(angle)
    return (-s / r * _tails(r**2, s**2)[0],)  # k² = R²/(1 - R²)


_ONLINE = {
    "hebb": (_hebb_speed, lambda a: [a * np.sqrt(2 / np.pi), a]),
    "perceptron": (_perceptron_speed, lambda a: [a / np.sqrt(2 * np.pi), a / 2]),
    "adatron": (_adatron_speed, lambda a: [np.pi / 2 - a / np.pi]),
    "optimal": (_optimal_speed, lambda a: [np.pi / 2 - np.sqrt(2 * a / np.pi)]),
}


class LinearStudent(NamedTuple):
    """Generalisation errors of a linear unit, in the shape of load and temperature.

    >>> errors = linear_unit(0.0, temperature=1.0, noise=0.1)
    >>> print(errors.student, errors.mean)  # with nothing learnt
    1.0 0.5
    """

    student: np.ndarray  #: of one student drawn from the Gibbs distribution
    mean: np.ndarray  #: of the mean of all of them


def linear_unit(alpha, *, temperature, noise):
    """Generalisation error ½E|w - w₀|²/N of linear students at temperature T, taught by y = w₀·x/√N + noise.

    A student is drawn with weight e^{-E/T}, E = ½ Σ (y - w·x/√N)², times the prior N(0, 1) of each weight, which is not
    heated; teachers are drawn from that prior too. Along an eigenvector of X'X/N of eigenvalue λ, the mean student
    keeps T/(T + λ) of its distance to the teacher, noise adds σ²λ/(T + λ)², and the student scatters by T/(T + λ). The
    average of the last is ρ with 1/ρ = 1 + α/(T + ρ) (Marchenko and Pastur), and ρ' = dρ/dT gives the others:

        2 ε(mean) = ρ - Tρ' + σ²ρ',  2 ε(student) = 2 ε(mean) + ρ.

    Parameters
    ----------
    alpha : P/N >= 0
    temperature : T > 0; broadcast with ``alpha``
    noise : σ² >= 0, variance of the labels' noise

    Returns
    -------
    LinearStudent

    Source: derived here.

    Examples
    --------
    Where the labels' noise is σ² = T, as the posterior takes it to be, a student errs twice as much as the mean does:

    >>> errors = linear_unit([1.0, 4.0], temperature=0.25, noise=0.25)
    >>> print(np.round(errors.student / errors.mean, 6))
    [2. 2.]
    """
    alpha, t = _checks.positive("alpha", alpha, zero=True), _checks.positive("temperature", temperature)
    _checks.together(alpha=alpha, temperature=t)
    noise = _checks.scalar("noise", noise, _checks.positive, zero=True)
    b = t + alpha - 1  # ρ² + bρ = T
    root = np.sqrt(b**2 + 4 * t)
    rho = np.where(b > 0, 2 * t / (root + np.abs(b)), (root - b) / 2)
    slope = (1 - rho) / root
    mean = (rho + (noise - t) * slope) / 2
    return LinearStudent(mean + rho / 2, mean)


def least_norm(cases, n, *, noise):
    """Generalisation error ½E|w - w₀|²/n of the linear least squares fit, of least norm below P = n; exact at every n.

    For y = w₀·x/√n + noise of variance σ² and |w₀|² = n: ½[1 - P/n + σ² P/(n - P - 1)] below P = n - 1, where the part
    of w₀ that no input has touched is lost; ½ σ² n/(P - n - 1) above n + 1; infinite between, unless without noise.

    Parameters
    ----------
    cases : P, an integer
    n : number of weights
    noise : σ² >= 0

    Source: derived here from the mean of an inverse Wishart matrix.

    Examples
    --------
    >>> print([round(float(least_norm(cases, 100, noise=0.1)), 3) for cases in (50, 90, 100, 110, 200)])
    [0.301, 0.55, inf, 0.556, 0.051]
    """
    cases, n = _checks.integer("cases", cases, minimum=1), _checks.integer("n", n, minimum=1)
    noise = _checks.scalar("noise", noise, _checks.positive, zero=True)
    few, many = sorted((cases, n))
    lost = max(0.0, 1 - cases / n)
    if noise == 0:
        return lost / 2
    return (lost + noise * few / (many - few - 1)) / 2 if many - few > 1 else np.inf


def _each(alpha, one):
    """``one`` of every load: a float or array of the shape of ``alpha``."""
    return np.vectorize(one, otypes="d")(alpha)[()]


def _loads(name, value, *, most, least=0.0, zero=False):
    """Loads within the range in which the digits last."""
    loads = _checks.positive(name, value, zero=zero)
    for wrong, allowed in ((loads > most, f"most {most:g}"), (loads < least, f"least {least:g}")):
        if wrong.any():
            raise ValueError(f"{name} must be at {allowed}, got {loads[wrong][0]:g}; beyond, continue by a power law")
    return loads


def _cosine(overlap):
    overlap = _checks.finite("overlap", overlap)
    if (np.abs(overlap) > 1).any():
        raise ValueError(f"overlap must lie between -1 and 1, got {overlap!r}")
    return overlap
