"""An update's arithmetic in LaTeX: formulas with the step's numbers in place of their symbols."""

import math
import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.replay import Step
from gdplay.experiment import Run
from gdplay.formulas import braced, numeric
from gdplay.knobs import by_symbol
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import Surface
from gdplay.optimizers import THETA, Line, Optimizer
from gdplay.schedules import RATE, WARM_UP, Schedule
from gdplay.words import escaped, quantity

DIGITS = 4
"""One more than elsewhere, so that what is shown can be checked by hand."""

MOST_DIGITS = 12

_STEP = r"\Delta"
_SILENT = (Line(THETA, rf"<{THETA}> + <{_STEP}>"),)
"""What is shown of a rule that says nothing of its lines."""


def tex(value: float, digits: int = DIGITS) -> str:
    """Return a number in LaTeX, rounded to so many significant digits."""
    if not math.isfinite(value):
        return r"\text{not a number}" if math.isnan(value) else rf"{'-' * (value < 0)}\infty"
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0 or 1e-4 <= abs(rounded) < 1e6:
        return f"{rounded + 0.0:.{max(digits, 7)}g}"
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    factor = f"{float(mantissa):.{digits}g}"
    return ("" if factor == "1" else rf"{factor} \times ") + f"10^{{{int(exponent)}}}"


def agreeing(
    values: Sequence[float], result: Callable[[Array], float], digits: int = DIGITS
) -> int:
    """Return how many digits of `values` give a result's first `digits` by hand, 12 at most."""
    text = tex(result(np.array(values)), digits)
    for fine in range(digits, MOST_DIGITS):
        rounded = np.array([float(f"{value:.{fine}g}") for value in values])
        if tex(result(rounded), digits) == text:
            return fine
    return MOST_DIGITS


def rule_lines(
    rule: Optimizer, step: Step, coordinate: int, digits: int = DIGITS
) -> list[tuple[str, str, str]]:
    """Return a rule's formula, line by line, with the numbers of one parameter.

    Parameters
    ----------
    rule : Optimizer
        Whose update `step` is.
    coordinate : int
        Which parameter.
    digits : int
        Significant digits; the parameter itself gets as many as its step needs to be seen.

    Returns
    -------
    lines : list of (str, str, str)
        What a line sets; its right side in numbers; what came out, empty where nobody knows.
    """
    fine = max(digits, visible(step, coordinate))

    def text(symbol: str, value: float | Array) -> str:
        number = float(value[coordinate] if isinstance(value, np.ndarray) else value)
        return tex(number, fine if symbol == THETA else digits)

    texts = {symbol: text(symbol, value) for symbol, value in _givens(rule, step).items()}
    lines: list[tuple[str, str, str]] = []
    for line in rule.lines or _SILENT:
        outcome = _outcome(rule, line, step)
        result = "" if outcome is None else text(line.symbol, outcome)
        if line.template:
            lines.append((line.symbol.strip("()"), numeric(line.template, texts), result))
        texts |= {line.symbol: result} if result else {}
    return lines


def _givens(rule: Optimizer, step: Step) -> dict[str, float | Array]:
    """Return what is known before the first line, by symbol."""
    vectors = {THETA: step.params, "g": step.gradient, _STEP: step.step}
    return by_symbol(rule) | {r"\eta": step.lr} | rule.memory(step.state) | vectors


def _outcome(rule: Optimizer, line: Line, step: Step) -> float | Array | None:
    """Return what a line comes to, or None where nobody knows."""
    if line.value:
        return line.value(rule, step.gradient, step.state, step.new_state)
    return (rule.memory(step.new_state) | {THETA: step.new_params}).get(line.symbol)


def visible(step: Step, coordinate: int) -> int:
    """Return how many digits of a parameter show its step with three, 12 at most."""
    return showing(float(step.new_params[coordinate]), float(step.step[coordinate]))


def showing(value: float, change: float) -> int:
    """Return how many digits of a value show a change with three; the usual where there is none."""
    size, shift = abs(value), abs(change)
    if not (shift and math.isfinite(size / shift)):
        return DIGITS
    return min(3 + math.ceil(math.log10(max(size / shift, 1))), MOST_DIGITS)


# What stands before the rule


