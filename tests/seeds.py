"""Do the claims survive other random numbers? Run as ``python tests/seeds.py --seeds 1 2 3 NOTEBOOKS``.

Every notebook is executed with each seed, in a folder of its own, so that neither the notebook nor the book's record of
its claims changes. A claim that fails is counted and ends its cell, so that those after it in the cell are not tried;
the notebook goes on.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path, seed):
    """(claims that held, that failed, lines of all errors) of the notebook at ``path`` under BOOK_SEED = ``seed``."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BOOK_SEED": str(seed), "BOOK_STATIC": "1", "BOOK_CLAIMS": folder}
        options = {"timeout": None, "allow_errors": True, "extra_arguments": ["--log-level=ERROR"]}
        client = NotebookClient(notebook, resources={"metadata": {"path": folder}}, **options)
        client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    held, failed = (sum(line.startswith(word) for line in printed.splitlines()) for word in ("PASS  ", "FAIL  "))
    return held, failed, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    arguments = parser.parse_args()
    failures = 0
    for path in arguments.notebooks:
        for seed in arguments.seeds:
            start = time.perf_counter()
            held, failed, errors = run(path, seed)
            failures += len(errors)
            counts = f"{held} claims held, {failed} failed, {len(errors) - failed} other errors"
            print(f"{path.stem}, seed {seed}: {counts} ({time.perf_counter() - start:.0f} s)", flush=True)
            print("".join(f"    {error}\n" for error in errors), end="", flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
