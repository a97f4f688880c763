"""What is to be run: an experiment is a problem, a start and runs side by side."""

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gdplay import notebook
from gdplay.arrays import Array
from gdplay.formulas import plain
from gdplay.knobs import Knob, Knobs, knob, knobs
from gdplay.loss.problem import Problem
from gdplay.loss.sights import lack
from gdplay.loss.surfaces import Surface
from gdplay.memory import Memory, memory_of
from gdplay.optimizers import Optimizer
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import Constant, Schedule
from gdplay.words import html_table, number, quantity

MOST_EPOCHS = 100_000
"""More epochs than this are refused."""

MAX_STARTS = 6
"""From more starts than this no run of a function goes."""

MAX_RUNS = 10_000
"""More runs than this are refused here; pages and links allow fewer."""


@dataclass(frozen=True)
class Run(Knobs):
    """One way to descend: a rule, and how many rows make a gradient.

    Parameters
    ----------
    optimizer : Optimizer
        The update rule with its learning rate.
    batch_size : int or None
        Rows per update, 1 to 10 000. None is the full batch: every row exactly once, whatever the
        sampling; a size above n means n.
    sampling : str
        A key of `SAMPLINGS`.
    drop_last : bool
        Leave out an epoch's short last batch; otherwise it is averaged over its own rows.
    schedule : Schedule
        What multiplies the learning rate, update by update.
    epochs : int or None
        Overrides the experiment's.
    """

    optimizer: Optimizer
    batch_size: int | None = knob(None, 1, 10_000, kind=int, help="Rows per update.")
    sampling: str = knob(
        "reshuffle", choices=tuple(SAMPLINGS), help="In which order an epoch takes its rows."
    )
    drop_last: bool = knob(False, help="Leave out an epoch's short last batch.")
    schedule: Schedule = field(default_factory=Constant)
    epochs: int | None = knob(
        None, 1, MOST_EPOCHS, kind=int,
        help="This run's own number of epochs (empty: the experiment's).",
    )  # fmt: skip

    def rows(self, n_samples: int) -> int:
        """Return how many rows a full-sized batch holds, 1 to n_samples."""
        return n_samples if self.batch_size is None else min(self.batch_size, n_samples)

    def updates_per_epoch(self, n_samples: int) -> int:
        """Return ceil(n / B), or floor(n / B) with `drop_last`."""
        rows = self.rows(n_samples)
        return n_samples // rows if self.drop_last else math.ceil(n_samples / rows)

    def depends_on_order(self, n_samples: int) -> bool:
        """Whether the seed's order of the rows makes a difference."""
        return self.rows(n_samples) < n_samples and SAMPLINGS[self.sampling].random

    def variant(self, n_samples: int) -> str:
        """Return "batch", "stochastic" or "mini-batch"."""
        rows = self.rows(n_samples)
        if rows == n_samples:
            return "batch"
        return "stochastic" if rows == 1 else "mini-batch"


