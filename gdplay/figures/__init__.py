"""Pure functions from values to Plotly figures: the only importer of Plotly."""

from gdplay.figures.curves import convergence, curves
from gdplay.figures.fits import confusion, fit_view, kind
from gdplay.figures.paths import contour, paths, surface
from gdplay.figures.theme import DARK, LIGHT, THEMES, Theme

__all__ = [
    "DARK",
    "LIGHT",
    "THEMES",
    "Theme",
    "confusion",
    "contour",
    "convergence",
    "curves",
    "fit_view",
    "kind",
    "paths",
    "surface",
]
