"""The face of a function of two parameters that is trained without any data."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.formulas import symbolic
from gdplay.knobs import Knobs
from gdplay.loss.problem import Problem
from gdplay.loss.search import Local

Point = tuple[float, float]

Box = tuple[Point, Point]
"""From where to where pictures go along the first parameter, and along the second."""

SIDE = 60
"""Points along a side of a picture, where nothing asks for more."""


SURVEY = "Jamil & Yang, 2013, A Literature Survey of Benchmark Functions, arXiv:1308.4008"
"""Where many of the functions are collected."""


def rule_rates(sgd: float, momentum: float, adam: float) -> Mapping[str, float]:
    """Return the rates of a race of these rules."""
    return MappingProxyType({"sgd": sgd, "momentum": momentum, "adam": adam})


class Minimum(NamedTuple):
    """A place where a function is lower than all around it, and its value there."""

    place: Point
    value: float


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
    source: ClassVar[str] = ""
    """Where the function comes from."""
    start = (0.0, 0.0)
    box: ClassVar[Box | None] = None
    """What pictures show at least; None: what is around the runs."""
    side: ClassVar[int] = SIDE
    """Points along a side of a picture: more than usual where it has many small hollows."""
    searched: ClassVar[bool] = False
    """Whether its minima are those that a search found, beside which there may be others."""
    hollows: ClassVar[tuple[Point, ...]] = ()
    """Where its minima are, to the digits that people print."""
    rates: ClassVar[Mapping[str, float]] = MappingProxyType({})
    """Learning rates by rule with which a race says something; those missing are computed."""
    updates: ClassVar[int] = 100
    """How long such a race is."""
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
    def minima(self) -> tuple[Minimum, ...]:
        """All minima that are known, the lowest first, to a float's last digits."""
        return _minima(self)

    def minimum(self) -> Array | None:
        """Return the first of the lowest minima, or None where there is none."""
        return np.array(self.minima[0].place) if self.minima else None

    def middle(self) -> Array:
        """Return the minimum; where there is none, the middle of what pictures show."""
        minimum = self.minimum()
        if minimum is None:
            return np.zeros(2) if self.box is None else np.mean(self.box, axis=1)
        return minimum

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

    @abstractmethod
    def turns(self, x: Array, y: Array) -> tuple[Array | float, Array | float, Array | float]:
        """Return the second derivatives twice along x, along both, and twice along y, elementwise.

        One that is the same everywhere may be a number.
        """

    def hessian(self, params: Array) -> Array:
        xx, xy, yy = self.turns(*np.asarray(params, dtype=float))
        return np.array([[xx, xy], [xy, yy]], dtype=float)

    def value(self, theta: Array) -> Array:
        return self.height(theta[:, 0], theta[:, 1])

    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        x, y = theta[:, 0], theta[:, 1]
        grad = np.empty_like(theta)  # `np.stack` would take longer than both slopes
        grad[:, 0], grad[:, 1] = self.slope(x, y)
        return self.height(x, y), grad

    def around(self, points: Array) -> Local:
        """Return the function around `points (P, 2)`."""
        hessian = np.empty((len(points), 2, 2))
        (hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1]) = self.turns(*points.T)
        hessian[:, 1, 0] = hessian[:, 0, 1]
        return Local(self.loss(points), self.gradient(points), hessian)

    def _hessians(self, points: Array, block: Array | None) -> Array:
        return self.around(points.reshape(-1, 2)).hessian.reshape(*points.shape, 2)

    def gather(self, rows: Indices) -> Array:
        return np.zeros((*rows.shape, 0))


_STEPS = 8
"""Tolerance: so many steps of Newton's bring six digits to all digits."""


@lru_cache(maxsize=256)
def _minima(surface: Surface) -> tuple[Minimum, ...]:
    """Return the minima of a function, polished where their digits are not exact."""
    places = np.array(surface.hollows, dtype=float).reshape(-1, 2)
    for _ in range(_STEPS):
        here = surface.around(places)
        steps = np.linalg.pinv(here.hessian) @ here.gradient[:, :, None]
        places = np.where(here.gradient.any(axis=1, keepdims=True), places - steps[:, :, 0], places)
    values = surface.around(places).value.tolist()
    minima = (Minimum((x, y), v) for (x, y), v in zip(places.tolist(), values, strict=True))
    return tuple(sorted(minima, key=lambda minimum: round(minimum.value, 9)))
