"""Empty axes: where the start stands, and that they tell nothing of the runs."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.predict import blank
from gdplay.theory.measures import reference
from tests import trained

LINE = gd.default_experiment()


@pytest.mark.parametrize("along", ["epochs", "updates", "examples"])
@pytest.mark.parametrize("log_x", [False, True])
def test_empty_axes_hold_the_start_and_all_updates_and_are_the_same_at_every_rate(
    along: str, log_x: bool
) -> None:
    figures = []
    for lr in (0.2, 0.01):
        runs = tuple(replace(run, optimizer=gd.SGD(lr=lr)) for run in LINE.runs)
        experiment = replace(LINE, runs=runs)
        made = blank(experiment, trained(experiment), "loss", along, log_x=log_x, shown=(0, 1, 2))
        figures.append(made.to_dict())
    assert figures[0] == figures[1]
    layout = blank(LINE, trained(LINE), "loss", along, log_x=log_x, shown=(0, 1, 2)).layout
    last = {"epochs": 30, "updates": 6000, "examples": 6000}[along]
    assert last <= (10 ** layout.xaxis.range[1] if log_x else layout.xaxis.range[1]) < 1.2 * last
    low, high = 10 ** np.array(layout.yaxis.range)
    start = float(trained(LINE)[0].loss[0, 0])
    assert low < reference(LINE, trained(LINE)).loss < start < high


@pytest.mark.parametrize("key", ["variants", "zigzag", "valley_steps", "separable", "circles"])
def test_empty_axes_reach_around_the_start_of_any_metric(key: str) -> None:
    experiment = gd.PRESETS[key].build()
    for metric in ("loss", "excess", "distance"):
        for log in (True, False):
            figure = blank(experiment, trained(experiment), metric, log=log, shown=(0,))
            (start,) = figure.data
            low, high = figure.layout.yaxis.range
            y = np.log10(start.y[0]) if figure.layout.yaxis.type == "log" else start.y[0]
            assert low < y < high or y == low == 0
