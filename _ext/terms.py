"""The dictionary's terms: an anchor for each, and a link to it from its first use in every chapter."""

import re

from docutils import nodes

DICTIONARY = "chapters/dictionary"


def names(title):
    """What a text calls a term "physics ⟷ learning": the physicist's words, and the learner's of two words or more.

    Short words and the learner's single ones have everyday meanings ("work", "evidence"): no link.
    """
    physics, _, learning = title.partition(" ⟷ ")
    found = [name for name in physics.split(", ") if " " in name or len(name) > 5]
    return found + [name for name in learning.split(", ") if " " in name and not name.startswith("(")]


def give_anchors(app, doctree):
    """Identify the terms of the dictionary, and remember which names lead where."""
    if app.env.docname != DICTIONARY:
        return
    app.env.dictionary_terms = known = {}
    for term in doctree.findall(nodes.term):
        title = " ".join(term.astext().split())
        term["ids"].append(nodes.make_id(f"term-{title.partition(' ⟷ ')[0]}"))
        known |= {name.lower(): (term["ids"][-1], title) for name in names(title) if name.lower() not in known}


def link_first_uses(app, doctree, docname):
    """In a chapter's paragraphs, make the first use of each term a link that names both words for it."""
    known = dict(getattr(app.env, "dictionary_terms", {}))
    chapter = docname.startswith("chapters/") and str(app.env.doc2path(docname)).endswith(".ipynb")
    if not known or not chapter or app.builder.format != "html":
        return
    page = app.builder.get_relative_uri(docname, DICTIONARY)
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, (nodes.paragraph, nodes.emphasis, nodes.strong)) or in_link(text):
            continue
        pieces, rest = [], str(text)
        while known and (match := re.search(pattern(known), rest, re.IGNORECASE)):
            identifier, title = known[match[1].lower()]
            known = {name: place for name, place in known.items() if place[0] != identifier}
            link = nodes.reference("", match[0], internal=True, refuri=f"{page}#{identifier}", reftitle=title)
            link["classes"].append("term")
            pieces += [nodes.Text(rest[: match.start()]), link]
            rest = rest[match.end() :]
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(rest)])


def in_link(node):
    """Whether a text lies in a link, or in what a notebook printed."""
    while node := node.parent:
        if isinstance(node, (nodes.reference, nodes.literal_block, nodes.table, nodes.caption)):
            return True
    return False


def pattern(known):
    """One of the names, the longest first, in the singular or plural."""
    return rf"(?<![\w-])({'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})s?(?![\w-])"


def setup(app):
    app.connect("doctree-read", give_anchors)
    app.connect("doctree-resolved", link_first_uses)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
