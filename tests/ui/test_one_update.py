"""The One update page: its numbers are those of the run, its pictures and sentences too."""

import json
import math
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine.replay import batch_loss, replay
from gdplay.figures import THEMES
from gdplay.figures.fits import kind
from gdplay.figures.one_update import ARROW, arrows, chance, data_view, ghost, map_view
from gdplay.figures.theme import RUN_COLORS
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.studies.one_update import verdict
from gdplay.teaching import arithmetic
from gdplay.teaching.defaults import default_experiment, models_for
from gdplay.ui import address as views
from gdplay.ui import tiles
from gdplay.ui.compare.view import View
from gdplay.ui.one_update import page as one_update
from gdplay.ui.one_update.numbers import (
    params_rows,
    rate_note,
    rows_table,
    showing_change,
    telling,
    titles,
)
from gdplay.ui.one_update.page import UpdateView
from gdplay.words import number
from tests import ROOT

ROUTER, PAGE = ROOT / "gdplay/ui/router.py", ROOT / "pages/one_update.py"
LINE = default_experiment()
FITS = {
    f"{dataset.key} {model.key}": replace(
        base,
        problem=replace(base.problem, model=model, objective=None),
        start=None,
        epochs=2,
    )
    for dataset in gd.DATASETS.values()
    for base in [default_experiment(dataset)]
    for model in models_for(dataset)
}
SURFACES = {
    key: gd.Experiment(surface, (gd.Run(gd.Momentum(lr=1e-3)),), surface.start, epochs=9)
    for key, surface in gd.SURFACES.items()
}
EVERYTHING = FITS | SURFACES
LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
every_rule = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=list(OPTIMIZERS))


def with_rule(rule: Optimizer, **more: Any) -> gd.Experiment:
    return replace(LINE, runs=(gd.Run(replace(rule, lr=0.03), 32, **more),), epochs=4)


@cache
def trained(experiment: gd.Experiment) -> tuple[gd.Trace, ...]:
    return gd.train(experiment)


@cache
def ground(experiment: gd.Experiment) -> gd.Landscape:
    traces = trained(experiment)
    plane = gd.plane_of(experiment, traces)
    return gd.landscape(experiment.problem, plane, gd.box_of(experiment, traces, plane), 12)


# The arithmetic: what stands right of the equals sign, worked out again, is what stands behind it


def worked_out(tex: str) -> float:
    """Return what an expression in LaTeX comes to."""
    text = re.sub(r"\\[td]?frac *\{", r"FRAC{", tex)
    while "FRAC{" in text:
        start = text.index("FRAC{")
        top, bottom_at = braced(text, start + 4)
        bottom, end = braced(text, re.compile(r"\s*").match(text, bottom_at).end())  # type: ignore[union-attr]
        text = f"{text[:start]}(({top})/({bottom})){text[end:]}"
    for name, python in {
        r"\sqrt": "sqrt", r"\max": "max", r"\operatorname{sign}": "sign", r"\left": "",
        r"\right": "", r"\cdot": "*", r"\times": "*", "^": "**", "{": "(", "}": ")",
        r"\lfloor": "floor(", r"\rfloor": ")", r"\cos": "cos", r"\min": "min", r"\pi": "pi*",
    }.items():  # fmt: skip
        text = text.replace(name, python)
    text = re.sub(r"\)\s*\(", ")*(", text)
    names = {"sqrt": math.sqrt, "max": max, "min": min, "sign": np.sign, "floor": math.floor}
    names |= {"cos": math.cos, "pi": math.pi}
    return float(eval(text, {"__builtins__": {}}, names))


def braced(text: str, at: int) -> tuple[str, int]:
    """Return what stands in the braces that open at a place, and where they end."""
    assert text[at] == "{", text[at:]
    depth = 0
    for i in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if not depth:
            return text[at + 1 : i], i + 1
    raise AssertionError(text)


@every_rule
@pytest.mark.parametrize("update", [1, 9])
def test_every_line_of_every_rule_comes_to_what_it_says(rule: Optimizer, update: int) -> None:
    if hasattr(rule, "weight_decay"):
        rule = replace(rule, weight_decay=0.1)
    experiment = with_rule(rule)
    step = replay(experiment, 0, update)
    for coordinate in (0, 1):
        lines = arithmetic.rule_lines(experiment.runs[0].optimizer, step, coordinate, digits=17)
        for symbol, numbers, result in lines:
            assert result, f"{symbol} has no number"
            assert worked_out(numbers) == pytest.approx(worked_out(result), rel=1e-12, abs=1e-14)
            assert not re.search(r"\\(theta|eta|beta|rho|mu|epsilon|lambda|psi|prod)", numbers)


@every_rule
def test_a_rules_last_number_is_the_runs_parameter_and_its_state_is_the_runs(
    rule: Optimizer,
) -> None:
    experiment = with_rule(rule)
    step = replay(experiment, 0, 5)
    trace = trained(experiment)[0]
    rule = experiment.runs[0].optimizer
    for coordinate in (0, 1):
        lines = {s: r for s, _, r in arithmetic.rule_lines(rule, step, coordinate, digits=17)}
        assert worked_out(lines[r"\theta"]) == pytest.approx(trace.path[5, coordinate], rel=1e-12)
        after = arithmetic.named(rule, step.new_state)
        for name in {"m", "v", "u"} & after.keys():
            assert worked_out(lines[name]) == pytest.approx(after[name][coordinate], rel=1e-12)


@every_rule
@pytest.mark.parametrize("update", [1, 9])
def test_a_long_line_is_broken_without_losing_anything(rule: Optimizer, update: int) -> None:
    experiment = with_rule(rule)
    rule, step = experiment.runs[0].optimizer, replay(experiment, 0, update)
    text = arithmetic.written_out(rule, step, 0)
    body = text.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}")
    for line in re.split(r"\\\\(?:\[3pt\])?", body):
        assert line.count("{") == line.count("}")
        assert line.count(r"\left") == line.count(r"\right")
    whole = [f"{s} &= {n} = {r}" for s, n, r in arithmetic.rule_lines(rule, step, 0)]
    joined = body.replace(r" \\ &= ", " = ").replace(r" \\ &\quad - ", " - ")
    assert joined == r" \\[3pt] ".join(whole)
    if rule.key == "adam":
        assert r"\\ &\quad - " in body


