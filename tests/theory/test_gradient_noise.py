"""What noise promises: rates that few rows allow, and where descent on them hovers."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pytest

import gdplay as gd
from gdplay.datasets import DataSet
from gdplay.loss.models import LinearRegression
from gdplay.theory import gradient_noise
from gdplay.theory.gradient_noise import (
    mean_square_limit,
    noise_covariance,
    noise_floor,
    small_rate_floor,
)

LINE = gd.Fit(gd.DATASETS["line"], gd.MODELS["linear"])
MOONS = gd.Fit(gd.DATASETS["moons"], gd.MODELS["logistic"])
BLOBS = gd.Fit(gd.DATASETS["blobs"], gd.MODELS["softmax"])
FITS = {
    "line": LINE,
    "full squares": replace(LINE, objective="mse"),
    "penalty": replace(LINE, l2=0.5),
    "held out": replace(LINE, test_size=0.3),
    "ravine": gd.Fit(gd.DATASETS["ravine"], gd.MODELS["linear"]),
    "more columns than rows": gd.Fit(
        replace(gd.DATASETS["ravine"], n_samples=4), gd.MODELS["linear"], features="quadratic"
    ),
    "logistic": MOONS,
    "logistic, penalty": replace(MOONS, l2=0.3),
    "softmax": BLOBS,
    "softmax, penalty": gd.Fit(gd.DATASETS["iris"], gd.MODELS["softmax"], l2=0.1),
    "softmax, strong penalty": replace(BLOBS, l2=1.0, standardize=True),
}
every_fit = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


@dataclass(frozen=True)
class NormalLine(DataSet):
    """y = 1 + 2 x + noise N(0, 0.5), x normal."""

    key = "normal line"
    feature_names = ("x",)
    target_name = "y"

    def _make(self):
        rng = np.random.default_rng(0)
        x = rng.standard_normal(200)
        return x[:, None], 1 + 2 * x + 0.5 * rng.standard_normal(200)


@dataclass(frozen=True)
class Network(LinearRegression):
    """Stands for a model whose rows' Hessians are not known."""

    key = "network"


# An independent route: rows' Hessians by differences, second moments by Kronecker products


@lru_cache(maxsize=4)
def row_hessians(fit):
    """Each row's own Hessian at the minimum, (n, Q, Q), from differences of its gradients."""
    # Straight gradients need one width; for the others, three leave an error of order width^6.
    widths = {1.0: 1.0} if fit.quadratic else {2e-3: 1.5, 4e-3: -0.6, 6e-3: 0.1}
    apart = np.concatenate([sign * w * np.eye(fit.n_params) for w in widths for sign in (1, -1)])
    weights = np.array([sign * c / (2 * w) for w, c in widths.items() for sign in (1, -1)])
    points = fit.minimum() + apart
    gradients = np.stack([fit.gradient(points, [i]) for i in range(fit.n_samples)])
    shape = (fit.n_samples, len(weights), fit.n_params, fit.n_params)
    return np.einsum("k,nkab->nab", weights, gradients.reshape(shape))


def bent(fit):
    """The directions in which the loss bends at its minimum, (Q, r)."""
    values, vectors = np.linalg.eigh(fit.hessian(fit.minimum()))
    return vectors[:, values > 1e-9 * values[-1]]


def second_moment_map(fit, rate, batch_size):
    """What one update does to the offset's second moment, as an (r^2, r^2) matrix."""
    directions = bent(fit)
    hessians = directions.T @ row_hessians(fit) @ directions
    keeps = np.eye(directions.shape[1]) - rate * hessians
    mean = keeps.mean(axis=0)
    own = np.einsum("nab,ncd->acbd", keeps, keeps).reshape(mean.size, -1) / len(keeps)
    return (1 - 1 / batch_size) * np.kron(mean, mean) + own / batch_size


def radius(fit, rate, batch_size):
    return np.abs(np.linalg.eigvalsh(second_moment_map(fit, rate, batch_size))).max()


def floor_by_iteration(fit, rate, batch_size):
    """tr(H S) / 2 after 2^40 updates from the minimum, two to the k at a time."""
    directions, minimum = bent(fit), fit.minimum()
    gradients = np.stack([fit.gradient(minimum, [i]) for i in range(fit.n_samples)]) @ directions
    moved = second_moment_map(fit, rate, batch_size)
    second_moment = rate**2 / batch_size * np.cov(gradients.T, ddof=0).reshape(-1)
    for _ in range(40):
        second_moment, moved = second_moment + moved @ second_moment, moved @ moved
    hessian = directions.T @ fit.hessian(minimum) @ directions
    return 0.5 * hessian.ravel() @ second_moment


# The rates that few rows allow


