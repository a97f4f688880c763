"""What the operator's numbers learn of a run; nothing where the app has no operator."""

from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec


def timed(kind: str, name: str) -> AbstractContextManager[object]:
    """Return what counts the seconds of a "page" or a "part" of one, by its name.

    In a browser there is no Prometheus, and nobody to read it.
    """
    if find_spec("prometheus_client") is None:
        return nullcontext()
    from gdplay import metrics

    histogram = {"page": metrics.RERUNS, "part": metrics.PARTS}[kind]
    timer: AbstractContextManager[object] = histogram.labels(name).time()
    return timer
