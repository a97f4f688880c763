"""See gradient descent: batch, mini-batch and stochastic descent on the true loss surface.

The library knows no screen and needs NumPy alone; scikit-learn loads when one of its data sets is
used, Plotly with `figures` and with what a notebook shows. What the app shows is made of these
values and functions.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from gdplay import export, link, notebook, studies
from gdplay.datasets import DATASETS
from gdplay.engine.replay import Step, replay
from gdplay.engine.revisited import Beyond, beyond, states_after
from gdplay.engine.training import Status, Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.link import LinkError
from gdplay.loss.expressions import Expression
from gdplay.loss.fit import Fit
from gdplay.loss.models import MODELS
from gdplay.loss.surfaces import SURFACES, Surface
from gdplay.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
)
from gdplay.own_rows.table import Table
from gdplay.schedules import SCHEDULES
from gdplay.studies.gradient_cloud import Cloud, cloud
from gdplay.studies.sweeps import Sweep, Swept, rates_around, sweep
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.lessons import LESSONS
from gdplay.teaching.presets import PRESETS
from gdplay.theory.curvature import (
    Curvature,
    Spectrum,
    contraction,
    curvature,
    curvature_at,
    global_bound,
    spectrum,
    stability_limit,
)
from gdplay.theory.gradient_noise import (
    mean_square_limit,
    noise_covariance,
    noise_floor,
    small_rate_floor,
)
from gdplay.theory.landscape import Landscape, Plane, box_of, landscape, plane_of

__version__ = "0.14.0"


def __getattr__(name: str) -> Any:
    """Load `figures` when somebody asks for it: it needs Plotly."""
    if name == "figures":
        return import_module("gdplay.figures")
    raise AttributeError(f"module 'gdplay' has no attribute {name!r}")


def _pictured(value: object) -> str:
    if find_spec("plotly") is None or not isinstance(value, Experiment):
        return ""
    from gdplay.gallery.notebook import picture

    return picture(value)


notebook.draw_with(_pictured)

__all__ = [
    "DATASETS",
    "LESSONS",
    "MODELS",
    "OPTIMIZERS",
    "PRESETS",
    "SCHEDULES",
    "SGD",
    "SURFACES",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Beyond",
    "Cloud",
    "Curvature",
    "Experiment",
    "Expression",
    "Fit",
    "Landscape",
    "LinkError",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Plane",
    "RMSProp",
    "Run",
    "Spectrum",
    "Status",
    "Step",
    "Surface",
    "Sweep",
    "Swept",
    "Table",
    "Trace",
    "beyond",
    "box_of",
    "cloud",
    "contraction",
    "curvature",
    "curvature_at",
    "default_experiment",
    "export",
    "global_bound",
    "landscape",
    "link",
    "mean_square_limit",
    "noise_covariance",
    "noise_floor",
    "plane_of",
    "rates_around",
    "replay",
    "small_rate_floor",
    "spectrum",
    "stability_limit",
    "states_after",
    "studies",
    "sweep",
    "train",
]
