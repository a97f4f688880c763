"""Runs at every option of a slider: what is told is what training does there."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.figures import kind, paths
from gdplay.figures.convergence import looks_of
from gdplay.figures.curves import values_along
from gdplay.figures.slider_packing import Range, packed_slider, range_of
from gdplay.figures.slider_tracks import (
    FEWEST,
    FIT_NUMBERS,
    ROOM,
    SliderTracks,
    follows,
    slider_tracks,
    twinned,
)
from gdplay.figures.sliders import Slider, at_rate
from gdplay.figures.tracks import fits_after
from gdplay.teaching.defaults import default_race
from gdplay.theory.curvature import curvature
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.theory.limits import rate_options
from gdplay.theory.measures import METRICS, lost_at, reference
from tests import crossed
from tests.astray import twins

FEW = (0.003, 0.05, 0.4, 0.6, 1.0, 4.0)


def home(dataset="line", **more):
    return replace(gd.default_experiment(gd.DATASETS[dataset]), **more)


def options(experiment):
    return rate_options(experiment.runs[0].optimizer.lr, curvature(experiment.problem).limit)


def drawn_on(experiment, traces, size=9):
    plane = plane_of(experiment, traces)
    return landscape(experiment.problem, plane, box_of(experiment, traces, plane), size)


def over(places, options):
    return Slider("lr", tuple(places), tuple(options))


def told(experiment, rates=FEW, places=None, **more):
    traces = gd.train(experiment)
    land = drawn_on(experiment, traces)
    places = range(len(experiment.runs)) if places is None else places
    slider = over(places, rates)
    return slider_tracks(experiment, traces, land, slider, **more), land, traces


# Every number is that of training


def told_as_trained(track, twin, alone, land, origin):
    """As lone runs of single rows are grouped, their sums differ in the last digits."""
    trace = twin.trace
    assert track.last == trace.path_updates[-1]
    assert track.lost == lost_at(alone.problem, trace)
    assert (track.lost >= 0) == (trace.status[0] is Status.DIVERGED)
    assert track.lost < 0 or np.isnan(track.loss)
    if not np.isnan(track.loss):
        assert twin.agrees(track.loss, lambda one: one.loss[0], np.s_[-1:])

    whole = track.path.update % 1 == 0
    assert whole[0]
    rows = np.searchsorted(trace.path_updates, track.path.update[whole])
    np.testing.assert_array_equal(trace.path_updates[rows], track.path.update[whole])
    drawn = np.stack([track.path.x, track.path.y])[:, whole]
    assert twin.agrees(drawn, lambda one: land.plane.coordinates(one.path).T, rows)
    assert twin.agrees(track.path.loss[whole], lambda one: alone.problem.loss(one.path), rows)

    def along(one):
        return values_along(alone, METRICS["loss"], origin, one, 10**6)

    at, _ = along(trace)
    rows = np.searchsorted(at, track.curves[0].updates)
    np.testing.assert_array_equal(at[rows], track.curves[0].updates)
    assert twin.agrees(track.curves[0].values, lambda one: along(one)[1][0], rows)


@pytest.mark.parametrize("dataset", ["line", "moons", "diabetes"])
def test_every_number_is_what_training_at_that_rate_gives(dataset):
    experiment = home(dataset, epochs=4)
    limit = curvature(experiment.problem).limit
    rates = tuple(limit * times for times in (0.01, 0.3, 0.9, 1.5, 8.0))
    found, land, _ = told(experiment, rates, scene=False)
    lost = any(track.lost >= 0 for line in found.tracks.values() for track in line)
    assert lost == experiment.problem.quadratic
    for i, rate in enumerate(rates):
        alone = at_rate(experiment, range(3), rate)
        traces = gd.train(alone)
        origin = reference(alone, traces)
        for place, twin in enumerate(twins(alone, rate, traces)):
            track = found.tracks[place][i]
            path = paths(alone, traces, land, most=len(track.path.x))[place]
            assert track.path.arrived == path.arrived
            told_as_trained(track, twin, alone, land, origin)


def test_paths_and_curves_are_read_off_the_one_training_bit_for_bit():
    experiment = home(epochs=5)
    found, land, _ = told(experiment, scene=False)
    trained = gd.train(twinned(experiment, over(range(3), FEW)))
    for i, rate in enumerate(FEW):
        here = at_rate(experiment, range(3), rate)
        there = [trained[place * len(FEW) + i] for place in range(3)]
        for path in paths(here, there, land):
            track = found.tracks[path.place][i]
            for name in ("x", "y", "loss", "update"):
                np.testing.assert_array_equal(getattr(track.path, name), getattr(path, name))
            at, values = values_along(
                here, METRICS["loss"], reference(here, there), there[path.place]
            )
            np.testing.assert_array_equal(track.curves[0].updates, at)
            np.testing.assert_array_equal(track.curves[0].values, values[0])


@pytest.mark.parametrize(("dataset", "rates"), [("moons", (0.5, 60.0)), ("iris", (0.5, 12.0))])
def test_a_last_loss_is_told_only_where_rounding_does_not_decide_it(dataset, rates):
    found, _, _ = told(home(dataset), rates, (1, 2), scene=False)
    for place, line in found.tracks.items():
        for track, rate in zip(line, rates, strict=True):
            alone = gd.train(at_rate(home(dataset), range(3), rate))[place].loss[0, -1]
            assert track.lost < 0
            assert np.isnan(track.loss) == (rate == rates[1])
            if rate == rates[0]:
                np.testing.assert_allclose(track.loss, alone, rtol=1e-9)


def test_of_functions_every_last_loss_is_told_as_each_run_is_reckoned_by_itself():
    experiment = default_race(gd.SURFACES["rastrigin"])
    rates = (0.002, 0.01, 0.02)
    found, _, _ = told(experiment, rates, (0,))
    for rate, track in zip(rates, found.tracks[0], strict=True):
        assert track.loss == gd.train(at_rate(experiment, (0,), rate))[0].loss[0, -1]


def test_fits_are_those_after_their_updates_and_of_no_run_that_diverged():
    experiment = home(epochs=5)
    found, _, _ = told(experiment)
    trained = gd.train(twinned(experiment, over(range(3), FEW)))
    for place, line in found.tracks.items():
        for i, track in enumerate(line):
            trace = trained[place * len(FEW) + i]
            assert (track.fits is None) == (trace.status[0] is Status.DIVERGED)
            if track.fits is not None:
                rows = np.searchsorted(trace.path_updates, track.fits.updates)
                expected = fits_after(experiment.problem, trace.path[rows])
                np.testing.assert_array_equal(track.fits.fits, expected)
                assert track.fits.updates[-1] == track.last
                assert len(track.fits.updates) <= FIT_NUMBERS // 2


@pytest.mark.parametrize("dataset", ["iris", "digits"])
def test_large_fits_do_not_follow(dataset):
    experiment = home(dataset, epochs=1)
    assert kind(experiment.problem) == "confusion"
    found, _, _ = told(experiment, (0.01,), (0,))
    assert found.tracks[0][0].fits is None


@pytest.mark.parametrize("metric", ["excess", "running", "batch", "distance", "gradient"])
def test_curves_show_the_metric_that_is_shown(metric):
    experiment = home(epochs=3)
    found, _, _ = told(experiment, metrics=(metric,))
    trained = gd.train(twinned(experiment, over(range(3), FEW)))
    for place, line in found.tracks.items():
        for i, track in enumerate(line):
            trace = trained[place * len(FEW) + i]
            origin = reference(experiment, [trace])
            at, values = values_along(experiment, METRICS[metric], origin, trace)
            np.testing.assert_array_equal(track.curves[0].updates, at)
            np.testing.assert_array_equal(track.curves[0].values, values[0])


def test_one_runs_slider_moves_that_run_alone():
    experiment = home(epochs=3)
    found, _, _ = told(experiment, (0.01, 0.1), (1,))
    assert list(found.tracks) == [1]
    (slow, quick) = found.tracks[1]
    assert slow.loss > quick.loss
    alone = at_rate(experiment, (1,), 0.1)
    twin = twins(alone, 0.1, gd.train(alone))[1]
    assert twin.agrees(quick.loss, lambda one: one.loss[0], np.s_[-1:])
    assert at_rate(experiment, (1,), 0.1).runs[0] == experiment.runs[0]


RULES = home(
    epochs=10,
    runs=(gd.Run(gd.Nesterov(0.05), 10), gd.Run(gd.Adam(0.1), 1), gd.Run(gd.SGD(0.3), None)),
)


@pytest.mark.parametrize(
    ("field", "places", "values"),
    [("beta", (0,), (0.0, 0.5, 0.99)), ("b2", (1,), (0.5, 0.9)), ("epochs", (0, 1, 2), (1, 7, 25))],
)
def test_another_number_of_a_rule_and_the_epochs_are_followed_as_rates_are(field, places, values):
    traces = gd.train(RULES)
    land = drawn_on(RULES, traces)
    slider = Slider(field, places, values)
    metrics = ("loss", "running")
    found = slider_tracks(RULES, traces, land, slider, metrics, scene=False)
    for i, value in enumerate(values):
        here = slider.at(RULES, value)
        alone = gd.train(here)
        origin = reference(here, alone)
        assert here != RULES
        for place in places:
            track, trace = found.tracks[place][i], alone[place]
            assert track.last == trace.path_updates[-1]
            assert track.loss == pytest.approx(trace.loss[0, -1], rel=1e-9, nan_ok=True)
            assert (track.path.x[-1], track.path.y[-1]) == pytest.approx(
                land.plane.coordinates(trace.path[-1]), rel=1e-9
            )
            for metric, curve in zip(metrics, track.curves, strict=True):
                at, expected = values_along(here, METRICS[metric], origin, trace, 10**6)
                known = np.isin(curve.updates, at)  # long paths leave out others
                assert known.sum() > 0.4 * len(known)
                assert known[-1]
                rows = np.searchsorted(at, curve.updates[known])
                np.testing.assert_allclose(curve.values[known], expected[0, rows], rtol=1e-8)


def test_epochs_are_followed_where_fewer_are_a_part_of_more():
    slider = Slider("epochs", (0, 1, 2), (1.0, 30.0, 60.0))
    assert follows(RULES, slider)
    first, *others = RULES.runs
    own = replace(first, epochs=5)
    glides = replace(first, schedule=gd.SCHEDULES["cosine"])
    level = replace(first, schedule=replace(gd.SCHEDULES["cosine"], t_max=50))
    for run, whether in ((own, False), (glides, False), (level, True)):
        assert follows(replace(RULES, runs=(run, *others)), slider) == whether
    assert not follows(replace(RULES, tol=0.1), slider)


def test_where_there_is_no_minimum_excess_is_over_the_best_that_all_runs_have_seen():
    base = home("breast_cancer", epochs=2)
    experiment = replace(base, problem=replace(base.problem, l2=0.0))
    assert experiment.problem.minimum() is None
    found, _, traces = told(experiment, (0.01, 0.02), (0,), metrics=("excess",))
    for i, rate in enumerate(found.options):
        here = at_rate(experiment, (0,), rate)
        best = min(trace.loss.min() for trace in (gd.train(here)[0], *traces[1:]))
        track = found.tracks[0][i]
        np.testing.assert_allclose(
            track.curves[0].values[0], traces[0].loss[0, 0] - best, rtol=1e-9, atol=1e-12
        )


# What travels


@pytest.mark.parametrize("log", [False, True])
def test_a_code_stands_for_its_value_to_within_half_a_step(log):
    values = np.random.default_rng(0).lognormal(0, 4, 1000)
    about = range_of([values], log)
    back = about.values(about.codes(values))
    if log:
        np.testing.assert_allclose(np.log10(back), np.log10(values), atol=0.5001 * about.step)
        assert about.step < 1e-3
    else:
        np.testing.assert_allclose(back, values, atol=0.5001 * about.step, rtol=0)
        assert about.step == np.ptp(values) / 65534
    assert about.codes(values[[values.argmin(), values.argmax()]]).tolist() == [1, 65535]


def test_what_is_no_number_or_has_no_logarithm_is_told_as_none():
    for log, nothing in ((False, [np.nan]), (True, [np.nan, 0.0, -1.0])):
        about = Range(0.0, 1.0, log)
        assert about.codes(np.array(nothing)).tolist() == [0] * len(nothing)
        assert np.isnan(about.values(np.zeros(2))).all()
        assert about.codes(np.array([np.inf, 1e300])).tolist() == [65535, 65535]


def test_a_range_of_one_value_or_none_tells_it():
    for values in ([], [3.0, 3.0]):
        about = range_of([np.array(values)])
        np.testing.assert_array_equal(about.values(about.codes(np.array(values))), values)


def numbers(packed):
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])


def unpacked(sent, place, name, metric=None):
    """Return one run's values rate by rate, as the browser finds them."""
    run = next(run for run in sent["runs"] if run["place"] == place)
    told = run if metric is None else run["curves"][metric]
    lengths = numbers(sent["grids"]["lengths"]).astype(int)
    counts = lengths[numbers(told["path" if metric is None else "updates"])]
    values = Range(*sent["ranges"][name]).values(numbers(told[name]))
    return np.split(values, np.cumsum(counts)[:-1])


