"""Convergence curves: one metric of the runs, or several losses of each, as they go."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels, seeds_differ_in, start_of
from gdplay.figures import pieces
from gdplay.figures.axes import band, even_axis, log_axis, quiet_legend, time_axis
from gdplay.figures.curves import Curve, along_paths, curves
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
from gdplay.figures.ways import Beside, beside
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.verdicts import Line as Drawn
from gdplay.theory.measures import AXES, METRICS, Axis, Metric, Reference, reference, titled

CEILING = {True: 1e3, False: 3.0}
"""A curve that keeps growing is shown up to so many times the start's value, on a logarithmic axis
or a linear one; then it leaves the figure."""

MAX_DOTS = 16
"""A curve is marked at this many epochs' ends at most."""


class Look(NamedTuple):
    """How a line is drawn, whose colour and dash are its run's; `hollow` are its marks, if any."""

    width: float
    opacity: float
    hollow: bool = False


LOOKS = {
    "loss": Look(2.2, 1.0),
    "running": Look(5.0, 0.3),
    "batch": Look(1.2, 0.4),
    "test": Look(1.1, 1.0, hollow=True),
}
"""How losses are told apart, by their keys: dashes and the shape of marks tell runs apart."""

ALONE = Look(2.0, 1.0)
"""How a metric is drawn that stands alone."""

CROWD = 12
"""Layout: of more curves, those beside each run's first are `QUIET`, that the first can be read."""

QUIET = Look(0.6, 0.4)
"""What is left of a quiet curve's width and opacity."""

FURTHER = Look(1.0, 0.6)
"""How a run is drawn from a further start: thinner and paler."""

RAW = Look(1.0, 0.28)
"""How that is drawn which lies behind its own smoothed line."""


BESIDE: Piece = {"meta": "beside"}
"""Marks what is not the line on which the player shows where a run stands."""


class Line(NamedTuple):
    """A curve as it is drawn.

    Attributes
    ----------
    curve : Curve
    metric : Metric
    look : Look or None
        How its loss is told apart from others beside it; None where it stands alone.
    first : bool
        Whether it bears its run's marks and band.
    x : ndarray of shape (T,)
        Where its points are drawn: the start has a place of its own on a logarithmic axis.
    further : bool
        Whether the run begins at a further start.
    """

    curve: Curve
    metric: Metric
    look: Look | None
    first: bool
    x: Array
    further: bool = False


def looks_of(keys: Sequence[str], n_runs: int = 1) -> list[Look | None]:
    """Return how each of several losses is told apart; None for a metric that stands alone.

    Of many runs all but the first loss are quiet.
    """
    if len(keys) == 1:
        return [None]
    first, *others = (LOOKS[key] for key in keys)
    if n_runs * len(keys) > CROWD:
        others = [_quiet(look) for look in others]
    return [first, *others]


def _quiet(look: Look) -> Look:
    return Look(QUIET.width * look.width, QUIET.opacity * look.opacity)


