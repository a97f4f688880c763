"""The first table: others' time over ours for the same work."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from time import perf_counter, process_time
from typing import Any

import numpy as np

import gdplay as gd
from benchmarks import rivals, together
from benchmarks.data import experiment, fit, told
from benchmarks.measure import Job, Row, apart
from benchmarks.together import Found, Trainer, Work
from gdplay.experiment import start_of
from gdplay.optimizers import Optimizer
from gdplay.optimizers.local import MOST_TRIES, Armijo
from gdplay.sampling import orders
from gdplay.studies.basins import Basins
from gdplay.words import quantity

GRID = 60


def ours(what: gd.Experiment) -> Callable[[], tuple[gd.Trace, ...]]:
    """Return a function that trains without recording paths."""
    return lambda: gd.train(what, record_path=False)


def one_by_one(what: gd.Experiment, rival: Callable[[float], rivals.Found], measured: int) -> Job:
    """Return the job of a rival that trains one rate after another, a few of them measured."""
    places = np.linspace(0, len(what.runs) - 1, measured).round().astype(int)
    rates = [what.runs[place].optimizer.lr for place in places]

    def difference(found: list[rivals.Found], traces: tuple[gd.Trace, ...]) -> float:
        return max(
            trained_apart(one, traces[place]) for one, place in zip(found, places, strict=True)
        )

    return Job(
        lambda: [rival(lr) for lr in rates], ours(what), len(what.runs) / measured, difference
    )


def trained_apart(found: rivals.Found, trace: gd.Trace) -> float:
    """Return how far a rival's run is from seed 0 of ours: last parameters, and losses if any."""
    params, losses = found
    by_loss = apart(trace.loss[0, 1:], losses) if len(losses) else 0.0
    return max(apart(trace.params[0, -1], params), by_loss)


def numpy_job(kind: str, batch_size: int | None, epochs: int, measured: int) -> Job:
    problem = fit(kind)
    what = experiment(problem, batch_size, epochs=epochs, sampling="reshuffle")
    X, y = problem.X, problem.y
    if batch_size is None:
        return one_by_one(
            what, lambda lr: rivals.numpy_full_batch(kind, X, y, lr, epochs), measured
        )

    def one(lr: float) -> rivals.Found:
        return rivals.numpy_loop(kind, X, y, lr, batch_size, shuffles(y, epochs))

    return one_by_one(what, one, measured)


def shuffles(y: np.ndarray, epochs: int):
    """Yield the orders of rows that seed 0 of ours takes, too."""
    return (order[0] for order in islice(orders("reshuffle", y, 0, 1), epochs))


def sklearn_job(
    rival: Callable[..., rivals.Found],
    kind: str,
    n_samples: int,
    *,
    runs: int,
    epochs: int,
    measured: int,
) -> Job:
    problem = fit(kind, n_samples)
    X, y = problem.X, problem.y
    what = experiment(problem, 1, runs=runs, epochs=epochs)
    return one_by_one(what, lambda lr: rival(kind, X, y, lr, epochs), measured)


def torch_job(rival: Callable[..., rivals.Found], batch_size: int, epochs: int) -> Job:
    problem = fit("linear")
    X, y = np.array(problem.X), np.array(problem.y)
    what = experiment(problem, batch_size, epochs=epochs)
    return one_by_one(what, lambda lr: rival(X, y, lr, batch_size, epochs), 1)


def network_job(runs: int, epochs: int, measured: int) -> Job:
    """Return the job of a 2-16-1 network on moons, ten rows an update, in order."""
    problem = gd.Fit(replace(gd.DATASETS["moons"], n_samples=250), gd.MODELS["mlp"])
    rates = np.linspace(0.05, 0.3, runs)
    what = gd.Experiment(
        problem,
        tuple(gd.Run(gd.SGD(lr=float(lr)), 10, sampling="in order") for lr in rates),
        epochs=epochs,
    )
    start = start_of(what)
    return one_by_one(
        what,
        lambda lr: rivals.torch_network(problem.X, problem.y, start, lr, 10, epochs),
        measured,
    )


def together_job(
    trainer: Callable[[Work], Trainer],
    kind: str,
    batch_size: int | None,
    epochs: int,
    *,
    runs: int = 100,
    rule: str = "sgd",
    compiled: bool = True,
) -> Job:
    """Return the job of a rival that trains all runs in one call, made by `trainer`."""
    problem = fit(kind, 1024)
    what = experiment(
        problem, batch_size, runs=runs, epochs=epochs, sampling="reshuffle", rule=rule
    )
    rates = np.array([run.optimizer.lr for run in what.runs])
    work = Work(kind, problem, rates, batch_size, epochs, rule)

    def difference(found: Found, traces: tuple[gd.Trace, ...]) -> float:
        return max(map(all_apart, zip(*found, strict=True), traces))

    return Job(trainer(work) if compiled else lambda: trainer(work)(), ours(what), 1, difference)


