"""Functions that are given as text, with exact derivatives by forward differentiation."""

from abc import abstractmethod
from ast import literal_eval
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from gdplay.arrays import Array
from gdplay.formulas import symbolic
from gdplay.loss import grammar, slopes
from gdplay.loss.jets import Jet, variables
from gdplay.loss.search import Local
from gdplay.loss.surfaces.surface import Surface
from gdplay.loss.tapes import Tape, tape, value_tape

LONGEST_SLOPE = 60
"""Layout: derivatives of more signs than this are not written in symbols."""

OPERATION = 1.2e-6
"""Speed: seconds that a sign or a function takes with its derivatives, about."""


@dataclass(frozen=True)
class TextSurface(Surface):
    """A function of x and y whose formula, slopes and Hessian follow from its tree.

    Gradient and Hessian come from forward differentiation, so they are exact to rounding (Griewank
    & Walther, 2008, Evaluating Derivatives, chapters 3 and 13).
    """

    @property
    @abstractmethod
    def tree(self) -> grammar.Node:
        """The function as it was read from its text."""

    @cached_property
    def _tape(self) -> Tape:
        return tape(self.tree)

    @cached_property
    def _height_tape(self) -> Tape:
        return value_tape(self.tree)

    @property
    def seconds(self) -> tuple[float, float]:
        calls, row = super().seconds
        return calls + OPERATION * grammar.operations(self.tree), row

    @cached_property
    def formula(self) -> str:  # type: ignore[override]
        """The function in LaTeX."""
        return symbolic(grammar.template(self.tree))

    @cached_property
    def slope_templates(self) -> tuple[str, str]:  # type: ignore[override]
        """Both partial derivatives with places for the parameters; empty where they are long."""
        first, second = (slopes.slope(self.tree, name) for name in self.param_names)
        if max(len(grammar.written(first)), len(grammar.written(second))) > LONGEST_SLOPE:
            return "", ""
        return grammar.template(first), grammar.template(second)

    @cached_property
    def slopes(self) -> tuple[str, str]:  # type: ignore[override]
        """Both partial derivatives in LaTeX; empty where they are long."""
        x, y = self.slope_templates
        return symbolic(x), symbolic(y)

    def height(self, x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            if isinstance(x, np.ndarray) and x.dtype.kind == "f":
                return self._height_tape(x, y)[0]
            return self._evaluated(self.tree, x, y)  # type: ignore[no-any-return]

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        if isinstance(x, np.ndarray | float):
            along, across = self.jet(x, y, bends=False).slope
            return along, across
        first, second = (slopes.slope(self.tree, name) for name in self.param_names)
        return self._evaluated(first, x, y), self._evaluated(second, x, y)

    def turns(self, x: Array, y: Array) -> tuple[Any, Any, Any]:
        if isinstance(x, np.ndarray | float):
            xx, xy, yy = self.jet(x, y, bends=True).bend
            return xx, xy, yy
        along, across = self.param_names
        first, second = slopes.slope(self.tree, along), slopes.slope(self.tree, across)
        pairs = ((first, along), (first, across), (second, across))
        xx, xy, yy = (self._evaluated(slopes.slope(tree, name), x, y) for tree, name in pairs)
        return xx, xy, yy

    def value_and_grad(self, theta: Array, block: Array | None = None) -> tuple[Array, Array]:
        x, y = theta[:, 0], theta[:, 1]
        if theta.dtype.hasobject:
            jet = self.jet(x, y, bends=False)
            return jet.value, np.moveaxis(jet.slope, 0, 1)
        grad = np.empty_like(theta)
        with np.errstate(all="ignore"):
            value, grad[:, 0], grad[:, 1] = self._tape(x, y)
        return value, grad

    def jet(self, x: Array, y: Array, *, bends: bool) -> Jet:
        """Return the values at x and y, arrays of one shape, with slopes and second derivatives."""
        with np.errstate(all="ignore"):
            jet: Jet = self._evaluated(self.tree, *variables(x, y, bends=bends))
        return jet

    def around(self, points: Array) -> Local:
        """Return the function around `points (P, 2)`."""
        jet = self.jet(*points.T, bends=True)
        xx, xy, yy = jet.bend
        hessian = np.moveaxis(np.array([[xx, xy], [xy, yy]]), -1, 0)
        return Local(jet.value, jet.slope.T, hessian)

    def _evaluated(self, tree: grammar.Node, x: Any, y: Any) -> Any:
        """Return a tree's value where x and y are numbers, exact ones, jets, or write code."""
        values = x.value if isinstance(x, Jet) else x
        if isinstance(values, np.ndarray | float):
            exact = isinstance(values, np.ndarray) and values.dtype.hasobject
            return grammar.evaluated(tree, x, y, Decimal if exact else np.float64)
        return grammar.evaluated(tree, x, y, literal_eval)


@dataclass(frozen=True)
class KnownText(TextSurface):
    """A function of the table that is one text."""

    text: ClassVar[str] = ""

    @property
    def tree(self) -> grammar.Node:
        return tree_of(self.text)


@lru_cache(maxsize=256)
def tree_of(text: str) -> grammar.Node:
    """Return the tree of a text: see `grammar.parse`."""
    return grammar.parse(text)
