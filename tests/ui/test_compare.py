"""The Compare page, driven without a browser."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.sampling import SAMPLINGS
from gdplay.teaching.lead import aim
from gdplay.theory.measures import AXES, METRICS, metrics_for
from gdplay.ui import address as views
from gdplay.ui import results
from gdplay.ui.compare.hand import ALL
from gdplay.ui.compare.view import View
from gdplay.words import number
from tests import PATIENCE, ROOT, crossed
from tests.ui.controls import component, shared_link, slide, titles, uncolored


def opened(query: link.Query | None = None, *drawers: str) -> AppTest:
    """Return the Compare page as it stands after opening a link, and some of its menus."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    for name, texts in (query or {}).items():
        at.query_params[name] = texts
    at.run()
    for name in drawers:
        pull(at, name)
    return fine(at)


def pull(at: AppTest, name: str) -> None:
    """Open the menu called `name`; those of data stay open where controls start again."""
    generation = at.session_state["session"].generation
    lasts = name in ("problem", "more", "function", "layers")
    at.session_state[name if lasts else f"{name}@{generation}"] = True
    fine(at.run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def experiment(at: AppTest) -> gd.Experiment:
    return at.session_state["session"].shown.experiment  # type: ignore[no-any-return]


def view(at: AppTest) -> View:
    return at.session_state["session"].shown.view  # type: ignore[no-any-return]


def address(at: AppTest) -> link.Query:
    return {
        name: [values] if isinstance(values, str) else list(values)
        for name, values in at.query_params.items()
    }


def picture(at: AppTest, panel: str) -> dict[str, Any]:
    """Return the figure that stands in a panel of the player."""
    data = component(at, "gdplay_player")[0]
    return data["panels"][panel]["spec"]  # type: ignore[no-any-return]


def widget(at: AppTest, kind: str, name: str) -> Any:
    """Return the widget whose key, generation aside, is `name`."""
    found = [w for w in getattr(at, kind) if w.key and w.key.split("@")[0] == name]
    assert len(found) == 1, [w.key for w in getattr(at, kind)]
    return found[0]


def said(at: AppTest) -> list[str]:
    """Return what stands in the place of the words under the title."""
    return [part.value for part in at.main.children[0].children[1].markdown]


def query_of(experiment: gd.Experiment, view: View | None = None) -> link.Query:
    return link.encode(experiment) | views.encode(view or View())


def curve(at: AppTest, name: str) -> dict[str, Any]:
    return next(t for t in picture(at, "curves")["data"] if t["name"] == name)


def names_drawn(at: AppTest) -> list[str]:
    data = picture(at, "curves")["data"]
    return list(dict.fromkeys(trace["name"] for trace in data if "name" in trace))


# The first visit


@pytest.fixture(scope="module")
def first() -> AppTest:
    return opened()


def test_a_first_visit_shows_three_runs_in_three_pictures(first: AppTest) -> None:
    assert sorted(names_drawn(first)) == ["Batch", "Mini-batch", "Stochastic"]
    kinds = {trace["type"] for trace in picture(first, "surface")["data"]}
    assert kinds == {"surface", "scatter3d"}
    assert picture(first, "fit")["data"]


def test_a_first_visit_says_what_is_to_be_seen(first: AppTest) -> None:
    words = [m.value for m in first.markdown if "excess loss" in m.value]
    assert len(words) == 1
    text = uncolored(words[0])
    assert all(f"**{name}**" in text for name in ("Batch", "Mini-batch", "Stochastic"))


def test_a_first_visit_leaves_the_address_alone(first: AppTest) -> None:
    assert not address(first)


def test_a_first_visit_shows_the_default_experiment(first: AppTest) -> None:
    assert experiment(first) == gd.default_experiment()


# The link is the experiment


@pytest.mark.parametrize("key", crossed(gd.PRESETS, "variants", "noise_ball", "bowl_step"))
def test_a_link_opens_its_experiment_and_stays_as_it_is(key: str) -> None:
    wanted = gd.PRESETS[key].build()
    at = opened(query_of(wanted))
    assert experiment(at) == wanted
    assert address(at) == query_of(wanted)


def test_a_link_with_odd_numbers_is_kept_to_the_last_digit() -> None:
    base = gd.default_experiment()
    runs = tuple(replace(run, optimizer=gd.Momentum(lr=0.1 / 3, beta=1 / 7)) for run in base.runs)
    wanted = replace(
        base,
        runs=runs,
        start=(-1 / 3, 2 / 7),
        epochs=13,
        problem=replace(
            base.problem, l2=1e-3 / 3, dataset=replace(base.problem.dataset, noise=1 / 3)
        ),
    )
    menus = ("problem", "more", "ends", "share", "presets", "run0.more", "run1.more", "run2.more")
    at = opened(query_of(wanted), *menus)
    assert experiment(at) == wanted
    assert address(at) == query_of(wanted)


def test_runs_with_rates_of_their_own_keep_them_though_one_rate_for_all_is_asked() -> None:
    base = gd.default_experiment()
    runs = tuple(gd.Run(gd.SGD(lr=rate)) for rate in (0.01, 0.02))
    at = opened(query_of(replace(base, runs=runs), View(together=True)))
    assert experiment(at).runs == runs


@pytest.mark.parametrize(
    "query",
    [
        {"data": ["nonsense"]},
        {"data": ["line~noise~nan"]},
        {"run": ["sgd"] * 3},
        {"epochs": ["1e9"]},
        {"data": ["<img src=x onerror=alert(1)>[a](b)"]},
    ],
)
def test_a_broken_link_gives_one_message_and_a_working_page(query: link.Query) -> None:
    at = opened(query)
    (text,) = said(at)
    assert "could not be read" in text
    assert re.search(r"(?<!\\)[<\[]", text) is None  # Markdown shows it as text
    assert experiment(at) == gd.default_experiment()
    assert names_drawn(at)


def test_a_bad_view_is_as_on_a_first_visit() -> None:
    at = opened(query_of(gd.default_experiment()) | {"view.metric": ["nonsense"]})
    assert view(at) == View()


def test_an_earlier_address_undoes() -> None:
    at = opened(query_of(gd.default_experiment()))
    before = address(at)
    slide(at, "rate", 0.1)
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.1}
    after = address(at)
    for name, texts in before.items():
        at.query_params[name] = texts
    fine(at.run())
    assert experiment(at) == gd.default_experiment()
    for name, texts in after.items():  # and forward again
        at.query_params[name] = texts
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.1}


