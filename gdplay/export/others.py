"""What other libraries cannot express of an experiment, and what is left without it."""

from collections.abc import Callable
from dataclasses import replace

from gdplay.experiment import Experiment, Run, labels

WhyNot = Callable[[Experiment, Run], str]
"""Returns why a library cannot express a run, or ""."""


def expressible(experiment: Experiment, why_not: WhyNot) -> tuple[Experiment, dict[str, str]]:
    """Return the experiment with the runs that can be expressed, and why others cannot, by name.

    Raises
    ------
    ValueError
        If none can, with the reason of the first.
    """
    reasons = {
        name: why_not(experiment, run)
        for name, run in zip(labels(experiment), experiment.runs, strict=True)
    }
    kept = tuple(run for run, why in zip(experiment.runs, reasons.values(), strict=True) if not why)
    if not kept:
        raise ValueError(next(iter(reasons.values())))
    return replace(experiment, runs=kept), {name: why for name, why in reasons.items() if why}


def left_out(reasons: dict[str, str]) -> str:
    """Return, as words that end a sentence's paragraph, which runs are left out and why."""
    return "".join(f" Left out: {name}, because {why}." for name, why in reasons.items())


def refusal(experiment: Experiment, why_not: WhyNot) -> str:
    """Return why no run can be expressed, or ""."""
    try:
        expressible(experiment, why_not)
    except ValueError as error:
        return str(error)
    return ""
