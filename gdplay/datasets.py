"""Data sets to descend on: made from a formula and a seed, or shipped with scikit-learn."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gdplay.arrays import Array
from gdplay.knobs import Knobs, knob
from gdplay.memory import remembered
from gdplay.registry import table

Labels = NDArray[np.int64]
Rows = NDArray[np.intp]

MAX_TEST_SIZE = 0.9


@dataclass(frozen=True, eq=False)
class Data:
    """What a data set holds: one row per example, in the order "in order" takes them.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features), float64, read-only
    y : ndarray of shape (n_samples,), read-only
        Numbers (float64) for regression, class indices from 0 (int64) for classification.
    feature_names : tuple of n_features str
    target_name : str
    class_names : tuple of str
        One name per class; empty for regression.
    """

    X: Array
    y: Array | Labels
    feature_names: tuple[str, ...]
    target_name: str
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep copies that nobody can write to."""
        object.__setattr__(self, "X", _read_only(self.X, np.float64))
        kind = np.int64 if self.class_names else np.float64
        object.__setattr__(self, "y", _read_only(self.y, kind))


def _read_only(values: NDArray[Any], kind: type) -> NDArray[Any]:
    array: NDArray[Any] = np.array(values, dtype=kind, order="C")
    array.setflags(write=False)
    return array


@dataclass(frozen=True)
class DataSet(Knobs, ABC):
    """A choice of data: everything but the rows is known without loading it.

    Attributes
    ----------
    key, title : str
        What links hold, and what people read.
    about : str
        One sentence: what a learner sees on it.
    source : str
        "synthetic", or the work to cite.
    code : str
        What reads the rows into X and y where they are too many to be written out in scripts
        without gdplay.
    usual : mapping
        Values of `Fit`'s fields, and of a `start`, with which the set shows itself well.
    image : tuple of (rows, columns), or None
        Where all columns together are the pixels of an image, row after row.
    """

    key = ""
    title = ""
    about = ""
    source = ""
    code = ""
    usual: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    image: ClassVar[tuple[int, int] | None] = None

    @property
    @abstractmethod
    def target_name(self) -> str:
        """What is predicted."""

    @property
    def synthetic(self) -> bool:
        """Whether the rows come from a formula and a seed."""
        return self.source == "synthetic"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by class index; empty for regression."""
        return ()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of `X`, all different."""
        return ()

    @property
    def n_features(self) -> int:
        """Number of columns of `X`."""
        return len(self.feature_names)

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.class_names)

    @property
    def readings(self) -> tuple[int, ...]:
        """In how many classes a model may read the target, the usual way first; 0 as a number."""
        return (self.n_classes,)

    def load(self) -> Data:
        """Return the rows: made or read once per value, then remembered."""
        return _load(self)

    def read_as(self, n_classes: int) -> Data:
        """Return the rows with the target read in one of the `readings`."""
        return self.load()

    @abstractmethod
    def _make(self) -> tuple[Array, Array | Labels]: ...


@remembered(64)
def _load(dataset: DataSet) -> Data:
    X, y = dataset._make()
    return Data(X, y, dataset.feature_names, dataset.target_name, dataset.class_names)


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


@dataclass(frozen=True, repr=False)
class Shipped(DataSet):
    """Raw values of a data set that ships with scikit-learn, under the same key."""

    every_feature: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """A field of each: which columns are used."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns chosen."""
        return self.columns

    def _make(self) -> tuple[Array, Array | Labels]:
        X, y = self._read()
        return X[:, [self.every_feature.index(name) for name in self.columns]], y

    @abstractmethod
    def _read(self) -> tuple[Array, Array | Labels]:
        """Return all columns and the target."""

    def __repr__(self) -> str:
        values = ((about, getattr(self, about.name)) for about in fields(self))
        own = [f"{about.name}={value!r}" for about, value in values if value != about.default]
        return f"{type(self).__name__}({', '.join(own)})"


def _all(names: tuple[str, ...], help: str) -> Any:
    return knob(names, choices=names, help=help)


_COLUMNS = "Which columns are used."
_CLASSES = "Which classes are kept; two or more."


