"""Several starts at once: as a list that people write, and what came of each."""

from collections.abc import Collection, Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, labels, start_of
from gdplay.theory.measures import Reference, epochs_to_arrive, reference
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
    firsts = (ends == ends.min(axis=0)) & np.isfinite(ends)  # several where they end alike
    won = [
        f"**{name}** from {count}"
        for name, count in zip(labels(experiment), firsts.sum(axis=1).tolist(), strict=True)
        if count
    ]
    lowest = f"Lowest at the end: {joined(won)}." if won else "All runs were lost."
    return f"Every rule ran from {quantity(ends.shape[1], 'start')} at once. {lowest}"


def counted(experiment: Experiment, traces: Sequence[Trace], shown: Collection[int]) -> str:
    """Say from how many starts each run shown came down to the lowest loss, or was lost."""
    origin, count = reference(experiment, traces), quantity(len(traces[0].status), "start")
    names = {place: f"**{labels(experiment)[place]}**" for place in sorted(shown)}
    if not names:
        return ""
    down = [f"{names[place]} {_arrived(traces[place], origin)}" for place in names]
    lost = {place: traces[place].status.count(Status.DIVERGED) for place in names}
    gone = [f"{names[place]} from {number}" for place, number in lost.items() if number]
    away = f" Lost were {joined(gone)}." if gone else ""
    least = "the lowest loss" if origin.exact else "the lowest loss seen"
    return (
        f"Of {count}, the height over {least} fell to 1 % and stayed there: {joined(down)}.{away}"
    )


def _arrived(trace: Trace, origin: Reference) -> str:
    """Return from how many starts a run came near the lowest loss, and after how many updates."""
    came = [update for update in epochs_to_arrive(trace, origin) if update is not None]
    if not came:
        return "from none"
    first, last = quantity(min(came)), quantity(max(came), "update")
    when = last if len(set(came)) == 1 else f"{first} to {last}"
    return f"from {len(came)} (after {when})"


def _ends(traces: Sequence[Trace]) -> Array:
    """Return the last loss of each run from each start, (C, S); NaN where it was lost."""
    return np.array([trace.loss[:, -1] for trace in traces])


def noise_words(experiment: Experiment) -> str:
    """Say that gradients have noise, where they do."""
    if not experiment.gradient_noise:
        return ""
    strength = number(experiment.gradient_noise)
    return f"Gradient noise of standard deviation {strength} is added to both slopes. "
