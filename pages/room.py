"""A room for a class: one question at a time, answered by all, then shown and told."""

from importlib.util import find_spec
from pathlib import Path

import streamlit as st

from gdplay.figures.theme import LIGHT, THEMES
from gdplay.ui import room


def attend() -> None:
    """Draw the room that the visitor is in, or its entrance."""
    from gdplay.ui.room import entrance, student, teacher, visit  # with all that databases need

    style = (Path(room.__file__).parent / "room.css").read_text(encoding="utf-8")
    st.html(f"<style>{style}</style>")
    theme = THEMES.get(st.context.theme.type or "light", LIGHT)
    with visit.waiting():  # for a database that has gone; or a question of another version
        there = visit.room()
        if there is None:
            entrance.entrance()
            st.stop()
        visit.keep(there)
        if visit.key_of(there):
            teacher.teach(there, theme)
        else:
            student.attend(there, theme)


if find_spec("sqlalchemy") is None:
    st.info("A room needs a server, and this app runs in your browser alone.")
else:
    attend()
