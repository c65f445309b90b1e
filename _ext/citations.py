"""The way back from the bibliography: under each work, the chapters that cite it, at their first citation."""

from docutils import nodes


def link_back(app, doctree, docname):
    if app.builder.format != "html" or "cite" not in app.env.domains:
        return
    domain, order = app.env.get_domain("cite"), list(app.env.collect_relations())
    keys = {entry.citation_id: entry.key for entry in domain.citations}
    for citation in doctree.findall(nodes.citation):
        key = next((keys[name] for name in citation["ids"] if name in keys), None)
        places = {}
        for use in domain.citation_refs:
            if any(target.key == key for target in use.targets):
                places.setdefault(use.docname, use.citation_ref_id)
        line = nodes.paragraph("", "cited in ", classes=["cited-in"])
        for page in sorted(places, key=order.index):
            address = f"{app.builder.get_relative_uri(docname, page)}#{places[page]}"
            title = app.env.titles[page].astext()
            line += [nodes.reference("", title, internal=True, refuri=address), nodes.Text(" · ")]
        if places:
            line.pop()
            citation += line


def setup(app):
    app.connect("doctree-resolved", link_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
