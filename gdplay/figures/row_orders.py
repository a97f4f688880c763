"""In which order rows come: epochs as tiles, and where runs in each order hover."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array, Indices
from gdplay.figures import pieces
from gdplay.figures.axes import legend_above, log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, Theme, assembled, axis, empty, faint, light, plain
from gdplay.sampling import SAMPLINGS
from gdplay.studies.row_orders import RowOrders, Tail

TARGETS = ((0.0, "#0072B2"), (0.5, "#D9D4C7"), (1.0, "#D55E00"))
"""Low to high targets."""

MOST_TILES = 600
"""An epoch of more rows is thinned evenly in the picture."""


def epoch_tiles(
    orders: Mapping[str, Indices],
    targets: Array,
    batch_size: int,
    *,
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return two epochs of every sampling as rows of tiles, coloured by their targets.

    Lines cut the epoch into batches; the short last one is framed.

    Parameters
    ----------
    orders : mapping of a sampling's key to its row indices, (2, n)
    targets : ndarray of shape (n,)
    """
    n = len(targets)
    rank = np.argsort(np.argsort(targets, kind="stable")) / max(n - 1, 1)
    columns = np.unique(np.linspace(0, n - 1, min(n, MOST_TILES)).round().astype(int))
    strips, middles = [], []
    for rows in orders.values():
        strips += [rank[rows[0]][columns], rank[rows[1]][columns], np.full(len(columns), np.nan)]
        middles.append(len(strips) - 2.5)
    names = [plain(SAMPLINGS[key].title) for key in orders]
    height = len(strips) - 1
    rest = n % batch_size
    shapes = _cuts(n, batch_size, height, theme)
    if rest and batch_size < n:
        shapes.append(_frame(n - rest, n, height, theme))
    heat = pieces.heatmap(
        z=light(np.array(strips[:-1])),
        x=columns,
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in TARGETS],
        showscale=False,
        ygap=1,
        hoverinfo="skip",
        name="epochs",
    )
    return assembled(
        theme,
        [heat],
        xaxis=axis(theme, "place in the epoch", range=[-0.5, n - 0.5], showgrid=False),
        yaxis=axis(
            theme, "", range=[height - 0.5, -0.5], tickvals=middles, ticktext=names, ticks="",
            showgrid=False,
        ),
        shapes=shapes or None,
    )  # fmt: skip


def _cuts(n: int, batch_size: int, height: int, theme: Theme) -> list[dict[str, object]]:
    """Return lines between batches, where they are not too many to be seen."""
    places = range(batch_size, n, batch_size)
    if len(places) > 64:
        return []
    line = {"color": theme.paper, "width": 3}
    return [
        {
            "type": "line",
            "x0": at - 0.5,
            "x1": at - 0.5,
            "y0": -0.5,
            "y1": height - 0.5,
            "line": line,
        }
        for at in places
    ]


def _frame(first: int, n: int, height: int, theme: Theme) -> dict[str, object]:
    ends = {"x0": first - 0.5, "x1": n - 0.5, "y0": -0.5, "y1": height - 0.5}
    return {"type": "rect", **ends, "line": {"color": theme.ink, "width": 1.5}}


def tail_view(reading: RowOrders, *, theme: Theme = LIGHT) -> go.Figure:
    """Return where runs of each sampling hover: filled marks keep the last batch, open drop it."""
    tails = [tail for tail in reading.tails if np.isfinite(tail.mean) and tail.mean > 0]
    if not tails:
        return empty(theme, "", "Nothing to draw: every run diverged or was stopped.")
    keys = list(dict.fromkeys(tail.sampling for tail in reading.tails))
    values = np.array([v for tail in tails for v in (tail.mean, tail.low, tail.high) if v > 0])
    return assembled(
        theme,
        [
            _tails([tail for tail in tails if tail.dropped is dropped], keys, dropped, theme)
            for dropped in (False, True)
        ],
        xaxis=axis(
            theme, "excess loss" if reading.exact else "loss",
            **log_axis(values.min(), values.max()),
        ),
        yaxis=axis(
            theme, "", range=[len(keys) - 0.5, -0.5], tickvals=list(range(len(keys))),
            ticktext=[plain(SAMPLINGS[key].title) for key in keys], showgrid=True, ticks="",
        ),
        showlegend=True,
        legend=legend_above(theme),
    )  # fmt: skip


def _tails(tails: Sequence[Tail], keys: Sequence[str], dropped: bool, theme: Theme) -> Piece:
    name = f"last batch {'dropped' if dropped else 'kept'}"
    color, aside = theme.run_color(3 if dropped else 0), 0.14 if dropped else -0.14
    mean, low, high = np.array([tail[2:] for tail in tails]).reshape(-1, 3).T
    return pieces.scatter(
        x=mean,
        y=[keys.index(tail.sampling) + aside for tail in tails],
        mode="markers",
        marker={
            "size": 10,
            "color": color,
            "symbol": "circle-open" if dropped else "circle",
            "line": {"width": 2, "color": color},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": np.maximum(high - mean, 0),
            "arrayminus": np.maximum(mean - low, 0),
            "thickness": 1.2,
            "width": 0,
            "color": faint(color, 0.7),
        },
        name=name,
        hovertemplate=f"{name}<br>%{{x:.3g}}<extra></extra>",
    )
