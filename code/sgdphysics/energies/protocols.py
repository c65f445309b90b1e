"""What every energy offers, and what those that are sums over cases offer beside."""

from typing import Protocol


class Energy(Protocol):
    """A differentiable energy of ``dimension`` coordinates."""

    dimension: int

    def energy(self, q):
        """E(q): ``(..., d) -> (...)``."""

    def gradient(self, q):
        """dE/dq: ``(..., d) -> (..., d)``."""


class DataEnergy(Energy, Protocol):
    """An energy that is a sum over ``n_cases`` cases plus a term of the prior."""

    n_cases: int

    def minibatch_gradient(self, q, rows):
        """Gradient of the prior term + N/n times the sum over ``rows``, unbiased for ``gradient(q)``.

        ``rows`` holds case numbers, shape ``(batch,)`` for all chains or ``(chains, batch)`` for one batch a chain.
        """
