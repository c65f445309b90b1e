"""Runs the notebooks that need it, side by side, before Sphinx reads their pages out of jupyter-cache.

jupyter-cache knows a notebook by its code cells, so a changed sentence runs nothing. What all notebooks depend on
beside them (:func:`dependencies`) is noted in the cache, which is emptied when it changes. A run that failed is not
kept, one that wrote to stderr is not used again, and the ledger of claims that a run left is kept with it. Each run
writes its ledger into a folder of its own, so that no notebook can spoil that of another.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import as_completed
from importlib import metadata
from pathlib import Path

import matplotlib.font_manager  # noqa: F401  (fills its cache: done in a kernel, this may write to stderr)
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import NbArtifacts
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from sphinx.errors import ExtensionError
from sphinx.util import logging

import sgdphysics
from sgdphysics import datasets, ensembles

logger = logging.getLogger(__name__)

#: The variables BOOK_* that no result depends on. (Any other counts, so that a new one is not forgotten.)
INDIFFERENT = {"BOOK_BROWSER_REQUIRED", "BOOK_CLAIMS", "BOOK_PATIENCE", "BOOK_STATIC", "BOOK_WHEELS"}

PRINTED = re.compile(r"^(PASS|FAIL)  ", re.M)  #: what claims print

NOTE = "dependencies"  #: file in the cache that holds their hash


def patience():
    """The factor on every limit of time, from BOOK_PATIENCE: for machines that are slow or busy."""
    return float(os.environ.get("BOOK_PATIENCE") or 1)


def dependencies():
    """A hash of what all notebooks depend on beside data: Python and the versions of all packages, the book's own
    package file by file, and the environment variables BOOK_*."""
    package = Path(sgdphysics.__file__).parent
    files = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    parts = [sys.version, *sorted({f"{found.name} {found.version}" for found in metadata.distributions()})]
    parts += [f"{path.relative_to(package)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    parts += sorted(
        f"{name} {value}" for name, value in os.environ.items() if name.startswith("BOOK_") and name not in INDIFFERENT
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def data_at_hand(book):
    """Size and time of each file in the places where :mod:`sgdphysics.datasets` looks."""
    places = [Path(book) / Path(name).expanduser() for name in [os.environ.get("BOOK_DATA")] if name]
    try:
        places.append(datasets.cache_folder())
        found = [path for place in places for path in (place.iterdir() if place.is_dir() else [place])]
        return sorted(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found if path.exists())
    except (OSError, RuntimeError) as error:  # no home, or a place that may not be looked into
        return [str(error)]


def is_current(cache, book):
    """Whether the runs in ``cache`` were made with what the notebooks depend on now."""
    note = cache.path / NOTE
    return note.exists() and note.read_text(encoding="utf-8") == noted(dependencies(), book)


def noted(known, book):
    """The text of the note: :func:`dependencies` as they were ``known``, and the data at hand now."""
    return "\n".join([known, *data_at_hand(book)])


def note_dependencies(cache, book, known):
    (cache.path / NOTE).write_text(noted(known, book), encoding="utf-8")


def notebooks(env):
    """{docname: notebook} of all pages with code cells, as myst-nb reads them."""
    found = {}
    for docname in sorted(env.found_docs):
        path = env.doc2path(docname)
        text = Path(path).read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        notebook = reader and reader.read(text)
        if notebook and any(cell.cell_type == "code" for cell in notebook.cells):
            found[docname] = notebook
    return found


def cached(cache, notebook):
    """jupyter-cache's record of a run of ``notebook``, or None; nor is one that wrote to stderr or lost its ledger."""
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    bundle = cache.get_cache_bundle(record.pk)
    outputs = [output for cell in bundle.nb.cells for output in cell.outputs]
    claimed = any(PRINTED.search(output.get("text", "")) for output in outputs)
    lost = claimed and not (bundle.artifacts and bundle.artifacts.relative_paths)
    return None if lost or any(output.get("name") == "stderr" for output in outputs) else record


