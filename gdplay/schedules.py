"""Schedules: how the learning rate changes in the course of a run."""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

import numpy as np

from gdplay.arrays import Array
from gdplay.formulas import symbolic
from gdplay.knobs import Knobs, by_symbol, knob
from gdplay.registry import table

RATE = r"\eta_t"
WARM_UP = r"<\eta>*\, \frac{<u>}{<w> + 1}"
WARMS_UP = f"{RATE} = {symbolic(WARM_UP)}"
"""The rate of update u of the w that warm up."""


@dataclass(frozen=True)
class Schedule(Knobs, ABC):
    r"""The learning rate as a multiple of its own setting, update by update.

    With `warmup` = w > 0 the first w updates rise in equal parts, 1/(w+1), 2/(w+1), ..., w/(w+1);
    update w is the first at the full rate, and there the schedule proper begins, at its t = 0.
    (Warm-up: Goyal et al., 2017, arXiv:1706.02677)

    Attributes
    ----------
    key, title : str
        What links hold (it never changes), and what people read.
    template : str
        The rate \eta_t after the warm-up, with places for the rate's setting \eta, for t, which
        counts the updates after the warm-up, and for the fields (see `gdplay.formulas`).
    formula : str
        The rate \eta_t in LaTeX. It follows from `template`.
    code : str
        What multiplies the rate after the warm-up, in Python, for scripts without gdplay: from t,
        the fields by their names, and n, the updates of the run after the warm-up.
    about : str
        One sentence for a learner.
    """

    key = ""
    title = ""
    template = ""
    formula = ""
    code = ""
    about = ""

    _: KW_ONLY
    warmup: int = knob(
        0, 0, 1_000_000, help="Updates in which the rate first rises from near zero.", symbol="w"
    )

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "template" in cls.__dict__:
            cls.formula = f"{RATE} = {symbolic(cls.template)}"

    def factors(self, n_updates: int, first: int = 0, last: int | None = None) -> Array:
        """Return the multiple of the learning rate for each update of a run.

        Parameters
        ----------
        n_updates : int
            Updates in the whole run, warm-up included.
        first, last : int
            Which of them are wanted, counted from 0, `last` excluded; all by default.

        Returns
        -------
        factors : ndarray of shape (last - first,)
            From 0 to 1.
        """
        made = np.arange(first, n_updates if last is None else last, dtype=np.float64)
        ramp = np.minimum((made + 1) / (self.warmup + 1), 1.0)
        t = np.maximum(made - self.warmup, 0.0)
        return ramp * self._after_warmup(t, n_updates - self.warmup)

    def numbers(self, update: int, n_updates: int) -> dict[str, float]:
        """Return the numbers that make an update's rate, by symbol; none for a steady rate.

        Parameters
        ----------
        update : int
            Counts from 1. Those that warm up are told by `WARM_UP`, the others by `template`.
        n_updates : int
            Updates in the whole run, warm-up included.
        """
        if update <= self.warmup:
            return {"u": update, "w": self.warmup}
        fields = {symbol: value for symbol, value in by_symbol(self).items() if symbol != "w"}
        return {"t": update - 1 - self.warmup, **fields} if fields else {}

    @property
    def constant(self) -> bool:
        """Whether every update has the full rate."""
        return False

    def within(self, n_updates: int) -> Self:
        """Return the schedule with numbers that let it do its work within so many updates."""
        return self

    @abstractmethod
    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        """Return the factors of updates `t` out of `n_updates`; 1 at t = 0."""


def _gamma(default: float, help: str) -> Any:
    return knob(default, 0.0, 1.0, help=help, symbol=r"\gamma")


@dataclass(frozen=True)
class Constant(Schedule):
    """Keep the learning rate.

    eta_t = eta
    """

    key = "constant"
    title = "Constant"
    template = r"<\eta>"
    code = "1.0"
    about = "The learning rate stays as it is."

    @property
    def constant(self) -> bool:
        return self.warmup == 0

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        return np.ones_like(t)


