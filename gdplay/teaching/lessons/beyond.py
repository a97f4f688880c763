"""Lessons on another rule, on luck, and on grounds that are no bowls."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gdplay.arrays import Array
from gdplay.datasets import DATASETS
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, Run
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS
from gdplay.schedules import SCHEDULES
from gdplay.teaching.defaults import default_fit
from gdplay.teaching.lessons.lesson import (
    Choice,
    Control,
    Lesson,
    Task,
    brief,
    rate_of,
    rows_of,
    size_name,
    times,
    with_run,
)
from gdplay.teaching.makings import plain
from gdplay.teaching.presets import PRESETS
from gdplay.theory.curvature import curvature_at
from gdplay.theory.measures import final_params, reference
from gdplay.words import number, quantity

GROUP = "Other rules, other grounds"


def _valley() -> Experiment:
    valley = SURFACES["valley"]
    adam = Run(replace(OPTIMIZERS["adam"], lr=0.1))
    return Experiment(valley, (plain(0.1), adam), start=valley.start, epochs=30)


def _first_step(trace: Trace) -> Array:
    return np.asarray(np.abs(trace.path[1] - trace.path[0]))


def _unit_steps(experiment: Experiment, traces: Sequence[Trace]) -> str:
    slope = np.abs(experiment.problem.gradient(traces[0].path[0]))
    bare, adam = (_first_step(trace) for trace in traces)
    return (
        f"The slopes are {number(slope[0])} and {number(slope[1])}. {{0}} stepped by "
        f"{number(bare[0])} and {number(bare[1])}, {{1}} by **{number(adam[0])} and "
        f"{number(adam[1])}**. At first the recent size of a slope is that of the slope itself, "
        "and only its sign is left. So the rate of Adam is about the length of a step, however "
        "steep the ground, and there is no 2/L to keep below."
    )


def _last_loss(traces: Sequence[Trace], place: int = -1) -> float:
    return float(traces[place].loss[0, -1])


def _luck(experiment: Experiment, traces: Sequence[Trace]) -> str:
    best, worst = _extremes(experiment, traces)
    return (
        f"The luckiest run ended at an excess of {brief(best)}, the unluckiest at {brief(worst)}: "
        f"**{times(worst, best)} times** apart, with nothing changed but the order of "
        "the rows. If one run of A ends lower than one run of B, that says little. Look at many."
    )


def _extremes(experiment: Experiment, traces: Sequence[Trace]) -> tuple[float, float]:
    """Return the lowest and the highest excess of the first run's seeds at the end."""
    ends = traces[0].loss[:, -1] - reference(experiment, traces).loss
    return float(ends.min()), float(ends.max())


def _ratio(experiment: Experiment, traces: Sequence[Trace]) -> float:
    best, worst = _extremes(experiment, traces)
    return worst / best


def _told_luck(experiment: Experiment, traces: Sequence[Trace]) -> str:
    best, worst = _extremes(experiment, traces)
    return (
        f"From {brief(best)} to {brief(worst)}: the worst has **{times(worst, best)} times** the "
        "best."
    )


def _pass(push: float = 0.0) -> Experiment:
    """Return a run that starts so far beside the middle between two hollows."""
    return Experiment(SURFACES["saddle"], (plain(0.1),), start=(1.5, push), epochs=60)


def _stays(experiment: Experiment, traces: Sequence[Trace]) -> str:
    place = final_params(traces[0])
    slope = float(np.linalg.norm(experiment.problem.gradient(place)))
    return (
        f"It came down to the pass and stayed there, at a loss of {number(_last_loss(traces))}; "
        f"both hollows are at 0. The slope there is {brief(slope)}, as at a lowest point, for a "
        "pass (a **saddle**) is lowest one way and highest the other. Any push to the side grows "
        "with every update. The noise of small batches gives such pushes for nothing."
    )


def _told_push(experiment: Experiment, traces: Sequence[Trace]) -> str:
    low = np.flatnonzero(traces[0].loss[0] < 0.01)
    if len(low):
        return f"In a hollow **after {quantity(int(low[0]), 'update')}**."
    return f"After 60 updates still at a loss of **{number(_last_loss(traces))}**."


_FULL = 30.0
"""The rate of the last two lessons, in 2/L where the runs start."""


def _sharpness(experiment: Experiment, params: Array) -> float:
    return curvature_at(experiment.problem, params).L


def _begun(data: str, runs: Callable[[float], tuple[Run, ...]], epochs: int) -> Experiment:
    """Return runs on classes without a penalty, made from 2/L where they start."""
    fit = replace(default_fit(DATASETS[data]), l2=0.0)
    limit = curvature_at(fit, np.zeros(fit.n_params)).limit
    return Experiment(fit, runs(limit), epochs=epochs)


