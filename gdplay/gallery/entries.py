"""What the gallery holds: each experiment, lesson and worked example with its page and its link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from gdplay import link, short
from gdplay.experiment import Experiment
from gdplay.figures.sliders import RATE, moved
from gdplay.teaching.lead import lead
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.lessons.lesson import Lesson
from gdplay.teaching.presets import GROUPS, PRESETS, Example, Preset

RATE_HERE = 0.123456789
"""A rate that stands in a link for the one that is held when the link is opened."""


class Look(NamedTuple):
    """What is drawn of an experiment, as in the app's own view of it."""

    ground: str = "3d"
    metric: tuple[str, ...] = ("loss",)
    along: str = "epochs"


@dataclass(frozen=True)
class Entry:
    """One page of the gallery.

    Attributes
    ----------
    folder, name : str
        Where its page stands.
    title, sentence : str
        What it is called, and what it says or asks.
    group : str
        What it stands under.
    experiment : Experiment
    look : Look
    lesson, example : Lesson, Example or None
        What it is beside an experiment.
    """

    folder: str
    name: str
    title: str
    sentence: str
    group: str
    experiment: Experiment
    look: Look
    lesson: Lesson | None = None
    example: Example | None = None

    @property
    def key(self) -> str:
        """Its folder and its name."""
        return f"{self.folder}/{self.name}"

    @property
    def path(self) -> str:
        """Its page, seen from the first one."""
        return f"{self.key}.html"

    def link(self, rates: Sequence[int] = ()) -> str:
        """Return where the app shows it, behind the app's address.

        In the place of the rates of the runs at some places stands `RATE_HERE`.
        """
        if self.lesson is not None:
            return f"lessons?{urlencode({'view.lesson': self.lesson.key})}"
        if self.example is not None:
            return f"worked?{urlencode(_worked(self.example))}"
        experiment = moved(self.experiment, RATE, rates, RATE_HERE) if rates else self.experiment
        usual = Look()._asdict()
        view = {
            f"view.{name}": short.text_of(value)
            for name, value in self.look._asdict().items()
            if value != usual[name]
        }
        query = short.shortened(link.encode(experiment)) | view
        return f"?{urlencode(query, doseq=True)}"


def _worked(example: Example) -> dict[str, str]:
    """Return the view of Worked examples in which an example stands."""
    rule, (x, y) = example.rule, example.start
    own = {name: getattr(rule, name) for name in ("lr", "beta") if hasattr(rule, name)}
    view = {"example": example.name, "rule": rule.key, "x": x, "y": y, "n": example.n_steps, **own}
    return {f"view.{name}": short.text_of(value) for name, value in view.items()}


def _of_preset(preset: Preset) -> Entry:
    example = preset if isinstance(preset, Example) else None
    folder = "examples" if example else "experiments"
    return Entry(
        folder, preset.key, preset.title, preset.claim, preset.group, preset.build(),
        Look(**preset.look), example=example,
    )  # fmt: skip


def _of_lesson(lesson: Lesson) -> Entry:
    return Entry(
        "lessons", lesson.key, lesson.title, lesson.question, lesson.group, lesson.build(),
        Look(**lesson.look), lesson=lesson,
    )  # fmt: skip


def entries() -> tuple[Entry, ...]:
    """Return all pages: experiments group by group, lessons in their order, worked examples."""
    presets = [
        _of_preset(preset)
        for group in GROUPS
        for preset in PRESETS.values()
        if preset.group == group
    ]
    experiments = [entry for entry in presets if entry.example is None]
    lessons = [_of_lesson(lesson) for lesson in LESSONS.values()]
    return (*experiments, *lessons, *(entry for entry in presets if entry.example))


def words_of(entry: Entry) -> str:
    """Return what stands under its title, in which {0}, {1}, ... name the runs, as Markdown."""
    if entry.lesson is not None:
        return entry.lesson.intro
    if entry.example is not None:
        return f"{entry.sentence} {entry.example.about}"
    return lead(entry.experiment, entry.look.along).words
