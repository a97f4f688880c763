"""What Compare draws is made once for all who look at the same, and for nobody else."""

from dataclasses import replace
from typing import Any

import pytest

import gdplay as gd
from gdplay.engine.workers import Workers
from gdplay.figures import DARK, LIGHT, compare
from gdplay.memory import size_of
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.ui import jobs
from gdplay.ui.compare.pictures import Pictures, pictures, words
from gdplay.ui.compare.view import View

EXPERIMENT = replace(gd.default_experiment(), epochs=2)
TRACES = gd.train(EXPERIMENT)
PLANE = plane_of(EXPERIMENT, TRACES)
LAND = landscape(EXPERIMENT.problem, PLANE, box_of(EXPERIMENT, TRACES, PLANE), 5)
STOPPED = tuple(
    replace(trace, path_updates=trace.path_updates[:-1], path=trace.path[:-1]) for trace in TRACES
)


@pytest.fixture(autouse=True)
def _own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKERS", Workers())


def seen(**other: Any) -> Pictures:
    asked: dict[str, Any] = {
        "experiment": EXPERIMENT, "view": View(), "traces": TRACES, "land": LAND, "theme": LIGHT,
        "seconds": None,
    }  # fmt: skip
    return pictures(**{**asked, **other})


def test_who_looks_at_the_same_gets_the_same() -> None:
    assert seen() is seen()
    assert seen(experiment=replace(EXPERIMENT, epochs=2)) is seen()
    assert seen(view=View(together=False, rated=2)) is seen()


@pytest.mark.parametrize(
    "other",
    [
        {"view": View(ground="map")},
        {"view": View(metric=("distance",))},
        {"view": View(along="updates")},
        {"view": View(log=False)},
        {"view": View(hidden=1)},
        {"theme": DARK},
        {"view": View(along="seconds"), "seconds": [1.0, 1.0, 1.0]},
        {"traces": STOPPED},
    ],
    ids=str,
)
def test_who_looks_at_anything_else_gets_that(other: dict[str, Any]) -> None:
    assert seen(**other) is not seen()


def test_rates_apart_by_a_hair_share_nothing() -> None:
    run = EXPERIMENT.runs[0]
    hair = replace(run, optimizer=replace(run.optimizer, lr=run.optimizer.lr * (1 + 1e-15)))
    assert seen(experiment=replace(EXPERIMENT, runs=(hair, *EXPERIMENT.runs[1:]))) is not seen()


def test_other_seconds_are_another_picture() -> None:
    slow, fast = (seen(view=View(along="seconds"), seconds=[each] * 3) for each in (1e-3, 1e-5))
    assert slow.panels["curves"].digest != fast.panels["curves"].digest


def test_pictures_count_by_their_bytes() -> None:
    made = seen()
    texts = sum(len(str(picture.spec)) for picture in made.panels.values())
    assert size_of(made) > 0.8 * texts


def test_nothing_is_kept_of_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(compare, "convergence", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seen()
    assert seen().panels


def test_words_are_found_once_and_again_where_others_are_told_of() -> None:
    first = words(EXPERIMENT, View(), TRACES, None)
    assert words(EXPERIMENT, View(ground="map"), TRACES, None) is first
    assert words(EXPERIMENT, View(hidden=1), TRACES, None) != first
