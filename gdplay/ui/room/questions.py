"""What is asked in a room, as it is kept: a lesson's question, or runs of Compare to predict."""

from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from gdplay import link
from gdplay.experiment import Experiment
from gdplay.rooms import RoomError
from gdplay.rooms.answers import CHOOSE, Form
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.ui import address
from gdplay.ui.compare import predicting
from gdplay.ui.compare.predicting import Question
from gdplay.ui.compare.view import View

LESSON, RUNS = "lesson", "runs"


class Asked(NamedTuple):
    """A question, of a lesson, or else of the runs of an experiment; and what may be answered."""

    experiment: Experiment
    view: View
    form: Form
    lesson: Lesson | None = None
    runs: Question | None = None


def of_runs(experiment: Experiment, view: View) -> str:
    """Return the question that a view of Compare asks, as it is kept."""
    return f"{RUNS}~{urlencode(address.brief(experiment, view), doseq=True)}"


def read(text: str) -> Asked:
    """Return a question that is kept.

    Raises
    ------
    RoomError
        If it is none of this version.
    """
    kind, _, rest = text.partition("~")
    if kind == LESSON and rest in LESSONS:
        lesson = LESSONS[rest]
        form = Form(CHOOSE, tuple(range(len(lesson.choices))))
        return Asked(lesson.build(), View(**lesson.look), form, lesson)
    query = parse_qs(rest)
    try:
        experiment, view = link.decode(query), address.decode(query, View)[0]
    except link.LinkError as error:
        raise RoomError("This question cannot be shown here.") from error
    runs = predicting.question(experiment, view)
    if kind != RUNS or runs is None:
        raise RoomError("This question cannot be shown here.")
    form = Form(runs.kind, runs.places, runs.metric, runs.along)
    return Asked(experiment, view, form, runs=runs)
