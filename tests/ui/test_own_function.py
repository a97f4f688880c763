"""One's own function on Compare and on Worked examples: typed, refused with a sentence, linked."""

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.loss.expressions import FIRST
from gdplay.teaching.defaults import default_race
from gdplay.teaching.worked import steps
from gdplay.ui import address
from gdplay.ui.worked.view import WorkedView, of_surface
from tests.ui.test_compare import experiment, fine, opened, pull, widget
from tests.ui.test_worked import body, everything, shown_as, view_of
from tests.ui.test_worked import opened as worked


def typed(at: AppTest, text: str) -> AppTest:
    widget(at, "text_input", "text").set_value(text)
    return fine(at.run())


def test_on_compare_an_own_function_is_typed_and_a_bad_text_keeps_what_was_there() -> None:
    at = opened(None, "problem")
    widget(at, "selectbox", "data").set_value("expression")
    fine(at.run())
    assert experiment(at) == default_race(FIRST)
    pull(at, "problem")
    bowl = gd.Expression("x**2 + 4*y**2 - 8*x - 16*y")
    typed(at, bowl.text)
    assert experiment(at) == default_race(bowl)
    pull(at, "problem")
    assert any("lowest place found" in caption.value for caption in at.caption)
    typed(at, "x² + y")
    assert experiment(at) == default_race(bowl)
    (warning,) = at.warning
    assert warning.value.replace("\\", "") == (
        "'²' at place 2 is not allowed: write ^2. What is shown is the function before."
    )


def test_a_link_with_a_bad_function_opens_the_default_and_says_why() -> None:
    at = AppTest.from_file(str(address.__file__).replace("address.py", "router.py"))
    at.query_params["surface"] = "expression~text~import os"
    fine(at.run(timeout=60))
    assert experiment(at) == gd.default_experiment()
    assert any("'import' at place 1 is not known" in i.value.replace("\\", "") for i in at.markdown)


def test_on_worked_examples_an_own_function_is_worked_through_in_exact_decimals() -> None:
    at = worked(of_surface("expression"))
    typed(at, "0.1*x**2+2*y**2")
    view = view_of(at)
    assert view.problem == FIRST
    assert body(at) == shown_as(steps(FIRST, view.optimizer, view.start, view.n))
    assert r"\big(0.2 x,\; 4 y\big)" in everything(at)
    typed(at, "x.y")
    assert view_of(at) == view
    assert "'.' at place 2 is not allowed" in at.warning[0].value.replace("\\", "")


def test_a_start_at_a_pole_is_refused_and_the_one_before_stays() -> None:
    at = worked(of_surface("expression", text="1/x + y**2"))
    before = view_of(at)
    widget(at, "number_input", "x").set_value(0.0)
    fine(at.run())
    assert view_of(at).start == before.start
    assert "start must be where the function is finite" in at.warning[0].value.lower()


@pytest.mark.parametrize("text", ["1/x", "log(x)"])
def test_a_view_of_a_start_at_a_pole_is_refused_in_a_link(text: str) -> None:
    query = address.encode(of_surface("expression", text=text)) | {"view.x": ["0"]}
    view, wrong = address.decode(query, WorkedView)
    assert view == WorkedView()
    assert "start must be where the function is finite, below 1e+30 in size; at (0, " in wrong[0]


def test_no_experiment_starts_where_its_function_has_no_value() -> None:
    run, pole = gd.Run(gd.SGD()), gd.Expression("1/x + y**2")
    for start in (None, (0.0, 1.0)):
        with pytest.raises(ValueError, match="start must be where the function is finite"):
            gd.Experiment(pole, (run,), start=start)
    good = link.encode(gd.Experiment(pole, (run,), start=(1.0, 1.0)))
    with pytest.raises(link.LinkError, match=r"at \(0, 0\) it is not"):
        link.decode(good | {"start": ["zero"]})
