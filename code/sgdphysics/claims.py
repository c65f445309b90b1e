"""How a sentence of the book becomes a test: a ledger of claims, each checked where it is made."""

import html
import json
import os
import sys
import zlib
from pathlib import Path
from statistics import NormalDist

import numpy as np

from . import _checks
from .kernel import IN_BROWSER

ORDERING = "ordering"  #: the source of a claim that compares two of our own numbers
Z = 4.5  #: a claim about a random number may be off by this many standard errors: one false alarm in 150,000


def seed():
    """The book's seed: the environment variable BOOK_SEED, 0 without it.

    >>> seed()  # unless the environment variable BOOK_SEED says otherwise
    0
    """
    text = os.environ.get("BOOK_SEED", "0")
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"BOOK_SEED must be a non-negative integer, got {text!r}")
    return int(text)


def rng(name):
    """A numpy.random.Generator made from ``name`` and the book's seed: other names, or seeds, other numbers.

    >>> [int(rng(name).integers(1_000_000)) == int(rng("dice").integers(1_000_000)) for name in ("dice", "coins")]
    [True, False]
    """
    if not isinstance(name, str):
        raise ValueError(f"name must be a text, got {name!r}")
    return np.random.default_rng([seed(), zlib.crc32(name.encode())])


#: What a claim may say of itself: one wrong method or broken line that it rejects, and has been seen to; and why its
#: bound was set or moved after a look at the result, where it was.
REMARKS = ("rejects", "after_look")


