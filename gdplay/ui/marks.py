"""Small drawings in HTML: a run's swatch, lesser text. Text in them is always escaped."""

from html import escape

import streamlit as st

from gdplay.figures.marks import line_mark
from gdplay.figures.theme import Theme


def run_line(theme: Theme, place: int, name: str, about: str, *, faded: bool = False) -> None:
    """Draw a run in one line: its mark, its name, and what it is."""
    style = ' style="opacity:.45"' if faded else ""
    texts = f"<b>{escape(name)}</b> <span>{escape(about)}</span>"
    title = escape(f"{name}: {about}")
    st.html(f'<div class="gd-run"{style} title="{title}">{line_mark(theme, place)}{texts}</div>')


def fine_print(text: str) -> None:
    """Draw a line of lesser text, cut off where it does not fit, whole on hover."""
    st.html(f'<div class="gd-fine" title="{escape(text)}">{escape(text)}</div>')
