"""What a visitor is asked before the runs are shown, over the player's empty curves."""

from collections.abc import Callable, Sequence
from pathlib import Path

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


def predict(
    key: str,
    about: str,
    best: str,
    runs: Sequence[tuple[int, str, str]],
    on_guess: Callable[[], None],
) -> None:
    """Ask for a ranking of the runs.

    Parameters
    ----------
    key : str
        Its name on the page.
    about : str
        Differs where another question is asked: then it begins again.
    best : str
        What comes first: "lowest" or "highest".
    runs : sequence of (place, name, source)
        What is ranked; `source` is the address of a picture of its line.
    on_guess : callable
        Runs before the page when it is answered, where `guessed(key)` tells the answer.
    """
    asked = [{"place": place, "name": name, "source": source} for place, name, source in runs]
    data = {"id": about, "best": best, "runs": asked}
    _component(key=key, data=data, on_guess_change=on_guess)


def guessed(key: str) -> str | None:
    """Return the answer just given, in characters, if one was."""
    answer = st.session_state.get(key, {}).get("guess")
    return answer if isinstance(answer, str) else None
