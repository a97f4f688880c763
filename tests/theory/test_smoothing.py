"""What smoothing promises: no bias, no look ahead, no change of what does not change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gdplay.theory.smoothing import smoothed

SPANS, NUMBERS = st.floats(1e-3, 1e3), st.floats(-1e6, 1e6)


@st.composite
def series(draw, numbers=NUMBERS):
    """Values, where they stand, and a span."""
    n = draw(st.integers(1, 30))
    gaps = draw(arrays(float, n, elements=st.floats(0, 100)))
    return draw(arrays(float, n, elements=numbers)), np.cumsum(gaps), draw(SPANS)


@given(series(), st.floats(-1e300, 1e300))
def test_a_constant_stays_that_constant_bit_for_bit(given_series, constant):
    values, at, span = given_series
    still = np.full_like(values, constant)
    np.testing.assert_array_equal(smoothed(still, at, span), still)


@given(series(st.one_of(NUMBERS, st.just(np.nan), st.just(np.inf))), st.data())
def test_later_points_change_nothing_before_them(given_series, data):
    values, at, span = given_series
    end = data.draw(st.integers(0, len(values)))
    whole = smoothed(values, at, span)
    np.testing.assert_array_equal(whole[:end], smoothed(values[:end], at[:end], span))


@given(series())
def test_each_point_is_the_weighted_mean_of_all_so_far(given_series):
    values, at, span = given_series
    for i, value in enumerate(smoothed(values, at, span)):
        weights = np.exp((at[: i + 1] - at[i]) / span)
        assert value == pytest.approx(np.average(values[: i + 1], weights=weights), abs=1e-6)


def test_at_even_distances_it_is_adams_corrected_mean():
    values, beta, mean = np.array([4.0, -1.0, 3.0, 8.0]), np.exp(-1 / 5), 0.0
    for t, (value, found) in enumerate(
        zip(values, smoothed(values, np.arange(4.0), 5.0), strict=True), start=1
    ):
        mean = beta * mean + (1 - beta) * value
        assert found == pytest.approx(mean / (1 - beta**t), rel=1e-12)


def test_what_is_not_finite_stays_and_counts_for_nothing_and_no_span_smooths_nothing():
    values, at = np.array([2.0, np.nan, np.inf, 4.0]), np.arange(4.0)
    found = smoothed(values, at, 1.0)
    np.testing.assert_array_equal(found[:3], values[:3])
    assert found[3] == smoothed(values[[0, 3]], at[[0, 3]], 1.0)[1]
    np.testing.assert_array_equal(smoothed(values, at, 0.0), values)
