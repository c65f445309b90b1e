"""What moves: one object for each interactive figure, shown in two ways.

A :class:`Live` figure is computed in the reader's browser by an ES module. A page or a notebook gets it as
``text/html`` that needs no server and fetches nothing, and that still lives when the notebook is saved, exported or
opened without a kernel; the same module is the front end of a widget, ``figure.view``, whose ``parameters`` both sides
read and set. A figure is a pair of files side by side, ``stove.py`` and ``stove.js``, and a line below; ``live.py`` is
the frame of all, ``shared/`` holds the scripts that several figures use or that repeat a module of the package. Physics
that is not drawn here belongs in another room, of which this one may import any.
"""

from sgdphysics.widgets.annealing import annealing
from sgdphysics.widgets.average import average
from sgdphysics.widgets.back import back
from sgdphysics.widgets.bottle import bottle
from sgdphysics.widgets.bumps import bumps
from sgdphysics.widgets.circle import circle
from sgdphysics.widgets.interpolate import interpolate
from sgdphysics.widgets.knob import knob
from sgdphysics.widgets.landscape import landscape
from sgdphysics.widgets.leapfrog import leapfrog
from sgdphysics.widgets.live import Button, Choice, Frames, Live, Slider
from sgdphysics.widgets.losses import losses
from sgdphysics.widgets.minibatch import minibatch
from sgdphysics.widgets.particle import particle
from sgdphysics.widgets.replicas import replicas
from sgdphysics.widgets.separable import separable
from sgdphysics.widgets.sieve import sieve
from sgdphysics.widgets.staircase import staircase
from sgdphysics.widgets.stove import stove
from sgdphysics.widgets.tail import tail
from sgdphysics.widgets.targets import targets
from sgdphysics.widgets.trap import trap
from sgdphysics.widgets.valley import valley

__all__ = [
    "Button",
    "Choice",
    "Frames",
    "Live",
    "Slider",
    "annealing",
    "average",
    "back",
    "bottle",
    "bumps",
    "circle",
    "interpolate",
    "knob",
    "landscape",
    "leapfrog",
    "losses",
    "minibatch",
    "particle",
    "replicas",
    "separable",
    "sieve",
    "staircase",
    "stove",
    "tail",
    "targets",
    "trap",
    "valley",
]