@every_rule
def test_a_formula_is_shown_line_by_line(rule: Optimizer) -> None:
    step = replay(with_rule(rule), 0, 3)
    symbols = [symbol for symbol, *_ in arithmetic.rule_lines(rule, step, 0)]
    assert [s for s in symbols if not s.startswith("1 -")] == [
        re.split(r"\\leftarrow|=", line)[0].replace("&", "").strip()
        for line in re.sub(r"\\(begin|end)\{aligned\}", "", rule.formula).split(r"\\")
        if line.strip()
    ]


def test_corrections_for_a_start_at_zero_are_told() -> None:
    experiment = with_rule(gd.Adam())
    lines = arithmetic.rule_lines(experiment.runs[0].optimizer, replay(experiment, 0, 12), 0)
    told = {symbol: (numbers, result) for symbol, numbers, result in lines}
    assert told[r"1 - \beta_1^t"] == ("1 - {0.9} ^ {12}", "0.7176")
    assert told[r"1 - \beta_2^t"] == ("1 - {0.999} ^ {12}", "0.01193")
    numbers, _ = told[r"\theta"]
    assert "/ { 0.7176 }" in numbers
    assert "/ { 0.01193 }" in numbers


@dataclass(frozen=True)
class Halving(Optimizer):
    """A rule that nobody prepared the page for."""

    key = "halving"
    title = "Halving"
    formula = r"h &\leftarrow \kappa h + g \\ \theta &\leftarrow \theta - \eta\, q\, h"

    def init(self, params: Any) -> Any:
        return np.zeros_like(params)

    def update(self, grad: Any, state: Any, params: Any, lr: Any) -> Any:
        state = 0.5 * state + grad
        return -lr * state, state


class Mute(Halving):
    """A rule without a formula."""

    formula = ""


def test_a_new_rule_is_shown_as_far_as_it_tells() -> None:
    step = replay(with_rule(Halving()), 0, 3)
    (h, theta) = arithmetic.rule_lines(Halving(), step, 0, 17)
    assert h[0] == "h"
    assert r"\kappa" in h[1], "a symbol that nobody knows stays"
    assert float(h[2]) == pytest.approx(step.new_state[0], rel=1e-12)
    assert float(theta[2]) == pytest.approx(step.new_params[0], rel=1e-12)
    ((symbol, numbers, result),) = arithmetic.rule_lines(Mute(), step, 0, 17)
    assert symbol == r"\theta"
    assert worked_out(numbers) == pytest.approx(float(result), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (2.0, "2"), (-3.14159, "-3.142"), (12345.6, "12350"),
        (1e-8, "10^{-8}"), (-1e-5, r"-1 \times 10^{-5}"), (2.5e-7, r"2.5 \times 10^{-7}"),
        (9.99999e-5, "0.0001"), (1234567.0, r"1.235 \times 10^{6}"),
        (math.inf, r"\infty"), (-math.inf, r"-\infty"), (math.nan, r"\text{not a number}"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_people_write_it(value: float, text: str) -> None:
    assert arithmetic.tex(value) == text


def test_a_parameter_has_the_digits_that_show_its_step() -> None:
    experiment = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e-6), 32),), epochs=1)
    step = replay(experiment, 0, 2)
    (line,) = arithmetic.rule_lines(experiment.runs[0].optimizer, step, 0)
    assert float(line[2]) - float(line[1].split("}")[0][1:]) == pytest.approx(
        step.step[0], rel=1e-2
    )


@pytest.mark.parametrize("batch", [1, 3, 32, None])
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_the_mean_is_told_with_the_penalty(batch: int | None, l2: float) -> None:
    problem = replace(LINE.problem, l2=l2)
    experiment = replace(LINE, problem=problem, runs=(gd.Run(gd.SGD(lr=0.03), batch),))
    step = replay(experiment, 0, 2)
    for coordinate in (0, 1):
        text = arithmetic.mean_line(step, coordinate, l2)
        assert tail(text) == pytest.approx(step.gradient[coordinate], rel=1e-3)
        assert (r"0.5 \cdot" in text) == bool(l2 and coordinate)
        if len(step.rows) < 5:
            bare = re.sub(r"\\(begin|end)\{aligned\}|&|\\\\(\[3pt\])?|\\quad", "", text)
            for side in bare.split("=")[1:]:
                assert worked_out(side) == pytest.approx(step.gradient[coordinate], rel=1e-3)


def tail(text: str) -> float:
    """Return the number that a line of LaTeX ends with."""
    return worked_out(re.sub(r"\\end\{aligned\}|[()]", "", text).split("=")[-1])


@pytest.mark.parametrize("schedule", gd.SCHEDULES.values(), ids=list(gd.SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 9])
def test_the_rate_is_the_schedules(schedule: Any, warmup: int) -> None:
    experiment = with_rule(gd.SGD(), schedule=replace(schedule, warmup=warmup))
    run = experiment.runs[0]
    for update in (5, 9, 10, 12):
        step = replay(experiment, 0, update)
        told = re.sub(r"\\(begin|end)\{aligned\}|&|\\\\", "", arithmetic.rate_line(run, step, 28))
        numbers, result = told.split("=")[-2:]
        numbers = numbers.replace(r"\eta ", result)  # a steady rate is told as it is
        assert float(result) == pytest.approx(step.lr, rel=1e-3)
        assert worked_out(numbers) == pytest.approx(step.lr, rel=1e-3)
        assert not re.search(r"\\(eta|gamma)", numbers)


