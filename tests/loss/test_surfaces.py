"""What every two-parameter test function promises, and the lecture note's worked examples."""

import itertools
import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from gdplay.engine.training import train
from gdplay.experiment import Experiment, Run
from gdplay.loss.surfaces import SURFACES
from gdplay.loss.surfaces.texts import KnownText
from gdplay.optimizers import SGD, Momentum

every_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))


def somewhere(n=7):
    return np.random.default_rng(4).normal(scale=2, size=(n, 2))


# What every surface promises


@every_surface
def test_the_gradient_is_the_slope_of_the_loss(surface):
    for at in somewhere():
        steps = 1e-5 * np.eye(2)
        rise = (surface.loss(at + steps) - surface.loss(at - steps)) / 2e-5
        close = 1e-8 * max(1, *np.abs(rise))
        np.testing.assert_allclose(surface.gradient(at), rise, rtol=1e-8, atol=close)


@every_surface
def test_the_hessian_is_the_slope_of_the_gradient(surface):
    for at in somewhere():
        steps = 1e-5 * np.eye(2)
        rise = (surface.gradient(at + steps) - surface.gradient(at - steps)) / 2e-5
        close = 1e-7 * max(1, *np.abs(rise).ravel())
        np.testing.assert_allclose(surface.hessian(at), rise, rtol=1e-7, atol=close)
    here, there = (surface.hessian(np.array(at)) for at in ((0.3, 0.4), (1.5, -1.0)))
    assert surface.quadratic == (np.array_equal(here, there) and bool(surface.minima))


@every_surface
def test_around_many_points_all_is_as_at_each_of_them(surface):
    here = surface.around(somewhere())
    for i, at in enumerate(somewhere()):
        np.testing.assert_allclose(here.hessian[i], surface.hessian(at), rtol=1e-13)
        assert here.value[i] == pytest.approx(surface.loss(at), rel=1e-14)
        np.testing.assert_allclose(here.gradient[i], surface.gradient(at), rtol=1e-13)


# Places and values, from the sources that the functions name: the digits that people print.
KNOWN = {
    "bowl": [(0, 0, 0)],
    "valley": [(0, 0, 0)],
    "turned": [(0, 0, 0)],
    "booth": [(1, 3, 0)],
    "matyas": [(0, 0, 0)],
    "rosenbrock": [(1, 1, 0)],
    "beale": [(3, 0.5, 0)],
    "cliff": [(-2, 0, -1)],
    "factors": [(1, 1, 0), (-1, -1, 0)],
    "himmelblau": [
        (3, 2, 0), (-2.805118, 3.131312, 0), (-3.779310, -3.283186, 0), (3.584428, -1.848126, 0),
    ],
    "three_hump_camel": [(0, 0, 0), (1.7475, -0.8738, 0.2986), (-1.7475, 0.8738, 0.2986)],
    "six_hump_camel": [
        (0.0898, -0.7126, -1.0316), (-0.0898, 0.7126, -1.0316), (-1.7036, 0.7961, -0.2155),
        (1.7036, -0.7961, -0.2155), (1.6071, 0.5687, 2.1043), (-1.6071, -0.5687, 2.1043),
    ],
    "styblinski_tang": [
        (-2.903534, -2.903534, -78.332331), (2.746803, -2.903534, -64.195612),
        (-2.903534, 2.746803, -64.195612), (2.746803, 2.746803, -50.058893),
    ],
    "rastrigin": [(0, 0, 0), (-0.994959, 0, 0.994959)],
    "ackley": [(0, 0, 0), (-0.9522, 0, 2.5799)],
    "easom": [(np.pi, np.pi, -1)],
    "saddle": [(0, 1, 0), (0, -1, 0)],
    "plain_saddle": [],
    "monkey_saddle": [],
}  # fmt: skip
MANY = {"rastrigin": 121, "ackley": 121}


@every_surface
def test_the_minima_are_those_of_the_literature_the_lowest_first(surface):
    minima, known = surface.minima, KNOWN[surface.key]
    assert len(minima) == MANY.get(surface.key, len(known))
    for minimum, (x, y, value) in zip(minima, known, strict=False):
        assert minimum.place == pytest.approx((x, y), abs=6e-5)
        assert minimum.value == pytest.approx(value, abs=6e-5)
    assert all(a.value <= b.value + 1e-9 for a, b in itertools.pairwise(minima))
    first = surface.minimum()
    assert (first is None) == (not minima)
    if minima:
        np.testing.assert_array_equal(first, minima[0].place)


