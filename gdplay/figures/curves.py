"""Curves in numbers: any metric of the runs against epochs, updates, examples seen or seconds."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels
from gdplay.studies.sharpness import Bend, Sharpness, read
from gdplay.theory.landscape import bounded
from gdplay.theory.measures import (
    AXES,
    METRICS,
    Metric,
    Reference,
    Values,
    affordable,
    over_seeds,
    reference,
    thinned,
)
from gdplay.theory.smoothing import smoothed

MOST = 500
"""A curve is drawn through about so many points at most."""


class Curve(NamedTuple):
    """One run's metric: the median over seeds, and the band from the 10th to the 90th percentile.

    A seed that has diverged counts as worse than all others. With a single seed `y` is seed 0 after
    single updates where the metric is a function of the parameters, and there is no band.
    """

    place: int
    label: str
    x: Array
    y: Array
    low: Array | None
    high: Array | None
    dots: Indices
    """Indices of the epochs' ends, where few enough to mark."""
    calm: bool
    """Whether no seed diverged and the first did not keep growing."""
    smooth: Array | None = None
    """`y` smoothed, where that was asked for."""

    @property
    def line(self) -> Array:
        """The line that a run's marks stand on."""
        return self.y if self.smooth is None else self.smooth


def curves(
    experiment: Experiment,
    traces: Sequence[Trace],
    metric: str = "loss",
    along: str = "epochs",
    *,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
    smooth: float = 0.0,
    bends: Sharpness | None = None,
    origin: Reference | None = None,
) -> list[Curve]:
    """Return the numbers behind `convergence`.

    `seconds` holds the measured seconds per update of each run, needed along "seconds". `smooth`
    is how many epochs the smoothed line looks back on, 0 for none. `bends` is the sharpness along
    the paths, read here where it is wanted and not given. `origin` is what excess is measured
    from, by default that of these traces.
    """
    names, origin = labels(experiment), origin or reference(experiment, traces)
    wanted, n = METRICS[metric], experiment.problem.n_samples
    if wanted.costly:
        bends = bends or read(experiment, traces)
    drawn = []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        if shown is not None and place not in shown:
            continue
        if wanted.costly and bends is not None:
            updates, values = _shares(bends.runs[place])
        else:
            updates, values = _readings(experiment, wanted, origin, trace, MOST)
        y, low, high = values[0], None, None
        if len(values) > 1:
            low, y, high = over_seeds(values)
        smoother = smoothed(y, updates / run.updates_per_epoch(n), smooth) if smooth else None
        keep = thinned(updates, MOST)
        low, high, smoother = (None if v is None else v[keep] for v in (low, high, smoother))
        x = AXES[along].at(run, n, seconds[place] if seconds else 0.0, updates[keep])
        ends = np.flatnonzero(updates[keep] % run.updates_per_epoch(n) == 0)
        calm = Status.DIVERGED not in trace.status and bounded(trace)
        drawn.append(Curve(place, names[place], x, y[keep], low, high, ends, calm, smoother))
    return drawn


def values_along(
    experiment: Experiment, metric: Metric, origin: Reference, trace: Trace, most: int = MOST
) -> tuple[Indices, Array]:
    """Return update numbers (T,) and the metric (S, T) there; S = 1 along a single path.

    At most about `most` of single updates.
    """
    updates, values = _readings(experiment, metric, origin, trace, most)
    keep = thinned(updates, most)
    return updates[keep], values[:, keep]


def _shares(bend: Bend) -> tuple[Indices, Array]:
    """Return where a run's curvature is known as a share of its rule's limit, if it has one."""
    if bend.share is None:
        return bend.updates[:0], np.empty((1, 0))
    known = np.isfinite(bend.share)
    return bend.updates[known], bend.share[None, known]


def _readings(
    experiment: Experiment, metric: Metric, origin: Reference, trace: Trace, most: int
) -> tuple[Indices, Array]:
    """Return all that was noted, and what has to be computed at `most` single updates at most."""
    if metric.of is None:
        assert metric.notes is not None
        return _over_seeds(*metric.notes(trace), metric)
    if not (along_paths(experiment, metric) and len(trace.path)):
        values = metric.of(experiment.problem, origin, trace.params)
        return _over_seeds(trace.updates, values, metric)
    keep = thinned(trace.path_updates, affordable(experiment.problem, most))
    with np.errstate(all="ignore"):
        values = metric.of(experiment.problem, origin, trace.path[keep])
    return trace.path_updates[keep], values[None]


def along_paths(experiment: Experiment, metric: Metric) -> Values | None:
    """Return what curves show after single updates; None where only epochs' ends are drawn."""
    return metric.of if experiment.n_seeds == 1 else None


def _over_seeds(updates: Indices, values: Array, metric: Metric) -> tuple[Indices, Array]:
    """Cut off where every seed has diverged; before it, put a diverged seed behind all others."""
    finite = np.isfinite(values)
    there = finite.any(axis=0)
    worst = np.inf if metric.falls else 0.0
    return updates[there], np.where(finite, values, worst)[:, there]
