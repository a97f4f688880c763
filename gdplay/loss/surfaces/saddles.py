"""Saddles: places where the slope is zero and the function falls one way and rises another."""

from dataclasses import dataclass

from gdplay.arrays import Array
from gdplay.loss.surfaces.surface import Surface, rule_rates
from gdplay.loss.surfaces.texts import KnownText


@dataclass(frozen=True)
class Saddle(Surface):
    """A pass at (0, 0) between two hollows at (0, 1) and (0, -1)."""

    key = "saddle"
    title = "Saddle and two hollows"
    about = "On top of the pass the slope is zero, yet it is no minimum: leaving it takes time."
    source = "A double well along y, and a bowl along x"
    formula = "x^2 + (y^2 - 1)^2"
    slope_templates = ("2*<x>", "4*<y>* (<y>^2 - 1)")
    hollows = ((0, 1), (0, -1))
    box = ((-2, 2), (-2, 2))
    start = (1.5, 0.1)

    def height(self, x: Array, y: Array) -> Array:
        return x**2 + (y**2 - 1) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return 2 * x, 4 * y * (y**2 - 1)

    def turns(self, x: Array, y: Array) -> tuple[float, float, Array]:
        return 2, 0, 12 * y**2 - 4


@dataclass(frozen=True)
class PlainSaddle(KnownText):
    """A saddle that falls without end: there is no minimum."""

    key = "plain_saddle"
    title = "Plain saddle"
    about = "Falls without end on two sides. Exactly on the ridge, every rule stops at the saddle."
    source = "The simplest saddle; also called a hyperbolic paraboloid"
    text = "x**2 - y**2"
    box = ((-2, 2), (-2, 2))
    start = (1.8, 0.01)
    rates = rule_rates(0.08, 0.02, 0.1)
    updates = 30


@dataclass(frozen=True)
class MonkeySaddle(KnownText):
    """A saddle with three ways down and no curvature in its middle."""

    key = "monkey_saddle"
    title = "Monkey saddle"
    about = "Three ways down, and in the middle neither slope nor curvature: leaving takes long."
    source = "Hilbert & Cohn-Vossen, 1932, Anschauliche Geometrie, section 29"
    text = "x**3 - 3*x*y**2"
    box = ((-2, 2), (-2, 2))
    start = (1.0, 0.02)
    rates = rule_rates(0.04, 0.01, 0.05)
    updates = 36


SADDLES = (Saddle(), PlainSaddle(), MonkeySaddle())
