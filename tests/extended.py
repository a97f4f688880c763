"""Run on a copy of the library to which a thing of each kind was added: what follows from it.

`python extended.py` in the copy prints, by kind, which promises hold.
"""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import link
from gdplay.engine.replay import replay
from gdplay.experiment import labels
from gdplay.figures import convergence
from gdplay.studies.sweeps import limits_of
from gdplay.teaching import arithmetic
from gdplay.teaching.defaults import default_experiment
from gdplay.theory.curvature import curvature
from gdplay.theory.limits import marks
from gdplay.theory.measures import METRICS

HERE = Path.cwd()
HOME = default_experiment()
LINE = HOME.problem
LIMIT = 2 * 1.5 / 0.5 / curvature(LINE).L


# Among all installed packages, and for each AppTest: once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def opened(experiment: gd.Experiment | None, page: str = "compare", **more: Any) -> AppTest:
    """Return a page as it stands after opening a link to an experiment, or none."""
    at = AppTest.from_file(str(HERE / "gdplay/ui/router.py"), default_timeout=300)
    for name, values in ((link.encode(experiment) if experiment else {}) | more).items():
        at.query_params[name] = values
    at.switch_page(str(HERE / f"pages/{page}.py")).run()
    assert not at.exception, at.exception[0].message
    return at


def options(at: AppTest, name: str) -> list[str]:
    return next(list(w.options) for w in at.selectbox if str(w.key).split("@")[0] == name)


def settings(at: AppTest, place: int) -> AppTest:
    """Return a page of Compare with a run's details open."""
    (mark,) = {str(w.key).split("@")[1] for w in at.toggle if "@" in str(w.key)}
    at.session_state[f"run{place}.more@{mark}"] = True
    return at.run()


def problem(at: AppTest) -> AppTest:
    """Return a page with the menu of what is trained open."""
    at.session_state["problem"] = True
    return at.run()


def keys(at: AppTest) -> set[str]:
    widgets = [*at.slider, *at.select_slider, *at.number_input, *at.toggle]
    return {str(w.key).split("@")[0] for w in widgets}


def scripted(experiment: gd.Experiment) -> bool:
    """Whether the script of an experiment does what training does."""
    names: dict[str, Any] = {}
    with redirect_stdout(StringIO()):
        exec(gd.export.script(experiment), names)
    pairs = zip(names["results"], gd.train(experiment), strict=True)
    return all(np.allclose(result["loss"], trace.loss[0], rtol=1e-9) for result, trace in pairs)


def of_a_rule() -> dict[str, bool]:
    rule = gd.OPTIMIZERS["damped"]
    mine = replace(HOME, runs=(gd.Run(replace(rule, lr=0.05)), *HOME.runs))
    at = settings(opened(mine), 0)
    step = replay(mine, 0, 3)
    lines = arithmetic.rule_lines(mine.runs[0].optimizer, step, 0)
    mark = {m.label: m for m in marks(LINE, [rule], ())}[rule.title]
    ends = []
    for share in (0.98, 1.02):
        run = gd.Run(replace(rule, lr=share * LIMIT))
        (trace,) = gd.train(replace(HOME, runs=(run,), epochs=400))
        ends.append(trace.loss[0, -1] / trace.loss[0, 0])
    page = opened(mine, "one_update", **{"view.run": ["0"], "view.update": ["3"]})
    worked = opened(mine, "worked", **{"view.rule": ["damped"], "view.lr": ["0.1"]})
    return {
        "menu": rule.title in options(at, "run0.rule"),
        "sliders": "run0.damped.beta" in keys(at),
        "link": link.decode(link.encode(mine)) == mine,
        "legend": rule.title in labels(mine)[0]
        and any(trace.name == labels(mine)[0] for trace in convergence(mine, gd.train(mine)).data),
        "mark": bool(np.isclose(mark.rate, LIMIT)) and "with β = 0.5" in mark.about,
        "lines": [symbol for symbol, *_ in lines] == ["v", r"\theta"]
        and any(lines[0][1] in latex.value for latex in page.latex),
        "formula": any(rule.formula in latex.value for latex in page.latex),
        "worked examples": any(
            r"\big(1 - 0.9\big) \cdot (" in latex.value for latex in worked.latex
        ),
        "limit": bool(ends[0] < 1 and not ends[1] < 1),  # NaN where the run diverged
        "sweep line": bool(np.isclose(limits_of(LINE, mine.runs)[0] or 0, LIMIT)),
        "guide": any(rule.formula in latex.value for latex in opened(None, "guide").latex),
        "learning rate page": rule.title in str(opened(HOME, "learning_rate").button_group[0]),
        "script": scripted(mine),
    }


