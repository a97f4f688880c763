"""What every optimizer promises, and what PyTorch and the papers say of each."""

import json
import math
import re
import runpy
from dataclasses import FrozenInstanceError, fields, replace

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdplay.knobs import by_symbol, knobs
from gdplay.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
    stack,
)
from gdplay.optimizers.elementwise import ELEMENTWISE
from tests import ORACLES

TORCH = json.loads((ORACLES / "torch_numbers.json").read_text(encoding="utf-8"))

every_rule = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
every_elementwise_rule = pytest.mark.parametrize(
    "rule", ELEMENTWISE.values(), ids=list(ELEMENTWISE)
)
every_knob = pytest.mark.parametrize(
    ("rule", "name"),
    [
        pytest.param(rule, name, id=f"{key}-{name}")
        for key, rule in OPTIMIZERS.items()
        for name in knobs(rule)
    ],
)


def varied(rule, n_rules):
    """Return rules of one class with every knob at n_rules values spread over its range."""
    draw = np.random.default_rng(7)
    rules = []
    for _ in range(n_rules):
        numbers = {}
        for name, about in knobs(rule).items():
            if about.log:
                numbers[name] = 10 ** draw.uniform(-6, -1)
            else:
                numbers[name] = draw.uniform(about.low, about.high)
        rules.append(replace(rule, **numbers))
    return rules


def gradients(*shape):
    """Return gradients of many sizes, some of them zero."""
    draw = np.random.default_rng(3)
    sizes = 10 ** draw.uniform(-3, 3, shape)
    return sizes * draw.normal(size=shape) * (draw.random(shape) > 0.1)


def descend(rule, grads, start, lr):
    """Return the parameters after each update on given gradients."""
    params, state, path = np.array(start, dtype=float), rule.init(np.array(start, dtype=float)), []
    for grad in grads:
        step, state = rule.update(np.asarray(grad, dtype=float), state, params, lr)
        params = params + step
        path.append(params)
    return np.array(path)


def first_step(rule, grad):
    """Return the step of a fresh rule at parameters zero."""
    grad = np.array(grad, dtype=float)
    return rule.update(grad, rule.init(grad), np.zeros_like(grad), rule.lr)[0]


def arrays_in(state):
    """Return the arrays that a state is made of."""
    parts = state if isinstance(state, tuple) else (state,)
    return [part for part in parts if isinstance(part, np.ndarray)]


# What every rule promises that takes each parameter on its own


@every_elementwise_rule
def test_every_coordinate_moves_as_if_it_were_alone(rule):
    grads, start, rates = gradients(12, 2, 3, 4), gradients(2, 3, 4), np.array([1e-3, 0.1, 1, 7])
    together = descend(rule, grads, start, rates)
    for at in np.ndindex(2, 3, 4):
        alone = descend(rule, grads[:, *at].reshape(12, 1), start[at].reshape(1), rates[at[-1]])
        np.testing.assert_array_equal(together[:, *at], alone[:, 0])


@every_elementwise_rule
def test_an_update_changes_none_of_its_arguments_and_shares_no_memory_with_them(rule):
    grads, params = gradients(3, 2, 5, 3), gradients(2, 5, 3)
    state = rule.init(params)
    for grad in grads:
        given_in = [grad, params, *arrays_in(state)]
        for array in given_in:
            array.flags.writeable = False
        step, new = rule.update(grad, state, params, 0.1)
        again, _ = rule.update(grad, state, params, 0.1)
        np.testing.assert_array_equal(step, again)
        for out in [step, *arrays_in(new)]:
            assert not any(np.shares_memory(out, array) for array in given_in)
        assert not any(np.shares_memory(step, array) for array in arrays_in(new))
        state, params = new, params + step


@every_elementwise_rule
@pytest.mark.parametrize("shape", [(3,), (2, 3, 4)])
def test_step_and_state_keep_the_shape_of_the_parameters(rule, shape):
    params = gradients(*shape)
    state = rule.init(params)
    assert all(array.shape == shape for array in arrays_in(state))
    step, state = rule.update(gradients(*shape), state, params, 0.1)
    assert all(a.shape == shape and a.dtype == np.float64 for a in [step, *arrays_in(state)])


@every_elementwise_rule
def test_a_zero_gradient_moves_nothing_at_first_but_for_the_weight_decay(rule):
    params = gradients(2, 3, 4)
    step, _ = rule.update(np.zeros_like(params), rule.init(params), params, 0.1)
    np.testing.assert_array_equal(step, -(0.1 * getattr(rule, "weight_decay", 0.0)) * params)


