"""Duels: which rule reaches a target sooner, from many starts, each at its own best rate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Flags, Indices
from gdplay.engine.lockstep import plan, stretches
from gdplay.engine.training import Progress
from gdplay.experiment import Experiment, Run, labels
from gdplay.loss.surfaces import Box, Surface
from gdplay.optimizers import Optimizer
from gdplay.words import escaped, number, quantity

RATES = tuple(float(f"{10 ** (k / 5):.2g}") for k in range(-25, 11))
"""The rates that every rule tries: five to a power of ten, from 1e-5 to 100."""

SIDE = 10
"""Starts along each side of the grid."""

UPDATES = 200

MOST_UPDATES = 1000

TARGET = 0.01
"""The target line's height above the lowest minimum, as a share of the height of the starts."""


class Duel(NamedTuple):
    """From how many starts one rule was sooner than another, later, and neither."""

    won: int
    lost: int
    level: int


class Entrant(NamedTuple):
    """How one rule did.

    Attributes
    ----------
    place : int
        The first run of the experiment that has this rule.
    name : str
    run : Run
        At its best rate.
    means : ndarray of shape (P,)
        At each rate the mean over starts of the updates needed, a miss counting as all.
    needed : ndarray of int, shape (G,)
        At its best rate, after how many updates it reached the target line from each start; -1
        where it did not.
    tried : ndarray of shape (G,) or None
        How many losses a rule that searches along its line had tried by then.
    """

    place: int
    name: str
    run: Run
    means: Array
    needed: Indices
    tried: Array | None = None

    @property
    def reached(self) -> int:
        """From how many starts it reached the target line."""
        return int((self.needed >= 0).sum())


@dataclass(frozen=True, eq=False)
class Duels:
    """Who reached the target line, and when, from each start.

    Attributes
    ----------
    surface : Surface
    starts : ndarray of shape (G, 2)
    rates : tuple of P floats
        Those that every rule tried.
    n_updates : int
        The budget: how many updates each run made.
    target : float
        The target line, a loss.
    share : float
        Its height over the lowest minimum, as a share of the height of the starts (median).
    entrants : tuple of Entrant
        In the order of the runs.
    """

    surface: Surface
    starts: Array
    rates: tuple[float, ...]
    n_updates: int
    target: float
    share: float
    entrants: tuple[Entrant, ...]

    def duel(self, one: int, other: int) -> Duel:
        """Return how one entrant did against another."""
        a, b = (np.where(e.needed < 0, np.inf, e.needed) for e in
                (self.entrants[one], self.entrants[other]))  # fmt: skip
        won, lost = int((a < b).sum()), int((a > b).sum())
        return Duel(won, lost, len(self.starts) - won - lost)

    @property
    def ranking(self) -> list[int]:
        """The entrants' places, the one with the fewest updates on average first."""
        return sorted(range(len(self.entrants)), key=lambda i: self.entrants[i].means.min())

    @property
    def runs(self) -> tuple[Run, ...]:
        """The entrants' runs at their best rates."""
        return tuple(entrant.run for entrant in self.entrants)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """A row for each entrant: its name, and how its duel with each of them went."""
        places = range(len(self.entrants))
        return [
            (self.entrants[i].name, *(self._cell(i, j) for j in places)) for i in places
        ]  # fmt: skip

    def _cell(self, one: int, other: int) -> str:
        if one == other:
            return "–"
        won, lost, _ = self.duel(one, other)
        return f"{won} : {lost}"

    @property
    def words(self) -> str:
        """The terms, how each rule did at its best rate, and who beat whom."""
        lines = [f"- {self._told(self.entrants[place])}" for place in self.ranking]
        return "\n".join([self._terms, "", *lines, "", self._first_duel])

    @property
    def _terms(self) -> str:
        return (
            f"**One budget**: {quantity(self.n_updates, 'update')} from each of "
            f"{quantity(len(self.starts))} starts. **The same tries**: every rule at the same "
            f"{len(self.rates)} rates, and then at its best one. **The target line**: loss "
            f"{number(self.target)}, where {number(100 * self.share)} % of the starts’ median "
            "height over the lowest minimum is left. **All starts count**: one that misses the "
            f"line as later than all in the median, as {quantity(self.n_updates, 'update')} in the "
            "mean."
        )

    def _told(self, entrant: Entrant) -> str:
        name, rate = f"**{escaped(entrant.name)}**", entrant.run.optimizer.lr
        if not entrant.reached:
            return f"{name} reaches the line from no start, at any rate."
        beyond = "; its rate stands at the edge of the grid, the best may lie beyond" * (
            rate in (self.rates[0], self.rates[-1])
        )
        return (
            f"{name} at η = {number(rate)} reaches it from {entrant.reached} of "
            f"{quantity(len(self.starts), 'start')}, {_cost_words(entrant)}{beyond}."
        )

    @property
    def _first_duel(self) -> str:
        if len(self.entrants) < 2:
            return ""
        first, second = self.ranking[:2]
        won, lost, level = self.duel(first, second)
        if lost > won:
            first, second, won, lost = second, first, lost, won
        winner, loser = (f"**{escaped(self.entrants[i].name)}**" for i in (first, second))
        if not won:
            return f"{winner} and {loser} are level from all {quantity(len(self.starts))} starts."
        text = f"{winner} beat {loser} from **{won} of {len(self.starts)} starts**"
        more = [f"was beaten from {lost}"] * bool(lost) + [f"level from {level}"] * bool(level)
        return f"{text}{''.join(f', {part}' for part in more)}."


