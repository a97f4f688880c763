"""In which order an epoch takes its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.registry import table

Draw = Callable[[np.random.Generator, Array], Iterator[Indices]]


@dataclass(frozen=True)
class Sampling:
    """A way to order rows: `draw(rng, y)` yields one row order (n,) per epoch, without end.

    Where it is not `random`, every seed sees the same order. `code` is an epoch's order in Python,
    for scripts without gdplay: from rng, the targets y, the epoch (from 0) and the order before.
    """

    key: str
    title: str
    about: str
    draw: Draw
    code: str
    random: bool = True


def _reshuffle(rng: np.random.Generator, y: Array) -> Iterator[Indices]:
    while True:
        yield rng.permutation(len(y))


def _shuffle_once(rng: np.random.Generator, y: Array) -> Iterator[Indices]:
    order = rng.permutation(len(y))
    while True:
        yield order


def _in_order(rng: np.random.Generator, y: Array) -> Iterator[Indices]:
    while True:
        yield np.arange(len(y))


def _sorted_by_target(rng: np.random.Generator, y: Array) -> Iterator[Indices]:
    order = np.argsort(y, kind="stable")
    while True:
        yield order


def _with_replacement(rng: np.random.Generator, y: Array) -> Iterator[Indices]:
    while True:
        yield rng.integers(0, len(y), size=len(y))


SAMPLINGS = table(
    Sampling(
        "reshuffle",
        "Reshuffle",
        "A fresh shuffle every epoch: the usual way.",
        _reshuffle,
        "rng.permutation(len(y))",
    ),
    Sampling(
        "shuffle once",
        "Shuffle once",
        "One shuffle, kept for every epoch.",
        _shuffle_once,
        "order if epoch else rng.permutation(len(y))",
    ),
    Sampling(
        "in order",
        "In order",
        "The rows as they stand in the data set.",
        _in_order,
        "np.arange(len(y))",
        False,
    ),
    Sampling(
        "sorted by target",
        "Sorted by target",
        "Smallest target first: what happens when nobody shuffles.",
        _sorted_by_target,
        'np.argsort(y, kind="stable")',
        False,
    ),
    Sampling(
        "with replacement",
        "With replacement",
        "Each row drawn anew, so some come twice and some not at all.",
        _with_replacement,
        "rng.integers(0, len(y), size=len(y))",
    ),
)


def orders(sampling: str, y: Array, seed: int, n_seeds: int) -> Iterator[Indices]:
    """Yield one (n_seeds, n) array of row indices per epoch, without end.

    The order depends on the seed, the seed's index and the sampling alone: never on the batch
    size, on other runs or on how many seeds there are.
    """
    draw = SAMPLINGS[sampling].draw
    streams = [draw(np.random.default_rng((seed, index)), y) for index in range(n_seeds)]
    while True:
        yield np.stack([next(stream) for stream in streams])