def convergence(
    experiment: Experiment,
    traces: Sequence[Trace],
    metric: str | Sequence[str] = "loss",
    along: str = "epochs",
    *,
    log: bool = True,
    log_x: bool = False,
    smooth: float = 0.0,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
    expected: Sequence[Drawn] = (),
    brief: bool = False,
    bends: Sharpness | None = None,
    more: Beside = (),
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return each run's convergence curve, with a band over seeds.

    Parameters
    ----------
    metric : key of METRICS, or keys of several losses
        Of several, the first one's lines bear marks and bands.
    along : key of AXES
    log, log_x : bool
        Whether the values, and what they run along, stand on a logarithmic axis.
    smooth : float
        How many epochs a smoothed line looks back on; what it is made of lies pale behind it.
    seconds : sequence of float, optional
        Seconds per update of each run, for `along="seconds"`.
    shown : collection of int, optional
        Places of the runs to draw; all by default.
    expected : sequence of Drawn
        What somebody drew before, behind the curves.
    brief : bool
        Whether several losses are named without when they are taken.
    bends : Sharpness, optional
        The sharpness along the paths, for the metric of that name; read here by default.
    more : sequence of experiments with their traces
        The same runs from other starts, of which the first metric is drawn thin.
    """
    keys = (metric,) if isinstance(metric, str) else tuple(metric)
    every = [(experiment, traces), *more]
    origin = reference(experiment, [trace for _, theirs in every for trace in theirs])
    title = titled(_title(keys, origin, smooth), experiment.problem)
    looks = looks_of(keys, len(experiment.runs) if shown is None else len(shown))
    wanted: dict[str, Any] = {"along": along, "seconds": seconds, "shown": shown, "smooth": smooth}
    lines = _read(every, keys, looks, partial(curves, **wanted, origin=origin), bends)
    if not lines:
        return empty(theme, title, "Nothing to draw: no run has a value here.")
    lines, horizontal, edge = _placed(lines, AXES[along], log_x)
    begin = max(_begin(alone, METRICS[keys[0]], origin) for alone, _ in every)
    unit = AXES[along].title
    vertical = _vertical(lines, begin, log, expected, endless=not origin.exact)
    drawn = expectations(expected, experiment, theme, edge or 0.0) + _drawn(lines, theme, unit)
    return assembled(
        theme,
        [
            *_unnamed(drawn),
            *_legend(None if brief else experiment, lines, smooth, theme, len(every)),
        ],
        _with_axis(title, log, vertical),
        xaxis=axis(theme, unit if edge is None else f"{unit}, log", showgrid=False, **horizontal),
        yaxis=axis(theme, "", **vertical),
        hovermode="closest",
        legend=quiet_legend(theme),
        showlegend=len(keys) > 1 or bool(more),
        **({} if edge is None else {"meta": {"edge": edge}}),
    )


def _read(
    every: Beside,
    keys: Sequence[str],
    looks: Sequence[Look | None],
    read: Callable[..., list[Curve]],
    bends: Sharpness | None,
) -> list[Line]:
    """Return the lines of the first start's runs, and of further starts, counted from 2."""
    (experiment, traces), *more = every
    lines = [
        Line(curve, METRICS[key], look, key == keys[0], curve.x)
        for key, look in zip(keys, looks, strict=True)
        for curve in read(experiment, traces, metric=key, bends=bends)
    ] + [
        Line(labelled, METRICS[keys[0]], None, False, labelled.x, further=True)
        for number, (other, theirs) in enumerate(more, start=2)
        for curve in read(other, theirs, metric=keys[0])
        for labelled in [curve._replace(label=beside(curve.label, number))]
    ]
    return [line for line in lines if np.isfinite(line.curve.y).any()]


def _unnamed(drawn: Sequence[Piece]) -> list[Piece]:
    """Return pieces that stand in no legend."""
    return [{"showlegend": False} | piece for piece in drawn]


def _with_axis(title: str, log: bool, vertical: dict[str, object]) -> str:
    """Return a title that says why the value axis is not logarithmic, where it should be."""
    if not log or "range" not in vertical or vertical.get("type") == "log":
        return title
    return f"{title}: linear axis, for values below 0".removeprefix(": ")


def _title(keys: Sequence[str], origin: Reference, smooth: float) -> str:
    """Return the metric's title; several are named by the legend, which takes its room."""
    if len(keys) > 1:
        return ""
    title = METRICS[keys[0]].over(origin)
    return f"{title.split(' (')[0]}, {_smoothed(smooth)}" if smooth else title


def _smoothed(span: float) -> str:
    return f"smoothed over {AXES['epochs'].words(span)}"


def _front(line: Line) -> tuple[bool, int]:
    """Return what sorts lines: those that are pale lie behind, then those that are jagged."""
    loud = line.look is None or line.look.opacity == 1
    return loud and not line.further, -len(line.x)


# Lines


def _drawn(lines: Sequence[Line], theme: Theme, unit: str) -> list[Piece]:
    """Return what is drawn of the lines, the hindmost first, behind all a level worth a line."""
    each = (_pieces(line, theme, unit) for line in sorted(lines, key=_front))
    return [*_levels(lines, theme), *chain.from_iterable(each)]


def _pieces(line: Line, theme: Theme, unit: str) -> list[Piece]:
    curve, own = line.curve, _look(line)
    drawn = [_stroke(line, theme, unit, curve.line, own)]
    if line.further:
        return drawn
    behind = []
    if curve.smooth is not None:
        behind = [_stroke(line, theme, unit, curve.y, RAW) | BESIDE]
    if not line.first:
        marks = _dots(line, theme) if own.hollow else []
        return [*behind, *(piece | BESIDE for piece in [*drawn, *marks])]
    return [*_band(line, theme), *behind, *drawn, *_dots(line, theme)]


def _look(line: Line) -> Look:
    """Return the look of the line that is read: smoothed, if that was asked for."""
    if line.further:
        return FURTHER
    own = line.look or ALONE
    own = own._replace(width=own.width * (0.65 if len(line.x) > DENSE else 1.0))
    return own if line.curve.smooth is None else own._replace(opacity=1.0)


def _stroke(line: Line, theme: Theme, unit: str, y: Array, look: Look) -> Piece:
    curve = line.curve
    whose = plain(curve.label) + (f", {plain(line.metric.name.lower())}" if line.look else "")
    smoothed = " (smoothed)" if y is curve.smooth else ""
    stands = {} if line.x is curve.x else {"customdata": light(curve.x)}
    when = "%{customdata:.4g}" if stands else "%{x:.4g}"
    return pieces.scatter(
        x=light(line.x),
        y=light(y),
        mode="lines",
        line={
            "color": theme.run_color(curve.place),
            "width": look.width,
            "dash": dash(curve.place, len(line.x)),
        },
        opacity=look.opacity,
        name=curve.label,
        hovertemplate=f"{whose}<br>%{{y:.4g}}{smoothed} after {when} {unit}<extra></extra>",
        **stands,
    )


def _dots(line: Line, theme: Theme) -> list[Piece]:
    """Return marks at some epochs' ends, apart: on the line each state would be one, if unseen."""
    curve = line.curve
    keep = curve.dots[:: max(1, -(-len(curve.dots) // MAX_DOTS))]
    if not len(keep):
        return []
    return [
        pieces.scatter(
            x=light(line.x[keep]),
            y=light(curve.line[keep]),
            mode="markers",
            line={"width": 0},  # not what the player reads as a run's line
            marker={
                "size": 6,
                "color": theme.run_color(curve.place),
                "symbol": f"{symbol(curve.place)}{'-open' * (line.look or ALONE).hollow}",
                "opacity": 1,
            },
            hoverinfo="skip",
            name=curve.label,
        )
    ]


def _levels(lines: Sequence[Line], theme: Theme) -> list[Piece]:
    """Return the level of the first metric that is worth a line, from end to end, if it has one."""
    level = lines[0].metric.level
    if level is None:
        return []
    ends = [min(line.x[0] for line in lines), max(line.x[-1] for line in lines)]
    look = {"color": theme.ink, "width": 1.2, "dash": "dot"}
    return [
        BESIDE
        | pieces.scatter(x=light(ends), y=[level, level], mode="lines", line=look, hoverinfo="skip")
    ]


def _band(line: Line, theme: Theme) -> list[Piece]:
    curve = line.curve
    if curve.low is None or curve.high is None:
        return []
    return band(line.x, curve.low, curve.high, theme.run_color(curve.place), curve.label)


def expectations(
    lines: Sequence[Drawn], experiment: Experiment, theme: Theme, edge: float = 0.0
) -> list[Piece]:
    """Return what somebody drew for runs, or many did: pale and dashed, no line to the player.

    Where many drew, each line is paler, so that they add up where they agree. No line begins left
    of `edge`.
    """
    places = sorted({line.place for line in lines})
    of_run = [[line for line in lines if line.place == place] for place in places]
    return [_expected(own, experiment, edge, theme) for own in of_run]


FAINT = 0.1
"""Layout: no line of many is paler."""


def _expected(lines: Sequence[Drawn], experiment: Experiment, edge: float, theme: Theme) -> Piece:
    """Return what was drawn for one run: all lines as one, with gaps between."""
    place, count = lines[0].place, len(lines)
    label, color = labels(experiment)[place], theme.run_color(place)
    x = np.concatenate([[*np.maximum(line.x, edge), np.nan] for line in lines])[:-1]
    y = np.concatenate([[*line.y, np.nan] for line in lines])[:-1]
    own = {"color": color, "width": 2.5, "dash": "4px,5px"}
    if count > 1:  # each its own see-through line, or they would not add up
        own = {"color": f"{color}{round(255 * max(count**-0.5, FAINT)):02X}", "width": 1.5}
    return BESIDE | pieces.scatter(
        x=light(x),
        y=light(y),
        mode="lines",
        line=own,
        opacity=0.6 if count == 1 else 1,
        name=f"{label}, as drawn",
        hovertemplate=f"{plain(label)}<br>%{{y:.4g}} was drawn<extra></extra>",
    )


# Several losses


def _legend(
    experiment: Experiment | None,
    lines: Sequence[Line],
    smooth: float,
    theme: Theme,
    n_starts: int,
) -> list[Piece]:
    """Return a line without points for each loss, for pale ones and for those of further starts.

    None of them is quiet. Of an `experiment` it says when a loss is taken.
    """
    kinds = {line.metric.key: line for line in lines if line.look is not None}
    entries = [
        (_entry(experiment, line), LOOKS[key], line.first or LOOKS[key].hollow)
        for key, line in kinds.items()
    ]
    if entries and smooth:
        entries.append((f"pale: before it is {_smoothed(smooth)}", RAW, False))
    if n_starts > 1:
        which = "start 2" if n_starts == 2 else f"starts 2 to {n_starts}"
        entries.append((f"thin: from {which}", FURTHER, False))
    return [
        pieces.scatter(
            x=[None],
            y=[None],
            mode="lines+markers" if marked else "lines",
            line={"color": theme.ink, "width": look.width},
            marker={"size": 6, "symbol": f"circle{'-open' * look.hollow}", "color": theme.ink},
            opacity=look.opacity,
            name=name,
            showlegend=True,
        )
        for name, look, marked in entries
    ]


def _entry(experiment: Experiment | None, line: Line) -> str:
    when = f": {when_taken(experiment, line)}" if experiment else ""
    return f"{line.metric.name}{when}"


def when_taken(experiment: Experiment, line: Line) -> str:
    """Return when a loss is taken, and on which rows."""
    follows = along_paths(experiment, line.metric) is not None
    words = line.metric.taken.format(when="after each update" if follows else "after each epoch")
    seeds = "" if line.curve.low is not None else seeds_differ_in(experiment)
    return f"{words}, first {seeds}" if seeds else words


# Axes


def _placed(
    lines: list[Line], along: Axis, log: bool
) -> tuple[list[Line], dict[str, object], float | None]:
    """Return lines where they are drawn along their axis, the axis, and its edge if it has one."""
    times = np.concatenate([line.curve.x for line in lines])
    times = times[times > 0]
    if not log or not len(times):
        return lines, even_axis(float(times.max(initial=0.0)), along), None
    horizontal, edge = time_axis(float(times.min()), float(times.max()), along)
    placed = [line._replace(x=np.maximum(line.curve.x, edge)) for line in lines]
    return placed, horizontal, edge


def _begin(experiment: Experiment, metric: Metric, origin: Reference) -> float:
    """Return the metric at the start; the loss there for what belongs to a run, or is zero."""
    if metric.level is not None:
        return metric.level
    start = start_of(experiment)
    value = float(metric.of(experiment.problem, origin, start[None])[0]) if metric.of else 0.0
    return value or float(experiment.problem.loss(start))


PALE_SHARE = 0.1
"""Of values that are drawn pale, the lowest share may leave a logarithmic axis."""


NOUGHT = 1e-6
"""Layout: a share of the highest value below which a negative one is rounding."""


def _vertical(
    lines: list[Line], begin: float, log: bool, expected: Sequence[Drawn], *, endless: bool = False
) -> dict[str, object]:
    """Return the value axis: a curve that keeps growing may leave it, never stretch it.

    Nor may one that falls without end, where the loss is `endless`. Below zero no axis is
    logarithmic.
    """
    room = CEILING[log] * abs(begin) or np.inf
    before = np.array([y for line in expected for y in line.y]).clip(-room, room)
    level = lines[0].metric.level
    parts = [before] if level is None else [before, np.array([level])]
    for curve, *_ in lines:
        values = np.concatenate([v for v in (curve.y, curve.low, curve.high) if v is not None])
        ceiling = np.inf if curve.calm or not begin else CEILING[log] * abs(begin)
        parts.append(np.minimum(values, ceiling))
    values = np.concatenate(parts)
    values = values[np.isfinite(values)]
    high, bottom = float(values.max()), float(values.min())
    if not log or bottom < -NOUGHT * high:
        low = min(0.0, max(bottom, -CEILING[False] * abs(begin)) if endless else bottom)
        return {"range": [low, high + 0.05 * (high - low)]}
    lowest = [least for line in lines if (least := _lowest(line)) is not None]
    lowest += before[before > 0].tolist()
    if not lowest:
        return {}
    # Rounding errors near the minimum are not worth decades of the axis.
    return log_axis(max(min(lowest), 1e-12 * high), high)


def _lowest(line: Line) -> float | None:
    """Return the lowest value above 0 that a logarithmic axis has to show; None without one."""
    curve = line.curve
    values = np.concatenate([v for v in (curve.y, curve.low, curve.high) if v is not None])
    values = np.sort(values[(values > 0) & np.isfinite(values)])
    if not len(values):
        return None
    pale = curve.smooth is not None or (line.look is not None and line.look.opacity < 1)
    lowest = float(values[int(PALE_SHARE * len(values)) if pale else 0])
    above = curve.line[curve.line > 0]
    return lowest if curve.smooth is None or not len(above) else min(lowest, float(above.min()))