@pytest.mark.parametrize("schedule", gd.SCHEDULES.values(), ids=list(gd.SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 3])
@pytest.mark.parametrize("update", [2, 3, 4, 7])
def test_the_rate_can_be_worked_out_from_what_is_noted(
    schedule: Any, warmup: int, update: int
) -> None:
    schedule = replace(schedule, warmup=warmup)
    (factor,) = schedule.factors(28, update - 1, update)
    note = rate_note(schedule, update, 28)
    if update <= warmup:
        u, w = map(int, re.findall(r"= (\d+)", note))
        assert u / (w + 1) == pytest.approx(factor)
        return
    n = {name: float(value) for name, value in re.findall(r"(\w) = ([\d.]+)", note)}
    assert bool(n) == (schedule.key != "constant")
    assert factor == pytest.approx({
        "constant": lambda: 1.0,
        "step": lambda: n["γ"] ** (n["t"] // n["k"]),
        "exponential": lambda: n["γ"] ** n["t"],
        "inverse": lambda: 1 / (1 + n["t"] / n["h"]),
        "cosine": lambda: n["f"] + (1 - n["f"]) / 2 * (1 + math.cos(math.pi * n["t"] / n["T"])),
    }[schedule.key]())  # fmt: skip


@pytest.mark.parametrize("name", SURFACES)
def test_a_surfaces_slopes_are_worked_out(name: str) -> None:
    surface = gd.SURFACES[name]
    symbols = [re.sub(r"(\d+)$", r"_\1", name) for name in surface.param_names]
    for point in ((-1.5, 0.25), (0.5, -2.0)):
        slopes = surface.gradient(np.array(point))
        here = dict(zip(symbols, point, strict=True))
        for symbol, slope, value in zip(symbols, surface.slopes, slopes, strict=True):
            i = symbols.index(symbol)
            text = arithmetic.slope_lines(
                symbol, slope, here, lambda params, i=i: float(surface.gradient(params)[i])
            )
            _, numbers, result = text.replace(r"\end{aligned}", "").split("&=")[1:]
            numbers = numbers.replace(r"\\[3pt]", "")
            assert not re.search(r"[a-z]", numbers.replace(r"\cdot", ""))
            assert worked_out(numbers) == pytest.approx(float(value), rel=1e-12)
            assert worked_out(result) == pytest.approx(float(value), rel=1e-3)


@pytest.mark.parametrize("objective", ["half_mse", "mse"])
def test_the_first_row_is_worked_out(objective: str) -> None:
    problem = replace(LINE.problem, objective=objective)
    step = replay(replace(LINE, problem=problem), 1, 3)
    text = arithmetic.row_numbers(problem, step)
    guess, loss, slope = re.sub(r"\\(begin|end)\{aligned\}|&", "", text).split(r"\\[3pt]")
    for line, value in ((guess, step.predictions[0]), (loss, step.losses[0])):  # type: ignore[index]
        _, numbers, result = line.split("=")
        assert worked_out(numbers.replace("2 (", "2 * (")) == pytest.approx(float(result), rel=5e-3)
        assert float(result) == pytest.approx(float(value), rel=1e-3)
    slopes = [float(v) for v in slope.split("=")[-1].strip(" ()").split(",")]
    assert slopes == pytest.approx(step.gradients[0], rel=1e-3)
    assert ("2 (" in arithmetic.row_symbols(problem, step)) == (objective == "mse")


@pytest.mark.parametrize("name", FITS)
def test_every_model_tells_how_its_first_row_is_made(name: str) -> None:
    experiment = FITS[name]
    step = replay(experiment, 1, 2)
    text = arithmetic.row_numbers(experiment.problem, step)
    (loss,) = re.findall(r"\\ell &= .*? = ([^\\]*?) \\\\", text)
    assert float(loss) == pytest.approx(step.losses[0], rel=1e-3)
    slopes = step.gradients[0]
    if step.outputs is not None and step.outputs.ndim == 2 and "z_k" in text:
        k = int(experiment.problem.y[step.rows[0]])
        slopes = slopes.reshape(step.outputs.shape[1], -1)[k]
        (score,) = re.findall(r"z_k &= .*? = ([^\\]*?) \\\\", text)
        assert float(score) == pytest.approx(step.outputs[0, k], rel=1e-3)
        parts, chance = re.findall(r"p_k &= (.*?) = ([^\\]*?) \\\\", text)[0]
        assert worked_out(parts.replace("e^", "2.718281828459045^")) == pytest.approx(
            float(chance), rel=2e-3
        )
        assert float(chance) == pytest.approx(math.exp(-step.losses[0]), rel=1e-3)
        assert f"({chance} - 1)" in text
    assert arithmetic.vector(slopes) in text
    symbols = arithmetic.row_symbols(experiment.problem, step)
    assert {"logistic": r"\hat p_i", "softmax": "p_{ik}", "linear": r"\hat y_i"}[
        experiment.problem.model.key
    ] in symbols
    for symbol in re.findall(r"\$(.*?)\$", arithmetic.row_words(experiment.problem, step)):
        assert symbol in symbols + r"\theta"


def test_parameters_are_named_with_the_symbol_that_the_formulas_give_them() -> None:
    assert titles(LINE.problem) == ["bias, θ₀", "x, θ₁"]
    assert titles(FITS["iris softmax"].problem) == list(FITS["iris softmax"].problem.param_names)
    assert titles(SURFACES["bowl"].problem) == ["x", "y"]


def test_the_probability_told_is_that_of_the_second_class() -> None:
    base = FITS["moons logistic"]
    for update in range(1, 7):
        step = replay(base, 2, update)
        text = arithmetic.row_numbers(base.problem, step)
        p = float(re.findall(r"\\hat p = ([\d.]+)", text)[0])
        assert p == pytest.approx(1 / (1 + math.exp(-step.outputs[0])), rel=1e-3)
        own, y = re.findall(r"\\ln ([\d.]+)", text)[0], base.problem.y[step.rows[0]]
        assert float(own) == pytest.approx(p if y else 1 - p, rel=1e-3)


def test_lines_in_which_terms_cancel_have_the_digits_to_check_them() -> None:
    # Far along the valley y is nearly x squared.
    surface = gd.SURFACES["rosenbrock"]
    here = {"x": -1.069087, "y": 1.13035}
    for i, (name, slope) in enumerate(zip(here, surface.slopes, strict=True)):
        text = arithmetic.slope_lines(
            name, slope, here, lambda params, i=i: float(surface.gradient(params)[i])
        )
        _, numbers, result = text.replace(r"\end{aligned}", "").split("&=")[1:]
        by_hand = worked_out(numbers.replace(r"\\[3pt]", ""))
        assert arithmetic.tex(by_hand) == result.strip()


@pytest.mark.parametrize("update", range(955, 970))
def test_what_is_printed_of_the_first_row_gives_what_is_printed_of_its_prediction(
    update: int,
) -> None:
    step = replay(LINE, 2, update)
    text = arithmetic.row_numbers(LINE.problem, step)
    guess, loss, _ = re.sub(r"\\(begin|end)\{aligned\}|&", "", text).split(r"\\[3pt]")
    for line in (guess, loss):
        _, numbers, result = line.split("=")
        digits = max(4, len(re.sub(r"^0\.0*|\.", "", result.strip().lstrip("-"))))
        assert arithmetic.tex(worked_out(numbers), digits) == result.strip()


@pytest.mark.parametrize("rule", [gd.SGD(lr=1e-6), gd.AdaGrad(lr=0.1), gd.Adam(lr=1e-4)])
def test_the_table_shows_by_how_much_each_number_changed(rule: Optimizer) -> None:
    experiment = replace(LINE, runs=(gd.Run(rule, 32),), epochs=4)
    step = replay(experiment, 0, 28)
    heads, rows = params_rows(experiment.runs[0], step, LINE.problem.param_names, 200)
    pairs = [head for head in heads if head.endswith("before")]
    assert len(pairs) == {"sgd": 1, "adagrad": 2, "adam": 3}[rule.key]
    for row in rows:
        cells = dict(zip(heads, showing_change(heads, row), strict=True))
        for head in pairs:
            before, after = cells[head], cells[f"{head.removesuffix('before')}after"]
            told = float(number(*after)) - float(number(*before))
            assert told == pytest.approx(after.value - before.value, rel=2e-2)


def test_numbers_too_long_for_a_column_stand_under_each_other() -> None:
    for rule, wide in ((gd.SGD(lr=0.03), False), (gd.AdamW(lr=0.03), True)):
        experiment = with_rule(rule)
        line = arithmetic.written_out(rule, replay(experiment, 0, 9), 0)
        assert (arithmetic.width(line) > arithmetic.WIDE + 4) == wide


# Tables


@pytest.mark.parametrize("name", FITS)
def test_the_tables_rows_are_the_batchs(name: str) -> None:
    problem, step = FITS[name].problem, replay(FITS[name], 1, 2)
    heads, rows = rows_table(problem, step, slice(None), most=10_000)
    assert len({len(row) for row in (heads, *rows)}) == 1
    assert [row[0] for row in rows] == step.rows.tolist()
    losses = [row[heads.index("loss")] for row in rows]
    assert losses == step.losses.tolist()
    width = len(problem.param_names)
    assert np.array_equal([row[-width:] for row in rows], step.gradients)
    assert np.array_equal([row[1 : 1 + problem.X.shape[1]] for row in rows], problem.X[step.rows])
    short, some = rows_table(problem, step, slice(8))
    assert len(some) == min(8, len(step.rows))
    assert len(short) <= 14


def test_parameters_are_told_with_what_the_rule_remembers() -> None:
    experiment = with_rule(gd.Adam())
    step = replay(experiment, 0, 5)
    heads, rows = params_rows(experiment.runs[0], step, ("bias", "x"), 200)
    table = {head: [row[i] for row in rows] for i, head in enumerate(heads)}
    assert table["parameter"] == ["bias", "x"]
    for head, numbers in {
        "gradient": step.gradient, "all rows’ gradient": step.full_gradient,
        "m before": step.state.m, "m after": step.new_state.m, "v after": step.new_state.v,
        "before": step.params, "step": step.step, "after": step.new_params,
    }.items():  # fmt: skip
        assert np.array_equal(table[head], numbers)
    whole = params_rows(LINE.runs[0], replay(LINE, 0, 1), ("bias", "x"), 200)
    assert "all rows’ gradient" not in whole[0]


def test_parameters_with_a_slope_are_written_out_first() -> None:
    step = replay(FITS["digits softmax"], 1, 2)
    assert step.full_gradient[1] == 0, "a corner that is always white"
    assert telling(step) == [0, 2]


# Words


def test_the_verdict_is_true_of_every_update_of_a_noisy_run() -> None:
    seen = set()
    for update in range(500, 560):
        step = replay(LINE, 2, update)
        said = verdict(step, 200)
        rose, own = step.new_full_loss > step.full_loss, step.new_loss > step.loss
        assert f"**{'raised' if rose else 'lowered'}** the loss over all rows" in said
        assert f"own loss {'rose' if own else 'fell'} from" in said
        assert ("although" in said) == (rose != own)
        numbers = [
            float(n.replace(" × 10", "e").translate(LOWERED).rstrip("., "))
            for n in re.findall(r"(?:from|to) ([\d.]+(?: × 10[⁻⁰-⁹]+)?)", said)
        ]
        losses = [step.full_loss, step.new_full_loss, step.loss, step.new_loss]
        assert numbers == pytest.approx(losses, rel=6e-3)
        assert len(set(numbers[:2])) == len(set(numbers[2:])) == 2, "each change can be seen"
        cosine = step.gradient @ step.full_gradient
        cosine /= np.linalg.norm(step.gradient) * np.linalg.norm(step.full_gradient)
        if "half a degree" not in said:
            degrees = float(re.findall(r"points (\d+)°", said)[0])
            assert degrees == pytest.approx(math.degrees(math.acos(cosine)), abs=0.51)
        assert ("starts uphill" in said) == (cosine < 0)
        seen.add((rose, own, cosine < 0))
    assert {rose for rose, *_ in seen} == {True, False}
    assert {uphill for *_, uphill in seen} == {True, False}


def test_the_full_batch_and_surfaces_are_not_compared_with_themselves() -> None:
    assert "so its gradient is the full one" in verdict(replay(LINE, 0, 1), 200)
    said = verdict(replay(SURFACES["bowl"], 0, 1), 1)
    assert re.fullmatch(r"This update \*\*lowered\*\* the loss from 25 to \S+\.", said)


def test_an_update_that_changes_nothing_is_not_called_a_fall() -> None:
    start = tuple(LINE.problem.minimum().tolist())
    step = replay(replace(LINE, start=start), 0, 1)
    assert "left the loss over all rows at" in verdict(step, 200)


def test_a_diverging_update_is_told() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1), gd.Run(gd.SGD(lr=60.0))), epochs=200)
    trace = trained(wild)[0]
    said = verdict(replay(wild, 0, trace.diverged_at[0]), 200)
    assert "overflowed" in said
    assert "**raised**" in verdict(replay(wild, 0, trace.diverged_at[0] - 1), 200)
    at = trained(wild)[1].diverged_at[0]
    assert "**raised**" in verdict(replay(wild, 1, at), 200)


