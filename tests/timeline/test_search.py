"""Searching is a projection: caught up when somebody searches, and never in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemIds
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline import schema
from mlrespond.timeline.sqlite import SqliteTimeline


def opened(path: Path) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[SqliteTimeline]:
    timeline = opened(tmp_path / "timeline.db")
    timeline.append([note("rolled back fraud"), note("retrained churn")])
    yield timeline
    timeline.close()


def mark(timeline: SqliteTimeline) -> list[tuple[object, ...]]:
    return timeline.rows("SELECT pos FROM projection WHERE name='body_fts'")


def test_appending_leaves_the_index_alone_and_searching_catches_up(
    timeline: SqliteTimeline,
) -> None:
    assert mark(timeline) == []

    assert [one.summary for one in timeline.search("fraud")] == ["rolled back fraud"]
    assert mark(timeline) == [(2,)]
    timeline.append([note("fraud again")])
    assert mark(timeline) == [(2,)]
    assert len(timeline.search("fraud")) == 2
    assert mark(timeline) == [(3,)]


def test_the_projection_can_be_dropped_and_comes_back(timeline: SqliteTimeline) -> None:
    found = timeline.search("fraud")
    timeline._db.execute("DROP TABLE body_fts")
    timeline._db.execute("DELETE FROM projection")

    assert timeline.search("fraud") == found


def test_while_another_writes_the_texts_are_looked_through(timeline: SqliteTimeline) -> None:
    timeline._db.execute("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(timeline.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        found = timeline.search("FRAUD back")

        assert [one.summary for one in found] == ["rolled back fraud"]
        assert timeline.search("fraud churn") == ()
        other.execute("ROLLBACK")
    timeline.append([note("still writable")])


@pytest.mark.usefixtures("timeline")
def test_a_newer_file_is_searched_without_writing_into_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "timeline.db")) as db:
        db.execute(f"PRAGMA user_version={schema.VERSION + 1}")

    newer = opened(tmp_path / "timeline.db")

    assert [one.summary for one in newer.search("churn")] == ["retrained churn"]
    assert newer.read_only
    newer.close()


@pytest.mark.parametrize("words", ['"', "NEAR(", "a OR", "summary:", "*", "%", "' OR 1=1 --", "-"])
def test_any_words_are_words_and_no_query(timeline: SqliteTimeline, words: str) -> None:
    timeline.append([note(f"they typed {words} and more")])

    for one in timeline.search(words):
        assert one.summary.startswith("they typed")
