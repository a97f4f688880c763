"""Gradient clouds: right on average, as scattered as predicted, and pointing uphill near a rest."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.gradient_cloud import (
    Cloud,
    cloud,
    place,
    places,
    predicted_spread,
    row_gradients,
    scatters,
    usual_epoch,
)
from gdplay.teaching.defaults import default_fit
from gdplay.words import percent

NAMES = ("line", "moons", "iris", "diabetes")


def problem_and_place(name: str) -> tuple[gd.Fit, np.ndarray]:
    """Return a problem with a penalty, and a place on the way to its minimum."""
    fit = replace(default_fit(gd.DATASETS[name]), l2=0.01)
    minimum = fit.minimum()
    assert minimum is not None
    return fit, 0.7 * minimum + 0.1


def standard_line() -> gd.Fit:
    return replace(default_fit(gd.DATASETS["line"]), standardize=True)


def towards(share: float, start: tuple[float, ...] = (-2.0, -2.0)) -> np.ndarray:
    """Return the place this share of the way from the standardised line's minimum to a start."""
    minimum = standard_line().minimum()
    return minimum + share * (np.array(start) - minimum)


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_of_all_rows_gradients_is_the_full_gradient(name):
    fit, place = problem_and_place(name)
    rows = row_gradients(fit, place)
    assert rows.shape == (fit.n_samples, fit.n_params)
    np.testing.assert_allclose(rows.mean(axis=0), fit.gradient(place), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(rows[3], fit.gradient(place, np.array([3])), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_clouds_mean_is_the_full_gradient_within_its_standard_error(name, replacement):
    fit, place = problem_and_place(name)
    found = cloud(fit, place, 8, n=2000, seed=3, replacement=replacement)
    np.testing.assert_allclose(found.full, fit.gradient(place), rtol=1e-10, atol=1e-12)
    error = found.gradients.std(axis=0) / np.sqrt(2000)
    assert np.all(np.abs(found.gradients.mean(axis=0) - found.full) <= 4.5 * error)


@pytest.mark.parametrize("batch_size", [1, 2, 8, 32, 100])
@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("name", ["line", "iris"])
def test_the_spread_is_the_predicted_one(name, replacement, batch_size):
    fit, place = problem_and_place(name)
    found = cloud(fit, place, batch_size, n=4000, replacement=replacement)
    predicted = predicted_spread(fit, place, batch_size, replacement)
    assert found.spread == pytest.approx(predicted, rel=0.06)


def test_the_spread_falls_as_one_over_the_root_of_b_and_faster_near_all_rows():
    fit, place = problem_and_place("line")
    with_replacement = [predicted_spread(fit, place, b, replacement=True) for b in (1, 4, 16, 64)]
    np.testing.assert_allclose(np.divide(with_replacement[1:], with_replacement[:-1]), 0.5)
    without = predicted_spread(fit, place, 100)
    assert without == pytest.approx(predicted_spread(fit, place, 100, True) * np.sqrt(100 / 199))
    assert predicted_spread(fit, place, 200) == predicted_spread(fit, place, 999, True) == 0


@pytest.mark.parametrize("replacement", [False, True])
def test_a_batch_of_all_rows_or_more_has_the_full_gradient(replacement):
    fit, place = problem_and_place("line")
    for size in (200, 5000):
        found = cloud(fit, place, size, n=5, replacement=replacement)
        assert found.batch_size == 200
        assert found.spread == 0
        np.testing.assert_array_equal(found.gradients, np.tile(found.full, (5, 1)))
        np.testing.assert_allclose(found.cosines, 1)


def test_larger_batches_hold_the_smaller_ones_and_no_row_twice():
    fit, place = problem_and_place("line")
    rows = row_gradients(fit, place)
    one, two = (cloud(fit, place, size, n=300, seed=1).gradients for size in (1, 2))
    first = np.abs(one[:, None] - rows).sum(axis=2).argmin(axis=1)
    np.testing.assert_allclose(rows[first], one, atol=1e-12)
    others = 2 * two - one
    second = np.abs(others[:, None] - rows).sum(axis=2).argmin(axis=1)
    np.testing.assert_allclose(rows[second], others, atol=1e-11)
    assert np.all(first != second)


def test_with_replacement_some_batch_holds_a_row_twice():
    fit, place = problem_and_place("line")
    one, two = (
        cloud(fit, place, size, n=2000, seed=1, replacement=True).gradients for size in (1, 2)
    )
    assert 1 <= np.sum(np.abs(one - two).sum(axis=1) < 1e-12) <= 40


def test_a_batch_below_one_row_is_refused():
    with pytest.raises(ValueError, match="batch_size must be 1 or more; got 0"):
        cloud(standard_line(), np.zeros(2), 0)


def test_cosines_and_uphill_shares_are_those_of_the_definition():
    fit, place = problem_and_place("iris")
    found = cloud(fit, place, 2, n=50)
    g = found.gradients[7]
    assert found.cosines[7] == pytest.approx(
        g @ found.full / np.sqrt(g @ g) / np.sqrt(found.full @ found.full)
    )
    assert found.uphill == np.mean(found.cosines < 0)


def test_a_step_that_points_uphill_raises_the_full_loss_at_first_and_no_other():
    fit, place = standard_line(), towards(0.02)
    found = cloud(fit, place, 1, n=60)
    change = fit.loss(place - 1e-6 * found.gradients) - fit.loss(place)
    np.testing.assert_array_equal(change > 0, found.gradients @ found.full < 0)


def test_at_the_minimum_nothing_points_uphill_and_near_it_something_does():
    fit = standard_line()
    minimum = fit.minimum()
    assert cloud(fit, minimum, 8).rests
    assert not cloud(fit, towards(1e-4), 8).rests
    (resting,) = scatters(fit, minimum, (8,))
    assert np.isnan(resting.cosine)


def test_the_numbers_of_several_sizes_are_those_of_each_cloud():
    fit, place = problem_and_place("moons")
    for found in scatters(fit, place, (1, 8, 200), n=100, seed=5):
        one = cloud(fit, place, found.batch_size, n=100, seed=5)
        assert found.spread == pytest.approx(one.spread)
        assert found.uphill == one.uphill
        assert found.cosine == pytest.approx(np.nanmean(one.cosines))
        assert found.predicted == pytest.approx(predicted_spread(fit, place, found.batch_size))


def test_a_mini_batch_gradient_is_right_far_away_and_mostly_noise_near_the_minimum():
    """Belief 15: a mini-batch gradient is a wrong gradient."""
    fit = standard_line()
    far = [one.cosine for one in scatters(fit, towards(1.0), (1, 8, 32))]
    near = [one.cosine for one in scatters(fit, towards(0.02), (1, 8, 32))]
    np.testing.assert_allclose(far, [0.61, 0.98, 1.0], atol=0.05)
    np.testing.assert_allclose(near, [0.13, 0.48, 0.80], atol=0.08)


def test_near_the_minimum_many_batches_point_uphill_and_fewer_the_larger_they_are():
    found = scatters(standard_line(), towards(0.02), (1, 8, 32, 200))
    shares = [one.uphill for one in found]
    assert 0.35 < shares[0] < 0.5
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0


def test_data_without_scatter_has_no_spread_at_the_minimum():
    fit = replace(standard_line(), dataset=replace(gd.DATASETS["line"], noise=0.0))
    found = cloud(fit, fit.minimum(), 4)
    assert found.spread < 1e-12


# Where


def experiment(**more) -> gd.Experiment:
    return gd.Experiment(standard_line(), (gd.Run(gd.SGD(lr=0.1)),), start=(-2.0, -2.0), **more)


def test_places_are_where_they_say():
    traces = gd.train(experiment(epochs=5))
    expected = {
        "start": ((-2.0, -2.0), "at the start"),
        "minimum": (towards(0.0), "at the minimum"),
        "near": (towards(0.02), "near the minimum"),
        "way": (traces[0].params[0, 3], "after 3 epochs of “Batch”"),
    }
    assert set(expected) == set(places(standard_line()))
    for at, (params, name) in expected.items():
        found = place(experiment(epochs=5), at, traces, epoch=3)
        np.testing.assert_allclose(found.params, params)
        assert found.name == name


def test_on_a_runs_way_a_fifth_of_its_epochs_is_usual():
    found = place(experiment(epochs=20), "way", gd.train(experiment(epochs=20)))
    assert found.name == "after 4 epochs of “Batch”"
    assert usual_epoch(experiment(epochs=4), 0) == 0


def test_on_the_way_of_a_diverged_run_the_last_finite_epoch_is_taken():
    wild = replace(experiment(epochs=60), runs=(gd.Run(gd.SGD(lr=30.0)),))
    found = place(wild, "way", gd.train(wild), epoch=60)
    assert np.isfinite(found.params).all()
    assert 0 < int(re.match(r"after (\d+) epochs? of", found.name)[1]) < 60


def test_places_that_are_not_there_are_refused():
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    separable = replace(gd.default_experiment(gd.DATASETS["wine"]), problem=fit)
    for at in ("near", "minimum", "nowhere"):
        with pytest.raises(ValueError, match=f"at must be one of start, way; got {at}"):
            place(separable, at)


# As a notebook asks for it


def test_it_is_the_cloud_at_its_place_beside_those_of_other_sizes():
    reading = gd.studies.gradient_cloud(experiment(seed=4), batch_size=8, at="near")
    mine = cloud(standard_line(), towards(0.02), 8, seed=4)
    np.testing.assert_array_equal(reading.cloud.gradients, mine.gradients)
    assert reading.scatter.spread == pytest.approx(mine.spread)
    assert [one.batch_size for one in reading.scatters] == [1, 2, 4, 8, 16, 32, 64, 128, 200]
    odd = gd.studies.gradient_cloud(experiment(), batch_size=10, at="start", replacement=True)
    twice = cloud(standard_line(), np.full(2, -2.0), 10, replacement=True)
    np.testing.assert_array_equal(odd.cloud.gradients, twice.gradients)
    assert odd.scatter == scatters(standard_line(), np.full(2, -2.0), (10,), replacement=True)[0]


def test_on_a_runs_way_the_experiment_is_trained():
    reading = gd.studies.gradient_cloud(experiment(epochs=5), at="way", epoch=2)
    np.testing.assert_allclose(reading.place.params, gd.train(experiment(epochs=5))[0].params[0, 2])


@pytest.mark.parametrize(
    ("size", "count"), [(1, "200 updates"), (32, "7 updates"), (200, "1 update")]
)
def test_its_words_count_updates_an_epoch(size, count):
    """Belief 1: an epoch is an iteration."""
    assert f"({count} an epoch)" in gd.studies.gradient_cloud(experiment(), batch_size=size).words


def test_its_words_hold_its_numbers():
    reading = gd.studies.gradient_cloud(experiment())
    text = reading.words
    assert text.startswith("**Near the minimum, B = 8**")
    assert f"misses the full one by {reading.cloud.spread:.3g}" in text
    assert f"the mean of all 400 by {reading.missed:.3g}" in text
    assert f"{100 * reading.cloud.uphill:.0f} % go uphill" in text
    more = next(one for one in reading.scatters if one.batch_size == 32)
    assert f"leave {more.spread / reading.scatter.spread:.3g} of the spread" in text
    assert f"(predicted: {more.predicted / reading.scatter.predicted:.3g})" in text
    assert "noisy, not wrong" in text


def test_at_the_minimum_and_for_all_rows_nothing_is_said_about_uphill():
    resting = gd.studies.gradient_cloud(experiment(), at="minimum").words
    assert "uphill" not in resting
    assert "every step is noise" in resting
    assert "every time" in gd.studies.gradient_cloud(experiment(), batch_size=200).words


@pytest.mark.parametrize(("errors", "right"), [(2.9, True), (3.1, False)])
def test_a_mean_is_called_right_up_to_three_standard_errors(errors, right):
    reading = gd.studies.gradient_cloud(experiment())
    gradients = reading.cloud.gradients - reading.cloud.gradients.mean(axis=0) + reading.cloud.full
    # The mean of 400 gradients errs by a twentieth of what one does.
    shift = np.array([errors * reading.scatter.predicted / 20, 0.0])
    moved = reading._replace(cloud=replace(reading.cloud, gradients=gradients + shift))
    assert ("not wrong" in moved.words) == right


def test_an_unfair_cloud_is_not_called_right():
    reading = gd.studies.gradient_cloud(experiment())
    skewed = replace(reading.cloud, gradients=reading.cloud.gradients + 0.2)
    assert "not wrong" not in reading._replace(cloud=skewed).words


@pytest.mark.parametrize(("share", "words"), [(0.0, "none"), (0.004, "under 1 %"), (0.3, "30 %")])
def test_few_uphill_steps_are_not_called_none(share, words):
    reading = gd.studies.gradient_cloud(experiment())
    rare = tuple(one._replace(uphill=share) for one in reading.scatters)
    assert f"Of their steps, {words} go uphill" in reading._replace(scatters=rare).words


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_full_gradient_below_a_millionth_of_single_rows_is_at_rest(scale):
    for share, rests in ((0.9e-6, True), (1e-6, True), (1.1e-6, False)):
        full = np.array([share * scale, 0.0])
        assert Cloud(1, np.ones((2, 2)), full, scale).rests is rests


def test_a_gradient_without_length_has_no_angle():
    found = Cloud(1, np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 0.0]]), np.array([2.0, 0.0]), 1.0)
    np.testing.assert_allclose(found.cosines, [0.6, np.nan, -1])
    assert found.uphill == pytest.approx(1 / 3)
    assert found.spread == pytest.approx(np.sqrt((17 + 4 + 9) / 3))


