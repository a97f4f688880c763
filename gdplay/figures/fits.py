"""The fit itself: a line over its points, decision regions, predictions, the confusion matrix."""

from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels, start_of
from gdplay.figures import pieces
from gdplay.figures.axes import quiet_legend
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
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
from gdplay.loss.fit import Fit
from gdplay.loss.models import as_network
from gdplay.teaching.networks import MOST_CLASSES
from gdplay.theory.input_plane import input_plane
from gdplay.theory.measures import final_params

MAX_POINTS = 400
"""More rows than this are thinned evenly in the picture (never in the training)."""

FEW = 30
"""So few points do not hide each other: they are larger, and hardly faint."""

_TILE = 1 << 20

CLASS_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross")
# Violet, olive, teal, rose and grey: between the hues of runs, which no class shares.
CLASS_TINTS = {
    "light": ("#DBDBF5", "#E6E4BE", "#C8E4E6", "#F5D5D8", "#E1DDD8"),
    "dark": ("#333347", "#3C3919", "#223A3B", "#452E31", "#383531"),
}
CLASS_INKS = {
    "light": ("#484286", "#5C5715", "#04585C", "#75373F", "#585246"),
    "dark": ("#C3C1FA", "#DCD896", "#93D9DC", "#FDB3BB", "#D8D0C3"),
}


def kind(fit: Fit) -> str:
    """Return which picture suits a fit: "line", "regions", "predicted" or "confusion"."""
    if fit.n_classes:
        return "regions" if fit.dataset.n_features == 2 else "confusion"
    return "line" if fit.dataset.n_features == 1 else "predicted"


def followed(fit: Fit) -> str:
    """Return the `kind` of picture that follows a run.

    Regions of a network on more than two columns are those on the plane of `input_plane`, unless
    there are more classes than tints.
    """
    on_plane = kind(fit) == "confusion" and as_network(fit.model) is not None
    return "regions" if on_plane and fit.n_classes <= MOST_CLASSES else kind(fit)


def is_on_plane(fit: Fit) -> bool:
    """Whether regions are drawn on a plane through rows of more columns than two."""
    return followed(fit) == "regions" and fit.dataset.n_features > 2


def fit_view(
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    focus: int | None = None,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
) -> go.Figure:
    """Return the final fit of each run's seed 0; of `focus` alone where one picture holds one run.

    Without a `focus` that is the run with the lowest loss at its end.

    One feature: a curve over the points. Two features and classes: decision regions of `focus` and
    each run's boundary; of a network on more features on the plane of `input_plane`, where rings
    mark the rows that it gets wrong. Otherwise predicted against actual, or the confusion matrix of
    `focus`.
    """
    fit = experiment.problem
    if not isinstance(fit, Fit):
        return empty(theme, "", "A surface has no data to fit.")
    places = standing(traces, shown)
    if not places:
        why = "All runs are hidden." if shown is not None and not shown else _ALL_DIVERGED
        return empty(theme, "The fit", why)
    focus = in_focus(traces, places, focus)
    finals = {place: final_params(traces[place]) for place in places}
    draw = {"line": _lines, "regions": _regions, "predicted": _predicted, "confusion": _confusion}
    return draw[followed(fit)](experiment, fit, finals, focus, theme)


_ALL_DIVERGED = "Every run shown is lost: there is no fit to draw."


def standing(traces: Sequence[Trace], shown: Collection[int] | None) -> list[int]:
    """Return the places of the runs shown that did not diverge: those whose fits are drawn."""
    return [
        place
        for place, trace in enumerate(traces)
        if (shown is None or place in shown) and trace.status[0] is not Status.DIVERGED
    ]


def in_focus(traces: Sequence[Trace], places: Sequence[int], wanted: int | None) -> int:
    """Return the run to draw where one picture holds one: the lowest, unless `wanted` stands."""
    if wanted is not None and wanted in places:
        return wanted
    return min(places, key=lambda place: float(traces[place].loss[0, -1]))


def sample(n: int) -> Indices:
    """Return which of `n` rows are drawn, evenly thinned to `MAX_POINTS`."""
    return np.unique(np.linspace(0, n - 1, min(n, MAX_POINTS)).round().astype(np.intp))


