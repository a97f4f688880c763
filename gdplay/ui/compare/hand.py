"""What follows a hand on Compare: the runs that each slider of a rate drives, at all its rates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from gdplay.engine.cost import work
from gdplay.engine.training import Progress, Status, Trace
from gdplay.experiment import Experiment, start_of
from gdplay.figures import rate_tracks
from gdplay.figures.curves import CEILING
from gdplay.figures.packing import digested
from gdplay.figures.rate_packing import packed_rates
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import Landscape
from gdplay.theory.limits import rate_options
from gdplay.ui import jobs
from gdplay.ui.compare.view import View
from gdplay.ui.player.wire import Hand

ALL = -1
"""In place of a run's: all runs."""


def whose(experiment: Experiment, view: View) -> int:
    """Return the place of the run whose rate the slider moves, or `ALL`."""
    alike = len({run.optimizer.lr for run in experiment.runs}) == 1
    return ALL if view.together and alike else min(view.rated, len(experiment.runs) - 1)


def slider(place: int) -> str:
    """Return the name of the slider that moves one run's rate, or that of all."""
    return "rate" if place == ALL else f"run{place}.lr"


class Reach(NamedTuple):
    """What one slider changes in the picture: the runs at `places`, to each of `rates`."""

    places: tuple[int, ...]
    rates: tuple[float, ...]


def sliders(experiment: Experiment, view: View) -> dict[str, Reach]:
    """Return the slider of rates on the page, with the runs shown that it moves."""
    place, shown = whose(experiment, view), view.shown(len(experiment.runs))
    places = shown if place == ALL else tuple({place} & set(shown))
    if not places:
        return {}
    lr, limit = experiment.runs[places[0]].optimizer.lr, curvature(experiment.problem).limit
    return {slider(place): Reach(places, tuple(rate_options(lr, limit)))}


def hand(
    experiment: Experiment, view: View, traces: Sequence[Trace], land: Landscape
) -> Hand | None:
    """Return what can follow a hand; None where nothing can be made quickly and told in short."""
    if any(Status.CANCELLED in trace.status for trace in traces):
        return None
    there = {
        name: reach
        for name, reach in sliders(experiment, view).items()
        if rate_tracks.follows(experiment, reach.places, reach.rates)
    }
    if not there:
        return None
    offers = {name: _offer(experiment, view, land, reach) for name, reach in there.items()}
    values = {name: experiment.runs[there[name].places[0]].optimizer.lr for name in there}
    return Hand(offers, values, partial(_tell, experiment, view, traces, land, there, offers))


def _offer(experiment: Experiment, view: View, land: Landscape, reach: Reach) -> str:
    """Return what tells apart what is told: at whatever rate the slider stands, it is the same."""
    base = rate_tracks.at_rate(experiment, reach.places, reach.rates[0])
    plane = land.plane
    numbers = [plane.origin, plane.axes, plane.dual, land.x[[0, -1]], land.y[[0, -1]]]
    looks = [view.metric, view.log, view.ground]
    return digested([repr(base), reach, [part.tolist() for part in numbers], looks])


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

    def compute(progress: Progress) -> dict[str, Any]:
        tracks = rate_tracks.rate_tracks(
            experiment, traces, land, places, rates, view.metric,
            scene=view.ground == "3d", progress=progress,
        )  # fmt: skip
        return packed_rates(tracks, log=view.log, ceiling=10 * CEILING[view.log] * abs(start))

    seconds = work(rate_tracks.swept(experiment, places, rates)).seconds
    return jobs.aside(offers[name], seconds, compute, name="rates")
