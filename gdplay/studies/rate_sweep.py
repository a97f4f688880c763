"""Rate sweeps: how runs end at every rate, where each is best, and from where on it is lost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.cost import work
from gdplay.engine.training import Progress
from gdplay.experiment import Experiment, Run, labels, one_start, start_of
from gdplay.optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from gdplay.studies.sweeps import (
    Ends,
    Sweep,
    Swept,
    limits_of,
    rates_around,
    sweep,
    too_much,
)
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import REPLACEMENT
from gdplay.words import escaped, number, quantity

LINES = {"runs": "Your runs", "optimizers": "Optimizers", "replacement": "Batch sizes"}
"""What a sweep can compare, by the key that links hold."""

RULES = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
"""The rules that "optimizers" compares: the plain step, and those that each add one idea to it.

A memory of steps, a look ahead, a rate per parameter from all slopes, from late ones, and both. The
others of the table vary these, or have no rate of this kind; more lines than colours cannot be told
apart.
"""

QUIET = 3.0
"""Sweeps are cut down until they are estimated to take no longer than so many seconds."""

LOST = 10.0
"""A run that ends at over so many times the start's value is lost, diverged or not."""


class Curve(NamedTuple):
    """How one line of a sweep ended: values at the rates where the median is not lost.

    Attributes
    ----------
    place : int
        Which line it is.
    name : str
    rates, y, low, high : ndarray of shape (P',)
        Median and 10-90 % band of the excess loss over the minimum, or the loss itself where
        there is none; the band's upper edge is infinite where a tenth of the seeds diverged.
    gone : ndarray of shape (G,)
        The rates at which the median diverged, or ended at over `LOST` times the start's value.
    best : tuple of two floats, or None
        The rate with the lowest value, and the value.
    known, lost : ndarray of shape (P',) and (G,)
        Places of `rates` and of `gone` in the sweep's list.
    limit : float or None
        The rate at which the line is predicted to fail.
    whole : bool
        Whether every update takes all rows.
    """

    place: int
    name: str
    rates: Array
    y: Array
    low: Array
    high: Array
    gone: Array
    best: tuple[float, float] | None
    known: Indices
    lost: Indices
    limit: float | None
    whole: bool


class Apart(NamedTuple):
    """How far orders of the rows end apart: the worst excess loss over the best, of one run."""

    name: str
    ratio: float


class RateSweep(NamedTuple):
    """How the lines of a sweep stood after an epoch.

    Attributes
    ----------
    curves : tuple of R Curve
    rates : tuple of P floats
        All rates of the sweep, ascending.
    epoch : int
    n_seeds : int
    start : float
        The value at the start.
    exact : bool
        Whether values are excess losses over a minimum; else they are losses.
    where : str
        Where the curvature behind the predicted limits was taken.
    apart : Apart or None
        Of the line with the fewest rows, at its best rate; None where it tells nothing.
    """

    curves: tuple[Curve, ...]
    rates: tuple[float, ...]
    epoch: int
    n_seeds: int
    start: float
    exact: bool
    where: str
    apart: Apart | None

    @property
    def words(self) -> str:
        """Where each line is best, from where on it is lost, and how far orders end apart."""
        return " ".join(filter(None, (self._lowest(), self._edges(), self._spread())))

    def _lowest(self) -> str:
        what = "excess loss" if self.exact else "loss"
        best = [
            f"**{escaped(curve.name)}** {number(curve.best[1])} at rate {number(curve.best[0])}"
            for curve in self.curves
            if curve.best is not None
        ]
        after = quantity(self.epoch, "epoch")
        return f"Lowest {what} after {after}: {', '.join(best)}." if best else ""

    def _edges(self) -> str:
        edges = [_edge(curve) for curve in self.curves if len(curve.gone)]
        return f"Far above the start (crosses): {', '.join(edges)}." if edges else ""

    def _spread(self) -> str:
        if self.apart is None:
            return ""
        return (
            f"One run tells little: at **{escaped(self.apart.name)}**'s best rate the worst of "
            f"{self.n_seeds} orders of the rows ended {number(self.apart.ratio)} times as high as "
            "the best."
        )

    @property
    def legend(self) -> str:
        """How many runs there were, and how their picture is to be read."""
        n_rates, n_lines = len(self.rates), len(self.curves)
        bands = "Lines are medians, bands hold 80 % of the orders." if self.n_seeds > 1 else ""
        return (
            f"{quantity(n_rates * n_lines * self.n_seeds, 'run')} from one start: "
            f"{quantity(n_rates, 'rate')} × {quantity(n_lines, 'line')} × "
            f"{quantity(self.n_seeds, 'order')} of the rows. "
            f"{bands} Crosses at the top: diverged, or ended over {LOST:.0f} times as "
            f"high as it began. Dotted: predicted limits{self._notes()}."
        )

    def _notes(self) -> str:
        """Return what the predicted limits rest on."""
        notes = [] if self.where == "everywhere" else [f"taken {self.where}"]
        if any(curve.limit and not curve.whole for curve in self.curves):
            notes.append(
                f"those of batches for {REPLACEMENT}, where single runs may survive a while above"
            )
        return f" ({', '.join(notes)})" if notes else ""


