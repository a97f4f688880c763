"""Rates worth knowing on some data, and what a rate does there, in words."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from gdplay.experiment import Experiment
from gdplay.formulas import plain
from gdplay.knobs import by_symbol
from gdplay.loss.problem import Problem
from gdplay.optimizers import OPTIMIZERS, RATES, Optimizer
from gdplay.theory.curvature import contraction, curvature, global_bound, stability_limit
from gdplay.theory.gradient_noise import mean_square_limit
from gdplay.theory.minima import other_limits, settling_words, where_words
from gdplay.words import joined, number, quantity

REPLACEMENT = "sampling with replacement"
"""What mean-square limits and noise floors are predicted for."""

LEVEL = 1e-9
"""Tolerance: a ratio that is nearer to one than this is one."""

MOST_PARAMS = 100
"""With more parameters the mean-square limits take too long to find beside a slider."""


def noisy_limit(problem: Problem, size: int) -> float | None:
    """Return the mean-square limit of the plain step on `size` rows, or None.

    None where it is not known, or would take too long to find (see `MOST_PARAMS`).
    """
    return mean_square_limit(problem, size) if problem.n_params <= MOST_PARAMS else None


# Rates worth knowing

OTHERS, SMOOTH, BEST, SOME, SINGLE, EDGE = range(2, 8)
"""Which labels go first where room is short: what else stands under a slider has 1 or less, then
come other rules' limits, 1/L, 2/(L + mu), limits of some rows, that of single rows; last 2/L."""


class Mark(NamedTuple):
    """A rate worth knowing on some problem.

    Attributes
    ----------
    rate : float
    label : str
        As short as it gets.
    about : str
        A sentence with the number.
    weight : int
        Where room is short, labels with the least weight go first.
    """

    rate: float
    label: str
    about: str
    weight: int


def marks(problem: Problem, rules: Iterable[Optimizer], sizes: Iterable[int]) -> list[Mark]:
    """Return the rates worth knowing, ascending.

    1/L, 2/(L + mu), 2/L; the limit of every other rule that has one, with the numbers of `rules`
    where these hold one of its kind; and the mean-square limits of batches of `sizes` rows, fewer
    than all.
    """
    facts = curvature(problem)
    if not np.isfinite(facts.limit):
        return []
    taken = f" L is taken {where_words(problem)}{other_limits(problem)}."
    local = "" if facts.where == "everywhere" else taken
    rows = " on all rows" if problem.n_samples > 1 else ""
    exact = [
        Mark(
            1 / facts.L, "1/L", "Above it the plain step overshoots where it is steepest.", SMOOTH
        ),
        Mark(facts.best, "2/(L+μ)", f"The fastest fixed rate of the plain step{rows}.", BEST),
        Mark(facts.limit, "2/L", _beyond(rows), EDGE),
        *(_limit_of(rule, facts.L, rows) for rule in _with_own_limits(rules)),
    ]
    exact = [mark._replace(about=mark.about + local) for mark in exact]
    return sorted([*exact, *_noisy(problem, sizes)])


def _beyond(rows: str) -> str:
    return (
        f"Above it a plain step{rows} overshoots the valley, where that is steepest, by more than "
        "it came from."
    )


def _with_own_limits(rules: Iterable[Optimizer]) -> list[Optimizer]:
    """Return each rule with a limit unlike the plain step's: the first of `rules`, else usual."""
    mine = {rule.key: rule for rule in reversed(list(rules))}
    return [
        mine.get(key, rule)
        for key, rule in OPTIMIZERS.items()
        if rule.limit_formula and not rule.plain
    ]


def _limit_of(rule: Optimizer, largest: float, rows: str) -> Mark:
    about = f"{rule.limit_formula}: the limit of {rule.title}{_settings(rule)}{rows}."
    return Mark(stability_limit(rule, largest) or np.inf, rule.title, about, OTHERS)


def _settings(rule: Optimizer) -> str:
    """Return the numbers that a rule's limit depends on: " with β = 0.9"."""
    letters = {plain(symbol): value for symbol, value in by_symbol(rule).items()}
    texts = [
        f"{letter} = {number(value)}"
        for letter, value in letters.items()
        if letter in rule.limit_formula
    ]
    return f" with {joined(texts)}" if texts else ""


