"""Noise floors: where runs hover, measured beside what is predicted."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.figures import pieces
from gdplay.figures.axes import legend_above, log_axis
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, Theme, assembled, axis, empty, faint, light, symbol
from gdplay.sampling import SAMPLINGS
from gdplay.studies.noise_floor import SAMPLED, Floor, NoiseFloor


def floor_view(reading: NoiseFloor, *, theme: Theme = LIGHT) -> go.Figure:
    """Return tail losses against lr/B, with replacement and reshuffled side by side.

    Marks are means over seeds with the 10-90 % band of single seeds; lines are predicted for rows
    drawn with replacement, and drawn in both panels. Dotted: what they tend to at small rates.
    """
    floors = reading.floors
    visible = [floor for floor in floors if np.isfinite(_drawn(floor)).any()]
    if not visible:
        return empty(theme, "", "Nothing to draw: every run diverged or was stopped.")
    sizes = list(dict.fromkeys(floor.batch_size for floor in floors))
    ratios = np.concatenate([floor.rates / floor.batch_size for floor in floors])
    ends = np.array([ratios.min(), ratios.max()])
    small = reading.small * ends
    traces = []
    for side, sampling in enumerate(SAMPLED):
        panel = {"xaxis": f"x{side + 1}" if side else "x"}
        traces.append(_line(ends, small, theme.muted, "small rates", dash="dot", **panel))
        for floor in floors:
            if floor.sampling == sampling:
                traces += _floor(floor, sizes.index(floor.batch_size), bool(side), panel, theme)
    across = log_axis(*ends)
    names = [SAMPLINGS[key].title.lower() for key in SAMPLED]
    return assembled(
        theme,
        traces,
        xaxis=axis(theme, f"η/B, {names[0]}", domain=[0, 0.485], **across),
        xaxis2=axis(
            theme, f"η/B, {names[1]}d", domain=[0.515, 1], matches="x", **across
        ),
        yaxis=axis(theme, "excess loss", **log_axis(*_span(visible, small))),
        showlegend=True,
        legend=legend_above(theme),
        hovermode="closest",
    )  # fmt: skip


def _drawn(floor: Floor) -> Array:
    """Return the means on a logarithmic axis: above zero, and not where growth is predicted."""
    on_axis = (floor.mean > 0) & ~np.isinf(floor.predicted)
    return np.where(on_axis, floor.mean, np.nan)


def _span(visible: Sequence[Floor], predicted: Array) -> tuple[float, float]:
    values = np.concatenate([_drawn(floor) for floor in visible])
    values = np.append(values[np.isfinite(values)], predicted)
    values = values[values > 0]
    return (float(values.min()), float(values.max())) if len(values) else (1e-3, 1.0)


def _line(x: Array, y: Array, color: str, name: str, dash: str = "solid", **more: object) -> Piece:
    return pieces.scatter(
        x=light(x),
        y=light(np.where(np.isfinite(y), y, np.nan)),
        mode="lines",
        line={"color": color, "width": 1.6, "dash": dash},
        hoverinfo="skip",
        showlegend=False,
        name=name,
        **more,
    )


def _floor(
    floor: Floor, place: int, again: bool, panel: dict[str, str], theme: Theme
) -> list[Piece]:
    color, x = theme.run_color(place), floor.rates / floor.batch_size
    mean = _drawn(floor)
    line = _line(x, floor.predicted, faint(color, 0.45 if again else 0.9), "predicted", **panel)
    marks = pieces.scatter(
        x=light(x),
        y=light(mean),
        mode="markers",
        marker={"color": color, "size": 8, "symbol": symbol(place), "line": {"width": 0}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": light(np.maximum(floor.high - mean, 0)),
            "arrayminus": light(np.maximum(mean - floor.low, 0)),
            "thickness": 1,
            "width": 0,
            "color": faint(color, 0.6),
        },
        name=f"B = {floor.batch_size}",
        showlegend=not again,
        hovertemplate=f"B = {floor.batch_size}<br>η/B = %{{x:.3g}}<br>%{{y:.3g}}<extra></extra>",
        **panel,
    )
    return [line, marks]
