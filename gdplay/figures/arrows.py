"""Arrows at the first states of a run on a function: downhill, what it remembers, and its step."""

from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.noise import noise_of
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.loss.sights import looker
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import Optimizer

PUSHES = ("velocity", "mean gradient")
"""What rules call the memory of gradients that carries them on."""


MOST = 500
"""Layout: of a further start so many states are drawn at most; no other one shows an arrow."""


class Arrows(NamedTuple):
    """What draws a run after 0, 1, ... updates, T of them: the rule's own numbers.

    Attributes
    ----------
    downhill : ndarray of shape (T, 2)
        Minus the gradient there, without noise.
    velocity : ndarray of shape (T, 2), or None
        Minus what the rule remembers of gradients once it has been given this one; None where it
        keeps no velocity.
    step : ndarray of shape (T, 2)
        The step that it takes from there, adapted as the rule does.
    """

    downhill: Array
    velocity: Array | None
    step: Array


def arrows_of(
    experiment: Experiment, place: int, trace: Trace, most: int | None = None
) -> Arrows | None:
    """Return the arrows of a run, as long as its path holds every update; None of a fit.

    At `most` states, if that is given.
    """
    problem, rule = experiment.problem, experiment.runs[place].optimizer
    path = trace.path[: int(np.sum(trace.path_updates == np.arange(len(trace.path))))][:most]
    if not isinstance(problem, Surface) or len(path) < 2:
        return None
    with np.errstate(all="ignore"):
        grads = problem.gradient(path[:-1])
        given = grads + list(islice(noise_of(experiment), len(grads)))
        return Arrows(-grads, _velocity(problem, rule, given, path), np.diff(path, axis=0))


def _velocity(problem: Surface, rule: Optimizer, grads: Array, path: Array) -> Array | None:
    """Return where the rule's memory of gradients points, (T, 2): it depends on no rate."""
    symbol = next((s for s, name in rule.memory_names.items() if name in PUSHES), None)
    if symbol is None:
        return None
    look, pushes = looker(problem, rule.needs), np.empty_like(grads)
    state = rule.init(path[:1, :, None])
    for i, (grad, params) in enumerate(zip(grads, path, strict=False)):
        theta = params[None, :, None]
        here = partial(look, theta, None)
        _, state = rule.moved(grad[None, :, None], state, theta, rule.lr, here)
        pushes[i] = -rule.memory(state)[symbol][0, :, 0]
    return pushes
