"""Claims: those that hold print one line, those that must fail do fail, and the ledger says everything."""

import contextlib
import io
import json
import math
from functools import partial
from types import SimpleNamespace
from unittest import mock

import IPython
import nbformat
import numpy as np
import pytest
from IPython.core.events import EventManager
from nbclient import NotebookClient

from sgdphysics.claims import Claims, ClaimsTable, rng, with_error
from sgdphysics.evidence import figures, headline, in_jupyter, judged


@pytest.fixture
def claims():
    return Claims("trial")


def test_a_claim_prints_one_line_that_does_not_depend_on_its_figures(claims, capsys):
    claims.agrees("Means agree", 1.02, 1.0, se=0.01, source="exact")
    claims.close("Balance", [1.0, 2.0], [1.0, 2.0 + 1e-13], atol=1e-12, source="identity")
    claims.between("Rejections", 0.1, 0.03, 0.2, source="paper")
    claims.less("Better", 1.0, 2.0, se=0.1)
    assert capsys.readouterr().out == "PASS  Means agree\nPASS  Balance\nPASS  Rejections\nPASS  Better\n"


FALSE = {
    "five standard errors off": lambda c: c.agrees("x", 1.05, 1.0, se=0.01, source="exact"),
    "NaN measured": lambda c: c.agrees("x", np.nan, 1.0, se=0.01, source="exact"),
    "one component of many off": lambda c: c.agrees("x", [0.0] * 99 + [0.6], 0.0, se=0.1, source="exact"),
    "beyond the absolute tolerance": lambda c: c.close("x", 1.0, 1.0 + 2e-12, atol=1e-12, source="identity"),
    "beyond the relative tolerance": lambda c: c.close("x", 1.02, 1.0, rtol=0.01, source="identity"),
    "NaN is not close": lambda c: c.close("x", [1.0, np.nan], 1.0, atol=1.0, source="identity"),
    "too high": lambda c: c.between("x", 0.21, 0.03, 0.2, source="paper"),
    "NaN is not between": lambda c: c.between("x", np.nan, 0.0, 1.0, source="paper"),
    "wrong order": lambda c: c.less("x", 2.0, 1.0),
    "equal": lambda c: c.less("x", 1.0, 1.0),
    "order within the error": lambda c: c.less("x", 1.0, 1.2, se=0.1),
    "NaN is not less": lambda c: c.less("x", np.nan, 1.0),
}


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_false_claims_fail_with_their_figures(claims, capsys, claim):
    with pytest.raises(AssertionError, match="x: value"):
        claim(claims)
    assert capsys.readouterr().out == "FAIL  x\n"
    assert claims.ledger[0]["passed"] is False


def test_many_components_share_one_false_alarm(claims):
    """Of 1000 honest batches of 200 components none may fail; with |z| < 4.5 for each, one would in 740 batches."""
    scores = np.random.default_rng(0).normal(size=(1000, 200))
    for i, batch in enumerate(scores):
        claims.agrees(f"batch {i}", batch, 0.0, se=1.0, source="exact")
    assert "|z| < 5.5" in claims.ledger[0]["tolerance"]


def test_few_replicas_widen_the_bound(claims):
    claims.agrees("eight replicas", 6.0, 0.0, se=1.0, dof=7, source="exact")
    with pytest.raises(AssertionError):
        claims.agrees("a thousand", 6.0, 0.0, se=1.0, dof=1000, source="exact")


def test_student_bound_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    claims = Claims("trial")
    claims.agrees("x", 0.0, 0.0, se=1.0, dof=7, source="exact")
    assert claims.ledger[0]["tolerance"] == f"|z| < {stats.t.isf(stats.norm.sf(4.5), 7):.3g}"


def test_table_says_which_number_is_the_smaller(claims):
    claims.less("A bound below ours", 2.0, 5.29, se=0.14)
    claims.less("Ours below another", 0.5, 0.6)
    assert [row[1:3] for row in ClaimsTable(claims.ledger).rows] == [("", "2 < 5.29 ± 0.14"), ("", "0.5 < 0.6")]


