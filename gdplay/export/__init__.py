"""Take it away: an experiment as code that needs no gdplay, and as numbers for other programs."""

from collections.abc import Sequence

from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment
from gdplay.export.cells import as_script
from gdplay.export.notebook import as_notebook
from gdplay.export.program import program
from gdplay.export.records import as_json as json
from gdplay.export.records import load
from gdplay.export.tables import epochs_table, path_table

__all__ = ["csv", "json", "load", "notebook", "path_csv", "script"]


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


def csv(experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = "") -> str:
    """Return what came out as a tidy table: a row for each run, seed and epoch's end.

    Its first line is a comment with the experiment's link, its second names the columns, with
    units. What is not finite is an empty cell, and no text is taken for a formula.

    Parameters
    ----------
    experiment : Experiment
    traces : sequence of Trace, optional
        From `train`; trained here by default.
    address : str
        Where the experiment can be opened; by default what is put behind the address of an app.
    """
    return epochs_table(experiment, traces or train(experiment, record_path=False), address)


def path_csv(
    experiment: Experiment, traces: Sequence[Trace] | None = None, *, address: str = ""
) -> str:
    """Return the paths of seed 0 as a tidy table: a row for each state that is kept of a run.

    Parameters and form are those of `csv`.
    """
    return path_table(experiment, traces or train(experiment), address)
