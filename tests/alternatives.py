"""Whether a claim would hold for other figures than the page's: for the tests that try what a claim rejects."""

from sgdphysics.claims import Claims


def holds(kind, *figures, **settings):
    """Whether the claim of this ``kind`` ("agrees", "close", …) holds for these figures."""
    try:
        getattr(Claims("alternatives"), kind)("tried", *figures, source="", **settings)
    except AssertionError:
        return False
    return True
