"""Pictures drawn beforehand: what they accept and hold, and that a browser shows the chosen one."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from node import run_node
from pages import PHONE, alive, opened, says, written

from sgdphysics import plots
from sgdphysics.widgets import Choice, Frames, Slider

SCRIPT = Path(__file__).parent / "frames.test.mjs"


def test_frames_choose_their_picture():
    assert run_node(SCRIPT).strip() == "ok"


def picture(first, second=0):
    """Two panels of one colour, whatever style another test has left behind; green is the theme's, blue the panel's."""
    figure = Figure(figsize=(6, 3), layout="none")
    dark = sum(to_rgb(plots.COLORS["simulation"])) > 1.5
    for panel in (0, 1):
        ax = figure.add_axes((0.5 * panel + 0.02, 0.02, 0.46, 0.96))
        ax.set(xticks=[], yticks=[])
        color = (first / 3, second / 10 + (0.7 if dark else 0.2), 0.2 + 0.6 * panel)
        ax.add_patch(Rectangle((0, 0), 1, 1, color=color))
    return figure


def pictures(**changes):
    settings = {
        "choices": [Choice("first", "First", ["one", "two", "five"], 1), Choice("second", "Second", "ab")],
        "tabs": ["Left", "Right"],
        "alt": "Two squares, each of one colour.",
        "caption": "Colours.",
    }
    return Frames(picture, lambda *places: f"Colour {places}.", **settings | changes)


def test_frames_hold_every_picture_and_start_with_the_right_one():
    html = pictures()._repr_html_()
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert data["shape"] == [3, 2]
    assert len(set(data["light"])) == len(set(data["dark"])) == len(set(data["says"])) == 6
    assert data["cuts"] == pytest.approx([0, 0.49, 1], abs=0.02)
    assert data["says"][3] == "Colour (1, 1)."
    assert 'data-words="one|two|five"' in html
    assert repr(pictures()) == "<Live figure frames: first=1, second=0>"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choices": []}, "choices must be one or two Choices"),
        ({"choices": [Slider("x", "X", 0, 1, 1, 0)]}, "choices must be one or two Choices"),
        ({"alt": " "}, "alt must say"),
        ({"tabs": ["One"]}, "tabs must name the two or more panels"),
        ({"tabs": ["One", "two", "three"]}, "tabs must name panels, got 3 names for 2 axes"),
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


COLOR = """([x, y, wanted]) => {
  const canvas = document.querySelector("canvas");
  const copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const found = context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data;
  return wanted.every((channel, i) => Math.abs(found[i] - 255 * channel) < 8);
}"""


def shows(tab, first, panel, at, dark=False):
    """Wait until the canvas has at the share ``at`` of its width the panel's colour in that picture and theme."""
    color = [first / 3, 0.7 if dark else 0.2, 0.2 + 0.6 * panel]
    tab.wait_for_function(COLOR, arg=[at, 0.5, color])


def test_frames_show_the_chosen_picture_and_say_so(browser, tmp_path):
    with opened(browser, written(tmp_path, [pictures()]), reduced_motion="reduce") as tab:
        figure = alive(tab)
        for place, word in ((1, "two"), (2, "five"), (0, "one")):
            figure.locator("input").first.fill(str(place))
            assert figure.locator("output").first.inner_text() == word
            assert figure.locator("input").first.get_attribute("aria-valuetext") == word
            shows(tab, place, 0, 0.25)
            shows(tab, place, 1, 0.75)
            says(figure, f"Colour ({place}, 0).")


def test_frames_are_dark_in_the_dark_and_light_on_paper(browser, tmp_path):
    with opened(browser, written(tmp_path, [pictures()]), color_scheme="dark") as tab:
        alive(tab)
        shows(tab, 1, 0, 0.25, dark=True)
        assert tab.locator("canvas").evaluate("canvas => getComputedStyle(canvas).filter") == "none"
        tab.emulate_media(media="print")
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        shows(tab, 1, 0, 0.25)
        tab.emulate_media(media="screen", color_scheme="light")
        shows(tab, 1, 1, 0.75)


def test_on_a_phone_one_panel_is_seen_at_a_time(browser, tmp_path):
    with opened(browser, written(tmp_path, [pictures()]), viewport=PHONE, reduced_motion="reduce") as tab:
        figure = alive(tab)
        for panel, name in ((1, "Right"), (0, "Left")):
            figure.get_by_role("button", name=name).click()
            shows(tab, 1, panel, 0.1)
            shows(tab, 1, panel, 0.9)
        figure.locator("input").first.fill("2")
        shows(tab, 2, 0, 0.5)


def test_panels_that_leave_no_place_for_the_cut_are_refused():
    def draw(place):
        figure = Figure(figsize=(6, 3), layout="none")
        for left in (0.1 + 0.3 * place, 0.4 + 0.3 * place):
            figure.add_axes((left, 0.1, 0.2, 0.8))
        return figure

    settings = {"choices": [Choice("x", "X", "ab")], "tabs": ["A", "B"], "alt": "Two.", "caption": "Two."}
    with pytest.raises(ValueError, match="room for a cut at the same place of every picture"):
        Frames(draw, str, **settings)


def test_frames_play_from_where_they_are_to_the_end(browser, tmp_path):
    with opened(browser, written(tmp_path, [pictures()])) as tab:
        figure = alive(tab)
        slider = figure.locator("input").first
        slider.fill("0")
        figure.get_by_role("button", name="Play").click()
        says(figure, "Colour (1, 0).")
        says(figure, "Colour (2, 0).")
        figure.get_by_role("button", name="Play").wait_for()  # it stops at the end
        figure.get_by_role("button", name="Step").click()
        says(figure, "Colour (0, 0).")
