"""The One update page: its numbers are those of the run, its pictures and sentences too."""

import json
import re
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine.replay import replay
from gdplay.figures.theme import LIGHT
from gdplay.optimizers import OPTIMIZERS, Optimizer
from gdplay.studies.one_update import OneUpdate, Position
from gdplay.teaching.defaults import default_experiment
from gdplay.ui import address as views
from gdplay.ui import results, tiles
from gdplay.ui.compare.view import View
from gdplay.ui.one_update import moves
from gdplay.ui.one_update.view import UpdateView
from gdplay.words import escaped, quantity
from tests import PATIENCE, ROOT, crossed, older
from tests.updates import EVERYTHING, FITS, LINE, tail, trained, with_rule

ROUTER, PAGE = ROOT / "gdplay/ui/router.py", ROOT / "pages/one_update.py"

N = LINE.problem.n_samples
ROWS = LINE.runs[1].rows(N)
PER_EPOCH = LINE.runs[1].updates_per_epoch(N)
LAST = LINE.epochs * PER_EPOCH

SHORT = replace(LINE, runs=(LINE.runs[0], replace(LINE.runs[1], batch_size=32), LINE.runs[2]))
"""With batches of which the last of an epoch, the seventh, is short."""


# The page, driven without a browser


class Shown(NamedTuple):
    """What a link asks for."""

    experiment: gd.Experiment
    view: UpdateView


def opened(experiment: gd.Experiment | None = None, view: UpdateView | None = None) -> AppTest:
    at = AppTest.from_file(str(ROUTER), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(PAGE))
    for name, texts in query_of(experiment, view).items():
        at.query_params[name] = texts
    return fine(at.run())


def query_of(experiment: gd.Experiment | None, view: UpdateView | None) -> link.Query:
    if experiment is None:
        return {}
    return link.encode(experiment) | views.encode(view or UpdateView())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def address(at: AppTest) -> link.Query:
    return {
        name: [values] if isinstance(values, str) else list(values)
        for name, values in at.query_params.items()
    }


def press(at: AppTest, name: str) -> AppTest:
    (button,) = [b for b in at.button if b.key == name]
    button.click()
    return fine(at.run())


def field(at: AppTest) -> Any:
    return at.number_input[0]


def shown(at: AppTest) -> Shown:
    return Shown(*at.session_state["session"].shown)


def words(at: AppTest) -> str:
    return "\n".join(m.value for m in at.markdown)


def cells(at: AppTest) -> list[list[list[float]]]:
    """Return the numbers of each table, with all their digits."""
    bodies = [h.proto.body for h in at.get("html") if "<table" in h.proto.body]
    rows = (re.findall(r"<tr>(.*?)</tr>", body.split("<tbody>")[1]) for body in bodies)
    return [[[float(v) for v in re.findall(r'title="([^"]*)"', r)] for r in t] for t in rows]


def components(at: AppTest) -> list[dict[str, Any]]:
    """Return what each component on the page is told."""
    silent = {"reconnect", "fingers"}
    parts = [part for part in at.get("bidi_component") if part.key not in silent]
    return [json.loads(part.proto.json) for part in parts]


def strip(at: AppTest) -> dict[str, Any]:
    (told,) = [told for told in components(at) if "sizes" in told]
    return told


@pytest.fixture(scope="module")
def first() -> AppTest:
    return opened()


def test_a_first_visit_opens_the_first_mini_batch(first: AppTest) -> None:
    assert (
        f"epoch **1** of {LINE.epochs} · batch **1** of {PER_EPOCH} · **{ROWS} of {N} rows**"
    ) in words(first)
    assert OneUpdate(replay(LINE, 1, 1), 200).verdict in words(first)
    assert not first.query_params


@pytest.mark.parametrize("update", [1, 7, 100])
def test_the_numbers_on_the_page_are_those_of_train(update: int) -> None:
    at = opened(LINE, UpdateView(run=1, update=update))
    trace, step = trained(LINE)[1], replay(LINE, 1, update)
    rows, params = cells(at)
    *_, before, made, after = np.array(params).T
    assert before == pytest.approx(trace.path[update - 1], rel=1e-12)
    assert after == pytest.approx(trace.path[update], rel=1e-12)
    assert made == pytest.approx(trace.path[update] - trace.path[update - 1], rel=1e-9)
    table = np.array(rows)
    assert len(table) == 8
    x, y, guess, loss, *slopes = table.T
    assert np.array_equal(x, LINE.problem.X[step.rows[:8], 0])
    assert np.array_equal(y, LINE.problem.y[step.rows[:8]])
    assert guess == pytest.approx(trace.path[update - 1] @ np.stack([np.ones(8), x]), rel=1e-12)
    assert loss == pytest.approx((guess - y) ** 2 / 2, rel=1e-9)
    assert slopes == pytest.approx(np.stack([guess - y, (guess - y) * x]), rel=1e-9)
    last = [tail(t.value.strip("$\n ")) for t in at.latex[-2:]]
    assert last == pytest.approx(trace.path[update], rel=1e-3)