class Claims:
    """The ledger of one chapter. Every check prints one line, and raises AssertionError with all figures if it fails.

    Each check also takes the :data:`REMARKS` ``rejects="…"`` and ``after_look="…"``, sentences kept with the claim.
    A sentence is claimed once in a chapter. In Jupyter a cell that is run again replaces what it claimed before, and
    its claims' figures are shown below it.

    Parameters
    ----------
    chapter : name of the chapter; :meth:`table` writes ``_build/claims/<chapter>.json``

    Examples
    --------
    >>> claims = Claims("example")
    >>> claims.agrees("A die shows 3.5 on average", 3.52, 3.5, se=0.017, source="exact")
    PASS  A die shows 3.5 on average
    >>> claims.close("Its faces sum to 21", sum(range(1, 7)), 21, atol=1e-12, source="identity")
    PASS  Its faces sum to 21
    >>> claims.between("A six is thrown one time in six", 0.17, 0.15, 0.18, source="exact: 0.1667")
    PASS  A six is thrown one time in six
    >>> claims.less("Two dice scatter less than one", 1.2, 1.7, se=0.02, rejects="the sum in place of the mean")
    PASS  Two dice scatter less than one
    >>> claims.agrees("So does a loaded one", 4.0, 3.5, se=0.1, source="exact")
    Traceback (most recent call last):
    AssertionError: So does a loaded one: value 4.0, expected 3.5, se 0.1, z 5.0; allowed |z| < 4.5 (source: exact)
    >>> [row[-1] for row in claims.table().rows]
    ['PASS', 'PASS', 'PASS', 'PASS', 'FAIL']
    """

    def __init__(self, chapter):
        if not isinstance(chapter, str) or not chapter or not all(c.isalnum() or c in "-_" for c in chapter):
            raise ValueError(f"chapter must be a file name of letters, digits, - and _, got {chapter!r}")
        self.chapter, self.ledger = chapter, []
        self._scores = {}  # of each claim by agrees, the normal scores of all its components
        self._made = []  # for each entry of the ledger: the cell that made it, and when that was run

    def agrees(self, name, measured, expected, *, se, source, z=Z, dof=None, **remarks):
        """Claim that ``measured`` equals ``expected`` within ``z`` standard errors ``se``.

        Arrays hold a claim for each component: the bound is then raised so that all together are as unlikely to
        raise a false alarm as one (Bonferroni). With ``dof`` (an ``se`` from few replicas) it is Student's bound.
        The file of :meth:`table` keeps the normal score of each: normal numbers, if claim and error bar are right.
        """
        measured, expected, se = _figures(measured=measured, expected=expected, se=se)
        z = _checks.scalar("z", z, _checks.positive)
        dof = None if dof is None else _checks.scalar("dof", dof, _checks.positive)
        if not (np.isfinite(se).all() and (se > 0).all()):
            raise ValueError(f"se must be finite and greater than zero, got {se}")
        score = (measured - expected) / se
        worst = _worst(np.abs(score))
        bound = _bound(z, measured.size, dof)
        passed = bool((np.abs(score) < bound).all())  # NaN compares false, and so fails
        entry = {"value": measured.flat[worst], "expected": expected.flat[worst], "se": se.flat[worst]}
        entry |= {"z": score.flat[worst], "scores": _normal(score, dof).ravel()}
        self._enter(name, source, passed, f"|z| < {bound:.3g}", remarks, n=measured.size, **entry)

    def close(self, name, measured, expected, *, source, atol=0.0, rtol=0.0, **remarks):
        """Claim that |measured - expected| <= atol + rtol |expected|, for every component."""
        measured, expected = _figures(measured=measured, expected=expected)
        atol, rtol = (_one(name, value) for name, value in (("atol", atol), ("rtol", rtol)))
        if not (atol >= 0 and rtol >= 0 and 0 < atol + rtol < np.inf):
            raise ValueError(f"atol and rtol must be finite, zero or more and not both zero, got {atol} and {rtol}")
        error, allowed = np.abs(measured - expected), atol + rtol * np.abs(expected)
        worst = _worst(error - allowed)
        tolerance = " + ".join([f"{atol:.3g}"] * (atol > 0) + [f"{100 * rtol:.3g}%"] * (rtol > 0))
        entry = {"value": measured.flat[worst], "expected": expected.flat[worst]}
        self._enter(name, source, bool((error <= allowed).all()), f"± {tolerance}", remarks, n=measured.size, **entry)

    def between(self, name, value, low, high, *, source, **remarks):
        """Claim that low <= value <= high, for every component."""
        low, high = (_one(name, value) for name, value in (("low", low), ("high", high)))
        if not low <= high or (low, high) == (-np.inf, np.inf):
            raise ValueError(f"low must be at most high, and one of them finite, got {low} and {high}")
        value = _numbers("value", value)
        worst = _worst(np.abs(value - (low + high) / 2))
        passed = bool(((low <= value) & (value <= high)).all())
        self._enter(name, source, passed, f"[{low:.4g}, {high:.4g}]", remarks, n=value.size, value=value.flat[worst])

    def less(self, name, smaller, larger, *, source=ORDERING, se=0.0, z=3.0, **remarks):
        """Claim that smaller < larger by more than ``z`` standard errors ``se`` of the difference."""
        smaller, larger, se = _figures(smaller=smaller, larger=larger, se=se)
        z = _checks.scalar("z", z, _checks.positive, zero=True)
        if not (np.isfinite(se).all() and (se >= 0).all()):
            raise ValueError(f"se must be finite and zero or more, got {se}")
        margin = larger - smaller
        worst = _worst(z * se - margin)
        passed = bool((margin > z * se).all())
        entry = {"value": smaller.flat[worst], "expected": larger.flat[worst]}
        if se.any():
            entry |= {"se": se.flat[worst], "z": -margin.flat[worst] / max(se.flat[worst], 1e-300)}
        tolerance = f"less by {z:g} se" if se.any() else "less"
        self._enter(name, source, passed, tolerance, remarks, n=margin.size, **entry)

    def _enter(self, name, source, passed, tolerance, remarks, *, n, value, expected=None, se=None, z=None, scores=()):
        _check_remarks(remarks)
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise ValueError(f"name must be a sentence of one line, got {name!r}")
        place, here = self._place(name), _here()
        numbers = {"value": value, "expected": expected, "se": se, "z": z}
        numbers = {key: None if number is None else float(number) for key, number in numbers.items()}
        if n > 1:
            tolerance += f", worst of {n}"
        claim = {"name": name, **numbers, "tolerance": tolerance, "source": source, "passed": passed}
        claim |= {key: remarks[key] for key in REMARKS if key in remarks}
        if here not in self._made:
            self._show_after(here)
        self.ledger.insert(place, claim)
        self._made.insert(place, here)
        if len(scores):
            self._scores[name] = [round(float(score), 4) for score in scores]
        print(f"{'PASS' if passed else 'FAIL'}  {name}")
        if not passed:
            figures = ", ".join(f"{key} {number!r}" for key, number in numbers.items() if number is not None)
            raise AssertionError(f"{name}: {figures}; allowed {tolerance} (source: {source})")

    def _place(self, name):
        """Index in the ledger of a new claim, once what it replaces has gone: what its cell claimed in an earlier run.

        Where the cell cannot be told (its front end names none, and its source was changed), a run that failed
        may be put right too. Otherwise a name that was claimed before is an error.
        """
        here = cell, _ = _here()
        failed = {made for claim, made in zip(self.ledger, self._made, strict=True) if not claim["passed"]}
        again = [i for i, made in enumerate(self._made) if made[0] == cell and made != here]
        for i in reversed(again):
            del self.ledger[i], self._made[i]
        for i, claim in enumerate(self.ledger):
            if claim["name"] == name:
                if self._made[i] == here or self._made[i] not in failed:
                    hint = "" if here == OUTSIDE else "; to begin anew, run the cell that makes the Claims"
                    raise ValueError(f"name must be new in its chapter, and {name!r} was claimed before{hint}")
                del self.ledger[i], self._made[i]
                return i
        mine = [i + 1 for i, made in enumerate(self._made) if made == here]
        return again[0] if again else max(mine, default=len(self.ledger))

    def _show_after(self, here):
        """In Jupyter, show the figures of the cell's claims when it has run. The book's pages show them themselves."""
        shell = _shell()
        if shell is None or "BOOK_STATIC" in os.environ:
            return
        from IPython.display import publish_display_data

        from .evidence import in_jupyter

        def show():
            shell.events.unregister("post_execute", show)
            claims = [claim for claim, made in zip(self.ledger, self._made, strict=True) if made == here]
            publish_display_data({"text/html": in_jupyter(claims, seed())})

        shell.events.register("post_execute", show)

    def table(self):
        """All claims as a table to show, also written as ``<chapter>.json`` for the page that gathers them.

        The file's folder is ``_build/claims`` of the book, or what the book's build names in BOOK_CLAIMS. Where it
        cannot be written the table is shown all the same, save in a build; a browser's kernel writes none.
        """
        if IN_BROWSER:
            return ClaimsTable(self.ledger)
        scores = {claim["name"]: self._scores[claim["name"]] for claim in self.ledger if claim["name"] in self._scores}
        record = {"chapter": self.chapter, "seed": seed(), "claims": self.ledger, "scores": scores}
        folder = Path(os.environ.get("BOOK_CLAIMS") or book_root() / "_build" / "claims")
        text = json.dumps(_strict(record), indent=1) + "\n"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.chapter}.json").write_text(text, encoding="utf-8")
        except OSError as error:
            if "BOOK_STATIC" in os.environ:
                raise
            print(f"The table could not be written to {folder}: {error.strerror}")
        return ClaimsTable(self.ledger)


