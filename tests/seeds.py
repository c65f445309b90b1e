"""Do the claims survive other random numbers? Run as ``make claims SEEDS=20``.

Every chapter is executed with each seed, in processes of this machine or on a cluster (``SCHEDULER=tcp://…``), in a
folder of its own, so that neither the notebook nor the book's record of its claims changes. What each run claimed is
kept in ``_build/seeds/CHAPTER/HASH/SEED.json``, where the hash is of the code cells and of what they depend on: a run
that is there is not repeated, but for one with an error that is no claim's. A claim that fails is recorded and ends its
cell, so that those after it in the cell are not tried; the notebook goes on. Of the whole book the table is kept, too,
for the page that shows it, and in tests/seeds.json what it is made of, so that another machine goes on as well.

The workers of a cluster need the book's environment and the data, and no folder in common with this machine.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import nbformat
from hashes import code_hash, code_of, package_hash
from nbclient import NotebookClient
from seeds_table import STORED, accidents, as_text, marked, table

from sgdphysics import datasets, ensembles

ROOT = Path(__file__).parents[1]
RECORDS = Path("tests", "seeds.json")  #: what the runs of the whole book came to, chapter by chapter


def data_at_hand():
    """The names of the data sets in the folder BOOK_DATA: what is in them is checked when they are read."""
    folder = datasets.book_data() if os.environ.get("BOOK_DATA") else Path(os.devnull)
    names = (*datasets.A9A_SHA256, datasets.ARM_FILE)
    return [name for name in names if (folder / name).exists() or (folder / f"{name}.gz").exists()]


def fingerprint(path):
    """A hash of what the claims of the notebook at ``path`` depend on beside the seed."""
    versions = [importlib.metadata.version(name) for name in ("numpy", "scipy", "scikit-learn")]
    parts = [package_hash(code_of(path)), platform.python_version(), *versions, *data_at_hand()]
    return hashlib.sha256("\n".join([code_hash(path), *parts]).encode()).hexdigest()[:16]


def run(text, chapter, seed):
    """What the notebook ``text`` claims under BOOK_SEED = ``seed``: its ledger, the errors of its cells, its time."""
    notebook, begun = nbformat.reads(text, as_version=4), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "_config.yml").touch()  # the book's root to a kernel here, and with it the place of its ledger
        environment = {name: value for name, value in os.environ.items() if name != "BOOK_CLAIMS"}
        environment |= {"BOOK_SEED": str(seed), "BOOK_STATIC": "1"}
        options = {"timeout": None, "allow_errors": True, "extra_arguments": ["--log-level=ERROR"]}
        client = NotebookClient(notebook, resources={"metadata": {"path": folder}}, **options)
        client.execute(env=environment)
        ledger = Path(folder, "_build", "claims", f"{chapter}.json")
        record = json.loads(ledger.read_text(encoding="utf-8")) if ledger.exists() else {"claims": [], "scores": {}}
        errors = [] if ledger.exists() else [f"no record of the claims: is there Claims({chapter!r}), and its table()?"]
        others = sorted(path.stem for path in ledger.parent.glob("*.json") if path != ledger)
        errors += [f"claims of other names, which are not counted: Claims({name!r})" for name in others]
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    errors += [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    seconds = round(time.perf_counter() - begun, 1)
    return record | {"chapter": chapter, "seed": seed, "errors": errors, "seconds": seconds, "package": package_hash()}


def write(path, text):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def read(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def packed(records):
    """The ``records`` of a chapter as columns: a claim's [passed, z, scores] at each seed, null where not tried."""
    claims = {}
    for seed, record in enumerate(records):
        for claim in record["claims"]:
            z = round(claim["z"], 4) if isinstance(claim["z"], float) else claim["z"]
            column = claims.setdefault(claim["name"], [None] * len(records))
            column[seed] = [claim["passed"], z, record["scores"].get(claim["name"])]
    return {word: [record[word] for record in records] for word in ("seed", "errors", "seconds")} | {"claims": claims}


def unpacked(columns):
    """The records that ``columns`` were made of, as far as a table needs them."""
    for i, seed in enumerate(columns["seed"]):
        tried = {name: column[i] for name, column in columns["claims"].items() if column[i]}
        yield {
            "seed": seed,
            "errors": columns["errors"][i],
            "seconds": columns["seconds"][i],
            "claims": [{"name": name, "passed": passed, "z": z} for name, (passed, z, _) in tried.items()],
            "scores": {name: scores for name, (_, _, scores) in tried.items() if scores is not None},
        }


def stored(folders):
    """{notebook: [its records]} of tests/seeds.json, of runs of the notebooks in ``folders`` as they are now."""
    known = read(ROOT / RECORDS)
    columns = {notebook: known.get(notebook.stem, {}) for notebook in folders}
    return {one: list(unpacked(columns[one])) for one in folders if columns[one].get("hash") == folders[one].name}


def fetch(folders):
    """Put the records of tests/seeds.json into the ``folders`` {notebook: folder} where they are not yet there."""
    for notebook, records in stored(folders).items():
        for record in records:
            place = folders[notebook] / f"{record['seed']}.json"
            if not done(place):
                write(place, json.dumps(record, indent=1))


