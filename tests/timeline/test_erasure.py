"""What was erased is gone: from the tables, the search, the file's free pages and its log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemIds
from mlrespond.errors import NotRecordedError, UnwritableError
from mlrespond.model.event import Event, Evidence
from mlrespond.model.incident_kind import ContentErased
from mlrespond.model.kinds import draft
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import AT, STREAM, note
from mlrespond.timeline.sqlite import SqliteTimeline

NAME = "Jane Roe of Elm Street"
PIECE = Evidence("text/plain", "sample", b"card 4111-1111 of Jane")  # short: stored as it is


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[SqliteTimeline]:
    ids = SystemIds()
    timeline = SqliteTimeline(
        tmp_path / "timeline.db", now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt
    )
    timeline.append([note("before")])
    yield timeline
    timeline.close()


def erase(timeline: SqliteTimeline, target: str) -> Event:
    what = ContentErased(target=target, reason="asked by the customer")
    return timeline.erase(target, draft(STREAM, what, AT, source="person"))


def bytes_of(timeline: SqliteTimeline) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(timeline.path.parent.iterdir()))


def test_neither_text_nor_salt_nor_evidence_is_left_in_any_file(timeline: SqliteTimeline) -> None:
    (event,) = timeline.append([note(NAME, evidence={"row": PIECE})])
    ((salt,),) = timeline.rows("SELECT salt FROM body WHERE pos=?", (event.pos,))
    assert timeline.search("Jane")
    gone = (NAME.encode(), str(salt).encode(), PIECE.content)
    assert all(one in bytes_of(timeline) for one in gone)

    erase(timeline, f"event:{event.id}")
    erase(timeline, f"evidence:{PIECE.digest}")

    assert Path(f"{timeline.path}-wal").stat().st_size == 0
    assert not any(one in bytes_of(timeline) for one in gone)
    assert timeline.search("Jane") == ()
    assert timeline.audit().problems == ()


def test_what_stands_is_found_once_after_the_search_was_made_anew(timeline: SqliteTimeline) -> None:
    assert timeline.search("before")
    (event, _) = timeline.append([note("to go"), note("written since the last search")])

    erase(timeline, f"event:{event.id}")

    assert [one.summary for one in timeline.search("since")] == ["written since the last search"]
    timeline._db.execute("INSERT INTO body_fts(body_fts,rank) VALUES('integrity-check',1)")


def test_erased_is_told_from_missing(timeline: SqliteTimeline) -> None:
    erased, missing = timeline.append([note("one"), note("two")])
    erase(timeline, f"event:{erased.id}")
    with closing(sqlite3.connect(timeline.path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER body_delete")
        raw.execute("DELETE FROM body WHERE pos=?", (missing.pos,))

    report = timeline.audit()

    assert report.erased == (f"event:{erased.id}",)
    assert [one.what for one in report.problems] == ["its content is missing and was not erased"]
    assert f"position {missing.pos}" in report.problems[0].where


def test_erasing_again_only_shreds_again(timeline: SqliteTimeline) -> None:
    (event,) = timeline.append([note(NAME)])
    first = erase(timeline, f"event:{event.id}")
    count = len(timeline.follow(0))

    again = erase(timeline, f"event:{event.id}")

    assert again == first
    assert len(timeline.follow(0)) == count


def test_while_somebody_reads_the_caller_is_told_that_bytes_may_be_left(
    timeline: SqliteTimeline,
) -> None:
    timeline._db.execute("PRAGMA busy_timeout=20")
    (event,) = timeline.append([note(NAME)])
    reader = sqlite3.connect(timeline.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM event").fetchone()

    with pytest.raises(UnwritableError, match="bytes may still be in") as told:
        erase(timeline, f"event:{event.id}")

    assert "erase the same again" in told.value.hint
    assert timeline.by_id(event.id).erased
    reader.close()
    erase(timeline, f"event:{event.id}")
    assert NAME.encode() not in bytes_of(timeline)


def test_a_body_that_was_erased_never_comes_back(timeline: SqliteTimeline) -> None:
    (event,) = timeline.append([note(NAME)])
    erase(timeline, f"event:{event.id}")

    with (
        closing(sqlite3.connect(timeline.path, isolation_level=None)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="erased"),
    ):
        raw.execute("INSERT INTO body VALUES(?,'back','{}','s')", (event.pos,))


def test_evidence_that_was_erased_never_comes_back(timeline: SqliteTimeline) -> None:
    timeline.append([note("one", evidence={"row": PIECE})])
    erase(timeline, f"evidence:{PIECE.digest}")

    (again,) = timeline.append([note("two", evidence={"row": PIECE})])

    assert again.evidence == {"row": PIECE.digest}
    with pytest.raises(NotRecordedError, match="was erased"):
        timeline.evidence(PIECE.digest)
    assert PIECE.content not in bytes_of(timeline)
    assert timeline.audit().problems == ()


def test_nothing_is_erased_where_only_a_row_says_so(timeline: SqliteTimeline) -> None:
    (event, other) = timeline.append([note(NAME), note("other")])
    by = erase(timeline, f"event:{other.id}")

    with closing(sqlite3.connect(timeline.path, isolation_level=None)) as raw:
        for values in ((f"event:{event.id}", by.id), (f"event:{event.id}", other.id)):
            with pytest.raises(sqlite3.IntegrityError, match="no-erasure-event"):
                raw.execute("INSERT INTO erasure VALUES(?,?)", values)
        with pytest.raises(sqlite3.IntegrityError, match="replaced"):
            raw.execute("REPLACE INTO erasure VALUES(?,?)", (f"event:{other.id}", by.id))
