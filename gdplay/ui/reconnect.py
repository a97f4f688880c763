"""What has a page run again when its browser has lost a server and found one."""

from pathlib import Path

import streamlit as st

from gdplay.scripts import bundle

_component = st.components.v2.component(
    "gdplay_reconnect", js=bundle(Path(__file__).with_name("reconnect.js"))
)


def reconnect() -> None:
    """Watch the browser's connection."""
    with st._event:  # outside the page, where it takes no room
        _component(key="reconnect", on_back_change=_nothing)


def _nothing() -> None:
    """Do nothing: that the page runs again is all that is asked for."""
