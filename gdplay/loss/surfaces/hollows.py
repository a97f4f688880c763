"""Functions with several hollows, or with one that is hard to find."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from gdplay.arrays import Array
from gdplay.loss.jets import Jet
from gdplay.loss.surfaces.surface import SURVEY, Point, Surface, rule_rates
from gdplay.loss.surfaces.texts import KnownText


@dataclass(frozen=True)
class Himmelblau(Surface):
    """Four hollows of the same depth; the first is the one whose place is whole numbers."""

    key = "himmelblau"
    title = "Four hollows (Himmelblau)"
    about = "Four minima, all of loss 0: start, rule and rate decide which one is found."
    formula = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    slope_templates = (
        "4*<x>* (<x>^2 + <y> - 11) + 2* (<x> + <y>^2 - 7)",
        "2* (<x>^2 + <y> - 11) + 4*<y>* (<x> + <y>^2 - 7)",
    )
    source = "Himmelblau, 1972, Applied Nonlinear Programming"
    hollows = (
        (3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126),
    )  # fmt: skip
    box = ((-5, 5), (-5, 5))
    start = (0.0, -3.0)
    rates = rule_rates(0.01, 0.01, 0.3)

    def height(self, x: Array, y: Array) -> Array:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        first, second = x**2 + y - 11, x + y**2 - 7
        return 4 * x * first + 2 * second, 2 * first + 4 * y * second

    def turns(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        return 12 * x**2 + 4 * y - 42, 4 * (x + y), 12 * y**2 + 4 * x - 26


@dataclass(frozen=True)
class ThreeHumpCamel(KnownText):
    """One lowest hollow at the origin, between two higher ones."""

    key = "three_hump_camel"
    title = "Three-hump camel"
    about = "The lowest hollow lies between two higher ones, which catch many runs."
    source = SURVEY
    text = "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2"
    hollows = ((0, 0), (1.747552, -0.873776), (-1.747552, 0.873776))
    box = ((-2.5, 2.5), (-2.5, 2.5))
    start = (-1.75, -2.0)
    rates = rule_rates(0.1, 0.1, 0.2)


@dataclass(frozen=True)
class SixHumpCamel(KnownText):
    """Six hollows in pairs of three depths."""

    key = "six_hump_camel"
    title = "Six-hump camel"
    about = "Six hollows of three depths: only two of them are the lowest."
    source = "Dixon & Szegö, 1978, The Global Optimization Problem: An Introduction"
    text = "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (-4 + 4*y**2)*y**2"
    hollows = (
        (0.089842, -0.712656), (-0.089842, 0.712656), (-1.703607, 0.796084),
        (1.703607, -0.796084), (1.607105, 0.568651), (-1.607105, -0.568651),
    )  # fmt: skip
    box = ((-2, 2), (-1.2, 1.2))
    start = (-2.0, -1.0)
    rates = rule_rates(0.03, 0.03, 0.1)


@dataclass(frozen=True)
class StyblinskiTang(KnownText):
    """Four hollows of three depths, one in each quarter."""

    key = "styblinski_tang"
    title = "Four depths (Styblinski-Tang)"
    about = "A hollow in each quarter, of three depths: one alone is the lowest."
    source = "Styblinski & Tang, 1990, Experiments in Nonconvex Optimization, Neural Networks 3"
    text = "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2"
    hollows = (
        (-2.903534, -2.903534), (2.746803, -2.903534), (-2.903534, 2.746803),
        (2.746803, 2.746803),
    )  # fmt: skip
    box = ((-5, 5), (-5, 5))
    start = (4.5, 4.0)
    rates = rule_rates(0.02, 0.02, 0.3)


_DENTS = tuple(0.99 * place for place in range(-5, 6))
"""Where hollows are along an axis that stand at nearly every whole number."""


@dataclass(frozen=True)
class Rastrigin(KnownText):
    """A bowl with a dent at nearly every whole number."""

    key = "rastrigin"
    title = "Egg box (Rastrigin)"
    about = "A bowl full of dents, 121 of them in this square: small steps stay in the nearest."
    source = "Rastrigin, 1974, Systems of Extremal Control"
    text = "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)"
    box = ((-5.12, 5.12), (-5.12, 5.12))
    side = 121
    start = (-4.4, 4.2)
    rates = rule_rates(0.002, 0.004, 0.8)
    updates = 150

    @cached_property
    def hollows(self) -> tuple[Point, ...]:  # type: ignore[override]
        """Near whole numbers, a little nearer to the middle."""
        return tuple(product(_DENTS, _DENTS))


@dataclass(frozen=True)
class Ackley(KnownText):
    """A wide plain of dents around a deep, pointed hole.

    At the tip of the hole the slope has no limit; it and the curvature count as zero there.
    """

    key = "ackley"
    title = "Plain with a hole (Ackley)"
    about = "A plain full of dents around one deep hole: slopes far away hardly tell of it."
    source = "Ackley, 1987, A Connectionist Machine for Genetic Hillclimbing"
    text = "20 + e - 20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2)"
    box = ((-5, 5), (-5, 5))
    side = 121
    start = (-2.5, -4.5)
    rates = rule_rates(0.02, 0.03, 0.5)
    updates = 150

    @cached_property
    def hollows(self) -> tuple[Point, ...]:  # type: ignore[override]
        """Near whole numbers, a little nearer to the middle."""
        return tuple(product(_DENTS, _DENTS))

    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        value, grad = super().value_and_grad(theta, block)
        return value, np.where((theta != 0).any(axis=1, keepdims=True), grad, 0.0)

    def jet(self, x: Array, y: Array, *, bends: bool) -> Jet:
        jet, off = super().jet(x, y, bends=bends), (x != 0) | (y != 0)
        bend = None if jet.bend is None else np.where(off, jet.bend, 0.0)
        return Jet(jet.value, np.where(off, jet.slope, 0.0), bend)


@dataclass(frozen=True)
class Easom(KnownText):
    """A plain that is flat to the eye, with one narrow hole at (pi, pi)."""

    key = "easom"
    title = "Hole in a flat plain (Easom)"
    about = "All but flat, with one narrow hole: away from it there is no slope to follow."
    source = "Easom, 1990, A Survey of Global Optimization Techniques"
    text = "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)"
    hollows = ((np.pi, np.pi),)
    box = ((0, 6), (0, 6))
    start = (4.6, 1.9)
    rates = rule_rates(0.5, 0.2, 0.1)
    updates = 60


HOLLOWS = (
    Himmelblau(), ThreeHumpCamel(), SixHumpCamel(), StyblinskiTang(), Rastrigin(), Ackley(),
    Easom(),
)  # fmt: skip