def all_apart(found: Found, trace: gd.Trace) -> float:
    """Return how far a rival's run is from ours, the mean losses of its batches included."""
    params, losses, running = found
    return max(trained_apart((params, losses), trace), apart(trace.running_loss[0, 1:], running))


def draw(problem: gd.Fit, size: int) -> Callable[[], gd.Landscape]:
    """Return a function that computes the loss around the minimum over the first two weights."""
    minimum, axes = problem.minimum(), np.eye(problem.n_params)[1:3]
    origin = np.where(axes.any(axis=0), 0, minimum)
    plane = gd.Plane(origin, axes, axes, problem.param_names[1:3])
    box = minimum[1:3] - 2, minimum[1:3] + 2
    return lambda: gd.landscape(problem, plane, box, size)


def surface_job(kind: str) -> Job:
    problem = fit(kind)
    ours = draw(problem, GRID)
    drawn = ours()
    at = drawn.plane.origin, drawn.plane.axes, drawn.x, drawn.y
    loops = partial(rivals.surface_loops, kind, problem.X, problem.y, *at)
    return Job(loops, ours, 1, lambda found, surface: apart(surface.loss, found))


def momentum_basins() -> Job:
    """Return the job of momentum from the starts of a grid."""
    rule = gd.Momentum(lr=0.005)

    def loop(starts: np.ndarray, updates: int) -> np.ndarray:
        return rivals.himmelblau_ends(starts, rule.lr, rule.beta, updates)

    return basins_job(gd.SURFACES["himmelblau"], rule, loop, measured=50)


def armijo_basins() -> Job:
    """Return the job of backtracking from the starts of a grid, on the slowest function."""
    rule = Armijo()

    def loop(starts: np.ndarray, updates: int) -> np.ndarray:
        return rivals.ackley_armijo_ends(starts, rule.lr, rule.shrink, rule.c, updates, MOST_TRIES)

    return basins_job(gd.SURFACES["ackley"], rule, loop, measured=50)


def basins_job(
    surface: gd.Surface,
    rule: Optimizer,
    loop_from: Callable[[np.ndarray, int], np.ndarray],
    measured: int,
) -> Job:
    """Return the job of a loop over the starts of a grid, some of them measured."""
    reading = gd.studies.basins(surface, rule)
    places = np.linspace(0, reading.reached.size - 1, measured).round().astype(int)
    starts = np.stack(np.meshgrid(reading.x, reading.y), axis=-1).reshape(-1, 2)[places]
    minima = np.array([minimum.place for minimum in reading.minima])

    def difference(ends: np.ndarray, ours: Basins) -> float:
        nearest = np.linalg.norm(ends[:, None] - minima, axis=2).argmin(axis=1)
        reached = ours.reached.ravel()[places]
        return float(np.mean((reached != nearest) & (reached >= 0)))

    def loop() -> np.ndarray:
        return loop_from(starts, reading.n_updates)

    times = reading.reached.size / measured
    return Job(loop, lambda: gd.studies.basins(surface, rule), times, difference)


def interactive_job(what: gd.Experiment) -> Job:
    """Return what the app does, paths recorded, against one plain loop over the one-row run."""
    problem, place = what.problem, len(what.runs) - 1
    lr = what.runs[place].optimizer.lr

    def loop() -> rivals.Found:
        steps = shuffles(problem.y, what.epochs)
        return rivals.numpy_loop("linear", problem.X, problem.y, lr, 1, steps, what.start)

    def difference(traces: tuple[gd.Trace, ...], found: rivals.Found) -> float:
        return trained_apart(found, traces[place])

    return Job(lambda: gd.train(what), loop, 1, difference)


def twenty_seeds() -> gd.Experiment:
    return replace(gd.default_experiment(), epochs=50, n_seeds=20)


def six_runs() -> gd.Experiment:
    what = gd.default_experiment(replace(gd.DATASETS["line"], n_samples=1000))
    run = what.runs[-1]
    sizes = (None, 512, 256, 128, 32, 1)
    return replace(what, runs=tuple(replace(run, batch_size=size) for size in sizes))


