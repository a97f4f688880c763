"""Rivals in their best form: all runs in one call, over rows in the orders that are drawn.

Each trainer is made for one `Work` and returns a function that does it: the last parameters (runs,
Q), the loss over all rows after each epoch and the mean of each epoch's batch losses, both (runs,
epochs). Where we use fewer rows that have the same sums, so do they. Packages are imported when
used.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

import gdplay as gd
from benchmarks.rivals import torch_module
from gdplay.sampling import orders

Found = tuple[np.ndarray, np.ndarray, np.ndarray]
Trainer = Callable[[], Found]

ADAM = gd.Adam()


@dataclass(frozen=True)
class Work:
    """What all of them do, from zero on."""

    kind: str
    problem: gd.Fit
    rates: np.ndarray
    batch_size: int | None
    epochs: int
    rule: str = "sgd"

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows, a column of ones first, and targets; of full batches of least squares the R."""
        if self.kind == "linear" and self.batch_size is None:
            rows = self.problem.prepared.compressed
            return rows[:, :-1].copy(), -rows[:, -1]
        X, y = self.problem.X, self.problem.y
        return np.column_stack([np.ones(len(X)), X]), np.array(y)

    @property
    def together(self) -> int:
        """How many rows make a batch."""
        return self.batch_size or len(self.rows[1])

    @property
    def n_classes(self) -> int:
        """How many scores a row has."""
        return self.problem.n_classes if self.kind == "softmax" else 1

    @property
    def share(self) -> float:
        """How many of the data set's rows one of `rows` stands for."""
        return self.problem.n_samples / len(self.rows[1])

    def orders(self) -> np.ndarray:
        """Return the rows' order in each epoch, (epochs, n): that of our first seed."""
        X, y = self.rows
        if self.batch_size is None:
            return np.tile(np.arange(len(X)), (self.epochs, 1))
        drawn = islice(orders("reshuffle", y, 0, 1), self.epochs)
        return np.concatenate(list(drawn))


# numba

MOST = 1e200
"""Logs are taken of products that have reached this: they take longer than a product."""


def numba_trainer(work: Work) -> Trainer:
    """Return loops over one run after another, compiled at the first call."""
    import numba

    make = _numba_softmax if work.kind == "softmax" else _numba_one_score
    train = numba.njit(fastmath=True)(make(work))
    X, y = work.rows
    y = y.astype(np.int64) if work.kind == "softmax" else y
    return lambda: train(X, y, work.orders(), work.rates)


def _numba_one_score(work: Work) -> Callable[..., Found]:
    """Return loops for least squares or the log loss of one score a row."""
    logistic, adam, size = work.kind == "logistic", work.rule == "adam", work.together
    share, b1, b2, eps = work.share, ADAM.b1, ADAM.b2, ADAM.eps

    def train(X, y, orders, rates):
        (n, width), epochs = X.shape, len(orders)
        params = np.zeros((len(rates), width))
        losses, running = np.zeros((2, len(rates), epochs))
        for run in range(len(rates)):
            theta, grad = params[run], np.zeros(width)
            m, v, t = np.zeros(width), np.zeros(width), 0
            for epoch in range(epochs + 1):
                # A pass over all rows: full batches' gradients come from the same pass.
                if (epoch and size < n) or epoch == epochs:
                    total, factors = 0.0, 1.0
                    for row in range(n):
                        score = 0.0
                        for q in range(width):
                            score += X[row, q] * theta[q]
                        if logistic:
                            power = np.exp(-abs(score))
                            total += max(score, 0.0) - y[row] * score
                            factors *= 1 + power
                            if factors > MOST:
                                total, factors = total + np.log(factors), 1.0
                        else:
                            total += 0.5 * (score - y[row]) ** 2
                    if logistic:
                        total += np.log(factors)
                    losses[run, epoch - 1] = total / (n * share)
                if epoch == epochs:
                    break
                for first in range(0, n, size):
                    last = min(first + size, n)
                    grad[:] = 0
                    total, factors = 0.0, 1.0
                    for place in range(first, last):
                        row = orders[epoch, place]
                        score = 0.0
                        for q in range(width):
                            score += X[row, q] * theta[q]
                        if logistic:
                            power = np.exp(-abs(score))
                            total += max(score, 0.0) - y[row] * score
                            factors *= 1 + power
                            if factors > MOST:
                                total, factors = total + np.log(factors), 1.0
                            error = (1.0 if score >= 0 else power) / (1 + power) - y[row]
                        else:
                            error = score - y[row]
                            total += 0.5 * error * error
                        for q in range(width):
                            grad[q] += error * X[row, q]
                    if logistic:
                        total += np.log(factors)
                    running[run, epoch] += total / (n * share)
                    scale = 1 / ((last - first) * share)
                    if adam:
                        t += 1
                        first_share, root = 1 - b1**t, np.sqrt(1 - b2**t)
                        for q in range(width):
                            g = grad[q] * scale
                            m[q] = b1 * m[q] + (1 - b1) * g
                            v[q] = b2 * v[q] + (1 - b2) * g * g
                            way = m[q] / first_share / (np.sqrt(v[q]) / root + eps)
                            theta[q] -= rates[run] * way
                    else:
                        for q in range(width):
                            theta[q] -= rates[run] * scale * grad[q]
                if size == n and epoch:
                    losses[run, epoch - 1] = running[run, epoch]
        return params, losses, running

    return train


