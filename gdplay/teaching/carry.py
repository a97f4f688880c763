"""Runs brought over to another problem: rates keep their multiple of 2/L."""

from dataclasses import replace
from math import inf
from typing import NamedTuple

from gdplay.datasets import DATASETS, DataSet
from gdplay.experiment import Experiment, Run
from gdplay.loss.fit import Fit
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import allowed
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.exchange import stand_ins, suited
from gdplay.theory.curvature import curvature
from gdplay.words import number

ALIKE = 0.01
"""Where 2/L changes by a smaller share, rates stay as they are, to the last digit."""


class Carried(NamedTuple):
    """An experiment on another problem, and what became of its rates; "" where they stayed."""

    experiment: Experiment
    words: str = ""


def on_dataset(old: Experiment, dataset: DataSet) -> Carried:
    """Return a data set's own default experiment, with the runs where they are the visitor's."""
    new = default_experiment(dataset)
    if not isinstance(old.problem, Fit) or old.runs == _untouched(old.problem).runs:
        return Carried(new)
    new = replace(new, runs=runs_on(old, new.problem), seed=old.seed, n_seeds=old.n_seeds)
    return Carried(new, _words(old, new.problem))


def on_surface(old: Experiment, surface: Surface) -> Carried:
    """Return a function's own default experiment, or the visitor's rules on it, each once.

    Where it is the function that was there, with other numbers of its own, start and length stay.
    """
    if type(surface) is type(old.problem) and key_of(surface) in SURFACES:
        return _on_the_same(old, surface)
    if old.runs == _untouched(old.problem).runs:
        return Carried(default_race(surface))
    rules = dict.fromkeys(run.optimizer for run in runs_on(old, surface))
    new = replace(default_race(surface), runs=tuple(Run(rule) for rule in rules))
    return Carried(new, _words(old, surface))


def _on_the_same(old: Experiment, surface: Surface) -> Carried:
    if old.runs == _untouched(old.problem).runs:
        return Carried(replace(old, problem=surface, runs=default_race(surface).runs))
    new = replace(old, problem=surface, runs=runs_on(old, surface))
    return Carried(new, _words(old, surface))


def on_fit(old: Experiment, fit: Fit) -> Carried:
    """Return an experiment on the same rows, met otherwise; a start that still fits stays."""
    start = old.start if fit.n_params == old.problem.n_params else None
    new = replace(old, problem=fit, runs=runs_on(old, fit), start=start)
    return Carried(new, _words(old, fit))


def afresh(problem: Problem) -> Carried:
    """Return the default experiment on the data set or the function that a problem is about."""
    if isinstance(problem, Fit):
        dataset = problem.dataset
        return Carried(default_experiment(DATASETS.get(dataset.key, dataset)))
    assert isinstance(problem, Surface)
    return Carried(default_race(SURFACES.get(key_of(problem), problem)))


def _untouched(problem: Problem) -> Experiment:
    """Return the default experiment on what a problem is about, as it stands."""
    if isinstance(problem, Fit):
        return default_experiment(problem.dataset)
    assert isinstance(problem, Surface)
    return default_race(problem)


def key_of(problem: Problem) -> str:
    """Return the key of the data set or the function that a problem is about."""
    return problem.dataset.key if isinstance(problem, Fit) else str(getattr(problem, "key", ""))


def runs_on(old: Experiment, new: Problem) -> tuple[Run, ...]:
    """Return the runs with rates at the same multiple of 2/L on another problem.

    The plain step stands in for a rule for which it lacks something.
    """
    return suited(_rescaled(old, new), new)


def _rescaled(old: Experiment, new: Problem) -> tuple[Run, ...]:
    ratio = curvature(new).limit / curvature(old.problem).limit
    if abs(ratio - 1) < ALIKE or not 0 < ratio < inf:  # one of both may bend nowhere
        return old.runs
    return tuple(_scaled(run, ratio) for run in old.runs)


def _scaled(run: Run, ratio: float) -> Run:
    """Scale the rate of a rule whose steps are proportional to the gradient."""
    if not run.optimizer.limit_formula:
        return run
    rate = float(f"{allowed(run.optimizer.lr * ratio):.2g}")
    return replace(run, optimizer=replace(run.optimizer, lr=rate))


def _words(old: Experiment, new: Problem) -> str:
    return " ".join(filter(None, (_scaled_words(old, new), *stand_ins(old.runs, new))))


def _scaled_words(old: Experiment, new: Problem) -> str:
    runs = _rescaled(old, new)
    if runs == old.runs:
        return ""
    before, after = curvature(old.problem).limit, curvature(new).limit
    changed = [(was, run) for was, run in zip(old.runs, runs, strict=True) if was != run]
    own = {was.optimizer.lr for was, _ in changed}
    usual = {run.optimizer.lr for run in _untouched(old.problem).runs}
    if len(own) == 1 and not own & usual and key_of(old.problem) != key_of(new):  # the visitor's
        was, now = (run.optimizer.lr for run in changed[0])
        return (
            f"The rate is {number(now)} now: about {number(now / after, 2)} of 2/L, as "
            f"{number(was)} was on {_title(old.problem)}. Type {number(was)} to have that here; "
            "Back undoes all."
        )
    return (
        f"The curvature changed, and 2/L went from {number(before)} to {number(after)}: rates "
        "kept their multiple of it. Back undoes this."
    )


def _title(problem: Problem) -> str:
    return str(getattr(problem.dataset if isinstance(problem, Fit) else problem, "title", ""))
