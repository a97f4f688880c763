"""The one control of a lesson that is free."""

from dataclasses import replace

import streamlit as st

from gdplay.figures.sliders import RATE
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.ui import rate
from gdplay.ui.compare.hand import name_of
from gdplay.ui.lessons.view import LessonView, shown
from gdplay.ui.state import key


def control(lesson: Lesson, view: LessonView) -> LessonView:
    """Draw the control; return the view that it asks for."""
    free = lesson.task.control
    begins = free.begins if view.tried is None else view.tried
    if free.values:
        value = float(
            st.segmented_control(
                free.title, range(len(free.values)), default=int(begins), key=key("free"),
                required=True, format_func=lambda place: free.name(free.values[place]),
            )
        )  # fmt: skip
    else:
        experiment, place = shown(lesson, view), free.alone or 0
        rules = [experiment.runs[place].optimizer]
        name, now = name_of(RATE, place), free.value(begins)
        value = rate.rate(name, free.title, now, experiment, rules, plainly=True)
    return replace(view, tried=None if value == free.begins else value)
