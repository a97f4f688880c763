"""What one update did: which one it is, how it changed the loss, and the words for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdplay.engine.replay import Step, replay
from gdplay.engine.training import Progress, Status, Trace, train
from gdplay.experiment import Experiment
from gdplay.teaching.update_tables import is_whole
from gdplay.theory.landscape import Landscape
from gdplay.theory.measures import divergence_words
from gdplay.theory.step_map import Ghost, arrows, enlarged
from gdplay.words import escaped, number, quantity

LEVEL = 1e-13
"""Tolerance: a loss that changes by less than this share of it has not changed, to rounding."""


class OneUpdate(NamedTuple):
    """What was read of an update.

    Attributes
    ----------
    step : Step
        The update in full.
    n_samples : int
        Training rows of the problem; 1 on a surface.
    ending : str
        How the run ended, where this is its last update and more were to come.
    """

    step: Step
    n_samples: int
    ending: str = ""

    @property
    def verdict(self) -> str:
        """What the update did to the loss, in Markdown."""
        return _verdict(self.step, self.n_samples)

    @property
    def words(self) -> str:
        """What the update did to the loss, and how the run ended with it, in Markdown."""
        return f"{self.verdict} The run {self.ending}." if self.ending else self.verdict


class Position(NamedTuple):
    """An update that there is: the run's place, the update, and the run's last one."""

    run: int
    update: int
    last: int


def one_update(
    experiment: Experiment,
    run: int | None = None,
    update: int | None = None,
    *,
    progress: Progress | None = None,
) -> OneUpdate:
    """Return what an update did: `one_update(experiment, 1, 7).words`.

    Parameters
    ----------
    experiment : Experiment
    run : int, optional
        The run's place; the first with mini-batches by default, which shows most.
    update : int, optional
        Counts from 1, in the first order of the rows; the first by default.
    progress : function, optional
        As in `train`.

    Raises
    ------
    ValueError
        If there is no such run or update, and then why.
    """
    traces = train(replace(experiment, n_seeds=1), progress=progress)
    at, notices = position(experiment, traces, run, update)
    if notices:
        raise ValueError(notices[0])
    return read(experiment, traces, at)


def read(experiment: Experiment, traces: Sequence[Trace], at: Position) -> OneUpdate:
    """Return what is read of an update.

    Made again alone, a chaotic run may end at another update than it did in company: then this
    raises ValueError, as `replay` does.
    """
    step = replay(experiment, at.run, at.update)
    trace = traces[at.run]
    early = at.update == at.last and trace.status[0] is not Status.EXHAUSTED
    ending = last_update(experiment, at.run, trace)[1] if early else ""
    return OneUpdate(step, experiment.problem.n_samples, ending)


# Which update


def position(
    experiment: Experiment, traces: Sequence[Trace], run: int | None, update: int | None
) -> tuple[Position, list[str]]:
    """Return the update to show, and what to say where there is no such one."""
    notices = []
    run = _first_look(experiment) if run is None else run
    if run >= len(traces):
        notices.append(f"There is no run {run + 1}: here is the last of {len(traces)}.")
        run = len(traces) - 1
    last, why = last_update(experiment, run, traces[run])
    update = 1 if update is None else update
    if update > last > 0:
        notices.append(f"There is no update {quantity(update)}: this run {why}.")
    return Position(run, min(update, last), last), notices


def _first_look(experiment: Experiment) -> int:
    """Return the run that shows most: the first with mini-batches, else with single rows."""
    variants = [run.variant(experiment.problem.n_samples) for run in experiment.runs]
    for kind in ("mini-batch", "stochastic"):
        if kind in variants:
            return variants.index(kind)
    return 0


def last_update(experiment: Experiment, run: int, trace: Trace) -> tuple[int, str]:
    """Return the last update that a run made in its first order of the rows, and how it ended."""
    if trace.status[0] is Status.DIVERGED:
        last, whole = trace.diverged_at[0], experiment.runs[run]
        return last, divergence_words(experiment.problem, whole, trace, last)
    last = int(trace.path_updates[-1])
    if trace.status[0] is Status.EXHAUSTED:
        return last, f"makes {quantity(last)}"
    why = "its gradient was small" if trace.status[0] is Status.CONVERGED else "you stopped it"
    return last, f"ended after {quantity(last)}, because {why}"


def where(experiment: Experiment, at: Position, step: Step) -> str:
    """Return in words where an update stands, behind its number."""
    run, n = experiment.runs[at.run], experiment.problem.n_samples
    if n == 1:
        return f"of {quantity(at.last)}"
    rows, epochs = len(step.rows), experiment.epochs_of(run)
    what = (
        f"**all {quantity(n)} rows**"
        if rows == n
        else f"**{quantity(rows)} of {quantity(n)} rows**"
    )
    parts = [f"of {quantity(at.last)}", f"epoch **{quantity(step.epoch)}** of {quantity(epochs)}"]
    if step.n_batches > 1:
        parts.append(f"batch **{quantity(step.batch)}** of {quantity(step.n_batches)}")
    short = "the short last batch, " if rows < run.rows(n) else ""
    how = "" if rows == n or run.sampling == "reshuffle" else f", {run.sampling}"
    return " · ".join([*parts, short + what + how.replace("shuffle ", "shuffled ")])


# What it did


def _verdict(step: Step, n_samples: int) -> str:
    """Return what an update did to the loss, in Markdown, from its numbers."""
    if not np.isfinite(step.new_params).all():
        return (
            "With this update the parameters **overflowed**: some are no longer finite. The loss "
            f"over all rows was {number(step.full_loss)} before it."
        )
    way = _change(step.full_loss, step.new_full_loss)
    whose = "the loss over all rows" if n_samples > 1 else "the loss"
    text = f"This update {_moved(way, whose, step.full_loss, step.new_full_loss)}"
    if n_samples == 1:
        return f"{text}."
    if is_whole(step, n_samples):
        return f"{text}. The batch is all rows, so its gradient is the full one."
    own = _change(step.loss, step.new_loss)
    join = "although" if own * way < 0 else "and"
    verb = {-1: "fell", 0: "stayed", 1: "rose"}[own]
    how = _from_to(step.loss, step.new_loss) if own else f"at {number(step.loss)}"
    return f"{text}, {join} the batch’s own loss {verb} {how}. {_angle(step)}".strip()


def _moved(way: int, whose: str, before: float, after: float) -> str:
    if not way:
        return f"left {whose} at {number(after)}, to rounding"
    verb = "raised" if way > 0 else "lowered"
    return f"**{verb}** {whose} {_from_to(before, after)}"


def _change(before: float, after: float) -> int:
    """Return 1 where a loss rose, -1 where it fell, 0 where rounding hides it."""
    if abs(after - before) <= LEVEL * abs(before):
        return 0
    return 1 if not after < before else -1


def _from_to(before: float, after: float) -> str:
    """Return both numbers with as many digits, three or more, as tell them apart."""
    one, other = number(before), number(after)
    digits = 3
    while one == other and digits < 17:
        digits += 1
        one, other = (f"{value:.{digits}g}" for value in (before, after))
    return f"from {one} to {other}"


def _angle(step: Step) -> str:
    both = step.gradient, step.full_gradient
    sizes = [float(np.abs(g).max()) for g in both]
    if not all(0 < size < np.inf for size in sizes):
        return ""
    # In units of their largest number, whose squares cannot overflow.
    own, full = (g / size for g, size in zip(both, sizes, strict=True))
    lengths = [float(np.linalg.norm(g)) for g in (own, full)]
    cosine = float(own @ full) / (lengths[0] * lengths[1])
    degrees = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    ratio = lengths[0] / lengths[1] * (sizes[0] / sizes[1])
    more = " Beyond 90° a plain step by it starts uphill." if degrees > 90 else ""
    times = number(ratio)
    length = "about as long" if times == "1" else f"{times} times as long"
    return (
        f"The batch’s gradient points {_degrees(degrees)} away from the full one and is "
        f"{length}.{more}"
    )


def _degrees(value: float) -> str:
    return f"{value:.0f}°" if value >= 0.5 else "less than half a degree"


@np.errstate(all="ignore")
def legend(experiment: Experiment, step: Step, land: Landscape, own: Ghost | None) -> str:
    """Return what the map's arrows and lines are."""
    if not np.isfinite(step.new_params).all():
        return "The step overflowed: of it, nothing can be drawn."
    pair = arrows(step, land)
    if own is None:
        parts = [f"Arrow: the negative gradient times {number(pair.scale)}."]
    else:
        parts = [f"Arrows: both negative gradients times {number(pair.scale)}."]
        if own.minimum is not None:
            parts.append("Open star: the minimum of this batch’s loss.")
    times, length = enlarged(step, land), number(float(np.linalg.norm(step.step)))
    drawn = f", drawn {quantity(round(times))} times as long" if times > 1 else ""
    parts.append(f"Thick: the step, {length} long{drawn}.")
    parts.append("Each axis has a scale of its own: right angles need not look right.")
    if experiment.problem.n_params > 2:
        parts.append(
            f"A slice of {experiment.problem.n_params} parameters: it holds {land.plane.share:.1%} "
            "of the paths’ variation."
        )
    return escaped(" ".join(parts))
