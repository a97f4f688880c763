"""What is drawn and said of an experiment, made once for all visitors who look at the same."""

from collections.abc import Sequence
from dataclasses import replace

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures import compare
from gdplay.figures.compare import Covered, Pictures, ends
from gdplay.figures.theme import Theme
from gdplay.studies.sharpness import Sharpness
from gdplay.teaching.networks import network_words
from gdplay.theory.landscape import Landscape
from gdplay.ui import jobs
from gdplay.ui.compare.predicting import Question, lines
from gdplay.ui.compare.view import View


def pictures(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
    seconds: Sequence[float] | None,
    bends: Sharpness | None = None,
) -> Pictures:
    """Return what to draw; as `compare.pictures`, with what the view asks for."""
    seen = replace(view, together=True, rated=0)  # whose the slider is draws nothing else
    key = f"pictures: {experiment!r} {seen!r} {ends(traces)} {theme.name} {seconds}"
    return jobs.quick(
        key,
        lambda: compare.pictures(
            experiment, traces, land, ground=view.ground, plane=view.plane,
            metrics=view.metrics(experiment), along=view.along, log=view.log,
            log_x=view.spreads(experiment), smooth=view.smooth, focus=view.focus,
            seconds=seconds, theme=theme, shown=view.shown(len(experiment.runs)),
            expected=lines(experiment, view), arrows=view.has_arrows, bends=bends,
        ),
        experiment,
    )  # fmt: skip


def words(
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    seconds: Sequence[float] | None,
    bends: Sharpness | None = None,
    *,
    networks: bool = False,
) -> str:
    """Return what the runs did; as `compare.words`, and before it what `networks` have learned.

    Asked for once pictures are on their way: it may take longer than these.
    """
    shown = view.shown(len(experiment.runs))
    sharp = bends is not None
    return jobs.quick(
        f"words: {experiment!r} {shown} {view.along} {ends(traces)} {seconds} {sharp} {networks}",
        lambda: compare.words(
            experiment, traces, along=view.along, shown=shown, seconds=seconds, bends=bends,
            before=network_words(experiment, traces, shown) if networks else (),
        ),
        experiment,
    )  # fmt: skip


def covered(
    question: Question,
    experiment: Experiment,
    view: View,
    traces: Sequence[Trace],
    land: Landscape,
    theme: Theme,
    seconds: Sequence[float] | None,
) -> Covered:
    """Return what to draw, as `compare.covered`, while there is a question.

    Made once for a class that opens the same.
    """
    key = f"covered: {experiment!r} {view!r} {ends(traces)} {theme.name} {seconds}"
    return jobs.quick(
        key,
        lambda: compare.covered(
            experiment, traces, land, ground=view.ground, metric=question.metric,
            along=view.along, log=view.log, log_x=view.spreads(experiment),
            shown=question.places, seconds=seconds, theme=theme,
        ),
        experiment,
    )  # fmt: skip
