"""Runs from every start on a map: what a picture needs to follow a hand that drags the start.

On a quadratic loss a linear rule's states are affine in where it starts, whatever rows it takes,
and losses quadratic in it. So they are known from every start once they are from six.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine import cost
from gdplay.engine.training import DIVERGED_AT, Progress, Status, Trace, train
from gdplay.experiment import Experiment
from gdplay.figures.convergence import RAW, Look
from gdplay.figures.curves import values_along
from gdplay.figures.packing import counts, digested, packed
from gdplay.figures.slider_packing import look_told, seen_on
from gdplay.figures.slider_tracks import FIT_NUMBERS, SECONDS, followed
from gdplay.figures.theme import DASH_PIXELS
from gdplay.figures.tracks import fits_after
from gdplay.loss.fit import Fit
from gdplay.theory.landscape import Landscape, Plane
from gdplay.theory.measures import METRICS, recorded, reference, thinned

MOST = 200
"""So many states of a path are told, at most."""

QUADRATIC = ("loss", "excess", "running", "batch", "test")
"""Metrics that are quadratic in where a run starts; the second where there is a minimum."""

FAR = DIVERGED_AT / 50
"""A loss above this many times max(1, lowest loss) from one of six starts may count as divergence
from another on the map."""

_SPOTS = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, 1]], dtype=float)
"""Six starts, in half-widths of the map from its middle."""


class StartCurve(NamedTuple):
    """What a curve shows after some updates (T,): six coefficients each, (6, T)."""

    updates: Indices
    values: Array


class StartTrack(NamedTuple):
    """One run from any start, which stands u and v half-widths right of and above the middle.

    States and fits are told by the coefficients of 1, u, v; losses by those of 1, u, v, u², uv, v².

    Attributes
    ----------
    updates : ndarray of int, shape (T,)
    x, y : ndarray of shape (3, T)
    curves : tuple of StartCurve
        For each metric shown.
    fitted : ndarray of int, shape (F,), or None
        None where fits do not follow.
    fits : ndarray of shape (3, F, K, p), or None
    loss : ndarray of shape (6,)
        The training loss at the end.
    """

    updates: Indices
    x: Array
    y: Array
    curves: tuple[StartCurve, ...]
    fitted: Indices | None
    fits: Array | None
    loss: Array


class StartTracks(NamedTuple):
    """Runs by place, and the middle and the half-widths of the map, (2,) each."""

    middle: Array
    half: Array
    tracks: dict[int, StartTrack]


def starts_follow(experiment: Experiment, places: Sequence[int], metrics: Sequence[str]) -> bool:
    """Whether a picture of some runs can follow a hand on their start: exactly, and quickly."""
    problem = experiment.problem
    linear = all(experiment.runs[place].optimizer.linear for place in places)
    known = {key for key in QUADRATIC if key != "excess" or problem.minimum() is not None}
    if experiment.tol or experiment.n_seeds > 1 or not (linear and problem.quadratic and places):
        return False
    if not known.issuperset(metrics):
        return False
    return len(_SPOTS) * cost.work(_of(experiment, places)).seconds <= SECONDS


def _of(experiment: Experiment, places: Sequence[int]) -> Experiment:
    return replace(experiment, runs=tuple(experiment.runs[place] for place in places))


def start_tracks(
    experiment: Experiment,
    land: Landscape,
    places: Sequence[int],
    metrics: Sequence[str] = ("loss",),
    *,
    progress: Progress | None = None,
) -> StartTracks | None:
    """Return what some runs do from every start on the map; None where some may get lost.

    Parameters
    ----------
    experiment : Experiment
        One whose `starts_follow`.
    land : Landscape
        The map. Starts lie in its plane.
    places : sequence of int
        The runs that are drawn.
    metrics : keys of METRICS
        What the curves show.
    progress : callable, optional
        As for `train`.
    """
    ends = np.array([land.x[[0, -1]], land.y[[0, -1]]])
    middle, half = ends.mean(axis=1), np.ptp(ends, axis=1) / 2
    starts = land.plane.params(middle + _SPOTS * half)
    shown = _of(experiment, places)
    every = [
        train(replace(shown, start=tuple(start)), progress=progress) for start in starts.tolist()
    ]
    lowest = reference(shown, every[0]).loss
    if any(_may_be_lost(trace, lowest) for traces in every for trace in traces):
        return None
    tracks = {
        place: _track(shown, land.plane, [traces[i] for traces in every], metrics)
        for i, place in enumerate(places)
    }
    return StartTracks(middle, half, tracks)


def _may_be_lost(trace: Trace, lowest: float) -> bool:
    return trace.status[0] is not Status.EXHAUSTED or not trace.loss.max() <= FAR * max(1, lowest)


def _track(
    experiment: Experiment, plane: Plane, traces: Sequence[Trace], metrics: Sequence[str]
) -> StartTrack:
    """Return one run from any start, by its traces from six."""
    updates, _ = recorded(traces[0])
    keep = thinned(updates, MOST)
    states = [recorded(trace)[1] for trace in traces[:3]]
    x, y = np.moveaxis(_affine([plane.coordinates(path[keep]) for path in states]), -1, 0)
    origin, fit = reference(experiment, traces), followed(experiment)
    curves = []
    for key in metrics:
        read = [values_along(experiment, METRICS[key], origin, trace, MOST) for trace in traces]
        curves.append(StartCurve(read[0][0], _quadratic([values[0] for _, values in read])))
    some = None if fit is None else thinned(updates, FIT_NUMBERS // fit.n_params)
    return StartTrack(
        updates=updates[keep],
        x=x,
        y=y,
        curves=tuple(curves),
        fitted=None if some is None else updates[some],
        fits=None if some is None else _fits(fit, [path[some] for path in states]),
        loss=_quadratic([trace.loss[0, -1] for trace in traces]),
    )


def _fits(fit: Fit | None, states: Sequence[Array]) -> Array:
    assert fit is not None
    return _affine([np.asarray(fits_after(fit, some)) for some in states])


def _affine(values: Sequence[Array]) -> Array:
    """Return the coefficients of 1, u, v of what is known from the first three starts."""
    middle, right, up = values
    return np.stack([middle, right - middle, up - middle])


def _quadratic(values: Sequence[Array]) -> Array:
    """Return the coefficients of 1, u, v, u², uv, v² of what is known from all six."""
    middle, right, up, left, down, both = values
    u, v = (right - left) / 2, (up - down) / 2
    uu, vv = (right + left) / 2 - middle, (up + down) / 2 - middle
    return np.stack([middle, u, v, uu, both - middle - u - v - uu - vv, vv])


# As they travel


def start_offer(
    experiment: Experiment, land: Landscape, places: Sequence[int], looks: Sequence[object]
) -> str:
    """Return a short text that tells apart what would travel, wherever the runs start.

    `looks` tells apart what the picture shows of the runs.
    """
    base = replace(experiment, start=None)
    return digested(["starts", repr(base), list(places), seen_on(land), list(looks)])


def packed_starts(
    told: StartTracks, looks: Sequence[Look | None] = (None,), smooth: float = 0.0
) -> dict[str, Any]:
    """Return runs from all starts as they travel: in full precision, for losses nearly cancel.

    `looks` and `smooth` are those of `packed_slider`.
    """
    return {
        "middle": told.middle.tolist(),
        "half": told.half.tolist(),
        "looks": [None if look is None else look_told(look) for look in looks],
        "raw": look_told(RAW),
        "dashes": DASH_PIXELS,
        "smooth": smooth,
        "runs": [_run(place, track) for place, track in told.tracks.items()],
    }


def _run(place: int, track: StartTrack) -> dict[str, Any]:
    return {
        "place": place,
        "path": counts(track.updates),
        "x": packed(track.x, "f8"),
        "y": packed(track.y, "f8"),
        "curves": [
            {"updates": counts(curve.updates), "value": packed(curve.values, "f8")}
            for curve in track.curves
        ],
        "fitted": None if track.fitted is None else counts(track.fitted),
        "fits": None if track.fits is None else packed(track.fits, "f8"),
        "shape": None if track.fits is None else list(track.fits.shape[2:]),
        "loss": track.loss.tolist(),
    }
