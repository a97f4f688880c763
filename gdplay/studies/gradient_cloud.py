"""Clouds of mini-batch gradients at one point: how far they scatter around the full gradient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.training import Progress, Trace, train
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.studies.budgets import sizes_up_to
from gdplay.theory.gradient_noise import noise_covariance
from gdplay.words import number, percent, quantity

N_BATCHES = 400
"""Gradients of a cloud."""

NEAR = 0.02
"""Near the minimum: this share of the way from it to the start."""

PLACES = ("start", "way", "near", "minimum")
"""Where a cloud can be: at the start, on a run's way, near the minimum, at the minimum."""

ROUGHLY, NEARLY = 0.5, 0.9
"""Tolerance: gradients with these mean cosines to the full one point roughly, nearly one way."""

FAIR = 3.0
"""So many standard errors: the mean of batches drawn fairly is hardly ever farther off."""

REST = 1e-6
"""A full gradient below this share of a single row's is zero: it has no direction."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Gradients of many mini-batches at the same parameters; Q = n_params.

    Attributes
    ----------
    batch_size : int
        Rows in each, 1 to n_samples.
    gradients : ndarray of shape (n, Q)
    full : ndarray of shape (Q,)
        The gradient over all rows.
    scale : float
        Root of the mean squared length of single rows' gradients.
    """

    batch_size: int
    gradients: Array
    full: Array
    scale: float

    @property
    def rests(self) -> bool:
        """Whether the full gradient is zero, rounding aside, so that nothing points uphill."""
        return float(np.linalg.norm(self.full)) <= REST * self.scale

    @property
    def cosines(self) -> Array:
        """Cosine of each one's angle to the full gradient (n,); NaN where one has no length."""
        lengths = np.linalg.norm(self.gradients, axis=1) * np.linalg.norm(self.full)
        products = self.gradients @ self.full
        cosines = np.full(len(lengths), np.nan)
        return np.asarray(np.divide(products, lengths, out=cosines, where=lengths > 0))

    @property
    def spread(self) -> float:
        """Root of the mean squared distance to the full gradient."""
        return float(np.sqrt(((self.gradients - self.full) ** 2).sum(axis=1).mean()))

    @property
    def uphill(self) -> float:
        """Share, 0 to 1, whose step would raise the full loss at first: a negative product."""
        return float(np.mean(self.gradients @ self.full < 0))


class Scatter(NamedTuple):
    """A cloud in numbers: mean cosine (NaN at rest), spread, its prediction, share uphill."""

    batch_size: int
    cosine: float
    spread: float
    predicted: float
    uphill: float


class Place(NamedTuple):
    """Parameters (n_params,), and where they are in words: "at the start"."""

    params: Array
    name: str


class GradientCloud(NamedTuple):
    """A cloud at a place, beside clouds of other batch sizes there.

    Attributes
    ----------
    place : Place
    n_samples : int
    cloud : Cloud
    singles : Cloud
        That of single rows, whatever the batch size.
    scatters : tuple of Scatter
        The clouds of all batch sizes in numbers, `cloud` among them.
    """

    place: Place
    n_samples: int
    cloud: Cloud
    singles: Cloud
    scatters: tuple[Scatter, ...]

    @property
    def scatter(self) -> Scatter:
        """The cloud in numbers."""
        return next(one for one in self.scatters if one.batch_size == self.cloud.batch_size)

    @property
    def missed(self) -> float:
        """How far the mean of all the cloud's gradients is from the full one."""
        return float(np.linalg.norm(self.cloud.gradients.mean(axis=0) - self.cloud.full))

    @property
    def in_short(self) -> str:
        """What is seen, in plain words, before any number of it."""
        count, size = len(self.cloud.gradients), quantity(self.cloud.batch_size, "row")
        if self.cloud.batch_size == self.n_samples:
            return "A batch of all rows has the full gradient, every time: all dots are one."
        if self.cloud.rests:
            return (
                f"Here the full gradient is zero: what {count} batches of {size} ask for is noise."
            )
        mine = self.scatter
        ways = "many ways" if mine.cosine < ROUGHLY else "roughly one way"
        ways = "nearly one way" if mine.cosine >= NEARLY else ways
        uphill = f", {percent(mine.uphill)} of them uphill" * bool(mine.uphill)
        mean = "point where all rows do" if self._fair else "come nearer to what all rows ask for"
        return (
            f"{count} batches of {size}, each a dot, point {ways}{uphill}; on average they {mean}."
        )

    @property
    def words(self) -> str:
        """What the cloud shows."""
        where, size = self.place.name, self.cloud.batch_size
        epoch = Run(SGD(), batch_size=size).updates_per_epoch(self.n_samples)
        head = f"**{where[0].upper()}{where[1:]}, B = {size}** "
        head += f"({quantity(epoch, 'update')} an epoch): "
        if size == self.n_samples:
            return head + "a batch of all rows has the full gradient, every time."
        return f"{head}{self._misses()} {self._uphill()} {self._shrinks()}"

    def _misses(self) -> str:
        mine, count = self.scatter, len(self.cloud.gradients)
        return (
            f"one gradient misses the full one by {number(mine.spread)}, the mean of all "
            f"{count} by {number(self.missed)}{': noisy, not wrong' * self._fair}."
        )

    @property
    def _fair(self) -> bool:
        """Whether the mean of all misses the full gradient by no more than chance makes it."""
        count = len(self.cloud.gradients)
        return bool(self.missed <= FAIR * self.scatter.predicted / count**0.5)

    def _uphill(self) -> str:
        if self.cloud.rests:
            return "The full gradient is zero here, so every step is noise and leads away."
        share = self.scatter.uphill
        return f"Of their steps, {percent(share) if share else 'none'} go uphill at first."

    def _shrinks(self) -> str:
        """Return what becomes of the spread with more rows."""
        mine = self.scatter
        more = next((one for one in self.scatters if one.batch_size == 4 * mine.batch_size), None)
        if more is None or not mine.spread:
            return ""
        ratio = number(more.spread / mine.spread)
        why = f" (predicted: {number(more.predicted / mine.predicted)})" if mine.predicted else ""
        return f"Four times the rows leave {ratio} of the spread{why}."


