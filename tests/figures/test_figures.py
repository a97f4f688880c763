"""Figures are judged by their data: what is drawn is what happened."""

import json
import re
import tomllib
from base64 import b64decode
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

import gdplay as gd
from gdplay import figures
from gdplay.datasets import Line, Moons, Ravine
from gdplay.engine.training import Status
from gdplay.experiment import labels, start_of
from gdplay.figures import THEMES, fits
from gdplay.figures.axes import log_axis
from gdplay.figures.fits import CLASS_INKS, followed
from gdplay.figures.theme import (
    DASHES,
    DENSE,
    READ,
    SYMBOLS,
    SYMBOLS_3D,
    contrast,
    faint,
    light,
    plain,
)
from gdplay.figures.ways import REACH, Path, within
from gdplay.teaching.defaults import default_experiment, default_race, models_for
from gdplay.theory.measures import AXES, METRICS, final_params, metrics_for, reference, titled
from tests import ROOT, crossed, few_models, few_surfaces, trained
from tests.figures.test_basins import seen

SETTINGS = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
every_theme = pytest.mark.parametrize(
    "theme", crossed(THEMES.values(), THEMES["light"]), ids=list(THEMES)
)


def sgd(lr, batch_size=None, **more):
    return gd.Run(gd.SGD(lr=lr), batch_size=batch_size, **more)


def line(*runs, **more):
    return replace(default_experiment(), runs=runs, **more)


LINE = replace(default_experiment(), epochs=8)
LIMIT = gd.curvature(LINE.problem).limit


def short(base, problem):
    """Return the runs of `base` on a problem of its own, two epochs long.

    Squares of raw columns are steep: at the rates of `base` the paths would leave the ground.
    """
    rate = min(base.runs[0].optimizer.lr, gd.curvature(problem).limit / 4)
    runs = tuple(replace(run, optimizer=gd.SGD(lr=rate)) for run in base.runs)
    return replace(base, problem=problem, runs=runs, start=None, epochs=2)


FITS = {
    f"{dataset.key} {model.key} {features}": short(
        base, replace(base.problem, model=model, objective=None, features=features)
    )
    for dataset in gd.DATASETS.values()
    for base in [default_experiment(dataset)]
    for model in few_models(dataset)
    for features in ("linear", "quadratic")
    if features == "linear" or dataset.n_features < 5
}
SURFACES = {
    key: gd.Experiment(surface, (sgd(rate), gd.Run(gd.Adam(lr=0.1))), surface.start, epochs=9)
    for key, surface in few_surfaces().items()
    for rate in [min(0.1, gd.curvature(surface).limit / 3)]
}
EVERYTHING = FITS | SURFACES
FEW = (
    "line linear linear", "line linear quadratic", "moons logistic quadratic",
    "diabetes linear linear", "iris softmax linear", "bowl", "cliff",
)  # fmt: skip
"""One of each kind: a line, a curve, classes apart, many columns, a matrix, and functions."""

every_experiment = pytest.mark.parametrize("name", crossed(EVERYTHING, *FEW))


@cache
def ground(experiment, choice="principal", size=12):
    traces = trained(experiment)
    plane = gd.plane_of(experiment, traces, choice)
    return gd.landscape(experiment.problem, plane, gd.box_of(experiment, traces, plane), size)


def drawn(draw, experiment, **more):
    return draw(experiment, trained(experiment), ground(experiment), **more)


def named(figure, name):
    (found,) = [trace for trace in figure.data if trace.name == name and not skipped(trace)]
    return found


def dots_of(figure, name):
    (found,) = [t for t in figure.data if t.name == name and t.mode == "markers"]
    return found


def skipped(trace):
    return trace.hoverinfo == "skip" and trace.type.startswith("scatter")


def runs_drawn(figure, experiment):
    """Names of the runs with a trace of their own."""
    return {trace.name for trace in figure.data} & set(labels(experiment))


QUICK = [key for key, metric in METRICS.items() if not metric.costly]
COMBINATIONS = list(zip(QUICK, cycle(AXES), cycle([True, False]), strict=False))


def quick_metrics(problem):
    """Keys of the metrics that mean something for a problem and take no study of their own."""
    return [key for key in metrics_for(problem) if key in QUICK]


def combinations(experiment, theme):
    """Return which curves to draw: in light colours two, others of the next experiment."""
    place = list(EVERYTHING.values()).index(experiment)
    few = [COMBINATIONS[i % len(COMBINATIONS)] for i in (place, place + 3)]
    return few if theme is figures.LIGHT else COMBINATIONS


@cache
def all_figures(experiment, theme):
    traces = trained(experiment)
    return {
        "surface": drawn(figures.surface, experiment, theme=theme),
        "contour": drawn(figures.contour, experiment, theme=theme),
        "fit": figures.fit_view(experiment, traces, theme=theme),
        **{
            f"{metric} per {along}": figures.convergence(
                experiment, traces, metric, along, theme=theme, log=log,
                seconds=[1e-5] * len(traces),
            )
            for metric, along, log in combinations(experiment, theme)
        },
    }  # fmt: skip


def texts(value):
    """Every text in a figure's JSON that Plotly would show."""
    if isinstance(value, dict):
        for key, inner in value.items():
            shown = key in {"text", "hovertemplate", "title", "texttemplate", "x", "y"}
            if isinstance(inner, str) and shown:
                yield inner
            elif key not in {"name", "bdata"}:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from [inner] if isinstance(inner, str) else texts(inner)


def packed(value):
    """Every array of numbers in a figure's JSON: its type, and how many bytes it has."""
    if isinstance(value, dict):
        if "bdata" in value:
            yield np.dtype(value["dtype"]), len(b64decode(value["bdata"]))
        for inner in value.values():
            yield from packed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from packed(inner)


# All of them


@every_theme
@every_experiment
def test_every_figure_can_be_drawn_and_sent(name, theme):
    for figure in all_figures(EVERYTHING[name], theme).values():
        sent = json.loads(figure.to_json())
        assert sent["data"] or sent["layout"]["annotations"]
        assert sent["layout"]["font"]["color"] == theme.ink
        label = sent["layout"]["hoverlabel"]
        assert (label["bgcolor"], label["font"]["color"]) == (theme.paper, theme.ink)


