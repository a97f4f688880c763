"""Small parts of pages: flat charts, legends, tables. Text in them is always escaped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import count
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.experiment import Experiment
from gdplay.figures import tables
from gdplay.figures.marks import line_mark
from gdplay.figures.pieces import Figure
from gdplay.figures.theme import Theme
from gdplay.teaching.exercises import LETTERS
from gdplay.ui import problem_controls, share, state
from gdplay.ui.charts import plotly
from gdplay.ui.state import key

_CONFIG = {"displayModeBar": False, "showSendToCloud": False}


def title(text: str, place: DeltaGenerator | None = None, **looks: Any) -> None:
    """Draw the title of a page, in Markdown: its one heading of the first rank."""
    (st if place is None else place).title(text, anchor=False, **looks)


def head(text: str, experiment: Experiment) -> tuple[Experiment, PopoverContainer]:
    """Draw a page's title, which is a `text`, and menus, and what is to be said once.

    Returns the experiment that the menu of data asks for, and the menu that takes it away.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        title(text, width="stretch")
        experiment = problem_controls.problem(experiment)
        menu = share.menu()
    for text in state.notices():
        st.info(text)
    return experiment, menu


def opening() -> DeltaGenerator:
    """Return the place of what a page opens with: what is seen below, in plain words."""
    with st.container(key="opening", gap=None):
        return st.empty()


def choices(texts: Iterable[str], act: Callable[..., None], *args: object) -> None:
    """Draw the choices of a question as buttons; `act(*args, place)` follows the one pressed."""
    with st.container(key="choices", gap="xsmall"):
        for place, text in enumerate(texts):
            st.button(
                f":gray[{LETTERS[place]}] {text}", width="stretch", key=key(f"choice{place}"),
                on_click=state.as_drawn(act), args=(*args, place),
            )  # fmt: skip


class Part(NamedTuple):
    """A part of a page, of which one is shown: its name in the menu, and what it asks."""

    title: str
    question: str


def part_choice(parts: Mapping[str, Part], chosen: str) -> str:
    """Draw the choice of a page's part; return the key of the one to show."""
    return st.segmented_control(
        "Part",
        list(parts),
        default=chosen,
        key=key("part"),
        required=True,
        format_func=lambda name: parts[name].title,
        label_visibility="collapsed",
    )


def chart(figure: Figure, name: str, height: int, alt: str, **more: Any) -> Any:
    """Draw a flat figure; return what was selected where `more` asks.

    Parameters
    ----------
    figure : Figure
        Gets its height here.
    name : str
        Its name among the page's widgets.
    height : int
        In pixels.
    alt : str
        What it holds, for those who can't see it.
    **more
        As `st.plotly_chart` takes it.
    """
    sized = figure.sized(height)
    return plotly(sized, key=key(name), theme=None, config=_CONFIG, alt=alt, **more)


def clicked(figure: Figure, name: str, height: int, alt: str) -> dict[str, Any] | None:
    """Draw a flat figure; return the point that was clicked: its `x`, `y` and `customdata`."""
    event = chart(figure, name, height, alt, on_select="rerun", selection_mode="points")
    points = event.selection.points
    return dict(points[0]) if points else None


def legend(
    theme: Theme,
    names: Iterable[str],
    more: Iterable[str] = (),
    places: Iterable[int] | None = None,
) -> None:
    """Draw runs' marks and names in one line, each followed by `more` about it.

    `places` are those of the runs, whose marks they have; all in order by default.
    """
    texts = [f"<b>{escape(name)}</b>" for name in names]
    for place, text in enumerate(more):
        texts[place] += f" {escape(text)}"
    items = "".join(
        f"<span>{line_mark(theme, place)}<i>{text}</i></span>"
        for place, text in zip(places or count(), texts, strict=False)
    )
    st.html(f'<div class="gd-legend">{items}</div>')


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    theme: Theme | None = None,
    places: Sequence[int] | None = None,
) -> None:
    """Draw a table of texts, the first of a row its name; with a theme after a run's mark.

    `places` are as in `legend`.
    """
    places = range(len(rows)) if places is None else places
    marks = [line_mark(theme, place) for place in places] if theme else []
    st.html(tables.table(heads, rows, marks))
