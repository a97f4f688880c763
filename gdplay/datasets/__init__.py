"""Data sets to descend on: the table of all, in the order of menus, and how rows are split."""

from collections.abc import Mapping

from gdplay.datasets.dataset import Data, DataSet, Labels
from gdplay.datasets.shipped import (
    SHIPPED,
    BreastCancer,
    Diabetes,
    Digits,
    Iris,
    Linnerud,
    Shipped,
    ShippedClasses,
    Wine,
)
from gdplay.datasets.splits import MAX_TEST_SIZE, split
from gdplay.datasets.synthetic import (
    SYNTHETIC,
    Blobs,
    Circles,
    Curve,
    Line,
    Moons,
    Planar,
    Polynomial,
    Ravine,
    Spirals,
    Synthetic,
    Xor,
)
from gdplay.registry import table

DATASETS: Mapping[str, DataSet] = table(*SYNTHETIC.values(), *SHIPPED.values())

__all__ = [
    "DATASETS",
    "MAX_TEST_SIZE",
    "Blobs",
    "BreastCancer",
    "Circles",
    "Curve",
    "Data",
    "DataSet",
    "Diabetes",
    "Digits",
    "Iris",
    "Labels",
    "Line",
    "Linnerud",
    "Moons",
    "Planar",
    "Polynomial",
    "Ravine",
    "Shipped",
    "ShippedClasses",
    "Spirals",
    "Synthetic",
    "Wine",
    "Xor",
    "split",
]
