"""Write network_numbers.json: where PyTorch trains small networks to, to the last digit.

Run `python tests/oracles/make_network_numbers.py` with any PyTorch (a CPU build will do). Nothing
but PyTorch and Python is imported, so that these numbers owe nothing to the code they judge.

Each case is one network, one loss and one rule in float64, over rows in their order, seven a batch,
the last of an epoch short. A layer is a matrix, a row a unit: its bias, then its weights; `start`
and the parameters after the updates in `KEPT` hold one layer after the other. JSON holds the
shortest digits that give back each float64 exactly.
"""

import json
import random
from itertools import pairwise
from pathlib import Path

import torch
from torch.nn import functional

N_ROWS, BATCH = 24, 7
KEPT = [1, 2, 20, 60]

ACTIVATIONS = {
    "tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "linear": lambda z: z,
}  # fmt: skip
LOSSES = {
    "half_mse": lambda z, y: functional.mse_loss(z[:, 0], y) / 2,
    "mse": lambda z, y: functional.mse_loss(z[:, 0], y),
    "signs": lambda z, y: functional.mse_loss(z[:, 0], 2 * y - 1) / 2,
    "log_loss": lambda z, y: functional.binary_cross_entropy_with_logits(z[:, 0], y),
    "classes": lambda z, y: functional.cross_entropy(z, y.long()),
}
RULES = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.2),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9),
    "adam": lambda params: torch.optim.Adam(params, lr=0.02),
}

# Units of each hidden layer, activation, loss, rule, penalty on weights.
CASES = [
    ([16], "tanh", "signs", "sgd", 0.0),
    ([4, 3], "sigmoid", "log_loss", "momentum", 0.0),
    ([5], "relu", "classes", "sgd", 0.1),
    ([3, 4, 2], "tanh", "classes", "adam", 0.0),
    ([4, 2], "relu", "half_mse", "momentum", 0.01),
    ([3], "sigmoid", "mse", "sgd", 0.0),
    ([3, 3], "linear", "log_loss", "sgd", 0.05),
]


def rows(draw):
    """Return 24 rows of two columns, a number for each, one of two classes, one of three."""
    X = [[draw.uniform(-2, 2), draw.uniform(-1, 1)] for _ in range(N_ROWS)]
    numbers = [x * x - y + draw.uniform(-0.2, 0.2) for x, y in X]
    two = [float(x * y > 0) for x, y in X]
    three = [float((x > 0) + (x > y)) for x, y in X]
    return {"X": X, "numbers": numbers, "two": two, "three": three}


def run(case, data, draw):
    """Return one case with its start and where it went."""
    hidden, activation, loss, rule, l2 = case
    target = {"half_mse": "numbers", "mse": "numbers", "classes": "three"}.get(loss, "two")
    X, y = (torch.tensor(data[name], dtype=torch.float64) for name in ("X", target))
    sizes = [2, *hidden, 3 if loss == "classes" else 1]
    layers = [
        torch.tensor(
            [[draw.gauss(0, 0.7) for _ in range(n_in + 1)] for _ in range(n_out)],
            dtype=torch.float64, requires_grad=True,
        )
        for n_in, n_out in pairwise(sizes)
    ]  # fmt: skip
    start, optimizer, kept = flat(layers), RULES[rule](layers), []
    for update in range(KEPT[-1]):
        first = update % -(-N_ROWS // BATCH) * BATCH
        z = X[first : first + BATCH]
        for layer in layers[:-1]:
            z = ACTIVATIONS[activation](functional.linear(z, layer[:, 1:], layer[:, 0]))
        z = functional.linear(z, layers[-1][:, 1:], layers[-1][:, 0])
        value = LOSSES[loss](z, y[first : first + BATCH])
        value = value + l2 / 2 * sum(layer[:, 1:].square().sum() for layer in layers)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        if update + 1 in KEPT:
            kept.append(flat(layers))
    names = ("hidden", "activation", "loss", "rule", "l2", "target", "start", "params")
    return dict(zip(names, (*case, target, start, kept), strict=True))


def flat(layers):
    return torch.cat([layer.detach().ravel() for layer in layers]).tolist()


def main():
    draw = random.Random(5)
    data = rows(draw)
    cases = [run(case, data, draw) for case in CASES]
    numbers = {"torch": torch.__version__, "kept": KEPT, "batch": BATCH, **data, "cases": cases}
    path = Path(__file__).with_name("network_numbers.json")
    path.write_text(json.dumps(numbers, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
