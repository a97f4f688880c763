"""An experiment as a program in PyTorch, where that has its rules and its model."""

from itertools import pairwise
from typing import Any

from gdplay.experiment import Experiment, Run, with_start
from gdplay.export.cells import Cell, plain_text
from gdplay.export.others import expressible, left_out
from gdplay.export.pieces import (
    RESULTS,
    loop_cell,
    numbers_of,
    opening,
    order_cells,
    runs_cell,
    schedule_cells,
)
from gdplay.export.rows import rows_cells
from gdplay.export.symbols import Symbol, as_code
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface

RULES = {
    "sgd": "torch.optim.SGD(params, lr={lr})",
    "momentum": "torch.optim.SGD(params, lr={lr}, momentum={beta})",
    "nesterov": "torch.optim.SGD(params, lr={lr}, momentum={beta}, nesterov=True)",
    "adagrad": "torch.optim.Adagrad(params, lr={lr}, eps={eps})",
    "rmsprop": "torch.optim.RMSprop(params, lr={lr}, alpha={rho}, eps={eps})",
    "adadelta": "torch.optim.Adadelta(params, lr={lr}, rho={rho}, eps={eps})",
    "adam": "torch.optim.Adam(params, lr={lr}, betas=({b1}, {b2}), eps={eps})",
    "amsgrad": "torch.optim.Adam(params, lr={lr}, betas=({b1}, {b2}), eps={eps}, amsgrad=True)",
    "adamw": "torch.optim.AdamW(\n            params, lr={lr}, betas=({b1}, {b2}), eps={eps}, "
    "weight_decay={weight_decay}\n        )",
    "nadam": "torch.optim.NAdam(\n            params, lr={lr}, betas=({b1}, {b2}), eps={eps}, "
    "momentum_decay={momentum_decay}\n        )",
}
"""How PyTorch makes each rule that it has."""

LOSSES = {
    ("linear", "half_mse"): "functional.mse_loss(model(X)[:, 0], y) / 2",
    ("linear", "mse"): "functional.mse_loss(model(X)[:, 0], y)",
    ("logistic", "log_loss"): "functional.binary_cross_entropy_with_logits(model(X)[:, 0], y)",
    ("softmax", "log_loss"): "functional.cross_entropy(model(X), y.long())",
    ("mlp", "half_mse"): "functional.mse_loss(model(X)[:, 0], {target}) / 2",
    ("mlp", "mse"): "functional.mse_loss(model(X)[:, 0], {target})",
    ("mlp", "log_loss"): "functional.{log_loss}",
}
"""What PyTorch calls the loss of each model and objective."""

ACTIVATIONS = {"tanh": "Tanh", "relu": "ReLU", "sigmoid": "Sigmoid", "linear": "Identity"}
"""What PyTorch calls what hidden units make of their sums."""

_WORDS = (
    "The same runs in PyTorch: its rules, its losses, its gradients, over the same rows in the "
    "same order. `results` is what comes out."
)
_IMPORTS = """\
import numpy as np
import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)  # 15 digits; PyTorch's usual numbers have 7"""


def why_not(experiment: Experiment, run: Run) -> str:
    """Return why PyTorch's own parts cannot express a run, or ""."""
    problem, rule = experiment.problem, run.optimizer
    if experiment.gradient_noise:
        return "gradient noise is written in NumPy alone"
    if isinstance(problem, Fit) and (problem.model.key, problem.objective) not in LOSSES:
        return f"no PyTorch code is known here for the model {problem.model.title!r}"
    if rule.key not in RULES:
        return f"torch.optim has no {rule.title}"
    if rule.key == "nesterov" and not numbers_of(rule, "lr")["beta"]:
        return "PyTorch's Nesterov takes no momentum of 0"
    return ""


