"""Two-parameter test functions, trained by the same loop as data sets."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.formulas import symbolic
from gdplay.knobs import Knobs
from gdplay.loss.problem import Problem
from gdplay.registry import table


@dataclass(frozen=True)
class Surface(Knobs, Problem):
    """A loss of two parameters without any data: one row, so every update is a full batch.

    `height` and `slope` hold whole numbers only, so that they also serve exact decimals.
    """

    key = ""
    title = ""
    about = ""
    formula = ""
    slope_templates: ClassVar[tuple[str, str]] = ("", "")
    """Both partial derivatives, with places for the parameters (see `gdplay.formulas`)."""
    slopes = ("", "")
    """Both partial derivatives in LaTeX; they follow from the templates."""
    start = (0.0, 0.0)
    n_samples = 1
    param_names = ("x", "y")
    quadratic = False

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        templates = cls.__dict__.get("slope_templates")
        if isinstance(templates, tuple):
            first, second = templates
            cls.slopes = symbolic(first), symbolic(second)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The parameters' names as formulas write them: w1 is w_1."""
        return tuple(re.sub(r"(\d+)$", r"_\1", name) for name in self.param_names)

    @property
    def subject(self) -> str:
        return self.title

    @property
    def targets(self) -> Array:
        return np.zeros(1)

    @property
    def usual(self) -> Array:
        return np.array(self.start)

    def check_start(self, start: tuple[float, ...]) -> None:
        """Raise a ValueError where no run can start: a function of the table is finite."""

    @abstractmethod
    def height(self, x: Array, y: Array) -> Array:
        """Return the function's value, elementwise."""

    @abstractmethod
    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return both partial derivatives, elementwise."""

    def value(self, theta: Array) -> Array:
        return self.height(theta[:, 0], theta[:, 1])

    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        x, y = theta[:, 0], theta[:, 1]
        grad = np.empty_like(theta)  # `np.stack` would take longer than both slopes
        grad[:, 0], grad[:, 1] = self.slope(x, y)
        return self.height(x, y), grad

    def gather(self, rows: Indices) -> Array:
        return np.zeros((*rows.shape, 0))


@dataclass(frozen=True)
class Quadratic(Surface):
    """A bowl a x^2 + b y^2 with its minimum at the origin."""

    quadratic = True
    steepness = (1, 1)

    def height(self, x: Array, y: Array) -> Array:
        a, b = self.steepness
        return a * x**2 + b * y**2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        a, b = self.steepness
        return 2 * a * x, 2 * b * y

    def hessian(self, params: Array) -> Array:
        return np.diag(2.0 * np.array(self.steepness))

    def minimum(self) -> Array:
        return np.zeros(2)


@dataclass(frozen=True)
class Bowl(Quadratic):
    """The round bowl x^2 + y^2: the gradient points straight away from the minimum."""

    key = "bowl"
    title = "Round bowl"
    about = "Equally steep in all directions, so plain descent walks straight to the minimum."
    formula = r"x^2 + y^2"
    slope_templates = ("2*<x>", "2*<y>")
    start = (3.0, 4.0)


@dataclass(frozen=True)
class Valley(Quadratic):
    """The elongated bowl w1^2 + 4 w2^2: four times as steep one way as the other."""

    key = "valley"
    title = "Elongated bowl"
    about = "Four times as steep one way as the other, so one rate must serve unequal slopes."
    formula = r"w_1^2 + 4 w_2^2"
    slope_templates = ("2* <w_1>", "8* <w_2>")
    param_names = ("w1", "w2")
    start = (4.0, 2.0)
    steepness = (1, 4)


@dataclass(frozen=True)
class Booth(Surface):
    """Two squared lines that meet at (1, 3): an elongated bowl that lies aslant.

    Source: Jamil & Yang, 2013, A Literature Survey of Benchmark Functions, no. 17.
    """

    key = "booth"
    title = "Slanted bowl (Booth)"
    about = "A bowl nine times as steep across as along, and neither way runs along an axis."
    formula = "(x + 2y - 7)^2 + (2x + y - 5)^2"
    slope_templates = ("10*<x> + 8*<y> - 34", "8*<x> + 10*<y> - 38")
    start = (-3.0, 4.0)
    quadratic = True

    def height(self, x: Array, y: Array) -> Array:
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return 10 * x + 8 * y - 34, 8 * x + 10 * y - 38

    def hessian(self, params: Array) -> Array:
        return np.array([[10.0, 8.0], [8.0, 10.0]])

    def minimum(self) -> Array:
        return np.array([1.0, 3.0])


@dataclass(frozen=True)
class Rosenbrock(Surface):
    """A curved ravine with a nearly flat floor; its only minimum is (1, 1).

    Source: Rosenbrock, 1960, An Automatic Method for Finding the Greatest or Least Value of a
    Function.
    """

    key = "rosenbrock"
    title = "Banana valley (Rosenbrock)"
    about = "Steep walls, a nearly flat floor that bends: easy to find, slow to follow."
    formula = "(1 - x)^2 + 100 (y - x^2)^2"
    slope_templates = ("-2* (1 - <x>) - 400* <x>* (<y> - <x>^2)", "200* (<y> - <x>^2)")
    start = (-1.2, 1.0)

    def height(self, x: Array, y: Array) -> Array:
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)

    def hessian(self, params: Array) -> Array:
        x, y = params
        return np.array([[2 - 400 * y + 1200 * x**2, -400 * x], [-400 * x, 200.0]])

    def minimum(self) -> Array:
        return np.ones(2)


@dataclass(frozen=True)
class Himmelblau(Surface):
    """Four hollows of the same depth; `minimum` gives the one whose place is whole numbers.

    Source: Himmelblau, 1972, Applied Nonlinear Programming.
    """

    key = "himmelblau"
    title = "Four hollows (Himmelblau)"
    about = "Four minima, all of loss 0: the start decides which one is found."
    formula = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    slope_templates = (
        "4*<x>* (<x>^2 + <y> - 11) + 2* (<x> + <y>^2 - 7)",
        "2* (<x>^2 + <y> - 11) + 4*<y>* (<x> + <y>^2 - 7)",
    )
    start = (0.0, 0.0)

    def height(self, x: Array, y: Array) -> Array:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        first, second = x**2 + y - 11, x + y**2 - 7
        return 4 * x * first + 2 * second, 2 * first + 4 * y * second

    def hessian(self, params: Array) -> Array:
        x, y = params
        across = 4 * (x + y)
        return np.array(
            [[12 * x**2 + 4 * y - 42, across], [across, 12 * y**2 + 4 * x - 26]], dtype=float
        )

    def minimum(self) -> Array:
        return np.array([3.0, 2.0])


@dataclass(frozen=True)
class Saddle(Surface):
    """A pass at (0, 0) between two hollows at (0, 1) and (0, -1); `minimum` gives the first."""

    key = "saddle"
    title = "Saddle and two hollows"
    about = "On top of the pass the slope is zero, yet it is no minimum: leaving it takes time."
    formula = "x^2 + (y^2 - 1)^2"
    slope_templates = ("2*<x>", "4*<y>* (<y>^2 - 1)")
    start = (1.5, 0.1)

    def height(self, x: Array, y: Array) -> Array:
        return x**2 + (y**2 - 1) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return 2 * x, 4 * y * (y**2 - 1)

    def hessian(self, params: Array) -> Array:
        return np.diag([2.0, 12 * float(params[1]) ** 2 - 4])

    def minimum(self) -> Array:
        return np.array([0.0, 1.0])


SURFACES = table(Bowl(), Valley(), Booth(), Rosenbrock(), Himmelblau(), Saddle())
