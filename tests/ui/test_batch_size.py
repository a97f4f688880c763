"""The Batch size page, driven without a browser, and what it says about beliefs."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine.cost import seconds_per_update, work
from gdplay.studies.gradient_cloud import cloud, scatters
from gdplay.studies.noise_floor import floor_sweep, floors
from gdplay.studies.rate_by_batch import Budget, cells, sizes_up_to
from gdplay.studies.sweeps import limits_of, sweep
from gdplay.teaching.defaults import default_experiment, default_fit
from gdplay.ui import address as views
from gdplay.ui import jobs, results, state
from gdplay.ui.batch_size.gradient_cloud import N_BATCHES, legend, place, points, words
from gdplay.ui.batch_size.noise_floor import floor_words, hover_words, hovering, rises
from gdplay.ui.batch_size.rate_by_batch import (
    QUICK,
    grid_of,
    map_words,
    race_of,
    race_words,
    single,
    spent,
    tuned_of,
    usual_passes,
)
from gdplay.ui.batch_size.rate_scaling import (
    overlay,
    scaled,
    scaled_ends,
    scaling_words,
    usual_single,
)
from gdplay.ui.batch_size.row_orders import (
    order_words,
    ordered,
    tails,
    two_epochs,
    usual_rate,
    usual_size,
)
from gdplay.ui.batch_size.update_costs import cost_words, timed, timed_words
from gdplay.ui.batch_size.view import PARTS, PASSES, BatchView, nearest_size, told
from tests import ROOT

START = (-2.0, -2.0)


def opened(view: BatchView | None = None, experiment: gd.Experiment | None = None) -> AppTest:
    """Return the page as it stands after opening a link to it."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=120)
    at.switch_page(str(state.PAGES / "batch_size.py"))
    query = link.encode(experiment) if experiment else {}
    for name, texts in (query | (views.encode(view) if view else {})).items():
        at.query_params[name] = texts
    return fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def said(at: AppTest) -> str:
    return "\n".join(text.value for text in at.main.markdown)


def shown(at: AppTest) -> BatchView:
    return at.session_state["session"].shown.view  # type: ignore[no-any-return]


def widget(at: AppTest, kind: str, name: str) -> Any:
    found = [w for w in getattr(at, kind) if w.key and w.key.split("@")[0] == name]
    assert len(found) == 1, [w.key for w in getattr(at, kind)]
    return found[0]


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def standard_line(**more: Any) -> gd.Experiment:
    """Return the line of the teaching notes: standardised, L = 1, from (-2, -2)."""
    fit = replace(default_fit(gd.DATASETS["line"]), standardize=True)
    return gd.Experiment(fit, (gd.Run(gd.SGD(lr=0.1)),), start=START, **more)


def excess_at_minimum(experiment: gd.Experiment) -> float:
    return float(experiment.problem.loss(experiment.problem.minimum()))


# The page


def test_the_first_view_is_the_cloud_with_its_slider_and_three_numbers():
    at = opened()
    assert widget(at, "select_slider", "size").value == 8
    values = {metric.label: metric.value for metric in at.metric}
    assert list(values) == ["Mean cosine", "Spread", "Point uphill"]
    fit = default_experiment().problem
    minimum = fit.minimum()
    near = minimum + 0.02 * (np.array(default_experiment().start) - minimum)
    (expected,) = scatters(fit, near, (8,), N_BATCHES)
    assert values["Mean cosine"] == f"{expected.cosine:.2f}"
    assert values["Spread"] == f"{expected.spread:.3g}"
    assert values["Point uphill"] == f"{100 * expected.uphill:.0f} %"
    assert "(25 updates an epoch)" in said(at)


@pytest.mark.parametrize("name", ["line", "iris", "breast_cancer"])
@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_draws_on_every_kind_of_data(part, name):
    at = opened(BatchView(part=part), default_experiment(gd.DATASETS[name]))
    assert len(at.get("plotly_chart")) >= 3
    assert not at.warning
    assert not re.search(r"\bnan\b|\binf\b|None", said(at))


