"""A generator that hands out numbers which another library, or a test, has chosen."""

import numpy as np


class Scripted(np.random.Generator):
    """Gives out ``normal`` (standard normal arrays), ``uniform`` and ``rows`` (case numbers), each in its order."""

    def __init__(self, normal=(), uniform=(), rows=()):
        super().__init__(np.random.PCG64(0))
        self.scripts = {"normal": iter(normal), "uniform": iter(uniform), "rows": iter(rows)}

    def next(self, kind, size):
        value = np.asarray(next(self.scripts[kind]))
        assert value.shape == tuple(size), (kind, value.shape, size)
        return value

    def standard_normal(self, size):
        return self.next("normal", size)

    def random(self, size):
        return self.next("uniform", size)

    def integers(self, high, size):
        return self.next("rows", size)
