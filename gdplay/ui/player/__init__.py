"""The player: up to three figures in one grid, redrawn in place, played in time, and clicks.

Streamlit's own chart element is built anew on every change of its figure, which costs a WebGL
context and the visitor's camera. This component keeps the charts and hands them new data. Runs
are played by the browser alone, over the charts as they stand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from gdplay.figures.packing import Picture, Played, panel, picture, played
from gdplay.figures.pieces import Figure
from gdplay.figures.tracks import Playback
from gdplay.journal import note
from gdplay.scripts import bare, bundle
from gdplay.ui.charts import plotly
from gdplay.ui.player.wire import Closer, Hand, follow, look_closer, wire_of

PANELS = ("surface", "curves", "fit")
HEIGHTS = {"surface": 560, "curves": 272, "fit": 272}  # pixels, where Streamlit draws instead

_HERE = Path(__file__).parent
GRID = (_HERE / "grid.html").read_text("utf-8")
"""The empty grid: it stands before the script runs, so that the page does not jump."""

_SENT = "player.sent"
_FLAT = "player.flat"


class Moment(NamedTuple):
    """An update of a run."""

    run: int
    update: int


class Click(NamedTuple):
    """A point of the plane that the visitor clicked, and how many clicks there were by then.

    With the shift key down a start is to be added there.
    """

    x: float
    y: float
    n: int
    adds: bool = False


def _plotly_chunk() -> str | None:
    """Return the file name of Streamlit's own bundle of plotly.js, None where it has none."""
    found = (Path(st.__file__).parent / "static").rglob("PlotlyChart.*.js")
    return next((path.name for path in sorted(found)), None)


@cache
def _script() -> str:
    """Return the player's script: its style and its modules as one, so that they come at once."""
    style = json.dumps(bare(_HERE / "play.css"))
    return f"const STYLE = {style};\n{bundle(_HERE / 'player.js')}"


@cache
def _version() -> str:
    return hashlib.blake2b(_script().encode(), digest_size=8).hexdigest()


_CHUNK = _plotly_chunk()
_component = st.components.v2.component(
    "gdplay_player",
    html=GRID,
    css=bare(_HERE / "player.css"),
    js=bundle(_HERE / "boot.js"),
    isolate_styles=False,
)


def player(
    figures: Mapping[str, Figure | Picture],
    *,
    key: str,
    revisions: Mapping[str, str],
    labels: Mapping[str, str],
    on_start: Callable[[], None] | None = None,
    on_fail: Callable[[], None] | None = None,
    play: Playback | Played | None = None,
    closer: Closer | None = None,
    position: Moment | None = None,
    inside: bool = False,
    hand: Hand | None = None,
    opened: int = 0,
) -> Click | None:
    """Show the figures side by side and return the point just clicked on the plane, if any.

    Parameters
    ----------
    figures : mapping from "surface", "curves" or "fit" to a figure, or a `Picture` of it
        Sizes are ignored (a figure fills its panel). Colours of text, axes and backgrounds that
        a figure leaves open come from the app's theme, light or dark.
    key : str
        Names this player on its page.
    revisions : mapping from panel to str
        While a panel's stays, its camera, zoom and hidden traces survive any change of its figure.
    labels : mapping from panel to str
        What a panel shows, for people who do not see it.
    on_start : callable, optional
        Runs before the page when the visitor clicks a two-dimensional surface panel, where
        `clicked(key)` tells the point. Without it the panel does not take clicks.
    on_fail : callable, optional
        Runs once if the browser cannot draw; Streamlit's own charts take over for the session.
    play : Playback, optional
        What moves when the visitor plays; its labels are the names of traces in the figures.
    closer : callable, optional
        `closer(windows)` finds every state near a held clock, where `play` holds only some.
    position : Moment, optional
        Where the clock is to stand. It moves there once; from then on it is the visitor's.
    inside : bool
        Whether a held clock offers to look inside an update; `looked_inside(key)` tells which.
    hand : Hand, optional
        What follows a hand that drags a rate.
    opened : int
        Where it differs, scenes that nobody has turned are looked at as their figures are: what is
        shown was not made by hand from what was there.

    Raises
    ------
    ValueError
        If a figure's name is no panel.
    """
    _check(figures)
    if _flag(key) in st.session_state:
        _fall_back(figures, key, labels)
        return None

    told = _told(play, position)
    result = _component(
        key=key,
        data={
            "version": _version(),
            "script": None if _SENT in st.session_state else _script(),
            "chunk": _CHUNK,
            "clickable": on_start is not None,
            "play": told,
            "wire": key if closer is not None else None,
            "inside": inside,
            "opened": opened,
            "hand": _offered(key, hand),
            "panels": _panels(figures, revisions, labels),
        },
        on_start_change=on_start or (lambda: None),
        on_inside_change=lambda: None,
        on_lost_change=lambda: st.session_state.pop(_SENT, None),
        on_failed_change=partial(_note_failure, key, on_fail),
        on_reduced_change=_note_reduced,
        on_flat_change=partial(st.session_state.__setitem__, _FLAT, True),
    )
    st.session_state[_SENT] = True
    _answer(key, told, closer, hand)
    return _click(result.get("start"))


