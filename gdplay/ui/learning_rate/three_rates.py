"""Four runs on the Learning rate page: too small, right, too large and the visitor's own rate."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from gdplay import figures
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run
from gdplay.figures.rates import Component, components, direction
from gdplay.figures.theme import Theme
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD, Optimizer
from gdplay.studies.sweeps import slowest, telling_rates
from gdplay.theory.curvature import FLAT, Curvature, curvature, spectrum
from gdplay.theory.landscape import PRINCIPAL, got_lower
from gdplay.theory.limits import MOST_PARAMS
from gdplay.theory.measures import epochs_to_arrive, reference, share_of_rises
from gdplay.ui import problem_controls, results
from gdplay.ui.parts import chart, legend, table
from gdplay.words import number, quantity

NAMES = ("Too small", "Right", "Too large", "Yours")

SWINGS = 4
"""On the map, a run that ends above its start is drawn for so many updates alone."""


def three_runs(experiment: Experiment, rule: Optimizer) -> Experiment:
    """Return full-batch runs at three telling rates and at the rule's own."""
    problem, facts = experiment.problem, curvature(experiment.problem)
    rates = telling_rates(problem, rule, experiment.start)
    runs = tuple(Run(replace(rule, lr=float(f"{lr:.12g}"))) for lr in (*rates, rule.lr))
    factor = slowest(runs[1].optimizer, facts)
    updates = np.log(1e-3) / np.log(factor) if 0 < factor < 1 else 0
    return Experiment(problem, runs, experiment.start, epochs=int(np.clip(updates, 12, 120)))


class Along(NamedTuple):
    """What the runs do along one eigenvector of the Hessian."""

    name: str
    bend: float
    components: list[Component]


def directions(experiment: Experiment, traces: Sequence[Trace]) -> list[Along]:
    """Return the steepest and the flattest direction at the minimum; none without a minimum."""
    minimum = experiment.problem.minimum()
    if minimum is None:
        return []
    found = spectrum(experiment.problem, minimum)
    flattest = int(np.argmax(found.values > FLAT * found.values[-1]))
    return [
        Along(
            name,
            float(found.values[i]),
            components(experiment, traces, found.vectors[:, i], float(found.values[i])),
        )
        for name, i in (("steepest", len(found.values) - 1), ("flattest", flattest))
    ]


def draw(experiment: Experiment, rule: Optimizer, theme: Theme) -> None:
    """Draw the runs on the map and along two directions, and their numbers."""
    runs = three_runs(experiment, rule)
    traces = results.traces(runs)
    limit = curvature(experiment.problem).limit
    rates = [run.optimizer.lr for run in runs.runs]
    legend(theme, NAMES, [f"{number(rate)} = {number(rate / limit)} × 2/L" for rate in rates])
    found = directions(runs, traces)
    columns = st.columns(1 + max(len(found), 1), gap="small")
    with columns[0]:
        _map(runs, traces, theme)
    for column, along in zip(columns[1:], found, strict=False):
        with column:
            title = f"Distance along the {along.name} direction, h = {number(along.bend)}"
            figure = direction(along.components, NAMES, title, theme=theme)
            chart(figure, along.name, 300, f"{title}, update by update, at three rates")
    if not found:
        columns[1].info("There is no finite minimum, and so no distance to it: see the map.")
    with st.container(key="words-three"):
        st.markdown(" ".join(told(runs, traces)))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### Left after one update: predicted, measured")
        _contractions(runs, found, theme)
        st.caption(_how_measured(experiment.problem))
    with right:
        st.markdown("#### What sets the limit")
        _scales(experiment.problem)


