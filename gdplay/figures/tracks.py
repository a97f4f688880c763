"""What a browser plays: where each run stands on the clock, and its fit after each state."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.revisited import states_after
from gdplay.engine.training import Progress, Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.arrows import MOST, Arrows, arrows_of
from gdplay.figures.curves import along_paths
from gdplay.figures.fits import (
    confusion,
    followed,
    in_focus,
    is_on_plane,
    rows_drawn,
    sample,
    standing,
)
from gdplay.figures.network import Diagram, Net, in_layers, net_of
from gdplay.figures.theme import LIGHT, Theme, dash, symbol
from gdplay.figures.ways import Beside, beside
from gdplay.loss.fit import Fit
from gdplay.loss.models import as_network
from gdplay.theory.input_plane import input_plane
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import AXES, METRICS, lost_at, recorded, reference, thinned

MAX_NUMBERS = 1 << 14
"""So many numbers tell a run's fits, about; where a fit takes many, fewer fits are told."""

FEWEST_FITS = 60

AROUND = 128
"""A close-up holds every update so far before and behind its middle."""


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
    fitted : ndarray of int, shape (F,), or None
        Those of them after which the fit is known.
    fits : ndarray of shape (F, K, p), or None
        What the picture of the fit is made of after each of these (see `Playback.kind`).
    lost : int
        The update from which it counts as lost, or -1.
    loss : float
        The training loss at its end; NaN where it diverged.
    arrows : Arrows or None
        Where it is drawn, where that is to be shown and known.
    beside : bool
        Whether it is a run of the list once more, from a further start: it came whole.
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
    fitted: Indices | None
    fits: Array | Indices | None
    lost: int
    loss: float
    arrows: Arrows | None = None
    beside: bool = False

    @property
    def last(self) -> int:
        """The last update of which a state is known."""
        return int(self.updates[-1])

    @property
    def is_whole(self) -> bool:
        """Whether every state, and every fit that is told, is known."""
        fitted = self.updates if self.fitted is None else self.fitted
        return min(len(self.updates), len(fitted)) > self.last

    @property
    def windows(self) -> range:
        """The windows that hold any update: see `close_ups`."""
        return _windows(self.last)

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
        weights of 1 and `rows`; "confusion": counts, actual class by predicted, of
        a network behind its weights. Empty where there
        is nothing to follow.
    rows : ndarray of shape (m, d), or None
        The rows of predictions drawn, as the model sees them; over regions on a plane their two
        places and their class before that.
    focus : int or None
        The run whose decisions tint the regions.
    drawn : str
        Tells apart what else close-ups show: the states themselves, their plane and values.
    net : Net or None
        The network whose weights the fits are: see `in_layers`.
    diagram : Diagram or None
        How that network is drawn in the large picture, where it is.
    """

    along: str
    tracks: list[Track]
    kind: str
    rows: Array | None
    focus: int | None
    drawn: str = ""
    net: Net | None = None
    diagram: Diagram | None = None


def playback(
    experiment: Experiment,
    traces: Sequence[Trace],
    along: str = "epochs",
    *,
    seconds: Sequence[float] | None = None,
    focus: int | None = None,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
    drawn: str = "",
    arrows: bool = False,
    more: Beside = (),
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
    drawn : str
        Differs where close-ups would, though no track does.
    arrows : bool
        Whether arrows show where runs are drawn.
    more : sequence of experiments with their traces
        The same runs from other starts, which play beside them.
    """
    problem = experiment.problem
    fit = problem if isinstance(problem, Fit) else None
    places = standing(traces, shown) if fit else []
    focus = in_focus(traces, places, focus) if places else None
    if fit and (fit.n_classes > 2 or followed(fit) == "confusion"):  # one picture holds one run
        places = [place for place in places if place == focus]
    tracks = [
        _track(
            experiment, place, trace, along, seconds[place] if seconds else 0.0, theme,
            fit if place in places else None,
        )._replace(arrows=arrows_of(experiment, place, trace) if arrows else None)
        for place, trace in enumerate(traces)
        if shown is None or place in shown
    ]  # fmt: skip
    tracks += _from_more(tracks, more, len(experiment.runs), arrows=arrows)
    follows = followed(fit) if fit else ""
    rows, net = (_rows(fit), net_of(fit)) if fit else (None, None)
    return Playback(along, tracks, follows, rows, focus, drawn, net)


