"""Figures are plain for the browser and Plotly's own for whoever looks inside."""

import copy
import json

import numpy as np
import plotly.graph_objects as go
import pytest

from gdplay.figures import pieces
from gdplay.figures.pieces import Figure, jsonable
from gdplay.figures.theme import LIGHT, assembled, axis


def figure(**trace: object) -> Figure:
    return assembled(LIGHT, [pieces.scatter(**trace)], "A title", xaxis=axis(LIGHT, "x"))


ARRAYS = {
    "float32": np.linspace(0, 1, 5, dtype=np.float32),
    "float64": np.linspace(0, 1, 5),
    "small": np.array([0, 1, 127]),
    "negative": np.array([-1, 128]),
    "large": np.array([0, 2**31 - 1]),
    "larger": np.array([0, 2**31]),
    "unsigned": np.array([0, 255], dtype=np.uint64),
    "unsigned and large": np.array([0, 2**32], dtype=np.uint64),
    "two dimensions": np.arange(6.0).reshape(2, 3),
    "a view": np.arange(12.0).reshape(3, 4)[:, ::2],
    "texts": np.array(["a", "b"]),
    "truths": np.array([True, False]),
    "nothing": np.array([]),
    "not finite": np.array([np.nan, np.inf], dtype=np.float32),
}


@pytest.mark.parametrize("values", ARRAYS.values(), ids=list(ARRAYS))
def test_a_browser_gets_arrays_as_plotly_would_send_them(values: np.ndarray) -> None:
    made = go.Figure([{"type": "scatter", "customdata": values}])
    sent = json.loads(made.to_json())["data"][0]["customdata"]
    assert jsonable({"customdata": values})["customdata"] == sent


def test_numbers_that_json_has_not_become_nothing() -> None:
    assert jsonable({"x": [1.0, np.nan, np.float64(np.inf)], "y": None}) == {"x": [1.0, None, None]}
    assert jsonable({"range": np.array([0.5, np.nan])}) == {"range": [0.5, None]}


@pytest.mark.parametrize(
    "trace", [{"colour": "red"}, {"line": {"widht": 2}}, {"mode": "dots"}, {"line": {"color": "?"}}]
)
def test_the_tests_catch_a_wrong_field_and_a_wrong_value(trace: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        figure(**trace)


def test_whoever_looks_inside_finds_a_figure_of_plotlys() -> None:
    own = figure(x=[1, 2], y=[3, 4], name="a")
    assert isinstance(own, go.Figure)
    assert own.data[0].name == "a"
    assert own.layout.title.text == "A title"
    assert own.to_dict() == figure(x=[1, 2], y=[3, 4], name="a").to_dict()


def test_what_is_changed_inside_is_sent() -> None:
    own = figure(x=[1, 2], y=[3, 4])
    own.update_layout(height=100)
    own.data[0].name = "changed"
    sent = own.to_dict()
    assert (sent["layout"]["height"], sent["data"][0]["name"]) == (100, "changed")
    with pytest.raises(ValueError, match="colour"):
        own.update_layout(colour="red")


@pytest.mark.parametrize("looked", [False, True])
def test_a_size_changes_nothing_else(looked: bool) -> None:
    own = figure(x=[1, 2], y=[3, 4])
    if looked:
        assert own.layout
    before = copy.deepcopy(own.to_dict())
    sent = own.sized(200).to_dict()
    assert sent["layout"].pop("height") == 200
    assert sent == before


def test_what_was_sent_may_be_changed() -> None:
    own = figure(x=[1, 2], y=[3, 4])
    own.to_dict()["layout"].clear()
    own.to_dict()["data"][0].clear()
    assert own.to_dict()["layout"]["title"]["text"] == "A title"
    assert own.to_dict()["data"][0]["x"] == [1, 2]


def test_a_copy_is_a_figure_of_its_own() -> None:
    own = figure(x=[1, 2], y=[3, 4])
    other = copy.deepcopy(own)
    other.data[0].x = [5]
    assert list(own.data[0].x) == [1, 2]