# Where


def places(problem: Problem) -> tuple[str, ...]:
    """Return which of PLACES there are: the minimum may be none."""
    return PLACES if problem.minimum() is not None else PLACES[:2]


def usual_epoch(experiment: Experiment, run: int) -> int:
    """Return the epoch on a run's way that is looked at: a fifth of all."""
    return experiment.epochs_of(experiment.runs[run]) // 5


def place(
    experiment: Experiment,
    at: str,
    traces: Sequence[Trace] = (),
    run: int = 0,
    epoch: int | None = None,
) -> Place:
    """Return the parameters of a place, and its name in words.

    Parameters
    ----------
    at : str
        One of `places`.
    traces : sequence of Trace
        The experiment's own, needed on the way of a run.
    run, epoch : int
        Whose way, by its place, and after which epoch; the last finite one before it where that
        has diverged. A fifth of all epochs by default.

    Raises
    ------
    ValueError
        If there is no such place.
    """
    if at not in places(experiment.problem):
        raise ValueError(f"at must be one of {', '.join(places(experiment.problem))}; got {at}")
    start, minimum = start_of(experiment), experiment.problem.minimum()
    if at == "way":
        epoch = usual_epoch(experiment, run) if epoch is None else epoch
        return _on_the_way(traces[run], epoch, labels(experiment)[run])
    if minimum is None or at == "start":
        return Place(start, "at the start")
    if at == "near":
        return Place(minimum + NEAR * (start - minimum), "near the minimum")
    return Place(minimum, "at the minimum")


def _on_the_way(trace: Trace, epoch: int, name: str) -> Place:
    """Return where a run was at the last finite epoch's end up to `epoch` that was kept."""
    states = trace.params[0]
    finite = np.flatnonzero(np.isfinite(states).all(axis=1))
    place = finite[trace.epochs[finite] <= epoch][-1]
    last = int(trace.epochs[place])
    when = f"after {quantity(last, 'epoch')}" if last else "at the start"
    return Place(states[place], f"{when} of “{name}”")


# Clouds


def cloud(
    problem: Problem,
    params: Array,
    batch_size: int,
    n: int = 400,
    seed: int = 0,
    replacement: bool = False,
) -> Cloud:
    """Return the gradients of `n` mini-batches at `params (n_params,)`.

    Parameters
    ----------
    batch_size : int
        From n_samples on every batch is all rows, each once, as in training.
    seed : int
        Batches of different sizes with one seed are nested: each begins with the smaller one.
    replacement : bool
        Whether a batch may hold a row twice. Otherwise it is the first of a fresh shuffle.

    Raises
    ------
    ValueError
        If `batch_size` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be 1 or more; got {batch_size}")
    orders = _orders(problem.n_samples, n, seed, replacement)
    return _cloud(row_gradients(problem, params), orders, batch_size)


def row_gradients(problem: Problem, params: Array) -> Array:
    """Return each row's own gradient at `params`, penalty included, (n_samples, n_params)."""
    n = problem.n_samples
    theta = np.broadcast_to(problem.points(params)[:, :, None], (n, problem.n_params, 1))
    return np.asarray(
        problem.value_and_grad(theta, problem.gather(np.arange(n)[:, None]))[1][..., 0]
    )


