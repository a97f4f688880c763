"""How the Network page shows what is trained."""

from dataclasses import dataclass

from gdplay.knobs import knob
from gdplay.theory.measures import METRICS
from gdplay.ui.compare.view import View

NETWORK, LOSS = "network", "loss"


@dataclass(frozen=True)
class NetworkView(View):
    """What the Network page draws: the network of the run in `focus`, its fit, and the curves.

    Attributes
    ----------
    large : what the large picture shows: the network, or the loss surface with the paths
    """

    metric: tuple[str, ...] = knob(("loss", "test"), choices=tuple(METRICS))
    large: str = knob(NETWORK, choices=(NETWORK, LOSS))
