"""What the claims on averages, bounds and replicas reject: the chapter's cells, with one line broken, must fail."""

import pytest
from test_alternatives_sgld import executed

LEVELS = ['random = rng("levels")']
TRICK = [*LEVELS, "beta, step = 1.0"]
GROWTH = ["sizes = np.array([250"]
GROUPS = [*GROWTH, "def grouped"]
SPECTRA = ["def spectra", "half, whole, large"]
SPINS = ["spins, hot = 8", "nodes, mass"]
ALIKE = ["dz = np.arange", "temperature = np.linspace(0.02"]
TABLE = [
    "inputs = np.array(list(product",
    "def says",
    "def errors_off_training",
    "every = np.ones(256",
    "def law_of_errors",
]
BAYES = [*TABLE[:4], "members = targets[threshold == 1]", "def pair_counts", "growth_function = ["]
WORST = ["def shell_entropy", "sets = affordable", "trials = {", "def union"]
COVER = ["def producible"]
OCCAM = ["def ways_to_write"]
CODES = ["def erasure_at", "bits, codes_tried", "def evolved"]
BOTH_SIGNS = """np.divide(*[(random_energy.replicated_moment(h, levels_log2=N, beta=beta)
    - random_energy.replicated_moment(-h, levels_log2=N, beta=beta)) / (2 * h) - quenched[1] for h in small])"""
