"""Code for what rules ask for beside the gradient: losses, second derivatives, the minimum."""

import numpy as np

from gdplay.experiment import Experiment
from gdplay.export.cells import Cell
from gdplay.export.pieces import looks
from gdplay.export.symbols import Symbol, as_code
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.sights import looker
from gdplay.loss.surfaces import Surface
from gdplay.loss.surfaces.texts import TextSurface
from gdplay.optimizers.rule import CURVATURE, HESSIAN, LOSS, MINIMUM

_FIT_HEIGHT = '''\
def height(params, rows):
    """Return the loss over some rows, the penalty included."""
    return loss(params, X[rows], y[rows]){penalty}'''

_PENALTY = " + L2 / 2 * np.sum(WEIGHTS * params**2)"

_SURFACE_HEIGHT = '''\
def height(params, rows):
    """Return the height at a point; a function has no rows."""
    return training_loss(params)'''

_HESSIAN = '''\
def hessian(params, rows):
    """Return the second derivatives: how slopes change by a tiny step along the imaginary axis."""
    steps = 1e-30j * np.eye(len(params))
    return np.array([slope(params + step{rows}).imag for step in steps]) / 1e-30'''

_KINKED = '''\
def hessian(params, rows):
    """Return the second derivatives, away from kinks."""
    {names} = params
    return np.array([[{xx}, {xy}], [{xy}, {yy}]])'''


def looks_cells(experiment: Experiment) -> list[Cell]:
    """Return the cell of what rules ask for; none where all are content with the gradient."""
    problem, needs = experiment.problem, looks(experiment)
    if not needs & {LOSS, HESSIAN, CURVATURE, MINIMUM}:
        return []
    parts = _numbers(experiment, needs)
    if LOSS in needs:
        penalty = _PENALTY if isinstance(problem, Fit) and problem.l2 else ""
        fit = isinstance(problem, Fit)
        parts.append(_FIT_HEIGHT.format(penalty=penalty) if fit else _SURFACE_HEIGHT)
    if HESSIAN in needs:
        parts.append(_hessian(problem))
    words = "What some rules ask for beside the gradient, of the rows at hand."
    return [Cell("What rules ask for", words, "\n\n\n".join(parts))]


def _numbers(experiment: Experiment, needs: frozenset[str]) -> list[str]:
    """Return the lines of what is known of the minimum, over all rows."""
    known = looker(experiment.problem, needs & {CURVATURE, MINIMUM})(np.empty((1, 0, 1)), None)
    lines = []
    if MINIMUM in needs:
        lines.append(f"LEAST = {known.least!r}  # the loss at the minimum")
    if CURVATURE in needs:
        lines.append(f"LARGEST = {known.largest!r}  # the largest curvature at the minimum")
        lines.append(f"SMALLEST = {known.smallest!r}  # and the smallest above zero")
    return ["\n".join(lines)] if lines else []


_KINKS = ("np.absolute", "np.sign")
"""What stands no step along the imaginary axis."""


def _hessian(problem: Problem) -> str:
    """Return the code of second derivatives: from slopes, or formulas where these have kinks."""
    if not isinstance(problem, Surface):
        return _HESSIAN.format(rows=", rows")
    x, y = (Symbol(name) for name in problem.param_names)
    written = " ".join(map(as_code, problem.slope(x, y)))  # type: ignore[arg-type]
    if not (isinstance(problem, TextSurface) and any(kink in written for kink in _KINKS)):
        return _HESSIAN.format(rows="")
    xx, xy, yy = map(as_code, problem.turns(x, y))  # type: ignore[arg-type]
    return _KINKED.format(names=", ".join(problem.param_names), xx=xx, xy=xy, yy=yy)
