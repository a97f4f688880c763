"""The ways to take an experiment away: one entry each, from which the pages' menu follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gdplay import link
from gdplay.engine.training import MAX_EPOCHS, MAX_PATH, Trace, train
from gdplay.experiment import Experiment
from gdplay.export import pytorch, scikit
from gdplay.export.cells import as_script
from gdplay.export.notebook import as_notebook
from gdplay.export.offline import as_html
from gdplay.export.others import refusal
from gdplay.export.program import program
from gdplay.export.pytorch import torch_program
from gdplay.export.records import as_json
from gdplay.export.scikit import scikit_program
from gdplay.export.tables import epochs_csv, path_csv, sharpness_csv
from gdplay.export.tikz import as_tikz
from gdplay.link import LinkError
from gdplay.loss.fit import Fit
from gdplay.registry import table
from gdplay.studies.sharpness import read
from gdplay.words import quantity

MOST_NUMBERS = 800_000
"""Pages write no table of more numbers: it would be too long for one message to the browser."""

CODE, NUMBERS, PICTURES = GROUPS = ("Code", "Numbers", "Pictures")

Write = Callable[[Experiment, Sequence[Trace] | None, str], str]


@dataclass(frozen=True)
class Format:
    """A kind of file that an experiment can be taken away as.

    Attributes
    ----------
    key, title : str
    about : str
        One sentence: what is in the file.
    group : str
        One of `GROUPS`.
    ending, mime : str
        The end of its name, and its kind for browsers.
    write : function
        Of the experiment, its traces (None trains it) and the address where it can be opened.
    refusal : function
        Of the experiment: one sentence on why pages offer no such file, or "".
    trains : bool
        Whether the experiment has to be trained for it.
    """

    key: str
    title: str
    about: str
    group: str
    ending: str
    mime: str
    write: Write
    refusal: Callable[[Experiment], str] = lambda experiment: ""
    trains: bool = False

    def file_name(self, experiment: Experiment) -> str:
        """Return what the file is called."""
        problem = experiment.problem
        source = problem.dataset if isinstance(problem, Fit) else problem
        return f"gdplay-{getattr(source, 'key', 'function')}{self.ending}"


def _too_many(numbers: int, instead: str) -> str:
    if numbers <= MOST_NUMBERS:
        return ""
    return (
        f"These are {quantity(numbers)} numbers, and pages write {quantity(MOST_NUMBERS)} at "
        f"most; in Python, {instead} writes them all."
    )


def _too_many_epochs(experiment: Experiment) -> str:
    return _too_many(_ends(experiment) * (9 + experiment.problem.n_params), "gd.export.csv")


def _too_long_paths(experiment: Experiment) -> str:
    return _too_many(_states(experiment) * (4 + experiment.problem.n_params), "gd.export.path_csv")


def _too_many_results(experiment: Experiment) -> str:
    numbers = 4 * _ends(experiment) + _states(experiment) * (1 + experiment.problem.n_params)
    return _too_many(numbers, "gd.export.json")


def _ends(experiment: Experiment) -> int:
    """Return how many starts and epochs' ends are kept at most, of all runs, seeds or starts."""
    kept = (min(experiment.epochs_of(run), MAX_EPOCHS) + 1 for run in experiment.runs)
    return max(experiment.n_seeds, 1 + len(experiment.more_starts)) * sum(kept)


def _states(experiment: Experiment) -> int:
    """Return how many states the paths keep."""
    n = experiment.problem.n_samples
    updates = (experiment.epochs_of(run) * run.updates_per_epoch(n) for run in experiment.runs)
    return sum(min(count + 1, MAX_PATH) for count in updates)


def _unlinkable(experiment: Experiment) -> str:
    try:
        link.encode(experiment)
    except LinkError as error:
        return str(error)
    return ""


def _results(experiment: Experiment, traces: Sequence[Trace], address: str) -> str:
    return as_json(experiment, traces, address=address, bends=read(experiment, traces))


FORMATS = table(
    Format(
        "script",
        "Python script",
        "Each run in plain NumPy, with nothing hidden in a library.",
        CODE,
        ".py",
        "text/x-python",
        lambda experiment, traces, address: as_script(program(experiment)),
    ),
    Format(
        "notebook",
        "Jupyter notebook",
        "The same, part by part.",
        CODE,
        ".ipynb",
        "application/x-ipynb+json",
        lambda experiment, traces, address: as_notebook(program(experiment)),
    ),
    Format(
        "sklearn",
        "scikit-learn",
        "The runs that take one row an update, by scikit-learn.",
        CODE,
        "-sklearn.py",
        "text/x-python",
        lambda experiment, traces, address: as_script(scikit_program(experiment)),
        lambda experiment: refusal(experiment, scikit.why_not),
    ),
    Format(
        "torch",
        "PyTorch",
        "The runs with PyTorch's own models, losses and rules.",
        CODE,
        "-torch.py",
        "text/x-python",
        lambda experiment, traces, address: as_script(torch_program(experiment)),
        lambda experiment: refusal(experiment, pytorch.why_not),
    ),
    Format(
        "epochs",
        "Curves (CSV)",
        "Losses and parameters at every epoch's end, a row each.",
        NUMBERS,
        "-epochs.csv",
        "text/csv",
        lambda experiment, traces, address: epochs_csv(experiment, traces, address=address),
        _too_many_epochs,
        trains=True,
    ),
    Format(
        "path",
        "Paths (CSV)",
        "Parameters after single updates, a row each.",
        NUMBERS,
        "-path.csv",
        "text/csv",
        lambda experiment, traces, address: path_csv(experiment, traces, address=address),
        _too_long_paths,
        trains=True,
    ),
    Format(
        "sharpness",
        "Sharpness (CSV)",
        "How sharply the loss bends along each path, a row for each state looked at.",
        NUMBERS,
        "-sharpness.csv",
        "text/csv",
        lambda experiment, traces, address: sharpness_csv(experiment, traces, address=address),
        trains=True,
    ),
    Format(
        "json",
        "Experiment (JSON)",
        "All settings and own rows, to be opened here again.",
        NUMBERS,
        ".json",
        "application/json",
        lambda experiment, traces, address: as_json(experiment, address=address),
        _unlinkable,
    ),
    Format(
        "results",
        "Results (JSON)",
        "All settings, and losses, paths, sharpness and last parameters.",
        NUMBERS,
        "-results.json",
        "application/json",
        lambda experiment, traces, address: _results(
            experiment, traces or train(experiment), address
        ),
        lambda experiment: _unlinkable(experiment) or _too_many_results(experiment),
        trains=True,
    ),
    Format(
        "tikz",
        "Map (TikZ)",
        "Level lines and paths for LaTeX.",
        PICTURES,
        ".tex",
        "application/x-tex",
        lambda experiment, traces, address: as_tikz(experiment, traces, address=address),
        trains=True,
    ),
    Format(
        "html",
        "Offline page (HTML)",
        "Surface, curves, fit and playback in one file that opens by double click.",
        PICTURES,
        ".html",
        "text/html",
        lambda experiment, traces, address: as_html(experiment, traces, address=address),
        trains=True,
    ),
)
