"""What the property tests are made of: two profiles, good and bad arguments, energies, and tapes of random numbers.

`make test` takes the profile "book", a few examples, always the same; `make properties` takes "nightly", many examples,
other ones each night. A failure prints a line `@reproduce_failure(...)` that repeats it: paste it above the test.
"""

import copy
import os
import re
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": SLOW}
settings.register_profile("book", max_examples=10, derandomize=True, database=None, **COMMON)
settings.register_profile("nightly", max_examples=300, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "book"))


def examples(share):
    """Settings of a test that needs more, or can pay for fewer, examples than the others."""
    return settings(max_examples=max(2, round(share * settings.default.max_examples)))


# --- Which public names have a property --------------------------------------------------------------------------

LAWS = {}  #: function or class -> names of the tests that state a law of it


def law(*things):
    """Mark a test as a property of these functions and classes; test_properties.py wants one of each."""

    def mark(test):
        for thing in things:
            LAWS.setdefault(thing, []).append(test.__name__)
        return test

    return mark


@dataclass(repr=False)
class Call:
    """A call that works, and for each argument a kind of value that must be refused.

    ``bad`` maps an argument to a function of its good value that returns a strategy, or to ANYTHING. ``called`` is what
    the error may name instead: the argument of the function that was handed it.
    """

    function: object
    good: dict
    bad: dict
    called: dict = field(default_factory=dict)

    @property
    def name(self):
        return f"{self.function.__module__.removeprefix('sgdphysics.')}.{self.function.__qualname__}"

    def __repr__(self):
        return self.name

    def arguments(self):
        """The good ones, with a generator of their own."""
        return {key: np.random.default_rng(1) if value is RNG else value for key, value in self.good.items()}

    def __call__(self, **changed):
        return self.function(**self.arguments() | changed)


class Rng:
    """Stands for a fresh generator in the arguments of a Call."""


RNG = Rng()


def ANYTHING(good):
    """Nothing is refused here, or nothing could be: a callback, a sentence."""
    return None


def refusal_test(calls):
    """The test that each bad argument of ``calls`` raises a ValueError that names it, and nothing else."""
    pairs = [
        pytest.param(call, argument, id=f"{call.name}-{argument}")
        for call in calls
        for argument, kind in call.bad.items()
        if kind is not ANYTHING
    ]

    @pytest.mark.parametrize(("call", "argument"), pairs)
    @examples(2.5)
    @given(data=st.data())
    def test(call, argument, data):
        value = data.draw(call.bad[argument](call.good[argument]), label=argument)
        with np.errstate(all="ignore"), pytest.raises(ValueError) as raised:
            result = call(**{argument: value})
            if hasattr(result, "__next__"):
                next(result)
        name = call.called.get(argument, argument)
        assert re.search(rf"\b({name})\b", str(raised.value)), f"the error must name {name}: {raised.value}"

    return test


def intact_test(calls):
    """The test that each call works, gives the same when it is made again, and leaves its arguments as they are."""

    @pytest.mark.parametrize("call", calls, ids=lambda call: call.name)
    def test(call):
        arguments = call.arguments()
        kept = copy.deepcopy({key: value for key, value in arguments.items() if call.good[key] is not RNG})
        first, second = contents(call.function(**arguments)), contents(call())
        for name, value in kept.items():
            same(contents(arguments[name]), contents(value))
        same(first, second)

    return test


def contents(result):
    """What a result holds, as far as it is numbers: arrays of a tuple, a list, an iterator, or an object."""
    if hasattr(result, "__next__"):
        result = list(result)
    if isinstance(result, dict):
        return {key: contents(value) for key, value in result.items()}
    if isinstance(result, list | tuple):
        return [contents(value) for value in result]
    if hasattr(result, "__dict__") and not callable(result):
        return contents({k: v for k, v in vars(result).items() if not k.startswith("_")})
    return result if isinstance(result, np.ndarray | float | int | str | bool | np.generic) else None


