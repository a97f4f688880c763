"""A cloud of mini-batch gradients on the loss, and how it shrinks with the batch size."""

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.experiment import Experiment
from gdplay.figures import pieces
from gdplay.figures.axes import round_axis, size_axis
from gdplay.figures.paths import marked_map
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import (
    LIGHT,
    TEXT_SIZE,
    Theme,
    assembled,
    axis,
    faint,
    light,
    plain,
)
from gdplay.studies.gradient_cloud import Cloud, GradientCloud
from gdplay.theory.landscape import Landscape
from gdplay.words import escaped, number

REACH = 0.5
"""The longer of the full gradient and most single rows' ones takes this share of the map."""

NEAR = 0.15
"""A mark this share of the map away, or less, goes without its name."""

N_SPOTS = 33
"""So many spots a side can be clicked on the map."""

DOWN, UP = 0, 3
"""Of which runs the colours are of batch gradients whose step goes downhill, and uphill."""


def arrow_scale(singles: Cloud, land: Landscape) -> float:
    """Return what gradients are multiplied by on the map, rounded: the same for all batch sizes.

    `singles` is the cloud of single rows at the same point.
    """
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    lengths = np.linalg.norm(singles.gradients @ land.plane.dual.T / size, axis=1)
    longest = max(
        float(np.quantile(lengths, 0.9)),
        float(np.linalg.norm(land.plane.dual @ singles.full / size)),
    )
    return float(f"{REACH / longest:.1g}") if longest > 1e-300 else 1.0


def cloud_map(
    experiment: Experiment, land: Landscape, reading: GradientCloud, *, theme: Theme = LIGHT
) -> go.Figure:
    """Return the loss as a map, with the way each batch's step goes from the cloud's place.

    Batches whose step goes uphill are crosses in another colour. Over it lies a grid of
    unseen spots that can be clicked; `customdata` holds nothing, x and y are the place.
    """
    cloud, scale = reading.cloud, arrow_scale(reading.singles, land)
    here = land.plane.coordinates(reading.place.params)
    tips = here - scale * cloud.gradients @ land.plane.dual.T
    rises = (cloud.gradients @ cloud.full < 0) & (not cloud.rests)
    first, second = land.plane.names
    ground, *marks = marked_map(experiment, land, theme)
    return assembled(
        theme,
        [
            ground,
            *_rays(here, tips[~rises], theme.run_color(DOWN), "circle", "a batch: downhill", theme),
            *_rays(here, tips[rises], theme.run_color(UP), "x", "a batch: uphill", theme),
            *(_unnamed(mark, here, land) for mark in marks),
            *_full(here, -scale * land.plane.dual @ cloud.full, cloud.rests, theme),
            _spots(land),
        ],
        xaxis=axis(theme, first, range=[land.x[0], land.x[-1]], showgrid=False),
        yaxis=axis(theme, second, range=[land.y[0], land.y[-1]], showgrid=False),
        hovermode="closest",
    )


def map_legend(reading: GradientCloud, land: Landscape) -> str:
    """Return how the map is to be read, in Markdown."""
    n_params = len(reading.place.params)
    scale = number(arrow_scale(reading.singles, land))
    text = (
        f"Each dot is where the step of one of {len(reading.cloud.gradients)} batches points: its "
        f"negative gradient times {scale}. Crosses go uphill. The thick arrow: all rows."
    )
    if n_params > 2:
        text += (
            f" The map is a slice of {n_params} parameters, which holds {land.plane.share:.1%} of "
            "the paths’ variation."
        )
    return escaped(text)


def _unnamed(mark: Piece, here: Array, land: Landscape) -> Piece:
    """Return a mark without its name where the cloud would cover it."""
    away = (np.array([mark["x"][0], mark["y"][0]]) - here) / (np.ptp(land.x), np.ptp(land.y))
    return {**mark, "text": [""]} if np.linalg.norm(away) < NEAR else mark


def _rays(here: Array, tips: Array, color: str, shape: str, name: str, theme: Theme) -> list[Piece]:
    """Return faint lines from a point to the tips, and a mark at each."""
    if not len(tips):
        return []
    gaps = np.full((len(tips), 2), np.nan)
    lines = np.stack([np.broadcast_to(here, tips.shape), tips, gaps], axis=1).reshape(-1, 2)
    return [
        pieces.scatter(
            x=light(lines[:, 0]),
            y=light(lines[:, 1]),
            mode="lines",
            line={"color": faint(color, 0.13), "width": 1},
            hoverinfo="skip",
            name="",
        ),
        pieces.scatter(
            x=light(tips[:, 0]),
            y=light(tips[:, 1]),
            mode="markers",
            marker={
                "symbol": shape,
                "size": 6 if shape == "x" else 5,
                "color": color,
                "opacity": 0.75,
                "line": {"color": theme.casing, "width": 0.5},
            },
            hoverinfo="skip",
            name=name,
        ),
    ]


