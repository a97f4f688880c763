"""Lessons on the learning rate, on grounds that are steep one way, and on momentum."""

from collections.abc import Sequence
from dataclasses import replace

from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run
from gdplay.optimizers import Momentum
from gdplay.teaching.lessons.lesson import (
    Choice,
    Control,
    Lesson,
    Task,
    brief,
    rate_of,
    times,
    with_run,
)
from gdplay.teaching.makings import arrival, excesses, last_excesses, plain, ravine
from gdplay.teaching.presets import PRESETS
from gdplay.theory.curvature import curvature, stability_limit
from gdplay.words import number, quantity

GROUP = "The learning rate and the ground"

BETAS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)


def _shares(experiment: Experiment) -> list[float]:
    """Return each run's rate as a share of 2/L."""
    limit = curvature(experiment.problem).limit
    return [run.optimizer.lr / limit for run in experiment.runs]


def _too_large(experiment: Experiment, traces: Sequence[Trace]) -> str:
    facts, shares = curvature(experiment.problem), [number(s) for s in _shares(experiment)]
    first, ends = _ends(experiment, traces)
    return (
        f"How much the ground bends at most is called L, here {number(facts.L)}. The limit is "
        f"**2/L** = {number(facts.limit)}: with a larger rate a step lands higher on the other "
        f"side. {{0}}, at {shares[0]} of it, came down to an excess of {ends[0]}. {{1}}, at "
        f"{shares[1]}, swung from side to side, and yet down to {ends[1]}. {{2}}, at only "
        f"{shares[2]}, climbed from {first} to {ends[2]}."
    )


def _ends(experiment: Experiment, traces: Sequence[Trace]) -> tuple[str, list[str]]:
    """Return the excess at the start, and each run's at the end."""
    histories = excesses(experiment, traces)
    return brief(float(histories[0][0])), [brief(float(history[-1])) for history in histories]


