"""The Network page: a small network on data of its own, its menus, its sentences, its links."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.teaching.networks import default_networks, on_dataset
from gdplay.ui import address, results
from gdplay.ui.network.view import NetworkView
from tests import PATIENCE, ROOT
from tests.ui.controls import component, uncolored
from tests.ui.test_compare import experiment, fine, pull, widget

HOME = default_networks()
QUICK = replace(HOME, epochs=3)


def opened(networks: gd.Experiment | None = QUICK, page: str = "network", **view: Any) -> AppTest:
    """The page as it stands at a link, or as first seen."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(ROOT / f"pages/{page}.py"))
    if networks is not None:
        for name, texts in address.whole(networks, NetworkView(**view)).items():
            at.query_params[name] = texts
    return fine(at.run())


def said(at: AppTest) -> str:
    return uncolored(
        " ".join(text.value for kind in (at.title, at.markdown, at.caption) for text in kind)
    )


def played(at: AppTest) -> Any:
    (told,) = component(at, "gdplay_player")
    return told["play"]


def test_a_first_visit_sees_one_network_trained_three_ways() -> None:
    at = opened(None)
    assert experiment(at) == HOME
    told = said(at)
    assert "Moons: one network, three ways to train it" in told
    assert "** ends lowest: training loss " in told
    play = played(at)
    assert play["kind"] == "regions"
    assert play["net"]["sizes"] == [2, 8, 1]
    assert [len(layer) for layer in play["diagram"]["middles"]] == [2, 8, 1]
    (player,) = component(at, "gdplay_player")
    assert list(player["panels"]) == ["surface", "curves", "fit"]


def labels_of_chips(at: AppTest) -> list[str]:
    """Return what Streamlit knows panels by: one whose label changes shuts."""
    panels = list(at.main.children.values())
    found = []
    while panels:
        block = panels.pop()
        panels += getattr(block, "children", {}).values()
        if block.type == "popover":
            found.append(block.proto.popover.label)
    return sorted(found)


def test_menus_change_layers_data_and_loss_and_all_travel_in_the_link() -> None:
    at = opened()
    pull(at, "layers")
    widget(at, "button_group", "layers.count").set_value(2)
    at = opened(experiment(fine(at.run())))
    pull(at, "layers")
    asked = labels_of_chips(at)
    widget(at, "slider", "units.2").set_value(3)
    widget(at, "button_group", "activation").set_value("relu")
    fine(at.run())
    model = experiment(at).problem.model
    assert (model.hidden, model.activation, model.init) == ((8, 3), "relu", "xavier")
    assert labels_of_chips(fine(at.run())) == asked
    assert any("2-8-3-1, ReLU" in part.proto.body for part in at.get("html"))
    assert played(at)["net"]["sizes"] == [2, 8, 3, 1]
    pull(at, "problem")
    widget(at, "selectbox", "data").set_value("polynomial")
    fine(at.run())
    assert experiment(at).problem.model == model
    assert experiment(at).epochs == QUICK.epochs
    assert played(at)["kind"] == "line"
    query = {name: at.query_params[name] for name in at.query_params}
    assert link.decode(query) == experiment(at)


def test_the_network_of_any_run_can_be_shown_and_the_address_says_whose() -> None:
    at = opened(focus=0)
    assert played(at)["diagram"]["place"] == 0
    widget(at, "selectbox", "focus").set_value(2)
    fine(at.run())
    assert played(at)["diagram"]["place"] == 2
    assert at.query_params["view.focus"] in ("2", ["2"])


def test_the_large_picture_may_be_the_loss_surface_on_planes_that_networks_have() -> None:
    at = opened()
    widget(at, "selectbox", "focus").set_value("map")
    widget(fine(at.run()), "selectbox", "plane").set_value("random")
    fine(at.run())
    (player,) = component(at, "gdplay_player")
    assert player["play"].get("diagram") is None
    title = player["panels"]["surface"]["spec"]["layout"]["xaxis"]["title"]["text"]
    assert title == "1st random direction"
    told = said(at)
    assert "** ends lowest: training loss " in told
    assert "a smooth picture is no proof of a smooth loss" in told
    assert "on a slice of all 33 parameters: its height is the loss" in told
    assert at.query_params["view.large"] in ("loss", ["loss"])
    widget(at, "selectbox", "focus").set_value(-1)
    assert played(fine(at.run()))["diagram"]["place"] >= 0


def test_sharpness_along_the_paths_is_told_and_where_it_is_stopped_the_loss_is_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = said(opened(metric=("sharpness",)))
    assert "ηL/2 never reaches 1" in told
    assert "drawn anew when you let go of a slider" in told
    monkeypatch.setattr(results.jobs, "result", _stopped_sharpness(results.jobs.result))
    (player,) = component(opened(metric=("sharpness",)), "gdplay_player")
    title = player["panels"]["curves"]["spec"]["layout"]["title"]["text"]
    assert title == "Training loss (all rows)"


