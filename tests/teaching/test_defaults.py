"""Default races: on functions of the table as ever, on own functions such as get somewhere."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import gdplay as gd
from gdplay import figures
from gdplay.engine.training import Status
from gdplay.experiment import labels
from gdplay.teaching import defaults
from gdplay.teaching.defaults import FALLS, default_experiment, default_race, models_for
from gdplay.theory.landscape import box_of, landscape, plane_of
from tests import trained
from tests.loss.test_expressions import TEXTS

RATES = {
    "bowl": (0.2, 0.2, 0.2),
    "valley": (0.06, 0.06, 0.2),
    "booth": (0.03, 0.03, 0.2),
    "saddle": (0.06, 0.06, 0.06),
}


@pytest.mark.parametrize("key", RATES)
def test_rates_on_a_function_that_has_none_of_its_own_are_a_quarter_of_the_limit(key):
    race = default_race(gd.SURFACES[key])
    assert tuple(run.optimizer.lr for run in race.runs) == RATES[key]


@pytest.mark.parametrize("surface", gd.SURFACES.values(), ids=list(gd.SURFACES))
def test_in_a_race_on_a_function_of_the_table_nobody_is_lost_and_the_ends_differ(surface):
    race = default_race(surface)
    assert [run.optimizer.key for run in race.runs] == ["sgd", "momentum", "adam"]
    traces = gd.train(race, record_path=False)
    losses = [float(trace.loss[0, -1]) for trace in traces]
    start = float(traces[0].loss[0, 0])
    assert all(trace.status == (Status.EXHAUSTED,) for trace in traces)
    assert all(start - FALLS * (1 + abs(start)) < loss < start for loss in losses)
    ends = np.array([trace.params[0, -1] for trace in traces])
    minima = [minimum.place for minimum in surface.minima]
    if surface.key == "factors":  # a curve of minima, of which long plain steps find a flat one
        bends = [np.linalg.eigvalsh(surface.hessian(end))[-1] for end in ends]
        assert bends[0] < 2.5 < 8 < min(bends[1:])
    elif minima:
        away = np.linalg.norm(ends[:, None] - np.array(minima), axis=2)
        halfway = [float(t.loss[0, len(t.updates) // 2]) - surface.minima[0].value for t in traces]
        assert len(set(away.argmin(axis=1))) > 1 or max(halfway) > 3 * min(halfway)
        assert away.min() < 0.2


@pytest.mark.parametrize("text", TEXTS)
def test_on_an_own_function_every_run_gets_lower_and_stays_in_sight(text):
    race = default_race(gd.Expression(text))
    assert race.start == race.problem.start
    for trace in gd.train(race, record_path=False)[:2]:
        first, last = trace.loss[0, [0, -1]]
        assert trace.status == (Status.EXHAUSTED,)
        assert first - FALLS * (1 + np.abs(first)) <= last < first


# What is seen of them: pixels of the picture as large as a page of 1366 x 625 has it

SCENE = 270
"""How high a scene is there; it is wider than it needs to be."""

MAP = (640, 235)

SEEN, APART = 20, 7
"""A run moves so many pixels at least, and another leaves its path by so many."""

LEFT = 0.95
"""So much of what a loss is above the lowest may be left: on a saddle most of it is."""

ON_ONE_WAY = {"factors": (1, 2), "easom": (0, 1)}
"""What functions have two runs take the same way, if not at one time: the hyperbola is all that
both seek, and the hole's slopes lead straight to it."""


def seen(experiment, draw):
    """Return each run's path as its figure has it, and the figure's layout."""
    traces = trained(experiment)
    plane = plane_of(experiment, traces)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane), 31)
    figure = draw(experiment, traces, land)
    ways = {trace.name: trace for trace in figure.data}
    return [ways[label] for label in labels(experiment)], figure.layout


def on_scene(experiment):
    """Return the paths on the screen, (T, 2) each: a view of 45 degrees from top to bottom."""
    ways, layout = seen(experiment, figures.surface)
    scene = layout.scene
    sides = np.array([axis.range for axis in (scene.xaxis, scene.yaxis, scene.zaxis)], dtype=float)
    ratio, eye, center = (
        np.array([part[k] for k in "xyz"])
        for part in (scene.aspectratio, scene.camera.eye, scene.camera.center)
    )
    ahead = (center - eye) / np.linalg.norm(center - eye)
    right = np.cross(ahead, [0, 0, 1]) / np.linalg.norm(np.cross(ahead, [0, 0, 1]))
    paths = []
    for way in ways:
        points = np.column_stack([way.x, way.y, way.z]).astype(float)
        inside = ((points >= sides[:, 0]) & (points <= sides[:, 1])).all(axis=1)
        shares = (points[inside] - sides[:, 0]) / (sides[:, 1] - sides[:, 0])
        away = (shares - 0.5) * ratio - eye
        across = away @ np.column_stack([right, np.cross(right, ahead)]) / (away @ ahead)[:, None]
        paths.append(across / np.tan(np.pi / 8) * SCENE / 2)
    return paths


