"""Everything interactive in the book: one object, two renderings.

A :class:`Live` figure is computed in the reader's browser by an ES module of ``live/``. On a page it is ``text/html``
that needs no server and fetches nothing; in a notebook with a kernel the same module is the front end of a widget whose
``parameters`` both sides read and set.
"""

import base64
import html
import io
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import dynamics, energies, estimators, gibbs, onsager, plots, work
from sgdphysics.fokker_planck import FokkerPlanck
from sgdphysics.lattice import LatticeGas

# JupyterLab would take the arrow keys and Enter for itself, even from a control that has the focus.
_OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
_WIDGET = "application/vnd.jupyter.widget-view+json"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|var|class) (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Slider:
    """A parameter that the reader sets, ``minimum`` to ``maximum`` in ``step``; ``value`` is where it starts."""

    name: str
    label: str
    minimum: float
    maximum: float
    step: float
    value: float

    def __post_init__(self):
        if not self.step > 0 or not self.minimum < self.maximum:
            raise ValueError(f"slider {self.name!r} needs minimum < maximum and step > 0, got {self}")
        self.checked(self.value)

    def checked(self, value):
        """``value`` as a float, or ValueError unless it is a number between ``minimum`` and ``maximum``."""
        if not isinstance(value, int | float | np.number) or not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.name} must be from {self.minimum} to {self.maximum}, got {value!r}")
        return float(value)

    def html(self):
        scale = f'min="{self.minimum}" max="{self.maximum}" step="{self.step}" value="{self.value}"'
        return (
            f'<div class="live-knob"><label><span>{self.label}</span>'
            f'<input type="range" name="{self.name}" {scale} autocomplete="off" {_OWN_KEYS}></label>'
            '<output aria-live="off"></output></div>'
        )


class Choice(Slider):
    """A slider over ``values``, shown as text; the parameter is the place in them, 0, 1, …, at first ``value``."""

    def __init__(self, name, label, values, value=0):
        values = tuple(str(one) for one in values)
        if len(values) < 2 or any("|" in one for one in values):
            raise ValueError(f"values must be at least two, without the sign |, got {values}")
        super().__init__(name, label, 0, len(values) - 1, 1, value)
        object.__setattr__(self, "values", values)

    def html(self):
        return super().html().replace("<input ", f'<input data-words="{html.escape("|".join(self.values))}" ', 1)


@dataclass(frozen=True)
class Button:
    """A button that calls the module's action ``name``."""

    name: str
    label: str

    def html(self):
        return f'<button type="button" name="{self.name}" {_OWN_KEYS}>{self.label}</button>'


class Live:
    """An interactive figure, computed by ``live/<module>.js``.

    Parameters
    ----------
    module : name of the ES module; its default export is ``live({name: module, ...})``, described in ``live/host.js``
    controls : Sliders and Buttons, names unique
    picture : matplotlib Figure of the figure's usual state, shown without scripts and until they run
    alt : what the picture shows, in words
    caption : text under the figure, HTML
    data : what the module's ``setup`` needs, anything that JSON holds

    ``parameters`` are the sliders' values, :meth:`set` moves them; with a kernel both follow the reader's hand.
    With the environment variable ``BOOK_STATIC=1`` (the book's build) only the static rendering is made.
    """

    def __init__(self, module, *, controls, picture, alt, caption, data=None):
        names = [control.name for control in controls]
        if clash := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"controls must have names of their own, got {sorted(clash)} more than once")
        for argument, text in (("alt", alt), ("caption", caption)):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{argument} must say what the figure shows, got {text!r}")
        if not isinstance(picture, Figure):
            raise ValueError(f"picture must be a matplotlib Figure of the figure's usual state, got {picture!r}")
        self.module, self.controls, self.alt, self.caption = module, tuple(controls), alt, caption
        self._sliders = {control.name: control for control in controls if isinstance(control, Slider)}
        self._parameters = {name: slider.value for name, slider in self._sliders.items()}
        self._script = bundle(module)
        self._data = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
        self._picture = _data_uri(picture)
        self._view = None

    @property
    def parameters(self):
        """Where the sliders stand, {name: value}."""
        return dict(self._parameters if self._view is None else self._view.parameters)

    def set(self, **parameters):
        """Move sliders: ``figure.set(temperature=0.4)``. ValueError for an unknown name or a value off the slider."""
        if unknown := set(parameters) - set(self._sliders):
            raise ValueError(f"parameters must be among {sorted(self._sliders)}, got {sorted(unknown)}")
        checked = {name: self._sliders[name].checked(value) for name, value in parameters.items()}
        self._parameters = self.parameters | checked
        if self._view is not None:
            self._view.parameters = self._parameters

    @property
    def view(self):
        """The widget of a notebook's kernel, made when it is first asked for."""
        if self._view is None:
            self._view = _view(self._script, self._markup(), self._parameters)
        return self._view

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if os.environ.get("BOOK_STATIC") != "1":
            shown[_WIDGET] = self.view._repr_mimebundle_()[0][_WIDGET]
        return shown

    def _repr_html_(self):
        script = f"{self._script}liveFigure.attach(document);"
        return f'<style>{_source("live.css")}</style>{self._markup()}<script type="module">\n{script}\n</script>'

    def _markup(self):
        sliders = "".join(control.html() for control in self.controls if isinstance(control, Slider))
        buttons = "".join(control.html() for control in self.controls if isinstance(control, Button))
        return (
            f'<figure class="live" data-live="{self.module}">'
            f'<div class="live-stage"><img class="dark-light" alt="{html.escape(self.alt)}" src="{self._picture}">'
            "</div>"
            f'<div class="live-controls" role="group" aria-label="Controls" hidden>{sliders}{buttons}'
            f'<button type="button" class="live-run" {_OWN_KEYS} hidden>Pause</button></div>'
            '<p class="live-says" aria-live="polite"></p>'
            f"<figcaption>{self.caption}</figcaption>"
            f'<script type="application/json">{self._data}</script></figure>'
        )

    def __repr__(self):
        values = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        return f"<Live figure {self.module}: {values}>"


