"""What functions remember: no more than there is room for, the least used gone first."""

import ctypes
import re
import subprocess
import sys

import numpy as np
import pytest

import gdplay as gd
from gdplay import memory
from gdplay.loss.fit import _prepare
from gdplay.memory import Shelf, remembered, size_of
from tests import ROOT


def test_a_shelf_holds_so_many_bytes_and_lets_go_of_what_was_used_least():
    shelf = Shelf(100)
    for key in "abc":
        shelf.keep(key, np.zeros(5))  # 40 bytes
        shelf.get("a")
    assert [shelf.get(key) is not None for key in "abc"] == [True, False, True]
    shelf.keep("large", np.zeros(50))
    assert [shelf.get(key) is not None for key in ("a", "c", "large")] == [False, False, True]


def test_a_shelf_holds_so_many_things():
    shelf = Shelf(10_000, 2)
    for key in "abc":
        shelf.keep(key, key)
    assert [shelf.get(key, "gone") for key in "abc"] == ["gone", "b", "c"]


def test_what_is_kept_anew_weighs_once():
    shelf = Shelf(100)
    for _ in range(5):
        shelf.keep("a", np.zeros(5))
    shelf.keep("b", np.zeros(5))
    assert shelf.get("a") is not None


def test_a_function_forgets_what_would_take_more_bytes_than_there_are(monkeypatch):
    monkeypatch.setattr(memory, "ROOM", 100)
    calls = []

    @remembered(50)
    def zeros(size, times=1):
        calls.append(size)
        return np.zeros(size) * times

    for size in (5, 6, 5, 7, 6):
        assert zeros(size, times=1).size == size
    assert calls == [5, 6, 7, 6]


def test_nothing_is_remembered_as_well():
    calls = []
    nothing = remembered(3)(calls.append)
    assert [nothing(1), nothing(1)] == [None, None]
    assert calls == [1]


def test_what_rows_are_made_into_weighs_what_its_arrays_weigh():
    wide = gd.DATASETS["digits"]
    prepared = _prepare(gd.Fit(wide, gd.MODELS["softmax"]))
    assert size_of(prepared) >= wide.load().X.nbytes
    whole = np.zeros(8)
    assert size_of([whole, whole]) == 64, "one array in two places"


def test_what_nobody_used_for_long_is_let_go_and_what_was_used_stays(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(memory, "monotonic", lambda: now[0])
    shelf, nameless = Shelf(1000, name="shelf"), Shelf(1000)
    monkeypatch.setattr(memory, "_SHELVES", {shelf})
    for key in "abc":
        shelf.keep(key, np.zeros(5))
        nameless.keep(key, np.zeros(5))
        now[0] += 10
    shelf.get("a")
    assert memory.let_go(15) == 40, "b alone was used 20 seconds ago; a and c since"
    assert [shelf.get(key) is not None for key in "abc"] == [True, False, True]
    assert nameless.get("b") is not None, "what rows bring along goes with them"
    assert shelf.weight == 80
    now[0] += 100
    assert memory.let_go(15) == 80
    assert shelf.weight == 0


def test_memory_is_given_back_where_the_c_library_can_be_told_and_nowhere_else_fails(monkeypatch):
    memory.share_arenas()
    memory.give_back()
    monkeypatch.setattr(memory.sys, "platform", "emscripten")
    monkeypatch.setattr(memory.ctypes, "CDLL", None)
    memory.share_arenas()
    memory.give_back()


PLACES = """
import ctypes, threading
import app
at_once = threading.Barrier(5)
def take():
    at_once.wait()
    bytearray(10**6)
    at_once.wait()
threads = [threading.Thread(target=take) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.fdopen.restype = ctypes.c_void_p
library.malloc_info(0, ctypes.c_void_p(library.fdopen(1, b"w")))
library.fflush(None)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc alone"
)
def test_threads_of_the_server_take_memory_from_one_place():
    command = [sys.executable, "-c", PLACES]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall('<heap nr="(.*?)">', told) == ["0"]


def test_the_c_library_is_told_by_the_names_and_numbers_of_its_own_headers(monkeypatch):
    """malloc.h has M_ARENA_MAX as -8; malloc_trim leaves so many bytes at the end, here none."""
    told = []
    monkeypatch.setattr(memory, "_tell_library", lambda *words: told.append(words))
    memory.give_back()
    memory.share_arenas()
    assert told == [("malloc_trim", 0), ("mallopt", -8, 1)]


def test_what_is_made_of_a_value_with_a_memory_of_its_own_is_kept_there_alone():
    class Own:
        def __init__(self):
            self.memory = {}

    calls = []

    @remembered(2)
    def made(value, times=1):
        calls.append(times)
        return times

    first, second = Own(), Own()
    assert [made(first, times) for times in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert calls == [1, 2, 3, 2]  # of two the one least used goes
    assert made(second) == 1
    (kept,) = first.memory.values()
    assert isinstance(kept, Shelf)
    assert kept is not second.memory[made.__wrapped__]
    first.memory.clear()
    calls.clear()
    made(first)
    assert calls == [1]
