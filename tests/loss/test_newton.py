"""The search for a minimum: how it tells its way, and who runs it."""

import numpy as np
import pytest

from gdplay.loss import newton as searches
from gdplay.loss.newton import leave_to, newton, newton_seconds, searched


def found(progress):
    """Search the minimum of x^4/4 + x^2/2 - 1000x, many steps away."""
    return newton(
        lambda x: np.sum(x**4 / 4 + x**2 / 2 - 1000 * x),
        lambda x: x**3 + x - 1000,
        lambda x: np.diag(3 * x**2 + 1),
        np.zeros(1), rank=1, unbounded=lambda x: False, progress=progress,
    )  # fmt: skip


def test_a_search_tells_before_each_step_how_far_the_gradient_has_fallen():
    told = []
    best = found(lambda done, total: told.append((done, total)) or True)
    np.testing.assert_allclose(best**3 + best, 1000, rtol=1e-12)
    assert told[0] == (0, 100)
    assert 0 < told[-1][0] < 100
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_search_that_is_told_to_stop_finds_nothing_rather_than_no_minimum():
    with pytest.raises(InterruptedError):
        found(lambda done, total: done < 20)


def test_a_fall_is_told_in_powers_of_ten_and_never_as_whole():
    falls = [(1.0, 1.0), (1.0, 1e-4), (1.0, 1e-30), (1.0, 2.0), (1.0, np.inf), (np.inf, 1.0)]
    falls += [(np.nan, 1.0), (1.0, np.nan)]
    assert [searches._fall(*each) for each in falls] == [0, 25, 99, 0, 0, 0, 0, 0]


def test_searches_are_left_to_who_asked_for_them(monkeypatch):
    monkeypatch.setattr(searches, "_others", [])
    assert searched("problem", 3.0, lambda progress: progress(1, 2)) is True
    leave_to(lambda problem, seconds, search: (problem, seconds, search(None)))
    leave_to(lambda problem, seconds, search: (seconds, problem, search(None)))
    assert searched("problem", 3.0, lambda progress: "found") == (3.0, "problem", "found")


def test_the_estimate_counts_hessians_and_their_equations():
    assert newton_seconds(0, 100) == pytest.approx(30 * 0.7e6 / 8e9)
    assert newton_seconds(2000, 100) - newton_seconds(0, 100) == pytest.approx(30 * 2e7 / 8e9)


def test_a_minimum_is_found_along_columns_of_any_size_and_a_column_of_zeros_stays_where_it_is():
    """Halves of (x - 3)^2, 1e-12 (y - 5)^2 and nothing of z: each coordinate in its own units."""
    weights, best = np.array([1.0, 1e-12, 0.0]), np.array([3.0, 5.0, 0.0])

    def asked(rank):
        return newton(
            lambda p: np.sum(weights * (p - best) ** 2) / 2, lambda p: weights * (p - best),
            lambda p: np.diag(weights), np.zeros(3), rank=rank, unbounded=lambda p: False,
        )  # fmt: skip

    np.testing.assert_allclose(asked(2), best, rtol=1e-9)
    assert asked(3) is None  # fewer directions bend than ought to


def test_a_step_is_halved_until_it_is_lower_or_flatter():
    parabola, slope = (lambda x: float(x[0] ** 2)), (lambda x: abs(2 * float(x[0])))
    # From 1 a step of -3 leads to -2, half of it to -0.5.
    assert searches._downhill(parabola, slope, np.ones(1), np.array([-3.0])).tolist() == [-0.5]
    assert searches._downhill(parabola, slope, np.ones(1), np.array([-0.5])).tolist() == [0.5]
    assert searches._downhill(parabola, slope, np.ones(1), np.ones(1)) is None
    # Where no fall of the loss can be seen a flatter place is taken.
    level = lambda x: 1.0  # noqa: E731
    assert searches._downhill(level, slope, np.ones(1), np.array([-0.5])).tolist() == [0.5]


def test_a_loss_that_is_shown_to_fall_for_ever_has_no_minimum():
    seen = []
    best = newton(
        lambda x: float(np.exp(-x[0])), lambda x: -np.exp(-x), lambda x: np.diag(np.exp(-x)),
        np.zeros(1), rank=1, unbounded=lambda x: seen.append(x[0]) or x[0] > 2.5,
    )  # fmt: skip
    assert best is None
    np.testing.assert_allclose(seen, [1, 2, 3])  # each Newton step is one
