"""A number as one control, a learning rate above all: a slider, a typed value, and what it does."""

import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures import sliders
from gdplay.figures.rate_scale import rate_scale
from gdplay.figures.slider_scale import decay_scale, epochs_scale
from gdplay.formulas import plain
from gdplay.knobs import Knob, knobs
from gdplay.optimizers import SGD, Optimizer
from gdplay.scripts import bare, bundle
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import rate_options
from gdplay.ui import state
from gdplay.ui.widgets import knob_widget, rate_slider

_HERE = Path(__file__).parent
_SENT = "rate.sent"
_FAILED = "rate.failed"

_HTML = (_HERE / "rate.html").read_text("utf-8")
"""The control before it is filled."""


@cache
def _script() -> str:
    style = json.dumps(bare(_HERE / "rate.css"))
    return f"const STYLE = {style};\n{bundle(_HERE / 'rate.js')}"


@cache
def _version() -> str:
    return blake2b(_script().encode(), digest_size=8).hexdigest()


_component = st.components.v2.component(
    "gdplay_rate",
    html=_HTML,
    # Its style comes with its script: until then it keeps its place, and is not seen bare.
    css=".gd-rate:not(:has(style)) { height: 66px; overflow: hidden; visibility: hidden; }",
    js=bundle(_HERE.parent / "player/boot.js"),
    isolate_styles=False,
)


def picked(name: str, value: float, about: Knob) -> float:
    """Return what the visitor chose on the control called `name`, `value` before that."""
    told = st.session_state.get(state.key(name), {})
    chosen = told.get("value") if isinstance(told, dict) else told
    try:
        return float(value if chosen is None else about.coerce(name, chosen))
    except ValueError:  # a browser may send anything
        return value


def rate(
    name: str,
    label: str,
    value: float,
    experiment: Experiment,
    rules: Sequence[Optimizer],
    rates: Sequence[float] | None = None,
    *,
    plainly: bool = False,
) -> float:
    """Draw the control of a learning rate and return that, as `picked` does.

    Parameters
    ----------
    name : str
        Its name on the page. The player's hand knows it by this name.
    label : str
        What it is, for people who do not see where it stands.
    value : float
        The rate at which the controls start.
    experiment : Experiment
        What its limits follow from: the problem, and the batch sizes of the runs that it drives.
    rules : sequence of Optimizer
        The rules that it drives; where all are the same, it says what a rate does.
    rates : sequence of float, optional
        What the slider offers, ascending, `value` among them; by default all that may be wanted.
    plainly : bool
        Whether it says what a rate does in plain words: see `rate_scale`.
    """
    about, limit = knobs(SGD())["lr"], curvature(experiment.problem).limit
    if _FAILED in st.session_state:
        return rate_slider(label, value, name, limit, label_visibility="collapsed")
    now = picked(name, value, about)
    offered = sorted({*(rates or rate_options(now, limit)), now})
    scale = rate_scale(experiment, rules, offered, plainly=plainly)
    _draw(name, label, "Learning rate", now, about, scale, "A learning rate is a number", "0.05")
    return now


def decay(name: str, label: str, field: str, experiment: Experiment) -> float:
    """Draw the control of what survives of its one run's memory, a field of the rule; return it."""
    rule = experiment.runs[0].optimizer
    about, value = knobs(rule)[field], float(getattr(rule, field))
    if _FAILED in st.session_state:
        return float(knob_widget(field, about, value, name))
    now = picked(name, value, about)
    scale = decay_scale(experiment, field, sliders.decay_options(now))
    symbol = plain(about.symbol)
    _draw(name, label, symbol, now, about, scale, f"{symbol} is a number", "0.9")
    return now


def epochs(name: str, label: str, experiment: Experiment) -> int:
    """Draw the control of the epochs and return them."""
    about = knobs(experiment)["epochs"]
    if _FAILED in st.session_state:
        return int(knob_widget("epochs", about, experiment.epochs, name))
    now = chosen_epochs(name, experiment)
    scale = epochs_scale(experiment, sliders.epoch_options(now))
    _draw(name, label, "Epochs", now, about, scale, "Epochs are a whole number", "30")
    return now


def chosen_epochs(name: str, experiment: Experiment) -> int:
    """Return what the visitor chose on the control of the epochs, which may stand further down."""
    return int(picked(name, experiment.epochs, knobs(experiment)["epochs"]))


def _draw(
    name: str,
    label: str,
    title: str,
    value: float,
    about: Knob,
    scale: Mapping[str, Any],
    kind: str,
    such: str,
) -> None:
    """Draw the control; what is typed and refused is told which `kind` of value is wanted."""
    sent: set[str] = st.session_state.setdefault(_SENT, set())
    _component(
        key=state.key(name),
        data={
            "version": _version(),
            "script": None if name in sent else _script(),
            "name": name,
            "label": label,
            "title": title,
            "value": value,
            "low": about.low,
            "high": about.high,
            "whole": about.kind is int,
            "wanted": f"{kind} from {about.low:g} to {about.high:.6g}, such as {such}.",
            **scale,
        },
        default={"value": value},
        on_value_change=lambda: None,
        on_lost_change=sent.clear,
        on_failed_change=partial(st.session_state.__setitem__, _FAILED, True),
    )
    sent.add(name)