def _numba_softmax(work: Work) -> Callable[..., Found]:
    """Return loops for the log loss of a score for each class, by the plain step."""
    size, n_classes = work.together, work.n_classes

    def train(X, y, orders, rates):
        (n, width), epochs = X.shape, len(orders)
        params = np.zeros((len(rates), n_classes * width))
        losses, running = np.zeros((2, len(rates), epochs))
        scores = np.empty(n_classes)
        for run in range(len(rates)):
            theta = params[run].reshape(n_classes, width)
            grad = np.zeros((n_classes, width))
            for epoch in range(epochs + 1):
                if (epoch and size < n) or epoch == epochs:
                    whole, factors = 0.0, 1.0
                    for row in range(n):
                        for k in range(n_classes):
                            scores[k] = 0.0
                            for q in range(width):
                                scores[k] += X[row, q] * theta[k, q]
                        top, total = scores.max(), 0.0
                        for k in range(n_classes):
                            total += np.exp(scores[k] - top)
                        whole += top - scores[y[row]]
                        factors *= total
                        if factors > MOST:
                            whole, factors = whole + np.log(factors), 1.0
                    losses[run, epoch - 1] = (whole + np.log(factors)) / n
                if epoch == epochs:
                    break
                for first in range(0, n, size):
                    last = min(first + size, n)
                    grad[:] = 0
                    whole, factors = 0.0, 1.0
                    for place in range(first, last):
                        row = orders[epoch, place]
                        for k in range(n_classes):
                            scores[k] = 0.0
                            for q in range(width):
                                scores[k] += X[row, q] * theta[k, q]
                        top, total, own = scores.max(), 0.0, scores[y[row]]
                        for k in range(n_classes):
                            scores[k] = np.exp(scores[k] - top)
                            total += scores[k]
                        whole += top - own
                        factors *= total
                        if factors > MOST:
                            whole, factors = whole + np.log(factors), 1.0
                        for k in range(n_classes):
                            error = scores[k] / total - (1.0 if k == y[row] else 0.0)
                            for q in range(width):
                                grad[k, q] += error * X[row, q]
                    running[run, epoch] += (whole + np.log(factors)) / n
                    theta -= rates[run] / (last - first) * grad
                if size == n and epoch:
                    losses[run, epoch - 1] = running[run, epoch]
        return params, losses, running

    return train


# JAX