@every_experiment
def test_arrays_travel_in_single_precision(name):
    for title, figure in all_figures(EVERYTHING[name], figures.LIGHT).items():
        for kind, size in packed(figure.to_dict()["data"]):
            assert kind.itemsize <= 4 or size <= 100 * kind.itemsize, title


def test_what_the_first_visitor_gets_is_light():
    experiment = default_experiment()
    traces = trained(experiment)
    panels = [
        figures.surface(experiment, traces, ground(experiment, size=60)),
        figures.convergence(experiment, traces),
        figures.fit_view(experiment, traces),
    ]
    assert sum(len(panel.to_json()) for panel in panels) < 120_000
    for experiment in map(default_experiment, list(gd.DATASETS.values())[:8]):
        traces = trained(experiment)
        for metric in quick_metrics(experiment.problem):
            assert len(figures.convergence(experiment, traces, metric).to_json()) < 60_000
        assert len(figures.fit_view(experiment, traces).to_json()) < 200_000


@every_theme
@every_experiment
def test_axes_and_figures_are_named(name, theme):
    experiment = EVERYTHING[name]
    found = all_figures(experiment, theme)
    titles = [plain(title) for title in ground(experiment).plane.titles]
    scene, flat = found["surface"].layout.scene, found["contour"].layout
    for drawn in (scene, flat):
        assert [drawn.xaxis.title.text, drawn.yaxis.title.text] == titles
    if experiment.problem.n_params > 2:
        convex = experiment.problem.model.convex
        assert titles == ["most effect" if convex else "most movement", "2nd most"]
    assert scene.zaxis.title.text == "loss"
    for metric, along, _ in combinations(experiment, theme):
        curve = found[f"{metric} per {along}"].layout
        title = titled(METRICS[metric].title, experiment.problem)
        assert curve.title.text.startswith(title.split(" to ")[0])
        if metric in metrics_for(experiment.problem):
            assert curve.xaxis.title.text == AXES[along].title
    if isinstance(experiment.problem, gd.Fit):
        assert found["fit"].layout.title.text
        assert found["fit"].layout.xaxis.title.text
        assert found["fit"].layout.yaxis.title.text


@pytest.mark.parametrize(
    ("start", "sides"),
    [
        ((-2.0, -1.0), ("bottom center", "middle right")),
        ((-2.0, 5.0), ("top center", "middle right")),
        ((4.0, 5.0), ("top center", "middle left")),
        ((4.0, -1.0), ("bottom center", "middle left")),
    ],
)
def test_on_a_map_names_stand_on_the_sides_that_the_paths_do_not_come_from(start, sides):
    experiment = replace(line(sgd(0.05)), start=start)
    drawn = figures.contour(experiment, gd.train(experiment), ground(experiment))
    named = {trace.name: trace for trace in drawn.data if trace.text is not None}
    assert (named["start"].textposition, named["minimum"].textposition) == sides
    assert not any(trace.cliponaxis is not False for trace in named.values())  # no edge cuts them


# Runs


SIX = line(*[sgd(0.01 * (i + 1)) for i in range(6)], epochs=20)


@every_theme
@pytest.mark.parametrize("draw", ["surface", "contour", "convergence", "fit_view"])
def test_every_run_has_its_own_colour_dash_and_marker_everywhere(draw, theme):
    args = (SIX, trained(SIX)) + ((ground(SIX),) if draw in {"surface", "contour"} else ())
    figure = getattr(figures, draw)(*args, theme=theme)
    symbols = SYMBOLS_3D if draw == "surface" else SYMBOLS
    for place, name in enumerate(labels(SIX)):
        trace = named(figure, name)
        assert trace.line.color == theme.run_color(place)
        if draw != "surface":
            assert trace.line.dash == DASHES[place]
        if draw != "fit_view":
            marked = dots_of(figure, name) if draw == "convergence" else trace
            assert marked.marker.symbol == symbols[place]
            assert marked.marker.color == theme.run_color(place)
    assert len(set(SYMBOLS)) == len(set(SYMBOLS_3D)) == len(set(DASHES)) == 6


@pytest.mark.parametrize("draw", ["surface", "contour", "convergence", "fit_view"])
@pytest.mark.parametrize("shown", [(1,), (0, 4), range(6)])
def test_hidden_runs_are_absent_and_the_others_keep_their_looks(draw, shown):
    args = (SIX, trained(SIX)) + ((ground(SIX),) if draw in {"surface", "contour"} else ())
    figure = getattr(figures, draw)(*args, shown=shown)
    names = labels(SIX)
    assert runs_drawn(figure, SIX) == {names[place] for place in shown}
    for place in shown:
        assert named(figure, names[place]).line.color == figures.LIGHT.run_color(place)


def test_a_line_of_many_points_is_solid():
    crowded = line(sgd(0.05), sgd(0.05, 1))
    stochastic = named(drawn(figures.contour, crowded), labels(crowded)[1])
    assert len(stochastic.x) > DENSE
    assert stochastic.line.dash == "solid"


# Paths


@every_experiment
def test_paths_are_drawn_where_they_were_at_their_true_loss(name):
    experiment = EVERYTHING[name]
    problem, plane = experiment.problem, ground(experiment).plane
    found = figures.paths(experiment, trained(experiment), ground(experiment))
    assert [path.place for path in found] == list(range(len(experiment.runs)))
    for path, trace in zip(found, trained(experiment), strict=True):
        rows = np.searchsorted(trace.path_updates, path.update)
        np.testing.assert_array_equal(trace.path_updates[rows], path.update)
        np.testing.assert_allclose(
            np.column_stack([path.x, path.y]), plane.coordinates(trace.path[rows]), atol=1e-12
        )
        np.testing.assert_allclose(path.loss, problem.loss(trace.path[rows]), rtol=1e-12)
        assert path.update[0] == 0
        assert path.arrived
        assert path.update[-1] == trace.path_updates[-1]


