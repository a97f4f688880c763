"""Pure functions from values to Plotly figures: the only importer of Plotly."""

from gdplay.figures.convergence import convergence
from gdplay.figures.curves import curves
from gdplay.figures.fits import confusion, fit_view, kind
from gdplay.figures.gradient_cloud import cloud_map
from gdplay.figures.noise_floor import floor_view
from gdplay.figures.one_update import data_view, map_view
from gdplay.figures.paths import contour, surface
from gdplay.figures.rate_by_batch import rate_map
from gdplay.figures.rate_sweep import sweep_view
from gdplay.figures.schedules import decay_view
from gdplay.figures.theme import DARK, LIGHT, THEMES, Theme
from gdplay.figures.three_rates import direction_view
from gdplay.figures.tracks import CloseUp, Playback, close_ups, playback
from gdplay.figures.ways import paths

__all__ = [
    "DARK",
    "LIGHT",
    "THEMES",
    "CloseUp",
    "Playback",
    "Theme",
    "close_ups",
    "cloud_map",
    "confusion",
    "contour",
    "convergence",
    "curves",
    "data_view",
    "decay_view",
    "direction_view",
    "fit_view",
    "floor_view",
    "kind",
    "map_view",
    "paths",
    "playback",
    "rate_map",
    "surface",
    "sweep_view",
]
