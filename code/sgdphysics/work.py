"""Work without equilibrium: driven protocols, and what the work of many paths says about free energies.

A protocol is a list of energies E_0, …, E_n. Each step first switches E_{i-1} to E_i at fixed q, which costs the work
E_i(q) - E_{i-1}(q), then moves q by a rule that leaves exp(-E_i/T) as it is, which exchanges heat. From equilibrium at
E_0, the identities of Jarzynski and Crooks then hold exactly for any number of steps, however fast.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

from sgdphysics import _checks
from sgdphysics.dynamics import DivergedError
from sgdphysics.dynamics.langevin import langevin_step
from sgdphysics.dynamics.trajectory import hand_over
from sgdphysics.energies import Harmonic


class Driven(NamedTuple):
    """Paths driven through a protocol.

    >>> from sgdphysics.energies import Harmonic
    >>> protocol, rng = [Harmonic(1.0, center) for center in (0.0, 1.0)], np.random.default_rng(0)
    >>> driven = drive(protocol, np.zeros((3, 1)), move=exact_move(dt=1.0), rng=rng)
    >>> print(driven.work, driven.q.shape)  # ½ (0 - 1)² for each path
    [0.5 0.5 0.5] (3, 1)
    """

    work: np.ndarray  #: W = Σ_i E_i(q_{i-1}) - E_{i-1}(q_{i-1}), shape (paths...)
    q: np.ndarray  #: positions at the end, (paths..., d)


def drive(protocol, q0, *, move, rng):
    """Drive paths from ``q0`` (paths..., d), drawn from equilibrium at ``protocol[0]``; returns their :class:`Driven`.

    Parameters
    ----------
    protocol : energies E_0, …, E_n, at least two of the same dimension; reversed, it is the protocol of Crooks' reverse
    q0 : starts, shape (paths..., d)
    move : a function (energy, q, rng) -> q, such as :func:`exact_move`, :func:`metropolis_move`, :func:`euler_move`
    rng : numpy.random.Generator

    Raises ValueError for bad input; DivergedError when a path leaves the finite numbers, whose ``trajectory`` is the
    :class:`Driven` up to that step.

    Source: Jarzynski (1997); Crooks (1998), for work and heat of alternating switches and moves.

    Examples
    --------
    A stiffening spring, fast: the mean work lies above ΔF = ½ ln 4, and Jarzynski's mean finds it.

    >>> from sgdphysics.energies import Harmonic
    >>> protocol, rng = [Harmonic(stiffness) for stiffness in (1.0, 2.0, 4.0)], np.random.default_rng(0)
    >>> driven = drive(protocol, rng.standard_normal((20_000, 1)), move=exact_move(dt=0.1), rng=rng)
    >>> print(np.mean(driven.work) > 1.0, abs(jarzynski(driven.work)[0] - 0.5 * np.log(4)) < 0.03)
    True True
    """
    return deque(drive_steps(protocol, q0, move=move, rng=rng), maxlen=1).pop()


def drive_steps(protocol, q0, *, move, rng):
    """As :func:`drive`, a generator of the :class:`Driven` so far: before the first step and after each.

    >>> from sgdphysics.energies import Harmonic
    >>> protocol, rng = [Harmonic(1.0, center) for center in (0.0, 1.0, 2.0)], np.random.default_rng(0)
    >>> frozen = exact_move(dt=50.0, temperature=1e-30)  # to each centre, and no further
    >>> print([round(float(so_far.work), 6) for so_far in drive_steps(protocol, np.zeros(1), move=frozen, rng=rng)])
    [0.0, 0.5, 1.0]
    """
    protocol, rng = _listed(protocol), _checks.generator(rng)
    if len(protocol) < 2 or len({getattr(energy, "dimension", None) for energy in protocol}) > 1:
        raise ValueError(f"protocol must hold at least two energies of one dimension, got {protocol!r}")
    if not callable(move):
        raise ValueError(f"move must be a function (energy, q, rng) -> q, such as exact_move(dt=0.1); got {move!r}")
    q = _checks.positions(protocol[0], q0)
    work = np.zeros(q.shape[:-1])
    yield Driven(work, q)
    for step, (before, after) in enumerate(zip(protocol[:-1], protocol[1:], strict=True), start=1):
        try:
            with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                work = work + (_checks.energy_at(after, q) - _checks.energy_at(before, q))
                q = _moved(move, after, q, rng)
        except (Exception, KeyboardInterrupt) as error:
            hand_over(error, step - 1, Driven(work, q))
            raise
        finite = np.isfinite(work) & np.isfinite(q).all(axis=-1)
        if not finite.all():
            chain = tuple(int(i) for i in np.argwhere(~finite)[0])
            raise DivergedError(step, chain, "lower dt of the move", Driven(work, q))
        yield Driven(work, q)


def _listed(protocol):
    try:
        return list(protocol)
    except TypeError:
        raise ValueError(f"protocol must be a list of energies, got {protocol!r}") from None


def _moved(move, energy, q, rng):
    """Where ``move`` takes the paths ``q``, or ValueError unless each is still there."""
    after = _checks.real("move(energy, q, rng)", move(energy, q, rng))
    if after.shape != q.shape:
        raise ValueError(f"move must return shape {q.shape} for q of shape {q.shape}, got {after.shape}")
    return after


def exact_move(*, dt, temperature=1.0):
    """The Ornstein-Uhlenbeck process itself, for a Harmonic energy: the exact law of Langevin dynamics at any ``dt``.

    q' = c + a (q - c) + √(T (1 - a²)/k) ξ with a = exp(-k dt). Leaves exp(-E/T) as it is, with detailed balance.
    The move raises ValueError for any other energy.

    >>> from sgdphysics.energies import Harmonic
    >>> move, rng = exact_move(dt=np.log(2), temperature=1e-30), np.random.default_rng(0)
    >>> print(np.round(move(Harmonic(1.0, center=1.0), np.array([3.0]), rng), 6))  # half the way to the centre
    [2.]
    """
    dt, temperature = _step_and_temperature(dt, temperature)

    def move(energy, q, rng):
        if not isinstance(energy, Harmonic):
            raise ValueError(f"energy must be Harmonic for exact_move (others: metropolis_move), got {energy!r}")
        with np.errstate(under="ignore"):
            decay = np.exp(-energy.stiffness * dt)
        spread = np.sqrt(-np.expm1(-2 * energy.stiffness * dt) * temperature / energy.stiffness)
        return energy.center + decay * (q - energy.center) + spread * rng.standard_normal(q.shape)

    return move


def euler_move(*, dt, temperature=1.0):
    """One plain Euler-Maruyama step of Langevin dynamics. It leaves exp(-E/T) only up to order ``dt``: biased work.

    >>> from sgdphysics.energies import Harmonic
    >>> move, rng = euler_move(dt=0.5, temperature=1e-30), np.random.default_rng(0)
    >>> print(np.round(move(Harmonic(1.0, center=1.0), np.array([3.0]), rng), 6))
    [2.]
    """
    dt, temperature = _step_and_temperature(dt, temperature)

    def move(energy, q, rng):
        return langevin_step(q, _checks.gradient_at(energy, q), dt, temperature, rng.standard_normal(q.shape))

    return move


def metropolis_move(*, dt, temperature=1.0):
    """A Langevin step with Metropolis' test (MALA), for any energy: leaves exp(-E/T) as it is, with detailed balance.

    Propose q' = q - ∇E dt + √(2 T dt) ξ; accept with probability min(1, exp(-[E(q') - E(q)]/T) g(q|q')/g(q'|q)), where
    g(q'|q) = exp(-|q' - q + ∇E(q) dt|²/(4 T dt)). T > 0.

    Source: Rossky, Doll and Friedman (1978); Roberts and Tweedie (1996).

    A spring's variance T/k is exact also at a coarse step, where plain Euler-Maruyama makes it twice as large:

    >>> from sgdphysics.energies import Harmonic
    >>> for kind in (metropolis_move, euler_move):
    ...     move, rng = kind(dt=1.0), np.random.default_rng(0)
    ...     q = rng.standard_normal((40_000, 1))
    ...     for _ in range(20):
    ...         q = move(Harmonic(1.0), q, rng)
    ...     print(f"{np.var(q):.1f}")
    1.0
    2.0
    """
    dt, temperature = _step_and_temperature(dt, temperature)

    def move(energy, q, rng):
        gradient, noise = _checks.gradient_at(energy, q), rng.standard_normal(q.shape)
        if not np.isfinite(gradient).all():  # every proposal from there would be rejected, without a word
            raise ValueError(f"q must have a finite gradient on every path, got {gradient[~np.isfinite(gradient)][0]}")
        proposal = langevin_step(q, gradient, dt, temperature, noise)
        back = q - proposal + _checks.gradient_at(energy, proposal) * dt
        log_ratio = (_checks.energy_at(energy, q) - _checks.energy_at(energy, proposal)) / temperature
        log_ratio += 0.5 * np.sum(noise**2, axis=-1) - np.sum(back**2, axis=-1) / (4 * temperature * dt)
        accepted = np.log1p(-rng.random(log_ratio.shape)) < log_ratio
        return np.where(accepted[..., np.newaxis], proposal, q)

    return move


def _step_and_temperature(dt, temperature):
    dt = _checks.scalar("dt", dt, _checks.positive)
    return dt, _checks.scalar("temperature", temperature, _checks.positive)


def dragging_dissipation(distance, duration, stiffness=1.0):
    """⟨W⟩ - ΔF = (L/τ)² [τ - (1 - e^{-kτ})/k] for a harmonic trap dragged evenly over L in the time τ, mobility 1.

    The particle lags behind by v (1 - e^{-kt})/k at speed v = L/τ, and W = ∫ k v lag dt. The work is normal, because it
    is linear in the noise, with ⟨W⟩ - ΔF = Var(W)/(2T) by Jarzynski's identity, and ΔF = 0.

    Slow dragging over L wastes L²/τ, a sudden jump ½ k L²:

    >>> print(np.round(dragging_dissipation(1.0, [1e-6, 1.0, 1000.0]), 4))
    [0.5    0.3679 0.001 ]
    """
    distance, duration = _checks.finite("distance", distance), _checks.positive("duration", duration)
    stiffness = _checks.positive("stiffness", stiffness)
    _checks.together(distance=distance, duration=duration, stiffness=stiffness)
    return (distance / duration) ** 2 * (duration + np.expm1(-stiffness * duration) / stiffness)


@np.errstate(under="ignore")
def jarzynski(work, *, temperature=1.0):
    """Jarzynski's ΔF = -T ln ⟨exp(-W/T)⟩ from ``work`` (paths, ...), and its standard error, both of shape (...).

    The error is that of the logarithm of a mean to first order, T s(x)/(x̄ √n) with x = exp(-W/T). With few paths the
    estimate is too high on average, and the error too small: the mean hangs on rare paths. Where ⟨exp(-2W/T)⟩ diverges
    the weights have no variance, and the error means nothing.

    Source: Jarzynski (1997), eq. 2.

    Normal work of variance 1 has ΔF = ⟨W⟩ - ½ at T = 1:

    >>> free_energy, error = jarzynski(np.random.default_rng(0).normal(2.0, 1.0, 100_000))
    >>> print(abs(free_energy - 1.5) < 0.03, 0.003 < error < 0.006)
    True True
    """
    work, temperature = _works("work", work), _checks.scalar("temperature", temperature, _checks.positive)
    lowest = work.min(axis=0)
    weights = np.exp(-(work - lowest) / temperature)
    mean = weights.mean(axis=0)
    error = temperature * weights.std(axis=0, ddof=1) / mean / np.sqrt(len(work))
    return lowest - temperature * np.log(mean), error


@np.errstate(under="ignore")
def bar(forward, reverse, *, temperature=1.0):
    """Bennett's acceptance ratio: ΔF from works of the forward and of the reverse protocol, and its standard error.

    ΔF solves Σ_F f(M + (W_F - ΔF)/T) = Σ_R f(-M + (W_R + ΔF)/T) with f(x) = 1/(1 + eˣ) and M = ln(n_F/n_R), the
    maximum of the likelihood that Crooks' theorem gives: a logistic regression of "forward or reverse?" on W, of known
    slope 1/T. The error is T √(Σ_{F,R} var(f)/(n ⟨f⟩²)). All in logarithms, so that works which hardly overlap, where f
    or 1 - f is as small as exp(-W/T), give ΔF too, to 1e-15 of the larger of T and the works. Then a few paths decide
    or the likelihood is flat, and the error, never above √2 T, is too small.

    Source: Bennett (1976); Shirts, Bair, Hooker and Pande (2003).

    Two works each way that mirror each other: ΔF lies in their middle.

    >>> free_energy, error = bar(forward=[1.0, 2.0], reverse=[-1.0, 0.0])
    >>> print(round(free_energy, 6), error > 0)
    1.0 True
    """
    forward, reverse = _works("forward", forward, ndim=1), _works("reverse", reverse, ndim=1)
    temperature = _checks.scalar("temperature", temperature, _checks.positive)
    offset = np.log(forward.size / reverse.size)

    def arguments(shift):
        return offset + (forward - shift) / temperature, -offset + (reverse + shift) / temperature

    low, high = min(forward.min(), -reverse.max()), max(forward.max(), -reverse.min())  # there the signs are known
    while low < (middle := low + (high / 2 - low / 2)) < high:
        ahead, back = arguments(middle)
        # Each f is f(|x|) or 1 - f(|x|): count the ones, and compare what they miss with what the others bring.
        ones = np.count_nonzero(ahead <= 0) - np.count_nonzero(back <= 0)
        small, brings = -np.logaddexp(0.0, np.abs(np.append(ahead, back))), np.append(ahead > 0, back <= 0)
        plus, minus = _log_sum(small[brings]), _log_sum(small[~brings])
        below = ones + np.exp(plus) < np.exp(minus) if ones else plus < minus
        low, high = (middle, high) if below else (low, middle)
    log_f = (-np.logaddexp(0.0, x) for x in arguments(middle))
    variance = sum(f.var() / f.mean() ** 2 / f.size for f in (np.exp(x - x.max()) for x in log_f))
    return float(middle), float(temperature * np.sqrt(variance))


def _log_sum(x):
    """ln Σ exp(x), of nothing -inf, where exp(x) itself may be 0."""
    top = x.max(initial=-np.inf)
    return top + np.log(np.exp(x - top).sum()) if top > -np.inf else top


@np.errstate(under="ignore")
def crooks_fit(forward, reverse):
    """Slope s and crossing W* of ln[P_F(W)/P_R(-W)] = s (W - W*) by maximum likelihood: (s, W*), (their errors).

    Crooks' theorem says s = 1/T and W* = ΔF. No bins: the odds that a work W, or minus a reverse work, came from the
    forward protocol are n_F P_F/(n_R P_R), so this is a logistic regression, solved by Newton's method; the errors come
    from its Hessian, given the two numbers of paths. Errors: ValueError for bad input and for works that do not
    overlap, where no finite slope is likeliest; ArithmeticError if they overlap so little that it is not found.

    Source: Crooks (1999); Shirts, Bair, Hooker and Pande (2003).

    Normal works of variance 1, which obey Crooks' theorem with ΔF = 1.5 at T = 1:

    >>> rng = np.random.default_rng(0)
    >>> forward, reverse = rng.normal(2.0, 1.0, 20_000), rng.normal(-1.0, 1.0, 20_000)
    >>> (slope, crossing), errors = crooks_fit(forward, reverse)
    >>> print(f"{slope:.1f} {crossing:.1f}", max(errors) < 0.03)
    1.0 1.5 True
    """
    forward, reverse = _works("forward", forward, ndim=1), _works("reverse", reverse, ndim=1)
    if forward.min() >= -reverse.min() or forward.max() <= -reverse.max():
        spans = f"[{forward.min()}, {forward.max()}] and [{-reverse.max()}, {-reverse.min()}]"
        raise ValueError(f"forward and -reverse must overlap, or no slope is finite; they span {spans}")
    works = np.append(forward, -reverse)
    label = np.append(np.ones(forward.size), np.zeros(reverse.size))
    middle, scale = works.mean(), works.std()
    x = np.stack([np.ones(works.size), (works - middle) / scale], axis=1)
    weights = np.array([np.log(forward.size / reverse.size), 0.0])
    weights, hessian = _logistic_regression(x, label, weights)
    intercept, slope = weights[0] - np.log(forward.size / reverse.size), weights[1] / scale
    crossing = middle - intercept / slope
    covariance = np.linalg.inv(hessian)
    covariance[0, 0] -= 1 / forward.size + 1 / reverse.size  # the numbers of paths were chosen, not drawn
    direction = -np.array([1.0, (crossing - middle) / scale]) / slope  # d crossing / d weights
    errors = np.sqrt(covariance[1, 1]) / scale, np.sqrt(direction @ covariance @ direction)
    return (float(slope), float(crossing)), (float(errors[0]), float(errors[1]))


def _logistic_regression(x, label, weights):
    """The ``weights`` of the rows ``x`` that make labels 0 and 1 likeliest, and the Hessian; else ArithmeticError."""
    for _ in range(100):
        odds = _fermi(-(x @ weights))
        hessian = (x * (odds * (1 - odds))[:, np.newaxis]).T @ x
        if np.linalg.cond(hessian) > 1e14:
            break
        step = np.linalg.solve(hessian, x.T @ (label - odds))
        weights = weights + step / max(1.0, np.abs(x @ step).max())  # odds change at most e-fold: no step overshoots
        if np.abs(step).max() < 1e-11:
            return weights, hessian
    raise ArithmeticError("forward and -reverse overlap too little: the fit of slope and crossing did not converge")


def _fermi(x):
    """f(x) = 1/(1 + eˣ), without overflow."""
    return 0.5 * (1.0 - np.tanh(x / 2))


def _works(name, work, ndim=None):
    work = _checks.finite(name, work, ndim=ndim)
    if work.ndim == 0 or len(work) < 2:
        raise ValueError(f"{name} must hold the works of at least two paths, got shape {work.shape}")
    return work


class Blend:
    """E(q) = (1 - β) E_0(q) + β E_1(q): an energy on the way from ``start`` (β = 0) to ``end`` (β = 1).

    >>> from sgdphysics.energies import Harmonic
    >>> half_way, q = Blend(Harmonic(1.0), Harmonic(3.0), beta=0.5), np.array([2.0])
    >>> print(half_way.energy(q), half_way.gradient(q))  # a spring of stiffness 2
    4.0 [4.]
    """

    def __init__(self, start, end, beta):
        self.start, self.end = start, end
        self.beta = _checks.scalar("beta", beta, _checks.positive, zero=True)
        for name, energy in {"start": start, "end": end}.items():
            _checks.integer(f"{name}.dimension", getattr(energy, "dimension", None), minimum=1)
        if self.beta > 1 or start.dimension != end.dimension:
            raise ValueError(
                f"beta must be in [0, 1] and start and end of one dimension, got {beta!r}, "
                f"{start.dimension} and {end.dimension}"
            )
        self.dimension = start.dimension

    def energy(self, q):
        return (1 - self.beta) * _checks.energy_at(self.start, q) + self.beta * _checks.energy_at(self.end, q)

    def gradient(self, q):
        return (1 - self.beta) * _checks.gradient_at(self.start, q) + self.beta * _checks.gradient_at(self.end, q)


def annealed_importance_sampling(start, end, q0, *, betas, move, rng, temperature=1.0):
    """Annealed importance sampling: log weights (paths...) of paths from ``start`` to ``end``, and their last q.

    log w = -W/T with W the work along E_β = (1 - β) E_start + β E_end, β through ``betas`` from 0 to 1: exactly
    ⟨w⟩ = Z_end/Z_start with Z = ∫ exp(-E/T) dq, and weighted averages of q are those of exp(-E_end/T)/Z_end.
    ``q0`` (paths..., d) is drawn from exp(-E_start/T); ``move`` as in :func:`drive`, at the same temperature.

    Source: Neal (2001).

    >>> from sgdphysics.energies import Harmonic
    >>> start, end, rng = Harmonic(1.0), Harmonic(4.0), np.random.default_rng(0)
    >>> q0, betas = rng.standard_normal((20_000, 1)), np.linspace(0, 1, 11)
    >>> log_w, q = annealed_importance_sampling(start, end, q0, betas=betas, move=metropolis_move(dt=0.1), rng=rng)
    >>> weights = np.exp(log_w)  # mean Z_end/Z_start = √(1/4); weighted variance 1/4
    >>> print(abs(weights.mean() - 0.5) < 0.02, abs(np.average(q[:, 0] ** 2, weights=weights) - 0.25) < 0.02)
    True True
    """
    betas = _checks.finite("betas", betas, ndim=1)
    if betas.size < 2 or betas[0] != 0 or betas[-1] != 1 or (np.diff(betas) <= 0).any():
        raise ValueError(f"betas must rise from 0 to 1, got {betas!r}")
    temperature = _checks.scalar("temperature", temperature, _checks.positive)
    driven = drive([Blend(start, end, beta) for beta in betas], q0, move=move, rng=rng)
    return -driven.work / temperature, driven.q


def mean_harmonic_work(protocol, mean, variance, *, dt, temperature=1.0):
    """⟨W⟩ (a float) of a ``protocol`` of :class:`Harmonic` energies with :func:`exact_move` between its switches.

    The start is normal, with ``mean`` (d,) and independent ``variance`` (d,); it need not be an equilibrium. It stays
    normal: a switch costs ½ Σ k' ((m - c')² + v) - k ((m - c)² + v), and a move with a = exp(-k' dt) takes m to
    c' + a (m - c') and v to T/k' + a² (v - T/k'). Errors: ValueError for bad input.

    The more steps, the nearer to ΔF = ½ ln 4:

    >>> from sgdphysics.energies import Harmonic
    >>> for n in (2, 20, 200):
    ...     protocol = [Harmonic(stiffness) for stiffness in np.linspace(1.0, 4.0, n)]
    ...     print(f"{mean_harmonic_work(protocol, [0.0], [1.0], dt=0.5):.3f}")
    1.500
    0.737
    0.697
    """
    protocol = _harmonic(protocol)
    dt, temperature = _step_and_temperature(dt, temperature)
    mean, variance = _checks.finite("mean", mean), _checks.positive("variance", variance, zero=True)
    if not mean.shape == variance.shape == (protocol[0].dimension,):
        raise ValueError(
            f"mean and variance must have shape ({protocol[0].dimension},), got {mean.shape} and {variance.shape}"
        )
    total = 0.0
    for before, after in zip(protocol[:-1], protocol[1:], strict=True):
        total += (
            after.energy(mean) - before.energy(mean) + 0.5 * np.sum((after.stiffness - before.stiffness) * variance)
        )
        decay, rest = np.exp(-after.stiffness * dt), temperature / after.stiffness
        mean = after.center + decay * (mean - after.center)
        variance = rest + decay**2 * (variance - rest)
    return float(total)


def log_work_moment(protocol, power, *, dt, temperature=1.0):
    """ln ⟨exp(-λ W/T)⟩ (a float, perhaps inf) with λ = ``power``, for :class:`Harmonic` energies and exact moves.

    From equilibrium at ``protocol[0]``, with :func:`exact_move` between the switches. λ = 1 is Jarzynski's identity;
    λ = 2 tells the variance of the weights exp(-W/T), which some protocols have infinite though their mean is finite.
    Read backwards from the last switch, the mean given q is exp(-½ A q² - B q - C). Its average over a normal q of
    mean m and variance s² is exp(-½ A' m² - B' m - C + ½ s² B B')/√(1 + A s²), A' = A/(1 + A s²), B' = B/(1 + A s²),
    or infinite if 1 + A s² <= 0. Errors: ValueError for bad input.

    >>> from sgdphysics.energies import Harmonic
    >>> protocol = [Harmonic(stiffness) for stiffness in (1.0, 2.0, 4.0)]
    >>> print(np.round([log_work_moment(protocol, 1.0, dt=0.1), 0.5 * np.log(1 / 4)], 6))  # -ΔF/T, at every dt
    [-0.693147 -0.693147]
    >>> print(log_work_moment(protocol[::-1], 2.0, dt=0.1))  # weights of infinite variance
    inf
    """
    protocol = _harmonic(protocol)
    dt, temperature = _step_and_temperature(dt, temperature)
    share = _checks.scalar("power", power) / temperature
    curve = slope = level = np.zeros(protocol[0].dimension)  # A, B and C, one for each coordinate
    for step in range(len(protocol) - 1, -1, -1):
        here = protocol[step]
        decay = np.exp(-here.stiffness * dt) if step else 0.0  # the start has forgotten all before it
        spread, shift = temperature / here.stiffness * (1 - decay**2), (1 - decay) * here.center
        width = 1 + curve * spread
        if (width <= 0).any():
            return np.inf
        level = level + 0.5 * (np.log(width) - spread * slope**2 / width)
        curve, slope = curve / width, slope / width
        level = level + (0.5 * curve * shift + slope) * shift
        curve, slope = curve * decay**2, decay * (slope + curve * shift)
        if step:
            before = protocol[step - 1]
            pull, pull_before = here.stiffness * here.center, before.stiffness * before.center
            curve = curve + share * (here.stiffness - before.stiffness)
            slope = slope - share * (pull - pull_before)
            level = level + share * 0.5 * (pull * here.center - pull_before * before.center)
    return float(-level.sum())


def _harmonic(protocol):
    protocol = _listed(protocol)
    if len(protocol) < 2 or not all(isinstance(energy, Harmonic) for energy in protocol):
        raise ValueError(f"protocol must hold at least two Harmonic energies, got {protocol!r}")
    if len({energy.dimension for energy in protocol}) > 1:
        raise ValueError("protocol must hold energies of one dimension")
    return protocol
