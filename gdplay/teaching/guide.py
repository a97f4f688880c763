"""What the Guide says: its words, its questions, and its numbers on anybody's data."""

from collections.abc import Sequence
from decimal import Decimal

from gdplay.experiment import Experiment, Run
from gdplay.knobs import by_symbol
from gdplay.loss.fit import Fit
from gdplay.optimizers import SGD
from gdplay.teaching.defaults import default_experiment, default_sizes
from gdplay.teaching.presets import EQUAL_UPDATES, PRESETS, Example
from gdplay.teaching.worked import steps
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import METRICS
from gdplay.words import number, quantity

# fmt: off
VARIANTS = (
    ("Batch", "all N rows", "Smooth, but slow per epoch: one step for all that work."),
    ("Mini-batch", "B rows", "Balanced, and efficient on hardware: the practical default."),
    ("Stochastic", "1 row", "Frequent updates: fast per epoch, and noisy to the end."),
)
SYMBOLS = (
    ("θ", "the parameters: what is learned"), ("←", "becomes: one update"),
    ("η", "the learning rate: sets the size of the step"),
    ("g", "the gradient of the batch's mean loss: one slope per parameter"),
    ("ℓᵢ", "the loss of row i"), ("B", "the rows in the batch: all N, some, or 1"),
)
LOOP = (
    ("Initialise", "choose θ"), ("Shuffle", "the rows, each epoch"),
    ("Choose a batch", "the next B rows"), ("Batch loss", "mean over its rows"),
    ("Batch gradient", "mean over its rows"), ("Update", "θ ← θ − η g"),
    ("Stop?", "epochs over, or slopes small"), ("Return", "θ"),
)
RATES = (  # share of 2/L, steps drawn, heading, text, presets
    (0.04, 14, "Too small", "Smooth, and very slow: ten times smaller needs about ten times the "
     "epochs.", ("too_small",)),
    (0.2, 10, "Right", "Smooth and fast: long steps where it is steep, short ones near the "
     "minimum.", ("right_rate",)),
    (1.06, 6, "Too large", "Steps overshoot. From 1/L on the run swings from side to side, and "
     "still gets down; above 2/L every step lands higher, and it diverges.", ("too_large",)),
)
ADAPTIVE = (
    ("Unequal steepness", "One rate serves all directions. The steepest sets its limit: the run "
     "zigzags across the ravine and crawls along it.", ("zigzag", "standardised")),
    ("Rules that adapt", "Momentum adds up gradients that agree. Adam and its kin give every "
     "parameter a rate of its own.", ("adaptive",)),
    ("Sparse features", "A feature that is rarely there rarely has a gradient. AdaGrad lets its "
     "weight take larger steps.", ("sparse",)),
)
WORDS = (
    ("Counting", (
        ("Batch", "The rows that make one gradient; the full batch is all of them."),
        ("Mini-batch", "More than one row and fewer than all."),
        ("Stochastic", "By chance: in stochastic gradient descent (SGD) each gradient comes "
         "from one row, in shuffled order."),
        ("Update", "One step of the parameters; also called an iteration."),
        ("Epoch", "One pass over all N training rows: N/B updates with batches of B rows, "
         "rounded up."),
        ("Short last batch", "The rows left over where B does not divide N."),
    ), ("last_batch", "replacement")),
    ("Losses", (
        *((METRICS[k].title, METRICS[k].about) for k in ("batch", "running", "loss", "test")),
        ("Excess", METRICS["excess"].about),
        ("Hovering", "At a constant rate, noise keeps a run moving around the minimum."),
    ), ("printed_loss", "noise_ball")),
    ("Steps", (
        ("Gradient", "The direction in which the loss rises fastest, and how steeply."),
        ("Learning rate η", "What the step is multiplied by."),
        ("Optimizer", "The rule that turns a gradient into a step."),
        ("Momentum", "A velocity: part of the last step is carried into the next."),
        ("Schedule", "Changes the learning rate, update by update."),
        ("Diverged", "The loss or the parameters grew beyond all bounds: a run is followed no "
         "further where its loss passes a million times its start."),
    ), ("valley_momentum", "too_large")),
    ("Shape and chance", (
        ("L", "The largest curvature, the Hessian's largest eigenvalue: with least squares it is "
         "the same everywhere, else taken at a minimum, or at a start where none is known."),
        ("μ", "The smallest curvature above zero."),
        ("Condition number", "L/μ: how elongated the bowl is; 1 is round."),
        ("2/L", "The rate from which the plain step on all rows settles no more where L is taken: "
         "L is the largest curvature, the same everywhere with least squares alone."),
        ("Seed", "The number that fixes the order of the rows, so that a run can be repeated."),
    ), ("standardised", "seeds")),
)
QUESTIONS = (
    ("One epoch, one rate for all: which variant is nearest to the minimum?", "variants"),
    (f"Now {EQUAL_UPDATES} updates for each: which has got farthest?", "per_update"),
    ("What does a run do just below 2/L, and what just above?", "too_large"),
    ("Why does the one-row run never settle, and what would settle it?", "noise_ball"),
    ("The rows come sorted by their target. Does it matter?", "shuffling"),
    ("One run ended lower than another. Is that proof?", "seeds"),
)
CLOCK = (
    ("Space", "Plays and pauses."),
    ("← →", "One update back or on, of the run whose name is lit. With Shift one epoch."),
    ("Home, End", "To the start; to the whole paths."),
    ("Curves", "A click holds the clock there. Its hand can be dragged."),
    ("Look inside", "Opens the held update, with all its numbers."),
)
READING = (  # what it is about, the whole citation, where it stands, presets
    ("Where it began: a step along one noisy measurement, and rates that fall.",
     "Robbins, H. and Monro, S. (1951). A stochastic approximation method. The Annals of "
     "Mathematical Statistics 22(3), 400–407.", "", ("noise_ball",)),
    ("Why a velocity helps along a ravine.",
     "Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods. USSR "
     "Computational Mathematics and Mathematical Physics 4(5), 1–17.", "", ("valley_momentum",)),
    ("A rate of its own for each parameter.",
     "Duchi, J., Hazan, E. and Singer, Y. (2011). Adaptive subgradient methods for online learning "
     "and stochastic optimization. Journal of Machine Learning Research 12, 2121–2159.", "",
     ("sparse",)),
    ("The rule that most networks are trained with.",
     "Kingma, D. P. and Ba, J. (2015). Adam: A method for stochastic optimization. International "
     "Conference on Learning Representations.", "1412.6980", ("adaptive",)),
    ("A large rate for large batches, reached step by step.",
     "Goyal, P., Dollár, P., Girshick, R., Noordhuis, P., Wesolowski, L., Kyrola, A., Tulloch, A., "
     "Jia, Y. and He, K. (2017). Accurate, large minibatch SGD: Training ImageNet in 1 hour.",
     "1706.02677", ()),
    ("How large a batch is still useful.",
     "McCandlish, S., Kaplan, J., Amodei, D. and the OpenAI Dota Team (2018). An empirical model "
     "of large-batch training.", "1812.06162", ()),
    ("Steps against rows, measured over many tasks.",
     "Shallue, C. J., Lee, J., Antognini, J., Sohl-Dickstein, J., Frostig, R. and Dahl, G. E. "
     "(2019). Measuring the effects of data parallelism on neural network training. Journal of "
     "Machine Learning Research 20(112), 1–49.", "1811.03600", ()),
    ("The whole field in one survey.",
     "Bottou, L., Curtis, F. E. and Nocedal, J. (2018). Optimization methods for large-scale "
     "machine learning. SIAM Review 60(2), 223–311.", "1606.04838", ()),
    ("Networks that live just above 2/L.",
     "Cohen, J. M., Kaur, S., Li, Y., Kolter, J. Z. and Talwalkar, A. (2021). Gradient descent on "
     "neural networks typically occurs at the edge of stability. International Conference on "
     "Learning Representations.", "2103.00065", ()),
    ("Why this app asks before it shows.",
     "Kim, Y.-S., Reinecke, K. and Hullman, J. (2017). Explaining the gap: Visualizing one’s "
     "predictions improves recall and comprehension of data. Proceedings of the 2017 CHI "
     "Conference on Human Factors in Computing Systems, 1375–1386.", "", ()),
)
# fmt: on


