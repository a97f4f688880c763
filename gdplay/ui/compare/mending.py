"""The button of the one change that mends a fault."""

import streamlit as st

from gdplay.teaching.mends import Mend
from gdplay.ui import state


def mend_button(mend: Mend, title: str, name: str, about: str) -> None:
    """Draw the button; `about` stands under a pointer."""
    st.button(title, key=state.key(name), on_click=_apply, args=(mend,), icon=":material/build:",
              help=about)  # fmt: skip


def _apply(mend: Mend) -> None:
    """Show the experiment without the fault, and say what else became of it."""
    if mend.note:
        state.notice(mend.note)
    state.show(mend.experiment)