def _numpy_rows() -> list[Row]:
    jobs = [
        ("b1", "linear", 1, 2, 5, 20, 60),
        ("b32", "linear", 32, 20, 5, 6, 18),
        ("full-linear", "linear", None, 100, 10, 20, 150),
        ("full-logistic", "logistic", None, 50, 10, 2, 5),
    ]
    return [
        Row(
            f"numpy-{name}", "NumPy loop",
            told(kind, size, n_samples=1000, epochs=epochs, runs=100),
            partial(numpy_job, kind, size, epochs, measured), floor=floor, aim=aim,
        )
        for name, kind, size, epochs, measured, floor, aim in jobs
    ]  # fmt: skip


def _sklearn_rows() -> list[Row]:
    own, lean, whole = rivals.sklearn_partial_fit, rivals.sklearn_lean, rivals.sklearn_fit
    titles = {
        own: "scikit-learn partial_fit",
        lean: "the same, loss by NumPy",
        whole: "scikit-learn fit, no loss",
    }
    jobs: list[tuple[Any, ...]] = [
        ("partial-200", own, 200, 300, 20, 35, 80, 80),
        ("partial-1000", own, 1000, 300, 4, 6, 12, 40),
        ("partial-10000", own, 10_000, 300, 1, 1, 2, 8),
        ("lean-200", lean, 200, 300, 20, None, None, None),
        ("lean-1000", lean, 1000, 300, 4, None, None, None),
        ("lean-10000", lean, 10_000, 300, 1, None, None, None),
        ("fit-200", whole, 200, 100, 20, 0.3, 1, 1),
        ("fit-1000", whole, 1000, 100, 5, 0.3, 1, 1),
        ("fit-10000", whole, 10_000, 100, 1, None, None, None),
        ("few-1000", whole, 1000, 3, 5, None, None, None),
    ]
    return [
        Row(
            f"sklearn-{name}-{kind}", titles[rival],
            told(kind, 1, n_samples=n, epochs=epochs, runs=runs),
            partial(sklearn_job, rival, kind, n, runs=runs, epochs=epochs, measured=min(10, runs)),
            floor=floor, aim=aim, needs="sklearn",
        )
        for name, rival, n, runs, epochs, floor, *aims in jobs
        for kind, aim in zip(("linear", "logistic"), aims, strict=True)
    ]  # fmt: skip


def _torch_rows() -> list[Row]:
    jobs = [
        ("b1", "torch by hand", rivals.torch_by_hand, 1, 2, 40, 130),
        ("b32", "torch by hand", rivals.torch_by_hand, 32, 20, 15, 50),
        ("loader", "torch DataLoader", rivals.torch_data_loader, 32, 20, 200, 1000),
    ]
    return [
        Row(
            f"torch-{name}", label, told("linear", size, n_samples=1000, epochs=epochs, runs=100),
            partial(torch_job, rival, size, epochs), floor=floor, aim=aim, needs="torch",
        )
        for name, label, rival, size, epochs, floor, aim in jobs
    ]  # fmt: skip


def _network_rows() -> list[Row]:
    work = "network, B = 10, N = 250, {epochs} epochs, {runs}"
    return [
        Row(
            f"torch-network-{name}", "torch by hand",
            work.format(epochs=epochs, runs=quantity(runs, "run")),
            partial(network_job, runs, epochs, min(runs, 5)), floor=floor, needs="torch",
        )
        for name, runs, epochs, floor in (
            ("alone", 1, 8, 5), ("few", 10, 4, 20), ("many", 100, 2, 25),
        )
    ]  # fmt: skip


def _jax_rows() -> list[Row]:
    """JAX in its best form where something is promised, and once with its compilation."""
    warm, cold = "JAX, compiled", "JAX, compilation included"
    jobs = [
        ("b32", warm, "linear", 32, 20, 0.3, 1),
        ("full-logistic", warm, "logistic", None, 50, 1, 1.2),
        ("b1", warm, "linear", 1, 4, 0.05, 0.3),
        ("cold", cold, "linear", 32, 20, 1, 10),
    ]
    return [
        Row(
            f"jax-{name}", label, told(kind, size, n_samples=1024, epochs=epochs, runs=100),
            partial(
                together_job, together.jax_trainer, kind, size, epochs, compiled=label == warm
            ),
            floor=floor, aim=aim, needs="jax", tolerance=CLOSE,
            # The compiler has threads of its own, so that processor time would count too much.
            clock=process_time if label == warm else perf_counter,
        )
        for name, label, kind, size, epochs, floor, aim in jobs
    ]  # fmt: skip


CLOSE = 1e-10
"""How far those may be apart that train all runs in one call."""

