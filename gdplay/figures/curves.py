"""Convergence curves: any metric against epochs, updates, examples seen or seconds."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.experiment import Experiment, labels
from gdplay.figures.theme import (
    DENSE,
    LIGHT,
    Theme,
    axis,
    dash,
    empty,
    faint,
    light,
    styled,
    symbol,
)
from gdplay.measures import AXES, METRICS, Metric, Reference, affordable, reference, thinned
from gdplay.problem import Array
from gdplay.training import Trace

CEILING = 1e3
"""A diverging curve is shown up to this many times the start's value; then it leaves the figure."""


MAX_DOTS = 16
"""A curve is marked at this many epochs' ends at most."""


class Curve(NamedTuple):
    """One run's metric: the median over seeds, and the band from the 10th to the 90th percentile.

    With a single seed `y` is seed 0 after single updates where the metric is a function of the
    parameters, and there is no band.
    """

    place: int
    label: str
    x: Array
    y: Array
    low: Array | None
    high: Array | None
    dots: Array
    """Indices of the epochs' ends, where few enough to mark."""


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
        unit = AXES[along].per_update(run, n, cost)
        updates, values = _values(experiment, wanted, origin, trace)
        x, y = updates * unit, np.nanmedian(values, axis=0) if len(values) > 1 else values[0]
        low = high = None
        if len(values) > 1:
            low, high = np.nanpercentile(values, [10, 90], axis=0)
        ends = np.nonzero(updates % trace.updates[1] == 0)[0]
        found.append(Curve(place, names[place], x, y, low, high, ends))
    return found


def _values(
    experiment: Experiment, metric: Metric, origin: Reference, trace: Trace
) -> tuple[Array, Array]:
    """Return update numbers (T,) and the metric (S, T) there; S = 1 along a single path."""
    if metric.key == "running":
        return trace.updates[1:], _quiet(trace.running_loss[:, 1:])
    if metric.key == "batch":
        keep = thinned(trace.path_updates)[1:]
        return trace.path_updates[keep], trace.batch_loss[keep][None]
    assert metric.of is not None
    alone = len(trace.params) == 1 and len(trace.path) > 0
    if not alone:
        return trace.updates, _quiet(metric.of(experiment.problem, origin, trace.params))
    keep = thinned(trace.path_updates, affordable(experiment.problem))
    with np.errstate(all="ignore"):
        values = metric.of(experiment.problem, origin, trace.path[keep])
    return trace.path_updates[keep], values[None]


def _quiet(values: Array) -> Array:
    """Return values with columns that are NaN for every seed cut off."""
    there = np.isfinite(values).any(axis=0)
    return np.where(there, values, np.nan) if there.any() else values


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
    title = METRICS[metric].title
    drawn = curves(experiment, traces, metric, along, seconds=seconds, shown=shown)
    drawn = [curve for curve in drawn if np.isfinite(curve.y).any()]
    if not drawn:
        return empty(theme, title, "Nothing to draw: no run has a value here.")
    figure = go.Figure()
    for curve in drawn:
        for trace in _band(curve, theme) + [_line(curve, theme, AXES[along].title)]:
            figure.add_trace(trace)
    styled(figure, theme, title)
    figure.update_layout(
        xaxis=axis(theme, AXES[along].title, rangemode="tozero", showgrid=False),
        yaxis=axis(theme, "", **_vertical(drawn, log)),
        hovermode="closest",
    )
    return figure


def _line(curve: Curve, theme: Theme, unit: str) -> go.Scatter:
    color, dense = theme.run_color(curve.place), len(curve.x) > DENSE
    sizes = np.zeros(len(curve.x))
    sizes[curve.dots[:: -(-len(curve.dots) // MAX_DOTS)]] = 6
    return go.Scatter(
        x=light(curve.x),
        y=light(curve.y),
        mode="lines+markers",
        line={
            "color": color,
            "width": 1.3 if dense else 2,
            "dash": dash(curve.place, len(curve.x)),
        },
        marker={"size": sizes, "color": color, "symbol": symbol(curve.place), "opacity": 1},
        name=curve.label,
        hovertemplate=f"{curve.label}<br>%{{y:.4g}} after %{{x:.4g}} {unit}<extra></extra>",
    )


def _band(curve: Curve, theme: Theme) -> list[go.Scatter]:
    if curve.low is None or curve.high is None:
        return []
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "name": curve.label}
    x, fill = light(curve.x), faint(theme.run_color(curve.place), 0.18)
    return [
        go.Scatter(x=x, y=light(curve.low), **edge),
        go.Scatter(x=x, y=light(curve.high), fill="tonexty", fillcolor=fill, **edge),
    ]


def _vertical(drawn: list[Curve], log: bool) -> dict[str, object]:
    """Return the value axis: a diverging curve may leave it, never stretch it."""
    values = np.concatenate([curve.y for curve in drawn])
    values = values[np.isfinite(values)]
    begin = max(float(curve.y[np.isfinite(curve.y)][0]) for curve in drawn)
    high = min(float(values.max()), CEILING * abs(begin)) if begin else float(values.max())
    if not log:
        high = min(high, 3 * abs(begin)) if begin else high
        low = min(0.0, float(values.min()))
        return {"range": [low, high + 0.05 * (high - low)]}
    above = values[values > 0]
    if not len(above):
        return {}
    # Rounding errors near the minimum are not worth decades of the axis.
    low = max(float(above.min()), 1e-12 * high)
    room = 0.06 * (np.log10(high / low) + 0.1)
    return {
        "type": "log",
        "range": [np.log10(low) - room, np.log10(high) + room],
        "exponentformat": "power",
        "dtick": 1 if np.log10(high / low) > 1.2 else None,
    }
