"""Energies, dynamics and estimators of the book; import the modules by name."""
