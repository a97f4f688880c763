"""The minimiser of a convex loss by Newton's method, or the finding that there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gdplay.arrays import Array

TOLERANCE = 1e-13
"""Tolerance: of the gradient, each coordinate in units of its curvature at the start."""

_MOST_STEPS = 100
"""Tolerance: a search that takes longer ends where it is."""

_MOST_HALVINGS = 40
"""Tolerance: a step halved so often would be lost in rounding."""

Progress = Callable[[int, int], bool]
"""Is told how much of how much is done, and says whether to go on."""

Search = Callable[[Progress], Array | None]
"""A search for the minimum of a problem; `InterruptedError` where it was told not to go on."""

_RIDGE = 1e-12
"""Tolerance: so much of the mean curvature is added, as flat directions hold no gradient."""

_FLAT = 1e-11
"""Tolerance: a direction is flat that bends by less, as a share of the most."""

_USUAL_STEPS = 30
"""Speed: so many steps does a long search take."""

_PER_SECOND = 8e9
"""Speed: so many sums of products does a small server's core make in a second."""

_DECADES = 16.0
"""Speed: by so many powers of ten the gradient falls on the way, more or less."""

_others: list[Callable[[Any, float, Search], Array | None]] = []


def leave_to(others: Callable[[Any, float, Search], Array | None]) -> None:
    """Leave searches from now on to `others(problem, seconds, search)`, as a server does."""
    _others[:] = [others]


def searched(problem: Any, seconds: float, search: Search) -> Array | None:
    """Return what `search` finds, by whoever searches are left to."""
    return _others[0](problem, seconds, search) if _others else search(lambda *_: True)


def newton_seconds(n_samples: int, n_params: int) -> float:
    """Return about how many seconds a search takes that is long: Hessians and their equations."""
    products = n_samples * n_params**2 + 0.7 * n_params**3
    return _USUAL_STEPS * products / _PER_SECOND


def newton(
    loss: Callable[[Array], Array],
    gradient: Callable[[Array], Array],
    hessian: Callable[[Array], Array],
    start: Array,
    *,
    rank: int,
    unbounded: Callable[[Array], bool],
    progress: Progress = lambda *_: True,
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
    progress : callable
        Is told before each step how far the gradient has fallen.

    Raises
    ------
    InterruptedError
        Where `progress` says not to go on.
    """
    params, curvature = start, hessian(start)
    bend = np.diag(curvature)
    # A column of zeros bends nothing: its weight stays where it is.
    scale = np.zeros_like(bend)
    scale[bend > 0] = 1 / np.sqrt(bend[bend > 0])

    def steepness(params: Array) -> float:
        return float(np.linalg.norm(scale * gradient(params)))

    first = steepness(params)
    for _ in range(_MOST_STEPS):
        steep = steepness(params)
        if steep <= TOLERANCE:
            break
        if not progress(_fall(first, steep), 100):
            raise InterruptedError("the search was told to stop")
        scaled = scale[:, None] * curvature * scale
        scaled += _RIDGE * np.trace(scaled) / len(scaled) * np.eye(len(scaled))
        step = -scale * np.linalg.solve(scaled, scale * gradient(params))
        there = _downhill(loss, steepness, params, step)
        if there is None:
            break
        if unbounded(there):
            return None
        params, curvature = there, hessian(there)
    return params if _rank(curvature, scale) >= rank else None


def _fall(first: float, steep: float) -> int:
    """Return how much of its way a gradient has fallen, in hundredths below 100."""
    if not 0 < steep < first:
        return 0
    return min(99, round(100 * np.log10(first / steep) / _DECADES)) if np.isfinite(first) else 0


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
    return int(np.sum(eigenvalues > _FLAT * eigenvalues[-1]))