class Frames(Live):
    """Pictures drawn beforehand over one or two parameters: for what takes longer to compute than a reader waits.

    Parameters
    ----------
    draw : draw(place, ...) -> matplotlib Figure; a place for each choice, 0, 1, … in its values
    describe : describe(place, ...) -> what is seen there, in a sentence
    choices : one or two Choices
    alt, caption : as for Live; ``alt`` describes the picture where the sliders start
    """

    def __init__(self, draw, describe, *, choices, alt, caption):
        if not 1 <= len(choices) <= 2 or not all(isinstance(choice, Choice) for choice in choices):
            raise ValueError(f"choices must be one or two Choices, got {choices!r}")
        shape = [len(choice.values) for choice in choices]
        places = list(np.ndindex(*shape))
        first = draw(*(int(choice.value) for choice in choices))
        width, height = first.get_size_inches()
        data = {
            "width": width,
            "height": height,
            "shape": shape,
            "frames": [_data_uri(draw(*place), dpi=110) for place in places],
            "says": [describe(*place) for place in places],
        }
        super().__init__("frames", controls=choices, picture=first, alt=alt, caption=caption, data=data)


def bundle(module):
    """The module and all that it imports as one script, in which ``const liveFigure`` is the module's default export.

    Imports are single lines ``import { a, b } from "./file.js";`` and exports stand before a definition; the former are
    dropped, and so is the word ``export``. ValueError for any other form, a missing file, and a name defined twice.
    """
    owners, parts = {"liveFigure": "the bundle"}, []
    for name in _in_order_of_need(module, []):
        source = _source(f"{name}.js")
        for found in _TOP_LEVEL.findall(source):
            if found in owners:
                raise ValueError(f"{found!r} is defined in {owners[found]} and in {name}.js; names must be unique")
            owners[found] = f"{name}.js"
        parts.append(_without_imports_and_exports(source, name))
    script = "".join(parts)
    if "const liveFigure = " not in parts[-1]:
        raise ValueError(f"{module}.js must have an `export default live({{...}});`")
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise ValueError(f"{module}.js and what it imports must not hold </script or <!--, which would end the script")
    return script


def _without_imports_and_exports(source, name):
    source = _IMPORT.sub("", source)
    if re.search(r"^import\b", source, re.MULTILINE):
        raise ValueError(f'{name}.js: imports must be single lines import {{ a, b }} from "./file.js";')
    source = re.sub(r"^export default ", "const liveFigure = ", source, flags=re.MULTILINE)
    source = re.sub(r"^export (?=(async )?(function|const|let|class)\b)", "", source, flags=re.MULTILINE)
    if re.search(r"^export\b", source, re.MULTILINE):
        raise ValueError(f"{name}.js: exports must be `export default`, or `export` before a function, const or class")
    return source


