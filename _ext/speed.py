"""The page of how fast the book's computations are, from ``benchmarks/results.json``, which ``make bench`` writes.

``{speed} table``, ``rows``, ``growth`` and ``machine`` stand for the table, two figures and a sentence; the role
{speed}`ROW/SIDE` for how many times as long that side takes as the book's.
"""

import json
import os
from pathlib import Path

import checked
import numpy as np
from docutils import nodes
from evidence import folder
from matplotlib import pyplot as plt
from renderings import name_places, picture
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective, SphinxRole

from sgdphysics import plots, renderings

RESULTS = Path("benchmarks") / "results.json"
#: marker and colour of another way to do the work, by how its name begins
MARKS = {
    "BlackJAX": ("s", "theory"),
    "scikit-learn": ("D", "energy"),
    "numpy": ("o", "simulation"),
    "scipy": ("^", "free_energy"),
    "the book in Python": ("v", "water"),
}
BOOK = "entropy"  #: the colour of the book's own times
CAPTIONS = {
    "rows": "Time of what a reader would use instead, as a multiple of the book's. Bars span the quartiles of the "
    "rounds, mostly within the marks.",
    "growth": "Left: a step of Langevin dynamics in a double well. Middle: a step of each of 16 chains on a logistic "
    "regression, by ten cases or by all. Right: most memory in use by runs of two lengths that keep every state, each "
    "tenth or each hundredth; the line is the memory of what they keep.",
}
ALTS = {
    "rows": "Ratios of time to the book's on a log scale, a line for each computation. BlackJAX stands left of one on "
    "networks and beside it elsewhere; scikit-learn far left for one run and right for many; loops in numpy left of "
    "one or near it; whole-array numpy and quadrature mostly right. Ticks for numpy alone lie left of one.",
    "growth": "Three panels. The time of a step and chain falls with the number of chains, steeply for the book and "
    "numpy, little for BlackJAX, and the three meet. The time of an SGLD step is nearly flat in the number of cases; "
    "that of a step by the whole gradient grows in proportion. Memory lies on the line of what is kept, a little above "
    "it where few states are.",
}


def load(env):
    """The results; the page is read anew when they change."""
    path = Path(env.srcdir) / RESULTS
    env.note_dependency(str(path))
    return json.loads(path.read_text(encoding="utf-8"))


def kind(side):
    return next(word for word in MARKS if side.startswith(word))


def draw_rows(results):
    """The ratios of all rows: one line each, the first on top; the marks of a line a little apart."""
    rows = list(reversed(results["rows"].values()))
    figure, ax = plt.subplots(figsize=(plots.WIDTH, 0.36 * len(rows) + 1.5))
    handles = {"the book": ax.axvline(1, color=plots.COLORS[BOOK], lw=1.5)}
    for y, row in enumerate(rows):
        ours, *peers = row["sides"]
        one = row["times"][ours]["median"]
        if floor := row["times"].get("floor"):
            line = {"marker": "|", "ls": "", "ms": 12, "mew": 2.5, "color": plots.COLORS["neutral"]}
            (handles["numpy alone"],) = ax.plot(floor["median"] / one, y, **line)
        for place, peer in enumerate(peers):
            low, middle, high = (row["times"][peer][key] / one for key in ("low", "median", "high"))
            marker, color = MARKS[kind(peer)]
            bars = {"xerr": [[middle - low], [high - middle]], "capsize": 2}
            above = 0.15 * (len(peers) - 1) - 0.3 * place
            handles[kind(peer)] = ax.errorbar(middle, y + above, fmt=marker, color=plots.COLORS[color], **bars)
    ax.set_yticks(range(len(rows)), [name.replace("-", " ") for name in reversed(results["rows"])])
    ax.set(xscale="log", xlabel="time / the book's time", title="Right of the line the book wins")
    ax.xaxis.set_major_formatter("{x:g}")
    figure.legend(handles.values(), handles, ncols=2, loc="outside upper center", fontsize=9.5)


