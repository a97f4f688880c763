"""What every schedule promises, and what PyTorch says of each."""

import json
import math
import runpy
from dataclasses import fields, replace

import numpy as np
import pytest

from gdplay.knobs import knobs
from gdplay.schedules import SCHEDULES, Constant, Cosine, Exponential, Inverse, Step
from tests import ORACLES

TORCH = json.loads((ORACLES / "torch_numbers.json").read_text(encoding="utf-8"))

every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
every_knob = pytest.mark.parametrize(
    ("schedule", "name"),
    [
        pytest.param(s, name, id=f"{key}-{name}")
        for key, s in SCHEDULES.items()
        for name in knobs(s)
    ],
)


# What every schedule promises


@every_schedule
@pytest.mark.parametrize("n_updates", [0, 1, 2, 5000])
def test_there_is_one_factor_an_update_between_nothing_and_all(schedule, n_updates):
    factors = schedule.factors(n_updates)
    assert factors.shape == (n_updates,)
    assert factors.dtype == np.float64
    assert np.all((factors >= 0) & (factors <= 1))


@every_schedule
def test_the_first_update_has_the_full_rate_and_none_has_more_than_the_one_before(schedule):
    factors = schedule.factors(5000)
    assert factors[0] == 1
    assert np.all(np.diff(factors) <= 0)


@every_schedule
@pytest.mark.parametrize("warmup", [1, 4, 99])
def test_a_warm_up_rises_in_equal_parts_and_the_schedule_follows_it(schedule, warmup):
    factors = replace(schedule, warmup=warmup).factors(3000)
    np.testing.assert_allclose(factors[:warmup], np.arange(1, warmup + 1) / (warmup + 1))
    np.testing.assert_array_equal(factors[warmup:], schedule.factors(3000 - warmup))


def test_the_numbers_of_a_rate_count_from_the_end_of_the_warm_up():
    cosine = Cosine(warmup=3, floor=0.1)
    assert cosine.numbers(1, 10) == {"u": 1, "w": 3}
    assert cosine.numbers(3, 10) == {"u": 3, "w": 3}
    assert cosine.numbers(4, 10) == {"t": 0, "T": 7, "f": 0.1}
    assert cosine.numbers(10, 10) == {"t": 6, "T": 7, "f": 0.1}


@every_schedule
@pytest.mark.parametrize("n_updates", [4, 9])
def test_a_warm_up_no_shorter_than_the_run_only_rises(schedule, n_updates):
    factors = replace(schedule, warmup=9).factors(n_updates)
    np.testing.assert_allclose(factors, np.arange(1, n_updates + 1) / 10)


@every_schedule
def test_a_longer_run_begins_the_same_unless_the_schedule_spans_the_run(schedule):
    same = np.array_equal(schedule.factors(300), schedule.factors(3000)[:300])
    assert same == (getattr(schedule, "t_max", None) != 0)


@every_schedule
def test_only_a_schedule_that_calls_itself_constant_gives_every_update_the_full_rate(schedule):
    assert schedule.constant == bool(np.all(schedule.factors(5000) == 1))
    assert not replace(schedule, warmup=3).constant


@every_schedule
@pytest.mark.parametrize("n_updates", [100, 4000, 90_000])
def test_within_any_number_of_updates_a_schedule_does_its_work_unless_it_is_constant(
    schedule, n_updates
):
    end = schedule.within(n_updates).factors(n_updates)[-1]
    assert end == 1 if schedule.constant else end <= 0.1


# What each does


def test_a_constant_rate_stays():
    np.testing.assert_array_equal(Constant().factors(7), np.ones(7))


