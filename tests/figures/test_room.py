"""What a class answered, drawn: shares that are true, text that stays text, lines within axes."""

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.predict import blank
from gdplay.figures.room import curves, middles, ranks, votes
from gdplay.figures.theme import LIGHT
from gdplay.teaching.predictions import outcome, positions, read, score
from gdplay.teaching.verdicts import Line
from tests import trained

HOME = gd.default_experiment()
HOSTILE = Line(0, ((0.0, 18.0), (1.0, 1e30), (2.0, -1e30), (3.0, 1e-30), (1e30, 0.0)))
CALM = Line(0, ((0.0, 18.0), (5.0, 9.0), (9.0, 4.0), (20.0, 1.0), (30.0, 0.5)))


def test_choices_show_how_often_each_was_made_and_which_is_right() -> None:
    shown = votes(["{0} wins", "none"], ["Batch"], [3, 1], LIGHT, right=1, own=[1])
    assert "75%" in shown
    assert "25%" in shown
    assert shown.count("gd-right") == 1
    assert "right and your answer" in shown
    assert "%" not in votes(["{0} wins", "none"], ["Batch"], [], LIGHT)
    assert "0%" in votes(["a", "b"], [], [0, 0], LIGHT)


def test_text_in_choices_and_names_stays_text() -> None:
    shown = votes(["<script>{0}"], ["<b>"], [1], LIGHT) + ranks(["<i>"], [0], [[1, 0]], LIGHT)
    assert not {"<script>", "<b>&lt;b", "<i>&lt;i"} & set(shown.split())
    assert "&lt;script&gt;" in shown
    assert "&lt;b&gt;" in shown
    assert "&lt;i&gt;" in shown


def figure(*lines: Line, told: bool) -> Any:
    drawn = curves(
        HOME, trained(HOME), lines, "loss", "epochs", log=True, log_x=False, shown=(0, 1, 2),
        told=told, theme=LIGHT,
    )  # fmt: skip
    return json.loads(drawn.to_json())


@pytest.mark.parametrize("told", [False, True])
def test_no_line_that_was_sent_moves_the_axes_beyond_those_that_all_drew_into(told: bool) -> None:
    empty = json.loads(blank(HOME, trained(HOME), "loss", shown=(0, 1, 2)).to_json())["layout"]
    layout = figure(CALM, HOSTILE, told=told)["layout"]
    room = 0.1 * (empty["yaxis"]["range"][1] - empty["yaxis"]["range"][0])
    assert layout["yaxis"]["range"][0] >= empty["yaxis"]["range"][0] - room
    assert layout["yaxis"]["range"][1] <= empty["yaxis"]["range"][1] + room


def test_lines_of_many_are_one_trace_a_run_with_gaps_between() -> None:
    (own,) = [t for t in figure(*[CALM] * 20, told=False)["data"] if "drawn" in t["name"]]
    one = [t for t in figure(CALM, told=True)["data"] if "drawn" in t["name"]]
    values = np.frombuffer(b64decode(own["x"]["bdata"]), own["x"]["dtype"])
    assert len(values) == 20 * 6 - 1
    assert np.isnan(values).sum() == 19
    assert len(one) == 1


def test_where_many_drew_the_line_in_their_middle_stands_out() -> None:
    rising = [Line(0, ((0.0, 1.0), (30.0, 10.0**power))) for power in (0, 0, 1, 2, 9)]
    (middle,) = middles(rising, log=True)
    assert (middle.x[0], middle.x[-1]) == (0, 30)
    np.testing.assert_allclose(middle.y, 10 ** (np.array(middle.x) / 30))
    (flat,) = middles([*rising, Line(0, ((3.0, 4.0), (27.0, 4.0)))], log=False)
    assert (flat.x[0], flat.x[-1]) == (3, 27)
    assert flat.y[-1] == np.median([1, 1, 9.1, 90.1, 0.9e9 + 0.1, 4])
    assert middles(rising[:4], log=True) == []
    for told in (False, True):
        names = [t["name"] for t in figure(*[CALM] * 5, told=told)["data"]]
        assert names.count("Batch, middle of the class") == 1


def test_the_right_ranks_are_framed_once_they_are_told() -> None:
    true = positions(HOME, trained(HOME), (0, 1, 2), "loss", "epochs")
    assert true == {0: [1], 1: [0], 2: [2]}
    lost = gd.Experiment(HOME.problem, (HOME.runs[0], gd.Run(gd.SGD(lr=1e3))), HOME.start)
    assert positions(lost, trained(lost), (0, 1), "loss", "epochs") == {0: [0], 1: [2]}
    table = ranks(["a", "b"], (0, 1), [[1, 2, 0], [3, 0, 0]], LIGHT, {0: [0], 1: [2]})
    assert table.count("gd-true") == 2
    assert 'gd-true" title="right" style="--share:0.333">1<' in table
    assert "gd-true" not in ranks(["a"], (0,), [[1, 0]], LIGHT)


def test_what_would_have_been_right_is_said_as_to_somebody_who_said_it() -> None:
    told = outcome(HOME, trained(HOME), (0, 1, 2), "loss", "epochs")
    assert told in score(read("rank~loss~epochs~1.0.2~none"), HOME, trained(HOME)).words
