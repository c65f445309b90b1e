"""What every energy offers, and what those that are sums over cases offer beside."""

from typing import Protocol


class Energy(Protocol):
    """A differentiable energy of ``dimension`` coordinates.

    Any object with these three will do. Whatever it is, ⟨q E'(q)⟩ = T in equilibrium (equipartition):

    >>> class Quartic:
    ...     dimension = 1
    ...     def energy(self, q):
    ...         return np.sum(np.power(q, 4), axis=-1) / 4
    ...     def gradient(self, q):
    ...         return np.power(q, 3)
    >>> from sgdphysics.exact.fokker_planck import FokkerPlanck
    >>> cells = FokkerPlanck(Quartic(), -6, 6, 300, temperature=0.5)
    >>> force = Quartic().gradient(cells.centers[:, np.newaxis])[:, 0]
    >>> print(Quartic().energy(np.array([2.0])), np.round(cells.equilibrium @ (cells.centers * force), 6))
    4.0 0.5
    """

    dimension: int

    def energy(self, q):
        """E(q): ``(..., d) -> (...)``."""

    def gradient(self, q):
        """dE/dq: ``(..., d) -> (..., d)``."""


class DataEnergy(Energy, Protocol):
    """An energy that is a sum over ``n_cases`` cases plus a term of the prior.

    The mean over all cases, each a batch of its own, is the whole gradient:

    >>> from sgdphysics.energies import LinearRegression
    >>> line = LinearRegression(x=[[1.0], [2.0], [3.0]], y=[1.0, 1.0, 4.0], noise=1.0, prior_scale=1.0)
    >>> q = np.zeros((3, 1))  # three chains in one place
    >>> each = line.minibatch_gradient(q, rows=np.arange(3)[:, np.newaxis])
    >>> print(each[:, 0], each.mean(), line.gradient(q[0]))
    [ -3.  -6. -36.] -15.0 [-15.]
    """

    n_cases: int

    def minibatch_gradient(self, q, rows):
        """Gradient of the prior term + N/n times the sum over ``rows``, unbiased for ``gradient(q)``.

        ``rows`` holds case numbers, shape ``(batch,)`` for all chains or ``(chains, batch)`` for one batch a chain.
        """
