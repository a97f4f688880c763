"""What follows a hand on Compare: the runs that the slider drives, at all that it offers."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from gdplay.engine.cost import work
from gdplay.engine.training import Progress, Status, Trace
from gdplay.experiment import Experiment, start_of
from gdplay.figures import slider_tracks
from gdplay.figures.convergence import CEILING, looks_of
from gdplay.figures.slider_packing import offer, packed_slider
from gdplay.figures.sliders import EPOCHS, RATE, Slider, alike, decays, slider, value_of
from gdplay.figures.start_tracks import packed_starts, start_offer, start_tracks, starts_follow
from gdplay.teaching.exercises import FREE
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import METRICS
from gdplay.ui import jobs
from gdplay.ui.compare.view import View
from gdplay.ui.player.wire import Hand

ALL = -1
"""In place of a run's: all runs."""

START = "start"
"""The name under which the start on a map is held."""

Held = tuple[str, int]
"""A field that the slider moves, and the place of its run or `ALL`."""


def held(experiment: Experiment, view: View) -> Held:
    """Return what the slider moves, and whose that is."""
    place = min(view.rated, len(experiment.runs) - 1)
    if view.moves == EPOCHS:
        return EPOCHS, ALL
    if view.moves in decays(experiment.runs[place].optimizer):
        return view.moves, place
    return RATE, ALL if view.together and alike(experiment) else place


def name_of(field: str, place: int) -> str:
    """Return the name of the slider that moves a field of a run, or of all."""
    if place == ALL:
        return "rate" if field == RATE else field
    return f"run{place}.{field}"


def hand(
    experiment: Experiment, view: View, traces: Sequence[Trace], land: Landscape
) -> Hand | None:
    """Return what can follow a hand; None where nothing can be made quickly and told in short."""
    if any(Status.CANCELLED in trace.status for trace in traces):
        return None
    shown, metrics = view.shown(len(experiment.runs)), view.metrics(experiment)
    if any(METRICS[metric].costly for metric in metrics):
        return None
    field, place = held(experiment, view)
    places = tuple(shown) if place == ALL else tuple({place} & set(shown))
    looks = [looks_of(metrics, len(shown)), metrics, view.smooth, view.log, view.ground]
    offers, tells, values = {}, {}, {}
    if places:
        moving, name = slider(experiment, field, places), name_of(field, place)
        if slider_tracks.follows(experiment, moving, len(metrics)):
            about = offers[name] = offer(experiment, land, moving, looks)
            values[name] = value_of(experiment, field, places)
            tells[name] = partial(_tell, experiment, view, traces, land, moving, about)
    if (
        view.ground == "map"
        and view.state("data") == FREE
        and starts_follow(experiment, shown, metrics)
    ):
        about = offers[START] = start_offer(experiment, land, shown, looks)
        tells[START] = partial(_tell_starts, experiment, view, land, about)
    return Hand(offers, values, lambda name: tells[name]()) if offers else None


def _tell(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    moving: Slider,
    about: str,
) -> dict[str, Any] | None:
    """Return what follows the slider, made once for all visitors who hold the same."""
    start = float(experiment.problem.loss(start_of(experiment)))
    shown, metrics = view.shown(len(experiment.runs)), view.metrics(experiment)

    def compute(progress: Progress) -> dict[str, Any]:
        tracks = slider_tracks.slider_tracks(
            experiment, traces, land, moving, metrics,
            scene=view.ground == "3d", progress=progress,
        )  # fmt: skip
        return {"rates": packed_slider(
            tracks, log=view.log, ceiling=10 * CEILING[view.log] * abs(start),
            looks=looks_of(metrics, len(shown)), smooth=view.smooth, ends=moving.field == EPOCHS,
        )}  # fmt: skip

    seconds = work(slider_tracks.twinned(experiment, moving)).seconds
    return jobs.aside(about, seconds, compute, name="rates", of=experiment)


def _tell_starts(
    experiment: Experiment, view: View, land: Landscape, about: str
) -> dict[str, Any] | None:
    """Return what follows the start, made once for all visitors who look at the same."""
    shown, metrics = view.shown(len(experiment.runs)), view.metrics(experiment)

    def compute(progress: Progress) -> dict[str, Any]:
        tracks = start_tracks(experiment, land, shown, metrics, progress=progress)
        if tracks is None:
            return {}
        return {"starts": packed_starts(tracks, looks_of(metrics, len(shown)), view.smooth)}

    seconds = 6 * work(experiment).seconds
    return jobs.aside(about, seconds, compute, name="starts", of=experiment)
