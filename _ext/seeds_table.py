"""What the claims of the book came to under many seeds: the table that ``make claims`` writes and the page shows.

A claim with an error bar says that its z, over the seeds, is a normal number: mean 0 and variance 1. The ledgers keep
the normal scores of all its components (Student's bound being taken into account), and each claim is judged by four
questions, whose level is such that one book in a hundred whose claims are all right is given a mark by chance:

- wide, narrow: is the variance over the seeds outside the interval of chi-square? Then its error bar is wrong;
- off: is the mean over the seeds away from 0? Then it compares with something else than what is measured;
- far: is one score larger than chance allows of so many?

Claims that fail are given a mark too, and so are those that are reached at some seeds and not at others, since one
before them in their cell fails.

A claim with many components is judged by the worst of them, at a level divided by their number (Bonferroni). The scores
of one run may depend on each other, those of different seeds do not. What is the same at every seed is not judged. A
claim may have more components at some seeds than at others: whichever component a score is of, over the seeds the first
scores, the second ones and so on are normal numbers if the claim is right.
"""

from pathlib import Path

import numpy as np
from hashes import state_hash
from scipy.special import chdtr, chdtrc, chdtri, ndtr, ndtri

LEVEL = 0.01  #: how often a book without fault is given a mark
STORED = Path("chapters", "seeds.json")  #: where the table of the last run of the whole book lies


def accidents(record):
    """The errors of a run that are not those of its claims that fail."""
    known = tuple(f"AssertionError: {claim['name']}: " for claim in record["claims"] if not claim["passed"])
    return [error for error in record["errors"] if not error.startswith(known)]


def table(found):
    """The table of ``{path of a notebook: its records}``, as what JSON can hold."""
    chapters = {path: claims_of(records) for path, records in found.items() if records}
    rows = [row for claims in chapters.values() for row in claims]
    judged = sum(row["p"] is not None for row in rows)
    scores = sum(row["scores"] for row in rows)
    limits = {"each": LEVEL / (3 * max(judged, 1)), "largest": -float(ndtri(LEVEL / 6 / max(scores, 1)))}
    for row in rows:
        row["marks"] = marks(row, limits)
        del row["p"]
    return {
        "seeds": sorted({record["seed"] for records in found.values() for record in records}),
        "claims": len(rows),
        "judged": judged,
        "scores": scores,
        "largest": round(limits["largest"], 2),
        "outside": {side: sum(row.pop(side) for row in rows) for side in ("below", "above", "components")},
        "chapters": {
            path.stem: {
                "code": state_hash(path),
                "seeds": sorted(record["seed"] for record in found[path]),
                "errors": sum(len(accidents(record)) for record in found[path]),
                "claims": claims,
            }
            for path, claims in chapters.items()
        },
    }


def claims_of(records):
    """A row for each claim of a chapter, from its ``records`` with different seeds."""
    rows = {}
    for record in records:
        for claim in record["claims"]:
            rows.setdefault(claim["name"], []).append((record, claim))
    return [row(name, made, len(records)) for name, made in rows.items()]


def row(name, made, runs):
    """One claim: in how many of the ``runs`` it was tried and held, and its z over the seeds."""
    held = sum(claim["passed"] for _, claim in made)
    line = {"name": name, "runs": runs, "tried": len(made), "held": held, "scores": 0, "p": None}
    line |= {"below": 0, "above": 0, "components": 0}
    scores = [record["scores"].get(name) for record, _ in made]
    if None in scores or len(scores) < 2:
        return line | ordering([claim for _, claim in made])
    every = ([score[i] for score in scores if len(score) > i] for i in range(max(map(len, scores))))
    columns = [np.array(column, dtype=float) for column in every]  # "nan" and "inf" are text in the ledger
    moving = [column for column in columns if (column != column[0]).any()]  # what is no number does, and is marked
    if not moving:
        return line | {"n": len(columns), "mean": rounded(np.concatenate(columns).mean()), "same": True}
    return line | judged(moving, [column for column in columns if column.size == 1])


def ordering(claims):
    """The z of a claim that one number is less than another: it has a mean of its own, and is not judged."""
    z = np.array([claim["z"] for claim in claims if claim["z"] is not None], dtype=float)
    if len(z) < max(2, len(claims)):
        return {}
    return {"mean": rounded(z.mean()), "spread": rounded(z.std(ddof=1))}


def judged(columns, alone):
    """Mean and spread of the normal scores in ``columns``, one a component, and how likely those of the worst are; the
    ``alone``, of components that one seed has, count as scores."""
    n, scores = len(columns), np.concatenate([*columns, *alone])
    seeds = np.array([column.size for column in columns])
    with np.errstate(invalid="ignore"):  # an infinite score has no variance
        variance, dof = np.array([column.var(ddof=1) for column in columns]), seeds - 1
    low, high = chdtr(dof, dof * variance), chdtrc(dof, dof * variance)
    off = 2 * ndtr(-np.abs([column.mean() for column in columns]) * np.sqrt(seeds))
    p = {"narrow": 2 * n * low.min(), "wide": 2 * n * high.min(), "off": n * off.min()}
    return {
        "n": n,
        "mean": rounded(scores.mean()),
        "spread": rounded(np.sqrt(variance.mean())),
        "largest": rounded(np.abs(scores).max()),
        "scores": scores.size,
        "components": n,
        "below": int((low < 0.025).sum()),
        "above": int((high < 0.025).sum()),
        "p": p,
    }


