"""The figures of the chapter on Neal 1992: leapfrog against Python in node, pictures drawn beforehand in a browser."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from node import run_node

from sgdphysics import dynamics, energies, widgets
from sgdphysics.widgets import Choice, Frames, Slider

HERE = Path(__file__).parent


def run(covariance, step_size, leaps, alpha, n=60):
    """A run of the sampler and the numbers that it drew."""
    well, rng = energies.Gaussian([0.0, 0.0], covariance), np.random.default_rng(5)
    settings = {"step_size": step_size, "n_leapfrog": leaps, "alpha": alpha, "n_trajectories": n}
    found = dynamics.hamiltonian_monte_carlo(well, [0.0, 0.0], rng=np.random.default_rng(5), **settings)
    first = rng.standard_normal(2)
    drawn = [(rng.standard_normal(2), rng.random(1)[0]) for _ in range(n)]
    normals, uniforms = zip(*drawn, strict=True)
    numbers = {"first": first, "normals": normals, "uniforms": uniforms, "covariance": covariance}
    outcome = {"q": found.q, "p": found.momentum, "accepted": found.accepted}
    return numbers | outcome | {"stepSize": step_size, "leaps": leaps, "alpha": alpha}


def test_leapfrog_moves_as_the_sampler_does(tmp_path):
    valley = [[1.0, 0.85], [0.85, 1.0]]
    runs = [run(valley, 0.6, 5, 0.0), run([[1.0, -0.3], [-0.3, 0.5]], 1.0, 3, 0.7), run(valley, 0.65, 1, 0.9)]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(runs, default=lambda value: np.asarray(value).tolist()), encoding="utf-8")
    assert run_node(HERE / "leapfrog.test.mjs", file).strip() == "3"


def test_frames_choose_their_picture():
    assert run_node(HERE / "frames.test.mjs").strip() == "ok"


def picture(first, second=0):
    figure = Figure(figsize=(2, 1))
    figure.patch.set_facecolor((first / 3, second / 3, 0.5))
    return figure


def pictures(**changes):
    settings = {
        "choices": [Choice("first", "First", ["one", "two", "five"], 1), Choice("second", "Second", "ab")],
        "alt": "A square of one colour.",
        "caption": "Colours.",
    }
    return Frames(picture, lambda *places: f"Colour {places}.", **settings | changes)


def test_frames_hold_every_picture_and_start_with_the_right_one():
    html = pictures()._repr_html_()
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert data["shape"] == [3, 2]
    assert len(set(data["frames"])) == len(set(data["says"])) == 6
    assert data["says"][3] == "Colour (1, 1)."
    assert 'data-words="one|two|five"' in html
    assert repr(pictures()) == "<Live figure frames: first=1, second=0>"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choices": []}, "choices must be one or two Choices"),
        ({"choices": [Slider("x", "X", 0, 1, 1, 0)]}, "choices must be one or two Choices"),
        ({"alt": " "}, "alt must say"),
    ],
)
def test_bad_frames_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        pictures(**changes)


def test_a_choice_is_among_several_words():
    with pytest.raises(ValueError, match="values must be at least two"):
        Choice("x", "X", ["one"])
    with pytest.raises(ValueError, match=r"values must be at least two, without the sign \|"):
        Choice("x", "X", ["a|b", "c"])
    with pytest.raises(ValueError, match="x must be from 0 to 2"):
        Choice("x", "X", "abc", 3)


@pytest.fixture
def tab(browser, tmp_path):
    """A bare page, opened as a file, with both figures; at the end there must have been no error and no request."""
    outputs = "<hr>".join(figure._repr_html_() for figure in (pictures(), widgets.leapfrog()))
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page, complaints = tmp_path / "page.html", []
    page.write_text(f"{head}<title>Figures</title><body>{outputs}</body></html>", encoding="utf-8")
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    tab = context.new_page()
    tab.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda sent: sent.url.startswith(("file:", "data:")) or complaints.append(sent.url))
    tab.goto(page.as_uri())
    yield tab
    context.close()
    assert complaints == []


RED = """colour => {
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  copy.drawImage(document.querySelector("canvas"), 0, 0);
  return Math.abs(copy.getImageData(50, 50, 1, 1).data[0] - colour) < 8;
}"""


def test_frames_show_the_chosen_picture_and_say_so(tab):
    figure = tab.locator("figure.live").first
    figure.scroll_into_view_if_needed()
    tab.wait_for_function("document.querySelector('figure.live').dataset.ready === 'true'")
    for place, word in ((1, "two"), (2, "five"), (0, "one")):
        figure.locator("input").first.fill(str(place))
        assert figure.locator("output").first.inner_text() == word
        assert figure.locator("input").first.get_attribute("aria-valuetext") == word
        tab.wait_for_function(RED, arg=255 * place / 3)
        tab.wait_for_function(
            "says => document.querySelector('.live-says').textContent === says", arg=f"Colour ({place}, 0)."
        )
    assert figure.locator("canvas").get_attribute("class") == "live-picture"


def test_leapfrog_settles_and_says_what_is_rejected(tab):
    figure = tab.locator("figure.live").last
    figure.scroll_into_view_if_needed()
    says = figure.locator(".live-says")
    tab.wait_for_function("says => says.textContent.includes('rejected')", arg=says.element_handle())
    assert "approaches the exact normal law" in says.inner_text()
    figure.locator("input[name=stepSize]").fill("0.9")
    tab.wait_for_function("says => says.textContent.includes('beyond the limit')", arg=says.element_handle())
    figure.get_by_role("button", name="500 at once").click()
    figure.get_by_role("button", name="Start again").click()
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
