"""The player: up to three figures in one grid, redrawn in place, and clicks on the plane.

Streamlit's own chart element is built anew on every change of its figure, which costs a WebGL
context and the visitor's camera. This component keeps the charts and hands them new data.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

PANELS = ("surface", "curves", "fit")
HEIGHTS = {"surface": 560, "curves": 272, "fit": 272}  # pixels, where Streamlit draws instead

_HERE = Path(__file__).parent
_LOG = logging.getLogger(__name__)
_ALT = "alt" in inspect.signature(st.plotly_chart).parameters  # newer Streamlit only


class Click(NamedTuple):
    """A point of the plane that the visitor clicked, and how many clicks there were by then."""

    x: float
    y: float
    n: int


def _html() -> str:
    """Return the empty grid: it stands before the script runs, so that the page does not jump."""
    panels = (
        f'<div class="gd-panel" data-panel="{name}" role="figure"><div class="gd-plot"></div></div>'
        for name in PANELS
    )
    return f'<div class="gd-player"><div class="gd-grid">{"".join(panels)}</div></div>'


def _plotly_chunk() -> str | None:
    """Return the file name of Streamlit's own bundle of plotly.js, None where it has none."""
    found = (Path(st.__file__).parent / "static").rglob("PlotlyChart.*.js")
    return next((path.name for path in sorted(found)), None)


def _script() -> str:
    """Return the script without comments and indents, lines kept: it travels with every change."""
    text = (_HERE / "player.js").read_text(encoding="utf-8")
    comment = re.compile(r"^ *(//.*|/\*\*[\s\S]*?\*/)$", re.MULTILINE)
    bare = comment.sub(lambda found: "\n" * found[0].count("\n"), text)
    return re.sub(r"^ +", "", bare, flags=re.MULTILINE)


_CHUNK = _plotly_chunk()
_component = st.components.v2.component(
    "gdplay_player",
    html=_html(),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    js=_script(),
    isolate_styles=False,
)


def player(
    figures: Mapping[str, go.Figure],
    *,
    key: str,
    revisions: Mapping[str, str],
    labels: Mapping[str, str],
    on_start: Callable[[], None] | None = None,
    on_fail: Callable[[], None] | None = None,
) -> Click | None:
    """Show the figures side by side and return the point just clicked on the plane, if any.

    Parameters
    ----------
    figures : mapping from "surface", "curves" or "fit" to a figure
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

    Raises
    ------
    ValueError
        If a figure's name is no panel.
    """
    unknown = [name for name in figures if name not in PANELS]
    if unknown:
        raise ValueError(f"figures must be named {', '.join(PANELS)}; got {unknown}")
    if _flag(key) in st.session_state:
        _fall_back(figures, key, labels)
        return None

    def note_failure() -> None:
        reason = str(st.session_state[key].get("failed"))[:200]
        _LOG.warning("the player gave way to Streamlit's charts: %r", reason)
        st.session_state[_flag(key)] = reason
        if on_fail is not None:
            on_fail()

    result = _component(
        key=key,
        data={
            "chunk": _CHUNK,
            "clickable": on_start is not None,
            "panels": {
                name: _panel(figures[name], revisions.get(name, ""), labels.get(name, ""))
                for name in PANELS
                if name in figures
            },
        },
        on_start_change=on_start or (lambda: None),
        on_failed_change=note_failure,
    )
    return _click(result.get("start"))


def clicked(key: str) -> Click | None:
    """Return the point that the visitor just clicked on the player called `key`, if any."""
    return _click(st.session_state.get(key, {}).get("start"))


def _flag(key: str) -> str:
    """Return where the session remembers that this player failed (its own state goes with it)."""
    return f"{key}.failed"


def _panel(figure: go.Figure, revision: str, label: str) -> dict[str, Any]:
    """Return what the browser needs of one figure; `hash` changes exactly when the picture does."""
    text = str(figure.to_json())
    spec = json.loads(text)
    for size in ("width", "height"):
        spec["layout"].pop(size, None)
    spec["layout"]["uirevision"] = revision
    digest = hashlib.blake2b(f"{revision}\n{text}".encode(), digest_size=8).hexdigest()
    return {"spec": spec, "hash": digest, "label": label}


def _click(value: object) -> Click | None:
    """Return the click in a value that came from a browser, None where it holds none."""
    match value:
        case {"x": int() | float() as x, "y": int() | float() as y, "n": int() as n}:
            if all(-1e300 < part < 1e300 for part in (x, y)):  # False for NaN and infinities
                return Click(float(x), float(y), n)
    return None


def _fall_back(figures: Mapping[str, go.Figure], key: str, labels: Mapping[str, str]) -> None:
    """Draw the figures as Streamlit's own charts, which forget the camera on each change."""
    left, right = st.columns([55, 45])
    for name in PANELS:
        if name in figures:
            with left if name == "surface" else right:
                options: dict[str, Any] = {"key": f"{key}.{name}", "height": HEIGHTS[name]}
                if _ALT:
                    options["alt"] = labels.get(name, "")
                st.plotly_chart(figures[name], config={"showSendToCloud": False}, **options)