# Pictures


def named(figure: Any, name: str) -> Any:
    found = [trace for trace in figure.data if trace.name == name]
    assert len(found) == 1, [trace.name for trace in figure.data]
    return found[0]


def test_the_batchs_rows_are_lit_on_the_data() -> None:
    step = replay(LINE, 1, 5)
    figure = data_view(LINE, step, 1)
    lit = named(figure, "this batch")
    assert lit.x == pytest.approx(LINE.problem.X[step.rows, 0], rel=1e-6)
    assert lit.y == pytest.approx(LINE.problem.y[step.rows], rel=1e-6)
    assert lit.marker.color == RUN_COLORS[1]
    assert lit.marker.size > named(figure, "rows").marker.size


def test_the_line_before_and_after_is_the_models() -> None:
    step = replay(LINE, 1, 5)
    figure = data_view(LINE, step, 1)
    for name, params in (("before", step.params), ("after", step.new_params)):
        way = named(figure, name)
        assert way.y == pytest.approx(params[0] + params[1] * way.x, rel=1e-5)
    assert named(figure, "before").line.dash == "dash"


def test_residuals_run_from_each_row_to_what_was_predicted() -> None:
    step = replay(LINE, 1, 5)
    gaps = named(data_view(LINE, step, 1), "residuals")
    ends = np.asarray(gaps.y).reshape(-1, 3)
    assert ends[:, 0] == pytest.approx(LINE.problem.y[step.rows], rel=1e-6)
    assert ends[:, 1] == pytest.approx(step.predictions, rel=1e-6)
    assert np.isnan(ends[:, 2]).all()
    many = replay(LINE, 0, 1)
    assert "residuals" not in [t.name for t in data_view(LINE, many, 0).data]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("name", FITS)