def test_a_quick_second_change_is_not_taken_for_going_back() -> None:
    at = opened(query_of(gd.default_experiment()))
    before = address(at)
    slide(at, "rate", 0.1)
    fine(at.run())
    slide(at, "rate", 0.2)
    for name, texts in before.items():  # the browser had not seen the new address yet
        at.query_params[name] = texts
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.2}


def test_a_line_names_what_its_run_has_just_become() -> None:
    at = opened(None, "run1.more")
    widget(at, "number_input", "run1.rows.200").set_value(1)
    fine(at.run())
    drawn = " ".join(element.proto.body for element in at.get("html"))
    assert 'title="Stochastic #1: 1 row' in drawn
    assert 'title="Mini-batch:' not in drawn


def test_the_experiment_survives_another_page() -> None:
    at = opened()
    slide(at, "rate", 0.1)
    fine(at.run())
    wanted = experiment(at)
    fine(at.switch_page(str(ROOT / "pages/guide.py")).run())
    fine(at.switch_page(str(ROOT / "pages/compare.py")).run())
    assert experiment(at) == wanted
    assert address(at) == query_of(wanted)


# Data and model


@pytest.mark.parametrize(
    "key", crossed([*gd.DATASETS, *gd.SURFACES], "line", "iris", "diabetes", "himmelblau")
)
def test_every_data_set_can_be_chosen(key: str) -> None:
    at = opened(None, "problem")
    widget(at, "selectbox", "data").set_value(key)
    fine(at.run())
    assert not at.warning
    problem = experiment(at).problem
    assert key == (problem.key if isinstance(problem, gd.Surface) else problem.dataset.key)
    assert names_drawn(at)
    # Nothing left to settle: another rerun changes nothing.
    settled = experiment(at)
    fine(at.run())
    assert experiment(at) == settled


