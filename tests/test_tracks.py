"""What the browser plays: each run on one clock, and what its fit is drawn from."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures import fit_view, paths, playback
from gdplay.figures.fits import MAX_POINTS
from gdplay.figures.theme import DARK
from gdplay.landscape import box_of, landscape, plane_of
from gdplay.measures import AXES
from gdplay.training import Status

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