@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_does_without_a_minimum(part):
    fit = replace(default_fit(gd.DATASETS["wine"]), l2=0.0)
    experiment = replace(default_experiment(gd.DATASETS["wine"]), problem=fit, epochs=3)
    at = opened(BatchView(part=part, at="minimum"), experiment)
    assert "At the start" in said(at)
    assert "excess" not in said(at)
    assert not re.search(r"\bnan\b|\binf\b|None", said(at))


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_does_with_hardly_any_rows(part, n):
    base = default_experiment()
    fit = replace(base.problem, dataset=replace(base.problem.dataset, n_samples=n))
    text = said(opened(BatchView(part=part), replace(base, problem=fit)))
    assert f"minimum, B = {n}**" in text  # 8 rows are brought down to all of them
    assert not re.search(r"\bnan\b|\binf\b|None", text)


def test_a_function_has_no_rows_and_the_page_offers_data():
    bowl = gd.Experiment(gd.SURFACES["bowl"], (gd.Run(gd.SGD()),))
    at = opened(BatchView(), bowl)
    assert "no rows" in at.info[0].value
    fine(widget(at, "button", "take_data").click().run())
    assert len(at.get("plotly_chart")) >= 3


def test_what_is_too_much_for_the_server_is_told_and_not_trained():
    experiment = default_experiment(gd.DATASETS["digits"])
    at = opened(BatchView(part="floor", size=1), experiment)
    assert "shared server" in at.warning[0].value
    assert "budget" not in at.warning[0].value


def test_the_slider_changes_the_numbers_and_the_link():
    at = opened()
    before = [metric.value for metric in at.metric]
    fine(widget(at, "select_slider", "size").set_value(64).run())
    after = [metric.value for metric in at.metric]
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert at.query_params["view.size"] in ("64", ["64"])
    assert "B = 64" in said(at)


def test_the_part_and_the_budget_travel_in_the_link():
    view = BatchView(part="race", along="updates", passes=2, size=32, at="start")
    at = opened(view)
    assert shown(at) == view
    assert "400 updates" in said(at)


def test_the_share_menu_holds_the_address():
    at = opened(BatchView(size=32))
    at.session_state[f"share@{at.session_state['session'].generation}"] = True
    fine(at.run())
    assert "view.size=32" in at.code[0].value


def test_each_part_keeps_a_rate_of_its_own():
    at = opened(BatchView(part="scaling", rate=0.2))
    usual = usual_single(default_experiment().problem)
    slider = widget(at, "select_slider", "single_rate")
    assert slider.value == usual
    fine(slider.set_value(0.002).run())
    assert (shown(at).single, shown(at).rate) == (0.002, 0.2)


def test_a_size_beyond_the_rows_is_brought_back():
    at = opened(BatchView(size=9000), default_experiment(gd.DATASETS["iris"]))
    assert shown(at).size == 150
    assert nearest_size(200, 100) == 64
    assert nearest_size(200, 1) == 1


def test_a_cloud_on_a_runs_way_says_whose_and_when():
    at = opened(BatchView(at="way", run=2, epoch=4))
    assert "After 4 epochs of “Stochastic”" in said(at)
    at = opened(BatchView(at="way", run=5))
    assert "of “Stochastic”" in said(at)


def test_a_clicked_place_is_in_the_link_and_on_offer_only_then():
    at = opened(BatchView(at="picked", x=1.5, y=0.5))
    assert "Where you clicked" in said(at)
    fit = default_experiment().problem
    assert "picked" in points(fit, BatchView(at="picked"))
    assert "picked" not in points(fit, BatchView())


def test_the_page_leads_the_other_budget_beside_the_chosen_one():
    at = opened(BatchView(part="map"))
    text = said(at)
    winners = re.findall(r"With \*\*(.+?)\*\*, \*\*B = (\d+), η = (\S+)\*\* ends lowest", text)
    assert [winner[0] for winner in winners] == ["20 epochs", "200 updates"]
    assert winners[0][1:] != winners[1][1:]


def test_the_guide_links_to_the_page():
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=60)
    at.switch_page(str(state.PAGES / "guide.py"))
    fine(at.run())
    pages = [element.proto.page for element in at.get("page_link")]
    assert any("batch_size" in page for page in pages)