def mean_line(step: Step, coordinate: int, l2: float = 0.0) -> str:
    """Return one parameter's mean gradient in numbers: its rows', and the penalty's."""
    terms = [float(g) for g in step.gradients[:, coordinate]]
    mean = (
        _sum(terms, agreeing(terms, lambda values: float(values.mean())))
        if len(terms) < 5
        else rf"{_sum(terms[:2])} + \cdots{_signed(terms[-1])}"
    )
    if len(terms) > 1:
        mean = rf"\frac{{1}}{{{len(terms)}}} \left( {mean} \right)"
    if step.penalty_gradient[coordinate]:
        param = tex(float(step.params[coordinate]))
        mean += rf" \\ &\quad + {tex(l2)} \cdot {braced(param, '+', '')}"
    result = tex(float(step.gradient[coordinate]))
    return aligned([rf"g &= {mean}" + (f" = {result}" if mean != result else "")])


def _sum(values: Sequence[float], digits: int = DIGITS) -> str:
    return tex(values[0], digits) + "".join(_signed(value, digits) for value in values[1:])


def _signed(value: float, digits: int = DIGITS) -> str:
    text = tex(value, digits)
    return f" - {text[1:]}" if text.startswith("-") else f" + {text}"


def rate_line(run: Run, step: Step, n_updates: int) -> str:
    """Return the rate of an update: the schedule's formula in numbers, and what comes out.

    `n_updates` are those of the whole run.
    """
    lr, schedule = tex(run.optimizer.lr), run.schedule
    numbers = schedule.numbers(step.update, n_updates)
    if not numbers:
        return rf"\eta = {lr}"
    template = WARM_UP if step.update <= schedule.warmup else schedule.template
    line = numeric(
        template, {r"\eta": lr} | {name: tex(value, 7) for name, value in numbers.items()}
    )
    join = r" \\ &= " if width(line) > WIDE else " = "
    return aligned([f"{RATE} &= {line}{join}{tex(step.lr)}"])


def rate_note(schedule: Schedule, update: int, n_updates: int) -> str:
    """Return what the numbers of a schedule's formula are; "" for a steady rate."""
    numbers = schedule.numbers(update, n_updates)
    if not numbers:
        return ""
    if update <= schedule.warmup:
        return f"update u = {quantity(update)} of the w = {quantity(schedule.warmup)} that warm up"
    t, *values = (f"{name} = {value:g}" for name, value in numbers.items())
    less = f" without the {quantity(schedule.warmup)} that warm up" if schedule.warmup else ""
    fields = ", ".join(values).replace(r"\gamma", "γ")
    return f"{t} updates before this one{less}, {fields}"


LOSSES = {"half_mse": (r"\tfrac{1}{2} ", ""), "mse": ("", "2 ")}
"""What stands before a squared residual, and before its slope."""

_SHARE, _LEAST = 1e-9, 1e-12
"""Tolerance: outputs that differ by less, as a share or at all, are the sums that are written."""

_MOST = 3
"""Layout: of vectors longer than this the first numbers are written, then dots."""


def row_symbols(fit: Fit, step: Step) -> str:
    """Return in symbols how a row's prediction, loss and gradient are made."""
    sums = r"\theta_0 + \theta_1 x_i" if fit.n_params == 2 else r"\theta_0 + \sum_j \theta_j x_{ij}"
    lines = [r"\ell_i &= -\ln p_i", r"g_i &= \nabla_{\theta}\, \ell_i"]
    if fit.objective in LOSSES:
        half, twice = LOSSES[fit.objective]
        lines = [
            rf"\hat y_i &= {sums}",
            rf"\ell_i &= {half}(\hat y_i - y_i)^2",
            rf"g_i &= {twice}(\hat y_i - y_i)\,(1, x_i)",
        ]
    elif _one_score(fit, step):
        lines = [
            rf"z_i &= {sums},\quad \hat p_i = \frac{{1}}{{1 + e^{{-z_i}}}}",
            r"\ell_i &= -\ln p_i,\quad p_i = \hat p_i \text{ or } 1 - \hat p_i",
            r"g_i &= (\hat p_i - y_i)\,(1, x_i)",
        ]
    elif _many_scores(fit, step):
        lines = [
            r"z_{ik} &= \theta_k \cdot (1, x_i)",
            r"p_{ik} &= e^{z_{ik}} / \textstyle\sum_j e^{z_{ij}}",
            r"\ell_i &= -\ln p_i,\quad p_i = p_{ik} \text{ of its class}",
            r"g_{ik} &= (p_{ik} - [k \text{ is its class}])\,(1, x_i)",
        ]
    return aligned(lines)


