"""What the Batch size page shows, and what its parts share."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from gdplay.experiment import MOST_EPOCHS, Experiment
from gdplay.knobs import Knobs, knob
from gdplay.link import MAX_RUNS
from gdplay.optimizers import RATES
from gdplay.studies.budgets import sizes_up_to
from gdplay.teaching.defaults import default_experiment
from gdplay.theory.landscape import PRINCIPAL
from gdplay.theory.measures import AXES
from gdplay.ui import state
from gdplay.ui.parts import Part
from gdplay.ui.state import key
from gdplay.words import quantity

POINTS = {
    "start": "Start",
    "way": "On a run’s way",
    "near": "Near the minimum",
    "minimum": "Minimum",
    "picked": "Clicked",
}


PARTS = {
    "map": Part("Rate × batch size", "Which rate and which batch size end lowest?"),
    "floor": Part(
        "Noise floor", "How high above the minimum do runs hover, and what sets the height?"
    ),
    "cost": Part("Hardware", "What do more rows per update cost?"),
    "order": Part(
        "Order of the rows", "In which order do the rows come, and what of the short last batch?"
    ),
    "scaling": Part("Scaling the rate", "Twice the rows, twice the rate?"),
    "race": Part("Fair race", "A fair race: one budget, every run at its own best rate"),
}


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
    epoch: int | None = knob(None, 0, MOST_EPOCHS, kind=int)
    x: float = knob(0.0)
    y: float = knob(0.0)
    replacement: bool = knob(False)
    part: str = knob("map", choices=tuple(PARTS))
    along: str = knob("epochs", choices=tuple(AXES))
    passes: int | None = knob(None, 1, 100, kind=int)
    rows: int | None = knob(None, 1, 10_000, kind=int)
    rate: float | None = knob(None, *RATES, kind=float)
    single: float | None = knob(None, *RATES, kind=float)


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


# The page's own controls


def no_rows() -> None:
    """Say that functions have no rows, and offer data."""
    st.info("A function has no rows, so there are no batches to choose. Take a data set.")
    st.button("Take the line", key=key("take_data"), on_click=_take_data)


def _take_data() -> None:
    state.afresh(default_experiment())
