"""Full-batch runs along eigenvectors of the Hessian at the minimum, beside what is predicted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.theory.curvature import FLAT, contraction, curvature, spectrum
from gdplay.theory.measures import recorded

FLOOR = 1e-9
"""A distance below this share of the start's is mostly rounding, and neither drawn nor measured."""

NEAR = 0.02
"""A run follows a local prediction where their factors per update differ by less."""


class Component(NamedTuple):
    """One run's signed distance from the minimum along an eigenvector, and what is predicted.

    Attributes
    ----------
    place : int
        Which run it is.
    updates : ndarray of shape (T,)
    offset : ndarray of shape (T,)
        After so many updates.
    factor : float or None
        By how much each update is predicted to shrink the distance; None for adaptive rules.
    predicted : ndarray of shape (T,) or None
        The line with that slope that touches the last of the measured distances from above; None
        where there is no prediction. Where the loss is no quadratic it is local, and None unless
        the run has come to follow it.
    measured : float or None
        By how much an update did shrink it towards the end; None where there is too little left.
    """

    place: int
    updates: Indices
    offset: Array
    factor: float | None
    predicted: Array | None
    measured: float | None

    @property
    def words(self) -> str:
        """The factors per update: predicted, measured."""
        return ", ".join(
            "–" if factor is None else f"{factor:.4f}" for factor in (self.factor, self.measured)
        )


class Direction(NamedTuple):
    """What the runs do along one eigenvector of the Hessian, where the loss bends by `bend`."""

    name: str
    bend: float
    components: list[Component]


def directions(experiment: Experiment, traces: Sequence[Trace]) -> list[Direction]:
    """Return the steepest and the flattest direction at the minimum; none where none bends there.

    There are none without a minimum either.
    """
    minimum = experiment.problem.minimum()
    if minimum is None or curvature(experiment.problem).where == "at the usual start":
        return []
    bent = spectrum(experiment.problem, minimum)
    flattest = int(np.argmax(bent.values > FLAT * bent.values[-1]))
    return [
        Direction(
            name,
            float(bent.values[i]),
            components(experiment, traces, bent.vectors[:, i], float(bent.values[i])),
        )
        for name, i in (("steepest", len(bent.values) - 1), ("flattest", flattest))
    ]


def components(
    experiment: Experiment, traces: Sequence[Trace], vector: Array, bend: float
) -> list[Component]:
    """Return each full-batch run's way along the unit `vector`, where the loss bends by `bend`.

    Raises
    ------
    ValueError
        Where the problem has no minimum.
    """
    minimum = experiment.problem.minimum()
    if minimum is None:
        raise ValueError("without a minimum there is no distance from it")
    along = []
    for place, (run, trace) in enumerate(zip(experiment.runs, traces, strict=True)):
        updates, states = recorded(trace)
        offset = (states - minimum) @ vector
        n_clear = _usable(offset)
        factor, measured = contraction(run.optimizer, bend), _measured(np.abs(offset[:n_clear]))
        predicted = None
        if experiment.problem.quadratic or _follows(measured, factor):
            predicted = _touching(updates, np.abs(offset), factor, n_clear)
        along.append(Component(place, updates, offset, factor, predicted, measured))
    return along


def _follows(measured: float | None, factor: float | None) -> bool:
    return measured is not None and factor is not None and abs(measured - factor) < NEAR


def _usable(offset: Array) -> int:
    """Return how many of the first distances stand clear of rounding."""
    low = np.abs(offset) <= FLOOR * np.abs(offset[0])
    # Momentum passes through zero: what rises again was no rounding.
    return len(offset) - int(np.argmin(low[::-1])) if not low.all() else 0


def _touching(updates: Indices, size: Array, factor: float | None, n_clear: int) -> Array | None:
    if not factor or n_clear < 2:
        return None
    late = slice(n_clear // 2, n_clear)
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        line = np.log(factor) * updates
        above = (np.log(size[late]) - line[late]).max()
        return np.asarray(np.exp(line + above))


def _measured(size: Array) -> float | None:
    """Return the factor per update between the last two thirds' largest distances."""
    third = len(size) // 3
    if third < 1:
        return None
    before, after = size[-2 * third : -third].max(), size[-third:].max()
    return float((after / before) ** (1 / third)) if before > 0 else None
