"""The Guide page: what gradient descent does, each statement with an experiment that shows it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from gdplay import link
from gdplay.curvature import curvature
from gdplay.experiment import Experiment, Run
from gdplay.figures.theme import LIGHT, THEMES, Theme
from gdplay.fit import Fit
from gdplay.measures import METRICS
from gdplay.optimizers import OPTIMIZERS, SGD
from gdplay.presets import PRESETS, default_experiment, default_sizes
from gdplay.problem import Array
from gdplay.surfaces import SURFACES
from gdplay.training import train
from gdplay.ui import state, view
from gdplay.ui.marks import line_mark
from gdplay.ui.widgets import number

COMPARE = Path(__file__).parents[2] / "pages" / "compare.py"
_CSS = (Path(__file__).parent / "guide.css").read_text(encoding="utf-8")

VIEWS = {
    "per_update": {"along": "updates"},
    "noise_ball": {"metric": "excess"},
    "replacement": {"metric": "excess"},
    "last_batch": {"metric": "excess"},
    "seeds": {"metric": "excess"},
    "shuffling": {"metric": "excess"},
    "too_large": {"ground": "map"},
    "zigzag": {"ground": "map"},
    "adaptive": {"ground": "map"},
    "bowl_step": {"ground": "map"},
    "valley_steps": {"ground": "map"},
    "valley_momentum": {"ground": "map"},
}
"""How an experiment is best looked at, where that is not as on a first visit."""

PARTS = (
    ("variants", "Three variants"),
    ("rule", "The rule"),
    ("loop", "The loop"),
    ("rate", "The learning rate"),
    ("adaptive", "Why adaptive rules exist"),
    ("examples", "Worked by hand"),
    ("words", "Words"),
    ("class", "For a class"),
)

VARIANTS = (
    ("Batch gradient descent", "all rows", "Smooth, but slow per epoch: one step for all that work."),
    ("Mini-batch gradient descent", "B rows", "Balanced and kind to hardware: the practical default."),
    ("Stochastic gradient descent", "1 row", "Many quick steps: fast per epoch, but noisy to the end."),
)  # fmt: skip

SYMBOLS = (
    ("θ", "the parameters: what is learned"),
    ("←", "becomes: one update"),
    ("η", "the learning rate: how far a step goes"),
    ("g", "the gradient: the slope of the batch's mean loss along each parameter"),
    ("ℓᵢ", "the loss of row i"),
    ("B", "the rows in the batch: all N, some, or 1"),
)

LOOP = (
    ("Initialise", "choose θ"),
    ("Shuffle", "the rows, every epoch"),
    ("Choose a batch", "the next B rows"),
    ("Batch loss", "mean over its rows"),
    ("Batch gradient", "mean over its rows"),
    ("Update", "θ ← θ − η g"),
    ("Stop?", "epochs over, or g small"),
    ("Return", "θ"),
)

RATES = (
    (0.04, 14, "Too small", "Smooth, and very slow: ten times smaller needs about ten times the "
     "epochs.", ("too_small",)),
    (0.2, 10, "Right", "Smooth and fast: long steps where it is steep, short ones near the "
     "minimum.", ("right_rate",)),
    (1.06, 6, "Too large", "Every step overshoots. From 1/L on it swings from side to side; above "
     "2/L each step lands higher, and the run diverges.", ("too_large",)),
)  # fmt: skip
"""Share of 2/L, steps drawn, heading, text, presets."""

WHY_ADAPTIVE = (
    ("Unequal steepness", "One rate serves all directions. The steepest sets its limit, and along "
     "the flat ones the run crawls, or zigzags down the ravine.", ("zigzag", "standardised")),
    ("Rules that adapt", "Momentum adds up the gradients that agree. Adam and its kin give every "
     "parameter a rate of its own.", ("adaptive",)),
    ("Sparse features", "A feature that is rarely there rarely has a gradient. AdaGrad lets its "
     "weight take larger steps when it does.", ("sparse",)),
)  # fmt: skip

WORKED = (
    ("bowl_step", 1, "One step takes off 36 % of the loss."),
    ("valley_steps", 4, "The lecture note prints 4.21 for the loss after 3 updates: its arithmetic "
     "was rounded. {} is exact."),
    ("valley_momentum", 4, "After 3 updates the lecture note prints 8.43, from rounded parameters. "
     "{} is exact: momentum has overshot."),
)  # fmt: skip

WORDS = (
    ("Counting", (
        ("Batch", "The rows that make one gradient. The full batch is all of them."),
        ("Mini-batch", "A batch of more than one row and fewer than all."),
        ("Stochastic", "By chance: each gradient comes from one row, in shuffled order."),
        ("Update", "One step of the parameters; also called an iteration."),
        ("Epoch", "One pass over all training rows: N/B updates, rounded up."),
        ("Short last batch", "The rows left over where B does not divide N."),
    ), ("last_batch", "replacement")),
    ("Losses", tuple((METRICS[k].title, METRICS[k].about) for k in (
        "batch", "running", "loss", "test", "excess")), ("printed_loss",)),
    ("Steps", (
        ("Gradient", "Where the loss rises fastest, and how steeply: one slope per parameter."),
        ("Learning rate η", "What the step is multiplied by."),
        ("Optimizer", "The rule that makes a step of a gradient. Any optimizer runs with any "
         "variant."),
        ("Momentum", "A velocity: part of the last step is carried into the next."),
        ("Schedule", "Changes the learning rate, update by update."),
        ("Hovering", "At a constant rate, noise keeps a run moving around the minimum."),
    ), ("valley_momentum", "noise_ball")),
    ("Shape and chance", (
        ("L", "The largest curvature of the loss (of its Hessian's eigenvalues)."),
        ("μ", "The smallest curvature above zero."),
        ("Condition number", "L/μ: how elongated the bowl is. 1 is round."),
        ("2/L", "Where the plain step on all rows stops converging."),
        ("Diverged", "The loss or the parameters grew beyond all bounds."),
        ("Seed", "The number that fixes the order of the rows, so that a run can be repeated."),
    ), ("standardised", "seeds")),
)  # fmt: skip

QUESTIONS = (
    ("One epoch, one rate for all: which variant is nearest to the minimum?", "variants"),
    ("Now 30 updates for each: which has got farthest?", "per_update"),
    ("What does the run do just below 2/L, and just above?", "too_large"),
    ("Why does the one-row run never settle, and what makes it?", "noise_ball"),
    ("The rows come sorted by their target. Does it matter?", "shuffling"),
    ("One run was better than another. Is that proof?", "seeds"),
)


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
        st.markdown(" · ".join(f"[{title}](#{anchor})" for anchor, title in PARTS))
        for draw, (anchor, title) in zip(
            (_variants, _rule, _loop, _rate, _adaptive, _worked, _words, _class), PARTS, strict=True
        ):
            st.header(title, anchor=anchor)
            draw(experiment, theme)


# Links


@cache
def address(key: str) -> link.Query:
    """Return the query parameters that open a preset on Compare."""
    experiment = PRESETS[key].build()
    together = len({run.optimizer.lr for run in experiment.runs}) == 1
    chosen = replace(view.View(together=together), **VIEWS.get(key, {}))  # type: ignore[arg-type]
    return link.encode(experiment) | view.encode(chosen)


def _see(place: str, *keys: str) -> None:
    """Draw a link to Compare for each preset there is."""
    found = [PRESETS[key] for key in keys if key in PRESETS]
    with st.container(horizontal=True, key=f"see.{place}.{'.'.join(keys)}"):
        for preset in found:
            st.page_link(
                COMPARE, label=preset.title, icon=":material/play_circle:", help=preset.claim,
                query_params=address(preset.key),
            )  # fmt: skip


# Three variants


def counted(experiment: Experiment) -> tuple[Fit, tuple[Run, Run, Run]]:
    """Return the data that is counted, and the three variants on it.

    A function has no rows: then they are those of the default data. Mini-batches are as large as
    in the experiment's first mini-batch run.
    """
    fit = experiment.problem
    if not isinstance(fit, Fit):
        experiment = default_experiment()
        fit = experiment.problem
    assert isinstance(fit, Fit)
    n = fit.n_samples
    minis = [run.rows(n) for run in experiment.runs if run.variant(n) == "mini-batch"]
    sizes = (None, (minis or [default_sizes(n)[1]])[0], 1)
    return fit, tuple(Run(SGD(), batch_size=size) for size in sizes)  # type: ignore[return-value]


def _variants(experiment: Experiment, theme: Theme) -> None:
    fit, runs = counted(experiment)
    st.html(_map(fit, runs, theme))
    name = f"**{fit.dataset.title}, {_whole(fit.n_samples)} rows**"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        there = "for the data on Compare" if fit == experiment.problem else "for"
        st.markdown(f"Counted {there}: {name}", width="content")
        st.page_link(COMPARE, label="Choose other data", icon=":material/tune:")
    heads = ("Variant", "Gradient from", "Updates per epoch", "Rows in memory per update",
             "Bytes of these rows", "Examples per epoch", "How it behaves")  # fmt: skip
    st.html(_table(heads, count_rows(fit, runs), prose=True))
    st.caption(
        "An epoch uses every row once, whatever the variant: it is cut into more or fewer updates. "
        f"With 10 000 rows and B = 32 that is {_per_epoch(None)} update, {_per_epoch(32)} or "
        f"{_per_epoch(1)}. Bytes are rows × columns × 8."
    )
    _see("variants", "variants", "per_update", "noise_ball")


def _per_epoch(size: int | None) -> str:
    return _whole(Run(SGD(), batch_size=size).updates_per_epoch(10_000))


def count_rows(fit: Fit, runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Return the cells of the comparison, a row per variant."""
    n = fit.n_samples
    return [
        (name, uses, _whole(run.updates_per_epoch(n)), _whole(run.rows(n)),
         _whole(fit.X[: run.rows(n)].nbytes), _whole(n), behaves)
        for run, (name, uses, behaves) in zip(runs, VARIANTS, strict=True)
    ]  # fmt: skip


