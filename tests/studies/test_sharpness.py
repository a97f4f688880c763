"""What the reading of curvature along paths promises: where full batches go, and small ones."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

import gdplay as gd
from gdplay import studies
from gdplay.theory import sharpness as theory

study = import_module("gdplay.studies.sharpness")  # the package's own name is its function

NETWORK = gd.Fit(gd.DATASETS["moons"], gd.MODELS["mlp"], objective="half_mse", standardize=True)
LINE = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"])


def runs(*rates, **more):
    return tuple(gd.Run(gd.SGD(lr=rate), **more) for rate in rates)


@pytest.mark.exhaustive
def test_full_batches_go_to_the_edge_of_stability_and_lower_rates_stay_below():
    experiment = gd.Experiment(NETWORK, runs(0.1, 0.3, 0.5, 10.0), epochs=1800, seed=1)
    low, middle, high, lost = studies.sharpness(experiment, points=25).runs
    assert 0.2 < low.settled < 0.5
    assert low.rises == 0
    assert "The loss never rose" in low.words
    for run in (middle, high):
        assert run.settled == pytest.approx(1, abs=0.05)
        assert run.share[0] < 0.95
        assert run.rises > 5
        assert run.loss[-1] < 0.1 * run.loss[0]
        assert "the edge of stability" in run.words
        assert "still fell" in run.words
    assert high.largest[-1] < middle.largest[-1]
    assert lost.lost
    assert "diverged" in lost.words


@pytest.mark.exhaustive
def test_small_batches_end_at_flatter_places():
    plan = tuple(replace(runs(0.3, batch_size=b)[0], epochs=1000 * b // 200) for b in (64, 16, 4))
    ends = [
        run.settled
        for run in studies.sharpness(gd.Experiment(NETWORK, plan, seed=1), points=25).runs
    ]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] < 0.95
    assert 0.35 < ends[-1] < 0.7


def test_a_quadratic_bends_the_same_everywhere():
    L = gd.curvature(LINE).L
    schedule = replace(gd.SCHEDULES["step"], every=10, gamma=0.5)
    plan = (
        *runs(0.5 / L, 1.5 / L), *runs(0.5 / L, schedule=schedule),
        gd.Run(gd.Momentum(lr=1 / L, beta=0.5)), gd.Run(gd.Adam(lr=0.1), 10),
    )  # fmt: skip
    reading = studies.sharpness(gd.Experiment(LINE, plan, epochs=20), points=21)
    shares = [run.share for run in reading.runs]
    for run in reading.runs:
        np.testing.assert_allclose(run.largest, L, rtol=1e-9)
        np.testing.assert_allclose(run.loss[0], LINE.loss(np.zeros(2)))
    np.testing.assert_array_equal(reading.runs[0].updates, np.arange(21))
    np.testing.assert_allclose(shares[0], 0.25)
    np.testing.assert_allclose(shares[1], 0.75)
    np.testing.assert_allclose(shares[2][[0, 9, 10, 19]], [0.25, 0.25, 0.125, 0.125])
    np.testing.assert_allclose(shares[3], 1 / 3)
    assert shares[4] is None
    assert reading.runs[4].rises is None
    assert "knows no limit by curvature" in reading.words


def test_words_say_when_the_limit_is_reached_where_the_last_quarter_stays_and_what_it_is_worth():
    L, warm = gd.curvature(LINE).L, replace(gd.SCHEDULES["constant"], warmup=10)
    plan = (
        *runs(1.0 / L), *runs(2.02 / L, schedule=warm), *runs(3.0 / L, epochs=2),
        gd.Run(gd.Momentum(lr=1 / L, beta=0.5)), *runs(1 / L, batch_size=50),
    )  # fmt: skip
    calm, warmed, steep, rolling, small = studies.sharpness(
        gd.Experiment(LINE, plan, epochs=20), points=21
    ).runs
    assert "ηL/2 never reaches 1 (at most 0.5), and stays at 0.5 in the last quarter" in calm.words
    assert "last quarter: stable. The loss never rose." in calm.words
    assert warmed.crossing == 10
    assert "reaches 1 by epoch 10, and stays at 1.01 in the last quarter: the edge" in warmed.words
    assert "begins at 1.5, not below 1" in steep.words
    assert "beyond it, so that it cannot settle" in steep.words
    assert "Its rate over its limit there, 2(1+β)/L, never reaches 1" in rolling.words
    assert "made of 50 of 200 rows: for them the line at 1 is a yardstick" in small.words
    assert "stable" not in small.words
    assert small.crossing is None


def test_of_several_orders_the_first_is_told_and_noisy_gradients_are_no_edge():
    surface = replace(gd.SURFACES["bowl"])
    noisy = gd.Experiment(surface, runs(0.1), epochs=8, gradient_noise=0.1)
    assert "Its gradients are noisy" in studies.sharpness(noisy).words
    several = gd.Experiment(LINE, runs(0.1, batch_size=50), epochs=4, n_seeds=3)
    reading, first = studies.sharpness(several), "Of the first order of the rows alone:"
    assert reading.words.startswith(first)
    beside = gd.Experiment(LINE, (*runs(0.1), *runs(0.1, batch_size=50)), epochs=4, n_seeds=3)
    both = studies.sharpness(beside)
    assert both.words.startswith(first)
    assert both.words_of([0]) == both.runs[0].words  # of a full batch all orders are alike
    assert reading._replace(seeds=("start",)).words.startswith("Of the first start alone:")
    plain = studies.sharpness(gd.Experiment(LINE, runs(0.1, 0.2), epochs=4))
    assert plain.words_of([1]) == plain.runs[1].words


def test_states_are_as_many_as_there_is_room_for_and_none_after_a_stop():
    experiment = gd.Experiment(LINE, runs(0.1, 0.2), epochs=100)
    traces = gd.train(experiment)
    calls = []

    def until_the_70th(done, total):
        calls.append((done, total))
        return done < 70

    first, second = study.read(experiment, traces, progress=until_the_70th).runs
    assert len(first.updates) == study.POINTS[1]
    assert np.isfinite(first.largest).all()
    assert np.isfinite(second.largest).sum() == 10
    assert calls == [(i, 120) for i in range(71)]
    assert 0 < study.estimate(experiment, traces) < 5
    digits = gd.Fit(gd.DATASETS["digits"], gd.MODELS["softmax"])
    (run,) = studies.sharpness(gd.Experiment(digits, runs(0.1), epochs=30)).runs
    assert len(run.updates) == study.POINTS[0]


@pytest.mark.parametrize("fit", [NETWORK, gd.Fit(gd.DATASETS["iris"], gd.MODELS["softmax"])])
def test_the_largest_of_many_eigenvalues_is_that_of_all(fit):
    params = np.random.default_rng(0).normal(size=(2, fit.n_params))
    exact = [np.linalg.eigvalsh(fit.hessian(point))[-1] for point in params]
    np.testing.assert_allclose(theory.sharpness(fit, params), exact, rtol=1e-12)
    alone = [theory._lanczos(fit, point) for point in params]
    np.testing.assert_allclose(alone, exact, rtol=1e-6)
    lost = np.full(fit.n_params, np.nan)
    assert np.isnan(theory.sharpness(fit, lost))
    assert np.isnan(theory._lanczos(fit, lost))


def test_a_loss_that_rose_is_told_by_how_often_and_where_it_ended():
    """Where the sharpest bend is 4, a rate of a quarter is half of the limit."""
    (bend,) = studies.sharpness(gd.Experiment(LINE, runs(0.1), epochs=2)).runs
    for losses, told in (
        ([3.0, 4.0, 2.0], "The loss rose at 1 update, and still fell from 3 to 2 on the whole."),
        ([3.0, 5.0, 4.0], "The loss rose at 1 update, and rose from 3 to 4 on the whole."),
        ([3.0, 4.0, 5.0], "The loss rose at 2 updates, and rose from 3 to 5 on the whole."),
    ):
        rises = int((np.diff(losses) > 0).sum())
        assert bend._replace(loss=np.array(losses), rises=rises).words.endswith(told)


def test_the_run_is_lost_whose_first_order_of_the_rows_diverged():
    plan = gd.Experiment(LINE, runs(0.1, batch_size=50), epochs=2, n_seeds=2)
    (trace,) = gd.train(plan)
    for gone in ((1, -1), (-1, 1), (0, -1)):
        (bend,) = study.read(plan, [replace(trace, diverged_at=gone)]).runs
        assert bend.lost == (gone[0] >= 0)


def test_reading_takes_as_long_as_its_states_are_many(monkeypatch):
    monkeypatch.setattr(study, "seconds_each", lambda problem: 0.5)
    experiment = gd.Experiment(LINE, runs(0.1, 0.2), epochs=4)
    assert study.estimate(experiment, gd.train(experiment)) == 2 * 5 * 0.5


def test_the_share_reaches_one_at_an_epoch_and_settles_in_the_last_quarter():
    """Of 16 updates, four an epoch, the last quarter begins with the twelfth."""
    (bend,) = studies.sharpness(gd.Experiment(LINE, runs(0.1, batch_size=50), epochs=2)).runs
    bend = bend._replace(
        updates=np.array([0, 6, 11, 12, 14, 16]), share=np.array([0.5, 1.0, 9, 1.1, 1.3, 1.2])
    )
    assert bend.crossing == 1.5
    assert bend.late.tolist() == [1.1, 1.3, 1.2]
    assert bend.settled == 1.2
    without = bend._replace(share=None)
    assert (without.crossing, without.late.size) == (None, 0)
    assert np.isnan(without.settled)


def test_the_last_state_is_held_against_the_last_updates_rate():
    falling = replace(gd.SCHEDULES["exponential"], gamma=0.5)
    L = gd.curvature(LINE).L
    (bend,) = studies.sharpness(gd.Experiment(LINE, runs(1 / L, schedule=falling), epochs=4)).runs
    np.testing.assert_allclose(bend.share, np.array([1, 0.5, 0.25, 0.125, 0.125]) / 2)


def test_of_several_orders_the_first_alone_is_trained(monkeypatch):
    asked = []

    def noted(experiment, **more):
        asked.append(experiment.n_seeds)
        return gd.train(experiment, **more)

    monkeypatch.setattr(study, "train", noted)
    several = gd.Experiment(LINE, runs(0.1, batch_size=50), epochs=2, n_seeds=3)
    assert studies.sharpness(several).seeds == ("order",)
    assert asked == [1]