@every_surface
def test_at_each_minimum_the_gradient_is_zero_and_the_function_lowest_around(surface):
    (x0, x1), (y0, y1) = surface.box
    around = 1e-3 * min(x1 - x0, y1 - y0) * np.array([(1, 0), (0, 1), (-1, 0), (0, -1), (1, -1)])
    for minimum in surface.minima:
        at = np.array(minimum.place)
        steep = max(1, np.abs(surface.hessian(at)).max())
        np.testing.assert_allclose(surface.gradient(at), 0, atol=1e-13 * steep)
        assert minimum.value == surface.loss(at)
        assert np.all(surface.loss(at + around) >= minimum.value - 1e-14)
        assert (x0 <= at[0] <= x1 and y0 <= at[1] <= y1) or surface.key == "factors"


@every_surface
def test_nothing_in_the_box_lies_lower_than_the_first_minimum(surface):
    (x0, x1), (y0, y1) = surface.box
    some = np.random.default_rng(1).uniform((x0, y0), (x1, y1), (500, 2))
    if surface.minima:
        assert surface.loss(some).min() >= surface.minima[0].value
    else:
        assert surface.loss(some).min() < 0


def test_a_turned_valley_is_as_steep_as_asked_and_lies_at_its_angle():
    for angle in (0.0, 30.0, 90.0):
        valley = replace(SURFACES["turned"], condition=50.0, angle=angle)
        values, vectors = np.linalg.eigh(valley.hessian(np.zeros(2)))
        np.testing.assert_allclose(values, [1, 50], rtol=1e-12)
        along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        assert abs(vectors[:, 0] @ along) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match=r"TurnedValley\.angle must be from 0 to 90; got 91"):
        replace(SURFACES["turned"], angle=91)


def test_where_the_hole_of_ackley_ends_in_a_tip_the_slope_counts_as_zero():
    ackley = SURFACES["ackley"]
    np.testing.assert_array_equal(ackley.gradient(np.zeros(2)), 0)
    near = ackley.gradient(np.array([1e-9, 0.0]))
    assert near[0] == pytest.approx(20 * 0.2 / np.sqrt(2), rel=1e-6)


def test_the_values_are_those_of_the_literature():
    at = {"rosenbrock": (-1.2, 1), "himmelblau": (0, 0), "booth": (-3, 4), "beale": (0, 0),
          "rastrigin": (0.5, 0.5), "matyas": (1, 1), "monkey_saddle": (1, 1)}  # fmt: skip
    loss = {key: SURFACES[key].loss(np.array(place, dtype=float)) for key, place in at.items()}
    assert loss == pytest.approx({
        "rosenbrock": 24.2, "himmelblau": 170, "booth": 53, "beale": 14.203125,
        "rastrigin": 40.5, "matyas": 0.04, "monkey_saddle": -2,
    }, rel=1e-13)  # fmt: skip


def test_on_top_of_the_pass_the_slope_is_zero_and_the_loss_falls_one_way_alone():
    saddle, top = SURFACES["saddle"], np.zeros(2)
    np.testing.assert_array_equal(saddle.gradient(top), 0)
    np.testing.assert_array_equal(np.linalg.eigvalsh(saddle.hessian(top)), [-4, 2])


def in_python(formula):
    """Return a formula of LaTeX as one of Python: `2 w_1 (x - y^2)` is `2*w1*(x-y**2)`."""
    text = formula.replace("_", "").replace("^", "**").replace(" ", "")
    names = "x|y|w1|w2"
    text = re.sub(r"(?<![w\d])(\d+)(?=[xyw(])", r"\1*", text)
    return re.sub(rf"({names}|\))(?=[(xyw])", r"\1*", text)


BY_HAND = [s for s in SURFACES.values() if not isinstance(s, KnownText)]


@pytest.mark.parametrize("surface", BY_HAND, ids=lambda surface: surface.key)
def test_the_formulas_shown_are_the_function_and_its_slopes(surface):
    for at in somewhere():
        values = dict(zip(surface.param_names, map(float, at), strict=True))
        shown = [eval(in_python(text), {}, values) for text in (surface.formula, *surface.slopes)]
        rounded = 1e-5 if surface.key == "turned" else 1e-11  # seven digits of its factors
        np.testing.assert_allclose(shown[0], surface.loss(at), rtol=rounded)
        np.testing.assert_allclose(shown[1:], surface.gradient(at), rtol=rounded, atol=1e-11)


ROOTS_ALONE = [key for key in SURFACES if key not in (
    "turned", "cliff", "rastrigin", "ackley", "easom",
)]  # fmt: skip


@pytest.mark.parametrize("surface", [SURFACES[key] for key in ROOTS_ALONE], ids=ROOTS_ALONE)
def test_exact_decimals_go_through_a_surface_unrounded(surface):
    theta = np.array([Decimal("0.3"), Decimal("-1.7")], dtype=object).reshape(1, 2, 1)
    value, grad = surface.value_and_grad(theta)
    assert {type(number) for number in (value.item(), *grad.ravel())} == {Decimal}
    np.testing.assert_allclose(float(value.item()), surface.loss(np.array([0.3, -1.7])), rtol=1e-14)