def row_words(fit: Fit, step: Step) -> str:
    """Return in Markdown what the symbols of a row's formulas stand for."""
    own = {r"\hat y": "prediction"} if fit.objective in LOSSES else {}
    if fit.objective not in LOSSES and _one_score(fit, step):
        own = {
            "z": "score",
            r"\hat p": f"probability of {escaped(fit.data.class_names[1])} (y = 1)",
        }
    elif _many_scores(fit, step):
        own = {"z": "a class’s score", "p": "its probability"}
    words = own | {r"\ell": "loss", "g": "gradient", THETA: "parameters"}
    return " · ".join(f"${symbol}$: {word}" for symbol, word in words.items())


def slope_lines(surface: Surface, params: Array, place: int) -> str:
    """Return a function's slope along one parameter: in symbols, in numbers, what it comes to."""

    def slope(values: Array) -> float:
        return float(surface.gradient(values)[place])

    here = [float(value) for value in params]
    digits = agreeing(here, slope)
    texts = {
        symbol: tex(value, digits) for symbol, value in zip(surface.symbols, here, strict=True)
    }
    symbols, template = surface.slopes[place], surface.slope_templates[place]
    left = rf"g &= \partial f / \partial {surface.symbols[place]}"
    if not template:
        return aligned([f"{left} = {tex(slope(np.array(here)))}"])
    return aligned([
        f"{left} = {symbols}", f"&= {numeric(template, texts)}", f"&= {tex(slope(np.array(here)))}",
    ])  # fmt: skip


def _one_score(fit: Fit, step: Step) -> bool:
    """Whether a row's output is the bias plus its weighted columns, so that it can be shown."""
    if step.outputs is None or step.outputs.ndim > 1 or fit.n_params != fit.X.shape[1] + 1:
        return False
    sums = step.params[0] + fit.X[step.rows] @ step.params[1:]
    return bool(np.allclose(step.outputs, sums, _SHARE, _LEAST))


def _many_scores(fit: Fit, step: Step) -> bool:
    """Whether a row has an output per class, each a bias plus its weighted columns."""
    if step.outputs is None or step.outputs.ndim != 2:
        return False
    width = fit.X.shape[1] + 1
    if fit.n_params != width * step.outputs.shape[1]:
        return False
    by_class = step.params.reshape(-1, width)
    sums = by_class[:, 0] + fit.X[step.rows] @ by_class[:, 1:].T
    return bool(np.allclose(step.outputs, sums, _SHARE, _LEAST))


def row_numbers(fit: Fit, step: Step) -> str:
    """Return the first row's prediction, loss and gradient in numbers; empty where unknown."""
    loss, x = float(step.losses[0]), fit.X[step.rows[0]]
    if step.outputs is None or not np.isfinite(loss):
        return ""
    out, own = step.outputs[0], rf"-\ln {tex(math.exp(-loss))} = {tex(loss)}"
    ones, slopes = vector([1.0, *x]), vector(step.gradients[0])
    y = float(fit.y[step.rows[0]])
    if _many_scores(fit, step):
        return _own_class(fit, step, int(y), own)
    if not _one_score(fit, step):
        return aligned([rf"\ell &= {own}", rf"g &= {slopes}"])
    if fit.objective in LOSSES:
        half, twice = LOSSES[fit.objective]
        # As many digits of the prediction as its difference to the target needs.
        share = 0.5 if half else 1.0
        digits = agreeing([float(out), y], lambda pair: float(share * (pair[0] - pair[1]) ** 2))
        residual = f"{tex(float(out), digits)}{_signed(-y, digits)}"
        return aligned([
            rf"\hat y &= {weighted(step.params, x, digits)} = {tex(float(out), digits)}",
            rf"\ell &= {half}({residual})^2 = {tex(loss)}",
            rf"g &= {twice}({residual}) \cdot {ones} = {slopes}",
        ])  # fmt: skip
    chance = tex(math.exp(-loss) if y else 1 - math.exp(-loss))
    score = f"{weighted(step.params, x)} = {tex(float(out))}"
    return aligned([
        rf"z &= {score},\quad \hat p = {chance}",
        rf"\ell &= {own}",
        rf"g &= ({chance} - {tex(y)}) \cdot {ones} = {slopes}",
    ])  # fmt: skip


