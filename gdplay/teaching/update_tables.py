"""An update's numbers as tables: the batch's rows, and the parameters before and after."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.replay import Step
from gdplay.experiment import Run
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.teaching.arithmetic import showing

WRITTEN_OUT = 2
"""Layout: so many parameters have their arithmetic written out."""

MOST_COLUMNS = 4
"""Layout: of more columns the first are shown, then dots."""


def is_whole(step: Step, n_samples: int) -> bool:
    """Whether the batch is every row once, so that nothing sets it apart from the full one."""
    return len(set(step.rows.tolist())) == n_samples


def titles(problem: Problem) -> list[str]:
    """Return the parameters' names, where formulas number them with their symbols."""
    names = list(problem.param_titles)
    if not (isinstance(problem, Fit) and len(names) == problem.X.shape[1] + 1):
        return names
    return [f"{name}, θ{str(i).translate(_LOWERED)}" for i, name in enumerate(names)]


_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def telling(step: Step) -> list[int]:
    """Return the parameters to write out: the first that have a slope, else the first."""
    sloped = np.flatnonzero(step.full_gradient)
    some = sloped if len(sloped) else np.arange(len(step.params))
    return [int(i) for i in some[:WRITTEN_OUT]]


class Fine(NamedTuple):
    """A number that has to be shown with so many digits."""

    value: float
    digits: int


Cell = str | int | float | Fine
"""What stands in a table."""


def rows_table(
    fit: Fit, step: Step, some: slice, most: int = MOST_COLUMNS
) -> tuple[list[str], list[list[Cell]]]:
    """Return heads and cells of the batch's rows: columns, target, prediction, loss, gradient."""
    names = fit.prepared.feature_names
    shown, n_slopes = names[:most], min(fit.n_params, most // 2 if fit.n_params > most else most)
    chances = ["probability of its class"] if fit.n_classes else []
    cut = ["…"] if len(names) > most else []
    less = ["…"] if fit.n_params > n_slopes else []
    slopes = [f"gradient: {name}" for name in fit.param_titles[:n_slopes]]
    heads = ["row", *shown, *cut, fit.data.target_name, "prediction", *chances, "loss", *slopes]
    rows: list[list[Cell]] = []
    assert step.predictions is not None
    for place in range(len(step.rows))[some]:
        row, loss = int(step.rows[place]), float(step.losses[place])
        target, guess = (_target(fit, float(v)) for v in (fit.y[row], step.predictions[place]))
        chance = [float(np.exp(-loss))] if fit.n_classes else []
        x = [float(value) for value in fit.X[row, :most]]
        g = [float(value) for value in step.gradients[place, :n_slopes]]
        rows.append([row, *x, *cut, target, guess, *chance, loss, *g, *less])
    return [*heads, *less], rows


def _target(fit: Fit, value: float) -> Cell:
    return fit.data.class_names[int(value)] if fit.n_classes else value


def showing_change(heads: Sequence[str], row: Sequence[Cell]) -> list[Cell]:
    """Return a row of parameters in which what stands before and after shows the change."""
    cells = dict(zip(heads, row, strict=True))
    for head, before in cells.copy().items():
        later = f"{head.removesuffix('before')}after"
        after = cells.get(later)
        if head.endswith("before") and isinstance(before, float) and isinstance(after, float):
            digits = showing(after, after - before)
            cells |= {head: Fine(before, digits), later: Fine(after, digits)}
    return list(cells.values())


def params_rows(
    run: Run, step: Step, names: Sequence[str], n_samples: int
) -> tuple[list[str], list[list[Cell]]]:
    """Return heads and cells of the parameters: gradients, state and value before and after."""
    columns: dict[str, Array] = {"gradient": step.gradient}
    if not is_whole(step, n_samples):
        columns["all rows’ gradient"] = step.full_gradient
    before, after = (run.optimizer.memory(state) for state in (step.state, step.new_state))
    for symbol in before:
        name = _field(step.state, before[symbol]) or symbol
        columns |= {f"{name} before": before[symbol], f"{name} after": after[symbol]}
    columns |= {"before": step.params, "step": step.step, "after": step.new_params}
    rows: list[list[Cell]] = [
        [name, *(float(column[i]) for column in columns.values())] for i, name in enumerate(names)
    ]
    return ["parameter", *columns], rows


def raw_params_rows(problem: Problem, step: Step) -> tuple[list[str], list[list[Cell]]]:
    """Return heads and cells of the parameters per raw unit; no cells where columns are raw."""
    heads = ["per raw unit of each column", "before", "after"]
    if not (isinstance(problem, Fit) and problem.standardize):
        return heads, []
    before, after = problem.raw(step.params).tolist(), problem.raw(step.new_params).tolist()
    return heads, [list(row) for row in zip(problem.param_titles, before, after, strict=True)]


def _field(state: Any, array: Array) -> str:
    """Return the name that an array has in a state; "" where the state is the array."""
    parts = state._asdict() if isinstance(state, tuple) else {}  # type: ignore[attr-defined]
    return next((name for name, part in parts.items() if part is array), "")
