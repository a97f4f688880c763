"""What has fingers scroll past charts, and the list of pages show the one that they chose."""

from pathlib import Path

import streamlit as st

from gdplay.scripts import bundle

_component = st.components.v2.component(
    "gdplay_fingers", js=bundle(Path(__file__).with_name("fingers.js"))
)


def fingers() -> None:
    """Listen on the browser's page."""
    with st._event:  # outside the page, where it takes no room
        _component(key="fingers")