def _answer(
    key: str, told: Mapping[str, Any] | None, closer: Closer | None, hand: Hand | None
) -> None:
    """Let the browser ask for more."""
    if told is not None and closer is not None:
        look_closer(key, told["hash"], closer)
    if hand is not None:
        follow(key, hand)


def _offered(key: str, hand: Hand | None) -> dict[str, Any] | None:
    """Return what the browser is told of sliders."""
    if hand is None:
        return None
    return {"wire": wire_of(key), "offers": dict(hand.offers), "values": dict(hand.values)}


def _panels(
    figures: Mapping[str, Figure | Picture], revisions: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the browser is told of each panel."""
    return {
        name: panel(_picture(figure), revisions.get(name, ""), labels.get(name, ""))
        for name, figure in figures.items()
    }


def _check(figures: Mapping[str, object]) -> None:
    unknown = [name for name in figures if name not in PANELS]
    if unknown:
        raise ValueError(f"figures must be named {', '.join(PANELS)}; got {unknown}")


def _note_failure(key: str, on_fail: Callable[[], None] | None) -> None:
    """Give way to Streamlit's charts for the rest of the session."""
    reason = str(st.session_state[key].get("failed"))[:200]
    note("player", "charts instead")
    st.session_state[_flag(key)] = reason
    if on_fail is not None:
        on_fail()


def _note_reduced() -> None:
    note("player", "paths by Plotly")


def is_flat() -> bool:
    """Whether the visitor's browser draws no scenes, as far as a player has found out."""
    return _FLAT in st.session_state


def clicked(key: str) -> Click | None:
    """Return the point that the visitor just clicked on the player called `key`, if any."""
    return _click(st.session_state.get(key, {}).get("start"))


def looked_inside(key: str) -> Moment | None:
    """Return the update that the visitor just asked to see on the player called `key`, if any."""
    match st.session_state.get(key, {}).get("inside"):
        case {"run": int() as run, "update": int() as update} if run >= 0 and update >= 1:
            return Moment(run, update)
    return None


def _flag(key: str) -> str:
    """Return where the session remembers that this player failed (its own state goes with it)."""
    return f"{key}.failed"


def _told(play: Playback | Played | None, position: Moment | None) -> dict[str, Any] | None:
    """Return what the browser plays, and where its clock is to stand."""
    if play is None:
        return None
    own = play if isinstance(play, Played) else played(play)
    return {**own.told, "position": position}


def _picture(figure: Figure | Picture) -> Picture:
    return figure if isinstance(figure, Picture) else picture(figure)


def _click(value: object) -> Click | None:
    """Return the click in a value that came from a browser, None where it holds none."""
    match value:
        case {"x": int() | float() as x, "y": int() | float() as y, "n": int() as n, **more}:
            if all(-1e300 < part < 1e300 for part in (x, y)):  # False for NaN and infinities
                return Click(float(x), float(y), n, adds=more.get("adds") is True)
    return None


def _fall_back(
    figures: Mapping[str, Figure | Picture], key: str, labels: Mapping[str, str]
) -> None:
    """Draw the figures as Streamlit's own charts, which forget the camera on each change."""
    left, right = st.columns([55, 45])
    for name in PANELS:
        if name in figures:
            with left if name == "surface" else right:
                plotly(
                    Figure(**_picture(figures[name]).spec), key=f"{key}.{name}",
                    height=HEIGHTS[name], alt=labels.get(name, ""),
                    config={"showSendToCloud": False},
                )  # fmt: skip
