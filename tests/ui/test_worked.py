"""The Worked examples page: its table is the exact one, its exam gives nothing away."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.teaching.arithmetic import written_out
from gdplay.teaching.presets import EXAMPLES
from gdplay.teaching.verdicts import signed
from gdplay.teaching.worked import (
    Row,
    arithmetic,
    cells,
    csv,
    in_vectors,
    markdown,
    number,
    steps,
)
from gdplay.ui import address as views
from gdplay.ui.worked.view import ANY, WorkedView, of_example, of_surface
from tests import KINDS, PATIENCE, ROOT, crossed, few_surfaces, older

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
RULES = gd.OPTIMIZERS
every_rule = pytest.mark.parametrize(
    "rule", crossed(RULES.values(), RULES["nesterov"], RULES["adam"]), ids=list(RULES)
)
every_surface = pytest.mark.parametrize("surface", few_surfaces().values(), ids=KINDS)


def rows_of(key: str) -> tuple[Row, ...]:
    example = EXAMPLES[key]
    return steps(example.surface, example.rule, example.start, example.n_steps)


def texts(*vectors: tuple[Decimal, ...]) -> list[list[str]]:
    return [[number(value) for value in vector] for vector in vectors]


def opened(view: WorkedView | None = None, **more: list[str]) -> AppTest:
    """Return the page as it stands after opening a link to a view."""
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    query = (views.encode(view) if view else {}) | more
    for name, values in query.items():
        at.query_params[name] = values
    return fine(at.switch_page(str(ROOT / "pages/worked.py")).run())


def fine(at: AppTest) -> AppTest:
    assert not at.exception, [error.message for error in at.exception]
    return at


def view_of(at: AppTest) -> WorkedView:
    return at.session_state["session"].shown.view  # type: ignore[no-any-return]


def widget(at: AppTest, kind: str, name: str) -> Any:
    found = [w for w in getattr(at, kind) if w.key and w.key.split("@")[0] == name]
    assert len(found) == 1, [w.key for w in getattr(at, kind)]
    return found[0]


def everything(at: AppTest) -> str:
    """Return all that the page sent: words, tables, LaTeX, code, and the picture's numbers."""
    said = [
        e.value for kind in ("markdown", "caption", "latex", "code", "info") for e in at.get(kind)
    ]
    said += [e.proto.body for e in at.get("html")]
    return "\n".join(map(str, said)).replace("−", "-") + json.dumps(drawn(at))


def drawn(at: AppTest) -> dict[str, Any]:
    return json.loads(at.get("plotly_chart")[0].proto.spec)  # type: ignore[no-any-return]