def torch_program(experiment: Experiment) -> list[Cell]:
    """Return the cells of a program in PyTorch; it leaves `results` as that in NumPy does.

    Raises
    ------
    ValueError
        If none of the runs can be expressed, with the reason of the first.
    """
    kept, reasons = expressible(with_start(experiment), why_not)
    first = " Every run is from the first start alone." if experiment.more_starts else ""
    problem = kept.problem
    if isinstance(problem, Fit):
        model, rows = _fit_cell(problem), [*rows_cells(problem, ones=False), _tensors(problem)]
    else:
        assert isinstance(problem, Surface)
        model, rows = _surface_cell(problem), []
    return [
        opening(experiment, _WORDS + left_out(reasons) + first, _IMPORTS),
        model,
        *order_cells(kept),
        *schedule_cells(kept),
        loop_cell(kept, _LOOP),
        runs_cell(kept, [_rule(run) for run in kept.runs]),
        *rows,
        RESULTS,
    ]


def _rule(run: Run) -> dict[str, str]:
    numbers = {**numbers_of(run.optimizer, ""), "lr": run.optimizer.lr}
    written = {name: repr(value) for name, value in numbers.items()}
    return {"optimizer": "lambda params: " + RULES[run.optimizer.key].format(**written)}


_MODEL = '''\
def new_model():
    """Return a linear model, its parameters those of the start."""
    model = torch.nn.Linear({inputs}, {outputs})
    start = torch.tensor(START).reshape({outputs}, {inputs} + 1)
    with torch.no_grad():
        model.bias.copy_(start[:, 0])
        model.weight.copy_(start[:, 1:])
    return model


def loss(model, X, y):
    """Return the mean loss over rows."""
    return {loss}


def training_loss(model, rows=slice(None)):
    """Return what is descended: the loss of some rows, all by default."""
    return loss(model, X[rows], y[rows]){penalty}


def params_of(model):
    """Return all parameters: for each output its bias, then its weights."""
    parts = torch.cat([model.bias[:, None], model.weight], dim=1)
    return parts.detach().numpy().ravel()'''


def _fit_cell(fit: Fit) -> Cell:
    inputs = fit.X.shape[1]
    if not fit.model.linear:
        return Cell("The model and its loss", fit.model.about, _network(fit))
    code = _MODEL.format(
        inputs=inputs,
        outputs=fit.n_params // (inputs + 1),
        loss=LOSSES[fit.model.key, fit.objective or ""],
        penalty=f" + {fit.l2!r} / 2 * model.weight.square().sum()" if fit.l2 else "",
    )
    return Cell("The model and its loss", fit.model.about, code)


_NETWORK = '''\
def new_model():
    """Return a network, its parameters those of the start."""
    model = torch.nn.Sequential(
        {layers}
    )
    first = 0
    for layer in model[::2]:
        size = layer.weight.numel() + layer.bias.numel()
        start = torch.tensor(START[first : first + size]).reshape(layer.out_features, -1)
        with torch.no_grad():
            layer.bias.copy_(start[:, 0])
            layer.weight.copy_(start[:, 1:])
        first += size
    return model


def loss(model, X, y):
    """Return the mean loss over rows."""
    return {loss}


{squares}def training_loss(model, rows=slice(None)):
    """Return what is descended: the loss of some rows, all by default."""
    return loss(model, X[rows], y[rows]){penalty}


def params_of(model):
    """Return all parameters: layer by layer, for each unit its bias, then its weights."""
    parts = [torch.cat([layer.bias[:, None], layer.weight], dim=1) for layer in model[::2]]
    return torch.cat([part.ravel() for part in parts]).detach().numpy()'''


_WEIGHTS = '''\
def squares(model):
    """Return the sum of all squared weights, without biases."""
    return sum(layer.weight.square().sum() for layer in model[::2])


'''