def _in_order_of_need(module, found):
    for needed in _IMPORT.findall(_source(f"{module}.js")):
        if needed not in found:
            _in_order_of_need(needed, found)
    if module not in found:
        found.append(module)
    return found


def _source(filename):
    """Text of a file of live/, which lies in the package when installed and beside code/ in the repository."""
    here = Path(__file__).parent
    for folder in (here / "live", here.parents[1] / "live"):
        if (folder / filename).is_file():
            return (folder / filename).read_text(encoding="utf-8")
    raise ValueError(f"live figures are made of files in live/; there is no {filename!r}")


def _data_uri(figure, dpi=160):
    from PIL import Image  # matplotlib's own dependency; a WebP is a third of the PNG

    png, webp = io.BytesIO(), io.BytesIO()
    figure.savefig(png, format="png", dpi=dpi)
    Image.open(png).convert("RGB").save(webp, format="webp", quality=80, method=6)
    return "data:image/webp;base64," + base64.b64encode(webp.getvalue()).decode("ascii")


def _view(script, markup, parameters):
    import anywidget  # with traitlets, needed in a notebook alone
    import traitlets

    class LiveView(anywidget.AnyWidget):
        _esm = traitlets.Unicode().tag(sync=True)
        _css = traitlets.Unicode().tag(sync=True)
        markup = traitlets.Unicode().tag(sync=True)
        parameters = traitlets.Dict().tag(sync=True)

    return LiveView(
        _esm=script + "export default liveFigure;\n",
        _css=_source("live.css"),
        markup=markup,
        parameters=dict(parameters),
    )


def stove():
    """The stove: a lattice gas in a half-full pot, shaken, then left alone at a temperature and gravity to choose."""
    temperature, gravity = 0.45, 0.02
    gas = LatticeGas(40, 56, gravity=gravity)
    data = {"height": gas.height, "width": gas.width, "molecules": gas.height * gas.width // 2}
    n, traces = _from_shaken(gas, data["molecules"], temperature, records=1000)
    return Live(
        "stove",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.2, 1.2, 0.01, temperature),
            Slider("gravity", "Gravity <i>g</i>", 0.0, 0.1, 0.005, gravity),
            Button("shake", "Shake the bottle"),
        ],
        picture=_stove_picture(n, traces, temperature),
        alt="A closed pot, half full. Blue water lies at the bottom and a few molecules of vapour hover above it. "
        "Beside it, two curves start from a shaken pot: the shares of sites taken below and above part and reach "
        "the exact densities of water and vapour, and the energy of a molecule falls to its exact value.",
        caption="<b>The stove.</b> Molecules hop to empty neighbouring sites, attract each other and have weight. "
        "Heat the pot: energy wants drops, entropy wants room, and temperature decides between them. "
        "Dashed: Onsager's exact values for an endless pot without gravity, which presses the water a little denser "
        "and thins the vapour.",
        data=data,
    )


def _from_shaken(gas, n_molecules, temperature, records, sweeps=16):
    """A shaken pot after ``records`` times ``sweeps`` sweeps, and what was measured on the way, shape (3, records)."""
    rng = np.random.default_rng(0)
    n, measured = gas.scattered(n_molecules, rng=rng), []
    for _ in range(records):
        n = gas.sweep(n, sweeps, temperature=temperature, rng=rng)
        measured.append(_water_vapour_energy(n))
    return n, np.array(measured).T


def _water_vapour_energy(n):
    """Shares of sites taken deep in the water and well above it, energy of a molecule there; as in live/stove.js."""
    half = len(n) // 2
    water, above = n[3 : half - 6], n[4 : half - 5]
    bonds = np.sum(water * (np.roll(water, -1, axis=1) + above))
    return water.mean(), n[half + 6 : -1].mean(), -bonds / water.sum()