@every_elementwise_rule
def test_the_first_step_goes_downhill_in_every_coordinate(rule):
    grad = np.array([-1e3, -1e-3, 1e-3, 1.0, 1e3])
    np.testing.assert_array_equal(np.sign(first_step(rule, grad)), -np.sign(grad))


@every_elementwise_rule
def test_a_column_that_diverges_leaves_its_neighbours_as_they_were(rule):
    calm = gradients(6, 2, 3)
    wild = calm.copy()
    wild[1, :, 1] = [np.inf, np.nan]
    wild[3, :, 1] = [-np.inf, 1e300]
    with np.errstate(all="ignore"):
        with_wild = descend(rule, wild, np.ones((2, 3)), 0.1)
    without = descend(rule, calm, np.ones((2, 3)), 0.1)
    np.testing.assert_array_equal(with_wild[:, :, [0, 2]], without[:, :, [0, 2]])
    assert not np.isfinite(with_wild[-1, 1, 1])


@every_elementwise_rule
@settings(derandomize=True, max_examples=40)
@given(grads=arrays_of.arrays(np.float64, (4, 3), elements=st.floats(-1e100, 1e100)))
def test_steps_are_finite_for_gradients_up_to_a_googol(rule, grads):
    assert np.all(np.isfinite(descend(rule, grads, [1.0, -1.0, 0.0], 0.1)))


@every_elementwise_rule
def test_the_rate_is_the_one_handed_over_and_not_the_rules_own(rule):
    grads = gradients(5, 3)
    slow, fast = (descend(replace(rule, lr=lr), grads, np.ones(3), 0.1) for lr in (1e-3, 10.0))
    np.testing.assert_array_equal(slow, fast)


# Stacking


@every_elementwise_rule
def test_stacked_rules_move_each_column_as_its_own_rule_would(rule):
    rules = varied(rule, 5)
    grads, start, rates = (
        gradients(30, 2, 3, 5),
        gradients(2, 3, 5),
        np.array([r.lr for r in rules]),
    )
    together = descend(stack(rules), grads, start, rates)
    for column, alone in enumerate(rules):
        expected = descend(alone, grads[..., column], start[..., column], alone.lr)
        np.testing.assert_allclose(together[..., column], expected, rtol=1e-12, atol=1e-14)


@every_rule
def test_a_stack_is_of_the_rules_class_and_holds_one_number_a_rule(rule):
    rules = varied(rule, 4)
    stacked = stack(rules)
    assert type(stacked) is type(rule)
    for name in knobs(rule):
        np.testing.assert_array_equal(getattr(stacked, name), [getattr(r, name) for r in rules])
        assert getattr(stacked, name).dtype == np.float64


@every_elementwise_rule
def test_a_stack_of_one_is_the_rule_itself(rule):
    grads = gradients(20, 3, 1)
    one = descend(stack([rule]), grads, np.ones((3, 1)), 0.1)
    np.testing.assert_allclose(one, descend(rule, grads, np.ones((3, 1)), 0.1), rtol=1e-13)


@pytest.mark.parametrize(
    ("rules", "named"),
    [([], "none"), ([SGD(), AdaGrad()], "SGD, AdaGrad"), ([Adam(), AdamW()], "AdamW")],
)
def test_only_rules_of_a_single_class_stack(rules, named):
    with pytest.raises(ValueError, match=f"single class; got .*{named}"):
        stack(rules)


# The values


def test_keys_that_links_hold_stay_and_keep_their_order():
    keys = "sgd momentum nesterov adagrad rmsprop adadelta adam amsgrad adamw nadam lion"
    keys += " full_adagrad newton armijo polyak heavy_ball"
    assert " ".join(OPTIMIZERS) == keys


@every_rule
def test_the_learning_rate_comes_first_on_a_log_scale(rule):
    assert next(iter(knobs(rule))) == "lr"
    about = knobs(rule)["lr"]
    assert (about.low, about.high, about.log) == (1e-20, 1e3, True)


@every_rule
def test_every_field_is_a_knob_with_a_range_and_a_sentence_of_help(rule):
    assert [f.name for f in fields(rule)] == list(knobs(rule))
    for name, about in knobs(rule).items():
        assert about.low <= getattr(rule, name) <= about.high
        assert about.help.endswith(".")


@every_rule
def test_a_rule_has_words_for_people(rule):
    assert rule.title
    assert rule.about.endswith(".")
    assert rule.about.count(".") == 1
    assert rule.formula.count("{") == rule.formula.count("}")
    assert rule.formula.count(r"\left") - rule.formula.count(r"\leftarrow") == rule.formula.count(
        r"\right"
    )
    assert r"\theta" in rule.formula
    assert "(" in type(rule).__doc__, "a source"


