"""Links from the Guide to experiments that show what it says."""

from functools import cache

import streamlit as st

from gdplay.link import Query
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.presets import PRESETS
from gdplay.ui import address, state
from gdplay.ui.compare import menu
from gdplay.ui.lessons.view import LessonView

COMPARE = state.PAGES / "compare.py"
LESSONS_PAGE = state.PAGES / "lessons.py"


@cache
def link_to(key: str) -> Query:
    """Return the query parameters that open a preset on Compare."""
    return address.whole(*menu.shown(key))


def warm() -> None:
    """Make every link once, before anybody asks: some need data sets that load slowly."""
    for key in PRESETS:
        link_to(key)


def lesson_one(*, quiet: bool = False) -> None:
    """Draw the link to the first lesson."""
    lesson = next(iter(LESSONS.values()))
    label = ":primary[**Start lesson 1**]" if quiet else f"**Start lesson 1: {lesson.title}**"
    st.page_link(
        LESSONS_PAGE, label=label, icon=":material/school:",
        help=f"{lesson.title} Say it first, then see it." if quiet else None,
        query_params=address.encode(LessonView(lesson.key)), width="content",
    )  # fmt: skip


def play() -> None:
    """Draw the link to the three variants, to be played."""
    st.page_link(
        COMPARE, label="**Play**", icon=":material/play_arrow:", query_params=link_to("variants"),
        width="content",
    )  # fmt: skip


def see(place: str, *keys: str) -> None:
    """Draw a link to Compare for each preset there is."""
    with st.container(horizontal=True, key=f"see.{place}.{'.'.join(keys)}"):
        for preset in (PRESETS[key] for key in keys if key in PRESETS):
            st.page_link(
                COMPARE, label=f":primary[{preset.title}]", icon=":material/play_circle:",
                help=preset.claim, query_params=link_to(preset.key),
            )  # fmt: skip
