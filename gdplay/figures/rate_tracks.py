"""Runs at every rate of a slider: what a picture needs to follow a hand that drags it.

All of it comes from one training of every run at every rate side by side, and is read off its
traces by the functions that draw the pictures themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine import cost
from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.figures.curves import values_along
from gdplay.figures.fits import kind
from gdplay.figures.paths import REACH, Path, paths, under
from gdplay.figures.tracks import fits_after
from gdplay.loss.fit import Fit
from gdplay.memory import remembered
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import Landscape
from gdplay.theory.limits import rate_options
from gdplay.theory.measures import METRICS, Reference, recorded, reference, thinned

ROOM = 250_000
"""So many bytes tell a browser all rates, at most."""

FEWEST, MOST = 60, 500
"""So many states of a path are told, by the room there is; with fewer it is not offered."""

FIT_NUMBERS = 48
"""So many numbers tell a run's fits at a rate, about; larger fits do not follow."""

SECONDS = 0.7
"""What is estimated to take longer on a small server is not offered."""

DOUBLES = 2_000_000
"""Nor is what holds more numbers while it is made: 16 MB."""

STATE_BYTES = 6
VALUE_BYTES = 2
BASE64 = 4 / 3


class Values(NamedTuple):
    """What a curve shows after some updates, both of shape (T,)."""

    updates: Indices
    values: Array


class Fits(NamedTuple):
    """Fits (F, K, p) after some updates (F,): see `Playback.kind`."""

    updates: Indices
    fits: Array | Indices


class RateTrack(NamedTuple):
    """One run at one rate.

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
        The update at which divergence was seen, or -1.
    loss : float
        The training loss after the last update; NaN where it diverged.
    """

    path: Path
    curves: tuple[Values, ...]
    fits: Fits | None
    last: int
    lost: int
    loss: float


class RateTracks(NamedTuple):
    """Some runs at some rates: `tracks[place][i]` is the run at `place` at `rates[i]`."""

    rates: tuple[float, ...]
    tracks: dict[int, list[RateTrack]]


class Reach(NamedTuple):
    """What one slider changes in a picture: the runs at `places`, to each of `rates`."""

    places: tuple[int, ...]
    rates: tuple[float, ...]


def reach(experiment: Experiment, places: Sequence[int]) -> Reach:
    """Return what the slider changes that stands at the rate of the first of some runs."""
    rate = experiment.runs[places[0]].optimizer.lr
    return Reach(tuple(places), tuple(rate_options(rate, curvature(experiment.problem).limit)))


def alike(experiment: Experiment) -> bool:
    """Whether one slider can move all runs: they have one rate."""
    return len({run.optimizer.lr for run in experiment.runs}) == 1


def at_rate(experiment: Experiment, places: Sequence[int], rate: float) -> Experiment:
    """Return the experiment with another rate for the runs at some places."""
    runs = tuple(
        _at(run, rate) if place in places else run for place, run in enumerate(experiment.runs)
    )
    return replace(experiment, runs=runs)


def _at(run: Run, rate: float) -> Run:
    return replace(run, optimizer=replace(run.optimizer, lr=rate))


def swept(experiment: Experiment, places: Sequence[int], rates: Sequence[float]) -> Experiment:
    """Return the experiment of these runs at all rates: run after run, rate after rate."""
    runs = tuple(_at(experiment.runs[place], rate) for place in places for rate in rates)
    return replace(experiment, runs=runs)


def follows(
    experiment: Experiment, places: Sequence[int], rates: Sequence[float], n_metrics: int = 1
) -> bool:
    """Whether a picture of these runs can follow a hand: quickly made, and little to tell."""
    states = len(places) * len(rates) * FEWEST
    beside = BASE64 * states * VALUE_BYTES * (n_metrics - 1)
    if experiment.n_seeds > 1 or not places or states > 500 * FEWEST or beside > 0.3 * ROOM:
        return False
    # The same at whatever rate the slider stands.
    return _quick(at_rate(experiment, places, rates[0]), tuple(places), tuple(rates))