def _stove_picture(n, traces, temperature):
    with plots.styled():
        figure = Figure(figsize=(7, 3.6))
        left, right = figure.subfigures(1, 2)
        plots.pot(left.subplots(), n)
        top, bottom = right.subplots(2, 1, sharex=True)
        for trace, color, words in zip(traces, ("simulation", "water", "energy"), ("water", "vapour", ""), strict=True):
            axis = bottom if color == "energy" else top
            plots.theory(axis, np.arange(len(trace)), trace, words, color=plots.COLORS[color], lw=1)
        for value in onsager.coexisting_densities(temperature):
            top.axhline(value, color=plots.COLORS["theory"], ls="--")
        bottom.axhline(onsager.liquid_energy(temperature), color=plots.COLORS["theory"], ls="--")
        top.set(title="Share of sites taken", ylim=(-0.02, 1.05), yticks=(0, 0.5, 1))
        bottom.set(title="Energy of a molecule in the water", ylim=(-2.05, -0.95), xticks=(), xlabel="time →")
    return figure


def knob():
    """The knob: F[p] = ⟨E⟩ - T S[p] of six states at a chosen T, for a p that the reader pulls off Boltzmann's."""
    levels, temperature, trial = [0, 1, 1, 2, 2, 2], 0.5, 2.5
    return Live(
        "knob",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.1, 2.0, 0.05, temperature),
            Slider("trial", "Trial temperature of <i>p</i>", 0.1, 4.0, 0.05, trial),
            Slider("moved", "Put in the last state", 0.0, 0.9, 0.05, 0.0),
        ],
        picture=_knob_picture(levels, temperature, trial),
        alt="Left: the shares of six states, of energy 0, 1, 1, 2, 2, 2; too many are in the states of high energy, "
        "compared with Boltzmann's distribution. Right: along a family of distributions energy rises, minus T times "
        "entropy falls, and their sum F has its minimum at Boltzmann's distribution. The chosen one lies above it "
        "by T times the KL divergence.",
        caption="<b>The knob.</b> Pull the distribution <i>p</i> and watch what it costs. Energy alone would put "
        "everything into the lowest state, entropy alone would treat all states alike; <i>F</i> weighs them "
        "by <i>T</i>, and Boltzmann's distribution costs least.",
        data={"levels": levels},
    )


def _knob_picture(levels, temperature, trial):
    levels, trials = np.array(levels, float), np.linspace(0.05, 4.0, 160)
    family, mine = gibbs.boltzmann(levels, trials), gibbs.boltzmann(levels, trial)
    costs = gibbs.free_energy(family, levels, temperature)
    least, cost = (gibbs.free_energy(p, levels, temperature) for p in (gibbs.boltzmann(levels, temperature), mine))
    with plots.styled():
        figure = Figure(figsize=(7, 3.4))
        left, right = figure.subplots(1, 2)
        states = np.arange(levels.size)
        left.bar(states, mine, width=0.68, color=plots.COLORS["simulation"])
        left.hlines(gibbs.boltzmann(levels, temperature), states - 0.44, states + 0.44, plots.COLORS["theory"], lw=2.5)
        left.set(title="Share p of each state", xlabel="energy of the state", xticks=states)
        left.set_xticklabels([f"{level:g}" for level in levels])
        plots.name(left, 0.5, gibbs.boltzmann(levels, temperature)[0], "Boltzmann", color=plots.COLORS["theory"])
        plots.theory(right, trials, family @ levels, "⟨E⟩", color=plots.COLORS["energy"], lw=1.5)
        plots.theory(right, trials, costs - family @ levels, "−TS", color=plots.COLORS["entropy"], lw=1.5)
        plots.theory(right, trials, costs, "F[p]", color=plots.COLORS["free_energy"], lw=3)
        right.axhline(least, color=plots.COLORS["theory"], ls="--", lw=1.5)
        right.plot([trial, trial], [least, cost], color=plots.COLORS["simulation"], lw=3)
        plots.simulation(right, [trial], [cost], ms=9)
        plots.name(right, trial, cost, f"T·KL = {cost - least:.2f}", color="black", offset=(-8, 14), ha="right")
        right.set(title="Energy, entropy and their sum F", xlabel="trial temperature of p")
    return figure


def particle():
    """The particle: 600 of them in a double well, from all in the left one to exp(-E/T)/Z, at a T to choose."""
    data = {"barrier": 1.0, "dt": 0.004, "particles": 600}
    temperature = 0.35
    return Live(
        "particle",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.1, 1.2, 0.01, temperature),
            Button("restart", "Start again"),
        ],
        picture=_particle_picture(temperature, **data),
        alt="Two wells with a barrier between them and particles in both. Below, the histogram of their positions lies "
        "on the exact density, two humps of equal height. Beside it, the share of particles in the right well rises "
        "from none to one half.",
        caption="<b>The particle.</b> All start in the left well. Heat kicks them over the barrier, the colder the "
        "more rarely, and their histogram becomes Boltzmann's density <i>exp(&minus;E/T)/Z</i>: for a learner, the "
        "posterior.",
        data=data,
    )


