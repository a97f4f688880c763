"""How the Compare page shows an experiment."""

from dataclasses import dataclass

from gdplay import link
from gdplay.knobs import Knobs, knob
from gdplay.theory.landscape import PRINCIPAL
from gdplay.theory.measures import AXES, METRICS

_PLANES = (PRINCIPAL, *(f"{i},{j}" for i in range(12) for j in range(i + 1, 12)))


@dataclass(frozen=True)
class View(Knobs):
    """What the Compare page draws, and against what.

    Attributes
    ----------
    ground : the surface in three dimensions, or as a map
    plane : the plane of parameters, as in `plane_of`
    metric, along : keys of METRICS and AXES
    log : whether values stand on a logarithmic axis
    hidden : bit i is set where run i is not drawn
    focus : the run whose fit is drawn where one picture holds one run; None is the lowest
    together : whether one rate drives all runs
    """

    ground: str = knob("3d", choices=("3d", "map"))
    plane: str = knob(PRINCIPAL, choices=_PLANES)
    metric: str = knob("loss", choices=tuple(METRICS))
    along: str = knob("epochs", choices=tuple(AXES))
    log: bool = knob(True)
    hidden: int = knob(0, 0, 2**link.MAX_RUNS - 1)
    focus: int | None = knob(None, 0, link.MAX_RUNS - 1, kind=int)
    together: bool = knob(True)

    def hides(self, place: int) -> bool:
        """Whether the run at `place` is not drawn."""
        return bool(self.hidden >> place & 1)

    def shown(self, n_runs: int) -> tuple[int, ...]:
        """Return the places of the runs drawn; all of them where none would be left."""
        places = tuple(place for place in range(n_runs) if not self.hides(place))
        return places or tuple(range(n_runs))
