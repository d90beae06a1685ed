"""Both timelines keep the same laws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemIds
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import TimelineContract
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import SqliteTimeline


def open_timeline(path: Path) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)


class TestMemoryTimeline(TimelineContract):
    @pytest.fixture
    def timeline(self) -> MemoryTimeline:
        return MemoryTimeline(FixedClock().now)


class TestSqliteTimeline(TimelineContract):
    @pytest.fixture
    def timeline(self, tmp_path: Path) -> Iterator[SqliteTimeline]:
        timeline = open_timeline(tmp_path / "timeline.db")
        yield timeline
        timeline.close()


class TestSpoolingTimeline(TimelineContract):
    @pytest.fixture
    def timeline(self, tmp_path: Path) -> Iterator[SpoolingTimeline]:
        spool = Spool(tmp_path / "spool", new_id=SystemIds().event_id)
        timeline = SpoolingTimeline(
            lambda: open_timeline(tmp_path / "timeline.db"), spool, FixedClock().now
        )
        yield timeline
        timeline.close()
