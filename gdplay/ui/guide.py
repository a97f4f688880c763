"""The Guide page: what gradient descent does, each statement with an experiment that shows it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from gdplay import link
from gdplay.arrays import Array
from gdplay.engine.training import train
from gdplay.experiment import Experiment, Run
from gdplay.figures.marks import line_mark
from gdplay.figures.theme import LIGHT, THEMES, Theme
from gdplay.knobs import by_symbol
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import OPTIMIZERS, SGD
from gdplay.teaching.defaults import default_experiment, default_sizes
from gdplay.teaching.presets import EXAMPLES, PRESETS, Example
from gdplay.teaching.worked import steps as worked_steps
from gdplay.theory.curvature import curvature
from gdplay.theory.measures import METRICS
from gdplay.ui import address, results, state
from gdplay.ui.compare import menu
from gdplay.words import number

COMPARE = Path(__file__).parents[2] / "pages" / "compare.py"
WORKED_PAGE = COMPARE.with_name("worked.py")
RATE_PAGE = COMPARE.with_name("learning_rate.py")
SIZE_PAGE = COMPARE.with_name("batch_size.py")
_CSS = (Path(__file__).parent / "guide.css").read_text(encoding="utf-8")

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
    (1.06, 6, "Too large", "Steps overshoot. From 1/L on the run swings from side to side; above "
     "2/L every step lands higher, and it diverges.", ("too_large",)),
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
        ("Epoch", "One pass over all training rows: N/B updates, rounded up."),
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
        ("Diverged", "The loss or the parameters grew beyond all bounds."),
    ), ("valley_momentum", "too_large")),
    ("Shape and chance", (
        ("L", "The largest curvature of the loss: the Hessian's largest eigenvalue."),
        ("μ", "The smallest curvature above zero."),
        ("Condition number", "L/μ: how elongated the bowl is; 1 is round."),
        ("2/L", "The rate at which the plain step on all rows stops converging."),
        ("Seed", "The number that fixes the order of the rows, so that a run can be repeated."),
    ), ("standardised", "seeds")),
)
QUESTIONS = (
    ("One epoch, one rate for all: which variant is nearest to the minimum?", "variants"),
    ("Now 30 updates for each: which has got farthest?", "per_update"),
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
# fmt: on


def page() -> None:
    """Draw the page."""
    st.html(f"<style>{_CSS}</style>")
    experiment = state.current().experiment
    theme = THEMES.get(st.context.theme.type or "light", LIGHT)
    with st.container(key="guide"):
        st.title("Gradient descent in a minute", anchor=False)
        st.markdown(
            "A model learns by walking downhill on its loss: measure the slope where it stands, "
            "step the other way, repeat. The three variants differ in one thing: **how many rows "
            "are looked at before each step.**"
        )
        st.markdown(" · ".join(f"[{title}](#{draw.__name__[1:]})" for title, draw in _PARTS))
        for title, draw in _PARTS:
            st.header(title, anchor=draw.__name__[1:])
            draw(experiment, theme)


@cache
def link_to(key: str) -> link.Query:
    """Return the query parameters that open a preset on Compare."""
    return address.whole(*menu.shown(key))


def warm() -> None:
    """Make every link once, before anybody asks: some need data sets that load slowly."""
    for key in PRESETS:
        link_to(key)


def _see(place: str, *keys: str) -> None:
    """Draw a link to Compare for each preset there is."""
    with st.container(horizontal=True, key=f"see.{place}.{'.'.join(keys)}"):
        for preset in (PRESETS[key] for key in keys if key in PRESETS):
            st.page_link(
                COMPARE, label=f":primary[{preset.title}]", icon=":material/play_circle:",
                help=preset.claim, query_params=link_to(preset.key),
            )  # fmt: skip


def _variants(experiment: Experiment, theme: Theme) -> None:
    fit, runs = counted(experiment)
    st.html(_map(fit, runs, theme))
    own = "Counted for the data on Compare:"
    if fit != experiment.problem:
        own = "A function has no rows; counted for"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{own} **{_name(fit)}**", width="content")
        st.page_link(COMPARE, label="Choose other data", icon=":material/tune:")
    heads = ("Variant", "Gradient uses", "Updates per epoch", "Rows in memory per update", "Bytes",
             "Examples per epoch", "How it behaves")  # fmt: skip
    st.html(_table(heads, count_rows(fit, runs), prose=True))
    big = [_whole(Run(SGD(), batch_size=size).updates_per_epoch(10_000)) for size in (None, 32, 1)]
    st.caption(
        f"With 10 000 rows and B = 32 the updates per epoch are {big[0]}, {big[1]} and {big[2]}: "
        "the last batch is short. Bytes are rows × columns × 8. The paths drawn are those of "
        f"“{PRESETS['variants'].title}”."
    )
    _see("variants", "variants", "per_update", "noise_ball")
    st.page_link(
        SIZE_PAGE, label=":primary[Batch sizes, measured on these data: noise, cost, best rates]",
        icon=":material/grain:",
    )  # fmt: skip


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
        (name, uses, _whole(run.updates_per_epoch(n)), _whole(run.rows(n)),
         _whole(fit.X[: run.rows(n)].nbytes), _whole(n), behaves)
        for run, (name, uses, behaves) in zip(runs, VARIANTS, strict=True)
    ]  # fmt: skip


def _map(fit: Fit, runs: Sequence[Run], theme: Theme) -> str:
    """Return the diagram: the rows, three ways to cut an epoch, one rule."""
    n, ways = fit.n_samples, ""
    for place, (run, (name, *_)) in enumerate(zip(runs, VARIANTS, strict=True)):
        rows, updates = run.rows(n), run.updates_per_epoch(n)
        count = "all " * (rows == n) + f"{_many(rows, 'row')} an update"
        ways += (
            f'<div class="gd-way" style="--run:{theme.run_color(place)}">{line_mark(theme, place)} '
            f"<b>{name} gradient descent</b><small>{count}, {_many(updates, 'update')} an epoch"
            f"</small>{_epoch(n, rows, updates)}{_paths(theme.name)[place]}</div>"
        )
    fork = f'<div class="gd-fork">{"<span>↓</span>" * 3}</div>'
    return (
        f'<div class="gd-map"><div class="gd-node">{_whole(n)} training rows<small>one epoch uses '
        f"each of them once</small></div>{fork}{ways}{fork}"
        '<div class="gd-node">The mean gradient of a batch goes to the optimizer, which makes the '
        "step<small>plain step, momentum, Adam …: any optimizer runs with any variant</small></div>"
        "</div>"
    )


def _epoch(n: int, rows: int, updates: int) -> str:
    """Return a bar: an epoch cut into updates as wide as their rows, the first one full."""
    many = updates > 50
    cuts = [rows, n - rows] if many else [*[rows] * (updates - 1), n - rows * (updates - 1)]
    pieces = "".join(f'<i style="flex-grow:{cut}"></i>' for cut in cuts)
    return f'<div class="gd-epoch{" gd-many" * many}">{pieces}</div>'


@cache
def _paths(theme_name: str) -> list[str]:
    """Return a sketch per variant: its path on the default experiment, over level lines."""
    theme, experiment = THEMES[theme_name], default_experiment()
    minimum, start = np.asarray(experiment.problem.minimum()), np.array(experiment.start)
    values, vectors = np.linalg.eigh(experiment.problem.hessian(minimum))
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors / np.sqrt(values)).T
    ground = [(minimum + size * ring, theme.ring, 0.6) for size in (0.5, 2, 4, 6, 8, 10)]
    ground.append((np.array([minimum, minimum]), theme.muted, 4.0))
    box = start - 0.6, minimum + np.array([2.6, 1.6])
    return [
        _sketch([*ground, (trace.path[:600], theme.run_color(place), 1.6)], box)
        for place, trace in enumerate(results.traces(experiment))
    ]


def _sketch(lines: Iterable[tuple[Array, str, float]], box: tuple[Array, Array]) -> str:
    """Return a small picture of lines (points (k, 2), colour, width) in a box (low, high)."""
    drawn, (low, high) = "", box
    for points, color, width in lines:
        spots = (points - low) / (high - low) * (240, 100)
        text = " ".join(f"{x:.1f},{100 - y:.1f}" for x, y in spots)
        drawn += f'<polyline points="{text}" stroke="{color}" stroke-width="{width}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 100" fill="none" '
        f'stroke-linecap="round" stroke-linejoin="round">{drawn}</svg>'
    )
    source = b64encode(svg.encode()).decode()
    return f'<img class="gd-sketch" alt="" src="data:image/svg+xml;base64,{source}">'


def _rule(experiment: Experiment, theme: Theme) -> None:
    left, right = st.columns([1.15, 1], gap="large", vertical_alignment="center")
    left.latex(
        r"""\begin{aligned} \theta &\leftarrow \theta - \eta\, g \\
        \text{loss} &= \frac{1}{B} \sum_{i \in \text{batch}} \ell_i(\theta) \\
        g &= \frac{1}{B} \sum_{i \in \text{batch}} \nabla \ell_i(\theta) \end{aligned}"""
    )
    right.html(_pairs(SYMBOLS, " gd-symbols"))
    st.markdown(
        "**Why minus?** The gradient points uphill, so the step goes the other way. **Why means?** "
        "Loss and gradient then do not grow with the number of rows: a batch of 8 moves about as "
        "far as one of 64."
    )
    _see("rule", "bowl_step", "last_batch")


def _loop(experiment: Experiment, theme: Theme) -> None:
    nodes = [f'<div class="gd-node">{name}<small>{about}</small></div>' for name, about in LOOP]
    st.html(
        f'<div class="gd-loop">{"".join(nodes[:2])}<div class="gd-again">'
        f"<span>no: next batch</span>{''.join(nodes[2:7])}</div>{nodes[7]}</div>"
    )
    st.markdown("When every row was used, an epoch is over and the rows are shuffled again.")
    _see("loop", "shuffling", "replacement", "last_batch", "stopping")


def _rate(experiment: Experiment, theme: Theme) -> None:
    limit = curvature(experiment.problem).limit
    st.markdown(rate_words(experiment))
    st.page_link(
        RATE_PAGE, label=":primary[Rates, measured on these data: limits, sweeps, schedules]",
        icon=":material/speed:",
    )  # fmt: skip
    for column, (share, steps, name, text, keys) in zip(
        st.columns(3, gap="medium"), RATES, strict=True
    ):
        with column:
            st.html(_descent(share, steps, theme.name))
            st.markdown(f"**{name}.** {text}")
            st.caption(f"Drawn at {share:g} × 2/L; here that is η = {number(share * limit)}.")
            _see("rate", *keys)


@cache
def _descent(share: float, steps: int, theme_name: str) -> str:
    """Return a sketch of plain steps on x² at so many times 2/L."""
    theme, bowl = THEMES[theme_name], SURFACES["bowl"]
    run = Run(SGD(lr=share * curvature(bowl).limit))
    start = (0.55 if share > 1 else -1.1, 0.0)
    (trace,) = train(Experiment(bowl, (run,), start=start, epochs=steps))
    x = np.linspace(-1.3, 1.3, 80)
    steps_taken = np.column_stack([trace.params[0, :, 0], trace.loss[0]])
    dots = [(np.array([spot, spot]), theme.run_color(0), 4.5) for spot in steps_taken]
    lines = [(np.column_stack([x, x**2]), theme.ring, 1.2), (steps_taken, theme.run_color(0), 1.2)]
    return _sketch([*lines, *dots], (np.array([-1.6, -0.12]), np.array([1.6, 1.5])))


def rate_words(experiment: Experiment) -> str:
    """Return what the curvature of this loss says about rates, and how far to trust it."""
    facts = curvature(experiment.problem)
    local = "It is a guide, not a border: elsewhere the loss bends more, or less."
    meaning = {
        "everywhere": "This is exact, for the loss bends the same everywhere: the plain step on "
        "all rows converges below it and grows above it. The fastest constant rate is 2/(L + μ) "
        f"= {number(facts.best)}.",
        "at the minimum": f"This is local, measured at the minimum. {local}",
        "at zero": "This is local, measured where all parameters are zero, for there is no finite "
        f"minimum. {local}",
    }[facts.where]
    return f"For {_name(experiment.problem)}, **2/L = {number(facts.limit)}**. {meaning}"


def _name(problem: object) -> str:
    if isinstance(problem, Fit):
        return f"{problem.dataset.title}, {_whole(problem.n_samples)} rows"
    return str(getattr(problem, "title", "this function"))


def _adaptive(experiment: Experiment, theme: Theme) -> None:
    for column, (name, text, keys) in zip(st.columns(3, gap="medium"), ADAPTIVE, strict=True):
        with column:
            st.markdown(f"**{name}.** {text}")
            _see("adaptive", *keys)
    facts = curvature(experiment.problem)
    where = "" if facts.where == "everywhere" else f", {facts.where}"
    st.markdown(
        f"For {_name(experiment.problem)}, the steepest direction bends **{number(facts.condition)}"
        f" times** as much as the flattest (the condition number L/μ{where})."
    )
    with st.expander(f"All {len(OPTIMIZERS)} optimizers and their formulas"):
        with st.container(key="rules"):
            columns = st.columns(2, gap="large")
        for place, rule in enumerate(OPTIMIZERS.values()):
            column = columns[2 * place > len(OPTIMIZERS)]
            column.markdown(f"**{rule.title}.** {rule.about}")
            column.latex(rule.formula)


def _worked(experiment: Experiment, theme: Theme) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            "Small enough to check with a pencil; computed here by the library.", width="content"
        )
        st.page_link(
            WORKED_PAGE,
            label=":primary[Step by step, with your own numbers]",
            icon=":material/calculate:",
        )
    for column, example in zip(
        st.columns([1, 1.2, 1.5], gap="medium"), EXAMPLES.values(), strict=True
    ):
        with column:
            rows = worked(example)
            heads = ("Update", "Parameters", "Loss", "Gradient", "Velocity")[: len(rows[0])]
            st.html(_table(heads, rows, caption=_caption(example)))
            st.caption(example.aside.format(rows[-2][2]))
            _see("worked", example.key)


def _caption(example: Example) -> str:
    """Return a worked example's function, its rate and what else its rule holds."""
    function = example.surface.formula
    for plain, raised in {"^2": "²", "_1": "₁", "_2": "₂"}.items():
        function = function.replace(plain, raised)
    rate, *others = (f"{value:g}" for value in by_symbol(example.rule).values())
    more = f", {example.rule.title.lower()} {', '.join(others)}" if others else ""
    return f"{function}, η = {rate}{more}"


