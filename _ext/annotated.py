"""The bibliography's style: pybtex's alpha, each entry followed by its ``annotation``, which says what it is for."""

from pybtex.plugin import register_plugin
from pybtex.richtext import Tag, Text
from pybtex.style.formatting.alpha import Style


class Annotated(Style):
    def format_entry(self, label, entry, bib_data=None):
        """The entry as alpha writes it, then its annotation as strong text: the style sheet gives it a line."""
        formatted = super().format_entry(label, entry, bib_data)
        annotation = Tag("strong", Text.from_latex(entry.fields["annotation"]))
        formatted.text = Text(formatted.text, " ", annotation)
        return formatted


def setup(app):
    register_plugin("pybtex.style.formatting", "annotated", Annotated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
