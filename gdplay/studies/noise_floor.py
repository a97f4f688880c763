"""The noise floor: how high above the minimum runs of few rows hover, and what sets the height."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Progress
from gdplay.experiment import Experiment, Run
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.sweeps import Sweep, Swept, rates_around, sweep
from gdplay.theory import gradient_noise
from gdplay.theory.curvature import FLAT, spectrum
from gdplay.theory.gradient_noise import mean_square_limit, noise_covariance, small_rate_floor
from gdplay.theory.measures import over_seeds
from gdplay.words import number

SAMPLED = ("with replacement", "reshuffle")
"""The two samplings that are compared: keys of SAMPLINGS."""

MOST_EPOCHS = 2560

ENDS = 40
"""So many epochs at least: each epoch's end in the second half of a run is one measurement."""

SETTLED = 0.98
"""Runs are so long that the slowest rate's tail shows this share of its floor, if they may be."""

MOST_UPDATES = 100_000
"""No run makes many more updates than this."""

NEAR_LIMIT = 0.8
"""Beyond this share of the mean-square limit a few wild orders carry the mean: not compared."""

CLOSE = 0.2
"""A measured floor this share off the predicted one, or less, is close to it."""

WHOLE = 0.95
"""Runs whose tails show less than this share of their floor are said to be too short."""


class Floor(NamedTuple):
    """The tails of one line's runs over the rates (P,).

    Attributes
    ----------
    batch_size : int
    sampling : str
    rates : ndarray of shape (P,)
    mean : ndarray of shape (P,)
        Excess training loss over the second half of the epochs, averaged over seeds; NaN where a
        seed diverged or the run was stopped.
    low, high : ndarray of shape (P,)
        10th and 90th percentile over the seeds' own averages.
    predicted : ndarray of shape (P,)
        What `noise_floor` says for rows drawn with replacement; NaN where it is not known.
    """

    batch_size: int
    sampling: str
    rates: Array
    mean: Array
    low: Array
    high: Array
    predicted: Array


class NoiseFloor(NamedTuple):
    """Measured floors beside what is predicted.

    Attributes
    ----------
    floors : tuple of Floor
        A line per sampling and batch size.
    small : float
        What the floor over lr/B is predicted to tend to at small rates.
    ratios : tuple of float
        Measured over predicted floors of rows drawn with replacement, ascending: see `agreement`.
    settled : float
        Which share of the floor the runs at the smallest rate are long enough to show, 0 to 1.
    quadratic : bool
        Whether the prediction holds everywhere; otherwise it takes the curvature at the minimum.
    n_seeds : int
        How many orders of the rows a measured floor is the mean of.
    """

    floors: tuple[Floor, ...]
    small: float
    ratios: tuple[float, ...]
    settled: float
    quadratic: bool
    n_seeds: int

    @property
    def words(self) -> str:
        """How the floors meet the prediction, and how much lower reshuffled rows hover."""
        sentences = (self._predicted(), self._reshuffled(), self._short())
        return "  \n\n".join(filter(None, sentences))

    @property
    def quieter(self) -> dict[int, float]:
        """Per batch size, floors with replacement over reshuffled ones, at the smallest rate."""
        drawn, shuffled = (
            {floor.batch_size: float(floor.mean[0]) for floor in self.floors if floor.sampling == s}
            for s in SAMPLED
        )
        ratios = {size: drawn[size] / low for size, low in shuffled.items() if low > 0}
        return {size: ratio for size, ratio in ratios.items() if np.isfinite(ratio)}

    def _predicted(self) -> str:
        if not self.ratios:
            return ""
        close = sum(abs(ratio - 1) <= CLOSE for ratio in self.ratios)
        local = " The prediction is local: it takes the curvature at the minimum."
        return (
            f"**With replacement** the noise floor is predicted: {close} of {len(self.ratios)} "
            f"marks lie within {100 * CLOSE:.0f} % of it (median ratio "
            f"{number(float(np.median(self.ratios)))}), up to {NEAR_LIMIT} times the mean-square "
            f"limit.{'' if self.quadratic else local}"
        )

    def _reshuffled(self) -> str:
        if not self.quieter:
            return ""
        ratios = (f"{number(ratio)} at B = {size}" for size, ratio in self.quieter.items())
        return (
            "**Reshuffled**, rows of one epoch balance each other. At η = "
            f"{number(float(self.floors[0].rates[0]))} the floor with replacement is so many times "
            f"the reshuffled one: {', '.join(ratios)}."
        )

    def _short(self) -> str:
        if self.settled >= WHOLE:
            return ""
        share = f"{100 * self.settled:.0f} %"
        return f"At the smallest rate the runs are too short: they show {share} of it."


def floor_sizes(n_samples: int) -> tuple[int, ...]:
    """Return up to four batch sizes, 1 to at most a third of the rows, a factor 4 apart."""
    return tuple(size for size in (1, 4, 16, 64) if 3 * size <= n_samples)


def obstacle(problem: Problem) -> str:
    """Return why there is no floor to measure; empty where there is one."""
    if problem.minimum() is None:
        return f"{problem.no_minimum} here, so there is nothing to hover around."
    return "" if floor_sizes(problem.n_samples) else "There are too few rows for batches."


