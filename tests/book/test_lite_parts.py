"""What the browser's kernel is made of: where each part comes from, and what is refused."""

import hashlib
import json
import re
import zipfile
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from conftest import ROOT
from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION


@pytest.fixture
def parts(tmp_path):
    """lite/parts.py as a module, which keeps its downloads in a folder of the test."""
    spec = spec_from_file_location("parts", ROOT / "lite" / "parts.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.LITE, module.PARTS, module.KEPT = tmp_path, tmp_path / "parts", tmp_path / "kept"
    module.KEPT.mkdir()
    return module


def wheel(folder, name, requires=(), modules=("thing",)):
    file = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        asked = "".join(f"Requires-Dist: {line}\n" for line in requires)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\n{asked}\n")
        for module in modules:
            archive.writestr(f"{module}/__init__.py", "")
    return file


def test_the_kernel_gets_the_python_that_it_was_made_for():
    package = json.loads((ROOT / "lite" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "lite" / "package-lock.json").read_text(encoding="utf-8"))
    locked = lock["packages"]["node_modules/pyodide"]
    assert package["dependencies"]["pyodide"] == locked["version"] == PYODIDE_VERSION
    assert locked["integrity"].startswith("sha512-")
    assert "resolved" not in json.dumps(lock)  # wherever it comes from, it is the same


def test_a_wheel_says_what_it_needs_and_holds(parts, tmp_path):
    needs = [
        "NumPy>=2",
        "pywin32; sys_platform == 'win32'",
        "pytest; extra == 'test'",
        "threads; sys_platform != 'emscripten'",
    ]
    entry = parts.described(wheel(tmp_path, "own_thing", needs, ("thing", "other")))
    assert (entry["name"], entry["version"], entry["depends"]) == ("own-thing", "1.0", ["numpy"])
    assert entry["imports"] == ["other", "thing"]


def test_only_wheels_that_run_in_a_browser_are_at_hand(parts, tmp_path):
    wheel(tmp_path, "pure")
    (tmp_path / "ours-1.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl").touch()
    (tmp_path / "linux-1.0-cp314-cp314-manylinux_2_28_x86_64.whl").touch()
    (tmp_path / "older-1.0-cp313-cp313-pyemscripten_2025_0_wasm32.whl").touch()
    assert sorted(parts.wheels(tmp_path)) == ["ours", "pure"]


@pytest.mark.parametrize("whole", [True, False])
def test_what_the_network_sends_is_compared_with_the_lock(parts, tmp_path, whole):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "numpy.whl").write_bytes(b"the wheel" if whole else b"the whee1")
    parts.OFFICIAL = (tmp_path / "site").as_uri() + "/"
    entry = {"file_name": "numpy.whl", "sha256": hashlib.sha256(b"the wheel").hexdigest()}
    if whole:
        assert parts.fetched(entry, "1").read_bytes() == b"the wheel"
        return
    with pytest.raises(ValueError, match="numpy.whl from Pyodide's site is not the file that npm's"):
        parts.fetched(entry, "1")
    assert not list(parts.KEPT.iterdir())


def test_without_compiled_packages_the_book_does_without_and_says_how(parts, monkeypatch, capsys, tmp_path):
    (tmp_path / "parts.json").write_text("{}")  # of an earlier build
    for name in ("BOOK_DATA", "BOOK_WHEELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["parts.py"])
    parts.main()
    assert not (tmp_path / "parts.json").exists()
    said = capsys.readouterr().out
    assert re.search(r"without its kernel for the browser: numpy.* is not at hand", said)
    assert "make lite" in said and "BOOK_WHEELS" in said
