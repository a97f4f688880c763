"""What one experiment may cost on a shared server, and what to lower where it costs more."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from gdplay.experiment import Experiment, Run, labels
from gdplay.fit import Fit
from gdplay.knobs import knobs
from gdplay.link import MAX_RUNS
from gdplay.training import work

MAX_COST = 1_000_000_000
"""The hard budget: updates x seeds x parameters, summed over the runs."""

MAX_SECONDS = 40.0
"""Training estimated to take longer is refused, whatever it is made of."""

MAX_DOUBLES = 10_000_000
"""More numbers in the traces than this are refused: 80 MB."""


class Load(NamedTuple):
    """What an experiment asks of the server."""

    cost: int
    seconds: float
    doubles: int

    @property
    def fits(self) -> bool:
        """Whether the server gives that much."""
        return self.cost <= MAX_COST and self.seconds <= MAX_SECONDS and self.doubles <= MAX_DOUBLES

    def __str__(self) -> str:
        if self.cost > MAX_COST:
            asked = f"{self.cost / 1e6:,.0f} million updates × runs × seeds × parameters"
            given = f"{MAX_COST / 1e6:,.0f} million"
        elif self.seconds > MAX_SECONDS:
            asked, given = f"about {self.seconds:,.0f} s of training", f"{MAX_SECONDS:.0f} s"
        else:
            asked = f"{self.doubles * 8 / 1e6:,.0f} MB of results"
            given = f"{MAX_DOUBLES * 8 / 1e6:.0f} MB"
        text = f"That is {asked}; this shared server gives one experiment {given}."
        return text.replace(",", " ")


def load(experiment: Experiment) -> Load:
    """Return what `experiment` asks for, without training."""
    about = work(experiment)
    return Load(about.cost, about.seconds, about.doubles)


def refusal(experiment: Experiment) -> str | None:
    """Return why an experiment is too much for a shared server, and what to lower; or None."""
    asked = load(experiment)
    if asked.fits:
        return None
    ways = list(_ways(experiment))
    if not ways:
        return f"{asked} No single change is enough: lower several, such as epochs and rows."
    told = ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
    return f"{asked} It would fit {told}."


def _ways(experiment: Experiment) -> Iterator[str]:
    """Yield the single changes after which it would fit, each tried."""
    epochs = _most(experiment.epochs, lambda n: replace(experiment, epochs=n))
    if epochs:
        yield f"with {_whole(epochs, 'epoch')}"
    rows = _most_rows(experiment)
    if rows:
        yield f"with {_whole(rows, 'row')}"
    seeds = _most(experiment.n_seeds, lambda n: replace(experiment, n_seeds=n))
    if seeds:
        yield f"with {_whole(seeds, 'seed')}"
    size = _least_size(experiment)
    if size:
        yield f"with at least {size} rows per update in every run"
    name = _odd_run(experiment)
    if name:
        yield f"without the run “{name}”"


def _whole(count: int, thing: str) -> str:
    number = f"{count:,}".replace(",", " ")
    return f"{number} {thing}s or fewer" if count > 1 else f"1 {thing}"


def _most(now: int, changed: Callable[[int], Experiment]) -> int:
    """Return the most below `now` that fits, two digits kept; 0 where not even one does."""
    low, high = 0, now
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if load(changed(middle)).fits else (low, middle)
    digits = max(0, len(str(low)) - 2)
    return int(low - low % 10**digits)


def _most_rows(experiment: Experiment) -> int:
    """Return the most rows that fit, of those that the slider offers; 0 where none do."""
    fit = experiment.problem
    if not isinstance(fit, Fit) or "n_samples" not in knobs(fit.dataset):
        return 0
    now: Any = fit.dataset
    for rows in (5000, 2000, 1000, 500, 200, 100, 50, 20, 10):
        if rows < now.n_samples:
            fewer = replace(fit, dataset=replace(now, n_samples=rows))
            if load(replace(experiment, problem=fewer)).fits:
                return rows
    return 0


def _least_size(experiment: Experiment) -> int:
    """Return the fewest rows per update, a power of two, that fit in every run; 0 where none do."""
    n = experiment.problem.n_samples

    def at_least(size: int) -> Experiment:
        def larger(run: Run) -> Run:
            return replace(run, batch_size=size) if run.rows(n) < size else run

        return replace(experiment, runs=tuple(map(larger, experiment.runs)))

    sizes = (2**power for power in range(1, 14) if 2**power < n)
    return next((size for size in sizes if load(at_least(size)).fits), 0)


def _odd_run(experiment: Experiment) -> str:
    """Return the name of a run without which the others fit; empty where there is none."""
    runs = experiment.runs
    if not 1 < len(runs) <= MAX_RUNS:
        return ""
    for place, name in enumerate(labels(experiment)):
        others = runs[:place] + runs[place + 1 :]
        if load(replace(experiment, runs=others)).fits:
            return name
    return ""
