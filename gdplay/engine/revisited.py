"""Any states of any run, found again: the run is made anew, as `train` makes it, up to there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array, Indices
from gdplay.engine.lockstep import Group, plan, stretches
from gdplay.engine.training import Progress, path_updates
from gdplay.experiment import Experiment, start_of


def states_after(
    experiment: Experiment, updates: Sequence[Indices], *, progress: Progress | None = None
) -> tuple[Array, ...]:
    """Return seed 0's parameters after chosen updates of each run.

    A `Trace` keeps about 2 000 states of a run; these are any others, equal to 1e-12 to those that
    it keeps, and the same bit for bit where the experiment has one seed.

    Parameters
    ----------
    experiment : Experiment
    updates : sequence of ndarray of int, one per run, each (T,)
        In any order; 0 is the start. Runs with none are not made.
    progress : callable, optional
        `progress(done, total) -> bool` in updates; False ends the search.

    Returns
    -------
    states : tuple of ndarray, one per run, each (T, n_params)
        NaN once parameters are no longer finite, and where the search was ended before.

    Raises
    ------
    ValueError
        If a run makes no such update, or not every run is told which.
    """
    if len(updates) != len(experiment.runs):
        raise ValueError(f"updates must be told of {len(experiment.runs)} runs; got {len(updates)}")
    one_seed = replace(experiment, n_seeds=1, more_starts=())
    plans = [(group, _counts(group, updates)) for group in plan(one_seed)]
    total = sum(int(counts[-1]) for _, counts in plans if len(counts))
    by_run: dict[int, Array] = {}
    done, cancelled = 0, False
    for group, counts in plans:
        states = np.full((len(counts), experiment.problem.n_params, len(group.runs)), np.nan)
        for made in _fill(states, one_seed, group, counts):
            cancelled = cancelled or (progress is not None and not progress(done + made, total))
            if cancelled:
                break
        done += int(counts[-1]) if len(counts) else 0
        for column, place in enumerate(group.places):
            by_run[place] = states[np.searchsorted(counts, updates[place]), :, column]
    return tuple(by_run[place] for place in range(len(experiment.runs)))


def _counts(group: Group, updates: Sequence[Indices]) -> Indices:
    """Return what the runs of a group are asked for together, ascending."""
    counts = np.unique(np.concatenate([updates[place] for place in group.places]))
    if len(counts) and not (
        0 <= counts[0] <= counts[-1] <= group.n_updates and not np.any(counts % 1)
    ):
        raise ValueError(
            f"updates must be whole numbers from 0 to {group.n_updates}; "
            f"got {counts[0]} to {counts[-1]}"
        )
    return counts.astype(np.intp)


def _fill(states: Array, experiment: Experiment, group: Group, counts: Indices) -> Iterator[int]:
    """Write down the states of a group after the updates `kept`; yield how many were made by then.

    It begins with none made.
    """
    if not len(counts):
        return
    theta = np.broadcast_to(start_of(experiment)[:, None], (1, *states.shape[1:]))
    states[counts == 0] = theta
    made, coming = 0, stretches(experiment, group, theta)
    yield made
    while made < counts[-1]:
        with np.errstate(all="ignore"):
            stretch, _ = next(coming)
        low, high = np.searchsorted(counts, (made + 1, made + len(stretch) + 1))
        block = stretch[counts[low:high] - made - 1, 0]
        states[low:high] = np.where(np.isfinite(block).all(axis=1, keepdims=True), block, np.nan)
        made = min(made + len(stretch), int(counts[-1]))
        yield made


class Beyond(NamedTuple):
    """A run's numbers past divergence, as far as there are any.

    Attributes
    ----------
    updates : ndarray of int, shape (T,)
        T at most 2 000: the start, the first 400 updates, later ones evenly.
    params : ndarray of shape (T, n_params)
    loss : ndarray of shape (T,)
        Training loss over all rows, penalty included.
    """

    updates: Indices
    params: Array
    loss: Array


def beyond(experiment: Experiment, run: int) -> Beyond:
    """Return what seed 0 of a run does until its parameters or its loss overflow.

    A `Trace` ends where a run counts as diverged; here it is watched on. The last row is the last
    finite one, or the end of the run.

    Parameters
    ----------
    experiment : Experiment
    run : int
        The run's index in `experiment.runs`.
    """
    alone = replace(experiment, runs=(experiment.runs[run],), n_seeds=1, more_starts=())
    updates = path_updates(_last_finite(alone))
    (states,) = states_after(alone, (updates,))
    with np.errstate(all="ignore"):
        loss = alone.problem.loss(states)
    known = np.isfinite(loss)
    count = len(known) if known.all() else int(np.argmin(known))
    return Beyond(updates[:count], states[:count], loss[:count])


def _last_finite(alone: Experiment) -> int:
    """Return after how many updates the parameters of an only run are finite for the last time."""
    (group,) = plan(alone)
    made, coming = 0, stretches(alone, group, start_of(alone)[None, :, None])
    while made < group.n_updates:
        with np.errstate(all="ignore"):
            stretch, _ = next(coming)
        finite = np.isfinite(stretch).all(axis=(1, 2, 3))
        if not finite.all():
            return made + int(np.argmin(finite))
        made += len(stretch)
    return made