def _noisy(problem: Problem, sizes: Iterable[int]) -> list[Mark]:
    limits = {
        size: noisy_limit(problem, size) for size in sorted(set(sizes)) if size < problem.n_samples
    }
    return [
        Mark(
            limit,
            f"B={size}",
            f"The mean-square limit of the plain step on {quantity(size, 'row')}, {REPLACEMENT}.",
            SINGLE if size == 1 else SOME,
        )
        for size, limit in limits.items()
        if limit is not None
    ]


class Zone(NamedTuple):
    """What full batches do at rates up to `end`, from where the zone before it ends."""

    key: str
    about: str
    end: float


def zones(problem: Problem, rules: Iterable[Optimizer]) -> list[Zone]:
    """Return where full batches are calm, swing, or leave, in ascending order.

    None where rules have different limits or none. Only the plain step is known to swing.
    """
    rules = list(rules)
    limits = {stability_limit(rule, curvature(problem).L) for rule in rules}
    limit = limits.pop() if len(limits) == 1 else None
    if limit is None:
        return []
    plain = all(rule.plain for rule in rules)
    swing = [Zone("swing", "converge, swinging", limit)] if plain else []
    calm = Zone("calm", "converge", limit / 2 if plain else limit)
    return [calm, *swing, Zone("gone", "diverge, or cannot settle", np.inf)]


# What a rate does


def times(ratio: float, what: str) -> str:
    """Return "1.15 times the limit"; what rounds to one is told apart from one."""
    if abs(ratio - 1) < LEVEL:
        return f"Exactly {what}"
    if abs(ratio - 1) < 5e-3:
        return f"Just {'above' if ratio > 1 else 'below'} {what}"
    return f"{number(ratio)} times {what}"


def verdict(problem: Problem, rule: Optimizer, rate: float) -> str:
    """Return, in a sentence without its full stop, what a rate does to full-batch descent.

    For least squares it is certain; elsewhere it is what is true near the minimum.
    """
    facts = curvature(problem)
    limit = stability_limit(rule, facts.L)
    if limit is None:
        return f"{rule.title} steps by about the rate in each coordinate: curvature sets no limit"
    if not np.isfinite(limit):
        return f"Nothing bends upwards {facts.where}: curvature sets no limit"
    ratio, full = rate / limit, "full-batch " if problem.n_samples > 1 else ""
    if facts.where == "everywhere":
        return f"{times(ratio, 'the limit')}: {full}descent {_certain(ratio, rule)}"
    name = rule.limit_formula if rule.plain else "its limit"
    if facts.where != "at the minimum":
        none = f"; {problem.no_minimum[0].lower()}{problem.no_minimum[1:]}"
        known = none if problem.minimum() is None else ""
        taken = f"L is taken {facts.where}{known}"
        return f"{times(ratio, name)}: {taken}; {_down(problem, rule, rate)}"
    head = times(ratio, f"{name} {where_words(problem)}")
    places = settling_words(problem, limit * facts.L, rate)
    if ratio > 1:
        return f"{head}: {full}descent cannot settle{places}"
    return f"{head}: {full}descent can settle{places}; {_down(problem, rule, rate)}"


def _certain(ratio: float, rule: Optimizer) -> str:
    if abs(ratio - 1) < LEVEL:
        return "keeps its distance for ever"
    if ratio > 1:
        return "will diverge"
    return "converges, swinging" if rule.plain and ratio > 0.5 else "converges"


def _down(problem: Problem, rule: Optimizer, rate: float) -> str:
    """Return what the global bound on the curvature promises of single steps."""
    if _lowers(problem, rule, rate):
        return "every full-batch step lowers the loss"
    return "far away a step may raise the loss"


def _lowers(problem: Problem, rule: Optimizer, rate: float) -> bool:
    """Whether the global bound on the curvature promises that every step lowers the loss."""
    bound = global_bound(problem)
    return rule.plain and bound is not None and rate < 2 / bound


FULL_BATCHES = "full batches"
"""Who takes all rows for a step where none of the runs does."""

_PLURAL = {
    "comes down": "come down",
    "hardly moves": "hardly move",
    "swings for ever": "swing for ever",
    "swings, but settles": "swing, but settle",
    "flies off": "fly off",
}


def does(who: str, what: str) -> str:
    """Return what is said of who makes steps over all rows, where there are others; see `who`."""
    return f"{who} {_PLURAL.get(what, what) if who == FULL_BATCHES else what}".strip()


