"""What an update costs on this machine, for the seconds on an axis."""

from time import perf_counter

import numpy as np

from gdplay.experiment import Run
from gdplay.fit import Fit
from gdplay.problem import Problem

_measured: dict[tuple[object, ...], float] = {}


def seconds_per_update(problem: Problem, run: Run) -> float:
    """Return the seconds that one update of a plain one-run loop takes, measured here.

    The best of five rounds of at least 2 ms each, of gathering the rows, the gradient and the
    rule's step. Measured once per kind of problem, shape, batch size and rule; lock-step timings
    would make every run look equal.
    """
    kind = problem.model if isinstance(problem, Fit) else problem
    shape = (problem.n_samples, problem.n_params, run.rows(problem.n_samples))
    key = (kind, shape, run.optimizer.key)
    if key not in _measured:
        _measured[key] = min(_round(problem, run) for _ in range(5))
    return _measured[key]


def _round(problem: Problem, run: Run, at_least: float = 2e-3) -> float:
    n, rows = problem.n_samples, run.rows(problem.n_samples)
    picks = np.random.default_rng(0).integers(0, n, size=(1, rows))
    # A full batch is all rows as they stand, not the shortcut that training takes.
    everything = problem.gather(np.arange(n)[None])
    theta = np.zeros((1, problem.n_params, 1))
    state = run.optimizer.init(theta)
    count, spent, begin = 0, 0.0, perf_counter()
    while spent < at_least:
        block = everything if rows == n else problem.gather(picks)
        grad = problem.value_and_grad(theta, block)[1]
        _, state = run.optimizer.update(grad, state, theta, 1e-3)
        count, spent = count + 1, perf_counter() - begin
    return spent / count
