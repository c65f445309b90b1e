"""The sieve: every student of a small Ising perceptron, and the examples that they fail."""

import itertools

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots
from sgdphysics.widgets.live import Button, Live, Slider

EXAMPLES = 40


def sieve():
    """The sieve: all students of N signs; a teacher's examples remove who answers otherwise, until it stands alone.

    >>> figure = sieve()
    >>> figure.set(weights=13, examples=0)  # all 8,192 students
    >>> figure
    <Live figure sieve: weights=13, examples=0, teacher=1>
    """
    weights, teacher, examples = 11, 1, 5
    return Live(
        "sieve",
        controls=[
            Slider("weights", "Weights <i>N</i>", 5, 13, 2, weights),
            Slider("examples", "Examples <i>P</i>", 0, EXAMPLES, 1, examples),
            Slider("teacher", "Teacher", 1, 40, 1, teacher),
            Button("one", "Next example"),
            Button("ten", "Ten more"),
            Button("another", "New teacher"),
        ],
        picture=_sieve_picture(weights, teacher, examples),
        alt="Left: small squares, one for each student, in columns by their overlap with the teacher. Most are pale: "
        "they have failed an example. Those that are left stand in the columns near the teacher's, at the right. "
        "Right: the entropy a weight falls with the number of examples, this teacher's in steps, the mean of many "
        "teachers smoothly and below the annealed curve.",
        caption="<b>The sieve.</b> Each square is a student: <i>N</i> weights, each plus or minus one. An example of "
        "the teacher removes all who answer it otherwise; they leave a pale place. The closer a student is to the "
        "teacher, the farther right it stands and the longer it stays. Nothing is sampled: all are counted.",
        data=None,
        tall=400,
        moves=False,
        guess=(
            "13 weights make 256 times as many students as 5. How many times more examples does it take until the "
            "teacher stands alone?",
            "About two and a half times as many, like the number of weights: each example removes a share of all who "
            "are left. The last to go are the close ones, which differ in one weight and seldom fail.",
        ),
    )


def _seeded(seed):
    """The uniform numbers of ``seeded`` in ``shared/random.js``."""
    mask, state = 0xFFFFFFFF, seed
    while True:
        state = (state + 0x6D2B79F5) & mask
        word = (state ^ state >> 15) * (state | 1) & mask
        word ^= (word + (word ^ word >> 7) * (word | 61)) & mask
        yield (word ^ word >> 14) / 2**32


def _normals(count, uniform):
    """The normal numbers of ``fillNormals`` there."""
    found = []
    while len(found) < count:
        x, y = (2 * next(uniform) - 1 for _ in range(2))
        square = x * x + y * y
        if 0 < square < 1:
            found += [one * np.sqrt(-2 * np.log(square) / square) for one in (x, y)]
    return np.array(found[:count])


def lesson(weights, teacher):
    """Signs (N,) and inputs (40, N) of a teacher by its number, as ``sieve.js`` draws them.

    >>> signs, inputs = lesson(weights=5, teacher=1)
    >>> sorted(set(abs(signs).tolist())), inputs.shape
    ([1], (40, 5))
    """
    uniform = _seeded(1000 * teacher + weights)
    signs = np.array([-1 if next(uniform) < 0.5 else 1 for _ in range(weights)])
    return signs, _normals(EXAMPLES * weights, uniform).reshape(EXAMPLES, weights)


def left_after(weights, teacher):
    """(wrong weights of each student (2^N,), who is left after 0, 1, … examples (41, 2^N)), by brute force.

    >>> wrong, left = left_after(weights=5, teacher=1)
    >>> print(left.shape, left[0].sum(), left[-1, wrong == 0])  # the teacher itself is never removed
    (41, 32) 32 [ True]
    """
    signs, inputs = lesson(weights, teacher)
    students = np.array(list(itertools.product([1, -1], repeat=weights)))
    right = np.sign(inputs @ (students * signs).T) == np.sign(inputs @ signs)[:, np.newaxis]
    left = np.vstack([np.ones(len(students), bool), np.logical_and.accumulate(right)])
    return (students < 0).sum(axis=1), left


def annealed_entropy(weights):
    """ln E V / N after 0, 1, …, 40 examples: a student of error ε is left with probability (1 - ε)^P.

    >>> print(np.round(annealed_entropy(5)[[0, -1]], 3))  # from ln 2 to the teacher alone
    [0.693 0.   ]
    """
    wrong, _ = left_after(weights, 1)
    error = np.arccos(1 - 2 * wrong / weights) / np.pi
    return np.array([np.log(((1 - error) ** p).sum()) / weights for p in range(EXAMPLES + 1)])


def _sieve_picture(weights, teacher, examples):
    wrong, left = left_after(weights, teacher)
    entropies = [np.log(left_after(weights, one)[1].sum(axis=1)) / weights for one in range(1, 41)]
    with plots.styled():
        figure = Figure(figsize=(8, 4))
        crowd, fall = figure.subplots(1, 2, width_ratios=[1.15, 1])
        for count in range(weights + 1):
            here = np.flatnonzero(wrong == count)
            x, y = 1 - 2 * count / weights + 0.03 * (np.arange(here.size) % 6 - 2.5), np.arange(here.size) // 6
            alive = left[examples, here]
            crowd.scatter(x, y, s=5, marker="s", color=np.where(alive, plots.COLORS["simulation"], "#E5E7EB"))
        crowd.plot(1, 0, "o", color=plots.COLORS["theory"])
        title = f"{left[examples].sum()} of {2**weights} students"
        crowd.set(title=title, xlabel="overlap R with the teacher", yticks=[])
        p = np.arange(EXAMPLES + 1)
        plots.theory(fall, p, annealed_entropy(weights), "annealed", ls="--")
        fall.plot(p, np.mean(entropies, axis=0), color=plots.COLORS["entropy"], label="mean of 40 teachers")
        fall.plot(p, entropies[teacher - 1], color=plots.COLORS["simulation"], label="this teacher")
        fall.plot(examples, entropies[teacher - 1][examples], "o", color=plots.COLORS["simulation"])
        fall.set(title="Entropy a weight, ln V / N", xlabel="examples")
        fall.legend()
    return figure
