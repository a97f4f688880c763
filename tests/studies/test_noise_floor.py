"""Noise floors: what is measured meets what is predicted, and shuffling is quieter."""

import re
import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.noise_floor import (
    ENDS,
    MOST_UPDATES,
    SAMPLED,
    SETTLED,
    NoiseFloor,
    agreement,
    floor_sizes,
    floors,
    noise_floor_sweep,
    obstacle,
    read,
    settled,
)
from gdplay.studies.sweeps import Sweep, sweep
from gdplay.teaching.defaults import default_fit
from gdplay.theory.gradient_noise import noise_covariance
from tests import crossed


def standard_line() -> gd.Fit:
    return replace(default_fit(gd.DATASETS["line"]), standardize=True)


def floor_sweep(fit: gd.Fit) -> Sweep:
    return noise_floor_sweep(gd.Experiment(fit, (gd.Run(gd.SGD()),)))


def hovering(fit: gd.Fit, rates, sizes, sampling=SAMPLED, epochs=400, n_seeds=20):
    runs = tuple(
        gd.Run(gd.SGD(), size, key, drop_last=True, epochs=epochs)
        for key in sampling
        for size in sizes
    )
    return floors(sweep(Sweep(fit, runs, rates, tuple(fit.minimum()), n_seeds=n_seeds)))


def test_the_noise_floor_follows_rate_over_batch_size_only_when_drawn_with_replacement():
    """Belief 8: the noise ball goes as eta/B."""
    drawn, shuffled = hovering(standard_line(), (0.02,), (16,))
    assert drawn.mean[0] == pytest.approx(1.4e-4, rel=0.15)
    assert shuffled.mean[0] == pytest.approx(5.9e-6, rel=0.5)
    assert drawn.mean[0] / shuffled.mean[0] > 10


@pytest.mark.parametrize("name", crossed(["line", "iris", "moons"], "line"))
def test_with_replacement_most_measured_floors_lie_within_a_fifth_of_the_predicted(name):
    fit = default_fit(gd.DATASETS[name])
    ratios = agreement(fit, floors(sweep(floor_sweep(fit))))
    assert len(ratios) > 15
    assert ratios == sorted(ratios)
    assert np.mean(np.abs(np.array(ratios) - 1) <= 0.2) >= 0.9
    assert np.median(ratios) == pytest.approx(1, abs=0.07)


def test_reshuffled_rows_hover_lower_the_more_so_the_larger_the_batch():
    fit = standard_line()
    found = hovering(fit, (0.02,), (1, 4, 16))
    ratios = [a.mean[0] / b.mean[0] for a, b in zip(found[:3], found[3:], strict=True)]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 5


def test_the_tail_is_the_second_half_of_the_epochs_averaged_and_its_band_that_of_seeds():
    fit = standard_line()
    run = gd.Run(gd.SGD(), 4, SAMPLED[0], drop_last=True, epochs=9)
    asked = Sweep(fit, (run,), (0.05, 0.1), tuple(fit.minimum()), n_seeds=11)
    found = sweep(asked)
    (floor,) = floors(found)
    tails = found.losses[0][:, :, 5:].mean(axis=2) - float(fit.loss(fit.minimum()))
    np.testing.assert_allclose(floor.mean, tails.mean(axis=1))
    np.testing.assert_allclose(floor.low, np.sort(tails)[:, 1])
    np.testing.assert_allclose(floor.high, np.sort(tails)[:, 9])
    expected = [gd.noise_floor(fit, rate, 4) for rate in (0.05, 0.1)]
    np.testing.assert_allclose(floor.predicted, expected)
    assert (floor.batch_size, floor.sampling) == (4, "with replacement")


def test_agreement_leaves_out_shuffled_rows_and_rates_near_the_mean_square_limit():
    fit = standard_line()
    limit = gd.mean_square_limit(fit, 4)
    found = hovering(fit, (0.1, 0.79 * limit, 0.95 * limit), (4,), epochs=40)
    assert len(found) == 2
    assert len(agreement(fit, found)) == 2
    assert agreement(fit, found[1:]) == []