def test_table_is_the_ledger_in_the_books_build(claims, tmp_path, monkeypatch):
    (tmp_path / "_config.yml").touch()
    (tmp_path / "chapters").mkdir()
    monkeypatch.chdir(tmp_path / "chapters")
    monkeypatch.setenv("BOOK_SEED", "7")
    claims.agrees("Mean <x>", [0.98, 1.0], 1.0, se=0.01, source="exact")
    table = claims.table()
    record = json.loads((tmp_path / "_build" / "claims" / "trial.json").read_text(encoding="utf-8"))
    assert record["chapter"] == "trial"
    assert record["seed"] == 7
    (entry,) = record["claims"]
    assert set(entry) == {"name", "value", "expected", "se", "z", "tolerance", "source", "passed"}
    assert (entry["value"], entry["expected"], entry["se"], entry["passed"]) == (0.98, 1.0, 0.01, True)
    assert math.isclose(entry["z"], -2.0)
    assert entry["tolerance"].endswith("worst of 2")
    assert "Mean &lt;x&gt;" in table._repr_html_()
    assert "0.980 ± 0.010" in repr(table)
    assert record["scores"] == {"Mean <x>": [-2.0, 0.0]}


def test_scores_are_normal_numbers_whatever_the_error_bar_comes_from(claims, tmp_path, monkeypatch):
    """Student's numbers of 2 degrees of freedom have no variance; their scores have 1. The bound is the same place."""
    monkeypatch.chdir(tmp_path)
    student = np.random.default_rng(8).standard_t(2, 4000)
    claims.agrees("few replicas", student, 0.0, se=1.0, dof=2, source="exact")
    with pytest.raises(AssertionError) as caught:
        claims.agrees("at the bound", -384.0, 0.0, se=1.0, dof=2, source="exact")
    assert "allowed |z| < 384 " in str(caught.value)
    claims.table()
    scores = json.loads((tmp_path / "_build" / "claims" / "trial.json").read_text(encoding="utf-8"))["scores"]
    found = np.array(scores["few replicas"])
    assert abs(found.var() - 1) < 4.5 * np.sqrt(2 / found.size) and (np.sign(found) == np.sign(student)).all()
    assert not abs(student.var() - 1) < 4.5 * np.sqrt(2 / found.size)
    assert math.isclose(scores["at the bound"][0], -4.5, abs_tol=0.001)


