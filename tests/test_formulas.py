"""Formulas with places: one template in symbols and in numbers."""

import pytest

import gdplay as gd
from gdplay.formulas import numeric, plain, symbolic
from gdplay.knobs import by_symbol

NUMBERS = {"a": "2", "b": "-3", "c": r"4 \times 10^{-7}"}


@pytest.mark.parametrize(
    ("template", "symbols", "numbers"),
    [
        ("<a>* <b> + <c>", "a b + c", r"{2} \cdot {(-3)} + {4 \times 10^{-7}}"),
        (r"<b>*\, (<b> - <a>)", r"b\, (b - a)", r"{-3} \cdot ({-3} - {2})"),
        (r"\frac{<b>}{<a>}*\, <b>^2", r"\frac{b}{a}\, b^2", r"\frac{{-3}}{{2}} \cdot {(-3)}^2"),
        ("<a> / <c>", "a / c", r"{2} / {(4 \times 10^{-7})}"),
        ("3*<a>* <q>", "3a q", r"3 \cdot {2} \cdot q"),
        ("<c>^2 + <c>", "c^2 + c", r"{(4 \times 10^{-7})}^2 + {4 \times 10^{-7}}"),
    ],
)
def test_a_template_is_written_in_symbols_and_in_numbers(template, symbols, numbers):
    assert symbolic(template) == symbols
    assert numeric(template, NUMBERS) == numbers


def test_a_rules_formula_follows_from_its_lines():
    assert gd.SGD.formula == r"\theta \leftarrow \theta - \eta\, g"
    assert gd.AdaDelta.formula == (
        "\\begin{aligned}\n"
        "v &\\leftarrow \\rho v + (1 - \\rho)\\, g^2 \\\\\n"
        "d &= \\frac{\\sqrt{u + \\epsilon}}{\\sqrt{v + \\epsilon}}\\, g \\\\\n"
        "u &\\leftarrow \\rho u + (1 - \\rho)\\, d^2 \\\\\n"
        "\\theta &\\leftarrow \\theta - \\eta\\, d\n"
        "\\end{aligned}"
    )
    assert gd.SCHEDULES["exponential"].formula == r"\eta_t = \eta\, \gamma^t"
    assert gd.SURFACES["saddle"].slopes == ("2x", "4y (y^2 - 1)")


def test_corrections_stand_whole_in_a_formula_and_have_no_line_there():
    assert r"m / (1 - \beta_1^t)" in gd.Adam.formula
    assert gd.Adam.formula.count("&") == 3


@pytest.mark.parametrize("owner", [*gd.OPTIMIZERS.values(), *gd.SCHEDULES.values()], ids=repr)
def test_every_knob_has_a_symbol_of_its_own(owner):
    symbols = by_symbol(owner)
    assert len(symbols) == len(set(symbols))
    assert all(len(symbol) == 1 or symbol.startswith("\\") for symbol in symbols)


def test_every_knob_has_its_symbol_in_plain_text():
    for owner in (*gd.OPTIMIZERS.values(), *gd.SCHEDULES.values()):
        assert not any("\\" in plain(symbol) for symbol in by_symbol(owner))


@pytest.mark.parametrize(
    ("symbol", "text"),
    [(r"\beta", "β"), (r"\eta", "η"), ("b", "b"), (r"\beta_1", "β₁"), (r"\lambda", "λ")],
)
def test_a_greek_symbol_is_its_letter_in_plain_text(symbol, text):
    assert plain(symbol) == text
