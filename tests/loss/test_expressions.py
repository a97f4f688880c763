"""What an own function promises, and the printed tables that it gives."""

import pickle
from decimal import Decimal

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.cost import work
from gdplay.loss.expressions import Expression
from gdplay.loss.search import Lowest

SHALLOW = "0.1*x**2 + 2*y**2"

TEXTS = [
    SHALLOW, "x**2 + 4*y**2 - 8*x - 16*y", "5 + x**2 + y**2 + 5*x*y", "sin(x)*cos(y)", "1/x + y**2",
    "(1 - x)**2 + 100*(y - x**2)**2", "x**4 + y**4", "log(x**2 + y**2)", "x + y",
    "sqrt(x**2 + y**2)", "exp(x**2) + y**2", "abs(x) + abs(y)", "tan(x) + y", "1e10*x**2 + y**2",
    "x**20 + y**2", "sqrt(40 - x**2 - (y - 9)**2)",
]  # fmt: skip
every_text = pytest.mark.parametrize("text", TEXTS)


def test_functions_are_equal_by_what_their_text_says():
    one, other = Expression(SHALLOW), Expression(" 0.10*(x)**2.0+2*y**2")
    assert one == other
    assert hash(one) == hash(other)
    assert one.text == SHALLOW
    assert repr(one) == f"Expression(text={SHALLOW!r})"
    assert one != Expression("0.1*x**2 + 2*y")
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.text = "x"


def test_what_is_too_long_in_its_one_form_is_refused_and_all_else_is_read_again():
    dense = "+".join(["x*y"] * 34)
    assert Expression(Expression(dense).text).text == Expression(dense).text
    with pytest.raises(ValueError, match="1 to 200 characters"):
        Expression("+".join(["1e9*x"] * 30))


def test_loss_gradient_and_hessian_are_exact_and_take_points_of_any_shape():
    f, points = Expression(SHALLOW), np.random.default_rng(2).normal(size=(3, 2, 2))
    x, y = np.moveaxis(points, -1, 0)
    np.testing.assert_allclose(f.loss(points), 0.1 * x**2 + 2 * y**2, rtol=1e-15)
    expected = np.stack([0.2 * x, 4 * y], axis=-1)
    np.testing.assert_allclose(f.gradient(points), expected, rtol=1e-15)
    np.testing.assert_array_equal(f.hessian(points[0, 0]), [[0.2, 0], [0, 4]])


def test_it_has_the_face_of_every_function():
    f = Expression(SHALLOW)
    assert isinstance(f, gd.Surface)
    assert (f.key, f.n_samples, f.param_names, f.symbols) == (
        "expression",
        1,
        ("x", "y"),
        ("x", "y"),
    )
    assert f.formula == "0.1 x^2 + 2 y^2"
    assert f.slopes == ("0.2 x", "4 y")
    assert f.slope_templates == ("0.2* <x>", "4* <y>")
    assert f.quadratic
    assert gd.curvature(f).limit == 0.5


def test_long_derivatives_are_not_written_in_symbols():
    assert Expression("sin(x*y)**3/(1 + x**2 + y**2)**2*exp(-x)").slopes == ("", "")


def test_a_quadratic_without_a_minimum_bends_locally_as_far_as_rates_go():
    f = Expression("5 + x**2 + y**2 + 5*x*y")
    assert not f.quadratic
    assert gd.curvature(f).where == "at the usual start"
    assert pytest.approx(7) == gd.curvature(f).L


@pytest.mark.parametrize("text", ["x**4 + y**4", "sqrt(x**2 + y**2)"])
def test_where_nothing_bends_at_the_minimum_curvature_is_that_of_the_start(text):
    facts = gd.curvature(Expression(text))
    assert facts.where == "at the usual start"
    assert np.isfinite(facts.limit)


def test_exact_decimals_go_through_unrounded():
    theta = np.array([Decimal("0.3"), Decimal("-1.7")], dtype=object).reshape(1, 2, 1)
    value, grad = Expression(SHALLOW).value_and_grad(theta)
    assert value.item() == Decimal("5.789")
    assert grad.ravel().tolist() == [Decimal("0.06"), Decimal("-6.8")]


def test_where_it_is_hardly_anywhere_finite_it_starts_where_it_is():
    assert Expression("sqrt(0.01 - x**2 - y**2)").start == (0, 0)
    for text in ("log(-1 - x**2)", "sqrt(-x**2 - y**2)"):
        with pytest.raises(ValueError, match="must have a finite value and slope somewhere"):
            Expression(text)


