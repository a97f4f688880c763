"""What a lesson is made of: a question, an experiment that answers it, and a target to reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, short_labels
from gdplay.optimizers import allowed
from gdplay.words import number, ratio

Check = Callable[[Experiment, Sequence[Trace]], bool]
Words = Callable[[Experiment, Sequence[Trace]], str]
"""Text with what was measured; in it, as in all texts of lessons, {0}, {1}, ... name the runs."""


@dataclass(frozen=True)
class Choice:
    """An answer that can be chosen; a wrong one says why it is wrong."""

    text: str
    reason: str = ""

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.reason


@dataclass(frozen=True)
class Control:
    """The one thing about an experiment that a learner may change.

    Attributes
    ----------
    title : str
    put : callable
        `put(experiment, value)` returns the lesson's experiment with the value in it.
    begins : float
        The value shown first: a learning rate, or where there are `values`, its place in them.
    values : tuple
        What can be chosen; nothing where it is any learning rate of all runs.
    name : callable
        How people read a value.
    alone : int or None
        The place of the only run that is then shown; None where all are.
    """

    title: str
    put: Callable[[Experiment, Any], Experiment]
    begins: float = 0
    values: tuple[Any, ...] = ()
    name: Callable[[Any], str] = number
    alone: int | None = None

    def value(self, chosen: float | None) -> Any:
        """Return the value that was `chosen`, in the way of `begins`, as far as it can be."""
        wanted = self.begins if chosen is None else chosen
        if not self.values:
            return allowed(wanted)
        return self.values[min(max(int(wanted), 0), len(self.values) - 1)]


@dataclass(frozen=True)
class Task:
    """Something to try: one control, a target, and where one stands."""

    words: str
    target: str
    control: Control
    reached: Check
    told: Words


@dataclass(frozen=True)
class Lesson:
    """One question that an experiment answers.

    Attributes
    ----------
    key, title : str
        What links hold, and what people read.
    mark : int
        Its bit in a learner's progress; it never changes.
    group : str
        The part of the course that it belongs to.
    intro, question : str
        What is to be known before, and what is asked.
    choices : tuple of Choice
        One of them is right.
    build : callable
        Makes the experiment.
    watch : str
        What playing shows.
    why : callable
        What happened and why, with what was measured.
    holds : callable
        Whether the run did show what the lesson says.
    task : Task
    look : mapping
        What is drawn, where that is not as on a first visit: `ground`, `metric`, `along`, `log_x`.
    names : tuple of str
        What its texts and legends call the runs, where that is not what sets them apart elsewhere.
    """

    key: str
    title: str
    mark: int
    group: str
    intro: str
    question: str
    choices: tuple[Choice, ...]
    build: Callable[[], Experiment]
    watch: str
    why: Words
    holds: Check
    task: Task
    look: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @property
    def right(self) -> int:
        """The place of the right choice."""
        return next(place for place, choice in enumerate(self.choices) if choice.is_right)

    def experiment(self, *, trying: bool = False, chosen: float | None = None) -> Experiment:
        """Return what is run: for the question, or with the value that a learner is `trying`."""
        control, asked = self.task.control, self.build()
        return control.put(asked, control.value(chosen)) if trying else asked

    @cached_property
    def run_names(self) -> tuple[str, ...]:
        """What its texts and legends call the runs."""
        return self.names or short_labels(self.build())


def with_run(experiment: Experiment, place: int, **changes: Any) -> Experiment:
    """Return an experiment in which one run is changed."""
    runs = list(experiment.runs)
    runs[place] = replace(runs[place], **changes)
    return replace(experiment, runs=tuple(runs))


def rows_of(place: int) -> Callable[[Experiment, int | None], Experiment]:
    """Return what puts a batch size into the run at a place."""
    return lambda experiment, value: with_run(experiment, place, batch_size=value)


def rate_of(place: int, begins: float) -> Control:
    """Return the control of the learning rate of one run, which is then alone."""

    def put(experiment: Experiment, value: float) -> Experiment:
        optimizer = replace(experiment.runs[place].optimizer, lr=value)
        return with_run(experiment, place, optimizer=optimizer)

    return Control("Learning rate", put, begins, alone=place)


def size_name(value: int | None) -> str:
    """Return how many rows a batch holds."""
    return "all" if value is None else str(value)


_FIGURES = 2
"""Numbers in sentences of lessons have so many figures."""


def brief(value: float) -> str:
    """Return a number as sentences of lessons hold it."""
    return number(value, _FIGURES)


def times(value: float, by: float) -> str:
    """Return how many times `by` a number is, as it follows from both as `brief` writes them."""
    return ratio(value, by, _FIGURES)
