"""The wire: a browser that holds the clock asks for every state near it, and only that is made."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from gdplay.figures.packing import close_up
from gdplay.figures.tracks import CloseUp
from gdplay.ui.scripts import bundle

Closer = Callable[[dict[int, int]], list[CloseUp]]
"""Finds close-ups of runs by place and window, as `figures.close_ups` does, or none."""


_component = st.components.v2.component(
    "gdplay_player_wire",
    js=bundle(Path(__file__).parent / "wire.js"),
)


@st.fragment
def look_closer(key: str, shown: str, closer: Closer) -> None:
    """Answer what the browser asks of what it shows; nothing else of the page is made again."""
    name = f"{key}.wire"
    windows = _asked(st.session_state.get(name, {}).get("ask"), shown)
    answer = None
    if windows and (close_ups := closer(windows)):
        answer = {"hash": shown, "closeUps": [close_up(each) for each in close_ups]}
    with st.container(key=f"silent-{key}"):
        _component(key=name, data={"player": key, "answer": answer}, on_ask_change=lambda: None)


def _asked(question: object, shown: str) -> dict[int, int]:
    """Return the windows that a browser asks for, none where it asks about another picture."""
    match question:
        case {"hash": str() as about, "windows": list() as windows} if about == shown:
            pairs = [pair for pair in windows if isinstance(pair, list) and len(pair) == 2]
            return {place: window for place, window in pairs if _are_counts(place, window)}
    return {}


def _are_counts(*values: object) -> bool:
    """Whether all are whole numbers, 0 or more."""
    return all(type(value) is int and value >= 0 for value in values)