@pytest.mark.parametrize("updates", [3, 40, 4000])
def test_a_round_bowls_share_of_the_floor_is_that_of_the_formula(updates):
    """With L = mu = 1 a direction has 1 - exp(-2 lr t) of its floor after t updates."""
    x = 2 * 0.01 * updates
    expected = 1 - (np.exp(-x / 2) - np.exp(-x)) / (x / 2)
    assert settled(standard_line(), 0.01, updates) == pytest.approx(expected, abs=0.01)


def test_short_runs_have_not_settled_and_their_tails_are_lower_by_that_share():
    fit = standard_line()
    run = gd.Run(gd.SGD(), 10, SAMPLED[0], drop_last=True, epochs=2)
    (floor,) = floors(sweep(Sweep(fit, (run,), (0.01,), tuple(fit.minimum()), n_seeds=400)))
    # The ends of epochs 1 and 2: after 20 and 40 updates.
    share = np.mean([1 - np.exp(-2 * 0.01 * t) for t in (20, 40)])
    assert floor.mean[0] / floor.predicted[0] == pytest.approx(share, rel=0.12)


@pytest.mark.parametrize("name", ["line", "diabetes", "breast_cancer"])
def test_the_runs_are_long_enough_for_the_slowest_rate(name):
    fit = default_fit(gd.DATASETS[name])
    asked = floor_sweep(fit)
    for run in asked.runs:
        updates = run.epochs * run.updates_per_epoch(fit.n_samples)
        assert settled(fit, asked.rates[0], updates) >= SETTLED or updates >= MOST_UPDATES / 2
        assert run.epochs >= ENDS
        assert run.drop_last


def test_a_floor_sweep_begins_at_the_minimum_and_compares_both_samplings():
    fit = default_fit(gd.DATASETS["line"])
    asked = floor_sweep(fit)
    np.testing.assert_array_equal(asked.start, fit.minimum())
    pairs = {(run.batch_size, run.sampling) for run in asked.runs}
    assert pairs == {(size, key) for size in (1, 4, 16, 64) for key in SAMPLED}


def test_large_data_have_fewer_epochs():
    fit = default_fit(replace(gd.DATASETS["line"], n_samples=10_000))
    single = floor_sweep(fit).runs[0]
    assert single.epochs * 10_000 <= MOST_UPDATES == 100_000


def test_sizes_leave_room_for_three_batches():
    assert floor_sizes(200) == (1, 4, 16, 64)
    assert floor_sizes(47) == (1, 4)
    assert floor_sizes(2) == ()


def test_without_a_minimum_or_enough_rows_there_is_nothing_to_sweep_and_the_reason_is_told():
    separable = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    few = replace(standard_line(), dataset=replace(gd.DATASETS["line"], n_samples=2))
    for fit, why in ((separable, "no finite minimum"), (few, "too few rows")):
        assert why in obstacle(fit)
        with pytest.raises(ValueError, match=why):
            floor_sweep(fit)
    assert obstacle(standard_line()) == ""


# As a notebook asks for it


@pytest.fixture(scope="module")
def reading() -> NoiseFloor:
    experiment = replace(gd.default_experiment(), problem=standard_line())
    return gd.studies.noise_floor(experiment)


def test_its_words_hold_its_numbers(reading):
    close, count = map(int, re.search(r"(\d+) of (\d+) marks", reading.words).groups())
    assert count == len(reading.ratios) > 20
    assert close == sum(0.8 <= ratio <= 1.2 for ratio in reading.ratios) >= 0.9 * count
    assert f"median ratio {np.median(reading.ratios):.3g}" in reading.words
    by_key = {(floor.batch_size, floor.sampling): floor.mean[0] for floor in reading.floors}
    ratio = by_key[16, "with replacement"] / by_key[16, "reshuffle"]
    assert f"{ratio:.3g} at B = 16" in reading.words


def test_a_prediction_that_is_local_is_said_to_be(reading):
    assert "local" not in reading.words
    assert "local" in reading._replace(quadratic=False).words


def test_runs_that_are_too_short_are_said_to_be(reading):
    assert "too short" not in reading.words
    assert "they show 62 % of it" in reading._replace(settled=0.62).words


