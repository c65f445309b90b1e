"""The figures of the page on how the book is checked are those of the ledgers, the stored runs and the tests."""

import json
import re
from types import SimpleNamespace

import method
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, SITE, missing

CLAIMS = [
    {"name": "The mean of the chain is 0", "tolerance": "|z| < 4.5"},
    {"name": "The variance of the chain is 1", "tolerance": "|z| < 4.79, worst of 4", "after_look": "two seeds"},
    {"name": "The mean is exact", "tolerance": "± 0.1"},
]
FIRST = {"held": 3, "tried": 3, "marks": [], "largest": 2.5}
SECOND = {"held": 2, "tried": 3, "marks": ["fails"]}
ONE, TWO = {"seeds": [0, 1, 2], "claims": [FIRST], "code": "1"}, {"seeds": [0, 2], "claims": [SECOND], "code": "2"}
SEEDS = {"scores": 30, "largest": 4.2, "chapters": {"one": ONE, "two": TWO}}


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A book of two chapters, three claims, two modules and three test functions."""
    ledgers = [("one", {"claims": CLAIMS[:2]}), ("two", {"claims": CLAIMS[2:]})]
    monkeypatch.setattr(method, "chapter_ledgers", lambda app: ledgers)
    for folder in ("tests/book", "tests/oracles", "tests/properties", "chapters", "code/sgdphysics/exact"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tests" / "test_here.py").write_text(
        "def test_it():\n    def test_inside(): ...\n\ndef tested(): ...\n"
    )
    (tmp_path / "tests" / "oracles" / "test_there.py").write_text("@mark\ndef test_it(): ...\ntest_more = made()\n")
    alternatives = tmp_path / "tests" / "book" / "test_alternatives_one.py"
    alternatives.write_text('TRIED = {"The variance of": "½", "The": "too short", "Another claim of the chain": 1}\n')
    (tmp_path / "tests" / "oracles" / "helper.py").write_text("def test_not_collected(): ...\n")
    for name in ("work", "exact/gibbs"):
        (tmp_path / "code" / "sgdphysics" / f"{name}.py").write_text(f"# {name}\n")
    return SimpleNamespace(srcdir=str(tmp_path))


def test_claims_and_tests_are_counted(app):
    expected = {"claims": 3, "notebooks": 2, "agreements": 2, "after a look": 1, "tried": 1}
    expected |= {"tests": 3, "oracles": 2, "properties": 0}
    assert {name: method.FIGURES[name](app) for name in expected} == expected


def test_what_was_not_run_is_said(app):
    assert "not yet" in method.seeds(app) and "not yet" in method.mutants(app)


def test_seeds_are_those_of_the_table_and_changed_chapters_are_counted(app, tmp_path, monkeypatch):
    monkeypatch.setattr(method, "state_hash", lambda path: {"one": "1", "two": "3"}[path.stem])
    (tmp_path / method.STORED).write_text(json.dumps(SEEDS))
    sentence = (
        "With 3 seeds (two with 2) 5 of 6 hold; the largest of 30 |z| is 2.50, where chance allows 4.20; "
        "1 of 2 claims was given a mark."
    )
    (tmp_path / "chapters" / "one.ipynb").touch()
    assert method.seeds(app) == f"{sentence} Since then 1 of these chapters, or what they need, changed."
    (tmp_path / "chapters" / "two.ipynb").touch()
    assert method.seeds(app) == f"{sentence} Since then 1 of these chapters, or what they need, changed."
    monkeypatch.setattr(method, "state_hash", lambda path: {"one": "1", "two": "2"}[path.stem])
    assert method.seeds(app) == sentence


def test_a_beginning_that_two_chapters_claims_share_is_refused(app, tmp_path):
    alike = CLAIMS[2] | {"name": "The variance of the wide law"}
    method.chapter_ledgers(app)[1][1]["claims"].append(alike)
    with pytest.raises(
        method.ExtensionError, match="'The variance of' in tests/book begins claims of several chapters"
    ):
        method.tried(app)


def test_mutants_are_those_of_the_run_and_a_changed_module_is_named(app, tmp_path):
    source = method.source_hash(tmp_path / "code" / "sgdphysics" / "work.py")
    rows = {"work": {"killed": 90, "timeouts": 5, "explained": 3, "open": 5, "source": source}}
    rows |= {"exact/gibbs": {"killed": 5, "timeouts": 0, "explained": 0, "open": 0, "source": "older"}}
    (tmp_path / method.MUTANTS).write_text(json.dumps(rows))
    text = method.mutants(app)
    assert text.startswith("Of 108 mutants in 2 modules 100 were noticed, 92.6%. Each of the others was looked at: 3 ")
    assert "gaps: 5." in text and text.endswith("Since then 1 of these modules changed.")


def test_a_figure_that_is_not_there_is_refused():
    role = method.Counted()
    role.text = "unicorns"
    with pytest.raises(ValueError, match="unicorns"):
        role.run()


def test_hashes_are_those_of_the_run_of_mutants():
    mutants = pytest.importorskip("mutants", reason="cosmic-ray is not installed")
    for path in mutants.modules(mutants.ROOMS):
        assert method.source_hash(path) == mutants.digest([path])
    assert method.MUTANTS == mutants.STORED.relative_to(ROOT)


def test_the_page_shows_them():
    page = SITE / "chapters" / "method.html"
    if not page.exists():
        missing("the site is not built: run  make book")
    text = " ".join(BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one("article").text.split())
    ledgers = [json.loads(path.read_text("utf-8")) for path in (ROOT / "_build" / "claims").glob("*.json")]
    made = [claim for ledger in ledgers for claim in ledger["claims"]]
    assert f"There are {len(made)} claims in {len(ledgers)} notebooks." in text
    assert all("rejects" in claim for claim in made), "the page says that each claim names what it rejects"
    assert not re.search(r"counted`|[{}]", text)
