"""The field for an own function: what can be read is shown, and what cannot gets its sentence."""

from collections.abc import Callable

import streamlit as st

from gdplay.loss.expressions import Expression
from gdplay.loss.grammar import LONGEST
from gdplay.loss.jets import FUNCTIONS
from gdplay.ui.state import key, picked
from gdplay.words import escaped, sentence


def own_function(now: Expression, choose: Callable[[Expression], None]) -> None:
    """Draw the field; `choose` is called with what was typed, a bad text leaves all as it is."""
    text = st.text_input(
        "f(x, y) =", now.text, max_chars=LONGEST, key=key("text"),
        on_change=_choose, args=(choose,),
        help=escaped(
            "Numbers, x, y, pi and e; + - * / and ^ or ** for powers; brackets; 2xy is 2*x*y; "
            f"{', '.join(FUNCTIONS)}."
        ),
    )  # fmt: skip
    try:
        Expression(text)
    except ValueError as error:
        st.warning(f"{escaped(sentence(str(error)))} What is shown is the function before.")


def _choose(choose: Callable[[Expression], None]) -> None:
    try:
        function = Expression(picked("text"))
    except ValueError:
        return  # the field says why
    choose(function)
