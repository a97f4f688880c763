"""Two-parameter test functions, trained by the same loop as data sets: the table of all."""

from gdplay.loss.surfaces.bowls import BOWLS
from gdplay.loss.surfaces.hollows import HOLLOWS
from gdplay.loss.surfaces.saddles import SADDLES
from gdplay.loss.surfaces.surface import Box, Minimum, Point, Surface
from gdplay.loss.surfaces.valleys import VALLEYS
from gdplay.registry import table

SURFACES = table(*BOWLS, *VALLEYS, *HOLLOWS, *SADDLES)

__all__ = ["SURFACES", "Box", "Minimum", "Point", "Surface"]