def _particle_picture(temperature, *, barrier, dt, particles):
    well, places = energies.DoubleWell(barrier), np.linspace(-2.2, 2.2, 221)
    run = dynamics.langevin(
        well,
        np.full((particles, 1), -1.0),
        dt=dt,
        n_steps=10_000,
        temperature=temperature,
        rng=np.random.default_rng(0),
        thin=20,
    )
    weight = np.exp(-well.energy(places[:, None]) / temperature)
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["energy", "share"], ["density", "share"]], width_ratios=[1.3, 1])
        plots.theory(axes["energy"], places, well.energy(places[:, None]), color=plots.COLORS["energy"])
        q = run.q[-1, :, 0]
        lift = 0.08 + 0.04 * (np.arange(particles) % 9)
        axes["energy"].plot(q, well.energy(q[:, None]) + lift, ".", color=plots.COLORS["simulation"], alpha=0.4, ms=4)
        axes["energy"].set(title="Energy E(q), and the particles", xlim=(-2.2, 2.2), ylim=(-0.1, 2.6), yticks=(0, 1, 2))
        axes["density"].hist(q, bins=44, range=(-2.2, 2.2), density=True, rwidth=0.8, color=plots.COLORS["simulation"])
        plots.theory(axes["density"], places, weight / np.trapezoid(weight, places))
        axes["density"].set(
            title="Where they are, and exp(−E/T)/Z", xlabel="position q", xlim=(-2.2, 2.2), yticks=(0, 1)
        )
        times = 20 * dt * np.arange(1, len(run.q) + 1)
        plots.theory(axes["share"], times, np.mean(run.q[..., 0] > 0, axis=1), color=plots.COLORS["simulation"])
        axes["share"].axhline(0.5, color=plots.COLORS["theory"], ls="--")
        axes["share"].set(title="Share in the right well", xlabel="time", ylim=(0, 0.7), yticks=(0, 0.25, 0.5))
    return figure


def leapfrog():
    """Leapfrog and hybrid Monte Carlo in a valley: step size, number of steps and memory of the momentum to choose."""
    covariance, step_size, leaps = [[1.0, 0.85], [0.85, 1.0]], 0.62, 8
    return Live(
        "leapfrog",
        controls=[
            Slider("stepSize", "Step size <i>ε</i>", 0.05, 0.9, 0.01, step_size),
            Slider("leaps", "Leapfrog steps <i>L</i>", 1, 40, 1, leaps),
            Slider("alpha", "Momentum kept, <i>α</i>", 0.0, 0.99, 0.01, 0.0),
            Button("hurry", "500 at once"),
            Button("restart", "Start again"),
        ],
        picture=_leapfrog_picture(covariance, step_size, leaps),
        alt="Left: a long diagonal valley seen from above, with many small dots that fill it and one trajectory that "
        "runs along it. Right: along that trajectory the total energy rises and falls a little around zero, and the "
        "histogram of the places where trajectories ended lies on the exact normal curve.",
        caption="<b>Leapfrog and the test.</b> A trajectory gets a momentum, makes <i>L</i> leapfrog steps of size "
        "<i>ε</i>, and is accepted by what they did to the total energy <i>H</i>. Short steps keep <i>H</i> and get "
        "nowhere; beyond a limit set by the valley's width <i>H</i> explodes. The histogram is right in any case.",
        data={"covariance": covariance},
    )


