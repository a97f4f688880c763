"""One question each: what to run, what was read, and the words for it."""

from gdplay.studies.basins import basins
from gdplay.studies.duels import duels
from gdplay.studies.edge import edge
from gdplay.studies.fair_race import fair_race
from gdplay.studies.gradient_cloud import gradient_cloud
from gdplay.studies.hovering import hovering
from gdplay.studies.noise_floor import noise_floor
from gdplay.studies.one_update import one_update
from gdplay.studies.rate_by_batch import rate_by_batch
from gdplay.studies.rate_scaling import rate_scaling
from gdplay.studies.rate_sweep import rate_sweep
from gdplay.studies.row_orders import row_orders
from gdplay.studies.schedules import schedules
from gdplay.studies.sharpness import sharpness
from gdplay.studies.three_rates import three_rates
from gdplay.studies.turned_axes import turned_axes
from gdplay.studies.update_costs import update_costs

__all__ = [
    "basins",
    "duels",
    "edge",
    "fair_race",
    "gradient_cloud",
    "hovering",
    "noise_floor",
    "one_update",
    "rate_by_batch",
    "rate_scaling",
    "rate_sweep",
    "row_orders",
    "schedules",
    "sharpness",
    "three_rates",
    "turned_axes",
    "update_costs",
]
