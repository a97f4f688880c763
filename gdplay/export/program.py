"""An experiment as a program in plain NumPy: cells from the rows to the results.

A program holds what its experiment needs and no more: the rules, schedules and orders that its
runs use, in the words that stand beside each in its own table.
"""

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

import numpy as np

from gdplay import link
from gdplay.arrays import Array
from gdplay.engine.training import DIVERGED_AT
from gdplay.experiment import Experiment, Run, labels, start_of
from gdplay.export.cells import Cell, docstring, plain_text
from gdplay.export.rows import rows_cells
from gdplay.export.symbols import Symbol, as_code
from gdplay.knobs import knobs
from gdplay.link import LinkError
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer
from gdplay.registry import Entry
from gdplay.sampling import SAMPLINGS, Sampling
from gdplay.schedules import Schedule

E = TypeVar("E", bound=Entry)


def program(experiment: Experiment) -> list[Cell]:
    """Return the cells of the program that reproduces each run of an experiment, of seed 0.

    Run one after the other, they leave `results`: for each run a dict with its "loss" (a number
    for the start and one for each epoch's end), its last "params", and its "test_loss" where rows
    are held out.

    Raises
    ------
    ValueError
        If a rule, schedule, model or problem has no code.
    """
    problem = experiment.problem
    if isinstance(problem, Fit):
        title, loss, rows = problem.dataset.title, _fit_cell(problem), rows_cells(problem)
    elif isinstance(problem, Surface):
        title, loss, rows = problem.title, _surface_cell(problem), []
    else:
        raise ValueError(f"problem must be a fit or a surface; got {type(problem).__name__}")
    # Rows may be many: they come last, so that what is to be read stands together.
    return [
        _opening(experiment, title),
        loss,
        _rules_cell(experiment),
        *_order_cells(experiment),
        *_schedule_cells(experiment),
        _loop_cell(experiment),
        _runs_cell(experiment),
        *rows,
        Cell("The results", "A list with a dict for each run.", _RESULTS),
    ]


def _opening(experiment: Experiment, title: str) -> Cell:
    words = (
        "Each run in plain NumPy, with nothing hidden in a library: the loss and its slope, the "
        "rule, the loop, the rows. `results` is what comes out."
    )
    address = address_of(experiment)
    code = "import numpy as np"
    if address:
        about = "# To open it in gdplay, put this behind the address of the app:"
        code = f"{about}\n# {address}\n\n{code}"
    return Cell(f"Gradient descent: {plain_text(title)}", words, code)


def address_of(experiment: Experiment) -> str:
    """Return the query of the link that opens an experiment; "" where no link can hold it."""
    try:
        return "?" + urlencode(link.encode(experiment), doseq=True)
    except LinkError:
        return ""


# The loss


def _fit_cell(fit: Fit) -> Cell:
    objective = fit.objective or ""
    model = fit.model
    parts = [f"N_CLASSES = {fit.n_classes}"] if fit.n_classes else []
    parts.append(_stated(model.code.get(objective, ""), f"Model.code[{objective!r}]", model.key))
    parts.append(_whole_loss(fit))
    words = f"{model.about} Descent sees the loss of a few rows; curves show that of all rows."
    return Cell("The loss and its slope", words, "\n\n\n".join(parts))


def _whole_loss(fit: Fit) -> str:
    if not fit.l2:
        return (
            "def training_loss(params):\n"
            '    """The loss over all training rows."""\n'
            "    return loss(params, X, y)\n\n\n"
            "def slope(params, rows):\n"
            '    """Return the gradient over some rows."""\n'
            "    return gradient(params, X[rows], y[rows])"
        )
    return (
        f"L2 = {fit.l2!r}\n"
        f"WEIGHTS = {_mask(fit.prepared.free[:, 0])}  # 0 at a bias, which goes free\n\n\n"
        "def training_loss(params):\n"
        '    """The loss over all training rows, and the penalty on large weights."""\n'
        "    return loss(params, X, y) + L2 / 2 * np.sum(WEIGHTS * params**2)\n\n\n"
        "def slope(params, rows):\n"
        '    """Return the gradient over some rows, that of the penalty included."""\n'
        "    return gradient(params, X[rows], y[rows]) + L2 * WEIGHTS * params"
    )


def _mask(free: Array) -> str:
    """Return code for zeros and ones, short where they come in turns."""
    width = int(np.flatnonzero(free == 0)[1]) if np.sum(free == 0) > 1 else len(free)
    if np.array_equal(free, np.arange(len(free)) % width > 0):
        return f"(np.arange({len(free)}) % {width} > 0).astype(float)"
    return f"np.array({free.astype(int).tolist()})"


def _surface_cell(surface: Surface) -> Cell:
    names = ", ".join(surface.param_names)
    x, y = (Symbol(name) for name in surface.param_names)
    height, slopes = surface.height(x, y), surface.slope(x, y)  # type: ignore[arg-type]
    code = (
        f'def training_loss(params):\n    """Return the height at a point."""\n'
        f"    {names} = params\n    return {as_code(height)}\n\n\n"
        f'def slope(params):\n    """Return both slopes there."""\n'
        f"    {names} = params\n    return np.array([{', '.join(map(as_code, slopes))}])"
    )
    return Cell("The function and its slope", plain_text(surface.about), code)


