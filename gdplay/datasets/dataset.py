"""What a data set is: rows to descend on, of which all but the rows is known without loading."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gdplay.arrays import Array
from gdplay.knobs import Knobs
from gdplay.memory import remembered

Labels = NDArray[np.int64]


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