def test_every_fit_is_drawn_with_its_batch(name: str, theme: Any) -> None:
    experiment = FITS[name]
    step = replay(experiment, 1, 2)
    figure = data_view(experiment, step, 1, theme=theme)
    lit = named(figure, "this batch")
    assert len(lit.x) == len(step.rows)
    assert lit.marker.color == theme.run_color(1)
    if kind(experiment.problem) == "predicted":
        guess = experiment.problem.predict(step.new_params, experiment.problem.X[step.rows])
        assert lit.y == pytest.approx(guess, rel=1e-5)
        assert named(figure, "before").y == pytest.approx(step.predictions, rel=1e-5)
    if kind(experiment.problem) == "confusion":
        assert named(figure, "before").y == pytest.approx(np.exp(-step.losses), rel=1e-5)
        assert np.array_equal(np.round(lit.x), experiment.problem.y[step.rows])
    if kind(experiment.problem) == "regions":
        raw = experiment.problem.data.X[experiment.problem.prepared.train_rows[step.rows]]
        assert np.column_stack([lit.x, lit.y]) == pytest.approx(raw, rel=1e-5)
        each = 1 if experiment.problem.n_classes == 2 else experiment.problem.n_classes
        assert [t.name for t in figure.data].count("after") == each


def test_the_boundary_is_where_two_classes_are_even() -> None:
    experiment = FITS["moons logistic"]
    step = replay(experiment, 1, 2)
    after = named(data_view(experiment, step, 1), "after")
    assert (after.contours.start, after.contours.end) == (0, 0)
    x, y = np.meshgrid(after.x, after.y)
    grid = experiment.problem.transform(np.column_stack([x.ravel(), y.ravel()]))
    classes = experiment.problem.predict(step.new_params, grid)
    assert np.array_equal(np.asarray(after.z).ravel() > 0, classes == 1)


@pytest.mark.parametrize("name", ["moons logistic", "iris softmax"])
def test_the_chance_of_a_rows_class_is_what_its_loss_says(name: str) -> None:
    problem = replace(FITS[name].problem, l2=0.0)
    params = np.linspace(-1, 1, problem.n_params)
    assert -np.log(chance(problem, params)).mean() == pytest.approx(problem.loss(params), rel=1e-9)


def test_the_ghost_is_the_batchs_own_loss() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    assert own is not None
    for i, j in ((0, 0), (3, 20), (40, 7)):
        params = land.plane.params(np.array([own.x[i], own.y[j]]))
        assert own.loss[j, i] == pytest.approx(batch_loss(LINE.problem, params, step.rows))
    assert (own.x[0], own.x[-1], own.y[0], own.y[-1]) == (
        land.x[0], land.x[-1], land.y[0], land.y[-1]
    )  # fmt: skip


def test_the_batchs_minimum_is_least_squares_on_its_rows() -> None:
    step, land = replay(LINE, 1, 5), ground(LINE)
    own = ghost(LINE.problem, step, land)
    X = np.column_stack([np.ones(len(step.rows)), LINE.problem.X[step.rows]])
    best = np.linalg.lstsq(X, LINE.problem.y[step.rows])[0]
    assert own is not None
    assert own.minimum == pytest.approx(best, abs=1e-8)


def test_the_batchs_minimum_is_where_its_slope_on_the_plane_ends() -> None:
    base = FITS["iris softmax"]
    experiment = replace(base, runs=(gd.Run(gd.SGD(lr=0.05), 60),))
    step, land = replay(experiment, 0, 1), ground(experiment)
    own = ghost(experiment.problem, step, land)
    assert own is not None
    assert own.minimum is not None
    slope = experiment.problem.gradient(land.plane.params(own.minimum), step.rows)
    assert np.abs(land.plane.axes @ slope).max() < 1e-7


def test_one_row_has_no_minimum_of_its_own_and_all_rows_have_no_ghost() -> None:
    assert ghost(LINE.problem, replay(LINE, 2, 5), ground(LINE)).minimum is None  # type: ignore[union-attr]
    assert ghost(LINE.problem, replay(LINE, 0, 5), ground(LINE)) is None
    assert ghost(SURFACES["bowl"].problem, replay(SURFACES["bowl"], 0, 1), ground(LINE)) is None


def test_both_gradients_are_drawn_downhill_at_one_scale() -> None:
    step, land = replay(LINE, 2, 5), ground(LINE)
    drawn = arrows(step, land)
    assert drawn.full == pytest.approx(-drawn.scale * step.full_gradient)
    assert drawn.batch == pytest.approx(-drawn.scale * step.gradient)
    size = np.array([np.ptp(land.x), np.ptp(land.y)])
    share = max(np.linalg.norm(arrow / size) for arrow in (drawn.full, drawn.batch))
    assert share > 0.9 * ARROW
    figure = map_view(LINE, trained(LINE), land, step, 2, ghost(LINE.problem, step, land))
    for name, way in (("all rows", drawn.full), ("this batch", drawn.batch)):
        arrow = named(figure, name)
        assert (arrow.x[0], arrow.y[0]) == pytest.approx(step.params, rel=1e-6)
        assert (arrow.x[1] - arrow.x[0], arrow.y[1] - arrow.y[0]) == pytest.approx(way, abs=1e-5)


def test_the_gradients_stay_on_the_map_where_there_is_room() -> None:
    land = ground(LINE)
    low, high = (np.array([land.x[i], land.y[i]]) for i in (0, -1))
    near = 0.9 * high + 0.1 * low  # the minimum is far below, so downhill leads into the map
    for place in (near, 0.5 * (low + high)):
        for towards in ((-1.0, 0.0), (0.0, -1.0), (0.3, 0.2)):
            way = np.array(towards) * (high - low)
            step = replace(replay(LINE, 2, 5), params=place, full_gradient=-way, gradient=-way / 2)
            drawn = arrows(step, land)
            tip = (place + drawn.full - low) / (high - low)
            share = np.linalg.norm(drawn.full / (high - low))
            assert np.all((tip >= 0) & (tip <= 1)) or share < 0.4 * ARROW
            assert share > 0.15 * ARROW


