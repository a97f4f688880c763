"""The same work done by others: one run, or one surface, as their users write it.

Every function that trains starts at zero (unless told), takes the rows in the order given, writes
down the loss over all rows after each epoch, and returns the last parameters (bias first) and
those losses. Packages are imported when used.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

Found = tuple[np.ndarray, np.ndarray]
"""The last parameters and the loss after each epoch."""


def with_bias(X: np.ndarray) -> np.ndarray:
    """Return X with a column of ones in front."""
    return np.column_stack([np.ones(len(X)), X])


def identity(scores: np.ndarray) -> np.ndarray:
    return scores


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-scores))


def half_mse(predicted: np.ndarray, y: np.ndarray) -> float:
    return 0.5 * np.mean((predicted - y) ** 2)


def log_loss(predicted: np.ndarray, y: np.ndarray) -> float:
    return -np.mean(y * np.log(predicted) + (1 - y) * np.log(1 - predicted))


PREDICT: dict[str, Callable] = {"linear": identity, "logistic": sigmoid}
LOSS: dict[str, Callable] = {"linear": half_mse, "logistic": log_loss}


# NumPy, as in a lecture


def numpy_loop(
    kind: str,
    X: np.ndarray,
    y: np.ndarray,
    lr: float,
    batch_size: int,
    orders: Iterator[np.ndarray],
    start: np.ndarray | None = None,
) -> Found:
    """Mini-batch descent over the orders of rows (n,), one per epoch."""
    X, predict, loss = with_bias(X), PREDICT[kind], LOSS[kind]
    params = np.zeros(X.shape[1]) if start is None else np.array(start)
    losses = []
    for order in orders:
        for first in range(0, len(y), batch_size):
            rows = order[first : first + batch_size]
            X_batch, y_batch = X[rows], y[rows]
            error = predict(X_batch @ params) - y_batch
            params = params - lr * (X_batch.T @ error) / len(rows)
        losses.append(loss(predict(X @ params), y))
    return params, np.array(losses)


def numpy_full_batch(kind: str, X: np.ndarray, y: np.ndarray, lr: float, epochs: int) -> Found:
    """Batch descent."""
    X, predict, loss = with_bias(X), PREDICT[kind], LOSS[kind]
    params = np.zeros(X.shape[1])
    losses = []
    for _ in range(epochs):
        error = predict(X @ params) - y
        params = params - lr * (X.T @ error) / len(y)
        losses.append(loss(predict(X @ params), y))
    return params, np.array(losses)


def surface_loops(
    kind: str,
    X: np.ndarray,
    y: np.ndarray,
    origin: np.ndarray,
    axes: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
) -> np.ndarray:
    """The loss at origin + a[i] axes[0] + b[j] axes[1], one point after the other, as [j, i]."""
    X, predict, loss = with_bias(X), PREDICT[kind], LOSS[kind]
    surface = np.empty((len(b), len(a)))
    for j in range(len(b)):
        for i in range(len(a)):
            params = origin + a[i] * axes[0] + b[j] * axes[1]
            surface[j, i] = loss(predict(X @ params), y)
    return surface


# scikit-learn


def himmelblau_ends(starts: np.ndarray, lr: float, beta: float, updates: int) -> np.ndarray:
    """Return where momentum ends on Himmelblau's function, one start after the other."""
    ends = []
    for theta in starts:
        velocity = np.zeros(2)
        for _ in range(updates):
            x, y = theta
            first, second = x**2 + y - 11, x + y**2 - 7
            grad = np.array([4 * x * first + 2 * second, 2 * first + 4 * y * second])
            velocity = beta * velocity + grad
            theta = theta - lr * velocity
        ends.append(theta)
    return np.array(ends)


def ackley_armijo_ends(
    starts: np.ndarray, lr: float, shrink: float, c: float, updates: int, most_tries: int
) -> np.ndarray:
    """Return where Armijo's backtracking ends on Ackley's function, one start after the other."""
    ends = []
    for x, y in starts.tolist():
        for _ in range(updates):
            (value, (u, v)), rate = _ackley(x, y), lr
            for _ in range(most_tries):
                tried = x - rate * u, y - rate * v
                if _ackley(*tried)[0] <= value - c * rate * (u * u + v * v):
                    x, y = tried
                    break
                rate *= shrink
        ends.append((x, y))
    return np.array(ends)


def _ackley(x: float, y: float) -> tuple[float, tuple[float, float]]:
    """Return Ackley's function and its slopes."""
    away = math.sqrt((x * x + y * y) / 2)
    first, second = (
        20 * math.exp(-0.2 * away),
        math.exp((math.cos(2 * math.pi * x) + math.cos(2 * math.pi * y)) / 2),
    )
    fall = 0.1 * first / away if away else 0.0
    slopes = tuple(fall * at + math.pi * second * math.sin(2 * math.pi * at) for at in (x, y))
    return 20 + math.e - first - second, slopes