def _map(fit: Fit, runs: Sequence[Run], theme: Theme) -> str:
    """Return the diagram: rows, three ways to cut an epoch, one rule."""
    n, sketches = fit.n_samples, _paths(theme.name)
    ways = "".join(
        f'<div class="gd-way" style="--run:{theme.run_color(place)}">{line_mark(theme, place)} '
        f"<b>{name}</b><small>{_updates(run, n)}</small>{_epoch(run, n)}{sketch}</div>"
        for place, (run, (name, *_), sketch) in enumerate(
            zip(runs, VARIANTS, sketches, strict=True)
        )
    )
    fork = f'<div class="gd-fork">{"<span>↓</span>" * 3}</div>'
    return (
        f'<div class="gd-map"><div class="gd-node">{_whole(n)} training rows'
        f"<small>one epoch uses each of them once</small></div>{fork}{ways}{fork}"
        '<div class="gd-node">The mean gradient of these rows goes to the optimizer, which makes '
        "the step<small>plain step, momentum, Adam …: any optimizer runs with any variant</small>"
        "</div></div>"
    )


def _updates(run: Run, n: int) -> str:
    rows, updates = run.rows(n), run.updates_per_epoch(n)
    whole = "all " if rows == n else ""
    return (
        f"{whole}{_whole(rows)} row{'s' * (rows > 1)} an update, "
        f"{_whole(updates)} update{'s' * (updates > 1)} an epoch"
    )


