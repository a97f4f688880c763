"""What one slider moves in an experiment, and to what: a rate, another number of a rule, epochs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from gdplay.experiment import MOST_EPOCHS, Experiment, Run
from gdplay.knobs import knobs
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import rate_options

RATE, EPOCHS = "lr", "epochs"

_DECAYS = (
    0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98,
    0.985, 0.99, 0.995, 0.998, 0.999,
)  # fmt: skip
"""What survives of what a rule remembers, on offer: about evenly by how long that is."""

_COUNTS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Epochs on offer, times powers of ten, as far as they are whole."""


def decays(rule: Optimizer) -> list[str]:
    """Return the fields of a rule that say how much of what it remembers survives an update."""
    return [
        name
        for name, about in knobs(rule).items()
        if about.kind is float and about.low == 0 and about.high < 1
    ]


FIELDS = tuple(
    dict.fromkeys([RATE, EPOCHS, *(name for rule in OPTIMIZERS.values() for name in decays(rule))])
)
"""All that some slider moves."""


class Slider(NamedTuple):
    """What one slider moves: a field of the runs at `places`, to each of `options`, ascending."""

    field: str
    places: tuple[int, ...]
    options: tuple[float, ...]

    def at(self, experiment: Experiment, value: float) -> Experiment:
        """Return the experiment with the slider at a value."""
        return moved(experiment, self.field, self.places, value)


def slider(experiment: Experiment, field: str, places: Sequence[int]) -> Slider:
    """Return the slider that stands at the value of the first of some runs."""
    value = value_of(experiment, field, places)
    return Slider(field, tuple(places), tuple(options(experiment, field, value)))


def value_of(experiment: Experiment, field: str, places: Sequence[int]) -> float:
    """Return where a slider stands."""
    if field == EPOCHS:
        return experiment.epochs
    value: float = getattr(experiment.runs[places[0]].optimizer, field)
    return value


def moved(experiment: Experiment, field: str, places: Sequence[int], value: float) -> Experiment:
    """Return the experiment with another number for the runs at some places; epochs are all's."""
    if field == EPOCHS:
        return replace(experiment, epochs=int(value))
    runs = tuple(
        run_at(run, field, value) if place in places else run
        for place, run in enumerate(experiment.runs)
    )
    return replace(experiment, runs=runs)


def run_at(run: Run, field: str, value: float) -> Run:
    """Return a run with another number of its rule."""
    return replace(run, optimizer=replace(run.optimizer, **{field: value}))


def at_rate(experiment: Experiment, places: Sequence[int], rate: float) -> Experiment:
    """Return the experiment with another rate for the runs at some places."""
    return moved(experiment, RATE, places, rate)


def alike(experiment: Experiment) -> bool:
    """Whether one slider can move all rates: they are one."""
    return len({run.optimizer.lr for run in experiment.runs}) == 1


def options(experiment: Experiment, field: str, value: float) -> list[float]:
    """Return what a slider at `value` offers, ascending."""
    if field == RATE:
        return rate_options(value, curvature(experiment.problem).limit)
    return epoch_options(int(value)) if field == EPOCHS else decay_options(value)


def decay_options(value: float) -> list[float]:
    """Return shares of memory to choose from, ascending, and `value`."""
    return sorted({*_DECAYS, value})


def epoch_options(value: int) -> list[float]:
    """Return round counts up to twice what there is, or a little more, and `value`."""
    tops = (times * 10**digits for digits in range(6) for times in (1, 3))
    most = min(2 * next(top for top in tops if top >= value), MOST_EPOCHS)
    counts = (count * 10**digits for digits in range(6) for count in _COUNTS)
    return sorted({count for count in counts if count <= most and not count % 1} | {float(value)})
