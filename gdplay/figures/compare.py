"""What Compare and Network draw and say of an experiment, as it travels to the browser."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from gdplay.engine.training import Trace, by_start
from gdplay.experiment import Experiment
from gdplay.figures.convergence import convergence
from gdplay.figures.fits import fit_view, in_focus, standing
from gdplay.figures.network import diagram, network_view
from gdplay.figures.packing import Picture, Played, picture, played
from gdplay.figures.paths import contour, surface
from gdplay.figures.predict import blank
from gdplay.figures.theme import Theme, empty
from gdplay.figures.tracks import playback
from gdplay.loss.fit import Fit
from gdplay.loss.models import as_network
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.narrate import narrate
from gdplay.teaching.starts import counted
from gdplay.teaching.verdicts import Line
from gdplay.theory.landscape import Landscape


class Pictures(NamedTuple):
    """What is drawn: the player's pictures by panel, and what it plays."""

    panels: dict[str, Picture]
    play: Played


def ends(traces: Sequence[Trace]) -> list[int]:
    """Return the last update recorded of each run: stopped training has others."""
    return [int(trace.path_updates[-1]) for trace in traces]


def pictures(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    ground: str,
    plane: str,
    metrics: Sequence[str],
    along: str,
    log: bool,
    log_x: bool,
    smooth: float,
    focus: int | None,
    shown: Collection[int],
    seconds: Sequence[float] | None,
    theme: Theme,
    expected: Sequence[Line] = (),
    arrows: bool = False,
    bends: Sharpness | None = None,
) -> Pictures:
    """Return what to draw; `land` is that of the plane, the rest as in a view of Compare.

    `seconds` holds the measured seconds per update of each run where `along` counts them, and
    `expected` what was drawn before the curves were shown. `arrows` show what draws held runs, and
    `bends` is the sharpness along the paths where that is to be drawn. Where an experiment has
    several starts, all are drawn.
    """
    every, problem = repr((experiment, ends(traces))), experiment.problem
    (experiment, traces), *more = by_start(experiment, traces)
    looks: dict[str, Any] = {"theme": theme, "shown": shown}
    draw = surface if ground == "3d" else contour
    panels = {
        "surface": draw(experiment, traces, land, more=more, **looks),
        "curves": convergence(
            experiment, traces, metrics, along, log=log, log_x=log_x, smooth=smooth,
            seconds=seconds, expected=expected, bends=bends, more=more,
            brief=isinstance(problem, Fit) and as_network(problem.model) is not None, **looks,
        ),
    }  # fmt: skip
    if isinstance(problem, Fit):
        panels["fit"] = fit_view(experiment, traces, focus=focus, **looks)
    play = playback(
        experiment, traces, along, seconds=seconds, focus=focus,
        drawn=repr((every, plane, metrics, smooth)), arrows=arrows, more=more, **looks,
    )  # fmt: skip
    travelling = {name: picture(figure) for name, figure in panels.items()}
    return Pictures(travelling, played(play))


def words(
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    along: str,
    shown: Collection[int],
    seconds: Sequence[float] | None,
    bends: Sharpness | None = None,
    before: Sequence[str] = (),
) -> str:
    """Return what the runs did, in Markdown, after what is to be said `before`.

    The rest is as for `pictures`, which need not wait for it. Where an experiment has several
    starts they are counted, and then the first is told of.
    """
    counts = ""
    if experiment.more_starts and shown:
        counts = f"{counted(experiment, traces, shown)}\n\n**From start 1:** "
    (experiment, traces), *_ = by_start(experiment, traces)
    text = counts + " ".join([*before, *narrate(experiment, traces, shown, along, seconds)])
    return text if bends is None else f"{text}\n\n{bends.words_of(sorted(shown))}"


def network_pictures(
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    metrics: Sequence[str],
    along: str,
    log: bool,
    log_x: bool,
    smooth: float,
    focus: int | None,
    shown: Collection[int],
    seconds: Sequence[float] | None,
    theme: Theme,
    bends: Sharpness | None = None,
) -> Pictures:
    """Return what to draw of networks, as `pictures`: in the large picture one of them."""
    fit = experiment.problem
    looks: dict[str, Any] = {"theme": theme, "shown": shown}
    assert isinstance(fit, Fit)
    panels = {
        "surface": network_view(experiment, traces, focus=focus, **looks),
        "curves": convergence(
            experiment, traces, metrics, along, log=log, log_x=log_x, smooth=smooth,
            seconds=seconds, brief=True, bends=bends, **looks,
        ),
        "fit": fit_view(experiment, traces, focus=focus, **looks),
    }  # fmt: skip
    play = playback(
        experiment, traces, along, seconds=seconds, focus=focus,
        drawn=repr((experiment, ends(traces), metrics, smooth)), **looks,
    )  # fmt: skip
    if places := standing(traces, shown):
        play = play._replace(diagram=diagram(fit, in_focus(traces, places, focus), theme))
    travelling = {name: picture(figure) for name, figure in panels.items()}
    return Pictures(travelling, played(play))


class Covered(NamedTuple):
    """What is drawn before the runs are shown, as `Pictures`; nothing plays."""

    panels: dict[str, Picture]
    play: None = None


COVERED = "Covered until you have said what you expect."
"""What stands where a picture would give the answer."""


def covered(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    *,
    ground: str,
    metric: str,
    along: str,
    log: bool,
    log_x: bool,
    shown: Collection[int],
    seconds: Sequence[float] | None,
    theme: Theme,
) -> Covered:
    """Return what is drawn before the runs are shown, as `pictures`: nothing tells how they go."""
    draw = surface if ground == "3d" else contour
    panels = {
        "surface": draw(experiment, traces, land, theme=theme, shown=shown, covered=True),
        "curves": blank(
            experiment, traces, metric, along, log=log, log_x=log_x, seconds=seconds,
            shown=shown, theme=theme,
        ),
    }  # fmt: skip
    if isinstance(experiment.problem, Fit):
        panels["fit"] = empty(theme, "The fits on the data", COVERED)
    return Covered({name: picture(figure) for name, figure in panels.items()})


def covered_networks(
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    metric: str,
    along: str,
    log: bool,
    log_x: bool,
    shown: Collection[int],
    seconds: Sequence[float] | None,
    theme: Theme,
) -> Covered:
    """Return what is drawn of networks before they are shown, as `covered`."""
    panels = {
        "surface": empty(theme, "The network", COVERED),
        "curves": blank(
            experiment, traces, metric, along, log=log, log_x=log_x, seconds=seconds,
            shown=shown, theme=theme,
        ),
        "fit": empty(theme, "The fits on the data", COVERED),
    }  # fmt: skip
    return Covered({name: picture(figure) for name, figure in panels.items()})