def draw_growth(results):
    """Time against chains and cases, memory against what is kept."""
    _, (left, middle, right) = plt.subplots(1, 3, figsize=(1.5 * plots.WIDTH, 3.4))
    table = results["chains"]
    chains = [row["chains"] for row in table]
    ours, *peers = list(table[0])[1:]
    ways = {ours: ("the book", "P", BOOK)} | {peer: (peer, *MARKS[kind(peer)]) for peer in peers}
    for side, (label, marker, color) in ways.items():
        left.plot(chains, [1e6 * row[side] for row in table], marker + "-", color=plots.COLORS[color], label=label)
    left.set(xscale="log", yscale="log", xlabel="chains", ylabel="µs a step and chain", title="More chains, less each")
    left.legend(fontsize=9.5)
    for side, label, look in (("SGLD", "SGLD, ten cases", "P-"), ("whole gradient", "all cases", "X--")):
        times = [1e6 * row[side] / 16 for row in results["cases"]]
        middle.plot([row["cases"] for row in results["cases"]], times, look, color=plots.COLORS[BOOK], label=label)
    middle.set(xscale="log", yscale="log", xlabel="cases", ylabel="µs a step and chain", title="More cases")
    middle.legend(fontsize=9.5)
    ends = [size([row["kept"] for row in results["memory"]]) / 1e6 for size in (min, max)]
    right.plot(ends, ends, color=plots.COLORS["neutral"], label="what is kept")
    for steps, look in ((min, {"ms": 10, "mfc": "none"}), (max, {"ms": 5})):
        steps = steps(row["steps"] for row in results["memory"])
        found = [(row["kept"] / 1e6, row["peak"] / 1e6) for row in results["memory"] if row["steps"] == steps]
        right.plot(*zip(*found, strict=True), "P", color=plots.COLORS[BOOK], label=f"{steps:,} steps", **look)
    right.set(xscale="log", yscale="log", xlabel="MB of states kept", ylabel="MB at most", title="Memory")
    right.legend(fontsize=9.5)


DRAWN = {"rows": draw_rows, "growth": draw_growth}


def source(name):
    """What stands for a cell of a notebook where the four renderings are drawn and named."""
    return f"{DRAWN[name].__name__}(results)\nplt.show()"


def in_units(time):
    """A time of a row, in the unit that makes it a number from 1 to 1000."""
    unit, size = next(pair for pair in (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 0)) if time["median"] >= pair[1])
    before = f" + {time['before']:.1f} s once" if time.get("before", 0.0) > 0.1 else ""
    return f"{time['median'] / (size or 1e-9):.3g} {unit}{before}"


def shown(number):
    return f"{number:#.2g}" if number < 9.95 else f"{number:.0f}"


def lines(texts):
    return nodes.line_block("", *(nodes.line("", text) for text in texts))


def table(results, chapter):
    """What was timed, and how long each side took; ``chapter`` makes a link of a chapter's name."""
    rows = []
    for name, row in results["rows"].items():
        ours, *peers = row["sides"]
        alone = f" Numpy alone: {row['floor_of']}." if "floor" in row["times"] else ""
        what = nodes.inline("", "", nodes.strong("", name.replace("-", " ")), nodes.Text(": "), chapter(row["chapter"]))
        what += nodes.Text(f". {row['work'][0].upper()}{row['work'][1:]}; one {row['unit']}.{alone}")
        sides = {ours: "the book"} | {peer: peer for peer in peers} | ({"floor": "numpy alone"} if alone else {})
        times = [in_units(row["times"][side]) for side in sides]
        rows.append([what, lines(sides.values()), lines(times), lines(shown(ratio(results, name, s)) for s in sides)])
    return checked.table("What each way takes", "speed-rows", ["what", "way", "time", "ratio"], rows)