def of_a_schedule() -> dict[str, bool]:
    schedule = gd.SCHEDULES["straight"]
    mine = replace(HOME, runs=(replace(HOME.runs[1], schedule=replace(schedule, end=50)),))
    at = settings(opened(mine), 0)
    page = opened(mine, "one_update", **{"view.run": ["0"], "view.update": ["11"]})
    rates = opened(HOME, "learning_rate", **{"view.schedules": ["straight"]})
    return {
        "menu": schedule.title in options(at, "run0.schedule"),
        "sliders": "run0.straight.end" in keys(at),
        "link": link.decode(link.encode(mine)) == mine,
        "lines": any(r"\cdot (1 - {10} / {50})" in latex.value for latex in page.latex),
        "note": any("N = 50" in caption.value for caption in page.caption),
        "learning rate page": schedule.title in str(rates.button_group),
        "script": scripted(mine),
    }


def of_a_model() -> dict[str, bool]:
    model = gd.MODELS["plane"]
    fit = replace(LINE, model=model, objective=None)
    mine = replace(HOME, problem=fit, start=None)
    at = problem(opened(mine))
    return {
        "menu": model.title in options(at, "model"),
        "link": link.decode(link.encode(mine)) == mine,
        "training": bool(gd.train(mine)[0].loss[0, -1] < gd.train(mine)[0].loss[0, 0]),
        "limit": bool(np.isclose(curvature(fit).limit, curvature(LINE).limit)),
        "one update": "The rule" in "".join(m.value for m in opened(mine, "one_update").markdown),
        "script": scripted(mine),
    }


def of_a_data_set() -> dict[str, bool]:
    dataset = gd.DATASETS["wave"]
    mine = default_experiment(dataset)
    at = problem(opened(mine))
    return {
        "menu": any(option.startswith(dataset.title) for option in options(at, "data")),
        "sliders": bool({"dataset.noise", "dataset.wave.noise", "wave.noise"} & keys(at))
        or any("noise" in key for key in keys(at)),
        "link": link.decode(link.encode(mine)) == mine,
        "default experiment": mine.problem.n_params == 2,
        "script": scripted(mine),
    }


def of_a_metric() -> dict[str, bool]:
    metric = METRICS["size"]
    at = opened(HOME, **{"view.metric": ["size"]})
    at.session_state["curves"] = True
    menu = next(w for w in at.run().button_group if str(w.key).startswith("metric@"))
    figure = convergence(HOME, gd.train(HOME), metric="size", along="epochs")
    heights = np.asarray(next(t.y for t in figure.data if t.name == labels(HOME)[0]))
    return {
        "menu": metric.title in menu.options,
        "link": menu.value == ["size"],
        "curve": bool(np.isclose(heights[0], np.hypot(*HOME.start), rtol=1e-3)),
        "axis": metric.title in str(figure.layout),
    }


def of_a_view_field() -> dict[str, bool]:
    at = opened(HOME, **{"view.dusk": ["1"]})
    return {
        "link": list(at.query_params["view.dusk"]) == ["1"],
        "bad link": any("dusk" in m.value for m in opened(HOME, **{"view.dusk": ["7"]}).markdown),
    }


def of_a_page() -> dict[str, bool]:
    at = opened(None, "extra")
    return {"opens": any("Extra" in title.value for title in at.title)}


def facts() -> dict[str, Any]:
    """Return, by kind, the promises that hold of what was added."""
    return {
        "rule": of_a_rule(),
        "schedule": of_a_schedule(),
        "model": of_a_model(),
        "data set": of_a_data_set(),
        "metric": of_a_metric(),
        "view field": of_a_view_field(),
        "page": of_a_page(),
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