@remembered(256)
def _quick(experiment: Experiment, places: tuple[int, ...], rates: tuple[float, ...]) -> bool:
    """Return whether runs at all rates are trained and told quickly enough to follow a hand."""
    work = cost.work(swept(experiment, places, rates))
    states = len(places) * len(rates) * FEWEST
    seconds = work.seconds + 2 * states * cost.seconds_per_loss(experiment.problem)
    told = BASE64 * states * (STATE_BYTES + VALUE_BYTES)
    return seconds <= SECONDS and work.doubles <= DOUBLES and told <= ROOM / 2


def rate_tracks(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    places: Sequence[int],
    rates: Sequence[float],
    metrics: Sequence[str] = ("loss",),
    *,
    scene: bool = True,
    progress: Progress | None = None,
) -> RateTracks:
    """Return what these runs do at each rate, on the plane and under the metric that are shown.

    Parameters
    ----------
    experiment, traces
        As given to and returned by `train`; what other runs do stays as it is.
    land : Landscape
        What the paths are drawn on.
    places : sequence of int
        The runs that one slider drives.
    rates : sequence of float
        What it offers.
    metrics : keys of METRICS
        What the curves show.
    scene : bool
        Whether paths are drawn in three dimensions, which they leave at the top.
    progress : callable, optional
        As for `train`.
    """
    found = train(swept(experiment, places, rates), progress=progress)
    most = _most(experiment, found, len(metrics))
    tracks: dict[int, list[RateTrack]] = {place: [] for place in places}
    for i, rate in enumerate(rates):
        there = list(traces)
        for line, place in enumerate(places):
            there[place] = found[line * len(rates) + i]
        here = at_rate(experiment, places, rate)
        drawn = {path.place: path for path in paths(here, there, land, places, most)}
        origin = reference(here, there)
        for place in places:
            path = under(drawn[place], _ceiling(land)) if scene else drawn[place]
            tracks[place].append(_track(here, there[place], path, origin, metrics, most))
    return RateTracks(tuple(rates), tracks)


def _most(experiment: Experiment, traces: Sequence[Trace], n_metrics: int) -> int:
    """Return how many states of a path there is room for beside so many curves."""
    each = STATE_BYTES + VALUE_BYTES * n_metrics
    lengths = np.array([len(trace.path) for trace in traces])
    lost = np.array([trace.status[0] is Status.DIVERGED for trace in traces])
    n_fits = len(traces) * FIT_NUMBERS if _followed(experiment) else 0
    room = 0.95 * (ROOM / BASE64 - 24 * len(traces) - 4 * n_fits)
    for most in range(MOST, FEWEST, -10):
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
    experiment: Experiment,
    trace: Trace,
    path: Path,
    origin: Reference,
    metrics: Sequence[str],
    most: int,
) -> RateTrack:
    updates, states = recorded(trace)
    with np.errstate(all="ignore"):
        read = [values_along(experiment, METRICS[key], origin, trace, most) for key in metrics]
    lost = trace.status[0] is Status.DIVERGED
    fit = _followed(experiment)
    return RateTrack(
        path=path,
        curves=tuple(Values(at, values[0]) for at, values in read),
        fits=None if fit is None or lost else _fits(fit, updates, states),
        last=int(updates[-1]),
        lost=trace.diverged_at[0],
        loss=float("nan") if lost else float(trace.loss[0, -1]),
    )


def _followed(experiment: Experiment) -> Fit | None:
    """Return the fit whose picture follows, None where none does."""
    fit = experiment.problem
    small = isinstance(fit, Fit) and 4 * fit.n_params <= FIT_NUMBERS
    return fit if small and kind(fit) != "confusion" else None  # type: ignore[arg-type, return-value]


def _fits(fit: Fit, updates: Indices, states: Array) -> Fits:
    keep = thinned(updates, FIT_NUMBERS // fit.n_params)
    return Fits(updates[keep], fits_after(fit, states[keep]))
