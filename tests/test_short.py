"""Short links: they mean today what they say, and the same in every version to come."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import HealthCheck, given, settings

import gdplay as gd
from gdplay import short
from gdplay.experiment import Experiment, Run
from gdplay.link import LinkError, decode, encode, mended
from gdplay.loss.fit import Fit
from gdplay.ui import address
from gdplay.ui.batch_size.view import BatchView
from gdplay.ui.compare.view import View
from gdplay.ui.learning_rate.view import RateView
from gdplay.ui.lessons.view import LessonView
from gdplay.ui.one_update.view import UpdateView
from gdplay.ui.worked.view import WorkedView
from tests import ORACLES
from tests.test_link import experiments

KINDS = {
    kind.__name__: kind
    for kind in (
        Fit,
        Experiment,
        Run,
        View,
        UpdateView,
        RateView,
        BatchView,
        WorkedView,
        LessonView,
    )
} | {
    f"{table}.{key}": entry
    for table in ("DATASETS", "MODELS", "SURFACES", "OPTIMIZERS", "SCHEDULES")
    for key, entry in getattr(gd, table).items()
}


@given(experiments())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_a_short_address_brings_every_experiment_back_exactly(experiment):
    text = urlencode(gd.link.short(experiment), doseq=True)
    assert repr(decode(parse_qs(text, keep_blank_values=True))) == repr(experiment)


@pytest.mark.parametrize("key", gd.PRESETS)
def test_a_named_experiment_has_a_short_address(key):
    preset = gd.PRESETS[key]
    experiment, view = preset.build(), View(**preset.look)
    query = address.brief(experiment, view)
    assert len(urlencode(query, doseq=True)) < 300
    assert decode(query) == experiment
    assert address.decode(query, View) == (view, [])


def test_version_1_leaves_out_what_it_always_left_out():
    """A default that changes needs a version 2: links of version 1 keep what they mean."""
    for kind, fields in json.loads((ORACLES / "short.json").read_text("utf-8")).items():
        now = short.knobs_of(KINDS[kind])
        assert {name: now[name] for name in fields} == fields, kind


def test_a_short_link_does_not_follow_the_data_sets_own_ways():
    moons = gd.default_experiment(gd.DATASETS["circles"])
    assert moons.problem.features == "quadratic"
    plain = replace(moons, problem=replace(moons.problem, features="linear"), start=None)
    assert "features" not in gd.link.short(plain)
    assert decode(gd.link.short(plain)) == plain


def test_a_link_of_a_version_to_come_says_so():
    query = encode(gd.default_experiment()) | {"v": ["2"]}
    for read in (decode, mended):
        with pytest.raises(LinkError, match="v must be 1, the version of links that is known here"):
            read(query)


def test_what_is_no_thing_of_a_table_stays_whole():
    query = encode(gd.default_experiment()) | {"data": ["own~1~~2"]}
    assert short.shortened(query)["data"] == ["own~1~~2"]
