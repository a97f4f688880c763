"""An experiment's picture in a notebook: a drawing that needs no script and no network."""

import re
from html import escape

import numpy as np

from gdplay.engine.cost import work
from gdplay.engine.training import train
from gdplay.experiment import Experiment, labels
from gdplay.figures.paths import mixed
from gdplay.figures.theme import LIGHT
from gdplay.gallery.sketches import BANDS, sketch
from gdplay.link import MAX_RUNS
from gdplay.theory.landscape import box_of, landscape, plane_of

QUICK = 1.0
"""Speed: training that is estimated to take more seconds is not begun for a picture."""

SIDE = 41
MOST = 1e8
"""Speed: points along a side of the ground, and how many products it may take to work it out."""


def picture(experiment: Experiment) -> str:
    """Return the runs on the loss surface as SVG, trained for it; "" where that takes long."""
    problem = experiment.problem
    dear = problem.n_samples * problem.n_params * SIDE**2 > MOST
    if dear or len(experiment.runs) > MAX_RUNS or work(experiment).seconds > QUICK:
        return ""
    traces = train(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(problem, plane, box_of(experiment, traces, plane), SIDE)
    across, up = plane.names
    told = f"The loss over {across} (across) and {up} (up), from above"
    drawn = sketch(experiment, traces, land, label=escape(f"{told}, with the runs"))
    drawn = drawn.replace("<svg ", '<svg width="480" height="307" ', 1)
    ends = "○ start" + ("" if land.minimum is None else ", ● minimum")
    return (
        f"<div>{_CLASS.sub(_look, drawn)}</div>"
        f"<div>{_legend(experiment)}<br>{escape(told)}; {ends}</div>"
    )


def _legend(experiment: Experiment) -> str:
    names = enumerate(labels(experiment))
    return " ".join(
        f'<span style="color:{LIGHT.run_ink(place)}">━ {escape(name)}</span>'
        for place, name in names
    )


def _look(kind: re.Match[str]) -> str:
    """Return the attributes of what a sketch knows by its class."""
    return " ".join(f'{name}="{value}"' for name, value in _LOOKS[kind[1]].items())


_CLASS = re.compile('class="([a-z][0-9]?)"')
_LINE = {"fill": "none", "vector-effect": "non-scaling-stroke", "stroke-linecap": "round"}
_BANDS = mixed(LIGHT.surface, np.linspace(0, 1, BANDS))
_LOOKS: dict[str, dict[str, object]] = {
    **{f"b{place}": {"fill": color} for place, color in enumerate(_BANDS)},
    **{
        f"r{place}": {**_LINE, "stroke": LIGHT.run_color(place), "stroke-width": 2.4}
        for place in range(MAX_RUNS)
    },
    "k": {**_LINE, "stroke": LIGHT.casing, "stroke-width": 4.5},
    "e": {**_LINE, "stroke": LIGHT.casing, "stroke-width": 12},
    "o": {**_LINE, "stroke": LIGHT.ink, "stroke-width": 6},
    "s": {**_LINE, "stroke": LIGHT.ink, "stroke-width": 9},
}
"""A page's style sheet says the same; notebooks may drop one."""