def test_paths_of_few_states_lie_over_jagged_ones_and_marks_over_all():
    experiment = default_experiment()
    land, traces = ground(experiment), trained(experiment)
    scene = figures.surface(experiment, traces, land)
    drawn = figures.paths(experiment, traces, land)
    lines = [named(scene, path.label) for path in drawn]
    lifts = [float(line.z[0] - path.loss[0]) for line, path in zip(lines, drawn, strict=True)]
    casings = [piece for piece in scene.data if piece.type == "scatter3d" and piece.name == ""]
    assert sorted(lifts, reverse=True) == lifts  # from all rows to one
    over = sorted(lifts)
    under = sorted(float(casing.z[0] - drawn[0].loss[0]) for casing in casings)
    assert all(
        low < case < high for low, case, high in zip(over, under[1:], over[1:], strict=False)
    )
    start = next(note for note in scene.layout.scene.annotations if note.text == "start")
    assert start.z - drawn[0].loss[0] > over[-1]


@every_experiment
def test_both_views_draw_the_path_and_the_ground(name):
    experiment = EVERYTHING[name]
    land, found = ground(experiment), all_figures(experiment, figures.LIGHT)
    relief, level = found["surface"].data[0], found["contour"].data[0]
    np.testing.assert_array_equal(relief.z, light(land.loss))
    np.testing.assert_array_equal(level.customdata, light(land.loss))
    np.testing.assert_allclose(level.z, np.sqrt(land.loss - land.loss.min()), rtol=1e-6)
    for path in figures.paths(experiment, trained(experiment), land):
        flat, high = named(found["contour"], path.label), named(found["surface"], path.label)
        np.testing.assert_array_equal(flat.x, light(path.x))
        np.testing.assert_array_equal(flat.y, light(path.y))
        np.testing.assert_allclose(flat.customdata[:, 1], path.loss, rtol=1e-6)
        np.testing.assert_array_equal(high.x, light(path.x))
        bottom, top = found["surface"].layout.scene.zaxis.range
        lifted = high.z - path.loss
        np.testing.assert_allclose(lifted, lifted[0], atol=1e-5 * (abs(top) + top - bottom))
        assert 0 < lifted[0] < 0.05 * (top - bottom)
        inside = (np.abs(path.x - land.x.mean()) < np.ptp(land.x) / 2) & (
            np.abs(path.y - land.y.mean()) < np.ptp(land.y) / 2
        )
        assert bottom < path.loss[inside].min() <= path.loss[inside].max() < top


def test_what_lies_lower_than_the_grid_is_still_above_the_floor():
    coarse = ground(LINE, size=4)
    lowest = float(LINE.problem.loss(LINE.problem.minimum()))
    assert coarse.loss.min() > 1.5 * lowest
    figure = figures.surface(LINE, trained(LINE), coarse)
    assert figure.layout.scene.zaxis.range[0] < lowest
    assert figure.data[0].cmin <= lowest


@every_theme
def test_the_ground_is_shaded_by_the_root_of_its_height_in_both_views(theme):
    relief = drawn(figures.surface, LINE, theme=theme).data[0]
    level = drawn(figures.contour, LINE, theme=theme).data[0]
    assert level.colorscale == theme.surface
    stops = [(height, color) for height, color in relief.colorscale if color != theme.ring]
    heights = np.array([height for height, _ in stops])
    assert (heights[0], heights[-1]) == (0, 1)
    assert np.diff(heights).min() > 0
    places, colors = zip(*theme.surface, strict=True)
    channels = [[int(color[i : i + 2], 16) for color in colors] for i in (1, 3, 5)]
    wanted = np.array([np.interp(np.sqrt(heights), places, channel) for channel in channels]).T
    found = np.array([[int(part) for part in color[4:-1].split(",")] for _, color in stops])
    np.testing.assert_allclose(found, wanted, atol=0.5 + 1e-9)


@every_theme
def test_ten_level_lines_stand_at_even_heights(theme):
    relief = drawn(figures.surface, LINE, theme=theme).data[0]
    heights = np.array([height for height, color in relief.colorscale if color == theme.ring])
    np.testing.assert_allclose(heights.reshape(10, 2).mean(axis=1), np.arange(10) / 10 + 0.05)
    assert np.all(np.ptp(heights.reshape(10, 2), axis=1) >= 1 / 256)


@pytest.mark.parametrize("draw", [figures.surface, figures.contour])
def test_start_and_minimum_are_marked_where_they_are(draw):
    figure, land = drawn(draw, LINE), ground(LINE)
    start, minimum = named(figure, "start"), named(figure, "minimum")
    np.testing.assert_allclose([start.x[0], start.y[0]], LINE.start)
    np.testing.assert_allclose([minimum.x[0], minimum.y[0]], land.minimum)
    assert start.hovertemplate.startswith("start<")
    assert minimum.hovertemplate.startswith("minimum<")
    separable = replace(
        LINE, problem=replace(default_experiment(gd.DATASETS["wine"]).problem, l2=0.0), start=None
    )
    names = [trace.name for trace in drawn(draw, separable).data]
    assert "start" in names
    assert "minimum" not in names


@every_theme
def test_marks_of_a_map_stand_above_all_paths_each_on_its_casing(theme):
    *below, one, other, start, minimum = drawn(figures.contour, LINE, theme=theme).data
    assert [start.name, minimum.name] == ["start", "minimum"]
    assert set(labels(LINE)) <= {trace.name for trace in below}
    for casing, mark in ((one, start), (other, minimum)):
        assert (casing.x, casing.y) == (mark.x, mark.y)
        assert (casing.marker.symbol, casing.marker.size) == (mark.marker.symbol, mark.marker.size)
        assert (casing.marker.color, mark.marker.color) == (theme.casing, theme.ink)
        assert casing.marker.line.width >= mark.marker.line.width + 4
        assert theme.casing in mark.textfont.shadow


def test_a_map_names_each_of_a_few_minima_and_which_are_higher_and_a_scene_only_one():
    race = default_race(gd.SURFACES["six_hump_camel"])
    marks = [trace for trace in drawn(figures.contour, race).data if trace.name == "minimum"]
    assert [mark.text[0] for mark in marks] == ["minimum"] * 2 + ["higher"] * 4
    assert all(mark.mode == "markers+text" for mark in marks)
    for mark in marks[2:]:
        assert mark.textposition == ("bottom right" if mark.x[0] < 0 else "bottom left")
    scene = drawn(figures.surface, race)
    assert [note.text for note in scene.layout.scene.annotations] == ["start", "minimum"]


