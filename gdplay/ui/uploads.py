"""What says in a sentence that a file did not arrive, beside the places for files."""

from pathlib import Path

import streamlit as st

from gdplay.scripts import bundle

_component = st.components.v2.component(
    "gdplay_uploads", js=bundle(Path(__file__).with_name("uploads.js"))
)


def told(name: str) -> None:
    """Watch the places for files; `name` is that of one of them."""
    with st._event:  # outside the page, where it takes no room
        _component(key=f"uploads.{name}")
