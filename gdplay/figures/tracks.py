"""What a browser plays: where each run stands on the clock, and its fit after each state."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.experiment import Experiment, labels
from gdplay.figures.fits import in_focus, kind, sample, standing
from gdplay.figures.theme import LIGHT, Theme, dash, symbol
from gdplay.fit import Fit
from gdplay.measures import AXES, recorded, thinned
from gdplay.problem import Array, Indices
from gdplay.training import Trace

MAX_COLUMNS = 12
"""Predictions of more columns than this stand still: they are too much to send."""


class Track(NamedTuple):
    """One run's states in time.

    Attributes
    ----------
    place : int
    label : str
        As its traces are named in the figures.
    color, symbol, dash : str
    per_epoch : int
        Updates in an epoch.
    epoch, update : float
        What an epoch, and an update inside one, put on the clock: exact on every axis, because
        only an epoch's last batch can be short.
    updates : ndarray of int, shape (T,)
        The updates after which a state is known; 0 is the start.
    weights : ndarray of shape (T, K, p), or None
        What the picture of the fit is made of after each of them (see `Playback.kind`).
    """

    place: int
    label: str
    color: str
    symbol: str
    dash: str
    per_epoch: int
    epoch: float
    update: float
    updates: Indices
    weights: Array | None

    def at(self, updates: Indices) -> Array:
        """Return where `updates` stand on the clock."""
        epochs, more = np.divmod(updates, self.per_epoch)
        return np.asarray(epochs * self.epoch + more * self.update)


class Playback(NamedTuple):
    """The runs shown on one clock.

    Attributes
    ----------
    along : str
        What the clock counts: a key of AXES.
    tracks : list of Track
    kind : str
        How the picture of the fit follows. "line": weights of 1, x, x², ...; "regions": K scores
        (one: a margin, 0 on the boundary) with weights of 1, x, y, x², xy, y²; "predicted":
        weights of 1 and `rows`. Empty where it shows the end all the time.
    rows : ndarray of shape (m, p - 1), or None
        The rows drawn, as the model sees them.
    focus : int or None
        The run whose decisions tint the regions.
    """

    along: str
    tracks: list[Track]
    kind: str
    rows: Array | None
    focus: int | None


def playback(
    experiment: Experiment,
    traces: Sequence[Trace],
    along: str = "epochs",
    *,
    seconds: Sequence[float] | None = None,
    focus: int | None = None,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
) -> Playback:
    """Return what the browser needs to move the runs of the figures, thinned as their paths are.

    Parameters
    ----------
    along : key of AXES
        What the clock counts.
    seconds : sequence of float, optional
        Seconds per update of each run, for `along="seconds"`.
    focus : int, optional
        As in `fit_view`.
    theme : Theme
    shown : collection of int, optional
        Places of the runs to play; all by default.
    """
    fit = experiment.problem if isinstance(experiment.problem, Fit) else None
    kept = _follows(fit) if fit else ""
    places = standing(traces, shown)
    focus = in_focus(traces, places, focus) if places else None
    if fit and fit.n_classes > 2:  # one picture holds one run
        places = [place for place in places if place == focus]
    tracks = [
        _track(
            experiment, place, trace, along, seconds[place] if seconds else 0.0, theme,
            fit if kept and place in places else None,
        )
        for place, trace in enumerate(traces)
        if shown is None or place in shown
    ]  # fmt: skip
    rows = fit.X[sample(fit.n_samples)] if fit and kept == "predicted" else None
    return Playback(along, tracks, kept, rows, focus)


def _track(
    experiment: Experiment,
    place: int,
    trace: Trace,
    along: str,
    seconds: float,
    theme: Theme,
    fit: Fit | None,
) -> Track:
    """Return one run's track, with weights where its `fit` is to follow."""
    run, n = experiment.runs[place], experiment.problem.n_samples
    updates, states = recorded(trace)
    keep = thinned(updates)
    update, epoch = AXES[along].at(run, n, seconds, np.array([1, run.updates_per_epoch(n)]))
    return Track(
        place=place,
        label=labels(experiment)[place],
        color=theme.run_color(place),
        symbol=symbol(place),
        dash=dash(place),
        per_epoch=run.updates_per_epoch(n),
        epoch=float(epoch),
        update=float(update),
        updates=updates[keep],
        weights=None if fit is None else _weights(fit, states[keep]),
    )


def _follows(fit: Fit) -> str:
    """Return how the picture of a fit can follow, "" where it cannot."""
    found = kind(fit)
    small = fit.features == "linear" and fit.X.shape[1] <= MAX_COLUMNS
    return found if found in ("line", "regions") or (found == "predicted" and small) else ""


def _weights(fit: Fit, states: Array) -> Array:
    """Return the weights of each score in raw columns, (T, n_params) -> (T, K, p).

    Two scores become one margin, how far class 1 is ahead.
    """
    by_score = states.reshape(len(states), -1, fit.X.shape[1] + 1)
    if fit.n_classes == 2 and by_score.shape[1] == 2:
        by_score = by_score[:, 1:] - by_score[:, :1]
    if kind(fit) == "predicted":
        return by_score
    slopes = by_score[..., 1:] * fit.prepared.scale
    bias = by_score[..., 0] - slopes @ fit.prepared.mean
    return np.concatenate([bias[..., None], slopes], axis=-1)