@pytest.mark.parametrize("share", [0.0, 0.4])
@pytest.mark.parametrize("part", list(PARTS))
def test_of_stopped_work_nothing_is_claimed(part, share, monkeypatch):
    whole = jobs.result

    def cut_short(key: str, estimate: float, compute: Any, *, name: str, what: str) -> Any:
        if name == "training":
            return whole(key, estimate, compute, name=name, what=what)
        return jobs.Outcome(compute(lambda done, total: done < share * total), share, stopped=True)

    monkeypatch.setattr(jobs, "result", cut_short)
    at = opened(BatchView(part=part))
    assert not at.info
    text = said(at)
    for claim in ("ends lowest", "predicted:", "hover at", "best rate:", "diverge", "Lowest after"):
        assert claim not in text.split("\n#### ")[1]


# The cloud's words


def clouded(size: int, share: float, experiment: gd.Experiment | None = None):
    experiment = experiment or standard_line()
    fit, minimum = experiment.problem, experiment.problem.minimum()
    at = minimum + share * (np.array(START) - minimum)
    return fit, cloud(fit, at, size, N_BATCHES), scatters(fit, at, sizes_up_to(200), N_BATCHES)


def test_the_cloud_counts_updates_an_epoch():
    """Belief 1: an epoch is an iteration."""
    for size, count in ((1, "200 updates"), (32, "7 updates"), (200, "1 update")):
        assert f"({count} an epoch)" in words(*clouded(size, 0.02), "here")


def test_the_clouds_words_hold_its_numbers():
    fit, mine, found = clouded(8, 0.02)
    text = words(fit, mine, found, "near the minimum")
    assert text.startswith("**Near the minimum, B = 8**")
    assert f"misses the full one by {mine.spread:.3g}" in text
    assert f"{100 * mine.uphill:.0f} % go uphill" in text
    ratio = next(one for one in found if one.batch_size == 32).spread / mine.spread
    assert f"leave {ratio:.3g} of the spread" in text
    assert "noisy, not wrong" in text


def test_at_the_minimum_and_for_all_rows_nothing_is_said_about_uphill():
    assert "uphill" not in words(*clouded(8, 0.0), "at the minimum")
    assert "every step is noise" in words(*clouded(8, 0.0), "at the minimum")
    assert "every time" in words(*clouded(200, 0.02), "here")


def test_an_unfair_cloud_is_not_called_right():
    fit, mine, found = clouded(8, 0.02)
    skewed = replace(mine, gradients=mine.gradients + 0.2)
    assert "not wrong" not in words(fit, skewed, found, "here")


def test_places_are_where_they_say():
    experiment = standard_line(epochs=5)
    traces = gd.train(experiment)
    land = results.ground(experiment, traces, "0,1")
    minimum = experiment.problem.minimum()
    expected = {
        "start": START,
        "minimum": minimum,
        "near": minimum + 0.02 * (np.array(START) - minimum),
        "way": traces[0].params[0, 3],
        "picked": (0.5, 0.25),
    }
    for name, where in expected.items():
        view = BatchView(at=name, epoch=3, x=0.5, y=0.25)
        np.testing.assert_allclose(place(experiment, view, traces, land)[0], where)
    assert "times 2" in legend(experiment.problem, clouded(8, 0.02)[1], 2.0, land)


def test_on_the_way_of_a_diverged_run_the_last_finite_epoch_is_taken():
    experiment = replace(standard_line(epochs=60), runs=(gd.Run(gd.SGD(lr=30.0)),))
    traces = gd.train(experiment)
    land = results.ground(experiment, traces, "0,1")
    where, name = place(experiment, BatchView(at="way", epoch=60), traces, land)
    assert np.isfinite(where).all()
    assert re.match(r"after \d+ epochs? of", name)
    assert int(re.search(r"\d+", name)[0]) < 60


# Grids and races


def test_a_budget_is_told_in_its_unit():
    assert told(Budget("epochs", 20)) == "20 epochs"
    assert told(Budget("epochs", 1)) == "1 epoch"
    assert told(Budget("updates", 1200)) == "1 200 updates"
    assert told(Budget("examples", 4000)) == "4 000 examples seen"
    assert told(Budget("seconds", 0.00134)) == "1.34 ms"
    assert told(Budget("seconds", 2.5)) == "2.5 s"