def _arrives(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    return arrival(experiment, traces, -1) is not None


def _told_arrival(experiment: Experiment, traces: Sequence[Trace]) -> str:
    """Say when the last run arrived."""
    share, epoch = number(_shares(experiment)[-1]), arrival(experiment, traces, -1)
    if Status.DIVERGED in traces[-1].status:
        return f"At {share} of 2/L it is **lost**: it climbs without end."
    if epoch is None:
        first, ends = _ends(experiment, traces)
        excess = excesses(experiment, traces)[-1]
        part = times(100 * float(excess[-1]), float(excess[0]))
        return (
            f"At {share} of 2/L its excess ends at **{ends[-1]}**, **{part} %** of the {first} at "
            "the start."
        )
    return f"At {share} of 2/L it is there **after {quantity(epoch, 'epoch')}**."


def _steep() -> Experiment:
    return ravine(False, PRESETS["zigzag"].build().runs[0])


def _scaled(experiment: Experiment, value: bool) -> Experiment:
    """Return the run with its column as it comes or standardised, at the same share of 2/L."""
    other = ravine(value, experiment.runs[0])
    return replace(other, runs=(plain(0.9 * curvature(other.problem).limit),))


def _crawls(experiment: Experiment, traces: Sequence[Trace]) -> str:
    facts, (first, ends) = curvature(experiment.problem), _ends(experiment, traces)
    return (
        f"Across, this ground bends **{quantity(round(facts.condition))} times** as much as along: "
        "that is its **condition number**. The steep sides allow no rate above 2/L = "
        f"{number(facts.limit)}, and along the flat floor such steps lead nowhere: after "
        f"{quantity(experiment.epochs, 'epoch')} the excess is still {ends[0]}, of {first} at the "
        "start."
    )


def _told_condition(experiment: Experiment, traces: Sequence[Trace]) -> str:
    condition = quantity(round(curvature(experiment.problem).condition))
    return f"Condition number **{condition}**. {_told_arrival(experiment, traces)}"


def _rolling(beta: float, share: float) -> Experiment:
    """Return the plain step and momentum in the ravine, both at a share of 2/L."""
    rate = share * curvature(ravine(False, plain(1.0)).problem).limit
    return ravine(False, plain(rate), Run(Momentum(lr=rate, beta=beta)))


def _beta(experiment: Experiment, value: float) -> Experiment:
    rate = experiment.runs[1].optimizer.lr
    return with_run(experiment, 1, optimizer=Momentum(lr=rate, beta=value))


def _kept(experiment: Experiment) -> float:
    return float(experiment.runs[1].optimizer.beta)  # type: ignore[attr-defined]


def _momentum(experiment: Experiment, traces: Sequence[Trace]) -> str:
    bare, rolling = (brief(value) for value in last_excesses(experiment, traces))
    beta = _kept(experiment)
    return (
        "Across, the slope changes its sign with every swing, and kept steps cancel. Along the "
        f"floor all agree, and add up to as much as 1/(1 − {beta:g}) = {number(1 / (1 - beta))} "
        f"times a step. After {quantity(experiment.epochs, 'epoch')} {{0}} is at an excess of "
        f"{bare}, {{1}} at {rolling}."
    )


def _told_both(experiment: Experiment, traces: Sequence[Trace]) -> str:
    bare, rolling = last_excesses(experiment, traces)
    return f"Keeping {_kept(experiment):g}: excess **{brief(rolling)}**; {{0}} has {brief(bare)}."


def _raised(experiment: Experiment, traces: Sequence[Trace]) -> str:
    facts, rule = curvature(experiment.problem), experiment.runs[1].optimizer
    share = number(_shares(experiment)[1])
    raised = number((stability_limit(rule, facts.L) or 0) / facts.limit)
    _, ends = _ends(experiment, traces)
    return (
        f"At {share} times 2/L {{0}} was lost at update {traces[0].diverged_at[0]}. What {{1}} "
        "keeps of its last step works against each swing, so that its limit is 2(1 + β)/L, β the "
        f"share that is kept: with β = {_kept(experiment):g}, {raised} times 2/L. It ends at an "
        f"excess of {ends[1]}. A limit remains: above it momentum is lost as well."
    )


def _only_momentum(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    lost = [Status.DIVERGED in trace.status for trace in traces]
    return lost == [True, False] and _arrives(experiment, traces)


def _in_fifty(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    epoch = arrival(experiment, traces, 1)
    return epoch is not None and epoch <= 50


RATES = (
    Lesson(
        "too_large",
        "How long may a step be?",
        3,
        GROUP,
        "A step is the slope where a run stands, times a number: the **learning rate**. All three "
        "look at all rows before each step. {1} has twice the rate of {0}, {2} a little more.",
        "{2} has the largest rate. Does it get down to the lowest point?",
        (
            Choice(
                "Yes, before the others",
                "Longer steps lead further only up to a point: these land on the other side.",
            ),
            Choice(
                "Yes, but late: it swings from side to side",
                "So does {1}, just below a limit. {2} is just above it.",
            ),
            Choice("No: each step lands higher"),
        ),
        PRESETS["too_large"].build,
        "Press **Play**: {1} and {2} set out nearly alike.",
        _too_large,
        PRESETS["too_large"].holds,
        Task(
            "Now {2} is alone. Move its learning rate.",
            "An excess under 1 % of the start's, within 12 epochs.",
            rate_of(2, 0.678),
            _arrives,
            _told_arrival,
        ),
        {"ground": "map", "metric": ("excess",)},
        ("Run 1", "Run 2", "Run 3"),
    ),
    Lesson(
        "ravine",
        "A ravine",
        4,
        GROUP,
        "These rows have a column of numbers around 25, used as they come. That makes the ground a "
        "**ravine**, steep across and flat along. The map’s axes are the two directions in which "
        "the run moves most, its **principal directions**. The run takes 0.9 of 2/L, a fast rate.",
        "Where is it after 100 epochs?",
        (
            Choice(
                "Long at the lowest point",
                "0.9 of 2/L is fast across the ravine, where it is steep. Along it, it is slow.",
            ),
            Choice("On the floor, still far away"),
            Choice(
                "Lost: it swings out",
                "Below 2/L every swing is a little shorter than the one before.",
            ),
        ),
        _steep,
        "Press **Play**: it swings across at first, then crawls along.",
        _crawls,
        lambda e, t: curvature(e.problem).condition > 1000 and not _arrives(e, t),
        Task(
            "**Standardise** the column: take off its mean, divide by its spread. The rate stays "
            "at 0.9 of 2/L.",
            "An excess under 1 % of the start's, within 100 epochs.",
            Control(
                "The column",
                _scaled,
                0,
                (False, True),
                lambda value: "standardised" if value else "as it comes",
            ),
            _arrives,
            _told_condition,
        ),
        {"ground": "map", "metric": ("excess",)},
    ),
    Lesson(
        "momentum",
        "Why momentum",
        5,
        GROUP,
        "The same ravine, one rate for both. {1} keeps nine tenths of its last step and adds the "
        "new one: like a ball, it has **momentum**.",
        "Who is lower after 100 epochs?",
        (
            Choice(
                "Both alike: they have the same rate",
                "The rate is the same, the steps are not: those that agree add up.",
            ),
            Choice(
                "{0}: {1} overshoots",
                "It does overshoot, at first. But along the floor its steps agree and add up.",
            ),
            Choice("{1}: its steps along the floor add up"),
        ),
        lambda: _rolling(0.9, 0.9),
        "Press **Play**: {1} swings wide, then runs along the floor.",
        _momentum,
        lambda e, t: last_excesses(e, t)[1] < 0.2 * last_excesses(e, t)[0],
        Task(
            "Now {1} keeps 0.99 of its last step: too much. Choose how much it keeps.",
            "A tenth of the excess of {0}, or less.",
            Control("Share that is kept, β", _beta, 5, BETAS, lambda value: f"{value:g}"),
            lambda e, t: last_excesses(e, t)[1] < 0.1 * last_excesses(e, t)[0],
            _told_both,
        ),
        {"ground": "map", "metric": ("excess",)},
    ),
    Lesson(
        "momentum_limit",
        "The limit of momentum",
        6,
        GROUP,
        "Again the ravine. Now both take 1.5 times 2/L, more than a plain step bears. {1} keeps "
        "nine tenths of its last step.",
        "What does momentum do to the limit?",
        (
            Choice(
                "Lowers it: it is lost even sooner",
                "One would think so. But a kept step points the way that the new one comes back "
                "from, and so works against the swing.",
            ),
            Choice(
                "Nothing: 2/L is 2/L",
                "2/L is the limit of the plain step. A rule with a memory has one of its own.",
            ),
            Choice("Raises it: {1} gets down"),
        ),
        lambda: _rolling(0.9, 1.5),
        "Press **Play**: {0} soon leaves the picture.",
        _raised,
        _only_momentum,
        Task(
            "Now {1} keeps only half of its last step. Choose how much it keeps.",
            "Under 1 % of the start's excess by epoch 50.",
            Control("Share that is kept, β", _beta, 1, BETAS, lambda value: f"{value:g}"),
            _in_fifty,
            lambda e, t: f"Keeping {_kept(e):g}: {_told_arrival(e, t)}",
        ),
        {"ground": "map", "metric": ("excess",)},
    ),
)
