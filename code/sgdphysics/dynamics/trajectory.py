"""What a run leaves behind, also when it blows up or is interrupted."""

import contextlib
from typing import NamedTuple

import numpy as np

from sgdphysics import _checks


class Trajectory(NamedTuple):
    """The states that a run kept, after steps thin, 2 thin, …; what does not apply to a dynamics is None."""

    q: np.ndarray  #: positions, (kept, chains..., d)
    energy: np.ndarray | None = None  #: E(q), (kept, chains...)
    weights: np.ndarray | None = None  #: weight of each state in an average, (kept,) or (kept, chains...)
    accepted: np.ndarray | None = None  #: whether the proposal was accepted, (kept, chains...)
    momentum: np.ndarray | None = None  #: p, (kept, chains..., d)


class DivergedError(ArithmeticError):
    """A run left the finite numbers; ``step`` and ``chain`` say where, ``trajectory`` holds what was kept before.

    It is a :class:`Trajectory`, or from :func:`sgdphysics.work.drive` a :class:`sgdphysics.work.Driven`.
    """

    def __init__(self, step, chain, remedy, trajectory):
        where = f" in chain {chain}" if chain != () else ""
        super().__init__(f"the run diverged at step {step}{where}: {remedy}")
        self.step, self.chain, self.remedy, self.trajectory = step, chain, remedy, trajectory

    def __reduce__(self):  # an exception's own pickle would hand its message to __init__
        return type(self), (self.step, self.chain, self.remedy, self.trajectory)


class InterruptedRun(KeyboardInterrupt):
    """The user stopped a run; ``trajectory`` holds what was kept before."""

    def __init__(self, step, trajectory):
        super().__init__(f"interrupted at step {step}; the states kept so far are in this error's .trajectory")
        self.step, self.trajectory = step, trajectory

    def __reduce__(self):
        return type(self), (self.step, self.trajectory)


def hand_over(error, step, trajectory):
    """Let the ``error`` that ended a run carry what was kept before: KeyboardInterrupt becomes InterruptedRun."""
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
