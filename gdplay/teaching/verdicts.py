"""How what somebody expected of runs compares with what they did, in words."""

from collections.abc import Sequence
from math import exp
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.teaching.standing import TIE, Standing, Truth, counted, stands_at
from gdplay.words import joined, number, quantity


class Verdict(NamedTuple):
    """How a prediction compares with what the runs did.

    Attributes
    ----------
    right : bool
        Whether the order is right, and who is lost.
    words : str
        Whether it is, and what the order is, in Markdown.
    sentences : dict from place to str
        One sentence a run, in Markdown.
    distances : dict from place to float
        How far off a drawn line is in the middle: a factor, at least 1; a difference where values
        are not positive. None of what was ranked, nor of a run that was lost at once.
    """

    right: bool
    words: str
    sentences: dict[int, str]
    distances: dict[int, float]


def signed(right: bool, outcome: str) -> str:
    """Return what came out of an answer, in Markdown: with a sign, and in a colour of its own.

    All pages that judge an answer say it in this one way.
    """
    color, sign = ("green", "check_circle") if right else ("red", "cancel")
    return f":{color}[:material/{sign}: **{outcome}**]"


# A ranking


def ranked(order: Sequence[int], lost: Sequence[int], truth: Truth) -> Verdict:
    """Return how an order of runs, and those said to be lost, compare with the truth."""
    places = [*order, *lost]
    at = truth.end(places)
    stands = stands_at(truth, places, at)
    leaves = {place for place in stands.last if truth.leaves(place)}
    ordered = _agrees(order, stands)
    named = stands.lost <= set(lost) <= stands.lost | leaves
    sentences = {
        place: _run_words(place, order.index(place) + 1 if place in order else 0, stands)
        for place in sorted(places)
    }
    right = ordered and named
    words = f"{signed(right, _OUTCOMES[ordered, named])} {_order_words(stands, at)}"
    words += "" if right else f" {_said_words(order, lost, stands)}"
    return Verdict(right, words, sentences, {})


_OUTCOMES = {
    (True, True): "Right.",
    (True, False): "The order is right; who is lost is not.",
    (False, True): "Not in that order.",
    (False, False): "Not so.",
}
"""By whether the order is right, and who is lost."""


def _agrees(said: Sequence[int], stands: Standing) -> bool:
    """Whether no run that lasts was said to be before a lower one."""
    order = [place for place in said if place in stands.last]
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    return all(stands.level(a, b) or stands.last.index(a) < stands.last.index(b) for a, b in pairs)


def _order_words(stands: Standing, at: float) -> str:
    """Tell the true order."""
    groups: list[list[int]] = []
    for place in stands.last:
        if groups and stands.level(groups[-1][0], place):
            groups[-1].append(place)
        else:
            groups.append([place])
    lost = joined([stands.name(p) for p in sorted(stands.lost)]) if stands.lost else ""
    were = "were" if len(stands.lost) > 1 else "was"
    if not groups:
        return f"{lost} {were} lost."
    parts = [_group_words(group, stands) for group in groups]
    best = "lowest" if stands.truth.metric.falls else "highest"
    first = f"{parts[0]} {'are' if len(groups[0]) > 1 else 'is'} {best}"
    order = ", then ".join([first, *parts[1:]])
    return (
        f"After {counted(at, stands.truth.along)} {order}{f'; {lost} {were} lost' if lost else ''}."
    )


def _said_words(order: Sequence[int], lost: Sequence[int], stands: Standing) -> str:
    """Tell the order that was said."""
    parts = [", then ".join(stands.name(place) for place in order)] if order else []
    parts += [f"{joined([stands.name(place) for place in sorted(lost)])} lost"] if lost else []
    return f"You said: {'; '.join(parts)}."


def _group_words(group: Sequence[int], stands: Standing) -> str:
    names = joined([stands.name(place) for place in group])
    return names if len(group) == 1 else f"{names} (level, within 1 %: either order is right)"


def order(places: Sequence[int], truth: Truth) -> str:
    """Return in Markdown how runs stand once all have had as much as the shortest of them."""
    at = truth.end(places)
    return _order_words(stands_at(truth, places, at), at)


def positions(places: Sequence[int], truth: Truth) -> dict[int, list[int]]:
    """Return where each run stands then, from 0, the number of runs if it is lost; ties twice."""
    stands = stands_at(truth, places, truth.end(places))
    return {
        place: [len(places)] if place in stands.lost else [at - 1 for at in stands.span(place)]
        for place in places
    }


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def ordinal(position: int) -> str:
    """Return "first", "second" ... for 1, 2, ..."""
    return ORDINALS[position - 1] if position <= len(ORDINALS) else f"number {position}"


def _run_words(place: int, said: int, stands: Standing) -> str:
    """Tell how a run stands beside what was said: its position, or 0 for lost."""
    name, claim = stands.name(place), ordinal(said) if said else "lost"
    if place in stands.lost:
        when = stands.truth.lost_words(place)
        told = ", as you said" if not said else f"; you said it would be {claim}"
        return f"{name} was lost {when}{told}."
    span, value = stands.span(place), stands.values[place]
    where = " or ".join(dict.fromkeys(ordinal(i) for i in (span[0], span[-1])))
    times = _times(value, stands)
    if not said and stands.truth.leaves(place):
        return f"{name} is on its way out, as you said: it stands at {number(value)} and grows."
    if said in span:
        return f"{name} is {where}, as you said, at {number(value)}{times}."
    return f"{name} is {where}, at {number(value)}{times}; you said {claim}."


