"""Logarithmic axes and their ticks, bands and a legend, as several figures have them."""

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.figures import pieces
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import TEXT_SIZE, Theme, faint, light


def round_ticks(*values: Array) -> dict[str, list[float] | list[str]]:
    """Return ticks at 1, 2 and 5 times powers of ten; powers alone over more than two decades."""
    positive = np.concatenate([value[value > 0] for value in values])
    low, high = np.log10([positive.min(), positive.max()]) if len(positive) else (0.0, 1.0)
    steps = (1,) if high - low > 2 else (1, 2, 5)
    powers = range(int(np.floor(low)) - 1, int(np.ceil(high)) + 2)
    ticks = [m * 10.0**power for power in powers for m in steps]
    return {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def spaced(sizes: Array) -> list[int]:
    """Return which sizes get a tick: the first, the last, others a factor 1.8 apart or more."""
    kept = [0]
    for place in range(1, len(sizes)):
        if sizes[place] >= 1.8 * sizes[kept[-1]] or place == len(sizes) - 1:
            kept.append(place)
    if len(kept) > 1 and sizes[kept[-1]] < 1.8 * sizes[kept[-2]] and len(kept) > 2:
        kept.pop(-2)
    return kept


def decades(low: float, high: float) -> dict[str, object]:
    """Return ticks for an axis in powers of ten: 1, 2 and 5 where it spans few decades."""
    steps = (1,) if high - low > 3 else (1, 2, 5)
    values = [m * 10.0**k for k in range(int(low) - 2, int(high) + 2) for m in steps]
    shown = [value for value in values if low <= np.log10(value) <= high]
    return {"tickvals": np.log10(shown), "ticktext": [f"{value:g}" for value in shown]}


def log_axis(low: float, high: float) -> dict[str, object]:
    """Return a logarithmic axis from `low` to `high` with a little room."""
    span = np.log10(high / low) + 0.1
    return {
        "type": "log",
        "range": [np.log10(low) - 0.06 * span, np.log10(high) + 0.06 * span],
        "exponentformat": "power",
        "dtick": 1 if 2.4 < span < 7 else 2 if span >= 7 else "D2",
    }


def band(x: Array | Indices, low: Array, high: Array, color: str) -> list[Piece]:
    """Return the area between two lines, in a run's colour made faint."""
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        pieces.scatter(x=light(x), y=light(low), **edge),
        pieces.scatter(
            x=light(x), y=light(high), fill="tonexty", fillcolor=faint(color, 0.16), **edge
        ),
    ]


def legend_above(theme: Theme) -> dict[str, object]:
    """Return the looks of a legend in one line above the plot."""
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"color": theme.muted, "size": TEXT_SIZE - 1},
    }
