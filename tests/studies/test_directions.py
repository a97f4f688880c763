"""Ways along eigenvectors: what stands clear of rounding, what was measured, what touches it."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies import directions as module
from gdplay.studies.directions import Component, components, directions

UPDATES = np.arange(9)


@pytest.mark.parametrize(
    ("offset", "count"),
    [
        ([1, 0.5, 0.25], 3),
        ([1, 1e-12, 0.3, 1e-12], 3),
        ([-1, 0.9e-9, 1.1e-9, 1e-9], 3),
        ([2, 1, -1.9e-9], 2),
        ([0, 0, 0], 0),
    ],
)
def test_distances_are_used_up_to_the_last_that_is_no_rounding(offset, count):
    assert module._usable(np.array(offset, float)) == count


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        (0.8**UPDATES, 0.8),
        (np.array([9, 9, 9, 1, 8, 1, 1, 0.001, 0.1]), 0.5),
        (0.8 ** np.arange(11), 0.8),
        (np.array([4.0, 2, 1]), 0.5),
        (np.array([1.0, 0.5]), None),
        (np.zeros(3), None),
    ],
)
def test_the_factor_measured_is_that_between_the_last_two_thirds_largest(size, factor):
    found = module._measured(size)
    assert found is None if factor is None else found == pytest.approx(factor)


def test_what_is_predicted_touches_the_later_half_of_the_distances_from_above():
    size = 3 * 0.8**UPDATES
    np.testing.assert_allclose(module._touching(UPDATES, size, 0.8, 9), size)
    size[[2, 6]] *= 2  # the first is too early to count
    np.testing.assert_allclose(module._touching(UPDATES, size, 0.8, 8), 6 * 0.8**UPDATES)
    np.testing.assert_allclose(module._touching(UPDATES, size, 0.8, 6), 3 * 0.8**UPDATES)
    assert module._touching(UPDATES, size, 0.8, 1) is None
    assert module._touching(UPDATES, size, 0.0, 9) is None
    assert module._touching(UPDATES, size, None, 9) is None
    assert module._touching(UPDATES, size, 0.8, 2) is not None


def test_a_run_follows_what_is_predicted_within_two_hundredths():
    assert module._follows(0.5, 0.519)
    assert module._follows(0.519, 0.5)
    assert not module._follows(0.5, 0.521)
    assert not module._follows(None, 0.5)
    assert not module._follows(0.5, None)


def test_its_words_are_both_factors():
    assert Component(0, UPDATES, UPDATES, 0.5, None, None).words == "0.5000, –"


def test_the_steepest_stands_before_the_flattest_and_plain_steps_are_the_formulas():
    bowl = gd.Expression("0.1*x**2 + 2*y**2")
    runs = (gd.Run(gd.SGD(0.3)), gd.Run(gd.Adam(0.1)))
    race = gd.Experiment(bowl, runs, (3.0, 1.0), 12)
    steep, flat = directions(race, gd.train(race))
    assert [(one.name, one.bend) for one in (steep, flat)] == [
        ("steepest", pytest.approx(4)), ("flattest", pytest.approx(0.2))
    ]  # fmt: skip
    plain, adam = flat.components
    assert (plain.place, adam.place) == (0, 1)
    assert (plain.factor, plain.measured) == (pytest.approx(0.94), pytest.approx(0.94))
    assert adam.factor is None
    np.testing.assert_allclose(np.abs(plain.offset), 3 * 0.94 ** np.arange(13))
    saddle = gd.Experiment(gd.SURFACES["plain_saddle"], runs[:1], epochs=2)
    assert directions(saddle, gd.train(saddle)) == []
    with pytest.raises(ValueError, match="without a minimum"):
        components(saddle, gd.train(saddle), np.array([1.0, 0.0]), 1.0)


def test_where_the_loss_bends_one_way_alone_that_is_the_flattest_too_and_a_kink_has_none():
    runs = (gd.Run(gd.SGD(0.3)),)
    trough = gd.Experiment(gd.Expression("x**2"), runs, (3.0, 1.0), 5)
    assert [one.bend for one in directions(trough, gd.train(trough))] == pytest.approx([2, 2])
    kink = gd.Experiment(gd.SURFACES["ackley"], runs, (3.0, 1.0), 5)
    assert kink.problem.minimum() is not None
    assert directions(kink, gd.train(kink)) == []
