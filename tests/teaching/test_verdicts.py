"""Verdicts on what was expected of runs, word by word, over made-up curves."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.verdicts import (
    Line,
    _drawn_order,
    drawn,
    order,
    ordinal,
    positions,
    ranked,
    signed,
)

NAMES = ("Plain step", "Momentum", "Adam", "RMSProp")
RULES = (gd.SGD(), gd.Momentum(), gd.Adam(), gd.OPTIMIZERS["rmsprop"])


class Known:
    """Curves that are known everywhere: from 8 on each falls to its end by equal factors."""

    experiment = gd.Experiment(gd.SURFACES["bowl"], tuple(gd.Run(rule) for rule in RULES))
    along, least = "epochs", 0.0

    def __init__(self, *ends: float, lost: Any = (), leaving: Any = (), falls: bool = True) -> None:
        self.ends, self.gone, self.leaving = ends, lost, leaving
        self.metric = SimpleNamespace(falls=falls)

    def lost(self, place: int) -> bool:
        return place in self.gone

    def leaves(self, place: int) -> bool:
        return place in self.leaving

    def lost_words(self, place: int) -> str:
        return f"in epoch {place}"

    def end(self, places: Any) -> float:
        return 10.0

    def values(self, place: int, amounts: Any) -> Any:
        return 8 * (self.ends[place] / 8) ** (amounts / 10)


def bold(*places: int) -> list[str]:
    return [f"**{NAMES[place]}**" for place in places]


RIGHT = signed(True, "Right.")


def test_right_and_wrong_differ_in_their_sign_and_in_their_colour() -> None:
    assert signed(True, "So.") == ":green[:material/check_circle: **So.**]"
    assert signed(False, "So.") == ":red[:material/cancel: **So.**]"


def test_a_right_order_is_told_with_each_runs_value_and_how_far_it_lies_from_the_lowest() -> None:
    a, b, c = bold(0, 1, 2)
    verdict = ranked([1, 0, 2], [], Known(2.0, 1.0, 4.0))
    assert verdict.right
    assert verdict.words == f"{RIGHT} After 10 epochs {b} is lowest, then {a}, then {c}."
    assert verdict.sentences == {
        0: f"{a} is second, as you said, at 2, 2 times the lowest.",
        1: f"{b} is first, as you said, at 1.",
        2: f"{c} is third, as you said, at 4, 4 times the lowest.",
    }


def test_a_wrong_order_is_told_beside_the_right_one() -> None:
    a, b = bold(0, 1)
    verdict = ranked([0, 1], [], Known(2.0, 1.0))
    assert not verdict.right
    assert verdict.words == (
        f"{signed(False, 'Not in that order.')} After 10 epochs {b} is lowest, then {a}. "
        f"You said: {a}, then {b}."
    )
    assert verdict.sentences[0] == f"{a} is second, at 2, 2 times the lowest; you said first."


def test_where_more_is_better_the_highest_leads_and_no_times_are_told() -> None:
    a, b = bold(0, 1)
    verdict = ranked([0, 1], [], Known(2.0, 1.0, falls=False))
    assert verdict.words == f"{RIGHT} After 10 epochs {a} is highest, then {b}."
    assert verdict.sentences[1] == f"{b} is second, as you said, at 1."


@pytest.mark.parametrize(
    ("order", "lost", "outcome"),
    [
        ([0, 1], [2, 3], "Right."),
        ([0, 1, 2], [3], "The order is right; who is lost is not."),
        ([1, 0], [2, 3], "Not in that order."),
        ([1, 0, 3], [2], "Not so."),
    ],
)
def test_an_order_and_who_is_lost_are_right_each_by_itself(order, lost, outcome) -> None:
    a, b, c, d = bold(0, 1, 2, 3)
    verdict = ranked(order, lost, Known(1.0, 2.0, 9.0, 9.0, lost=(2, 3)))
    right = outcome == "Right."
    truth = (
        f"{signed(right, outcome)} After 10 epochs {a} is lowest, then {b}; {c} and {d} were lost."
    )
    assert verdict.words.startswith(truth)
    assert verdict.right is (verdict.words == truth) is right


def test_whoever_is_lost_is_told_with_what_was_said_of_it() -> None:
    a, b = bold(0, 1)
    one = Known(1.0, 9.0, lost=(1,))
    verdict = ranked([0, 1], [], one)
    assert verdict.words.endswith(f"{a} is lowest; {b} was lost. You said: {a}, then {b}.")
    assert verdict.sentences[1] == f"{b} was lost in epoch 1; you said it would be second."
    assert ranked([0], [1], one).sentences[1] == f"{b} was lost in epoch 1, as you said."
    gone = ranked([], [0], one)
    assert gone.words.endswith(f"{a} is lowest. You said: {a} lost.")
    assert gone.sentences[0] == f"{a} is first, at 1; you said lost."
    assert order([1], one) == f"{b} was lost."
    assert order([0, 1], Known(9.0, 9.0, lost=(0, 1))) == f"{a} and {b} were lost."


def test_a_run_on_its_way_out_may_be_called_lost_and_another_may_not() -> None:
    (b,) = bold(1)
    leaving = Known(1.0, 9.0, leaving=(1,))
    assert ranked([0], [1], leaving).right
    assert ranked([0], [1], leaving).sentences[1] == (
        f"{b} is on its way out, as you said: it stands at 9 and grows."
    )
    assert ranked([0, 1], [], leaving).right
    assert not ranked([1], [0], leaving).right


def test_level_runs_may_stand_either_way_and_share_their_positions() -> None:
    a, b, c = bold(0, 1, 2)
    level = Known(1.009, 1.0, 0.5)
    for said in ([2, 0, 1], [2, 1, 0]):
        assert ranked(said, [], level).right
    both = "(level, within 1 %: either order is right)"
    assert order([0, 1, 2], level) == (f"After 10 epochs {c} is lowest, then {b} and {a} {both}.")
    assert order([0, 1], level) == f"After 10 epochs {b} and {a} {both} are lowest."
    assert positions([0, 1, 2], level) == {0: [1, 2], 1: [1, 2], 2: [0]}
    assert positions([0, 1, 2], Known(1.02, 1.0, 9.0, lost=(2,))) == {0: [1], 1: [0], 2: [3]}
    assert ranked([0, 1, 2], [], level).sentences[0] == (
        f"{a} is second or third, at 1.01, 2.02 times the lowest; you said first."
    )


def test_places_are_counted_in_words_as_far_as_there_are_some() -> None:
    assert [ordinal(place) for place in (1, 6, 7)] == ["first", "sixth", "number 7"]


def line(place: int, *values: float) -> Line:
    """A line that goes through values after 0, 5 and 10 epochs, or the first of them."""
    return Line(place, tuple(zip((0.0, 5.0, 10.0), values, strict=False)))


def test_a_line_is_off_by_the_factor_in_the_middle_and_farthest_where_that_is_most() -> None:
    a, b = bold(0, 1)
    truth = Known(2.0, 0.5)  # 4 and 2 after 5 epochs
    verdict = drawn([line(1, 8, 6, 4), line(0, 8, 2, 1.6)], truth)
    assert not verdict.right
    assert verdict.words == (
        f"{signed(False, 'The order you drew is not so.')} "
        f"After 10 epochs {b} is lowest, then {a}. "
        "Your lines are off by a factor of 2.45, in the median of all points."
    )
    assert verdict.sentences == {
        0: f"{a}: your line is off by a factor of 1.58, in the median of its 2 points, mostly too "
        "low. It is farthest off after 5 epochs: 2 drawn, 4 true.",
        1: f"{b}: your line is off by a factor of 4.9, in the median of its 2 points, mostly too "
        "high. It is farthest off after 10 epochs: 4 drawn, 0.5 true.",
    }
    assert list(verdict.sentences) == [0, 1]
    assert verdict.distances == pytest.approx({0: (2 * 1.25) ** 0.5, 1: (3 * 8) ** 0.5})
    alone = drawn([line(0, 8, 6, 1.6)], truth)
    assert alone.words == "Your line is off by a factor of 1.37, in the median of all points."
    assert "too high here and too low there" in alone.sentences[0]


def test_lines_are_compared_where_the_shortest_of_them_ends() -> None:
    crossing = Known(2.0, 2.0)
    verdict = drawn([line(0, 8, 3), line(1, 8, 5, 1)], crossing)
    assert verdict.words.startswith(f"{signed(True, 'The order you drew is right.')} After 5 ")
    early = Line(0, ((11.0, 4.0), (12.0, 3.0)))
    assert drawn([early], crossing).sentences[0].endswith(" had ended before your line began.")
    assert drawn([early], crossing).words == ""


def test_a_lost_run_is_right_where_its_line_ends_behind_all_others_and_leaves() -> None:
    (b,) = bold(1)
    truth = Known(2.0, 9.0, lost=(1,))
    away, home = (
        drawn([line(0, 8, 3, 1), line(1, 8, 8, 9)], truth),
        drawn([line(1, 9, 5, 8)], truth),
    )
    assert away.right
    assert away.sentences[1] == f"{b} was lost in epoch 1; your line leaves, too."
    assert home.sentences[1] == f"{b} was lost in epoch 1; your line does not leave."
    assert not drawn([line(0, 8, 3, 1), line(1, 8, 8, 0.5)], truth).right
    lower = Known(9.0, 9.0, lost=(0, 1), falls=False)
    assert drawn([line(0, 8, 8, 7)], lower).sentences[0].endswith("your line leaves, too.")
    assert drawn([line(0, 1, 8, 8)], lower).sentences[0].endswith("your line does not leave.")


def test_where_more_is_better_a_line_that_ends_higher_is_before_others() -> None:
    truth = Known(2.0, 1.0, falls=False)
    assert drawn([line(0, 8, 3, 2), line(1, 8, 3, 1)], truth).right
    assert not drawn([line(0, 8, 3, 1), line(1, 8, 3, 2)], truth).right


def test_values_of_rounding_count_as_the_least_that_is_known() -> None:
    truth = Known(1e-15)
    truth.least = 1e-6
    verdict = drawn([Line(0, ((0.0, 8.0), (10.0, 1e-5)))], truth)
    assert verdict.distances[0] == pytest.approx(10)
    truth = Known(1e-15, 1e-9)
    truth.least = 1e-6
    assert order([0, 1], truth).endswith("are lowest.")
    assert "times" not in "".join(ranked([0, 1], [], truth).sentences.values())


def test_below_zero_lines_are_off_by_differences() -> None:
    truth = Known(2.0, 0.5)
    truth.values = lambda place, amounts: -np.asarray(amounts) / 5 - place  # type: ignore[method-assign]
    verdict = drawn([line(0, 0, -1, -1.5)], truth)
    assert verdict.words == "Your line is off by 0.25, in the median of all points."
    assert verdict.distances == {0: pytest.approx(0.25)}


def test_lines_are_off_by_factors_where_they_and_the_truth_are_above_zero_alone() -> None:
    truth = Known(2.0)
    below = drawn([line(0, 8, 4, -1)], truth)  # where 4 and 2 are true
    assert below.words == "Your line is off by 1.5, in the median of all points."
    truth.values = lambda place, amounts: 4 - np.asarray(amounts) / 2  # type: ignore[method-assign]
    assert drawn([line(0, 8, 2, 2)], truth).words.startswith("Your line is off by 1.75, in the")


def test_where_a_lost_run_has_no_accuracy_left_nothing_is_compared() -> None:
    truth = Known(2.0, lost=(0,), falls=False)
    truth.values = lambda place, amounts: np.where(amounts >= 5, 0.0, 0.9)  # type: ignore[method-assign]
    assert drawn([line(0, 0.9, 0.9, 0.4)], truth).words == ""
    truth.values = lambda place, amounts: np.where(amounts >= 10, 0.0, 0.9)  # type: ignore[method-assign]
    assert drawn([line(0, 0.9, 1.8, 0.4)], truth).words == (
        "Your line is off by a factor of 2, in the median of all points."
    )


def test_lines_of_runs_that_are_all_lost_are_in_their_order_whatever_it_is():
    falls = SimpleNamespace(metric=SimpleNamespace(falls=True))
    gone = SimpleNamespace(truth=falls, last=[], lost=[0, 1])
    ends = [Line(place, ((0.0, 5.0), (1.0, end))) for place, end in enumerate((2.0, 1.0))]
    assert _drawn_order(ends, gone, 1.0)
