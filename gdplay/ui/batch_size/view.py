"""What the Batch size page shows, and what its parts share."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gdplay.engine import cost
from gdplay.engine.cost import work
from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment
from gdplay.knobs import Knobs, knob
from gdplay.link import MAX_RUNS
from gdplay.studies.rate_by_batch import Budget, sizes_up_to
from gdplay.theory.landscape import PRINCIPAL
from gdplay.theory.measures import AXES
from gdplay.ui import jobs, parts
from gdplay.ui.state import key
from gdplay.words import number, quantity

POINTS = {
    "start": "Start",
    "way": "On a run’s way",
    "near": "Near the minimum",
    "minimum": "Minimum",
    "picked": "Clicked",
}
PARTS = {
    "map": "Rate × batch size",
    "floor": "Noise floor",
    "cost": "Hardware",
    "order": "Order of the rows",
    "scaling": "Scaling the rate",
    "race": "Fair race",
}
PASSES = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class BatchView(Knobs):
    """What the page draws.

    Attributes
    ----------
    size : rows per batch of the cloud
    at : where the cloud is drawn
    run, epoch : whose way, and after which epoch, along "way"
    x, y : where it was clicked, on the map
    replacement : whether the cloud's batches are drawn with replacement
    part : the part below the cloud
    along, passes : the budget: the axis, and how many epochs of it (see `budget_of`); None is
        what suits the data
    rows : rows per batch in "order"; None is one that leaves a short last batch
    rate : learning rate in "order"; None is usual
    single : learning rate of single rows in "scaling"; None is usual
    """

    size: int = knob(8, 1, 10_000)
    at: str = knob("near", choices=tuple(POINTS))
    run: int = knob(0, 0, MAX_RUNS - 1)
    epoch: int | None = knob(None, 0, 5000, kind=int)
    x: float = knob(0.0)
    y: float = knob(0.0)
    replacement: bool = knob(False)
    part: str = knob("map", choices=tuple(PARTS))
    along: str = knob("epochs", choices=tuple(AXES))
    passes: int | None = knob(None, 1, 100, kind=int)
    rows: int | None = knob(None, 1, 10_000, kind=int)
    rate: float | None = knob(None, 1e-8, 1e3, kind=float)
    single: float | None = knob(None, 1e-8, 1e3, kind=float)


def chart(place: DeltaGenerator, figure: go.Figure, name: str, height: int, about: str) -> Any:
    """Draw a figure in its place; `about` tells its content to those who can't see it."""
    with place:
        return parts.chart(figure, name, height, about)


def clicked(
    place: DeltaGenerator, figure: go.Figure, name: str, height: int, about: str
) -> dict[str, Any] | None:
    """Draw a figure and return the point that was clicked: its `x`, `y` and `customdata`."""
    with place:
        return parts.clicked(figure, name, height, about)


def plane_name(experiment: Experiment) -> str:
    """Return the plane of the page's map."""
    return "0,1" if experiment.problem.n_params == 2 else PRINCIPAL


def nearest_size(n_samples: int, wanted: int) -> int:
    """Return the largest of the sizes on offer that is not above `wanted`."""
    return max(size for size in sizes_up_to(n_samples) if size <= max(wanted, 1))


def size_slider(label: str, n_samples: int, value: int, name: str, **more: Any) -> int:
    """Draw a slider over batch sizes, 1 to all rows."""
    return int(
        st.select_slider(
            label,
            sizes_up_to(n_samples),
            value=nearest_size(n_samples, value),
            key=key(name),
            format_func=quantity,
            **more,
        )
    )


def told(budget: Budget) -> str:
    """Return a budget in words: "20 epochs", "200 updates", "1.3 ms"."""
    if budget.along == "seconds":
        unit, factor = ("ms", 1e3) if budget.amount < 1 else ("s", 1.0)
        return f"{number(budget.amount * factor)} {unit}"
    if budget.along == "examples":
        return f"{quantity(round(budget.amount), 'example')} seen"
    return quantity(round(budget.amount), budget.along.removesuffix("s"))


def trained(experiment: Experiment, name: str) -> tuple[Trace, ...] | None:
    """Return the traces of a part's own runs, named `name`; None if there is nothing to show."""
    why_not = cost.refusal(experiment)
    if why_not:
        st.warning(why_not)
        return None
    outcome = jobs.result(
        repr(experiment),
        work(experiment).seconds,
        lambda progress: train(experiment, progress=progress),
        name=name,
        what=f"{len(experiment.runs) * experiment.n_seeds} runs",
    )
    if outcome is not None and outcome.stopped:
        st.caption("These runs are compared by how they ended, so stopped ones are not drawn.")
        return None
    return None if outcome is None else outcome.value
