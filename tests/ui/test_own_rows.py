"""Own rows in the menu of data: pasted, used, linked, brought along, and shared with nobody."""

import gc
import weakref
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay.ui import address, jobs
from gdplay.ui.address import Page, Session, arrive, brief, bring, show, whole
from gdplay.ui.compare.view import View
from gdplay.ui.learning_rate.view import RateView
from tests import older
from tests.own_rows.test_packing import BOMB
from tests.ui.test_compare import address as query_of
from tests.ui.test_compare import experiment, fine, opened, said, widget

FIVE = "x\ty\n1\t1\n2\t3\n4\t3\n3\t2\n5\t5\n"
LARGE = "a,b,c\n" + "\n".join(
    ",".join(f"{value:.9f}" for value in row)
    for row in np.random.default_rng(0).normal(size=(450, 3))
)
COMPARE = Page("compare", View)


def pasted(at: AppTest, text: str) -> AppTest:
    """Paste rows in the menu of data, which is open."""
    fine(widget(at, "selectbox", "data").set_value("table").run())
    return fine(widget(at, "text_area", "paste").set_value(text).run())


def used(at: AppTest, text: str) -> AppTest:
    return fine(widget(pasted(at, text), "button", "use").click().run())


@pytest.fixture(scope="module")
def five() -> AppTest:
    return used(opened(None, "problem"), FIVE)


def test_five_pasted_rows_are_run_and_whoever_opens_their_address_sees_the_same(five):
    table = gd.Table([[1], [2], [4], [3], [5]], [1, 3, 3, 2, 5])
    assert experiment(five) == gd.default_experiment(table)
    query = query_of(five)
    assert query["data"] == ["table~numbers~~x~y~~1~1~~2~3~~4~3~~3~2~~5~5"]
    assert gd.link.decode(query) == experiment(five)
    there = address.arrive(Session(), COMPARE, query)
    assert there.experiment == experiment(five)
    assert not there.notices


def test_rows_that_were_pasted_outlast_a_panel_that_closes():
    at = pasted(opened(None, "problem"), FIVE)
    for opens in (False, True):
        at.session_state["problem"] = opens
        fine(at.run())
    assert widget(at, "selectbox", "data").value == "table"
    assert widget(at, "text_area", "paste").value == FIVE
    assert fine(widget(at, "button", "use").click().run())
    assert experiment(at).problem.n_samples == 5
    assert "own_rows.unused" not in at.session_state


def test_what_is_no_table_is_said_and_the_experiment_stays():
    at = opened(None, "problem")
    before = experiment(at)
    pasted(at, "x;y\n1,5;1\n2.5;2\n")
    assert "both decimal signs" in at.error[0].value
    assert experiment(at) == before
    assert not [button for button in at.button if button.key.startswith("use@")]


BAD = {
    "one column": ("1\n2\n3\n", "only one column"),
    "all missing": ("a,b\n1,\n2,na\n", "'b' is empty"),
    "constant target": ("a,b\n1,4\n2,4\n", "'b' is 4 in every row"),
    "text in numbers": ("a,b\n1,2\nx,3\n3,4\n4,1\n", "'a' holds 'x' among its numbers, in row 2"),
    "duplicate names": ("a,a\n1,2\n2,3\n", "Two columns are called 'a'"),
    "a formula": ("a,b\n1,=cmd|' /C calc'!A0\n2,3\n", "'b' holds a formula in place of a value"),
    "too many columns": (",".join("1" * 10_000) + "\n", "There are 10\u202f000 columns"),
    "dates": ("a,b\n1,2026-01-01\n2,2026-01-02\n", "'b' holds dates"),
    "infinities": ("a,b\n1,inf\n2,3\n", "'b' is infinite in row 1"),
    "no text": ("a\0b,c\n1,2", "bytes that are no text"),
}


def test_each_bad_paste_gets_one_sentence_and_the_experiment_stays():
    at = pasted(opened(None, "problem"), BAD["one column"][0])
    for name, (text, why) in BAD.items():
        fine(widget(at, "text_area", "paste").set_value(text).run())
        (sentence,) = [error.value.replace("\\", "") for error in at.error]
        assert why in sentence.replace("10000", "10\u202f000"), name
        assert experiment(at) == gd.default_experiment()


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.csv", bytes(range(256)) * 9, "no text"),
        ("a.xlsx", b"PK\x03\x04 broken", "This is no Excel file, or a damaged one"),
        ("a.csv", "a,b\nä,1\nö,2".encode("cp1252") + b"\x81", "This is no text in UTF-8"),
    ],
)
def test_each_bad_file_gets_one_sentence_and_the_experiment_stays(name, data, why, files):
    widget(files, "file_uploader", "file").set_value((name, data, "text/csv"))
    fine(files.run())
    (sentence,) = [error.value.replace("\\", "") for error in files.error]
    assert why in sentence
    assert experiment(files) == gd.default_experiment()


