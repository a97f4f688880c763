"""What the browser plays: each run on one clock, and what its fit is drawn from."""

import json
import math
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.figures import Playback, close_ups, fit_view, packing, paths, playback, tracks
from gdplay.figures.curves import curves
from gdplay.figures.fits import MAX_POINTS, kind
from gdplay.figures.theme import DARK
from gdplay.figures.tracks import AROUND, FEWEST_FITS, MAX_NUMBERS, _window, every_state
from gdplay.loss.fit import MAX_QUADRATIC
from gdplay.teaching.defaults import default_rate
from gdplay.theory.landscape import Landscape, box_of, landscape, plane_of
from gdplay.theory.measures import AXES, METRICS, metrics_for

SECONDS = 3e-6


def experiment(dataset="line", model=None, **choices):
    base = gd.default_experiment(gd.DATASETS[dataset])
    problem = replace(base.problem, **choices)
    if model:
        problem = replace(problem, model=gd.MODELS[model])
    return replace(base, problem=problem, start=None)


def played(wanted, *args, **more):
    traces = gd.train(wanted)
    return playback(wanted, traces, *args, **more), traces


def states_of(track, trace):
    rows = np.searchsorted(trace.path_updates, track.fitted)
    np.testing.assert_array_equal(trace.path_updates[rows], track.fitted)
    return trace.path[rows]


def test_a_track_tells_the_loss_at_its_end_and_none_where_it_was_lost():
    home = gd.default_experiment()
    gone = replace(home.runs[0], optimizer=gd.SGD(10.0))
    play, traces = played(replace(home, runs=(home.runs[0], gone)))
    assert play.tracks[0].loss == traces[0].loss[0, -1]
    told = packing.played(play).told["tracks"]
    assert [track["loss"] for track in told] == [play.tracks[0].loss, None]


# The clock


@pytest.mark.parametrize("along", AXES)
@pytest.mark.parametrize("drop_last", [False, True])
def test_every_update_stands_on_the_clock_where_the_axis_puts_it(along, drop_last):
    base = gd.default_experiment()
    runs = tuple(gd.Run(gd.SGD(0.01), size, drop_last=drop_last) for size in (None, 64, 32, 7, 1))
    wanted = replace(base, runs=runs, epochs=3)
    result, _ = played(wanted, along, seconds=[SECONDS] * len(runs))
    for track, run in zip(result.tracks, runs, strict=True):
        every = np.arange(3 * run.updates_per_epoch(200) + 1)
        expected = AXES[along].at(run, 200, SECONDS, every)
        np.testing.assert_allclose(track.at(every), expected, rtol=1e-12)
        assert track.per_epoch == run.updates_per_epoch(200)


def test_runs_play_the_states_that_the_surface_draws():
    wanted = gd.default_experiment()
    result, traces = played(wanted)
    plane = plane_of(wanted, traces)
    land = landscape(wanted.problem, plane, box_of(wanted, traces, plane), 5)
    drawn = {path.label: path.update for path in paths(wanted, traces, land)}
    assert len(drawn) == 3
    for track in result.tracks:
        np.testing.assert_array_equal(track.updates, drawn[track.label])


def test_a_run_ends_where_its_last_update_was_made():
    wanted = replace(gd.default_experiment(), runs=(gd.Run(gd.SGD(0.05), 1), gd.Run(gd.SGD(0.05))))
    wanted = replace(wanted, runs=(replace(wanted.runs[0], epochs=2), wanted.runs[1]))
    result, _ = played(wanted)
    assert [int(track.updates[-1]) for track in result.tracks] == [400, 30]
    assert [float(track.at(track.updates[-1:])[0]) for track in result.tracks] == [2.0, 30.0]


def test_tracks_look_like_their_runs_in_the_figures():
    result, _ = played(gd.default_experiment(), theme=DARK)
    assert [(t.color, t.symbol, t.dash) for t in result.tracks] == [
        (DARK.run_color(0), "circle", "solid"),
        (DARK.run_color(1), "square", "dash"),
        (DARK.run_color(2), "diamond", "dot"),
    ]


def test_a_hidden_run_is_not_played():
    result, _ = played(gd.default_experiment(), shown=(0, 2))
    assert [track.place for track in result.tracks] == [0, 2]