@dataclass(frozen=True, repr=False)
class ShippedClasses(Shipped):
    """One with classes, of which some are kept, and one may be set against all others.

    Raises
    ------
    ValueError
        If fewer than two classes are kept, or the one set against the others is not among them.
    """

    every_class: ClassVar[tuple[str, ...]] = ()
    file: ClassVar[str] = ""
    """Where its rows stand, the class last."""
    heads: ClassVar[int] = 1
    """So many lines stand above them."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """A field of each: which classes are kept."""

    @property
    @abstractmethod
    def against(self) -> str | None:
        """A field of each: the class that is told from all others kept, if any."""

    def __post_init__(self) -> None:
        """Check the classes too."""
        super().__post_init__()
        name = type(self).__name__
        if len(self.classes) < 2:
            raise ValueError(f"{name}.classes must be two or more; got {self.classes!r}")
        if self.against not in (None, *self.classes):
            raise ValueError(
                f"{name}.against must be one of the classes kept, {', '.join(self.classes)}; "
                f"got {self.against!r}"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes kept, or the one chosen after the rest."""
        return self.classes if self.against is None else ("the rest", self.against)

    def _make(self) -> tuple[Array, Array | Labels]:
        X, y = super()._make()
        places = [self.every_class.index(name) for name in self.classes]
        kept = np.isin(y, places)
        classes = np.searchsorted(places, y[kept])
        if self.against is not None:
            classes = (classes == self.classes.index(self.against)).astype(np.int64)
        return X[kept], classes

    def _read(self) -> tuple[Array, Array | Labels]:
        rows = _numbers(self.file, delimiter=",", skiprows=self.heads)
        return rows[:, :-1], rows[:, -1].astype(np.int64)


def _one_of(names: tuple[str, ...]) -> Any:
    return knob(None, kind=str, choices=names, help="The class that is told from all others.")


_LOADS = """\
from sklearn.datasets import load_{0}

X, y = load_{0}(return_X_y=True)"""


def _numbers(file: str, **layout: Any) -> Array:
    """Return the numbers in one of scikit-learn's files, a row for each line.

    Only the file is read: to import scikit-learn takes a second, and 70 MB for as long as a
    server lives.
    """
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(f"{file} comes with scikit-learn, which is not installed")
    return np.loadtxt(Path(package.origin).parent / "datasets" / "data" / file, **layout)


@dataclass(frozen=True, repr=False)
class Diabetes(Shipped):
    """442 patients: how far the disease has gone a year after ten measurements."""

    key = "diabetes"
    title = "Diabetes"
    usual = MappingProxyType({"standardize": True})
    about = (
        "Standardising ten raw measurements takes the condition number from fifty million to "
        "under 500, and related blood values keep it from 1."
    )
    source = (
        "Efron, B., Hastie, T., Johnstone, I. and Tibshirani, R. (2004). Least Angle Regression. "
        "Annals of Statistics, 407-499."
    )
    # scikit-learn says that s5 is "possibly" a logarithm. It is: Friedewald's formula,
    # ldl = cholesterol - hdl - exp(s5) / 5, holds to within 0.5 in every row.
    every_feature = (
        "age",
        "sex",
        "bmi",
        "blood pressure",
        "cholesterol",
        "ldl",
        "hdl",
        "cholesterol/hdl",
        "log triglycerides",
        "blood sugar",
    )
    target_name = "disease progression"

    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)

    def _read(self) -> tuple[Array, Array | Labels]:
        return _numbers("diabetes_data_raw.csv.gz"), _numbers("diabetes_target.csv.gz")


@dataclass(frozen=True, repr=False)
class Iris(ShippedClasses):
    """150 flowers of three species."""

    key = "iris"
    title = "Iris"
    file = "iris.csv"
    usual = MappingProxyType({"standardize": True, "l2": 0.01})
    about = (
        "The flowers lie species by species, fifty of each, so mini-batches taken in order mostly "
        "see one species at a time."
    )
    source = (
        "Fisher, R. A. (1936). The use of multiple measurements in taxonomic problems. Annual "
        "Eugenics, 7, Part II, 179-188."
    )
    every_feature = (
        "sepal length (cm)",
        "sepal width (cm)",
        "petal length (cm)",
        "petal width (cm)",
    )
    target_name = "species"
    every_class = ("setosa", "versicolor", "virginica")

    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)
    classes: tuple[str, ...] = _all(every_class, _CLASSES)
    against: str | None = _one_of(every_class)


@dataclass(frozen=True, repr=False)
class Wine(ShippedClasses):
    """178 wines of three growers from one region of Italy."""

    key = "wine"
    title = "Wine"
    file = "wine_data.csv"
    usual = MappingProxyType({"standardize": True, "l2": 0.01})
    about = (
        "Straight boundaries part the three growers without a mistake, so without a penalty the "
        "loss falls towards 0 for ever and has no minimum."
    )
    source = (
        "Forina, M. et al. PARVUS. In: Lichman, M. (2013). UCI Machine Learning Repository. "
        "Irvine, CA: University of California."
    )
    every_feature = (
        "alcohol",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "color intensity",
        "hue",
        "od280/od315 of diluted wines",
        "proline",
    )
    target_name = "grower"
    every_class = ("grower 1", "grower 2", "grower 3")

    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)
    classes: tuple[str, ...] = _all(every_class, _CLASSES)
    against: str | None = _one_of(every_class)


_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


