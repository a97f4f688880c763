"""Several starts at once: as a list that people write, and what came of each."""

from collections.abc import Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels, start_of
from gdplay.words import joined, number, quantity

Starts = tuple[tuple[float, ...], ...]


def written(starts: Starts) -> str:
    """Return starts as people write them: "1, 2; 0, -3"."""
    return "; ".join(", ".join(f"{value:.15g}" for value in start) for start in starts)


def read(text: str) -> Starts:
    """Return the starts in a text.

    Raises
    ------
    ValueError
        If one of them is not two numbers.
    """
    return tuple(_read_one(part) for part in text.split(";") if part.strip())


def _read_one(text: str) -> tuple[float, ...]:
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise ValueError(
            f"further starts must be two numbers each, as in 1, 2; 0, -3; got {text.strip()[:40]!r}"
        ) from None
    return x, y


def heads(experiment: Experiment) -> list[str]:
    """Return the heads of `rows`: every start by its number and place."""
    starts = [start_of(experiment, index) for index in range(1 + len(experiment.more_starts))]
    places = ["(" + ", ".join(number(value) for value in start) + ")" for start in starts]
    return ["Loss at the end", *(f"start {i}: {place}" for i, place in enumerate(places, start=1))]


def rows(experiment: Experiment, traces: Sequence[Trace]) -> list[list[str]]:
    """Return of each run its name, and its last loss from every start."""
    return [
        [name, *(number(loss) if np.isfinite(loss) else "lost" for loss in losses)]
        for name, losses in zip(labels(experiment), _ends(traces), strict=True)
    ]


def words(experiment: Experiment, traces: Sequence[Trace]) -> str:
    """Say who ended lowest from how many starts."""
    ends = np.where(np.isfinite(_ends(traces)), _ends(traces), np.inf)
    count = ends.shape[1]
    winners = ends.argmin(axis=0)[np.isfinite(ends).any(axis=0)]
    won = [
        f"**{name}** from {int((winners == place).sum())}"
        for place, name in enumerate(labels(experiment))
        if (winners == place).any()
    ]
    lowest = f" Lowest at the end: {joined(won)}." if won else " All runs were lost."
    return (
        f"Every rule ran from {quantity(count, 'start')} at once; curves and words are about "
        f"start 1.{lowest}"
    )


def _ends(traces: Sequence[Trace]) -> Array:
    """Return the last loss of each run from each start, (C, S); NaN where it was lost."""
    return np.array([trace.loss[:, -1] for trace in traces])


def noise_words(experiment: Experiment) -> str:
    """Say that gradients have noise, where they do."""
    if not experiment.gradient_noise:
        return ""
    strength = number(experiment.gradient_noise)
    return f"Gradient noise of standard deviation {strength} is added to both slopes. "
