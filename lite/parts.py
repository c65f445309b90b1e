"""Gather what the browser's kernel is made of into _build/lite/parts: `python lite/parts.py [--fetch]`.

Python itself (Pyodide) comes from npm, as package-lock.json pins it; packages without compiled code, and the book's
own, come from PyPI; the compiled ones from the folder that BOOK_WHEELS names (or wasm-wheels in BOOK_DATA), else, with
--fetch, from Pyodide's own site, and then only with the SHA-256 that npm's pyodide-lock.json states. Without --fetch
the parts are left out, with a word, where a compiled package is not at hand: the book is then built without its
button "in this browser".
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from email.parser import Parser
from functools import cache
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent
LITE = ROOT / "_build" / "lite"
PARTS, KEPT = LITE / "parts", LITE / "kept"  # what is served, and what was downloaded
OFFICIAL = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]  #: of npm's package
LOCK = "pyodide-lock.json"
KERNEL = ["comm", "ipython", "jedi", "micropip", "ipywidgets"]  #: what the kernel asks for before the first cell
#: Not fetched on behalf of another package: what only a page of Jupyter needs, which has it; what few chapters import.
APART = {"jupyterlab-widgets", "widgetsnbextension", "scikit-learn"}


class NotAtHandError(Exception):
    """A compiled package that only the network has."""


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)


def wheels(folder):
    """{canonical name: file} of the wheels in a folder that this Python in the browser can load."""
    found = {}
    for file in sorted(Path(folder).glob("*.whl")):
        name, _, _, tags = parse_wheel_filename(file.name)
        if any(tag.platform == "any" or tag.interpreter == "cp314" and "emscripten" in tag.platform for tag in tags):
            found[name] = file
    return found


def pyodide():
    """The folder of npm's package, which npm has compared with package-lock.json."""
    home = KEPT / "npm"
    home.mkdir(parents=True, exist_ok=True)
    lock = (ROOT / "lite" / "package-lock.json").read_bytes()
    if not (home / "done").exists() or (home / "done").read_bytes() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "lite" / name, home)
        npm = [shutil.which("npm")] if shutil.which("npm") else [str(Path(sys.executable).with_name("npm"))]
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=home, check=True, stdout=sys.stderr, env={**os.environ, "PATH": path})
        (home / "done").write_bytes(lock)
    return home / "node_modules" / "pyodide"


def pins():
    """{name: version} of requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M)}


def requirements():
    """The lines of requirements.in that name a package."""
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def downloaded(name, version):
    """A package without compiled code, from PyPI, kept once it was downloaded."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for download in (False, True):
        if download:
            anywhere = ["--only-binary=:all:", "--platform=any", "--python-version=3.14"]
            pip("download", "--no-deps", *anywhere, f"--dest={KEPT}", f"{name}=={version}")
        file = wheels(KEPT).get(name)
        if file and str(parse_wheel_filename(file.name)[1]) == version:
            return file
    raise NotAtHandError(name)


def fetched(entry, version):
    """A wheel from Pyodide's own site, if it is the one that the lock means."""
    file = KEPT / entry["file_name"]
    if not file.exists() or digest(file) != entry["sha256"]:
        print(f"fetching {file.name}", file=sys.stderr)
        with urllib.request.urlopen(OFFICIAL.format(version=version) + file.name, timeout=60) as answer:
            data = answer.read()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise ValueError(f"{file.name} from Pyodide's site is not the file that npm's pyodide-lock.json names")
        file.write_bytes(data)
    return file


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def described(file):
    """The entry of a wheel in Pyodide's lock, from what the wheel says of itself."""
    name, version, _, _ = parse_wheel_filename(file.name)
    with zipfile.ZipFile(file) as wheel:
        names = wheel.namelist()
        metadata = next(n for n in names if n.endswith(".dist-info/METADATA"))
        asked = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist") or []
    marker = {**default_environment(), "sys_platform": "emscripten", "python_version": "3.14", "extra": ""}
    wanted = [Requirement(line) for line in asked]
    depends = [canonicalize_name(r.name) for r in wanted if r.marker is None or r.marker.evaluate(marker)]
    tops = {n.split("/")[0].removesuffix(".py") for n in names if n.endswith(".py")}
    return {
        "name": str(name),
        "version": str(version),
        "file_name": file.name,
        "install_dir": "site",
        "package_type": "package",
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": depends,
        "unvendored_tests": False,
    }


