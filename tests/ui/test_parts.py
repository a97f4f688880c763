"""What the pages draw with: one way for each thing."""

import ast

from streamlit.testing.v1 import AppTest

from tests import ROOT


def calls(name: str) -> set[str]:
    """Return the modules of the app that call something called `name`."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in ("gdplay", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if name in (text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "attr", None), getattr(node.func, "id", None))
    }


def test_charts_are_drawn_in_one_place_which_asks_for_their_text():
    """The player's own are its last resort: those it draws itself have their text too."""
    assert calls("plotly_chart") == {"gdplay/ui/charts.py"}
    assert calls("plotly") == {"gdplay/ui/parts.py", "gdplay/ui/player/__init__.py"}


def _knobs_of_rules() -> None:
    """A page of every rule's sliders (AppTest runs its text)."""
    from gdplay.optimizers import OPTIMIZERS
    from gdplay.ui.widgets import knob_widgets

    for key, rule in OPTIMIZERS.items():
        knob_widgets(rule, key)


def test_a_slider_shows_all_digits_of_what_a_rule_holds():
    """Streamlit's own format has those of the step: a beta of 0.999 would read 1.00."""
    at = AppTest.from_function(_knobs_of_rules).run()
    assert not at.exception
    shown = [(float(f"{value:.6g}"), value) for slider in at.slider if (value := slider.value)]
    assert all(slider.proto.format == "%.6g" for slider in at.slider)
    assert 0.999 in [value for _, value in shown]
    assert all(read == value for read, value in shown)
