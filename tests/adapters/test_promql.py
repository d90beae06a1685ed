"""The part of PromQL that is understood; everything else is refused with what is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.adapters.promql import Matcher, Over, Selector, Sum, parse
from mlrespond.errors import RejectedError


def test_a_selector_has_matchers() -> None:
    query = parse("""requests_total{version="6", path!='a\\'b', code=~"5..",x!~`\\d`,}""")

    assert isinstance(query, Selector)
    assert query.name == "requests_total"
    assert query.matchers[:2] == (
        Matcher("version", "6", negated=False),
        Matcher("path", "a'b", negated=True),
    )
    assert [one.holds("500") for one in query.matchers[2:]] == [True, True]
    assert [one.holds("5000") for one in query.matchers[2:]] == [False, True]
    assert [one.holds("5") for one in query.matchers[2:]] == [False, False]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("10m", 600), ("1h30m", 5400), ("850ms", 0.85), ("12.3s", 12.3), ("4m10s", 250)],
)
@pytest.mark.parametrize("function", ["increase", "rate"])
def test_a_window_is_a_duration(text: str, seconds: float, function: str) -> None:
    query = parse(f"{function}( a [ {text} ] )")

    assert isinstance(query, Over)
    assert query.function == function
    assert query.window_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("sum(a)", ()),
        ("sum by (le) (a)", ("le",)),
        ("sum by(le,version)(a)", ("le", "version")),
        ("sum(a) by (le)", ("le",)),
        ("sum by () (a)", ()),
        ("  sum\n(\na\n)\n", ()),
    ],
)
def test_a_sum_is_by_labels(text: str, by: tuple[str, ...]) -> None:
    assert parse(text) == Sum(by, Selector("a", ()))


def test_sums_may_be_of_sums_and_of_increases() -> None:
    query = parse("sum(sum by (le) (increase(a{b='c'}[30s])))")

    assert isinstance(query, Sum)
    assert isinstance(query.of, Sum)
    assert isinstance(query.of.of, Over)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sum(",
        "a / b",
        "a + 1",
        "1",
        "avg(a)",
        "histogram_quantile(0.99, a)",
        "increase(a)",
        "increase(a[0s])",
        "increase(a[5])",
        "increase(sum(a)[5m])",
        "a[5m]",
        "a offset 5m",
        "a or b",
        'a{b="c}',
        "a{b=c}",
        "a{b>'c'}",
        'a{b=~"["}',
        "{b='c'}",
        "sum without (a) (b)",
        "sum(a) by",
        "a b",
        "a;drop",
        "sum(" * 50 + "a" + ")" * 50,
        "a" * 20_000,
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(RejectedError) as raised:
        parse(text)

    assert len(raised.value.message) < 300


def test_a_refusal_says_what_is_understood() -> None:
    with pytest.raises(RejectedError) as raised:
        parse("a / b")

    assert "increase(" in raised.value.hint


@given(st.text("sumbyincreaserate({[]})=~!'\"`,\\ 0159smh[é\n"))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    with suppress(RejectedError):
        parse(text)
