"""What is to be seen before anything is played: a title and a few plain words."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from gdplay.engine.training import Status, Trace, from_start
from gdplay.experiment import VARIANT_TITLES, Experiment, Run, called
from gdplay.knobs import knobs
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.presets import PRESETS
from gdplay.theory.landscape import got_lower
from gdplay.theory.measures import lost_when
from gdplay.words import joined, number, quantity

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


def lead(
    experiment: Experiment, along: str = "epochs", traces: Sequence[Trace] | None = None
) -> Lead:
    """Return what an experiment is about: a preset's own claim, or how its runs differ.

    `along` is the axis, a key of AXES, along which it is played. With `traces` the words also say
    which runs are lost, or end no lower.
    """
    if is_named(experiment):
        preset = _presets()[experiment]
        return Lead(PRESETS[preset].title, PRESETS[preset].claim)
    ends = _ends(experiment, traces)
    if len(ends.gone) == len(experiment.runs):
        return Lead(title_of(experiment), _all_lost(experiment, ends))
    runs = _walk(experiment) + "." if ends.lost else runs_in_words(experiment)
    return Lead(title_of(experiment), f"{runs} {_watch(experiment, along, ends)}")


def is_named(experiment: Experiment) -> bool:
    """Whether this is a preset, which says itself what it shows, and not what opens first."""
    return experiment in _presets() and experiment != default_experiment()


def is_first(experiment: Experiment) -> bool:
    """Whether this is the data of a first visit, and hardly more than its runs."""
    return experiment.problem == default_experiment().problem and has_room(experiment)


def has_room(experiment: Experiment) -> bool:
    """Whether there are few enough runs for more words: many need the room for the picture."""
    return len(experiment.runs) <= len(default_experiment().runs) + 1


@cache
def _presets() -> dict[Experiment, str]:
    """Return the key of each preset by its experiment."""
    return {preset.build(): key for key, preset in PRESETS.items()}


def hidden(experiment: Experiment) -> Lead:
    """Return what is said where no run is shown."""
    return Lead(title_of(experiment), "All runs are hidden: each one's menu shows it again.")


def aim(problem: Problem) -> str:
    """Say what is done with the rows of a data set, before it is said how.

    Nothing of a function, of which its picture tells, nor of a network.
    """
    if not (isinstance(problem, Fit) and problem.model.convex):
        return ""
    count, straight = len(problem.data.feature_names), problem.features == "linear"
    kind = "straight " if straight and count == PLANE else ""
    if problem.n_classes > PAIR:
        classes = NUMBERS[problem.n_classes] if problem.n_classes < len(NUMBERS) else "many"
        what, how = f"{kind}borders are drawn between {classes} classes", "they part them"
    elif problem.n_classes:
        what, how = f"a {kind}border is drawn between two classes", "it parts them"
    elif count == 1:
        what, how = f"a {'line' if straight else 'curve'} is fitted to points", "it misses"
    else:
        what, how = "a number is told from the columns of a table", "that misses"
    return f"{what[0].upper()}{what[1:]}; the loss says how badly {how}. "


PAIR, PLANE = 2, 2
"""So many classes have one border; in so many columns that can be seen to be straight."""


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
    """Say what the runs seek from one start, and in what they differ, as `Lead.words`."""
    runs, n = experiment.runs, experiment.problem.n_samples
    if len(runs) > FEW:
        parts = ["rows per step"] * (len({run.rows(n) for run in runs}) > 1) + _parts(experiment)
        return f"{_walk(experiment)}{_differing(parts)}."
    walk = _walk(experiment)
    if not isinstance(experiment.problem, Fit):
        return f"{walk}."
    return f"{walk}. Before each step {_looks(runs, n)}{_differing(_parts(experiment))}."


def _walk(experiment: Experiment) -> str:
    """Say what the runs seek from one start; many are counted, and named after that."""
    count, starts = len(experiment.runs), 1 + len(experiment.more_starts)
    many = starts > 1
    if count == 1:
        return "{0} seeks the lowest loss" + f" from {NUMBERS[starts]} starts" * many
    who = joined(_names(experiment.runs))
    place = f"the same {NUMBERS[starts]} starts" if many else "one start"
    way = f"seek the lowest loss from {place}"
    if count <= FEW:
        return f"{who} {way}{_rates(experiment)}"
    if count < len(NUMBERS):
        return f"{NUMBERS[count].capitalize()} runs {way}: {who}"
    return f"{count} runs {way}"


def _rates(experiment: Experiment) -> str:
    """Return the rates of runs on a function, whose rules have mostly one of their own each."""
    rates = [number(run.optimizer.lr) for run in experiment.runs]
    on_function = isinstance(experiment.problem, Surface)
    return f", at rates of {joined(rates)}" if on_function and len(set(rates)) > 1 else ""


def _names(runs: tuple[Run, ...]) -> list[str]:
    return [f"{{{place}}}" for place in range(len(runs))]


def _looks(runs: tuple[Run, ...], n: int) -> str:
    """Return at how many rows each run looks; a step by a single one may lead uphill."""
    first, *others = (_rows(run.rows(n), n) for run in runs)
    unit = "" if first.endswith("one") else " rows"
    astray = ", which may mislead" * (runs[-1].rows(n) == 1 < n)
    if len(set(others) | {first}) == 1:
        return f"{'all look' if others else 'it looks'} {first}{unit}{astray}"
    texts = [f"{{{place}}} {text}" for place, text in enumerate(others, start=1)]
    return joined([f"{{0}} looks {first}{unit}", *texts]) + astray


def _rows(size: int, n: int) -> str:
    if size == n:
        return f"at all {quantity(n)}"
    return f"at {quantity(size)}" if size > 1 else "at a single one"


_PARTS: dict[str, Callable[[Experiment, Run], Any]] = {
    "rule": lambda experiment, run: run.optimizer.key,
    "learning rate": lambda experiment, run: run.optimizer.lr,
    "schedule": lambda experiment, run: run.schedule,
    "order of rows": lambda experiment, run: run.sampling if _is_part(experiment, run) else None,
    "last batch": lambda experiment, run: run.drop_last if _is_short(experiment, run) else None,
    "number of epochs": lambda experiment, run: experiment.epochs_of(run),
}
"""In what runs may differ beside the number of rows; None is where it makes no difference."""


def _is_part(experiment: Experiment, run: Run) -> bool:
    return run.rows(experiment.problem.n_samples) < experiment.problem.n_samples


def _is_short(experiment: Experiment, run: Run) -> bool:
    n = experiment.problem.n_samples
    return n % run.rows(n) > 0


def _parts(experiment: Experiment) -> list[str]:
    """Return in what runs differ: last in which numbers of one rule."""
    runs = experiment.runs
    values = {name: {part(experiment, run) for run in runs} for name, part in _PARTS.items()}
    kinds: dict[str, list[Optimizer]] = {}
    for run in runs:
        kinds.setdefault(run.optimizer.key, []).append(run.optimizer)
    numbers = [
        called(name, about)
        for kin in kinds.values()
        for name, about in knobs(kin[0]).items()
        if name != "lr" and len({getattr(rule, name) for rule in kin}) > 1
    ]
    told = [name for name, found in values.items() if len(found - {None}) > 1]
    return [*told, *dict.fromkeys(numbers)]


def _differing(parts: list[str]) -> str:
    return f"; they differ in their {joined(parts)}" if parts else ""


# What to look for


PER_ROW = ("epochs", "examples")
"""Axes along which all runs have looked at as many rows at any time."""


def _watch(experiment: Experiment, along: str, ends: "_Ends") -> str:
    """Say what playing shows: of runs that are lost that they are, of others who gets down."""
    alone, told = len(experiment.runs) == 1, _lost_words(ends) + _high_words(ends)
    if not ends.well:
        return f"{told}**Play** shows how."
    if alone:
        return f"{told}Press **Play** to see it go."
    if len(ends.well) == 1:
        return f"{told}Press **Play** to see {{{ends.well[0]}}} get down."
    counts = {place: _updates(experiment)[place] for place in ends.well}
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    if counts[most] < 2 * counts[least] or along not in PER_ROW:
        who = "who of the others" if told else "who"
        return f"{told}Press **Play** and see {who} gets down first."
    times = quantity(round(counts[most] / counts[least]))
    return f"{told}Press **Play**: for one step of {{{least}}}, {{{most}}} makes {times}."


def _updates(experiment: Experiment) -> list[int]:
    return [run.updates_per_epoch(experiment.problem.n_samples) for run in experiment.runs]


# How they end


class _Ends(NamedTuple):
    """When each run is lost that is, and whose path leaves, ends higher than it began, or lower."""

    lost: dict[int, str]
    gone: tuple[int, ...]
    high: tuple[int, ...]
    well: tuple[int, ...]


def _ends(experiment: Experiment, traces: Sequence[Trace] | None) -> _Ends:
    """Return how runs end; nothing is known against them where one was not trained to its end."""
    every = tuple(range(len(experiment.runs)))
    if traces is None or any(Status.CANCELLED in trace.status for trace in traces):
        return _Ends({}, (), (), every)
    lost = {p: when for p in every if (when := lost_when(experiment, p, traces[p]))}
    starts = range(1 + len(experiment.more_starts))
    of_starts = [[from_start(trace, index) for index in starts] for trace in traces]
    gone = tuple(p for p in every if all(t.status[0] is Status.DIVERGED for t in of_starts[p]))
    well = tuple(p for p in every if any(map(got_lower, of_starts[p])))
    return _Ends(lost, gone, tuple(p for p in every if p not in gone and p not in well), well)


def _names_of(places: Iterable[int]) -> str:
    return joined([f"{{{place}}}" for place in places])


def _lost_words(ends: _Ends) -> str:
    verb = "flies" if len(ends.lost) == 1 else "fly"
    if not ends.lost:
        return ""
    return f"{_names_of(ends.lost)} {verb} off: lost {_whens(ends)}. "


def _whens(ends: _Ends) -> str:
    """Return when each run was lost; once where that is the same of all."""
    whens = list(ends.lost.values())
    return whens[0] if len(set(whens)) == 1 else joined(whens)


def _high_words(ends: _Ends) -> str:
    if not ends.high:
        return ""
    verbs = ("ends", "it") if len(ends.high) == 1 else ("end", "they")
    return f"{_names_of(ends.high)} {verbs[0]} higher than {verbs[1]} began. "


def _all_lost(experiment: Experiment, ends: _Ends) -> str:
    """Say what is seen where no run is left."""
    fly = "flies" if len(ends.gone) == 1 else "all fly"
    return f"{_walk(experiment)}, and {fly} off: lost {_whens(ends)}. **Play** shows how."
