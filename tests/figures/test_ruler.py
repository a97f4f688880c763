"""The ruler: marks stand where the slider's handle would, and labels never touch."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdplay as gd
from gdplay.figures.ruler import ROOMS, fitting, place, spread, strip
from gdplay.theory.limits import marks, rate_options, zones
from gdplay.words import number

LINE = gd.default_experiment().problem
OPTIONS = rate_options(0.05, gd.curvature(LINE).limit)


def drawn(rules, sizes=()):
    return strip(marks(LINE, rules, sizes), zones(LINE, rules), OPTIONS)


# Places


def test_a_mark_on_an_option_stands_where_the_slider_puts_that_option():
    options = rate_options(0.05, 0.646)
    for i, option in enumerate(options):
        assert place(option, OPTIONS) == pytest.approx(i / (len(options) - 1))


def test_between_two_options_the_scale_is_logarithmic():
    assert place(2.0, [1.0, 4.0, 5.0]) == pytest.approx(0.25)


def test_a_rate_off_the_slider_has_no_place_on_it():
    assert place(0.5, [1.0, 2.0]) < 0
    assert place(3.0, [1.0, 2.0]) > 1


labels = st.lists(
    st.tuples(st.floats(0, 400), st.floats(10, 60)), min_size=1, max_size=6
).map(sorted)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(labels)
def test_labels_never_touch_nor_leave_the_ruler_and_keep_their_order(found):
    centres, widths = zip(*found, strict=True)
    placed = np.array(spread(centres, widths, 420))
    half = np.array(widths) / 2
    assert (np.diff(placed) - half[1:] - half[:-1] >= 8.9).all()
    assert placed[0] - half[0] >= -1e-6
    assert placed[-1] + half[-1] <= 420 + 1e-6


def test_labels_with_room_stand_right_under_their_marks():
    assert spread([50, 150, 300], [20, 20, 20], 400) == pytest.approx([50, 150, 300])


def test_labels_that_would_touch_stand_around_their_mean():
    assert spread([100, 100], [20, 20], 400) == pytest.approx([85.5, 114.5])


def test_where_room_is_short_the_most_important_marks_keep_their_labels():
    found = marks(LINE, [], [1, 32])
    assert fitting(found, 880) == found
    few = [mark.label for mark in fitting(found, 100)]
    assert "2/L" in few
    assert "Momentum" not in few


def test_the_drawing_holds_a_tick_and_a_label_per_mark_at_their_places():
    html = drawn([gd.SGD()], [1])
    assert html.count("<span") == len(ROOMS) * 6
    limit = gd.curvature(LINE).limit
    at, half = place(limit, OPTIONS), place(limit / 2, OPTIONS)
    zones = re.findall(r'class="gd-(\w+)" style="left:([\d.]+)%;width:([\d.]+)%', html)
    assert [name for name, *_ in zones] == ["calm", "swing", "gone"]
    assert [float(left) for _, left, _ in zones] == pytest.approx([0, 100 * half, 100 * at], 1e-3)
    assert sum(float(width) for *_, width in zones) == pytest.approx(100, abs=0.01)
    assert f"2/L = {number(limit)}." in html


def test_zones_are_those_of_the_runs_own_rule_and_none_where_rules_differ():
    momentum = drawn([gd.Momentum()], [])
    at = place(1.9 * gd.curvature(LINE).limit, OPTIONS)
    assert f'class="gd-gone" style="left:{at:.3%}' in momentum
    assert "gd-swing" not in momentum
    assert "gd-calm" not in drawn([gd.SGD(), gd.Momentum()], [])
    assert "gd-calm" not in drawn([gd.Adam()], [])


def test_where_no_mark_lies_on_the_slider_nothing_is_drawn():
    assert strip(marks(LINE, [gd.SGD()], []), zones(LINE, [gd.SGD()]), [1e-5, 1e-4]) == ""
    assert strip([], [], OPTIONS) == ""
