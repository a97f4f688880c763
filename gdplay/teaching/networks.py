"""Small networks worth a look: on any data set, and what they do in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gdplay.datasets import DATASETS, DataSet
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, labels
from gdplay.loss.fit import DEGREES, Fit, n_columns
from gdplay.loss.models import MAX_PARAMS, MODELS, Network, as_network
from gdplay.loss.problem import Problem
from gdplay.optimizers import SGD
from gdplay.own_rows.table import Table
from gdplay.teaching.defaults import default_fit, default_rate, rounded
from gdplay.teaching.exchange import suited
from gdplay.teaching.lead import NUMBERS, Lead
from gdplay.theory.input_plane import input_plane
from gdplay.theory.measures import final_params, recorded
from gdplay.theory.units import unit_counts
from gdplay.words import joined, number, percent, quantity

FIRST = "moons"


def is_network(problem: Problem) -> bool:
    """Whether a problem is a network on data."""
    return isinstance(problem, Fit) and as_network(problem.model) is not None


class Usual(NamedTuple):
    """What a data set is shown with at first."""

    hidden: tuple[int, ...] = (8,)
    activation: str = "tanh"
    lr: float = 0.3
    sizes: tuple[int | None, ...] = (None, 16, 1)
    epochs: int = 60
    """Layout: what most data sets are shown with."""


USUAL = {
    # Its targets are far from zero: ReLU. Few rows and epochs, else two runs end at one place.
    "ravine": Usual(activation="relu", lr=0.02, sizes=(None, 4, 1), epochs=15),
    "spirals": Usual((16, 16), sizes=(None, 16, 4), epochs=150),
    "digits": Usual((10,), sizes=(None, 64, 16), epochs=20),
}
"""Layout: what data sets are shown with that are not learned as the others are."""


def default_networks(dataset: DataSet | None = None) -> Experiment:
    """Return three variants that train one network from one start."""
    dataset = dataset or DATASETS[FIRST]
    # The rate follows from the rows where nothing is known of the size of their targets.
    measured = isinstance(dataset, Table) or (not dataset.n_classes and dataset.n_features > 2)
    usual = _measured(dataset) if measured else USUAL.get(dataset.key, Usual())
    looks: dict[str, Any] = {"hidden": usual.hidden, "activation": usual.activation}
    model, held = replace(MODELS["mlp"], **looks), _held_out(dataset)
    fit = Fit(dataset, model, standardize=True, test_size=held)
    runs = tuple(Run(SGD(lr=usual.lr), batch_size=size) for size in usual.sizes)
    return Experiment(fit, runs, epochs=usual.epochs)


def on_dataset(old: Experiment, dataset: DataSet) -> Experiment:
    """Return the same network and runs on another data set, its own where nobody changed them.

    Raises
    ------
    ValueError
        Where it makes a network of too many parameters.
    """
    fit = old.problem
    assert isinstance(fit, Fit)
    if old == default_networks(DATASETS.get(fit.dataset.key, fit.dataset)):
        return default_networks(dataset)
    held = min(fit.test_size, _held_out(dataset))
    fit = replace(fit, dataset=dataset, objective=None, test_size=held)
    return replace(old, problem=fit, runs=suited(old.runs, fit), start=None)


def _measured(dataset: DataSet) -> Usual:
    """Return what rows are shown with at a rate that suits their targets, however large.

    Targets far from zero drive units of tanh to the ends of their range at any rate, before the
    output's bias gets there: of numbers they are ReLU.
    """
    activation = Usual().activation if dataset.n_classes else "relu"
    looks: dict[str, Any] = {"hidden": Usual().hidden, "activation": activation}
    lr = default_rate(default_fit(dataset, replace(MODELS["mlp"], **looks)))
    if not dataset.n_classes:
        lr = rounded(lr / GROWN)
    few = len(dataset.load().X) < FEW
    return Usual(activation=activation, lr=lr, sizes=(None, 2 if few else 16, 1))


GROWN = 4
"""As many times as at the start is a loss curved, about, once ReLU units reach large targets."""


FEW = 30
"""Of fewer rows none is held out."""


def _held_out(dataset: DataSet) -> float:
    """Return the share of the rows that a network is tested on."""
    return 0.0 if len(dataset.load().X) < FEW else 0.3


# What cannot be had


def too_large(fit: Fit, model: Network) -> str:
    """Return that a network would have too many parameters on a fit's columns; "" where not."""
    columns, n_params = fit.X.shape[1], model.n_params(fit.X.shape[1], fit.n_classes)
    if n_params <= MAX_PARAMS:
        return ""
    return (
        f"On {quantity(columns, 'column')} these layers would have {quantity(n_params)} "
        f"parameters: at most {quantity(MAX_PARAMS)} are trained, so they stay as they were."
    )


