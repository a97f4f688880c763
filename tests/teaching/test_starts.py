"""Several starts at once: read from what people write, trained in lock-step, and compared."""

import json
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay import link
from gdplay.engine import lockstep
from gdplay.engine.training import by_start
from gdplay.experiment import labels, with_start
from gdplay.figures.arrows import arrows_of
from gdplay.figures.convergence import convergence
from gdplay.figures.paths import contour, surface
from gdplay.figures.tracks import close_ups, playback
from gdplay.teaching.defaults import default_race
from gdplay.teaching.lead import lead
from gdplay.teaching.starts import counted, heads, noise_words, read, rows, words, written
from tests import trained
from tests.figures.test_figures import ground

MORE = ((2.0, 4.0), (-4.0, 1.0))
RACE = replace(default_race(gd.SURFACES["himmelblau"]), epochs=20, more_starts=MORE)


def test_every_start_is_as_if_trained_from_there_alone() -> None:
    every = by_start(RACE, trained(RACE))
    assert [alone.start for alone, _ in every] == [RACE.start, *MORE]
    for alone, traces in every:
        for trace, own in zip(traces, trained(alone), strict=True):
            assert np.array_equal(trace.path, own.path)
            assert np.array_equal(trace.loss, own.loss)
            assert np.array_equal(trace.batch_loss, own.batch_loss, equal_nan=True)
            assert trace.status == own.status


def test_all_starts_of_a_rule_run_in_one_group() -> None:
    groups = lockstep.plan(RACE)
    assert [(len(group.runs), group.n_orders) for group in groups] == [(1, 3)] * 3


def test_starts_travel_in_links_and_old_links_have_one() -> None:
    assert link.decode(link.encode(RACE)) == link.decode(link.short(RACE)) == RACE
    query = link.encode(with_start(RACE))
    assert query["start"] == ["0.0~-3.0"]
    assert link.decode(query) == with_start(RACE)
    with pytest.raises(link.LinkError, match="0 to 5 starts"):
        link.decode(query | {"start": ["1~1"] * 7})
    with pytest.raises(link.LinkError, match="on a function"):
        link.decode({"data": ["line"], "start": ["1~1", "2~2"]})


def test_a_program_runs_from_every_start_too() -> None:
    space: dict[str, list[dict[str, object]]] = {}
    exec(gd.export.script(RACE), space)
    for result, trace in zip(space["results"], trained(RACE), strict=True):
        losses = [result["loss"], *(other["loss"] for other in result["more_starts"])]  # type: ignore[attr-defined]
        np.testing.assert_allclose(losses, trace.loss, rtol=1e-9, atol=1e-12)
    assert "first start alone" in gd.export.torch(RACE)


def test_tables_and_records_tell_every_start_apart() -> None:
    traces = trained(RACE)
    _, heads_line, *lines = gd.export.csv(RACE, traces).splitlines()
    assert heads_line.split(",")[2].strip('"') == "start"
    assert [line.split(",")[2] for line in lines[:63:21]] == ["1", "2", "3"]
    (told, *_) = json.loads(gd.export.json(RACE, traces))["results"]
    assert len(told["last parameters (by start)"]) == 3


def test_a_list_of_starts_is_read_as_it_is_written_and_else_refused_in_a_sentence() -> None:
    assert read(written(MORE)) == MORE
    assert read(" 1, 2 ;") == ((1.0, 2.0),)
    assert read("") == ()
    for text in ("1", "1, a", "1, 2, 3"):
        with pytest.raises(ValueError, match="two numbers each"):
            read(text)


def test_the_table_holds_every_last_loss_and_the_words_count_who_was_lowest() -> None:
    traces = trained(RACE)
    ends = np.array([trace.loss[:, -1] for trace in traces])
    told = rows(RACE, traces)
    assert [row[0] for row in told] == list(labels(RACE))
    assert heads(RACE)[1:] == ["start 1: (0, −3)", "start 2: (2, 4)", "start 3: (−4, 1)"]
    assert all(len(row) == 4 for row in told)
    winners = [labels(RACE)[place] for place in ends.argmin(axis=0)]
    for name in set(winners):
        assert f"**{name}** from {winners.count(name)}" in words(RACE, traces)
    twice = replace(RACE, runs=(RACE.runs[0], replace(RACE.runs[0], drop_last=True)))
    one, other = (f"**{name}** from 3" for name in labels(twice))
    assert f"Lowest at the end: {one} and {other}." in words(twice, trained(twice))
    wild = replace(RACE, runs=(gd.Run(gd.SGD(lr=10.0)),))
    assert words(wild, trained(wild)).endswith("All runs were lost.")
    assert rows(wild, trained(wild))[0][1:] == ["lost"] * 3
    both = replace(wild, runs=(*wild.runs, gd.Run(gd.SGD(lr=20.0))))
    assert "all fly off: lost from all 3 starts." in lead(both, "updates", trained(both)).words


