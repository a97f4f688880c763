"""What every two-parameter test function promises, and the lecture note's worked examples."""

import re
from decimal import Decimal

import numpy as np
import pytest

from gdplay.engine.training import train
from gdplay.experiment import Experiment, Run
from gdplay.loss.surfaces import SURFACES
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
    assert surface.quadratic == np.array_equal(
        surface.hessian(np.array([0.3, 0.4])), surface.hessian(np.array([1.5, -1.0]))
    )


@every_surface
def test_at_the_minimum_the_gradient_is_zero_and_the_loss_lowest(surface):
    best = surface.minimum()
    np.testing.assert_allclose(surface.gradient(best), 0, atol=1e-12)
    assert np.all(surface.loss(somewhere(500)) >= surface.loss(best))


# From the sources that the classes name; of the hollows on (0, +-1) two are plain to see.
MINIMA = {
    "bowl": [(0, 0)],
    "valley": [(0, 0)],
    "booth": [(1, 3)],
    "rosenbrock": [(1, 1)],
    "himmelblau": [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)],
    "saddle": [(0, 1), (0, -1)],
}


@every_surface
def test_the_minima_are_those_of_the_literature_and_the_first_is_given(surface):
    known = np.array(MINIMA[surface.key], dtype=float)
    np.testing.assert_array_equal(surface.minimum(), known[0])
    assert np.all(surface.loss(known) < 1e-10)
    for at in known:
        assert np.all(np.linalg.eigvalsh(surface.hessian(at)) > 0)


def test_the_values_are_those_of_the_literature():
    loss = {key: surface.loss(np.array(surface.start)) for key, surface in SURFACES.items()}
    assert loss["rosenbrock"] == pytest.approx(24.2, rel=1e-14)
    assert loss["himmelblau"] == 170
    assert loss["booth"] == 53


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


@every_surface
def test_the_formulas_shown_are_the_function_and_its_slopes(surface):
    for at in somewhere():
        values = dict(zip(surface.param_names, map(float, at), strict=True))
        shown = [eval(in_python(text), {}, values) for text in (surface.formula, *surface.slopes)]
        np.testing.assert_allclose(shown[0], surface.loss(at), rtol=1e-12)
        np.testing.assert_allclose(shown[1:], surface.gradient(at), rtol=1e-11, atol=1e-11)


@every_surface
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
    assert surface.loss(np.array(surface.start)) > surface.loss(surface.minimum())
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