def test_no_two_rules_share_a_title_or_a_formula():
    for word in ("title", "formula", "about"):
        assert len({getattr(rule, word) for rule in OPTIMIZERS.values()}) == len(OPTIMIZERS)


@every_rule
def test_the_repr_gives_the_value_back(rule):
    for value in [rule, *varied(rule, 3)]:
        copy = eval(repr(value), {type(rule).__name__: type(rule)})
        assert copy == value
        assert hash(copy) == hash(value)


@every_rule
def test_rules_are_equal_only_to_their_own_class_with_the_same_numbers(rule):
    assert rule != replace(rule, lr=0.123)
    assert all(
        (rule == replace(other, lr=rule.lr)) == (rule is other) for other in OPTIMIZERS.values()
    )
    assert len(set(OPTIMIZERS.values())) == len(OPTIMIZERS)


def test_a_plain_step_is_not_adagrad_at_the_same_rate():
    assert SGD(lr=0.1) != AdaGrad(lr=0.1)


@every_rule
def test_a_rule_is_frozen(rule):
    with pytest.raises(FrozenInstanceError):
        rule.lr = 0.1


@every_knob
def test_a_number_out_of_range_is_refused_with_field_value_and_range(rule, name):
    about = knobs(rule)[name]
    for value in (about.low - 1, about.high * 2, math.nan, math.inf):
        with pytest.raises(ValueError, match="must be from") as caught:
            replace(rule, **{name: value})
        for part in (
            f"{type(rule).__name__}.{name}",
            repr(value),
            f"{about.low:g} to {about.high:g}",
        ):
            assert part in str(caught.value)


@every_knob
def test_what_is_not_a_number_is_refused(rule, name):
    for value in ("0.1", None, True, [0.1]):
        with pytest.raises(ValueError, match=f"{type(rule).__name__}.{name} must be a number"):
            replace(rule, **{name: value})


@pytest.mark.parametrize(
    ("rule", "name"), [(rule, name) for rule in ELEMENTWISE.values() for name in knobs(rule)]
)
def test_both_ends_of_a_range_are_allowed_and_give_finite_steps(rule, name):
    about = knobs(rule)[name]
    for end in (about.low, about.high):
        at_end = replace(rule, **{name: end})
        assert np.all(np.isfinite(descend(at_end, gradients(10, 4), np.ones(4), at_end.lr)))


# Its lines


@every_elementwise_rule
def test_every_array_that_a_rule_remembers_has_a_symbol_and_a_name(rule):
    params = np.ones(3)
    _, state = rule.update(params, rule.init(params), params, 0.1)
    parts = state if isinstance(state, tuple) else (state,)
    arrays = [part for part in parts if np.ndim(part)]
    memory = rule.memory(state)
    assert list(memory) == list(rule.memory_names)
    assert all(mine is part for mine, part in zip(memory.values(), arrays, strict=True))
    assert set(rule.memory_names) <= {line.symbol for line in rule.lines}


@every_rule
def test_every_place_of_a_rules_lines_has_a_number_before_it_is_reached(rule):
    known = {*by_symbol(rule), *rule.memory_names, r"\theta", "g"}
    for line in rule.lines:
        assert set(re.findall("<([^>]+)>", line.template)) <= known
        assert line.value or line.symbol in {*rule.memory_names, r"\theta"}
        known.add(line.symbol)
    assert rule.formula


# What the papers and arithmetic say of each