def test_a_choice_from_controls_that_have_restarted_meanwhile_counts() -> None:
    at = opened(None, "problem")
    session = at.session_state["session"]
    at.session_state["session"] = replace(session, generation=session.generation + 1)
    at.selectbox(f"data@{session.generation}").set_value("iris")
    fine(at.run())
    assert experiment(at).problem.dataset.key == "iris"


def test_another_data_set_brings_its_own_default_where_runs_were_not_touched() -> None:
    at = opened(None, "problem")
    widget(at, "selectbox", "data").set_value("moons")
    fine(at.run())
    assert experiment(at) == gd.default_experiment(gd.DATASETS["moons"])


def test_rates_keep_their_multiple_of_the_limit_when_columns_are_standardised() -> None:
    at = opened(None, "problem")
    before = experiment(at)
    widget(at, "toggle", "standardize").set_value(True)
    fine(at.run())
    after = experiment(at)
    assert after.problem.standardize
    ratio = gd.curvature(after.problem).limit / gd.curvature(before.problem).limit
    for old, new in zip(before.runs, after.runs, strict=True):
        assert new.optimizer.lr == pytest.approx(old.optimizer.lr * ratio, rel=0.05)
    assert any("kept their multiple" in text for text in said(at))


def test_more_rows_leave_the_batch_run_a_batch_run() -> None:
    at = opened(None, "problem")
    widget(at, "select_slider", "data.line.n_samples").set_value(500)
    fine(at.run())
    fine(at.run())
    found = experiment(at)
    assert found.problem.n_samples == 500
    assert [run.variant(500) for run in found.runs] == ["batch", "mini-batch", "stochastic"]


def test_fewer_rows_than_a_batch_are_no_fault() -> None:
    at = opened(None, "problem")
    widget(at, "select_slider", "data.line.n_samples").set_value(10)
    fine(at.run())
    assert experiment(at).problem.n_samples == 10


def test_another_number_of_classes_forgets_a_start_that_no_longer_fits() -> None:
    base = gd.default_experiment(gd.DATASETS["blobs"])
    at = opened(query_of(replace(base, start=(0.5,) * base.problem.n_params)), "problem")
    widget(at, "slider", "data.blobs.centers").set_value(4)
    fine(at.run())
    assert experiment(at).problem.n_params == 12
    assert experiment(at).start is None


def test_a_network_keeps_its_layers_where_the_menu_of_data_is_opened() -> None:
    network = replace(gd.MODELS["mlp"], hidden=(3,), activation="relu")
    base = gd.default_experiment(gd.DATASETS["moons"], network)
    at = opened(query_of(base), "problem", "more")
    assert experiment(at) == base


def test_quadratic_features_can_be_chosen() -> None:
    at = opened(query_of(gd.default_experiment(gd.DATASETS["moons"])), "problem")
    widget(at, "button_group", "features").set_value("quadratic")
    fine(at.run())
    assert experiment(at).problem.features == "quadratic"


# Runs


def test_one_rate_drives_all_runs() -> None:
    at = opened()
    before = picture(at, "curves")
    slide(at, "rate", 0.1)
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.1}
    assert picture(at, "curves") != before


