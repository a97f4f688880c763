"""Forward differentiation to second order: numbers that carry their derivatives along."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

Number = Callable[[str], Any]
"""What makes a number of its decimals: a float, or an exact decimal."""


class Jet:
    """Values with their derivatives in x and y, of any shape (...).

    Attributes
    ----------
    value : ndarray of shape (...)
    slope : ndarray of shape (2, ...)
        The derivatives in x and in y.
    bend : ndarray of shape (3, ...) or None
        The second derivatives xx, xy and yy; None where nobody asks for them.
    """

    __slots__ = ("bend", "slope", "value")
    __array_ufunc__ = None  # leaves what a number of NumPy's does with a jet to the jet

    def __init__(self, value: Any, slope: Any, bend: Any = None) -> None:
        self.value, self.slope, self.bend = value, slope, bend

    def __neg__(self) -> "Jet":
        return self._scaled(-1)

    def __add__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slope, self.bend)
        bend = None if self.bend is None else self.bend + other.bend
        return Jet(self.value + other.value, self.slope + other.slope, bend)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Jet":
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> "Jet":
        return self._scaled(-1).__add__(other)

    def __mul__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return self._scaled(other)
        u, v = self.value, other.value
        bend = None
        if self.bend is not None:
            bend = self.bend * v + other.bend * u + _crossed(self.slope, other.slope)
        return Jet(u * v, self.slope * v + other.slope * u, bend)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Jet":
        if isinstance(other, Jet):
            return self.__mul__(other.__pow__(-1))
        return Jet(*(None if p is None else p / other for p in (self.value, self.slope, self.bend)))

    def __rtruediv__(self, other: Any) -> "Jet":
        return self.__pow__(-1)._scaled(other)

    def __pow__(self, exponent: Any) -> "Jet":
        u, n = self.value, exponent
        if isinstance(exponent, Jet):
            made: Jet = applied("exp", exponent * applied("log", self))
            return made
        # A factor of zero stays zero, whatever the power of zero behind it.
        none = np.zeros_like(u)
        first = n * power(u, n - 1) if n else none
        second = n * (n - 1) * power(u, n - 2) if n * (n - 1) else none
        return self._through(power(u, n), first, second)

    def __rpow__(self, base: Any) -> "Jet":
        value, rate = base**self.value, np.log(base)
        return self._through(value, value * rate, value * rate * rate)

    def _scaled(self, factor: Any) -> "Jet":
        bend = None if self.bend is None else self.bend * factor
        return Jet(self.value * factor, self.slope * factor, bend)

    def _through(self, value: Any, first: Any, second: Any) -> "Jet":
        """Return a function of these values, whose derivatives there are known (chain rule)."""
        if self.bend is None:
            return Jet(value, first * self.slope)
        around = _crossed(self.slope, self.slope) * second / 2
        return Jet(value, first * self.slope, first * self.bend + around)


MOST_FACTORS = 16
"""Speed: powers above this are left to NumPy, whose own take as long as 10 to 80 products."""


def power(u: Any, n: Any) -> Any:
    """Return u^n; of floats in NumPy's arrays whole powers are products, to a float's last digits.

    Exact decimals and symbols take powers as they are.
    """
    floats = isinstance(u, np.ndarray | np.generic) and u.dtype.kind == "f"
    if not (floats or isinstance(u, NDArrayOperatorsMixin)):
        return u**n
    if isinstance(n, Jet) or np.ndim(n) or n != np.rint(n) or not 2 < abs(n) <= MOST_FACTORS:
        return u**n
    if n < 0:
        return power(u, -n) ** -1.0
    half = power(u, n // 2) if n > 3 else u
    return half * half * u if n % 2 else half * half


def _crossed(u: Any, v: Any) -> Any:
    """Return the second derivatives of a product that come from the first of both factors."""
    return np.stack([2 * u[0] * v[0], u[0] * v[1] + u[1] * v[0], 2 * u[1] * v[1]])


def variables(x: Any, y: Any, *, bends: bool) -> tuple[Jet, Jet]:
    """Return x and y, arrays of one shape, as jets; with `bends` they carry second derivatives."""
    one, none = np.ones_like(x), np.zeros_like(x)
    flat = np.stack([none, none, none]) if bends else None
    return Jet(x, np.stack([one, none]), flat), Jet(y, np.stack([none, one]), flat)


class Function(NamedTuple):
    """A function of one number u, and its derivatives in terms of u and its value v."""

    of: Callable[[Any], Any]
    first: Callable[[Any, Any], Any]
    second: Callable[[Any, Any], Any]


FUNCTIONS = {
    "sin": Function(np.sin, lambda u, v: np.cos(u), lambda u, v: -v),
    "cos": Function(np.cos, lambda u, v: -np.sin(u), lambda u, v: -v),
    "tan": Function(np.tan, lambda u, v: 1 + v * v, lambda u, v: 2 * v * (1 + v * v)),
    "asin": Function(
        np.arcsin, lambda u, v: 1 / np.sqrt(1 - u * u), lambda u, v: u / np.sqrt(1 - u * u) ** 3
    ),
    "acos": Function(
        np.arccos, lambda u, v: -1 / np.sqrt(1 - u * u), lambda u, v: -u / np.sqrt(1 - u * u) ** 3
    ),
    "atan": Function(
        np.arctan, lambda u, v: 1 / (1 + u * u), lambda u, v: -2 * u / (1 + u * u) ** 2
    ),
    "sinh": Function(np.sinh, lambda u, v: np.cosh(u), lambda u, v: v),
    "cosh": Function(np.cosh, lambda u, v: np.sinh(u), lambda u, v: v),
    "tanh": Function(np.tanh, lambda u, v: 1 - v * v, lambda u, v: -2 * v * (1 - v * v)),
    "exp": Function(np.exp, lambda u, v: v, lambda u, v: v),
    "log": Function(np.log, lambda u, v: 1 / u, lambda u, v: -1 / (u * u)),
    "sqrt": Function(np.sqrt, lambda u, v: 1 / (2 * v), lambda u, v: -1 / (4 * u * v)),
    "abs": Function(np.abs, lambda u, v: np.sign(u), lambda u, v: np.zeros_like(u)),
    "sign": Function(np.sign, lambda u, v: np.zeros_like(u), lambda u, v: np.zeros_like(u)),
}
"""At its kink the slope of abs counts as zero, and so does that of sign at its jump."""

_SIGNS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": power, "neg": operator.neg,
}  # fmt: skip


def applied(kind: str, *parts: Any) -> Any:
    """Return what a sign or a function makes of numbers, arrays or jets."""
    if kind in _SIGNS:
        return _SIGNS[kind](*parts)
    (u,), function = parts, FUNCTIONS[kind]
    if not isinstance(u, Jet):
        return function.of(u)
    value = function.of(u.value)
    second = None if u.bend is None else function.second(u.value, value)
    return u._through(value, function.first(u.value, value), second)
