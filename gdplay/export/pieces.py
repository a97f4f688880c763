"""What programs have in common, whatever they are written for: orders, rates, runs, results."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from gdplay import link
from gdplay.engine.training import DIVERGED_AT
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.export.cells import Cell, docstring, plain_text
from gdplay.knobs import knobs
from gdplay.link import LinkError
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer
from gdplay.registry import Entry
from gdplay.sampling import SAMPLINGS, Sampling
from gdplay.schedules import Schedule

E = TypeVar("E", bound=Entry)


def opening(experiment: Experiment, words: str, imports: str) -> Cell:
    """Return the first cell: what it is about, where it comes from, what it imports."""
    address = address_of(experiment)
    code = imports
    if address:
        about = "# To open it in gdplay, put this behind the address of the app:"
        code = f"{about}\n# {address}\n\n{code}"
    problem = experiment.problem
    title = problem.dataset.title if isinstance(problem, Fit) else getattr(problem, "title", "")
    return Cell(f"Gradient descent: {plain_text(title)}", words, code)


def address_of(experiment: Experiment) -> str:
    """Return the query of the link that opens an experiment; "" where no link can hold it."""
    try:
        return "?" + urlencode(link.short(experiment), doseq=True)
    except LinkError:
        return ""


# Orders and rates


def order_cells(experiment: Experiment) -> list[Cell]:
    """Return the cell of how epochs order their rows; none where there are no rows."""
    if isinstance(experiment.problem, Surface):
        return []
    n = experiment.problem.n_samples
    kinds = distinct(_order_of(run, n) for run in experiment.runs)
    takes = ("rng", "y", "epoch", "order")
    codes = [function(kind.key, kind.about, takes, f"return {kind.code}") for kind in kinds]
    words = "The order in which an epoch takes the rows; it is cut into batches."
    return [Cell("The order of the rows", words, "\n\n\n".join(codes))]


def _order_of(run: Run, n: int) -> Sampling:
    """Return how a run orders its rows; all of them make one gradient in any order."""
    return SAMPLINGS["in order" if run.rows(n) == n else run.sampling]


def schedule_cells(experiment: Experiment) -> list[Cell]:
    """Return the cell of how rates change; none where they don't."""
    if not _scheduled(experiment):
        return []
    codes = map(_schedule, distinct(run.schedule for run in experiment.runs))
    words = "What multiplies the learning rate at update t of the n that come after the warm-up."
    return [Cell("The learning rate over time", words, "\n\n\n".join([*codes, _RATE]))]


def _scheduled(experiment: Experiment) -> bool:
    return not all(run.schedule.constant for run in experiment.runs)


def _schedule(schedule: Schedule) -> str:
    code = stated(schedule.code, "Schedule.code", schedule.key)
    takes = ("t", "n", *numbers_of(schedule, "warmup"))
    return function(schedule.key, schedule.about, takes, f"return {code}")


_RATE = '''\
def rate(run, update):
    """Return the learning rate of an update, counted from 0."""
    warmup = run["warmup"]
    t, n = max(update - warmup, 0), run["updates"] - warmup
    factor = run["schedule"](t, n, **run["schedule_numbers"])
    return run["lr"] * min((update + 1) / (warmup + 1), 1) * factor'''


def stated(code: str, field: str, key: str) -> str:
    """Return the code that an entry of a table states."""
    if not code:
        raise ValueError(f"{field} must say how scripts write {key!r}; it is empty")
    return code


def distinct(values: Iterable[E]) -> list[E]:
    """Return the first value of each key."""
    distinct: dict[str, E] = {}
    for value in values:
        distinct.setdefault(value.key, value)
    return list(distinct.values())


def numbers_of(owner: Optimizer | Schedule, left_out: str) -> dict[str, float]:
    """Return the numbers of a rule or a schedule by name, but one."""
    return {name: getattr(owner, name) for name in knobs(owner) if name != left_out}


def function(key: str, about: str, takes: Sequence[str], lines: str) -> str:
    """Return a function named for an entry of a table."""
    body = textwrap.indent(lines, "    ")
    return f"def {name_of(key)}({', '.join(takes)}):\n    {docstring(about)}\n{body}"


def name_of(key: str) -> str:
    """Return the name in code of an entry of a table."""
    return key.replace(" ", "_")


# The loop


def loop_cell(experiment: Experiment, loop: str) -> Cell:
    """Return the cell of a loop, of which only the lines stand that the experiment needs.

    Behind a line of `loop` stands, after `#?`, what an experiment must have for it (`traits_of`).
    """
    traits = traits_of(experiment)
    pairs = (line.partition("  #? ") for line in loop.split("\n"))
    code = "\n".join(line for line, _, needs in pairs if set(needs.split()) <= traits)
    words = "One loop for all variants: they differ in how many rows make a gradient."
    if "surface" in traits:
        words = "A function has no rows: each update is an epoch."
    return Cell("The loop", words, "\n".join(_constants(experiment, traits)) + f"\n\n\n{code}")


