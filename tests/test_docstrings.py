"""Every public docstring of the package shows its use, in an example that runs.

An example may use numpy as np and the public names of its own module; what else it needs it imports, as a reader would.
"""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import sgdphysics

MODULES = [
    importlib.import_module(name)
    for _, name, _ in pkgutil.walk_packages(sgdphysics.__path__, "sgdphysics.")
    if not name.rpartition(".")[2].startswith("_")
]

TO_COME = ["estimators", "claims", "ensembles", "datasets", "glyphs", "learning"]
TO_COME += ["kernel", "comparison", "evidence", "renderings", "plots", "widgets"]


def public(namespace):
    return {name: value for name, value in vars(namespace).items() if not name.startswith("_")}


def own(module):
    """The public functions and classes that ``module`` defines, by name."""
    return {name: value for name, value in public(module).items() if getattr(value, "__module__", 0) == module.__name__}


def at_hand(module):
    """What an example of ``module`` finds without an import: np, and the module's own public names."""
    foreign = {name for name, value in public(module).items() if callable(value) or inspect.ismodule(value)}
    return {"np": np} | {name: value for name, value in public(module).items() if name not in foreign} | own(module)


def asserted(thing):
    """The examples of a docstring, or none where not one of them says what comes out."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(thing) or "")
    return examples if any(example.want for example in examples) else []


def without_example(name, thing):
    """What of a public function or class no example uses: itself, or methods and properties it defines."""
    if not asserted(thing):
        yield name
    if inspect.isclass(thing):
        shown = "".join(example.source for example in asserted(thing))
        methods = [(key, value) for key, value in public(thing).items() if inspect.isfunction(value)]
        methods += [(key, value) for key, value in public(thing).items() if isinstance(value, property)]
        yield from (f"{name}.{key}" for key, value in methods if f".{key}" not in shown and not asserted(value))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_hold(module):
    failed, _ = doctest.testmod(module, extraglobs={}, globs=at_hand(module))
    assert not failed


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_everything_public_has_an_example(module):
    if module.__name__.split(".")[1] in TO_COME:
        pytest.skip("its examples are still to be written")
    missing = [lacking for name, thing in own(module).items() for lacking in without_example(name, thing)]
    assert not missing