def same(one, other):
    """Assert that two results of :func:`contents` are equal to the last bit."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    else:
        np.testing.assert_array_equal(one, other)


# --- Bad arguments -----------------------------------------------------------------------------------------------

NO_NUMBERS = [None, "seven", "", b"7", {}, {1}, object(), len, [[1.0, 2.0], [3.0]], 1 + 2j, np.datetime64("2020-01-01")]
NOT_FINITE = [np.nan, np.inf, -np.inf]
MASKED = np.ma.masked_array([1.0, 2.0], mask=[True, False])
BOOLS = [True, False, np.bool_(True)]
tiny_to_huge = st.floats(min_value=1e-300, max_value=1e300)


def number(*, zero=False, negative=False, above=None, below=None, more=()):
    """Not one finite number > 0 (with ``zero`` >= 0, with ``negative`` any), at most ``above``, at least ``below``."""
    values = [*NO_NUMBERS, *NOT_FINITE, *BOOLS, MASKED, [], [[1.0]], np.ones(2), *more]
    choices = [st.sampled_from(values)]
    if not negative:
        choices.append(tiny_to_huge.map(lambda x: -x))
        choices += [] if zero else [st.sampled_from([0, 0.0, -0.0])]
    if above is not None:
        choices.append(st.floats(min_value=above, exclude_min=True, allow_nan=False, allow_infinity=False))
    if below is not None:
        choices.append(st.floats(max_value=below, exclude_max=True, allow_nan=False, allow_infinity=False))
    return lambda good: st.one_of(choices)


def integer(minimum, most=None, more=()):
    """Not an integer from ``minimum`` to ``most``."""
    values = [*NO_NUMBERS, *NOT_FINITE, *BOOLS, 1.5, 2.0, np.float64(3.0), "3", [3], np.array([2, 3]), *more]
    choices = [st.sampled_from(values), st.integers(max_value=minimum - 1), st.floats()]
    choices += [] if most is None else [st.integers(min_value=most + 1)]
    return lambda good: st.one_of(choices)


def each(*, zero=False, negative=False, above=None, below=None, more=()):
    """Not numbers of any shape, each > 0 (with ``zero`` >= 0, with ``negative`` any)."""
    wrong = NOT_FINITE + ([] if negative else [-1.0, -1e-300] + ([] if zero else [0.0]))
    wrong += ([] if above is None else [above * (1 + 1e-9) + 1e-9]) + ([] if below is None else [below - 1e-9])
    values = [*NO_NUMBERS, MASKED, *BOOLS, *more]
    spoilt = st.tuples(st.lists(st.sampled_from([0.5, 0.25]), max_size=2), st.sampled_from(wrong)).map(
        lambda parts: [*parts[0], parts[1]]
    )
    return lambda good: st.sampled_from(values) | spoilt | st.sampled_from(wrong)


def per_chain(*, zero=False, chains=(3,)):
    """Not a positive number, nor one for each of the ``chains``."""
    shapes = [(2,), (4,), (*chains, 1), (1, *chains), (0,)]
    spoilt = st.tuples(st.integers(0, chains[0] - 1), st.sampled_from([*NOT_FINITE, -1.0] + [0.0] * (not zero))).map(
        lambda at: np.where(np.arange(chains[0]) == at[0], at[1], 0.1)
    )
    scalars = [*NO_NUMBERS, *NOT_FINITE, *BOOLS, MASKED, -1.0, -1e-300] + ([] if zero else [0.0])
    return lambda good: st.sampled_from(scalars + [np.full(shape, 0.1) for shape in shapes]) | spoilt


def array(*, shapes=(), wrong=(), empty=True, more=()):
    """The good array with an entry that is not finite, or ``wrong``; in another shape; masked; or no numbers."""

    def kind(good):
        good = np.asarray(good, float)
        others = [np.zeros((0, *good.shape[1:]))] if empty else []
        others += [np.full(shape, 0.5) for shape in shapes]
        others += [good + 1j, np.ma.masked_array(good, mask=True), good.astype(str), *more]
        place = st.integers(0, good.size - 1)
        spoilt = st.tuples(place, st.sampled_from([*NOT_FINITE, *wrong])).map(lambda at: spoil(good, *at))
        return st.sampled_from([*NO_NUMBERS, *others]) | spoilt

    return kind


def spoil(good, place, value):
    spoilt = np.array(good, float)
    spoilt.flat[place] = value
    return spoilt


def probabilities(good):
    """Not numbers >= 0 of sum one, as many as in ``good``."""
    good = np.asarray(good, float)
    summed = st.floats(1e-6, 10.0).filter(lambda c: abs(c - 1) > 1e-6).map(lambda c: c * good)
    return array(wrong=[-0.1, 2.0], shapes=[(), (good.shape[-1] + 1,)])(good) | summed


def word(good):
    """Not one of the words allowed, all of which have small letters: Hypothesis also tries words of the code itself."""
    bad = [None, True, 1, b"sign", ["sign"], {}, np.array(["sign", "flat"]), len, f"{good} ", f"{good}".title()]
    return st.sampled_from(bad) | st.text(st.characters(exclude_categories=["Ll", "Cs"]))


def generator(good):
    """Not a numpy.random.Generator."""
    return st.sampled_from([None, 0, np.random, np.random.RandomState(0), np.random.default_rng, "rng", True])


class Energy:
    """An energy ½ |q|² that answers as it is told: what a slip of a user's own energy may look like."""

    dimension = 2

    def __init__(self, energy=None, gradient=None, dimension=2):
        self.dimension, self._energy, self._gradient = dimension, energy, gradient

    def energy(self, q):
        right = 0.5 * np.sum(np.square(q), axis=-1)
        return self._energy(right) if self._energy else right

    def gradient(self, q):
        return self._gradient(np.array(q)) if self._gradient else np.array(q)

    n_cases = 4

    def minibatch_gradient(self, q, rows):
        return self.gradient(q)