def test_the_usual_budget_is_the_most_that_is_soon_done():
    small, large = standard_line(), default_experiment(gd.DATASETS["digits"])
    assert usual_passes(small.problem, "epochs", grid_of(small)) == 20
    passes = usual_passes(large.problem, "epochs", grid_of(large))
    assert passes < 20
    assert passes in PASSES
    held = Budget("epochs", float(passes))
    assert passes == 1 or work(grid_of(large)(held).experiment).seconds <= QUICK


@pytest.fixture(scope="module")
def mapped():
    experiment = standard_line(epochs=5)
    held = Budget("epochs", 3.0)
    asked = grid_of(experiment)(held)
    return asked, cells(sweep(asked)), held


def test_the_maps_words_hold_its_cells(mapped):
    asked, ends, _ = mapped
    sizes = [run.rows(200) for run in asked.runs]
    text = map_words(asked, ends, limits_of(asked.problem, asked.runs))
    first, last = (asked.rates[ends.best[line]] for line in (0, -1))
    assert f"goes from {first:.3g} to {last:.3g}" in text
    assert f"× {last / first:.3g}" in text
    for line, limit in ((0, "mean-square limit 0.798"), (len(sizes) - 1, "2/L 2")):
        lost = asked.rates[int(np.flatnonzero(ends.lost[line] > 0)[0])]
        assert f"from η = {lost:.3g} on ({limit})" in text


def test_what_a_budget_gave_is_told(mapped):
    asked, _, held = mapped
    parts = "B = 1: 3 epochs, 600 updates; B = 200: 3 epochs, 3 updates."
    assert spent(asked, held) == f"3 epochs hold, in whole epochs, {parts}"


def test_a_cells_run_opens_as_it_was_trained(mapped):
    asked, ends, _ = mapped
    experiment = single(asked, 3, 12)
    assert (experiment.epochs, experiment.runs[0].epochs) == (3, None)
    assert experiment.runs[0].rows(200) == 8
    loss = gd.train(experiment)[0].loss[:, -1]
    value = np.sort(loss)[2] - excess_at_minimum(experiment)
    assert value == pytest.approx(ends.values[3, 12])
    assert link.decode(link.encode(experiment)) == experiment


def test_a_race_tunes_every_run_on_the_same_rates_and_orders():
    experiment = default_experiment()
    asked = race_of(experiment)(Budget("epochs", 5.0))
    found = sweep(asked)
    tuned = tuned_of(found)
    assert [run.rows(200) for run in tuned.runs] == [200, 32, 1]
    for line, run in enumerate(tuned.runs):
        assert run.optimizer.lr == asked.rates[found.line(line).best]
        assert run.epochs == 5
    ends = [np.sort(trace.loss[:, -1])[2] for trace in gd.train(tuned)]
    np.testing.assert_allclose(ends, [found.line(i).median[found.line(i).best] for i in range(3)])
    text = race_words(found, ("all", "some", "one"), Budget("epochs", 5.0))
    order = re.findall(r"- \*\*(\w+)\*\* ends", text)
    assert order == [("all", "some", "one")[i] for i in np.argsort(ends)]


def test_a_race_says_where_the_best_rate_lies_at_the_grids_edge_or_all_diverged():
    experiment = replace(standard_line(), runs=(gd.Run(gd.SGD(), 1), gd.Run(gd.SGD(), None)))
    asked = race_of(experiment)(Budget("epochs", 20.0))
    low = sweep(replace(asked, rates=asked.rates[:2]))
    assert race_words(low, ("one", "all"), Budget("epochs", 20.0)).count("edge of the grid") == 2
    high = sweep(replace(asked, rates=(60.0, 90.0)))
    assert "**one** diverged at every rate" in race_words(high, ("one", "all"), Budget("epochs", 5))
    assert tuned_of(high) is None


# Noise


def test_single_rows_hover_at_a_constant_rate_and_settle_at_a_falling_one():
    """Belief 7: SGD converges to the minimum."""
    asked = hovering(standard_line(), 0.1)
    assert asked.epochs == 20
    level, falling = (
        float(np.mean(trace.loss[:, -1])) - excess_at_minimum(asked) for trace in gd.train(asked)
    )
    assert level == pytest.approx(1.06e-2, rel=0.35)
    assert falling == pytest.approx(3.7e-5, rel=0.6)


