"""An update in numbers: each line comes to what it says, each table is the run's."""

import math
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.replay import replay
from gdplay.optimizers import Line, Optimizer
from gdplay.teaching import arithmetic
from gdplay.teaching.update_tables import (
    params_rows,
    rows_table,
    showing_change,
    telling,
    titles,
)
from gdplay.words import number
from tests.updates import FITS, LINE, SURFACES, every_rule, tail, trained, with_rule, worked_out

# The arithmetic: what stands right of the equals sign, worked out again, is what stands behind it


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
        after = rule.memory(step.new_state)
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
    assert told[r"1 - \beta_1^t"] == ("1 - {0.9}^{12}", "0.7176")
    assert told[r"1 - \beta_2^t"] == ("1 - {0.999}^{12}", "0.01193")
    numbers, _ = told[r"\theta"]
    assert "/ {0.7176}" in numbers
    assert "/ {0.01193}" in numbers


@dataclass(frozen=True)
class Halving(Optimizer):
    """A rule whose lines name what nobody knows."""

    key = "halving"
    title = "Halving"
    lines = (
        Line("h", r"<\kappa>* <h> + <g>"),
        Line("q", "<h>^2"),
        Line(r"\theta", r"<\theta> - <\eta>*\, q\, h"),
    )

    def init(self, params: Any) -> Any:
        return np.zeros_like(params)

    def update(self, grad: Any, state: Any, params: Any, lr: Any) -> Any:
        state = 0.5 * state + grad
        return -lr * state, state

    memory_names = MappingProxyType({"h": "halved"})


class Mute(Halving):
    """A rule that says nothing of its lines, nor of what it remembers."""

    lines = ()
    memory_names = MappingProxyType({})


def test_a_new_rule_is_shown_as_far_as_it_tells() -> None:
    step = replay(with_rule(Halving()), 0, 3)
    (h, q, theta) = arithmetic.rule_lines(Halving(), step, 0, 17)
    assert h[0] == "h"
    assert r"\kappa" in h[1], "a symbol that nobody knows stays"
    assert float(h[2]) == pytest.approx(step.new_state[0], rel=1e-12)
    assert q[2] == "", "nobody knows what came out"
    assert float(theta[2]) == pytest.approx(step.new_params[0], rel=1e-12)
    ((symbol, numbers, result),) = arithmetic.rule_lines(Mute(), step, 0, 17)
    assert symbol == r"\theta"
    assert worked_out(numbers) == pytest.approx(float(result), rel=1e-12)
    heads, _ = params_rows(gd.Run(Mute()), step, ("bias", "x"), 200)
    assert "s before" in heads


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (2.0, "2"), (-3.14159, "-3.142"), (12345.6, "12350"),
        (1e-8, "10^{-8}"), (-1e-5, r"-1 \times 10^{-5}"), (2.5e-7, r"2.5 \times 10^{-7}"),
        (9.99999e-5, "0.0001"), (9.99e-5, r"9.99 \times 10^{-5}"), (999900.0, "999900"),
        (1234567.0, r"1.235 \times 10^{6}"),
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


@pytest.mark.parametrize("batch", [1, 3, 4, 5, 32, None])
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_the_mean_is_told_with_the_penalty(batch: int | None, l2: float) -> None:
    problem = replace(LINE.problem, l2=l2)
    experiment = replace(LINE, problem=problem, runs=(gd.Run(gd.SGD(lr=0.03), batch),))
    step = replay(experiment, 0, 2)
    for coordinate in (0, 1):
        text = arithmetic.mean_line(step, coordinate, l2)
        assert tail(text) == pytest.approx(step.gradient[coordinate], rel=1e-3)
        assert (r"0.5 \cdot" in text) == bool(l2 and coordinate)
        assert (r"\cdots" in text) == (len(step.rows) > 4)
        if len(step.rows) < 5:
            bare = re.sub(r"\\(begin|end)\{aligned\}|&|\\\\(\[3pt\])?|\\quad", "", text)
            for side in bare.split("=")[1:]:
                assert worked_out(side) == pytest.approx(step.gradient[coordinate], rel=1e-3)


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
    note = arithmetic.rate_note(schedule, update, 28)
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


