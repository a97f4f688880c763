"""The scale of rates: marks and zones stand where the slider's handle would."""

import pytest

import gdplay as gd
from gdplay.figures.rate_scale import place, rate_scale
from gdplay.optimizers import Optimizer
from gdplay.theory.limits import rate_options
from gdplay.words import number

HOME = gd.default_experiment()
LIMIT = gd.curvature(HOME.problem).limit
RATES = rate_options(0.05, LIMIT)


def zones(*rules: Optimizer) -> list[tuple[str, float]]:
    return [(zone["key"], zone["end"]) for zone in rate_scale(HOME, rules, RATES)["zones"]]


def test_a_mark_on_an_option_stands_where_the_slider_puts_that_option() -> None:
    for i, rate in enumerate(RATES):
        assert place(rate, RATES) == pytest.approx(i / (len(RATES) - 1))


def test_between_two_options_the_scale_is_logarithmic() -> None:
    assert place(2.0, [1.0, 4.0, 5.0]) == pytest.approx(0.25)


def test_a_rate_off_the_slider_has_no_place_on_it() -> None:
    assert place(0.5, [1.0, 2.0]) < 0
    assert place(3.0, [1.0, 2.0]) > 1


def test_zones_end_at_half_the_limit_at_the_limit_and_with_the_slider() -> None:
    ends = [place(LIMIT / 2, RATES), place(LIMIT, RATES), 1.0]
    assert zones(gd.SGD()) == [
        (key, pytest.approx(end)) for key, end in zip(("calm", "swing", "gone"), ends, strict=True)
    ]


def test_zones_are_those_of_the_runs_own_rule_and_none_where_rules_differ() -> None:
    assert zones(gd.Momentum())[0] == (
        "calm",
        pytest.approx(place(1.9 * LIMIT, RATES)),
    )
    assert not zones(gd.SGD(), gd.Momentum())
    assert not zones(gd.Adam())


def test_the_limit_is_marked_with_its_rate() -> None:
    (mark,) = [
        mark for mark in rate_scale(HOME, [gd.SGD()], RATES)["marks"] if mark["label"] == "2/L"
    ]
    assert mark["rate"] == number(LIMIT)
    assert mark["at"] == pytest.approx(place(LIMIT, RATES))


def test_in_plain_words_only_the_limit_is_marked_and_each_rate_comes_down_swings_or_flies_off() -> (
    None
):
    limit = gd.curvature(HOME.problem).limit
    rates = [0.1 * limit, 0.49 * limit, 0.51 * limit, limit, 1.01 * limit]
    scale = rate_scale(HOME, [gd.SGD()], rates, plainly=True)
    assert [mark["label"] for mark in scale["marks"]] == ["2/L"]
    assert scale["words"] == ["comes down", "comes down", "swings", "swings", "flies off"]


def test_plain_words_are_kept_for_where_they_are_certain() -> None:
    moons = gd.default_experiment(gd.DATASETS["moons"])
    for experiment, rule in ((moons, gd.SGD()), (HOME, gd.Adam())):
        words = [rate_scale(experiment, [rule], RATES, plainly=plain)["words"] for plain in (0, 1)]
        assert words[0] == words[1]