SMALL = (("linear", 1, 4), ("linear", 32, 20), ("logistic", 1, 4), ("logistic", 32, 20))
FULL = (("linear", None, 200), ("logistic", None, 50))
LIMITED = (("linear", 1), ("linear", 32), ("logistic", None))
"""What JAX is promised something about, for a hundred runs."""

SEVERAL = (("softmax", 1, 2), ("softmax", 32, 10), ("softmax", None, 20))
RIVALS = (
    ("torch", "torch without autograd", together.torch_trainer, (*SMALL, *FULL)),
    ("numba", "numba, compiled", together.numba_trainer, (*SMALL, *FULL, *SEVERAL)),
    ("jax", "JAX, compiled", together.jax_trainer, (*SMALL[1:], *FULL, *SEVERAL)),
)
"""Who trains all runs in one call, and what: model, batch size and epochs."""


def _batched_rows() -> list[Row]:
    """Rivals in their best form, with few runs and with many; nothing is promised against them."""
    jobs = [
        (package, label, trainer, "sgd", *job, runs)
        for package, label, trainer, jobs in RIVALS
        for job in jobs
        for runs in (3, 100)
        if package != "jax" or runs == 3 or job[:2] not in LIMITED
    ]
    jobs += [
        (package, label, trainer, "adam", *SMALL[0], runs)
        for package, label, trainer, _ in RIVALS[1:]
        for runs in (3, 100)
    ]
    return [
        Row(
            f"{package}-batched-{rule}-{kind}-{size or 'full'}-{runs}", label,
            told(kind, size, n_samples=1024, epochs=epochs, runs=runs, rule=rule),
            partial(together_job, trainer, kind, size, epochs, runs=runs, rule=rule),
            needs=package, tolerance=CLOSE,
        )
        for package, label, trainer, rule, kind, size, epochs, runs in jobs
    ]  # fmt: skip


def compiling(trainer: Callable[[Work], Trainer], kind: str, batch_size: int | None) -> float:
    """Return how many of our trainings a rival's first call takes, which compiles."""
    job = together_job(trainer, kind, batch_size, 10, runs=100, compiled=False)

    def seconds(work: Callable[[], Any]) -> float:
        begin = perf_counter()
        work()
        return perf_counter() - begin

    return seconds(job.top) / min(seconds(job.bottom) for _ in range(5))


COMPILING = tuple(
    Row(
        f"compiling-{package}-{kind}-{size or 'full'}", label,
        told(kind, size, n_samples=1024, epochs=10, runs=100),
        partial(compiling, trainer, kind, size), needs=package,
    )
    for package, label, trainer, _ in RIVALS[1:]
    for kind, size in (("linear", 32), ("logistic", None), ("softmax", 32))
)  # fmt: skip
"""A first call over our time; the compiler has threads of its own, so the wall's clock counts."""


def _surface_rows() -> list[Row]:
    return [
        Row(
            f"surface-{kind}", "Two Python loops",
            f"surface of the {title}, {GRID} × {GRID}, N = 1000",
            partial(surface_job, kind), floor=floor, aim=aim,
        )
        for kind, title, floor, aim in (
            ("linear", "squared error", 250, 1000), ("logistic", "log loss", 8, 20),
        )
    ]  # fmt: skip


def _basins_rows() -> list[Row]:
    loop, starts = "A Python loop over starts", "2 500 starts × 200 updates of"
    plain = f"{starts} momentum on Himmelblau's function"
    searched = f"{starts} Armijo backtracking on Ackley's function"
    return [
        Row("basins-momentum", loop, plain, momentum_basins, floor=50, aim=80),
        Row("basins-armijo", loop, searched, armijo_basins, floor=10, aim=20),
    ]


ROWS = (
    *_numpy_rows(),
    *_sklearn_rows(),
    *_torch_rows(),
    *_network_rows(),
    *_jax_rows(),
    *_batched_rows(),
    *_surface_rows(),
    *_basins_rows(),
)
"""Others' time over ours; d = 10 throughout."""

INTERACTIVE = (
    Row(
        "interactive-seeds",
        "20 seeds",
        "the default experiment (batch, B = 32, B = 1), N = 200, 50 epochs",
        lambda: interactive_job(twenty_seeds()),
        ceiling=3,
    ),
    Row(
        "interactive-six",
        "Six runs",
        "N = 1000, B = N, 512, 256, 128, 32 and 1, 20 epochs, one seed",
        lambda: interactive_job(six_runs()),
        ceiling=2,
    ),
)
"""Our time, paths recorded, over that of one plain NumPy loop at B = 1 on the same data."""