def test_states_are_marked_where_few_and_the_last_always():
    crowded = line(sgd(0.05), sgd(0.05, 1), epochs=8)
    few, many = (named(drawn(figures.contour, crowded), name) for name in labels(crowded))
    assert np.all(few.marker.size[:-1] > 0)
    assert np.all(many.marker.size[:-1] == 0)
    assert few.marker.size[-1] > few.marker.size[0]
    assert many.marker.size[-1] > 0


@pytest.mark.parametrize("key", ["line", "iris", "rosenbrock"])
def test_a_hand_over_paths_and_ground_is_told_true_losses(key):
    experiment = SURFACES[key] if key in SURFACES else gd.default_experiment(gd.DATASETS[key])
    traces, land = trained(experiment), ground(experiment)
    loss = experiment.problem.loss
    grid = loss(land.plane.params(np.stack(np.meshgrid(land.x, land.y), axis=-1)))
    scene, flat = (draw(experiment, traces, land) for draw in (figures.surface, figures.contour))
    for figure, number, heights in ((scene, "z", "z"), (flat, "customdata", "customdata")):
        relief = named(figure, "loss")
        assert f"loss %{{{number}:" in relief.hovertemplate
        np.testing.assert_allclose(relief[heights], grid, rtol=1e-5)
        for name, trace in zip(labels(experiment), traces, strict=True):
            way = named(figure, name)
            assert "loss %{customdata[1]:" in way.hovertemplate
            assert "%{z" not in way.hovertemplate  # which is lifted off the ground
            update, told = np.array(way.customdata).T
            is_state = np.isin(update, trace.path_updates)
            assert is_state.sum() > 5
            states = trace.path[np.searchsorted(trace.path_updates, update[is_state])]
            np.testing.assert_allclose(told[is_state], loss(states), rtol=1e-5)


@pytest.mark.parametrize("factor", [1.1, 1.5, 3.0, 30.0])
def test_a_diverging_path_is_seen_to_leave_the_box_and_is_not_bent_to_its_edge(factor):
    wild = line(sgd(0.05), sgd(factor * LIMIT), epochs=60)
    land = ground(wild)
    assert trained(wild)[1].status[0] is Status.DIVERGED
    path = figures.paths(wild, trained(wild), land)[1]
    middle, half = np.array([land.x, land.y]).mean(axis=1), np.ptp([land.x, land.y], axis=1) / 2
    spots = (np.column_stack([path.x, path.y]) - middle) / half
    assert not path.arrived
    np.testing.assert_allclose(np.abs(spots[-1]).max(), REACH, rtol=1e-9)
    assert np.abs(spots[:-1]).max() <= REACH
    np.testing.assert_allclose(path.loss, wild.problem.loss(land.plane.params(
        np.column_stack([path.x, path.y]))), rtol=1e-9)  # fmt: skip
    # Between states it runs straight towards the next, though that be too far to draw.
    states, updates = trained(wild)[1].path, trained(wild)[1].path_updates
    truth = (land.plane.coordinates(states) - middle) / half
    first, second = (truth[np.searchsorted(updates, f(path.update))] for f in (np.floor, np.ceil))
    np.testing.assert_allclose(
        spots, first + (path.update % 1)[:, None] * (second - first), rtol=1e-9, atol=1e-9
    )
    far = np.abs(spots).max(axis=1) > 1
    assert (path.update[far] % 1 > 0).sum() >= 8
    assert np.all(np.diff(path.update) > 0)


@pytest.mark.parametrize("factor", [1.1, 3.0])
def test_a_diverging_path_leaves_the_surface_upwards_without_a_last_marker(factor):
    wild = line(sgd(0.05), sgd(factor * LIMIT), epochs=60)
    figure = drawn(figures.surface, wild)
    path = named(figure, labels(wild)[1])
    top = figure.layout.scene.zaxis.range[1]
    sides = [figure.layout.scene.xaxis.range, figure.layout.scene.yaxis.range]
    left = [
        not low < at[-1] < high for at, (low, high) in zip((path.x, path.y), sides, strict=True)
    ]
    assert path.z[-1] > top or any(left)
    assert path.marker.size[-1] == 0
    calm = drawn(figures.surface, line(sgd(0.05), epochs=60))
    assert figure.layout.scene.zaxis.range == calm.layout.scene.zaxis.range


def test_a_path_that_leaves_upwards_ends_on_its_way_and_not_far_above():
    wild = replace(SURFACES["rosenbrock"], runs=(sgd(0.1),), epochs=30)
    figure, path = drawn(figures.surface, wild), figures.paths(wild, trained(wild), ground(wild))[0]
    way = named(figure, labels(wild)[0])
    casing = figure.data[list(figure.data).index(way) - 1]
    low, high = figure.layout.scene.zaxis.range
    assert path.loss[-1] > 100 * high
    assert high < way.z[-1] < low + (REACH + 0.1) * (high - low)
    assert np.all(way.z > casing.z)
    index = int(np.argmax(path.loss > low + REACH * (high - low)))
    start, end = np.column_stack([path.x, path.y, path.loss])[index - 1 : index + 1]
    share = (np.array([way.x[-1], way.y[-1], way.z[-1]]) - start) / (end - start)
    np.testing.assert_allclose(share, share[0], rtol=2e-2)


def test_a_path_that_roams_is_left_out_where_it_is_out_of_reach_and_comes_back():
    low, high = np.full(3, -1.0), np.array([1.0, 1.0, np.inf])
    x = np.array([0.0, 0.5, 4.5, -3.5, -0.5, 0.0])
    path = Path(0, "", x, 0 * x, 0 * x, np.arange(6.0), True)
    kept = within(path, low, high)
    nan = np.nan
    np.testing.assert_allclose(kept.x, [0, 0.5, 1, nan, 1, -1, nan, -1, -0.5, 0])
    np.testing.assert_allclose(
        kept.update, [0, 1, 1.125, 1.125, 2.4375, 2.6875, 2.6875, 3.8333, 4, 5], rtol=1e-4
    )
    assert within(path, np.full(3, -9.0), np.full(3, 9.0)) is path


