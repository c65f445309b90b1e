"""What the claims on many weights and few data reject: the chapter's cells, with one line broken, must fail."""

import pytest
from test_alternatives_sgld import executed

from sgdphysics.claims import Claims

FEW_SETS = ("affordable(200,", "affordable(60,")
LOSSES = ["def reweighted", "def least_absolute", "n, counts = 200", "errors, others, duality"]
LAWS = ["shares = np.array([0.05"]
EQUATIONS = [*LAWS, "def left_over"]
RATIOS = [*LOSSES, "def ratio", *EQUATIONS]
BEST = EQUATIONS
PRIORS = ["def denoise", "p = n = 400", "def theory", "def gibbs_mean"]
DESCENT = ["cases, noise2 = 60", "least, tamed, tamed_exact"]
COINS = ["def separable", 'random, tries = rng("coins")', "strengths, beside"]
BIAS = ["def fitted", "def left_out", "n, gamma = 500", "rows, shrunk, right", "def truly"]
SOFTWARE = ["def separable", 'random, reports = rng("software")']
EXPECTED = "2 * perceptron.least_norm(cases, p, noise=noise2) for p in settled"
MODE = """sklearn.linear_model.Lasso(alpha=sigma2 / 200, fit_intercept=False).fit(x_small, y_small).coef_"""
RIDGE = """np.linalg.solve(x_small.T @ x_small + sigma2 / 2 * np.eye(200), x_small.T @ y_small)"""
ALTERNATIVES = [
    ("Least squares, 40 and 100", LOSSES, FEW_SETS, ("/ (n - p - 1) for p in counts", "/ n for p in counts")),
    (
        "Each linear programme",
        LOSSES,
        FEW_SETS,
        ("return -dual.eqlin.marginals,", "return np.linalg.lstsq(x, y)[0],"),
    ),
    ("At two cases", LOSSES, FEW_SETS, ("deviations[1] - squares[1]", "deviations[0] - squares[0]")),
    ("Maximum likelihood is not", LOSSES, FEW_SETS, ("zip(deviations, thirds", "zip(deviations, squares")),
    (
        "The third loss made",
        LOSSES,
        FEW_SETS,
        ("(others[p] - errors[p][2]) / errors", "(errors[p][2] - others[p]) / errors"),
    ),
    ("40 weights, 200 cases: r² of the LAD", RATIOS, FEW_SETS, ("            law / square,", "            0.5,")),
    (
        "100 weights, 200 cases: r² of the best",
        RATIOS,
        FEW_SETS,
        ("            law / square,", '            law / square if (p, name) != (100, "best") else 0.5,'),
    ),
    (
        "All three losses",
        RATIOS,
        FEW_SETS,
        ('("laplace", z, loss.error**0.5)) * dz\n    moved', '("laplace", z)) * dz\n    moved'),
    ),
    ("All three losses", RATIOS, FEW_SETS, ("soft(v, loss.scale)", "soft(v, loss.scale / 2)")),
    (
        "All three losses",
        RATIOS,
        FEW_SETS,
        ("left_over(kappa, LAWS[name](kappa, noise", "left_over(kappa, LAWS[name](min(kappa, 0.799), noise"),
    ),
    ("LAD and the square", RATIOS, FEW_SETS, ("120_001", "1_201")),
    (
        "Few weights are measured",
        RATIOS,
        FEW_SETS,
        ('(1e-5, noise="laplace").error / 1e-5', '(0.05, noise="laplace").error / 0.05'),
    ),
    ("The best loss at five", BEST, ("stam = shares", "stam = 2 * shares")),
    ("It beats the square", BEST, ('[table["best"], table["best"]]', '[table["LAD"], table["best"]]')),
    ("For normal noise", BEST, ('optimal(kappa, noise="normal").error', 'optimal(kappa, noise="laplace").error')),
    ("and the best loss for normal", BEST, ('residual, noise="normal"', 'residual, noise="laplace"')),
    ("and the best loss for normal", BEST, ("0.3 / 0.7 * residual", "residual")),
    (
        "Its map is the mean",
        BEST,
        (
            "tweedie(z[::60], m_estimation.optimal(0.5",
            'MAPS["LAD"](z[::60], m_estimation.least_absolute_deviations(0.5',
        ),
    ),
    ("400 weights, 400 cases", PRIORS, ("list(theory(1.0).values())", "list(theory(1e-6).values())")),
    ("The posterior's mean", PRIORS, ('guesses["MAP"] - guesses["mean"]', 'guesses["mean"] - guesses["MAP"]')),
    ("σ² = 0.5, one case", PRIORS, ("theory(kappa, 0.5)", "theory(kappa, 0.1)")),
    ("With a fifth", PRIORS, ("theory(1.0, 0.1)", "theory(1.0, 0.5)")),
    ("MAP sets nearly", PRIORS, ("guess[0] == 0", "guess[0] != 0")),
    (
        "Ridge's error is",
        PRIORS,
        (
            "m_estimation.ridge(1.0, sigma2),\n    sigma2 *",
            "m_estimation.ridge(1.0, sigma2, prior_variance=1.0),\n    sigma2 *",
        ),
    ),
    ("One case a weight", PRIORS, ("best_lasso(0.5)", "m_estimation.lasso(0.5, sigma2, sigma2)")),
    ("Message passing is", PRIORS, ("message_passing(x_small, y_small)", MODE)),
    ("Message passing is", PRIORS, ("message_passing(x_small, y_small)", RIDGE)),
    ("Thirty rounds", PRIORS, ("message_passing(x_small, y_small)", "message_passing(x_small, y_small, rounds=5)")),
    ("Message passing is", PRIORS, (" + residual * slope.sum() / len(y)", "")),
    ("Least norm, 60 cases", DESCENT, (EXPECTED, EXPECTED.replace("for", "- max(0, 1 - cases / p) for"))),
    ("As many weights as cases", DESCENT, ("smallest[60]", "smallest[61]")),
    ("There an error a hundred", DESCENT, ("for p in (60, 72)]", "for p in (72, 72)]")),
    ("Ridge at thirteen", DESCENT, ("+ unseen)", ")")),
    ("Ridge has no peak", DESCENT, ("expected = [tamed_exact[p].mean()", "expected = [np.median(least[p])")),
    (
        "and it is better than least norm",
        DESCENT,
        (
            "[np.median(tamed[p]) for p in sizes],\n    [np.median(least",
            "[np.median(least[p]) for p in sizes],\n    [np.median(tamed",
        ),
    ),
    (
        "60 points, labels",
        COINS,
        ("range(20)", "range(1)"),
        ("separable_probability(60, p)", "separable_probability(60, p + 1)"),
    ),
    ("h(γ) at five strengths", COINS, ("range(20)", "range(1)"), ("expit(gamma * field)", "0.5")),
    (
        "300 cases: at 0.7 h(γ)",
        COINS,
        ("affordable(800,", "affordable(80,"),
        ("round(side * h[gamma] * 300)", "round(side * 0.5 * 300)"),
    ),
    ("The fit is at its maximum", BIAS, ('"maxiter": 5000', '"maxiter": 3')),
    ("Logistic regression, 500 cases, 50", BIAS, ("[law.slope, law.spread]", "[1.0, law.spread]")),
    ("Logistic regression, 500 cases, 50", BIAS, ("[law.slope, law.spread]", "[law.slope, 2.6608]")),
    ("Logistic regression, 500 cases, 50", BIAS, ("[law.slope, law.spread]", "[law.slope, law.spread**2]")),
    (
        "Logistic regression, 500 cases, 100",
        BIAS,
        ("[law.slope, law.spread]", "[law.slope, law.spread if p == 50 else 2.6608]"),
    ),
    ("At κ = 0.2 and γ² = 5", BIAS, ("[*laws[100]]", "[*m_estimation.logistic_bias(0.2, 2.0)]")),
    ("Of what it gives 95%", BIAS, ("truly(0.95, p / n, law) for", "0.95 for")),
    ("Of what it gives 95%", BIAS, (" + kappa * law.spread**2", "")),
    ("100 weights: how often", BIAS, ("at_95(left_out(x, y, b), y)", "at_95(x @ b, y)")),
    ("A right prior", BIAS, ("scale=width", "scale=1e8")),
    (
        "60 weights, 100 cases: all",
        SOFTWARE,
        ("(20, 60)", "(20, 45)"),
        ("labelled(100, p, 1.5", "labelled(100, p, 0.0"),
    ),
    ("scikit-learn reports", SOFTWARE, ("tol=tol", "tol=tol, max_iter=2")),
    ("Where there is no maximum", SOFTWARE, ("    grown[apart],", "    grown[~apart],")),
    ("Where there is one", SOFTWARE, ("grown[~apart] - 1", "grown[apart] - 1")),
    ("and all training cases", SOFTWARE, ("np.where(apart, 1 - score, score)", "np.where(~apart, 1 - score, score)")),
]


ANCHORS = {
    name: f'f"{rest}'
    for name, rest in (
        ("40 weights, 200 cases: r² of the LAD", "{p} weights, 200"),
        ("100 weights, 200 cases: r² of the best", "{p} weights, 200"),
        ("Logistic regression, 500 cases, 50", "Logistic regression, 500"),
        ("Logistic regression, 500 cases, 100", "Logistic regression, 500"),
        ("100 weights: how often", "{p} weights: how often"),
    )
}


@pytest.mark.parametrize(
    ("claim", "needs", "changes"), [(claim, needs, changes) for claim, needs, *changes in ALTERNATIVES]
)
def test_a_claim_rejects_what_it_says(claim, needs, changes):
    class Only(Claims):
        """A broken line may break other claims too: these are left aside."""

        def _enter(self, name, *figures, **numbers):
            if name.startswith(claim):
                super()._enter(name, *figures, **numbers)

    anchor = ANCHORS.get(claim, f'"{claim}')
    only = ('claims = Claims("high', 'claims = Only("high')
    with pytest.raises(AssertionError) as caught:
        executed("high-dimensions", [*needs, anchor], [only, *changes], {"Only": Only})
    assert str(caught.value).startswith(claim)
