"""How far rounding takes a run astray, and with it whether two sums of one run agree.

Grouped runs add their rows in another order than lone ones, and each processor in its own. What
is stable forgets that; a run above its limit doubles it with every step. How much is asked of the
run itself: its rate is moved by its last digits, which brings about as much into every update as
a sum in another order does.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

import gdplay as gd
from gdplay.arrays import Array, Indices
from gdplay.figures.sliders import at_rate

ULPS = (-2, -1, 1, 2)
"""So many last digits of a rate."""

SPREAD = 8
"""So many times as far as those go, a sum in another order may."""

ROUNDING = 1e-11
"""What thousands of updates gather where nothing is amplified, relative to what was largest."""


class Twin(NamedTuple):
    """A run, and the same at rates beside its own: `others` are traces as long as `trace`."""

    trace: gd.Trace
    others: tuple[gd.Trace, ...]

    def agrees(
        self, found: Array, read: Callable[[gd.Trace], Array], rows: Indices | slice = slice(None)
    ) -> bool:
        """Whether `found` is what is read off the trace, (..., T) at `rows`, but for rounding."""
        with np.errstate(over="ignore", invalid="ignore"):
            expected = np.atleast_1d(read(self.trace))
            moved = [np.abs(read(other) - expected) for other in self.others]
            size = np.abs(expected).max(initial=0.0, where=np.isfinite(expected))
            most = np.maximum.accumulate(np.fmax.reduce(moved), axis=-1)
            bound = (ROUNDING * size + SPREAD * most)[..., rows]
            expected = expected[..., rows]
            near = np.abs(found - expected) <= bound
        return bool(np.all(near | (found == expected) | (np.isnan(found) & np.isnan(expected))))


def twins(experiment: gd.Experiment, rate: float, traces: Sequence[gd.Trace]) -> list[Twin]:
    """Return runs at a rate, of which these are the traces, beside those at rates next to it."""
    places = range(len(experiment.runs))
    near = [gd.train(at_rate(experiment, places, rate + ulps * np.spacing(rate))) for ulps in ULPS]
    return [Twin(trace, others) for trace, *others in zip(traces, *near, strict=True)]
