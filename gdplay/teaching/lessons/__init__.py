"""The course: questions to be answered before one sees, in the order in which they build up."""

from gdplay.registry import table
from gdplay.teaching.lessons.batches import BATCHES
from gdplay.teaching.lessons.beyond import BEYOND
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.teaching.lessons.noise import NOISE
from gdplay.teaching.lessons.rates import RATES
from gdplay.teaching.lessons.steps import STEPS

LESSONS = table(*STEPS, *RATES, *NOISE, *BATCHES, *BEYOND)


def number_of(lesson: Lesson) -> int:
    """Return the place of a lesson in the course, from 1 on."""
    return list(LESSONS).index(lesson.key) + 1


def next_after(lesson: Lesson) -> Lesson | None:
    """Return the lesson that comes next, or None after the last."""
    return next(iter(list(LESSONS.values())[number_of(lesson) :]), None)


def open_lesson(done: int) -> Lesson | None:
    """Return the first lesson whose mark is not among those `done`; None where all are."""
    return next((each for each in LESSONS.values() if not done >> each.mark & 1), None)