@every_surface
def test_loss_and_gradient_take_parameters_of_any_leading_shape(surface):
    points = somewhere(6)
    for shape in [(6,), (3, 2), (1, 6)]:
        many = points.reshape(*shape, 2)
        np.testing.assert_array_equal(surface.loss(many), surface.loss(points).reshape(shape))
        np.testing.assert_array_equal(
            surface.gradient(many), surface.gradient(points).reshape(many.shape)
        )


@every_surface
def test_a_surface_has_one_row_so_that_any_rows_give_the_whole_gradient(surface):
    at = somewhere(1)[0]
    assert surface.n_samples == 1
    np.testing.assert_array_equal(surface.gradient(at, [0]), surface.gradient(at))
    assert surface.test_loss(at) is None
    with pytest.raises(ValueError, match=r"Run\.batch_size must be None on a surface; got 1"):
        Experiment(surface, (Run(SGD()), Run(SGD(), batch_size=1)))


@every_surface
def test_a_surface_names_its_two_parameters_its_formula_and_a_start(surface):
    assert surface.n_params == len(set(surface.param_names)) == len(surface.start) == 2
    assert surface.formula
    assert surface.about.endswith(".")
    assert surface.source
    (x0, x1), (y0, y1) = surface.box
    assert x0 <= surface.start[0] <= x1
    assert y0 <= surface.start[1] <= y1
    assert all(surface.loss(np.array(surface.start)) > m.value for m in surface.minima[:1])
    assert hash(surface) == hash(SURFACES[surface.key])


# The worked examples


def taken(surface, optimizer, start, updates):
    """Return the trace of full-batch descent: one update an epoch."""
    (trace,) = train(Experiment(surface, (Run(optimizer),), start=start, epochs=updates))
    return trace


def test_one_step_on_the_round_bowl():
    bowl = SURFACES["bowl"]
    start = np.array(bowl.start)
    assert bowl.start == (3.0, 4.0)
    assert bowl.loss(start) == 25
    np.testing.assert_array_equal(bowl.gradient(start), [6, 8])
    trace = taken(bowl, SGD(lr=0.1), bowl.start, 1)
    np.testing.assert_allclose(trace.params[0], [[3, 4], [2.4, 3.2]], rtol=1e-14)
    np.testing.assert_allclose(trace.loss[0], [25, 16], rtol=1e-14)
    np.testing.assert_allclose(1 - trace.loss[0, 1] / trace.loss[0, 0], 0.36, rtol=1e-14)


def test_three_steps_on_the_elongated_bowl():
    valley = SURFACES["valley"]
    assert valley.start == (4.0, 2.0)
    trace = taken(valley, SGD(lr=0.1), valley.start, 3)
    np.testing.assert_allclose(trace.params[0, :, 0], [4, 3.2, 2.56, 2.048], rtol=1e-14)
    np.testing.assert_allclose(trace.params[0, :, 1], [2, 0.4, 0.08, 0.016], rtol=1e-14)
    np.testing.assert_allclose(trace.loss[0], [32, 10.88, 6.5792, 4.195328], rtol=1e-14)


def test_one_more_step_on_the_elongated_bowl():
    valley = SURFACES["valley"]
    trace = taken(valley, SGD(lr=0.1), valley.start, 4)
    np.testing.assert_allclose(trace.params[0, 4], [1.6384, 0.0032], rtol=1e-14)


def test_three_steps_with_momentum():
    valley, rule = SURFACES["valley"], Momentum(lr=0.05, beta=0.9)
    path = np.array([[4, 2], [3.6, 1.2], [2.88, 0], [1.944, -1.08], [0.9072, -1.62]])
    velocities = np.array([[8, 16], [14.4, 24], [18.72, 21.6], [20.736, 10.8]])
    trace = taken(valley, rule, valley.start, 4)
    np.testing.assert_allclose(trace.params[0], path, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(trace.path, path, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(trace.loss[0, :4], [32, 18.72, 8.2944, 8.444736], rtol=1e-14)
    # Each step is the rate times the velocity.
    np.testing.assert_allclose(-np.diff(trace.path, axis=0) / 0.05, velocities, rtol=1e-13)
    params, velocity = path[0], rule.init(path[0])
    for expected in velocities:
        step, velocity = rule.update(valley.gradient(params), velocity, params, rule.lr)
        np.testing.assert_allclose(velocity, expected, rtol=1e-14)
        params = params + step
