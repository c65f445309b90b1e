"""A figure's four renderings: what is stacked, that letters can be read, and that drawing again changes nothing."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from sgdphysics import plots, renderings

TWO = """
figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.0), sharey=True)
left.plot(x, x**2, color=plots.COLORS["water"])
plots.name(right, 0.5, 0.5, "a quiet label", color=plots.COLORS["energy"])
right.set_title("A title that is too long for a panel of a phone's width", fontsize=7)
print("drawn")
x = None
plt.show()
"""
MOSAIC = """
figure, axes = plt.subplot_mosaic([["a", "b"], ["a", "c"]], figsize=(6.4, 4.4), width_ratios=[2, 1])
plt.show()
"""


@pytest.fixture
def namespace():
    yield {"plt": plt, "plots": plots, "np": np, "x": np.linspace(0.0, 1.0, 5)}
    plt.close("all")


def panels(figure):
    """Rows and columns of the panels, by where they stand."""
    corners = np.array([ax.get_position().bounds[:2] for ax in figure.axes]).round(2)
    return len(set(corners[:, 1])), len(set(corners[:, 0]))


def test_panels_of_a_row_are_stacked_where_it_is_narrow(namespace):
    wide, narrow = (renderings.drawn(TWO, namespace, narrow=narrow) for narrow in (False, True))
    assert panels(wide) == (1, 2) and panels(narrow) == (2, 1)
    assert narrow.get_figwidth() == renderings.NARROW
    assert narrow.axes[0].get_ylim() == narrow.axes[1].get_ylim()


def test_a_mosaic_is_a_column_where_it_is_narrow(namespace):
    assert panels(renderings.drawn(MOSAIC, namespace))[1] == 2
    assert panels(renderings.drawn(MOSAIC, namespace, narrow=True)) == (3, 1)


def test_rows_of_pictures_stay_together(namespace):
    source = "figure, axes = plt.subplots(2, 2)\nplt.show()"
    assert panels(renderings.drawn(source, namespace, narrow=True)) == (2, 2)


def test_drawing_again_leaves_the_notebook_as_it_was(namespace, tmp_path, capsys):
    colors, style, x, show = dict(plots.COLORS), dict(mpl.rcParams), namespace["x"], plt.show
    renderings.save(TWO, namespace, tmp_path)
    assert namespace["x"] is x and plt.show is show and not plt.get_fignums()
    assert (plots.COLORS, dict(mpl.rcParams)) == (colors, style)
    assert capsys.readouterr().out == ""
    names = {renderings.file_name(TWO, narrow, dark) for narrow in (False, True) for dark in (False, True)}
    assert {path.name for path in tmp_path.iterdir()} == names and len(names) == 4
    assert renderings.file_name(TWO + "\n", True, True) in names, "pages lose the last line's end"


def test_the_dark_picture_is_drawn_dark(namespace, tmp_path):
    renderings.save(TWO, namespace, tmp_path)
    for dark in (False, True):
        picture = plt.imread(tmp_path / renderings.file_name(TWO, False, dark))[..., :3]
        assert (picture[0, 0].mean() < 0.2) == dark
        water = np.array(mpl.colors.to_rgb((plots.ON_DARK if dark else plots.ON_LIGHT)["water"]))
        assert (np.abs(picture - water).max(axis=-1) < 0.02).any(), "in the colours that belong to it"


def test_a_colour_that_a_notebook_named_is_that_of_the_style_in_force(namespace):
    source = "figure, ax = plt.subplots()\nax.plot(x, x, color=BLUE)\nplt.show()"
    with plots.styled(dark=True):
        figure = renderings.drawn(source, namespace | {"BLUE": plots.ON_LIGHT["simulation"]})
    assert figure.axes[0].lines[0].get_color() == plots.ON_DARK["simulation"] != plots.ON_LIGHT["simulation"]


@pytest.mark.parametrize("dark", [False, True])
def test_every_letter_can_be_read(namespace, dark):
    """The book's amber and sky are too pale for letters on white."""
    with plots.styled(dark):
        figure = renderings.drawn(TWO, namespace, narrow=True)
        before = figure.axes[1].texts[0].get_color()
        renderings.finish(figure, narrow=True)
        background = plt.rcParams["axes.facecolor"]
    for text in figure.findobj(mpl.text.Text):
        if text.get_text().strip():
            assert renderings.contrast(text.get_color(), background) >= renderings.CONTRAST
            assert text.get_fontsize() >= renderings.SMALLEST
    assert dark or renderings.contrast(before, background) < 3
    assert max(len(line) for line in figure.axes[1].get_title(loc="left").split("\n")) < 55


def test_letters_on_a_box_of_their_own(namespace):
    source = (
        'figure, ax = plt.subplots()\nax.text(0, 0, "here", color="white", bbox={"facecolor": "black"})\nplt.show()'
    )
    figure = renderings.drawn(source, namespace)
    renderings.finish(figure)
    assert figure.axes[0].texts[0].get_color() == "white"


def test_contrast_is_that_of_the_accessibility_guidelines():
    assert renderings.contrast("black", "white") == pytest.approx(21.0)
    assert renderings.contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)
    assert renderings.contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)


def test_nothing_is_drawn_again_outside_a_build(monkeypatch):
    monkeypatch.delenv("BOOK_CLAIMS", raising=False)
    renderings.begin()  # no kernel, no build: nothing to do, and no error
