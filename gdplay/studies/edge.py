"""The edge of stability: the curvature along plain steps against 2/lr, on two parameters."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.loss.surfaces import SURFACES, Point, Surface
from gdplay.optimizers import RATES, SGD
from gdplay.theory.sharpness import sharpness
from gdplay.words import joined, number, quantity

UPDATES = 60

MULTIPLES = (0.9, 1.08, 1.625, 2.25)
"""Rates in units of 2/L at the start: one below the edge, three above it."""

MOST_RATES = 6
"""More lines than colours cannot be told apart."""

DUST = 1e-12
"""Tolerance: a loss that grows by less than this share of its value at the start did not rise."""


HEADS = ("Rate", "2/η", "L at the start", "L at the end", "Highest loss", "Updates that raised it")
"""Of the columns of `Edge.rows`; L is the largest curvature."""


class Way(NamedTuple):
    """What plain steps at one rate met, at the start and after each update that was finite.

    Attributes
    ----------
    rate : float
    curvature : ndarray of shape (T,)
        The largest eigenvalue of the Hessian.
    loss : ndarray of shape (T,)
    lost : bool
        Whether the run diverged.
    """

    rate: float
    curvature: Array
    loss: Array
    lost: bool

    @property
    def ratio(self) -> Array:
        """The curvature over 2/lr, (T,): above 1 plain steps are unstable."""
        return self.curvature * self.rate / 2

    @property
    def rises(self) -> int:
        """How many updates raised the loss."""
        return int((np.diff(self.loss) > DUST * abs(self.loss[0])).sum())

    @property
    def peak(self) -> float:
        """The highest loss on the way."""
        return float(self.loss.max())

    @property
    def left(self) -> bool:
        """Whether it began above the edge, climbed, and ended below it."""
        return bool(not self.lost and self.rises and self.ratio[-1] < 1 < self.ratio[0])

    @property
    def calmed(self) -> bool:
        """Whether it began above the edge, and was below it from the first update on."""
        return bool(self.ratio[0] > 1 and (self.ratio[1:] < 1).all())


class Edge(NamedTuple):
    """What plain steps from one start met at several rates.

    Attributes
    ----------
    surface : Surface
    start : pair of floats
    n_updates : int
    ways : tuple of Way
        One for each rate, ascending.
    """

    surface: Surface
    start: Point
    n_updates: int
    ways: tuple[Way, ...]

    @property
    def experiment(self) -> Experiment:
        """The race of these plain steps."""
        return _race(self.surface, self.start, [way.rate for way in self.ways], self.n_updates)

    @property
    def words(self) -> str:
        """Where the edge is at the start, and what became of rates on either side of it."""
        parts = (self._begin, self._calm, self._left, self._uneasy, self._gone)
        return " ".join(filter(None, parts))

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Each rate in numbers, as `HEADS` names them."""
        return [
            (
                f"η = {number(way.rate)}",
                number(2 / way.rate),
                number(float(way.curvature[0])),
                self._end(way),
                number(way.peak),
                quantity(way.rises),
            )
            for way in self.ways
        ]

    @property
    def _begin(self) -> str:
        x, y = (number(value) for value in self.start)
        bend = float(self.ways[0].curvature[0])
        if bend <= 0:
            return f"At the start, ({x}, {y}), nothing bends upwards: no rate is too large there."
        text = (
            f"At the start, ({x}, {y}), the function bends by up to L = {number(bend)}. Plain "
            f"steps there are stable below η = 2/L = {number(2 / bend)}."
        )
        same = " It bends alike everywhere, so there is no flatter place to go to."
        return text + same * self.surface.quadratic

    @property
    def _calm(self) -> str:
        calm = [way for way in self.ways if not (way.lost or way.rises)]
        calmed = [way for way in calm if way.calmed]
        others = [way for way in calm if not way.calmed]
        text = f"At {_rates(others)} no update raised the loss. " if others else ""
        if calmed:
            text += (
                f"**Above the edge, and calm**: at {_rates(calmed)} no update raised the loss. The "
                "first one led to where the function is flat enough for its rate, and L stayed "
                "below 2/η."
            )
        return text.rstrip()

    @property
    def _left(self) -> str:
        left = [way for way in self.ways if way.left]
        if not left:
            return ""
        peaks = _listed(number(way.peak) for way in left)
        return (
            f"**Above the edge, and not lost**: at {_rates(left)} the loss climbed from "
            f"{number(float(left[0].loss[0]))} to {peaks}, which threw the run to where the "
            f"function is flat enough for its rate: it ended at {_bends(left)}, below 2/η."
        )

    @property
    def _uneasy(self) -> str:
        """What became of those that climbed and neither left nor were lost."""
        uneasy = [way for way in self.ways if way.rises and not (way.left or way.lost)]
        above = [way for way in uneasy if way.ratio[-1] >= 1]
        below = [way for way in uneasy if way.ratio[-1] < 1]
        return " ".join(
            f"At {_rates(ways)} the loss rose at {_listed(quantity(way.rises) for way in ways)} of "
            f"{quantity(self.n_updates)} updates, and the run ended at {_bends(ways)}, {side} 2/η."
            for ways, side in ((below, "below"), (above, "above")) if ways
        )  # fmt: skip

    @property
    def _gone(self) -> str:
        fell = [way for way in self.ways if self._falls(way)]
        lost = [way for way in self.ways if way.lost and not self._falls(way)]
        return " ".join(
            f"At {_rates(ways)} the run {what}."
            for ways, what in ((fell, "fell without end"), (lost, "was lost")) if ways
        )  # fmt: skip

    def _falls(self, way: Way) -> bool:
        """Whether a run left all bounds downhill, on a function that has no bottom."""
        return way.lost and self.surface.minimum() is None and bool(way.loss[-1] < way.loss[0])

    def _end(self, way: Way) -> str:
        """Return the curvature at a run's end, or what became of it where it has none."""
        if way.lost:
            return "fell" if self._falls(way) else "lost"
        return number(float(way.curvature[-1]))


