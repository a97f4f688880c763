"""One rule in place of another: which can be had, and at which rate."""

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from gdplay.experiment import Run
from gdplay.loss.problem import Problem
from gdplay.loss.sights import lack
from gdplay.optimizers import OPTIMIZERS, Optimizer, allowed
from gdplay.theory.curvature import curvature
from gdplay.words import joined


def at_hand(problem: Problem) -> list[str]:
    """Return the keys of the rules that a problem gives all they ask for."""
    return [key for key, rule in OPTIMIZERS.items() if not lack(problem, rule)]


def left_out(problem: Problem) -> str:
    """Return which rules `at_hand` leaves out and why, in sentences; "" where it holds all."""
    titles: dict[str, list[str]] = {}
    for rule in OPTIMIZERS.values():
        if why := lack(problem, rule):
            titles.setdefault(why, []).append(rule.title)
    return " ".join(_refusal(names, why) for why, names in titles.items())


def _refusal(names: list[str], why: str) -> str:
    """Return that rules are not on offer, and why; `why` is as `lack` says it of one."""
    if len(names) == 1:
        return f"{names[0]} is not on offer: {why}."
    return f"{joined(names)} are not on offer: each{why.removeprefix('it')}."


def exchanged(rule: Optimizer, key: str, problem: Problem) -> Optimizer:
    """Return another rule at the same rate, where that means the same to both.

    A rule that sizes its own steps comes with its usual rate. One that comes after such a rule
    gets a fifth of 2/L, to one digit, or its own where no limit is known.
    """
    other = OPTIMIZERS[key]
    if key == rule.key:
        return rule
    if not (rule.relative or other.relative):
        return replace(other, lr=rule.lr)
    limit = other.limit(curvature(problem).L)
    if other.relative or limit is None or not isfinite(limit):
        return other
    return replace(other, lr=allowed(float(f"{limit / 5:.0e}")))


def suited(runs: tuple[Run, ...], problem: Problem) -> tuple[Run, ...]:
    """Return runs with the plain step in place of rules that a problem lacks something for."""
    return tuple(
        replace(run, optimizer=exchanged(run.optimizer, "sgd", problem))
        if lack(problem, run.optimizer)
        else run
        for run in runs
    )


def stand_ins(runs: Iterable[Run], problem: Problem) -> list[str]:
    """Return of each rule for which `suited` takes the plain step why that is, in a sentence."""
    rules = {run.optimizer.key: run.optimizer for run in runs}
    return [
        f"{rule.title} cannot be used here: {why}. The plain step stands in."
        for rule in rules.values()
        if (why := lack(problem, rule))
    ]