# Rules, orders, schedules


def _rules_cell(experiment: Experiment) -> Cell:
    rules = _distinct(run.optimizer for run in experiment.runs)
    words = (
        "A rule turns a gradient into a step. What it remembers is handed from update to update."
    )
    title = "The rules" if len(rules) > 1 else "The rule"
    return Cell(title, words, "\n\n\n".join(map(_rule, rules)))


def _rule(rule: Optimizer) -> str:
    begins = rule.begins()
    names, values = ", ".join(begins), ", ".join(map(repr, begins.values()))
    lines = _stated(rule.code, "Optimizer.code", rule.key)
    if len(begins) > 1:
        values, names_out = f"({values})", f"({names})"
    else:
        names_out = names or "None"
    if begins:
        lines = f"{names} = {values} if memory is None else memory\n{lines}"
    takes = ("params", "grad", "memory", "lr", *_numbers(rule, "lr"))
    return _function(rule.key, rule.about, takes, f"{lines}\nreturn params, {names_out}")


def _order_cells(experiment: Experiment) -> list[Cell]:
    if isinstance(experiment.problem, Surface):
        return []
    n = experiment.problem.n_samples
    kinds = _distinct(_order_of(run, n) for run in experiment.runs)
    takes = ("rng", "y", "epoch", "order")
    codes = [_function(kind.key, kind.about, takes, f"return {kind.code}") for kind in kinds]
    words = "The order in which an epoch takes the rows; it is cut into batches."
    return [Cell("The order of the rows", words, "\n\n\n".join(codes))]


def _order_of(run: Run, n: int) -> Sampling:
    """Return how a run orders its rows; all of them make one gradient in any order."""
    return SAMPLINGS["in order" if run.rows(n) == n else run.sampling]


def _schedule_cells(experiment: Experiment) -> list[Cell]:
    if not _scheduled(experiment):
        return []
    codes = map(_schedule, _distinct(run.schedule for run in experiment.runs))
    words = "What multiplies the learning rate at update t of the n that come after the warm-up."
    return [Cell("The learning rate over time", words, "\n\n\n".join([*codes, _RATE]))]


def _scheduled(experiment: Experiment) -> bool:
    return not all(run.schedule.constant for run in experiment.runs)


def _schedule(schedule: Schedule) -> str:
    code = _stated(schedule.code, "Schedule.code", schedule.key)
    takes = ("t", "n", *_numbers(schedule, "warmup"))
    return _function(schedule.key, schedule.about, takes, f"return {code}")


_RATE = '''\
def rate(run, update):
    """Return the learning rate of an update, counted from 0."""
    warmup = run["warmup"]
    t, n = max(update - warmup, 0), run["updates"] - warmup
    factor = run["schedule"](t, n, **run["schedule_numbers"])
    return run["lr"] * min((update + 1) / (warmup + 1), 1) * factor'''


def _stated(code: str, field: str, key: str) -> str:
    """Return the code that an entry of a table states."""
    if not code:
        raise ValueError(f"{field} must say how scripts write {key!r}; it is empty")
    return code


def _distinct(values: Iterable[E]) -> list[E]:
    """Return the first value of each key."""
    distinct: dict[str, E] = {}
    for value in values:
        distinct.setdefault(value.key, value)
    return list(distinct.values())


def _numbers(owner: Optimizer | Schedule, left_out: str) -> dict[str, float]:
    return {name: getattr(owner, name) for name in knobs(owner) if name != left_out}


def _function(key: str, about: str, takes: Sequence[str], lines: str) -> str:
    body = textwrap.indent(lines, "    ")
    return f"def {_name(key)}({', '.join(takes)}):\n    {docstring(about)}\n{body}"


def _name(key: str) -> str:
    return key.replace(" ", "_")


# The loop


