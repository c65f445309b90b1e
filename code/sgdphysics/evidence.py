"""How claims are shown as HTML: a line that opens into sentences, figures and sources, and how each was judged."""

from html import escape

from .claims import ORDERING, with_error


def headline(claims):
    """What a cell's claims come to, in a few words.

    >>> headline([{"passed": True}, {"passed": False}])
    '✗ 1 of 2 checks failed'
    """
    if not claims:
        return "no checks"
    failed = sum(not claim["passed"] for claim in claims)
    checks = f"{len(claims)} check" + "s" * (len(claims) != 1)
    return f"✗ {failed} of {checks} failed" if failed else f"✓ {checks}"


def tick(claim):
    """Whether a claim holds, for the eye and for the ear.

    >>> tick({"passed": True})
    '<span role="img" aria-label="holds" class="holds">✓</span>'
    """
    sign, word = ("✓", "holds") if claim["passed"] else ("✗", "fails")
    return f'<span role="img" aria-label="{word}" class="{word}">{sign}</span>'


def figures(claim):
    """Ours with its error, what it is compared with, and where that comes from; of many numbers the worst.

    >>> claim = {"value": 3.52, "se": 0.017, "expected": 3.5, "tolerance": "|z| < 4.5", "source": "exact"}
    >>> figures(claim)
    'ours <b>3.520 ± 0.017</b> · expected <b>3.5</b> · exact'
    """
    tolerance, n = tolerance_and_number(claim)
    ours = bold(with_error(claim["value"], claim["se"]))
    if tolerance.startswith("less"):  # both numbers may be ours, or either
        text = f"{bold(with_error(claim['value']))} &lt; {bold(with_error(claim['expected']))}"
        if claim["se"]:  # it is that of the difference
            text += f", by {bold(with_error(claim['expected'] - claim['value'], claim['se']))}"
    elif claim["expected"] is None:
        text = f"ours {ours} · expected within {bold(tolerance)}"
    else:
        text = f"ours {ours} · expected {bold(with_error(claim['expected']))}"
        if tolerance.startswith("±"):
            text += f" within {bold(tolerance.removeprefix('± '))}"
    worst = f"closest to its bound, of {n}: " if n else ""
    source = f" · {escape(claim['source'])}" * (claim["source"] != ORDERING)
    return f"{worst}{text}{source}"


def tolerance_and_number(claim):
    """What is allowed, and of how many numbers the worst is shown, as text ("" of one).

    >>> tolerance_and_number({"tolerance": "± 0.1, worst of 7"})
    ('± 0.1', '7')
    """
    tolerance, _, n = claim["tolerance"].partition(", worst of ")
    return tolerance, n


def bold(text):
    """``text`` in bold HTML, its signs escaped.

    >>> bold("a < b")
    '<b>a &lt; b</b>'
    """
    return f"<b>{escape(text)}</b>"


def judged(claim, seed):
    """[(word, text)]: how the claim was judged, and what it says of itself.

    >>> judged({"tolerance": "|z| < 4.5", "z": 1.176, "rejects": "a loaded die"}, seed=0)
    [('allowed', '|z| < 4.5'), ('z', '+1.18'), ('seed', '0'), ('would fail', 'a loaded die')]
    """
    return [
        ("allowed", tolerance_and_number(claim)[0]),
        *([("z", f"{float(claim['z']):+.2f}")] if claim["z"] is not None else []),
        ("seed", str(seed)),
        *([("would fail", claim["rejects"])] if "rejects" in claim else []),
        *([("after a look", claim["after_look"])] if "after_look" in claim else []),
    ]


def items(claims, seed, places=None):
    """The list of ``claims``. ``places`` gives for each name the id of its item and the link of its sentence.

    >>> from sgdphysics.claims import Claims
    >>> claims = Claims("example")
    >>> claims.agrees("A die shows 3.5 on average", 3.52, 3.5, se=0.017, source="exact")
    PASS  A die shows 3.5 on average
    >>> print(items(claims.ledger, seed=0).count("<li"))
    1
    """
    lines = []
    for claim in claims:
        identifier, sentence = "", escape(claim["name"])
        if places:
            place, link = places[claim["name"]]
            identifier, sentence = f' id="{place}"', f'<a href="{link}">{sentence}</a>' if link else sentence
        details = "".join(f"<dt>{word}</dt><dd>{escape(text)}</dd>" for word, text in judged(claim, seed))
        lines.append(
            f"<li{identifier}>{tick(claim)} {sentence}\n"
            f"<details><summary>{figures(claim)}</summary><dl>{details}</dl></details></li>"
        )
    return "<ul>\n" + "\n".join(lines) + "\n</ul>"


def in_jupyter(claims, seed):
    """What a cell's claims show below the lines that they print; folds keep their mark, which jupyterlab-myst hides.

    >>> from sgdphysics.claims import Claims
    >>> claims = Claims("example")
    >>> claims.agrees("A die shows 3.5 on average", 3.52, 3.5, se=0.017, source="exact")
    PASS  A die shows 3.5 on average
    >>> print("✓ 1 check</summary>" in in_jupyter(claims.ledger, seed=0))
    True
    """
    shown = f"<details open><summary>{headline(claims)}</summary>\n{items(claims, seed)}\n</details>"
    return shown.replace("<summary>", '<summary style="list-style: revert">')
