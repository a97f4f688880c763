"""What follows a hand on Compare: the runs that each slider of a rate drives, at all its rates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gdplay.engine.cost import work
from gdplay.engine.training import Progress, Status, Trace
from gdplay.experiment import Experiment, start_of
from gdplay.figures import rate_tracks
from gdplay.figures.convergence import CEILING, looks_of
from gdplay.figures.rate_packing import offer, packed_rates
from gdplay.figures.rate_tracks import Reach
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs
from gdplay.ui.compare.view import View
from gdplay.ui.player.wire import Hand

ALL = -1
"""In place of a run's: all runs."""


def whose(experiment: Experiment, view: View) -> int:
    """Return the place of the run whose rate the slider moves, or `ALL`."""
    if view.together and rate_tracks.alike(experiment):
        return ALL
    return min(view.rated, len(experiment.runs) - 1)


def slider(place: int) -> str:
    """Return the name of the slider that moves one run's rate, or that of all."""
    return "rate" if place == ALL else f"run{place}.lr"


def hand(
    experiment: Experiment, view: View, traces: Sequence[Trace], land: Landscape
) -> Hand | None:
    """Return what can follow a hand; None where nothing can be made quickly and told in short."""
    if any(Status.CANCELLED in trace.status for trace in traces):
        return None
    shown = view.shown(len(experiment.runs))
    place = whose(experiment, view)
    places = tuple(shown) if place == ALL else tuple({place} & set(shown))
    if not places:
        return None
    reach = rate_tracks.reach(experiment, places)
    if not rate_tracks.follows(experiment, *reach, len(view.metrics(experiment))):
        return None
    there = {slider(place): reach}
    looks = [view.metrics(experiment), view.smooth, view.log, view.ground]
    offers = {name: offer(experiment, land, *reach, looks) for name, reach in there.items()}
    values = {name: experiment.runs[there[name].places[0]].optimizer.lr for name in there}
    return Hand(offers, values, partial(_tell, experiment, view, traces, land, there, offers))


def _tell(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    there: Mapping[str, Reach],
    offers: Mapping[str, str],
    name: str,
) -> dict[str, Any] | None:
    """Return what follows one slider, made once for all visitors who hold the same."""
    places, rates = there[name]
    start = float(experiment.problem.loss(start_of(experiment)))
    metrics = view.metrics(experiment)

    def compute(progress: Progress) -> dict[str, Any]:
        tracks = rate_tracks.rate_tracks(
            experiment, traces, land, places, rates, metrics,
            scene=view.ground == "3d", progress=progress,
        )  # fmt: skip
        return packed_rates(
            tracks, log=view.log, ceiling=10 * CEILING[view.log] * abs(start),
            looks=looks_of(metrics), smooth=view.smooth,
        )  # fmt: skip

    seconds = work(rate_tracks.swept(experiment, places, rates)).seconds
    return jobs.aside(offers[name], seconds, compute, name="rates", of=experiment)
