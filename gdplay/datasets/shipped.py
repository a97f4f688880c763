"""Data sets that ship with scikit-learn, read from its files without it."""

from abc import abstractmethod
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from gdplay.arrays import Array
from gdplay.datasets.dataset import DataSet, Labels
from gdplay.knobs import knob
from gdplay.registry import table


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


SHIPPED = table(
    Diabetes(),
    Iris(),
    Wine(),
    BreastCancer(),
    Digits(),
    Linnerud(),
)
