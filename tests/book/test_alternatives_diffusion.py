"""What the claims on diffusion models reject: the chapter's cells, with one line broken, must fail."""

import functools

import pytest
from test_alternatives_sgld import cells, executed

WITHOUT_PLUS_X = "(lambda law, at: density(law) @ diffusion.score(law, at) ** 2 * (at[1] - at[0]))("
STIFF = "FokkerPlanck(energies.Harmonic(2.0), -7, 7, n_cells=350).relaxation_rates(2)"
THROUGH_ZERO = "(mass @ (x * s) / (mass @ x**2) * x - s)"
PUSHED_MORE = (
    "dynamics.reverse_diffusion(lambda y, t: 1.02 * score(y, t), at_t_max[:, None], rng=random, **way).q[-1, :, 0]"
)
LOOP, RETURNS, WALK = ["y = start"], ["target, late ="], ["walk = ["]
RULES, LOOK, WRONG, FORK = ["def ends_at"], ["dx, T_LOOK"], ["push = 0.2"], ["def slope_in_the_middle"]
ALTERNATIVES = [
    (
        "The bumps in closed form",
        [],
        ("diffusion.relaxed(data, 0.5)", "data._replace(means=data.means * np.exp(-0.5))"),
    ),
    (
        "The divergence falls",
        [],
        ("diffusion.relative_fisher_information(", "0.5 * diffusion.relative_fisher_information("),
    ),
    ("The divergence falls", [], ("diffusion.relative_fisher_information(", WITHOUT_PLUS_X)),
    ("Late, KL", [], ("    mean**2 / 2", "    mean**2")),
    ("Late, KL", [], ("np.exp(2 * 5.0)", "np.exp(5.0)")),
    ("Without a mean", [], ("divergence(4.0, centred)", "divergence(4.0, data)")),
    ("The grid's two", [], ("cells.relaxation_rates(2)", STIFF)),
    ("The grid's two", [], ("[1.0, 2.0],\n    atol=0.01", "[2.0, 4.0],\n    atol=0.01")),
    ("These lines and the package make", LOOP, ("t_max - k * h", "t_max - (k + 1) * h")),
    ("Where 20,000 samples", [], ("    counted,\n    expected,", "    counted,\n    shares(target),")),
    ("The chain returns", [], ("    exponents[-1],\n    2.0", "    exponents[-1] / 2,\n    2.0")),
    (
        "With each doubling of the steps",
        [],
        ("    exponents,\n    [*exponents[1:]", "    exponents[::-1],\n    [*exponents[-2::-1]"),
    ),
    (
        "With each doubling of the steps",
        [],
        ("    exponents,\n    [*exponents[1:]", "    exponents + 0.1,\n    [*exponents[1:] + 0.1"),
    ),
    ("Stirred at temperature one", [], ("left_over / from_noise(late)", "kept[0.5]")),
    ("Stirred at temperature one", [], ("np.exp(-2 * t_max) * variance", "np.exp(-2 * t_max)")),
    ("The cooler it is stirred", [], ("[kept[1.0], kept[0.5]]", "[kept[0.1], kept[0.5]]")),
    ("Without noise the flow", [], ("cumulative(data, flow)", "cumulative(data, no_noise)")),
    ("Without noise the flow", [], ("cumulative(data, flow)", "cumulative(data, " + PUSHED_MORE + ")")),
    (
        "At temperature one half",
        RETURNS,
        ("(1 + temperature) * score", "(1.05 + temperature) * score"),
        ("counts = np.array([25, 50, 100,", "counts = np.array(["),
    ),
    (
        "The score once",
        [],
        ("0.9 * from_data(half_score[100]),\n    from_data(half_score[400]),", "0.9 * errors[2],\n    errors[-1],"),
    ),
    ("Twice the score without", [], ("no_noise.var()", "flow.var()")),
    ("The mean of R", WALK, ("true, model = beta * V[k - 1] / V[k], beta", "true = model = beta * V[k - 1] / V[k]")),
    ("The mean of R", [], ("end = (V[-1] - 1 - np.log(V[-1])) / 2", "end = 0.0")),
    ("Jarzynski for paths", [], ("np.exp(-R)", "np.exp(R)")),
    ("N times the gap", [], ("    equal_times,\n", "    2 * equal_times,\n")),
    ("N times the gap", [], ("    equal_times,\n", "    t_max / 4 * np.trapezoid((speed * v) ** 2, fine),\n")),
    ("With steps equal in ln V", [], ("length**2 / 4", "length**2 / 2")),
    ("With steps equal in ln V", [], ("even_in_log_variance(1000)", "np.linspace(0, t_max, 1001)")),
    ("Two other divisions", [], ("even_in_log_variance(n), rule", "even_in_log_variance(n, 1.5), rule")),
    ("The gap of the rule", [], ("    STAYS,\n", "    0.0,\n")),
    ("The gap of the rule", [], ("    STAYS,\n", "    np.euler_gamma / 2,\n")),
    ("Yet what it generates", RULES, ('beta if rule == "broad" else tilde', '0.0 if rule == "narrow" else beta')),
    ("A picture of 512", [], ('10_000, "narrow"),\n    26', '10_000, "broad"),\n    26')),
    ("From a hundred steps", [], ("(100, 1000, 10_000)", "(30, 1000, 10_000)")),
    ("Up to thirty steps", [], ("(10, 20, 30)", "(10, 20, 40)")),
    ("Twice the steps", [], ("[1.0, 2.0],\n    atol=0.05", "[1.0, 1.0],\n    atol=0.05")),
    ("Twice the steps", [], ("[1.0, 2.0],\n    atol=0.05", "[2.0, 2.0],\n    atol=0.05")),
    ("The loss of denoising", [], ("+ 1 / sigma2 - fisher", "+ 1 / sigma2")),
    ("The loss of denoising", LOOK, ("(f(noisy) + xi", "(f(noisy) - xi"), ("affordable(1500,", "affordable(8,")),
    ("The best straight line", [], ("(straight - s)", THROUGH_ZERO)),
    ("The best straight line", [], ("fisher - 1 / spread,", "fisher,")),
    ("A straight force", [], ("[mean, variance],\n", "[data.means[1], data.deviations[1] ** 2],\n")),
    ("That is the normal law", [], ("from_data(linear_end),\n    bells", "bells[0],\n    bells")),
    ("That is the normal law", [], ("from_data(linear_end),\n    bells", "bells[2],\n    bells")),
    ("Twelve features", [], ("    law_k_over_n,\n", "    12 / sigma2,\n")),
    ("Twelve features", [], ("    law_k_over_n,\n", "    law_k_over_n * 11 / 12,\n")),
    ("Twelve features", [], ("    law_k_over_n,\n", "    12 * mass @ scatter,\n")),
    ("A model of 10,000", [], ("from_all(taught)", "from_all(linear_end)")),
    ("A model of 10,000", [], ("from_all(taught)", "min(from_all(p) for p in hundred)")),
    ("Of each model", [], ("[ran_off(taught), 0.02]", "[ran_off(hundred[0]), 0.02]")),
    ("A constant push", [], ("    bound,\n", "    from_noise(late) + push**2 * t_max / 4,\n")),
    ("More than half of that", WRONG, ("score(q, t) + e", "score(q, t) + e * (t < 0.3)")),
    ("A push that grows", WRONG, ("push * np.exp(-t)", "push")),
    ("A push that grows", [], ("sharp[:, 0] / sharp[:, 1]", "2 * sharp[:, 0] / sharp[:, 1]")),
    ("The force in the middle", [], ("    t_star,\n", "    np.log(a),\n")),
    ("The force in the middle", [], ("    t_star,\n", "    np.log(1 + a**2) / 2,\n")),
    ("The force vanishes", [], ("[side(t) for t in below],\n", "[a * np.exp(-t) for t in below],\n")),
    ("On the way back", [], ("[other_turn, *flow_pushes]", "[t_star, *flow_pushes]")),
    ("The force vanishes", FORK, ("lambda q: pair_score(q, t), 1e-6", "lambda q: q + 2 * pair_score(q, t), 1e-6")),
    ("Just below the critical", [], ("small / (3 * cold)", "np.sqrt(small) / (3 * cold)")),
    ("From four places", [], ("    chance,\n    se=", "    (places > 0).astype(float),\n    se=")),
    ("From four places", [], ("    chance,\n    se=", "    (1 + np.tanh(2 * a_now * places / V_now)) / 2,\n    se=")),
]


@functools.cache
def computed():
    """What the chapter's cells compute, without its claims, figures and exercises."""
    sources = cells("diffusion")
    last = next(i for i, source in enumerate(sources) if "claims.table()" in source)
    space = {}
    for source in sources[:last]:
        if "plt.show()" not in source and 'source="' not in source:
            exec(compile(source, "diffusion", "exec"), space)
    return space


@pytest.mark.parametrize(
    ("claim", "needs", "changes"), [(claim, needs, changes) for claim, needs, *changes in ALTERNATIVES]
)
def test_a_claim_rejects_what_it_says(claim, needs, changes):
    with pytest.raises(AssertionError) as caught:
        executed("diffusion", [*needs, f'"{claim}'], changes, computed())
    assert str(caught.value).startswith(claim)