def citation(text: str, arxiv: str) -> str:
    """Return a citation in Markdown, with the way to the paper where it is free for all."""
    return f"{text} [arXiv:{arxiv}](https://arxiv.org/abs/{arxiv})" if arxiv else text


def meanings() -> dict[str, str]:
    """Return what each word of the glossary means, by its lower case without its symbol."""
    return {
        _bare(word): f"{word}: {meaning[:1].lower()}{meaning[1:]}"
        for _, words, _ in WORDS
        for word, meaning in words
        if len(word) > 1  # "L" and the like are in too many labels
    }


def _bare(word: str) -> str:
    return word.removesuffix(" η").removesuffix(" (all rows)").lower()


# The three variants


def counted(experiment: Experiment) -> tuple[Fit, list[Run]]:
    """Return the data that is counted, and the three variants on it.

    A function has no rows: then they are those of the default data. Mini-batches are as large as
    in the experiment's first mini-batch run.
    """
    if not isinstance(experiment.problem, Fit):
        experiment = default_experiment()
    fit = experiment.problem
    assert isinstance(fit, Fit)
    n = fit.n_samples
    minis = [run.rows(n) for run in experiment.runs if run.variant(n) == "mini-batch"]
    sizes = (None, minis[0] if minis else default_sizes(n)[1], 1)
    return fit, [Run(SGD(), batch_size=size) for size in sizes]


