"""Every public docstring of the package shows its use, in an example that runs.

An example may use numpy as np and the public names of its own module; what else it needs it imports, as a reader would.
"""

import doctest
import importlib
import inspect
import pkgutil
import urllib.request

import numpy as np
import pytest
from matplotlib import pyplot as plt

import sgdphysics
from sgdphysics import plots

MODULES = [
    importlib.import_module(name)
    for _, name, _ in pkgutil.walk_packages(sgdphysics.__path__, "sgdphysics.")
    if not name.rpartition(".")[2].startswith("_")
]


def public(namespace):
    return {name: value for name, value in vars(namespace).items() if not name.startswith("_")}


def own(module):
    """The functions and classes that ``module`` defines, by name."""
    return {
        name: value
        for name, value in public(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    }


def at_hand(module):
    """What an example of ``module`` finds without an import: np, and the module's own names."""
    kept = {
        name: value for name, value in public(module).items() if not callable(value) and not inspect.ismodule(value)
    }
    return {"np": np} | kept | own(module)


def asserted(thing):
    """The examples of a docstring, or none where not one of them says what comes out."""
    examples = doctest.DocTestParser().get_examples(inspect.cleandoc(thing.__doc__ or ""))
    return examples if any(example.want for example in examples) else []


def without_example(name, thing):
    """What of a function or class no example uses: itself, or a method or property that it defines."""
    if not asserted(thing):
        yield name
    if inspect.isclass(thing):
        shown = "".join(example.source for example in asserted(thing))
        for part, value in public(thing).items():
            if isinstance(value, property) or inspect.isfunction(value):
                if f".{part}" not in shown and not asserted(value):
                    yield f"{name}.{part}"


@pytest.fixture
def untouched(monkeypatch, tmp_path):
    """No display, no network, no data of the user's; what an example sets is put back, what it draws is closed."""
    for name in ("BOOK_SEED", "BOOK_DATA", "BOOK_STATIC"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BOOK_CLAIMS", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def offline(address, **_):
        raise OSError(f"an example asked for {address}")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    backend = plt.get_backend()
    plt.switch_backend("agg")
    with plots.styled():
        yield
        plt.close("all")
    plt.switch_backend(backend)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_hold(module, untouched):
    failed, _ = doctest.testmod(module, globs=at_hand(module))
    assert not failed


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_everything_public_has_an_example(module):
    missing = [lacking for name, thing in own(module).items() for lacking in without_example(name, thing)]
    assert not missing


class Shown:
    """
    >>> Shown().used()
    1
    """

    def used(self):
        return 1

    def forgotten(self):
        return 2

    @property
    def never_read(self):
        """
        >>> Shown().never_read
        """


class Silent(Shown):
    pass


def test_a_missing_example_is_noticed():
    assert list(without_example("Silent", Silent)) == ["Silent"]
    assert list(without_example("Shown", Shown)) == ["Shown.forgotten", "Shown.never_read"]
    assert list(without_example("public", public)) == ["public"]