def no_degrees(fit: Fit, degrees: Iterable[str]) -> dict[str, int]:
    """Return those degrees of the inputs that a network cannot take, and the columns they make."""
    made = {name: n_columns(fit.dataset.n_features, name) for name in degrees}
    return {name: count for name, count in made.items() if not _takes(fit, name, count)}


def _takes(fit: Fit, features: str, count: int) -> bool:
    model = as_network(fit.model)
    assert model is not None
    try:
        replace(fit, features=features)
    except ValueError:
        return False
    return model.n_params(count, fit.n_classes) <= MAX_PARAMS


def degree_words(fit: Fit, missing: Mapping[str, int]) -> str:
    """Return that degrees are not on offer, and why, in a sentence; "" where none is missing."""
    if not missing:
        return ""
    many = len(missing) > 1
    degrees = joined([str(DEGREES[name]) for name in missing])
    counts = joined([quantity(count) for count in missing.values()])
    return (
        f"Degree{'s' * many} {degrees} {'are' if many else 'is'} not on offer: of "
        f"{quantity(fit.dataset.n_features)} columns {'they' if many else 'it'} would make "
        f"{counts}, more than this network can take."
    )


# Words


TITLES = {"relu": "ReLU"}
"""Of activations whose name is more than a word."""


def in_short(fit: Fit) -> str:
    """Return a network's sizes and activation, "2-8-1, tanh"."""
    model = as_network(fit.model)
    assert model is not None
    sizes = model.wiring(fit.X.shape[1], fit.n_classes).sizes
    return f"{'-'.join(map(str, sizes))}, {TITLES.get(model.activation, model.activation)}"


def lead(experiment: Experiment, *, on_surface: bool = False) -> Lead:
    """Return what networks learn, how the picture is read, and what to look for.

    The picture is a network, or the loss surface with the runs on it.
    """
    fit, runs = experiment.problem, experiment.runs
    assert isinstance(fit, Fit)
    ways = f", {NUMBERS[len(runs)]} ways to train it" if len(runs) > 1 else ""
    words = f"{_units(fit)} {_lines(fit)} Press **Play** and watch them take shape."
    if on_surface:
        words = (
            f"Each place is a network of its own, on a slice of all {fit.n_params} parameters: its "
            "height is the loss over all rows. Press **Play** and watch the runs walk on it."
        )
    return Lead(f"{fit.dataset.title}: one network{ways}", words)


def _units(fit: Fit) -> str:
    """Say what the squares of units show."""
    n_features = fit.dataset.n_features
    over = "a flat map of all rows" if n_features > 2 else "the plane"
    if not diagram_folds(fit):
        if n_features == 1:
            return "A square is a unit: the curve in it is the unit’s output along the column."
        return f"A square is a unit: its output over {over}, violet below zero, olive above."
    seen = "pixels" if fit.dataset.image else "inputs"
    return (
        f"The first units show which {seen} they look at: olive counts for a unit, violet against "
        f"it. The other squares show outputs over {over}."
    )


def _lines(fit: Fit) -> str:
    """Say what the lines between units are."""
    if fit.dataset.n_features == 1:
        return "A line is a weight, violet below zero, olive above: the wider, the further from it."
    if diagram_folds(fit):
        return "A coloured line is a weight: the wider, the further from zero."
    return "A line is a weight, in the same colours: the wider, the further from zero."


MOST_CLASSES = 5
"""Layout: so many classes have a tint of their own, and regions on a plane."""

MOST_INPUTS = 16
"""Layout: more inputs than this stand in one square."""


def diagram_folds(fit: Fit) -> bool:
    """Whether inputs are too many for a square each, and first units show their weights."""
    return bool(fit.X.shape[1] > MOST_INPUTS)


def network_words(
    experiment: Experiment, traces: Sequence[Trace], shown: Collection[int]
) -> list[str]:
    """Return sentences on the network that ends lowest, on units that cannot learn, on starts."""
    fit = experiment.problem
    assert isinstance(fit, Fit)
    lines = [_lowest(experiment, fit, traces, shown), _plane(fit), _start(fit, traces)]
    lines += _ends(experiment, fit, traces, shown)
    lines += [_lucky(experiment, fit, traces, place) for place in shown]
    return [line for line in lines if line]


