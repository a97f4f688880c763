"""A lesson's pictures before its question is answered: the ground and the data, and no run."""

from collections.abc import Callable, Collection, Mapping

from gdplay.figures.packing import Picture, digested, picture
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import Theme, empty

GROUND = ("loss", "start", "minimum")
"""What a surface, or a map, shows without any run."""

COVERED = "Covered until you have answered"


def covered(
    panels: Mapping[str, Picture], runs: Collection[str], theme: Theme
) -> dict[str, Picture]:
    """Return a lesson's pictures by panel without what tells how its runs go.

    `runs` are the names of the runs, as in the figures.
    """
    surface = _only(panels["surface"], lambda trace: trace.get("name") in GROUND)
    curves = picture(empty(theme, "How high the runs stand in time", COVERED))
    if "fit" not in panels:
        return {"surface": surface, "curves": curves}

    def is_rows(trace: Piece) -> bool:
        return trace.get("mode") == "markers" and trace.get("name") not in runs

    rows = _only(panels["fit"], is_rows)
    fit = rows if rows.spec["data"] else picture(empty(theme, "What they make of it", COVERED))
    return {"surface": surface, "curves": curves, "fit": fit}


def _only(whole: Picture, wanted: Callable[[Piece], bool]) -> Picture:
    """Return a picture with the wanted ones of its traces."""
    spec = {**whole.spec, "data": [trace for trace in whole.spec["data"] if wanted(trace)]}
    return Picture(spec, digested(spec))
