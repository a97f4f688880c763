"""The scale of rates: marks and zones stand where the slider's handle would."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.rate_scale import place, rate_scale
from gdplay.optimizers import Optimizer
from gdplay.theory.limits import rate_options
from gdplay.words import number, quantity

HOME = gd.default_experiment()
LIMIT = gd.curvature(HOME.problem).limit
RATES = rate_options(0.05, LIMIT)


def zones(*rules: Optimizer) -> list[tuple[str, float]]:
    told = rate_scale(HOME, rules, RATES)["zones"]
    return [(zone["key"], zone["end"]) for zone in told if zone["key"] != "still"]


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
    assert zones(gd.SGD(), gd.Momentum()) == zones(gd.SGD())
    assert not zones(gd.Adam())


def test_the_limit_is_marked_with_its_rate() -> None:
    (mark,) = [
        mark for mark in rate_scale(HOME, [gd.SGD()], RATES)["marks"] if mark["label"] == "2/L"
    ]
    assert mark["rate"] == number(LIMIT)
    assert mark["at"] == pytest.approx(place(LIMIT, RATES))


def test_for_who_has_met_no_other_limit_2_over_l_alone_is_marked() -> None:
    scale = rate_scale(HOME, [gd.SGD()], RATES, plainly=True)
    assert [mark["label"] for mark in scale["marks"]] == ["2/L"]


def test_the_mark_of_the_limit_says_in_one_sentence_what_it_means() -> None:
    (mark,) = rate_scale(HOME, [gd.SGD()], RATES, plainly=True)["marks"]
    assert f"{mark['plain']}. {mark['about']}" == (
        "2/L = 0.646. Above it a plain step on all rows overshoots the valley, where that is "
        "steepest, by more than it came from."
    )


ZONES = (0.1, 0.49, 0.51, 1.0, 1.01)
"""Shares of the limit, of every zone."""


def fates(who: str, s: str = "s") -> list[str]:
    return [
        *[f"{who}come{s} down"] * 2,
        f"{who}swing{s}, but settle{s}",
        f"{who}swing{s} for ever",
        f"too large: {who}{f'flie{s}' if s else 'fly'} off",
    ]


@pytest.mark.parametrize(
    ("sizes", "who"),
    [((None, 1), ("batch ",)), ((None, None), ("",)), ((10, 1), ("full batches ", ""))],
)
def test_words_say_plainly_what_each_rate_does_and_to_whom(sizes, who) -> None:
    experiment = gd.Experiment(HOME.problem, tuple(gd.Run(gd.SGD(), size) for size in sizes))
    scale = rate_scale(experiment, [gd.SGD()], [share * LIMIT for share in ZONES])
    assert scale["words"] == fates(*who)
    assert all("limit" in sentence for sentence in scale["verdicts"])


@pytest.mark.parametrize("epochs", [30, 3000])
def test_who_hardly_moves_is_not_said_to_come_down(epochs: int) -> None:
    experiment = replace(HOME, epochs=epochs)
    scale = rate_scale(experiment, [gd.SGD()], RATES)
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in RATES)
    way = [trace.loss[0] for trace in gd.train(replace(experiment, runs=runs))]
    least = HOME.problem.loss(HOME.problem.minimum())
    slow = [bool((loss[0] - loss[-1]) / (loss[0] - least) < 0.1) for loss in way]
    slow = [still and rate < LIMIT for still, rate in zip(slow, RATES, strict=True)]
    assert [words == "batch hardly moves" for words in scale["words"]] == slow
    told = [sentence.endswith("of the way down") for sentence in scale["verdicts"]]
    assert told == slow
    still, calm = scale["zones"][:2]
    steps = [place(rate, RATES) for rate in RATES]
    assert [at < still["end"] for at in steps] == slow
    assert still["about"] == f"hardly move in {quantity(epochs, 'epoch')}"
    assert calm["key"] == "calm"


def test_of_several_rules_words_are_of_the_runs_that_take_all_rows() -> None:
    """As after "Add run", which takes momentum to the mini-batch."""
    experiment = replace(HOME, runs=(*HOME.runs, gd.Run(gd.Momentum(), 10)))
    rules = [run.optimizer for run in experiment.runs]
    alone = rate_scale(HOME, [gd.SGD()], RATES)
    scale = rate_scale(experiment, rules, RATES)
    assert scale["words"] == alone["words"]
    for name in ("about", "end", "key"):
        told = [zone[name] for zone in scale["zones"]]
        own = [zone[name] for zone in alone["zones"]]
        assert told == ([f"Plain step: {about}" for about in own] if name == "about" else own)
    assert all(sentence.startswith("Plain step: ") for sentence in scale["verdicts"])


@pytest.mark.parametrize(
    "runs",
    [
        [gd.Run(gd.SGD()), gd.Run(gd.Momentum())],
        [gd.Run(gd.SGD(), 10), gd.Run(gd.Momentum(), 10)],
        [gd.Run(gd.Adam()), gd.Run(gd.SGD(), 10)],
    ],
)
def test_of_other_mixed_rules_it_is_said_that_they_have_no_one_limit(runs: list[gd.Run]) -> None:
    experiment = replace(HOME, runs=tuple(runs))
    scale = rate_scale(experiment, [run.optimizer for run in runs], RATES)
    assert set(scale["words"]) == {"the rules differ: no one limit"}
    assert len(scale["words"]) == len(RATES)
    assert scale["zones"] == scale["verdicts"] == []


def test_what_the_words_say_is_what_full_batches_do() -> None:
    rates = [share * LIMIT for share in ZONES]
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in rates)
    traces = gd.train(replace(HOME, runs=runs, epochs=400))
    minimum = HOME.problem.minimum()
    assert minimum is not None
    steepest = np.linalg.eigh(HOME.problem.hessian(minimum))[1][:, -1]
    for words, trace in zip(fates(""), traces, strict=True):
        across = (trace.params[0] - minimum) @ steepest
        swings = across[1] * across[0] < 0
        first, last = trace.loss[0, [0, -1]]
        assert swings == ("swings" in words or "flies off" in words), words
        assert (last < first) == ("flies off" not in words), words
        ratio = abs(across[20] / across[0])
        assert ("flies off" in words) == (ratio > 1.1), words
        assert ("for ever" in words) == (ratio == pytest.approx(1)), words


def test_where_nothing_is_certain_words_say_so() -> None:
    many = gd.Experiment(gd.SURFACES["himmelblau"], (gd.Run(gd.SGD()),))
    limit = gd.curvature(many.problem).limit
    found = rate_scale(many, [gd.SGD()], [0.9 * limit, 1.1 * limit])["words"]
    assert found == ["can settle", "a step may raise the loss"]
    assert set(rate_scale(HOME, [gd.Adam()], RATES)["words"]) == {"no fixed limit"}


def test_at_a_minimum_alone_words_say_whether_a_rate_can_settle_there() -> None:
    experiment = gd.default_experiment(gd.DATASETS["breast_cancer"])
    limit = gd.curvature(experiment.problem).limit
    assert rate_scale(experiment, [gd.SGD()], [1e-3, 0.9 * limit, 1.1 * limit])["words"] == [
        "batch comes down",
        "batch can settle",
        "too large: batch cannot settle",
    ]