def test_each_run_can_have_a_rate_of_its_own() -> None:
    at = opened()
    widget(at, "selectbox", "moves").set_value(("lr", 1))
    fine(at.run())
    slide(at, "run1.lr", 0.1)
    fine(at.run())
    rates = [run.optimizer.lr for run in experiment(at).runs]
    assert rates == [0.2, 0.1, 0.2]
    widget(at, "selectbox", "moves").set_value(("lr", ALL))
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.2}


def test_the_slider_says_that_it_moves_one_run_as_soon_as_rates_differ() -> None:
    at = opened(None, "run1.more")
    assert widget(at, "selectbox", "moves").value == ("lr", ALL)
    widget(at, "selectbox", "run1.rule").set_value("newton")
    fine(at.run())
    assert len({run.optimizer.lr for run in experiment(at).runs}) == 2
    assert widget(at, "selectbox", "moves").value == ("lr", 0)


@pytest.mark.parametrize("key", crossed(gd.OPTIMIZERS, "momentum", "adam"))
def test_every_optimizer_can_be_chosen_and_keeps_the_rate(key: str) -> None:
    at = opened(None, "run2.more")
    widget(at, "selectbox", "run2.rule").set_value(key)
    fine(at.run())
    fine(at.run())
    rule = experiment(at).runs[2].optimizer
    assert (rule.key, rule.lr) == (key, 1.0 if rule.relative else 0.2)


@pytest.mark.parametrize("key", crossed(gd.SCHEDULES, "cosine"))
def test_every_schedule_can_be_chosen(key: str) -> None:
    at = opened(None, "run2.more")
    widget(at, "selectbox", "run2.schedule").set_value(key)
    fine(at.run())
    assert experiment(at).runs[2].schedule.key == key


@pytest.mark.parametrize("key", crossed(SAMPLINGS, "with replacement"))
def test_every_order_of_the_rows_can_be_chosen(key: str) -> None:
    at = opened(None, "run1.more")
    widget(at, "selectbox", "run1.sampling").set_value(key)
    fine(at.run())
    assert experiment(at).runs[1].sampling == key


def test_a_run_can_be_added_up_to_six_then_no_more() -> None:
    at = opened()
    for count in (4, 5, 6):
        widget(at, "button", "add").click()
        fine(at.run())
        assert len(experiment(at).runs) == count
    assert widget(at, "button", "add").disabled
    assert "remove one first" in widget(at, "button", "add").help
    assert len(set(names_drawn(at))) == 6
    pull(at, "run0.more")
    copy = widget(at, "button", "run0.copy")
    assert copy.disabled
    assert copy.help == widget(at, "button", "add").help


def test_what_cannot_be_done_with_a_single_run_says_why() -> None:
    alone = replace(gd.default_experiment(), runs=gd.default_experiment().runs[:1])
    at = opened(link.encode(alone), "run0.more")
    for name in ("eye", "solo", "remove"):
        button = widget(at, "button", f"run0.{name}")
        assert (button.disabled, button.help) == (True, "There is no other run."), name


def test_a_run_can_be_duplicated_and_removed() -> None:
    at = opened(None, "run0.more")
    runs = experiment(at).runs
    widget(at, "button", "run0.copy").click()
    fine(at.run())
    assert experiment(at).runs == (runs[0], *runs)
    pull(at, "run0.more")
    widget(at, "button", "run0.remove").click()
    fine(at.run())
    assert experiment(at).runs == runs


def test_a_hidden_run_leaves_the_pictures_but_not_the_experiment() -> None:
    at = opened(None, "run0.more")
    widget(at, "button", "run0.eye").click()
    fine(at.run())
    assert sorted(names_drawn(at)) == ["Mini-batch", "Stochastic"]
    assert len(experiment(at).runs) == 3
    tables = [table for table in at.get("html") if "<table" in table.proto.body]
    assert len(tables) == 2
    for table in tables:
        assert "Mini-batch" in table.proto.body
        assert not re.search(r"(?<!-)\bBatch\b", table.proto.body)
    widget(at, "button", "shown").click()
    fine(at.run())
    assert len(names_drawn(at)) == 3
    assert not [button for button in at.button if button.label == "Show all"]
    pull(at, "run2.more")
    widget(at, "button", "run2.solo").click()
    fine(at.run())
    assert names_drawn(at) == ["Stochastic"]
    pull(at, "run2.more")
    widget(at, "button", "run2.solo").click()
    fine(at.run())
    assert len(names_drawn(at)) == 3


