"""When the database cannot be written, facts go to the spool and come back, once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemIds
from mlrespond.errors import UnwritableError
from mlrespond.model.event import Evidence
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.timeline import STREAM, note, of_run
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import PATIENCE_S, SqliteTimeline

IDS = SystemIds()


class House:
    """A timeline file, its spool, and programs that open them."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.path = folder / "timeline.db"
        self.spool = folder / "spool"
        self.patience_s = PATIENCE_S
        self.now_ns = time.time_ns
        self.opened: list[SqliteTimeline] = []

    def open(self) -> SpoolingTimeline:
        spool = Spool(self.spool, new_id=IDS.event_id, now_ns=self.now_ns)
        return SpoolingTimeline(self._database, spool, self.clock.now)

    def _database(self) -> SqliteTimeline:
        database = SqliteTimeline(
            self.path,
            now=self.clock.now,
            new_id=IDS.event_id,
            new_salt=IDS.salt,
            patience_s=self.patience_s,
        )
        self.opened.append(database)
        return database

    def break_database(self) -> None:
        """Put a folder where the file should be: even root cannot open that."""
        self.path.rename(self.path.with_suffix(".away"))
        self.path.mkdir()

    def mend_database(self) -> None:
        shutil.rmtree(self.path)
        self.path.with_suffix(".away").rename(self.path)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    timeline = house.open()
    timeline.append([note("before"), of_run(0, "run_requested"), of_run(1, "run_claimed")])
    timeline.close()
    yield house
    for database in house.opened:
        database.close()


def summaries(timeline: SpoolingTimeline) -> list[str]:
    return [event.summary for event in timeline.read(STREAM)]


def test_a_note_is_kept_while_the_database_is_away_and_imported_later(house: House) -> None:
    house.break_database()
    piece = Evidence("text/plain", "document", b"screen")

    house.open().append([note("during", evidence={"screen": piece})])

    assert house.open().read(STREAM)[-1].summary == "during"
    house.mend_database()
    timeline = house.open()
    timeline.append([note("after")])
    assert summaries(timeline)[-2:] == ["during", "after"]
    assert timeline.evidence(piece.digest) == b"screen"
    assert list(house.spool.iterdir()) == []
    assert timeline.audit().problems == ()


def test_importing_again_adds_nothing(house: House) -> None:
    house.break_database()
    house.open().append([note("during")])
    house.mend_database()
    saved = {path.name: path.read_bytes() for path in house.spool.iterdir()}
    timeline = house.open()
    assert timeline.import_spool() == 1

    for name, content in saved.items():
        (house.spool / name).write_bytes(content)

    assert timeline.import_spool() == 0
    assert summaries(timeline).count("during") == 1


def test_a_decision_is_never_spooled(house: House) -> None:
    house.break_database()

    with pytest.raises(UnwritableError):
        house.open().append([note("decided")], expect={STREAM: 3})

    assert not house.spool.exists()


def test_events_of_a_run_that_was_claimed_since_come_in_late(house: House) -> None:
    house.break_database()
    house.open().append([of_run(1, "step_finished")])
    house.mend_database()
    other = house._database()
    other.append([of_run(2, "run_claimed")])

    house.open().import_spool()

    late = other.read(STREAM)[-1]
    assert (late.kind, late.late, late.epoch) == ("step_finished", True, 1)


def test_an_answer_that_came_second_keeps_its_text_but_not_its_claim(house: House) -> None:
    house.break_database()
    house.open().append([note("mine", once="question:1")])
    house.mend_database()
    other = house._database()
    other.append([note("theirs", once="question:1")])

    house.open().import_spool()

    assert [(e.summary, e.once) for e in other.read(STREAM)][-2:] == [
        ("theirs", "question:1"),
        ("mine", None),
    ]


def test_a_lost_spool_file_is_noticed(house: House) -> None:
    house.break_database()
    timeline = house.open()
    for text in ("one", "two", "three"):
        timeline.append([note(text)])
    house.mend_database()
    sorted(house.spool.iterdir())[1].unlink()

    again = house.open()
    again.import_spool()

    (imported,) = [event for event in again.follow(0) if event.kind == "spool_imported"]
    assert imported.data["gaps"] == 1


