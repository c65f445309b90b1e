"""Each kind of claim, from both sides: what lies just within its tolerance passes, and what lies just without fails.

Of an array every component counts: one that is off fails the claim, wherever it stands and to whichever side.
"""

import numpy as np
import pytest
from scipy.stats import norm, t

from sgdphysics.claims import Claims

EXACT = {"source": "exact"}


def agrees(score, **options):
    """``score`` standard errors off."""
    score = np.asarray(score)
    return lambda claims: claims.agrees("x", 3.0 + 0.01 * score, 3.0, se=0.01, **EXACT, **options)


def close(error, **tolerance):
    return lambda claims: claims.close("x", -2.0 + np.asarray(error), -2.0, **tolerance, **EXACT)


def between(value):
    return lambda claims: claims.between("x", value, 0.03, 0.2, **EXACT)


def less(smaller, larger, **error):
    return lambda claims: claims.less("x", smaller, larger, **error)


def among(value, others, place, n=5):
    """An array of ``others`` with one ``value`` at a ``place``."""
    array = np.full(n, others)
    array[place] = value
    return array


OF_FIVE = norm.isf(norm.sf(4.5) / 5)  # Bonferroni: five components together are as unlikely to raise an alarm as one
OF_EIGHT = t.isf(norm.sf(4.5), 7)
EDGES = {  # just within, just without
    "agrees, too high": (agrees(4.49), agrees(4.51)),
    "agrees, too low": (agrees(-4.49), agrees(-4.51)),
    "agrees, another bound": (agrees(-1.99, z=2.0), agrees(-2.01, z=2.0)),
    "agrees, few replicas": (agrees(-OF_EIGHT + 0.01, dof=7), agrees(-OF_EIGHT - 0.01, dof=7)),
    "close, too high": (close(0.99e-3, atol=1e-3), close(1.01e-3, atol=1e-3)),
    "close, too low": (close(-0.99e-3, atol=1e-3), close(-1.01e-3, atol=1e-3)),
    "close, relative, too high": (close(0.0199, rtol=0.01), close(0.0201, rtol=0.01)),
    "close, relative, too low": (close(-0.0199, rtol=0.01), close(-0.0201, rtol=0.01)),
    "close, both": (close(-0.0299, rtol=0.01, atol=0.01), close(-0.0301, rtol=0.01, atol=0.01)),
    "between, too high": (between(0.1999), between(0.2001)),
    "between, too low": (between(0.0301), between(0.0299)),
    "less": (less(1.0, 1.0001), less(1.0001, 1.0)),
    "less by three errors": (less(1.0, 1.301, se=0.1), less(1.0, 1.299, se=0.1)),
    "less by more": (less(1.0, 1.501, se=0.1, z=5.0), less(1.0, 1.499, se=0.1, z=5.0)),
}
for place in (0, 2, 4):
    EDGES |= {
        f"agrees, {place} too high": (
            agrees(among(OF_FIVE - 0.01, -1.0, place)),
            agrees(among(OF_FIVE + 0.01, -1.0, place)),
        ),
        f"agrees, {place} too low": (
            agrees(among(0.01 - OF_FIVE, 1.0, place)),
            agrees(among(-0.01 - OF_FIVE, 1.0, place)),
        ),
        f"close, {place} too high": (
            close(among(0.9, -0.1, place), atol=1.0),
            close(among(1.1, -0.1, place), atol=1.0),
        ),
        f"close, {place} too low": (
            close(among(-0.9, 0.1, place), atol=1.0),
            close(among(-1.1, 0.1, place), atol=1.0),
        ),
        f"between, {place} too high": (between(among(0.19, 0.1, place)), between(among(0.21, 0.1, place))),
        f"between, {place} too low": (between(among(0.04, 0.1, place)), between(among(0.02, 0.1, place))),
        f"less, {place} in the wrong order": (
            less(among(1.9, 1.0, place), 2.0),
            less(among(2.1, 1.0, place), 2.0),
        ),
        f"less, {place} within the error": (
            less(among(1.6, 1.0, place), 2.0, se=0.1),
            less(among(1.8, 1.0, place), 2.0, se=0.1),
        ),
        f"less, {place} of the errors too large": (
            less(1.0, 2.0, se=among(0.3, 0.1, place)),
            less(1.0, 2.0, se=among(0.4, 0.1, place)),
        ),
    }