def test_of_a_run_that_roams_the_box_holds_most_and_its_path_goes_on():
    roaming = replace(gd.default_experiment(), runs=(gd.Run(gd.SGD(lr=0.4), 1),))
    traces = trained(roaming)
    land, (path,) = ground(roaming), figures.paths(roaming, traces, ground(roaming))
    far = np.abs(traces[0].path - roaming.problem.minimum()).max()
    assert far > 3 * np.ptp(land.x)  # or nothing of this is tried
    assert path.arrived
    assert path.update[-1] == traces[0].path_updates[-1]
    assert np.isnan(path.x).sum() > 0
    figure = drawn(figures.surface, roaming)
    assert figure.layout.scene.zaxis.range[1] < 50 * roaming.problem.loss(np.array(roaming.start))


def test_a_path_whose_start_is_outside_is_not_drawn():
    land = replace(ground(LINE), x=np.array([100.0, 101.0]), y=np.array([100.0, 101.0]))
    for path in figures.paths(LINE, trained(LINE), land):
        assert len(path.x) == 0
    figures.contour(LINE, trained(LINE), land)


def test_the_viewer_looks_across_the_bowl_at_the_start():
    for name in ("bowl", "valley"):
        experiment = default_race(gd.SURFACES[name])
        eye = drawn(figures.surface, experiment).layout.scene.camera.eye
        start = np.array(experiment.start) / np.abs(experiment.start)
        assert np.array([eye.x, eye.y]) @ start < 0


# Curves


@every_experiment
def test_curves_hold_the_metric_at_the_update_they_stand_at(name):
    experiment = EVERYTHING[name]
    traces, problem = trained(experiment), experiment.problem
    origin = reference(experiment, traces)
    for metric in quick_metrics(problem):
        for curve in figures.curves(experiment, traces, metric, "updates"):
            trace = traces[curve.place]
            assert curve.low is None
            if metric == "running":
                np.testing.assert_array_equal(curve.x, trace.updates[1:])
                np.testing.assert_array_equal(curve.y, trace.running_loss[0, 1:])
                continue
            rows = np.searchsorted(trace.path_updates, curve.x)
            np.testing.assert_array_equal(trace.path_updates[rows], curve.x)
            if metric == "batch":
                np.testing.assert_array_equal(curve.y, trace.batch_loss[rows])
                continue
            expected = METRICS[metric].of(problem, origin, trace.path[rows])
            np.testing.assert_allclose(curve.y, expected, rtol=1e-12)
            np.testing.assert_array_equal(curve.x[curve.dots] % trace.updates[1], 0)


@pytest.mark.parametrize("along", AXES)
def test_every_axis_ends_where_the_run_ended(along):
    traces = trained(LINE)
    ends = {
        "epochs": [8, 8, 8],
        "updates": [8, 160, 1600],
        "examples": [1600, 1600, 1600],
        "seconds": [8 * 2e-5, 160 * 3e-5, 1600 * 4e-5],
    }
    found = figures.curves(LINE, traces, "loss", along, seconds=[2e-5, 3e-5, 4e-5])
    np.testing.assert_allclose([curve.x[-1] for curve in found], ends[along], rtol=1e-12)
    assert all(curve.x[0] == 0 for curve in found)


def test_curves_are_drawn_as_they_are_with_a_dot_at_epochs_ends():
    figure = figures.convergence(LINE, trained(LINE))
    for curve in figures.curves(LINE, trained(LINE)):
        trace = named(figure, curve.label)
        np.testing.assert_array_equal(trace.x, light(curve.x))
        np.testing.assert_array_equal(trace.y, light(curve.y))
        dots = dots_of(figure, curve.label)
        np.testing.assert_array_equal(dots.x, light(curve.x[curve.dots]))
        np.testing.assert_array_equal(dots.y, light(curve.y[curve.dots]))


MANY = line(sgd(0.1), sgd(0.1, 8), sgd(0.1, 1), epochs=5, n_seeds=20)


@pytest.mark.parametrize("metric", ["loss", "excess", "running", "distance", "gradient"])
def test_over_many_seeds_the_median_and_the_band_are_percentiles(metric):
    traces = trained(MANY)
    origin = reference(MANY, traces)
    for curve, trace in zip(figures.curves(MANY, traces, metric), traces, strict=True):
        if metric == "running":
            values = trace.running_loss[:, 1:]
        else:
            values = METRICS[metric].of(MANY.problem, origin, trace.params)
        expected = np.percentile(values, [10, 50, 90], axis=0)
        np.testing.assert_allclose(
            [curve.low, curve.y, curve.high], expected, rtol=1e-9, atol=1e-15
        )


def test_the_band_is_drawn_between_its_edges_in_the_runs_colour():
    figure = figures.convergence(MANY, trained(MANY))
    for curve in figures.curves(MANY, trained(MANY)):
        low, high, middle, _ = [trace for trace in figure.data if trace.name == curve.label]
        np.testing.assert_array_equal(low.y, light(curve.low))
        np.testing.assert_array_equal(high.y, light(curve.high))
        np.testing.assert_array_equal(middle.y, light(curve.y))
        assert high.fill == "tonexty"
        assert high.fillcolor == faint(figures.LIGHT.run_color(curve.place), 0.16)
        assert low.fill is None


def test_a_seed_that_diverged_counts_as_worse_than_all_others():
    partly = line(sgd(0.5, 1), n_seeds=20, epochs=8)
    (trace,) = trained(partly)
    lost = np.array([status is Status.DIVERGED for status in trace.status])
    assert 0.2 < lost.mean() < 0.8
    (curve,) = figures.curves(partly, trained(partly))
    ordered = np.sort(np.where(np.isfinite(trace.loss), trace.loss, np.inf), axis=0)
    assert np.all(curve.y >= ordered[9][: len(curve.y)])
    assert np.isinf(curve.high[-1])
    assert np.all(curve.low <= curve.y)
    assert np.all(curve.y <= curve.high)
    figure = figures.convergence(partly, trained(partly))
    assert max(figure.layout.yaxis.range) < np.log10(3e3 * trace.loss[0, 0])