@pytest.mark.parametrize("name", ["bowl", "valley", "booth", "rosenbrock", "himmelblau", "saddle"])
def test_a_surfaces_slopes_are_worked_out(name: str) -> None:
    surface = gd.SURFACES[name]
    for point in ((-1.5, 0.25), (0.5, -2.0)):
        slopes = surface.gradient(np.array(point))
        for i, value in enumerate(slopes):
            text = arithmetic.slope_lines(surface, np.array(point), i)
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


@pytest.mark.parametrize("name", [name for name in FITS if not name.endswith("mlp")])
def test_every_linear_model_tells_how_its_first_row_is_made(name: str) -> None:
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
    assert titles(LINE.problem) == ["bias, θ₀", "weight of x, θ₁"]
    assert titles(FITS["iris softmax"].problem) == list(FITS["iris softmax"].problem.param_titles)
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
    for i in (0, 1):
        text = arithmetic.slope_lines(surface, np.array([-1.069087, 1.13035]), i)
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
    heads, rows = params_rows(experiment.runs[0], step, LINE.problem.param_titles, 200)
    pairs = [head for head in heads if head.endswith("before")]
    assert len(pairs) == {"sgd": 1, "adagrad": 2, "adam": 3}[rule.key]
    for row in rows:
        cells = dict(zip(heads, showing_change(heads, row), strict=True))
        for head in pairs:
            before, after = cells[head], cells[f"{head.removesuffix('before')}after"]
            told, was = (float(number(*cell).replace("−", "-")) for cell in (after, before))
            assert told - was == pytest.approx(after.value - before.value, rel=2e-2)


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


def test_of_many_columns_two_products_are_written_and_of_many_numbers_three() -> None:
    experiment = FITS["diabetes linear"]
    step = replay(experiment, 1, 1)
    sums, _, slopes = arithmetic.row_numbers(experiment.problem, step).split(r"\\")
    assert sums.count(r"\cdot {") == 2
    assert r" + \cdots = " in sums
    first, last = re.findall(r"\(([^()]*, [^()]*)\)", slopes)
    assert first.count(",") == last.count(",") == 3
    assert first.split(", ")[0] == "1"
    assert first.endswith(r"\dots")


def test_two_columns_are_written_out_whole_and_come_to_the_prediction() -> None:
    experiment = FITS["ravine linear"]
    step = replay(experiment, 1, 1)
    sums = arithmetic.row_numbers(experiment.problem, step).split(r"\\")[0]
    assert sums.count(r"\cdot") == 2
    assert "dots" not in sums


def test_digits_show_a_change_with_three_of_its_own_up_to_twelve():
    shown = {(1.0, 1.0): 3, (100.0, 1.0): 5, (150.0, 1.0): 6, (-100.0, -1.0): 5, (1.0, 100.0): 3}
    shown |= {(1e9, 1.0): 12, (1e30, 1.0): 12, (1.0, 0.0): arithmetic.DIGITS}
    shown |= {(1e300, 1e-300): arithmetic.DIGITS, (math.inf, 1.0): arithmetic.DIGITS}
    shown |= {(0.0, 1.0): 3}
    for (value, change), digits in shown.items():
        assert arithmetic.showing(value, change) == digits, (value, change)


def test_of_two_rows_the_mean_is_half_of_their_sum() -> None:
    step = replay(replace(LINE, runs=(gd.Run(gd.SGD(lr=0.03), 2),)), 0, 2)
    first, second = (arithmetic.tex(float(g)) for g in step.gradients[:, 0])
    assert rf"g &= \frac{{1}}{{2}} \left( {first} + {second} \right) = " in (
        arithmetic.mean_line(step, 0)
    )


