"""Wires: what a browser asks for beside the page, which is not made again for it.

One that holds the clock asks for every state near it; one whose hand comes near a slider asks for
the runs at all its options, near the start on a map for those from every start.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from gdplay.figures.packing import close_up
from gdplay.figures.tracks import CloseUp
from gdplay.scripts import bundle
from gdplay.ui.fragments import fragment

Closer = Callable[[dict[int, int]], list[CloseUp]]
"""Finds close-ups of runs by place and window, as `figures.close_ups` does, or none."""


class Hand(NamedTuple):
    """What follows a hand that drags a slider, or the start on a map.

    Attributes
    ----------
    offers : mapping from the name of a slider, or "start", to str
        Tells apart what can be asked for: the runs that it drives, at all that it offers.
    values : mapping from the name of a slider to float
        The value that the picture shows.
    tell : callable
        `tell(name)` finds what is offered under a name as it travels, as "rates" or as "starts",
        or None.
    """

    offers: Mapping[str, str]
    values: Mapping[str, float]
    tell: Callable[[str], dict[str, Any] | None]


_component = st.components.v2.component(
    "gdplay_player_wire",
    js=bundle(Path(__file__).parent / "wire.js"),
)


@fragment("close-ups")
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


def wire_of(key: str) -> str:
    """Return the name under which the hands of a player are answered."""
    return f"{key}.hand"


@fragment("hand")
def follow(key: str, hand: Hand) -> None:
    """Answer what the browser asks of the sliders beside its picture."""
    name = wire_of(key)
    question = st.session_state.get(name, {}).get("ask")
    about = question.get("hash") if isinstance(question, dict) else None
    wanted = next((name for name, offer in hand.offers.items() if offer == about), None)
    answer = None
    if wanted is not None and (told := hand.tell(wanted)):
        answer = {"hash": hand.offers[wanted], **told}
    with st.container(key=f"silent-{name}"):
        _component(key=name, data={"player": name, "answer": answer}, on_ask_change=lambda: None)