def _stopped_sharpness(result: Any) -> Any:
    def other(*args: Any, name: str, **more: Any) -> Any:
        return None if name == "sharpness" else result(*args, name=name, **more)

    return other


@pytest.mark.parametrize("name", ["line", "iris"])
def test_a_link_to_another_model_says_where_it_is_shown(name: str) -> None:
    at = opened(gd.default_experiment(gd.DATASETS[name]))
    assert experiment(at) == HOME
    assert address.NETWORKS.refusal in said(at)


def test_reset_takes_the_first_network_on_the_same_data() -> None:
    at = opened()
    pull(at, "problem")
    widget(at, "button", "reset").click()
    assert experiment(fine(at.run())) == HOME


def test_the_paths_are_seen_on_the_loss_surface_and_compare_has_its_own_data_else() -> None:
    at = opened()
    at.switch_page(str(ROOT / "pages/compare.py"))
    at.query_params = {}
    assert experiment(fine(at.run())) == gd.default_experiment()
    at = opened()
    (button,) = (one for one in at.button if one.label.startswith("See these runs"))
    button.click()
    fine(at.run())
    assert experiment(at) == QUICK
    (told,) = component(at, "gdplay_player")
    assert json.dumps(told["panels"]["surface"]["label"]).count("principal") == 2
    assert told["play"]["diagram"] is None
    assert told["play"]["net"] is not None


def test_one_update_of_these_very_runs_is_a_click_away() -> None:
    at = opened()
    (button,) = (one for one in at.button if one.label.startswith("One update"))
    button.click()
    fine(at.run())
    assert experiment(at) == QUICK
    assert "One update, number by number" in said(at)
    assert "Through the layers and back" in said(at)
    (back,) = (one for one in at.button if one.label == "Back to Network")
    back.click()
    fine(at.run())
    assert at.session_state["session"].page.name == "network"
    assert experiment(at) == QUICK
    at.switch_page(str(ROOT / "pages/compare.py"))
    at.query_params = {}
    assert experiment(fine(at.run())) == gd.default_experiment()


@pytest.mark.parametrize("page", ["one_update", "learning_rate", "batch_size"])
def test_a_link_to_a_network_leads_back_to_the_page_of_networks_and_says_its_layers(
    page: str,
) -> None:
    at = opened(QUICK, page)
    if page != "one_update":
        assert "Moons · network 2-8-1, tanh · " in " ".join(p.proto.body for p in at.get("html"))
        assert "open that run on Network" in said(at) or page == "batch_size"
        return
    (back,) = (one for one in at.button if one.label.startswith("Back to"))
    assert back.label == "Back to Network"
    back.click()
    fine(at.run())
    assert at.session_state["session"].page.name == "network"
    assert experiment(at) == QUICK


def test_a_run_that_is_lost_is_told_and_the_others_are_drawn() -> None:
    line = default_networks(gd.DATASETS["line"])
    linear = replace(line.problem, model=replace(line.problem.model, activation="linear"))
    runs = tuple(
        replace(run, optimizer=gd.SGD(lr=lr))
        for run, lr in zip(line.runs[:2], (1000.0, 0.1), strict=True)
    )
    at = opened(replace(line, problem=linear, runs=runs, epochs=9))
    assert "**Batch, rate 1000** went out of bounds" in said(at)
    assert played(at)["diagram"]["place"] == 1


def test_own_rows_are_pasted_in_the_menu_of_data() -> None:
    at = opened()
    pull(at, "problem")
    widget(at, "selectbox", "data").set_value("table")
    at = fine(at.run())
    widget(at, "text_area", "paste").set_value("a\tb\tkind\n" + "1\t2\tx\n3\t4\ty\n5\t7\tx\n" * 4)
    at = fine(at.run())
    widget(at, "button", "use").click()
    own = experiment(fine(at.run()))
    assert own == on_dataset(QUICK, own.problem.dataset)
    assert (own.problem.dataset.n_features, own.problem.test_size) == (2, 0.0)
    assert played(at)["net"]["sizes"] == [2, 8, 1]


def test_a_rule_that_other_data_cannot_have_is_not_exchanged_in_silence() -> None:
    column = on_dataset(QUICK, gd.DATASETS["polynomial"])
    newton = gd.Run(gd.OPTIMIZERS["newton"])
    at = opened(replace(column, runs=(newton, *column.runs[:1])))
    pull(at, "problem")
    widget(at, "selectbox", "data").set_value("moons")
    at = fine(at.run())
    assert [run.optimizer.key for run in experiment(at).runs] == ["sgd", "sgd"]
    why = "it takes at most 32 parameters, and here are 33. The plain step stands in."
    assert f"Newton’s method cannot be used here: {why}" in said(at)