def body(at: AppTest) -> list[list[str]]:
    """Return the table's cells, a row per update."""
    (html,) = [
        e.proto.body
        for e in at.get("html")
        if "gd-worked" in e.proto.body and "<table" in e.proto.body
    ]
    rows = re.findall("<tr>(.*?)</tr>", html.split("<tbody>")[1])
    return [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def shown_as(rows: tuple[Row, ...]) -> list[list[str]]:
    return [
        [str(row.number), *(number(cell.value).replace("-", "−") for cell in cells(row))]
        for row in rows
    ]


@older.newer_tells
def test_the_map_tells_what_it_holds_to_those_who_cannot_see_it():
    at = opened(replace(of_example("bowl"), n=2))
    assert "the path of 2 updates" in at.get("plotly_chart")[0].proto.alt


@every_example
def test_a_link_opens_an_example_with_its_exact_table(example):
    at = opened(of_example(example.name))
    assert body(at) == shown_as(rows_of(example.name))
    assert example.about.split(":")[0] in everything(at).replace("\\", "")
    assert example.surface.formula in everything(at)


def test_a_first_visit_shows_the_round_bowl_and_leaves_the_address_alone():
    at = opened()
    assert body(at) == shown_as(rows_of("bowl"))
    assert not at.query_params


@every_example
def test_an_example_can_be_chosen(example):
    at = opened(of_surface("booth"))
    widget(at, "button_group", "example").set_value(example.name)
    fine(at.run())
    assert body(at) == shown_as(rows_of(example.name))


@every_surface
def test_every_function_can_be_chosen_and_starts_at_a_rate_that_does_not_diverge(surface):
    at = opened(of_surface("bowl"))
    widget(at, "selectbox", "surface").set_value(surface.key)
    fine(at.run())
    view = view_of(at)
    rows = steps(surface, view.optimizer, surface.start, view.n)
    assert (view.problem, view.start) == (surface, surface.start)
    assert body(at) == shown_as(rows)
    assert rows[-1].new_loss < rows[0].loss
    assert "raised it" not in everything(at)


@every_rule
def test_every_rule_can_be_chosen_and_shows_what_it_remembers(rule):
    at = opened(of_surface("bowl"))
    widget(at, "selectbox", "rule").set_value(rule.key)
    fine(at.run())
    view = view_of(at)
    assert view.optimizer.key == rule.key
    rows = steps(view.problem, view.optimizer, view.start, view.n)
    assert body(at) == shown_as(rows)
    assert all(name in everything(at) for name, _ in rows[0].memory)


def test_momentums_own_number_is_asked_for_only_where_a_rule_has_it():
    labels = {key: [n.label for n in opened(of_example(key)).number_input] for key in EXAMPLES}
    assert "Momentum β" in labels["momentum"]
    assert "Momentum β" not in labels["valley"]


def test_start_rate_momentum_and_steps_can_be_edited_and_the_lecture_notes_words_go():
    at = opened(of_example("momentum"))
    for name, value in {"x": 5.0, "y": -1.0, "lr": 0.1, "beta": 0.5, "n": 7}.items():
        widget(at, "number_input", name).set_value(value)
        fine(at.run())
        assert "lecture note" not in everything(at)
    rule = gd.Momentum(lr=0.1, beta=0.5)
    assert body(at) == shown_as(steps(gd.SURFACES["valley"], rule, (5.0, -1.0), 7))


def test_another_kind_of_rule_takes_a_rate_that_suits_it_and_the_same_kind_keeps_it():
    at = opened(replace(of_surface("rosenbrock"), lr=0.0003))
    for rule, rate in (("momentum", 0.0003), ("adam", 0.1), ("lion", 0.1), ("sgd", 0.0004)):
        widget(at, "selectbox", "rule").set_value(rule)
        fine(at.run())
        assert view_of(at).lr == rate


def test_any_update_can_be_written_out():
    at = opened(of_example("momentum"))
    widget(at, "number_input", "step.4").set_value(3)
    fine(at.run())
    assert arithmetic(EXAMPLES["momentum"].rule, rows_of("momentum"), 2) in everything(at)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in gd.OPTIMIZERS.values() if not in_vectors(rule)],
    ids=lambda rule: rule.key,
)
def test_every_line_of_other_rules_is_written_out_for_each_parameter(rule):
    view = of_surface("rosenbrock", rule.key, 3)
    at = opened(replace(view, step=2))
    view = view_of(at)
    step = gd.replay(replace(view.experiment, epochs=2), 0, 2)
    for place in range(2):
        assert written_out(view.optimizer, step, place) in everything(at)
    row = steps(view.problem, view.optimizer, view.start, 3)[1]
    np.testing.assert_allclose(step.new_params, [float(v) for v in row.new_params], rtol=1e-9)


def test_a_diverging_example_says_where():
    at = opened(WorkedView(example=ANY, surface="rosenbrock", x=4.0, y=2.0, n=20))
    count = len(body(at))
    assert f"Update {count + 1} goes beyond 1e300" in everything(at).replace("\\", "")
    assert drawn(at)["data"]


def test_the_copies_are_the_table():
    at = opened(of_example("valley"))
    assert [code.value for code in at.code] == [
        markdown(rows_of("valley")), csv(rows_of("valley")).strip()
    ]  # fmt: skip


# The exam


def hidden_numbers(rows: tuple[Row, ...], n_known: int) -> set[str]:
    """Return how the numbers look that nothing on the page may say yet."""
    seen = {number(v) for row in rows[:n_known] for _, _, v in cells(row)}
    seen |= {number(v) for v in rows[0].params}
    texts = {number(c.value) for row in rows[n_known:] for c in cells(row)} - seen
    return {text.removeprefix("≈") for text in texts if len(text.lstrip("-")) > 3}


@pytest.mark.parametrize("n_known", range(5))
def test_an_exam_shows_the_given_and_the_rows_asked_for_and_nothing_of_the_others(n_known):
    view = replace(of_example("momentum"), exam=True, revealed=n_known)
    at, rows = opened(view), rows_of("momentum")
    shown = body(at)
    assert shown[:n_known] == shown_as(rows)[:n_known]
    assert len(shown) == 4
    said = everything(at)
    hidden = hidden_numbers(rows, n_known)
    assert len(hidden) > 8 or n_known > 2
    for text in hidden:
        assert not re.search(rf"(?<![\d.]){re.escape(text)}(?!\d)", said), text
    if n_known < 4:
        assert shown[n_known][1:3] == shown_as(rows)[n_known][1:3]  # where it starts is known
        assert not any(shown[n_known][3:])
        assert not any(cell for row in shown[n_known + 1 :] for cell in row[1:])
        assert "lecture note" not in said


def test_the_picture_of_an_exam_ends_where_the_known_rows_end():
    for n_known in range(5):
        at = opened(replace(of_example("momentum"), exam=True, revealed=n_known))
        name = EXAMPLES["momentum"].rule.title
        (path,) = [t for t in drawn(at)["data"] if t.get("name") == name]
        assert len(points(path["x"])) == n_known + 1


def points(values: Any) -> np.ndarray:
    import base64

    return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])


