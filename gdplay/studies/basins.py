"""Basins: where a rule ends from every start of a grid, all starts trained in one lock-step."""

from dataclasses import dataclass, replace

import numpy as np

from gdplay.arrays import Array, Flags, Indices, margin
from gdplay.engine.lockstep import plan, stretches
from gdplay.experiment import Experiment, Run
from gdplay.loss.surfaces import Box, Minimum, Surface
from gdplay.optimizers import Optimizer
from gdplay.words import joined, number, percent, quantity

SIDE = 50
"""Starts along each side of the grid."""

UPDATES = 200

NEAR = 0.02
"""A minimum is reached from where a run stays so near to it, as a share of the box's longer side.
"""

STILL = 1e-4
"""A run stands still that moves less than this share of the box in its last tenth."""

FAR = 3.0
"""A run is lost that ends more than so many sides of the box away from its middle."""

MOST_FOUND = 8
"""Of an own function so many minima are told apart beside the lowest."""

FEW = 4
"""So many minima are named with their shares."""

FLAT = 1e-6
"""A function that bends less than this one way at a minimum has a line of them."""

ROUND = 1e-6
"""Tolerance: a coordinate of a minimum that a run found is 0 below this share of the box."""

ALIKE = 1e-9
"""Tolerance: values that differ by less, as a share of 1 + |value|, are as low."""

STANDS, MOVES, LOST = -1, -2, -3
"""In place of a minimum: at rest elsewhere, still on the way, or lost."""


@dataclass(frozen=True, eq=False)
class Basins:
    """Where a rule ends from every start of a grid.

    Attributes
    ----------
    surface : Surface
    run : Run
        The rule with its rate and its schedule.
    x, y : ndarray of shape (G1,) and (G2,)
        The starts: at `[j, i]` of the other arrays from `(x[i], y[j])`.
    minima : tuple of Minimum
        Those that a run may reach, the lowest first.
    reached : ndarray of int, shape (G2, G1)
        The place among the minima; or `STANDS`, `MOVES` or `LOST`.
    needed : ndarray of int, shape (G2, G1)
        After how many updates it stayed near its minimum; -1 where it reached none.
    n_updates : int
        How many updates each run made.
    """

    surface: Surface
    run: Run
    x: Array
    y: Array
    minima: tuple[Minimum, ...]
    reached: Indices
    needed: Indices
    n_updates: int

    def share(self, what: int) -> float:
        """Return the share of starts that end at a minimum, or in what stands in its place."""
        return float((self.reached == what).mean())

    @property
    def lowest(self) -> Flags:
        """Whether a start leads to a minimum that is as low as the lowest, (G2, G1)."""
        values = [minimum.value for minimum in self.minima]
        low = [p for p, value in enumerate(values) if value <= values[0] + margin(ALIKE, values[0])]
        return np.isin(self.reached, low)

    @property
    def words(self) -> str:
        """From how many starts the rule gets where, in a few sentences."""
        rule, rate = self.run.optimizer.title, number(self.run.optimizer.lr)
        n = quantity(self.reached.size)
        first = f"From {n} starts, **{rule}** at rate {rate} took {self.n_updates} updates each."
        return " ".join(filter(None, (first, self._ends, self._pace, self._others)))

    @property
    def _ends(self) -> str:
        if not self.minima:
            return f"{self.surface.no_minimum}, so there is nothing to reach."
        low = float(self.lowest.mean())
        other = float((self.reached >= 0).mean()) - low
        if len(self.minima) == 1:
            return f"{percent(low)} reached the minimum.".capitalize()
        places = [int(place) for place in np.unique(self.reached[self.lowest])]
        text = f"{percent(low)} reached {'a' if len(places) > 1 else 'the'} lowest minimum"
        if 1 < len(places) <= FEW and all(self._alone(place) for place in places):
            text += f" ({joined([self._one(place) for place in places])})"
        return f"{text}{f', {percent(other)} a higher one' if other else ''}.".capitalize()

    def _alone(self, place: int) -> bool:
        """Whether a minimum is a point, and no part of a line of minima."""
        bends = self.surface.hessian(np.array(self.minima[place].place))
        return bool(np.linalg.eigvalsh(bends)[0] > FLAT)

    def _one(self, place: int) -> str:
        x, y = self.minima[place].place
        return f"{percent(self.share(place))} at ({number(x)}, {number(y)})"

    @property
    def _pace(self) -> str:
        there = self.needed[self.reached >= 0]
        if not len(there):
            return ""
        few, middle, most = np.quantile(there, (0.05, 0.5, 0.95)).astype(int).tolist()
        spread = f"nine of ten between {few} and {most}" if few < most else "nine of ten as many"
        return f"They needed {quantity(middle, 'update')} (median), {spread}."

    @property
    def _others(self) -> str:
        words = {
            STANDS: "stand still elsewhere", MOVES: "are still on their way", LOST: "were lost"
        }  # fmt: skip
        parts = [f"{percent(self.share(w))} {told}" for w, told in words.items() if self.share(w)]
        lead = "Of all, " if (self.reached >= 0).any() else ""
        return f"{lead}{joined(parts)}.".capitalize() if parts else ""


def basins(
    surface: Surface,
    optimizer: Optimizer,
    *,
    box: Box | None = None,
    side: int = SIDE,
    n_updates: int = UPDATES,
) -> Basins:
    """Return where a rule ends from `side` x `side` starts.

    Parameters
    ----------
    surface : Surface
    optimizer : Optimizer
    box : pair of (low, high), optional
        Where the starts lie, along both parameters; the function's own box by default.
    side : int
        2 to 200.
    n_updates : int
        1 to 2 000.

    Raises
    ------
    ValueError
        Naming the field, the value and the range; or if neither box nor function says where.
    """
    return of_run(surface, Run(optimizer), box=box, side=side, n_updates=n_updates)


