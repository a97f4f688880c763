"""Valleys that bend, plains and cliffs: one minimum, or a line of them, that is hard to reach."""

from dataclasses import dataclass

from gdplay.arrays import Array
from gdplay.loss.surfaces.surface import Surface, rule_rates
from gdplay.loss.surfaces.texts import KnownText


@dataclass(frozen=True)
class Rosenbrock(Surface):
    """A curved ravine with a nearly flat floor; its only minimum is (1, 1)."""

    key = "rosenbrock"
    title = "Banana valley (Rosenbrock)"
    about = "Steep walls, a nearly flat floor that bends: easy to find, slow to follow."
    formula = "(1 - x)^2 + 100 (y - x^2)^2"
    slope_templates = ("-2* (1 - <x>) - 400* <x>* (<y> - <x>^2)", "200* (<y> - <x>^2)")
    source = "Rosenbrock, 1960, An Automatic Method for Finding the Greatest or Least Value"
    hollows = ((1, 1),)
    box = ((-2, 2), (-1, 3))
    start = (-1.2, 1.0)
    rates = rule_rates(0.0015, 0.0005, 0.2)
    updates = 400

    def height(self, x: Array, y: Array) -> Array:
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)

    def turns(self, x: Array, y: Array) -> tuple[Array, Array, float]:
        return 2 - 400 * y + 1200 * x**2, -400 * x, 200


@dataclass(frozen=True)
class Beale(KnownText):
    """Four flat arms between steep corners; its only minimum is (3, 1/2)."""

    key = "beale"
    title = "Flat arms, steep corners (Beale)"
    about = "Nearly flat along the axes and steep at the corners: one rate must serve both."
    source = (
        "Beale, 1958, On an Iterative Method for Finding a Local Minimum of a Function of More "
        "than One Variable"
    )
    text = "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2"
    hollows = ((3, 0.5),)
    box = ((-4.5, 4.5), (-4.5, 4.5))
    start = (1.0, 1.5)
    rates = rule_rates(0.01, 0.005, 0.2)


@dataclass(frozen=True)
class Cliff(KnownText):
    """A plateau that ends in a cliff, with a shallow bowl at its foot."""

    key = "cliff"
    title = "Plateau with a cliff"
    about = "Slow on the plateau; one step from the cliff's steep face throws a run far away."
    source = (
        "After Pascanu, Mikolov & Bengio, 2013, On the Difficulty of Training Recurrent Neural "
        "Networks, figure 6"
    )
    text = "0.02*((x + 2)**2 + y**2) + tanh(4*x)"
    hollows = ((-2, 0),)
    box = ((-8, 6), (-4, 4))
    start = (4.0, 2.0)
    rates = rule_rates(1.0, 0.3, 0.2)
    updates = 150


@dataclass(frozen=True)
class Factors(KnownText):
    """Two factors whose product is to be 1: a curve of minima, flattest where x = y.

    The curvature across the curve at a minimum is x^2 + y^2.
    """

    key = "factors"
    title = "Two factors, (1 − xy)²/2"
    about = "All points with xy = 1 are minima. Long steps leave the steep ones for flatter ones."
    source = (
        "Chen & Bruna, 2023, Beyond the Edge of Stability via Two-step Gradient Updates, "
        "arXiv:2206.04172"
    )
    text = "(1 - x*y)**2/2"
    hollows = ((1, 1), (-1, -1))
    box = ((-2, 4), (-2, 4))
    start = (0.25, 3.0)
    rates = rule_rates(0.36, 0.1, 0.05)
    updates = 300


VALLEYS = (Rosenbrock(), Beale(), Cliff(), Factors())
