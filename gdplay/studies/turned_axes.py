"""Turned axes: how many updates rules need on a valley that lies at an angle to the axes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.engine.lockstep import plan, stretches
from gdplay.experiment import Experiment, Run, labels
from gdplay.loss.surfaces import Point
from gdplay.loss.surfaces.bowls import TurnedValley
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.words import joined, number, quantity

ANGLES = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0)
"""In degrees; beyond 45 the axes change places."""

START = (3.0, 3.6)
"""Along the valley and across it."""

RATES = tuple(np.geomspace(1e-3, 10, 101).tolist())
"""The rates that every rule tries: twenty-five to a power of ten."""

RULES = tuple(OPTIMIZERS[key] for key in ("sgd", "adagrad", "adam"))

TARGET = 1e-6
"""The line to reach, as a share of the loss at the start."""

UPDATES = 1000

SOON = 16
"""Speed: so many updates are tried first, as a matrix at each of many would take long."""

FULL, NEWTON = OPTIMIZERS["full_adagrad"], OPTIMIZERS["newton"]
"""For reference: they turn along with the valley."""


class Needed(NamedTuple):
    """How many updates one rule needs at each angle, at the best of all rates there.

    Attributes
    ----------
    name : str
    updates : tuple of A ints
        -1 where no rate reaches the line in time.
    """

    name: str
    updates: tuple[int, ...]


class TurnedAxes(NamedTuple):
    """How many updates rules need as a valley turns away from the axes, the start along with it.

    Attributes
    ----------
    condition : float
        How many times as steep the valley is across as along.
    angles : tuple of A floats
        In degrees.
    lines : tuple of Needed
        The rules that scale each axis on its own, then `FULL` and `NEWTON` for reference.
    """

    condition: float
    angles: tuple[float, ...]
    lines: tuple[Needed, ...]

    @property
    def words(self) -> str:
        """How each rule does as the valley turns, and what it takes to be indifferent to that."""
        valley = f"A valley {number(self.condition)} times as steep across as along"
        first = (
            f"{valley if self.condition > 1 else 'A round bowl'}; updates until the loss is "
            f"{number(TARGET)} of its start, at the best of {len(RATES)} rates each."
        )
        own = [self._told(line) for line in self.lines[:-2]]
        full, newton = self.lines[-2:]
        last = (
            f"- With a whole matrix instead of a scale for each axis the angle is of no account: "
            f"{self._told(full)[2:]} {self._told(newton)[2:]}"
        )
        return "\n".join([first, "", *own, last])

    def _told(self, line: Needed) -> str:
        known = [count for count in line.updates if count >= 0]
        if not known:
            return f"- **{line.name}** does not get there in {quantity(UPDATES, 'update')}."
        return f"- **{line.name}** needs {self._needs(line, min(known), max(known))}."

    def _needs(self, line: Needed, least: int, most: int) -> str:
        """Return how many updates it needs where it gets there: from `least` to `most`."""
        begin, end = line.updates[0], line.updates[-1]
        count = (
            quantity(most, "update") if least == most else f"{least} to {quantity(most)} updates"
        )
        if -1 in line.updates:
            there = zip(self.angles, line.updates, strict=True)
            angles = joined([number(angle) for angle, n in there if n >= 0])
            return f"{count} at {angles}°, and does not get there in {quantity(UPDATES)} elsewhere"
        if least == most:
            return f"{count} at every angle"
        if begin == least and end == most > 2 * least:
            first, last = (number(angle) for angle in (self.angles[0], self.angles[-1]))
            return f"{quantity(begin, 'update')} at {first}°, and {quantity(end)} at {last}°"
        return count

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """A row for each rule: its name, and the updates at each angle."""
        return [
            (line.name, *("–" if n < 0 else quantity(n) for n in line.updates))
            for line in self.lines
        ]


def turned_axes(
    condition: float = 100.0,
    *,
    start: Point = START,
    angles: Sequence[float] = ANGLES,
    rules: Sequence[Optimizer] = RULES,
) -> TurnedAxes:
    """Return how many updates rules need as a valley turns away from the axes.

    AdaGrad and Adam scale each axis on its own, so that they gain where the valley lies along one.
    For reference AdaGrad with a full matrix, theta <- theta - lr (sum g g')^(-1/2) g (Duchi, Hazan
    & Singer, 2011), and Newton's method, theta <- theta - H^-1 g. (After arXiv:2410.19964.)

    Parameters
    ----------
    condition : float
        1 to 10 000.
    start : pair of floats
        Along the valley and across it: it turns with the valley.
    angles : sequence of floats
        Degrees, 0 to 90.
    rules : sequence of Optimizer
        Whose own rates do not matter: each takes the best at every angle.

    Raises
    ------
    ValueError
        Naming the field, the value and the range.
    """
    valleys = [_valley(condition, angle, start) for angle in angles]
    names = labels(replace(valleys[0], runs=tuple(Run(replace(rule, lr=1.0)) for rule in rules)))
    names = (*names, FULL.title, NEWTON.title)
    lines = [
        Needed(name, tuple(_needed(valley, rule) for valley in valleys))
        for name, rule in zip(names, (*rules, FULL, NEWTON), strict=True)
    ]
    return TurnedAxes(condition, tuple(angles), tuple(lines))


def _valley(condition: float, angle: float, start: Point) -> Experiment:
    """Return a turned valley, with a start that turned along."""
    surface = TurnedValley(condition=condition, angle=angle)
    return Experiment(surface, (Run(RULES[0]),), at_angle(start, angle), UPDATES)


def at_angle(place: Point, angle: float) -> Point:
    """Return a place that is given along a valley and across it, which lies at an angle."""
    turn = np.radians(angle)
    x, y = place
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    return cos * x - sin * y, sin * x + cos * y


def _needed(valley: Experiment, rule: Optimizer) -> int:
    """Return the first update after which a run at any rate is on the line, -1 for never.

    A rule that sizes its own step needs no rate.
    """
    rates = (1.0,) if rule.relative else RATES
    runs = tuple(Run(replace(rule, lr=rate)) for rate in rates)
    soon = _reached(replace(valley, runs=runs, epochs=SOON))
    return soon if soon >= 0 else _reached(replace(valley, runs=runs))


def _reached(valley: Experiment) -> int:
    """Return the first update after which any run is on the line, -1 for never."""
    (group,) = plan(valley)
    theta, made = np.repeat(np.array(valley.start)[None, :, None], len(valley.runs), axis=2), 0
    with np.errstate(all="ignore"):
        target = TARGET * valley.problem.value(theta)[0, 0]
        for states, losses in stretches(valley, group, theta):
            low = (losses[:, 0] <= target).any(axis=1)
            if low.any():
                return made + int(low.argmax())
            made += len(states)
        return made if (valley.problem.value(states[-1]) <= target).any() else -1
