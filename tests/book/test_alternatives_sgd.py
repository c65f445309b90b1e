"""What the claims of the chapter on SGD reject: its own cells, with one line broken, must fail at the claim named."""

import pytest
from test_alternatives_sgld import executed

ENTROPY = ["inverse = np.linalg.inv(eta", "for _ in range(20):"]
AREA = ["inverse = np.linalg.inv(eta", "def area_statistics", "for rho in sizes"]
BALANCE = ["inverse = np.linalg.inv(eta", "def log_balance"]
ORDERS = ["stiff = np.array", "def mean_of_epochs"]
FLOWS = ["centers = np", "def penalty", "def flow(w, time", "def epoch(w", "for eta in learning", "def orders"]
METER = ["t = np.linspace(-0.5, 1.5, 12)", "def batch_noise", "sides = energies.LinearRegression", 'rng=rng("meter")']
EPOCHS = [*METER[:3], 'rng=rng("epochs")', "def shares"]
FEWER = ("start = np.full((20_000, 1), middle)", "start = np.full((4000, 1), middle)")
GROWTH = ["def typical", "growth_seen = ["]
ALTERNATIVES = [
    (
        "Relaxation seen by the ratio of the two sides, at 13 times",
        METER,
        ("one - ratio[:, np.newaxis] * two).T", "one - 1.0 * two).T"),
    ),
    (
        "The variance at each of the forty phases of an epoch",
        EPOCHS,
        ("replacement=False", "replacement=True"),
    ),
    (
        "At the end of an epoch the cloud is sixty times smaller than the walk's",
        EPOCHS,
        ("60 * phases[-1]", "60 * phases[m // 2]"),
    ),
    (
        "For short epochs: x²/12 of the walk's variance at the end, x/3 on average",
        EPOCHS,
        ("0.01**2 / 12", "0.01**2 / 6"),
    ),
    (
        "For short epochs: x²/12 of the walk's variance at the end, x/3 on average",
        EPOCHS,
        ("0.01 / 3]", "0.01 / 2]"),
    ),
    ("Entropy of twenty steps", ENTROPY, ("20 * rate,", "20 * eta * rho**2 / (1 - rho**2) * 9 / 5,")),
    (
        "Paths and their reversals: tanh(Δs/2) has the mean of its square",
        ENTROPY,
        ('0.5 * np.einsum(\n    "ci,ij,cj->c", w,', '0.0 * np.einsum(\n    "ci,ij,cj->c", w,'),
    ),
    (
        "The uncertainty relation's ratio, for three correlations of the noise",
        AREA,
        ("pairs[0] + 2 * pairs[1:].sum()", "pairs[0]"),
    ),
    (
        "For these three the area alone claims less entropy than there is",
        AREA,
        ("1.0,\n    ratios", "2.0,\n    ratios"),
    ),
    (
        "Even noise in a bowl: detailed balance, in the energy with the minus sign",
        BALANCE,
        ("log_balance(-1)", "log_balance(+1)"),
    ),
    (
        "Even noise in a bowl: detailed balance, in the energy with the minus sign",
        BALANCE,
        ("log_balance(-1)", "log_balance(0)"),
    ),
    (
        "With the plus sign, or with the energy itself, it fails",
        BALANCE,
        ("log_balance(+1)", "log_balance(-1)"),
    ),
    (
        "The mean of shuffled epochs is off the minimum by an amount of first order",
        ORDERS,
        ("permutations(range(5))", "product(range(5), repeat=5)"),
    ),
    (
        "It is at the minimum of the modified loss, up to second order",
        ORDERS,
        ("eta / 2 * stiff**2", "eta / 4 * stiff**2"),
    ),
    (
        "It is at the minimum of the modified loss, up to second order",
        ORDERS,
        ("eta / 2 * stiff**2", "eta * stiff**2"),
    ),
    (
        "Typical growth of a weight at three rates",
        GROWTH,
        ("np.log(np.abs(1 - r * draws**2)).mean(axis=1)", "np.log(np.abs((1 - r * draws**2).mean(axis=1)))"),
    ),
    (
        "Simulated first passages take the time of the quadrature",
        ["def passage_time", "def first_passages"],
        ("wall = b - 0.5826", "wall = b - 0 * 0.5826"),
    ),
    (
        "Path of gradient descent: order 1 for the flow of L, order 2 with the penalty",
        FLOWS,
        ("- eta * np.array(bump)", "+ eta * np.array(bump)"),
    ),
    (
        "A shuffled epoch: order 3 with each batch's penalty, 2 with the whole's",
        FLOWS,
        ('for k in ("each", "whole")]', 'for k in ("whole", "each")]'),
    ),
    (
        "With replacement: order 3 with the whole's penalty, 2 with each batch's",
        FLOWS,
        ('for k in ("whole", "each")]', 'for k in ("each", "whole")]'),
    ),
]


@pytest.mark.parametrize(("claim", "needs", "change"), ALTERNATIVES)
def test_a_claim_rejects_what_it_says(claim, needs, change):
    with pytest.raises(AssertionError) as caught:
        executed("sgd", [*needs, f'"{claim}"'], [change, *([FEWER] if needs is EPOCHS else [])])
    assert str(caught.value).startswith(f"{claim}:")