def test_with_all_runs_hidden_none_is_drawn_and_the_words_say_so() -> None:
    at = opened(query_of(gd.default_experiment(), View(hidden=0b111)))
    assert not {"Batch", "Mini-batch", "Stochastic"} & set(names_drawn(at))
    assert any("All runs are hidden." in m.value for m in at.markdown)
    assert not any("the lowest loss" in m.value for m in at.markdown)
    assert not any("<table" in table.proto.body for table in at.get("html"))
    pull(at, "run1.more")
    widget(at, "button", "run1.eye").click()
    fine(at.run())
    assert names_drawn(at) == ["Mini-batch"]
    assert not any("Batch**" in m.value or "Stochastic**" in m.value for m in at.markdown)


def test_duplicating_keeps_hidden_what_was_hidden() -> None:
    at = opened(query_of(gd.default_experiment(), View(hidden=0b100)), "run0.more")
    widget(at, "button", "run0.copy").click()
    fine(at.run())
    assert view(at).hidden == 0b1000


def test_a_diverging_run_is_a_result_not_a_fault() -> None:
    at = opened()
    slide(at, "rate", 8.0)
    fine(at.run())
    words = " ".join(m.value for m in at.markdown)
    assert "diverged" in words
    assert names_drawn(at)


def test_the_menu_opens_a_named_experiment_and_says_what_it_shows() -> None:
    at = opened(None, "presets")
    assert len([b for b in at.button if b.key.startswith("preset.")]) == len(gd.PRESETS)
    widget(at, "button", "preset.too_large").click()
    fine(at.run())
    assert experiment(at) == gd.PRESETS["too_large"].build()
    preset = gd.PRESETS["too_large"]
    assert titles(at) == [preset.title]
    assert said(at) == [preset.claim]


def test_an_exact_rate_can_be_typed() -> None:
    at = opened(None, "run0.more")
    rate = next(n for n in at.number_input if n.label == "Exact learning rate")
    rate.set_value(0.0123)
    fine(at.run())
    assert {run.optimizer.lr for run in experiment(at).runs} == {0.0123}


def test_the_shared_address_is_that_of_what_is_shown() -> None:
    at = opened(None, "share")
    slide(at, "rate", 0.1)
    fine(at.run())
    query = parse_qs(shared_link(at).partition("?")[2])
    assert link.decode(query) == experiment(at)


def test_a_fit_can_be_chosen_to_be_shown() -> None:
    base = gd.default_experiment(gd.DATASETS["iris"])
    at = opened(query_of(base), "run0.more")
    widget(at, "button", "run0.focus").click()
    fine(at.run())
    assert "Batch" in picture(at, "fit")["layout"]["title"]["text"]


# Seeds, epochs, start


def test_a_new_seed_draws_other_orders() -> None:
    at = opened(None, "problem")
    before = curve(at, "Stochastic")
    widget(at, "button", "new_seed").click()
    fine(at.run())
    assert experiment(at).seed == 1
    assert curve(at, "Stochastic") != before


def test_many_seeds_draw_a_band() -> None:
    at = opened(None, "problem")
    widget(at, "slider", "n_seeds").set_value(20)
    fine(at.run())
    fills = [t for t in picture(at, "curves")["data"] if t.get("fill") == "tonexty"]
    assert len(fills) == 3


