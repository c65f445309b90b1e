"""Numbers that stand in print beside the book's own: a table on a page, lines of text where there is none."""

from html import escape

HEAD = ("quantity", "in print", "ours", "agreement", "printed where")
UNSEEN = "not seen in print"


class Comparison:
    """A table that shows itself as HTML, or as lines of text, which a stored notebook keeps.

    Parameters
    ----------
    rows : [(quantity, where it is printed, the number as it is printed there, ours)], the printed number as text, since
        its digits count, "" where none has been seen

    ValueError for a printed number that is none.

    Examples
    --------
    >>> from sgdphysics.exact.perceptron import ising_transition
    >>> Comparison([("load of the transition", "Györgyi (1990)", "1.245", ising_transition())])
    quantity                in print  ours     agreement   printed where
    load of the transition  1.245     1.24468  all digits  Györgyi (1990)
    """

    def __init__(self, rows):
        self.rows = [
            (what, printed or "–", f"{float(ours):.5f}", agreement(printed, ours), where if printed else UNSEEN)
            for what, where, printed, ours in rows
        ]

    def __repr__(self):
        lines = [HEAD, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def _repr_html_(self):
        left = 'style="text-align: left"'  # JupyterLab would set it to the right
        head = "".join(f"<th {left}>{word}</th>" for word in HEAD)
        cell = f'<td {left} data-head="{{}}">{{}}</td>'.format
        rows = ("".join(map(cell, HEAD, map(escape, row))) for row in self.rows)
        body = "\n".join(f"<tr>{row}</tr>" for row in rows)
        return f'<table class="comparison"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'


def agreement(printed, ours):
    """How ``ours``, rounded to as many decimals, compares with the text of a ``printed`` number; "" without one.

    >>> [agreement(printed, 1.24468) for printed in ("1.245", "1.24", "1.246", "1.25", "")]
    ['all digits', 'all digits', 'last digit off by one', 'last digit off by one', '']
    """
    if not printed:
        return ""
    try:
        number = float(printed)
    except ValueError:
        raise ValueError(f"printed must be a number as text, or empty, got {printed!r}") from None
    decimals = len(printed.partition(".")[2])
    if f"{float(ours):.{decimals}f}" == printed:
        return "all digits"
    return "last digit off by one" if abs(ours - number) < 1.5 * 10.0**-decimals else "contradicted"
