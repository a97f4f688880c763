"""Three rates: too small, right and too large for the data, beside a rate of one's own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.models import OBJECTIVES
from gdplay.loss.problem import Problem
from gdplay.optimizers import Optimizer, allowed
from gdplay.studies.directions import Direction, directions
from gdplay.studies.telling_rates import own_rule, slowest, telling_rates
from gdplay.theory.curvature import Curvature, curvature
from gdplay.theory.landscape import got_lower
from gdplay.theory.limits import MOST_PARAMS
from gdplay.theory.measures import (
    Reference,
    divergence_words,
    epochs_to_arrive,
    reference,
    share_of_rises,
)
from gdplay.words import joined, number, quantity

NAMES = ("Too small", "Right", "Too large", "Yours")

LEVEL = 1e-9
"""Tolerance: an excess loss that is higher than the start's by less than this is as high."""

FAR = 0.1
"""Tolerance: a run that only falls creeps where more than this share of the excess is left."""

SWINGS = 4
"""On a map, a run that ends above its start is drawn for so many updates alone."""


class Descent(NamedTuple):
    """How one full-batch run went.

    Attributes
    ----------
    name : str
    rate : float
    updates : int
        After how many the last finite loss was taken.
    left : float
        The excess loss there as a multiple of the start's; NaN where there was none at the start.
    arrived : int or None
        The update from which it stayed within 1 % of the start's.
    rises : float
        The share of updates that raised the loss, 0 to 1.
    diverged_at : int or None
    end : str
        How it diverged, in words; empty where it did not.
    """

    name: str
    rate: float
    updates: int
    left: float
    arrived: int | None
    rises: float
    diverged_at: int | None
    end: str = ""

    @property
    def words(self) -> str:
        """Where it got, and whether its loss rose on the way."""
        return f"**{self.name}** {self._outcome()}."

    @property
    def in_short(self) -> str:
        """How it went, in two or three words that follow its name."""
        if self.diverged_at is not None:
            return "is lost"
        if np.isnan(self.left):
            return "begins at the lowest loss"
        if self.arrived is not None:
            return "arrives"
        if self.left > 1 + LEVEL:
            return "climbs" if self.rises > 0.5 else "ends higher than it began"
        if self.rises:
            return "rises at times and has not arrived"
        return "creeps" if self.left > FAR else "comes near"

    def _outcome(self) -> str:
        if self.diverged_at is not None:
            return self.end
        if np.isnan(self.left):
            return "began at the lowest loss"
        rises = number(100 * self.rises)
        often = f", and its loss rose in {rises} % of its updates" if self.rises else ""
        if self.left > 1 + LEVEL:
            times = number(self.left)
            return (
                f"ended {self.updates} updates at {times} times the excess loss of its start{often}"
            )
        if self.arrived is not None:
            after = quantity(self.arrived, "update")
            return f"was within 1 % of the excess loss after {after}{often}"
        left, after = number(100 * self.left), quantity(self.updates, "update")
        return f"still had {left} % of the excess loss after {after}{often}"


class Scale(NamedTuple):
    """A way to put the same problem, and its curvature."""

    name: str
    facts: Curvature


class ThreeRates(NamedTuple):
    """What three telling rates, and one's own, did.

    Attributes
    ----------
    descents : tuple of Descent
        As in NAMES.
    directions : list of Direction
        The steepest and the flattest at the minimum; none without a minimum.
    scales : list of Scale
        The problem as it is, and put otherwise.
    plain : bool
        Whether the rule is the plain step.
    """

    descents: tuple[Descent, ...]
    directions: list[Direction]
    scales: list[Scale]
    plain: bool

    @property
    def facts(self) -> Curvature:
        """The curvature of the problem as it is."""
        return self.scales[0].facts

    @property
    def local(self) -> bool:
        """Whether the loss bends otherwise elsewhere."""
        return self.facts.where != "everywhere"

    @property
    def at_minimum(self) -> bool:
        """Whether the curvature is that at a minimum, to which there is a distance."""
        return self.facts.where in ("everywhere", "at the minimum")

    @property
    def in_short(self) -> str:
        """What is seen, in plain words, before any number of it."""
        *three, yours = (f"**{each.name}** {each.in_short}" for each in self.descents)
        updates = quantity(max(each.updates for each in self.descents), "update")
        return (
            f"One start, one surface, at most {updates} each: {joined(three)}. "
            f"{yours}: drag its rate, and see where it stops working."
        )

    @property
    def words(self) -> str:
        """Where each run got, and what the rates rest on."""
        sentences = [descent.words for descent in self.descents]
        if self.local:
            sentences.append(
                f"The rates are placed by the curvature {self.facts.where}. "
                "Elsewhere the loss bends otherwise, and a larger rate may be faster at first."
            )
        elif self.plain:
            sentences.append(
                "In the long run no fixed rate beats **Right**, 2/(L + μ): every update takes at "
                f"least {_cut(self.facts)} off the distance, in every direction."
            )
        return " ".join(sentences)

    @property
    def factor_words(self) -> str:
        """How the factors per update are measured, and what their prediction is."""
        where = "exact, as the loss is a quadratic."
        if self.local:
            where = (
                "local, at the minimum: on the way directions feed each other, and a flat one "
                "holds up a steep one. It is drawn only where the run has come to follow it."
            )
        return (
            "What one update leaves of the distance to the minimum; above 1 it grows. Measured: "
            f"the last third of the updates against the one before. The prediction is {where} In "
            "the pictures lines are predictions, and hollow markers lie beyond the minimum."
        )

    @property
    def scale_words(self) -> str:
        """What the condition number L/mu means, and what standardising does to it."""
        where = f", taken {self.facts.where}" if self.local else ""
        there = " there" if self.local else ""
        first = f"Condition number L/μ{where}: {number(self.facts.condition)}"
        cut, known = f"{_cut(self.facts)} off the distance{there}", self.at_minimum
        first += f", so that the plain step at its best rate takes {cut}" * known
        others = [
            f"{name} make it {number(facts.condition)}"
            + f", and it would take {_cut(facts)} off" * known
            for name, facts in self.scales[1:]
            if name in _COLUMNS
        ]
        return " ".join(f"{sentence}." for sentence in (first, *others))