def test_every_value_arrives_to_the_precision_that_is_stated():
    found, _, _ = told(home(), options(home()), metrics=("loss", "batch"))
    sent = json.loads(json.dumps(packed_slider(found, log=True, ceiling=1e6)))
    assert sent["options"] == options(home())
    for place, line in found.tracks.items():
        for name, pick in (("x", "x"), ("y", "y"), ("z", "loss")):
            half = 0.5001 * Range(*sent["ranges"][name]).step
            for values, track in zip(unpacked(sent, place, name), line, strict=True):
                np.testing.assert_allclose(values, getattr(track.path, pick), atol=half, rtol=0)
        half = 0.5001 * Range(*sent["ranges"]["value"]).step
        for metric in (0, 1):
            for values, track in zip(unpacked(sent, place, "value", metric), line, strict=True):
                wanted = np.minimum(track.curves[metric].values, 1e6)
                np.testing.assert_allclose(np.log10(values), np.log10(wanted), atol=half)
        run = next(run for run in sent["runs"] if run["place"] == place)
        assert numbers(run["last"]).tolist() == [track.last for track in line]
        assert numbers(run["lost"]).tolist() == [track.lost for track in line]
        np.testing.assert_allclose(numbers(run["loss"]), [track.loss for track in line], rtol=1e-6)


def test_how_curves_are_drawn_and_smoothed_travels_with_them():
    found, _, _ = told(home(epochs=2), (0.1,), (0,), metrics=("loss", "batch"))
    sent = packed_slider(found, log=True, looks=looks_of(("loss", "batch")), smooth=0.5)
    assert [look["opacity"] < 1 for look in sent["looks"]] == [False, True]
    assert (sent["smooth"], sent["dashes"]["solid"]) == (0.5, ())


def as_it_travels(found: SliderTracks) -> int:
    looks = [None] * len(found.tracks[0][0].curves)
    return len(json.dumps(packed_slider(found, log=True, looks=looks)))


@pytest.mark.parametrize(
    "dataset",
    crossed(["line", "ravine", "polynomial", "moons", "blobs", "diabetes"], "line", "moons"),
)
def test_all_rates_of_a_slider_travel_in_little_room(dataset):
    experiment = home(dataset)
    found, _, _ = told(experiment, options(experiment))
    assert as_it_travels(found) <= ROOM


def test_runs_that_never_leave_the_picture_fit_too():
    runs = tuple(gd.Run(gd.Adam(0.05), size) for size in (None, 64, 32))
    experiment = home(runs=runs)
    rates = tuple(np.geomspace(1e-3, 1e-2, 50))
    assert follows(experiment, over(range(3), rates))
    found, _, _ = told(experiment, rates)
    assert as_it_travels(found) <= ROOM
    assert min(len(track.path.x) for track in found.tracks[2]) >= 60


# What is offered


def test_the_default_experiment_follows_a_hand():
    assert follows(home(), over(range(3), options(home())))
    assert follows(home(), over((1,), options(home())))


@pytest.mark.parametrize("dataset", ["line", "moons", "iris"])
def test_four_losses_of_three_runs_and_of_six_follow_a_hand_in_the_same_room(dataset):
    split = home(dataset, problem=replace(home(dataset).problem, test_size=0.25), epochs=10)
    four, rates = ("loss", "running", "batch", "test"), options(split)
    assert follows(split, over(range(3), rates), 4)
    six = replace(split, runs=2 * split.runs)
    assert follows(six, over(range(6), rates), 4)
    if dataset == "moons":  # the most to tell: five numbers in nine are of curves
        found, _, _ = told(six, rates, metrics=four)
        assert as_it_travels(found) <= ROOM
        assert len(found.tracks[2][0].path.x) >= FEWEST


@pytest.mark.parametrize(
    "experiment",
    [home("digits"), home(n_seeds=20), home(epochs=2000)],
    ids=["many parameters", "many seeds", "many updates"],
)
def test_what_is_too_large_or_too_slow_is_not_offered(experiment):
    assert not follows(experiment, over(range(3), options(experiment)))


def test_a_slider_that_drives_nothing_shown_is_not_offered():
    assert not follows(home(), over((), options(home())))