def sklearn_model(kind: str, lr: float, **options):
    """Return the estimator that does plain one-row descent over the rows in order."""
    from sklearn.linear_model import SGDClassifier, SGDRegressor

    options |= {"penalty": None, "learning_rate": "constant", "eta0": lr, "shuffle": False}
    if kind == "linear":
        return SGDRegressor(loss="squared_error", **options)
    return SGDClassifier(loss="log_loss", **options)


def sklearn_params(model) -> np.ndarray:
    return np.concatenate([model.intercept_, np.ravel(model.coef_)])


def sklearn_partial_fit(kind: str, X: np.ndarray, y: np.ndarray, lr: float, epochs: int) -> Found:
    """One `partial_fit` over all rows per epoch, then the loss by scikit-learn's own metrics."""
    from sklearn import metrics

    def loss(model) -> float:
        if kind == "linear":
            return 0.5 * metrics.mean_squared_error(y, model.predict(X))
        return metrics.log_loss(y, model.predict_proba(X))

    return _sklearn_epochs(kind, X, y, lr, epochs, loss)


def sklearn_lean(kind: str, X: np.ndarray, y: np.ndarray, lr: float, epochs: int) -> Found:
    """The same with the loss by plain NumPy, which is quicker."""
    predict, loss = PREDICT[kind], LOSS[kind]

    def plain(model) -> float:
        return loss(predict(X @ np.ravel(model.coef_) + model.intercept_), y)

    return _sklearn_epochs(kind, X, y, lr, epochs, plain)


def _sklearn_epochs(kind: str, X, y, lr: float, epochs: int, loss: Callable) -> Found:
    model = sklearn_model(kind, lr)
    classes = {} if kind == "linear" else {"classes": np.array([0, 1])}
    losses = []
    for _ in range(epochs):
        model.partial_fit(X, y, **classes)
        losses.append(loss(model))
    return sklearn_params(model), np.array(losses)


def sklearn_fit(kind: str, X: np.ndarray, y: np.ndarray, lr: float, epochs: int) -> Found:
    """All epochs in one compiled call; no loss is written down."""
    model = sklearn_model(kind, lr, max_iter=epochs, tol=None).fit(X, y)
    return sklearn_params(model), np.array([])


# torch


def torch_module():
    """Return torch, held to one thread."""
    import torch

    torch.set_num_threads(1)
    return torch


def torch_by_hand(X: np.ndarray, y: np.ndarray, lr: float, batch_size: int, epochs: int) -> Found:
    """Least squares by slices of tensors, autograd and `optim.SGD`."""
    X, y = torch_module().from_numpy(with_bias(X)), torch_module().from_numpy(y)
    starts = range(0, len(y), batch_size)

    def batches() -> Iterator[tuple]:
        return ((X[i : i + batch_size], y[i : i + batch_size]) for i in starts)

    return _torch_loop(X, y, lr, epochs, batches)


def torch_data_loader(
    X: np.ndarray, y: np.ndarray, lr: float, batch_size: int, epochs: int
) -> Found:
    """The same with batches from a DataLoader."""
    from torch.utils.data import DataLoader, TensorDataset

    X, y = torch_module().from_numpy(with_bias(X)), torch_module().from_numpy(y)
    loader = DataLoader(TensorDataset(X, y), batch_size=batch_size, shuffle=False)
    return _torch_loop(X, y, lr, epochs, lambda: loader)


def _torch_loop(X, y, lr: float, epochs: int, batches: Callable) -> Found:
    torch = torch_module()
    params = torch.zeros(X.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=lr)
    losses = []
    for _ in range(epochs):
        for X_batch, y_batch in batches():
            loss = 0.5 * ((X_batch @ params - y_batch) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(0.5 * ((X @ params - y) ** 2).mean().item())
    return params.detach().numpy(), np.array(losses)


def torch_network(
    X: np.ndarray, y: np.ndarray, start: np.ndarray, lr: float, batch_size: int, epochs: int
) -> Found:
    """A network of one hidden layer of tanh units for two classes, by autograd and `optim.SGD`.

    Parameters are unit after unit, each its bias first, the output last.
    """
    torch = torch_module()
    X, y = torch.from_numpy(np.array(X)), torch.from_numpy(np.array(y))
    units = len(start) // (X.shape[1] + 2)
    layers = torch.nn.Linear(X.shape[1], units), torch.nn.Linear(units, 1)
    model = torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1]).double()
    ends = units * (X.shape[1] + 1)
    with torch.no_grad():
        for layer, part in zip(layers, (start[:ends], start[ends:]), strict=True):
            rows = torch.from_numpy(part.reshape(layer.out_features, -1))
            layer.bias.copy_(rows[:, 0])
            layer.weight.copy_(rows[:, 1:])
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(epochs):
        for first in range(0, len(y), batch_size):
            rows = slice(first, first + batch_size)
            optimizer.zero_grad()
            loss_of(model(X[rows])[:, 0], y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(loss_of(model(X)[:, 0], y).item())
    parts = [torch.cat([layer.bias[:, None], layer.weight], dim=1).ravel() for layer in layers]
    return torch.cat(parts).detach().numpy(), np.array(losses)