def test_own_rows_are_trained_three_ways_at_a_rate_that_suits_their_targets() -> None:
    x = np.linspace(19, 70, 20)
    own = default_networks(gd.Table(x[:, None], 100 + 0.6 * x))
    assert [run.batch_size for run in own.runs] == [None, 2, 1]
    for trace in gd.train(own):
        assert trace.loss[0, -1] < 0.2 * trace.loss[0, 0]


def test_rows_of_three_columns_are_drawn_on_a_plane_that_is_told() -> None:
    three = gd.Table([[1, 2, 3], [4, 5, 7], [2, 2, 9]] * 4, ["a", "b", "a"] * 4)
    at = opened(on_dataset(QUICK, three))
    play = played(at)
    assert (play["kind"], play["net"]["sizes"]) == ("regions", [3, 8, 1])
    assert [len(axis) for axis in play["net"]["plane"]] == [3, 3, 3]
    assert "The plane runs through the mean row" in said(at)


def test_digits_open_with_their_counts_and_units_as_images() -> None:
    digits = default_networks(gd.DATASETS["digits"])
    at = opened(replace(digits, epochs=1, runs=digits.runs[:1]))
    play = played(at)
    assert (play["kind"], play["diagram"]["grid"]) == ("confusion", [8, 8])
    assert [len(layer) for layer in play["diagram"]["middles"]] == [1, 10, 10]
    assert "images held out wrong" in said(at)
    assert any("gd-images" in part.proto.body for part in at.get("html"))


def test_a_link_of_chosen_columns_opens_on_them() -> None:
    some = replace(gd.DATASETS["wine"], columns=("alcohol", "hue", "proline"))
    at = opened(on_dataset(QUICK, some))
    assert experiment(at).problem.dataset == some
    play = played(at)
    assert (play["kind"], play["net"]["sizes"]) == ("regions", [3, 8, 3])


def test_columns_are_chosen_as_on_compare_and_none_at_all_is_refused() -> None:
    at = opened(on_dataset(QUICK, gd.DATASETS["wine"]))
    at.session_state["more"] = True
    pull(at, "problem")
    before = experiment(at)
    widget(at, "multiselect", "data.wine.columns").set_value(["alcohol", "hue", "proline"])
    fine(at.run())
    now = experiment(at)
    assert now.problem.dataset.columns == ("alcohol", "hue", "proline")
    assert (now.problem.model, now.runs) == (before.problem.model, before.runs)
    widget(at, "multiselect", "data.wine.columns").set_value([])
    fine(at.run())
    assert experiment(at) == now
    assert "columns must" in said(at)


def test_layers_of_too_many_parameters_are_refused_in_a_sentence() -> None:
    cancer = default_networks(gd.DATASETS["breast_cancer"])
    wide = replace(cancer, problem=replace(cancer.problem, features="quadratic"), epochs=1)
    at = opened(replace(wide, runs=wide.runs[:1]))
    pull(at, "layers")
    widget(at, "slider", "units.1").set_value(16)
    at = fine(at.run())
    (told,) = at.warning
    assert "On 495 columns these layers would have 7\u202f953 parameters: at most" in told.value
    assert experiment(at).problem == wide.problem


def test_what_a_network_cannot_have_is_told_where_it_is_chosen() -> None:
    def asked(name: str, menu: str, **changes: Any) -> str:
        networks = default_networks(gd.DATASETS[name])
        networks = replace(networks, problem=replace(networks.problem, **changes), epochs=1)
        at = opened(replace(networks, runs=networks.runs[:1]))
        at.session_state["more"] = True
        pull(at, menu)
        return said(at)

    told = asked("digits", "problem")
    assert "Squared errors take a number, or two classes, and here are 10." in told
    counts = "2\u202f144 and 47\u202f904, more than this network can take."
    assert f"Degrees 2 and 3 are not on offer: of 64 columns they would make {counts}" in told
    told = asked("polynomial", "problem")
    assert "The log loss takes classes, and here a number is predicted." in told
    assert "not on offer" not in told
    deep = replace(default_networks().problem.model, hidden=(16, 16, 16))
    told = asked("breast_cancer", "problem", model=deep)
    assert "Degrees 2 and 3 are not on offer: of 30 columns they would make 495 and" in told
    assert "are not on offer: each takes at most 32 parameters" in asked("moons", "run0.more")


def test_an_update_of_a_network_on_many_columns_is_shown_without_most_of_them() -> None:
    digits = default_networks(gd.DATASETS["digits"])
    told = said(at := opened(replace(digits, epochs=1, runs=digits.runs[1:2]), "one_update"))
    assert "of 20 · epoch **1** of 1" in told
    tables = " ".join(part.proto.body for part in at.get("html"))
    assert "pixel 0,0" in tables
    assert "pixel 7,7" not in tables