def _cut(facts: Curvature) -> str:
    """Return how much an update at the best rate takes off the distance: 2/(k + 1)."""
    return f"{number(200 / (facts.condition + 1))} %"


# What to run


def three_runs(experiment: Experiment, rule: Optimizer) -> Experiment:
    """Return full-batch runs at three telling rates and at the rule's own.

    So long that the right one leaves a thousandth of the distance, 12 to 120 updates.
    """
    problem, facts = experiment.problem, curvature(experiment.problem)
    rates = telling_rates(problem, rule, experiment.start)
    runs = tuple(Run(replace(rule, lr=allowed(float(f"{lr:.12g}")))) for lr in (*rates, rule.lr))
    factor = slowest(runs[1].optimizer, facts)
    updates = np.log(1e-3) / np.log(factor) if 0 < factor < 1 else 0
    return Experiment(problem, runs, experiment.start, epochs=int(np.clip(updates, 12, 120)))


# What came out


def read(runs: Experiment, traces: Sequence[Trace]) -> ThreeRates:
    """Return what the runs of `three_runs` did."""
    origin = reference(runs, traces)
    descents = tuple(
        _descent(name, runs.problem, run, trace, origin)
        for name, run, trace in zip(NAMES, runs.runs, traces, strict=True)
    )
    plain = all(run.optimizer.plain for run in runs.runs)
    return ThreeRates(descents, directions(runs, traces), scales(runs.problem), plain)


def _descent(name: str, problem: Problem, run: Run, trace: Trace, origin: Reference) -> Descent:
    loss = trace.loss[0][np.isfinite(trace.loss[0])]
    excess, updates = loss - origin.loss, len(loss) - 1
    diverged_at = int(trace.diverged_at[0]) if trace.status[0] is Status.DIVERGED else None
    left = float(excess[-1] / excess[0]) if excess[0] > 0 else np.nan
    arrived = epochs_to_arrive(trace, origin)[0]
    rises = share_of_rises(loss) if updates else 0.0
    end = divergence_words(problem, run, trace) if diverged_at is not None else ""
    return Descent(name, run.optimizer.lr, updates, left, arrived, rises, diverged_at, end)


_COLUMNS = ("Raw columns", "Standardised columns")


def scales(problem: Problem) -> list[Scale]:
    """Return the problem as it is, and put otherwise: standardised or not, other losses."""
    now = curvature(problem)
    others = _otherwise(problem, now) if isinstance(problem, Fit) else ()
    return [Scale("As it is", now), *others]


def _otherwise(fit: Fit, now: Curvature) -> Iterator[Scale]:
    if fit.n_params <= MOST_PARAMS:
        other = curvature(replace(fit, standardize=not fit.standardize))
        yield Scale(_COLUMNS[not fit.standardize], other)
    for objective in fit.model.objectives_for(fit.n_classes):
        if objective != fit.objective:
            yield Scale(OBJECTIVES[objective], curvature(replace(fit, objective=objective)))
    n = fit.n_samples
    yield Scale("Sum over rows, not mean", replace(now, L=n * now.L, mu=n * now.mu))


def on_map(traces: Sequence[Trace]) -> list[Trace]:
    """Return traces to draw on a map: of those that climb the first `SWINGS` updates alone."""
    return [trace if got_lower(trace) else _first(trace, SWINGS) for trace in traces]


def _first(trace: Trace, count: int) -> Trace:
    """Return a trace whose path ends after so many updates."""
    names = ("path", "path_updates", "batch_loss")
    return replace(trace, **{name: getattr(trace, name)[: count + 1] for name in names})


def three_rates(
    experiment: Experiment, rule: Optimizer | None = None, *, progress: Progress | None = None
) -> ThreeRates:
    """Run full batches at three telling rates and a fourth, and return what they did.

    Parameters
    ----------
    experiment : Experiment
        Its problem and its start are taken.
    rule : Optimizer, optional
        The update rule; its own rate is the fourth. By default the plain step
        as the experiment's runs have it, or at a usual rate.
    progress : callable, optional
        As in `train`.

    Raises
    ------
    ValueError
        For adaptive rules, and where nothing bends upwards: there is no limit.
    """
    if rule is None:
        rule = own_rule(experiment, "sgd")
    runs = three_runs(experiment, rule)
    return read(runs, train(runs, progress=progress))
