"""The frame of every live figure: its controls, its two renderings, and one script made of its modules."""

import base64
import html
import io
import json
import math
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sgdphysics import plots, renderings

_WIDE = 740  # pixels that a page gives a figure
# JupyterLab would take the arrow keys and Enter for itself, even from a control that has the focus.
_OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
_TABS = '<div class="live-tabs" role="group" aria-label="Part of the picture"></div>'
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[\w./-]+\.js)";\n', re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|var|class) (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Slider:
    """A parameter that the reader sets, ``minimum`` to ``maximum`` in ``step``; ``value`` is where it starts.

    >>> slider = Slider("temperature", "Temperature", 0.2, 1.2, 0.05, 0.5)
    >>> slider.checked(0.567), slider.words(0.55)
    (0.55, '0.55')
    >>> 'min="0.2" max="1.2" step="0.05" value="0.5"' in slider.html(0.5)
    True
    """

    name: str
    label: str
    minimum: float
    maximum: float
    step: float
    value: float

    def __post_init__(self):
        if not self.step > 0 or not self.minimum < self.maximum:
            raise ValueError(f"slider {self.name!r} needs minimum < maximum and step > 0, got {self}")
        if not math.isclose(self.checked(self.value), self.value, abs_tol=1e-9):
            raise ValueError(f"slider {self.name!r} must start on one of its steps, got {self}")

    def checked(self, value):
        """``value`` on the slider's nearest step, where a browser puts it; ValueError unless it is within the scale."""
        if not isinstance(value, int | float | np.number) or not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.name} must be from {self.minimum} to {self.maximum}, got {value!r}")
        steps = math.floor((self.maximum - self.minimum) / self.step + 1e-9)
        place = min(math.floor((value - self.minimum) / self.step + 0.5 + 1e-9), steps)
        return round(float(self.minimum + place * self.step), 10)

    def html(self, value):
        scale = f'min="{self.minimum}" max="{self.maximum}" step="{self.step}" value="{value:.10g}"'
        return (
            f'<div class="live-knob"><label><span>{self.label}</span>'
            f'<input type="range" name="{self.name}" {scale} autocomplete="off" {_OWN_KEYS}></label>'
            f'<output aria-live="off">{self.words(value)}</output></div>'
        )

    def words(self, value):
        """The value as the reader sees it, with the decimals of the step."""
        decimals = len(f"{self.step:.10g}".partition(".")[2])
        return f"{value:.{decimals}f}".replace("-", "\u2212")


class Choice(Slider):
    """A slider over ``values``, shown as text; the parameter is the place in them, 0, 1, …, at first ``value``.

    >>> choice = Choice("weights", "Weights", ["Ising", "sphere"])
    >>> choice.words(1), 'data-words="Ising|sphere"' in choice.html(0)
    ('sphere', True)
    """

    def __init__(self, name, label, values, value=0):
        values = tuple(str(one) for one in values)
        if len(values) < 2 or any("|" in one for one in values):
            raise ValueError(f"values must be at least two, without the sign |, got {values}")
        super().__init__(name, label, 0, len(values) - 1, 1, value)
        object.__setattr__(self, "values", values)

    def words(self, value):
        return html.escape(self.values[int(value)])

    def html(self, value):
        return super().html(value).replace("<input ", f'<input data-words="{html.escape("|".join(self.values))}" ', 1)


@dataclass(frozen=True)
class Button:
    """A button that calls the module's action ``name``.

    >>> Button("shake", "Shake the pot").html().startswith('<button type="button" name="shake"')
    True
    """

    name: str
    label: str

    def html(self):
        return f'<button type="button" name="{self.name}" {_OWN_KEYS}>{self.label}</button>'


