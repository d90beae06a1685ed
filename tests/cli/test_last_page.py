"""The last page is the end of the whole: however long the stream, whoever added what late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.timeline.bundled import written
from tests.timeline.earlier.told import INCIDENT

from mlrespond.bootstrap.place import open_timeline
from mlrespond.cli.last_page import last_page
from mlrespond.engine.curate import curated
from mlrespond.model.event import Draft, Event
from mlrespond.model.incident_kind import EventPinned
from mlrespond.model.kinds import draft
from mlrespond.model.layer import ROUTINE
from mlrespond.render.timeline import in_order
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline.spooling import SpoolingTimeline

STREAM = f"incident:{INCIDENT}"


def shown(events: Sequence[Event]) -> list[Event]:
    return in_order(curated(events))


@pytest.fixture
def timeline(tmp_path: Path) -> SpoolingTimeline:
    timeline = open_timeline(written(tmp_path))
    last = timeline.read(STREAM)[-1].occurred_at
    for n in range(40):  # many were added late, and many at one time
        at = last - timedelta(seconds=n % 7 * 100)
        (one,) = timeline.append([_at(f"note {n}", at)])
    timeline.append([_at("corrected", at, supersedes=one.id)])
    (hidden,) = timeline.append([_at("hidden", last)])
    routine = [event for event in timeline.read(STREAM) if event.kind in ROUTINE]
    for pinned in (
        EventPinned(event=routine[0].id, to="curated"),
        EventPinned(event=routine[-1].id, to="curated"),
        EventPinned(event=hidden.id, to="routine"),
    ):
        timeline.append([draft(STREAM, pinned, last, incident=INCIDENT, source="person")])
    return timeline


def _at(text: str, at: datetime, **fields: object) -> Draft:
    return replace(note(text, STREAM, **fields), occurred_at=at)


@pytest.mark.parametrize("at_first", [1, 3, 1000])
@pytest.mark.parametrize("count", [1, 2, 5, 17, 40, 1000])
@pytest.mark.parametrize(
    ("choose", "without"), [(shown, sorted(ROUTINE)), (in_order, ())], ids=["curated", "all"]
)
def test_it_is_the_end_of_all_that_is_shown(
    timeline: SpoolingTimeline,
    choose: Callable[[Sequence[Event]], list[Event]],
    without: Sequence[str],
    count: int,
    at_first: int,
) -> None:
    whole = choose(timeline.read(STREAM))

    page = last_page(timeline, STREAM, count, choose, without, at_first)

    assert page.chosen == whole[-count:]
    assert page.length == len(timeline.read(STREAM))
    timeline.close()


def test_what_was_corrected_is_known(timeline: SpoolingTimeline) -> None:
    page = last_page(timeline, STREAM, 100, shown)

    (later,) = (one for one in page.chosen if one.summary == "corrected")
    assert later.supersedes in page.corrected
    timeline.close()


def test_a_long_page_is_asked_in_questions_that_sqlite_takes(timeline: SpoolingTimeline) -> None:
    one = timeline.read(STREAM)[-1].occurred_at
    timeline.append([_at(f"long {n}", one) for n in range(1200)])
    asked: list[int] = []

    class Counting(SpoolingTimeline):
        def __init__(self) -> None:
            self.__dict__ |= timeline.__dict__

        def rows(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[object, ...]]:
            asked.append(len(values))
            return super().rows(query, values)

    page = last_page(Counting(), STREAM, 5000, shown)
    short = last_page(Counting(), STREAM, 3, shown)

    assert len(page.chosen) > 1200
    assert page.corrected
    assert len(short.chosen) == 3
    assert (max(asked), asked[-1]) == (500, 3)
    timeline.close()


def test_a_stream_that_is_not_there_has_no_page(timeline: SpoolingTimeline) -> None:
    page = last_page(timeline, "incident:INC-9", 5, shown)

    assert (page.chosen, page.recent, page.length) == ([], (), 0)
    timeline.close()
