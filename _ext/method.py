"""The figures of the page on how the book is checked, counted when it is built: the role {counted}`NAME`.

Claims are counted in the ledgers of this build, seeds and mutants in what ``make claims`` and ``make mutants`` keep,
test functions in the files of the tests.
"""

import ast
import hashlib
import json
import re
from pathlib import Path

from checked import chapter_ledgers
from docutils import nodes
from hashes import state_hash
from seeds_table import STORED, how_many, largest
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

MUTANTS = Path("tests", "mutants.json")
PACKAGE = Path("code", "sgdphysics")
SHORTEST = 10  #: characters of the beginning of a claim's sentence that name it


class counted(nodes.General, nodes.Inline, nodes.Element):
    """Where a figure goes, once every chapter has run."""


class Counted(SphinxRole):
    def run(self):
        if self.text not in FIGURES:
            raise ValueError(f"there is no figure {self.text!r}, only {', '.join(FIGURES)}")
        return [counted(figure=self.text)], []


def claims(app):
    return [claim for _, record in chapter_ledgers(app) for claim in record["claims"]]


def changed(app, chapters):
    """How many of the stored runs' ``chapters`` have other code since, or need other code of the package."""
    paths = {name: Path(app.srcdir, "chapters", f"{name}.ipynb") for name in chapters}
    return sum(not path.exists() or chapters[name]["code"] != state_hash(path) for name, path in paths.items())


def test_functions(app, folder):
    files = sorted(Path(app.srcdir, "tests", folder).rglob("test_*.py"))
    return sum(len(re.findall(r"^def test_|^test_\w+ = ", path.read_text("utf-8"), re.MULTILINE)) for path in files)


def tried(app):
    """The claims, by the beginning of their sentence, that a test of what claims reject names."""
    files = Path(app.srcdir, "tests", "book").glob("test_alternatives_*.py")
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    named = tuple(text for text in texts if isinstance(text, str) and len(text) >= SHORTEST)
    ledgers = chapter_ledgers(app)
    for text in named:
        meant = {chapter for chapter, record in ledgers if begins(record, text)}
        if len(meant) > 1:
            raise ExtensionError(f"{text!r} in tests/book begins claims of several chapters: {sorted(meant)}")
    return [claim for _, record in ledgers for claim in record["claims"] if claim["name"].startswith(named)]


def begins(record, text):
    return any(claim["name"].startswith(text) for claim in record["claims"])


def stored(app, path):
    """What a run kept in the file, or None."""
    path = Path(app.srcdir, path)
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def seeds(app):
    """How the claims did with other random numbers, in a sentence."""
    result = stored(app, STORED)
    if result is None:
        return "The chapters were not yet run with other seeds."
    rows = [row for chapter in result["chapters"].values() for row in chapter["claims"]]
    held, tried = (sum(row[word] for row in rows) for word in ("held", "tried"))
    marked, since = sum(bool(row["marks"]) for row in rows), changed(app, result["chapters"])
    return (
        f"With {how_many(result)} {held} of {tried} hold; the largest of {result['scores']} |z| is "
        f"{largest(rows):.2f}, where chance allows {result['largest']:.2f}; {marked or 'none'} of {len(rows)} claims "
        f"{'was' if marked == 1 else 'were'} given a mark."
    ) + f" Since then {since} of these chapters, or what they need, changed." * bool(since)


def mutants(app):
    """How many wrong lines the tests noticed, in some sentences."""
    modules = stored(app, MUTANTS)
    if not modules:
        return "The mutants were not yet tried."
    total = {word: sum(row[word] for row in modules.values()) for word in ("killed", "timeouts", "explained", "open")}
    noticed = total["killed"] + total["timeouts"]
    every = noticed + total["explained"] + total["open"]
    text = (
        f"Of {every} mutants in {len(modules)} modules {noticed} were noticed, {noticed / every:.1%}. Each of the "
        f"others was looked at: {total['explained'] or 'none'} change nothing that a test should see, and why is kept "
        f"with the tests; gaps: {total['open'] or 'none'}."
    )
    changed = sum(
        row["source"] != source_hash(Path(app.srcdir, PACKAGE, f"{name}.py")) for name, row in modules.items()
    )
    return text + f" Since then {changed} of these modules changed." * bool(changed)


def source_hash(path):
    """A hash of a module's text, "" if it is gone."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


FIGURES = {
    "claims": lambda app: len(claims(app)),
    "notebooks": lambda app: len(chapter_ledgers(app)),
    "agreements": lambda app: sum(claim["tolerance"].startswith("|z|") for claim in claims(app)),
    "after a look": lambda app: sum("after_look" in claim for claim in claims(app)),
    "tried": lambda app: len(tried(app)),
    "seeds": seeds,
    "mutants": mutants,
    "tests": lambda app: test_functions(app, ""),
    "oracles": lambda app: test_functions(app, "oracles"),
    "properties": lambda app: test_functions(app, "properties"),
}


def fill(app, doctree, docname):
    for place in list(doctree.findall(counted)):
        place.replace_self(nodes.Text(str(FIGURES[place["figure"]](app))))


def setup(app):
    app.add_role("counted", Counted())
    app.connect("doctree-resolved", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
