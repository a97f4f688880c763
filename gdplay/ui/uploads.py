"""What says in a sentence that a file did not arrive, beside the places for files."""

from pathlib import Path

import streamlit as st

from gdplay.scripts import bundle
from gdplay.ui.state import key

_component = st.components.v2.component(
    "gdplay_uploads", js=bundle(Path(__file__).with_name("uploads.js"))
)


def place(name: str) -> str:
    """Return the key of a place for files, which is another one whenever it was emptied."""
    count = st.session_state.get(_count(name), 0)
    return key(f"{name}.{count}" if count else name)


def empty(name: str) -> None:
    """Take away what stands at a place for files, whether it was taken or refused."""
    st.session_state[_count(name)] = st.session_state.get(_count(name), 0) + 1


def _count(name: str) -> str:
    return f"uploads.{name}.count"


def told(name: str) -> None:
    """Watch the places for files; `name` is that of one of them."""
    with st._event:  # outside the page, where it takes no room
        _component(key=f"uploads.{name}")
