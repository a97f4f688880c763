"""How the Network page shows what is trained."""

from dataclasses import dataclass

from gdplay.knobs import knob
from gdplay.theory.measures import METRICS
from gdplay.ui.compare.view import View


@dataclass(frozen=True)
class NetworkView(View):
    """What the Network page draws: the network of the run in `focus`, its fit, and the curves."""

    metric: tuple[str, ...] = knob(("loss", "test"), choices=tuple(METRICS))
