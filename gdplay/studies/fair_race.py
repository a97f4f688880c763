"""A fair race: which run ends lowest on one budget, each of them at its own best rate."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from gdplay.engine.cost import seconds_per_update
from gdplay.engine.training import Progress
from gdplay.experiment import Experiment, labels
from gdplay.studies.budgets import Budget, Cost, chosen_budget, granted
from gdplay.studies.sweeps import Sweep, Swept, level, rates_around, sweep
from gdplay.words import escaped, number

N_RATES = 25
SEEDS = 5


class Finish(NamedTuple):
    """How a run ended at its best rate.

    Attributes
    ----------
    name : str
    rate : float or None
        The best of the grid; None where the run diverged at every rate.
    value : float
        Median over seeds of the excess training loss, or of the loss itself where there is no
        minimum; infinite where the run diverged at every rate.
    edge : bool
        Whether the rate is the smallest or the largest of the grid.
    """

    name: str
    rate: float | None
    value: float
    edge: bool


class FairRace(NamedTuple):
    """How runs ended on one budget, each at its best rate.

    Attributes
    ----------
    budget : Budget
    finishes : tuple of Finish
        In the order of the runs.
    dust : float
        A value that rounding cannot tell from none.
    exact : bool
        Whether there is a minimum, and values are excess losses.
    tuned : Experiment or None
        The runs at their best rates, without those that diverged at all of them; None where all
        did.
    """

    budget: Budget
    finishes: tuple[Finish, ...]
    dust: float
    exact: bool
    tuned: Experiment | None

    @property
    def words(self) -> str:
        """Who won, and where the others ended."""
        if self.tuned is None:
            return f"With {self.budget.words} every run diverged at every rate of the grid."
        ranking = sorted(self.finishes, key=lambda finish: finish.value)
        lines = [f"With **{self.budget.words}** each at its best rate:"]
        return "\n".join(lines + [f"- {self._told(finish)}" for finish in ranking])

    def _told(self, finish: Finish) -> str:
        name = f"**{escaped(finish.name)}**"
        if finish.rate is None:
            return f"{name} diverged at every rate."
        beyond = ", at the edge of the grid: the best may lie beyond it" * finish.edge
        end = level(finish.value, self.exact, self.dust)
        return f"{name} ends at {end} with η = {number(finish.rate)}{beyond}."


def fair_race_sweep(
    experiment: Experiment, budget: Budget, *, cost: Cost = seconds_per_update
) -> Sweep:
    """Return the sweep on which rates are tuned: the runs, each at all rates within a budget."""
    problem = experiment.problem
    rates = rates_around(problem, N_RATES, 1e-3, 3.0)
    runs = tuple(granted(run, problem, budget, cost) for run in experiment.runs)
    return Sweep(problem, runs, rates, experiment.start, seed=experiment.seed, n_seeds=SEEDS)


def read(budget: Budget, swept: Swept, names: tuple[str, ...]) -> FairRace:
    """Return how the runs of a `fair_race_sweep`, called `names`, ended at their best rates."""
    origin = swept.origin
    finishes = tuple(_finish(swept, line, name) for line, name in enumerate(names))
    return FairRace(budget, finishes, origin.dust, origin.exact, _tuned(swept))


def _finish(swept: Swept, line: int, name: str) -> Finish:
    ends, rates = swept.line(line), swept.sweep.rates
    if ends.best is None:
        return Finish(name, None, float("inf"), False)
    base = swept.origin.loss if swept.origin.exact else 0.0
    value = float(ends.median[ends.best]) - base
    return Finish(name, rates[ends.best], value, ends.best in (0, len(rates) - 1))


def _tuned(swept: Swept) -> Experiment | None:
    plan = swept.sweep
    runs = tuple(
        plan.run(line, ends.best)
        for line, ends in enumerate(swept.lines())
        if ends.best is not None
    )
    return replace(plan.experiment, runs=runs) if runs else None


def fair_race(
    experiment: Experiment, budget: Budget | None = None, *, progress: Progress | None = None
) -> FairRace:
    """Return how the runs of an experiment end on one budget, each at its own best rate.

    Parameters
    ----------
    experiment : Experiment
        Its runs, whatever their own rates and epochs are.
    budget : Budget or None
        What every run may use; None is as many epochs as are soon done.
    progress : callable or None
        As in `train`.

    Returns
    -------
    race : FairRace
        `gd.train(race.tuned)` gives the curves of the tuned runs.
    """
    if budget is None:
        budget = chosen_budget(experiment.problem, partial(fair_race_sweep, experiment))
    plan = fair_race_sweep(experiment, budget)
    return read(budget, sweep(plan, progress=progress), labels(experiment))