def test_one_run_tells_little():
    """Belief 21: one run tells."""
    asked = replace(hovering(standard_line(), 0.1), epochs=5)
    traces = gd.train(asked)
    ends = np.sort(traces[0].loss[:, -1]) - excess_at_minimum(asked)
    assert len(ends) == 50
    assert ends[-1] / ends[0] > 50
    text = hover_words(asked, traces, {1: 0.5, 200: 0.0})
    assert f"{ends[-1] / ends[0]:.3g} times as high" in text
    assert "**One run tells little**" in text
    assert "50 % with B = 1, 0 % with B = 200" in text


def test_half_of_the_late_updates_on_few_rows_raise_the_full_loss():
    """Belief 13: a good update lowers the loss."""
    shares = rises(standard_line(), 0.1)
    assert list(shares) == [1, 8, 32, 200]
    assert shares[200] == 0
    for size in (1, 8, 32):
        assert 0.35 < shares[size] < 0.6


def test_a_rate_that_falls_too_fast_is_not_said_to_end_lower():
    asked = hovering(standard_line(), 0.1)
    traces = gd.train(asked)
    assert "times lower" in hover_words(asked, traces, {})
    assert "not lower yet" in hover_words(asked, traces[::-1], {})


def test_the_floors_words_hold_its_numbers():
    fit = standard_line().problem
    asked = floor_sweep(fit)
    found = floors(sweep(asked))
    text = floor_words(fit, asked, found)
    close, count = map(int, re.search(r"(\d+) of (\d+) marks", text).groups())
    assert count > 20
    assert close >= 0.9 * count
    by_key = {(floor.batch_size, floor.sampling): floor.mean[0] for floor in found}
    ratio = by_key[16, "with replacement"] / by_key[16, "reshuffle"]
    assert f"{ratio:.3g} at B = 16" in text
    assert "local" not in text
    assert "local" in floor_words(default_fit(gd.DATASETS["moons"]), asked, found)


# Costs


def test_more_rows_cost_little_per_update_and_much_less_per_epoch():
    """Belief 17: batch size only changes noise. And 2: in seconds, B = 1 is the slow one."""
    fit = replace(standard_line().problem, dataset=replace(gd.DATASETS["line"], n_samples=10_000))
    one, some, every = (seconds_per_update(fit, gd.Run(gd.SGD(), size)) for size in (1, 32, None))
    assert some < 8 * one  # measured 1.1 to 1.4 times; a busy machine may disturb either
    assert every > some
    assert np.ceil(10_000 / 32) * some < 0.25 * 10_000 * one


def test_the_words_about_costs_hold_the_ratios():
    text = cost_words((1, 2, 32, 200), (5e-6, 5e-6, 6e-6, 2e-5), 200)
    assert "1.2 times as long" in text
    assert "all 200 rows 4 times" in text
    assert "takes 4.2 % of the time" in text  # 7 updates of 6 µs against 200 of 5


def test_runs_on_hardware_have_the_same_seconds():
    asked, held = timed(default_experiment())
    for run in asked.runs:
        each = seconds_per_update(asked.problem, run) * run.updates_per_epoch(200)
        assert run.epochs * each <= held.amount * (1 + 1e-9) < (run.epochs + 1) * each
    traces = gd.train(asked)
    text = timed_words(asked, traces, held)
    for run, trace in zip(asked.runs, traces, strict=True):
        assert f"B = {run.rows(200)} makes {trace.updates[-1]:,} updates".replace(",", " ") in text


# Orders


def levels(size: int, rate: float) -> dict[tuple[str, bool], float]:
    asked = ordered(standard_line(), size, rate)
    found = tails(asked, gd.train(asked))
    return {(tail.sampling, tail.dropped): tail.mean for tail in found}


def test_a_short_last_batch_raises_the_floor():
    """Belief 9: the short last batch is harmless."""
    found = levels(64, 0.3)
    assert found["reshuffle", False] == pytest.approx(2.4e-3, rel=0.5)
    assert found["reshuffle", False] > 5 * found["reshuffle", True]
    assert found["with replacement", False] > 2 * found["with replacement", True]


def test_sorted_rows_end_far_above_shuffled_ones():
    """Belief 14: shuffling is a detail."""
    found = levels(1, 0.1)
    assert found["reshuffle", False] == pytest.approx(0.012, rel=0.4)
    assert found["sorted by target", False] == pytest.approx(0.31, rel=0.3)


