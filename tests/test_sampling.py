"""What every order of the rows promises."""

from itertools import islice

import numpy as np
import pytest

from gdplay.sampling import SAMPLINGS, orders

N, EPOCHS, SEEDS = 50, 4, 3
TARGETS = np.random.default_rng(1).integers(0, 9, N).astype(float)

every_sampling = pytest.mark.parametrize("sampling", SAMPLINGS)
every_random_sampling = pytest.mark.parametrize(
    "sampling", [key for key, entry in SAMPLINGS.items() if entry.random]
)
every_complete_sampling = pytest.mark.parametrize(
    "sampling", [key for key in SAMPLINGS if key != "with replacement"]
)


def drawn(sampling, seed=0, n_seeds=SEEDS, epochs=EPOCHS, y=TARGETS):
    """Return the orders of some epochs, (epochs, n_seeds, n)."""
    return np.array(list(islice(orders(sampling, y, seed, n_seeds), epochs)))


@every_sampling
def test_an_epoch_is_as_many_rows_as_there_are_for_every_seed(sampling):
    order = drawn(sampling)
    assert order.shape == (EPOCHS, SEEDS, N)
    assert order.dtype.kind == "i"
    assert order.min() >= 0
    assert order.max() < N


@every_complete_sampling
def test_every_row_comes_exactly_once_an_epoch(sampling):
    np.testing.assert_array_equal(
        np.sort(drawn(sampling), axis=2), np.broadcast_to(np.arange(N), (EPOCHS, SEEDS, N))
    )


@every_sampling
def test_the_same_seed_draws_the_same_orders(sampling):
    np.testing.assert_array_equal(drawn(sampling), drawn(sampling))


@every_sampling
def test_a_seed_index_sees_the_same_order_however_many_seeds_there_are(sampling):
    np.testing.assert_array_equal(drawn(sampling, n_seeds=10)[:, :5], drawn(sampling, n_seeds=5))


@every_sampling
def test_seeds_and_their_indices_matter_exactly_where_the_order_is_random(sampling):
    order, random = drawn(sampling), SAMPLINGS[sampling].random
    assert np.array_equal(order, drawn(sampling, seed=1)) != random
    assert np.array_equal(order[:, 0], order[:, 1]) != random


@every_sampling
@pytest.mark.parametrize("n", [1, 2])
def test_one_row_or_two_are_enough(sampling, n):
    assert drawn(sampling, y=np.zeros(n)).shape == (EPOCHS, SEEDS, n)


def test_reshuffling_and_drawing_with_replacement_are_new_every_epoch_and_the_others_are_kept():
    fresh = {key for key in SAMPLINGS if not np.array_equal(drawn(key)[0], drawn(key)[1])}
    assert fresh == {"reshuffle", "with replacement"}
    for key in set(SAMPLINGS) - fresh:
        order = drawn(key)
        np.testing.assert_array_equal(order, np.broadcast_to(order[0], order.shape))


def test_in_order_is_the_order_of_the_data_set():
    np.testing.assert_array_equal(drawn("in order")[0, 0], np.arange(N))


def test_sorted_by_target_is_smallest_first_and_equal_targets_keep_their_order():
    order = drawn("sorted by target")[0, 0]
    assert order.tolist() == sorted(range(N), key=lambda row: (TARGETS[row], row))


def test_with_replacement_some_rows_come_twice_and_some_not_at_all():
    for epoch in drawn("with replacement").reshape(-1, N):
        assert len(set(epoch.tolist())) < N


@every_random_sampling
def test_every_row_is_as_likely_in_every_place(sampling):
    n, n_seeds = 5, 4000
    order = drawn(sampling, n_seeds=n_seeds, epochs=2, y=np.zeros(n))
    for epoch in order:
        counts = np.array([np.bincount(epoch[:, place], minlength=n) for place in range(n)])
        # Six standard deviations of a binomial count.
        assert np.abs(counts - n_seeds / n).max() < 6 * np.sqrt(n_seeds / n * (1 - 1 / n))


@pytest.mark.parametrize("sampling", ["reshuffle", "with replacement"])
def test_one_epoch_says_nothing_about_the_next(sampling):
    first, second = drawn(sampling, n_seeds=400, epochs=2)
    assert abs(np.mean(first == second) - 1 / N) < 0.01
