"""Data sets from a formula and a seed."""

from abc import abstractmethod
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdplay.arrays import Array
from gdplay.datasets.dataset import DataSet, Labels
from gdplay.knobs import knob
from gdplay.registry import table


@dataclass(frozen=True)
class Synthetic(DataSet):
    """Rows from a formula and a seed; `noise` only scales the scatter that the seed drew."""

    source = "synthetic"

    n_samples: int = knob(200, 2, 10_000, log=True, help="Number of rows.")
    noise: float = knob(0.1, 0.0, 1.0, help="Standard deviation of the scatter.")
    seed: int = knob(0, 0, 2**31 - 1, help="Another seed draws other rows of the same kind.")


@dataclass(frozen=True)
class Curve(Synthetic):
    """Regression: y = f(x) + noise N(0, 1), with x uniform."""

    target_name = "y"

    def _make(self) -> tuple[Array, Array]:
        rng = np.random.default_rng(self.seed)
        scatter = rng.standard_normal(self.n_samples)
        X = self._inputs(rng)
        return X, self._truth(X) + self.noise * scatter

    @abstractmethod
    def _inputs(self, rng: np.random.Generator) -> Array: ...

    @abstractmethod
    def _truth(self, X: Array) -> Array: ...


@dataclass(frozen=True)
class Line(Curve):
    """y = 1 + 2 x + noise N(0, 1), x uniform on [-1, 3]: not centred, so the bowl is tilted."""

    key = "line"
    title = "Line"
    usual = MappingProxyType({"start": (5.0, -3.0)})
    """Layout: a start from which all that is to be seen of the bowl is seen."""
    about = (
        "One feature and two parameters, so the whole loss surface can be drawn: a bowl several "
        "times steeper one way than the other."
    )
    feature_names = ("x",)
    intercept = 1.0
    slope = 2.0

    noise: float = knob(0.5, 0.0, 5.0, help="Standard deviation of y around the line.")

    def _inputs(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-1.0, 3.0, (self.n_samples, 1))

    def _truth(self, X: Array) -> Array:
        return self.intercept + self.slope * X.ravel()


@dataclass(frozen=True)
class Ravine(Curve):
    """growth = 3 + 0.2 temperature + 2 rain + noise N(0, 1), on two very different scales.

    Temperature has mean 25 and standard deviation 10, rain has mean 2 and standard deviation 1;
    both are uniform.
    """

    key = "ravine"
    title = "Ravine"
    usual = MappingProxyType({"standardize": True})
    about = (
        "Two features on very different scales make a valley thousands of times steeper across "
        "than along, and standardising turns it into a round bowl."
    )
    feature_names = ("temperature", "rain")
    target_name = "growth"
    means = (25.0, 2.0)
    spreads = (10.0, 1.0)
    intercept = 3.0
    weights = (0.2, 2.0)

    noise: float = knob(1.0, 0.0, 10.0, help="Standard deviation of growth around the plane.")

    def _inputs(self, rng: np.random.Generator) -> Array:
        # A uniform variable on [-1, 1] has standard deviation 1 / sqrt(3).
        units = np.sqrt(3.0) * rng.uniform(-1.0, 1.0, (self.n_samples, 2))
        inputs: Array = np.array(self.means) + np.array(self.spreads) * units
        return inputs

    def _truth(self, X: Array) -> Array:
        plane: Array = self.intercept + X @ np.array(self.weights)
        return plane


@dataclass(frozen=True)
class Polynomial(Curve):
    """y = -1 + x + 2 x^2 + noise N(0, 1), x uniform on [-1.5, 1.5]."""

    key = "polynomial"
    title = "Parabola"
    usual = MappingProxyType({"features": "quadratic"})
    about = (
        "A straight line explains less than half of a parabola however long it trains, and "
        "quadratic features explain all but the noise."
    )
    feature_names = ("x",)
    coefficients = (-1.0, 1.0, 2.0)

    noise: float = knob(0.3, 0.0, 5.0, help="Standard deviation of y around the parabola.")

    def _inputs(self, rng: np.random.Generator) -> Array:
        return rng.uniform(-1.5, 1.5, (self.n_samples, 1))

    def _truth(self, X: Array) -> Array:
        a, b, c = self.coefficients
        x = X.ravel()
        return a + b * x + c * x**2


@dataclass(frozen=True)
class Planar(Synthetic):
    """Classification in a plane: noise scatters the points of each class around its shape.

    The classes are as equal in size as `n_samples` allows, and the seed shuffles the rows.
    """

    feature_names = ("x1", "x2")
    target_name = "class"

    def _make(self) -> tuple[Array, Labels]:
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.n_samples) % self.n_classes
        X = np.empty((self.n_samples, 2))
        for label in range(self.n_classes):
            own = X[label :: self.n_classes]
            own[:] = self._points(label, len(own))
        X += self.noise * rng.standard_normal(X.shape)
        rows = rng.permutation(self.n_samples)
        return X[rows], y[rows]

    @abstractmethod
    def _points(self, label: int, n: int) -> Array: ...


