"""Schedules in a picture: losses and rates on one axis of updates."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.schedules import decay_view
from gdplay.figures.theme import DARK
from gdplay.schedules import Cosine, Inverse, Step
from gdplay.studies.schedules import read

LINE = gd.default_experiment().problem
START = gd.default_experiment().start


def numbers(values):
    """What a figure holds, as an array."""
    return np.asarray(values, dtype=float)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@pytest.fixture(scope="module")
def falling():
    run = gd.Run(gd.SGD(lr=0.05), 8, sampling="with replacement")
    schedules = (run.schedule, Inverse(half_life=40), Cosine(), Step(every=100, gamma=0.1))
    runs = tuple(replace(run, schedule=schedule) for schedule in schedules)
    experiment = gd.Experiment(LINE, runs, START, epochs=20, n_seeds=5)
    return experiment, gd.train(experiment, record_path=False)


def test_the_rate_of_each_update_is_the_schedules(falling):
    experiment, traces = falling
    for decay, run in zip(read(experiment, traces).decays, experiment.runs, strict=True):
        factors = run.schedule.factors(20 * 25)
        assert decay.steps[[0, -1]].tolist() == [0, 20 * 25 - 1]
        np.testing.assert_allclose(decay.rates, 0.05 * factors[decay.steps])


def test_rates_are_drawn_below_the_losses_on_the_same_axis_of_updates(falling):
    experiment, traces = falling
    base = float(LINE.loss(LINE.minimum()))
    decays = read(experiment, traces).decays
    figure = decay_view(read(experiment, traces), theme=DARK)
    assert [decay.name for decay in decays] == ["Constant", "Inverse time", "Cosine", "Steps"]
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    for decay in decays:
        (loss,), (rate,) = named(figure, decay.name), named(figure, f"{decay.name}, rate")
        assert (loss.xaxis, rate.xaxis, rate.yaxis) == (None, None, "y2")
        trace = traces[decay.place]
        np.testing.assert_allclose(numbers(loss.x), trace.updates)
        np.testing.assert_allclose(numbers(loss.y), np.median(trace.loss, axis=0) - base, 1e-5)
        np.testing.assert_allclose(numbers(rate.y), decay.rates, rtol=1e-5)
        assert loss.line.color == rate.line.color == DARK.run_color(decay.place)
    assert figure.layout.xaxis.range == (0, 500)


def test_the_predicted_floor_is_a_line_across(falling):
    reading = read(*falling)
    (floor,) = named(decay_view(reading._replace(floor=0.0125)), "predicted floor")
    assert list(floor.y) == [0.0125, 0.0125]
    for none in (None, 0.0, np.inf):
        assert not named(decay_view(reading._replace(floor=none)), "predicted floor")


def test_schedules_that_all_diverge_are_said_in_words():
    run = gd.Run(gd.SGD(lr=50.0), 1)
    experiment = gd.Experiment(LINE, (run,), START, epochs=3)
    reading = read(experiment, gd.train(experiment))
    late = tuple(d._replace(median=d.median[1:], low=d.low[1:]) for d in reading.decays)
    figure = decay_view(reading._replace(decays=late))
    assert "every run diverged" in figure.layout.annotations[0].text