def _leapfrog_picture(covariance, step_size, leaps):
    well, rng = energies.Gaussian([0.0, 0.0], covariance), np.random.default_rng(1)
    run = dynamics.hamiltonian_monte_carlo(
        well, [0.0, 0.0], step_size=step_size, n_leapfrog=leaps, n_trajectories=2000, rng=rng
    )
    states = [(run.q[-1], rng.standard_normal(2))]
    for _ in range(leaps):
        states.append(dynamics.leapfrog(well, *states[-1], step_size=step_size, n_steps=1))
    path, rises = np.array([q for q, _ in states]), [dynamics.total_energy(well, q, p) for q, p in states]
    turn, places = np.linspace(0, 2 * np.pi, 120), np.linspace(-3.6, 3.6, 121)
    ellipse = np.linalg.cholesky(covariance) @ [np.cos(turn), np.sin(turn)]
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["plane", "rise"], ["plane", "places"]], width_ratios=[1.25, 1])
        for radius in (1, 2):
            plots.theory(axes["plane"], *(radius * ellipse), lw=1.5)
        axes["plane"].plot(*run.q[-400:].T, ".", color=plots.COLORS["simulation"], alpha=0.45, ms=4)
        axes["plane"].plot(*path.T, ".-", color="black", lw=1.2)
        axes["plane"].plot(*path[0], "o", color=plots.COLORS["simulation"], ms=8)
        axes["plane"].set(title="The valley, seen from above", xlabel="$q_1$", xlim=(-3.6, 3.6), ylim=(-3.6, 3.6))
        plots.theory(axes["rise"], range(leaps + 1), np.zeros(leaps + 1), lw=1.5)
        plots.theory(axes["rise"], range(leaps + 1), np.array(rises) - rises[0], color=plots.COLORS["energy"])
        axes["rise"].set(
            title="Rise of the total energy H", xlabel="leapfrog steps", ylim=(-1.2, 1.2), yticks=(-1, 0, 1)
        )
        axes["places"].hist(run.q[:, 0], bins=36, range=(-3.6, 3.6), density=True, color=plots.COLORS["simulation"])
        plots.theory(axes["places"], places, np.exp(-(places**2) / (2 * covariance[0][0])) / np.sqrt(2 * np.pi))
        axes["places"].set(title="Where they ended", xlabel="$q_1$", yticks=())
    return figure


def bottle():
    """The bottle: 600 particles shaken in one hollow of a double well, their density, and its divergence."""
    data = {"barrier": 1.0, "dt": 0.004, "particles": 600}
    temperature, shake = 0.4, 0.5
    return Live(
        "bottle",
        controls=[
            Slider("temperature", "Temperature <i>T</i>", 0.15, 1.2, 0.01, temperature),
            Slider("shake", "Strength of the shake", 0.1, 1.0, 0.05, shake),
            Button("again", "Shake again"),
        ],
        picture=_bottle_picture(temperature, shake, **data),
        alt="Two hollows with a barrier between them and particles in both, more in the left one. Below, the histogram "
        "of their positions lies on the solution of the Fokker-Planck equation, not yet on the symmetric equilibrium. "
        "Beside it, the divergence from equilibrium falls steeply at first and then along a straight line on a "
        "logarithmic scale.",
        caption="<b>The bottle.</b> A shake throws each particle about in the left hollow. Each hollow settles at "
        "once; to share the two takes far longer, and exponentially so when it is cold. At a fixed temperature the "
        "divergence from equilibrium only falls: for the equation exactly, for 600 particles up to noise.",
        data=data,
    )


def shaken_density(grid, strength):
    """Probabilities of the cells of ``grid``: all particles at -1, thrown by normal numbers times ``strength``."""
    weights = np.exp(-(((grid.centers + 1.0) / strength) ** 2) / 2)
    return weights / weights.sum()


