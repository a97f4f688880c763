"""Noise floors: where runs of few rows hover in the long run, measured beside the prediction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.experiment import Run
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.sweeps import Sweep, Swept, rates_around
from gdplay.theory.curvature import FLAT, spectrum
from gdplay.theory.gradient_noise import mean_square_limit, noise_covariance, noise_floor

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


def floor_sizes(n_samples: int) -> tuple[int, ...]:
    """Return up to four batch sizes, 1 to at most a third of the rows, a factor 4 apart."""
    return tuple(size for size in (1, 4, 16, 64) if 3 * size <= n_samples)


def floor_sweep(
    problem: Problem, n_rates: int = 8, seed: int = 0, n_seeds: int = 20
) -> Sweep | None:
    """Return runs that begin at the minimum, or None where there is none or too few rows.

    For every batch size of `floor_sizes` one line with replacement and one reshuffled. Short last
    batches are left out, as they would have more noise than the others. What rates they have in
    common lies between 0.03 and 0.9 times 2/L; batches of few rows diverge at the larger ones.
    """
    minimum, sizes = problem.minimum(), floor_sizes(problem.n_samples)
    if minimum is None or not sizes:
        return None
    rates = rates_around(problem, n_rates, 0.03, 0.9)
    runs = tuple(
        _long_enough(Run(SGD(), batch_size=size, sampling=key, drop_last=True), problem, rates[0])
        for key in SAMPLED
        for size in sizes
    )
    return Sweep(problem, runs, rates, tuple(minimum.tolist()), ENDS, seed, n_seeds)


def _long_enough(run: Run, problem: Problem, rate: float) -> Run:
    """Return `run` with the epochs that it needs to forget that it began at the minimum."""
    per_epoch = run.updates_per_epoch(problem.n_samples)
    epochs = max(4, min(ENDS, MOST_UPDATES // per_epoch))
    while epochs * per_epoch < MOST_UPDATES and epochs < MOST_EPOCHS:
        if settled(problem, rate, epochs * per_epoch) >= SETTLED:
            break
        epochs = min(2 * epochs, MOST_EPOCHS)
    return replace(run, epochs=epochs)


def settled(problem: Problem, rate: float, updates: int) -> float:
    """Return which share of the floor the second half of a run from the minimum shows, 0 to 1.

    At small rates a direction with curvature h and noise c adds lr c / (4 B), of which a share
    1 - exp(-2 lr h t) is there after t updates.
    """
    minimum = problem.minimum()
    assert minimum is not None
    found = spectrum(problem, minimum)
    bent = found.values > FLAT * found.values[-1]
    h, directions = found.values[bent], found.vectors[:, bent]
    noise = np.diag(directions.T @ noise_covariance(problem, minimum) @ directions)
    if not noise.sum() > 0:
        return 1.0
    times = np.linspace(0.5, 1, 50) * updates
    there = 1 - np.exp(-2 * rate * np.outer(h, times)).mean(axis=1)
    return float(noise @ there / noise.sum())


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


def floors(swept: Swept) -> tuple[Floor, ...]:
    """Return where the runs of a `floor_sweep` hover."""
    return tuple(_floor(swept, place) for place in range(len(swept.losses)))


def _floor(swept: Swept, place: int) -> Floor:
    run, losses = swept.sweep.runs[place], swept.losses[place]
    size, problem = run.rows(swept.sweep.problem.n_samples), swept.sweep.problem
    excess = losses[:, :, losses.shape[2] // 2 :] - swept.origin.loss
    tails = np.maximum(excess.mean(axis=2), 0.0)
    low, high = (np.quantile(tails, share, axis=1, method="nearest") for share in (0.1, 0.9))
    rates = swept.sweep.rates
    known = [noise_floor(problem, rate, size) for rate in rates]
    predicted = np.array([np.nan if floor is None else floor for floor in known])
    return Floor(size, run.sampling, np.array(rates), tails.mean(axis=1), low, high, predicted)


def agreement(problem: Problem, found: Sequence[Floor]) -> list[float]:
    """Return measured over predicted floors of rows drawn with replacement, in ascending order.

    Those at rates up to 0.8 times the mean-square limit.
    """
    ratios: list[float] = []
    for floor in found:
        limit = mean_square_limit(problem, floor.batch_size)
        if floor.sampling == SAMPLED[0] and limit is not None:
            calm = (floor.rates <= NEAR_LIMIT * limit) & (floor.predicted > 0)
            ratios += (floor.mean[calm] / floor.predicted[calm]).tolist()
    return sorted(ratio for ratio in ratios if np.isfinite(ratio))
