"""Every lesson shows what it says, on every order of the rows; its texts hold what was measured."""

import re
from dataclasses import replace
from string import Formatter

import pytest

import gdplay as gd
from gdplay.optimizers import RATES
from gdplay.teaching.lessons import LESSONS, next_after, number_of, open_lesson
from gdplay.teaching.lessons.lesson import Control
from gdplay.ui.lessons.view import look
from tests import trained

every_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
SEEDS = 5
STRIP = 350
"""So many letters have room beside a lesson's picture."""


def texts(lesson):
    """All that a lesson says, in the order in which it is read."""
    choices = [text for choice in lesson.choices for text in (choice.text, choice.reason)]
    experiment = lesson.build()
    why = lesson.why(experiment, trained(experiment))
    task = (lesson.task.words, lesson.task.target)
    return [lesson.intro, lesson.question, *choices, lesson.watch, why, *task]


@every_lesson
def test_a_lesson_shows_what_it_says_on_every_order_of_the_rows(lesson):
    experiment = lesson.build()
    by_chance = any(run.depends_on_order(experiment.problem.n_samples) for run in experiment.runs)
    for seed in range(SEEDS if by_chance else 1):
        again = replace(experiment, seed=seed)
        assert lesson.holds(again, trained(again)), seed


@every_lesson
def test_one_choice_is_right_and_every_other_has_a_reason_of_its_own(lesson):
    reasons = [choice.reason for choice in lesson.choices if not choice.is_right]
    assert len(reasons) == len(lesson.choices) - 1 >= 2
    assert len(set(reasons)) == len(reasons)
    for choice in lesson.choices:  # what was answered stands right before its reason
        said, reason = (
            [re.sub(r"\W", "", word) for word in text.lower().split()]
            for text in (choice.text, choice.reason)
        )
        again = {tuple(said[i : i + 3]) for i in range(len(said) - 2)}
        assert not again & {tuple(reason[i : i + 3]) for i in range(len(reason) - 2)}, choice
    assert lesson.choices[lesson.right].is_right


@every_lesson
def test_the_right_choice_is_not_given_away_by_its_form(lesson):
    explained = [": " in choice.text for choice in lesson.choices]
    assert explained.pop(lesson.right) or not all(explained)


@every_lesson
def test_what_is_told_as_an_excess_is_drawn_as_one(lesson):
    told = any("excess" in text for text in texts(lesson))
    drawn = "excess" in look(lesson).metrics(lesson.build())
    assert drawn is told


@every_lesson
def test_what_happened_is_told_in_numbers_of_the_runs(lesson):
    experiment = lesson.build()
    traces = trained(experiment)
    others = [
        replace(
            trace,
            loss=1.5 * trace.loss,
            running_loss=1.7 * trace.running_loss,
            path=1.3 * trace.path,
            params=1.3 * trace.params,
            updates=2 * trace.updates,
        )
        for trace in traces
    ]
    assert lesson.why(experiment, traces) != lesson.why(experiment, others)


@every_lesson
def test_a_target_is_not_reached_before_anything_was_tried_but_can_be(lesson):
    begins = lesson.experiment(trying=True)
    assert not lesson.task.reached(begins, trained(begins))
    every = (lesson.experiment(trying=True, chosen=c) for c in _choices(lesson.task.control))
    done = next(tried for tried in every if lesson.task.reached(tried, trained(tried)))
    assert lesson.task.told(done, trained(done)) != lesson.task.told(begins, trained(begins))


def _choices(control: Control) -> list[float]:
    """What can be tried: all values, or rates on either side of the first."""
    if control.values:
        return list(range(len(control.values)))
    return [factor * control.begins for factor in (0.25, 0.5, 2, 4)]


@every_lesson
def test_texts_name_runs_that_there_are_and_have_room_beside_the_picture(lesson):
    places = {
        int(name) for text in texts(lesson) for _, name, *_ in Formatter().parse(text) if name
    }
    assert places <= set(range(len(lesson.build().runs)))
    assert len(set(lesson.run_names)) == len(lesson.run_names) == len(lesson.build().runs)
    assert len(lesson.intro) + len(lesson.question) < STRIP
    assert len(lesson.why(lesson.build(), trained(lesson.build()))) < STRIP
    assert all(choice.text.endswith(".") is False for choice in lesson.choices)


