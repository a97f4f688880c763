"""Words of the glossary, told where they stand: under a pointer, a finger or the focus."""

from pathlib import Path

import streamlit as st

from gdplay.scripts import bundle
from gdplay.teaching.guide import meanings

_component = st.components.v2.component(
    "gdplay_glossary", js=bundle(Path(__file__).with_name("glossary.js"))
)


def glossary() -> None:
    """Let the page tell what its words mean."""
    with st._event:  # outside the page, where it takes no room
        _component(key="glossary", data={"words": meanings()})
