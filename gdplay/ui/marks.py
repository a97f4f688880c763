"""Small drawings in HTML: a run's swatch, the table of runs. Text in them is always escaped."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures.marks import line_mark
from gdplay.figures.theme import Theme
from gdplay.teaching.summary import run_rows


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


def runs_table(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
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