def in_short(
    problem: Problem, rule: Optimizer, rate: float, who: str = "", *, slow: bool = False
) -> str:
    """Return what a rate does over all rows in a few words that need no limit to be known.

    Parameters
    ----------
    problem : Problem
    rule : Optimizer
    rate : float
    who : str
        What makes its steps over all rows, where others do not: a run, or `FULL_BATCHES` where
        there is none.
    slow : bool
        Whether it hardly moves in the updates that it has: see `headway`.
    """
    facts = curvature(problem)
    limit = stability_limit(rule, facts.L)
    if limit is None or not np.isfinite(limit):
        return "no fixed limit"
    if slow:
        return does(who, "hardly moves")
    ratio = rate / limit
    if facts.where == "everywhere":
        return _fate(ratio, rule, who)
    if _lowers(problem, rule, rate):
        return does(who, "comes down")
    if facts.where == "at the minimum":
        if ratio <= 1:
            return does(who, "can settle")
        if not settling_words(problem, limit * facts.L, rate):
            return f"too large: {does(who, 'cannot settle')}"
    return "a step may raise the loss"


def _fate(ratio: float, rule: Optimizer, who: str) -> str:
    """Return in a few words what is certain of a quadratic loss; `_certain` has the whole."""
    if abs(ratio - 1) < LEVEL:
        return does(who, "swings for ever")
    if ratio > 1:
        return f"too large: {does(who, 'flies off')}"
    swings = rule.plain and ratio > 0.5
    return does(who, "swings, but settles" if swings else "comes down")


def noisy_verdict(problem: Problem, size: int, rate: float) -> str:
    """Return what a rate is to the mean-square limit of batches of `size` rows; may be empty."""
    limit = noisy_limit(problem, size) if size < problem.n_samples else None
    if limit is None:
        return ""
    local = "" if problem.quadratic else ", at the minimum"
    what = f"the mean-square limit {number(limit)} of {quantity(size, 'row')} per update"
    return f"{times(rate / limit, what)} ({REPLACEMENT}{local})"


def shrinks(rule: Optimizer, bend: float) -> str:
    """Return what one full-batch update does to the distance where the loss bends by `bend`."""
    factor = contraction(rule, bend)
    assert factor is not None
    if abs(factor - 1) < LEVEL:
        return "stays the same"
    return f"{'shrinks' if factor < 1 else 'grows'} by {number(100 * abs(1 - factor))} %"


def verdicts(experiment: Experiment, rule: Optimizer) -> str:
    """Return what a rule at its rate does to full batches, per direction, and to the smallest ones.

    In Markdown; the smallest batches are those of the experiment's runs.

    Parameters
    ----------
    experiment : Experiment
    rule : Optimizer
        One whose limit follows from the curvature.
    """
    problem, n = experiment.problem, experiment.problem.n_samples
    facts = curvature(problem)
    sentences = [f"**Rate {number(rule.lr)}.** {verdict(problem, rule, rule.lr)}."]
    if facts.where in ("everywhere", "at the minimum"):
        near = "" if problem.quadratic else " near the minimum"
        late = "" if rule.plain else ", in the long run,"
        sentences.append(
            f"Per update{near}{late} the distance along the steepest direction "
            f"{shrinks(rule, facts.L)}; along the flattest it {shrinks(rule, facts.mu)}."
        )
    if rule.plain:
        size = min(run.rows(n) for run in experiment.runs)
        noisy = noisy_verdict(problem, size, rule.lr)
        sentences += [f"{noisy}."] if noisy else []
    return " ".join(sentences)


# Rates to choose from

_MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


def rate_options(value: float, around: float) -> list[float]:
    """Return the rates that a slider offers, ascending: round ones, and `value`."""
    around = around if math.isfinite(around) else 1.0  # where nothing bends upwards
    # Not from rates that suit most data where these are steeper by far.
    usual = 1.0 if around > 1e-3 else around
    low, high = min(1e-4 * usual, around / 100, value), max(10.0 * usual, around * 5, value)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    rates = {float(f"{m}e{d}") for d in decades for m in _MANTISSAS}
    options = sorted({rate for rate in rates if low <= rate <= high} | {value})
    return [rate for rate in options if RATES[0] <= rate <= RATES[1]]
