"""What the Guide promises: it opens on any problem, its numbers are true, its links hold."""

import re
from collections import defaultdict
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.guide import READING, rate_words
from gdplay.teaching.presets import PRESETS
from gdplay.theory.curvature import curvature
from gdplay.ui import address
from gdplay.ui.address import Session
from gdplay.ui.compare import menu
from gdplay.ui.compare.view import View
from gdplay.ui.guide.links import link_to
from gdplay.ui.lessons.view import LessonView
from tests import PATIENCE, ROOT, few_surfaces

from .controls import titles

PROBLEMS = {**gd.DATASETS, **few_surfaces()}


def experiment_on(key: str) -> gd.Experiment:
    if key in gd.DATASETS:
        return default_experiment(gd.DATASETS[key])
    surface = gd.SURFACES[key]
    return gd.Experiment(surface, (gd.Run(gd.SGD(lr=0.1)),), start=surface.start)


def opened(experiment: gd.Experiment, **query: list[str]) -> AppTest:
    """The Guide as seen by a visitor with this experiment on Compare."""
    app = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    app.session_state["session"] = Session(experiment=experiment)
    for name, values in query.items():
        app.query_params[name] = values
    return app.switch_page(str(ROOT / "pages/guide.py")).run()


def links(app: AppTest) -> list[tuple[str, dict[str, list[str]]]]:
    """Label and query of each link to an experiment."""
    protos = [element.proto for element in app.get("page_link")]
    queries = [(p.label, parse_qs(p.query_string)) for p in protos if p.query_string]
    return [(label, query) for label, query in queries if "view.lesson" not in query]


def texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.latex]
    return "\n".join([*(element.value for element in shown), *pages_html(app)])


