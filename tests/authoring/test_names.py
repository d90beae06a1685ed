"""An expression is checked against what its names hold, before anything runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.authoring.names import LATER, check_expression, check_template
from mlrespond.model.shape import YieldType

NAMES: dict[str, YieldType] = {
    "n": "number",
    "at": "time",
    "ok": "bool",
    "word": "text",
    "version": "version",
    "all": "list",
    "any": "any",
    "verdict": ("pass", "fail"),
    "empty": (),
    "record": {"n": "number", "far": LATER},
    "open": {"*": {"verdict": ("pass", "fail")}},
}


def said(text: str) -> list[str]:
    found: list[str] = []
    check_expression(
        text,
        NAMES,
        lambda column, code, message, hint: found.append(f"{column} {code} {message} | {hint}"),
    )
    return found


@pytest.mark.parametrize(
    "text",
    [
        "n > 3 and at <= at and any >= 1",
        "verdict == 'pass' or 'fail' != verdict",
        "verdict in ['pass', word] and 'x' in word",
        "version == '7' and at == '2026-11-22T00:00:00Z'",
        "record.n == 3 and not ok and ok == true",
        'open["eu-1"].verdict == "fail" and open.x.verdict is none',
        "any.thing.at.all == 1 and all.first == 'a'",
        "-n + 1 > 2 and (word | length) > 3 and (any | int) > 1",
        "word | default('x') == 'x'",
        "n is none or word is not none",
        "all | sort | first == 5",
        "empty == word",
    ],
)
def test_what_can_be_true_is_let_through(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m > 3", "0 unknown-name `m` is not known | known: all, any, at, empty, n, ok, open,"),
        ("wrod == 'a'", "0 unknown-name `wrod` is not known | did you mean `word`?"),
        ("record.m == 3", "7 unknown-field `record` has no `m` | known: n"),
        ("record['m'] == 3", "7 unknown-field `record` has no `m` | known: n"),
        ("record.far", "7 later-step `far` comes later; it has not run yet | "),
        ("open.x.verdit", "7 unknown-field `open.x` has no `verdit` | did you mean `verdict`?"),
        ("n.m", "2 no-fields `n` has no fields | "),
        ("verdict.m", "8 no-fields `verdict` has no fields | "),
        ("(n + 1).m", "8 no-fields `it` has no fields | "),
        ("verdict == 'past'", "11 never-equal it is never `past` | did you mean `pass`?"),
        ("verdict != true", "11 never-equal it is never `true` | known: fail, pass"),
        ("'x' == verdict", "0 never-equal it is never `x` | known: fail, pass"),
        ("verdict in ['pass', 'no']", "20 never-equal it is never `no` | known: fail, pass"),
        ("n == '5'", "5 never-equal `5` is no number | "),
        ("ok == 'yes'", "6 never-equal `yes` is no bool | "),
        ("ok == 1", "6 never-equal `1` is no bool | "),
        ("version == 7", "11 never-equal `7` is no version | put it in quotes"),
        ("word == 1.10", "8 never-equal `1.1` is no text | put it in quotes"),
        ("record == 'a'", "10 never-equal `a` is no record | "),
        ("word == none", "8 null-compare nothing equals none | write `is none`"),
        ("word in [none]", "9 null-compare nothing equals none | write `is none`"),
        ("word > 3", "0 not-ordered a text has no order | compare with `==` or `in`"),
        ("3 > verdict", "4 not-ordered a text has no order | compare with `==` or `in`"),
        ("ok < n", "0 not-ordered a bool has no order | compare with `==` or `in`"),
        ("record < n", "0 not-ordered a record has no order | compare with `==` or `in`"),
        ("n == 1 and", "10 expression the expression ends too early | "),
        ("n * 2", "2 expression unexpected `*` | there is no multiplication"),
        ("9" * 400, "0 expression the number is too large | "),
    ],
)
def test_what_can_never_be_true_is_told_at_its_column(text: str, expected: str) -> None:
    (found,) = said(text)

    assert found.startswith(expected)


def test_every_mistake_of_an_expression_is_told() -> None:
    assert [one.partition(" |")[0] for one in said("a.b > word and [c, d] | join(e) == none")] == [
        "0 unknown-name `a` is not known",
        "6 not-ordered a text has no order",
        "16 unknown-name `c` is not known",
        "19 unknown-name `d` is not known",
        "29 unknown-name `e` is not known",
        "35 null-compare nothing equals none",
    ]


def test_columns_of_a_template_count_from_its_start() -> None:
    found: list[tuple[int, str]] = []

    check_template(
        "a {{ n }} {{x}} {{ word.y }}", NAMES, lambda column, code, *_: found.append((column, code))
    )

    assert found == [(12, "unknown-name"), (24, "no-fields")]


@given(st.text(st.sampled_from("nrecord.farwt'\"[](){}|=<>! +-,09_ éandorin\n"), max_size=80))
def test_anything_is_an_expression_or_a_mistake_within_it(text: str) -> None:
    found: list[int] = []

    check_expression(text, NAMES, lambda column, *_: found.append(column))
    check_template(text, NAMES, lambda column, *_: found.append(column))

    assert all(0 <= column <= len(text) for column in found)
