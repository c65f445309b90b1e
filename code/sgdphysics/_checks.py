"""Checks of arguments, and of what a user's energy returns: the name, its value, what is allowed."""

import numbers

import numpy as np


def integer(name, value, *, minimum):
    """Return ``value`` as an int, or raise ValueError unless it is an integer of at least ``minimum``."""
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_)
    if not is_integer or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}, got {value!r}")
    return int(value)


def finite(name, value, *, ndim=None):
    """Return ``value`` as a float64 array (never the caller's own memory), or raise ValueError."""
    array = np.array(real(name, value))
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {np.sum(~np.isfinite(array))} NaN or infinite entries")
    return array


def real(name, value):
    """Return ``value`` as a float64 array, or raise ValueError unless it is an array of real numbers, none hidden.

    Arrays of booleans are zeros and ones, as data may be; a lone True or False is no number.
    """
    unmasked(name, value)
    try:
        array = np.asarray(value)
        if value is None or array.dtype.kind in "cSUmM" or (array.ndim == 0 and array.dtype == bool):
            raise TypeError
        array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers, got {value!r}") from error
    return array


def unmasked(name, value):
    """Raise ValueError if ``value``, or a part of the list ``value``, is an array that hides entries."""
    parts = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):
        raise ValueError(f"{name} must not be masked, or what is hidden would count; got {value!r}")


def positive(name, value, *, zero=False):
    """Return ``value`` as a float64 array of positive (with ``zero``: non-negative) numbers."""
    array = finite(name, value)
    if (array < 0).any() or (not zero and (array == 0).any()):
        allowed = "zero or more" if zero else "greater than zero"
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return array


def scalar(name, value, check=finite, **allowed):
    """Return ``value`` as a float, or raise ValueError unless it is one number that ``check`` passes."""
    array = check(name, value, **allowed)
    if array.ndim:
        raise ValueError(f"{name} must be a scalar, got shape {array.shape}")
    return float(array)


def per_chain(name, value, chains, *, zero=False):
    """Return a positive scalar, or one value a chain with an axis added for the coordinates.

    ``chains`` is the shape of the chains; a non-scalar ``value`` must have exactly that shape.
    """
    array = positive(name, value, zero=zero)
    if array.ndim == 0:
        return float(array)
    if array.shape != chains:
        raise ValueError(f"{name} must be a scalar or one value a chain, shape {chains}; got shape {array.shape}")
    return array[..., np.newaxis]


def precision(name, value):
    """Return ``value``, None for float64, as a dtype, or raise ValueError unless it is float32 or float64."""
    named = value is None or isinstance(value, str | type | np.dtype)
    if not named or value not in (None, np.float32, np.float64, "float32", "float64"):
        raise ValueError(f"{name} must be None, float32 or float64, got {value!r}")
    return np.dtype(np.float64 if value is None else value)


def word(name, value, allowed):
    """Return ``value``, or raise ValueError unless it is one of the words ``allowed``."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def together(**arrays):
    """Raise ValueError unless these arrays broadcast against each other."""
    try:
        np.broadcast_shapes(*(np.shape(array) for array in arrays.values()))
    except ValueError:
        shapes = " and ".join(str(np.shape(array)) for array in arrays.values())
        raise ValueError(f"{' and '.join(arrays)} must broadcast, got shapes {shapes}") from None


def function(name, value):
    """Return ``value``, or raise ValueError unless it can be called."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {value!r}")
    return value


def generator(rng):
    """Return ``rng``, or raise ValueError unless it is a numpy.random.Generator."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy.random.Generator, such as claims.rng('name'); got {rng!r}")
    return rng


def positions(energy, q, name="q0"):
    """Return ``q`` as a new float64 array (..., d) that fits ``energy``, or raise ValueError."""
    dimension = integer("energy.dimension", getattr(energy, "dimension", None), minimum=1)
    q = finite(name, q)
    if q.ndim == 0 or q.shape[-1] != dimension:
        raise ValueError(f"{name} must have shape (..., {dimension}) for this energy, got shape {q.shape}")
    if q.size == 0:
        raise ValueError(f"{name} must hold at least one chain, got shape {q.shape}")
    return q


def energy_at(energy, q):
    """E(q) in float64, or ValueError unless it is one real number for each chain of ``q`` (..., d)."""
    return answer("energy", energy.energy(q), q)


def gradient_at(energy, q):
    """dE/dq in float64, or ValueError unless these are real numbers in the shape of ``q`` (..., d)."""
    return answer("gradient", energy.gradient(q), q)


def answer(method, value, q):
    """The ``value`` of an energy's ``method`` at ``q`` (..., d), in float64; ValueError unless it has the due shape."""
    due = q.shape[:-1] if method == "energy" else q.shape
    if type(value) in (np.ndarray, np.float64) and value.dtype == np.float64 and value.shape == due:
        return value  # the common case, as it is
    array = real(f"energy.{method}(q)", value)
    if array.shape != due:
        raise ValueError(f"energy.{method} must return shape {due} for q of shape {q.shape}, got {array.shape}")
    return array


def rows(name, value, n_cases):
    """Return ``value`` as an integer array (chains, n) of case numbers from 0 to ``n_cases`` - 1."""
    unmasked(name, value)
    array = np.asarray(value)
    if array.ndim != 2 or array.size == 0 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be integers of shape (chains, n), got {array.dtype} of shape {array.shape}")
    if array.min() < 0 or array.max() >= n_cases:
        raise ValueError(f"{name} must lie between 0 and {n_cases - 1}, got {array.min()} to {array.max()}")
    return array


def schedule(name, value, chains):
    """Return a function of the step t = 0, 1, …: ``value(t)``, or ``value`` itself, positive, fit for the chains."""
    if not callable(value):
        constant = per_chain(name, value, chains)
        return lambda t: constant

    def at(t):
        step = value(t)
        if isinstance(step, float) and 0.0 < step < np.inf:  # the common case, in a tenth of the time
            return step
        return per_chain(f"{name}({t})", step, chains)

    return at
