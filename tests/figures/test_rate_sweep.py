"""A rate sweep in a picture: every point is a run, every cross a lost one."""

import base64
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.rate_sweep import sweep_view
from gdplay.figures.theme import LIGHT
from gdplay.studies.rate_sweep import LOST, read
from gdplay.studies.sweeps import Sweep

LINE = gd.default_experiment().problem
START = gd.default_experiment().start


def numbers(values):
    """What a figure holds, as an array."""
    return np.asarray(values, dtype=float)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@pytest.fixture(scope="module")
def swept():
    limit = gd.curvature(LINE).limit
    rates = tuple(np.geomspace(0.01, 3, 12) * limit)
    runs = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 1))
    return gd.sweep(Sweep(LINE, runs, rates, START, epochs=20, n_seeds=5))


def drawn(swept):
    return sweep_view(read(swept, ["all", "one"]))


def limits():
    return [gd.curvature(LINE).limit, gd.mean_square_limit(LINE, 1)]


def test_a_line_of_the_sweep_is_the_median_excess_over_the_minimum(swept):
    figure = drawn(swept)
    (line,) = named(figure, "one")
    end = read(swept, ["all", "one"]).curves[1]
    losses = swept.losses[1][end.known, :, -1]
    expected = np.median(losses, axis=1) - LINE.loss(LINE.minimum())
    np.testing.assert_allclose(end.y, expected, rtol=1e-9)
    np.testing.assert_allclose(numbers(line.y), expected, rtol=1e-5)
    np.testing.assert_allclose(numbers(line.x), np.array(swept.sweep.rates)[end.known], rtol=1e-6)
    assert figure.layout.title.text == "Excess training loss"
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_rates_that_lose_hold_are_crossed_out_at_the_top_and_nowhere_else(swept):
    figure = drawn(swept)
    lowest = LINE.loss(LINE.minimum())
    for place, name in enumerate(("all", "one")):
        median = np.median(np.nan_to_num(swept.losses[place][:, :, -1], nan=np.inf), axis=1)
        lost = median - lowest > LOST * (swept.start - lowest)
        assert 0 < lost.sum() < len(lost)
        (crosses,) = named(figure, f"{name}, lost")
        np.testing.assert_allclose(numbers(crosses.x), np.array(swept.sweep.rates)[lost], 1e-6)
        assert (numbers(crosses.y) > numbers(named(figure, name)[0].y).max()).all()
        top = 10 ** figure.layout.yaxis.range[1]
        assert (numbers(crosses.y) < top).all()


def test_every_point_knows_the_run_that_it_stands_for(swept):
    figure = drawn(swept)
    points = [
        (x, spot)
        for name in ("all", "all, lost", "one", "one, lost")
        for trace in named(figure, name)
        for x, spot in zip(numbers(trace.x), trace.customdata, strict=True)
    ]
    assert len(points) == 24
    for rate, (line, place) in points:
        run = swept.sweep.run(line, place)
        assert run.optimizer.lr == pytest.approx(rate, rel=1e-6)
    assert {spot[0] for _, spot in points} == {0, 1}


def test_a_ring_marks_each_lines_best_rate(swept):
    rings = named(drawn(swept), "best")
    assert len(rings) == 2
    for end, ring in zip(read(swept, ["all", "one"]).curves, rings, strict=True):
        assert end.best == (end.rates[np.argmin(end.y)], end.y.min())
        assert ring.x[0] == pytest.approx(end.best[0])
        assert ring.y[0] == pytest.approx(end.best[1])


def test_predicted_limits_stand_where_they_are_predicted(swept):
    lines = named(drawn(swept), "predicted limit")
    assert [line.x[0] for line in lines] == limits()
    assert [line.line.color for line in lines] == [LIGHT.run_color(0), LIGHT.run_color(1)]
    reading = read(swept, ["all", "one"])
    curves = zip(reading.curves, (None, 99.0), strict=True)
    off = reading._replace(curves=tuple(c._replace(limit=limit) for c, limit in curves))
    assert not named(sweep_view(off), "predicted limit")


def test_the_band_over_seeds_is_drawn_for_noisy_lines_alone(swept):
    figure = drawn(swept)
    bands = [trace for trace in figure.data if trace.fill == "tonexty"]
    assert len(bands) == 1
    high = swept.line(1).high[read(swept, ["all", "one"]).curves[1].known] - swept.origin.loss
    finite = np.isfinite(high)
    np.testing.assert_allclose(numbers(bands[0].y)[finite], high[finite], rtol=1e-5)


def test_where_there_is_no_minimum_the_loss_itself_is_drawn():
    blobs = replace(gd.DATASETS["blobs"], noise=0.05)
    fit = gd.Fit(blobs, gd.MODELS["softmax"])
    swept = gd.sweep(Sweep(fit, (gd.Run(gd.SGD()),), (0.1, 1.0), epochs=3))
    figure = sweep_view(read(swept, ["all"]))
    assert figure.layout.title.text == "Training loss"
    np.testing.assert_allclose(read(swept, ["all"]).curves[0].y, swept.losses[0][:, 0, -1])


def test_where_every_run_is_lost_the_figure_says_so():
    limit = gd.curvature(LINE).limit
    rates = (20 * limit, 30 * limit)
    swept = gd.sweep(Sweep(LINE, (gd.Run(gd.SGD()),), rates, START, epochs=20))
    figure = sweep_view(read(swept, ["all"]))
    assert "every run diverged" in figure.layout.annotations[0].text


def test_figures_travel_in_single_precision(swept):
    for trace in drawn(swept).to_plotly_json()["data"]:
        if isinstance(trace["x"], dict):
            assert base64.b64decode(trace["x"]["bdata"])
            assert trace["x"]["dtype"] == "f4"


def test_a_sweep_that_stands_at_the_minimum_draws():
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),), (0.0, 0.0), epochs=3)
    assert sweep_view(gd.studies.rate_sweep(bowl)).data
