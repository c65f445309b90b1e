"""Run a chapter in the reader's browser: a button for it, and JupyterLite beside the book, where its parts are at hand.

`make book` gathers the parts (lite/parts.py); a build that finds none in _build/lite leaves all of this out.
"""

import json
import posixpath
import shutil
import subprocess
import sys
from pathlib import Path

from notebooks import LINE
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

SECONDS = "half a minute"  # from the button to the first result; measured, see README
CONFIG = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "exposeAppInBrowser": True,
        # or a long table would scroll in a box of its own
        "settingsOverrides": {"@jupyter-notebook/notebook-extension:scroll-output": {"autoScrollOutputs": False}},
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}},
    },
}
HEAD = '<link rel="icon" href="../../_static/favicon.svg"><script src="../watch.js"></script>'
#: The folder's own page, which the others read too, would lead to JupyterLite's Lab, which is left out.
ROOT = ("await import('./config-utils.js');", 'location.replace("start.html");')
FIRST = """*This notebook runs in your browser: ▶▶ above restarts Python and runs all of it. That takes a few times \
as long as elsewhere; cells that compute less here say so. What you change is kept in this browser alone \
(File ▸ Download saves it). {versions}*"""


def parts(app):
    """What lite/parts.py wrote: sizes and versions; None where the parts were not at hand."""
    note = Path(app.srcdir, "_build", "lite", "parts.json")
    return json.loads(note.read_text(encoding="utf-8")) if note.exists() else None


def versions(found):
    """A sentence: which packages differ here from those of the book."""
    differ = [f"{name} {here} (book: {book})" for name, (here, book) in found["versions"].items() if here != book]
    if not differ:
        return "Its packages are of the versions that the book was made with."
    return f"Other versions than the book's: {', '.join(differ)}."


def megabytes(size):
    return f"{size / 1e6:.0f} MB"


def tell_pages(app, config):
    """Pages see by the tag ``lite`` whether a chapter can be run in the browser."""
    if parts(app):
        app.tags.add("lite")


def add_button(app, pagename, templatename, context, doctree):
    """The first of the ways to run a chapter, with what it costs."""
    found = parts(app)
    if not found or f"{pagename}.ipynb" not in found["chapters"]:
        return
    cost = f"{megabytes(found['chapters'][f'{pagename}.ipynb']['size'])}, {SECONDS}"
    button = {
        "type": "link",
        "text": f"In this browser ({cost})",
        "tooltip": f"Run and edit this chapter here, without a server: fetches {cost} until it runs",
        "icon": "fas fa-play",
        "url": f"{context['pathto']('lite/start.html', 1)}?path={pagename}.ipynb",
    }
    buttons = context["header_buttons"]
    group = next((one for one in buttons if one.get("label") == "launch-buttons"), None)
    if group is None:
        tip = "Launch interactive content"
        group = {"type": "group", "tooltip": tip, "icon": "fas fa-rocket", "buttons": [], "label": "launch-buttons"}
        buttons.insert(0, group)
    group["buttons"].insert(0, button)


def stage(app, found, folder):
    """The notebooks as JupyterLite is to show them: each begins with what is different here."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in found["chapters"]:
        notebook = json.loads(Path(app.srcdir, path).read_text(encoding="utf-8"))
        title = notebook["cells"][0]
        title["source"] = LINE.sub(r"\1", "".join(title["source"]))  # FIRST says how to run it here
        source = FIRST.format(versions=versions(found))
        first = {"cell_type": "markdown", "id": "in-this-browser", "metadata": {}, "source": source}
        notebook["cells"].insert(0, first)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def change(page, old, new):
    """Replace what a page of JupyterLite must hold."""
    text = page.read_text(encoding="utf-8")
    if old not in text:
        raise ExtensionError(f"{page.name} of JupyterLite is another than the book knows: it lacks {old}")
    page.write_text(text.replace(old, new), encoding="utf-8")


def build_site(app, exception):
    """JupyterLite, its kernel, the notebooks and the page that starts them, into lite/ of the site."""
    found, here = parts(app), Path(app.srcdir, "lite")
    if exception or not found or app.builder.name != "html":
        return
    home, out = Path(app.srcdir, "_build", "lite"), Path(app.outdir, "lite")
    site, contents = home / "site", home / "contents"
    for old in (site, out):  # a record of an earlier build would make it point to another host, without a word
        shutil.rmtree(old, ignore_errors=True)
    site.mkdir()
    (site / "static").mkdir()
    shutil.copytree(home / "parts", site / "static" / "pyodide")
    (site / "jupyter-lite.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    stage(app, found, contents)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--apps=notebooks", "--no-sourcemaps"]
    command += [f"--lite-dir={site}", f"--contents={contents}", f"--output-dir={out}"]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True)
    config = out / "jupyter-lite.json"
    if done.returncode or '"pyodideUrl": "./static/pyodide/pyodide.mjs"' not in config.read_text(encoding="utf-8"):
        raise ExtensionError(f"JupyterLite could not be built beside the book:\n{done.stdout}\n{done.stderr}")
    for name in ("start.html", "start.js", "watch.js"):
        shutil.copy(here / name, out)
    change(out / "notebooks" / "index.html", "</head>", f"{HEAD}</head>")
    change(out / "index.html", *ROOT)
    titles = {f"{name}.ipynb": title.astext() for name, title in app.env.titles.items()}
    chapters = {
        path: {
            "title": titles[path],
            "size": chapter["size"],
            "files": [{**file, "address": f"static/pyodide/{file['name']}"} for file in chapter["files"]],
        }
        for path, chapter in found["chapters"].items()
        if path in titles
    }
    text = json.dumps({"chapters": chapters, "versions": versions(found)})
    (out / "parts.json").write_text(text, encoding="utf-8")
    logger.info("JupyterLite stands beside the book: %s", posixpath.join(out.name, "start.html"))


def setup(app):
    app.connect("config-inited", tell_pages)
    app.connect("html-page-context", add_button, priority=502)
    app.connect("build-finished", build_site)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
