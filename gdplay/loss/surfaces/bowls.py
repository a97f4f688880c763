"""Bowls: functions that bend the same everywhere, with one minimum."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from gdplay.arrays import Array
from gdplay.formulas import symbolic
from gdplay.knobs import knob
from gdplay.loss.surfaces.surface import SURVEY, Box, Surface
from gdplay.loss.surfaces.texts import KnownText


@dataclass(frozen=True)
class Quadratic(Surface):
    """A bowl a x^2 + b y^2 with its minimum at the origin."""

    quadratic = True
    steepness = (1, 1)
    hollows = ((0, 0),)
    box: ClassVar[Box] = ((-5, 5), (-5, 5))

    def height(self, x: Array, y: Array) -> Array:
        a, b = self.steepness
        return a * x**2 + b * y**2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        a, b = self.steepness
        return 2 * a * x, 2 * b * y

    def turns(self, x: Array, y: Array) -> tuple[float, float, float]:
        a, b = self.steepness
        return 2 * a, 0, 2 * b


@dataclass(frozen=True)
class Bowl(Quadratic):
    """The round bowl x^2 + y^2: the gradient points straight away from the minimum."""

    key = "bowl"
    title = "Round bowl"
    about = "Equally steep in all directions, so plain descent walks straight to the minimum."
    source = "The first example of lectures on gradient descent"
    formula = r"x^2 + y^2"
    slope_templates = ("2*<x>", "2*<y>")
    start = (3.0, 4.0)


@dataclass(frozen=True)
class Valley(Quadratic):
    """The elongated bowl w1^2 + 4 w2^2: four times as steep one way as the other."""

    key = "valley"
    title = "Elongated bowl"
    about = "Four times as steep one way as the other, so one rate must serve unequal slopes."
    source = "A worked example of lectures on gradient descent"
    formula = r"w_1^2 + 4 w_2^2"
    slope_templates = ("2* <w_1>", "8* <w_2>")
    param_names = ("w1", "w2")
    start = (4.0, 2.0)
    steepness = (1, 4)


@dataclass(frozen=True)
class TurnedValley(Surface):
    """A valley (u^2 + c v^2)/2 of any condition number c, turned away from the axes by an angle.

    u runs along the valley, at the angle from the first axis, and v across it.
    """

    key = "turned"
    title = "Turned valley"
    about = "A straight valley at an angle: rules that scale each axis lose their advantage."
    source = "The quadratic of Nesterov, 2004, Introductory Lectures on Convex Optimization, turned"
    hollows = ((0, 0),)
    box = ((-5, 5), (-5, 5))
    start = (-4.0, 2.0)
    updates = 200
    quadratic = True

    condition: float = knob(
        100.0, 1.0, 1e4, log=True, help="How many times as steep it is across as along.",
        symbol=r"\kappa",
    )  # fmt: skip
    angle: float = knob(
        30.0, 0.0, 90.0, help="Degrees between the valley and the first axis.", symbol=r"\varphi"
    )

    @cached_property
    def _numbers(self) -> tuple[float, float, float]:
        """The second derivatives xx, xy and yy."""
        # Exact where the valley lies along an axis: a cosine of 90 degrees is not.
        turn = np.radians(self.angle)
        cos, sin = (float(np.cos(turn)), float(np.sin(turn))) if self.angle < 90 else (0.0, 1.0)
        across = (1 - self.condition) * cos * sin
        return cos**2 + self.condition * sin**2, across, sin**2 + self.condition * cos**2

    def turns(self, x: Array, y: Array) -> tuple[float, float, float]:
        return self._numbers

    def height(self, x: Array, y: Array) -> Array:
        xx, xy, yy = self._numbers
        return xx / 2 * x**2 + xy * x * y + yy / 2 * y**2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        xx, xy, yy = self._numbers
        return xx * x + xy * y, xy * x + yy * y

    @cached_property
    def slope_templates(self) -> tuple[str, str]:  # type: ignore[override]
        """Both partial derivatives with places for the parameters."""
        xx, xy, yy = self._numbers
        return _sum({"<x>": xx, "<y>": xy}), _sum({"<x>": xy, "<y>": yy})

    @cached_property
    def slopes(self) -> tuple[str, str]:  # type: ignore[override]
        """Both partial derivatives in LaTeX."""
        x, y = self.slope_templates
        return symbolic(x), symbolic(y)

    @cached_property
    def formula(self) -> str:  # type: ignore[override]
        """The function in LaTeX, in numbers."""
        xx, xy, yy = self._numbers
        return symbolic(_sum({"x^2": xx / 2, "x* y": xy, "y^2": yy / 2}))


def _sum(terms: Mapping[str, float]) -> str:
    """Return a sum of terms in LaTeX, each with its factor to seven digits."""
    text = ""
    for term, factor in terms.items():
        if factor:
            sign = (" - " if factor < 0 else " + ") if text else ("-" if factor < 0 else "")
            text += f"{sign}{abs(factor):.7g}* {term}"
    return text


@dataclass(frozen=True)
class Booth(Surface):
    """Two squared lines that meet at (1, 3): an elongated bowl that lies aslant."""

    key = "booth"
    title = "Slanted bowl (Booth)"
    about = "A bowl nine times as steep across as along, and neither way runs along an axis."
    formula = "(x + 2y - 7)^2 + (2x + y - 5)^2"
    slope_templates = ("10*<x> + 8*<y> - 34", "8*<x> + 10*<y> - 38")
    source = SURVEY
    hollows = ((1, 3),)
    box = ((-5, 7), (-3, 9))
    start = (-3.0, 4.0)
    quadratic = True

    def height(self, x: Array, y: Array) -> Array:
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return 10 * x + 8 * y - 34, 8 * x + 10 * y - 38

    def turns(self, x: Array, y: Array) -> tuple[float, float, float]:
        return 10, 8, 10


@dataclass(frozen=True)
class Matyas(KnownText):
    """A bowl 25 times as steep across as along, whose valley lies on the diagonal x = y."""

    key = "matyas"
    title = "Diagonal valley (Matyas)"
    about = "A shallow valley along the diagonal, 25 times as steep across as along."
    source = SURVEY
    text = "0.26*(x**2 + y**2) - 0.48*x*y"
    hollows = ((0, 0),)
    box = ((-10, 10), (-10, 10))
    start = (-8.0, 3.0)
    quadratic = True


BOWLS = (Bowl(), Valley(), TurnedValley(), Booth(), Matyas())
