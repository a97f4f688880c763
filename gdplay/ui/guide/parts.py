"""The parts of the Guide, in the order of the page."""

from functools import cache

import streamlit as st

from gdplay.experiment import Experiment
from gdplay.figures.guide import descent, loop, pairs, paths, ways_to_cut
from gdplay.figures.tables import table
from gdplay.figures.theme import THEMES, Theme
from gdplay.optimizers import OPTIMIZERS
from gdplay.teaching.defaults import default_experiment
from gdplay.teaching.guide import (
    ADAPTIVE,
    CLOCK,
    QUESTIONS,
    RATES,
    READING,
    SYMBOLS,
    WORDS,
    caption,
    citation,
    condition_words,
    count_rows,
    count_words,
    counted,
    name_of,
    rate_words,
    worked,
)
from gdplay.teaching.presets import EXAMPLES
from gdplay.theory.curvature import curvature
from gdplay.ui import results, state
from gdplay.ui.guide.links import COMPARE, see
from gdplay.words import number

WORKED_PAGE = state.PAGES / "worked.py"
RATE_PAGE = state.PAGES / "learning_rate.py"
SIZE_PAGE = state.PAGES / "batch_size.py"


def diagram(experiment: Experiment, theme: Theme) -> None:
    """Draw the map of the variants: the rows, three ways to cut an epoch, one rule."""
    st.html(ways_to_cut(*counted(experiment), _paths(theme.name), theme))


def _variants(experiment: Experiment, theme: Theme) -> None:
    fit, runs = counted(experiment)
    own = "Counted for the data on Compare:"
    if fit != experiment.problem:
        own = "A function has no rows; counted for"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{own} **{name_of(fit)}**", width="content")
        st.page_link(COMPARE, label="Choose other data", icon=":material/tune:")
    heads = ("Variant", "Gradient uses", "Updates per epoch", "Rows in memory per update", "Bytes",
             "Examples per epoch", "How it behaves")  # fmt: skip
    st.html(table(heads, count_rows(fit, runs), prose=True))
    st.caption(count_words())
    see("variants", "variants", "per_update", "noise_ball")
    st.page_link(
        SIZE_PAGE, label=":primary[Batch sizes, measured on these data: noise, cost, best rates]",
        icon=":material/grain:",
    )  # fmt: skip


@cache
def _paths(theme_name: str) -> list[str]:
    experiment = default_experiment()
    return paths(experiment, results.traces(experiment), THEMES[theme_name])


def _rule(experiment: Experiment, theme: Theme) -> None:
    left, right = st.columns([1.15, 1], gap="large", vertical_alignment="center")
    left.latex(
        r"""\begin{aligned} \theta &\leftarrow \theta - \eta\, g \\
        \text{loss} &= \frac{1}{B} \sum_{i \in \text{batch}} \ell_i(\theta) \\
        g &= \frac{1}{B} \sum_{i \in \text{batch}} \nabla \ell_i(\theta) \end{aligned}"""
    )
    right.html(pairs(SYMBOLS, " gd-symbols"))
    st.markdown(
        "**Why minus?** The gradient points uphill, so the step goes the other way. **Why means?** "
        "Loss and gradient then do not grow with the number of rows: a batch of 8 moves about as "
        "far as one of 64."
    )
    see("rule", "bowl_step", "last_batch")


def _loop(experiment: Experiment, theme: Theme) -> None:
    st.html(loop())
    st.markdown("When every row was used, an epoch is over and the rows are shuffled again.")
    see("loop", "shuffling", "replacement", "last_batch", "stopping")


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
            st.html(descent(share, steps, theme.name))
            st.markdown(f"**{name}.** {text}")
            st.caption(f"Drawn at {share:g} × 2/L; here that is η = {number(share * limit)}.")
            see("rate", *keys)


def _adaptive(experiment: Experiment, theme: Theme) -> None:
    for column, (name, text, keys) in zip(st.columns(3, gap="medium"), ADAPTIVE, strict=True):
        with column:
            st.markdown(f"**{name}.** {text}")
            see("adaptive", *keys)
    st.markdown(condition_words(experiment))
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
            st.html(table(heads, rows, caption=caption(example)))
            st.caption(example.aside.format(rows[-2][2]))
            see("worked", example.key)


def _words(experiment: Experiment, theme: Theme) -> None:
    for pair in (WORDS[:2], WORDS[2:]):
        for column, (name, words, keys) in zip(st.columns(2, gap="large"), pair, strict=True):
            with column:
                st.subheader(name, anchor=False)
                st.html(pairs(words))
                see("words", *keys)


def _class(experiment: Experiment, theme: Theme) -> None:
    st.markdown("Ask, let them guess, then open. Each link is a whole experiment: pass it on.")
    for question, key in QUESTIONS:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(question, width="content")
            see("class", key)
    st.subheader("To hold the clock on Compare", anchor=False)
    st.html(pairs(CLOCK))


def _reading(experiment: Experiment, theme: Theme) -> None:
    for about, text, arxiv, keys in READING:
        st.markdown(f"**{about}** {citation(text, arxiv)}")
        if keys:
            see("reading", *keys)


PARTS = (
    ("Three variants", _variants),
    ("The rule", _rule),
    ("The loop", _loop),
    ("The learning rate", _rate),
    ("Why adaptive rules exist", _adaptive),
    ("Worked by hand", _worked),
    ("Words", _words),
    ("For a class", _class),
    ("Further reading", _reading),
)
