"""What is said of an update is true of its numbers, and which one is shown."""

import math
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import replay
from gdplay.studies.one_update import (
    OneUpdate,
    Position,
    _angle,
    last_update,
    legend,
    position,
    where,
)
from gdplay.theory.step_map import arrows, enlarged, ghost
from gdplay.words import number
from tests.updates import FITS, LINE, SURFACES, ground, trained

LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def test_the_verdict_is_true_of_every_update_of_a_noisy_run() -> None:
    seen = set()
    for update in range(500, 560):
        step = replay(LINE, 2, update)
        said = OneUpdate(step, 200).verdict
        rose, own = step.new_full_loss > step.full_loss, step.new_loss > step.loss
        assert f"**{'raised' if rose else 'lowered'}** the loss over all rows" in said
        assert f"own loss {'rose' if own else 'fell'} from" in said
        assert ("although" in said) == (rose != own)
        numbers = [
            float(n.replace(" × 10", "e").translate(LOWERED).rstrip("., "))
            for n in re.findall(r"(?:from|to) ([\d.]+(?: × 10[⁻⁰-⁹]+)?)", said)
        ]
        losses = [step.full_loss, step.new_full_loss, step.loss, step.new_loss]
        assert numbers == pytest.approx(losses, rel=6e-3)
        assert len(set(numbers[:2])) == len(set(numbers[2:])) == 2, "each change can be seen"
        cosine = step.gradient @ step.full_gradient
        cosine /= np.linalg.norm(step.gradient) * np.linalg.norm(step.full_gradient)
        if "half a degree" not in said:
            degrees = float(re.findall(r"points (\d+)°", said)[0])
            assert degrees == pytest.approx(math.degrees(math.acos(cosine)), abs=0.51)
        assert ("starts uphill" in said) == (cosine < 0)
        seen.add((rose, own, cosine < 0))
    assert {rose for rose, *_ in seen} == {True, False}
    assert {uphill for *_, uphill in seen} == {True, False}


def test_the_full_batch_and_surfaces_are_not_compared_with_themselves() -> None:
    assert "so its gradient is the full one" in OneUpdate(replay(LINE, 0, 1), 200).verdict
    said = OneUpdate(replay(SURFACES["bowl"], 0, 1), 1).verdict
    assert re.fullmatch(r"This update \*\*lowered\*\* the loss from 25 to \S+\.", said)


def test_of_two_rows_the_loss_is_that_over_all_rows_and_the_batchs_own_is_told() -> None:
    two = gd.Fit(gd.Table(np.array([[0.0], [1.0]]), [1.0, 3.0]), gd.MODELS["linear"])
    step = replay(gd.Experiment(two, (gd.Run(gd.SGD(0.1), 1),), epochs=1), 0, 1)
    said = OneUpdate(step, 2).verdict
    assert said.startswith("This update **lowered** the loss over all rows from 2.5 to ")
    assert ", and the batch’s own loss fell from " in said
    still = replace(step, new_loss=step.loss, new_full_loss=step.full_loss + 1)
    told = f", and the batch’s own loss stayed at {number(step.loss)}. The batch’s gradient points"
    assert told in OneUpdate(still, 2).verdict
    other = replace(step, new_loss=step.loss + 1, new_full_loss=step.full_loss - 1)
    assert ", although the batch’s own loss rose from " in OneUpdate(other, 2).verdict


def test_an_update_that_changes_nothing_is_not_called_a_fall() -> None:
    start = tuple(LINE.problem.minimum().tolist())
    step = replay(replace(LINE, start=start), 0, 1)
    assert "left the loss over all rows at" in OneUpdate(step, 200).verdict


def test_a_diverging_update_is_told() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1), gd.Run(gd.SGD(lr=60.0))), epochs=200)
    trace = trained(wild)[0]
    said = OneUpdate(replay(wild, 0, trace.diverged_at[0]), 200).verdict
    assert "overflowed" in said
    assert "**raised**" in OneUpdate(replay(wild, 0, trace.diverged_at[0] - 1), 200).verdict
    at = trained(wild)[1].diverged_at[0]
    assert "**raised**" in OneUpdate(replay(wild, 1, at), 200).verdict


