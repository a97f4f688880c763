"""How the Surfaces page shows a race on a function."""

from dataclasses import dataclass

from gdplay import link
from gdplay.knobs import knob
from gdplay.studies.duels import TARGET
from gdplay.theory.measures import AXES
from gdplay.ui.compare.view import View
from gdplay.ui.parts import Part

ALONG = ("updates", "seconds")
"""What curves on a function may run along: it has no rows to count."""

TARGETS = (0.1, 0.01, 1e-4, 1e-6)
"""Target lines of the fair race on offer."""

SHADES = {"minimum": "Minimum reached", "updates": "Updates needed"}


PARTS = {
    "basins": Part("Basins", "Where does a rule end, from everywhere?"),
    "duels": Part("Fair race", "Who is sooner, each rule at its own best rate?"),
    "edge": Part("Edge of stability", "What happens above 2/L, where the function is not a bowl?"),
    "turned": Part("Turned axes", "What if the valley does not lie along the axes?"),
}
"""What stands below the race."""


@dataclass(frozen=True)
class SurfacesView(View):
    """What the Surfaces page draws: the race as on Compare, and below it one part.

    Attributes
    ----------
    arrows : whether arrows show what draws runs that are held
    part : the part below the race
    basins : the run whose rule the basins are of
    shade : what colours the basins
    target : the fair race's target line, a share of the height of the starts
    """

    ground: str = knob("map", choices=("3d", "map"))
    along: str = knob("updates", choices=tuple(AXES))
    together: bool = knob(False)
    arrows: bool = knob(True)
    part: str = knob("basins", choices=tuple(PARTS))
    basins: int = knob(1, 0, link.MAX_RUNS - 1)
    shade: str = knob("minimum", choices=tuple(SHADES))
    target: float = knob(TARGET, 1e-12, 0.9)

    @property
    def has_arrows(self) -> bool:
        return self.arrows