@pytest.mark.parametrize(("within", "without"), EDGES.values(), ids=EDGES)
def test_a_claim_ends_where_its_tolerance_does(within, without):
    claims = Claims("within")
    within(claims)
    assert claims.ledger[0]["passed"] is True
    claims = Claims("without")
    with pytest.raises(AssertionError, match="^x: value"):
        without(claims)
    assert claims.ledger[0]["passed"] is False


def test_what_is_at_its_bound_is_within_save_for_an_order():
    """A tolerance and an interval are closed; what is less by z errors must be less by more."""
    for claim in (close(0.5, atol=0.5), close(-0.5, rtol=0.25), between(0.03), between(0.2), between([0.03, 0.2])):
        claim(Claims("trial"))
    with pytest.raises(AssertionError):
        less(1.0, 2.5, se=0.5)(Claims("trial"))


def test_the_ledger_says_what_is_allowed():
    """Of the tolerances of ``close`` only those that were given, of an order whether it knows of an error."""
    for claim, allowed in (
        (close(0.0, atol=0.001), "± 0.001"),
        (close(0.0, rtol=0.01), "± 1%"),
        (close([0.0, 0.0], atol=0.5, rtol=0.015), "± 0.5 + 1.5%, worst of 2"),
        (between(0.1), "[0.03, 0.2]"),
        (less(1.0, 2.0), "less"),
        (less(1.0, 2.0, se=[0.1, 0.0]), "less by 3 se, worst of 2"),
        (less(1.0, 1.01, se=0.1, z=0.0), "less by 0 se"),
    ):
        claims = Claims("trial")
        claim(claims)
        assert claims.ledger[0]["tolerance"] == allowed


@pytest.mark.parametrize("place", [0, 3])
def test_the_ledger_shows_the_component_that_fails(place):
    """And not the best one, or the first."""
    large = among(0.01, 1.0, place)
    for claim, key, shown in (
        (agrees(among(-9.0, 2.0, place)), "value", 3.0 - 0.09),
        (agrees(among(-9.0, 2.0, place)), "z", -9.0),
        (close(among(-1.2, 1.1, place), atol=1.0), "value", -3.2),
        (lambda claims: claims.close("x", 100 * large + 0.2, 100 * large, rtol=0.1, **EXACT), "value", 1.2),
        (between(among(0.02, 0.1, place)), "value", 0.02),
        (between(among(0.21, 0.1, place)), "value", 0.21),
        (between(among(0.0, 0.2295, place)), "value", 0.0),  # a little farther off on its side
        (less(among(1.8, 1.0, place), 2.0, se=0.1), "value", 1.8),
        (less(among(1.8, 1.0, place), 2.0, se=0.1), "z", -2.0),
        (less(1.0, 2.0, se=among(0.4, 0.1, place)), "se", 0.4),
        (less(among(2.5, 1.0, place), 2.0, se=among(0.0, 0.1, place)), "z", 0.5 / 1e-300),  # a number, as JSON needs
    ):
        claims = Claims("trial")
        with pytest.raises(AssertionError):
            claim(claims)
        assert claims.ledger[0][key] == pytest.approx(shown)


@pytest.mark.parametrize("nan", [0, 2, 4])
def test_a_component_that_is_no_number_fails(nan):
    for claim in (
        agrees(among(np.nan, 0.0, nan)),
        close(among(np.nan, 0.0, nan), atol=1.0),
        between(among(np.nan, 0.1, nan)),
        less(among(np.nan, 1.0, nan), 2.0),
        less(1.0, among(np.nan, 2.0, nan), se=0.1),
    ):
        with pytest.raises(AssertionError):
            claim(Claims("trial"))