def noise_floor_sweep(experiment: Experiment, n_rates: int = 8, n_seeds: int = 20) -> Sweep:
    """Return runs that begin at the minimum of the experiment's problem.

    For every batch size of `floor_sizes` one line with replacement and one reshuffled. Short last
    batches are left out, as they would have more noise than the others. What rates they have in
    common lies between 0.03 and 0.9 times 2/L; batches of few rows diverge at the larger ones.

    Raises
    ------
    ValueError
        If there is no finite minimum, or there are too few rows: see `obstacle`.
    """
    problem = experiment.problem
    minimum, sizes = problem.minimum(), floor_sizes(problem.n_samples)
    if minimum is None or not sizes:
        raise ValueError(obstacle(problem))
    rates = rates_around(problem, n_rates, 0.03, 0.9)
    runs = tuple(
        _long_enough(Run(SGD(), batch_size=size, sampling=key, drop_last=True), problem, rates[0])
        for key in SAMPLED
        for size in sizes
    )
    return Sweep(problem, runs, rates, tuple(minimum.tolist()), ENDS, experiment.seed, n_seeds)


def _long_enough(run: Run, problem: Problem, rate: float) -> Run:
    """Return `run` with the epochs that it needs to forget that it began at the minimum."""
    per_epoch = run.updates_per_epoch(problem.n_samples)
    epochs = max(4, min(ENDS, MOST_UPDATES // per_epoch))
    while epochs * per_epoch < MOST_UPDATES and epochs < MOST_EPOCHS:
        if settled(problem, rate, epochs * per_epoch) >= SETTLED:
            break
        epochs = min(2 * epochs, MOST_EPOCHS)
    return replace(run, epochs=epochs)


_LOOKS = 50
"""Tolerance: the second half of a run is looked at so often for its mean."""


def settled(problem: Problem, rate: float, updates: int) -> float:
    """Return which share of the floor the second half of a run from the minimum shows, 0 to 1.

    At small rates a direction with curvature h and noise c adds lr c / (4 B), of which a share
    1 - exp(-2 lr h t) is there after t updates.
    """
    minimum = problem.minimum()
    assert minimum is not None
    bends = spectrum(problem, minimum)
    bent = bends.values > FLAT * bends.values.max()
    h, directions = bends.values[bent], bends.vectors[:, bent]
    noise = np.diag(directions.T @ noise_covariance(problem, minimum) @ directions)
    if not noise.sum() > 0:
        return 1.0
    times = np.linspace(0.5, 1, _LOOKS) * updates
    there = 1 - np.exp(-2 * rate * np.outer(h, times)).mean(axis=1)
    return float(noise @ there / noise.sum())


def read(plan: Sweep, swept: Swept) -> NoiseFloor:
    """Return where the runs of a `noise_floor_sweep` hover, beside the prediction."""
    problem, run = plan.problem, plan.runs[-1]
    updates = plan.experiment.epochs_of(run) * run.updates_per_epoch(problem.n_samples)
    measured, small = floors(swept), small_rate_floor(problem, 1.0, 1)
    assert small is not None  # or there would be no sweep
    return NoiseFloor(
        measured,
        small,
        tuple(agreement(problem, measured)),
        settled(problem, plan.rates[0], updates),
        problem.quadratic,
        plan.n_seeds,
    )


def floors(swept: Swept) -> tuple[Floor, ...]:
    """Return where the runs of a sweep from the minimum hover, line by line."""
    return tuple(_floor(swept, place) for place in range(len(swept.losses)))


def _floor(swept: Swept, place: int) -> Floor:
    run, losses = swept.sweep.runs[place], swept.losses[place]
    size, problem = run.rows(swept.sweep.problem.n_samples), swept.sweep.problem
    excess = losses[:, :, losses.shape[2] // 2 :] - swept.origin.loss
    tails = np.maximum(excess.mean(axis=2), 0.0)
    low, _, high = over_seeds(tails, axis=1)
    rates = swept.sweep.rates
    levels = [gradient_noise.noise_floor(problem, rate, size) for rate in rates]
    predicted = np.array([np.nan if floor is None else floor for floor in levels])
    return Floor(size, run.sampling, np.array(rates), tails.mean(axis=1), low, high, predicted)


def agreement(problem: Problem, floors: Sequence[Floor]) -> list[float]:
    """Return measured over predicted floors of rows drawn with replacement, in ascending order.

    Those at rates up to 0.8 times the mean-square limit.
    """
    ratios: list[float] = []
    for floor in floors:
        limit = mean_square_limit(problem, floor.batch_size)
        if floor.sampling == SAMPLED[0] and limit is not None:
            calm = (floor.rates <= NEAR_LIMIT * limit) & (floor.predicted > 0)
            ratios += (floor.mean[calm] / floor.predicted[calm]).tolist()
    return sorted(ratio for ratio in ratios if np.isfinite(ratio))


def noise_floor(
    experiment: Experiment,
    *,
    n_rates: int = 8,
    n_seeds: int = 20,
    progress: Progress | None = None,
) -> NoiseFloor:
    """Return how high above the minimum runs of few rows hover on a problem, beside the theory.

    Parameters
    ----------
    experiment : Experiment
        Its problem and seed are taken.
    n_rates : int
        How many rates there are, from 0.03 to 0.9 times 2/L.
    n_seeds : int
        How many orders of the rows a floor is the mean of.
    progress : callable, optional
        As in `train`.

    Raises
    ------
    ValueError
        If there is no finite minimum, or there are too few rows: see `obstacle`.
    """
    plan = noise_floor_sweep(experiment, n_rates, n_seeds)
    return read(plan, sweep(plan, progress=progress))