def _track(
    experiment: Experiment,
    place: int,
    trace: Trace,
    along: str,
    seconds: float,
    theme: Theme,
    fit: Fit | None,
) -> Track:
    """Return one run's track, with fits where its `fit` is to follow."""
    run, n = experiment.runs[place], experiment.problem.n_samples
    updates, states = recorded(trace)
    keep = thinned(updates)
    update, epoch = AXES[along].at(run, n, seconds, np.array([1, run.updates_per_epoch(n)]))
    some = keep[thinned(updates[keep], _how_many(fit))] if fit else None
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
        fitted=None if some is None else updates[some],
        fits=None if fit is None or some is None else fits_after(fit, states[some]),
        lost=lost_at(experiment.problem, trace),
        loss=float(trace.loss[0, -1]),
    )


def _rows(fit: Fit) -> Array | None:
    """Return the rows that a browser asks a fit about, if it does."""
    if is_on_plane(fit):
        drawn = rows_drawn(fit)
        raw = fit.data.X[fit.prepared.train_rows[drawn]]
        return np.column_stack([input_plane(fit).places(raw), fit.y[drawn], fit.X[drawn]])
    return fit.X[sample(fit.n_samples)] if followed(fit) == "predicted" else None


def _from_more(tracks: Sequence[Track], more: Beside, n_runs: int, *, arrows: bool) -> list[Track]:
    """Return the tracks of the same runs from further starts."""
    return [
        track._replace(
            place=track.place + (number - 1) * n_runs,
            label=beside(track.label, number),
            updates=np.arange(int(traces[track.place].path_updates[-1]) + 1),
            lost=lost_at(experiment.problem, traces[track.place]),
            loss=float(traces[track.place].loss[0, -1]),
            arrows=_early_arrows(experiment, track.place, traces) if arrows else None,
            beside=True,
        )
        for number, (experiment, traces) in enumerate(more, start=2)
        for track in tracks
    ]


def _early_arrows(experiment: Experiment, place: int, traces: Sequence[Trace]) -> Arrows | None:
    return arrows_of(experiment, place, traces[place], MOST)