@dataclass(frozen=True)
class Step(Schedule):
    """Cut the learning rate every so many updates.

    eta_t = eta gamma^floor(t / every)        (torch.optim.lr_scheduler.StepLR)
    """

    key = "step"
    title = "Steps"
    template = r"<\eta>*\, <\gamma>^{\lfloor <t> / <k> \rfloor}"
    code = "gamma ** (t // every)"
    about = "The learning rate is cut at regular intervals and stays level in between."

    gamma: float = _gamma(0.5, "What each cut leaves of the rate.")
    every: int = knob(
        1000, 1, 1_000_000, log=True, help="Updates from one cut to the next.", symbol="k"
    )

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        return self.gamma ** (t // self.every)

    def within(self, n_updates: int) -> Self:
        """Cut the rate four times: a fifth of the updates lies between two cuts."""
        return replace(self, every=max(1, n_updates // 5))


@dataclass(frozen=True)
class Exponential(Schedule):
    """Shrink the learning rate by the same share at every update.

    eta_t = eta gamma^t        (torch.optim.lr_scheduler.ExponentialLR)
    """

    key = "exponential"
    title = "Exponential"
    template = r"<\eta>*\, <\gamma>^<t>"
    code = "gamma**t"
    about = "The learning rate loses the same share of itself at every update."

    gamma: float = _gamma(0.999, "What one update leaves of the rate.")

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        return self.gamma**t

    def within(self, n_updates: int) -> Self:
        """Leave a hundredth of the rate at the end."""
        return replace(self, gamma=float(f"{0.01 ** (1 / n_updates):.6g}"))


@dataclass(frozen=True)
class Inverse(Schedule):
    """Shrink the learning rate like 1/t: slowly enough to arrive, fast enough to settle.

    eta_t = eta / (1 + t / half_life)        (Robbins & Monro, 1951; Bottou, 2012)
    """

    key = "inverse"
    title = "Inverse time"
    template = r"\frac{<\eta>}{1 + <t> / <h>}"
    code = "1 / (1 + t / half_life)"
    about = "The learning rate falls like one over time, so that even noisy descent settles."

    half_life: int = knob(
        200, 1, 1_000_000, log=True, help="Updates after which the rate is half.", symbol="h"
    )

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        return 1 / (1 + t / self.half_life)

    def within(self, n_updates: int) -> Self:
        """Halve the rate in the first twentieth of the updates: 1/21 is left at the end."""
        return replace(self, half_life=max(1, n_updates // 20))


@dataclass(frozen=True)
class Cosine(Schedule):
    """Lower the learning rate along half a cosine, and keep what is left.

    eta_t = eta (floor + (1 - floor) (1 + cos(pi t / t_max)) / 2) up to t_max, then eta floor

    With t_max = 0 it is all n updates of the run, of which the last has t = n - 1.
    (Loshchilov & Hutter, 2017, SGDR, arXiv:1608.03983, one period)
    """

    key = "cosine"
    title = "Cosine"
    template = (
        r"<\eta>* \left(<f> + (1 - <f>)*\,"
        r" \tfrac{1}{2}* \left(1 + \cos \tfrac{\pi \min(<t>, <T>)}{<T>}\right)\right)"
    )
    code = "floor + (1 - floor) * (1 + np.cos(np.pi * min(t / (t_max or max(n, 1)), 1))) / 2"
    about = "The learning rate glides down to its floor, slowly at both ends."

    t_max: int = knob(
        0, 0, 1_000_000,
        help="Updates after which the rate is lowest. 0 means all of the run: then its last update "
        "is still just above the lowest.",
        symbol="T",
    )  # fmt: skip
    floor: float = knob(
        0.0, 0.0, 1.0, help="Share of the rate that is left after those updates.", symbol="f"
    )

    def numbers(self, update: int, n_updates: int) -> dict[str, float]:
        numbers = super().numbers(update, n_updates)
        period = {"T": self._period(n_updates - self.warmup)} if "T" in numbers else {}
        return numbers | period

    def _period(self, n_updates: int) -> int:
        return self.t_max or max(n_updates, 1)

    def _after_warmup(self, t: Array, n_updates: int) -> Array:
        period = self._period(n_updates)
        fall = (1 + np.cos(np.pi * np.minimum(t / period, 1.0))) / 2
        return self.floor + (1 - self.floor) * fall

    def within(self, n_updates: int) -> Self:
        """Glide down over the whole run."""
        return replace(self, t_max=0)


SCHEDULES = table(Constant(), Step(), Exponential(), Inverse(), Cosine())