def _lines(
    experiment: Experiment, fit: Fit, finals: dict[int, Array], focus: int, theme: Theme
) -> go.Figure:
    raw = fit.data.X[fit.prepared.train_rows, 0]
    rows, names = sample(len(raw)), labels(experiment)
    straight = fit.features == "linear" and fit.model.convex
    x = np.linspace(raw.min(), raw.max(), 2 if straight else 80)
    X = fit.transform(x[:, None])
    lines = [
        pieces.scatter(
            x=light(x),
            y=light(fit.predict(params, X)),
            mode="lines",
            line={"color": theme.run_color(place), "width": 2.5, "dash": dash(place)},
            name=names[place],
            hovertemplate=f"{plain(names[place])}<br>predicts %{{y:.4g}}<extra></extra>",
        )
        for place, params in finals.items()
    ]
    return assembled(
        theme,
        [_points(raw[rows], fit.y[rows], theme), *lines],
        "The fits on the data",
        xaxis=axis(theme, fit.data.feature_names[0], showgrid=False),
        yaxis=axis(
            theme,
            fit.data.target_name,
            showgrid=False,
            range=_heights(fit.y, fit.predict(start_of(experiment), X)),
        ),
    )


_FAR = 1.0
"""So many times as far as the rows reach a first line may lead beyond them, and is seen whole."""


def _heights(y: Array, first: Array) -> list[float]:
    """Return a range that holds the targets, and the line at the start where it is not far off."""
    low, high = y.min(), y.max()
    ends = np.array([first.min(), first.max()])
    near = np.all((low - _FAR * (high - low) <= ends) & (ends <= high + _FAR * (high - low)))
    return roomy(np.append(y, ends) if near else y, 0.15)


def roomy(values: Array, share: float) -> list[float]:
    """Return a range that holds `values` with a margin."""
    low, high = float(values.min()), float(values.max())
    room = share * (high - low or 1)
    return [low - room, high + room]


def _points(x: Array, y: Array, theme: Theme, **more: object) -> Piece:
    size, clear = (8, 0.9) if len(x) <= FEW else (5, 0.55)
    return pieces.scatter(
        x=light(x),
        y=light(y),
        mode="markers",
        marker={"size": size, "color": faint(theme.muted, clear), **more},
        name="rows",
        hovertemplate="%{x:.4g}, %{y:.4g}<extra></extra>",
    )


def _regions(
    experiment: Experiment, fit: Fit, finals: dict[int, Array], focus: int, theme: Theme
) -> go.Figure:
    names, on_plane = labels(experiment), is_on_plane(fit)
    (x0, x1), (y0, y1) = box_of_rows(fit)
    gx, gy = np.linspace(x0, x1, 70), np.linspace(y0, y1, 70)
    grid = over_plane(fit, np.stack(np.meshgrid(gx, gy), axis=-1).reshape(-1, 2))
    several = fit.n_classes == 2
    boundaries = [
        _boundary(gx, gy, _margin(fit, params, grid), place, names[place], theme)
        for place, params in (finals.items() if several else ())
    ]
    whose = "boundaries of all runs" if several else names[focus]
    first, second = plane_names(fit)
    drawn = [
        _tints(fit, gx, gy, fit.predict(finals[focus], grid), theme),
        *boundaries,
        *(_class_points(fit, c, name, theme) for c, name in enumerate(fit.data.class_names)),
        *([_wrong_rows(fit, finals[focus], theme)] if on_plane else ()),
    ]
    rows = _legend_rows([plain(name) for name in fit.data.class_names])
    return assembled(
        theme,
        [{"showlegend": "symbol" in piece.get("marker", {})} | piece for piece in drawn],
        f"Regions, wrong rows ringed: {names[focus]}" if on_plane else f"Decision regions: {whose}",
        xaxis=axis(theme, first, showgrid=False, range=[gx[0], gx[-1]]),
        yaxis=axis(theme, second, showgrid=False, range=[gy[0], gy[-1]]),
        showlegend=rows <= MOST_ROWS,
        legend={**quiet_legend(theme), "itemsizing": "constant"},
        margin={"l": 8, "r": 12, "t": TITLE + LEGEND * rows * (rows <= MOST_ROWS), "b": 8},
    )


