"""Worked examples: descent in exact decimals, as tables that can be checked by hand."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gdplay.formulas import numeric
from gdplay.knobs import MOST, by_symbol, knobs
from gdplay.loss.sights import looker
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import THETA, Optimizer, allowed
from gdplay.theory.curvature import curvature
from gdplay.words import quantity

Vector = tuple[Decimal, ...]

MAX_STEPS = 20
"""More rows than this nobody checks by hand."""

DIGITS = 8
"""A number of so many digits or fewer is written out whole; others are rounded, with a sign."""

ROUNDED = 6
"""Digits of a number that is rounded."""

# Enough digits for every step of a bowl; no traps, for a run may diverge: then it is cut off.
_EXACT = Context(prec=200, traps=[])


@dataclass(frozen=True)
class Row:
    """One update, whole: the numbers before it, the step, the numbers after it.

    Attributes
    ----------
    number : int
        1 for the first update.
    names : tuple of str
        The parameters'.
    params, gradient, step, new_params : tuple of Decimal
        One per parameter.
    loss, new_loss : Decimal
    memory : tuple of (str, tuple of Decimal)
        What the rule remembers after this update, by name: momentum's velocity.
    """

    number: int
    names: tuple[str, ...]
    params: Vector
    loss: Decimal
    gradient: Vector
    memory: tuple[tuple[str, Vector], ...]
    step: Vector
    new_params: Vector
    new_loss: Decimal


def steps(
    surface: Surface, rule: Optimizer, start: tuple[float, float], n_steps: int
) -> tuple[Row, ...]:
    """Return the first updates of a rule on a function, computed by the rule's own `update`.

    Every number is exact to 200 digits where rule and function know the four operations and the
    root alone; otherwise (Adam's kin) it is a float's first 14 digits.

    Parameters
    ----------
    surface : Surface
    rule : Optimizer
    start : tuple of float
        One number per parameter, taken as the decimals that are written: 0.1 is one tenth.
    n_steps : int
        1 to 20.

    Returns
    -------
    rows : tuple of Row
        Fewer than `n_steps` where the run diverges: the last row is the last below 1e300.

    Raises
    ------
    ValueError
        If `n_steps` is out of range.
    """
    if not 1 <= n_steps <= MAX_STEPS:
        raise ValueError(f"n_steps must be from 1 to {MAX_STEPS}; got {n_steps!r}")
    with localcontext(_EXACT):
        try:
            return tuple(_rows(surface, _with(rule, _decimal), _column(start, _decimal), n_steps))
        except TypeError:  # somewhere a float meets a Decimal
            with np.errstate(all="ignore"):
                return tuple(_rows(surface, _with(rule, float), _column(start, float), n_steps))


def _decimal(value: float) -> Decimal:
    """Return a number as the decimal that it is written as."""
    return Decimal(str(value))


def _with(rule: Optimizer, kind: Callable[[Any], Any]) -> Any:
    """Return a copy of a rule with its numbers of another kind; it is for computing only."""
    copied = object.__new__(type(rule))
    for name in knobs(rule):
        object.__setattr__(copied, name, kind(getattr(rule, name)))
    return copied


def _column(start: tuple[float, float], kind: Callable[[Any], Any]) -> Any:
    """Return parameters in the training loop's layout, (1, n_params, 1)."""
    values = [kind(value) for value in start]
    return np.array(values, dtype=object if kind is _decimal else float)[None, :, None]


def _rows(surface: Surface, rule: Any, theta: Any, n_steps: int) -> Iterator[Row]:
    state, look = rule.init(theta), looker(surface, rule.needs)
    loss, grad = surface.value_and_grad(theta)
    for number in range(1, n_steps + 1):
        step, state = rule.moved(grad, state, theta, rule.lr, partial(look, theta, None))
        after = theta + step
        new_loss, new_grad = surface.value_and_grad(after)
        row = Row(
            number,
            surface.param_names,
            _vector(theta),
            _vector(loss)[0],
            _vector(grad),
            tuple(_memory(rule, state)),
            _vector(step),
            _vector(after),
            _vector(new_loss)[0],
        )
        if not all(abs(value) <= _decimal(MOST) for value in (*row.new_params, row.new_loss)):
            return
        yield row
        theta, loss, grad = after, new_loss, new_grad


def _vector(values: Any) -> Vector:
    """Return computed numbers as decimals; the last digits of a float are noise."""
    return tuple(
        Decimal(f"{value:.14g}" if isinstance(value, float) else value)
        for value in np.ravel(values).tolist()
    )


def _memory(rule: Optimizer, state: Any) -> Iterator[tuple[str, Vector]]:
    """Yield what a rule remembers per parameter, by the name that people give it."""
    for symbol, values in rule.memory(state).items():
        yield rule.memory_names.get(symbol, symbol), _vector(values)


def agrees(answer: float, value: Decimal, step: Decimal) -> bool:
    """Whether a learner's new parameter is right to half a percent of itself or of its step."""
    room = max(abs(value), abs(step)) / 200
    return abs(_decimal(answer) - value) <= room


def judged(row: Row, place: int, answer: float) -> str:
    """Return what is to be said of an answer for a row's new parameter, "" where it is right.

    The number is not given away; where an answer is another one of the row's, it says which.
    """
    before, step, after = row.params[place], row.step[place], row.new_params[place]
    if agrees(answer, after, step):
        return ""
    others = {
        before - step: "that is a step uphill",
        step: "that is the step, not where it leads",
        before: "that is where it was before",
        row.gradient[place]: "that is the gradient",
        before - row.gradient[place]: "that is a whole gradient away, not the rule's step",
    }
    why = next((text for value, text in others.items() if agrees(answer, value, step)), "")
    return f"not right yet: {why}" if why else "not right yet"


# Numbers and tables as text


def number(value: Decimal) -> str:
    """Return a number for people: whole up to 8 digits, else 6 digits behind "≈"."""
    digits, sign = _EXACT.normalize(value), ""
    if len(digits.as_tuple().digits) > DIGITS:
        digits, sign = Context(prec=ROUNDED).normalize(digits), "≈"
    if not digits:
        return "0"
    return sign + format(digits, "f" if -6 < digits.adjusted() <= DIGITS else "e")


class Cell(NamedTuple):
    """A number in a table: the column's heading, the parameter it belongs to (or none), itself."""

    heading: str
    name: str
    value: Decimal


def cells(row: Row) -> tuple[Cell, ...]:
    """Return a row's numbers from left to right, the row's own number left out."""
    vectors = [
        ("parameters", row.params),
        ("loss", (row.loss,)),
        ("gradient", row.gradient),
        *row.memory,
        ("step", row.step),
        ("new parameters", row.new_params),
        ("new loss", (row.new_loss,)),
    ]
    return tuple(
        Cell(heading, name, value)
        for heading, values in vectors
        for name, value in zip(row.names if len(values) > 1 else ("",), values, strict=True)
    )


def _headings(rows: Sequence[Row]) -> list[str]:
    return ["update", *(f"{cell.heading} {cell.name}".strip() for cell in cells(rows[0]))]


def markdown(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table, numbers as `number` writes them; "" without rows."""
    if not rows:
        return ""
    lines = [_headings(rows), ["---:"] * len(_headings(rows))]
    lines += [[str(row.number), *(number(cell.value) for cell in cells(row))] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def csv(rows: Sequence[Row]) -> str:
    """Return rows as comma-separated values, each the float nearest to it; "" without rows."""
    if not rows:
        return ""
    lines = [_headings(rows)]
    lines += [[str(row.number), *(repr(float(c.value)) for c in cells(row))] for row in rows]
    return "\n".join(map(",".join, lines)) + "\n"


def words(rows: Sequence[Row], n_known: int, n_steps: int, about: str = "") -> str:
    """Return what the first `n_known` rows show, and what is odd about them; "" without any.

    Parameters
    ----------
    rows : sequence of Row
        Those of `n_steps` updates; fewer where the run diverges.
    n_known : int
        How many of them may be seen.
    about : str
        What is true of all of them together.
    """
    known = rows[:n_known]
    parts = [loss_words(known)]
    if n_known == len(rows):
        parts.append(about)
        if len(rows) < n_steps:
            parts.append(f"Update {len(rows) + 1} goes beyond 1e300: the run diverges.")
    if any(number(cell.value).startswith("≈") for row in known for cell in cells(row)):
        parts.append("≈ marks a number with more than 8 digits, rounded to 6.")
    return " ".join(filter(None, parts))


def loss_words(rows: Sequence[Row]) -> str:
    """Return in a sentence or two what the loss did; "" without rows."""
    if not rows:
        return ""
    start, end, count = number(rows[0].loss), number(rows[-1].new_loss), len(rows)
    first = f"{quantity(count, 'update')} took the loss from {start} to {end}."
    raised = [str(row.number) for row in rows if row.new_loss > row.loss]
    if not raised:
        return first
    which = f"Update{'s' * (len(raised) > 1)} {', '.join(raised)}"
    which = "Every update" if 1 < len(raised) == count else which
    return f"{first} {which} raised it."


def usual_rate(rule: Optimizer, surface: Surface) -> float:
    """Return a fifth of 2/L to one digit; without one, rules step by about a tenth.

    No more than the function's own rate: 2/L is measured at one place, and others may be steeper.
    """
    limit = curvature(surface).limit
    if not rule.limit_formula or not math.isfinite(limit):
        return max(rule.lr, 0.1)
    return min(allowed(float(f"{limit / 5:.0e}")), surface.rates.get(rule.key, math.inf))


# One step written out


def in_vectors(rule: Optimizer) -> bool:
    """Whether a rule's own lines can be written for all parameters at once.

    Vectors have sums and multiples. A rule that squares or divides them says what came out here,
    and its lines for each parameter alone.
    """
    return rule.linear and bool(rule.lines) and not any(line.value for line in rule.lines)


def arithmetic(rule: Optimizer, rows: Sequence[Row], place: int) -> str:
    """Return the update `rows[place]` with its numbers, in LaTeX."""
    row = rows[place]
    here, there = rf"\theta_{{{row.number - 1}}}", rf"\theta_{{{row.number}}}"
    way = _way(rule, rows, place) if in_vectors(rule) else _outcomes(row, there)
    lines = [
        _line(rf"f({here})", f"f{_tex(row.params)}", (row.loss,)),
        _line(rf"g = \nabla f({here})", values=row.gradient),
        *way,
        _line(rf"f({there})", values=(row.new_loss,)),
    ]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _way(rule: Optimizer, rows: Sequence[Row], place: int) -> Iterator[str]:
    """Yield the rule's lines in vectors, from the gradient to the new parameters."""
    row, nothing = rows[place], tuple(Decimal(0) for _ in rows[place].params)
    before = dict(rows[place - 1].memory) if place else {}
    texts = {symbol: _tex((_decimal(value),)) for symbol, value in by_symbol(rule).items()}
    texts |= {THETA: _tex(row.params), "g": _tex(row.gradient)}
    texts |= {symbol: _tex(before.get(n, nothing)) for symbol, n in rule.memory_names.items()}
    after = {symbol: dict(row.memory)[n] for symbol, n in rule.memory_names.items()}
    after |= {THETA: row.new_params}
    for line in rule.lines:
        values = after[line.symbol]
        # Brackets hold vectors, which have brackets of their own.
        template = line.template.replace("(", r"\big(").replace(")", r"\big)")
        middle = numeric(template, texts, lambda text, *_: text)
        yield _line(f"{line.symbol}_{{{row.number}}}", middle, values)
        texts[line.symbol] = _tex(values)


def _outcomes(row: Row, there: str) -> list[str]:
    """Return what the rule remembers, the step and where it leads."""
    memory = [_line(rf"\text{{{name}}}", values=values) for name, values in row.memory]
    step = _line(r"\text{step}", values=row.step)
    return [*memory, step, _line(there, rf"{_tex(row.params)} + {_tex(row.step)}", row.new_params)]


def _line(left: str, middle: str = "", values: Vector = ()) -> str:
    sign = r"\approx" if any(number(value).startswith("≈") for value in values) else "="
    return (
        f"{left} &= {middle} {sign} {_tex(values)}" if middle else f"{left} &{sign} {_tex(values)}"
    )


def _tex(values: Vector) -> str:
    """Return one number bare, or several in brackets; a line says itself whether it is rounded."""
    texts = [re.sub(r"e([+-])0*(\d+)", _power, number(v).removeprefix("≈")) for v in values]
    return texts[0] if len(texts) == 1 else "(" + r",\; ".join(texts) + ")"


def _power(found: re.Match[str]) -> str:
    sign = found[1].removeprefix("+")
    return rf" \cdot 10^{{{sign}{found[2]}}}"
