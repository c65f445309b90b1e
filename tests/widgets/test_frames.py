"""Pictures drawn beforehand: what they accept and hold, and that a browser shows the chosen one."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from node import run_node
from pages import alive, opened, says, written

from sgdphysics.widgets import Choice, Frames, Slider

SCRIPT = Path(__file__).parent / "frames.test.mjs"


def test_frames_choose_their_picture():
    assert run_node(SCRIPT).strip() == "ok"


def picture(first, second=0):
    """One colour, whatever style another test has left behind."""
    figure, color = Figure(figsize=(2, 1)), (first / 3, second / 3, 0.5)
    figure.add_artist(Rectangle((0, 0), 1, 1, transform=figure.transFigure, color=color))
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


RED = """colour => {
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  copy.drawImage(document.querySelector("canvas"), 0, 0);
  return Math.abs(copy.getImageData(50, 50, 1, 1).data[0] - colour) < 8;
}"""


def test_frames_show_the_chosen_picture_and_say_so(browser, tmp_path):
    with opened(browser, written(tmp_path, [pictures()]), reduced_motion="reduce") as tab:
        figure = alive(tab)
        for place, word in ((1, "two"), (2, "five"), (0, "one")):
            figure.locator("input").first.fill(str(place))
            assert figure.locator("output").first.inner_text() == word
            assert figure.locator("input").first.get_attribute("aria-valuetext") == word
            tab.wait_for_function(RED, arg=255 * place / 3)
            says(figure, f"Colour ({place}, 0).")
        assert "live-picture" in figure.locator("canvas").get_attribute("class")


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
