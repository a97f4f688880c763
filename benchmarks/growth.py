"""The second table: how our own time grows with the size of the work."""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.data import experiment, fit
from benchmarks.measure import Job, Row
from benchmarks.ratios import GRID, draw, ours

SLACK = 1.25
"""Linear growth may measure this many times the line: caches, and other people's work."""

FLAT = 1.25
SHARED = 2.5
"""At most this for four times the runs."""

SIZES = {"1": 1, "32": 32, "N": None}


def trained(
    kind: str, batch: str, *, n_samples: int = 1000, n_columns: int = 10, runs: int, epochs: int
) -> Callable[[], Any]:
    problem = fit(kind, n_samples, n_columns)
    return ours(experiment(problem, SIZES[batch], runs=runs, epochs=epochs))


def training_job(kind: str, batch: str, usual: dict[str, int], **grown: int) -> Job:
    return Job(trained(kind, batch, **usual | grown), trained(kind, batch, **usual))


def surface_job(kind: str, size: int) -> Job:
    return Job(draw(fit(kind), size), draw(fit(kind), GRID))


def _training_rows() -> list[Row]:
    usual: dict[tuple[str, str], dict[str, int]] = {
        ("linear", "1"): {"runs": 100, "epochs": 2},
        ("linear", "32"): {"runs": 100, "epochs": 10},
        ("linear", "N"): {"runs": 100, "epochs": 100},
        ("logistic", "N"): {"runs": 100, "epochs": 10},
    }
    line, few = {"n_samples": 1000, "n_columns": 10}, {"runs": 25}
    limits: list[tuple[str, str, dict[str, int], dict[str, int], tuple[float | None, ...]]] = [
        ("n", "N 1000 → 4000", line, {"n_samples": 4000}, (4 * SLACK, 4 * SLACK, FLAT, 4 * SLACK)),
        ("d", "d 10 → 40", line, {"n_columns": 40}, (None, None, None, None)),
        ("runs", "runs 25 → 100", few, {"runs": 100}, (SHARED, SHARED, SHARED, None)),
        ("epochs", "epochs × 2", {}, {"epochs": 2}, (2 * SLACK,) * 4),
    ]
    rows = []
    for name, label, base, change, ceilings in limits:
        for (kind, batch), ceiling in zip(usual, ceilings, strict=True):
            small = usual[kind, batch] | base
            large = {"epochs": 2 * small["epochs"]} if "epochs" in change else change
            make = partial(training_job, kind, batch, small, **large)
            work = f"{kind}, B = {batch}"
            rows.append(Row(f"growth-{name}-{batch}-{kind}", label, work, make, ceiling=ceiling))
    return rows


def _surface_rows() -> list[Row]:
    return [
        Row(
            f"growth-grid-{kind}", f"grid {GRID} → {2 * GRID}", f"surface of the {title}",
            partial(surface_job, kind, 2 * GRID),
        )
        for kind, title in (("linear", "squared error"), ("logistic", "log loss"))
    ]  # fmt: skip


GROWTH = (*_training_rows(), *_surface_rows())
"""Our time after over our time before; N = 1000, d = 10 and 100 runs where they don't grow."""