@dataclass(frozen=True)
class Moons(Planar):
    """Two half circles of radius 1, each reaching into the other."""

    key = "moons"
    title = "Moons"
    about = (
        "A straight boundary gets about 87 % of two interlocking half circles right, and "
        "quadratic features hardly more, so this is one for a network."
    )
    class_names = ("upper", "lower")

    noise: float = knob(0.15, 0.0, 1.0, help="Standard deviation around the half circles.")

    def _points(self, label: int, n: int) -> Array:
        upper = _on_circle(np.linspace(0.0, np.pi, n))
        return upper if label == 0 else np.array([1.0, 0.5]) - upper


def _on_circle(angle: Array) -> Array:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


@dataclass(frozen=True)
class Circles(Planar):
    """A circle of radius `factor` inside a circle of radius 1."""

    key = "circles"
    title = "Circles"
    usual = MappingProxyType({"features": "quadratic"})
    about = (
        "A straight boundary does no better than guessing at a ring inside a ring, and quadratic "
        "features get more than 90 % right."
    )
    class_names = ("outer", "inner")

    noise: float = knob(0.15, 0.0, 1.0, help="Standard deviation around the circles.")
    factor: float = knob(0.5, 0.1, 0.9, help="Radius of the inner circle; the outer one has 1.")

    def _points(self, label: int, n: int) -> Array:
        angle = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
        return (1.0, self.factor)[label] * _on_circle(angle)


@dataclass(frozen=True)
class Blobs(Planar):
    """Gaussian clouds, one per class, with their centers evenly on a circle of radius 2.

    Raises
    ------
    ValueError
        If there are fewer rows than centers.
    """

    key = "blobs"
    title = "Blobs"
    about = (
        "Straight boundaries get about 97 % of three round clouds right, and about 86 % once there "
        "are five, because their centers share one circle."
    )
    radius = 2.0

    noise: float = knob(0.8, 0.0, 3.0, help="Spread (standard deviation) of each cloud.")
    centers: int = knob(3, 2, 5, help="Number of clouds; each is a class.")

    def __post_init__(self) -> None:
        """Check the ranges, and that every cloud gets a row."""
        super().__post_init__()
        if self.n_samples < self.centers:
            raise ValueError(
                f"Blobs.n_samples must be at least {self.centers}, "
                f"a row for each of the centers; got {self.n_samples}"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """A letter for each cloud."""
        return tuple("ABCDE"[: self.centers])

    def _points(self, label: int, n: int) -> Array:
        angle = np.pi / 2.0 + 2.0 * np.pi * label / self.centers
        return self.radius * _on_circle(np.full(n, angle))


@dataclass(frozen=True)
class Xor(Planar):
    """Four Gaussian clouds around (+-1, +-1); the class says whether the signs differ."""

    key = "xor"
    title = "XOR"
    usual = MappingProxyType({"features": "quadratic"})
    about = (
        "Neither feature says anything alone: a straight boundary does no better than guessing, "
        "and the product of the two gets more than 90 % right."
    )
    class_names = ("same sign", "opposite signs")

    noise: float = knob(0.5, 0.0, 2.0, help="Spread (standard deviation) of each cloud.")

    def _points(self, label: int, n: int) -> Array:
        x1 = 1.0 - 2.0 * (np.arange(n) % 2)
        return np.stack([x1, x1 if label == 0 else -x1], axis=-1)


@dataclass(frozen=True)
class Spirals(Planar):
    """Arms r = 2 t, angle = 2 pi (turns t + k / arms) for the k-th of them, t from 0.1 to 1.

    Raises
    ------
    ValueError
        If there are fewer rows than arms.
    """

    key = "spirals"
    title = "Spirals"
    about = (
        "Straight boundaries and quadratic features both stay below 70 % on two arms wound into "
        "each other, so this takes a network."
    )
    turns: float = knob(1.5, 0.25, 3.0, help="How often the arms wind around the middle.")
    arms: int = knob(2, 2, 5, help="Number of arms; each is a class.")

    def __post_init__(self) -> None:
        """Check the ranges, and that every arm gets a row."""
        super().__post_init__()
        if self.n_samples < self.arms:
            raise ValueError(
                f"Spirals.n_samples must be at least {self.arms}, "
                f"a row for each of the arms; got {self.n_samples}"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """A name for each arm."""
        ordinals = ("first", "second", "third", "fourth", "fifth")
        return tuple(f"{ordinal} arm" for ordinal in ordinals[: self.arms])

    def _points(self, label: int, n: int) -> Array:
        t = np.linspace(0.1, 1.0, n)
        apart = 2.0 * np.pi * label / self.arms
        return 2.0 * t[:, None] * _on_circle(2.0 * np.pi * self.turns * t + apart)


SYNTHETIC = table(
    Line(),
    Ravine(),
    Polynomial(),
    Moons(),
    Circles(),
    Blobs(),
    Xor(),
    Spirals(),
)