def _how_many(fit: Fit) -> int:
    """Return how many fits of a run to tell."""
    counted = followed(fit) == "confusion" and as_network(fit.model) is None
    each = fit.n_classes**2 if counted else fit.n_params
    return max(FEWEST_FITS, MAX_NUMBERS // each)


def fits_after(fit: Fit, states: Array) -> Array | Indices:
    """Return what the picture of the fit is made of, (T, n_params) -> (T, K, p)."""
    network = as_network(fit.model)
    weights = in_layers(network, states, fit.X.shape[1]) if network else None
    if followed(fit) != "confusion":
        return _weights(fit, states) if weights is None else weights
    counts = confusion(fit, states)
    if weights is None:
        return counts
    return np.concatenate([weights, counts.reshape(len(states), 1, -1)], axis=2)


def _weights(fit: Fit, states: Array) -> Array:
    """Return the weights of each score in raw columns, (T, n_params) -> (T, K, p).

    Two scores become one margin, how far class 1 is ahead.
    """
    width = fit.X.shape[1] + 1
    by_score = states.reshape(len(states), fit.n_params // width, width)
    if fit.n_classes == 2 and by_score.shape[1] == 2:
        by_score = by_score[:, 1:] - by_score[:, :1]
    if followed(fit) == "predicted":
        return by_score
    slopes = by_score[..., 1:] * fit.prepared.scale
    bias = by_score[..., 0] - slopes @ fit.prepared.mean
    return np.concatenate([bias[..., None], slopes], axis=-1)


# Every update, for a while


class CloseUp(NamedTuple):
    """Every state of one run for a while: n of them.

    Attributes
    ----------
    place, window : int
        The run's place, and the while: see `close_ups`.
    updates : ndarray of int, shape (n,)
        One behind the other.
    x, y, loss : ndarray of shape (n,)
        Where they stand on the plane, and the true loss there.
    value : ndarray of shape (n,), or None
        What the curves show; None where they do not follow single updates.
    fits : ndarray of shape (n, K, p), or None
        As in `Track`.
    """

    place: int
    window: int
    updates: Indices
    x: Array
    y: Array
    loss: Array
    value: Array | None
    fits: Array | Indices | None


def close_ups(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape | None,
    play: Playback,
    windows: Mapping[int, int],
    metric: str | None = "loss",
    *,
    progress: Progress | None = None,
) -> list[CloseUp]:
    """Return every state of some runs near an update, where their tracks hold only some.

    Parameters
    ----------
    experiment, traces
        As given to and returned by `train`.
    land : Landscape or None
        What the paths are drawn on, if they are.
    play : Playback
        The runs' tracks.
    windows : mapping from place to window
        Window w of a run holds the updates from (w - 1) `AROUND` to (w + 1) `AROUND`, as far as
        there are any: w = update / `AROUND`, rounded, has half of that on either side.
    metric : key of METRICS or None
        What the curves show, as far as they follow single updates.
    progress : callable, optional
        As for `train`. What was not found when it returned False is left out.

    Raises
    ------
    ValueError
        If no such run is played, or it has no update there.
    """
    tracks = {track.place: track for track in play.tracks if not track.beside}
    spans = {}
    for place, window in windows.items():
        if place not in tracks:
            raise ValueError(f"place must be one of {list(tracks)}; got {place}")
        spans[place] = _window(tracks[place].last, window)
    found = _closely(experiment, traces, land, play, spans, metric, progress)
    return [close._replace(window=windows[close.place]) for close in found]


def every_state(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape | None,
    play: Playback,
    metric: str | None = "loss",
) -> list[CloseUp]:
    """Return every state of the runs whose tracks hold only some, from the start to the end.

    Parameters are those of `close_ups`; each answer's window is 0.
    """
    partial = (track for track in play.tracks if not (track.beside or track.is_whole))
    spans = {track.place: np.arange(track.last + 1) for track in partial}
    return _closely(experiment, traces, land, play, spans, metric)


def _closely(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape | None,
    play: Playback,
    spans: Mapping[int, Indices],
    metric: str | None,
    progress: Progress | None = None,
) -> list[CloseUp]:
    """Return the states of some runs after updates that follow each other."""
    tracks = {track.place: track for track in play.tracks if not track.beside}
    wanted = [spans.get(place, np.arange(0)) for place in range(len(experiment.runs))]
    found = states_after(experiment, wanted, progress=progress)
    origin = reference(experiment, traces)
    follows = along_paths(experiment, METRICS[metric]) if metric else None
    fit = experiment.problem if isinstance(experiment.problem, Fit) else None
    result = []
    for place in spans:
        there = np.isfinite(found[place]).all(axis=1)
        updates, states = wanted[place][there], found[place][there]
        with np.errstate(all="ignore"):  # a run that runs away gets very far
            x, y = (land.plane.coordinates(states) if land else np.zeros((len(states), 2))).T
            loss = experiment.problem.loss(states)
            value = follows(experiment.problem, origin, states) if follows else None
        fits = fits_after(fit, states) if fit and tracks[place].fits is not None else None
        result.append(CloseUp(place, 0, updates, x, y, loss, value, fits))
    return result


def _windows(last: int) -> range:
    return range(last // AROUND + 2)


def _window(last: int, window: int) -> Indices:
    """Return the updates of a window of a run, its ends included."""
    if window not in _windows(last):
        raise ValueError(f"window must be from 0 to {_windows(last)[-1]}; got {window}")
    return np.arange(max(0, (window - 1) * AROUND), min(last, (window + 1) * AROUND) + 1)
