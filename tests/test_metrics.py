"""What Prometheus reads of the app: each number moves by just what happened."""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry
from streamlit.testing.v1 import AppTest

from gdplay import journal, memory, metrics
from gdplay.engine.workers import Workers
from gdplay.memory import Shelf
from gdplay.metrics import House
from gdplay.ui import fragments
from tests import PATIENCE, ROOT
from tests.tasks import Task, ended

Read = Callable[..., float | None]


@pytest.fixture
def crew() -> Workers:
    return Workers(at_a_time=1, name="crew")


@pytest.fixture
def read(crew: Workers, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return what reads a number, by its name and labels."""
    monkeypatch.setattr(metrics, "COUNTS", Counter())
    monkeypatch.setattr(journal, "COUNTS", metrics.COUNTS)
    registry = CollectorRegistry()
    registry.register(House(crew))
    return lambda name, **labels: registry.get_sample_value(f"gdplay_{name}", labels)


def test_an_event_is_counted_once(read):
    journal.note("failure", "ValueError")
    journal.refuse("upload")
    journal.refuse("upload")
    assert read("events_total", event="failure", kind="ValueError") == 1
    assert read("events_total", event="refusal", kind="upload") == 2


def test_a_memory_tells_its_hits_its_entries_and_its_bytes(read):
    shelf, nameless = Shelf(1000, name="shelf"), Shelf(1000)
    shelf.keep("a", "1234")
    for key in "aab":
        shelf.get(key)
        nameless.get(key)
    assert read("memory_hits_total", memory="shelf") == 2
    assert read("memory_entries_total", memory="shelf") == 1
    assert read("memory_bytes", memory="shelf") == memory.size_of("1234")
    assert read("memory_hits_total", memory="") is None


def test_jobs_are_counted_while_they_run_or_wait_and_a_halt_for_good(read, crew):
    task = Task()
    first, second = crew.ask("one: key", task), crew.ask("two: key", Task())
    assert task.reached.wait(PATIENCE)
    assert (read("jobs", state="running"), read("jobs", state="waiting")) == (1, 1)
    crew.leave(second)
    assert (read("jobs", state="running"), read("jobs", state="waiting")) == (1, 0)
    assert read("events_total", event="halt", kind="two") == 1
    task.go_on.set()
    assert ended(first).value == ("whole", 100)
    assert (read("jobs", state="running"), read("jobs", state="waiting")) == (0, 0)
    assert read("events_total", event="halt", kind="one") is None


def test_a_rerun_of_a_page_is_counted_once_with_its_seconds():
    page = AppTest.from_file(str(ROOT / "gdplay/ui/router.py"), default_timeout=PATIENCE)
    page.switch_page(str(ROOT / "pages/guide.py"))

    def reruns() -> tuple[float, float]:
        values = [
            metrics.REGISTRY.get_sample_value(f"gdplay_rerun_seconds_{part}", {"page": "guide"})
            for part in ("count", "sum")
        ]
        return values[0] or 0.0, values[1] or 0.0

    before = reruns()
    page.run()
    after = reruns()
    assert after[0] == before[0] + 1
    assert after[1] > before[1]


def test_a_part_is_counted_where_it_runs_alone_and_else_with_its_page(monkeypatch):
    monkeypatch.setattr(fragments.st, "fragment", lambda draw, run_every: draw)
    drawn: list[str] = []
    draw = fragments.fragment("piece")(drawn.append)

    def alone() -> float | None:
        return metrics.REGISTRY.get_sample_value("gdplay_part_seconds_count", {"part": "piece"})

    for parts in (None, []):
        run = SimpleNamespace(fragment_ids_this_run=parts)
        monkeypatch.setattr(fragments, "get_script_run_ctx", lambda run=run: run)
        draw("with its page")
    assert alone() is None
    run = SimpleNamespace(fragment_ids_this_run=["piece"])
    monkeypatch.setattr(fragments, "get_script_run_ctx", lambda: run)
    draw("alone")
    assert (drawn, alone()) == (["with its page", "with its page", "alone"], 1)
