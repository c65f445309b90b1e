"""The runner of mutants: what it changes and what it leaves, and that what is explained still stands in the package."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

mutants = pytest.importorskip("mutants", reason="cosmic-ray is not installed")

SOURCE = '''"""A room with 2 doors."""

LIMIT = 3.0


@remembered(7)
def law(x, *, power: "1" = 2, **more):
    check(x, **{"x": x, **more})
    if not x < LIMIT:
        raise ValueError(f"x must be less than {LIMIT + 1}")
    x += 1
    return -(x**power) / 4
'''
EXPECTED = {
    ": LIMIT = 3.0 -> LIMIT = 4.0",
    ": LIMIT = 3.0 -> LIMIT = 2.0",
    'law: def law(x, *, power: "1" = 2, **more): -> def law(x, *, power: "1" = 3, **more):',
    'law: def law(x, *, power: "1" = 2, **more): -> def law(x, *, power: "1" = 1, **more):',
    'law: check(x, **{"x": x, **more}) -> pass',
    "law: if not x < LIMIT: -> if not x <= LIMIT:",
    "law: if not x < LIMIT: -> if x < LIMIT:",
    "law: if not x < LIMIT: -> if not not x < LIMIT:",
    "law: x += 1 -> pass",
    "law: x += 1 -> x += 2",
    "law: x += 1 -> x += 0",
    "law: return -(x**power) / 4 -> return -(x**power) * 4",
    "law: return -(x**power) / 4 -> return -(x*power) / 4",
    "law: return -(x**power) / 4 -> return (x**power) / 4",
    "law: return -(x**power) / 4 -> return -(x**power) / 5",
    "law: return -(x**power) / 4 -> return -(x**power) / 3",
    "law: return -(x**power) / 4 -> return -(x**power) / 4.04",
}


def test_what_is_changed():
    made = list(mutants.mutants(SOURCE))
    assert {name for name, _, _ in made} == EXPECTED and len(made) == len(EXPECTED)
    assert {function for _, function, _ in made} == {"", "law"}


@pytest.fixture(scope="module")
def elsewhere():
    """A process without the threads that other tests may have started here: a fork would not take them along."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield lambda *task: pool.submit(*task).result()


def code_of(change, test):
    """The exit code of pytest where the one function of a module is ``change``."""
    path = mutants.PACKAGE / "trial.py"  # there is no such file: the finder alone knows it

    def work():
        mutants.sys.meta_path.insert(0, mutants.Mutated(path, f"def f(x):\n    return {change}"))
        return mutants.pytest.main([*mutants.QUIET, "--rootdir", str(test.parent), str(test)], plugins=[only])

    only = mutants.Only(["test_trial.py::test_f"])
    return mutants.forked(work)[0]


@pytest.mark.parametrize(("change", "code"), [("x + 2", 1), ("x + 1", 0), ("x +", 2), ("x + f(x)", 1)])
def test_a_mutant_meets_its_tests(change, code, tmp_path, elsewhere):
    test = tmp_path / "test_trial.py"
    test.write_text(
        "from sgdphysics import trial\ndef test_f():\n    assert trial.f(1) == 2\ndef test_g():\n    assert 0"
    )
    assert elsewhere(code_of, change, test) == code


def code_of_what_never_ends():
    def work():
        while True:
            pass

    return mutants.forked(work, seconds=0)[0]


def test_a_mutant_that_never_ends_is_stopped(elsewhere):
    assert elsewhere(code_of_what_never_ends) < 0


@pytest.mark.parametrize("path", list(mutants.modules(mutants.ROOMS)), ids=mutants.name_of)
def test_each_explained_survivor_is_of_a_line_that_stands(path):
    source = path.read_text(encoding="utf-8")
    spans = {name: slice(first - 1, last) for first, last, name in mutants.functions(source)}
    for entry in mutants.explained(path):
        function, _, change = entry.partition(": ")
        lines = source.splitlines()[spans[function] if function else slice(None)]
        assert change.partition(" -> ")[0] in " ".join(line.strip() for line in lines), entry


def test_every_module_is_tried_and_no_other_is_explained():
    every = {mutants.name_of(path) for path in mutants.modules(mutants.ROOMS)}
    assert mutants.yaml.safe_load(mutants.EXPLAINED.read_text(encoding="utf-8")).keys() <= every