@every_fit
@pytest.mark.parametrize("batch_size", [1, 3])
def test_at_the_mean_square_limit_second_moments_neither_shrink_nor_grow(fit, batch_size):
    limit = mean_square_limit(fit, batch_size)
    assert radius(fit, limit, batch_size) == pytest.approx(1, abs=1e-9)
    assert radius(fit, 0.99 * limit, batch_size) < 1
    assert radius(fit, 1.01 * limit, batch_size) > 1 + 1e-5


def test_the_limits_of_a_line_with_normal_inputs_are_those_taught():
    fit = gd.Fit(NormalLine(), gd.MODELS["linear"], standardize=True)
    limits = [mean_square_limit(fit, size) for size in (1, 2, 4, 8, 16, 32)]
    np.testing.assert_allclose(limits, [0.64, 0.97, 1.31, 1.58, 1.77, 1.88], atol=0.005)


@every_fit
def test_more_rows_allow_larger_rates_up_to_that_of_all_rows(fit):
    sizes = sorted({1, 2, fit.n_samples // 2, fit.n_samples - 1, fit.n_samples, 10_000})
    limits = [mean_square_limit(fit, size) for size in sizes]
    assert (np.diff(limits[:-1]) > 0).all()
    assert limits[-1] == limits[-2] == gd.curvature(fit).limit


def test_without_the_half_the_mean_square_limit_halves():
    for size in (1, 8):
        whole = mean_square_limit(FITS["full squares"], size)
        assert whole == pytest.approx(mean_square_limit(LINE, size) / 2, rel=1e-12)


def test_a_surface_has_one_row_and_so_the_limit_of_all_rows():
    valley = gd.SURFACES["valley"]
    assert mean_square_limit(valley, 1) == gd.curvature(valley).limit
    assert noise_floor(valley, 0.2, 1) == small_rate_floor(valley, 0.2, 1) == 0


def test_without_a_minimum_or_the_rows_bends_nothing_is_claimed():
    endless = gd.Fit(gd.DATASETS["wine"], gd.MODELS["softmax"], standardize=True)
    assert endless.minimum() is None
    for size in (1, 1000):
        assert mean_square_limit(endless, size) is None
        assert noise_floor(endless, 0.1, size) is None
        assert small_rate_floor(endless, 0.1, size) is None
    network = gd.Fit(gd.DATASETS["line"], Network())
    assert mean_square_limit(network, 1) is None
    assert noise_floor(network, 0.1, 1) is None
    assert small_rate_floor(network, 0.1, 1) == small_rate_floor(LINE, 0.1, 1)


@pytest.mark.parametrize("batch_size", [0, -3])
def test_a_batch_without_rows_is_refused(batch_size):
    with pytest.raises(ValueError, match=f"batch_size must be 1 or more; got {batch_size}"):
        mean_square_limit(LINE, batch_size)
    with pytest.raises(ValueError, match=f"batch_size must be 1 or more; got {batch_size}"):
        small_rate_floor(LINE, 0.1, batch_size)


@pytest.mark.parametrize("rate", [0.0, -0.1, np.nan])
def test_a_rate_that_does_not_descend_is_refused(rate):
    with pytest.raises(ValueError, match="rate must be above 0"):
        noise_floor(LINE, rate, 1)


# The noise of single rows


@every_fit
def test_noise_is_the_covariance_of_single_rows_gradients(fit):
    params = np.random.default_rng(0).normal(size=fit.n_params)
    gradients = np.stack([fit.gradient(params, rows=[i]) for i in range(fit.n_samples)])
    expected = np.cov(gradients.T, ddof=0)
    np.testing.assert_allclose(
        noise_covariance(fit, params), expected, atol=1e-12 * np.abs(expected).max()
    )


def test_a_penalty_adds_no_noise():
    params = np.array([3.0, -2.0])
    np.testing.assert_allclose(
        noise_covariance(LINE, params), noise_covariance(FITS["penalty"], params), rtol=1e-12
    )


# Where descent hovers


@every_fit
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("share", [0.05, 0.9])
def test_the_floor_is_where_the_second_moments_end_when_iterated(fit, batch_size, share):
    rate = share * mean_square_limit(fit, batch_size)
    expected = floor_by_iteration(fit, rate, batch_size)
    noiseless = 1e-20 * fit.loss(np.zeros(fit.n_params))
    assert noise_floor(fit, rate, batch_size) == pytest.approx(expected, rel=1e-8, abs=noiseless)


def hovering(fit, rate, batch_size, epochs, sampling="with replacement"):
    """Excess loss at epochs' ends over 200 seeds, started at the minimum, first half left out."""
    run = gd.Run(gd.SGD(lr=rate), batch_size, sampling)
    start = tuple(fit.minimum())
    experiment = gd.Experiment(fit, (run,), start=start, epochs=epochs, n_seeds=200)
    (trace,) = gd.train(experiment, record_path=False)
    return float((trace.loss[:, epochs // 2 :] - fit.loss(fit.minimum())).mean())


@pytest.mark.parametrize("name", ["line", "penalty"])
@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("share", [0.1, 0.4])
def test_runs_hover_at_the_predicted_floor(name, batch_size, share):
    rate = share * mean_square_limit(FITS[name], batch_size)
    measured = hovering(FITS[name], rate, batch_size, epochs=10 if batch_size == 1 else 40)
    assert measured == pytest.approx(noise_floor(FITS[name], rate, batch_size), rel=0.06)


def test_logistic_runs_at_a_small_rate_hover_near_the_local_floor():
    rate = 0.03 * mean_square_limit(MOONS, 8)
    measured = hovering(MOONS, rate, 8, epochs=60)
    assert measured == pytest.approx(noise_floor(MOONS, rate, 8), rel=0.1)


def test_reshuffled_rows_hover_well_below_the_floor():
    assert hovering(LINE, 0.02, 8, 20, "reshuffle") < 0.3 * noise_floor(LINE, 0.02, 8)


@every_fit
def test_at_small_rates_the_floor_is_the_rate_times_the_noise_over_four_batches(fit):
    rate = 1e-5 * mean_square_limit(fit, 1)
    small = small_rate_floor(fit, rate, 5)
    noise = np.trace(noise_covariance(fit, fit.minimum()))
    assert small == pytest.approx(rate / 20 * noise, rel=1e-12)
    noiseless = 1e-20 * fit.loss(np.zeros(fit.n_params))
    if fit.n_samples > 5:
        assert noise_floor(fit, rate, 5) == pytest.approx(small, rel=1e-4, abs=noiseless)


def test_the_floor_rises_to_infinity_at_the_mean_square_limit():
    limit = mean_square_limit(LINE, 4)
    floors = [noise_floor(LINE, share * limit, 4) for share in (0.5, 0.9, 0.999)]
    assert floors[1] > 5 * floors[0] > 0
    assert floors[2] > 50 * floors[1]
    assert noise_floor(LINE, limit, 4) == noise_floor(LINE, 2 * limit, 4) == np.inf


@every_fit
@pytest.mark.parametrize("batch_size", [2, 3])
def test_near_the_limit_the_floor_grows_like_one_over_the_distance(fit, batch_size):
    limit, gaps = mean_square_limit(fit, batch_size), np.array([1e-5, 1e-6, 1.1e-7])
    residues = gaps * [noise_floor(fit, (1 - gap) * limit, batch_size) for gap in gaps]
    assert residues[-1] > 0
    # What else there is of the floor does not grow; of these fits it is below 60 times as much.
    np.testing.assert_allclose(residues, residues[-1], rtol=100 * gaps[0])


@every_fit
@pytest.mark.parametrize("gap", [1e-8, 1e-11, 1e-13, 1e-15, 0.0, -1e-15, -1e-11, -1e-7, -0.5])
def test_where_the_limit_is_not_known_any_nearer_and_beyond_it_the_floor_is_infinite(fit, gap):
    for size in (1, 2, 3):
        assert noise_floor(fit, (1 - gap) * mean_square_limit(fit, size), size) == np.inf


def test_all_rows_together_have_no_floor_below_their_limit():
    limit = gd.curvature(LINE).limit
    assert noise_floor(LINE, 0.99 * limit, 200) == noise_floor(LINE, 0.99 * limit, 500) == 0
    assert small_rate_floor(LINE, 0.1, 200) == 0
    assert noise_floor(LINE, np.nextafter(limit, 0), 200) == 0
    assert noise_floor(LINE, limit, 200) == np.inf


def test_a_search_for_the_largest_eigenvalue_that_takes_too_long_ends_below_it(monkeypatch):
    monkeypatch.setattr(gradient_noise, "_MAX_STEPS", 3)
    values = np.arange(1.0, 11.0)
    reached = gradient_noise._largest(lambda vector: values * vector, np.ones(10))
    assert 9 < reached < 10


def test_columns_that_say_the_same_allow_the_rate_that_one_allows():
    x, y = np.array([-1.5, -0.5, 0.5, 1.5]), [1.0, 3.0, 2.0, 5.0]
    once = gd.Fit(gd.Table(x[:, None], y), gd.MODELS["linear"])
    thrice = gd.Fit(gd.Table(np.stack([x, x, x], axis=1) / 3**0.5, y), gd.MODELS["linear"])
    for size in (1, 2):
        assert mean_square_limit(thrice, size) == pytest.approx(mean_square_limit(once, size))
        floors = [noise_floor(fit, 0.05, size) for fit in (thrice, once)]
        assert floors[0] == pytest.approx(floors[1])
        floors = [small_rate_floor(fit, 0.05, size) for fit in (thrice, once)]
        assert floors[0] == pytest.approx(floors[1])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_largest_eigenvalue_is_found_as_exactly_whatever_its_size(scale):
    values = scale * np.arange(1.0, 31)
    found = gradient_noise._largest(lambda vector: values * vector, np.ones(30))
    assert found == pytest.approx(30 * scale, rel=1e-7)
