"""Hashes of what a chapter's claims depend on: its code cells, and the modules of the book's package that they need."""

import ast
import functools
import hashlib
import importlib.util
import json
from itertools import accumulate
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

import sgdphysics


def cells_of(path):
    """The sources of a notebook's code cells."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def code_of(path):
    """A notebook's code cells, one after the other, their magics as the calls that IPython makes of them."""
    return "\n\n".join(map(TransformerManager().transform_cell, cells_of(path)))


def code_hash(path):
    """A hash of a notebook's code cells: its text may change."""
    return hashlib.sha256(json.dumps(cells_of(path)).encode()).hexdigest()[:16]


def modules():
    """{dotted name: (its code, the package it lies in)} of the book's package: docstrings and comments may change."""
    folder, found = Path(sgdphysics.__file__).parent, {}
    for path in sorted(folder.rglob("*.py")):
        package = ".".join((sgdphysics.__name__, *path.parent.relative_to(folder).parts))
        name = package if path.stem == "__init__" else f"{package}.{path.stem}"
        found[name] = parsed(path.read_text(encoding="utf-8")), package
    return found


@functools.cache
def parsed(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.Pass()
    return tree


@functools.cache
def dumped(tree):
    """The ``tree`` as text, in each Python the same: what newer ones added to it is empty."""

    def text(node):
        if isinstance(node, list):
            return f"[{', '.join(map(text, node))}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
        return f"{type(node).__name__}({', '.join(f'{name}={text(value)}' for name, value in fields)})"

    return text(tree)


def imported(tree, package):
    """The dotted names of modules, and perhaps of what is in them, that a ``tree`` of code in ``package`` imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def needed(code, known):
    """The names of the ``known`` modules that run with a notebook's ``code``, but for those that show a live figure."""
    found, left = set(), list(imported(ast.parse(code), ""))
    while left:
        for module in accumulate(left.pop().split("."), "{}.{}".format):  # each package on the way runs, too
            if module == f"{sgdphysics.__name__}.widgets":
                break
            if module in known and module not in found:
                found.add(module)
                left += imported(*known[module])
    return found


def package_hash(code=None):
    """A hash of what the book's package does; with the ``code`` of a notebook, of the modules that its claims need."""
    known = modules()
    used = known if code is None else needed(code, known)
    return hashlib.sha256("\n".join(name + dumped(known[name][0]) for name in sorted(used)).encode()).hexdigest()


def state_hash(path):
    """A hash of a notebook's code and of what it needs of the package: what was stored of another one is outdated."""
    return hashlib.sha256(f"{code_hash(path)} {package_hash(code_of(path))}".encode()).hexdigest()[:16]
