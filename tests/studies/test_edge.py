"""The edge of stability on two parameters: what is measured is what is said of it."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay.studies.edge import Way, _way, edge, telling_rates
from gdplay.words import number

FACTORS = edge()


def way(rate):
    (one,) = (way for way in FACTORS.ways if way.rate == rate)
    return one


def test_rates_above_the_edge_of_two_factors_leave_for_flatter_places_and_too_large_ones_are_lost():
    assert [each.rate for each in FACTORS.ways] == [0.2, 0.24, 0.36, 0.5]
    assert way(0.2).curvature[0] == pytest.approx(9.03, abs=0.01)
    assert (way(0.2).rises, way(0.2).curvature[-1]) == (0, pytest.approx(9.09, abs=0.01))
    assert way(0.24).peak == pytest.approx(0.25, abs=0.01)
    assert way(0.24).curvature[-1] == pytest.approx(7.32, abs=0.02)
    assert way(0.36).peak / way(0.36).loss[0] == pytest.approx(187, abs=3)
    assert way(0.36).curvature[-1] == pytest.approx(2.02, abs=0.01)
    assert [each.lost for each in FACTORS.ways] == [False, False, False, True]
    assert [each.left for each in FACTORS.ways] == [False, True, True, False]
    for told in ("η = 2/L = 0.222", "η = 0.24 and 0.36", "from 0.0312 to 0.247 and 5.85",
                 "L = 7.32 and 2.02", "At η = 0.5 the run was lost"):  # fmt: skip
        assert told in FACTORS.words


def test_the_curvature_is_that_of_each_state_on_the_way_and_its_rows_say_so():
    (alone,) = gd.train(gd.Experiment(FACTORS.surface, (gd.Run(gd.SGD(0.24)),), (0.25, 3.0), 60))
    bends = [np.linalg.eigvalsh(FACTORS.surface.hessian(at))[-1] for at in alone.path]
    np.testing.assert_allclose(way(0.24).curvature, bends, rtol=1e-9)
    np.testing.assert_allclose(way(0.24).ratio, np.array(bends) * 0.12, rtol=1e-9)
    assert FACTORS.rows[1] == ("η = 0.24", "8.33", "9.03", "7.32", "0.247", "8")
    assert FACTORS.experiment.epochs == FACTORS.n_updates


def test_on_a_bowl_there_is_no_flatter_place_to_go_to():
    bowl = edge(gd.SURFACES["turned"])
    assert [each.lost for each in bowl.ways] == [False, True, True, True]
    assert "no flatter place" in bowl.words
    assert "not lost" not in bowl.words


def test_where_nothing_bends_upwards_rates_must_be_given():
    ackley = gd.SURFACES["ackley"]
    assert telling_rates(ackley, ackley.start) == ()
    with pytest.raises(ValueError, match="rates must be given where nothing bends upwards"):
        edge(ackley)
    assert "no rate is too large there" in edge(ackley, rates=(0.1,), n_updates=3).words
    with pytest.raises(ValueError, match="n_updates must be from 1 to 2000; got 0"):
        edge(n_updates=0)


def test_rates_that_tell_are_nine_tenths_of_the_limit_and_three_above_it():
    """Where the loss bends by a half at most the limit is 4: two digits of each."""
    flat = gd.Expression("x**2/4 + y**2/16")
    assert telling_rates(flat, (1.0, 1.0)) == (3.6, 4.3, 6.5, 9.0)
    for text in ("x + y", "-x**2 - y**2"):
        assert telling_rates(gd.Expression(text), (1.0, 1.0)) == (), text


def test_as_many_rates_are_drawn_as_there_are_colours_for():
    assert len(edge(rates=(0.01, 0.02, 0.03, 0.04, 0.05, 0.06), n_updates=1).ways) == 6
    with pytest.raises(ValueError, match="the number of rates must be from 1 to 6; got 7"):
        edge(rates=(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07), n_updates=1)


def test_every_rate_is_told_whatever_became_of_it():
    for surface in gd.SURFACES.values():
        if telling_rates(surface, surface.start):
            reading = edge(surface)
            for each in reading.ways:
                assert re.search(rf"[=,d] {number(each.rate)}\b", reading.words), surface.key


def told(key):
    return edge(gd.SURFACES[key]).words


def test_a_first_step_to_where_it_is_flatter_is_no_wonder_of_stability_and_is_told_so():
    calm = "At η = 0.0064 no update raised the loss. **Above the edge, and calm**: at η = 0.0077, "
    assert f"{calm}0.012 and 0.016 no update raised the loss. The first one led to" in told("beale")
    for each in edge(gd.SURFACES["beale"]).ways[1:]:
        assert each.ratio[0] > 1 > each.ratio[1:].max()
    assert "and calm" not in told("bowl")
    along = edge(gd.SURFACES["valley"], start=(4.0, 0.0), rates=(0.3,))
    assert along.ways[0].ratio[-1] > 1
    assert "At η = 0.3 no update raised the loss." in along.words
    assert "and calm" not in along.words


def test_runs_that_neither_leave_nor_are_lost_are_told_by_where_they_end():
    four = edge(gd.SURFACES["himmelblau"])
    assert [each.rises for each in four.ways[:2]] == [30, 39]
    assert (
        "At η = 0.022 and 0.026 the loss rose at 30 and 39 of 60 updates, and the run ended at "
        "L = 150 and 149, above 2/η. At η = 0.039 and 0.054 the run was lost."
    ) in four.words
    below = "the loss rose at 22 of 60 updates, and the run ended at L = 0.04, below"
    assert below in told("cliff")


def test_a_run_that_falls_without_end_is_not_called_lost_and_what_is_alike_is_told_once():
    assert "At η = 0.3 and 0.36 the run fell without end. At η = 0.54" in told("monkey_saddle")
    assert [row[3] for row in edge(gd.SURFACES["monkey_saddle"]).rows] == ["fell"] * 2 + [
        "lost"
    ] * 2
    assert "climbed from −0.000925 to 0, which" in told("easom")


def test_a_way_left_for_a_flatter_place_that_began_above_the_edge_climbed_and_ended_below():
    """At rate 1 the edge is at curvature 2."""
    way = Way(1.0, np.array([3.0, 2.5, 1.0]), np.array([1.0, 2.0, 0.5]), False)
    assert way.left
    assert way.rises == 1
    for changes in (
        {"curvature": np.array([1.0, 3.0, 1.0])}, {"curvature": np.array([3.0, 1.0, 2.5])},
        {"loss": np.array([1.0, 0.9, 0.5])}, {"lost": True},
    ):  # fmt: skip
        assert not way._replace(**changes).left, changes


def test_each_way_is_told_by_what_became_of_it():
    losses = np.array([1.0, 2.0, 0.5])
    made = FACTORS._replace(
        ways=(
            Way(0.1, np.array([4.0, 4.5, 5.0]), np.array([1.0, 0.5, 0.2]), False),
            Way(0.5, np.array([4.0, 4.5, 5.0]), losses, False),
            Way(1.0, np.array([4.0, 3.0, 1.5]), losses, False),
            Way(2.0, np.array([4.0]), np.array([1.0]), True),
        )
    )
    assert made.words == (
        "At the start, (0.25, 3), the function bends by up to L = 4. Plain steps there are stable "
        "below η = 2/L = 0.5. At η = 0.1 no update raised the loss. "
        "**Above the edge, and not lost**: at η = 1 the loss climbed from 1 to 2, which threw the "
        "run to where the function is flat enough for its rate: it ended at L = 1.5, below 2/η. "
        "At η = 0.5 the loss rose at 1 of 60 updates, and the run ended at L = 5, above 2/η. "
        "At η = 2 the run was lost."
    )
    assert made.rows == [
        ("η = 0.1", "20", "4", "5", "1", "0"),
        ("η = 0.5", "4", "4", "5", "2", "1"),
        ("η = 1", "2", "4", "1.5", "2", "1"),
        ("η = 2", "1", "4", "lost", "1", "0"),
    ]


def test_a_way_ends_before_the_first_state_without_a_loss_or_a_curvature():
    """Left of zero this function has no value, though it bends there: 1/x^2."""
    barrier = gd.Expression("x - log(x) + y**2")
    path = np.array([[1.0, 0.0], [0.5, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    trace = SimpleNamespace(path=path, status=(gd.Status.EXHAUSTED,))
    found = _way(barrier, 0.1, trace)
    assert found.curvature.tolist() == [2, 4]
    assert found.loss.tolist() == pytest.approx([1, 0.5 + np.log(2)])
    assert not found.lost


def test_what_bends_little_at_the_start_is_told_with_its_limit():
    words = edge(gd.Expression("x**2/4 + y**2/16"), start=(1.0, 1.0), n_updates=1).words
    assert "bends by up to L = 0.5. Plain steps there are stable below η = 2/L = 4." in words


def test_a_loss_that_grows_by_its_last_digits_did_not_rise():
    for start in (1e-3, 1.0, 1e3):
        loss = start * np.array([1.0, 1 + 1e-13, 1 + 1e-10, 0.5])
        assert Way(1.0, np.ones(4), loss, False).rises == 1, start