def test_where_every_seed_diverged_the_curve_ends():
    lost = line(sgd(2.0, 1), sgd(0.05), n_seeds=4, epochs=5)
    wild, calm = figures.curves(lost, trained(lost))
    assert len(wild.x) < len(calm.x) == 6
    assert np.all(np.isfinite(wild.y))


@pytest.mark.parametrize("metric", metrics_for(LINE.problem))
@pytest.mark.parametrize("n_seeds", [1, 3])
@pytest.mark.parametrize("log", [True, False])
def test_a_diverging_curve_leaves_the_axis_and_does_not_stretch_it(metric, n_seeds, log):
    calm = line(sgd(0.05), epochs=20, n_seeds=n_seeds)
    wild = line(sgd(0.05), sgd(2.0), sgd(3.0, 1), epochs=20, n_seeds=n_seeds)
    low, high = figures.convergence(wild, trained(wild), metric, log=log).layout.yaxis.range
    before = figures.convergence(calm, trained(calm), metric, log=log).layout.yaxis.range
    assert np.isfinite([low, high]).all()
    if log:
        assert high <= before[1] + 3.7
        assert low <= before[0] + 0.5
    else:
        assert high <= 4 * before[1]


def test_an_axis_holds_all_values_of_calm_curves():
    for experiment in (LINE, MANY):
        for metric in metrics_for(experiment.problem):
            for log in (True, False):
                figure = figures.convergence(experiment, trained(experiment), metric, log=log)
                low, high = figure.layout.yaxis.range
                for curve in figures.curves(experiment, trained(experiment), metric):
                    for values in (curve.y, curve.low, curve.high):
                        if values is None:
                            continue
                        seen = values[values > 1e-12 * values.max()] if log else values
                        seen = np.log10(seen) if log else seen
                        assert low <= seen.min()
                        assert seen.max() <= high


def test_rounding_at_the_minimum_is_not_worth_decades_of_a_log_axis():
    exact = line(sgd(0.5 * LIMIT), epochs=300)
    low, high = figures.convergence(exact, trained(exact), "excess").layout.yaxis.range
    assert 8 < high - low < 15


def test_each_tick_of_a_short_log_axis_is_written_in_full():
    axis = log_axis(0.15, 0.85)
    written = dict(zip(axis["ticktext"], axis["tickvals"], strict=True))
    assert {"0.2": 0.2, "0.5": 0.5}.items() < written.items()
    written = " ".join(log_axis(1, 10**2.3)["ticktext"])
    assert written.startswith("0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10 20 50 100 200")
    assert log_axis(1, 10**2.5)["dtick"] == 1
    assert log_axis(1, 10**7.1)["dtick"] == 2
    assert log_axis(3, 4)["dtick"] is None


def test_a_batch_loss_of_a_run_that_diverged_in_its_first_epoch_is_drawn():
    wild = line(sgd(50.0, 1), epochs=2)
    figure = figures.convergence(wild, trained(wild), "batch")
    assert len(named(figure, labels(wild)[0]).x) > 1


def test_where_there_is_no_minimum_the_title_says_what_excess_is_measured_from():
    fit = replace(default_experiment(gd.DATASETS["wine"]).problem, l2=0.0)
    open_ended = replace(LINE, problem=fit, start=None, epochs=2)

    def title(experiment, metric):
        return figures.convergence(experiment, trained(experiment), metric).layout.title.text

    over = "Excess training loss, over the best seen: linear axis, for values below 0"
    assert title(open_ended, "excess") == over
    assert title(open_ended, "distance") == "Distance to the best seen"
    assert title(LINE, "excess") == "Excess training loss"
    assert title(LINE, "distance") == "Distance to the minimum"


# Fits


@pytest.mark.parametrize(
    "name", [name for name in FITS if name.split()[0] in ("line", "polynomial")]
)
def test_with_one_feature_the_lines_are_the_predictions_over_the_points(name):
    experiment = FITS[name]
    fit = experiment.problem
    figure = figures.fit_view(experiment, trained(experiment))
    points, *lines = figure.data
    np.testing.assert_allclose(points.x, fit.data.X[:, 0], rtol=1e-6)
    np.testing.assert_allclose(points.y, fit.y, rtol=1e-6)
    for place, trace in enumerate(lines):
        params = final_params(trained(experiment)[place])
        raw = np.asarray(trace.x, dtype=float)[:, None]
        np.testing.assert_allclose(
            trace.y, fit.predict(params, fit.transform(raw)), rtol=1e-4, atol=1e-4
        )
    assert figure.layout.xaxis.title.text == "x"
    assert figure.layout.yaxis.title.text == "y"


def test_the_line_that_a_fit_begins_with_is_seen_whole_where_it_is_not_far_off():
    near = gd.default_experiment()
    ends = near.problem.predict(start_of(near), near.problem.X)
    low, high = figures.fit_view(near, trained(near)).layout.yaxis.range
    assert low < ends.min() < near.problem.y.min()
    assert high > max(ends.max(), near.problem.y.max())
    far = replace(near, start=(50.0, 50.0))
    low, high = figures.fit_view(far, gd.train(far)).layout.yaxis.range
    assert high - low < 1.5 * np.ptp(far.problem.y)


PLANAR = [
    name for name, e in FITS.items() if e.problem.n_classes and e.problem.dataset.n_features == 2
]


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("focus", [0, 2])
def test_decision_regions_are_the_predictions_of_the_focused_run(name, focus):
    experiment = FITS[name]
    fit = experiment.problem
    figure = figures.fit_view(experiment, trained(experiment), focus=focus)
    regions = figure.data[0]
    gx, gy = np.meshgrid(np.asarray(regions.x, float), np.asarray(regions.y, float))
    raw = np.column_stack([gx.ravel(), gy.ravel()])
    params = final_params(trained(experiment)[focus])
    agree = fit.predict(params, fit.transform(raw)) == np.ravel(regions.z)
    assert np.mean(agree) > 0.999  # float32 moves the grid a hair
    tints = [color for _, color in regions.colorscale]
    assert len(set(tints)) == fit.n_classes


