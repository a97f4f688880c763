"""Two-parameter test functions, trained by the same loop as data sets."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from gdplay.knobs import Knobs
from gdplay.problem import Array, Indices, Problem
from gdplay.registry import table


@dataclass(frozen=True)
class Surface(Knobs, Problem):
    """A loss of two parameters without any data: one row, so every update is a full batch."""

    key = ""
    title = ""
    about = ""
    formula = ""
    start = (0.0, 0.0)
    n_samples = 1
    param_names = ("x", "y")
    quadratic = False

    @property
    def targets(self) -> Array:
        return np.zeros(1)

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
        return self.height(x, y), np.stack(self.slope(x, y), axis=1)

    def gather(self, rows: Indices) -> Array:
        return np.zeros((*rows.shape, 0))


@dataclass(frozen=True)
class Quadratic(Surface):
    """A bowl a x^2 + b y^2 with its minimum at the origin."""

    quadratic = True
    steepness = (1.0, 1.0)

    def height(self, x: Array, y: Array) -> Array:
        a, b = self.steepness
        return a * x**2 + b * y**2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        a, b = self.steepness
        return 2 * a * x, 2 * b * y

    def hessian(self, params: Array) -> Array:
        return np.diag(2 * np.array(self.steepness))

    def minimum(self) -> Array:
        return np.zeros(2)


@dataclass(frozen=True)
class Bowl(Quadratic):
    """The round bowl x^2 + y^2: the gradient points straight away from the minimum."""

    key = "bowl"
    title = "Round bowl"
    about = "Equally steep in all directions, so plain descent walks straight to the minimum."
    formula = r"x^2 + y^2"
    start = (3.0, 4.0)


@dataclass(frozen=True)
class Valley(Quadratic):
    """The elongated bowl w1^2 + 4 w2^2: four times as steep one way as the other."""

    key = "valley"
    title = "Elongated bowl"
    about = "Four times as steep one way as the other, so one rate must serve unequal slopes."
    formula = r"w_1^2 + 4 w_2^2"
    param_names = ("w1", "w2")
    start = (4.0, 2.0)
    steepness = (1.0, 4.0)


SURFACES = table(Bowl(), Valley())
