"""Small networks worth a look, and what is said of them."""

from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.engine.training import Status
from gdplay.experiment import labels, start_of
from gdplay.teaching.defaults import default_fit, default_rate
from gdplay.teaching.networks import (
    default_networks,
    in_short,
    is_network,
    lead,
    network_words,
    on_dataset,
)
from gdplay.theory.landscape import plane_of
from gdplay.theory.units import unit_counts
from gdplay.words import number, percent
from tests import trained

HOME = default_networks()


def with_model(experiment=HOME, epochs=1, **changes):
    fit = experiment.problem
    model = replace(fit.model, **changes)
    return replace(experiment, problem=replace(fit, model=model), start=None, epochs=epochs)


def words(experiment, shown=None):
    places = range(len(experiment.runs)) if shown is None else shown
    return " ".join(network_words(experiment, trained(experiment), places))


@pytest.mark.parametrize("name", gd.DATASETS)
def test_the_first_network_learns_every_data_set_and_loses_no_run(name):
    experiment = replace(default_networks(gd.DATASETS[name]), epochs=5)
    assert is_network(experiment.problem)
    for trace in gd.train(experiment):
        assert Status.DIVERGED not in trace.status
        assert trace.loss[0, -1] < trace.loss[0, 0]


@pytest.mark.parametrize("name", ["ravine", "line", "moons"])
def test_batch_ends_where_no_other_run_ends(name):
    """Far enough apart to be seen on the plane through the paths."""
    experiment = default_networks(gd.DATASETS[name])
    traces = trained(experiment)
    plane = plane_of(experiment, traces)
    spots = [(trace.path - plane.origin) @ plane.dual.T for trace in traces]
    size = np.ptp(np.concatenate(spots), axis=0)
    batch, *others = (path[-1] / size for path in spots)
    assert min(np.linalg.norm(batch - other) for other in others) > 0.2


@pytest.mark.parametrize("name", ["diabetes", "linnerud"])
def test_far_targets_are_learned_by_units_that_still_learn(name):
    experiment = default_networks(gd.DATASETS[name])
    fit = experiment.problem
    for trace in trained(experiment):
        assert trace.loss[0, -1] < 0.4 * trace.loss[0, 0]
        ends = unit_counts(fit, trace.params[0, -1])
        assert ends.saturated.sum() == ends.exploding.sum() == 0
        assert ends.dead.sum() < 4
    lowest = min(trace.loss[0, -1] for trace in trained(experiment))
    assert lowest < 0.8 * fit.y.var() / 2  # of the mean alone
    assert "Saturated" not in words(experiment)


def test_the_rate_of_own_rows_is_that_of_the_network_shown():
    wide = gd.Table(np.random.default_rng(0).normal(size=(12, 400)), ["a", "b", "c"] * 4)
    assert default_networks(wide).problem.model.hidden == (8,)  # of 16 units it had too many
    beyond = gd.Table(np.ones((12, 700)) * np.arange(12)[:, None], ["a", "b", "c"] * 4)
    with pytest.raises(ValueError, match="at most 5000 parameters"):
        on_dataset(HOME, beyond)


def test_another_data_set_keeps_what_was_changed_and_else_has_its_own():
    spirals = gd.DATASETS["spirals"]
    assert on_dataset(HOME, spirals) == default_networks(spirals) != HOME
    mine = with_model(epochs=7, hidden=(3, 2), activation="relu")
    there = on_dataset(mine, gd.DATASETS["polynomial"])
    assert there.problem.model == mine.problem.model
    assert (there.runs, there.epochs) == (mine.runs, 7)
    assert there.problem.objective == "half_mse"


def test_only_networks_on_data_are_networks():
    assert not is_network(gd.default_experiment().problem)
    assert not is_network(gd.SURFACES["bowl"])


def test_the_head_says_how_many_ways_there_are_and_how_the_picture_is_read():
    assert in_short(HOME.problem) == "2-8-1, tanh"
    assert in_short(with_model(activation="relu").problem) == "2-8-1, ReLU"
    assert in_short(default_networks(gd.DATASETS["wine"]).problem) == "13-8-3, tanh"
    title, text = lead(HOME)
    assert title == "Moons: one network, three ways to train it"
    assert "over the plane" in text
    alone = replace(default_networks(gd.DATASETS["polynomial"]), runs=HOME.runs[:1])
    assert lead(alone).title == "Parabola: one network"
    assert "the curve in it is the unit’s output along the column" in lead(alone).words


