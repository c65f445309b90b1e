"""What a notebook computes here, and what it can afford in a browser."""

from sgdphysics import kernel
from sgdphysics.kernel import affordable


def test_a_machine_computes_it_all_and_says_nothing(capsys):
    assert affordable(40_000, in_browser=4_000, of="chains") == 40_000
    assert capsys.readouterr().out == ""


def test_a_browser_computes_less_and_says_so(capsys, monkeypatch):
    monkeypatch.setattr(kernel, "IN_BROWSER", True)
    assert affordable(40_000, in_browser=4_000, of="chains") == 4_000
    assert capsys.readouterr().out == "In the browser: 4,000 chains, where the book has 40,000.\n"
