"""A function of two parameters from one's own text, such as 0.1*x**2 + 2*y**2."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from gdplay.arrays import Array, Flags, margin
from gdplay.loss import grammar, hints, search
from gdplay.loss.gaps import gaps
from gdplay.loss.surfaces.surface import Minimum
from gdplay.loss.surfaces.texts import TextSurface, tree_of

BEYOND = 1e30
"""What lies higher has no place in a picture, whose numbers are single precision: no run starts
there, and the ground has a gap."""

HIGH = 1e4
"""A start lies no higher above the minimum than so many times 1 + |loss| there, if one does not."""

_ASIDE = np.array([
    (scale * x, scale * y)
    for scale in (1.0, 0.5, 0.25, 0.1)
    for x, y in ((-3, 2), (3, 2), (-3, -2), (3, -2), (-2, 3), (2, -3), (7, 5), (-7, -5))
])  # fmt: skip
"""Where a start is looked for, from the minimum, the first that suits."""


@dataclass(frozen=True)
class Expression(TextSurface):
    """An own function of x and y, read from text, with exact derivatives.

    Numbers, x, y, pi and e, the signs + - * / ** with brackets, and the functions sin, cos, tan,
    asin, acos, atan, sinh, cosh, tanh, exp, log (or ln), sqrt, abs and sign may stand in it. A
    power may be written ^, and a * left out where it is plain, as in 2x^2 + xy. The text is read,
    never run.

    Parameters
    ----------
    text : str
        1 to 200 characters. It is brought to one form, by which functions are equal.

    Raises
    ------
    ValueError
        One sentence that names the place in the text and what is allowed.
    """

    key = "expression"
    title = "Your own function"
    about = "A function of your own, with exact slopes."
    searched = True

    text: str

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "text", grammar.written(tree_of(self.text)))
        if not _finite_somewhere(self):
            raise ValueError(
                f"a function must have a finite value and slope somewhere in |x|, |y| "
                f"≤ {search.REACH:g}"
            )

    @property
    def tree(self) -> grammar.Node:
        return tree_of(self.text)

    @property
    def subject(self) -> str:
        return self.text

    @cached_property
    def quadratic(self) -> bool:  # type: ignore[override]
        """Whether it is plainly a polynomial of degree 2 with a minimum."""
        degree = grammar.degree(self.tree)
        return degree is not None and degree <= 2 and self.minimum() is not None

    @cached_property
    def start(self) -> tuple[float, float]:  # type: ignore[override]
        """A place aside from the minimum, or from where it has a saddle, that leads downhill."""
        lowest = _lowest(self)
        places = np.concatenate([self._places(lowest).round(2), search.grid().reshape(-1, 2)]) + 0.0
        here = self.around(places)
        floor = self._floor(lowest)
        calm = ~(here.value - floor > margin(HIGH, floor))
        known = self._known(places)
        suits = known & here.gradient.any(axis=1) & calm
        x, y = places[int(np.argmax(suits if suits.any() else known))].tolist()
        return x, y

    def _floor(self, lowest: search.Lowest) -> float:
        """Return the loss at the minimum; without one the lowest seen near the origin."""
        if lowest.params is not None:
            return float(self.loss(lowest.params))
        seen = self.loss(search.grid())
        return float(seen[np.isfinite(seen)].min())

    def _known(self, places: Array) -> Flags:
        """Whether loss, slope and curvature are finite at each place."""
        local = self.around(places)
        parts = (local.value, *local.gradient.T, *local.hessian.reshape(-1, 4).T)
        return np.asarray(np.isfinite(parts).all(axis=0))

    def _places(self, lowest: search.Lowest) -> Array:
        """Return where a start is looked for: the first place that suits is taken."""
        if lowest.params is not None:
            return np.asarray(lowest.params + _ASIDE)
        if lowest.saddle is None:
            return _ASIDE
        # Down into the pass, a little beside its middle; its larger number tells which way is up.
        ways = np.linalg.eigh(self.hessian(lowest.saddle))[1]
        falls, rises = (ways * np.sign(ways[np.abs(ways).argmax(axis=0), range(2)])).T
        return np.concatenate([[lowest.saddle + 2 * rises + 0.1 * falls], lowest.saddle + _ASIDE])

    def minimum(self) -> Array | None:
        lowest = _lowest(self).params
        return None if lowest is None else lowest.copy()

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima that were found, the lowest first; none where that is not the lowest of all.

        They are known to six decimals, and there may be more.
        """
        lowest = _lowest(self)
        if lowest.params is None:
            return ()
        places = np.vstack([lowest.params, lowest.others])
        found = zip(places.tolist(), self.loss(places).tolist(), strict=True)
        return tuple(Minimum((x, y), value) for (x, y), value in found)

    def middle(self) -> Array:
        """Return the minimum; else a saddle, else the origin."""
        lowest = _lowest(self)
        place = lowest.saddle if lowest.params is None else lowest.params
        return np.zeros(2) if place is None else place.copy()

    def on_grid(self, origin: Array, axes: Array, x: Array, y: Array) -> Array:
        """Return the loss on a grid of a plane, as for any problem; NaN where it has a gap.

        Gaps are where it has no value or one beyond 1e30, and beside poles and jumps.
        """
        points = origin + np.stack(np.meshgrid(x, y), axis=-1) @ axes
        with np.errstate(all="ignore"):
            loss = self.loss(points)
            loss = np.where(np.abs(loss) < BEYOND, loss, np.nan)
            if grammar.may_leap(self.tree):
                return gaps(self.loss, points, loss)
        return loss

    def check_start(self, start: tuple[float, ...]) -> None:
        if not abs(float(self.loss(np.array(start)))) < BEYOND:
            place = ", ".join(f"{value:g}" for value in start)
            raise ValueError(
                f"start must be where the function is finite, below {BEYOND:g} in size; at "
                f"({place}) it is not"
            )

    @property
    def no_minimum(self) -> str:
        unfound = self.how.startswith(search.UNFOUND)
        return search.UNFOUND if unfound else super().no_minimum

    @property
    def how(self) -> str:
        """How the minimum was found, or why there is none, in a sentence or two."""
        return _lowest(self).words


@lru_cache(maxsize=256)
def _finite_somewhere(expression: Expression) -> bool:
    return bool(expression._known(search.grid().reshape(-1, 2)).any())


@dataclass(frozen=True)
class _Piece(TextSurface):
    """A function of a tree, without any text."""

    tree: grammar.Node = None  # type: ignore[assignment]


@lru_cache(maxsize=256)
def _lowest(expression: Expression) -> search.Lowest:
    tree = expression.tree

    def piece(place: Array) -> tuple[search.Loss, search.Around] | None:
        smooth = _Piece(hints.piece(tree, place))
        return None if smooth.tree.constant else (smooth.loss, smooth.around)

    return search.lowest(
        expression.loss, expression.around, kinked=grammar.may_kink(tree),
        hints=hints.meetings(tree), piece=piece if grammar.may_kink(tree) else None,
        level_along=lambda place, heading: hints.level_along(tree, place, heading),
    )  # fmt: skip


FIRST = Expression("0.1*x**2 + 2*y**2")
"""What an own function is at first: shallow one way, steep the other."""
