"""Learning rates in pictures: distances per direction, sweeps over rates, schedules."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures import pieces
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    DENSE,
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    dash,
    empty,
    faint,
    light,
    plain,
    symbol,
)
from gdplay.studies.sweeps import Line, Swept
from gdplay.theory.curvature import contraction
from gdplay.theory.measures import recorded

FLOOR = 1e-9
"""A distance below this share of the start's is mostly rounding, and neither drawn nor measured."""

NEAR = 0.02
"""A run follows a local prediction where their factors per update differ by less."""

# Distances along one direction


class Component(NamedTuple):
    """One run's signed distance from the minimum along an eigenvector, and what is predicted.

    Attributes
    ----------
    offset : ndarray of shape (T,)
        After `updates (T,)`.
    factor : float or None
        By how much each update is predicted to shrink the distance; None for adaptive rules.
    predicted : ndarray of shape (T,) or None
        The line with that slope that touches the last of the measured distances from above; None
        where there is no prediction. Where the loss is no quadratic it is local, and None unless
        the run has come to follow it.
    measured : float or None
        By how much an update did shrink it towards the end; None where there is too little left.
    """

    place: int
    updates: Indices
    offset: Array
    factor: float | None
    predicted: Array | None
    measured: float | None


def components(
    experiment: Experiment, traces: Sequence[Trace], vector: Array, bend: float
) -> list[Component]:
    """Return each full-batch run's way along the unit `vector`, where the loss bends by `bend`.

    Raises
    ------
    ValueError
        Where the problem has no minimum.
    """
    minimum = experiment.problem.minimum()
    if minimum is None:
        raise ValueError("without a minimum there is no distance from it")
    found = []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        updates, states = recorded(trace)
        offset = (states - minimum) @ vector
        used = _usable(offset)
        factor, measured = contraction(run.optimizer, bend), _measured(np.abs(offset[:used]))
        predicted = None
        if experiment.problem.quadratic or _follows(measured, factor):
            predicted = _touching(updates, np.abs(offset), factor, used)
        found.append(Component(place, updates, offset, factor, predicted, measured))
    return found


def _follows(measured: float | None, factor: float | None) -> bool:
    return measured is not None and factor is not None and abs(measured - factor) < NEAR


def _usable(offset: Array) -> int:
    """Return how many of the first distances stand clear of rounding."""
    low = np.abs(offset) <= FLOOR * np.abs(offset[0])
    # Momentum passes through zero: what rises again was no rounding.
    return len(offset) - int(np.argmin(low[::-1])) if not low.all() else 0


