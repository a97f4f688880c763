"""Predictions: as text and back, what is refused, and how they compare with the runs, by hand."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.experiment import labels
from gdplay.teaching import predictions
from gdplay.teaching.predictions import Drawing, Line, Ranking, question, read, score, text_of
from gdplay.teaching.standing import level
from gdplay.teaching.verdicts import signed
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


def test_the_first_metric_drawn_is_asked_about_where_all_runs_have_it_at_any_time() -> None:
    (unasked, *_) = set(METRICS) - set(predictions.ASKED)
    assert predictions.asked(["accuracy"]) == predictions.asked(["accuracy", unasked]) == "accuracy"
    assert predictions.asked([unasked, "accuracy"]) == "loss"


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
        assert worst.words.startswith(signed(False, "Not in that order."))
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
    assert "You said" not in right.words
    missed = score(Ranking((0, 2, 1), (3,)), experiment, traces)
    assert not missed.right
    names = [f"**{name}**" for name in labels(experiment)]
    said = ", then ".join(names[place] for place in (0, 2, 1))
    assert missed.words.endswith(f" You said: {said}; {names[3]} lost.")
    assert missed.words.startswith(signed(False, "The order is right; who is lost is not."))
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
    f"rank~{2000 * 'x'}~epochs~0~none": "metric must be one of",
    f"rank~loss~{2000 * 'x'}~0~none": "along must be one of",
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


def test_a_question_speaks_of_one_run_or_of_each() -> None:
    one, some = (question(LINE, "draw", places, "loss", "epochs") for places in ((0,), (0, 1)))
    assert one == "**What do you expect? Draw the run's training loss** into the empty axes."
    assert some == one.replace("the run's", "each run's")
    several = replace(LINE, n_seeds=2)
    two = question(several, "draw", (1,), "loss", "epochs")
    assert two == one.replace("loss**", "loss (the median over 2 orders of the rows)**")
    assert question(several, "draw", (0,), "loss", "epochs") == one  # a full batch has no orders


# Drawings


def over(x: np.ndarray, y: np.ndarray, factor: float, place: int = 0) -> Line:
    """A line through points, each so many times as high."""
    return Line(place, tuple(zip(x.tolist(), (factor * y).tolist(), strict=True)))


VALLEY = [32.0, 10.88, 6.5792, 4.195328]
"""The losses after each step of the preset "valley_steps", by hand."""


def test_a_line_is_compared_point_by_point_with_a_curve_that_was_counted_by_hand() -> None:
    experiment = gd.PRESETS["valley_steps"].build()
    traces = trained(experiment)
    x = np.array([0.0, 0.25, 1.5, 2.75, 3.0])
    # On a logarithmic axis the lines between the losses pass their geometric means.
    between = [(a ** (1 - s)) * b**s for a, b, s in zip(VALLEY, VALLEY[1:], (0.25, 0.5, 0.75))]  # noqa: B905
    y = np.array([32.0, *between, VALLEY[3]])
    exact = score(Drawing((over(x, y, 1.0),)), experiment, traces)
    assert exact.distances[0] == pytest.approx(1.0, abs=1e-3)
    high = score(Drawing((over(x, y, 2.0),)), experiment, traces)
    assert high.distances[0] == pytest.approx(2.0, rel=1e-3)
    assert high.words == "Your line is off by a factor of 2, in the median of all points."
    assert "in the median of its 4 points, mostly too high" in high.sentences[0]
    # 1, 3, 3 and 9 times too low at the four points: 3 in the middle, 9 at most.
    low = np.array([1.0, 1.0, 1 / 3, 1 / 3, 1 / 9])
    mixed = score(Drawing((over(x, y * low, 1.0),)), experiment, traces)
    assert mixed.distances[0] == pytest.approx(3.0, rel=1e-3)
    assert "mostly too low" in mixed.sentences[0]
    assert "after 3 epochs: 0.466 drawn, 4.2 true" in mixed.sentences[0]


@pytest.mark.parametrize("key", ["variants", "zigzag", "adaptive", "shuffling", "right_rate"])
def test_what_was_drawn_through_the_epochs_ends_is_off_by_what_it_was_moved(key: str) -> None:
    experiment = gd.PRESETS[key].build()
    traces = trained(experiment)
    some = np.linspace(0, len(traces[0].epochs) - 1, 9).astype(int)
    lines = tuple(
        over(trace.epochs[some].astype(float), trace.loss[0, some], 1.5, place)
        for place, trace in enumerate(traces)
    )
    verdict = score(Drawing(lines), experiment, traces)
    assert verdict.right
    assert all(each == pytest.approx(1.5, rel=2e-3) for each in verdict.distances.values())
    assert "Your lines are off by a factor of 1.5, in the median of all points." in verdict.words
    ends = [float(line.y[-1]) for line in lines]
    last = int(np.argmax(ends))
    lowered = Line(last, tuple((x, y if x < 1 else 1e-3) for x, y in lines[last].points))
    wrong = score(Drawing((*lines[:last], lowered, *lines[last + 1 :])), experiment, traces)
    assert not wrong.right
    assert wrong.words.startswith(signed(False, "The order you drew is not so."))


def test_a_lost_run_is_right_where_its_line_leaves_behind_all_others() -> None:
    experiment = lines(0.2, 5.0)
    traces = trained(experiment)
    x, start = np.linspace(0, 30, 6), float(traces[0].loss[0, 0])
    falls = over(x, start * 0.9**x, 1.0)
    leaves = score(Drawing((falls, over(x, start * 2.0**x, 1.0, 1))), experiment, traces)
    assert leaves.right
    assert leaves.sentences[1].endswith("your line leaves, too.")
    stays = score(Drawing((falls, over(x, start * 0.8**x, 1.0, 1))), experiment, traces)
    assert not stays.right
    assert stays.sentences[1].endswith("your line does not leave.")


def test_below_zero_a_line_is_off_by_a_difference() -> None:
    problem = gd.Expression("x**2 + y**2 - 4")
    experiment = gd.Experiment(problem, (gd.Run(gd.SGD(lr=0.1)),), start=(1.0, 0.0), epochs=4)
    x = np.arange(5.0)
    y = 0.8 ** (2 * x) - 4
    line = Line(0, tuple(zip(x.tolist(), (y + 0.5).tolist(), strict=True)))
    verdict = score(Drawing((line,)), experiment, trained(experiment))
    assert verdict.distances[0] == pytest.approx(0.5, rel=1e-2)
    assert verdict.words == "Your line is off by 0.5, in the median of all points."
    # Between two states the line is straight where values are not positive.
    halves = np.array([0.0, 0.5, 1.5, 2.5, 3.5])
    straight = Line(0, tuple(zip(halves.tolist(), np.interp(halves, x, y).tolist(), strict=True)))
    exact = score(Drawing((straight,)), experiment, trained(experiment))
    assert exact.distances[0] == pytest.approx(0.0, abs=2e-3)


def test_words_tell_on_which_side_a_line_lies_and_how_many_are_off() -> None:
    experiment = lines(0.2, 0.1)
    traces = trained(experiment)
    ends = np.arange(0, 9)
    sides = {
        "mostly too high": [2.0] * 9,
        "mostly too low": [0.5] * 9,
        "too high here and too low there": [2.0, 0.5] * 4 + [2.0],
    }
    for words, factors in sides.items():
        y = traces[0].loss[0, :9] * factors
        both = Drawing((over(ends, y, 1.0), over(ends, traces[1].loss[0, :9] * factors, 1.0, 1)))
        verdict = score(both, experiment, traces)
        assert words in verdict.sentences[0]
        assert "its 8 points" in verdict.sentences[0]
        assert "Your lines are off by a factor of 2, in the median of all points." in verdict.words
        alone = score(both, experiment, traces, shown=(0,))
        assert alone.words == "Your line is off by a factor of 2, in the median of all points."


def test_points_beyond_a_runs_end_and_at_its_start_are_not_compared() -> None:
    experiment = lines(0.2)
    traces = trained(experiment)
    x = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])
    y = np.append(traces[0].loss[0, [0, 10, 20, 30]], [1e6, 1e6])
    y[0] = 1e6
    verdict = score(Drawing((over(x, y, 1.0),)), experiment, traces)
    assert verdict.distances[0] == pytest.approx(1.0, abs=1e-3)
    assert "its 3 points" in verdict.sentences[0]


def test_runs_that_were_stopped_are_compared_where_the_first_of_them_stood() -> None:
    experiment = lines(0.2, 0.1)
    first, second = trained(experiment)
    cut = {"path": first.path[:11], "path_updates": first.path_updates[:11]}
    stopped = replace(first, status=(Status.CANCELLED,), **cut)
    verdict = score(Ranking((0, 1)), experiment, (stopped, second))
    assert verdict.words.startswith(f"{signed(True, 'Right.')} After 10 epochs")
    assert f"at {number(float(second.loss[0, 10]))}" in verdict.sentences[1]


def test_values_lost_in_rounding_and_values_within_a_hundredth_are_level() -> None:
    assert level(1.0, 0.9901)
    assert not level(1.0, 0.989)
    assert level(-1.0, -0.9901)
    assert level(1e-17, -3e-18, least=1e-16)
    assert not level(1e-15, 1e-17, least=1e-16)
    assert level(0.0, 0.0)


def test_level_runs_share_their_positions_and_lost_ones_are_named_together() -> None:
    experiment = lines(0.2, 5.0, 0.2 * (1 + 1e-4), 8.0, 0.02)
    traces = trained(experiment)
    names = [f"**{name}**" for name in labels(experiment)]
    verdict = score(Ranking((2, 0, 4), (1, 3)), experiment, traces)
    assert verdict.right
    assert "(level, within 1 %: either order is right) are lowest, then " in verdict.words
    assert f"; {names[1]} and {names[3]} were lost." in verdict.words
    assert f"{names[0]} is first or second, as you said, at" in verdict.sentences[0]
    times = float(traces[4].loss[0, -1] / min(traces[0].loss[0, -1], traces[2].loss[0, -1]))
    assert verdict.sentences[4].endswith(f", {number(times)} times the lowest.")
    wrong = score(Ranking((4, 0, 2), (1, 3)), experiment, traces)
    assert wrong.sentences[4].endswith("; you said first.")
    gone = lines(5.0, 8.0)
    assert score(Ranking((), (0, 1)), gone, trained(gone)).words.endswith("were lost.")


def test_a_drawing_comes_back_from_its_text_with_four_figures() -> None:
    points = tuple((10.0**k, 1.234567 * 10.0 ** (3 - 3 * k)) for k in range(5))
    drawing = Drawing((Line(0, points), Line(3, points)), "excess", "updates")
    assert drawing.lines[0].points[2] == (100.0, 0.001235)
    text = text_of(drawing)
    assert read(text) == drawing
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789~_.-")
    assert "1.235e-9" in text


FIVE = "_".join(f"{k}_1" for k in range(5))
BAD_LINES = {
    "0_1_2": "5 to 24 points; got 1",
    "0_" + "_".join(f"{k}_1" for k in range(25)): "5 to 24 points; got 25",
    f"0_{FIVE}_9": "two numbers for each point",
    f"0.1_{FIVE}": "must be a place",
    f"64_{FIVE}": "from 0 to 63",
    f"0_{FIVE}~0_{FIVE}": "each once",
    f"0_{FIVE}_4_1": "from left to right",
    f"0_-1_1_{FIVE}": "from left to right",
    f"0_{FIVE}_9_1e999": "finite numbers",
    f"0_{FIVE}_9_nan": "must be numbers; got 'nan'",
    f"0_{FIVE}_9_{'1' * 500}": "must be numbers; got '1111",
}


@pytest.mark.parametrize("text", BAD_LINES, ids=range(len(BAD_LINES)))
def test_hostile_lines_are_refused_in_one_short_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=BAD_LINES[text]) as refusal:
        read(f"draw~loss~epochs~{text}")
    assert len(str(refusal.value)) < 200


def test_lines_belong_into_curves_of_their_own_metric_and_axis_and_to_runs_that_are_shown() -> None:
    points = tuple((float(x), 1.0) for x in range(5))
    mine = Drawing((Line(0, points), Line(2, points)), "excess", "updates")

    def drawn(*shown: int, metric: str = "excess", along: str = "updates") -> list[int]:
        found = predictions.lines_of(mine, ("loss", metric), along, shown)
        return [line.place for line in found]

    assert drawn(0, 1, 2) == [0, 2]
    assert drawn(2) == [2]
    assert drawn() == drawn(0, along="epochs") == drawn(0, metric="distance") == []
    for other in (None, Ranking((0,))):
        assert predictions.lines_of(other, ("loss",), "epochs", (0,)) == ()


def test_a_prediction_suits_an_experiment_with_its_metric_and_as_many_runs() -> None:
    assert predictions.suits(Ranking((0, 2)), LINE)
    assert not predictions.suits(Ranking((0, 3)), LINE)
    assert not predictions.suits(Ranking((0,), metric="accuracy"), LINE)


@pytest.mark.parametrize("text", ["draw~loss", "draw", "rank~loss~epochs~0", "line~loss~epochs~0"])
def test_a_text_with_too_few_parts_is_no_prediction(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a prediction must be rank~metric~axis"):
        read(text)
