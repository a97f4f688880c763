"""Small drawings in HTML: a run's swatch, the table of runs. Text in them is always escaped."""

from base64 import b64encode
from html import escape
from math import isfinite

import numpy as np
import streamlit as st

from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.theme import Theme, dash, symbol
from gdplay.theory.measures import epochs_to_arrive, recorded, reference
from gdplay.words import quantity

_SHAPES = {
    "circle": '<circle cx="22" cy="8" r="4.5"/>',
    "square": '<rect x="18" y="4" width="8" height="8"/>',
    "diamond": '<path d="M22 2.5 27.5 8 22 13.5 16.5 8Z"/>',
    "triangle-up": '<path d="M22 3 27.5 12.5 16.5 12.5Z"/>',
    "cross": '<path d="M20.3 3h3.4v3.3H27v3.4h-3.3V13h-3.4V9.7H17V6.3h3.3Z"/>',
    "x": '<path d="m18 4 8 8m0-8-8 8" stroke-width="3" stroke="currentColor"/>',
}
_DASHES = {
    "solid": "",
    "dash": "8 4",
    "dot": "2 3",
    "dashdot": "8 3 2 3",
    "longdash": "12 4",
    "longdashdot": "12 3 2 3",
}


def line_mark(theme: Theme, place: int) -> str:
    """Return a picture of a run's line and marker, as in the figures."""
    color = theme.run_color(place)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="16">'
        f'<line x1="1" y1="8" x2="43" y2="8" stroke="{color}" stroke-width="2.5" '
        f'stroke-dasharray="{_DASHES[dash(place)]}"/>'
        f'<g fill="{color}" color="{color}">{_SHAPES[symbol(place)]}</g></svg>'
    )
    source = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
    return f'<img class="gd-mark" alt="" width="44" height="16" src="{source}">'


def swatch(theme: Theme, place: int, name: str, *, faded: bool = False) -> None:
    """Draw a run's heading: its line and its name."""
    style = ' style="opacity:.45"' if faded else ""
    mark = line_mark(theme, place)
    st.html(f'<div class="gd-run"{style}>{mark}<b title="{escape(name)}">{escape(name)}</b></div>')


def fine_print(text: str, lead: str = "", hover: str = "") -> None:
    """Draw a line of lesser text behind a lead, cut off where it does not fit, more on hover."""
    lead = f"<b>{escape(lead)}</b> " if lead else ""
    title = escape(hover or text)
    st.html(f'<div class="gd-fine" title="{title}">{lead}{escape(text)}</div>')


def runs_table(experiment: Experiment, traces: tuple[Trace, ...], theme: Theme) -> None:
    """Draw the table of runs: counts, final loss, when each arrived, how it ended."""
    heads = (
        "Run", "Updates per epoch", "Updates in all", "Final loss",
        "Epochs to within 1 %", "Status",
    )  # fmt: skip
    body = "".join(
        f"<tr><th scope='row'>{line_mark(theme, place)}{escape(cells[0])}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
        + "</tr>"
        for place, cells in enumerate(run_rows(experiment, traces))
    )
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    st.html(
        f'<div class="gd-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


def run_rows(
    experiment: Experiment, traces: tuple[Trace, ...]
) -> list[tuple[str, str, str, str, str, str]]:
    """Return the table's cells as text, a row per run; medians over seeds."""
    origin, n = reference(experiment, traces), experiment.problem.n_samples
    rows = []
    for run, trace, name in zip(experiment.runs, traces, labels(experiment), strict=True):
        arrived = epochs_to_arrive(trace, origin)
        there = sorted(float("inf") if epoch is None else epoch for epoch in arrived)
        median = there[(len(there) - 1) // 2]
        short = trace.status[0] is Status.CANCELLED
        made = f"{quantity(int(recorded(trace)[0][-1]))} of " if short else ""
        nowhere = "not known" if short else "not within the run"
        rows.append(
            (
                name,
                quantity(run.updates_per_epoch(n)),
                made + quantity(int(trace.updates[-1])),
                _loss(trace),
                quantity(int(median)) if isfinite(median) else nowhere,
                _status(trace),
            )
        )
    return rows


def _loss(trace: Trace) -> str:
    ends = sorted(
        float(last)
        for row, status in zip(trace.loss, trace.status, strict=True)
        # Where it was stopped, the last whole epoch.
        for last in (row[np.isfinite(row)] if status is Status.CANCELLED else row)[-1:]
        if isfinite(last)
    )
    return f"{ends[(len(ends) - 1) // 2]:.4g}" if ends else "none"


def _status(trace: Trace) -> str:
    diverged = sum(status is Status.DIVERGED for status in trace.status)
    if len(trace.status) == 1:
        if diverged:
            return f"diverged at update {quantity(trace.diverged_at[0])}"
        return {
            Status.CONVERGED: "stopped: gradient small",
            Status.EXHAUSTED: "all epochs ran",
            Status.CANCELLED: "stopped early",
        }[trace.status[0]]
    if diverged:
        return f"{diverged} of {len(trace.status)} seeds diverged"
    if Status.CANCELLED in trace.status:
        return "stopped early"
    converged = sum(status is Status.CONVERGED for status in trace.status)
    return (
        f"{converged} of {len(trace.status)} stopped: gradient small"
        if converged
        else "all epochs ran"
    )


def params_table(
    names: tuple[str, ...], rows: list[tuple[int, str, list[float]]], theme: Theme
) -> None:
    """Draw final parameters, a row per (place or -1, name, values)."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in ("Run", *names))
    body = "".join(
        f"<tr><th scope='row'>{line_mark(theme, place) if place >= 0 else ''}{escape(name)}</th>"
        + "".join(f"<td>{value:.5g}</td>" for value in values)
        + "</tr>"
        for place, name, values in rows
    )
    st.html(
        f'<div class="gd-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )
