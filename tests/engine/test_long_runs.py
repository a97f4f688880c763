"""What long runs promise: a few thousand rows of a hundred thousand epochs, and nothing missed."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.datasets import DataSet
from gdplay.engine import training
from gdplay.engine.cost import load, work
from gdplay.engine.lockstep import plan
from gdplay.engine.training import MAX_EPOCHS, Status, kept_epochs
from gdplay.experiment import MOST_EPOCHS
from gdplay.figures.curves import curves
from gdplay.studies.gradient_cloud import place
from gdplay.studies.sweeps import Sweep
from gdplay.theory.measures import epochs_to_arrive, reference

LINE = gd.Fit(replace(gd.DATASETS["line"], n_samples=20), gd.MODELS["linear"])
BLOBS = gd.Fit(replace(gd.DATASETS["blobs"], n_samples=30), gd.MODELS["softmax"], test_size=0.2)


def of(problem, rate, batch_size=None, epochs=53, rule=gd.SGD, **fields):
    runs = (gd.Run(rule(lr=rate), batch_size), gd.Run(rule(lr=rate / 3), batch_size))
    return gd.Experiment(problem, runs, epochs=epochs, **fields)


CASES = {
    "full batches": of(LINE, 0.01),
    "short last batches of several seeds": of(LINE, 0.005, 7, n_seeds=3),
    "test rows": of(BLOBS, 0.1, 5, rule=gd.Adam),
    "divergence": of(LINE, 0.06),
    "divergence within an epoch": of(LINE, 50.0, 3, n_seeds=2),
    "convergence": of(LINE, 0.02, epochs=97, tol=0.5),
    "convergence of mini-batches": of(LINE, 0.02, 10, n_seeds=2, epochs=97, tol=2.0),
    "a surface": of(gd.SURFACES["valley"], 0.2, start=(4.0, 2.0)),
}


@pytest.fixture
def thinned(monkeypatch):
    """Return a function that trains while few ends of epochs are kept."""

    def train(experiment):
        with monkeypatch.context() as patch:
            patch.setattr(training, "MAX_EPOCHS", 9)
            patch.setattr(training, "_LEG", 7)
            patch.setattr(training, "MAX_PATH", 60)
            patch.setattr(training, "CLOSELY", 20)
            return gd.train(experiment)

    return train


@pytest.mark.parametrize("name", CASES)
def test_the_rows_of_a_long_run_are_those_of_its_epochs(name, thinned, monkeypatch):
    whole, some = gd.train(CASES[name]), thinned(CASES[name])
    for all_rows, few in zip(whole, some, strict=True):
        assert few.epochs[0] == 0
        assert few.epochs[-1] == CASES[name].epochs
        assert len(few.epochs) <= 11
        for field in ("params", "loss", "running_loss", "test_loss"):
            rows = getattr(all_rows, field)
            assert (getattr(few, field) is None) == (rows is None)
            if rows is not None:
                expected = rows[:, few.epochs]
                np.testing.assert_allclose(getattr(few, field), expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(few.updates, all_rows.updates[few.epochs])
        assert few.status == all_rows.status
        assert few.diverged_at == all_rows.diverged_at
        places = np.searchsorted(all_rows.path_updates, few.path_updates)
        np.testing.assert_array_equal(all_rows.path_updates[places], few.path_updates)
        np.testing.assert_allclose(few.path, all_rows.path[places], rtol=1e-12, atol=1e-12)
        assert few.path_updates[-1] == all_rows.path_updates[-1]


@pytest.mark.parametrize("name", CASES)
def test_ends_that_are_judged_one_by_one_are_the_same(name, monkeypatch):
    whole = gd.train(CASES[name])
    monkeypatch.setattr(training, "_JUDGED", 0.0)
    for trace, expected in zip(gd.train(CASES[name]), whole, strict=True):
        for field in ("params", "loss", "running_loss", "test_loss", "path", "path_updates"):
            if getattr(trace, field) is not None:
                values = getattr(trace, field), getattr(expected, field)
                np.testing.assert_allclose(*values, rtol=1e-12, atol=1e-12)
        assert (trace.status, trace.diverged_at) == (expected.status, expected.diverged_at)


def test_who_stops_dear_judging_waits_for_one_end_of_each_run_at_most(monkeypatch):
    monkeypatch.setattr(training, "_JUDGED", 0.0)
    judged, stopped, loss = [], [], gd.Fit.loss

    def counted(fit, params):
        judged.append(params[..., 0].size)
        return loss(fit, params)

    def progress(done, total):
        stopped.append(sum(judged))
        return len(stopped) < 8

    monkeypatch.setattr(gd.Fit, "loss", counted)
    traces = gd.train(of(BLOBS, 0.02, 5, n_seeds=3), progress=progress)
    assert len(stopped) == 8
    assert sum(judged) - stopped[-1] <= 2 * 3
    assert max(judged[1:]) <= 2 * 3  # beside the first, which has the start
    for trace in traces:
        assert trace.status == (Status.CANCELLED,) * 3
        assert 5 <= np.isfinite(trace.loss[0]).sum() < 53


def test_the_cases_end_in_every_way():
    ended = {status for e in CASES.values() for trace in gd.train(e) for status in trace.status}
    assert ended == {Status.CONVERGED, Status.DIVERGED, Status.EXHAUSTED}


@pytest.mark.parametrize("n", [1, 4999, 5000, 5001, 17_082, 99_999, MOST_EPOCHS])
def test_up_to_5000_epochs_are_all_kept_and_of_more_about_so_many_evenly(n):
    kept = kept_epochs(n)
    assert (kept[0], kept[-1]) == (0, n)
    gaps = np.diff(kept)
    assert np.all(gaps > 0)
    assert len(set(gaps[:-1].tolist())) <= 1
    assert len(kept) <= MAX_EPOCHS + 1
    assert len(kept) == n + 1 or len(kept) > MAX_EPOCHS / 2


def test_5000_epochs_are_the_most_that_are_all_kept():
    assert len(kept_epochs(5000)) == 5001
    assert len(kept_epochs(5001)) < 5001


def test_what_is_written_down_does_not_grow_with_epochs():
    experiment = of(LINE, 0.01, epochs=MOST_EPOCHS)
    (group,) = plan(experiment)
    leg = training.leg_of(experiment, group)
    record = training._new_record(np.zeros((1, 2, 2)), group, True, leg)
    assert sum(v.size for v in vars(record).values() if isinstance(v, np.ndarray)) < 40_000


def test_a_hundred_thousand_epochs_of_a_small_problem_are_allowed():
    long = of(gd.SURFACES["valley"], 0.1, epochs=MOST_EPOCHS)
    assert load(long).fits
    assert work(long).doubles < 10 * work(replace(long, epochs=1000)).doubles
    with pytest.raises(ValueError, match="epochs must be from 1 to 100000"):
        replace(long, epochs=MOST_EPOCHS + 1)


def test_whatever_counts_epochs_counts_them_by_their_number(thinned):
    experiment = of(LINE, 0.03, epochs=97)
    whole, some = gd.train(experiment), thinned(experiment)
    exact = epochs_to_arrive(whole[0], reference(experiment, whole))[0]
    seen = epochs_to_arrive(some[0], reference(experiment, some))[0]
    assert seen == min(e for e in some[0].epochs if e >= exact)
    at = place(experiment, "way", some, 0, 40)
    last = int(some[0].epochs[some[0].epochs <= 40][-1])
    assert at.name.startswith(f"after {last} epochs")
    np.testing.assert_array_equal(at.params, some[0].params[0][some[0].epochs == last][0])
    for curve in curves(experiment, some):
        np.testing.assert_allclose(curve.x[curve.dots], np.round(curve.x[curve.dots]), atol=1e-9)
        assert len(curve.dots) > 3


def test_a_sweep_looks_up_an_epoch_among_those_kept(monkeypatch):
    monkeypatch.setattr(training, "MAX_EPOCHS", 9)
    monkeypatch.setattr(training, "_LEG", 7)
    plan = Sweep(LINE, of(LINE, 0.01).runs[:1], (0.001, 0.01), epochs=53)
    swept, (trace, _) = gd.sweep(plan), gd.train(of(LINE, 0.01))
    assert trace.epochs.tolist()[:4] == [0, 6, 12, 18]
    assert swept.line(0, 13).median[1] == pytest.approx(trace.loss[0, 2], rel=1e-12)
    assert swept.line(0).median[1] == pytest.approx(trace.loss[0, -1], rel=1e-12)


# Printed by others


def through_a_link(experiment):
    """Return an experiment that has been a link."""
    again = gd.link.decode(gd.link.encode(experiment))
    assert again == experiment
    return again


def test_rosenbrock_by_plain_steps_is_near_its_minimum_after_17082():
    runs = (gd.Run(gd.SGD(lr=1e-3)),)
    surface = gd.SURFACES["rosenbrock"]
    experiment = through_a_link(gd.Experiment(surface, runs, start=(-1.2, 1.0), epochs=17_082))
    (trace,) = gd.train(experiment)
    at_5000 = trace.params[0][trace.epochs == 5000][0]
    np.testing.assert_allclose(at_5000, [0.939, 0.881], atol=5e-4)
    away = np.linalg.norm(trace.params[0] - 1, axis=1)
    assert trace.epochs[-2] == 17_080
    assert away[-2] > 1e-3 >= away[-1]


def test_himmelblau_by_adam_goes_on_to_20000():
    runs = (gd.Run(gd.Adam(lr=1e-3)),)
    experiment = gd.Experiment(gd.SURFACES["himmelblau"], runs, start=(0.0, 0.0), epochs=20_000)
    (trace,) = gd.train(through_a_link(experiment))
    assert trace.loss[0, trace.epochs == 4000] == pytest.approx(0.014859, abs=5e-7)
    # The source prints the height before an update beside the parameters after it.
    ((printed,),) = gd.states_after(experiment, (np.array([4001]),))
    np.testing.assert_allclose(printed, [2.982008, 2.027099], atol=5e-7)
    np.testing.assert_allclose(trace.params[0, -1], [3, 2], atol=1e-6)


@dataclass(frozen=True)
class Pressure(DataSet):
    """Blood pressure by age, as a course prints it."""

    key = "pressure"
    title = "Pressure"
    source = "printed"
    target_name = "pressure"
    feature_names = ("age",)

    def _make(self):
        ages = "20 43 63 26 53 31 58 46 58 70 46 53 60 20 63 43 26 19 31 23"
        pressures = (
            "120 128 141 126 134 128 136 132 140 144 128 136 146 124 143 130 124 121 126 123"
        )
        return np.array(ages.split(), float)[:, None], np.array(pressures.split(), float)


def test_a_lost_run_can_be_watched_on():
    fit = gd.Fit(Pressure(), gd.MODELS["linear"], objective="mse")
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD(lr=5e-4)),), epochs=1000)
    (trace,) = gd.train(experiment)
    assert trace.status == (Status.DIVERGED,)
    seen = gd.beyond(experiment, 0)
    known = np.isfinite(trace.loss[0])
    np.testing.assert_array_equal(seen.updates, np.arange(1001))
    np.testing.assert_allclose(seen.loss[: len(known)][known], trace.loss[0, known], rtol=1e-12)
    slopes = seen.params[:, 1]
    assert np.all(slopes[200:-1] * slopes[201:] < 0)
    assert 1e35 < np.abs(slopes[997]) < 1e36


@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_lost_run_is_watched_until_its_numbers_end(batch_size):
    experiment = of(LINE, 3.0, batch_size, epochs=400)
    seen = gd.beyond(experiment, 1)
    assert np.isfinite(seen.loss).all()
    assert np.isfinite(seen.params).all()
    assert seen.loss[-1] > 1e300 or len(seen.loss) == 1
    (after,) = gd.states_after(
        replace(experiment, runs=experiment.runs[1:]), (seen.updates[-1:] + 1,)
    )
    with np.errstate(all="ignore"):
        assert not np.isfinite(LINE.loss(after)).all()


def test_a_hundred_integers_are_learned_by_and_by():
    x = np.arange(100.0)
    fit = gd.Fit(gd.Table(x[:, None], 0.1 * x + 0.3), gd.MODELS["linear"], objective="mse")
    runs = (gd.Run(gd.SGD(lr=1e-4)),)
    experiment = through_a_link(gd.Experiment(fit, runs, start=(0.0, 0.0), epochs=40_000))
    (trace,) = gd.train(experiment)
    step = np.eye(2) - 1e-4 * fit.hessian(np.zeros(2))
    for row in (1, 1000, -1):
        left = np.linalg.matrix_power(step, int(trace.epochs[row])) @ fit.minimum()
        np.testing.assert_allclose(trace.params[0, row], fit.minimum() - left, rtol=1e-9)
    np.testing.assert_allclose(trace.params[0, -1], (0.3, 0.1), atol=0.04)
