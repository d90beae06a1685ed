"""The database itself refuses what must not be: each trigger has a test that tries to break it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlrespond.adapters.system import SystemIds
from mlrespond.errors import NotRecordedError, UnreadableError, UnwritableError
from mlrespond.model.event import Draft, Evidence
from mlrespond.model.incident_kind import ContentErased
from mlrespond.model.kinds import draft
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import AT, STREAM, note, of_run
from mlrespond.timeline import schema
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
    ],
)
def test_a_stranger_with_a_connection_is_refused(
    raw: sqlite3.Connection, statement: str, refusal: str
) -> None:
    before = list(raw.execute("SELECT * FROM event"))

    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        raw.execute(statement)

    assert list(raw.execute("SELECT * FROM event")) == before


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
