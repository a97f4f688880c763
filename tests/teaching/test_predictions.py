"""Predictions: as text and back, what is refused, and how they compare with the runs, by hand."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.teaching.predictions import Ranking, question, read, score, text_of
from gdplay.theory.measures import METRICS
from gdplay.words import number
from tests import trained

# By preset and metric the true order at the end, the best first; runs in one group are level.
ORDERS = {
    ("variants", "excess"): [{1}, {0}, {2}],
    ("too_large", "excess"): [{0}, {1}, {2}],
    ("too_small", "loss"): [{0}, {1}, {2}],
    ("zigzag", "loss"): [{1}, {0}],
    ("standardised", "loss"): [{0, 1}],
    ("adaptive", "excess"): [{2}, {1}, {0}],
    ("noise_ball", "excess"): [{1}, {0}],
    ("shuffling", "loss"): [{0}, {1}],
    ("replacement", "loss"): [{0, 1}],
    ("replacement", "excess"): [{0}, {1}],
    ("last_batch", "excess"): [{1}, {0}],
    ("separable", "loss"): [{2}, {1}, {0}],
    ("circles", "accuracy"): [{0, 1}, {2}],
    ("right_rate", "loss"): [{0}, {1}],
    ("stopping", "loss"): [{0, 1}, {2}],
}


@pytest.mark.parametrize(("key", "metric"), ORDERS, ids=map(":".join, ORDERS))
def test_an_order_is_right_where_it_is_that_of_the_last_values_and_level_runs_may_be_swapped(
    key: str, metric: str
) -> None:
    experiment, groups = gd.PRESETS[key].build(), ORDERS[key, metric]
    traces = trained(experiment)
    best = [place for group in groups for place in sorted(group)]
    swapped = [place for group in groups for place in sorted(group, reverse=True)]
    for order in (best, swapped):
        verdict = score(Ranking(tuple(order), metric=metric), experiment, traces)
        assert verdict.right, verdict
        assert "you said" in verdict.sentences[0]
    if len(groups) > 1:
        worst = score(Ranking(tuple(best[::-1]), metric=metric), experiment, traces)
        assert not worst.right
        assert worst.words.startswith("**Not in that order.**")
    if metric == "loss":  # by another way than the score's
        ends = [float(np.median(trace.loss[:, -1])) for trace in traces]
        assert sorted(range(len(ends)), key=ends.__getitem__) in (best, swapped)


LINE = gd.default_experiment()


def lines(*rates: float, **more: object) -> gd.Experiment:
    return replace(LINE, runs=tuple(gd.Run(gd.SGD(lr=lr)) for lr in rates), **more)


def test_runs_that_are_lost_stand_behind_all_others_and_need_no_order() -> None:
    experiment = lines(0.2, 5.0, 0.1, 8.0)
    traces = trained(experiment)
    right = score(Ranking((0, 2), (3, 1)), experiment, traces)
    assert right.right
    at = traces[1].diverged_at[0]
    assert right.sentences[1].endswith(f"was lost at update {at}, as you said.")
    missed = score(Ranking((0, 2, 1), (3,)), experiment, traces)
    assert not missed.right
    assert missed.words.startswith("**The order is right; who is lost is not.**")
    assert missed.sentences[1].endswith(f"lost at update {at}; you said it would be third.")
    feared = score(Ranking((2,), (0, 1, 3)), experiment, traces)
    assert feared.sentences[0].endswith("; you said lost.")
    assert "is first" in feared.sentences[0]


def test_a_run_on_its_way_out_may_be_called_lost_or_last() -> None:
    experiment = gd.PRESETS["too_large"].build()
    traces = trained(experiment)
    assert score(Ranking((0, 1), (2,)), experiment, traces).right
    assert score(Ranking((0, 1, 2)), experiment, traces).right
    assert not score(Ranking((0,), (1, 2)), experiment, traces).right


def test_runs_are_compared_where_the_shortest_ends_along_the_axis() -> None:
    traces = trained(LINE)  # by 30 updates the others have begun, not ended
    per_update = score(Ranking((2, 1, 0), along="updates"), LINE, traces)
    assert "After 30 updates" in per_update.words
    values = [float(traces[0].loss[0, -1])]
    for trace in traces[1:]:
        at = np.flatnonzero(trace.path_updates <= 30)[-1]
        assert trace.path_updates[at] == 30
        values.append(float(LINE.problem.loss(trace.path[at])))
    best = min(range(3), key=values.__getitem__)
    assert "first" in per_update.sentences[best]
    timed = score(Ranking((0, 1, 2), along="seconds"), LINE, traces, seconds=[1e-4, 1e-5, 1e-5])
    assert "After 3 ms" in timed.words


def test_of_several_orders_of_the_rows_the_median_counts() -> None:
    experiment = replace(lines(0.2, 0.1), n_seeds=3)
    runs = (gd.Run(gd.SGD(lr=0.2), batch_size=1), *experiment.runs)
    experiment = replace(experiment, runs=runs)
    traces = trained(experiment)
    ends = sorted(traces[0].loss[:, -1].tolist())
    verdict = score(Ranking((1, 2, 0)), experiment, traces)
    assert f"at {number(ends[1])}" in verdict.sentences[0]
    lost = replace(experiment, runs=(gd.Run(gd.SGD(lr=2.0), batch_size=1), *runs[1:]))
    verdict = score(Ranking((1, 2), (0,)), lost, trained(lost))
    assert "was lost in 3 of 3 orders of the rows, as you said" in verdict.sentences[0]


def test_runs_that_are_hidden_are_not_spoken_of() -> None:
    verdict = score(Ranking((2, 1, 0)), LINE, trained(LINE), shown=(0, 1))
    assert verdict.right
    assert set(verdict.sentences) == {0, 1}
    assert "Stochastic" not in verdict.words
    with pytest.raises(ValueError, match="runs shown"):
        score(Ranking((2,)), LINE, trained(LINE), shown=(0, 1))


# Texts


@pytest.mark.parametrize(
    "prediction",
    [Ranking((2, 0, 1)), Ranking((), (1, 0)), Ranking((5,), (3,), "excess", "updates")],
)
def test_a_prediction_comes_back_from_its_text_the_same(prediction: Ranking) -> None:
    text = text_of(prediction)
    assert read(text) == prediction
    assert text.replace("~", "").replace(".", "").isalnum()


HOSTILE = {
    "": "must be rank",
    "rank": "must be rank",
    "x" * 100_000: "at most 3000 characters",
    "rank~loss~epochs~0.0~none": "each once",
    "rank~loss~epochs~none~none": "one or more",
    "rank~loss~epochs~0~99": "from 0 to 63",
    "rank~loss~epochs~-1~none": "whole numbers",
    "rank~loss~epochs~0..1~none": "whole numbers",
    "rank~loss~epochs~٣~none": "whole numbers",
    "rank~<script>~epochs~0~none": "metric must be one of",
    "rank~batch~epochs~0~none": "metric must be one of",
    "rank~loss~fortnights~0~none": "along must be one of",
}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_in_one_short_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=HOSTILE[text]) as refusal:
        read(text)
    assert len(str(refusal.value)) < 200


# Questions


def test_a_question_says_what_is_lowest_and_when() -> None:
    assert "Whose training loss is lowest after 30 epochs" in question(
        LINE, "rank", (0, 1, 2), "loss", "epochs"
    )
    many = replace(LINE, n_seeds=20)
    asked = question(many, "rank", (0, 1), "accuracy", "updates")
    assert "accuracy is highest after 30 updates (the median over 20 orders" in asked
    assert METRICS["accuracy"].falls is False
    assert "when the shortest run ends" in question(LINE, "rank", (0, 1), "loss", "seconds")
