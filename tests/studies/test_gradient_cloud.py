"""Gradient clouds: right on average, as scattered as predicted, and pointing uphill near a rest."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.gradient_cloud import cloud, predicted_spread, row_gradients, scatters
from gdplay.teaching.defaults import default_fit

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
