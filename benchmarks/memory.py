"""Peak memory of training at its largest, measured in a process of its own."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import gdplay as gd
from benchmarks.data import experiment, fit, told
from benchmarks.measure import Row

MOST = 100.0
"""Megabytes by which the peak may grow."""

WORK = {
    "b1": ("linear", 1, 1),
    "b32": ("linear", 32, 5),
    "full-logistic": ("logistic", None, 5),
}
"""Model, batch size and epochs."""


def grown(name: str) -> float:
    """Return by how many megabytes a fresh process grows, data included."""
    command = [sys.executable, "-m", "benchmarks.memory", name]
    folder = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def peak() -> float:
    """Return this process's peak memory in megabytes.

    Linux: VmHWM. `getrusage` is for other systems: on Linux its peak starts at that of the process
    which started this one, so that growth would be hidden.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(name: str) -> None:
    """Train in this process and print by how much its peak grew."""
    kind, batch_size, epochs = WORK[name]
    before = peak()
    what = experiment(fit(kind, 10_000, 30), batch_size, runs=300, epochs=epochs)
    gd.train(what, record_path=False)
    print(peak() - before)


MEMORY = tuple(
    Row(
        f"memory-{name}", "peak memory",
        told(kind, size, n_samples=10_000, n_columns=30, epochs=epochs, runs=300),
        partial(grown, name), ceiling=MOST,
    )
    for name, (kind, size, epochs) in WORK.items()
)  # fmt: skip
"""Megabytes."""

if __name__ == "__main__":
    main(sys.argv[1])