def run(notebook, claims, options):
    """jupyter-cache's result of one notebook, whose kernel writes its ledger into the folder ``claims``."""
    before = os.environ.get("BOOK_CLAIMS")
    os.environ["BOOK_CLAIMS"] = claims
    try:
        return single_nb_execution(notebook, **options)
    finally:
        os.environ.pop("BOOK_CLAIMS")
        if before is not None:
            os.environ["BOOK_CLAIMS"] = before


def execute(stale, env, claims):
    """Run notebooks {docname: notebook} side by side; yields (docname, future) as each is done.

    The ledger of each lies then in ``claims``/docname.
    """
    limit, config = patience(), env.mystnb_config
    options = {"timeout": int(config.execution_timeout * limit), "allow_errors": False}
    # No output is lost for want of patience; and the kernel's remark that it listens on this machine alone is no news.
    options |= {"startup_timeout": int(300 * limit), "iopub_timeout": int(300 * limit), "raise_on_iopub_timeout": True}
    options |= {"extra_arguments": ["--log-level=ERROR"]}
    pool = ensembles.processes()
    try:
        runs = {}
        for docname, notebook in stale.items():
            folder = str(Path(env.doc2path(docname)).parent)
            runs[pool.submit(run, notebook, str(claims / docname), options | {"cwd": folder})] = docname
        for done in as_completed(runs):
            yield runs[done], done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def left_in(folder, docname):
    """Paths of what a run left in ``folder``: its ledger, which must bear the notebook's name, and pictures."""
    found = list(folder.glob("*"))
    if others := sorted(path.stem for path in found if path.suffix == ".json" and path.stem != Path(docname).name):
        raise ExtensionError(f"its claims are named after the file: Claims({Path(docname).name!r}), not {others}")
    return found


def read_again(app, env, added, changed, removed):
    """All pages of notebooks: what changed may be their runs, which Sphinx does not look at."""
    return {docname for docname in env.found_docs if env.doc2path(docname).endswith(".ipynb")} - removed


def fill_cache(app, env, docnames):
    """Run what is not in the cache, keep it there, and lay out the ledgers of all runs that this build shows."""
    cache, book = get_cache(env.mystnb_config.execution_cache_path), Path(app.srcdir)
    claims = Path(os.environ.get("BOOK_CLAIMS") or Path(app.outdir).parent / "claims")
    shutil.rmtree(claims, ignore_errors=True)
    known = dependencies()  # before the runs: what changes while they last must not be taken for what they used
    if not is_current(cache, book):
        cache.clear_cache()
        note_dependencies(cache, book, known)
    pages = notebooks(env)
    stale = {docname: notebook for docname, notebook in pages.items() if not cached(cache, notebook)}
    logger.info("executing %d of %d notebooks: %s", len(stale), len(pages), ", ".join(stale) or "none has changed")
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        ledgers = Path(folder)
        for docname, done in execute(stale, env, ledgers):
            try:
                result = done.result()
                if result.err:
                    raise result.err
                kept = left_in(ledgers / docname, docname)
            except Exception as error:
                failed.append(docname)
                logger.error("%s failed:\n%s", docname, error, location=docname)
                continue
            logger.info("%s: done in %.0f s", docname, result.time)
            kept = {"artifacts": NbArtifacts(kept, ledgers / docname), "data": {"execution_seconds": result.time}}
            kept = CacheBundleIn(result.nb, env.doc2path(docname), **kept)
            cache.cache_notebook_bundle(kept, check_validity=False, overwrite=True)
    note_dependencies(cache, book, known)  # again, since a run may have fetched data
    if failed:
        raise ExtensionError(f"these pages failed: {', '.join(failed)}")
    for docname, notebook in pages.items():
        with cache.cache_artefacts_temppath(cache.match_cache_notebook(notebook).pk) as kept:
            for path in kept.glob("*"):
                place = claims if path.suffix == ".json" else claims / Path(docname).name
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)


def setup(app):
    app.connect("env-get-outdated", read_again)
    app.connect("env-before-read-docs", fill_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
