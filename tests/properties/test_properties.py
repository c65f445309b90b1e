"""Every public function of the package has properties, and each of its arguments is tried with bad values."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
import strategies

ROOMS = "energies dynamics exact lattice work estimators claims datasets learning ensembles glyphs".split()
FILES = sorted(path.stem for path in Path(__file__).parent.glob("test_properties_*.py"))

#: Functions without a table of bad arguments, and why.
UNREFUSED = {
    "dynamics.langevin.langevin_step": "the inner loop of a run, whose arguments the sampler has looked at",
    "dynamics.hamiltonian.refresh_momentum": "the inner loop of a run",
    "dynamics.hamiltonian.total_energy": "the inner loop of a run",
    "dynamics.start.Float64": "made of an energy that `start` has looked at",
    "dynamics.trajectory.DivergedError": "an exception",
    "dynamics.trajectory.InterruptedRun": "an exception",
    "dynamics.trajectory.hand_over": "called where a run has ended by an exception",
    "lattice.exchange": "the inner loop of a sweep",
    "claims.seed": "without arguments; BOOK_SEED is tried in test_properties_measured.py",
    "claims.rng": "tried in test_properties_measured.py",
    "claims.Claims": "its checks are tried one by one in test_properties_measured.py",
    "claims.ClaimsTable": "made by a ledger",
    "claims.with_error": "numbers of a ledger, or of its file",
    "claims.book_root": "without arguments",
    "datasets.DatasetUnavailableError": "an exception",
    "datasets.a9a": "tried in test_properties_measured.py, where the name alone can be wrong",
    "datasets.a9a_or_digits": "without arguments",
    "datasets.odd_digits": "without arguments",
    "datasets.cache_folder": "without arguments",
    "datasets.book_data": "without arguments",
    "datasets.mackay_robot_arm": "without arguments",
    "ensembles.OneAfterAnother": "an executor: what it is given is what it runs",
    "ensembles.available_processors": "without arguments",
    "ensembles.as_done": "tasks of any kind",
    "ensembles.run_all": "tasks of any kind; one that cannot be handed over is tried in test_properties_measured.py",
}


def modules():
    for room in ROOMS:
        module = importlib.import_module(f"sgdphysics.{room}")
        yield module
        for part in pkgutil.iter_modules(getattr(module, "__path__", ())):
            yield importlib.import_module(f"{module.__name__}.{part.name}")


def public_things():
    """Name -> function or class, for all that has laws: neither records of results nor protocols have."""
    found = {}
    for module in modules():
        for name, thing in vars(module).items():
            own = callable(thing) and getattr(thing, "__module__", None) == module.__name__
            record = inspect.isclass(thing) and (issubclass(thing, tuple) or getattr(thing, "_is_protocol", False))
            if own and not name.startswith("_") and not record:
                found[f"{module.__name__.removeprefix('sgdphysics.')}.{name}"] = thing
    return found


THINGS = public_things()


@pytest.fixture(scope="module")
def calls():
    """The tables of bad arguments: name -> Call."""
    return {call.name: call for file in FILES for call in importlib.import_module(file).CALLS}


def without_law(things, laws):
    return [name for name, thing in things.items() if thing not in laws]


def test_every_public_function_has_a_property(calls):
    missing = without_law(THINGS, strategies.LAWS)
    assert not missing, (
        f"{', '.join(missing)}: write a test of what holds for any arguments (units, order, shape, sign, a bound) in "
        f"the tests/properties/test_properties_*.py of its room, and mark it with @law(...); or begin its name with _"
    )


def test_every_public_function_is_tried_with_bad_arguments(calls):
    missing = [name for name in THINGS if name not in calls and name not in UNREFUSED]
    assert not missing, (
        f"{', '.join(missing)}: add a Call to CALLS in the tests/properties/test_properties_*.py of its room, good "
        f"arguments and a kind of bad values for each"
    )
    assert not UNREFUSED.keys() - THINGS.keys(), "UNREFUSED names what is no longer there"
    assert not UNREFUSED.keys() & calls.keys(), "UNREFUSED names what has a Call"


def test_every_argument_of_a_call_has_bad_values(calls):
    for name, call in calls.items():
        arguments = set(inspect.signature(call.function).parameters)
        assert arguments == call.good.keys() == call.bad.keys(), (
            f"{name}: its Call must have a good value and a kind of bad ones for each of {sorted(arguments)}; ANYTHING "
            f"where none can be refused"
        )


def test_a_function_without_a_law_is_noticed():
    def new():
        """A function that nobody has stated a law of."""

    assert without_law({"exact.gibbs.new": new}, strategies.LAWS) == ["exact.gibbs.new"]
