"""Runs at every option of a slider: what a picture needs to follow a hand that drags it.

All of it comes from one training of every run at every option side by side, or of every run for
the most epochs that there are, and is read off its traces by the functions that draw the pictures
themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine import cost
from gdplay.engine.pace import seconds_per_loss
from gdplay.engine.training import MAX_EPOCHS, Progress, Status, Trace, train, until
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.figures.curves import values_along
from gdplay.figures.fits import kind
from gdplay.figures.sliders import EPOCHS, Slider, run_at
from gdplay.figures.tracks import fits_after
from gdplay.figures.ways import REACH, Path, in_reach, under, way_of
from gdplay.loss.fit import Fit
from gdplay.memory import remembered
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import (
    METRICS,
    Metric,
    Reference,
    affordable,
    lost_at,
    recorded,
    reference,
    thinned,
)

ROOM = 250_000
"""So many bytes tell a browser all options, at most."""

FEWEST, USUAL, MOST = 24, 60, 500
"""So many states of a path are told, by the room there is; with fewer it is not offered."""

FIT_NUMBERS = 48
"""So many numbers tell a run's fits at an option, about, and half as many of runs and options that
are `MANY` together; larger fits do not follow."""

MANY = 200

MOST_TRACKS = 500
"""So many runs times options follow, at most."""

SECONDS = 0.9
"""What is estimated to take longer on a small server is not offered."""

NUDGE = 1e-13
"""So far apart start runs to see whether rounding decides where they end: ten times what a hundred
updates gather. A tenth of it misses some whose sums differ, ten times it holds back some too many.
"""

SURE = 1e-4
"""A last loss is told where those two agree so far, relatively: better than it is written."""

DOUBLES = 6_000_000
"""Nor is what holds more numbers while it is made: 48 MB."""

STATE_BYTES = 6
VALUE_BYTES = 2
TRACK_BYTES = 24
BASE64 = 4 / 3


class Values(NamedTuple):
    """What a curve shows after some updates, both of shape (T,)."""

    updates: Indices
    values: Array


class Fits(NamedTuple):
    """Fits (F, K, p) after some updates (F,): see `Playback.kind`."""

    updates: Indices
    fits: Array | Indices


class SliderTrack(NamedTuple):
    """One run at one option.

    Attributes
    ----------
    path : Path
        As far as it is drawn.
    curves : tuple of Values
        For each metric shown.
    fits : Fits or None
        None where it diverged, or fits do not follow.
    last : int
        The last update of which a state is known.
    lost : int
        The update from which it counts as lost, or -1.
    loss : float
        The training loss after the last update; NaN where it diverged, or where rounding decides.
    """

    path: Path
    curves: tuple[Values, ...]
    fits: Fits | None
    last: int
    lost: int
    loss: float


class SliderTracks(NamedTuple):
    """Some runs at some options: `tracks[place][i]` is the run at `place` at `options[i]`."""

    options: tuple[float, ...]
    tracks: dict[int, list[SliderTrack]]


def swept(experiment: Experiment, slider: Slider) -> Experiment:
    """Return the experiment of a slider's runs at all that it offers: run after run.

    Of epochs the most alone: fewer are a part of it.
    """
    field, places, options = slider
    runs = [experiment.runs[place] for place in places]
    if field == EPOCHS:
        return replace(experiment, epochs=int(options[-1]), runs=tuple(runs))
    there = tuple(run_at(run, field, value) for run in runs for value in options)
    return replace(experiment, runs=there)


def twinned(experiment: Experiment, slider: Slider) -> Experiment:
    """Return the experiment that is trained for that: on data every run has a twin, all after all.

    Sums over rows are added in another order for runs beside each other than for one alone.
    """
    every = swept(experiment, slider)
    return replace(every, runs=2 * every.runs) if isinstance(every.problem, Fit) else every


def _traces(
    experiment: Experiment, slider: Slider, progress: Progress | None
) -> tuple[list[Trace], list[bool]]:
    """Return the traces of a slider's runs at all options, run after run, and whether each is sure.

    Twins start apart by their last digits. Where both end alike, so does the run alone; where they
    part, rounding decides.
    """
    both, start = twinned(experiment, slider), start_of(experiment)
    n_runs = len(swept(experiment, slider).runs)
    moved = np.zeros((len(both.runs), len(start)))
    moved[n_runs:] = NUDGE * np.maximum(1, np.abs(start)) * np.cos(np.arange(1, len(start) + 1))
    found = train(both, progress=progress, moved=moved)
    own, twins = (_at_options(part, slider) for part in (found[:n_runs], found[n_runs:]))
    return own, list(map(_end_alike, own, twins or own))


def _at_options(traces: Sequence[Trace], slider: Slider) -> list[Trace]:
    """Return traces at each option; of epochs cut out of those for the most."""
    if slider.field != EPOCHS:
        return list(traces)
    return [until(trace, int(epochs)) for trace in traces for epochs in slider.options]


def _end_alike(trace: Trace, twin: Trace) -> bool:
    """Whether two runs end at losses that are told alike."""
    losses = trace.loss[0, -1], twin.loss[0, -1]
    return bool(np.isclose(*losses, rtol=SURE, atol=0))


def follows(experiment: Experiment, slider: Slider, n_metrics: int = 1) -> bool:
    """Whether a picture of a slider's runs can follow a hand: quickly made, and little to tell."""
    field, places, options = slider
    if experiment.n_seeds > 1 or not 0 < len(places) * len(options) <= MOST_TRACKS:
        return False
    if field == EPOCHS and not _is_part(experiment, slider):
        return False
    # The same wherever the slider stands.
    return _quick(slider.at(experiment, options[0]), slider, n_metrics)


