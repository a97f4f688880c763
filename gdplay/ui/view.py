"""How a page shows an experiment: kept in the session, and in the link under `view.` names."""

from dataclasses import dataclass
from typing import Any, TypeVar

from gdplay import link
from gdplay.knobs import Knobs, knob
from gdplay.theory.landscape import PRINCIPAL
from gdplay.theory.measures import AXES, METRICS

PREFIX = "view."
_PLANES = (PRINCIPAL, *(f"{i},{j}" for i in range(12) for j in range(i + 1, 12)))


V = TypeVar("V", bound=Knobs)


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


def encode(view: Knobs) -> link.Query:
    """Return the query parameters that describe a page's view."""
    return {PREFIX + name: texts for name, texts in link.written(view).items()}


def decode(query: link.Query, kind: type[V]) -> tuple[V, list[str]]:
    """Return the view that `query` describes, and what is wrong with it.

    What is left out or bad is as on a first visit.
    """
    found: dict[str, Any] = {}
    wrong = []
    for name in filter(lambda name: name.startswith(PREFIX), query):
        try:
            found |= link.chosen({name.removeprefix(PREFIX): query[name]}, kind)
        except link.LinkError as error:
            wrong.append(str(error))
    return kind(**found), wrong
