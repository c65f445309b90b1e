"""A Live figure: what it shows with and without a kernel, what it accepts, and how its scripts are put together."""

import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from sgdphysics.widgets import Button, Live, Slider, live

WIDGET = "application/vnd.jupyter.widget-view+json"


def small(**changes):
    """The knob's module with a picture that is quick to draw."""
    settings = {
        "controls": [Slider("temperature", "T", 0.1, 2.0, 0.05, 0.5), Slider("trial", "trial", 0.1, 4.0, 0.05, 2.5)],
        "picture": Figure(figsize=(1, 1)),
        "alt": 'Two bars, "p" < q.',
        "caption": "Bars.",
        "data": {"levels": [0, 1]},
    }
    return Live("knob", **settings | changes)


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)


def test_a_page_gets_html_alone(page):
    assert set(small()._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_a_notebook_gets_the_widget_too(notebook):
    figure = small()
    shown = figure._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html", WIDGET}
    assert shown[WIDGET]["model_id"] == figure.view.model_id
    assert shown["text/plain"] == "<Live figure knob: temperature=0.5, trial=2.5>"


def test_html_is_complete_and_asks_nobody():
    html = small()._repr_html_()
    assert html.count('<figure class="live" data-live="knob">') == html.count("</figure>") == 1
    assert 'alt="Two bars, &quot;p&quot; &lt; q."' in html
    assert "data:image/webp;base64," in html
    assert not re.search(r"""(src|href)=["'](?!data:)|https?://|@import|\bfetch\(|\bid=""", html)
    assert html.count("</script>") == 2
    assert re.search(r'<div class="live-controls"[^>]* hidden>', html)


def test_two_of_a_kind_share_no_name():
    first, second = small(), small()
    assert first._repr_html_() == second._repr_html_()  # no identifiers: each script takes the figures not yet alive


def test_data_cannot_end_its_script():
    figure = small(data={"levels": [0], "note": "</script><b>"})
    inside = re.search(r'<script type="application/json">(.*?)</script>', figure._repr_html_())[1]
    assert json.loads(inside)["note"] == "</script><b>"


def test_set_moves_the_sliders_of_the_widget(notebook):
    figure = small()
    figure.set(temperature=0.75)
    assert figure.view.parameters == {"temperature": 0.75, "trial": 2.5}
    figure.set(trial=np.float64(1.0))
    assert figure.view.parameters == figure.parameters == {"temperature": 0.75, "trial": 1.0}


def test_the_readers_hand_is_felt_in_python(notebook):
    figure = small()
    figure.view.set_state({"parameters": {"temperature": 1.25, "trial": 2.5}})  # as the browser sends it
    assert figure.parameters == {"temperature": 1.25, "trial": 2.5}
    assert repr(figure) == "<Live figure knob: temperature=1.25, trial=2.5>"
    figure.set(trial=3.0)
    assert figure.parameters == {"temperature": 1.25, "trial": 3.0}


def test_parameters_are_a_copy():
    figure = small()
    figure.parameters["temperature"] = 9
    assert figure.parameters["temperature"] == 0.5


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"heat": 1.0}, r"parameters must be among \['temperature', 'trial'\], got \['heat'\]"),
        ({"temperature": 2.5}, "temperature must be from 0.1 to 2.0, got 2.5"),
        ({"temperature": float("nan")}, "temperature must be from"),
        ({"temperature": "hot"}, "temperature must be from .* got 'hot'"),
    ],
)
def test_set_refuses(wanted, message):
    figure = small()
    with pytest.raises(ValueError, match=message):
        figure.set(**wanted)
    assert figure.parameters == {"temperature": 0.5, "trial": 2.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"controls": [Slider("a", "a", 0, 1, 0.1, 0), Button("a", "a")]}, r"names of their own, got \['a'\]"),
        ({"alt": " "}, "alt must say what the figure shows"),
        ({"caption": None}, "caption must say"),
        ({"picture": b"png"}, "picture must be a matplotlib Figure"),
        ({"data": {"levels": [float("nan")]}}, "not JSON compliant"),
    ],
)
def test_live_refuses(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ((0, 1, 0.1, 2), "T must be from 0 to 1, got 2"),
        ((0, 1, 0.1, None), "T must be from 0 to 1, got None"),
        ((1, 1, 0.1, 1), "minimum < maximum"),
        ((0, 1, 0, 1), "step > 0"),
    ],
)
def test_slider_refuses(scale, message):
    with pytest.raises(ValueError, match=message):
        Slider("T", "T", *scale)


def test_bundle_is_one_script_without_imports():
    script = live.bundle("stove")
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert [script.count(f"function {name}(") for name in ("latticeSweep", "bringToLife", "liquidEnergy")] == [1, 1, 1]
    assert script.count("const liveFigure = ") == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {
                "a.js": 'import { b } from "./b.js";\nconst one = 1;\nexport default live();\n',
                "b.js": "const one = 2;\n",
            },
            "'one' is defined in b.js and in a.js",
        ),
        ({"a.js": "export const x = 1;\n"}, "a.js must have an `export default"),
        ({"a.js": "const x = '</script>';\nexport default live();\n"}, "must not hold </script"),
        ({"a.js": 'import "./b.js";\nexport default live();\n', "b.js": ""}, "imports must be single lines"),
        ({"a.js": "export { x };\nexport default live();\n"}, "a.js: exports must be"),
    ],
)
def test_bundle_refuses(monkeypatch, files, message):
    monkeypatch.setattr(live, "_source", files.__getitem__)
    with pytest.raises(ValueError, match=re.escape(message)):
        live.bundle("a")


def test_a_module_that_is_not_there():
    with pytest.raises(ValueError, match="there is no 'kettle.js'"):
        live.bundle("kettle")