def test_reset_brings_the_default_back() -> None:
    at = opened(query_of(gd.PRESETS["noise_ball"].build(), View(metric=("excess",))), "problem")
    widget(at, "button", "reset").click()
    fine(at.run())
    assert experiment(at) == gd.default_experiment()
    assert view(at) == View()


def test_a_typed_start_is_taken() -> None:
    at = opened(None, "problem", "ends")
    names = [widget(at, "number_input", f"start.{i}").label for i in (0, 1)]
    assert names == ["bias", "weight of x"]  # x is a column
    widget(at, "number_input", "start.0").set_value(2.5)
    fine(at.run())
    assert experiment(at).start == (2.5, -3.0)


def test_going_back_past_the_change_of_page_is_not_sent_forward_again() -> None:
    at = opened()
    slide(at, "rate", 0.1)
    fine(at.run())
    for page in ("guide", "compare"):
        at.switch_page(str(ROOT / f"pages/{page}.py"))
        at.query_params.clear()  # as the navigation does
        fine(at.run())
    wanted = experiment(at)
    assert address(at) == query_of(wanted)
    slide(at, "rate", 0.2)
    fine(at.run())
    at.query_params.clear()  # Back, to the address without anything behind it
    fine(at.run())
    for _ in range(2):
        assert experiment(at) == wanted
        assert address(at) == query_of(wanted)  # in its place: a written one would lead forward
        fine(at.run())
    slide(at, "rate", 0.3)
    fine(at.run())
    assert address(at) == query_of(experiment(at))


# The view


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_can_be_drawn(key: str) -> None:
    base = gd.default_experiment(gd.DATASETS["moons"])
    wanted = replace(base, problem=replace(base.problem, test_size=0.25))
    assert key in metrics_for(wanted.problem)
    at = opened(query_of(wanted, View(metric=(key,))))
    assert picture(at, "curves")["layout"]["title"]["text"] == METRICS[key].title
    assert len(names_drawn(at)) == 3


ALONG = {
    "epochs": "epochs",
    "updates": "updates, log",
    "examples": "examples seen",
    "seconds": "seconds (measured here), log",
}
"""How each axis is called as it opens."""


@pytest.mark.parametrize("key", crossed(ALONG, "updates", "examples", "seconds"))
def test_every_axis_can_be_drawn(key: str) -> None:
    at = opened(query_of(gd.default_experiment(), View(along=key)))
    assert picture(at, "curves")["layout"]["xaxis"]["title"]["text"] == ALONG[key]


def test_every_axis_has_its_name() -> None:
    assert list(ALONG) == list(AXES)


def test_the_map_has_level_lines_and_a_linear_axis_can_be_asked_for() -> None:
    at = opened(query_of(gd.default_experiment(), View(ground="map", log=False)))
    assert picture(at, "surface")["data"][0]["type"] == "contour"
    assert picture(at, "curves")["layout"]["yaxis"].get("type") != "log"


def test_losses_picked_one_after_the_other_stand_together_and_another_value_alone() -> None:
    at = opened(query_of(gd.default_experiment(), View(metric=("loss", "batch"))))
    assert {"Training loss", "Mini-batch loss"} == {
        trace["name"].split(":")[0]
        for trace in picture(at, "curves")["data"]
        if trace.get("showlegend")
    }
    at.session_state["curves"] = True
    widget(at.run(), "button_group", "metric").set_value(["loss", "batch", "running"])
    assert view(fine(at.run())).metric == ("loss", "running", "batch")
    widget(at, "button_group", "metric").set_value(["loss", "batch", "running", "distance"])
    assert view(fine(at.run())).metric == ("distance",)
    assert widget(at, "button_group", "metric").value == ["distance"]
    assert address(at)["view.metric"] == ["distance"]


