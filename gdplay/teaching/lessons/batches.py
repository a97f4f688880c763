"""Lessons on batches: how large, what is left over, in which order, and what their loss is."""

from collections.abc import Sequence
from dataclasses import replace

from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment
from gdplay.sampling import SAMPLINGS
from gdplay.teaching.defaults import default_experiment
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
from gdplay.teaching.makings import arrival, excesses, last_excesses, line, plain
from gdplay.teaching.presets import PRESETS
from gdplay.theory.curvature import curvature
from gdplay.words import number, quantity

GROUP = "Batches"


def _ends(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    return [float(excess[-1]) for excess in excesses(experiment, traces)]


def _between(experiment: Experiment, traces: Sequence[Trace]) -> str:
    ends = [brief(value) for value in _ends(experiment, traces)]
    steps = [quantity(int(trace.updates[-1]), "update") for trace in traces]
    return (
        f"{{0}} was quiet, but made only {steps[0]}: excess {ends[0]}. {{2}} made {steps[2]} and "
        f"hovers at {ends[2]}. {{1}} made {steps[1]}, enough to arrive, and hovers lower: "
        f"{ends[1]}. A larger batch is quieter, a smaller one steps more often. In between lies "
        "the best for this rate and this time."
    )


def _two_epochs(experiment: Experiment, value: int | None) -> Experiment:
    return replace(with_run(experiment, 1, batch_size=value), epochs=2)


def _told_end(experiment: Experiment, traces: Sequence[Trace]) -> str:
    steps = quantity(int(traces[1].updates[-1]), "update")
    return f"After 2 epochs, {steps}: excess **{brief(_ends(experiment, traces)[1])}**."


def _scaled() -> Experiment:
    """Return a rate of 0.01 for each row of a batch; for all 200 rows that is 2/L."""
    return line(plain(0.01, 1), plain(0.08, 8), plain(2.0), epochs=5)


def _breaks(experiment: Experiment, traces: Sequence[Trace]) -> str:
    first = [brief(float(excess[1])) for excess in excesses(experiment, traces)]
    limit, last = curvature(experiment.problem).limit, _ends(experiment, traces)[2]
    return (
        f"After one epoch {{0}} is at an excess of {first[0]} and {{1}} at {first[1]}: eight times "
        f"the rows, eight times the rate, an eighth of the updates, and about level. But the rate "
        f"that the rule gives {{2}} is {number(experiment.runs[2].optimizer.lr / limit)} times "
        f"2/L: it jumps from one side to the other, after 5 epochs still at {brief(last)}. "
        "**The rule holds until the rate comes near its limit.**"
    )


def _level_and_stuck(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    single, eight, whole = excesses(experiment, traces)
    level = 0.8 < single[1] / eight[1] < 1.25
    return bool(level and abs(whole[-1] / whole[0] - 1) < 0.01)


def _told_rate(experiment: Experiment, traces: Sequence[Trace]) -> str:
    rate, epoch = experiment.runs[-1].optimizer.lr, arrival(experiment, traces, -1)
    if Status.DIVERGED in traces[-1].status:
        return f"Rate {number(rate)}: it is **lost**, and climbs without end."
    end = f"excess **{brief(_ends(experiment, traces)[-1])}** after 5 epochs"
    when = f", there after {quantity(epoch, 'epoch')}" if epoch is not None else ""
    return f"Rate {number(rate)}: {end}{when}."


def _left_over(experiment: Experiment, traces: Sequence[Trace]) -> str:
    kept, dropped = last_excesses(experiment, traces)
    size = experiment.runs[0].rows(experiment.problem.n_samples)
    over = experiment.problem.n_samples % size
    return (
        f"{{0}} hovers at an excess of {brief(kept)}, {{1}} at {brief(dropped)}, **"
        f"{times(kept, dropped)} times** lower. A mean over {over} rows is far noisier than "
        f"one over {size}, and yet its step is as long, and the last before each epoch's end."
    )


def _told_over(experiment: Experiment, traces: Sequence[Trace]) -> str:
    n = experiment.problem.n_samples
    over = n % experiment.runs[0].rows(n)
    left = f"a last batch of {quantity(over, 'row')}" if over else "no row left over"
    return f"{{0}}: {left}, hovering at **{brief(last_excesses(experiment, traces)[0])}**."


def _order(experiment: Experiment, value: str) -> Experiment:
    return with_run(experiment, 1, sampling=value)


def _one_way(experiment: Experiment, traces: Sequence[Trace]) -> str:
    shuffled, ordered = last_excesses(experiment, traces)
    return (
        f"{{0}} hovers at an excess of {brief(shuffled)}, {{1}} settles at {brief(ordered)}: **"
        f"{times(ordered, shuffled)} times** as high. All epochs of {{1}} end with the "
        "largest targets, which pull it their way, and always by as much: a fault, not noise. "
        "Shuffling makes every stretch of rows look like all of them."
    )


def _told_order(experiment: Experiment, traces: Sequence[Trace]) -> str:
    shuffled, other = last_excesses(experiment, traces)
    return f"{{1}} is at **{brief(other)}**, {{0}} at {brief(shuffled)}."


def _printed(experiment: Experiment, traces: Sequence[Trace]) -> str:
    printed, true = _losses(traces)
    late, low = (float(history[0, -1]) for history in (traces[0].running_loss, traces[0].loss))
    return (
        f"Printed: {number(printed)}. The loss of the model as it then was: {number(true)}, "
        f"**{number(printed / true, 2)} times** less. Most batches came before the model was any "
        f"good. In epoch {experiment.epochs} it moves no more, and both are {number(late)} and "
        f"{number(low)}. Compare losses that were taken at the same time, over the same rows."
    )


def _losses(traces: Sequence[Trace]) -> tuple[float, float]:
    """Return what is printed after the first epoch, and the training loss then."""
    return float(traces[0].running_loss[0, 1]), float(traces[0].loss[0, 1])


def _near(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    printed, true = _losses(traces)
    return printed < 1.2 * true


def _told_printed(experiment: Experiment, traces: Sequence[Trace]) -> str:
    printed, true = _losses(traces)
    return f"After epoch 1, printed: **{number(printed)}**; the model's loss: **{number(true)}**."


BATCHES = (
    Lesson(
        "batch_size",
        "How large a batch?",
        10,
        GROUP,
        "Eight epochs, one learning rate. Before each update {0} looks at all 200 rows, {1} at 10, "
        "{2} at one. All run 20 times, with the rows in other orders (the bands).",
        "Who ends lowest?",
        (
            Choice(
                "{0}: it has no noise",
                "It has none, but makes only 8 updates: it is still on its way.",
            ),
            Choice("{1}: a bit of both"),
            Choice(
                "{2}: it makes most updates",
                "It is there first. But then it hovers, and single rows make it hover high.",
            ),
        ),
        lambda: replace(default_experiment(), epochs=8, n_seeds=20),
        "Press **Play**: {2} leads at first. Who has overtaken it at the end?",
        _between,
        lambda e, t: _ends(e, t)[1] < 0.3 * min(_ends(e, t)[0], _ends(e, t)[2]),
        Task(
            "Now {1} is alone, and has two epochs. Choose its batches.",
            "An excess below 0.02.",
            Control(
                "Rows in a batch",
                _two_epochs,
                7,
                (1, 2, 5, 10, 20, 50, 100, None),
                size_name,
                alone=1,
            ),
            lambda e, t: _ends(e, t)[1] < 0.02,
            _told_end,
        ),
        {"metric": ("excess",)},
    ),
    Lesson(
        "linear_scaling",
        "Twice the rows, twice the rate?",
        11,
        GROUP,
        "A rule of thumb: with twice as many rows in a batch, take twice the learning rate. {0} "
        "has 1 row and a rate of 0.01, {1} 8 rows and 0.08, {2} all 200 rows and 2.",
        "Who is lowest after one epoch?",
        (
            Choice(
                "All about level: the rule sees to it",
                "So it does for small batches. But a rate has a limit, and 2 is 2/L here.",
            ),
            Choice("{0} and {1} are level: only {2} is where it began"),
            Choice(
                "{2}: it sees all rows, and steps farthest",
                "The best direction is no use where the step is so long that it lands just as high "
                "on the other side.",
            ),
        ),
        _scaled,
        "Press **Play**: {2} makes five steps, one each epoch.",
        _breaks,
        _level_and_stuck,
        Task(
            "Now {2} is alone. Move its learning rate.",
            "An excess under 1 % of the start's, within 5 epochs.",
            rate_of(2, 2.0),
            lambda e, t: arrival(e, t, -1) is not None,
            _told_rate,
        ),
        {"ground": "map", "metric": ("excess",)},
        ("1 row", "8 rows", "All rows"),
    ),
    Lesson(
        "last_batch",
        "The rows left over",
        12,
        GROUP,
        "200 rows in batches of 64 leave 8 rows over. {0} makes an update from these 8 too, {1} "
        "leaves them out. Both run 20 times (the bands).",
        "Who hovers lower?",
        (
            Choice(
                "{0}: it wastes no row",
                "It does use them all. But 8 rows make a noisy step, as long as that from 64.",
            ),
            Choice(
                "Both alike: 8 rows are few",
                "Few rows, but a whole step, and the last of every epoch.",
            ),
            Choice("{1}: all its batches are large"),
        ),
        PRESETS["last_batch"].build,
        "Press **Play**: look at the curves at the end.",
        _left_over,
        PRESETS["last_batch"].holds,
        Task(
            "Choose another batch size for {0}, which uses all rows.",
            "It hovers below an excess of 0.0005.",
            Control("Rows in a batch", rows_of(0), 3, (32, 40, 48, 64, 80, 96), size_name),
            lambda e, t: last_excesses(e, t)[0] < 5e-4,
            _told_over,
        ),
        {"metric": ("excess",)},
        ("Last batch kept", "Last batch dropped"),
    ),
    Lesson(
        "shuffling",
        "Is shuffling worth it?",
        13,
        GROUP,
        "One row per update. {0} shuffles the rows before each epoch. {1} takes them sorted by "
        "their **target**, the number to be predicted, always from the smallest to the largest.",
        "Where does {1} end up?",
        (
            Choice(
                "Where {0} does: they are the same rows",
                "So they are, but the last ones of every epoch are all large, and pull one way.",
            ),
            Choice("Far above where {0} hovers"),
            Choice(
                "It is lost",
                "Its rate is safe. It goes round and round, every epoch the same way.",
            ),
        ),
        PRESETS["shuffling"].build,
        "Press **Play**: {1} goes round in a circle.",
        _one_way,
        PRESETS["shuffling"].holds,
        Task(
            "Choose another order for {1}.",
            "At most twice the excess of {0}.",
            Control(
                "Order of the rows",
                _order,
                0,
                ("sorted by target", "in order", "with replacement", "shuffle once"),
                lambda value: SAMPLINGS[value].title,
            ),
            lambda e, t: last_excesses(e, t)[1] < 2 * last_excesses(e, t)[0],
            _told_order,
        ),
        {"metric": ("excess",)},
        ("Shuffled", "Sorted"),
    ),
    Lesson(
        "printed_loss",
        "The loss that is printed",
        14,
        GROUP,
        "Most programs print after each epoch the mean of its batches' losses, each taken just "
        "before its update.",
        "What is printed after the first epoch?",
        (
            Choice(
                "The loss that the model now has",
                "The mean is of the whole epoch, in which the model got better all the time.",
            ),
            Choice(
                "Less than that: small batches flatter",
                "A batch's loss is neither too high nor too low on average. But it was taken "
                "before most of the updates.",
            ),
            Choice("Much more than that"),
        ),
        lambda: replace(PRESETS["printed_loss"].build(), epochs=4),
        "Press **Play**: two curves of one run, what is printed above what is true.",
        _printed,
        PRESETS["printed_loss"].holds,
        Task(
            "Choose another learning rate.",
            "After one epoch, printed is less than 1.2 times the model's loss.",
            Control(
                "Learning rate",
                lambda e, value: with_run(e, 0, optimizer=replace(e.runs[0].optimizer, lr=value)),
                0,
                (0.3, 0.2, 0.1, 0.03, 0.01),
            ),
            _near,
            _told_printed,
        ),
        {"metric": ("loss", "running")},
    ),
)
