"""What the claims on mean field reject: the chapter's cells, with one line broken, must fail at the claim named."""

import pytest
from test_alternatives_sgld import executed

COUNT = ["H, spins = ising", "log_z = ising.enumerated(4", "pairs = ising.bonds(4, 4)", 'starts = rng("starts")']
GAP = ["def gap_per_site", "worst_order = mean_field"]
LADDER = ["widths = np.array", "several = np.array([0.4"]
GRAPHS = ["def random_tree", "def compared", 'random = rng("graphs")']
POWERS = [*LADDER, "middle = 0.75", "criticals = ["]
CROWD = ["sizes = np.array([10, 100"]
ECHO = ['random = rng("couplings")', "def tap_value", "def advantage", "jump = brentq"]
FOUR_MESSAGES = """def four(T):
    return brentq(lambda u: np.arctanh(np.tanh(0.25 / T) * np.tanh(4 * u)) - u, 1e-9, 3)
bethe = np.array([(np.tanh(4 * four(T)), mean_field.bethe(T)[1]) for T in (0.5, 0.6, 0.7, 0.9)]).T"""
HALF_ECHO = """found = np.tanh(field)
            for _ in range(200):
                echo = (n == 2) * 0.5 * found * ((b * J) ** 2 @ (1 - found**2))
                found = np.tanh(field + b * J @ found - echo)"""
