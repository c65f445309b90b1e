"""Printed characters in the format of the handwritten digits, and the layer of the package that draws them."""

import ast
from pathlib import Path

import numpy as np
import pytest

import sgdphysics
from sgdphysics import glyphs

SECOND_LAYER = {"glyphs", "plots", "widgets"}
DRAWING = {"matplotlib", "PIL", "ipywidgets", "anywidget"}
PACKAGE = Path(sgdphysics.__file__).parent
FIRST_LAYER = [path for path in sorted(PACKAGE.rglob("*.py")) if path.stem not in SECOND_LAYER]


def imported(source):
    """Every word of the names that ``source`` imports, at the top or within a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            yield from (word for name in names for word in name.split("."))


def test_glyphs_look_like_scikit_learns_images():
    images, characters = glyphs.glyphs("0I")
    assert images.shape == (32, 64)
    assert images.min() == 0 and images.max() == 16
    np.testing.assert_array_equal(images, np.round(images))
    np.testing.assert_array_equal(characters, ["0", "I"] * 16)
    assert len(np.unique(images, axis=0)) == 32  # sixteen different fonts


def test_a_character_fills_the_height_and_stands_in_the_middle():
    image = glyphs.glyph("DejaVuSans", "I").reshape(8, 8)
    assert np.all(image.sum(axis=1) > 0)
    np.testing.assert_array_equal(np.flatnonzero(image.sum(axis=0)), [3, 4])
    zero = glyphs.glyph("DejaVuSans", "0").reshape(8, 8)
    assert zero[3:5, 3:5].sum() < 0.2 * zero[:, 1:3].sum()


def test_a_space_is_named():
    with pytest.raises(ValueError, match="character must leave ink on the page, got ' '"):
        glyphs.glyph("DejaVuSans", " ")


@pytest.mark.parametrize("path", FIRST_LAYER, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_first_layer_never_imports_the_second(path):
    assert (SECOND_LAYER | DRAWING).isdisjoint(imported(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    ["from sgdphysics import glyphs", "from sgdphysics.glyphs import glyph", "def f():\n    import matplotlib.pyplot"],
)
def test_an_import_of_the_second_layer_is_noticed(source):
    assert not (SECOND_LAYER | DRAWING).isdisjoint(imported(source))
