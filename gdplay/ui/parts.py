"""Small parts of pages: flat charts, legends, tables. Text in them is always escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from gdplay.figures.theme import Theme
from gdplay.ui.marks import line_mark
from gdplay.ui.state import key

_CONFIG = {"displayModeBar": False, "showSendToCloud": False}


def chart(figure: go.Figure, name: str, height: int, **more: Any) -> Any:
    """Draw a flat figure, `height` pixels high; return what was selected where `more` asks."""
    figure.update_layout(height=height)
    return st.plotly_chart(figure, key=key(name), theme=None, config=_CONFIG, **more)


def legend(theme: Theme, names: Iterable[str], more: Iterable[str] = ()) -> None:
    """Draw runs' marks and names in one line, each followed by `more` about it."""
    texts = [f"<b>{escape(name)}</b>" for name in names]
    for place, text in enumerate(more):
        texts[place] += f" {escape(text)}"
    items = "".join(
        f"<span>{line_mark(theme, place)}<i>{text}</i></span>" for place, text in enumerate(texts)
    )
    st.html(f'<div class="gd-legend">{items}</div>')


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], theme: Theme | None = None) -> None:
    """Draw a table of texts, the first of a row its name; with a theme after a run's mark."""
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    body = ""
    for place, (name, *cells) in enumerate(rows):
        mark = line_mark(theme, place) if theme else ""
        texts = "".join(f"<td>{escape(text)}</td>" for text in cells)
        body += f"<tr><th scope='row'>{mark}{escape(name)}</th>{texts}</tr>"
    st.html(
        f'<div class="gd-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


def many(count: int, what: str = "") -> str:
    """Return "1 320", or with `what` "1 320 updates"."""
    number = f"{count:,}".replace(",", " ")
    return f"{number} {what}{'s' * (count != 1)}" if what else number
