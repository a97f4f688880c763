"""What the text of a function may hold, and how its tree is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdplay.formulas import symbolic
from gdplay.loss.grammar import (
    CONSTANTS,
    LARGEST,
    LONGEST,
    MOST_CHARACTERS,
    VARIABLES,
    Node,
    degree,
    evaluated,
    may_break,
    may_kink,
    may_leap,
    operations,
    parse,
    template,
    written,
)
from gdplay.loss.jets import FUNCTIONS

# The text, and a part of the sentence that refuses it.
HOSTILE = {
    "__import__('os').system('id')": "'_' at place 1",
    "x.real": "'.' at place 2",
    "x)y": "missing or too much at place 2",
    "x.__class__": "'.' at place 2",
    "().__class__.__bases__[0]": "'.' at place 3",
    "x[0]": r"'\[' at place 2",
    "[x for x in (1, 2)]": r"'\[' at place 1",
    "{x: y}": "'{' at place 1",
    "lambda x: x": "'lambda' at place 1",
    "(x := 9)": "':' at place 4",
    "f'{x}'": "'f' at place 1 is not known",
    "'x'*999999999": '"\'" at place 1',
    '"""x"""': "'\"' at place 1",
    "open(x)": "'open' at place 1",
    "eval(x)": "'eval' at place 1",
    "exec(x)": "'exec' at place 1",
    "x if x else y": "'if' at place 3",
    "x and y": "'and' at place 3",
    "not x": "'not' at place 1",
    "x < y": "'<' at place 3",
    "x == y": "without =",
    "x, y": "with a point",
    "x; y": "';' at place 2",
    "x\nimport os": r"'\\n' at place 2",
    "x # y": "'#' at place 3",
    "x @ y": "'@' at place 3",
    "x // y": "too much at place 4",
    "x % y": "'%' at place 3",
    "x ^ ^ 2": "too much at place 5",
    "x << 99999": "'<' at place 3",
    "~x": "'~' at place 1",
    "await x": "'await' at place 1",
    "yield x": "'yield' at place 1",
    "sin(*x)": "place 5",
    "sin(**x)": "place",
    "sin(x)2": "a sign is missing before '2' at place 7",
    "sin": "sin needs brackets",
    "sin()": "one value in brackets",
    "x()": "not allowed at place 2",
    "True*x": "'True' at place 1",
    "2j*x": "a sign is missing before 'j'|'j' at place 2",
    "0x10*x": "'x10' at place 2",
    "1_000*x": "'_' at place 2",
    "nan*x": "'nan' at place 1",
    "inf*x": "'inf' at place 1",
    "9**9**9**9": "must be at most 1e",
    "x**9**9**9": "must be at most 1e",
    "x**1000": "the exponent at place 1 must be at most 100",
    "exp(exp(exp(9)))*x": "must be at most 1e",
    "9"*150 + "*x": "must be at most 1e",
    "1e999*x": "must be at most 1e",
    "1/0*x": "must be at most 1e",
    "log(-1)*x": "must be at most 1e",
    "(-2)**x": "base above 0",
    "-("*60 + "x" + ")"*60: "nested more than",
    "ln("*44 + "x" + ")"*44: "nested more than",
    "-"*150 + "x": "nested more than",
    "x" + "+x"*99: "nested more than",
    "\u0445**2": "'\u0445' at place 1",
    "\uff58**2": "'\uff58' at place 1",
    "x²": "'²' at place 2",
    "x − 1": "'−' at place 3",
    "x\x00": r"'\\x00' at place 2",
    "x\u202e": "at place 2",
    "x" * 10: "is not known",
    "x+" * 5000 + "x": "1 to 200 characters; this one has 10001",
    " " * 100_000: "1 to 200 characters",
    "": "1 to 200 characters",
    "x +": "missing or too much at place",
    "((x)": "missing or too much at place",
    "x 2": r"a sign is missing before '2' at place 3, such as \*",
    "x^2y": r"write \* or brackets before 'y' at place 4: after a power or a division",
    "1/2x + y": r"write \* or brackets before 'x' at place 4",
    "2 + x/(y + 1)(y - 1)": r"write \* or brackets before '\(' at place 14",
    "2sin x": "sin needs brackets at place 2",
    "|x|": r"write abs\(x\)",
    "3 + 4": "must contain x or y",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_what_is_hostile_or_wrong_is_refused_with_the_place(text):
    with pytest.raises(ValueError, match=HOSTILE[text]) as refusal:
        parse(text)
    assert len(str(refusal.value)) < 300
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("value", [None, 3, True, b"x", ["x"]])
def test_only_text_is_read(value):
    with pytest.raises(ValueError, match="as text; got a"):
        parse(value)


ONES = {
    "0.1*x**2 + 2*y**2": "0.1*x**2 + 2*y**2",
    "  ( x )**2.0+ +y ": "x**2 + y",
    "x - (y - 1)": "x - (y - 1)",
    "(x - y) - 1": "x - y - 1",
    "x/(y*2)/3": "x/(y*2)/3",
    "-(x*y)*2": "-(x*y)*2",
    "2**x**y": "2**x**y",
    "(2**x)**y": "(2**x)**y",
    "x**-2": "x**-2",
    "(-x)**2": "(-x)**2",
    "-x**2": "-x**2",
    "x + -y": "x + (-y)",
    "ln(x)*1e-3": "log(x)*0.001",
    "100000*x": "100000*x",
    "0.1x^2 + 2y^2": "0.1*x**2 + 2*y**2",
    "-2xy + (x+1)(y-1)": "-2*x*y + (x + 1)*(y - 1)",
    "3x/(2y) + x(y+1)": "3*x/(2*y) + x*(y + 1)",
    "2 sin(x)cos(y) + 2e-3x": "2*sin(x)*cos(y) + 0.002*x",
    "2^-x * x^2*3y": "2**-x*x**2*3*y",
}


@pytest.mark.parametrize("text", ONES)
def test_a_text_has_one_form(text):
    assert written(parse(text)) == ONES[text]


def trees():
    numbers = st.sampled_from([Node("number", text=text) for text in ("0", "2", "0.1", "1e-05")])
    leaves = st.sampled_from([Node(kind) for kind in (*VARIABLES, *CONSTANTS)]) | numbers

    def grown(parts):
        pairs = st.tuples(parts, parts)
        return (
            st.tuples(st.sampled_from(["+", "-", "*", "/"]), pairs)
            | st.tuples(st.sampled_from(["neg", *FUNCTIONS]), st.tuples(parts))
            | st.tuples(st.just("**"), st.tuples(parts, numbers))
        ).map(lambda made: Node(*made))

    return st.recursive(leaves, grown, max_leaves=8)


def _refused(text):
    """Whether a text is refused for numbers that are too large, or without x and y."""
    try:
        parse(text)
    except ValueError as refusal:
        return any(why in str(refusal) for why in ("at most", "x or y", "1 to 200"))
    return False


@given(trees())
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_back_as_it_was(tree):
    text = written(tree)
    if _refused(text):
        return
    back = parse(text)
    assert back == tree
    assert written(parse(text.replace(" ", ""))) == text


def test_numbers_have_a_largest_size_and_texts_a_longest():
    assert parse(f"{LARGEST:.0f}*x")
    long = "0." + "1" * (MOST_CHARACTERS - 4) + "*x"
    assert parse(long)
    assert parse(long.replace("*", " * "))
    for longer in ("1" + long, "x" + " " * LONGEST):
        with pytest.raises(ValueError, match="1 to 200"):
            parse(longer)


def test_powers_are_taken_before_signs_and_from_the_right():
    assert evaluated(parse("-x**2**y"), 2.0, 3.0) == -(2.0**8)
    assert evaluated(parse("x - y - 1"), 2.0, 3.0) == -2


def test_signs_and_functions_are_counted():
    assert operations(parse("x")) == 0
    assert operations(parse("-sin(x)*2 + y**2")) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", 1), ("3*x*y + pi", 2), ("(x + y)**3/2", 3), ("-x*y**4", 5), ("x**0 + y", 1),
     ("sin(x)", None), ("1/x", None), ("x**0.5", None), ("2**x", None), ("x**-1", None),
     ("abs(3)*x", 1)],
)  # fmt: skip
def test_a_polynomial_knows_its_degree(text, expected):
    assert degree(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x**2/3 + sin(y)", False), ("abs(x)", False), ("1/x", True), ("x**-1", True),
     ("tan(x)", True), ("sign(y)", True), ("x**y", True),
     ("exp(1/(1 + y**2))", True), ("x + tan(1)", False), ("x**0.5", False), ("x**1", False),
     ("x/2 + 1/2", False), ("y + 1**-2", False)],
)  # fmt: skip
def test_what_may_leap_is_what_divides_or_takes_tan_or_such_a_power(text, expected):
    assert may_leap(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "breaks", "kinks"),
    [
        ("x**2*y - exp(x) + cos(y)", False, False),
        ("abs(x)", True, True), ("sign(y)", True, True), ("sqrt(x + 1)", True, True),
        ("asin(x)*y", True, True), ("2 + acos(y)", True, True), ("x**0.5", True, True),
        ("x**1.5", True, True), ("x**y", True, True), ("x**3", False, False),
        ("log(x)", True, False), ("1/x", True, False), ("tan(y)", True, False),
        ("x**-2", True, False), ("sqrt(2)*x + abs(-3)", False, False), ("y*log(2)", False, False),
    ],
)  # fmt: skip
def test_what_may_break_or_have_kinks_is_told_by_its_parts(text, breaks, kinks):
    assert (may_break(parse(text)), may_kink(parse(text))) == (breaks, kinks)


def test_a_text_may_hold_so_much_and_no_more():
    for good, bad, why in (
        ("x**100", "x**101", "the exponent at place 1 must be at most 100 in size"),
        ("x**-100", "x**-101", "at most 100 in size"),
        ("1e12*x", "1.1e12*x", r"must be at most 1e\+12"),
        ("x + " * 39 + "x", "x + " * 40 + "x", "nested more than 40 deep"),
        ("x" * 1 + "+1" * 99, "xy" + "+1" * 99 + "1", "1 to 200 characters"),
        ("2**x", "0**x", "needs a base above 0"),
        ("x" + " " * 799, "x" + " " * 800, "1 to 200 characters"),
    ):
        if good != "x" + "+1" * 99:  # nested too deep, but not too long
            parse(good)
        with pytest.raises(ValueError, match=why):
            parse(bad)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1*x**2 + 2*y**2", "0.1 x^2 + 2 y^2"),
        ("x*2*3", r"x \cdot 2 \cdot 3"),
        ("2/3*x", r"\frac{2}{3} x"),
        ("2*(1/x)", r"2 \cdot \frac{1}{x}"),
        ("-(x + 1)**2", r"-\left(x + 1\right)^2"),
        ("sqrt(x)*abs(y) - exp(-x)", r"\sqrt{x} \left|y\right| - e^{-x}"),
        ("atan(x)/log(pi*y)", r"\frac{\arctan\left(x\right)}{\ln\left(\pi y\right)}"),
        ("1e-7*x", r"1 \cdot 10^{-7} x"),
        ("x*(y - 1)", r"x \left(y - 1\right)"),
    ],
)
def test_a_formula_is_written_as_people_write_it(text, expected):
    assert symbolic(template(parse(text))) == expected
