"""How the Compare page shows an experiment."""

import re
from dataclasses import dataclass, replace

from gdplay import link
from gdplay.experiment import Experiment
from gdplay.figures.sliders import FIELDS, RATE
from gdplay.knobs import Knobs, knob
from gdplay.teaching import exercises, predictions
from gdplay.teaching.exercises import FREE, Exercise
from gdplay.teaching.predictions import CHOOSE
from gdplay.theory.landscape import PRINCIPAL, RANDOM, SHARPEST
from gdplay.theory.measures import AXES, METRICS, crowds, together

OFF, RANK, DRAW = PREDICTS = ("off", "rank", "draw")
"""What is to be said before the runs are shown: nothing, who is lowest, or how the curves go."""

_GUESS = re.compile(r"[0-9a-f]{6}")


def _guess(text: str) -> str:
    """Return a guess in its one form: six digits that name its experiment, and a prediction."""
    of, _, prediction = str(text)[: predictions.MOST_LENGTH + 8].partition("~")
    if not _GUESS.fullmatch(of):
        raise ValueError("guess must begin with six digits that name its experiment")
    return f"{of}~{predictions.text_of(predictions.read(prediction))}"


_PLANES = (PRINCIPAL, SHARPEST, RANDOM, *(f"{i},{j}" for i in range(12) for j in range(i + 1, 12)))


@dataclass(frozen=True)
class View(Knobs):
    """What the Compare page draws, and against what.

    Attributes
    ----------
    ground : the surface in three dimensions, or as a map
    plane : the plane of parameters, as in `plane_of`
    metric : keys of METRICS: one, or several losses
    along : key of AXES
    log : whether values stand on a logarithmic axis
    log_x : whether what they run along does; None leaves it to the runs
    smooth : how many epochs smoothed curves look back on; 0 draws them as they are
    hidden : bit i is set where run i is not drawn
    focus : the run whose fit is drawn where one picture holds one run; None is the lowest
    together : whether one rate drives all runs
    rated : the run whose rate, or other number, the slider moves where each has its own
    moves : what the slider moves: rates, the epochs, or another number of the rule of run `rated`
    predict : what is to be said before the runs are shown
    guess : what was said: see `predicting`
    exercise : a teacher's own question, and what its class may change: see `exercises`
    """

    ground: str = knob("3d", choices=("3d", "map"))
    plane: str = knob(PRINCIPAL, choices=_PLANES)
    metric: tuple[str, ...] = knob(("loss",), choices=tuple(METRICS))
    along: str = knob("epochs", choices=tuple(AXES))
    log: bool = knob(True)
    log_x: bool | None = knob(None, kind=bool)
    smooth: float = knob(0.0, 0.0, 1000.0)
    hidden: int = knob(0, 0, 2**link.MAX_RUNS - 1)
    focus: int | None = knob(None, 0, link.MAX_RUNS - 1, kind=int)
    together: bool = knob(True)
    rated: int = knob(0, 0, link.MAX_RUNS - 1)
    moves: str = knob(RATE, choices=FIELDS)
    predict: str = knob(OFF, choices=PREDICTS)
    guess: str | None = knob(None, kind=str, read=_guess)
    exercise: str | None = knob(None, kind=str, read=exercises.checked)

    @property
    def posed(self) -> Exercise | None:
        """What a teacher asks, if a teacher does."""
        return None if self.exercise is None else exercises.read(self.exercise)

    @property
    def asks(self) -> str:
        """How something is to be said before the runs are shown; a teacher's choices go first."""
        return CHOOSE if self.posed and self.posed.choices else self.predict

    def state(self, control: str) -> str:
        """Return what a visitor can do with a control: see `Exercise.state`."""
        return self.posed.state(control) if self.posed else FREE

    @property
    def has_arrows(self) -> bool:
        """Whether arrows show what draws runs that are held."""
        return False

    def hides(self, place: int) -> bool:
        """Whether the run at `place` is not drawn."""
        return bool(self.hidden >> place & 1)

    def shown(self, n_runs: int) -> tuple[int, ...]:
        """Return the places of the runs drawn; none where all are hidden."""
        return tuple(place for place in range(n_runs) if not self.hides(place))

    def metrics(self, experiment: Experiment) -> tuple[str, ...]:
        """Return what is drawn of the runs."""
        return together(self.metric, experiment.problem)

    def spreads(self, experiment: Experiment) -> bool:
        """Whether what curves run along stands on a logarithmic axis."""
        return crowds(experiment, self.along) if self.log_x is None else self.log_x

    # As runs come, go and are hidden, the bits move with them.

    def turned(self, place: int) -> "View":
        """Return the view in which a run is drawn that was not, or the reverse."""
        return replace(self, hidden=self.hidden ^ (1 << place))

    def alone(self, place: int, n_runs: int) -> "View":
        """Return the view with no run but one, or with all where that is so already."""
        others = ((1 << n_runs) - 1) & ~(1 << place)
        return replace(self, hidden=0 if self.hidden == others else others, focus=place)

    def copied(self, place: int) -> "View":
        """Return the view with a copy of a run right behind it, hidden as that is."""
        low = (1 << place + 1) - 1
        hidden = (self.hidden & low) | ((self.hidden & ~low) << 1)
        return replace(self, hidden=hidden & (2**link.MAX_RUNS - 1))

    def without(self, place: int) -> "View":
        """Return the view without a run."""
        low = (1 << place) - 1
        return replace(self, hidden=(self.hidden & low) | ((self.hidden >> 1) & ~low), focus=None)