def _epoch(run: Run, n: int) -> str:
    """Return a bar: an epoch cut into updates as wide as their rows, the first one full."""
    rows, updates = run.rows(n), run.updates_per_epoch(n)
    cuts = [rows] * (updates - 1) + [n - rows * (updates - 1)]
    if updates > 50:
        cuts = [rows, n - rows]
    many = " gd-many" * (updates > 50)
    pieces = "".join(f'<i style="flex-grow:{cut}"></i>' for cut in cuts)
    return f'<div class="gd-epoch{many}">{pieces}</div>'


@cache
def _paths(theme_name: str) -> list[str]:
    """Return a sketch per variant: its path on the default experiment, over level lines."""
    theme, experiment = THEMES[theme_name], default_experiment()
    problem, traces = experiment.problem, state.traces(experiment)
    minimum = np.asarray(problem.minimum())
    values, vectors = np.linalg.eigh(problem.hessian(minimum))
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors / np.sqrt(values)).T
    level = [(minimum + size * ring, theme.ring, 0.7) for size in range(1, 14, 2)]
    corners = np.vstack([trace.path for trace in traces[:2]])
    box = corners.min(axis=0) - 0.7, corners.max(axis=0) + 0.7
    return [
        _sketch([*level, (trace.path[:600], theme.run_color(place), 1.6)], box)
        for place, trace in enumerate(traces)
    ]


