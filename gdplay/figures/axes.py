"""Axes and their ticks, bands and a legend, as several figures have them."""

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.figures import pieces
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import TEXT_SIZE, Theme, faint, light
from gdplay.theory.measures import AXES, Axis
from gdplay.words import duration, number, quantity


def round_axis(*values: Array) -> dict[str, object]:
    """Return a logarithmic axis with ticks at 1, 2 and 5 times powers of ten.

    Powers alone over more than two decades.
    """
    positive = np.concatenate([value[value > 0] for value in values])
    low, high = np.log10([positive.min(), positive.max()]) if len(positive) else (0.0, 1.0)
    steps = (1,) if high - low > 2 else (1, 2, 5)
    powers = range(int(np.floor(low)) - 1, int(np.ceil(high)) + 2)
    ticks = [m * 10.0**power for power in powers for m in steps]
    return {"type": "log", "tickvals": ticks, "ticktext": [_written(tick) for tick in ticks]}


def size_axis(sizes: Array) -> dict[str, object]:
    """Return a logarithmic axis of batch sizes, whose ticks are some of them."""
    ticks, room = sizes[spaced(sizes)], max(0.05 * np.log10(sizes[-1] / sizes[0]), 0.02)
    return {
        "type": "log",
        "range": [np.log10(sizes[0]) - room, np.log10(sizes[-1]) + room],
        "tickvals": ticks,
        "ticktext": [f"{size:g}" for size in ticks],
        "tickangle": 0,
        "showgrid": False,
    }


def spaced(sizes: Array) -> list[int]:
    """Return which sizes get a tick: the first, the last, others a factor 1.8 apart or more."""
    places = [0]
    for place in range(1, len(sizes)):
        if sizes[place] >= 1.8 * sizes[places[-1]] or place == len(sizes) - 1:
            places.append(place)
    if len(places) > 1 and sizes[places[-1]] < 1.8 * sizes[places[-2]] and len(places) > 2:
        places.pop(-2)
    return places


def decades(low: float, high: float) -> dict[str, object]:
    """Return ticks for an axis in powers of ten: 1, 2 and 5 where it spans few decades."""
    steps = (1,) if high - low > 3 else (1, 2, 5)
    values = [m * 10.0**k for k in range(int(low) - 2, int(high) + 2) for m in steps]
    shown = [value for value in values if low <= np.log10(value) <= high]
    return {"tickvals": np.log10(shown), "ticktext": [_written(value) for value in shown]}


def log_axis(low: float, high: float, room: float = 0.06) -> dict[str, object]:
    """Return a logarithmic axis from `low` to `high`, with a share of its length as room.

    Ticks stand at powers of ten, each or every second; over few decades at 2 and 5 as well, and
    where these would be too few, where Plotly puts them.
    """
    decades = np.log10(high / low)
    span = decades + 0.1
    ends = [np.log10(low) - room * span, np.log10(high) + room * span]
    return {"type": "log", "range": ends, "exponentformat": "power", **_ticks(decades, ends)}


def _ticks(decades: float, ends: list[float]) -> dict[str, object]:
    """Return where an axis over so many decades has its ticks, and what is written there."""
    if decades <= np.log10(5):
        return {"dtick": None}
    if decades > 2.4:
        return {"dtick": int(np.ceil(decades / MOST_TICKS))}
    # Plotly writes 2 and 5 without their power, which cannot be told where no other tick stands.
    powers = range(int(np.floor(ends[0])) - 1, int(np.ceil(ends[1])) + 1)
    values = [m * 10.0**power for power in powers for m in (1, 2, 5)]
    return {"tickvals": values, "ticktext": [_written(value) for value in values]}