@pytest.mark.parametrize("name", PLANAR)
def test_class_points_are_the_training_rows(name):
    base = FITS[name]
    experiment = replace(base, problem=replace(base.problem, test_size=0.25), epochs=1)
    fit = experiment.problem
    figure = figures.fit_view(experiment, trained(experiment))
    raw = fit.data.X[fit.prepared.train_rows]
    for c, class_name in enumerate(fit.data.class_names):
        points = named(figure, class_name)
        np.testing.assert_allclose(
            np.column_stack([points.x, points.y]), raw[fit.y == c], rtol=1e-6
        )


@pytest.mark.parametrize("name", [n for n in PLANAR if FITS[n].problem.n_classes == 2])
def test_each_runs_boundary_is_where_its_two_classes_are_even(name):
    experiment = FITS[name]
    fit = experiment.problem
    figure = figures.fit_view(experiment, trained(experiment))
    for place, label in enumerate(labels(experiment)):
        boundary = named(figure, label)
        gx, gy = np.meshgrid(np.asarray(boundary.x, float), np.asarray(boundary.y, float))
        X = fit.transform(np.column_stack([gx.ravel(), gy.ravel()]))
        params = final_params(trained(experiment)[place])
        agree = fit.predict(params, X) == (np.ravel(boundary.z) > 0)
        assert np.mean(agree) > 0.999
        assert (boundary.contours.start, boundary.contours.end) == (0, 0)


CONFUSED = [name for name, e in FITS.items() if followed(e.problem) == "confusion"]


@pytest.mark.parametrize("name", CONFUSED)
def test_the_confusion_matrix_counts_as_scikit_learn_does(name):
    experiment = FITS[name]
    fit = experiment.problem
    for focus, trace in enumerate(trained(experiment)):
        predicted = fit.predict(final_params(trace), fit.X)
        expected = confusion_matrix(fit.y, predicted, labels=np.arange(fit.n_classes))
        np.testing.assert_array_equal(figures.confusion(fit, final_params(trace)), expected)
        (cells,) = figures.fit_view(experiment, trained(experiment), focus=focus).data
        np.testing.assert_array_equal(cells.text, expected)
        shares = expected / expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(cells.z, shares, rtol=1e-6)
        assert list(cells.x) == list(cells.y) == [plain(c) for c in fit.data.class_names]


@pytest.mark.parametrize("tile", [1, 1000, 1 << 20])
@pytest.mark.parametrize("name", CONFUSED)
def test_many_states_are_counted_as_one_by_one(name, tile, monkeypatch):
    fit = FITS[name].problem
    monkeypatch.setattr(fits, "_TILE", tile)
    states = np.random.default_rng(0).normal(size=(2, 3, fit.n_params))
    found = figures.confusion(fit, states)
    assert found.shape == (2, 3, fit.n_classes, fit.n_classes)
    for i, j in np.ndindex(2, 3):
        predicted = fit.predict(states[i, j], fit.X)
        expected = confusion_matrix(fit.y, predicted, labels=np.arange(fit.n_classes))
        np.testing.assert_array_equal(found[i, j], expected)
        np.testing.assert_array_equal(figures.confusion(fit, states[i, j]), expected)


def test_no_states_have_no_counts():
    fit = FITS[CONFUSED[0]].problem
    found = figures.confusion(fit, np.empty((0, fit.n_params)))
    assert found.shape == (0, fit.n_classes, fit.n_classes)
    assert found.dtype.kind == "i"


@pytest.mark.parametrize("name", ["ravine linear linear", "diabetes linear linear"])
def test_with_many_features_predictions_stand_against_actual_values(name):
    experiment = FITS[name]
    fit = experiment.problem
    figure = figures.fit_view(experiment, trained(experiment))
    for place, label in enumerate(labels(experiment)):
        points = named(figure, label)
        predicted = fit.predict(final_params(trained(experiment)[place]), fit.X)
        if fit.n_samples <= 400:
            np.testing.assert_allclose(points.x, fit.y, rtol=1e-6)
            np.testing.assert_allclose(points.y, predicted, rtol=1e-5, atol=1e-5)
        else:
            assert len(points.x) == 400
            rows = np.searchsorted(np.arange(fit.n_samples), [0, fit.n_samples - 1])
            np.testing.assert_allclose(points.y[[0, -1]], predicted[rows], rtol=1e-5)
    exact = figure.data[0]
    np.testing.assert_array_equal(exact.x, exact.y)


def test_a_column_that_is_constant_still_has_room_to_be_drawn_in():
    narrow = replace(gd.DATASETS["xor"], n_samples=2, noise=0.0)
    fit = gd.Fit(narrow, gd.MODELS["logistic"])
    assert np.ptp(fit.X[:, 0]) == 0
    experiment = gd.Experiment(fit, (sgd(0.1),), epochs=1)
    low, high = figures.fit_view(experiment, trained(experiment)).layout.xaxis.range
    assert high > low


def test_without_a_focus_the_run_that_ended_lowest_is_shown():
    experiment = replace(FITS["iris softmax linear"], epochs=5)
    lowest = int(np.argmin([trace.loss[0, -1] for trace in trained(experiment)]))
    figure = figures.fit_view(experiment, trained(experiment))
    assert labels(experiment)[lowest] in figure.layout.title.text


def test_a_run_that_diverged_has_no_fit():
    wild = line(sgd(0.05), sgd(2.0), epochs=60)
    figure = figures.fit_view(wild, trained(wild), focus=1)
    assert runs_drawn(figure, wild) == {labels(wild)[0]}


# Nothing to draw


NOWHERE = line(sgd(2.0), epochs=60)
EMPTY = {
    "no run is shown": lambda: figures.convergence(LINE, trained(LINE), shown=()),
    "no test rows": lambda: figures.convergence(LINE, trained(LINE), "test"),
    "no classes": lambda: figures.convergence(LINE, trained(LINE), "accuracy"),
    "no rows": lambda: figures.fit_view(SURFACES["bowl"], trained(SURFACES["bowl"])),
    "accuracy of a surface": lambda: figures.convergence(
        SURFACES["bowl"], trained(SURFACES["bowl"]), "accuracy"
    ),
    "every run diverged": lambda: figures.fit_view(NOWHERE, trained(NOWHERE)),
    "no fit is shown": lambda: figures.fit_view(LINE, trained(LINE), shown=()),
}


