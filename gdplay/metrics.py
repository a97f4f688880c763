"""Numbers for whoever runs the app, as Prometheus reads them; nothing in them names a visitor."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gdplay.engine.workers import Workers
from gdplay.journal import COUNTS
from gdplay.memory import shelves

REGISTRY = CollectorRegistry()

ProcessCollector(registry=REGISTRY)

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Layout: up to which times are counted apart."""

RERUNS = Histogram(
    "gdplay_rerun_seconds", "Seconds that a page ran for a visitor, long work awaited included.",
    ["page"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip

PARTS = Histogram(
    "gdplay_part_seconds", "Seconds that a part of a page ran alone, long work awaited included.",
    ["part"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip

SESSIONS = Gauge("gdplay_sessions", "Browsers whose socket is open.", registry=REGISTRY)


class House(Collector):
    """What the app counts by itself: events, what is remembered, and work in threads."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """Yield what stands there now."""
        yield self._events()
        yield from self._memories()
        yield self._jobs()

    def _events(self) -> Metric:
        family = CounterMetricFamily(
            "gdplay_events", "What the log tells, refusals and failures too.",
            labels=["event", "kind"],
        )  # fmt: skip
        for names, count in dict(COUNTS).items():
            family.add_metric(names, count)
        return family

    def _memories(self) -> Iterator[Metric]:
        hits = CounterMetricFamily(
            "gdplay_memory_hits", "Results that were there already.", labels=["memory"]
        )
        entries = CounterMetricFamily(
            "gdplay_memory_entries", "Results that were made and kept.", labels=["memory"]
        )
        held = GaugeMetricFamily(
            "gdplay_memory_bytes", "What results take that all visitors share.", labels=["memory"]
        )
        for shelf in shelves():
            hits.add_metric([shelf.name], shelf.hits)
            entries.add_metric([shelf.name], shelf.entries)
            held.add_metric([shelf.name], shelf.weight)
        yield from (hits, entries, held)

    def _jobs(self) -> Metric:
        family = GaugeMetricFamily(
            "gdplay_jobs", "Work in threads of its own, by how far it is.", labels=["state"]
        )
        for state, count in self._workers.load()._asdict().items():
            family.add_metric([state], count)
        return family


def text() -> bytes:
    """Return all numbers as Prometheus reads them."""
    return generate_latest(REGISTRY)
