"""A number that the book computes is never typed in its text: it is claimed, printed or drawn.

What looks like a result (a decimal, a percentage, a power of ten, ±, so many times) must be an input or a cited value,
and then stands with the words around it in typed_numbers.yml, with a word on which. Years, counts, section numbers,
displayed equations, code, links and citations are not asked about.
"""

import re
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import ROOT

PAGES = [ROOT / "intro.md", *sorted((ROOT / "chapters").glob("*.ipynb")), *sorted((ROOT / "chapters").glob("*.md"))]
EXCEPTIONS = Path(__file__).with_name("typed_numbers.yml")
NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
IGNORED = re.compile(
    r"""
    ^```\w+\n.*?^```                                # code
    | \$\$.*?\$\$(?:\ \([\w.-]+\))? | \\begin\{(\w+\*?)\}.*?\\end\{\1\}  # displayed equations
    | (?<![\d.])\d+\s*(?:×|\\times)\s*\d+(?![\d.]|\s*\^)  # sizes, 8 × 8
    | `+[^`\n]+`+                                    # code, citations, references, terms
    | \]\([^)\s]*\) | https?://\S+                     # where links lead
    | \b(?:sec|section|fig|figure|eq|equation|table|chapter|theorem|version|Python)s?\.?\s+\(?[\d.]+
    """,
    flags=re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
RESULT = re.compile(
    rf"""
    {NUMBER}(?:\s*|-)(?:\\?%|percent\b|per\ cent\b|times\b|fold\b|×|\\times\b)
    | (?:±|\\pm\b|×|\\times\b)\s*{NUMBER}
    | \b10\s*\^\s*\{{?\s*[-+]?\d+ | \d[eE]-?\d+
    | \d+(?:,\d{{3}})*\.\d+
    """,
    flags=re.VERBOSE,
)


def prose(path):
    """The text of a page: of a notebook, that of its markdown cells."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def faults(text, allowed):
    """Numbers in ``text`` that look like results outside the ``allowed`` phrases, and phrases that allow none."""
    blank = IGNORED.sub(lambda match: re.sub(r"\S", " ", match[0]), text)
    free = {}
    for phrase in allowed:
        places = re.finditer(r"\s+".join(map(re.escape, str(phrase).split())), text)
        free[phrase] = [range(*place.span()) for place in places]
    used = set()
    for result in RESULT.finditer(blank):
        covering = [phrase for phrase, places in free.items() if any(result.start() in place for place in places)]
        used |= set(covering)
        if not covering:
            yield f"  {quoted(phrase_around(text, result))}: "
    yield from (f"# no number stands in  {quoted(phrase)}" for phrase in allowed if phrase not in used)


def phrase_around(text, result):
    """The result with three words before it and one after."""
    before, after = text[: result.start()], text[result.end() :]
    return " ".join(
        (re.search(r"(?:\S+\s+){0,3}\S*\Z", before)[0] + result[0] + re.match(r"\S*\s*\S*", after)[0]).split()
    )


def quoted(phrase):
    """A phrase as YAML takes it, whatever it holds."""
    return "'" + phrase.replace("'", "''") + "'"


def exceptions():
    return yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8")) or {}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_result_is_typed(path):
    found = list(faults(prose(path), exceptions().get(path.stem) or {}))
    help_ = "Claim it, print it or draw it. An input or a cited value goes into tests/book/typed_numbers.yml, with why:"
    assert not found, "\n".join([help_, f"{path.stem}:", *found])


def test_exceptions_say_why_and_belong_to_pages():
    assert set(exceptions()) <= {path.stem for path in PAGES}
    for phrases in exceptions().values():
        for phrase, why in phrases.items():
            assert re.match(r"(input|cited|exact): ?\S.{2,}", str(why)), (
                f"{phrase}: say input, cited or exact, and which"
            )


@pytest.mark.parametrize(
    "text",
    [
        "The variance is 0.137.",
        "About $T_c = 0.5673$ it boils.",
        "It is 12% too large.",
        "It is 12\\% too large, 12 percent, or 12 per cent.",
        "It is 10 times faster.",
        "a tenfold, or 10-fold, gain",
        "a gain of 3 × two",
        "one in $10^{-5}$",
        "to within 1e-12",
        "off by ± 2 steps",
        "see [the 0.3](there.md)",
        "```{tip}\nA box.\n```\nThen 0.3 of them.\n```{tip}\nA box.\n```",
    ],
)
def test_a_typed_result_is_noticed(text):
    assert list(faults(text, []))


@pytest.mark.parametrize(
    "text",
    [
        "A grid of 8 × 8, or $3 \\times 4$, sites.",
        "In 1992 Neal ran 1,000 steps on 200 cases, see section 2.4, eq. 16 and Fig. 4.",
        "{cite:t}`neal1992` and {eq}`eq-1.5`; `dt=0.05`; https://doi.org/10.1103/1.5",
        "$$\nT = 0.5\n$$ (eq-0.5)",
        "[three](chapter-0.3.md)",
        "```py\nx = 0.5\n```\n1. First\n2. Second",
        "\\begin{align}\nx = 0.5\n\\end{align}",
    ],
)
def test_what_is_no_result_passes(text):
    assert list(faults(text, [])) == []


def test_an_exception_covers_its_own_words_alone():
    text = "noise of standard\ndeviation 0.05. The error is 0.05."
    assert list(faults(text, ["standard deviation 0.05"])) == ["  'The error is 0.05.': "]
    assert list(faults("nothing", ["deviation 0.05"])) == ["# no number stands in  'deviation 0.05'"]


def test_what_is_found_can_be_pasted_into_the_exceptions():
    text = 'It\'s "near" $x = 0.5$, or\n50% of\nit: about $2 \\times 10^{-5}$ in all.'
    lines = [line + "'input: a trial'" for line in faults(text, [])]
    assert len(lines) == 4
    assert list(faults(text, yaml.safe_load("\n".join(lines)))) == []
