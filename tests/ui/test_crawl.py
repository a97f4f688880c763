"""Every part of every page draws, whatever the data, the model, the columns and the view."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.knobs import Knobs
from gdplay.studies.rate_sweep import LINES
from gdplay.teaching.lessons import LESSONS
from gdplay.theory.measures import AXES, METRICS
from gdplay.ui import address
from gdplay.ui.batch_size.view import PARTS, POINTS, BatchView
from gdplay.ui.compare.view import View
from gdplay.ui.learning_rate.view import RULES, RateView
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.network.view import NetworkView
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.surfaces import view as surfaces
from gdplay.ui.surfaces.view import SurfacesView
from tests import PATIENCE, ROOT, crossed, few_models, few_surfaces

from .controls import assert_headed

VIEWS: dict[str, list[Knobs]] = {
    "compare": [
        View(),
        View(hidden=0b111),
        *(
            View(ground="map", metric=(key,))
            for key, metric in METRICS.items()
            if not metric.costly
        ),
        *(View(along=along, log=False) for along in AXES),
    ],
    "surfaces": [
        *(SurfacesView(part=part) for part in surfaces.PARTS),
        SurfacesView(ground="3d", shade="updates", along="seconds"),
    ],
    "network": [NetworkView(), NetworkView(focus=1, along="updates", metric=("accuracy",))],
    "one_update": [UpdateView(), UpdateView(0, 2, True), UpdateView(2, 3, True)],
    "learning_rate": [RateView(rule=rule, lines=lines) for rule, lines in product(RULES, LINES)],
    "batch_size": [
        *(BatchView(part=part) for part in PARTS),
        *(BatchView(at=at, part="scaling", replacement=True) for at in POINTS),
    ],
    "guide": [View()],
}


def problems() -> dict[str, tuple[Any, ...]]:
    """Return the makings of every problem by its name: making them all takes a minute."""
    fits = {
        f"{name} {model.key} {features}{' raw' if raw else ''}": (dataset, model, features, raw)
        for name, dataset in gd.DATASETS.items()
        for model in few_models(dataset)
        for features, raw in product(("linear", "quadratic"), (True, False))
        if (name, features) != ("digits", "quadratic")  # too many columns for their squares
    }
    return {name: (surface,) for name, surface in few_surfaces().items()} | fits


PROBLEMS = problems()


STEEP = "linnerud linear quadratic raw"
STEEPEST = "diabetes linear quadratic raw"


STRIDE = 101
"""Of all crossings, about 3 000 that take an hour, the exhaustive try one in so many: a prime, so
that every page meets every kind of data. `GDPLAY_CRAWL=all` tries them all."""


def everywhere() -> Iterator[Any]:
    """Yield a few crossings, and for the exhaustive some or all of the others."""
    crossings = [
        (sheet, name, place) for sheet, name in product(VIEWS, PROBLEMS)
        for place in range(len(VIEWS[sheet]))
    ]  # fmt: skip
    every = os.environ.get("GDPLAY_CRAWL") == "all"
    for number, (sheet, name, place) in enumerate(crossings):
        few = (name == STEEP and place < 2) or (name == STEEPEST and place == 0)
        quick = few and (sheet, name) != ("batch_size", STEEPEST)
        if quick or every or number % STRIDE == 0:
            marks = () if quick else pytest.mark.exhaustive
            yield pytest.param(
                sheet, name, VIEWS[sheet][place], marks=marks, id=f"{sheet}-{name}-{place}"
            )


def opened(page: str, experiment: gd.Experiment, view: Knobs) -> AppTest:
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.run()
    at.switch_page(str(ROOT / f"pages/{page}.py"))
    if page != "guide":
        for name, texts in (link.encode(experiment) | address.encode(view)).items():
            at.query_params[name] = texts
    return at.run()


def lessons() -> list[Any]:
    """Return every lesson before, after and beyond its answer; one of each is quick."""
    stages = ((None, False), (0, False), (1, True))
    views = [LessonView(key, answer, trying) for key in LESSONS for answer, trying in stages]
    return crossed([LessonView(), *views], *views[6:9])


@pytest.mark.parametrize("view", lessons())
def test_every_lesson_draws(view: LessonView) -> None:
    at = opened("lessons", gd.default_experiment(), view)
    assert not at.exception, [error.message for error in at.exception]
    assert not at.info
    assert_headed(at)


@pytest.mark.parametrize(("sheet", "name", "view"), list(everywhere()))
def test_every_page_draws(sheet: str, name: str, view: Knobs) -> None:
    problem, *more = PROBLEMS[name]
    if more:
        model, features, raw = more
        problem = gd.Fit(problem, model, features=features, standardize=not raw)
    limit = gd.curvature(problem).limit
    rate = min(0.3 * limit, 0.1) if limit > 0 else 0.1
    whole = gd.Run(gd.SGD(lr=rate))
    runs = [whole, gd.Run(gd.Adam()), gd.Run(gd.Momentum(lr=0.5))]
    if problem.n_samples > 1:
        runs = [
            whole,
            replace(whole, batch_size=32),
            replace(runs[2], batch_size=problem.n_samples // 5),
        ]
    at = opened(sheet, gd.Experiment(problem, tuple(runs), epochs=3), view)
    assert not at.exception, [error.message for error in at.exception]
    assert not at.error
    assert_headed(at)
    for chart in at.get("plotly_chart"):
        assert json.loads(chart.proto.spec)["layout"] is not None
