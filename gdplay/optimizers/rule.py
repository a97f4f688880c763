"""What a rule is: from a gradient, and where it asks for more from a sight of the loss, a step."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.formulas import symbolic
from gdplay.knobs import Knobs, knob, knobs

RATES = (1e-20, 1e3)
"""The lowest and the highest learning rate: squares of raw columns put 2/L near 1e-14."""


def allowed(rate: float) -> float:
    """Return the learning rate that is nearest to `rate`."""
    return float(np.clip(rate, *RATES))


def rate_knob(default: float, about: str = "Learning rate: the size of each step.") -> Any:
    """Return the field of a learning rate."""
    return knob(default, *RATES, log=True, help=about, symbol=r"\eta")


THETA = r"\theta"
GRADIENT = "g"


class Line(NamedTuple):
    r"""One line of a rule's formula: what it sets, and to what.

    Attributes
    ----------
    symbol : str
        The parameters, \theta; something the rule remembers; or a number in between, which needs
        a `value`. In brackets it is an expression, which stands whole in the lines below: numbers
        tell it on a line of its own, the formula does not.
    template : str
        The right side, with places for numbers (see `gdplay.formulas`): the rule's fields by their
        symbols, g, and what is known of \theta and memory before the line. Empty where formulas
        name a number without saying how it is made.
    value : function, optional
        Of the rule, the gradient, the states before and after the update: what comes out.
    """

    symbol: str
    template: str = ""
    value: Callable[[Any, Array, Any, Any], float | Array] | None = None


def _unknown(theta: Array) -> Array:
    return np.full((len(theta), 1, theta.shape[2]), np.nan)


class Sight(NamedTuple):
    """What a rule is told of the loss where it stands: what it needs, the rest is NaN or empty.

    Attributes
    ----------
    loss : function
        From points (S, Q, C) to the mean loss (S, 1, C) over the rows at hand, penalty included.
    hessian : ndarray of shape (S, Q, Q, C)
        The second derivatives of that loss.
    largest, smallest : float
        Over all rows, at the minimum: the largest and the smallest positive curvature.
    least : float
        Over all rows: the loss at the minimum.
    apart : bool
        Whether some of the columns may be asked for alone: their losses then have the same digits.
    """

    loss: Callable[[Array], Array] = _unknown
    hessian: Array = np.empty(4 * (0,))
    largest: float = np.nan
    smallest: float = np.nan
    least: float = np.nan
    apart: bool = False


NOTHING = Sight()

LOSS, HESSIAN, CURVATURE, MINIMUM, MATRIX = "loss", "hessian", "curvature", "minimum", "matrix"
"""What a rule may need. The last is room alone: it remembers a matrix of the parameters."""

Look = Callable[[], Sight]
"""Tells a rule what it needs, where it stands."""


@dataclass(frozen=True)
class Optimizer(Knobs, ABC):
    r"""An update rule: a pure pair of functions, elementwise over the parameters.

    A rule with `needs` is not elementwise: see `gdplay.optimizers.local`.

    Its numbers may also be arrays that broadcast along the last axis of the parameters (see
    `stack`), so a rule computes with them and never branches on them.

    Attributes
    ----------
    key, title : str
        What links hold (it never changes), and what people read.
    lines : tuple of Line
        The update, line by line: how it is shown in symbols and in numbers.
    formula : str
        The update in LaTeX: parameters \theta, gradient g, learning rate \eta. It follows from
        `lines`.
    code : str
        The update in Python, for scripts without gdplay: it sets `params`, and what is remembered,
        from `grad`, `lr` and the fields by their names. What is remembered is called as in the
        state's named tuple, an array alone by its symbol in `memory_names`.
    about : str
        One sentence for a learner.
    aside : str
        What is to be said where its numbers are written out for one parameter; mostly nothing.
    memory_names : mapping
        What people call each array that the rule remembers, by its symbol, in the state's order.
    linear : bool
        Whether step and state are linear in gradient and state (an array or None), so that
        updates on a quadratic loss can be composed.
    plain : bool
        Whether the step is the gradient times the rate and nothing is remembered: what theory
        says of noisy gradients is about that.
    needs : frozenset of str
        What the rule asks for beside the gradient: its `update` is told that as a fifth argument.
    searches : bool
        Whether it tries losses along its line, whose number so far its state calls `t`.
    relative : bool
        Whether the rule sizes its step itself, so that its rate says nothing to other rules; 1 is
        usual.
    limit_formula : str
        `limit` in symbols, as people write it; empty where there is none.
    lr : float
        Learning rate. `update` is handed the scheduled one and never reads it.
    """

    key = ""
    title = ""
    formula = ""
    code = ""
    lines: ClassVar[tuple[Line, ...]] = ()
    about = ""
    aside = ""
    memory_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    linear = False
    plain = False
    needs: ClassVar[frozenset[str]] = frozenset()
    searches = False
    relative = False
    limit_formula = ""

    lr: float = rate_knob(1e-3)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "lines" in cls.__dict__:
            cls.formula = _formula(cls.lines, cls.memory_names)

    @abstractmethod
    def init(self, params: Array) -> Any:
        """Return the state before the first update, for parameters of this shape.

        Parameters
        ----------
        params : ndarray of any shape

        Returns
        -------
        state : None, ndarray or NamedTuple
            What the rule remembers; its arrays have the shape of `params`.
        """

    @abstractmethod
    def update(
        self, grad: Array, state: Any, params: Array, lr: float | Array
    ) -> tuple[Array, Any]:
        """Return the step to add to the parameters, and the new state; change no argument.

        Parameters
        ----------
        grad : ndarray
            The gradient at `params`, of the same shape.
        state : None, ndarray or NamedTuple
            From `init`, or from the update before.
        params : ndarray
        lr : float or ndarray
            Learning rate of this update, already scheduled; broadcasts against `params`.

        Returns
        -------
        step : ndarray
            What to add to `params`, of the same shape.
        state : None, ndarray or NamedTuple
        """

    def moved(
        self, grad: Array, state: Any, params: Array, lr: float | Array, look: Look
    ) -> tuple[Array, Any]:
        """Return what `update` does; only a rule that needs more looks around for it."""
        return self.update(grad, state, params, lr)

    def told(self, state: Any) -> str:
        """Return what the last update cost beside its gradient, as a sentence; mostly nothing."""
        return ""

    def memory(self, state: Any) -> dict[str, Array]:
        """Return the arrays of a state by their symbols; counters and the like are left out."""
        parts = state._asdict() if isinstance(state, tuple) else {"s": state}  # type: ignore[attr-defined]
        arrays = {name: part for name, part in parts.items() if np.ndim(part)}
        return dict(zip(self.memory_names or arrays, arrays.values(), strict=True))

    def begins(self) -> dict[str, float]:
        """Return the numbers that fill what is remembered at first, by their names in `code`."""
        state = self.init(np.zeros((1, 1, 1)))
        if state is None:
            return {}
        named = zip(self.memory_names, [state], strict=True)
        parts = state._asdict() if isinstance(state, tuple) else dict(named)  # type: ignore[attr-defined]
        return {name: np.ravel(part)[0].item() for name, part in parts.items()}

    def limit(self, largest: float) -> float | None:
        """Return the largest stable rate on a full batch whose curvature is `largest`, or None.

        On a quadratic the roots of the rule's characteristic polynomial leave the unit circle
        there. Infinite where nothing bends upwards; None where no limit follows from the
        curvature alone.
        """
        return None

    def contraction(self, bend: float) -> float | None:
        """Return by how much a full-batch update shrinks the distance along one direction, or None.

        The factor per update in the long run, where the loss bends by `bend` along it; above 1
        the distance grows. None where it does not follow from the curvature alone.
        """
        return None


def _formula(lines: Sequence[Line], memory: Mapping[str, str]) -> str:
    """Return lines in symbols, under each other where there are several."""
    whole = [line for line in lines if line.template and not line.symbol.startswith("(")]
    signs = [r"\leftarrow" if line.symbol in {THETA, *memory} else "=" for line in whole]
    if len(whole) == 1:
        return f"{whole[0].symbol} {signs[0]} {symbolic(whole[0].template)}"
    texts = (
        f"{line.symbol} &{sign} {symbolic(line.template)}"
        for line, sign in zip(whole, signs, strict=True)
    )
    return "\\begin{aligned}\n" + " \\\\\n".join(texts) + "\n\\end{aligned}"


def stack(rules: Sequence[Optimizer]) -> Optimizer:
    """Return one rule that updates several configurations at once.

    Parameters
    ----------
    rules : sequence of Optimizer
        C rules of one class.

    Returns
    -------
    stacked : Optimizer
        Of that class, each number an array of shape (C,) along the last axis of the parameters.
        It is for computing only: it has no hash and does not compare.

    Raises
    ------
    ValueError
        If there are no rules, or they are of several classes.
    """
    kinds = {type(rule): None for rule in rules}
    if len(kinds) != 1:
        names = ", ".join(kind.__name__ for kind in kinds) or "none"
        raise ValueError(f"rules must be one or more of a single class; got {names}")
    stacked: Optimizer = object.__new__(type(rules[0]))
    for name in knobs(stacked):
        numbers = np.array([getattr(rule, name) for rule in rules], dtype=np.float64)
        object.__setattr__(stacked, name, numbers)
    return stacked
