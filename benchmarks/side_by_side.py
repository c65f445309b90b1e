"""Ways to do the same work: first compared, then timed in turn, and beside them what numpy alone takes.

Times are processor times of one thread (of node its own), so that a busy machine does not spoil them.
"""

import os
import platform
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

MOST_Z = 6.0  #: of the difference between the means of two sides that draw their own random numbers


class Side:
    """A way to do the work: ``run`` does it once, ``answer`` returns an array that all sides must agree on."""

    def __init__(self, name, run, answer):
        self.name, self.run, self.answer = name, run, answer

    def seconds(self, repeats):
        """Processor time of so many runs."""
        start = time.process_time()
        for _ in range(repeats):
            self.run()
        return time.process_time() - start


class Row(NamedTuple):
    """A typical computation of a chapter; the first of ``sides`` is the book's."""

    name: str
    chapter: str
    work: str  #: what is done, and how much of it
    unit: str
    count: int  #: units in a run
    sides: tuple
    tolerance: float  #: relative, of the answers
    floor: Callable | None = None  #: numpy alone: what no numpy program for this can leave out
    floor_of: str = ""
    statistic: Callable | None = None  #: a number for each chain of what ``run`` returns, where runs draw noise


def compare(row):
    """{side: largest difference of its answer from the book's, as a share of the largest entry; z of a run's mean}.

    ArithmeticError where sides do not compute the same.
    """
    ours, *peers = row.sides
    expected, drawn = np.asarray(ours.answer(), float), None
    found = {}
    for peer in peers:
        answer = np.asarray(peer.answer(), float)
        if answer.shape != expected.shape:
            raise ArithmeticError(f"{row.name}: {peer.name} answers in shape {answer.shape}, not {expected.shape}")
        difference = float(np.max(np.abs(answer - expected)) / np.max(np.abs(expected)))
        found[peer.name] = {"difference": difference}
        if not difference <= row.tolerance:
            raise ArithmeticError(f"{row.name}: {peer.name} differs by {difference:.3g}, allowed {row.tolerance:g}")
        if row.statistic:
            drawn = row.statistic(ours.run()) if drawn is None else drawn
            z = float(distance(drawn, row.statistic(peer.run())))
            found[peer.name]["z"] = z
            if not abs(z) < MOST_Z:
                raise ArithmeticError(f"{row.name}: {peer.name} is {z:.1f} standard errors away")
    return found


def distance(one, other):
    """Difference of the means of two sets of independent numbers, in standard errors."""
    return (np.mean(one) - np.mean(other)) / np.sqrt(
        np.var(one, ddof=1) / one.size + np.var(other, ddof=1) / other.size
    )


def first_runs(row):
    """{side: seconds of its very first run}, in which a compiler compiles."""
    return {side.name: side.seconds(1) for side in row.sides}


def timed(row, *, rounds, seconds):
    """{side: {"median", "low", "high": seconds a unit, with quartiles}}.

    Each side's round is repeated until it takes about so many ``seconds``; the sides take turns.
    """
    sides = [*row.sides, *([Side("floor", row.floor, None)] if row.floor else [])]
    for side in sides:
        side.seconds(1)
    repeats = {side.name: max(1, round(seconds / max(side.seconds(1), 1e-6))) for side in sides}
    times = {side.name: [] for side in sides}
    for turn in range(rounds):
        for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
            times[side.name].append(side.seconds(repeats[side.name]) / repeats[side.name])
    return {
        name: dict(zip(("low", "median", "high"), np.quantile(all_, (0.25, 0.5, 0.75)) / row.count, strict=True))
        for name, all_ in times.items()
    }


def machine(**versions):
    """What the figures depend on: processor, number of them, and versions of what computed."""
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "Python": platform.python_version(),
        "numpy": np.__version__,
        **versions,
    }


def processor():
    """The processor's name as the system gives it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