@every_text
def test_the_start_has_a_slope_and_lies_above_the_minimum(text):
    f = Expression(text)
    here, lowest = np.array(f.start), f.minimum()
    assert np.linalg.norm(f.gradient(here)) > 0
    assert np.isfinite(f.hessian(here)).all()
    assert lowest is None or f.loss(here) > f.loss(lowest)


def test_the_start_is_not_far_up_where_there_is_no_minimum_either():
    f = Expression("exp(-10*x) + (y - x**2)**2")
    assert f.minimum() is None
    assert f.loss(np.array(f.start)) < 1e4


HERE = "x**2 + y**2 + 0*sqrt({})"
"""Lowest at (0, 0), and known where the root is."""

STARTS = {
    # The first of eight ways whose end is known ...
    "x**2 + y**2": (-3, 2),
    HERE.format("x + 1"): (3, 2),
    HERE.format("1 - y"): (-3, -2),
    HERE.format("x + 1") + " + 0*sqrt(1 - y)": (3, -2),
    HERE.format("6.25 - x**2"): (-2, 3),
    HERE.format("6.25 - x**2") + " + 0*sqrt(1 - y)": (2, -3),
    HERE.format("(x**2 + y**2 - 1)*(x**2 + y**2 - 20)"): (7, 5),
    HERE.format("(x**2 + y**2 - 1)*(x**2 + y**2 - 20)") + " + 0*sqrt(6 - x)": (-7, -5),
    # ... at whole, half, a quarter or a tenth of its length: 13, 3.25, 0.81 and 0.13 times as high,
    "700*(x**2 + y**2)": (-3, 2),
    "800*(x**2 + y**2)": (-1.5, 1),
    "3100*((x - 1)**2 + (y + 2)**2)": (1 - 0.75, -2 + 0.5),
    "12400*(x**2 + y**2)": (-0.3, 0.2),
    # where ten thousand times 1 + |loss at the minimum| is the most.
    "1400*(x**2 + y**2) + 1": (-3, 2),
    "1600*(x**2 + y**2) + 1": (-1.5, 1),
    # Beside a saddle: two along the axis that rises, a tenth along the one that falls; the way on
    # which the larger number is above zero.
    "x**2 - y**2": (2, 0.1),
    "y**2 - x**2": (0.1, 2),
    # Where that is not known, around the saddle as around a minimum.
    "(x - 1)**2 - y**2 + 0*sqrt(2 - x)": (1 - 3, 2),
    # Without either, around (0, 0).
    "x + y": (-3, 2),
    # Below zero 1 + |loss| grows too.
    "1537*(x**2 + y**2) - 1": (-3, 2),
    "1538.5*(x**2 + y**2) - 1": (-1.5, 1),
    # With two decimals, and no minus before zero.
    "(x - 1/3)**2 + y**2": (-2.67, 2),
    "(x - 2.999)**2 + y**2": (0, 2),
}


@pytest.mark.parametrize("text", STARTS)
def test_a_start_is_the_first_place_around_the_minimum_that_suits(text):
    x, y = Expression(text).start
    assert (x, y) == pytest.approx(STARTS[text], abs=1e-12)
    assert "-0.0" not in (str(x), str(y))


def test_pictures_are_centred_on_the_minimum_else_on_a_saddle_else_on_the_origin():
    valley, saddle = Expression("x**2 + 4*y**2 - 8*x - 16*y + 1"), Expression("(x - 1)*(y - 2)")
    assert valley.middle().tolist() == [4, 2]
    assert list(valley.minima) == [((4, 2), -31)]
    assert saddle.middle() == pytest.approx([1, 2])
    assert saddle.minima == Expression("x + y").minima == ()
    assert saddle.minimum() is None
    assert Expression("x + y").middle().tolist() == [0, 0]


def test_a_grid_lies_from_any_origin_along_any_axes():
    f = Expression("x**2 + 3*x*y + y**3")
    origin, axes = np.array([1.0, -2.0]), np.array([[2.0, 1.0], [0.0, 3.0]])
    x, y = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 4.0])
    expected = [[f.loss(origin + a * axes[0] + b * axes[1]) for a in x] for b in y]
    np.testing.assert_allclose(f.on_grid(origin, axes, x, y), expected, rtol=1e-13)


def test_what_cancels_is_not_plainly_of_degree_two():
    assert not Expression("x*y**2 - x*y**2 + x**2 + y**2").quadratic


