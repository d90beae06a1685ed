"""What a text says of itself: no flag without its sign, and no text breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.judgment.text import text_flags
from mlrespond.model.json import Json

GOOD = "The parcel left Lisbon on Monday and is due in Porto by Wednesday noon, as you asked."


@pytest.mark.parametrize(
    ("output", "flag"),
    [
        ("", "empty"),
        (" \n…", "empty"),
        (None, "empty"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("I cannot assist with this request.", "refusal"),
        ("As an AI language model, I have no opinion.", "refusal"),
        ("the same five words again " * 10, "repetitive"),
        ("caf\ufffd is open", "broken"),
    ],
)
def test_each_fault_is_told_alone(output: Json, flag: str) -> None:
    assert [name for name, wrong in text_flags(output).items() if wrong] == [flag]


@pytest.mark.parametrize(
    "output", [GOOD, "Sorry about the delay: it has shipped.", "no no no", "42", GOOD * 1 + " Bye."]
)
def test_a_sound_text_has_no_fault(output: str) -> None:
    assert not any(text_flags(output, "stop").values())


@pytest.mark.parametrize(
    ("output", "violates"),
    [
        ('{"a": 1}', False),
        ('{"a": "1"}', True),
        ("{}", True),
        ("no JSON", True),
        (None, True),
        ({"a": 1}, False),
        ([1], True),
        ("[" * 100_000, True),
    ],
)
def test_a_schema_is_held_against_texts_and_values(output: Json, violates: bool) -> None:  # noqa: FBT001  # what is expected
    schema: Json = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}

    assert text_flags(output, schema=schema)["schema_violation"] is violates
    assert "schema_violation" not in text_flags(output)


@pytest.mark.parametrize("finish", ["length", "max_tokens", "MAX_TOKENS"])
def test_a_text_that_was_cut_says_so_by_its_finish_reason(finish: str) -> None:
    assert text_flags(GOOD, finish)["truncated"]
    assert "truncated" not in text_flags(GOOD)


@pytest.mark.parametrize(
    ("output", "wrong"),
    [('{"a": 1}', False), ("[1, 2]", False), ("{'a': 1}", True), ("Sure! {}", True), ("", True)],
)
def test_json_is_checked_where_it_is_wanted(output: str, wrong: bool) -> None:  # noqa: FBT001  # what is expected
    assert text_flags(output, as_json=True)["invalid_json"] is wrong
    assert "invalid_json" not in text_flags(output)


def test_what_is_no_text_is_valid_where_json_is_wanted() -> None:
    assert text_flags({"a": 1}, as_json=True) == {"invalid_json": False}
    assert text_flags(3.5) == {}


@given(st.text(max_size=400), st.none() | st.text(max_size=8), st.booleans())
def test_no_text_breaks_it(output: str, finish: str | None, as_json: bool) -> None:  # noqa: FBT001  # drawn
    assert all(
        isinstance(one, bool) for one in text_flags(output, finish, as_json=as_json).values()
    )
