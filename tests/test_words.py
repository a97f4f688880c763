"""Numbers, counts and lists as people read them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdplay.words import (
    duration,
    escaped,
    html_table,
    joined,
    number,
    percent,
    quantity,
    ratio,
    sentence,
)
from tests import ROOT


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.5, "−0.5"), (0.0123456, "0.0123"), (1e-4, "0.0001"), (2.7e-5, "2.7 × 10⁻⁵"),
        (-2.716e-5, "−2.72 × 10⁻⁵"), (12345.0, "12300"), (999_999.0, "1000000"),
        (1e6, "1 × 10⁶"), (math.inf, "infinity"), (-math.inf, "−infinity"), (math.nan, "nan"),
    ],
)  # fmt: skip
def test_a_number_has_three_figures_and_no_exponent_of_a_machine(value, text):
    assert number(value) == text


def test_more_digits_are_written_where_they_are_asked_for():
    assert number(math.pi, 5) == "3.1416"
    assert number(1 / 3, 12) == "0.333333333333"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1320, "1\u202f320 rows")]
)
def test_a_quantity_is_one_of_a_thing_or_several(count, text):
    assert quantity(count, "row") == text
    assert quantity(count) == text.removesuffix("s").removesuffix(" row")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1e-9, "under 1 %"), (0.01, "1 %"), (0.444, "44 %"), (0.99, "99 %"),
     (1257 / 1258, "over 99 %"), (1, "100 %")],
)  # fmt: skip
def test_only_none_are_0_percent_and_only_all_100(share, text):
    assert percent(share) == text


def test_lists_end_in_a_word():
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(["a", "b", "c"], "or") == "a, b or c"


def test_markdown_shows_what_was_escaped_as_it_is():
    assert escaped("a*b_[c]") == r"a\*b\_\[c\]"
    assert escaped("plain words 12") == "plain words 12"


# What Streamlit's Markdown replaces in texts whose escapes are gone: remark-gfm, remark-emoji.
ALIVE = (
    r"(?i)(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)",
    r"[-.\w+]+@[-\w]+(?:\.[-\w]+)+",
    r":\+1:|:-1:|:[\w-]+:",
)


@pytest.mark.parametrize(
    "text",
    ["www.example.com", "WWW.example.com", "see https://example.com/a?b=c", "HTTP://1.2.3.4",
     "me@example.com", "a www.b.c@d.e", ":smile:", ":+1:", ":material/bolt:", "12:30:15"],
)  # fmt: skip
def test_no_address_and_no_emoji_comes_of_what_was_escaped(text):
    shown = re.sub(r"\\([^\w\s])", r"\1", escaped(text))
    assert shown.replace("\u2060", "") == text
    assert not any(re.search(pattern, shown) for pattern in ALIVE), shown


def test_short_times_are_told_in_milliseconds():
    assert duration(0.0013) == "1.3 ms"
    assert duration(2.0) == "2 s"


def test_what_an_error_says_becomes_a_sentence():
    assert sentence("start must be in |x| <= 1E9") == "Start must be in |x| <= 1E9."


def test_a_table_shows_whatever_text_as_it_is():
    table = html_table("<b>", ("a & b",), [("<script>alert(1)</script>",)])
    assert table == (
        "<table><caption>&lt;b&gt;</caption><tr><th>a &amp; b</th></tr>"
        "<tr><td>&lt;script&gt;alert(1)&lt;/script&gt;</td></tr></table>"
    )


def test_scripts_in_the_browser_put_the_same_gap_between_thousands():
    script = (ROOT / "gdplay/ui/numbers.js").read_text("utf-8")
    assert f"const SPACE = {quantity(1000)[1]!a};" in script


@given(
    st.floats(1e-6, 1e9, allow_subnormal=False),
    st.floats(1e-6, 1e9, allow_subnormal=False),
    st.integers(2, 4),
)
def test_a_ratio_follows_from_the_numbers_as_they_are_written(value, by, digits):
    """Whoever divides 220 by 25 reads 880 %, not the 870 that more digits would give."""
    written, unit = (float(f"{each:.{digits}g}") for each in (value, by))
    assert ratio(value, by, digits) == number(written / unit, digits)


def test_a_ratio_of_lessons_is_that_of_the_numbers_beside_it():
    assert ratio(100 * 217.4, 25.04, 2) == "880"
    assert number(100 * 217.4 / 25.04, 2) == "870"