def _own_class(fit: Fit, step: Step, k: int, loss: str) -> str:
    """Return the first row's score, chance, loss and gradient for its own class, in numbers."""
    assert step.outputs is not None
    out, x = step.outputs[0], fit.X[step.rows[0]]
    params, slopes = (
        values.reshape(len(out), -1)[k] for values in (step.params, step.gradients[0])
    )
    chance = float(np.exp(out[k] - np.logaddexp.reduce(out)))
    with np.errstate(over="ignore"):
        all_of_them = float(np.exp(out).sum())
    parts = rf"\frac{{e^{{{tex(float(out[k]))}}}}}{{{tex(all_of_them)}}} = "
    return aligned([
        rf"z_k &= {weighted(params, x)} = {tex(float(out[k]))}",
        rf"p_k &= {parts if math.isfinite(all_of_them) else ''}{tex(chance)}",
        rf"\ell &= {loss}",
        rf"g_k &= ({tex(chance)} - 1) \cdot {vector([1.0, *x])} = {vector(slopes)}",
    ])  # fmt: skip


def weighted(params: Array, x: Array, digits: int = DIGITS) -> str:
    """Return a bias and weighted columns as a sum that can be checked; what is too long is cut."""
    whole, n = len(x) < _MOST, min(len(x), _MOST - 1)
    terms = [float(value) for value in (*params[: n + 1], *x[:n])]
    if whole:
        digits = agreeing(terms, lambda v: float(v[0] + v[1 : n + 1] @ v[n + 1 :]), digits)
    bias, *texts = (tex(value, digits) for value in terms)
    pairs = zip(texts[:n], texts[n:], strict=True)
    parts = [rf"{braced(p, '+', '')} \cdot {braced(v, '.', '')}" for p, v in pairs]
    return " + ".join([bias, *parts, *([] if whole else [r"\cdots"])])


def vector(values: Iterable[float]) -> str:
    """Return numbers in brackets; what is too long is cut."""
    texts = [tex(float(value)) for value in values]
    more = [r"\dots"] if len(texts) > _MOST else []
    return f"({', '.join([*texts[:_MOST], *more])})"


def aligned(lines: Sequence[str]) -> str:
    """Return lines of LaTeX under each other, aligned at their ampersands."""
    return r"\begin{aligned} " + r" \\[3pt] ".join(lines) + r" \end{aligned}"


WIDE = 42
"""Layout: a line of more visible signs than this is broken before its result, and at a fraction."""


def width(latex: str) -> int:
    """Return about how many visible signs the longest line of a formula has."""
    lines = latex.replace(r"\begin{aligned}", "").replace(r"\end{aligned}", "").split(r"\\")
    signs = (re.sub(r"\\(frac|sqrt|left|right|quad)|\[3pt\]|[{}&\s]", "", line) for line in lines)
    return max(len(re.sub(r"\\[a-z]+", "xx", line)) for line in signs)


def _broken(numbers: str) -> str:
    """Return a line with what is taken off by a fraction on a line of its own."""
    head, _, rest = numbers.partition(" - ")
    inside = "(" in head or r"\frac" in head
    return numbers if inside or r"\frac" not in rest else rf"{head} \\ &\quad - {rest}"


def written_out(rule: Optimizer, step: Step, coordinate: int) -> str:
    """Return a rule's lines in the numbers of one parameter."""
    lines = []
    for symbol, numbers, result in rule_lines(rule, step, coordinate):
        join = " = "
        if width(f"{numbers}{result}") > WIDE:
            join, numbers = r" \\ &= ", _broken(numbers)
        lines.append(rf"{symbol} &= {numbers}" + (join + result if result else ""))
    return aligned(lines)
