"""Printed numbers beside the book's own."""

import numpy as np
import pytest

from sgdphysics.comparison import HEAD, Comparison, agreement

ROWS = [
    ("a load", "a review", "1.492", 1.49273),
    ("a power & more", "a paper", "0.333", np.float64(1 / 3)),
    ("a ratio", "", "", 2),
]


@pytest.mark.parametrize(
    ("printed", "ours", "said"),
    [
        ("1.493", 1.49273, "all digits"),
        ("1.492", 1.49273, "last digit off by one"),
        ("1.490", 1.49273, "contradicted"),
        ("40", 40.4, "all digits"),
        ("40", 41.4, "last digit off by one"),
        ("40", 41.6, "contradicted"),
        ("0.50", 0.5049, "all digits"),
        ("0.50", np.nan, "contradicted"),
        ("", 1.0, ""),
    ],
)
def test_agreement_counts_the_printed_digits(printed, ours, said):
    assert agreement(printed, ours) == said


def test_as_text_every_column_is_aligned():
    head, *lines = repr(Comparison(ROWS)).splitlines()
    assert head.split("  ")[0] == "quantity" and len(lines) == 3
    assert [line.index(ours) for line, ours in zip(lines, ("1.49273", "0.33333", "2.00000"), strict=True)] == [
        head.index("ours")
    ] * 3
    assert "last digit off by one" in lines[0] and "all digits" in lines[1] and lines[2].endswith("not seen in print")


def test_as_html_every_cell_knows_its_head():
    html = Comparison(ROWS)._repr_html_()
    assert html.count("<tr>") == 4 and html.count("<th ") == len(HEAD)
    assert "a power &amp; more" in html and 'data-head="ours">1.49273</td>' in html
    assert 'data-head="agreement"></td>' in html


def test_a_printed_number_is_one():
    with pytest.raises(ValueError, match="printed must be a number as text.*'about 2'"):
        Comparison([("a load", "a paper", "about 2", 2.0)])