def _sketch(lines: Iterable[tuple[Array, str, float]], box: tuple[Array, Array]) -> str:
    """Return a small picture of lines (points (k, 2), colour, width) in a box (low, high)."""
    low, high = box
    size = np.array([240.0, 120.0])
    drawn = ""
    for points, color, width in lines:
        spots = (points - low) / (high - low) * size
        text = " ".join(f"{x:.1f},{size[1] - y:.1f}" for x, y in spots)
        drawn += f'<polyline points="{text}" stroke="{color}" stroke-width="{width}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" '
        f'fill="none" stroke-linejoin="round">{drawn}</svg>'
    )
    source = b64encode(svg.encode()).decode()
    return f'<img class="gd-sketch" alt="" src="data:image/svg+xml;base64,{source}">'


# The rule and the loop


def _rule(experiment: Experiment, theme: Theme) -> None:
    left, right = st.columns([1.15, 1], gap="large", vertical_alignment="center")
    with left:
        st.latex(
            r"""\begin{aligned} \theta &\leftarrow \theta - \eta\, g \\
            g &= \frac{1}{B} \sum_{i \in \text{batch}} \nabla \ell_i(\theta) \qquad
            \text{loss} = \frac{1}{B} \sum_{i \in \text{batch}} \ell_i(\theta)
            \end{aligned}"""
        )
    right.html(_pairs(SYMBOLS, " gd-pairs"))
    st.markdown(
        "**Why minus?** The gradient points uphill, where the loss rises fastest; so the step goes "
        "the other way. **Why means?** A mean does not grow with the number of rows, so one "
        "learning rate can serve any batch size, and a batch of 8 moves as far as one of 64."
    )
    _see("rule", "bowl_step", "last_batch")


def _loop(experiment: Experiment, theme: Theme) -> None:
    nodes = [f'<div class="gd-node">{name}<small>{about}</small></div>' for name, about in LOOP]
    st.html(
        f'<div class="gd-loop">{"".join(nodes[:2])}<div class="gd-again">{"".join(nodes[2:7])}'
        f"<span><b>no: next batch</b></span></div>{nodes[7]}</div>"
    )
    st.markdown(
        "When all rows are used, an epoch is over and the rows are shuffled again. The full batch "
        "is one batch an epoch; stochastic gradient descent takes as many as there are rows."
    )
    _see("loop", "shuffling", "replacement", "last_batch", "stopping")


# The learning rate


def _rate(experiment: Experiment, theme: Theme) -> None:
    facts = curvature(experiment.problem)
    for column, (share, steps, name, text, keys) in zip(st.columns(3, gap="medium"), RATES):
        with column:
            st.html(_descent(share, steps, theme.name))
            st.markdown(f"**{name}**: η = {number(share * facts.limit)} here. {text}")
            _see(f"rate.{name}", *keys)
    st.markdown(rate_words(experiment))


@cache
def _descent(share: float, steps: int, theme_name: str) -> str:
    """Return a sketch of plain steps on x² at so many times 2/L."""
    theme, bowl = THEMES[theme_name], SURFACES["bowl"]
    rate = share * curvature(bowl).limit
    start = (0.55, 0.0) if share > 1 else (-1.1, 0.0)
    (trace,) = train(Experiment(bowl, (Run(SGD(lr=rate)),), start=start, epochs=steps))
    x, ground = trace.params[0, :, 0], np.linspace(-1.3, 1.3, 80)
    steps_taken = np.column_stack([x, trace.loss[0]])
    box = np.array([-1.35, -0.12]), np.array([1.35, 1.5])
    return _sketch(
        [
            (np.column_stack([ground, ground**2]), theme.ring, 1.2),
            (steps_taken, theme.run_color(3 if share > 1 else 0), 1.6),
        ],
        box,
    )


def rate_words(experiment: Experiment) -> str:
    """Return what the curvature of this loss says about rates, and how far to trust it."""
    facts = curvature(experiment.problem)
    return (
        f"For {_named(experiment)}: **2/L = {number(facts.limit)}** with L = {number(facts.L)}. "
        + {
            "everywhere": "The loss bends the same everywhere, so this is exact: the plain step on "
            "all rows converges below it and diverges above it. The best single rate is "
            f"2/(L + μ) = {number(facts.best)}.",
            "at the minimum": "This is local: measured at the minimum. Elsewhere the loss bends "
            "more or less, so it is a guide, not a border.",
            "at zero": "This is local: the loss has no finite minimum, so it was measured with all "
            "parameters at zero. It is a guide, not a border.",
        }[facts.where]
    )


