"""Pictures of learning rates: their numbers are those of the runs, and predictions meet them."""

import base64
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.rates import (
    FLOOR,
    LOST,
    components,
    decay_view,
    decays,
    direction,
    ends,
    sweep_view,
)
from gdplay.figures.theme import DARK, LIGHT
from gdplay.schedules import Cosine, Inverse, Step
from gdplay.studies.sweeps import Sweep, telling_rates

LINE = gd.default_experiment().problem
START = gd.default_experiment().start
RULES = {"sgd": gd.SGD(), "momentum": gd.Momentum(), "nesterov": gd.Nesterov()}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def numbers(values):
    """What a figure holds, as an array."""
    return np.asarray(values, dtype=float)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def along(fit, rules, start=None, updates=40, which=-1):
    """The components of full-batch runs along an eigenvector (the steepest by default)."""
    experiment = gd.Experiment(fit, tuple(gd.Run(rule) for rule in rules), start, updates)
    traces = gd.train(experiment)
    found = gd.spectrum(fit, fit.minimum())
    bend = float(found.values[which])
    return components(experiment, traces, found.vectors[:, which], bend)


def clear_of_rounding(found):
    return np.abs(found.offset) > FLOOR * np.abs(found.offset[0])


def at(share):
    """Plain steps at a share of 2/L."""
    return gd.SGD(lr=share * gd.curvature(LINE).limit)


# Distances along a direction


@pytest.mark.parametrize("share", [0.02, 0.4, 0.7, 0.99, 1.05])
@pytest.mark.parametrize("which", [-1, 0])
def test_for_least_squares_each_update_shrinks_the_distance_as_predicted(share, which):
    (found,) = along(LINE, [at(share)], START, which=which)
    clear = clear_of_rounding(found)
    np.testing.assert_allclose(np.abs(found.offset)[clear], found.predicted[clear], rtol=1e-6)
    assert found.measured == pytest.approx(found.factor, rel=1e-6)


@every_rule
@pytest.mark.parametrize("which", [-1, 0])
def test_momentum_too_shrinks_as_predicted_in_the_long_run(rule, which):
    rate = telling_rates(LINE, rule).right
    (found,) = along(LINE, [replace(rule, lr=rate)], START, 150, which)
    assert found.measured == pytest.approx(found.factor, rel=0.03)
    late = np.flatnonzero(clear_of_rounding(found))
    late = late[len(late) // 2 :]
    ratio = np.abs(found.offset[late]) / found.predicted[late]
    assert ratio.max() == pytest.approx(1, abs=1e-6)  # it touches from above


def test_near_the_minimum_of_a_log_loss_the_flat_direction_shrinks_as_predicted_there():
    for name in ("moons", "breast_cancer", "spirals"):
        fit = gd.default_experiment(gd.DATASETS[name]).problem
        rule = gd.SGD(lr=0.4 * gd.curvature(fit).limit)
        (found,) = along(fit, [rule], updates=150, which=0)
        assert found.measured == pytest.approx(found.factor, rel=0.02)


def test_on_a_log_loss_the_flat_direction_holds_up_the_steep_one():
    fit = gd.default_experiment(gd.DATASETS["moons"]).problem
    rule = gd.SGD(lr=0.4 * gd.curvature(fit).limit)
    (steep,), (flat,) = (along(fit, [rule], updates=150, which=which) for which in (-1, 0))
    assert steep.factor == pytest.approx(0.2)
    assert steep.measured == pytest.approx(flat.factor**2, rel=0.01)


def test_a_local_prediction_is_drawn_only_where_the_run_follows_it():
    fit = gd.default_experiment(gd.DATASETS["moons"]).problem
    limit = gd.curvature(fit).limit
    (growing,) = along(fit, [gd.SGD(lr=1.3 * limit)])
    assert growing.factor > 1
    assert growing.predicted is None
    rule = gd.SGD(lr=0.4 * limit)
    (steep,), (flat,) = (along(fit, [rule], updates=150, which=which) for which in (-1, 0))
    assert steep.predicted is None
    assert flat.predicted is not None


def test_between_1_over_l_and_the_limit_descent_swings_and_below_it_does_not():
    calm, swinging = along(LINE, [at(0.45), at(0.7)], START)
    signs = np.sign(swinging.offset[:20])
    assert (signs[1:] == -signs[:-1]).all()
    assert (np.sign(calm.offset[:20]) == np.sign(calm.offset[0])).all()


def test_exactly_at_the_limit_the_distance_stays_the_same_for_ever():
    (found,) = along(LINE, [at(1.0)], START, 500)
    np.testing.assert_allclose(np.abs(found.offset), np.abs(found.offset[0]), rtol=1e-9)
    assert found.measured == pytest.approx(1)


def test_an_adaptive_rule_is_drawn_without_a_prediction():
    (found,) = along(LINE, [gd.Adam(lr=0.1)], START)
    assert found.factor is None
    assert found.predicted is None
    assert found.measured is not None


def test_rounding_near_the_minimum_is_not_measured():
    (found,) = along(LINE, [at(0.6)], START, 400)
    assert np.abs(found.offset[-1]) < 1e-14
    assert found.measured == pytest.approx(0.2, rel=1e-3)


def test_a_run_that_overflows_is_measured_as_far_as_it_went():
    (found,) = along(LINE, [at(30)], START, 400)
    assert np.isfinite(found.offset).all()
    assert found.measured == pytest.approx(59, rel=1e-6)


def test_a_rate_that_arrives_in_one_update_has_nothing_left_to_measure():
    bowl = gd.SURFACES["bowl"]
    (found,) = along(bowl, [gd.SGD(lr=0.5)], bowl.start)
    assert found.factor == 0
    assert found.measured is None
    assert found.predicted is None
    assert direction([found], ["run"], "a bowl").data


def test_without_a_minimum_there_is_no_distance():
    blobs = replace(gd.DATASETS["blobs"], noise=0.05)
    fit = gd.Fit(blobs, gd.MODELS["softmax"])
    assert fit.minimum() is None
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD()),), epochs=2)
    with pytest.raises(ValueError, match="no distance"):
        components(experiment, gd.train(experiment), np.eye(fit.n_params)[0], 1.0)


