"""An experiment as a program with scikit-learn, which descends on one row at a time."""

from gdplay.experiment import Experiment, Run
from gdplay.export.cells import Cell
from gdplay.export.others import expressible, left_out
from gdplay.export.pieces import RESULTS, loop_cell, opening, order_cells, runs_cell
from gdplay.export.rows import rows_cells
from gdplay.loss.fit import Fit

KINDS = {"linear": ("SGDRegressor", "squared_error"), "logistic": ("SGDClassifier", "log_loss")}
"""What scikit-learn calls each model that it descends on, and its loss."""

VALUES = {
    "half_mse": "mean_squared_error(y, model.predict(X)) / 2",
    "mse": "mean_squared_error(y, model.predict(X))",
    "log_loss": "log_loss(y, model.predict_proba(X))",
}
"""How the loss of each objective is computed."""

_WORDS = (
    "The same runs by scikit-learn, which takes one row an update: a call of `fit` is one epoch, "
    "over the same rows in the same order. `results` is what comes out."
)


def why_not(experiment: Experiment, run: Run) -> str:
    """Return why scikit-learn cannot express a run, or ""."""
    problem = experiment.problem
    if not isinstance(problem, Fit):
        return "scikit-learn fits rows, and a function has none"
    if not problem.model.convex:
        return "scikit-learn's networks draw their own start and take rows in an order of their own"
    if problem.model.key not in KINDS:
        return f"scikit-learn does not descend on {problem.model.title.lower()} row by row"
    rows = run.rows(problem.n_samples)
    if rows > 1:
        return f"scikit-learn takes one row an update, and this run takes {rows}"
    if not run.optimizer.plain:
        return f"scikit-learn descends by the plain step, not by {run.optimizer.title}"
    if experiment.tol > 0:
        return "scikit-learn does not stop by the length of the gradient"
    if not run.schedule.constant:
        return f"scikit-learn has no schedule like {run.schedule.title!r}"
    return ""


def scikit_program(experiment: Experiment) -> list[Cell]:
    """Return the cells of a program with scikit-learn; it leaves `results` as that in NumPy does.

    Raises
    ------
    ValueError
        If none of the runs can be expressed, with the reason of the first.
    """
    kept, reasons = expressible(experiment, why_not)
    fit = kept.problem
    assert isinstance(fit, Fit)
    kind, _ = KINDS[fit.model.key]
    metric = "mean_squared_error" if fit.n_classes == 0 else "log_loss"
    imports = (
        "import numpy as np\n"
        f"from sklearn.linear_model import {kind}\n"
        f"from sklearn.metrics import {metric}"
    )
    return [
        opening(experiment, _WORDS + left_out(reasons), imports),
        _model_cell(fit),
        *order_cells(kept),
        loop_cell(kept, _LOOP),
        runs_cell(kept, [{"lr": repr(run.optimizer.lr)} for run in kept.runs]),
        *rows_cells(fit, ones=False),
        RESULTS,
    ]


_MODEL = '''\
def new_model(lr):
    """Return a model that goes through its rows once, as they stand, at one rate."""
    return {kind}(
        loss="{loss}", penalty={penalty}, learning_rate="constant",
        eta0={rate}, shuffle=False, max_iter=1, tol=None,
    )


def loss(model, X, y):
    """Return the mean loss over rows."""
    return {value}


def training_loss(model):
    """Return what is descended."""
    return loss(model, X, y){more}'''


def _model_cell(fit: Fit) -> Cell:
    kind, loss = KINDS[fit.model.key]
    # scikit-learn halves the squared error: descent on the whole one is at twice the rate.
    twice = fit.objective == "mse"
    code = _MODEL.format(
        kind=kind,
        loss=loss,
        penalty=f'"l2", alpha={fit.l2 / (2 if twice else 1)!r}' if fit.l2 else "None",
        rate="2 * lr" if twice else "lr",
        value=VALUES[fit.objective or ""],
        more=f" + {fit.l2!r} / 2 * np.sum(model.coef_**2)" if fit.l2 else "",
    )
    return Cell("The model and its loss", fit.model.about, code)


_LOOP = '''\
def train(run):
    """Return the loss at the start and at each epoch's end, and the last parameters."""
    rng, order = np.random.default_rng((SEED, 0)), None
    # At a rate of nearly nothing a model stays at its start. It descends in the array it is given.
    model = new_model(1e-300).fit(X, y, coef_init=START[1:].copy(), intercept_init=START[:1])
    losses = np.full(run["epochs"] + 1, np.nan)
    losses[0] = training_loss(model)
    test_losses = np.full(run["epochs"] + 1, np.nan)  #? tested
    test_losses[0] = loss(model, X_test, y_test)  #? tested
    for epoch in range(run["epochs"]):
        order = run["order"](rng, y, epoch, order)
        start = {"coef_init": model.coef_, "intercept_init": model.intercept_}
        try:
            model = new_model(run["lr"]).fit(X[order], y[order], **start)
            losses[epoch + 1] = training_loss(model)
            test_losses[epoch + 1] = loss(model, X_test, y_test)  #? tested
        except ValueError:  # numbers too large for scikit-learn
            break
        if not losses[epoch + 1] <= DIVERGED_AT * max(1, losses[0]):
            break  # it has diverged: what would follow stays NaN
    params = np.concatenate([model.intercept_, model.coef_.ravel()])
    if np.isnan(losses[-1]):
        params = np.full_like(params, np.nan)
    return {"loss": losses, "params": params}  #? untested
    return {"loss": losses, "test_loss": test_losses, "params": params}  #? tested'''