def test_tails_begin_at_the_minimum_and_are_means_of_the_second_half():
    asked = ordered(standard_line(), 64, 0.3)
    np.testing.assert_array_equal(asked.start, asked.problem.minimum())
    assert len(asked.runs) == 10
    trace = gd.train(asked)[0]
    late = trace.loss[:, (asked.epochs + 1) // 2 :].mean(axis=1) - excess_at_minimum(asked)
    tail = tails(asked, gd.train(asked))[0]
    assert tail.mean == pytest.approx(late.mean())
    assert tail.low == pytest.approx(np.sort(late)[2])
    assert len(ordered(standard_line(), 8, 0.3).runs) == 5  # nothing to drop


def test_the_words_about_orders_hold_the_ratios():
    asked = ordered(standard_line(), 64, 0.3)
    found = tails(asked, gd.train(asked))
    level = {(tail.sampling, tail.dropped): tail.mean for tail in found}
    text = order_words(found, 64, 200, True)
    ratio = level["sorted by target", False] / level["reshuffle", False]
    assert f"{ratio:.3g} times as high" in text
    assert "**The last batch holds 8 rows**" in text
    ratio = level["reshuffle", False] / level["reshuffle", True]
    assert f"{ratio:.3g} times lower" in text
    whole = ordered(standard_line(), 8, 0.3)
    assert "none is short" in order_words(tails(whole, gd.train(whole)), 8, 200, True)


def test_tiles_are_the_orders_that_training_takes():
    fit = standard_line().problem
    found = dict(two_epochs(fit, seed=3))
    for rows in found.values():
        assert rows.shape == (2, 200)
    assert not np.array_equal(*found["reshuffle"])
    np.testing.assert_array_equal(*found["shuffle once"])
    assert np.all(np.diff(fit.y[found["sorted by target"][0]]) >= 0)
    assert len(set(found["with replacement"][0].tolist())) < 200


def test_usual_sizes_leave_a_short_last_batch_where_any_does():
    assert usual_size(200) == 64
    assert usual_size(150) == 32
    assert usual_size(64) == 1
    assert usual_rate(standard_line().problem) == pytest.approx(0.3)


# Scaling


def test_linear_scaling_keeps_the_loss_then_departs_and_breaks_at_the_limit():
    """Belief 12: linear scaling always works."""
    asked = scaled(standard_line(), 0.01)
    constant, root, linear = scaled_ends(asked, gd.train(asked))
    assert linear.values[0] == constant.values[0] == root.values[0]
    np.testing.assert_allclose(linear.values[:4], [0.41, 0.40, 0.38, 0.35], rtol=0.15)
    np.testing.assert_allclose(linear.values[4:7], [0.245, 0.108, 0.015], rtol=0.35)
    assert linear.values[7] > linear.values[6]
    start = float(asked.problem.loss(np.array(START))) - excess_at_minimum(asked)
    assert linear.rates[-1] == 2.0
    assert linear.values[-1] == pytest.approx(start)  # 2/L: never moves
    assert np.all(np.diff(constant.values) > 0)
    assert np.all(root.values <= constant.values)


def test_the_words_about_scaling_follow_from_its_values():
    asked = scaled(standard_line(), 0.0125)
    found = scaled_ends(asked, gd.train(asked))
    text = scaling_words(sizes_up_to(200), found, 2.0)
    ratios = found[2].values / found[2].values[0]
    same = int(np.flatnonzero(np.abs(ratios - 1) > 0.2)[0]) - 1
    assert f"up to B = {sizes_up_to(200)[same]}." in text
    assert "From B = 200 on they are at 2/L = 2 or beyond (η = 2.5)" in text
    assert f"constant η at B = 1 ({found[0].values[0]:.3g})" in text


def test_the_overlay_leaves_out_what_diverged():
    asked = scaled(replace(standard_line(), epochs=1), 900.0)
    traces = gd.train(asked)
    kept = overlay(asked, traces)
    assert len(kept) < 5
    for spot in kept:
        assert asked.runs[spot].optimizer.lr == pytest.approx(
            min(900.0 * asked.runs[spot].rows(200), 1e3)
        )
    assert usual_single(standard_line().problem) * 200 > 2.0