def worked(example: Example) -> list[tuple[str, ...]]:
    """Return a worked example's cells: a row per update, the start first."""
    rows = worked_steps(example.surface, example.rule, example.start, example.n_steps + 1)
    columns = [
        [str(row.number - 1) for row in rows],
        [_vector(row.params) for row in rows],
        [f"{float(row.loss):.7g}" for row in rows],
        [_vector(row.gradient) for row in rows],
    ]
    for place in range(len(rows[0].memory)):
        columns.append(["(0, 0)", *(_vector(row.memory[place][1]) for row in rows[:-1])])
    return list(zip(*columns, strict=True))


def _vector(values: Sequence[Decimal]) -> str:
    return f"({', '.join(f'{float(value):.6g}' for value in values)})".replace("-", "−")


def _words(experiment: Experiment, theme: Theme) -> None:
    for pair in (WORDS[:2], WORDS[2:]):
        for column, (name, words, keys) in zip(st.columns(2, gap="large"), pair, strict=True):
            with column:
                st.subheader(name, anchor=False)
                st.html(_pairs(words))
                _see("words", *keys)


def _class(experiment: Experiment, theme: Theme) -> None:
    st.markdown("Ask, let them guess, then open. Each link is a whole experiment: pass it on.")
    for question, key in QUESTIONS:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(question, width="content")
            _see("class", key)
    st.subheader("To hold the clock on Compare", anchor=False)
    st.html(_pairs(CLOCK))


