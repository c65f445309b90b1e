"""A Live figure: what it shows with and without a kernel, what it accepts, and how its scripts are put together."""

import json
import re

import nbclient
import nbconvert
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from pages import alive, says, seen

from sgdphysics.widgets import Button, Live, Slider, live


def small(**changes):
    """The knob's module with a picture that is quick to draw."""
    settings = {
        "controls": [Slider("temperature", "T", 0.1, 2.0, 0.05, 0.5), Slider("trial", "trial", 0.1, 4.0, 0.05, 2.5)],
        "picture": Figure(figsize=(1, 1)),
        "alt": 'Two bars, "p" < q.',
        "caption": "Bars.",
        "tall": 300,
        "data": {"levels": [0, 1]},
    }
    return Live("knob", **settings | changes)


def test_a_page_and_a_notebook_get_html_that_lives_by_itself():
    """A widget would hide it: a notebook that is saved, exported or opened without its kernel shows an error there."""
    assert set(small()._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert small()._repr_mimebundle_()["text/plain"] == "<Live figure knob: temperature=0.5, trial=2.5>"


def test_the_view_is_a_widget_with_the_same_markup_and_script():
    figure = small()
    shown = figure.view._repr_mimebundle_()[0]
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.view.model_id
    assert figure.view.markup in figure._repr_html_()
    assert figure.view._esm == live.bundle("knob") + "export default liveFigure;\n"


def test_html_is_complete_and_asks_nobody():
    html = small()._repr_html_()
    assert html.count('<figure class="live" data-live="knob">') == html.count("</figure>") == 1
    assert 'alt="Two bars, &quot;p&quot; &lt; q."' in html
    assert "data:image/webp;base64," in html
    assert not re.search(r"""(src|href)=["'](?!data:)|https?://|@import|\bfetch\(|\bid=""", html)
    assert html.count("</script>") == 2
    assert html.count('class="live-says"') == html.count('aria-live="polite"') == 1


def test_two_of_a_kind_share_no_name():
    first, second = small(), small()
    assert first._repr_html_() == second._repr_html_()  # no identifiers: each script takes the figures not yet alive


def test_data_cannot_end_its_script():
    figure = small(data={"levels": [0], "note": "</script><b>"})
    inside = re.search(r'<script type="application/json">(.*?)</script>', figure._repr_html_())[1]
    assert json.loads(inside)["note"] == "</script><b>"


def test_set_moves_the_sliders_of_the_widget():
    figure = small()
    figure.set(temperature=0.75)
    assert figure.view.parameters == {"temperature": 0.75, "trial": 2.5}
    figure.set(trial=np.float64(1.0))
    assert figure.view.parameters == figure.parameters == {"temperature": 0.75, "trial": 1.0}


def test_the_readers_hand_is_felt_in_python():
    figure = small()
    figure.view.set_state({"parameters": {"temperature": 1.25, "trial": 2.5}})  # as the browser sends it
    assert figure.parameters == {"temperature": 1.25, "trial": 2.5}
    assert repr(figure) == "<Live figure knob: temperature=1.25, trial=2.5>"
    figure.set(trial=3.0)
    assert figure.parameters == {"temperature": 1.25, "trial": 3.0}


def test_set_moves_the_sliders_of_what_is_shown_next():
    figure = small()
    figure.set(temperature=1.2)
    assert 'name="temperature" min="0.1" max="2.0" step="0.05" value="1.2"' in figure._repr_html_()


@pytest.mark.parametrize(
    ("scale", "wanted", "expected"),
    [
        ((0.1, 2.0, 0.05), 0.4537, 0.45),
        ((0.1, 2.0, 0.05), 0.475, 0.5),  # between two steps a browser takes the upper one
        ((0.1, 2.0, 0.05), 2.0, 2.0),
        ((0.02, 1.5, 0.04), 1.5, 1.5),
        ((0.02, 1.5, 0.05), 1.5, 1.47),  # the last step within the scale
        ((1, 40, 1), np.int64(7), 7.0),
    ],
)
def test_python_puts_a_slider_where_every_view_does(scale, wanted, expected):
    low, high, step = scale
    figure = small(controls=[Slider("x", "x", low, high, step, low)])
    figure.set(x=wanted)
    assert figure.parameters == {"x": expected}


def test_a_browser_puts_sliders_on_the_same_steps(browser):
    slider = Slider("x", "x", 0.1, 2.0, 0.05, 0.5)
    wanted = [0.1, 0.12, 0.1249, 0.4537, 0.8999, 1.2345, 1.99, 2.0]
    tab = browser.new_page()
    tab.set_content(slider.html(0.5))
    tab.evaluate("document.querySelector('input')")
    set_to = "(input, value) => { input.value = value; return input.valueAsNumber; }"
    assert [tab.locator("input").evaluate(set_to, value) for value in wanted] == list(map(slider.checked, wanted))
    tab.close()


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
        ({"guess": ("What?",)}, "guess must be a question and its answer"),
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
        ((0, 1, 0.1, 0.55), "must start on one of its steps"),
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


NOTEBOOK = """import os
os.environ.pop("BOOK_STATIC", None)
from matplotlib.figure import Figure
from sgdphysics.widgets import Live, Slider
Live("knob", controls=[Slider("temperature", "T", 0.1, 2.0, 0.05, 0.5), Slider("trial", "p", 0.1, 4.0, 0.05, 2.5),
                       Slider("moved", "moved", 0, 0.9, 0.05, 0)],
     picture=Figure(figsize=(1, 1)), alt="Two bars.", caption="Bars.", tall=300, data={"levels": [0, 1, 2]})"""


@pytest.fixture(scope="module")
def executed():
    """A notebook that shows a figure, after a run in a kernel, as it is saved."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    return notebook


def test_a_saved_notebook_holds_nothing_that_needs_its_kernel(executed):
    (output,) = executed.cells[0].outputs
    assert set(output["data"]) == {"text/plain", "text/html"}
    assert "widgets" not in executed.metadata


def test_an_exported_notebook_lives_offline(executed, browser, tmp_path):
    page = tmp_path / "export.html"
    page.write_text(nbconvert.HTMLExporter().from_notebook_node(executed)[0], encoding="utf-8")
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(page.as_uri())
    figure = alive(tab)
    picture = seen(figure)
    figure.locator("input").first.press("ArrowRight")
    assert seen(figure) != picture
    says(figure, "At temperature 0.55")
    context.close()