def test_the_minimums_name_gives_way_to_an_arrows() -> None:
    land = ground(LINE)
    modes = {
        update: named(
            map_view(LINE, trained(LINE), land, replay(LINE, 1, update), 1, None), "minimum"
        )
        for update in (1, 7)
    }
    assert modes[1].mode == "markers+text"
    assert modes[7].mode == "markers"


def test_no_arrows_name_is_cut_off_at_an_edge() -> None:
    sides = set()
    for direction in np.radians(np.arange(0, 360, 20)):
        land = ground(LINE)
        middle, half = (
            np.array([sum(part(side) for part in parts) / 2 for side in (land.x, land.y)])
            for parts in ((np.min, np.max), (np.max, lambda side: -np.min(side)))
        )
        way = half * np.array([np.cos(direction), np.sin(direction)])
        tip = middle + 0.99 * way
        step = replace(
            replay(LINE, 1, 5), params=tip - 0.5 * way, full_gradient=-way, gradient=-way
        )
        own = ghost(LINE.problem, replay(LINE, 1, 5), land)
        figure = map_view(LINE, trained(LINE), land, step, 1, own)
        for name in ("all rows", "this batch"):
            arrow = named(figure, name)
            height = (arrow.y[1] - land.y[0]) / np.ptp(land.y)
            sides.add(arrow.textposition.split()[0])
            assert not (arrow.textposition.startswith("top") and height > 0.92)
            assert not (arrow.textposition.startswith("bottom") and height < 0.08)
    assert sides == {"top", "middle", "bottom"}


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_step_is_drawn_on_every_map(name: str) -> None:
    experiment = EVERYTHING[name]
    place = min(1, len(experiment.runs) - 1)
    step, land = replay(experiment, place, 3), ground(experiment)
    own = ghost(experiment.problem, step, land)
    figure = map_view(experiment, trained(experiment), land, step, place, own)
    ends = named(figure, "before and after")
    spots = land.plane.coordinates(np.stack([step.params, step.new_params]))
    assert np.column_stack([ends.x, ends.y]) == pytest.approx(spots, rel=1e-5, abs=1e-6)
    way = named(figure, "way so far")
    assert (way.x[-1], way.y[-1]) == pytest.approx(spots[0], rel=1e-5, abs=1e-6)
    assert len(way.x) == 4 or name in SURFACES
    ghostly = [t for t in figure.data if t.name == "batch loss"]
    assert len(ghostly) == (name in FITS)
    assert all(t.line.dash == "dash" for t in ghostly)


# The page, driven without a browser


class Shown(NamedTuple):
    """What a link asks for."""

    experiment: gd.Experiment
    view: UpdateView


def opened(experiment: gd.Experiment | None = None, view: UpdateView | None = None) -> AppTest:
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    at.run()
    at.switch_page(str(PAGE))
    for name, texts in query_of(experiment, view).items():
        at.query_params[name] = texts
    return fine(at.run())


def query_of(experiment: gd.Experiment | None, view: UpdateView | None) -> link.Query:
    if experiment is None:
        return {}
    return link.encode(experiment) | views.encode(view or UpdateView())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def address(at: AppTest) -> link.Query:
    return {
        name: [values] if isinstance(values, str) else list(values)
        for name, values in at.query_params.items()
    }


def press(at: AppTest, name: str) -> AppTest:
    (button,) = [b for b in at.button if b.key == name]
    button.click()
    return fine(at.run())


def field(at: AppTest) -> Any:
    return at.number_input[0]


def shown(at: AppTest) -> Shown:
    return Shown(*at.session_state["session"].shown)


def words(at: AppTest) -> str:
    return "\n".join(m.value for m in at.markdown)


def cells(at: AppTest) -> list[list[list[float]]]:
    """Return the numbers of each table, with all their digits."""
    bodies = [h.proto.body for h in at.get("html") if "<table" in h.proto.body]
    rows = (re.findall(r"<tr>(.*?)</tr>", body.split("<tbody>")[1]) for body in bodies)
    return [[[float(v) for v in re.findall(r'title="([^"]*)"', r)] for r in t] for t in rows]


def components(at: AppTest) -> list[dict[str, Any]]:
    """Return what each component on the page is told."""
    return [json.loads(part.proto.json) for part in at.get("bidi_component")]


def strip(at: AppTest) -> dict[str, Any]:
    (told,) = [told for told in components(at) if "sizes" in told]
    return told


@pytest.fixture(scope="module")
def first() -> AppTest:
    return opened()


def test_a_first_visit_opens_the_first_mini_batch(first: AppTest) -> None:
    assert "epoch **1** of 30 · batch **1** of 7 · **32 of 200 rows**" in words(first)
    assert verdict(replay(LINE, 1, 1), 200) in words(first)
    assert not first.query_params


@pytest.mark.parametrize("update", [1, 7, 100])
def test_the_numbers_on_the_page_are_those_of_train(update: int) -> None:
    at = opened(LINE, UpdateView(run=1, update=update))
    trace, step = trained(LINE)[1], replay(LINE, 1, update)
    rows, params = cells(at)
    *_, before, made, after = np.array(params).T
    assert before == pytest.approx(trace.path[update - 1], rel=1e-12)
    assert after == pytest.approx(trace.path[update], rel=1e-12)
    assert made == pytest.approx(trace.path[update] - trace.path[update - 1], rel=1e-9)
    table = np.array(rows)
    assert len(table) == 8
    x, y, guess, loss, *slopes = table.T
    assert np.array_equal(x, LINE.problem.X[step.rows[:8], 0])
    assert np.array_equal(y, LINE.problem.y[step.rows[:8]])
    assert guess == pytest.approx(trace.path[update - 1] @ np.stack([np.ones(8), x]), rel=1e-12)
    assert loss == pytest.approx((guess - y) ** 2 / 2, rel=1e-9)
    assert slopes == pytest.approx(np.stack([guess - y, (guess - y) * x]), rel=1e-9)
    last = [tail(t.value.strip("$\n ")) for t in at.latex[-2:]]
    assert last == pytest.approx(trace.path[update], rel=1e-3)


