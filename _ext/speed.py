"""The page of how fast the book's computations are, from ``benchmarks/results.json``, which ``make bench`` writes.

``{speed} table``, ``rows``, ``growth`` and ``machine`` stand for the table, two figures and a sentence; the role
{speed}`ROW/SIDE` for how many times as long that side takes as the book's.
"""

import json
import os
from pathlib import Path

import checked
from docutils import nodes
from evidence import folder
from matplotlib import pyplot as plt
from renderings import name_places, picture
from sphinx.util.docutils import SphinxDirective, SphinxRole

from sgdphysics import plots, renderings

RESULTS = Path("benchmarks") / "results.json"
MARKS = {"BlackJAX": ("s", "theory"), "scikit-learn": ("D", "energy"), "numpy": ("o", "simulation")}
OTHER = ("^", "free_energy")
CAPTIONS = {
    "rows": "Time of what a reader would use instead, as a multiple of the book's (line at one; log scale). Bars span "
    "the quartiles of the rounds; the tick is the least that the work costs, where that can be said.",
    "growth": "Left: a step and chain of Langevin dynamics in a double well. Middle: a step of 16 chains on a logistic "
    "regression, from minibatches and from all cases. Right: most memory in use, against that of the states kept.",
}
ALTS = {
    "rows": "One line for each computation, on a scale of ratios of time: marks for BlackJAX, scikit-learn, numpy and "
    "others stand left of one where they are faster than the book and right of it where they are slower; a tick on "
    "each line is the least possible time.",
    "growth": "Three panels. Time a chain falls with the number of chains and then levels, for all three programs. "
    "Time of an SGLD step hardly rises with the number of cases, that of a whole gradient in proportion. Memory lies "
    "close to the diagonal once more than a few states are kept.",
}


def load(env):
    """The results; the page is read anew when they change."""
    path = Path(env.srcdir) / RESULTS
    env.note_dependency(str(path))
    return json.loads(path.read_text(encoding="utf-8"))


def mark(side):
    """Marker and colour of another way to do the work."""
    return next((how for word, how in MARKS.items() if side.startswith(word)), OTHER)


def kind(side):
    return next((word for word in MARKS if side.startswith(word)), "other")


def draw_rows(results):
    """The ratios of all rows: one line each, the first on top."""
    rows = list(reversed(results["rows"].items()))
    figure, ax = plt.subplots(figsize=(plots.WIDTH, 0.34 * len(rows) + 1.5))
    named = set()
    for y, (_, row) in enumerate(rows):
        ours, *peers = row["sides"]
        one = row["times"][ours]["median"]
        for peer in peers:
            low, middle, high = (row["times"][peer][key] / one for key in ("low", "median", "high"))
            marker, color = mark(peer)
            label = {} if kind(peer) in named else {"label": kind(peer)}
            named.add(kind(peer))
            bars = [[middle - low], [high - middle]]
            ax.errorbar(middle, y, xerr=bars, fmt=marker, color=plots.COLORS[color], capsize=2, **label)
        if floor := row["times"].get("floor"):
            label = {} if "least" in named else {"label": "least"}
            named.add("least")
            line = {"marker": "|", "ls": "", "ms": 12, "mew": 2.5, "color": plots.COLORS["entropy"]}
            ax.plot(floor["median"] / one, y, **line, **label)
    ax.axvline(1, color=plots.COLORS["neutral"], lw=1.5)
    ax.set_yticks(range(len(rows)), [name.replace("-", " ") for name, _ in rows])
    ax.set(xscale="log", xlabel="time / the book's time", title="Right of the line the book wins")
    figure.legend(ncols=3, loc="outside upper center", fontsize=9.5, columnspacing=1.0)