@pytest.mark.parametrize("draw", [contour, surface])
def test_further_starts_are_numbered_and_their_runs_have_the_rules_colours(draw) -> None:
    (alone, first), *more = by_start(RACE, trained(RACE))
    figure = draw(alone, first, ground(alone, first), more=more).to_dict()
    by_name = {trace.get("name"): trace for trace in figure["data"]}
    for name in labels(RACE):
        for number in (2, 3):
            other = by_name[f"{name}, start {number}"]
            assert other["line"]["color"] == by_name[name]["line"]["color"]
    notes = [note["text"] for note in figure["layout"].get("scene", {}).get("annotations", ())]
    texts = notes or [text for trace in figure["data"] for text in trace.get("text", ())]
    assert {"start 1", "2", "3"} <= set(texts)


def test_runs_from_further_starts_play_whole_beside_the_others_and_ask_for_nothing() -> None:
    (alone, first), *more = by_start(RACE, trained(RACE))
    play = playback(alone, first, "updates", arrows=True, more=more)
    own, others = play.tracks[:3], play.tracks[3:]
    assert [track.place for track in play.tracks] == list(range(9))
    assert [track.beside for track in play.tracks] == [False] * 3 + [True] * 6
    assert all(len(track.updates) == 21 for track in others)
    for number, (other, traces) in enumerate(more):
        for place, track in enumerate(others[3 * number : 3 * number + 3]):
            arrows = arrows_of(other, place, traces[place])
            assert arrows is not None
            assert track.arrows is not None
            assert len(track.arrows.step) == 20
            np.testing.assert_array_equal(track.arrows.downhill, arrows.downhill)
    assert all(track.arrows is None for track in playback(alone, first, more=more).tracks)
    assert [track.color for track in others] == [track.color for track in own] * 2
    with pytest.raises(ValueError, match="place must be one of"):
        close_ups(alone, first, None, play, {4: 0})


def test_words_count_the_starts_from_which_each_rule_arrived_or_was_lost() -> None:
    plain, fast = gd.SGD(lr=0.01), gd.SGD(lr=0.024)
    race = replace(RACE, runs=(gd.Run(plain), gd.Run(fast)), more_starts=(*MORE, (6.0, 6.0)))
    traces = trained(race)
    names, origin = labels(race), race.problem.minimum()
    told = counted(race, traces, (0, 1))
    for place, trace in enumerate(traces):
        near = [loss <= 0.01 * row[0] for row in trace.loss for loss in row[-1:]]
        assert origin is not None
        assert (f"**{names[place]}** from {sum(near)} (after" in told) == any(near)
    gone = traces[1].diverged_at
    assert sum(at >= 0 for at in gone) == 1
    assert told.endswith(f"Lost were **{names[1]}** from 1.")
    assert names[0] not in counted(race, traces, (1,))
    assert counted(race, traces, ()) == ""
    assert "{1} flies off: lost from 1 of 4 starts. " in lead(race, "updates", traces).words


def test_thin_curves_show_the_runs_from_further_starts_and_one_legend_entry_says_so() -> None:
    (alone, first), *more = by_start(RACE, trained(RACE))
    drawn = convergence(alone, first, "loss", "updates", more=more)
    by_name = {trace.name: trace for trace in drawn.data if trace.mode == "lines"}
    for place, name in enumerate(labels(RACE)):
        for number, (_, traces) in enumerate(more, start=2):
            thin, own = by_name[f"{name}, start {number}"], by_name[name]
            np.testing.assert_allclose(thin.y, traces[place].loss[0], rtol=1e-6)
            assert (thin.line.color, thin.line.dash) == (own.line.color, own.line.dash)
            assert thin.line.width < own.line.width
            assert thin.meta != "beside"  # the player shows there where it stands
    entries = [trace.name for trace in drawn.data if trace.showlegend is not False]
    assert entries == ["thin: from starts 2 to 3"]
    assert not convergence(alone, first).layout.showlegend


def test_starts_that_arrived_at_one_time_are_told_with_it_once() -> None:
    """On a round bowl each update leaves 0.2 of the way: after two 0.0016 of the loss are left."""
    bowl = gd.Expression("x**2 + y**2")
    run = gd.Run(gd.SGD(lr=0.4))
    same = gd.Experiment(bowl, (run,), (1.0, 0.0), epochs=4, more_starts=((0.0, 3.0),))
    assert counted(same, trained(same), (0,)) == (
        "Of 2 starts, the height over the lowest loss fell to 1 % and stayed there: "
        "**Plain step** from 2 (after 2 updates)."
    )
    valley = gd.Expression("x**2 + 0.5*y**2")  # along y an update leaves 0.6 of the way
    other = replace(same, problem=valley, epochs=9)
    # 0.36, 0.13, 0.047, 0.017, 0.006
    assert "**Plain step** from 2 (after 2 to 5 updates)." in counted(other, trained(other), (0,))
    short = replace(other, epochs=1)
    assert "**Plain step** from none." in counted(short, trained(short), (0,))


def test_noise_is_told_where_there_is_some() -> None:
    assert noise_words(RACE) == ""
    assert noise_words(replace(RACE, gradient_noise=0.5)) == (
        "Gradient noise of standard deviation 0.5 is added to both slopes. "
    )
