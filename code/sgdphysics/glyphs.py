"""Printed letters and digits in the format of scikit-learn's 8 × 8 handwritten digits, from the fonts of matplotlib.

Second layer, like `plots` and `widgets`: it needs matplotlib, and Pillow, which comes with matplotlib. Nothing is read
before a picture is asked for.
"""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image

from sgdphysics import _checks

STYLES = {
    "DejaVuSans": ("", "-Bold", "-Oblique", "-BoldOblique"),
    "DejaVuSansMono": ("", "-Bold", "-Oblique", "-BoldOblique"),
    "DejaVuSerif": ("", "-Bold", "-Italic", "-BoldItalic"),
    "STIXGeneral": ("", "Bol", "Italic", "BolIta"),
}
FONTS = [family + style for family, styles in STYLES.items() for style in styles]


def glyphs(characters):
    """Each character in each of the 16 fonts: images (n, 64) of 0 to 16 as scikit-learn's, and the characters (n,).

    n = 16 times the number of ``characters``, font by font. ValueError if one of them leaves no ink, as a space does.

    >>> images, characters = glyphs("AB")
    >>> images.shape, characters.tolist()[:3]
    ((32, 64), ['A', 'B', 'A'])
    """
    if not isinstance(characters, str | list | tuple) or not len(characters):
        raise ValueError(f"characters must be a text or a list of at least one character, got {characters!r}")
    pairs = [(font, character) for font in FONTS for character in characters]
    return np.array([glyph(*pair) for pair in pairs]), np.array([character for _, character in pairs])


def glyph(font, character):
    """One character as 64 numbers: drawn 32 pixels high in the middle, then ink counted in blocks of 4 × 4 pixels.

    So were the handwritten digits made: from bitmaps of 32 × 32, normalised in size (Alpaydin and Kaynak 1998).

    >>> ink = glyph("DejaVuSans", "I").reshape(8, 8).sum(axis=1)
    >>> print((ink > 0).all(), np.ptp(ink))  # an I is as wide in every row
    True 0.0
    """
    font = _checks.word("font", font, FONTS)
    if not isinstance(character, str) or len(character) != 1:
        raise ValueError(f"character must be one character, got {character!r}")
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    face = FT2Font(str(path))  # Pillow's own letters are lacking in some builds for the browser
    face.set_size(200, 72)
    face.set_text(character)
    face.draw_glyphs_to_bitmap()
    canvas = Image.fromarray(np.asarray(face.get_image()))
    box = canvas.getbbox()
    if box is None:
        raise ValueError(f"character must leave ink on the page, got {character!r}")
    ink = canvas.crop(box)
    scale = 32 / max(ink.size)
    ink = ink.resize([max(1, round(side * scale)) for side in ink.size], Image.Resampling.BOX)
    page = Image.new("L", (32, 32))
    page.paste(ink, ((32 - ink.width) // 2, (32 - ink.height) // 2))
    return (np.asarray(page) > 127).reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel().astype(float)
