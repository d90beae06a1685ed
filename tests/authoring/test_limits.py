"""Expressions and templates end, whatever is written; what they are filled with stays text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cost import costing

from mlrespond.errors import InvalidInputError
from mlrespond.model.evaluate import (
    INCONCLUSIVE,
    MAX_MARKS,
    MAX_TEMPLATE,
    evaluate,
    fill,
    fill_all,
    holds,
    placeholders,
)
from mlrespond.model.expression import FILTERS, MAX_TOKENS, names_in, parse
from mlrespond.model.expression_token import ExpressionError
from mlrespond.model.json import Json, dump

HOSTILE = "{{ inputs.secret }} {% x %} {# y #} }} {{"


@pytest.mark.parametrize(
    "text",
    ["a" + ".b" * 140, " + ".join(["1"] * 140), "a" + " | abs" * 140, " or ".join(["a"] * 140)],
)
def test_the_longest_chains_are_evaluated(text: str) -> None:
    names: dict[str, Json] = {"a": 1}

    assert evaluate(parse(text), names) in {None, 140, 1}


@pytest.mark.parametrize("text", ["a" + ".b" * 900, "1" + "+1" * 900, "a" + "|abs" * 400])
def test_longer_chains_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=f"more than {MAX_TOKENS} words and signs"):
        parse(text)


def test_names_of_a_long_chain_are_found_at_once() -> None:
    with costing(2.0):
        found = names_in("a" + ".b" * 140 + " == c.d")

    assert found == {("a", *["b"] * 140), ("c", "d")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("huge > 3", INCONCLUSIVE),
        ("huge == huge", True),
        ("huge + 1 > 3", INCONCLUSIVE),
        ("huge + 1 == huge", False),
        ("1e308 + 1e308", None),
        ("9007199254740993 + 2", 9007199254740995),
        ("true + 1", None),
    ],
)
def test_numbers_that_no_float_holds_break_nothing(text: str, value: Json) -> None:
    found = evaluate(parse(text), {"huge": 10**400})

    assert found == value


@pytest.mark.parametrize("text", ["9" * 400, "1e999"])
def test_a_number_that_no_float_holds_is_not_written(text: str) -> None:
    with pytest.raises(ExpressionError, match="the number is too large"):
        parse(text)


@pytest.mark.parametrize("text", ["{{" * 500_000, "}}" * 500_000, "{{ a }} {{" + "{" * 60_000])
def test_braces_without_partners_are_told_at_once(text: str) -> None:
    with costing(2.0), pytest.raises(ExpressionError, match="has no partner"):
        placeholders(text)


def test_a_template_has_bounds_and_other_text_has_none() -> None:
    with pytest.raises(ExpressionError, match=f"more than {MAX_MARKS} templates in one text"):
        placeholders("{{ a }}" * (MAX_MARKS + 1))
    with pytest.raises(ExpressionError, match=f"longer than {MAX_TEMPLATE} characters"):
        placeholders("{{ a }}" + " " * MAX_TEMPLATE)
    assert placeholders("x" * 10 * MAX_TEMPLATE) == []


@pytest.mark.parametrize("text", ["{{ a }}", " {{ a }}\n", "{{a}}"])
def test_a_whole_template_keeps_its_type(text: str) -> None:
    assert fill(text, {"a": [1, {"b": 2}]}) == [1, {"b": 2}]


@pytest.mark.parametrize("text", ["{{ a }}{{ a }}", "{{ a }} {{ b }}", "{{ a }}.", "x{{ a }}"])
def test_a_template_among_other_text_is_text(text: str) -> None:
    assert fill(text, {"a": 1, "b": None}) == text.replace("{{ a }}", "1").replace(
        "{{ b }}", "none"
    )


def test_hostile_text_stays_text() -> None:
    names: dict[str, Json] = {"alert": {"name": HOSTILE}, "inputs": {"secret": "s"}}
    body: Json = {"args": ["{{ alert.name }}", "--x={{ alert.name }}"], "n": 1}

    assert fill_all(body, names) == {"args": [HOSTILE, f"--x={HOSTILE}"], "n": 1}


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_is_filled_in_is_not_looked_at_again(value: str, plain: str) -> None:
    text = plain.replace("{", "").replace("}", "")

    assert fill(f"{text}|{{{{ a }}}}|{text}", {"a": value}) == f"{text}|{value}|{text}"
    assert fill("{{ a }}", {"a": value}) == value


NAMES: dict[str, Json] = {
    "a": 1,
    "b": "x",
    "c": [1, "y", None],
    "d": {"e": 2.5, "f": None},
    "g": True,
    "h": 10**400,
}
LEAVES = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "d",
        "d.e",
        "d.f",
        "d.no",
        "g",
        "h",
        "1",
        "2.5",
        "'x'",
        "true",
        "none",
        "[a, 1]",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["==", "!=", "<", ">=", "in", "not in", "+", "-", "and", "or"]),
            inner,
        ).map(lambda one: f"({one[0]}) {one[1]} ({one[2]})"),
        inner.map(lambda one: f"not ({one})"),
        inner.map(lambda one: f"({one}) is not none"),
        st.tuples(
            inner,
            st.sampled_from([*sorted(FILTERS), "default(3)", "join(',')", "round(2)"]),
        ).map(lambda one: f"({one[0]}) | {one[1]}"),
    ),
    max_leaves=8,
)


@given(TREES)
def test_every_expression_has_a_value_or_a_clear_error(text: str) -> None:
    with suppress(InvalidInputError):
        assert dump(fill(f"{{{{ {text} }}}}", NAMES))
        assert holds(text, NAMES) in {True, False, INCONCLUSIVE}
