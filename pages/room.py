"""A room for a class: one question at a time, answered by all, then shown and told."""

from pathlib import Path

import streamlit as st

from gdplay.figures.theme import LIGHT, THEMES
from gdplay.ui import lessons, room
from gdplay.ui.room import entrance, student, teacher, visit

CSS = "".join(
    file.read_text(encoding="utf-8")
    for file in (
        Path(lessons.__file__).parent / "lessons.css",
        Path(room.__file__).parent / "room.css",
    )
)

st.html(f"<style>{CSS}</style>")
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