def gather(fetch):
    """Fill PARTS with what the notebooks need; {name: its entry in the lock}."""
    given = os.environ.get("BOOK_WHEELS") or str(Path(os.environ.get("BOOK_DATA") or "-", "wasm-wheels"))
    at_hand = wheels(ROOT / given)
    if not (fetch or at_hand or any(KEPT.glob("*wasm32.whl"))):
        raise NotAtHandError("numpy")
    source, version = pyodide(), json.loads((ROOT / "lite" / "package.json").read_text())["dependencies"]["pyodide"]
    lock = json.loads((source / LOCK).read_text(encoding="utf-8"))
    pip("wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={LITE / 'own'}", str(ROOT / "code"))
    at_hand |= wheels(LITE / "own")

    def found(name):
        """The file of a package, and its entry in the lock."""
        if entry := lock["packages"].get(name):
            compiled = not entry["file_name"].endswith("none-any.whl")
            if fetch or (KEPT / entry["file_name"]).exists() and compiled and name not in at_hand:
                return fetched(entry, version), entry
            if name not in at_hand and compiled:
                raise NotAtHandError(name)
            file = at_hand.get(name) or downloaded(name, entry["version"])
            return file, {**entry, "version": str(parse_wheel_filename(file.name)[1]), "file_name": file.name}
        file = at_hand.get(name) or downloaded(name, pins()[name])
        return file, described(file)

    chosen, files, wanted = {}, [source / name for name in CORE], [*KERNEL, "sgdphysics", "scikit-learn"]
    while wanted:
        if (name := canonicalize_name(wanted.pop())) not in chosen:
            file, entry = found(name)
            entry["depends"] = sorted({canonicalize_name(other) for other in entry["depends"]} - APART)
            chosen[name] = {**entry, "sha256": digest(file)}
            files.append(file)
            wanted += entry["depends"]

    shutil.rmtree(PARTS, ignore_errors=True)
    PARTS.mkdir(parents=True)
    for file in files:
        shutil.copy(file, PARTS)
    (PARTS / LOCK).write_text(json.dumps({**lock, "packages": chosen}), encoding="utf-8")
    return chosen


@cache
def compressed(file):
    """How large a file is on its way to the reader: a wheel is compressed already."""
    data = file.read_bytes()
    return len(data) if file.suffix in {".whl", ".zip"} else len(gzip.compress(data, 6))


def needs(chosen):
    """{chapter: its files, and their size as they travel}: Python, the kernel's packages, and what its cells import."""
    of_import = {word: name for name, entry in chosen.items() for word in entry["imports"]}
    result = {}
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        words = set(re.findall(r"^\s*(?:from|import) +(\w+)", code, re.M))
        wanted, names = [*KERNEL, *(of_import[word] for word in words if word in of_import)], set()
        while wanted:
            if (name := wanted.pop()) not in names:
                names.add(name)
                wanted += chosen[name]["depends"]
        files = [PARTS / name for name in [*CORE, LOCK, *(chosen[name]["file_name"] for name in sorted(names))]]
        result[f"chapters/{notebook.name}"] = {
            "size": sum(map(compressed, files)),
            "files": [{"name": file.name, "bytes": file.stat().st_size} for file in files],
        }
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetch", action="store_true", help="what is not at hand comes from Pyodide's site")
    fetch = parser.parse_args().fetch
    note = LITE / "parts.json"
    note.unlink(missing_ok=True)
    try:
        chosen = gather(fetch)
    except (NotAtHandError, subprocess.CalledProcessError, OSError) as missing:
        if fetch:
            raise
        print(
            f"The book is built without its kernel for the browser: {missing}, compiled for it, is not at hand. "
            "`make lite` fetches it; BOOK_WHEELS may name a folder that has it."
        )
        return
    asked = {canonicalize_name(Requirement(line).name) for line in requirements()}
    other = {name: [chosen[name]["version"], pins()[name]] for name in sorted(asked & set(chosen))}
    note.write_text(json.dumps({"chapters": needs(chosen), "versions": other}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
