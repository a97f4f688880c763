"""What is said of a function, and the controls of what is its own: numbers, or a text."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from gdplay.knobs import knobs
from gdplay.loss.expressions import Expression
from gdplay.loss.surfaces import Surface
from gdplay.ui import state
from gdplay.ui.own_function import own_function
from gdplay.ui.state import picked
from gdplay.ui.widgets import knob_widget
from gdplay.words import escaped

_WHERE = "function"


def function(surface: Surface, choose: Callable[[Surface], None]) -> None:
    """Draw a function's controls and what it is; `choose` is called with another one.

    That happens before the page is made again, so that all controls start from it.
    """
    if isinstance(surface, Expression):
        own_function(surface, choose)
        st.caption(f"${surface.formula}$  \n{escaped(surface.how)}")
        return
    for name, about in knobs(surface).items():
        value = getattr(surface, name)
        knob_widget(name, about, value, _WHERE, on_change=_choose, args=(surface.key, name, choose))
    st.caption(f"{surface.about}  \n${surface.formula}$  \n{escaped(surface.source)}")


def _choose(of: str, name: str, choose: Callable[[Surface], None]) -> None:
    """Take another number of the function with the key `of`, if it is still shown."""
    surface = state.current().experiment.problem
    if isinstance(surface, Surface) and surface.key == of:
        choose(replace(surface, **{name: picked(f"{_WHERE}.{name}")}))
