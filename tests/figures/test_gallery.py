"""The gallery in the documents does what it shows."""

import json

import plotly.graph_objects as go

from tests import ROOT


def test_every_cell_of_the_gallery_runs_and_its_figures_are_figures(capsys):
    cells = json.loads((ROOT / "docs/gallery.ipynb").read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in cells)
    names, figures = {}, 0
    for text in texts:
        *before, last = text.splitlines()
        exec("\n".join(before), names)
        shown = eval(last, names)
        figures += isinstance(shown, go.Figure)
        assert isinstance(shown, go.Figure) or shown is None or "<table>" in shown._repr_html_()
    assert figures == 4
    assert "Minimum at (0, 0)" in capsys.readouterr().out
