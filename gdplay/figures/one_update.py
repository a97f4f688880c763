"""One update in pictures: its rows on the data, and its batch's own loss over the full one."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.engine.replay import Step
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures import pieces
from gdplay.figures.fits import CLASS_INKS, class_symbol, kind, sample
from gdplay.figures.paths import marked_map
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    empty,
    faint,
    light,
    plain,
    symbol,
)
from gdplay.figures.ways import paths
from gdplay.loss.fit import Fit
from gdplay.theory.landscape import Landscape
from gdplay.theory.step_map import Ghost, arrows, enlarged

MAX_LIT = 400
"""A batch of more rows than this is thinned evenly in the picture."""

MAX_RESIDUALS = 64
"""Batches of more rows than this are drawn smaller, without lines from rows to predictions."""

EDGE = 0.09
"""So near the upper or lower edge, a name above or below would be cut off."""

CROWDED = np.array([0.2, 0.16])
"""The minimum's name gives way to that of an arrow whose tip is within such shares of the map."""


@np.errstate(all="ignore")  # a diverging run overflows
def data_view(experiment: Experiment, step: Step, place: int, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the data with the batch's rows lit, and the model before and after the update.

    One feature: lines, and from each row of the batch to what was predicted for it. Two features
    and classes: boundaries. Otherwise predicted against actual, or the probability given to the
    right class.
    """
    fit = experiment.problem
    if not isinstance(fit, Fit):
        return empty(theme, "", "A surface has no rows.")
    if not np.isfinite(step.new_params).all():
        return empty(theme, "The rows", "The parameters overflowed: there is no fit to draw.")
    draw = {"line": _lines, "regions": _regions, "predicted": _predicted, "confusion": _chances}
    return draw[kind(fit)](fit, step, place, theme)


def _lit(step: Step) -> Indices:
    """Return which of the batch's rows are drawn, as places in the batch."""
    count = len(step.rows)
    return np.linspace(0, count - 1, min(count, MAX_LIT)).round().astype(np.intp)


def _dots(x: Array, y: Array, theme: Theme, name: str, **marker: object) -> Piece:
    return pieces.scatter(
        x=light(x),
        y=light(y),
        mode="markers",
        marker={"size": 5, "color": faint(theme.muted, 0.45), **marker},
        name=plain(name),
        hovertemplate=f"{plain(name)}<br>%{{x:.4g}}, %{{y:.4g}}<extra></extra>",
    )


def _batch_dots(x: Array, y: Array, place: int, theme: Theme, **marker: object) -> Piece:
    edge = {"color": theme.casing, "width": 1}
    looks = {
        "size": 9 if len(x) <= MAX_RESIDUALS else 6,
        "color": theme.run_color(place),
        "line": edge,
        "opacity": 1,
        **marker,
    }
    return _dots(x, y, theme, "this batch", **looks)


def _segments(x0: Array, y0: Array, x1: Array, y1: Array, color: str, name: str) -> Piece:
    gap = np.full_like(x0, np.nan)
    return pieces.scatter(
        x=light(np.stack([x0, x1, gap], axis=1).ravel()),
        y=light(np.stack([y0, y1, gap], axis=1).ravel()),
        mode="lines",
        line={"color": color, "width": 1.2},
        hoverinfo="skip",
        name=name,
    )


def _lines(fit: Fit, step: Step, place: int, theme: Theme) -> go.Figure:
    raw, color = fit.data.X[fit.prepared.train_rows, 0], theme.run_color(place)
    straight = fit.features == "linear" and fit.model.convex
    x = np.linspace(raw.min(), raw.max(), 2 if straight else 80)
    X, lit = fit.transform(x[:, None]), _lit(step)
    rows, dots = step.rows[lit], sample(len(raw))
    ways = [
        pieces.scatter(
            x=light(x),
            y=light(fit.predict(params, X)),
            mode="lines",
            line={"color": color, "width": width, "dash": dash},
            name=name,
            hovertemplate=f"{name} the update<br>predicts %{{y:.4g}}<extra></extra>",
        )
        for name, params, width, dash in (
            ("before", step.params, 1.6, "dash"),
            ("after", step.new_params, 2.6, "solid"),
        )
    ]
    guesses = fit.predict(step.params, fit.X[rows])
    gaps = _segments(raw[rows], fit.y[rows], raw[rows], guesses, faint(color, 0.5), "residuals")
    return assembled(
        theme,
        [
            _dots(raw[dots], fit.y[dots], theme, "rows"),
            *([gaps] if len(step.rows) <= MAX_RESIDUALS else ()),
            *ways,
            _batch_dots(raw[rows], fit.y[rows], place, theme),
        ],
        "The batch on the data: line before (dashed) and after",
        xaxis=axis(theme, fit.data.feature_names[0], showgrid=False),
        yaxis=axis(theme, fit.data.target_name, showgrid=False),
    )


def _regions(fit: Fit, step: Step, place: int, theme: Theme) -> go.Figure:
    raw = fit.data.X[fit.prepared.train_rows]
    room = 0.06 * np.ptp(fit.data.X, axis=0)
    low, high = fit.data.X.min(axis=0) - room, fit.data.X.max(axis=0) + room
    gx, gy = (np.linspace(low[i], high[i], 70) for i in (0, 1))
    grid = fit.transform(np.stack(np.meshgrid(gx, gy), axis=-1).reshape(-1, 2))
    boundaries = [
        _boundary(gx, gy, lead, theme.run_color(place), name)
        for name, params in (("before", step.params), ("after", step.new_params))
        for lead in _leads(fit, params, grid)
    ]
    rows = [
        _dots(raw[some, 0], raw[some, 1], theme, name, **_class_looks(c, theme))
        for c, name in enumerate(fit.data.class_names)
        for some in [_some(fit, c)]
    ]
    lit, shapes = raw[step.rows[_lit(step)]], _shapes(fit, step)
    first, second = fit.data.feature_names
    return assembled(
        theme,
        [*rows, *boundaries, _batch_dots(lit[:, 0], lit[:, 1], place, theme, symbol=shapes)],
        "The batch on the data: boundary before (dashed) and after",
        xaxis=axis(theme, first, showgrid=False, range=[gx[0], gx[-1]]),
        yaxis=axis(theme, second, showgrid=False, range=[gy[0], gy[-1]]),
    )


def _some(fit: Fit, c: int) -> Indices:
    """Return which rows of a class are drawn."""
    mine = np.flatnonzero(fit.y == c)
    return np.asarray(mine[sample(len(mine))])


def _class_looks(c: int, theme: Theme) -> dict[str, str]:
    inks = CLASS_INKS[theme.name]
    return {
        "color": faint(inks[c % len(inks)], 0.5),
        "symbol": class_symbol(c),
    }


def _shapes(fit: Fit, step: Step) -> list[str]:
    classes = fit.y[step.rows[_lit(step)]].astype(int)
    return [class_symbol(c) for c in classes]


def _leads(fit: Fit, params: Array, grid: Array) -> list[Array]:
    """Return how far each class is ahead of the best other one, (m,); one of two classes."""
    scores = fit.outputs(params, grid)
    if scores.ndim == 1:
        return [scores]
    if fit.n_classes == 2:
        return [scores[:, 1] - scores[:, 0]]
    others = (np.delete(scores, c, axis=1).max(axis=1) for c in range(fit.n_classes))
    return [scores[:, c] - other for c, other in enumerate(others)]


def _boundary(gx: Array, gy: Array, lead: Array, color: str, name: str) -> Piece:
    # Bounded, so that float32 and the contour finder see a gentle slope near zero.
    gentle = np.tanh(lead / (np.abs(lead).max() or 1) * 4)
    looks = {"before": {"width": 1.6, "dash": "dash"}, "after": {"width": 2.6, "dash": "solid"}}
    return pieces.contour(
        x=light(gx),
        y=light(gy),
        z=light(gentle.reshape(len(gy), len(gx))),
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": color, **looks[name]},
        showscale=False,
        hoverinfo="skip",
        name=name,
    )


def _predicted(fit: Fit, step: Step, place: int, theme: Theme) -> go.Figure:
    drawn, lit, target = sample(fit.n_samples), step.rows[_lit(step)], fit.data.target_name
    ends = np.array([fit.y.min(), fit.y.max()])
    before, after = (fit.predict(p, fit.X) for p in (step.params, step.new_params))
    exact = pieces.scatter(
        x=light(ends),
        y=light(ends),
        mode="lines",
        hoverinfo="skip",
        name="exact",
        line={"color": theme.muted, "width": 1},
    )
    return assembled(
        theme,
        [
            exact,
            _dots(fit.y[drawn], after[drawn], theme, "rows"),
            *_moves(fit.y[lit], before[lit], after[lit], place, theme),
        ],
        "The batch: predicted before (open) and after",
        xaxis=axis(theme, f"actual {target}", showgrid=False),
        yaxis=axis(theme, f"predicted {target}", showgrid=False),
    )


def _moves(x: Array, before: Array, after: Array, place: int, theme: Theme) -> list[Piece]:
    """Return what moved: an open mark before, a filled one after, a line between them."""
    color = theme.run_color(place)
    return [
        _segments(x, before, x, after, faint(color, 0.6), "moved"),
        _dots(x, before, theme, "before", size=7, color=color, symbol="circle-open"),
        _batch_dots(x, after, place, theme),
    ]


def _chances(fit: Fit, step: Step, place: int, theme: Theme) -> go.Figure:
    before, after = (chance(fit, p) for p in (step.params, step.new_params))
    spots = _spread(fit.y)
    dots, lit = sample(fit.n_samples), step.rows[_lit(step)]
    names = [plain(name) for name in fit.data.class_names]
    return assembled(
        theme,
        [
            _dots(spots[dots], after[dots], theme, "rows"),
            *_moves(spots[lit], before[lit], after[lit], place, theme),
        ],
        "The batch: right class, before (open) and after",
        xaxis=axis(
            theme, fit.data.target_name, showgrid=False, tickvals=list(range(len(names))),
            ticktext=names,
        ),
        yaxis=axis(theme, "probability of the right class", range=[-0.03, 1.03]),
    )  # fmt: skip


def chance(fit: Fit, params: Array) -> Array:
    """Return the probability given to each training row's own class, (n,)."""
    scores = fit.outputs(params, fit.X)
    if scores.ndim == 1:
        scores = np.column_stack([np.zeros_like(scores), scores])
    own = np.take_along_axis(scores, fit.y.astype(int)[:, None], axis=1)
    with np.errstate(over="ignore"):
        return np.asarray(1 / np.exp(scores - own).sum(axis=1))


def _spread(y: Array) -> Array:
    """Return each class's rows side by side around the class's number, (n,)."""
    spots = y.copy()
    for c in np.unique(y):
        mine = np.flatnonzero(y == c)
        spots[mine] += np.linspace(-0.38, 0.38, len(mine)) if len(mine) > 1 else 0
    return spots


# The batch's own loss


@np.errstate(all="ignore")  # a diverging run overflows
def map_view(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    step: Step,
    place: int,
    own: Ghost | None,
    *,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return the loss over all rows as a map, over it the batch's own loss in dashed lines.

    The run's way up to here, the step, and the negative gradients of all rows and of the batch,
    both drawn at the scale that `arrows` tells, the step at that of `enlarged`. `own` is the
    batch's loss, from `ghost`.
    """
    color = theme.run_color(place)
    here, there = land.plane.coordinates(np.stack([step.params, step.new_params]))
    drawn, first, second = arrows(step, land), *land.plane.names
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    # Names stand on the outer sides of the two arrows.
    turn = float(np.cross(np.append(drawn.batch / size, 0), np.append(drawn.full / size, 0))[2])
    whole = "all rows" if experiment.problem.n_samples > 1 else "downhill"
    both = [_arrow(land, here, drawn.full, theme.ink, whole, turn, theme)]
    if own is not None:
        both.append(_arrow(land, here, drawn.batch, color, "this batch", -turn, theme))
    base = marked_map(experiment, land, theme)
    tips = np.array([(arrow["x"][1], arrow["y"][1]) for arrow in both])
    for mark in base:
        away = np.abs(tips - (mark["x"][0], mark["y"][0]))
        if mark["name"] == "minimum" and np.any(np.all(away < CROWDED * size, axis=1)):
            mark["mode"] = "markers"
    return assembled(
        theme,
        [
            *base,
            *(_ghost_lines(own, color) if own is not None else ()),
            *_trail(experiment, traces, land, step, place, theme),
            *_step_lines(here, here + enlarged(step, land) * (there - here), place, theme),
            *both,
            _step_ends(here, there, place, labels(experiment)[place], theme),
        ],
        "The step on the loss" + (": all rows (shaded), this batch (dashed)" if own else ""),
        xaxis=axis(theme, first, range=[land.x[0], land.x[-1]], showgrid=False),
        yaxis=axis(theme, second, range=[land.y[0], land.y[-1]], showgrid=False),
    )


def _ghost_lines(own: Ghost, color: str) -> list[Piece]:
    """Return the batch's level lines, at even steps of the root of the excess, and its minimum."""
    lines = pieces.contour(
        x=light(own.x),
        y=light(own.y),
        z=light(np.sqrt(own.loss - own.loss.min())),
        ncontours=10,
        contours={"coloring": "none"},
        line={"color": color, "width": 1.1, "dash": "dash"},
        opacity=0.85,
        showscale=False,
        hoverinfo="skip",
        name="batch loss",
    )
    if own.minimum is None:
        return [lines]
    star = pieces.scatter(
        x=own.minimum[:1],
        y=own.minimum[1:],
        mode="markers",
        marker={"symbol": "star-open", "size": 12, "color": color, "line": {"width": 1.6}},
        hovertemplate="minimum of this batch's loss<br>%{x:.4g}, %{y:.4g}<extra></extra>",
        name="batch minimum",
    )
    return [lines, star]


def _trail(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    step: Step,
    place: int,
    theme: Theme,
) -> list[Piece]:
    """Return the run's way up to here."""
    (path,) = paths(experiment, traces, land, (place,))
    before = path.update < step.update
    here = land.plane.coordinates(step.params)
    return [
        pieces.scatter(
            x=light(np.append(path.x[before], here[0])),
            y=light(np.append(path.y[before], here[1])),
            mode="lines",
            line={"color": faint(theme.run_color(place), 0.5), "width": 1.4},
            hoverinfo="skip",
            name="way so far",
        )
    ]


def _arrow(
    land: Landscape, here: Array, way: Array, color: str, name: str, turn: float, theme: Theme
) -> Piece:
    """Return an arrow with its name left of it where `turn` is not negative, else right of it."""
    x, y = np.stack([here, here + way]).T
    sideways = (-way[1], way[0]) if turn >= 0 else (way[1], -way[0])
    height = (y[1] - land.y[0]) / np.ptp(land.y)
    roomy = height < 1 - EDGE if sideways[1] >= 0 else height > EDGE
    above = "top" if sideways[1] >= 0 else "bottom"
    side = f"{above if roomy else 'middle'} {'right' if sideways[0] >= 0 else 'left'}"
    return pieces.scatter(
        x=light(x),
        y=light(y),
        mode="lines+markers+text",
        line={"color": color, "width": 1.8},
        marker={"symbol": "arrow", "angleref": "previous", "size": [0, 12], "color": color},
        text=["", name],
        textposition=side,
        textfont={"color": theme.ink, "size": TEXT_SIZE - 1},
        hovertemplate=f"negative gradient, {name}<extra></extra>",
        name=name,
    )


def _step_lines(here: Array, there: Array, place: int, theme: Theme) -> list[Piece]:
    x, y = np.stack([here, there]).T
    looks = {"": (theme.casing, 7), "step": (theme.run_color(place), 4)}
    return [
        pieces.scatter(
            x=light(x),
            y=light(y),
            mode="lines",
            line={"color": color, "width": width},
            hoverinfo="skip",
            name=name,
        )
        for name, (color, width) in looks.items()
    ]


def _step_ends(here: Array, there: Array, place: int, label: str, theme: Theme) -> Piece:
    x, y = np.stack([here, there]).T
    color = theme.run_color(place)
    return pieces.scatter(
        x=light(x),
        y=light(y),
        mode="markers",
        marker={
            "symbol": ["circle", symbol(place)],
            "size": [9, 12],
            "color": [theme.casing, color],
            "line": {"color": [color, theme.casing], "width": [2.5, 1]},
            "opacity": 1,
        },
        text=["before", "after"],
        hovertemplate=f"{plain(label)}<br>%{{text}}<br>%{{x:.5g}}, %{{y:.5g}}<extra></extra>",
        name="before and after",
    )
