"""Expressions have three values, cannot run anything, and agree with Jinja2 where both are sure."""

from __future__ import annotations

import jinja2.sandbox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.errors import InvalidInputError
from mlrespond.model.evaluate import INCONCLUSIVE, Value, evaluate, fill, fill_all, holds
from mlrespond.model.expression import parse
from mlrespond.model.expression_token import ExpressionError
from mlrespond.model.json import Json

NAMES: dict[str, Json] = {
    "steps": {
        "recovered": {"verdict": "pass", "n": 120, "effect": -0.25, "metrics": {}},
        "skipped": {"outcome": "skipped", "verdict": None, "n": None},
    },
    "inputs": {"every": "15s", "share": 0.5, "names": ["b", "a"], "eu-1": {"version": "7"}},
    "alert": {"labels": {"tier": "payments"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('steps.recovered.verdict == "pass"', True),
        ("steps.recovered.verdict != 'pass'", False),
        ("steps.skipped.verdict == 'pass'", False),
        ("steps.skipped.verdict in ['pass', 'fail']", False),
        ("steps.skipped.verdict not in ['pass', 'fail']", True),
        ("steps.skipped.verdict is none", True),
        ("steps.skipped.verdict is not none", False),
        ("steps.nobody.metrics.latency.verdict is none", True),
        ("alert.labels.absent == 'x'", False),
        ("steps.skipped.n > 3", INCONCLUSIVE),
        ("not steps.skipped.n > 3", INCONCLUSIVE),
        ("steps.skipped.n > 3 and false", False),
        ("steps.skipped.n > 3 or true", True),
        ("steps.skipped.n > 3 and true", INCONCLUSIVE),
        ("steps.recovered.n >= 100 and steps.recovered.effect < 0", True),
        ("'70' > 90", INCONCLUSIVE),
        ("1 == true", False),
        ("'a' == 1", False),
        ("inputs.names | sort | first", "a"),
        ("inputs.names | join('-')", "b-a"),
        ("inputs.names | length + 1", 3),
        ("steps.skipped.n | default(7)", 7),
        ("-inputs.share | abs", 0.5),
        ("inputs['eu-1'].version", "7"),
        ("1 + 2 - 4", -1),
        ("inputs.every + '!'", "15s!"),
        ("steps.skipped.n + 1", None),
        ("(1 == 1) and not (2 == 3)", True),
        ("[1, 2,] == [1, 2]", True),
        ("0.125 | round(2)", 0.12),
    ],
)
def test_expression_has_the_value(text: str, value: Value) -> None:
    assert evaluate(parse(text), NAMES) == value


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("steps.a = 1", 8, "unexpected `=`"),
        ("{{ steps.a }}", 0, "does not belong"),
        ("a == ", 5, "ends too early"),
        ("a.b()", 3, "nothing can be called"),
        ("a.__class__", 2, "not public"),
        ("a | system", 4, "no filter"),
        ("1 < 2 < 3", 6, "do not chain"),
        ("a is defined", 5, "only `is none`"),
        ("7 * 7", 2, "unexpected `*`"),
        ("a == “x”", 5, "unexpected `“`"),
        ("'open", 0, "unexpected `'`"),
        ("a b", 2, "unexpected `b`"),
        ("[1, 2", 5, "missing"),
        ("a[0]", 1, "only a field's name"),
        ("and", 0, "unexpected `and`"),
        ("'it''s'", 4, "unexpected `'s'`"),
        ("1.2.3", 0, "unexpected"),
        ("", 0, "ends too early"),
        ("(" * 60 + "1" + ")" * 60, 50, "nested too deeply"),
        ("not " * 60 + "1", 196, "nested too deeply"),
        ("-" * 60 + "1", 49, "nested too deeply"),
        ("a" * 3000, 2000, "longer than"),
    ],
)
def test_a_mistake_names_its_column(text: str, column: int, word: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)

    assert word in caught.value.message
    assert caught.value.column == column


def test_a_whole_expression_keeps_its_type() -> None:
    assert fill("{{ inputs.share }}", NAMES) == 0.5
    assert fill(" {{ inputs.names }} ", NAMES) == ["b", "a"]
    assert fill("{{ steps.skipped.verdict }}", NAMES) is None


def test_text_is_interpolated_once_and_never_looked_at_again() -> None:
    names: dict[str, Json] = {"alert": {"name": "{{ 7*7 }}"}}

    assert fill("got {{ alert.name }}", names) == "got {{ 7*7 }}"
    assert fill_all({"a": ["{{ alert.name }}!"]}, names) == {"a": ["{{ 7*7 }}!"]}


@pytest.mark.parametrize("text", ["{{ a", "a }}", "{% if a %}", "{# a #}"])
def test_what_is_no_placeholder_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        fill(text, NAMES)


def test_a_filter_on_the_wrong_value_is_a_clear_error() -> None:
    with pytest.raises(InvalidInputError, match="`upper` cannot be used on 3"):
        evaluate(parse("3 | upper"), {})


NUMBERS = st.sampled_from(["1", "2", "2.5", "n", "n + 1", "ns | length", "-n | abs"])
TEXTS = st.sampled_from(["'a'", "'b'", "s", "s | upper", "s + 'b'"])
FACTS = st.one_of(
    st.tuples(NUMBERS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS),
    st.tuples(TEXTS, st.sampled_from(["==", "!=", "in", "not in"]), TEXTS),
    st.tuples(NUMBERS, st.sampled_from(["in", "not in"]), st.just("[1, 2.5, n]")),
).map(" ".join)
TREES = st.recursive(
    FACTS | st.sampled_from(["true", "false", "b", "s is none", "ns is not none"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda one: f"not {one}"),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=12,
)
KNOWN: dict[str, Json] = {"n": 3, "s": "a", "b": True, "ns": [1, 2]}


@given(TREES)
def test_where_nothing_is_null_we_agree_with_jinja(text: str) -> None:
    sandbox = jinja2.sandbox.ImmutableSandboxedEnvironment()
    theirs = sandbox.compile_expression(text, undefined_to_none=False)(**KNOWN)

    assert evaluate(parse(text), KNOWN) == theirs


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    try:
        found: object = holds(text, NAMES)
    except InvalidInputError as error:
        found = error

    assert isinstance(found, bool | InvalidInputError) or found is INCONCLUSIVE
