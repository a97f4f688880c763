"""What somebody expects of runs before seeing them, as a value, and how it compares with them.

A ranking says who is lowest and who is lost; a drawing holds a line for each run. A choice answers
a question in words.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from gdplay.engine.training import Trace
from gdplay.experiment import SEEDS, Experiment, seeds_differ_in
from gdplay.teaching import verdicts
from gdplay.teaching.standing import Truth, counted, reach
from gdplay.teaching.verdicts import Line, Verdict, drawn, ranked
from gdplay.theory.measures import AXES, METRICS, without_rows
from gdplay.words import quantity

MOST_LENGTH = 3000
"""The longest text of a prediction, in characters: it travels in a link."""

MOST_PLACES = 64
"""So many runs can be spoken of."""

FEWEST_POINTS, MOST_POINTS = 5, 24
"""So many points a drawn line has."""

DIGITS = 4
"""Significant figures of a drawn point: a hand draws no finer."""

QUOTED = 20
"""Layout: of a metric or an axis that there is not so many characters are quoted, at most."""


@dataclass(frozen=True)
class Ranking:
    """Who is lowest once all runs have had as much as the shortest of them.

    Attributes
    ----------
    order : tuple of int
        Places of the runs thought to last, the lowest first (of an accuracy, the highest).
    lost : tuple of int
        Places of the runs thought to be lost.
    metric : key of METRICS
    along : key of AXES
    """

    order: tuple[int, ...]
    lost: tuple[int, ...] = ()
    metric: str = "loss"
    along: str = "epochs"

    def __post_init__(self) -> None:
        object.__setattr__(self, "lost", tuple(sorted(self.lost)))
        _check(self.metric, self.along, self.places)

    @property
    def places(self) -> tuple[int, ...]:
        """The runs spoken of."""
        return self.order + self.lost


@dataclass(frozen=True)
class Drawing:
    """How the curves go: a line for each run, from the start on.

    Attributes
    ----------
    lines : tuple of Line
        Each with 5 to 24 points, from left to right, none left of 0; they are kept with four
        significant figures.
    metric : key of METRICS
    along : key of AXES
    """

    lines: tuple[Line, ...]
    metric: str = "loss"
    along: str = "epochs"

    def __post_init__(self) -> None:
        lines = tuple(_checked(Line(*line)) for line in self.lines)
        object.__setattr__(self, "lines", lines)
        _check(self.metric, self.along, self.places)

    @property
    def places(self) -> tuple[int, ...]:
        """The runs spoken of."""
        return tuple(line.place for line in self.lines)


Prediction = Ranking | Drawing


@dataclass(frozen=True)
class Choice:
    """One of the choices of a question, by its place."""

    place: int


Answer = Choice | Prediction

CHOOSE = "choose"
_CHOICE = re.compile(rf"{CHOOSE}~([0-9])")


def _checked(line: Line) -> Line:
    points = tuple((_rounded(x), _rounded(y)) for x, y in line.points)
    if not FEWEST_POINTS <= len(points) <= MOST_POINTS:
        raise ValueError(
            f"a drawn line must have {FEWEST_POINTS} to {MOST_POINTS} points; got {len(points)}"
        )
    if not all(isfinite(part) for point in points for part in point):
        raise ValueError("points of a drawn line must be finite numbers")
    places = [x for x, _ in points]
    if places[0] < 0 or any(a >= b for a, b in pairwise(places)):
        raise ValueError("points of a drawn line must stand from left to right, from 0 on")
    return Line(line.place, points)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _check(metric: str, along: str, places: Sequence[int]) -> None:
    if metric not in ASKED:
        raise ValueError(f"metric must be one of {', '.join(ASKED)}; got {metric!r}")
    if along not in AXES:
        raise ValueError(f"along must be one of {', '.join(AXES)}; got {along!r}")
    if not places or len(set(places)) < len(places) or not set(places) <= set(range(MOST_PLACES)):
        raise ValueError(
            f"places must be one or more, each once, from 0 to {MOST_PLACES - 1}; got "
            f"{str(tuple(places))[:60]}"
        )


ASKED = tuple(key for key, metric in METRICS.items() if metric.of is not None)
"""The metrics that can be predicted: those of parameters, which all runs have at any time."""


def asked(metrics: Sequence[str]) -> str:
    """Return which metric is predicted where some are drawn."""
    return metrics[0] if metrics[0] in ASKED else "loss"


# As text


def text_of(answer: Answer) -> str:
    """Return an answer in characters that links leave alone; `read` reads it back."""
    if isinstance(answer, Choice):
        return f"{CHOOSE}~{answer.place}"
    kind, parts = "draw", []
    if isinstance(answer, Ranking):
        kind = "rank"
        parts = [".".join(map(str, places)) or _NONE for places in (answer.order, answer.lost)]
    else:
        parts = [
            "_".join(
                [str(line.place), *(_written(part) for point in line.points for part in point)]
            )
            for line in answer.lines
        ]
    return "~".join([kind, answer.metric, answer.along, *parts])


def _written(value: float) -> str:
    return re.sub(r"e\+?(-?)0*", r"e\1", f"{value:.{DIGITS}g}")


_NONE = "none"
_PLACES = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})*")
_NUMBER = re.compile(r"-?[0-9]{1,22}(\.[0-9]{1,22})?(e-?[0-9]{1,3})?")


def read(text: str) -> Answer:
    """Return the answer that a text describes.

    Raises
    ------
    ValueError
        One sentence that names what is wrong with it.
    """
    if not isinstance(text, str) or len(text) > MOST_LENGTH:
        raise ValueError(f"a prediction must be a text of at most {MOST_LENGTH} characters")
    if choice := _CHOICE.fullmatch(text):
        return Choice(int(choice[1]))
    kind, *parts = text.split("~")
    if kind == "rank" and len(parts) == 4:
        metric, along, order, lost = parts
        return Ranking(_places(order), _places(lost), metric[:QUOTED], along[:QUOTED])
    if kind == "draw" and len(parts) > 2:
        metric, along, *lines = parts
        return Drawing(tuple(map(_line, lines)), metric[:QUOTED], along[:QUOTED])
    raise ValueError(
        "a prediction must be rank~metric~axis~places~places lost, or draw~metric~axis~line~line"
    )


def _line(text: str) -> Line:
    place, *numbers = text.split("_")
    if not (_PLACES.fullmatch(place) and "." not in place) or len(numbers) % 2:
        raise ValueError("a drawn line must be a place, and two numbers for each point")
    for each in numbers:
        if not _NUMBER.fullmatch(each):
            raise ValueError(f"points of a drawn line must be numbers; got {each[:20]!r}")
    values = [float(each) for each in numbers]
    return Line(int(place), tuple(zip(values[::2], values[1::2], strict=True)))


def _places(text: str) -> tuple[int, ...]:
    if text == _NONE:
        return ()
    if not _PLACES.fullmatch(text):
        raise ValueError(f"places must be whole numbers with points between; got {text[:20]!r}")
    return tuple(map(int, text.split(".")))


# What is asked


def suits(prediction: Prediction, experiment: Experiment) -> bool:
    """Whether a prediction speaks of what an experiment has."""
    there = METRICS[prediction.metric].suits(experiment.problem)
    return there and max(prediction.places) < len(experiment.runs)


def lines_of(
    prediction: Prediction | None, metrics: Collection[str], along: str, shown: Collection[int]
) -> tuple[Line, ...]:
    """Return what was drawn that belongs into curves of some metrics along an axis."""
    if not isinstance(prediction, Drawing) or prediction.along != along:
        return ()
    there = prediction.metric in metrics
    return tuple(line for line in prediction.lines if there and line.place in shown)


def question(
    experiment: Experiment, kind: str, places: Collection[int], metric: str, along: str
) -> str:
    """Return in Markdown what is to be said of some runs: `kind` is "rank" or "draw"."""
    about = METRICS[metric]
    name = without_rows(about.name.lower(), experiment.problem)
    seeds, median = seeds_differ_in(experiment, places), ""
    if seeds:
        median = f" (the median over {quantity(experiment.n_seeds)} {SEEDS[seeds][1]})"
    if kind == "draw":
        each = "each run's" if len(places) > 1 else "the run's"
        return f"**What do you expect? Draw {each} {name}{median}** into the empty axes."
    when = "when the shortest run ends"
    if along != "seconds":  # which are only measured when the runs are shown
        when = f"after {counted(reach(experiment, places, along), along)}"
    best = "lowest" if about.falls else "highest"
    return f"**What do you expect? Whose {name} is {best} {when}{median}, and is any run lost?**"


# How it compares


def score(
    prediction: Prediction,
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    seconds: Sequence[float] | None = None,
    shown: Collection[int] | None = None,
) -> Verdict:
    """Return how a prediction compares with what the runs did.

    Of several orders of the rows the median counts, and a run is lost if half of them or more are.

    Parameters
    ----------
    prediction : Ranking or Drawing
    experiment : Experiment
    traces : sequence of Trace
    seconds : sequence of float, optional
        Seconds per update of each run, where the prediction counts them.
    shown : collection of int, optional
        The runs to speak of; all that were predicted by default.

    Raises
    ------
    ValueError
        If the prediction speaks of what the experiment has not, or of no run shown.
    """
    places = [p for p in prediction.places if shown is None or p in shown]
    if not suits(prediction, experiment) or not places:
        raise ValueError("a prediction must be of the experiment's own metrics and of runs shown")
    truth = Truth(experiment, traces, METRICS[prediction.metric], prediction.along, seconds)
    if isinstance(prediction, Drawing):
        return drawn([line for line in prediction.lines if line.place in places], truth)
    order, lost = ([p for p in some if p in places] for some in (prediction.order, prediction.lost))
    return ranked(order, lost, truth)


def positions(
    experiment: Experiment, traces: Sequence[Trace], places: Sequence[int], metric: str, along: str
) -> dict[int, list[int]]:
    """Return the ranks that it would have been right to give, as `verdicts.positions` does."""
    truth = Truth(experiment, traces, METRICS[metric], along, None)
    return verdicts.positions(places, truth)


def outcome(
    experiment: Experiment, traces: Sequence[Trace], places: Sequence[int], metric: str, along: str
) -> str:
    """Return in Markdown what would have been right to say of some runs, whoever said what."""
    truth = Truth(experiment, traces, METRICS[metric], along, None)
    return verdicts.order(places, truth)