def _edge(curve: Curve) -> str:
    """Return from which rate on a line is lost, and what limit was predicted."""
    edge = f"**{escaped(curve.name)}** from {number(curve.gone[0])} on"
    if curve.limit is None:
        return edge
    return f"{edge} ({'limit' if curve.whole else 'mean-square limit'} {number(curve.limit)})"


# What to run


def lines_of(experiment: Experiment, lines: str) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return what a sweep compares, and the names of its lines; `lines` is a key of LINES.

    The experiment's runs, those alike but for their rates once; update rules on all rows; or
    batch sizes up to 32, fewer than all rows and drawn with replacement.
    """
    n = experiment.problem.n_samples
    if lines == "optimizers":
        rules = [OPTIMIZERS[name] for name in RULES]
        return tuple(Run(rule) for rule in rules), tuple(rule.title for rule in rules)
    if lines == "replacement" and n > 1:
        sizes = [size for size in (1, 2, 4, 8, 16, 32) if size < n]
        runs = tuple(Run(SGD(), size, sampling="with replacement") for size in sizes)
        return runs, tuple(f"B = {size}" for size in sizes)
    alike = [replace(run, optimizer=replace(run.optimizer, lr=1.0)) for run in experiment.runs]
    runs = tuple(dict.fromkeys(alike))
    return runs, labels(replace(experiment, runs=runs))


def sweep_of(experiment: Experiment, lines: str) -> Sweep:
    """Return the sweep of these lines, cut down until it takes a few seconds at most."""
    runs, _ = lines_of(experiment, lines)
    n = experiment.problem.n_samples
    noisy = any(run.rows(n) < n for run in runs)
    high = 8.0 if lines == "optimizers" else 2.0
    for n_rates, n_seeds, epochs in (
        (40, 11, experiment.epochs),
        (28, 5, experiment.epochs),
        (20, 3, experiment.epochs),
        (20, 3, max(1, experiment.epochs // 4)),
        (14, 1, max(1, experiment.epochs // 10)),
        (14, 1, 1),
    ):
        plan = Sweep(
            experiment.problem,
            runs if epochs == experiment.epochs else tuple(replace(r, epochs=None) for r in runs),
            rates_around(experiment.problem, n_rates, high=high),
            one_start(experiment),
            epochs,
            experiment.seed,
            n_seeds if noisy else 1,
        )
        if work(plan.experiment).seconds <= QUIET and not too_much(plan, ""):
            break
    return plan


# What came out


def read(swept: Swept, names: Sequence[str], epoch: int | None = None) -> RateSweep:
    """Return how the lines of a sweep, called `names`, stood after an epoch.

    Of lines that are shorter it is their last; with None it is every line's last.
    """
    plan = swept.sweep
    base = swept.origin.loss if swept.origin.exact else 0.0
    ends = swept.lines(epoch)
    return RateSweep(
        tuple(_curve(swept, place, names[place], line, base) for place, line in enumerate(ends)),
        plan.rates,
        plan.epochs if epoch is None else epoch,
        plan.n_seeds,
        swept.start - base,
        swept.origin.exact,
        curvature(plan.problem).where,
        _apart(swept, names, epoch),
    )


def _curve(swept: Swept, place: int, name: str, ends: Ends, base: float) -> Curve:
    plan = swept.sweep
    run, problem, rates = plan.runs[place], plan.problem, np.array(plan.rates)
    gone = ends.median - base > LOST * abs(swept.start - base)
    known, lost = np.flatnonzero(~gone & np.isfinite(ends.median)), np.flatnonzero(gone)
    y, low, high = (values[known] - base for values in (ends.median, ends.low, ends.high))
    best = None
    if ends.best is not None and len(known):
        best = (float(rates[ends.best]), float(ends.median[ends.best] - base))
    (limit,) = limits_of(problem, [run])
    whole = run.rows(problem.n_samples) == problem.n_samples
    return Curve(
        place, name, rates[known], y, low, high, rates[lost], best, known, lost, limit, whole
    )


def _apart(swept: Swept, names: Sequence[str], epoch: int | None) -> Apart | None:
    plan = swept.sweep
    if plan.n_seeds < 3 or not swept.origin.exact:
        return None
    place = min(range(len(names)), key=lambda i: plan.runs[i].rows(plan.problem.n_samples))
    best = swept.line(place, epoch).best
    if best is None:
        return None
    losses = swept.losses[place][best]
    excess = losses[:, swept.column(place, epoch)] - swept.origin.loss
    if not (np.isfinite(excess).all() and excess.min() > swept.origin.dust):
        return None
    ratio = float(excess.max() / excess.min())
    return Apart(names[place], ratio) if ratio >= 1.05 else None


def rate_sweep(
    experiment: Experiment,
    lines: str = "runs",
    epoch: int | None = None,
    *,
    progress: Progress | None = None,
) -> RateSweep:
    """Train lines at every rate around 2/L and return how they ended.

    Parameters
    ----------
    experiment : Experiment
    lines : key of LINES
        What is compared: the experiment's runs, update rules on all rows, or batch sizes.
    epoch : int, optional
        The epoch after which they are looked at; the last by default.
    progress : callable, optional
        As in `train`.

    Raises
    ------
    ValueError
        If `lines` is no key of LINES.
    """
    if lines not in LINES:
        raise ValueError(f"lines must be one of {', '.join(LINES)}; got {lines!r}")
    plan, names = sweep_of(experiment, lines), lines_of(experiment, lines)[1]
    return read(sweep(plan, progress=progress), names, plan.epochs if epoch is None else epoch)


# The first step


class FirstSteps(NamedTuple):
    """How long the first step of one parameter is, in units of the rate.

    Attributes
    ----------
    name : str
        The parameter with the steepest slope at the start.
    plain, adam : tuple of 3 floats
        Of the plain step and of Adam, with the gradient made 1000 times smaller, left as it is,
        and made 1000 times larger.
    """

    name: str
    plain: tuple[float, ...]
    adam: tuple[float, ...]

    @property
    def words(self) -> str:
        """What a rate means to Adam, and what to the plain step."""
        # With all four digits, so that numbers which are alike look alike.
        plain, adam = (", ".join(f"{x:#.4g}" for x in steps) for steps in (self.plain, self.adam))
        return (
            "**Adam's rate is another scale.** With the gradient at the start made 1000 times "
            "smaller, left as it is, and made 1000 times larger, the first plain step of "
            f"{escaped(self.name)} is {plain} times η long, and Adam's {adam} times η."
        )


def first_steps(experiment: Experiment) -> FirstSteps | None:
    """Return the first step's length, plain and Adam's; None where the start has no slope."""
    problem = experiment.problem
    grad = problem.gradient(start_of(experiment))
    if not grad.any():
        return None
    place = int(np.argmax(np.abs(grad)))
    plain, adam = (
        tuple(abs(float(first_step(rule, grad * scale)[place])) for scale in (1e-3, 1.0, 1e3))
        for rule in (SGD(lr=1.0), Adam(lr=1.0))
    )
    return FirstSteps(problem.param_titles[place], plain, adam)


def first_step(rule: Optimizer, grad: Array) -> Array:
    """Return a rule's first step (n_params,) at `grad (n_params,)`."""
    params = np.zeros_like(grad)
    return np.asarray(rule.update(grad, rule.init(params), params, rule.lr)[0])
