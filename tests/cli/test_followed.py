"""Following reads what is new, and nothing again: counted in rows, whatever the machine's speed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mlrespond.adapters.system import SystemIds
from mlrespond.cli.followed import Followed
from mlrespond.model.event import Event
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import SqliteTimeline

STREAM = "incident:INC-0001"


@dataclass
class Counted:
    """A timeline that counts the rows which are read of it."""

    timeline: SqliteTimeline
    rows: list[int] = field(default_factory=list)

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        found = self.timeline.read(stream, after)
        self.rows.append(len(found))
        return found


def opened(path: Path) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)


def test_a_turn_reads_only_what_is_newer(tmp_path: Path) -> None:
    timeline = opened(tmp_path / "timeline.db")
    timeline.append([note(f"note {n}", STREAM) for n in range(300)])
    counted = Counted(timeline)
    followed = Followed(counted, timeline.read(STREAM))

    told = [followed.newer()]
    for n in (1, 3):
        timeline.append([note(f"new {n}.{one}", STREAM) for one in range(n)])
        timeline.append([note("of another", "incident:INC-0002")])
        told += [followed.newer(), followed.newer()]

    assert counted.rows == [0, 1, 0, 3, 0]
    assert [len(one) for one in told] == [0, 1, 0, 3, 0]
    assert len(followed.events) == 304
    assert followed.turn == 2
    timeline.close()


def test_the_file_finds_them_by_its_index(tmp_path: Path) -> None:
    timeline = opened(tmp_path / "timeline.db")

    plan = timeline.rows(
        "EXPLAIN QUERY PLAN SELECT * FROM event WHERE stream=? AND seq>?", ("s", 1)
    )

    assert "SEARCH event USING INDEX" in str(plan[0][-1])
    assert "(stream=? AND seq>?)" in str(plan[0][-1])
    timeline.close()


def test_what_waits_in_the_spool_is_told_once(tmp_path: Path) -> None:
    database = opened(tmp_path / "timeline.db")
    database.append([note("first", STREAM)])
    ids = SystemIds()
    spool = Spool(tmp_path / "state", new_id=ids.event_id)
    timeline = SpoolingTimeline(lambda: database, spool, FixedClock().now)
    followed = Followed(timeline, timeline.read(STREAM))
    spool.put([note("while the disk was full", STREAM)])

    waiting = followed.newer()
    again = followed.newer()
    timeline.import_spool()
    brought_in = followed.newer()

    assert [one.summary for one in waiting] == ["while the disk was full"]
    assert (again, brought_in) == ([], [])
    assert [(one.seq, one.summary) for one in followed.events] == [
        (1, "first"),
        (2, "while the disk was full"),
    ]
    timeline.close()