def test_a_failed_claim_with_nan_is_still_valid_json(claims, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        claims.agrees("x", np.nan, 1.0, se=0.1, source="exact")
    claims.table()
    text = (tmp_path / "_build" / "claims" / "trial.json").read_text(encoding="utf-8")
    assert json.loads(text)["claims"][0]["value"] == "nan"
    assert json.loads(text)["scores"] == {"x": ["nan"]}
    assert "NaN" not in text


def test_the_build_says_where_ledgers_go(claims, tmp_path, monkeypatch):
    """Pages may be written elsewhere than into the book's _build; the writer and the reader are told the same place."""
    (tmp_path / "_config.yml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOK_CLAIMS", str(tmp_path / "elsewhere" / "claims"))
    claims.close("x", 1.0, 1.0, atol=1.0, source="s")
    claims.table()
    assert (tmp_path / "elsewhere" / "claims" / "trial.json").exists()
    assert not (tmp_path / "_build").exists()


def test_a_table_that_cannot_be_written_is_shown(claims, tmp_path, monkeypatch, capsys):
    """A reader's folder may be read-only; a file where the folder should be stands for it here. A build must fail."""
    (tmp_path / "_build").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOOK_CLAIMS", raising=False)
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    claims.close("x", 1.0, 1.0, atol=1.0, source="s")
    assert [row[0] for row in claims.table().rows] == ["x"]
    assert "The table could not be written to" in capsys.readouterr().out
    monkeypatch.setenv("BOOK_STATIC", "1")
    with pytest.raises(OSError):
        claims.table()


def test_a_table_is_written_anew_where_there_is_one(claims, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BOOK_CLAIMS", str(tmp_path))
    for name in ("x", "y"):
        claims.less(name, 1.0, 2.0)
        claims.table()
    assert "could not be written" not in capsys.readouterr().out
    assert len(json.loads((tmp_path / "trial.json").read_text(encoding="utf-8"))["claims"]) == 2


def test_random_numbers_come_from_the_name_and_the_books_seed(monkeypatch):
    monkeypatch.delenv("BOOK_SEED", raising=False)
    first = rng("stove").random(4)
    np.testing.assert_array_equal(first, rng("stove").random(4))
    assert (first != rng("knob").random(4)).all()
    monkeypatch.setenv("BOOK_SEED", "0")
    np.testing.assert_array_equal(first, rng("stove").random(4))
    monkeypatch.setenv("BOOK_SEED", "1")
    assert (first != rng("stove").random(4)).all()
    monkeypatch.setenv("BOOK_SEED", "-1")
    with pytest.raises(ValueError, match="BOOK_SEED"):
        rng("stove")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.agrees("x", 1.0, 1.0, se=0.0, source="exact"), "se must be"),
        (lambda c: c.agrees("x", 1.0, 1.0, se=np.nan, source="exact"), "se must be"),
        (lambda c: c.agrees("x", [], 1.0, se=1.0, source="exact"), "at least one number"),
        (lambda c: c.close("x", 1.0, 1.0, source="exact"), "atol and rtol"),
        (lambda c: c.close("x", 1.0, 1.0, source="exact", atol=np.inf), "atol and rtol"),
        (lambda c: c.close("x", 1.0, 1.0, source="exact", atol=-0.5, rtol=1.0), "atol and rtol"),
        (lambda c: c.close("x", 1.0, 1.0, source="exact", atol=1.0, rtol=-0.5), "atol and rtol"),
        (lambda c: c.less("x", [1.0, 1.0], np.ones(3)), "smaller and larger and se must broadcast"),
        (lambda c: c.between("x", 1.0, -np.inf, np.inf, source="exact"), "one of them finite"),
        (lambda c: c.close(" ", 1.0, 1.0, source="exact", atol=1.0), "sentence of one line"),
        (lambda c: c.close("x\ny", 1.0, 1.0, source="exact", atol=1.0), "sentence of one line"),
        (lambda c: c.between("x", 1.0, 2.0, 0.0, source="exact"), "low must be"),
        (lambda c: c.less("x", 1.0, 2.0, se=-1.0), "se must be"),
        (lambda c: (c.less("x", 1.0, 2.0), c.less("x", 1.0, 2.0)), "claimed before$"),
        (lambda c: Claims("a/b"), "chapter must be"),
        (lambda c: Claims(""), "chapter must be"),
        (lambda c: Claims(5), "chapter must be"),
        (lambda c: c.close(5, 1.0, 1.0, source="exact", atol=1.0), "sentence of one line"),
        (lambda c: rng(5), "name must be a text"),
    ],
)
def test_bad_input_is_named(claims, call, message):
    with pytest.raises(ValueError, match=message):
        call(claims)


def test_value_with_error():
    assert with_error(0.12345, 0.0123) == "0.123 ± 0.012"
    assert with_error(1234.5, 67.0) == "1234 ± 67"
    assert with_error(12345.0, 678.0) == "12345 ± 678"
    assert with_error(0.5) == "0.5"
    assert with_error(1.0, 1.2e-6) == "1.0000000 ± 0.0000012"  # the last that is written out
    assert with_error(1.0, 1.2e-7) == "1 ± 1.2e-07"


def test_a_claim_keeps_what_it_says_of_itself(claims):
    claims.close(
        "a", 1.0, 1.0, atol=1e-9, source="s", rejects="the sign turned", after_look="six seeds stayed within 1e-9"
    )
    claims.less("b", 1.0, 2.0)
    assert claims.ledger[0]["rejects"] == "the sign turned"
    assert claims.ledger[0]["after_look"] == "six seeds stayed within 1e-9"
    assert "rejects" not in claims.ledger[1]


@pytest.mark.parametrize("remark", [{"reject": "a"}, {"rejects": " "}, {"after_look": True}])
def test_other_remarks_are_refused(claims, remark):
    with pytest.raises(ValueError, match=r"a claim takes sentences for \('rejects', 'after_look'\), got"):
        claims.between("a", 1.0, 0.0, 2.0, source="s", **remark)
    assert claims.ledger == []


