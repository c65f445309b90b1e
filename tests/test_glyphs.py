"""Printed characters in the format of the handwritten digits."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from sgdphysics import glyphs


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


def test_ink_is_what_is_more_than_half_dark():
    """So the area of a character survives the reduction: a lower threshold fattens every stroke by a grey edge."""
    from PIL import Image, ImageDraw, ImageFont

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    for character in "OSgk&":
        large = Image.new("L", (3000, 3000))
        ImageDraw.Draw(large).text((500, 500), character, fill=255, font=ImageFont.truetype(path, 1600))
        dark = np.asarray(large.crop(large.getbbox())) > 127
        area = dark.sum() * (32 / max(dark.shape)) ** 2
        assert glyphs.glyph("DejaVuSans", character).sum() == pytest.approx(area, rel=0.06)
