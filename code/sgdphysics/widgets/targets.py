"""The targets: all 256 functions of three bits, and how wrong a learner is about each where it has not looked."""

import itertools
from fractions import Fraction
from math import comb

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.widgets.live import Choice, Live, Slider

INPUTS = np.array(list(itertools.product([0, 1], repeat=3)))[:, ::-1]  # input x has the bits of x, the lowest first
VALUES = np.arange(256)[:, np.newaxis] >> np.arange(8) & 1  # of target f at input x
DISTANCE = np.abs(INPUTS[:, np.newaxis] - INPUTS).sum(axis=2)
LEARNERS = ("nearest", "majority", "anti", "constant", "bayes")
NAMES = ("nearest", "majority", "anti-majority", "constant 0", "Bayes")


def targets():
    """The targets: Wolpert's table. Choose a learner, a prior and how many of the eight inputs are seen.

    >>> figure = targets()
    >>> figure.set(learner=2, prior=2)  # anti-majority, about targets with four ones
    >>> figure
    <Live figure targets: learner=2, prior=2, examples=3>
    """
    learner, prior, examples = 0, 1, 3
    return Live(
        "targets",
        controls=[
            Choice("learner", "Learner", NAMES),
            Choice("prior", "Prior", ["all 256", "threshold, 104", "four 1s, 70", "at most one 1"], prior),
            Slider("examples", "Examples <i>m</i>", 0, 7, 1, examples),
        ],
        picture=_targets_picture(learner, prior, examples),
        alt="Left: 256 squares, one for each target, from blue where the learner is seldom wrong off its examples to "
        "orange where it mostly is; those of the prior are framed and mostly blue. Right: mean error over the prior "
        "against the number of examples: Bayes and nearest neighbour fall below one half, anti-majority is above.",
        caption="<b>The targets.</b> Every function of three bits is a square. A learner sees <i>m</i> of the eight "
        "inputs and guesses at the others, a tie by a coin. Where it is blue it is rightly biased. Over all squares "
        "blue and orange cancel for every learner; a prior is the claim that some squares do not occur. All sets of "
        "examples are counted.",
        data=None,
        tall=420,
        moves=False,
        guess=(
            "Anti-majority says what fewer of the examples say. Is there a prior for which nothing is better?",
            "Of the targets with four ones: there what was seen more often is rarer among the rest, and anti-majority "
            "is what Bayes would say. Over all 256 it is as good, and as bad, as anything.",
        ),
    )


def priors():
    """The sets of targets, lists of numbers: all, threshold functions, those with four ones, with at most one.

    >>> [len(prior) for prior in priors()]
    [256, 104, 70, 9]
    """
    every = range(-3, 4)
    cuts = [INPUTS @ w > cut - 0.5 for w in itertools.product(every, repeat=3) for cut in range(-9, 11)]
    codes = {int(one @ 2 ** np.arange(8)) for one in cuts}
    ones = VALUES.sum(axis=1)
    return [list(range(256)), sorted(codes), list(np.flatnonzero(ones == 4)), list(np.flatnonzero(ones <= 1))]


def _says(learner, seen, x, prior):
    """0, 1 or 2, "no", a coin or "yes", of input x from the values at ``seen``: (256,), one for each target."""
    if learner == "constant":
        return np.zeros(256, int)
    if learner == "bayes":
        codes = VALUES[:, seen] @ 2 ** np.arange(len(seen))
        agree = (codes[:, np.newaxis] == codes[prior]).astype(int)
        votes, of = agree @ VALUES[prior, x], agree.sum(axis=1)
    else:
        near = [y for y in seen if DISTANCE[x, y] == DISTANCE[x, seen].min()] if learner == "nearest" else seen
        votes, of = VALUES[:, near].sum(axis=1), len(near)
    said = 1 + np.sign(2 * votes - of)
    return 2 - said if learner == "anti" else said


def mistakes(learner, prior, m):
    """Halves of a mistake about each target off the examples, summed over all sets of m inputs, (256,) integers.

    No learner is better than another over all targets (no free lunch):

    >>> everything = priors()[0]
    >>> {int(mistakes(learner, everything, 3).sum()) for learner in ("nearest", "majority", "anti")}
    {71680}
    """
    found = np.zeros(256, int)
    for seen in itertools.combinations(range(8), m):
        for x in set(range(8)) - set(seen):
            found += np.abs(_says(learner, list(seen), x, prior) - 2 * VALUES[:, x])
    return found


def mean_error(learner, prior, m):
    """Mean error off the examples over the targets of a prior, a Fraction.

    >>> everything, thresholds, *_ = priors()
    >>> print(mean_error("anti", everything, 3), mean_error("nearest", thresholds, 3) < 0.5)
    1/2 True
    """
    halves = mistakes(learner, prior, m)[prior]
    return Fraction(int(halves.sum()), 2 * comb(8, m) * (8 - m) * len(prior))


def _targets_picture(learner, prior, examples):
    possible = priors()[prior]
    error = mistakes(LEARNERS[learner], possible, examples) / (2 * comb(8, examples) * (8 - examples))
    gray = np.arange(16) ^ np.arange(16) >> 1
    order = 16 * gray + gray[:, np.newaxis]
    with plots.styled():
        figure = Figure(figsize=(8, 4.2))
        squares, lines = figure.subplots(1, 2, width_ratios=[1, 1.1])
        ends = [plots.COLORS["simulation"], "white", plots.COLORS["theory"]]
        shades = LinearSegmentedColormap.from_list("error", ends)
        squares.pcolormesh(error[order], cmap=shades, vmin=0, vmax=1, edgecolor="#E5E7EB")
        row, column = np.nonzero(np.isin(order, possible))
        squares.plot(column + 0.5, row + 0.5, "s", ms=11, mfc="none", mec="black", mew=0.8)
        squares.set(title="Error on inputs not seen", xticks=[], yticks=[], aspect="equal")
        squares.invert_yaxis()
        hues = ("simulation", "entropy", "free_energy", "energy", "theory")
        for one, words, hue in zip(LEARNERS, NAMES, hues, strict=True):
            means = [float(mean_error(one, possible, m)) for m in range(8)]
            lines.plot(means, color=plots.COLORS[hue], lw=3 if one == LEARNERS[learner] else 1.5)
            offset = (4, -7) if one == "bayes" else (4, 4) if one == "nearest" else (4, 0)
            plots.name(lines, 7, means[-1], words, color="black", offset=offset)
        lines.set(title="Mean error over the prior", xlabel="examples m, of 8 inputs", ylim=(0, 1))
    return figure
