"""Text from outside loses what steers a terminal, and keeps what people write."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.text import one_line, plural, printable, unnumbered


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("naïve ☂ 日本", "naïve ☂ 日本"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("a\u202eb\u2066c", "abc"),
        ("zero\u200bwidth", "zerowidth"),
        ("bell\x07 null\x00 c1\x9b", "bell null c1"),
        ("line\u2028separator", "lineseparator"),
        ("\ue000private\ud800half", "privatehalf"),
        ("carriage\rreturn", "carriagereturn"),
    ],
)
def test_what_could_steer_a_terminal_is_gone(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_is_left_controls_anything(text: str) -> None:
    left = printable(text)

    assert all(
        char in "\n\t" or unicodedata.category(char)[0] != "C" or unicodedata.category(char) == "Cn"
        for char in left
    )
    assert printable(left) == left


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_printable_line_of_at_most_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1


def test_a_line_that_is_cut_says_so() -> None:
    assert one_line("a  b\n c", 400) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("[Errno 111] Connection refused", "connection refused"),
        ("[Errno -2] Name or service not known", "name or service not known"),
        ("a file: [Errno 2] No such file: 'X'", "a file: no such file: 'X'"),
        ("All is Well", "All is Well"),
    ],
)
def test_an_operating_system_speaks_without_numbers(said: str, told: str) -> None:
    assert unnumbered(said) == told


def test_one_is_one_and_the_rest_are_many() -> None:
    assert [plural(n, "replica") for n in (0, 1, 2)] == ["0 replicas", "1 replica", "2 replicas"]
