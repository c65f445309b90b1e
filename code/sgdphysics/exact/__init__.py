"""What theory knows: closed forms, saddle points, and small systems enumerated or solved to rounding.

A law gets a file here, with its source and its range of validity, and is imported by name:
``from sgdphysics.exact import onsager``. Nothing in this room draws a random number, and it never imports
``dynamics``: a run is compared with a law, so the two share no line.
"""
