"""The minimiser of a convex loss by Newton's method, or the finding that there is none."""

from collections.abc import Callable

import numpy as np

from gdplay.arrays import Array

TOLERANCE = 1e-13
"""Tolerance: of the gradient, each coordinate in units of its curvature at the start."""

_MOST_STEPS = 100
"""Tolerance: a search that takes longer ends where it is."""

_MOST_HALVINGS = 40
"""Tolerance: a step halved so often would be lost in rounding."""


def newton(
    loss: Callable[[Array], Array],
    gradient: Callable[[Array], Array],
    hessian: Callable[[Array], Array],
    start: Array,
    *,
    rank: int,
    unbounded: Callable[[Array], bool],
) -> Array | None:
    """Return a minimiser of a convex loss, or None where the loss runs out flat.

    The gradient, each coordinate in units of its curvature at the start, ends below 1e-13, or
    where rounding lets it fall no further.

    Parameters
    ----------
    loss, gradient, hessian : callables of params (n_params,)
    start : ndarray of shape (n_params,)
    rank : int
        How many directions the loss can curve in; fewer at the end mean that it runs out flat.
        0 where a minimum is known to exist.
    unbounded : callable
        Whether params prove that the loss falls for ever along a ray (separated classes).
    """
    params, curvature = start, hessian(start)
    bend = np.diag(curvature)
    # A column of zeros bends nothing: its weight stays where it is.
    scale = np.where(bend > 0, 1 / np.sqrt(np.where(bend > 0, bend, 1)), 0)

    def steepness(params: Array) -> float:
        return float(np.linalg.norm(scale * gradient(params)))

    for _ in range(_MOST_STEPS):
        if steepness(params) <= TOLERANCE:
            break
        scaled = scale[:, None] * curvature * scale
        # Flat directions (collinear columns) hold no gradient, so a tiny ridge is enough.
        scaled += 1e-12 * np.trace(scaled) / len(scaled) * np.eye(len(scaled))
        step = -scale * np.linalg.solve(scaled, scale * gradient(params))
        there = _downhill(loss, steepness, params, step)
        if there is None:
            break
        if unbounded(there):
            return None
        params, curvature = there, hessian(there)
    return params if _rank(curvature, scale) >= rank else None


def _downhill(
    loss: Callable[[Array], Array],
    steepness: Callable[[Array], float],
    params: Array,
    step: Array,
) -> Array | None:
    """Return params + step, halved until it is lower or flatter there; None if it never is."""
    height, steep = loss(params), steepness(params)
    for _ in range(_MOST_HALVINGS):
        there = params + step
        # Beside the minimum rounding hides a fall of the loss, but not of its gradient.
        if loss(there) < height or steepness(there) < steep:
            return there
        step = step / 2
    return None


def _rank(curvature: Array, scale: Array) -> int:
    eigenvalues = np.linalg.eigvalsh(scale[:, None] * curvature * scale)
    return int(np.sum(eigenvalues > 1e-11 * eigenvalues[-1]))