def test_the_lowest_is_named_with_its_losses_and_the_rows_it_has_right():
    fit, traces = HOME.problem, trained(HOME)
    ends = [trace.loss[0, -1] for trace in traces]
    place = int(np.argmin(ends))
    params = traces[place].params[0, -1]
    told = words(HOME)
    assert f"**{labels(HOME)[place]}** ends lowest: " in told
    assert f"training loss {ends[place]:.3g}" in told
    assert f"{percent(float(fit.accuracy(params)))} of the training rows right" in told
    assert f"{percent(float(fit.accuracy(params, test=True)))} of those held out" in told
    assert "lowest" not in words(HOME, [0])


def test_where_another_run_does_best_on_rows_held_out_it_is_named():
    told = set()
    for key in ("wine", "moons", "iris"):
        home = default_networks(gd.DATASETS[key])
        fit, traces = home.problem, trained(home)
        lowest = int(np.argmin([trace.loss[0, -1] for trace in traces]))
        tests = [float(fit.test_loss(trace.params[0, -1])) for trace in traces]
        best = int(np.argmin(tests))
        says = f"On the rows held out **{labels(home)[best]}** ends lower: at a test loss of"
        assert (says in words(home)) == (best != lowest)
        told.add(best != lowest)
    assert True in told


def test_dead_units_are_counted_and_so_is_a_saturated_start():
    relu = with_model(activation="relu")
    start = np.zeros(relu.problem.n_params)
    weights, biases = relu.problem.model.layers(start, 2)[0]
    weights[...], biases[:] = 0.01, [-5.0] * 3 + [1.0] * 5  # three say nothing on any row
    told = words(replace(relu, start=tuple(start), runs=relu.runs[:1]))
    assert "**Batch** at its end: **Dead**: 3 of 8 units in hidden layer 1" in told
    twins = words(replace(relu, start=tuple(start), runs=relu.runs[:1] * 2))
    assert "**Batch #1** and **Batch #2**, each at its end: **Dead**: 3 of 8" in twins
    assert "Saturated" not in told
    loud = with_model()
    far = tuple(50 * loud.problem.drawn_start(0, 0))
    assert "At the start: **Saturated**: 8 of 8 units" in words(replace(loud, start=far))
    assert "aturated" not in words(loud)


def test_with_several_starts_the_best_and_the_worst_are_told():
    several = replace(HOME, n_seeds=3, epochs=2, runs=HOME.runs[:1])
    right = several.problem.accuracy(trained(several)[0].params[:, -1])
    assert (
        f"it has {percent(right.min())} to {percent(right.max())} of the training rows right"
        in words(several)
    )
    assert "from 3 starts" in words(several)
    assert "ends, from the first of 3 starts: training loss" in words(several)
    assert "from 2 starts" in words(replace(several, n_seeds=2))
    (trace,) = trained(several)
    gone = trace.params.copy()
    gone[1, -1] = np.nan
    (told,) = [
        text for text in network_words(several, [replace(trace, params=gone)], [0])
        if ", from 3 starts: " in text
    ]  # fmt: skip
    assert " at its end it has 0 % to " in told
    line = default_networks(gd.DATASETS["line"])
    alike = replace(line, n_seeds=3, epochs=2, runs=line.runs[:1])
    assert "from 3 starts" not in words(replace(alike, start=tuple(start_of(alike).tolist())))
    apart = replace(gd.DATASETS["polynomial"], n_samples=30)
    apart = with_model(default_networks(apart), hidden=(2,), activation="relu", epochs=80)
    apart = replace(apart, n_seeds=6, runs=apart.runs[1:2])
    ends = trained(apart)[0].loss[:, -1]
    assert ends.max() > 2 * ends.min()
    span = f"it ends at a training loss of {number(ends.min())} to {number(ends.max())}."
    assert f"from 6 starts: {span}" in words(apart)