@pytest.mark.parametrize("draw", EMPTY.values(), ids=EMPTY)
def test_with_nothing_to_draw_a_sentence_stands_in_an_empty_figure(draw):
    figure = draw()
    (note,) = figure.layout.annotations
    assert not figure.data
    assert re.fullmatch(r"[A-Z][^<>]+\.", note.text)
    assert figure.layout.xaxis.visible is False
    json.loads(figure.to_json())


@pytest.mark.parametrize("draw", [figures.surface, figures.contour])
def test_without_runs_the_ground_and_its_marks_are_still_drawn(draw):
    figure = drawn(draw, LINE, shown=())
    assert not runs_drawn(figure, LINE)
    assert {"loss", "start", "minimum"} <= {trace.name for trace in figure.data}


# Names from outside


NASTY = (
    "<b onload=x>a</b>",
    "%{fullData.name} <script>alert(1)</script>",
    "a & b <i>",
    "$x$ **b** `c`",
)


@dataclass(frozen=True)
class NastyMoons(Moons):
    feature_names = NASTY[:2]
    class_names = NASTY[2:]
    target_name = NASTY[0]


@dataclass(frozen=True)
class NastyLine(Line):
    feature_names = NASTY[:1]
    target_name = NASTY[1]


@dataclass(frozen=True)
class NastyRavine(Ravine):
    feature_names = NASTY[1:3]
    target_name = NASTY[0]


@dataclass(frozen=True)
class NastyFlowers(NastyMoons):
    feature_names = NASTY[:3]

    def _make(self):
        X, y = super()._make()
        return np.column_stack([X, X[:, 0] ** 2]), y


@pytest.mark.parametrize("dataset", [NastyMoons(), NastyLine(), NastyRavine(), NastyFlowers()],
                         ids=lambda d: type(d).__name__)  # fmt: skip
@pytest.mark.parametrize("choice", ["0,1", "principal"])
def test_names_of_columns_and_classes_never_become_markup(dataset, choice):
    fit = gd.Fit(dataset, models_for(dataset)[0])
    experiment = gd.Experiment(fit, (sgd(0.001), sgd(0.001, 8)), epochs=2)
    if fit.n_params == 2:
        choice = "principal"
    traces, land = trained(experiment), ground(experiment, choice)
    found = [
        figures.surface(experiment, traces, land),
        figures.contour(experiment, traces, land),
        figures.convergence(experiment, traces),
        figures.fit_view(experiment, traces),
    ]
    template = r"%\{(x|y|z|text|customdata(\[\d\])?)(:\.\d~?[fg])?\}"
    shown = [text for figure in found for text in texts(json.loads(figure.to_json()))]
    assert any("&lt;" in text for text in shown)
    for text in shown:
        own = re.sub(rf"<br>|<extra></extra>|{template}", "", text)
        assert not re.search(r"<|>|%\{", own), text


# Colours


@every_theme
def test_pages_and_figures_share_one_palette(theme):
    page = SETTINGS["theme"][theme.name]
    palette = page["chartCategoricalColors"]
    assert theme.casing == theme.paper == page["backgroundColor"]
    assert theme.ink == page["textColor"]
    assert [theme.run_color(place) for place in range(6)] == palette[:6]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_runs_stand_out_from_what_lies_beside_them(theme):
    """Beside a path lies its casing, on whatever ground; beside a curve the page: 3:1 (WCAG 2.2,
    1.4.11)."""
    for beside in (theme.casing, theme.paper):
        assert min(contrast(theme.run_color(place), beside) for place in range(6)) >= 3


def test_in_the_dark_the_ground_has_colour_and_paths_stand_out_from_all_of_it():
    dark = THEMES["dark"]
    grounds = [color for _, color in dark.surface]
    runs = [dark.run_color(place) for place in range(6)]
    assert min(contrast(run, ground) for run in runs for ground in grounds) >= 3
    chroma = np.linalg.norm([seen(ground)[0, 1:] for ground in grounds], axis=1)
    assert chroma.min() > 0.02


@every_theme
def test_runs_are_told_apart_with_any_sight_and_from_classes(theme):
    """Distances in Oklab, with full sight and without each kind of cone; Okabe and Ito's own
    colours come as near as .076."""
    runs = np.array([seen(theme.run_color(place)) for place in range(6)])
    classes = np.array([seen(ink) for ink in CLASS_INKS[theme.name]])
    apart = np.linalg.norm(runs[:, None] - runs[None], axis=-1)
    assert apart[~np.eye(len(runs), dtype=bool)].min() > 0.07
    assert np.linalg.norm(runs[:, None] - classes[None], axis=-1)[..., 0].min() > 0.1
    of_runs, of_classes = (hues(found[:, 0]) for found in (runs, classes))
    turned = np.abs((of_runs[:, None] - of_classes[None] + 180) % 360 - 180)
    assert np.nanmin(turned) > 25


def hues(found):
    """Return the hues of colours in Oklab, in degrees; NaN of greys."""
    across = found[:, 1:]
    hue = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    return np.where(np.linalg.norm(across, axis=1) > 0.03, hue, np.nan)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_words_in_figures_can_be_read(theme):
    grounds = [theme.paper, *(color for _, color in theme.surface)]
    assert min(contrast(theme.ink, color) for color in grounds) >= READ
    words = [theme.ink, theme.muted, *(theme.run_ink(place) for place in range(6))]
    assert min(contrast(color, theme.paper) for color in words) >= READ


def test_a_colour_can_be_made_faint():
    assert faint("#0072B2", 0.18) == "rgba(0,114,178,0.18)"
    assert faint("#FFFFFF", 1.0) == "rgba(255,255,255,1)"


@pytest.mark.filterwarnings("error")
def test_numbers_too_large_for_single_precision_are_cut_and_not_lost():
    found = light([1e300, -1e300, np.inf, -np.inf, 0.5, np.nan])
    np.testing.assert_array_equal(np.isnan(found), [False] * 5 + [True])
    assert np.all(np.abs(found[:4]) == np.float32(1e38))
    assert found[4] == 0.5
