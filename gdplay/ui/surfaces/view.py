"""How the Surfaces page shows a race on a function."""

from dataclasses import dataclass

from gdplay import link
from gdplay.knobs import knob
from gdplay.theory.measures import AXES
from gdplay.ui.compare.view import View

ALONG = ("updates", "seconds")
"""What curves on a function may run along: it has no rows to count."""

SHADES = {"minimum": "Minimum reached", "updates": "Updates needed"}


@dataclass(frozen=True)
class SurfacesView(View):
    """What the Surfaces page draws: the race as on Compare, and below it the basins.

    Attributes
    ----------
    basins : the run whose rule the basins are of
    shade : what colours the basins
    """

    ground: str = knob("map", choices=("3d", "map"))
    along: str = knob("updates", choices=tuple(AXES))
    together: bool = knob(False)
    basins: int = knob(1, 0, link.MAX_RUNS - 1)
    shade: str = knob("minimum", choices=tuple(SHADES))
