"""What is to be seen before anything is played: a title and a few plain words."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from gdplay.experiment import VARIANT_TITLES, Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.presets import PRESETS
from gdplay.words import joined, quantity

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


class Lead(NamedTuple):
    """What an experiment is about.

    Attributes
    ----------
    title : str
    words : str
        Markdown, in which {0}, {1}, ... stand for the names of the runs.
    """

    title: str
    words: str


def lead(experiment: Experiment) -> Lead:
    """Return what an experiment is about: a preset's own claim, or how its runs differ."""
    preset = _presets().get(experiment)
    if preset is not None and experiment != default_experiment():
        return Lead(PRESETS[preset].title, PRESETS[preset].claim)
    return Lead(_title(experiment), f"{_what(experiment)} {_watch(experiment)}")


@cache
def _presets() -> dict[Experiment, str]:
    """Return the key of each preset by its experiment."""
    return {preset.build(): key for key, preset in PRESETS.items()}


def _title(experiment: Experiment) -> str:
    n, count = experiment.problem.n_samples, len(experiment.runs)
    ways = f"{NUMBERS[count] if count < len(NUMBERS) else count} way{'s' * (count > 1)}"
    if isinstance(experiment.problem, Surface):
        return f"{experiment.problem.title}: {ways} down"
    variants = dict.fromkeys(run.variant(n) for run in experiment.runs)
    if len(variants) == 1:
        return f"{ways.capitalize()} down one loss surface"
    names = ", ".join(VARIANT_TITLES[variant].lower() for variant in variants)
    return f"{names.capitalize()}: one start, one loss surface"


# What the runs are


def _what(experiment: Experiment) -> str:
    """Say that the runs go downhill from one start, and in what they differ."""
    runs, n = experiment.runs, experiment.problem.n_samples
    where = "on the same loss, from the same start" if len(runs) > 1 else "on the loss"
    walk = f"{joined(_names(runs))} walk{'s' * (len(runs) == 1)} downhill {where}."
    if not isinstance(experiment.problem, Fit):
        return walk
    sizes = [run.rows(n) for run in runs]
    if len(set(sizes)) == 1:
        every = "all look" if len(runs) > 1 else "it looks"
        return f"{walk} Before each step {every} {_rows(sizes[0], n, ' rows')}.{_differ(runs)}"
    looks = [f"{{{place}}} {_rows(size, n, ' rows')}" for place, size in enumerate(sizes)]
    looks[1:] = [text.removesuffix(" rows") for text in looks[1:]]
    looks[0] = looks[0].replace("} ", "} looks ", 1)
    return f"{walk} Before each step {joined(looks)}.{_differ(runs)}"


def _names(runs: tuple[Run, ...]) -> list[str]:
    return [f"{{{place}}}" for place in range(len(runs))]


def _rows(size: int, n: int, unit: str) -> str:
    if size == n:
        return f"at all {quantity(n)}{unit}"
    return f"at {quantity(size)}{unit}" if size > 1 else "at a single one"


_PARTS: dict[str, Callable[[Run], Any]] = {
    "rule": lambda run: run.optimizer.key,
    "learning rate": lambda run: run.optimizer.lr,
    "schedule": lambda run: run.schedule,
    "order of rows": lambda run: run.sampling,
}
"""In what runs may differ beside the number of rows."""


def _differ(runs: tuple[Run, ...]) -> str:
    parts = [name for name, part in _PARTS.items() if len({part(run) for run in runs}) > 1]
    return f" They differ in their {joined(parts)}." if parts else ""


# What to look for


def _watch(experiment: Experiment) -> str:
    """Say what playing shows."""
    runs, counts = experiment.runs, _updates(experiment)
    if len(runs) == 1:
        return "Press **Play** to see it go."
    most, least = counts.index(max(counts)), counts.index(min(counts))
    if counts[most] < 2 * counts[least]:
        return "Press **Play** and see who gets down first."
    times = quantity(round(counts[most] / counts[least]))
    return f"Press **Play**: while {{{least}}} makes one step, {{{most}}} makes {times}."


def _updates(experiment: Experiment) -> list[int]:
    return [run.updates_per_epoch(experiment.problem.n_samples) for run in experiment.runs]
