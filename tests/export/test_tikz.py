"""Level lines lie on their level, and what LaTeX is given draws what the map draws."""

import re
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.export.contours import level_lines
from gdplay.export.tikz import tex
from gdplay.figures.theme import LIGHT
from tests import trained

GRID = np.linspace(-2, 2, 41)
X, Y = np.meshgrid(GRID, GRID)


def test_a_level_of_a_bowl_is_a_ring_that_closes():
    (ring,) = level_lines(GRID, GRID, np.hypot(X, Y), 1.5)
    np.testing.assert_allclose(np.hypot(*ring.T), 1.5, atol=1e-3)
    np.testing.assert_array_equal(ring[0], ring[-1])
    assert np.abs(np.diff(ring, axis=0)).max() <= 0.1 + 1e-9  # a cell at a time
    assert len(ring) > 80


def test_a_level_of_a_slope_is_one_straight_line_from_edge_to_edge():
    (line,) = level_lines(GRID, GRID, X + 2 * Y, 0.5)
    np.testing.assert_allclose(line @ [1, 2], 0.5, atol=1e-12)
    assert sorted(np.round(line[[0, -1], 0], 9)) == [-2, 2]


@pytest.mark.parametrize(("turn", "level"), [(1, 1e-9), (1, -1e-9), (-1, 1e-9), (-1, -1e-9)])
def test_lines_beside_a_pass_do_not_cross(turn, level):
    ends = np.array([-1.0, 1.0])
    heights = turn * np.array([[1.0, -1.0], [-1.0, 1.0]])
    lines = level_lines(ends, ends, heights, level)
    assert len(lines) == 2
    for line in lines:  # each cuts off one corner: the one whose side the middle is not on
        corner = np.sign(line[np.abs(line) > 0.9])
        apart = turn * corner.prod() * (1 if level < 0 else -1)
        assert apart == -1


def test_there_is_no_line_at_a_level_that_is_not_reached():
    assert level_lines(GRID, GRID, np.hypot(X, Y), 9.0) == []


@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_lines_end_beside_a_gap(beyond):
    heights = np.where(np.hypot(X, Y) < 1.2, X, beyond)
    (line,) = level_lines(GRID, GRID, heights, 0.33)
    np.testing.assert_allclose(line[:, 0], 0.33)
    assert 0.9 < np.abs(line[[0, -1], 1]).min() <= np.abs(line[:, 1]).max() < 1.2


def plots(text):
    """The look and the points of each plot."""
    for look, pairs in re.findall(r"\\addplot\[(.*)\] coordinates \{(.*)\};", text):
        yield look, np.array(re.findall(r"\(([^,]+),([^)]+)\)", pairs), dtype=float)


def test_each_run_is_a_path_in_its_colour_from_start_to_end():
    experiment = gd.default_experiment()
    text = gd.export.tikz(experiment, trained(experiment))
    assert text.count("{") == text.count("}")
    runs = [(look, points) for look, points in plots(text) if look.startswith("gdplay")]
    for place, ((look, points), trace) in enumerate(zip(runs, trained(experiment), strict=True)):
        assert look.startswith(f"gdplay{place}, ")
        assert f"{{gdplay{place}}}{{HTML}}{{{LIGHT.run_color(place)[1:]}}}" in text
        np.testing.assert_allclose(points[[0, -1]], trace.path[[0, -1]], rtol=1e-4, atol=1e-4)
    assert text.count(r"\addlegendentry") == len(experiment.runs)
    (_, least), (_, start) = sorted(
        ((look, points) for look, points in plots(text) if "only marks" in look),
        key=lambda mark: "mark=o" in mark[0],
    )
    np.testing.assert_allclose(start[0], experiment.start, rtol=1e-4)
    np.testing.assert_allclose(least[0], experiment.problem.minimum(), rtol=1e-4)


@pytest.mark.parametrize("key", ["ravine", "moons"])
def test_more_parameters_are_drawn_on_a_plane(key):
    experiment = replace(gd.default_experiment(gd.DATASETS[key]), epochs=3)
    text = gd.export.tikz(experiment)
    assert "xlabel={1st principal direction}" in text or experiment.problem.n_params == 2
    assert sum("black!25" in look for look, _ in plots(text)) >= 10


def test_a_run_that_leaves_stays_within_what_tex_can_hold():
    runs = (gd.Run(gd.SGD(lr=5.0)), gd.Run(gd.SGD(lr=0.1)))
    experiment = replace(gd.default_experiment(), runs=runs)
    text = gd.export.tikz(experiment)
    low, high = (float(re.findall(rf"{end}=(.*?),", text)[0]) for end in ("xmin", "xmax"))
    for _, points in plots(text):
        inside = points[np.isfinite(points[:, 0]), 0]
        assert np.all(np.abs(inside - (low + high) / 2) <= 1.501 * (high - low))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("weight of x1²", "weight of x1$^2$"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a%b_c&d#e$f^g~h", r"a\%b\_c\&d\#e\$f\textasciicircum{}g\textasciitilde{}h"),
        ("rate η, β₁, λ\nnext", r"rate $\eta$, $\beta$$_1$, $\lambda$ next"),
    ],
)
def test_names_are_words_to_latex(text, shown):
    assert tex(text) == shown
