"""Rates crossed with batch sizes, and a race whose rates are tuned: on one budget for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from gdplay import figures
from gdplay.engine import cost
from gdplay.engine.cost import seconds_per_update, work
from gdplay.experiment import Experiment, labels
from gdplay.figures.rate_by_batch import rate_map
from gdplay.figures.rate_sweep import sweep_view
from gdplay.figures.theme import Theme
from gdplay.loss.problem import Problem
from gdplay.studies.rate_by_batch import Budget, Cells, budget_of, cells, granted, grid
from gdplay.studies.rate_sweep import read as read_sweep
from gdplay.studies.sweeps import Sweep, Swept, limits_of, rates_around, sweep
from gdplay.theory.measures import AXES
from gdplay.ui import jobs, results, state
from gdplay.ui.batch_size.view import PASSES, BatchView, chart, clicked, told, trained
from gdplay.ui.jobs import Outcome
from gdplay.ui.parts import legend
from gdplay.ui.state import key
from gdplay.words import escaped, number, quantity

QUICK = 8.0
"""The usual budget is the largest whose runs take no more than this many seconds, or the least."""

USUAL = {"epochs": 20, "updates": 1, "examples": 20, "seconds": 1}
"""Passes of the usual budget at most."""

N_RACE_RATES = 25
RACE_SEEDS = 5

PATIENCE = 20.0
"""Seconds beyond which the map takes one order of the rows instead of several."""

Asked = Callable[[Budget], Sweep]


# The budget


def budget_controls(experiment: Experiment, view: BatchView, asked: Asked) -> BatchView:
    """Draw what every run may use."""
    problem = experiment.problem
    with st.container(horizontal=True, vertical_alignment="bottom", key="budget"):
        along = st.segmented_control(
            "The same for every run",
            list(AXES),
            default=view.along,
            key=key("along"),
            required=True,
            help="What the budget counts. Every run gets as many whole epochs as it holds.",
        )
        passes = view.passes if along == view.along else None
        passes = passes or usual_passes(problem, along, asked)
        options = sorted({*PASSES, passes})
        passes = st.select_slider(
            "Budget",
            options,
            passes,
            key=key(f"passes.{along}"),
            format_func=lambda value: told(budget_of(problem, along, value, seconds_per_update)),
            width=320,
        )
    usual = passes == usual_passes(problem, along, asked)
    return replace(view, along=along, passes=None if usual else passes)


def usual_passes(problem: Problem, along: str, asked: Asked) -> int:
    """Return the most passes, up to the usual ones, that are soon done; one at least."""
    for passes in sorted((p for p in PASSES if p <= USUAL[along]), reverse=True):
        if passes == 1 or _estimate(asked(_budget(problem, along, passes))) <= QUICK:
            return passes
    return 1


def _budget(problem: Problem, along: str, passes: int) -> Budget:
    return budget_of(problem, along, passes, seconds_per_update)


def _estimate(asked: Sweep) -> float:
    return work(asked.experiment).seconds


def chosen(problem: Problem, view: BatchView, asked: Asked) -> Budget:
    """Return the budget that the view asks for."""
    passes = view.passes or usual_passes(problem, view.along, asked)
    return _budget(problem, view.along, passes)


def swept(
    asked: Sweep, name: str, instead: str = "Lower the budget, or take smaller data."
) -> Outcome[Swept] | None:
    """Return what came out of a sweep, computed once for all visitors; None if there is nothing.

    `instead` says what to do where it is too much for this server.
    """
    load = load_of(asked)
    if not load.fits:
        st.warning(f"{load} {instead}")
        return None
    count = len(asked.runs) * asked.n_rates * asked.n_seeds
    return jobs.result(
        repr(asked),
        _estimate(asked),
        lambda progress: sweep(asked, progress=progress),
        name=name,
        what=quantity(count, "run"),
    )


def load_of(asked: Sweep) -> cost.Load:
    """Return what a sweep asks of the server: it keeps no paths."""
    ends = sum(asked.experiment.epochs_of(run) + 1 for run in asked.runs)
    kept = ends * asked.n_rates * asked.n_seeds * (asked.problem.n_params + 2)
    return cost.load(asked.experiment)._replace(doubles=kept)


# The map


def grid_of(experiment: Experiment) -> Asked:
    """Return how the map's sweep follows from a budget: a single order where more are too slow."""

    def asked(held: Budget) -> Sweep:
        where = experiment.problem, held, seconds_per_update, experiment.start, experiment.seed
        found = grid(*where)
        return found if _estimate(found) <= PATIENCE else grid(*where, n_seeds=1)

    return asked


def map_controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the map's budget."""
    return budget_controls(experiment, view, grid_of(experiment))


