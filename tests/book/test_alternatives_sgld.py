"""What the SGLD chapters' claims reject: a chapter's own cells, with one line broken, must fail at the claim named.

And oracles for functions that are defined in these chapters alone.
"""

import nbformat
import numpy as np
import pytest
from alternatives import holds
from conftest import ROOT
from sklearn.metrics import roc_auc_score

from sgdphysics import dynamics

QUICK = {
    '"n_steps": 1_000_000': '"n_steps": 100',
    "chains[:2000]": "chains[:2]",
}  #: runs that an alternative does not look at


def cells(chapter):
    notebook = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def executed(chapter, needs, changes=(), names=()):
    """Names after the set-up cell and those that contain one of ``needs``, with ``changes`` (right, wrong) made."""
    space = dict(names)
    sources = cells(chapter)
    chosen = [sources[0], *(s for s in sources[1:] if any(need in s for need in needs))]
    text = "\n".join(chosen)
    assert all(need in text for need in needs), f"{chapter} no longer holds {[n for n in needs if n not in text]}"
    for right, _ in changes:
        assert right in text, f"{chapter} no longer holds {right!r}"
    for source in chosen:
        for right, wrong in [*QUICK.items(), *changes]:
            source = source.replace(right, wrong)
        exec(compile(source, chapter, "exec"), space)
    return space


