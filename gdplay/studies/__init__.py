"""One question each: what to run, what was read, and the words for it."""

from gdplay.studies.rate_sweep import rate_sweep
from gdplay.studies.schedules import schedules
from gdplay.studies.three_rates import three_rates

__all__ = ["rate_sweep", "schedules", "three_rates"]