def _bottle_picture(temperature, shake, *, barrier, dt, particles, looks=60):
    well, rng = energies.DoubleWell(barrier), np.random.default_rng(0)
    grid = FokkerPlanck(well, -3.0, 3.0, 120, temperature=temperature)
    density = grid.evolve(shaken_density(grid, shake), dt=25 * dt, n_steps=looks)
    start = np.clip(-1.0 + shake * rng.standard_normal((particles, 1)), -3.0, 3.0)
    run = dynamics.langevin(well, start, dt=dt, n_steps=25 * looks, temperature=temperature, rng=rng, thin=25)
    expected = grid.equilibrium.reshape(30, 4).sum(axis=1)
    counted = np.array([grid.histogram(q).reshape(30, 4).sum(axis=1) for q in run.q])
    with plots.styled():
        figure = Figure(figsize=(7, 3.8))
        axes = figure.subplot_mosaic([["energy", "kl"], ["density", "kl"]], width_ratios=[1.15, 1])
        q, places = run.q[-1, :, 0], np.linspace(-2.2, 2.2, 161)
        plots.theory(axes["energy"], places, well.energy(places[:, None]), color=plots.COLORS["energy"])
        lift = 0.08 + 0.04 * (np.arange(particles) % 9)
        axes["energy"].plot(q, well.energy(q[:, None]) + lift, ".", color=plots.COLORS["simulation"], alpha=0.4, ms=4)
        axes["energy"].set(title="Energy E(q), and the particles", xlim=(-2.2, 2.2), ylim=(-0.1, 2.6), yticks=(0, 1, 2))
        axes["density"].bar(grid.edges[2::4], counted[-1] / 0.2, width=0.17, color=plots.COLORS["simulation"])
        axes["density"].plot(grid.centers, grid.equilibrium / grid.width, "--", color=plots.COLORS["neutral"])
        plots.theory(axes["density"], grid.centers, density[-1] / grid.width)
        axes["density"].set(title="Where they are", xlabel="position q", xlim=(-2.2, 2.2), yticks=(0, 1))
        times = 25 * dt * np.arange(looks + 1)
        grouped = density.reshape(looks + 1, 30, 4).sum(axis=2)
        filled = np.sum(expected * particles > 0.5)
        counting = (filled - 1) / (2 * particles)  # what counting adds to the divergence, as in live/bottle.js
        plots.simulation(axes["kl"], times[1:], gibbs.kullback_leibler(counted, expected) - counting, ms=2)
        plots.theory(axes["kl"], times, gibbs.kullback_leibler(grouped, expected))
        axes["kl"].set(title="Divergence from equilibrium (KL)", xlabel="time", yscale="log", ylim=(0.05, 10))
    return figure


def trap():
    """The trap: 200 particles dragged at a chosen speed, again and again; their works, and what Jarzynski finds."""
    data = {"stiffness": 4.0, "distance": 1.0, "dt": 0.02, "particles": 200}
    temperature, duration = 1.4, 1.0
    return Live(
        "trap",
        controls=[
            Slider("duration", "Time of the pull", 0.1, 8.0, 0.1, duration),
            Slider("temperature", "Temperature <i>T</i>", 0.4, 2.0, 0.05, temperature),
            Button("pull", "Pull"),
            Button("clear", "Empty the histogram"),
        ],
        picture=_trap_picture(temperature, duration, pulls=20, **data),
        alt="Left: particles in a parabolic trap, lagging behind its middle. Right: the histogram of the work of many "
        "pulls lies on a bell curve. Its mean is well above zero, the change of the free energy; Jarzynski's average "
        "is at zero within its error bar.",
        caption="<b>The trap.</b> Two hundred particles are dragged from 0 to 1, again and again. The faster, the more "
        "work is wasted and the wider it spreads; yet Jarzynski's average keeps finding &Delta;<i>F</i> = 0. Cold and "
        "fast, it hangs on paths that hardly ever come.",
        data=data,
    )


def _trap_picture(temperature, duration, *, stiffness, distance, dt, particles, pulls):
    rng, n_steps = np.random.default_rng(0), round(duration / dt)
    protocol = [energies.Harmonic(stiffness, center) for center in np.linspace(0, distance, n_steps + 1)]
    start = np.sqrt(temperature / stiffness) * rng.standard_normal((particles * pulls, 1))
    driven = work.drive(protocol, start, move=work.exact_move(dt=dt, temperature=temperature), rng=rng)
    exact = work.dragging_dissipation(distance, duration, stiffness)
    estimate, error = work.jarzynski(driven.work, temperature=temperature)
    mean, mean_error = estimators.replica_mean(driven.work)
    with plots.styled():
        figure = Figure(figsize=(7, 3.4))
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.2])
        places, q = np.linspace(-1.6, 1.6 + distance, 121), driven.q[:particles, 0]
        plots.theory(left, places, stiffness / 2 * (places - distance) ** 2, color=plots.COLORS["energy"])
        lift = 0.15 + 0.08 * (np.arange(particles) % 7)
        left.plot(q, stiffness / 2 * (q - distance) ** 2 + lift, ".", color=plots.COLORS["simulation"], alpha=0.5)
        left.set(title="The trap, and the particles", xlabel="position q", ylim=(-0.2, 5), xticks=(0, distance))
        right.hist(driven.work, bins=48, range=(-4, 8), density=True, rwidth=0.88, color=plots.COLORS["simulation"])
        works, width = np.linspace(-4, 8, 241), 4 * temperature * exact
        plots.theory(right, works, np.exp(-((works - exact) ** 2) / width) / np.sqrt(np.pi * width))
        right.axvline(0, color=plots.COLORS["neutral"], ls="--", lw=1.5)
        top = 1 / np.sqrt(np.pi * width)
        for value, se, color, words, at in (
            (estimate, error, "free_energy", "Jarzynski", 1.25 * top),
            (mean, mean_error, "energy", "mean work", 1.1 * top),
        ):
            right.errorbar(value, at, xerr=se, fmt="o", color=plots.COLORS[color], ms=8, capsize=3)
            plots.name(right, value, at, f"{words}: {value:.2f}".replace("-", "−"), color="black", offset=(14, 0))
        right.set(title=f"Work of {particles * pulls:,} paths", xlabel="work W", ylim=(0, 1.45 * top), yticks=())
    return figure