# What the fit follows


@pytest.mark.parametrize("features", ["linear", "quadratic"])
@pytest.mark.parametrize("standardize", [False, True])
def test_a_line_is_drawn_from_raw_columns(features, standardize):
    wanted = experiment(features=features, standardize=standardize)
    calm = gd.SGD(default_rate(wanted.problem))  # squares of raw columns are steep
    wanted = replace(wanted, runs=tuple(replace(run, optimizer=calm) for run in wanted.runs))
    result, traces = played(wanted)
    assert result.kind == "line"
    raw = np.linspace(-2, 3, 7)
    powers = raw[:, None] ** np.arange(2 if features == "linear" else 3)
    for track in result.tracks:
        expected = wanted.problem.predict(
            states_of(track, traces[track.place]), wanted.problem.transform(raw[:, None])
        )
        np.testing.assert_allclose(track.fits[:, 0] @ powers.T, expected, rtol=1e-9, atol=1e-9)


def monomials(points, features):
    x, y = points.T
    columns = [np.ones_like(x), x, y]
    return np.column_stack(columns + ([x * x, x * y, y * y] if features == "quadratic" else []))


@pytest.mark.parametrize("features", ["linear", "quadratic"])
@pytest.mark.parametrize(
    ("dataset", "model"), [("moons", "logistic"), ("moons", "softmax"), ("blobs", "softmax")]
)
def test_regions_are_drawn_from_raw_columns(dataset, model, features):
    wanted = experiment(dataset, model, features=features, standardize=True)
    fit = wanted.problem
    result, traces = played(wanted)
    assert result.kind == "regions"
    points = np.random.default_rng(0).normal(size=(9, 2))
    tracks = [track for track in result.tracks if track.fits is not None]
    assert tracks
    for track in tracks:
        scores = fit.outputs(states_of(track, traces[track.place]), fit.transform(points))
        if scores.ndim == 2:
            scores = scores[..., None]
        elif fit.n_classes == 2:
            scores = scores[..., 1:] - scores[..., :1]
        found = np.einsum("tkp,mp->tmk", track.fits, monomials(points, features))
        np.testing.assert_allclose(found, scores, rtol=1e-9, atol=1e-9)


def test_predictions_are_drawn_from_the_rows_of_the_picture():
    wanted = experiment("diabetes")
    result, traces = played(wanted)
    assert result.kind == "predicted"
    assert len(result.rows) == MAX_POINTS < wanted.problem.n_samples
    clouds = {trace.name: trace for trace in fit_view(wanted, traces).data}
    for track in result.tracks:
        last = track.fits[-1, 0]
        np.testing.assert_allclose(
            last[0] + result.rows @ last[1:], clouds[track.label].y, rtol=1e-5
        )


def test_the_last_state_played_is_the_fit_drawn_at_rest():
    wanted = gd.default_experiment()
    result, traces = played(wanted)
    lines = {trace.name: trace for trace in fit_view(wanted, traces).data}
    for track in result.tracks:
        bias, slope = track.fits[-1, 0]
        line = lines[track.label]
        np.testing.assert_allclose(bias + slope * line.x, line.y, rtol=1e-5)


def test_where_a_picture_holds_one_run_only_that_run_moves():
    wanted = experiment("blobs")
    for focus in (0, 1):
        result, _ = played(wanted, focus=focus)
        assert result.focus == focus
        assert [track.fits is not None for track in result.tracks] == [
            place == focus for place in range(3)
        ]


def test_a_diverged_run_is_played_but_has_no_fit():
    base = gd.default_experiment()
    wanted = replace(base, runs=(gd.Run(gd.SGD(50.0)), base.runs[1]))
    result, traces = played(wanted)
    assert traces[0].status[0] is Status.DIVERGED
    assert result.tracks[0].fits is None
    assert result.tracks[1].fits is not None
    assert len(result.tracks[0].updates) > 1


def test_runs_are_played_where_all_diverged():
    wanted = replace(gd.default_experiment(), runs=(gd.Run(gd.SGD(50.0)),))
    result, _ = played(wanted)
    assert result.focus is None
    assert [track.fits for track in result.tracks] == [None]