def machine(results):
    """The sentences that say on what it was measured, when, how often, and while how much else was to be done."""
    found, rows = dict(results["machine"]), results["rows"].values()
    processor, many = found.pop("processor"), found.pop("processors")
    versions = ", ".join(f"{name} {version}" for name, version in found.items())
    dates, loads = sorted({row["date"] for row in rows}), [row["load"] for row in rows]
    wide = [100 * (time["high"] - time["low"]) / time["median"] for row in rows for time in row["times"].values()]
    return (
        f"Measured {' to '.join(dict.fromkeys((dates[0], dates[-1])))} on one of the {many} processors ({processor}) "
        f"of a machine on which meanwhile {min(loads):.0f} to {max(loads):.0f} programs wanted to compute; {versions}. "
        f"Times are medians of {min(row['rounds'] for row in rows)} rounds, whose quartiles are mostly less "
        f"than {np.quantile(wide, 0.75):.0f} % apart, at most {max(wide):.0f} %."
    )


def elementary(results):
    """What single numbers cost numpy, in nanoseconds."""
    lines = [[name, f"{1e9 * seconds:.2g} ns"] for name, seconds in results["elementary"].items()]
    return checked.table("One number, in a long array", "speed-numbers", ["what", "numpy"], lines)


class Speed(SphinxDirective):
    """``{speed} NAME``."""

    required_arguments = 1

    def run(self):
        (name,) = self.arguments
        results = load(self.env)
        if name in DRAWN:
            return [self.figure(name, results)]
        if name == "machine":
            return [nodes.paragraph("", machine(results))]
        return [elementary(results) if name == "numbers" else table(results, self.chapter)]

    def chapter(self, name):
        """A link to a chapter, which takes its title once all pages are read."""
        options = {"refdomain": "std", "reftype": "doc", "reftarget": name, "refexplicit": False, "refwarn": True}
        link = pending_xref("", nodes.inline("", name), refdoc=self.env.docname, **options)
        return link

    def figure(self, name, results):
        place = folder(self.env.app) / "speed"
        renderings.save(source(name), {"plt": plt, "results": results, DRAWN[name].__name__: DRAWN[name]}, place)
        path = place / renderings.file_name(source(name), False, False)
        page = Path(self.env.doc2path(self.env.docname)).parent
        image = nodes.image(uri=os.path.relpath(path, page), alt=ALTS[name], speed=name)
        return nodes.figure("", image, nodes.caption("", CAPTIONS[name]), ids=[f"fig-speed-{name}"])


def show_pictures(app, doctree, docname):
    """Of the four pictures, the browser takes the one for its width and theme."""
    if app.builder.format != "html":
        return
    for image in [node for node in doctree.findall(nodes.image) if "speed" in node]:
        name = image["speed"]
        modes = [(narrow, dark) for narrow in (False, True) for dark in (False, True)]
        found = {mode: folder(app) / "speed" / renderings.file_name(source(name), *mode) for mode in modes}
        (Path(app.outdir) / "_images").mkdir(parents=True, exist_ok=True)
        for path in found.values():
            (Path(app.outdir) / "_images" / path.name).write_bytes(path.read_bytes())
        address = app.builder.get_relative_uri(docname, "_images/x").rpartition("_images")[0] + "_images/"
        html = "".join(picture(address, found, image["alt"], dark) for dark in (False, True))
        if name == "growth":
            name_places(next(image.parent.findall(nodes.caption)), 3)
        image.replace_self(nodes.raw("", html, format="html"))


def ratio(results, name, side):
    """Time of a row's side over the book's, or of a way to run so many "chains-N"; of "cases", of most over fewest."""
    if name == "cases":
        return results[name][-1][side] / results[name][0][side]
    if name.startswith("chains-"):
        row = next(row for row in results["chains"] if f"chains-{row['chains']}" == name)
        return row[side] / row["dynamics.langevin"]
    row = results["rows"][name]
    return row["times"][side]["median"] / row["times"][row["sides"][0]]["median"]


class Times(SphinxRole):
    """{speed}`ROW/SIDE`: the time of that side (or of the floor), in times of the book's."""

    def run(self):
        return [nodes.Text(shown(ratio(load(self.env), *self.text.split("/"))))], []


def setup(app):
    app.add_directive("speed", Speed)
    app.add_role("speed", Times())
    app.connect("doctree-resolved", show_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
