"""Steps through the updates of a run that count each press, however fast they come."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from gdplay.scripts import bundle

_HERE = Path(__file__).parent
_component = st.components.v2.component("gdplay_steps", js=bundle(_HERE / "steps.js"))


class Way(NamedTuple):
    """How far a button leads, and the key that does the same."""

    by: int
    key: str


class Going(NamedTuple):
    """Where a visitor wants to go."""

    run: int
    update: int


def steps(
    key: str, run: int, at: int, last: int, ways: Mapping[str, Way], on_go: Callable[[], None]
) -> None:
    """Take presses of the buttons named in `ways`, and their keys, before Streamlit merges them.

    Parameters
    ----------
    key : str
    run, at, last : int
        The run that is shown, the update, and the run's last one.
    ways : mapping from a button's key to Way
    on_go : callable
        Runs before the page, where `going(key)` tells the sum of the presses so far.
    """
    by_name = {name: way._asdict() for name, way in ways.items()}
    data = {"run": run, "at": at, "last": last, "ways": by_name}
    with st.container(key=f"silent-{key}"):
        _component(key=key, data=data, on_go_change=on_go)


def going(key: str) -> Going | None:
    """Return where the presses just made lead, if any were."""
    match st.session_state.get(key, {}).get("go"):
        case {"run": int() as run, "update": int() as update} if run >= 0 and update >= 1:
            return Going(run, update)
    return None
