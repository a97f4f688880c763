"""A learning rate as one control: a slider over its limits, a typed value, and what it does."""

import json
from collections.abc import Sequence
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.rate_scale import rate_scale
from gdplay.knobs import knobs
from gdplay.optimizers import SGD, Optimizer
from gdplay.scripts import bare, bundle
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import rate_options
from gdplay.ui import state
from gdplay.ui.widgets import rate_slider

_HERE = Path(__file__).parent
_SENT = "rate.sent"
_FAILED = "rate.failed"
LOWEST, HIGHEST = knobs(SGD())["lr"].low, knobs(SGD())["lr"].high


_HTML = (
    '<div class="gd-rate" role="group"><div class="gd-rate-line">'
    '<label class="gd-rate-name"></label>'
    '<input class="gd-rate-text" type="text" inputmode="decimal" autocomplete="off" '
    'spellcheck="false"><span class="gd-rate-says"></span>'
    '<span class="gd-rate-words"></span></div>'
    '<div class="gd-rate-track"><div class="gd-rate-zones" aria-hidden="true"></div>'
    '<input class="gd-rate-slider" type="range" min="0" step="1">'
    '<div class="gd-rate-marks" role="img"></div></div>'
    '<p class="gd-rate-wrong" role="alert" hidden></p></div>'
)
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
    js=bundle(_HERE.parent / "player/boot.js"),
    isolate_styles=False,
)


def picked(name: str, value: float) -> float:
    """Return the rate that the visitor chose on the control called `name`, `value` before that."""
    told = st.session_state.get(state.key(name), {})
    chosen: object = told.get("rate") if isinstance(told, dict) else told
    match chosen:
        case bool():
            return value
        case int() | float() if LOWEST <= chosen <= HIGHEST:  # False for NaN
            return float(chosen)
    return value


def rate(
    name: str,
    label: str,
    value: float,
    experiment: Experiment,
    rules: Sequence[Optimizer],
    rates: Sequence[float] | None = None,
) -> float:
    """Draw the control and return its rate, as `picked` does.

    Parameters
    ----------
    name : str
        Its name on the page. The player's hand knows it by this name.
    label : str
        What it is, for people who do not see where it stands.
    value : float
        The rate at which the controls start.
    experiment : Experiment
        What its limits follow from: the problem, and the runs' batch sizes.
    rules : sequence of Optimizer
        The rules that it drives; where all are the same, it says what a rate does.
    rates : sequence of float, optional
        What the slider offers, ascending, `value` among them; by default all that may be wanted.
    """
    limit = curvature(experiment.problem).limit
    if _FAILED in st.session_state:
        return rate_slider(label, value, name, limit, label_visibility="collapsed")
    now = picked(name, value)
    sent: set[str] = st.session_state.setdefault(_SENT, set())
    _component(
        key=state.key(name),
        data={
            "version": _version(),
            "script": None if name in sent else _script(),
            "name": name,
            "label": label,
            "value": now,
            "low": LOWEST,
            "high": HIGHEST,
            **rate_scale(experiment, rules, sorted({*(rates or rate_options(now, limit)), now})),
        },
        default={"rate": value},
        on_rate_change=lambda: None,
        on_lost_change=sent.clear,
        on_failed_change=partial(st.session_state.__setitem__, _FAILED, True),
    )
    sent.add(name)
    return now
