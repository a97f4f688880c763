"""The stability ruler: rates that the curvature sets apart, marked along a slider of rates."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import streamlit as st

from gdplay.experiment import Experiment
from gdplay.loss.problem import Problem
from gdplay.optimizers import OPTIMIZERS, SGD, Momentum, Nesterov, Optimizer
from gdplay.theory.curvature import contraction, curvature, global_bound, stability_limit
from gdplay.theory.gradient_noise import mean_square_limit
from gdplay.ui.marks import fine_print
from gdplay.words import number

REPLACEMENT = "sampling with replacement"

MOST_PARAMS = 100
"""With more parameters the mean-square limits take too long to find beside a slider."""

ROOMS = (880, 480, 290)
"""Widths in pixels for which labels are placed; the style sheet shows one of the three."""

_LETTER, _GAP = 6.1, 9.0  # pixels: a letter's width, and the air between two labels


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

    1/L, 2/(L + mu), 2/L; the limits of momentum and Nesterov's, with the numbers of `rules` where
    these hold one; and the mean-square limits of batches of `sizes` rows, fewer than all.
    """
    facts = curvature(problem)
    if not np.isfinite(facts.limit):
        return []
    local = "" if facts.where == "everywhere" else f" L is taken {facts.where}."
    found = [
        Mark(1 / facts.L, "1/L", "Above it the plain step overshoots where it is steepest.", 4),
        Mark(facts.best, "2/(L+μ)", "The fastest fixed rate of the plain step on all rows.", 5),
        Mark(facts.limit, "2/L", "The limit of the plain step on all rows.", 9),
        *(_limit_of(rule, facts.L) for rule in _with_momentum(rules)),
    ]
    found = [mark._replace(about=mark.about + local) for mark in found]
    return sorted([*found, *_noisy(problem, sizes)])


def _with_momentum(rules: Iterable[Optimizer]) -> list[Optimizer]:
    """Return a momentum and a Nesterov rule: the first of `rules`, else as they come."""
    mine = list(rules)
    return [
        next((rule for rule in mine if isinstance(rule, kind)), OPTIMIZERS[kind.key])
        for kind in (Momentum, Nesterov)
    ]


def _limit_of(rule: Optimizer, largest: float) -> Mark:
    beta = number(getattr(rule, "beta", 0.0))
    formula = "2(1+β)/L" if isinstance(rule, Momentum) else "2(1+β)/((1+2β)L)"
    about = f"{formula}: the limit of {rule.title} with β = {beta} on all rows."
    return Mark(stability_limit(rule, largest) or np.inf, rule.title, about, 3)


def _noisy(problem: Problem, sizes: Iterable[int]) -> list[Mark]:
    if problem.n_params > MOST_PARAMS:
        return []
    found = []
    for size in sorted({size for size in sizes if size < problem.n_samples}):
        limit = mean_square_limit(problem, size)
        if limit is not None:
            about = f"The mean-square limit of the plain step on {_rows(size)}, {REPLACEMENT}."
            found.append(Mark(limit, f"B={size}", about, 7 if size == 1 else 6))
    return found


def _rows(size: int) -> str:
    return f"{size} row{'s' * (size > 1)}"


# What a rate does


def times(ratio: float, what: str) -> str:
    """Return "1.15 times the limit"; what rounds to one is told apart from one."""
    if abs(ratio - 1) < 1e-9:
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
        return "Nothing bends upwards here: curvature sets no limit"
    ratio = rate / limit
    if facts.where == "everywhere":
        return f"{times(ratio, 'the limit')}: full-batch descent {_certain(ratio, rule, facts.L)}"
    said = times(ratio, f"{'2/L' if isinstance(rule, SGD) else 'its limit'} {facts.where}")
    if facts.where == "at zero":
        return f"{said}: there is no minimum to settle at; {_down(problem, rule, rate)}"
    if ratio > 1:
        return f"{said}: full-batch descent cannot settle"
    return f"{said}: full-batch descent can settle; {_down(problem, rule, rate)}"


def _certain(ratio: float, rule: Optimizer, largest: float) -> str:
    if abs(ratio - 1) < 1e-9:
        return "keeps its distance for ever"
    if ratio > 1:
        return "will diverge"
    if not isinstance(rule, SGD):
        return "converges"
    return "converges, swinging" if ratio > 0.5 else "converges"


def _down(problem: Problem, rule: Optimizer, rate: float) -> str:
    """Return what the global bound on the curvature promises of single steps."""
    bound = global_bound(problem)
    if isinstance(rule, SGD) and bound is not None and rate < 2 / bound:
        return "every full-batch step lowers the loss"
    return "far away a step may raise the loss"


def noisy_verdict(problem: Problem, size: int, rate: float) -> str:
    """Return what a rate is to the mean-square limit of batches of `size` rows; may be empty."""
    if size >= problem.n_samples or problem.n_params > MOST_PARAMS:
        return ""
    limit = mean_square_limit(problem, size)
    if limit is None:
        return ""
    local = "" if problem.quadratic else ", at the minimum"
    what = f"the mean-square limit {number(limit)} of {_rows(size)} per update"
    return f"{times(rate / limit, what)} ({REPLACEMENT}{local})"


def shrinks(rule: Optimizer, bend: float) -> str:
    """Return what one full-batch update does to the distance where the loss bends by `bend`."""
    factor = contraction(rule, bend)
    assert factor is not None
    if abs(factor - 1) < 1e-9:
        return "stays the same"
    return f"{'shrinks' if factor < 1 else 'grows'} by {number(100 * abs(1 - factor))} %"


