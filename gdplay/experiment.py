"""What is to be run: an experiment is a problem, a start and runs side by side."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gdplay.arrays import Array
from gdplay.knobs import Knob, Knobs, knob
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer
from gdplay.sampling import SAMPLINGS
from gdplay.schedules import Constant, Schedule

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
        None, 1, 5000, kind=int, help="This run's own number of epochs (empty: the experiment's)."
    )

    def rows(self, n_samples: int) -> int:
        """Return how many rows a full-sized batch holds, 1 to n_samples."""
        return n_samples if self.batch_size is None else min(self.batch_size, n_samples)

    def updates_per_epoch(self, n_samples: int) -> int:
        """Return ceil(n / B), or floor(n / B) with `drop_last`."""
        rows = self.rows(n_samples)
        return n_samples // rows if self.drop_last else math.ceil(n_samples / rows)

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
        None is the zero vector.
    epochs : int
        1 to 5 000.
    seed : int
    n_seeds : int
        How many orders of the rows are run at once, 1 to 1 000.
    tol : float
        Above 0: a run stops at the first epoch's end where the norm of the full gradient is below
        it; its last row is then repeated.

    Raises
    ------
    ValueError
        Naming the field, the value and the range.
    """

    problem: Problem
    runs: tuple[Run, ...]
    start: tuple[float, ...] | None = None
    epochs: int = knob(30, 1, 5000, log=True, help="How often every row is used.")
    seed: int = knob(0, 0, 2**31 - 1, help="Which orders of the rows are drawn.")
    n_seeds: int = knob(1, 1, 1000, help="How many orders of the rows are run at once.")
    tol: float = knob(0.0, 0.0, 1e6, help="Stop when the full gradient's norm falls below this.")

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

    def epochs_of(self, run: Run) -> int:
        """Return how many epochs `run` takes here."""
        return run.epochs or self.epochs


def start_of(experiment: Experiment) -> Array:
    """Return the start, (n_params,)."""
    if experiment.start is None:
        return np.zeros(experiment.problem.n_params)
    return np.array(experiment.start)


_START = Knob(float, -1e9, 1e9, log=False, choices=(), optional=False, help="")


def _checked_start(start: tuple[float, ...], n_params: int) -> tuple[float, ...]:
    values = tuple(_START.coerce("Experiment.start", value) for value in start)
    if len(values) != n_params:
        raise ValueError(f"Experiment.start must hold {n_params} numbers; got {len(values)}")
    return values


VARIANT_TITLES = {"batch": "Batch", "mini-batch": "Mini-batch", "stochastic": "Stochastic"}


def labels(experiment: Experiment) -> tuple[str, ...]:
    """Return a short name per run, all different: the variant, and what sets it apart.

    Batch sizes, optimizers, rates and the rest are named only where they tell runs of one
    variant apart; runs alike in everything are numbered.
    """
    n = experiment.problem.n_samples
    names = [VARIANT_TITLES[run.variant(n)] for run in experiment.runs]
    for describe in _DESCRIPTIONS:
        words = [describe(run, n) for run in experiment.runs]
        names = [
            f"{name}, {word}" if word and _differs(name, names, words) else name
            for name, word in zip(names, words, strict=True)
        ]
    return tuple(
        f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    )


def _differs(name: str, names: list[str], words: list[str]) -> bool:
    return len({word for other, word in zip(names, words, strict=True) if other == name}) > 1


_DESCRIPTIONS: tuple[Callable[[Run, int], str], ...] = (
    lambda run, n: f"{run.rows(n)} rows",
    lambda run, n: run.optimizer.title,
    lambda run, n: f"rate {run.optimizer.lr:.3g}",
    lambda run, n: SAMPLINGS[run.sampling].title.lower(),
    lambda run, n: run.schedule.title.lower(),
    lambda run, n: "last batch dropped" if run.drop_last else "last batch kept",
    lambda run, n: f"{run.epochs} epochs" if run.epochs else "",
)
