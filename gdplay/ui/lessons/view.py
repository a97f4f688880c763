"""What the Lessons page shows: the course, or a lesson and how far a learner is in it."""

from dataclasses import dataclass, replace

from gdplay.experiment import Experiment
from gdplay.knobs import knob
from gdplay.optimizers import RATES
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.ui.address import Complete
from gdplay.ui.compare.view import View

COURSE = "course"
ALL = 2 ** (1 + max(lesson.mark for lesson in LESSONS.values())) - 1
"""The marks of all lessons."""


@dataclass(frozen=True)
class LessonView(Complete):
    """What the page shows.

    Attributes
    ----------
    lesson : a key of LESSONS, or the list of them all
    answer : the place of the choice that was answered; None before
    trying : whether it is the learner's turn to change something
    tried : what the free control holds, as in `Control.value`; None is what it begins with
    done : the marks of lessons whose question was answered
    reached : the marks of lessons whose target was reached
    """

    lesson: str = knob(COURSE, choices=(COURSE, *LESSONS))
    answer: int | None = knob(None, 0, 3, kind=int)
    trying: bool = knob(False)
    tried: float | None = knob(None, 0.0, RATES[1], kind=float)
    done: int = knob(0, 0, ALL)
    reached: int = knob(0, 0, ALL)

    def __post_init__(self) -> None:
        super().__post_init__()
        asked = self.asked
        allowed = f"from 0 to {len(asked.choices) - 1}" if asked else "none without a lesson"
        if self.answer is not None and not (asked and self.answer < len(asked.choices)):
            raise ValueError(f"LessonView.answer must be {allowed}; got {self.answer}")

    @property
    def asked(self) -> Lesson | None:
        """The lesson, None on the list of them all."""
        return LESSONS.get(self.lesson)

    def beside(self, done: object, reached: object) -> "LessonView":
        """Return the view with what a browser says of further progress, where that can be true."""
        marks = [
            mark if isinstance(mark, int) and 0 <= mark <= ALL else 0 for mark in (done, reached)
        ]
        return replace(self, done=self.done | marks[0], reached=self.reached | marks[1])

    def opened(self, key: str) -> "LessonView":
        """Return the view of another lesson, or of the list, before its question is answered."""
        return LessonView(key, done=self.done, reached=self.reached)

    def answered(self, lesson: Lesson, answer: int) -> "LessonView":
        """Return the view in which its question is answered."""
        return replace(self, answer=answer, done=self.done | 1 << lesson.mark)

    def at_target(self, lesson: Lesson) -> "LessonView":
        """Return the view in which its target is reached."""
        return replace(self, reached=self.reached | 1 << lesson.mark)


def shown(lesson: Lesson, view: LessonView) -> Experiment:
    """Return the experiment that a view of a lesson shows."""
    return lesson.experiment(trying=view.trying, chosen=view.tried)


def look(lesson: Lesson, *, trying: bool = False) -> View:
    """Return how a lesson is drawn, as Compare would."""
    view, alone = View(**lesson.look), lesson.task.control.alone
    if not trying or alone is None:
        return view
    return replace(view.alone(alone, len(lesson.build().runs)), together=False, rated=alone)