# Where things stand


def place(rate: float, options: Sequence[float]) -> float:
    """Return where a rate stands on a slider with these options, 0 to 1, or outside.

    The options are evenly spaced on the screen whatever they hold; between two of them the scale
    is logarithmic.
    """
    if len(options) < 2:
        return 0.0
    logs = np.log(np.array(options))
    steps = np.arange(len(options))
    at = float(np.interp(np.log(rate), logs, steps) / steps[-1])
    if options[0] <= rate <= options[-1]:
        return at
    return -1.0 if rate < options[0] else 2.0


def spread(centres: Sequence[float], widths: Sequence[float], room: float) -> list[float]:
    """Return label centres, as near to the wanted ones as they can be without touching.

    Least squares: labels that would touch stand side by side around their mean. `centres` ascend;
    the labels must fit into `room`.
    """
    whole = np.array(widths) + _GAP
    before = np.concatenate([[0.0], np.cumsum(whole)[:-1]])
    wanted = np.array(centres) - whole / 2 - before
    blocks: list[list[float]] = []
    for value in wanted:
        blocks.append([value])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    left = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks])
    left = np.clip(left, -_GAP / 2, room + _GAP / 2 - whole.sum())
    return [float(at) for at in left + before + whole / 2]


def shown_in(found: Sequence[Mark], room: float) -> list[Mark]:
    """Return the marks whose labels fit into `room` pixels, the lightest left out first."""
    kept = list(found)
    while kept and sum(_width(mark) + _GAP for mark in kept) > room:
        kept.remove(min(kept, key=lambda mark: mark.weight))
    return kept


def _width(mark: Mark) -> float:
    return _LETTER * len(mark.label)


# The drawing


def strip(
    problem: Problem,
    rules: Sequence[Optimizer],
    sizes: Iterable[int],
    options: Sequence[float],
) -> str:
    """Return the ruler in HTML, as wide as the slider's own track."""
    found = [mark for mark in marks(problem, rules, sizes) if 0 <= place(mark.rate, options) <= 1]
    if not found:
        return ""
    told = " ".join(f"{mark.label} = {number(mark.rate)}." for mark in found)
    layers = "".join(
        f'<div class="gd-marks gd-room{i}">{_layer(shown_in(found, room), options, room)}</div>'
        for i, room in enumerate(ROOMS)
    )
    return (
        f'<div class="gd-ruler" role="img" aria-label="{escape(f"Marks on the slider: {told}")}">'
        f"{_zones(problem, rules, options)}{layers}</div>"
    )


_ZONES = {"calm": "converge", "swing": "converge, swinging", "gone": "diverge, or cannot settle"}


def _zones(problem: Problem, rules: Sequence[Optimizer], options: Sequence[float]) -> str:
    """Return a band that says where full batches are calm, swing, or leave; all rules alike."""
    limits = {stability_limit(rule, curvature(problem).L) for rule in rules}
    limit = limits.pop() if len(limits) == 1 else None
    if limit is None:
        return ""
    edges = [("calm", 0.0), ("gone", _inside(limit, options))]
    if all(isinstance(rule, SGD) for rule in rules):
        edges.insert(1, ("swing", _inside(limit / 2, options)))
    ends = [at for _, at in edges[1:]] + [1.0]
    return "".join(
        f'<i class="gd-{name}" style="left:{at:.3%};width:{end - at:.3%}" '
        f'title="Full batches: {_ZONES[name]}"></i>'
        for (name, at), end in zip(edges, ends, strict=True)
    )


def _inside(rate: float, options: Sequence[float]) -> float:
    return float(np.clip(place(rate, options), 0, 1))


def _layer(found: Sequence[Mark], options: Sequence[float], room: float) -> str:
    """Return ticks at their places, labels side by side, and what leads from one to the other."""
    at = [place(mark.rate, options) for mark in found]
    names = spread([room * x for x in at], [_width(mark) for mark in found], room)
    ways = "".join(
        f"M{100 * x:.2f} 0V4L{100 * name / room:.2f} 10" for x, name in zip(at, names, strict=True)
    )
    words = "".join(
        f'<span style="left:{name / room:.3%}" title="{_hover(mark)}">{escape(mark.label)}</span>'
        for mark, name in zip(found, names, strict=True)
    )
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<path d="{ways}" fill="none" stroke="#808B98" vector-effect="non-scaling-stroke"/></svg>'
    )
    source = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
    return f'<img alt="" src="{source}">{words}'


def _hover(mark: Mark) -> str:
    return escape(f"{number(mark.rate)}. {mark.about}")


def draw(experiment: Experiment, options: Sequence[float]) -> None:
    """Draw the ruler under a slider with these options, for the rules and rows of the runs."""
    n = experiment.problem.n_samples
    rules = [run.optimizer for run in experiment.runs]
    st.html(strip(experiment.problem, rules, [run.rows(n) for run in experiment.runs], options))


def label(experiment: Experiment, together: bool) -> None:
    """Draw what the slider is for, and what its rate does where one rule has one rate."""
    facts, rules = curvature(experiment.problem), {run.optimizer for run in experiment.runs}
    local = "" if facts.where == "everywhere" else f" {facts.where}"
    about = f"2/L = {number(facts.limit)}"
    with st.container(gap=None):
        fine_print(about, "Learning rate", f"{about}{local}: twice one over the curvature")
        if together and len(rules) == 1:
            rule = rules.pop()
            said = verdict(experiment.problem, rule, rule.lr)
            fine_print(said.partition(";")[0], hover=said)
