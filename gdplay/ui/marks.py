"""Small drawings in HTML: a run's swatch, lesser text. Text in them is always escaped."""

from html import escape

import streamlit as st

from gdplay.figures.marks import line_mark
from gdplay.figures.theme import Theme


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
