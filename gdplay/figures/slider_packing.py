"""Runs at every option of a slider, as they travel: 16 bits a number over a range that is told."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.experiment import Experiment
from gdplay.figures.convergence import RAW, Look
from gdplay.figures.packing import counts, digested, packed
from gdplay.figures.slider_tracks import SliderTrack, SliderTracks, Values
from gdplay.figures.sliders import Slider
from gdplay.figures.theme import DASH_PIXELS
from gdplay.theory.landscape import Landscape

STEPS = 65534
"""Code 1 stands for a range's low end and this many steps further up for its high end; code 0
stands for no number."""


class Range(NamedTuple):
    """What codes stand for: values from `low` to `high`, or their decimal logarithms."""

    low: float
    high: float
    log: bool

    @property
    def step(self) -> float:
        """What one step is worth: values are told to within half of it (of their logarithms)."""
        return (self.high - self.low) / STEPS

    def codes(self, values: Array) -> Indices:
        """Return the codes of values; those outside the range stand at its end."""
        with np.errstate(all="ignore"):
            placed = np.log10(values) if self.log else values
            share = (placed - self.low) / ((self.high - self.low) or 1.0)
        there = ~np.isnan(share) & (~np.isneginf(placed) | ~np.full(len(values), self.log))
        steps = np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=0.0), 0, 1) * STEPS
        return np.where(there, 1 + np.rint(steps), 0).astype(np.uint16)

    def values(self, codes: Indices) -> Array:
        """Return what codes stand for; NaN for none."""
        placed = self.low + (codes - 1.0) * self.step
        return np.where(codes == 0, np.nan, 10**placed if self.log else placed)


def range_of(parts: Iterable[Array], log: bool = False, ceiling: float = np.inf) -> Range:
    """Return the range of all finite values up to a ceiling; of positive ones where it is `log`."""
    values = np.concatenate([np.asarray(part, dtype=float) for part in parts])
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not len(values):
        return Range(0.0, 0.0, log)
    low, high = float(values.min()), float(min(values.max(), max(ceiling, values.min())))
    return Range(np.log10(low), np.log10(high), True) if log else Range(low, high, False)


class _Grids:
    """Lists of updates, each told once: runs that got through share theirs."""

    def __init__(self) -> None:
        self.lists: dict[bytes, tuple[int, Indices]] = {}

    def place(self, updates: Indices) -> int:
        key = np.asarray(updates, dtype=np.int64).tobytes()
        return self.lists.setdefault(key, (len(self.lists), np.asarray(updates)))[0]

    def told(self) -> dict[str, Any]:
        lists = [updates for _, updates in self.lists.values()]
        return {
            "lengths": counts(np.array([len(updates) for updates in lists])),
            "updates": counts(np.concatenate(lists)),
        }


def offer(
    experiment: Experiment,
    land: Landscape,
    slider: Slider,
    looks: Sequence[object],
) -> str:
    """Return a short text that tells apart what would travel, wherever the slider stands.

    `looks` tells apart what the picture shows of the runs.
    """
    base = slider.at(experiment, slider.options[0])
    return digested([repr(base), *map(list, slider), seen_on(land), list(looks)])


def seen_on(land: Landscape) -> list[object]:
    """Return what tells apart where paths are drawn."""
    plane = land.plane
    numbers = [plane.origin, plane.axes, plane.dual, land.x[[0, -1]], land.y[[0, -1]]]
    return [part.tolist() for part in numbers]


def packed_slider(
    told: SliderTracks,
    *,
    log: bool,
    ceiling: float = np.inf,
    looks: Sequence[Look | None] = (None,),
    smooth: float = 0.0,
    ends: bool = False,
) -> dict[str, Any]:
    """Return all runs at all options as they travel.

    Parameters
    ----------
    told : SliderTracks
    log : bool
        Whether the curves stand on a logarithmic axis.
    ceiling : float
        What the curves show above it is told as this; they leave their figure below it.
    looks : sequence of Look or None
        How each of a run's curves is told apart from the others.
    smooth : float
        How many epochs a smoothed line looks back on; the browser smooths what it shows.
    ends : bool
        Whether the clock ends where the runs do: epochs are what moves.
    """
    every = [track for line in told.tracks.values() for track in line]
    ranges = {
        "x": range_of(track.path.x for track in every),
        "y": range_of(track.path.y for track in every),
        "z": range_of(track.path.loss for track in every),
        "value": range_of(
            (curve.values for track in every for curve in track.curves), log, ceiling
        ),
    }
    grids = _Grids()
    runs = [_run(place, line, ranges, grids) for place, line in told.tracks.items()]
    return {
        "options": list(told.options),
        "ranges": {name: list(each) for name, each in ranges.items()},
        "runs": runs,
        "grids": grids.told(),
        "looks": [None if look is None else look_told(look) for look in looks],
        "raw": look_told(RAW),
        "dashes": DASH_PIXELS,
        "smooth": smooth,
        "ends": ends,
    }


def look_told(look: Look) -> dict[str, Any]:
    """Return how a line is drawn as it travels."""
    return {"width": look.width, "opacity": look.opacity}


def _run(
    place: int, line: Sequence[SliderTrack], ranges: dict[str, Range], grids: _Grids
) -> dict[str, Any]:
    fits = [track.fits for track in line if track.fits is not None]
    none = np.arange(0)
    codes = {
        "x": _coded(ranges["x"], [track.path.x for track in line]),
        "y": _coded(ranges["y"], [track.path.y for track in line]),
        "z": _coded(ranges["z"], [track.path.loss for track in line]),
    }
    lists = {
        "path": [np.ceil(track.path.update).astype(int) for track in line],
        "fitted": [none if track.fits is None else track.fits.updates for track in line],
    }
    return {
        "place": place,
        **codes,
        **{
            name: counts(np.array([grids.place(updates) for updates in parts]))
            for name, parts in lists.items()
        },
        "curves": [
            _curve([track.curves[i] for track in line], ranges["value"], grids)
            for i in range(len(line[0].curves))
        ],
        "last": counts(np.array([track.last for track in line])),
        "lost": packed(np.array([track.lost for track in line]), "i4"),
        "loss": packed(np.array([track.loss for track in line]), "f4"),
        "fits": packed(np.concatenate([f.fits.reshape(-1) for f in fits]), "f4") if fits else None,
        "shape": list(fits[0].fits.shape[1:]) if fits else None,
    }


def _curve(line: Sequence[Values], values: Range, grids: _Grids) -> dict[str, Any]:
    """Return one metric of a run, option after option."""
    return {
        "value": _coded(values, [curve.values for curve in line]),
        "updates": counts(np.array([grids.place(curve.updates) for curve in line])),
    }


def _coded(about: Range, parts: Sequence[Array]) -> dict[str, str]:
    """Return values of a run, option after option, as they travel."""
    return packed(about.codes(np.concatenate(parts)), "u2")
