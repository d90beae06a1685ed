"""SIGKILL while the spool is written and imported: nothing that was safe is lost or doubled."""

from __future__ import annotations

import json

import pytest
from tests.crash.spooled import Left
from tests.crash.swept import played

EVERY = 11


def _deaths(step: int) -> list[Left]:
    lines = played("spooled", "0", str(step)).splitlines()
    return [Left(**json.loads(line)) for line in lines]


def _whole(left: list[Left]) -> None:
    assert [one for one in left if one.lost or one.doubled or one.problems] == []
    assert {one.waiting for one in left} == {0}
    assert [one for one in left if one.imported != one.spooled] == []
    assert {one.spooled for one in left} >= {0, 1, 2, 3}


def test_nothing_is_lost_or_doubled_by_a_death_at_some_lines() -> None:
    left = _deaths(EVERY)

    assert len(left) > 50
    _whole(left)


@pytest.mark.long
def test_nothing_is_lost_or_doubled_by_a_death_at_any_line() -> None:
    left = _deaths(1)

    assert len(left) > 500
    _whole(left)
