"""Lessons on hovering, what ends it, and where there is none."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.loss.fit import Fit
from gdplay.teaching.lessons.lesson import Choice, Control, Lesson, Task, brief, times, with_run
from gdplay.teaching.makings import arrival, excesses, last_excesses, line, plain
from gdplay.teaching.presets import PRESETS
from gdplay.theory.measures import reference
from gdplay.words import quantity

GROUP = "Noise"


def _rate(experiment: Experiment, value: float) -> Experiment:
    """Return the experiment with another rate in its first run."""
    return with_run(experiment, 0, optimizer=replace(experiment.runs[0].optimizer, lr=value))


def _hovers(experiment: Experiment, traces: Sequence[Trace]) -> str:
    steady, falling = last_excesses(experiment, traces)
    return (
        "Even at the lowest point each single row pulls its own way, and at a constant rate the "
        "steps never get shorter. So {0} **hovers**: over its last five epochs at an excess of "
        f"{brief(steady)}. With the rate the steps of {{1}} fade, and the noise with them: it is "
        f"at {brief(falling)}, **{times(steady, falling)} times** lower."
    )


def _told_hovering(experiment: Experiment, traces: Sequence[Trace]) -> str:
    epoch = arrival(experiment, traces, 0)
    near = f"near after {quantity(epoch, 'epoch')}" if epoch is not None else "not yet near"
    return f"{{0}} hovers at **{brief(last_excesses(experiment, traces)[0])}**, {near}."


def _mean_excess(experiment: Experiment, trace: Trace) -> float:
    """Return the excess at the mean of the places of seed 0 in the second half."""
    late = trace.path[2 * trace.path_updates >= trace.path_updates[-1]]
    return float(experiment.problem.loss(late.mean(axis=0)) - reference(experiment, [trace]).loss)


def _averages(experiment: Experiment, traces: Sequence[Trace]) -> str:
    hovering, mean = _both(experiment, traces)
    half = experiment.epochs // 2
    return (
        f"Over its last five epochs the run hovers at an excess of {brief(hovering)}. The mean of "
        f"where it was after epoch {half} has {brief(mean)}: **{quantity(round(hovering / mean))} "
        "times** less. Being off to one side and then to the other cancels in a mean. Nothing "
        "about the run has to change for it (Polyak's averaging)."
    )


def _both(experiment: Experiment, traces: Sequence[Trace]) -> tuple[float, float]:
    """Return at which excess a run hovers, and that of the mean of its places."""
    return last_excesses(experiment, traces)[0], _mean_excess(experiment, traces[0])


def _wild_but_centred(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    hovering, mean = _both(experiment, traces)
    return hovering > 0.03 and mean < 1e-4


def _told_mean(experiment: Experiment, traces: Sequence[Trace]) -> str:
    hovering, mean = _both(experiment, traces)
    return f"It hovers at **{brief(hovering)}**; the mean of its places is at **{brief(mean)}**."


def _scatter(experiment: Experiment, value: float) -> Experiment:
    """Return the experiment with points that scatter so far about their line."""
    fit = experiment.problem
    assert isinstance(fit, Fit)
    changes: dict[str, Any] = {"noise": value}
    return replace(experiment, problem=replace(fit, dataset=replace(fit.dataset, **changes)))


def _exact() -> Experiment:
    return _scatter(line(plain(0.1), plain(0.1, 1), epochs=10), 0.0)


def _settles(experiment: Experiment, traces: Sequence[Trace]) -> str:
    whole, single = excesses(experiment, traces)
    return (
        f"After one epoch {{1}} is at an excess of {brief(float(single[1]))}: as good as nothing. "
        f"{{0}} is at {brief(float(whole[-1]))} after {quantity(experiment.epochs, 'epoch')}. "
        "Noise comes from rows that disagree. Here one line goes through every point, so that at "
        "the lowest point no row pulls: no noise, and no need for a falling rate."
    )


def _floor(experiment: Experiment, traces: Sequence[Trace]) -> float:
    return last_excesses(experiment, traces)[1]


def _told_floor(experiment: Experiment, traces: Sequence[Trace]) -> str:
    floor = _floor(experiment, traces)
    if floor < 1e-12:
        return f"{{1}} is at rest: an excess of {brief(floor)} is as good as nothing."
    return f"{{1}} hovers at **{brief(floor)}**."


NOISE = (
    Lesson(
        "hovering",
        "Does it come to rest?",
        7,
        GROUP,
        "Both runs look at one row before each update, 20 times over with the rows in another "
        "order (the bands). {0} keeps its learning rate; that of {1} **falls** with every update.",
        "Where is {0} after 20 epochs?",
        (
            Choice(
                "At rest on the lowest point",
                "Its steps never get shorter, and each row pulls its own way, even there.",
            ),
            Choice("Still moving around the lowest point"),
            Choice(
                "Ever farther away",
                "The farther it strays, the more all rows pull it back. It stays near.",
            ),
        ),
        PRESETS["noise_ball"].build,
        "Press **Play**: {0} trembles to the end, {1} grows calm.",
        _hovers,
        PRESETS["noise_ball"].holds,
        Task(
            "Choose another constant rate for {0}.",
            "It hovers below an excess of 0.001.",
            Control("Learning rate", _rate, 0, (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)),
            lambda e, t: last_excesses(e, t)[0] < 1e-3,
            _told_hovering,
        ),
        {"metric": ("excess",)},
        ("Constant rate", "Falling rate"),
    ),
    Lesson(
        "averaging",
        "The mean of all places",
        8,
        GROUP,
        "One run, one row per update, a constant rate: it hovers. Somebody notes every place where "
        "it was in the second half, and takes their **mean**.",
        "How near to the lowest point is that mean?",
        (
            Choice(
                "As near as the run itself",
                "The run is off to one side, then to the other. In a mean that cancels.",
            ),
            Choice(
                "About twice as near",
                "There are thousands of places, off to all sides: nearly all of it cancels.",
            ),
            Choice("Its excess is hundreds of times lower"),
        ),
        lambda: line(plain(0.1, 1), epochs=20),
        "Press **Play**: think of the middle of the cloud that it draws.",
        _averages,
        lambda e, t: _both(e, t)[1] < 0.01 * _both(e, t)[0],
        Task(
            "Choose another learning rate.",
            "The run hovers above 0.03, the mean of its places is below 0.0001.",
            Control("Learning rate", _rate, 2, (0.02, 0.05, 0.1, 0.2, 0.3)),
            _wild_but_centred,
            _told_mean,
        ),
        {"metric": ("excess",)},
    ),
    Lesson(
        "no_noise",
        "No noise, no floor",
        9,
        GROUP,
        "Now all points lie exactly on a line. {0} looks at all of them before each update, {1} at "
        "one. Both keep their rate.",
        "Does {1} hover again?",
        (
            Choice(
                "Yes: single rows always disagree",
                "Here they don't: one line goes through every point, and suits every row.",
            ),
            Choice(
                "No, but {0} is nearer",
                "It makes a single step where {1} makes 200.",
            ),
            Choice("No: it settles, and long before {0}"),
        ),
        _exact,
        "Press **Play**: the curve of {1} falls as far as numbers go.",
        _settles,
        lambda e, t: bool(
            excesses(e, t)[1][1] < 1e-12 and excesses(e, t)[0][-1] > 1e-3 and _floor(e, t) < 1e-12
        ),
        Task(
            "Let the points scatter about their line.",
            "{1} hovers between 0.0001 and 0.001.",
            Control("Scatter of the points", _scatter, 0, (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)),
            lambda e, t: 1e-4 < _floor(e, t) < 1e-3,
            _told_floor,
        ),
        {"metric": ("excess",)},
    ),
)