TITLE, LEGEND = 34, 20
"""Layout: how high a title is, and a row of a legend under it."""

MARK, LETTER, ACROSS = 42, 6, 260
"""Layout: how wide a legend's mark is, a letter of its names, and the room for both."""

MOST_ROWS = 2
"""Layout: classes that take more rows of a legend have none."""


def _legend_rows(names: Sequence[str]) -> int:
    """Return in how many rows the entries of a legend stand."""
    wide = MARK + LETTER * max(map(len, names))
    return -(-len(names) // max(1, ACROSS // wide))


def box_of_rows(fit: Fit) -> list[list[float]]:
    """Return the ranges that hold all rows, in raw columns or on the plane they are drawn on."""
    raw = fit.data.X
    seen = input_plane(fit).places(raw) if fit.dataset.n_features > 2 else raw
    return [roomy(column, 0.06) for column in seen.T]


def over_plane(fit: Fit, places: Array) -> Array:
    """Return what the model sees at places (m, 1 or 2) of `box_of_rows`, (m, d)."""
    many = fit.dataset.n_features > 2
    return fit.transform(input_plane(fit).points(places) if many else places)


def plane_names(fit: Fit) -> tuple[str, str]:
    """Return what the two axes of `box_of_rows` are."""
    if fit.dataset.n_features == 2:
        return fit.data.feature_names[0], fit.data.feature_names[1]
    plane = input_plane(fit)
    return plane.names[0], f"{plane.names[1]} (both: {plane.share:.0%})"


def _margin(fit: Fit, params: Array, grid: Array) -> Array:
    """Return how far class 1 is ahead of class 0, (m,)."""
    scores = fit.outputs(params, grid)
    return scores if scores.ndim == 1 else scores[:, 1] - scores[:, 0]


def _tints(fit: Fit, gx: Array, gy: Array, classes: Array, theme: Theme) -> Piece:
    every = CLASS_TINTS[theme.name]
    tints = [every[c % len(every)] for c in range(fit.n_classes)]
    steps = np.arange(len(tints) + 1) / len(tints)
    scale = [
        [position, tint] for i, tint in enumerate(tints) for position in (steps[i], steps[i + 1])
    ]
    return pieces.heatmap(
        x=light(gx),
        y=light(gy),
        z=classes.reshape(len(gy), len(gx)).astype(np.uint8),
        zmin=-0.5,
        zmax=len(tints) - 0.5,
        colorscale=scale,
        showscale=False,
        hoverinfo="skip",
        name="regions",
    )


def _boundary(gx: Array, gy: Array, margin: Array, place: int, name: str, theme: Theme) -> Piece:
    # Bounded, so that float32 and the contour finder see a gentle slope near zero.
    gentle = np.tanh(margin / (np.abs(margin).max() or 1) * 4)
    return pieces.contour(
        x=light(gx),
        y=light(gy),
        z=light(gentle.reshape(len(gy), len(gx))),
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": theme.run_color(place), "width": 2.5, "dash": dash(place)},
        showscale=False,
        hoverinfo="skip",
        name=name,
    )


def class_symbol(c: int) -> str:
    """Return the symbol of a class; of many classes, those of one ink have different ones."""
    return CLASS_SYMBOLS[(c + c // len(CLASS_SYMBOLS)) % len(CLASS_SYMBOLS)]


WRONG = "wrong rows"
"""The name of the rings around the rows that a network gets wrong."""


def rows_drawn(fit: Fit) -> Indices:
    """Return which training rows are drawn over regions, class after class."""
    classes = (np.flatnonzero(fit.y == c) for c in range(fit.n_classes))
    return np.concatenate([mine[sample(len(mine))] for mine in classes])


def _wrong_rows(fit: Fit, params: Array, theme: Theme) -> Piece:
    """Return rings around the rows that a network gets wrong, whatever region is under them."""
    drawn = rows_drawn(fit)
    wrong = drawn[fit.predict(params, fit.X[drawn]) != fit.y[drawn]]
    places = input_plane(fit).places(fit.data.X[fit.prepared.train_rows[wrong]])
    ring = {"size": 11, "color": theme.ink, "symbol": "circle-open", "line": {"width": 1.4}}
    points = _points(places[:, 0], places[:, 1], theme, **ring)
    still = {"hoverinfo": "skip", "hovertemplate": None, "showlegend": False}
    return {**points, "name": WRONG, **still}


def _class_points(fit: Fit, c: int, name: str, theme: Theme) -> Piece:
    mine = fit.prepared.train_rows[fit.y == c]
    rows = fit.data.X[mine[sample(len(mine))]]
    rows = input_plane(fit).places(rows) if is_on_plane(fit) else rows
    points = _points(
        rows[:, 0],
        rows[:, 1],
        theme,
        color=CLASS_INKS[theme.name][c % len(CLASS_SYMBOLS)],
        symbol=class_symbol(c),
        line={"color": theme.casing, "width": 0.5},
    )
    hover = f"{plain(name)}<br>%{{x:.3g}}, %{{y:.3g}}<extra></extra>"
    return {**points, "name": plain(name), "hovertemplate": hover}


def _predicted(
    experiment: Experiment, fit: Fit, finals: dict[int, Array], focus: int, theme: Theme
) -> go.Figure:
    rows, names, target = sample(fit.n_samples), labels(experiment), fit.data.target_name
    ends = np.array([fit.y.min(), fit.y.max()])
    exact = pieces.scatter(
        x=light(ends),
        y=light(ends),
        mode="lines",
        hoverinfo="skip",
        name="exact",
        line={"color": theme.muted, "width": 1},
    )
    clouds = [
        _points(
            fit.y[rows],
            fit.predict(params, fit.X[rows]),
            theme,
            color=faint(theme.run_color(place), 0.6),
            symbol=symbol(place),
        )
        | {"name": names[place]}
        for place, params in finals.items()
    ]
    return assembled(
        theme,
        [exact, *clouds],
        "Predicted against actual",
        xaxis=axis(theme, f"actual {target}", showgrid=False),
        yaxis=axis(theme, "predicted", showgrid=False, range=roomy(ends, 0.2)),
    )


def confusion(fit: Fit, params: Array) -> Indices:
    """Return counts of training rows, actual class by row and predicted class by column.

    Parameters are (..., n_params), counts (..., K, K) of K classes.
    """
    states, K = params.reshape(-1, params.shape[-1]), fit.n_classes
    counts = np.empty((len(states), K * K), dtype=np.intp)
    actual = K * fit.y.astype(np.intp)
    size = max(1, _TILE // (fit.n_samples * K))
    for first in range(0, len(states), size):
        predicted = fit.predict(states[first : first + size], fit.X).astype(np.intp)
        for i, cells in enumerate(actual + predicted, first):
            counts[i] = np.bincount(cells, minlength=K * K)
    return counts.reshape(*params.shape[:-1], K, K)


def _confusion(
    experiment: Experiment, fit: Fit, finals: dict[int, Array], focus: int, theme: Theme
) -> go.Figure:
    counts, classes = confusion(fit, finals[focus]), [plain(c) for c in fit.data.class_names]
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    color, name = theme.run_color(focus), labels(experiment)[focus]
    cells = pieces.heatmap(
        z=light(share),
        x=classes,
        y=classes,
        text=counts,
        texttemplate="%{text}",
        textfont={"color": theme.ink},  # what Plotly would choose drowns in faint cells
        colorscale=[[0, faint(color, 0.03)], [1, faint(color, 0.55)]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="actual %{y}, predicted %{x}: %{text} of the training rows<extra></extra>",
        name=name,
    )
    looks = {"showgrid": False, "type": "category"}
    return assembled(
        theme,
        [cells],
        f"Confusion matrix: {name}",
        xaxis=axis(theme, "predicted, training rows", **looks),
        yaxis=axis(theme, "actual", autorange="reversed", **looks),
    )
