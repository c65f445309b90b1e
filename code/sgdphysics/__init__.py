"""The book's package: five kinds of things, a room or a module each; import them by name.

What is sampled (``energies``), how it moves (``dynamics``), what theory knows (``exact``), what is measured
(``estimators``, ``claims``, ``ensembles``), how it is shown (``plots``, ``widgets``, ``renderings``, ``evidence``,
``comparison``).
Beside them the pot of water (``lattice``), driven protocols (``work``), students of a teacher (``learning``) and what
is learnt from (``datasets``, ``glyphs``). What is shown imports the physics, never the reverse; ``exact`` and
``dynamics`` do not lean on each other's numbers; ``claims`` knows no physics.
Importing reads no file, draws no random number and changes nothing elsewhere.

Arrays are float64 unless a docstring says otherwise, and k_B = 1. Bad input raises a ValueError that names the
argument, its value and what is allowed, also where a docstring does not repeat it; a single step within a loop, such as
``langevin_step``, leaves the looking to its caller. Examples in docstrings are run as tests; they take ``import numpy
as np`` and the names of their own module as given.
"""