def keep(found, folders):
    """Add the records ``found`` {notebook: its records} to tests/seeds.json, a line a chapter, for those outdated."""
    lines, known, before = [], stored(folders), read(ROOT / RECORDS)
    for notebook, records in found.items():
        every = {record["seed"]: record for record in (*known.get(notebook, ()), *records)}
        columns = before.get(notebook.stem)
        if every:
            columns = {"hash": folders[notebook].name} | packed([every[seed] for seed in sorted(every)])
        if columns:
            lines.append(f"{json.dumps(notebook.stem)}:{json.dumps(columns, separators=(',', ':'))}")
    write(ROOT / RECORDS, "{\n" + ",\n".join(lines) + "\n}\n")


def counts(record):
    """How many claims held and how many failed, and how many errors there were beside those."""
    failed = sum(not claim["passed"] for claim in record["claims"])
    return len(record["claims"]) - failed, failed, len(accidents(record))


def summary(record):
    return "{} claims held, {} failed, {} other errors ({:.0f} s)".format(*counts(record), record["seconds"])


def done(place):
    """Whether the run whose record is kept at ``place`` need not be repeated: an error may be an accident."""
    return place.exists() and not counts(json.loads(place.read_text(encoding="utf-8")))[-1]


def run_missing(places, executor):
    """Run ``{(notebook, seed): file of its record}`` where that is not done yet; return what was lost for good."""
    missing = {key: place for key, place in places.items() if not done(place)}
    names = {f"{path.stem}, seed {seed}": (path, seed) for path, seed in missing}
    tasks = {name: partial(run, path.read_text("utf-8"), path.stem, seed) for name, (path, seed) in names.items()}
    print(f"{len(places) - len(missing)} of {len(places)} runs were done before", flush=True)
    lost, kept, here, left = [], False, package_hash(), len(tasks)
    with closing(ensembles.as_done(tasks, executor)) as runs:
        for name, future in runs:
            left -= 1
            if error := future.exception():
                lost.append(name)
                print(f"{name}: lost for good: {error!r}; {left} left", flush=True)
                continue
            record = future.result()
            if record["package"] != here:
                if not kept and here == package_hash():
                    raise ValueError("the workers must have the package of this folder, got another version of it")
                lost.append(name)
                print(f"{name}: not kept: it ran with another package; {left} left", flush=True)
                continue
            write(missing[names[name]], json.dumps(record, indent=1))
            kept = True
            print(f"{name}: {summary(record)}; {left} left", flush=True)
            print("".join(f"    {error}\n" for error in record["errors"]), end="", flush=True)
    return lost


def local_or_cluster(scheduler, workers):
    """An executor of ``workers`` processes here, or of the Dask cluster with the address ``scheduler``."""
    if not scheduler:
        return ensembles.EachInAProcess(workers)
    from distributed import Client

    return Client(scheduler).get_executor(pure=False)  # or a repeated run would be given its first one's error


def arguments_of(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="all chapters, whose table is kept, if none is named")
    parser.add_argument("--seeds", nargs="+", type=int, default=[5], help="one: how many, from 0 on; or which")
    parser.add_argument("--scheduler", help="address of a Dask cluster")
    parser.add_argument("--workers", type=int, help="how many processes here, if not one a processor")
    parser.add_argument("--folder", type=Path, default=ROOT / "_build" / "seeds", help="where records are kept")
    return parser.parse_args(argv)


def main(argv=None):
    """0, or 1 if a claim was given a mark, a cell raised or a run was lost, or 130 after Ctrl-C."""
    arguments = arguments_of(argv)
    if os.environ.get("BOOK_DATA"):  # the kernels run elsewhere
        os.environ["BOOK_DATA"] = str(Path(os.environ["BOOK_DATA"]).expanduser().resolve())
    notebooks = arguments.notebooks or sorted((ROOT / "chapters").glob("*.ipynb"))
    seeds = arguments.seeds if len(arguments.seeds) > 1 else range(arguments.seeds[0])
    if not seeds or min(seeds) < 0:
        raise SystemExit(f"--seeds must be how many, 1 or more, or which, each 0 or more; got {arguments.seeds}")
    if len({path.stem for path in notebooks}) < len(notebooks):
        raise SystemExit("notebooks must have names of their own, whatever their folders")
    keys = [(path, seed) for path in notebooks for seed in seeds]
    folders = {path: arguments.folder / path.stem / fingerprint(path) for path in notebooks}
    places = {(path, seed): folders[path] / f"{seed}.json" for path, seed in keys}
    fetch(folders)
    try:
        lost, stopped = run_missing(places, local_or_cluster(arguments.scheduler, arguments.workers)), False
    except KeyboardInterrupt:
        lost, stopped = [], True
    found = {path: [] for path in notebooks}
    for (path, _), place in places.items():
        found[path] += [json.loads(place.read_text("utf-8"))] if place.exists() else []
    if changed := [path.stem for path, folder in folders.items() if fingerprint(path) != folder.name]:
        print(f"\nChanged meanwhile: {', '.join(changed)}. Run this again.")
        return 1
    if not arguments.notebooks:
        keep(found, folders)
    if stopped:
        print(f"\nStopped. What is done is kept in {arguments.folder}: the same command goes on from there.")
        return 130
    if not any(found.values()):
        print("\nNo run came to an end.")
        return 1
    result = table(found)
    for name, text in (("table.json", json.dumps(result, indent=1)), ("table.txt", as_text(result))):
        write(arguments.folder / name, text)
    if not (arguments.notebooks or lost):
        write(ROOT / STORED, json.dumps(result, indent=1) + "\n")
    print(as_text(result))
    errors = any(record["errors"] for records in found.values() for record in records)
    return int(bool(lost) or errors or bool(marked(result)))


if __name__ == "__main__":
    sys.exit(main())
