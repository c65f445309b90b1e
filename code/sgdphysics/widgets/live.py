"""The frame of every live figure: its controls, its two renderings, and one script made of its modules."""

import base64
import html
import io
import json
import os
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

# JupyterLab would take the arrow keys and Enter for itself, even from a control that has the focus.
_OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
_WIDGET = "application/vnd.jupyter.widget-view+json"
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[\w./-]+\.js)";\n', re.MULTILINE)
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
    """An interactive figure, computed by ``<module>.js`` of this folder.

    Parameters
    ----------
    module : name of the ES module; its default export is ``live({name: module, ...})``, described in ``shared/host.js``
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
        return f'<style>{_source("shared/live.css")}</style>{self._markup()}<script type="module">\n{script}\n</script>'

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

    Imports are single lines ``import { a, b } from "./shared/file.js";`` and exports stand before a definition; the
    former are dropped, and so is the word ``export``. ValueError for any other form, a missing file, and a name defined
    twice.
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
        _css=_source("shared/live.css"),
        markup=markup,
        parameters=dict(parameters),
    )