def on_map(experiment):
    """Return the paths on the screen, (T, 2) each."""
    ways, layout = seen(experiment, figures.contour)
    sides = np.array([layout.xaxis.range, layout.yaxis.range], dtype=float)
    points = [np.column_stack([way.x, way.y]).astype(float) for way in ways]
    points = [path[np.isfinite(path).all(axis=1)] for path in points]
    return [(path - sides[:, 0]) / (sides[:, 1] - sides[:, 0]) * MAP for path in points]


def reach(path):
    return float(np.linalg.norm(path - path[0], axis=1).max())


def apart(one, other):
    """Return how far one of two paths gets from the line of the other."""
    return max(_farthest(one, other), _farthest(other, one))


def _farthest(points, line):
    begin, way = line[:-1], np.diff(line, axis=0)
    squares = np.maximum((way**2).sum(axis=1), 1e-12)
    share = (((points[:, None] - begin) * way).sum(axis=2) / squares).clip(0, 1)
    nearest = begin + share[..., None] * way
    return float(np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1).max())


def unseen(paths, least, alike=()):
    """Return what is not seen: runs that hardly move, and pairs that lie on one another."""
    pairs = [(i, j) for j in range(len(paths)) for i in range(j) if (i, j) != alike]
    still = [f"run {i} moves {reach(p):.0f} px" for i, p in enumerate(paths) if reach(p) < least]
    return still + [
        f"runs {i}, {j} are {apart(paths[i], paths[j]):.0f} px apart"
        for i, j in pairs
        if apart(paths[i], paths[j]) < APART
    ]


def test_where_a_data_set_opens_three_different_ways_are_seen():
    opened = {key: default_experiment(dataset) for key, dataset in gd.DATASETS.items()}
    found = {key: unseen(on_scene(experiment), SEEN) for key, experiment in opened.items()}
    assert not {key: what for key, what in found.items() if what}


@pytest.mark.exhaustive
def test_with_other_models_than_the_simplest_each_run_is_still_seen_to_move():
    others = {
        f"{dataset.key} {model.key}": default_experiment(dataset, model)
        for dataset in gd.DATASETS.values()
        for model in models_for(dataset)[1:]
        if model.convex
    }
    found = {name: unseen(on_scene(experiment), SEEN / 2) for name, experiment in others.items()}
    assert not {name: what for name, what in found.items() if what}


@pytest.mark.exhaustive
def test_on_a_network_each_run_is_seen_to_move():
    found = {}
    for key, dataset in gd.DATASETS.items():
        experiment = default_experiment(dataset, gd.MODELS["mlp"])
        ways = on_scene(experiment)
        found[key] = [f"run {i}: {reach(way):.0f} px" for i, way in enumerate(ways)
                      if reach(way) < SEEN]  # fmt: skip
    assert not {key: what for key, what in found.items() if what}


def test_of_few_rows_single_ones_go_as_far_in_an_epoch_as_all_at_once_on_a_network():
    dataset = gd.DATASETS["linnerud"]  # of 20 rows
    whole, some, single = (
        run.optimizer.lr for run in default_experiment(dataset, gd.MODELS["mlp"]).runs
    )
    assert 20 * single > 0.99 * whole > some > single
    traces = trained(default_experiment(dataset, gd.MODELS["mlp"]))
    ends = [trace.loss[0, -1] / trace.loss[0, 0] for trace in traces]
    assert max(ends) < 0.05, ends
    longer = [run.optimizer.lr for run in default_experiment(model=gd.MODELS["mlp"]).runs]
    assert longer[2] < longer[0] / 50  # of 200 rows they go further anyway


def test_where_a_function_opens_three_different_ways_are_seen_and_each_gets_somewhere():
    found = {}
    for key, surface in gd.SURFACES.items():
        race = default_race(surface)
        least = 0 if key == "factors" else SEEN  # on the curve of minima little is left to go
        found[key] = unseen(on_map(race), least, ON_ONE_WAY.get(key, ()))
        ends = np.array([trace.loss[0, [0, -1]] for trace in trained(race)])
        lowest = surface.minima[0].value if surface.minima else ends.min()
        left = (ends[:, 1] - lowest) / (ends[:, 0] - lowest)
        found[key] += [
            f"run {i} keeps {x:.2f} of its excess" for i, x in enumerate(left) if x > LEFT
        ]
    assert not {name: what for name, what in found.items() if what}


