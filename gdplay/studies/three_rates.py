"""Three rates: too small, right and too large for the data, beside a rate of one's own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.models import OBJECTIVES
from gdplay.loss.problem import Problem
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.theory.curvature import (
    FLAT,
    Curvature,
    contraction,
    curvature,
    spectrum,
    stability_limit,
)
from gdplay.theory.landscape import got_lower
from gdplay.theory.limits import MOST_PARAMS
from gdplay.theory.measures import (
    DUST,
    Reference,
    epochs_to_arrive,
    recorded,
    reference,
    share_of_rises,
)
from gdplay.words import number, quantity

NAMES = ("Too small", "Right", "Too large", "Yours")

FLOOR = 1e-9
"""A distance below this share of the start's is mostly rounding, and neither drawn nor measured."""

NEAR = 0.02
"""A run follows a local prediction where their factors per update differ by less."""

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
    """

    name: str
    rate: float
    updates: int
    left: float
    arrived: int | None
    rises: float
    diverged_at: int | None

    @property
    def words(self) -> str:
        """Where it got, and whether its loss rose on the way."""
        return f"**{self.name}** {self._outcome()}."

    def _outcome(self) -> str:
        if self.diverged_at is not None:
            return f"diverged at update {self.diverged_at}"
        if np.isnan(self.left):
            return "began at the lowest loss"
        rises = number(100 * self.rises)
        often = f", and its loss rose in {rises} % of its updates" if self.rises else ""
        if self.left > 1 + 1e-9:
            times = number(self.left)
            return (
                f"ended {self.updates} updates at {times} times the excess loss of its start{often}"
            )
        if self.arrived is not None:
            after = quantity(self.arrived, "update")
            return f"was within 1 % of the excess loss after {after}{often}"
        left, after = number(100 * self.left), quantity(self.updates, "update")
        return f"still had {left} % of the excess loss after {after}{often}"


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
        taken = f", taken {self.facts.where}" if self.local else ""
        there = " there" if self.local else ""
        first = (
            f"Condition number L/μ{taken}: {number(self.facts.condition)}, so that the plain step "
            f"at its best rate takes {_cut(self.facts)} off the distance{there}."
        )
        others = [
            f"{name} make it {number(facts.condition)}, and it would take {_cut(facts)} off."
            for name, facts in self.scales[1:]
            if name in _COLUMNS
        ]
        return " ".join([first, *others])


def _cut(facts: Curvature) -> str:
    """Return how much an update at the best rate takes off the distance: 2/(k + 1)."""
    return f"{number(200 / (facts.condition + 1))} %"


# What to run


def usual_rate(rule: Optimizer, facts: Curvature) -> float:
    """Return a round rate at three quarters of a rule's limit, or of 2/L where it has none."""
    return float(f"{0.75 * (stability_limit(rule, facts.L) or facts.limit):.0e}")


def three_runs(experiment: Experiment, rule: Optimizer) -> Experiment:
    """Return full-batch runs at three telling rates and at the rule's own.

    So long that the right one leaves a thousandth of the distance, 12 to 120 updates.
    """
    problem, facts = experiment.problem, curvature(experiment.problem)
    rates = telling_rates(problem, rule, experiment.start)
    runs = tuple(Run(replace(rule, lr=float(f"{lr:.12g}"))) for lr in (*rates, rule.lr))
    factor = slowest(runs[1].optimizer, facts)
    updates = np.log(1e-3) / np.log(factor) if 0 < factor < 1 else 0
    return Experiment(problem, runs, experiment.start, epochs=int(np.clip(updates, 12, 120)))


class Telling(NamedTuple):
    """Three rates that show what a rate does: a fortieth of the limit, the best, and too much."""

    small: float
    right: float
    large: float


_LARGE = 1.05
_TRIES = 12


def telling_rates(
    problem: Problem, rule: Optimizer, start: tuple[float, ...] | None = None, updates: int = 60
) -> Telling:
    """Return rates for full-batch descent by `rule`: too small, right, too large.

    Placed by the curvature: the right one is where the rule's slowest direction is fastest, the
    small one a fortieth of its limit or less, where an update takes off no more than a tenth of
    that, and the large one 1.05 times the limit. Where the loss is no quadratic, the right one is
    halved until no update out of so many from `start` raises the loss.

    Raises
    ------
    ValueError
        For adaptive rules, and where nothing bends upwards: there is no limit.
    """
    facts = curvature(problem)
    limit = stability_limit(rule, facts.L)
    if limit is None or not np.isfinite(limit):
        raise ValueError(f"{rule.title} has no limit that follows from the curvature here")
    right = best_rate(rule, facts)
    if not problem.quadratic:
        right = _falling(problem, rule, start, updates, right)
    return Telling(_small(rule, facts, limit, right), right, _LARGE * limit)


