"""An experiment as a program in plain NumPy: cells from the rows to the results.

A program holds what its experiment needs and no more: the rules, schedules and orders that its
runs use, in the words that stand beside each in its own table.
"""

from collections.abc import Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.experiment import Experiment, Run
from gdplay.export.cells import Cell, plain_text
from gdplay.export.looks import looks_cells
from gdplay.export.pieces import (
    MORE_RESULTS,
    RESULTS,
    distinct,
    function,
    looks,
    loop_cell,
    name_of,
    numbers_of,
    opening,
    order_cells,
    runs_cell,
    schedule_cells,
    stated,
)
from gdplay.export.rows import rows_cells
from gdplay.export.symbols import Symbol, as_code
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer

_WORDS = (
    "Each run in plain NumPy, with nothing hidden in a library: the loss and its slope, the rule, "
    "the loop, the rows. `results` is what comes out."
)


def program(experiment: Experiment) -> list[Cell]:
    """Return the cells of the program that reproduces each run of an experiment, of seed 0.

    Run one after the other, they leave `results`: for each run a dict with its "loss" (a number
    for the start and one for each epoch's end), its last "params", and its "test_loss" where rows
    are held out. Where an experiment has several starts, those of the first, and under
    "more_starts" such a dict for each other.

    Raises
    ------
    ValueError
        If a rule, schedule, model or problem has no code.
    """
    problem = experiment.problem
    if isinstance(problem, Fit):
        loss, rows = _fit_cell(problem), rows_cells(problem)
    elif isinstance(problem, Surface):
        loss, rows = _surface_cell(problem), []
    else:
        raise ValueError(f"problem must be a fit or a surface; got {type(problem).__name__}")
    # Rows may be many: they come last, so that what is to be read stands together.
    return [
        opening(experiment, _WORDS, "import numpy as np"),
        loss,
        *looks_cells(experiment),
        _rules_cell(experiment),
        *order_cells(experiment),
        *schedule_cells(experiment),
        loop_cell(experiment, _LOOP),
        runs_cell(experiment, [_rule_fields(run) for run in experiment.runs]),
        *rows,
        MORE_RESULTS if experiment.more_starts else RESULTS,
    ]


# The loss


def _fit_cell(fit: Fit) -> Cell:
    objective, model = fit.objective or "", fit.model
    code = model.code_for(fit.X.shape[1], fit.n_classes, objective)
    parts = [f"N_CLASSES = {fit.n_classes}"] if fit.n_classes else []
    parts.append(stated(code, f"Model.code[{objective!r}]", model.key))
    parts.append(_whole_loss(fit))
    words = f"{model.about} Descent sees the loss of a few rows; curves show that of all rows."
    return Cell("The loss and its slope", words, "\n\n\n".join(parts))


_PLAIN = '''\
def training_loss(params):
    """The loss over all training rows."""
    return loss(params, X, y)


def slope(params, rows):
    """Return the gradient over some rows."""
    return gradient(params, X[rows], y[rows])'''

_PENALISED = '''\
L2 = {l2!r}
WEIGHTS = {mask}  # 0 at a bias, which goes free


def training_loss(params):
    """The loss over all training rows, and the penalty on large weights."""
    return loss(params, X, y) + L2 / 2 * np.sum(WEIGHTS * params**2)


def slope(params, rows):
    """Return the gradient over some rows, that of the penalty included."""
    return gradient(params, X[rows], y[rows]) + L2 * WEIGHTS * params'''


def _whole_loss(fit: Fit) -> str:
    """Return the code of what is descended on, made from that of the mean loss over rows."""
    if not fit.l2:
        return _PLAIN
    return _PENALISED.format(l2=fit.l2, mask=_mask(fit.prepared.free[:, 0]))