# In Jupyter: what a cell that is run again does to the ledger.

BEGIN = "from sgdphysics.claims import Claims\nclaims = Claims('trial')"
LEDGER = "[(claim['name'], claim['value'], claim['passed']) for claim in claims.ledger]"


def claim(name, value, expected=None):
    return f"claims.close({name!r}, {value}, {value if expected is None else expected}, atol=1e-9, source='s')"


class Kernel(NotebookClient):
    """A kernel that runs cells one by one, with the id of their cell as JupyterLab gives it, or without."""

    def __init__(self):
        super().__init__(nbformat.v4.new_notebook(), allow_errors=True, store_widget_state=False)

    def run(self, source, cell_id=None):
        cell = nbformat.v4.new_code_cell(source)
        self.nb.cells.append(cell)
        with mock.patch.object(self.kc.session, "msg", partial(self.kc.session.msg, metadata={"cellId": cell_id})):
            self.execute_cell(cell, len(self.nb.cells) - 1)
        return cell.outputs

    def ledger(self):
        return eval(self.run(LEDGER)[0].data["text/plain"])


class Here:
    """What claims ask of the IPython that runs them, in this process; runs cells as Kernel does."""

    def __init__(self):
        self.events = EventManager(self, {"post_execute": lambda: None})
        self.history_manager, self.execution_count = SimpleNamespace(input_hist_raw=[]), 0
        self.names, self.published = {}, []

    def get_parent(self):
        return {"metadata": {"cellId": self.cell_id}}

    def publish(self, data):
        self.published.append(nbformat.v4.new_output("display_data", data))

    def run(self, source, cell_id=None):
        self.cell_id, self.published = cell_id, []
        self.history_manager.input_hist_raw.append(source)
        self.execution_count += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(source, self.names)
            except Exception as error:
                self.published.append(nbformat.v4.new_output("error", evalue=str(error)))
            self.events.trigger("post_execute")
        return [nbformat.v4.new_output("stream", text=printed.getvalue()), *self.published]

    def ledger(self):
        return eval(LEDGER, self.names)


@pytest.fixture(params=["elsewhere", "here"])
def kernel(monkeypatch, request):
    monkeypatch.setenv("BOOK_STATIC", "")
    monkeypatch.delenv("BOOK_STATIC")  # and so once more at the end, whatever a cell has set
    if request.param == "here":
        here = Here()
        monkeypatch.setattr(IPython, "get_ipython", lambda: here)
        monkeypatch.setattr(IPython.display, "publish_display_data", here.publish)
        here.run(BEGIN)
        yield here
        return
    kernel = Kernel()
    with kernel.setup_kernel():
        kernel.run(BEGIN)
        yield kernel


