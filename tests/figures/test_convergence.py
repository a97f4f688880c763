"""Curves of several losses, smoothed ones, and those on a logarithmic axis of time."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay import studies
from gdplay.experiment import labels
from gdplay.figures import DARK, convergence, curves, fit_view
from gdplay.figures.axes import even_axis, time_axis
from gdplay.figures.predict import blank
from gdplay.figures.theme import LIGHT, dash, symbol
from gdplay.teaching.defaults import default_race
from gdplay.teaching.networks import default_networks
from gdplay.theory.measures import AXES, METRICS
from gdplay.theory.smoothing import smoothed
from tests import trained

HOME = gd.default_experiment()
HELD_OUT = replace(HOME, problem=replace(HOME.problem, test_size=0.25), epochs=5)
LOSSES = ("loss", "running", "batch", "test")


def drawn(experiment, metric=LOSSES, **more):
    return convergence(experiment, trained(experiment), metric, **more)


def lines(figure, name):
    """The lines of a run: those behind first."""
    return [t for t in figure.data if t.name == name and t.mode == "lines" and t.line.width]


def own(figure, name):
    """The one line of a run that the player shows it on."""
    (line,) = [line for line in lines(figure, name) if line.meta != "beside"]
    return line


# Several losses


def legend(figure):
    return [trace.name for trace in figure.data if trace.showlegend]


def test_a_legend_says_of_each_loss_when_it_is_taken_and_on_which_rows():
    assert legend(drawn(HELD_OUT)) == [
        "Training loss: after each update, on all rows",
        "Running epoch mean: of each epoch's mini-batch losses",
        "Mini-batch loss: before each update, on its own rows",
        "Test loss: after each update, on the rows held out",
    ]
    assert legend(drawn(replace(HELD_OUT, n_seeds=3), ("loss", "batch"))) == [
        "Training loss: after each epoch, on all rows",
        "Mini-batch loss: before each update, on its own rows, first order",
    ]
    whole = replace(HELD_OUT, runs=HELD_OUT.runs[:1], n_seeds=3)  # in which seeds are alike
    assert legend(drawn(whole, ("loss", "batch")))[1].endswith("on its own rows")
    nets = default_networks()
    nets = replace(nets, runs=nets.runs[:1], epochs=2, n_seeds=3)
    assert legend(drawn(nets, ("loss", "batch")))[1].endswith("on its own rows, first start")


def test_a_legend_marks_the_loss_whose_lines_are_marked_and_that_with_hollow_marks():
    for keys in (LOSSES, ("running", "batch", "test")):
        entries = [trace for trace in drawn(HELD_OUT, keys).data if trace.showlegend]
        marked = [entry.marker.symbol for entry in entries if "markers" in entry.mode]
        assert marked == ["circle", "circle-open"]
        assert [entry.mode for entry in entries[:2]] == ["lines+markers", "lines"]


def test_of_many_curves_the_first_loss_of_each_run_stands_out_and_the_legend_stays_clear():
    six = replace(HELD_OUT, runs=2 * HELD_OUT.runs)
    name = labels(six)[2]
    quiet = [line.opacity for line in lines(drawn(six), name) if line.meta == "beside"]
    loud = [line.opacity for line in lines(drawn(HELD_OUT, shown=[2]), "Stochastic")]
    assert own(drawn(six), name).opacity == 1.0
    assert len(quiet) == 3
    assert max(quiet) < 0.5
    assert sorted(loud) == [0.3, 0.4, 1.0, 1.0]
    entries = [trace for trace in drawn(six).data if trace.showlegend]
    assert [trace.opacity for trace in entries] == [1.0, 0.3, 0.4, 1.0]


def test_a_legend_says_what_is_pale_where_losses_are_smoothed():
    *_, last = legend(drawn(HELD_OUT, ("loss", "test"), smooth=0.5))
    assert last == "pale: before it is smoothed over 0.5 epochs"
    assert legend(drawn(HELD_OUT, "loss", smooth=0.5)) == []


def test_one_metric_alone_needs_no_legend_and_bears_its_title():
    for key in ("loss", ("loss",)):
        figure = drawn(HOME, key)
        assert not figure.layout.showlegend
        assert figure.layout.title.text == METRICS["loss"].title
        assert all(len(lines(figure, name)) == 1 for name in ("Batch", "Stochastic"))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_losses_differ_in_width_and_marks_and_runs_in_colour_and_dash(theme):
    figure = drawn(HELD_OUT, theme=theme)
    for place, name in enumerate(("Batch", "Mini-batch", "Stochastic")):
        four = lines(figure, name)
        assert {line.line.color for line in four} == {theme.run_color(place)}
        assert len({(line.line.width, line.opacity) for line in four}) == 4
        assert {line.line.dash for line in four} <= {dash(place), "solid"}  # dense ones have none
        marks = [t.marker.symbol for t in figure.data if t.name == name and t.mode == "markers"]
        assert set(marks) == {symbol(place), f"{symbol(place)}-open"}
        first = own(drawn(HELD_OUT, "loss", theme=theme), name)
        np.testing.assert_array_equal(own(figure, name).y, first.y)


def test_each_line_holds_its_own_loss():
    figure = drawn(HELD_OUT)
    for key in LOSSES:
        for curve in curves(HELD_OUT, trained(HELD_OUT), key):
            there = [line.y for line in lines(figure, curve.label)]
            assert any(np.array_equal(y, curve.y.astype("f4")) for y in there)


def test_rare_dips_of_pale_lines_do_not_stretch_the_axis():
    low, _ = drawn(HOME, ("loss", "batch")).layout.yaxis.range
    (stochastic,) = curves(HOME, trained(HOME), "batch", shown=[2])
    dips = np.log10(stochastic.y)
    assert dips.min() < low < np.quantile(dips, 0.11)


# Smoothed


def test_a_smoothed_line_lies_before_the_pale_one_that_it_is_made_of():
    figure = drawn(HOME, "batch", smooth=0.5)
    assert figure.layout.title.text == "Mini-batch loss, smoothed over 0.5 epochs"
    for raw, curve in zip(
        curves(HOME, trained(HOME), "batch"),
        curves(HOME, trained(HOME), "batch", smooth=0.5),
        strict=True,
    ):
        pale, front = lines(figure, raw.label)
        assert pale.opacity < 0.5 <= front.opacity
        np.testing.assert_array_equal(pale.y, raw.y.astype("f4"))
        np.testing.assert_array_equal(front.y, curve.smooth.astype("f4"))
        assert own(figure, raw.label) is front


def test_smoothing_looks_back_on_epochs_and_on_all_that_was_recorded():
    (curve,) = curves(HOME, trained(HOME), "batch", shown=[2], smooth=0.5)
    trace = trained(HOME)[2]
    whole = smoothed(trace.batch_loss[1:], trace.path_updates[1:] / 200, 0.5)
    at = np.searchsorted(trace.path_updates[1:], np.rint(curve.x * 200))
    np.testing.assert_array_equal(curve.smooth, whole[at])


# What hovering tells


PATTERN = re.compile(r"%\{(x|y|customdata):\.4g\}")


def told(trace):
    """What a hand over each point of a trace is told, as Plotly fills in its template."""
    template = trace.hovertemplate.removesuffix("<extra></extra>")
    for i in range(len(trace.x)):
        yield PATTERN.sub(lambda found, i=i: f"{np.asarray(trace[found[1]])[i]:.4g}", template)


def per_update(along, run, cost):
    """How much of what is counted an update of a run on the default rows takes."""
    rows = run.batch_size or 200
    return {"epochs": rows / 200, "updates": 1, "examples": rows, "seconds": cost}[along]


@pytest.mark.parametrize("along", AXES)
@pytest.mark.parametrize("log_x", [True, False])
@pytest.mark.parametrize("key", ["loss", "batch"])
def test_a_hand_over_a_curve_is_told_the_runs_own_numbers(along, log_x, key):
    costs = [2e-5, 1e-5, 6e-6]
    figure = drawn(HOME, key, along=along, log_x=log_x, seconds=costs)
    for run, name, trace, cost in zip(HOME.runs, labels(HOME), trained(HOME), costs, strict=True):
        texts = list(told(own(figure, name)))
        assert len(texts) > 20
        for text in (texts[0], texts[1], texts[len(texts) // 2], texts[-1]):
            found = re.fullmatch(
                rf"{name}<br>(\S+) after (\S+) {re.escape(AXES[along].title)}", text
            )
            value, amount = map(float, found.groups())
            update = amount / per_update(along, run, cost)
            at = int(np.abs(trace.path_updates - update).argmin())
            assert trace.path_updates[at] == pytest.approx(update, rel=1e-3)
            loss = HOME.problem.loss(trace.path[at]) if key == "loss" else trace.batch_loss[at]
            near = trace.path_updates[np.abs(trace.path_updates - update) <= 1e-3 * update]
            if len(near) <= 1:  # else four figures do not say which update it is
                assert value == pytest.approx(float(loss), rel=1e-3)


def test_a_hand_over_a_fitted_line_is_told_what_the_run_predicts_there():
    figure = fit_view(HOME, trained(HOME))
    for name, trace in zip(labels(HOME), trained(HOME), strict=True):
        line = own(figure, name)
        bias, weight = trace.params[0, -1]
        for x, text in zip(np.asarray(line.x), told(line), strict=True):
            head, value = text.split("<br>predicts ")
            assert head == name
            assert float(value) == pytest.approx(bias + weight * x, rel=1e-3)


def test_a_hand_over_predictions_is_told_each_rows_target_and_prediction():
    diabetes = gd.default_experiment(gd.DATASETS["diabetes"])
    fit, figure = diabetes.problem, fit_view(diabetes, trained(diabetes))
    for name, trace in zip(labels(diabetes), trained(diabetes), strict=True):
        (cloud,) = [each for each in figure.data if each.name == name]
        guess = trace.params[0, -1][0] + fit.X @ trace.params[0, -1][1:]
        pairs = np.array([[float(part) for part in text.split(", ")] for text in told(cloud)])
        rows = np.unique(np.linspace(0, len(fit.y) - 1, len(pairs)).round().astype(int))
        np.testing.assert_allclose(pairs, np.column_stack([fit.y, guess])[rows], rtol=1e-3)


# On a logarithmic axis


@pytest.mark.parametrize("along", AXES)
def test_the_start_has_a_place_of_its_own_at_the_left_end(along):
    more = {"along": along, "seconds": [2e-5, 1e-5, 6e-6]}
    figure, even = drawn(HOME, "loss", log_x=True, **more), drawn(HOME, "loss", **more)
    edge = figure.layout.meta["edge"]
    assert figure.layout.xaxis.range[0] == pytest.approx(np.log10(edge))
    assert (figure.layout.xaxis.tickvals[0], figure.layout.xaxis.ticktext[0]) == (edge, "0")
    for name in ("Batch", "Mini-batch", "Stochastic"):
        placed, stands = own(figure, name), own(even, name).x
        np.testing.assert_allclose(placed.x, np.maximum(stands, edge), rtol=1e-6)
        np.testing.assert_array_equal(placed.customdata, stands)  # which is what hovering tells
        assert stands[0] == 0 < edge < stands[1]
    assert even.layout.meta is None


@pytest.mark.parametrize("first", [1, 200, 0.005, 6.3e-6])
@pytest.mark.parametrize("ratio", [1, 1.5, 9, 30, 250, 6e3, 1e6, 1e9])
def test_ticks_stand_apart_even_on_a_phone(first, ratio):
    about, edge = time_axis(first, first * ratio)
    low, high = about["range"]
    pixels = 300 * (np.log10(about["tickvals"]) - low) / (high - low)
    half = 2 + np.array([5.5 * len(text) for text in about["ticktext"]]) / 2
    assert np.all(np.diff(pixels) > half[1:] + half[:-1])
    assert edge < first
    assert 10**low <= edge * (1 + 1e-9)
    assert 10**high >= first * ratio


def test_seconds_have_their_unit_at_ticks_as_in_words_and_on_the_clock():
    about, _ = time_axis(0.005, 20.0, AXES["seconds"])
    assert about["ticktext"] == ["0", "10 ms", "100 ms", "1 s", "10 s"]
    assert time_axis(1, 500)[0]["ticktext"][:3] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [(0.108, ["0", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]),
     (1.34, ["0", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1 s", "1.2 s"]),
     (1.8e-4, ["0", "0.05 ms", "0.1 ms", "0.15 ms"]),
     (250.0, ["0", "50 s", "100 s", "150 s", "200 s", "250 s"])],
)  # fmt: skip
def test_an_even_axis_of_seconds_has_the_unit_of_its_end_at_every_tick(seconds, ticks):
    """In curves and on the empty axes before them; what is counted has Plotly's own ticks."""
    one = seconds / int(trained(HOME)[0].updates[-1])
    costs, shown = [one] * len(HOME.runs), (0,)
    more = {"along": "seconds", "seconds": costs, "shown": shown}
    for figure in (
        drawn(HOME, **more),
        blank(HOME, trained(HOME), "loss", **more),
    ):
        about = figure.layout.xaxis
        assert list(about.ticktext) == ticks
        units = {"s": 1.0, "ms": 1e-3}
        read = [0.0] + [float(n) * units[unit] for n, unit in map(str.split, ticks[1:])]
        np.testing.assert_allclose(about.tickvals, read, rtol=1e-9)
    for along in set(AXES) - {"seconds"}:
        figures = drawn(HOME, along=along), blank(HOME, trained(HOME), "loss", along, shown=shown)
        assert all(figure.layout.xaxis.tickvals is None for figure in figures)


