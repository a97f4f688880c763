"""Several minima of one function: where they lie, how each bends, and which is nearest."""

from collections.abc import Iterable

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.problem import Problem
from gdplay.memory import remembered
from gdplay.theory.curvature import Curvature, curvature
from gdplay.theory.sharpness import sharpness
from gdplay.words import number, quantity


@remembered(64)
def largest_bends(problem: Problem) -> tuple[float, ...]:
    """Return the largest curvature at each minimum, in the order of `minima`; () of a fit.

    Zero or NaN where a function has a kink.
    """
    return tuple(sharpness(problem, minima(problem)).tolist())


def minima(problem: Problem) -> Array:
    """Return all minima that are known of a function, (M, 2), the lowest first; of a fit none."""
    known = [minimum.place for minimum in getattr(problem, "minima", ())]
    return np.array(known, dtype=float).reshape(-1, problem.n_params)


def nearest(problem: Problem, params: Array) -> int:
    """Return which of a function's minima lies nearest to `params (n_params,)`."""
    return int(np.argmin(np.linalg.norm(minima(problem) - params, axis=1)))


def point(values: Iterable[float]) -> str:
    """Return a place as people write it: "(3, 2)"."""
    return f"({', '.join(number(value + 0.0) for value in values)})"


def where_words(problem: Problem, facts: Curvature | None = None) -> str:
    """Return where the curvature is taken: which minimum it is, where there are several."""
    where = (facts or curvature(problem)).where
    several = where == "at the minimum" and len(minima(problem)) > 1
    return f"{where} {point(minima(problem)[0])}" if several else where


def _others(problem: Problem) -> tuple[float, ...]:
    """Return the largest curvatures at the minima that `curvature` does not look at."""
    others = largest_bends(problem)[1:]
    return others if curvature(problem).where == "at the minimum" else ()


def settling_words(problem: Problem, limits: float, rate: float) -> str:
    """Return at which minima a rate lets descent settle: " there and at the 3 others"; may be "".

    Parameters
    ----------
    problem : Problem
    limits : float
        The rule's limit times the curvature: 2 for the plain step.
    rate : float
    """
    others = _others(problem)
    if not others:
        return ""
    settles = rate <= limits / curvature(problem).L
    count, good = len(others), sum(rate * bend <= limits for bend in others)
    searched = bool(getattr(problem, "searched", False))
    if settles:
        if good == count:
            return f" there and at the {_some(count)}"
        if good:
            return f" there, not at {_part(count - good, count)}"
        return f" there alone{' of those that were found' * searched}"
    if good:
        return f" there, only at {_part(good, count)}"
    return f" there, nor at any other minimum{' that was found' * searched}"


def _some(count: int) -> str:
    return "other minimum" if count == 1 else f"{quantity(count)} others"


def _part(part: int, count: int) -> str:
    return f"the {_some(count)}" if part == count else f"{part} of the {_some(count)}"


def other_limits(problem: Problem) -> str:
    """Return what 2/L is at a function's other minima, as a sentence's rest; "" where none is."""
    known = sorted(2 / bend for bend in _others(problem) if bend > 0)
    if not known:
        return ""
    low, high = number(known[0]), number(known[-1])
    limits = low if low == high else f"{low} to {high}"
    return f"; at the {_some(len(_others(problem)))} 2/L is {limits}"