def of_run(
    surface: Surface,
    run: Run,
    *,
    box: Box | None = None,
    side: int = SIDE,
    n_updates: int = UPDATES,
) -> Basins:
    """Return `basins` of a rule with its schedule."""
    for name, value, low, high in (("side", side, 2, 200), ("n_updates", n_updates, 1, 2000)):
        if not low <= value <= high:
            raise ValueError(f"{name} must be from {low} to {high}; got {value}")
    box = box or surface.box
    if box is None:
        raise ValueError("box must be given for a function that has none of its own; got None")
    x, y = (np.linspace(*ends, side) for ends in box)
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    # The function may have no value at the origin, where an experiment starts of its own accord.
    alone = Experiment(surface, (replace(run, epochs=None),), surface.start, n_updates)
    path = _path(alone, starts)
    size = float(np.ptp(box, axis=1).max())
    minima = surface.minima
    if surface.box is None:  # of the minima that were found those count where runs come to rest
        minima = minima[:1] + _found(surface, path, size)
    reached = _reached(surface, minima, path, np.mean(box, axis=1), size)
    needed = _needed(minima, path, reached, size)
    shape = (side, side)
    return Basins(
        surface, run, x, y, minima, reached.reshape(shape), needed.reshape(shape), n_updates
    )


def _path(experiment: Experiment, starts: Array) -> Array:
    """Return the states (T + 1, P, 2) of the one run from each start."""
    path = np.empty((experiment.epochs + 1, 2, len(starts)))
    path[0], made = starts.T, 1
    (group,) = plan(experiment)
    with np.errstate(all="ignore"):
        for states, _ in stretches(experiment, group, starts.T[None].copy()):
            path[made : made + len(states)] = states[:, 0]
            made += len(states)
    return np.moveaxis(path, 1, 2)


def _away(states: Array, place: Array) -> Array:
    """Return distances of states (..., 2); infinite where a state is no number."""
    with np.errstate(all="ignore"):
        x, y = states[..., 0] - place[..., 0], states[..., 1] - place[..., 1]
        away = np.sqrt(x * x + y * y)  # `np.hypot` takes five times as long
    return np.where(np.isnan(away), np.inf, away)


def _still(path: Array, size: float) -> Flags:
    """Return whether each run stands still in its last tenth, (P,)."""
    late = path[-max(2, len(path) // 10) :]
    return np.asarray(_away(late, late[-1]).max(axis=0) < STILL * size)


def _reached(
    surface: Surface, minima: tuple[Minimum, ...], path: Array, middle: Array, size: float
) -> Indices:
    """Return what each run ended at, (P,).

    Where minima make a line, all that stands still as low as the lowest has reached one. Lost is
    also what begins or ends where the function has no value.
    """
    ends, still = path[-1], _still(path, size)
    reached = np.where(still, STANDS, MOVES)
    if minima:
        away = _away(ends[:, None], np.array([minimum.place for minimum in minima]))
        lowest = minima[0].value
        with np.errstate(all="ignore"):
            low = still & (surface.loss(ends) <= lowest + margin(ALIKE, lowest))
        reached = np.where(low | (away.min(axis=1) < NEAR * size), away.argmin(axis=1), reached)
    with np.errstate(all="ignore"):
        known = np.isfinite(surface.loss(path[[0, -1]])).all(axis=0)
    return np.where(known & (_away(ends, middle) < FAR * size), reached, LOST)


def _needed(minima: tuple[Minimum, ...], path: Array, reached: Indices, size: float) -> Indices:
    """Return after how many updates each run stayed near its minimum, -1 where it has none."""
    if not minima:
        return np.full(len(reached), -1)
    places = np.array([minimum.place for minimum in minima])[reached.clip(0)]
    aside = _away(path[-1], places) >= NEAR * size  # on a line of minima
    places = np.where(aside[:, None], path[-1], places)
    near = _away(path, places) < NEAR * size
    stays = np.logical_and.accumulate(near[::-1])[::-1]
    return np.where(reached >= 0, stays.argmax(axis=0), -1)


def _found(surface: Surface, path: Array, size: float) -> tuple[Minimum, ...]:
    """Return minima beside the lowest in which runs stand still, of a function of one's own.

    On a tail, that of 1/x say, runs stand still as well, with the minimum of its curvature far off.
    """
    ends = path[-1][_still(path, size)]
    here = surface.around(ends)
    known_bend = np.isfinite(here.hessian).all(axis=(1, 2), keepdims=True)
    hollow = np.linalg.eigvalsh(np.where(known_bend, here.hessian, 0.0))[:, 0] > 0
    ends, values = ends[hollow], here.value[hollow]
    steps = np.linalg.solve(here.hessian[hollow], here.gradient[hollow][..., None])[..., 0]
    near = np.linalg.norm(steps, axis=1) < NEAR * size
    ends, values = ends[near], values[near]
    every = surface.minima
    known = [np.array(minimum.place) for minimum in every[:1]]
    found: list[Minimum] = []
    for place in np.argsort(values, kind="stable"):
        at = np.where(np.abs(ends[place]) < ROUND * size, 0.0, ends[place])
        if all(_away(at, other) >= NEAR * size for other in known) and len(found) < MOST_FOUND:
            mine = Minimum((float(at[0]), float(at[1])), float(values[place]))
            near = [one for one in every[1:] if _away(at, np.array(one.place)) < NEAR * size]
            found.append(min(near, key=lambda one: _away(at, np.array(one.place)), default=mine))
            known.append(np.array(found[-1].place))
    return tuple(found)