def pages_html(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html")]


def table(app: AppTest, place: int) -> list[list[str]]:
    """The cells of a table on the page, without its head."""
    tables = [body for body in pages_html(app) if "<table" in body]
    rows = re.findall("<tr>(.*?)</tr>", tables[place])
    return [[unescape(c) for c in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows][1:]


@pytest.fixture(scope="module")
def home() -> AppTest:
    return opened(default_experiment())


@pytest.mark.parametrize("key", PROBLEMS)
def test_the_page_opens_on_every_data_set_and_surface(key):
    app = opened(experiment_on(key))
    assert not app.exception
    assert PROBLEMS[key].title in texts(app)


def test_every_link_opens_the_experiment_it_is_named_after(home):
    by_label = {f":primary[{preset.title}]": preset for preset in PRESETS.values()}
    by_label["**Play**"] = PRESETS["variants"]
    assert len(links(home)) > 20
    for label, query in links(home):
        experiment = by_label[label].build()
        assert link.decode(query) == experiment
        one_rate = len({run.optimizer.lr for run in experiment.runs}) == 1
        assert address.decode(query, View)[0].together == one_rate


def test_the_first_lesson_is_one_link_away(home):
    (start,) = [e.proto for e in home.get("page_link") if "view.lesson" in e.proto.query_string]
    assert "Start lesson 1" in start.label
    view = address.decode(parse_qs(start.query_string), LessonView)[0]
    assert (view.lesson, view.answer) == (next(iter(gd.LESSONS)), None)


def test_play_and_the_picture_of_the_variants_stand_before_all_else(home):
    first = home.get("page_link")[0].proto
    assert first.label == "**Play**"
    assert link.decode(parse_qs(first.query_string)) == PRESETS["variants"].build()
    places = [place for place, body in enumerate(pages_html(home)) if 'class="gd-map"' in body]
    tables = [place for place, body in enumerate(pages_html(home)) if "<table" in body]
    assert len(places) == 1
    assert places[0] < min(tables)


def test_further_reading_is_cited_in_full(home):
    for about, text, arxiv, keys in READING:
        assert re.fullmatch(r"[A-Z].+ \((19|20)\d\d\)\. .{20,}\.", text), text
        assert re.fullmatch(r"(\d{4}\.\d{4,5})?", arxiv)
        assert set(keys) <= set(PRESETS)
        assert f"**{about}** {text}" in texts(home)


def test_links_with_the_same_words_go_to_the_same_place(home):
    places = defaultdict(list)
    for label, query in links(home):
        places[label].append(query)
    assert all(query == queries[0] for queries in places.values() for query in queries)


def test_every_part_of_the_page_is_reached_from_its_top(home):
    anchors = re.findall(r"\(#(\w+)\)", home.markdown[1].value)
    assert anchors == [header.proto.anchor for header in home.header]


@pytest.mark.parametrize("key", PRESETS)
def test_a_link_shows_its_experiment_as_the_menu_does(key):
    experiment, look = menu.shown(key)
    assert link.decode(link_to(key)) == experiment
    assert address.decode(link_to(key), View) == (look, [])
    assert all(getattr(look, name) == value for name, value in PRESETS[key].look.items())


def test_every_statement_has_its_link(home):
    labels = " ".join(label for label, _ in links(home))
    for key in ("right_rate", "stopping", "sparse", "printed_loss"):
        assert PRESETS[key].title in labels


def test_a_link_opened_in_a_new_tab_leads_to_compare():
    there = experiment_on("moons")
    app = opened(default_experiment(), **link.encode(there))
    assert not app.exception
    assert titles(app) != ["Gradient descent in a minute"]
    assert app.session_state["session"].shown.experiment == there


@pytest.mark.parametrize("key", ["line", "iris", "diabetes"])
def test_the_counts_are_those_of_the_data_on_compare(key):
    experiment = experiment_on(key)
    fit = experiment.problem
    n, d = fit.X.shape
    app = opened(experiment)
    for cells, run in zip(table(app, 0), experiment.runs, strict=True):
        rows = run.rows(n)
        counts = [int(cell.replace("\u202f", "")) for cell in cells[2:6]]
        assert counts == [run.updates_per_epoch(n), rows, rows * d * 8, n]


def test_mini_batches_are_counted_as_large_as_the_visitors():
    home = default_experiment()
    runs = (gd.Run(gd.SGD(lr=0.1), batch_size=64),)
    assert table(opened(replace(home, runs=runs)), 0)[1][2:4] == ["4", "64"]


def test_a_function_without_rows_is_counted_on_the_default_data():
    app = opened(experiment_on("valley"))
    assert "A function has no rows; counted for **Line, 200 rows**" in texts(app)
    assert table(app, 0) == table(opened(default_experiment()), 0)


def test_ten_thousand_rows_take_313_updates_of_32(home):
    assert "are 1, 313 and 10\u202f000" in home.caption[0].value


@pytest.mark.parametrize(
    ("key", "words", "local"),
    [("line", "exact", False), ("valley", "exact", False), ("moons", "at the minimum", True)],
)
def test_the_limit_of_the_rate_is_computed_and_called_exact_only_where_it_is(key, words, local):
    experiment = experiment_on(key)
    said = rate_words(experiment)
    assert f"2/L = {curvature(experiment.problem).limit:.3g}**" in said
    assert words in said
    assert ("local" in said, "exact" in said) == (local, not local)


def test_without_a_minimum_the_page_says_where_the_curvature_was_taken():
    said = rate_words(PRESETS["separable"].build())
    assert "no finite minimum" in said


def test_the_worked_examples_have_the_numbers_of_exact_arithmetic(home):
    bowl, valley, momentum = (table(home, place) for place in (1, 2, 3))
    assert bowl == [["0", "(3, 4)", "25", "(6, 8)"], ["1", "(2.4, 3.2)", "16", "(4.8, 6.4)"]]
    assert column(valley, 2)[:4] == ["32", "10.88", "6.5792", "4.195328"]
    assert column(valley, 1) == [
        "(4, 2)", "(3.2, 0.4)", "(2.56, 0.08)", "(2.048, 0.016)", "(1.6384, 0.0032)"
    ]  # fmt: skip
    assert column(momentum, 2)[:4] == ["32", "18.72", "8.2944", "8.444736"]
    assert column(momentum, 1)[1:] == [
        "(3.6, 1.2)", "(2.88, 0)", "(1.944, −1.08)", "(0.9072, −1.62)"
    ]  # fmt: skip
    assert column(momentum, 4)[1:] == ["(8, 16)", "(14.4, 24)", "(18.72, 21.6)", "(20.736, 10.8)"]


def column(rows: list[list[str]], place: int) -> list[str]:
    return [row[place] for row in rows]


def test_numbers_the_lecture_note_rounded_stand_beside_exact_ones(home):
    assert {("4.21", "4.195328"), ("8.43", "8.444736")} <= {
        (note, exact)
        for caption in home.caption
        for note in re.findall(r"prints (\d\.\d\d) ", caption.value)
        for exact in re.findall(r"(\d\.\d{6}) is exact", caption.value)
    }


@pytest.mark.parametrize("rule", gd.OPTIMIZERS.values(), ids=lambda rule: rule.key)
def test_every_optimizer_is_there_with_its_formula(home, rule):
    said = texts(home)
    assert f"**{rule.title}.** {rule.about}" in said
    assert rule.formula in said


def test_the_loop_has_the_steps_of_the_lecture_note_in_order(home):
    (loop,) = [body for body in pages_html(home) if 'class="gd-loop"' in body]
    steps = ["Initialise", "Shuffle", "Choose a batch", "Batch loss", "Batch gradient", "Update",
             "Stop?", "Return"]  # fmt: skip
    assert [loop.index(step) for step in steps] == sorted(loop.index(step) for step in steps)
    assert "no: next batch" in loop
