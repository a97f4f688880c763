"""What a visitor says of the runs before seeing them, and what it is of: see `predictions`."""

from hashlib import blake2b
from typing import NamedTuple

from gdplay import link
from gdplay.experiment import Experiment
from gdplay.teaching import predictions
from gdplay.teaching.predictions import Prediction
from gdplay.teaching.verdicts import Line
from gdplay.ui.compare.view import DRAW, OFF, View


class Question(NamedTuple):
    """What is to be said: `kind` is how, of the runs at some `places`."""

    kind: str
    of: str
    places: tuple[int, ...]
    metric: str
    along: str

    @property
    def prefix(self) -> str:
        """What comes before the answer in `View.guess`."""
        return f"{self.of}~{self.kind}~{self.metric}~{self.along}~"


def question(experiment: Experiment, view: View) -> Question | None:
    """Return what is to be said before the runs are shown; None where nothing is, or has been."""
    places = view.shown(len(experiment.runs))
    if view.predict == OFF or not places or prediction(experiment, view) is not None:
        return None
    kind = DRAW if len(places) == 1 else view.predict  # a single run has no rank
    metric = predictions.asked(view.metrics(experiment))
    return Question(kind, digest(experiment), places, metric, view.along)


def prediction(experiment: Experiment, view: View) -> Prediction | None:
    """Return what was said of the runs that are shown; None where it was of others."""
    of, _, text = (view.guess or "").partition("~")
    if view.predict == OFF or not text or of != digest(experiment):
        return None
    said = predictions.read(text)
    shown = set(said.places) & set(view.shown(len(experiment.runs)))
    return said if shown and predictions.suits(said, experiment) else None


def lines(experiment: Experiment, view: View) -> tuple[Line, ...]:
    """Return what was drawn, where it belongs into the curves that are shown."""
    said, shown = prediction(experiment, view), view.shown(len(experiment.runs))
    return predictions.lines_of(said, view.metrics(experiment), view.along, shown)


def digest(experiment: Experiment) -> str:
    """Return six digits that tell an experiment from another: what was said of one is not of it."""
    return blake2b(repr(link.short(experiment)).encode(), digest_size=3).hexdigest()
