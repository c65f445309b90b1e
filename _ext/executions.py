"""Runs the notebooks that need it, side by side, before Sphinx reads their pages out of jupyter-cache.

jupyter-cache knows a notebook by its code cells, so a changed sentence runs nothing. What all notebooks depend on
beside them (:func:`dependencies`) is noted in the cache, which is emptied when it changes. A run that failed is not
kept, one that wrote to stderr is not used again, and the ledger of claims that a run left is kept with it.
"""

import hashlib
import os
import shutil
import sys
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
INDIFFERENT = {"BOOK_BROWSER_REQUIRED", "BOOK_CLAIMS", "BOOK_PATIENCE", "BOOK_STATIC"}

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
    """jupyter-cache's record of a run of ``notebook``, or None; a run that wrote to stderr is none."""
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    outputs = [output for cell in cache.get_cache_bundle(record.pk).nb.cells for output in cell.outputs]
    return None if any(output.get("name") == "stderr" for output in outputs) else record


def execute(stale, env):
    """Run notebooks {docname: notebook} side by side; yields (docname, result) as each is done."""
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
            runs[pool.submit(single_nb_execution, notebook, cwd=folder, **options)] = docname
        for run in as_completed(runs):
            yield runs[run], run
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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
    for docname, run in execute(stale, env):
        try:
            result = run.result()
            if result.err:
                raise result.err
        except Exception as error:
            failed.append(docname)
            logger.error("%s failed:\n%s", docname, error, location=docname)
            continue
        logger.info("%s: done in %.0f s", docname, result.time)
        ledger = [path for path in [claims / f"{Path(docname).name}.json"] if path.exists()]
        kept = {"artifacts": NbArtifacts(ledger, claims), "data": {"execution_seconds": result.time}}
        kept = CacheBundleIn(result.nb, env.doc2path(docname), **kept)
        cache.cache_notebook_bundle(kept, check_validity=False, overwrite=True)
    note_dependencies(cache, book, known)  # again, since a run may have fetched data
    if failed:
        raise ExtensionError(f"these pages failed: {', '.join(failed)}")
    for notebook in pages.values():
        with cache.cache_artefacts_temppath(cache.match_cache_notebook(notebook).pk) as ledgers:
            if ledgers.exists():
                shutil.copytree(ledgers, claims, dirs_exist_ok=True)


def setup(app):
    app.connect("env-before-read-docs", fill_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