SLIPS = {
    "summed over chains": {"energy": lambda e: e.sum()},
    "an axis too many": {"energy": lambda e: e[..., np.newaxis]},
    "no return": {"energy": lambda e: None},
    "complex": {"energy": lambda e: e + 1j},
    "a mean over chains": {"gradient": lambda g: g.mean(axis=0)},
    "half a gradient": {"gradient": lambda g: g[..., :1]},
    "no gradient returned": {"gradient": lambda g: None},
    "words": {"gradient": lambda g: "steep"},
    "no number": {"gradient": lambda g: np.full(g.shape, np.nan)},
}


def energy(good):
    """Not an energy of the coordinates given, or one that answers in a wrong shape or type."""
    slips = [Energy(**slip) for slip in SLIPS.values()]
    return st.sampled_from(
        [Energy(dimension=d) for d in (0, -1, 2.0, True, None, "2", 3)] + [object(), None, 1] + slips
    )


# --- Good ones ---------------------------------------------------------------------------------------------------


def arrays(shape, low=-2.0, high=2.0):
    """float64 arrays of a shape, entries between ``low`` and ``high``, of at most six digits."""
    size = int(np.prod(shape, dtype=int))
    entry = st.integers(round(low * 1e4), round(high * 1e4)).map(lambda k: k / 1e4)
    return st.lists(entry, min_size=size, max_size=size).map(lambda values: np.reshape(np.array(values, float), shape))


def laws_of(n, least=1e-3):
    """Probabilities of n states, none below about ``least``/n."""
    return arrays((n,), least, 1.0).map(lambda w: w / w.sum())


temperatures = st.floats(0.2, 5.0)
factors = st.sampled_from([0.25, 0.5, 2.0, 4.0, 3.0, 0.7])
shapes_of_chains = st.sampled_from([(), (1,), (3,), (2, 3), (2, 1, 2)])
seeds = st.integers(0, 2**32 - 1)


def random(seed):
    return np.random.default_rng(seed)


class Tape(np.random.Generator):
    """A generator of which each run of one chain gets the numbers that ``chain`` would get in a run of all ``chains``.

    A run of a batch must equal the runs of its chains, each by itself: draws of shape (*chains, ...) are made, of which
    a single run sees its own part.
    """

    def __init__(self, seed, chains, chain):
        super().__init__(np.random.PCG64(seed))
        self.chains, self.chain = chains, chain

    def standard_normal(self, size):
        return super().standard_normal((*self.chains, *size))[self.chain]

    def random(self, size):
        return super().random((*self.chains, *size))[self.chain]

    def integers(self, high, *, size):
        return super().integers(high, size=(*self.chains, *size))[self.chain]

    def permuted(self, x, *, axis):
        every = np.broadcast_to(x, (*self.chains, *np.shape(x)))
        return super().permuted(every, axis=axis)[self.chain]


class Changed:
    """``energy`` times ``factor`` plus ``constant``: what no equilibrium feels, if T is multiplied as well."""

    def __init__(self, energy, factor=1.0, constant=0.0):
        self.within, self.factor, self.constant = energy, factor, constant

    def __getattr__(self, name):
        return getattr(self.within, name)

    def energy(self, q):
        return self.factor * self.within.energy(q) + self.constant

    def gradient(self, q):
        return self.factor * self.within.gradient(q)

    def minibatch_gradient(self, q, rows):
        return self.factor * self.within.minibatch_gradient(q, rows)

    def natural_gradient(self, q, rows):
        return self.factor * self.within.natural_gradient(q, rows)

    def energy_and_natural_gradient(self, q):
        energy, natural = self.within.energy_and_natural_gradient(q)
        return self.factor * energy + self.constant, self.factor * natural


def close(actual, expected, digits=10):
    """Assert equality to so many digits of the largest of the numbers."""
    expected = np.asarray(expected)
    scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=0.0, atol=scale * 10.0**-digits)