def test_steps_cut_the_rate_every_so_many_updates():
    np.testing.assert_array_equal(
        Step(gamma=0.5, every=3).factors(8), [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    )


def test_an_exponential_rate_loses_the_same_share_each_update():
    np.testing.assert_array_equal(Exponential(gamma=0.5).factors(4), [1, 0.5, 0.25, 0.125])


def test_an_inverse_rate_is_half_at_its_half_life_and_a_third_at_twice_that():
    factors = Inverse(half_life=10).factors(21)
    assert factors[[0, 10, 20]].tolist() == pytest.approx([1, 1 / 2, 1 / 3])


def test_a_cosine_is_half_way_down_at_half_time_and_stays_at_its_floor():
    factors = Cosine(t_max=100, floor=0.2).factors(300)
    assert factors[50] == pytest.approx(0.6)
    np.testing.assert_allclose(factors[100:], 0.2)


def test_a_cosine_of_no_stated_length_spans_the_run():
    np.testing.assert_array_equal(Cosine().factors(80), Cosine(t_max=80).factors(80))
    np.testing.assert_array_equal(
        Cosine(warmup=10).factors(80), Cosine(warmup=10, t_max=70).factors(80)
    )


@pytest.mark.parametrize(
    "schedule", [Step(gamma=1.0, every=2), Exponential(gamma=1.0), Cosine(floor=1.0)], ids=repr
)
def test_a_schedule_that_takes_nothing_off_is_constant(schedule):
    np.testing.assert_array_equal(schedule.factors(50), np.ones(50))


def test_a_schedule_that_leaves_nothing_stops_the_run_after_its_first_stretch():
    np.testing.assert_array_equal(Step(gamma=0.0, every=2).factors(5), [1, 1, 0, 0, 0])
    np.testing.assert_array_equal(Exponential(gamma=0.0).factors(3), [1, 0, 0])


# The values


def test_keys_that_links_hold_stay_and_keep_their_order():
    assert " ".join(SCHEDULES) == "constant step exponential inverse cosine"


@every_schedule
def test_every_field_is_a_knob_with_a_range_and_a_sentence_of_help(schedule):
    assert [f.name for f in fields(schedule)] == list(knobs(schedule))
    for name, about in knobs(schedule).items():
        assert about.low <= getattr(schedule, name) <= about.high
        assert about.help.endswith(".")


@every_schedule
def test_a_schedule_has_words_for_people(schedule):
    assert schedule.title
    assert schedule.about.endswith(".")
    assert schedule.about.count(".") == 1
    assert schedule.formula.startswith(r"\eta_t = ")
    assert schedule.formula.count("{") == schedule.formula.count("}")
    assert schedule.formula.count(r"\left") == schedule.formula.count(r"\right")
    assert "eta_t = " in type(schedule).__doc__


@every_schedule
def test_the_repr_gives_the_value_back(schedule):
    for value in (schedule, replace(schedule, warmup=12)):
        copy = eval(repr(value), {type(schedule).__name__: type(schedule)})
        assert copy == value
        assert hash(copy) == hash(value)


@every_schedule
def test_schedules_are_equal_only_to_their_own_class_with_the_same_numbers(schedule):
    assert schedule != replace(schedule, warmup=1)
    assert sum(schedule == other for other in SCHEDULES.values()) == 1


def test_the_warm_up_is_given_by_name_so_that_a_schedules_own_numbers_come_first():
    assert Cosine(100, 0.1) == Cosine(t_max=100, floor=0.1)
    with pytest.raises(TypeError):
        Constant(10)


@every_knob
def test_a_number_out_of_range_is_refused_with_field_value_and_range(schedule, name):
    about = knobs(schedule)[name]
    for value in (about.low - 1, about.high * 2):
        with pytest.raises(ValueError, match="must be from") as caught:
            replace(schedule, **{name: value})
        where, span = f"{type(schedule).__name__}.{name}", f"{about.low:g} to {about.high:g}"
        for part in (where, repr(value), span):
            assert part in str(caught.value)


@every_knob
def test_what_is_not_a_number_is_refused(schedule, name):
    for value in ("1", None, True, math.nan):
        with pytest.raises(ValueError, match=f"{type(schedule).__name__}.{name} must be"):
            replace(schedule, **{name: value})


@every_knob
def test_both_ends_of_a_range_are_allowed(schedule, name):
    about = knobs(schedule)[name]
    for end in (about.low, about.high):
        assert np.all(np.isfinite(replace(schedule, **{name: end}).factors(50)))


def test_within_a_run_each_schedule_leaves_what_it_says():
    ends = {key: s.within(4000).factors(4000)[-1] for key, s in SCHEDULES.items()}
    expected = {
        "constant": 1, "step": 0.5**4, "exponential": 0.01, "inverse": 1 / 21, "cosine": 0,
    }  # fmt: skip
    assert ends == pytest.approx(expected, abs=2e-3)
    assert Cosine(t_max=7).within(4000).factors(4000)[10] > 0.99


def test_within_a_single_update_no_schedule_gets_numbers_that_it_may_not_have():
    for schedule in SCHEDULES.values():
        assert schedule.within(1).factors(1) == [1]


# PyTorch


def check_against(numbers):
    """Compare every schedule with a table of PyTorch's numbers."""
    for case in numbers["schedules"]:
        schedule = replace(SCHEDULES[case["key"]], **case["settings"])
        ours = schedule.factors(numbers["schedule_updates"])[numbers["schedule_kept"]]
        # PyTorch's cosine is a recursion, whose own rounding shows where the rate nears zero.
        np.testing.assert_allclose(
            ours, case["factors"], rtol=1e-12, atol=1e-15, err_msg=repr(schedule)
        )


def test_every_schedule_gives_the_rates_that_pytorch_gave():
    check_against(TORCH)
    assert {case["key"] for case in TORCH["schedules"]} == set(SCHEDULES)


def test_every_schedule_gives_the_rates_of_the_pytorch_at_hand():
    pytest.importorskip("torch")
    check_against(runpy.run_path(str(ORACLES / "make_torch_numbers.py"))["numbers"]())


def test_the_floor_is_reached_after_so_many_updates_and_over_a_whole_run_never_quite():
    share = SCHEDULES["cosine"]
    assert replace(share, floor=0.1).factors(5)[-1] == pytest.approx(0.186, abs=5e-4)
    assert replace(share, floor=0.1, t_max=4).factors(5)[-1] == pytest.approx(0.1)
    assert "last update is still just above" in knobs(share)["t_max"].help


def test_within_a_few_updates_rates_are_cut_and_halved_from_one_to_the_next():
    for n_updates in (1, 3, 9):
        assert Step().within(n_updates).every == 1
        assert Inverse().within(n_updates).half_life == 1
    assert Step().within(10).every == 2
    assert Inverse().within(40).half_life == 2