@every_rule
def test_every_rule_has_its_page(rule: Optimizer) -> None:
    at = opened(with_rule(rule, schedule=gd.SCHEDULES["cosine"]), UpdateView(0, 9))
    formulas = [t.value for t in at.latex]
    assert any(rule.formula in text for text in formulas)
    assert any(gd.SCHEDULES["cosine"].formula in text for text in formulas)
    assert f"The rule: {rule.title}" in words(at)
    *_, after = np.array(cells(at)[-1]).T
    assert after == pytest.approx(trained(shown(at).experiment)[0].path[9], rel=1e-12)


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_model_data_set_and_surface_has_its_page(name: str) -> None:
    experiment = EVERYTHING[name]
    run = min(1, len(experiment.runs) - 1)
    at = opened(experiment, UpdateView(run, 3))
    assert verdict(replay(experiment, run, 3), experiment.problem.n_samples) in words(at)
    (told,) = [told for told in components(at) if "panels" in told]
    assert set(told["panels"]) == ({"surface", "fit"} if name in FITS else {"surface"})
    *_, after = np.array(cells(at)[-1]).T
    assert after == pytest.approx(trained(experiment)[run].path[3, :6], rel=1e-12)


def test_next_and_previous_step_through() -> None:
    at = opened(LINE, UpdateView(run=1, update=7))
    assert "the short last batch, **8 of 200 rows**" in words(at)
    press(at, "update_on")
    assert (field(at).value, shown(at).view.update) == (8, 8)
    assert "epoch **2** of 30 · batch **1** of 7" in words(at)
    press(at, "epoch_on")
    assert field(at).value == 15
    press(press(at, "epoch_back"), "update_back")
    assert field(at).value == 7
    assert verdict(replay(LINE, 1, 7), 200) in words(at)


def test_the_ends_of_a_run_are_ends() -> None:
    at = opened(LINE, UpdateView(run=1, update=1))
    off = {b.key: b.disabled for b in at.button}
    assert off["update_back"]
    assert off["epoch_back"]
    assert not off["update_on"]
    at = opened(LINE, UpdateView(run=1, update=210))
    off = {b.key: b.disabled for b in at.button}
    assert off["update_on"]
    assert off["epoch_on"]


def test_an_update_can_be_typed() -> None:
    at = opened(LINE, UpdateView(run=1, update=1))
    field(at).set_value(123)
    fine(at.run())
    assert shown(at).view == UpdateView(1, 123)
    assert verdict(replay(LINE, 1, 123), 200) in words(at)


def test_another_run_is_shown_at_the_same_update_or_its_last() -> None:
    at = opened(LINE, UpdateView(run=1, update=100))
    chooser = at.segmented_control[0] if hasattr(at, "segmented_control") else at.button_group[0]
    chooser.set_value(2)
    fine(at.run())
    assert shown(at).view == UpdateView(2, 100)
    chooser = at.segmented_control[0] if hasattr(at, "segmented_control") else at.button_group[0]
    chooser.set_value(0)
    fine(at.run())
    assert shown(at).view == UpdateView(0, 30)
    assert not at.info, "nobody asked for more"


def test_a_link_opens_its_update_and_stays_as_it_is() -> None:
    view = UpdateView(run=2, update=5900, near=True)
    at = opened(LINE, view)
    assert shown(at) == (LINE, view)
    assert address(at) == query_of(LINE, view)
    assert not at.info


@pytest.mark.parametrize(
    ("asked", "there", "said"),
    [
        (UpdateView(1, 211), UpdateView(1, 210), "There is no update 211: this run makes 210."),
        (UpdateView(5, 3), UpdateView(2, 3), "There is no run 6: here is the last of 3."),
    ],
)
def test_a_link_to_what_there_is_not_is_told_and_mended(
    asked: UpdateView, there: UpdateView, said: str
) -> None:
    at = opened(LINE, asked)
    assert [info.value for info in at.info] == [said]
    assert shown(at).view == there
    assert address(at) == query_of(LINE, there)


def test_a_bad_link_opens_the_first_look() -> None:
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    at.run()
    at.switch_page(str(PAGE))
    for name, texts in (query_of(LINE, UpdateView()) | {"view.update": ["-3"]}).items():
        at.query_params[name] = texts
    fine(at.run())
    assert verdict(replay(LINE, 1, 1), 200) in words(at)
    assert ["update" in info.value for info in at.info] == [True]


def test_a_diverged_run_is_shown_up_to_where_it_diverged() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    last = trained(wild)[0].diverged_at[0]
    at = opened(wild, UpdateView(0, 900))
    assert f"diverged at update {last}" in at.info[0].value
    assert field(at).value == field(at).max == last
    assert "overflowed" in words(at)
    assert not [caption for caption in at.caption if "Arrows" in caption.value]
    press(at, "update_back")
    assert [caption for caption in at.caption if "Arrows" in caption.value]
    assert "raised" in words(at)


def test_the_last_update_of_a_run_that_ended_early_says_why() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    last = trained(wild)[0].diverged_at[0]
    assert f"The run diverged at update {last}." in words(opened(wild, UpdateView(0, last)))
    assert "The run " not in words(opened(wild, UpdateView(0, last - 1)))
    assert "The run " not in words(opened(LINE, UpdateView(0, 30)))


@pytest.mark.parametrize(
    ("sampling", "told"),
    [
        ("reshuffle", "**32 of 200 rows**\n"),
        ("shuffle once", "**32 of 200 rows**, shuffled once\n"),
        ("with replacement", "**32 of 200 rows**, with replacement\n"),
    ],
)
def test_a_sampling_other_than_the_usual_is_told(sampling: Any, told: str) -> None:
    sampled = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.03), 32, sampling),))
    assert told in words(opened(sampled))


def test_a_run_that_stopped_early_is_shown_up_to_its_end() -> None:
    calm = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.3)),), epochs=300, tol=0.01)
    at = opened(calm, UpdateView(0, 299))
    last = int(trained(calm)[0].path_updates[-1])
    assert at.info[0].value == (
        f"There is no update 299: this run ended after {last}, because its gradient was small."
    )
    assert field(at).max == last


def test_a_run_stopped_before_its_first_update_has_none_to_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped = gd.train(LINE, progress=lambda done, total: False)
    monkeypatch.setattr(one_update.state, "traces", lambda experiment: stopped)
    at = opened(LINE, UpdateView(run=5, update=3))
    assert "stopped before its first update" in at.info[-1].value
    assert not at.latex