def _full(here: Array, way: Array, rests: bool, theme: Theme) -> list[Piece]:
    """Return the full gradient's arrow; a ring where it is zero."""
    if rests:
        ring = {"symbol": "circle-open", "size": 12, "color": theme.ink, "line": {"width": 2.5}}
        at = {"x": here[:1], "y": here[1:], "mode": "markers", "marker": ring}
        return [pieces.scatter(**at, hoverinfo="skip", name="the full gradient is zero")]
    x, y = light(np.stack([here, here + way]).T)
    casing = {"color": theme.casing, "width": 6.5}
    return [
        pieces.scatter(x=x, y=y, mode="lines", line=casing, hoverinfo="skip", name=""),
        pieces.scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": theme.ink, "width": 3},
            marker={
                "symbol": "arrow",
                "angleref": "previous",
                "size": [0, 17],
                "color": theme.ink,
                "line": {"color": theme.casing, "width": 1},
                "opacity": 1,
            },
            hoverinfo="skip",
            name="all rows",
        ),
    ]


def _spots(land: Landscape) -> Piece:
    x, y = (np.linspace(side[0], side[-1], N_SPOTS + 2)[1:-1] for side in (land.x, land.y))
    grid_x, grid_y = np.meshgrid(x, y)
    unseen = {"opacity": 0, "size": 16}
    return pieces.scatter(
        x=light(grid_x.ravel()),
        y=light(grid_y.ravel()),
        mode="markers",
        marker=unseen,
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{x:.3g}, %{y:.3g}<br>click: the cloud here<extra></extra>",
        name="spots",
    )


def scatter_curves(reading: GradientCloud, *, theme: Theme = LIGHT) -> go.Figure:
    """Return the spread of clouds against their batch size, and below cosine and share uphill.

    Dots are measured, the line through the spreads is predicted; the cloud's own size is marked.
    Where the full gradient is zero there are spreads alone.
    """
    sizes, cosine, spread, predicted, uphill = np.array(reading.scatters, dtype=float).T
    down, up = theme.run_color(DOWN), theme.run_color(UP)
    traces = [
        _curve(sizes, _positive(predicted), theme.muted, "predicted", line=1.5),
        _curve(sizes, _positive(spread), down, "spread", marker=7),
    ]
    upper, panels = [0.02, 0.95], [("spread: dots measured, line predicted", [0.02, 0.95])]
    if np.isfinite(cosine).any():
        upper = [0.56, 0.95]
        panels = [(panels[0][0], upper), ("mean cosine ●, share uphill ✕", [0, 0.4])]
        traces += [
            _curve(sizes, uphill, up, "share uphill", line=1.5, y_axis="y2", marker=6, symbol="x"),
            _curve(sizes, cosine, down, "mean cosine", line=1.5, y_axis="y2", marker=6),
        ]
    return assembled(
        theme,
        traces,
        xaxis=axis(
            theme,
            "rows per batch B",
            **size_axis(sizes),
            anchor="y2" if len(panels) > 1 else "y",
        ),
        yaxis=axis(theme, "", domain=upper, **round_axis(spread, predicted)),
        yaxis2=axis(theme, "", range=[-0.06, 1.06], domain=[0, 0.4], tickvals=[0, 0.5, 1]),
        shapes=[_here(reading.cloud.batch_size, domain, theme) for _, domain in panels],
        annotations=[_heading(title, domain[1] + 0.05, theme) for title, domain in panels],
    )


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, np.nan)


def _curve(
    x: Array,
    y: Array,
    color: str,
    name: str,
    *,
    y_axis: str = "y",
    line: float = 0,
    marker: float = 0,
    symbol: str = "circle",
) -> Piece:
    mode = "+".join([*(["lines"] if line else []), *(["markers"] if marker else [])])
    return pieces.scatter(
        x=light(x),
        y=light(y),
        yaxis=y_axis,
        mode=mode,
        line={"color": color, "width": line},
        marker={"color": color, "size": marker, "symbol": symbol},
        name=name,
        hovertemplate=f"{plain(name)} %{{y:.3g}}<br>B = %{{x:.0f}}<extra></extra>",
    )


def _here(batch_size: int, domain: list[float], theme: Theme) -> dict[str, object]:
    """Return a line at the chosen batch size through a panel."""
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    ends = {"x0": batch_size, "x1": batch_size, "y0": domain[0], "y1": domain[1], "yref": "paper"}
    return {"type": "line", **ends, "line": line, "layer": "below"}


def _heading(text: str, y: float, theme: Theme) -> dict[str, object]:
    """Return a panel's title above it."""
    return {
        "text": plain(text), "x": 0, "xref": "paper", "xanchor": "left", "y": y, "yref": "paper",
        "yanchor": "middle", "showarrow": False,
        "font": {"size": TEXT_SIZE - 1, "color": theme.muted},
    }  # fmt: skip
