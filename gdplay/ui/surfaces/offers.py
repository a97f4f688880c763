"""The offer of a function on which something is seen best."""

import streamlit as st

from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.teaching.defaults import default_race
from gdplay.ui import state
from gdplay.ui.state import key


def offer(surface: Surface, telling: str) -> None:
    """Offer the race on a function of the table, by its key, where another one is shown."""
    other = SURFACES[telling]
    if surface.key != telling and st.button(f"Show it on {other.title}", key=key("offer")):
        state.show(default_race(other))
        st.rerun()