def test_what_four_times_the_rows_leave_is_told_where_there_is_a_spread_and_such_a_cloud():
    reading = gd.studies.gradient_cloud(experiment())
    mine, more = (one for one in reading.scatters if one.batch_size in (8, 32))

    def told(*scatters):
        return reading._replace(scatters=scatters).words.partition("Four times the rows leave ")[2]

    mine, more = mine._replace(spread=2.0, predicted=4.0), more._replace(spread=1.0, predicted=1.0)
    assert told(mine, more) == "0.5 of the spread (predicted: 0.25)."
    assert told(mine._replace(predicted=0.0), more) == "0.5 of the spread."
    assert told(mine) == told(mine._replace(spread=0.0), more) == ""


@pytest.mark.parametrize("replacement", [False, True])
def test_every_row_is_drawn_as_often_as_any_other(replacement):
    """Of 400 draws of five rows each has 80, give or take 8."""
    fit = gd.Fit(gd.Table(np.arange(5.0)[:, None], [0.0, 1.0, 4.0, 9.0, 16.0]), gd.MODELS["linear"])
    place = np.array([1.0, 2.0])
    found = cloud(fit, place, 1, replacement=replacement).gradients
    same = np.abs(found[:, None] - row_gradients(fit, place)).sum(axis=2) < 1e-12
    counts = same.sum(axis=0)
    assert counts.sum() == len(found) == 400
    assert 50 < counts.min() <= counts.max() < 110


def test_what_is_seen_is_told_first_in_plain_words_that_follow_from_the_cloud():
    near = gd.studies.gradient_cloud(experiment(), batch_size=8, at="near")
    uphill = percent(near.scatter.uphill)
    assert near.in_short == (
        f"400 batches of 8 rows, each a dot, point many ways, {uphill} of them uphill; on average "
        "they point where all rows do."
    )
    for cosine, told in ((0.49, "many ways"), (0.5, "roughly one way"), (0.9, "nearly one way")):
        scatters = [one._replace(cosine=cosine, uphill=0.0) for one in near.scatters]
        assert f"each a dot, point {told}; on" in near._replace(scatters=scatters).in_short
    skewed = replace(near.cloud, gradients=near.cloud.gradients + near.scatter.spread)
    assert near._replace(cloud=skewed).in_short.endswith(
        "they come nearer to what all rows ask for."
    )
    resting = gd.studies.gradient_cloud(experiment(), batch_size=8, at="minimum").in_short
    assert resting.startswith("Here the full gradient is zero: what 400 batches of 8 rows ask for")
    assert "all dots are one" in gd.studies.gradient_cloud(experiment(), batch_size=200).in_short