class Live:
    """An interactive figure, computed by ``<module>.js`` of this folder.

    Parameters
    ----------
    module : name of the ES module; its default export is ``live({name: module, ...})``, described in ``shared/host.js``
    controls : Sliders and Buttons, names unique
    picture : matplotlib Figure of the figure's usual state, shown without scripts and until they run
    alt : what the picture shows, in words
    caption : text under the figure, HTML
    tall : height of the moving picture where its panels stand side by side, pixels
    data : what the module's ``setup`` needs, anything that JSON holds
    moves : whether the module has a clock: then the figure gets the buttons Run and Step
    lines : as many as the sentence under the picture takes on a phone of 360 pixels
    guess : (question, answer), HTML: what to predict before looking

    ``parameters`` are the sliders' values, :meth:`set` moves them. What a notebook or a page shows is HTML that lives
    by itself, in a saved notebook too. ``view`` is the same figure as a widget, for a kernel that is to follow the
    reader's hand.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> slider = Slider("noise", "Label noise", 0.0, 1.0, 0.05, 0.5)
    >>> words = dict(alt="An empty picture.", caption="<b>A trial.</b>")
    >>> figure = Live("valley", controls=[slider], picture=Figure(), tall=300, **words)
    >>> figure.set(noise=0.33)  # to the nearest step
    >>> figure, figure.parameters
    (<Live figure valley: noise=0.35>, {'noise': 0.35})
    >>> figure.view.parameters
    {'noise': 0.35}
    """

    def __init__(self, module, *, controls, picture, alt, caption, tall, data=None, moves=True, guess=None, lines=5):
        names = [control.name for control in controls]
        if clash := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"controls must have names of their own, got {sorted(clash)} more than once")
        for argument, text in (("alt", alt), ("caption", caption)):
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{argument} must say what the figure shows, got {text!r}")
        if not isinstance(picture, Figure):
            raise ValueError(f"picture must be a matplotlib Figure of the figure's usual state, got {picture!r}")
        if guess is not None and (len(guess) != 2 or not all(guess)):
            raise ValueError(f"guess must be a question and its answer, got {guess!r}")
        self.module, self.controls, self.alt, self.caption = module, tuple(controls), alt, caption
        self._sliders = {control.name: control for control in controls if isinstance(control, Slider)}
        self._parameters = {name: slider.checked(slider.value) for name, slider in self._sliders.items()}
        self._script = bundle(module)
        self._data = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
        self._picture, self._tall, self._lines, self._moves = _data_uri(picture), tall, lines, moves
        self._guess, self._view = guess, None

    @property
    def parameters(self):
        """Where the sliders stand, {name: value}."""
        return dict(self._parameters if self._view is None else self._view.parameters)

    def set(self, **parameters):
        """Move sliders to their nearest steps: ``figure.set(temperature=0.4)``.

        ValueError for an unknown name or a value off the slider.
        """
        if unknown := set(parameters) - set(self._sliders):
            raise ValueError(f"parameters must be among {sorted(self._sliders)}, got {sorted(unknown)}")
        checked = {name: self._sliders[name].checked(value) for name, value in parameters.items()}
        self._parameters = self.parameters | checked
        if self._view is not None:
            self._view.parameters = self._parameters

    @property
    def view(self):
        """The figure as a widget of a notebook's kernel, made when it is first asked for."""
        if self._view is None:
            self._view = _view(self._script, self._markup(), self._parameters)
        return self._view

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _repr_html_(self):
        script = f"{self._script}liveFigure.attach(document);"
        return f'<style>{_source("shared/live.css")}</style>{self._markup()}<script type="module">\n{script}\n</script>'

    def _markup(self):
        return (
            f'<figure class="live" data-live="{self.module}">{self._question()}{_TABS}'
            f'<div class="live-stage" style="--live-tall:{self._tall}px">'
            f'<img class="dark-light" alt="{html.escape(self.alt)}" src="{self._picture}"></div>'
            f'<div class="live-controls" role="group" aria-label="Controls">{self._knobs()}</div>'
            f'<p class="live-says" style="--live-lines:{self._lines}" aria-hidden="true"></p>'
            '<p class="live-spoken" aria-live="polite"></p>'
            f"<figcaption>{self.caption}</figcaption>"
            f'<script type="application/json">{self._data}</script></figure>'
        )

    def _knobs(self):
        sliders = (one.html(self.parameters[one.name]) for one in self._sliders.values())
        buttons = [one.html() for one in self.controls if isinstance(one, Button)]
        for kind, label in (("run", "Run"), ("step", "Step")) if self._moves else ():
            buttons.append(f'<button type="button" class="live-{kind}" {_OWN_KEYS}>{label}</button>')
        buttons.append(f'<button type="button" class="live-enlarge" {_OWN_KEYS}>Enlarge</button>')
        return f'{"".join(sliders)}<div class="live-buttons">{"".join(buttons)}</div>'

    def _question(self):
        if self._guess is None:
            return ""
        question, answer = self._guess
        return f'<details class="live-ask"><summary><b>Guess first.</b> {question}</summary><p>{answer}</p></details>'

    def __repr__(self):
        values = ", ".join(f"{name}={value:g}" for name, value in self.parameters.items())
        return f"<Live figure {self.module}: {values}>"