def _network(fit: Fit) -> str:
    model: Any = fit.model
    sizes = model.wiring(fit.X.shape[1], fit.n_classes).sizes
    between = f",\n        torch.nn.{ACTIVATIONS[model.activation]}(),\n        "
    several = fit.n_classes > 2
    written = LOSSES[model.key, fit.objective or ""].format(
        target="2 * y - 1" if fit.n_classes else "y",
        log_loss="cross_entropy(model(X), y.long())"
        if several
        else "binary_cross_entropy_with_logits(model(X)[:, 0], y)",
    )
    return _NETWORK.format(
        layers=between.join(f"torch.nn.Linear({a}, {b})" for a, b in pairwise(sizes)) + ",",
        loss=written,
        squares=_WEIGHTS if fit.l2 else "",
        penalty=f" + {fit.l2!r} / 2 * squares(model)" if fit.l2 else "",
    )


_POINT = '''\
class Point(torch.nn.Module):
    """A point of the plane, which descends."""

    def __init__(self):
        super().__init__()
        self.place = torch.nn.Parameter(torch.tensor(START))


def new_model():
    """Return a point at the start."""
    return Point()


def training_loss(model):
    """Return the height at a point."""
    {names} = model.place
    return {height}


def params_of(model):
    """Return where a point is."""
    return model.place.detach().numpy().copy()'''


def _surface_cell(surface: Surface) -> Cell:
    x, y = (Symbol(name) for name in surface.param_names)
    height = as_code(surface.height(x, y)).replace("np.", "torch.")  # type: ignore[arg-type]
    code = _POINT.format(names=", ".join(surface.param_names), height=height)
    return Cell("The function", plain_text(surface.about), code)


def _tensors(fit: Fit) -> Cell:
    names = ["X", "y", *(("X_test", "y_test") if len(fit.prepared.y_test) else ())]
    tensors = ", ".join(f"torch.tensor({name})" for name in names)
    return Cell("The rows for PyTorch", "From here on they are tensors.",
                f"{', '.join(names)} = {tensors}")  # fmt: skip


_LOOP = '''\
def train(run):
    """Return the loss at the start and at each epoch's end, and the last parameters."""
    rng, order = np.random.default_rng((SEED, 0)), None  #? rows
    model = new_model()
    optimizer = run["optimizer"](model.parameters())
    update = 0  #? scheduled
    losses = np.full(run["epochs"] + 1, np.nan)
    losses[0] = training_loss(model).item()
    test_losses = np.full(run["epochs"] + 1, np.nan)  #? tested
    test_losses[0] = loss(model, X_test, y_test).item()  #? tested
    for epoch in range(run["epochs"]):
        optimizer.zero_grad()  #? stops
        training_loss(model).backward()  #? stops
        if np.linalg.norm([p.grad.norm().item() for p in model.parameters()]) < TOL:  #? stops
            losses[epoch:] = losses[epoch]  #? stops
            test_losses[epoch:] = test_losses[epoch]  #? stops tested
            break  # it has arrived, and stays  #? stops
        order = run["order"](rng, y, epoch, order)  #? rows
        for first in range(0, len(y), run["batch_size"]):  #? rows whole
        for first in range(0, run["rows_per_epoch"], run["batch_size"]):  #? rows drops
            rows = order[first : first + run["batch_size"]]  #? rows
            optimizer.zero_grad()  #? rows
            training_loss(model, rows).backward()  #? rows
            optimizer.param_groups[0]["lr"] = rate(run, update)  #? rows scheduled
            optimizer.step()  #? rows
            update = update + 1  #? rows scheduled
        optimizer.zero_grad()  #? surface
        training_loss(model).backward()  #? surface
        optimizer.param_groups[0]["lr"] = rate(run, update)  #? surface scheduled
        optimizer.step()  #? surface
        update = update + 1  #? surface scheduled
        if np.isfinite(params_of(model)).all():
            losses[epoch + 1] = training_loss(model).item()
            test_losses[epoch + 1] = loss(model, X_test, y_test).item()  #? tested
        if not losses[epoch + 1] <= DIVERGED_AT * max(1, losses[0]):
            break  # it has diverged: what would follow stays NaN
    params = params_of(model)
    if np.isnan(losses[-1]):
        params = np.full_like(params, np.nan)
    return {"loss": losses, "params": params}  #? untested
    return {"loss": losses, "test_loss": test_losses, "params": params}  #? tested'''