def test_updates_open_on_a_logarithmic_axis_until_the_switch_says_otherwise() -> None:
    at = opened(query_of(gd.default_experiment(), View(along="updates")))
    switch = next(each for each in at.toggle if each.label == "Log x")
    assert switch.value
    assert picture(at, "curves")["layout"]["xaxis"]["type"] == "log"
    switch.set_value(False)
    assert view(fine(at.run())).log_x is False
    assert picture(at, "curves")["layout"]["xaxis"].get("type") != "log"
    next(each for each in at.toggle if each.label == "Log x").set_value(True)
    assert view(fine(at.run())).log_x is True


def test_what_a_link_says_of_an_axis_is_kept_though_the_axis_would_open_so() -> None:
    wanted = query_of(gd.default_experiment(), View(log_x=False, smooth=0.7))
    assert address(opened(wanted)) == wanted


def test_a_metric_that_the_problem_lacks_gives_way_to_the_loss() -> None:
    at = opened(query_of(gd.default_experiment(), View(metric=("accuracy",))))
    assert view(at).metric == ("loss",)


# A shared server


def test_too_much_work_is_refused_with_what_to_lower() -> None:
    base = gd.default_experiment(replace(gd.DATASETS["line"], n_samples=10_000))
    at = opened(query_of(replace(base, epochs=5000, runs=(gd.Run(gd.Adam(), 1),))))
    assert len(at.warning) == 1
    assert "epochs or fewer" in at.warning[0].value
    widget(at, "button", "fits0").click()
    fine(at.run())
    assert not at.warning
    assert experiment(at).epochs < 5000


def test_what_takes_long_is_titled_once_though_its_words_come_twice() -> None:
    at = opened(query_of(gd.default_experiment(gd.DATASETS["digits"])))
    assert titles(at) == ["650 parameters"]


def test_equal_experiments_are_trained_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = results.train
    monkeypatch.setattr(results, "train", lambda e, **more: calls.append(e) or real(e, **more))
    wanted = replace(gd.default_experiment(), seed=12345)
    opened(query_of(wanted))
    opened(query_of(wanted))
    assert calls == [wanted]


def test_experiments_that_differ_in_the_rule_alone_do_not_share_a_result() -> None:
    base = replace(gd.default_experiment(), epochs=2)
    one = results.traces(replace(base, runs=(gd.Run(gd.SGD(lr=0.1)),)))
    other = results.traces(replace(base, runs=(gd.Run(gd.AdaGrad(lr=0.1)),)))
    assert one[0].loss[0, -1] != other[0].loss[0, -1]


def test_a_class_that_opens_one_link_at_once_waits_for_one_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, calls, real = Event(), [], results.train

    def slow(experiment: gd.Experiment, **more: Any) -> Any:
        calls.append(experiment)
        started.wait(0.3)  # the others arrive meanwhile
        return real(experiment, **more)

    monkeypatch.setattr(results, "train", slow)
    wanted = replace(gd.default_experiment(), seed=54321, epochs=2)
    with ThreadPoolExecutor(8) as pupils:
        given = list(pupils.map(lambda _: results.traces(wanted), range(8)))
    assert calls == [wanted]
    assert all(one is given[0] for one in given)


def test_with_standardised_columns_parameters_stand_in_both_units_each_named() -> None:
    ravine = gd.default_experiment(gd.DATASETS["ravine"])
    fit = replace(ravine.problem, standardize=True)
    experiment = gd.Experiment(fit, ravine.runs, epochs=2)
    tables = " ".join(element.proto.body for element in opened(query_of(experiment)).get("html"))
    assert "columns standardised</caption>" in tables
    assert "Per raw unit of each column</caption>" in tables
    assert "12.275" in tables
    assert "0.21341" in tables
    plain = gd.Experiment(replace(fit, standardize=False), ravine.runs, epochs=2)
    tables = " ".join(element.proto.body for element in opened(query_of(plain)).get("html"))
    assert "Per raw unit" not in tables


