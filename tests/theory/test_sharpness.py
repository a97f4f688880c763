"""The largest eigenvalues, of all of them and by Lanczos, against those known beforehand."""

import numpy as np
import pytest

import gdplay as gd
from gdplay.theory import sharpness as module
from gdplay.theory.sharpness import EXACT, seconds_each, sharpest, sharpness

BOWL = gd.Expression("2*x**2 + 0.5*y**2 + 3")
BENT = gd.Expression("x**4 + y**2")
TILTED = gd.Expression("4*(0.6*x - 0.8*y)**2 + (0.8*x + 0.6*y)**2")
SOFTMAX = gd.Fit(gd.DATASETS["iris"], gd.MODELS["softmax"])

both = pytest.mark.parametrize("few", [EXACT, 0], ids=["all", "lanczos"])


def test_all_eigenvalues_are_computed_of_up_to_so_many_parameters(monkeypatch):
    monkeypatch.setattr(module, "EXACT", 2)
    monkeypatch.setattr(module, "_lanczos", lambda problem, point: -1.0)
    assert sharpness(BOWL, np.zeros(2)) == pytest.approx(4)
    assert sharpness(SOFTMAX, np.zeros(SOFTMAX.n_params)) == -1


def test_a_quartic_bends_by_twelve_x_squared():
    points = np.array([[[1.0, 0.0], [-2.0, 5.0]], [[0.0, 0.0], [0.5, 1.0]]])
    assert sharpness(BENT, points) == pytest.approx(np.array([[12, 48], [2, 3]]))
    points = np.array([[np.nan, 0.0], [1.0, 0.0], [0.0, np.inf]])
    assert sharpness(BENT, points) == pytest.approx([np.nan, 12, np.nan], nan_ok=True)


@both
def test_the_largest_eigenvalue_of_a_softmax_is_that_of_its_hessian(few, monkeypatch):
    monkeypatch.setattr(module, "EXACT", few)
    params = np.linspace(-1, 1, SOFTMAX.n_params)
    values, vectors = np.linalg.eigh(SOFTMAX.hessian(params))
    assert sharpness(SOFTMAX, params) == pytest.approx(values[-1], rel=1e-7)
    rows = sharpest(SOFTMAX, params)
    assert rows.shape == (2, SOFTMAX.n_params)
    assert np.abs(rows @ vectors[:, [-1, -2]]) == pytest.approx(np.eye(2), abs=1e-6)
    assert (rows[[0, 1], np.abs(rows).argmax(axis=1)] > 0).all()
    assert np.isnan(sharpness(SOFTMAX, np.full(SOFTMAX.n_params, np.nan)))


def test_the_sharpest_direction_comes_first_with_its_largest_entry_above_zero():
    assert sharpest(TILTED, np.zeros(2)) == pytest.approx(np.array([[-0.6, 0.8], [0.8, 0.6]]))


def test_what_a_state_takes_grows_with_its_parameters_until_lanczos_takes_a_fixed_number(
    monkeypatch,
):
    clock = iter([10.0, 10.5] * 2)
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    each = seconds_each.__wrapped__
    assert each(SOFTMAX) == pytest.approx(0.5 * module.TOGETHER * SOFTMAX.n_params)
    monkeypatch.setattr(module, "EXACT", 2)
    assert each(SOFTMAX) == pytest.approx(0.5 * module.ALONE)


def test_a_stop_leaves_the_rest_open_and_hears_what_is_done():
    seen = []

    def progress(done, total):
        seen.append((done, total))
        return done < 2

    values = sharpness(BENT, np.array([[1.0, 0.0]] * 4), progress=progress)
    assert values == pytest.approx([12, 12, np.nan, np.nan], nan_ok=True)
    assert seen == [(0, 4), (1, 4), (2, 4)]


def test_an_eigenvalue_takes_a_third_of_a_product_a_parameter_or_forty_of_them(monkeypatch):
    clock = iter([10.0, 10.5, 20.0, 20.5])
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock))
    assert seconds_each(gd.Expression("x**2 + y**2 + 77")) == pytest.approx(0.5 * 0.35 * 2)
    monkeypatch.setattr(module, "EXACT", 1)
    assert seconds_each(gd.Expression("x**2 + y**2 + 78")) == pytest.approx(0.5 * 40)