def test_ticks_of_an_even_axis_stand_apart_on_a_phone_and_leave_no_half_of_it_empty():
    for last in np.geomspace(1e-6, 1e4, 200):
        about = even_axis(last, AXES["seconds"])
        values, texts = about["tickvals"], about["ticktext"]
        half = 2 + np.array([5.5 * len(text) for text in texts]) / 2
        assert np.all(np.diff(300 * values / last) > half[1:] + half[:-1]), last
        assert values[-1] > last / 2, last
        assert len(set(texts)) == len(texts) > 2, last


# What takes a study of its own


def test_sharpness_is_drawn_for_rules_with_a_limit_with_a_line_at_1_that_the_axis_holds():
    runs = (*HOME.runs[:2], gd.Run(gd.Adam(lr=0.1)))
    experiment = replace(HOME, runs=runs, epochs=5)
    reading = studies.sharpness(experiment)
    *two, none = curves(experiment, trained(experiment), "sharpness", "updates", bends=reading)
    assert len(none.x) == len(none.y) == 0
    for curve, bend in zip(two, reading.runs[:2], strict=True):
        np.testing.assert_array_equal(curve.x, bend.updates)
        np.testing.assert_array_equal(curve.y, bend.share)
    for log in (True, False):
        figure = drawn(experiment, "sharpness", log=log)
        (level,) = [t for t in figure.data if t.name is None]
        assert (list(level.x), list(level.y), level.meta) == ([0, 5], [1, 1], "beside")
        high = figure.layout.yaxis.range[1]
        assert high > (0 if log else 1)
    assert not [t for t in drawn(experiment, "loss").data if t.name is None]
    (text,) = drawn(replace(experiment, runs=runs[2:]), "sharpness").layout.annotations
    assert "no run has a value here" in text.text


def test_the_title_says_why_the_axis_is_linear_where_values_fall_below_0():
    pole = default_race(gd.Expression("1/x + y**2"))
    below = convergence(pole, trained(pole))
    assert below.layout.title.text.endswith(": linear axis, for values below 0")
    assert below.layout.yaxis.type != "log"
    for plain in (convergence(pole, trained(pole), log=False), convergence(HOME, trained(HOME))):
        assert "linear" not in plain.layout.title.text