def test_a_start_is_looked_for_in_eight_ways_at_four_lengths_around_a_minimum_or_a_saddle():
    """Aslant, so that neither axis is favoured: three to two each way, two to three, and far."""
    ways = [(-3, 2), (3, 2), (-3, -2), (3, -2), (-2, 3), (2, -3), (7, 5), (-7, -5)]
    around = np.array([np.multiply(scale, way) for scale in (1, 0.5, 0.25, 0.1) for way in ways])
    f, at = Expression(SHALLOW), np.array([4.0, -1.0])
    for lowest, middle in ((Lowest(at, None, ""), at), (Lowest(None, None, ""), np.zeros(2))):
        np.testing.assert_allclose(f._places(lowest), middle + around, rtol=1e-15)
    first, *others = Expression("x**2 - y**2")._places(Lowest(None, at, ""))
    np.testing.assert_allclose(np.abs(first - at), [2, 0.1], atol=1e-12)
    np.testing.assert_allclose(others, at + around, rtol=1e-15)


def test_beyond_1e30_there_is_no_start_and_a_gap_in_the_picture():
    f = Expression("x**3 + y**2")
    near, beyond = 0.9e30 ** (1 / 3), 1.1e30 ** (1 / 3)
    f.check_start((near, 0.0))
    for x in (beyond, -beyond):
        with pytest.raises(ValueError, match="below 1e\\+30 in size"):
            f.check_start((x, 0.0))
    heights = f.on_grid(np.zeros(2), np.eye(2), np.array([-beyond, near, beyond]), np.zeros(1))
    assert np.isnan(heights).tolist() == [[True, False, True]]


# Printed tables


def taken(text, rule, start, updates):
    """Return the parameters after each update, through a link."""
    experiment = gd.Experiment(Expression(text), (gd.Run(rule),), start=start, epochs=updates)
    (trace,) = gd.train(gd.link.decode(gd.link.encode(experiment)))
    return trace.params[0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (gd.SGD(lr=0.4), (-0.943467, -0.000073)),
        (gd.SGD(lr=0.6), (-0.387814, -1673.365109)),
        (gd.Momentum(lr=0.6, beta=0.5), (0.007188, 0.002553)),
        (gd.Momentum(lr=0.6, beta=0.25), (-0.126340, -0.186632)),
    ],
)
def test_shallow_one_way_and_steep_the_other(rule, expected):
    path = taken(SHALLOW, rule, (-5.0, -2.0), 20)
    np.testing.assert_allclose(path[-1], expected, atol=5e-7)


def test_adam_in_27_rows():
    path = taken(SHALLOW, gd.Adam(lr=0.2, eps=1e-6), (-5.0, -2.0), 26)
    np.testing.assert_allclose(path[1], (-4.8, -1.8), atol=2e-7)
    np.testing.assert_allclose(path[2], (-4.60025478, -1.60082451), atol=5e-9)
    np.testing.assert_allclose(path[26], (-0.51448089, 0.30464048), atol=5e-9)


def test_a_valley_off_the_origin():
    valley = "x**2 + 4*y**2 - 8*x - 16*y"
    path = taken(valley, gd.SGD(lr=0.01), (4.0, 4.0), 9)
    np.testing.assert_allclose(path[[1, 2, 9], 1], (3.84, 3.6928, 2.94432282), atol=5e-9)
    path = taken(valley, gd.SGD(lr=0.1), (5.0, 10.0), 3)
    np.testing.assert_allclose(path[1:], [(4.8, 3.6), (4.64, 2.32), (4.512, 2.064)], rtol=1e-13)
    assert Expression(valley).minimum().tolist() == [4, 2]


def test_a_cross_term_makes_a_saddle():
    saddle = "5 + x**2 + y**2 + 5*x*y"
    path = taken(saddle, gd.SGD(lr=0.1), (1.0, 2.0), 1)
    np.testing.assert_allclose(path[1], (-0.2, 1.1), rtol=1e-13)
    assert "At (0, 0) its slope is zero, but that is a saddle" in Expression(saddle).how


def test_a_long_function_is_known_to_take_longer():
    def seconds(problem):
        experiment = gd.Experiment(problem, (gd.Run(gd.SGD()),), start=(1.0, 1.0), epochs=5000)
        return work(experiment).seconds

    one, long = Expression("x + y"), Expression("sin(x)*cos(y) + exp(x/9)*tanh(y) + x**2")
    assert seconds(gd.SURFACES["bowl"]) < seconds(one) < seconds(long)


def test_a_long_name_that_is_not_known_is_told_in_short():
    with pytest.raises(ValueError, match="'abcdefghijklmnopqrs…' at place 3 is not known"):
        gd.Expression("x+abcdefghijklmnopqrstuvwxyz")