def _warm(updates: int, rate: float) -> Run:
    return plain(rate, schedule=replace(SCHEDULES["constant"], warmup=updates))


def _warming() -> Experiment:
    def runs(limit: float) -> tuple[Run, ...]:
        return plain(_FULL * limit), _warm(20, _FULL * limit)

    return _begun("breast_cancer", runs, 60)


def _peak(trace: Trace) -> float:
    return float(np.nanmax(trace.loss[0]))


def _jumps(experiment: Experiment, traces: Sequence[Trace]) -> str:
    start, after = traces[0].loss[0, :2]
    bend = [_sharpness(experiment, traces[1].params[0, place]) for place in (0, -1)]
    ends = [number(_last_loss(traces, place)) for place in (0, 1)]
    return (
        f"The first update of {{0}} took its loss from {number(start)} up to {number(after)}. It "
        f"came back, and ends at {ends[0]}; {{1}} never rose above its start, and is at {ends[1]}. "
        f"This ground bends most where the runs begin: there L = {number(bend[0])}, where {{1}} "
        f"ends {number(bend[1])}. A rate that is too large at first **is not so later**."
    )


def _needs_warmth(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    bare, warm = traces
    falls = _sharpness(experiment, final_params(warm)) < 0.5 * _sharpness(
        experiment, warm.params[0, 0]
    )
    calm = _peak(warm) <= warm.loss[0, 0]
    return bool(bare.loss[0, 1] > 1.5 * bare.loss[0, 0] and calm and falls) and (
        _last_loss(traces, 1) < _last_loss(traces, 0)
    )


def _warmed(experiment: Experiment, value: int) -> Experiment:
    return with_run(experiment, 0, schedule=replace(experiment.runs[0].schedule, warmup=value))


def _told_peak(experiment: Experiment, traces: Sequence[Trace]) -> str:
    start, peak, end = float(traces[0].loss[0, 0]), _peak(traces[0]), _last_loss(traces, 0)
    way = f"rose from {number(start)} to **{number(peak)}**"
    if peak <= start:
        way = f"was **never above** the {number(start)} of the start"
    return f"The loss of {{0}} {way}, and ends at {number(end)}."


def _wine() -> Experiment:
    return _begun("wine", lambda limit: (plain(limit), plain(_FULL * limit)), 300)


def _large(experiment: Experiment, traces: Sequence[Trace]) -> str:
    peak, start = _peak(traces[1]), float(traces[1].loss[0, 0])
    careful, bold = (_last_loss(traces, place) for place in (0, 1))
    bend = [_sharpness(experiment, traces[1].params[0, place]) for place in (0, -1)]
    return (
        f"{{1}} jumped from {number(start)} up to {number(peak)}, and ends at {brief(bold)}, "
        f"**{times(careful, bold)} times** lower than {{0}} with {brief(careful)}. 2/L "
        f"was taken at the start, where L = {number(bend[0])}; where {{1}} ends, L is "
        f"{brief(bend[1])}. Where classes can be told apart without a mistake, the ground gets "
        "flatter for ever, and bears longer steps."
    )


def _far_below(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    rises = int(np.sum(np.diff(traces[1].loss[0]) > 0))
    return rises >= 1 and _last_loss(traces, 1) < 0.05 * _last_loss(traces, 0)


def _calm_and_low(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    return bool(np.all(np.diff(traces[-1].loss[0]) <= 0)) and _last_loss(traces) < 1e-3


def _told_rises(experiment: Experiment, traces: Sequence[Trace]) -> str:
    rises = quantity(int(np.sum(np.diff(traces[-1].loss[0]) > 0)), "time")
    return f"It went up **{rises}**, and ends at a loss of **{brief(_last_loss(traces))}**."


BEYOND = (
    Lesson(
        "adam_first_step",
        "The first step of Adam",
        15,
        GROUP,
        "A ground without rows. At the start its slope is 8 along w1 and 16 along w2. {0} steps by "
        "the slope times the rate, 0.1. {1} first divides each slope by its own recent size.",
        "How far does the first step of {1} go, at a rate of 0.1?",
        (
            Choice(
                "0.8 along w1 and 1.6 along w2",
                "That is the step of {0}. {1} divides by the slope's size, which is then gone.",
            ),
            Choice("0.1 along both"),
            Choice(
                "0.1 along w1 and 0.2 along w2",
                "Each slope is divided by its own size: twice as steep makes no difference.",
            ),
        ),
        _valley,
        "Press **Play**: {1} sets out at 45 degrees.",
        _unit_steps,
        lambda e, t: bool(np.allclose(_first_step(t[1]), 0.1, rtol=1e-6)),
        Task(
            "Now {1} is alone. Move its learning rate, the length of its steps.",
            "A loss below 1 after 30 updates.",
            rate_of(1, 0.1),
            lambda e, t: _last_loss(t) < 1,
            lambda e, t: f"After 30 updates its loss is **{number(_last_loss(t))}**.",
        ),
        {"ground": "map", "log_x": True},
    ),
    Lesson(
        "seeds",
        "One run proves little",
        16,
        GROUP,
        "One run, 50 times over (the band): one row per update, the same start and rate. Only the "
        "order of the rows differs, which a number called **seed** decides.",
        "How far apart are the best and the worst of them after 5 epochs?",
        (
            Choice(
                "Hardly: all rows were used by all",
                "All were, but each run stops somewhere on its hover, and where is luck.",
            ),
            Choice(
                "The worst has twice the best's excess",
                "Much more: some stop right on the lowest point, others far out.",
            ),
            Choice("More than ten times"),
        ),
        PRESETS["seeds"].build,
        "Press **Play**: the band holds most of the 50, the line is their middle.",
        _luck,
        PRESETS["seeds"].holds,
        Task(
            "Choose larger batches.",
            "The worst has at most twice the best's excess.",
            Control("Rows in a batch", rows_of(0), 0, (1, 5, 20, 50, 100, None), size_name),
            lambda e, t: _ratio(e, t) < 2,
            _told_luck,
        ),
        {"metric": ("excess",)},
    ),
    Lesson(
        "saddle",
        "Stuck on a pass",
        17,
        GROUP,
        "Two hollows, and a pass between them. The run starts exactly in the middle, where the "
        "ground leans neither to the one nor to the other.",
        "Where is it after 60 updates?",
        (
            Choice(
                "In one of the hollows",
                "Which one? It starts exactly in the middle, and nothing pushes it aside.",
            ),
            Choice("On top of the pass"),
            Choice(
                "Beyond the pass: it rolls over it",
                "A plain step has no momentum. Where there is no slope, it stops.",
            ),
        ),
        _pass,
        "Press **Play**: it comes down fast, then stands still.",
        _stays,
        lambda e, t: bool(abs(_last_loss(t) - 1) < 1e-6 and final_params(t[0])[1] == 0),
        Task(
            "Push the start aside, by as little as you can.",
            "In a hollow (a loss below 0.01) after 60 updates.",
            Control(
                "Start beside the middle",
                lambda e, value: replace(e, start=(1.5, value)),
                0,
                (0.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.1),
            ),
            lambda e, t: _last_loss(t) < 0.01,
            _told_push,
        ),
    ),
    Lesson(
        "warm_up",
        "Why warm up",
        18,
        GROUP,
        "569 tumours, harmless or not, and 30 numbers of each. Both runs take 30 times 2/L as "
        "measured where they start; {1} works up to that over its first 20 updates: **warm-up**.",
        "What does the first update of {0} do?",
        (
            Choice(
                "Takes it down fast: a full step",
                "At 30 times the limit it lands higher, on the other side.",
            ),
            Choice("More than doubles its loss"),
            Choice(
                "It is lost for good",
                "Far out this ground is flatter. It can come back, and does, later.",
            ),
        ),
        _warming,
        "Press **Play**: {0} jumps up, {1} does not.",
        _jumps,
        _needs_warmth,
        Task(
            "Choose how many updates {0} warms up for.",
            "Its loss is never above that of the start.",
            Control("Updates of warm-up", _warmed, 0, (0, 1, 2, 5, 10, 20), str),
            lambda e, t: bool(_peak(t[0]) <= t[0].loss[0, 0]),
            _told_peak,
        ),
        {"log_x": True},
        ("Full rate", "Warm-up"),
    ),
    Lesson(
        "large_steps",
        "Far beyond the limit",
        19,
        GROUP,
        "Three kinds of wine, which 13 numbers of each tell apart without a mistake. So the loss "
        "can always get lower: there is no lowest point. {0} takes 2/L as measured at the start, "
        "{1} 30 times that.",
        "What becomes of {1} in 300 updates?",
        (
            Choice(
                "It is lost: 30 times the limit",
                "The limit was measured at the start. Farther on the ground bends less and less.",
            ),
            Choice(
                "It ends where {0} ends",
                "There is no lowest point to meet at. Longer steps come farther down.",
            ),
            Choice("It jumps up once, then ends far lower"),
        ),
        _wine,
        "Press **Play**: one leap of {1}, and then it is ahead for good.",
        _large,
        _far_below,
        Task(
            "Now {1} is alone. Move its learning rate.",
            "Below 0.001 after 300 updates, without ever going up.",
            rate_of(1, 38.25),
            _calm_and_low,
            _told_rises,
        ),
        names=("Careful", "Bold"),
    ),
)