def _cost_words(entrant: Entrant) -> str:
    """Say what the line takes, of all starts, so that rules with other misses compare."""
    missed, mean = entrant.needed < 0, number(float(entrant.means.min()))
    if 2 * entrant.reached <= len(missed):
        return f"no more than half: {mean} updates on average"
    medians = [float(np.median(np.where(missed, np.inf, entrant.needed)))]
    if entrant.tried is not None:
        medians.append(float(np.median(np.where(missed, np.inf, entrant.tried))))
    things = ("update", "evaluation")[: len(medians)]
    costs = [quantity(round(m), thing) for m, thing in zip(medians, things, strict=True)]
    of_loss = " of the loss" * (len(costs) > 1)
    medians_named = f"median{'s' * (len(costs) > 1)}"
    return f"in {' and '.join(costs)}{of_loss} ({medians_named}), {mean} on average"


def duels(
    surface: Surface,
    optimizers: Sequence[Optimizer],
    *,
    box: Box | None = None,
    side: int = SIDE,
    n_updates: int = UPDATES,
    share: float = TARGET,
    progress: Progress | None = None,
) -> Duels:
    """Return which rule reaches a target sooner from `side` x `side` starts.

    Every rule tries the rates `RATES` and takes the one that needs the fewest updates on average,
    where a start from which it misses the line counts as all updates.

    Parameters
    ----------
    surface : Surface
        With a minimum.
    optimizers : sequence of Optimizer
        1 to 6, whose own rates do not matter.
    box : pair of (low, high), optional
        Where the starts lie, along both parameters; the function's own box by default.
    side : int
        2 to 15. Starts are the middles of a grid's cells where the function has a value.
    n_updates : int
        1 to 1 000.
    share : float
        How high the target line stands over the lowest minimum, as a share of the median height of
        the starts: above 0, below 1.
    progress : callable, optional
        As in `train`, counting rules.

    Raises
    ------
    ValueError
        Naming the field, the value and the range; if the function has no minimum; or if neither
        box nor function says where to start.
    """
    runs = tuple(Run(rule) for rule in optimizers)
    experiment = Experiment(surface, runs, surface.start, n_updates)
    return of_runs(experiment, box=box, side=side, share=share, progress=progress)


def of_runs(
    experiment: Experiment,
    *,
    box: Box | None = None,
    side: int = SIDE,
    share: float = TARGET,
    progress: Progress | None = None,
) -> Duels:
    """Return `duels` of an experiment's rules with their schedules, on its number of updates."""
    surface, n_updates = experiment.problem, experiment.epochs
    assert isinstance(surface, Surface)
    for name, value, low, high in (("side", side, 2, 15), ("n_updates", n_updates, 1, MOST_UPDATES),
                                   ("share", share, 1e-15, 1 - 1e-15)):  # fmt: skip
        if not low <= value <= high:
            raise ValueError(f"{name} must be from {low} to {high}; got {value}")
    box = box or surface.box
    if box is None:
        raise ValueError("box must be given for a function that has none of its own; got None")
    minimum = surface.minimum()
    if minimum is None:
        raise ValueError(f"surface must have a minimum to be reached; got {surface.key}")
    starts = _starts(surface, box, side)
    lowest = float(surface.loss(minimum))
    target = lowest + share * (float(np.median(surface.loss(starts))) - lowest)
    entrants = []
    different = _different(experiment)
    for done, (place, run, name) in enumerate(different):
        if progress is not None and not progress(done, len(different)):
            break
        entrants.append(_entrant(surface, place, run, name, starts, n_updates, target))
    return Duels(surface, starts, RATES, n_updates, target, share, tuple(entrants))


