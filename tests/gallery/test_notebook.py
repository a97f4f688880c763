"""What an experiment shows of itself in a notebook: where it is drawn, and where it is not."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

import gdplay as gd
from gdplay import notebook
from gdplay.figures.theme import LIGHT


def drawn(experiment):
    """Return the drawing, which must be whole, and the rest of what is shown."""
    html = experiment._repr_html_()
    svg, _, rest = html.removeprefix("<div>").partition("</svg>")
    return ET.fromstring(f"{svg}</svg>"), rest


@pytest.mark.parametrize(
    "experiment",
    [
        gd.default_experiment(),
        gd.default_experiment(gd.DATASETS["iris"]),
        gd.Experiment(gd.Expression("x*y"), (gd.Run(gd.SGD()),), start=(1.0, 2.0)),
    ],
)
def test_the_runs_are_drawn_in_their_colours_without_script_style_sheet_or_network(experiment):
    svg, rest = drawn(experiment)
    lines = [part.get("stroke") for part in svg.iter() if part.get("stroke-width") == "2.4"]
    colors = [LIGHT.run_color(place) for place in range(len(experiment.runs))]
    assert sorted(lines) == sorted(colors)
    assert all(part.get("class") in (None, "gd-sketch") for part in svg.iter())
    assert rest.count("<table>") == 1
    assert rest.count("━") == len(experiment.runs)
    assert ("minimum" in rest) == (experiment.problem.minimum() is not None)
    assert not any(word in experiment._repr_html_() for word in ("<script", "<style", "http"))


def test_what_takes_long_to_train_or_to_draw_shows_its_table_alone():
    experiment = gd.default_experiment()
    for dear in (replace(experiment, epochs=5000), replace(experiment, runs=experiment.runs * 3)):
        assert dear._repr_html_().startswith("<table>")


def test_names_of_columns_and_functions_are_text():
    table = gd.Table([[1.0], [2.0], [4.0]], [1.0, 3.0, 3.0], feature_names=("<b>x</b>",))
    html = gd.default_experiment(table)._repr_html_()
    assert "&lt;b&gt;x" in html
    assert "<b>" not in html


def test_without_pictures_a_table_is_shown(monkeypatch):
    monkeypatch.setattr(notebook, "_pictures", [])
    assert gd.default_experiment()._repr_html_().startswith("<table>")


def test_the_library_loads_plotly_only_when_a_figure_is_asked_for():
    code = "import sys, gdplay as gd; a = 'plotly' in sys.modules; gd.figures.contour; print(a)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
    with pytest.raises(AttributeError, match="no attribute 'pictures'"):
        _ = gd.pictures
