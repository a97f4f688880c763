"""Take it away: an experiment as code that needs no gdplay, and as numbers for other programs."""

from gdplay.experiment import Experiment
from gdplay.export.cells import as_script
from gdplay.export.formats import FORMATS, Format
from gdplay.export.notebook import as_notebook
from gdplay.export.offline import as_html as html
from gdplay.export.program import program
from gdplay.export.pytorch import torch_program
from gdplay.export.qr import qr
from gdplay.export.records import as_json as json
from gdplay.export.records import load
from gdplay.export.scikit import scikit_program
from gdplay.export.tables import epochs_csv as csv
from gdplay.export.tables import path_csv, sharpness_csv
from gdplay.export.tikz import as_tikz as tikz

__all__ = [
    "FORMATS",
    "Format",
    "csv",
    "html",
    "json",
    "load",
    "notebook",
    "path_csv",
    "qr",
    "script",
    "sharpness_csv",
    "sklearn",
    "tikz",
    "torch",
]


def script(experiment: Experiment) -> str:
    """Return a program in plain NumPy, one file, that reproduces each run of an experiment.

    Run, it leaves `results`: a list with one dict for each run, of "loss" (an array of epochs + 1
    numbers: the training loss, penalty included, at the start and at each epoch's end, for seed
    0), "params" (the last) and, where rows are held out, "test_loss". It reads no network and no
    file; a large data set that ships with scikit-learn is loaded from there.

    Raises
    ------
    ValueError
        If a rule, a schedule or a model does not say how it is written.
    """
    return as_script(program(experiment))


def notebook(experiment: Experiment) -> str:
    """Return the same program as a Jupyter notebook, each part under a heading of its own.

    Raises
    ------
    ValueError
        As `script` does.
    """
    return as_notebook(program(experiment))


def sklearn(experiment: Experiment) -> str:
    """Return a program with scikit-learn, where it can express a run; `results` as in `script`.

    It takes one row an update, by the plain step at a constant rate. Runs that it cannot express
    are named at the top, with the reason.

    Raises
    ------
    ValueError
        If it can express none, with the reason.
    """
    return as_script(scikit_program(experiment))


def torch(experiment: Experiment) -> str:
    """Return a program with PyTorch, where it has the rule and the model; `results` as in `script`.

    Runs that it cannot express are named at the top, with the reason.

    Raises
    ------
    ValueError
        If it can express none, with the reason.
    """
    return as_script(torch_program(experiment))
