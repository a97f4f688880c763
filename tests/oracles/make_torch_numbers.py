"""Write torch_numbers.json: where PyTorch's optimizers and schedulers go, to the last digit.

Run `python tests/oracles/make_torch_numbers.py` with any PyTorch (a CPU build will do). Nothing
but PyTorch and Python is imported, so that these numbers owe nothing to the code they judge.

Each case is one rule with one setting, started at `START` and updated `N_UPDATES` times in
float64, on two problems:

"fed"    the gradients are the rows of `GRADIENTS`, whatever the parameters: zeros, changes of
         sign and sizes from 1e-3 to 1e3, so that every branch of a rule's arithmetic counts
"bowl"   the gradient of 1/2 p'Ap with `A` below, of condition number 22; the rates keep clear
         of the minimum, around which adaptive rules amplify the last digit

and the parameters are kept after the updates in `KEPT`. For the schedulers the multiple of the
learning rate is kept for the updates in `SCHEDULE_KEPT`. JSON holds the shortest digits that
give back each float64 exactly.
"""

import inspect
import json
import random
from pathlib import Path

import torch
from torch import optim
from torch.optim import lr_scheduler

START = [1.5, -2.0]
A = [[4.0, 1.5], [1.5, 0.8]]
N_UPDATES = 60
KEPT = [1, 2, 3, 7, 20, 60]
SCHEDULE_UPDATES = 120
SCHEDULE_KEPT = [0, 1, 2, 9, 10, 11, 39, 40, 41, 99, 119]


def _gradients():
    """Return the fixed rows of gradients; `random.random` is the same in every Python."""
    draw = random.Random(2)
    rows = []
    for update in range(N_UPDATES):
        size = 10 ** draw.uniform(-3, 3) if update % 3 == 0 else 1.0
        rows.append([size * draw.uniform(-1, 1), 0.0 if update % 7 == 4 else draw.uniform(-1, 2)])
    return rows


GRADIENTS = _gradients()

# Key, our settings, and the same rule in PyTorch's words.
CASES = [
    ("sgd", {"lr": 0.001}, optim.SGD, {}),
    ("sgd", {"lr": 0.3}, optim.SGD, {}),
    ("momentum", {"lr": 0.001, "beta": 0.9}, optim.SGD, {"momentum": 0.9}),
    ("momentum", {"lr": 0.1, "beta": 0.5}, optim.SGD, {"momentum": 0.5}),
    ("momentum", {"lr": 0.02, "beta": 0.99}, optim.SGD, {"momentum": 0.99}),
    ("nesterov", {"lr": 0.001, "beta": 0.9}, optim.SGD, {"momentum": 0.9, "nesterov": True}),
    ("nesterov", {"lr": 0.1, "beta": 0.5}, optim.SGD, {"momentum": 0.5, "nesterov": True}),
    ("nesterov", {"lr": 0.02, "beta": 0.99}, optim.SGD, {"momentum": 0.99, "nesterov": True}),
    ("adagrad", {"lr": 0.01, "eps": 1e-10}, optim.Adagrad, {"eps": 1e-10}),
    ("adagrad", {"lr": 0.5, "eps": 1e-2}, optim.Adagrad, {"eps": 1e-2}),
    ("rmsprop", {"lr": 0.01, "rho": 0.99, "eps": 1e-8}, optim.RMSprop, {"alpha": 0.99}),
    (
        "rmsprop",
        {"lr": 0.02, "rho": 0.7, "eps": 1e-2},
        optim.RMSprop,
        {"alpha": 0.7, "eps": 1e-2},
    ),
    ("adadelta", {"lr": 1.0, "rho": 0.9, "eps": 1e-6}, optim.Adadelta, {}),
    (
        "adadelta",
        {"lr": 2.0, "rho": 0.5, "eps": 1e-3},
        optim.Adadelta,
        {"rho": 0.5, "eps": 1e-3},
    ),
    ("adam", {"lr": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-8}, optim.Adam, {}),
    (
        "adam",
        {"lr": 0.1, "b1": 0.5, "b2": 0.9, "eps": 1e-2},
        optim.Adam,
        {"betas": (0.5, 0.9), "eps": 1e-2},
    ),
    (
        "amsgrad",
        {"lr": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-8},
        optim.Adam,
        {"amsgrad": True},
    ),
    (
        "amsgrad",
        {"lr": 0.1, "b1": 0.5, "b2": 0.7, "eps": 1e-2},
        optim.Adam,
        {"amsgrad": True, "betas": (0.5, 0.7), "eps": 1e-2},
    ),
    (
        "adamw",
        {"lr": 0.001, "b1": 0.9, "b2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
        optim.AdamW,
        {"weight_decay": 0.01},
    ),
    (
        "adamw",
        {"lr": 0.03, "b1": 0.5, "b2": 0.9, "eps": 1e-2, "weight_decay": 0.5},
        optim.AdamW,
        {"betas": (0.5, 0.9), "eps": 1e-2, "weight_decay": 0.5},
    ),
    (
        "nadam",
        {"lr": 0.002, "b1": 0.9, "b2": 0.999, "eps": 1e-8, "momentum_decay": 0.004},
        optim.NAdam,
        {},
    ),
    (
        "nadam",
        {"lr": 0.03, "b1": 0.5, "b2": 0.9, "eps": 1e-2, "momentum_decay": 0.5},
        optim.NAdam,
        {"betas": (0.5, 0.9), "eps": 1e-2, "momentum_decay": 0.5},
    ),
]

# Whose defaults to keep, in PyTorch's words.
DEFAULTS = {
    "sgd": (optim.SGD, ["lr"]),
    "momentum": (optim.SGD, ["lr"]),
    "nesterov": (optim.SGD, ["lr"]),
    "adagrad": (optim.Adagrad, ["lr", "eps"]),
    "rmsprop": (optim.RMSprop, ["lr", "alpha", "eps"]),
    "adadelta": (optim.Adadelta, ["lr", "rho", "eps"]),
    "adam": (optim.Adam, ["lr", "betas", "eps"]),
    "amsgrad": (optim.Adam, ["lr", "betas", "eps"]),
    "adamw": (optim.AdamW, ["lr", "betas", "eps", "weight_decay"]),
    "nadam": (optim.NAdam, ["lr", "betas", "eps", "momentum_decay"]),
}

SCHEDULE_CASES = [
    ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    ("step", {"gamma": 0.5, "every": 10}, lambda o: lr_scheduler.StepLR(o, 10, gamma=0.5)),
    ("step", {"gamma": 0.1, "every": 1}, lambda o: lr_scheduler.StepLR(o, 1, gamma=0.1)),
    ("exponential", {"gamma": 0.999}, lambda o: lr_scheduler.ExponentialLR(o, 0.999)),
    ("exponential", {"gamma": 0.7}, lambda o: lr_scheduler.ExponentialLR(o, 0.7)),
    ("inverse", {"half_life": 10}, lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t / 10))),
    (
        "cosine",
        {"t_max": 0, "floor": 0.0},
        lambda o: lr_scheduler.CosineAnnealingLR(o, SCHEDULE_UPDATES),
    ),
    (
        "cosine",
        {"t_max": 119, "floor": 0.1},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 119, eta_min=0.1),
    ),
]


