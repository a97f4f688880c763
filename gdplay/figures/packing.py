"""What the browser is told of figures and runs: names, and arrays as Plotly's figures hold them."""

import base64
import hashlib
import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gdplay.figures.arrows import Arrows
from gdplay.figures.pieces import Figure, Piece
from gdplay.figures.theme import DASH_PIXELS, OUTLINES
from gdplay.figures.tracks import AROUND, CloseUp, Playback, Track


class Picture(NamedTuple):
    """A figure as it travels; nobody may change it, for many visitors can be sent the same.

    Attributes
    ----------
    spec : dict
        Its data and layout, without a size: it fills its panel.
    digest : str
        Changes exactly when `spec` does.
    """

    spec: Piece
    digest: str


def picture(figure: Figure) -> Picture:
    """Return a figure as it travels."""
    spec = figure.to_dict()
    for size in ("width", "height"):
        spec["layout"].pop(size, None)
    return Picture(spec, digested(spec))


def panel(picture: Picture, revision: str, label: str) -> dict[str, Any]:
    """Return what the browser is told of one panel; `hash` changes exactly when the picture does.

    `revision` and `label` are those of `player`.
    """
    data, layout = picture.spec["data"], picture.spec["layout"]
    spec = {"data": data, "layout": {**layout, "uirevision": revision}}
    return {"spec": spec, "hash": digested([revision, picture.digest]), "label": label}


def digested(value: object) -> str:
    """Return a short text that differs where a value's JSON does."""
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=8).hexdigest()


class Played(NamedTuple):
    """A playback, and how it travels; many visitors can be sent the same."""

    play: Playback
    told: dict[str, Any]


def played(play: Playback) -> Played:
    """Return a playback as it travels; `hash` changes exactly when it does, or its close-ups."""
    told = {
        "unit": play.along,
        "kind": play.kind,
        "rows": None if play.rows is None else packed(play.rows, "f4"),
        "focus": play.focus,
        "net": None if play.net is None else _plain(play.net),
        "diagram": None if play.diagram is None else _plain(play.diagram),
        "around": AROUND,
        "tracks": [_track(track) for track in play.tracks],
    }
    return Played(play, {**told, "hash": digested([told, play.drawn])})


def _plain(values: NamedTuple) -> dict[str, Any]:
    """Return named numbers and texts as JSON holds them."""
    pairs = values._asdict().items()
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in pairs
    }


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
        "updates": counts(track.updates),
        "fitted": None if fitted is None else counts(fitted),
        "fits": None if fits is None else _fits(fits),
        "shape": None if fits is None else fits.shape[1:],
        "lost": track.lost,
        "loss": track.loss if np.isfinite(track.loss) else None,
        "beside": track.beside,
        "arrows": None if track.arrows is None else _arrows(track.arrows),
    }


def _arrows(arrows: Arrows) -> dict[str, dict[str, str]]:
    """Return the arrows of a run at each of its states, those that it has."""
    known = {name: each for name, each in arrows._asdict().items() if each is not None}
    return {name: packed(each, "f4") for name, each in known.items()}


def close_up(close: CloseUp) -> dict[str, Any]:
    """Return every state of a run for a while."""
    return {
        "place": close.place,
        "window": close.window,
        "updates": counts(close.updates),
        "x": packed(close.x, "f4"),
        "y": packed(close.y, "f4"),
        "loss": packed(close.loss, "f4"),
        "value": None if close.value is None else packed(close.value, "f4"),
        "fits": None if close.fits is None else _fits(close.fits),
    }


def counts(values: npt.NDArray[Any]) -> dict[str, str]:
    """Return counts in as few bytes as hold them."""
    return packed(values, np.min_scalar_type(values.max(initial=0)))


def _fits(fits: npt.NDArray[Any]) -> dict[str, str]:
    return counts(fits) if fits.dtype.kind == "i" else packed(fits, "f4")


def packed(values: npt.NDArray[Any], kind: npt.DTypeLike) -> dict[str, str]:
    """Return numbers as Plotly's figures hold them."""
    with np.errstate(over="ignore"):
        short = values.astype(kind)
    return {"dtype": short.dtype.str[1:], "bdata": base64.b64encode(short.tobytes()).decode()}
