"""Gradient noise of a race on a function: normal numbers added to every gradient, by the seed."""

from collections.abc import Iterator, Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.experiment import Experiment
from gdplay.loss.problem import Descent

_TAG = 110
"""Sets these numbers apart from those that draw orders of rows with the same seed."""

_DRAWN = 256
"""Speed: for so many updates numbers are drawn at once; which they are does not depend on it."""


def noise_of(experiment: Experiment, seed_index: int = 0) -> Iterator[Array]:
    """Yield what is added to the gradient of each update of a seed, (n_params,).

    It is the same for every rule and from every start, so that they meet the same luck.
    """
    rng = np.random.default_rng((experiment.seed, seed_index, _TAG))
    while True:
        shape = (_DRAWN, experiment.problem.n_params)
        yield from experiment.gradient_noise * rng.standard_normal(shape)


def noise_blocks(experiment: Experiment, n_rows: int) -> Iterator[tuple[Array]]:
    """Yield what is added in each update to the gradients of all seeds or starts, (S, Q, 1)."""
    seeds = [0] if experiment.more_starts else range(n_rows)
    streams = [noise_of(experiment, seed) for seed in seeds]
    for rows in zip(*streams, strict=True):
        yield (np.stack(rows)[:, :, None],)


class NoisyDescent(Descent):
    """Gradients with noise, which comes in place of the rows of a batch."""

    def gradient(self, i: int, block: tuple[Array], theta: Array) -> Array:  # type: ignore[override]
        """Return the gradient and the noise, (S, Q, C)."""
        return super().gradient(i, (), theta) + block[0]

    def rows_of(self, block: Sequence[Array]) -> None:
        """Return None: the loss itself is without noise."""