def test_a_rate_that_is_too_large_is_seen_to_swing_across_its_bowl():
    experiment = gd.PRESETS["too_large"].build()
    calm, *wild = on_map(experiment)
    for path in wild:
        turns = np.sign(np.diff(path[:, 0]))
        assert np.sum(turns[1:] != turns[:-1]) >= 5
        assert np.ptp(path[:, 0]) > MAP[0] / 4
    assert reach(calm) > 4 * SEEN


X, Y = np.array([-1.5, -0.5, 0.5, 1.5]), np.array([1.0, 3.0, 2.0, 5.0])
FOUR = gd.Fit(gd.Table(X[:, None], Y), gd.MODELS["linear"])
"""Its Hessian is diag(1, 1.25), its minimum 2.75 + 1.1 x."""


def test_single_rows_hover_at_a_twentieth_of_what_zero_exceeds_the_minimum_by():
    """At rate/4 times the mean squared gradient of a row, so the rate is 4/20 excess over that."""
    residual = 2.75 + 1.1 * X - Y
    noise = (residual**2 * (1 + X**2)).mean()
    excess = ((Y**2).mean() - (residual**2).mean()) / 2
    assert defaults._quiet_rate(FOUR) == pytest.approx(excess / 5 / noise)
    still = gd.Fit(gd.Table(X[:, None], np.zeros(4)), gd.MODELS["linear"])
    assert defaults._quiet_rate(still) == np.inf


def test_a_rate_is_at_most_six_tenths_of_what_a_rows_curvature_allows():
    """Rows on a line make no noise: 0.6 over the trace 2.25 is less than a quarter of 2/1.25."""
    exact = gd.Fit(gd.Table(X[:, None], 2 * X), gd.MODELS["linear"])
    assert defaults.default_rate(exact) == 0.3
    wide = gd.Fit(gd.Table(3 * X[:, None], 2 * X), gd.MODELS["linear"])
    assert defaults.default_rate(wide) == 0.04  # 2/11.25/4 is less than 0.6/12.25


def test_epochs_are_those_in_which_the_slowest_direction_is_nearly_there():
    """2.6 over the rate times mu = 1, from 5 to 30, and no more than 20 000 single rows."""
    found = [defaults.default_epochs(FOUR, rate) for rate in (0.2, 0.1, 1.0, 0.01)]
    assert found == [13, 26, 5, 30]
    many = gd.Fit(replace(gd.DATASETS["line"], n_samples=1000), gd.MODELS["linear"])
    assert defaults.default_epochs(many, 1e-6) == 20


def test_batches_of_a_fifth_of_few_rows_of_ten_and_of_thirty_two():
    sizes = {n: defaults.default_sizes(n) for n in (1, 2, 3, 10, 15, 49, 50, 55, 999, 1000)}
    assert sizes == {
        1: (None,), 2: (None, 1), 3: (None, 2, 1), 10: (None, 2, 1), 15: (None, 3, 1),
        49: (None, 9, 1), 50: (None, 10, 1), 55: (None, 10, 1), 999: (None, 10, 1),
        1000: (None, 32, 1),
    }  # fmt: skip


def test_a_networks_rate_is_an_eighth_of_its_limit_at_the_start_or_six_tenths_over_the_trace():
    for hidden in ((2,), (3, 2)):
        model = replace(gd.MODELS["mlp"], hidden=hidden)
        fit = gd.Fit(gd.DATASETS["moons"], model, standardize=True)
        bends = np.linalg.eigvalsh(fit.hessian(fit.usual))
        assert fit.n_params <= defaults.PROBES
        expected = min(2 / bends[-1] / 8, 0.6 / max(bends.sum(), bends[-1]))
        assert defaults.default_rate(fit) == float(f"{expected:.0e}")


@pytest.mark.parametrize(("late", "taken"), [((0.04, 0.049, 0.051, 0.06), 2), ((1, 1, 1, 1), 1)])
def test_a_rate_at_which_descent_would_stand_still_is_doubled_while_rows_end_as_quietly(
    monkeypatch, late, taken
):
    """Of the excess at zero, 1 here, a twentieth may be left over the last five epochs."""
    asked, lowest = [], float(FOUR.loss(FOUR.minimum()))

    def train(experiment, **_):
        asked.append(experiment)
        return [
            SimpleNamespace(loss=lowest + np.array([[1.0, 0.5, *share * np.linspace(0.5, 1.5, 5)]]))
            for share in late
        ]

    monkeypatch.setattr(defaults, "train", train)
    assert defaults._borne_rate(FOUR, 0.011) == taken * 0.01
    (experiment,) = asked
    assert [run.optimizer.lr for run in experiment.runs] == [0.01, 0.02, 0.04, 0.09]
    assert {run.batch_size for run in experiment.runs} == {1}
    assert experiment.epochs == defaults.default_epochs(FOUR, 0.01)


