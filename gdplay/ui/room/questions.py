"""What is asked in a room, as it is kept: a lesson's question, or one about runs of Compare."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import streamlit as st

from gdplay import link
from gdplay.experiment import Experiment
from gdplay.link import Query
from gdplay.rooms import RoomError
from gdplay.rooms.answers import Form
from gdplay.rooms.store import LIFE, MOST_QUESTION
from gdplay.teaching.exercises import Exercise
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.teaching.predictions import CHOOSE
from gdplay.ui import address
from gdplay.ui.compare import predicting
from gdplay.ui.compare.predicting import Question
from gdplay.ui.compare.view import OFF, RANK, View
from gdplay.ui.lessons.view import LessonView

LESSON, RUNS = "lesson", "runs"

NONE_HERE = "This question cannot be shown here."


class Asked(NamedTuple):
    """A question, of a lesson, or else about runs of Compare; and what may be answered."""

    experiment: Experiment
    view: View
    form: Form
    lesson: Lesson | None = None
    runs: Question | None = None

    @property
    def exercise(self) -> Exercise | None:
        """What a teacher asks in words of one's own."""
        return None if self.lesson else self.view.posed

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices, in which {0}, {1}, ... stand for the `names` of runs; none of the others."""
        if self.lesson:
            return tuple(choice.text for choice in self.lesson.choices)
        own = self.exercise.choices if self.exercise else ()
        return tuple(text.replace("{", "{{").replace("}", "}}") for text in own)

    @property
    def names(self) -> tuple[str, ...]:
        """What the choices call the runs."""
        return self.lesson.run_names if self.lesson else ()

    def reason(self, place: int) -> str:
        """Return what is said to whoever took a choice, in which {0}, ... stand as in `choices`."""
        if self.lesson:
            return self.lesson.choices[place].reason
        return self.exercise.reason(place) if self.exercise else ""

    @property
    def right(self) -> int:
        """The place of the right choice."""
        posed = self.lesson or self.exercise
        assert posed is not None
        return posed.right

    def answered(self, place: int) -> tuple[str, Query]:
        """Return the page where a choice has been made, by its name, and its address."""
        if self.lesson:
            view = LessonView(self.lesson.key).answered(self.lesson, place)
            return "lessons", address.encode(view)
        assert self.runs
        said = replace(self.view, guess=f"{self.runs.prefix}{place}")
        return "compare", address.whole(self.experiment, said)


def of_runs(experiment: Experiment, view: View) -> str:
    """Return the question that a view of Compare asks, as it is kept."""
    return f"{RUNS}~{urlencode(address.brief(experiment, view), doseq=True)}"


def of_link(text: str) -> str:
    """Return the question that a link to a page asks; runs that ask nothing are to be ranked.

    Raises
    ------
    RoomError
        One sentence on why none can be asked.
    """
    try:
        query = parse_qs(urlsplit(text.strip()[: 2 * link.MAX_LENGTH]).query)
    except ValueError:
        query = {}
    (lesson,) = query.get("view.lesson", [""])[:1]
    if lesson in LESSONS:
        return f"{LESSON}~{lesson}"
    if not address.ours(list(query)):
        raise RoomError("That is no link to Compare or to a lesson: copy it whole, from Share.")
    try:
        asked = of_runs(*_shared(query))
    except link.LinkError as error:
        raise RoomError(f"That link cannot be asked about: {error}.") from error
    if len(asked) > MOST_QUESTION:
        raise RoomError(f"A question has at most {MOST_QUESTION} characters; that is longer.")
    read(asked)
    return asked


def _shared(query: Mapping[str, Sequence[str]]) -> tuple[Experiment, View]:
    """Return what a link shows, as it can be asked of people who each have a machine."""
    experiment = link.decode(query)
    view = address.decode({name: list(texts) for name, texts in query.items()}, View)[0]
    return experiment, askable(view if view.asks != OFF else replace(view, predict=RANK))


def askable(view: View) -> View:
    """Return a view without an answer, along nothing that each machine counts in its own way."""
    return replace(view, guess=None, along="epochs" if view.along == "seconds" else view.along)


@st.cache_resource(ttl=LIFE, max_entries=64, show_spinner=False)
def read(text: str) -> Asked:
    """Return a question that is kept, made once for a class: with it live what its own rows gave.

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
        raise RoomError(NONE_HERE) from error
    runs = predicting.question(experiment, view)
    if kind != RUNS or runs is None:
        raise RoomError(NONE_HERE)
    form = Form(runs.kind, runs.places, runs.metric, runs.along)
    if view.posed and runs.kind == CHOOSE:
        form = Form(CHOOSE, tuple(range(len(view.posed.choices))))
    return Asked(experiment, view, form, runs=runs)