@pytest.mark.parametrize(
    "rule",
    crossed(OPTIMIZERS.values(), OPTIMIZERS["momentum"], OPTIMIZERS["newton"]),
    ids=list(OPTIMIZERS),
)
def test_every_rule_has_its_page(rule: Optimizer) -> None:
    at = opened(with_rule(rule, schedule=gd.SCHEDULES["cosine"]), UpdateView(0, 9))
    formulas = [t.value for t in at.latex]
    assert any(rule.formula in text for text in formulas)
    assert any(gd.SCHEDULES["cosine"].formula in text for text in formulas)
    assert f"The rule: {escaped(rule.title)}" in words(at)
    *_, after = np.array(cells(at)[-1]).T
    assert after == pytest.approx(trained(shown(at).experiment)[0].path[9], rel=1e-12)


@pytest.mark.parametrize(
    "name", crossed(EVERYTHING, "line linear", "moons logistic", "iris softmax", "rosenbrock")
)
@older.newer_tells
def test_every_model_data_set_and_surface_has_its_page(name: str) -> None:
    experiment = EVERYTHING[name]
    run = min(1, len(experiment.runs) - 1)
    at = opened(experiment, UpdateView(run, 3))
    assert OneUpdate(replay(experiment, run, 3), experiment.problem.n_samples).verdict in words(at)
    (told,) = [told for told in components(at) if "panels" in told]
    assert set(told["panels"]) == ({"surface", "fit"} if name in FITS else {"surface"})
    params, tables = trained(experiment)[run].path[3], cells(at)
    if getattr(experiment.problem, "standardize", False):
        raw = experiment.problem.raw(params)[:6]
        assert np.array(tables.pop())[:, -1] == pytest.approx(raw, rel=1e-12)
    assert np.array(tables[-1])[:, -1] == pytest.approx(params[:6], rel=1e-12)


def test_next_and_previous_step_through() -> None:
    at = opened(SHORT, UpdateView(run=1, update=7))
    assert "the short last batch, **8 of 200 rows**" in words(at)
    press(at, "update_on")
    assert (field(at).value, shown(at).view.update) == (8, 8)
    assert f"epoch **2** of {LINE.epochs} · batch **1** of 7" in words(at)
    press(at, "epoch_on")
    assert field(at).value == 15
    press(press(at, "epoch_back"), "update_back")
    assert field(at).value == 7
    assert OneUpdate(replay(SHORT, 1, 7), 200).verdict in words(at)


def test_the_ends_of_a_run_are_ends() -> None:
    at = opened(LINE, UpdateView(run=1, update=1))
    off = {b.key: b.disabled for b in at.button}
    assert off["update_back"]
    assert off["epoch_back"]
    assert not off["update_on"]
    at = opened(LINE, UpdateView(run=1, update=LAST))
    off = {b.key: b.disabled for b in at.button}
    assert off["update_on"]
    assert off["epoch_on"]


def test_an_update_can_be_typed() -> None:
    at = opened(LINE, UpdateView(run=1, update=1))
    field(at).set_value(123)
    fine(at.run())
    assert shown(at).view == UpdateView(1, 123)
    assert OneUpdate(replay(LINE, 1, 123), 200).verdict in words(at)


def test_another_run_is_shown_at_the_same_update_or_its_last() -> None:
    at = opened(LINE, UpdateView(run=1, update=100))
    chooser = at.segmented_control[0] if hasattr(at, "segmented_control") else at.button_group[0]
    chooser.set_value(2)
    fine(at.run())
    assert shown(at).view == UpdateView(2, 100)
    chooser = at.segmented_control[0] if hasattr(at, "segmented_control") else at.button_group[0]
    chooser.set_value(0)
    fine(at.run())
    assert shown(at).view == UpdateView(0, LINE.epochs)
    assert not at.info, "nobody asked for more"


def test_a_link_opens_its_update_and_stays_as_it_is() -> None:
    view = UpdateView(run=2, update=5900, near=True)
    at = opened(LINE, view)
    assert shown(at) == (LINE, view)
    assert address(at) == query_of(LINE, view)
    assert not at.info


