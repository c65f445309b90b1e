"""What is sampled: energies E(q), whose equilibrium at temperature T has density proportional to exp(-E(q)/T).

Positions are arrays ``(..., d)``: any number of chains in front, coordinates last. Energies are known up to a
constant, which no dynamics can feel. With E = -log posterior, T = 1 is Bayes. A new energy gets a file here and a line
below; what data it learns from may stand beside it. Nothing in this room draws a step (that is ``dynamics``), solves
for a law (``exact``), or draws a picture.
"""

from sgdphysics.energies.ica import IndependentComponents
from sgdphysics.energies.mixture import TiedMixture
from sgdphysics.energies.protocols import DataEnergy, Energy
from sgdphysics.energies.regression import LinearRegression, LogisticRegression
from sgdphysics.energies.robot_arm import DecayNetwork, RobotArmNetwork
from sgdphysics.energies.softmax import SoftmaxNetwork
from sgdphysics.energies.wells import DoubleWell, Gaussian, Harmonic

__all__ = [
    "DataEnergy",
    "DecayNetwork",
    "DoubleWell",
    "Energy",
    "Gaussian",
    "Harmonic",
    "IndependentComponents",
    "LinearRegression",
    "LogisticRegression",
    "RobotArmNetwork",
    "SoftmaxNetwork",
    "TiedMixture",
]