def _small(rule: Optimizer, facts: Curvature, limit: float, right: float) -> float:
    def cut(rate: float) -> float:
        return 1 - slowest(replace(rule, lr=rate), facts)

    small = limit / 40
    while cut(small) > cut(right) / 10:  # with momentum a wide range of rates is equally fast
        small /= 2
    return small


def best_rate(rule: Optimizer, facts: Curvature) -> float:
    """Return the rate below the limit whose worse contraction, of L and mu, is the lowest.

    2/(L + mu) for the plain step; for others the best of 400 on a logarithmic scale. Momentum
    has a range of them, of which the middle is taken.
    """
    if rule.plain:
        return facts.best
    limit = stability_limit(rule, facts.L)
    assert limit is not None
    rates = np.geomspace(1e-4 * limit, 0.999 * limit, 400)
    factors = np.array([slowest(replace(rule, lr=rate), facts) for rate in rates])
    alike = np.flatnonzero(factors <= factors.min() * (1 + DUST))
    return float(rates[alike[len(alike) // 2]])


def slowest(rule: Optimizer, facts: Curvature) -> float:
    """Return the factor per full-batch update of the direction that shrinks least, L's or mu's."""
    return max(contraction(rule, bend) or 0.0 for bend in (facts.L, facts.mu))


def _falling(
    problem: Problem, rule: Optimizer, start: tuple[float, ...] | None, updates: int, rate: float
) -> float:
    """Return the first of `rate` and its halves at which full-batch descent only falls."""
    rates = [rate / 2**i for i in range(_TRIES)]
    runs = tuple(Run(replace(rule, lr=rate)) for rate in rates)
    traces = train(Experiment(problem, runs, start, updates), record_path=False)
    calm = [rate for rate, trace in zip(rates, traces, strict=True) if _falls(trace)]
    return float(calm[0] if calm else rates[-1])


def _falls(trace: Trace) -> bool:
    loss = trace.loss[0]
    return bool(np.isfinite(loss).all() and share_of_rises(loss) == 0)


# What came out


def read(runs: Experiment, traces: Sequence[Trace]) -> ThreeRates:
    """Return what the runs of `three_runs` did."""
    origin = reference(runs, traces)
    descents = tuple(
        _descent(name, run.optimizer.lr, trace, origin)
        for name, run, trace in zip(NAMES, runs.runs, traces, strict=True)
    )
    plain = runs.runs[1].optimizer.plain
    return ThreeRates(descents, directions(runs, traces), scales(runs.problem), plain)


def _descent(name: str, rate: float, trace: Trace, origin: Reference) -> Descent:
    loss = trace.loss[0][np.isfinite(trace.loss[0])]
    excess, updates = loss - origin.loss, len(loss) - 1
    diverged_at = int(trace.diverged_at[0]) if trace.status[0] is Status.DIVERGED else None
    left = float(excess[-1] / excess[0]) if excess[0] > 0 else np.nan
    arrived = epochs_to_arrive(trace, origin)[0]
    rises = share_of_rises(loss) if updates else 0.0
    return Descent(name, rate, updates, left, arrived, rises, diverged_at)


def directions(experiment: Experiment, traces: Sequence[Trace]) -> list[Direction]:
    """Return the steepest and the flattest direction at the minimum; none without a minimum."""
    minimum = experiment.problem.minimum()
    if minimum is None:
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
        used = _usable(offset)
        factor, measured = contraction(run.optimizer, bend), _measured(np.abs(offset[:used]))
        predicted = None
        if experiment.problem.quadratic or _follows(measured, factor):
            predicted = _touching(updates, np.abs(offset), factor, used)
        along.append(Component(place, updates, offset, factor, predicted, measured))
    return along


def _follows(measured: float | None, factor: float | None) -> bool:
    return measured is not None and factor is not None and abs(measured - factor) < NEAR


def _usable(offset: Array) -> int:
    """Return how many of the first distances stand clear of rounding."""
    low = np.abs(offset) <= FLOOR * np.abs(offset[0])
    # Momentum passes through zero: what rises again was no rounding.
    return len(offset) - int(np.argmin(low[::-1])) if not low.all() else 0


def _touching(updates: Indices, size: Array, factor: float | None, used: int) -> Array | None:
    if not factor or used < 2:
        return None
    late = slice(used // 2, used)
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
    for objective in fit.model.objectives:
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
        The update rule; its own rate is the fourth. The plain step at its usual rate by default.
    progress : callable, optional
        As in `train`.

    Raises
    ------
    ValueError
        For adaptive rules, and where nothing bends upwards: there is no limit.
    """
    if rule is None:
        plain, facts = OPTIMIZERS["sgd"], curvature(experiment.problem)
        rule = replace(plain, lr=float(np.clip(usual_rate(plain, facts), 1e-8, 1e3)))
    runs = three_runs(experiment, rule)
    return read(runs, train(runs, progress=progress))
