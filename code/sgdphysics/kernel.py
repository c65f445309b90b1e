"""Where a notebook runs: on a machine's own processor, or in the reader's browser, some ten times slower."""

import sys

IN_BROWSER = sys.platform == "emscripten"


def affordable(full, *, in_browser, of):
    """Return ``full``; in the browser's kernel (Pyodide) ``in_browser`` instead, and say so in the cell's output.

    Both are numbers ``of`` something that a cell computes, such as "chains", and fewer of them make the standard errors
    that a claim allows for wider, not the claim weaker.

    >>> affordable(10_000, in_browser=500, of="chains")  # outside a browser
    10000
    """
    if not IN_BROWSER:
        return full
    print(f"In the browser: {in_browser:,} {of}, where the book has {full:,}.")
    return in_browser
