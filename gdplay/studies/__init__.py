"""One question each: what to run, what was read, and the words for it."""

from gdplay.studies.one_update import one_update
from gdplay.studies.rate_sweep import rate_sweep
from gdplay.studies.schedules import schedules
from gdplay.studies.three_rates import three_rates

__all__ = ["one_update", "rate_sweep", "schedules", "three_rates"]
