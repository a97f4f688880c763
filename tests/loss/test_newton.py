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
