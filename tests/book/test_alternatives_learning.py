"""What the claims of the chapter on a student and a teacher reject: the chapter is run once, then one line is broken.

An alternative runs the cells that it changes again, then from the cell of the claim what prepares it and the claim.
"""

import ast

import nbformat
import pytest
from conftest import ROOT

from sgdphysics.claims import Claims

NOTEBOOK = ROOT / "chapters" / "learning.ipynb"
RULES = "('hebb', 'perceptron', 'adatron', 'optimal')"


def cells():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kept(cell):
    """Whether the alternatives need this cell: no figure, no exercise, no live figure, no table."""
    return not (
        "mystnb" in cell.metadata
        or "hide-cell" in cell.metadata.get("tags", [])
        or "nbval-ignore" in str(cell.metadata)
    )


@pytest.fixture(scope="module")
def chapter():
    """The names at the chapter's end, and as they were when each cell that makes claims began."""
    space, before = {}, {}
    for cell in filter(kept, cells()):
        if "claims" in cell.metadata.get("tags", []):
            before[cell.source] = dict(space)
        exec(compile(cell.source, NOTEBOOK.name, "exec"), space)
    return space, before


def name_of(call):
    """The first words of a claim's name, as far as its source has them."""
    name = call.args[0]
    return name.value if isinstance(name, ast.Constant) else name.values[0].value


def is_claim(node):
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func).startswith("claims.")
    )