SPRING = ["stiffness, mass, temperature ="]
CASES = ["theta, draws ="]
MIXTURE = ["chosen = np.random.default_rng(18)"]
GRID = [*MIXTURE, "edges = np.linspace"]
CONSTANT = [
    "class MeanOfCases",
    "def standard_cases",
    "u = np.geomspace",
    "def variance_over_posterior",
    "measured = {",
]
DECAY = ["class MeanOfCases", "def standard_cases", "n, batch = 100, 10", "def exact_moments", "center, spread ="]
ALTERNATIVES = {
    "Step 1: positions and momenta have the temperature of the bath": [
        ("sgld", [*SPRING, "bath = {"], ("shadow = 1 - ", "shadow = 1 - 0 * ")),
        ("sgld", [*SPRING, "bath = {"], ('"temperature": temperature,', '"temperature": temperature / 2,')),
    ],
    "Step 3: Neal's dynamics without memory is Langevin dynamics": [
        ("sgld", ["leap = "], ("dt=size**2 / 2", "dt=size**2"))
    ],
    "Step 4: the minibatch gradient is unbiased": [
        ("sgld", CASES, ("minibatch_gradient(theta, rows)[:, 0]", "minibatch_gradient(theta, rows)[:, 0] * n / N"))
    ],
    "Step 4: the gradient's variance is N²/n times that of a case": [
        (
            "sgld",
            CASES,
            (
                'rng(f"batch of {n}").integers(N, size=(20_000, n))',
                'rng("none").permuted(np.tile(np.arange(N), (20_000, 1)), axis=1)[:, :n]',
            ),
        )
    ],
    "Step 5: SGLD written out is the package's sgld": [
        ("sgld", [*CASES, "by_hand, numbers ="], ("step_size(t) / 2 * gradient", "step_size(t) * gradient")),
        ("sgld", [*CASES, "by_hand, numbers ="], ("np.sqrt(step_size(t))", "np.sqrt(step_size(t + 1))")),
    ],
    "Mixed conventions sample temperature one half": [
        ("sgld", [*CASES, "whole, epsilon, numbers ="], ("whole - epsilon * mean", "whole - epsilon / 2 * mean"))
    ],
    "Mixture: share of data sets that have two modes": [
        (
            "sgld",
            [*MIXTURE, "def has_two_modes"],
            ("numbers.random(100) < 0.5, 0, 1)", "numbers.random(100) < 0.5, 0, 0)"),
        )
    ],
    "Mixture: the chosen data set has two modes": [
        ("sgld", [*MIXTURE, "def has_two_modes"], ("default_rng(18)", "default_rng(0)"))
    ],
    "Mixture: exchanging the means changes the prior alone": [("sgld", GRID, ("** 2) / 20", "** 2) / 2"))],
    "Mixture: rejection with one-point gradients falls as ε^(1/2)": [
        (
            "sgld",
            [*GRID, "def rejection", "one_point ="],
            ("mixture.minibatch_gradient(q, rows)", "mixture.gradient(q)"),
        )
    ],
    "Mixture: rejection with full gradients falls as ε^(3/2)": [
        ("sgld", [*GRID, "def rejection", "one_point ="], ("sum(forth**2 - back**2, axis", "sum(0 * back, axis"))
    ],
    "SGLD at constant steps: variance of a weight, three batch sizes, ten steps": [
        ("sgld-after", CONSTANT, ("(1 + u * noise / 4) / (1 - u / 4)", "1 + u * noise / 4")),
        ("sgld-after", CONSTANT, ("(1 + u * noise / 4)", "(1 + u * noise / 2)")),
    ],
    "Weighted average of SGLD, five decays at three lengths: its mean": [
        (
            "sgld-after",
            [*DECAY, "runs, block, q ="],
            ('rng=rng(f"decay {first}"))', 'rng=rng(f"decay {first}"))._replace(weights=np.ones((block, 5 * runs)))'),
        )
    ],
    "Steps that decay as t^(-1/3): the error falls as m^(-1/3)": [
        ("sgld-after", DECAY, ("    slopes[2],\n    -1 / 3,", f"    slopes[{other}],\n    -1 / 3,"))
        for other in (0, 1, 3, 4)
    ],
    "No other decay of the steps makes the error fall faster": [
        ("sgld-after", DECAY, ("slopes[2],\n    np.delete(slopes, 2)", "slopes[3],\n    np.delete(slopes, 3)"))
    ],
    "N times the variance: Langevin, control variates, SGLD, SGD; four sizes N": [
        (
            "sgld-after",
            ["class MeanOfCases", "def standard_cases", "def four_samplers", "grown = np.array"],
            ("ratio = eta * np.array(sizes) / p", "ratio = eta * np.array(sizes) / (p + 1)"),
        )
    ],
    "Moving preconditioner with Γ: the variance of p": [
        ("sgld-after", ["def precondition"], ("-2 * q * g**2", "2 * q * g**2")),
        ("sgld-after", ["def precondition"], ("-2 * q * g**2", "-4 * q * g**2")),
    ],
    "Moving preconditioner without Γ: the variance of p/G": [
        ("sgld-after", ["def precondition"], ("else 0.0", "else -q * g**2"))
    ],
    "Prior, narrow: averaged over networks each class gets one tenth": [
        (
            "does-it-know",
            ["pixels, digit =", "WIDTHS = {"],
            ("free.probabilities(s * unit,", "free.probabilities(s * unit + np.eye(free.dimension)[-1],"),
        )
    ],
    "Prior: networks drawn from the wide one are surer of what they say": [
        ("does-it-know", ["pixels, digit =", "WIDTHS = {"], ("s * unit,", "unit / np.sqrt(s),"))
    ],
}


def broken():
    for claim, attempts in ALTERNATIVES.items():
        for number, attempt in enumerate(attempts):
            yield pytest.param(claim, *attempt, id=f"{claim} {number}")


#: where a claim's name is not written out in its cell
MARKERS = {"Prior, narrow": 'f"Prior, {name}', "Moving preconditioner": "names[gamma]"}


@pytest.mark.parametrize(("claim", "chapter", "needs", "change"), list(broken()))
def test_a_claim_rejects_what_it_says(claim, chapter, needs, change):
    marker = next((m for begin, m in MARKERS.items() if claim.startswith(begin)), f'"{claim}"')
    with pytest.raises(AssertionError) as caught:
        executed(chapter, [*needs, marker], [change], {"chains": np.zeros((8000, 1))})
    assert str(caught.value).startswith(f"{claim}:")


def test_calibration_error_by_hand():
    """Two cases of confidence 0.95 with one right, two of 0.55, both right: (2 · 0.45 + 2 · 0.45) / 4."""
    error = executed("does-it-know", ["def calibration_error"])["calibration_error"]
    p = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.45, 0.55]])
    assert error(p, np.array([0, 1, 0, 1])) == pytest.approx(0.45)
    assert error(np.eye(2), np.array([0, 1])) == pytest.approx(0.0)