def _constants(experiment: Experiment, traits: set[str]) -> list[str]:
    start = ", ".join(map(repr, start_of(experiment).tolist()))
    constants = [
        f"START = np.array([{start}])",
        f"DIVERGED_AT = {DIVERGED_AT:g}  # times the loss at the start, or 1 where that is less",
    ]
    if "several" in traits:
        more = [list(start) for start in experiment.more_starts]
        constants.append(f"MORE_STARTS = np.array({more!r})")
    if "noisy" in traits:
        constants.insert(0, f"SEED = {experiment.seed}  # for the noise")
        noise = f"NOISE = {experiment.gradient_noise!r}  # its standard deviation, on both slopes"
        constants.append(noise)
    if "rows" in traits:
        constants.insert(0, f"SEED = {experiment.seed}  # for the order of the rows")
    if "stops" in traits:
        constants.append(f"TOL = {experiment.tol!r}  # for the length of the full gradient")
    return constants


def traits_of(experiment: Experiment) -> set[str]:
    """Return what an experiment has that lines of the loop may need."""
    problem = experiment.problem
    fit = isinstance(problem, Fit)
    return {
        "rows" if fit else "surface",
        "several" if experiment.more_starts else "alone",
        "noisy" if experiment.gradient_noise else "exact",
        "tested" if isinstance(problem, Fit) and len(problem.prepared.y_test) else "untested",
        "stops" if experiment.tol > 0 else "goes on",
        "drops" if _drops(experiment) else "whole",
        "looks" if looks(experiment) else "blind",
        "scheduled" if _scheduled(experiment) else "steady",
    }


def looks(experiment: Experiment) -> frozenset[str]:
    """Return what the rules of an experiment ask for beside the gradient."""
    return frozenset[str]().union(*(run.optimizer.needs for run in experiment.runs))


def _drops(experiment: Experiment) -> bool:
    n = experiment.problem.n_samples
    return any(run.drop_last and n % run.rows(n) for run in experiment.runs)


# Runs and results


def runs_cell(experiment: Experiment, rules: Sequence[Mapping[str, str]]) -> Cell:
    """Return the cell of the runs; `rules` holds the code of what each does with a gradient."""
    entries = [
        _entry(_fields(experiment, run, name, rule))
        for run, name, rule in zip(experiment.runs, labels(experiment), rules, strict=True)
    ]
    words = "The runs, each with its own rule and batch size."
    return Cell("The runs", words, "RUNS = [\n" + "\n".join(entries) + "\n]")


def _entry(fields: Mapping[str, str]) -> str:
    lines = "".join(f'        "{field}": {value},\n' for field, value in fields.items())
    return f"    {{\n{lines}    }},"


def _fields(experiment: Experiment, run: Run, name: str, rule: Mapping[str, str]) -> dict[str, str]:
    """Return the code of what a run is, by field."""
    n, epochs = experiment.problem.n_samples, experiment.epochs_of(run)
    per_epoch = run.updates_per_epoch(n)
    fields = {"name": json.dumps(name, ensure_ascii=False), **rule, "epochs": repr(epochs)}
    if isinstance(experiment.problem, Fit):
        fields |= {"batch_size": repr(run.rows(n)), "order": name_of(_order_of(run, n).key)}
    if _drops(experiment):
        fields["rows_per_epoch"] = repr(per_epoch * run.rows(n) if run.drop_last else n)
    if _scheduled(experiment):
        fields |= {
            "lr": repr(run.optimizer.lr),
            "schedule": name_of(run.schedule.key),
            "schedule_numbers": repr(numbers_of(run.schedule, "warmup")),
            "warmup": repr(run.schedule.warmup),
            "updates": repr(per_epoch * epochs),
        }
    return fields


_RESULTS_CODE = """\
with np.errstate(all="ignore"):  # a run that diverges overflows on its way
    results = [train(run) for run in RUNS]

for run, result in zip(RUNS, results):
    first, last = result["loss"][0], result["loss"][-1]
    print(f"{run['name']}: loss {first:.4g} at the start, {last:.4g} at the end")"""

RESULTS = Cell("The results", "A list with a dict for each run.", _RESULTS_CODE)

_MORE_CODE = """
    result["more_starts"] = [train(run, start) for start in MORE_STARTS]
    for start, other in zip(MORE_STARTS, result["more_starts"]):
        print(f"    from {start}: {other['loss'][0]:.4g}, then {other['loss'][-1]:.4g}")"""

MORE_RESULTS = Cell(
    "The results",
    "A list with a dict for each run, in it such a dict for each further start.",
    _RESULTS_CODE + _MORE_CODE,
)
