"""How runs are said to have gone near their end, from true runs whose way is plain to see."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.experiment import labels
from gdplay.own_rows.table import Table
from gdplay.teaching.carry import on_fit
from gdplay.teaching.defaults import default_experiment, default_race
from gdplay.teaching.manners import (
    FELL,
    SMOOTH,
    Manner,
    _fell,
    _full,
    _sinks,
    _together,
    manner,
    near_the_end,
)
from gdplay.teaching.narrate import narrate
from gdplay.theory.endings import Ending, ending
from gdplay.theory.measures import Reference

HOURS = (3.6, 6.2, 1.7, 7.1, 12, 5.4, 3.6, 9.2, 9.5, 4.3, 10.1, 10.7)
POINTS = (33.6, 46.7, 26.9, 45.9, 65.2, 39.1, 34.7, 50.7, 60.9, 30.8, 56.4, 62.6)
RAW = default_experiment(Table(np.array([HOURS]).T, np.array(POINTS), ("hours",), "points"))
HIMMELBLAU = default_race(gd.SURFACES["himmelblau"])


def told(experiment):
    (sentence,) = [
        text
        for text in narrate(experiment, gd.train(experiment))
        if text.startswith("Near the end")
    ]
    return sentence


def test_on_raw_columns_single_rows_still_fall_and_on_standardised_ones_they_hover():
    assert "**Mini-batch** and **Stochastic** fell on the whole, though 49 to 53 %" in told(RAW)
    fit = replace(RAW.problem, standardize=True)
    words = told(on_fit(RAW, fit).experiment)
    assert "**Stochastic** hovered, mostly at an excess of 0.63 to 7.5: 52 % of its" in words
    assert words.endswith("; **Mini-batch** hovered at 0.15 to 1.9.")
    assert "fell on the whole" not in words


def test_a_cycle_is_told_by_its_levels_and_a_tenth_once_reached_is_taken_back():
    runs = (gd.Run(gd.SGD(lr=0.022)), *HIMMELBLAU.runs[1:])
    first, second = narrate(HIMMELBLAU, gd.train(HIMMELBLAU))
    assert "left it again" not in first
    experiment = replace(HIMMELBLAU, runs=runs)
    first, second = narrate(experiment, gd.train(experiment))
    assert "**Plain step** after 7 epochs" in first
    assert first.endswith(". **Plain step** left it again.")
    # The largest curvature at (3.584, -1.848), by hand, is 105.4.
    assert second.endswith(
        "**Plain step** bounced between a loss of 14.2 and one of 31.2: its rate is 1.16 times 2/L "
        "at the nearest minimum, (3.58, −1.85)."
    )


def test_every_run_has_its_part_of_the_sentence():
    for experiment in (HIMMELBLAU, RAW):
        words = told(experiment)
        assert all(words.count(f"**{name}**") == 1 for name in labels(experiment))


# Made curves

FLOOR = 4.0
STEPS = np.arange(60)


def way(loss, *, lr=0.1, batch_size=None, exact=True, stride=1, start=40.0, noise=0.0):
    """Return how a run is said to have gone whose second half is `loss`."""
    surface = gd.SURFACES["bowl"]
    experiment = default_experiment() if batch_size else gd.Experiment(
        surface, (gd.Run(gd.SGD(lr=lr)),), (3.0, 4.0), 1, gradient_noise=noise
    )  # fmt: skip
    experiment = replace(experiment, runs=(gd.Run(gd.SGD(lr=lr), batch_size),), epochs=1)
    (trace,) = gd.train(experiment)
    first = np.full_like(trace.loss, start)
    end = Ending(np.asarray(loss[len(loss) // 2 :]), np.asarray(loss), stride)
    origin = Reference(np.zeros(2), FLOOR, exact)
    return manner(experiment, 0, replace(trace, loss=first), end, origin)


def test_what_never_rises_is_told_by_how_it_falls():
    falling = FLOOR + np.geomspace(8, 1, 60)
    assert way(falling).verb == "fell at every step"
    assert way(falling, stride=3).verb == "kept falling"
    assert way(FLOOR + np.repeat(np.geomspace(8, 1, 20), 3)).verb == "never rose"
    assert way(np.full(60, FLOOR)).verb == "was at the minimum but for rounding"
    assert way(np.full(60, 9.0)) == Manner("stood still", " at a loss of 9")
    assert way(np.full(60, FLOOR), exact=False).verb == "stood still"


def test_swings_without_noise_that_die_away_fall_and_those_that_last_do_not():
    wave = 1 + np.cos(STEPS)
    assert way(FLOOR + wave * np.geomspace(8, 2, 60)).verb == "fell on the whole"
    lasting = way(FLOOR + 1 + np.cos(STEPS))
    assert lasting.verb == "swung"
    low, high = np.percentile(1 + np.cos(STEPS[30:]), [10, 90])
    assert lasting.words == f"{low:.2g} to {high:.2g}"
    assert lasting.span == pytest.approx(np.std(np.cos(STEPS[30:])))


def test_a_run_that_climbs_is_said_to_rise():
    wobble = 0.02 * np.cos(np.pi * STEPS)
    assert way(FLOOR + np.linspace(1, 3, 60)).verb == "rose at every step"
    assert way(FLOOR + np.linspace(1, 3, 60) + 2 * wobble).verb == "rose on the whole"


def test_a_swing_too_small_to_be_seen_stays():
    assert way(FLOOR + 5 + 1e-4 * np.cos(STEPS)) == Manner("stayed", " at a loss of 9")
    narrow = way(FLOOR + 5 + 1e-4 * np.cos(STEPS), batch_size=1)
    assert (narrow.verb, narrow.words) == ("hovered", "about 5")


def test_noise_hovers_below_the_start_and_swings_where_it_goes_above():
    noise = FLOOR + np.exp(np.random.default_rng(2).normal(size=60))
    assert way(noise, batch_size=1).verb == "hovered"
    assert way(noise, noise=0.5).verb == "hovered"
    assert way(noise, batch_size=1, start=float(noise[30:].max()) - 0.01).verb == "swung"
    assert way(noise).verb in {"swung", "fell on the whole"}


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((14.16, 31.22), " between a loss of 14.2 and one of 31.2"),
        ((8.0, 12.0, 9.0), " round 3 losses, from 8 to 12"),
        ((9.00001, 9.00002), " at a loss of 9"),
    ],
)
def test_cycles_are_told_by_their_levels(levels, words):
    assert way(np.tile(levels, 20)) == Manner("bounced", words)


def test_thinned_losses_are_not_read_as_a_cycle():
    assert way(np.tile((14.0, 31.0), 30), stride=2).verb == "swung"


def test_without_an_update_nothing_is_told():
    experiment = default_experiment()
    traces = gd.train(experiment, progress=lambda done, total: False)
    origin = Reference(np.zeros(2), 0.0, True)
    last = {place: ending(experiment.problem, trace) for place, trace in enumerate(traces)}
    assert near_the_end(experiment, traces, ("a", "b", "c"), origin, last) == ""


@pytest.mark.parametrize(
    ("peaks", "sinks", "few"),
    [
        ((10, 9.4, 8.9), True, True), ((10, 9.0, 8.9), False, True), ((10, 9.4, 9.1), False, False),
        ((10, 12, 8.9), True, True), ((8.9, 9.4, 10), False, False),
    ],
)  # fmt: skip
def test_a_swing_sinks_whose_last_peaks_are_a_tenth_lower_and_half_of_that_since_the_middle(
    peaks, sinks, few
):
    """0.9 of the first third's, and of the middle third's the root of 0.9, 0.949."""
    assert _sinks(np.array([[peak, 0.0, 1.0] for peak in peaks]).ravel()) == sinks
    assert _sinks(np.array([[peak, 0.0] for peak in peaks]).ravel()) == few


def test_digits_that_numbers_have_left_are_no_descent():
    """Of a start 36 above the minimum 1e-25 is 3.6e-24, which a bowl at zero can hold."""
    end = Ending(*[1e-24 * (1 + np.cos(STEPS))] * 2, 1)
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),), (3.0, 4.0), 1)
    (trace,) = gd.train(bowl)
    begun = replace(trace, loss=np.array([[36.0, 1e-24]]))
    for exact, verb in ((True, "was at the minimum but for rounding"), (False, "swung")):
        assert manner(bowl, 0, begun, end, Reference(np.zeros(2), 0.0, exact)).verb == verb


def test_a_single_update_is_told_and_large_losses_stand_still_that_rounding_alone_moves():
    experiment = replace(default_experiment(), runs=default_experiment().runs[:1], epochs=1)
    traces = gd.train(experiment)
    origin = Reference(np.zeros(2), 0.0, True)
    last = {0: ending(experiment.problem, traces[0])}
    assert near_the_end(experiment, traces, ("a",), origin, last) == (
        "Near the end a fell at every step."
    )
    steps = 1e12 + np.repeat([3.0, 2.0, 1.0], 20)
    assert way(steps).verb == "stood still"
    assert way(np.repeat([4e12, 2e12, 1e12], 20)).verb == "never rose"


def test_of_updates_that_were_looked_at_some_apart_it_is_told_how_far():
    one, losses = Manner("hovered", "0.1 to 0.2"), np.array([1.0, 2.0, 1.0, 2.0, 1.0])
    for stride, told in (
        (1, "50 % of its steps raised the loss"),
        (2, "its loss, looked at every 2 updates, rose 50 % of the time"),
    ):
        last = Ending(losses, losses, stride)
        assert _full(last, one) == f", mostly at an excess of 0.1 to 0.2: {told}"
        (fell,) = _fell(["**A**"], {0: last}, {0: Manner(FELL)})
        assert fell == f"**A** fell on the whole, though {told}"


def test_runs_that_went_alike_are_told_together_in_the_plural():
    one = Manner(SMOOTH[3])
    assert _together(["**A**"], {0: one}) == ["**A** was at the minimum but for rounding"]
    both = _together(["**A**", "**B**"], {0: one, 1: one})
    assert both == ["**A** and **B** were at the minimum but for rounding"]