TERMS = {
    "rows": "variants", "loss": "variants", "epoch": "variants", "excess": "variants",
    "bias": "variants", "weight": "variants",
    "update": "epochs_updates", "batch": "epochs_updates", "learning rate": "too_large",
    "2/L": "too_large", "condition number": "ravine", "standardise": "ravine",
    "momentum": "momentum", "hover": "hovering", "target": "shuffling", "Adam": "adam_first_step",
    "seed": "seeds", "saddle": "saddle", "warm-up": "warm_up",
}  # fmt: skip
"""Words of the field, and the lesson that explains each."""


@pytest.mark.parametrize("term", TERMS)
def test_no_term_stands_before_the_lesson_that_explains_it(term):
    word = re.compile(rf"\b{re.escape(term)}", re.IGNORECASE)
    first = next(key for key, lesson in LESSONS.items() if any(map(word.search, texts(lesson))))
    assert first == TERMS[term]
    bold = re.findall(r"\*\*(.+?)\*\*", " ".join(texts(LESSONS[first])))
    assert any(map(word.search, [*bold, *LESSONS[first].run_names]))


def test_the_course_has_an_order_and_marks_of_its_own():
    assert len(LESSONS) >= 16
    assert next(iter(LESSONS)) == "variants"
    assert len({lesson.mark for lesson in LESSONS.values()}) == len(LESSONS)
    groups = [lesson.group for lesson in LESSONS.values()]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)


def test_the_first_lesson_that_is_not_done_is_open_and_the_last_has_none_behind_it():
    first, second, *_, last = LESSONS.values()
    assert open_lesson(0) == first
    assert open_lesson(1 << first.mark) == second == next_after(first)
    assert open_lesson(sum(1 << lesson.mark for lesson in LESSONS.values())) is None
    assert (number_of(first), number_of(last)) == (1, len(LESSONS))
    assert next_after(last) is None


MARKS = {
    "variants": 0, "epochs_updates": 1, "per_what": 2, "too_large": 3, "ravine": 4, "momentum": 5,
    "momentum_limit": 6, "hovering": 7, "averaging": 8, "no_noise": 9, "batch_size": 10,
    "linear_scaling": 11, "last_batch": 12, "shuffling": 13, "printed_loss": 14,
    "adam_first_step": 15, "seeds": 16, "saddle": 17, "warm_up": 18, "large_steps": 19,
}  # fmt: skip


def test_a_lesson_keeps_the_mark_that_progress_in_old_links_has():
    assert {key: LESSONS[key].mark for key in MARKS} == MARKS


def test_a_control_takes_the_nearest_that_it_can():
    some = Control("", lambda experiment, value: experiment, 1, (10, 20, 30))
    assert [some.value(chosen) for chosen in (None, 0.0, 2.0, 9.0)] == [20, 10, 30, 30]
    rate = Control("", lambda experiment, value: experiment, 0.5)
    assert [rate.value(chosen) for chosen in (None, 0.1, 1e9)] == [0.5, 0.1, RATES[1]]


@every_lesson
def test_a_lesson_is_drawn_in_a_way_that_its_problem_allows(lesson):
    for trying in (False, True):
        view = look(lesson, trying=trying)
        assert view.metrics(lesson.build()) == view.metric
        alone, every = lesson.task.control.alone, tuple(range(len(lesson.build().runs)))
        assert view.shown(len(every)) == (every if alone is None or not trying else (alone,))


def test_lessons_are_offered_by_the_library():
    assert gd.LESSONS is LESSONS


def test_what_is_asked_of_the_first_epoch_or_update_has_room_on_the_axis():
    asked = [
        each for each in LESSONS.values() if re.search("first|[Oo]nce|one epoch", each.question)
    ]
    assert {"variants", "printed_loss", "warm_up"} <= {lesson.key for lesson in asked}
    for lesson in asked:
        experiment = lesson.build()
        longest = max(experiment.epochs_of(run) for run in experiment.runs)
        assert longest <= 5 or look(lesson).spreads(experiment), lesson.key