def test_a_rate_stands_under_its_formula_where_that_is_long_and_notes_leave_out_the_warm_up():
    """The twelfth update, of 28, comes after eleven, two of them since nine that warm up."""

    def told(key, warmup):
        schedule = replace(gd.SCHEDULES[key], warmup=warmup)
        experiment = with_rule(gd.SGD(), schedule=schedule)
        line = arithmetic.rate_line(experiment.runs[0], replay(experiment, 0, 12), 28)
        return line, arithmetic.rate_note(schedule, 12, 28)

    line, note = told("exponential", 0)
    assert line == r"\begin{aligned} \eta_t &= {0.03} \cdot {0.999}^{11} = 0.02967 \end{aligned}"
    assert note == "t = 11 updates before this one, γ = 0.999"
    assert told("exponential", 9)[1] == (
        "t = 2 updates before this one without the 9 that warm up, γ = 0.999"
    )
    assert r" \\ &= 0.01995 " in told("cosine", 0)[0]


def test_the_symbols_of_a_row_are_those_of_its_model() -> None:
    def told(name):
        fit = FITS[name].problem
        step = replay(FITS[name], 1, 2)
        return arithmetic.row_symbols(fit, step), arithmetic.row_words(fit, step)

    usual = r"$\ell$: loss · $g$: gradient · $\theta$: parameters"
    symbols, words = told("line linear")
    assert r"\hat y_i &= \theta_0 + \theta_1 x_i \\" in symbols
    assert words == rf"$\hat y$: prediction · {usual}"
    assert r"\hat y_i &= \theta_0 + \sum_j \theta_j x_{ij} \\" in told("diabetes linear")[0]
    assert told("moons logistic")[1].startswith(r"$z$: score · $\hat p$: probability of lower (y")
    assert told("iris softmax")[1] == rf"$z$: a class’s score · $p$: its probability · {usual}"
    assert told("moons mlp")[1] == usual


def test_of_a_loss_that_is_no_number_nothing_is_written_out() -> None:
    step = replay(LINE, 1, 3)
    assert arithmetic.row_numbers(LINE.problem, step)
    for lost in (np.nan, np.inf):
        gone = replace(step, losses=np.full_like(step.losses, lost))
        assert arithmetic.row_numbers(LINE.problem, gone) == ""


def test_as_many_digits_are_written_as_give_the_result_by_hand_up_to_twelve() -> None:
    def difference(pair: np.ndarray) -> float:
        return float(pair[0] - pair[1])

    assert arithmetic.agreeing([2.0, 0.5], difference) == 4
    assert arithmetic.agreeing([1.23456789, 1.2345], difference) == 9
    assert arithmetic.agreeing([1.23456789, 1.2345], difference, 2) == 7
    assert arithmetic.agreeing([1 + 1e-14, 1.0], difference) == 12


def test_a_formula_is_as_wide_as_the_signs_of_its_longest_line() -> None:
    assert arithmetic.width(r"a + \beta = 12") == 7  # a letter's name counts as two signs
    assert arithmetic.width(r"\begin{aligned} x &= 1 \\[3pt] y &= 12 + 34 \end{aligned}") == 7
    assert arithmetic.width(r"\frac{1}{2} \left( x \right)") == 5


@pytest.mark.parametrize(
    ("numbers", "broken"),
    [
        (r"1 - \frac{2}{3}", r"1 \\ &\quad - \frac{2}{3}"), ("1 - 2", "1 - 2"),
        (r"\frac{1}{2} - \frac{2}{3}", r"\frac{1}{2} - \frac{2}{3}"),
        (r"(1 - \frac{2}{3})", r"(1 - \frac{2}{3})"),
    ],
)  # fmt: skip
def test_a_long_line_is_broken_at_what_a_fraction_takes_off(numbers: str, broken: str) -> None:
    assert arithmetic._broken(numbers) == broken


@pytest.mark.parametrize("name", ["iris softmax", "moons logistic"])
def test_a_rows_numbers_are_those_of_the_batchs_first_row_alone(name: str) -> None:
    base = FITS[name]
    experiment = replace(base, runs=(gd.Run(gd.SGD(lr=0.1), 5),))
    step = replay(experiment, 0, 3)
    rows = ("rows", "outputs", "losses", "gradients")
    alone = replace(step, **{each: getattr(step, each)[:1] for each in rows})
    text = arithmetic.row_numbers(base.problem, step)
    assert text == arithmetic.row_numbers(base.problem, alone) != ""
    others = replace(step, **{each: getattr(step, each)[1:] for each in rows})
    assert text != arithmetic.row_numbers(base.problem, others)
