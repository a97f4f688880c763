"""A function of x and y as a list of NumPy calls, its slopes with it: what each update takes.

Jets are calculated once, with places in the list in place of numbers. Parts of a slope that are
nothing make no calls, and what occurs twice is calculated once.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gdplay.arrays import Array
from gdplay.loss.grammar import Node, evaluated
from gdplay.loss.jets import Jet

Call = tuple[Callable[..., Array], int, int]
"""A function and the places that it takes; the second is -1 where it takes one."""


class Tape(NamedTuple):
    """Calls in their order, each of places before its own: x and y are the places 0 and 1.

    Attributes
    ----------
    numbers : tuple of ndarray of shape ()
        What stands at the places from 2 on.
    calls : tuple of Call
        What makes the places behind those.
    ends : tuple of int
        The places of the value and, where they are asked for, of its derivatives in x and y.
    """

    numbers: tuple[Array, ...]
    calls: tuple[Call, ...]
    ends: tuple[int, ...]

    def __call__(self, x: Array, y: Array) -> tuple[Array, ...]:
        """Return what stands at the ends; what is the same everywhere has shape ()."""
        places = [x, y, *self.numbers]
        add = places.append
        for function, first, second in self.calls:
            if second < 0:
                add(function(places[first]))
            else:
                add(function(places[first], places[second]))
        return tuple([places[end] for end in self.ends])


def tape(tree: Node) -> Tape:
    """Return the calls that a tree and its slopes take."""
    draft = _Draft()
    x, y, nothing = (_Entry(draft, place) for place in (0, 1, None))
    slopes = np.array([[1.0, nothing], [nothing, 1.0]], dtype=object)
    jet: Jet = evaluated(tree, Jet(x, slopes[0]), Jet(y, slopes[1]))
    return draft.tape(jet.value, *jet.slope)


def value_tape(tree: Node) -> Tape:
    """Return the calls that a tree takes, in which a quotient and a power are just that."""
    draft = _Draft()
    return draft.tape(evaluated(tree, _Entry(draft, 0), _Entry(draft, 1)))


_CHEAPER: dict[tuple[Any, float], Any] = {
    (np.power, 2.0): np.square,
    (np.power, -1.0): np.reciprocal,
    (np.multiply, -1.0): np.negative,
}
"""What does the same as a call with a number behind."""

_UNCHANGED = ((np.multiply, 1.0), (np.true_divide, 1.0), (np.power, 1.0))
"""Calls with a number behind that leave what stands before it."""


_NONE = -1
"""The place of what a function does not take."""


class _Draft:
    """Numbers and calls by what they are, while it is not known how many there will be."""

    def __init__(self) -> None:
        self.numbers: dict[float, int] = {}
        self.calls: dict[tuple[Any, ...], int] = {}

    def call(self, function: Any, *values: Any) -> Any:
        """Return where a call stands: what occurs twice stands where it stood."""
        if function is np.multiply and not isinstance(values[0], _Entry):
            values = values[::-1]
        last = values[-1]
        if not isinstance(last, _Entry):
            if (function, last) in _UNCHANGED:
                return values[0]
            if (function, last) in _CHEAPER:
                function, values = _CHEAPER[function, last], values[:1]
        first, second, *_ = (*map(self.place, values), _NONE)
        key = (function, first, second)
        return _Entry(self, self.calls.setdefault(key, len(self.calls) + 2))

    def place(self, value: Any) -> int:
        """Return where a value stands; numbers stand before 0, until all are known."""
        if isinstance(value, _Entry) and value.place is not None:
            return value.place
        number = 0.0 if isinstance(value, _Entry) else float(value)
        return self.numbers.setdefault(number, _NONE - 1 - len(self.numbers))

    def tape(self, *ends: Any) -> Tape:
        """Return the tape of what these ends need."""
        drafted = [self.place(end) for end in ends]
        calls, numbers = self._needed(drafted)
        firm = {place: count for count, place in enumerate((0, 1, *numbers.values(), *calls))}
        firm[_NONE] = _NONE
        return Tape(
            tuple(map(np.array, numbers)),
            tuple((call[0], firm[call[1]], firm[call[2]]) for call in calls.values()),
            tuple(firm[place] for place in drafted),
        )

    def _needed(self, ends: list[int]) -> tuple[dict[int, tuple[Any, ...]], dict[float, int]]:
        """Return the calls by place, and the numbers, that these places rest on."""
        made = {place: call for call, place in self.calls.items()}
        needed = set(ends)
        for place in reversed(made):
            needed.update(made[place][1:] if place in needed else ())
        return (
            {place: call for place, call in made.items() if place in needed},
            {number: place for number, place in self.numbers.items() if place in needed},
        )


class _Entry(NDArrayOperatorsMixin):
    """What stands at a place of a draft, and calculates like a number; None is nothing."""

    def __init__(self, draft: _Draft, place: int | None) -> None:
        self.draft, self.place = draft, place

    def __array_ufunc__(self, function: Any, method: str, *values: Any, **more: Any) -> Any:
        arrays = [isinstance(value, np.ndarray) and value.ndim > 0 for value in values]
        if any(arrays):
            count = len(values[arrays.index(True)])
            rows = (value if is_array else [value] * count
                    for value, is_array in zip(values, arrays, strict=True))  # fmt: skip
            return np.array([function(*parts) for parts in zip(*rows, strict=True)], dtype=object)
        rest = [value for value in values if getattr(value, "place", "a number") is not None]
        if len(rest) == len(values):
            return self.draft.call(function, *values)
        # Nothing is left of its products, and the other part of its sums.
        return rest[0] if function is np.add and rest else _Entry(self.draft, None)