def test_rank_counts_ties_half():
    rank = executed("does-it-know", ["def rank("])["rank"]
    np.testing.assert_allclose(
        rank(np.array([0.0, 1.0, 2.0, 5.0]), np.array([2.0, 1.0, 1.0, 3.0])), [0, 0.25, 0.625, 1]
    )


def test_bootstrap_weights_are_means_over_what_is_drawn_again():
    space = executed("does-it-know", ["def resampled"])
    first, second = (space["resampled"](np.random.default_rng(k), n) for k, n in ((1, 3), (2, 4)))
    values = np.random.default_rng(3).normal(size=(3, 4))
    found = space["weighted"](values, first, second)
    assert found.shape == (1001,)
    assert found[0] == pytest.approx(values.mean())
    np.testing.assert_allclose(found, np.einsum("ij,bi,bj->b", values, first, second))


def test_dropout_is_unbiased_and_switches_half_of_the_units_off():
    space = executed("does-it-know", ["pixels, digit =", "WIDTHS = {", "def masks"])
    masks = space["masks"](space["free"], np.random.default_rng(0), 4000)
    _, _, out, _ = space["free"].weights(masks)
    assert set(np.unique(out)) == {0.0, 2.0}
    assert np.all(out == out[:, :1]), "a unit is off for all classes"
    np.testing.assert_allclose(masks.mean(axis=0), 1.0, atol=4.5 / np.sqrt(4000))


def test_threshold_is_the_largest_noise_of_the_natural_gradient():
    """α = (ε/4) λ_max of the covariance of D_W W⁻¹ from one batch of 100, over all its single cases."""
    space = executed(
        "sgld",
        ["whiten = ", "def threshold"],
        [
            ("seen = np", "pass; unseen = np"),
            ("for k in seen]", "for k in []]"),
            ("alphas = scale", "alphas = 0 if True else scale"),
        ],
    )
    model, w = space["unmixing"], np.eye(6) + 0.1 * np.random.default_rng(0).normal(size=(6, 6))
    noise = np.array([model.natural_gradient(w.ravel(), np.array([c])) for c in range(1000)]).reshape(-1, 6, 6)
    noise = (noise @ np.linalg.inv(w)).reshape(1000, 36)
    largest = np.linalg.eigvalsh(np.cov(noise.T, bias=True) / 100)[-1]
    assert space["threshold"](w[np.newaxis], 0.3)[0] == pytest.approx(0.3 * largest / 4)


def test_leak_is_zero_for_an_unmixed_source_and_one_for_a_spread_one():
    leak = executed("sgld", ["whiten = ", "def leak"], [("found = [", "found = [] if True else [")])
    inverse = np.linalg.inv(leak["mixing"])
    assert leak["leak"](inverse[[2, 0, 1, 4, 3, 5]]) == pytest.approx(0.0, abs=1e-12)
    assert leak["leak"](np.ones((6, 6)) @ inverse) == pytest.approx(1.0)


def test_tails_of_the_weighted_average_are_those_of_the_inverse_gaussian_law():
    """Excess kurtosis over σ²/μ² of the average of θ_t², from the covariance of all θ_t at 1,000 steps."""
    names = executed("sgld-after", ["class MeanOfCases", "def standard_cases", "n, batch = 100, 10"])
    n, batch = names["n"], names["batch"]
    for e in names["shrinking"](np.arange(1000.0)[:, None]).T:
        a, v = 1 - e * n / 2, np.zeros(len(e) + 1)
        for t in range(len(e)):
            v[t + 1] = a[t] ** 2 * v[t] + e[t] + (e[t] / 2 * n) ** 2 / batch
        path, order = np.cumsum(np.log(a)), np.arange(len(e))
        covariance = np.exp(-np.abs(path[:, None] - path)) * v[1:][np.minimum.outer(order, order)]
        weighted = covariance * np.sqrt(e[:, None] * e)
        square = weighted @ weighted
        mean, variance, fourth = np.trace(weighted), 2 * np.trace(square), 48 * np.sum(square**2)
        assert fourth * mean**2 / variance**3 == pytest.approx(15.0, rel=0.1)