_LOOP = '''\
def train(run):
    """Return the loss at the start and at each epoch's end, and the last parameters."""
    rng = np.random.default_rng((SEED, 0))  #? rows
    params, memory, order = START, None, None  #? rows
    params, memory = START, None  #? surface
    update = 0  #? scheduled
    losses = np.full(run["epochs"] + 1, np.nan)
    losses[0] = training_loss(params)
    test_losses = np.full(run["epochs"] + 1, np.nan)  #? tested
    test_losses[0] = loss(params, X_test, y_test)  #? tested
    for epoch in range(run["epochs"]):
        if np.linalg.norm(slope(params, slice(None))) < TOL:  #? stops rows
        if np.linalg.norm(slope(params)) < TOL:  #? stops surface
            losses[epoch:] = losses[epoch]  #? stops
            test_losses[epoch:] = test_losses[epoch]  #? stops tested
            break  # it has arrived, and stays  #? stops
        order = run["order"](rng, y, epoch, order)  #? rows
        for first in range(0, len(y), run["batch_size"]):  #? rows whole
        for first in range(0, run["rows_per_epoch"], run["batch_size"]):  #? rows drops
            grad = slope(params, order[first : first + run["batch_size"]])  #? rows
            lr = rate(run, update)  #? rows scheduled
            lr = run["lr"]  #? rows steady
            params, memory = run["rule"](params, grad, memory, lr, **run["numbers"])  #? rows
            update = update + 1  #? rows scheduled
        lr = rate(run, update)  #? surface scheduled
        lr = run["lr"]  #? surface steady
        grad = slope(params)  #? surface
        params, memory = run["rule"](params, grad, memory, lr, **run["numbers"])  #? surface
        update = update + 1  #? surface scheduled
        if np.isfinite(params).all():
            losses[epoch + 1] = training_loss(params)
            test_losses[epoch + 1] = loss(params, X_test, y_test)  #? tested
        if not losses[epoch + 1] <= DIVERGED_AT * max(1, losses[0]):
            break  # it has diverged: what would follow stays NaN
    if np.isnan(losses[-1]):
        params = np.full_like(params, np.nan)
    return {"loss": losses, "params": params}  #? untested
    return {"loss": losses, "test_loss": test_losses, "params": params}  #? tested'''
"""The loop, each line with what an experiment must have if it is to stand in its program."""


def _loop_cell(experiment: Experiment) -> Cell:
    traits = _traits(experiment)
    pairs = (line.partition("  #? ") for line in _LOOP.split("\n"))
    code = "\n".join(line for line, _, needs in pairs if set(needs.split()) <= traits)
    start = ", ".join(map(repr, start_of(experiment).tolist()))
    constants = [
        f"START = np.array([{start}])",
        f"DIVERGED_AT = {DIVERGED_AT:g}  # times the loss at the start, or 1 where that is less",
    ]
    if "rows" in traits:
        constants.insert(0, f"SEED = {experiment.seed}  # for the order of the rows")
    if "stops" in traits:
        constants.append(f"TOL = {experiment.tol!r}  # for the length of the full gradient")
    words = "One loop for all variants: they differ in how many rows make a gradient."
    if "surface" in traits:
        words = "A function has no rows: each update is an epoch."
    return Cell("The loop", words, "\n".join(constants) + f"\n\n\n{code}")


def _traits(experiment: Experiment) -> set[str]:
    """Return what an experiment has that lines of the loop may need."""
    problem = experiment.problem
    fit = isinstance(problem, Fit)
    return {
        "rows" if fit else "surface",
        "tested" if isinstance(problem, Fit) and len(problem.prepared.y_test) else "untested",
        "stops" if experiment.tol > 0 else "goes on",
        "drops" if _drops(experiment) else "whole",
        "scheduled" if _scheduled(experiment) else "steady",
    }


def _drops(experiment: Experiment) -> bool:
    n = experiment.problem.n_samples
    return any(run.drop_last and n % run.rows(n) for run in experiment.runs)


def _runs_cell(experiment: Experiment) -> Cell:
    named = zip(experiment.runs, labels(experiment), strict=True)
    entries = [_run(experiment, run, name) for run, name in named]
    words = "The runs, each with its own rule and batch size."
    return Cell("The runs", words, "RUNS = [\n" + "\n".join(entries) + "\n]")


def _run(experiment: Experiment, run: Run, name: str) -> str:
    """Return a run as the entry of a list."""
    n, per_epoch = experiment.problem.n_samples, run.updates_per_epoch(experiment.problem.n_samples)
    epochs = experiment.epochs_of(run)
    entry = {
        "name": json.dumps(name, ensure_ascii=False),
        "rule": _name(run.optimizer.key),
        "lr": repr(run.optimizer.lr),
        "numbers": repr(_numbers(run.optimizer, "lr")),
        "epochs": repr(epochs),
    }
    if isinstance(experiment.problem, Fit):
        entry |= {"batch_size": repr(run.rows(n)), "order": _name(_order_of(run, n).key)}
    if _drops(experiment):
        used = per_epoch * run.rows(n) if run.drop_last else n
        entry["rows_per_epoch"] = repr(used)
    if _scheduled(experiment):
        entry |= {
            "schedule": _name(run.schedule.key),
            "schedule_numbers": repr(_numbers(run.schedule, "warmup")),
            "warmup": repr(run.schedule.warmup),
            "updates": repr(per_epoch * epochs),
        }
    lines = "".join(f'        "{field}": {value},\n' for field, value in entry.items())
    return f"    {{\n{lines}    }},"


_RESULTS = """\
with np.errstate(all="ignore"):  # a run that diverges overflows on its way
    results = [train(run) for run in RUNS]

for run, result in zip(RUNS, results):
    first, last = result["loss"][0], result["loss"][-1]
    print(f"{run['name']}: loss {first:.4g} at the start, {last:.4g} at the end")"""
