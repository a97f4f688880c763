"""What the Learning rate page shows."""

from dataclasses import dataclass

from gdplay.experiment import MOST_EPOCHS
from gdplay.knobs import Knobs, knob
from gdplay.optimizers import OPTIMIZERS, Optimizer, allowed
from gdplay.schedules import SCHEDULES
from gdplay.studies.rate_sweep import LINES
from gdplay.studies.schedules import USUAL
from gdplay.theory.curvature import Curvature

RULES = tuple(key for key, rule in OPTIMIZERS.items() if rule.limit_formula)
"""Those with a limit that can be marked under the rate."""

_BITS = ("constant", "step", "exponential", "inverse", "cosine")
"""Old links held a number whose bit i stood for the schedule at place i, as they stood then."""

_OLD = {
    str(mask): "~".join(key for i, key in enumerate(_BITS) if mask >> i & 1)
    for mask in range(1, 2 ** len(_BITS))
}


@dataclass(frozen=True)
class RateView(Knobs):
    """What the page shows.

    Attributes
    ----------
    times : the visitor's own rate as a multiple of 2/L, which it keeps on other data; None is that
        of their runs (see `own_rule`)
    rule : the rule of the runs that the rate drives
    lines : what the sweep compares
    epoch : the epoch after which the sweep is looked at; None is the last
    size : rows per update under the schedules; None is the fewest of the runs
    schedules : keys of the schedules drawn
    """

    times: float | None = knob(None, 1e-30, 1e30, kind=float)
    rule: str = knob("sgd", choices=RULES)
    lines: str = knob("runs", choices=tuple(LINES))
    epoch: int | None = knob(None, 1, MOST_EPOCHS, kind=int)
    size: int | None = knob(None, 1, 10_000, kind=int)
    schedules: tuple[str, ...] = knob(USUAL, choices=tuple(SCHEDULES), old=_OLD)

    def rate(self, rule: Optimizer, facts: Curvature) -> float:
        """Return the visitor's rate for a rule on data of this curvature."""
        if self.times is None:
            return rule.lr
        return allowed(float(f"{self.times * facts.limit:.6g}"))
