"""A learning rate as one control: a slider over its limits, a typed value, and what it does."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from hashlib import blake2b
from math import isfinite
from pathlib import Path
from typing import Any

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.ruler import place
from gdplay.knobs import knobs
from gdplay.optimizers import SGD, Optimizer
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import Mark, marks, rate_options, verdict, zones
from gdplay.ui import state
from gdplay.ui.scripts import bare, bundle
from gdplay.ui.widgets import rate_slider
from gdplay.words import number

_HERE = Path(__file__).parent
_SENT = "rate.sent"
_FAILED = "rate.failed"
LOWEST, HIGHEST = knobs(SGD())["lr"].low, knobs(SGD())["lr"].high


def _html() -> str:
    """Return the control before it is filled."""
    return (
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


@cache
def _script() -> str:
    style = json.dumps(bare(_HERE / "rate.css"))
    return f"const STYLE = {style};\n{bundle(_HERE / 'rate.js')}"


@cache
def _version() -> str:
    return blake2b(_script().encode(), digest_size=8).hexdigest()


_component = st.components.v2.component(
    "gdplay_rate",
    html=_html(),
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
            **_told(experiment, rules, rate_options(now, limit)),
        },
        default={"rate": value},
        on_rate_change=lambda: None,
        on_lost_change=sent.clear,
        on_failed_change=partial(st.session_state.__setitem__, _FAILED, True),
    )
    sent.add(name)
    return now


def _told(
    experiment: Experiment, rules: Sequence[Optimizer], options: Sequence[float]
) -> dict[str, Any]:
    """Return what the browser is told of rates: what each is called, what it does, their limits."""
    problem, n = experiment.problem, experiment.problem.n_samples
    limit = curvature(problem).limit
    sizes = [run.rows(n) for run in experiment.runs]
    alike = {repr(_at(rule, 1.0)): rule for rule in rules}
    (rule,) = alike.values() if len(alike) == 1 else (None,)
    ends = [min(max(place(zone.end, options), 0.0), 1.0) for zone in zones(problem, rules)]
    return {
        "rates": list(options),
        "says": [f"{number(rate / limit)} of 2/L" for rate in options] if isfinite(limit) else [],
        "words": [_words(experiment, rule, rate) for rate in options] if rule else [],
        "zones": [
            {"key": zone.key, "about": zone.about, "end": end}
            for zone, end in zip(zones(problem, rules), ends, strict=True)
        ],
        "marks": [_mark(mark, options) for mark in marks(problem, rules, sizes)],
    }


def _at(rule: Optimizer, lr: float) -> Optimizer:
    """Return a rule with another rate."""
    return replace(rule, lr=lr)


def _words(experiment: Experiment, rule: Optimizer, lr: float) -> str:
    return verdict(experiment.problem, _at(rule, lr), lr)


def _mark(mark: Mark, options: Sequence[float]) -> dict[str, Any]:
    return {
        "label": mark.label,
        "rate": number(mark.rate),
        "about": mark.about,
        "weight": mark.weight,
        "at": place(mark.rate, options),
    }