def error_of(outputs):
    return [output.evalue for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("identified", [True, False], ids=["cells with ids", "cells without ids"])
def test_a_cell_run_again_replaces_its_claims_in_their_place(kernel, identified):
    cells = {"one": f"{claim('a', 1.0)}\n{claim('b', 2.0)}", "two": claim("c", 3.0)}
    for cell in ("one", "two", "one", "one"):
        assert error_of(kernel.run(cells[cell], identified and cell)) == []
    assert kernel.ledger() == [("a", 1.0, True), ("b", 2.0, True), ("c", 3.0, True)]


def test_a_cell_that_was_changed_replaces_what_it_claimed(kernel):
    kernel.run(f"{claim('a', 1.0)}\n{claim('b', 2.0)}", "one")
    kernel.run(claim("c", 3.0), "two")
    assert error_of(kernel.run(f"{claim('a', 10.0)}\n{claim('another', 20.0)}", "one")) == []
    assert kernel.ledger() == [("a", 10.0, True), ("another", 20.0, True), ("c", 3.0, True)]


@pytest.mark.parametrize("identified", [True, False], ids=["cells with ids", "cells without ids"])
def test_a_claim_that_failed_can_be_put_right(kernel, identified):
    kernel.run(claim("first", 0.0))
    assert error_of(kernel.run(f"{claim('a', 1.0)}\n{claim('b', 1.0, 2.0)}", identified and "one"))
    kernel.run(claim("last", 0.0))
    assert error_of(kernel.run(f"{claim('a', 1.0)}\n{claim('b', 2.0)}", identified and "one")) == []
    ledger = kernel.ledger()
    assert ledger == [("first", 0.0, True), ("a", 1.0, True), ("b", 2.0, True), ("last", 0.0, True)]


@pytest.mark.parametrize("identified", [True, False], ids=["cells with ids", "cells without ids"])
def test_another_cell_may_not_claim_the_same(kernel, identified):
    """What nbclient and nbval run has no ids: there the cells' text tells them apart."""
    kernel.run(claim("a", 1.0), identified and "one")
    copied = claim("a", 1.0) + ("" if identified else "  # in another cell")
    (error,) = error_of(kernel.run(copied, identified and "two"))
    assert error.endswith("'a' was claimed before; to begin anew, run the cell that makes the Claims")
    assert kernel.ledger() == [("a", 1.0, True)]


def test_one_run_may_not_claim_the_same_twice(kernel):
    for _ in range(2):
        (error,) = error_of(kernel.run(f"{claim('a', 1.0)}\n{claim('a', 1.0)}", "one"))
        assert "'a' was claimed before" in error
    assert kernel.ledger() == [("a", 1.0, True)]


# What a kernel shows of a cell's claims.


def shown(outputs):
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


def test_a_kernel_shows_the_figures_of_a_cells_claims_once(kernel):
    outputs = kernel.run(f"{claim('a < b', 1.0)}\n{claim('b', 2.5)}")
    assert [output.text for output in outputs if output.output_type == "stream"] == ["PASS  a < b\nPASS  b\n"]
    (html,) = shown(outputs)
    assert "✓ 2 checks" in html and "a &lt; b" in html and "<b>2.5</b>" in html
    assert shown(kernel.run("1 + 1")) == []
    failed = kernel.run(claim("c", 1.0, 3.0))
    assert "✗ 1 of 1 check failed" in shown(failed)[0]
    assert shown(kernel.run("import os; os.environ['BOOK_STATIC'] = '1'\n" + claim("d", 1.0))) == []


def test_figures_of_each_kind_of_claim(claims):
    claims.agrees("x", [0.98, 1.0], 1.0, se=0.01, source="exact & known", rejects="the sign turned")
    claims.close("y", 0.5, 0.25, atol=1.0, source="identity")
    claims.between("z", 0.11, 0.03, 0.2, source="paper", after_look="six seeds")
    claims.less("w", 0.1, 0.2, se=0.01)
    plain = [figures(entry).replace("<b>", "").replace("</b>", "") for entry in claims.ledger]
    assert plain == [
        "closest to its bound, of 2: ours 0.980 ± 0.010 · expected 1 · exact &amp; known",
        "ours 0.5 · expected 0.25 within 1 · identity",
        "ours 0.11 · expected within [0.03, 0.2] · paper",
        "0.1 &lt; 0.2, by 0.100 ± 0.010",
    ]
    bound = claims.ledger[0]["tolerance"].removesuffix(", worst of 2")
    assert judged(claims.ledger[0], 7) == [
        ("allowed", bound),
        ("z", "-2.00"),
        ("seed", "7"),
        ("would fail", "the sign turned"),
    ]
    assert judged(claims.ledger[2], 0)[-1] == ("after a look", "six seeds")


def test_a_failed_claim_from_a_file_is_shown(claims, tmp_path, monkeypatch):
    """A file of claims holds NaN as text."""
    monkeypatch.chdir(tmp_path)
    claims.close("a", 1.0, 1.0, atol=1.0, source="s")
    with pytest.raises(AssertionError):
        claims.agrees("b", np.nan, 1.0, se=0.1, source="s")
    claims.table()
    ledger = json.loads((tmp_path / "_build" / "claims" / "trial.json").read_text(encoding="utf-8"))["claims"]
    assert headline(ledger) == "✗ 1 of 2 checks failed"
    assert "ours <b>nan</b>" in in_jupyter(ledger, 0)
    assert ClaimsTable(ledger).rows[1][-1] == "FAIL"
