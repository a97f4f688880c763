"""Empty axes: where the start stands, and that they tell nothing of the runs."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.convergence import convergence
from gdplay.figures.predict import blank
from gdplay.figures.theme import LIGHT
from gdplay.teaching.predictions import Line
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


def test_drawn_lines_lie_pale_behind_the_curves_and_inside_the_axes() -> None:
    traces = trained(LINE)
    points = tuple((float(x), 500.0 * 0.5**x) for x in range(0, 30, 3))
    plain = convergence(LINE, traces)
    figure = convergence(LINE, traces, expected=[Line(1, points)])
    (before,) = [trace for trace in figure.data if trace.name == "Mini-batch, as drawn"]
    assert before is figure.data[0]
    assert before.line.color == LIGHT.run_color(1)
    assert before.opacity < 1
    assert before.meta == "beside"
    np.testing.assert_allclose(before.y, [y for _, y in points], rtol=1e-6)
    low, high = 10 ** np.array(figure.layout.yaxis.range)
    assert low < points[-1][1] < points[0][1] < high
    assert len(figure.data) == len(plain.data) + 1
    spread = convergence(LINE, traces, along="updates", log_x=True, expected=[Line(1, points)])
    assert spread.data[0].x[0] == pytest.approx(spread.layout.meta["edge"])