def numbers():
    """Return all there is to store, computed by the PyTorch at hand."""
    before = torch.get_default_dtype()
    # NAdam keeps its product of momenta in the default dtype.
    torch.set_default_dtype(torch.float64)
    try:
        return {
            "torch": torch.__version__,
            "start": START,
            "A": A,
            "gradients": GRADIENTS,
            "kept": KEPT,
            "cases": [_case(*case) for case in CASES],
            "defaults": {key: _defaults(*found) for key, found in DEFAULTS.items()},
            "schedule_updates": SCHEDULE_UPDATES,
            "schedule_kept": SCHEDULE_KEPT,
            "schedules": [_schedule(*case) for case in SCHEDULE_CASES],
        }
    finally:
        torch.set_default_dtype(before)


def _case(key, settings, rule, words):
    def descend(problem):
        params = torch.tensor(START, requires_grad=True)
        optimizer = rule([params], lr=settings["lr"], **words)
        kept = []
        for update in range(N_UPDATES):
            fed = torch.tensor(GRADIENTS[update])
            params.grad = fed if problem == "fed" else torch.tensor(A) @ params.detach()
            optimizer.step()
            if update + 1 in KEPT:
                kept.append(params.detach().tolist())
        return kept

    return {"key": key, "settings": settings, "fed": descend("fed"), "bowl": descend("bowl")}


def _defaults(rule, names):
    known = inspect.signature(rule).parameters
    found = {}
    for name in names:
        value = known[name].default
        if name == "betas":
            found["b1"], found["b2"] = value
        else:
            found["rho" if name == "alpha" else name] = value
    return found


def _schedule(key, settings, make):
    params = torch.tensor(START, requires_grad=True)
    optimizer = optim.SGD([params], lr=1.0)
    scheduler = make(optimizer)
    kept = []
    for update in range(SCHEDULE_UPDATES):
        if update in SCHEDULE_KEPT:
            kept.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return {"key": key, "settings": settings, "factors": kept}


if __name__ == "__main__":
    target = Path(__file__).with_name("torch_numbers.json")
    target.write_text(json.dumps(numbers(), indent=1) + "\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size} bytes, torch {torch.__version__}")
