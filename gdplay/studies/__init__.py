"""One question each: what to run, what was read, and the words for it."""

from gdplay.studies.gradient_cloud import gradient_cloud
from gdplay.studies.hovering import hovering
from gdplay.studies.noise_floor import noise_floor
from gdplay.studies.one_update import one_update
from gdplay.studies.rate_sweep import rate_sweep
from gdplay.studies.schedules import schedules
from gdplay.studies.three_rates import three_rates
from gdplay.studies.update_costs import update_costs

__all__ = [
    "gradient_cloud",
    "hovering",
    "noise_floor",
    "one_update",
    "rate_sweep",
    "schedules",
    "three_rates",
    "update_costs",
]