def _mask(free: Array) -> str:
    """Return code for zeros and ones, short where they come in turns."""
    width = int(np.flatnonzero(free == 0)[1]) if np.sum(free == 0) > 1 else len(free)
    if np.array_equal(free, np.arange(len(free)) % width > 0):
        return f"(np.arange({len(free)}) % {width} > 0).astype(float)"
    return f"np.array({free.astype(int).tolist()})"


_FUNCTION = '''\
def training_loss(params):
    """Return the height at a point."""
    {names} = params
    return {height}


def slope(params):
    """Return both slopes there."""
    {names} = params
    return np.array([{slopes}])'''


def _surface_cell(surface: Surface) -> Cell:
    x, y = (Symbol(name) for name in surface.param_names)
    code = _FUNCTION.format(
        names=", ".join(surface.param_names),
        height=as_code(surface.height(x, y)),  # type: ignore[arg-type]
        slopes=", ".join(map(as_code, surface.slope(x, y))),  # type: ignore[arg-type]
    )
    return Cell("The function and its slope", plain_text(surface.about), code)


# Rules


def _rules_cell(experiment: Experiment) -> Cell:
    rules = distinct(run.optimizer for run in experiment.runs)
    words = (
        "A rule turns a gradient into a step. What it remembers is handed from update to update."
    )
    title = "The rules" if len(rules) > 1 else "The rule"
    rows = ["rows"] if looks(experiment) else []
    return Cell(title, words, "\n\n\n".join(_rule(rule, rows) for rule in rules))


def _rule(rule: Optimizer, rows: Sequence[str]) -> str:
    """Return a rule's function; where any rule looks at the rows at hand, all are handed them."""
    begins = rule.begins()
    names, values = ", ".join(begins), ", ".join(map(repr, begins.values()))
    lines = stated(rule.code, "Optimizer.code", rule.key)
    if len(begins) > 1:
        values, names_out = f"({values})", f"({names})"
    else:
        names_out = names or "None"
    if begins:
        lines = f"{names} = {values} if memory is None else memory\n{lines}"
    takes = ("params", "grad", "memory", "lr", *rows, *numbers_of(rule, "lr"))
    return function(rule.key, rule.about, takes, f"{lines}\nreturn params, {names_out}")


# The loop


_LOOP = '''\
def train(run):  #? alone
def train(run, start=START):  #? several
    """Return the loss at the start and at each epoch's end, and the last parameters."""
    rng = np.random.default_rng((SEED, 0))  #? rows
    params, memory, order = START, None, None  #? rows
    params, memory = START, None  #? surface alone
    params, memory = start, None  #? several
    rng = np.random.default_rng((SEED, 0, 110))  #? noisy
    noise = NOISE * rng.standard_normal((run["epochs"], len(params)))  #? noisy
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
            grad = slope(params, order[first : first + run["batch_size"]])  #? rows blind
            rows = order[first : first + run["batch_size"]]  #? rows looks
            grad = slope(params, rows)  #? rows looks
            lr = rate(run, update)  #? rows scheduled
            lr = run["lr"]  #? rows steady
            params, memory = run["rule"](params, grad, memory, lr, **run["numbers"])  #? rows blind
            given = params, grad, memory, lr, rows  #? rows looks
            params, memory = run["rule"](*given, **run["numbers"])  #? rows looks
            update = update + 1  #? rows scheduled
        lr = rate(run, update)  #? surface scheduled
        lr = run["lr"]  #? surface steady
        grad = slope(params)  #? surface exact
        grad = slope(params) + noise[epoch]  #? noisy
        params, memory = run["rule"](params, grad, memory, lr, **run["numbers"])  #? surface blind
        given = params, grad, memory, lr, None  #? surface looks
        params, memory = run["rule"](*given, **run["numbers"])  #? surface looks
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


def _rule_fields(run: Run) -> dict[str, str]:
    return {
        "rule": name_of(run.optimizer.key),
        "lr": repr(run.optimizer.lr),
        "numbers": repr(numbers_of(run.optimizer, "lr")),
    }