AT_ONE = "mean_field.naive(0.9999).order_parameter ** 2,\n    onsager.spin_correlation(0.9999),"
AT_EXACT = "mean_field.naive(0.5673).order_parameter ** 2,\n    onsager.spin_correlation(0.5673),"
WITHOUT_ECHO = "2 * (mean_field.entropy(small) + small**2 / (2 * grid) - np.log(2)) / small**2"
TWICE = "16 * (np.array(order) ** 2 / temperature + mean_field.entropy(np.array(order)))"
ALTERNATIVES = [
    ("ELBO and KL divergence", COUNT, ("kullback_leibler(q, p)", "kullback_leibler(p, q)")),
    ("ELBO and KL divergence", COUNT, ("elbo.append(-H @ q", "elbo.append(-2 * H @ q")),
    ("All states, transfer matrices", COUNT, ("transferred(4, 4", "transferred(2, 8")),
    (
        "All states, transfer matrices",
        COUNT,
        ("ising.closed_form(4, 4, temperature)", "16 * onsager.log_partition_per_site(temperature)"),
    ),
    ("What was counted over", COUNT, ("16 * mean_field.naive(temperature).log_partition", TWICE)),
    ("What was counted over", COUNT, ("m = np.tanh(m / T)", "m = np.tanh(m)")),
    ("Sixteen means", COUNT, ("np.tanh(m @ A[i] / T)", "np.tanh(2 * m @ A[i] / T)")),
    ("Sixteen means", COUNT, ('rng("starts").uniform(-1, 1, (50, 16))', "np.zeros((50, 16))")),
    ("Cold, the gap of", GAP, ("cold = np.array([0.15, 0.2, 0.25])", "cold = np.array([0.15, 0.2, 0.5])")),
    ("Cold, the gap of", GAP, ("np.full(3, np.log(2))", "np.zeros(3)")),
    ("Of 2,304 sites", GAP, ("np.log(2),\n    atol=1e-6", "0.0,\n    atol=1e-6")),
    ("Of 2,304 sites", GAP, ("below = np.array([0.4, 0.5])", "below = np.array([0.4, 0.6])")),
    (
        "The gap is largest between",
        GAP,
        ("lambda T: -gap_per_site(T)", "lambda T: np.log(2) - onsager.log_partition_per_site(T)"),
    ),
    ("Where the gap is largest", GAP, ("worst_order**2,\n    onsager.spin_correlation(worst.x),", AT_ONE)),
    ("Where the gap is largest", GAP, ("worst_order**2,\n    onsager.spin_correlation(worst.x),", AT_EXACT)),
    (
        "A row of spins",
        LADDER,
        ("    strips[0],\n    1 /", "    brentq(lambda T: np.exp(0.5 / T) / (4 * T) - 1, 0.2, 1),\n    1 /"),
    ),
    ("A row of spins", LADDER, ("    strips[0],\n    1 /", "    strips[1],\n    1 /")),
    ("With each doubling of the strip", LADDER, ("strips[[0, 1, 3, 4]]", "(0 * strips[[0, 1, 3, 4]])")),
    (
        "Site, row, 2, 4 and 8 rows",
        LADDER,
        ("[law.log_partition for", "[law.log_partition + law.order_parameter**2 / (4 * several) for"),
    ),
    ("Messages that go around", LADDER, ("bethe = mean_field.bethe(", "bethe = mean_field.naive(")),
    (
        "Messages that go around",
        LADDER,
        ("bethe = mean_field.bethe(np.array([0.5, 0.6, 0.7, 0.9]))", FOUR_MESSAGES),
    ),
    ("On twenty trees", GRAPHS, ("= random.normal()", "= K[i, 0] = random.normal()")),
    (
        "On twenty trees",
        GRAPHS,
        ("mean_field.belief_propagation(K, h)", "mean_field.plefka(0.1 * K, h, order=1)"),
        ("ising.enumerated_graph(K, h)", "ising.enumerated_graph(0.1 * K, h)"),
    ),
    ("On forty pots", GRAPHS, ("(np.abs, np.array)", "(np.array, np.array)")),
    ("With both signs", GRAPHS, ("(np.abs, np.array)", "(np.abs, np.abs)")),
    ("A square is worth", POWERS, ("mean_field.plaquette(several", "mean_field.bethe(several")),
    ("All of them order", POWERS, ("    exponents,\n    0.5", "    exponents,\n    0.125")),
    ("The pot itself", POWERS, ("    exact_exponent,\n    0.125", "    exact_exponent,\n    0.5")),
    ("Everyone meets everyone", CROWD, ("    limit(2.0),", "    0.0,")),
    ("Everyone meets everyone", CROWD, ("- np.log(1 - x) / 2 - x / 2", "- np.log(1 - x) / 2")),
    ("Cold: the same", CROWD, ("(np.log(2) if T < 1 else 0)", "0")),
    ("At T = 1 it grows", CROWD, ("np.log(sizes[-2:]) / 4", "np.log(sizes[-2:]) / 2")),
    ("At T = 1 it grows", CROWD, ("np.log(sizes[-2:]) / 4", "np.log(sizes[-1]) / 4")),
    ("Random couplings", ECHO, ("found = mean_field.plefka(b * J, field, order=n).means", HALF_ECHO)),
    ("TAP's disorder", ECHO, ("    curvature,\n", f"    {WITHOUT_ECHO},\n")),
    ("Instead order jumps", ECHO, ("[jump, advantage(jump)[1]]", "[jump, 0.0]")),
    ("Above its jump TAP", ECHO, ("hot = np.array([0.7, 0.8, 1.0])", "hot = np.array([0.4, 0.5, 0.6])")),
    ("TAP's order arises", ECHO, ("mean_field.tap(jump - 1e-4)", "mean_field.naive(0.999)")),
    ("In the cold TAP", ECHO, ("1 / (4 + 4 * np.sqrt", "1 / (4 - 4 * np.sqrt")),
    (
        "Where disorder has won again",
        ECHO,
        ("per_site(0.15)", "per_site(0.75)"),
        ("mean_field.tap(0.15)", "mean_field.tap(0.75)"),
    ),
    ("Where disorder has won again", ECHO, ("mean_field.tap(0.15)", "mean_field.naive(0.15)")),
]


@pytest.mark.parametrize(
    ("claim", "needs", "changes"), [(claim, needs, changes) for claim, needs, *changes in ALTERNATIVES]
)
def test_a_claim_rejects_what_it_says(claim, needs, changes):
    with pytest.raises(AssertionError) as caught:
        executed("mean-field", [*needs, f'"{claim}'], changes)
    assert str(caught.value).startswith(claim)
