"""A notebook away from its page: in JupyterLab and other viewers it reads as words, which the page turns into roles.

Stored are links in plain Markdown, ``[[Neal, 1993](bibliography.md#neal1992)]`` for a citation in brackets,
``[Neal (1993)](bibliography.md#neal1992)`` for one in the sentence, ``[the four pots](#fig-four-pots)`` for a figure,
and under the title a line on how to run the notebook. ``tests/strip_notebooks.py`` writes the citations, the line, and
the titles in links to sections; the page numbers the figures, cites, and leaves out the line.
"""

import functools
import json
import re
from pathlib import Path

BIBLIOGRAPHY = Path(__file__).parents[1] / "references.bib"
ROLE = re.compile(r"\{cite(:t)?\}`([^`]+)`")
WORK = r"\[[^\[\]]*\]\(bibliography\.md#([\w,-]+)\)"
IN_BRACKETS = re.compile(rf"\[({WORK}(?:; {WORK})*)\]")
IN_THE_SENTENCE = re.compile(WORK)
FIGURE = re.compile(r"\[[^\[\]]+\]\(#(fig-[\w-]+)\)")
LINE = re.compile(r"\A(# .+\n)\n\*This notebook .*\*\n")
PAGE = re.compile(r", once `make book` has built it, is \[_build/html/(\S+?)\]\(\S+?\)")


@functools.cache
def works():
    """{key: (authors, year)} of the works in the bibliography, authors as the pages name them."""
    from pybtex.database import parse_file

    entries = parse_file(BIBLIOGRAPHY, encoding="utf-8").entries
    return {key: (authors(entry), entry.fields.get("year", "undated")) for key, entry in entries.items()}


def authors(entry):
    names = [name.rich_prelast_names + name.rich_last_names for name in entry.persons["author"]]
    first, *others = [" ".join(map(str, name)) for name in names]
    return f"{first} et al." if len(others) > 1 else " and ".join([first, *others])


def cited(keys, in_the_sentence):
    """The citation of some works, in words; KeyError for one that is not in the bibliography."""
    form = "[{0} ({1})]" if in_the_sentence else "[{0}, {1}]"
    links = [f"{form.format(*works()[key])}(bibliography.md#{key})" for key in map(str.strip, keys.split(","))]
    return ", ".join(links) if in_the_sentence else f"[{'; '.join(links)}]"


def in_words(source):
    """Markdown as it is stored: citations are links, which name authors and year as the bibliography has them."""
    return ROLE.sub(lambda role: cited(role[2], bool(role[1])), in_roles(source))


def in_roles(source):
    """Markdown as the page has it: its own citations and numbers of figures, and no line for notebooks."""
    source = LINE.sub(r"\1", source)
    source = IN_BRACKETS.sub(lambda found: "{cite}`" + ",".join(re.findall(r"#([\w-]+)\)", found[1])) + "`", source)
    return IN_THE_SENTENCE.sub(r"{cite:t}`\1`", source)


def sections(sources):
    """{name in links: title} of all sections under these pieces of Markdown."""
    titles = [title for source in sources for title in re.findall(r"^#{2,3} (.+)$", source, flags=re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", title.lower().replace(" ", "-")): title for title in titles}


def with_titles(source, titles):
    """Markdown whose links without a text name the section that they lead to, one of ``titles``."""
    return re.sub(r"\[\]\(#([\w-]+)\)", lambda link: f"[{titles.get(link[1], '')}](#{link[1]})", source)


def with_line(source, stem):
    """A notebook's first cell, with a line under its title that says how to run it and where its page is."""
    page = f"_build/html/chapters/{stem}.html"
    line = (
        "*This notebook draws its figures when it is run: Run › Run All Cells. "
        f"Its page, once `make book` has built it, is [{page}](../{page}).*"
    )
    return re.sub(r"\A# .+\n", lambda title: f"{title[0]}\n{line}\n", LINE.sub(r"\1", source))


def read_as_page(app, docname, source):
    """Turn a notebook's words into the page's roles, before it is parsed."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = FIGURE.sub(r"{numref}`\1`", in_roles("".join(cell["source"])))
            cell["source"] = text.splitlines(keepends=True)
    source[0] = json.dumps(notebook)


def name_addresses(app, exception):
    """Name the page's address, and the repository's, in the notebooks that pages hand out, where there is one."""
    pages, repository = app.config.html_baseurl, app.config.html_theme_options.get("repository_url")
    for notebook in Path(app.outdir, "_sources").rglob("*.ipynb"):
        text = notebook.read_text(encoding="utf-8")
        text = PAGE.sub(rf" is [{pages}\1]({pages}\1)", text) if pages else text
        text = text.replace("the book's repository", repository) if repository else text
        notebook.write_text(text, encoding="utf-8", newline="\n")


def setup(app):
    app.connect("source-read", read_as_page)
    app.connect("build-finished", name_addresses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