def test_distances_are_drawn_filled_before_and_hollow_beyond_the_minimum():
    found = along(LINE, [at(0.7)], START)
    figure = direction(found, ["mine"], "steepest")
    (dots,) = named(figure, "mine")
    np.testing.assert_allclose(numbers(dots.y), np.abs(found[0].offset), rtol=1e-6)
    assert dots.marker.symbol[:4] == ("circle", "circle-open", "circle", "circle-open")
    mirrored = direction([found[0]._replace(offset=-found[0].offset)], ["mine"], "")
    assert named(mirrored, "mine")[0].marker.symbol == dots.marker.symbol
    (line,) = named(figure, "mine, predicted")
    np.testing.assert_allclose(numbers(line.y), found[0].predicted, rtol=1e-6)
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.title.text == "steepest"


def test_a_start_level_with_the_minimum_is_said_in_words():
    bowl = gd.SURFACES["bowl"]
    found = along(bowl, [gd.SGD(lr=0.1)], (0.0, 2.0), which=0)
    assert found[0].offset[0] == 0
    figure = direction(found, ["run"], "flat")
    assert not figure.data
    assert "level with the minimum" in figure.layout.annotations[0].text


# Sweeps


@pytest.fixture(scope="module")
def swept():
    limit = gd.curvature(LINE).limit
    rates = tuple(np.geomspace(0.01, 3, 12) * limit)
    runs = (gd.Run(gd.SGD()), gd.Run(gd.SGD(), 1))
    return gd.sweep(Sweep(LINE, runs, rates, START, epochs=20, n_seeds=5))


def limits():
    return [gd.curvature(LINE).limit, gd.mean_square_limit(LINE, 1)]


def test_a_line_of_the_sweep_is_the_median_excess_over_the_minimum(swept):
    figure = sweep_view(swept, ["all", "one"], limits())
    (line,) = named(figure, "one")
    end = ends(swept)[1]
    losses = swept.losses[1][end.known, :, -1]
    expected = np.median(losses, axis=1) - LINE.loss(LINE.minimum())
    np.testing.assert_allclose(end.y, expected, rtol=1e-9)
    np.testing.assert_allclose(numbers(line.y), expected, rtol=1e-5)
    np.testing.assert_allclose(numbers(line.x), np.array(swept.sweep.rates)[end.known], rtol=1e-6)
    assert figure.layout.title.text == "Excess training loss"
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_rates_that_lose_hold_are_crossed_out_at_the_top_and_nowhere_else(swept):
    figure = sweep_view(swept, ["all", "one"], limits())
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


def test_full_batches_lose_hold_above_2_over_l_and_are_well_below_it(swept):
    end = ends(swept)[0]
    limit = gd.curvature(LINE).limit
    assert end.gone.min() > limit > end.rates.max()
    assert end.best[0] < limit


def test_every_point_knows_the_run_that_it_stands_for(swept):
    figure = sweep_view(swept, ["all", "one"], limits())
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
    rings = named(sweep_view(swept, ["all", "one"], limits()), "best")
    assert len(rings) == 2
    for end, ring in zip(ends(swept), rings, strict=True):
        assert end.best == (end.rates[np.argmin(end.y)], end.y.min())
        assert ring.x[0] == pytest.approx(end.best[0])
        assert ring.y[0] == pytest.approx(end.best[1])


def test_predicted_limits_stand_where_they_are_predicted(swept):
    lines = named(sweep_view(swept, ["all", "one"], limits()), "predicted limit")
    assert [line.x[0] for line in lines] == limits()
    assert [line.line.color for line in lines] == [LIGHT.run_color(0), LIGHT.run_color(1)]
    assert not named(sweep_view(swept, ["all", "one"], [None, 99.0]), "predicted limit")


