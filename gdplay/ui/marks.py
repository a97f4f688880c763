"""Small drawings in HTML: a run's swatch, lesser text. Text in them is always escaped."""

from html import escape

import streamlit as st

from gdplay.figures.marks import line_mark
from gdplay.figures.theme import Theme


def run_line(
    theme: Theme, place: int, name: str, about: str, *, lost: str = "", faded: bool = False
) -> str:
    """Return a run in one line: its mark, its name, what it is, and when it was lost if it was."""
    style = ' style="opacity:.45"' if faded else ""
    texts = f"<b>{escape(name)}</b> <span>{escape(about)}</span>"
    texts += f"<em>lost {escape(lost)}</em>" * bool(lost)
    title = escape(f"{name}: {about}{', lost ' * bool(lost)}{lost}")
    return f'<div class="gd-run"{style} title="{title}">{line_mark(theme, place)}{texts}</div>'


def fine_print(text: str) -> None:
    """Draw a line of lesser text, cut off where it does not fit, whole on hover."""
    st.html(f'<div class="gd-fine" title="{escape(text)}">{escape(text)}</div>')