def test_a_run_that_was_stopped_is_shown_up_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = replace(LINE, runs=(gd.Run(gd.Adam(lr=0.01), 1),))
    stopped = gd.train(slow, progress=lambda done, total: done < total / 2)
    last = int(stopped[0].path_updates[-1])
    assert 0 < last < 6000
    monkeypatch.setattr(one_update.state, "traces", lambda experiment: stopped)
    at = opened(slow, UpdateView(run=0, update=6000))
    number = f"{last:,}".replace(",", " ")
    assert f"this run ended after {number}, because you stopped it." in at.info[0].value
    assert field(at).max == last


def test_a_run_that_ends_earlier_when_made_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*asked: Any) -> gd.Step:
        raise ValueError("update must be from 1 to 7, where the run diverged; got 8")

    monkeypatch.setattr(one_update, "replay", gone)
    at = opened(LINE, UpdateView(run=1, update=8))
    assert "where the run diverged" in at.warning[0].value
    assert not at.latex


def test_going_back_to_compare_keeps_everything() -> None:
    wanted = replace(LINE, seed=7)
    at = opened(wanted, UpdateView(run=1, update=12))
    press(at, "back")
    assert at.session_state["session"].page.name == "compare"
    assert shown(at).experiment == wanted
    assert isinstance(shown(at).view, View)
    at.switch_page(str(PAGE))
    fine(at.run())
    assert shown(at) == (wanted, UpdateView(run=1, update=12))


def test_compare_can_open_an_update() -> None:
    at = AppTest.from_file(str(ROUTER), default_timeout=60).run()
    session = at.session_state["session"]
    at.session_state["session"] = views.leave(session, "one_update", view=UpdateView(2, 77))
    at.switch_page(str(PAGE))
    fine(at.run())
    assert field(at).value == 77
    assert verdict(replay(LINE, 2, 77), 200) in words(at)


def test_the_sidebar_stays_empty(first: AppTest) -> None:
    assert not first.sidebar.children


def test_too_much_work_is_refused_here_too() -> None:
    rows = replace(gd.DATASETS["line"], n_samples=10_000)
    at = opened(replace(default_experiment(rows), epochs=5000, runs=(gd.Run(gd.Adam(), 1),)))
    assert len(at.warning) == 1
    assert not at.latex


def test_all_rows_and_all_parameters_can_be_seen() -> None:
    at = opened(FITS["iris softmax"], UpdateView(1, 2))
    assert not at.dataframe
    for name in ("all_rows", "all_params"):
        at.session_state[name] = True
    fine(at.run())
    rows, params = (frame.value for frame in at.dataframe)
    assert len(rows) == 32
    assert len(params) == 15
    step = replay(FITS["iris softmax"], 1, 2)
    assert rows["0"].tolist() == step.rows.tolist()
    assert params.iloc[:, -1].tolist() == step.new_params.tolist()


def test_a_close_up_holds_the_step_in_its_middle() -> None:
    step = replay(LINE, 2, 5900)
    far, near = (one_update.ground(LINE, trained(LINE), step, near) for near in (False, True))
    ends = np.stack([step.params, step.new_params])
    assert near.x.mean() == pytest.approx(ends[:, 0].mean())
    assert near.y.mean() == pytest.approx(ends[:, 1].mean())
    assert np.ptp(near.x) < 0.2 * np.ptp(far.x)
    shares = np.abs(ends[1] - ends[0]) / [np.ptp(near.x), np.ptp(near.y)]
    assert shares.max() == pytest.approx(1 / 3, rel=1e-6)


def test_the_map_grows_for_a_step_that_leaves_it() -> None:
    wild = replace(LINE, runs=(*LINE.runs, gd.Run(gd.SGD(lr=2.0))))
    step = replay(wild, 3, 4)
    land = one_update.ground(wild, trained(wild), step, near=False)
    whole = ground(wild)
    for spot in (step.params, step.new_params, [whole.x[0], whole.y[0]]):
        assert land.x[0] <= spot[0] <= land.x[-1]
        assert land.y[0] <= spot[1] <= land.y[-1]


# The tiles


def test_the_epoch_is_drawn_as_tiles_with_its_short_last_batch() -> None:
    at = opened(LINE, UpdateView(run=1, update=10))
    drawn = strip(at)
    assert drawn["sizes"] == [32] * 6 + [8]
    assert (drawn["lit"], drawn["dropped"], drawn["color"]) == (3, 0, RUN_COLORS[1])


def test_dropped_rows_are_drawn_apart() -> None:
    dropping = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.01), 32, drop_last=True),))
    drawn = strip(opened(dropping, UpdateView(0, 6)))
    assert drawn["sizes"] == [32] * 6
    assert drawn["dropped"] == 8


@pytest.mark.parametrize("batch", [1, 119, 120, 121, 122, 5000, 9880, 9881, 10_000])
def test_a_long_epoch_is_shown_around_its_batch(batch: int) -> None:
    shown = tiles.strip(10_000, 1, 10_000, batch)
    last = shown.first + len(shown.sizes) - 1
    assert len(shown.sizes) == tiles.MAX_TILES
    assert shown.first <= batch <= last <= 10_000
    assert shown.more == (shown.first > 1, last < 10_000)


def test_dropped_rows_of_a_long_epoch_are_drawn_only_at_its_end() -> None:
    assert [tiles.strip(10_000, 3, 3333, batch).dropped for batch in (5, 3333)] == [0, 1]


def test_all_tiles_together_are_all_rows() -> None:
    for rows in (1, 3, 32, 64, 199, 200):
        for drop in (False, True):
            run = gd.Run(gd.SGD(), rows, drop_last=drop)
            shown = tiles.strip(200, rows, run.updates_per_epoch(200), 1)
            assert sum(shown.sizes) + shown.dropped == 200
            assert shown.dropped == (200 % rows if drop else 0)


def test_a_click_on_a_tile_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    went = []
    monkeypatch.setattr(one_update, "go_to", lambda run, update: went.append((run, update)))
    step = replay(LINE, 1, 10)
    for value in (6, None, True, "7"):
        monkeypatch.setattr(tiles.st, "session_state", {one_update.TILES: {"pick": value}})
        one_update._pick(one_update.Position(1, 10, 210), step)
    assert went == [(1, 13)]


def test_a_page_shows_what_a_run_makes_it_possible_to_see() -> None:
    alone = replace(LINE, runs=LINE.runs[:1])
    at = opened(alone)
    assert not [b for b in at.button if b.key == "epoch_on"], "an epoch is one update"
    assert "**all 200 rows**" in words(at)
    assert len(strip(at)["sizes"]) == 1
