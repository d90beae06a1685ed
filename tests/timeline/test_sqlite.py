"""The database itself refuses what must not be: each trigger has a test that tries to break it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from os import urandom
from pathlib import Path

import pytest
import sqlite_utils

from mlrespond.adapters.system import SystemIds
from mlrespond.errors import AlreadySettledError, NotRecordedError, UnreadableError, UnwritableError
from mlrespond.model.event import Draft, Evidence
from mlrespond.model.incident_kind import ContentErased
from mlrespond.model.kinds import draft
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import AT, STREAM, note, of_run
from mlrespond.timeline import schema, views
from mlrespond.timeline.evidence import INCIDENT_CAP, READING_CAP, EvidenceStore
from mlrespond.timeline.sqlite import SqliteTimeline

PIECE = Evidence("text/plain", "sample", b"a customer's name" * 100)


def open_timeline(path: Path, **fields: object) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(
        path,
        now=FixedClock().now,
        new_id=ids.event_id,
        new_salt=ids.salt,
        **fields,  # type: ignore[arg-type]  # redact
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "timeline.db"


@pytest.fixture
def timeline(path: Path) -> Iterator[SqliteTimeline]:
    timeline = open_timeline(path)
    timeline.append([note("one", evidence={"sample": PIECE}), note("two")])
    timeline.append([of_run(0, "run_requested"), of_run(1, "run_claimed")])
    yield timeline
    timeline.close()


@pytest.fixture
def raw(path: Path, timeline: SqliteTimeline) -> Iterator[sqlite3.Connection]:
    """A connection of somebody who does not use our code."""
    assert timeline.path == path
    db = sqlite3.connect(path, isolation_level=None)
    yield db
    db.close()


COPY = (
    "INSERT {how} INTO event SELECT {pos},{id},stream,{seq},kind,v,occurred_at,precision,"
    "recorded_at,source,actor,assurance,incident,run,{epoch},step,attempt,late,{once},{supersedes},"
    "body_digest,{prev},'h' FROM event WHERE pos={of}"
)


def copied(of: int, how: str = "", **values: str) -> str:
    known = {
        "pos": "NULL",
        "id": "'new'",
        "seq": "seq+4",
        "epoch": "epoch",
        "once": "once",
        "supersedes": "supersedes",
        "prev": "(SELECT hash FROM event WHERE pos=4)",
    }
    return COPY.format(of=of, how=how, **{**known, **values})


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE event SET actor='eve'", "append-only"),
        ("DELETE FROM event WHERE pos=2", "append-only"),
        ("UPDATE body SET summary='nothing happened'", "append-only"),
        ("DELETE FROM body", "append-only"),
        ("UPDATE evidence SET bytes=x'00'", "append-only"),
        ("DELETE FROM evidence", "append-only"),
        ("UPDATE seal SET hash='0'", "append-only"),
        ("DELETE FROM seal", "append-only"),
        ("REPLACE INTO seal SELECT pos,'0' FROM seal", "replaced"),
        ("INSERT INTO seal VALUES(1,'0')", "replaced"),
        ("INSERT INTO seal VALUES(9,'0')", "no-event"),
        ("REPLACE INTO body VALUES(1,'x','{}','s')", "replaced"),
        ("REPLACE INTO evidence SELECT digest,media,codec,1,class,x'00' FROM evidence", "replaced"),
        ("INSERT INTO erasure SELECT 'event:'||id,id FROM event LIMIT 1", "no-erasure-event"),
        (copied(1, "OR REPLACE", pos="1"), "replaced"),
        (copied(1, "OR REPLACE", id="id"), "replaced"),
        (copied(1, "OR REPLACE", seq="seq"), "replaced"),
        (copied(1, seq="7"), "seq-conflict"),
        (copied(1, pos="99"), "position-chosen"),
        (copied(1, prev="'beef'"), "chain-broken"),
        (copied(4, seq="5", epoch="0"), "fenced"),
        (copied(4, seq="5", epoch="3"), "fenced"),
        (copied(1, supersedes="'nobody'"), "bad-supersede"),
        (copied(1, supersedes="(SELECT id FROM event WHERE pos=3)"), "bad-supersede"),
        (copied(1, "OR IGNORE", pos="1"), "replaced"),
        (copied(1, "OR IGNORE", seq="7"), "seq-conflict"),
        (copied(1, id="id") + " ON CONFLICT(id) DO UPDATE SET actor='eve'", "replaced"),
        (copied(1, seq="1", prev="'beef'").replace("stream,", "'incident:new',"), "chain-broken"),
        ("INSERT INTO body VALUES(99,'x','{}','s')", "no-event"),
        ("INSERT INTO body SELECT pos,'x','{}','s' FROM event WHERE pos=2", "replaced"),
    ],
)
def test_a_stranger_with_a_connection_is_refused(
    raw: sqlite3.Connection, statement: str, refusal: str
) -> None:
    before = list(raw.execute("SELECT * FROM event"))

    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        raw.execute(statement)

    assert list(raw.execute("SELECT * FROM event")) == before


def test_a_stranger_cannot_settle_or_correct_a_second_time(
    timeline: SqliteTimeline, raw: sqlite3.Connection
) -> None:
    (mine,) = timeline.append([note("mine", once="question:1")])
    timeline.append([note("corrected", supersedes=mine.id)])
    head = "(SELECT hash FROM event ORDER BY pos DESC LIMIT 1)"

    with pytest.raises(sqlite3.IntegrityError, match="already-settled"):
        raw.execute(copied(1, seq="7", prev=head, once="'question:1'"))
    with pytest.raises(sqlite3.IntegrityError, match="already-superseded"):
        raw.execute(copied(1, seq="7", prev=head, supersedes=f"'{mine.id}'"))

    assert timeline.audit().problems == ()


def test_turning_off_recursive_triggers_does_not_let_a_replace_through(
    raw: sqlite3.Connection,
) -> None:
    raw.execute("PRAGMA recursive_triggers=OFF")

    with pytest.raises(sqlite3.IntegrityError, match="replaced"):
        raw.execute("REPLACE INTO body SELECT pos,'changed',data,salt FROM body")


def test_an_erasure_row_is_for_ever(timeline: SqliteTimeline, raw: sqlite3.Connection) -> None:
    erase(timeline, f"evidence:{PIECE.digest}")

    for statement in ("DELETE FROM erasure", "UPDATE erasure SET target='x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="erased"):
        raw.execute("INSERT INTO evidence VALUES(?,'t','raw',1,'sample',x'00')", (PIECE.digest,))


def erase(timeline: SqliteTimeline, target: str) -> None:
    why = ContentErased(target=target, reason="asked by the customer")
    timeline.erase(target, draft(STREAM, why, AT, source="person"))


def test_erased_text_leaves_the_file_but_the_chain_holds(
    timeline: SqliteTimeline, path: Path
) -> None:
    secret = "the customer is Jane Roe"
    (event,) = timeline.append([note(secret)])
    assert timeline.search("Jane")

    erase(timeline, f"event:{event.id}")
    erase(timeline, f"evidence:{PIECE.digest}")

    report = timeline.audit()
    assert report.problems == ()
    assert report.erased == (f"event:{event.id}", f"evidence:{PIECE.digest}")
    assert timeline.by_id(event.id).erased
    assert timeline.search("Jane") == ()
    files = [one.read_bytes() for one in path.parent.iterdir()]
    assert not any(secret.encode() in content for content in files)


def test_erasing_what_is_not_there_changes_nothing(timeline: SqliteTimeline) -> None:
    before = timeline.follow(0)

    with pytest.raises(NotRecordedError):
        erase(timeline, "event:none")

    assert timeline.follow(0) == before


def test_erased_evidence_is_told_from_missing(timeline: SqliteTimeline) -> None:
    erase(timeline, f"evidence:{PIECE.digest}")

    with pytest.raises(NotRecordedError, match="was erased"):
        timeline.evidence(PIECE.digest)


@pytest.mark.parametrize(
    ("tampering", "where", "what"),
    [
        ("UPDATE body SET summary='all fine' WHERE pos=2", "position 2", "content was changed"),
        ("UPDATE body SET data='{}' WHERE pos=1", "position 1", "content was changed"),
        ("UPDATE event SET actor='eve' WHERE pos=2", "position 2", "header was changed"),
        ("UPDATE event SET hash='x' WHERE pos=1", "position 1", "header was changed"),
        ("DELETE FROM event WHERE pos=2", "position 3", "position 2 is missing"),
        ("DELETE FROM body WHERE pos=2", "position 2", "missing and was not erased"),
        ("DELETE FROM evidence", "position 1", "missing and was not erased"),
        ("UPDATE evidence SET bytes=x'00'", "position 1", "was changed"),
        ("UPDATE event SET seq=9 WHERE pos=2", "position 2", "#2 of its stream is missing"),
        ("UPDATE event SET occurred_at='2026-13-99Tnoon' WHERE pos=1", "position 1", "readable"),
    ],
)
def test_audit_names_the_first_bad_place(
    timeline: SqliteTimeline, raw: sqlite3.Connection, tampering: str, where: str, what: str
) -> None:
    raw.execute("PRAGMA ignore_check_constraints=ON")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")

    raw.execute(tampering)

    first = timeline.audit().problems[0]
    assert where in first.where
    assert what in first.what


def test_a_healthy_file_has_no_problem(timeline: SqliteTimeline) -> None:
    report = timeline.audit()

    assert report.problems == ()
    assert (report.events, report.streams, report.evidence) == (4, 1, 1)


def test_an_audit_sees_one_moment_although_somebody_writes_on(
    timeline: SqliteTimeline, path: Path
) -> None:
    other = open_timeline(path)

    def write(statement: str) -> None:
        if "sqlite_sequence" in statement:
            other.append([note("meanwhile")])

    timeline._db.set_trace_callback(write)
    found = timeline.audit()
    timeline._db.set_trace_callback(None)
    other.close()

    assert found.problems == ()
    assert timeline.audit().events == found.events + 1


def test_every_text_passes_the_redacting_sink(path: Path) -> None:
    timeline = open_timeline(path, redact=lambda text: text.replace("hunter2", "[secret]"))
    piece = Evidence("text/plain", "reading", b"Authorization: Bearer hunter2" * 50)

    timeline.append([note("token hunter2", evidence={"reply": piece})])

    (event,) = timeline.read(STREAM)
    assert event.summary == "token [secret]"
    assert b"hunter2" not in timeline.evidence(str(event.evidence["reply"]))
    timeline.close()
    assert not any(b"hunter2" in one.read_bytes() for one in path.parent.iterdir())


def test_huge_evidence_is_cut_and_says_so(path: Path) -> None:
    timeline = open_timeline(path)
    piece = Evidence("text/plain", "reading", b"x" * 3_000_000)

    (event,) = timeline.append([note(evidence={"reply": piece})])

    content = timeline.evidence(str(event.evidence["reply"]))
    assert len(content) < 100_000
    assert piece.digest.encode() in content
    timeline.close()


def test_an_incident_holds_only_so_much_evidence(path: Path) -> None:
    timeline = open_timeline(path)
    timeline._evidence = EvidenceStore(timeline._db, str, incident_cap=3000)
    pieces = [Evidence("x/y", "reading", urandom(1000)) for _ in range(5)]

    first = [timeline.append([note(evidence={"a": one}, incident="INC-1")])[0] for one in pieces]
    (other,) = timeline.append([note(evidence={"a": pieces[4]}, incident="INC-2")])

    kept = [timeline.evidence(str(event.evidence["a"])) for event in first]
    assert kept[:2] == [one.content for one in pieces[:2]]
    assert all(json.loads(one)["cut"] for one in kept[3:])
    assert pieces[4].digest == json.loads(kept[4])["sha256"]
    assert timeline.evidence(str(other.evidence["a"])) == pieces[4].content
    assert timeline.audit().problems == ()
    timeline.close()


def test_one_event_cannot_hold_more_than_its_incident_may(path: Path) -> None:
    timeline = open_timeline(path)
    timeline._evidence = EvidenceStore(timeline._db, str, incident_cap=3000)
    named = {f"r{n}": Evidence("x/y", "reading", urandom(1000)) for n in range(5)}

    (event,) = timeline.append([note(evidence=named, incident="INC-1")])

    kept = [timeline.evidence(str(digest)) for digest in event.evidence.values()]
    assert sum(one.startswith(b'{"cut"') for one in kept) == 3
    timeline.close()


def test_evidence_of_an_append_that_failed_does_not_count(path: Path) -> None:
    timeline = open_timeline(path)
    timeline._evidence = EvidenceStore(timeline._db, str, incident_cap=3000)
    timeline.append([note("settled", once="k")])
    pieces = [Evidence("x/y", "reading", urandom(1000)) for _ in range(3)]

    for one in pieces[:2]:
        with pytest.raises(AlreadySettledError):
            timeline.append([note(evidence={"a": one}, incident="INC-1"), note("again", once="k")])
    (event,) = timeline.append([note(evidence={"a": pieces[2]}, incident="INC-1")])

    assert timeline.evidence(str(event.evidence["a"])) == pieces[2].content
    timeline.close()


def test_the_caps_are_what_the_docs_say() -> None:
    assert (READING_CAP, INCIDENT_CAP) == (1024 * 1024, 64 * 1024 * 1024)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("fullfsync", 1),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("secure_delete", 1),
        ("busy_timeout", 5000),
        ("user_version", schema.VERSION),
    ],
)
def test_each_connection_is_set_as_promised(
    timeline: SqliteTimeline, setting: str, value: object
) -> None:
    assert timeline.rows(f"PRAGMA {setting}") == [(value,)]


def test_the_file_opens_with_sqlite_utils(timeline: SqliteTimeline, path: Path) -> None:
    (event,) = timeline.append([note("noted", incident="INC-1")])

    db = sqlite_utils.Database(path)

    assert {"event", "body", "evidence"} <= set(db.table_names())
    assert set(db.view_names()) == set(views.NAMES)
    assert all(isinstance(list(db[name].rows), list) for name in db.view_names())
    rows = list(db["timeline"].rows_where("incident=?", ["INC-1"], order_by="pos"))
    assert (rows[-1]["id"], rows[-1]["summary"]) == (event.id, "noted")
    db.close()


@pytest.mark.usefixtures("timeline")
def test_a_newer_file_opens_read_only(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    db.close()

    newer = open_timeline(path)

    assert [event.summary for event in newer.read(STREAM)][:2] == ["one", "two"]
    with pytest.raises(UnwritableError, match="read-only"):
        newer.append([note("three")])
    newer.close()


def test_a_file_that_is_no_database_is_not_touched(path: Path) -> None:
    path.write_text("my shopping list, which is longer than a header\n" * 10)
    before = path.read_bytes()

    with pytest.raises(UnreadableError):
        open_timeline(path)

    assert path.read_bytes() == before


def test_the_file_is_for_its_owner_only(path: Path, timeline: SqliteTimeline) -> None:
    assert timeline.path == path
    assert path.stat().st_mode & 0o077 == 0


def test_an_unknown_kind_is_never_written(timeline: SqliteTimeline) -> None:
    strange = Draft(stream=STREAM, kind="pizza_ordered", summary="x", data={}, occurred_at=AT)

    with pytest.raises(Exception, match="no kind of event"):
        timeline.append([strange])

    assert len(timeline.follow(0)) == 4


@pytest.mark.parametrize(
    "damage",
    ["ALTER TABLE evidence RENAME TO gone", "UPDATE evidence SET bytes=X'00'"],
)
def test_evidence_that_cannot_be_read_is_an_error_of_ours(
    damage: str, timeline: SqliteTimeline, raw: sqlite3.Connection
) -> None:
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("PRAGMA legacy_alter_table=ON")
    raw.execute(damage)

    with pytest.raises(UnreadableError, match="cannot be read"):
        timeline.evidence(PIECE.digest)


def test_erasing_in_a_damaged_file_is_an_error_of_ours(
    timeline: SqliteTimeline, raw: sqlite3.Connection
) -> None:
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("PRAGMA legacy_alter_table=ON")
    raw.execute("ALTER TABLE erasure RENAME TO gone")

    with pytest.raises(UnreadableError, match="cannot be read"):
        timeline.erase("event:x", note("why"))