def alone(source, claim):
    """The cell without its other claims."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not is_claim(node) or name_of(node.value) == claim]
    return ast.unparse(tree)


def normal(source):
    return ast.unparse(ast.parse(source))


ALTERNATIVES = {  # claim: changes of its cell, or (cells to run again, …) and changes of these
    "A student errs on new questions as often as its angle to the teacher says": [
        [("np.arccos(np.array([-6, 0, 6]) / 12) / np.pi", "(1 - np.array([-6, 0, 6]) / 12) / 2")],
    ],
    "Survivors agree with the teacher as much as with each other, 1 to 24 examples": [
        [
            (
                "with_each_other = (mean_student[:, some] ** 2).mean(axis=-1)",
                "with_each_other = ((mean_student[:, some] ** 2).mean(axis=-1) * left[:, some] - 1)"
                " / np.maximum(left[:, some] - 1, 1)",
            )
        ],
    ],
    "The share that an answer strikes out is the share that errs on new questions": [
        [
            (
                "left[:, some[:-1] + 1] / left[:, some[:-1]]",
                "left[:, some[:-1] + 1].mean(axis=0) / left[:, some[:-1]].mean(axis=0)",
            )
        ],
    ],
    "The log losses of the votes add up to the divergence from the prior": [
        [("np.log(votes.mean())", "np.log((np.sign(students @ question) == answer).mean())")],
    ],
    "Students left after 2, 6 and 12 examples, on average over the examples": [
        [("np.exp(log_mean[few])", "np.exp(log_mean[few - 1])")],
        [("np.exp(log_mean[few])", "2.0 ** (N - few)")],
    ],
    "The typical number that is left is smaller than the mean number": [
        [("mean_log[12], log_mean[12]", "np.log(left[:, 12].mean()), log_mean[12]")],
    ],
    "Two weights, 1, 4 and 16 examples: errors of a survivor and of the vote": [
        [("[2.0, 5.0, 17.0]", "[1.0, 4.0, 16.0]")],
        [("[2 / 3 / spaces, 1 / 2 / spaces]", "[2 / 3 / spaces, 2 / 3 / spaces]")],
    ],
    "Hot student, ": [
        [("perceptron.high_temperature(loads,", "perceptron.high_temperature(1.1 * loads,")],
        [("limit[weights, output]", "limit[{'ising': 'sphere', 'sphere': 'ising'}[weights], output]")],
    ],
    "Many examples: errors fall as 1/α and 1/2α (sphere), 2 exp(-2α) (Ising)": [
        [
            (
                "temperature(late, weights='sphere', output='sign')",
                "temperature(late / 2, weights='sphere', output='sign')",
            )
        ],
    ],
    "The end of the second valley, where nothing holds the student back": [
        [("perceptron.high_temperature_spinodal()", "jump")],
        [("perceptron.high_temperature_spinodal()", "perceptron.annealed_transition()")],
    ],
    "With N weights the teacher has half of the weight a known number over N later": [
        [("slope_factor = 1 - ", "slope_factor = 1 - 0 * ")],
        [("half_at_teacher(n) - jump", "half_at_teacher(n) - perceptron.high_temperature_spinodal()")],
    ],
    "One wrong weight of many costs a sign (2/π)√N": [
        [("wrong_weight[10 ** 6]", "wrong_weight[100]")],
        [("2 / np.pi, rtol", "1 / np.pi, rtol")],
    ],
    "All students listed at T = 1, 3, 10: the annealed error is near, not equal": [
        [("annealed, atol", "hot, atol")],
    ],
    "The hot limit is approached as the student warms": [
        ["temperatures, load =", ("round(load * N * T)", "round(load * N * 3)")],
    ],
    "Free entropy at 0.5, 1 and 1.2446: formula, and sum of all costs on the way": [
        ["def cost", ("return 2 * quad", "return quad")],
        ["def cost", ("log_ndtr(-k * t)) * log_ndtr(-k * t)", "0 * t - (k * t) ** 2 / 2) * log_ndtr(-k * t)")],
        ["def cost", ("k = np.sqrt(r / (1 - r))", "k = np.sqrt(r ** 2 / (1 - r ** 2))")],
    ],
    "The teacher alone is left from 1.245 examples a weight on": [
        [("ladder['known']", "1.249")],
        [("ladder['known']", "ladder['proved']")],
    ],
    "At 1.249 the free entropy has long been below zero": [[("quenched(1.249", "quenched(1.2446")]],
    "The mean number of other survivors falls below one at 1.44797": [[("ladder['proved']", "ladder['known']")]],
    "Message passing written out is the package's": [
        ["def pass_messages", ("omega = x @ m - doubt * f", "omega = x @ m")],
    ],
    "Message passing, 0.25 to 1 examples a weight: overlap with the teacher": [
        [("perceptron.quenched([0.25, 0.5, 0.75, 1.0]", "perceptron.quenched([0.125, 0.25, 0.375, 0.5]")],
        [("perceptron.quenched([0.25, 0.5, 0.75, 1.0], weights='ising').overlap", "annealed_overlap")],
    ],
    "Message passing at the transition itself stays on the branch": [
        [("perceptron.quenched(1.245, weights='ising').overlap", "1.0")],
    ],
    "At two examples a weight message passing finds every weight, in most runs": [[("found[2.0]", "found[1.245]")]],
    "At 1.6, a little beyond the end of the branch, at least half of the runs do": [[("found[1.6]", "found[1.245]")]],
    "The vote of all errs on fresh questions as the half-way overlap says": [[("error.bayes", "error.gibbs")]],
    "A hair below the spinodal message passing is held, a hair beyond it is not": [
        ["def evolve", ("spinodal = ladder['found']", "spinodal = ladder['proved']")],
    ],
    "What is known comes before what is proved, and that before what is found": [
        [("[ladder['known'], ladder['proved']], [ladder['proved']", "[ladder['known'], jump], [jump")],
    ],
    "Message passing on the sphere, two examples a weight: both overlaps": [
        [
            (
                "perceptron.quenched(2.0, weights='sphere').overlap",
                "np.cos(np.pi * perceptron.maximal_stability(2.0))",
            )
        ],
    ],
    "Sphere, many examples: load times error of a survivor, and of the vote": [
        [("[1 / np.sqrt(2) / np.pi / information,", "[1.0,")],
        [("[many * late.gibbs, many * late.bayes]", "[many * late.bayes, many * late.gibbs]")],
    ],
    "A survivor errs √2 times as often as the vote": [
        [("late.gibbs / late.bayes", "np.divide(*perceptron.quenched(2.0, weights='sphere')[2:4])")],
        [("np.sqrt(2), rtol", "4 / 3, rtol")],
    ],
    "Hebb's rule, 25 weights and 50 examples: its run and its law": [
        [("hebb_run, hebb_law,", "hebb_run, perceptron.hebb(2.0),")],
        ["n, P_hebb, runs =", ("chisquare(n - 1, runs)", "chisquare(n, runs)")],
    ],
    "Least squares, 200 weights, before and after the peak": [
        [("perceptron.pseudo_inverse(fit_loads[where])", "perceptron.hebb(fit_loads[where])")],
    ],
    "Least squares: twice as many examples make a worse student, then a better one": [
        [
            (
                "[fits[0, 0], fits[2, 0]], [fits[1, 0], fits[1, 0]]",
                "perceptron.hebb([0.5, 1.5]), perceptron.hebb([1.0, 1.0])",
            )
        ],
    ],
    "Widest margin, 200 weights, one to three examples a weight": [
        [("perceptron.maximal_stability(margin_loads)", "perceptron.quenched(margin_loads, weights='sphere').gibbs")],
        [("perceptron.maximal_stability(margin_loads)", "perceptron.quenched(margin_loads, weights='sphere').bayes")],
    ],
    "Widest margin, many examples: load times error is a constant between the two": [
        [("margin_limit, rtol", "late.gibbs * many, rtol")],
        [("margin_limit, rtol", "late.bayes * many, rtol")],
    ],
    "On-line, 300 weights, rule ": [
        [("perceptron.online(rule, online_loads)", f"perceptron.online({RULES}[{after}], online_loads)")]
        for after in range(4)
    ],
    "Errors fall as powers of the load: Hebb 1/2, perceptron 1/3, the others 1": [
        [("list(powers.values())", "list(powers.values())[::-1]")],
    ],
    "The perceptron rule with the best step for each example falls as 4/πα": [
        [("4 * t * np.cos", "8 * t * np.cos")],
    ],
    "To see each example once, and best, costs twice the error of the vote": [
        [("2 * many * late.bayes", "np.sqrt(2) * many * late.bayes")],
    ],
    "Early on Hebb's rule beats the AdaTron": [
        [("online['hebb'][0][0], online['adatron'][0][0]", "online['hebb'][0][3], online['adatron'][0][3]")],
    ],
    "Noisy linear unit of 20 weights, least squares: six numbers of examples": [
        [
            (
                "perceptron.least_norm(count, 20, noise=noise)",
                "(max(0, 1 - count / 20) + noise * min(count, 20) / abs(count - 20)) / 2",
            )
        ],
    ],
    "Gibbs students of a noisy teacher at five temperatures, and their means": [
        ["n, warm =", ("mean = pull / (eigenvalues + T)", "mean = pull / (eigenvalues + 1)")],
        [("[law.student, law.mean]", "[law.mean, law.student]")],
    ],
    "The best temperature of a single student, and its error": [
        [("fine_t[linear.student.argmin()]", "fine_t[linear.mean.argmin()]")],
    ],
    "The mean of all students is best where the temperature is the noise": [
        [("linear.mean.argmin()", "linear.student.argmin()")],
    ],
    "A hot student beats a cold one: T = 0.0942 against 0.003": [
        ["n, warm =", ("np.sqrt(noise) * numbers", "0.0 * numbers")],
    ],
    "Without noise every bit of heat hurts": [[("noise=0.0).student", "noise=noise).student")]],
}


def tries():
    for claim, attempts in ALTERNATIVES.items():
        for number, attempt in enumerate(attempts):
            yield pytest.param(claim, attempt, id=f"{claim} {number}")


def annealed_overlap(space):
    """Where s(R) + α ln(1 - ε) is largest below the teacher, at the loads of the claim."""
    np, perceptron = space["np"], space["perceptron"]
    r = np.linspace(0, 0.9, 4001)
    gain = np.log1p(-perceptron.generalisation_error(r))
    phi = perceptron.entropy(r, weights="ising") + np.multiply.outer([0.25, 0.5, 0.75, 1.0], gain)
    return r[phi.argmax(axis=1)]


@pytest.mark.parametrize(("claim", "attempt"), list(tries()))
def test_a_claim_rejects_what_it_says(chapter, claim, attempt):
    again, changes = [a for a in attempt if isinstance(a, str)], [a for a in attempt if isinstance(a, tuple)]
    space, before = chapter
    sources = [cell.source for cell in filter(kept, cells())]
    home = next(source for source in before if claim in source)
    names = before[home] | {"annealed_overlap": annealed_overlap(space)}
    run = [normal(s) for s in sources if any(marker in s for marker in again)]
    run.append(alone(home, claim))
    for right, wrong in changes:
        assert sum(right in source for source in run) >= 1, f"the chapter no longer holds {right!r}"
        run = [source.replace(right, wrong) for source in run]
    names["claims"] = Claims("alternatives")
    with pytest.raises(AssertionError) as caught:
        for source in run:
            exec(compile(source, NOTEBOOK.name, "exec"), names)
    assert str(caught.value).startswith(claim)


def test_every_claim_was_tried(chapter):
    made = [claim["name"] for claim in chapter[0]["claims"].ledger]
    assert all(any(name.startswith(claim) for claim in ALTERNATIVES) for name in made)
    assert len(made) == 51


def test_each_on_line_rule_rejects_the_others(chapter):
    """The loop of the claim stops at the first rule; here each is compared with each."""
    space, _ = chapter
    np, perceptron, loads = space["np"], space["perceptron"], space["online_loads"]
    for rule, (value, se) in space["online"].items():
        for other in space["online"]:
            z = np.abs((value - perceptron.online(other, loads)) / se).max()
            assert (z > 6) == (other != rule)