def count_rows(fit: Fit, runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Return the cells of the comparison, a row per variant."""
    n = fit.n_samples
    return [
        (name, uses, quantity(run.updates_per_epoch(n)), quantity(run.rows(n)),
         quantity(fit.X[: run.rows(n)].nbytes), quantity(n), behaves)
        for run, (name, uses, behaves) in zip(runs, VARIANTS, strict=True)
    ]  # fmt: skip


def count_words() -> str:
    """Return how the last batch shows in a round number of rows, and what is drawn above."""
    big = [
        quantity(Run(SGD(), batch_size=size).updates_per_epoch(10_000)) for size in (None, 32, 1)
    ]
    return (
        f"With 10 000 rows and B = 32 the updates per epoch are {big[0]}, {big[1]} and {big[2]}: "
        "the last batch is short. Bytes are rows × columns × 8. The paths drawn are those of "
        f"“{PRESETS['variants'].title}”."
    )


# The learning rate


def rate_words(experiment: Experiment) -> str:
    """Return what the curvature of this loss says about rates, and how far to trust it."""
    facts = curvature(experiment.problem)
    local = "It is a guide, not a border: elsewhere the loss bends more, or less."
    meaning = {
        "everywhere": "This is exact, for the loss bends the same everywhere: the plain step on "
        "all rows converges below it and grows above it. In the long run the fastest constant rate "
        f"is 2/(L + μ) = {number(facts.best)}, at which it swings as slowly to rest across the "
        "steepest direction as it creeps along the flattest.",
        "at the minimum": f"This is local, measured at the minimum. {local}",
        "at zero": "This is local, measured where all parameters are zero, for there is no finite "
        f"minimum. {local}",
        "at the usual start": f"This is local, measured where the function is usually started. "
        f"{local}",
    }[facts.where]
    return f"For {name_of(experiment.problem)}, **2/L = {number(facts.limit)}**. {meaning}"


def condition_words(experiment: Experiment) -> str:
    """Return how much steeper the steepest direction of this loss is than the flattest."""
    facts = curvature(experiment.problem)
    where = "" if facts.where == "everywhere" else f", {facts.where}"
    return (
        f"For {name_of(experiment.problem)}, the steepest direction bends "
        f"**{number(facts.condition)} times** as much as the flattest (the condition number "
        f"L/μ{where})."
    )


def name_of(problem: object) -> str:
    """Return what a problem is about, and on how many rows."""
    if isinstance(problem, Fit):
        return f"{problem.dataset.title}, {quantity(problem.n_samples, 'row')}"
    return str(getattr(problem, "title", "this function"))


# Worked by hand


def caption(example: Example) -> str:
    """Return a worked example's function, its rate and what else its rule holds."""
    function = example.surface.formula
    for plain, raised in {"^2": "²", "_1": "₁", "_2": "₂"}.items():
        function = function.replace(plain, raised)
    rate, *others = (f"{value:g}" for value in by_symbol(example.rule).values())
    more = f", {example.rule.title.lower()} {', '.join(others)}" if others else ""
    return f"{function}, η = {rate}{more}"


def worked(example: Example) -> list[tuple[str, ...]]:
    """Return a worked example's cells: a row per update, the start first."""
    rows = steps(example.surface, example.rule, example.start, example.n_steps + 1)
    columns = [
        [str(row.number - 1) for row in rows],
        [_vector(row.params) for row in rows],
        [number(float(row.loss), 7) for row in rows],
        [_vector(row.gradient) for row in rows],
    ]
    for place in range(len(rows[0].memory)):
        columns.append(["(0, 0)", *(_vector(row.memory[place][1]) for row in rows[:-1])])
    return list(zip(*columns, strict=True))


def _vector(values: Sequence[Decimal]) -> str:
    return f"({', '.join(number(float(value), 6) for value in values)})"
