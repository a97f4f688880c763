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


FEW = 3
"""So many runs are named in words, one by one."""


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


def lead(experiment: Experiment, along: str = "epochs") -> Lead:
    """Return what an experiment is about: a preset's own claim, or how its runs differ.

    `along` is the axis, a key of AXES, along which it is played.
    """
    preset = _presets().get(experiment)
    if preset is not None and experiment != default_experiment():
        return Lead(PRESETS[preset].title, PRESETS[preset].claim)
    return Lead(title_of(experiment), f"{runs_in_words(experiment)} {_watch(experiment, along)}")


@cache
def _presets() -> dict[Experiment, str]:
    """Return the key of each preset by its experiment."""
    return {preset.build(): key for key, preset in PRESETS.items()}


def title_of(experiment: Experiment) -> str:
    """Return what an experiment is called that tells nothing of how it ends."""
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


def runs_in_words(experiment: Experiment) -> str:
    """Say that the runs go downhill from one start, and in what they differ, as `Lead.words`."""
    runs, n = experiment.runs, experiment.problem.n_samples
    where = "on the same loss, from the same start" if len(runs) > 1 else "on the loss"
    if len(runs) > FEW:
        count = NUMBERS[len(runs)] if len(runs) < len(NUMBERS) else str(len(runs))
        parts = ["rows per step"] * (len({run.rows(n) for run in runs}) > 1) + _parts(runs)
        return f"{count.capitalize()} runs set out downhill {where}{_differing(parts)}."
    walk = f"{joined(_names(runs))} set{'s' * (len(runs) == 1)} out downhill {where}"
    if not isinstance(experiment.problem, Fit):
        return f"{walk}."
    return f"{walk}. Before each step {_looks(runs, n)}{_differing(_parts(runs))}."


def _names(runs: tuple[Run, ...]) -> list[str]:
    return [f"{{{place}}}" for place in range(len(runs))]


def _looks(runs: tuple[Run, ...], n: int) -> str:
    """Return at how many rows each run looks."""
    first, *others = (_rows(run.rows(n), n) for run in runs)
    unit = "" if first.endswith("one") else " rows"
    if len(set(others) | {first}) == 1:
        return f"{'all look' if others else 'it looks'} {first}{unit}"
    texts = [f"{{{place}}} {text}" for place, text in enumerate(others, start=1)]
    return joined([f"{{0}} looks {first}{unit}", *texts])


def _rows(size: int, n: int) -> str:
    if size == n:
        return f"at all {quantity(n)}"
    return f"at {quantity(size)}" if size > 1 else "at a single one"


_PARTS: dict[str, Callable[[Run], Any]] = {
    "rule": lambda run: run.optimizer.key,
    "learning rate": lambda run: run.optimizer.lr,
    "schedule": lambda run: run.schedule,
    "order of rows": lambda run: run.sampling,
}
"""In what runs may differ beside the number of rows."""


def _parts(runs: tuple[Run, ...]) -> list[str]:
    return [name for name, part in _PARTS.items() if len({part(run) for run in runs}) > 1]


def _differing(parts: list[str]) -> str:
    return f"; they differ in their {joined(parts)}" if parts else ""


# What to look for


PER_ROW = ("epochs", "examples")
"""Axes along which all runs have looked at as many rows at any time."""


def _watch(experiment: Experiment, along: str) -> str:
    """Say what playing shows."""
    runs, counts = experiment.runs, _updates(experiment)
    if len(runs) == 1:
        return "Press **Play** to see it go."
    most, least = counts.index(max(counts)), counts.index(min(counts))
    if counts[most] < 2 * counts[least] or along not in PER_ROW:
        return "Press **Play** and see who gets down first."
    times = quantity(round(counts[most] / counts[least]))
    return f"Press **Play**: while {{{least}}} makes one step, {{{most}}} makes {times}."


def _updates(experiment: Experiment) -> list[int]:
    return [run.updates_per_epoch(experiment.problem.n_samples) for run in experiment.runs]