_PARTS = (
    ("Three variants", _variants),
    ("The rule", _rule),
    ("The loop", _loop),
    ("The learning rate", _rate),
    ("Why adaptive rules exist", _adaptive),
    ("Worked by hand", _worked),
    ("Words", _words),
    ("For a class", _class),
)


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, prose: bool = False, caption: str = ""
) -> str:
    """Return a table; with `prose` the last column is text that wraps."""
    end = ' class="gd-prose"' * prose

    def line(cells: Sequence[str], kind: str) -> str:
        first, *middle, last = map(escape, cells)
        rest = "".join(f"<{kind}>{cell}</{kind}>" for cell in middle)
        return f"<tr><th>{first}</th>{rest}<{kind}{end}>{last}</{kind}></tr>"

    body = "".join(line(row, "td") for row in rows)
    return (
        f'<div class="gd-table"><table><caption>{escape(caption)}</caption><thead>'
        f"{line(heads, 'th')}</thead><tbody>{body}</tbody></table></div>"
    )


def _pairs(pairs: Iterable[tuple[str, str]], more: str = "") -> str:
    """Return words and what they mean."""
    text = "".join(f"<dt>{escape(word)}</dt><dd>{escape(about)}</dd>" for word, about in pairs)
    return f'<dl class="gd-words{more}">{text}</dl>'


def _whole(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _many(count: int, thing: str) -> str:
    return f"{_whole(count)} {thing}{'s' * (count != 1)}"