def rounded(number):
    return round(float(number), 2)


def marks(row, limits):
    """What is wrong with a claim, as words."""
    found = ["fails"] * (row["held"] < row["tried"]) + ["not always tried"] * (row["tried"] < row["runs"])
    if row["p"] is None:
        return found
    found += [word for word, p in row["p"].items() if not p >= limits["each"]]
    return found + ["far"] * (not row["largest"] <= limits["largest"])


def spread_allowed(seeds, judged):
    """The smallest and the largest spread of a claim's one z over ``seeds`` that is given no mark."""
    tail, dof = LEVEL / 3 / max(judged, 1) / 2, seeds - 1
    return [float(np.sqrt(chdtri(dof, p) / dof)) for p in (1 - tail, tail)]


def as_text(result):
    """The table for a terminal: what each chapter came to, and then every claim."""
    lines = [headline(result), ""]
    lines += [f"{name}: {in_a_line(row)}: {row['name']}" for name, row in marked(result)] + [""]
    for name, chapter in result["chapters"].items():
        lines += [
            f"{name}: {in_short(chapter)}",
            *(f"  {in_a_line(row):<58}  {row['name']}" for row in chapter["claims"]),
        ]
    return "\n".join(lines) + "\n"


def marked(result):
    """[(chapter, row)] of the claims that were given a mark."""
    chapters = result["chapters"].items()
    return [(name, row) for name, chapter in chapters for row in chapter["claims"] if row["marks"]]


def in_short(chapter):
    """How a chapter did, in a line."""
    claims = chapter["claims"]
    held, tried = (sum(row[word] for row in claims) for word in ("held", "tried"))
    marked = sum(bool(row["marks"]) for row in claims)
    worst = largest(claims)
    parts = [f"{held} of {tried} hold over {len(chapter['seeds'])} seeds"]
    parts += [f"largest |z| {worst:.2f}"] * (worst != 0) + [f"{marked} marked"] * bool(marked)
    return ", ".join(parts + other_errors(chapter["errors"]))


def other_errors(n):
    """What is said of errors that are not of claims, which may have kept some from being tried: nothing if none."""
    return [f"{n} OTHER ERROR{'S' * (n > 1)}"] * bool(n)


def in_a_line(row):
    """What a claim came to over the seeds."""
    parts = [f"{row['held']} of {row['runs']}"]
    if row.get("same"):
        parts.append(f"z = {row['mean']:+.2f} at every seed")
    elif "mean" in row:
        parts.append(f"z = {row['mean']:+.2f} ± {row['spread']:.2f}")
    if "largest" in row:
        parts.append(f"largest {row['largest']:.2f}")
    return ", ".join(parts + [word.upper() for word in row["marks"]])


def largest(rows):
    """The largest abs(z) of some claims, 0 if none has one and nan if one is no number."""
    return float(np.max([row["largest"] for row in rows if "largest" in row], initial=0))


def how_many(result):
    """With how many seeds the chapters were run, as text."""
    counts = {name: len(chapter["seeds"]) for name, chapter in result["chapters"].items()}
    most = max(counts.values())
    fewer = ", ".join(f"{name} with {n}" for name, n in counts.items() if n < most)
    return f"{most} seeds" + f" ({fewer})" * bool(fewer)


def headline(result):
    """What the whole book came to, in some sentences."""
    rows = [row for chapter in result["chapters"].values() for row in chapter["claims"]]
    held, tried = (sum(row[word] for row in rows) for word in ("held", "tried"))
    outside, n = result["outside"], len(result["seeds"])
    accident = "".join(f" {text}." for text in other_errors(sum(one["errors"] for one in result["chapters"].values())))
    if not result["judged"]:
        return f"{held} of {tried} claims hold over {how_many(result)}.{accident}"
    low, high = spread_allowed(n, result["judged"])
    expected = 0.025 * outside["components"]
    return (
        f"{len(rows)} claims were tried with {how_many(result)}: {held} of {tried} hold. "
        f"{result['judged']} of them compare with error bars, in {outside['components']} numbers: the largest of "
        f"{result['scores']} |z| is {largest(rows):.2f}, and chance allows {result['largest']:.2f}. "
        f"The spread of z over the seeds must be 1: of a single number {low:.2f} to {high:.2f} is given no mark. "
        f"Narrower than 97.5% of chance are {outside['below']}, wider {outside['above']}, where {expected:.0f} of each "
        f"are expected.{accident}"
    )
