"""What the pages draw with: one way for each thing."""

import ast

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
