"""The pictures of Compare in the player, and the way from there into an update and back."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gdplay import figures
from gdplay.engine.cost import work
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures.compare import Covered, Pictures, ends
from gdplay.loss.fit import Fit
from gdplay.teaching.exercises import FREE
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import AXES, METRICS, without_rows
from gdplay.ui import jobs, problem_controls, state
from gdplay.ui.compare.hand import hand
from gdplay.ui.compare.mending import mended
from gdplay.ui.compare.view import OFF, View
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.player import Moment, clicked, looked_inside, player

PLAYER = "player"


def look_inside() -> None:
    """Open the update that the visitor asked to see, if any."""
    moment = looked_inside(PLAYER)
    if moment is not None:
        state.go("one_update", view=UpdateView(*moment), trip=True)


def came_back() -> Moment | None:
    """Return, once, the update that the visitor comes back from looking at."""
    seen = state.seen()
    if not isinstance(seen, UpdateView) or seen.run is None:
        return None
    return Moment(seen.run, seen.update or 1)


def play(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    made: Pictures | Covered,
) -> None:
    """Draw the surface, the curves and the fit in the player."""
    names = [labels(experiment)[place] for place in view.shown(len(experiment.runs))]
    told = ", ".join(names) or "no run"
    problem, covered = experiment.problem, made.play is None
    drawn = " and ".join(
        without_rows(METRICS[metric].title, problem) for metric in view.metrics(experiment)
    )
    loss = without_rows("training loss", problem)
    closer = None
    if made.play is not None:
        closer = partial(close_ups, experiment, view, traces, land, made.play.play)
    player(
        made.panels,
        key=PLAYER,
        revisions=_revisions(experiment, view, land, covered=covered),
        labels={
            "surface": f"The {loss} over {' and '.join(land.plane.names)}, with the paths "
            f"of {'no run' if covered else told}",
            "curves": f"{drawn} against {AXES[view.along].title} of {told}",
            "fit": f"The fits of {told} on the data",
        },
        on_start=_start_here(land) if view.state("data") == FREE else None,
        play=made.play,
        closer=closer,
        position=came_back() or _result(experiment, view, traces),
        inside=not covered,
        opened=state.opened(),
        # What follows a hand would tell what is to be predicted next.
        hand=hand(experiment, view, traces, land) if view.asks == OFF else None,
    )  # fmt: skip


def _result(experiment: Experiment, view: View, traces: Sequence[Trace]) -> Moment | None:
    """Return, once, the end of the runs that the visitor just had mended."""
    places = view.shown(len(traces))
    if not mended() or not places:
        return None
    last = max(places, key=lambda place: experiment.runs[place].epochs or experiment.epochs)
    return Moment(last, int(traces[last].updates[-1]))


def _start_here(land: Landscape) -> Callable[[], None]:
    return lambda: problem_controls.start_here(clicked(PLAYER), land.plane)


def _revisions(
    experiment: Experiment, view: View, land: Landscape, *, covered: bool
) -> dict[str, str]:
    """Return what panels are about: camera and zoom stay until it changes."""
    problem = experiment.problem
    source: Any = problem.dataset if isinstance(problem, Fit) else problem
    data = repr(source)
    metrics, log_x = view.metrics(experiment), view.spreads(experiment)
    return {
        "surface": f"{source.key} {view.ground} {land.plane.names}",
        "curves": f"{data} {metrics} {view.along} {view.log} {log_x}{' covered' * covered}",
        "fit": data,
    }


def close_ups(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape | None,
    play: figures.Playback,
    windows: dict[int, int],
) -> list[figures.CloseUp]:
    """Return every state of some runs for a while, found once for all who hold the clock there."""
    # A browser may ask for anything.
    there = {track.place: track.windows for track in play.tracks if not track.beside}
    # A smoothed line is read off the whole curve, not off a while of it.
    metric = None if view.smooth else view.metrics(experiment)[0]
    windows = {place: w for place, w in windows.items() if w in there.get(place, ())}
    if not windows:
        return []
    found = jobs.aside(
        repr((experiment, view, ends(traces), windows)),
        work(experiment).seconds,
        lambda progress: figures.close_ups(
            experiment, traces, land, play, windows, metric, progress=progress
        ),
        name="close-up",
        of=experiment,
    )
    return found or []