class ClaimsTable:
    """A ledger that shows itself as an HTML table, or as lines of text.

    >>> claims = Claims("example")
    >>> claims.agrees("A die shows 3.5 on average", 3.52, 3.5, se=0.017, source="exact")
    PASS  A die shows 3.5 on average
    >>> ClaimsTable(claims.ledger)
    A die shows 3.5 on average  3.5  3.520 ± 0.017  |z| < 4.5  +1.18  exact  PASS
    """

    header = ("claim", "compared with", "ours", "allowed", "z", "source", "verdict")

    def __init__(self, ledger):
        self.rows = [_row(claim) for claim in ledger]

    def __repr__(self):
        return "\n".join("  ".join(cell for cell in row if cell) for row in self.rows)

    def _repr_html_(self):
        def line(cells, tag):
            begin = f'<{tag} style="text-align: left">'  # JupyterLab would set it to the right
            return "<tr>" + "".join(f"{begin}{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        head, body = line(self.header, "th"), "\n".join(line(row, "td") for row in self.rows)
        return f'<table class="claims"><thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table>'


def _row(claim):
    expected = "" if claim["expected"] is None else with_error(claim["expected"])
    ours = with_error(claim["value"], claim["se"])
    if claim["tolerance"].startswith("less"):  # both numbers may be ours, or either
        expected, ours = "", f"{with_error(claim['value'])} < {with_error(claim['expected'], claim['se'])}"
    z = "" if claim["z"] is None else f"{float(claim['z']):+.2f}"
    verdict = "PASS" if claim["passed"] else "FAIL"
    return (
        claim["name"],
        expected,
        ours,
        claim["tolerance"],
        z,
        claim["source"],
        verdict,
    )


def _shell():
    """The IPython that runs this code, or None."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


#: Where no cells are run.
OUTSIDE = (None, None)


def _here():
    """The cell that is being run, by its id or else its source, and the count of this execution."""
    shell = _shell()
    if shell is None:
        return OUTSIDE
    request = getattr(shell, "get_parent", dict)()
    return (
        request.get("metadata", {}).get("cellId") or shell.history_manager.input_hist_raw[-1],
        shell.execution_count,
    )


def _figures(**figures):
    """The figures as float64 arrays of one shape, NaN not excepted, or ValueError."""
    figures = {name: _numbers(name, figure) for name, figure in figures.items()}
    _checks.together(**figures)
    return np.broadcast_arrays(*figures.values())


def _numbers(name, figure):
    """``figure`` as a float64 array, in which yes and no are 1 and 0, or ValueError."""
    return _checks.real(name, float(figure) if isinstance(figure, bool | np.bool_) else figure)


def _one(name, value):
    """``value`` as a float, NaN and infinity not excepted, or ValueError."""
    return _checks.scalar(name, value, _checks.real)


def _check_remarks(remarks):
    for key, words in remarks.items():
        if key not in REMARKS or not isinstance(words, str) or not words.strip():
            raise ValueError(f"beside its figures a claim takes sentences for {REMARKS}, got {key}={words!r}")


def with_error(value, se=None):
    """``value ± se`` as text, rounded to two digits of the error. Both may come from a file of claims, NaN as text.

    >>> with_error(3.14159, 0.0123), with_error(3.14159)
    ('3.142 ± 0.012', '3.1416')
    """
    value, se = float(value), se and float(se)
    if not se or not np.isfinite(value):
        return f"{value:.5g}"
    digits = max(0, 1 - int(np.floor(np.log10(se))))
    return f"{value:.{digits}f} ± {se:.{digits}f}" if digits < 8 else f"{value:.5g} ± {se:.2g}"


def _bound(z, n, dof):
    """The bound on |z| that n components together break as rarely as one normal component breaks ``z``."""
    tail = NormalDist().cdf(-z) / n
    if dof is None:
        return -NormalDist().inv_cdf(tail)
    from scipy.special import stdtrit  # here, so that claims without dof need numpy alone

    return float(-stdtrit(dof, tail))


def _normal(score, dof):
    """The normal score that is as unlikely as Student's ``score`` with ``dof`` degrees of freedom."""
    if dof is None:
        return score
    from scipy.special import ndtri, stdtr

    return -np.sign(score) * ndtri(stdtr(dof, -np.abs(score)))


def _worst(badness):
    """Index of the worst component; NaN is worse than any number."""
    if badness.size == 0:
        raise ValueError("a claim must hold at least one number, got none")
    return int(np.argmax(np.nan_to_num(badness, nan=np.inf, posinf=np.inf)))


def _strict(record):
    """``record`` with NaN and infinities, which JSON does not know, written as text."""
    if isinstance(record, dict):
        return {key: _strict(value) for key, value in record.items()}
    if isinstance(record, list):
        return [_strict(value) for value in record]
    return str(record) if isinstance(record, float) and not np.isfinite(record) else record


def book_root():
    """The nearest folder upwards with a _config.yml, else the working directory: a kernel may stand in a subfolder.

    >>> from pathlib import Path
    >>> book_root() in (Path.cwd(), *Path.cwd().parents)
    True
    """
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "_config.yml").exists()), here)