ALTERNATIVES = [
    ("Mean of ln Z over 8,000", LEVELS, ("scale=np.sqrt(N / 2)", "scale=np.sqrt(N)")),
    ("Mean of ln Z over 8,000", LEVELS, ("    quenched,\n    se=se", "    annealed,\n    se=se")),
    ("Cold, fewer than one table", LEVELS, ("reached[-1]", "reached[0]")),
    ("E ln Z grows by", GROWTH, ("cold < BETA_C", "cold < 9")),
    ("E ln Z grows by", GROWTH, ("cold < BETA_C", "cold < 0")),
    ("These lines and the package: ln E", TRICK, (" / gamma(1 - n)", "")),
    ("These lines and the package: ln E", TRICK, (" - np.euler_gamma", "")),
    ("ln E Zⁿ leaves its tangent", TRICK, ("quenched[1]) ** 2 / 2)", "quenched[1]) ** 2)")),
    ("The error of the trick", TRICK, ("(slopes[0] - quenched[1]) / (slopes[1] - quenched[1])", BOTH_SIGNS)),
    ("The least value over", GROUPS, ("[found.fun for found in minimum]", "[grouped(1.0, b) for b in cold]")),
    ("ln E Zⁿ/n for large N", GROUPS, ("replicas < kink", "replicas < 1")),
    ("ln E Zⁿ/n for large N", GROUPS, ("replicas < kink", "replicas < 0.4")),
    ("What is continued from whole n", GROUPS, ("(beta / 2 - np.sqrt(np.log(2))) ** 2", "0.0")),
    ("The best size is", GROUPS, ("1 - np.array(pairs)", "np.array(pairs)")),
    ("Mean log evidence", SPECTRA, ("rho = saddle(noise)", "rho = 1 / (1 + alpha / noise)")),
    ("Mean posterior variance", SPECTRA, ("    float(rho),", "    1 / (1 + alpha / noise),")),
    (
        "Eigenvalues of",
        SPECTRA,
        ("lam = np.linspace(0.001, 6.5, 1301)", "alpha, lam = 0.5, np.linspace(0.001, 6.5, 1301)"),
    ),
    (
        "Eigenvalues of",
        SPECTRA,
        ("np.interp(x, lam, pastur)", "np.sqrt(np.clip(1 - ((x - 3) / 2.83) ** 2, 0, 1)) * 2 / np.pi / 2.83"),
    ),
    ("Two replicas of eight spins", SPINS, ("spins * overlap**2 - 1", "spins * overlap**2")),
    ("Eight spins, 160,000", SPINS, ("    series,\n", "    np.log(mean_z),\n")),
    ("Eight spins, 160,000", SPINS, ("pairs_part - loops", "pairs_part")),
    ("Eight spins, 160,000", SPINS, ("pairs_part - loops", "pairs_part + loops")),
    ("Replica symmetry at T → 0", ALIKE, ("[-1 / (2 * np.pi),", "[0.0,")),
    ("Its entropy is negative", ALIKE, ("entropy(0.28)]", "np.log(2) - 1 / (4 * 0.28**2)]")),
    (
        "Replicas that are all alike",
        ALIKE,
        ("[instability(T) for T in temperature]", "[instability(T) if T < 0.27 else 1.0 for T in temperature]"),
    ),
    ("At once, and gently", ALIKE, ("(instability(1 - tau) - 1)", "(1 / (1 - tau) ** 2 - 1)")),
    ("All targets alike: four", TABLE, ("key[1], every) for key in wrong", "key[1], threshold) for key in wrong")),
    (
        "In law too",
        TABLE,
        ("np.bincount(misses // 2", "np.bincount(misses[threshold == 1] // 2"),
        ("/ (256 *", "/ (104 *"),
    ),
    ("On the 104 thresholds", TABLE, ("key[1], threshold) for key in wrong", "key[1], every) for key in wrong")),
    ("Bayes and Gibbs for eight", BAYES, (" + Fraction(1, 2) * (other == after)", " + Fraction(0)")),
    ("Gibbs' error is the shrinking", BAYES, ("[float(by_pairs[m][1])", "[float(by_pairs[m][0])")),
    (
        "Bayes errs less",
        BAYES,
        ("[float(by_size[m][0]) for m in range(2, 7)]", "[float(by_size[m][1]) for m in range(2, 7)]"),
    ),
    ("Thresholds make all labelings", BAYES, ("    growth_function,\n", "    sauer,\n")),
    ("A hypothesis with k errors", BAYES, ("comb(8 - wrong_, 3) / comb(8, 3)", "(1 - wrong_ / 8) ** 3")),
    ("Independent inputs", [*TABLE[:4], "def independent_error"], ("0.5 * (7 / 8) ** m", "0.5")),
    ("The worst of 8,192", WORST, ("each = np.exp(log_ways) * (1", "each = (1")),
    ("The worst of 8,192", WORST, ("(1 - errors) ** cases", "(1 - errors) ** (2 * cases)")),
    (
        "At α = 1 the curves",
        WORST,
        ("return -p * np.log(p) - (1 - p) * np.log(1 - p)", "return -p * np.log2(p) - (1 - p) * np.log2(1 - p)"),
    ),
    ("Counting the students", WORST, ("return -p * np.log(p) - (1 - p) * np.log(1 - p)", "return np.log(2) + 0 * p")),
    ("The crossing is gone", WORST, ("perceptron.annealed_transition()", "perceptron.ising_transition()")),
    ("To be certain", WORST, (".sum() / 0.05)", ".sum() / 5)")),
    ("All 256 labelings", COVER, ("range(dimension))", "range(dimension + 1))")),
    ("At P = 2N exactly", COVER, ("producible(2 * n, n), 4**n", "producible(2 * n + 1, n), 2 * 4**n")),
    ("At P = 2N exactly", COVER, ("producible(2 * n, n), 4**n", "producible(2 * n, n + 1), 4**n")),
    ("The odds for adding four", OCCAM, ("int(np.prod(written))", "1")),
    ("The odds for adding four", OCCAM, ("Fraction(1, 101 * 101)", "Fraction(1, 101)")),
    ("Both rules give", OCCAM, ("cubic[0] * x**3 + cubic[1]", "cubic[0] * x**3 - cubic[1]")),
    (
        "Erase 0.40",
        CODES,
        ("learning.peel(checks, lost).mean()", "learning.peel(checks, lost).mean() * (epsilon > map_threshold)"),
    ),
    (
        "What the decoder leaves",
        CODES,
        ("x = epsilon * (1 - (1 - x) ** 5) ** 2", "x = epsilon * (1 - (1 - x) ** 4) ** 2"),
    ),
    ("The bits are determined up to", CODES, ("unknown_bit(u) * (", "(1 - (1 - u) ** 5) ** 2 * (")),
    ("Bits are determined", CODES, ("brentq(lambda x: area(x) - 0.5, stuck, 0.9)", "stuck")),
]


@pytest.mark.parametrize(
    ("claim", "needs", "changes"), [(claim, needs, changes) for claim, needs, *changes in ALTERNATIVES]
)
def test_a_claim_rejects_what_it_says(claim, needs, changes):
    with pytest.raises(AssertionError) as caught:
        executed("bounds-and-replicas", [*needs, f'"{claim}'], changes)
    assert str(caught.value).startswith(claim)
