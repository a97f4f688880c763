"""Lessons on rows, steps and epochs."""

from collections.abc import Sequence
from dataclasses import replace

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.lessons.lesson import (
    Choice,
    Control,
    Lesson,
    Task,
    brief,
    rows_of,
    size_name,
    with_run,
)
from gdplay.teaching.makings import excesses, line, plain
from gdplay.teaching.presets import PRESETS
from gdplay.words import quantity

GROUP = "Rows, steps, epochs"


def _after_one(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    return [float(excess[1]) for excess in excesses(experiment, traces)]


def _at_the_end(experiment: Experiment, traces: Sequence[Trace]) -> list[float]:
    return [float(excess[-1]) for excess in excesses(experiment, traces)]


def _variants(experiment: Experiment, traces: Sequence[Trace]) -> str:
    steps = [quantity(int(trace.updates[1])) for trace in traces]
    first = [brief(value) for value in _after_one(experiment, traces)]
    last = [brief(value) for value in _at_the_end(experiment, traces)]
    return (
        f"Looking at every row once is one **epoch**. In the first, {{0}} made {steps[0]} step, "
        f"{{1}} {steps[1]} and {{2}} {steps[2]}. Their losses were then {first[0]}, {first[1]} and "
        f"{first[2]} above the lowest that there is; this gap is called the **excess**. "
        f"At the end {{1}} is at {last[1]}; {{2}}, whose steps are the roughest, still trembles at "
        f"{last[2]}, and {{0}} has come to {last[0]}."
    )


def _beats(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    _, mini, single = _after_one(experiment, traces)
    return mini < single


def _told_first(experiment: Experiment, traces: Sequence[Trace]) -> str:
    _, mini, single = _after_one(experiment, traces)
    steps = quantity(int(traces[1].updates[1]), "step")
    return (
        f"After one epoch, {steps} for {{1}}: excess **{brief(mini)}**; {{2}} has {brief(single)}."
    )


def _updates(experiment: Experiment, traces: Sequence[Trace]) -> str:
    first = [quantity(int(trace.updates[1])) for trace in traces]
    last = [quantity(int(trace.updates[-1])) for trace in traces]
    rows, size = experiment.problem.n_samples, experiment.runs[1].rows(200)
    whole, over = divmod(rows, size)
    return (
        f"{rows} rows are {whole} batches of {size} and a short one of {over}: {{1}} makes "
        f"**{first[1]}** updates an epoch, {{0}} makes {first[0]} and {{2}} {first[2]}. After "
        f"{quantity(experiment.epochs, 'epoch')} they have made {last[1]}, {last[0]} and {last[2]}."
        " An epoch says how often the rows were used, not how often a run stepped."
    )


def _first_updates(traces: Sequence[Trace]) -> list[int]:
    return [int(trace.updates[1]) for trace in traces]


def _same_updates(experiment: Experiment, traces: Sequence[Trace]) -> str:
    ends = [brief(value) for value in _at_the_end(experiment, traces)]
    rows = [quantity(value) for value in _rows_seen(experiment, traces)]
    return (
        f"After {quantity(int(traces[0].updates[-1]), 'update')} the excess is {ends[0]}, "
        f"{ends[1]} and {ends[2]}: about level, for a few rows already show the way. But "
        f"{{0}} looked at {rows[0]} rows for it, {{1}} at {rows[1]} and {{2}} at {rows[2]}. "
        "**Faster per update, per epoch and per second** are three different races: "
        "always ask which one is meant."
    )


def _rows_seen(experiment: Experiment, traces: Sequence[Trace]) -> list[int]:
    n = experiment.problem.n_samples
    return [
        int(trace.updates[-1]) * run.rows(n)
        for run, trace in zip(experiment.runs, traces, strict=True)
    ]


def _halved(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    whole, _, few = _at_the_end(experiment, traces)
    return whole < 0.5 * few


def _told_rows(experiment: Experiment, traces: Sequence[Trace]) -> str:
    whole, _, few = _at_the_end(experiment, traces)
    seen = [quantity(rows) for rows in _rows_seen(experiment, traces)]
    return (
        f"{{0}} has looked at {seen[0]} rows: excess **{brief(whole)}**; {{2}} at {seen[2]}: "
        f"{brief(few)}."
    )


STEPS = (
    Lesson(
        "variants",
        "Who gets down first?",
        0,
        GROUP,
        "A line is fitted to 200 points, the **rows** of a table. A place on the ground is a line: "
        "its **bias** says how high, its **weight** how steep. How badly it misses is its "
        "**loss**, the height there. Three runs seek the lowest. Before each step {0} looks at all "
        "200 rows, {1} at 10, {2} at one.",
        "Once each has looked at every row: who is lowest?",
        (
            Choice(
                "{0}: it knows the way best",
                "However well it knows, by then it has made only one step.",
            ),
            Choice(
                "{1}: a bit of both",
                "Not bad. But {2} has made ten times as many steps by then, and many rough steps "
                "lead further than a few good ones.",
            ),
            Choice("{2}: it steps most often"),
        ),
        lambda: replace(default_experiment(), epochs=3),
        "Press **Play** and watch {2}: away first, then never at rest.",
        _variants,
        PRESETS["variants"].holds,
        Task(
            "Choose how many rows {1} looks at before each step.",
            "After one epoch it is lower than {2}.",
            Control("Rows before each step", rows_of(1), 3, (2, 5, 8, 10, 20, 50, 100), size_name),
            _beats,
            _told_first,
        ),
        {"metric": ("excess",)},
    ),
    Lesson(
        "epochs_updates",
        "Epochs are not updates",
        1,
        GROUP,
        "A step is also called an **update**, and the rows looked at before it are a **batch**. "
        "{0} takes all 200 rows as one batch, {1} takes 32 at a time, {2} one. An epoch is over "
        "when every row was used once.",
        "How many updates does {1} make in one epoch?",
        (
            Choice(
                "6",
                "So often 32 goes into 200. But six batches are 192 rows, and the 8 that are left "
                "over make an update too.",
            ),
            Choice("7"),
            Choice(
                "32",
                "32 is how many rows it looks at for one update, not how many updates it makes.",
            ),
        ),
        lambda: line(plain(0.1), plain(0.1, 32), plain(0.1, 1), epochs=3),
        "Press **Play**: each time {0} steps once, {1} steps seven times.",
        _updates,
        lambda e, t: _first_updates(t) == [1, 7, 200],
        Task(
            "Choose the size of the batches of {1}.",
            "Exactly 8 updates in an epoch.",
            Control("Rows in a batch", rows_of(1), 3, (10, 20, 25, 32, 50, 100), size_name),
            lambda e, t: _first_updates(t)[1] == 8,
            lambda e, t: (
                f"Batches of {e.runs[1].rows(200)}: **{_first_updates(t)[1]}** updates in an epoch."
            ),
        ),
    ),
    Lesson(
        "per_what",
        "Faster, but per what?",
        2,
        GROUP,
        "In lesson 1 all runs had used every row once, and single rows were ahead. Now all make "
        "equally many updates, 40. For each {0} looks at 200 rows, {1} at 20, {2} at 5.",
        "Who is lowest after 40 updates?",
        (
            Choice(
                "{0}, by far: all rows know best",
                "They do, but 20 or even 5 of them point nearly the same way.",
            ),
            Choice("All are about level: a few rows show the way, too"),
            Choice(
                "{2}, by far, as in lesson 1",
                "There it made many more updates than the others. Here all make as many.",
            ),
        ),
        PRESETS["per_update"].build,
        "Press **Play**: the curves now run along updates, and they fall together.",
        _same_updates,
        PRESETS["per_update"].holds,
        Task(
            "Let {0} make more epochs, and see what that costs.",
            "Half the excess of {2}, or less.",
            Control(
                "Epochs",
                lambda experiment, value: with_run(experiment, 0, epochs=value),
                2,
                (20, 30, 40, 50, 60, 80),
                str,
            ),
            _halved,
            _told_rows,
        ),
        {"along": "updates", "metric": ("excess",)},
        ("Batch", "Mini-batch of 20", "Mini-batch of 5"),
    ),
)
