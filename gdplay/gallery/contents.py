"""What a page of the gallery plays: its runs trained, their pictures in both themes, its slider."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, labels, start_of
from gdplay.figures import compare, lessons, packing, slider_tracks
from gdplay.figures.convergence import CEILING, looks_of
from gdplay.figures.marks import sign
from gdplay.figures.paths import contour, surface
from gdplay.figures.rate_scale import rate_scale
from gdplay.figures.slider_packing import packed_slider
from gdplay.figures.sliders import RATE, Slider, alike, slider, value_of
from gdplay.figures.theme import DARK, LIGHT, Theme
from gdplay.figures.tracks import every_state
from gdplay.gallery.entries import Entry
from gdplay.gallery.packing import differences
from gdplay.theory.landscape import PRINCIPAL, Landscape, box_of, landscape, plane_of
from gdplay.theory.measures import METRICS, crowds, together, without_rows

Panels = dict[str, packing.Picture]

CONTROL = "rate"
"""The name of a page's slider."""


class Contents(NamedTuple):
    """What a page plays.

    Attributes
    ----------
    traces : tuple of Trace
    land : Landscape
    words : str
        What the runs did, in Markdown.
    data : dict
        What its script is told: in the light theme, and where the dark one differs.
    slider : Slider or None
        What its slider moves; None where no runs can follow it.
    rates : dict or None
        The runs at all rates that the slider offers.
    near : list of dict
        Every state of the runs that are played by some of theirs.
    """

    traces: tuple[Trace, ...]
    land: Landscape
    words: str
    data: dict[str, Any]
    slider: Slider | None
    rates: dict[str, Any] | None
    near: list[dict[str, Any]]


def contents(entry: Entry) -> Contents:
    """Train an entry's runs and return what its page plays."""
    experiment = entry.experiment
    traces = train(experiment)
    plane = plane_of(experiment, traces, PRINCIPAL)
    land = landscape(experiment.problem, plane, box_of(experiment, traces, plane))
    metrics = together(entry.look.metric, experiment.problem)
    made = _pictures(entry, traces, land, metrics, LIGHT)
    light = _told(entry, traces, land, metrics, LIGHT, made)
    dark = _told(entry, traces, land, metrics, DARK, _pictures(entry, traces, land, metrics, DARK))
    states = every_state(experiment, traces, land, made.play.play, metrics[0])
    near = [packing.close_up(each) for each in states]
    words = compare.words(
        experiment, traces, along=entry.look.along, shown=range(len(traces)), seconds=None
    )
    moving = _slider(experiment, len(metrics))
    data = {
        "light": light,
        "dark": list(differences(light, dark)),
        "rate": None if moving is None else _control(experiment, moving),
    }
    rates = None if moving is None else _rates(experiment, traces, land, moving, metrics)
    return Contents(traces, land, words, data, moving, rates, near)


def _pictures(
    entry: Entry, traces: Sequence[Trace], land: Landscape, metrics: Sequence[str], theme: Theme
) -> compare.Pictures:
    experiment, look = entry.experiment, entry.look
    spreads = crowds(experiment, look.along) if look.log_x is None else look.log_x
    return compare.pictures(
        experiment, traces, land, ground=look.ground, plane=PRINCIPAL, metrics=metrics,
        along=look.along, log=True, log_x=spreads, smooth=0.0, focus=None,
        shown=range(len(traces)), seconds=None, theme=theme,
    )  # fmt: skip


def _told(
    entry: Entry,
    traces: Sequence[Trace],
    land: Landscape,
    metrics: Sequence[str],
    theme: Theme,
    made: compare.Pictures,
) -> dict[str, Any]:
    """Return what the player is told in a theme, on both grounds."""
    experiment, look = entry.experiment, entry.look
    other, draw = ("map", contour) if look.ground == "3d" else ("3d", surface)
    ground = packing.picture(draw(experiment, traces, land, theme=theme))
    grounds = {look.ground: made.panels["surface"], other: ground}
    told = {
        "ground": look.ground,
        "grounds": _panels(entry, land, metrics, grounds),
        "panels": _panels(entry, land, metrics, _without_ground(made.panels)),
        "play": {**made.play.told, "position": None},
    }
    if entry.lesson is not None:
        told["covered"] = _covered(entry, land, metrics, made.panels, grounds, theme)
    return told


def _without_ground(panels: Panels) -> Panels:
    return {name: picture for name, picture in panels.items() if name != "surface"}


def _covered(
    entry: Entry,
    land: Landscape,
    metrics: Sequence[str],
    panels: Panels,
    grounds: Panels,
    theme: Theme,
) -> dict[str, Any]:
    """Return a lesson's pictures before its question is answered; of grounds the wanted traces."""
    names = labels(entry.experiment)
    hidden = lessons.covered(panels, names, theme)
    kept = {
        ground: [
            place
            for place, trace in enumerate(picture.spec["data"])
            if trace.get("name") in lessons.GROUND
        ]
        for ground, picture in grounds.items()
    }
    return {"kept": kept, "panels": _panels(entry, land, metrics, _without_ground(hidden))}


def _panels(
    entry: Entry, land: Landscape, metrics: Sequence[str], panels: Panels
) -> dict[str, Any]:
    """Return what the player is told of some panels."""
    experiment = entry.experiment
    told = ", ".join(labels(experiment))
    drawn = " and ".join(without_rows(METRICS[key].title, experiment.problem) for key in metrics)
    ground = (
        f"The {without_rows('training loss', experiment.problem)} over "
        f"{' and '.join(land.plane.names)}, with the paths of {told}"
    )
    about = {
        "3d": ground,
        "map": ground,
        "curves": f"{drawn} of {told}",
        "fit": f"The fits of {told} on the data",
    }
    return {name: packing.panel(one, name, about[name]) for name, one in panels.items()}


# The slider


def _slider(experiment: Experiment, n_metrics: int) -> Slider | None:
    """Return the slider of the rate of all runs, or else of the first; None where none follows."""
    every = tuple(range(len(experiment.runs)))
    moving = slider(experiment, RATE, every if alike(experiment) else every[:1])
    return moving if slider_tracks.follows(experiment, moving, n_metrics) else None


def _control(experiment: Experiment, moving: Slider) -> dict[str, Any]:
    """Return what the control of the rate is told."""
    low, high = moving.options[0], moving.options[-1]
    every = len(moving.places) == len(experiment.runs)
    whose = "of all runs" if every else "of the first run"
    mark = "" if every else f"{sign(moving.places[0])} "
    runs = tuple(experiment.runs[place] for place in moving.places)
    rules = [run.optimizer for run in runs]
    return {
        "name": CONTROL,
        "label": f"Learning rate {whose}",
        "title": f"{mark}Learning rate",
        "value": value_of(experiment, RATE, moving.places),
        "low": low,
        "high": high,
        "whole": False,
        "snaps": True,
        "wanted": f"The learning rate here is a number from {low:g} to {high:g}, such as 0.05.",
        **rate_scale(replace(experiment, runs=runs), rules, moving.options),
    }


def _rates(
    experiment: Experiment,
    traces: Sequence[Trace],
    land: Landscape,
    moving: Slider,
    metrics: Sequence[str],
) -> dict[str, Any]:
    """Return the runs at all that the slider offers, as they travel."""
    start = float(experiment.problem.loss(start_of(experiment)))
    tracks = slider_tracks.slider_tracks(experiment, traces, land, moving, metrics)
    return packed_slider(
        tracks, log=True, ceiling=10 * CEILING[True] * abs(start), looks=looks_of(metrics)
    )
