"""The empty axes on which curves are expected, before they are seen."""

from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.figures import pieces
from gdplay.figures.axes import even_axis, log_axis, time_axis
from gdplay.figures.theme import LIGHT, Theme, assembled, axis, light
from gdplay.teaching.standing import begin_of, end_of
from gdplay.theory.measures import AXES, METRICS, Metric, Reference, reference, titled

ABOVE, BELOW = {True: 10.0, False: 1.6}, 1e-6
"""Layout: empty axes reach so many times above the start's value, logarithmic or linear, and down
to this share of it where the lowest value is none that a logarithmic axis has."""

ROOM = 0.05
"""Layout: a share of the axis beyond the last update."""


def blank(
    experiment: Experiment,
    traces: Sequence[Trace],
    metric: str,
    along: str = "epochs",
    *,
    log: bool = True,
    log_x: bool = False,
    seconds: Sequence[float] | None = None,
    shown: Collection[int],
    theme: Theme = LIGHT,
) -> go.Figure:
    """Return empty axes with the start alone: nothing in them tells how the runs go.

    As `convergence`, for one metric of parameters, of the runs `shown`. The traces say no more
    than what an excess is measured from.
    """
    about, origin = METRICS[metric], reference(experiment, traces)
    begin = begin_of(experiment, about, origin)
    last = max(end_of(experiment, place, along, seconds) for place in shown)
    horizontal = even_axis(last, AXES[along]) | {"range": [0, (1 + ROOM) * last]}
    edge = None
    if log_x:
        horizontal, edge = time_axis(_first(experiment, along, seconds, shown), last, AXES[along])
    start = pieces.scatter(
        x=light([edge or 0.0]),
        y=light([begin]),
        mode="markers",
        marker={"size": 11, "color": theme.ink, "symbol": "circle-open", "line": {"width": 2}},
        cliponaxis=False,
        hovertemplate="every run starts at %{y:.4g}<extra></extra>",
        name="start",
    )
    return assembled(
        theme,
        [start],
        titled(about.over(origin), experiment.problem),
        xaxis=axis(theme, AXES[along].title, showgrid=False, **horizontal),
        yaxis=axis(theme, "", **_vertical(about, origin, begin, log)),
        hovermode="closest",
        **({} if edge is None else {"meta": {"edge": edge}}),
    )


def _first(
    experiment: Experiment, along: str, seconds: Sequence[float] | None, shown: Collection[int]
) -> float:
    """Return where the first update of any run stands on the axis."""
    n, one = experiment.problem.n_samples, np.array([1])
    return min(
        float(AXES[along].at(experiment.runs[p], n, seconds[p] if seconds else 0.0, one)[0])
        for p in shown
    )


def _vertical(metric: Metric, origin: Reference, begin: float, log: bool) -> dict[str, object]:
    """Return the value axis: from what is known of the start and the minimum alone."""
    if not metric.falls:
        return {"range": [0.0, 1.03]}
    lowest = origin.loss if metric.key == "loss" and origin.exact else 0.0
    if begin <= 0 or lowest < 0 or not log:
        span = ABOVE[False] * abs(begin) or 1.0
        return {"range": [min(lowest - 0.1 * abs(lowest), 0.0), span]}
    return log_axis(0.8 * lowest or BELOW * begin, ABOVE[True] * begin)
