"""Which update the One update page shows, and how near."""

from dataclasses import dataclass

from gdplay.knobs import Knobs, knob
from gdplay.link import MAX_RUNS


@dataclass(frozen=True)
class UpdateView(Knobs):
    """Which update the page shows, and how near.

    Attributes
    ----------
    run : the run's place; None is the first with mini-batches
    update : counts from 1; None is the first
    near : whether the map is a close-up of the step
    """

    run: int | None = knob(None, 0, MAX_RUNS - 1, kind=int)
    update: int | None = knob(None, 1, 10**9, kind=int)
    near: bool = knob(False)