def test_of_a_lost_run_units_that_explode_are_counted_while_its_numbers_are_finite():
    line = gd.Fit(gd.DATASETS["line"], gd.MODELS["mlp"], standardize=True)
    wild = gd.Experiment(line, (gd.Run(gd.SGD(lr=0.9)), gd.Run(gd.SGD(lr=0.01))), epochs=40)
    wild = with_model(wild, hidden=(8, 8), activation="linear", epochs=40)
    lost, calm = trained(wild)
    assert lost.status[0] is Status.DIVERGED
    count = int(unit_counts(wild.problem, lost.path[-1]).exploding[1])
    assert count > 0
    told = words(wild)
    assert "**Batch, rate 0.9**, while its numbers were still finite: **Exploding**: " in told
    assert f"{count} of 8 units in hidden layer 2" in told
    assert words(replace(wild, runs=wild.runs[1:])).count("Exploding") == 0
    assert calm.status[0] is not Status.DIVERGED


def test_the_plane_is_told_where_there_are_more_columns_and_rings_where_rows_are_drawn():
    iris, digits = (replace(default_networks(gd.DATASETS[n]), epochs=1) for n in ("iris", "digits"))
    assert "A square is a unit: its output over a flat map of all rows" in lead(iris).words
    assert "The first units show which pixels they look at" in lead(digits).words
    assert "rows that it gets wrong have a ring" in words(iris)
    told = words(replace(digits, runs=digits.runs[:1]))
    assert "The plane runs through" in told
    assert "have a ring" not in told
    assert "The plane" not in words(HOME)


def test_from_thirty_rows_on_a_third_are_held_out_and_batches_hold_sixteen():
    draw = np.random.default_rng(0)
    for n, held, some in ((29, 0.0, 2), (30, 0.3, 16)):
        table = gd.Table(draw.normal(size=(n, 2)), draw.normal(size=n))
        found = default_networks(table)
        assert found.problem.test_size == held
        assert [run.batch_size for run in found.runs] == [None, some, 1]


def test_rows_that_lie_in_a_plane_or_along_a_line_are_told_by_its_colours_or_its_curve():
    assert lead(HOME).words.startswith(
        "A square is a unit: its output over the plane, violet below zero, olive above. "
        "A line is a weight, in the same colours: the wider, the further from zero. Press **Play**"
    )
    one = default_networks(gd.DATASETS["line"])
    assert "the unit’s output along the column. A line is a weight, violet below" in lead(one).words
    table = gd.Table(np.random.default_rng(0).normal(size=(12, 3)), np.arange(12.0))
    three = replace(default_networks(table), epochs=1)
    assert "A square is a unit: its output over a flat map of all rows" in lead(three).words
    told = words(three)
    assert told.count("The plane runs through the mean row along the two directions") == 1
    assert "have a ring" not in told  # there are no classes
    assert "Each place is a network of its own" in lead(HOME, on_surface=True).words


def test_only_rows_whose_targets_may_have_any_size_get_a_rate_that_follows_from_them():
    usual = {default_networks(gd.DATASETS[key]).runs[0].optimizer.lr for key in ("moons", "iris")}
    assert len(usual) == 1
    assert default_networks(gd.DATASETS["line"]).runs[0].optimizer.lr in usual
    sugar = default_networks(gd.DATASETS["diabetes"])
    assert (sugar.problem.model.activation, sugar.runs[0].optimizer.lr in usual) == ("relu", False)
    table = gd.DATASETS["moons"].load()
    own = default_networks(gd.Table(table.X, [f"class {label}" for label in table.y]))
    assert own.problem.model.activation == "tanh"
    assert own.runs[0].optimizer.lr == default_rate(
        default_fit(own.problem.dataset, own.problem.model)
    )


def test_units_at_the_start_are_those_before_the_first_update():
    loud = with_model()
    far = tuple(50 * loud.problem.drawn_start(0, 0))
    (trace, *others) = trained(replace(loud, start=far))
    params = trace.params.copy()
    params[0, 1:] = 0.0
    calmed = replace(trace, params=params, path=np.zeros_like(trace.path))
    told = network_words(loud, [calmed, *others], [0])
    assert "At the start: **Saturated**: 8 of 8 units" in " ".join(told)


@pytest.mark.parametrize(("ends", "told"), [((1.0, 2.5, np.inf), True), ((1.0, 1.9, 1.5), False)])
def test_starts_decide_much_where_the_highest_loss_is_twice_the_lowest(ends, told):
    line = replace(default_networks(gd.DATASETS["line"]), epochs=1, n_seeds=3)
    traces = trained(line)
    loss = traces[0].loss.copy()
    loss[:, -1] = ends
    words = network_words(line, [replace(traces[0], loss=loss)], [0])
    assert ("from 3 starts: it ends at a training loss of 1 to 2.5." in " ".join(words)) == told
