"""What stands in a page's place while its address waits for rows that it does not hold."""

from pathlib import Path

import streamlit as st

from gdplay.link import Absent
from gdplay.scripts import bundle
from gdplay.ui import own_rows, share, state
from gdplay.ui.address import first
from gdplay.ui.parts import title
from gdplay.ui.state import key
from gdplay.words import escaped

WIDTH = 640  # pixels, in which its lines are read

_component = st.components.v2.component(
    "gdplay_missing_rows", js=bundle(Path(__file__).with_name("missing_rows.js"))
)


def ask(rows: Absent) -> None:
    """Ask for the rows; the address stays as it is until they come or something else is chosen."""
    with st._event:  # outside the page, where it takes no room
        _component(key="missing_rows")
    with st.container(key="bring", width=WIDTH):
        title("This link needs its rows")
        st.markdown(
            f"It is to an experiment on somebody's own rows: {escaped(rows.words)}. They are too "
            "many to be in a link. Paste or upload them here, or open the file that the experiment "
            "was saved in."
        )
        for text in state.notices():
            st.warning(text)
        own_rows.panel(state.bring, rows)
        share.opener()
        st.button(
            "Do without, show the first experiment",
            key=key("without"),
            type="tertiary",
            on_click=state.show,
            args=(first(),),
        )