def jax_module():
    """Return jax in double precision, held to one thread."""
    os.environ.setdefault("NPROC", "1")  # what its CPU client sizes its pool of threads by
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def jax_trainer(work: Work) -> Trainer:
    """Return `vmap` over `scan`, compiled at the first call. The batch size must divide n."""
    jax = jax_module()
    jnp = jax.numpy
    X, y = map(jnp.asarray, work.rows)
    n, size, n_classes, full = len(X), work.together, work.n_classes, work.batch_size is None

    def loss(params, X, y):
        if work.kind == "softmax":
            scores = X @ params.reshape(n_classes, -1).T
            own = jnp.take_along_axis(scores, y.astype(int)[:, None], axis=1)[:, 0]
            return jnp.mean(jax.nn.logsumexp(scores, axis=1) - own)
        scores = X @ params
        if work.kind == "linear":
            return 0.5 * jnp.mean((scores - y) ** 2) / work.share
        return jnp.mean(jax.nn.softplus(scores) - y * scores)

    def plain(grad, memory, lr):
        return -lr * grad, memory

    def adam(grad, memory, lr):
        t, m, v = memory
        t, m, v = t + 1, ADAM.b1 * m + (1 - ADAM.b1) * grad, ADAM.b2 * v + (1 - ADAM.b2) * grad**2
        root = jnp.sqrt(v / (1 - ADAM.b2**t)) + ADAM.eps
        return -lr * m / (1 - ADAM.b1**t) / root, (t, m, v)

    step_of = adam if work.rule == "adam" else plain

    def one_run(lr, X, y, orders):
        def update(held, batch):
            params, memory = held
            value, grad = jax.value_and_grad(loss)(params, *batch)
            step, memory = step_of(grad, memory, lr)
            return (params + step, memory), value

        def epoch(held, order):
            if full:
                held, value = update(held, (X, y))
                return held, (value, value)
            batches = X[order].reshape(-1, size, X.shape[1]), y[order].reshape(-1, size)
            held, values = jax.lax.scan(update, held, batches)
            return held, (loss(held[0], X, y), values.mean())

        zero = jnp.zeros(X.shape[1] * n_classes)
        (params, _), (losses, running) = jax.lax.scan(epoch, (zero, (0, zero, zero)), orders)
        if full:  # each epoch's loss is that of the next one's batch
            losses = jnp.append(losses[1:], loss(params, X, y))
        return params, losses, running

    assert n % size == 0
    train = jax.jit(jax.vmap(one_run, in_axes=(0, None, None, None)))
    rates = jnp.asarray(work.rates)

    def run() -> Found:
        params, losses, running = jax.block_until_ready(train(rates, X, y, work.orders()))
        return np.asarray(params), np.asarray(losses), np.asarray(running)

    return run


# torch


def torch_trainer(work: Work) -> Trainer:
    """Return products of matrices without autograd: torch at its best on a CPU."""
    torch = torch_module()
    X, y = map(torch.from_numpy, work.rows)
    n, size, rates, full = len(X), work.together, torch.from_numpy(work.rates), not work.batch_size

    def each(scores, y):
        if work.kind == "linear":
            return 0.5 * (scores - y) ** 2 / work.share
        return torch.nn.functional.softplus(scores) - y * scores

    def error(scores, y):
        return (scores - y) / work.share if work.kind == "linear" else torch.sigmoid(scores) - y

    def run() -> Found:
        params = torch.zeros((X.shape[1], len(rates)), dtype=torch.float64)
        losses, running = torch.zeros((2, work.epochs, len(rates)), dtype=torch.float64)
        for epoch, order in enumerate(torch.from_numpy(work.orders())):
            rows, targets = (X, y[:, None]) if full else (X[order], y[order, None])
            for first in range(0, n, size):
                X_batch, y_batch = rows[first : first + size], targets[first : first + size]
                scores = X_batch @ params
                running[epoch] += each(scores, y_batch).sum(0) / n
                params = params - rates * (X_batch.T @ error(scores, y_batch)) / len(y_batch)
            if not full or epoch == work.epochs - 1:
                losses[epoch] = each(X @ params, y[:, None]).mean(0)
        if full:  # each epoch's loss is that of the next one's batch
            losses[:-1] = running[1:]
        return params.T.numpy(), losses.T.numpy(), running.T.numpy()

    return run
