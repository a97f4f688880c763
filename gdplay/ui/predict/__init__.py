"""What a visitor is asked before the runs are shown, over the player's empty curves."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from gdplay.scripts import bare, bundle

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "gdplay_predict",
    html='<div class="gd-predict"></div>',
    css=bare(_HERE / "predict.css"),
    js=bundle(_HERE / "predict.js"),
    isolate_styles=False,
)


class Asked(NamedTuple):
    """A run that something is to be said of.

    `source` is the address of a picture of its line, `end` where it ends on the axis.
    """

    place: int
    name: str
    color: str
    source: str
    end: float


def predict(
    key: str,
    kind: str,
    about: str,
    runs: Sequence[Asked],
    *,
    best: str,
    start: float,
    unit: str,
    on_guess: Callable[[], None],
    act: str = "Reveal",
    then: str = "Then see whether it is so.",
    alone: bool = False,
) -> None:
    """Ask for a ranking of the runs, or for a line for each.

    Parameters
    ----------
    key : str
        Its name on the page.
    kind : str
        "rank" or "draw".
    about : str
        Differs where another question is asked: then it begins again.
    runs : sequence of Asked
    best : str
        What is the better: "lowest" or "highest".
    start : float
        The value that all runs begin with.
    unit : str
        What is counted along the axis.
    on_guess : callable
        Runs before the page when it is answered, where `guessed(key)` tells the answer.
    act, then : str
        What the button says that answers, and what is said beside it.
    alone : bool
        Whether the question stands without a player, which it would otherwise wait for.
    """
    data = {
        "kind": kind, "id": about, "best": best, "start": start, "unit": unit,
        "act": act, "then": then, "alone": alone,
        "runs": [run._asdict() for run in runs],
    }  # fmt: skip
    _component(key=key, data=data, on_guess_change=on_guess)


def guessed(key: str) -> str | None:
    """Return the answer just given, in characters, if one was."""
    answer = st.session_state.get(key, {}).get("guess")
    return answer if isinstance(answer, str) else None
