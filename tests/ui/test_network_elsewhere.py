"""What pages made for losses with one valley say of a network that a link brings to them."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

import gdplay as gd
from gdplay import studies
from gdplay.experiment import one_start
from gdplay.figures.fits import fit_view
from gdplay.figures.tracks import playback
from gdplay.studies.noise_floor import obstacle
from gdplay.theory.limits import verdict
from tests import PATIENCE, ROOT

MOONS = replace(gd.DATASETS["moons"], n_samples=40)
SMALL = gd.Fit(MOONS, replace(gd.MODELS["mlp"], hidden=(3,)), standardize=True)
RUNS = (gd.Run(gd.SGD(lr=0.2)), gd.Run(gd.SGD(lr=0.2), 8))
EXPERIMENT = gd.Experiment(SMALL, RUNS, epochs=4)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("compare", "A network's loss has **many valleys**, and the lowest place of all is not"),
        ("one_update", "This update **lowered** the loss over all rows"),
    ],
)
def test_a_page_shows_a_network_and_claims_no_minimum(file, words):
    at = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    at.switch_page(str(ROOT / f"pages/{file}.py"))
    for name, texts in gd.link.encode(EXPERIMENT).items():
        at.query_params[name] = texts
    at.run()
    assert not at.exception
    said = "\n".join(text.value for text in at.main.markdown)
    assert words in said
    assert "no finite minimum" not in said


@pytest.mark.parametrize("key", ["line", "moons", "diabetes"])
def test_the_picture_of_a_networks_fit_is_that_of_the_end_and_says_so(key):
    data = gd.DATASETS[key]
    fit = replace(SMALL, dataset=replace(data, n_samples=30) if data.synthetic else data,
                  objective=None)  # fmt: skip
    experiment = gd.Experiment(fit, (gd.Run(gd.SGD(lr=1e-3)),), epochs=1)
    traces = gd.train(experiment)
    assert "at the end" in fit_view(experiment, traces).layout.title.text
    (track,) = playback(experiment, traces).tracks
    assert track.fits is None


def test_words_of_the_rate_and_of_floors_say_that_no_minimum_is_known():
    assert "no minimum of a network is known" in verdict(SMALL, gd.SGD(), 0.1)
    assert obstacle(SMALL).startswith("No minimum of a network is known here")


def test_studies_of_orders_give_a_network_one_start():
    """Else a seed whose start is high would count as an order that ends high."""
    reading = studies.schedules(EXPERIMENT)
    assert "the loss stays at" in reading.words
    assert one_start(EXPERIMENT) == tuple(gd.train(EXPERIMENT)[0].params[0, 0])
    here = replace(EXPERIMENT, start=(0.5,) * SMALL.n_params)
    assert one_start(here) == here.start
