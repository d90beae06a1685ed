"""Bodies to JSON and back: nothing is lost, what is newer is ignored, what is wrong is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.drawn import instances

from mlrespond.errors import InvalidInputError
from mlrespond.model.codec import decode, decode_as, encode
from mlrespond.model.json import Json, dump
from mlrespond.model.kind import Body
from mlrespond.model.kinds import KINDS, body, draft
from mlrespond.model.reading import Version

AT = datetime(2026, 11, 22, 3, 12, 7, 5, tzinfo=UTC)
BODIES = st.sampled_from(sorted(KINDS)).flatmap(lambda name: instances(KINDS[name]))


@dataclass(frozen=True)
class Inner:
    n: int
    at: datetime | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner
    many: tuple[Inner, ...] = ()
    pair: tuple[int, str] = (0, "")
    by_name: dict[str, Json] = field(default_factory=dict)
    note: str | None = None
    share: float = 0.5
    flag: bool = True
    either: int | str = 0


@settings(deadline=None)
@given(BODIES)
def test_any_body_of_any_kind_comes_back_from_json_as_it_was(what: Body) -> None:
    written = dump(encode(what))

    again = decode(type(what), json.loads(written))

    assert dump(encode(again)) == written
    assert again == what


@settings(deadline=None)
@given(BODIES)
def test_every_body_has_a_line_for_people(what: Body) -> None:
    said = draft("incident:INC-1", what, AT)

    assert said.kind == what.kind
    assert "\n" not in said.summary
    assert len(said.summary) <= 400
    assert body(said) == what


@settings(deadline=None)
@given(BODIES)
def test_what_a_newer_version_adds_to_a_body_is_ignored(what: Body) -> None:
    written = encode(what)
    assert isinstance(written, dict)

    assert decode(type(what), {**written, "dreams": {"of": ["sheep"]}}) == what


def test_what_an_older_version_did_not_write_has_its_default() -> None:
    found = decode(Outer, {"name": "a", "inner": {"n": 1}})

    assert found == Outer(name="a", inner=Inner(n=1))


def test_what_is_none_by_default_is_not_written() -> None:
    assert encode(Inner(n=1)) == {"n": 1}
    assert encode(Inner(n=1, at=AT)) == {"n": 1, "at": "2026-11-22T03:12:07.000005Z"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        {"name": "a"},
        {"name": 1, "inner": {"n": 1}},
        {"name": "a", "inner": None},
        {"name": "a", "inner": {"n": "1"}},
        {"name": "a", "inner": {"n": True}},
        {"name": "a", "inner": {"n": 1.5}},
        {"name": "a", "inner": {"n": 1, "at": "yesterday"}},
        {"name": "a", "inner": {"n": 1, "at": "2026-11-22T03:12:07"}},
        {"name": "a", "inner": {"n": 1}, "many": 3},
        {"name": "a", "inner": {"n": 1}, "many": [None]},
        {"name": "a", "inner": {"n": 1}, "pair": [1]},
        {"name": "a", "inner": {"n": 1}, "by_name": []},
        {"name": "a", "inner": {"n": 1}, "share": "0.5"},
        {"name": "a", "inner": {"n": 1}, "flag": 1},
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_expected(value: Json) -> None:
    with pytest.raises(InvalidInputError):
        decode(Outer, value)


def test_a_whole_number_is_a_number_too() -> None:
    found = decode(Outer, {"name": "a", "inner": {"n": 1}, "share": 2, "either": "x"})

    assert (found.share, found.either) == (2.0, "x")


def test_an_annotation_can_be_read_by_itself() -> None:
    found: object = decode_as(tuple[Version, ...], [{"name": "7", "metrics": {"accuracy": 1}}])

    assert found == (Version(name="7", metrics={"accuracy": 1.0}),)


def test_what_has_no_json_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="cannot write a complex"):
        encode(1j)
