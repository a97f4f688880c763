"""How rows are split into those that are trained and those that are tested on."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdplay.datasets import MAX_TEST_SIZE, split
from tests.datasets import each

labels = st.lists(st.integers(0, 4), max_size=60).map(lambda y: np.array(y, dtype=np.int64))
shares = st.floats(0.0, MAX_TEST_SIZE)
seeds = st.integers(0, 2**31 - 1)


def can_split(y, classes):
    """Whether some class, or the whole, has a row to give away."""
    return max(np.bincount(y), default=0) > 1 if classes else len(y) > 1


@given(labels, st.booleans(), shares, seeds)
def test_every_row_is_either_trained_or_tested_on_and_rows_keep_their_order(
    y, classes, share, seed
):
    assume(share == 0 or can_split(y, classes))
    train, test = split(y, classes, share, seed)
    assert train.dtype.kind == test.dtype.kind == "i"
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    assert sorted([*train, *test]) == list(range(len(y)))
    assert (len(test) > 0) == (share > 0)
    assert len(train) > 0 or len(y) == 0


@given(labels, shares, seeds)
def test_every_class_gives_its_share_and_keeps_a_row(y, share, seed):
    assume(share == 0 or can_split(y, True))
    train, test = split(y, True, share, seed)
    assert set(y[train]) == set(y)
    for label in set(y):
        n = np.count_nonzero(y == label)
        tested = np.count_nonzero(y[test] == label)
        expected = min(round(share * n), n - 1)
        assert tested == expected or (tested == len(test) == 1 and expected == 0)
        assert abs(tested - share * n) <= 1


@given(st.integers(2, 300), shares, seeds)
def test_without_classes_the_test_rows_are_their_share_of_all(n, share, seed):
    test = split(np.linspace(0, 1, n), False, share, seed)[1]
    assert len(test) == (min(max(round(share * n), 1), n - 1) if share else 0)


@given(labels, st.booleans(), shares, seeds)
def test_the_same_seed_splits_the_same_way(y, classes, share, seed):
    assume(share == 0 or can_split(y, classes))
    for one, two in zip(
        split(y, classes, share, seed), split(y, classes, share, seed), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@given(labels, st.booleans(), shares, shares, seeds)
def test_a_larger_share_only_adds_test_rows(y, classes, one, two, seed):
    assume(can_split(y, classes))
    small, large = (split(y, classes, share, seed)[1] for share in sorted((one, two)))
    assert set(small) <= set(large)


@each
@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, MAX_TEST_SIZE])
def test_every_data_set_splits(dataset, share):
    data = dataset.load()
    train, test = split(data.y, dataset.n_classes > 0, share, 0)
    assert len(train) + len(test) == len(data.y)
    if dataset.n_classes:
        assert set(data.y[train]) == set(data.y)


def test_another_seed_splits_another_way():
    y = np.repeat([0, 1], 50)
    tests = {tuple(split(y, True, 0.2, seed)[1]) for seed in range(20)}
    assert len(tests) == 20


def test_every_row_is_as_likely_to_be_tested_on():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[split(np.repeat([0, 1], [5, 15]), True, 0.2, seed)[1]] += 1
    assert counts / 2000 == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("share", [-0.1, 0.91, 1.0, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match=r"^test_size must be from 0 to 0\.9; got "):
        split(np.arange(9), False, share, 0)


@pytest.mark.parametrize("y", [[], [0], [0, 1, 2]])
def test_classes_of_one_row_have_none_to_give_away(y):
    with pytest.raises(ValueError, match=r"^test_size must be 0 where no class has two rows; got "):
        split(np.array(y, dtype=np.int64), True, 0.5, 0)


@pytest.mark.parametrize("y", [[], [0.0]])
def test_a_single_row_cannot_be_split(y):
    with pytest.raises(ValueError, match=r"^test_size must be 0 where there are fewer than two"):
        split(np.array(y), False, 0.5, 0)
