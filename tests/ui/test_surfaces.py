"""The Surfaces page: a race on a function of its own, its menu, its basins, its links."""

import json
import re
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.studies.duels import of_runs
from gdplay.teaching.defaults import default_race
from gdplay.ui import address
from gdplay.ui.surfaces.view import SurfacesView
from tests import PATIENCE, ROOT
from tests.ui.test_compare import experiment, fine, pull, widget

HOME = default_race(gd.SURFACES["himmelblau"])


def opened(race: gd.Experiment | None = None, **view: Any) -> AppTest:
    """The page as it stands at a link, or as first seen."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(ROOT / "pages/surfaces.py"))
    if race is not None:
        for name, texts in address.whole(race, SurfacesView(**view)).items():
            at.query_params[name] = texts
    return fine(at.run())


def said(at: AppTest) -> str:
    return " ".join(text.value for kind in (at.markdown, at.caption) for text in kind)


def test_a_first_visit_sees_three_rules_race_and_not_a_word_about_rows() -> None:
    at = opened()
    assert experiment(at) == HOME
    assert [run.optimizer.key for run in experiment(at).runs] == ["sgd", "momentum", "adam"]
    told = said(at) + " ".join(part.proto.body for part in at.get("html"))
    assert re.search(r"From 2\s500 starts", told)
    sentences = re.sub(r"<style>.*?</style>|<[^>]*>", "", told, flags=re.DOTALL)
    assert not re.search(r"\b(rows?|batch(es)?|mini-batch|epochs?)\b", sentences)


def test_the_menu_changes_function_start_and_numbers_and_all_travel_in_the_link() -> None:
    at = opened()
    pull(at, "function")
    widget(at, "selectbox", "surface").set_value("turned")
    fine(at.run())
    assert experiment(at) == default_race(gd.SURFACES["turned"])
    pull(at, "function")
    widget(at, "number_input", "function.angle").set_value(10.0)
    fine(at.run())
    turned = replace(gd.SURFACES["turned"], angle=10.0)
    pull(at, "function")
    widget(at, "number_input", "start.0").set_value(3.0)
    fine(at.run())
    assert experiment(at).problem == turned
    assert experiment(at).start == (3.0, 2.0)
    query = {name: at.query_params[name] for name in at.query_params}
    assert link.decode(query) == experiment(at)


def test_compare_keeps_its_data_while_the_page_has_a_race_of_its_own() -> None:
    at = opened()
    pull(at, "function")
    widget(at, "selectbox", "surface").set_value("beale")
    fine(at.run())
    at.switch_page(str(ROOT / "pages/compare.py"))
    at.query_params = {}
    assert experiment(fine(at.run())) == gd.default_experiment()
    at.switch_page(str(ROOT / "pages/surfaces.py"))
    at.query_params = {}
    assert experiment(fine(at.run())) == default_race(gd.SURFACES["beale"])


def test_a_link_to_data_shows_a_race_and_says_where_data_are_shown() -> None:
    at = opened(gd.default_experiment(gd.DATASETS["iris"]))
    assert experiment(at) == HOME
    assert address.FUNCTIONS.refusal in said(at)


def test_basins_are_those_of_the_chosen_run_and_an_own_function_has_them_too() -> None:
    at = opened(
        replace(default_race(gd.Expression("x**4 - 3*x**2 + x + y**2")), epochs=30), basins=0
    )
    assert "**Plain step** at rate" in said(at)
    (chart,) = at.get("plotly_chart")
    names = [trace.get("name") for trace in json.loads(chart.proto.spec)["data"]]
    assert sum(str(name).startswith("(") for name in names) == 4  # two minima, and their keys


def test_basins_have_thousands_of_starts_whatever_the_rule() -> None:
    race = replace(HOME, runs=(gd.Run(gd.OPTIMIZERS["newton"]), gd.Run(gd.OPTIMIZERS["armijo"])))
    assert re.search(r"From 2\s500 starts, \*\*Newton", said(opened(race, basins=0)))
    assert re.search(r"From 2\s500 starts, \*\*Armijo", said(opened(race, basins=1)))


def test_the_edge_of_stability_is_shown_from_the_start_and_its_runs_may_be_raced() -> None:
    at = opened(default_race(gd.SURFACES["ackley"]), part="edge")
    assert "Nothing bends upwards at this start" in at.info[0].value
    fine(widget(at, "button", "offer").click().run())
    assert "L = 7.32 and 2.02" in said(at)
    fine(widget(at, "button", "edge.race").click().run())
    assert [run.optimizer.lr for run in experiment(at).runs] == [0.2, 0.24, 0.36, 0.5]


def test_the_fair_race_shows_its_tries_and_its_best_rates_may_be_raced() -> None:
    at = opened(default_race(gd.SURFACES["plain_saddle"]), part="duels")
    assert "no minimum" in at.info[0].value
    at = opened(HOME, part="duels", target=0.1)
    assert re.search(r"beat \*\*\w+\*\* from \*\*\d+ of 100 starts", said(at))
    fine(widget(at, "button", "duels.race").click().run())
    assert [run.optimizer.lr for run in experiment(at).runs] == [
        entrant.run.optimizer.lr for entrant in of_runs(HOME, share=0.1).entrants
    ]


def test_turned_axes_are_shown_at_the_valleys_own_condition_number() -> None:
    valley = replace(gd.SURFACES["turned"], condition=10.0)
    told = said(opened(default_race(valley), part="turned"))
    assert "A valley 10 times as steep across as along" in told
    assert "Newton’s method** needs 1 update at every angle" in told
    assert "All can be added to the race" in told
    offered = {rule.title for rule in gd.OPTIMIZERS.values()}
    assert {line.name for line in gd.studies.turned_axes(10.0).lines} <= offered


def test_further_starts_are_typed_and_told_apart_and_go_with_a_press() -> None:
    at = opened()
    pull(at, "function")
    widget(at, "text_input", "more_starts").set_value("2, 4; -4")
    fine(at.run())
    assert "two numbers each" in at.warning[0].value
    widget(at, "text_input", "more_starts").set_value("2, 4; -4, 1")
    fine(at.run())
    assert experiment(at) == replace(HOME, more_starts=((2.0, 4.0), (-4.0, 1.0)))
    assert "from 3 starts at once" in said(at)
    assert "Of 3 starts, the height over the lowest loss" in said(at)
    fine(widget(at, "button", "starts.drop").click().run())
    assert experiment(at) == HOME


def test_gradient_noise_is_asked_for_by_its_name_and_travels_in_the_link() -> None:
    at = opened(replace(HOME, gradient_noise=2.0))
    pull(at, "function")
    widget(at, "number_input", "experiment.gradient_noise").set_value(5.0)
    fine(at.run())
    assert experiment(at) == replace(HOME, gradient_noise=5.0)
    told = said(at) + " ".join(part.proto.body for part in at.get("html"))
    assert "Gradient noise of standard deviation 5" in told
    assert "SGD" not in re.sub(r"<style>.*?</style>|<[^>]*>", "", told, flags=re.DOTALL)
    assert widget(at, "number_input", "experiment.seed").value == 0
    query = {name: at.query_params[name] for name in at.query_params}
    assert link.decode(query) == experiment(at)
