"""Do the claims survive other random numbers? Run as ``python tests/seeds.py --seeds 1 2 3 NOTEBOOKS``.

Every notebook is executed with each seed, in a folder of its own, so that neither the notebook nor the book's record of
its claims changes. A claim that fails is counted, and the notebook goes on.
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
    """(claims that held, lines of what failed) of the notebook at ``path`` under BOOK_SEED = ``seed``."""
    notebook = nbformat.read(path, as_version=4)
    os.environ |= {"BOOK_SEED": str(seed), "BOOK_STATIC": "1"}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=None, allow_errors=True, resources={"metadata": {"path": folder}})
        client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    return sum(line.startswith("PASS  ") for line in printed.splitlines()), errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    arguments = parser.parse_args()
    failures = 0
    for path in arguments.notebooks:
        for seed in arguments.seeds:
            start = time.perf_counter()
            held, errors = run(path, seed)
            failures += len(errors)
            seconds = time.perf_counter() - start
            print(f"{path.stem}, seed {seed}: {held} of {held + len(errors)} claims held ({seconds:.0f} s)", flush=True)
            print("".join(f"    {error}\n" for error in errors), end="", flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