def test_nothing_is_said_of_what_was_not_measured(reading):
    gone = tuple(floor._replace(mean=np.full(8, np.nan)) for floor in reading.floors)
    assert reading._replace(floors=gone, ratios=()).words == ""
    still = tuple(floor._replace(mean=np.zeros(8)) for floor in reading.floors)
    assert reading._replace(floors=still, ratios=()).quieter == {}


def test_its_choices_and_its_progress_reach_the_runs():
    experiment = replace(gd.default_experiment(), problem=standard_line(), seed=3)
    seen = []
    reading = gd.studies.noise_floor(
        experiment, n_rates=2, n_seeds=3, progress=lambda done, total: seen.append(done) is None
    )
    assert seen
    assert [len(floor.rates) for floor in reading.floors] == [2] * 8
    assert reading.n_seeds == 3
    plan = noise_floor_sweep(experiment, 2, 3)
    assert plan.seed == 3
    np.testing.assert_array_equal(reading.floors[0].mean, read(plan, sweep(plan)).floors[0].mean)


def test_by_itself_eight_rates_from_3_to_90_hundredths_of_the_limit_are_run_in_20_orders(
    monkeypatch,
):
    home, plans = gd.default_experiment(), []

    def noted(plan, progress):
        plans.append(plan)
        raise InterruptedError

    monkeypatch.setattr(sys.modules[noise_floor_sweep.__module__], "sweep", noted)
    with pytest.raises(InterruptedError):
        gd.studies.noise_floor(home)
    assert plans == [noise_floor_sweep(home)] == [noise_floor_sweep(home, 8, 20)]
    limit = gd.curvature(home.problem).limit
    np.testing.assert_allclose(plans[0].rates, np.geomspace(0.03, 0.9, 8) * limit, rtol=0.04)


def test_a_run_gets_twice_the_epochs_until_it_has_settled(monkeypatch):
    module = import_module("gdplay.studies.noise_floor")  # the package has a function of that name
    problem, run = default_fit(gd.DATASETS["line"]), gd.Run(gd.SGD(), 1)
    for needed, epochs in ((0, 40), (41, 80), (100, 160), (161, 320), (10**9, 640)):
        enough = partial(lambda needed, _problem, _rate, made: float(made >= 200 * needed), needed)
        monkeypatch.setattr(module, "settled", enough)
        assert module._long_enough(run, problem, 0.1).epochs == epochs
    assert module._long_enough(gd.Run(gd.SGD()), problem, 0.1).epochs == 2560
    # A second half of two epochs is the least that is looked at.
    assert module._long_enough(run, SimpleNamespace(n_samples=30_000), 0.1).epochs == 4


def test_flat_directions_take_no_part_in_how_much_has_settled():
    """One column three times: what bends is the bias and their sum, and the rest never moves."""
    x, y = np.array([-1.5, -0.5, 0.5, 1.5]), [1.0, 3.0, 2.0, 5.0]
    once = gd.Fit(gd.Table(x[:, None], y), gd.MODELS["linear"])
    thrice = gd.Fit(gd.Table(np.stack([x, x, x], axis=1) / 3**0.5, y), gd.MODELS["linear"])
    for updates in (1, 10, 100):
        assert settled(thrice, 0.01, updates) == pytest.approx(settled(once, 0.01, updates))
    exact = gd.Fit(gd.Table(x[:, None], np.zeros(4)), gd.MODELS["linear"])
    assert settled(exact, 0.01, 1) == 1


def test_at_small_rates_the_floor_is_a_quarter_of_the_noise_for_each_rate_and_row(reading):
    """Every direction with noise c adds lr c / (4 B): in all a quarter of the trace."""
    fit = standard_line()
    noise = noise_covariance(fit, fit.minimum())
    assert reading.small == pytest.approx(np.trace(noise) / 4)
    plan = floor_sweep(fit)
    last = plan.runs[-1]
    updates = last.epochs * last.updates_per_epoch(fit.n_samples)
    assert reading.settled == settled(fit, plan.rates[0], updates)


def test_marks_within_a_fifth_of_the_prediction_are_close_to_it(reading):
    words = reading._replace(ratios=(0.79, 0.81, 0.99, 1.19, 1.21)).words
    assert "3 of 5 marks lie within 20 % of it (median ratio 0.99)" in words
    assert "up to 0.8 times the mean-square limit." in words