def draw_growth(results):
    """Time against chains and cases, memory against what is kept."""
    _, (left, middle, right) = plt.subplots(1, 3, figsize=(1.5 * plots.WIDTH, 3.4))
    table = results["chains"]
    chains = [row["chains"] for row in table]
    for side in list(table[0])[1:]:
        marker, color = mark(side) if kind(side) != "other" else ("P", "water")
        times = [1e6 * row[side] for row in table]
        left.plot(chains, times, marker + "-", color=plots.COLORS[color], label=side.replace("dynamics.", ""))
    left.set(xscale="log", yscale="log", xlabel="chains", ylabel="µs a step and chain", title="More chains, less each")
    left.legend(fontsize=9.5)
    for side, color in (("SGLD", "simulation"), ("whole gradient", "theory")):
        found = [(row["cases"], 1e6 * row[side]) for row in results["cases"] if side in row]
        middle.plot(*zip(*found, strict=True), "o-", color=plots.COLORS[color], label=side)
    middle.set(xscale="log", yscale="log", xlabel="cases", ylabel="µs a step, 16 chains", title="More cases")
    middle.legend(fontsize=9.5)
    kept, peak = ([row[key] / 1e6 for row in results["memory"]] for key in ("kept", "peak"))
    right.plot([min(kept), max(kept)], [min(kept), max(kept)], color=plots.COLORS["theory"])
    right.plot(kept, peak, "o", color=plots.COLORS["simulation"])
    right.set(xscale="log", yscale="log", xlabel="MB of states kept", ylabel="MB at most", title="Memory")


DRAWN = {"rows": draw_rows, "growth": draw_growth}


def source(name):
    """What stands for a cell of a notebook where the four renderings are drawn and named."""
    return f"{DRAWN[name].__name__}(results)\nplt.show()"


def in_units(time):
    """A time of a row with its quartiles, in the unit that makes it a number from 1 to 1000."""
    unit, size = next(pair for pair in (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 0)) if time["median"] >= pair[1])
    size = size or 1e-9
    low, middle, high = (f"{time[key] / size:.3g}" for key in ("low", "median", "high"))
    before = f", and {time['before']:.1f} s once" if time.get("before", 0.0) > 0.1 else ""
    return f"{middle} {unit} ({low} to {high}){before}"


def cells(row, sides):
    """The times of some sides, one line each."""
    return nodes.line_block("", *(nodes.line("", f"{side}: {in_units(row['times'][side])}") for side in sides))


def table(results):
    """What was timed, and how long each side took."""
    lines = []
    for name, row in results["rows"].items():
        ours, *peers = row["sides"]
        least = f"{in_units(row['times']['floor'])}: {row['floor_of']}" if "floor" in row["times"] else "–"
        work = f"{name.replace('-', ' ')} ({row['chapter']}): {row['work']}; one {row['unit']}"
        lines.append([work, cells(row, [ours]), cells(row, peers), least])
    return checked.table("Median and quartiles", "speed-rows", ["what", "the book", "instead", "at least"], lines)


def machine(results):
    """The sentence that says where and when the machine was how busy."""
    found = dict(results["machine"])
    processor, many = found.pop("processor"), found.pop("processors")
    loads = [row["load"] for row in results["rows"].values()]
    versions = ", ".join(f"{name} {version}" for name, version in found.items())
    return (
        f"Measured on one of the {many} processors ({processor}) of a machine on which meanwhile {min(loads):.0f} to "
        f"{max(loads):.0f} programs wanted to compute; {versions}."
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
        return [{"table": table, "numbers": elementary}[name](results)]

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
    """Time of a row's side over the book's; of "cases" or "chains", that with the most over that with the fewest."""
    if name in ("cases", "chains"):
        times = [row[side] for row in results[name] if side in row]
        return times[-1] / times[0]
    row = results["rows"][name]
    return row["times"][side]["median"] / row["times"][row["sides"][0]]["median"]


class Times(SphinxRole):
    """{speed}`ROW/SIDE`: the time of that side (or of the floor), in times of the book's."""

    def run(self):
        found = ratio(load(self.env), *self.text.split("/"))
        return [nodes.Text(f"{found:.2g}" if found < 10 else f"{found:.0f}")], []


def setup(app):
    app.add_directive("speed", Speed)
    app.add_role("speed", Times())
    app.connect("doctree-resolved", show_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
