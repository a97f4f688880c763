"""The scales of other sliders than rates': how far back, how many updates, where runs settle."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.figures.slider_scale import decay_scale, epochs_scale
from gdplay.figures.sliders import decay_options

HOME = gd.default_experiment()
LIMIT = gd.curvature(HOME.problem).limit


def scale(rule, field="beta", size=None):
    experiment = replace(HOME, runs=(gd.Run(rule, size),))
    return decay_scale(experiment, field, decay_options(0.9))


def test_a_share_of_memory_says_how_far_back_it_looks():
    told = scale(gd.Adam(0.1), "b1")
    says = dict(zip(told["options"], told["says"], strict=True))
    assert (says[0.0], says[0.9], says[0.99]) == (
        "1 update back",
        "10 updates back",
        "100 updates back",
    )
    assert told["zones"] == []


def test_zones_end_where_momentum_begins_to_carry_a_rate_beyond_the_plain_limit():
    gone, calm = scale(gd.Momentum(1.5 * LIMIT))["zones"]
    assert (gone["key"], calm["key"], calm["end"]) == ("gone", "calm", 1.0)
    shares = decay_options(0.9)
    first = next(i for i, share in enumerate(shares) if share > 0.5)
    assert gone["end"] == pytest.approx((first - 0.5) / (len(shares) - 1))
    assert [zone["key"] for zone in scale(gd.Momentum(LIMIT / 2))["zones"]] == ["calm"]


def test_at_a_low_rate_shares_hardly_move_that_carry_too_little():
    told = scale(gd.Momentum(2e-4))
    slow = [words == "hardly moves" for words in told["words"]]
    at = slow.index(False)
    assert at > 0
    for share in told["options"][at - 1 : at + 1]:
        run = gd.Run(gd.Momentum(2e-4, share))
        (trace,) = gd.train(replace(HOME, runs=(run,)))
        way = trace.loss[0, 0] - trace.loss[0, -1]
        least = HOME.problem.loss(HOME.problem.minimum())
        assert (way < 0.1 * (trace.loss[0, 0] - least)) == (share == told["options"][at - 1])
    still = told["zones"][0]
    assert still == {
        "key": "still", "about": "hardly move", "end": (at - 0.5) / (len(told["options"]) - 1)
    }  # fmt: skip


def test_the_quickest_share_is_the_one_with_which_full_batches_shrink_fastest():
    rule = gd.Momentum(0.2)
    facts, shares = gd.curvature(HOME.problem), decay_options(0.9)
    (mark,) = [mark for mark in scale(rule)["marks"] if mark["label"] == "quickest"]
    best = shares[round(mark["at"] * (len(shares) - 1))]
    # The heavy ball's fastest share at a rate, along the flattest direction (Polyak, 1964).
    assert min(shares, key=lambda share: abs(share - (1 - (0.2 * facts.mu) ** 0.5) ** 2)) == best
    ats = [mark["at"] for mark in scale(rule)["marks"]]
    assert ats == sorted(ats)
    assert all(mark["label"] != "quickest" for mark in scale(gd.Momentum(100 * LIMIT))["marks"])


def test_what_a_share_does_is_said_of_full_batches_where_the_run_takes_fewer_rows():
    assert set(scale(gd.Momentum(LIMIT / 8))["words"]) == {"comes down"}
    assert set(scale(gd.Momentum(LIMIT / 8), size=10)["words"]) == {"full batches come down"}


def test_epochs_say_how_many_updates_they_are():
    told = epochs_scale(HOME, (1.0, 10.0, 20.0))
    assert told["says"][1:] == ["10 to 2\u202f000 updates", "20 to 4\u202f000 updates"]
    assert [mark["plain"] for mark in told["marks"]] == ["1", "10"]
    assert told["marks"][1]["at"] == 0.5