def draw_map(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the final loss over rates and batch sizes, and who won."""
    problem, of = experiment.problem, grid_of(experiment)
    held = chosen(problem, view, of)
    asked = of(held)
    outcome = swept(asked, "map")
    if outcome is None:
        return
    ends = cells(outcome.value)
    sizes = [run.rows(problem.n_samples) for run in asked.runs]
    limits = limits_of(problem, asked.runs)
    left, right = st.columns([8, 5], gap="medium")
    picture = rate_map(sizes, asked.rates, ends, limits, theme=theme)
    spot = clicked(left, picture, "map", 440, "Final loss over learning rates and batch sizes")
    with right.container(key="words.map"):
        if outcome.stopped:
            st.markdown("Cells that are neither coloured nor hatched were not trained to the end.")
        else:
            _map_words(experiment, view, asked, ends, held)
        st.caption(map_legend(asked.n_seeds))
        st.caption(spent(asked, held))
    _open(spot, asked)


def _map_words(
    experiment: Experiment, view: BatchView, asked: Sweep, ends: Cells, held: Budget
) -> None:
    """Say who won, with this budget and another, and what else the map shows."""
    problem, of = experiment.problem, grid_of(experiment)
    st.markdown(_winner(asked, ends, held))
    other = _other_budget(problem, view.along)
    compared = _quickly(of(other), "map")
    if compared is not None:
        st.markdown(_winner(of(other), cells(compared), other))
    st.markdown(map_words(asked, ends, limits_of(problem, asked.runs)))


def map_legend(n_seeds: int) -> str:
    """Return how the map is to be read."""
    cell = f"the median of {n_seeds} orders" if n_seeds > 1 else "one order"
    return (
        f"Each cell: {cell} of the rows, plain step. **Hatched**: an order diverged or ended above "
        "its start; without colour, most diverged. **Rings**: the best rate of each batch size; "
        "**star**: the lowest end. The mean-square limit is for rows drawn with replacement. "
        "η ∝ B and η ∝ √B start at the best rate of one row. Click a cell to open its run on "
        "Compare."
    )


def _other_budget(problem: Problem, along: str) -> Budget:
    """Return the usual budget that tells most beside this one."""
    other = "updates" if along in ("epochs", "examples") else "epochs"
    return _budget(problem, other, USUAL[other])


def _quickly(asked: Sweep, name: str) -> Swept | None:
    """Return what came out of a sweep that is no wait, else None."""
    if _estimate(asked) >= jobs.LONG:
        return None
    outcome = swept(asked, name)
    return None if outcome is None else outcome.value


def map_words(asked: Sweep, ends: Cells, limits: Sequence[float | None]) -> str:
    """Return how the best rate grows with the batch, and where runs are lost."""
    said = [_grown(asked, ends), _lost(asked, ends, limits)]
    return "  \n\n".join(sentence for sentence in said if sentence)


def _winner(asked: Sweep, ends: Cells, held: Budget) -> str:
    winner = ends.winner
    if winner is None:
        return f"With {told(held)} every run diverged."
    r, p = winner
    level = _level(float(ends.values[winner]), ends.exact, ends.dust)
    tied = int((ends.values <= ends.dust).sum())
    others = f", as do {tied - 1} other cells" if tied > 2 else ""
    return (
        f"With **{told(held)}**, **B = {_size(asked, r)}, η = {number(asked.rates[p])}** ends "
        f"lowest: at {level}{others}."
    )


def _level(value: float, exact: bool, dust: float) -> str:
    """Return a final loss in words, over the minimum where there is one (`exact`)."""
    if exact and value <= dust:
        return "the minimum (to rounding)"
    return f"{'excess ' * exact}loss {number(value)}"


def _size(asked: Sweep, line: int) -> int:
    return asked.runs[line].rows(asked.problem.n_samples)


def _grown(asked: Sweep, ends: Cells) -> str:
    """Return how the best rate grows with the batch, beside linear and square-root scaling."""
    first, last = ends.best[0], ends.best[-1]
    if first is None or last is None or len(ends.best) < 2:
        return ""
    times = asked.rates[last] / asked.rates[first]
    more = _size(asked, len(ends.best) - 1)
    return (
        f"From one row to all {quantity(more)}, the best rate goes from "
        f"{number(asked.rates[first])} to {number(asked.rates[last])}: × {number(times)}, where "
        f"the rows grow × {quantity(more)} and their root × {number(more**0.5)}."
    )


def _lost(asked: Sweep, ends: Cells, limits: Sequence[float | None]) -> str:
    """Return from which rates on single rows and all rows are lost, beside their limits."""
    parts = []
    for line, name in ((0, "single rows"), (len(asked.runs) - 1, "all rows")):
        lost = [place for place, share in enumerate(ends.lost[line]) if share > 0]
        limit = limits[line]
        which = "2/L" if line else "mean-square limit"
        beside = f" ({which} {number(limit)})" if limit is not None else ""
        if lost:
            parts.append(f"{name} from η = {number(asked.rates[lost[0]])} on{beside}")
        else:
            parts.append(f"{name} at none of these rates{beside}")
    return f"Runs are lost with {' and with '.join(parts)}."


def spent(asked: Sweep, held: Budget) -> str:
    """Return what the budget gives to the smallest and the largest batches."""
    n, parts = asked.problem.n_samples, []
    for run in (asked.runs[0], asked.runs[-1]):
        epochs = asked.experiment.epochs_of(run)
        updates = epochs * run.updates_per_epoch(n)
        parts.append(
            f"B = {run.rows(n)}: {quantity(epochs, 'epoch')}, {quantity(updates, 'update')}"
        )
    measured = " Seconds: updates × the time of one, measured here." * (held.along == "seconds")
    return f"{told(held).capitalize()} hold, in whole epochs, {'; '.join(parts)}.{measured}"


def _open(spot: Mapping[str, Any] | None, asked: Sweep) -> None:
    """Open the run whose cell was clicked."""
    if spot is not None and "customdata" in spot:
        line, place = (int(value) for value in spot["customdata"])
        state.go("compare", single(asked, line, place))


def single(asked: Sweep, line: int, place: int) -> Experiment:
    """Return a cell's run as an experiment with its number of epochs."""
    alone = asked.alone(line, place)
    run = alone.runs[0]
    return replace(alone, epochs=alone.epochs_of(run), runs=(replace(run, epochs=None),))


# The race


def race_of(experiment: Experiment) -> Asked:
    """Return how the race's sweep follows from a budget: the visitor's runs, each at all rates."""
    problem = experiment.problem
    rates = rates_around(problem, N_RACE_RATES, 1e-3, 3.0)

    def asked(held: Budget) -> Sweep:
        runs = tuple(granted(run, problem, held, seconds_per_update) for run in experiment.runs)
        return Sweep(problem, runs, rates, experiment.start, 1, experiment.seed, RACE_SEEDS)

    return asked


def race_controls(experiment: Experiment, view: BatchView) -> BatchView:
    """Draw the race's budget."""
    return budget_controls(experiment, view, race_of(experiment))


def draw_race(experiment: Experiment, view: BatchView, theme: Theme) -> None:
    """Draw the grid on which every run's rate is tuned, and the tuned runs against each other."""
    problem, of = experiment.problem, race_of(experiment)
    held = chosen(problem, view, of)
    asked = of(held)
    outcome = swept(asked, "race")
    if outcome is None:
        return
    names = labels(experiment)
    legend(theme, names)
    left, right = st.columns(2, gap="medium")
    left.markdown(f"##### The grid: every run at the same {asked.n_rates} rates")
    right.markdown("##### The race: each at its best rate")
    ends = sweep_view(read_sweep(outcome.value, names), theme=theme)
    chart(left, ends, "race_grid", 380, "Final loss against the learning rate, for every run")
    if outcome.stopped:
        return
    tuned = tuned_of(outcome.value)
    if tuned is None:
        st.info(f"With {told(held)} every run diverged at every rate of the grid.")
        return
    traces = trained(tuned, "tuned")
    if traces is None:
        return
    seconds = results.seconds(tuned) if view.along == "seconds" else None
    metric = "excess" if outcome.value.origin.exact else "loss"
    curves = figures.convergence(tuned, traces, metric, view.along, seconds=seconds, theme=theme)
    chart(right, curves, "race", 380, "The tuned runs against each other")
    with st.container(key="words.race"):
        st.markdown(race_words(outcome.value, names, held))
        st.caption(
            f"Medians of the same {asked.n_seeds} orders of the rows for all, with the band from "
            "the 10th to the 90th percentile; rings: each run's best rate, crosses: diverged. The "
            "runs are those of Compare: add or change some there."
        )
    if st.button("Open the tuned runs on Compare", icon=":material/landscape:", key=key("tuned")):
        state.go("compare", tuned)


def tuned_of(found: Swept) -> Experiment | None:
    """Return the runs at their best rates; None where all of them diverged at every rate."""
    asked = found.sweep
    runs = tuple(
        asked.run(line, ended.best)
        for line, ended in enumerate(found.lines())
        if ended.best is not None
    )
    return replace(asked.experiment, runs=runs) if runs else None


def race_words(found: Swept, names: Sequence[str], held: Budget) -> str:
    """Return who won, by how much, and what one order of the rows would have told."""
    asked, lines = found.sweep, found.lines()
    base = found.origin.loss if found.origin.exact else 0.0
    ended = {
        place: float(line.median[line.best]) - base
        for place, line in enumerate(lines)
        if line.best is not None
    }
    order = sorted(ended, key=lambda place: ended[place])
    said = [f"With **{told(held)}** each at its best rate:"]
    for place in order:
        line = lines[place]
        assert line.best is not None
        edge = line.best in (0, asked.n_rates - 1)
        note = ", at the edge of the grid: the best may lie beyond it" if edge else ""
        level = _level(ended[place], found.origin.exact, found.origin.dust)
        rate = number(asked.rates[line.best])
        said.append(f"- **{escaped(names[place])}** ends at {level} with η = {rate}{note}.")
    said += [
        f"- **{escaped(names[place])}** diverged at every rate."
        for place in range(len(lines))
        if place not in ended
    ]
    return "\n".join(said)