@pytest.mark.parametrize(("dataset", "model"), [("spirals", "mlp"), ("spirals", "logistic")])
def test_a_link_without_rates_is_no_dearer_where_it_asks_for_many_rows(dataset, model, monkeypatch):
    seen = []

    def noted(name):
        inner = getattr(defaults, name)

        def call(asked, *more, **other):
            seen.append(getattr(asked, "problem", asked).n_samples)
            return inner(asked, *more, **other)

        monkeypatch.setattr(defaults, name, call)

    noted("sharpness")
    noted("train")
    many = replace(gd.DATASETS[dataset], n_samples=10_000, seed=71)
    made = gd.default_experiment(many, gd.MODELS[model])
    assert seen == [defaults.FEW_ROWS]
    assert made.problem.n_samples == 10_000


def test_where_nothing_bends_a_step_is_a_twenty_fifth_of_the_way_to_the_middle():
    """From (-3, 2) that is 0.12, about 0.1, and the slope is 5."""
    plain, momentum, adam = default_race(gd.Expression("3*x + 4*y")).runs
    assert plain.optimizer.lr == momentum.optimizer.lr == 0.1 / 5
    assert adam.optimizer.lr == 0.1


def test_where_no_rate_leads_down_the_tenth_is_taken_each_a_quarter_of_the_one_before():
    """On a plain without any slope the first would be 0.1 over a millionth."""
    plain, momentum, _ = default_race(gd.Expression("0*x")).runs
    assert plain.optimizer.lr == momentum.optimizer.lr == float(f"{0.1 / 1e-6 / 4**9:.0e}")


def test_on_a_network_all_rows_take_longer_steps_and_single_rows_shorter_ones():
    race = gd.default_experiment(gd.DATASETS["moons"], gd.MODELS["mlp"])
    rate = defaults.default_rate(race.problem)
    taken = {run.batch_size: run.optimizer.lr for run in race.runs}
    assert taken == {
        size: defaults.rounded(factor * rate)
        for size, factor in zip((None, 10, 1), defaults.SPREAD, strict=True)
    }
    assert taken[None] > taken[10] > taken[1]


def test_of_large_networks_the_trace_at_the_start_is_measured_well_enough():
    model = replace(gd.MODELS["mlp"], hidden=(6, 6))
    fit = gd.Fit(gd.DATASETS["moons"], model, standardize=True)
    assert fit.n_params > defaults.PROBES
    bends = np.linalg.eigvalsh(fit.hessian(fit.usual))
    exact = min(0.25 / bends[-1], 0.6 / max(bends.sum(), bends[-1]))
    assert defaults.default_rate(fit) == pytest.approx(exact, rel=0.5)
    assert (fit.features, fit.standardize) == ("linear", True)


def test_on_a_network_whose_loss_has_no_smallest_bend_epochs_are_bounded_by_rows_alone():
    moons = gd.DATASETS["moons"]
    for rows, epochs in ((200, 30), (1000, 20), (10_000, 5)):
        fit = gd.Fit(replace(moons, n_samples=rows), gd.MODELS["mlp"])
        assert defaults.default_epochs(fit, 0.5) == epochs


@pytest.mark.parametrize(
    ("losses", "down"),
    [((5.0, 1.0, 3.0), True), ((5.0, 9.0, 6.0), False), ((5.0, 9.0, 5.0), False)],
)
def test_a_run_gets_down_that_ends_below_its_start(losses, down):
    assert defaults._gets_down(SimpleNamespace(loss=np.array([losses]))) == down


def test_a_networks_rate_follows_from_its_hessian_of_many_parameters_about():
    for hidden, close in (((3,), 0), ((4,), 0), ((5,), 0), ((6,), 0), ((7,), 0), ((8, 8), 0.3)):
        model = replace(gd.MODELS["mlp"], hidden=hidden, activation="relu")
        fit = gd.Fit(gd.DATASETS["iris"], model, standardize=True)
        assert (fit.n_params > defaults.PROBES) == (close > 0)
        hessian = fit.hessian(fit.usual)
        largest = np.linalg.eigvalsh(hessian)[-1]
        rate = defaults.rounded(min(0.25 / largest, 0.6 / max(largest, np.trace(hessian))))
        assert defaults._rate_at_start(fit) == pytest.approx(rate, rel=close, abs=0)
