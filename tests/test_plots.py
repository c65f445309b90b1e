"""The book's style changes nothing until it is asked to, and its drawings show the numbers they are given."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sgdphysics import plots


def test_import_changes_no_setting():
    code = (
        "import matplotlib as mpl; before = dict(mpl.rcParams); import sgdphysics.plots, sgdphysics.widgets; "
        "changed = [k for k in before if before[k] != mpl.rcParams[k]]; print(changed)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_styled_puts_the_settings_back():
    before = dict(mpl.rcParams)
    with plots.styled(dark=True):
        assert mpl.rcParams["figure.facecolor"] == "#14181E"
    assert dict(mpl.rcParams) == before


def test_use_style_stays():
    with mpl.rc_context():
        plots.use_style()
        assert mpl.rcParams["figure.facecolor"] == "#FFFFFF"
        assert mpl.rcParams["figure.dpi"] == 150


def test_simulation_shows_one_standard_error_up_and_down():
    x, y, se = np.array([1.0, 2.0]), np.array([5.0, 7.0]), np.array([0.5, 0.25])
    drawn = plots.simulation(Figure().subplots(), x, y, se)
    (bars,) = drawn.lines[2]
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[4.5, 5.5], [6.75, 7.25]]


def test_theory_is_a_line_with_its_name_at_its_end():
    ax = Figure().subplots()
    line = plots.theory(ax, [0.0, 1.0, 2.0], [1.0, 4.0, 9.0], "y = (x + 1)²")
    assert line.get_color() == plots.COLORS["theory"]
    assert ax.texts[0].xy == (2.0, 9.0)


def test_pot_draws_the_floor_at_the_bottom():
    figure = Figure(figsize=(3, 3), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    n = np.zeros((10, 10), np.int8)
    n[:3] = 1
    plots.pot(ax, n)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, 150, :3]
    water = np.all(np.abs(pixels.astype(int) - [0x56, 0xB4, 0xE9]) < 3, axis=1)
    assert water[230:280].all() and not water[:190].any()


def test_pot_wants_one_pot():
    with pytest.raises(ValueError, match=r"n must have shape \(height, width\), one pot; got shape \(2, 3, 3\)"):
        plots.pot(Figure().subplots(), np.zeros((2, 3, 3)))