@pytest.fixture(scope="module")
def files() -> AppTest:
    return pasted(opened(None, "problem"), "")


def test_what_came_last_is_read_and_named_and_a_refusal_goes_with_it():
    at = pasted(opened(None, "problem"), FIVE)
    file = "size,rent\n1,2\n2,5\n3,7\n"
    (place,) = at.file_uploader
    fine(place.set_value(("flats.csv", file.encode(), "text/csv")).run())
    assert widget(at, "text_area", "paste").value == ""
    assert "flats.csv: 3 rows of 1 feature; the target is rent" in said_of(at)
    (place,) = at.file_uploader
    assert place.value is None
    fine(place.set_value(("notes.csv", b"%PDF-1.7", "text/csv")).run())
    assert "This is a PDF" in at.error[0].value
    fine(widget(at, "text_area", "paste").set_value(FIVE).run())
    assert not at.error
    assert at.file_uploader[0].value is None
    assert "Pasted: 5 rows of 1 feature; the target is y" in said_of(at)


def test_a_text_that_only_the_click_tells_of_is_offered_before_it_is_used():
    at = pasted(opened(None, "problem"), FIVE)
    before = experiment(at)
    widget(at, "text_area", "paste").set_value("size,rent\n1,2\n2,5\n3,7\n")
    fine(widget(at, "button", "use").click().run())
    assert experiment(at) == before
    assert "Pasted: 3 rows of 1 feature; the target is rent" in said_of(at)
    fine(widget(at, "button", "use").click().run())
    assert experiment(at).problem.dataset.feature_names == ("size",)


def said_of(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.caption).replace("\\", "")


def test_a_link_that_explodes_opens_the_default_and_says_why():
    at = opened({"data": [f"table~{BOMB}"]})
    assert "expand to at most" in said(at)[0]
    assert experiment(at) == gd.default_experiment()


def test_names_of_rows_are_no_features_unless_they_are_chosen():
    rows = "".join(f"child {i}\t{150 + 1.5 * i}\t{40 + i * i}\n" for i in range(5))
    at = used(opened(None, "problem"), "name\tcm\tkg\n" + rows.replace(".", ","))
    assert experiment(at).problem.dataset.feature_names == ("cm",)
    assert experiment(at).problem.dataset.X[1, 0] == 151.5


def test_the_target_and_the_features_are_chosen():
    at = pasted(opened(None, "problem"), "a,b,c\n1,2,no\n2,5,yes\n3,,no\n4,9,yes\n")
    fine(widget(at, "selectbox", f"target.{hash_of(at)}").set_value("a").run())
    assert any("1 row with missing values" in text.value for text in at.caption)
    fine(widget(at, "button", "use").click().run())
    dataset = experiment(at).problem.dataset
    assert dataset.target_name == "a"
    assert dataset.feature_names == ("b", "c = yes")
    assert dataset.X.tolist() == [[2, 0], [5, 1], [9, 1]]


def hash_of(at: AppTest) -> int:
    return at.session_state["own_rows"].mark  # type: ignore[no-any-return]


@older.newer_tells
def test_a_large_table_stays_in_its_session_and_its_link_asks_for_it():
    at = used(opened(None, "problem"), LARGE)
    made, query = experiment(at), query_of(at)
    assert query["data"][0].startswith("table~bring~450~2~")
    digest = made.problem.dataset.digest
    assert not [key for key in jobs.WORKERS._shelf._kept if digest in key]
    there = opened(query)
    assert "450 rows of 2 features with the target 'c'" in there.markdown[-1].value.replace(
        "\\", ""
    )
    assert {part.key for part in there.get("bidi_component")} - {
        "reconnect",
        "glossary",
        "fingers",
        "uploads.rows",
        "uploads.experiment",
    } == {"missing_rows"}
    fine(there.run())
    assert query_of(there) == query
    fine(widget(there, "text_area", "paste").set_value(LARGE.replace("0.1", "0.2", 1)).run())
    assert "a value or a name in them differs" in there.warning[0].value
    fine(widget(there, "text_area", "paste").set_value(LARGE).run())
    assert there.success[0].value == "These are the rows of the link."
    fine(widget(there, "button", "use").click().run())
    assert experiment(there) == made
    assert query_of(there) == query


