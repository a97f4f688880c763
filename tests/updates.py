"""Experiments whose updates are looked at, and what their LaTeX comes to."""

import math
import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.teaching.defaults import default_experiment
from tests import few_models, few_surfaces

LINE = default_experiment()
FITS = {
    f"{dataset.key} {model.key}": replace(
        base,
        problem=replace(base.problem, model=model, objective=None),
        start=None,
        epochs=2,
    )
    for dataset in gd.DATASETS.values()
    for base in [default_experiment(dataset)]
    for model in few_models(dataset)
}
SURFACES = {
    key: gd.Experiment(surface, (gd.Run(gd.Momentum(lr=1e-3)),), surface.start, epochs=9)
    for key, surface in few_surfaces().items()
}
EVERYTHING = FITS | SURFACES
every_rule = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=list(OPTIMIZERS))


def with_rule(rule: Optimizer, **more: Any) -> gd.Experiment:
    return replace(LINE, runs=(gd.Run(replace(rule, lr=0.03), 32, **more),), epochs=4)


@cache
def trained(experiment: gd.Experiment) -> tuple[gd.Trace, ...]:
    return gd.train(experiment)


@cache
def ground(experiment: gd.Experiment) -> gd.Landscape:
    traces = trained(experiment)
    plane = gd.plane_of(experiment, traces)
    return gd.landscape(experiment.problem, plane, gd.box_of(experiment, traces, plane), 12)


def worked_out(tex: str) -> float:
    """Return what an expression in LaTeX comes to."""
    text = re.sub(r"\\[td]?frac *\{", r"FRAC{", tex)
    while "FRAC{" in text:
        start = text.index("FRAC{")
        top, bottom_at = braced(text, start + 4)
        bottom, end = braced(text, re.compile(r"\s*").match(text, bottom_at).end())  # type: ignore[union-attr]
        text = f"{text[:start]}(({top})/({bottom})){text[end:]}"
    for name, python in {
        r"\sqrt": "sqrt", r"\max": "max", r"\operatorname{sign}": "sign", r"\left": "",
        r"\right": "", r"\cdot": "*", r"\times": "*", "^": "**", "{": "(", "}": ")",
        r"\lfloor": "floor(", r"\rfloor": ")", r"\cos": "cos", r"\min": "min", r"\pi": "pi*",
    }.items():  # fmt: skip
        text = text.replace(name, python)
    text = re.sub(r"\)\s*\(", ")*(", text)
    names = {"sqrt": math.sqrt, "max": max, "min": min, "sign": np.sign, "floor": math.floor}
    names |= {"cos": math.cos, "pi": math.pi}
    return float(eval(text, {"__builtins__": {}}, names))


def braced(text: str, at: int) -> tuple[str, int]:
    """Return what stands in the braces that open at a place, and where they end."""
    assert text[at] == "{", text[at:]
    depth = 0
    for i in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if not depth:
            return text[at + 1 : i], i + 1
    raise AssertionError(text)


def tail(text: str) -> float:
    """Return the number that a line of LaTeX ends with."""
    return worked_out(re.sub(r"\\end\{aligned\}|[()]", "", text).split("=")[-1])