def _orders(n_samples: int, n: int, seed: int, replacement: bool) -> Indices:
    """Return in which orders rows are taken, (n, n_samples)."""
    rng = np.random.default_rng(seed)
    if replacement:
        return rng.integers(0, n_samples, size=(n, n_samples))
    return rng.permuted(np.tile(np.arange(n_samples), (n, 1)), axis=1)


def _cloud(rows: Array, orders: Indices, batch_size: int) -> Cloud:
    """Return the means over the first rows of each order: the mean of gradients is the batch's."""
    full = rows.mean(axis=0)
    scale = float(np.sqrt((rows**2).sum(axis=1).mean()))
    if batch_size >= len(rows):
        return Cloud(len(rows), np.tile(full, (len(orders), 1)), full, scale)
    first = orders[:, :batch_size] + len(rows) * np.arange(len(orders))[:, None]
    counts = np.bincount(first.ravel(), minlength=orders.size).reshape(orders.shape)
    return Cloud(batch_size, counts @ rows / batch_size, full, scale)


def predicted_spread(
    problem: Problem, params: Array, batch_size: int, replacement: bool = False
) -> float:
    """Return the spread that clouds of this batch size have on average.

    sqrt(tr C / B), with C the covariance of single rows' gradients; without replacement times
    sqrt((N - B) / (N - 1)), as a batch of all rows has none. (Cochran, 1977, Sampling Techniques,
    theorem 2.2)
    """
    single = np.sqrt(np.trace(noise_covariance(problem, params)))
    return float(single * _shrunk(problem.n_samples, batch_size, replacement))


def _shrunk(n: int, batch_size: int, replacement: bool) -> float:
    """Return the spread of batches as a share of that of single rows."""
    left = 1.0 if replacement else (n - batch_size) / max(n - 1, 1)
    return float(np.sqrt(left / batch_size)) if batch_size < n else 0.0


def scatters(
    problem: Problem,
    params: Array,
    sizes: Iterable[int],
    n: int = 400,
    seed: int = 0,
    replacement: bool = False,
) -> tuple[Scatter, ...]:
    """Return the numbers of the clouds of several batch sizes; other parameters as in `cloud`."""
    rows = row_gradients(problem, params)
    orders = _orders(problem.n_samples, n, seed, replacement)
    single = predicted_spread(problem, params, 1)
    return tuple(
        _scatter(_cloud(rows, orders, size), single, problem.n_samples, replacement)
        for size in sizes
    )


def _scatter(cloud: Cloud, single: float, n_samples: int, replacement: bool) -> Scatter:
    """Return a cloud in numbers; `single` is the predicted spread of single rows."""
    return Scatter(
        cloud.batch_size,
        np.nan if cloud.rests else float(np.nanmean(cloud.cosines)),
        cloud.spread,
        single * _shrunk(n_samples, cloud.batch_size, replacement),
        cloud.uphill,
    )


# The study


def read(
    experiment: Experiment,
    place: Place,
    batch_size: int,
    replacement: bool = False,
    spreads: tuple[Scatter, ...] | None = None,
) -> GradientCloud:
    """Return the cloud at a place of an experiment's problem, beside those of other batch sizes.

    Parameters
    ----------
    batch_size, replacement : as in `cloud`
    spreads : tuple of Scatter, optional
        What `all_scatters` says there, where it has been computed before.
    """
    problem, seed = experiment.problem, experiment.seed
    mine, singles = (
        cloud(problem, place.params, size, N_BATCHES, seed, replacement) for size in (batch_size, 1)
    )
    if spreads is None:
        spreads = all_scatters(problem, place.params, seed, replacement, batch_size)
    return GradientCloud(place, problem.n_samples, mine, singles, spreads)


def all_scatters(
    problem: Problem, params: Array, seed: int, replacement: bool, batch_size: int = 1
) -> tuple[Scatter, ...]:
    """Return the numbers of clouds of sizes from one row to all, `batch_size` among them."""
    sizes = sorted({*sizes_up_to(problem.n_samples), min(batch_size, problem.n_samples)})
    return scatters(problem, params, sizes, N_BATCHES, seed, replacement)


def gradient_cloud(
    experiment: Experiment,
    *,
    batch_size: int = 8,
    at: str = "near",
    run: int = 0,
    epoch: int | None = None,
    replacement: bool = False,
    progress: Progress | None = None,
) -> GradientCloud:
    """Return how gradients of mini-batches scatter around the full one at a place.

    For any other parameters see `read`.

    Parameters
    ----------
    batch_size, replacement : as in `cloud`
    at, run, epoch : as in `place`
    progress : callable, optional
        As in `train`: on a run's way the experiment is trained.

    Raises
    ------
    ValueError
        If there is no such place, or `batch_size` is below 1.
    """
    traces = train(experiment, progress=progress, record_path=False) if at == "way" else ()
    return read(experiment, place(experiment, at, traces, run, epoch), batch_size, replacement)