def in_budget(experiment: Experiment) -> Experiment:
    """Return an experiment with no more updates than `of_runs` takes."""
    return replace(experiment, epochs=min(experiment.epochs, MOST_UPDATES))


COLUMN = 0.012
"""Speed: what an update of one column more takes, as a share of one update, about."""


LOOKS = 20
"""Speed: so many times as long it takes of a rule that asks for more than a gradient, about."""


def seconds_of(experiment: Experiment) -> float:
    """Return about how many seconds `of_runs` takes."""
    different = _different(experiment)
    columns = (
        SIDE**2 * len(RATES) * sum(LOOKS if run.optimizer.needs else 1 for _, run, _ in different)
    )
    return COLUMN * experiment.problem.seconds[0] * columns * experiment.epochs


def _starts(surface: Surface, box: Box, side: int) -> Array:
    """Return the middles of a grid's cells where the function has a value, (P, 2)."""
    x, y = (low + (np.arange(side) + 0.5) * (high - low) / side for low, high in box)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        return np.asarray(places[np.isfinite(surface.loss(places))])


def _different(experiment: Experiment) -> list[tuple[int, Run, str]]:
    """Return the runs that differ in more than the rate, with their places and names."""
    runs = [_at(run, 1.0) for run in experiment.runs]
    places = [place for place, run in enumerate(runs) if run not in runs[:place]]
    alike = tuple(runs[place] for place in places)
    return list(zip(places, alike, labels(replace(experiment, runs=alike)), strict=True))


def _at(run: Run, rate: float) -> Run:
    return replace(run, optimizer=replace(run.optimizer, lr=rate), epochs=None)


def _entrant(
    surface: Surface,
    place: int,
    run: Run,
    name: str,
    starts: Array,
    n_updates: int,
    target: float,
) -> Entrant:
    """Return how a rule did, from each start at its best rate."""
    needed, tried = _needed(surface, run, starts, n_updates, target)
    means = np.where(needed < 0, n_updates, needed).mean(axis=1)
    # A start that is there with the last update counts as many updates as one that never is.
    best = int(np.lexsort(((needed < 0).sum(axis=1), means))[0])
    spent = None if tried is None else tried[best]
    return Entrant(place, name, _at(run, RATES[best]), means, needed[best], spent)


def _needed(
    surface: Surface, run: Run, starts: Array, n_updates: int, target: float
) -> tuple[Indices, Array | None]:
    """Return the first update (P, G) at which a run is on the target line or below; -1: never.

    Of a rule that searches along its line, also the losses that it had tried by then, (P, G).
    """
    runs = tuple(_at(run, rate) for rate in RATES)
    experiment = Experiment(surface, runs, surface.start, n_updates)
    (group,) = plan(experiment)
    # Starts stand where orders of the rows do: the loop takes either for what trains side by side.
    theta, made = np.repeat(starts[:, :, None], len(RATES), axis=2), 0
    first = np.full((len(starts), len(RATES)), -1)
    tries = [np.zeros(first.shape)]
    note = (lambda made, state: tries.append(state.t)) if run.optimizer.searches else None
    with np.errstate(all="ignore"):
        for states, losses in stretches(experiment, group, theta, note):
            _note(first, losses <= target, made)
            made += len(states)
        _note(first, surface.value(states[-1])[None] <= target, made)
    if note is None:
        return first.T, None
    return first.T, np.take_along_axis(np.array(tries), first.clip(0)[None], axis=0)[0].T


def _note(first: Indices, low: Flags, made: int) -> None:
    """Write down where runs are low (T, G, P) for the first time, the first row after `made`."""
    new = (first < 0) & low.any(axis=0)
    first[new] = made + low[:, new].argmax(axis=0)