def test_rows_are_revealed_one_at_a_time_and_other_givens_hide_them_again():
    at = opened(of_example("valley"))
    widget(at, "toggle", "exam").set_value(True)
    fine(at.run())
    assert view_of(at).revealed == 0
    assert not at.code
    for count in (1, 2):
        widget(at, "button", "next").click()
        fine(at.run())
        assert view_of(at).revealed == count
    widget(at, "number_input", "x").set_value(5.0)
    fine(at.run())
    assert view_of(at).revealed == 0
    assert not any(body(at)[0][3:])


def test_after_the_last_row_an_exam_is_over():
    at = opened(replace(of_example("bowl"), exam=True))
    widget(at, "button", "next").click()
    fine(at.run())
    assert not [b for b in at.button if b.key.startswith("next")]
    assert "All rows are shown" in everything(at)
    assert EXAMPLES["bowl"].about.split(":")[0] in everything(at)


def test_an_answer_is_judged_without_giving_the_row_away():
    at = opened(replace(of_example("bowl"), exam=True))
    widget(at, "number_input", "answer.1.x").set_value(2.4)
    widget(at, "number_input", "answer.1.y").set_value(4.8)
    fine(at.run())
    assert f"{signed(True, 'x')} is right." in everything(at)
    assert f"{signed(False, 'y')} is not right yet: that is a step uphill." in everything(at)
    assert "3.2" not in everything(at)


def test_a_right_answer_shows_its_row_and_asks_for_the_next_until_back():
    at = opened(replace(of_example("valley"), exam=True))
    first = rows_of("valley")[0]
    for name, value in zip(first.names, first.new_params, strict=True):
        widget(at, "number_input", f"answer.1.{name}").set_value(float(value))
        fine(at.run())
    assert view_of(at).revealed == 1
    assert f"{signed(True, 'Right.')} After update 1: w1 = 3.2 and w2 = 0.4." in everything(at)
    assert widget(at, "number_input", "answer.2.w1").value is None
    widget(at, "button", "next").click()
    fine(at.run())
    assert view_of(at).revealed == 2
    assert "Right." not in everything(at)


# Links


def test_a_link_goes_round_and_leaves_the_visitors_experiment_alone():
    wanted = replace(of_surface("himmelblau", "nesterov", 9), x=1 / 3, exam=True, revealed=2)
    mine = gd.PRESETS["noise_ball"].build()
    at = opened(wanted, **link.encode(mine))
    assert view_of(at) == replace(wanted, step=view_of(at).step)
    assert at.session_state["session"].shown.experiment == mine
    again = {name: at.query_params[name] for name in at.query_params}
    assert views.decode(
        {k: [v] if isinstance(v, str) else v for k, v in again.items()}, WorkedView
    ) == (view_of(at), [])


@pytest.mark.parametrize(
    "query",
    [{"view.lr": ["-1"]}, {"view.x": ["nan"]}, {"view.example": ["<b>"]}, {"view.n": ["21"]}],
)
def test_a_bad_view_is_as_on_a_first_visit(query):
    at = opened(None, **query)
    assert view_of(at) == WorkedView()
    assert body(at) == shown_as(rows_of("bowl"))
    (name,) = (name.removeprefix("view.") for name in query)
    assert [name in info.value and "could not be read" in info.value for info in at.info] == [True]


def test_what_is_good_in_a_view_is_kept():
    at = opened(None, **{"view.x": ["2.5"], "view.lr": ["-1"], "view.beta": ["much"]})
    assert view_of(at).x == 2.5
    assert view_of(at).lr == WorkedView().lr
    assert len(at.info) == 2


def test_a_broken_link_gives_one_sentence_and_a_working_page():
    at = opened(None, surface=["<img src=x>"])
    assert len(at.info) == 1
    assert "could not be read" in at.info[0].value
    assert body(at)


def test_compare_opens_on_the_function_start_rule_and_rate():
    view = of_example("momentum")
    at = opened(view)
    widget(at, "button", "compare").click()
    fine(at.run())
    found = at.session_state["session"].shown.experiment
    assert found == view.experiment
    assert found.start == (4.0, 2.0)
    assert found.runs[0].optimizer == gd.Momentum(lr=0.05, beta=0.9)


def test_the_shared_address_opens_the_same_page():
    at = opened(replace(of_example("momentum"), exam=True, revealed=1))
    at.session_state[f"share@{at.session_state['session'].generation}"] = True
    fine(at.run())
    (shown,) = [part.proto.body for part in at.get("html") if "gd-link" in part.proto.body]
    query = parse_qs(unescape(re.sub("<[^>]*>", "", shown)).partition("?")[2])
    assert views.decode(query, WorkedView) == (view_of(at), [])


@every_example
def test_an_example_opens_with_its_own_numbers(example):
    view = of_example(example.name)
    assert view.given == (example.surface, example.start, example.rule)
    assert view.n == example.n_steps
