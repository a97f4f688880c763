"""The fair race on a function, by the figures' data."""

from dataclasses import replace

import numpy as np

import gdplay as gd
from gdplay.figures.duels import arrivals_view, tries_view
from gdplay.studies.duels import duels
from tests.figures import assert_inked, by_name, every_theme

READING = duels(gd.SURFACES["himmelblau"], (gd.SGD(), gd.Adam()), side=4, n_updates=60)


@every_theme
def test_tries_and_arrivals_are_in_the_runs_colours_and_each_best_rate_in_a_ring(theme):
    tries, arrivals = (view(READING, theme=theme) for view in (tries_view, arrivals_view))
    for entrant in READING.entrants:
        line = by_name(tries, entrant.name)
        np.testing.assert_allclose(line.x, READING.rates, rtol=1e-6)
        np.testing.assert_allclose(line.y, entrant.means, rtol=1e-6)
        steps = by_name(arrivals, entrant.name)
        assert line.line.color == steps.line.color == theme.run_color(entrant.place)
        half = np.quantile(entrant.needed, 0.5, method="inverted_cdf")
        assert steps.y[np.flatnonzero(steps.x <= half)[-1]] >= 8
        assert steps.y[-1] == entrant.reached
    rings = [trace.x[0] for trace in tries.data if trace.name == "best"]
    assert rings == [entrant.run.optimizer.lr for entrant in READING.entrants]
    assert_inked([tries, arrivals], theme)


def test_a_rule_that_arrives_from_nowhere_has_no_ring():
    none = replace(
        READING,
        entrants=tuple(e._replace(needed=np.full(16, -1)) for e in READING.entrants),
    )
    assert not [trace for trace in tries_view(none).data if trace.name == "best"]
    assert all(max(trace.y) == 0 for trace in arrivals_view(none).data)