def _lowest(
    experiment: Experiment, fit: Fit, traces: Sequence[Trace], shown: Collection[int]
) -> str:
    """Say which network ends lowest, and how it does on rows that it was not trained on."""
    ends = {place: float(traces[place].loss[0, -1]) for place in shown}
    ends = {place: loss for place, loss in ends.items() if np.isfinite(loss)}
    if not ends:
        return ""
    place = min(ends, key=ends.__getitem__)
    params, held_out = final_params(traces[place]), fit.test_loss(final_params(traces[place]))
    parts = [f"training loss {number(ends[place])}"]
    parts += [] if held_out is None else [f"test loss {number(float(held_out))}"]
    if fit.n_classes:
        parts.append(f"{percent(float(fit.accuracy(params)))} of the training rows right")
        if held_out is not None:
            parts.append(f"{percent(float(fit.accuracy(params, test=True)))} of those held out")
    who = f"**{labels(experiment)[place]}** ends{' lowest' * (len(ends) > 1)}"
    several = experiment.n_seeds > 1
    which = f", from the first of {quantity(experiment.n_seeds, 'start')}" * several
    told = f"{who}{which}: {', '.join(parts)}."
    return f"{told}{_best_held_out(experiment, fit, traces, ends, place)}"


def _best_held_out(
    experiment: Experiment, fit: Fit, traces: Sequence[Trace], ends: Collection[int], place: int
) -> str:
    """Say which run does best on rows that none was trained on, where that is another one."""
    tests = {each: fit.test_loss(final_params(traces[each])) for each in ends}
    losses = {each: float(loss) for each, loss in tests.items() if loss is not None}
    best = min(losses, key=losses.__getitem__, default=place)
    if best == place or losses[best] == losses[place]:
        return ""
    return (
        f" On the rows held out **{labels(experiment)[best]}** ends lower: at a test loss of "
        f"{number(losses[best])}."
    )


def _plane(fit: Fit) -> str:
    """Say which plane a network on more than two columns is drawn on, and how rows stand there."""
    if fit.dataset.n_features <= 2:
        return ""
    words = (
        "The plane runs through the mean row along the two directions in which the rows spread "
        f"most: {percent(input_plane(fit).share)} of their variance."
    )
    if not fit.n_classes or fit.n_classes > MOST_CLASSES:
        return words
    return (
        f"{words} Where rows are drawn on it they are projected: what the network says of a row "
        "may differ from the region under it, so the rows that it gets wrong have a ring."
    )


def _start(fit: Fit, traces: Sequence[Trace]) -> str:
    """Say which units are in trouble before the first update."""
    words = unit_counts(fit, traces[0].params[0, 0]).words
    return f"At the start: {words}" if words else ""


def _ends(
    experiment: Experiment, fit: Fit, traces: Sequence[Trace], shown: Collection[int]
) -> list[str]:
    """Say which units of networks are in trouble at their ends: of those alike at once."""
    alike: dict[tuple[str, bool], list[str]] = {}
    for place in shown:
        told = _end(fit, traces[place])
        if told[0]:
            alike.setdefault(told, []).append(f"**{labels(experiment)[place]}**")
    return [_whose(names, words, lost=lost) for (words, lost), names in alike.items()]


def _whose(names: Sequence[str], words: str, *, lost: bool) -> str:
    if len(names) == 1:
        when = ", while its numbers were still finite" if lost else " at its end"
    else:
        when = ", while their numbers were still finite, each" if lost else ", each at its end"
    return f"{joined(names)}{when}: {words}"


def _end(fit: Fit, trace: Trace) -> tuple[str, bool]:
    """Return which units of a run's network are in trouble at its end, and whether it was lost."""
    if trace.status[0] is Status.DIVERGED:
        with np.errstate(all="ignore"):  # the last finite state may be as large as numbers get
            lost = unit_counts(fit, recorded(trace)[1][-1])
        return lost.words if lost.exploding.any() else "", True
    return unit_counts(fit, final_params(trace)).words, False


def _lucky(experiment: Experiment, fit: Fit, traces: Sequence[Trace], place: int) -> str:
    """Say how much the start alone decides, where there are several."""
    if experiment.n_seeds == 1:
        return ""
    if not fit.n_classes:
        return _lucky_loss(experiment, traces, place)
    right = fit.accuracy(traces[place].params[:, -1])
    right = np.where(np.isfinite(right), right, 0.0)
    return (
        f"**{labels(experiment)[place]}**, from {experiment.n_seeds} starts: at its end it has "
        f"{percent(right.min())} to {percent(right.max())} of the training rows right."
    )


UNLUCKY = 2.0
"""Where the highest loss is so many times the lowest, the start decides much."""


def _lucky_loss(experiment: Experiment, traces: Sequence[Trace], place: int) -> str:
    """Say how far apart the last losses of several starts are, if that is far."""
    ends = traces[place].loss[:, -1]
    finite = ends[np.isfinite(ends)]
    if not len(finite) or finite.max() < UNLUCKY * finite.min():
        return ""
    return (
        f"**{labels(experiment)[place]}**, from {experiment.n_seeds} starts: it ends at a training "
        f"loss of {number(float(finite.min()))} to {number(float(finite.max()))}."
    )
