"""Jumps between a few states at given rates."""

import numpy as np

from sgdphysics import _checks
from sgdphysics.exact.master_equation import checked_rates


def jump_counts(rates, start, duration, *, rng):
    """Simulate jumpers: how often each jumped i → j in ``duration``, (jumpers, n, n), and their last states.

    Gillespie's direct method for all jumpers at once: wait an exponential time with the exit rate of the state, then
    choose the next state in proportion to its rate. ``rates`` (n, n) are those from row to column, ``duration`` > 0 is
    in their unit of time, ``start`` (jumpers,) holds state numbers, ``rng`` is a numpy.random.Generator.

    Source: Gillespie (1977).

    In a steady state 2/3 are in the second of two states, and each jumper has jumped there at most once more than back:

    >>> counts, last = jump_counts([[0.0, 2.0], [1.0, 0.0]], np.zeros(10_000, int), 10.0, rng=np.random.default_rng(0))
    >>> print(counts.shape, abs(last.mean() - 2 / 3) < 0.03, (counts[:, 0, 1] - counts[:, 1, 0] == last).all())
    (10000, 2, 2) True True
    """
    rates, rng = checked_rates(rates), _checks.generator(rng)
    duration = _checks.scalar("duration", duration, _checks.positive)
    _checks.unmasked("start", start)
    state = np.array(start)
    if state.ndim != 1 or state.dtype.kind not in "iu" or not ((state >= 0) & (state < len(rates))).all():
        raise ValueError(f"start must be state numbers from 0 to {len(rates) - 1}, shape (jumpers,), got {start!r}")
    exits = rates.sum(axis=1)
    ladder = np.cumsum(rates, axis=1) / np.where(exits > 0, exits, 1.0)[:, None]
    counts = np.zeros((state.size, *rates.shape), dtype=np.int64)
    active, clock = np.arange(state.size), np.zeros(state.size)
    while active.size:
        with np.errstate(divide="ignore"):  # no jump ends a wait in a state that none leads away from
            clock[active] += rng.exponential(size=active.size) / exits[state[active]]
        active = active[clock[active] < duration]
        here = state[active]
        there = np.sum(rng.random((active.size, 1)) > ladder[here], axis=1)
        counts[active, here, there] += 1
        state[active] = there
    return counts, state
