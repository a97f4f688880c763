"""Runs from every start: what is told of six is what training gives from any other."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

import gdplay as gd
from gdplay.figures.curves import values_along
from gdplay.figures.start_tracks import MOST, packed_starts, start_tracks, starts_follow
from gdplay.figures.tracks import fits_after
from gdplay.theory.landscape import box_of, landscape, plane_of
from gdplay.theory.measures import METRICS, recorded, reference

HOME = replace(gd.default_experiment(), epochs=6)
RULES = replace(
    gd.default_experiment(gd.DATASETS["diabetes"]),
    epochs=4,
    runs=(gd.Run(gd.Momentum(0.05), 20), gd.Run(gd.Nesterov(0.02), 7, sampling="with replacement")),
)
METRICS_SHOWN = ("loss", "running", "batch")


def drawn_on(experiment):
    traces = gd.train(experiment)
    plane = plane_of(experiment, traces)
    return landscape(experiment.problem, plane, box_of(experiment, traces, plane), 9)


def at(coefficients, spot):
    u, v = spot
    basis = np.array([1, u, v, u * u, u * v, v * v])[: len(coefficients)]
    return np.tensordot(basis, coefficients, 1)


@pytest.mark.parametrize("experiment", [HOME, RULES], ids=["line", "diabetes"])
def test_paths_losses_and_fits_are_those_of_training_from_there(experiment):
    land, places = drawn_on(experiment), range(len(experiment.runs))
    told = start_tracks(experiment, land, places, METRICS_SHOWN)
    for spot in ((0.3, -0.8), (-1, 0.9)):
        x_y = told.middle + np.array(spot) * told.half
        here = replace(experiment, start=tuple(land.plane.params(x_y).tolist()))
        traces = gd.train(here)
        for place, trace in enumerate(traces):
            track = told.tracks[place]
            updates, states = recorded(trace)
            rows = np.searchsorted(updates, track.updates)
            x, y = land.plane.coordinates(states[rows]).T
            size = np.abs(told.half).max()
            np.testing.assert_allclose(at(track.x, spot), x, rtol=1e-9, atol=1e-9 * size)
            np.testing.assert_allclose(at(track.y, spot), y, rtol=1e-9, atol=1e-9 * size)
            for key, curve in zip(METRICS_SHOWN, track.curves, strict=True):
                origin = reference(here, traces)
                noted, values = values_along(here, METRICS[key], origin, trace, MOST)
                np.testing.assert_array_equal(curve.updates, noted)
                top = values.max()
                np.testing.assert_allclose(at(curve.values, spot), values[0], atol=1e-9 * top)
            assert at(track.loss, spot) == pytest.approx(trace.loss[0, -1], rel=1e-9)
            assert track.fitted is None or track.fitted[-1] == updates[-1]
            if track.fits is not None:
                rows = np.searchsorted(updates, track.fitted)
                expected = fits_after(here.problem, states[rows])
                np.testing.assert_allclose(at(track.fits, spot), expected, rtol=1e-8, atol=1e-9)


def test_they_travel_in_full_precision_and_little_room():
    told = start_tracks(gd.default_experiment(), drawn_on(gd.default_experiment()), range(3))
    sent = json.loads(json.dumps(packed_starts(told)))
    assert len(json.dumps(sent)) < 150_000
    x = np.frombuffer(base64.b64decode(sent["runs"][2]["x"]["bdata"]), "f8")
    np.testing.assert_array_equal(x.reshape(3, -1), told.tracks[2].x)


@pytest.mark.parametrize(
    ("change", "metrics"),
    [
        ({}, ("distance",)),
        ({"tol": 0.1}, ("loss",)),
        ({"n_seeds": 2}, ("loss",)),
        ({"runs": (gd.Run(gd.Adam(0.1)),)}, ("loss",)),
        ({"epochs": 50_000}, ("loss",)),
        (
            {"problem": gd.default_experiment(gd.DATASETS["moons"]).problem, "start": None},
            ("loss",),
        ),
    ],
)
def test_where_it_is_not_exact_or_not_quick_nothing_follows(change, metrics):
    assert starts_follow(HOME, range(3), ("loss", "excess"))
    changed = replace(HOME, **change)
    assert not starts_follow(changed, range(len(changed.runs)), metrics)


def test_runs_that_may_be_lost_are_not_told():
    wild = replace(HOME, runs=(*HOME.runs, gd.Run(gd.SGD(1.5))))
    assert start_tracks(wild, drawn_on(HOME), range(4)) is None