@pytest.mark.parametrize("grad", [-1e3, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("rule", [Adam(), AMSGrad(), AdamW(), AdaGrad(), Lion()], ids=repr)
def test_the_first_step_is_one_rate_long_whatever_the_gradient(rule, grad):
    assert first_step(rule, grad) == pytest.approx(-math.copysign(rule.lr, grad), rel=2e-5)


@pytest.mark.parametrize("grad", [-1e3, 1e-3, 1.0, 1e3])
def test_the_other_first_steps_are_what_the_equations_give_by_hand(grad):
    assert first_step(SGD(lr=0.1), grad) == pytest.approx(-0.1 * grad)
    assert first_step(Momentum(lr=0.1), grad) == pytest.approx(-0.1 * grad)
    assert first_step(Nesterov(lr=0.1, beta=0.9), grad) == pytest.approx(-0.19 * grad)
    rms = RMSProp(lr=0.1, rho=0.99)
    assert first_step(rms, grad) == pytest.approx(-math.copysign(1.0, grad), rel=2e-4)
    delta = math.sqrt(1e-6) / math.sqrt(0.1 * grad**2 + 1e-6) * grad
    assert first_step(AdaDelta(rho=0.9, eps=1e-6), grad) == pytest.approx(-delta)


def test_momentum_under_a_steady_gradient_goes_one_over_one_minus_beta_times_as_fast():
    for rule in (Momentum(lr=0.1, beta=0.9), Nesterov(lr=0.1, beta=0.9)):
        path = descend(rule, np.ones((400, 1)), [0.0], rule.lr)
        assert path[-1] - path[-2] == pytest.approx(-1.0)


@pytest.mark.parametrize("rule", [Momentum(beta=0), Nesterov(beta=0)], ids=repr)
def test_without_memory_momentum_is_a_plain_step(rule):
    grads = gradients(20, 3)
    np.testing.assert_array_equal(
        descend(rule, grads, np.ones(3), 0.1), descend(SGD(), grads, np.ones(3), 0.1)
    )


def test_adamw_without_weight_decay_is_adam():
    grads = gradients(20, 3)
    np.testing.assert_array_equal(
        descend(AdamW(weight_decay=0), grads, np.ones(3), 0.1),
        descend(Adam(), grads, np.ones(3), 0.1),
    )


def test_weight_decay_takes_its_share_apart_from_the_gradient():
    params, grad = np.array([2.0, -3.0]), np.array([1e3, 1e-3])
    for rule in (AdamW(weight_decay=0.5), Lion(weight_decay=0.5)):
        plain = replace(rule, weight_decay=0)
        with_decay, without = (
            r.update(grad, r.init(params), params, 0.1)[0] for r in (rule, plain)
        )
        np.testing.assert_allclose(with_decay - without, -0.05 * params)


def test_amsgrad_is_adam_while_gradients_grow_and_is_slower_once_they_shrink():
    growing = np.geomspace(1, 100, 30)[:, None]
    adam, amsgrad = Adam(b2=0.9), AMSGrad(b2=0.9)
    np.testing.assert_array_equal(
        descend(adam, growing, [0.0], 0.1), descend(amsgrad, growing, [0.0], 0.1)
    )
    after = np.vstack([growing, np.ones((30, 1))])
    fast, slow = (abs(np.diff(descend(r, after, [0.0], 0.1)[-2:, 0]))[0] for r in (adam, amsgrad))
    assert slow < 0.5 * fast


def test_a_running_mean_that_keeps_nothing_forgets_a_large_gradient_at_once():
    path = descend(RMSProp(rho=0), [[1e6], [1e-3]], [0.0], 0.1)
    assert path[1, 0] - path[0, 0] == pytest.approx(-0.1, rel=2e-5)


@pytest.mark.parametrize(
    "rule", [Adam(eps=1e-16), NAdam(eps=1e-16), RMSProp(eps=1e-16), Lion()], ids=repr
)
def test_rules_that_divide_by_the_gradients_size_do_not_see_its_unit(rule):
    grads = gradients(20, 3) + 1e-3
    np.testing.assert_allclose(
        descend(rule, 1000 * grads, np.full(3, 9.0), 0.1),
        descend(rule, grads, np.full(3, 9.0), 0.1),
        rtol=1e-9,
    )


@pytest.mark.parametrize("rule", [Lion(), Lion(lr=0.1, b1=0.5, b2=0.7, weight_decay=0.3)], ids=repr)
def test_lion_follows_its_paper_line_by_line(rule):
    grads = gradients(60)
    theta, m = 1.5, 0.0
    expected = []
    for g in grads.tolist():  # Algorithm 2 of Chen et al., 2023, on Python floats
        c = rule.b1 * m + (1 - rule.b1) * g
        sign = (c > 0) - (c < 0)
        theta = theta - rule.lr * (sign + rule.weight_decay * theta)
        m = rule.b2 * m + (1 - rule.b2) * g
        expected.append(theta)
    np.testing.assert_allclose(
        descend(rule, grads[:, None], [1.5], rule.lr)[:, 0], expected, rtol=1e-13
    )


# PyTorch


def check_against(numbers):
    """Compare every rule with a table of PyTorch's numbers."""
    start, A = np.array(numbers["start"]), np.array(numbers["A"])
    for case in numbers["cases"]:
        rule = replace(OPTIMIZERS[case["key"]], **case["settings"])
        fed = descend(rule, numbers["gradients"], start, rule.lr)
        bowl = walk(rule, A, start, len(fed))
        at = np.array(numbers["kept"]) - 1
        np.testing.assert_allclose(fed[at], case["fed"], rtol=1e-12, err_msg=repr(rule))
        # In a bowl what rounding does comes back with the next gradient, and processors round sums
        # differently: within these 60 updates AdaDelta makes 3e-12 of a relative 2e-16.
        np.testing.assert_allclose(bowl[at], case["bowl"], rtol=3e-11, err_msg=repr(rule))


def walk(rule, A, start, n_updates):
    """Return the parameters after each update down a bowl."""
    params, state, path = start, rule.init(start), []
    for _ in range(n_updates):
        step, state = rule.update(A @ params, state, params, rule.lr)
        params = params + step
        path.append(params)
    return np.array(path)


def test_every_rule_goes_where_pytorch_went():
    check_against(TORCH)


def test_pytorch_has_judged_every_rule_it_has_with_every_number_stated():
    assert {case["key"] for case in TORCH["cases"]} == set(ELEMENTWISE) - {"lion"}
    for case in TORCH["cases"]:
        assert set(case["settings"]) == set(knobs(OPTIMIZERS[case["key"]]))


@pytest.mark.parametrize("key", TORCH["defaults"])
def test_defaults_are_those_of_pytorch(key):
    found = {name: getattr(OPTIMIZERS[key], name) for name in TORCH["defaults"][key]}
    assert found == TORCH["defaults"][key]


def test_every_rule_goes_where_the_pytorch_at_hand_goes():
    pytest.importorskip("torch")
    numbers = runpy.run_path(str(ORACLES / "make_torch_numbers.py"))["numbers"]()
    check_against(numbers)
    assert numbers["defaults"] == TORCH["defaults"]


def over_one_update(rule, bend):
    """The matrix that takes (theta, v) to what they are after an update on bend theta² / 2."""
    columns = []
    for theta, v in np.eye(2):
        state = None if rule.init(np.zeros(1)) is None else np.array([v])
        step, state = rule.update(np.array([bend * theta]), state, np.array([theta]), rule.lr)
        columns.append([theta + step[0], 0.0 if state is None else state[0]])
    return np.array(columns).T


@pytest.mark.parametrize("bend", [0.02, 0.7, 3.0])
@pytest.mark.parametrize(
    "rule", [SGD(), Momentum(), Momentum(beta=0.3), Nesterov(), Nesterov(beta=0.4)], ids=repr
)
def test_limits_and_contractions_are_those_of_the_matrix_of_an_update(rule, bend):
    def radius(rule):
        return np.abs(np.linalg.eigvals(over_one_update(rule, bend))).max()

    limit = rule.limit(bend)
    for share in (0.05, 0.3, 0.9, 1.1):
        at = replace(rule, lr=share * limit)
        assert at.contraction(bend) == pytest.approx(radius(at), rel=1e-9), share
        assert (radius(at) < 1) == (share < 1), share
    assert radius(replace(rule, lr=limit)) == pytest.approx(1, rel=1e-9)
    assert rule.limit(0.0) == np.inf
    assert rule.limit(-1.0) == np.inf


@pytest.mark.parametrize("rule", [Adam(), AdamW(), AMSGrad(), NAdam()], ids=lambda rule: rule.key)
def test_lines_tell_the_corrections_of_means_that_start_at_zero(rule):
    grad, params = np.array([0.3, -2.0]), np.array([1.0, 2.0])
    before = rule.init(params)
    for _ in range(3):
        before_last = before
        _, before = rule.update(grad, before, params, rule.lr)
        grad = grad / 2
    told = {
        line.symbol: line.value(rule, grad, before_last, before)
        for line in rule.lines
        if line.value
    }
    assert told["t"] == 3
    for symbol, decay in ((r"(1 - \beta_1^t)", rule.b1), (r"(1 - \beta_2^t)", rule.b2)):
        if symbol in told:
            assert told[symbol] == pytest.approx(1 - decay**3)
    assert r"(1 - \beta_2^t)" in told


def test_nadams_line_divided_by_the_root_is_its_step():
    rule, params = NAdam(lr=0.1), np.array([1.0, 2.0])
    state = rule.init(params)
    for scale in (1.0, 0.5, -2.0):
        grad = scale * np.array([0.3, -2.0])
        step, state = rule.update(grad, state, params, rule.lr)
        root = np.sqrt(state.v / (1 - rule.b2**state.t)) + rule.eps
        np.testing.assert_allclose(step, -0.1 * rule._ahead(grad, state) / root, rtol=1e-12)