def test_the_numbers_of_a_lost_run_can_be_watched_on_to_their_overflow():
    home = gd.default_experiment()
    lost = replace(home, runs=(gd.Run(gd.SGD(lr=1.2)), gd.Run(gd.SGD(lr=0.2))), epochs=600)

    def tables(at: AppTest) -> str:
        return "".join(html.proto.body for html in at.get("html"))

    at = opened(link.encode(lost))
    assert "counts as lost" not in tables(at)
    pull(at, "beyond")
    on = gd.beyond(lost, 0)
    assert f"counts as lost from update {gd.train(lost)[0].diverged_at[0]} on" in tables(at)
    assert on.loss[-1] > 1e200
    assert number(float(on.loss[-1]), 5) in tables(at)
    assert tables(at).count("counts as lost") == 1


def test_a_fault_that_is_named_has_the_button_of_the_one_change_that_mends_it() -> None:
    runs = tuple(replace(run, optimizer=gd.SGD(lr=0.6)) for run in gd.default_experiment().runs)
    at = opened(link.encode(replace(gd.default_experiment(), runs=runs)))
    (mend,) = [button for button in at.button if button.label.startswith("rate ")]
    assert mend.label == "rate 0.3"
    assert any(
        "is stable at a rate of 0.3, 0.9 times the limit of 1 row per update, 0.332." in m.value
        for m in at.markdown
    )
    fine(mend.click().run())
    assert [run.optimizer.lr for run in experiment(at).runs] == [0.6, 0.6, 0.3]
    assert widget(at, "selectbox", "moves").value == ("lr", 0)
    (data,) = component(at, "gdplay_player")
    assert tuple(data["play"]["position"]) == (0, 30)  # what came of it, not where the clock stood
    assert not [button for button in at.button if button.label.startswith("rate ")]


def test_a_lost_run_is_said_in_its_line_and_in_the_lead_with_the_mend_beside() -> None:
    home = gd.default_experiment()
    wild = replace(home, runs=(home.runs[0], replace(home.runs[2], optimizer=gd.SGD(lr=5.0))))
    at = opened(link.encode(wild))
    lines = [html.proto.body for html in at.get("html") if 'class="gd-run"' in html.proto.body]
    assert ["lost at update 2" in line for line in lines] == [False, True]
    assert any("flies off: lost at update 2" in text.value for text in at.markdown)
    (mend,) = [button for button in at.button if button.label.startswith("Mend: ")]
    fine(mend.click().run())
    assert not [button for button in at.button if button.label.startswith("Mend: ")]
    assert "lost" not in "".join(html.proto.body for html in at.get("html"))
    hidden = opened(link.encode(wild) | {"view.predict": ["rank"]})
    assert "lost at" not in "".join(html.proto.body for html in hidden.get("html"))
    assert not [button for button in hidden.button if button.label.startswith("Mend: ")]


def test_the_first_visit_offers_the_first_lesson_until_lessons_were_begun() -> None:
    def offers(at: AppTest) -> list[str]:
        return [one.proto.query_string for one in at.get("page_link")]

    at = opened({})
    (query,) = offers(at)
    assert "view.lesson=variants" in query
    at.switch_page(str(ROOT / "pages/lessons.py"))
    at.query_params["view.lesson"] = "variants"
    fine(at.run())
    at.switch_page(str(ROOT / "pages/compare.py"))
    at.query_params.clear()
    assert offers(fine(at.run())) == []
    changed = opened(link.encode(replace(gd.default_experiment(), epochs=7)))
    assert offers(changed) == [query]
    told = aim(gd.default_experiment().problem)
    assert any(text.value.startswith(told) for text in changed.markdown)
    other = opened(link.encode(gd.default_experiment(gd.DATASETS["ravine"])))
    assert offers(other) == []
    assert not any(text.value.startswith(told) for text in other.markdown)
    number = "A number is told from the columns of a table; the loss says how badly that misses. "
    assert any(text.value.startswith(number) for text in other.markdown)