def _rates(ways: Sequence[Way]) -> str:
    return f"η = {joined([number(way.rate) for way in ways])}"


def _bends(ways: Sequence[Way]) -> str:
    """Return the curvatures at the ends."""
    return f"L = {_listed(number(float(way.curvature[-1])) for way in ways)}"


def _listed(texts: Iterable[str]) -> str:
    """Return texts in their order, those that are all alike once."""
    every = list(texts)
    return every[0] if len(set(every)) == 1 else joined(every)


def telling_rates(surface: Surface, start: Point) -> tuple[float, ...]:
    """Return rates on both sides of 2/L at a start; none where nothing bends upwards there."""
    bend = float(sharpness(surface, np.array(start)))
    if not 0 < bend < np.inf:
        return ()
    rates = (float(f"{multiple * 2 / bend:.2g}") for multiple in MULTIPLES)
    return tuple(rate for rate in rates if RATES[0] <= rate <= RATES[1])


def edge(
    surface: Surface = SURFACES["factors"],
    *,
    start: Point | None = None,
    rates: Sequence[float] | None = None,
    n_updates: int = UPDATES,
) -> Edge:
    """Return the curvature along plain steps at several rates.

    On a function that bends differently from place to place a rate above 2/L need not be lost:
    steps that are too long for where they are may leave for a flatter place (Chen & Bruna, 2023,
    arXiv:2206.04172; for networks Cohen et al., 2021, arXiv:2103.00065).

    Parameters
    ----------
    surface : Surface
    start : pair of floats, optional
        The function's own by default.
    rates : sequence of 1 to 6 floats, optional
        One below 2/L at the start, and three above it, by default.
    n_updates : int
        1 to 2 000.

    Raises
    ------
    ValueError
        Naming the field, the value and the range; or if no rates are given, and nothing bends
        upwards at the start.
    """
    start = surface.start if start is None else start
    rates = sorted(telling_rates(surface, start) if rates is None else rates)
    if not rates:
        raise ValueError(f"rates must be given where nothing bends upwards; got none at {start}")
    for name, value, high in (
        ("the number of rates", len(rates), MOST_RATES), ("n_updates", n_updates, 2000)
    ):  # fmt: skip
        if not 1 <= value <= high:
            raise ValueError(f"{name} must be from 1 to {high}; got {value}")
    traces = train(_race(surface, start, rates, n_updates))
    ways = (_way(surface, rate, trace) for rate, trace in zip(rates, traces, strict=True))
    return Edge(surface, start, n_updates, tuple(ways))


def _race(surface: Surface, start: Point, rates: Sequence[float], n_updates: int) -> Experiment:
    return Experiment(surface, tuple(Run(SGD(lr=rate)) for rate in rates), start, n_updates)


def _way(surface: Surface, rate: float, trace: Trace) -> Way:
    bends, loss = sharpness(surface, trace.path), surface.loss(trace.path)
    known = int((np.isfinite(bends) & np.isfinite(loss)).cumprod().sum())
    return Way(rate, bends[:known], loss[:known], trace.status[0] is Status.DIVERGED)