def _map(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> None:
    """Draw the runs on the surface; those that climb for their first updates alone."""
    land = results.ground(experiment, tuple(traces), PRINCIPAL)
    cut = [trace if got_lower(trace) else _first(trace, SWINGS) for trace in traces]
    figure = figures.contour(experiment, cut, land, theme=theme)
    title = figure.layout.title
    title.text, figure.layout.margin.t = "On the loss surface", 34
    chart(figure, "map", 300, "The paths of descent at three rates on a map of the loss")


def _first(trace: Trace, count: int) -> Trace:
    """Return a trace whose path ends after so many updates."""
    names = ("path", "path_updates", "batch_loss")
    return replace(trace, **{name: getattr(trace, name)[: count + 1] for name in names})


def told(experiment: Experiment, traces: Sequence[Trace]) -> list[str]:
    """Return a sentence per run: where it got, and whether its loss rose on the way."""
    origin = reference(experiment, traces)
    said = [
        f"**{name}** {_outcome(trace, origin.loss, epochs_to_arrive(trace, origin)[0])}."
        for name, trace in zip(NAMES, traces, strict=True)
    ]
    if not experiment.problem.quadratic:
        said.append(
            f"The rates are placed by the curvature {curvature(experiment.problem).where}. "
            "Elsewhere the loss bends otherwise, and a larger rate may be faster at first."
        )
    elif isinstance(experiment.runs[1].optimizer, SGD):
        cut = _cut(curvature(experiment.problem))
        said.append(
            f"In the long run no fixed rate beats **Right**, 2/(L + μ): every update takes at "
            f"least {cut} off the distance, in every direction."
        )
    return said


def _outcome(trace: Trace, base: float, arrived: int | None) -> str:
    loss = trace.loss[0][np.isfinite(trace.loss[0])]
    excess, count = loss - base, len(loss) - 1
    rises = share_of_rises(loss) if count else 0.0
    often = f", and its loss rose in {number(100 * rises)} % of its updates" if rises else ""
    if trace.status[0] is Status.DIVERGED:
        return f"diverged at update {trace.diverged_at[0]}"
    if not excess[0] > 0:
        return "began at the lowest loss"
    if excess[-1] > excess[0] * (1 + 1e-9):
        grown = number(excess[-1] / excess[0])
        return f"ended {count} updates at {grown} times the excess loss of its start{often}"
    if arrived is not None:
        return f"was within 1 % of the excess loss after {quantity(arrived, 'update')}{often}"
    left = number(100 * excess[-1] / excess[0])
    return f"still had {left} % of the excess loss after {quantity(count, 'update')}{often}"


def _contractions(experiment: Experiment, found: Sequence[Along], theme: Theme) -> None:
    """Draw the table of factors per update, along each direction."""
    heads = ["Run", *(f"{along.name.capitalize()}, h = {number(along.bend)}" for along in found)]
    rows = [
        (name, *(_factors(along.components[place]) for along in found))
        for place, name in enumerate(NAMES)
    ]
    table(heads, rows, theme)


def _factors(component: Component) -> str:
    return ", ".join(
        "–" if factor is None else f"{factor:.4f}"
        for factor in (component.factor, component.measured)
    )


def _how_measured(problem: Problem) -> str:
    where = "exact, as the loss is a quadratic."
    if not problem.quadratic:
        where = (
            "local, at the minimum: on the way directions feed each other, and a flat one holds up "
            "a steep one. It is drawn only where the run has come to follow it."
        )
    return (
        "What one update leaves of the distance to the minimum; above 1 it grows. Measured: the "
        f"last third of the updates against the one before. The prediction is {where} In the "
        "pictures lines are predictions, and hollow markers lie beyond the minimum."
    )


_COLUMNS = ("Raw columns", "Standardised columns")


class Scale(NamedTuple):
    """A way to put the same problem, and its curvature."""

    name: str
    facts: Curvature


def scales(problem: Problem) -> list[Scale]:
    """Return the problem as it is, and put otherwise: standardised or not, other losses."""
    now = curvature(problem)
    found = [Scale("As it is", now)]
    if not isinstance(problem, Fit):
        return found
    if problem.n_params <= MOST_PARAMS:
        other = curvature(replace(problem, standardize=not problem.standardize))
        found.append(Scale(_COLUMNS[not problem.standardize], other))
    for objective in problem.model.objectives:
        if objective != problem.objective:
            name = problem_controls.OBJECTIVES[objective]
            found.append(Scale(name, curvature(replace(problem, objective=objective))))
    n = problem.n_samples
    return [*found, Scale("Sum over rows, not mean", replace(now, L=n * now.L, mu=n * now.mu))]


def _scales(problem: Problem) -> None:
    found = scales(problem)
    table(
        ("", "L", "μ", "2/L", "L/μ"),
        [
            (name, *map(number, (facts.L, facts.mu, facts.limit, facts.condition)))
            for name, facts in found
        ],
    )
    st.caption(scaling_words(problem, found))


def scaling_words(problem: Problem, found: Sequence[Scale]) -> str:
    """Return what the condition number L/mu means, and what standardising does to it."""
    now, *others = found
    taken = "" if problem.quadratic else f", taken {now.facts.where}"
    there = "" if problem.quadratic else " there"
    said = [
        f"Condition number L/μ{taken}: {number(now.facts.condition)}, so that the plain step at "
        f"its best rate takes {_cut(now.facts)} off the distance{there}."
    ]
    for name, facts in others:
        if name in _COLUMNS:
            said.append(
                f"{name} make it {number(facts.condition)}, and it would take {_cut(facts)} off."
            )
    return " ".join(said)


def _cut(facts: Curvature) -> str:
    """Return how much an update at the best rate takes off the distance: 2/(k + 1)."""
    return f"{number(200 / (facts.condition + 1))} %"
