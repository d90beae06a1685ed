"""An expression is of listed parts only: it calls nothing, and reaches nothing private."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.errors import InvalidInputError
from mlrespond.model.evaluate import evaluate
from mlrespond.model.expression import FILTERS, MAX_TOKENS, names_in, parse
from mlrespond.model.expression_node import Attribute, Constant, Filter, Name
from mlrespond.model.expression_token import ExpressionError

NAMES = ["a", "steps", "'x'", "1", "__class__", "_x", "default", "upper", "eval", "none"]
SIGNS = [".", "[", "]", "(", ")", "|", "and", "not", "in", "is", "==", "<", "+", "-", ","]
WORDS = st.sampled_from([*NAMES, *SIGNS])


@pytest.mark.parametrize(
    "text",
    [
        "a()",
        "a.b('x')",
        "''.join(a)",
        "(a)()",
        "a.__class__",
        "a._private",
        "a.b.__init__.c",
        "a | attr('x')",
        "a | map('x')",
        "a | format(1)",
        "a[0]",
        "a[b]",
        "a[1:2]",
        "{'a': 1}",
        "a if b else c",
        "lambda: 1",
        "a ~ b",
        "a * 2",
        "a / 2",
        "a ** 2",
        "a % b",
        "a; b",
        "a := 1",
        "f'{a}'",
        "`a`",
        "a is defined",
        "{{ a }}",
        "a\x00",
    ],
)
def test_whatever_is_not_listed_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_a_name_in_brackets_is_a_field_and_reaches_no_attribute_of_python() -> None:
    names = {"a": {"b": 1}}

    assert evaluate(parse("a['b']"), names) == 1
    assert evaluate(parse("a['__class__']"), names) is None
    assert evaluate(parse("a.items"), names) is None


def test_the_tree_knows_the_column_of_every_part() -> None:
    node = parse("steps.a | default(7)")

    assert node == Filter(Attribute(Name("steps", 0), "a", 6), "default", (Constant(7, 18),), 8)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_any_words_are_an_expression_without_private_parts_or_are_refused(text: str) -> None:
    column = 0
    try:
        parse(text)
    except ExpressionError as error:
        column = error.column

    assert 0 <= column <= len(text)
    assert not any(part.startswith("_") for name in names_in(text) for part in name[1:])


@given(st.sampled_from(sorted(FILTERS)), st.sampled_from(["a", "1", "'x'", "[1, 'x']", "none"]))
def test_a_filter_gives_a_value_or_a_clear_error(name: str, of: str) -> None:
    said = ""
    try:
        evaluate(parse(f"{of} | {name}"), {"a": {"b": 1}})
    except InvalidInputError as error:
        said = error.message

    assert not said or f"`{name}` cannot be used" in said


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("steps.a.verdict == 'pass'", {("steps", "a", "verdict")}),
        ("a and not b.c", {("a",), ("b", "c")}),
        ("a in [b.c, 1] or d is none", {("a",), ("b", "c"), ("d",)}),
        ("a['b'].c | default(d)", {("a", "b", "c"), ("d",)}),
        ("-a + 1 < b", {("a",), ("b",)}),
        ("1 == 1", set()),
        ("not valid (", set()),
    ],
)
def test_the_names_that_an_expression_reads_are_known(
    text: str, names: set[tuple[str, ...]]
) -> None:
    assert names_in(text) == names


def test_an_expression_is_not_endless() -> None:
    with pytest.raises(ExpressionError, match="words and signs"):
        parse(" + ".join(["1"] * MAX_TOKENS))
    with pytest.raises(ExpressionError, match="too large"):
        parse("1e999")