@pytest.mark.parametrize(
    ("asked", "there", "said"),
    [
        (
            UpdateView(1, LAST + 1),
            UpdateView(1, LAST),
            f"There is no update {LAST + 1}: this run makes {LAST}.",
        ),
        (UpdateView(5, 3), UpdateView(2, 3), "There is no run 6: here is the last of 3."),
    ],
)
def test_a_link_to_what_there_is_not_is_told_and_mended(
    asked: UpdateView, there: UpdateView, said: str
) -> None:
    at = opened(LINE, asked)
    assert [info.value for info in at.info] == [said]
    assert shown(at).view == there
    assert address(at) == query_of(LINE, there)


def test_a_bad_link_opens_the_first_look() -> None:
    at = AppTest.from_file(str(ROUTER), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(PAGE))
    for name, texts in (query_of(LINE, UpdateView()) | {"view.update": ["-3"]}).items():
        at.query_params[name] = texts
    fine(at.run())
    assert OneUpdate(replay(LINE, 1, 1), 200).verdict in words(at)
    assert ["update" in info.value for info in at.info] == [True]


def test_a_diverged_run_is_shown_up_to_where_it_diverged() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    last = trained(wild)[0].diverged_at[0]
    at = opened(wild, UpdateView(0, 900))
    assert f"diverged at update {last}" in at.info[0].value
    assert field(at).value == field(at).max == last
    assert "overflowed" in words(at)
    assert not [caption for caption in at.caption if "Arrows" in caption.value]
    press(at, "update_back")
    assert [caption for caption in at.caption if "Arrows" in caption.value]
    assert "raised" in words(at)


def test_the_last_update_of_a_run_that_ended_early_says_why() -> None:
    wild = replace(LINE, runs=(gd.Run(gd.SGD(lr=1e3), 1),), epochs=5)
    last = trained(wild)[0].diverged_at[0]
    assert f"The run diverged at update {last}." in words(opened(wild, UpdateView(0, last)))
    assert "The run " not in words(opened(wild, UpdateView(0, last - 1)))
    assert "The run " not in words(opened(LINE, UpdateView(0, LINE.epochs)))


@pytest.mark.parametrize(
    ("sampling", "told"),
    [
        ("reshuffle", "**32 of 200 rows**\n"),
        ("shuffle once", "**32 of 200 rows**, shuffled once\n"),
        ("with replacement", "**32 of 200 rows**, with replacement\n"),
    ],
)
def test_a_sampling_other_than_the_usual_is_told(sampling: Any, told: str) -> None:
    sampled = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.03), 32, sampling),))
    assert told in words(opened(sampled))


def test_a_run_that_stopped_early_is_shown_up_to_its_end() -> None:
    calm = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.3)),), epochs=300, tol=0.01)
    at = opened(calm, UpdateView(0, 299))
    last = int(trained(calm)[0].path_updates[-1])
    assert at.info[0].value == (
        f"There is no update 299: this run ended after {last}, because its gradient was small."
    )
    assert field(at).max == last


def test_a_run_stopped_before_its_first_update_has_none_to_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped = gd.train(LINE, progress=lambda done, total: False)
    monkeypatch.setattr(results, "traces", lambda experiment: stopped)
    at = opened(LINE, UpdateView(run=5, update=3))
    assert "stopped before its first update" in at.info[-1].value
    assert not at.latex


def test_a_run_that_was_stopped_is_shown_up_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = replace(LINE, runs=(gd.Run(gd.Adam(lr=0.01), 1),))
    stopped = gd.train(slow, progress=lambda done, total: done < total / 2)
    last = int(stopped[0].path_updates[-1])
    assert 0 < last < 6000
    monkeypatch.setattr(results, "traces", lambda experiment: stopped)
    at = opened(slow, UpdateView(run=0, update=6000))
    assert f"this run ended after {quantity(last)}, because you stopped it." in at.info[0].value
    assert field(at).max == last


def test_a_run_that_ends_earlier_when_made_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*asked: Any) -> gd.Step:
        raise ValueError("update must be from 1 to 7, where the run diverged; got 8")

    monkeypatch.setattr(import_module("gdplay.studies.one_update"), "replay", gone)
    at = opened(LINE, UpdateView(run=1, update=8))
    assert "where the run diverged" in at.warning[0].value
    assert not at.latex