def test_what_was_imported_meanwhile_is_not_missing(house: House) -> None:
    timeline = house.open()
    for text in ("one", "two"):
        house.break_database()
        timeline.append([note(text)])
        house.mend_database()
        timeline.import_spool()

    imported = [event for event in timeline.follow(0) if event.kind == "spool_imported"]
    assert [event.data["gaps"] for event in imported] == [0, 0]


def test_what_is_told_of_an_earlier_time_comes_in_its_turn(house: House) -> None:
    house.break_database()
    timeline = house.open()
    earlier = replace(note("of an hour ago"), occurred_at=START - timedelta(hours=1))
    timeline.append([note("first")])
    timeline.append([earlier])
    house.mend_database()

    house.open().import_spool()

    said = summaries(house.open())
    assert said.index("first") < said.index("of an hour ago")


def test_a_locked_database_ends_in_the_spool(house: House) -> None:
    house.patience_s = 0.05
    lock = sqlite3.connect(house.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    timeline = house.open()

    timeline.append([note("during")])

    assert timeline.spooling
    lock.execute("ROLLBACK")
    lock.close()
    house.clock.advance(60)
    timeline.append([note("after")])
    assert summaries(timeline)[-2:] == ["during", "after"]
    assert not timeline.spooling


def test_when_the_spool_fails_too_the_caller_is_told(house: House) -> None:
    house.break_database()
    house.spool.write_text("in the way")

    with pytest.raises(UnwritableError, match="neither the timeline nor its spool"):
        house.open().append([note("lost?")])


def test_a_half_written_spool_file_is_left_and_does_not_stop_the_rest(house: House) -> None:
    house.break_database()
    house.open().append([note("whole")])
    house.mend_database()
    torn = house.spool / "00000000000000000001-1.json"
    torn.write_text('{"id": "x", "dra')

    assert house.open().import_spool() == 1

    assert torn.exists()


def test_a_correction_that_came_second_keeps_its_text_and_stops_nothing(house: House) -> None:
    other = house._database()
    (first,) = other.append([note("at 3:15")])
    house.break_database()
    house.open().append([note("at 3:25", supersedes=first.id), note("and this")])
    house.mend_database()
    again = house._database()
    again.append([note("at 3:35", supersedes=first.id)])

    timeline = house.open()
    timeline.append([note("after")])

    assert summaries(timeline)[-4:] == ["at 3:35", "at 3:25", "and this", "after"]
    assert [event.supersedes for event in timeline.read(STREAM)][-4:] == [first.id, *[None] * 3]
    assert list(house.spool.iterdir()) == []


def test_an_event_that_the_database_refuses_waits_and_stops_nothing(house: House) -> None:
    house.break_database()
    house.open().append([note("one"), note("two"), note("three")])
    house.mend_database()
    strange = sorted(house.spool.iterdir())[1]
    strange.write_text(strange.read_text().replace("note_added", "newer_kind"))

    timeline = house.open()
    timeline.append([note("after")])

    assert summaries(timeline)[-4:] == ["one", "three", "after", "two"]
    assert list(house.spool.iterdir()) == [strange]
    assert timeline.audit().problems == ()


def test_the_part_of_a_write_that_never_ended_is_removed_once_it_is_old(house: House) -> None:
    house.break_database()
    house.open().append([note("during")])
    house.mend_database()
    now = house.clock.now().timestamp()
    for name, age_s in (("old", 3700.0), ("fresh", 60.0)):
        part = house.spool / f"{name}.part"
        part.write_text('{"id": "x", "dra')
        os.utime(part, (now - age_s, now - age_s))

    assert house.open().import_spool() == 1

    assert [one.name for one in house.spool.iterdir()] == ["fresh.part"]


def test_a_spool_write_that_fails_leaves_no_part(house: House) -> None:
    house.break_database()
    house.now_ns = lambda: 1
    timeline = house.open()
    timeline.append([note("one")])
    (first,) = house.spool.iterdir()
    following = first.with_name(first.name.replace("1-", "2-", 1))
    following.mkdir()

    with pytest.raises(UnwritableError):
        timeline.append([note("two")])

    assert sorted(house.spool.iterdir()) == [first, following]
