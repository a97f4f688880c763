"""An epoch as a strip of tiles, one per batch: where an update stands, and a way to another."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from gdplay.scripts import bare, bundle

MAX_TILES = 240
"""An epoch of more batches is shown around the one that is lit."""

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "gdplay_tiles",
    html='<div class="gd-tiles"></div>',
    css=bare(_HERE / "tiles.css"),
    js=bundle(_HERE / "tiles.js"),
    isolate_styles=False,
)


class Strip(NamedTuple):
    """What is drawn: batches from the `first` on, each with its rows, and which one is lit.

    `more` tells whether batches before and behind are left out; `dropped` rows end the epoch
    without being used.
    """

    first: int
    sizes: list[int]
    lit: int
    more: tuple[bool, bool]
    dropped: int


def strip(n_samples: int, rows: int, n_batches: int, batch: int) -> Strip:
    """Return the strip of an epoch of `n_batches` of so many `rows` with `batch` (from 1) lit."""
    first = max(1, min(batch - MAX_TILES // 2, n_batches - MAX_TILES + 1))
    last = min(first + MAX_TILES - 1, n_batches)
    n_rows = min(n_batches * rows, n_samples)
    sizes = [min(rows, n_rows - (i - 1) * rows) for i in range(first, last + 1)]
    ends = last == n_batches
    return Strip(first, sizes, batch, (first > 1, not ends), n_samples - n_rows if ends else 0)


def tiles(strip: Strip, color: str, key: str, on_pick: Callable[[], None]) -> None:
    """Draw the strip; `on_pick` runs before the page when a tile is clicked (see `picked`)."""
    data = {**strip._asdict(), "color": color, "n": strip.first + len(strip.sizes) - 1}
    _component(key=key, data=data, on_pick_change=on_pick)


def picked(key: str) -> int | None:
    """Return the batch, from 1, whose tile was just clicked, if any."""
    value = st.session_state.get(key, {}).get("pick")
    return value if isinstance(value, int) and not isinstance(value, bool) else None