def minibatch():
    """One slope under SGD and SGLD, as the reader sets batch, step and temperature; with the exact laws."""
    x, y = _cases_on_two_sides()
    start = {"batch": 4, "step": 0.1, "temperature": 1.0}
    return Live(
        "minibatch",
        controls=[
            Slider("batch", "Batch <i>n</i>", 1, len(x), 1, start["batch"]),
            Slider("step", "Step size <i>&epsilon;A</i>", 0.02, 1.5, 0.02, start["step"]),
            Slider("temperature", "Temperature <i>T</i>", 0, 2, 0.1, start["temperature"]),
        ],
        picture=_minibatch_picture(x, y, runs=300, **start),
        alt="Left, cases at two places and straight lines through them. Right, the histograms of the slope under SGD "
        "and SGLD lie on their bell curves, that of SGLD close to the posterior and that of SGD half as wide.",
        caption="<b>Two noises.</b> The slope of a line through 40 cases, in 300 runs of SGD and 300 of SGLD. Solid "
        "lines are normal laws of the exact variance, dashed is what SGLD should sample, <i>exp(&minus;E/T)/Z</i>. "
        "Small steps let the heat win; large ones, and small batches, let the minibatches heat both alike.",
        data={"x": x.tolist(), "y": y.tolist(), "runs": 300},
    )


def _cases_on_two_sides(slope=0.8, each=20):
    """Cases at x = ±1, targets spread like a normal law: the gradient's noise is then the same at every slope."""
    spread = np.array([NormalDist().inv_cdf((i + 0.5) / each) for i in range(each)])
    x = np.repeat([-1.0, 1.0], each)
    return x, slope * x + np.tile(spread / np.std(spread), 2)


def _minibatch_picture(x, y, *, batch, step, temperature, runs):
    model = energies.LinearRegression(x[:, np.newaxis], y, noise=1.0, prior_scale=1e150)
    (mode,), ((posterior,),) = model.posterior()
    epsilon, noise = step * posterior, len(x) ** 2 / batch * np.var((mode * x - y) * x)
    q = np.linspace(-8, 8, 300)
    with plots.styled():
        figure = Figure(figsize=(7, 3.2))
        data, law = figure.subplots(1, 2, width_ratios=[1, 1.6])
        law.plot(q, _bell(q, temperature), "--", color=plots.COLORS["theory"])
        for name, heat, color in (("SGD", 0.0, "energy"), ("SGLD", temperature, "simulation")):
            run = dynamics.sgld(
                model,
                np.full((runs, 1), mode),
                step_size=epsilon,
                n_steps=400,
                batch_size=batch,
                temperature=heat,
                rng=np.random.default_rng(0),
                thin=10,
            ).q[10:, :, 0]
            color, variance = plots.COLORS[color], (heat + epsilon * noise / 4) / (1 - step / 4)
            places, look = (run.ravel() - mode) / np.sqrt(posterior), {"color": color, "alpha": 0.45}
            law.hist(places, bins=56, range=(-8, 8), density=True, **look)
            law.plot(q, _bell(q, variance), color=color, label=name)
            data.plot([-1.6, 1.6], np.outer([-1.6, 1.6], run[-1, :14]), color=color, lw=0.8, alpha=0.55)
        data.plot(x, y, "o", color=plots.COLORS["neutral"], ms=4)
        data.set(title="Cases, slopes of some runs", xlabel="x", ylim=(-3.6, 3.6))
        law.set(title="Law of the slope", xlabel="slope, in posterior standard deviations", yticks=[])
        law.legend()
    return figure


def _bell(q, variance):
    return np.exp(-(q**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
