"""The plane through rows of many columns."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

import gdplay as gd
from gdplay.theory.input_plane import input_plane


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_it_holds_the_principal_directions_and_rows_at_their_places(name, standardize):
    fit = gd.Fit(gd.DATASETS[name], gd.MODELS["mlp"], standardize=standardize, test_size=0.3)
    plane, raw = input_plane(fit), fit.data.X[fit.prepared.train_rows]
    oracle = PCA(2).fit(fit.X)
    assert plane.share == pytest.approx(oracle.explained_variance_ratio_.sum())
    places = plane.places(raw)
    mostly = plane.onto[[0, 1], (plane.onto * plane.axes).argmax(axis=1)]
    assert (mostly > 0).all()
    np.testing.assert_allclose(np.abs(places), np.abs(oracle.transform(fit.X)), atol=1e-8)
    np.testing.assert_allclose(plane.places(plane.points(places)), places, atol=1e-8)


def test_of_quadratic_features_it_is_of_the_columns_themselves():
    fit = gd.Fit(gd.DATASETS["iris"], gd.MODELS["mlp"], standardize=True)
    squared = replace(fit, features="quadratic")
    np.testing.assert_allclose(input_plane(squared).axes, input_plane(fit).axes)


def test_one_column_makes_no_plane():
    fit = gd.Fit(gd.DATASETS["line"], gd.MODELS["mlp"])
    with pytest.raises(ValueError, match="at least 2 columns"):
        input_plane(fit)


def test_rows_that_are_alike_or_a_single_direction_lie_in_any_plane():
    for rows in (np.ones((3, 3)), np.outer([1.0, 2.0, 4.0], [1.0, 0.0, 2.0])):
        fit = gd.Fit(gd.Table(rows, [1.0, 2.0, 3.0]), gd.MODELS["linear"])
        plane = input_plane(fit)
        assert plane.share == pytest.approx(1)
        np.testing.assert_allclose(plane.origin, rows.mean(axis=0))
        np.testing.assert_allclose(plane.points(plane.places(rows)), rows, atol=1e-12)
    pair = gd.Fit(gd.Table(np.array([[1.0, 2.0]]), [1.0]), gd.MODELS["linear"])
    assert input_plane(pair).share == 1