def time_axis(
    first: float, last: float, along: Axis = AXES["updates"]
) -> tuple[dict[str, object], float]:
    """Return a logarithmic axis of what runs from 0, and where on it the start stands.

    Parameters
    ----------
    first, last : float
        The least value above 0, and the largest.
    along : Axis
        What that is: ticks have its unit where its amounts have one.

    Returns
    -------
    axis : dict
    edge : float
        The left end, where 0 is drawn, with its own tick. From there to `first` nothing happens.
    """
    write = _written if along.thing else along.write
    decades = np.log10(last / first)
    edge = first / 10 ** max(0.3, 0.09 * decades)
    ends = np.log10(edge), np.log10(last) + 0.02 * (decades + 0.1)
    powers = range(int(np.floor(np.log10(first))), int(np.ceil(np.log10(last))) + 1)
    choices = [[m * 10.0**power for power in powers for m in (1, 2, 5)]]
    choices += [[10.0**power for power in powers[::every]] for every in range(1, len(powers) + 1)]
    for choice in choices:
        ticks = [value for value in choice if 0.999 * first <= value <= 1.001 * last]
        values, texts = [edge, *ticks], ["0", *map(write, ticks)]
        if _apart(np.log10(values), texts, ends):
            break
    shown = {"type": "log", "range": list(ends), "tickvals": values, "ticktext": texts}
    return shown | {"tickangle": 0}, edge


def even_axis(last: float, along: Axis) -> dict[str, object]:
    """Return an even axis from 0: measured time has its unit at every tick, that of `last`.

    What is counted has its ticks where Plotly puts them.
    """
    from_zero: dict[str, object] = {"rangemode": "tozero"}
    if along.thing or last <= 0:
        return from_zero
    power = int(np.floor(np.log10(last))) - 1
    for step in (m * 10.0**k for k in range(power, power + 3) for m in (1, 2, 5)):
        ticks = step * np.arange(1, int(1.001 * last / step) + 1)
        values, texts = np.append(0.0, ticks), ["0", *(duration(tick, last) for tick in ticks)]
        if len(ticks) <= MOST_TICKS and _apart(values, texts, (0.0, last)):
            break
    return from_zero | {"tickvals": values, "ticktext": texts, "tickangle": 0}


NARROW = 300
"""An axis is at least about so many pixels long: on a phone."""

LETTER = 5.5
"""So many pixels wide are letters of ticks, about."""


def _apart(places: Array, texts: list[str], ends: tuple[float, float]) -> bool:
    """Whether texts at places of an axis stand apart where it is short."""
    pixels = NARROW * (places - ends[0]) / (ends[1] - ends[0])
    half = np.array([LETTER * (len(text) + 1) / 2 for text in texts])
    return bool(np.all(np.diff(pixels) > half[1:] + half[:-1]))


def _written(value: float) -> str:
    """Return a tick of a logarithmic axis as short as it can be read."""
    if 1e3 <= value < 1e6:
        return quantity(round(value))
    return number(value).removeprefix("1 × ")


MOST_TICKS = 7
"""So many ticks, or powers of ten, have room along an axis."""


def band(
    x: Array | Indices, low: Array, high: Array, color: str, name: str | None = None
) -> list[Piece]:
    """Return the area between two lines, in a run's colour made faint; `name` tells whose it is."""
    edge: dict[str, object] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    if name is not None:
        edge["name"] = name
    fill = {"fill": "tonexty", "fillcolor": faint(color, 0.16)}
    return [
        pieces.scatter(x=light(x), y=light(low), **edge),
        pieces.scatter(x=light(x), y=light(high), **fill, **edge),
    ]


def quiet_legend(theme: Theme) -> dict[str, object]:
    """Return the looks of a low legend above the plot whose entries are no buttons."""
    font = {"color": theme.muted, "size": TEXT_SIZE - 2}
    still = {"itemclick": False, "itemdoubleclick": False, "traceorder": "normal"}
    return {**legend_above(theme), "font": font, **still}


def legend_above(theme: Theme) -> dict[str, object]:
    """Return the looks of a legend in one line above the plot."""
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"color": theme.muted, "size": TEXT_SIZE - 1},
    }
