"""Clouds of mini-batch gradients at one point: how far they scatter around the full gradient."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.loss.problem import Problem
from gdplay.theory.gradient_noise import noise_covariance

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


class Scatter(NamedTuple):
    """A cloud in numbers: mean cosine (NaN at rest), spread, its prediction, share uphill."""

    batch_size: int
    cosine: float
    spread: float
    predicted: float
    uphill: float


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
    found = []
    for size in sizes:
        mine = _cloud(rows, orders, size)
        found.append(
            Scatter(
                mine.batch_size,
                np.nan if mine.rests else float(np.nanmean(mine.cosines)),
                mine.spread,
                single * _shrunk(problem.n_samples, mine.batch_size, replacement),
                mine.uphill,
            )
        )
    return tuple(found)