def test_who_has_not_the_rows_of_a_link_goes_on_without_them():
    there = opened(whole(RUNS, View()))
    fine(widget(there, "button", "without").click().run())
    assert query_of(there) == whole(gd.default_experiment(), View())


def test_the_file_of_an_experiment_brings_its_rows_along():
    there = opened(whole(replace(RUNS, epochs=2), View()))
    file = ("mine.json", gd.export.json(RUNS).encode(), "application/json")
    widget(there, "file_uploader", "opened").set_value(file)
    fine(there.run())
    assert experiment(there) == RUNS
    assert query_of(there) == whole(RUNS, View())


def test_columns_and_classes_of_a_shipped_set_are_chosen_and_rates_follow():
    iris = gd.DATASETS["iris"]
    at = opened(gd.link.encode(gd.default_experiment(iris)), "problem", "more")
    petals = iris.feature_names[2:]
    fine(widget(at, "multiselect", "data.iris.columns").set_value(petals).run())
    assert "rates kept their multiple" in said(at)[0]
    fine(widget(at, "selectbox", "data.iris.against").set_value("setosa").run())
    fine(widget(at, "selectbox", "model").set_value("logistic").run())
    part = replace(iris, columns=petals, against="setosa")
    assert experiment(at).problem.dataset == part
    fine(widget(at, "multiselect", "data.iris.classes").set_value(["setosa"]).run())
    assert "two or more" in said(at)[0]
    assert experiment(at).problem.dataset == part
    fine(widget(at, "selectbox", "data.iris.against").select_index(0).run())
    assert experiment(at).problem.dataset == replace(iris, columns=petals)
    assert experiment(at).problem.model.key == "softmax"


# The session


ROWS = np.random.default_rng(1).normal(size=(500, 5))
OWN = gd.Table(ROWS[:, :4], ROWS[:, 4])
RUNS = gd.Experiment(gd.Fit(OWN, gd.MODELS["linear"]), (gd.Run(gd.SGD(lr=0.07)),), epochs=3)


def test_back_leads_to_rows_that_the_session_still_holds():
    session = show(arrive(Session(), COMPARE, {}), RUNS)
    away = show(session, gd.default_experiment())
    back = arrive(away, COMPARE, whole(RUNS, View()), returned=True)
    assert back.experiment == RUNS
    assert not back.notices


def test_a_link_waits_for_its_rows_and_takes_others_of_the_same_columns():
    query = brief(RUNS, View(log=False))
    asked = arrive(Session(), COMPARE, query)
    assert asked.wanted.query == asked.address == query
    assert asked.wanted.rows == (500, 4, "y", OWN.digest[:12])
    assert arrive(asked, COMPARE, query) == asked
    brought = bring(asked, OWN)
    assert brought.shown == (RUNS, View(log=False))
    assert brought.wanted is None
    assert not brought.notices
    others = gd.Table(2 * ROWS[:, :4], ROWS[:, 4])
    assert bring(asked, others).experiment.runs == RUNS.runs
    assert "not the very rows" in bring(asked, others).notices[-1]


def test_a_link_waits_on_where_it_does_not_go_with_the_rows_that_came():
    asked = arrive(Session(), COMPARE, whole(replace(RUNS, start=(1.0,) * 5), View()))
    still = bring(asked, gd.Table(ROWS[:, :3], ROWS[:, 4]))
    assert still.wanted == asked.wanted
    assert "start" in still.notices[0]


def test_other_pages_do_not_wait_and_back_does():
    query = whole(RUNS, View())
    asked = arrive(Session(), COMPARE, query)
    away = arrive(asked, Page("learning_rate", RateView), {})
    assert away.wanted is None
    assert arrive(away, COMPARE, query, returned=True).wanted == asked.wanted
    assert arrive(away, COMPARE, {}).wanted is None


def test_nothing_of_a_large_table_outlives_its_session():
    table = gd.Table(ROWS[:, :4] + 1, ROWS[:, 4])
    own = gd.Experiment(gd.Fit(table, gd.MODELS["linear"]), RUNS.runs, epochs=3)
    traces = jobs.quick("trained", partial(gd.train, own), own)
    assert jobs.quick("trained", list, own) is traces
    gone = weakref.ref(table)
    del table, own
    gc.collect()
    assert gone() is None