def _is_part(experiment: Experiment, slider: Slider) -> bool:
    """Whether what runs do in fewer epochs is a part of what they do in the most."""
    n, most = experiment.problem.n_samples, int(slider.options[-1])
    if experiment.tol or most > MAX_EPOCHS:
        return False
    runs = [experiment.runs[place] for place in slider.places]
    return all(run.epochs is None and _keeps_time(run, n, most) for run in runs)


def _keeps_time(run: Run, n_samples: int, epochs: int) -> bool:
    """Whether a run's rate at an update is the same however long the run."""
    most = epochs * run.updates_per_epoch(n_samples)
    last = max(1, most // 2)
    longer, shorter = (run.schedule.factors(n, last - 1, last) for n in (most, last))
    return bool(longer == shorter)


@remembered(256)
def _quick(experiment: Experiment, slider: Slider, n_metrics: int) -> bool:
    """Return whether runs at all options are trained and told quickly enough to follow a hand."""
    work = cost.work(twinned(experiment, slider))
    n_tracks = len(slider.places) * len(slider.options)
    told = _room(experiment, n_tracks) / n_tracks / _state_bytes(n_metrics)
    # Heights, and of several losses two are worked out, the others were noted.
    read = n_tracks * min(told, USUAL) * (1 + min(n_metrics, 2))
    seconds = work.seconds + read * seconds_per_loss(experiment.problem)
    return told >= FEWEST and seconds <= SECONDS and work.doubles <= DOUBLES


def _room(experiment: Experiment, n_tracks: int) -> float:
    """Return the bytes that so many tracks leave for states: numbers and fits take some."""
    fits = 4 * _fit_numbers(n_tracks) if followed(experiment) else 0
    return 0.95 * (ROOM / BASE64 - n_tracks * (TRACK_BYTES + fits))


def _state_bytes(n_metrics: int) -> int:
    return STATE_BYTES + VALUE_BYTES * n_metrics


def _fit_numbers(n_tracks: int) -> int:
    return FIT_NUMBERS if n_tracks <= MANY else FIT_NUMBERS // 2


def slider_tracks(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    slider: Slider,
    metrics: Sequence[str] = ("loss",),
    *,
    scene: bool = True,
    progress: Progress | None = None,
) -> SliderTracks:
    """Return what a slider's runs do at each option, on the plane and under the metric shown.

    Parameters
    ----------
    experiment, traces
        As given to and returned by `train`; what other runs do stays as it is.
    land : Landscape
        What the paths are drawn on.
    slider : Slider
        What moves, and to what.
    metrics : keys of METRICS
        What the curves show.
    scene : bool
        Whether paths are drawn in three dimensions, which they leave at the top.
    progress : callable, optional
        As for `train`.
    """
    _, places, options = slider
    (found, sure), names = _traces(experiment, slider, progress), labels(experiment)
    most, numbers = _most(experiment, found, len(metrics)), _fit_numbers(len(found))
    ceiling = _ceiling(land) if scene else np.inf
    tracks: dict[int, list[SliderTrack]] = {place: [] for place in places}
    for i in range(len(options)):
        there = list(traces)
        for line, place in enumerate(places):
            there[place] = found[line * len(options) + i]
        origin = reference(experiment, there)
        for place in places:
            way = way_of(experiment.problem, there[place], land, place, names[place], most)
            path = in_reach(way, land)
            path = under(path, ceiling) if scene else path
            curves = [
                _curve(experiment, METRICS[key], origin, there[place], way, most) for key in metrics
            ]
            track = _track(experiment, there[place], path, curves, numbers)
            if not sure[line * len(options) + i]:
                track = track._replace(loss=float("nan"))
            tracks[place].append(track)
    return SliderTracks(options, tracks)


def _most(experiment: Experiment, traces: Sequence[Trace], n_metrics: int) -> int:
    """Return how many states of a path there is room for beside so many curves."""
    each, room = _state_bytes(n_metrics), _room(experiment, len(traces))
    lengths = np.array([len(trace.path) for trace in traces])
    lost = np.array([trace.status[0] is Status.DIVERGED for trace in traces])
    for most in range(MOST, FEWEST, -4):
        told = np.minimum(lengths, most)
        # Runs that got through share their updates; others have their own, twice.
        own = 4 * told[lost].sum() + 4 * most * len(experiment.runs)
        if told.sum() * each + own <= room:
            return most
    return FEWEST


def _ceiling(land: Landscape) -> float:
    low, high = land.heights
    return low + REACH * (high - low)


def _track(
    experiment: Experiment, trace: Trace, path: Path, curves: Sequence[Values], n_numbers: int
) -> SliderTrack:
    lost = trace.status[0] is Status.DIVERGED
    return SliderTrack(
        path=path,
        curves=tuple(curves),
        fits=None if lost else _fits(experiment, trace, n_numbers),
        last=int(recorded(trace)[0][-1]),
        lost=lost_at(experiment.problem, trace),
        loss=float("nan") if lost else float(trace.loss[0, -1]),
    )


def _curve(
    experiment: Experiment, metric: Metric, origin: Reference, trace: Trace, way: Path, most: int
) -> Values:
    """Return what a curve shows; the heights of a whole path are its training loss already."""
    if metric is METRICS["loss"] and way.arrived and affordable(experiment.problem, most) == most:
        return Values(way.update.astype(int), way.loss)
    with np.errstate(all="ignore"):
        at, values = values_along(experiment, metric, origin, trace, most)
    return Values(at, values[0])


def followed(experiment: Experiment) -> Fit | None:
    """Return the fit whose picture follows, None where none does."""
    fit = experiment.problem
    if not isinstance(fit, Fit) or kind(fit) == "confusion" or not fit.model.convex:
        return None
    return fit if 4 * fit.n_params <= FIT_NUMBERS else None


def _fits(experiment: Experiment, trace: Trace, n_numbers: int) -> Fits | None:
    fit, (updates, states) = followed(experiment), recorded(trace)
    if fit is None:
        return None
    keep = thinned(updates, max(4, n_numbers // fit.n_params))
    return Fits(updates[keep], fits_after(fit, states[keep]))
