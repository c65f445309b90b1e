"""What a run begins with: an energy that answers as it should, chains from which a step is possible, a generator."""

import numpy as np

from sgdphysics import _checks


def start(energy, q0, rng, *, batch_size=None):
    """The energy, ``q0`` as new float64 chains (..., d), and ``rng``, or ValueError.

    The energy is asked once, at ``q0``: for the gradient, or with ``batch_size`` for that of its first cases. One that
    answers in lists, or in other numbers than float64, comes back as one that answers in float64.

    >>> from sgdphysics.energies import Harmonic
    >>> energy, q, rng = start(Harmonic(2.0), [1], np.random.default_rng(0))
    >>> print(q, q.dtype, energy.gradient(q))
    [1.] float64 [2.]
    """
    q, rng = _checks.positions(energy, q0), _checks.generator(rng)
    with np.errstate(all="ignore"):
        if batch_size is None:
            said = {"energy": energy.energy(q), "gradient": energy.gradient(q)}
        else:
            rows = np.zeros((*q.shape[:-1], 1), int) + np.arange(batch_size)
            said = {"energy": energy.energy(q), "minibatch_gradient": energy.minibatch_gradient(q, rows)}
    heard = {method: _checks.answer(method, value, q) for method, value in said.items()}
    *_, gradient = heard.values()
    if not np.isfinite(gradient).all():  # no step is possible from there
        raise ValueError(f"q0 must have a finite gradient in every chain, got {gradient[~np.isfinite(gradient)][0]}")
    as_it_is = all(heard[method] is value for method, value in said.items())
    return energy if as_it_is else Float64(energy), q, rng


class Float64:
    """An energy whose answers are made float64 arrays; all else is that of the ``energy`` within.

    >>> class Listing:
    ...     dimension = 1
    ...     def energy(self, q):
    ...         return 0
    ...     def gradient(self, q):
    ...         return [0]
    ...     def minibatch_gradient(self, q, rows):
    ...         return [0]
    >>> q, energy = np.zeros(1), Float64(Listing())
    >>> print(energy.dimension, energy.energy(q).dtype, energy.gradient(q), energy.minibatch_gradient(q, rows=[0]))
    1 float64 [0.] [0.]
    """

    def __init__(self, energy):
        self._within = energy

    def __getattr__(self, name):
        return getattr(self._within, name)

    def energy(self, q):
        return np.asarray(self._within.energy(q), np.float64)

    def gradient(self, q):
        return np.asarray(self._within.gradient(q), np.float64)

    def minibatch_gradient(self, q, rows):
        return np.asarray(self._within.minibatch_gradient(q, rows), np.float64)