def _times(value: float, stands: Standing) -> str:
    """Tell how far a value lies from the best, where that is a factor."""
    best = stands.values[stands.last[0]]
    if not stands.truth.metric.falls or best <= stands.truth.least or value <= (1 + TIE) * best:
        return ""
    return f", {number(value / best)} times the lowest"


# A drawing


class Line(NamedTuple):
    """A drawn line: the run's place, and its points, each an amount and a value."""

    place: int
    points: tuple[tuple[float, float], ...]

    @property
    def x(self) -> Array:
        """Where the points stand."""
        return np.array([x for x, _ in self.points])

    @property
    def y(self) -> Array:
        """Their values."""
        return np.array([y for _, y in self.points])


class _Gap(NamedTuple):
    """How far off a line is: drawn and true values where both are known, and by how much."""

    x: Array
    drawn: Array
    true: Array
    by_factor: bool

    @property
    def each(self) -> Array:
        """At each point how far above the truth it is: the logarithm of a factor, or a gap."""
        if self.by_factor:
            return np.asarray(np.log(self.drawn / self.true))
        return self.drawn - self.true

    def size(self, distance: float) -> float:
        """Return a distance as people read it."""
        return exp(abs(distance)) if self.by_factor else abs(distance)

    @property
    def middle(self) -> float:
        """The median distance."""
        return self.size(float(np.median(np.abs(self.each))))


def drawn(lines: Sequence[Line], truth: Truth) -> Verdict:
    """Return how drawn lines compare with the truth: point by point, and in their order."""
    places = [line.place for line in lines]
    at = min(truth.end(places), *(float(line.x[-1]) for line in lines))
    stands = stands_at(truth, places, at)
    gaps = {line.place: _gap(line, truth) for line in lines}
    known = {place: gap for place, gap in gaps.items() if len(gap.x)}
    sentences = {
        line.place: _line_words(line, gaps[line.place], stands)
        for line in sorted(lines, key=lambda line: line.place)
    }
    right = _drawn_order(lines, stands, at)
    order = "The order you drew is right." if right else "The order you drew is not so."
    parts = [f"{signed(right, order)} {_order_words(stands, at)}"] if len(lines) > 1 else []
    parts += [_middle_words(list(known.values()))] if known else []
    distances = {place: gap.middle for place, gap in known.items()}
    return Verdict(right, " ".join(parts), sentences, distances)


def _gap(line: Line, truth: Truth) -> _Gap:
    """Compare a line with its run where that has a value; all start at the same."""
    until = truth.end([line.place]) * (1 + TIE)
    x, y = line.x, line.y
    true = truth.values(line.place, x)
    seen = (x > 0) & (x <= until) & np.isfinite(true)
    if truth.lost(line.place) and not truth.metric.falls:
        seen &= true > 0
    x, y, true = x[seen], y[seen], true[seen]
    if truth.least > 0:
        y, true = np.maximum(y, truth.least), np.maximum(true, truth.least)
    return _Gap(x, y, true, bool(np.all(y > 0) and np.all(true > 0)))


def _drawn_order(lines: Sequence[Line], stands: Standing, at: float) -> bool:
    """Whether lines end in the order of the runs, those that are lost behind all others."""
    sign = 1 if stands.truth.metric.falls else -1
    ends = {line.place: sign * float(np.interp(at, line.x, line.y)) for line in lines}
    said = sorted(ends, key=ends.__getitem__)
    most = max((ends[place] for place in stands.last), default=-np.inf)
    return _agrees(said, stands) and all(ends[place] >= most for place in stands.lost)


def _middle_words(gaps: Sequence[_Gap]) -> str:
    """Tell how far off all points are in the middle."""
    by_factor = all(gap.by_factor for gap in gaps)
    sizes = [abs(one) for gap in gaps if gap.by_factor is by_factor for one in gap.each]
    middle = gaps[0]._replace(by_factor=by_factor).size(float(np.median(sizes)))
    whose = "Your lines are" if len(gaps) > 1 else "Your line is"
    return f"{whose} off by {_amount(middle, by_factor)}, in the median of all points."


def _amount(size: float, by_factor: bool) -> str:
    return f"a factor of {number(size)}" if by_factor else number(size)


def _line_words(line: Line, gap: _Gap, stands: Standing) -> str:
    """Tell how far off a line is, and where most."""
    name, truth = stands.name(line.place), stands.truth
    if truth.lost(line.place):
        begin = float(truth.values(line.place, np.array([0.0]))[0])
        rises = line.y[-1] > begin if truth.metric.falls else line.y[-1] < begin
        told = "your line leaves, too" if rises else "your line does not leave"
        return f"{name} was lost {truth.lost_words(line.place)}; {told}."
    if not len(gap.x):
        return f"{name} had ended before your line began."
    most = int(np.argmax(np.abs(gap.each)))
    where = counted(float(f"{gap.x[most]:.3g}"), truth.along)
    return (
        f"{name}: your line is off by {_amount(gap.middle, gap.by_factor)}, in the median of its "
        f"{quantity(len(gap.x), 'point')}, {_side(gap.each)}. It is farthest off after {where}: "
        f"{number(gap.drawn[most])} drawn, {number(gap.true[most])} true."
    )


def _side(each: Array) -> str:
    """Tell on which side of the truth points lie."""
    above = float(np.mean(each > 0))
    return "mostly too high" if above >= 2 / 3 else (
        "mostly too low" if above <= 1 / 3 else "too high here and too low there"
    )  # fmt: skip
