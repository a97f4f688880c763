"""The head of Compare: its title, its menus, and the places for what is only known below."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from gdplay.link import MAX_RUNS
from gdplay.ui import state
from gdplay.ui.compare import menu, runs
from gdplay.ui.state import key
from gdplay.ui.widgets import drawer


def head() -> tuple[DeltaGenerator, PopoverContainer]:
    """Draw the title and the menus; return the places for the words and for the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            "### Batch, mini-batch, stochastic: one start, one loss surface", width="stretch"
        )
        if len(state.current().experiment.runs) < MAX_RUNS:
            st.button(
                "Add run",
                icon=":material/add:",
                key=key("add"),
                on_click=runs.duplicate,
                args=(len(state.current().experiment.runs) - 1,),
                help="A copy of the last run: change one thing.",
            )
        menu.presets()
        share = drawer("Share", "share", ":material/link:")
    for text in state.notices():
        st.info(text)
    return st.container(key="words"), share
