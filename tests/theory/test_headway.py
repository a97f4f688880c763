"""Who hardly moves: what is said without a run is what runs do."""

from dataclasses import replace

import pytest

import gdplay as gd
from gdplay.experiment import start_of
from gdplay.optimizers import Optimizer
from gdplay.theory.headway import HARDLY, slow_until

LINE = gd.default_experiment()


def rate_of(experiment: gd.Experiment, rule: Optimizer) -> float:
    return slow_until(experiment.problem, rule, [start_of(experiment).tolist()], experiment.epochs)


def share(experiment: gd.Experiment, rule: Optimizer) -> float:
    """Return the share of the way to the minimum that a run over all rows makes."""
    (trace,) = gd.train(replace(experiment, runs=(gd.Run(rule),)))
    minimum = experiment.problem.minimum()
    least = 0.0 if minimum is None else float(experiment.problem.loss(minimum))
    first, last = trace.loss[0, [0, -1]]
    return float((first - last) / (first - least))


@pytest.mark.parametrize("name", ["line", "ravine", "diabetes"])
@pytest.mark.parametrize(
    "rule", [gd.SGD(), gd.Momentum(), gd.Nesterov(), gd.Momentum(beta=0.999)], ids=repr
)
def test_for_least_squares_it_is_exact(name: str, rule: Optimizer) -> None:
    experiment = gd.default_experiment(gd.DATASETS[name])
    rate = rate_of(experiment, rule)
    assert share(experiment, replace(rule, lr=rate)) == pytest.approx(HARDLY, rel=1e-6)


@pytest.mark.parametrize("name", ["moons", "iris", "breast_cancer", "circles"])
def test_on_log_losses_no_more_is_made_and_not_much_less(name: str) -> None:
    experiment = gd.default_experiment(gd.DATASETS[name])
    rate = rate_of(experiment, gd.SGD())
    assert 0.7 * HARDLY < share(experiment, gd.SGD(lr=rate)) <= HARDLY


def test_it_is_of_the_start_that_gets_on_best_and_of_all_updates() -> None:
    start = start_of(LINE).tolist()
    minimum = LINE.problem.minimum()
    assert minimum is not None
    near = [float(minimum[0]), float(minimum[1]) + 1]
    alone = [slow_until(LINE.problem, gd.SGD(), [each], 30) for each in (start, near)]
    assert alone[0] != alone[1]
    assert slow_until(LINE.problem, gd.SGD(), [start, near], 30) == min(alone)
    assert slow_until(LINE.problem, gd.SGD(), [start], 300) < alone[0]


def test_where_even_the_quickest_rate_gets_nowhere_all_rates_are_slow() -> None:
    bowl = gd.Expression("500*x^2 + 0.0001*y^2")
    assert slow_until(bowl, gd.SGD(), [(0.0, 3.0)], 2) == pytest.approx(1e-3)  # half of 2/L


def test_nothing_is_said_where_nothing_follows() -> None:
    assert slow_until(gd.SURFACES["himmelblau"], gd.SGD(), [(0.0, 0.0)], 9) == 0
    moons = gd.default_experiment(gd.DATASETS["moons"])
    assert rate_of(moons, gd.Momentum()) == 0
    assert rate_of(LINE, gd.Adam()) == 0
    assert rate_of(replace(LINE, epochs=2001), gd.Momentum()) == 0
    minimum = LINE.problem.minimum()
    assert minimum is not None
    assert slow_until(LINE.problem, gd.SGD(), [minimum.tolist()], 9) == 0
    flat = gd.Expression("x + y")
    assert slow_until(flat, gd.SGD(), [(1.0, 1.0)], 9) == 0
