"""Named experiments, each with a claim that its test checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from gdplay.datasets import DATASETS
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, Run, start_of
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import OPTIMIZERS, SGD, Optimizer
from gdplay.registry import table
from gdplay.schedules import SCHEDULES
from gdplay.teaching.defaults import default_experiment, default_fit
from gdplay.teaching.makings import (
    arrival,
    excesses,
    last_excesses,
    line,
    plain,
    ravine,
)
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import (
    final_params,
    last_losses,
    reference,
    share_of_rises,
)

THREE, RATE, SHAPE, NOISE, BY_HAND = GROUPS = (
    "Batch, mini-batch, stochastic",
    "The learning rate",
    "The shape of the loss",
    "Rows and noise",
    "Small enough to check by hand",
)
"""What presets are about; a menu has them in this order."""


@dataclass(frozen=True)
class Preset:
    """An experiment worth a look: what it shows, and whether a run of it did show it.

    `group` is one of GROUPS. `look` names what a page draws, where that is not as on a first visit:
    `ground`, `metric`, `along`.
    """

    key: str
    title: str
    group: str
    claim: str
    build: Callable[[], Experiment]
    holds: Callable[[Experiment, Sequence[Trace]], bool]
    look: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Example(Preset):
    """A preset with one run on a function, small enough to be worked through by hand.

    Attributes
    ----------
    name : str
        What links to Worked examples hold; it never changes.
    heading : str
        Its title there.
    n_steps : int
        Updates worked through.
    about : str
        What happens there; true of these very numbers only.
    aside : str
        The same for the Guide; {} is the loss before the last update.
    """

    name: str = ""
    heading: str = ""
    n_steps: int = 1
    about: str = ""
    aside: str = ""

    @property
    def surface(self) -> Surface:
        """The function."""
        problem = self.build().problem
        assert isinstance(problem, Surface)
        return problem

    @property
    def start(self) -> tuple[float, float]:
        """Where the first update begins."""
        x, y = start_of(self.build()).tolist()
        return x, y

    @property
    def rule(self) -> Optimizer:
        """The rule with its numbers."""
        return self.build().runs[0].optimizer


EQUAL_UPDATES = 40
"""So many updates makes each run of the preset that compares equal numbers of them."""


def _placed(rate: float) -> float:
    """Return a rate that follows from the data as people read it: with three significant digits."""
    return float(f"{rate:.3g}")


def _equal_updates() -> Experiment:
    """Return a batch, a mini-batch and a smaller one with as many updates each."""
    n = default_experiment().problem.n_samples
    sizes = {size: EQUAL_UPDATES * size // n for size in (n, 20, 5)}
    return line(*(
        plain(0.1, None if size == n else size, epochs=epochs) for size, epochs in sizes.items()
    ))  # fmt: skip


def _too_large() -> Experiment:
    """Return three rates around 2/L on raw columns: one sees them swing across the bowl."""
    limit = curvature(line(Run(SGD()), standardize=False).problem).limit
    runs = (plain(_placed(factor * limit)) for factor in (0.45, 0.97, 1.05))
    return replace(line(*runs, standardize=False, epochs=12), start=(2.5, -3.0))


def _raw_ravine() -> Experiment:
    rate = _placed(0.9 * curvature(ravine(False, Run(SGD())).problem).limit)
    return ravine(False, plain(rate), plain(rate, 32))


def _adaptive() -> Experiment:
    raw = _raw_ravine()
    momentum = replace(OPTIMIZERS["momentum"], lr=raw.runs[0].optimizer.lr)
    return replace(raw, runs=(raw.runs[0], Run(momentum), Run(replace(OPTIMIZERS["adam"], lr=0.3))))


def _separable() -> Experiment:
    fit = replace(default_fit(DATASETS["wine"]), l2=0.0)
    return replace(default_experiment(DATASETS["wine"]), problem=fit)


def _right_rate() -> Experiment:
    limit = curvature(default_fit(DATASETS["line"])).limit
    right = _placed(limit / 3)
    return replace(default_experiment(), runs=(plain(right), plain(_placed(right / 10))), epochs=30)


def _rare_pixels() -> Experiment:
    fit = replace(default_fit(DATASETS["digits"]), standardize=False)
    runs = (plain(0.01), Run(replace(OPTIMIZERS["adagrad"], lr=0.01)))
    return Experiment(fit, runs, epochs=10)


def _valley(*runs: Run) -> Experiment:
    valley = SURFACES["valley"]
    return Experiment(valley, runs, start=valley.start, epochs=3)


# What claims are checked by


def _variants(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    batch, mini, single = (excess[1] for excess in excesses(experiment, traces))
    hovers = share_of_rises(last_losses(experiment.problem, traces[2])) > 0.3
    return bool(single < mini < batch) and hovers


def _same_updates(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    ends = [excess[-1] for excess in excesses(experiment, traces)]
    rows = [run.rows(experiment.problem.n_samples) for run in experiment.runs]
    same = all(trace.updates[-1] == EQUAL_UPDATES for trace in traces) and rows == [200, 20, 5]
    return same and bool(max(ends) < 3 * min(ends))


def _edge(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    low, below, above = (trace.loss[0] for trace in traces)
    minimum = reference(experiment, traces).params
    steepest = np.linalg.eigh(experiment.problem.hessian(minimum))[1][:, -1]
    side = np.sign((traces[1].params[0] - minimum) @ steepest)
    swings = bool(np.all(side[1:] == -side[:-1]))
    return swings and bool(low[-1] < below[-1] < below[0] and np.all(np.diff(above) > 0))


def _ten_times_slower(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    fast, slow, slowest = (arrival(experiment, traces, place) for place in range(3))
    return bool(fast and slow) and 8 < (slow or 0) / (fast or 1) < 12 and slowest is None


def _adaptive_wins(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    plain, momentum, adam = last_excesses(experiment, traces)
    share = experiment.runs[0].optimizer.lr / curvature(experiment.problem).limit
    return abs(share - 0.9) < 0.005 and adam < momentum < plain


def _sorting_hurts(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    shuffled, in_order = (excess[-20:] for excess in excesses(experiment, traces))
    return bool(in_order.min() > 10 * shuffled.mean())


def _short_batch(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    short, whole = last_excesses(experiment, traces)
    return experiment.problem.n_samples % 64 == 8 and short > 1.5 * whole


def _spread(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    ends = traces[0].loss[:, -1] - reference(experiment, traces).loss
    return len(ends) == 50 and bool(ends.max() > 10 * ends.min())


def _grows_for_ever(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    lengths = [np.linalg.norm(trace.params[0], axis=1) for trace in traces]
    grow = all(bool(np.all(np.diff(length) > 0)) for length in lengths)
    return experiment.problem.minimum() is None and grow


def _right(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    limit = curvature(experiment.problem).limit
    shares = [run.optimizer.lr / limit for run in experiment.runs]
    right, small = (arrival(experiment, traces, place) for place in range(2))
    falls = bool(np.all(np.diff(traces[0].loss[0]) < 0))
    return (
        np.allclose(shares, [1 / 3, 1 / 30], rtol=0.005) and bool(right) and small is None and falls
    )


def _rare_move_further(experiment: Experiment, traces: Sequence[Trace]) -> bool:
    fit = experiment.problem
    assert isinstance(fit, Fit)
    lit = np.mean(fit.X > 0, axis=0)
    rare = np.tile(np.concatenate([[False], (lit > 0) & (lit < 0.03)]), fit.n_classes)
    plain, adagrad = (np.abs(final_params(trace)[rare]).mean() for trace in traces)
    lower = traces[1].loss[0, -1] < min(traces[0].loss[0, -1], 0.5 * traces[1].loss[0, 0])
    return bool(adagrad > 10 * plain and lower)


def _accuracy(experiment: Experiment, trace: Trace) -> float:
    fit = experiment.problem
    return float(fit.accuracy(final_params(trace))) if isinstance(fit, Fit) else 0.0


def _losses_are(*losses: float) -> Callable[[Experiment, Sequence[Trace]], bool]:
    def hold(experiment: Experiment, traces: Sequence[Trace]) -> bool:
        history = traces[0].loss[0]
        return history.shape == (len(losses),) and np.allclose(history, losses, rtol=1e-14, atol=0)

    return hold


PRESETS = table(
    Preset(
        "variants",
        "The three variants",
        THREE,
        "After one epoch the stochastic run is nearest to the minimum and the batch run farthest "
        "from it; at the end the stochastic run is still hovering.",
        default_experiment,
        _variants,
    ),
    Preset(
        "per_update",
        "The same number of updates",
        THREE,
        f"After {EQUAL_UPDATES} updates each, all three are about equally far; but the batch run "
        "read 200 rows for every update, where the others read 20 and 5.",
        _equal_updates,
        _same_updates,
        {"along": "updates"},
    ),
    Preset(
        "too_large",
        "Too large a rate",
        RATE,
        "Just under 2/L full-batch descent still converges, swinging from side to side; just "
        "above, every step lands higher than the one before.",
        _too_large,
        _edge,
        {"ground": "map"},
    ),
    Preset(
        "too_small",
        "Too small a rate",
        RATE,
        "A rate ten times smaller needs about ten times the epochs; one a hundred times smaller "
        "does not arrive.",
        lambda: line(plain(0.2), plain(0.02), plain(0.002), epochs=150),
        _ten_times_slower,
    ),
    Preset(
        "zigzag",
        "Unequal steepness",
        SHAPE,
        "On raw columns the loss is a ravine: even at 0.9 of the largest stable rate the batch "
        "run has not arrived after 100 epochs.",
        _raw_ravine,
        lambda e, t: (
            e.epochs == 100 and curvature(e.problem).condition > 1000 and arrival(e, t, 0) is None
        ),
        {"ground": "map"},
    ),
    Preset(
        "standardised",
        "Standardised columns",
        SHAPE,
        "The same rows with standardised columns make a round bowl: the batch run arrives within "
        "the 100 epochs that were too few on raw columns.",
        lambda: ravine(True, plain(0.5), plain(0.1, 32)),
        lambda e, t: (
            e.epochs == 100 and curvature(e.problem).condition < 2 and bool(arrival(e, t, 0))
        ),
    ),
    Preset(
        "adaptive",
        "Why adaptive rules exist",
        SHAPE,
        "One feature is steep and another flat: with 0.9 of the plain step's largest stable rate, "
        "momentum ends lower than the plain step, and Adam, which gives every parameter a rate of "
        "its own, lower still.",
        _adaptive,
        _adaptive_wins,
        {"ground": "map"},
    ),
    Preset(
        "noise_ball",
        "Hovering, and what ends it",
        NOISE,
        "At a constant rate one-row descent hovers around the minimum; with a falling rate it "
        "settles.",
        lambda: line(
            plain(0.1, 1),
            plain(0.1, 1, schedule=SCHEDULES["inverse"]),
            epochs=20,
            n_seeds=20,
        ),
        lambda e, t: last_excesses(e, t)[1] < 0.1 * last_excesses(e, t)[0],
        {"metric": ("excess",)},
    ),
    Preset(
        "shuffling",
        "Shuffling is no detail",
        NOISE,
        "One-row descent over rows sorted by their target settles far above where the shuffled "
        "run hovers: the last rows of every epoch are all alike.",
        lambda: line(plain(0.1, 1), plain(0.1, 1, sampling="sorted by target")),
        _sorting_hurts,
        {"metric": ("excess",)},
    ),
    Preset(
        "replacement",
        "Drawing with replacement",
        NOISE,
        "Reshuffling, which uses each row once an epoch, is much quieter than drawing rows with "
        "replacement.",
        lambda: line(
            plain(0.02, 16),
            plain(0.02, 16, sampling="with replacement"),
            epochs=60,
            n_seeds=20,
        ),
        lambda e, t: last_excesses(e, t)[1] > 3 * last_excesses(e, t)[0],
        {"metric": ("excess",)},
    ),
    Preset(
        "last_batch",
        "The short last batch",
        NOISE,
        "200 rows in batches of 64 leave 8 rows over, whose noisy mean gets a full-size step: "
        "leaving them out ends lower.",
        lambda: line(plain(0.3, 64), plain(0.3, 64, drop_last=True), epochs=40, n_seeds=20),
        _short_batch,
        {"metric": ("excess",)},
    ),
    Preset(
        "seeds",
        "One run tells little",
        THREE,
        "The same one-row run over 50 orders of the rows: the worst ends with more than ten times "
        "the excess loss of the best.",
        lambda: line(plain(0.1, 1), epochs=5, n_seeds=50),
        _spread,
        {"metric": ("excess",)},
    ),
    Preset(
        "separable",
        "No minimum at all",
        SHAPE,
        "These classes can be separated, so larger weights are always better: the loss has no "
        "finite minimum, and the weights keep growing.",
        _separable,
        _grows_for_ever,
    ),
    Preset(
        "circles",
        "Features make the model",
        SHAPE,
        "With squares and products of its columns, logistic regression gets more than 90 % of a "
        "ring and its middle right.",
        lambda: default_experiment(DATASETS["circles"]),
        lambda e, t: _accuracy(e, t[2]) > 0.9,
    ),
    Preset(
        "digits",
        "650 parameters",
        THREE,
        "Ten kinds of handwritten digit, softmax regression, 650 parameters: the mini-batch and "
        "the stochastic run end with more than 95 % of the training rows classified rightly, the "
        "batch run with fewer.",
        lambda: default_experiment(DATASETS["digits"]),
        lambda e, t: (
            e.problem.n_params == 650
            and min(_accuracy(e, t[1]), _accuracy(e, t[2])) > 0.95 >= _accuracy(e, t[0])
        ),
    ),
    Preset(
        "right_rate",
        "The right rate",
        RATE,
        "At a third of 2/L every full-batch step lowers the loss, and the run arrives within its "
        "epochs; at a tenth of that rate it does not.",
        _right_rate,
        _right,
        {"ground": "map"},
    ),
    Preset(
        "printed_loss",
        "The loss that training prints",
        NOISE,
        "In the first epoch the running epoch mean is more than three times the training loss at "
        "its end: most of the batches came before the parameters were any good.",
        lambda: line(plain(0.3, 64), epochs=10),
        lambda e, t: bool(t[0].running_loss[0, 1] > 3 * t[0].loss[0, 1]),
        {"metric": ("loss", "running")},
    ),
    Preset(
        "stopping",
        "When to stop",
        RATE,
        "The full-batch run stops where its gradient is small; at constant rates the other two "
        "never get there.",
        lambda: line(plain(0.3), plain(0.3, 32), plain(0.1, 1), epochs=40, tol=2e-3),
        lambda e, t: (
            [trace.status[0] for trace in t]
            == [Status.CONVERGED, Status.EXHAUSTED, Status.EXHAUSTED]
        ),
        {"metric": ("gradient",)},
    ),
    Preset(
        "sparse",
        "Sparse features",
        SHAPE,
        "Some pixels are lit in fewer than 3 % of the digits: AdaGrad moves their weights over "
        "ten times as far as the plain step does, and its loss is lower.",
        _rare_pixels,
        _rare_move_further,
    ),
    Example(
        "bowl_step",
        "One step on a bowl",
        BY_HAND,
        "From (3, 4) on x² + y² one step of rate 0.1 leads to (2.4, 3.2): the loss falls from 25 "
        "to 16.",
        lambda: Experiment(SURFACES["bowl"], (plain(0.1),), start=(3.0, 4.0), epochs=1),
        lambda e, t: (
            _losses_are(25, 16)(e, t) and bool(np.allclose(t[0].params[0, 1], [2.4, 3.2], 1e-14))
        ),
        {"ground": "map"},
        name="bowl",
        heading="One step on a round bowl",
        about="The gradient points uphill, so the step goes the other way: 36 % of the loss is "
        "gone.",
        aside="One step takes 36 % off the loss.",
    ),
    Example(
        "valley_steps",
        "Three steps on an elongated bowl",
        BY_HAND,
        "From (4, 2) on w1² + 4 w2² at rate 0.1 the losses are 32, 10.88, 6.5792 and 4.195328.",
        lambda: _valley(plain(0.1)),
        _losses_are(32, 10.88, 6.5792, 4.195328),
        {"ground": "map"},
        name="valley",
        heading="An elongated bowl",
        n_steps=4,
        about="One rate for both: after 2 updates w2 has 4 % of its way left, w1 64 %. A lecture "
        "note with it prints 4.21 for the loss after 3: its arithmetic was rounded, 4.195328 is "
        "exact.",
        aside="A lecture note with this example prints 4.21 for the loss after 3 updates: its "
        "arithmetic was rounded. {} is exact.",
    ),
    Example(
        "valley_momentum",
        "Three steps with momentum",
        BY_HAND,
        "With momentum 0.9 and rate 0.05 the losses are 32, 18.72, 8.2944 and 8.444736: the third "
        "step overshoots.",
        lambda: _valley(Run(replace(OPTIMIZERS["momentum"], lr=0.05))),
        _losses_are(32, 18.72, 8.2944, 8.444736),
        {"ground": "map"},
        name="momentum",
        heading="The same with momentum",
        n_steps=4,
        about="The velocity carries w2 through its minimum and far beyond. A lecture note with it "
        "prints 8.43 for the loss after 3, from rounded parameters; 8.444736 is exact.",
        aside="A lecture note with this example prints 8.43 for the loss after 3 updates, from "
        "rounded parameters. {} is exact: the third step overshoots.",
    ),
)

EXAMPLES = MappingProxyType(
    {preset.name: preset for preset in PRESETS.values() if isinstance(preset, Example)}
)
"""The presets that can be worked through by hand, by their names."""
