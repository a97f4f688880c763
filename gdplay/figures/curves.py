"""Convergence curves: any metric against epochs, updates, examples seen or seconds."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels, start_of
from gdplay.figures import pieces
from gdplay.figures.axes import band, log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    DENSE,
    LIGHT,
    Theme,
    assembled,
    axis,
    dash,
    empty,
    light,
    plain,
    symbol,
)
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

CEILING = {True: 1e3, False: 3.0}
"""A curve that keeps growing is shown up to so many times the start's value, on a logarithmic axis
or a linear one; then it leaves the figure."""

NOUGHT = 1e-6
"""Layout: a share of the highest value below which a negative one is rounding."""

MAX_DOTS = 16
"""A curve is marked at this many epochs' ends at most."""


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


def curves(
    experiment: Experiment,
    traces: Sequence[Trace],
    metric: str = "loss",
    along: str = "epochs",
    *,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
) -> list[Curve]:
    """Return the numbers behind `convergence`.

    `seconds` holds the measured seconds per update of each run, needed along "seconds".
    """
    wanted, origin = METRICS[metric], reference(experiment, traces)
    names, n = labels(experiment), experiment.problem.n_samples
    found = []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        if shown is not None and place not in shown:
            continue
        cost = seconds[place] if seconds else 0.0
        updates, values = values_along(experiment, wanted, origin, trace)
        x = AXES[along].at(run, n, cost, updates)
        y, low, high = values[0], None, None
        if len(values) > 1:
            low, y, high = over_seeds(values)
        ends = np.flatnonzero(updates % trace.updates[1] == 0)
        calm = Status.DIVERGED not in trace.status and bounded(trace)
        found.append(Curve(place, names[place], x, y, low, high, ends, calm))
    return found


def values_along(
    experiment: Experiment, metric: Metric, origin: Reference, trace: Trace, most: int = 500
) -> tuple[Indices, Array]:
    """Return update numbers (T,) and the metric (S, T) there; S = 1 along a single path.

    At most about `most` of single updates.
    """
    if metric.key == "running":
        return _over_seeds(trace.updates[1:], trace.running_loss[:, 1:], metric)
    if metric.key == "batch":
        keep = thinned(trace.path_updates, most)[1:]
        return trace.path_updates[keep], trace.batch_loss[keep][None]
    assert metric.of is not None
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


def convergence(
    experiment: Experiment,
    traces: Sequence[Trace],
    metric: str = "loss",
    along: str = "epochs",
    *,
    log: bool = True,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return each run's convergence curve, with a band over seeds.

    Parameters
    ----------
    metric : key of METRICS
    along : key of AXES
    log : bool
        Whether the values stand on a logarithmic axis.
    seconds : sequence of float, optional
        Seconds per update of each run, for `along="seconds"`.
    shown : collection of int, optional
        Places of the runs to draw; all by default.
    """
    origin = reference(experiment, traces)
    title = _title(METRICS[metric], origin)
    drawn = curves(experiment, traces, metric, along, seconds=seconds, shown=shown)
    drawn = [curve for curve in drawn if np.isfinite(curve.y).any()]
    if not drawn:
        return empty(theme, title, "Nothing to draw: no run has a value here.")
    begin = _begin(experiment, METRICS[metric], origin)
    return assembled(
        theme,
        [
            trace
            for curve in sorted(drawn, key=lambda curve: -len(curve.x))  # jagged ones behind
            for trace in (
                *_band(curve, theme),
                _line(curve, theme, AXES[along].title),
                *_dots(curve, theme),
            )
        ],
        title,
        xaxis=axis(theme, AXES[along].title, rangemode="tozero", showgrid=False),
        yaxis=axis(theme, "", **_vertical(drawn, begin, log, endless=not origin.exact)),
        hovermode="closest",
    )


def _title(metric: Metric, origin: Reference) -> str:
    """Return the metric's title, which says so where there is no minimum to measure from."""
    if metric.key == "excess" and not origin.exact:
        return f"{metric.title}, over {origin.title}"
    return metric.title.replace("the minimum", origin.title)


def _line(curve: Curve, theme: Theme, unit: str) -> Piece:
    color, dense = theme.run_color(curve.place), len(curve.x) > DENSE
    return pieces.scatter(
        x=light(curve.x),
        y=light(curve.y),
        mode="lines",
        line={
            "color": color,
            "width": 1.3 if dense else 2,
            "dash": dash(curve.place, len(curve.x)),
        },
        name=curve.label,
        hovertemplate=f"{plain(curve.label)}<br>%{{y:.4g}} after %{{x:.4g}} {unit}<extra></extra>",
    )


def _dots(curve: Curve, theme: Theme) -> list[Piece]:
    """Return marks at some epochs' ends, apart: on the line each state would be one, if unseen."""
    keep = curve.dots[:: max(1, -(-len(curve.dots) // MAX_DOTS))]
    if not len(keep):
        return []
    return [
        pieces.scatter(
            x=light(curve.x[keep]),
            y=light(curve.y[keep]),
            mode="markers",
            line={"width": 0},  # not what the player reads as a run's line
            marker={
                "size": 6,
                "color": theme.run_color(curve.place),
                "symbol": symbol(curve.place),
                "opacity": 1,
            },
            hoverinfo="skip",
            name=curve.label,
        )
    ]


def _band(curve: Curve, theme: Theme) -> list[Piece]:
    if curve.low is None or curve.high is None:
        return []
    return band(curve.x, curve.low, curve.high, theme.run_color(curve.place), curve.label)


def _begin(experiment: Experiment, metric: Metric, origin: Reference) -> float:
    """Return the metric at the start; the loss there for what belongs to a run, or is zero."""
    start = start_of(experiment)
    value = float(metric.of(experiment.problem, origin, start[None])[0]) if metric.of else 0.0
    return value or float(experiment.problem.loss(start))


def _vertical(
    drawn: list[Curve], begin: float, log: bool, *, endless: bool = False
) -> dict[str, object]:
    """Return the value axis: a curve that keeps growing may leave it, never stretch it.

    Nor may one that falls without end, where the loss is `endless`. Below zero no axis is
    logarithmic.
    """
    parts = []
    for curve in drawn:
        values = np.concatenate([v for v in (curve.y, curve.low, curve.high) if v is not None])
        ceiling = np.inf if curve.calm or not begin else CEILING[log] * abs(begin)
        parts.append(np.minimum(values, ceiling))
    values = np.concatenate(parts)
    values = values[np.isfinite(values)]
    high, lowest = float(values.max()), float(values.min())
    if not log or lowest < -NOUGHT * high:
        low = min(0.0, max(lowest, -CEILING[False] * abs(begin)) if endless else lowest)
        return {"range": [low, high + 0.05 * (high - low)]}
    above = values[values > 0]
    if not len(above):
        return {}
    # Rounding errors near the minimum are not worth decades of the axis.
    return log_axis(max(float(above.min()), 1e-12 * high), high)
