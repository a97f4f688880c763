"""Turned axes: which rules know where the axes are, measured and told."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.turned_axes import (
    FULL,
    NEWTON,
    START,
    TARGET,
    Needed,
    TurnedAxes,
    at_angle,
    turned_axes,
)

READING = turned_axes()
LINES = {line.name: line.updates for line in READING.lines}


def test_turning_the_axes_costs_adagrad_its_lead_and_rules_with_a_matrix_nothing():
    assert len(set(LINES["Plain step"])) == 1
    assert LINES["Plain step"][0] == pytest.approx(233, rel=0.05)
    at = dict(zip(READING.angles, LINES["AdaGrad"], strict=True))
    assert list(at) == [0, 5, 10, 15, 20, 30, 45]
    for angle, expected in {0: 4, 5: 36, 15: 119, 30: 235, 45: 307}.items():
        assert at[angle] == pytest.approx(expected, rel=0.25)
    assert list(LINES["AdaGrad"]) == sorted(LINES["AdaGrad"])
    assert 40 <= min(LINES["Adam"]) <= max(LINES["Adam"]) <= 90
    (full,) = set(LINES[FULL.title])
    assert 3 <= full <= 6
    assert set(LINES[NEWTON.title]) == {1}
    for told in (f"**Plain step** needs {LINES['Plain step'][0]} updates at every angle",
                 f"at 0°, and {LINES['AdaGrad'][-1]} at 45°", "of no account"):  # fmt: skip
        assert told in READING.words
    assert READING.rows[0] == ("Plain step", *[str(LINES["Plain step"][0])] * 7)


def test_the_updates_are_those_of_a_run_at_the_best_rate_from_a_start_that_turned_along():
    valley = replace(gd.SURFACES["turned"], angle=30.0)
    start = at_angle(START, 30.0)
    np.testing.assert_allclose(np.hypot(*start), np.hypot(*START))
    assert valley.loss(start) == pytest.approx(replace(valley, angle=0.0).loss(START))
    rates = np.geomspace(1e-3, 10, 101)
    runs = tuple(gd.Run(gd.AdaGrad(lr=rate)) for rate in rates)
    losses = [t.loss[0] for t in gd.train(gd.Experiment(valley, runs, start, 400))]
    low = [np.flatnonzero(loss <= TARGET * loss[0]) for loss in losses]
    place = READING.angles.index(30.0)
    assert LINES["AdaGrad"][place] == min(reached[0] for reached in low if len(reached))


def test_what_does_not_get_there_says_so_and_what_is_out_of_range_is_refused():
    steep = turned_axes(1e4, angles=(30.0,), rules=(gd.SGD(),))
    assert steep.lines[0].updates == (-1,)
    assert "does not get there in 1\u202f000 updates" in steep.words
    assert steep.rows[0] == ("Plain step", "–")
    some = turned_axes(1e4, rules=(gd.AdaGrad(), gd.Adam()))
    assert some.lines[0].updates[1:] == (-1,) * 6
    first, second = (line.updates for line in some.lines[:2])
    gap = "and does not get there in 1\u202f000 elsewhere."
    assert f"**AdaGrad** needs {first[0]} updates at 0°, {gap}" in some.words
    assert -1 not in second[:6]
    assert (
        f"**Adam** needs {min(second[:6])} to {max(second)} updates at 0, 5, 10, 15, 20 and 30°, "
        f"{gap}"
    ) in some.words
    assert "1 times" not in turned_axes(1.0, angles=(0.0,), rules=(gd.SGD(),)).words
    with pytest.raises(ValueError, match="condition"):
        turned_axes(0.5)


def test_a_rule_is_told_by_both_ends_where_turning_costs_it_more_than_as_much_again():
    def told(*updates):
        lines = (Needed("Rule", updates), Needed("Full", (3, 3, 3)), Needed("Newton", (1, 1, 1)))
        return TurnedAxes(100.0, (0.0, 20.0, 45.0), lines).words.splitlines()[2]

    assert told(4, 7, 9) == "- **Rule** needs 4 updates at 0°, and 9 at 45°."
    assert told(4, 7, 8) == "- **Rule** needs 4 to 8 updates."
    assert told(4, 9, 8) == "- **Rule** needs 4 to 9 updates."
    assert told(4, 3, 9) == "- **Rule** needs 3 to 9 updates."
    assert told(4, 9, -1) == (
        "- **Rule** needs 4 to 9 updates at 0 and 20°, and does not get there in 1\u202f000 "
        "elsewhere."
    )
    assert told(0, 0, 1) == "- **Rule** needs 0 updates at 0°, and 1 at 45°."
    assert told(1, 1, 1) == "- **Rule** needs 1 update at every angle."
    assert told(-1, -1, -1) == "- **Rule** does not get there in 1\u202f000 updates."
