"""What the browser is told of runs: names and numbers, arrays as Plotly's figures hold them."""

import base64
import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from gdplay.figures.theme import DASH_PIXELS, OUTLINES
from gdplay.figures.tracks import AROUND, CloseUp, Playback, Track


def playing(play: Playback, position: tuple[int, int] | None) -> dict[str, Any]:
    """Return what the browser plays; `hash` changes exactly when that does, or its close-ups.

    `position` is the run and the update to stand at.
    """
    told = {
        "unit": play.along,
        "kind": play.kind,
        "rows": None if play.rows is None else packed(play.rows, "f4"),
        "focus": play.focus,
        "around": AROUND,
        "tracks": [_track(track) for track in play.tracks],
    }
    digest = hashlib.blake2b(json.dumps([told, play.drawn]).encode(), digest_size=8).hexdigest()
    return {**told, "hash": digest, "position": position}


def _track(track: Track) -> dict[str, Any]:
    fits, fitted = track.fits, track.fitted
    return {
        "place": track.place,
        "label": track.label,
        "color": track.color,
        "marker": OUTLINES[track.symbol],
        "dash": DASH_PIXELS[track.dash],
        "perEpoch": track.per_epoch,
        "epoch": track.epoch,
        "update": track.update,
        "updates": _counts(track.updates),
        "fitted": None if fitted is None else _counts(fitted),
        "fits": None if fits is None else _fits(fits),
        "shape": None if fits is None else fits.shape[1:],
    }


def close_up(close: CloseUp) -> dict[str, Any]:
    """Return every state of a run for a while."""
    return {
        "place": close.place,
        "window": close.window,
        "updates": _counts(close.updates),
        "x": packed(close.x, "f4"),
        "y": packed(close.y, "f4"),
        "loss": packed(close.loss, "f4"),
        "value": None if close.value is None else packed(close.value, "f4"),
        "fits": None if close.fits is None else _fits(close.fits),
    }


def _counts(values: npt.NDArray[Any]) -> dict[str, str]:
    """Return counts in as few bytes as hold them."""
    return packed(values, np.min_scalar_type(values.max(initial=0)))


def _fits(fits: npt.NDArray[Any]) -> dict[str, str]:
    return _counts(fits) if fits.dtype.kind == "i" else packed(fits, "f4")


def packed(values: npt.NDArray[Any], kind: npt.DTypeLike) -> dict[str, str]:
    """Return numbers as Plotly's figures hold them."""
    with np.errstate(over="ignore"):
        short = values.astype(kind)
    return {"dtype": short.dtype.str[1:], "bdata": base64.b64encode(short.tobytes()).decode()}
