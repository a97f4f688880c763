"""What every rule is by default, and how several are stacked into one."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

import gdplay as gd
from gdplay.optimizers.rule import NOTHING, RATES, THETA, Line, Optimizer, allowed, stack


class Pair(NamedTuple):
    t: int
    fast: object
    slow: object


@dataclass(frozen=True)
class Bare(Optimizer):
    """A rule that says nothing of itself."""

    def init(self, params):
        return None

    def update(self, grad, state, params, lr):
        return -lr * grad, state


@dataclass(frozen=True)
class Two(Bare):
    """A rule that remembers two arrays, and how many updates there were."""

    memory_names: ClassVar = MappingProxyType({"m": "fast one", "v": "slow one"})
    lines: ClassVar = (
        Line("t"),
        Line("(1 - a)", "1 - <a>"),
        Line("m", "<g>"),
        Line("r", "<m>"),
        Line(THETA, r"<\theta> - <r>"),
    )

    def init(self, params):
        return Pair(0, np.zeros_like(params), np.full_like(params, 0.5))


def test_a_rate_is_from_ten_to_the_minus_twenty_to_a_thousand():
    assert RATES == (1e-20, 1e3)
    assert [allowed(rate) for rate in (0, 0.3, 1e9, -1, np.inf)] == [1e-20, 0.3, 1e3, 1e-20, 1e3]


def test_a_rule_that_says_nothing_promises_nothing():
    rule = Bare()
    assert rule.lr == 1e-3
    says = (rule.linear, rule.plain, rule.searches, rule.relative, bool(rule.needs))
    assert says == (False,) * 5
    assert (rule.limit(2.0), rule.contraction(2.0)) == (None, None)
    assert (rule.told(None), rule.begins(), rule.lines) == ("", {}, ())
    grad = np.array([1.0, -2.0])
    assert rule.moved(grad, None, grad, 0.5, lambda: NOTHING)[0].tolist() == [-0.5, 1]


def test_nothing_is_known_of_a_loss_that_nobody_looked_at():
    assert np.isnan([NOTHING.largest, NOTHING.smallest, NOTHING.least]).all()
    assert NOTHING.hessian.size == 0
    assert NOTHING.hessian.ndim == 4
    loss = NOTHING.loss(np.zeros((2, 3, 5)))
    assert loss.shape == (2, 1, 5)
    assert np.isnan(loss).all()


def test_what_is_remembered_is_shown_by_its_symbols_and_counters_are_left_out():
    rule = Two()
    shown = rule.memory(Pair(7, np.ones(2), np.full(2, 3.0)))
    assert {name: list(part) for name, part in shown.items()} == {"m": [1, 1], "v": [3, 3]}
    assert rule.begins() == {"t": 0, "fast": 0.0, "slow": 0.5}
    assert gd.Momentum().begins() == {"v": 0.0}
    assert list(gd.Momentum().memory(np.ones(2))) == ["v"]
    assert Bare().memory(None) == {}
    assert list(Bare().memory(np.ones(2))) == ["s"]


def test_a_formula_leaves_out_lines_without_a_right_side_and_those_in_brackets():
    """What is remembered and the parameters are set with an arrow, numbers in between with =."""
    assert Two.formula.startswith(r"\begin{aligned}")
    rows = Two.formula.splitlines()[1:-1]
    assert [row.split("&")[0].strip() for row in rows] == ["m", "r", THETA]
    assert ["leftarrow" in row for row in rows] == [True, False, True]
    assert "aligned" not in gd.SGD.formula
    assert gd.SGD.formula.startswith(THETA + r" \leftarrow ")


def test_stacked_rules_hold_their_numbers_side_by_side():
    stacked = stack([gd.Momentum(0.1, 0.5), gd.Momentum(0.2, 0.0)])
    assert stacked.lr.tolist() == [0.1, 0.2]
    assert stacked.beta.tolist() == [0.5, 0]
    step, velocity = stacked.update(np.ones((1, 3, 2)), np.ones((1, 3, 2)), None, stacked.lr)
    assert velocity[0, 0].tolist() == [1.5, 1]
    assert step[0, 2] == pytest.approx([-0.15, -0.2])
    assert stack([gd.SGD(0.1)]).lr.shape == (1,)
    with pytest.raises(ValueError, match="got none"):
        stack([])
    with pytest.raises(ValueError, match="got SGD, Momentum"):
        stack([gd.SGD(), gd.Momentum()])


def test_a_formula_of_several_lines_stands_in_an_aligned_block():
    lines = Two.formula.splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{aligned}", r"\end{aligned}")
    assert [line.endswith(r" \\") for line in lines[1:-1]] == [True, True, False]