def test_going_back_to_compare_keeps_everything() -> None:
    wanted = replace(LINE, seed=7)
    at = opened(wanted, UpdateView(run=1, update=12))
    press(at, "back")
    assert at.session_state["session"].page.name == "compare"
    assert shown(at).experiment == wanted
    assert isinstance(shown(at).view, View)
    at.switch_page(str(PAGE))
    fine(at.run())
    assert shown(at) == (wanted, UpdateView(run=1, update=12))


def test_compare_can_open_an_update() -> None:
    at = AppTest.from_file(str(ROUTER), default_timeout=PATIENCE).run()
    session = at.session_state["session"]
    at.session_state["session"] = views.leave(session, "one_update", view=UpdateView(2, 77))
    at.switch_page(str(PAGE))
    fine(at.run())
    assert field(at).value == 77
    assert OneUpdate(replay(LINE, 2, 77), 200).verdict in words(at)


def test_the_sidebar_stays_empty(first: AppTest) -> None:
    assert not first.sidebar.children


def test_too_much_work_is_refused_here_too() -> None:
    rows = replace(gd.DATASETS["line"], n_samples=10_000)
    at = opened(replace(default_experiment(rows), epochs=5000, runs=(gd.Run(gd.Adam(), 1),)))
    assert len(at.warning) == 1
    assert not at.latex


def test_all_rows_and_all_parameters_can_be_seen() -> None:
    at = opened(FITS["iris softmax"], UpdateView(1, 2))
    assert not at.dataframe
    for name in ("all_rows", "all_params"):
        at.session_state[name] = True
    fine(at.run())
    rows, params = (frame.value for frame in at.dataframe)
    step = replay(FITS["iris softmax"], 1, 2)
    assert len(rows) == len(step.rows)
    assert len(params) == 15
    assert rows["0"].tolist() == step.rows.tolist()
    assert params.iloc[:, -1].tolist() == step.new_params.tolist()


# The tiles


@older.newer_tells
def test_the_epoch_is_drawn_as_tiles_with_its_short_last_batch() -> None:
    at = opened(SHORT, UpdateView(run=1, update=10))
    drawn = strip(at)
    assert drawn["sizes"] == [32] * 6 + [8]
    assert (drawn["lit"], drawn["dropped"], drawn["color"]) == (3, 0, LIGHT.run_color(1))


@older.newer_tells
def test_dropped_rows_are_drawn_apart() -> None:
    dropping = replace(LINE, runs=(gd.Run(gd.SGD(lr=0.01), 32, drop_last=True),))
    drawn = strip(opened(dropping, UpdateView(0, 6)))
    assert drawn["sizes"] == [32] * 6
    assert drawn["dropped"] == 8


@pytest.mark.parametrize("batch", [1, 119, 120, 121, 122, 5000, 9880, 9881, 10_000])
def test_a_long_epoch_is_shown_around_its_batch(batch: int) -> None:
    shown = tiles.strip(10_000, 1, 10_000, batch)
    last = shown.first + len(shown.sizes) - 1
    assert len(shown.sizes) == tiles.MAX_TILES
    assert shown.first <= batch <= last <= 10_000
    assert shown.more == (shown.first > 1, last < 10_000)


def test_dropped_rows_of_a_long_epoch_are_drawn_only_at_its_end() -> None:
    assert [tiles.strip(10_000, 3, 3333, batch).dropped for batch in (5, 3333)] == [0, 1]


def test_all_tiles_together_are_all_rows() -> None:
    for rows in (1, 3, 32, 64, 199, 200):
        for drop in (False, True):
            run = gd.Run(gd.SGD(), rows, drop_last=drop)
            shown = tiles.strip(200, rows, run.updates_per_epoch(200), 1)
            assert sum(shown.sizes) + shown.dropped == 200
            assert shown.dropped == (200 % rows if drop else 0)


def test_a_click_on_a_tile_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    went = []
    monkeypatch.setattr(moves, "go_to", lambda run, update: went.append((run, update)))
    step = replay(SHORT, 1, 10)
    for value in (6, None, True, "7"):
        monkeypatch.setattr(tiles.st, "session_state", {moves.TILES: {"pick": value}})
        moves._pick(Position(1, 10, 210), step)
    assert went == [(1, 13)]


@older.newer_tells
def test_a_page_shows_what_a_run_makes_it_possible_to_see() -> None:
    alone = replace(LINE, runs=LINE.runs[:1])
    at = opened(alone)
    assert not [b for b in at.button if b.key == "epoch_on"], "an epoch is one update"
    assert "**all 200 rows**" in words(at)
    assert len(strip(at)["sizes"]) == 1