def test_the_band_over_seeds_is_drawn_for_noisy_lines_alone(swept):
    figure = sweep_view(swept, ["all", "one"], limits())
    bands = [trace for trace in figure.data if trace.fill == "tonexty"]
    assert len(bands) == 1
    high = swept.line(1).high[ends(swept)[1].known] - swept.origin.loss
    finite = np.isfinite(high)
    np.testing.assert_allclose(numbers(bands[0].y)[finite], high[finite], rtol=1e-5)


def test_an_earlier_epoch_shows_that_epochs_losses(swept):
    early = ends(swept, 1)[0]
    expected = swept.losses[0][early.known, 0, 1] - swept.origin.loss
    np.testing.assert_allclose(early.y, expected, rtol=1e-9)


def test_where_there_is_no_minimum_the_loss_itself_is_drawn():
    blobs = replace(gd.DATASETS["blobs"], noise=0.05)
    fit = gd.Fit(blobs, gd.MODELS["softmax"])
    swept = gd.sweep(Sweep(fit, (gd.Run(gd.SGD()),), (0.1, 1.0), epochs=3))
    figure = sweep_view(swept, ["all"], [None])
    assert figure.layout.title.text == "Training loss"
    np.testing.assert_allclose(ends(swept)[0].y, swept.losses[0][:, 0, -1])


def test_where_every_run_is_lost_the_figure_says_so():
    limit = gd.curvature(LINE).limit
    rates = (20 * limit, 30 * limit)
    swept = gd.sweep(Sweep(LINE, (gd.Run(gd.SGD()),), rates, START, epochs=20))
    figure = sweep_view(swept, ["all"], [limit])
    assert "every run diverged" in figure.layout.annotations[0].text


# Schedules


@pytest.fixture(scope="module")
def falling():
    run = gd.Run(gd.SGD(lr=0.05), 8, sampling="with replacement")
    schedules = (run.schedule, Inverse(half_life=40), Cosine(), Step(every=100, gamma=0.1))
    runs = tuple(replace(run, schedule=schedule) for schedule in schedules)
    experiment = gd.Experiment(LINE, runs, START, epochs=20, n_seeds=5)
    return experiment, gd.train(experiment, record_path=False)


def test_the_rate_of_each_update_is_the_schedules(falling):
    experiment, traces = falling
    for decay, run in zip(decays(experiment, traces, 0.0), experiment.runs, strict=True):
        factors = run.schedule.factors(20 * 25)
        assert decay.steps[[0, -1]].tolist() == [0, 20 * 25 - 1]
        np.testing.assert_allclose(decay.rates, 0.05 * factors[decay.steps])


def test_rates_are_drawn_below_the_losses_on_the_same_axis_of_updates(falling):
    experiment, traces = falling
    base = float(LINE.loss(LINE.minimum()))
    drawn = decays(experiment, traces, base)
    names = ["constant", "inverse", "cosine", "steps"]
    figure = decay_view(drawn, names, 0.01, "Excess", theme=DARK)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    for decay, name in zip(drawn, names, strict=True):
        (loss,), (rate,) = named(figure, name), named(figure, f"{name}, rate")
        assert (loss.xaxis, rate.xaxis, rate.yaxis) == (None, None, "y2")
        trace = traces[decay.place]
        np.testing.assert_allclose(numbers(loss.x), trace.updates)
        np.testing.assert_allclose(numbers(loss.y), np.median(trace.loss, axis=0) - base, 1e-5)
        np.testing.assert_allclose(numbers(rate.y), decay.rates, rtol=1e-5)
        assert loss.line.color == rate.line.color == DARK.run_color(decay.place)
    assert figure.layout.xaxis.range == (0, 500)


def test_the_predicted_floor_is_a_line_across(falling):
    experiment, traces = falling
    drawn, names = decays(experiment, traces, 0.0), ["a", "b", "c", "d"]
    (floor,) = named(decay_view(drawn, names, 0.0125, ""), "predicted floor")
    assert list(floor.y) == [0.0125, 0.0125]
    for none in (None, 0.0, np.inf):
        assert not named(decay_view(drawn, names, none, ""), "predicted floor")


def test_schedules_that_all_diverge_are_said_in_words():
    run = gd.Run(gd.SGD(lr=50.0), 1)
    experiment = gd.Experiment(LINE, (run,), START, epochs=3)
    drawn = decays(experiment, gd.train(experiment), 0.0)
    drawn = [decay._replace(median=decay.median[1:], low=decay.low[1:]) for decay in drawn]
    assert "every run diverged" in decay_view(drawn, ["a"], None, "").layout.annotations[0].text


def test_figures_travel_in_single_precision(swept):
    for trace in sweep_view(swept, ["all", "one"], limits()).to_plotly_json()["data"]:
        if isinstance(trace["x"], dict):
            assert base64.b64decode(trace["x"]["bdata"])
            assert trace["x"]["dtype"] == "f4"
