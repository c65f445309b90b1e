"""How notebooks are compared with what is stored of them: by their text.

Stored notebooks hold no HTML, see tests/strip_notebooks.py. What a kernel shows beside its text, such as the figures
of claims, is none of nbval's business.
"""

from nbval.plugin import IPyNbFile


def pytest_collectstart(collector):
    if isinstance(collector, IPyNbFile):
        collector.skip_compare += ("text/html",)
