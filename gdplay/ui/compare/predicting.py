"""What a visitor says before seeing the runs, and what it is of: see `predictions`."""

from hashlib import blake2b
from typing import NamedTuple

from gdplay import link
from gdplay.experiment import Experiment, with_start
from gdplay.teaching import exercises, predictions
from gdplay.teaching.predictions import CHOOSE, Answer, Choice, Prediction
from gdplay.teaching.verdicts import Line
from gdplay.ui.compare.view import DRAW, OFF, View

USUAL = View()


class Question(NamedTuple):
    """What is to be said: `kind` is how, of the runs at some `places`, or by one of choices."""

    kind: str
    of: str
    places: tuple[int, ...]
    metric: str
    along: str

    @property
    def prefix(self) -> str:
        """What comes before the answer in `View.guess`."""
        if self.kind == CHOOSE:
            return f"{self.of}~{CHOOSE}~"
        return f"{self.of}~{self.kind}~{self.metric}~{self.along}~"


def question(experiment: Experiment, view: View) -> Question | None:
    """Return what is to be said before the runs are shown; None where nothing is, or has been."""
    places = view.shown(len(experiment.runs))
    kind = view.asks
    if kind == OFF or not places or answer(experiment, view) is not None:
        return None
    if len(places) == 1 and kind != CHOOSE:  # a single run has no rank
        kind = DRAW
    metric = predictions.asked(view.metrics(experiment))
    return Question(kind, digest(experiment, view), places, metric, view.along)


def answer(experiment: Experiment, view: View) -> Answer | None:
    """Return what was said of what is asked; None where it was of something else."""
    of, _, text = (view.guess or "").partition("~")
    if view.asks == OFF or not text or of != digest(experiment, view):
        return None
    said = predictions.read(text)
    if view.asks == CHOOSE or isinstance(said, Choice):
        posed = view.posed
        fits = posed and isinstance(said, Choice) and exercises.suits(said, posed)
        return said if fits else None
    shown = set(said.places) & set(view.shown(len(experiment.runs)))
    return said if shown and predictions.suits(said, experiment) else None


def prediction(experiment: Experiment, view: View) -> Prediction | None:
    """Return what was said of the runs that are shown; None where nothing was."""
    said = answer(experiment, view)
    return None if isinstance(said, Choice) else said


def lines(experiment: Experiment, view: View) -> tuple[Line, ...]:
    """Return what was drawn, where it belongs into the curves that are shown."""
    said, shown = prediction(experiment, view), view.shown(len(experiment.runs))
    return predictions.lines_of(said, view.metrics(experiment), view.along, shown)


def digest(experiment: Experiment, view: View = USUAL) -> str:
    """Return six digits of what is asked about: what was said of something else is not of it.

    A teacher's choices are of the question, whatever is changed afterwards.
    """
    about = view.exercise if view.asks == CHOOSE else repr(link.short(with_start(experiment)))
    assert about is not None
    return blake2b(about.encode(), digest_size=3).hexdigest()
