"""What a run leaves behind, also when it blows up or is interrupted."""

import contextlib
from typing import NamedTuple

import numpy as np

from sgdphysics import _checks


class Trajectory(NamedTuple):
    """The states that a run kept, after steps thin, 2 thin, …; what does not apply to a dynamics is None.

    >>> from sgdphysics.dynamics import langevin
    >>> from sgdphysics.energies import Harmonic
    >>> two_chains = np.zeros((2, 1))
    >>> run = langevin(Harmonic(1.0), two_chains, dt=0.1, n_steps=100, rng=np.random.default_rng(0), thin=10)
    >>> run.q.shape, run.energy.shape, run.momentum
    ((10, 2, 1), (10, 2), None)
    """

    q: np.ndarray  #: positions, (kept, chains..., d)
    energy: np.ndarray | None = None  #: E(q), (kept, chains...)
    weights: np.ndarray | None = None  #: weight of each state in an average, (kept,) or (kept, chains...)
    accepted: np.ndarray | None = None  #: whether the proposal was accepted, (kept, chains...)
    momentum: np.ndarray | None = None  #: p, (kept, chains..., d)


class DivergedError(ArithmeticError):
    """A run left the finite numbers; ``step`` and ``chain`` say where, ``trajectory`` holds what was kept before.

    It is a :class:`Trajectory`, or from :func:`sgdphysics.work.drive` a :class:`sgdphysics.work.Driven`.

    >>> from sgdphysics.dynamics import langevin
    >>> from sgdphysics.energies import Harmonic
    >>> try:
    ...     langevin(Harmonic(1.0), [1.0], dt=11.0, n_steps=1000, temperature=0.0, rng=np.random.default_rng(0))
    ... except DivergedError as error:
    ...     print(error.remedy, error.trajectory.q[:3, 0].tolist())
    lower dt [-10.0, 100.0, -1000.0]
    """

    def __init__(self, step, chain, remedy, trajectory):
        where = f" in chain {chain}" if chain != () else ""
        super().__init__(f"the run diverged at step {step}{where}: {remedy}")
        self.step, self.chain, self.remedy, self.trajectory = step, chain, remedy, trajectory

    def __reduce__(self):  # an exception's own pickle would hand its message to __init__
        return type(self), (self.step, self.chain, self.remedy, self.trajectory)


class InterruptedRun(KeyboardInterrupt):
    """The user stopped a run; ``trajectory`` holds what was kept before.

    >>> from sgdphysics.dynamics import langevin
    >>> from sgdphysics.energies import Harmonic
    >>> class Impatient(Harmonic):
    ...     def gradient(self, q):
    ...         if q[0] > 1:
    ...             raise KeyboardInterrupt  # in place of Ctrl-C
    ...         return -np.ones(1)
    >>> try:
    ...     langevin(Impatient(1.0), [0.0], dt=0.5, n_steps=100, temperature=0.0, rng=np.random.default_rng(0))
    ... except InterruptedRun as stopped:
    ...     print(stopped.step, stopped.trajectory.q[:, 0])
    3 [0.5 1.  1.5]
    """

    def __init__(self, step, trajectory):
        super().__init__(f"interrupted at step {step}; the states kept so far are in this error's .trajectory")
        self.step, self.trajectory = step, trajectory

    def __reduce__(self):
        return type(self), (self.step, self.trajectory)


def hand_over(error, step, trajectory):
    """Let the ``error`` that ended a run carry what was kept before: KeyboardInterrupt becomes InterruptedRun.

    >>> error = ValueError("the energy broke")
    >>> hand_over(error, 3, Trajectory(q=np.zeros((3, 1))))
    >>> error.trajectory.q.shape, error.__notes__
    ((3, 1), ["raised after step 3; the states kept so far are in this error's .trajectory"])
    """
    if isinstance(error, KeyboardInterrupt):
        raise InterruptedRun(step, trajectory) from None
    with contextlib.suppress(AttributeError):  # some exceptions are frozen
        error.trajectory = trajectory
        error.add_note(f"raised after step {step}; the states kept so far are in this error's .trajectory")


class Recorder:
    """Keeps every ``thin``-th state of ``n_steps`` and guards the run.

    Used as a context around the loop: inside, overflow is silent, because :meth:`record` looks at every state and
    raises :class:`DivergedError`; a keyboard interrupt becomes :class:`InterruptedRun`. These, and whatever the energy
    or a step size raises, carry the states kept as their ``trajectory``. With ``on_divergence="record"`` a state that
    is not finite is kept like any other. ``energy`` is None where a dynamics has none.

    >>> with Recorder(None, np.zeros(1), n_steps=4, thin=2, remedy="lower dt") as recorder:
    ...     for step in range(4):
    ...         recorder.record(np.array([step + 1.0]))
    >>> recorder.trajectory().q.tolist()
    [[2.0], [4.0]]
    >>> recorder.diverged(np.array([np.inf]))
    Traceback (most recent call last):
    sgdphysics.dynamics.trajectory.DivergedError: the run diverged at step 4: lower dt
    """

    def __init__(self, energy, q0, n_steps, thin, *, remedy, on_divergence="raise"):
        self.n_steps = _checks.integer("n_steps", n_steps, minimum=1)
        self.thin = _checks.integer("thin", thin, minimum=1)
        if self.thin > self.n_steps:
            raise ValueError(f"thin must be at most n_steps = {n_steps}, or no state is kept; got {thin}")
        self.on_divergence = _checks.word("on_divergence", on_divergence, ("raise", "record"))
        self.energy, self.remedy = energy, remedy
        self.step, self.kept = 0, 0
        kept = self.n_steps // self.thin
        self.arrays = {"q": np.empty((kept, *q0.shape))}
        if energy is not None:
            self.arrays["energy"] = np.empty((kept, *q0.shape[:-1]))

    def __enter__(self):
        self.errors = np.errstate(over="ignore", invalid="ignore", under="ignore")
        self.errors.__enter__()
        return self

    def __exit__(self, kind, error, traceback):
        self.errors.__exit__(kind, error, traceback)
        if isinstance(error, Exception | KeyboardInterrupt) and not isinstance(error, DivergedError):
            hand_over(error, self.step, self.trajectory())

    def record(self, q, **fields):
        """Look at the state after one step and keep it when it is due; ``fields`` are others of Trajectory."""
        self.step += 1
        flat = q.reshape(-1)
        # One dot product is the cheapest look at all coordinates.
        if self.on_divergence == "raise" and not np.isfinite(flat @ flat):
            self.diverged(q)
        if self.step % self.thin:
            return
        if self.energy is not None:
            fields["energy"] = self.energy.energy(q)
        for name, value in {"q": q, **fields}.items():
            if name not in self.arrays:
                value = np.asarray(value)
                self.arrays[name] = np.empty((self.n_steps // self.thin, *value.shape), value.dtype)
            self.arrays[name][self.kept] = value
        self.kept += 1

    def diverged(self, q):
        """Raise DivergedError for the first chain whose state is not finite, or too large to square."""
        bad = np.argwhere(~np.isfinite(np.sum(q * q, axis=-1)))
        chain = tuple(int(i) for i in bad[0]) if len(bad) else ()
        raise DivergedError(self.step, chain, self.remedy, self.trajectory())

    def trajectory(self):
        """The states kept so far."""
        return Trajectory(**{name: array[: self.kept] for name, array in self.arrays.items()})