# The study


def test_a_notebook_asks_for_an_update_and_gets_its_words() -> None:
    reading = gd.studies.one_update(LINE, 1, 7)
    assert reading.words == OneUpdate(replay(LINE, 1, 7), 200).verdict
    assert gd.studies.one_update(LINE).step.rows.tolist() == replay(LINE, 1, 1).rows.tolist()


@pytest.mark.parametrize(
    ("run", "update", "words"),
    [
        (1, 601, "There is no update 601: this run makes 600"),
        (5, 1, "There is no run 6"),
        (-1, 1, "run must be"),
        (0, 0, "update must be"),
    ],
)
def test_an_update_that_there_is_not_is_refused_with_the_reason(
    run: int, update: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        gd.studies.one_update(LINE, run, update)


def test_a_reading_says_how_its_run_ended_where_more_was_to_come() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    last = trained(wild)[0].diverged_at[0]
    reading = gd.studies.one_update(wild, 0, last)
    assert reading.words == f"{reading.verdict} The run diverged at update {last}."
    assert gd.studies.one_update(wild, 0, last - 1).ending == ""
    assert gd.studies.one_update(LINE, 0, 30).ending == ""


# Where it stands, in words


@pytest.mark.parametrize(
    ("run", "update", "words"),
    [
        (gd.Run(gd.SGD(0.05)), 2, "of 30 · epoch **2** of 30 · **all 200 rows**"),
        (
            gd.Run(gd.SGD(0.05), sampling="in order"),
            2,
            "of 30 · epoch **2** of 30 · **all 200 rows**",
        ),
        (
            gd.Run(gd.SGD(0.05), 32),
            9,
            "of 210 · epoch **2** of 30 · batch **2** of 7 · **32 of 200 rows**",
        ),
        (
            gd.Run(gd.SGD(0.05), 32, sampling="shuffle once"),
            14,
            "of 210 · epoch **2** of 30 · batch **7** of 7 · the short last batch, "
            "**8 of 200 rows**, shuffled once",
        ),
        (
            gd.Run(gd.SGD(0.05), 1, sampling="in order", epochs=5),
            1000,
            "of 1\u202f000 · epoch **5** of 5 · batch **200** of 200 · **1 of 200 rows**, in order",
        ),
    ],
)
def test_where_an_update_stands_is_told_by_epoch_batch_and_rows(
    run: gd.Run, update: int, words: str
) -> None:
    experiment = replace(LINE, runs=(run,))
    last, _ = last_update(experiment, 0, gd.train(experiment)[0])
    told = where(experiment, Position(0, update, last), replay(experiment, 0, update))
    assert told == words


def test_an_angle_too_small_for_whole_degrees_is_told_in_words_and_the_length_as_a_ratio() -> None:
    full = np.array([3.0, 4.0])
    step = replay(LINE, 1, 5)
    for degrees, told in ((0.3, "less than half a degree"), (0.6, "1°"), (120.0, "120°")):
        turn = np.radians(degrees)
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ full
        # The largest number of the one is not that of the other, and their squares overflow.
        scale = 1e200
        both = replace(step, gradient=2 * scale * turned, full_gradient=scale * full)
        said = OneUpdate(both, 200).verdict
        assert f"points {told} away from the full one and is 2 times as long." in said
        assert ("starts uphill" in said) == (degrees > 90)
        alike = replace(both, gradient=1.001 * scale * turned)
        assert " away from the full one and is about as long." in OneUpdate(alike, 200).verdict


def test_on_a_function_an_update_stands_among_its_updates_alone() -> None:
    bowl = SURFACES["bowl"]
    assert where(bowl, Position(0, 1, 30), replay(bowl, 0, 1)) == "of 30"


def test_the_run_shown_first_has_mini_batches_else_single_rows() -> None:
    full, mini, single = LINE.runs
    for runs, place in (((full, single, mini), 2), ((full, single), 1), ((full, full), 0)):
        experiment = replace(LINE, runs=runs, epochs=1)
        at, notices = position(experiment, gd.train(experiment), None, None)
        assert (at.run, at.update, notices) == (place, 1, [])


def test_of_a_run_that_there_is_not_the_last_one_is_shown() -> None:
    at, notices = position(LINE, trained(LINE), 5, None)
    assert (at.run, notices) == (2, ["There is no run 6: here is the last of 3."])


def test_a_legend_tells_what_is_drawn_and_how_large() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    scale = arrows(step, land).scale
    own = ghost(LINE.problem, step, land)
    assert own is not None
    words = legend(LINE, step, land, own).replace("\\", "")
    assert f"Arrows: both negative gradients times {scale:g}. Open star" in words
    length, times = number(float(np.linalg.norm(step.step))), enlarged(step, land)
    assert f"Thick: the step, {length} long, drawn {times:g} times as long." in words
    whole = legend(LINE, replace(step, step=50 * step.step), land, own).replace("\\", "")
    assert " long. Each axis" in whole
    assert "slice" not in words
    alone = legend(LINE, step, land, None).replace("\\", "")
    assert alone.startswith(f"Arrow: the negative gradient times {scale:g}. Thick")
    lost = replace(step, new_params=np.array([np.nan, 0.0]))
    assert legend(LINE, lost, land, own) == "The step overflowed: of it, nothing can be drawn."
    iris = FITS["iris softmax"]
    words = legend(iris, replay(iris, 0, 1), ground(iris), None)
    assert f"A slice of {iris.problem.n_params} parameters" in words


def test_how_a_run_ended_early_is_told_of_its_first_order_of_the_rows() -> None:
    trace = trained(LINE)[1]
    for status, told in (
        ("CONVERGED", (600, "ended after 600, because its gradient was small")),
        ("CANCELLED", (600, "ended after 600, because you stopped it")),
        ("EXHAUSTED", (600, "makes 600")),
    ):
        for other in gd.Status:
            ended = replace(trace, status=(gd.Status[status], other))
            assert last_update(LINE, 1, ended) == told


def test_of_three_parameters_a_map_is_a_slice() -> None:
    moons = FITS["moons logistic"]
    assert moons.problem.n_params == 3
    words = legend(moons, replay(moons, 0, 1), ground(moons), None)
    assert "A slice of 3 parameters: it holds " in words.replace("\\", "")


def test_of_a_run_of_a_single_update_there_is_no_second() -> None:
    short = replace(LINE, runs=LINE.runs[:1], epochs=1)
    with pytest.raises(ValueError, match="There is no update 2: this run makes 1"):
        gd.studies.one_update(short, 0, 2)
    at, notices = position(short, gd.train(short), 0, 2)
    assert (at.update, at.last, len(notices)) == (1, 1, 1)


def test_both_numbers_have_as_many_digits_as_tell_them_apart() -> None:
    step = replay(LINE, 0, 1)
    for before, after, told in (
        (2.5, 1.25, "from 2.5 to 1.25"), (1.2341, 1.2349, "from 1.234 to 1.235"),
        (1.23451, 1.23452, "from 1.23451 to 1.23452"),
    ):  # fmt: skip
        changed = replace(step, full_loss=before, new_full_loss=after)
        assert f" the loss over all rows {told}. " in OneUpdate(changed, 200).verdict


def test_gradients_that_point_the_same_way_are_told_so_whatever_rounding_makes_of_their_cosine():
    step, rng, beyond = replay(LINE, 1, 5), np.random.default_rng(0), 0
    for full in rng.normal(size=(50, 5)):
        own = full / np.abs(full).max()
        beyond += own @ own / np.linalg.norm(own) ** 2 > 1
        for sign, angle in ((2.0, "less than half a degree"), (-2.0, "180°")):
            said = _angle(replace(step, gradient=sign * full, full_gradient=full))
            assert angle in said
    assert beyond


def test_a_step_drawn_twice_as_long_is_told_as_such(monkeypatch) -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    monkeypatch.setattr(sys.modules[OneUpdate.__module__], "enlarged", lambda step, land: 2.0)
    assert " long, drawn 2 times as long" in legend(LINE, step, land, None)
