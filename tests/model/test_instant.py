"""Times and durations: as they are stored, as people write them, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.drawn import TIMES

from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import duration, iso, parse_duration, parse_iso, parse_time

NOW = datetime(2026, 11, 22, 3, 12, 7, tzinfo=UTC)


@given(TIMES)
def test_a_time_that_was_stored_is_read_as_it_was(at: datetime) -> None:
    assert parse_iso(iso(at)) == at


@given(TIMES, TIMES)
def test_stored_times_sort_as_they_follow(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one < other)


def test_a_time_of_another_zone_is_stored_in_utc() -> None:
    berlin = datetime(2026, 11, 22, 4, tzinfo=timezone(timedelta(hours=1)))

    assert iso(berlin) == "2026-11-22T03:00:00.000000Z"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T03:12:07Z", NOW),
        (" 2026-11-22T04:12:07+01:00 ", NOW),
        ("2026-11-22T03:12:07.123456789Z", NOW.replace(microsecond=123456)),
        ("20261122T031207Z", NOW),
    ],
)
def test_an_iso_time_is_read(text: str, at: datetime) -> None:
    assert parse_iso(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-11-22", "2026-11-22T03:12", "2026-13-01T00:00Z", "0001-01-01T00:00+14"],
)
def test_a_time_that_nobody_can_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_iso(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("10m ago", NOW - timedelta(minutes=10)),
        ("1.5h ago", NOW - timedelta(minutes=90)),
        ("03:12", NOW.replace(second=0)),
        ("03:12:07", NOW),
        ("3:12Z", NOW.replace(second=0)),
        ("03:13", NOW.replace(minute=13, second=0) - timedelta(days=1)),
        ("2026-11-22T03:12:07Z", NOW),
    ],
)
def test_a_time_that_a_person_writes_is_the_latest_one(text: str, at: datetime) -> None:
    assert parse_time(text, NOW) == at


@pytest.mark.parametrize("text", ["25:00", "03:60", "soon ago", "ago", "99999999999w ago", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("30s", 30), ("5m", 300), ("2h", 7200), ("1.5d", 129600), ("1w", 604800)],
)
def test_a_duration_has_its_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "5M", "5m30s", "1e9s", "9999999w", "∞s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_duration(text)


@given(st.from_regex(r"\A[0-9]{1,30}(\.[0-9]{1,5})?(ms|s|m|h|d|w)\Z"))
def test_any_duration_can_be_added_to_a_time_or_is_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except InvalidInputError:
        return

    assert NOW + timedelta(seconds=seconds) >= NOW


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.85, "850ms"),
        (0.9996, "1s"),
        (1, "1s"),
        (12.34, "12.3s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (60, "1m00s"),
        (250, "4m10s"),
        (3599.9, "1h00m"),
        (7500, "2h05m"),
        (86400 * 3 + 4 * 3600, "3d04h"),
        (-250, "-4m10s"),
    ],
)
def test_a_duration_is_told_as_people_read_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_bare_duration_is_taken_for_no_time_and_the_hint_says_how() -> None:
    with pytest.raises(InvalidInputError) as told:
        parse_time("30d", NOW)

    assert told.value.hint == "did you mean `30d ago`?"