class Frames(Live):
    """Pictures drawn beforehand over one or two parameters: for what takes longer to compute than a reader waits.

    Parameters
    ----------
    draw : draw(place, ...) -> matplotlib Figure; a place for each choice, 0, 1, … in its values. Every picture is drawn
        in the book's style for light paper and for dark, so it takes its colours from ``plots.COLORS`` when it draws
    describe : describe(place, ...) -> what is seen there, in a sentence
    choices : one or two Choices
    tabs : names of the panels, which are the first axes of each figure and stand side by side. Where there is no room
        for that, the picture is cut between them and one is shown at a time
    alt, caption, guess : as for Live; ``alt`` describes the picture where the sliders start

    ValueError, beside those of Live, if there is no place where all pictures can be cut.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> def draw(place):
    ...     figure = Figure(figsize=(4, 2), layout="constrained")
    ...     for ax in figure.subplots(1, 2):
    ...         ax.plot([0, place])
    ...     return figure
    >>> slope, words = Choice("slope", "Slope", ["none", "some"]), dict(alt="Two lines.", caption="<b>A trial.</b>")
    >>> Frames(draw, "slope {}".format, choices=[slope], tabs=["left", "right"], **words)
    <Live figure frames: slope=0>
    """

    def __init__(self, draw, describe, *, choices, tabs, alt, caption, guess=None):
        if not 1 <= len(choices) <= 2 or not all(isinstance(choice, Choice) for choice in choices):
            raise ValueError(f"choices must be one or two Choices, got {choices!r}")
        if len(tabs) < 2:
            raise ValueError(f"tabs must name the two or more panels of each picture, got {tabs!r}")
        shape = [len(choice.values) for choice in choices]
        places = list(np.ndindex(*shape))
        pictures, gaps = {}, []
        for theme in ("light", "dark"):
            with plots.styled(dark=theme == "dark"):
                figures = [draw(*place) for place in places]
                for figure in figures:
                    renderings.finish(figure)
                # sharp where a screen has two pixels a point, and light enough for a page
                pictures[theme] = [_data_uri(figure, dpi=200, quality=36) for figure in figures]
                gaps += [_gaps(figure, len(tabs)) for figure in figures]
        data = {"shape": shape, "says": [describe(*place) for place in places], "tabs": list(tabs)}
        data |= {"cuts": [0.0, *_common(gaps), 1.0], **pictures}
        with plots.styled():
            first = draw(*(int(choice.value) for choice in choices))
        tall = round(_WIDE * first.get_figheight() / first.get_figwidth())
        words = {"alt": alt, "caption": caption, "guess": guess}
        super().__init__("frames", controls=choices, picture=first, tall=tall, data=data, **words)


def _gaps(figure, panels):
    """[(end, start)] between neighbouring panels of a figure that was drawn, shares of its width.

    A panel's colour bar is part of it.
    """
    if len(figure.axes) < panels:
        raise ValueError(f"tabs must name panels, got {panels} names for {len(figure.axes)} axes")
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    starts = [box.x0 for box in boxes[1:panels]]
    ends = [max(box.x1 for box in boxes if box.x0 < start) for start in starts]
    return [(end / figure.bbox.width, start / figure.bbox.width) for end, start in zip(ends, starts, strict=True)]


def _common(gaps):
    """Where all pictures can be cut: the middle of what their gaps share."""
    shared = [(max(end for end, _ in same), min(start for _, start in same)) for same in zip(*gaps, strict=True)]
    if any(end > start for end, start in shared):
        raise ValueError(f"panels must leave room for a cut at the same place of every picture; their gaps: {shared}")
    return [(end + start) / 2 for end, start in shared]


def bundle(module):
    """The module and all that it imports as one script, in which ``const liveFigure`` is the module's default export.

    Imports are single lines ``import { a, b } from "./shared/file.js";`` and exports stand before a definition; the
    former are dropped, and so is the word ``export``. ValueError for any other form, a missing file, and a name defined
    twice.

    >>> script = bundle("knob")
    >>> "const liveFigure = " in script, "import {" in script
    (True, False)
    """
    owners, parts = {"liveFigure": "the bundle"}, []
    for name in _in_order_of_need(f"{module}.js", []):
        source = _source(name)
        for found in _TOP_LEVEL.findall(source):
            if found in owners:
                raise ValueError(f"{found!r} is defined in {owners[found]} and in {name}; names must be unique")
            owners[found] = name
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
        raise ValueError(f'{name}: imports must be single lines import {{ a, b }} from "./file.js";')
    source = re.sub(r"^export default ", "const liveFigure = ", source, flags=re.MULTILINE)
    source = re.sub(r"^export (?=(async )?(function|const|let|class)\b)", "", source, flags=re.MULTILINE)
    if re.search(r"^export\b", source, re.MULTILINE):
        raise ValueError(f"{name}: exports must be `export default`, or `export` before a function, const or class")
    return source


def _in_order_of_need(name, found):
    """Names of the files that ``name`` imports, before it; each is named from this folder, as in "shared/plot.js"."""
    for needed in _IMPORT.findall(_source(name)):
        needed = posixpath.normpath(posixpath.join(posixpath.dirname(name), needed))
        if needed not in found:
            _in_order_of_need(needed, found)
    if name not in found:
        found.append(name)
    return found


def _source(name):
    """Text of a file of this folder."""
    path = Path(__file__).parent / name
    if not path.is_file():
        raise ValueError(f"live figures are made of the scripts beside {Path(__file__).name}; there is no {name!r}")
    return path.read_text(encoding="utf-8")


def _data_uri(figure, dpi=160, quality=80):
    from PIL import Image, features  # matplotlib's own dependency; a WebP is a third of the PNG

    kind = "webp" if features.check("webp") else "png"  # some builds for the browser lack it
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    Image.open(drawn).convert("RGB").save(packed, format=kind, quality=quality, method=6)
    return f"data:image/{kind};base64," + base64.b64encode(packed.getvalue()).decode("ascii")


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
        _css=_source("shared/live.css"),
        markup=markup,
        parameters=dict(parameters),
    )