def test_averages_of_logarithms_and_of_mixed_rows():
    space = executed("does-it-know", ["pixels, digit =", "WIDTHS = {"])
    p = space["free"].probabilities(space["unit"][:60], space["letters"])
    generator = np.random.default_rng(4)
    mixed = np.array([generator.permutation(one) for one in p])
    by_logarithms = np.exp(np.log(mixed).mean(axis=0)).max(axis=-1)
    assert not holds("between", by_logarithms, 0.1, 1.0)
    assert not holds("less", mixed.mean(axis=0).max(axis=-1).mean(), 0.1)


def test_networks_that_have_not_learnt_do_not_read():
    space = executed("does-it-know", ["pixels, digit =", "WIDTHS = {"])
    said = space["free"].probabilities(0.3 * space["unit"][:30], space["printed"]).argmax(axis=-1)
    assert not holds("less", 0.4, np.mean(said == space["printed_digit"].astype(int)))


def test_ranks_among_all_and_exchanged_are_no_auroc():
    rank = executed("does-it-know", ["def rank("])["rank"]
    known, unknown = np.random.default_rng(5).normal([[0.0], [1.0]], 1.0, (2, 300))
    everyone = np.concatenate([known, unknown])
    exact = roc_auc_score(np.repeat([0, 1], 300), everyone)
    assert holds("close", rank(unknown, known).mean(), exact, atol=1e-12)
    for wrong in (rank(known, unknown), rank(unknown, everyone)):
        assert not holds("close", wrong.mean(), exact, atol=1e-12)


def test_a_temperature_for_each_class_changes_decisions():
    scaled = executed("does-it-know", ["def scaled"])["scaled"]
    p = np.random.default_rng(6).dirichlet(np.ones(10), 500)
    for temperature, same in ((0.4, True), (np.linspace(0.9, 1.1, 10), False)):
        changed = np.mean(scaled(p, temperature).argmax(axis=-1) != p.argmax(axis=-1))
        assert holds("close", changed, 0.0, atol=1e-12) == same


def test_a_distance_to_printed_digits_tells_print_from_hand():
    """It knows letters from printed digits better than from handwritten ones, the other way round than the claim."""
    cells_of = ["pixels, digit =", "shown = np.stack", "def rank(", "def ranks(", "def nearest"]
    space = executed("does-it-know", cells_of, names={"doubt": {}})
    nearest, printed, part = space["nearest"], space["printed"], space["PART"]
    family = np.arange(len(printed)) // 40
    to_printed = np.array([nearest(x, printed) for x in space["shown"]])
    others = [nearest(printed[family == f], printed[family != f]) for f in range(4)]
    to_printed[:, part["printed"]] = np.concatenate(others)
    for doubt, held in ((space["doubt"]["nearest picture"], True), (to_printed, False)):
        by_hand, by_print, _ = space["ranks"](doubt)
        assert holds("less", by_print.mean(), by_hand.mean()) == held


def test_the_clock_decides_whether_unmixing_blows_up():
    blown = executed("sgld", ["def blows_up"])["blown"]
    assert not holds("between", np.mean(blown[10]), 0.1, 0.9)
    assert not holds("close", np.mean(blown[1]), 0.0, atol=0.01)


def test_what_has_not_learnt_to_unmix_leaks():
    space = executed("sgld", ["whiten = ", "def leak"], [("found = [", "found = [] if True else [")])
    assert not holds("less", space["leak"](np.eye(6)), 0.1)


def test_corrected_langevin_with_steps_four_times_as_long_is_refused():
    space = executed("sgld", ["whiten = "])
    steps = {"step_size": 8e-4, "n_steps": 1000, "thin": 10, "rng": np.random.default_rng(7)}
    run = dynamics.natural_mala(space["unmixing"], space["start"], **steps)
    assert not holds("between", run.accepted[20:].mean(axis=0), 0.6, 0.9)