@dataclass(frozen=True, repr=False)
class BreastCancer(ShippedClasses):
    """569 tumours: cell nuclei measured in an image, three statistics of ten properties."""

    key = "breast_cancer"
    title = "Breast cancer"
    file = "breast_cancer.csv"
    code = _LOADS.format("breast_cancer")
    usual = MappingProxyType({"standardize": True, "l2": 0.01})
    about = (
        "Thirty features that say much the same (radius, perimeter, area): even standardised, "
        "their condition number is near 100,000 and plain steps crawl."
    )
    source = (
        "Street, W. N., Wolberg, W. H. and Mangasarian, O. L. (1993). Nuclear feature extraction "
        "for breast tumor diagnosis. IS&T/SPIE 1993 International Symposium on Electronic "
        "Imaging, 1905, 861-870."
    )
    every_feature = (
        *(f"mean {name}" for name in _CELL),
        *(f"{name} error" for name in _CELL),
        *(f"worst {name}" for name in _CELL),
    )
    target_name = "diagnosis"
    every_class = ("malignant", "benign")

    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)
    classes: tuple[str, ...] = _all(every_class, _CLASSES)
    against: str | None = _one_of(every_class)


@dataclass(frozen=True, repr=False)
class Digits(ShippedClasses):
    """1,797 handwritten digits, 8 x 8 pixels each, from 0 (paper) to 16 (ink)."""

    key = "digits"
    title = "Digits"
    file, heads = "digits.csv.gz", 0
    code = _LOADS.format("digits")
    usual = MappingProxyType({"standardize": True, "l2": 0.01})
    image = (8, 8)
    about = (
        "The pixels are enough for mini-batches to pay, and three are blank in every image, so no "
        "row moves their weights."
    )
    source = "Alpaydin, E. and Kaynak, C. (1998). Cascading Classifiers. Kybernetika."
    every_feature = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
    target_name = "digit"
    every_class = tuple("0123456789")

    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)
    classes: tuple[str, ...] = _all(every_class, _CLASSES)
    against: str | None = _one_of(every_class)


@dataclass(frozen=True, repr=False)
class Linnerud(Shipped):
    """Twenty middle-aged men of a fitness club: exercises, and one of three body measures."""

    key = "linnerud"
    title = "Linnerud"
    usual = MappingProxyType({"standardize": True})
    about = "Twenty rows are few enough to follow every update of an epoch one by one."
    source = (
        "Tenenhaus, M. (1998). La regression PLS: theorie et pratique. Paris: Editions Technic."
    )
    every_feature = ("chins", "situps", "jumps")
    targets = ("weight", "waist", "pulse")

    target: str = knob("weight", choices=targets, help="Which body measure to predict.")
    columns: tuple[str, ...] = _all(every_feature, _COLUMNS)

    @property
    def target_name(self) -> str:
        """The body measure chosen."""
        return self.target

    def _read(self) -> tuple[Array, Array | Labels]:
        X = _numbers("linnerud_exercise.csv", skiprows=1)
        y = _numbers("linnerud_physiological.csv", skiprows=1)
        return X, y[:, self.targets.index(self.target)]


DATASETS: Mapping[str, DataSet] = table(
    Line(),
    Ravine(),
    Polynomial(),
    Moons(),
    Circles(),
    Blobs(),
    Xor(),
    Spirals(),
    Diabetes(),
    Iris(),
    Wine(),
    BreastCancer(),
    Digits(),
    Linnerud(),
)


def split(data_y: NDArray[Any], classes: bool, test_size: float, seed: int) -> tuple[Rows, Rows]:
    """Part the rows into training and test rows, class by class where there are classes.

    Parameters
    ----------
    data_y : ndarray of shape (n_samples,)
        Targets; only their classes matter, and only if `classes`.
    classes : bool
        Whether to take the same share of every class.
    test_size : float
        Share of the rows (of every class) to test on, from 0 to 0.9, rounded to whole rows.
        Every class keeps a training row, and any share above 0 gives at least one test row.
    seed : int
        With the same seed, a larger share only adds test rows.

    Returns
    -------
    train_rows, test_rows : ndarrays of row indices, ascending
        Together every row exactly once.

    Raises
    ------
    ValueError
        If `test_size` is out of range, or above 0 where no class (without classes: not even
        all the data) has a row to spare.
    """
    if not 0.0 <= test_size <= MAX_TEST_SIZE:
        raise ValueError(f"test_size must be from 0 to {MAX_TEST_SIZE}; got {test_size!r}")
    groups = data_y if classes else np.zeros(len(data_y))
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if test_size > 0.0 and sizes.max(initial=0) < 2:
        few = "no class has two rows" if classes else "there are fewer than two rows"
        raise ValueError(f"test_size must be 0 where {few}; got {test_size!r}")
    shuffled = np.random.default_rng(seed).permutation(len(data_y))
    in_test = np.zeros(len(data_y), dtype=bool)
    for k, count in enumerate(_test_counts(sizes, test_size)):
        in_test[shuffled[group[shuffled] == k][:count]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def _test_counts(sizes: Rows, test_size: float) -> Rows:
    counts: Rows = np.minimum(np.rint(test_size * sizes).astype(np.intp), sizes - 1)
    if test_size > 0.0 and not counts.any():
        counts[np.argmax(sizes)] = 1
    return counts