@dataclass(frozen=True)
class Experiment(Knobs):
    """Runs side by side on one problem, from one start, over the same orders of rows.

    Parameters
    ----------
    problem : Problem
        A `Fit` or a `Surface`.
    runs : tuple of Run
        One or more.
    start : tuple of n_params floats, or None
        None is the zero vector; of a network a start of its own for each seed, drawn.
    epochs : int
        1 to 100 000.
    seed : int
    n_seeds : int
        How many orders of the rows are run at once, 1 to 1 000.
    tol : float
        Above 0: a run stops at the first epoch's end where the norm of the full gradient is below
        it; its last row is then repeated.
    more_starts : tuple of up to 5 tuples of n_params floats
        Of a function: where every run also starts. Traces then have a row for each start in place
        of one for each seed, `start` first.
    gradient_noise : float
        Of a function: the standard deviation of what is added to each part of every gradient, the
        same for all rules and starts; drawn by the seed, 0 to 1e6.

    Raises
    ------
    ValueError
        Naming the field, the value and the range.
    """

    problem: Problem
    runs: tuple[Run, ...]
    start: tuple[float, ...] | None = None
    epochs: int = knob(30, 1, MOST_EPOCHS, log=True, help="How often every row is used.")
    seed: int = knob(0, 0, 2**31 - 1, help="Which orders of the rows are drawn.")
    n_seeds: int = knob(1, 1, 1000, help="How many orders of the rows are run at once.")
    tol: float = knob(0.0, 0.0, 1e6, help="Stop when the full gradient's norm falls below this.")
    more_starts: tuple[tuple[float, ...], ...] = ()
    gradient_noise: float = knob(
        0.0, 0.0, 1e6,
        help="Standard deviation of the normal noise added to each part of every gradient.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "runs", tuple(self.runs))
        if not 1 <= len(self.runs) <= MAX_RUNS:
            raise ValueError(
                f"Experiment.runs must hold 1 to {MAX_RUNS} runs; got {len(self.runs)}"
            )
        sizes = [run.batch_size for run in self.runs if run.batch_size is not None]
        if isinstance(self.problem, Surface) and sizes:
            raise ValueError(f"Run.batch_size must be None on a surface; got {sizes[0]}")
        n_params = self.problem.n_params  # prepares the rows, so rows that can't be split show here
        if self.start is not None:
            object.__setattr__(self, "start", _checked_start(self.start, n_params))
        if isinstance(self.problem, Surface):
            self.problem.check_start(self.start or (0.0, 0.0))
        elif self.gradient_noise:
            raise ValueError(
                f"Experiment.gradient_noise must be 0 on data; got {self.gradient_noise}"
            )
        for rule in {run.optimizer.key: run.optimizer for run in self.runs}.values():
            if rule.needs and (why := lack(self.problem, rule)):
                raise ValueError(f"Run.optimizer cannot be {rule.key} here: {why}")
        if self.more_starts:
            self._check_more(self.problem)

    def _check_more(self, problem: Problem) -> None:
        if not (isinstance(problem, Surface) and self.n_seeds == 1):
            raise ValueError("Experiment.more_starts must be empty but on a function with one seed")
        if len(self.more_starts) >= MAX_STARTS:
            count = len(self.more_starts)
            raise ValueError(
                f"Experiment.more_starts must hold 0 to {MAX_STARTS - 1} starts; got {count}"
            )
        more = tuple(_checked_start(start, problem.n_params) for start in self.more_starts)
        object.__setattr__(self, "more_starts", more)
        for start in more:
            problem.check_start(start)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return _labels(self.runs, self.problem)

    @property
    def memory(self) -> Memory | None:
        """Where what is made of the problem is kept; None where all may share it."""
        return memory_of(self.problem)

    def _repr_html_(self) -> str:
        """Return the runs in a picture for notebooks, where they are quick, and a row for each."""
        n, subject = self.problem.n_samples, self.problem.subject
        rows = [
            (
                name,
                run.optimizer.title,
                number(run.optimizer.lr),
                quantity(run.rows(n)),
                quantity(self.epochs_of(run)),
            )
            for name, run in zip(labels(self), self.runs, strict=True)
        ]
        caption = (
            f"{subject}, {quantity(n, 'row')}, {quantity(self.n_seeds, 'seed')} from {self.seed}"
        )
        heads = ("run", "rule", "rate", "rows per update", "epochs")
        return notebook.shown(self, html_table(caption, heads, rows))

    def epochs_of(self, run: Run) -> int:
        """Return how many epochs `run` takes here."""
        return run.epochs or self.epochs


def start_of(experiment: Experiment, seed_index: int = 0) -> Array:
    """Return where a seed starts, (n_params,): all runs there, and but for networks all seeds.

    Where there are more starts than one, the index is that of a start.
    """
    if experiment.more_starts and seed_index > 0:
        return np.array(experiment.more_starts[seed_index - 1])
    if experiment.start is not None:
        return np.array(experiment.start)
    drawn = experiment.problem.drawn_start(experiment.seed, seed_index)
    return np.zeros(experiment.problem.n_params) if drawn is None else drawn


def with_start(experiment: Experiment, index: int = 0) -> Experiment:
    """Return the experiment from one of its starts alone."""
    if not experiment.more_starts:
        return experiment
    start = tuple(start_of(experiment, index).tolist()) if index else experiment.start
    return replace(experiment, start=start, more_starts=())


def one_start(experiment: Experiment) -> tuple[float, ...] | None:
    """Return the start for runs whose seeds are to differ in their order of the rows alone."""
    if not starts_differ(experiment):
        return experiment.start
    return tuple(start_of(experiment).tolist())


def seeds_differ_in(experiment: Experiment, places: Collection[int] | None = None) -> str:
    """Return in what seeds of some runs, of all by default, differ: a key of `SEEDS`.

    "" where they are alike, as those of a full batch from one start.
    """
    runs, n = experiment.runs, experiment.problem.n_samples
    some = runs if places is None else [runs[place] for place in places]
    if experiment.n_seeds == 1:
        return ""
    if starts_differ(experiment):
        return "start"
    if experiment.gradient_noise:
        return "noise"
    return "order" if any(run.depends_on_order(n) for run in some) else ""


SEEDS = {
    "start": ("start", "starts"),
    "order": ("order of the rows", "orders of the rows"),
    "noise": ("draw of the noise", "draws of the noise"),
}
"""What one seed, and what several are called, by what they differ in."""


def starts_differ(experiment: Experiment) -> bool:
    """Whether each seed starts elsewhere."""
    return experiment.start is None and experiment.problem.drawn_start(0, 0) is not None


START = Knob(float, -1e9, 1e9, log=False, choices=(), optional=False, help="")
"""What each part of a start may be."""


def _checked_start(start: tuple[float, ...], n_params: int) -> tuple[float, ...]:
    values = tuple(START.coerce("Experiment.start", value) for value in start)
    if len(values) != n_params:
        raise ValueError(f"Experiment.start must hold {n_params} numbers; got {len(values)}")
    return values


VARIANT_TITLES = {"batch": "Batch", "mini-batch": "Mini-batch", "stochastic": "Stochastic"}


def labels(experiment: Experiment) -> tuple[str, ...]:
    """Return a short name per run, all different: the variant, and what sets the run apart.

    On a function, which has no rows, it begins with the rule.

    What differs is named where it tells runs of one variant apart, and else on the runs that differ
    from most: of three variants the one with momentum says so. Rates and other numbers are compared
    within one rule or schedule. Runs that do the same are numbered.
    """
    return experiment._labels


def _labels(runs: tuple[Run, ...], problem: Problem) -> tuple[str, ...]:
    n = problem.n_samples
    names = [VARIANT_TITLES[run.variant(n)] for run in runs]
    rules = [_rules]
    if isinstance(problem, Surface):
        names, rules = [run.optimizer.title for run in runs], []
    for describe in (_rows, *rules, _rates, _rule_numbers, _orders, _schedules, _schedule_numbers,
                     _last_batches, _epochs):  # fmt: skip
        traits = describe(runs, n)
        names = [
            f"{name}, {trait.word}" if _tells(trait, name, names, traits) else name
            for name, trait in zip(names, traits, strict=True)
        ]
    return tuple(
        f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    )


def short_labels(experiment: Experiment) -> tuple[str, ...]:
    """Return of each run's label the first part that no other has, or all of it."""
    labelled = [label.split(", ") for label in labels(experiment)]
    every = [part for parts in labelled for part in parts]
    return tuple(
        next((part for part in parts if every.count(part) == 1), ", ".join(parts))
        for parts in labelled
    )


class _Trait(NamedTuple):
    """A word for one thing about a run, to be compared with those of its kin; "" says nothing."""

    kin: Hashable
    word: str


_NONE = _Trait(None, "")
"""Of a run in which the thing makes no difference."""

_Traits = list[_Trait]


def _tells(trait: _Trait, name: str, names: list[str], traits: _Traits) -> bool:
    """Whether a word sets a run apart: from one called the same by now, or from most of its kin."""
    alike = [other for other, its in zip(traits, names, strict=True) if its == name]
    kin = [other for other in traits if other.kin == trait.kin]
    return bool(trait.word) and (
        any(other != trait for other in alike) or 2 * kin.count(trait) <= len(kin)
    )


def _rows(runs: tuple[Run, ...], n: int) -> _Traits:
    return [_Trait(run.variant(n), f"{run.rows(n)} rows") for run in runs]


def _rules(runs: tuple[Run, ...], n: int) -> _Traits:
    return [_Trait("rule", run.optimizer.title) for run in runs]


def _rates(runs: tuple[Run, ...], n: int) -> _Traits:
    texts = _texts([run.optimizer.lr for run in runs])
    return [_Trait(run.optimizer.key, f"rate {texts[run.optimizer.lr]}") for run in runs]


def _rule_numbers(runs: tuple[Run, ...], n: int) -> _Traits:
    return _numbers([run.optimizer for run in runs], "lr")


def _orders(runs: tuple[Run, ...], n: int) -> _Traits:
    return [
        _Trait("order", SAMPLINGS[run.sampling].title.lower()) if run.rows(n) < n else _NONE
        for run in runs
    ]


def _schedules(runs: tuple[Run, ...], n: int) -> _Traits:
    return [_Trait("schedule", run.schedule.title.lower()) for run in runs]


def _schedule_numbers(runs: tuple[Run, ...], n: int) -> _Traits:
    return _numbers([run.schedule for run in runs])


def _last_batches(runs: tuple[Run, ...], n: int) -> _Traits:
    return [
        _Trait("last", f"last batch {'dropped' if run.drop_last else 'kept'}")
        if n % run.rows(n)
        else _NONE
        for run in runs
    ]


def _epochs(runs: tuple[Run, ...], n: int) -> _Traits:
    return [_Trait("epochs", quantity(run.epochs, "epoch") if run.epochs else "") for run in runs]


def _numbers(owners: Sequence[Optimizer] | Sequence[Schedule], left_out: str = "") -> _Traits:
    """Return the numbers of each owner that differ among those of its kind."""
    traits = []
    for owner in owners:
        kin = [other for other in owners if other.key == owner.key]
        words = []
        for name, about in knobs(owner).items():
            texts = _texts([getattr(other, name) for other in kin])
            if name != left_out and len(texts) > 1:
                words.append(f"{called(name, about)} {texts[getattr(owner, name)]}")
        traits.append(_Trait(owner.key, ", ".join(words)))
    return traits


def called(name: str, about: Knob) -> str:
    """Return what a number is called where its formula is not in sight: "β", "half life".

    A Latin letter stands for other things, too: w for weights.
    """
    symbol = plain(about.symbol or name)
    return name.replace("_", " ") if symbol.isascii() else symbol


def _texts(values: Sequence[float]) -> dict[float, str]:
    """Return a text for each value, with as many digits as tell them apart."""
    for digits in range(3, 17):
        texts = {value: number(value, digits) for value in values}
        if len(set(texts.values())) == len(texts):
            return texts
    return {value: repr(value) for value in values}