def _named(experiment: Experiment) -> str:
    problem = experiment.problem
    if isinstance(problem, Fit):
        return f"{problem.dataset.title}, {_whole(problem.n_samples)} rows"
    return str(getattr(problem, "title", "this function"))


# Adaptive rules


def _adaptive(experiment: Experiment, theme: Theme) -> None:
    for column, (name, text, keys) in zip(st.columns(3, gap="medium"), WHY_ADAPTIVE):
        with column:
            st.markdown(f"**{name}.** {text}")
            _see("adaptive", *keys)
    facts = curvature(experiment.problem)
    where = "" if facts.where == "everywhere" else f" ({facts.where})"
    st.markdown(
        f"For {_named(experiment)} the steepest direction bends **{number(facts.condition)} times** "
        f"as much as the flattest{where}: the condition number L/μ."
    )
    with st.expander(f"All {len(OPTIMIZERS)} optimizers, with their formulas"):
        rules, columns = list(OPTIMIZERS.values()), st.columns(2, gap="large")
        with st.container(key="rules"):
            for place, rule in enumerate(rules):
                with columns[place % 2]:
                    st.markdown(f"**{rule.title}.** {rule.about}")
                    st.latex(rule.formula)


# Worked examples


def _worked(experiment: Experiment, theme: Theme) -> None:
    st.markdown("Steps small enough to check with a pencil, computed here by the same library.")
    for column, (key, epochs, note) in zip(st.columns([1, 1.2, 1.5], gap="medium"), WORKED):
        with column:
            rows, title = worked_rows(key, epochs)
            heads = ("Update", "Parameters", "Loss", "Gradient", "Velocity")
            st.html(_table(heads[: len(rows[0])], rows, caption=title))
            st.caption(note.format(rows[min(3, epochs)][2]))
            _see("worked", key)


@cache
def worked_rows(key: str, epochs: int) -> tuple[list[tuple[str, ...]], str]:
    """Return the cells of a worked example, a row per update made, and its title."""
    experiment = replace(PRESETS[key].build(), epochs=epochs)
    rule, problem = experiment.runs[0].optimizer, experiment.problem
    (trace,) = train(experiment)
    params, loss = trace.params[0], trace.loss[0]
    cells = [
        [str(k), _vector(params[k]), f"{loss[k]:.7g}", _vector(problem.gradient(params[k]))]
        for k in range(epochs + 1)
    ]
    if not isinstance(rule, SGD):
        velocity = [_vector(v) for v in -np.diff(params, axis=0) / rule.lr]
        cells = [[*row, v] for row, v in zip(cells, ["(0, 0)", *velocity], strict=True)]
    formula = {"bowl": "x² + y²", "valley": "w₁² + 4 w₂²"}[getattr(problem, "key")]
    beta = f", momentum {rule.beta:g}" if hasattr(rule, "beta") else ""
    return [tuple(row) for row in cells], f"{formula}, η = {rule.lr:g}{beta}"


def _vector(values: Array) -> str:
    return f"({', '.join(f'{value:.6g}' for value in np.round(values, 10) + 0.0)})".replace(
        "-", "−"
    )


# Words


def _words(experiment: Experiment, theme: Theme) -> None:
    for first in range(0, len(WORDS), 2):
        for column, (name, words, keys) in zip(
            st.columns(2, gap="large"), WORDS[first : first + 2], strict=True
        ):
            with column:
                st.markdown(f"#### {name}")
                st.html(_pairs(words))
                _see("words", *keys)


def _class(experiment: Experiment, theme: Theme) -> None:
    st.markdown("Ask, let them guess, then open. Every link is a whole experiment: send it.")
    for question, key in QUESTIONS:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(question, width="content")
            _see("class", key)


# Small HTML


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, prose: bool = False, caption: str = ""
) -> str:
    """Return a table; with `prose` the last column is text that wraps."""
    last = ' class="gd-prose"' if prose else ""
    body = "".join(
        f"<tr><th scope='row'>{escape(row[0])}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:-1])
        + f"<td{last}>{escape(row[-1])}</td></tr>"
        for row in rows
    )
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    return (
        f'<div class="gd-table"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _pairs(pairs: Iterable[tuple[str, str]], more: str = "") -> str:
    """Return words and what they mean."""
    text = "".join(f"<dt>{escape(word)}</dt><dd>{escape(about)}</dd>" for word, about in pairs)
    return f'<dl class="gd-words{more}">{text}</dl>'


def _whole(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")