def _touching(updates: Indices, size: Array, factor: float | None, used: int) -> Array | None:
    if not factor or used < 2:
        return None
    late = slice(used // 2, used)
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        line = np.log(factor) * updates
        above = (np.log(size[late]) - line[late]).max()
        return np.asarray(np.exp(line + above))


def _measured(size: Array) -> float | None:
    """Return the factor per update between the last two thirds' largest distances."""
    third = len(size) // 3
    if third < 1:
        return None
    before, after = size[-2 * third : -third].max(), size[-third:].max()
    return float((after / before) ** (1 / third)) if before > 0 else None


def direction(
    drawn: Sequence[Component], names: Sequence[str], title: str, *, theme: Theme = LIGHT
) -> go.Figure:
    """Return distances along a direction against updates, predictions as thin lines over them.

    Markers are filled on the start's side of the minimum and hollow beyond it.
    """
    if not any(component.offset[0] for component in drawn):
        return empty(theme, title, "The start lies level with the minimum in this direction.")
    return assembled(
        theme,
        [
            trace
            for component in drawn
            for trace in _component(component, names[component.place], theme)
        ],
        title,
        xaxis=axis(theme, "updates", rangemode="tozero", showgrid=False),
        yaxis=axis(theme, "", **_distances(drawn)),
        hovermode="closest",
    )


def _component(component: Component, name: str, theme: Theme) -> list[Piece]:
    color = theme.run_color(component.place)
    shape = symbol(component.place)
    beyond = component.offset * component.offset[0] < 0
    measured = pieces.scatter(
        x=light(component.updates),
        y=light(np.abs(component.offset)),
        mode="markers",
        marker={
            "size": 6 if len(beyond) <= DENSE else 4,
            "color": color,
            "symbol": [f"{shape}-open" if far else shape for far in beyond],
            "line": {"width": 1.3, "color": color},
            "opacity": 1,
        },
        name=name,
        customdata=light(component.offset),
        hovertemplate=f"{plain(name)}<br>%{{customdata:.4g}} after %{{x}} updates<extra></extra>",
    )
    if component.predicted is None:
        return [measured]
    predicted = pieces.scatter(
        x=light(component.updates),
        y=light(component.predicted),
        mode="lines",
        line={"width": 1.2, "color": faint(color, 0.75)},
        name=f"{name}, predicted",
        hoverinfo="skip",
    )
    return [predicted, measured]


def _distances(drawn: Sequence[Component]) -> dict[str, object]:
    """Return the axis of distances: six decades below the start's, two above, at most."""
    sizes = np.concatenate([np.abs(component.offset) for component in drawn])
    start = abs(drawn[0].offset[0])
    sizes = np.clip(sizes[sizes > 0], 1e-6 * start, 1e2 * start)
    return _decades(float(sizes.min()), float(sizes.max()))


def _decades(low: float, high: float, above: float = 0.06) -> dict[str, object]:
    """Return a logarithmic axis from `low` to `high` with a little room."""
    span = np.log10(high / low) + 0.1
    return {
        "type": "log",
        "range": [np.log10(low) - 0.06 * span, np.log10(high) + above * span],
        "exponentformat": "power",
        "dtick": 1 if 2.4 < span < 7 else 2 if span >= 7 else "D2",
    }


# Sweeps

LOST = 10.0
"""A run that ends at over so many times the start's value is lost, diverged or not."""


class End(NamedTuple):
    """A line of a sweep as it is drawn: values at the rates where the median is not lost.

    Attributes
    ----------
    rates, y, low, high : ndarray of shape (P',)
        Excess loss over the minimum, or the loss itself where there is none; the band's upper
        edge is infinite where a tenth of the seeds diverged.
    gone : ndarray of shape (G,)
        The rates at which the median diverged, or ended at over `LOST` times the start's value.
    best : tuple of two floats, or None
        The rate with the lowest value, and the value.
    """

    place: int
    rates: Array
    y: Array
    low: Array
    high: Array
    gone: Array
    best: tuple[float, float] | None
    known: Indices
    lost: Indices
    """Places of `rates` and of `gone` in the sweep's list."""


def ends(swept: Swept, epoch: int = -1) -> list[End]:
    """Return the numbers behind `sweep_view`."""
    return [_end(swept, place, line) for place, line in enumerate(swept.lines(epoch))]


def _end(swept: Swept, place: int, line: Line) -> End:
    rates = np.array(swept.sweep.rates)
    base = swept.origin.loss if swept.origin.exact else 0.0
    gone = line.median - base > LOST * abs(swept.start - base)
    known, lost = np.flatnonzero(~gone & np.isfinite(line.median)), np.flatnonzero(gone)
    y, low, high = (values[known] - base for values in (line.median, line.low, line.high))
    best = None
    if line.best is not None and len(known):
        best = (float(rates[line.best]), float(line.median[line.best] - base))
    return End(place, rates[known], y, low, high, rates[lost], best, known, lost)


def sweep_view(
    swept: Swept,
    names: Sequence[str],
    limits: Sequence[float | None],
    *,
    epoch: int = -1,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return the loss after an epoch against the learning rate, a line per run of the sweep.

    Bands hold the 10th to the 90th percentile of the seeds, a ring marks each line's best rate,
    crosses at the top the rates at which it was lost, dotted lines the predicted limits. Every
    point carries its places (line, rate) as `customdata`.

    Parameters
    ----------
    names, limits
        Of each line: what it is called, and the rate at which it is predicted to diverge, if any.
    """
    found = ends(swept, epoch)
    drawn = [end for end in found if len(end.y)]
    title = "Excess training loss" if swept.origin.exact else "Training loss"
    if not drawn:
        return empty(theme, title, "Nothing to draw: every run diverged.")
    low, high = _levels(swept, drawn)
    step = 0.055 * (np.log10(high / low) + 0.1)
    tops = {end.place: high * 10 ** (step * (0.6 + i)) for i, end in enumerate(found)}
    rates = swept.sweep.rates
    return assembled(
        theme,
        [
            *(t for end in drawn for t in _end_band(end, low, theme)),
            *(_limit(place, limits[place], low, high, theme) for place in range(len(names))
              if _within(limits[place], rates)),
            *(t for end in found for t in _end_line(end, names[end.place], low, tops, theme)),
            *(t for end in drawn for t in _ring(end, low, high, theme)),
        ],
        title,
        xaxis=axis(
            theme, "learning rate", type="log", showgrid=False, exponentformat="power",
            range=[np.log10(rates[0]) - 0.03, np.log10(rates[-1]) + 0.03],
            dtick=1 if rates[-1] / rates[0] > 1e4 else "D2",
        ),
        yaxis=axis(theme, "", **_decades(low, max(tops.values()))),
        hovermode="closest",
        clickmode="event+select",
    )  # fmt: skip


def _within(limit: float | None, rates: Sequence[float]) -> bool:
    return limit is not None and rates[0] <= limit <= rates[-1]


def _levels(swept: Swept, drawn: Sequence[End]) -> tuple[float, float]:
    """Return the lowest and highest value drawn; ten decades at most, little above the start."""
    base = swept.origin.loss if swept.origin.exact else 0.0
    begin = swept.start - base
    values = np.concatenate([np.append(end.y, end.low) for end in drawn])
    above = values[values > 0]
    high = float(max(values.max(), begin))
    low = float(above.min()) if len(above) else 1e-10 * high
    return max(low, 1e-10 * high), high


def _end_band(end: End, low: float, theme: Theme) -> list[Piece]:
    if np.array_equal(end.low, end.high):
        return []
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    fill = faint(theme.run_color(end.place), 0.16)
    x, under = light(end.rates), light(np.maximum(end.low, low))
    return [
        pieces.scatter(x=x, y=under, **edge),
        pieces.scatter(x=x, y=light(end.high), fill="tonexty", fillcolor=fill, **edge),
    ]


def _limit(place: int, limit: float | None, low: float, high: float, theme: Theme) -> Piece:
    return pieces.scatter(
        x=[limit, limit],
        y=[low, high],
        mode="lines",
        line={"width": 1.2, "dash": "dot", "color": theme.run_color(place)},
        name="predicted limit",
        hoverinfo="skip",
    )


def _end_line(end: End, name: str, low: float, tops: dict[int, float], theme: Theme) -> list[Piece]:
    color = theme.run_color(end.place)
    unselected = {"marker": {"opacity": 1}}
    line = pieces.scatter(
        x=light(end.rates),
        y=light(np.maximum(end.y, low)),
        mode="lines+markers",
        line={"width": 1.8, "color": color, "dash": dash(end.place)},
        marker={"size": 6, "color": color, "symbol": symbol(end.place), "opacity": 1},
        customdata=np.column_stack([np.full_like(end.known, end.place), end.known]).tolist(),
        name=name,
        hovertemplate=f"{plain(name)}<br>rate %{{x:.3g}}: %{{y:.3g}}<extra></extra>",
        unselected=unselected,
    )
    gone = pieces.scatter(
        x=light(end.gone),
        y=light(np.full(len(end.gone), tops[end.place])),
        mode="markers",
        marker={
            "size": 7,
            "color": color,
            "symbol": "x-thin",
            "line": {"width": 2, "color": color},
        },
        customdata=np.column_stack([np.full_like(end.lost, end.place), end.lost]).tolist(),
        name=f"{name}, lost",
        hovertemplate=f"{plain(name)}<br>rate %{{x:.3g}}: lost<extra></extra>",
        unselected=unselected,
    )
    return [line, gone]


def _ring(end: End, low: float, high: float, theme: Theme) -> list[Piece]:
    if end.best is None:
        return []
    rate, value = end.best
    near_edge = np.log(max(value, low) / low) < 0.1 * np.log(high / low)
    edge = {"width": 2.2, "color": theme.ink}
    return [
        pieces.scatter(
            x=[rate],
            y=[max(value, low)],
            mode="markers+text",
            marker={"size": 13, "symbol": "circle-open", "color": theme.ink, "line": edge},
            text=[f"{rate:.3g}"],
            textposition="middle left" if near_edge else "bottom center",
            textfont={"size": TEXT_SIZE - 1, "color": theme.ink},
            cliponaxis=False,
            hoverinfo="skip",
            name="best",
        )
    ]


# Schedules


class Decay(NamedTuple):
    """A run under a schedule: its excess loss at epochs' ends over seeds, and its rates.

    Attributes
    ----------
    updates, median, low, high : ndarray of shape (E + 1,)
        The excess is over the minimum; the loss itself where there is none.
    steps, rates : ndarray of shape (T,)
        Updates, counted from 0, and the rate of each; thinned to about 400.
    """

    place: int
    updates: Indices
    median: Array
    low: Array
    high: Array
    steps: Indices
    rates: Array


def decays(experiment: Experiment, traces: Sequence[Trace], base: float) -> list[Decay]:
    """Return the numbers behind `decay_view`; `base` is subtracted from losses."""
    found = []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        values = np.where(np.isfinite(trace.loss), trace.loss - base, np.inf)
        low, median, high = (
            np.quantile(values, share, axis=0, method="nearest") for share in (0.1, 0.5, 0.9)
        )
        total = int(trace.updates[-1])
        steps = np.unique(np.linspace(0, total - 1, 400).astype(np.intp))
        rates = run.optimizer.lr * run.schedule.factors(total)[steps]
        found.append(Decay(place, trace.updates, median, low, high, steps, rates))
    return found


def decay_view(
    drawn: Sequence[Decay],
    names: Sequence[str],
    floor: float | None,
    title: str,
    *,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return losses against updates, and below them, on the same axis, each update's rate.

    `floor` is the excess at which the constant rate is predicted to hover.
    """
    values = np.concatenate([np.append(decay.median, decay.low) for decay in drawn])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return empty(theme, title, "Nothing to draw: every run diverged.")
    last = int(max(decay.updates[-1] for decay in drawn))
    return assembled(
        theme,
        [
            *(t for decay in drawn for t in _decay_band(decay, theme)),
            *_hover_line(floor, last, theme),
            *(t for decay in drawn for t in _decay_lines(decay, names[decay.place], theme)),
        ],
        title,
        xaxis=axis(theme, "updates", range=[0, last], showgrid=False, anchor="y2"),
        yaxis=axis(theme, "", domain=[0.4, 1.0], **_decades(values.min(), values.max())),
        yaxis2=axis(theme, "rate η(t)", domain=[0.0, 0.3], rangemode="tozero", nticks=4),
        hovermode="closest",
    )


def _hover_line(floor: float | None, last: int, theme: Theme) -> list[Piece]:
    if not floor or not np.isfinite(floor):
        return []
    return [
        pieces.scatter(
            x=[0, last],
            y=[floor, floor],
            mode="lines+text",
            line={"width": 1.3, "dash": "dot", "color": theme.ink},
            text=["", "predicted floor"],
            textposition="top left",
            textfont={"size": TEXT_SIZE - 1, "color": theme.muted},
            name="predicted floor",
            hovertemplate=f"predicted floor {floor:.3g}<extra></extra>",
        )
    ]


def _decay_band(decay: Decay, theme: Theme) -> list[Piece]:
    if np.array_equal(decay.low, decay.high):
        return []
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    x, fill = light(decay.updates), faint(theme.run_color(decay.place), 0.16)
    return [
        pieces.scatter(x=x, y=light(decay.low), **edge),
        pieces.scatter(x=x, y=light(decay.high), fill="tonexty", fillcolor=fill, **edge),
    ]


def _decay_lines(decay: Decay, name: str, theme: Theme) -> list[Piece]:
    looks = {"width": 2, "color": theme.run_color(decay.place), "dash": dash(decay.place)}
    return [
        pieces.scatter(
            x=light(decay.updates),
            y=light(decay.median),
            mode="lines",
            line=looks,
            name=name,
            hovertemplate=f"{plain(name)}<br>%{{y:.3g}} after %{{x}} updates<extra></extra>",
        ),
        pieces.scatter(
            x=light(decay.steps),
            y=light(decay.rates),
            yaxis="y2",
            mode="lines",
            line=looks,
            name=f"{name}, rate",
            hovertemplate=f"{plain(name)}<br>rate %{{y:.3g}} at update %{{x}}<extra></extra>",
        ),
    ]