def test_a_test_function_has_no_fit_to_follow():
    surface = next(iter(gd.SURFACES.values()))
    wanted = gd.Experiment(surface, (gd.Run(gd.SGD(1e-3)),), start=(0.1, 0.1), epochs=5)
    result, _ = played(wanted)
    assert result.kind == ""
    assert int(result.tracks[0].updates[-1]) == 5


# How many fits are told

SUITED = [
    (key, features)
    for key, dataset in gd.DATASETS.items()
    for features in ("linear", "quadratic")
    if features == "linear" or dataset.n_features <= MAX_QUADRATIC
]
CONFUSED = [
    key for key, dataset in gd.DATASETS.items() if kind(experiment(key).problem) == "confusion"
]


def long_run(dataset, **choices):
    """An experiment whose run makes 2 300 updates or more, one row each."""
    base = experiment(dataset, standardize=True, **choices)
    epochs = -(-2300 // base.problem.n_samples)
    return replace(base, runs=(gd.Run(gd.SGD(1e-3), 1),), epochs=epochs)


@pytest.mark.parametrize(("dataset", "features"), SUITED)
def test_the_longer_a_fit_the_fewer_are_told_so_that_a_run_weighs_little(dataset, features):
    wanted = long_run(dataset, features=features)
    result, _ = played(wanted)
    (track,) = result.tracks
    each = track.fits[0].size
    assert len(track.fits) == len(track.fitted) >= min(FEWEST_FITS, len(track.updates))
    assert track.fits.size <= max(MAX_NUMBERS, FEWEST_FITS * each)
    of_rows = 0 if result.rows is None else result.rows.size
    text = json.dumps(packing.played(result).told)
    assert len(text) < 4 / 3 * 4 * (max(MAX_NUMBERS, FEWEST_FITS * each) + of_rows) + 6_000
    # They are fits after states that are played, the first and the last included.
    assert np.isin(track.fitted, track.updates).all()
    assert np.all(np.diff(track.fitted) > 0)
    assert list(track.fitted[[0, -1]]) == [0, track.last] == list(track.updates[[0, -1]])


def test_many_columns_thin_the_fits_and_few_do_not():
    few, many = (played(long_run(*choice))[0].tracks[0] for choice in (("line",), ("digits",)))
    assert len(few.fitted) == len(few.updates)
    assert len(many.fitted) < len(many.updates) / 2


def test_however_much_a_fit_takes_enough_are_told_to_follow_it(monkeypatch):
    monkeypatch.setattr(tracks, "MAX_NUMBERS", 1)
    (track,) = played(long_run("diabetes"))[0].tracks
    assert 0.7 * FEWEST_FITS < len(track.fitted) <= FEWEST_FITS
    assert list(track.fitted[[0, -1]]) == [0, track.last]


@pytest.mark.parametrize("dataset", CONFUSED)
def test_a_matrix_that_moves_counts_every_training_row_after_each_state(dataset):
    wanted = experiment(dataset, test_size=0.25)
    wanted = replace(wanted, epochs=2)
    fit = wanted.problem
    result, traces = played(wanted)
    (track,) = [track for track in result.tracks if track.fits is not None]
    assert track.place == result.focus
    sizes = np.bincount(fit.y.astype(int), minlength=fit.n_classes)
    np.testing.assert_array_equal(track.fits.sum(axis=2), np.tile(sizes, (len(track.fits), 1)))
    trace = fit_view(wanted, traces).data[0]
    np.testing.assert_array_equal(track.fits[-1], trace.text)
    np.testing.assert_array_equal(
        np.trace(track.fits, axis1=1, axis2=2) / fit.n_samples,
        fit.accuracy(states_of(track, traces[track.place])),
    )


# Every update, for a while


class Picture(NamedTuple):
    """An experiment as its page draws it."""

    experiment: gd.Experiment
    traces: tuple[gd.Trace, ...]
    land: Landscape
    play: Playback

    def closer(self, windows, metric="loss", **more):
        return close_ups(*self[:4], windows, metric, **more)

    def whole(self, place, metric="loss"):
        """Every close-up of a run, from its start to its end."""
        last = self.play.tracks[place].last
        return [
            self.closer({place: window}, metric)[0] for window in range(0, last // AROUND + 2, 2)
        ]


def drawn(wanted, **more):
    traces = gd.train(wanted)
    plane = plane_of(wanted, traces)
    land = landscape(wanted.problem, plane, box_of(wanted, traces, plane), 3)
    return Picture(wanted, traces, land, playback(wanted, traces, **more))


@cache
def default():
    return drawn(gd.default_experiment())


@cache
def of(dataset, model=None, size=1, updates=700, **choices):
    """A picture of two runs of some hundred updates."""
    base = experiment(dataset, model, standardize=True, **choices)
    per_epoch = gd.Run(gd.SGD(), size).updates_per_epoch(base.problem.n_samples)
    runs = (gd.Run(gd.SGD(1e-2), size), gd.Run(gd.SGD(1e-2)))
    return drawn(replace(base, runs=runs, epochs=-(-updates // per_epoch)))


@cache
def on_a_surface():
    surface = gd.SURFACES["rosenbrock"]
    runs = (gd.Run(gd.Adam(0.01)), gd.Run(gd.SGD(1e-3)))
    return drawn(gd.Experiment(surface, runs, surface.start, epochs=800))


def common(updates, others):
    """Return where two ascending lists of updates hold the same ones."""
    return np.intersect1d(updates, others, assume_unique=True, return_indices=True)[1:]


LASTS = (1, 30, AROUND // 2, AROUND - 1, AROUND, AROUND + 1, 4 * AROUND, 4 * AROUND + 70)


@pytest.mark.parametrize("last", LASTS)
def test_every_update_has_a_window_with_half_of_it_on_either_side(last):
    for update in range(last + 1):
        updates = _window(last, math.floor(update / AROUND + 0.5))  # as JavaScript rounds
        np.testing.assert_array_equal(updates, np.arange(updates[0], updates[-1] + 1))
        assert len(updates) <= 2 * AROUND + 1
        assert updates[0] <= max(0, update - AROUND / 2)
        assert updates[-1] >= min(last, update + AROUND / 2)
        assert 0 <= updates[0] <= updates[-1] <= last


@pytest.mark.parametrize("last", LASTS)
@pytest.mark.parametrize("beyond", [0, 1, 10**9, 10**18, 10**30, 10**400])
def test_a_window_without_updates_is_refused_however_far_off(last, beyond):
    most = last // AROUND + 1
    assert _window(last, most)[-1] == last
    for window in (most + 1 + beyond, -1 - beyond):
        with pytest.raises(ValueError, match=f"^window must be from 0 to {most}; got {window}"):
            _window(last, window)


@pytest.mark.parametrize("place", [-1, 3, 10**30])
def test_a_run_that_is_not_there_has_no_close_up(place):
    with pytest.raises(ValueError, match=r"^place must be one of \[0, 1, 2\]; got"):
        default().closer({0: 0, place: 0})


def test_a_hidden_run_has_no_close_up():
    wanted = gd.default_experiment()
    picture = drawn(wanted, shown=(0, 2))
    assert [close.place for close in picture.closer({2: 1, 0: 0})] == [2, 0]
    with pytest.raises(ValueError, match=r"place must be one of \[0, 2\]; got 1"):
        picture.closer({1: 0})


def test_nothing_is_found_where_nothing_is_asked():
    assert default().closer({}) == []


PICTURES = {
    "line": default,
    "principal directions": lambda: of("diabetes"),
    "classes": lambda: of("moons"),
    "many columns": lambda: of("digits", size=16, updates=100),
    "a surface": on_a_surface,
    "a plane of two of many parameters": lambda: turned(of("diabetes"), "2,5"),
    "several seeds": lambda: drawn(replace(gd.default_experiment(), n_seeds=4, epochs=4)),
}


def turned(picture, choice):
    plane = plane_of(picture.experiment, picture.traces, choice)
    box = box_of(picture.experiment, picture.traces, plane)
    return picture._replace(land=landscape(picture.experiment.problem, plane, box, 3))


@pytest.mark.parametrize("name", PICTURES)
def test_close_ups_stand_where_the_paths_do_and_as_high_and_leave_no_update_out(name):
    picture = PICTURES[name]()
    for path in paths(*picture[:3]):
        assert path.arrived
        found = picture.whole(path.place)
        if path.place == 0:
            seen = np.unique(np.concatenate([close.updates for close in found]))
            np.testing.assert_array_equal(seen, np.arange(picture.play.tracks[0].last + 1))
        for close in found:
            here, there = common(close.updates, path.update)
            assert len(here) > 0
            for name_of_value in ("x", "y", "loss"):
                np.testing.assert_allclose(
                    getattr(close, name_of_value)[here],
                    getattr(path, name_of_value)[there],
                    rtol=1e-11,
                    atol=1e-13 * np.abs(getattr(path, name_of_value)).max(),
                )


@pytest.mark.parametrize("name", ["line", "classes"])
def test_every_state_at_once_is_all_close_ups_in_one_of_runs_that_did_not_come_whole(name):
    picture = PICTURES[name]()
    found = {close.place: close for close in every_state(*picture)}
    assert found
    for track in picture.play.tracks:
        assert (track.place in found) is not track.is_whole
    for place, close in found.items():
        np.testing.assert_array_equal(close.updates, np.arange(picture.play.tracks[place].last + 1))
        for part in picture.whole(place):
            for value in ("x", "y", "loss", "value", "fits"):
                one, other = getattr(part, value), getattr(close, value)
                assert (one is None) is (other is None)
                if one is not None:
                    np.testing.assert_allclose(one, other[part.updates], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["line", "principal directions", "many columns"])
def test_the_height_of_every_state_is_its_loss_over_all_rows(name):
    picture = PICTURES[name]()
    (close,) = picture.closer({0: 1})
    states = gd.states_after(
        picture.experiment, [close.updates, *[np.arange(0)] * (len(picture.traces) - 1)]
    )[0]
    np.testing.assert_allclose(close.loss, picture.experiment.problem.loss(states), rtol=1e-12)
    assert len(np.unique(close.loss)) > 0.9 * min(len(close.loss), picture.play.tracks[0].last)


VALUED = {
    "line": lambda: of("line"),
    "held out classes": lambda: of("moons", test_size=0.3),
    "without a minimum": lambda: of("iris"),
    "a surface": on_a_surface,
}


@pytest.mark.parametrize("name", VALUED)
def test_values_are_those_of_the_curves_that_follow_single_updates(name):
    picture = VALUED[name]()
    metrics = metrics_for(picture.experiment.problem)
    for metric, curve in ((m, c) for m in metrics for c in curves(*picture[:2], m, "updates")):
        for close in picture.whole(curve.place, metric):
            assert (close.value is None) == (metric in ("running", "batch", "sharpness"))
            if close.value is not None:
                here, there = common(close.updates, curve.x.astype(int))
                assert len(here) > 0
                assert np.isfinite(close.value).all()
                np.testing.assert_allclose(close.value[here], curve.y[there], rtol=1e-9, atol=1e-13)


def test_every_value_that_a_page_offers_was_looked_at():
    pictures = [picture() for picture in VALUED.values()]
    assert {m for picture in pictures for m in metrics_for(picture.experiment.problem)} == set(
        METRICS
    )


@pytest.mark.parametrize("metric", ["loss", "distance", "running"])
def test_curves_of_several_seeds_do_not_follow_single_updates(metric):
    picture = drawn(replace(gd.default_experiment(), n_seeds=4, epochs=2))
    assert [close.value for close in picture.closer({0: 0, 2: 3}, metric)] == [None, None]


FITTED = {
    "line": default,
    "a curve": lambda: of("line", features="quadratic"),
    "two classes": lambda: of("moons", features="quadratic"),
    "two scores": lambda: of("moons", "softmax"),
    "three classes": lambda: of("blobs"),
    "predictions": lambda: of("diabetes"),
    "predictions of many columns": lambda: of("diabetes", features="quadratic"),
    "a matrix": lambda: of("iris"),
    "a large matrix": lambda: of("digits", size=16, updates=100),
}


def test_every_kind_of_fit_is_looked_at_closely():
    assert {picture().play.kind for picture in FITTED.values()} == {
        kind(experiment(key).problem) for key in gd.DATASETS
    }


@pytest.mark.parametrize("name", FITTED)
def test_the_fits_of_a_close_up_are_those_of_the_track(name):
    picture = FITTED[name]()
    fitted = [track for track in picture.play.tracks if track.fits is not None]
    assert fitted
    for track in fitted:
        for close in picture.whole(track.place):
            assert len(close.fits) == len(close.updates)
            here, there = common(close.updates, track.fitted)
            assert len(here) > 0
            if close.fits.dtype.kind == "i":
                np.testing.assert_array_equal(close.fits[here], track.fits[there])
            else:
                np.testing.assert_allclose(
                    close.fits[here], track.fits[there], rtol=1e-11, atol=1e-13
                )


def test_only_runs_whose_fit_is_played_get_fits():
    base = experiment("blobs")
    runs = (gd.Run(gd.SGD(0.1), 32), gd.Run(gd.SGD(0.05), 32), gd.Run(gd.SGD(0.02), 32))
    picture = drawn(replace(base, runs=runs), focus=1)
    found = picture.closer({0: 0, 1: 0, 2: 0})
    assert [close.fits is not None for close in found] == [False, True, False]
    surface = on_a_surface()
    assert [close.fits for close in surface.closer({0: 0, 1: 2})] == [None, None]


def test_a_run_that_stopped_early_is_looked_at_up_to_where_it_stopped():
    base = gd.default_experiment()
    picture = drawn(replace(base, runs=(gd.Run(gd.SGD(0.1)),), epochs=900, tol=1e-6))
    assert picture.traces[0].status[0] is Status.CONVERGED
    last = int(picture.traces[0].path_updates[-1])
    assert last < 900
    (close,) = picture.closer({0: last // AROUND + 1})
    assert close.updates[-1] == last
    end = picture.traces[0].path[-1]
    np.testing.assert_allclose(close.loss[-1], picture.experiment.problem.loss(end), rtol=1e-12)
    with pytest.raises(ValueError, match="window must be"):
        picture.closer({0: last // AROUND + 2})


def test_a_run_whose_training_was_stopped_is_looked_at_up_to_where_it_came():
    base = replace(gd.default_experiment(), runs=(gd.Run(gd.Adam(0.01), 1),), epochs=30)
    traces = gd.train(base, progress=lambda done, total: done < 1000)
    assert traces[0].status[0] is Status.CANCELLED
    plane = plane_of(base, traces)
    land = landscape(base.problem, plane, box_of(base, traces, plane), 3)
    picture = Picture(base, traces, land, playback(base, traces))
    last = int(traces[0].path_updates[-1])
    assert 1000 <= last < 6000
    assert picture.closer({0: last // AROUND + 1})[0].updates[-1] == last


@pytest.mark.parametrize("rate", [12.32846739442066, 81.1130830788697, 1e3])
def test_a_run_that_ran_away_is_looked_at_as_far_as_there_are_numbers(rate):
    base = gd.default_experiment(gd.DATASETS["diabetes"])
    calm = gd.Run(gd.SGD(1e-3))
    picture = drawn(replace(base, runs=(gd.Run(gd.SGD(rate), 1), calm), epochs=3))
    assert picture.traces[0].status[0] is Status.DIVERGED
    last = picture.play.tracks[0].last
    found = picture.whole(0)
    assert found[-1].updates[-1] == last
    assert all(close.fits is None for close in found)
    assert all(len(close.updates) == len(close.x) == len(close.loss) for close in found)
    (path,) = paths(*picture[:3], shown=(0,))
    assert not path.arrived
    here, there = common(found[0].updates, path.update[:-1])
    assert len(here) > 0
    np.testing.assert_allclose(found[0].x[here], path.x[there], rtol=1e-9, atol=1e-12)


def test_what_was_not_found_is_left_out_of_everything():
    picture = of("moons")
    (close,) = picture.closer({0: 3}, progress=lambda done, total: done < 256)
    assert 0 < len(close.updates) < 2 * AROUND + 1
    (complete,) = picture.closer({0: 3})
    for name in ("updates", "x", "y", "loss", "value", "fits"):
        part, whole = getattr(close, name), getattr(complete, name)
        assert len(part) == len(close.updates)
        np.testing.assert_allclose(part, whole[: len(part)], rtol=1e-11, atol=1e-13)
    (nothing,) = picture.closer({0: 3}, progress=lambda done, total: False)
    assert [len(part) for part in nothing[2:]] == [0] * 6
